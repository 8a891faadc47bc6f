"""A smarthost on loopback that behaves as the test says, and mail to send to it.

In: rules of what is answered to which command. Out: what it was told, and the mails that it took. Nothing of it leaves
loopback.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from gateway.transport import Parcel, Transport

BODY = b"Subject: x\r\n\r\n.dot\r\nline\r\n..\r\n"
DROP, HANG = "drop", "hang"


class Sink:
    """A smarthost on loopback. `rules` maps (command, how often it came) or a command to what it answers."""

    def __init__(self, extensions: tuple[str, ...] = ("PIPELINING",), tls: ssl.SSLContext | None = None) -> None:
        self.extensions = extensions
        self.rules: dict[Any, str] = {}
        self.tls = tls
        self.mails: list[bytes] = []
        self.commands: list[str] = []
        self.reads: list[bytes] = []
        self.connections = 0
        self._stopped = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def stop(self) -> None:
        self._stopped.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._open.append(sock)
                thread = threading.Thread(target=self._serve, args=(sock,))
                self._threads.append(thread)
                thread.start()

    def _serve(self, sock: socket.socket) -> None:
        with suppress(OSError, ValueError), sock:
            self._talk(sock)

    def _lines(self, sock: socket.socket) -> Iterator[bytes]:
        rest = b""
        while data := sock.recv(1 << 20):
            self.reads.append(data)
            rest += data
            while b"\r\n" in rest:
                line, rest = rest.split(b"\r\n", 1)
                yield line

    def _answer(self, sock: socket.socket, verb: str, usual: str) -> bool:
        number = sum(command.startswith(verb) for command in self.commands)
        reply = self.rules.get((verb, number), self.rules.get(verb, usual))
        if reply == DROP:
            sock.shutdown(socket.SHUT_RDWR)
            return False
        if reply == HANG:
            self._stopped.wait(20)
            return False
        sock.sendall(reply.replace("\n", "\r\n").encode() + b"\r\n")
        if reply.startswith("421"):
            sock.shutdown(socket.SHUT_RDWR)
            return False
        return True

    def _talk(self, sock: socket.socket) -> None:
        self._answer(sock, "GREETING", "220 sink")
        lines = self._lines(sock)
        for line in lines:
            command = line.decode()
            verb = command.partition(" ")[0].upper()
            self.commands.append(command)
            hello = "\n".join(["250-sink", *(f"250-{name}" for name in self.extensions), "250 HELP"])
            usual = {"EHLO": hello, "DATA": "354 go", "QUIT": "221 bye", "STARTTLS": "220 go", "AUTH": "235 ok"}
            if not self._answer(sock, verb, usual.get(verb, "250 2.0.0 ok")):
                return
            if verb == "STARTTLS" and self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
                lines = self._lines(sock)
                self._talk_on(sock, lines)
                return
            replies = self.rules.get(("DATA", sum(c == "DATA" for c in self.commands)), self.rules.get("DATA", "354"))
            if verb == "DATA" and replies.startswith("354"):
                self._take(sock, lines)

    def _talk_on(self, sock: socket.socket, lines: Iterator[bytes]) -> None:
        for line in lines:
            self.commands.append(line.decode())
            verb = line.decode().partition(" ")[0].upper()
            usual = {"EHLO": "250-sink\n250-AUTH PLAIN\n250 PIPELINING", "DATA": "354 go", "AUTH": "235 ok"}
            self._answer(sock, verb, usual.get(verb, "250 2.0.0 ok"))
            if verb == "DATA":
                self._take(sock, lines)

    def _take(self, sock: socket.socket, lines: Iterator[bytes]) -> None:
        mail = []
        for line in lines:
            if line == b".":
                break
            mail.append(line[1:] if line.startswith(b".") else line)
        else:
            return
        if mail:
            self.mails.append(b"\r\n".join(mail) + b"\r\n")
        self.commands.append("DOT")
        if not self._answer(sock, "DOT", "250 2.0.0 queued" if mail else "554 5.5.1 nobody to send to"):
            raise ConnectionResetError


Reach = Callable[..., Transport]


def parcels(count: int, content: bytes = BODY) -> list[Parcel]:
    return [Parcel(n, "", f"n{n}@x.example", content + b"%d\r\n" % n) for n in range(1, count + 1)]


def codes(transport: Transport, batch: list[Parcel]) -> list[tuple[int, int]]:
    return [(number, outcome.code) for number, outcome in transport.send(batch)]
