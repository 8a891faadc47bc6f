"""Clients that are many, large or silent, as plain sockets: what a mail library would not do.

In: a desk and, for a client, the address it comes from. Out: connections with their greeting, and what they were told.
"""

from __future__ import annotations

import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any

from tests.servers.serving import Desk, letter


class Caller:
    """One connection: it says lines and hears replies; `code` is the greeting's, waited for when it is asked for."""

    def __init__(self, desk: Desk, source: str = "127.0.0.1", seconds: float = 60.0) -> None:
        self._socket = socket.create_connection((desk.host, desk.port), seconds, (source, 0))
        self._replies = self._socket.makefile("rb")

    @cached_property
    def code(self) -> int:
        return self._hear()

    def _hear(self) -> int:
        """The code of the next reply; 0 when there is none any more."""
        while line := self._replies.readline():
            if line[3:4] != b"-":
                return int(line[:3])
        return 0

    def say(self, line: str) -> int:
        self._socket.sendall(line.encode() + b"\r\n")
        return self._hear()

    def send(self, number: str, content: Iterable[bytes]) -> int:
        """One mail, piece by piece; the reply after the dot, or the refusal before it."""
        if self.code != 220:
            return self.code
        self.say("EHLO client.example")
        for line in (f"MAIL FROM:<c{number}@northwind.example>", "RCPT TO:<support@desk.example>", "DATA"):
            code = self.say(line)
            if code >= 400:
                return code
        for piece in content:
            self._socket.sendall(piece)
        self._socket.sendall(b"\r\n.\r\n")
        return self._hear()

    def close(self) -> None:
        self._replies.close()
        self._socket.close()

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def crowd(open_one: Callable[[], Caller], count: int) -> list[Caller]:
    """So many connections, all greeted or refused: a group at a time, for every one of them waits for its greeting."""
    made: list[Caller] = []
    while len(made) < count:
        group = [open_one() for _ in range(min(200, count - len(made)))]
        assert all(caller.code for caller in group)
        made += group
    return made


def send(desk: Desk, number: str, content: Iterable[bytes], source: str = "127.0.0.1", seconds: float = 60.0) -> int:
    """One mail over a connection of its own; the reply after the dot, or the refusal before it."""
    with Caller(desk, source, seconds) as caller:
        return caller.send(number, content)


def large(number: str, pieces: int, piece: bytes) -> Iterable[bytes]:
    """A mail whose body is `piece` again and again."""
    yield letter(number)
    for _ in range(pieces):
        yield piece


class Bystanders:
    """Clients that send one small mail after the other while something else goes on, and note how long each took."""

    def __init__(self, desk: Desk, name: str) -> None:
        self._desk = desk
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.seconds: list[float] = []
        self.codes: set[int] = set()

    def __enter__(self) -> Bystanders:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            number = f"{self._name}{len(self.seconds)}"
            self.codes.add(send(self._desk, number, [letter(number)]))
            self.seconds.append(time.monotonic() - began)
            self._stop.wait(0.02)

    @property
    def middle(self) -> float:
        return statistics.median(self.seconds)


def together(works: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each of these gives, all at once."""
    results: list[Any] = []
    threads = [threading.Thread(target=lambda work=work: results.append(work())) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
