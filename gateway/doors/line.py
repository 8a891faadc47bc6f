"""The door's line to the daemon: messages go out, the daemon's word on each comes back, and its silence is noticed.

In: messages of sessions. Out: their fates. Messages leave in one frame a turn of the loop. A message that nobody
answers for is withdrawn, so that its client hears 451 in time; nothing is ever said to be kept but by the daemon. A
client that goes away does not take its message with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from gateway.channel import Unpacker, pack
from gateway.doors.words import SILENCE, Arrived, DoorCounts, Fate, Kept, Pulse, Withdrawn

LONGEST_WAIT = 300.0
"""Seconds after which a message is withdrawn though the daemon is there: large ones may queue, and a client waits for
ten minutes (RFC 5321 section 4.5.3.2.6)."""
YOUNG = 30.0
"""Seconds in which a daemon that was never heard yet counts as busy with its start."""
HELD_UP = 1.0
"""When a look comes so late, it was we (or all of us) who stood still, and nobody's silence is proven yet."""
COUNT_SECONDS = 1.0


@dataclass(slots=True)
class _Waiting:
    """A message that the daemon has and has not answered for."""

    future: asyncio.Future[Fate]
    path: str
    since: float


class Desk(asyncio.Protocol):
    """`drain` is set when the daemon wants us to end, `gone` when it has ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop, remove: Callable[[str], None]) -> None:
        self._loop = loop
        self._remove = remove
        self._unpacker = Unpacker()
        self._waiting: dict[int, _Waiting] = {}
        self._unsent: list[Arrived] = []
        self._token = 0
        self._heard = self._looked = self._counted = loop.time()
        self._held_up = False
        self._pulses = False
        self._young_until = self._heard + YOUNG
        self._transport: asyncio.Transport
        self.silent = False
        self.room: int | None = None
        self.drain = asyncio.Event()
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _error: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        self.silent = False
        for message in self._unpacker.feed(data):
            if isinstance(message, Kept):
                self._answer(message)
            elif isinstance(message, Pulse):
                self._pulses = True
                self.room = message.room
            elif message is None:
                self.drain.set()

    def has_room(self, size: int) -> bool:
        """Whether a message of `size` (0: nobody said) may come; half as much again is for the database."""
        return self.room is None or (self.room > 0 and size * 3 <= self.room * 2)

    def next_token(self) -> int:
        self._token += 1
        return self._token

    def keep(self, arrived: Arrived) -> asyncio.Future[Fate]:
        """Hand a message over; its file is the daemon's or ours to remove from now on."""
        future: asyncio.Future[Fate] = self._loop.create_future()
        path = arrived.spooled.path if arrived.spooled else ""
        self._waiting[arrived.token] = _Waiting(future, path, self._loop.time())
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(arrived)
        return future

    def _send(self) -> None:
        unsent, self._unsent = self._unsent, []
        self._say(unsent)

    def _say(self, message: list[Arrived] | Withdrawn | DoorCounts) -> None:
        if not self._transport.is_closing():
            self._transport.write(pack(message))

    def _answer(self, kept: Kept) -> None:
        """A word on messages that were withdrawn meanwhile comes too late."""
        for token in kept.tokens:
            waiting = self._waiting.pop(token, None)
            if waiting is None:
                continue
            if kept.fate is not Fate.KEPT and waiting.path:
                self._remove(waiting.path)
            if not waiting.future.done():
                waiting.future.set_result(kept.fate)

    def look(self, now: float, counts: DoorCounts) -> None:
        """Called several times a second: is the daemon silent, does somebody wait too long, what have we counted?"""
        self._held_up, self._looked = now - self._looked > HELD_UP and not self._held_up, now
        if self._held_up:
            return
        patience = SILENCE if self._pulses or now > self._young_until else YOUNG
        self.silent = now - self._heard > patience
        longest = 0.0 if self.silent else LONGEST_WAIT
        tired = {
            token: waiting
            for token, waiting in self._waiting.items()
            if now - waiting.since > longest and not waiting.future.done()  # done: its client is gone and hears nothing
        }
        if tired:
            self._withdraw(tired)
        if now - self._counted >= COUNT_SECONDS:  # also when there is no news: it says that the door is alive
            self._counted = now
            self._say(counts)

    def _withdraw(self, tired: dict[int, _Waiting]) -> None:
        if self._unsent:
            self._send()
        self._say(Withdrawn(tuple(tired)))
        for token, waiting in tired.items():
            del self._waiting[token]
            waiting.future.set_result(Fate.LATER)
            if waiting.path:
                self._remove(waiting.path)
