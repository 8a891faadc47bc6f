"""The journal: every accepted message, its lease while it is in hand, and its one verdict.

In: raw bytes with their envelope, later a decision. Out: entries to settle, and rows for `mail list` and `mail show`.
A row is never deleted by settling; a verdict may be replaced by a later look, the earlier one stays in the trace.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, exists, func, or_, select, update

from parsing.message import AuthMethod, AuthResults
from store import blobs
from store.engine import allocate, insert_all, run_many
from store.records import Decision, Entry, Envelope, Step, Verdict
from store.tables import IS_WAITING, chores, journal, outbox, timers


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What a door hands over: the envelope and the bytes exactly as they came.

    `content` is None when `blobs.keep` or its steps have written the bytes before, in turns of their own. `withheld`
    says why these are not all bytes that the message has.
    """

    envelope: Envelope
    content: bytes | None
    sha256: str
    size: int
    withheld: str = ""

    @classmethod
    def of(cls, envelope: Envelope, content: bytes, withheld: str = "") -> Received:
        digest = sha256(content).hexdigest()
        return cls(envelope=envelope, content=content, sha256=digest, size=len(content), withheld=withheld)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Whose hand a row is in, and until when; after that anybody may take it."""

    owner: str
    until: datetime


def append(connection: Connection, received: Sequence[Received], lease: Lease | None = None) -> list[Entry]:
    """Write messages into the journal, leased to the settler that will read them at once, or to nobody.

    They count as accepted only after the surrounding turn has committed.
    """
    if not received:
        return []
    blobs.write(connection, {item.sha256: item.content for item in received if item.content is not None})
    numbers = allocate(connection, journal, len(received))
    rows = []
    for number, item in zip(numbers, received, strict=True):
        envelope = item.envelope
        rows.append(
            {
                "id": number,
                "received_at": envelope.received_at,
                "door": envelope.door,
                "client": envelope.client,
                "hello": envelope.hello,
                "login": envelope.login,
                "envelope_from": envelope.sender,
                "envelope_to": list(envelope.recipients),
                "history": envelope.history,
                "sha256": item.sha256,
                "size": item.size,
                "withheld": item.withheld,
                "waited_since": envelope.waited_since,
                "lease_owner": lease.owner if lease else "",
                "lease_until": lease.until if lease else None,
            }
        )
    insert_all(connection, journal, rows)
    return [
        Entry(id=number, envelope=item.envelope, sha256=item.sha256, size=item.size, withheld=item.withheld)
        for number, item in zip(numbers, received, strict=True)
    ]


def claim(connection: Connection, lease: Lease, now: datetime, limit: int, most_bytes: int = 64 << 20) -> list[Entry]:
    """Take up to `limit` undecided messages that are in nobody's hand, oldest first, and about `most_bytes` of them.

    Those whose lease has run out come first: they are the older ones. Asked apart, both come in the index's own order,
    whatever the size of the journal and of the backlog.
    """
    rows: list[Row[Any]] = []
    for free in (journal.c.lease_until < now, journal.c.lease_until.is_(None)):
        if len(rows) < limit:
            query = select(journal).where(journal.c.verdict.is_(None), free)
            query = query.order_by(journal.c.lease_until, journal.c.id).limit(limit - len(rows))
            rows += connection.execute(query.with_for_update(skip_locked=True)).all()
    rows = _as_many_as(most_bytes, sorted(rows, key=lambda row: row.id))
    if rows:
        connection.execute(
            update(journal)
            .where(journal.c.id.in_([row.id for row in rows]))
            .values(lease_owner=lease.owner, lease_until=lease.until)
        )
    return [entry(row) for row in rows]


def _as_many_as(most_bytes: int, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The first of the rows that have so many bytes together; one in any case."""
    chosen: list[Row[Any]] = []
    for row in rows:
        if chosen and most_bytes < row.size:
            break
        most_bytes -= row.size
        chosen.append(row)
    return chosen


def still_ours(connection: Connection, owner: str, numbers: Sequence[int]) -> set[int]:
    """Those of the numbers that are undecided and in `owner`'s hand, kept from others until the turn ends (fencing)."""
    held = select(journal.c.id).where(
        journal.c.id.in_(numbers), journal.c.verdict.is_(None), journal.c.lease_owner == owner
    )
    return set(connection.execute(held.with_for_update()).scalars())


def renew(connection: Connection, lease: Lease, numbers: Sequence[int]) -> None:
    """Keep hold of what is still in hand."""
    if numbers:
        connection.execute(
            update(journal)
            .where(journal.c.id.in_(numbers), journal.c.lease_owner == lease.owner)
            .values(lease_until=lease.until)
        )


def release(connection: Connection, owner: str) -> None:
    """Give back everything that `owner` has in hand, uncharged: a clean stop."""
    connection.execute(
        update(journal)
        .where(journal.c.lease_owner == owner, journal.c.verdict.is_(None))
        .values(lease_owner="", lease_until=None)
    )


def release_all(connection: Connection) -> None:
    """Give back everything in anybody's hand: only for whoever holds the desk's lock."""
    connection.execute(
        update(journal)
        .where(journal.c.verdict.is_(None), journal.c.lease_owner != "")
        .values(lease_owner="", lease_until=None)
    )


def anything_due(connection: Connection, now: datetime, lease_now: datetime | None = None) -> bool:
    """Whether a message, a timer, a chore or an outgoing mail waits for somebody to take it: one look, no lock."""
    lease_now = lease_now or now
    free = or_(journal.c.lease_until.is_(None), journal.c.lease_until < lease_now)
    mail = select(journal.c.id).where(journal.c.verdict.is_(None), free)
    timer = select(timers.c.ticket_id).where(timers.c.due_at <= now, timers.c.state == "running")
    unleased = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < lease_now)
    letter = select(outbox.c.id).where(IS_WAITING, outbox.c.next_attempt_at <= now, unleased)
    chore = select(chores.c.name).where(chores.c.due_at <= now)
    waits = or_(exists(mail), exists(timer), exists(letter), exists(chore))
    return bool(connection.execute(select(waits)).scalar())


def contents(connection: Connection, entries: Sequence[Entry], most: int = 1 << 40) -> list[bytes | None]:
    """The raw bytes of each entry; None for those of more than `most` bytes, which are read from a file."""
    return [None if item.size > most else blobs.read(connection, item.sha256) or b"" for item in entries]


def imported(connection: Connection, hashes: Sequence[str]) -> Counter[tuple[str, tuple[str, ...]]]:
    """How often imports have brought these messages before, by content and recipients."""
    rows = connection.execute(
        select(journal.c.sha256, journal.c.envelope_to).where(journal.c.sha256.in_(hashes), journal.c.door == "import")
    )
    return Counter((digest, tuple(recipients)) for digest, recipients in rows)


def verdicts(connection: Connection, numbers: Sequence[int]) -> tuple[dict[str, int], int]:
    """How often each verdict was given to these messages, and how many have none yet."""
    counts: Counter[str | None] = Counter()
    for start in range(0, len(numbers), 500):
        chosen = journal.c.id.in_(numbers[start : start + 500])
        for verdict, count in connection.execute(
            select(journal.c.verdict, func.count()).where(chosen).group_by(journal.c.verdict)
        ):
            counts[verdict] += count
    undecided = counts.pop(None, 0)
    return {str(verdict): count for verdict, count in counts.items()}, undecided


def charge(connection: Connection, number: int) -> int:
    """Count one death of a reader over this message; the new count."""
    done = connection.execute(
        update(journal)
        .where(journal.c.id == number)
        .values(attempts=journal.c.attempts + 1)
        .returning(journal.c.attempts)
    )
    return int(done.scalar_one())


_DECIDE = (
    update(journal)
    .where(journal.c.id == bindparam("number"))
    .values(
        verdict=bindparam("new_verdict"),
        reason=bindparam("new_reason"),
        decided_at=bindparam("new_decided_at"),
        ticket_id=bindparam("new_ticket_id"),
        trust=bindparam("new_trust"),
        mailbox=bindparam("new_mailbox"),
        message_id=bindparam("new_message_id"),
        content_hash=bindparam("new_content_hash"),
        trace=bindparam("new_trace"),
        lease_owner="",
        lease_until=None,
    )
)


def decide(connection: Connection, decisions: Sequence[tuple[Decision, int | None]], now: datetime) -> None:
    """Write verdicts; each decision comes with the number of its ticket. Decisions without an entry are passed over."""
    rows = [
        {
            "number": decision.entry.id,
            "new_verdict": decision.verdict.value,
            "new_reason": decision.reason,
            "new_decided_at": now,
            "new_ticket_id": ticket,
            "new_trust": decision.trust.value if decision.trust else "",
            "new_mailbox": decision.mailbox,
            "new_message_id": decision.message_id,
            "new_content_hash": decision.content_hash,
            "new_trace": [[step.stage, step.what, step.why] for step in decision.trace],
        }
        for decision, ticket in decisions
        if decision.entry is not None
    ]
    if rows:
        run_many(connection, _DECIDE, rows)


_EVIDENCE = update(journal).where(journal.c.id == bindparam("number")).values(evidence=bindparam("new_evidence"))


def note_evidence(connection: Connection, found: Mapping[int, AuthResults]) -> None:
    """Keep what our own look at these messages found: the DNS may say something else when they are looked at again."""
    rows = [
        {
            "number": number,
            "new_evidence": {
                "authserv_id": results.authserv_id,
                "methods": [
                    [one.method, one.result, [list(pair) for pair in one.properties]] for one in results.methods
                ],
            },
        }
        for number, results in found.items()
    ]
    if rows:
        run_many(connection, _EVIDENCE, rows)


def requeue(connection: Connection, number: int, why: str, *, released: bool = False, confirmed: bool = False) -> bool:
    """Let a decided message be looked at again; its verdict so far stays in the trace. False when it is undecided.

    `released` is an operator's word for it, `confirmed` its author's.
    """
    row = find(connection, number)
    if row is None or row.verdict is None:
        return False
    connection.execute(
        update(journal)
        .where(journal.c.id == number, journal.c.verdict.is_not(None))
        .values(
            verdict=None,
            previous=row.verdict,
            attempts=0,
            lease_owner="",
            lease_until=None,
            released=row.released or released,
            confirmed=row.confirmed or confirmed,
            trace=[*row.trace, ["author" if confirmed else "operator", why, f"it was {row.verdict}"]],
        )
    )
    return True


def drop(connection: Connection, number: int) -> bool:
    """An operator wants nothing more of a message: the row and its bytes stay. False when it is undecided."""
    row = find(connection, number)
    if row is None or row.verdict is None:
        return False
    trace = [*row.trace, ["operator", "dropped", ""]]
    connection.execute(
        update(journal).where(journal.c.id == number).values(reason=f"dropped ({row.reason})", trace=trace)
    )
    return True


def entry(row: Row[Any]) -> Entry:
    """The frozen value of a journal row."""
    return Entry(
        id=row.id,
        envelope=Envelope(
            sender=row.envelope_from,
            recipients=tuple(row.envelope_to),
            received_at=row.received_at,
            door=row.door,
            client=row.client,
            hello=row.hello,
            login=row.login,
            history=row.history,
            waited_since=row.waited_since,
        ),
        sha256=row.sha256,
        size=row.size,
        attempts=row.attempts,
        earlier=tuple(Step(stage=stage, what=what, why=why) for stage, what, why in row.trace),
        previous=Verdict(row.previous) if row.previous else None,
        ticket=row.ticket_id,
        released=row.released,
        confirmed=row.confirmed,
        evidence=_evidence(row.evidence),
        withheld=row.withheld,
    )


def _evidence(value: Any) -> AuthResults | None:
    """What our own look at a mail's authentication found (`note_evidence` keeps it)."""
    if value is None:
        return None
    methods = (AuthMethod(method=m, result=r, properties=tuple(map(tuple, p))) for m, r, p in value["methods"])
    return AuthResults(authserv_id=value["authserv_id"], methods=tuple(methods))


def find(connection: Connection, number: int) -> Row[Any] | None:
    """One row as it stands, or None."""
    return connection.execute(select(journal).where(journal.c.id == number)).one_or_none()


def listing(connection: Connection) -> Sequence[Row[Any]]:
    """All rows, oldest first; `store.report.mails` gives some of them."""
    return connection.execute(select(journal).order_by(journal.c.id)).all()
