"""Timers: what is due when, one row a ticket and kind; nothing is due in a scheduler's memory.

In: an instant. Out: the timers that have come due. A timer is ended by the decision that it led to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, not_, select

from store.tables import tickets, timers


@dataclass(frozen=True, slots=True)
class Timer:
    """One that has come due: whose, which, since when, and what was kept with it."""

    ticket: int
    kind: str
    due_at: datetime
    detail: Mapping[str, str]


def is_due(connection: Connection, now: datetime, kind: str) -> bool:
    """Whether a timer of that kind is due: a look without a lock."""
    query = select(timers.c.ticket_id).where(*_due(now), _is_of(kind)).limit(1)
    return connection.execute(query).first() is not None


def due(connection: Connection, now: datetime, limit: int, without: str = "") -> Sequence[Timer]:
    """Up to `limit` timers that are due, the longest overdue first; they and their tickets are ours until the turn
    ends. Those of the kind `without` are left.

    What is in somebody else's turn is passed over and not waited for: another sweep does the same, and a settler holds
    tickets before it comes to their timers. It is due at the next tick still.
    """
    rows = connection.execute(
        select(timers.c.ticket_id, timers.c.kind, timers.c.due_at, timers.c.detail)
        .join(tickets)
        .where(*_due(now), *((not_(_is_of(without)),) if without else ()))
        .order_by(timers.c.due_at, timers.c.ticket_id, timers.c.kind)
        .limit(limit)
        .with_for_update(of=[timers, tickets], skip_locked=True, key_share=True)
    )
    return [Timer(number, kind, due_at, detail or {}) for number, kind, due_at, detail in rows]


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return timers.c.due_at <= now, timers.c.state == "running"


def _is_of(kind: str) -> ColumnElement[bool]:
    """What stands behind a colon only tells several of one kind apart."""
    return (timers.c.kind == kind) | timers.c.kind.startswith(f"{kind}:", autoescape=True)
