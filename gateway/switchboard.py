"""The switchboard: one selector over everybody who speaks to the daemon.

In: channels of child processes with what to do when they speak, and a wake-up from other threads and signal handlers.
Out: one call a round, `hear`, which writes what waited to be written and lets everybody say what they have to say. It
never waits longer than it is told, and a channel whose process is gone is simply no longer asked.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress

from gateway.channel import Channel

Speakers = Mapping[Channel, Callable[[], None]]


class Switchboard:
    """Who is listened to at this moment."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watched: dict[Channel, Callable[[], None]] = {}
        self._wake_out, self._wake_in = socket.socketpair()
        self._wake_in.setblocking(False)
        self._selector.register(self._wake_out, selectors.EVENT_READ)

    def connect(self, speakers: Speakers) -> None:
        """Listen to these and to nobody else; to those that have something waiting, also for room to write."""
        for gone in self._watched.keys() - speakers.keys():
            self._selector.unregister(gone)
        for channel in speakers:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if channel.wants_to_write else 0)
            if channel not in self._watched:
                self._selector.register(channel, events)
            elif self._selector.get_key(channel).events != events:
                self._selector.modify(channel, events)
        self._watched = dict(speakers)

    def hear(self, seconds: float) -> None:
        """Wait at most `seconds` for somebody to speak, and hear all who do."""
        for key, mask in self._selector.select(seconds):
            if key.fileobj is self._wake_out:
                self._wake_out.recv(4096)
                continue
            if mask & selectors.EVENT_WRITE:
                key.fileobj.flush()  # type: ignore[union-attr]
            if mask & selectors.EVENT_READ:
                self._watched[key.fileobj]()  # type: ignore[index]

    def wake(self) -> None:
        """End a `hear` that waits; safe in a signal handler and from any thread."""
        with suppress(BlockingIOError):  # enough wakes are waiting already
            self._wake_in.send(b"t")

    def close(self) -> None:
        self._selector.close()
        for end in (self._wake_in, self._wake_out):
            end.close()
