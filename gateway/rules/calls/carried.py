"""Which entry of a calendar a mail of ours carried, and in which revision.

In: the beginning of a mail as it left. Out: its Message-ID with the UID and SEQUENCE of the call in it, or None. An
answer without a calendar part names nothing but the mail that it answers: this is how we know what it answers. Not for
mail of others: it reads only the form that we write.
"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass

from parsing.calendar import invitation

_MESSAGE_ID = re.compile(rb"\r\nMessage-ID: (<[^<>\s]{1,250}>)\r\n", re.IGNORECASE)
_PART = b"\r\nContent-Type: text/calendar;"
LARGEST = 64 * 1024
"""Letters of a calendar part that are looked at: ours have two thousand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The call that a mail of ours brought, and the mail's Message-ID."""

    message_id: str
    uid: str
    sequence: int


def carried(mail: bytes) -> Carried | None:
    """What this mail asked its reader to put into their calendar; None where it did not."""
    named, start = _MESSAGE_ID.search(mail), mail.find(_PART)
    head = mail.find(b"\r\n\r\n", start)
    if named is None or start < 0 or head < 0:
        return None
    end = mail.find(b"\r\n--=_", head)
    body = mail[head + 4 : end] if end >= 0 else b""
    if not body or len(body) > LARGEST:
        return None
    try:
        found, _ = invitation(b64decode(body))
    except ValueError:
        return None
    if found is None or found.method != "REQUEST":
        return None
    return Carried(message_id=named[1].decode(), uid=found.uid, sequence=found.sequence)
