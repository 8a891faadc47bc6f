"""A mailbox's process in a thread, with a server on one side and the test in the daemon's place on the other."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from gateway.channel import Channel, ChannelClosed, Line
from gateway.doors.imap.process import Collecting
from gateway.doors.imap.talk import Talk
from gateway.doors.imap.words import MAILBOX_WORDS, Alive, Fetched, Known, Looked, MailboxOptions, Opened, Taken
from gateway.doors.words import Fate
from tests.unit.doors.imap.server import MODERN, Server

Word = TypeVar("Word")
PATIENCE = 90.0
ADDRESSES = frozenset({"help@desk.example", "sales@desk.example"})


def options_for(server: Server, spool: Path, **how: Any) -> MailboxOptions:
    usual = MailboxOptions(
        number=1, name="help at 127.0.0.1, INBOX", host="127.0.0.1", port=server.port, username="help",
        password_file="", password="word", token_command=(), tls="none", ca_file="", folder="INBOX",
        to="help@desk.example", after="move", flag="\\Seen", done_folder="done", refused_folder="refused",
        poll_seconds=3600, timeout=30, max_size=3 << 20, addresses=ADDRESSES, clock_offset=timedelta(),
        spool=str(spool),
    )  # fmt: skip
    return replace(usual, **how)


class _Watched(Talk):
    """The process's line to the daemon, which knows whether the process waits for the server's word in IDLE."""

    idles = False

    def rest(self, seconds: float, sock: socket.socket | None = None) -> None:
        self.idles = sock is not None
        super().rest(seconds, sock)


class Desk:
    """The daemon's place: hears the process, and says what the test wants."""

    def __init__(self, options: MailboxOptions) -> None:
        ours, theirs = socket.socketpair()
        self._theirs = theirs
        self.channel = Channel(ours, MAILBOX_WORDS)
        self._words: list[Any] = []
        self.alive = 0
        self._talk = _Watched(theirs, Line(theirs))
        collecting = Collecting(options, self._talk, jitter=lambda: 0.0)
        self.thread = threading.Thread(target=collecting.run, daemon=True)
        self.thread.start()

    def hear(self, kind: type[Word]) -> Word:
        """The next word, which must be of this kind."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            while self._words:
                word = self._words.pop(0)
                if isinstance(word, Alive):
                    self.alive += 1
                    continue
                assert isinstance(word, kind), word
                return word
            try:
                self._words += self.channel.receive()
            except ChannelClosed:
                raise AssertionError(f"the process has ended before {kind.__name__}") from None
            time.sleep(0.002)
        raise AssertionError(f"no {kind.__name__} within {PATIENCE:.0f} s")

    def hear_amid_looks(self, kind: type[Word], **known: Any) -> Word:
        """The next word of this kind, after whole looks of which nobody knows how many come before it."""
        while True:
            word: Any = self.hear(object)
            if isinstance(word, kind):
                return word
            assert isinstance(word, Opened | Looked), word
            if isinstance(word, Opened):
                self._know(word, **known)

    def idles(self) -> bool:
        """Whether the process waits for news: the server has agreed to IDLE, and the process has heard that."""
        return self._talk.idles

    def gives_sign(self) -> bool:
        """Whether a sign of life has come."""
        self._words += self.channel.receive()
        return self.alive > 0 or any(isinstance(word, Alive) for word in self._words)

    def is_silent(self, seconds: float) -> bool:
        """Whether nothing but signs of life comes for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._words += self.channel.receive()
            time.sleep(0.01)
        return all(isinstance(word, Alive) for word in self._words)

    def say(self, word: Any) -> None:
        self.channel.send(word)

    def opens(self, **known: Any) -> Opened:
        """The folder is shown, and known as the test says."""
        opened = self.hear(Opened)
        self._know(opened, **known)
        return opened

    def _know(self, opened: Opened, **known: Any) -> None:
        usual: dict[str, Any] = {"known": (), "due": (), "history_below": 1, "since": None, "answers": opened}
        self.say(Known(**usual | known))

    def takes(self, fate: Fate = Fate.KEPT, left: bool = False) -> list[Fetched]:
        """The next messages, and the word about them."""
        found: list[Fetched] = self.hear(list)
        tokens = tuple(one.arrived.token for one in found)
        self.say(Taken(tokens, fate, frozenset(tokens if left else ())))
        return found

    def looked(self) -> Looked:
        return self.hear(Looked)

    def end(self) -> None:
        self.say(None)
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive()

    def close(self) -> None:
        """The daemon goes away."""
        self.channel.close()
        self.thread.join(PATIENCE)
        self._theirs.close()
        assert not self.thread.is_alive()


@pytest.fixture
def serving() -> Iterator[Callable[..., Server]]:
    """Makes servers."""
    made: list[Server] = []

    def make(capabilities: str = MODERN, **how: Any) -> Server:
        made.append(Server(capabilities, **how))
        return made[-1]

    yield make
    for server in made:
        server.close()


@pytest.fixture
def collecting(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Starts the process of a mailbox at a server."""
    desks: list[Desk] = []

    def start(server: Server, **how: Any) -> Desk:
        desks.append(Desk(options_for(server, tmp_path / "spool", **how)))
        return desks[-1]

    yield start
    for desk in desks:
        desk.close()


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, f"it is not so within {PATIENCE:.0f} s"
        time.sleep(0.005)
