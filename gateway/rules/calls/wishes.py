"""When somebody would like a call, as customers write it: "mornings", "lieber nachmittags", "jeudi après 14 h".

In: words of theirs, the day on which they were written, in their zone. Out: a `Wish`, against which a slot is held.
Words that say nothing of time are no wish. It is a preference and no promise: slots are shown whatever it says.
English, German and French; pure, linear, and no more than a page is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

LONGEST = 1_000
"""Characters that are read."""
MOST_WORDS = 200

_DAY = timedelta(days=1)
_WORD = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}\.\d{1,2}\.(?:\d{4}\b)?|\d{1,2}(?:[:.h]\d\d)?|[^\W\d_]+|[.,;!?\n]")
_AFTERNOON = re.compile(r"apr[èe]s[- ]midi")
_HOUR = re.compile(r"(\d{1,2})(?:[:.h](\d\d))?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})?")

_WEEKDAYS = (
    ("monday", "mondays", "mon", "montag", "montags", "lundi", "lundis"),
    ("tuesday", "tuesdays", "tue", "dienstag", "dienstags", "mardi", "mardis"),
    ("wednesday", "wednesdays", "wed", "mittwoch", "mittwochs", "mercredi", "mercredis"),
    ("thursday", "thursdays", "thu", "donnerstag", "donnerstags", "jeudi", "jeudis"),
    ("friday", "fridays", "fri", "freitag", "freitags", "vendredi", "vendredis"),
)
_DAYS = {word: place for place, words in enumerate(_WEEKDAYS) for word in words}
_MONTHS = {
    word: place + 1
    for place, words in enumerate((
        ("january", "jan", "januar", "janvier"), ("february", "feb", "februar", "février", "fevrier"),
        ("march", "märz", "maerz", "mars"), ("april", "avril"), ("may", "mai"), ("june", "juni", "juin"),
        ("july", "juli", "juillet"), ("august", "août", "aout"), ("september", "septembre"),
        ("october", "oktober", "octobre"), ("november", "novembre"), ("december", "dezember", "décembre", "decembre"),
    ))
    for word in words
}  # fmt: skip
_NOON, _LATER, _EVENING, _MIDNIGHT = time(12), time(13), time(17), time.max
_PARTS = {
    **dict.fromkeys(("morning", "mornings", "vormittag", "vormittags", "morgens", "matin", "matins", "matinée"),
                    (time.min, _NOON)),
    **dict.fromkeys(("noon", "lunchtime", "mittag", "mittags", "midi"), (_NOON, time(14))),
    **dict.fromkeys(("afternoon", "afternoons", "nachmittag", "nachmittags"), (_LATER, _MIDNIGHT)),
    **dict.fromkeys(("evening", "evenings", "abend", "abends", "soir", "soirée"), (_EVENING, _MIDNIGHT)),
}  # fmt: skip
_SINCE = frozenset({"after", "from", "since", "ab", "nach", "après", "apres", "partir"})
_UNTIL = frozenset({"before", "until", "till", "by", "bis", "vor", "avant"})
_AT = frozenset({"at", "um", "gegen", "around", "vers", "à"})
_BETWEEN = frozenset({"between", "zwischen", "entre"})
_OF_HOURS = frozenset({"uhr", "h", "am", "pm", "o", "clock"})
_WEEKS = frozenset({"week", "woche", "semaine"})
_NEXT = frozenset({"next", "nächste", "nächsten", "nächster", "naechste", "kommende", "kommenden", "prochaine"})
_THIS = frozenset({"this", "diese", "dieser", "cette"})
_DENIES = frozenset({
    "not", "no", "t", "cannot", "never", "except", "bad", "impossible", "unavailable",
    "nicht", "kein", "keine", "keinen", "nie", "außer", "ausser", "ungünstig", "schlecht", "unmöglich",
    "pas", "sauf", "jamais", "aucun", "aucune",
})  # fmt: skip
_TURNS = frozenset({"but", "rather", "better", "instead", "aber", "sondern", "lieber", "besser", "mais", "plutôt"})
_ENDS = frozenset(".,;!?\n")


@dataclass(frozen=True, slots=True)
class _Part:
    """Days and hours; none of a kind: any."""

    weekdays: frozenset[int] = frozenset()
    dates: tuple[tuple[date, date], ...] = ()
    hours: tuple[tuple[time, time], ...] = ()

    @property
    def says_nothing(self) -> bool:
        return not (self.weekdays or self.dates or self.hours)

    def holds(self, at: datetime) -> bool:
        """Whether this wall-clock time is among them."""
        any_day = not self.weekdays and not self.dates
        day = at.date()
        of_day = any_day or day.weekday() in self.weekdays or any(first <= day <= last for first, last in self.dates)
        return of_day and (not self.hours or any(first <= at.time() < last for first, last in self.hours))

    def joined(self, other: _Part) -> _Part:
        return _Part(self.weekdays | other.weekdays, self.dates + other.dates, self.hours + other.hours)


@dataclass(frozen=True, slots=True)
class Wish:
    """What suits somebody, and what does not."""

    wanted: _Part = _Part()
    unwanted: tuple[_Part, ...] = ()

    @property
    def says_nothing(self) -> bool:
        return self.wanted.says_nothing and not self.unwanted

    def suits(self, at: datetime) -> bool:
        """Whether a call that begins then, by their clock, is what they asked for."""
        return self.wanted.holds(at) and not any(part.holds(at) for part in self.unwanted)


def read_wish(text: str, today: date) -> Wish:
    """What these words say of when."""
    wanted, unwanted = _Part(), []
    for words in _clauses(_words(text)):
        part = _read(words, today)
        if part.says_nothing:
            continue
        if _DENIES.intersection(words):
            unwanted.append(part)
        else:
            wanted = wanted.joined(part)
    return Wish(wanted, tuple(unwanted))


def _words(text: str) -> list[str]:
    plain = _AFTERNOON.sub("nachmittag", text[:LONGEST].casefold())  # two words in French, and one of them is "after"
    return _WORD.findall(plain)[:MOST_WORDS]


def _clauses(words: list[str]) -> Iterator[list[str]]:
    """What is said in one breath: a denial holds for that."""
    found: list[str] = []
    for word in words:
        if word in _ENDS or word in _TURNS:
            yield found
            found = []
        else:
            found.append(word)
    yield found


def _read(words: list[str], today: date) -> _Part:
    """All days and hours that stand there."""
    weekdays = frozenset(_DAYS[word] for word in words if word in _DAYS)
    dates = tuple(_dates(words, today))
    hours = tuple(_hours(words))
    return _Part(weekdays, dates, hours)


def _dates(words: list[str], today: date) -> Iterator[tuple[date, date]]:
    monday = today - today.weekday() * _DAY
    for place, word in enumerate(words):
        near = {*words[max(0, place - 1) : place], *words[place + 1 : place + 2]}
        if word in _WEEKS and near & _NEXT:
            yield monday + 7 * _DAY, monday + 13 * _DAY
        elif word in _WEEKS and near & _THIS:
            yield monday, monday + 6 * _DAY
        elif word in ("today", "heute") or (word == "aujourd" and "hui" in near):
            yield today, today
        elif word in ("tomorrow", "demain") or (word == "morgen" and "guten" not in near):
            yield today + _DAY, today + _DAY
        elif (day := _date(words, place, today)) is not None:
            yield day, day


def _date(words: list[str], place: int, today: date) -> date | None:
    """The day that a number and the words beside it are."""
    word = words[place]
    if iso := _ISO.fullmatch(word):
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    if dotted := _DOTTED.fullmatch(word):
        return _ahead(int(dotted[2]), int(dotted[1]), int(dotted[3] or 0), today)
    if word in _MONTHS:
        for beside in (place - 1, place + 1):
            if 0 <= beside < len(words) and words[beside].isdigit():
                return _ahead(_MONTHS[word], int(words[beside]), 0, today)
    return None


def _ahead(month: int, day: int, year: int, today: date) -> date | None:
    """Without a year: the next of its name."""
    if year:
        return _day(year, month, day)
    found = _day(today.year, month, day)
    return found if found is None or found >= today else _day(today.year + 1, month, day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _hours(words: list[str]) -> Iterator[tuple[time, time]]:
    """Parts of the day, and spans of hours."""
    between = bool(_BETWEEN.intersection(words))
    spoken = [(place, hour) for place in range(len(words)) if (hour := _hour(words, place)) is not None]
    if between and len(spoken) >= 2:
        yield spoken[0][1], spoken[1][1]
    elif spoken:
        place, hour = spoken[0]
        before = {word for word in words[max(0, place - 2) : place] if not word.isdigit()}
        if before & _SINCE:
            later = spoken[1][1] if len(spoken) > 1 and spoken[1][1] > hour else _MIDNIGHT
            yield hour, later
        elif before & _UNTIL:
            yield time.min, hour
        else:
            yield hour, time(hour.hour + 1, hour.minute) if hour.hour < 23 else _MIDNIGHT
    else:
        yield from (_PARTS[word] for word in words if word in _PARTS)


def _hour(words: list[str], place: int) -> time | None:
    """`14:00`, `14h30`, `2 pm`, `14 Uhr`, and a bare number behind a word that wants an hour."""
    found = _HOUR.fullmatch(words[place])
    if found is None:
        return None
    behind = words[place + 1] if place + 1 < len(words) else ""
    before = words[place - 1] if place else ""
    named = found[2] is not None or behind in _OF_HOURS or before in _SINCE | _UNTIL | _AT | _BETWEEN
    paired = place >= 2 and before in ("and", "und", "et", "to", "bis", "à") and words[place - 2].isdigit()
    if not (named or paired) or behind in _MONTHS or before in _MONTHS:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if behind == "pm" and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
