"""The almanac: when the staff is busy by their own calendars, read again and again, kept for those who promise calls.

In: the files that the configuration names (`[[agent]] calendar`), looked at every minute. Out: busy times in the store,
and the wish that all promises are proven anew where they changed. One file is read at a time, by a process of its own
(`jobs/calendars.py`). A file that cannot be read, or not as a whole, leaves when it was read before; after
`calls.stale_hours` nothing new is promised by that calendar. Of one that the configuration names no more nothing is
kept.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection

from gateway.channel import ChannelClosed
from gateway.config.settings import Config
from gateway.jobs.calendars import WORDS, Feed, Reading
from gateway.rules.calls.world import until
from gateway.rules.desk import Agent, Desk
from gateway.worker import Worker
from store import chores, feeds
from store.promised import PAST_CALLS

LOOK_SECONDS = 60.0
"""How often the files are looked at."""
AGAIN = timedelta(hours=1)
"""How often a file that did not change is read: days come into sight that were too far ahead."""
DEADLINE = 60.0
_AHEAD = timedelta(days=3)

log = logging.getLogger(__name__)


class Almanac:
    """The calendars of one desk, and the process that reads one of them."""

    def __init__(self, config: Config, desk: Desk, now: Callable[[], datetime], monotonic: Callable[[], float]) -> None:
        self._config, self._desk, self._now, self._monotonic = config, desk, now, monotonic
        self._agents = {agent.name: agent for agent in desk.agents.values() if agent.name in desk.calls.feeds}
        self._waiting: deque[str] = deque()
        self._seen: dict[str, tuple[int, int]] = {}
        self._read_at: dict[str, datetime] = {}
        self._readings: list[Reading] = []
        self._is_tidy = False
        self._reading = ""
        self._since = self._looked_at = float("-inf")
        self.worker: Worker | None = None

    @property
    def ready(self) -> bool:
        """Whether a turn has something to write."""
        return bool(self._readings) or not self._is_tidy

    @property
    def busy(self) -> bool:
        """Whether something is being read, waits for it, or was read and is not kept yet."""
        return bool(self.ready or self._waiting or self._reading)

    def look(self) -> None:
        """Which files have changed; the next one that waits is read."""
        if not self._agents:
            return
        at = self._monotonic()
        if at - self._looked_at >= LOOK_SECONDS:
            self._looked_at = at
            self._waiting.extend(name for name in self._agents if name not in self._waiting and self._wants(name))
        if self._reading and at - self._since > DEADLINE:
            self._ended(f"it took longer than {DEADLINE:.0f} s")
        if not self._reading and self._waiting:
            self._begin(self._waiting.popleft())

    def _wants(self, name: str) -> bool:
        read_at = self._read_at.get(name)
        return read_at is None or self._now() - read_at >= AGAIN or self._seen.get(name) != _state(self._path(name))

    def _path(self, name: str) -> Path:
        return self._config.folder / self._desk.calls.feeds[name]

    def _begin(self, name: str) -> None:
        self._seen[name], self._read_at[name] = _state(self._path(name)), self._now()
        worker = Worker("calendars", self._feed(self._agents[name]), classes=WORDS)
        worker.start()
        if worker.pid:
            self._reading, self.worker, self._since = name, worker, self._monotonic()

    def _feed(self, agent: Agent) -> Feed:
        desk, now = self._desk, self._now()
        return Feed(
            name=agent.name,
            path=str(self._path(agent.name)),
            owner=agent.address,
            zone=desk.routing.of(agent.name).zone or desk.zone,
            start=int((now - PAST_CALLS).timestamp()),
            end=int((until(desk, now) + _AHEAD).timestamp()),
            tentative=desk.calls.tentative,
            memory_mb=self._config.reader.memory_mb,
        )

    def heard(self) -> None:
        """The process has something to say; it says one thing and ends."""
        assert self.worker is not None
        try:
            for message in self.worker.channel.receive():
                if isinstance(message, Reading) and message.name == self._reading:
                    self._readings.append(message)
                    self._let_go()
                    return
        except ChannelClosed:
            self._ended("the process that read it died")

    def _ended(self, why: str) -> None:
        self._readings.append(Reading(name=self._reading, busy=None, problem=why))
        self._let_go()

    def _let_go(self) -> None:
        if self.worker is not None:
            self.worker.kill()
        self._reading, self.worker = "", None

    def turn(self, connection: Connection) -> int:
        """Keep what was read; how many calendars."""
        readings, self._readings = self._readings, []
        changed = not self._is_tidy and feeds.keep_only(connection, self._agents)
        self._is_tidy = True
        for one in readings:
            if one.problem:
                log.warning("the calendar of %s: %s", one.name, one.problem)
            times = None if one.busy is None else [(_instant(start), _instant(end)) for start, end in one.busy]
            changed |= feeds.keep(
                connection, one.name, times, one.fingerprint, one.problem, self._now(), whole=one.whole
            )  # fmt: skip
        if changed:
            chores.wake(connection, chores.PROMISES, self._now())
        return len(readings)

    def stop(self) -> None:
        """End the process, if one reads."""
        self._let_go()


def _state(path: Path) -> tuple[int, int]:
    """What changes when a file does; a file that is not there has a state too."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)
