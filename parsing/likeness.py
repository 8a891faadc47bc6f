"""How like a mail is to example sentences that the desk was given: what sorting knows before anybody has corrected it.

In: the words of examples by what they stand for, the words of a mail. Out: for each thing how like its best examples
are (0 to 1), and which. Words that tell little (little words of a language, words of most examples) count little. Cost:
a bounded number of a mail's words, each with what shares it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Key = tuple[Literal["topic", "rule"], int]

_LOOKED_AT = 300
_SHARED = 40
"""How many examples may share a word before it says nothing."""
_UNKNOWN = 12
"""Words of a mail that no example has and that make it unlike all of them, at most: long mails have many."""
_IN_COMMON = 2
"""Words that a mail must share with an example that has so many."""
_STEM = 6
"""Letters of a word that count: endings differ in every language."""
_LITTLE_BY_LANGUAGE = {
    "en": "a about after again all also am an and any anything are as ask at back be because been before being but "
          "by call can cannot could did do does doing done dont each else even ever every for from get gets getting "
          "give go going good got had has have having hello help hi him his how i if in into is it its just keep "
          "know let like ll look m make many may me might more most much must my need never new no nor not now of "
          "off ok on once one only or other our out over own please put re really regards s said same say see she "
          "should show since so some something still such sure t take tell than thank thanks that the their them "
          "then there these they thing this those through to too try trying under until up us use using ve very via "
          "want was way we well were what when where which while who why will with would yes yet you your",
    "de": "aber alle als am an auch auf aus bei bin bis bitte da damit dann das dass dem den der des die dies diese "
          "doch du ein eine einem einen einer er es für gibt guten hallo hat habe haben ich ihr im in ist ja jetzt "
          "kann kein keine können man mehr mein meine mich mir mit muss nach nicht noch nur oder schon sehr sein "
          "seit sich sie sind so tag um und uns unser unsere vom von vor war warum was wenn wer werden wie wieder "
          "will wir wird wo zu zum zur",
    "fr": "ai au aux avec bonjour c ce ces cette comment d dans de depuis des du elle en est et être fait il ils j "
          "je l la le les leur mais me merci mes mon m n ne nos notre nous on ou où par pas peut peux plus pour "
          "pourquoi qu que qui s sa se ses si son sont sur te tout très un une vos votre vous y",
    "es": "al como con cómo del el ella en es esta este hay hola la las lo los mi muy no nos o para pero por qué se "
          "si sin su un una y ya",
}  # fmt: skip
"""Words that tell little of what a mail is about."""
_LITTLE = frozenset(word for words in _LITTLE_BY_LANGUAGE.values() for word in words.split())


@dataclass(frozen=True, slots=True)
class Seed:
    """What stands for one thing: the words of each of its examples."""

    key: Key
    examples: tuple[list[str], ...]


class Likeness:
    """Examples by their words. Empty (false) without any."""

    def __init__(self, seeds: Sequence[Seed]) -> None:
        places = [
            (seed.key, position, stems)
            for seed in seeds
            for position, words in enumerate(seed.examples)
            if (stems := {word[:_STEM] for word in set(words) - _LITTLE if len(word) > 1})
        ]
        shared = Counter(stem for _, _, stems in places for stem in stems)
        self._weight = {stem: math.log(1 + len(places) / count) for stem, count in shared.items()}
        self._rarest = math.log(1 + len(places))
        self._examples = [(key, position) for key, position, _ in places]
        self._length = [math.sqrt(sum(self._weight[stem] ** 2 for stem in stems)) for _, _, stems in places]
        self._least = [min(_IN_COMMON, len(stems)) for _, _, stems in places]
        self._having: dict[str, list[int]] = defaultdict(list)
        for number, (_, _, stems) in enumerate(places):
            for stem in stems:
                if shared[stem] <= max(_SHARED, len(places) // 10):
                    self._having[stem].append(number)

    def __bool__(self) -> bool:
        return bool(self._examples)

    def of(self, words: Sequence[str]) -> dict[Key, tuple[float, int]]:
        """How like the mail is to the examples of each thing, and to which most."""
        stems = {word[:_STEM] for word in set(words[:_LOOKED_AT]) - _LITTLE if len(word) > 1}
        known = sorted(stems & self._weight.keys())  # in an order, so that every process adds and chooses alike
        overlap: dict[int, float] = defaultdict(float)
        common: dict[int, int] = defaultdict(int)
        squares = 0.0
        for stem in known:
            square = self._weight[stem] ** 2
            squares += square
            for number in self._having.get(stem, ()):
                overlap[number] += square
                common[number] += 1
        unknown = min(len(stems) - len(known), _UNKNOWN)
        length = math.sqrt(squares + unknown * self._rarest**2)
        found: dict[Key, tuple[float, int]] = {}
        for number, shared in overlap.items():
            if common[number] < self._least[number]:
                continue
            key, position = self._examples[number]
            degree = round(shared / (self._length[number] * length), 6)
            if degree > found.get(key, (0.0, 0))[0]:
                found[key] = (degree, position)
        return found
