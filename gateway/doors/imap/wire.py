"""The connection to an IMAP server, with a bound on everything that it may send.

In: bytes of a server that is not ours. Out: lines and literals (RFC 9051 section 2.2), for imaplib to take apart. A
line, a literal, the sum of one command, and its time are bounded; memory is taken for what has come, never for what was
announced. What nobody asked for is not gathered. Nothing that is sent or comes is logged: there are passwords in it.
"""

from __future__ import annotations

import imaplib
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from gateway.doors.imap.fault import Dropped, Nonsense

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_READ = 1 << 16
_SLICE = 1.0
"""Seconds that we wait for bytes before the daemon gets a sign of life."""
MOST_LINES = 400_000
"""Responses to one command: somebody else may have changed each message of a large folder meanwhile."""
MOST_GATHERED = 20_000
PLAIN_LINE = 256 << 10
PLAIN_TOTAL = 32 << 20
"""Bytes of all lines of one command that we throw away at once, such as EXPUNGE and FETCH of others' flags."""
PLAIN_KEPT = 256 << 10
"""Bytes of lines that are kept to be taken apart, which costs a third of a microsecond each."""
_CONNECT_SECONDS = 20.0
_NEWS = frozenset({"EXISTS", "EXPUNGE", "RECENT", "VANISHED"})


class Wire(imaplib.IMAP4):
    """imaplib's dialogue over bounded reading. It raises `Nonsense` and `Dropped` where a bound is passed."""

    def __init__(
        self, host: str, port: int, seconds: float, context: ssl.SSLContext | None, pulse: Callable[[], None]
    ) -> None:
        """`context` encrypts from the first byte; `pulse` is called at least each second while we wait."""
        self._seconds = seconds
        self._context = context
        self._pulse = pulse
        self._buffer = bytearray()
        self._passed = 0
        self._gone = False
        self.exists = 0
        self.has_grown = False
        self.allow(seconds)
        super().__init__(host, port, seconds)

    def allow(
        self, seconds: float, line: int = PLAIN_LINE, literal: int = 0, total: int = PLAIN_TOTAL,
        kept: int = PLAIN_KEPT,
    ) -> None:  # fmt: skip
        """The bounds of the next command: its time, one line, one literal, all bytes, the lines that are kept."""
        self._until = time.monotonic() + seconds
        self._line_most, self._literal_most, self._left, self._kept_left = line, literal, total, kept
        self._lines_left, self._gathered_left = MOST_LINES, MOST_GATHERED

    # Reading and writing, as imaplib calls it

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:  # noqa: ARG002 - imaplib's
        """Connect, and encrypt where that comes first."""
        self.host, self.port = host, port
        self.sock = self._connected()
        if self._context is not None:
            self.encrypt(self._context)

    def _connected(self) -> socket.socket:
        fault: OSError | None = None
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, 0, socket.SOCK_STREAM):
            self._pulse()
            sock = socket.socket(family, kind, protocol)
            sock.settimeout(min(self._seconds, _CONNECT_SECONDS))
            try:
                sock.connect(address)
            except OSError as error:
                sock.close()
                fault = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            return sock
        raise fault or OSError("no address")

    def encrypt(self, context: ssl.SSLContext) -> None:
        """The TLS handshake. What came before it and was not asked for would count as said after it: an injection
        (RFC 9051 section 6.2.1)."""
        if self._buffer:
            raise Nonsense("the server spoke on in the clear after it had agreed to encrypt: nothing was sent")
        plain = self.sock
        plain.settimeout(min(self._seconds, _CONNECT_SECONDS))
        self.sock = context.wrap_socket(plain, server_hostname=self.host)
        self._tls_established = True

    @property
    def is_encrypted(self) -> bool:
        return isinstance(self.sock, ssl.SSLSocket)

    @property
    def is_here(self) -> bool:
        """Whether the server is this machine: nobody can listen on the way."""
        try:
            return ip_address(self.sock.getpeername()[0]).is_loopback
        except (OSError, ValueError):
            return False

    def readline(self) -> bytes:
        """One line with its CRLF."""
        self._lines_left -= 1
        if self._lines_left < 0:
            raise Nonsense("the server sends more lines than one command can have")
        looked = 0
        while (end := self._buffer.find(b"\n", looked)) < 0:
            looked = len(self._buffer)
            if looked > self._line_most:
                raise Nonsense(f"the server sends a line of more than {self._line_most >> 10} KB")
            self._more()
        line = self._take(end + 1)
        if len(line) > self._line_most or not line.endswith(b"\r\n"):
            raise Nonsense("the server sends a line that is too long or does not end with CRLF")
        return line

    def read(self, size: int) -> bytes:
        """A literal."""
        if size > self._literal_most:
            raise Nonsense(f"the server announces a literal of {size} bytes where {self._literal_most} were asked for")
        while len(self._buffer) < size:
            self._more()
        return self._take(size)

    def _take(self, size: int) -> bytes:
        self._left -= size
        if self._left < 0:
            raise Nonsense("the server sends more than one command can have as an answer")
        with memoryview(self._buffer) as view:
            data = bytes(view[:size])
        del self._buffer[:size]
        return data

    def _more(self) -> None:
        """Wait for bytes: not longer than the timeout for the next ones, nor beyond the command's time."""
        patience = time.monotonic() + self._seconds
        while True:
            self._pulse()
            left = min(self._until, patience) - time.monotonic()
            if left <= 0:
                raise Dropped("the server does not answer in time")
            self.sock.settimeout(min(left, _SLICE))
            try:
                data = self.sock.recv(_READ)
            except (TimeoutError, ssl.SSLWantReadError):
                continue
            break
        if not data:
            raise Dropped("the server has closed the connection")
        self._buffer += data

    def send(self, data: Buffer) -> None:
        """Write all of it."""
        self.sock.settimeout(min(self._seconds, _CONNECT_SECONDS))
        self.sock.sendall(data)

    def has_more(self) -> bool:
        """Whether there is something to read without waiting; reads what is there."""
        while b"\n" not in self._buffer and len(self._buffer) <= self._line_most:
            self.sock.setblocking(False)
            try:
                data = self.sock.recv(_READ)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return False
            if not data:
                raise Dropped("the server has closed the connection")
            self._buffer += data
        return True

    def shutdown(self) -> None:
        """Let go without a word."""
        with suppress(OSError):
            self.sock.close()

    # Commands that imaplib lacks

    def command(self, name: str, *words: str) -> tuple[str, list[Any]]:
        """Say a command, hear its end: OK, NO or BAD with what follows."""
        said: tuple[str, list[Any]] = self._simple_command(name, *words)
        return said

    def begin_authentication(self, mechanism: str) -> bytes:
        """AUTHENTICATE (RFC 9051 section 6.2.2); its tag, once the server asks or has answered."""
        tag: bytes = self._command("AUTHENTICATE", mechanism)
        self.hear_until_asked(tag)
        return tag

    def hear_until_asked(self, tag: bytes) -> None:
        """Until the server asks for more, or has answered the command."""
        while not self.is_answered(tag) and self._get_response() is not None:
            self._check_bye()

    def is_answered(self, tag: bytes) -> bool:
        return self.tagged_commands.get(tag) is not None

    def end_authentication(self, tag: bytes) -> tuple[str, list[Any]]:
        return self._completed("AUTHENTICATE", tag)

    def _completed(self, name: str, tag: bytes) -> tuple[str, list[Any]]:
        said: tuple[str, list[Any]] = self._command_complete(name, tag)
        return said

    def begin_idle(self) -> bytes:
        """IDLE (RFC 2177); its tag, once the server has agreed."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands.get(tag):
                self._command_complete("IDLE", tag)
                raise self.error("IDLE refused")
        return tag

    def hear_news(self) -> None:
        """One response that nobody asked for."""
        self._get_response()
        self._check_bye()

    def end_idle(self, tag: bytes) -> tuple[str, list[Any]]:
        self.send(b"DONE\r\n")
        return self._completed("IDLE", tag)

    # What imaplib gathers

    def _append_untagged(self, typ: str, dat: Any) -> None:
        """Gather a response. What nobody asked for is counted or forgotten at once: flags that others set, and
        messages that went."""
        if typ in _NEWS:
            self._count(typ, dat)
            return
        if typ == "FETCH" and isinstance(dat, bytes) and _is_unasked(dat):
            return
        self._gathered_left -= 1
        self._kept_left -= len(dat[0] if isinstance(dat, tuple) else dat or b"")
        if self._gathered_left < 0 or self._kept_left < 0:
            raise Nonsense("the server sends more than one command can have as an answer")
        self.untagged_responses.setdefault(typ, []).append(b"" if dat is None else dat)

    def _count(self, typ: str, dat: Any) -> None:
        if typ == "EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif typ == "EXISTS" and isinstance(dat, bytes):
            number = int(dat[:10])
            self.has_grown = self.has_grown or number > self.exists
            self.exists = number

    def _log(self, line: Any) -> None:
        """imaplib keeps the last ten lines for debugging, passwords too: we do not."""


def _is_unasked(data: bytes) -> bool:
    """Whether this FETCH response has none of the items that we ask for; what follows a literal is no new one."""
    head = data[:2000].upper()
    return data[:1].isdigit() and b"BODY" not in head and b"RFC822" not in head and b"INTERNALDATE" not in head
