"""A concordance of what we sent: every run of words with its place, so that a reply is compared in linear time.

In: the plain texts of our mails. Out: their words as one row of numbers, with an index of each run of `RUN` words and
of each line or sentence that has fewer. Must never look at more than `limits.SENT_TEXT` characters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from parsing import limits
from parsing.words.spelling import read_sentences

RUN = 4  # words that have to stand together
_BITS = 20  # of a word's number: limits.SENT_TEXT characters have fewer than a million words
_MASK = (1 << _BITS * RUN) - 1
_PLACES = 16  # places of one short line in our texts that are tried


@dataclass(slots=True)
class Concordance:
    """Our texts as one row of words. Between two texts stands the word 0, which is no word of anybody."""

    numbers: dict[str, int] = field(default_factory=dict)
    row: list[int] = field(default_factory=list)
    first: bytearray = field(default_factory=bytearray)  # whether the word begins a line or a sentence
    last: bytearray = field(default_factory=bytearray)  # whether it ends one
    depth: bytearray = field(default_factory=bytearray)  # how deep we quoted it ourselves
    runs: list[int] = field(default_factory=list)  # the run that ends with this word, 0 for none
    ends: dict[int, int] = field(default_factory=dict)  # where a run ends first
    short: dict[tuple[int, ...], list[int]] = field(default_factory=dict)  # where lines of fewer words begin


def concordance(sent: tuple[str, ...]) -> Concordance:
    """What we sent, numbered; the best evidence stands first in `sent` and is read first."""
    known = Concordance()
    room = limits.SENT_TEXT
    for text in sent:
        for source in text[:room].split("\n"):
            room -= max(len(source), limits.ALIGNED_LINE)
            if room < 0:
                break
            depth, sentences = read_sentences(source)
            for sentence in sentences:
                _add(known, sentence, min(depth, 255))
        _add(known, ("",), 0)
        if room <= 0:
            break
    _index(known)
    return known


def _add(known: Concordance, sentence: tuple[str, ...], depth: int) -> None:
    for number, word in enumerate(sentence):
        known.row.append(known.numbers.setdefault(word, len(known.numbers) + 1) if word else 0)
        known.first.append(number == 0)
        known.last.append(number == len(sentence) - 1)
        known.depth.append(depth)


def _index(known: Concordance) -> None:
    """Where each run of words stands, and each line or sentence that is shorter than a run."""
    known.runs = _runs(known.row)
    for place, run in enumerate(known.runs):
        if run:
            known.ends.setdefault(run, place)
    row, last = known.row, known.last
    for place, begins in enumerate(known.first):
        if not begins:
            continue
        for end in range(place + 1, min(place + RUN, len(row) + 1)):
            if not row[end - 1]:
                break
            if last[end - 1]:
                places = known.short.setdefault(tuple(row[place:end]), [])
                if len(places) < _PLACES:
                    places.append(place)


def _runs(row: list[int]) -> list[int]:
    """For each word the run of `RUN` known words that ends with it, as one number; 0 where there is none."""
    found: list[int] = []
    run = length = 0
    for number in row:
        length = length + 1 if number else 0
        run = (run << _BITS | number) & _MASK
        found.append(run if length >= RUN else 0)
    return found


@dataclass(frozen=True, slots=True)
class Matched:
    """The words of a reply as numbers (0 for a word that is not ours), for each how far ahead the nearest run of ours
    ends (`RUN` or more: it stands in none), and its place in what we sent."""

    row: list[int]
    nearest: list[int]
    places: list[int]


def matched(words: Iterable[str], known: Concordance) -> Matched:
    """Look the words of a reply up."""
    row = [known.numbers.get(word, 0) for word in words]
    ends: list[int] = []
    place = -2
    runs, first, size = known.runs, known.ends, len(known.runs)
    for run in _runs(row):
        if not run:
            place = -2
        elif 0 <= place < size - 1 and runs[place + 1] == run:
            place += 1  # the text goes on as ours does, however often these words stand in it
        else:
            place = first.get(run, -2)
        ends.append(place)
    nearest, places = [RUN] * len(row), [-1] * len(row)
    ahead, place = RUN, -1
    for index in range(len(row) - 1, -1, -1):
        if ends[index] >= 0:
            ahead, place = 0, ends[index]
        else:
            ahead, place = ahead + 1, place - 1
        nearest[index], places[index] = ahead, place
    return Matched(row, nearest, places)
