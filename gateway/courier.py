"""The courier: the daemon's side of sending. Outbox rows go in; results, rendered bytes and next attempts come out.

A mail passes three steps: rendered by the sender process, stored, then sent. It never lets a mail be sent whose bytes
are not stored, never marks one sent before the remote has said so, never writes about a row that somebody else holds
by now, and never fails a mail without saying so on its ticket. When the sender dies or hangs, only what it had in hand
is charged.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from gateway import addressed, trail
from gateway.channel import ChannelClosed
from gateway.failure import Failed, tell
from gateway.jobs.deliver import Alive, Deliver, Enclosure, Held, Render, Rendered
from gateway.rules import privacy
from gateway.rules.desk import Desk
from gateway.rules.privacy import LEAK
from gateway.rules.speech.unheard import by_verbs
from gateway.rules.undelivered import GIVEN_UP, REFUSED, UNRENDERED
from gateway.transport import Outcome, Outgoing, Parcel
from gateway.transport.lanes import Begun, Delivered
from gateway.vitals import FAILED, LATER, SENT, UNKNOWN, Counts
from gateway.worker import Worker
from store import blobs, outbox
from store.engine import StoreBusy, is_store_fault
from store.fault import fault_of
from store.journal import Lease
from store.records import OutboxState, Purpose, Role
from store.spoken import spoken

WINDOW = 2048
"""Mails in the sender's hand at most."""
AGAIN_WINDOW = WINDOW // 2
"""Of these, mails that are tried again; the rest is for mail that was never tried."""
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60))
GIVE_UP = timedelta(days=5)
RENDERINGS = 3
"""Times that a letter may kill the sender or raise before it has failed."""
SILENCE = 30.0
"""Seconds without a sign of life after which a sender that has something in hand is killed."""
HOLD = 25.0
"""Seconds that the sender may think a mail ours at most, whatever the clock of its lease says."""
STALL = 5.0
"""Seconds between two looks after which it was us who were away, and nobody's silence counts."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of one mail; `rendering` when it has no bytes yet."""

    number: int
    outcome: Outcome
    rendering: bool = False


class Courier:
    """What is in the hand of one sender process."""

    def __init__(
        self,
        desk: Desk,
        outgoing: Outgoing,
        now: Callable[[], datetime],
        jitter: Callable[[], float],
        mint: Callable[[], str] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        counts: Counts | None = None,
    ) -> None:
        self._counts = counts or Counts()
        self.worker = Worker("sender", outgoing)
        self._desk = desk
        self._guard = privacy.guard(desk)
        self._now = now
        self._jitter = jitter
        self._mint = mint or (lambda: f"<{secrets.token_hex(12)}@{desk.domain}>")
        self._monotonic = monotonic
        self._rows: dict[int, Mapping[str, Any]] = {}
        self._again: set[int] = set()
        self._stored: set[int] = set()
        self._begun: dict[int, set[int]] = {}
        self._rendered: dict[int, bytes] = {}
        self._results: list[_Result] = []
        self._untouched: set[int] = set()
        self._lost: set[int] = set()
        self._until: dict[int, float] = {}
        self._held_until = -math.inf
        self._turned: tuple[int, list[int]] | None = None
        self._heard_at = self._looked_at = monotonic()
        self.apart = timedelta()  # how far the clock that leases go by is ahead of ours

    @property
    def room(self) -> int:
        return max(0, WINDOW - len(self._rows))

    @property
    def room_for_again(self) -> int:
        """How many mails that were tried before may be claimed: a queue that comes due must not fill our hands."""
        return max(0, min(self.room, AGAIN_WINDOW - len(self._again)))

    @property
    def held(self) -> list[int]:
        """The outbox numbers in our hand."""
        return list(self._rows)

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to store."""
        return bool(self._rendered or self._results or self._untouched)

    def take(self, rows: Sequence[Mapping[str, Any]], connection: Connection | None) -> None:
        """Outbox rows that are leased to us; `connection` reads the raw mails that their files are parts of.

        A letter that was tried before and has no bytes may be what killed a sender: it is rendered alone.
        """
        if not self.worker.pid:  # there is no sender: nobody would ever answer for them
            self._rows.update((row["id"], row) for row in rows)
            self._untouched.update(row["id"] for row in rows)
            return
        plain, backgrounds = Render([], {}, self._guard), self._backgrounds(rows, connection)
        alone: list[Render] = []
        parcels: list[Parcel] = []
        if not self._rows:
            self._heard_at = self._monotonic()
        for row in rows:
            number = row["id"]
            self._rows[number] = row
            self._until[number] = self._end(row["lease_until"])
            if row.get("attempts"):
                self._again.add(number)
            try:
                if content := row.get("rendered"):
                    parcels.append(self._parcel(row, bytes(content)))
                    continue
                render = Render([], {}, self._guard) if row.get("attempts") else plain
                self._prepare(row, render, connection, backgrounds)
            except Exception as error:
                if is_store_fault(error):
                    self._untouched.add(number)
                    continue
                log.exception("outbox=%s cannot be handed to the sender", number)
                self._results.append(_Result(number, Outcome(0, type(error).__name__), rendering=True))
                continue
            if render is not plain:
                alone.append(render)
        for message in (*([plain] if plain.letters else []), *alone, *([Deliver(parcels)] if parcels else [])):
            self.worker.channel.send(message)

    def _backgrounds(
        self, rows: Sequence[Mapping[str, Any]], connection: Connection | None
    ) -> dict[int, privacy.Background]:
        """What the tickets of those add to the last check in which somebody of us speaks to somebody outside."""
        wanted = {row["ticket_id"] for row in rows if speaks_outside(row) and not row.get("rendered")} - {None}
        if not wanted or connection is None:
            return {}
        handed = {row["ticket_id"] for row in rows if row["purpose"] == Purpose.HANDOFF.value}  # they say what to do
        return {
            number: privacy.background(
                said.messages, () if number in handed else [text for one in said.tickets for text in by_verbs(one)]
            )
            for number, said in spoken(connection, wanted).items()
        }

    def _prepare(
        self,
        row: Mapping[str, Any],
        render: Render,
        connection: Connection | None,
        backgrounds: Mapping[int, privacy.Background],
    ) -> None:
        """Add a letter with the raw mails of its files. One that is not in the store any more makes rendering fail."""
        enclosures = tuple(_enclosure(file) for file in row["letter"]["files"])
        letter = addressed.letter(self._desk, row)
        if speaks_outside(row) and row["ticket_id"] in backgrounds:
            letter = replace(letter, background=backgrounds[row["ticket_id"]])
        for name in {enclosure.raw for enclosure in enclosures} - render.raws.keys():
            raw = blobs.read(connection, name) if connection is not None else None
            if raw is not None:
                render.raws[name] = raw
        render.letters.append((row["id"], letter, enclosures))

    def renewed(self, still: set[int], until: datetime) -> None:
        """Our leases are renewed until then, and that is durable; what is not `still` ours is not sent any more."""
        gone = frozenset(self._rows.keys() - still)
        if gone:
            log.warning("%s somebody else holds it by now; it is withdrawn", trail.numbered("outbox", gone))
        for number in gone:
            self._let_go(number)
        self._held_until = self._end(until)
        if self.worker.pid:
            self.worker.channel.send(Held(self._held_until, gone))

    def _end(self, until: datetime) -> float:
        """The end of a lease on the monotonic clock."""
        return self._monotonic() + min(HOLD, (until - self._now() - self.apart).total_seconds())

    def heard(self) -> None:
        """The sender has something to say. If it died, its mails go back to the queue."""
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._died(self.worker.kill())
            return
        for message in messages:
            if isinstance(message, Begun):
                self._begun[message.lane] = set(message.numbers)
            elif isinstance(message, Delivered):
                self._results += [_Result(number, outcome) for number, outcome in message.results]
            elif isinstance(message, Rendered):
                self._rendered.update((number, content) for number, content in message.contents if number in self._rows)
                self._results += [_Result(n, Outcome(0, why), rendering=True) for n, why in message.broken]
                self._results += [_Result(n, Outcome(0, why, tried=False)) for n, why in message.unsigned]
                self._begun.pop(0, None)
            if isinstance(message, Alive | Rendered) or (isinstance(message, Begun) and message.lane == 0):
                self._heard_at = self._monotonic()  # the lanes' word says nothing about the loop that renders

    def overdue(self) -> None:
        """Kill a sender that has something in hand and gives no sign of life: it is stopped, or a letter holds it."""
        now = self._monotonic()
        if not self._rows or now - self._looked_at > STALL:
            self._heard_at = now
        self._looked_at = now
        if now - self._heard_at <= SILENCE:
            return
        self.heard()  # what waits to be heard may be the sign
        if self._monotonic() - self._heard_at > SILENCE:
            self._died(f"no sign of life for {SILENCE:.0f} s, {self.worker.kill()}")

    def turn(self, connection: Connection, lease: Lease | None = None) -> list[dict[str, Any]]:
        """Store what was rendered and what became of attempts; the rows of mails that tell of failures.

        `lease` takes those rows in hand; without it they wait in the outbox.
        """
        self._turned = None  # a turn that is rolled back leaves everything for the next one
        holders = {number: row["lease_owner"] for number, row in self._rows.items()}
        known = {result.number: result for result in reversed(self._results) if result.number in holders}
        written = {number: self._written(result) for number, result in known.items()}
        rendered = {number: content for number, content in self._rendered.items() if number in holders}
        kept = outbox.keep_rendered(connection, holders, rendered)
        done = outbox.record(connection, list(written.values()))
        outbox.put_back(connection, {n: holders[n] for n in self._untouched if n in holders})
        self._lost = (self._rendered.keys() - kept) | (written.keys() - done)
        failed = [
            self._failed(known[number], written[number])
            for number in sorted(done)
            if written[number]["new_state"] == OutboxState.FAILED.value
        ]
        made = self._tell(connection, failed, lease) if failed else []
        self._turned = (len(self._results), sorted(self._untouched))
        return made

    def _tell(self, connection: Connection, failed: list[Failed], lease: Lease | None) -> list[dict[str, Any]]:
        """In a savepoint: a fault in telling must not keep the failure itself from being written."""
        savepoint = connection.begin_nested()
        try:
            made = tell(connection, self._desk, failed, self._mint, self._now(), lease)
        except Exception as error:
            fault = fault_of(error)
            if fault is None or isinstance(fault, StoreBusy):  # what is around it may go on
                savepoint.rollback()
            if fault is not None:
                raise
            numbers = trail.numbered("outbox", [mail.number for mail in failed])
            log.exception("%s nobody could be told that it has failed", numbers)
            return []
        savepoint.commit()
        return made

    def settled(self) -> int:
        """The turn is durable: what was stored may be sent, what was sent is out of our hand; how many results."""
        if self._turned is None:
            return 0
        count, untouched = self._turned
        left = [(self._rows[r.number], r.outcome) for r in self._results[:count] if r.number in self._rows]
        trail.sent((pair for pair in left if pair[1].delivered), self._desk)
        for result in self._results[:count]:
            if result.outcome.tried and not result.rendering:
                self._counts.attempts[_fate(result.outcome)] += 1
        for number in (*(result.number for result in self._results[:count]), *untouched, *self._lost):
            self._let_go(number)
        if self._lost:
            log.warning("%s somebody else holds it by now; our word is left out", trail.numbered("outbox", self._lost))
        self._results = self._results[count:]
        self._untouched.difference_update(untouched)
        parcels = [self._parcel(self._rows[n], content) for n, content in self._rendered.items() if n in self._rows]
        self._stored.update(parcel.id for parcel in parcels)
        self._rendered, self._lost, self._turned = {}, set(), None
        if parcels:
            self.worker.channel.send(Deliver(parcels))
        return count

    def _let_go(self, number: int) -> None:
        self._rows.pop(number, None)
        self._until.pop(number, None)
        self._again.discard(number)
        self._stored.discard(number)
        for numbers in self._begun.values():
            numbers.discard(number)

    def _written(self, result: _Result) -> dict[str, Any]:
        """What the outbox shall say of an attempt."""
        row, outcome, now = self._rows[result.number], result.outcome, self._now()
        attempts = row.get("attempts") or 0
        state, due = OutboxState.SENT, now
        if outcome.permanent or (outcome.temporary and self._is_last(result, row, now)):
            state = OutboxState.FAILED
        elif outcome.temporary:
            state = OutboxState.QUEUED
            due = now + BACKOFF[min(attempts, len(BACKOFF) - 1)] * (0.8 + 0.4 * self._jitter())
        if state is not OutboxState.SENT:
            begin = trail.of_outbox(row, self._desk)
            log.warning("%s %s code=%s %s", begin, state.value, outcome.code, outcome.text)
        text = f"could not be rendered: {outcome.text}" if result.rendering else outcome.text
        return {
            "number": result.number,
            "owner": row["lease_owner"],
            "charge": int(outcome.tried),
            "new_state": state.value,
            "new_next": due,
            "new_code": outcome.code,
            "new_text": text[:500],
            "new_sent": now if state is OutboxState.SENT else None,
        }

    def _is_last(self, result: _Result, row: Mapping[str, Any], now: datetime) -> bool:
        attempts = (row.get("attempts") or 0) + 1
        if result.rendering:
            return result.outcome.text.startswith(LEAK) or attempts >= RENDERINGS  # the same letter is never cleaner
        return bool(result.outcome.tried and attempts > 1 and now - row["created_at"] > GIVE_UP)

    def _failed(self, result: _Result, written: Mapping[str, Any]) -> Failed:
        row, outcome = self._rows[result.number], result.outcome
        how = UNRENDERED if result.rendering else REFUSED if outcome.permanent else GIVEN_UP
        return Failed(
            number=result.number,
            ticket=row["ticket_id"],
            purpose=Purpose(row["purpose"]),
            to=row["to_address"],
            message_id=row["message_id"],
            how=how,
            code=str(outcome.code) if outcome.code else "",
            text=written["new_text"],
            attempts=(row.get("attempts") or 0) + written["charge"],
        )

    def _died(self, how: str) -> None:
        """What it had in hand is charged: whether it left is unknown, and it is tried again with the same bytes (at
        least once). The rest goes back as it was."""
        decided = {result.number for result in self._results}
        begun = {number for numbers in self._begun.values() for number in numbers} & self._rows.keys() - decided
        log.warning("sender died with %s mails in hand, %s of them begun: %s", len(self._rows), len(begun), how)
        for number in sorted(begun):
            if number in self._stored or self._rows[number].get("rendered"):
                text = f"unknown: may have been delivered; the sender died over it ({how})"
                self._results.append(_Result(number, Outcome(0, text)))
            else:
                self._results.append(_Result(number, Outcome(0, f"the sender died over it ({how})"), rendering=True))
        self._untouched |= self._rows.keys() - decided - begun
        self._begun, self._rendered, self._heard_at = {}, {}, self._monotonic()
        self.worker.start()

    def _parcel(self, row: Mapping[str, Any], content: bytes) -> Parcel:
        until = max(self._until[row["id"]], self._held_until)
        path, name = addressed.reverse_path(self._desk, row), addressed.envelope_id(self._desk, row)
        return Parcel(row["id"], path, row["to_address"], content, not row.get("attempts"), until, name)


def speaks_outside(row: Mapping[str, Any]) -> bool:
    """Whether words of somebody of us may leave with it: then the last check wants to know its ticket."""
    return row["letter"].get("role") != Role.AGENT.value and privacy.speaks(row["purpose"])


def _fate(outcome: Outcome) -> str:
    """How an attempt ended, as metrics call it."""
    if outcome.delivered:
        return SENT
    if outcome.permanent:
        return FAILED
    return LATER if outcome.code else UNKNOWN


def _enclosure(file: Mapping[str, Any]) -> Enclosure:
    return Enclosure(raw=file["raw"], part=file["part"], filename=file["filename"], content_type=file["content_type"])
