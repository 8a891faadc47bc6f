"""Sockets that cannot be opened: the sentence names the key of the configuration and says what to do."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.notation import Listen
from gateway.doors import listen
from gateway.doors.listen import DoorTaken, open_listeners, open_one


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


def test_a_door_that_was_passed_is_not_opened_and_outlives_the_desk(tmp_path: Path) -> None:
    config = load(
        write_desk(tmp_path, demo=True), {"REPLYDESK_SMTP__LISTEN": "127.0.0.1:1", "REPLYDESK_LMTP__LISTEN": ""}
    )
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        copy = theirs.dup()
        ((name, opened),) = [pair for pair in open_listeners(config, {"smtp": (copy,)}) if pair[0] == "smtp"]
        assert (name, opened.getsockname()) == ("smtp", theirs.getsockname())
        opened.close()
        socket.create_connection(theirs.getsockname(), timeout=5).close()  # nothing was shut down


def test_where_one_door_cannot_be_opened_those_that_were_passed_are_let_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(listen, "PATIENCE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as theirs, socket.create_server(("127.0.0.1", 0)) as taken:
        there = f"127.0.0.1:{taken.getsockname()[1]}"
        config = load(write_desk(tmp_path, demo=True), {"REPLYDESK_LMTP__LISTEN": there})
        copy = theirs.dup()
        with pytest.raises(DoorTaken, match=r"^lmtp\.listen"):
            open_listeners(config, {"smtp": (copy,)})
        assert copy.fileno() == -1
