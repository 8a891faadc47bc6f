"""SMTP replies off a socket: bytes in, whole replies out, under a deadline and bounded.

It never trusts the other side's idea of how long a line, a reply or a wait may be, and it keeps what was read too much,
so that pipelined replies (RFC 2920) are taken one by one.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass

_LONGEST_LINE = 4096  # RFC 5321 section 4.5.3.1.5 says 512; some servers are chatty
_MOST_LINES = 100
_CHUNK = 1 << 18
_REPLY = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Garbled(Exception):
    """What came is not SMTP."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply code and the text of its lines."""

    code: int
    lines: tuple[bytes, ...]

    @property
    def text(self) -> str:
        """The lines as one printable sentence of at most 500 characters, enhanced status code first (RFC 3463)."""
        whole = b" ".join(self.lines).decode("utf-8", "replace")
        return _CONTROLS.sub(" ", whole).strip()[:500]


class Wire:
    """A connected socket; every wait ends after `timeout` seconds, and all of them at the end that `bound` has set."""

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        self.sock = sock
        self.timeout = timeout
        self._end = float("inf")
        self._rest = b""
        self._set = -1.0

    def bound(self, seconds: float) -> None:
        """From now on everything together may take this long: a transaction, not a single wait."""
        self._end = time.monotonic() + seconds

    def write(self, data: bytes) -> None:
        """All of `data`; a slow reader may take `timeout` for each quarter of a megabyte."""
        for start in range(0, len(data), _CHUNK):
            deadline = time.monotonic() + self.timeout
            view = memoryview(data)[start : start + _CHUNK]
            while view:
                self._wait(deadline)
                view = view[self.sock.send(view) :]

    def read(self) -> Reply:
        """The next reply, all lines of it (RFC 5321 section 4.2.1)."""
        deadline = time.monotonic() + self.timeout
        code = b""
        lines: list[bytes] = []
        while len(lines) < _MOST_LINES:
            reply = _REPLY.fullmatch(self._line(deadline))
            if reply is None or (code and reply[1] != code):
                raise Garbled("the smarthost does not speak SMTP")
            code = reply[1]
            lines.append(reply[3] or b"")
            if reply[2] != b"-":
                return Reply(int(code), tuple(lines))
        raise Garbled("the smarthost sent an endless reply")

    def read_alone(self) -> Reply:
        """The next reply, when nothing else can have been asked for: more than one is an injection."""
        reply = self.read()
        if self._rest:
            raise Garbled("it spoke before it was asked")
        return reply

    def _line(self, deadline: float) -> bytes:
        while True:
            line, end, rest = self._rest.partition(b"\n")
            if end:
                self._rest = rest
                return line.rstrip(b"\r")
            if len(line) > _LONGEST_LINE:
                raise Garbled("the smarthost sent an endless line")
            self._wait(deadline)
            data = self.sock.recv(8192)
            if not data:
                raise ConnectionResetError("it was closed by the smarthost")
            self._rest += data

    def _wait(self, deadline: float) -> None:
        """Let the next call on the socket wait until `deadline` or the end. What is nearly right stays as it is set:
        setting it is a system call."""
        left = min(deadline, self._end) - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"no answer within {self.timeout:g} s")
        if not left * 0.9 <= self._set <= left * 1.1 or self.sock.gettimeout() != self._set:
            self.sock.settimeout(left)
            self._set = left
