"""A collector whose processes are none: the test holds their end of the line, and takes the turns."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.collection.collector import Collector
from gateway.doors.imap.words import Fetched, Known, Opened
from gateway.doors.words import Arrived, Spooled
from gateway.vitals import Counts
from store import blobs, mailboxes
from store.engine import StoreFull
from store.tables import collected
from store.tables import journal as journal_table
from tests.unit.settler.bench import LEASE
from tests.unit.store.samples import NOW, mail
from tests.unit.test_porter import Door

ONE, TWO, THREE = (mail(subject) for subject in ("one", "two", "three"))
LARGE = os.urandom(blobs.PIECE + 5)
NAME = "support@desk.example at imap.example.org, INBOX"
BOX = """
[[imap]]
host = "imap.example.org"
username = "support@desk.example"
password_env = "REPLYDESK_IMAP_PASSWORD"
"""


class Process(Door):
    """The process of a mailbox that is none: the test holds its end of the line."""

    def __init__(self, role, options, classes):
        assert role == "imap"
        super().__init__(role, options, (), classes)


class Bench:
    """A collector over a real store, a turn at a time."""

    def __init__(self, store, config, lease=LEASE, environ=None):
        self.store, self.lease = store, lease
        self.counts = Counts()
        self.clock = 1_000.0
        environ = {"REPLYDESK_IMAP_PASSWORD": "a secret"} if environ is None else environ
        self.collector = Collector(config, store, lambda: NOW, self.counts, lambda: self.clock, environ)
        self._token = 0

    def renew(self, now=NOW):
        with self.store.turn() as connection:
            self.collector.hold(connection, self.lease, now)
        self.collector.held()
        return self

    @property
    def processes(self):
        return [worker for worker, _heard in self.collector.workers()]

    @property
    def process(self):
        return self.processes[0]

    def says(self, *messages, box=0):
        worker, heard = self.collector.workers()[box]
        for message in messages:
            worker.line.send(message)
        heard()

    def told(self, box=0):
        """What the process has heard."""
        found, worker = [], self.processes[box]
        while worker.line.pending():
            found.append(worker.line.receive())
        return found

    def opens(self, uidvalidity=7, uidnext=10, box=0):
        self.says(Opened(uidvalidity, uidnext), box=box)
        self.turn()
        (known,) = [word for word in self.told(box) if isinstance(word, Known)]
        return known

    def fetched(self, uid, content, *, history=False, withheld="", waited_since=None, **changes):
        self._token += 1
        options = self.process.options
        spooled = None
        if len(content) > 1 << 20:
            file = Path(options.spool) / f"arriving-{self._token}"
            file.write_bytes(content)
            spooled = Spooled(str(file), len(content), sha256(content).hexdigest())
        arrived = Arrived(
            token=self._token, door="imap", client=NAME, hello="", sender="a@b.example",
            recipients=("support@desk.example",), received_at=NOW, content=b"" if spooled else content, spooled=spooled,
        )  # fmt: skip
        return Fetched(
            uid=uid, arrived=replace(arrived, **changes), history=history, withheld=withheld, waited_since=waited_since
        )

    def brings(self, *items, box=0):
        """The process hands these over in one frame; their tokens."""
        self.says(list(items), box=box)
        return [item.arrived.token for item in items]

    def turn(self, window=100):
        with self.store.turn() as connection:
            self.leased = self.collector.turn(connection, self.lease, window)
        return self.collector.settled()

    def fails(self, fate):
        with pytest.raises(StoreFull), self.store.turn() as connection:
            self.collector.turn(connection, self.lease, 100)
            raise StoreFull("database or disk is full")
        self.collector.refused(fate)

    def rows(self):
        with self.store.look() as connection:
            return connection.execute(select(journal_table).order_by(journal_table.c.id)).all()

    def listing(self):
        with self.store.look() as connection:
            return mailboxes.listing(connection)

    def stands(self):
        with self.store.look() as connection:
            rows = connection.execute(select(collected).order_by(collected.c.generation, collected.c.uid))
            return {(row.generation, row.uid): row.stand for row in rows}
