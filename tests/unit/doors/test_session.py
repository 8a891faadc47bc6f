"""What a session says when the daemon keeps, refuses, has no room, or is silent, and when the client goes away."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from gateway.doors.receiving import MOST_IN_MEMORY, PIECE, Message, SpoolFolder
from gateway.doors.session import Door
from gateway.doors.words import LARGE, Fate
from tests.unit.doors.house import BILLING, SUPPORT, opened, until

BIG = (b"y" * 70 + b"\r\n") * (2 * LARGE // 72)


def test_nothing_is_250_before_the_daemon_says_so(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            doors.daemon.fate = None
            client = await doors.client()
            await client.open()
            assert (await client.say("DATA")).startswith("354")
            client.write(b"Subject: x\r\n\r\nx\r\n.\r\n")
            await until(lambda: doors.daemon.arrived)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.reader.readline(), 0.3)
            doors.daemon.answer(doors.daemon.arrived[0].token)
            assert await client.reply() == "250 2.0.0 Kept"
        (item,) = doors.daemon.arrived
        assert (item.content, item.sender, item.recipients) == (
            b"Subject: x\r\n\r\nx\r\n",
            "nora@northwind.example",
            (SUPPORT,),
        )
        assert (item.door, item.client, item.hello, item.login) == ("smtp", "127.0.0.1", "client.example", "")

    asyncio.run(play())


@pytest.mark.parametrize(("fate", "reply"), [(Fate.LATER, "451 4.3.0"), (Fate.FULL, "452 4.3.1")])
@pytest.mark.parametrize("content", [b"small", BIG])
def test_what_the_daemon_cannot_keep(tmp_path: Path, fate: Fate, reply: str, content: bytes) -> None:
    async def play() -> None:
        async with opened(tmp_path, errors=1) as doors:
            doors.daemon.fate = fate
            client = await doors.client()
            assert (await client.mail(content)).startswith(reply)
            await until(lambda: not doors.spooled())
            assert (await client.say("NOOP")).startswith("250"), "the fault is ours: no error of the client's"

    asyncio.run(play())


def test_a_silent_daemon_is_451_and_a_late_kept_changes_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, "smtp", "lmtp") as doors:
            client, other, third = await doors.client(), await doors.client("lmtp"), await doors.client()
            await until(lambda: doors.daemon.counts)
            doors.daemon.fate, doors.daemon.pulsing = None, False
            await client.open()
            await other.open(SUPPORT, BILLING, hello="LHLO")
            assert (await other.say("DATA")).startswith("354")
            other.write(BIG + b".\r\n")
            assert (await client.data(b"x")).startswith("451 4.3.0")  # the two seconds are `test_line.py`'s
            assert [(await other.reply())[:3] for _ in range(2)] == ["451", "451"], "one reply for each recipient"
            await until(lambda: len(doors.daemon.withdrawn) == 2)
            await until(lambda: not doors.spooled())
            assert (await client.say("MAIL FROM:<nora@northwind.example>")).startswith("451 4.3.0"), "at once"
            await third.say("EHLO late.example")
            assert (await third.say("MAIL FROM:<nora@northwind.example>")).startswith("451 4.3.0")
            doors.daemon.answer(*doors.daemon.withdrawn)
            doors.daemon.fate, doors.daemon.pulsing = Fate.KEPT, True
            assert (await client.mail(b"y")).startswith("250"), "the word on the first mail is not taken for the second"

    asyncio.run(play())


def test_a_daemon_that_was_never_heard_may_be_starting(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            doors.daemon.pulsing, doors.daemon.fate = False, None
            client = await doors.client()
            await client.open()
            await client.say("DATA")
            client.write(b"x\r\n.\r\n")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.reader.readline(), 2.5)
            await until(lambda: doors.daemon.arrived)
            doors.daemon.answer(*(item.token for item in doors.daemon.arrived))
            assert (await client.reply()).startswith("250")

    asyncio.run(play())


@pytest.mark.parametrize(
    ("room", "size", "reply"),
    [(0, "", "452"), (-5, "", "452"), (1, "", "250"), (150, " SIZE=100", "250"), (149, " SIZE=100", "452")],
)
def test_room(tmp_path: Path, room: int, size: str, reply: str) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            client = await doors.client()
            doors.daemon.tell_room(room)
            await client.say("EHLO client.example")
            assert (await client.say(f"MAIL FROM:<a@b.example>{size}")).startswith(reply)

    asyncio.run(play())


@pytest.mark.parametrize("content", [b"small", BIG])
def test_a_client_that_goes_away_after_the_dot_does_not_take_its_mail_along(tmp_path: Path, content: bytes) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            doors.daemon.fate = None
            client = await doors.client()
            await client.open()
            await client.say("DATA")
            client.write(content + b"\r\n.\r\n")
            await until(lambda: doors.daemon.arrived)
            client.writer.transport.abort()
            await asyncio.sleep(0.2)
            assert not doors.daemon.withdrawn
            assert len(doors.spooled()) == (content is BIG)
            doors.daemon.answer(doors.daemon.arrived[0].token)
            other = await doors.client()
            doors.daemon.fate = Fate.KEPT
            assert (await other.mail()).startswith("250")
            assert len(doors.spooled()) == (content is BIG), "a kept file is the daemon's"

    asyncio.run(play())


def test_a_client_that_says_no_more_still_hears_its_250(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            doors.daemon.fate = None
            client = await doors.client()
            await client.open()
            await client.say("DATA")
            client.write(b"half closed\r\n.\r\n")
            client.writer.write_eof()
            await until(lambda: doors.daemon.arrived)
            doors.daemon.answer(doors.daemon.arrived[0].token)
            assert (await client.reply()).startswith("250")
            assert await client.reply() == ""

    asyncio.run(play())


def test_large_mail_goes_through_a_file_of_its_own(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            client = await doors.client()
            await client.open()
            assert (await client.data(b"..dots\r\n" + BIG[:-2])).startswith("250")
            (item,) = doors.daemon.arrived
            wanted = b".dots\r\n" + BIG
            assert item.content == b""
            assert item.spooled is not None
            assert (item.spooled.size, item.spooled.sha256) == (len(wanted), hashlib.sha256(wanted).hexdigest())
            assert doors.daemon.contents == [wanted]
            file = Path(item.spooled.path)
            assert file.parent == doors.spool
            assert (file.stat().st_mode & 0o777, doors.spool.stat().st_mode & 0o777) == (0o600, 0o700)

    asyncio.run(play())


def test_the_file_of_a_client_that_leaves_before_the_dot_is_deleted(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            client = await doors.client()
            await client.open()
            await client.say("DATA")
            client.write(BIG)
            await until(doors.spooled)
            await client.close()
            await until(lambda: not doors.spooled())
            assert not doors.daemon.arrived

    asyncio.run(play())


def test_too_large_is_552_leaves_no_file_and_the_session_lives(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, max_size=LARGE + 100_000) as doors:
            client = await doors.client()
            assert (await client.mail(BIG)).startswith("552 5.3.4")
            await until(lambda: not doors.spooled())
            assert (await client.mail(b"small")).startswith("250")
            assert doors.daemon.contents == [b"small\r\n"]

    asyncio.run(play())


def test_what_is_far_too_large_is_not_drained_for_ever(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, max_size=65_536) as doors:
            client = await doors.client()
            await client.open()
            await client.say("DATA")

            async def flood() -> None:
                while True:
                    client.write(b"z" * 65_536)
                    await client.writer.drain()

            flooding = asyncio.ensure_future(flood())
            assert (await client.reply()).startswith("421 4.3.4")
            with pytest.raises(ConnectionError):
                await flooding

    asyncio.run(play())


@pytest.mark.parametrize(("number", "reply"), [(28, "452 4.3.1"), (122, "452 4.3.1"), (5, "451 4.3.0")])
def test_a_spool_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, reply: str
) -> None:
    def fail(*_: Any) -> int:
        raise OSError(number, "not now")

    async def play() -> None:
        async with opened(tmp_path) as doors:
            client = await doors.client()
            await client.open()
            monkeypatch.setattr("gateway.doors.receiving.os.write", fail)
            assert (await client.data(BIG)).startswith(reply)
            monkeypatch.undo()
            await until(lambda: not doors.spooled())
            assert (await client.mail(b"small")).startswith("250"), "the rest was drained, the session lives"
            assert doors.daemon.contents == [b"small\r\n"]

    asyncio.run(play())


@pytest.mark.parametrize(("door", "replies"), [("smtp", 1), ("lmtp", 2)])
def test_a_fault_of_ours_is_451_to_each_recipient_and_says_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, door: str, replies: int
) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("the secret of the desk")

    async def play() -> None:
        async with opened(tmp_path, door) as doors:
            client = await doors.client(door)
            await client.open(SUPPORT, BILLING, hello="LHLO" if door == "lmtp" else "EHLO")
            monkeypatch.setattr(Message, "add", fail)
            assert (await client.data(b"x")).startswith("451 4.3.0")
            for _ in range(replies - 1):
                assert (await client.reply()).startswith("451 4.3.0")
            assert await client.reply() == "", "where the message ends is not known any more"
            monkeypatch.undo()
            other = await doors.client(door)
            monkeypatch.setattr(Door, "smtp_NOOP", fail)
            assert (await other.say("NOOP")) == "451 4.3.0 The desk could not take the message; try again later"
            assert (await other.say("RSET")).startswith("250")

    with caplog.at_level(logging.CRITICAL):
        asyncio.run(play())


def test_lmtp_answers_for_each_recipient_that_was_taken(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, "lmtp", max_size=65_536) as doors:
            for fate, content, wanted in (
                (Fate.KEPT, b"x", "250"),
                (Fate.LATER, b"x", "451"),
                (Fate.FULL, b"x", "452"),
                (Fate.KEPT, b"x" * 70_000, "552"),
            ):
                doors.daemon.fate = fate
                client = await doors.client("lmtp")
                await client.open(SUPPORT, BILLING, SUPPORT, hello="LHLO")
                assert (await client.say("RCPT TO:<nobody@desk.example>")).startswith("550")
                replies = [await client.data(content), await client.reply(), await client.reply()]
                assert [reply[:3] for reply in replies] == [wanted] * 3
                assert (await client.say("NOOP")).startswith("250 2.0.0"), "no fourth reply"

    asyncio.run(play())


def test_many_middling_mails_at_once_do_not_stay_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            middling = BIG[: LARGE // 2]
            assert (await (await doors.client()).mail(middling)).startswith("250")
            assert doors.daemon.arrived[0].spooled is None
            monkeypatch.setattr("gateway.doors.receiving.MOST_IN_MEMORY", 0)
            assert (await (await doors.client()).mail(middling)).startswith("250")
            assert doors.daemon.arrived[1].spooled is not None
            assert doors.daemon.contents[0] == doors.daemon.contents[1]

    asyncio.run(play())


def test_memory_is_given_back(tmp_path: Path) -> None:
    async def play() -> None:
        spool = SpoolFolder(tmp_path / "spool")
        for size in (10, PIECE * 3, LARGE * 2):
            message = Message(spool, LARGE * 4, 0)
            for _ in range(0, size, 5000):
                await message.add(b"x" * 5000)
            assert spool.in_memory > 0
            await message.finish()
            message.release()
            assert spool.in_memory == 0
        spool.close()
        assert not list((tmp_path / "spool").glob("*")), "what nobody took is deleted"

    asyncio.run(play())


def test_twenty_large_mails_at_once(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path) as doors:
            clients = [await doors.client() for _ in range(20)]
            replies = await asyncio.gather(*(client.mail(BIG) for client in clients))
            assert {reply[:3] for reply in replies} == {"250"}
            assert doors.daemon.contents == [BIG + b"\r\n"] * 20

    asyncio.run(play())


def test_mails_that_begin_together_do_not_stay_in_memory_together(tmp_path: Path) -> None:
    piece, messages = b"x" * (PIECE // 4), 120

    async def play() -> None:
        spool = SpoolFolder(tmp_path / "spool")
        most = 0

        async def come() -> Message:
            nonlocal most
            message = Message(spool, LARGE * 4, 0)
            for _ in range(LARGE // len(piece)):
                await message.add(piece)
                most = max(most, spool.in_memory)
                await asyncio.sleep(0)
            return message

        for message in await asyncio.gather(*(come() for _ in range(messages))):
            message.release()
        assert MOST_IN_MEMORY <= most <= MOST_IN_MEMORY + messages * len(piece)
        spool.close()

    asyncio.run(play())


def test_the_postmaster_needs_no_domain(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path / "there", options={"postmaster": BILLING}) as doors:
            client = await doors.client()
            await client.say("EHLO client.example")
            assert (await client.say("MAIL FROM:<postmaster>")).startswith("501 5.1.7")
            await client.open("Postmaster", "postmaster", SUPPORT)
            assert (await client.data(b"x")).startswith("250")
            assert [item.recipients for item in doors.daemon.arrived] == [(BILLING, BILLING, SUPPORT)]
        async with opened(tmp_path / "not") as doors:
            client = await doors.client()
            await client.open()
            assert (await client.say("RCPT TO:<postmaster>")).startswith("550 5.1.1")

    asyncio.run(play())
