"""Stories: what happened lately to tickets, for whoever wants to take back what they changed.

In: ticket numbers. Out: their last events with the fields as they were, and whom mail of the same occasion went to. It
writes nothing and decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from store import plain
from store.hindsight import Hindsight
from store.records import Past, TicketRef
from store.tables import events, outbox

LATELY = 100
"""Events of a ticket that are looked at: what lies further back is history."""


def lately(
    connection: Connection, numbers: Iterable[TicketRef], seen: Hindsight | None = None
) -> dict[TicketRef, tuple[Past, ...]]:
    """The last events of these tickets, oldest first; two queries, whatever their number."""
    wanted = [number for number in numbers if isinstance(number, int)]
    if not wanted:
        return {}
    found: dict[TicketRef, tuple[Past, ...]] = dict.fromkeys(wanted, ())
    told = connection.execute(_query(seen), {"wanted": wanted}).all()
    sent = _sent(connection, wanted, seen)
    for row in told:
        to = sent.get((row.ticket_id, _occasion(row.journal_id, row.at)), ())
        found[row.ticket_id] = (*found[row.ticket_id], _past(row, to))
    return found


def _query(seen: Hindsight | None) -> Any:
    number = func.row_number().over(partition_by=events.c.ticket_id, order_by=events.c.id.desc()).label("number")
    ranked = select(events, number).where(events.c.ticket_id.in_(bindparam("wanted", expanding=True)))
    last = (ranked if seen is None else ranked.where(seen.stories)).subquery()
    return select(last).where(last.c.number <= LATELY).order_by(last.c.id)


def _sent(connection: Connection, wanted: list[int], seen: Hindsight | None) -> dict[tuple[int, str], tuple[str, ...]]:
    number = func.row_number().over(partition_by=outbox.c.ticket_id, order_by=outbox.c.id.desc()).label("number")
    ranked = select(outbox.c.ticket_id, outbox.c.journal_id, outbox.c.created_at, outbox.c.to_address, number).where(
        outbox.c.ticket_id.in_(wanted)
    )
    last = (ranked if seen is None else ranked.where(seen.mails)).subquery()
    found: dict[tuple[int, str], tuple[str, ...]] = {}
    for row in connection.execute(select(last).where(last.c.number <= LATELY)):
        name = (row.ticket_id, _occasion(row.journal_id, row.created_at))
        found[name] = (*found.get(name, ()), row.to_address)
    return found


def _occasion(journal_id: int | None, at: Any) -> str:
    """All that one mail did; without one, all that happened at one instant: a command's turn, a sweep's."""
    return f"mail:{journal_id}" if journal_id is not None else f"at:{at.isoformat()}"


def _past(row: Row[Any], sent: tuple[str, ...]) -> Past:
    return Past(
        at=row.at,
        actor=row.actor,
        kind=row.kind,
        occasion=_occasion(row.journal_id, row.at),
        was=plain.again(row.was) if row.was else {},
        sent=sent,
    )
