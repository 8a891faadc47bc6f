"""What is seen in a unit of text, as numbers of features: by the cues of its words and by where it stands.

In: units, a lexicon. Out: a `Sight` of each unit and its words; `numbers` makes of a sight the numbers of its features,
names of which are `NAMES`. Nothing here is of one language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from typing import NamedTuple

from parsing.intake.cues import BIT, Lexicon, Pair
from parsing.intake.cues import NAMES as CUES
from parsing.intake.units import BULLET, HASH, NUMBER, Unit
from parsing.intake.words import Words, lower

_KINDS = ("none", "observed", "expected", "steps", "other")
_TELLING = ("act", "symptom", "should", "deny", "show", "env")
_SHAPES = (
    "title", "early", "last", "number", "bullet", "hash", "opens", "inner", "fresh", "question", "colon", "exclaimed",
    "tiny", "short", "middle", "long", "quoted", "digits", "code", "arrow", "small", "label", "heading",
    "number_ends", "number_goes", "after_number", "after_heading", "list_ends", "comma", "commas", "url",
)  # fmt: skip
_PAIRED = {
    "self": "act acts deny fault want talk got",
    "deny": "able show should act acts proper vague time",
    "cond": "act acts symptom show would should",
    "former": "show deny was now proper time",
    "should": "show would you proper self time people",
    "want": "act you",
    "please": "act you",
    "fault": "deny symptom vague",
    "symptom": "show",
    "error": "show",
    "but": "deny show symptom",
    "seq": "act acts symptom",
    "ui": "act acts symptom show",
    "now": "symptom deny",
    "wonder": "fault symptom",
    "contrast": "show should",
    "show": "self vague",
    "way": "act acts",
    "was": "acts symptom",
    "picture": "show",
    "polite": "self",
    "people": "deny show symptom",
    "got": "symptom",
    "time": "symptom proper now",
    "vague": "self",
    "act": "vague",
    "acts": "time",
    "talk": "want",
    "norm": "was time now self deny",
    "ought": "deny self you",
    "wise": "deny self should vague",
}
"""Cues that say something together."""
_PAIRS = tuple((one, two) for one, others in _PAIRED.items() for two in others.split())
NAMES: tuple[str, ...] = (
    "always",
    *(f"has {cue}" for cue in CUES),
    *(f"first {cue}" for cue in CUES),
    *(f"second {cue}" for cue in CUES),
    *(f"{kind} {how}" for kind in _KINDS for how in ("at once", "later", "far", "with number")),
    *_SHAPES,
    *(f"{kind} with {cue}" for kind in _KINDS for cue in _TELLING),
    *(f"{one} and {two}" for one, two in _PAIRS),
)
_AT = {name: place for place, name in enumerate(NAMES)}
HAS, FIRST, SECOND, PLACE = 1, 1 + len(CUES), 1 + 2 * len(CUES), 1 + 3 * len(CUES)
"""The numbers of the features of the first cue, and of the first bit of a place."""


def _bit(name: str) -> int:
    """What a feature of a place is in a mask of places."""
    return 1 << _AT[name] - PLACE


_IN = {kind: tuple(_bit(f"{kind} {how}") for how in ("at once", "later", "far")) for kind in _KINDS}
_NUMBERED = {kind: _bit(f"{kind} with number") for kind in _KINDS}
_SHAPE = {name: _bit(name) for name in _SHAPES}
_TOLD = sum(BIT[cue] for cue in _TELLING)
_WITH = {kind: tuple((BIT[cue], _AT[f"{kind} with {cue}"]) for cue in _TELLING) for kind in _KINDS}
_MARKED = {NUMBER: _SHAPE["number"], BULLET: _SHAPE["bullet"], HASH: _SHAPE["hash"]}
_ENDINGS = {"?": _SHAPE["question"], ":": _SHAPE["colon"], "!": _SHAPE["exclaimed"], ",": _SHAPE["comma"]}
_SIZES = tuple(_SHAPE["tiny" if count < 3 else "short" if count < 7 else "middle"] for count in range(16))
_CODE = re.compile(r"[({:`<}=\]](?:(?<=\()\)|(?<=:):|(?<=`)``|(?<=<)/|(?<=\});|(?<=\{)|(?<==)=|(?<=\])\()")
"""`()`, `::`, three backquotes, `</`, `};`, a brace, `==`, `](`: behind a sign that all of them begin with, as that is
looked for at once."""
_OPENS, _INNER, _FRESH, _LONG, _SMALL = (_SHAPE[name] for name in ("opens", "inner", "fresh", "long", "small"))
_COMMAS, DIGITS = _SHAPE["commas"], _SHAPE["digits"]
_SIGN = re.compile(r"[0-9\"“„«>→{}:(=`<\]]")
"""One of these is in each number, quotation, arrow, address and piece of code."""
_PAIRS_OF = {
    HAS + place: (
        sum(BIT[two] for two in _PAIRED.get(one, "").split()),
        tuple((BIT[two], _AT[f"{one} and {two}"]) for two in _PAIRED.get(one, "").split()),
    )
    for place, one in enumerate(CUES)
}
"""Of each cue (the feature that it is there) all that say something beside it, and each of them with the feature."""
_DIGIT = re.compile(r"[0-9]")
_LETTERS = 600
"""Letters of a unit that are looked at."""
_HEADING = 11
"""Words from which a line heads nothing."""
_EARLY = 4
_WORDS = 60
"""Words of a unit that are looked at."""
_FAR = 4
_STEM = 5
"""Letters by which long words are the same."""


class Sight(NamedTuple):
    """A unit as masks: the cues of all its words, those of its first word and of its second, where it stands and what
    it looks like, and the part of a report that it stands in."""

    cues: int
    first: int
    second: int
    place: int
    kind: str


@dataclass(slots=True)
class _Section:
    """The part of a report in which a unit stands: its kind, units since its heading, whether its heading is only a
    label in the line, whether the unit before was numbered, or a heading."""

    kind: str = "none"
    since: int = 0
    inline: bool = False
    after_number: bool = False
    after_heading: bool = False

    def enter(self, unit: Unit, words: list[str], lexicon: Lexicon) -> int:
        """Go on to a unit; what its place there is."""
        self.since += 1
        heading, place = "", 0
        if unit.label:
            self.kind, self.since, self.inline = lexicon.headings.get(unit.label, "other"), 0, True
            place = _SHAPE["label"]
        elif self.inline and unit.opens and unit.fresh:
            self.kind, self.since, self.inline = "none", 0, False
        if not unit.label and unit.opens and len(words) < _HEADING:
            heading = _heading(unit, words, lexicon)
        if heading:
            self.kind, self.since, self.inline = heading, 0, False
            place |= _SHAPE["heading"]
        if self.after_number:
            place |= _SHAPE["after_number"]
        if self.after_heading:
            place |= _SHAPE["after_heading"]
        self.after_number, self.after_heading = unit.mark == NUMBER, bool(heading)
        return place | _IN[self.kind][0 if self.since <= 1 else 1 if self.since <= _FAR else 2]


def described(text: str, units: Sequence[Unit], lexicon: Lexicon) -> list[tuple[Sight, list[str]]]:
    """How each unit of a text looks, and its words; a number is a number."""
    found: list[tuple[Sight, list[str]]] = []
    section = _Section()
    last = len(units) - 1
    divided = Words(lower(text).replace("’", "'"), elides=lexicon.elides)
    for at, unit in enumerate(units):
        words = divided.within(unit.start, min(unit.end, unit.start + _LETTERS))[:_WORDS]
        place = section.enter(unit, words, lexicon) | _place(units, at, last, section.kind) | _shape(unit, len(words))
        sight = Sight(*_cues(words, lexicon), place, section.kind)
        found.append((sight, ["0" if word.isdigit() else word for word in words] if place & DIGITS else words))
    return found


def numbers(sight: Sight) -> list[int]:
    """All features of a unit."""
    return [
        0,
        *cue_numbers(sight.cues),
        *mask_numbers(sight.first, FIRST),
        *mask_numbers(sight.second, SECOND),
        *mask_numbers(sight.place, PLACE),
        *told_numbers(*told(sight)),
    ]


def told(sight: Sight) -> tuple[str, int]:
    """Of the cues those that say something by the part in which they stand."""
    return sight.kind, sight.cues & _TOLD


def told_numbers(kind: str, mask: int) -> list[int]:
    """The features of cues in a part."""
    return [number for bit, number in _WITH[kind] if mask & bit]


def mask_numbers(mask: int, base: int) -> list[int]:
    """The features of the bits of a mask."""
    return [base + place for place in range(mask.bit_length()) if mask >> place & 1]


def cue_numbers(mask: int) -> list[int]:
    """The features of all cues of a unit, and of those that say something together."""
    found = mask_numbers(mask, HAS)
    for number in tuple(found):
        others, pairs = _PAIRS_OF[number]
        if mask & others:
            found += [pair for bit, pair in pairs if mask & bit]
    return found


def beginning(word: str) -> str:
    """By what a long word is the same as others; empty: by nothing."""
    return word[:_STEM] + "*" if len(word) > _STEM else ""


def spoken(words: Sequence[str]) -> list[str]:
    """What may be learned of words: each of them, the beginnings of long ones, and each with the one before it (`^`
    before the first)."""
    alone = set(words)
    found = [f"{one} {two}" for one, two in set(zip(("^", *words), words, strict=False))]
    return [*found, *alone, *filter(None, map(beginning, alone))]


def _place(units: Sequence[Unit], at: int, last: int, kind: str) -> int:
    """Where a unit stands in the mail and in its list."""
    unit, place = units[at], 0
    if at < _EARLY:
        place = _SHAPE["early" if at else "title"]
    if at == last:
        place |= _SHAPE["last"]
    if not unit.mark:
        return place
    following = units[at + 1].mark if at < last else 0
    if unit.mark == NUMBER:
        return place | _SHAPE["number_goes" if following == NUMBER else "number_ends"] | _NUMBERED[kind]
    return place | _SHAPE["list_ends"] if unit.mark == BULLET and following != BULLET else place


def _cues(words: list[str], lexicon: Lexicon) -> tuple[int, int, int]:
    """The cues of all words, as bits; those of the first one, with the next beside it; those of the second one."""
    alone = list(map(lexicon.bits.get, words, repeat(0)))
    together = list(map(lexicon.pairs.get, pairwise(words)))
    mask, spaced = 0, ""
    for bits in filter(None, alone):
        mask |= bits
    for bits, longer in filter(None, together):
        mask |= bits
        for phrase, bit in longer:
            spaced = spaced or f" {' '.join(words)} "
            if phrase in spaced:
                mask |= bit
    first, second = (alone[at] | _both(together, at) if at < len(alone) else 0 for at in (0, 1))
    return mask, first, second


def _both(together: list[Pair | None], at: int) -> int:
    """The cues of a word and the next one."""
    pair = together[at] if at < len(together) else None
    return pair[0] if pair else 0


def _heading(unit: Unit, words: list[str], lexicon: Lexicon) -> str:
    """Which part of a report a line heads, if it does."""
    found = lexicon.headings.get(" ".join(words), "")
    if found or (unit.text[-1] not in ":?" and unit.mark != HASH):
        return found
    return "other" if unit.mark == HASH or (unit.text[-1] == ":" and len(words) < 5) else ""


def _shape(unit: Unit, count: int) -> int:
    """What a unit looks like."""
    text = unit.text
    place = (_OPENS if unit.opens else _INNER) | (_SIZES[count] if count < len(_SIZES) else _LONG)
    if unit.mark:
        place |= _MARKED[unit.mark]
    if unit.fresh:
        place |= _FRESH
    place |= _ENDINGS.get(text[-1], 0)
    if text[0].islower():
        place |= _SMALL
    if text.count(",") > 1:
        place |= _COMMAS
    if _SIGN.search(text):
        place |= _marks(unit)
    elif _is_frame(unit):
        place |= _SHAPE["code"]
    return place


def _marks(unit: Unit) -> int:
    """What digits, quotation marks, arrows, addresses and code say."""
    text = unit.text
    place = DIGITS if _DIGIT.search(text) else 0
    if '"' in text or "“" in text or "„" in text or "«" in text:
        place = _SHAPE["quoted"]
    if "->" in text or " > " in text or "→" in text:
        place |= _SHAPE["arrow"]
    if "://" in text:
        place |= _SHAPE["url"]
    if _CODE.search(text) or _is_frame(unit):
        place |= _SHAPE["code"]
    return place


def _is_frame(unit: Unit) -> bool:
    """Whether it is a line of a stack: `at com.example.Main`."""
    return unit.opens and unit.text.startswith("at ") and "." in unit.text
