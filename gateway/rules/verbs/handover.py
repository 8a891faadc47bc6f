"""What follows for a ticket that changes hands: nobody has it any more, its status waits again, a division calls it so.

In: a `Request`, the ticket as a verb of ownership makes it. Out: the ticket with what follows, what is told of that,
and its words for the transcript. It decides on no owner: that did the verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules import workflow
from gateway.rules.verbs.request import Request, may_act
from store.records import AddEvent, Ticket


def left(request: Request, after: Ticket, because: str = "") -> tuple[Ticket, tuple[AddEvent, ...]]:
    """The ticket that nobody has any more, as `workflow.left` leaves it."""
    why = because or f"{request.ticket.assignee or 'whoever had it'} has it no more"
    return workflow.left(after, request.desk, request.now, request.actor.name, why)


def waiting(told: Sequence[AddEvent]) -> str:
    """What the status became, for a transcript."""
    return "".join(f"; {workflow.spoken(one.detail['from'])} → {workflow.spoken(one.detail['to'])}" for one in told)


def without(request: Request, after: Ticket, because: str) -> tuple[Ticket, tuple[AddEvent, ...], str]:
    """The ticket without a team that helped: an owner who is of that team alone may do nothing here any more, and gives
    it back. With what is told of it, and its words for the transcript."""
    owner = request.desk.agent_named(after.assignee) if after.assignee else None
    if owner is None or may_act(owner, after):
        return after, (), ""
    detail = {"from": owner.name, "to": "", "because": because}
    told = AddEvent(ticket=after.ref, kind="assigned", actor=request.actor.name, detail=detail)
    freed, waits = left(request, replace(after, assignee="", owned_at=request.now), because)
    return freed, (told, *waits), f"; {owner.name} has it no more, {after.team} has it{waiting(waits)}"


def rehoused(before: Ticket, after: Ticket) -> str:
    """What another division calls otherwise, for a transcript."""
    said = ""
    if after.status != before.status:
        said += f"; {workflow.spoken(before.status)} → {workflow.spoken(after.status)}"
    return said + (f"; priority {before.priority} → {after.priority}" if after.priority != before.priority else "")


def moved_in(before: Ticket, after: Ticket, actor: str) -> tuple[AddEvent, ...]:
    """What is told of a ticket that came into a division with a status and priorities of its own."""
    because, told = f"the ways of {after.division or after.type}", []
    for kind, name in (("status-changed", "status"), ("priority-changed", "priority")):
        was, became = getattr(before, name), getattr(after, name)
        if was != became:
            detail = {"from": was, "to": became, "because": because}
            told.append(AddEvent(ticket=after.ref, kind=kind, actor=actor, detail=detail))
    return tuple(told)
