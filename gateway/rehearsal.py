"""The rehearsal: what one mail would mean to the desk, through all stages and without a trace.

In: a read mail with its envelope, a read snapshot, the desk's policy. Out: the `Rehearsal`: the decision and every
effect in words. Nothing is written or learnt, no randomness is used, and what is new is called `NEW-1`.
"""

from __future__ import annotations

import itertools
import select
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway import pipeline
from gateway.channel import ChannelClosed
from gateway.reader import WORDS, Raw, Read, ReaderOptions, Ready, unread
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from gateway.worker import Worker
from parsing.message import ParsedMail
from scheduling.sla import Clock
from store.lookup import load
from store.records import (
    AddEvent,
    AddMessage,
    AnswerConfirmation,
    AskDigest,
    Await,
    ChangeTicket,
    ClearTimer,
    Decision,
    Direction,
    Effect,
    Forget,
    Join,
    Link,
    MarkDelivery,
    MarkReachable,
    NoteCorrection,
    NoteReceipt,
    NoteReference,
    OpenTicket,
    Prove,
    SaveCall,
    SendMail,
    SetAway,
    SetNotices,
    SetTimer,
    Spend,
    Step,
    Ticket,
    TicketRef,
    UseKey,
    Witnesses,
)
from store.report import reference, stamp
from store.snapshot import Snapshot

START_SECONDS = 60.0
"""How long a reader may take until it is there; the deadline counts from then on."""


class NoReader(Exception):
    """The system has no process left for a reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One effect that the mail would have: what kind, the facts of it, and the same in words."""

    kind: str
    words: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How it would end. `decision` has readable words; its tickets are numbers or `NEW-n`."""

    decision: Decision
    happenings: tuple[Happening, ...]

    @property
    def mails(self) -> tuple[Happening, ...]:
        """The mails that would leave."""
        return tuple(item for item in self.happenings if item.kind == "mail")


def rehearse(connection: Connection | None, incoming: Incoming, desk: Desk, *, without: int | None = None) -> Rehearsal:
    """Take the mail through the rules. `without` is its own journal row, which is then not seen; without a connection
    the desk knows nobody yet."""
    names = (f"<rehearsal-{number}@{desk.domain}>" for number in itertools.count(1))
    snapshot = load(connection, pipeline.wanted([incoming], desk), without=without) if connection else Snapshot()
    desk = desk.as_of(snapshot.people, incoming.now)
    decision = pipeline.digest(incoming, desk, snapshot, lambda: next(names))
    effects = _Effects(desk=desk, tickets=dict(snapshot.tickets))
    happenings = tuple(effects.told(effect) for effect in decision.effects)
    trace = tuple(Step(stage=s.stage, what=readable(s.what, desk), why=readable(s.why, desk)) for s in decision.trace)
    decision = replace(decision, reason=readable(decision.reason, desk), trace=trace)
    return Rehearsal(decision=decision, happenings=happenings)


def readable(words: str, desk: Desk) -> str:
    """Words of a decision with `NEW-1` where commit would put a number."""
    return words.replace(f"\0{desk.prefix}-NEW-", "\0NEW-").replace("\0", "")


def name(ref: TicketRef | None, desk: Desk) -> str | None:
    """`DESK-1042`, or `NEW-1`, or None."""
    return reference(desk.prefix, ref) if isinstance(ref, int) else ref


def read(content: bytes, sender: str, options: ReaderOptions, deadline: float) -> tuple[ParsedMail, str]:
    """The mail as a reader of the desk reads it, with the same limits; and why no reader survived it, or nothing."""
    with OwnReader(options, deadline) as reader:
        return reader.read(content, sender)


class OwnReader:
    """A reader for mails one after another: started with the first one, and anew after one that it did not survive."""

    def __init__(self, options: ReaderOptions, deadline: float) -> None:
        self._worker = Worker("reader", options, classes=WORDS)
        self._deadline = deadline
        self._is_ready = False

    def __enter__(self) -> OwnReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._worker.kill()

    def read(self, content: bytes, sender: str) -> tuple[ParsedMail, str]:
        """As `read` above."""
        if not self._worker.pid:
            self._is_ready = False
            self._worker.start()
        if not self._worker.pid:
            raise NoReader("no reader can be started: the system has no process or file left for it; try again later")
        try:
            for message in self._said(Raw(0, content, sender)):
                if isinstance(message, Read):
                    return message.mails[0][1], ""
        except ChannelClosed:
            why = f"no reader survived it: {self._worker.kill()}"
        except TimeoutError:
            why = f"no reader survived it: no answer within {self._deadline:.0f} s"
            self._worker.kill()
        return unread(why), why

    def _said(self, raw: Raw) -> Iterator[Any]:
        """Everything that the reader says, until it says nothing for too long."""
        channel = self._worker.channel
        end = time.monotonic() + (self._deadline if self._is_ready else START_SECONDS)
        channel.send([raw])
        while True:
            writers = [channel] if channel.wants_to_write else []
            readable_, writable, _ = select.select([channel], writers, [], max(0.0, end - time.monotonic()))
            if not readable_ and not writable:
                raise TimeoutError
            if writable:
                channel.flush()
            for message in channel.receive() if readable_ else ():
                if isinstance(message, Ready):
                    self._is_ready = True
                    end = time.monotonic() + self._deadline
                yield message


_Ties = Join | Link | SetTimer | ClearTimer | Forget | NoteCorrection | NoteReference | Await
_OfPeople = AnswerConfirmation | UseKey | MarkReachable | SetAway | SetNotices | AskDigest
_Beside = _Ties | MarkDelivery | NoteReceipt | Spend | _OfPeople | SaveCall | Witnesses | Prove
"""What ties a ticket to something, and all that stands beside the tickets."""


@dataclass(slots=True)
class _Effects:
    """Tells effects in their order; `tickets` are kept as the effects leave them."""

    desk: Desk
    tickets: dict[TicketRef, Ticket]

    def told(self, effect: Effect) -> Happening:
        match effect:
            case OpenTicket():
                return self._opens(effect)
            case ChangeTicket():
                return self._changes(effect)
            case AddMessage():
                return self._keeps(effect)
            case SendMail():
                return self._sends(effect)
            case AddEvent(ticket=ref, kind=kind, actor=actor, detail=detail):
                facts: dict[str, Any] = {"ticket": self._name(ref), "event": kind, "actor": actor, "detail": {**detail}}
                return Happening(kind="event", words=f"notes in {self._name(ref)}: {kind} by {actor}", facts=facts)
        return self._beside(effect)

    def _beside(self, effect: _Beside) -> Happening:
        """What stands beside the tickets: deliveries, budgets, questions, people, calls."""
        facts: dict[str, Any]
        match effect:
            case MarkDelivery(message_id=message_id, state=state, detail=detail):
                facts = {"message_id": message_id, "state": state, "detail": detail}
                words = f"marks our mail {message_id} as {state}: {detail}"
                return Happening(kind="delivery", words=words, facts=facts)
            case Spend(name=budget, count=count):
                return Happening(kind="budget", words=_counted(budget, count), facts={"budget": budget, "count": count})
            case AnswerConfirmation(journal_id=number, answer=answer):
                facts = {"mail": number, "answer": answer}
                return Happening(kind="confirmation", words=f"says {answer} to mail {number}", facts=facts)
            case UseKey(until=until):
                words = f"lets the reply address that it came to live until {stamp(until)}"
                return Happening(kind="key", words=words, facts={"until": stamp(until)})
            case NoteReceipt(number=number, how=how):
                facts = {"outgoing": number, "how": how}
                return Happening(kind="receipt", words=f"notes of test mail {number}: {how}", facts=facts)
            case MarkReachable(address=address, since=since):
                facts = {"address": address, "unreachable_since": stamp(since)}
                words = f"marks {address} as {'unreachable' if since else 'reachable again'}"
                return Happening(kind="person", words=words, facts=facts)
            case SetAway() | SetNotices() | AskDigest():
                return _of_staff(effect)
            case SaveCall(call=call):
                facts = {"ticket": self._name(call.ticket), "call": call.number, "state": str(call.state)}
                words = f"makes call {call.number} of {self._name(call.ticket)} {call.state}"
                return Happening(kind="call", words=f"{words}, {stamp(call.start)}".removesuffix(", None"), facts=facts)
            case Witnesses() | Prove():
                return Happening(kind="call", words="proves the promised calls anew", facts={})
            case _:
                return self._ties(effect)

    def _ties(self, effect: _Ties) -> Happening:
        ticket = self._name(effect.ticket)
        match effect:
            case Join(person=person, kind=kind):
                facts = {"ticket": ticket, "address": person.address, "as": kind}
                return Happening(kind="participant", words=f"{person.address} joins {ticket} as {kind}", facts=facts)
            case Link(other=other, kind=kind):
                facts = {"ticket": ticket, "other": self._name(other), "as": kind}
                return Happening(kind="link", words=f"links {ticket} to {self._name(other)}: {kind}", facts=facts)
            case SetTimer(kind=kind, due_at=due_at):
                facts = {"ticket": ticket, "timer": kind, "due_at": stamp(due_at)}
                words = f"starts the clock {kind.partition(':')[0]} of {ticket}: due {stamp(due_at)}"
                return Happening(kind="timer", words=words, facts=facts)
            case Await(message_id=message_id):
                facts = {"ticket": ticket, "message_id": message_id}
                words = f"{ticket} waits for {message_id}, which it answers"
                return Happening(kind="awaited", words=words, facts=facts)
            case NoteReference(domain=domain, reference=other):
                facts = {"ticket": ticket, "domain": domain, "reference": other}
                return Happening(kind="reference", words=f"knows {ticket} as {other} of {domain}", facts=facts)
            case NoteCorrection(field=field, was=was, became=became):
                facts = {"ticket": ticket, "field": field, "was": was, "became": became}
                return Happening(kind="correction", words=f"remembers that {field} {was} was {became}", facts=facts)
            case Forget():
                words = f"takes words out of the messages of {ticket}: they were kept long enough"
                return Happening(kind="forgotten", words=words, facts={"ticket": ticket})
            case ClearTimer(kind=kind):
                facts = {"ticket": ticket, "timer": kind, "due_at": None}
                return Happening(kind="timer", words=f"stops the clock {kind} of {ticket}", facts=facts)

    def _name(self, ref: TicketRef | None) -> str | None:
        return name(ref, self.desk)

    def _opens(self, effect: OpenTicket) -> Happening:
        ticket = effect.ticket
        self.tickets[ticket.ref] = ticket
        topic = " / ".join(part for part in (ticket.topic, ticket.subtopic) if part)
        facts = {
            "ticket": self._name(ticket.ref),
            "type": ticket.type,
            "topic": ticket.topic or None,
            "subtopic": ticket.subtopic or None,
            "priority": ticket.priority,
            "team": ticket.team,
            "helpers": list(ticket.helpers),
            "requester": ticket.requester,
            "subject": ticket.subject,
            "language": ticket.language,
            "audience": ticket.audience,
            "first_response_due": stamp(ticket.response_due),
        }
        words = (
            f"opens {facts['ticket']}: {ticket.type}, {topic or 'no topic'}, priority {ticket.priority}, "
            f"team {', '.join((ticket.team, *ticket.helpers))}, for {ticket.requester}: {ticket.subject}"
        )
        return Happening(kind="ticket", words=words, facts=facts)

    def _changes(self, effect: ChangeTicket) -> Happening:
        before = self.tickets[effect.ticket]
        self.tickets[effect.ticket] = replace(before, **effect.changes)
        changes = {
            field: {"from": _plain(getattr(before, field)), "to": _plain(value)}
            for field, value in effect.changes.items()
        }
        shown = [
            f"{field} {_brief(c['from'])} → {_brief(c['to'])}" for field, c in changes.items() if field not in _QUIET
        ]
        words = f"changes {self._name(effect.ticket)}: {', '.join(shown) or 'it was touched now'}"
        return Happening(kind="change", words=words, facts={"ticket": self._name(effect.ticket), "changes": changes})

    def _keeps(self, effect: AddMessage) -> Happening:
        message = effect.message
        facts = {
            "ticket": self._name(effect.ticket),
            "direction": message.direction.value,
            "role": message.role.value,
            "message_kind": message.kind,
            "from": message.from_address,
            "to": list(message.to),
            "trust": message.trust or None,
            "files": [file.filename for file in message.files],
        }
        files = f", {len(message.files)} files" if message.files else ""
        words = f"keeps {_KEPT[message.direction]} {message.from_address} in {facts['ticket']}{files}"
        return Happening(kind="message", words=words, facts=facts)

    def _sends(self, effect: SendMail) -> Happening:
        ticket = self._name(effect.ticket)
        subject = f"[{ticket}] {effect.subject}" if ticket else effect.subject
        facts = {
            "ticket": ticket,
            "purpose": effect.purpose.value,
            "to": effect.to.address,
            "subject": readable(subject, self.desk),
            "language": effect.language,
            "automatic": effect.automatic,
        }
        words = f"{facts['purpose']} to {facts['to']}: {facts['subject']}"
        words += f" ({effect.held})" if effect.held else ""
        return Happening(kind="mail", words=words, facts=facts)


def _of_staff(effect: SetAway | SetNotices | AskDigest) -> Happening:
    """What a member of staff wants of the desk."""
    if isinstance(effect, AskDigest):
        return Happening(kind="person", words=f"makes {effect.address} a digest", facts={"address": effect.address})
    if isinstance(effect, SetNotices):
        facts: dict[str, Any] = {"address": effect.address, "notices": effect.how}
        return Happening(kind="person", words=f"tells {effect.address} of tickets: {effect.how}", facts=facts)
    facts = {"address": effect.address, "away_until": stamp(effect.until)}
    words = f"marks {effect.address} as {'away' if effect.until else 'back'}"
    return Happening(kind="person", words=words, facts=facts)


def _counted(budget: str, count: int) -> str:
    """What is written into the ledger, as an operator says it. The names are those of the rooms that count."""
    kind, _, of = budget.partition(":")
    whom = of.partition(":")[2]
    few = "" if count == 1 else "s"
    match kind:
        case "to":
            return f"counts as {count} automatic mail{few} to {of}"
        case "to-domain":
            return f"counts as {count} automatic mail{few} to all of {of}"
        case "all":
            return f"counts as {count} automatic mail{few} in all"
        case "stopped":
            return f"counts as {count} automatic mail{few} that the breaker stopped"
        case "breaker":
            return "notes that the operators were told of the breaker"
        case "from":
            return f"counts as {count} mail{few} from {whom}"
        case "from-domain":
            return f"counts as {count} mail{few} from all of {whom}"
        case "reopened":
            return "counts as 1 reopening of the ticket"
        case "said":
            return f"remembers the words of {of.rpartition(':')[0]}, to know them again"
        case "blocked":
            return f"counts as {count} mail{few} turned away by the block of {of}"
        case "quarantined":
            return f"notes that the operators were told of {of or 'a mail that is kept out'}"
    return f"takes {count} of the budget {budget}"


_KEPT = {Direction.IN: "the words of", Direction.NOTE: "a note of", Direction.OUT: "a copy of the mail from"}
_QUIET = frozenset({"updated_at", "priority_reason"})


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, Clock):
        due = f" due {stamp(value.due)}" if value.due else ""
        return f"{value.kind.replace('_', ' ')} {value.state}{due}"
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, Mapping) else value


def _brief(value: Any) -> str:
    words = ", ".join(value) if isinstance(value, list) else str(value if value is not None else "")
    return words or "nothing"
