"""Promises about time: what a clock has used up, and when it will be over.

In: a calendar, instants, an allowance of working time. Out: frozen `Clock` values and UTC instants. Pure: reads no
clock of its own. A clock remembers what it has used before it last began to run, so a pause, a new target and a new
calendar keep what was used. Weekends, holidays, lunch and changes of the clocks are the business of `scheduling.hours`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from scheduling.hours import HORIZON_DAYS, BeyondError, WeeklyHours, add_working, next_opening, working
from scheduling.interval import total, utc

NONE = timedelta()
OVER = 100
"""Percent at which a clock has run out."""


class Calendar(NamedTuple):
    """When work is done: weekly local hours, their zone (IANA name), days without any."""

    hours: WeeklyHours
    zone: str
    holidays: frozenset[date]

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The instant at which `amount` of working time has passed since `start`; the end of the horizon where so much
        never comes: hours that were cut after a promise was made must not stop a mail."""
        return _added(self, start, amount)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two instants."""
        return total(working(self.hours, self.zone, self.holidays, start, end)) if start < end else NONE

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at that instant."""
        return self.opening(at) == at

    def opening(self, at: datetime) -> datetime:
        """That instant where work is done then, else when it begins next."""
        return _opening(self, at)


@lru_cache(maxsize=2048)  # the mails of a batch come at one instant and are promised the same
def _added(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    try:
        return add_working(*calendar, start, amount)
    except BeyondError:
        return utc(start) + timedelta(days=HORIZON_DAYS)


@lru_cache(maxsize=2048)
def _opening(calendar: Calendar, at: datetime) -> datetime:
    found = next_opening(*calendar, at)
    return found if found is not None else utc(at) + timedelta(days=HORIZON_DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One promise of a ticket. `spent` is the working time used before `since`; `since` is None while it stands still
    (paused or ended). `due` is when it runs out, or ran out; None while it is paused and has something left. `warned`
    is the percentage up to which somebody was told. `breached` is whether it ran out before it ended. `calendar` names
    the hours that it runs in. `factor` is what dynamic rules made of the target, `grace` what a change added to it so
    that nothing ran out by it; `because` why the target is not the policy's own (a lead's word). `dormant`: nothing is
    promised; it counts and stands still as ever, for the day when something is again, but is never due. Its `grace`
    is then what is left to it at most should it come back used up."""

    kind: str
    calendar: str = ""
    target: timedelta
    started: datetime
    spent: timedelta = NONE
    since: datetime | None
    due: datetime | None = None
    ended: datetime | None = None
    warned: int = 0
    breached: bool = False
    factor: float = 1.0
    grace: timedelta = NONE
    because: str = ""
    dormant: bool = False

    @property
    def state(self) -> str:
        """`running`, `paused`, `met`, `breached`, or `none` where nothing is promised (DESIGN section 6)."""
        if self.breached:
            return "breached"
        if self.dormant:
            return "none"
        return "met" if self.ended else "running" if self.since else "paused"

    @property
    def runs(self) -> bool:
        """Whether it counts down: somebody waits for us by its promise."""
        return self.counts and not self.dormant

    @property
    def counts(self) -> bool:
        """Whether the time that passes is used up."""
        return self.since is not None and self.ended is None

    @property
    def allowed(self) -> timedelta:
        """All the working time that it may use."""
        return self.target + self.grace

    @property
    def left(self) -> timedelta:
        """What is left of it at `since`; negative when it has run out."""
        return self.allowed - self.spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What is promised now: how much time, in which hours, and what made it shorter. A change leaves at least
    `grace`."""

    target: timedelta
    name: str = ""
    factor: float = 1.0
    grace: timedelta = NONE


def begin(kind: str, aim: Aim, calendar: Calendar, started: datetime, at: datetime | None = None) -> Clock:
    """A clock that starts to run; with `at` one that should have started before, and has used what passed since."""
    since = started if at is None else at
    spent = calendar.between(started, since)
    extra = NONE if at is None else _extra(aim, spent)
    return Clock(
        kind=kind,
        calendar=aim.name,
        target=aim.target,
        started=started,
        spent=spent,
        since=since,
        due=calendar.add(since, aim.target + extra - spent),
        factor=aim.factor,
        grace=extra,
    )


def asleep(kind: str, calendar: Calendar, started: datetime, at: datetime, grace: timedelta) -> Clock:
    """A dormant clock: nothing is promised yet, and what should not count then is known from now on."""
    spent = calendar.between(started, at)
    return Clock(kind=kind, target=NONE, started=started, spent=spent, since=at, grace=grace, dormant=True)


def used(clock: Clock, calendar: Calendar, at: datetime) -> timedelta:
    """The working time that it has used until `at`."""
    return clock.spent + (calendar.between(clock.since, at) if clock.since else NONE)


def is_over(clock: Clock, at: datetime) -> bool:
    """Whether it ran out before `at`, noted or not."""
    return clock.breached or (clock.ended is None and clock.due is not None and clock.due < at)


def pause(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """It stands still and keeps what is left. A clock that stands or has ended stays as it is."""
    if not clock.counts:
        return clock
    late = is_over(clock, at)
    due = clock.due if clock.due is not None and clock.due < at else None
    return replace(clock, spent=used(clock, calendar, at), since=None, due=due, breached=late)


def resume(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """It runs on with what was left; also one that had ended: a ticket that is open again."""
    if clock.counts:
        return clock
    if clock.dormant:
        return replace(clock, since=at, ended=None)
    due = calendar.add(at, clock.left) if clock.left > NONE else clock.due or at
    return replace(clock, since=at, due=due, ended=None)


def end(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """What it counts down to has happened. It is met unless it had run out before."""
    if clock.ended is not None:
        return clock
    return replace(clock, spent=used(clock, calendar, at), since=None, ended=at, breached=is_over(clock, at))


def lay_aside(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    """Its promise is gone: it is dormant, and a breach that was stays one."""
    if clock.dormant or is_over(clock, at):
        return clock
    spent = used(clock, calendar, at)
    left = max(clock.allowed - spent, NONE)
    return replace(clock, spent=spent, since=at if clock.counts else None, due=None, grace=left, dormant=True)


def retarget(clock: Clock, old: Calendar, new: Calendar, at: datetime, aim: Aim) -> Clock:
    """Another promise for a clock that has begun: what it has used stays used, what is left counts from now, in the new
    hours. Nothing runs out by it: at least the grace is left, or what was left before where that was less, so that no
    change after change keeps a promise from running out. What has ended or is over stays as it is; what was dormant is
    promised again."""
    if clock.ended is not None or clock.breached:
        return clock
    if is_over(clock, at):
        return replace(clock, breached=True)
    same = (clock.target, clock.calendar, clock.factor) == (aim.target, aim.name, aim.factor)
    if same and not clock.dormant and not _is_moved(clock, new):
        return clock
    spent = used(clock, old, at)
    left = clock.grace if clock.dormant else clock.allowed - spent
    extra = max(min(left, aim.grace) - (aim.target - spent), NONE)
    changed = replace(
        clock, calendar=aim.name, target=aim.target, factor=aim.factor, grace=extra, spent=spent, because="",
        dormant=False,
    )  # fmt: skip
    return _told_up_to(_running(changed, new, at) if clock.counts else changed, spent)


def promise(clock: Clock, calendar: Calendar, at: datetime, due: datetime, because: str) -> Clock:
    """A person's word: it runs out at `due`, whatever the policy has. A breach that was stays one."""
    spent = used(clock, calendar, at)
    target = spent + calendar.between(at, due)
    late = is_over(clock, at)
    changed = replace(clock, target=target, grace=NONE, spent=spent, since=at, due=due, breached=late, factor=1.0)
    return _told_up_to(replace(changed, because=because), spent)


def reached(clock: Clock, calendar: Calendar, at: datetime, marks: Iterable[int]) -> int:
    """The highest of these percentages that it has used at `at`; 0 when none. 100 is reached when it is due."""
    if clock.due is not None and clock.due <= at:
        return OVER
    spent = used(clock, calendar, at)
    return max((mark for mark in marks if mark < OVER and spent >= _part(clock, mark)), default=0)


def reaches(clock: Clock, calendar: Calendar, mark: int) -> datetime | None:
    """When it will have used so many percent; None while it stands still."""
    if clock.since is None or clock.due is None:
        return None
    if mark >= OVER:
        return clock.due
    return min(calendar.add(clock.since, max(_part(clock, mark) - clock.spent, NONE)), clock.due)


def _extra(aim: Aim, spent: timedelta) -> timedelta:
    return max(aim.grace - (aim.target - spent), NONE)


def _running(clock: Clock, calendar: Calendar, at: datetime) -> Clock:
    return replace(clock, since=at, due=calendar.add(at, clock.left) if clock.left > NONE else at)


def _is_moved(clock: Clock, calendar: Calendar) -> bool:
    """Whether the hours themselves were changed, so that it would run out at another time than was thought."""
    return (
        clock.since is not None
        and clock.due is not None
        and clock.left > NONE
        and calendar.add(clock.since, clock.left) != clock.due
    )


def _told_up_to(clock: Clock, spent: timedelta) -> Clock:
    """With more time than before, what was told of the old target is told again of the new one when it comes."""
    if not clock.warned:
        return clock
    part = int(spent * 100 / clock.allowed) if clock.allowed else OVER
    return replace(clock, warned=min(clock.warned, part))


def _part(clock: Clock, mark: int) -> timedelta:
    return clock.allowed * mark / OVER
