"""What is fuzzed, and what must hold for any input.

In: bytes. Out: nothing, or an exception that says what does not hold. Every target must be a function of its input
alone, so that a case that was found once is found again.
"""

from __future__ import annotations

import json
import pickle
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from parsing import address, calendar, charset, headers, mime
from parsing.attachment import cut, safe_name
from parsing.authentication import results
from parsing.message import ParsedMail, Reading
from parsing.pages import markup
from parsing.pages.sanitised import cleaned
from parsing.portrait import as_json
from parsing.reading import read
from parsing.reply import split
from parsing.subject import base

SECONDS = 0.2
"""Processor for any input, however small: the first use of a codec or a pattern costs that much."""
SECONDS_A_MEGABYTE = 0.5
_READING = Reading(languages=("en", "de", "fr", "es", "ja"), html=True)
_DIVIDER = b"\xff\xfe\xfd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One entry of the reader. `folder` names which seeds are of its kind."""

    name: str
    run: Callable[[bytes], None]
    kinds: tuple[str, ...]


def check(target: Target, data: bytes, patience: float = 1.0) -> None:
    """Run a target and its clock; `patience` allows for a machine that does other work too."""
    start = time.process_time()
    target.run(data)
    taken = time.process_time() - start
    allowed = (SECONDS + SECONDS_A_MEGABYTE * len(data) / 1_000_000) * patience
    assert taken <= allowed, f"{target.name}: {taken:.2f} s of processor for {len(data)} bytes"


def _clean(*texts: str) -> None:
    """Nothing that could end a header line, or turn its direction, leaves a header."""
    for text in texts:
        assert not any(char < " " or char in "\x7f\x85\u2028\u2029\u202e\u2066" for char in text), ascii(text[:200])
        text.encode("utf-8")


def _mail(data: bytes) -> None:
    mail = read(data, _READING)
    assert not any("the mail cannot be read" in defect for defect in mail.defects), mail.defects
    json.dumps(as_json(mail, "f"), ensure_ascii=False).encode("utf-8")
    assert pickle.loads(pickle.dumps(mail)) == mail
    _headers_are_clean(mail)
    for attachment in mail.attachments[:20]:
        assert attachment.safe_name
        assert "/" not in attachment.safe_name
        assert len(cut(data, attachment.part)) == attachment.size, attachment.filename


def _headers_are_clean(mail: ParsedMail) -> None:
    boxes = [mail.from_, *mail.reply_to, *mail.to, *mail.cc]
    _clean(mail.subject, mail.message_id, *mail.in_reply_to, *mail.references, *mail.defects, *mail.kind_reasons)
    _clean(*(text for box in boxes if box for text in (box.name, box.address)))
    _clean(*(text for each in mail.attachments for text in (each.filename, each.safe_name, each.content_id)))
    if mail.bounce is not None:
        _clean(*(text for each in mail.bounce.recipients for text in (each.address, each.status, each.reason)))


def _split(data: bytes) -> None:
    """Every line is in exactly one of the parts, whatever we had sent before."""
    text, _, sent = data.partition(_DIVIDER)
    words, _ = charset.decode(text)
    known = tuple(charset.decode(each)[0] for each in sent.split(_DIVIDER)[:3] if each)
    given = _lines(words)
    for found in (split(words), split(words, known)):
        kept = _lines("\n".join((found.reply, found.quoted, found.signature, found.disclaimer)))
        assert not given - kept, f"lost: {list((given - kept).elements())[:3]}"


def _lines(text: str) -> Counter[str]:
    """Lines without the marks of quoting: own words behind a mark come out without it."""
    return Counter(bare for line in text.split("\n") if (bare := line.strip("> \t\u00a0").rstrip()))


def _calendar(data: bytes) -> None:
    found, said = calendar.invitation(data)
    assert found is not None or any("refused" in defect for defect in said), said
    _clean(*said)
    if found is not None:
        _clean(found.method, found.uid, found.attendee, found.partstat, found.summary, found.location, found.status)
        assert found.start is None or not found.start_local
        assert pickle.loads(pickle.dumps(found)) == found


def _headers(data: bytes) -> None:
    text = data.decode("ascii", "surrogateescape")
    shown = headers.decoded(text)
    _clean(shown)
    if len(shown) < 200:  # of more marks than anybody writes, some stay
        assert base(base(shown)) == base(shown)
    author, defect = address.author([text])
    assert author is not None or defect
    for mailbox in [*address.mailboxes([text]), *([author] if author and not defect else [])]:
        assert address.is_address(mailbox.address), mailbox
        _clean(mailbox.address, mailbox.name)
    _clean(*headers.message_ids([text]), headers.message_id([text]))
    headers.moment([text])
    results([text])


def _markup(data: bytes) -> None:
    text = charset.decode(data)[0]
    shown = markup.to_text(text)
    assert "\0" not in shown
    clean = cleaned(text).lower()
    for bad in ("<script", "<iframe", "<object", "<form", "<base", "<meta", "<style"):
        assert bad not in clean, clean[:200]


def _mime(data: bytes) -> None:
    text = data.decode("ascii", "surrogateescape")
    media = mime.media(text, "text/plain")
    assert media.value
    assert media.value == media.value.lower()
    for value in media.parameters.values():
        name = safe_name(headers.decoded(value))
        assert name
        assert "%" in name or safe_name(name) == name
        assert "/" not in name


TARGETS = {
    target.name: target
    for target in (
        Target(name="read", run=_mail, kinds=("mail",)),
        Target(name="split", run=_split, kinds=("text",)),
        Target(name="calendar", run=_calendar, kinds=("calendar",)),
        Target(name="headers", run=_headers, kinds=("header",)),
        Target(name="markup", run=_markup, kinds=("html",)),
        Target(name="mime", run=_mime, kinds=("header",)),
    )
}
