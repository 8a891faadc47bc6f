"""One mail that is to leave, as plain values: what the sender hands to `compose`, fixed when the outbox row was made.

In: the outbox row and what stands in the desk's policy. Out: a frozen `Letter` that can be pickled to another process.
It must never import a database, a template or a network library, and its facts are data, never code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.rules.privacy.guard import NOTHING, Background
from parsing.message import Mailbox
from store.records import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFile:
    """A file that goes with a letter. Name and type are claims of whoever sent it; `compose` makes them safe."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterCalendar:
    """The call that a letter brings into a calendar (RFC 6047): who writes and who reads are those of the letter, and
    `name` is what the reader is called there. `method` is REQUEST, CANCEL or DECLINECOUNTER."""

    method: str
    uid: str
    sequence: int
    dtstamp: datetime
    created: datetime
    start: datetime
    end: datetime
    summary: str
    location: str = ""
    url: str = ""
    name: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail to one person.

    `from_` is the desk, never an agent; `reply_to` carries this person's own key. `envelope_from` may be empty (the
    null sender). `subject` already begins with `[DESK-1042]`, `reference` is `DESK-1042` or empty. `facts` are what
    the template of `purpose` may say: plain JSON values, times as RFC 3339 strings; they are shown in `zone`. A letter
    is for somebody `outside` unless it is said to be for the staff: nobody outside gets a secret address but their own.
    `background` is what its ticket adds to the last check.
    """

    purpose: Purpose
    language: str
    to: Mailbox
    from_: Mailbox
    reply_to: str
    envelope_from: str = ""
    message_id: str
    date: datetime
    subject: str
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    automatic: bool = True
    outside: bool = True
    reference: str = ""
    zone: str = "UTC"
    facts: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[LetterFile, ...] = ()
    background: Background = NOTHING


METHODS = ("REQUEST", "CANCEL", "DECLINECOUNTER")
"""What an organizer sends to somebody who was invited."""


def calendar_of(facts: Mapping[str, Any]) -> LetterCalendar | None:
    """The fact `calendar` of a letter, its times as RFC 3339 strings; None without one. What is wrong in it is a
    defect of the rule that wrote it: ValueError, KeyError or TypeError."""
    found = facts.get("calendar")
    if not found:
        return None
    if found["method"] not in METHODS:
        raise ValueError(f"no method of an invite: {found['method']}")
    times = {name: datetime.fromisoformat(found[name]) for name in ("dtstamp", "created", "start", "end")}
    return LetterCalendar(**{**found, **times, "sequence": int(found["sequence"])})


_NOTICE_WORDS = """what actor team status owner clock due now next missing changed organisation requester trust words
    note_address commands_address topic scheduled aside escalated escalated_because public_address by_hand links_until
    problem"""
_STANDING = {
    **dict.fromkeys(("team", "status", "owner", "clock", "due", "now", "next", "requester"), ""),
    **dict.fromkeys(("scheduled", "aside", "escalated", "escalated_because"), ""),
    "priority": 3,
    **dict.fromkeys(("organisation", "topic", "waiting_on", "blocked_on", "note_address"), ""),
    "estimate": 0,
    "logged": 0,
    **dict.fromkeys(("changed", "changed_at", "commands_address"), ""),
    "entries": (),
    "inside": False,
    "reads_only": False,
    "missing": "",
    **dict.fromkeys(("gist", "known"), ()),
}
"""How a ticket stands, in a mail to one of us that is not about a customer's words."""
_CALL = {**dict.fromkeys(("about", "purpose", "place", "start", "end", "zone"), ""), "minutes": 0}
"""What whoever is in a call reads of it."""
_CALL_OF_STAFF = {
    **_STANDING,
    **_CALL,
    **dict.fromkeys(("variant", "call", "capability", "state", "their_zone", "contact", "until", "problem"), ""),
}
"""What one of us reads of it."""
OPTIONAL_FACTS: Mapping[Purpose, Mapping[str, Any]] = {
    Purpose.ACKNOWLEDGEMENT: {
        **dict.fromkeys(("answer_by", "previous", "zone"), ""),
        **dict.fromkeys(("understood", "found", "questions"), ()),
    },
    Purpose.ANSWER: {
        "greeting_name": "",
        "copied_by": "",
        "words": "",
        "closing": "",
        "others": (),
        "history": (),
        "outcome": "",
        "reopen_days": 0,
        "asks": False,
        "promise": "",
        "zone": "",
        "questions": (),
    },
    Purpose.PROMISE: {"promise": "", "words": "", "zone": "", "others": ()},
    Purpose.RESOLVED: {"outcome": "", "reopen_days": 0, "others": (), "asks": False},
    Purpose.NOTICE: {
        **dict.fromkeys(_NOTICE_WORDS.split(), ""),
        **dict.fromkeys(("files", "entries", "related", "cautions", "gist", "known"), ()),
        "forwarded": {},
        "kin": {},
        "copied": (),
        "requester_name": "",
        "part_of": {},
        "priority": 3,
        "inside": False,
        "reads_only": False,
        "last": False,
        "earlier": {},
        "card": (),
        "estimate": 0,
        "logged": 0,
    },
    Purpose.TRANSCRIPT: {
        **dict.fromkeys(("done", "sent", "help", "reports"), ()),
        "part_of": {},
        "dry": False,
        "public_address": "",
    },
    Purpose.HELD: {
        **dict.fromkeys(("news", "reason", "nearest", "own_words", "public_address"), ""),
        "allowed": (),
        "more": False,
        "answers_customer": False,
        "claimed": False,
        "last": False,
    },
    Purpose.ALARM: {"title": "", "detail": "", "journal_id": "", "what_to_do": ""},
    Purpose.CONFIRMATION: {
        **dict.fromkeys(("trust", "subject_said", "words", "came", "lapses"), ""),
        "asked": (),
        "files": (),
        "for_somebody": False,
    },
    Purpose.CONSENT: dict.fromkeys(("came", "lapses", "zone", "wish", "start"), ""),
    Purpose.STATUS: {
        **dict.fromkeys(("status", "answer_by", "planned", "outcome", "zone", "call"), ""),
        "yours": False,
        "again": False,
        "withdrawn": False,
        "misfiled": "",
        "closes": False,
        "pending": False,
        "reopen_days": 0,
        "last": {},
    },
    Purpose.QUESTION: {"variant": "first", "questions": (), "found": (), "close": 0, "zone": ""},
    Purpose.UNANSWERED: {"open": (), "reopen_days": 0},
    Purpose.RETYPED: {"previous": "", "kind": "", "answer_by": "", "zone": ""},
    Purpose.DIGEST: {
        **dict.fromkeys(("name", "day", "now", "zone", "commands_address"), ""),
        "sections": (),
        "sizes": (),
        "figures": {},
    },
    Purpose.REMINDER: {**_STANDING, "text": "", "set_at": ""},
    Purpose.WARNING: {**_STANDING, "percent": 0, "left": 0, **dict.fromkeys(("because", "cure"), "")},
    Purpose.HANDOFF: {
        **_STANDING,
        **dict.fromkeys(("edge", "origin", "to", "trigger", "because", "asks", "problem", "words", "detail"), ""),
        **dict.fromkeys(("by", "until", "next_in_line", "returns"), ""),
        **dict.fromkeys(("fields", "appendix", "entries"), ()),
        "moves": False,
        "outside": False,
    },
    Purpose.OFFER: {
        **_CALL,
        **dict.fromkeys(("expires", "proposed", "missed", "book_address"), ""),
        "variant": "first",
        "slots": (),
        "booked": False,
        "past": False,
    },
    Purpose.INVITE: {**_CALL, "variant": "booked"},
    Purpose.UNINVITE: {**_CALL, "variant": "desk", "because": ""},
    Purpose.CALL: {
        **_CALL,
        **dict.fromkeys(("variant", "because", "until", "delegate", "ended", "missed"), ""),
        "moves": 0,
        **dict.fromkeys(("booked", "sought", "again", "offered"), False),
    },
    Purpose.CALL_REMINDER: {**_CALL, "tentative": False},
    Purpose.BRIEF: {**_CALL_OF_STAFF, "variant": "chosen", "tried": ()},
    Purpose.STAND_DOWN: {**_CALL_OF_STAFF, "variant": "passed"},
    Purpose.CALL_NOTICE: {
        **_CALL_OF_STAFF,
        **dict.fromkeys(("words", "by", "reason", "lapses", "because", "text"), ""),
        **dict.fromkeys(("capabilities", "why", "helps", "asked"), ()),
        **dict.fromkeys(("begun", "again", "decides", "told"), False),
    },
    Purpose.PROBE: {"desk": "", "asked_at": ""},
    Purpose.UNDELIVERED: {"what": "", "to": "", "reason": "", "said": "", "last": "", "advice": (), "words": ""},
}
"""The facts that each purpose knows, with what stands for one that is missing: any of them may be left out."""

_BLOCKS = frozenset({"words", "problem", "text", "outcome", "own_words", "detail", "what_to_do", "nearest", "reason"})
_SURROGATES = re.compile("[\ud800-\udfff]")
# Controls, bidirectional controls, zero-width and invisible letters. ZWJ and ZWNJ stay: emoji and Persian need them.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# In running text the marks of right-to-left languages stay, only the overrides that make a text lie go.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202d\u202e\ufeff\ufff9-\ufffb]")


def clean_line(text: str) -> str:
    """One line that may stand in a header or a sentence: nothing hidden, single spaces."""
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():
        return text
    return " ".join(_SURROGATES.sub("\ufffd", _HIDDEN.sub("", text)).split())


def clean_block(text: str) -> str:
    """Lines of text as someone wrote them, ended by LF, without controls and without blank lines around."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text.strip("\n")
    text = _LINE_ENDS.sub("\n", text)
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text)).strip("\n")


def clean_facts(value: Any, key: str = "") -> Any:
    """Facts without hidden letters: several lines under the keys that may have them, one line elsewhere, no nulls."""
    if isinstance(value, str):
        return clean_block(value) if key in _BLOCKS else clean_line(value)
    if isinstance(value, Mapping):
        return {name: clean_facts(item, name) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [clean_facts(item, key) for item in value]
    return "" if value is None else value


def shorten(line: str, limit: int) -> str:
    """A line of at most `limit` letters."""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def cut(text: str, limit: int) -> str:
    """A text of about `limit` letters; a last line shows that there was more."""
    return text if len(text) <= limit else text[:limit].rstrip() + "\n[…]"
