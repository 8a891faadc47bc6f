"""The mails of dialogues: what a person typed, as their client sends it, with the real mail of the desk below it.

In: a `Letter` and the mail that it answers. Out: the bytes that arrive. `inside` are answers below our questions, by
label: who writes HTML writes inside the quotation, and the plain part that the client makes of it marks the words as
quoted; who writes plain text writes between its lines.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape, unescape

from tests.desk import Sent
from tests.shapes import BERLIN, SHAPES, Answer

_PLACE = "PLACE{}HERE"
_PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(24)).decode()
_BOUNDARY = "=_files_of_a_dialogue"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One mail to the desk. `below` stands under all that is quoted; `files` are names with their types."""

    name: str
    address: str
    to: str
    subject: str
    message_id: str
    at: datetime
    lines: Sequence[str] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    below: Sequence[str] = ()
    html: str = ""
    files: Sequence[Sequence[str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    proven: bool = True


def written(letter: Letter, client: str, answered: Sent | None) -> bytes:
    """As the client sends it; `plain` quotes nothing."""
    if client == "plain":
        return _plain(letter, answered)
    assert answered is not None, "a client's shape answers a mail"
    text, html = answered.text(), answered.text("html")
    fills: list[str] = []
    if letter.inside:
        text, html = _with_places(text, html, tuple(letter.inside))
        fills += letter.inside.values()
    if letter.below:
        place = _PLACE.format(len(fills))
        text, html = f"{text.rstrip()}\n\n{place}\n", html.replace("</main>", f"<p>{place}</p></main>")
        fills.append("\n".join(letter.below))
    raw = SHAPES[client](
        Answer(
            name=letter.name,
            address=letter.address,
            to=letter.to,
            subject=letter.subject.removeprefix("Re: "),
            message_id=letter.message_id,
            in_reply_to=str(answered.mail["Message-ID"]),
            references=str(answered.mail["Message-ID"]),
            at=letter.at,
            lines=letter.lines or [""],
            quoted=text,
            quoted_html=html,
        )
    )
    if fills:
        raw = _filled(raw, fills)
    return raw if letter.proven else re.sub(rb"Authentication-Results:[^\n]*\n", b"", raw)


def _plain(letter: Letter, answered: Sent | None) -> bytes:
    assert not letter.inside, "nothing is quoted"
    head = {
        "From": f"{letter.name} <{letter.address}>",
        "To": letter.to,
        "Subject": letter.subject,
        "Date": format_datetime(letter.at.astimezone(BERLIN)),
        "Message-ID": letter.message_id,
        "MIME-Version": "1.0",
    }
    if answered is not None:
        head["In-Reply-To"] = str(answered.mail["Message-ID"])
    domain = letter.address.rpartition("@")[2]
    proof = [f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}"] if letter.proven else []
    text = letter.html or "\n".join([*letter.lines, *letter.below]) + "\n"
    part = [
        f"Content-Type: text/{'html' if letter.html else 'plain'}; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
    ]
    body = part if not letter.files else _with_files(part, letter.files)
    rows = [*proof, *(f"{name}: {value}" for name, value in (head | dict(letter.headers)).items()), *body]
    return "\n".join(rows).replace("\n", "\r\n").encode()


def _with_files(part: Sequence[str], files: Sequence[Sequence[str]]) -> list[str]:
    rows = [f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"', "", f"--{_BOUNDARY}", *part]
    for name, kind, *words in files:
        content = base64.b64encode(words[0].encode()).decode() if words else _PICTURE
        rows += [
            f"--{_BOUNDARY}",
            f'Content-Type: {kind}; name="{name}"',
            f'Content-Disposition: attachment; filename="{name}"',
            "Content-Transfer-Encoding: base64",
            "",
            content,
        ]
    return [*rows, f"--{_BOUNDARY}--", ""]


def questions(sent: Sent, labels: Sequence[str]) -> list[str]:
    """The labels that stand in its text as questions: alone on their line, with or without a number."""
    known = "|".join(re.escape(label) for label in sorted(labels, key=len, reverse=True))
    found = re.finditer(rf"^(?:\d\. )?({known})[ \u00a0\u202f]?:$", sent.text(), re.MULTILINE)
    return [one[1] for one in found]


def _with_places(text: str, html: str, labels: Sequence[str]) -> tuple[str, str]:
    """A mark below each of these questions, where its answer will stand."""
    rows = text.split("\n")
    for number, label in enumerate(labels):
        head = re.compile(rf"(?:\d\. )?{re.escape(label)}[ \u00a0\u202f]?:")
        at = next(at for at, row in enumerate(rows) if head.fullmatch(row))
        end = next((place for place in range(at, len(rows)) if not rows[place].strip()), len(rows))
        rows.insert(end, _PLACE.format(number))
    for number, label in enumerate(labels):
        heads = re.finditer(r'<td class="ask"><strong>(?:\d\. )?([^<]*?)\s?:</strong>', html)
        at = next((one.start() for one in heads if unescape(one[1]) == label), None)
        assert at is not None, f"no {label} on the page"
        html, count = _placed(html, at, number)
        assert count == 1
    return "\n".join(rows), html


def _placed(html: str, start: int, number: int) -> tuple[str, int]:
    after, count = re.subn(
        r"(<div class=\"room[^>]*>)&nbsp;", lambda one: one[1] + _PLACE.format(number), html[start:], count=1
    )
    return html[:start] + after, count


def _filled(raw: bytes, given: Sequence[str]) -> bytes:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for part in mail.walk():
        if part.get_content_maintype() != "text":
            continue
        content, kind = part.get_content().replace("\r\n", "\n"), part.get_content_subtype()
        for number, words in enumerate(given):
            place = _PLACE.format(number)
            if kind == "html":
                content = content.replace(place, "<br>".join(escape(row, quote=False) for row in words.split("\n")))
                continue
            found = re.search(rf"^([> \t]*){place}[ \t]*$", content, re.MULTILINE)
            assert found is not None, place
            mark = found[1] if mail.is_multipart() else ""
            rows = [mark + row for row in words.split("\n")]
            content = content.replace(found[0], "\n".join(rows if mark else ["", *rows, ""]))
        part.set_content(content, subtype=kind, cte="base64")
    return mail.as_bytes()
