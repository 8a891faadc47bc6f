"""Words without patterns: the same ones that the patterns find, whatever the text, and in time."""

from __future__ import annotations

import random
import re
from time import process_time

import pytest

from parsing.intake.words import Words, apart, letters, lower, tokens

_TOKEN = re.compile(r"[^\W_]{1,40}(?:'[^\W_]{1,20})?")
_ELIDED = re.compile(r"[^\W_]{1,40}")
_ODD = "ab'_1 \n.,é²½٣\u0301“’\ud800\u2028\x1c\x85\u00a0ßǆ文-"


def _runs(text: str) -> list[str]:
    """Runs of letters, letter by letter."""
    return "".join(letter if letter.isalpha() else " " for letter in text).split(" ")


@pytest.mark.parametrize("length", [0, 1, 7, 90, 400])
def test_the_words_are_those_of_the_patterns(length: int) -> None:
    chance = random.Random(length)
    for alphabet in (_ODD, "ab'", "aé’ "):
        for _ in range(150):
            text = "".join(chance.choice(alphabet) for _ in range(length))
            assert letters(text) == [word for word in _runs(text) if word]
            assert tokens(text, elides=False) == _TOKEN.findall(text)
            assert tokens(text, elides=True) == _ELIDED.findall(text)
            assert len(apart(text)) == len(text)


@pytest.mark.parametrize("elides", [False, True])
@pytest.mark.parametrize("length", [0, 7, 90, 400])
def test_the_words_within_a_text_are_those_of_the_piece(length: int, elides: bool) -> None:
    chance = random.Random(length)
    for alphabet in (_ODD, "ab' ", "aé’ ", "a" * 60 + " "):
        for _ in range(100):
            text = "".join(chance.choice(alphabet) for _ in range(length))
            start, end = sorted(chance.randint(0, length) for _ in range(2))
            assert Words(text, elides=elides).within(start, end) == tokens(text[start:end], elides=elides)


@pytest.mark.parametrize("text", ["ABC", "İstanbul İ", "GROẞ", "ΑΣ Σ"])
def test_small_letters_stand_where_the_large_ones_did(text: str) -> None:
    assert len(lower(text)) == len(text)
    assert lower("Ab Üb") == "ab üb"


def test_letters_stay_where_they_stand() -> None:
    assert apart("l’été: 3 fois, «vu»") == "l été    fois   vu "


@pytest.mark.parametrize("text", ["a" * 60_000, "a'" * 30_000, "é² " * 20_000, "".join(map(chr, range(128, 20_000)))])
def test_the_worst_text_is_divided_in_time(text: str) -> None:
    began = process_time()
    letters(text)
    tokens(text, elides=False)
    tokens(text, elides=True)
    Words(text, elides=False).within(0, len(text))
    assert process_time() - began < 0.5
