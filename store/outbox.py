"""The outbox: what leaves, one row a mail to one person; leased to a sender, rendered once, the same bytes every time.

In: leases, rendered bytes, results. Out: rows to send and rows for `queue list`. Delivery is at least once: a row is
marked sent only after the remote has said so, and whatever is attempted again has the same Message-ID and bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, Select, bindparam, or_, select, update

from store.engine import insert_missing, run_many
from store.journal import Lease
from store.records import OutboxState
from store.tables import letters, outbox

QUEUED, SENDING, SENT, HELD, FAILED = (state.value for state in OutboxState)


def claim(connection: Connection, lease: Lease, now: datetime, limit: int) -> Sequence[RowMapping]:
    """Take up to `limit` mails that are due and in nobody's hand, oldest first."""
    due = (
        select(outbox.c.id)
        .where(outbox.c.state.in_((QUEUED, SENDING)))
        .where(outbox.c.next_attempt_at <= now)
        .where(or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < now))
        .order_by(outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    numbers = connection.execute(due).scalars().all()
    if not numbers:
        return []
    connection.execute(
        update(outbox)
        .where(outbox.c.id.in_(numbers))
        .values(state=SENDING, lease_owner=lease.owner, lease_until=lease.until)
    )
    return connection.execute(_whole().where(outbox.c.id.in_(numbers)).order_by(outbox.c.id)).mappings().all()


def append(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add mails with their `letter`; one that stands there already (ticket, purpose, round, person) stays as it is."""
    if not rows:
        return
    insert_missing(connection, outbox, [{k: v for k, v in row.items() if k != "letter"} for row in rows])
    numbers = [row["id"] for row in rows]
    taken = set(connection.execute(_TAKEN, {"wanted": numbers}).scalars())  # a replay's mails stand there already
    fresh = [{"outbox_id": row["id"], "letter": row["letter"]} for row in rows if row["id"] in taken]
    insert_missing(connection, letters, fresh)


_TAKEN = select(outbox.c.id).where(outbox.c.id.in_(bindparam("wanted", expanding=True)))


def _whole() -> Select[Any]:
    """Rows with their letter and their bytes."""
    return select(outbox, letters.c.letter, letters.c.rendered).join(letters)


_RENDERED = update(letters).where(letters.c.outbox_id == bindparam("number")).values(rendered=bindparam("content"))


def keep_rendered(connection: Connection, rendered: Mapping[int, bytes]) -> None:
    """Store the bytes of mails that were rendered for their first attempt."""
    if rendered:
        run_many(connection, _RENDERED, [{"number": n, "content": content} for n, content in rendered.items()])


_SENT = (
    update(outbox)
    .where(outbox.c.id == bindparam("number"))
    .values(
        state=bindparam("new_state"),
        attempts=outbox.c.attempts + 1,
        next_attempt_at=bindparam("new_next"),
        last_code=bindparam("new_code"),
        last_text=bindparam("new_text"),
        sent_at=bindparam("new_sent"),
        lease_owner="",
        lease_until=None,
    )
)


def record(connection: Connection, results: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of attempts: rows with number, new_state, new_next, new_code, new_text, new_sent."""
    if results:
        run_many(connection, _SENT, results)


def renew(connection: Connection, lease: Lease, numbers: Sequence[int]) -> None:
    """Keep hold of what is still in hand."""
    if numbers:
        connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(numbers), outbox.c.lease_owner == lease.owner)
            .values(lease_until=lease.until)
        )


def release(connection: Connection, owner: str) -> None:
    """Give back everything that `owner` has in hand: a clean stop."""
    connection.execute(
        update(outbox)
        .where(outbox.c.lease_owner == owner, outbox.c.state == SENDING)
        .values(state=QUEUED, lease_owner="", lease_until=None)
    )


def release_all(connection: Connection) -> None:
    """Give back everything in anybody's hand: only for whoever holds the desk's lock."""
    connection.execute(
        update(outbox).where(outbox.c.state == SENDING).values(state=QUEUED, lease_owner="", lease_until=None)
    )


def mark_delivery(connection: Connection, message_id: str, state: str, detail: str) -> None:
    """A bounce's word about a mail of ours: `failed` ends it, `delayed` is only noted."""
    values: dict[str, Any] = {"last_text": f"{state}: {detail}"}
    if state == "failed":
        values["state"] = FAILED
    connection.execute(update(outbox).where(outbox.c.message_id == message_id).values(values))


def move(connection: Connection, number: int, from_states: Sequence[str], to: str, now: datetime) -> bool:
    """An operator's hand: `queue retry|hold|release`; whether the row was in one of `from_states`."""
    done = connection.execute(
        update(outbox)
        .where(outbox.c.id == number, outbox.c.state.in_(from_states))
        .values(state=to, next_attempt_at=now, lease_owner="", lease_until=None)
    )
    return bool(done.rowcount)


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
