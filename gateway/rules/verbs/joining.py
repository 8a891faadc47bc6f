"""Verbs that join a ticket to another one: merge.

In: a `Request`. Out: a `Planned` or a `Refused`. What follows for the other ticket says `rules/merging.py`.
"""

from __future__ import annotations

from gateway.rules import merging, participants, workflow
from gateway.rules.notices import notice
from gateway.rules.verbs.calls import ends_with, keeps
from gateway.rules.verbs.request import Planned, Refused, Request, Verb, may_act
from store.records import ClosedAs


def _merge(request: Request) -> Planned | Refused:
    number = merging.target(request.args, request.desk)
    if number is None:
        nearest = f"#merge {request.desk.reference(1042)}"
        return Refused(reason="name the one ticket that it becomes part of", nearest=nearest)
    why, nearest = merging.hindrance(request.ticket, number, request.desk, request.known)
    if why:
        return Refused(reason=why, nearest=nearest)
    other, before = request.known.tickets[number], request.ticket
    reference = request.desk.reference(number)
    if not may_act(request.actor, other):
        reason = f"{reference} is of team {other.team}, and {request.actor.name} is not"
        return Refused(reason=reason, nearest=f"a lead or an agent of {other.team} may")
    if (kept := keeps(request)) is not None:
        return kept
    outcome = f"merged into {reference}"
    comes = participants.copied_by(
        merging.merged(before, number, request.actor.name, request.desk, request.known, request.now)
    )
    also = f"; copied there from now on: {', '.join(notice.whole(person) for person in comes)}" if comes else ""
    ticket = workflow.ended(before, ClosedAs.MERGED, request.desk, request.now, outcome)
    return Planned(
        ticket=ticket,
        line="#merge",
        before=workflow.spoken(before.status),
        after=f"{outcome}{also}{ends_with(request)}",
        event="merged",
        detail={"from": before.status, "to": ticket.status, "into": reference},
        into=number,
    )


VERBS: tuple[Verb, ...] = (
    Verb(name="merge", usage="#merge DESK-n", meaning="this ticket becomes part of that one", plan=_merge),
)
