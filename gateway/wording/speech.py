"""How one language names things and times, in the zone of whoever reads.

In: a language, a letter. Out: labels, values, moments and spans of time as words. It knows no template.
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from gateway.letter import Letter, shorten

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")


class Speech:
    """How one language names things and times in this letter's zone."""

    def __init__(self, language: str, letter: Letter) -> None:
        self._tongue = tongue(language)
        self._zone = _zone(str(letter.facts.get("zone") or ""), letter.zone)
        self._date = self.written = letter.date

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
        tongue, at = self._tongue, instant.astimezone(self._zone)
        if abs((at - self._date).days) > (6 if form == "short" else 180):
            form += "_far"
        day = tongue["first_day"] if at.day == 1 else str(at.day)
        weekday, month = tongue["weekdays"][at.weekday()], tongue["months"][at.month - 1]
        zone = tongue["zones"].get(self._zone.key) or self._zone.key.rpartition("/")[2].replace("_", " ")
        words = {"weekday": weekday, "day": day, "month": month, "year": at.year, "zone": zone}
        return str(tongue["forms"][form].format(hour=at.hour, minute=f"{at.minute:02}", **words))

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
