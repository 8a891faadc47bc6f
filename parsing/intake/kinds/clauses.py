"""The clauses of a text in which certain words stand.

In: a text, words. Out: the clauses (start and end) that hold one of them, in order, at most so many. A clause ends
where a sentence, a paragraph or a point of a list ends. What is remembered of a text is shared by all kinds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from parsing.intake.words import apart, letters, lower

MOST, REACH, LONGEST = 10, 180, 12_000
"""Clauses that are looked at, letters on each side of a word, letters of a text: what comes later says little of what
is new, and nothing of it is worth more time."""

_END = re.compile(
    r"[.!?;\n–—](?:(?<=[!?;])(?=\s)|(?<=\.)(?<![\s.(]\d\.)(?<![\s.(]\d\d\.)(?=\s+[A-ZÄÖÜÉÈÀÊÇÓÍÚ\"“„«(])|"
    r"(?<=\n)[ \t]{0,3}(?:[-*•–\n]|\d{1,2}[.)] )|(?<=\s[–—])\s)"
)
_DIGIT = re.compile(r"[0-9]")
_LEAST = 2
_SHORT = frozenset(
    ("ca", "approx", "etwa", "mr", "mrs", "ms", "dr", "nr", "no", "z.b", "i.e", "e.g", "env", "m", "st", "prof")
)


def wordset(words: str) -> frozenset[str]:
    """The words of a list that is written as one line of text."""
    return frozenset(words.split())


@lru_cache(maxsize=2)
def lowered(text: str) -> str:
    """The text in small letters, of the same length, cut at the longest."""
    return lower(text[:LONGEST])


@lru_cache(maxsize=2)
def words(text: str) -> frozenset[str]:
    """All words of it."""
    return frozenset(letters(lowered(text)))


class Part(NamedTuple):
    """A clause and its words."""

    start: int
    end: int
    told: frozenset[str]

    def has_number(self, small: str) -> bool:
        return _DIGIT.search(small, self.start, self.end) is not None


class Parts:
    """All clauses, in order. They are divided as far as somebody looks: mostly the first few say it."""

    __slots__ = ("_found", "_rest")

    def __init__(self, text: str) -> None:
        self._found: list[Part] = []
        self._rest = _divided(text)

    def __iter__(self) -> Iterator[Part]:
        row = 0
        while True:
            while row < len(self._found):
                yield self._found[row]
                row += 1
            part = next(self._rest, None)
            if part is None:
                return
            self._found.append(part)


@lru_cache(maxsize=2)
def parts(text: str) -> Parts:
    """Its clauses."""
    return Parts(text)


def _divided(text: str) -> Iterator[Part]:
    """Of a long clause so much as one look may cost, and the rest as the next."""
    bare = apart(lowered(text))
    start = 0
    for end in _each_end(text, len(bare)):
        while end - start > 2 * REACH:
            low, high = start + REACH, start + 2 * REACH
            cut = text.rfind(", ", low, high) + 1 or bare.rfind(" ", low, high) + 1 or high
            yield Part(start, cut, frozenset(bare[start:cut].split()))
            start = cut
        if end - start > _LEAST:
            yield Part(start, end, frozenset(bare[start:end].split()))
        start = end


def vocabulary(clause: str) -> frozenset[str]:
    """The words of one clause, in small letters."""
    return frozenset(letters(clause))


@lru_cache(maxsize=2)
def _ends(text: str) -> tuple[int, ...]:
    return tuple(_each_end(text))


def _each_end(text: str, *last: int) -> Iterator[int]:
    cut = text[:LONGEST]
    for found in _END.finditer(cut):
        if not (cut[found.start()] == "." and _is_short(cut, found.start())):
            yield found.end()
    yield from last


def _is_short(text: str, dot: int) -> bool:
    """Whether the dot belongs to a word that is cut short."""
    word = text[max(0, dot - 8) : dot]
    word = word[word.rfind(" ") + 1 :]
    return len(word) < 8 and word.lower().lstrip("(") in _SHORT


def bounds(text: str, at: int) -> tuple[int, int]:
    """Where the clause around a place begins and ends."""
    ends = _ends(text)
    row = bisect_left(ends, at + 1)
    start = ends[row - 1] if row else 0
    end = ends[row] if row < len(ends) else min(len(text), LONGEST)
    return max(start, at - REACH), min(end, at + REACH)


def places(text: str, anchors: Set[str]) -> list[int]:
    """Where these words stand."""
    bare = f" {apart(lowered(text))} "
    return [at for word in words(text) & anchors for at in _standing(bare, word)]


def _standing(bare: str, word: str) -> list[int]:
    """The first places of a word that are no part of another one."""
    found: list[int] = []
    spaced, size = f" {word} ", len(word) + 1
    at = bare.find(spaced)
    while at >= 0 and len(found) < MOST:
        found.append(at)
        at = bare.find(spaced, at + size)
    return found
