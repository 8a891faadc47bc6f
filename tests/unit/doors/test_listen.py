"""Sockets that cannot be opened: the sentence names the key of the configuration and says what to do."""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

import pytest

from gateway.config.notation import Listen
from gateway.doors import listen
from gateway.doors.listen import DoorTaken, open_one


@pytest.mark.parametrize(
    ("door", "key"), [("smtp", "smtp.listen"), ("proxy", "smtp.proxy_listen"), ("lmtp", "lmtp.listen")]
)
def test_a_taken_address(monkeypatch: pytest.MonkeyPatch, door: str, key: str) -> None:
    monkeypatch.setattr(listen, "PATIENCE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        there = Listen("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(DoorTaken, match=f"^{key}: cannot open 127.0.0.1:"):
            open_one(door, there)


def test_a_system_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket

    def make(family: int, *rest: Any) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        return real(family, *rest)

    monkeypatch.setattr(socket, "socket", make)
    with pytest.raises(DoorTaken, match=r"^smtp.listen: cannot open \[::1\]:0: Address family not supported"):
        open_one("smtp", Listen("::1", 0))
