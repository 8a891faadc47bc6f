"""Children that die at once: whoever starts them anew must not do so many times a second."""

from __future__ import annotations

import sys

import pytest

from gateway.channel import ChannelClosed
from gateway.worker import YOUNG_SECONDS, Worker


@pytest.fixture
def clock(monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("gateway.worker.time.monotonic", lambda: now[0])
    return now


def _dies(worker):
    """The child ends before it has read a word."""
    with pytest.raises(ChannelClosed):
        while True:
            worker.channel.receive()
    worker.kill()


def test_a_child_that_cannot_even_begin_is_started_ever_less_often(clock, tmp_path, monkeypatch):
    """A program that is being replaced: its imports fail, so the pause that the child itself would make is not made."""
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(broken))
    worker, tries = Worker("reader", None), 0
    worker.start()
    _dies(worker)
    begun = clock[0]
    while clock[0] - begun < 60.0:  # the daemon tries at each tick
        worker.start()
        if worker.pid:
            tries += 1
            _dies(worker)
        clock[0] += 0.25
    assert worker.starts == tries + 1
    assert 60 / YOUNG_SECONDS <= tries <= 20
    monkeypatch.undo()


def test_a_child_that_lived_long_is_replaced_at_once(clock):
    worker = Worker("reader", None)
    worker.start()
    worker.kill()
    worker.start()
    assert worker.pid, "the first death costs nobody a wait"
    clock[0] += 60.0
    worker.kill()
    worker.start()
    assert worker.pid
    worker.kill()
