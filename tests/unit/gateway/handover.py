"""A ticket that is handed over: the verbs with all that follows, and what was sent, told and set by it.

In: a desk, a ticket, what somebody says. Out: the ticket and the effects. It is Monday, 10:00 in
Berlin, unless a test says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import clocks
from gateway.rules.change import became
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.handoffs import record as handoffs
from gateway.rules.participants import NOTHING, Known
from gateway.rules.staff import Said, consequences, intended
from gateway.rules.timers import Due
from gateway.rules.verbs import Plan, Refused
from parsing.command import commands
from store.records import (
    AddEvent,
    Decision,
    Direction,
    Effect,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    SetTimer,
    Ticket,
    Trust,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""
Make = Callable[..., Ticket]
FACTS = "#set observed pages need 20 s\n#set started_at Friday 14:00\n#todo look at the router"
TO_NETWORK = f"{FACTS}\n#handoff network because pings are slow"
TO_BILLING = "#set invoice number INV-2026-00047\n#todo check the invoice\n#handoff to-billing"
RECENT = (
    Message(at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_name="Nora", from_address="nora@northwind.example",
            text="The shop answers after 20 seconds."),
    Message(at=NOW, direction=Direction.OUT, role=Role.AGENT, from_name="Anastasia Winter",
            from_address="anastasia@desk.example", text="Please clear the cache."),
    Message(at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_name="Anastasia Winter",
            from_address="anastasia@desk.example", text="It is not the browser."),
)  # fmt: skip


def said(
    desk: Desk, ticket: Ticket, text: str, actor: str, at: datetime = NOW, known: Known = NOTHING
) -> tuple[Ticket, list[Effect], Plan]:
    """The verbs with all that follows."""
    agent, block = desk.agent_named(actor), commands(text)
    assert agent is not None
    words = block.rest.strip()
    found = intended(block.commands, ticket, desk, agent, at, known, speaks=bool(words))
    assert isinstance(found, Plan), found
    spoken = Said(
        before=ticket, agent=agent, plan=found, words=words, internal=False, occasion=str(at), now=at,
        requester=Person(address=ticket.requester), recent=RECENT, trust=Trust.A, known=known,
    )  # fmt: skip
    effects, _ = consequences(spoken, desk, lambda: "<m@desk.example>")
    return became(ticket, effects), effects, found


def refused(desk: Desk, ticket: Ticket, text: str, actor: str) -> Refused:
    agent = desk.agent_named(actor)
    assert agent is not None
    found = intended(commands(text).commands, ticket, desk, agent, NOW, NOTHING, speaks=False)
    assert isinstance(found, Refused), found
    return found


def mails(effects: object) -> list[str]:
    """`handoff benedikt`: what goes to whom."""
    assert isinstance(effects, list | tuple)
    return [f"{one.purpose} {one.to.address.partition('@')[0]}" for one in effects if isinstance(one, SendMail)]


def kinds(effects: list[Effect]) -> list[str]:
    return [one.kind for one in effects if isinstance(one, AddEvent)]


def letter(effects: object) -> SendMail:
    assert isinstance(effects, list | tuple)
    (found,) = [one for one in effects if isinstance(one, SendMail) and one.purpose is Purpose.HANDOFF]
    return found


def timer(effects: object) -> SetTimer:
    assert isinstance(effects, list | tuple)
    (found,) = [one for one in effects if isinstance(one, SetTimer) and one.kind.startswith(handoffs.ACK)]
    return found


def comes_due(desk: Desk, ticket: Ticket, set_: SetTimer, known: Known = NOTHING) -> tuple[Ticket, Decision]:
    due = Due(ticket=ticket, kind=set_.kind, due_at=set_.due_at, detail=set_.detail)
    decision = on_due(due, known, desk, lambda: "<m@desk.example>", set_.due_at)
    return became(ticket, decision.effects), decision


@pytest.fixture
def begun(ticket: Make, desk: Desk) -> Ticket:
    """Anastasia works on it; its clocks run."""
    made = ticket(status="in_progress", assignee="anastasia", topic="Performance", created_at=NOW - timedelta(hours=1))
    return clocks.opened(made, desk, NOW - timedelta(hours=1))


class Away:
    """A store that knows who is away."""

    def __init__(self, *names: str) -> None:
        until = NOW + timedelta(days=2)
        addresses = [f"{name}@desk.example" for name in names]
        self.people: Mapping[str, Person] = {one: Person(address=one, away_until=until) for one in addresses}

    def __getattr__(self, name: str) -> object:
        return getattr(NOTHING, name)
