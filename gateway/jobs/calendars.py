"""The reader of calendars: a process of its own that makes busy times of one person's calendar file.

In: one `Feed`. Out: one `Reading`; then it ends. It has no store, no secrets and no network. A calendar is somebody
else's file: a memory limit and a limit of processor time end this process before it can hurt the machine, and its
deadline is the daemon's business.
"""

from __future__ import annotations

import os
import resource
import socket
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from gateway.channel import Classes, Line
from gateway.reader import YIELDS
from scheduling import busy

CPU_SECONDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Whose calendar is read from which file, for which time (seconds since 1970), in which zone."""

    name: str
    path: str
    owner: str
    zone: str
    start: int
    end: int
    tentative: bool
    memory_mb: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """When that person is busy (pairs of seconds since 1970); `problem` says what could not be read, and where it could
    not be read at all `busy` is None. `whole`: nothing that may block any day was left out."""

    name: str
    busy: tuple[tuple[int, int], ...] | None
    fingerprint: str = ""
    problem: str = ""
    whole: bool = True


WORDS: Classes = {(Reading.__module__, Reading.__qualname__): Reading}
"""All that this process may say."""


def serve(sock: socket.socket) -> None:
    """Read the one file and say what it holds."""
    line = Line(sock)
    feed: Feed = line.receive()
    os.nice(YIELDS)
    limit = feed.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    line.send(read(feed))


def read(feed: Feed) -> Reading:
    """What the file says now."""
    try:
        if not stat.S_ISREG(Path(feed.path).stat().st_mode):  # opening a pipe waits for whoever writes to it
            return Reading(name=feed.name, busy=None, problem="it cannot be read: it is no file")
        with Path(feed.path).open("rb") as file:
            data = file.read(busy.MOST_BYTES + 1)
        start, end = (datetime.fromtimestamp(at, UTC) for at in (feed.start, feed.end))
        found = busy.read(data, start, end, feed.zone, feed.owner, tentative=feed.tentative)
    except OSError as error:
        return Reading(name=feed.name, busy=None, problem=f"it cannot be read: {error.strerror}")
    except busy.UnreadableError as error:
        return Reading(name=feed.name, busy=None, problem=str(error))
    except MemoryError:
        return Reading(name=feed.name, busy=None, problem=f"it needs more than {feed.memory_mb} MB")
    times = tuple((int(one.start.timestamp()), int(-(-one.end.timestamp() // 1))) for one in found.busy)
    return Reading(
        name=feed.name,
        busy=times,
        fingerprint=sha256(repr(times).encode()).hexdigest(),
        problem="; ".join(found.problems),
        whole=found.whole,
    )
