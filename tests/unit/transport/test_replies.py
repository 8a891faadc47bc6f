"""Replies of a server as they come from the wire: one by one, garbled, in drops."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

import pytest

from gateway.transport.wire import Garbled, Wire


def _wire(data: bytes, timeout: float = 1.0) -> tuple[Wire, socket.socket]:
    ours, theirs = socket.socketpair()
    theirs.sendall(data)
    return Wire(ours, timeout), theirs


def test_a_server_that_drips_meets_the_end_of_the_transaction() -> None:
    """Each reply comes in time; together they take too long."""
    wire, other = _wire(b"", timeout=0.5)
    stop = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not stop.wait(0.1):
                other.sendall(b"250 ok\r\n")

    thread = threading.Thread(target=drip)
    thread.start()
    wire.bound(1.0)
    before = time.monotonic()
    with wire.sock, other:
        with pytest.raises(TimeoutError):
            while True:
                wire.read()
        stop.set()
        thread.join()
    assert 0.9 < time.monotonic() - before < 60


def test_replies_are_taken_one_by_one() -> None:
    wire, other = _wire(b"250 2.1.0 ok\r\n250-a\r\n250-b\n250 c\r\n354\r\n")
    with wire.sock, other:
        assert [(reply.code, reply.text) for reply in (wire.read(), wire.read(), wire.read())] == [
            (250, "2.1.0 ok"),
            (250, "a b c"),
            (354, ""),
        ]


@pytest.mark.parametrize(
    "data",
    [b"250-a\r\n251 b\r\n", b"hello\r\n", b"25\r\n", b"250x\r\n", b"250-a\r\n" * 101, b"2" * 5_000, b"\xb2\xb20 a\r\n"],
)
def test_what_is_no_reply_is_garbled(data: bytes) -> None:
    wire, other = _wire(data)
    with wire.sock, other, pytest.raises(Garbled):
        wire.read()


def test_a_reply_in_drops_meets_the_deadline() -> None:
    wire, other = _wire(b"2", timeout=0.4)
    stop = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not stop.wait(0.1):
                other.sendall(b"5")

    thread = threading.Thread(target=drip)
    thread.start()
    before = time.monotonic()
    with wire.sock, other:
        with pytest.raises(TimeoutError):
            wire.read()
        stop.set()
        thread.join()
    assert time.monotonic() - before < 60


def test_texts_of_others_are_printable_and_short() -> None:
    wire, other = _wire(b"550 a\x00b\x1b[31m\xe2\x80\xae\xff" + b"x" * 900 + b"\r\n")
    with wire.sock, other:
        text = wire.read().text
    assert text.startswith("a b [31m \ufffdx")
    assert len(text) == 500
