"""A wire that breaks at the one moment at which nobody can know whether a mail has arrived.

In: the port of an SMTP server. Out: a port that leads there, and breaks off once the server has taken a mail and before
its client hears of it. Loopback only.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress


class Cutting:
    """Between desk and Postfix: breaks the connection when Postfix has taken a mail, before the desk is told."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.cuts = 1
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(one, other, one is far), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, is_reply: bool) -> None:
        with suppress(OSError):
            while data := source.recv(1 << 16):
                if is_reply and self.cuts and b" queued as " in data:
                    self.cuts -= 1
                    break
                target.sendall(data)
        for sock in (source, target):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def stop(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
