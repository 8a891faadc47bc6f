"""The mail as it leaves: a `Letter` in, the bytes of a message out; the same letter always gives the same bytes.

A message is built anew from an allow-list of headers (nothing of an agent's mail survives but the words), with a text
part that is enough alone; what it says is `gateway.wording`'s. It must never let a fact become a header.
"""

from __future__ import annotations

import base64
import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC
from email.utils import format_datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from gateway import invite
from gateway.letter import Letter, LetterFile, calendar_of, clean_facts, clean_line, shorten
from gateway.rules import keys, privacy
from gateway.rules.privacy import Finding, Guard, Kind
from gateway.rules.privacy import keys as secrets
from gateway.transport.parcel import is_address, write_address
from gateway.wording import render
from parsing.address import split_detail
from parsing.message import Mailbox
from store.records import Purpose

_MOST_REFERENCES = 20
_LONGEST_SUBJECT = 500
_LONGEST_NAME = 150
_REPLIES = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.ANSWER, Purpose.TRANSCRIPT, Purpose.HELD, Purpose.STATUS})
_HEADERS = frozenset(
    b"""From Reply-To To Subject Date Message-ID In-Reply-To References Auto-Submitted X-Auto-Response-Suppress
    MIME-Version Content-Type Content-Language Content-Transfer-Encoding Content-Disposition""".split()
)
# What a mail client may show by itself or hand to a well-known program; all else is a stream of octets.
_FILE_TYPES = re.compile(
    "image/(?:bmp|gif|heic|jpeg|png|tiff|webp)|text/(?:calendar|csv|markdown|plain)|audio/(?:mpeg|ogg|wav)|"
    "video/(?:mp4|quicktime|webm)|application/(?:gzip|json|pdf|zip|msword|vnd[.]ms-(?:excel|powerpoint)|"
    "vnd[.](?:oasis[.]opendocument|openxmlformats-officedocument)[.][a-z.]+)"
)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,900}>")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_BLOCK = re.compile(
    rb"(?:[A-Za-z-]+: [^\x00-\x20\x7f][^\x00-\x1f\x7f]*\r\n(?: [^\x00-\x20\x7f][^\x00-\x1f\x7f]*\r\n)*)+"
)
_LONGEST_LINE = 998  # RFC 5322 section 2.1.1


class UnsafeMailError(RuntimeError):
    """A mail that must not leave: a defect of this module, never of the mail. Permanent."""


class LeakError(UnsafeMailError):
    """Somebody outside would learn what is nobody's business outside: in an agent's words, or by a file."""


def compose(letter: Letter, guard: Guard = privacy.OPEN) -> bytes:
    """The message of `letter`, CRLF line ends, ready for the wire; `guard` is what nobody outside may learn."""
    language, text, html = render(letter)
    if letter.outside:
        if letter.files or secrets.is_likely("\n".join((*_named(letter), text, html))):
            letter = _shielded(letter)
            language, text, html = render(letter)
        letter, text, html = _looked_through(letter, text, html, guard)
    boundary = "=_" + sha256(letter.message_id.encode("utf-8", "replace")).hexdigest()[:32]
    invited, enclosed = _invite(letter, text, guard)
    alternative = _container("alternative", boundary + "a", (_body("plain", text), _body("html", html), *invited))
    if letter.files or enclosed:
        parts = (_joined(*alternative), *enclosed, *map(_file, letter.files))
        content_type, body = _container("mixed", boundary + "m", parts)
    else:
        content_type, body = alternative
    head = "".join((*_head(letter), f"Content-Language: {language}\r\n", content_type))
    mail = _joined(_checked(head, international=_is_international(letter)), body)
    if not mail.count(b"\n") == mail.count(b"\r") == mail.count(b"\r\n"):
        raise UnsafeMailError("a line of the body does not end in CRLF")
    return mail


def _invite(letter: Letter, text: str, guard: Guard) -> tuple[Sequence[bytes], Sequence[bytes]]:
    """The call of a letter as its last alternative and as a file (RFC 6047 section 2.4); nothing without a call."""
    calendar = calendar_of(letter.facts)
    if calendar is None:
        return (), ()
    content = invite.write(letter, calendar, text)
    if letter.outside:
        inside = letter.to.address in guard.inside
        whole = not inside and privacy.speaks(letter.purpose)
        watched = privacy.OPEN if inside else guard
        if found := invite.findings(content, watched, _known(letter), _own(letter), whole=whole):
            raise LeakError(privacy.say(found))
    return (_joined(*invite.part(calendar.method, content)),), (_joined(*invite.file(content)),)


_BOOKING = "book_address"
"""The fact that is a secret address by design: the reader's own second one, which only `addressed.py` writes."""
_OUR_WORDS = {Purpose.ANSWER: ("words", "outcome"), Purpose.RESOLVED: ("outcome",)}
"""Facts in which an agent speaks. A secret address is not cut out of them: what is left might say something else, so
the mail does not leave and the agent is told. Everything else comes from outside or from the ticket's history."""


def _looked_through(letter: Letter, text: str, html: str, guard: Guard) -> tuple[Letter, str, str]:
    """The last check: the letter and its words as they may leave, or none at all. What was quoted of earlier words of
    ours is cut where something stands in it; whatever else is found stops the mail."""
    found = _found(letter, text, html, guard)
    if found and (told := _retold(letter, guard)) is not None:
        letter = told
        _, text, html = render(letter)
        found = _found(letter, text, html, guard)
    found = [*found, *_in_files(letter, guard)]
    if found:
        raise LeakError(privacy.say(found))
    return letter, text, html


def _found(letter: Letter, text: str, html: str, guard: Guard) -> list[Finding]:
    """What must not leave in its subject, its text and its page."""
    own = _own(letter)
    if letter.to.address in guard.inside:
        return [*privacy.has_address(text, privacy.OPEN, own), *privacy.has_address(html, privacy.OPEN, own)]
    if not privacy.speaks(letter.purpose):
        head, _, rest = html.partition("<style>")  # which is ours alone, and has an @
        words = head + rest.partition("</style>")[2]
        seen = [*privacy.has_address(text, guard, own), *privacy.has_address(words, guard, own)]
        if not seen or not letter.facts.get("found"):
            return seen
        known = _known(letter)
        exactly = [*privacy.findings(text, guard, known, own), *privacy.findings(html, guard, known, own)]
        return [one for one in exactly if one.kind in (Kind.KEY, Kind.ADDRESS)]
    known = _known(letter)
    found = [*privacy.findings(f"{clean_line(letter.subject)}\n{text}", guard, known, own)]
    if privacy.of_call(letter.purpose):
        found += privacy.full_names(text, guard, known)
    page = privacy.findings(html, guard, replace(known, notes=()), own)  # a page says what the text says, and has links
    of_page = [one for one in page if one.kind in _OF_PAGES]
    return list({(one.kind, one.what): replace(one, where="") for one in (*found, *of_page)}.values())


_OF_PAGES = frozenset({Kind.KEY, Kind.ADDRESS, Kind.HOST, Kind.CALENDAR})


def _in_files(letter: Letter, guard: Guard) -> Iterable[Finding]:
    own, known = _own(letter), _known(letter) if letter.files else privacy.NOTHING
    for file in letter.files:
        found = privacy.in_file(clean_line(file.filename), file.content_type, file.content, guard, known, own)
        yield from (one for one in found if one.kind is Kind.KEY or letter.to.address not in guard.inside)


def _own(letter: Letter) -> tuple[str, ...]:
    """The keys that the reader may see: that of their own answers, and the one with which they book a call."""
    booking = str(letter.facts.get(_BOOKING) or "")
    return tuple(keys.key_in(split_detail(address)[1]) for address in (letter.reply_to, booking) if address)


def _known(letter: Letter) -> privacy.Background:
    """What the reader knows anyway: what was written from outside, and what of it this letter gives back."""
    history = letter.facts.get("history") or ()
    given = [str(entry.get("text", "")) for entry in history if entry.get("who") == "you"]
    given += [str(value) for _, value, *_ in letter.facts.get("found") or ()]  # facts in the reader's own words
    theirs = (*letter.background.theirs, *given, letter.to.address, letter.to.name)
    return replace(letter.background, theirs=theirs)


def _retold(letter: Letter, guard: Guard) -> Letter | None:
    """The letter without those earlier words of ours in which something is found; None when there are none."""
    known, own = _known(letter), _own(letter)

    def told(entry: Mapping[str, Any]) -> bool:
        return entry.get("who") != "you" and bool(privacy.findings(str(entry.get("text", "")), guard, known, own))

    facts = dict(letter.facts)
    if history := facts.get("history"):
        facts["history"] = [entry for entry in history if not told(entry)]
    if isinstance(last := facts.get("last"), Mapping) and told(last):
        facts["last"] = {}
    return replace(letter, facts=facts) if facts != letter.facts else None


def _shielded(letter: Letter) -> Letter:
    """The letter without secret addresses in what it quotes, names and refers to: the recipient's own, of another mail
    or ticket, as well as anything that somebody has made to look like one."""
    facts = clean_facts(letter.facts)  # before: what is hidden between its letters must not hide an address
    kept = {name: facts[name] for name in (*_OUR_WORDS.get(letter.purpose, ()), _BOOKING) if name in facts}
    subject, name, *_ = _named(letter)
    return replace(
        letter,
        to=replace(letter.to, name=secrets.without(name)),
        subject=secrets.without(subject),
        in_reply_to="" if secrets.in_text(letter.in_reply_to) else letter.in_reply_to,
        references=tuple(one for one in letter.references if not secrets.in_text(one)),
        files=tuple(replace(file, filename=secrets.without(clean_line(file.filename))) for file in letter.files),
        facts=secrets.without_any(facts) | kept,
    )


def _named(letter: Letter) -> tuple[str, ...]:
    """What of others' words stands in its headers."""
    return clean_line(letter.subject), clean_line(letter.to.name), letter.in_reply_to, *letter.references


# The header block


def _head(letter: Letter) -> Iterable[str]:
    yield _mailbox("From", letter.from_)
    yield _mailbox("Reply-To", Mailbox(address=letter.reply_to))
    yield _mailbox("To", letter.to)
    if subject := clean_line(letter.subject):
        yield _fold("Subject", _words(shorten(subject, _LONGEST_SUBJECT)))
    yield f"Date: {format_datetime(letter.date.astimezone(UTC))}\r\n"
    if own := _identifiers((letter.message_id,)):
        yield _fold("Message-ID", own)
    if answered := _identifiers((letter.in_reply_to,)):
        yield _fold("In-Reply-To", answered)
    if references := _identifiers(letter.references):
        if len(references) > _MOST_REFERENCES:
            references = [references[0], *references[1 - _MOST_REFERENCES :]]
        yield _fold("References", references)
    if letter.automatic:  # RFC 3834 section 5
        kind = "replied" if letter.purpose in _REPLIES else "generated"
        yield f"Auto-Submitted: auto-{kind}\r\nX-Auto-Response-Suppress: All\r\n"
    yield "MIME-Version: 1.0\r\n"


def _identifiers(candidates: Sequence[str]) -> list[str]:
    """Only what can stand alone on a line. They are never RFC 2047 encoded: no client finds its thread then."""
    return [candidate for candidate in candidates if _MESSAGE_ID.fullmatch(candidate)]


def _mailbox(header: str, mailbox: Mailbox) -> str:
    if not is_address(mailbox.address):  # the transport refuses it; the header stays harmless (RFC 5322 section 3.4)
        return f"{header}: undisclosed-recipients:;\r\n"
    address = write_address(mailbox.address)
    name = shorten(clean_line(mailbox.name), _LONGEST_NAME)
    return _fold(header, [*_phrase(name), f"<{address}>"] if name else [address])


def _is_international(letter: Letter) -> bool:
    """Whether an address itself needs RFC 6532: then the transport asks for SMTPUTF8. Nothing else ever does."""
    return not (letter.to.address + letter.from_.address + letter.reply_to).isascii()


def _phrase(name: str) -> list[str]:
    """A display name: atoms, a quoted string, or encoded words (RFC 5322 section 3.2.5, RFC 2047 section 5)."""
    if not name.isascii() or "=?" in name:
        return _encoded(name)
    if _ATOMS.fullmatch(name):
        return name.split(" ")
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.split(" ")


def _words(text: str) -> list[str]:
    """Unstructured text as tokens to fold between. What needs no encoding stays readable, above all the reference."""
    words = text.split(" ")
    odd = [i for i, word in enumerate(words) if not word.isascii() or len(word) > 60 or "=?" in word]
    if not odd:
        return words
    first, last = odd[0], odd[-1] + 1
    return [*words[:first], *_encoded(" ".join(words[first:last])), *words[last:]]


def _encoded(text: str) -> list[str]:
    """RFC 2047 section 2: encoded words of at most 75 characters, never cut inside a character."""
    tokens, chunk = [], b""
    for character in text:
        octets = character.encode()
        if len(chunk) + len(octets) > 42:
            tokens.append(chunk)
            chunk = b""
        chunk += octets
    tokens.append(chunk)
    return [f"=?utf-8?B?{b2a_base64(token, newline=False).decode('ascii')}?=" for token in tokens]


def _fold(header: str, tokens: Sequence[str]) -> str:
    """The header with line ends between tokens only, lines of 78 where the tokens allow it."""
    lines, line = [], f"{header}: {tokens[0]}"
    for token in tokens[1:]:
        if len(line) + 1 + len(token) > 78:
            lines.append(line)
            line = ""
        line += " " + token
    return "\r\n".join((*lines, line, ""))


def _checked(block: str, *, international: bool = False) -> bytes:
    """The last look before a header block leaves (CVE-2024-6923, CVE-2026-1299: builders have let line ends through).
    Cleaned input cannot fail here; a failure stops this mail and is a defect of ours."""
    octets = block.encode("utf-8" if international else "ascii", "strict" if international else "backslashreplace")
    names = re.findall(rb"^([^\s:]+):", octets, re.MULTILINE)
    if not _BLOCK.fullmatch(octets) or not _HEADERS.issuperset(names) or len(set(names)) != len(names):
        raise UnsafeMailError("a header block has a control, an unknown header or the same header twice")
    if max(map(len, octets.split(b"\r\n"))) > _LONGEST_LINE:
        raise UnsafeMailError("a header line is longer than 998 octets")
    return octets


# The body


def _joined(head: str | bytes, body: bytes) -> bytes:
    return b"%b\r\n%b" % (head if isinstance(head, bytes) else _checked(head), body)


def _container(subtype: str, boundary: str, parts: Iterable[bytes]) -> tuple[str, bytes]:
    """A multipart: its Content-Type header and its body. `=_` stands in no encoded part (RFC 2045 section 6.7)."""
    line = f"--{boundary}".encode()
    body = b"".join(b"%b\r\n%b\r\n" % (line, part) for part in parts) + line + b"--\r\n"
    return f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"\r\n', body


def _body(subtype: str, text: str) -> bytes:
    """A text part: as it is when every server passes it unchanged, else quoted-printable.

    HTML names other letters by number, which is shorter and much cheaper than quoting the whole page.
    """
    if subtype == "html" and not text.isascii():
        text = text.encode("ascii", "xmlcharrefreplace").decode("ascii")
    lines = text.replace("\n", "\r\n")
    if text.isascii() and "=_" not in text and max(map(len, text.split("\n"))) <= _LONGEST_LINE:
        encoding, octets = "7bit", lines.encode("ascii")
    else:
        encoding, octets = "quoted-printable", b2a_qp(lines.encode("utf-8"))
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return b"%b\r\n%b" % (head.encode("ascii"), octets)


def _file(file: LetterFile) -> bytes:
    kind = file.content_type.lower()
    kind = kind if _FILE_TYPES.fullmatch(kind) else "application/octet-stream"
    head = (
        f"Content-Type: {kind}\r\nContent-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_filename(file.filename)}\r\n"
    )
    return _joined(head, base64.encodebytes(file.content).replace(b"\n", b"\r\n"))


def _filename(name: str) -> str:
    """The filename parameter: plain when it is plain, else RFC 2231 sections 3 and 4, in pieces of one line each."""
    name = re.sub(r'[/\\:*?"<>|]', "_", clean_line(name)).strip(". ") or "file"
    stem, dot, extension = name.rpartition(".")
    if len(name) > 120:  # keep the extension: it says what the file is
        name = f"{stem[:100]}{dot}{extension[:15]}" if dot and stem else name[:120]
    if name.isascii() and len(name) <= 60:
        return f';\r\n filename="{name}"'
    pieces, piece = [], ""
    for character in name:
        octets = quote(character, safe="")
        if len(piece) + len(octets) > 50:
            pieces.append(piece)
            piece = ""
        piece += octets
    if not pieces:
        return f";\r\n filename*=utf-8''{piece}"
    pieces = [f"utf-8''{pieces[0]}", *pieces[1:], piece]
    return "".join(f";\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces))
