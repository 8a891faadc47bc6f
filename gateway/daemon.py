"""The daemon: wires the desk by hand, starts its processes, and goes round its loop until it is told to stop.

In: a checked configuration. Out: a running desk. One loop owns the store: it hears everybody, takes one turn
(`gateway.turns`), looks after leases, deadlines and what is due. It never waits for a reader, a client or a remote
server; only the store may hold it up, and then the doors tell their clients to come again.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection

from gateway.almanac import Almanac
from gateway.channel import Channel
from gateway.collection.collector import Collector
from gateway.config.settings import Config, read_secret
from gateway.courier import Courier
from gateway.doors.listen import Passed
from gateway.inquiry import Inquiry
from gateway.lock import DeskLock
from gateway.machine import allow_many_files, free_bytes
from gateway.notify import Supervisor, announce
from gateway.pickup import Shelf
from gateway.porter import Porter
from gateway.reader import ReaderOptions
from gateway.settler import WINDOW, Settler
from gateway.spool import Spool
from gateway.switchboard import Switchboard
from gateway.turns import Tally, Turns
from gateway.verifier import VerifierOptions
from gateway.vitals import Vitals
from gateway.watch import Watch
from gateway.way_out import outgoing
from gateway.worker import Worker, settle_memory
from store import blobs, chores, journal, ledger, mailboxes, outbox
from store.engine import Store, StoreUnavailable
from store.figures import store_figures
from store.opening import open_store
from store.standing import StoreFigures
from store.witness import Witness

RENEW_SECONDS = 8.0
TICK_SECONDS = 0.5
TELL_SECONDS = 1.0
FIGURES_SECONDS = 5.0
TIDY_SECONDS = 3600.0
DRAIN_SECONDS = 25.0
LAST_SECONDS = 29.0
END_SECONDS = 2.0

log = logging.getLogger(__name__)


class Daemon:
    """One desk's process. `serve` runs it with its doors; `settle_all` runs it without, until nothing is left."""

    def __init__(
        self,
        config: Config,
        *,
        with_doors: bool,
        delivers: bool = True,
        collects: bool = True,
        supervisor: Supervisor | None = None,
        passed: Passed | None = None,
    ) -> None:
        """`supervisor` hears how we are, `passed` are doors that are open already (`gateway.activation`). Mailboxes on
        other servers are collected by a desk with doors that `collects`."""
        self._config = config
        self._supervisor = supervisor or Supervisor({}, 0, time.monotonic)
        self._lock = DeskLock(config.store.data)
        self._lock.take()
        self._store: Store = open_store(config.store.url)
        self._desk = config.desk(read_secret(config.store.data))
        self._spool = Spool(config.store.spool, self._store)
        self._watch = (
            Watch(config, time.monotonic, Shelf(self._store, self._desk, self.now).fetch, passed)
            if with_doors
            else None
        )
        counts = self._watch.counts if self._watch else None
        self._settler = Settler(
            self._desk,
            ReaderOptions(
                reading=self._desk.reading,
                memory_mb=config.reader.memory_mb,
            ),
            config.reader.processes,
            config.reader.deadline.total_seconds(),
            self.mint,
            self.now,
            time.monotonic,
            self._spool,
            counts,
            _inquiry(config),
        )
        self._courier = Courier(
            self._desk, outgoing(config), self.now, random.random, self.mint, time.monotonic, self._settler.counts
        )
        self._almanac = Almanac(config, self._desk, self.now, time.monotonic)
        self._porter = (
            Porter(config, self._desk, self._spool, self.now, self._settler.counts, passed=passed)
            if with_doors
            else None
        )
        self._collector = (
            Collector(config, self._store, self.now, self._settler.counts)
            if with_doors and collects and config.imap
            else None
        )
        self._turns = Turns(
            store=self._store,
            desk=self._desk,
            settler=self._settler,
            courier=self._courier,
            porter=self._porter,
            witness=Witness(config.store.data),
            counts=self._settler.counts,
            owner=secrets.token_hex(8),
            mint=self.mint,
            now=self.now,
            delivers=delivers,
            collector=self._collector,
        )
        self._switchboard = Switchboard()
        self._done_at: dict[str, float] = {}
        self._figures: StoreFigures | None = None
        self._started_at = self.now()
        self._stopping = False

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
        every = {"seconds": TICK_SECONDS, "misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        ticker.add_job(self._switchboard.wake, "interval", **every)
        ticker.start()
        announce(self._ready())
        self._supervisor.ready()
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
            self._almanac.look()
            while True:
                self._turns.claim()
                self._step(0.05)
                if progress:
                    progress(len(self._settler.held))
                if self._turns.failed:
                    raise StoreUnavailable(self._turns.failed)
                if not self._turns.busy and not self._almanac.busy:
                    return self._turns.tally
        finally:
            self._stop()

    def _start(self) -> None:
        """What an earlier life left is taken up, then the processes start."""
        allow_many_files()
        self._spool.clear()
        witness = self._turns.witness
        with self._store.turn(patient=True) as connection:
            self._turns.compare_clocks(connection)
            if self._store.is_sqlite:  # we hold the only lock: leases of a process that died are nobody's
                journal.release_all(connection)
                outbox.release_all(connection)
                mailboxes.release_all(connection)
            if self._turns.delivers:
                witness.check(connection, self.now(), self._store.is_sqlite)
            chores.wake(connection, chores.PROMISES, self.now())  # the configuration may be another one
            self._turns.hold(connection)
        witness.committed()
        settle_memory()
        for worker, _hear in self._workers():
            worker.start()
        if self._collector:
            self._collector.held()
        self._tell()

    def _ready(self) -> dict[str, Any]:
        doors = self._porter.addresses if self._porter else {}
        web = self._watch.address if self._watch else None
        return {"event": "ready", "smtp": None, "lmtp": None, **doors, "web": web, "pid": os.getpid()}

    # The loop

    def _step(self, seconds: float) -> None:
        """Hear everybody, take one turn, look after the leases."""
        self._switchboard.connect(self._speakers())
        self._switchboard.hear(0.0 if self._turns.has_work else seconds)
        if self._turns.has_work:
            self._turns.take()
        self._look_after()

    def _workers(self) -> list[tuple[Worker, Callable[[], None]]]:
        """Every process of this desk beside us, and who listens to it."""
        found: list[tuple[Worker, Callable[[], None]]] = [
            (slot.worker, partial(self._settler.heard, slot)) for slot in self._settler.slots
        ]
        if self._settler.inquiry:
            found.append((self._settler.inquiry.worker, self._settler.answered))
        if self._turns.delivers:
            found.append((self._courier.worker, self._courier.heard))
        if self._almanac.worker:
            found.append((self._almanac.worker, self._almanac.heard))
        if self._collector:
            found += self._collector.workers()
        keepers = [keeper for keeper in (self._porter, self._watch) if keeper]
        return found + [(keeper.worker, keeper.heard) for keeper in keepers if keeper.worker]

    def _speakers(self) -> dict[Channel, Callable[[], None]]:
        """The channels that exist now; a process that could not be started has none."""
        return {worker.channel: hear for worker, hear in self._workers() if worker.pid}

    def _on_signal(self, number: int, _frame: Any) -> None:
        """Drain. Should a store that does not answer hold us up, the system ends us in time: nothing was promised."""
        log.info("%s: draining", signal.Signals(number).name)
        if not self._stopping:
            signal.setitimer(signal.ITIMER_REAL, LAST_SECONDS)
        self._stopping = True
        self._switchboard.wake()

    # Leases, deadlines, what is due

    def _look_after(self) -> None:
        """Keep hold of what is in hand, kill who is overdue, take what is due. Renewing comes first: a stall or a jump
        of the clock must not make us take our own mails a second time."""
        self._supervisor.turned()
        if self._is_time("renew", RENEW_SECONDS):
            self._turns.renew()
        if self._is_time("tidy", TIDY_SECONDS) and self._turns.attempt(self._tidy):
            del self._done_at["tidy"]  # there may be more
        if self._almanac.ready and self._turns.attempt(self._almanac.turn):
            self._turns.backlog = True  # promises may have to be proven anew
        ticks = self._is_time("tick", TICK_SECONDS)
        if ticks:
            self._almanac.look()
            self._settler.overdue()
            if self._turns.delivers:
                self._courier.overdue()
            if self._porter:
                self._porter.overdue()
            if self._collector:
                self._collector.overdue()
            self._restart()
        if self._stopping:
            self._turns.backlog = False  # what is in nobody's hand stays for the next start
        elif ticks or (self._turns.backlog and self._turns.roomy):
            self._turns.claim()
        if ticks:
            self._tell()

    def _tidy(self, connection: Connection) -> int:
        now = self.now()
        return blobs.forget_abandoned(connection, now) + ledger.forget(connection, int(now.timestamp()))

    def _is_time(self, what: str, seconds: float) -> bool:
        """Whether `what` was done for the last time that long ago; then it counts as done now."""
        now = time.monotonic()
        if now - self._done_at.get(what, 0.0) < seconds:
            return False
        self._done_at[what] = now
        return True

    def _restart(self) -> None:
        """Processes that could not be started when they were wanted are tried again."""
        for worker, _hear in self._workers():
            if not worker.pid and not self._stopping:
                worker.start()

    def _tell(self) -> None:
        """Doors hear that we take our turns, and the web door how we are."""
        room = free_bytes(self._config.store.data, self._config.store.reserve)
        if self._porter:
            self._porter.pulse(room)
        if self._collector:
            self._collector.pulse(room)
        if self._watch and self._watch.worker and self._is_time("tell", TELL_SECONDS):
            if self._is_time("figures", FIGURES_SECONDS):
                self._look_at_figures()
            self._watch.tell(self._vitals(room))
        self._supervisor.look(self._turns.fault, lambda: self._vitals(room))

    def _look_at_figures(self) -> None:
        try:
            with self._store.look() as connection:
                self._figures = store_figures(connection, self.now())
        except StoreUnavailable as error:
            log.error("the store's figures cannot be read: %s", error)

    def _vitals(self, room: int | None) -> Vitals:
        """How the desk is now, for metrics and the health page."""
        deaths: Counter[str] = Counter()
        for worker, _hear in self._workers():
            deaths[worker.role] += max(0, worker.starts - 1)
        return Vitals(
            now=self.now(),
            started_at=self._started_at,
            counts=self._turns.counts.counted(),
            doors=self._porter.counts if self._porter else None,
            session_limit=self._config.smtp.connections if self._porter and self._porter.worker else 0,
            readers=self._settler.vitals(),
            deaths=tuple(deaths.items()),
            in_window=len(self._settler.held),
            window=WINDOW,
            in_senders_hand=len(self._courier.held),
            last_commit=self._turns.last_commit,
            store_fault=self._turns.fault,
            store_fault_since=self._turns.fault_since,
            disk_room=room,
            figures=self._figures,
            mailboxes=self._collector.vitals() if self._collector else (),
            stopping=self._stopping,
        )

    # The end

    def _drain(self) -> None:
        """Stop taking mail, finish what is in hand, at most 30 s. What is left stays in the journal and the outbox."""
        self._supervisor.stopping()
        deadline = time.monotonic() + DRAIN_SECONDS
        if self._porter:
            self._porter.close()
        if self._collector:
            self._collector.close()
        while time.monotonic() < deadline and (self._is_coming_in or self._turns.busy):
            self._step(0.2)

    @property
    def _is_coming_in(self) -> bool:
        """Whether a door or a mailbox still has something to finish."""
        at_doors = self._porter is not None and self._porter.worker is not None
        return at_doors or (self._collector is not None and self._collector.busy)

    def _stop(self) -> None:
        """Everybody is told at once and has `END_SECONDS` together."""
        for worker, _hear in self._workers():
            worker.hang_up()
        deadline = time.monotonic() + END_SECONDS
        for worker, _hear in self._workers():
            worker.stop(max(0.1, deadline - time.monotonic()))
        for keeper in (self._porter, self._watch):
            if keeper:
                keeper.stop()
        self._turns.attempt(self._turns.give_back)
        self._turns.witness.close()
        self._store.close()
        self._switchboard.close()
        self._lock.release()
        self._supervisor.close()


def _inquiry(config: Config) -> Inquiry | None:
    """Where mail waits for our own look; None where nobody looks, at no cost."""
    if not config.verify.enabled:
        return None
    options = VerifierOptions(
        nameservers=config.verify.nameservers,
        sealers=config.policy.arc_sealers,
        memory_mb=config.reader.memory_mb,
    )
    return Inquiry(options, time.monotonic)
