"""Limits of time, connections, errors and commands, and the end of the process: each is said before it is done."""

from __future__ import annotations

import asyncio
import errno
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.doors import replies
from gateway.doors.lobby import Lobby, Manners, plain_address
from gateway.doors.smtp import Entrance
from gateway.doors.words import Fate
from tests.unit.doors.house import QUICK, opened, until

SECOND = timedelta(seconds=1)


def test_who_says_nothing_hears_421(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, idle=3 * SECOND) as doors:
            silent, slow, waiting = await doors.client(), await doors.client(), await doors.client()
            await waiting.open()
            await waiting.say("DATA")
            for _ in range(6):  # a byte now and then is no command
                slow.write(b"N")
                await asyncio.sleep(0.1)
            for client in (silent, slow, waiting):
                assert (await client.reply()).startswith("421 4.4.2")
                assert await client.reply() == ""

    asyncio.run(play())


@pytest.mark.parametrize("door", ["smtp", "lmtp"])
def test_who_speaks_before_the_greeting_is_not_heard(tmp_path: Path, door: str) -> None:
    async def play() -> None:
        async with opened(tmp_path, door, manners=Manners(before_greeting=1.0)) as doors:
            client = await doors.connect(door)
            client.write(b"EHLO client.example\r\n")
            assert (await client.reply()).startswith("554 5.5.1")
            assert await client.reply() == ""

    asyncio.run(play())


def test_who_does_something_is_not_idle(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, idle=3 * SECOND) as doors:
            client = await doors.client()
            await client.open()
            await client.say("DATA")
            for _ in range(16):
                client.write(b"a line\r\n")
                await asyncio.sleep(0.25)
            client.write(b".\r\n")
            assert (await client.reply()).startswith("250")

    asyncio.run(play())


def test_idle_clients_have_less_time_when_the_door_is_crowded(tmp_path: Path) -> None:
    async def play() -> None:
        manners = Manners(tarpit=0, crowded_idle=2.0, linger=0.2)
        async with opened(tmp_path, manners=manners, connections=5) as doors:
            few = [await doors.client() for _ in range(4)]
            await asyncio.sleep(2.5)
            assert (await few[0].say("NOOP")).startswith("250"), "four of five are no crowd"
            one_more = await doors.client()
            assert (await few[1].reply()).startswith("421 4.4.2")
            assert (await one_more.say("NOOP")).startswith("250"), "the crowd has gone meanwhile"

    asyncio.run(play())


def test_a_message_that_comes_too_slowly(tmp_path: Path) -> None:
    async def play() -> None:
        manners = Manners(grace=0.5, linger=0.2)
        async with opened(tmp_path, manners=manners, data_rate=10_000) as doors:
            slow, fast = await doors.client(), await doors.client()
            for client in (slow, fast):
                await client.open()
                await client.say("DATA")
            for _ in range(10):
                slow.write(b"x")
                fast.write(b"x" * 40_000)
                await asyncio.sleep(0.1)
            assert (await slow.reply()).startswith("421 4.4.2")
            fast.write(b"\r\n.\r\n")
            assert (await fast.reply()).startswith("250")

    asyncio.run(play())


@pytest.mark.parametrize("rate", [0, 100])
def test_a_session_ends_but_not_in_the_middle_of_a_message_that_comes_well(tmp_path: Path, rate: int) -> None:
    async def play() -> None:
        async with opened(tmp_path, session=3 * SECOND, data_rate=rate) as doors:
            idle, busy = await doors.client(), await doors.client()
            await busy.open()
            await busy.say("DATA")
            heard = asyncio.ensure_future(idle.reply())
            while not heard.done():
                busy.write(b"a line of it\r\n" * 10)
                await asyncio.sleep(0.1)
            assert heard.result().startswith("421 4.4.2")
            busy.write(b".\r\n")
            assert (await busy.reply()).startswith("250")
            assert (await busy.say("MAIL FROM:<a@b.example>")).startswith("421 4.4.2")

    asyncio.run(play())


def test_without_a_rate_a_message_has_twice_the_time_of_a_session(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, session=SECOND, data_rate=0) as doors:
            client = await doors.client()
            await client.open()
            await client.say("DATA")

            async def drip() -> None:
                while True:
                    client.write(b"x\r\n")
                    await asyncio.sleep(0.1)

            dripping = asyncio.ensure_future(drip())
            assert (await client.reply()).startswith("421 4.4.2")
            dripping.cancel()

    asyncio.run(play())


@pytest.mark.parametrize(
    "few",
    [{"connections": 1, "session": SECOND}, {"session": SECOND / 2, "max_size": 100, "data_rate": 100}],
    ids=["crowded", "as long as the largest may take"],
)
def test_a_message_that_comes_just_fast_enough_ends_too(tmp_path: Path, few: dict[str, Any]) -> None:
    async def play() -> None:
        manners = Manners(tarpit=0, grace=0.4, linger=0.2)
        async with opened(tmp_path, manners=manners, **({"data_rate": 1} | few)) as doors:
            client = await doors.client()
            await client.open()
            await client.say("DATA")

            async def drip() -> None:
                for _ in range(60):
                    client.write(b"a dozen bytes\r\n" * 3)
                    await asyncio.sleep(0.1)
                client.write(b".\r\n")

            dripping = asyncio.ensure_future(drip())
            assert await client.reply() == replies.SESSION_OVER
            dripping.cancel()

    asyncio.run(play())


def test_connections(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, connections=3, connections_per_address=2) as doors:
            first, second = await doors.client(), await doors.client()
            for _ in range(5):
                third = await doors.connect()
                assert (await third.reply()).startswith("421 4.7.0")
                assert await third.reply() == ""
                await third.close()
            await second.say("QUIT")
            await second.reply()
            await until(lambda: doors.daemon.counts and doors.daemon.counts[-1].open_sessions == 1)
            assert doors.daemon.counts[-1].refused_connections == 5
            assert dict(doors.daemon.counts[-1].refused) == {"421": 5}
            assert (await (await doors.client()).say("NOOP")).startswith("250")
            assert (await first.say("NOOP")).startswith("250")

    asyncio.run(play())


def test_all_connections_together(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, connections=2) as doors:
            kept = [await doors.client() for _ in range(2)]
            extra = await doors.connect()
            assert (await extra.reply()).startswith("421 4.7.0")
            assert await extra.reply() == ""
            assert (await kept[0].say("NOOP")).startswith("250")

    asyncio.run(play())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_who_counts_as_one_address(tmp_path: Path, one: str, other: str, same: bool) -> None:
    from gateway.doors.words import DoorOptions
    from tests.unit.doors.house import limits

    options = DoorOptions(
        hostname="",
        limits=limits(connections_per_address=1),
        protocols=(),
        addresses=frozenset(),
        clock_offset=timedelta(0),
        spool="",
    )
    lobby = Lobby(options, None, None, capacity=10)  # type: ignore[arg-type]
    assert lobby.claim(one)
    assert lobby.claim(other) is not same
    lobby.release(one)
    assert lobby.claim(one)


def test_addresses_are_written_as_the_configuration_writes_them() -> None:
    assert [
        plain_address(text)
        for text in ("192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201", "fe80::1%eth0", "2001:db8::1")
    ] == [
        "192.0.2.1",
        "192.0.2.1",
        "192.0.2.1",
        "fe80::1",
        "2001:db8::1",
    ]


def test_no_file_left_for_a_connection_is_one_line_in_the_log_and_a_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Full:
        """A listening socket in a process that has no file left."""

        asked = 0

        def __init__(self, sock: socket.socket) -> None:
            self.fileno, self.close, self.setblocking = sock.fileno, sock.close, sock.setblocking
            self._sock = sock

        def accept(self) -> Any:
            Full.asked += 1
            if Full.asked < 3:
                raise OSError(errno.EMFILE, "Too many open files")
            return self._sock.accept()

    async def play() -> None:
        monkeypatch.setattr("gateway.doors.smtp._REST", 0.1)
        made = Entrance.__init__
        monkeypatch.setattr(
            Entrance, "__init__", lambda self, lobby, kind, listener: made(self, lobby, kind, Full(listener))
        )
        async with opened(tmp_path) as doors:
            client = await doors.client()
            assert (await client.say("NOOP")).startswith("250")
        assert Full.asked == 4, "two failures, one success, one look whether there is another"

    asyncio.run(play())
    assert [record.getMessage() for record in caplog.records] == [
        "no connection can be taken for a second: Too many open files"
    ] * 2


def test_errors_are_answered_late_and_then_no_more(tmp_path: Path) -> None:
    async def play() -> None:
        manners = Manners(tarpit=0.15, tarpit_from=3, linger=0.2)
        async with opened(tmp_path, manners=manners, errors=6) as doors:
            client, other = await doors.client(), await doors.client()
            loop = asyncio.get_running_loop()
            took = []
            for number in range(6):
                began = loop.time()
                assert (await client.say("BOGUS")).startswith("500")
                took.append(loop.time() - began)
                if number == 4:
                    began = loop.time()
                    assert (await other.say("NOOP")).startswith("250")
            assert (await client.reply()) == "421 4.7.0 Too many errors"
            assert await client.reply() == ""
            assert all(seconds > 0.14 for seconds in took[2:]), took
            assert await other.say("NOOP"), "the tarpit holds nobody else"

    asyncio.run(play())


def test_draining(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, manners=QUICK) as doors:
            doors.daemon.fate = None
            idle, sending, waiting = await doors.client(), await doors.client(), await doors.client()
            for client in (sending, waiting):
                await client.open()
                await client.say("DATA")
            sending.write(b"half of it\r\n")
            waiting.write(b"all of it\r\n.\r\n")
            await until(lambda: doors.daemon.arrived)
            doors.daemon.say(None)
            assert (await idle.reply()).startswith("421 4.3.2")
            with pytest.raises(ConnectionError):
                await doors.connect()
            doors.daemon.fate = Fate.KEPT
            doors.daemon.answer(doors.daemon.arrived[0].token)
            assert (await waiting.reply()).startswith("250")
            assert (await waiting.reply()).startswith("421 4.3.2")
            sending.write(b"the other half\r\n.\r\n")
            assert (await sending.reply()).startswith("250")
            assert (await sending.reply()).startswith("421 4.3.2")
            assert doors.daemon.contents[1] == b"half of it\r\nthe other half\r\n"

    asyncio.run(play())


def test_when_the_daemon_is_gone_everybody_is_told_and_nothing_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            idle, sending, waiting = await doors.client(), await doors.client(), await doors.client()
            for client in (sending, waiting):
                await client.open()
                await client.say("DATA")
            doors.daemon.fate = None
            sending.write(b"x" * 3_000_000)
            waiting.write(b"x\r\n.\r\n")
            await until(lambda: doors.spooled() and doors.daemon.arrived)
            doors.daemon.transport.close()
            for client in (idle, sending, waiting):
                assert (await client.reply()).startswith("421 4.3.2")
            await until(lambda: not doors.spooled())

    asyncio.run(play())
    assert not caplog.records


def test_the_system_may_allow_fewer_connections_than_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.doors.smtp.allow_many_files", lambda: 66)

    async def play() -> None:
        async with opened(tmp_path) as doors:
            kept = [await doors.client() for _ in range(2)]
            assert (await (await doors.connect()).reply()).startswith("421 4.7.0")
            assert (await kept[0].say("NOOP")).startswith("250")

    asyncio.run(play())


def test_a_reset_at_any_moment_leaves_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    steps = [
        b"",
        b"EHLO x\r\n",
        b"MAIL FROM:<a@b.example>\r\n",
        b"RCPT TO:<support@desk.example>\r\n",
        b"DATA\r\n",
        b"x",
    ]

    async def play() -> None:
        async with opened(tmp_path) as doors:
            for count in range(len(steps) + 1):
                for reset in (True, False):
                    client = await doors.client()
                    for step in steps[:count]:
                        client.write(step)
                        await asyncio.sleep(0.02)
                    linger = b"\1\0\0\0\0\0\0\0" if reset else b"\0" * 8
                    client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    await client.close()
            client = await doors.client()
            assert (await client.mail()).startswith("250")
            assert doors.daemon.contents == [b"x\r\n"]
            await until(lambda: doors.daemon.counts and doors.daemon.counts[-1].open_sessions == 1)

    asyncio.run(play())
    assert not caplog.records
