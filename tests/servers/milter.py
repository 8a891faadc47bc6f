"""A milter as a border has one: it takes Authentication-Results in our name away and puts its own on top.

In: what Postfix says of each mail by the milter protocol (version 6). Out: one header inserted, others deleted. Who an
author's server is, it knows by the name that the server greets with, which stands for SPF here. It runs in threads of
the test; it must never pass a mail without a header of its own.
Protocol: https://www.postfix.org/MILTER_README.html, and sendmail's include/libmilter/mfdef.h.
"""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from email.utils import parseaddr
from types import TracebackType

_CHANGES = 0x01 | 0x10  # SMFIF_ADDHDRS, SMFIF_CHGHDRS
_VERSION = 6
_MOST = 1 << 20
_ANSWERED = b"CHMRTLNBU"
"""Commands that want an answer each: connect, HELO, MAIL, RCPT, DATA, header, end of headers, body, unknown."""


class Milter:
    """Listens until `close`. `strips` false: it leaves headers in our name where they are, as a careless one does."""

    def __init__(self, name: str = "mx.desk.example", port: int = 0, *, strips: bool = True) -> None:
        self._name = name
        self._strips = strips
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port = int(self._listener.getsockname()[1])
        self.stamped: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Milter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nobody is let in any more; who is in may end."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            _Session(client, self).run()

    def results(self, hello: str, author: str) -> str:
        """What the header says of a mail whose server greeted so and whose From has this address."""
        domain = author.rpartition("@")[2].lower()
        is_theirs = bool(domain) and (hello == domain or hello.endswith(f".{domain}"))
        verdict = "pass" if is_theirs else "fail"
        header = f"{self._name}; spf={verdict} smtp.helo={hello};\n\tdmarc={verdict} header.from={domain or 'none'}"
        self.stamped.append(header)
        return header

    def is_forged(self, value: str) -> bool:
        """Whether a header that came with the mail speaks in our name."""
        return self._strips and value.strip().partition(";")[0].strip().lower() == self._name


class _Session:
    """One connection of Postfix, over which any number of mails come."""

    def __init__(self, client: socket.socket, milter: Milter) -> None:
        self._client = client
        self._milter = milter
        self._hello = ""
        self._forget()

    def _forget(self) -> None:
        self._author = ""
        self._seen = 0
        self._forged: list[int] = []

    def run(self) -> None:
        while (packet := self._read()) is not None:
            command, data = packet[:1], packet[1:]
            if command == b"O":
                self._say(b"O" + struct.pack(">III", _VERSION, _CHANGES, 0))
            elif command == b"E":
                self._end()
            elif command == b"A":
                self._forget()
            elif command == b"Q":
                return
            elif command in _ANSWERED:
                self._heed(command, data)
                self._say(b"c")

    def _heed(self, command: bytes, data: bytes) -> None:
        if command == b"H":
            self._hello = data.rstrip(b"\0").decode("ascii", "replace").lower()
        elif command == b"M":
            self._forget()
        elif command == b"L":
            name, value = (part.decode("utf-8", "replace") for part in data.split(b"\0")[:2])
            if name.lower() == "from":
                self._author = parseaddr(value)[1]
            elif name.lower() == "authentication-results":
                self._seen += 1
                if self._milter.is_forged(value):
                    self._forged.append(self._seen)

    def _end(self) -> None:
        """The end of a mail: delete from the last one on, for each deletion moves the numbers below it."""
        for index in reversed(self._forged):
            self._say(b"m" + struct.pack(">I", index) + b"Authentication-Results\0\0")
        results = self._milter.results(self._hello, self._author)
        self._say(b"i" + struct.pack(">I", 1) + b"Authentication-Results\0" + results.encode() + b"\0")
        self._say(b"c")
        self._forget()

    def _say(self, packet: bytes) -> None:
        self._client.sendall(struct.pack(">I", len(packet)) + packet)

    def _read(self) -> bytes | None:
        """The next packet; None when Postfix is gone."""
        head = self._exactly(4)
        length = struct.unpack(">I", head)[0] if head else 0
        return self._exactly(length) if 0 < length <= _MOST else None

    def _exactly(self, count: int) -> bytes | None:
        found = b""
        while len(found) < count:
            piece = self._client.recv(count - len(found))
            if not piece:
                return None
            found += piece
        return found
