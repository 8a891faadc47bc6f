"""Where a ticket may go: its workflow, the legal moves, what a status needs before it is entered (`ops` R21-R26, R32).

In: a ticket, a status. Out: the ticket as it is then, or why it cannot go there and where it can. Every status change
of the desk, a person's or its own, comes through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.rules.desk import Desk
from gateway.rules.policy.workflow import EARLY, TYPES, Division, State, Workflow
from store.records import AddEvent, ClosedAs, Status, Ticket

ESCALATION = "escalation"
"""The type that stays inside: it follows its own workflow in every division."""
VERIFICATION = "verification"
"""What a ticket lacks that nobody but those who worked on it has looked at."""
WORKED_BY = "worked_by"
"""The fact that names who has worked on a ticket, for four eyes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barred:
    """Why a ticket may not go somewhere; `legal` are the statuses that it may go to, `missing` the fields it lacks."""

    reason: str
    legal: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def workflow_of(ticket: Ticket, desk: Desk) -> Workflow:
    """The division's, or that of its type."""
    division = division_at(ticket, desk)
    return division.workflow if division is not None else TYPES[ticket.type]


def division_at(ticket: Ticket, desk: Desk) -> Division | None:
    """The division whose ways this ticket follows; None where it follows those of its type."""
    return desk.divisions.get(ticket.division) if ticket.division and ticket.type != ESCALATION else None


def all_names(desk: Desk) -> frozenset[str]:
    """Every status that some workflow of the desk has."""
    flows = (*TYPES.values(), *(division.workflow for division in desk.divisions.values()))
    return frozenset(name for flow in flows for name in flow.names)


def division_of(team: str, desk: Desk) -> str:
    """The division that this team belongs to; empty where it belongs to none."""
    return next((name for name, division in desk.divisions.items() if team in division.teams), "")


def housed(ticket: Ticket, desk: Desk, now: datetime) -> Ticket:
    """The ticket in the division of its team: with a status and a priority that are known there.

    A status that the other workflow does not have becomes the first one of its category that it has, else `new`.
    """
    home = division_of(ticket.team, desk) if desk.divisions else ""
    if home != ticket.division:
        ticket = replace(ticket, division=home)
        flow = workflow_of(ticket, desk)
        if flow.state(ticket.status) is None:
            alike = (one.name for one in flow.states if one.category == ticket.status_category)
            ticket = moved(ticket, next(alike, Status.NEW), desk, now)
    division = division_at(ticket, desk)
    if division is not None and division.priorities and ticket.priority not in division.priorities:
        nearest = min(division.priorities, key=lambda number: (abs(number - ticket.priority), number))
        ticket = replace(ticket, priority=nearest, priority_reason=f"{division.name} has no {ticket.priority}")
    return ticket


def state_of(ticket: Ticket, desk: Desk) -> State:
    """The ticket's present state. One whose status its workflow does not have (any more) may be resolved and closed."""
    known = workflow_of(ticket, desk).state(ticket.status)
    return known or State(name=ticket.status, category=ticket.status_category, next=("accepted", "resolved"))


def barred(ticket: Ticket, status: str, desk: Desk) -> Barred | None:
    """What keeps the ticket, with the fields that it has, from going there; None when nothing does."""
    flow, state = workflow_of(ticket, desk), state_of(ticket, desk)
    wanted = flow.state(status)
    legal = tuple(name for name in state.next if flow.state(name) is not None)
    if wanted is None or status not in legal:
        could = ", ".join(spoken(name) for name in legal) or "nowhere"
        whose = _whose(status, flow, desk) if wanted is None else ""
        said = f"{_article(flow.name)} {flow.name} ticket that is {spoken(ticket.status)}"
        return Barred(reason=f"{whose}{said} cannot become {spoken(status)}; it can become: {could}", legal=legal)
    missing = missing_for(ticket, needed(ticket, wanted, desk))
    if status == Status.RESOLVED and is_unverified(ticket, desk):
        missing = (*missing, VERIFICATION)
    if missing:
        names = ", ".join(spoken(name) for name in missing)
        return Barred(reason=f"before it is {spoken(status)} it needs: {names}", legal=legal, missing=missing)
    return None


def _whose(status: str, flow: Workflow, desk: Desk) -> str:
    """Where a status is known that this workflow does not have."""
    others = (*TYPES.values(), *(division.workflow for division in desk.divisions.values()))
    known = [other.name for other in others if other.name != flow.name and other.state(status) is not None]
    if not known:
        return ""
    return f"{spoken(status)} is a status of {', '.join(known)}, not of {flow.name}: "


def _article(word: str) -> str:
    return "an" if word[:1] in "aeiou" else "a"


def needed(ticket: Ticket, wanted: State, desk: Desk) -> tuple[str, ...]:
    """The fields without which this ticket does not enter that state: the state's own and, beyond `accepted`, those of
    the ticket's subtype."""
    division = division_at(ticket, desk)
    if division is None or wanted.name in EARLY:
        return wanted.needs
    more = division.subtypes.get(ticket.facts.get("subtype", ""), ())
    return tuple(dict.fromkeys((*wanted.needs, *more)))


def missing_for(ticket: Ticket, needs: Iterable[str]) -> tuple[str, ...]:
    """Those of these fields that the ticket does not have."""
    return tuple(name for name in needs if not (getattr(ticket, name, "") or ticket.facts.get(name)))


def lacking(ticket: Ticket, desk: Desk) -> tuple[str, ...]:
    """What the ticket must have before it can go on: the fields that any status needs that it may go to and that does
    not end it."""
    flow = workflow_of(ticket, desk)
    ahead = [state for name in state_of(ticket, desk).next if (state := flow.state(name)) and state.category != "done"]
    needs = dict.fromkeys(name for state in ahead for name in needed(ticket, state, desk))
    return () if ticket.is_done else missing_for(ticket, needs)


def workers(ticket: Ticket) -> tuple[str, ...]:
    """Who has worked on the ticket."""
    return tuple(filter(None, ticket.facts.get(WORKED_BY, "").split(", ")))


def worked(ticket: Ticket, name: str) -> Ticket:
    """The ticket with somebody more who has worked on it: what was verified before is not what stands there now."""
    if name in workers(ticket):
        return replace(ticket, verified_by="") if ticket.verified_by else ticket
    facts = {**ticket.facts, WORKED_BY: ", ".join((*workers(ticket), name))}
    return replace(ticket, facts=facts, verified_by="")


def asks_review(ticket: Ticket, desk: Desk) -> bool:
    """Whether the ticket's workflow asks for four eyes: a question, which has no review, never does."""
    return desk.four_eyes and workflow_of(ticket, desk).state(Status.AWAITING_REVIEW) is not None


def is_unverified(ticket: Ticket, desk: Desk) -> bool:
    """Whether four eyes are asked for and only two have looked (R31). A workflow without a review asks for none."""
    return asks_review(ticket, desk) and (not ticket.verified_by or ticket.verified_by in workers(ticket))


def moved(ticket: Ticket, status: str, desk: Desk, now: datetime, **more: Any) -> Ticket:
    """The ticket in that status. What a status means follows: when it was resolved, that it waits for nobody."""
    state = workflow_of(ticket, desk).state(status)
    category = state.category if state is not None else "done" if status == Status.CLOSED else "open"
    changes: dict[str, Any] = {"status": str(status), "status_category": category, "updated_at": now}
    if category != "scheduled":  # its day has come, or gone
        changes["scheduled_for"] = None
    if category == "done":
        changes |= {"resolved_at": ticket.resolved_at or now, "waiting_on": "", "blocked_on": "", "next_action": ""}
    elif ticket.is_done:
        changes |= {"resolved_at": None, "outcome": "", "closed_as": "", "reopened": ticket.reopened + 1}
        changes |= {"verified_by": "", "root_cause": ""}
    elif status != Status.AWAITING_REVIEW:  # what was looked at is worked on again
        changes["verified_by"] = ""
    return replace(ticket, **(changes | more))


def reopened(ticket: Ticket, desk: Desk, now: datetime) -> Ticket:
    """A ticket that was done is worked on again: by whoever has it, else it waits to be started."""
    flow = workflow_of(ticket, desk)
    legal = [name for name in state_of(ticket, desk).next if name != Status.CLOSED and flow.state(name) is not None]
    wanted = (Status.IN_PROGRESS, Status.ACCEPTED) if ticket.assignee else (Status.ACCEPTED,)
    back = next((name for name in wanted if name in legal), legal[0] if legal else Status.NEW)
    return moved(ticket, back, desk, now)


def left(ticket: Ticket, desk: Desk, now: datetime, actor: str, because: str) -> tuple[Ticket, tuple[AddEvent, ...]]:
    """A ticket that its owner has left: nothing is in progress without a person, so it waits to be started again,
    where its workflow has a status for that. With what is told of it."""
    stands = ticket.status not in (Status.IN_PROGRESS, Status.AWAITING_REVIEW)
    if ticket.assignee or stands or workflow_of(ticket, desk).state(Status.ACCEPTED) is None:
        return ticket, ()
    detail = {"from": ticket.status, "to": str(Status.ACCEPTED), "because": because}
    told = AddEvent(ticket=ticket.ref, kind="status-changed", actor=actor, detail=detail)
    return moved(ticket, Status.ACCEPTED, desk, now), (told,)


def taken_on(ticket: Ticket, desk: Desk, now: datetime) -> Ticket:
    """What a plain answer does: the ticket is accepted and, where nothing is missing for it and somebody has it,
    started."""
    for status in (Status.ACCEPTED, Status.IN_PROGRESS)[: 2 if ticket.assignee else 1]:
        if ticket.status in EARLY and barred(ticket, status, desk) is None:
            ticket = moved(ticket, status, desk, now)
    return ticket


def ended(ticket: Ticket, why: ClosedAs, desk: Desk, now: datetime, outcome: str = "") -> Ticket:
    """The desk itself closes a ticket, from wherever it stands."""
    closed = moved(ticket, Status.CLOSED, desk, now, closed_as=str(why))
    return replace(closed, outcome=outcome or ticket.outcome)


def spoken(status: str) -> str:
    """`in progress`: a status as people say it."""
    return status.replace("_", " ")
