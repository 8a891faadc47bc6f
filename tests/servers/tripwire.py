"""A line that a test may cut, freeze or speak into: a TCP proxy between a desk and a server that speaks IMAP.

In: the server's port. Out: a port of its own. It runs in threads of the test, reads nothing but whole lines of clients,
and those only where the line is not encrypted; it must never lose a byte while it lets everything pass.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

PIECE = 65_536
Says = Callable[[bytes, bytes], bytes | None]
"""From a client's tag and command (upper case) to what is said in the server's place; None: it passes."""


class Tripwire:
    """Stand between. `says` answers in the server's place; `frozen` clear: nothing passes any more."""

    def __init__(self, port: int, says: Says | None = None) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.says = says
        self.passes = threading.Event()
        self.passes.set()
        self.let_in = 0
        """How many connections came."""
        self._lines: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._accepter = threading.Thread(target=self._accept, daemon=True)
        self._accepter.start()

    def freeze(self) -> None:
        """Nothing passes, and nobody is told."""
        self.passes.clear()

    def thaw(self) -> None:
        self.passes.set()

    def cut(self) -> None:
        """Every line that is open ends at once."""
        with self._lock:
            lines, self._lines = self._lines, set()
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()
        self.passes.set()
        self._accepter.join(5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.let_in += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self._lock:
                self._lines |= {client, server}
            threading.Thread(target=self._speak, args=[client, server], daemon=True).start()
            threading.Thread(target=self._carry, args=[server, client], daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(PIECE):
                self.passes.wait()
                sink.sendall(piece)
        self._end(source, sink)

    def _speak(self, client: socket.socket, server: socket.socket) -> None:
        """What a client says: line by line where somebody may answer in the server's place."""
        held = b""
        with suppress(OSError):
            while piece := client.recv(PIECE):
                self.passes.wait()
                if self.says is None:
                    server.sendall(held + piece)
                    held = b""
                    continue
                *lines, held = (held + piece).split(b"\r\n")
                for line in lines:
                    tag, _, command = line.partition(b" ")
                    said = self.says(tag, command.upper())
                    if said is None:
                        server.sendall(line + b"\r\n")
                    else:
                        client.sendall(said)
        self._end(client, server)

    def _end(self, *lines: socket.socket) -> None:
        for line in lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._lines -= set(lines)
        for line in lines:
            line.close()
