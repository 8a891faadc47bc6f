"""Canaries: words that no mail to somebody outside may hold, and the look at every such mail that the suite makes.

In: the bytes of a mail, and what its reader wrote themselves. Out: the canaries in it, by kind. It decodes every part
on its own (base64, quoted-printable, RFC 2047, RFC 2231, RFC 5545) and shares no code with the check that it watches.
`install` is called before any test is imported; `tests/conftest.py` fails the test that made a hit.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gateway import compose as composing
from gateway.letter import Letter

STAFF = ("anastasia", "benedikt", "charlotte", "dominique", "samantha", "mirabelle")
WORD = "zq7canary"
"""A word that stands nowhere in the desk's own words: to be planted in notes, signatures, headers, names of files."""
ADDRESSES = tuple(f"{name}@desk.example" for name in (*STAFF, "ops", "escalate", "desk"))
NAMES = (
    "anastasia winter", "benedikt sommer", "charlotte herbst", "dominique printemps", "samantha noon",
    "mirabelle matin",
)  # fmt: skip
HOSTS = ("mx.desk.example", f"{WORD}.internal", f"db1.{WORD}.example")
PHONE = "+49 30 5550123"
ZONE = "pacific/chatham"
CALENDAR = "calendly.com/"
CLIENT = ("x-mailer:", "x-originating-ip:", "thread-index:")
RUN = 8

_PROPERTIES = """BEGIN END PRODID VERSION CALSCALE METHOD UID SEQUENCE DTSTAMP CREATED LAST-MODIFIED DTSTART DTEND
    SUMMARY LOCATION URL DESCRIPTION COMMENT ORGANIZER ATTENDEE STATUS TRANSP CLASS PRIORITY ACTION TRIGGER
    X-MICROSOFT-DISALLOW-COUNTER X-MICROSOFT-CDO-BUSYSTATUS X-MICROSOFT-DONOTFORWARDMEETING"""
IN_CALENDARS = frozenset(_PROPERTIES.split())
"""Properties that an entry for somebody outside may have: each other one is a place to hide something."""

_KEY = re.compile(r"\+(k[a-z2-7]{26}|v[0-9]+-[a-z2-7]{16})@")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")

Hit = tuple[str, str]
"""A kind and the canary."""
HITS: list[str] = []
"""What the test that runs now has let out."""


def install() -> None:
    """Look at whatever `compose` makes from now on."""
    compose = composing.compose

    def watched(letter: Letter, *rest: Any, **more: Any) -> bytes:
        mail = compose(letter, *rest, **more)
        if letter.outside and not letter.to.address.endswith("@desk.example"):
            HITS.extend(f"{letter.purpose} to {letter.to.address}: {kind} {what}" for kind, what in hits(mail, letter))
        return mail

    composing.compose = watched


def hits(mail: bytes, letter: Letter) -> list[Hit]:
    """Canaries in a mail that its reader has not written themselves."""
    history = letter.facts.get("history") or ()
    given = [str(entry.get("text", "")) for entry in history if entry.get("who") == "you"]
    theirs = (*letter.background.theirs, *given, letter.to.name, letter.to.address)
    shown = bool(letter.facts.get("closing"))
    booking = letter.facts.get("book_address", "")
    own = f"{letter.reply_to} {letter.to.address} {booking}"  # another desk's reader has a key in their own address
    return found_in(mail, theirs=theirs, notes=letter.background.notes, own=own, names=not shown)


def found_in(
    mail: bytes, *, theirs: Iterable[str] = (), notes: Iterable[str] = (), own: str = "", names: bool = True
) -> list[Hit]:
    """All canaries in it."""
    own_words = _flat("\n".join(theirs))
    found: set[Hit] = set()
    for text in texts_of(mail):
        flat = _flat(text)
        dense = "".join(flat.split())
        words: tuple[tuple[str, tuple[str, ...]], ...] = (
            ("address", ADDRESSES),
            ("name", NAMES if names else ()),
            ("host", HOSTS),
            ("word", (WORD,)),
        )
        words = (*words, ("header", CLIENT), ("calendar", (CALENDAR,)))
        found |= {(kind, one) for kind, many in words for one in many if one in flat}
        found |= {("address", one) for one in ADDRESSES if one in dense}
        if ZONE in flat:
            found.add(("zone", ZONE))
        if "".join(c for c in PHONE if c.isdigit())[2:] in re.sub(r"[^0-9]", "", flat):
            found.add(("phone", PHONE))
        found |= {("key", one[1]) for one in _KEY.finditer(dense) if one[1] not in own.lower()}
        found |= {("note", run) for run in _shared(flat, notes) if run not in own_words}
    found |= set(_in_calendars(mail))
    return sorted((kind, one) for kind, one in found if kind in ("key", "note") or one not in own_words)


def texts_of(mail: bytes) -> Iterator[str]:
    """Every header and every part, decoded; pages also without their marks, files as a text program shows them."""
    message = message_from_bytes(mail, policy=policy.default)
    for part in message.walk():
        for name, value in part.items():
            if name.lower() not in ("reply-to", "from"):
                yield f"{name}: {value}"
                yield _decoded(str(value))
        if filename := part.get_filename():
            yield filename
        if part.is_multipart():
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        text = content.decode("utf-8", "replace")  # all that we write is UTF-8 or ASCII
        yield text
        if _is_calendar(part):
            yield "\n".join(value for _, value in _properties(text))
        if part.get_content_subtype() == "html":
            yield html.unescape(re.sub(r"<[^>]*>", " ", text))
        if b"\0" in content:
            yield content.replace(b"\0", b"").decode("latin-1")


# Entries of calendars (RFC 5545)


def _is_calendar(part: Any) -> bool:
    named = str(part.get_filename() or "").lower().endswith((".ics", ".ical", ".ifb"))
    return named or part.get_content_type() in ("text/calendar", "application/ics", "application/calendar+xml")


def _is_entry(part: Any) -> bool:
    """Whether it is an entry of ours, and no file that somebody sent."""
    kind = part.get_content_type()
    return kind == "application/ics" or (kind == "text/calendar" and part.get_param("method") is not None)


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """Each property by its name, with its parameters and its value as a program shows them: lines joined (3.1), signs
    and addresses as they are meant (3.3.11)."""
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name = re.match(r"[A-Za-z0-9-]*", line)
        meant = re.sub(r"\\([nN])", "\n", re.sub(r"\\([,;])", r"\1", line)).replace("\\\\", "\\")
        yield (name[0].upper() if name else ""), f"{meant}\n{unquote(meant)}"


def _in_calendars(mail: bytes) -> Iterator[Hit]:
    """What an entry for somebody outside may not hold, whatever its words say: the name of one of us, alone as well; a
    zone; a property that nobody needs; another organizer than who is answered, another attendee than who reads it."""
    message = message_from_bytes(mail, policy=policy.default)
    for part in message.walk():
        if not _is_entry(part):
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found = list(_properties(content.decode("utf-8", "replace")))
        flat = _flat("\n".join(value for _, value in found))
        yield from (("name", one) for one in STAFF if re.search(rf"(?<![^\W_]){one}(?![^\W_])", flat))
        yield from (("property", name) for name, _ in found if name not in IN_CALENDARS)
        yield from (("zone", "tzid") for _, value in found if "tzid=" in value.lower())
        yield from _strangers(message, found)


def _strangers(message: EmailMessage, found: list[tuple[str, str]]) -> Iterator[Hit]:
    for name, header in (("ORGANIZER", "Reply-To"), ("ATTENDEE", "To")):
        wanted = parseaddr(str(message.get(header, "")))[1].lower()
        named = [value.rpartition("mailto:")[2].strip().lower() for one, value in found if one == name]
        if [unquote(one) for one in named] != [wanted]:
            yield name.lower(), ", ".join(named) or "nobody"


def _decoded(value: str) -> str:
    """RFC 2047; what only looks like an encoded word stays as it is."""
    try:
        return str(make_header(decode_header(value)))
    except (LookupError, ValueError):
        return value


def in_folder(data: Path) -> list[str]:
    """The hits of what a served desk has sent into its Maildir, to somebody outside."""
    found = []
    for file in sorted((data / "sent" / "new").glob("*")):
        mail = file.read_bytes()
        to = re.search(rb"^Delivered-To: ?<?([^>\r\n]*)", mail, re.MULTILINE | re.IGNORECASE)
        if to is None or to[1].decode().lower().endswith("@desk.example"):
            continue
        own = re.search(rb"^Reply-To: ?(.*)", mail, re.MULTILINE)
        head, _, body = mail.partition(b"\n\n") if b"\r\n\r\n" not in mail else mail.partition(b"\r\n\r\n")
        ours = (b"return-path", b"delivered-to")
        lines = [line for line in re.split(rb"\r?\n", head) if not line.lower().startswith(ours)]
        bare = b"\r\n".join(lines) + b"\r\n\r\n" + body
        answered = own[1].decode() if own else ""
        hits_ = found_in(bare, own=f"{answered} {_booking(bare)}")
        found += [f"{file.name} to {to[1].decode()}: {kind} {what}" for kind, what in hits_]
    return found


def _booking(mail: bytes) -> str:
    """The one address with which the reader of an offer books: the same in all its links."""
    found = {one for text in texts_of(mail) for one in re.findall(r'href="mailto:([^"?]+)[?]subject=BOOK', text)}
    return found.pop() if len(found) == 1 else ""


def _flat(text: str) -> str:
    plain = unicodedata.normalize("NFKC", _HIDDEN.sub("", html.unescape(text)))
    return " ".join(re.sub(r"[ \t]*\n[ \t>|]*", " ", plain).lower().split())


def _shared(flat: str, notes: Iterable[str]) -> Iterator[str]:
    bare = " ".join(re.findall(r"\w+", flat))
    for note in notes:
        words = re.findall(r"\w+", _flat(note))
        for start in range(len(words) - RUN + 1):
            run = " ".join(words[start : start + RUN])
            if f" {run} " in f" {bare} ":
                yield run
