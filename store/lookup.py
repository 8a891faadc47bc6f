"""Looking up what a batch of mails needs to know, with one `IN` query a kind.

In: a `Wanted`. Out: a filled `Snapshot`, in two rounds: first what points at tickets, then the tickets themselves. It
writes nothing; with `lock` it makes whoever decides about the same things wait.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, select, tuple_

from store import blocks, confirmations, kinship, ledger, promised, questions, queue, stories
from store import outbox as leaving
from store.allowance import before, budgets_of
from store.engine import lock_names, lock_rows
from store.hindsight import (
    Hindsight,
    as_they_joined,
    as_they_stood,
    hindsight,
    merged_since,
    opened_since,
    reachable_then,
)
from store.records import (
    Person,
    Purpose,
    ReplyKey,
    Role,
    TicketRef,
    Verdict,
)
from store.snapshot import Copy, Earlier, Snapshot, Wanted
from store.tables import (
    awaited,
    foreign_references,
    journal,
    links,
    messages,
    outbox,
    participants,
    people,
    reply_keys,
    tickets,
)
from store.values import message, person, ticket
from store.written import beginnings

RECENT = 12
"""How many of a ticket's last messages are looked at for threading an answer, quoting and a notice's history."""


def load(connection: Connection, wanted: Wanted, *, without: int | None = None, lock: bool = False) -> Snapshot:
    """Read what `wanted` names. Two rounds: first what points at tickets, then the tickets themselves.

    `without` is a journal row that is to be looked at as if it had not been decided: nothing of it is seen.
    `lock` is for a turn that will write: whoever names the same things, or comes to the same tickets by other names,
    waits until this turn ends and sees what it did.
    """
    if lock:
        lock_names(connection, wanted.names())
    seen = None if without is None else hindsight(connection, without)
    found = Snapshot()
    _load_people(connection, wanted.addresses, found)
    if wanted.rates:
        found.spent |= before(seen, ledger.spent(connection, wanted.rates, wanted.rates_since))
    if wanted.blocks:
        found.blocked = blocks.among(connection, wanted.blocks)
    numbers = _load_pointers(connection, wanted, found, seen)
    numbers |= _load_merged(connection, numbers, found, seen)
    if wanted.questions:
        found.findings = questions.held(connection, wanted.questions, seen)
        numbers |= {number for one in found.findings.values() for number in one.numbers[: questions.HELD]}
    threaded = numbers.copy()
    numbers |= {ref for ref in _load_latest(connection, found, seen) if isinstance(ref, int)}
    if lock:
        lock_rows(connection, tickets, numbers)
    if wanted.questions:
        served = questions.claimed(connection, wanted.questions, seen, lock=lock)
        found.findings |= served
        threaded |= {number for one in served.values() for number in one.numbers}
        numbers |= threaded
    if numbers:
        _load_tickets(connection, numbers, found, seen)
    promised.load_calls(connection, wanted, found, seen)
    if wanted.budgets:
        budgets_of(connection, wanted, threaded, found, seen, lock=lock)
    if threaded:
        _load_recent(connection, threaded, found, seen)
    _load_asked(connection, wanted, threaded, found, seen)
    if seen:
        found.people = reachable_then(found.people, seen)
    if found.ours or found.keys:
        keyed = {one: (key.ticket, key.person) for one, key in found.keys.items()}
        found.written = beginnings(connection, wanted.answering, found.ours, keyed, seen.mails_before if seen else None)
    return found


def _load_asked(
    connection: Connection, wanted: Wanted, threaded: set[int], found: Snapshot, seen: Hindsight | None
) -> None:
    """What verbs of the staff want to know beside their tickets."""
    if wanted.seeking:
        _load_kin(connection, wanted, found, seen)
    if wanted.loads is not None:
        found.loads = queue.loads(connection, wanted.loads)
    if wanted.places is not None:
        teams = {number: found.tickets[number].team for number in threaded & found.tickets.keys()}
        found.places = queue.places(connection, teams, wanted.places)
    if wanted.questions:
        found.findings |= questions.answered(connection, wanted.questions, threaded, found.tickets, seen)
    if wanted.stories:
        found.stories = stories.lately(connection, threaded & found.tickets.keys(), seen)


def _load_kin(connection: Connection, wanted: Wanted, found: Snapshot, seen: Hindsight | None) -> None:
    """What the tickets that these mails may open are akin to; of people and houses that had none, nothing is asked."""
    new = kinship.asking(wanted.seeking, found.threads, found.keys)
    found.houses = {one.names[0]: one.names[1:] for one in new}
    names = {name for one in new for name in (one.names if one.names[0] in found.people else one.names[1:])}
    topics = {one.topic for one in new if one.topic}
    before = min(seen.opened) if seen and seen.opened else None
    found.kin, found.solved = kinship.akin(connection, names, topics, before)


def _load_pointers(connection: Connection, wanted: Wanted, found: Snapshot, seen: Hindsight | None) -> set[int]:
    """The tickets that the mails point at, by whatever evidence."""
    numbers = {number for number in wanted.numbers if number < _TOO_BIG}
    if wanted.foreign:
        numbers |= _load_foreign(connection, wanted.foreign, found, seen)
    if wanted.message_ids:
        numbers |= _load_threads(connection, wanted.message_ids, found, seen)
    if wanted.own_message_ids - {""}:
        numbers |= _load_awaited(connection, wanted.own_message_ids - {""}, found, seen)
    if wanted.uids:
        numbers |= promised.named(connection, wanted.uids, found)
    if wanted.key_hashes:
        numbers |= _load_keys(connection, wanted.key_hashes, found, seen)
        found.confirmations = confirmations.among(connection, wanted.key_hashes, seen.row if seen else None)
    if wanted.content_hashes:
        numbers |= _load_copies(connection, wanted, found, seen)
    if wanted.outbox_ids:
        numbers |= _load_returned(connection, wanted.outbox_ids, found, seen)
    return numbers


# The statements are built once: building them is dearer than running them.

_TOO_BIG = 1 << 62


def _among(column: Any) -> Any:
    return column.in_(bindparam("wanted", expanding=True))


_PEOPLE = select(people).where(_among(people.c.address))
_IN_MESSAGES = select(messages.c.message_id, messages.c.ticket_id).where(_among(messages.c.message_id))
_IN_OUTBOX = select(outbox.c.message_id, outbox.c.ticket_id, outbox.c.id, outbox.c.purpose).where(
    _among(outbox.c.message_id)
)
_KEYS = select(reply_keys, people.c.address).join(people).where(_among(reply_keys.c.hash))
_COPIES = (
    select(
        journal.c.mailbox,
        journal.c.message_id,
        journal.c.content_hash,
        journal.c.envelope_from,
        journal.c.received_at,
        journal.c.ticket_id,
        journal.c.verdict,
    )
    .where(_among(journal.c.content_hash))
    .where(journal.c.message_id.in_(bindparam("message_ids", expanding=True)))
    .where(journal.c.verdict != Verdict.DUPLICATE.value)
)
_RETURNED = select(outbox.c.id, outbox.c.message_id, outbox.c.ticket_id, outbox.c.purpose, outbox.c.to_address).where(
    _among(outbox.c.id)
)
_IS_OPEN = tickets.c.status_category != "done"
_LATEST = (
    select(
        tickets.c.requester_id,
        func.count(),
        func.count(case((_IS_OPEN, 1))),
        func.max(case((_IS_OPEN, tickets.c.id))),
    )
    .where(_among(tickets.c.requester_id))
    .group_by(tickets.c.requester_id)
)
_TICKETS = (
    select(
        tickets,
        people.c.address,
        people.c.name.label("person_name"),
        people.c.language.label("person_language"),
        people.c.serial,
        people.c.disabled,
        people.c.unreachable_since,
        people.c.away_until,
    )
    .join(people)
    .where(_among(tickets.c.id))
)
_MEMBERS = (
    select(participants.c.ticket_id, participants.c.kind, people).join(people).where(_among(participants.c.ticket_id))
)


def _last(condition: Any) -> Any:
    rank = func.row_number().over(partition_by=messages.c.ticket_id, order_by=messages.c.id.desc()).label("rank")
    ranked = select(messages, rank).where(condition).subquery()
    return select(ranked).where(ranked.c.rank <= RECENT).order_by(ranked.c.id)


_RECENT = _last(_among(messages.c.ticket_id))


def _seen(statement: Any, condition: Any) -> Any:
    """The statement, with the condition of an explained message where there is one."""
    return statement if condition is None else statement.where(condition)


def _load_people(connection: Connection, addresses: set[str], found: Snapshot) -> None:
    found.looked_up = addresses
    if addresses:
        for row in connection.execute(_PEOPLE, {"wanted": list(addresses)}):
            found.people[row.address] = person(row)


_AWAITED = select(awaited).where(_among(awaited.c.message_id))


def _load_awaited(connection: Connection, message_ids: set[str], found: Snapshot, seen: Hindsight | None) -> set[int]:
    """Tickets whose own mail answers one of these."""
    query = _AWAITED.where(awaited.c.ticket_id < min(seen.opened)) if seen and seen.opened else _AWAITED
    for row in connection.execute(query.order_by(awaited.c.ticket_id), {"wanted": list(message_ids)}):
        found.awaited.setdefault(row.message_id, []).append(row.ticket_id)
    return {ref for refs in found.awaited.values() for ref in refs if isinstance(ref, int)}


def _load_foreign(
    connection: Connection, wanted: set[tuple[str, str]], found: Snapshot, seen: Hindsight | None
) -> set[int]:
    """Tickets that other ticket systems name by references of their own."""
    names = foreign_references.c
    pairs = select(foreign_references).where(
        tuple_(names.domain, names.reference).in_([tuple(pair) for pair in wanted])
    )
    if seen and seen.opened:
        pairs = pairs.where(names.ticket_id < min(seen.opened))
    rows = connection.execute(pairs.order_by(names.ticket_id.desc())).all()
    for row in rows:
        found.foreign.setdefault((row.domain, row.reference), []).append(row.ticket_id)
    return {row.ticket_id for row in rows}


MERGES = 20
"""How often a ticket may have been merged on; after that, and in a circle, the last one that was found counts."""

_MERGED = select(links.c.ticket_id, links.c.other_id).where(
    _among(links.c.ticket_id), links.c.kind.in_(("merged-into", "retyped-to"))
)


def _load_merged(connection: Connection, numbers: set[int], found: Snapshot, seen: Hindsight | None) -> set[int]:
    """Where the tickets went that were merged into others; the tickets on the way."""
    looked, ahead = set[int](), numbers
    for _ in range(MERGES):
        ahead = ahead - looked
        if not ahead:
            break
        looked |= ahead
        rows = connection.execute(_MERGED, {"wanted": list(ahead)}).all()
        later = merged_since(connection, [row.ticket_id for row in rows], seen) if seen and rows else set()
        found.merged.update({row.ticket_id: row.other_id for row in rows if row.ticket_id not in later})
        ahead = {row.other_id for row in rows if row.ticket_id not in later}
    return looked - numbers


def _load_threads(connection: Connection, message_ids: set[str], found: Snapshot, seen: Hindsight | None) -> set[int]:
    named = {"wanted": list(message_ids)}
    for message_id, ticket_id in connection.execute(_seen(_IN_MESSAGES, seen and seen.threads), named):
        found.name(message_id, ticket_id)
    tests: dict[int, str] = {}
    for message_id, ticket_id, number, purpose in connection.execute(_seen(_IN_OUTBOX, seen and seen.mails), named):
        found.ours.add(message_id)
        if ticket_id is not None:
            found.name(message_id, ticket_id)
        if purpose == Purpose.PROBE:
            tests[number] = message_id
    if tests:
        _load_probes(connection, tests, found, seen)
    return {n for named in found.threads.values() for n in named if isinstance(n, int)}


def _load_probes(connection: Connection, tests: dict[int, str], found: Snapshot, seen: Hindsight | None) -> None:
    """Test mails with what came of them before the row that is explained."""
    for probe in leaving.probes(connection, list(tests)):
        known = {how: by for how, by in probe.receipts.items() if seen is None or by < seen.row}
        found.probes[tests[probe.number]] = replace(probe, receipts=known)


def _load_keys(connection: Connection, hashes: set[str], found: Snapshot, seen: Hindsight | None) -> set[int]:
    rows = connection.execute(_seen(_KEYS, seen and seen.keys), {"wanted": list(hashes)}).all()
    for row in rows:
        found.keys[row.hash] = ReplyKey(
            ticket=row.ticket_id,
            person=row.address,
            role=Role(row.role),
            audience=row.audience,
            serial=row.serial,
            expires_at=row.expires_at,
            revoked=row.revoked,
            hash=row.hash,
        )
    return {row.ticket_id for row in rows}


def _load_copies(connection: Connection, wanted: Wanted, found: Snapshot, seen: Hindsight | None) -> set[int]:
    named = {"wanted": list(wanted.content_hashes), "message_ids": list(wanted.own_message_ids)}
    rows = connection.execute(_seen(_COPIES, seen and seen.copies), named).all()
    for row in rows:
        found.copies.setdefault(row.content_hash, []).append(
            Copy(
                mailbox=row.mailbox,
                message_id=row.message_id,
                content_hash=row.content_hash,
                sender=row.envelope_from,
                received_at=row.received_at,
                ticket=row.ticket_id,
                verdict=Verdict(row.verdict),
            )
        )
    return {row.ticket_id for row in rows if row.ticket_id is not None}


def _load_returned(connection: Connection, outbox_ids: set[int], found: Snapshot, seen: Hindsight | None) -> set[int]:
    rows = connection.execute(_seen(_RETURNED, seen and seen.mails), {"wanted": list(outbox_ids)}).all()
    for row in rows:
        found.returned[row.id] = row.message_id
        found.sent[row.message_id] = (Purpose(row.purpose), row.to_address)
        found.ours.add(row.message_id)
        if row.ticket_id is not None:
            found.name(row.message_id, row.ticket_id)
    return {row.ticket_id for row in rows if row.ticket_id is not None}


def _load_latest(connection: Connection, found: Snapshot, seen: Hindsight | None) -> Iterable[TicketRef]:
    """What each known sender has had before; the newest open ticket is what a mail without a thread may relate to."""
    by_id = {person.id: address for address, person in found.people.items()}
    if by_id:
        had = connection.execute(_seen(_LATEST, seen and seen.requests), {"wanted": list(by_id)})
        for requester_id, count, still_open, newest in had:
            found.earlier[by_id[requester_id]] = Earlier(count, still_open)
            if newest is not None:
                found.latest[by_id[requester_id]] = newest
    return list(found.latest.values())


def _load_tickets(connection: Connection, numbers: set[int], found: Snapshot, seen: Hindsight | None) -> None:
    named = {"wanted": list(numbers - seen.opened if seen else numbers)}
    for row in connection.execute(_TICKETS, named):
        found.tickets[row.id] = ticket(row)
        if row.address in found.people:  # read whole already: a colleague's own ticket
            continue
        found.people[row.address] = Person(
            id=row.requester_id,
            address=row.address,
            name=row.person_name,
            language=row.person_language,
            serial=row.serial,
            disabled=row.disabled,
            unreachable_since=row.unreachable_since,
            away_until=row.away_until,
        )
    for row in connection.execute(_MEMBERS, named):
        found.participants.setdefault(row.ticket_id, {})[row.address] = row.kind
        if row.address not in found.people:  # whoever may get a mail has a serial that its key must carry
            found.people[row.address] = person(row)
    if seen:
        then = {was.ref: was for was in as_they_stood(connection, list(found.tickets.values()), seen)}
        for requester, count in opened_since(found.tickets, then).items():
            had = found.earlier.get(requester, Earlier())
            found.earlier[requester] = Earlier(had.count, max(0, had.open - count))
        found.tickets = then
        found.participants = as_they_joined(connection, found.participants, seen)


def _load_recent(connection: Connection, numbers: set[int], found: Snapshot, seen: Hindsight | None) -> None:
    recent = _last(_among(messages.c.ticket_id) & seen.history) if seen else _RECENT
    for row in connection.execute(recent, {"wanted": list(numbers)}):
        found.recent.setdefault(row.ticket_id, []).append(message(row))
        found.files.setdefault(row.ticket_id, set()).update(file["sha256"] for file in row.files)
