"""Words are found again wherever a mail program has broken and quoted them."""

import re
from time import process_time

import pytest

from parsing.rewrapped import MOST, rewrapped


@pytest.mark.parametrize("text", ["a key (1)", "a\nkey (1)", "> a key\n> (1)", "a key\n>> (1)", "a  key\t(1)"])
def test_words_are_found_however_they_are_broken(text: str):
    assert re.search(rewrapped("a key (1)"), text)


@pytest.mark.parametrize("text", ["a keys (1)", "akey (1)", "a key 1"])
def test_other_words_are_not(text: str):
    assert not re.search(rewrapped("a key (1)"), text)


@pytest.mark.parametrize("words", ["", "  \n", "> >>"])
def test_no_words_are_no_pattern(words: str):
    assert rewrapped(words) == ""


def test_many_words_and_a_hostile_text_take_little_time():
    pattern = re.compile(rewrapped("a " * 10_000))
    assert pattern.pattern.count("a") == MOST
    began = process_time()
    assert not pattern.search("a > " * (MOST - 1) + "b" + "\n>" * 50_000 + "a " * (MOST - 1) + " " * 50_000)
    assert process_time() - began < 0.5
