"""Sessions of nonsense: whatever is said in whatever order, the door neither stumbles nor keeps what nobody ended."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.doors.lobby import Manners
from tests.servers.requirement import is_long
from tests.unit.doors.house import Played, opened

WORDS = [
    b"EHLO x", b"HELO x", b"LHLO x", b"MAIL FROM:<a@b.example>", b"MAIL FROM:<>", b"MAIL FROM:<a@b.example> SIZE=9",
    b"RCPT TO:<support@desk.example>", b"RCPT TO:<x@y.example>", b"DATA", b"RSET", b"NOOP", b"QUIT", b"VRFY x", b"HELP",
    b"EXPN x", b"AUTH PLAIN", b"AUTH LOGIN", b"STARTTLS", b"BDAT 5 LAST", b".", b"..", b"\r\n.", b"\xff\xfe", b"\0",
    b"a" * 3000, b"MAIL", b"RCPT", b" ", b"", b"GET / HTTP/1.1", b"ETRN x", b"data", b"mail from:<a@b.example>",
]  # fmt: skip
ENDS = [b"\r\n"] * 12 + [b"\n", b"\r", b"", b"\r\n.\r\n"]


async def babble(doors: Played, door: str, chance: random.Random) -> None:
    """One session."""
    client = await doors.connect(door)
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        await client.reply()
        for _ in range(chance.randrange(1, 25)):
            if client.writer.is_closing():
                break
            count = chance.choice((1, 1, 1, 3))
            client.write(b"".join(chance.choice(WORDS) + chance.choice(ENDS) for _ in range(count)))
            await asyncio.sleep(chance.choice((0.0, 0.0, 0.003)))
        if chance.random() < 0.5:
            client.writer.write_eof()
    if chance.random() < 0.2:
        client.writer.transport.abort()
    await client.close()


@pytest.mark.parametrize("door", ["smtp", "lmtp", "submission"])
def test_noise(tmp_path: Path, door: str, caplog: pytest.LogCaptureFixture) -> None:
    sessions = 5000 if is_long() else 150

    async def play() -> None:
        manners = Manners(tarpit=0, before_greeting=0, linger=0.1)
        options = {"logins_file": str(tmp_path / "none")}
        async with opened(tmp_path, door, manners=manners, options=options, commands=50, recipients=3) as doors:
            for seed in range(0, sessions, 10):
                await asyncio.gather(*(babble(doors, door, random.Random(seed + n)) for n in range(10)))
            client = await doors.client(door)
            assert (await client.say("LHLO x" if door == "lmtp" else "EHLO x")).startswith("250")
            assert all(set(item.recipients) == {"support@desk.example"} for item in doors.daemon.arrived)

    asyncio.run(play())
    assert not [record for record in caplog.records if "logins file" not in record.getMessage()]
