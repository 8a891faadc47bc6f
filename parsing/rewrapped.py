"""Words found again in a text, however a mail program has broken them into lines and quoted them.

In: a text, and words as they were written. Out: the places where they stand, whole and in their order, whatever blanks
and quotation marks stand between them; the case of letters does not matter. One look at the text serves for all words:
each search is one `str.find` over its words (which is linear), so that no text and no words make it slow.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable

from parsing.intake.words import lower

Place = tuple[int, int]
"""Where words begin and end in a text."""

LONG, LONG_WITH_DIGIT = 6, 4
"""Letters and digits of words that can be told from others wherever they stand."""
_MARK = "\0"
"""What stands around each word of a laid-out text: only whole words are found."""
_WORD = re.compile(r"[^\W_]+|[^\s>]")
_BESIDE = 60
"""Letters of what may stand beside words on a line of their own: blanks, marks of quotation, a number."""
_COUNTED = re.compile(r"(?:\(?[0-9a-z]{1,2}[.):])?", re.IGNORECASE)


class Rewrapped:
    """A text in which words are looked for."""

    __slots__ = ("_begins", "_ends", "_laid", "_starts", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        small = lower(text)
        self._begins, self._ends, self._starts = array("L"), array("L"), array("L")
        words, at = [], 0
        for match in _WORD.finditer(small):
            start, end = match.span()
            self._begins.append(start)
            self._ends.append(end)
            self._starts.append(at)
            words.append(match.group())
            at += end - start + 1
        self._laid = _laid(words)

    def places(self, words: str) -> list[Place]:
        """Where the words stand, one behind the other; nowhere, where there are none."""
        wanted = _laid(_WORD.findall(lower(words)))
        if wanted == _MARK:
            return []
        found: list[Place] = []
        at = self._laid.find(wanted)
        while at >= 0:
            first = bisect_left(self._starts, at)
            last = bisect_left(self._starts, at + len(wanted) - 1) - 1
            found.append((self._begins[first], self._ends[last]))
            at = self._laid.find(wanted, at + len(wanted) - 1)
        return found

    def within(self, words: str, around: str) -> list[list[Place]]:
        """Where the words stand in each place of what is said around them."""
        inner = self.places(words)
        return [
            [(start, end) for start, end in inner if low <= start and end <= high] for low, high in self.places(around)
        ]

    def alone(self, words: str) -> list[Place]:
        """Where the words are a line of their own, quoted, numbered or not."""
        return [(start, end) for start, end in self.places(words) if self._is_alone(start, end)]

    def _is_alone(self, start: int, end: int) -> bool:
        before = self.text[max(0, start - _BESIDE) : start].rpartition("\n")
        after = self.text[end : end + _BESIDE].partition("\n")
        return (
            bool(before[1] or start <= _BESIDE)
            and bool(after[1] or end + _BESIDE >= len(self.text))
            and bool(_COUNTED.fullmatch(before[2].strip(" \t>")))
            and not after[0].strip(" \t.,;!)")
        )


def _laid(words: Iterable[str]) -> str:
    return _MARK + "".join(f"{word}{_MARK}" for word in words)


def tells(words: str) -> bool:
    """Whether words can be told from others wherever they stand: `3`, `yes` and `test` cannot, `4711` can."""
    signs = sum(map(str.isalnum, words))
    return signs >= LONG or (signs >= LONG_WITH_DIGIT and any(map(str.isdigit, words)))


def replaced(text: str, places: Iterable[Place], mask: str) -> str:
    """The text with the mask in every place; places that overlap are one."""
    pieces: list[str] = []
    done = 0
    for start, end in joined(places):
        pieces += (text[done:start], mask)
        done = end
    return "".join((*pieces, text[done:]))


def joined(places: Iterable[Place]) -> list[Place]:
    """The places in their order, those that overlap or touch as one."""
    one: list[Place] = []
    for start, end in sorted(places):
        if one and start <= one[-1][1]:
            one[-1] = (one[-1][0], max(end, one[-1][1]))
        elif end > start:
            one.append((start, end))
    return one
