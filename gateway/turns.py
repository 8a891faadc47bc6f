"""Turns: the short write transactions of the daemon, one after the other, and what is taken in hand in them.

In: what doors brought, readers read and the sender did; what is due. Out: rows, and after their commit, never before,
a word to everybody who waited for them. A store that fails costs nothing but time: what was in hand stays in hand, and
doors tell their clients to come again. A message that cannot be kept, or a rule that raises, costs only that message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sqlalchemy import Connection

from gateway.claim import Claimed, Room, claim
from gateway.collection.collector import Collector
from gateway.courier import Courier, speaks_outside
from gateway.doors.words import Fate
from gateway.porter import Porter, Work
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from gateway.settler import Settler
from gateway.vitals import Counts
from store import journal, mailboxes, outbox
from store.engine import Store, StoreBusy, StoreFull, StoreUnavailable, lease_now
from store.fault import fault_of
from store.journal import Lease
from store.records import Decision, Entry
from store.witness import StoreWentBack, Witness

LEASE = timedelta(seconds=25)
BREATH = 0.2
CLAIM = 64
"""Rows taken in hand in one claim."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Tally:
    """What was done: decisions of timers, how many mails were decided, how many outgoing mails were attempted."""

    due: list[Decision] = field(default_factory=list)
    decided: int = 0
    attempted: int = 0


class Bringer(Protocol):
    """Whoever brings mail into the turns and waits for their end: the doors, the mailboxes on other servers."""

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to write."""

    def turn(self, connection: Connection, lease: Lease, window: int) -> int:
        """Write it; as many messages as `window` are leased to us at once: how many."""

    def settled(self) -> tuple[list[Entry], list[bytes | None], int]:
        """The turn is durable. Entries that are leased to us, their bytes, how many are not."""

    def refused(self, fate: Fate) -> None:
        """Nothing of the turn is durable, and nothing can be kept now."""

    def alone(self, attempt: Callable[[Work], Any], is_down: Callable[[], bool]) -> None:
        """One of these cannot be kept as it is: each gets a turn of its own."""


@dataclass(slots=True)
class Turns:
    """Whoever takes part in the turns of one daemon. `porter` and `collector` are None where nobody serves; `delivers`
    is whether mail leaves.

    `owner` names our leases. `fault` is why the store could not be used lately, empty when it could.
    """

    store: Store
    desk: Desk
    settler: Settler
    courier: Courier
    porter: Porter | None
    witness: Witness
    counts: Counts
    owner: str
    mint: Mint
    now: Callable[[], datetime]
    delivers: bool
    collector: Collector | None = None
    tally: Tally = field(default_factory=Tally)
    backlog: bool = True
    failed: str = ""
    fault: str = ""
    fault_since: datetime | None = None
    last_commit: datetime | None = None
    _others: int = 0

    @property
    def lease(self) -> Lease:
        return Lease(owner=self.owner, until=self._lease_now + LEASE)

    @property
    def _lease_now(self) -> datetime:
        """What time it is by the clock that leases go by."""
        return self.now() + self.courier.apart

    def compare_clocks(self, connection: Connection) -> None:
        """Machines of one desk may disagree about the time; their leases go by the store's clock."""
        now = self.now()
        self.courier.apart = lease_now(connection, now) - now

    @property
    def has_work(self) -> bool:
        """Whether a turn would have something to do."""
        return bool(self.settler.ready or self.courier.ready or any(one.ready for one in self._bringers))

    @property
    def _bringers(self) -> list[Bringer]:
        return [one for one in (self.porter, self.collector) if one is not None]

    @property
    def busy(self) -> bool:
        """Whether anything is in hand or known to wait."""
        return bool(self.has_work or self.settler.held or self.backlog or self.courier.held)

    @property
    def may_send(self) -> bool:
        """Whether the sender takes another claim's worth of mails."""
        return self.delivers and bool(self.courier.worker.pid) and self.courier.room >= CLAIM

    @property
    def roomy(self) -> bool:
        """Whether there is room for another claim's worth of anything."""
        return self.settler.room >= CLAIM and (self.may_send or not self.delivers)

    # One turn

    def take(self) -> None:
        """One short transaction, then everybody who waited for it is told."""
        began = time.perf_counter()
        lease = self.lease
        settling, recording = self.settler.ready, self.courier.ready
        told: list[dict[str, Any]] | None = None
        try:
            with self.store.turn() as connection:
                window = self.settler.room
                for bringer in self._bringers:
                    window -= bringer.turn(connection, lease, window)
                if recording:
                    told = self._record(connection, lease)
                made = self.settle(connection, lease) if settling else None
        except StoreWentBack:
            raise
        except StoreBusy as error:
            self._wait_for_others(error)
            return
        except StoreUnavailable as error:
            self._blame_store(error)
            self._postpone(Fate.FULL if isinstance(error, StoreFull) else Fate.LATER)
            return
        except Exception:
            log.exception("a turn failed; what it held is tried again")
            self._postpone(None)
            return
        self._committed()
        self._others = 0
        self._tell(made, told)
        self.counts.turns += 1
        self.counts.turn.observe(time.perf_counter() - began)
        if recording and told is None:
            time.sleep(BREATH)  # what the sender did still waits: not again at once, and for ever

    def _record(self, connection: Connection, lease: Lease) -> list[dict[str, Any]] | None:
        """The sender's share of a turn, in a savepoint as the rules' share is; None when it has to wait."""
        savepoint = connection.begin_nested()
        try:
            told = self.courier.turn(connection, lease if self.may_send else None)
        except Exception as error:
            fault = fault_of(error)
            if fault is not None and not isinstance(fault, StoreBusy):
                raise
            savepoint.rollback()
            log.log(logging.INFO if fault else logging.ERROR, "what the sender did waits", exc_info=fault is None)
            return None
        savepoint.commit()
        self.witness.note(connection, self.now())
        return told

    def settle(self, connection: Connection, lease: Lease) -> list[dict[str, Any]] | None:
        """The rules' share of a turn, in a savepoint: their fault must not cost a door its commit, nor must another
        machine that is at the same tickets; then the batch waits for the next turn."""
        savepoint = connection.begin_nested()
        try:
            committed = self.settler.turn(connection, lease, send_now=self.may_send)
        except Exception as error:
            fault = fault_of(error)
            if fault is not None and not isinstance(fault, StoreBusy):
                raise
            savepoint.rollback()
            if fault is None:
                log.exception("the rules failed over a batch")
                self.settler.stumbled()
            return None
        savepoint.commit()
        return committed.outbox if committed else []

    def _tell(self, made: list[dict[str, Any]] | None, told: list[dict[str, Any]] | None) -> None:
        for bringer in self._bringers:
            entries, contents, left = bringer.settled()
            self.settler.take(entries, contents)
            self.backlog = self.backlog or left > 0
        if told is not None:
            self.tally.attempted += self.courier.settled()
            self._send(told)
        if made is not None:
            self.tally.decided += self.settler.settled()
            self._send(made)

    def _send(self, rows: list[dict[str, Any]]) -> None:
        """New mails that are leased to us go to the sender at once; others wait for the next claim."""
        leased = [row for row in rows if row["lease_owner"]]
        self.backlog = self.backlog or len(leased) < len(rows)
        self._take_mails(leased)

    def _take_mails(self, rows: Any) -> None:
        """Hand outgoing mails to the sender; those that cannot be prepared now wait until their lease ends."""
        try:
            if any(row["letter"]["files"] or speaks_outside(row) for row in rows):
                with self.store.look() as connection:
                    self.courier.take(rows, connection)
            elif rows:
                self.courier.take(rows, None)
        except Exception:
            log.exception("%s outgoing mails could not be handed to the sender; they are tried again", len(rows))

    def _postpone(self, fate: Fate | None) -> None:
        """Nothing of the turn is durable. Doors say so to their clients, or, without a `fate`, one message at a time
        finds out whose fault it is; what we hold stays in hand. A breath, then again."""
        for bringer in self._bringers:
            if fate:
                bringer.refused(fate)
            else:
                bringer.alone(self.attempt, lambda: bool(self.fault))
        self.backlog = True
        time.sleep(BREATH)

    def _wait_for_others(self, error: StoreBusy) -> None:
        """Somebody else is at the same rows, and all is still in our hand: the next turn tries again, once."""
        self._others += 1
        if self._others > 1:
            self._blame_store(error)
            self._postpone(Fate.LATER)
        else:
            log.info("a turn is taken again: %s", error)

    # What is taken in hand

    def claim(self) -> None:
        """Take what is due and in nobody's hand: mail, timers, outgoing mail."""
        self.backlog = False
        if not self._anything_due():
            return
        room = Room(
            mails=min(self.settler.room, CLAIM),
            letters=CLAIM if self.may_send else 0,
            again=self.courier.room_for_again,
            settling=frozenset(self.settler.held),
            leaving=frozenset(self.courier.held),
        )
        claimed: Claimed | None = self.attempt(partial(self._claim, room))
        if claimed is None:
            return
        if self.porter is None:  # a serving desk runs for months, and nobody asks what was due in them
            self.tally.due += claimed.decisions
        self.settler.take(claimed.entries, claimed.contents)
        self._take_mails(claimed.letters)
        waiting = self.delivers and len(claimed.letters) == room.letters
        self.backlog = len(claimed.entries) == room.mails or waiting or bool(claimed.decisions)

    def _claim(self, room: Room, connection: Connection) -> Claimed:
        claimed = claim(connection, self.desk, self.mint, self.lease, self.now(), room, self._lease_now)
        if claimed.letters:
            self.witness.note(connection, self.now())
        return claimed

    def _anything_due(self) -> bool:
        """A look before the write lock is asked for: an idle desk writes nothing."""
        try:
            with self.store.look() as connection:
                return journal.anything_due(connection, self.now())
        except StoreUnavailable as error:
            self._blame_store(error)
            return False

    def renew(self) -> None:
        """Keep hold of everything that is in hand; once that is durable the sender hears what is still ours."""
        renewed = self.attempt(self._renew)
        if renewed is not None:
            self.courier.renewed(*renewed)
            if self.collector:
                self.collector.held()

    def _renew(self, connection: Connection) -> tuple[set[int], datetime]:
        self.compare_clocks(connection)
        lease = self.lease
        journal.renew(connection, lease, self.settler.held)
        still = outbox.renew(connection, lease, self.courier.held)
        self.hold(connection)
        if self.delivers and not self.store.is_sqlite:
            self.witness.note(connection, self.now())  # a sign of life for the other machines of this desk
        return still, lease.until

    def hold(self, connection: Connection) -> None:
        """Ask for the folders on other servers, or keep hold of them; `Collector.held` follows the commit."""
        if self.collector:
            self.collector.hold(connection, self.lease, self._lease_now)

    def give_back(self, connection: Connection) -> None:
        """Let go of everything: a clean stop."""
        mailboxes.release(connection, self.owner)
        journal.release(connection, self.owner)
        outbox.release(connection, self.owner)

    def attempt(self, work: Callable[[Connection], Any]) -> Any:
        """Work in a turn of its own; None when it could not be done now."""
        try:
            with self.store.turn() as connection:
                done = work(connection)
        except StoreWentBack:
            raise
        except StoreUnavailable as error:
            self._blame_store(error)
            return None
        except Exception as error:
            log.exception("work that is due failed; it is tried again")
            self.failed = type(error).__name__
            return None
        self._committed()
        return done

    def _committed(self) -> None:
        self.witness.committed()
        self.last_commit = self.now()
        self.fault, self.fault_since = "", None

    def _blame_store(self, error: StoreUnavailable) -> None:
        log.error("the store is not available: %s", error)
        self.counts.store_faults += 1
        self.failed = self.fault = str(error)
        self.fault_since = self.fault_since or self.now()
