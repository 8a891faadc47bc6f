"""Chores: when the desk's own regular work is due next, one row each; nothing is due in a scheduler's memory.

In: names and instants. Out: what is due, in our hand until the turn ends. What a chore does is `gateway.jobs.chores`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from store.engine import insert_missing
from store.tables import chores, tickets

PROMISES = "promises"
"""The chore that proves anew that every promised call can be kept."""


def wake(connection: Connection, name: str, now: datetime) -> None:
    """The next sweep does this chore. The row is written whatever it says: so this waits for a sweep that has it in
    hand, and that would put it off."""
    soon = case((chores.c.due_at > now, now), else_=chores.c.due_at)
    connection.execute(update(chores).where(chores.c.name == name).values(due_at=soon))


def standing(connection: Connection) -> dict[str, datetime]:
    """When each chore is due: a look without a lock, for the few rows that there are."""
    return {row.name: row.due_at for row in connection.execute(select(chores))}


def begin(connection: Connection, due: Mapping[str, datetime]) -> None:
    """Chores that are seen for the first time; another machine may see them at the same moment."""
    insert_missing(connection, chores, [{"name": name, "due_at": at, "after": 0} for name, at in due.items()])


def claim(connection: Connection, names: Collection[str], now: datetime) -> tuple[str, int] | None:
    """The one of these that is due for the longest, with the ticket behind which it goes on; it is ours until the turn
    ends. What another machine has in hand is passed over."""
    row = connection.execute(
        select(chores.c.name, chores.c.after)
        .where(chores.c.due_at <= now, chores.c.name.in_(list(names)))
        .order_by(chores.c.due_at, chores.c.name)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    return (row.name, row.after) if row is not None else None


def put_off(connection: Connection, name: str, due_at: datetime, after: int) -> None:
    """When it is due next, and behind which ticket it goes on then (0: from the beginning)."""
    connection.execute(update(chores).where(chores.c.name == name).values(due_at=due_at, after=after))


def open_tickets(connection: Connection, after: int, limit: int) -> tuple[list[int], int]:
    """Numbers of up to `limit` tickets behind `after` that are not done, in their order and ours until the turn ends;
    and the last of them, 0 when no more follow. What is in somebody else's turn is passed over."""
    numbers = list(
        connection.execute(
            select(tickets.c.id)
            .where(tickets.c.status_category != "done", tickets.c.id > after)
            .order_by(tickets.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True, key_share=True)
        ).scalars()
    )
    return numbers, numbers[-1] if len(numbers) == limit else 0
