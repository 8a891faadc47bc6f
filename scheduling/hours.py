"""Working time: weekly local hours, a zone and holidays come in, UTC intervals and due instants go out.

Each local day becomes UTC before anything is added, so a week with a change of the clocks has the right length.
Pure: reads no clock. Never loops without an end: hours that never open are refused, a scan stops after two years.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.interval import Interval, Intervals, intersect, union, utc

Span = tuple[time, time]
"""Local opening and closing time of one day; a closing time of 00:00 is the midnight that ends the day."""

HORIZON_DAYS = 2 * 366
"""How far one addition looks ahead: longer than any honest promise, short enough to end at once."""

MONDAY_FIRST = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DAYS_KEPT = 4 * 366
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """When work is done in an ordinary week: weekday (0 is Monday) → spans in local time, in order, apart."""

    days: tuple[tuple[Span, ...], ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __hash__(self) -> int:
        return self._hash  # asked for with every look at a calendar; fourteen times of day are slow to hash

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self.days))
        if len(self.days) != len(MONDAY_FIRST):
            raise ValueError(f"weekly hours have seven days, found {len(self.days)}")
        for name, spans in zip(MONDAY_FIRST, self.days, strict=True):
            if problem := find_fault(spans):
                raise ValueError(f"{name}: {problem}")

    @property
    def is_empty(self) -> bool:
        """Whether no day has any working time."""
        return not any(self.days)


def find_fault(spans: tuple[Span, ...]) -> str:
    """Why these spans of one day are no working hours; empty when they are good."""
    closed_at: time | None = None
    for start, end in spans:
        if end != time.min and start >= end:
            return f"{start:%H:%M} to {end:%H:%M} ends before it begins"
        if closed_at is not None and (closed_at == time.min or start < closed_at):
            return f"{start:%H:%M} comes before {closed_at:%H:%M} has passed"
        closed_at = end
    return ""


class BeyondError(ValueError):
    """So much working time does not come within the horizon."""


class _Calendar:
    """The days of one (hours, zone, holidays) in UTC, worked out once each: the same few weeks are asked for always."""

    __slots__ = ("_days", "holidays", "hours", "zone")

    def __init__(self, hours: WeeklyHours, zone: ZoneInfo, holidays: frozenset[date]) -> None:
        self.hours, self.zone, self.holidays = hours, zone, holidays
        self._days: dict[date, tuple[Interval, ...]] = {}

    def day(self, day: date) -> tuple[Interval, ...]:
        """The working intervals of one local day, in order."""
        known = self._days.get(day)
        if known is None:
            if len(self._days) >= _DAYS_KEPT:  # a caller that walks through centuries must not fill the memory
                self._days.clear()
            known = self._days[day] = self._work_out(day)
        return known

    def _work_out(self, day: date) -> tuple[Interval, ...]:
        if day in self.holidays:
            return ()
        found = []
        for opening, closing in self.hours.days[day.weekday()]:
            start = wall(datetime.combine(day, opening), self.zone)
            last = day + _DAY if closing == time.min else day
            end = wall(datetime.combine(last, closing), self.zone)
            if start < end:  # a span inside the hour that the clocks skip is empty
                found.append(Interval(start, end))
        return tuple(found)


def wall(clock: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the local clock shows `clock` or later.

    Where the clocks go back a time stands twice and the first is taken; where they go forward it is missing and the
    moment of the change is taken. The map never decreases, so spans that are apart stay apart.
    """
    early, late = (clock.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early <= late:
        return early
    # PEP 495: in a gap, fold=1 gives the earlier instant. The change of the clocks, at a whole second, lies in
    # (late, early] and is found by halving.
    low, high = late.replace(microsecond=0), early.replace(microsecond=0)
    before = low.astimezone(zone).utcoffset()
    while high - low > _SECOND:
        middle = (low + (high - low) // 2).replace(microsecond=0)
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high


@lru_cache(maxsize=256)
def _calendar(hours: WeeklyHours, zone: str, holidays: frozenset[date]) -> _Calendar:
    return _Calendar(hours, ZoneInfo(zone), holidays)


def working(hours: WeeklyHours, zone: str, holidays: frozenset[date], start: datetime, end: datetime) -> Intervals:
    """The working time between two instants, as UTC intervals in normal form."""
    calendar = _calendar(hours, zone, holidays)
    first, last = utc(start), utc(end)
    day = first.astimezone(calendar.zone).date()
    # One day more: where clocks go back over midnight, tomorrow has begun before today comes again.
    until = last.astimezone(calendar.zone).date() + _DAY
    found: list[Interval] = []
    while day <= until:
        found.extend(calendar.day(day))
        day += _DAY
    return intersect(union(found), (Interval(first, last),))


def add_working(
    hours: WeeklyHours, zone: str, holidays: frozenset[date], start: datetime, amount: timedelta
) -> datetime:
    """The instant (UTC) at which `amount` of working time has passed since `start`.

    The end of a span counts as inside: four hours that fill a day are over when it closes, not next morning.
    Nothing to add gives `start`, or the next opening when `start` lies outside.
    """
    if amount < timedelta():
        raise ValueError(f"cannot add a negative amount of working time: {amount}")
    if hours.is_empty:
        raise ValueError("the hours are empty: no day of the week has working time, so nothing is ever due")
    calendar = _calendar(hours, zone, holidays)
    begin, left = utc(start), amount
    day = begin.astimezone(calendar.zone).date()
    for _ in range(HORIZON_DAYS):
        for opening, closing in calendar.day(day):
            if closing < begin:
                continue
            from_ = max(opening, begin)
            room = closing - from_
            if left <= room:
                return from_ + left
            left -= room
        day += _DAY
    raise BeyondError(f"{amount} of working time do not fit into {HORIZON_DAYS} days from {start.isoformat()}")


def next_opening(hours: WeeklyHours, zone: str, holidays: frozenset[date], start: datetime) -> datetime | None:
    """`start` itself where work is done at that instant, else when it begins next; None when it does not within the
    horizon. Unlike with `add_working`, the moment of closing lies outside: nobody is there any more."""
    calendar, begin = _calendar(hours, zone, holidays), utc(start)
    day = begin.astimezone(calendar.zone).date()
    for _ in range(HORIZON_DAYS):
        for opening, closing in calendar.day(day):
            if closing > begin:
                return max(opening, begin)
        day += _DAY
    return None
