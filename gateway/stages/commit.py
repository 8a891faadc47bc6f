"""Commit: decisions become rows, in the one transaction that the caller holds open.

In: the decisions of a batch and its snapshot. Out: nothing but rows; symbols like `NEW-1` become numbers, persons
become people, mails become outbox rows with their Message-ID, keys become fingerprints. It decides nothing. Effects
are unique by (journal id, kind, ordinal) and mails by (ticket, purpose, round, person): a replay adds only what is
missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.rows import Rows
from gateway.rules.desk import Desk
from store import journal, people
from store.engine import allocate
from store.records import (
    AddEvent,
    AddMessage,
    Decision,
    Direction,
    Entry,
    Join,
    OpenTicket,
    Person,
    SendMail,
    SetAway,
    Step,
    TicketRef,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot
from store.tables import (
    FIRST_TICKET,
    tickets,
)
from store.witness import RESTORED


@dataclass(slots=True)
class Committed:
    """What commit made: the number behind every symbol, the outbox rows that may leave at once, and the decisions that
    were written."""

    numbers: dict[TicketRef, int] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)


def commit(
    connection: Connection,
    decisions: Sequence[Decision],
    snapshot: Snapshot,
    desk: Desk,
    now: datetime,
    lease: journal.Lease | None = None,
) -> Committed:
    """Write the decisions that were made on `snapshot`; `lease` takes the new mails in hand."""
    decisions = [_once(decision) for decision in decisions]
    made = Committed(decisions=decisions)
    again = {d.entry.id: d.entry.ticket for d in decisions if d.entry and d.entry.ticket is not None}
    opened: list[TicketRef] = []
    standing: set[int] = set()
    for decision in decisions:
        for effect in decision.effects:
            if isinstance(effect, OpenTicket):
                known_ticket = again.get(decision.entry.id) if decision.entry else None
                if known_ticket is None:
                    opened.append(effect.ticket.ref)
                else:  # a replay: the ticket that this mail opened stands already
                    made.numbers[effect.ticket.ref] = known_ticket
                    standing.add(known_ticket)
    made.numbers.update(zip(opened, allocate(connection, tickets, len(opened), FIRST_TICKET), strict=True))
    persons = people.ensure(connection, list(_persons(decisions)), snapshot.people, snapshot.looked_up, now)
    serials = {person.address: person.serial for person in snapshot.people.values() if person.serial != 1}
    rows = Rows(desk=desk, now=now, numbers=made.numbers, persons=persons, serials=serials, standing=standing)
    for decision in decisions:
        rows.take(decision)
    rows.number_mails(connection, lease)
    rows.hold({d.entry.id for d in decisions if d.entry and _is_restored(d.entry)})
    rows.write(connection)
    journal.decide(connection, [(rows.named(d), rows.number(d.ticket)) for d in decisions], now)
    people.learn(connection, _names(decisions, snapshot))
    made.outbox = rows.mails
    return made


def _is_restored(entry: Entry) -> bool:
    """Whether this look is the first one after a restore; an operator who asked for another one since knows of it."""
    return bool(entry.earlier) and entry.earlier[-1].what == RESTORED


_ACTED = frozenset(
    {
        Verdict.TICKET_CREATED,
        Verdict.APPENDED,
        Verdict.REOPENED,
        Verdict.COMMAND,
        Verdict.BOOKING,
        Verdict.CALENDAR_REPLY,
        Verdict.BOUNCE_RECORDED,
        Verdict.AUTO_REPLY_RECORDED,
    }
)


AGAIN = "looked at again: it was done the first time"


def _once(decision: Decision) -> Decision:
    """A mail that was acted upon is not acted upon again: its verdict stands, and only what is missing is added.

    Mails, messages and events know by their keys whether they are there; what changed a ticket then is not done again.
    """
    entry = decision.entry
    if entry is None or entry.previous not in _ACTED:
        return decision
    trace = (*decision.trace, Step(stage="verdict", what=entry.previous.value, why=AGAIN))
    decision = replace(decision, reason=AGAIN, trace=trace)
    lasting = tuple(e for e in decision.effects if isinstance(e, OpenTicket | AddMessage | AddEvent | SendMail))
    elsewhere = isinstance(decision.ticket, int) and decision.ticket != entry.ticket  # it was merged or retyped since
    if decision.verdict is entry.previous and not elsewhere:
        return replace(decision, effects=lasting)
    return replace(decision, verdict=entry.previous, ticket=entry.ticket, effects=())


def _names(decisions: Sequence[Decision], snapshot: Snapshot) -> dict[str, str]:
    """What those whom we know by no name call themselves in a mail that a server vouches for, by address."""
    return {
        effect.message.from_address: effect.message.from_name
        for decision in decisions
        for effect in decision.effects
        if isinstance(effect, AddMessage)
        and effect.message.from_name
        and effect.message.trust in _VOUCHED
        and effect.message.direction is Direction.IN
        and (known := snapshot.people.get(effect.message.from_address)) is not None
        and not known.name
    }


_VOUCHED = frozenset({Trust.A.value, Trust.B.value})


def _persons(decisions: Sequence[Decision]) -> Iterable[Person]:
    for decision in decisions:
        for effect in decision.effects:
            match effect:
                case OpenTicket(ticket=ticket, requester_name=name):
                    yield Person(address=ticket.requester, name=name, language=ticket.language)
                case Join(person=person) | SendMail(to=person):
                    yield person
                case SetAway(address=address):  # perhaps nobody has ever written to them
                    yield Person(address=address)
                case _:
                    pass
