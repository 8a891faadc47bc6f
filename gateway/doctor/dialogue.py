"""A short look at an SMTP or LMTP door: greeting and offers. It never begins a transaction.

In: an address. Out: what the door says of itself, or why nobody could ask. Bounded in time and in bytes.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import BinaryIO

SECONDS = 4.0
MOST_LINES, LONGEST = 100, 2048


class NoAnswer(Exception):
    """Nobody speaks SMTP there; the text says what happened instead."""


@dataclass(frozen=True, slots=True)
class Offer:
    """The greeting without its code, and the extensions by name."""

    greeting: str
    extensions: tuple[str, ...]

    def has(self, name: str) -> bool:
        return any(extension.split(" ")[0].upper() == name for extension in self.extensions)


def ask(host: str, port: int, *, lmtp: bool, hello: str, seconds: float = SECONDS) -> Offer:
    """Greet the door, hear what it offers, and take leave."""
    try:
        with socket.create_connection((host, port), timeout=seconds) as sock, sock.makefile("rb") as stream:
            greeting = _reply(stream, "220")
            sock.sendall(f"{'LHLO' if lmtp else 'EHLO'} {hello}\r\n".encode("ascii", "replace"))
            offered = _reply(stream, "250")
            sock.sendall(b"QUIT\r\n")
            _reply(stream, "221")
    except TimeoutError:
        raise NoAnswer(f"no answer within {seconds:g} s") from None
    except OSError as error:
        raise NoAnswer(error.strerror or str(error)) from None
    return Offer(greeting[0], tuple(offered[1:]))


def _reply(stream: BinaryIO, wanted: str) -> list[str]:
    """The lines of one reply without their code."""
    lines: list[str] = []
    while len(lines) < MOST_LINES:
        line = stream.readline(LONGEST).decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            raise NoAnswer("it closed the connection")
        if not line.startswith(wanted):
            raise NoAnswer(f"it said: {line[:100]}")
        lines.append(line[4:])
        if line[3:4] != "-":
            return lines
    raise NoAnswer("it does not stop talking")
