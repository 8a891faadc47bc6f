"""The world outside: a process that takes every mail the desk sends, as cheaply as Python can, and counts.

In: SMTP with PIPELINING on a free loopback port; a line on stdin asks for the count. Out: `{"port": N}` first, then one
JSON line (`count`) for each line asked. Copes with any cut of the stream, also the end of a mail and the next envelope
in one packet (RFC 2920). Ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter

from tests.bench.mail import CUSTOMERS

_END = b"\r\n.\r\n"


class Sink:
    """What has arrived: mails by recipient; a customer gets acknowledgements, everybody else notices."""

    def __init__(self) -> None:
        self.customers: Counter[bytes] = Counter()
        self.staff = 0
        self.last_customer = 0.0
        self.last_staff = 0.0
        self._ours = b"@" + CUSTOMERS.encode()

    def take(self, recipients: list[bytes]) -> None:
        for recipient in recipients:
            if recipient.endswith(self._ours):
                self.customers[recipient] += 1
                self.last_customer = time.monotonic()
            else:
                self.staff += 1
                self.last_staff = time.monotonic()

    def count(self) -> dict[str, float]:
        """The figures so far."""
        return {
            "acknowledgements": self.customers.total(),
            "customers": len(self.customers),
            "most_for_one": max(self.customers.values(), default=0),
            "notices": self.staff,
            "last_acknowledgement": self.last_customer,
            "last_notice": self.last_staff,
            "processor": time.process_time(),
        }


class Session(asyncio.Protocol):
    """One connection from the desk's sender."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = bytearray(b"")
        self._in_data = False
        self._recipients: list[bytes] = []
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies: list[bytes] = []
        while self._mail(replies) if self._in_data else self._command(replies):
            pass
        if replies:
            self._transport.write(b"".join(replies))

    def _mail(self, replies: list[bytes]) -> bool:
        """Take the mail when it is all there. Its buffer begins with the CRLF that ended DATA."""
        end = self._buffer.find(_END)
        if end < 0:
            return False
        del self._buffer[: end + len(_END)]
        self._in_data = False
        self._sink.take(self._recipients)
        self._recipients = []
        replies.append(b"250 2.0.0 taken\r\n")
        return True

    def _command(self, replies: list[bytes]) -> bool:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_data = True
            replies.append(b"354 go on\r\n")
            del self._buffer[:end]
            return True
        del self._buffer[: end + 2]
        if verb == b"RCPT":
            self._recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")].lower())
        elif verb == b"RSET":
            self._recipients = []
        if verb == b"EHLO":
            replies.append(b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"QUIT":
            replies.append(b"221 2.0.0 bye\r\n")
        else:
            replies.append(b"250 2.0.0 OK\r\n")
        return True


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    sink = Sink()
    server = await loop.create_server(lambda: Session(sink), "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    asked = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    while await asked.readline():
        print(json.dumps(sink.count()), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
