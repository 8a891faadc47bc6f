"""Postal addresses: English, German, French, Dutch and American forms, in a line or in several.

In: a passage. Out: addresses from their first part to the town. An address is a postcode with a town and, just before
it, a street or house with a number; a postcode or a street alone is not sure. Must never walk far: what belongs to one
stands within `BACK` letters of its postcode.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsing.intake.passage import Found, Passage
from parsing.message import Sought

MOST, BACK = 3, 140
"""Addresses that are given, and letters before a postcode that may belong to it."""

_TOWN = (
    r"[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}"
    r"(?:[ -](?:(?:am|an der|ob der|im|in|sur|sous|lès|de|la|le|upon|on)[ -])?[A-ZÀ-ÖØ-Þ][\w'’-]{1,30}){0,3}"
)
_NUMBER = re.compile(r"\d{1,5}")
_AFTER = re.compile(rf"(?: ?[A-Z]{{2}}(?= |,))?[ ,]{{1,2}}{_TOWN}")  # 97070 Würzburg, 3089 JK Rotterdam
_LAND = re.compile(r"(?:^|(?<=[\s,]))[A-Z]{1,2}[ -]$")  # D-97070
_STATE = re.compile(r"(?<![\w])[A-Z]{2} $")  # IL 60601
_OUTWARD = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? ?$")  # TQ13 7ZZ
_HOUSE = re.compile(r"[^\W\d_]{2,}\.? \d{1,4} ?[a-z]?\b(?!\.)|(?:^|[\s,])\d{1,4}[a-z]?,? (?:bis |ter )?[^\W\d_]")
_STREET = re.compile(
    r"(?<!\w)(?:[A-ZÀ-ÖØ-Þ]\w{0,30}[ -]){0,3}"
    r"(?:[A-ZÀ-Þ]\w{0,30}(?:straße|strasse|str\.|weg|gasse|platz|allee|ring|damm|ufer|straat|laan|plein|weg)"
    r"|(?:Straße|Strasse|Weg|Gasse|Platz|Allee)) \d{1,4} ?[a-z]?(?!\w)"
    r"|(?<!\w)\d{1,4}(?: ?[a-z]| bis| ter)?,? (?:rue|avenue|av\.|boulevard|bd|place|chemin|allée|impasse|quai|route"
    r"|cours) [\w'’ -]{3,50}"
    r"|(?<!\w)\d{1,5}[a-z]? (?:[A-Z][\w'’-]{1,20} ){1,3}"
    r"(?:Street|St|Road|Rd|Lane|Ln|Avenue|Ave|Drive|Dr|Close|Way|Court|Square|Terrace|Boulevard|Blvd|Row|Hill|Park|Place)\b"
)
_STREETS = (
    "straße", "strasse", "str.", "weg", "gasse", "platz", "allee", "ring", "damm", "ufer", "straat", "laan", "plein",
    "rue ", "avenue", "boulevard", "place", "chemin", "quai", "route", "cours", "impasse", "street", " st", "road",
    " rd",
    "lane", "drive", "close", "court", "square", "terrace", "row", "hill", "park",
)  # fmt: skip
_CAPITAL = re.compile(r"[A-ZÀ-ÖØ-Þ]")
_WORDS = re.compile(
    r"(?:^|(?<=\s))(?:[A-ZÀ-ÖØ-Þ][\w'’.-]*|\d{1,4}(?:[a-z]|er|bis)?|rue|avenue|boulevard|place|chemin|quai|bis|ter|de|des|du|la|le|les|of|e|i|der|den|von|van|dock|unit|floor|flat)(?=\s|$)"
)
_SENTENCE = re.compile(r"[.!?:;] |\n\s*\n")


def find(passage: Passage, sought: Sought) -> Iterable[Found]:  # noqa: ARG001 - as all kinds
    """Addresses in the order of the text."""
    text = passage.text
    whole: list[Found] = []
    doubtful: list[Found] = []
    for seen, match in enumerate(_NUMBER.finditer(text)):
        if seen >= 200 or len(whole) >= MOST:
            break
        place = _postcode(text, match.start(), match.end())
        if place is None:
            if (
                len(match[0]) < 5
                and len(doubtful) < MOST
                and (street := _street(text, match.start(), match.end())) is not None
            ):
                doubtful.append(_found(text, *street, sure=passage.asked))
            continue
        start = _start(text, place[0])
        before = text[start : place[0]]
        if _HOUSE.search(before) and _CAPITAL.search(before):
            whole.append(_found(text, start, place[1], sure=True))
        elif passage.asked or before.strip(" ,"):
            doubtful.append(_found(text, start, place[1], sure=False))
    return whole or doubtful[-1:]


def _found(text: str, start: int, end: int, *, sure: bool) -> Found:
    return Found(value=" ".join(text[start:end].split()), start=start, end=end, sure=sure)


def _postcode(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Where a postcode, with its town where that follows it, begins and ends; None where these digits are none."""
    size = end - start
    before = text[start - 1 : start]
    if size == 1 and text[end : end + 2].isupper() and not text[end + 2 : end + 3].isalnum():
        outward = _OUTWARD.search(text, max(0, start - 6), start)
        return (outward.start(), end + 2) if outward is not None and text[end : end + 2].isalpha() else None
    if size < 4 or before.isalnum() or (before and before in ".,") or text[end : end + 1].isalnum():
        return None
    if size == 5 and (state := _STATE.search(text, max(0, start - 4), start)) is not None:
        return state.start(), end
    after = _AFTER.match(text, end)
    if after is None or (size == 4 and text[start : start + 2] in ("19", "20") and not after[0][1:3].isupper()):
        return None
    land = _LAND.search(text, max(0, start - 4), start)
    return (land.start() if land is not None else start), after.end()


def _street(text: str, start: int, end: int) -> tuple[int, int] | None:
    """A street with its house number around these digits."""
    around = text[max(0, start - 40) : end + 60].lower()
    if not any(name in around for name in _STREETS):
        return None
    match = _STREET.search(text, max(0, start - 40), min(len(text), end + 60))
    return match.span() if match is not None and match.start() <= start < match.end() else None


def _start(text: str, at: int) -> int:
    """Where the address begins: parts before the postcode, divided by commas or lines, that look like parts."""
    low = max(0, at - BACK)
    ends = [mark.end() for mark in _SENTENCE.finditer(text, low, at)]
    low = max(ends, default=low)
    start = at
    while start > low:
        cut = max(text.rfind(",", low, start - 2), text.rfind("\n", low, start - 2))
        part_start = cut + 1 if cut >= 0 else low
        part = text[part_start:start]
        kept = _tail(part)
        if not kept:
            break
        start -= len(kept)
        if len(kept) < len(part.lstrip()) or cut < 0:
            break
    return start


def _tail(part: str) -> str:
    """The end of a part that consists of words as addresses have them: names, numbers and small words between."""
    tokens = part.split(" ")
    kept: list[str] = []
    for token in reversed(tokens):
        bare = token.strip(",\n\t")
        if bare and not _WORDS.fullmatch(bare):
            break
        kept.append(token)
    while (
        kept and kept[-1].strip(",\n\t") and not _CAPITAL.match(kept[-1].strip(",\n\t")) and not kept[-1][:1].isdigit()
    ):
        kept.pop()  # an address does not begin with a small word
    return " ".join(reversed(kept))
