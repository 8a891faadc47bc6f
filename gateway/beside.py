"""What effects write beside the tickets themselves: budgets, confirmations, people, calls, corrections, words that go.

In: effects of a batch, one by one, with the journal row that each is for. Out: rows, written by the modules of the
store that keep them, in an order that never changes. It decides nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table

from store import calls, chores, confirmations, forgetting, journal, ledger, outbox, overview, people
from store.engine import insert_missing
from store.records import (
    AnswerConfirmation,
    AskDigest,
    Await,
    Decision,
    Effect,
    Forget,
    MarkReachable,
    NoteCorrection,
    NoteReceipt,
    NoteReference,
    Prove,
    SaveCall,
    SetAway,
    SetNotices,
    Spend,
    TicketRef,
    UseKey,
    Witnesses,
)
from store.tables import awaited, corrections, foreign_references


@dataclass(slots=True)
class Beside:
    """What one transaction writes beside its tickets; `used` are reply keys that live on."""

    by_table: dict[Table, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    spent: list[Spend] = field(default_factory=list)
    answers: list[AnswerConfirmation] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    reachable: list[MarkReachable] = field(default_factory=list)
    staff: list[SetAway | SetNotices | AskDigest] = field(default_factory=list)
    forgets: list[tuple[int, Forget]] = field(default_factory=list)
    calls: list[tuple[SaveCall, int, int | None]] = field(default_factory=list)
    receipts: list[NoteReceipt] = field(default_factory=list)
    witnesses: dict[tuple[int, int], str] = field(default_factory=dict)
    proves: bool = False

    def take(self, effect: Effect, origin: int | None, now: datetime, numbers: Mapping[TicketRef, int]) -> None:
        """Collect one effect of this instant; `numbers` are those of new tickets."""
        match effect:
            case Spend():
                self.spent.append(effect)
            case AnswerConfirmation():
                self.answers.append(effect)
            case UseKey(hash=hash_):
                self.used.add(hash_)
            case MarkReachable():
                self.reachable.append(effect)
            case SetAway() | SetNotices() | AskDigest():
                self.staff.append(effect)
            case SaveCall(call=call):
                self.calls.append((effect, _number(call.ticket, numbers), origin))
            case Witnesses(names=names):
                self.witnesses |= {(_number(ref, numbers), number): name for (ref, number), name in names.items()}
            case NoteReceipt():
                self.receipts.append(effect)
            case Prove():
                self.proves = True
            case Forget(ticket=ref):
                self.forgets.append((_number(ref, numbers), effect))
            case _:
                self._row(effect, now, numbers)

    def _row(self, effect: Effect, now: datetime, numbers: Mapping[TicketRef, int]) -> None:
        """An effect that is one row, which may stand there already."""
        match effect:
            case NoteCorrection(ticket=ref):
                said = {name: getattr(effect, name) for name in ("field", "was", "because", "became", "by")}
                self.by_table[corrections].append({"ticket_id": _number(ref, numbers), "at": now, **said})
            case Await(ticket=ref, message_id=message_id):
                self.by_table[awaited].append({"ticket_id": _number(ref, numbers), "message_id": message_id})
            case NoteReference(ticket=ref, domain=domain, reference=reference):
                row = {"domain": domain, "reference": reference, "ticket_id": _number(ref, numbers)}
                self.by_table[foreign_references].append(row)
            case _:
                raise AssertionError(f"nobody writes {type(effect).__name__}")

    def write(self, connection: Connection, now: datetime, asked: Sequence[dict[str, Any]]) -> None:
        """All of it; `asked` are questions about mails, which are there before an answer to one of them."""
        for table in (foreign_references, awaited, corrections):
            insert_missing(connection, table, self.by_table[table])
        calls.save(connection, self.calls, now)
        calls.witness(connection, self.witnesses)
        if self.proves or any(isinstance(wish, SetAway) for wish in self.staff):
            chores.wake(connection, chores.PROMISES, now)
        ledger.spend(connection, self.spent)
        confirmations.ask(connection, asked)
        for answer in self.answers:  # a question is answered once; what is confirmed is looked at again
            if confirmations.answer(connection, answer.hash, answer.answer, answer.by) and answer.answer == "yes":
                journal.requeue(connection, answer.journal_id, f"confirmed by mail {answer.by}", confirmed=True)
        for mark in self.reachable:
            people.mark_reachable(connection, mark.address, mark.since)
        for wish in self.staff:
            if isinstance(wish, SetAway):
                people.set_away(connection, wish.address, wish.until)
            elif isinstance(wish, AskDigest):
                overview.ask_digest(connection, wish.address, now)
            else:
                people.set_notices(connection, wish.address, wish.how)
        for said in self.receipts:
            outbox.note_receipt(connection, said.number, said.how, said.by)
        for number, gone in self.forgets:
            forgetting.forget(connection, number, gone.words, gone.source, gone.message)


def assert_once(decision: Decision) -> None:
    """A decision saves each call once: the second save would be of a call that is there no more."""
    saved = [effect.call.key for effect in decision.effects if isinstance(effect, SaveCall)]
    twice = sorted({f"{ticket}-{number}" for ticket, number in saved if saved.count((ticket, number)) > 1})
    if twice:
        raise AssertionError(f"one decision saves the call {', '.join(twice)} more than once: give it the last value")


def _number(ref: TicketRef, numbers: Mapping[TicketRef, int]) -> int:
    return ref if isinstance(ref, int) else numbers[ref]
