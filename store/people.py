"""People: whoever writes to the desk or is written to, once per normalised address.

In: persons. Out: their numbers. A name is learned when a person first appears and kept; nobody is ever merged here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from store.engine import insert_missing
from store.records import Person
from store.tables import people


def ensure(
    connection: Connection, persons: Sequence[Person], known: Mapping[str, Person], now: datetime
) -> dict[str, int]:
    """The number of every person's address; who is new is written down. `known` are those read before."""
    numbers = {person.address: known[person.address].id for person in persons if person.address in known}
    new = {p.address: p for p in persons if not numbers.get(p.address)}
    if new:
        found = _numbers(connection, list(new))
        missing = [p for address, p in new.items() if address not in found]
        if missing:
            rows = [{"address": p.address, "name": p.name, "language": p.language, "created_at": now} for p in missing]
            insert_missing(connection, people, rows)
            found |= _numbers(connection, [p.address for p in missing])
        numbers |= found
    return numbers


def _numbers(connection: Connection, addresses: list[str]) -> dict[str, int]:
    rows = connection.execute(select(people.c.address, people.c.id).where(people.c.address.in_(addresses)))
    return {row.address: row.id for row in rows}
