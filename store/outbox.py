"""The outbox: what leaves, one row a mail to one person; leased to a sender, rendered once, the same bytes every time.

In: leases, rendered bytes, results. Out: rows to send and rows for `queue list`. Delivery is at least once: a row is
marked sent only after the remote has said so, and whatever is attempted again has the same Message-ID and bytes. The
word of somebody who no longer holds a row changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    RowMapping,
    Select,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    tuple_,
    update,
)

from store.engine import insert_missing, lease_now, run_many
from store.journal import Lease
from store.records import Direction, OutboxState, Probe, Purpose
from store.tables import IS_FRESH, IS_WAITING, letters, messages, outbox

QUEUED, SENDING = OutboxState.QUEUED.value, OutboxState.SENDING.value
HELD, FAILED = OutboxState.HELD.value, OutboxState.FAILED.value

AGAIN_SHARE = 4
"""One in so many places of a claim is kept for mails that are tried again, while both wait."""


class OutboxClash(Exception):
    """A mail cannot be kept because its number or its Message-ID is another mail's. Nothing of the turn is kept."""


def claim(
    connection: Connection,
    lease: Lease,
    now: datetime,
    limit: int,
    again: int | None = None,
    lease_now: datetime | None = None,
) -> Sequence[RowMapping]:
    """Take up to `limit` mails that are due and in nobody's hand, oldest first, at most `again` that were tried before.

    Mail that was never tried goes before mail that is tried again: a queue that comes due as a whole after an outage
    must not keep today's mail waiting. A share of each claim stays with the old ones, so that they go too.
    """
    fresh = _due(connection, now, lease_now or now, limit, is_fresh=True)
    share = max(limit - len(fresh), limit // AGAIN_SHARE)
    most = share if again is None else min(share, again)
    old = _due(connection, now, lease_now or now, most, is_fresh=False)
    numbers = [*fresh[: limit - len(old)], *old]
    if not numbers:
        return []
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(numbers))
        .values(state=SENDING, lease_owner=lease.owner, lease_until=lease.until)
    )
    return connection.execute(_whole().where(outbox.c.id.in_(numbers)).order_by(outbox.c.id)).mappings().all()


def _due(connection: Connection, now: datetime, lease_now: datetime, limit: int, *, is_fresh: bool) -> Sequence[int]:
    if limit <= 0:
        return []
    query = (
        select(outbox.c.id)
        .where(IS_FRESH if is_fresh else and_(IS_WAITING, outbox.c.attempts > 0), outbox.c.next_attempt_at <= now)
        .where(or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < lease_now))
        .order_by(outbox.c.next_attempt_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).scalars().all()


def append(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add mails with their `letter`; one that stands there already (ticket, purpose, round, person) stays as it is.

    The twin that is left out loses its lease in `rows`, so that nobody sends what is not kept. A number or Message-ID
    that another mail has is no twin: `OutboxClash`.
    """
    if not rows:
        return
    standing = _of_no_ticket(connection, rows)
    new = []
    for row in rows:
        if row["ticket_id"] is None:
            if _occasion(row) in standing:
                continue
            standing.add(_occasion(row))
        new.append(row)
    insert_missing(connection, outbox, [{k: v for k, v in row.items() if k != "letter"} for row in new])
    kept = {row.id: row.message_id for row in connection.execute(_KEPT, {"wanted": [row["id"] for row in rows]})}
    left_out = [row for row in rows if kept.get(row["id"]) != row["message_id"]]
    if left_out:
        _leave_out(connection, left_out)
    numbers = {row["id"] for row in rows} - {row["id"] for row in left_out}
    fresh = [{"outbox_id": row["id"], "letter": row["letter"]} for row in rows if row["id"] in numbers]
    insert_missing(connection, letters, fresh)


_OCCASION = (outbox.c.ticket_id, outbox.c.purpose, outbox.c.round, outbox.c.person_id)


def _occasion(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in _OCCASION)


def _of_no_ticket(connection: Connection, rows: Sequence[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """The occasions of mails about no ticket that stand there already: to a unique constraint no NULL is another's."""
    wanted = [row for row in rows if row["ticket_id"] is None]
    if not wanted:
        return set()
    theirs = select(*_OCCASION).where(
        outbox.c.ticket_id.is_(None),
        outbox.c.purpose.in_({row["purpose"] for row in wanted}),
        outbox.c.round.in_({row["round"] for row in wanted}),
    )
    return {tuple(row) for row in connection.execute(theirs)}


def _leave_out(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    standing = _of_no_ticket(connection, rows)
    wanted = [_occasion(row) for row in rows if row["ticket_id"] is not None]
    if wanted:
        standing.update(
            tuple(row) for row in connection.execute(select(*_OCCASION).where(tuple_(*_OCCASION).in_(wanted)))
        )
    for row in rows:
        if _occasion(row) not in standing:
            raise OutboxClash(f"outgoing mail {row['id']} ({row['message_id']}) would take another mail's place")
        row.update(lease_owner="", lease_until=None)


_KEPT = select(outbox.c.id, outbox.c.message_id).where(outbox.c.id.in_(bindparam("wanted", expanding=True)))


def _whole() -> Select[Any]:
    """Rows with their letter and their bytes."""
    return select(outbox, letters.c.letter, letters.c.rendered).join(letters)


_HOLDERS = (
    select(outbox.c.id, outbox.c.lease_owner)
    .where(outbox.c.id.in_(bindparam("wanted", expanding=True)), outbox.c.state == SENDING)
    .order_by(outbox.c.id)  # everybody locks in the same order: no two wait for each other
    .with_for_update()
)


def still_held(connection: Connection, holders: Mapping[int, str]) -> set[int]:
    """Which of these mails their holders still have in hand; nobody can take those over in this transaction."""
    if not holders:
        return set()
    rows = connection.execute(_HOLDERS, {"wanted": sorted(holders)})
    return {number for number, owner in rows if owner and owner == holders[number]}


_RENDERED = update(letters).where(letters.c.outbox_id == bindparam("number")).values(rendered=bindparam("content"))


def keep_rendered(connection: Connection, holders: Mapping[int, str], rendered: Mapping[int, bytes]) -> set[int]:
    """Store the bytes of mails that were rendered for their first attempt; which of them are their holder's still."""
    ours = still_held(connection, {number: holders[number] for number in rendered})
    if ours:
        run_many(connection, _RENDERED, [{"number": n, "content": rendered[n]} for n in sorted(ours)])
    return ours


_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), outbox.c.lease_owner == bindparam("owner"), outbox.c.state == SENDING)
    .values(
        state=bindparam("new_state"),
        attempts=outbox.c.attempts + bindparam("charge"),
        next_attempt_at=bindparam("new_next"),
        last_code=bindparam("new_code"),
        last_text=bindparam("new_text"),
        sent_at=bindparam("new_sent"),
        lease_owner="",
        lease_until=None,
    )
)


def record(connection: Connection, results: Sequence[Mapping[str, Any]]) -> set[int]:
    """Write what became of attempts: number, owner, charge, new_state, new_next, new_code, new_text and new_sent each.

    The numbers of those that `owner` still held; of the others nothing is written.
    """
    ours = still_held(connection, {result["number"]: result["owner"] for result in results})
    if ours:
        run_many(connection, _SENT, [result for result in results if result["number"] in ours])
    return ours


_PUT_BACK = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"), outbox.c.lease_owner == bindparam("owner"), outbox.c.state == SENDING)
    .values(state=QUEUED, lease_owner="", lease_until=None)
)


def put_back(connection: Connection, holders: Mapping[int, str]) -> None:
    """Give back mails that nobody has tried: they are due as they were, and nothing is charged."""
    if holders:
        run_many(connection, _PUT_BACK, [{"number": number, "owner": owner} for number, owner in holders.items()])


def renew(connection: Connection, lease: Lease, numbers: Sequence[int]) -> set[int]:
    """Keep hold of what is still in hand; which that is. The others are somebody else's by now."""
    ours = still_held(connection, dict.fromkeys(numbers, lease.owner))
    if ours:
        connection.execute(update(outbox).where(outbox.c.id.in_(sorted(ours))).values(lease_until=lease.until))
    return ours


def release(connection: Connection, owner: str) -> None:
    """Give back everything that `owner` has in hand: a clean stop."""
    connection.execute(
        update(outbox)
        .where(IS_WAITING, outbox.c.lease_owner == owner, outbox.c.state == SENDING)
        .values(state=QUEUED, lease_owner="", lease_until=None)
    )


def release_all(connection: Connection) -> None:
    """Give back everything in anybody's hand: only for whoever holds the desk's lock."""
    connection.execute(
        update(outbox)
        .where(IS_WAITING, outbox.c.state == SENDING)
        .values(state=QUEUED, lease_owner="", lease_until=None)
    )


def mark_delivery(connection: Connection, message_id: str, state: str, detail: str) -> None:
    """A bounce's word about a mail of ours: `failed` ends it, `delayed` is only noted, and not of one that has failed:
    reports overtake each other."""
    values: dict[str, Any] = {"last_text": f"{state}: {detail}"}
    change = update(outbox).where(outbox.c.message_id == message_id)
    if state == "failed":
        values |= {"state": FAILED, "lease_owner": "", "lease_until": None}
    else:
        change = change.where(outbox.c.state != FAILED)
    connection.execute(change.values(values))


def note_receipt(connection: Connection, number: int, how: str, by: int) -> None:
    """Mail `by` says what has come of a test mail; what was said before of the same kind stays. It stands with the
    letter, which no attempt to send it changes."""
    row = select(letters.c.letter).where(letters.c.outbox_id == number).with_for_update()  # two machines may hear of it
    found = connection.execute(row).scalar_one_or_none()
    if found is None or how in found.get(RECEIPTS, {}):
        return
    said = {**found, RECEIPTS: {**found.get(RECEIPTS, {}), how: by}}
    connection.execute(update(letters).where(letters.c.outbox_id == number).values(letter=said))


RECEIPTS = "receipts"
"""Where a letter has them."""


def receipts(letter: Mapping[str, Any]) -> dict[str, int]:
    """What has come of a test mail, and the mail that says so."""
    return {str(how): int(by) for how, by in letter.get(RECEIPTS, {}).items()}


def probes(connection: Connection, numbers: Sequence[int]) -> list[Probe]:
    """These test mails with what has come of them."""
    columns = (outbox.c.id, outbox.c.to_address, letters.c.letter)
    found = connection.execute(select(*columns).join(letters).where(outbox.c.id.in_(numbers)))
    return [Probe(number=row.id, to=row.to_address, receipts=receipts(row.letter)) for row in found]


def written(connection: Connection, message_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Who wrote these mails of ours in the name of the desk, and their words: (address, text) by Message-ID."""
    found = connection.execute(
        select(messages.c.message_id, messages.c.from_address, messages.c.text).where(
            messages.c.message_id.in_(message_ids), messages.c.direction == Direction.OUT.value
        )
    )
    return {row.message_id: (row.from_address, row.text) for row in found}


def told_of(connection: Connection, tickets: Sequence[int]) -> set[tuple[int, str]]:
    """The failed mails (ticket, number as the notice's round) that somebody was told of before."""
    found = connection.execute(
        select(outbox.c.ticket_id, outbox.c.round).where(
            outbox.c.ticket_id.in_(tickets), outbox.c.purpose == Purpose.UNDELIVERED.value
        )
    )
    return {(row.ticket_id, row.round) for row in found}


def move(connection: Connection, number: int, from_states: Sequence[str], to: str, now: datetime) -> bool:
    """An operator's hand: `queue retry|hold|release`; whether the row was in one of `from_states`."""
    done = connection.execute(
        update(outbox)
        .where(outbox.c.id == number, _stands(from_states, lease_now(connection, now)))
        .values(_moved(to, now))
    )
    if done.rowcount and FAILED in from_states:
        _forget_telling(connection, number)
    return bool(done.rowcount)


def move_all(connection: Connection, from_states: Sequence[str], to: str, now: datetime) -> list[int]:
    """The same for all that are in one of `from_states`, which failed ones never are: their numbers."""
    moved = connection.execute(
        update(outbox)
        .where(_stands(from_states, lease_now(connection, now)))
        .values(_moved(to, now))
        .returning(outbox.c.id)
    )
    return sorted(moved.scalars())


def _stands(states: Sequence[str], lease_clock: datetime) -> ColumnElement[bool]:
    """In one of `states`. A mail that was with a sender whose lease has ended waits: that sender is gone."""
    stands = outbox.c.state.in_(states)
    if QUEUED not in states:
        return stands
    return or_(stands, and_(outbox.c.state == SENDING, outbox.c.lease_until < lease_clock))


def _moved(to: str, now: datetime) -> dict[str, Any]:
    """What an operator lets go begins anew: it has all its attempts and five days before it, however old it is."""
    anew = {"attempts": 0, "created_at": now} if to == QUEUED else {}
    return {"state": to, "next_attempt_at": now, "lease_owner": "", "lease_until": None} | anew


def _forget_telling(connection: Connection, number: int) -> None:
    """Who was told that this mail failed is told again when it fails again: what was told is of an earlier round."""
    ticket = select(outbox.c.ticket_id).where(outbox.c.id == number).scalar_subquery()
    connection.execute(
        update(outbox)
        .where(outbox.c.ticket_id == ticket, outbox.c.purpose == Purpose.UNDELIVERED.value)
        .where(outbox.c.round == str(number))
        .values(round=outbox.c.round + "." + cast(outbox.c.id, String))
    )


def count(connection: Connection, state: str) -> int:
    """How many mails are in this state."""
    return int(connection.execute(select(func.count()).where(outbox.c.state == state)).scalar_one())


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One row with its letter and bytes, or None."""
    return connection.execute(_whole().where(outbox.c.id == number)).one_or_none()


def listing(connection: Connection, limit: int | None = None, state: str | None = None) -> Sequence[Row[Any]]:
    """Rows oldest first; with `limit` the newest ones only, still oldest first."""
    query = select(outbox)
    if state:
        query = query.where(outbox.c.state == state)
    if limit is not None:
        newest = query.with_only_columns(outbox.c.id).order_by(outbox.c.id.desc()).limit(limit)
        query = query.where(outbox.c.id.in_(newest))
    return connection.execute(query.order_by(outbox.c.id)).all()
