"""The time that words mean, seen from a time: `yesterday at 7:20`, `am 19.11. gegen 16 Uhr`, `depuis trois jours`.

In: words, now (aware), the language they are written in. Out: a time where an hour is known, a day where none is, None
where nothing is named or two days may be meant (`03/04`). What has happened lies behind: a weekday is the last one.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from parsing.intake.kinds import moments
from parsing.intake.kinds.clauses import lowered
from parsing.intake.kinds.numerals import value

_ISO = re.compile(r"(?<!\d)(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ](?=\d))?")
_DOTTED = re.compile(r"(?<![\d.])(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}|\d{2})(?!\d))?")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})[/-](\d{1,2})(?:[/-](\d{4}|\d{2}))?(?![\d/])")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?[\s-]{{0,2}}(?:of\s|"
    rf"de\s)?({moments.alternatives(moments.MONTH)})\b\.?,?\s?(\d{{4}})?"
)
_MONTH_DAY = re.compile(
    rf"(?<!\w)({moments.alternatives(moments.MONTH)})\b\.?,?\s(?:the\s)?(\d{{1,2}})(?:st|nd|rd|"
    rf"th)?(?![\d:])(?:,?\s(\d{{4}})(?!\d))?"
)
_BACK = re.compile(rf"(?<!\w)(\d{{1,3}}|{moments.NUMBERS})\s({moments.alternatives(moments.UNITS)})\b")
_CLOCK = re.compile(
    r"(?<![\d./-])(\d{1,2})[:.h](\d{2})(?::\d\d)?(?![\d.])\s?([ap]\.?m\b)?|(?<![\d./:-])(\d{1,2})\s?([ap]\.?m\b|"
    r"uhr\b|h\b|o['’]?\s?clock)"
)
_PAST_HOUR = re.compile(
    r"(?<!\w)(half|quarter|twenty-five|twenty|ten|five|halb|viertel)\s?(past|after|to|nach|vor)?\s(\w{1,8})(?!\w)"
)
_NEAR_HOUR = re.compile(r"(?<!\w)(?:at|around|about|um|gegen|vers|à)\s(?:about\s)?(\w{1,7})(?![\w:/.-])")
_ZONE = re.compile(r"(?<=[\d\s])(z|utc|gmt|cet|cest|mez|mesz)(?!\w)")
_OFFSETS = {"z": 0, "utc": 0, "gmt": 0, "cet": 1, "mez": 1, "cest": 2, "mesz": 2}
_MINUTES = {"half": 30, "halb": 30, "quarter": 15, "viertel": 15, "twenty-five": 25, "twenty": 20, "ten": 10, "five": 5}
_NEXT = re.compile(r"(?<!\w)(?:next|coming|nächsten?|kommenden?|prochaine?)(?!\w)")
_LAST_WEEK = re.compile(
    r"(?<!\w)(?:last week|letzter woche|voriger woche|vorige woche|semaine (?:dernière|passée))(?!\w)"
)
_WEEKEND = re.compile(r"(?<!\w)(?:weekend|wochenende|week-end)(?!\w)")
_WORD = re.compile(r"[\w'’-]{2,14}")
_ABOUT = {"couple of": 2, "a couple of": 2, "a": 1, "an": 1}
_EVENING = {"evening", "night", "afternoon", "abend", "nachmittag", "soir", "après-midi", "avond", "tarde", "sera"}
_LONG = timedelta(days=1)


def instant(words: str, now: datetime, language: str) -> datetime | date | None:
    """A time, a day, or None."""
    text = lowered(words)
    ago = _ago(text, now, language)
    if isinstance(ago, datetime):
        return ago
    day = ago or _day(text, now, language)
    clock = _clock(text, language)
    if clock is None or (day is None and not clock[1]):
        return day
    moment = datetime.combine(day or now.date(), datetime.min.time(), tzinfo=now.tzinfo) + timedelta(minutes=clock[0])
    zone = _ZONE.search(text)
    if zone is not None:
        moment = moment.replace(tzinfo=UTC) - timedelta(hours=_OFFSETS[zone[1]])
        moment = moment.astimezone(now.tzinfo)
    return moment - _LONG if day is None and moment > now else moment


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def _yearless(month: int, day: int, now: datetime) -> date | None:
    """That day of the year in which it lies behind us, or at most a day ahead."""
    for year in (now.year, now.year - 1):
        made = _date(year, month, day)
        if made is not None and made <= now.date() + _LONG:
            return made
    return None


def _day(text: str, now: datetime, language: str) -> date | None:
    found = _ISO.search(text)
    if found:
        return _date(int(found[1]), int(found[2]), int(found[3]))
    for pattern, order in ((_DAY_MONTH, (1, 2, 3)), (_MONTH_DAY, (2, 1, 3))):
        found = pattern.search(text)
        if found:
            day, month = int(found[order[0]]), moments.MONTH[found[order[1]]]
            return _date(int(found[3]), month, day) if found[3] else _yearless(month, day, now)
    found = _DOTTED.search(text)
    if found:
        day, month = int(found[1]), int(found[2])
        return _date(int(found[3]), month, day) if found[3] else _yearless(month, day, now)
    found = _SLASHED.search(text)
    return _slashed(found, now, language) if found else _relative(text, now, language)


def _slashed(found: re.Match[str], now: datetime, language: str) -> date | None:
    """`22/11` is one day, `03/04` is one only in a language that puts the day first."""
    first, second = int(found[1]), int(found[2])
    if language in {"", "en"} and first <= 12 and second <= 12 and first != second:
        return None
    day, month = (second, first) if second > 12 >= first else (first, second)
    return _date(int(found[3]), month, day) if found[3] else _yearless(month, day, now)


def _ago(text: str, now: datetime, language: str) -> datetime | date | None:
    """`three days ago`, `seit zwei Wochen`, `two hours ago`: so much before now."""
    found = _BACK.search(text)
    if found is None or text[: found.start()].endswith(("in ", "next ")):
        return None
    number = _ABOUT.get(found[1]) or value(found[1], language)
    if number is None:
        return None
    days = moments.UNITS[found[2]]
    if days:
        return (now - timedelta(days=days * number)).date()
    shorter = timedelta(hours=number) if found[2] in moments.HOURS else timedelta(minutes=number)
    return now - shorter if found[2] != "uur" else None


def _relative(text: str, now: datetime, language: str) -> date | None:
    """`yesterday`, `last Friday`, `this morning`, `seit dem Wochenende`."""
    today = now.date()
    for word in _WORD.findall(text):
        if word in moments.TODAY and not (word == "hier" and language not in {"fr", ""}):
            return today + timedelta(days=moments.TODAY[word])
    for word in _WORD.findall(text):
        if word in moments.WEEKDAY and len(word) > 2:
            return _weekday(text, today, moments.WEEKDAY[word])
    if _WEEKEND.search(text):
        return today - timedelta(days=(today.weekday() - 5) % 7)
    if _LAST_WEEK.search(text):
        return today - timedelta(days=today.weekday() + 7)
    if re.search(r"(?<!\w)(?:last night|la nuit dernière|letzte nacht)(?!\w)", text):
        return today - _LONG
    if re.search(
        r"(?<!\w)(?:this|diesen|ce|cet|cette|heute) (?:early )?(?:morning|afternoon|evening|night|matin|soir|morgen)",
        text,
    ):
        return today
    return None


def _weekday(text: str, today: date, weekday: int) -> date:
    """The last such day, today included; of last week, or the next one, where the words say that."""
    if _NEXT.search(text):
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    if _LAST_WEEK.search(text):
        return today - timedelta(days=today.weekday() + 7 - weekday)
    back = (today.weekday() - weekday) % 7
    return today - timedelta(days=back or (7 if re.search(r"\b(?:last|letzten|dernier|vorigen)\b", text) else 0))


def _clock(text: str, language: str) -> tuple[int, bool] | None:
    """Minutes after midnight, and whether it is plainly an hour: a bare number means none of today."""
    found = _CLOCK.search(text)
    if found:
        hour, minute = int(found[1] or found[4]), int(found[2] or 0)
        half = (found[3] or found[5] or "")[:1]
        plain = found[2] is None or ":" in found[0] or bool(half)
        hour = hour % 12 + 12 if half == "p" else hour % 12 if half == "a" else hour
        return (hour * 60 + minute, plain) if hour < 25 and minute < 60 else None
    told = _PAST_HOUR.search(text)
    if told and (spoken := value(told[3], language)) and spoken <= 24:
        offset = _MINUTES[told[1]]
        back = told[1] == "halb" or told[2] in {"to", "vor"}
        return _late(spoken, text) * 60 + (-offset if back else offset), True
    for word in moments.PARTS:
        if (
            word
            in {"noon", "midday", "midnight", "lunchtime", "mitternacht", "midi", "minuit", "mezzogiorno", "mediodía"}
            and word in text
        ):
            return (moments.PARTS[word] * 60, True) if not (word == "midi" and "après-midi" in text) else None
    near = _NEAR_HOUR.search(text)
    if near and (spoken := value(near[1], language)) and spoken <= 24:
        return _late(spoken, text) * 60, False
    return None


def _late(hour: int, text: str) -> int:
    """The hour of twenty-four: `seven in the evening`."""
    return hour + 12 if hour < 12 and any(word in text for word in _EVENING) else hour
