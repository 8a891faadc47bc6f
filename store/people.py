"""People: whoever writes to the desk or is written to, once per normalised address.

In: persons. Out: their numbers. A name is learned when a person first appears, or from their first
proven mail where nobody had said it before, and kept; nobody is ever merged here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select, update

from store import values
from store.engine import insert_missing
from store.records import Person
from store.tables import participants, people


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


def learn(connection: Connection, names: Mapping[str, str]) -> None:
    """The names of people who had none yet, by address."""
    for address in sorted(names):  # two turns that write the same persons must not wait for each other
        unnamed = (people.c.address == address) & (people.c.name == "")
        connection.execute(update(people).where(unnamed).values(name=names[address]))


def mark_reachable(connection: Connection, address: str, since: datetime | None) -> None:
    """A mail to this address came back for good at `since`; None: they are heard of again."""
    connection.execute(update(people).where(people.c.address == address).values(unreachable_since=since))


def copy(connection: Connection, rows: Sequence[Mapping[str, int | str]]) -> None:
    """Who was unverified is copied from now on, or was and has left (`of_kind`), by ticket and person."""
    connection.execute(_COPY, list(rows))


_COPY = (
    update(participants)
    .where(participants.c.ticket_id == bindparam("of_ticket"), participants.c.person_id == bindparam("of_person"))
    .where((participants.c.kind == "unverified") | (participants.c.kind == "copied") | (participants.c.kind == "left"))
    .values(kind=bindparam("of_kind"))
)


def find(connection: Connection, address: str) -> Person | None:
    """Whoever has that address."""
    row = connection.execute(select(people).where(people.c.address == address)).one_or_none()
    return values.person(row) if row is not None else None


def set_away(connection: Connection, address: str, until: datetime | None) -> None:
    """A member of staff gets no work until then; None: they are back."""
    connection.execute(update(people).where(people.c.address == address).values(away_until=until))


def set_notices(connection: Connection, address: str, how: str) -> None:
    """How a member of staff hears of tickets from now on."""
    connection.execute(update(people).where(people.c.address == address).values(notices=how))


_IS_WORN = or_(people.c.commands_until.is_(None), people.c.commands_until < bindparam("fresh_until"))
_PROLONG = (
    update(people)
    .where(people.c.address.in_(bindparam("wanted", expanding=True)), _IS_WORN)
    .values(commands_until=bindparam("until"))
)


def prolong(connection: Connection, addresses: Collection[str], until: datetime, fresh_until: datetime) -> None:
    """The personal command addresses of these colleagues live until then; those that would end after `fresh_until` are
    left as they are. One `UPDATE`, which mostly writes nothing."""
    if addresses:
        connection.execute(_PROLONG, {"wanted": sorted(addresses), "until": until, "fresh_until": fresh_until})


def ensure_known(connection: Connection, address: str, name: str, now: datetime) -> None:
    """Somebody of the staff who may never have written or been written to."""
    insert_missing(connection, people, [{"address": address, "name": name, "language": "", "created_at": now}])


def standing(connection: Connection, addresses: Collection[str]) -> dict[str, Person]:
    """What is known of these people, by address."""
    rows = connection.execute(select(people).where(people.c.address.in_(addresses)))
    return {row.address: values.person(row) for row in rows}


def set_disabled(connection: Connection, address: str, name: str, now: datetime, *, disabled: bool) -> bool:
    """Take a member of staff's access away, or give it back; False when that is so already."""
    ensure_known(connection, address, name, now)
    differs = (people.c.address == address) & (people.c.disabled != disabled)
    return bool(connection.execute(update(people).where(differs).values(disabled=disabled)).rowcount)


_NUMBERS = select(people.c.address, people.c.id).where(people.c.address.in_(bindparam("wanted", expanding=True)))


def _numbers(connection: Connection, addresses: list[str]) -> dict[str, int]:
    return {row.address: row.id for row in connection.execute(_NUMBERS, {"wanted": addresses})}
