"""Dialogues with a door, as text: what a client says, what it must hear, and what the journal must hold afterwards.

A script is a comment that says what it shows, then a step a line. `\\r \\n \\0 \\t \\xHH \\\\` stand for bytes.

    connect [DOOR] [from ADDRESS]   a new connection; DOOR is smtp (the default), lmtp, submission or proxy
    hasty DOOR TEXT                 a new connection that says TEXT before it is greeted; tried again while it was late
    C: TEXT                         say TEXT and CRLF
    C= TEXT                         say TEXT and nothing more
    C* NUMBER TEXT                  say TEXT (and nothing more) so many times
    S: CODE WORDS                   the next reply has this code and all these words; a word after ! must not be in it
    S* NUMBER CODE WORDS            so many replies of this kind
    open [LHLO|HELO]                greeting, MAIL and RCPT of an ordinary mail, and their 250
    closed                          the door hangs up without another word
    quiet                           nothing is heard for a while
    wait SECONDS                    let time pass
    half-close                      say that nothing more will be said
    hang-up                         close the connection at once
    starttls                        shake hands for TLS after a 220
    kept NUMBER                     so many messages came into the journal since the beginning
    content TEXT                    one of them is exactly TEXT
    contains TEXT / lacks TEXT      TEXT stands in one of them / in none
    envelope FROM TO...             one of them has exactly this envelope
"""

from __future__ import annotations

import re
import select
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
HASTE = 200
"""Connections until one has said something within the few milliseconds before its greeting, on whatever machine."""
_ESCAPE = re.compile(r"\\(r|n|0|t|\\|x[0-9a-fA-F]{2})")
_PLAIN = {"r": "\r", "n": "\n", "0": "\0", "t": "\t", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Kept:
    """A message of the journal."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


def read_bytes(text: str) -> bytes:
    """The bytes that a text of a script means."""
    return _ESCAPE.sub(lambda m: _PLAIN.get(m[1]) or chr(int(m[1][1:], 16)), text).encode("latin-1")


class Played:
    """One script while it runs. `ports` are the doors; `journal` gives what was kept since the beginning."""

    def __init__(self, ports: Callable[[str], int], journal: Callable[[], list[Kept]]) -> None:
        self._ports = ports
        self._journal = journal
        self._socket: socket.socket | None = None
        self._heard = b""

    def play(self, script: Path) -> None:
        try:
            for number, line in enumerate(script.read_text("ascii").splitlines(), 1):
                if line.strip() and not line.startswith("#"):
                    self._step(line, f"{script.name}, line {number}: {line}")
        finally:
            self._hang_up()

    def _step(self, line: str, where: str) -> None:
        word, _, rest = line.partition(" ")
        match word:
            case "connect":
                self._connect(rest)
            case "hasty":
                self._hasten(*rest.split(" ", 1), where)
            case "C:":
                self._say(read_bytes(rest) + b"\r\n")
            case "C=":
                self._say(read_bytes(rest))
            case "C*":
                count, _, text = rest.partition(" ")
                self._say(read_bytes(text) * int(count))
            case "S:":
                self._expect(rest, where)
            case "S*":
                count, _, wanted = rest.partition(" ")
                for _ in range(int(count)):
                    self._expect(wanted, where)
            case "open":
                self._open(rest or "EHLO", where)
            case "starttls":
                self._secure()
            case _:
                self._act(word, rest, where)

    def _act(self, word: str, rest: str, where: str) -> None:
        match word:
            case "closed":
                assert self._read_all() == b"", where
            case "quiet":
                assert not self._heard, where
                assert not select.select([self._there], [], [], 0.3)[0], where
            case "wait":
                time.sleep(float(rest))
            case "half-close":
                self._there.shutdown(socket.SHUT_WR)
            case "hang-up":
                self._hang_up()
            case "kept":
                assert len(self._journal()) == int(rest), (where, self._journal())
            case "content":
                assert read_bytes(rest) in [kept.content for kept in self._journal()], (where, self._journal())
            case "contains":
                assert any(read_bytes(rest) in kept.content for kept in self._journal()), (where, self._journal())
            case "lacks":
                assert not any(read_bytes(rest) in kept.content for kept in self._journal()), where
            case "envelope":
                sender, *to = rest.split()
                found = [(kept.sender or "<>", *kept.recipients) for kept in self._journal()]
                assert (sender, *to) in found, (where, found)
            case _:
                raise AssertionError(f"{where}: there is no step {word}")

    def _connect(self, rest: str) -> None:
        self._hang_up()
        words = rest.split()
        source = (words[words.index("from") + 1], 0) if "from" in words else None
        door = words[0] if words and words[0] != "from" else "smtp"
        self._socket = socket.create_connection(("127.0.0.1", self._ports(door)), PATIENCE, source)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _hasten(self, door: str, text: str, where: str) -> None:
        for _ in range(HASTE):
            self._connect(door)
            self._say(read_bytes(text))
            first = self._line(where)
            if not first.startswith(b"220"):
                self._heard = first + b"\r\n" + self._heard
                return
        raise AssertionError(f"{where}: {HASTE} times it was greeted before it was heard")

    @property
    def _there(self) -> socket.socket:
        assert self._socket is not None, "connect comes first"
        return self._socket

    def _say(self, data: bytes) -> None:
        """A door that has hung up meanwhile is found out by what is expected next."""
        with suppress(ConnectionError):
            self._there.sendall(data)

    def _expect(self, wanted: str, where: str) -> None:
        code, *words = wanted.split()
        reply = self._reply(where)
        assert reply and all(line.startswith(code) for line in reply.splitlines()), (where, reply)
        for word in words:
            assert (word.removeprefix("!") in reply) is not word.startswith("!"), (where, reply)

    def _reply(self, where: str) -> str:
        lines = []
        while True:
            line = self._line(where)
            lines.append(line.decode("ascii"))
            if line[3:4] != b"-":
                return "\n".join(lines)

    def _line(self, where: str) -> bytes:
        while b"\r\n" not in self._heard:
            try:
                data = self._there.recv(65_536)
            except TimeoutError:
                raise AssertionError(f"{where}: nothing was heard") from None
            assert data, f"{where}: the door hung up, saying {self._heard!r}"
            self._heard += data
        line, _, self._heard = self._heard.partition(b"\r\n")
        return line

    def _read_all(self) -> bytes:
        heard = self._heard
        with suppress(ConnectionError):
            while data := self._there.recv(65_536):
                heard += data
        return heard

    def _open(self, hello: str, where: str) -> None:
        for line in (
            f"{hello} client.example",
            "MAIL FROM:<nora@northwind.example>",
            "RCPT TO:<support@desk.example>",
        ):
            self._say(line.encode() + b"\r\n")
            self._expect("250", where)

    def _secure(self) -> None:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self._socket = context.wrap_socket(self._there)

    def _hang_up(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket, self._heard = None, b""
