"""One change of a ticket, whoever makes it: mail, a verb, a page, the sweep.

In: the ticket before and after, what is to be told of it. Out: the effects: the fields that differ, events that hold
what they were, and the timers that follow. Every path comes here, so that clocks and history are the same from all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.rules import clocks
from gateway.rules.clocks import CLOCK, CLOSE
from gateway.rules.desk import Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs import triggers
from gateway.rules.intake import following, ruling
from gateway.rules.speech import promised
from gateway.rules.timers import CALL, SNOOZE, START
from store.records import AddEvent, ChangeTicket, ClearTimer, Effect, SetTimer, Status, Ticket


def changed(
    before: Ticket, after: Ticket, events: Sequence[AddEvent], desk: Desk, now: datetime, *, heard: str = ""
) -> list[Effect]:
    """What is written when `before` becomes `after`. `heard` is who spoke (`clocks.CUSTOMER`, `clocks.AGENT`)."""
    if after.snoozed_until and (after.is_done or heard == clocks.CUSTOMER):
        after = replace(after, snoozed_until=None)
        why = "it is done" if after.is_done else "its customer wrote"
        events = [*events, AddEvent(ticket=before.ref, kind="woken", actor="system", detail={"because": why})]
    if after.promised_at and after.is_done:
        after = replace(after, promised_at=None)
    if (before.assignee and after.assignee != before.assignee) or after.team != before.team:
        after = replace(after, reassigned_at=now)
    after, rules, _ = ruling.ruled(before, after, desk, now)
    events = [*events, *rules]
    status = after.status
    waits = any(event.kind == "waiting" for event in events)  # one of us has just said for whom it waits
    after = following.follow(before, after, desk, now, heard, waits=waits)
    moved = after.status != status
    after = clocks.follow(before, after, desk, now, heard)
    was = {name: old for name in _FIELDS if (old := getattr(before, name)) != getattr(after, name)}
    given = {event.kind for event in events}
    told = [*events, *(one for one in following.told(before, after, moved=moved) if one.kind not in given)]
    told += clocks.told(before, after, events, desk, now)
    if was:
        if not told:
            told = [AddEvent(ticket=before.ref, kind="changed", actor="system")]
        told[0] = replace(told[0], was=was)
    effects: list[Effect] = [*told]
    if was:
        changes = {name: getattr(after, name) for name in was}
        effects.append(ChangeTicket(ticket=before.ref, changes=changes))
    return [*effects, *_timers(before, after, desk, now, heard)]


def became(ticket: Ticket, effects: Sequence[Effect]) -> Ticket:
    """The ticket as these effects leave it, for whoever is told of it: with the clocks that followed."""
    for effect in effects:
        if isinstance(effect, ChangeTicket) and effect.ticket == ticket.ref:
            ticket = replace(ticket, **effect.changes)
    return ticket


def closes_later(ticket: Ticket, desk: Desk, now: datetime) -> SetTimer:
    """A resolved ticket that somebody wrote into is silent from now on; the timer's detail keeps that they did."""
    detail = {"wrote": now.strftime("%Y-%m-%d")}
    return SetTimer(ticket=ticket.ref, kind=CLOSE, due_at=now + desk.reopen_within, detail=detail)


def _timers(before: Ticket, after: Ticket, desk: Desk, now: datetime, heard: str = "") -> list[Effect]:
    effects: list[Effect] = triggers.alarms(before, after, desk, now) if desk.handoffs else []
    effects += following.timers(before, after, desk, now)
    if before.clocks != after.clocks:
        effects += alarm(after, desk, now)
    if after.status == Status.RESOLVED and before.status != Status.RESOLVED:
        effects.append(SetTimer(ticket=after.ref, kind=CLOSE, due_at=now + desk.reopen_within))
    elif after.status == Status.RESOLVED and heard == clocks.CUSTOMER:  # kept, and nothing reopened
        effects.append(closes_later(after, desk, now))
    elif before.status == Status.RESOLVED and after.status != Status.RESOLVED:
        effects.append(ClearTimer(ticket=after.ref, kind=CLOSE))
    for kind, was, at in (
        (SNOOZE, before.snoozed_until, after.snoozed_until),
        (START, before.scheduled_for, after.scheduled_for),
    ):
        if at != was:
            ref = after.ref
            effects.append(SetTimer(ticket=ref, kind=kind, due_at=at) if at else ClearTimer(ticket=ref, kind=kind))
    effects += promised.timers(before, after, desk, now, updated=heard == clocks.AGENT)
    if _may_lose_calls(before, after):
        # whether it still may have its calls is looked at in the next turn of the sweep (`rules/calls/due.py`)
        effects += [SetTimer(ticket=after.ref, kind=f"{CALL}:{number}", due_at=now) for number in after.calls]
    return [*effects, *_asked_again(before, after)]


def _may_lose_calls(before: Ticket, after: Ticket) -> bool:
    """Whether what entitled the ticket to a call may be gone: it is done, or less urgent than it was."""
    calmed = bool(before.escalated_at and not after.escalated_at) or after.priority > before.priority
    return calmed or (after.is_done and not before.is_done)


def _asked_again(before: Ticket, after: Ticket) -> list[Effect]:
    """The patience with those who are asked by a handoff that slept: the ticket was done, or their team had left it."""
    was, had = handoffs.live(before), handoffs.standing(before)
    back = {f"{handoffs.ACK}:{one.edge}" for one in handoffs.live(after) if one in had and one not in was}
    return [timer for timer in handoffs.timers(after) if timer.kind in back]


def wound(ticket: Ticket, desk: Desk, now: datetime) -> list[Effect]:
    """The timers of a ticket that comes with clocks, a snooze or a schedule."""
    bare = replace(ticket, clocks=(), snoozed_until=None, scheduled_for=None, promised_at=None, intake={})
    ours = triggers.alarms(None, ticket, desk, now)
    return [*_timers(bare, ticket, desk, now, ""), *ours, *handoffs.timers(ticket)]


def alarm(ticket: Ticket, desk: Desk, now: datetime) -> list[Effect]:
    """The timer of the ticket's clocks."""
    at = clocks.wake(ticket, desk, now)
    return [
        ClearTimer(ticket=ticket.ref, kind=CLOCK) if at is None else SetTimer(ticket=ticket.ref, kind=CLOCK, due_at=at)
    ]


_FIELDS = tuple(name for name in Ticket.__dataclass_fields__ if name not in ("ref", "requester", "type", "automatic"))
