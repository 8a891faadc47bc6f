"""Mailboxes on other servers: what was collected from each, so that every message has one row of the journal.

In: what a server says of a folder, and messages by UID. Out: which of them the journal has. A UID is good within one
generation: a new UIDVALIDITY (RFC 9051 section 2.3.1.1), or a UIDNEXT that went back, begins another one. A message of
the generation before is known again by its bytes, and keeps its row. `\\Seen` is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, insert, or_, select, update

from store.engine import insert_all
from store.journal import Lease
from store.tables import collected, mailboxes

Ranges = tuple[tuple[int, int], ...]
"""UIDs as runs, both ends included: ((1, 4), (7, 7))."""


class Stand(StrEnum):
    """What is left to do with a message that the journal has: move or flag it, nothing any more, nothing ever."""

    DUE = "due"
    DONE = "done"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One folder as the store knows it. What is below `history_below` was there at our first look, and so was, in a
    later generation, what arrived before `first_looked_at`. `problem` is why it cannot be collected now."""

    id: int
    name: str
    generation: int
    uidvalidity: int
    uidnext: int
    history_below: int
    first_looked_at: datetime
    looked_at: datetime | None
    there: int
    known: int
    withheld: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message of the folder: its UID, its bytes by their hash, what is to be done with it once it is kept."""

    uid: int
    sha256: str
    stand: Stand


def hold(connection: Connection, name: str, lease: Lease, now: datetime) -> bool:
    """Keep everybody else from collecting this folder until the lease ends; False: somebody else does it."""
    free = or_(mailboxes.c.lease_owner.in_(["", lease.owner]), mailboxes.c.lease_until < now)
    row = {"lease_owner": lease.owner, "lease_until": lease.until}
    if connection.execute(update(mailboxes).where(mailboxes.c.name == name, free).values(row)).rowcount:
        return True
    if connection.execute(select(mailboxes.c.id).where(mailboxes.c.name == name)).first() is not None:
        return False
    connection.execute(insert(mailboxes).values(name=name, first_looked_at=now, **row))
    return True


def release(connection: Connection, owner: str) -> None:
    """Let go of every folder: a clean stop."""
    held = mailboxes.c.lease_owner == owner
    connection.execute(update(mailboxes).where(held).values(lease_owner="", lease_until=None))


def is_held(connection: Connection, name: str, owner: str) -> bool:
    """Whether the folder is still ours to collect, kept from others until the turn ends (fencing)."""
    ours = select(mailboxes.c.id).where(mailboxes.c.name == name, mailboxes.c.lease_owner == owner)
    return connection.execute(ours.with_for_update()).first() is not None


def opened(
    connection: Connection, name: str, uidvalidity: int, uidnext: int, now: datetime, *, keeps_history: bool
) -> Mailbox:
    """The server has shown the folder: how we know it. The first time, what is there is history where it
    `keeps_history`; another UIDVALIDITY, or a UIDNEXT that is not beyond what we know, begins a new generation."""
    row = connection.execute(select(mailboxes).where(mailboxes.c.name == name).with_for_update()).one()
    if row.generation == 0:
        below = uidnext if keeps_history else 1
        new: dict[str, Any] = {"generation": 1, "history_below": below, "first_looked_at": now}
    elif row.uidvalidity != uidvalidity or uidnext <= _highest(connection, row.id, row.generation):
        new = {"generation": row.generation + 1, "history_below": 1}
    else:
        new = {}
    new |= {"uidvalidity": uidvalidity, "uidnext": uidnext}
    connection.execute(update(mailboxes).where(mailboxes.c.id == row.id).values(new))
    return _mailbox(connection.execute(select(mailboxes).where(mailboxes.c.id == row.id)).one())


def _highest(connection: Connection, mailbox: int, generation: int) -> int:
    chosen = collected.c.mailbox_id == mailbox, collected.c.generation == generation
    return connection.execute(select(func.max(collected.c.uid)).where(*chosen)).scalar() or 0


def uids(connection: Connection, mailbox: Mailbox, stand: Stand | None = None) -> list[int]:
    """The UIDs of this generation that the journal has, in rising order; those of one `stand`."""
    query = select(collected.c.uid).where(
        collected.c.mailbox_id == mailbox.id, collected.c.generation == mailbox.generation
    )
    if stand is not None:
        query = query.where(collected.c.stand == stand.value)
    return list(connection.execute(query.order_by(collected.c.uid)).scalars())


def known(connection: Connection, mailbox: Mailbox, found: Sequence[Found]) -> dict[int, Stand]:
    """Which of these the journal has already, and what is to be done with them. One of an earlier generation with the
    same bytes is this one under its new UID: each row is taken for one message."""
    chosen = [one.uid for one in found]
    here = connection.execute(
        select(collected.c.uid, collected.c.stand).where(
            collected.c.mailbox_id == mailbox.id,
            collected.c.generation == mailbox.generation,
            collected.c.uid.in_(chosen),
        )
    )
    there = {uid: Stand(stand) for uid, stand in here}
    if mailbox.generation > 1:
        for one in found:
            if one.uid not in there and (stand := _carried(connection, mailbox, one)) is not None:
                there[one.uid] = stand
    return there


def _carried(connection: Connection, mailbox: Mailbox, one: Found) -> Stand | None:
    """The row of an earlier generation that is this message; it has its new UID from now on."""
    earlier = (
        select(collected.c.generation, collected.c.uid, collected.c.stand)
        .where(
            collected.c.mailbox_id == mailbox.id,
            collected.c.sha256 == one.sha256,
            collected.c.generation < mailbox.generation,
        )
        .order_by(collected.c.generation, collected.c.uid)
        .limit(1)
    )
    row = connection.execute(earlier).first()
    if row is None:
        return None
    # what we had moved is back: it is moved again; what was never ours to move stays
    stand = Stand.LEFT if row.stand == Stand.LEFT.value else one.stand
    connection.execute(
        update(collected)
        .where(
            collected.c.mailbox_id == mailbox.id,
            collected.c.generation == row.generation,
            collected.c.uid == row.uid,
        )
        .values(generation=mailbox.generation, uid=one.uid, stand=stand.value)
    )
    return stand


def keep(connection: Connection, mailbox: Mailbox, rows: Sequence[tuple[Found, int]], now: datetime) -> None:
    """Note these messages with the numbers of their journal rows, in the turn that writes those."""
    insert_all(
        connection,
        collected,
        [
            {
                "mailbox_id": mailbox.id,
                "generation": mailbox.generation,
                "uid": one.uid,
                "journal_id": number,
                "sha256": one.sha256,
                "stand": one.stand.value,
                "at": now,
            }
            for one, number in rows
        ],
    )


def settled(connection: Connection, mailbox: Mailbox, done: Collection[int]) -> None:
    """Nothing is left to do with these: they were moved or flagged, or are not on the server any more."""
    for start in range(0, len(chosen := sorted(done)), 500):
        connection.execute(
            update(collected)
            .where(
                collected.c.mailbox_id == mailbox.id,
                collected.c.generation == mailbox.generation,
                collected.c.uid.in_(chosen[start : start + 500]),
                collected.c.stand == Stand.DUE.value,
            )
            .values(stand=Stand.DONE.value)
        )


def looked(
    connection: Connection,
    name: str,
    now: datetime,
    *,
    there: int | None = None,
    known: int | None = None,
    withheld: int | None = None,
    problem: str = "",
) -> None:
    """How the last look ended: how many messages the server counts, how many of these the journal has, how many could
    not be taken as they are; or the problem, and then the counts stay."""
    new: dict[str, Any] = {"problem": problem[:500]}
    if not problem:
        new |= {"looked_at": now, "there": there, "known": known, "withheld": withheld}
    connection.execute(update(mailboxes).where(mailboxes.c.name == name).values(new))


def listing(connection: Connection) -> list[Mailbox]:
    """All folders that were ever collected, oldest first."""
    return [_mailbox(row) for row in connection.execute(select(mailboxes).order_by(mailboxes.c.id))]


def _mailbox(row: Any) -> Mailbox:
    return Mailbox(
        id=row.id,
        name=row.name,
        generation=row.generation,
        uidvalidity=row.uidvalidity,
        uidnext=row.uidnext,
        history_below=row.history_below,
        first_looked_at=row.first_looked_at,
        looked_at=row.looked_at,
        there=row.there,
        known=row.known,
        withheld=row.withheld,
        problem=row.problem,
    )


def runs(numbers: Sequence[int]) -> Ranges:
    """Rising numbers as runs."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
