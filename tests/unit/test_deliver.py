"""The sender's loop over a real socket and a real folder."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.channel import ChannelClosed, Line
from gateway.jobs.deliver import Deliver, Delivered, Held, serve
from gateway.transport import Outcome, Outgoing, Parcel


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    ours, theirs = socket.socketpair()

    def run() -> None:
        with theirs, suppress(ChannelClosed):
            serve(theirs)

    thread = threading.Thread(target=run)
    thread.start()
    one = Line(ours)
    one.send(Outgoing(url=f"maildir:{tmp_path}/sent", hostname="desk.example"))
    yield one
    ours.close()
    thread.join(20)
    assert not thread.is_alive()


def outcomes(line: Line, count: int) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    while len(found) < count:
        message = line.receive()
        if isinstance(message, Delivered):
            found |= dict(message.results)
    return found


def parcel(number: int, until: float) -> Parcel:
    return Parcel(number, "", f"n{number}@a.example", b"Subject: x\r\n\r\nx\r\n", until=until)


def test_what_may_be_somebody_elses_is_not_sent_until_the_daemon_says_that_it_is_ours(
    line: Line, tmp_path: Path
) -> None:
    late, fine = time.monotonic(), time.monotonic() + 3600
    line.send(Deliver([parcel(1, late), parcel(2, fine)]))
    first = outcomes(line, 2)
    assert (first[1].code, first[1].tried, first[2].code) == (0, False, 250)
    line.send(Held(fine, frozenset({2})))
    line.send(Deliver([parcel(3, late)]))
    assert outcomes(line, 1)[3].code == 250
    assert len(list((tmp_path / "sent" / "new").iterdir())) == 2
