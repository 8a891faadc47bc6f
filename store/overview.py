"""What an overview shows: a day's tickets with their stories, and the lists of who has what to do.

In: a connection, instants, names. Out: frozen rows and tickets, a bounded number of each list with how many there are
in all. A day is read by the index of events over time, so it costs what happened on it and not what the desk has ever
had; what was open at its end is found by when a ticket was made and resolved. It writes nothing but the figures of
days that are over.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)

from scheduling.sla import Clock
from store import plain, queue, values
from store.engine import insert_missing, lock_rows
from store.measures import COUNTED
from store.records import Finding, OutboxState, Ticket
from store.tables import IS_OPEN, IS_STUCK, chores, events, figures, outbox, people, tickets

CHUNK = 500
"""Numbers in one `IN`."""
DIGESTS = "digests"
"""The chore that makes them."""
LATE = timedelta(days=3)
"""How long after its due instant a breach may have been noted and still be found for that day."""


class Told(NamedTuple):
    """An event, as far as figures ask for it: `was` holds the fields of `NEEDED` that it changed; of clocks those alone
    that ended in the time that is looked at. `detail` is that of the event by which a ticket began."""

    at: datetime
    kind: str
    actor: str
    detail: Mapping[str, Any]
    was: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What a day left behind: its tickets as rows, each with its events, the clocks of each that ended on that day, and
    the promises that ran out."""

    tickets: tuple[Any, ...]
    events: Mapping[int, Sequence[Told]]
    ended: Mapping[int, tuple[Clock, ...]]
    overdue: tuple[tuple[int, str, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """A mail of ours that waits for an operator's hand, and why."""

    ticket: int | None
    purpose: str
    to: str
    why: str


def past(connection: Connection, start: datetime, end: datetime, now: datetime) -> Past:
    """Everything that the figures of the day from `start` to before `end` are computed from."""
    of_day = _stirred(connection, start, end)
    open_, moved = _open_at(connection, start, end)
    late = _breached(connection, start, end, now)
    numbers = sorted({*of_day, *moved, *(number for number, _, _ in late)})
    standing = {row.id: row for row in open_}
    rest = [row for chunk in _chunks([n for n in numbers if n not in standing]) for row in _tickets(connection, chunk)]
    clocks = [pair for chunk in _chunks(sorted(of_day)) for pair in connection.execute(_clocks_of(chunk))]
    return Past(
        tickets=tuple(sorted((*open_, *rest), key=lambda row: row.id)),
        events=_stories(connection, numbers, start, end),
        ended={number: _ended(rows or (), start, end) for number, rows in clocks},
        overdue=tuple(dict.fromkeys([*late, *_unnoticed(connection, start, end)])),
    )


def _stirred(connection: Connection, start: datetime, end: datetime) -> set[int]:
    """Tickets that an answer, a resolution or the end of a clock may have happened to."""
    said = cast(events.c.was, String)
    tells = or_(events.c.kind == "answered", said.like('%"clocks"%'), said.like('%"resolved_at"%'))
    query = select(events.c.ticket_id).where(events.c.at >= start, events.c.at < end, tells).distinct()
    return set(connection.execute(query).scalars())


def _open_at(connection: Connection, start: datetime, end: datetime) -> tuple[Sequence[Any], set[int]]:
    """What was open at the end of the day, or may have been, and of which of these the story must say it: they changed
    hands or were reopened since, or were answered on that day. History that was imported is left out by the store:
    nobody closes it, and its stories would be read for each day anew."""
    done_since = or_(_c.resolved_at >= end, and_(_c.resolved_at.is_(None), _c.updated_at >= end))
    was_open = and_(_c.created_at < end, or_(_c.status_category != "done", done_since))
    rows = connection.execute(select(*_LIGHT).where(was_open, COUNTED, _IS_HISTORY.is_not(true()))).all()
    moved = {
        row.id
        for row in rows
        if row.reopened or row.status_category == "done" or _changed_hands(row, end) or _answered(row, start, end)
    }
    return rows, moved


def _answered(row: Any, start: datetime, end: datetime) -> bool:
    """Whether it was first answered then; an answer with the ticket itself is no event of its own."""
    return row.answered_at is not None and start <= row.answered_at < end


def _changed_hands(row: Any, end: datetime) -> bool:
    """Whether it got its owner after the day, or lost one."""
    return any(at is not None and at >= end for at in (row.owned_at, row.reassigned_at))


def _breached(connection: Connection, start: datetime, end: datetime, now: datetime) -> list[tuple[int, str, datetime]]:
    """Promises of that day of which it was noted that they ran out."""
    query = select(events.c.ticket_id, events.c.detail).where(
        events.c.at >= start, events.c.at < min(end + LATE, now + timedelta(seconds=1)),
        events.c.kind == "clock-breached",
    )  # fmt: skip
    found = []
    for number, detail in connection.execute(query):
        due = _instant(detail.get("due"))
        if due is not None and start <= due < end:
            found.append((number, str(detail.get("clock", "")), due))
    return found


def _unnoticed(connection: Connection, start: datetime, end: datetime) -> Iterator[tuple[int, str, datetime]]:
    """Promises that ran out on that day and that no sweep has come to yet, as the first of their ticket."""
    query = select(tickets.c.id, tickets.c.clocks).where(
        IS_OPEN, tickets.c.due_at >= start, tickets.c.due_at < end, COUNTED
    )
    for number, rows in connection.execute(query):
        for clock in plain.clocks(rows or ()):
            if clock.runs and not clock.breached and clock.due is not None and start <= clock.due < end:
                yield number, clock.kind, clock.due


def _tickets(connection: Connection, numbers: Sequence[int]) -> Sequence[Any]:
    return connection.execute(select(*_LIGHT).where(_c.id.in_(numbers), COUNTED)).all()


def _clocks_of(numbers: Sequence[int]) -> Select[Any]:
    return select(_c.id, _c.clocks).where(_c.id.in_(numbers), COUNTED)


def _ended(rows: Iterable[Mapping[str, Any]], start: datetime, end: datetime) -> tuple[Clock, ...]:
    """Those of these clocks that ended in that time."""
    ended = (row for row in rows if row.get("ended") and start <= datetime.fromisoformat(row["ended"]) < end)
    return tuple(plain.clock(row) for row in ended)


def _stories(connection: Connection, numbers: Sequence[int], start: datetime, end: datetime) -> dict[int, list[Told]]:
    """The events of these tickets, oldest first: those that changed something, the beginning, and answers."""
    found: dict[int, list[Told]] = {}
    tells = or_(events.c.was.is_not(None), events.c.kind.in_(("created", "answered")))
    detail = case((events.c.kind == "created", cast(events.c.detail, String)), else_="")
    was = func.coalesce(cast(events.c.was, String), "")
    columns = (events.c.ticket_id, events.c.at, events.c.kind, events.c.actor, detail, was)
    for chunk in _chunks(numbers):
        query = select(*columns).where(events.c.ticket_id.in_(chunk), tells).order_by(events.c.id)
        for number, at, kind, actor, said, before in connection.execute(query):
            told = Told(at, kind, actor, json.loads(said) if said else {}, _was(before, at, start, end))
            found.setdefault(number, []).append(told)
    return found


NEEDED = ("answered_at", "resolved_at", "status_category", "closed_as", "waiting_on", "assignee", "clocks")
"""Fields of a ticket that figures ask the story for."""
_ASKED = tuple(f'"{name}"' for name in NEEDED)


def _was(text: str, at: datetime, start: datetime, end: datetime) -> dict[str, Any]:
    """The fields as they were; most events hold nothing that is asked for, and are not even read."""
    if not text or not any(name in text for name in _ASKED):
        return {}
    was = json.loads(text) or {}
    clocks = was.pop("clocks", None)
    kept = plain.again({name: was[name] for name in NEEDED if name in was})
    if clocks and at >= start and (ended := _ended(clocks, start, end)):
        kept["clocks"] = ended
    return kept


def _chunks(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[at : at + CHUNK] for at in range(0, len(numbers), CHUNK))


def _instant(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


_c = tickets.c
_IS_HISTORY = (
    select(events.c.detail["history"].as_boolean())
    .where(events.c.ticket_id == _c.id, events.c.kind == "created")
    .limit(1)  # one look into the index for each ticket: with a limit no server reads all events to join them
    .scalar_subquery()
)
"""Whether the event by which a ticket began says that it was imported; null where it says nothing."""
_HOURS = _c.clocks[0]["calendar"].as_string()
"""The hours in which the customer was promised a first answer, as the first of a ticket's clocks names them."""
_LIGHT = (
    _c.id, _c.created_at, _c.answered_at, _c.resolved_at, _c.status_category, _c.closed_as, _c.waiting_on, _c.assignee,
    _c.owned_at, _c.reassigned_at, _c.reopened, _HOURS.label("hours"),
)  # fmt: skip


# Figures of days that are over


def figures_of(connection: Connection, days: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """The figures that are kept of these days, by day."""
    query = select(figures.c.day, figures.c.figures).where(figures.c.day.in_(sorted(days)))
    return {row.day: row.figures for row in connection.execute(query)}


def keep_figures(connection: Connection, day: str, row: Mapping[str, Any], before: str) -> None:
    """Keep a day's figures; those of days before `before` are nobody's concern any more."""
    insert_missing(connection, figures, [{"day": day, "figures": dict(row)}])
    connection.execute(figures.delete().where(figures.c.day < before))


def note_digests(connection: Connection, addresses: Collection[str], at: datetime) -> None:
    """The digests of today of these members of staff are made."""
    numbers = connection.execute(select(people.c.id).where(people.c.address.in_(sorted(addresses)))).scalars().all()
    lock_rows(connection, people, numbers)  # in their order, as everybody takes them
    connection.execute(update(people).where(people.c.id.in_(numbers)).values(digested_at=at))


def ask_digest(connection: Connection, address: str, now: datetime) -> None:
    """This member of staff's digest is made by the next sweep. Chore first, person then: as the chore takes them. The
    row is written whatever it says: so this waits for a sweep that has it in hand, and that would put it off."""
    soon = case((chores.c.due_at > now, now), else_=chores.c.due_at)
    connection.execute(update(chores).where(chores.c.name == DIGESTS).values(due_at=soon))
    connection.execute(update(people).where(people.c.address == address).values(digest_asked=True))


def digest_made(connection: Connection, address: str) -> None:
    """What was asked for is made."""
    connection.execute(update(people).where(people.c.address == address).values(digest_asked=False))


# Lists


def mine(connection: Connection, name: str, limit: int) -> Finding:
    """What somebody has, by the clock that is due first (R19)."""
    return _listed(connection, and_(IS_OPEN, _c.assignee == name), _BY_CLOCK, limit)


def handed_to(connection: Connection, name: str) -> tuple[Ticket, ...]:
    """Open tickets with a handoff that may wait for this person, the latest changed first; whether it does is for the
    rules to say. Handoffs under the newest one of a ticket are text within it."""
    may_wait = or_(_c.handoff["state"].as_string() == "asked", _c.handoff["under"].as_string().like("%asked%"))
    named = cast(_c.handoff, String).contains(name, autoescape=True)
    query = _query(and_(IS_OPEN, COUNTED, named, may_wait)).order_by(_c.updated_at.desc(), _c.id)
    return tuple(values.ticket(row) for row in connection.execute(query.limit(_MOST_LOOKED_AT)))


def unheard(connection: Connection) -> tuple[Ticket, ...]:
    """Open tickets with a handoff that may have been taken by nobody, the longest untouched first."""
    nobodys = or_(_c.handoff["state"].as_string() == "unheard", _c.handoff["under"].as_string().like("%unheard%"))
    query = _query(and_(IS_OPEN, COUNTED, nobodys)).order_by(_c.updated_at, _c.id)
    return tuple(values.ticket(row) for row in connection.execute(query.limit(_MOST_LOOKED_AT)))


def first_at(connection: Connection) -> datetime | None:
    """When the first ticket was made; None where there is none."""
    found: datetime | None = connection.execute(select(func.min(_c.created_at)).where(COUNTED)).scalar_one()
    return found


def next_in(connection: Connection, teams: Collection[str], now: datetime, limit: int) -> Finding:
    """What anybody of these teams may take, in the order in which it is to be done."""
    return _listed(connection, queue.waiting(sorted(teams), now), queue.ORDER, limit)


def changed(connection: Connection, name: str, team: str, since: datetime, limit: int) -> Finding:
    """What happened since to what somebody has and to what nobody of their team has, newest first."""
    theirs = _c.assignee == name if not team else or_(_c.assignee == name, and_(_c.team == team, _c.assignee == ""))
    return _listed(connection, and_(theirs, _c.updated_at >= since), (_c.updated_at.desc(), _c.id), limit)


def unassigned(connection: Connection, limit: int) -> Finding:
    """What no person has, oldest first (M8)."""
    return _listed(connection, and_(IS_OPEN, _c.assignee == ""), (_c.created_at, _c.id), limit)


def at_risk(connection: Connection, now: datetime, until: datetime, limit: int) -> Finding:
    """Promises that run out by then."""
    return _listed(connection, and_(IS_OPEN, _c.due_at > now, _c.due_at <= until), (_c.due_at, _c.id), limit)


def due_later(connection: Connection, after: datetime) -> Iterator[tuple[int, tuple[Clock, ...]]]:
    """Clocks of the open tickets whose first promise runs out after that, the nearest first."""
    query = select(_c.id, _c.clocks).where(IS_OPEN, _c.due_at > after, COUNTED).order_by(_c.due_at, _c.id)
    for number, rows in connection.execute(query.limit(_MOST_CLOCKS)):
        yield number, plain.clocks(rows or ())


def those(connection: Connection, numbers: Collection[int]) -> tuple[Ticket, ...]:
    """These few tickets, by the clock that is due first."""
    if not numbers:
        return ()
    query = _query(_c.id.in_(numbers)).order_by(*_BY_CLOCK)
    return tuple(values.ticket(row) for row in connection.execute(query))


def waiting(connection: Connection, limit: int) -> Finding:
    """What waits for somebody, by whom and for how long."""
    return _listed(connection, and_(IS_OPEN, _c.waiting_on != ""), (_c.waiting_on, _c.updated_at, _c.id), limit)


def blocked(connection: Connection, limit: int, on: str = "") -> Finding:
    """What is blocked, by what; or by one thing alone."""
    held_up = _c.blocked_on == on if on else _c.blocked_on != ""
    return _listed(connection, and_(IS_OPEN, held_up), (_c.blocked_on, _c.updated_at, _c.id), limit)


def overdue(connection: Connection, now: datetime) -> int:
    """How many open tickets have a promise that ran out."""
    query = select(func.count()).select_from(tickets).where(IS_OPEN, _c.due_at <= now, COUNTED)
    return int(connection.execute(query).scalar_one())


def subjects(connection: Connection, numbers: Collection[int]) -> dict[int, str]:
    """What these tickets are about."""
    return {row.id: row.subject for row in connection.execute(select(_c.id, _c.subject).where(_c.id.in_(numbers)))}


def stopped(connection: Connection, limit: int) -> tuple[list[Stopped], int]:
    """Mail that waits for an operator's hand, newest first, and how much there is."""
    held = and_(IS_STUCK, outbox.c.state == literal_column(f"'{OutboxState.HELD.value}'"))
    total = connection.execute(select(func.count()).select_from(outbox).where(held)).scalar_one()
    query = select(outbox.c.ticket_id, outbox.c.purpose, outbox.c.to_address, outbox.c.last_text).where(held)
    rows = connection.execute(query.order_by(outbox.c.id.desc()).limit(limit))
    return [Stopped(ticket=t, purpose=p, to=to, why=why) for t, p, to, why in rows], int(total)


def _listed(connection: Connection, where: ColumnElement[bool], order: Iterable[Any], limit: int) -> Finding:
    """Some of the tickets, and how many there are in all."""
    where = and_(where, COUNTED)
    found = tuple(values.ticket(row) for row in connection.execute(_query(where).order_by(*order).limit(limit)))
    if len(found) < limit:
        return Finding(tickets=found, total=len(found))
    total = connection.execute(select(func.count()).select_from(tickets).where(where)).scalar_one()
    return Finding(tickets=found, total=int(total))


def _query(where: ColumnElement[bool]) -> Any:
    return select(tickets, people.c.address).join(people, people.c.id == tickets.c.requester_id).where(where)


_BY_CLOCK = (_c.due_at.is_(None), _c.due_at, _c.priority, _c.id)
_MOST_LOOKED_AT, _MOST_CLOCKS = 200, 1000
