"""Commands and recipients that bring no mail: how many a session may say, whatever way round it says them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.doors import replies
from tests.unit.doors.house import SUPPORT, opened


def test_commands_without_a_mail(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, commands=10) as doors:
            client = await doors.client()
            assert (await client.mail()).startswith("250")
            for _ in range(10):
                assert (await client.say("NOOP")).startswith("250")
            assert (await client.say("NOOP")).startswith("421 4.7.0")

    asyncio.run(play())


def test_many_mails_are_not_too_many_commands(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, commands=10) as doors:
            client = await doors.client()
            for _ in range(10):
                assert (await client.mail()).startswith("250")

    asyncio.run(play())


def test_recipients(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, recipients=3, commands=20, errors=5) as doors:
            client = await doors.client()
            await client.open(SUPPORT, SUPPORT, SUPPORT)
            client.write(f"RCPT TO:<{SUPPORT}>\r\n".encode() * 1000)
            for _ in range(1000):
                assert (await client.reply()).startswith("452 4.5.3")
            assert (await client.data(b"x")).startswith("250")
            await client.open(SUPPORT, SUPPORT, SUPPORT)
            client.write(f"RCPT TO:<{SUPPORT}>\r\n".encode() * 1005)
            for _ in range(1005):
                assert (await client.reply()).startswith("452 4.5.3")
            assert (await client.reply()).startswith("421 4.7.0")
            assert [len(item.recipients) for item in doors.daemon.arrived] == [3]

    asyncio.run(play())


def test_surplus_recipients_of_all_envelopes_count_together(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, recipients=3, errors=5) as doors:
            client = await doors.client()
            await client.open(SUPPORT, SUPPORT, SUPPORT)
            client.write(f"RCPT TO:<{SUPPORT}>\r\n".encode() * 600)
            for _ in range(600):
                assert (await client.reply()).startswith("452 4.5.3")
            await client.say("RSET")
            await client.open(SUPPORT, SUPPORT, SUPPORT)
            client.write(f"RCPT TO:<{SUPPORT}>\r\n".encode() * 600)
            for _ in range(405):
                assert (await client.reply()).startswith("452 4.5.3")
            assert await client.reply() == replies.TOO_MANY_ERRORS

    asyncio.run(play())


def test_recipients_of_envelopes_without_a_mail_are_commands_in_the_end(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, recipients=400, commands=50) as doors:
            client = await doors.client()
            for _ in range(2):
                await client.open(*[SUPPORT] * 400)
                assert (await client.say("RSET")).startswith("250")
            client.write(b"MAIL FROM:<a@b.example>\r\n" + f"RCPT TO:<{SUPPORT}>\r\n".encode() * 400)
            heard = [await client.reply() for _ in range(250)]
            assert replies.TOO_MANY_COMMANDS in heard
            assert not doors.daemon.arrived

    asyncio.run(play())


def test_a_client_that_reads_nothing_is_cut_off(tmp_path: Path) -> None:
    async def play() -> None:
        many = 1_000_000
        async with opened(tmp_path, idle=timedelta(seconds=1), commands=many, errors=many, recipients=1) as doors:
            client = await doors.client()
            await client.open()
            client.reader._transport.pause_reading()  # type: ignore[attr-defined]

            async def talk() -> None:
                while True:
                    client.write(b"RCPT TO:<a@b>\r\n" * 1000)
                    await client.writer.drain()

            with pytest.raises(ConnectionError):
                await asyncio.wait_for(talk(), 60)

    asyncio.run(play())
