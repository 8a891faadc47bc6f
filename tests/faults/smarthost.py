"""A smarthost that misbehaves on purpose: in any phase of the dialogue, for everybody or for one recipient domain.

In: faults by phase. Out: which mails it took, in their order, with recipient, bytes and time. One thread a connection,
loopback only. The phases: connect, banner, ehlo, starttls, mail, rcpt, data, dot (after the whole mail), quit.
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

HANG, DROP, SLOW = "hang", "drop", "slow"
PATIENCE = 300.0
_USUAL = {"banner": "220 smarthost", "starttls": "220 go", "data": "354 go", "quit": "221 bye"}


@dataclass(frozen=True)
class Fault:
    """What happens in a phase: `how` is HANG, DROP, SLOW (a byte a second) or a reply; the first `times` of it only.

    With `each`, times are counted for each recipient: greylisting. `domain`: only mail for it.
    """

    how: str
    domain: str = ""
    times: int = 1 << 30
    each: bool = False
    taken: bool = False
    """A drop after the dot: the mail was taken all the same."""


@dataclass(frozen=True)
class Mail:
    recipient: str
    content: bytes
    at: float

    @property
    def message_id(self) -> str:
        found = re.search(rb"^Message-ID: (<[^>]+>)", self.content, re.MULTILINE)
        assert found
        return found[1].decode()


class Smarthost:
    """Listens until `stop`."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.faults: dict[str, Fault] = {}
        self.mails: list[Mail] = []
        self.attempts: Counter[tuple[str, str]] = Counter()
        self.connections = 0
        self.commands: list[str] = []
        self._tls = tls
        self._over = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Nobody listens any more; who hangs is let go."""
        self._over.set()
        for sock in (self._listener, *self._open):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def to(self, domain: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.recipient.endswith(f"@{domain}")]

    def hang_up(self) -> None:
        """Every connection ends: the next mail needs a new one."""
        for sock in self._open:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def heal(self) -> None:
        """No fault any more; connections that hang end."""
        self.faults.clear()
        self.attempts.clear()
        self._over.set()
        self._over = threading.Event()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._open.append(sock)
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        session = _Session(self, sock)
        with suppress(OSError, ValueError, ConnectionError):
            session.talk()
        session.close()

    def fault(self, phase: str, recipient: str) -> Fault | None:
        """What happens now, if anything."""
        found = self.faults.get(phase)
        if found is None or (found.domain and not recipient.endswith(f"@{found.domain}")):
            return None
        key = (phase, recipient if found.each else "")
        self.attempts[key] += 1
        return found if self.attempts[key] <= found.times else None

    def hang(self) -> None:
        self._over.wait(PATIENCE)


class _Session:
    def __init__(self, host: Smarthost, sock: socket.socket) -> None:
        self._host = host
        self._sock = sock
        self._file: Any = sock.makefile("rb")
        self._recipient = ""

    def close(self) -> None:
        """Also when the socket has become an encrypted one."""
        self._file.close()
        self._sock.close()

    def talk(self) -> None:
        self._meet("connect", "")
        self._meet("banner", _USUAL["banner"])
        while line := self._file.readline():
            command = line.decode("utf-8", "replace").strip()
            self._host.commands.append(command)
            verb = command.partition(" ")[0].lower()
            if verb == "rcpt":
                self._recipient = command.partition("<")[2].partition(">")[0]
            if verb == "ehlo":
                offered = ["PIPELINING", "SIZE 50000000", *(["STARTTLS"] if self._host._tls else [])]
                self._meet("ehlo", "\r\n".join(["250-smarthost", *(f"250-{word}" for word in offered), "250 HELP"]))
            elif verb == "data":
                if self._meet("data", _USUAL["data"]).startswith("354"):
                    self._take()
            elif verb == "starttls" and self._host._tls:
                self._meet("starttls", _USUAL["starttls"])
                self._sock = self._host._tls.wrap_socket(self._sock, server_side=True)
                self._file = self._sock.makefile("rb")
            else:
                self._meet(verb, _USUAL.get(verb, "250 2.0.0 ok"))

    def _take(self) -> None:
        lines = []
        while (line := self._file.readline()) != b".\r\n":
            if not line:
                raise ConnectionError
            lines.append(line[1:] if line.startswith(b".") else line)
        if not lines:  # an empty mail ends a DATA that nobody wanted (RFC 2920 section 3.1)
            self._sock.sendall(b"554 5.5.1 no valid recipients\r\n")
            return
        mail = Mail(self._recipient, b"".join(lines), time.monotonic())
        fault = self._host.faults.get("dot")
        if fault is None or fault.taken or (fault.domain and not self._recipient.endswith(fault.domain)):
            self._host.mails.append(mail)
            self._meet("dot", "250 2.0.0 taken")
        elif self._meet("dot", "250 2.0.0 taken").startswith("2"):
            self._host.mails.append(mail)

    def _meet(self, phase: str, usual: str) -> str:
        """Answer as the faults have it; the answer that was given."""
        fault = self._host.fault(phase, self._recipient)
        if fault is None:
            if usual:
                self._sock.sendall(usual.encode() + b"\r\n")
            return usual
        if fault.how == HANG:
            self._host.hang()
            raise ConnectionError
        if fault.how == DROP:
            raise ConnectionError
        reply = usual if fault.how == SLOW else fault.how
        if fault.how == SLOW:
            for byte in reply.encode() + b"\r\n":
                self._sock.sendall(bytes([byte]))
                time.sleep(1)
        else:
            self._sock.sendall(reply.encode() + b"\r\n")
        if reply.startswith("421") or phase == "connect":
            raise ConnectionError
        return reply
