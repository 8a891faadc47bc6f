"""Letters about live calls, by their cases: the facts that `gateway/rules/mails/calls.py` hands over; and a call to
write of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.letter import Letter
from parsing.message import Mailbox
from store.records import Call, CallState, Grant, Invite, Person, SendMail, Status, Ticket
from tests.unit.compose.facts import NOTICE, STANDING

PLACE = "https://desk.example/w/abcdefghijklmnopqrstuvwxyz"
CALL: dict[str, Any] = {
    "about": "network engineering",
    "minutes": 30,
    "purpose": "the line has to be measured <while> you look at it",
    "zone": "Europe/Berlin",
}
BOOKED: dict[str, Any] = {**CALL, "start": "2026-11-24T10:00:00Z", "end": "2026-11-24T10:30:00Z", "place": PLACE}
ENTRY: dict[str, Any] = {
    "method": "REQUEST",
    "uid": "abcdefghijklmnopqrstuvwxyz@desk.example",
    "sequence": 0,
    "dtstamp": "2026-11-21T09:00:00Z",
    "created": "2026-11-21T09:00:00Z",
    "start": "2026-11-24T10:00:00Z",
    "end": "2026-11-24T10:30:00Z",
    "summary": "Call with Example Support: network engineering [DESK-1042]",
    "location": PLACE,
    "url": PLACE,
    "name": "Nora Wind",
}
SLOTS = [
    [1, "2026-11-23T10:00:00Z"],
    [2, "2026-11-24T08:30:00Z"],
    [3, "2026-11-24T14:00:00Z"],
    [4, "2026-12-01T09:00:00Z"],
]
OFFER: dict[str, Any] = {
    **CALL,
    "variant": "first",
    "slots": SLOTS,
    "expires": "2026-11-27T16:00:00Z",
    "book_address": "support+kbook@desk.example",
}
_WORD: dict[str, Any] = {**CALL, "booked": False, "moves": 0}
_STANDS: dict[str, Any] = {**BOOKED, "booked": True, "moves": 3}
_LISBON = {"zone": "Europe/Lisbon"}

OUTSIDE: dict[str, dict[str, Any]] = {
    "offer": OFFER,
    "offer.taken": {**OFFER, "variant": "taken", "slots": SLOTS[2:], "proposed": "2026-11-24T08:30:00Z"},
    "offer.others": {**OFFER, "variant": "others", "purpose": "", **_LISBON},
    "offer.others.booked": {**OFFER, "variant": "others", "booked": True, "start": "2026-11-24T10:00:00Z"},
    "offer.countered": {
        **OFFER,
        "variant": "countered",
        "booked": True,
        "start": "2026-11-24T10:00:00Z",
        "proposed": "2026-11-25T10:00:00Z",
        "calendar": {**ENTRY, "method": "DECLINECOUNTER"},
    },
    "offer.taken.past": {**OFFER, "variant": "taken", "past": True, "proposed": "2026-11-20T08:30:00Z"},
    "offer.countered.past": {**OFFER, "variant": "countered", "past": True, "proposed": "2026-11-20T08:30:00Z"},
    "offer.countered.day": {
        **OFFER, "variant": "countered", "booked": True, "start": "2026-11-24T10:00:00Z", "proposed": "2026-11-25",
    },
    "offer.countered.day.past": {**OFFER, "variant": "countered", "past": True, "proposed": "2026-11-20"},
    "offer.sorry": {**OFFER, "variant": "sorry", "missed": "2026-11-20T10:00:00Z", "minutes": 1},
    "offer.summer": {
        **OFFER,
        "slots": [[7, "2026-10-23T10:00:00Z"], [8, "2026-10-26T10:00:00Z"]],
        "purpose": "",
        "expires": "",
        "book_address": "",
    },
    "invite": {**BOOKED, "variant": "booked", "calendar": ENTRY},
    "invite.moved": {**BOOKED, "variant": "moved", "purpose": "", **_LISBON, "calendar": {**ENTRY, "sequence": 1}},
    "invite.again": {**BOOKED, "variant": "again", "place": "", "zone": "UTC", "calendar": {**ENTRY, "location": ""}},
    "uninvite.customer": {**BOOKED, "variant": "customer", "calendar": {**ENTRY, "method": "CANCEL", "sequence": 1}},
    "uninvite.desk": {
        **BOOKED,
        "variant": "desk",
        "because": "The part that we wanted to look at has not arrived.",
        "calendar": {**ENTRY, "method": "CANCEL", "sequence": 1},
    },
    "uninvite.solved": {**BOOKED, "variant": "solved", "calendar": {**ENTRY, "method": "CANCEL", "sequence": 2}},
    "call.wished": {**_WORD, "variant": "wished", "until": "2026-11-23T10:00:00Z"},
    "call.wished.sought": {**_WORD, "variant": "wished", "sought": True},
    "call.wished.booked": {**_STANDS, "variant": "wished", "sought": True},
    "call.waits": {**_WORD, "variant": "waits"},
    "call.refused": {**_WORD, "variant": "refused", "because": "The update of tonight mends it."},
    "call.none_free": {**_WORD, "variant": "none_free"},
    "call.none_free.again": {**_WORD, "variant": "none_free", "again": True},
    "call.none_free.sorry": {**_WORD, "variant": "none_free", "missed": "2026-11-20T10:00:00Z", "again": True},
    "call.none_free.owed": {**_WORD, "variant": "none_free", "missed": "2026-11-20T10:00:00Z"},
    "call.none_free.booked": {**_STANDS, "variant": "none_free"},
    "call.stands": {**_STANDS, "variant": "stands"},
    "call.lapsed": {**_WORD, "variant": "lapsed", "ended": "expired"},
    "call.lapsed.over": {**BOOKED, "variant": "lapsed", "ended": "over"},
    "call.lapsed.cancelled": {**BOOKED, "variant": "lapsed", "ended": "cancelled"},
    "call.lapsed.withdrawn": {**_WORD, "variant": "lapsed", "ended": ""},
    "call.withdrawn": {**_WORD, "variant": "withdrawn"},
    "call.withdrawn.offer": {**_WORD, "variant": "withdrawn", "offered": True},
    "call.no_more_moves": {**_STANDS, "variant": "no_more_moves"},
    "call.no_more_moves.once": {**_STANDS, "variant": "no_more_moves", "moves": 1},
    "call.too_late": {**_STANDS, "variant": "too_late"},
    "call.not_there": {**BOOKED, "variant": "not_there"},
    "call.delegate": {**_STANDS, "variant": "delegate", "delegate": "olga@northwind.example"},
    "call.personal": {"variant": "personal", "zone": ""},
    "call.tried": {**_WORD, "variant": "tried"},
    "call_reminder": {**BOOKED, **_LISBON},
    "call_reminder.tentative": {**BOOKED, "tentative": True},
    "status.call": {"status": "in_progress", "call": "2026-11-24T10:00:00Z", "closes": True},
    "consent.book": {
        "came": "2026-11-23T07:00:00Z", "lapses": "2026-11-26T07:00:00Z", "wish": "book",
        "start": "2026-11-24T10:00:00Z",
    },
    "consent.move": {
        "came": "2026-11-23T07:00:00Z", "lapses": "2026-11-26T07:00:00Z", "wish": "move",
        "start": "2026-11-24T10:00:00Z",
    },
    "consent.cancel": {"came": "2026-11-23T07:00:00Z", "lapses": "2026-11-26T07:00:00Z", "wish": "cancel"},
    "consent.call": {"came": "2026-11-23T07:00:00Z", "lapses": "2026-11-26T07:00:00Z", "wish": "call"},
}  # fmt: skip

_INSIDE: dict[str, Any] = {
    **STANDING,
    **BOOKED,
    "call": "1042-1",
    "capability": "network-engineering",
    "their_zone": "Asia/Tokyo",
    "organisation": "Northwind, Enterprise, onboarding",
    "contact": "Nora Wind <nora@northwind.example>",
    "inside": True,
}
_AGENTS_ENTRY = {**ENTRY, "name": "Benedikt Sommer", "summary": "Call: network engineering [DESK-1042]"}
_WANTED: dict[str, Any] = {**_INSIDE, "start": "", "end": "", "place": "", "their_zone": "Europe/Berlin"}

INSIDE: dict[str, dict[str, Any]] = {
    "brief": {
        **_INSIDE,
        "variant": "chosen",
        "until": "2026-11-24T09:40:00Z",
        "problem": "The shop answers after 20 seconds.\n\nSince <Friday> & always.",
        "gist": [["Observed", "pages need 20 s"], ["Started at", "last Friday", "2026-11-20T13:00:00Z"]],
        "known": [["Contact", "olga@northwind.example"]],
        "missing": "Steps to reproduce",
        "tried": ["The cache was cleared", "Another <browser>"],
        "entries": NOTICE["entries"],
        "calendar": _AGENTS_ENTRY,
    },
    "brief.next": {**_INSIDE, "variant": "next", "place": "", "purpose": "", "entries": (), "calendar": _AGENTS_ENTRY},
    **{
        f"stand_down.{why}": {**_INSIDE, "variant": why, "calendar": {**_AGENTS_ENTRY, "method": "CANCEL"}}
        for why in ("passed", "unheard", "away", "moved", "customer", "desk", "solved", "other")
    },
    "call_notice.wish": {
        **_WANTED,
        "variant": "wish",
        "about": "",
        "minutes": 0,
        "purpose": "",
        "words": "Can we talk?\n\nI am <here> until five.",
        "capabilities": ["network-engineering", "general"],
        "decides": True,
    },
    "call_notice.wish.scheduler": {**_WANTED, "variant": "wish", "words": "Can we talk?", "decides": False},
    "call_notice.approval": {
        **_WANTED,
        "variant": "approval",
        "by": "Anastasia Winter",
        "reason": "it has priority 3 and is not escalated",
        "lapses": "2026-11-24T16:00:00Z",
    },
    "call_notice.shortage": {
        **_INSIDE,
        "variant": "shortage",
        "why": ["benedikt is away until Thursday", "anastasia takes 1040-1 (P1) at that time"],
        "helps": ["one more of level 2 at that time"],
    },
    "call_notice.shortage.none": {**_WANTED, "variant": "shortage", "why": ["nobody of level 2 is there until Friday"]},
    "call_notice.sought": {
        **_WANTED,
        "variant": "sought",
        "words": "mornings please",
        "helps": ["that one of those who can do network-engineering is there: anastasia, benedikt"],
    },
    "call_notice.sought.booked": {**_INSIDE, "variant": "sought"},
    "call_notice.owed": {
        **_INSIDE,
        "variant": "owed",
        "told": True,
        "why": ["nobody of the staff is able"],
        "capabilities": ["general"],
    },
    "call_notice.owed.unreachable": {**_INSIDE, "variant": "owed", "why": ["nobody outside can get its mail"]},
    "call_notice.unstaffed": {**_INSIDE, "variant": "unstaffed", "asked": ["benedikt", "anastasia"]},
    "call_notice.unstaffed.begun": {**_INSIDE, "variant": "unstaffed", "asked": ["benedikt"], "begun": True},
    "call_notice.outcome": {**_INSIDE, "variant": "outcome"},
    "call_notice.outcome.again": {**_INSIDE, "variant": "outcome", "again": True},
    "call_notice.decided": {
        **_WANTED,
        "variant": "decided",
        "text": "Dominique Duval refused the call about DESK-1042.",
        "because": "the update of tonight mends it",
    },
    "call_notice.decided.booked": {
        **_INSIDE,
        "variant": "decided",
        "text": "Nora Wind booked the call about DESK-1042.",
    },
}

CASES = OUTSIDE | INSIDE

# A call, and what it makes the desk write

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
NORA = Person(address="nora@northwind.example", name="Nora Wind")
BOOKING = f"support+k{'b' * 26}@desk.example"
OWN = "support+kabcdefghijklmnopqrstuvwxyz@desk.example"
Write = Callable[..., Letter]


def ticket(**changes: Any) -> Ticket:
    usual = Ticket(
        ref=1042, status=Status.NEW, status_category="open", type="support", subject="Search is very slow",
        team="frontline", requester=NORA.address, mailbox="support@desk.example", language="en", created_at=NOW,
        updated_at=NOW, assignee="benedikt",
    )  # fmt: skip
    return replace(usual, **changes)


def call(**changes: Any) -> Call:
    """A call that is booked, and that benedikt takes."""
    grant = Grant(hash="h", issued_at=NOW, issued_by="anastasia", expires_at=NOW + timedelta(days=5))
    invite = Invite(uid=f"{'u' * 26}@desk.example", attendee=NORA.address, dtstamp=NOW, serial=3)
    agent = replace(invite, kind="agent", attendee="benedikt@desk.example", serial=2)
    usual = Call(
        ticket=1042, number=1, state=CallState.ASSIGNED, capability="network-engineering", contact=NORA.address,
        purpose="the line has to be measured", requested_at=NOW, requested_by="anastasia", cell=START, start=START,
        end=START + timedelta(minutes=30), booked_at=NOW, room="r" * 26, witness="benedikt", assigned="benedikt",
        language="de", grant=grant, invites=(invite, agent),
    )  # fmt: skip
    return replace(usual, **changes)


def written(mail: SendMail, letter: Write, **changes: Any) -> Letter:
    """The letter that the sender makes of it."""
    more = {"book_address": BOOKING} if mail.also else {}
    return letter(
        str(mail.purpose), facts={**mail.facts, **more}, language=mail.language, from_=Mailbox(address=OWN),
        subject=f"[DESK-1042] {mail.subject}", **changes,
    )  # fmt: skip
