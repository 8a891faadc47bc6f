"""The load: a process that speaks just enough SMTP to hand over mails as cheaply as Python can.

In: one JSON object as its argument (see `Load`). Out: one JSON line (see `report`). Everything that can be built before
the clock starts is built before. Pipelines MAIL, RCPT and DATA as a mail server would (RFC 2920). Times are
CLOCK_MONOTONIC, which all processes of one machine share.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import deque
from dataclasses import asdict, dataclass

from tests.bench import mail

_DOT = b".\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What to send. `kept` connections send one mail after the other; otherwise each mail has a connection of its own.

    With a `rate` (mails a second) the mails come at random moments whatever the desk does (an open loop). `large` mails
    have a picture."""

    host: str
    port: int
    mails: int
    connections: int
    kept: bool = True
    rate: float = 0.0
    first: int = 0
    run: str = "bench"
    large: bool = False

    def argument(self) -> str:
        """The command line argument that means this."""
        return json.dumps(asdict(self))


class Traffic:
    """What is still to be sent and what has become of the rest."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.mails = deque(_prepared(load))
        self.latencies: list[float] = []
        self.dots: list[float] = []
        self.refused: list[str] = []
        self.first_connection = 0.0
        self.last_reply = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def kept(self, dot: float) -> None:
        self.latencies.append(time.monotonic() - dot)
        self.dots.append(dot)
        self.count()

    def refuse(self, reply: bytes) -> None:
        self.refused.append(reply.decode("ascii", "replace").strip())
        self.count()

    def count(self) -> None:
        if len(self.latencies) + len(self.refused) == self.load.mails and not self.done.done():
            self.last_reply = time.monotonic()
            self.done.set_result(None)


def _prepared(load: Load) -> list[tuple[bytes, bytes]]:
    """Envelope and content of each mail."""
    prepared = []
    content = mail.large_content if load.large else mail.content
    for number in range(load.first, load.first + load.mails):
        envelope = f"MAIL FROM:<{mail.sender(number)}>\r\nRCPT TO:<{mail.RECIPIENT}>\r\nDATA\r\n"
        prepared.append((envelope.encode(), content(number, load.run) + _DOT))
    return prepared


class Session(asyncio.Protocol):
    """One connection. `idle` is where a connection that waits for a due mail puts itself."""

    def __init__(self, traffic: Traffic, idle: deque[Session] | None = None) -> None:
        self._traffic = traffic
        self._idle = idle
        self._buffer = b""
        self._lines = 1
        self._next = self._greeted
        self._content = b""
        self._dot = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._buffer.count(b"\n") < self._lines or not self._buffer.endswith(b"\n"):
            return
        reply, self._buffer = self._buffer, b""
        self._next(reply)

    def connection_lost(self, error: Exception | None) -> None:
        if self._next != self._gone and not self._traffic.done.done():
            self._traffic.done.set_exception(ConnectionError(f"the desk closed a connection: {error}"))

    def _greeted(self, reply: bytes) -> None:
        if not reply.startswith(b"220"):
            self._give_up(reply)
            return
        self._next = self._extended
        self._transport.write(b"EHLO mx.northwind.example\r\n")

    def _extended(self, reply: bytes) -> None:
        if b"\n250 " not in reply:
            self._buffer = reply
        elif self._idle is None:
            self.send()
        else:
            self._idle.append(self)
            self._next = self._gone

    def send(self) -> None:
        """Begin with the next mail, or end the session when there is none."""
        if not self._traffic.mails:
            self._next = self._gone
            self._transport.write(b"QUIT\r\n")
            return
        envelope, self._content = self._traffic.mails.popleft()
        self._lines, self._next = 3, self._opened
        self._transport.write(envelope)

    def _opened(self, reply: bytes) -> None:
        if b"\n354 " not in reply:
            self._give_up(reply)
            return
        self._lines, self._next = 1, self._answered
        self._dot = time.monotonic()
        self._transport.write(self._content)

    def _answered(self, reply: bytes) -> None:
        self._next = self._gone
        if reply.startswith(b"250"):
            self._traffic.kept(self._dot)
        else:
            self._traffic.refuse(reply)
        if self._idle is not None:
            self._idle.append(self)
        elif self._traffic.load.kept:
            self.send()
        else:
            self._transport.write(b"QUIT\r\n")

    def _gone(self, reply: bytes) -> None:
        self._transport.close()
        if not self._traffic.load.kept and self._traffic.mails:
            asyncio.get_running_loop().create_task(_connect(self._traffic))

    def _give_up(self, reply: bytes) -> None:
        self._next = self._gone
        self._traffic.refuse(reply)
        self._transport.close()


async def _connect(traffic: Traffic, idle: deque[Session] | None = None) -> None:
    load = traffic.load
    await asyncio.get_running_loop().create_connection(lambda: Session(traffic, idle), load.host, load.port)


async def _closed_loop(traffic: Traffic) -> None:
    traffic.first_connection = time.monotonic()
    for _ in range(min(traffic.load.connections, traffic.load.mails)):
        await _connect(traffic)
    await traffic.done


async def _open_loop(traffic: Traffic) -> None:
    """Poisson arrivals; a mail whose moment has come waits only when every connection is busy."""
    idle: deque[Session] = deque()
    for _ in range(traffic.load.connections):
        await _connect(traffic, idle)
    while len(idle) < traffic.load.connections:
        await asyncio.sleep(0.01)
    chance = random.Random(1)
    due = traffic.first_connection = time.monotonic()
    for _ in range(traffic.load.mails):
        due += chance.expovariate(traffic.load.rate)
        while (wait := due - time.monotonic()) > 0 or not idle:
            await asyncio.sleep(max(wait, 0.0005))
        idle.popleft().send()
    await traffic.done


async def _run(load: Load) -> Traffic:
    traffic = Traffic(load)
    await (_open_loop(traffic) if load.rate else _closed_loop(traffic))
    return traffic


def main() -> None:
    """Send the load that the first argument describes and report."""
    traffic = asyncio.run(_run(Load(**json.loads(sys.argv[1]))))
    print(
        json.dumps(
            {
                "first_connection": traffic.first_connection,
                "last_reply": traffic.last_reply,
                "processor": time.process_time(),
                "latencies": traffic.latencies,
                "dots": traffic.dots,
                "refused": traffic.refused[:5],
            }
        )
    )


if __name__ == "__main__":
    main()
