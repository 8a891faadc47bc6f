"""Sorting under any text: it never raises, takes linear time, and says the same in every process.

Short and repeatable in CI; `REPLYDESK_LONG=1` searches longer and at random.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsing.category import match, tokens
from parsing.message import Lexicon, RuleWords, TopicWords

LONG = bool(os.environ.get("REPLYDESK_LONG"))
SETTINGS = settings(
    max_examples=5_000 if LONG else 150,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
PHRASES = ("a", "a a", "a a a a a a a a b", "no a", "how do i", "障害", "ß", "İ", "ﬀ", "e\u0301", "outage is over")
LEXICON = Lexicon(
    topics=tuple(TopicWords(topic=p, subtopic="", words=(p,), examples=(f"{p} is not here today",)) for p in PHRASES),
    rules=tuple(RuleWords(name=f"r{n}", words=PHRASES, unless=("over",)) for n in range(200)),
    denials=frozenset({"nyet"}),
)
texts = st.lists(
    st.one_of(st.text(max_size=20), st.sampled_from([*PHRASES, "no", "not", ",", ". ", "\n\n"])), max_size=60
)
words = st.one_of(st.text(min_size=1, max_size=30), st.sampled_from(PHRASES))


@SETTINGS
@given(texts, texts)
def test_any_text(subject: list[str], body: list[str]) -> None:
    found = match(" ".join(subject), " ".join(body), LEXICON)
    assert all(one.score > 0 and (one.words or one.example) for one in found.topics)
    assert [one.score for one in found.topics] == sorted((one.score for one in found.topics), reverse=True)
    assert all(one.words or one.denied or one.unless or one.example for one in found.rules)


@SETTINGS
@given(st.lists(words, max_size=12), st.text(max_size=200))
def test_any_configuration(phrases: list[str], body: str) -> None:
    """A phrase of the configuration is found in itself, however strange it is."""
    lexicon = Lexicon(topics=tuple(TopicWords(topic=str(n), subtopic="", words=(p,)) for n, p in enumerate(phrases)))
    match(body, body, lexicon)
    for number, phrase in enumerate(phrases):
        plain = [token for token in tokens(phrase) if token[0].isalnum()]
        if plain and plain == tokens(phrase) and len(plain) <= 12 and len(phrase) < 40:
            assert str(number) in {one.topic for one in match("", phrase, lexicon).topics}


HOSTILE = {
    "one word": "a ",
    "denials": "no a or a and a ",
    "beginnings of a phrase": "a a a a a a a a c ",
    "no spaces": "a",
    "no spaces, no phrase": "x",
    "letters of a script": "障害",
    "stops": ". , ! ",
    "empty lines": "\n \t \n",
    "spaces after a line": "\n" + " " * 200,
    "compatibility letters": "\ufdfa",
    "combining": "e\u0301\u0301\u0301\u0301",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_linear_in_hostile_text(kind: str) -> None:
    text = HOSTILE[kind] * (2_000_000 // len(HOSTILE[kind]))
    match("", "warm up", LEXICON)
    began = time.process_time()
    match(text, text, LEXICON)
    assert time.process_time() - began < 1.0


def test_every_process_says_the_same() -> None:
    """Sets have another order in each process; what is said does not."""
    code = (
        "from tests.properties.test_sorting import LEXICON, match;"
        "print(match('how do i', 'is not here today a no a 障害 outage over how do ß today', LEXICON))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(said) == 1
