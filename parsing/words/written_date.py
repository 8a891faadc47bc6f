"""Times as mail clients write them for people: in a header block, an attribution, in any language.

In: the value of a date field of a quoted or forwarded header block. Out: an aware UTC time, only if it is certain; None
otherwise. Certain means a day that can be read in one way only (`03/04/2021` cannot), a time, and a zone. Most clients
write the reader's local time without its zone; which zone that was, nobody can tell (the Date of the mail around it is
UTC where Exchange wrote it), so such a time is None and stays text. Must never raise, never look at more than the cap.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_CAP = 120
_WIDEST = 15 * 60

# The first letters of the months, as many as tell them apart. The longest that fits wins. What means different months
# in different languages is not here: `listopada` (Polish November, Croatian October) and the Croatian names.
_STEMS = {
    1: "jan jän ene gen ian янв януа січ ιαν oca led styc tammi jaan sausi يناير ינוא 1月",
    2: "feb fév fev fevr févr фев лют φεβ şub úno lut helmi veeb vasari febbr فبراير פברו",
    3: "mar mär mrt maa maalis мар берез бер μαρ μάρ břez märt kovo مارس מרץ mars",
    4: "apr abr avr ápr апр квіт απρ nis dub kwie huhti balan أبريل إبريل אפריל",
    5: "may mai mag maj mei máj maí maig мая май трав μαΐ μαι μάι květ touko geguž مايو מאי",
    6: "jun jún juin giu iun июн юни черв ιουν ιούν haz červn czerw kesä juun birž يونيو יוני juny",
    7: "jul júl juil lug iul iulie июл юли лип ιουλ ιούλ tem červenc července lipc lipie heinä juul liepo يوليو יולי",
    8: "aug ago août aoû авг серп αυγ αύγ ağu srpen srpna sierp elo ágú rugpj أغسطس אוגו agost",
    9: "sep sept set szept сен септ вер σεπ eyl zář wrze syys rugsė سبتمبر ספטמ",
    10: "oct okt ott out окт жовт οκτ eki říj paź loka spali أكتوبر אוקט oktoober",
    11: "nov noi ноя ноем листопад νοε νοέ kas listopadu marras lapkr نوفمبر נובמ",
    12: "dec dez dic des déc дек груд δεκ ara prosi grud joulu det gruod ديسمبر דצמ",
}
_MONTHS = {stem: month for month, stems in _STEMS.items() for stem in stems.split()}
_AMBIGUOUS = ("listopada", "lipn", "srpnj", "srpan")
_POLISH = re.compile(r"\b(?:poniedz|wtor|środ|śr\.|czw|piąt|pt\.|sobot|niedz)", re.IGNORECASE)
_LONGEST = max(map(len, _MONTHS))
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1, "mesz": 2, "eet": 2,
    "eest": 3, "msk": 3, "est": -5, "edt": -4, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9,
    "akdt": -8, "hst": -10, "jst": 9, "kst": 9, "hkt": 8, "awst": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "sast": 2, "brt": -3,
}  # fmt: skip
"""Abbreviations with one meaning; CST, IST and BST have several."""

_DAYS = (
    re.compile(r"(?<!\d)(?P<y>\d{4})\s?[-./年년]\s?(?P<m>\d{1,2})\s?[-./月월]\s?(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?<!\d)(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4})(?!\d)"),
    re.compile(
        r"(?<!\d)(?P<d>\d{1,2})(?:st|nd|rd|th|er|º|ª|η|-?го)?[.,]?[\s-]{1,2}(?:de |of |d'|d’)?"
        r"(?P<name>[^\W\d_]{3,14}[.,]{0,2})[\s-]{1,2}(?:de |del )?(?P<y>\d{4})(?!\d)"
    ),
    re.compile(
        r"(?<!\w)(?P<name>[^\W\d_]{3,14})\.?\s(?P<d>\d{1,2})(?:st|nd|rd|th)?\.?,?\s{1,2}(?P<y>\d{4})(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<y>\d{4})\.?\s(?P<name>[^\W\d_]{3,14})\.?\s(?P<d>\d{1,2})(?!\d)"),
)  # fmt: skip
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})([/-])(\d{1,2})\2(\d{4})(?!\d)")
_TIME = re.compile(
    r"(?P<before>上午|下午|午前|午後|오전|오후|晚上|中午|凌晨|早上)?\s?"
    r"(?<![\d+:.-])(?P<h>\d{1,2})(?:[:.h]|時|时|시\s?)(?P<n>\d{2})(?:[:.분分]\s?(?P<s>\d{2}))?(?![\d/])"
    r"\s?(?P<after>[ap]\.?\s?m\.?(?!\w))?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:\b(?:GMT|UTC)\s?)?(?<![\d:])(?P<sign>[+−-])(?P<h>\d{1,2})(?::?(?P<m>\d{2}))?(?![\d:./-])")
_NAMED = re.compile(r"(?<![^\W\d_])[A-Za-z]{1,4}(?![^\W\d_])")
_AFTERNOON = frozenset({"下午", "午後", "오후", "晚上"})


def moment(value: str) -> datetime | None:
    """The time that a date field names, if there is no doubt about it."""
    text = " ".join(value[:_CAP].replace("\u202f", " ").split())
    day = _day(text)
    if day is None:
        return None
    clock = _TIME.search(text, day[1]) or _TIME.search(text)
    if clock is None:
        return None
    offset = _offset(text[max(clock.end(), day[1]) :])
    hour = _hour(clock)
    if offset is None or hour < 0:
        return None
    try:
        when = datetime(
            *day[0], hour, int(clock["n"]), int(clock["s"] or 0), tzinfo=timezone(timedelta(minutes=offset))
        )
        return when.astimezone(UTC) if 1970 <= when.year <= 9000 else None
    except (ValueError, OverflowError):
        return None


def _day(text: str) -> tuple[tuple[int, int, int], int] | None:
    """Year, month and day, and where they end."""
    for pattern in _DAYS:
        for found in pattern.finditer(text):
            groups = found.groupdict()
            month = int(groups["m"]) if "m" in groups else _month(groups["name"], text)
            if 1 <= month <= 12:
                return (int(found["y"]), month, int(found["d"])), found.end()
    slashed = _SLASHED.search(text)
    if slashed is None:
        return None
    first, second, year = int(slashed[1]), int(slashed[3]), int(slashed[4])
    if first > 12 >= second or first == second:
        return (year, second, first), slashed.end()
    return ((year, first, second), slashed.end()) if second > 12 >= first else None


def _month(name: str, text: str) -> int:
    name = name.lower().rstrip(".,")
    if name.startswith(_AMBIGUOUS):
        return 11 if name == "listopada" and _POLISH.search(text) else 0
    return next((_MONTHS[name[:end]] for end in range(min(len(name), _LONGEST), 1, -1) if name[:end] in _MONTHS), 0)


def _hour(clock: re.Match[str]) -> int:
    """The hour of 24; -1 for one that no clock shows."""
    hour, half = int(clock["h"]), (clock["after"] or "")[:1].lower()
    before = clock["before"] or ""
    if before in _AFTERNOON:
        half = "p"
    elif before in {"上午", "午前", "오전"}:
        half = "a"
    elif before:
        return -1
    if not half or hour > 12:
        return hour  # `下午14:05` and `14:05 PM` are written, and clear
    return hour % 12 + (12 if half == "p" else 0)


def _offset(rest: str) -> int | None:
    """Minutes east of UTC, from what follows the time; None when nothing certain is said."""
    found = _OFFSET.search(rest)
    if found is not None:
        digits = found["h"]
        minutes = int(digits) * 60 + int(found["m"] or 0)
        if minutes > _WIDEST:
            return None
        return minutes if found["sign"] == "+" else -minutes
    for word in _NAMED.finditer(rest):
        if word.group().isupper() and word.group().lower() in _ZONES:
            return _ZONES[word.group().lower()] * 60
    return None
