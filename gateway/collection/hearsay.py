"""Hearsay: what the process of a mailbox says, looked at before anything is done with it.

In: a message of that process. Out: nothing, or `Nonsense`. It reads what strangers wrote off a server that is not ours,
so it may have been taken over: a word of it must never fail the turn of others, name a file that is not its own, or
claim that somebody logged in.
"""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from pathlib import Path

from gateway.doors.imap.words import Alive, Fetched, Looked, MailboxOptions, Opened, Settled, Troubled
from gateway.doors.words import LARGE, Arrived, Spooled
from gateway.spool import ARRIVING

HIGHEST = (1 << 32) - 1
"""UIDs and UIDVALIDITY are numbers of 32 bits (RFC 9051 section 2.3.1.1)."""
RECIPIENTS = 100
LONGEST = 1_000
"""Characters of any text that it says."""
ASTRAY = timedelta(days=1)
"""How far its clock may be from ours: both run on this machine."""
LONGEST_WAIT = timedelta(days=7)
"""How long ago a server may have got a message, as far as we are told."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Nonsense(Exception):
    """Nothing that the process of a mailbox says."""


def check(message: object, options: MailboxOptions, now: datetime) -> None:
    """Raise `Nonsense` for what cannot be true of this mailbox. A value that lacks a part is nonsense as well."""
    try:
        why = _doubt(message, options, now)
    except AttributeError:
        why = "a part of it is missing"
    if why:
        raise Nonsense(f"{type(message).__name__}: {why}")


def printable(text: str) -> str:
    """What it says for people to read: in one line, for it may quote a server."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _doubt(message: object, options: MailboxOptions, now: datetime) -> str:
    match message:
        case list():
            return next((why for one in message if (why := _of_fetched(one, options, now))), "")
        case Opened():
            fine = _is_number(message.uidvalidity, 0) and _is_number(message.uidnext, 1, HIGHEST + 1)
            return "" if fine else "its numbers are none of IMAP"
        case Settled():
            fine = isinstance(message.uids, tuple) and all(_is_number(uid, 1) for uid in message.uids)
            return "" if fine else "its numbers are none of IMAP"
        case Looked():
            counts = (message.there, message.listed, message.known, message.withheld)
            fine = all(_is_number(count, 0) for count in counts) and isinstance(message.idles, bool)
            return "" if fine else "its counts are none"
        case Troubled():
            seconds = message.seconds
            fine = _is_text(message.what) and isinstance(seconds, int | float) and math.isfinite(seconds)
            return "" if fine else "its words are none"
        case Alive():
            return ""
    return "nothing that a mailbox says"


def _of_fetched(one: object, options: MailboxOptions, now: datetime) -> str:
    if not isinstance(one, Fetched) or not isinstance(one.arrived, Arrived):
        return "it is no message"
    if not _is_number(one.uid, 1) or type(one.arrived.token) is not int:
        return "its numbers are none of IMAP"
    if not isinstance(one.history, bool) or not _is_text(one.withheld):
        return f"UID {one.uid} is not said in full"
    if one.waited_since is not None and not _is_then(one.waited_since, now, LONGEST_WAIT):
        return f"UID {one.uid} waited for too long"
    return _of_envelope(one.arrived, options, now) or _of_bytes(one, options)


def _of_envelope(arrived: Arrived, options: MailboxOptions, now: datetime) -> str:
    if (arrived.door, arrived.client, arrived.login) != ("imap", options.name, ""):
        return "it came by another door"
    if not isinstance(arrived.recipients, tuple) or not 1 <= len(arrived.recipients) <= RECIPIENTS:
        return "it has no recipients, or too many"
    if not all(_is_text(text) for text in (arrived.sender, arrived.hello, *arrived.recipients)):
        return "its envelope is no text"
    return "" if _is_then(arrived.received_at, now) else "it came at another time"


def _of_bytes(one: Fetched, options: MailboxOptions) -> str:
    content, spooled = one.arrived.content, one.arrived.spooled
    if not isinstance(content, bytes) or len(content) > LARGE:
        return "its bytes are none, or too many"
    if spooled is None:
        return ""
    if content or not isinstance(spooled, Spooled) or not isinstance(spooled.path, str):
        return "its file is none"
    file = Path(spooled.path)
    if str(file.parent) != options.spool or not file.name.startswith(ARRIVING) or not spooled.path.isprintable():
        return "its file is that of somebody else"
    if not _is_number(spooled.size, 1, options.max_size) or not isinstance(spooled.sha256, str):
        return "its file is too large"
    return "" if _SHA256.fullmatch(spooled.sha256) else "its file has no hash"


def _is_then(at: object, now: datetime, before: timedelta = timedelta()) -> bool:
    """Whether that is an instant about now, or at most so long before."""
    return isinstance(at, datetime) and at.tzinfo is not None and -ASTRAY <= now - at <= before + ASTRAY


def _is_number(value: object, least: int, most: int = HIGHEST) -> bool:
    return type(value) is int and least <= value <= most


def _is_text(value: object) -> bool:
    """Whether any store takes it: NUL and lone surrogates are refused by some."""
    if not isinstance(value, str) or len(value) > LONGEST or "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
