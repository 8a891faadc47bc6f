"""The daemon: wires the desk by hand, holds the one writer, and takes turns until it is told to stop.

In: a checked configuration. Out: a running desk. One loop owns the store: what doors brought, what readers read and
what the sender did goes into one short transaction a turn; only after its commit does a door say 250, a mail leave,
or a reader get the next batch. The loop never waits for a reader, a client or a remote server.
"""

from __future__ import annotations

import json
import logging
import os
import random
import secrets
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection

from gateway.channel import Channel
from gateway.claim import Claimed, Room, claim
from gateway.config.settings import Config, read_secret
from gateway.courier import Courier, outgoing
from gateway.doors.words import Arrived
from gateway.lock import DeskLock
from gateway.porter import Porter, received
from gateway.reader import ReaderOptions
from gateway.settler import Settler
from gateway.worker import settle_memory
from parsing.message import Reading
from store import journal, outbox
from store.engine import Store, StoreUnavailable, is_store_fault
from store.journal import Lease
from store.opening import open_store
from store.records import Decision

LEASE = timedelta(seconds=25)
RENEW_SECONDS = 8.0
TICK_SECONDS = 0.5
DRAIN_SECONDS = 25.0
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


class Daemon:
    """One desk's process. `serve` runs it with its doors; `settle_all` runs it without, until nothing is left."""

    def __init__(self, config: Config, *, with_doors: bool, delivers: bool = True) -> None:
        self._config = config
        self._delivers = delivers
        self._lock = DeskLock(config.store.data)
        self._lock.take()
        self._store: Store = open_store(config.store.url)
        self._owner = secrets.token_hex(8)
        self._desk = config.desk(read_secret(config.store.data))
        self._settler = Settler(
            self._desk,
            ReaderOptions(
                reading=Reading(languages=self._desk.languages, topics=self._desk.topics),
                memory_mb=config.reader.memory_mb,
            ),
            config.reader.processes,
            config.reader.deadline.total_seconds(),
            self.mint,
            self.now,
            time.monotonic,
        )
        self._courier = Courier(self._desk, outgoing(config), self.now, random.random)
        self._porter = Porter(config, self._desk) if with_doors else None
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Any, Callable[[], None]] = {}
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._backlog = True
        self._swept = 0.0
        self._renewed = 0.0
        self._stopping = False
        self._failed = ""
        self.tally = Tally()

    def now(self) -> datetime:
        """The desk's clock: real time, on demo desks shifted by `clock.offset`."""
        return datetime.now(UTC) + self._config.clock_offset

    def mint(self) -> str:
        """A new Message-ID: random, short, ours (DESIGN section 4)."""
        return f"<{secrets.token_hex(12)}@{self._desk.domain}>"

    def serve(self) -> None:
        """Open, say so in one line, run until SIGTERM or SIGINT, drain."""
        self._start()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        ticker = BackgroundScheduler(timezone=UTC)
        ticker.add_job(
            self._wake, "interval", seconds=TICK_SECONDS, misfire_grace_time=None, coalesce=True, max_instances=1
        )
        ticker.start()
        print(json.dumps(self._ready()), flush=True)  # noqa: T201 - the contract's one line on stdout
        try:
            while not self._stopping:
                self._step(5.0)
            self._drain()
        finally:
            ticker.shutdown(wait=False)
            self._stop()

    def settle_all(self, progress: Callable[[int], None] | None = None) -> Tally:
        """Do all that is due now: timers, undecided mail, outgoing mail; what was done."""
        self._start()
        try:
            while True:
                self._claim()
                self._step(0.05)
                if progress:
                    progress(len(self._settler.held))
                if self._failed:
                    raise StoreUnavailable(self._failed)
                if not self._busy():
                    return self.tally
        finally:
            self._stop()

    def _start(self) -> None:
        if self._store.is_sqlite:  # we hold the only lock: leases of a process that died are nobody's
            with self._store.turn() as connection:
                journal.release_all(connection)
                outbox.release_all(connection)
        settle_memory()
        self._settler.start()
        if self._delivers:
            self._courier.worker.start()
        if self._porter:
            self._porter.start()
        self._watch()
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def _ready(self) -> dict[str, Any]:
        doors = self._porter.addresses if self._porter else {}
        return {"event": "ready", "smtp": None, "lmtp": None, "web": None, **doors, "pid": os.getpid()}

    # The loop

    def _step(self, seconds: float) -> None:
        """Hear everybody, take one turn, look after the leases."""
        self._watch()
        wait = 0.0 if self._has_work() else seconds
        for key, mask in self._selector.select(wait):
            if key.fileobj is self._wake_out:
                self._wake_out.recv(4096)
                continue
            if mask & selectors.EVENT_WRITE:
                key.fileobj.flush()  # type: ignore[union-attr]
            if mask & selectors.EVENT_READ:
                self._watched[key.fileobj]()
        if self._has_work():
            self._turn()
        self._look_after()

    def _has_work(self) -> bool:
        return bool(self._settler.ready or self._courier.ready or (self._porter and self._porter.ready))

    def _turn(self) -> None:
        """One short transaction, then everybody who waited for it is told."""
        arrived = self._porter.take() if self._porter else []
        lease = self._lease()
        window = self._settler.room
        settling = self._settler.ready
        try:
            with self._store.turn() as connection:
                incoming = [received(item) for item in arrived]
                taken = min(window, len(incoming))
                mine = journal.append(connection, incoming[:taken], lease)
                journal.append(connection, incoming[taken:])
                self._courier.turn(connection)
                made = self._settle(connection, lease) if settling else None
        except StoreUnavailable as error:
            log.error("the store is not available: %s", error)
            self._postpone(arrived)
            return
        except Exception:
            log.exception("a turn failed; what it held is tried again")
            self._keep_alone(arrived)
            return
        self._answer(arrived, kept=True)
        self._backlog = self._backlog or taken < len(incoming)
        self.tally.attempted += self._courier.settled()
        self._settler.take(mine, [item.content for item in incoming[:taken]])
        if made is not None:
            self.tally.decided += self._settler.settled()
            self._send(made)

    def _postpone(self, arrived: list[Arrived]) -> None:
        """Nothing of the turn is durable: doors say 451, what we hold stays in hand; a breath, then again."""
        self._answer(arrived, kept=False)
        time.sleep(BREATH)

    def _keep_alone(self, arrived: list[Arrived]) -> None:
        """One of these cannot be kept as it is: each gets a turn of its own, so that it costs only its own sender."""
        for item in arrived:
            self._answer([item], kept=bool(self._try(partial(_keep, item))))
        self._backlog = True
        time.sleep(BREATH)

    def _settle(self, connection: Connection, lease: Lease) -> list[dict[str, Any]] | None:
        """The rules' share of a turn, in a savepoint: their fault must not cost a door its commit."""
        savepoint = connection.begin_nested()
        try:
            committed = self._settler.turn(connection, lease, send_now=self._may_send)
        except Exception as error:
            if is_store_fault(error):
                raise
            savepoint.rollback()
            log.exception("the rules failed over a batch")
            self._settler.stumbled()
            return None
        savepoint.commit()
        return committed.outbox if committed else []

    def _send(self, rows: list[dict[str, Any]]) -> None:
        """New mails that are leased to us go to the sender at once; others wait for the next claim."""
        leased = [row for row in rows if row["lease_owner"]]
        self._backlog = self._backlog or len(leased) < len(rows)
        self._take_mails(leased)

    def _take_mails(self, rows: Any) -> None:
        """Hand outgoing mails to the sender; those that cannot be prepared now wait until their lease ends."""
        try:
            if any(row["letter"]["files"] for row in rows):
                with self._store.look() as connection:
                    self._courier.take(rows, connection)
            elif rows:
                self._courier.take(rows, None)
        except Exception:
            log.exception("%s outgoing mails could not be handed to the sender; they are tried again", len(rows))

    def _answer(self, arrived: list[Arrived], *, kept: bool) -> None:
        if self._porter:
            self._porter.answer(arrived, kept=kept)

    # Everybody who speaks to us

    def _watch(self) -> None:
        """Keep the selector in step with the channels that exist now and whether they have something to write."""
        speakers: dict[Channel, Callable[[], None]] = {
            slot.worker.channel: partial(self._settler.heard, slot) for slot in self._settler.slots
        }
        if self._delivers:
            speakers[self._courier.worker.channel] = self._courier.heard
        if self._porter and self._porter.worker:
            speakers[self._porter.worker.channel] = self._porter.heard
        for gone in self._watched.keys() - speakers.keys():
            self._selector.unregister(gone)
        for channel in speakers:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.wants_to_write else 0)
            if channel not in self._watched:
                self._selector.register(channel, events)
            elif self._selector.get_key(channel).events != events:
                self._selector.modify(channel, events)
        self._watched = dict(speakers)

    def _on_signal(self, number: int, _frame: Any) -> None:
        log.info("%s: draining", signal.Signals(number).name)
        self._stopping = True
        self._wake()

    def _wake(self) -> None:
        with suppress(BlockingIOError):  # enough wakes are waiting already
            self._wake_in.send(b"t")

    # Leases, deadlines, what is due

    def _lease(self) -> Lease:
        return Lease(owner=self._owner, until=self.now() + LEASE)

    @property
    def _may_send(self) -> bool:
        """Whether the sender takes another claim's worth of mails."""
        return self._delivers and self._courier.room >= CLAIM

    def _look_after(self) -> None:
        """Keep hold of what is in hand, kill who is overdue, take what is due. Renewing comes first: a stall or a jump
        of the clock must not make us take our own mails a second time."""
        now = time.monotonic()
        if now - self._renewed >= RENEW_SECONDS:
            self._renewed = now
            self._try(self._renew)
        roomy = self._settler.room >= CLAIM and (self._may_send or not self._delivers)
        if (self._backlog and roomy) or now - self._swept >= TICK_SECONDS:
            self._settler.overdue()
            self._claim()
            self._swept = now

    def _renew(self, connection: Connection) -> None:
        lease = self._lease()
        journal.renew(connection, lease, self._settler.held)
        outbox.renew(connection, lease, self._courier.held)

    def _claim(self) -> None:
        """Take what is due and in nobody's hand: mail, timers, outgoing mail."""
        self._backlog = False
        if self._stopping or not self._anything_due():
            return
        room = Room(
            mails=min(self._settler.room, CLAIM),
            letters=CLAIM if self._may_send else 0,
            settling=frozenset(self._settler.held),
            leaving=frozenset(self._courier.held),
        )
        claimed: Claimed | None = self._try(
            lambda connection: claim(connection, self._desk, self.mint, self._lease(), self.now(), room)
        )
        if claimed is None:
            return
        self.tally.due += claimed.decisions
        self._settler.take(claimed.entries, claimed.contents)
        self._take_mails(claimed.letters)
        waiting = self._delivers and len(claimed.letters) == room.letters
        self._backlog = len(claimed.entries) == room.mails or waiting or bool(claimed.decisions)

    def _anything_due(self) -> bool:
        """A look before the write lock is asked for: an idle desk writes nothing."""
        try:
            with self._store.look() as connection:
                return journal.anything_due(connection, self.now())
        except StoreUnavailable as error:
            self._failed = str(error)
            return False

    def _try(self, work: Callable[[Connection], Any]) -> Any:
        try:
            with self._store.turn() as connection:
                return work(connection)
        except StoreUnavailable as error:
            log.error("the store is not available: %s", error)
            self._failed = str(error)
        except Exception as error:
            log.exception("work that is due failed; it is tried again")
            self._failed = type(error).__name__
        return None

    # The end

    def _busy(self) -> bool:
        return bool(self._has_work() or self._settler.held or self._backlog or self._courier.held)

    def _drain(self) -> None:
        """Stop taking mail, finish what is in hand, at most 30 s. What is left stays in the journal and the outbox."""
        deadline = time.monotonic() + DRAIN_SECONDS
        if self._porter:
            self._porter.close()
        while time.monotonic() < deadline and ((self._porter and self._porter.worker) or self._busy()):
            self._step(0.2)

    def _give_back(self, connection: Connection) -> None:
        journal.release(connection, self._owner)
        outbox.release(connection, self._owner)

    def _stop(self) -> None:
        if self._porter:
            self._porter.stop()
        self._settler.stop()
        self._courier.worker.stop(1.0)
        self._try(self._give_back)
        self._store.close()
        self._selector.close()
        for end in (self._wake_in, self._wake_out):
            end.close()
        self._lock.release()


def _keep(item: Arrived, connection: Connection) -> bool:
    return bool(journal.append(connection, [received(item)]))
