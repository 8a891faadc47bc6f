"""Rows: the effects of decisions as rows of tables, collected and then written with one statement a table.

In: decisions whose symbols have numbers and whose people have theirs. Out: rows. It decides nothing: what an effect
means was said by the rules, in what order things are written is said here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, update

from gateway.beside import Beside, assert_once
from gateway.naming import named
from gateway.rules import keys
from gateway.rules.desk import Desk
from gateway.rules.notices import kinship
from parsing.portrait import forwarded
from store import journal, outbox, people, plain
from store import reply_keys as standing_keys
from store.engine import allocate, insert_all, insert_missing
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    ClearTimer,
    Decision,
    FileRef,
    Join,
    Link,
    MarkDelivery,
    OpenTicket,
    OutboxState,
    Role,
    SendMail,
    SetTimer,
    Step,
    Ticket,
    TicketRef,
    Verdict,
)
from store.tables import (
    events,
    links,
    messages,
    participants,
    reply_keys,
    tickets,
    timers,
)
from store.tables import outbox as outbox_table
from store.witness import CURE, RESTORED


@dataclass(slots=True)
class Rows:
    """The rows of one transaction, by table."""

    desk: Desk
    now: datetime
    numbers: dict[TicketRef, int]
    persons: Mapping[str, int]
    serials: Mapping[str, int]
    by_table: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    mails: list[dict[str, Any]] = field(default_factory=list)
    changes: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    timers: dict[tuple[int, str], SetTimer | None] = field(default_factory=dict)
    marks: list[MarkDelivery] = field(default_factory=list)
    standing: set[int] = field(default_factory=set)
    reread: list[dict[str, Any]] = field(default_factory=list)
    speaks_of_new: bool = True
    copied: list[dict[str, int | str]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    told: set[str] = field(default_factory=set)
    beside: Beside = field(default_factory=Beside)
    last: tuple[Any, Any] = (None, None)  # what was named last, before and after

    def number(self, ref: TicketRef | None) -> int | None:
        return None if ref is None else ref if isinstance(ref, int) else self.numbers[ref]

    def named(self, decision: Decision) -> Decision:
        """The decision with real numbers in its words, where this batch had only symbols for them."""
        if not any("\0" in words for words in _words(decision)):
            return decision
        trace = tuple(Step(stage=s.stage, what=self._named(s.what), why=self._named(s.why)) for s in decision.trace)
        return replace(decision, reason=self._named(decision.reason), trace=trace)

    def _named(self, value: Any) -> Any:
        if self.last[0] is not value:  # all of a team are told by the same facts
            self.last = (value, named(value, self.numbers, self.desk))
        return self.last[1]

    def take(self, decision: Decision) -> None:
        self.speaks_of_new = decision.verdict is not Verdict.TICKET_CREATED  # a first mail names no other new ticket
        assert_once(decision)
        origin = decision.entry.id if decision.entry else None
        is_reread = decision.entry is not None and decision.entry.previous is Verdict.UNREADABLE
        counted: Counter[type] = Counter()
        for effect in decision.effects:
            ordinal = counted[type(effect)]
            counted[type(effect)] += 1
            match effect:
                case OpenTicket(ticket=ticket):
                    self._open(ticket, effect.gist, is_reread=is_reread)
                case ChangeTicket(ticket=ref, changes=changes):
                    self.changes.append((self._number(ref), changes))
                case AddMessage():
                    self._message(effect, origin, ordinal, is_reread=is_reread)
                case AddEvent():
                    self._event(effect, origin, ordinal)
                case Join(ticket=ref, person=person, kind=kind):
                    self._join(self._number(ref), self.persons[person.address], kind)
                case Link(ticket=ref, other=other, kind=kind):
                    row = {"ticket_id": self._number(ref), "other_id": self._number(other), "kind": kind}
                    self.by_table[links].append(row)
                case SetTimer(ticket=ref, kind=kind):
                    self.timers[self._number(ref), kind] = effect
                case ClearTimer(ticket=ref, kind=kind):
                    self.timers[self._number(ref), kind] = None
                case MarkDelivery():
                    self.marks.append(effect)
                case SendMail():
                    self._mail(effect, origin)
                case _:
                    self.beside.take(effect, origin, self.now, self.numbers)

    def _number(self, ref: TicketRef) -> int:
        return ref if isinstance(ref, int) else self.numbers[ref]

    def _open(self, ticket: Ticket, gist: str, *, is_reread: bool) -> None:
        number = self.numbers[ticket.ref]
        if number in self.standing:
            if is_reread:
                words = {name: getattr(ticket, name) for name in ("subject", "language", "topic", "subtopic")}
                self.changes.append((number, words))
            return
        requester = self.persons[ticket.requester]
        row = {name: getattr(ticket, name) for name in _TICKET_FIELDS}
        row |= {
            name: plain.column(row[name])
            for name in ("status", "tags", "helpers", "clocks", "facts", "intake", "calls")
        }
        row |= {"id": number, "requester_id": requester} | kinship.columns(ticket, gist, self.desk)
        self.by_table[tickets].append(row)
        self._participant(number, requester, "requester")

    def _join(self, number: int, person: int, kind: str) -> None:
        """Who was unverified and is copied by somebody who may is copied from now on, until one of us ends that."""
        self._participant(number, person, kind)
        if kind in ("copied", "left"):
            self.copied.append({"of_ticket": number, "of_person": person, "of_kind": kind})

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
                "detail": self._named(effect.detail),
                "was": plain.told(effect.was) if effect.was else None,
            }
        )

    def _mail(self, effect: SendMail, origin: int | None) -> None:
        number = self.number(effect.ticket)
        person = self.persons[effect.to.address]
        serial = effect.serial or self.serials.get(effect.to.address, 1)
        if effect.key == keys.CONFIRM:
            self._question(effect, origin, person)
        elif effect.key and number is not None:
            self._keys(effect, number, person, serial)
        if effect.role is Role.AGENT:
            self.told.add(effect.to.address)
        names_new = self.speaks_of_new or "kin" in effect.facts or "done" in effect.facts
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
                "held": effect.held,
                "letter": {
                    "name": effect.to.name,
                    "role": effect.role.value,
                    "audience": effect.key,
                    "serial": serial,
                    "mailbox": effect.mailbox,
                    "language": effect.language,
                    "in_reply_to": effect.in_reply_to,
                    "references": list(effect.references),
                    "facts": self._named(effect.facts) if names_new else dict(effect.facts),
                    "files": [_file(file) for file in effect.files],
                    **({"also": effect.also} if effect.also else {}),
                },
            }
        )

    def _question(self, effect: SendMail, origin: int | None, person: int) -> None:
        """The address at which somebody says whether the mail that is being decided is theirs."""
        if origin is None:
            raise AssertionError("a confirmation asks about a mail")
        key = keys.mint_confirmation(self.desk.secret, origin, effect.to.address)
        expires_at = self.now + self.desk.confirm_within
        row = {"hash": keys.fingerprint(key), "journal_id": origin, "person_id": person, "expires_at": expires_at}
        self.asked.append(row)

    def _keys(self, effect: SendMail, number: int, person: int, serial: int) -> None:
        """What the mail's reply addresses stand for; staff get a second one whose mail stays inside."""
        audiences = ("public", "note") if effect.role is Role.AGENT else tuple(filter(None, (effect.key, effect.also)))
        until = max(self.now + self.desk.key_life, _organizes(effect))
        for audience in audiences:
            key = keys.mint(self.desk.secret, number, effect.to.address, effect.role.value, audience, serial)
            self.by_table[reply_keys].append(
                {
                    "hash": keys.fingerprint(key),
                    "ticket_id": number,
                    "person_id": person,
                    "role": effect.role.value,
                    "audience": audience,
                    "serial": serial,
                    "expires_at": until,
                }
            )

    def _write_keys(self, connection: Connection) -> None:
        """Keys of tickets that stand already may stand too: they were written again, which prolongs them."""
        written, life = self.by_table[reply_keys], self.desk.key_life
        fresh = set(self.numbers.values()) - self.standing
        people.prolong(connection, self.told, self.now + life, keys.fresh_until(self.now, life))
        again = self.beside.used | {row["hash"] for row in written if row["ticket_id"] not in fresh}
        standing_keys.prolong(connection, again, self.now + life, keys.fresh_until(self.now, life))
        standing_keys.write(connection, written)
        for row in written:
            if row["expires_at"] > self.now + life:
                standing_keys.prolong(connection, {row["hash"]}, row["expires_at"], row["expires_at"])

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
            why = row.pop("held")
            if row["journal_id"] in restored:
                why = f"held after a restore: {RESTORED}; {CURE}"
            if why:
                row |= {"state": OutboxState.HELD.value, "lease_owner": "", "lease_until": None, "last_text": why}

    def write(self, connection: Connection) -> None:
        """One statement a table, parents first."""
        insert_all(connection, tickets, self.by_table[tickets])
        for number, changes in self.changes:
            values = {name: plain.column(value) for name, value in changes.items()}
            connection.execute(update(tickets).where(tickets.c.id == number).values(values))
        if self.timers:
            connection.execute(_CLEAR, [{"of_ticket": n, "of_kind": kind} for n, kind in self.timers])
        self.by_table[timers] = [
            {"ticket_id": number, "kind": kind, "due_at": set_.due_at, "state": "running", "detail": dict(set_.detail)}
            for (number, kind), set_ in self.timers.items()
            if set_ is not None
        ]
        for table in (participants, messages, events, links, timers):
            insert_missing(connection, table, self.by_table[table])
        self._write_keys(connection)
        if self.copied:
            people.copy(connection, self.copied)
        for row in self.reread:  # the stub's message gets the words that a later look could read
            same = (messages.c.journal_id == row["journal_id"]) & (messages.c.ordinal == row["ordinal"])
            connection.execute(update(messages).where(same).values(row))
        self.beside.write(connection, self.now, self.asked)
        outbox.append(connection, self.mails)
        for mark in self.marks:
            outbox.mark_delivery(connection, mark.message_id, mark.state, mark.detail)


_CLEAR = delete(timers).where(timers.c.ticket_id == bindparam("of_ticket"), timers.c.kind == bindparam("of_kind"))

_TICKET_FIELDS = tuple(name for name in Ticket.__dataclass_fields__ if name not in ("ref", "requester"))


def _file(file: FileRef) -> dict[str, Any]:
    return {name: getattr(file, name) for name in FileRef.__dataclass_fields__}


def _words(decision: Decision) -> Iterable[str]:
    yield decision.reason
    for step in decision.trace:
        yield step.what
        yield step.why


_ORGANIZES = timedelta(days=30)
"""How long after its end a call keeps the address of its ORGANIZER (DESIGN section 4)."""


def _organizes(mail: SendMail) -> datetime:
    """Until when the reply address of an invite is good, however short the life of a key is here."""
    entry = mail.facts.get("calendar")
    return datetime.fromisoformat(entry["end"]) + _ORGANIZES if entry else datetime.min.replace(tzinfo=UTC)
