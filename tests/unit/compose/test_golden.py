"""Every template's words, exactly. `REPLYDESK_REWRITE_GOLDEN=1` writes the files anew: read the difference then."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from gateway.compose import compose
from gateway.letter import Letter

GOLDEN = Path(__file__).parent / "golden"
REWRITE = bool(os.environ.get("REPLYDESK_REWRITE_GOLDEN"))
CUSTOMERS = (
    "acknowledgement",
    "answer",
    "call",
    "call_reminder",
    "consent",
    "invite",
    "offer",
    "probe",
    "promise",
    "question",
    "resolved",
    "retyped",
    "status",
    "unanswered",
    "uninvite",
)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("kind", ["txt", "html"])
def test_each_mail_reads_as_it_was_designed(letter: Callable[..., Letter], case: str, language: str, kind: str) -> None:
    mail = message_from_bytes(compose(letter(case, language=language)), policy=policy.default)
    part = mail.get_body(("plain" if kind == "txt" else "html",))
    assert part is not None
    written = part.get_content().replace("\r\n", "\n")
    # agents' mails are English for now: as a whole, never mixed
    spoken = language if case.partition(".")[0] in CUSTOMERS else "en"
    assert mail["Content-Language"] == spoken
    golden = GOLDEN / f"{case}.{spoken}.{kind}"
    if REWRITE:
        golden.write_text(written, encoding="utf-8")
    assert written == golden.read_text(encoding="utf-8")


def test_no_golden_file_is_left_over(letter: Callable[..., Letter]) -> None:
    from_files = {path.name.rpartition(".")[0] for path in GOLDEN.iterdir()}
    assert len(from_files) * 2 == len(list(GOLDEN.iterdir()))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.name)
def test_text_keeps_the_rules_of_the_voice(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "!" not in text
    assert "\n\n\n" not in text
    assert not re.search(r"[ \t]$", text, re.MULTILINE)
    assert text.endswith("\n")
    for line in text.splitlines():
        long = ("Reply and it goes to", "https://")  # a sentence that stands as it is; what is copied
        assert len(line) <= 72 or line.startswith(long), line
    if path.name.startswith("acknowledgement"):
        assert len(own_lines(text)) <= 14


def own_lines(text: str) -> list[str]:
    """The lines of a mail without its questions: their labels, what stands below them, the blank lines between them."""
    asked = r"^(?:[1-9]\. )?[^\s(][^\n]{0,60}:\n(?:  [^\n]*\n)+(?:\n(?=[1-9]\. ))?"
    return re.sub(asked, "", text, flags=re.MULTILINE).splitlines()


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.html")), ids=lambda path: path.name)
def test_html_is_one_plain_column(path: Path) -> None:
    html = path.read_text(encoding="utf-8")
    assert len(html.encode()) < 60_000
    assert f'<html lang="{path.name.split(".")[-2]}" dir="ltr">' in html
    assert "max-width: 600px" in html
    assert "prefers-color-scheme: dark" in html
    html = re.sub(r'<a href="(https://desk[.]example/w/[a-z]{26})">\1</a>', "", html)  # where a call is held
    ours = re.sub(r'<a href="(https://desk[.]example/file/[0-9a-z-]+|mailto:[^"<>]+)">', "", html)  # to our own people
    assert not re.search(r"<(img|script|link|iframe|a)\b|url\(|@import|https?:", ours)
    opened = re.findall(r"<(h1|h2|p|ul|li|div|blockquote|main|strong|code)\b", html)
    closed = re.findall(r"</(h1|h2|p|ul|li|div|blockquote|main|strong|code)>", html)
    assert sorted(opened) == sorted(closed)


def test_contrast_is_enough_in_both_schemes() -> None:
    html = (GOLDEN / "notice.unverified.en.html").read_text(encoding="utf-8")
    light, dark = html.split("@media (prefers-color-scheme: dark)")
    for style, paper in ((light, "#ffffff"), (dark, "#16181c")):
        inks = re.findall(r"(?<!-)color: (#[0-9a-f]{6})", style)
        papers = re.search(r"\.alert \{[^}]*background: (#[0-9a-f]{6}); color: (#[0-9a-f]{6})", style)
        assert papers
        assert contrast(papers[1], papers[2]) >= 4.5
        assert all(contrast(ink, paper) >= 4.5 for ink in inks if ink != papers[2])


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
