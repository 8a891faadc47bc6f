"""Dates and times of calendars (RFC 5545 sections 3.3.4, 3.3.5, 3.3.6).

In: a property that holds one, and the zones of its calendar. Out: `Moment`, an instant where one is meant. Must never
guess: a date, a time of no zone and a time of a zone that nobody knows stay what was written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from parsing.calendars import zones
from parsing.calendars.component import Component, Property
from parsing.calendars.observance import Observance, observances, offset
from parsing.headers import clean

_FORM = re.compile(
    r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})"
    r"(?:[Tt ]([0-9]{2}):?([0-9]{2}):?([0-9]{2})?(?:[.,][0-9]{1,9})?(Z|z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DURATION = re.compile(
    r"\+?P(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,9})S)?)?"
)
_Rules = tuple[Observance, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time as written. `instant` is in UTC, None for a date and where the zone is not known."""

    local: datetime
    is_date: bool = False
    instant: datetime | None = None
    zone: tzinfo | _Rules | None = None

    @property
    def written(self) -> str:
        """What was written, where it is no instant."""
        if self.instant is not None:
            return ""
        return self.local.date().isoformat() if self.is_date else self.local.isoformat(timespec="seconds")

    @property
    def text(self) -> str:
        """The instant (RFC 3339), else what was written."""
        if self.instant is None:
            return self.written
        return self.instant.isoformat(timespec="seconds").replace("+00:00", "Z")


class Clock:
    """The zones of one calendar: names that everybody knows, and those that its VTIMEZONEs define."""

    def __init__(self, own: list[Component], defects: list[str]) -> None:
        self._own: dict[str, Component] = {}
        self._rules: dict[str, tzinfo | _Rules | None] = {}
        self._defects = defects
        for component in own:
            self._own.setdefault(_key(component.text("TZID")), component)

    def moment(self, name: str, found: Property) -> Moment | None:
        """The moment of a property; None when it cannot be read."""
        tzid, value = _mended(found)
        match = _FORM.fullmatch(value)
        try:
            if match is None:
                raise ValueError
            return self._read(match, found, tzid, name)
        except (ValueError, OverflowError):
            self._defects.append(f"{name} cannot be read")
            return None

    def _read(self, match: re.Match[str], found: Property, tzid: str, name: str) -> Moment:
        year, month, day, hour, minute, second, zone = match.groups()
        midnight = datetime.combine(date(int(year), int(month), int(day)), time())
        if hour is None or (found.get("VALUE").upper() == "DATE" and hour == minute == "00"):
            return Moment(midnight, is_date=True)
        seconds = min(59, int(second or 0))  # 60 is allowed, RFC 5545 section 3.3.12
        local = midnight.replace(hour=int(hour), minute=int(minute), second=seconds)
        if zone:
            return self.at(Moment(local, zone=_fixed(zone)))
        return self.at(Moment(local, zone=self._zone(tzid, name) if tzid else None))

    def at(self, moment: Moment) -> Moment:
        """The moment with its instant, if its zone is known."""
        shift: timedelta | None = None
        if isinstance(moment.zone, tuple):
            shift = offset(moment.zone, moment.local)
        elif moment.zone is not None:
            shift = moment.local.replace(tzinfo=moment.zone).utcoffset()
        if moment.is_date or shift is None:
            return moment
        return Moment(moment.local, instant=(moment.local - shift).replace(tzinfo=UTC), zone=moment.zone)

    def _zone(self, tzid: str, name: str) -> tzinfo | _Rules | None:
        """A name that everybody knows means what everybody knows; calendars repeat its rules badly or in part.

        Bare words such as `EST` mean first what the calendar says that they mean.
        """
        if tzid not in self._rules:
            own = self._own.get(_key(tzid))
            known = zones.zone(tzid)
            rules = observances(own) if own is not None and (known is None or not zones.is_exact(tzid)) else ()
            self._rules[tzid] = rules or known or self._located(own)
            if self._rules[tzid] is None:
                self._defects.append(f"the time zone {clean(tzid)[:60]!r} of {name} is not known")
        return self._rules[tzid]

    def _located(self, own: Component | None) -> tzinfo | None:
        """The name that libical and others give beside one of their own."""
        if own is None:
            return None
        return zones.zone(own.text("X-LIC-LOCATION") or own.text("TZID-ALIAS-OF"))


def later(clock: Clock, start: Moment | None, duration: str) -> Moment | None:
    """The end of what lasts: weeks and days go by the clock on the wall, hours by the stopwatch (section 3.3.6)."""
    match = _DURATION.fullmatch(duration.strip().upper())
    if start is None or match is None:
        return None
    weeks, days, hours, minutes, seconds = (int(text or 0) for text in match.groups())
    exact = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    try:
        moved = Moment(start.local + timedelta(weeks=weeks, days=days), start.is_date, zone=start.zone)
        moved = clock.at(moved)
        if moved.instant is None:
            return Moment(moved.local + exact, moved.is_date)
        return Moment(moved.local, instant=moved.instant + exact)
    except OverflowError:
        return None


def _key(tzid: str) -> str:
    return tzid.strip().strip('"').strip().lower()


def _mended(found: Property) -> tuple[str, str]:
    """The TZID and the value. A name with a colon that nobody quoted (`(UTC+01:00) Paris`) ended too early."""
    tzid, value = found.get("TZID"), found.value
    if tzid and not value[:4].isdigit() and ":" in value:
        rest, _, value = value.rpartition(":")
        tzid = f"{tzid}:{rest}"
    return tzid.replace("\\,", ","), value.strip()


def _fixed(zone: str) -> tzinfo:
    if zone in {"Z", "z"}:
        return UTC
    digits = zone[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if zone[0] == "-" else shift)
