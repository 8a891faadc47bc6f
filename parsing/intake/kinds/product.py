"""Products of a catalogue.

In: a passage, the catalogue (`choices`: each product with its other names). Out: the products that are named, also with
a letter wrong or missing; where several are, the one that is named by more words or more often, else none is sure. Must
never find a name inside of another word, nor take a common word for one by a mistyped letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from parsing.intake.passage import Found, Passage
from parsing.message import Choice, Sought

MOST, LEAST, MOST_WORDS = 4, 5, 300
"""Products that are given; letters of a word in which one may be wrong; words that are compared with a name."""

TYPOS, WALKED, MOST_NAMED = 300, 60, 40
"""First words in which a wrong letter is forgiven, names that are searched for one by one, places that are found."""

_INFLECTED = re.compile(r"(?:['’]?s|e|en|n|es)?(?!\w)")
_GAP = re.compile(r"[\s\-_]{0,2}")
_WORDS = re.compile(r"\w+")


CLOSE = 25
"""Letters around the first word of a name in which its others stand."""

_AROUND = "\"'“”„«»‚‘’()[]*_,.;:!?-–—/|"


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What each name means (`values`), the names that begin with a word (`by_first`), and the long first words by their
    first letter (`leads`, `initials`): in those a letter may be wrong."""

    values: dict[str, str]
    by_first: dict[str, tuple[tuple[str, ...], ...]]
    leads: dict[str, tuple[str, ...]]
    initials: frozenset[str]


def find(passage: Passage, sought: Sought) -> Iterable[Found]:
    """The products that are named, the one that is meant first."""
    if not sought.choices:
        return ()
    known = _catalogue(sought.choices)
    lower = passage.text.lower()
    if len(lower) != len(passage.text):
        lower = passage.text
    found = _exact(lower, known) or _near(lower, known) or _apart(lower, known)
    if passage.asked and not found:
        return _part(lower, known)
    return _judged(found)


@lru_cache(maxsize=64)
def _catalogue(choices: tuple[Choice, ...]) -> _Catalogue:
    values = {
        " ".join(name.lower().replace("-", " ").split()): choice.value
        for choice in choices
        for name in (choice.value, *choice.names)
    }
    values.pop("", None)
    by_first: dict[str, tuple[tuple[str, ...], ...]] = {}
    leads: dict[str, tuple[str, ...]] = {}
    for name in sorted(values, key=len, reverse=True):
        words = tuple(name.split())
        if words[0] not in by_first and len(words[0]) >= LEAST and len(by_first) < TYPOS:
            leads[words[0][0]] = (*leads.get(words[0][0], ()), words[0])
        by_first[words[0]] = (*by_first.get(words[0], ()), words)
    return _Catalogue(values, by_first, leads, frozenset(leads))


def _exact(lower: str, known: _Catalogue) -> list[Found]:
    """Names as they are, with an ending, with a dash or nothing between their words."""
    found: list[Found] = []
    firsts: Iterable[str] = known.by_first
    if len(known.by_first) > WALKED:
        said = {word.strip(_AROUND) for word in _WORDS.findall(lower)}
        firsts = [first for first in known.by_first if first in said or first.rstrip("s") in said]
    for first in firsts:
        at = lower.find(first)
        while at >= 0 and len(found) < MOST_NAMED:
            end = _exactly(lower, at, known.by_first[first]) if not lower[at - 1 : at].isalnum() else None
            if end is not None:
                found.append(Found(value=known.values[end[1]], start=at, end=end[0]))
            at = lower.find(first, end[0] if end is not None else at + len(first))
    found.sort(key=lambda one: one.start)
    return found


def _exactly(lower: str, at: int, names: tuple[tuple[str, ...], ...]) -> tuple[int, str] | None:
    """Where the longest of these names ends that stands at this place, and which one it is."""
    for name in names:
        end = at
        for number, word in enumerate(name):
            if number:
                gap = _GAP.match(lower, end)
                end = gap.end() if gap is not None else end
            if not lower.startswith(word, end):
                break
            end += len(word)
        else:
            ending = _INFLECTED.match(lower, end)
            if ending is not None:
                return ending.end(), " ".join(name)
    return None


def _near(lower: str, known: _Catalogue) -> list[Found]:
    """Names with one letter wrong in each long word; the first letter is right."""
    found: list[Found] = []
    for word in _beginning(lower, known.initials):
        for lead in known.leads.get(word[:1], ()):
            if abs(len(word) - len(lead)) > 2 or not is_near(word, lead):
                continue
            at = lower.find(word)
            for name in known.by_first[lead]:
                end = _rest(lower, at + len(word), name[1:])
                if end >= 0 and (len(name) > 1 or len(name[0]) > LEAST):
                    found.append(Found(value=known.values[" ".join(name)], start=at, end=end))
                    break
        if len(found) >= MOST:
            break
    return found


def _apart(lower: str, known: _Catalogue) -> list[Found]:
    """All words of a name close together in another order: "the scanner, a Heron"."""
    found: list[Found] = []
    for first, names in known.by_first.items() if len(known.by_first) <= WALKED else ():
        at = lower.find(first)
        for name in names if at >= 0 else ():
            low, high = max(0, at - CLOSE), at + len(first) + CLOSE
            around = set(_WORDS.findall(lower[low:high])) if len(name) > 1 else ()
            if around and all(any(is_near(word, part) for word in around) for part in name):
                found.append(Found(value=known.values[" ".join(name)], start=at, end=at + len(first)))
                break
    return found[:MOST]


def _beginning(lower: str, initials: Iterable[str]) -> set[str]:
    """The words after a space that begin with one of these letters."""
    spaced = " " + lower.replace("\n", " ")
    words: set[str] = set()
    for initial in initials:
        at = spaced.find(f" {initial}")
        while at >= 0 and len(words) < MOST_WORDS:
            word = _WORDS.match(spaced, at + 1)
            if word is not None and len(word[0]) >= LEAST - 1:
                words.add(word[0])
            at = spaced.find(f" {initial}", at + 1)
    return words


def _rest(lower: str, at: int, words: tuple[str, ...]) -> int:
    """Where the further words of a name end, -1 where they do not stand there."""
    for word in words:
        following = re.compile(r"[\s\-_]{0,2}(\w{1,24})").match(lower, at)
        if following is None or not is_near(following[1], word):
            return -1
        at = following.end()
    return at


def is_near(word: str, name: str) -> bool:
    """The same but for one letter (wrong, missing, too many, or two exchanged), or an ending; short words exactly."""
    if word == name:
        return True
    if len(name) < LEAST:
        return word.startswith(name) and len(word) - len(name) <= 1 and word[-1] in "sn"
    if word.startswith(name) and word[len(name) :] in ("s", "e", "en", "n", "es", "'s"):
        return True
    if abs(len(word) - len(name)) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    if len(word) == len(name):
        swapped = word[at : at + 2] == name[at : at + 2][::-1] and word[at + 2 :] == name[at + 2 :]
        return word[at + 1 :] == name[at + 1 :] or swapped
    longer, shorter = (word, name) if len(word) > len(name) else (name, word)
    return longer[at + 1 :] == shorter[at:]


def _part(lower: str, known: _Catalogue) -> list[Found]:
    """Where a product was asked for, one word that only one of them has: "the scanner". Not sure beside other words."""
    found: dict[str, Found] = {}
    said = [match for match in list(_WORDS.finditer(lower[:300]))[:12] if len(match[0]) > 3]
    for match in said:
        owners = {
            value for name, value in known.values.items() if any(is_near(match[0], word) for word in name.split())
        }
        if len(owners) == 1:
            value = owners.pop()
            alone = len(said) == 1
            found.setdefault(value, Found(value=value, start=match.start(), end=match.end(), sure=alone))
    return _judged(list(found.values()))


def _judged(found: list[Found]) -> list[Found]:
    """One is sure, and so is one that is named more often than any other."""
    counts: dict[str, int] = {}
    for one in found:
        counts[one.value] = counts.get(one.value, 0) + 1
    if len(counts) < 2:
        return found[:1]
    ranked = sorted(counts, key=lambda value: -counts[value])
    sure = counts[ranked[0]] > counts[ranked[1]]
    firsts = [next(one for one in found if one.value == value) for value in ranked[:MOST]]
    if sure:
        return firsts[:1]
    return [Found(value=one.value, start=one.start, end=one.end, sure=False) for one in firsts]
