"""What a batch of mails needs to know, and how it is kept true while the batch decides.

In: what the mails mention (`Wanted`), looked up by `store.lookup`. Out: a `Snapshot` that the stages ask; `overlay`
adds what this batch has already decided, so that two mails of one conversation in one batch make one ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from store.kinship import Seeking
from store.records import (
    AddEvent,
    AddMessage,
    AnswerConfirmation,
    Answering,
    Await,
    Call,
    ChangeTicket,
    Confirmation,
    Decision,
    Direction,
    Effect,
    Finding,
    Join,
    Kin,
    Link,
    Load,
    MarkReachable,
    Message,
    NoteReference,
    OpenTicket,
    Past,
    Person,
    Place,
    Probe,
    Purpose,
    Question,
    ReplyKey,
    SaveCall,
    Schedule,
    SendMail,
    SetAway,
    SetNotices,
    Solved,
    Spend,
    Ticket,
    TicketRef,
    UseKey,
    Verdict,
    Witnesses,
)

CALLS = "calls"
"""What two must not decide about at once: which calls are promised."""


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
    budgets: set[str] = field(default_factory=set)
    budgets_since: int = 0
    """The second from which on what was spent of the budgets counts."""
    budgets_of: Callable[[Ticket], Iterable[str]] | None = None
    """Names the budgets of whom a ticket's mail may be for, once the ticket is found."""
    budgets_to: Callable[[str], Iterable[str]] | None = None
    """Names those of a colleague whose reply address somebody else came with, once the key is found."""
    in_turn: Callable[[Mapping[str, Sequence[tuple[int, int]]]], bool] | None = None
    """Whether so little is left of a budget of all that turns must wait for one another."""
    rates: set[str] = field(default_factory=set)
    """Budgets that count since `rates_since`, in rows of five minutes: how much mail somebody brought."""
    rates_since: int = 0
    blocks: set[str] = field(default_factory=set)
    foreign: set[tuple[str, str]] = field(default_factory=set)
    loads: datetime | None = None
    """The instant at which it matters what everybody of the staff has on their hands."""
    places: datetime | None = None
    """The instant at which it matters where a ticket stands in its team's queue."""
    seeking: list[Seeking] = field(default_factory=list)
    """Mails that may open a ticket."""
    questions: set[Question] = field(default_factory=set)
    """What verbs that only look want to know."""
    calls: datetime | None = None
    """The instant at which it matters which calls are promised, and who could take one."""
    uids: set[str] = field(default_factory=set)
    """Entries of calendars that the mails answer."""
    stories: bool = False
    """Whether it matters what happened lately to the tickets that the mails come to."""

    def names(self) -> set[str]:
        """What two must not decide about at once: not `addresses`, which have the whole staff in every batch."""
        kinds: dict[str, set[str] | set[int]] = {
            "sender": self.senders,
            "mail": self.message_ids | self.own_message_ids,
            "content": self.content_hashes,
            "key": self.key_hashes,
            "ticket": self.numbers,
            "sent": self.outbox_ids,
            "budget": {name for name in self.budgets if name.startswith("to:")},
        }
        named = {f"{kind}:{value}" for kind, values in kinds.items() for value in values if value}
        return named | {CALLS} if self.calls is not None else named


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
    probes: dict[str, Probe] = field(default_factory=dict)
    """Test mails of operators that the mails name, by Message-ID."""
    written: dict[Answering, tuple[bytes, ...]] = field(default_factory=dict)
    """The beginnings of our own mails, by what answers them."""
    recent: dict[TicketRef, list[Message]] = field(default_factory=dict)
    files: dict[TicketRef, set[str]] = field(default_factory=dict)
    """The sha256 of each file of a ticket's last messages."""
    spent: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """What was spent of each budget: (second, how many), oldest first."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Addresses and domains that nothing is taken from, and why."""
    confirmations: dict[str, Confirmation] = field(default_factory=dict)
    foreign: dict[tuple[str, str], list[TicketRef]] = field(default_factory=dict)
    """Tickets by the domain of another ticket system and its own reference."""
    awaited: dict[str, list[TicketRef]] = field(default_factory=dict)
    """Tickets that a mail of this Message-ID belongs to, because their own mail answers it and came first."""
    merged: dict[TicketRef, TicketRef] = field(default_factory=dict)
    loads: dict[str, Load] = field(default_factory=dict)
    places: dict[TicketRef, Place] = field(default_factory=dict)
    findings: dict[Question, Finding] = field(default_factory=dict)
    stories: dict[TicketRef, tuple[Past, ...]] = field(default_factory=dict)
    """What happened lately to a ticket, oldest first; only where it was asked for."""
    kin: dict[str, list[Kin]] = field(default_factory=dict)
    solved: dict[str, list[Solved]] = field(default_factory=dict)
    """What new tickets may be akin to: by house or person, by topic."""
    houses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By whoever may open a ticket, the further names under which it is akin to others."""
    opened: int = 0
    calls: dict[TicketRef, dict[int, Call]] = field(default_factory=dict)
    """The calls of tickets that have had any, by their numbers."""
    uids: dict[str, tuple[TicketRef, int]] = field(default_factory=dict)
    """Of which call an entry of a calendar is."""
    schedule: Schedule | None = None
    """What is promised and who is busy; only where it was asked for."""

    @property
    def disabled(self) -> set[str]:
        """Addresses of staff who may do nothing."""
        return {person.address for person in self.people.values() if person.disabled}

    def next_ref(self) -> str:
        """The symbol of the next ticket that this batch opens."""
        return f"NEW-{self.opened + 1}"

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
                    self._adopt(ticket)
                    self.tickets[ticket.ref] = ticket
                    self.participants.setdefault(ticket.ref, {})[ticket.requester] = "requester"
                    self.latest[ticket.requester] = ticket.ref
                    had = self.earlier.get(ticket.requester, Earlier())
                    self.earlier[ticket.requester] = Earlier(had.count + 1, had.open + 1)
                case ChangeTicket(ticket=ref, changes=changes):
                    before = self.tickets[ref]
                    self.tickets[ref] = replace(before, **changes)
                    if "assignee" in changes:
                        self._hand_over(before, self.tickets[ref])
                case AddMessage(ticket=ref, message=message):
                    self.recent.setdefault(ref, []).append(message)
                    self.files.setdefault(ref, set()).update(file.sha256 for file in message.files)
                    if message.message_id:
                        self.name(message.message_id, ref)
                        if message.direction is Direction.OUT:
                            self.ours.add(message.message_id)
                case Join(ticket=ref, person=person, kind=kind):
                    kinds = self.participants.setdefault(ref, {})
                    if kind == "left" or kinds.get(person.address, "unverified") in ("unverified", "left"):
                        kinds[person.address] = kind
                    self.people.setdefault(person.address, person)
                case SendMail(ticket=ref, message_id=message_id) if ref is not None:
                    self.name(message_id, ref)
                    self.ours.add(message_id)
                case _:
                    self._overlay(effect)
        self._tell_on(decision)
        if mail_copy is not None and decision.verdict is not Verdict.DUPLICATE:
            self.copies.setdefault(mail_copy.content_hash, []).append(mail_copy)

    def _tell_on(self, decision: Decision) -> None:
        """What this decision did to tickets whose stories are known goes on in them."""
        if not self.stories:
            return
        sent = tuple(effect.to.address for effect in decision.effects if isinstance(effect, SendMail))
        occasion = f"mail:{decision.entry.id}" if decision.entry else ""
        for effect in decision.effects:
            if isinstance(effect, AddEvent) and effect.ticket in self.stories and decision.entry is not None:
                past = Past(
                    at=decision.entry.envelope.received_at, actor=effect.actor, kind=effect.kind, occasion=occasion,
                    was=effect.was, sent=sent,
                )  # fmt: skip
                self.stories[effect.ticket] = (*self.stories[effect.ticket], past)

    def _adopt(self, ticket: Ticket) -> None:
        """The next mail of this batch is akin to it."""
        author = ticket.requester
        one = Kin(ref=ticket.ref, requester=author, status=ticket.status, is_open=True, subject=ticket.subject)
        for name in (author, *self.houses.get(author, ())):
            self.kin.setdefault(name, []).append(one)

    def _hand_over(self, before: Ticket, after: Ticket) -> None:
        """What one has on their hands less, the other has more."""
        for ticket, more in ((before, -1), (after, 1)):
            load = self.loads.get(ticket.assignee, Load())
            if ticket.assignee:
                minutes = more * max(0, ticket.estimate - ticket.logged)
                given_at = after.owned_at if more > 0 else load.given_at
                planned = (*load.minutes, (ticket.scheduled_for, minutes)) if minutes else load.minutes
                self.loads[ticket.assignee] = Load(open=max(0, load.open + more), minutes=planned, given_at=given_at)

    def _call(self, call: Call) -> None:
        """A call as this batch has decided it; the next one to change it is not overtaken by that."""
        call = replace(call, version=call.version + 1)
        self.calls.setdefault(call.ticket, {})[call.number] = call
        self.uids |= {invite.uid: call.key for invite in call.invites}
        if self.schedule is not None:
            promised = {key: one for key, one in self.schedule.promised.items() if key != call.key}
            if call.takes_time:
                promised[call.key] = call
            self.schedule = replace(self.schedule, promised=promised)

    def _witness(self, names: Mapping[tuple[TicketRef, int], str]) -> None:
        for (ref, number), name in names.items():
            if (call := self.calls.get(ref, {}).get(number)) is not None:
                self.calls[ref][number] = replace(call, witness=name)
        if self.schedule is not None:
            promised = {
                key: replace(call, witness=names[key]) if key in names else call
                for key, call in self.schedule.promised.items()
            }
            self.schedule = replace(self.schedule, promised=promised)

    def _overlay(self, effect: Effect) -> None:
        """What is beside the tickets themselves."""
        match effect:
            case Spend(name=name, at=at, count=count):
                counts = self.spent.setdefault(name, [])
                if counts and counts[-1][0] == at:
                    counts[-1] = (at, counts[-1][1] + count)
                else:
                    counts.append((at, count))
            case Link(ticket=ref, other=other, kind="merged-into" | "retyped-to"):
                self.merged[ref] = other
            case AnswerConfirmation(hash=hash_, answer=answer):
                self.confirmations[hash_] = replace(self.confirmations[hash_], answer=answer)
            case UseKey(hash=hash_, until=until):
                self.keys[hash_] = replace(self.keys[hash_], expires_at=until)
            case MarkReachable() | SetAway() | SetNotices():
                self._overlay_person(effect)
            case SaveCall(call=call):
                self._call(call)
            case Witnesses(names=names):
                self._witness(names)
            case Await(ticket=ref, message_id=message_id):
                self.awaited.setdefault(message_id, []).append(ref)
            case NoteReference(ticket=ref, domain=domain, reference=reference):
                self.foreign.setdefault((domain, reference), []).append(ref)
            case _:
                pass

    def _overlay_person(self, effect: MarkReachable | SetAway | SetNotices) -> None:
        person = self.people.get(effect.address)
        if person is None:
            return
        match effect:
            case MarkReachable(since=since):
                person = replace(person, unreachable_since=since)
            case SetAway(until=until):
                person = replace(person, away_until=until)
            case SetNotices(how=how):
                person = replace(person, notices=how)
        self.people[person.address] = person
