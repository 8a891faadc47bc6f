"""The store's figures for health and metrics: how much waits, since when, and what a remote last said.

In: a read connection and the desk's time. Out: one `StoreFigures`. A handful of look-ups through the partial indexes,
none of which reads more than `MOST` rows, because the daemon asks every few seconds between two turns. It never scans
a table.

States stand in the statements as text: with a bound parameter SQLite cannot know that a partial index covers the
query, and would read the whole table. https://sqlite.org/partialindex.html
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, literal_column, select

from store.engine import UtcDateTime
from store.ledger import of_hour
from store.records import OutboxState
from store.standing import MOST, StoreFigures
from store.tables import journal, ledger, outbox, timers

LATELY = timedelta(days=1)
HOUR, GRAIN = 3_600, 300
"""The breaker's window, and how coarsely it counts."""


def store_figures(connection: Connection, now: datetime) -> StoreFigures:
    """What the store says of itself at `now`."""
    at = {"now": now, "since": now - LATELY}
    waiting = _by_state(connection, _WAITING)
    failed, failed_lately = connection.execute(_FAILED, at).one()
    deferred, oldest_deferred = connection.execute(_DEFERRED, at).one()
    overdue, oldest_timer = connection.execute(_OVERDUE, at).one()
    return StoreFigures(
        taken_at=now,
        undecided=connection.execute(_UNDECIDED).scalar_one(),
        oldest_undecided=_oldest_undecided(connection),
        queued=waiting.get(OutboxState.QUEUED, 0),
        sending=waiting.get(OutboxState.SENDING, 0),
        oldest_due=connection.execute(_OLDEST_DUE, at).scalar(),
        deferred=deferred,
        oldest_deferred=oldest_deferred,
        refusal=connection.execute(_REFUSAL, at).scalar() or "",
        held=connection.execute(_HELD).scalar_one(),
        failed=failed,
        failed_lately=failed_lately,
        overdue_timers=overdue,
        oldest_timer=oldest_timer,
        last_accepted=connection.execute(_LAST_ACCEPTED).scalar(),
        automatic=_of_last_hour(connection, "all", now),
        stopped=_of_last_hour(connection, "stopped", now),
    )


def _of_last_hour(connection: Connection, kind: str, now: datetime) -> int:
    second = int(now.timestamp())
    this, last = of_hour(kind, second)
    asked = {"this": this, "last": last, "after": second - HOUR - GRAIN}
    return int(connection.execute(_SPENT, asked).scalar() or 0)


def _by_state(connection: Connection, statement: Select[Any]) -> dict[str, int]:
    return {row.state: row.mails for row in connection.execute(statement)}


def _oldest_undecided(connection: Connection) -> datetime | None:
    """The index is ordered by lease: the first of those in nobody's hand, and the few that are in somebody's."""
    found = [connection.execute(statement).scalar() for statement in (_FIRST_FREE, _FIRST_IN_HAND)]
    return min((instant for instant in found if instant is not None), default=None)


def _in_states(*states: OutboxState) -> ColumnElement[bool]:
    return outbox.c.state.in_([literal_column(f"'{state.value}'") for state in states])


def _some(*columns: ColumnElement[Any], where: ColumnElement[bool]) -> Any:
    """At most `MOST` of the rows, as something to count."""
    return select(*columns).where(where).limit(MOST).subquery()


_NOW = bindparam("now", type_=UtcDateTime())
_SINCE = bindparam("since", type_=UtcDateTime())
_IS_UNDECIDED = journal.c.verdict.is_(None)
_IS_WAITING = _in_states(OutboxState.QUEUED, OutboxState.SENDING)

_UNDECIDED = select(func.count()).select_from(_some(journal.c.id, where=_IS_UNDECIDED))
_FIRST_FREE = (
    select(journal.c.received_at)
    .where(_IS_UNDECIDED, journal.c.lease_until.is_(None))
    .order_by(journal.c.lease_until, journal.c.id)  # the index's own order, or PostgreSQL walks through the primary key
    .limit(1)
)
_leased = _some(journal.c.received_at, where=_IS_UNDECIDED & journal.c.lease_until.is_not(None))
_FIRST_IN_HAND = select(func.min(_leased.c.received_at))
_LAST_ACCEPTED = select(journal.c.received_at).order_by(journal.c.id.desc()).limit(1)

_waiting = _some(outbox.c.state, where=_IS_WAITING)
_WAITING = select(_waiting.c.state, func.count().label("mails")).group_by(_waiting.c.state)
_OLDEST_DUE = (
    select(outbox.c.next_attempt_at)
    .where(_IS_WAITING, outbox.c.next_attempt_at <= _NOW)
    .order_by(outbox.c.next_attempt_at)
    .limit(1)
)
_deferred = _some(outbox.c.created_at, where=_IS_WAITING & (outbox.c.next_attempt_at > _NOW))
_DEFERRED = select(func.count(), func.min(_deferred.c.created_at)).select_from(_deferred)
_REFUSAL = (
    select(outbox.c.last_text)
    .where(_IS_WAITING, outbox.c.next_attempt_at > _NOW, outbox.c.last_text != "")
    .order_by(outbox.c.next_attempt_at.desc())
    .limit(1)
)
_IS_STUCK = _in_states(OutboxState.HELD, OutboxState.FAILED)  # the index's own words, or SQLite does not use it
_held = _some(outbox.c.id, where=_IS_STUCK & _in_states(OutboxState.HELD))
_HELD = select(func.count()).select_from(_held)
_failed = (
    select(outbox.c.next_attempt_at)
    .where(_IS_STUCK, _in_states(OutboxState.FAILED))
    .order_by(outbox.c.next_attempt_at.desc())  # a mail that failed keeps the instant of its last attempt there
    .limit(MOST)
    .subquery()
)
_FAILED = select(func.count(), func.count().filter(_failed.c.next_attempt_at > _SINCE)).select_from(_failed)

_spent = _some(
    ledger.c.count,
    where=ledger.c.name.in_([bindparam("this"), bindparam("last")]) & (ledger.c.at > bindparam("after")),
)
_SPENT = select(func.sum(_spent.c.count))

_late = _some(timers.c.due_at, where=(timers.c.due_at <= _NOW) & (timers.c.state == "running"))
_OVERDUE = select(func.count(), func.min(_late.c.due_at)).select_from(_late)
