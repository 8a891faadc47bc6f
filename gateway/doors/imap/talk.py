"""The line of a mailbox's process to the daemon, for code that blocks on a server meanwhile.

In and out: the words of `words.py`. Whoever waits for a server calls `pulse` in between: the daemon hears that we are
not stuck, and we hear that we shall end. It never waits longer than two seconds without a pulse.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from gateway.channel import ChannelClosed, Line
from gateway.doors.imap.words import Alive

ALIVE_SECONDS = 2.0
_LISTEN_SECONDS = 0.1
Word = TypeVar("Word")


class Ended(Exception):
    """The daemon wants us to end, or is gone."""


class Talk:
    """What is said to the daemon and heard from it; raises `Ended`."""

    def __init__(self, sock: socket.socket, line: Line, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._socket = sock
        self._line = line
        self._monotonic = monotonic
        self._said_at = self._heard_at = monotonic()
        self._words: deque[Any] = deque()
        self._over = False
        self._gone = False
        self._busy = False

    def say(self, word: Any) -> None:
        """Tell the daemon."""
        if self._gone:
            raise Ended
        try:
            self._line.send(word)
        except OSError as error:
            raise Ended from error
        self._said_at = self._monotonic()

    def pulse(self) -> None:
        """A sign of life where one is due; raises `Ended` where we shall end."""
        now = self._monotonic()
        if now - self._said_at >= ALIVE_SECONDS and not self._gone:
            self.say(Alive())
        if now - self._heard_at >= _LISTEN_SECONDS:
            self._gather()
            self._heard_at = now
        if self._over and not self._busy:
            raise Ended

    @contextmanager
    def finishing(self) -> Iterator[None]:
        """What is begun in here is finished, even when we shall end: messages that are kept are moved."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def hear(self, kind: type[Word], meanwhile: Callable[[], None]) -> Word:
        """The next word of this kind; `meanwhile` is called about once a second. Others are not for anybody."""
        while True:
            while self._words:
                word = self._words.popleft()
                if isinstance(word, kind):
                    return word
            try:
                self.rest(1.0)
            except Ended:
                if not self._words:
                    raise
                continue  # what was said before it counts
            meanwhile()

    def rest(self, seconds: float, sock: socket.socket | None = None) -> None:
        """Wait for the daemon, or for the other socket, at most so long (and at most two seconds)."""
        self._gather()
        if not self._over:
            watched = [self._socket] if sock is None else [self._socket, sock]
            select.select(watched, [], [], max(0.0, min(seconds, ALIVE_SECONDS)))
            self._gather()
        self.pulse()

    def _gather(self) -> None:
        """What the daemon has said by now. After None nothing follows."""
        while not self._over:
            try:
                if not (self._line.pending() or select.select([self._socket], [], [], 0)[0]):
                    return
                word = self._line.receive()
            except (ChannelClosed, OSError):
                self._over = self._gone = True
                return
            if word is None:
                self._over = True
            else:
                self._words.append(word)
