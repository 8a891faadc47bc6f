"""What a supervisor hears of us: a socket of the test's plays systemd; no child inherits it, and nothing raises."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.notify import Supervisor, state
from gateway.vitals import Counts, Vitals
from store.standing import StoreFigures

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Ear:
    """The socket that systemd reads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{name[1:]}" if name.startswith("@") else name)
        self._socket.setblocking(False)

    def heard(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self._socket.recv(4096).decode("ascii"))
            except BlockingIOError:
                return found

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["file", "abstract"])
def ear(request: pytest.FixtureRequest) -> Iterator[Ear]:
    with TemporaryDirectory(prefix="rd") as folder:  # a path of the kernel's 108 bytes
        made = Ear(str(Path(folder) / "notify") if request.param == "file" else f"@{Path(folder).name}/notify")
        yield made
        made.close()


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def vitals(**how: object) -> Vitals:
    return Vitals(now=NOW, started_at=NOW, counts=Counts().counted(), **how)  # type: ignore[arg-type]


def test_ready_and_stopping_are_said_once_each_and_the_variables_are_gone(ear: Ear) -> None:
    environment = {"NOTIFY_SOCKET": ear.name, "WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "7", "HOME": "/"}
    supervisor = Supervisor(environment, 7, Clock())
    assert environment == {"HOME": "/"}
    assert supervisor.listens
    supervisor.opening()
    supervisor.ready()
    supervisor.stopping()
    opening, ready, stopping = ear.heard()
    assert opening.startswith("STATUS=opening the store")
    assert ready.split("\n") == ["READY=1", "STATUS=all doors are open"]
    assert stopping.split("\n")[0] == "STOPPING=1"
    supervisor.close()


def test_the_watchdog_hears_of_each_half_of_its_time_while_the_loop_turns(ear: Ear) -> None:
    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name, "WATCHDOG_USEC": "60000000"}, 7, clock)
    supervisor.ready()
    ear.heard()
    said = []
    for _ in range(1200):  # ten minutes of ticks
        clock.now += 0.5
        supervisor.turned()
        said += ear.heard()
    assert said == ["WATCHDOG=1"] * 20
    clock.now += 600
    assert ear.heard() == [], "a loop that does not turn gives no sign of life"
    supervisor.close()


@pytest.mark.parametrize(
    "environment",
    [
        {"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "8"},
        {"WATCHDOG_USEC": ""},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_USEC": "9" * 4000},
        {"WATCHDOG_USEC": "-1"},
        {"WATCHDOG_USEC": "٣"},
    ],
)
def test_a_watchdog_that_is_not_ours_or_no_number_hears_nothing(ear: Ear, environment: dict[str, str]) -> None:
    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name, **environment}, 7, clock)
    clock.now += 1e6
    supervisor.turned()
    assert ear.heard() == []
    supervisor.close()


def test_the_state_is_said_each_minute_and_when_the_store_comes_and_goes(ear: Ear) -> None:
    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name}, 7, clock)
    asked = []

    def look(fault: str) -> None:
        clock.now += 0.5
        supervisor.look(fault, lambda: asked.append(1) or vitals(in_window=12))  # type: ignore[func-returns-value]

    for _ in range(240):
        look("")
    assert len(ear.heard()) == len(asked) == 2
    look("the disk is full")
    look("the disk is full")
    assert len(ear.heard()) == 1
    for _ in range(20):  # a store that flickers must not flood anybody
        look("")
        look("the disk is full")
    assert len(ear.heard()) <= 4
    supervisor.close()


@pytest.mark.parametrize("name", ["", "/nowhere/notify", "vsock:2:9", "@nobody-is-there", "/" + "x" * 300, "/a\0b"])
def test_where_nobody_listens_nothing_is_said_and_nothing_raised(name: str) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1"}, 7, Clock())
    assert not supervisor.listens
    supervisor.opening()
    supervisor.ready()
    supervisor.turned()
    supervisor.look("", lambda: pytest.fail("nobody asked how we are"))
    supervisor.stopping()
    supervisor.close()


def test_a_supervisor_that_reads_nothing_is_not_waited_for(ear: Ear) -> None:
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name}, 7, Clock())
    began = time.process_time()
    for _ in range(5000):  # far more than its queue takes
        supervisor.stopping()
    assert time.process_time() - began < 5.0
    ear.close()
    supervisor.ready()
    supervisor.close()
    supervisor.ready()


def test_a_supervisor_that_began_anew_is_heard_of_again(ear: Ear) -> None:
    """systemd that executes itself anew listens by the same name; else its watchdog would end a desk that is well."""
    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name, "WATCHDOG_USEC": "60000000"}, 7, clock)
    supervisor.ready()
    ear.close()
    Path(ear.name).unlink(missing_ok=True)
    supervisor.stopping()
    again = Ear(ear.name)
    clock.now += 31
    supervisor.turned()
    assert again.heard() == ["WATCHDOG=1"]
    again.close()
    supervisor.close()


def test_a_sign_of_life_that_was_not_taken_is_given_again(ear: Ear) -> None:
    clock = Clock()
    supervisor = Supervisor({"NOTIFY_SOCKET": ear.name, "WATCHDOG_USEC": "60000000"}, 7, clock)
    for _ in range(5000):
        supervisor.stopping()
    clock.now += 31
    supervisor.turned()
    assert "WATCHDOG=1" not in ear.heard()
    supervisor.turned()
    assert ear.heard() == ["WATCHDOG=1"]
    supervisor.close()


def test_the_state_is_one_line_of_counts() -> None:
    ago = NOW - timedelta(seconds=2)
    assert state(vitals()) == "0 mails waiting, 0 to send"
    assert state(vitals(in_window=1, last_commit=ago)) == "1 mail waiting, 0 to send, last commit 2 s ago"
    figures = StoreFigures(taken_at=NOW, undecided=12, queued=2, sending=1)
    assert state(vitals(figures=figures, last_commit=ago)) == "12 mails waiting, 3 to send, last commit 2 s ago"
    failing = state(vitals(store_fault="nora@northwind.example", store_fault_since=NOW - timedelta(seconds=90)))
    assert failing == "the store is not available since 90 s, doors say 451, 0 mails waiting, 0 to send"
