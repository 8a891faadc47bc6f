"""Which topics a mail speaks of, by the words of the desk.

In: text and `TopicWords`. Out: `TopicMatch`, best first, with the words as the reason. Must never be more than linear
in the text, and never count a word that is denied ("no outage", "kein Ausfall").
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache

from parsing.message import TopicMatch, TopicWords

_TOKEN = re.compile(r"\w{1,40}")
_LOOKED_AT = 20_000
_DENIALS = frozenset({
    "no", "not", "without", "never", "isn", "wasn", "don", "doesn", "kein", "keine", "keinen", "keiner",
    "nicht", "ohne",
    "nie", "pas", "aucun", "aucune", "sans", "jamais", "sin", "ningún", "non", "senza", "geen", "niet", "zonder",
})  # fmt: skip
_DENIED_WITHIN = 2
_FORWARD = frozenset({"only", "just", "nur", "seulement", "longer", "mehr"})  # "not only an outage" is one


def match(text: str, topics: tuple[TopicWords, ...]) -> tuple[TopicMatch, ...]:
    """Topics whose words or phrases stand in the text, best first; equal ones in the order of the desk."""
    if not topics:
        return ()
    tokens = _TOKEN.findall(text[:_LOOKED_AT].casefold())
    starts = _starts(topics)
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for position, token in enumerate(tokens):
        for number, phrase in starts.get(token, ()):
            if tuple(tokens[position : position + len(phrase)]) == phrase and not _denied(tokens, position):
                said = " ".join(phrase)
                found[number][said] = found[number].get(said, 0) + 1
    ranked = sorted(found, key=lambda number: (-_weight(found[number]), number))
    return tuple(
        TopicMatch(topic=topics[number].topic, subtopic=topics[number].subtopic, words=tuple(found[number]))
        for number in ranked
    )


@lru_cache(maxsize=4)
def _starts(topics: tuple[TopicWords, ...]) -> dict[str, list[tuple[int, tuple[str, ...]]]]:
    """The phrases of all topics by their first word; the topics of a desk do not change."""
    starts: dict[str, list[tuple[int, tuple[str, ...]]]] = defaultdict(list)
    for number, topic in enumerate(topics):
        for words in topic.words:
            phrase = tuple(_TOKEN.findall(words.casefold()))
            if phrase:
                starts[phrase[0]].append((number, phrase))
    return dict(starts)


def _weight(said: dict[str, int]) -> float:
    """Different words speak louder than one repeated; a phrase louder than a word."""
    return sum((1 + phrase.count(" ")) * (1 + min(times - 1, 3) * 0.25) for phrase, times in said.items())


def _denied(tokens: list[str], position: int) -> bool:
    before = tokens[max(0, position - _DENIED_WITHIN) : position]
    return any(token in _DENIALS for token in before) and not any(token in _FORWARD for token in before)
