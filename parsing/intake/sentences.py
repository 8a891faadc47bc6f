"""Sentences that say what happens, what should happen, what one does, since when it is so, and whom it hits.

In: text of a mail, its language. Out: its sentences, each with how probable it is that it tells each of these; and for
all of them together whether each was said. It is never certain: a mail in which it finds nothing may still say it,
which is why `presence` has three values.

Its weights are learned (`tests/bench/training.py`): of cues, which are the same in all languages, and of words, from
mails that were written for this project alone (`tests/intake`). From 32 real reports only the weights of cues were
learned, and no word was kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import exp, log
from operator import ge
from struct import Struct
from typing import NamedTuple

from parsing.intake import features
from parsing.intake.cues import lexicon
from parsing.intake.features import beginning, described
from parsing.intake.learned import WORDS
from parsing.intake.units import Unit, divide
from parsing.intake.weights import CLEAR, WEAK, WEIGHTS

LONGEST, MOST = 20_000, 200
"""Letters and sentences that are looked at."""
CLASSES = ("observed", "expected", "steps", "since", "people")
Shares = tuple[float, ...]
"""A probability for each of the classes."""
_SCALE, _LANE = 1_000, 32
_MIDDLE = sum(1 << place * _LANE + _LANE - 1 for place in range(len(CLASSES)))
_SUMS = Struct(f"<{len(CLASSES)}I")


def _packed(thousandths: Iterable[int]) -> int:
    """The weights of all classes in one number, so that a unit costs one sum: each is a multiple of its own power of
    two, and no sum of a unit's few hundred features reaches the next one."""
    return sum(weight << place * _LANE for place, weight in enumerate(thousandths))


def _shares(sums: Iterable[int]) -> Shares:
    """The probabilities that sums stand for."""
    return tuple([1 / (1 + exp((_HALF - one) / _SCALE)) for one in sums])


_HALF = 1 << _LANE - 1
_WEAK_SUMS = tuple(_HALF + round(_SCALE * log(share / (1 - share))) for share in WEAK)
_FEATURES = tuple(_packed(round(weight * _SCALE) for weight in row) for row in WEIGHTS)
_LEARNED: dict[str, str] = dict(line.split("\t", 1) for line in WORDS.strip("\n").split("\n"))
"""By word, the beginning of words, or pair of words, what was learned of it, as it is written: most of it is never read
in the life of a process."""
_TOGETHER = {tuple(pair.split(" ")): written for pair, written in _LEARNED.items() if " " in pair}


class _Remembered(dict[Hashable, int]):
    """Sums that were made before, as far as there is room: most words, and most of what sentences look like, come
    again in the next mail."""

    def __init__(self, made: Callable[..., int]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, key: Hashable) -> int:
        if len(self) >= _ROOM:
            self.clear()
        self[key] = found = self._made(key)
        return found


_ROOM = 1 << 14


def _sum(numbers: Iterable[int]) -> int:
    return sum(_FEATURES[number] for number in numbers)


_of_cues = _Remembered(lambda mask: _FEATURES[0] + _sum(features.cue_numbers(mask)))
_of_first = _Remembered(lambda mask: _sum(features.mask_numbers(mask, features.FIRST)))
_of_second = _Remembered(lambda mask: _sum(features.mask_numbers(mask, features.SECOND)))
_of_place = _Remembered(lambda mask: _sum(features.mask_numbers(mask, features.PLACE)))
_of_told = _Remembered(lambda told: _sum(features.told_numbers(*told)))
_of_written = _Remembered(lambda written: _packed(map(int, written.split("\t"))) if written else 0)
_of_word = _Remembered(
    lambda word: _of_written[_LEARNED.get(word, "")] + _of_written[_LEARNED.get(beginning(word), "")]
)
_LONGEST_SOURCE = 1_000


class Sentence(NamedTuple):
    """A sentence, where it stands (`start:end`), and the sum of what tells for each class: most are never asked how
    probable that makes it."""

    text: str
    start: int
    end: int
    sums: tuple[int, ...]

    @property
    def shares(self) -> Shares:
        """The probability of each class."""
        return _shares(self.sums)

    @property
    def observed(self) -> float:
        return self.shares[0]

    @property
    def expected(self) -> float:
        return self.shares[1]

    @property
    def steps(self) -> float:
        return self.shares[2]


def read(text: str, language: str) -> tuple[Sentence, ...]:
    """The sentences of a text."""
    text = text[:LONGEST]
    units = divide(text, MOST)
    told = judged(text, units, language)
    return tuple([Sentence(unit.text, unit.start, unit.end, sums) for unit, sums in zip(units, told, strict=True)])


def judged(text: str, units: Sequence[Unit], language: str) -> list[tuple[int, ...]]:
    """What tells for each class in each unit."""
    found: list[tuple[int, ...]] = []
    unpack, size = _SUMS.unpack, _SUMS.size
    word, together, written = _of_word.__getitem__, _TOGETHER.get, _of_written.__getitem__
    for sight, words in described(text, units, lexicon(language)):
        packed = _of_cues[sight.cues] + _of_first[sight.first] + _of_second[sight.second] + _of_place[sight.place]
        packed += _of_told[features.told(sight)] + sum(map(word, set(words)))
        packed += sum(map(written, filter(None, map(together, set(zip(("^", *words), words, strict=False))))))
        found.append(unpack((packed + _MIDDLE).to_bytes(size, "little")))
    return found


def matters(sentence: Sentence) -> bool:
    """Whether it may be what is present, or unsure: `presence` is the same without all others."""
    return any(map(ge, sentence.sums, _WEAK_SUMS))


def presence(sentences: Sequence[Sentence]) -> Mapping[str, tuple[str, str]]:
    """Of each class whether it was said (`present`, `unsure`, `missing`), and the words that say so."""
    found: dict[str, tuple[str, str]] = {}
    shares = [_weighed(one.shares) for one in sentences]
    for number, name in enumerate(CLASSES):
        told = [share[number] for share in shares]
        best = max(told, default=0.0)
        if best < WEAK[number]:
            found[name] = ("missing", "")
            continue
        least = min(best, CLEAR[number])
        words = " ".join(one.text for one, much in zip(sentences, told, strict=True) if much >= least)
        found[name] = ("present" if best >= CLEAR[number] else "unsure", words[:_LONGEST_SOURCE])
    return found


def _weighed(shares: Shares) -> Shares:
    """The shares, that of what happens in the light of what else the sentence may tell: one that rather tells what one
    does, or what should happen, tells that only where it is clear."""
    observed, expected, steps, *others = shares
    if observed >= _CLEARLY or observed >= max(steps, expected):
        return shares
    return observed * (_BESIDE_STEPS if steps > observed else _BESIDE_EXPECTED), expected, steps, *others


_CLEARLY, _BESIDE_STEPS, _BESIDE_EXPECTED = 0.7, 0.3, 0.5
"""Measured on the mails of writers that the model had not seen: what was taken out is found missing more often, and
nothing more is asked for."""
