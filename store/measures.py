"""Read views of reports: one query each over tickets, events and corrections.

In: a connection and since when. Out: frozen rows, complete, oldest or smallest first. What is spam, merged or of a
wrong type is no ticket to a figure (`ops` section 4). It writes nothing; the desk's policy is the caller's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, String, and_, case, cast, func, select

from store.records import ClosedAs
from store.tables import corrections, events, tickets

NO_TICKETS = (ClosedAs.SPAM.value, ClosedAs.MERGED.value, ClosedAs.WRONG_TYPE.value)
"""Endings that keep a ticket out of every figure."""
COUNTED = tickets.c.closed_as.not_in(NO_TICKETS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """The tickets of one priority: how many, how many of them by a person's word, and how many had been at 1."""

    priority: int
    tickets: int
    overridden: int
    downgraded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A promise that was not kept, and whom that says something about."""

    ticket: int
    at: datetime
    clock: str
    due: str
    because: str
    team: str
    assignee: str
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Minutes that somebody logged on one ticket."""

    ticket: int
    team: str
    by: str
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A person sorted or weighed anew."""

    at: datetime
    ticket: int
    field: str
    was: str
    because: str
    became: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """How many tickets are of one kind: Reliability, Usability, Functionality, or nothing yet, by topic."""

    ruf: str
    topic: str
    tickets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event of a call: which call, when, what, and why."""

    call: str
    at: datetime
    kind: str
    because: str


def priorities(connection: Connection, since: datetime) -> list[Priority]:
    """The tickets that came since, by the priority that they have now (M20)."""
    was_critical = (
        select(events.c.ticket_id)
        .where(events.c.kind == "priority-changed", cast(events.c.detail["from"].as_string(), String) == "1")
        .where(events.c.ticket_id == tickets.c.id)
        .exists()
    )
    downgraded = and_(tickets.c.priority > 1, was_critical)
    rows = connection.execute(
        select(tickets.c.priority, func.count(), _how_many(tickets.c.overridden), _how_many(downgraded))
        .where(tickets.c.created_at >= since, COUNTED)
        .group_by(tickets.c.priority)
        .order_by(tickets.c.priority)
    )
    return [Priority(priority=p, tickets=n, overridden=o, downgraded=d) for p, n, o, d in rows]


def breaches(connection: Connection, since: datetime) -> list[Breach]:
    """What was breached since, with what it is put down to (R79), and whose it was then, whoever has it by now."""
    rows = connection.execute(
        select(events.c.at, events.c.detail, tickets.c.id)
        .join(tickets, tickets.c.id == events.c.ticket_id)
        .where(events.c.kind == "clock-breached", events.c.at >= since, COUNTED)
        .order_by(events.c.id)
    )
    return [_breach(row) for row in rows]


def work(connection: Connection, since: datetime) -> list[Work]:
    """The time that was logged since, by ticket and person; what became of the ticket makes no difference."""
    minutes = events.c.detail["minutes"].as_integer()
    rows = connection.execute(
        select(tickets.c.id, tickets.c.team, events.c.actor, func.sum(minutes))
        .join(tickets, tickets.c.id == events.c.ticket_id)
        .where(events.c.kind == "time-logged", events.c.at >= since)
        .group_by(tickets.c.id, tickets.c.team, events.c.actor)
        .order_by(tickets.c.id, events.c.actor)
    )
    return [Work(ticket=n, team=team, by=by, minutes=int(m or 0)) for n, team, by, m in rows]


def corrected(connection: Connection, since: datetime) -> list[Correction]:
    """What people made of the desk's own judgement since."""
    rows = connection.execute(select(corrections).where(corrections.c.at >= since).order_by(corrections.c.id))
    return [
        Correction(
            at=row.at,
            ticket=row.ticket_id,
            field=row.field,
            was=row.was,
            because=row.because,
            became=row.became,
            by=row.by,
        )
        for row in rows
    ]


def facets(connection: Connection, since: datetime) -> list[Facet]:
    """The tickets that came since, by RUF and topic (R52)."""
    rows = connection.execute(
        select(tickets.c.ruf, tickets.c.topic, func.count())
        .where(tickets.c.created_at >= since, COUNTED)
        .group_by(tickets.c.ruf, tickets.c.topic)
        .order_by(tickets.c.ruf, tickets.c.topic)
    )
    return [Facet(ruf=ruf, topic=topic, tickets=count) for ruf, topic, count in rows]


def calls(
    connection: Connection, kinds: Collection[str], begins: Collection[str], since: datetime
) -> dict[int, list[Happening]]:
    """What happened to the calls of each ticket of which one was asked for since (`begins` are such events), oldest
    first: the events of these kinds."""
    asked = select(events.c.ticket_id).where(events.c.at >= since, events.c.kind.in_(list(begins)))
    rows = connection.execute(
        select(events.c.ticket_id, events.c.at, events.c.kind, events.c.detail)
        .join(tickets, tickets.c.id == events.c.ticket_id)
        .where(events.c.ticket_id.in_(asked), events.c.kind.in_(list(kinds)), COUNTED)
        .order_by(events.c.ticket_id, events.c.id)
    )
    found: dict[int, list[Happening]] = {}
    for row in rows:
        told = row.detail
        one = Happening(call=str(told.get("call", "")), at=row.at, kind=row.kind, because=str(told.get("because", "")))
        found.setdefault(row.ticket_id, []).append(one)
    return found


def blocked(connection: Connection, on: str) -> tuple[list[int], int]:
    """The open tickets that are blocked on that now, and how many are open in all."""
    is_open = and_(tickets.c.status_category != "done", COUNTED)
    count = connection.execute(select(func.count()).select_from(tickets).where(is_open)).scalar_one()
    numbers = select(tickets.c.id).where(is_open, tickets.c.blocked_on == on).order_by(tickets.c.id)
    return list(connection.execute(numbers).scalars()), count


def history(connection: Connection, number: int) -> list[tuple[datetime, str, str, Mapping[str, Any]]]:
    """Everything that happened to a ticket's priority and clocks: when, what, by whom, with what detail."""
    rows = connection.execute(
        select(events.c.at, events.c.kind, events.c.actor, events.c.detail)
        .where(events.c.ticket_id == number, events.c.kind.in_(_TOLD))
        .order_by(events.c.id)
    )
    return [(at, kind, actor, detail) for at, kind, actor, detail in rows]


_TOLD = ("priority-changed", "facts-changed", "clock-changed", "clock-breached", "clock-told")


def _breach(row: Any) -> Breach:
    told = row.detail
    return Breach(
        ticket=row.id,
        at=row.at,
        clock=str(told.get("clock", "")),
        due=str(told.get("due", "")),
        because=str(told.get("because", "")),
        team=str(told.get("team", "")),
        assignee=str(told.get("assignee", "")),
        priority=int(told.get("priority", 0)),
    )


def _how_many(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows of a group meet it."""
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0, type_=Integer)
