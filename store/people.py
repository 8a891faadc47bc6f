"""People: whoever writes to the desk or is written to, once per normalised address.

In: persons. Out: their numbers. A name is learned when a person first appears and kept; nobody is ever merged here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from store.engine import insert_missing
from store.records import Person
from store.tables import people


def ensure(
    connection: Connection,
    persons: Sequence[Person],
    known: Mapping[str, Person],
    looked_up: Collection[str],
    now: datetime,
) -> dict[str, int]:
    """The number of every person's address; who is new is written down.

    `known` are those that the batch's snapshot found, `looked_up` all that it looked for.
    """
    numbers = {person.address: known[person.address].id for person in persons if person.address in known}
    new: dict[str, Person] = {}
    for person in persons:
        if not numbers.get(person.address) and (person.name or person.address not in new):
            new[person.address] = person  # a mail may be for somebody whose name it does not say
    unasked = [address for address in new if address not in looked_up]
    found = _numbers(connection, unasked) if unasked else {}
    missing = [p for address, p in new.items() if address not in found]
    if missing:
        missing.sort(key=lambda p: p.address)  # two turns that write the same persons must not wait for each other
        rows = [{"address": p.address, "name": p.name, "language": p.language, "created_at": now} for p in missing]
        insert_missing(connection, people, rows)
        found |= _numbers(connection, [p.address for p in missing])
    return numbers | found


def mark_reachable(connection: Connection, address: str, since: datetime | None) -> None:
    """A mail to this address came back for good at `since`; None: they are heard of again."""
    connection.execute(update(people).where(people.c.address == address).values(unreachable_since=since))


def disabled_among(connection: Connection, addresses: Collection[str]) -> set[str]:
    """Those of the addresses whose owners may do nothing."""
    wanted = select(people.c.address).where(people.c.address.in_(addresses), people.c.disabled)
    return set(connection.execute(wanted).scalars())


def set_disabled(connection: Connection, address: str, name: str, now: datetime, *, disabled: bool) -> bool:
    """Take a member of staff's access away, or give it back; False when that is so already."""
    insert_missing(connection, people, [{"address": address, "name": name, "language": "", "created_at": now}])
    differs = (people.c.address == address) & (people.c.disabled != disabled)
    return bool(connection.execute(update(people).where(differs).values(disabled=disabled)).rowcount)


_NUMBERS = select(people.c.address, people.c.id).where(people.c.address.in_(bindparam("wanted", expanding=True)))


def _numbers(connection: Connection, addresses: list[str]) -> dict[str, int]:
    return {row.address: row.id for row in connection.execute(_NUMBERS, {"wanted": addresses})}
