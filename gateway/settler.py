"""The settler: gives raw mail to readers, takes read mail through the rules, batch by batch, in order.

In: journal entries with their bytes, leased to us. Out: decisions, committed in the turn that the daemon holds open.
The window over the journal is bounded; what does not fit waits in the journal. A reader's death charges the mail that
it had in hand and no other; a third death makes a stub ticket with the raw mail kept (promise 2).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from gateway import pipeline, trail
from gateway.channel import ChannelClosed
from gateway.doors.words import LARGE
from gateway.inquiry import Answered, Inquiry
from gateway.reader import WORDS, InHand, Raw, Read, ReaderOptions, Ready, unread
from gateway.rules.case import Incoming, Mint
from gateway.rules.desk import Desk
from gateway.rules.trust import unproven
from gateway.spool import Spool, SpoolDamaged
from gateway.stages.commit import Committed, commit
from gateway.vitals import Counts, ReaderVitals
from gateway.worker import Worker
from parsing.message import AuthResults, ParsedMail
from store import journal
from store.engine import StoreUnavailable
from store.journal import Lease
from store.records import Decision, Entry, TicketRef

WINDOW = 4096
"""Mails in memory at most, and their bytes at most; the queue behind them is the journal, without a bound."""
WINDOW_BYTES = 64 << 20
BATCH = 32
READ_AT_ONCE = 16
START_SECONDS = 60.0
AGAIN_SECONDS = 5.0
"""After which a large mail that could not be laid out for its reader is tried again."""
DEATHS = 3

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Slot:
    """One reader and what it was given. `since` is the monotonic second at which the mail in hand was begun.

    After a death `ready` waits for the next reader's word that it has started: a reader that cannot start at all must
    not be charged to the mails.
    """

    worker: Worker
    batch: list[Raw] = field(default_factory=list)
    in_hand: int = 0
    since: float = 0.0
    ready: bool = True
    starting: bool = True
    had_large: bool = True


class Settler:
    """Everything between the journal and the decisions of one process."""

    def __init__(
        self,
        desk: Desk,
        options: ReaderOptions,
        readers: int,
        deadline: float,
        mint: Mint,
        now: Callable[[], datetime],
        monotonic: Callable[[], float],
        spool: Spool,
        counts: Counts | None = None,
        inquiry: Inquiry | None = None,
    ) -> None:
        """`inquiry` is where mail waits for a look of our own at who sent it; None where nobody looks."""
        self._desk = desk
        self._deadline = deadline
        self._mint = mint
        self._now = now
        self._monotonic = monotonic
        self._spool = spool
        self.counts = counts or Counts()
        self.inquiry = inquiry
        self._evidence: dict[int, AuthResults] = {}
        self._decisions: list[Decision] = []
        self._numbers: dict[TicketRef, int] = {}
        self.slots = [_Slot(Worker("reader", options, classes=WORDS)) for _ in range(readers)]
        self._entries: dict[int, Entry] = {}
        self._unread: deque[Raw] = deque()
        self._large: deque[Raw] = deque()
        self._read: deque[tuple[int, ParsedMail]] = deque()
        self._unreadable: dict[int, str] = {}
        self._charged: list[Raw] = []
        self._large_after = 0.0
        self._weights: dict[int, int] = {}
        self._bytes = 0
        self._taken = 0
        self._alone = 0

    @property
    def room(self) -> int:
        """How many more mails the window takes."""
        return 0 if self._bytes >= WINDOW_BYTES else max(0, WINDOW - len(self._entries))

    @property
    def held(self) -> list[int]:
        """The journal numbers in our hand."""
        return list(self._entries)

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to settle."""
        return bool(self._read or self._charged)

    def take(self, entries: Iterable[Entry], contents: Iterable[bytes | None]) -> None:
        """Mails that are leased to us, with their bytes; a large one goes to its reader as a file."""
        for entry, given in zip(entries, contents, strict=True):
            content = given if entry.size <= LARGE else None
            self._entries[entry.id] = entry
            self._weights[entry.id] = len(content or b"")
            self._bytes += self._weights[entry.id]
            if entry.withheld:
                self._give_up(entry.id, entry.withheld)
            elif entry.attempts >= DEATHS:
                self._give_up(entry.id, "no reader survived it")
            elif content is not None and len(content) != entry.size:
                self._give_up(entry.id, f"the store has {len(content)} of its {entry.size} bytes")
            else:
                self._queue(Raw(entry.id, content, entry.envelope.sender))
        self._dispatch()

    def _queue(self, *raws: Raw, first: bool = False) -> None:
        """Small and large mails wait apart."""
        for raw in reversed(raws) if first else raws:
            queue = self._large if raw.content is None else self._unread
            (queue.appendleft if first else queue.append)(raw)

    def heard(self, slot: _Slot) -> None:
        """A reader has something to say, or died."""
        try:
            messages = slot.worker.channel.receive()
        except ChannelClosed:
            self._died(slot, slot.worker.kill())
            return
        for message in messages:
            if not self._take_word(slot, message):
                log.error("a reader said what makes no sense: it was taken over by a mail, or is broken")
                self._died(slot, slot.worker.kill())
                return
        self._dispatch()

    def _take_word(self, slot: _Slot, message: object) -> bool:
        """Note what a reader says; False when it is nothing that a reader says now. It reads strangers' mail: only what
        it was given can be answered, in the order in which it was given."""
        given = [raw.id for raw in slot.batch]
        match message:
            case InHand(number) if number in given and number != slot.in_hand:
                slot.in_hand, slot.since = number, self._monotonic()
            case Ready() if not slot.ready or slot.starting:
                slot.ready, slot.starting = True, False
            case Read(list() as mails) if _answers(mails, given):
                self._understood(slot.batch, mails)
                slot.batch, slot.in_hand = [], 0
            case _:
                return False
        return True

    def _understood(self, raws: list[Raw], mails: list[tuple[int, ParsedMail]]) -> None:
        """Read mail goes to the rules, or waits for our own look first."""
        for raw, (number, mail) in zip(raws, mails, strict=True):
            entry = self._entries[number]
            if self.inquiry is not None and unproven(mail, entry, self._desk):
                client = entry.envelope.client
                self.inquiry.take(entry, mail, raw, "" if client in self._desk.hops else client)
            else:
                self._read.append((number, mail))

    def answered(self) -> None:
        """The verifier has something to say, or died."""
        if self.inquiry is not None:
            self._proven(self.inquiry.heard())

    def _proven(self, answers: list[Answered]) -> None:
        for number, mail, found in answers:
            self._entries[number] = replace(self._entries[number], evidence=found)
            self._evidence[number] = found
            self._read.append((number, mail))

    def overdue(self) -> list[_Slot]:
        """Readers that have had one mail in hand for longer than the deadline; they are killed here."""
        late = [slot for slot in self.slots if self._is_late(slot)]
        for slot in late:
            slot.worker.kill()
            self._died(slot, f"no answer within {self._deadline:.0f} s")
        self._dispatch()
        if self.inquiry is not None:
            self._proven(self.inquiry.overdue())
        return late

    def _is_late(self, slot: _Slot) -> bool:
        limit = self._deadline if slot.ready else START_SECONDS
        return bool(slot.batch or not slot.ready) and self._monotonic() - slot.since > limit

    def turn(self, connection: Connection, lease: Lease, *, send_now: bool = True) -> Committed | None:
        """Settle one batch inside the caller's transaction; None when there was nothing to settle.

        `send_now` takes the new mails in hand; else they wait in the outbox.
        """
        for raw in self._charged:
            self._charge(connection, raw)
        self._taken = min(len(self._read), 1 if self._alone else BATCH)
        batch = [self._read[i] for i in range(self._taken)]
        if not batch:
            return None
        now = self._now()
        ours = journal.still_ours(connection, lease.owner, [number for number, _ in batch])
        fresh = {number: self._evidence[number] for number, _ in batch if number in ours and number in self._evidence}
        journal.note_evidence(connection, fresh)
        incoming = [
            Incoming(entry=self._entries[number], mail=mail, now=now, unreadable=self._unreadable.get(number, ""))
            for number, mail in batch
            if number in ours
        ]
        replayed = any(item.entry.earlier for item in incoming)  # its mails may stand in the outbox already
        decisions, snapshot = pipeline.settle(connection, incoming, self._desk, self._mint)
        in_hand = lease if send_now and not replayed else None
        committed = commit(connection, decisions, snapshot, self._desk, now, in_hand)
        self._decisions, self._numbers = committed.decisions, committed.numbers
        return committed

    def settled(self) -> int:
        """The turn's transaction is durable: let go of its mails; how many they were."""
        count, self._taken = self._taken, 0
        for _ in range(count):
            self._let_go(self._read.popleft()[0])
        self._alone = max(0, self._alone - 1)
        self._charged.clear()
        self._count()
        self._dispatch()
        return count

    def _count(self) -> None:
        """The verdicts of this turn, and how long their mails have waited for them."""
        now, decisions, self._decisions = self._now(), self._decisions, []
        trail.decided(decisions, self._numbers, self._desk, now)
        for decision in decisions:
            self.counts.verdicts[decision.verdict.value] += 1
            if decision.entry is not None:
                self.counts.decided.observe((now - decision.entry.envelope.received_at).total_seconds())

    def vitals(self) -> tuple[ReaderVitals, ...]:
        """How the readers are."""
        now = self._monotonic()
        return tuple(
            ReaderVitals(
                alive=bool(slot.worker.pid),
                mail=slot.in_hand,
                seconds=now - slot.since if slot.in_hand else 0.0,
            )
            for slot in self.slots
        )

    def stumbled(self) -> None:
        """The rules raised over this batch: take its mails one by one, so that only the one that did it waits.

        One whose stub cannot be settled either goes back to the journal until its lease ends.
        """
        if not self._alone:
            self._alone = min(len(self._read), BATCH)
            return
        number, mail = self._read.popleft()
        entry = self._entries[number]
        self._alone -= 1
        log.error("mail=%s the rules failed over it, %s of %s times", number, entry.attempts + 1, DEATHS)
        if number in self._unreadable:
            self._let_go(number)
            return
        self._entries[number] = replace(entry, attempts=entry.attempts + 1)
        if entry.attempts + 1 < DEATHS:
            self._read.append((number, mail))
        else:
            self._give_up(number, "the rules failed over it")

    def _let_go(self, number: int) -> None:
        entry = self._entries.pop(number, None)
        self._unreadable.pop(number, None)
        self._evidence.pop(number, None)
        weight = self._weights.pop(number, 0)
        self._bytes -= weight
        if entry is None or weight or not entry.size:
            return
        if all(other.sha256 != entry.sha256 for other in self._entries.values()):  # it went to its reader as a file
            self._spool.drop(entry.sha256)

    def _give_up(self, number: int, why: str) -> None:
        """The third death: what we know of the envelope becomes a stub ticket."""
        self._unreadable[number] = why
        self._read.append((number, unread(why)))

    def _charge(self, connection: Connection, raw: Raw) -> None:
        attempts = journal.charge(connection, raw.id)
        self._entries[raw.id] = replace(self._entries[raw.id], attempts=attempts)

    def _died(self, slot: _Slot, how: str) -> None:
        """Charge the mail in hand, release the others uncharged, and start a fresh reader.

        A reader that had started and named nothing died over the first of its batch, while it was handed over.
        """
        log.warning("mail=%s its reader died: %s", slot.in_hand or "-", how)
        over = slot.in_hand or (slot.batch[0].id if slot.ready and slot.batch else 0)
        guilty = [raw for raw in slot.batch if raw.id == over]
        self._queue(*(raw for raw in slot.batch if raw.id != over), first=True)
        slot.batch, slot.in_hand, slot.ready, slot.since = [], 0, False, self._monotonic()
        for raw in guilty:
            deaths = self._entries[raw.id].attempts + sum(1 for other in self._charged if other.id == raw.id) + 1
            self._charged.append(raw)
            if deaths >= DEATHS:
                self._give_up(raw.id, f"no reader survived it: {how}")
            else:
                self._queue(raw)
        slot.worker.start()

    def _dispatch(self) -> None:
        """Give idle readers a batch each."""
        for slot in self.slots:
            if slot.batch or not slot.ready or not slot.worker.pid:
                continue
            slot.batch = self._next_batch(slot)
            if slot.batch:
                slot.had_large = slot.batch[0].content is None
                slot.since, slot.in_hand = self._monotonic(), 0
                slot.worker.channel.send(slot.batch)

    def _next_batch(self, slot: _Slot) -> list[Raw]:
        """Small mails together, or a large one alone, and only one of those at a time; a reader that had a large one
        takes small ones first, so that neither kind waits for ever."""
        large_in_hand = any(raw.content is None for other in self.slots for raw in other.batch)
        is_its_turn = self._large and not large_in_hand and not (slot.had_large and self._unread)
        if is_its_turn and self._monotonic() >= self._large_after and (batch := self._next_large()):
            return batch
        return [self._unread.popleft() for _ in range(min(READ_AT_ONCE, len(self._unread)))]

    def _next_large(self) -> list[Raw]:
        raw = self._large[0]
        entry = self._entries[raw.id]
        try:
            path = self._spool.fetch(entry.sha256, entry.size)
        except SpoolDamaged as error:
            self._large.popleft()
            self._give_up(raw.id, str(error))
            return []
        except (StoreUnavailable, OSError) as error:
            log.error("mail=%s cannot be laid out for its reader, it is tried again: %s", raw.id, error)
            self._large_after = self._monotonic() + AGAIN_SECONDS
            return []
        self._large.popleft()
        return [replace(raw, path=path)]


def _answers(mails: list[object], given: list[int]) -> bool:
    """Whether these are the mails that were given, each with what it means."""
    pairs = [pair for pair in mails if isinstance(pair, tuple) and len(pair) == 2]
    if len(pairs) != len(mails) or [number for number, _ in pairs] != given:
        return False
    return bool(given) and all(isinstance(mail, ParsedMail) for _, mail in pairs)
