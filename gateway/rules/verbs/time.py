"""Verbs that put something off: remind, snooze.

In: a `Request`. Out: a `Planned` or a `Refused`. What happens when the time has come says `rules/notices/reminders.py`.
"""

from __future__ import annotations

from hashlib import sha256

from gateway.rules.notices.notice import stamp
from gateway.rules.timers import REMIND
from gateway.rules.times import Unclear, begin_when, read_when, spoken
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from store.records import SetTimer

MAX_TEXT = 300
NOW = ("off", "now")


def _remind(request: Request) -> Planned | Refused:
    found = begin_when(request.args, request.desk, request.now)
    if isinstance(found, Unclear):
        return Refused(reason=found.reason, nearest=found.nearest or "#remind 2d")
    at, text = found
    if len(text) > MAX_TEXT:
        return Refused(reason=f"a reminder has at most {MAX_TEXT} letters")
    who = request.actor.name
    detail = {"who": who, "text": text, "set_at": stamp(request.now)}
    timer = SetTimer(ticket=request.ticket.ref, kind=_kind(who, stamp(at), text), due_at=at, detail=detail)
    return Planned(
        ticket=request.ticket,
        line="#remind",
        after=f"{who}, {spoken(at, request.desk)}" + (f": {text}" if text else ""),
        event="reminder-set",
        detail={"who": who, "at": stamp(at), "text": text},
        effects=(timer,),
    )


def _kind(*of: str) -> str:
    """Each reminder is a timer of its own: two people's, and one person's for two times, do not replace each other."""
    return f"{REMIND}:{sha256(repr(of).encode()).hexdigest()[:16]}"


def _snooze(request: Request) -> Planned | Refused:
    ticket = request.ticket
    before = f"put aside until {spoken(ticket.snoozed_until, request.desk)}" if ticket.snoozed_until else "in the queue"
    if ticket.is_done:
        return Refused(reason=f"the ticket is {ticket.status}: it is in no queue", nearest="#remind 2d")
    if request.args.lower() in NOW:
        if ticket.snoozed_until is None:
            return Refused(reason="the ticket is in the queue already", of_verbs=False)
        until, after = None, "in the queue"
    else:
        found = read_when(request.args, request.desk, request.now)
        if isinstance(found, Unclear):
            return Refused(reason=found.reason, nearest=found.nearest or "#snooze 3d")
        until, after = found, f"put aside until {spoken(found, request.desk)}, or until the customer writes"
    return Planned(
        ticket=request.changed(snoozed_until=until),
        line="#snooze",
        before=before,
        after=after,
        event="snoozed" if until else "woken",
        detail={"until": stamp(until)} if until else {"because": "asked for"},
    )


VERBS = (
    Verb(name="remind", usage="#remind 2d [TEXT]", meaning="you are told then, you alone", plan=_remind),
    Verb(name="snooze", usage="#snooze 3d|DATE|off", meaning="out of the queue until then", plan=_snooze),
)
