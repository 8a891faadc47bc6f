"""Reply keys: the fingerprints of the secret addresses that people were given, and how long each of them counts.

In: rows of keys as a turn writes them, or whose keys an operator asks about. Out: rows, and what was ended. The key
itself is never here: nobody can read an address out of the store. A key that was revoked never comes back: the person's
serial is raised with it, and whatever is written to them from then on carries another one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, false, or_, select, update

from store.engine import insert_missing
from store.tables import people, reply_keys, tickets

_keys = reply_keys.c
_IS_WORN = or_(_keys.expires_at.is_(None), _keys.expires_at < bindparam("fresh_until", type_=_keys.expires_at.type))
_PROLONG = (
    update(reply_keys)
    .where(_keys.hash.in_(bindparam("wanted", expanding=True)), _IS_WORN, _keys.revoked == false())
    .values(expires_at=bindparam("until"))
)
"""It says again that the key is worn: of two desks that prolong it at once, one writes."""


def write(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keys that are in mails of this turn for the first time."""
    insert_missing(connection, reply_keys, rows)


def prolong(connection: Connection, hashes: Collection[str], until: datetime, fresh_until: datetime) -> None:
    """Keys that stand already and were used, or written again, live until then; those that would end after
    `fresh_until` are left as they are. One `UPDATE`, which mostly writes nothing."""
    if hashes:
        connection.execute(_PROLONG, {"wanted": sorted(hashes), "until": until, "fresh_until": fresh_until})


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A key that somebody holds, without the key."""

    ticket: int
    person: str
    role: str
    audience: str
    serial: int
    expires_at: datetime | None
    revoked: bool


_LISTING = select(reply_keys, people.c.address).join(people)
_ORDER = (_keys.ticket_id, _keys.serial, people.c.address, _keys.audience)


def listing(
    connection: Connection, person: str = "", ticket: int | None = None, limit: int | None = None
) -> list[Held]:
    """Keys, oldest first: by ticket, in one by serial, then by person; with `limit` the newest, still oldest first."""
    chosen = _LISTING
    if person:
        chosen = chosen.where(people.c.address == person)
    if ticket is not None:
        chosen = chosen.where(_keys.ticket_id == ticket)
    if limit is None:
        rows = connection.execute(chosen.order_by(*_ORDER)).all()
    else:
        newest = chosen.order_by(*(column.desc() for column in _ORDER)).limit(limit)
        rows = connection.execute(newest).all()[::-1]
    return [
        Held(
            ticket=row.ticket_id,
            person=row.address,
            role=row.role,
            audience=row.audience,
            serial=row.serial,
            expires_at=row.expires_at,
            revoked=row.revoked,
        )
        for row in rows
    ]


def has_ticket(connection: Connection, ticket: int) -> bool:
    """Whether there is such a ticket: one without keys may have none yet."""
    return connection.execute(select(tickets.c.id).where(tickets.c.id == ticket)).first() is not None


_COMMANDERS = select(people.c.address, people.c.serial, people.c.commands_until).where(
    people.c.commands_until.is_not(None)
)


def commanders(connection: Connection, person: str = "") -> list[tuple[str, int, datetime]]:
    """Who of the staff was given a personal command address, its serial, and until when it is good."""
    chosen = _COMMANDERS if not person else _COMMANDERS.where(people.c.address == person)
    rows = connection.execute(chosen.order_by(people.c.address)).all()
    return [(row.address, row.serial, row.commands_until) for row in rows]


@dataclass(frozen=True, slots=True)
class Ended:
    """How many addresses an operator has ended, and the serial of those that take their place. `commands`: a personal
    command address went with them, for it has the same serial."""

    count: int
    serial: int
    commands: bool = False


_OWNER = (
    select(people.c.id, people.c.serial, people.c.commands_until)
    .where(people.c.address == bindparam("of"))
    .with_for_update()
)
"""Nobody else writes keys of theirs until the turn ends."""


def revoke(connection: Connection, person: str, ticket: int | None = None) -> Ended | None:
    """End all keys of a person, or those of one ticket; None when nobody has that address. The next mail to them has a
    new key. Their personal command address ends with the serial. Keys of other tickets, and mail that waits in the
    outbox already, stay as they are; where there was nothing to end, the serial stays as well."""
    found = connection.execute(_OWNER, {"of": person}).one_or_none()
    if found is None:
        return None
    theirs = (_keys.person_id == found.id) & (_keys.revoked == false())
    if ticket is not None:
        theirs &= _keys.ticket_id == ticket
    ended = connection.execute(update(reply_keys).where(theirs).values(revoked=True)).rowcount
    commands = found.commands_until is not None and (ticket is None or ended > 0)
    if not ended and not commands:
        return Ended(0, found.serial)
    fresh = {"serial": found.serial + 1, "commands_until": None}
    connection.execute(update(people).where(people.c.id == found.id).values(fresh))
    return Ended(ended, found.serial + 1, commands=commands)
