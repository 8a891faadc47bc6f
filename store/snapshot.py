"""What a batch of mails needs to know, read with one `IN` query per kind, and kept true while the batch decides.

In: what the mails mention (`Wanted`). Out: a `Snapshot` that the stages ask; `overlay` adds what this batch has already
decided, so that two mails of one conversation in one batch make one ticket. It writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select

from store.engine import lock_names, lock_rows
from store.hindsight import Hindsight, as_they_stood, hindsight
from store.records import (
    AddMessage,
    Answering,
    ChangeTicket,
    Decision,
    Direction,
    Join,
    Message,
    OpenTicket,
    Person,
    Purpose,
    ReplyKey,
    Role,
    SendMail,
    Status,
    Ticket,
    TicketRef,
    Verdict,
)
from store.tables import journal, messages, outbox, participants, people, reply_keys, tickets
from store.written import beginnings

RECENT = 12
"""How many of a ticket's last messages are looked at for threading an answer, quoting and a notice's history."""


@dataclass(slots=True)
class Wanted:
    """Everything that the mails of a batch mention; filled by `gateway.pipeline`."""

    addresses: set[str] = field(default_factory=set)
    message_ids: set[str] = field(default_factory=set)
    own_message_ids: set[str] = field(default_factory=set)
    content_hashes: set[str] = field(default_factory=set)
    key_hashes: set[str] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    outbox_ids: set[int] = field(default_factory=set)
    senders: set[str] = field(default_factory=set)
    answering: set[Answering] = field(default_factory=set)

    def names(self) -> set[str]:
        """What two must not decide about at once: not `addresses`, which have the whole staff in every batch."""
        kinds: dict[str, set[str] | set[int]] = {
            "sender": self.senders,
            "mail": self.message_ids | self.own_message_ids,
            "content": self.content_hashes,
            "key": self.key_hashes,
            "ticket": self.numbers,
            "sent": self.outbox_ids,
        }
        return {f"{kind}:{value}" for kind, values in kinds.items() for value in values if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """An earlier message with the same content: which mailbox took it, and what became of it."""

    mailbox: str
    message_id: str
    content_hash: str
    sender: str
    received_at: datetime
    ticket: TicketRef | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Earlier:
    """How many tickets somebody has had, and how many of them are open."""

    count: int = 0
    open: int = 0


@dataclass(slots=True)
class Snapshot:
    """Look-ups for the stages; every method answers from memory."""

    people: dict[str, Person] = field(default_factory=dict)
    looked_up: set[str] = field(default_factory=set)
    tickets: dict[TicketRef, Ticket] = field(default_factory=dict)
    participants: dict[TicketRef, dict[str, str]] = field(default_factory=dict)
    threads: dict[str, list[TicketRef]] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    keys: dict[str, ReplyKey] = field(default_factory=dict)
    copies: dict[str, list[Copy]] = field(default_factory=dict)
    latest: dict[str, TicketRef] = field(default_factory=dict)
    earlier: dict[str, Earlier] = field(default_factory=dict)
    returned: dict[int, str] = field(default_factory=dict)
    sent: dict[str, tuple[Purpose, str]] = field(default_factory=dict)
    """Of the mails of ours that came back: why each was sent, and to whom."""
    written: dict[Answering, tuple[bytes, ...]] = field(default_factory=dict)
    """The beginnings of our own mails, by what answers them."""
    recent: dict[TicketRef, list[Message]] = field(default_factory=dict)
    files: dict[TicketRef, set[str]] = field(default_factory=dict)
    """The sha256 of each file of a ticket's last messages."""
    opened: int = 0

    def next_ref(self) -> str:
        """The symbol of the next ticket that this batch opens."""
        return f"NEW-{self.opened + 1}"

    def is_participant(self, ticket: TicketRef, address: str) -> bool:
        return self.participants.get(ticket, {}).get(address) in ("requester", "copied", "agent")

    def name(self, message_id: str, ticket: TicketRef) -> None:
        """A mail of this Message-ID belongs to the ticket. Two tickets may claim one: anybody can write any id."""
        claimed = self.threads.setdefault(message_id, [])
        if ticket not in claimed:
            claimed.append(ticket)

    def overlay(self, decision: Decision, mail_copy: Copy | None) -> None:
        """Make the next mails of this batch see what this one decided."""
        for effect in decision.effects:
            match effect:
                case OpenTicket(ticket=ticket):
                    self.opened += 1
                    self.tickets[ticket.ref] = ticket
                    self.participants.setdefault(ticket.ref, {})[ticket.requester] = "requester"
                    self.latest[ticket.requester] = ticket.ref
                    had = self.earlier.get(ticket.requester, Earlier())
                    self.earlier[ticket.requester] = Earlier(had.count + 1, had.open + 1)
                case ChangeTicket(ticket=ref, changes=changes):
                    self.tickets[ref] = replace(self.tickets[ref], **changes)
                case AddMessage(ticket=ref, message=message):
                    self.recent.setdefault(ref, []).append(message)
                    self.files.setdefault(ref, set()).update(file.sha256 for file in message.files)
                    if message.message_id:
                        self.name(message.message_id, ref)
                        if message.direction is Direction.OUT:
                            self.ours.add(message.message_id)
                case Join(ticket=ref, person=person, kind=kind):
                    self.participants.setdefault(ref, {}).setdefault(person.address, kind)
                case SendMail(ticket=ref, message_id=message_id) if ref is not None:
                    self.name(message_id, ref)
                    self.ours.add(message_id)
                case _:
                    pass
        if mail_copy is not None and decision.verdict is not Verdict.DUPLICATE:
            self.copies.setdefault(mail_copy.content_hash, []).append(mail_copy)


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
    numbers = {number for number in wanted.numbers if number < _TOO_BIG}
    if wanted.message_ids:
        numbers |= _load_threads(connection, wanted.message_ids, found, seen)
    if wanted.key_hashes:
        numbers |= _load_keys(connection, wanted.key_hashes, found, seen)
    if wanted.content_hashes:
        numbers |= _load_copies(connection, wanted, found, seen)
    if wanted.outbox_ids:
        numbers |= _load_returned(connection, wanted.outbox_ids, found, seen)
    threaded = numbers.copy()
    numbers |= {ref for ref in _load_latest(connection, found, seen) if isinstance(ref, int)}
    if lock:
        lock_rows(connection, tickets, numbers)
    if numbers:
        _load_tickets(connection, numbers, found, seen)
    if threaded:
        _load_recent(connection, threaded, found, seen)
    if found.ours or found.keys:
        keyed = {one: (key.ticket, key.person) for one, key in found.keys.items()}
        found.written = beginnings(connection, wanted.answering, found.ours, keyed, seen.mails if seen else None)
    return found


# The statements are built once: building them is dearer than running them.

_TOO_BIG = 1 << 62


def _among(column: Any) -> Any:
    return column.in_(bindparam("wanted", expanding=True))


_PEOPLE = select(people.c.id, people.c.address, people.c.name, people.c.language).where(_among(people.c.address))
_IN_MESSAGES = select(messages.c.message_id, messages.c.ticket_id).where(_among(messages.c.message_id))
_IN_OUTBOX = select(outbox.c.message_id, outbox.c.ticket_id).where(_among(outbox.c.message_id))
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
_IS_OPEN = tickets.c.status.not_in((Status.RESOLVED.value, Status.CLOSED.value))
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
    select(tickets, people.c.address, people.c.name.label("person_name"), people.c.language.label("person_language"))
    .join(people)
    .where(_among(tickets.c.id))
)
_MEMBERS = (
    select(participants.c.ticket_id, people.c.address, participants.c.kind)
    .join(people)
    .where(_among(participants.c.ticket_id))
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
            found.people[row.address] = Person(id=row.id, address=row.address, name=row.name, language=row.language)


def _load_threads(connection: Connection, message_ids: set[str], found: Snapshot, seen: Hindsight | None) -> set[int]:
    named = {"wanted": list(message_ids)}
    for message_id, ticket_id in connection.execute(_seen(_IN_MESSAGES, seen and seen.threads), named):
        found.name(message_id, ticket_id)
    for message_id, ticket_id in connection.execute(_seen(_IN_OUTBOX, seen and seen.mails), named):
        found.ours.add(message_id)
        if ticket_id is not None:
            found.name(message_id, ticket_id)
    return {n for named in found.threads.values() for n in named if isinstance(n, int)}


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
        found.people[row.address] = Person(
            id=row.requester_id, address=row.address, name=row.person_name, language=row.person_language
        )
    for ticket_id, address, kind in connection.execute(_MEMBERS, named):
        found.participants.setdefault(ticket_id, {})[address] = kind
    if seen:
        found.tickets |= {was.ref: was for was in as_they_stood(connection, list(found.tickets.values()), seen)}


def _load_recent(connection: Connection, numbers: set[int], found: Snapshot, seen: Hindsight | None) -> None:
    recent = _last(_among(messages.c.ticket_id) & seen.history) if seen else _RECENT
    for row in connection.execute(recent, {"wanted": list(numbers)}):
        found.recent.setdefault(row.ticket_id, []).append(message(row))
        found.files.setdefault(row.ticket_id, set()).update(file["sha256"] for file in row.files)


def ticket(row: Row[Any]) -> Ticket:
    """The frozen value of a ticket row that was read together with its requester's address."""
    return Ticket(
        ref=row.id,
        type=row.type,
        status=Status(row.status),
        subject=row.subject,
        topic=row.topic,
        subtopic=row.subtopic,
        topic_reason=row.topic_reason,
        priority=row.priority,
        priority_reason=row.priority_reason,
        team=row.team,
        helpers=tuple(row.helpers),
        assignee=row.assignee,
        requester=row.address,
        mailbox=row.mailbox,
        language=row.language,
        audience=row.audience,
        tags=tuple(row.tags),
        outcome=row.outcome,
        created_at=row.created_at,
        updated_at=row.updated_at,
        first_response_due=row.first_response_due,
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
    )


def message(row: Row[Any]) -> Message:
    """The frozen value of a message row; its files stay behind (they are read when they are sent)."""
    return Message(
        at=row.at,
        direction=Direction(row.direction),
        role=Role(row.role),
        from_name=row.from_name,
        from_address=row.from_address,
        to=tuple(row.to),
        subject=row.subject,
        message_id=row.message_id,
        text=row.text,
        trust=row.trust,
        kind=row.kind,
    )
