"""Times and durations as people write them behind a verb: `2d`, `fri 14:00`, `2026-12-01`, `1h30`.

In: words, the desk, the instant. Out: a UTC instant that lies ahead, or why there is none, in the words of a refusal.
An hour is one of the desk's zone. `45m` and `2h` are exact; `3d` and `2w` are days on which the desk works, at this
hour or at the next that it works; a day without an hour means when the desk opens on it, or next after it. Pure, and
linear: no word is longer than a time can be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.rules.desk import Desk
from scheduling.hours import MONDAY_FIRST
from scheduling.sla import Calendar

FARTHEST = timedelta(days=730)
"""Nothing is put off for longer than hours are looked ahead."""
LONGEST = 32
"""Letters that a time may have."""
MOST_WORDS = 3
FORMS = "45m, 2h, 3d, 2w, tomorrow, fri, fri 14:00, 14:00, 2026-12-01, 1.12.2026 14:00"

_SPAN = re.compile(r"(?:in )?\+?(?:(\d{1,4})(m|min|h|d|w)|(\d{1,3})h ?(\d{1,2})m?)")
_HOUR = re.compile(r"(\d{1,2}):(\d\d)")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")
_DURATION = re.compile(r"(?:(\d{1,4})m(?:in)?|(\d{1,3})h ?(\d{1,2})m?(?:in)?|(\d{1,3})(?:[.,](\d{1,2}))?h)")
_DAYS = {name: place for place, name in enumerate(MONDAY_FIRST)} | {
    short: place for place, name in enumerate(MONDAY_FIRST) for short in (name[:3], name[:4])
}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Why these words are no time that lies ahead, and what would be."""

    reason: str
    nearest: str = ""


def read_when(text: str, desk: Desk, now: datetime) -> datetime | Unclear:
    """The instant that these words say, and nothing but they."""
    now = now.astimezone(UTC)
    words = " ".join(text.lower().split()) if len(text) <= LONGEST else ""
    words = re.sub(r"(?<=\d)t(?=\d)", " ", words)
    found = _instant(words, desk, now) if words else None
    if found is None:
        return _no_time(text)
    if isinstance(found, Unclear):
        return found
    if found <= now:
        return Unclear(reason=f"{spoken(found, desk)} has passed", nearest="a time that lies ahead")
    if found - now > FARTHEST:
        return Unclear(reason=f"{spoken(found, desk)} is too far away", nearest="a time within two years")
    return found


def begin_when(text: str, desk: Desk, now: datetime) -> tuple[datetime, str] | Unclear:
    """The time that these words begin with, as many of them as make one, and the words after it."""
    words = text.split(" ")
    why: Unclear | None = None
    for count in range(min(MOST_WORDS, len(words)), 0, -1):
        found = read_when(" ".join(words[:count]), desk, now)
        if not isinstance(found, Unclear):
            if count == 1 and (strange := _strange_hour(words, now)):
                return Unclear(reason=f"{strange} is no hour of a day; hours: 0:00 to 23:59")
            return found, " ".join(words[count:]).strip()
        if why is None or (found.nearest and not why.nearest):  # a time that has passed says more than no time
            why = found
    assert why is not None
    return why if why.nearest else _no_time(words[0])


def _strange_hour(words: list[str], now: datetime) -> str:
    """`25:00` behind a day: somebody meant an hour, and no estimate and no text."""
    behind = words[1] if len(words) > 1 else ""
    is_day = bool(_days(words[0].lower(), now.date()))
    return behind if is_day and _HOUR.fullmatch(behind) and _hour(behind) is None else ""


def _no_time(text: str) -> Unclear:
    shown = text[:LONGEST].strip()
    return Unclear(reason=f"{shown} is no time; times: {FORMS}" if shown else f"say when: {FORMS}")


def read_duration(text: str) -> int | None:
    """Minutes of work: `45m`, `1h30`, `2.5h`; None when it is none, or nothing."""
    found = _DURATION.fullmatch(" ".join(text.lower().split())) if len(text) <= LONGEST else None
    if found is None:
        return None
    minutes, hours, more, whole, part = found.groups()
    if minutes:
        return int(minutes) or None
    if hours:
        return int(hours) * 60 + int(more) if int(more) < 60 else None
    return round(int(whole) * 60 + (float(f"0.{part}") * 60 if part else 0)) or None


def spoken(at: datetime, desk: Desk) -> str:
    """`Fri 27 Nov 2026, 14:00 (Berlin)`: an instant in a transcript, by the desk's clock."""
    local = at.astimezone(ZoneInfo(desk.zone))
    zone = desk.zone.rpartition("/")[2].replace("_", " ")
    month = _MONTHS[local.month - 1]
    return f"{_WEEKDAYS[local.weekday()]} {local.day} {month} {local.year}, {local:%H:%M} ({zone})"


def on_wall(day: date, at: time, zone: str) -> datetime:
    """The instant at which a clock on the desk's wall shows this: where it shows it twice the first, where it skips it
    as long after the change."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def opening(day: date, desk: Desk) -> datetime:
    """When the desk opens on this day, or next after it."""
    return _open_from(on_wall(day, time.min, desk.zone), desk.calendar(""))


def daily(now: datetime, desk: Desk, hour: int) -> datetime:
    """The next time that the desk's clock shows this hour."""
    today = now.astimezone(ZoneInfo(desk.zone)).date()
    return next(at for days in (0, 1, 2) if (at := on_wall(today + timedelta(days), time(hour), desk.zone)) > now)


def _instant(words: str, desk: Desk, now: datetime) -> datetime | Unclear | None:
    """Past or not; None when the words are no time at all."""
    if span := _SPAN.fullmatch(words):
        return _after(span, desk, now)
    local = now.astimezone(ZoneInfo(desk.zone))
    first, _, last = words.rpartition(" ") if _HOUR.fullmatch(words.rpartition(" ")[2]) else (words, "", "")
    hour = _hour(last) if last else None
    if last and hour is None:
        return None
    if not first:
        at = on_wall(local.date(), hour or time.min, desk.zone)
        return at if at > now else Unclear(reason=f"{last} has passed today", nearest=f"tomorrow {last}")
    for day in _days(first, local.date()):
        at = opening(day, desk) if hour is None else on_wall(day, hour, desk.zone)
        if at > now or first not in _DAYS:
            return at
    return None


def _days(word: str, today: date) -> tuple[date, ...]:
    """The day that a word says; of a weekday this one and the next."""
    if word in ("today", "tomorrow"):
        return (today + timedelta(days=word == "tomorrow"),)
    if word in _DAYS:
        ahead = (_DAYS[word] - today.weekday()) % 7
        return today + timedelta(days=ahead), today + timedelta(days=ahead + 7)
    iso, dotted = _ISO.fullmatch(word), _DOTTED.fullmatch(word)
    if iso:
        found = _date(*(int(part) for part in iso.groups()))
    elif dotted and dotted[3]:
        found = _date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
    elif dotted:  # without a year: the next of its name
        years = (_date(year, int(dotted[2]), int(dotted[1])) for year in (today.year, today.year + 1))
        found = next((day for day in years if day is not None and day >= today), None)
    else:
        found = None
    return (found,) if found is not None else ()


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if 1971 <= year < 9000 else None
    except ValueError:
        return None


def _hour(word: str) -> time | None:
    found = _HOUR.fullmatch(word)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return None
    return time(int(found[1]), int(found[2]))


def _after(span: re.Match[str], desk: Desk, now: datetime) -> datetime | None:
    """So long from now; days are days of work."""
    if span[3]:
        return now + timedelta(hours=int(span[3]), minutes=int(span[4]))
    count, unit = int(span[1]), span[2]
    if unit in ("m", "min", "h"):
        return now + (timedelta(hours=count) if unit == "h" else timedelta(minutes=count))
    if count > FARTHEST.days:
        return now + FARTHEST + timedelta(days=1)
    local, calendar = now.astimezone(ZoneInfo(desk.zone)), desk.calendar("")
    day = local.date() + timedelta(weeks=count) if unit == "w" else local.date()
    left = count if unit == "d" else 0
    while left > 0 and day - local.date() <= FARTHEST:
        day += timedelta(days=1)
        left -= bool(calendar.hours.days[day.weekday()]) and day not in calendar.holidays
    return _open_from(on_wall(day, local.time().replace(microsecond=0, fold=0), desk.zone), calendar)


def _open_from(at: datetime, calendar: Calendar) -> datetime:
    """This instant if the desk works then, else when it opens next."""
    return calendar.add(at, timedelta())


def stamp(instant: datetime) -> str:
    """An instant as all that is written down and sent has it: RFC 3339 in UTC, to the second."""
    return f"{instant.isoformat(timespec='seconds')[:19]}Z"
