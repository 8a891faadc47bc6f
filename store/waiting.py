"""Calls that wait for a slot, and the tickets that a look at all promises may change.

In: an open turn. Out: numbers of tickets. A ticket that is in somebody else's turn is passed over, not waited for:
whoever looks at all promises holds the row of their chore, which that turn may want.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from store.tables import IS_REQUESTED, calls, tickets

MOST = 200
"""Tickets with a waiting call that one look tries, those that have waited for the longest."""


def for_a_slot(connection: Connection) -> set[int]:
    """Tickets with a call that was asked for and has no slot yet; a mere wish waits for a person."""
    found = connection.execute(
        select(calls.c.ticket_id)
        .where(IS_REQUESTED, calls.c.capability != "")
        .order_by(calls.c.requested_at, calls.c.ticket_id)
        .limit(MOST)
    )
    return set(found.scalars())


def at_hand(connection: Connection, numbers: Collection[int]) -> set[int]:
    """Those of these tickets that nobody else has in a turn; ours until this one ends."""
    if not numbers:
        return set()
    found = connection.execute(
        select(tickets.c.id).where(tickets.c.id.in_(list(numbers))).order_by(tickets.c.id)
        .with_for_update(skip_locked=True, key_share=True)
    )  # fmt: skip
    return set(found.scalars())
