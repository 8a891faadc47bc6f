"""Commit: decisions become rows, in the one transaction that the caller holds open.

In: the decisions of a batch and its snapshot. Out: nothing but rows; symbols like `NEW-1` become numbers, persons
become people, mails become outbox rows with their Message-ID, keys become fingerprints. It decides nothing. Effects
are unique by (journal id, kind, ordinal) and mails by (ticket, purpose, round, person): a replay adds only what is
missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, update

from gateway.rules import keys
from gateway.rules.desk import Desk
from parsing.portrait import forwarded
from store import journal, outbox, people
from store.engine import allocate, insert_all, insert_missing
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    ClearTimer,
    Decision,
    Entry,
    FileRef,
    Join,
    Link,
    MarkDelivery,
    OpenTicket,
    OutboxState,
    Person,
    Role,
    SendMail,
    SetTimer,
    Step,
    Ticket,
    TicketRef,
    Verdict,
)
from store.snapshot import Snapshot
from store.tables import FIRST_TICKET, events, links, messages, participants, reply_keys, tickets, timers
from store.tables import outbox as outbox_table
from store.witness import CURE, RESTORED


@dataclass(slots=True)
class Committed:
    """What commit made: the number behind every symbol, and the outbox rows that may leave at once."""

    numbers: dict[TicketRef, int] = field(default_factory=dict)
    outbox: list[dict[str, Any]] = field(default_factory=list)


def commit(
    connection: Connection,
    decisions: Sequence[Decision],
    snapshot: Snapshot,
    desk: Desk,
    now: datetime,
    lease: journal.Lease | None = None,
) -> Committed:
    """Write the decisions that were made on `snapshot`; `lease` takes the new mails in hand."""
    made = Committed()
    decisions = [_once(decision) for decision in decisions]
    again = {d.entry.id: d.entry.ticket for d in decisions if d.entry and d.entry.ticket is not None}
    opened: list[TicketRef] = []
    standing: set[int] = set()
    for decision in decisions:
        for effect in decision.effects:
            if isinstance(effect, OpenTicket):
                known_ticket = again.get(decision.entry.id) if decision.entry else None
                if known_ticket is None:
                    opened.append(effect.ticket.ref)
                else:  # a replay: the ticket that this mail opened stands already
                    made.numbers[effect.ticket.ref] = known_ticket
                    standing.add(known_ticket)
    made.numbers.update(zip(opened, allocate(connection, tickets, len(opened), FIRST_TICKET), strict=True))
    persons = people.ensure(connection, list(_persons(decisions)), snapshot.people, snapshot.looked_up, now)
    rows = _Rows(desk=desk, now=now, numbers=made.numbers, persons=persons, standing=standing)
    for decision in decisions:
        rows.take(decision)
    rows.number_mails(connection, lease)
    rows.hold({d.entry.id for d in decisions if d.entry and _is_restored(d.entry)})
    rows.write(connection)
    journal.decide(connection, [(rows.named(d), rows.number(d.ticket)) for d in decisions], now)
    made.outbox = rows.mails
    return made


def _is_restored(entry: Entry) -> bool:
    """Whether this look is the first one after a restore; an operator who asked for another one since knows of it."""
    return bool(entry.earlier) and entry.earlier[-1].what == RESTORED


def _words(decision: Decision) -> Iterable[str]:
    yield decision.reason
    for step in decision.trace:
        yield step.what
        yield step.why


_ACTED = frozenset(
    {
        Verdict.TICKET_CREATED,
        Verdict.APPENDED,
        Verdict.REOPENED,
        Verdict.COMMAND,
        Verdict.BOOKING,
        Verdict.CALENDAR_REPLY,
        Verdict.BOUNCE_RECORDED,
        Verdict.AUTO_REPLY_RECORDED,
    }
)


AGAIN = "looked at again: it was done the first time"


def _once(decision: Decision) -> Decision:
    """A mail that was acted upon is not acted upon again: its verdict stands, and only what is missing is added.

    Mails, messages and events know by their keys whether they are there; what changed a ticket then is not done again.
    """
    entry = decision.entry
    if entry is None or entry.previous not in _ACTED:
        return decision
    trace = (*decision.trace, Step(stage="verdict", what=entry.previous.value, why=AGAIN))
    decision = replace(decision, reason=AGAIN, trace=trace)
    lasting = tuple(e for e in decision.effects if isinstance(e, OpenTicket | AddMessage | AddEvent | SendMail))
    if decision.verdict is entry.previous:
        return replace(decision, effects=lasting)
    return replace(decision, verdict=entry.previous, ticket=entry.ticket, effects=())


def _persons(decisions: Sequence[Decision]) -> Iterable[Person]:
    for decision in decisions:
        for effect in decision.effects:
            match effect:
                case OpenTicket(ticket=ticket, requester_name=name):
                    yield Person(address=ticket.requester, name=name, language=ticket.language)
                case Join(person=person) | SendMail(to=person):
                    yield person
                case _:
                    pass


@dataclass(slots=True)
class _Rows:
    """The rows of one transaction, by table."""

    desk: Desk
    now: datetime
    numbers: dict[TicketRef, int]
    persons: Mapping[str, int]
    by_table: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    mails: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    timers: dict[tuple[int, str], datetime | None] = field(default_factory=dict)
    marks: list[MarkDelivery] = field(default_factory=list)
    standing: set[int] = field(default_factory=set)
    reread: list[dict[str, Any]] = field(default_factory=list)

    def number(self, ref: TicketRef | None) -> int | None:
        return None if ref is None else ref if isinstance(ref, int) else self.numbers[ref]

    def named(self, decision: Decision) -> Decision:
        """The decision with real numbers in its words, where this batch had only symbols for them."""
        if not any("\0" in words for words in _words(decision)):
            return decision
        trace = tuple(
            Step(stage=step.stage, what=self._named(step.what), why=self._named(step.why)) for step in decision.trace
        )
        return replace(decision, reason=self._named(decision.reason), trace=trace)

    def _named(self, words: str) -> str:
        for symbol, number in self.numbers.items():
            words = words.replace(self.desk.reference(symbol), self.desk.reference(number))
        return words.replace("\0", "")

    def take(self, decision: Decision) -> None:
        origin = decision.entry.id if decision.entry else None
        is_reread = decision.entry is not None and decision.entry.previous is Verdict.UNREADABLE
        counted: Counter[type] = Counter()
        for effect in decision.effects:
            ordinal = counted[type(effect)]
            counted[type(effect)] += 1
            match effect:
                case OpenTicket(ticket=ticket):
                    self._open(ticket, is_reread=is_reread)
                case ChangeTicket(ticket=ref, changes=changes):
                    self.changes.append((self._number(ref), changes))
                case AddMessage():
                    self._message(effect, origin, ordinal, is_reread=is_reread)
                case AddEvent():
                    self._event(effect, origin, ordinal)
                case Join(ticket=ref, person=person, kind=kind):
                    self._participant(self._number(ref), self.persons[person.address], kind)
                case Link(ticket=ref, other=other, kind=kind):
                    row = {"ticket_id": self._number(ref), "other_id": self._number(other), "kind": kind}
                    self.by_table[links].append(row)
                case SetTimer(ticket=ref, kind=kind, due_at=due_at):
                    self.timers[self._number(ref), kind] = due_at
                case ClearTimer(ticket=ref, kind=kind):
                    self.timers[self._number(ref), kind] = None
                case MarkDelivery():
                    self.marks.append(effect)
                case SendMail():
                    self._mail(effect, origin)

    def _number(self, ref: TicketRef) -> int:
        return ref if isinstance(ref, int) else self.numbers[ref]

    def _open(self, ticket: Ticket, *, is_reread: bool) -> None:
        number = self.numbers[ticket.ref]
        if number in self.standing:
            if is_reread:
                words = {name: getattr(ticket, name) for name in ("subject", "language", "topic", "subtopic")}
                self.changes.append((number, words))
            return
        requester = self.persons[ticket.requester]
        row = {name: getattr(ticket, name) for name in _TICKET_FIELDS}
        row |= {name: list(row[name]) for name in ("tags", "helpers")}
        row |= {"id": number, "status": ticket.status.value, "requester_id": requester}
        self.by_table[tickets].append(row)
        self._participant(number, requester, "requester")

    def _participant(self, number: int, person: int, kind: str) -> None:
        self.by_table[participants].append({"ticket_id": number, "person_id": person, "kind": kind})

    def _message(self, effect: AddMessage, origin: int | None, ordinal: int, *, is_reread: bool) -> None:
        message = effect.message
        self.by_table[messages].append(
            {
                "ticket_id": self._number(effect.ticket),
                "journal_id": origin,
                "ordinal": ordinal,
                "at": message.at,
                "direction": message.direction.value,
                "role": message.role.value,
                "kind": message.kind,
                "from_name": message.from_name,
                "from_address": message.from_address,
                "to": list(message.to),
                "subject": message.subject,
                "message_id": message.message_id,
                "text": message.text,
                "trust": message.trust,
                "files": [_file(file) for file in message.files],
                "forwarded": forwarded(message.forwarded),
                "cautions": "\n".join(message.cautions),
            }
        )
        if is_reread:
            self.reread.append(self.by_table[messages][-1])

    def _event(self, effect: AddEvent, origin: int | None, ordinal: int) -> None:
        self.by_table[events].append(
            {
                "ticket_id": self._number(effect.ticket),
                "journal_id": origin,
                "ordinal": ordinal,
                "at": self.now,
                "actor": effect.actor,
                "kind": effect.kind,
                "detail": dict(effect.detail),
            }
        )

    def _mail(self, effect: SendMail, origin: int | None) -> None:
        number = self.number(effect.ticket)
        person = self.persons[effect.to.address]
        if effect.key and number is not None:
            self._keys(effect, number, person)
        reference = f"[{self.desk.reference(number)}] " if number is not None else ""
        self.mails.append(
            {
                "ticket_id": number,
                "journal_id": origin,
                "purpose": effect.purpose.value,
                "round": effect.round,
                "person_id": person,
                "to_address": effect.to.address,
                "message_id": effect.message_id,
                "subject": reference + effect.subject,
                "automatic": effect.automatic,
                "created_at": self.now,
                "next_attempt_at": self.now,
                "letter": {
                    "name": effect.to.name,
                    "role": effect.role.value,
                    "audience": effect.key,
                    "serial": 1,
                    "mailbox": effect.mailbox,
                    "language": effect.language,
                    "in_reply_to": effect.in_reply_to,
                    "references": list(effect.references),
                    "facts": dict(effect.facts),
                    "files": [_file(file) for file in effect.files],
                },
            }
        )

    def _keys(self, effect: SendMail, number: int, person: int) -> None:
        """What the mail's reply addresses stand for; staff get a second one whose mail stays inside."""
        audiences = (effect.key, "note") if effect.role is Role.AGENT else (effect.key,)
        for audience in audiences:
            key = keys.mint(self.desk.secret, number, effect.to.address, effect.role.value, audience, 1)
            self.by_table[reply_keys].append(
                {
                    "hash": keys.fingerprint(key),
                    "ticket_id": number,
                    "person_id": person,
                    "role": effect.role.value,
                    "audience": audience,
                    "serial": 1,
                }
            )

    def number_mails(self, connection: Connection, lease: journal.Lease | None) -> None:
        """Give the mails their numbers (their reverse-paths carry them) and, with a lease, take them in hand."""
        state = OutboxState.SENDING if lease else OutboxState.QUEUED
        for number, row in zip(allocate(connection, outbox_table, len(self.mails)), self.mails, strict=True):
            row["id"] = number
            row["state"] = state.value
            row["lease_owner"] = lease.owner if lease else ""
            row["lease_until"] = lease.until if lease else None

    def hold(self, restored: set[int]) -> None:
        """Hold what comes of mail that a restored store takes for undecided: it may have been answered since."""
        for row in self.mails:
            row["last_text"] = ""
            if row["journal_id"] in restored:
                row |= {"state": OutboxState.HELD.value, "lease_owner": "", "lease_until": None}
                row["last_text"] = f"held after a restore: {RESTORED}; {CURE}"

    def write(self, connection: Connection) -> None:
        """One statement a table, parents first."""
        insert_all(connection, tickets, self.by_table[tickets])
        for number, changes in self.changes:
            values = {name: _plain(value) for name, value in changes.items()}
            connection.execute(update(tickets).where(tickets.c.id == number).values(values))
        if self.timers:
            connection.execute(_CLEAR, [{"of_ticket": n, "of_kind": kind} for n, kind in self.timers])
        self.by_table[timers] = [
            {"ticket_id": number, "kind": kind, "due_at": due_at, "state": "running"}
            for (number, kind), due_at in self.timers.items()
            if due_at is not None
        ]
        for table in (participants, messages, events, links, timers, reply_keys):
            insert_missing(connection, table, self.by_table[table])
        for row in self.reread:  # the stub's message gets the words that a later look could read
            same = (messages.c.journal_id == row["journal_id"]) & (messages.c.ordinal == row["ordinal"])
            connection.execute(update(messages).where(same).values(row))
        outbox.append(connection, self.mails)
        for mark in self.marks:
            outbox.mark_delivery(connection, mark.message_id, mark.state, mark.detail)


_CLEAR = delete(timers).where(timers.c.ticket_id == bindparam("of_ticket"), timers.c.kind == bindparam("of_kind"))

_TICKET_FIELDS = tuple(name for name in Ticket.__dataclass_fields__ if name not in ("ref", "requester"))


def _plain(value: Any) -> Any:
    return value.value if hasattr(value, "value") else list(value) if isinstance(value, tuple) else value


def _file(file: FileRef) -> dict[str, Any]:
    return {name: getattr(file, name) for name in FileRef.__dataclass_fields__}
