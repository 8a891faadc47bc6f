"""Text divided into units: sentences, lines of a list, headings.

In: text. Out: its units in order with where they stand. Lines that a mail program wrapped are joined again, an inline
label (`Expected: the page`) is divided from what it heads. Linear, and capped by the caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_MARK = re.compile(
    r"[ \t>]{0,20}(?:(\(?\d{1,2}[.):]\)?(?=\s)|[a-hA-H]\)(?=\s))|([-*•+–·](?=\s))|(#{1,6}(?=\s)))?[ \t]{0,20}"
)
"""What a line may begin with: a number, a bullet, the marks of a heading."""
_END = re.compile(r"[.!?…;][\"'»”’)\]]{0,4}\s+")
_LABEL = re.compile(r"([^\W\d_][^:\n.?!,]{1,40}?)[ \t]{0,3}\*{0,2}:\*{0,2}[ \t]{1,9}(?=\S)")
_ABBREVIATIONS = (
    "z b bzw ca ggf nr inkl usw evtl str tel d h u a o e g i approx etc mr mrs dr vs no st hr fr m mme p ex env art "
    "vers bspw sog max min std uhr abb resp incl jan feb mar apr jun jul aug sep sept oct okt nov dec dez"
)
_ABBREVIATED = frozenset(_ABBREVIATIONS.split())
_BEFORE_DAYS = "am der die das dem den des vom zum zur bis ab seit im jeden jeder jede dieser"
_ORDINAL = tuple([word] for word in _BEFORE_DAYS.split())
_FIRST_OF_MONTHS = "jan feb mär mar apr mai may jun jul aug sep okt oct nov dez dec"
_MONTHS = frozenset(_FIRST_OF_MONTHS.split())
_WIDTHS = (68, 82)
"""How long lines are where a program wraps them: with the first word of the next one a line would be longer than the
one, and it is never longer than the other."""
_HEAD = 50
"""Letters among which the colon of a label stands."""
_LONG = 5
"""Words of an unknown label that is one."""
_SHORT = 20
"""Letters of a line that rather is a heading, or the end of a paragraph."""
NUMBER, BULLET, HASH = 1, 2, 3


@dataclass(slots=True)
class Unit:
    """A piece of text. `mark`: NUMBER, BULLET, HASH or 0. `opens`: it begins a line, `fresh`: after an empty line.
    `label` is what stands before it in its line (lower case)."""

    text: str
    start: int
    end: int
    mark: int = 0
    opens: bool = True
    fresh: bool = False
    label: str = ""


def divide(text: str, most: int) -> list[Unit]:
    """The first units of a text."""
    units: list[Unit] = []
    for start, end, mark, fresh in _runs(text):
        _cut(text, start, end, mark, fresh, units)
        if len(units) >= most:
            return units[:most]
    return units


def _runs(text: str) -> list[tuple[int, int, int, bool]]:
    """Lines, those that a program wrapped as one: start, end, mark, whether an empty line stands before."""
    runs: list[tuple[int, int, int, bool]] = []
    place, fresh, open_end = 0, True, 0
    for line in text.split("\n"):
        begin, place = place, place + len(line) + 1
        stripped = line.rstrip()
        if not stripped or not stripped.strip(" \t>"):
            fresh, open_end = True, 0
            continue
        after = mark = 0
        if not stripped[0].isalpha() or stripped[1:2] == ")":  # no mark begins with a letter but that of `a)`
            found = _MARK.match(stripped)
            after = found.end() if found else 0
            mark = (found.lastindex or 0) if found else 0
        if open_end and not mark and _is_wrapped(text[runs[-1][1] - open_end : runs[-1][1]], stripped):
            runs[-1] = (runs[-1][0], begin + len(stripped), runs[-1][2], runs[-1][3])
        elif after < len(stripped):
            runs.append((begin + after, begin + len(stripped), mark, fresh))
            fresh = False
        open_end = 0 if stripped[-1] in ".!?:;" or not runs or after == len(stripped) else len(stripped)
    return runs


def _is_wrapped(line: str, following: str) -> bool:
    """Whether a line goes on in the next one because it was full."""
    first = following.strip(" \t>").split(None, 1)[0]
    full = len(line) <= _WIDTHS[1] and len(line) + 1 + len(first) >= _WIDTHS[0]
    return full and (len(following) > _SHORT or first[0].islower())


def _cut(text: str, start: int, end: int, mark: int, fresh: bool, units: list[Unit]) -> None:
    """The sentences of a run."""
    label = ""
    found = _LABEL.match(text, start, end) if text.find(":", start, min(end, start + _HEAD)) > 0 else None
    if found and found.end() < end and found.group(1).count(" ") < _LONG:
        label, start = found.group(1).lower(), found.end()
    opens = True
    for stop in _END.finditer(text, start, end):
        if stop.end() >= end or _goes_on(text, start, stop.start()):
            continue
        units.append(Unit(text[start : stop.end()].strip(), start, stop.end(), mark, opens, fresh, label))
        start, opens, mark, fresh = stop.end(), False, 0, False
    if start < end:
        units.append(Unit(text[start:end].strip(), start, end, mark, opens, fresh, label))


def _goes_on(text: str, start: int, stop: int) -> bool:
    """Whether a full stop ends no sentence: an abbreviation, a date, a number of a list."""
    if text[stop] != ".":
        return False
    begin = stop
    while begin > start and begin > stop - 6 and text[begin - 1].isalnum():
        begin -= 1
    word = text[begin:stop]
    if word.isdigit() and len(word) <= 2:
        return begin == start or _is_ordinal(text[max(start, begin - 12) : begin], text[stop + 1 : stop + 14])
    return word.lower() in _ABBREVIATED


def _is_ordinal(before: str, after: str) -> bool:
    """Whether a number with a full stop is a day or a place in a row ("am 3. Mai", "der 2. Versuch"), and no end."""
    if before[-1:] != " ":
        return False
    month = after.split(None, 1)
    return before.split()[-1:] in _ORDINAL or (bool(month) and month[0][:3].lower() in _MONTHS)
