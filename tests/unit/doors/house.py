"""Doors in this process, with a daemon that does what a test tells it, and a client that says exactly what it is told.

In: limits and manners. Out: `Played` with the port of each door, what the daemon was told, and clients.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.channel import Unpacker, pack
from gateway.doors.lobby import Manners
from gateway.doors.smtp import run
from gateway.doors.words import Arrived, DoorCounts, DoorOptions, Fate, Kept, Limits, Pulse, Withdrawn

PATIENCE = 90.0
QUICK = Manners(tarpit=0.0, linger=0.5)
SUPPORT, BILLING = "support@desk.example", "billing@desk.example"


class Daemon(asyncio.Protocol):
    """The other end of the door's line. `fate` is its answer to every message; None: it keeps silent about them."""

    def __init__(self) -> None:
        self.fate: Fate | None = Fate.KEPT
        self.pulsing = True
        self.room: int | None = None
        self.arrived: list[Arrived] = []
        self.contents: list[bytes] = []
        self.withdrawn: list[int] = []
        self.counts: list[DoorCounts] = []
        self._unpacker = Unpacker()
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        for message in self._unpacker.feed(data):
            if isinstance(message, Withdrawn):
                self.withdrawn += message.tokens
            elif isinstance(message, DoorCounts):
                self.counts.append(message)
            else:
                self._take(message)

    def _take(self, arrived: list[Arrived]) -> None:
        for item in arrived:
            self.arrived.append(item)
            self.contents.append(Path(item.spooled.path).read_bytes() if item.spooled else item.content)
        if self.fate is not None:
            self.answer(*(item.token for item in arrived), fate=self.fate)

    def tell_room(self, room: int) -> None:
        """What the door has heard before it hears what a client says from now on."""
        self.room = room
        self.say(Pulse(room))

    def answer(self, *tokens: int, fate: Fate = Fate.KEPT) -> None:
        self.say(Kept(tokens, fate))

    def say(self, message: Any) -> None:
        if not self.transport.is_closing():
            self.transport.write(pack(message))

    async def pulse(self) -> None:
        while True:
            if self.pulsing:
                self.say(Pulse(self.room))
            await asyncio.sleep(0.2)


@dataclass
class Client:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def reply(self) -> str:
        """One whole reply; empty when the other side is gone."""
        lines = []
        while line := await asyncio.wait_for(self.reader.readline(), PATIENCE):
            lines.append(line.decode("ascii").rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        self.write((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return await self.reply()

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def open(self, *recipients: str, hello: str = "EHLO") -> None:
        """Greet and name the envelope."""
        for line in (
            f"{hello} client.example",
            "MAIL FROM:<nora@northwind.example>",
            *(f"RCPT TO:<{to}>" for to in recipients or (SUPPORT,)),
        ):
            answer = await self.say(line)
            assert answer.startswith("250"), (line, answer)

    async def data(self, content: bytes) -> str:
        """DATA, the content as it stands, its end; the first reply."""
        assert (await self.say("DATA")).startswith("354")
        self.write(content + b"\r\n.\r\n")
        return await self.reply()

    async def mail(self, content: bytes = b"x") -> str:
        await self.open()
        return await self.data(content)

    async def starttls(self) -> None:
        assert (await self.say("STARTTLS")).startswith("220")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        await self.writer.start_tls(context)

    async def close(self) -> None:
        self.writer.close()


@dataclass
class Played:
    """Open doors."""

    daemon: Daemon
    ports: dict[str, int]
    spool: Path
    running: asyncio.Future[None]
    clients: list[Client] = field(default_factory=list)

    async def connect(self, door: str = "smtp") -> Client:
        """A connection; its greeting is still to be read."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.ports[door]))
        self.clients.append(client)
        return client

    async def client(self, door: str = "smtp") -> Client:
        """A connection that was greeted."""
        client = await self.connect(door)
        assert (await client.reply()).startswith("220")
        return client

    def spooled(self) -> list[Path]:
        return list(self.spool.glob("*")) if self.spool.exists() else []


async def until(condition: Callable[[], Any]) -> None:
    """Wait until something is so."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "it did not come to that"
        await asyncio.sleep(0.01)


def limits(**changes: Any) -> Limits:
    usual: dict[str, Any] = {
        "max_size": 36_700_160,
        "recipients": 100,
        "errors": 20,
        "commands": 1000,
        "idle": timedelta(seconds=60),
        "session": timedelta(minutes=30),
        "data_rate": 500,
        "connections": 100,
        "connections_per_address": 100,
    }
    return Limits(**usual | changes)


@asynccontextmanager
async def opened(
    folder: Path, *protocols: str, manners: Manners = QUICK, options: dict[str, Any] | None = None, **changes: Any
) -> AsyncIterator[Played]:
    """Doors of these protocols, closed at the end. `changes` are limits."""
    ours, theirs = socket.socketpair()
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in protocols or ("smtp",)]
    ports = dict(zip(protocols or ("smtp",), (sock.getsockname()[1] for sock in listening), strict=True))
    told = DoorOptions(
        **{
            "hostname": "mail.desk.example",
            "limits": limits(**changes),
            "protocols": protocols or ("smtp",),
            "addresses": frozenset({SUPPORT, BILLING}),
            "clock_offset": timedelta(0),
            "spool": str(folder / "spool"),
        }
        | (options or {})
    )
    daemon = Daemon()
    await asyncio.get_running_loop().create_connection(lambda: daemon, sock=ours)
    doors = asyncio.ensure_future(run(told, theirs, listening, manners))
    pulse = asyncio.ensure_future(daemon.pulse())
    played = Played(daemon, ports, folder / "spool", doors)
    try:
        yield played
    finally:
        pulse.cancel()
        for client in played.clients:
            client.writer.close()
        daemon.transport.close()
        await asyncio.wait_for(doors, PATIENCE)
