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

from sqlalchemy import Connection, and_, func, or_, select, update

from store.engine import insert_all, insert_missing
from store.journal import Lease
from store.tables import collected, journal, mailboxes

Ranges = tuple[tuple[int, int], ...]
"""UIDs as runs, both ends included: ((1, 4), (7, 7))."""
_LONGEST = 500
"""Characters of a problem that are kept."""


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
class Withheld:
    """A message that could not be taken as it is: its row of the journal, why, and whether it is yet to be moved."""

    journal_id: int
    generation: int
    uid: int
    stand: Stand
    at: datetime
    sender: str
    reason: str
    verdict: str | None


@dataclass(frozen=True, slots=True)
class Refusals:
    """How many messages of a folder could not be taken as they are, and when the last of them was kept."""

    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message of the folder: its UID, its bytes by their hash, what is to be done with it once it is kept."""

    uid: int
    sha256: str
    stand: Stand


def hold(connection: Connection, name: str, lease: Lease, now: datetime) -> bool:
    """Keep everybody else from collecting this folder until the lease ends; False: somebody else does it. `now` is by
    the clock that leases go by."""
    free = or_(mailboxes.c.lease_owner.in_(["", lease.owner]), mailboxes.c.lease_until < now)
    row = {"lease_owner": lease.owner, "lease_until": lease.until}
    take = update(mailboxes).where(mailboxes.c.name == name, free).values(row)
    if connection.execute(take).rowcount:
        return True
    insert_missing(connection, mailboxes, [{"name": name, "first_looked_at": now}])  # two machines may start at once
    return bool(connection.execute(take).rowcount)


def release(connection: Connection, owner: str, name: str | None = None) -> None:
    """Let go of every folder: a clean stop. Of one, where it is named."""
    held = mailboxes.c.lease_owner == owner
    if name is not None:
        held &= mailboxes.c.name == name
    connection.execute(update(mailboxes).where(held).values(lease_owner="", lease_until=None))


def release_all(connection: Connection) -> None:
    """Let go of every folder in anybody's hand: only for whoever holds the desk's lock."""
    held = mailboxes.c.lease_owner != ""
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


def had(connection: Connection, mailbox: Mailbox) -> Ranges:
    """The UIDs of this generation that the journal has, as runs in rising order: numbers that follow each other differ
    from their row's number by the same amount. So a million of them are a few rows."""
    here = collected.c.mailbox_id == mailbox.id, collected.c.generation == mailbox.generation
    step = (collected.c.uid - func.row_number().over(order_by=collected.c.uid)).label("step")
    rows = select(collected.c.uid, step).where(*here).subquery()
    first = func.min(rows.c.uid)
    query = select(first, func.max(rows.c.uid)).group_by(rows.c.step).order_by(first)
    return tuple((start, end) for start, end in connection.execute(query))


def due(connection: Connection, mailbox: Mailbox) -> dict[int, bool]:
    """The UIDs of this generation that are still to be moved or flagged, each with whether it could not be taken as it
    is: then it goes where refused mail goes."""
    query = (
        select(collected.c.uid, journal.c.withheld)
        .join(journal, journal.c.id == collected.c.journal_id)
        .where(
            collected.c.mailbox_id == mailbox.id,
            collected.c.generation == mailbox.generation,
            collected.c.stand == Stand.DUE.value,
        )
    )
    return {uid: bool(withheld) for uid, withheld in connection.execute(query.order_by(collected.c.uid))}


def stuck(connection: Connection, before: datetime) -> dict[int, int]:
    """Of each folder, by its number, that has any: how many messages were kept before that instant and are still to be
    moved or flagged."""
    here = and_(mailboxes.c.id == collected.c.mailbox_id, mailboxes.c.generation == collected.c.generation)
    query = (
        select(collected.c.mailbox_id, func.count().label("messages"))
        .join(mailboxes, here)
        .where(collected.c.stand == Stand.DUE.value, collected.c.at < before)
        .group_by(collected.c.mailbox_id)
    )
    return {row.mailbox_id: row.messages for row in connection.execute(query)}


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
    # what we had moved is back: it is moved again; what was never ours to move stays. That was settled by its first
    # UID: its date, by a server's clock and in whole seconds, is a guess for messages that have no row
    is_old = row.stand == Stand.LEFT.value
    stand = Stand.DUE if one.stand is Stand.LEFT and not is_old else Stand.LEFT if is_old else one.stand
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


def looked(connection: Connection, name: str, now: datetime, *, there: int, known: int, withheld: int) -> None:
    """A whole look has ended: how many messages the server counts, how many of these the journal has, how many could
    not be taken as they are. Whatever was the problem is none any more."""
    new = {"looked_at": now, "there": there, "known": known, "withheld": withheld, "problem": ""}
    connection.execute(update(mailboxes).where(mailboxes.c.name == name).values(new))


def troubled(connection: Connection, name: str, problem: str) -> None:
    """Why the folder cannot be collected now; the counts of the last look stay."""
    connection.execute(update(mailboxes).where(mailboxes.c.name == name).values(problem=problem[:_LONGEST]))


def listing(connection: Connection) -> list[Mailbox]:
    """All folders that were ever collected, oldest first."""
    return [_mailbox(row) for row in connection.execute(select(mailboxes).order_by(mailboxes.c.id))]


def refusals(connection: Connection) -> dict[int, Refusals]:
    """Of each folder, by its number, that has any: the messages that could not be taken as they are."""
    query = (
        select(collected.c.mailbox_id, func.count(), func.max(collected.c.at))
        .join(journal, journal.c.id == collected.c.journal_id)
        .where(journal.c.withheld != "")
        .group_by(collected.c.mailbox_id)
    )
    return {mailbox: Refusals(count, last_at) for mailbox, count, last_at in connection.execute(query)}


def withheld(connection: Connection, mailbox: int, limit: int) -> list[Withheld]:
    """The messages of this folder that could not be taken as they are: the newest `limit`, oldest first."""
    query = (
        select(
            collected.c.generation, collected.c.uid, collected.c.stand, collected.c.at, journal.c.id,
            journal.c.envelope_from, journal.c.withheld, journal.c.verdict,
        )
        .join(journal, journal.c.id == collected.c.journal_id)
        .where(collected.c.mailbox_id == mailbox, journal.c.withheld != "")
        .order_by(journal.c.id.desc())
        .limit(limit)
    )  # fmt: skip
    found = [
        Withheld(
            journal_id=row.id,
            generation=row.generation,
            uid=row.uid,
            stand=Stand(row.stand),
            at=row.at,
            sender=row.envelope_from,
            reason=row.withheld,
            verdict=row.verdict,
        )
        for row in connection.execute(query)
    ]
    return found[::-1]


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


def joined(ranges: Ranges, numbers: Collection[int]) -> Ranges:
    """Runs with some more numbers in them, in rising order, none touching the next."""
    found: list[tuple[int, int]] = []
    for start, end in sorted([*ranges, *((number, number) for number in numbers)]):
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)
