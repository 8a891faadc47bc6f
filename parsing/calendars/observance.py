"""VTIMEZONE: what the clocks of a calendar's own zone show at one moment (RFC 5545 section 3.6.5).

In: the component, and a local time. Out: the offset from UTC then, or None where the rules cannot be read. A yearly
rule is worked out for the years around the moment only, so that no rule and no list can cost more than its length.
Must never expand a recurrence, never guess, and never attach a zone to a time: all are what a clock on the wall shows.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from parsing import limits
from parsing.calendars.component import Component

_OFFSET = re.compile(r"([+-]?)([0-9]{2}):?([0-9]{2})?:?([0-9]{2})?")
_DAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_TIME = re.compile(r"([0-9]{8})(?:T([0-9]{6})Z?)?")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset({"FREQ", "BYMONTH", "BYDAY", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS",
                    "UNTIL", "COUNT", "INTERVAL", "WKST"})  # fmt: skip


class _Unreadable(Exception):
    """A rule that this module does not know."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A yearly rule: in `month` on the nth (0: any) `weekday` among `days`, or on the first of `days`."""

    month: int
    weekday: int | None
    nth: int
    days: tuple[int, ...]
    at: time
    last: datetime
    interval: int


@dataclass(frozen=True, slots=True)
class Observance:
    """STANDARD or DAYLIGHT: when it begins, by the clock that it ends, and the offsets before and in it."""

    start: datetime
    before: timedelta
    offset: timedelta
    rule: Rule | None
    dates: tuple[datetime, ...]

    def onset(self, moment: datetime, *, ever: bool = False) -> datetime | None:
        """When it last began at or before a local time; `ever`: as if its rule had always been in force."""
        # What is shown twice is the first of the two, what is never shown counts by the offset before (section 3.3.5).
        shift = max(timedelta(0), self.offset - self.before)
        begun = [onset for onset in (self.start, *self.dates) if onset + shift <= moment]
        if self.rule is not None:
            last = min(moment.year, self.rule.last.year)
            last -= (last - self.start.year) % self.rule.interval
            for year in (last, last - self.rule.interval):
                onset = _in_year(self.rule, year)
                if onset and (ever or self.start <= onset) and onset <= self.rule.last and onset + shift <= moment:
                    begun.append(onset)
        return max(begun, default=None)


def observances(zone: Component) -> tuple[Observance, ...]:
    """What a VTIMEZONE says; nothing when one of its rules is of a shape that no zone has."""
    found: list[Observance] = []
    left = limits.OBSERVANCES
    try:
        for child in zone.children[: limits.OBSERVANCES]:
            if child.name in {"STANDARD", "DAYLIGHT"}:
                found.append(_observance(child, left))
                left -= len(found[-1].dates)
    except (_Unreadable, ValueError, OverflowError):
        return ()
    return tuple(found)


def offset(found: tuple[Observance, ...], moment: datetime) -> timedelta | None:
    """The offset from UTC at a local time. Before the first change the rules are read backwards, else what it ends."""
    try:
        for ever in (False, True):
            begun = [(onset, each.offset) for each in found if (onset := each.onset(moment, ever=ever)) is not None]
            if begun:
                return max(begun, key=lambda pair: pair[0])[1]
    except (ValueError, OverflowError):
        return None
    return min(found, key=lambda each: each.start).before if found else None


def _observance(component: Component, most: int) -> Observance:
    start = _moments(component, "DTSTART", 1)
    after = component.first("TZOFFSETTO")
    if not start or after is None:
        raise _Unreadable
    to = _offset(after.value)
    before = component.first("TZOFFSETFROM")
    rule = component.first("RRULE")
    return Observance(
        start=start[0],
        before=_offset(before.value) if before else to,
        offset=to,
        rule=_rule(rule.value, start[0]) if rule else None,
        dates=_moments(component, "RDATE", most),
    )


def _offset(text: str) -> timedelta:
    found = _OFFSET.fullmatch(text.strip())
    if not found:
        raise _Unreadable
    sign, hours, minutes, seconds = found.groups()
    value = timedelta(hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))
    if value >= timedelta(hours=24):
        raise _Unreadable
    return -value if sign == "-" else value


def _moments(component: Component, name: str, most: int) -> tuple[datetime, ...]:
    values = [value for found in component.all(name, most) for value in found.value.split(",")[:most]]
    return tuple(_moment(value.partition("/")[0]) for value in values[:most])


def _moment(text: str) -> datetime:
    found = _TIME.fullmatch(text.strip().upper())
    if not found:
        raise _Unreadable
    return datetime.fromisoformat(f"{found.group(1)}T{found.group(2) or '000000'}")


def _rule(text: str, start: datetime) -> Rule:
    """The yearly rules that zones have; a rule of any other shape makes the zone unreadable."""
    parts = dict(pair.partition("=")[::2] for pair in text.upper().strip(";").split(";")[:20])
    if parts.get("FREQ") != "YEARLY" or not _KNOWN.issuperset(parts):
        raise _Unreadable
    days = tuple(int(day) for day in parts["BYMONTHDAY"].split(",")[:31]) if "BYMONTHDAY" in parts else ()
    if "BYMONTH" not in parts and ("BYDAY" in parts or days):
        raise _Unreadable
    weekday, nth = None, 0
    if "BYDAY" in parts:
        found = _DAY.fullmatch(parts["BYDAY"])
        if not found:
            raise _Unreadable
        # Every Sunday of a month begins what the first of them began.
        weekday, nth = _DAYS.index(found.group(2)), int(found.group(1) or parts.get("BYSETPOS", "0"))
    elif not days:
        days = (start.day,)
    interval = _positive(parts.get("INTERVAL", "1"))
    last = _midnight(date.max)
    if "UNTIL" in parts:
        last = _moment(parts["UNTIL"][:8]) + timedelta(days=1)  # in UTC, and the onset is local
    if "COUNT" in parts:
        years = (_positive(parts["COUNT"]) - 1) * interval
        last = min(last, _midnight(date(min(date.max.year, start.year + years), 12, 31)))
    hour, minute, second = (int(parts.get(name, value)) for name, value in _clock(start))
    month = int(parts.get("BYMONTH", start.month))
    return Rule(month, weekday, nth, days, time(hour, minute, second), last, interval)


def _positive(text: str) -> int:
    """COUNT or INTERVAL, neither of which can be nothing (RFC 5545 section 3.3.10)."""
    number = int(text)
    if number < 1:
        raise _Unreadable
    return number


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _clock(start: datetime) -> tuple[tuple[str, int], ...]:
    return ("BYHOUR", start.hour), ("BYMINUTE", start.minute), ("BYSECOND", start.second)


def _in_year(rule: Rule, year: int) -> datetime | None:
    """The day of the rule in a year, at its time of day."""
    if not 1 <= rule.month <= 12 or not 1 <= year <= 9999:
        return None
    first_weekday, length = monthrange(year, rule.month)
    days = [day if day > 0 else length + 1 + day for day in rule.days] or list(range(1, length + 1))
    days = [day for day in sorted(days) if 1 <= day <= length and rule.weekday in {None, (first_weekday + day - 1) % 7}]
    index = rule.nth - 1 if rule.nth > 0 else rule.nth
    try:
        return datetime.combine(date(year, rule.month, days[index]), rule.at)
    except IndexError:
        return None
