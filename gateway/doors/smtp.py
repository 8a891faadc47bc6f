"""The SMTP and LMTP doors: a process that takes bytes and envelope and says 250 when the daemon has committed them.

In: connections on sockets that the daemon opened. Out: `Arrived` messages to the daemon, one reply per transaction to
the client. It has no store and reads no mail. It never says 250 before the commit, never 5xx for a fault of ours, and
never shows an exception's text (reliability 0.3).
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from gateway.channel import Unpacker, pack, receive_one
from gateway.doors.path import BadPath, read_path
from gateway.doors.words import Arrived, DoorOptions, Fate, Kept
from parsing.address import normalise, split_detail
from parsing.headers import clean

TRY_LATER = "451 4.3.0 The desk could not take the message; try again later"
TOO_BIG = "552 5.3.4 The message is larger than this desk takes"
BUSY = b"421 4.7.0 Too many connections from here; try again later\r\n"
MAX_RECIPIENTS = 100
CLOSING = b"421 4.3.2 The desk is closing; try again later\r\n"
COMMIT_SECONDS = 60.0
DRAIN_SECONDS = 20.0
IDLE_SECONDS = 300.0
_CHUNK = 1 << 16
_END = b"\r\n.\r\n"

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd writes addresses at INFO and mail at DEBUG


class Desk:
    """The door's line to the daemon: messages go out in one frame a turn of the loop, replies come back by token."""

    def __init__(self, options: DoorOptions) -> None:
        self.options = options
        self.clients: Counter[str] = Counter()
        self.sessions: set[Door] = set()
        self.draining = False
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._unsent: list[Arrived] = []
        self._token = 0
        self._writer: asyncio.StreamWriter

    async def connect(self, sock: socket.socket) -> asyncio.StreamReader:
        reader, self._writer = await asyncio.open_connection(sock=sock)
        return reader

    async def listen(self, reader: asyncio.StreamReader) -> None:
        """Take the daemon's words until it is gone or wants us to drain (it says None)."""
        unpacker = Unpacker()
        while not self.draining and (data := await reader.read(_CHUNK)):
            for message in unpacker.feed(data):
                if message is None:
                    self.draining = True
                elif isinstance(message, Kept):
                    self._answer(message)

    async def drain(self, reader: asyncio.StreamReader) -> None:
        """Let messages that are on their way in be kept; say 421 to everybody else. At most `DRAIN_SECONDS`."""
        self.draining = False
        listening = asyncio.ensure_future(self.listen(reader))
        deadline = asyncio.get_running_loop().time() + DRAIN_SECONDS
        while self.sessions and asyncio.get_running_loop().time() < deadline:
            for session in [s for s in self.sessions if not s.in_data]:
                session.dismiss()
            await asyncio.sleep(0.02)
        listening.cancel()

    async def keep(self, server: Door, content: bytes) -> bool:
        """Whether the daemon has committed the message. A client that goes away does not take the commit with it."""
        loop = asyncio.get_running_loop()
        self._token += 1
        session, envelope = server.session, server.envelope
        assert session is not None
        assert envelope is not None
        arrived = Arrived(
            token=self._token,
            door=server.door,
            client=server.client,
            hello=clean(str(session.host_name or ""))[:255],
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            received_at=datetime.now(UTC) + self.options.clock_offset,
            content=content,
        )
        future: asyncio.Future[bool] = loop.create_future()
        self._waiting[self._token] = future
        if not self._unsent:
            loop.call_soon(self._send)
        self._unsent.append(arrived)
        try:
            return await asyncio.wait_for(asyncio.shield(future), COMMIT_SECONDS)
        finally:
            self._waiting.pop(arrived.token, None)

    def _send(self) -> None:
        self._writer.write(pack(self._unsent))
        self._unsent = []

    def _answer(self, message: Kept) -> None:
        for token in message.tokens:
            future = self._waiting.get(token)
            if future is not None and not future.done():
                future.set_result(message.fate is Fate.KEPT)


class PushBack:
    """A stream reader that takes back what was read too far; the rest of aiosmtpd reads on as if nothing had been."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._ahead = b""

    def push_back(self, data: bytes) -> None:
        self._ahead = data + self._ahead

    async def read(self, count: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:count], self._ahead[count:]
            return data
        return await self._reader.read(count)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        end = self._ahead.find(separator)
        if end >= 0:
            line, self._ahead = self._ahead[: end + len(separator)], self._ahead[end + len(separator) :]
            return line
        line = await self._reader.readuntil(separator)
        line, self._ahead = self._ahead + line, b""
        return line


class Door(SMTP):
    """One SMTP session. The commands that carry an envelope or a message are our own; the rest is aiosmtpd's."""

    door = "smtp"
    line_length_limit = _CHUNK
    command_size_limit = 2048

    def __init__(self, desk: Desk, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(
            self,
            data_size_limit=desk.options.limits.max_size,
            enable_SMTPUTF8=True,
            hostname=desk.options.hostname,
            ident="ESMTP replydesk",
            timeout=IDLE_SECONDS,
            loop=loop,
        )
        self.desk = desk
        self.client = ""
        self.in_data = False
        self._has_sender = False

    def _cb_client_connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        super()._cb_client_connected(reader, writer)
        self._ahead = PushBack(reader)
        self._reader = cast("asyncio.StreamReader", self._ahead)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.client = peer[0] if peer else ""
        clients = self.desk.clients
        clients[self.client] += 1
        options = self.desk.options
        crowded = (
            clients.total() > options.limits.connections
            or clients[self.client] > options.limits.connections_per_address
        )
        super().connection_made(transport)
        self.desk.sessions.add(self)
        if crowded:
            self.dismiss(BUSY)

    def dismiss(self, why: bytes = CLOSING) -> None:
        """End the session with a 421."""
        self.desk.sessions.discard(self)
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(why)
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        clients = self.desk.clients
        clients[self.client] -= 1
        if not clients[self.client]:
            del clients[self.client]
        self.desk.sessions.discard(self)
        super().connection_lost(error)

    async def handle_exception(self, error: Exception) -> str:
        logging.getLogger(__name__).error("door: %s while a command ran", type(error).__name__, exc_info=error)
        return TRY_LATER

    async def handle_EHLO(  # noqa: N802 - the hook's name is aiosmtpd's
        self, _server: SMTP, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", responses[-1]]

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()  # type: ignore[no-untyped-call]
        self._has_sender = False

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.2, with SIZE (1870), BODY (6152) and SMTPUTF8 (6531)."""
        if await self.check_helo_needed():
            return
        if self._has_sender:
            await self.push("503 5.5.1 MAIL was said already")
            return
        try:
            address, parameters = read_path("FROM", arg, allow_null=True)
        except BadPath as error:
            await self.push(str(error))
            return
        refusal = self._refuse_parameters(parameters)
        if refusal:
            await self.push(refusal)
            return
        assert self.envelope is not None
        self.envelope.mail_from = address
        self._has_sender = True
        await self.push("250 2.1.0 OK")

    def _refuse_parameters(self, parameters: dict[str, str]) -> str:
        size = parameters.pop("SIZE", "0")
        if not size.isascii() or not size.isdigit() or len(size) > 20:
            return "501 5.5.4 SIZE takes a number"
        if int(size) > self.desk.options.limits.max_size:
            return TOO_BIG
        if parameters.pop("BODY", "7BIT").upper() not in ("7BIT", "8BITMIME"):
            return "501 5.5.4 BODY is 7BIT or 8BITMIME"
        if parameters.pop("SMTPUTF8", ""):
            return "501 5.5.4 SMTPUTF8 takes no value"
        for ignored in ("AUTH", "RET", "ENVID"):
            parameters.pop(ignored, "")
        return f"555 5.5.4 {next(iter(parameters))} is not known here" if parameters else ""

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.3. What is not configured does not exist here."""
        if await self.check_helo_needed():
            return
        if not self._has_sender:
            await self.push("503 5.5.1 MAIL comes first")
            return
        assert self.envelope is not None
        if len(self.envelope.rcpt_tos) >= MAX_RECIPIENTS:
            await self.push("452 4.5.3 Too many recipients; send the rest in another message")
            return
        try:
            address, _parameters = read_path("TO", arg, allow_null=False)
        except BadPath as error:
            await self.push(str(error))
            return
        if split_detail(normalise(address))[0] not in self.desk.options.addresses:
            await self.push("550 5.1.1 No such address here")
            return
        self.envelope.rcpt_tos.append(address)
        await self.push("250 2.1.5 OK")

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """RFC 5321 section 4.1.1.4: only CRLF.CRLF ends the message; what is inside is kept as it came."""
        if await self.check_helo_needed():
            return
        assert self.envelope is not None
        if not self._has_sender or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 MAIL and RCPT come first")
            return
        if arg:
            await self.push("501 5.5.4 DATA takes no argument")
            return
        await self.push("354 End with CRLF.CRLF")
        self.in_data = True
        try:
            content = await self._receive()
            status = TOO_BIG if content is None else await self._keep(content)
        finally:
            self.in_data = False
        recipients = len(self.envelope.rcpt_tos)
        self._set_post_data_state()
        await self.push(self.statuses(status, recipients))

    def statuses(self, status: str, _recipients: int) -> str:
        """SMTP answers once for all recipients."""
        return status

    async def _keep(self, content: bytes) -> str:
        try:
            kept = await self.desk.keep(self, content)
        except TimeoutError:
            kept = False
        return "250 2.0.0 Kept" if kept else TRY_LATER

    async def _receive(self) -> bytes | None:
        """The message without its end and its dot-stuffing; None when it was too big (then it was drained)."""
        data = bytearray(b"\r\n")  # so that a message that is only a dot ends like any other
        too_big = False
        while True:
            chunk = await self._reader.read(_CHUNK)
            if not chunk:
                raise ConnectionResetError
            self._reset_timeout()
            begin = max(0, len(data) - len(_END) + 1)
            data += chunk
            end = data.find(_END, begin)
            if end >= 0:
                rest = bytes(data[end + len(_END) :])
                self._ahead.push_back(rest)  # commands that were sent along (RFC 2920)
                del data[end + 2 :]
                break
            if len(data) > self.desk.options.limits.max_size + 2:
                too_big = True
                del data[: -len(_END)]
        if too_big or len(data) - 2 > self.desk.options.limits.max_size:
            return None
        if b"\r\n." in data:
            return bytes(data).replace(b"\r\n.", b"\r\n")[2:]
        return bytes(memoryview(data)[2:])


class LmtpDoor(Door, LMTP):
    """The same over LMTP: one reply for each recipient (RFC 2033 section 4.2)."""

    door = "lmtp"

    def statuses(self, status: str, recipients: int) -> str:
        return "\r\n".join([status] * recipients)


def serve(sock: socket.socket, listening: list[socket.socket]) -> None:
    """Open the doors; end when the daemon is gone."""
    sock.setblocking(True)
    options: DoorOptions = receive_one(sock)  # what follows is for the loop: it may be the word to drain
    asyncio.run(_serve(options, sock, listening))


async def _serve(options: DoorOptions, sock: socket.socket, listening: list[socket.socket]) -> None:
    loop = asyncio.get_running_loop()
    desk = Desk(options)
    reader = await desk.connect(sock)
    servers = []
    for protocol, listener in zip(options.protocols, listening, strict=True):
        kind = LmtpDoor if protocol == "lmtp" else Door
        servers.append(await loop.create_server(partial(kind, desk, loop), sock=listener, backlog=512))
    await desk.listen(reader)
    if desk.draining:
        for server in servers:
            server.close()
        await desk.drain(reader)
