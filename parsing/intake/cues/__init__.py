"""Cues: what kind of word a word is, whatever its language.

In: the two letters of a language. Out: its `Lexicon`: words and phrases with the cues that they give, and the lines
that head a part of a report. English is the lexicon of whoever writes another language; a program's own words are
English in every mail, so those of its errors and screens count everywhere. Because cues are the same in all languages,
what is learned of them in one serves the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType

from parsing.intake.cues import de, en, es, fr, it, nl
from parsing.intake.words import tokens

NAMES = tuple(en.WORDS)
"""The cues. Their order is the order of the bits."""
BIT = {name: 1 << place for place, name in enumerate(NAMES)}
_MODULES: Mapping[str, ModuleType] = {"en": en, "de": de, "fr": fr, "es": es, "it": it, "nl": nl}
_APART = frozenset({"fr", "it"})
"""Languages that elide: what stands before an apostrophe is a word of its own."""
_EVERYWHERE = ("error", "ui", "env")

Pair = tuple[int, tuple[tuple[str, int], ...]]
"""What two words that follow one another give: their cues as bits, and each longer phrase that begins with them, with a
blank on both sides, with its cue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """The cues of words, of phrases by their first two words, and the lines that head a part of a report. `elides`: an
    apostrophe divides words."""

    bits: Mapping[str, int]
    pairs: Mapping[tuple[str, str], Pair]
    headings: Mapping[str, str]
    elides: bool


@cache
def lexicon(language: str) -> Lexicon:
    """The lexicon of a language, or the English one."""
    module = _MODULES.get(language[:2].lower(), en)
    elides = language[:2] in _APART
    bits: dict[str, int] = {}
    pairs: dict[tuple[str, str], tuple[int, dict[str, int]]] = {}
    for name in NAMES:
        sources = [module] if module is en or name not in _EVERYWHERE else [module, en]
        for source in sources:
            for entry in source.WORDS.get(name, "").split():
                first, *rest = tokens(entry.replace("_", " ").rstrip("*"), elides=elides)
                if rest:
                    _add(pairs, [first, *rest], BIT[name])
                    continue
                for form in _forms(first) if entry.endswith("*") else (first,):
                    bits[form] = bits.get(form, 0) | BIT[name]
    headings: dict[str, str] = {}
    for source in dict.fromkeys((en, module)):
        for kind, lines in source.HEADINGS.items():
            headings.update(dict.fromkeys(lines.split("|"), kind))
    together = {pair: (cues, tuple(longer.items())) for pair, (cues, longer) in pairs.items()}
    return Lexicon(bits=bits, pairs=together, headings=headings, elides=elides)


def _add(pairs: dict[tuple[str, str], tuple[int, dict[str, int]]], phrase: list[str], bit: int) -> None:
    """Take up a phrase."""
    pair = phrase[0], phrase[1]
    cues, longer = pairs.setdefault(pair, (0, {}))
    if len(phrase) == len(pair):
        pairs[pair] = cues | bit, longer
    else:
        spaced = f" {' '.join(phrase)} "
        longer[spaced] = longer.get(spaced, 0) | bit


def _forms(stem: str) -> tuple[str, ...]:
    """An English verb with its endings."""
    bare = stem.removesuffix("e")
    twice = stem + stem[-1]
    return (stem, stem + "s", stem + "es", bare + "ed", bare + "ing", twice + "ed", twice + "ing")
