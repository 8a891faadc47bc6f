"""Sockets that were open before us: each goes to its door, or the desk says which one fits none."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.activation import take_sockets
from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.notation import Listen
from gateway.config.settings import Config
from gateway.doors.listen import DoorTaken, Passed, open_listeners

FIRST = 200
"""The first descriptor here: those from 3 on are the test runner's."""

Take = Callable[..., Passed]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """The demo desk: smtp and lmtp take free ports, all other doors are shut."""
    found = load(write_desk(tmp_path, demo=True), {"REPLYDESK_SMTP__LISTEN": "127.0.0.1:0"})
    free = Listen("127.0.0.1", 0)
    return replace(found, lmtp=replace(found.lmtp, listen=free), web=replace(found.web, listen=None))


@pytest.fixture
def take() -> Iterator[Take]:
    """Pass sockets as systemd does: copies from `FIRST` on, with their names."""
    taken: list[socket.socket] = []

    def pass_on(config: Config, *sockets: socket.socket, names: str = "") -> Passed:
        environment = {"LISTEN_PID": "7", "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": names, "HOME": "/"}
        for sock in taken:  # of an earlier pass of this test
            sock.close()
        taken.clear()
        for position, sock in enumerate(sockets):
            os.dup2(sock.fileno(), FIRST + position)
        found = take_sockets(config, environment, 7, FIRST)
        taken.extend(one for several in found.values() for one in several)
        assert environment == {"HOME": "/"}
        return found

    yield pass_on
    for sock in taken:
        sock.close()


def listening(host: str = "127.0.0.1") -> socket.socket:
    return socket.create_server((host, 0))


def port(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def test_without_variables_there_is_nothing(config: Config) -> None:
    assert take_sockets(config, {}, 7) == {}


def test_what_is_meant_for_another_process_is_left_alone_and_forgotten(config: Config) -> None:
    environment = {"LISTEN_PID": "8", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "smtp"}
    assert take_sockets(config, environment, 7) == {}
    assert environment == {}


def test_a_name_says_whose_a_socket_is(config: Config, take: Take) -> None:
    with listening() as one, listening() as other:
        found = take(config, one, other, names="lmtp:smtp")
        assert {door: port(sock) for door, (sock,) in found.items()} == {"lmtp": port(one), "smtp": port(other)}
        for (sock,) in found.values():
            assert not sock.getblocking()
            assert not os.get_inheritable(sock.fileno())
            assert fcntl.fcntl(sock.fileno(), fcntl.F_GETFD) & fcntl.FD_CLOEXEC


def test_a_door_may_have_several_and_the_others_are_opened(config: Config, take: Take) -> None:
    with listening() as one, listening() as other:
        found = take(config, one, other, names="smtp:smtp")
        opened = open_listeners(config, found)
        assert [name for name, _ in opened] == ["smtp", "smtp", "lmtp"]
        assert [port(sock) for name, sock in opened if name == "smtp"] == [port(one), port(other)]
        opened[-1][1].close()


def test_without_a_name_the_address_says_whose_it_is(config: Config, take: Take) -> None:
    with listening() as one, listening() as other:
        known = replace(config, smtp=replace(config.smtp, listen=Listen("127.0.0.1", port(one))))
        known = replace(known, web=replace(known.web, listen=Listen("127.0.0.1", port(other))))
        found = take(known, other, one, names="replydesk.socket:replydesk.socket")
        assert {door: port(sock) for door, (sock,) in found.items()} == {"web": port(other), "smtp": port(one)}


def test_a_socket_that_fits_no_door_is_refused(config: Config, take: Take) -> None:
    with listening() as one:
        sentence = rf"^the socket 127.0.0.1:{port(one)} was passed as 'imap': no door has that name or listens there; "
        with pytest.raises(DoorTaken, match=sentence):
            take(config, one, names="imap")
        with pytest.raises(DoorTaken, match="was passed: no door"):
            take(config, one)


def test_a_door_that_is_shut_is_not_opened_by_a_socket(config: Config, take: Take) -> None:
    with listening() as one, pytest.raises(DoorTaken, match=r"for web, but web\.listen is empty: the door stays shut"):
        take(config, one, names="web")


def test_another_address_than_the_configured_one_counts_and_is_told(
    config: Config, take: Take, caplog: pytest.LogCaptureFixture
) -> None:
    fixed = replace(config, smtp=replace(config.smtp, listen=Listen("192.0.2.1", 25)))
    with listening() as one:
        found = take(fixed, one, names="smtp")
        assert port(found["smtp"][0]) == port(one)
        (said,) = caplog.messages
        assert said.startswith("smtp.listen: 192.0.2.1:25 is configured, but the socket that was passed listens at ")
        assert said.endswith(f" 127.0.0.1:{port(one)}: that one counts")
        caplog.clear()
        take(config, one, names="smtp")  # port 0 asks for any
        assert caplog.messages == []


def test_what_is_no_listening_tcp_socket_is_refused(config: Config, take: Take, tmp_path: Path) -> None:
    silent = socket.socket()
    unix = socket.socket(socket.AF_UNIX)
    unix.bind(str(tmp_path / "s"))
    unix.listen()
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for sock in (silent, unix, datagrams):
        with sock, pytest.raises(DoorTaken, match="is no listening TCP socket"):
            take(config, sock, names="smtp")
    with (tmp_path / "file").open("wb") as file:
        os.dup2(file.fileno(), FIRST)
        with pytest.raises(DoorTaken, match=f"descriptor {FIRST} was passed and is no socket"):
            take_sockets(config, {"LISTEN_PID": "7", "LISTEN_FDS": "1"}, 7, FIRST)
        os.close(FIRST)
    with pytest.raises(DoorTaken, match="Bad file descriptor"):
        take_sockets(config, {"LISTEN_PID": "7", "LISTEN_FDS": "1"}, 7, FIRST)


@pytest.mark.parametrize("count", ["-1", "many", "33", "9" * 5000, "٣"])
def test_a_count_that_is_none_is_refused(config: Config, count: str) -> None:
    with pytest.raises(DoorTaken, match=r"^LISTEN_FDS: found .{1,22}; expected a number up to 32; "):
        take_sockets(config, {"LISTEN_PID": "7", "LISTEN_FDS": count}, 7)
