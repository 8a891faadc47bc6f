"""A courier over a real store, one turn at a time, with a sender whose side the test plays."""

from __future__ import annotations

import socket
from datetime import timedelta

from sqlalchemy import select

from gateway.channel import Channel, Line
from gateway.compose import compose
from gateway.courier import Courier
from gateway.jobs.deliver import Begun, Deliver, Delivered, Render, Rendered
from gateway.transport import Outcome, Outgoing
from store import outbox
from store.journal import Lease
from store.tables import events
from tests.unit.store.samples import NOW, commit, desk, kept, opening, person

LATER = Outcome(451, "4.3.0 try again later")


class Sender:
    """A worker without a process: the test holds the other end of its socket."""

    def __init__(self, role, options):
        assert role == "sender"
        self.starts = 0
        self.start()

    def start(self):
        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours), Line(theirs)
        self._ends = (ours, theirs)
        self.starts += 1
        self.pid = self.starts

    def kill(self):
        for end in self._ends:
            end.close()
        return "signal SIGKILL"

    def hears(self):
        return self.line.receive() if self.line.pending() else None

    def dies(self):
        self._ends[1].close()


class Bench:
    """A courier over a real store, one turn at a time."""

    def __init__(self, store):
        self.store = store
        self.now = NOW
        self.seconds = 0.0
        way = Outgoing(url="smtp://x:25", hostname="x")
        self.courier = Courier(desk(), way, lambda: self.now, lambda: 0.5, monotonic=lambda: self.seconds)
        self.sender = self.courier.worker

    def queue(self, count=1):
        with self.store.turn() as connection:
            for n in range(count):
                who = person(f"c{n}@northwind.example")
                commit(connection, [opening(kept(connection, sender=who.address), who=who)])

    def claim(self):
        """Take what is due, as the daemon does; the outbox numbers."""
        lease = Lease(owner="us", until=self.now + timedelta(seconds=25))
        with self.store.turn() as connection:
            rows = [dict(row) for row in outbox.claim(connection, lease, self.now, 64)]
        if rows:
            self.courier.take(rows, None)
        return [row["id"] for row in rows]

    def render(self):
        """The sender renders what it is given and the store keeps it; the bytes by number."""
        message = self.sender.hears()
        assert isinstance(message, Render)
        contents = [(number, compose(letter)) for number, letter, _ in message.letters]
        self.sender.line.send(Rendered(contents, []))
        self.hear_and_turn()
        return dict(contents)

    def begin(self, *numbers, lane=1):
        self.sender.line.send(Begun(lane, list(numbers)))
        self.courier.heard()

    def told(self):
        """To whom it was said that a mail failed."""
        with self.store.look() as connection:
            return [row.to_address for row in outbox.listing(connection) if row.purpose == "undelivered"]

    def events(self):
        with self.store.look() as connection:
            rows = connection.execute(select(events).where(events.c.kind == "delivery-failed").order_by(events.c.id))
            return [row.detail for row in rows]

    def hear_and_turn(self):
        self.courier.heard()
        return self.turn()

    def turn(self):
        if self.courier.ready:
            with self.store.turn() as connection:
                self.courier.turn(connection)
            return self.courier.settled()
        return 0

    def look(self, seconds):
        """Time passes, and the daemon looks at it every half second."""
        for _ in range(int(seconds * 2)):
            self.seconds += 0.5
            self.courier.overdue()

    def parcels(self):
        message = self.sender.hears()
        assert isinstance(message, Deliver)
        return message.parcels

    def answer(self, *results):
        self.sender.line.send(Delivered(list(results)))
        return self.hear_and_turn()

    def row(self, number=1):
        with self.store.look() as connection:
            return outbox.find(connection, number)

    def attempt(self, outcome):
        """One whole attempt of the one mail."""
        assert self.claim() == [1]
        if self.row().rendered is None:
            self.render()
        (parcel,) = self.parcels()
        self.answer((1, outcome))
        return parcel
