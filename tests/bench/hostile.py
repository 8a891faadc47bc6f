"""A load that no good customer sends: mails of 30 MB, all at once, of text or of nothing but empty lines.

In: one JSON object as its argument (see `Burden`). Out: one JSON line: when it began, when the last reply came (of
CLOCK_MONOTONIC, which all processes share), and the replies. One piece of a mail is in memory, whatever is sent.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass

from tests.bench import mail

MB = 1 << 20
_LINE = b"2026-07-13 02:00:14 export: row 18001 of 731204 could not be read, the file ends here\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Burden:
    """`mails` at once, each of its own connection, each of `megabytes`."""

    host: str
    port: int
    mails: int
    megabytes: int
    empty: bool
    run: str

    def argument(self) -> str:
        """The command line argument that means this."""
        return json.dumps(asdict(self))


async def _send(burden: Burden, number: int, piece: bytes) -> str:
    reader, writer = await asyncio.open_connection(burden.host, burden.port)
    who = f"{burden.run}{number}@{mail.CUSTOMERS}"
    await reader.readline()
    envelope = f"EHLO mx.{mail.CUSTOMERS}\r\n", f"MAIL FROM:<{who}>\r\n", f"RCPT TO:<{mail.RECIPIENT}>\r\n", "DATA\r\n"
    for line in envelope:
        writer.write(line.encode())
        while (reply := await reader.readline())[3:4] == b"-":
            pass
        if reply[:1] not in b"23":
            return reply.decode("ascii", "replace").strip()
    writer.write(f"From: <{who}>\r\nSubject: A log\r\nMessage-ID: <{who}>\r\n\r\nThe log:\r\n".encode())
    for _ in range(burden.megabytes):
        writer.write(piece)
        await writer.drain()
    writer.write(b"\r\n.\r\n")
    reply = await reader.readline()
    writer.close()
    return reply.decode("ascii", "replace").strip()


async def _run(burden: Burden) -> list[str]:
    piece = b"\r\n" * (MB // 2) if burden.empty else _LINE * (MB // len(_LINE))
    return await asyncio.gather(*(_send(burden, number, piece) for number in range(burden.mails)))


def main() -> None:
    """Send the burden that the first argument describes and report."""
    burden = Burden(**json.loads(sys.argv[1]))
    began = time.monotonic()
    replies = asyncio.run(_run(burden))
    print(json.dumps({"began": began, "ended": time.monotonic(), "replies": replies}))


if __name__ == "__main__":
    main()
