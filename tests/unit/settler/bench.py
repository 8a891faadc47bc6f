"""A settler over a real store, one turn at a time, with readers whose side the test plays.

`Bait` is what a reader that was taken over would say.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

from sqlalchemy import select

from gateway.channel import Channel, Line
from gateway.reader import InHand, Read, ReaderOptions, Ready
from gateway.settler import Settler
from gateway.spool import Spool
from gateway.turns import Turns
from parsing.message import Reading
from parsing.reading import read
from store import journal
from store.journal import Lease, Received
from store.tables import journal as journal_table
from tests.unit.store.samples import NOW, desk, envelope, mint

LEASE = Lease(owner="us", until=NOW + timedelta(seconds=25))


class Reader:
    """A worker without a process: the test holds the other end of its socket."""

    made: ClassVar[list[Reader]] = []

    def __init__(self, role, options, classes):
        assert role == "reader"
        self._classes = classes
        self.pid = 0
        self.starts = 0
        self.channel = None
        Reader.made.append(self)

    def start(self):
        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours, self._classes), Line(theirs)
        self._ends = (ours, theirs)
        self.line.send(Ready())
        self.starts += 1
        self.pid = 1000 + self.starts

    def kill(self):
        for end in self._ends:
            end.close()
        self.pid = 0
        return "signal SIGKILL"

    def stop(self, _seconds):
        self.kill()

    # The test's side

    def batch(self):
        """What it was given, or None."""
        return self.line.receive() if self.line.pending() else None

    def begins(self, number):
        self.line.send(InHand(number))

    def reads(self, batch):
        for raw in batch:
            self.begins(raw.id)
        contents = [Path(raw.path).read_bytes() if raw.content is None else raw.content for raw in batch]
        mails = [read(content, envelope_sender=raw.sender) for raw, content in zip(batch, contents, strict=True)]
        self.line.send(Read([(raw.id, mail) for raw, mail in zip(batch, mails, strict=True)]))

    def dies(self):
        self._ends[1].close()


class Bench:
    """A settler over a real store, one turn at a time, as the daemon takes them."""

    def __init__(self, store, spool, readers=1):
        Reader.made = []
        self.store = store
        self.clock = 0.0
        self.settler = Settler(
            desk(),
            ReaderOptions(reading=Reading(), memory_mb=512),
            readers,
            10.0,
            mint,
            lambda: NOW,
            lambda: self.clock,
            Spool(spool, store),
        )
        for slot in self.settler.slots:
            slot.worker.start()
        self.readers = Reader.made

    def receive(self, *contents, lease=LEASE):
        """Mails arrive, are kept, and are in our hand."""
        with self.store.turn() as connection:
            entries = journal.append(connection, [Received.of(envelope(), c) for c in contents], lease)
        self.settler.take(entries, contents)
        return [entry.id for entry in entries]

    def hear(self):
        for slot in self.settler.slots:
            self.settler.heard(slot)

    def turn(self, lease=LEASE):
        """One turn with the daemon's own savepoint; the outbox rows that it made."""
        shell = SimpleNamespace(settler=self.settler, may_send=True)
        with self.store.turn() as connection:
            made = Turns.settle(shell, connection, lease)
        if made is not None:
            self.settler.settled()
        return made

    def finish(self):
        """Readers read whatever they are given, turns settle it, until nothing is left."""
        for _ in range(200):
            for reader in self.readers:
                batch = reader.batch()
                if batch:
                    reader.reads(batch)
            self.hear()
            if self.settler.ready:
                self.turn()
            elif not self.settler.held:
                return
        raise AssertionError(f"still in hand after 200 turns: {self.settler.held}")

    def rows(self):
        with self.store.look() as connection:
            return {row.id: row for row in connection.execute(select(journal_table)).all()}

    def all(self, table):
        with self.store.look() as connection:
            return connection.execute(select(table).order_by(table.c.id)).all()


class Bait:
    """What a reader that was taken over would like the daemon to run."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.system, (f"touch {self.file}",)
