"""The porter: the daemon's side of the doors. What doors brought goes in, the daemon's word that it is kept goes out.

The listening sockets are the daemon's, so a door that dies is replaced without a client being refused. It never tells a
door that a message is kept before the turn that keeps it has committed, and never tells a new door about a message
that an old one brought.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from gateway import trail
from gateway.channel import ChannelClosed
from gateway.config.settings import Config
from gateway.doors.listen import Passed, address_of, open_listeners
from gateway.doors.words import (
    DOOR_WORDS,
    Arrived,
    DoorCounts,
    DoorOptions,
    Fate,
    Kept,
    Limits,
    Pulse,
    Withdrawn,
)
from gateway.rules.desk import Desk
from gateway.spool import Spool, SpoolDamaged
from gateway.vitals import Counts
from gateway.worker import Worker
from store import journal
from store.journal import Lease, Received
from store.records import Entry, Envelope

DEAF = 30.0
"""Seconds without a word after which a door counts as hung."""
STALL = 5.0
"""Seconds between two looks after which it was us who were away, and nobody's silence counts."""

log = logging.getLogger(__name__)

Work = Callable[[Connection], Any]


class Porter:
    """The doors of one desk, in one process of their own; `worker` is None while there is none.

    `turn` writes what has arrived; then `settled` or `refused` tells its fate, or `alone` tries one by one.
    """

    def __init__(
        self,
        config: Config,
        desk: Desk,
        spool: Spool,
        now: Callable[[], datetime],
        counted: Counts,
        monotonic: Callable[[], float] = time.monotonic,
        passed: Passed | None = None,
    ) -> None:
        """`passed` are sockets that are not ours to open."""
        self._counted = counted
        self._listeners = open_listeners(config, passed)
        self._spool = spool
        self._now = now
        self._arrived: list[Arrived] = []
        self._stowed: Arrived | None = None
        self._mine: list[Entry] = []
        self._rest: list[Entry] = []
        self._closing = False
        self._monotonic = monotonic
        self._heard_at = self._looked_at = monotonic()
        self.counts: DoorCounts | None = None
        self.worker: Worker | None = None
        if self._listeners:
            names = tuple(name for name, _ in self._listeners)
            sockets = tuple(listener for _, listener in self._listeners)
            self.worker = Worker("smtp", door_options(config, desk, names), sockets, DOOR_WORDS)

    @property
    def addresses(self) -> dict[str, str]:
        """Where each open door listens: `{"smtp": "127.0.0.1:8025"}`; of several sockets of one door, the first."""
        return {name: str(address_of(listener)) for name, listener in reversed(self._listeners)}

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to keep."""
        return bool(self._arrived) or self._spool.ready

    def heard(self) -> None:
        """The door has something to say, or died."""
        assert self.worker is not None
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._died(self.worker.kill())
            return
        for message in messages:
            self._heard_at = self._monotonic()
            try:
                self._take_word(message)
            except SpoolDamaged as error:
                log.error("the door said what makes no sense: %s", error)
                self._died(self.worker.kill())
                return

    def _take_word(self, message: object) -> None:
        match message:
            case Withdrawn(tokens):
                gone = frozenset(tokens)
                self._arrived = [item for item in self._arrived if item.token not in gone]
                self._spool.forget(gone)
            case DoorCounts():
                self.counts = message
            case list() if all(isinstance(item, Arrived) for item in message):
                self._arrived += [item for item in message if item.spooled is None]
                for item in message:
                    if item.spooled is not None:
                        self._spool.add(item)
            case _:
                raise SpoolDamaged(f"{type(message).__name__} is nothing that a door says")

    def overdue(self) -> None:
        """Replace a door that has said nothing for long: it says how many clients it has once a second."""
        now = self._monotonic()
        if now - self._looked_at > STALL:  # it was us who were away
            self._heard_at = now
        self._looked_at = now
        if self.worker and self.worker.pid and now - self._heard_at > DEAF:
            self.heard()  # what waits to be heard may be the sign
            if self.worker and self._monotonic() - self._heard_at > DEAF:
                self._died(f"no word for {DEAF:.0f} s, {self.worker.kill()}")

    def _died(self, how: str) -> None:
        """Nobody waits for the 250 of what it brought any more: the clients send again."""
        self._arrived = []
        self._spool.give_up()
        self.counts, self._heard_at = None, self._monotonic()
        if self._closing:
            self.worker = None
        elif self.worker:
            log.error("the door died (%s); a new one takes over its sockets", how)
            self.worker.start()

    # A turn

    def turn(self, connection: Connection, lease: Lease, window: int) -> int:
        """Write what has arrived into the journal; as many as `window` are leased to us at once: how many."""
        stowed = self._stowed = self._spool.turn(connection, self._now())
        incoming = [*([received(stowed)] if stowed else ()), *(received(item) for item in self._arrived)]
        self._mine = journal.append(connection, incoming[:window], lease)
        self._rest = journal.append(connection, incoming[window:])
        return len(self._mine)

    def settled(self) -> tuple[list[Entry], list[bytes | None], int]:
        """The turn is durable: tell the door. Entries that are leased to us, their bytes, how many are not."""
        kept = [*([self._stowed] if self._stowed else ()), *self._arrived]
        mine, self._mine, self._arrived, self._stowed = self._mine, [], [], None
        self._answer(kept, Fate.KEPT)
        trail.accepted((*mine, *self._rest))
        self._rest = []
        self._spool.settled(is_ours=bool(mine))
        self._answer(self._spool.spoilt(), Fate.LATER)
        self._count(kept)
        contents = [None if item.spooled else item.content for item in kept[: len(mine)]]
        return mine, contents, len(kept) - len(mine)

    def refused(self, fate: Fate) -> None:
        """Nothing of the turn is durable, and nothing can be kept now."""
        refused, self._arrived, self._stowed = [*self._arrived, *self._spool.give_up()], [], None
        self._answer(refused, fate)

    def alone(self, attempt: Callable[[Work], Any], is_down: Callable[[], bool]) -> None:
        """One of these cannot be kept as it is: each gets a turn of its own, so that it costs only its own sender. When
        the store `is_down` in the middle of it, the rest is refused."""
        self._answer(self._spool.spoilt(), Fate.LATER)
        arrived, self._arrived, self._stowed = self._arrived, [], None
        for position, item in enumerate(arrived):
            kept = attempt(partial(_append, received(item)))
            self._answer([item], Fate.KEPT if kept else Fate.LATER)
            self._count([item] if kept else [])
            trail.accepted(kept or ())
            if not kept and is_down():
                self._answer(arrived[position + 1 :], Fate.LATER)
                return

    def _count(self, kept: list[Arrived]) -> None:
        now = self._now()
        for item in kept:
            self._counted.accepted[item.door] += 1
            self._counted.kept.observe((now - item.received_at).total_seconds())

    def pulse(self, room: int | None) -> None:
        """Tell the door that we take our turns, and how much disk is left for mail."""
        self._say(Pulse(room))

    def _answer(self, items: list[Arrived], fate: Fate) -> None:
        if items:
            self._say(Kept(tuple(item.token for item in items), fate))

    def _say(self, message: Kept | Pulse | None) -> None:
        """A door that died meanwhile is not told."""
        if self.worker and self.worker.pid:
            self.worker.channel.send(message)

    # The end

    def close(self) -> None:
        """Take no more connections; the door ends when what is on its way in is kept."""
        self._closing = True
        self._say(None)
        for _, listener in self._listeners:
            listener.close()

    def stop(self) -> None:
        if self.worker:
            self.worker.kill()
        self._spool.give_up()
        for _, listener in self._listeners:
            listener.close()


def _append(item: Received, connection: Connection) -> list[Entry]:
    return journal.append(connection, [item])


def door_options(config: Config, desk: Desk, protocols: tuple[str, ...]) -> DoorOptions:
    """What the door's process is told."""
    smtp = config.smtp
    return DoorOptions(
        hostname=smtp.hostname,
        limits=Limits(
            max_size=smtp.max_size,
            recipients=smtp.recipients,
            errors=smtp.errors,
            commands=smtp.commands,
            idle=smtp.idle,
            session=smtp.session,
            data_rate=smtp.data_rate,
            connections=smtp.connections,
            connections_per_address=smtp.connections_per_address,
        ),
        protocols=protocols,
        addresses=frozenset(desk.addresses),
        clock_offset=config.clock_offset,
        spool=str(config.store.spool),
        certificate=str(smtp.certificate or ""),
        private_key=str(smtp.private_key or ""),
        logins_file=str(config.submission.logins_file or ""),
        postmaster=postmaster(desk),
        proxy_from=smtp.proxy_from,
    )


def postmaster(desk: Desk) -> str:
    """Where mail to the postmaster goes: that address where it is configured, else the first one for customers."""
    named = f"postmaster@{desk.domain}"
    support = [address.canonical for address in desk.addresses.values() if address.kind == "support"]
    return named if named in desk.addresses else next(iter(support), "")


def received(item: Arrived) -> Received:
    """An arrived message as the journal takes it."""
    envelope = Envelope(
        sender=item.sender,
        recipients=item.recipients,
        received_at=item.received_at,
        door=item.door,
        client=item.client,
        hello=item.hello,
        login=item.login,
    )
    if item.spooled is not None:
        return Received(envelope=envelope, content=None, sha256=item.spooled.sha256, size=item.spooled.size)
    return Received.of(envelope, item.content)
