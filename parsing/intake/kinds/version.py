"""Versions: `4.12.1`, `2026.3 build 88`, `v12`.

In: a passage, the words near which it is the one that is meant. Out: versions as they were written. Must never take a
date, an amount, an address of a network or a number of an order for one; in free text three numbers with dots, or a
word like "version" before it, make one, and what is said of something else (the system, the browser) does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from parsing.intake.passage import Found, Passage
from parsing.message import Sought

MOST = 4
"""Versions that are given."""

_NUMBER = re.compile(
    r"(\d{1,4}(?:\.\d{1,5}){0,4})(?:[-+ ]?(?:rc|beta|alpha|b|a|sp|u|r|p)\d{0,4}(?!\w))?"
    r"(?:,? ?\(?(?:build|b\.|rev\.?|patch|hotfix) ?#?\d{1,8}\)?)?(?![\w%€$£/:])(?!\.\d)(?!,\d)",
    re.IGNORECASE,
)
_WORD = re.compile(
    r"(?:\b(?:v\.?|fw|rev\.?)|(?:version|versión|versie|release|build|firmware|software|micrologiciel|stand|update)"
    r"[\w.]{0,12})[ \"'“„«:.#=(]{0,4}"
    r"(?:(?:is|ist|est|es|the|number|nummer|no\.?|nr\.?|la|le|on|of|von|it's) ?){0,3}[\"'“„«:=(]{0,2}$",
    re.IGNORECASE,
)
_OURS = re.compile(r"\b(?:app|application|appli|anwendung|about|sticker|label|your|eure|ihre?|votre)\b", re.IGNORECASE)
_HINTS = ("v", "fw", "rev", "rele", "build", "firm", "soft", "micro", "stand", "update")
"""One of these is in each of them: looked for first, as it costs nothing."""

_OTHERS = re.compile(
    r"\b(?:server|os|ios|ipados|android|windows|win|macos|mac|linux|ubuntu|debian|browser|chrome|firefox|safari|edge|opera"
    r"|\w{0,8}phone|telefon|handy|téléphone|tablet|computer|rechner|pc|laptop|ordinateur|client library|library|idp"
    r"|their|deren|leur|java|php|python|node|excel|office|outlook|word|daneben|database|datenbank|proxy|router|driver"
    r"|(?:practice|cash|lab|labor|kassen|praxis|other)[ -]?program(?:m)?|\w*programm)\b",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0?[1-9]|1[0-2])(?:\.(?:\d{2}|(?:19|20)\d{2}))?$")
_BACK = 48


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """Versions, those that are named as such first."""
    text, ranked = passage.text, []
    for seen, match in enumerate(_NUMBER.finditer(text)):
        if seen >= 200:
            break
        start = match.start()
        if text[start - 1 : start] in ("v", "V"):
            start -= 1
        before = text[start - 1 : start]
        if before.isalnum() or (before and before in "_.,:/@+-" and not (before in "-:" and passage.asked)):
            continue
        rank = _rank(text, match, sought, start, asked=passage.asked)
        if rank >= 0:
            ranked.append((rank, Found(value=text[start : match.end()].strip(), start=start, end=match.end())))
    return [found for _, found in sorted(ranked, key=lambda pair: pair[0])][:MOST]


def _rank(text: str, match: re.Match[str], sought: Sought, start: int, *, asked: bool) -> int:
    """How good it is, 0 best; -1: none."""
    whole, number = match[0].lower(), match[1]
    dots = number.count(".")
    built = "build" in whole or "patch" in whole or "rev" in whole or start < match.start()
    if not dots and not built and not asked:
        return -1 if len(number) > 3 else _bare(text, match, sought)
    if dots == 1 and not built and not asked:
        return _bare(text, match, sought)
    if dots >= 3 and not asked:
        return -1  # an address of a network
    if dots and not built and not asked and (_DATE.match(number) or _grouped(number)):
        return _bare(text, match, sought)
    if asked:
        return 1 if dots or built else 2
    return -1 if _foreign(text, match) else 1


def _bare(text: str, match: re.Match[str], sought: Sought) -> int:
    """A number that only a word before it makes a version."""
    before = text[max(0, match.start() - _BACK) : match.start()]
    lower = before[-30:].lower()
    named = any(word in lower for word in _HINTS) and _WORD.search(before)
    if not named and not any(cue in lower for cue in sought.cues):
        return -1
    return -1 if _foreign(text, match) else 0


def _grouped(number: str) -> bool:
    """`4500.118.273`, `8.300`: thousands."""
    return all(len(group) == 3 for group in number.split(".")[1:])


def _foreign(text: str, match: re.Match[str]) -> bool:
    """Whether the same clause speaks of something else that has versions."""
    start = max(0, match.start() - _BACK)
    before = text[start : match.start()]
    for mark in (". ", "! ", "? ", "; ", "\n", ", "):
        before = before.rpartition(mark)[2]
    theirs = max((other.end() for other in _OTHERS.finditer(before)), default=-1)
    return theirs > max((ours.end() for ours in _OURS.finditer(before)), default=-1)
