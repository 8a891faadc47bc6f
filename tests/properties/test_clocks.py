"""Clocks against an oracle that knows no arithmetic: it looks at every minute and asks the clock on the wall.

A minute is worked when the wall shows an hour of that day's hours and no holiday; a wall clock that is put back shows
the highest time that it has shown so far, so that nothing is opened twice. The oracle counts such minutes one by one
through pauses, returns, other targets and other hours. Case N is the same on every machine; a long run has
REPLYDESK_LONG=1.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import pytest

from scheduling import sla
from scheduling.hours import Span, WeeklyHours
from scheduling.sla import Aim, Calendar, Clock
from store import plain

CASES, SHARES = (100_000, 50) if os.environ.get("REPLYDESK_LONG") else (2_000, 4)
ZONES = (
    "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham",
    "America/Santiago", "UTC",
)  # fmt: skip
CHANGES = {
    datetime(2026, 3, 5, tzinfo=UTC): ("America/New_York",),
    datetime(2026, 3, 26, tzinfo=UTC): ("Europe/Berlin",),
    datetime(2026, 4, 2, tzinfo=UTC): ("Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago"),
    datetime(2026, 7, 10, tzinfo=UTC): ZONES,
    datetime(2026, 9, 3, tzinfo=UTC): ("America/Santiago",),
    datetime(2026, 9, 24, tzinfo=UTC): ("Pacific/Chatham",),
    datetime(2026, 10, 1, tzinfo=UTC): ("Australia/Lord_Howe",),
    datetime(2026, 10, 22, tzinfo=UTC): ("Europe/Berlin",),
    datetime(2026, 10, 29, tzinfo=UTC): ("America/New_York",),
}
"""Beginnings of fortnights, and whose clocks change in their first days; in July nobody's do."""
STEADY = ("Asia/Kathmandu", "UTC")
WINDOWS = tuple(CHANGES)
DAYS, DAY = 14, 1440
MINUTE = timedelta(minutes=1)
GRACE = 30


@cache
def walls(zone: str, window: datetime) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """For each minute of the fortnight: the day and the minute of it that the wall shows."""
    highest = datetime.min  # noqa: DTZ901 - the time on a wall
    days, minutes = [], []
    for minute in range(-DAY, DAYS * DAY):
        wall = (window + minute * MINUTE).astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
        highest = max(highest, wall)
        if minute >= 0:
            days.append(highest.toordinal())
            minutes.append(highest.hour * 60 + highest.minute)
    return tuple(days), tuple(minutes)


@dataclass
class Worked:
    """A calendar as the oracle sees it: whether the minute is worked, one by one."""

    calendar: Calendar
    window: datetime
    known: dict[int, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.days, self.minutes = walls(self.calendar.zone, self.window)
        self.free = {day.toordinal() for day in self.calendar.holidays}
        self.week = [self._day(spans) for spans in self.calendar.hours.days]

    def _day(self, spans: tuple[Span, ...]) -> bytes:
        shown = bytearray(DAY)
        for start, end in spans:
            first, last = start.hour * 60 + start.minute, end.hour * 60 + end.minute or DAY
            shown[first:last] = b"\1" * (last - first)
        return bytes(shown)

    def __getitem__(self, minute: int) -> bool:
        day = self.days[minute]
        return day not in self.free and bool(self.week[(day - 1) % 7][self.minutes[minute]])


@dataclass
class Oracle:
    """A clock that is told every minute. Times are minutes of the fortnight."""

    worked: Worked
    target: int
    now: int
    spent: int = 0
    left: int = 0
    runs: bool = True
    due: int | None = None
    over: bool = False

    def __post_init__(self) -> None:
        self.left = self.target
        self._look_ahead()

    def go(self, until: int) -> None:
        """Live until that minute."""
        if self.runs:
            for minute in range(self.now, until):
                self.spent += self.worked[minute]
                self.left -= self.worked[minute]
        if self.runs and self.due is not None and self.due < until:
            self.over = True
        self.now = until

    def _look_ahead(self) -> None:
        """When it will be used up; None beyond the fortnight."""
        left, self.due = self.left, None if self.left else self.now
        for minute in range(self.now, DAYS * DAY):
            left -= self.worked[minute]
            if left == 0 and self.worked[minute]:
                self.due = minute + 1
                return

    def pause(self) -> None:
        self.runs = False

    def resume(self) -> None:
        if not self.runs:
            self.runs = True
            if self.left > 0:
                self._look_ahead()
            elif self.due is None or not self.over:
                self.due = self.now

    def retarget(self, worked: Worked, target: int) -> None:
        """The minutes of the new one that are left, but as many as the old one had, where that is up to the grace."""
        if self.over:
            return
        self.worked, self.target = worked, target
        self.left = max(target - self.spent, min(self.left, GRACE))
        if self.runs:
            self._look_ahead()


def draw_calendar(random: Random, window: datetime) -> Calendar:
    """A few spans a day at quarters of an hour, some days free, one of the zones."""
    days = []
    for _ in range(7):
        count = random.choice((0, 1, 1, 2, 2, 3))
        edges = sorted(random.sample(range(97), 2 * count))
        days.append(tuple((clock(a), clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)))
    if not any(days):
        days[random.randrange(7)] = ((time(9), time(17)),)
    free = {window.date() + timedelta(days=random.randrange(-1, DAYS + 1)) for _ in range(random.choice((0, 0, 1, 3)))}
    zone = random.choice(CHANGES[window] if random.random() < 0.7 else STEADY)
    return Calendar(WeeklyHours(tuple(days)), zone, frozenset[date](free))


def draw_moment(random: Random, most: int) -> int:
    """Any minute, or one at which hours begin and end."""
    return random.randrange(most // 15) * 15 if random.random() < 0.5 else random.randrange(most)


def clock(quarters: int) -> time:
    return time(*divmod(quarters % 96 * 15, 60))


def play(number: int) -> None:
    """One case: a clock through some events, and the oracle beside it."""
    random = Random(number)
    window = random.choice(WINDOWS)
    worked = [Worked(draw_calendar(random, window), window) for _ in range(2)]
    now, target = draw_moment(random, 3 * DAY), random.choice((1, 15, 60, 240, 477, 960))
    oracle = Oracle(worked[0], target, now)
    real = sla.begin("resolution", Aim(target=target * MINUTE, name="0"), worked[0].calendar, at(window, now))
    place, said = 0, [f"case {number}: begins at {at(window, now)} with {target} min in {worked[0].calendar}"]
    check(real, oracle, window, said)
    for _ in range(random.randrange(1, 7)):
        now += random.choice((0, 1, draw_moment(random, 90), draw_moment(random, 2 * DAY)))
        if now >= DAYS * DAY:
            break
        oracle.go(now)
        what = random.choice(("pause", "resume", "retarget", "move"))
        if what == "pause":
            real = sla.pause(real, worked[place].calendar, at(window, now))
            oracle.pause()
        elif what == "resume":
            real = sla.resume(real, worked[place].calendar, at(window, now))
            oracle.resume()
        else:
            target, old = random.choice((5, 60, 240, 961)), place
            moved = 1 - place if what == "move" else place
            aim = Aim(target=target * MINUTE, name=str(moved), grace=GRACE * MINUTE)
            kept = (target, moved) == (oracle.target, place)
            real = sla.retarget(real, worked[old].calendar, worked[moved].calendar, at(window, now), aim)
            if not oracle.over and not kept:
                oracle.retarget(worked[moved], target)
                place = moved
        said.append(f"{what} {target} at {at(window, now)}")
        check(real, oracle, window, said)
    end(real, oracle, worked[place].calendar, window, now + draw_moment(random, DAY), said)


def at(window: datetime, minute: int) -> datetime:
    return window + minute * MINUTE


def check(real: Clock, oracle: Oracle, window: datetime, said: list[str]) -> None:
    """Due when the oracle has counted its last minute, and nothing negative on the way."""
    words = "\n".join(said)
    assert real.runs is oracle.runs, words
    assert real.runs or real.breached is oracle.over, words
    assert timedelta() <= real.spent, words
    if oracle.runs and oracle.due is not None:
        assert real.due == at(window, oracle.due), words
    elif oracle.runs:
        assert real.due is not None, words
        assert real.due > at(window, DAYS * DAY), words
    if not oracle.runs:
        assert real.spent == oracle.spent * MINUTE, words


def end(real: Clock, oracle: Oracle, calendar: Calendar, window: datetime, now: int, said: list[str]) -> None:
    """It has used what the oracle has counted, and was met or broken as it says."""
    if now >= DAYS * DAY:
        return
    oracle.go(now)
    words = "\n".join([*said, f"ends at {at(window, now)}"])
    assert sla.used(real, calendar, at(window, now)) == oracle.spent * MINUTE, words
    worked = calendar.is_open(at(window, now))
    assert worked is oracle.worked[now], words
    opens = next((m for m in range(now, DAYS * DAY) if oracle.worked[m]), None)
    assert opens is None or calendar.opening(at(window, now)) == at(window, opens), words
    ended = sla.end(real, calendar, at(window, now))
    assert ended.breached is oracle.over, words
    assert ended.spent == oracle.spent * MINUTE, words
    for one in (real, ended):
        assert plain.clock(json.loads(json.dumps(plain.clock_row(one)))) == one, words


@pytest.mark.parametrize("share", range(SHARES))
def test_a_clock_is_the_sum_of_the_minutes_that_were_worked(share: int) -> None:
    for number in range(share, CASES, SHARES):
        play(number)


def test_the_oracle_would_notice() -> None:
    """A clock that forgot a pause, and one that lost a minute."""
    for break_ in (lambda c: replace(c, spent=c.spent + MINUTE), lambda c: replace(c, target=c.target + MINUTE)):
        window = WINDOWS[0]
        worked = Worked(Calendar(WeeklyHours((((time(9), time(17)),),) * 7), "Europe/Berlin", frozenset()), window)
        oracle = Oracle(worked, 240, 600)
        real = sla.begin("resolution", Aim(target=240 * MINUTE), worked.calendar, at(window, 600))
        check(real, oracle, window, [])
        oracle.go(700)
        oracle.pause()
        oracle.resume()
        real = sla.resume(break_(sla.pause(real, worked.calendar, at(window, 700))), worked.calendar, at(window, 700))
        with pytest.raises(AssertionError):
            check(real, oracle, window, [])
