"""What a door read too far comes back before what has not been read yet (RFC 2920 pipelining)."""

from __future__ import annotations

import asyncio

from gateway.doors.smtp import PushBack


def test_pushed_bytes_come_first_even_when_the_stream_holds_more() -> None:
    async def play() -> list[bytes]:
        stream = asyncio.StreamReader()
        stream.feed_data(b"example>\r\nDATA\r\n")
        reader = PushBack(stream)
        reader.push_back(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@")
        return [await reader.readuntil(), await reader.readuntil(), await reader.read(100)]

    assert asyncio.run(play()) == [b"MAIL FROM:<a@b.example>\r\n", b"RCPT TO:<c@example>\r\n", b"DATA\r\n"]
