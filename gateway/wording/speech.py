"""How one language names things and times, in the zone of whoever reads.

In: a language, a letter. Out: labels, values, moments and spans of time as words. It knows no template.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from gateway.letter import Letter, clean_line, shorten

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


class Speech:
    """How one language names things and times in this letter's zone."""

    def __init__(self, language: str, letter: Letter) -> None:
        self._tongue = tongue(language)
        self._zone = _zone(str(letter.facts.get("zone") or ""), letter.zone)
        self._date = self.written = letter.date
        self.reference = clean_line(letter.reference)

    def label(self, key: str) -> str:
        """The name of a field; an unknown one is shown as it is written."""
        return self._tongue["labels"].get(key) or key.replace("_", " ").capitalize()

    def value(self, key: str, value: Any) -> str:
        """A value of a field: words for the desk's own terms, times as times."""
        text = str(value)
        return self._tongue["values"].get(key, {}).get(text) or self.moment(text) or self.day(text) or shorten(text, 60)

    def moment(self, time: str, form: str = "moment") -> str:
        """An RFC 3339 time as the language says it; empty when it is none. A far one gets its year."""
        if (instant := instant_of(time)) is None:
            return ""
        at = instant.astimezone(self._zone)
        if abs((at - self._date).days) > (6 if form == "short" else 180):
            form += "_far"
        return self._said(form, at)

    def span(self, start: str, end: str, zone: str = "") -> str:
        """From when to when; in that zone where one is given. Empty when one of them is no time."""
        first, last = instant_of(start), instant_of(end)
        if first is None or last is None:
            return ""
        at = first.astimezone(_zone(zone, self._zone.key))
        form = "span_far" if abs((at - self._date).days) > 180 else "span"
        until = last.astimezone(at.tzinfo)
        return self._said(form, at, end=f"{until.hour}:{until.minute:02}")

    def elsewhere(self, time: str, zone: str) -> str:
        """A time as it is in another zone; empty where that is the same hour as here."""
        if (instant := instant_of(time)) is None:
            return ""
        at = instant.astimezone(_zone(zone, self._zone.key))
        return "" if at.utcoffset() == instant.astimezone(self._zone).utcoffset() else self._said("moment", at)

    def offset(self, time: str) -> str:
        """How far this letter's zone is from UTC then: `UTC+1`, `UTC-3:30`; empty when it is no time."""
        if (instant := instant_of(time)) is None:
            return ""
        minutes = int((instant.astimezone(self._zone).utcoffset() or timedelta()).total_seconds()) // 60
        hours, rest = divmod(abs(minutes), 60)
        return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")

    @property
    def zone(self) -> str:
        """The word for this letter's zone."""
        return self._zone_word(self._zone.key)

    def _zone_word(self, key: str) -> str:
        return str(self._tongue["zones"].get(key) or key.rpartition("/")[2].replace("_", " "))

    def _said(self, form: str, at: datetime, **more: str) -> str:
        """A time of a zone in one of the language's forms."""
        tongue = self._tongue
        day = tongue["first_day"] if at.day == 1 else str(at.day)
        weekday, month = tongue["weekdays"][at.weekday()], tongue["months"][at.month - 1]
        words = {
            "weekday": weekday,
            "day": day,
            "month": month,
            "year": at.year,
            "zone": self._zone_word(str(at.tzinfo)),
        }
        return str(tongue["forms"][form].format(hour=at.hour, minute=f"{at.minute:02}", **words, **more))

    def day(self, text: str) -> str:
        """A day (`2026-11-20`) as the language says it; empty when it is none."""
        if (at := instant_of(f"{text}T12:00:00Z")) is None:
            return ""
        tongue, far = self._tongue, "_far" if abs((at - self._date).days) > 180 else ""
        day, month = tongue["first_day"] if at.day == 1 else str(at.day), tongue["months"][at.month - 1]
        weekday = tongue["weekdays"][at.weekday()]
        return str(tongue["forms"][f"day{far}"].format(weekday=weekday, day=day, month=month, year=at.year))

    def asking(self, key: str, **said: Any) -> str:
        """The words in which this language asks for facts."""
        return str(self._tongue["asking"][key].format(**said))

    def number(self, count: int) -> str:
        """A small number as a word."""
        words = self._tongue["asking"]["numbers"]
        return str(words[count]) if 0 < count < len(words) else str(count)

    def left(self, due: str, now: str) -> str:
        """`3 h left` or `2 h over`, computed from `now` or, without it, from the date of the letter."""
        seconds = ((instant_of(due) or self._date) - (instant_of(now) or self._date)).total_seconds()
        minutes = int(abs(seconds) // 60)
        large = (minutes // 60, "h") if minutes < 2880 else (minutes // 1440, "d")
        amount, unit = (minutes, "min") if minutes < 60 else large
        return f"{amount} {unit} {self._tongue['forms']['left' if seconds >= 0 else 'over']}"

    def changed(self, what: str, actor: str) -> str:
        """What became of a ticket, when nobody said it more exactly."""
        return str(self._tongue["changed"].get(what, "{actor}").format(actor=actor))


def _zone(wanted: str, otherwise: str) -> ZoneInfo:
    """The reader's zone, where it is one."""
    try:
        return ZoneInfo(wanted or otherwise)
    except (KeyError, ValueError, OSError):  # a zone that this machine does not know (any more)
        return ZoneInfo(otherwise)


def instant_of(time: str) -> datetime | None:
    """A time if it is one: what customers wrote may only look like it, and no zone may overflow."""
    try:
        instant = datetime.fromisoformat(time) if _MOMENT.fullmatch(time) else None
    except ValueError:
        return None
    return instant if instant and 1970 <= instant.year < 9999 else None


@cache
def tongue(language: str) -> dict[str, Any]:
    return tomllib.loads(files("templates").joinpath("languages", f"{language}.toml").read_text("utf-8"))
