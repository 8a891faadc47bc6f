"""Read views of what was asked: the mails that opened tickets, and how each ticket's intake went.

In: a connection and since when. Out: frozen rows, complete, oldest first. How an intake stood before tell the events
that changed it (`AddEvent.was`), which are only ever added; what is spam, merged or of a wrong type is no ticket to a
figure, nor is imported history. It writes nothing; what the rows mean is the caller's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from store.measures import COUNTED
from store.records import Verdict
from store.tables import events, journal, tickets

_STEP = 1_000
_TOLD = ("intake-complete", "intake-asked", "intake-waived", "intake-handed", "answered")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One ticket that needs facts. `answered_at` is when a person first answered; `stands` are its intakes one after
    the other as plain JSON, the last as it is now; `told` is what happened when and by whom, oldest first."""

    ticket: int
    created_at: datetime
    answered_at: datetime | None
    stands: tuple[Mapping[str, Any], ...]
    told: tuple[tuple[str, datetime, str], ...]


def courses(connection: Connection, since: datetime) -> list[Course]:
    """The tickets that came since and that need facts, or did."""
    rows = connection.execute(
        select(tickets.c.id, tickets.c.created_at, tickets.c.answered_at, tickets.c.intake)
        .where(tickets.c.created_at >= since, COUNTED, tickets.c.intake.is_not(None))
        .order_by(tickets.c.id)
    ).all()
    found: list[Course] = []
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        stories = _stories(connection, [row.id for row in part])
        found += [one for row in part if (one := _course(row, stories.get(row.id, ()))) is not None]
    return found


def _stories(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Any]]:
    told: dict[int, list[Any]] = defaultdict(list)
    query = select(events.c.ticket_id, events.c.at, events.c.kind, events.c.actor, events.c.was, events.c.detail)
    for row in connection.execute(query.where(events.c.ticket_id.in_(numbers)).order_by(events.c.id)):
        told[row.ticket_id].append(row)
    return told


def _course(row: Any, story: Sequence[Any]) -> Course | None:
    stands = [event.was["intake"] or {} for event in story if event.was and "intake" in event.was]
    stands.append(row.intake or {})
    if not any(one.get("needed") for one in stands):
        return None
    if any(event.kind == "created" and event.detail.get("history") for event in story):
        return None
    told = tuple((event.kind, event.at, event.actor) for event in story if event.kind in _TOLD)
    said = [at for kind, at, _ in told if kind == "answered"]
    return Course(
        ticket=row.id,
        created_at=row.created_at,
        answered_at=said[0] if said else row.answered_at,
        stands=tuple(stands),
        told=told,
    )


def openings(connection: Connection, since: datetime, most: int) -> tuple[list[int], int]:
    """The journal's mails that came since and opened a ticket, the newest `most` of them, oldest first; and how many
    there are in all. Imported history opened tickets that nobody was asked about."""
    numbers = connection.execute(
        select(journal.c.id)
        .where(journal.c.received_at >= since, journal.c.verdict == Verdict.TICKET_CREATED.value)
        .where(journal.c.history.is_(False))
        .order_by(journal.c.id)
    ).scalars()
    found = list(numbers)
    return found[-most:], len(found)
