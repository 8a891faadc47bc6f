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
_PLAINER = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\b(?:after|nach dem|apr[èe]s le) (?:lunch|mittagessen|d[ée]jeuner)\b", "nachmittag"),
        (r"apr[èe]s[- ]midi", "nachmittag"),  # two words in French, and one of them is "after"
        ((r"\b(?:good|guten|schönen?|bonne) "
         r"(?:morning|afternoon|evening|day|morgen|tag|abend|matinée|soirée|journée)\b"), "."),
        (r"\b(?:day after tomorrow|übermorgen|uebermorgen|apr[èe]s[- ]demain)\b", "overmorrow"),
        (r"\b(?:no|not a|kein|pas de) (?:problem|worries|probl[èe]me|souci)\b", " "),
        (r"\b(?:why|warum|wieso|pourquoi) (?:not|nicht|pas)\b", " "),
        (r"\b(any ?(?:day|time|thing)?|anything|every ?day|all(?: days)?) but\b", "not"),
        (r"\bmon (?=[^\W\d_]{4,})(?!to\b|and\b|or\b|morning|afternoon|evening)", " "),  # "my", in French
        (r"(\d{1,2})(?:\.|st|nd|rd|th|er)? (?:of )?(?=[^\W\d_]{3})", r"\1 "),  # 24. Dezember, 1er décembre
        ((r"(\d{1,2}(?:[:.h]\d\d)?) ?(am|pm|uhr|h)? ?(?:-|–|bis|to|until|till|à) ?"
         r"(?=\d{1,2}(?:[:.h]\d\d)? ?(?:am\b|pm\b|uhr|h\b)|\d{1,2}[:.h]\d\d)"),
         r" between \1 \2 and "),
    )
)  # fmt: skip
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
        ("july", "juli", "juillet"), ("august", "août", "aout"), ("september", "sep", "sept", "septembre"),
        ("october", "oct", "oktober", "okt", "octobre"), ("november", "nov", "novembre"),
        ("december", "dec", "dezember", "dez", "décembre", "decembre"),
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
_LATER_THAN = frozenset({"after", "nach", "après", "apres"})
_EARLIER_THAN = frozenset({"before", "vor", "avant"})
_THROUGH = frozenset({"to", "until", "till", "through", "bis", "à", "au"})
_AT = frozenset({"at", "um", "gegen", "around", "vers", "à"})
_OR = frozenset({"or", "oder", "ou"})
_EARLIEST = 7
"""Without am, pm and minutes an earlier hour is one of the afternoon: nobody asks for a call at two in the night."""
_BETWEEN = frozenset({"between", "zwischen", "entre"})
_OF_HOURS = frozenset({"uhr", "h", "am", "pm", "o", "clock"})
_WEEKS = frozenset({"week", "woche", "semaine"})
_NEXT = frozenset({"next", "nächste", "nächsten", "nächster", "naechste", "kommende", "kommenden", "prochaine"})
_THIS = frozenset({"this", "diese", "dieser", "cette"})
_DENIES = frozenset({
    "not", "no", "t", "cannot", "neither", "nor", "away", "busy", "absent", "holiday", "vacation", "ill",
    "never", "except", "bad", "impossible", "unavailable",
    "weder", "urlaub", "krank", "verhindert", "unterwegs",
    "nicht", "kein", "keine", "keinen", "nie", "außer", "ausser", "ungünstig", "schlecht", "unmöglich",
    "ni", "absente", "congé", "occupé", "occupée", "pas", "sauf", "jamais", "aucun", "aucune",
})  # fmt: skip
_TURNS = frozenset({"but", "rather", "better", "instead", "aber", "sondern", "lieber", "besser", "mais", "plutôt"})
_ENDS = frozenset(".,;!?\n")


@dataclass(frozen=True, slots=True)
class _Part:
    """Days and hours; none of a kind: any."""

    weekdays: frozenset[int] = frozenset()
    spans: tuple[tuple[date, date], ...] = ()
    """Weeks, and from a day on: weekdays are those inside of them."""
    dates: tuple[tuple[date, date], ...] = ()
    hours: tuple[tuple[time, time], ...] = ()

    @property
    def says_nothing(self) -> bool:
        return not (self.weekdays or self.spans or self.dates or self.hours)

    def holds(self, at: datetime) -> bool:
        """Whether this wall-clock time is among them."""
        day = at.date()
        named = bool(self.weekdays or self.spans)
        of_week = not self.spans or any(first <= day <= last for first, last in self.spans)
        of_day = named and of_week and (not self.weekdays or day.weekday() in self.weekdays)
        of_day = of_day or any(first <= day <= last for first, last in self.dates) or not (named or self.dates)
        return of_day and (not self.hours or any(first <= at.time() < last for first, last in self.hours))

    def joined(self, other: _Part) -> _Part:
        return _Part(
            self.weekdays | other.weekdays, self.spans + other.spans, self.dates + other.dates, self.hours + other.hours
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """What suits somebody, and what does not."""

    wanted: tuple[_Part, ...] = ()
    unwanted: tuple[_Part, ...] = ()

    @property
    def says_nothing(self) -> bool:
        return not (self.wanted or self.unwanted)

    def suits(self, at: datetime) -> bool:
        """Whether a call that begins then, by their clock, is what they asked for."""
        if any(part.holds(at) for part in self.unwanted):
            return False
        return not self.wanted or any(part.holds(at) for part in self.wanted)


def read_wish(text: str, today: date) -> Wish:
    """What these words say of when."""
    whole, rest, unwanted = list[_Part](), _Part(), list[_Part]()
    for words in _clauses(_words(text)):
        part = _read(words, today)
        if part.says_nothing:
            continue
        if _DENIES.intersection(words):
            unwanted.append(part)
        elif part.hours and (part.weekdays or part.spans or part.dates):
            whole.append(part)  # Thursday morning, Friday afternoon
        else:
            rest = rest.joined(part)
    return Wish((*whole, *(() if rest.says_nothing else (rest,))), tuple(unwanted))


def _words(text: str) -> list[str]:
    plain = text[:LONGEST].casefold()
    for pattern, instead in _PLAINER:
        plain = pattern.sub(instead, plain)
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
    weekdays, spans = _weekdays(words, today)
    return _Part(weekdays, (*spans, *_weeks(words, today)), tuple(_dates(words, today)), tuple(_hours(words)))


def _weekdays(words: list[str], today: date) -> tuple[frozenset[int], tuple[tuple[date, date], ...]]:
    """Days of the week; `Monday to Wednesday` are three; `from Wednesday on` and `before Thursday` are spans."""
    at = [place for place, word in enumerate(words) if word in _DAYS]
    if len(at) == 2 and at[1] == at[0] + 2 and words[at[0] + 1] in _THROUGH:
        first, last = _DAYS[words[at[0]]], _DAYS[words[at[1]]]
        return frozenset(range(first, last + 1)) or frozenset({first, last}), ()
    if len(at) == 1:
        before = set(words[max(0, at[0] - 1) : at[0]])
        day = today + (_DAYS[words[at[0]]] - today.weekday()) % 7 * _DAY
        if before & _SINCE:
            return frozenset(), ((day + (before & _LATER_THAN != set()) * _DAY, date.max),)
        if before & _UNTIL:
            return frozenset(), ((today, day - (before & _EARLIER_THAN != set()) * _DAY),)
        if before & _NEXT and not _WEEKS.intersection(words[: at[0]]) and day - today < 7 * _DAY:
            return frozenset(), ((day if day > today else day + 7 * _DAY,) * 2,)
    return frozenset(_DAYS[words[place]] for place in at), ()


def _weeks(words: list[str], today: date) -> Iterator[tuple[date, date]]:
    monday = today - today.weekday() * _DAY
    for place, word in enumerate(words):
        near = {*words[max(0, place - 1) : place], *words[place + 1 : place + 2]}
        if word in _WEEKS and near & _NEXT:
            yield monday + 7 * _DAY, monday + 13 * _DAY
        elif word in _WEEKS and near & _THIS:
            yield monday, monday + 6 * _DAY


def _dates(words: list[str], today: date) -> Iterator[tuple[date, date]]:
    for place, word in enumerate(words):
        near = {*words[max(0, place - 1) : place], *words[place + 1 : place + 2]}
        if word == "overmorrow":
            yield today + 2 * _DAY, today + 2 * _DAY
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
        first, last = spoken[0][1], spoken[1][1]
        if first < last and first.hour + 12 < last.hour + (not last.minute) and first.hour < _EARLIEST:
            first = first.replace(hour=first.hour + 12)  # 2 to 4 pm
        yield first, last
    elif len(spoken) >= 2 and all(place and words[place - 1] in _OR for place, _ in spoken[1:]):
        yield from ((hour, time(hour.hour + 1, hour.minute) if hour.hour < 23 else _MIDNIGHT) for _, hour in spoken)
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
        for place, word in enumerate(words):
            if word in _PARTS:
                just = words[place - 1] if place else ""
                if _PARTS[word][0] == _NOON and just in _SINCE | _UNTIL:
                    yield (_NOON, _MIDNIGHT) if just in _SINCE else (time.min, _NOON)
                else:
                    yield _PARTS[word]


def _hour(words: list[str], place: int) -> time | None:
    """`14:00`, `14h30`, `2 pm`, `14 Uhr`, and a bare number behind a word that wants an hour."""
    found = _HOUR.fullmatch(words[place])
    if found is None:
        return None
    behind = words[place + 1] if place + 1 < len(words) else ""
    before = words[place - 1] if place else ""
    named = found[2] is not None or behind in _OF_HOURS or before in _SINCE | _UNTIL | _AT | _BETWEEN
    paired = place >= 2 and before in ("and", "und", "et", "to", "bis", "à", *_OR) and words[place - 2].isdigit()
    named = named or (behind in _OR and words[place + 2 : place + 3] != [] and words[place + 2].isdigit())
    if not (named or paired) or behind in _MONTHS or before in _MONTHS:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if hour < 12 and (behind == "pm" or (behind != "am" and found[2] is None and 0 < hour < _EARLIEST)):
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None
