"""Numbers that have a shape: of an invoice, an order, a contract (`INV-####-#####`).

In: a passage, the shape and the check digit that a field declares. Out: numbers of that shape, written as the shape has
them whatever stood between their digits; one whose check digit is wrong is not sure. Must never take a telephone
number, a date or an amount for one: digits alone need the right count, one sort of separator, and no `+` before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from parsing.intake.kinds.clauses import LONGEST, words
from parsing.intake.passage import Found, Passage
from parsing.message import Sought

MOST = 5
"""Numbers that are given."""

_SPACE = r"[ .\-/\u00a0\u202f\u2013]{0,2}"
_DIGITS = re.compile(r"\d(?:[ .\-/\u00a0\u2013]?\d){3,30}(?![\w%€$£])")
_SEPARATOR = re.compile(r"\D")
_PHONE = re.compile(
    r"(?:tel|fon|phone|fax|mobile?|ring|call|ruf|durchwahl|handy|ext)\w{0,8}[ .:(+]{1,4}$", re.IGNORECASE
)
_NEAR = 80
"""Letters around a number in which a cue counts."""


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Numbers of the shape of `sought`, those near one of its cues first."""
    if not sought.pattern:
        return _bare(passage) if passage.asked else _named(passage.text, sought.cues)
    if any(mark not in "#- ./_" for mark in sought.pattern):
        found = _lettered(passage, sought)
    else:
        found = _numeric(passage, sought)
    return [one for _, one in sorted(found, key=lambda pair: pair[0])][:MOST]


def checks(value: str, check: str) -> bool:
    """Whether the check digit is right."""
    bare = "".join(letter for letter in value.upper() if letter.isalnum() and letter.isascii())
    test = _CHECKS.get(check)
    return test is None or (bool(bare) and test(bare))


def _bare(passage: Passage) -> list[Found]:
    """Without a shape any run of letters and digits with a digit in it is a number, where one was asked for."""
    text, lower = passage.text[:500], passage.text[:500].lower()
    alone = len(text.split()) == 1
    for one in _TOKEN.finditer(text):
        is_day = _DAY.fullmatch(one[0]) and _A_MONTH.match(lower, one.end())
        if alone or not (is_day or _NO_NUMBER.fullmatch(one[0]) or _MONEY.match(lower, one.end())):
            sure = alone or sum(map(str.isdigit, one[0])) > _FEW
            return [Found(value=one[0], start=one.start(), end=one.end(), sure=sure)]
    return []


_FEW = 2
"""Digits that may count anything, where other words stand around them."""
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)?", re.IGNORECASE)
_A_MONTH = re.compile(
    r"\.?\s(?:of\s|de\s)?(?:jan|feb|m[aä]r|apr|ma[iy]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|f[ée]v|avr|juin|juil|ao[uû]t|d[ée]c"
    r"|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|mei|maa)"
)


_TOKEN = re.compile(r"(?<!\w)(?=[A-Za-z/\-.]{0,12}\d)[A-Za-z0-9](?:[A-Za-z0-9/\-.]{0,38}[A-Za-z0-9])?(?!\w)")


_LED = re.compile(
    r"[^\W\d_]{0,12}(?:[\s:#.,(\"“'-]{1,3}(?:nos?|nrs?|number|numbers|nummer|num|numéro|numero|n°|n[ro]?º|ids?|ref|reference|referenz"
    r"|is|was|are|ist|lautet|est|sont|es|è)(?!\w)\.?){0,3}[\s:#(\"“'-]{0,4}"
)
"""What may stand between the word for the thing and its number."""
_MORE = re.compile(r"\s{0,2}(?:,|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b|&|\+)\s{0,2}(?:nos?\.? |nr\.? |n° ?|#)?")
_NO_NUMBER = re.compile(
    r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|(?:19|20)\d\d|\d{1,2}[./]\d{4}|\d{1,6}[.,]\d\d|\d{1,2}:\d\d"
)
"""A day, a year, a month, an amount with cents, a time."""
_MONEY = re.compile(r"\s?(?:€|\$|£|eur\b|euros?\b|usd\b|chf\b|gbp\b|dollars?\b|pounds?\b|franken\b|francs?\b|%)")
_PREFIXES = frozenset(("inv", "re", "rg", "rnr", "fa", "fac", "fc", "bill", "ft", "fact"))
_LETTERED = re.compile(r"(?<!\w)([A-Za-z]{2,5})[-/. ]?(?=[\d/.-]{4,30}(?!\w))[\d/.-]{3,29}\d(?!\w)")


def _named(text: str, cues: tuple[str, ...]) -> list[Found]:
    """Without a shape, in free text: what stands behind a word for the thing ("invoice no. 4711", "Rechnungen 118 und
    119"), or begins with its letters ("INV-2026-00412"). No day, year or amount is one."""
    lower = text.lower()
    found: dict[int, Found] = {}
    for cue in cues:
        at = lower.find(cue)
        for _ in range(20):
            if at < 0:
                break
            if not (at and lower[at - 1].isalnum()) and (led := _LED.match(lower, at + len(cue))):
                _follow(text, lower, led.end(), found)
            at = lower.find(cue, at + len(cue))
    if not found and _may_begin(text) and any(cue.startswith(("inv", "rech", "fact")) for cue in cues):
        for match in list(_LETTERED.finditer(text))[:MOST]:
            if match[1].lower() in _PREFIXES:
                found[match.start()] = Found(value=match[0], start=match.start(), end=match.end())
    return [found[start] for start in sorted(found)][:MOST]


def _may_begin(text: str) -> bool:
    """Whether letters that a number begins with stand anywhere."""
    return len(text) > LONGEST or not _PREFIXES.isdisjoint(words(text))


def _follow(text: str, lower: str, at: int, found: dict[int, Found]) -> None:
    """The numbers of an enumeration that begins there."""
    for _ in range(MOST):
        token = _TOKEN.match(text, at)
        if token is None or sum(map(str.isdigit, token[0])) < 2 or _NO_NUMBER.fullmatch(token[0]):
            return
        if _MONEY.match(lower, token.end()) or text[max(0, at - 1) : at] in ("€", "$", "£"):
            return
        found[token.start()] = Found(value=token[0], start=token.start(), end=token.end())
        more = _MORE.match(lower, token.end())
        if more is None:
            return
        at = more.end()


@lru_cache(maxsize=256)
def _compiled(shape: str) -> re.Pattern[str]:
    marks = {"#": r"(\d)", "@": r"([A-Za-z])", "?": r"([A-Za-z0-9])"}
    parts = [marks.get(mark, f"({re.escape(mark)})") for mark in shape if mark.isalnum() or mark in marks]
    return re.compile(rf"(?<![\w]){_SPACE.join(parts)}(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=256)
def _lead(shape: str) -> str:
    """The literal letters that a number begins with, lower case: what is searched for first."""
    letters = ""
    for mark in shape:
        if not mark.isalpha():
            break
        letters += mark
    return letters.lower()


def _lettered(passage: Passage, sought: Sought) -> Iterator[tuple[int, Found]]:
    text, shape = passage.text, _compiled(sought.pattern)
    lead = _lead(sought.pattern)
    if lead and lead not in text.lower():
        matches: Iterable[re.Match[str]] = ()
    else:
        matches = shape.finditer(text)
    for rank, match in enumerate(matches):
        yield rank, _found(match.start(), match.end(), "".join(match.groups()), sought)
        if rank >= MOST:
            break


def _numeric(passage: Passage, sought: Sought) -> Iterator[tuple[int, Found]]:
    text, size = passage.text, sought.pattern.count("#")
    lower = ""
    for seen, match in enumerate(_DIGITS.finditer(text)):
        if seen >= 200:
            break
        before = text[match.start() - 1 : match.start()]
        digits = _SEPARATOR.sub("", match[0])
        if before.isalnum() or before in ("+", "_") or len(digits) != size:
            continue
        lower = lower or text.lower()
        near = _near(lower, match.start(), match.end(), sought.cues)
        if not near and len(set(_SEPARATOR.findall(match[0]))) > 1:
            continue
        phone = not near and (
            digits[0] == "0"
            or text[max(0, match.start() - 2) : match.start()].strip() == ")"
            or _PHONE.search(text, max(0, match.start() - 16), match.start())
        )
        if phone and not passage.asked:
            continue
        yield (0 if near else 1), _found(match.start(), match.end(), digits, sought)


def _near(lower: str, start: int, end: int, cues: tuple[str, ...]) -> bool:
    around = lower[max(0, start - _NEAR) : end + _NEAR // 2]
    return any(cue in around for cue in cues)


def _found(start: int, end: int, marks: str, sought: Sought) -> Found:
    """The number as its shape has it."""
    given = iter(marks)
    value = ""
    for mark in sought.pattern:
        taken = next(given, "") if mark.isalnum() or mark in "#@?" else ""
        value += taken.upper() if mark in "#@?" else mark
    return Found(value=value, start=start, end=end, sure=not sought.check or checks(value, sought.check))


def _luhn(bare: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled."""
    digits = [int(mark) for mark in bare if mark.isdigit()][::-1]
    return sum(digits[::2]) % 10 == -sum(sum(divmod(2 * one, 10)) for one in digits[1::2]) % 10 if digits else False


def _mod97(bare: str) -> bool:
    """ISO/IEC 7064 MOD 97-10: letters are 10 to 35, the whole is 1 more than a multiple of 97."""
    return int("".join(str(int(mark, 36)) for mark in bare)) % 97 == 1


def _mod11(bare: str) -> bool:
    """As an ISBN-10: the last digit counts once, the one before twice, and so on; X is 10."""
    if not bare[:-1].isdigit() or bare[-1] not in "0123456789X":
        return False
    return sum((10 if mark == "X" else int(mark)) * at for at, mark in enumerate(bare[::-1], 1)) % 11 == 0


_CHECKS: dict[str, Callable[[str], bool]] = {"luhn": _luhn, "mod97": _mod97, "mod11": _mod11}
