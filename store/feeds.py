"""Calendars of the staff as they were last read: when who is busy, and what was wrong with a file.

In: busy times by person. Out: the same again, and when each calendar was last read. What an entry is about is in no
table: it was never read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update

from store.engine import insert_all
from store.tables import busy, feeds

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One person's calendar: when it was last read (None: never), and what is wrong with it."""

    name: str
    read_at: datetime | None
    problem: str


def keep(
    connection: Connection,
    name: str,
    times: Sequence[tuple[datetime, datetime]] | None,
    fingerprint: str,
    problem: str,
    now: datetime,
    *,
    whole: bool = True,
) -> bool:
    """Write what was read of this person's calendar; None: it could not be read, and what was known stays. One that was
    not read as a `whole` counts with its times, but not as read: it grows stale. Whether the times have changed."""
    had = connection.execute(select(feeds).where(feeds.c.name == name)).first()
    row: dict[str, str | datetime] = {"problem": problem[:500]}
    if times is not None:
        row |= {"fingerprint": fingerprint} | ({"read_at": now} if whole else {})
    if had is None:
        connection.execute(insert(feeds).values({"name": name, "read_at": NEVER, "fingerprint": "", **row}))
    else:
        connection.execute(update(feeds).where(feeds.c.name == name).values(row))
    if times is None or (had is not None and had.fingerprint == fingerprint):
        return times is not None and had is not None and had.read_at == NEVER and whole
    connection.execute(delete(busy).where(busy.c.name == name, busy.c.source == CALENDAR))
    rows = [{"name": name, "start": start, "end": end, "source": CALENDAR} for start, end in times]
    insert_all(connection, busy, rows)
    return True


def keep_only(connection: Connection, names: Collection[str]) -> bool:
    """Forget the calendars of everybody else, which nobody reads any more; whether there were any."""
    gone = [name for name in connection.scalars(select(feeds.c.name)) if name not in names]
    if gone:
        connection.execute(delete(busy).where(busy.c.name.in_(gone), busy.c.source == CALENDAR))
        connection.execute(delete(feeds).where(feeds.c.name.in_(gone)))
    return bool(gone)


def standing(connection: Connection) -> list[Standing]:
    """Every calendar that was ever looked at."""
    rows = connection.execute(select(feeds).order_by(feeds.c.name))
    return [
        Standing(name=row.name, read_at=None if row.read_at == NEVER else row.read_at, problem=row.problem)
        for row in rows
    ]
