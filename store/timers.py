"""Timers: what is due when, one row a ticket and kind; nothing is due in a scheduler's memory.

In: an instant. Out: the timers that have come due. A timer is ended by the decision that it led to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from store.tables import tickets, timers


@dataclass(frozen=True, slots=True)
class Timer:
    """One that has come due: whose, which, since when, and what was kept with it."""

    ticket: int
    kind: str
    due_at: datetime
    detail: Mapping[str, str]


def due(connection: Connection, now: datetime, limit: int) -> Sequence[Timer]:
    """Up to `limit` timers that are due, the longest overdue first; they and their tickets are ours until the turn
    ends.

    What is in somebody else's turn is passed over and not waited for: another sweep does the same, and a settler holds
    tickets before it comes to their timers. It is due at the next tick still.
    """
    rows = connection.execute(
        select(timers.c.ticket_id, timers.c.kind, timers.c.due_at, timers.c.detail)
        .join(tickets)
        .where(timers.c.due_at <= now, timers.c.state == "running")
        .order_by(timers.c.due_at, timers.c.ticket_id, timers.c.kind)
        .limit(limit)
        .with_for_update(of=[timers, tickets], skip_locked=True, key_share=True)
    )
    return [Timer(number, kind, due_at, detail or {}) for number, kind, due_at, detail in rows]
