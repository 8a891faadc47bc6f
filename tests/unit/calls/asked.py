"""A desk of values for asking for calls: the demo's people on a Monday morning, no store, no clock, no random.

In: what is different. Out: a ticket, what the store knows, and what a verb plans.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from gateway.config.loading import load
from gateway.rules.calls import world
from gateway.rules.desk import Desk
from gateway.rules.policy.routing import Skills
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import Call, CallState, Person, Schedule, SendMail, Ticket
from store.snapshot import Snapshot

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Monday, 09:00 in Berlin."""
NORA = Person(address="nora@northwind.example", name="Nora Wind")
NETWORK, BILLING, GENERAL = "network-engineering", "billing-specialist", "general"


@cache
def the_desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


def with_calls(**changes: Any) -> Desk:
    """The desk with other rules for calls, the same for everybody."""
    return replace(the_desk(), calls=replace(the_desk().calls, **{"caps": {}, **changes}))


def skilled(**capabilities: Mapping[str, int]) -> Desk:
    """The desk on which these people can do this, and nobody else anything."""
    desk = the_desk()
    skills = {name: Skills(capabilities=able) for name, able in capabilities.items()}
    return replace(desk, routing=replace(desk.routing, skills=skills))


def a_ticket(**changes: Any) -> Ticket:
    usual = Ticket(
        ref=1001, subject="Search is slow", team="network", requester=NORA.address, mailbox="support@desk.example",
        language="en", created_at=NOW, updated_at=NOW, priority=2,
    )  # fmt: skip
    return replace(usual, **changes)


def a_call(**changes: Any) -> Call:
    usual = Call(
        ticket=1001, number=1, capability=NETWORK, level=2, minutes=30, contact=NORA.address, priority=2,
        requested_at=NOW, requested_by="benedikt",
    )  # fmt: skip
    return replace(usual, **changes)


def booked(cell: datetime, number: int, *, ticket: int = 1009, **changes: Any) -> Call:
    """A call that was promised to somebody else."""
    usual = a_call(
        ticket=ticket, number=number, state=CallState.BOOKED, cell=cell, start=cell, booked_at=NOW,
        contact="bob@contoso.example",
    )  # fmt: skip
    return replace(usual, **changes)


def knowing(ticket: Ticket | None = None, calls: Iterable[Call] = (), **more: Any) -> Snapshot:
    """What the store knows: a ticket, calls of any ticket, those that are promised by their state."""
    found: dict[Any, dict[int, Call]] = {}
    for call in calls:
        found.setdefault(call.ticket, {})[call.number] = call
    promised = {call.key: call for one in found.values() for call in one.values() if call.cell is not None}
    ticket = ticket or a_ticket()
    schedule = more.pop("schedule", Schedule(promised=promised))
    people = {NORA.address: NORA, **more.pop("people", {})}
    return Snapshot(tickets={ticket.ref: ticket}, calls=found, schedule=schedule, people=people, **more)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in Berlin, in the winter of this desk."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


def planned(
    text: str, actor: str = "benedikt", ticket: Ticket | None = None, *, desk: Desk | None = None,
    known: Snapshot | None = None, now: datetime = NOW,
) -> Plan | Refused:  # fmt: skip
    desk, ticket = desk or the_desk(), ticket or a_ticket()
    agent = desk.agent_named(actor)
    assert agent is not None, actor
    return plan(commands(text).commands, ticket, desk, agent, now, known or knowing(ticket))


def mails_of(found: Plan) -> list[SendMail]:
    ids = iter(range(100))
    return [mail for item in found.done if item.mails for mail in item.mails(lambda: f"<{next(ids)}@desk.example>")]


def promises(known: Snapshot, desk: Desk) -> dict[str, str]:
    """Who could take which call."""
    return dict(world.board(desk, known, NOW).witness)
