"""When somebody is busy by their own calendar: the bytes of an iCalendar file come in, UTC intervals go out.

Only times leave this module: what an entry is about, where, and with whom is read by nobody (free/busy only, RFC 5545).
An entry blocks unless it is TRANSPARENT, CANCELLED, declined by its owner, or marked free; a tentative one as the desk
has it. Days and times without a zone are the owner's own. Recurrences are expanded by recurring-ical-events, inside
limits; an entry that goes beyond them, or that cannot be read, is named among the problems and left out: where that may
be any day of the owner's, what was read is not `whole`. It may still be slow and large on a hostile file: the caller
runs it in a process with limits (`gateway/jobs/calendars.py`).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar
from icalendar.prop import vBroken
from recurring_ical_events import PeriodEndBeforeStart

from scheduling.hours import wall
from scheduling.interval import Interval, Intervals

MOST_BYTES = 8 * 2**20
MOST_ENTRIES = 50_000
MOST_OCCURRENCES = 20_000
"""Entries of a file, and times that they happen inside the window that is looked at."""
MOST_PROBLEMS = 5
_ONCE = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID")
_WHEN = (*_ONCE, "RRULE", "RDATE", "EXDATE")
_DAY = timedelta(days=1)
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""What began before and what ends after is as if it did then: the library adds to dates, and there is no year 10000."""
_ENTRY = "an entry whose times cannot be read was left out"
_SERIES = "an entry that repeats cannot be read and was left out"
_OFTEN = "an entry that repeats every minute or second was left out"
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY"})
_RANK = {"FREE": 0, "BUSY-TENTATIVE": 1, "BUSY": 2, "BUSY-UNAVAILABLE": 2}
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


class UnreadableError(ValueError):
    """The file is no calendar that can be read; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """When the owner is busy inside the window, each entry for itself, in their order: a call that has come back to us
    by its owner's calendar must be told from the meeting behind it. And a sentence for each thing that was left out."""

    busy: Intervals
    problems: tuple[str, ...] = ()
    whole: bool = True
    """Whether all is there that may block the owner on other days than the one that could not be read."""


def read(data: bytes, start: datetime, end: datetime, zone: str, owner: str = "", *, tentative: bool = True) -> Read:
    """The busy times of a calendar between two instants. `zone` is the owner's, `owner` their mail address: an entry
    that they have declined does not block. Raises `UnreadableError`."""
    if len(data) > MOST_BYTES:
        raise UnreadableError(f"it has {len(data)} bytes; at most {MOST_BYTES} are read")
    problems: list[str] = []
    found: list[Interval] = []
    own = ZoneInfo(zone)
    many = f"more than {MOST_OCCURRENCES} entries: the rest was not read"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, about files that are not ours
        for calendar in _calendars(data):
            for entry in _lasting(calendar, problems):
                found += _times(entry, owner, own, problems, tentative=tentative)
            for entry in _entries(calendar, start, end, problems):
                if len(found) >= MOST_OCCURRENCES:
                    problems.append(many)
                    break
                found += _times(entry, owner, own, problems, tentative=tentative)
            found += _free_busy(calendar, own, problems, tentative=tentative)
    window = Interval(start, end)
    inside = {Interval(max(one.start, start), min(one.end, end)) for one in found if _meets(one, window)}
    return Read(
        busy=tuple(sorted(inside)),
        problems=tuple(dict.fromkeys(problems))[:MOST_PROBLEMS],
        whole=not {_SERIES, _OFTEN, many}.intersection(problems),
    )


def _meets(one: Interval, window: Interval) -> bool:
    return max(one.start, window.start) < min(one.end, window.end)


def _calendars(data: bytes) -> list[Any]:
    try:
        found = Calendar.from_ical(data, multiple=True)
    except Exception as error:  # the library raises whatever its parts raise
        raise UnreadableError(f"it is no iCalendar file ({type(error).__name__})") from error
    calendars = [one for one in found if one.name == "VCALENDAR"]
    if not calendars:
        raise UnreadableError("it has no BEGIN:VCALENDAR")
    if sum(len(one.subcomponents) for one in calendars) > MOST_ENTRIES:
        raise UnreadableError(f"it has more than {MOST_ENTRIES} entries")
    return calendars


def _lasting(calendar: Any, problems: list[str]) -> list[Any]:
    """Take out what repeats too often to be a person's day, what has no beginning, and those that last, which no
    library has to look for."""
    kept, lasting = [], []
    for component in calendar.subcomponents:
        if component.name == "VEVENT":
            if "DTSTART" not in component or _is_broken(component):
                problems.append(_SERIES if _repeats(component) else _ENTRY)
                continue
            if _frequencies(component) & _TOO_OFTEN:
                problems.append(_OFTEN)
                continue
            if not _repeats(component) and _lasts(component):
                lasting.append(component)
                continue
        kept.append(component)
    calendar.subcomponents = kept
    return lasting


def _repeats(component: Any) -> bool:
    return any(name in component for name in ("RRULE", "RDATE", "RECURRENCE-ID"))


def _lasts(component: Any) -> bool:
    """Whether it began, or ends, where nobody counts any more."""
    try:
        start, end = _span(component)
    except Exception:  # noqa: BLE001 - of an entry of somebody else's; whoever reads its times says so
        return False
    return start.year < _FIRST.year or end.year >= _LAST.year


def _is_broken(component: Any) -> bool:
    """Whether one of the lines that say when it happens is no line of that kind."""
    if any(isinstance(component.get(name), list) for name in _ONCE):
        return True
    found = (component.get(name) for name in _WHEN)
    return any(isinstance(one, vBroken) for value in found for one in (value if isinstance(value, list) else [value]))


def _frequencies(component: Any) -> set[str]:
    rules = component.get("RRULE", [])
    rules = rules if isinstance(rules, list) else [rules]
    return {str(word).upper() for rule in rules if hasattr(rule, "get") for word in rule.get("FREQ", [])}


def _entries(calendar: Any, start: datetime, end: datetime, problems: list[str]) -> Iterator[Any]:
    """Each time that an entry happens. Days and floating times may lie a day beside the window: it is cut later. Where
    the library stumbles over one series it is asked for each of them alone; one that ends before it begins takes no
    time."""
    try:
        yield from _happening(calendar, start, end)
    except Exception:  # noqa: BLE001 - what it stumbles over is a file of somebody else's
        for alone in _series(calendar):
            try:
                yield from _happening(alone, start, end)
            except PeriodEndBeforeStart:
                continue
            except Exception:  # noqa: BLE001
                problems.append(_SERIES if any(map(_repeats, alone.walk("VEVENT"))) else _ENTRY)


def _happening(calendar: Any, start: datetime, end: datetime) -> list[Any]:
    query = recurring_ical_events.of(calendar, components=("VEVENT",))
    return list(islice(query.between(start - _DAY, end + _DAY), MOST_OCCURRENCES + 1))


def _series(calendar: Any) -> Iterator[Any]:
    """The calendar once for each of its series."""
    of_uid: dict[str, list[Any]] = {}
    for component in calendar.walk("VEVENT"):
        of_uid.setdefault(str(component.get("UID", "")), []).append(component)
    zones = calendar.walk("VTIMEZONE")
    for series in of_uid.values():
        alone = Calendar()
        alone.subcomponents = [*zones, *series]
        yield alone


def _blocks(entry: Any, owner: str, *, tentative: bool) -> bool:
    status = str(entry.get("STATUS", "")).upper()
    shown = str(entry.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    if str(entry.get("TRANSP", "")).upper() == "TRANSPARENT" or status == "CANCELLED" or shown in _FREE:
        return False
    if not tentative and (status == "TENTATIVE" or shown == "TENTATIVE"):
        return False
    answer = _answered(entry, owner)
    return answer != "DECLINED" and (tentative or answer not in ("TENTATIVE", "NEEDS-ACTION"))


def _answered(entry: Any, owner: str) -> str:
    """What the owner answered to this invitation, if they are among its attendees."""
    attendees = entry.get("ATTENDEE", [])
    for one in attendees if isinstance(attendees, list) else [attendees]:
        if owner and str(one).lower().removeprefix("mailto:") == owner:
            return str(getattr(one, "params", {}).get("PARTSTAT", "NEEDS-ACTION")).upper()
    return ""


def _times(entry: Any, owner: str, own: ZoneInfo, problems: list[str], *, tentative: bool) -> Iterable[Interval]:
    """When the entry blocks; a line of it that cannot be read raises whatever its kind raises."""
    try:
        if not _blocks(entry, owner, tentative=tentative):
            return []
        start, end = _span(entry)
        return [Interval(_instant(start, own), _instant(end, own))]
    except Exception:  # noqa: BLE001 - an entry of somebody else's
        problems.append(_ENTRY)
        return []


def _span(entry: Any) -> tuple[date, date]:
    start = entry["DTSTART"].dt
    if "DTEND" in entry:
        return start, entry["DTEND"].dt
    try:
        return start, start + entry["DURATION"].dt if "DURATION" in entry else _until(start)
    except OverflowError:
        return start, _LAST


def _until(start: date) -> date:
    """RFC 5545 section 3.6.1: a day without an end is that day, a time without one takes no time."""
    return start if isinstance(start, datetime) else start + timedelta(days=1)


def _instant(at: date, own: ZoneInfo) -> datetime:
    if not _FIRST.year <= at.year < _LAST.year:
        return _FIRST if at.year < _FIRST.year else _LAST
    if not isinstance(at, datetime):
        return wall(datetime.combine(at, time()), own)
    return wall(at, own) if at.tzinfo is None else at.astimezone(UTC)


def _free_busy(calendar: Any, own: ZoneInfo, problems: list[str], *, tentative: bool) -> Iterable[Interval]:
    """VFREEBUSY components (RFC 5545 section 3.6.4)."""
    found: list[Interval] = []
    for component in calendar.walk("VFREEBUSY"):
        lines = component.get("FREEBUSY", [])
        for line in lines if isinstance(lines, list) else [lines]:
            try:
                kind = str(line.params.get("FBTYPE", "BUSY")).upper()
                if _RANK.get(kind, 2) >= (1 if tentative else 2):
                    found += _periods(line, own)
            except Exception:  # noqa: BLE001 - a line of somebody else's
                problems.append("a line of free and busy times cannot be read and was left out")
    return found


def _periods(line: Any, own: ZoneInfo) -> Iterable[Interval]:
    """A start with an end, or with a duration."""
    for start, end in [one.dt for one in line.dts] if hasattr(line, "dts") else [line.dt]:
        until = start + end if isinstance(end, timedelta) else end
        yield Interval(_instant(start, own), _instant(until, own))
