"""The door behind a load balancer: whose word on the client's address counts, and for what."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.doors.lobby import Manners
from tests.unit.doors.house import Client, opened

FROM_HERE = {"proxy_from": frozenset({"127.0.0.1"})}


def version_2(client: str, command: int = 1) -> bytes:
    """A header of version 2 for TCP over IPv4 or IPv6; command 0 is LOCAL."""
    family, kind = (socket.AF_INET6, 0x21) if ":" in client else (socket.AF_INET, 0x11)
    here = "::1" if ":" in client else "127.0.0.1"
    body = socket.inet_pton(family, client) + socket.inet_pton(family, here) + struct.pack("!HH", 5000, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x20 | command, kind]) + struct.pack("!H", len(body)) + body


@pytest.mark.parametrize(
    ("header", "client"),
    [
        (b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 25\r\n", "203.0.113.9"),
        (b"PROXY TCP6 2001:db8::9 ::1 5000 25\r\n", "2001:db8::9"),
        (b"PROXY TCP6 ::ffff:203.0.113.9 ::1 5000 25\r\n", "203.0.113.9"),
        (version_2("::ffff:203.0.113.9"), "203.0.113.9"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", "127.0.0.1"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x31\0\xd8" + b"/" * 216, "127.0.0.1"),
        (version_2("203.0.113.9"), "203.0.113.9"),
        (version_2("2001:db8::9"), "2001:db8::9"),
    ],
)
def test_whose_mail_it_is(tmp_path: Path, header: bytes, client: str) -> None:
    async def play() -> None:
        async with opened(tmp_path, "proxy", options=FROM_HERE) as doors:
            connection = await doors.connect("proxy")
            connection.write(header)
            assert (await connection.reply()).startswith("220")
            assert (await connection.mail()).startswith("250")
            assert [(item.client, item.door) for item in doors.daemon.arrived] == [(client, "proxy")]

    asyncio.run(play())


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY TCP4 203.0.113.9\r\n",
        b"PROXY TCP4 203.0.113.999 127.0.0.1 5000 25\r\n",
        b"PROXY " + b"x" * 300 + b"\r\n",
        b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 25\n",
        b"PROXY " + b"x" * 200_000,
        b"EHLO client.example\r\n",
        b"\r\n\r\n\0\r\nQUIT\n\xff\xff\xff\xff",
        version_2("203.0.113.9")[:-3],
        b"",
    ],
)
def test_a_bad_or_late_header_ends_it_without_a_word(
    tmp_path: Path, header: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def play() -> None:
        async with opened(tmp_path, "proxy", options=FROM_HERE, manners=Manners(proxy=0.5)) as doors:
            connection = await doors.connect("proxy")
            connection.write(header)
            with suppress(ConnectionResetError):
                assert await connection.reply() == ""

    asyncio.run(play())
    assert not caplog.records


def test_nobody_else_may_say_who_the_client_is(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, "proxy", options={"proxy_from": frozenset({"192.0.2.1"})}) as doors:
            connection = await doors.connect("proxy")
            connection.write(b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 25\r\n")
            with suppress(ConnectionResetError):
                assert await connection.reply() == ""

    asyncio.run(play())


def test_the_limit_of_connections_is_the_clients_not_the_proxys(tmp_path: Path) -> None:
    async def play() -> None:
        async with opened(tmp_path, "proxy", options=FROM_HERE, connections_per_address=1) as doors:

            async def come(address: str) -> tuple[Client, str]:
                connection = await doors.connect("proxy")
                connection.write(f"PROXY TCP4 {address} 127.0.0.1 5000 25\r\n".encode())
                return connection, await connection.reply()

            first, greeting = await come("203.0.113.1")
            assert greeting.startswith("220")
            assert (await come("203.0.113.2"))[1].startswith("220")
            assert (await come("203.0.113.1"))[1].startswith("421 4.7.0")
            await first.say("QUIT")
            assert await first.reply() == ""
            assert (await come("203.0.113.1"))[1].startswith("220")

    asyncio.run(play())
