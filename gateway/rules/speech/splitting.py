"""Splitting: another matter in a ticket goes on as a ticket of its own, of the same requester.

In: the ticket, who asks, what was said last. Out: the new ticket, and the effects of its beginning. Nothing is taken
away: what the customer wrote stands in both. Its clocks begin now; nobody outside is told, and nobody who is copied on
the one comes to the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.rules import clocks, workflow
from gateway.rules.change import wound
from gateway.rules.desk import Agent, Desk
from gateway.rules.speech import promised
from store.records import (
    AddEvent,
    AddMessage,
    Direction,
    Effect,
    Join,
    Link,
    Message,
    OpenTicket,
    Person,
    Role,
    Ticket,
    TicketRef,
)

SPLIT = "split-from"
MOST_SUBJECT = 200


def apart(ticket: Ticket, ref: TicketRef, subject: str, desk: Desk, now: datetime) -> Ticket:
    """The new ticket: as urgent as the other one and its team's; what it is about nobody has said yet."""
    reference = desk.reference(ticket.ref)
    new = Ticket(
        ref=ref,
        type=ticket.type,
        subject=" ".join(subject.split()) or ticket.subject,
        topic_reason=f"split from {reference}: not sorted yet",
        priority=ticket.priority,
        priority_reason=f"as {reference}",
        impact=ticket.impact,
        urgency=ticket.urgency,
        overridden=ticket.overridden,
        team=ticket.team,
        division=ticket.division,
        requester=ticket.requester,
        mailbox=ticket.mailbox,
        language=ticket.language,
        audience=ticket.audience,
        created_at=now,
        updated_at=now,
        owned_at=now,
    )
    return clocks.opened(workflow.housed(new, desk, now), desk, now)


def heard(recent: Sequence[Message]) -> Message | None:
    """What the customer wrote last: what an answer of ours would answer."""
    theirs = (m for m in reversed(recent) if m.direction is Direction.IN and m.role is Role.CUSTOMER)
    return next((m for m in theirs if m.kind == "human" and (m.text or m.files or m.forwarded)), None)


def begun(
    ticket: Ticket, new: Ticket, agent: Agent, requester: Person, first: Message, desk: Desk, now: datetime
) -> list[Effect]:
    """The new ticket with its first message."""
    detail = {"via": "split", "from": desk.reference(ticket.ref), "by": agent.name}
    person = Person(address=agent.address, name=agent.full_name)
    return [
        OpenTicket(ticket=new, requester_name=requester.name),
        AddEvent(ticket=new.ref, kind="created", actor=agent.name, detail=detail),
        AddMessage(ticket=new.ref, message=replace(first, at=now) if first.direction is Direction.NOTE else first),
        Link(ticket=new.ref, other=ticket.ref, kind=SPLIT),
        Join(ticket=new.ref, person=person, kind="agent"),
        *wound(new, desk, now),
        *promised.begun(new, desk, now),
    ]
