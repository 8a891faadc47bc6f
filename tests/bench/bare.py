"""The bare baseline: aiosmtpd and one durable SQLite insert a message, nothing else. No parsing, no ticket, no answer.

In: mail over SMTP on a free loopback port; the database's file as the argument. Out: `{"smtp": "HOST:PORT"}` first. It
says 250 after the commit is on the disk, one commit a message: what one gets by putting the two libraries together.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session


class Insert:
    """aiosmtpd's handler: one row, one fsync, 250."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, sender TEXT, recipients TEXT, raw BLOB)")

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        row = (envelope.mail_from, " ".join(envelope.rcpt_tos), envelope.content)
        self._connection.execute("INSERT INTO mail (sender, recipients, raw) VALUES (?, ?, ?)", row)
        return "250 2.0.0 kept"


async def _serve(file: str) -> None:
    loop = asyncio.get_running_loop()
    handler = Insert(file)
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"smtp": f"127.0.0.1:{port}"}), flush=True)
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
