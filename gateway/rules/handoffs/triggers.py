"""When a handoff is made without anybody's word: the rules of the desk's edges, and when each is to be looked at.

In: a ticket, the desk's edges. Out: whether a rule holds, and the timers that wake it. Everything that a rule does is
done by the clock (`specialists.py`), so that it is the same from mail, verb and sweep; nothing is done here.
"""

from __future__ import annotations

from datetime import datetime

from gateway.rules.desk import Desk
from gateway.rules.policy.handoffs import Edge
from store.records import ClearTimer, Effect, SetTimer, Ticket

HANDOFF = "handoff"
"""The kind of the timer that looks at an edge's rule (`handoff:EDGE`)."""
BY_RULE = "handed_by_rule"
"""The fact that names the edges whose rule has handed this ticket over: each does so once."""
LACKED = "handoff_lacked"
"""The fact that names the edges that were ready but for something missing: it is told once."""


def names(ticket: Ticket, fact: str) -> tuple[str, ...]:
    """The edges in one of these two facts."""
    return tuple(filter(None, ticket.facts.get(fact, "").split(",")))


def holds(edge: Edge, ticket: Ticket) -> bool:
    """Whether all that the rule says holds of this ticket but for time."""
    when = edge.when
    if when is None or ticket.is_done or edge.origin not in (ticket.team, *ticket.helpers):
        return False
    if edge.to in (ticket.team, *ticket.helpers) or edge.name in names(ticket, BY_RULE):
        return False
    if when.priority and ticket.priority > when.priority:
        return False
    return not when.topic or when.topic in (ticket.topic, f"{ticket.topic}/{ticket.subtopic}")


def ripe(edge: Edge, ticket: Ticket, desk: Desk, now: datetime) -> datetime | None:
    """When the rule's time comes, or came; None while no time brings it: its clock says so itself."""
    when, found = edge.when, now
    if when is None:
        return None
    if when.waited:
        since = ticket.owned_at or ticket.created_at
        found = max(found, desk.calendar("").add(since, when.waited))
    if when.clock:
        clock = ticket.clock(when.clock)
        if clock is None or clock.warned < when.percent:
            return None
    return found


def alarms(before: Ticket | None, after: Ticket, desk: Desk, now: datetime) -> list[Effect]:
    """The timers of the rules that hold from now on, or whose ticket is another one in what they look at; `before` is
    None for a new ticket."""
    effects: list[Effect] = []
    for edge in desk.handoffs:
        if edge.when is None or (before is not None and _looks_at(before) == _looks_at(after)):
            continue
        kind = f"{HANDOFF}:{edge.name}"
        at = ripe(edge, after, desk, now) if holds(edge, after) else None
        if at is not None:
            effects.append(SetTimer(ticket=after.ref, kind=kind, due_at=at))
        elif before is not None and holds(edge, before) and not holds(edge, after):
            effects.append(ClearTimer(ticket=after.ref, kind=kind))
    return effects


def of_clock(ticket: Ticket, desk: Desk, kind: str, percent: int, now: datetime) -> list[Effect]:
    """The timers of the rules that waited for this clock to have used so much."""
    return [
        SetTimer(ticket=ticket.ref, kind=f"{HANDOFF}:{edge.name}", due_at=at)
        for edge in desk.handoffs
        if edge.when is not None and edge.when.clock == kind and edge.when.percent <= percent and holds(edge, ticket)
        if (at := ripe(edge, ticket, desk, now)) is not None
    ]


def _looks_at(ticket: Ticket) -> tuple[object, ...]:
    """All of a ticket that a rule looks at."""
    facts = {name: value for name, value in ticket.facts.items() if name not in (BY_RULE, LACKED)}
    return (
        ticket.priority, ticket.topic, ticket.subtopic, ticket.team, ticket.helpers, ticket.owned_at, ticket.is_done,
        ticket.next_action, facts,
    )  # fmt: skip
