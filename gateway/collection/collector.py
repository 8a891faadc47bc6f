"""The collector: mail that waits in mailboxes on other servers, brought in beside what comes to the doors.

In: the mailboxes of the configuration, each with a process of its own (`box.py`). Out: their share of the daemon's
turns. Of several machines of one desk, only that which holds the lease of a folder collects it; a process is started
after the lease is committed and ended when it is lost, never the other way round.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.collection.box import Box, untold
from gateway.collection.options import NoPassword, mailbox_options, password_of
from gateway.config.settings import Config, ImapMailbox
from gateway.doors.words import Fate
from gateway.porter import Work
from gateway.vitals import Counts, MailboxVitals
from gateway.worker import Worker
from store import mailboxes
from store.engine import Store
from store.journal import Lease
from store.records import Entry

log = logging.getLogger(__name__)


class Collector:
    """The mailboxes of one desk.

    `hold` and `held` go with the renewing of leases; `turn` writes what was fetched, then `settled` or `refused` tells
    its fate, or `alone` tries one by one.
    """

    def __init__(
        self,
        config: Config,
        store: Store,
        now: Callable[[], datetime],
        counted: Counts,
        monotonic: Callable[[], float] = time.monotonic,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._now = now
        self._boxes: list[Box] = []
        self._helpless: list[tuple[ImapMailbox, str]] = []
        self._since = now()
        for mailbox in config.imap:
            try:
                options = mailbox_options(config, mailbox, password_of(mailbox, environ))
            except NoPassword as error:  # the others are collected
                log.error("mailbox=%s is not collected: %s", mailbox.number, error)
                self._helpless.append((mailbox, str(error)))
                continue
            keeps_history = mailbox.backlog == "history"
            self._boxes.append(Box(options, store, now, counted, monotonic, keeps_history=keeps_history))
        self._holding: list[tuple[bool, bool]] = []
        self._next = 0

    # The processes

    def workers(self) -> list[tuple[Worker, Callable[[], None]]]:
        """The process of each mailbox that is ours to collect, and who listens to it."""
        return [(box.worker, box.heard) for box in self._boxes if box.worker]

    def overdue(self) -> None:
        """Replace processes that have said nothing for long."""
        for box in self._boxes:
            box.overdue()

    def pulse(self, room: int | None) -> None:
        """How much disk is left for mail (None: any)."""
        for box in self._boxes:
            box.room = room

    def vitals(self) -> tuple[MailboxVitals, ...]:
        """How the mailboxes are that this machine collects, or should and cannot; others' are theirs to tell."""
        found = [box.vitals for box in self._boxes if box.worker]
        found += [
            untold(mailbox.number, mailbox.poll_seconds, problem, self._since) for mailbox, problem in self._helpless
        ]
        return tuple(sorted(found, key=lambda one: one.number))

    # The leases

    def hold(self, connection: Connection, lease: Lease, now: datetime) -> None:
        """Ask for every folder, or keep hold of it; `now` is by the clock that leases go by."""
        for mailbox, problem in self._helpless:
            if mailboxes.hold(connection, mailbox.name, lease, now):  # nobody else, who may have it, collects it
                mailboxes.troubled(connection, mailbox.name, problem)
                mailboxes.release(connection, lease.owner, mailbox.name)
        self._holding = [
            (mailboxes.is_held(connection, box.name, lease.owner), mailboxes.hold(connection, box.name, lease, now))
            for box in self._boxes
        ]

    def held(self) -> None:
        """That is durable: begin with what is ours, end what is ours no more, and begin anew with what somebody else
        has had meanwhile: what we remember of it was true before."""
        for box, (was_ours, is_ours) in zip(self._boxes, self._holding, strict=True):
            if not (was_ours and is_ours):
                box.end("another machine has collected it" if is_ours else "another machine collects it")
            if is_ours:
                box.begin()

    # A turn

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to write."""
        return any(box.ready for box in self._boxes)

    def turn(self, connection: Connection, lease: Lease, window: int) -> int:
        """Write what was fetched; as many as `window` are leased to us at once: how many. Of large messages one box
        writes a piece, the next one in the next turn."""
        stowing = self._stowing()
        leased = 0
        for box in self._boxes:
            leased += box.turn(connection, lease, window - leased, stows=box is stowing)
        return leased

    def _stowing(self) -> Box | None:
        around = [*self._boxes[self._next :], *self._boxes[: self._next]]
        return next((box for box in around if box.is_stowing), None)

    def settled(self) -> tuple[list[Entry], list[bytes | None], int]:
        """The turn is durable. Entries that are leased to us, their bytes, how many are not."""
        entries: list[Entry] = []
        contents: list[bytes | None] = []
        left = 0
        for box in self._boxes:
            mine, theirs, more = box.settled()
            entries += mine
            contents += theirs
            left += more
        self._next = (self._next + 1) % max(1, len(self._boxes))
        return entries, contents, left

    def refused(self, fate: Fate) -> None:
        """Nothing of the turn is durable, and nothing can be kept now."""
        for box in self._boxes:
            box.refused(fate)

    def alone(self, attempt: Callable[[Work], Any], is_down: Callable[[], bool]) -> None:
        """One of these cannot be kept as it is: each message gets a turn of its own."""
        for box in self._boxes:
            box.alone(attempt, is_down)

    # The end

    @property
    def busy(self) -> bool:
        """Whether a process still runs."""
        return any(worker.pid for worker, _heard in self.workers())

    def close(self) -> None:
        """Fetch no more; each process ends when what is committed is moved."""
        for box in self._boxes:
            box.close()
