"""Retyping: a ticket of the wrong type makes room for another one, which takes its place (`ops` R29).

In: the ticket, the type that it should have had, who is on it and what was said. Out: the new ticket, and the effects
of its taking over; or why it cannot. Whoever answers a mail of the old one comes to the new one
(`rules/participants.way`), its clocks run on, and the customer learns of it by one mail. An escalation stays inside:
nobody outside comes to it, and nobody outside is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches

from gateway.rules import clocks, fields
from gateway.rules.calls.progress import SCHEDULING
from gateway.rules.change import wound
from gateway.rules.desk import Agent, Desk
from gateway.rules.intake import following
from gateway.rules.participants import AGENT, Known, joins
from gateway.rules.policy.workflow import TYPES
from gateway.rules.triage import MISFILED, asked_no_more
from gateway.rules.workflow import ESCALATION, spoken
from store.records import (
    AddEvent,
    AddMessage,
    ClosedAs,
    Effect,
    Join,
    Link,
    Message,
    OpenTicket,
    Person,
    Status,
    Ticket,
    TicketRef,
)

RETYPED = "retyped-to"


def hindrance(ticket: Ticket, wanted: str, desk: Desk, known: Known) -> tuple[str, str]:
    """Why this ticket cannot become one of that type, and what would do; both empty when it can."""
    if wanted not in TYPES:
        close = get_close_matches(wanted, TYPES, n=1, cutoff=0.5)
        reason = f"there is no type {wanted or '(none named)'}; types: {', '.join(TYPES)}"
        return reason, f"#retype {close[0]}" if close else ""
    if wanted == ticket.type:
        return f"the ticket is of type {wanted} already", ""
    if ticket.ref in known.merged:
        other = desk.reference(known.merged[ticket.ref])
        return (
            f"it is {'' if ticket.closed_as == ClosedAs.WRONG_TYPE else 'part of '}{other} now",
            f"write into {other}",
        )
    if ticket.is_done:
        return f"the ticket is {spoken(ticket.status)}", "#reopen"
    if ticket.type == ESCALATION:
        return "an escalation stays inside: what the customer may read is a ticket of its own", ""
    return "", ""


def renewed(ticket: Ticket, ref: TicketRef, wanted: str, actor: Agent, desk: Desk, now: datetime) -> Ticket:
    """The ticket that takes its place: new in its workflow, as old as the other one, with what is known of it.

    An escalation is asked for by whoever makes it one; whom it is about is a fact of it.
    """
    facts = fields.kept(ticket.facts, wanted, desk)
    anew = replace(
        ticket,
        ref=ref,
        type=wanted,
        status=str(Status.NEW),
        status_category="open",
        updated_at=now,
        scheduled_for=None,
        verified_by="",
        estimate=0 if wanted == "question" else ticket.estimate,
        logged=0,
        reopened=0,
        unheeded=0,
        facts=facts,
        calls={},
        blocked_on="" if ticket.blocked_on == SCHEDULING else ticket.blocked_on,
        tags=tuple(tag for tag in ticket.tags if tag != MISFILED),
        next_action=asked_no_more(ticket.next_action),
    )
    if wanted == ESCALATION:
        whom = {} if ticket.requester in desk.agents else {"client": ticket.requester}
        anew = replace(anew, audience="internal", requester=actor.address, facts={**facts, **whom})
    return clocks.inherited(ticket, following.carried(anew, desk, now), desk, now)


def answered(anew: Ticket, desk: Desk, now: datetime) -> Ticket:
    """The new ticket where the mail that made it answers the customer as well."""
    said = replace(anew, answered_at=anew.answered_at or now)
    said = following.follow(anew, said, desk, now, clocks.AGENT)
    return clocks.follow(anew, said, desk, now, clocks.AGENT)


def begun(
    ticket: Ticket, anew: Ticket, actor: str, desk: Desk, known: Known, recent: Sequence[Message], now: datetime
) -> list[Effect]:
    """The new ticket, with those who are on the old one and what was said there last."""
    came = {"via": "retyped", "from": desk.reference(ticket.ref), "was": ticket.type}
    person = known.people.get(anew.requester, Person(address=anew.requester))
    effects: list[Effect] = [
        OpenTicket(ticket=anew, requester_name=person.name),
        AddEvent(ticket=anew.ref, kind="created", actor=actor, detail=came),
        Link(ticket=ticket.ref, other=anew.ref, kind=RETYPED),
        *_on_it(ticket, anew, actor, desk, known),
        *(AddMessage(ticket=anew.ref, message=message) for message in recent if message.kind == "human"),
    ]
    return [*effects, *wound(anew, desk, now)]


def _on_it(ticket: Ticket, anew: Ticket, actor: str, desk: Desk, known: Known) -> list[Effect]:
    """Who comes along, each as what they were; to an escalation nobody from outside."""
    effects: list[Effect] = []
    kinds: Mapping[str, str] = known.participants.get(ticket.ref, {})
    for address, kind in kinds.items():
        if address == anew.requester or (anew.audience != "customer" and address not in desk.agents):
            continue
        person = known.people.get(address, Person(address=address))
        if kind == AGENT:
            effects.append(Join(ticket=anew.ref, person=person, kind=kind))
        else:
            effects += joins(anew.ref, person, kind, actor, f"on {desk.reference(ticket.ref)}")
    return effects
