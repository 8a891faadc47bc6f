"""The watch: a web door that dies, hangs or was never there costs the desk nothing."""

from __future__ import annotations

import http.client
import os
import select
import signal
import socket
import time
from types import SimpleNamespace

import pytest

from gateway.config.loading import load
from gateway.doors.listen import DoorTaken
from gateway.watch import DEAF, LATELY, Watch
from tests.unit.web.conftest import vitals

PATIENCE = 90.0


class Clock:
    """Monotonic seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def config(template):
    def make(listen="127.0.0.1:0"):
        return load(template / "replydesk.toml", {"REPLYDESK_WEB__LISTEN": listen})

    return make


@pytest.fixture
def watch(config, clock):
    opened = Watch(config(), clock)
    opened.worker.start()
    yield opened
    opened.stop()


def ask(watch):
    host, _, port = watch.address.rpartition(":")
    client = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
    try:
        client.request("GET", "/health.json")
        answer = client.getresponse()
        return answer.status, answer.read().decode()
    finally:
        client.close()


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def hear_the_end(watch):
    """Wait until the line to the door says that something happened, as the daemon does, then look."""
    assert select.select([watch.worker.channel], [], [], PATIENCE)[0]
    watch.heard()


def test_what_the_daemon_tells_is_what_the_door_shows(watch):
    assert ask(watch)[0] == 503
    watch.tell(vitals())
    until(lambda: ask(watch)[0] == 200)
    watch.tell(vitals(disk_room=0))
    assert until(lambda: ask(watch)[0] == 503)


def test_a_door_that_dies_is_replaced_on_the_same_socket(watch):
    address, before = watch.address, watch.worker.pid
    os.kill(before, signal.SIGKILL)
    hear_the_end(watch)
    assert watch.worker.pid not in (0, before)
    assert watch.address == address
    watch.tell(vitals())
    until(lambda: ask(watch)[0] == 200)


def test_a_door_that_hangs_is_told_no_more_than_it_takes_and_replaced_in_time(watch, clock):
    before = watch.worker.pid
    watch.tell(vitals())
    until(lambda: ask(watch)[0] == 200)
    os.kill(before, signal.SIGSTOP)
    long = vitals(store_fault="x" * 300_000)
    until(lambda: watch.tell(long) or watch.worker.channel.wants_to_write)
    waiting = len(watch.worker.channel._waiting)
    for _ in range(5):
        clock.now += DEAF / 10
        watch.tell(long)
    assert watch.worker.pid == before
    assert len(watch.worker.channel._waiting) == waiting
    clock.now += DEAF
    watch.tell(long)
    assert watch.worker.pid not in (0, before)
    watch.tell(vitals())
    until(lambda: ask(watch)[0] == 200)


def test_stopping_ends_the_process_and_frees_the_port(watch):
    pid, address = watch.worker.pid, watch.address
    host, _, port = address.rpartition(":")
    watch.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with socket.create_server((host, int(port))):
        pass


def test_without_a_web_door_there_is_nothing_to_tell(config, clock):
    watch = Watch(config(""), clock)
    assert watch.address is None
    assert watch.worker is None
    watch.tell(vitals())
    watch.stop()


def test_a_port_that_is_taken_is_said_in_a_sentence(config, clock, monkeypatch):
    monkeypatch.setattr("gateway.doors.listen.PATIENCE", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DoorTaken, match=rf"web.listen: cannot open 127.0.0.1:{port}"):
            Watch(config(f"127.0.0.1:{port}"), clock)


@pytest.fixture
def heard(config, clock):
    """A watch whose door is a list."""
    watch = Watch(config(""), clock)
    said = []
    watch.worker = SimpleNamespace(pid=1, channel=SimpleNamespace(wants_to_write=False, send=said.append))
    return watch, said


def test_deaths_are_counted_for_an_hour_each_once(heard, clock):
    watch, said = heard
    told = lambda **deaths: watch.tell(vitals(deaths=tuple(deaths.items()))) or dict(said[-1].lately)  # noqa: E731
    assert told(reader=0) == {}
    assert told(reader=2, sender=1) == {"reader": 2, "sender": 1}
    clock.now += LATELY / 2
    assert told(reader=3, sender=1) == {"reader": 3, "sender": 1}
    clock.now += LATELY / 2 + 1
    assert told(reader=3, sender=1) == {"reader": 1}
    clock.now += LATELY
    assert told(reader=3, sender=1) == {}


def test_a_million_deaths_are_remembered_in_little_room(heard):
    watch, said = heard
    watch.tell(vitals(deaths=(("reader", 1_000_000),)))
    assert dict(said[-1].lately) == {"reader": 1000}
