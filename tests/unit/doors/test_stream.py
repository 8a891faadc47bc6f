"""Commands and messages out of bytes that come in any pieces: the same as if they had come at once, at linear cost."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.doors.stream import LONGEST_LINE, Inflow

BITS = [b"\r", b"\n", b".", b"a", b"\r\n", b"\r\n.", b"\r\n..", b"\n.\n", b"\r\n.\r", b"\r\n.\n", b"\0"]


async def received(pieces: list[bytes]) -> tuple[bytes | None, bytes]:
    """The message that comes in these pieces and what is left behind it; None when it has no end."""
    inflow = Inflow(asyncio.get_running_loop(), lambda: None)
    inflow.begin_message()

    async def feed() -> None:
        for piece in pieces:
            inflow.feed_data(piece)
            await asyncio.sleep(0)
        inflow.feed_eof()

    feeding = asyncio.ensure_future(feed())
    found = b""
    while piece := await inflow.piece():
        found += piece[0]
        if piece[1]:
            await feeding
            return found, await inflow.read()
    await feeding
    return None, await inflow.read()


def by_the_book(wire: bytes) -> tuple[bytes, bytes] | None:
    """RFC 5321 sections 4.1.1.4 and 4.5.2, in the plainest words."""
    content, dot, rest = (b"\r\n" + wire).partition(b"\r\n.\r\n")
    if not dot:
        return None
    lines = (content + b"\r\n").split(b"\r\n")[1:-1]
    return b"".join((line[1:] if line[:1] == b"." else line) + b"\r\n" for line in lines), rest


@settings(deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=40), st.lists(st.integers(0, 90), max_size=12))
def test_a_message_in_any_pieces(bits: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(bits) + b"\r\n.\r\nNOOP\r\n"
    edges = [0, *sorted(cut for cut in cuts if cut < len(wire)), len(wire)]
    pieces = [wire[begin:end] for begin, end in pairwise(edges)]
    assert asyncio.run(received(pieces)) == by_the_book(wire)


@settings(deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=40))
def test_a_message_byte_by_byte(bits: list[bytes]) -> None:
    wire = b"".join(bits)
    found, rest = asyncio.run(received([bytes([byte]) for byte in wire]))
    wanted = by_the_book(wire)
    assert (found, rest) == wanted if wanted else found is None


@pytest.mark.parametrize(
    "block", [b"\r\n" * 32_768, b"\r\n." * 21_845, b"x" * 65_536, b"\r" * 65_536, b"\r\n.\r" * 16_384]
)
def test_thirty_megabytes_of_anything_cost_little(block: bytes) -> None:
    """Looked at again and again these would take minutes."""

    async def play() -> float:
        inflow = Inflow(asyncio.get_running_loop(), lambda: None)
        inflow.begin_message()
        began = time.process_time()
        for _ in range(30 * 16):
            inflow.feed_data(block)
            await inflow.piece()
        inflow.feed_data(b"x\r\n.\r\n")
        while not (await inflow.piece() or (b"", True))[1]:
            pass
        return time.process_time() - began

    assert asyncio.run(play()) < 5.0


def lines_of(*pieces: bytes) -> list[bytes | None]:
    async def play() -> list[bytes | None]:
        inflow = Inflow(asyncio.get_running_loop(), lambda: None)

        async def feed() -> None:
            for piece in pieces:
                inflow.feed_data(piece)
                await asyncio.sleep(0)
            inflow.feed_eof()

        feeding = asyncio.ensure_future(feed())
        found: list[bytes | None] = []
        while not found or found[-1] is not None:
            found.append(await inflow.line())
        await feeding
        return found

    return asyncio.run(play())


def test_lines() -> None:
    assert lines_of(b"NOOP\r\nQU", b"IT\r", b"\nX\nunfinished") == [b"NOOP\r\n", b"QUIT\r\n", b"X\n", None]


def test_a_line_that_is_too_long_is_read_away_without_being_kept() -> None:
    longest = b"a" * (LONGEST_LINE - 2) + b"\r\n"
    assert lines_of(longest, b"a" + longest, b"b" * 5000, b"b" * 5000, b"\r\nNOOP\r\n") == [
        longest,
        b"",
        b"",
        b"NOOP\r\n",
        None,
    ]


def test_a_line_without_an_end_takes_no_memory() -> None:
    async def play() -> int:
        inflow = Inflow(asyncio.get_running_loop(), lambda: None)
        reading = asyncio.ensure_future(inflow.line())
        for _ in range(100):
            inflow.feed_data(b"b" * 50_000)
            await asyncio.sleep(0)
        reading.cancel()
        return len(await inflow.read(1 << 24)) if inflow.pending else 0

    assert asyncio.run(play()) <= 100_000


def test_replies_leave_before_anybody_waits() -> None:
    async def play() -> list[str]:
        said: list[str] = []
        inflow = Inflow(asyncio.get_running_loop(), lambda: said.append("flushed"))
        inflow.feed_data(b"one\r\ntwo\r\n")
        for _ in range(2):
            await inflow.line()
        assert said == [], "two commands of one packet are answered in one packet"
        asyncio.get_running_loop().call_soon(inflow.feed_eof)
        await inflow.line()
        return said

    assert asyncio.run(play()) == ["flushed"]
