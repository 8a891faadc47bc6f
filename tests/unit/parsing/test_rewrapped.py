"""Words are found again wherever a mail program has broken and quoted them."""

from time import process_time

import pytest

from parsing.rewrapped import Rewrapped, joined, replaced, tells

KEY = "a key (1)"


def found(text: str, words: str) -> list[str]:
    return [text[start:end] for start, end in Rewrapped(text).places(words)]


@pytest.mark.parametrize(
    "text",
    [KEY, "a\nkey (1)", "> a key\n> (1)", "a key\n>> (1)", "a  key\t(1)", "A KEY (1)", f"a{' ' * 90}key\n\n\n(1)",
     "_a key (1)_", "(a key (1))", "a\xa0key (1)"],
)  # fmt: skip
def test_words_are_found_however_they_are_broken(text: str):
    assert len(found(text, KEY)) == 1


@pytest.mark.parametrize("text", ["a keys (1)", "akey (1)", "a key 1", "la key (1)", "a key (11)", "", "a key"])
def test_other_words_are_not(text: str):
    assert found(text, KEY) == []


def test_every_place_is_found_as_it_is_written():
    assert found("AB-12, ab-12 and >ab-\n> 12; cab-12", "ab-12") == ["AB-12", "ab-12", "ab-\n> 12"]
    assert found("a a a a a", "a a") == ["a a", "a a"]


@pytest.mark.parametrize("words", ["", "  \n", "> >>"])
def test_no_words_are_nowhere(words: str):
    assert found("> a > b", words) == []


def test_letters_that_grow_when_they_are_made_small_move_nothing():
    assert found("İİİ key ẞ key2", "key2") == ["key2"]
    assert found("straẞe 5", "straße 5") == ["straẞe 5"]


def test_words_within_others():
    text = Rewrapped("3 of them. Tills: 3, floors: 3. Tills: 3, floors: 13.")
    assert text.within("3", "Tills: 3, floors: 3") == [[(18, 19), (29, 30)]]


@pytest.mark.parametrize("line", ["no", " no.", "2. no", "> b) No!", "(3) no", "> > no,"])
def test_words_on_a_line_of_their_own(line: str):
    text = f"There is no way.\n{line}\nno other"
    assert [text[start:end].lower() for start, end in Rewrapped(text).alone("no")] == ["no"]
    assert Rewrapped(line).alone("no")


@pytest.mark.parametrize("line", ["Insured: no", "no idea", "oh no", "123. no"])
def test_words_that_something_stands_beside_are_not_alone(line: str):
    assert Rewrapped(line).alone("no") == []


@pytest.mark.parametrize(
    ("words", "can"),
    [("4711", True), ("471", False), ("moon rising", True), ("test", False), ("yes", False), ("in bed", False),
     ("zebra1", True), ("", False), ("-----", False)],
)  # fmt: skip
def test_what_can_be_told_from_other_words(words: str, can: bool):
    assert tells(words) is can


def test_places_that_overlap_or_touch_are_replaced_once():
    assert joined([(5, 7), (0, 3), (2, 4), (4, 4), (4, 5)]) == [(0, 7)]
    assert replaced("abcdefgh", [(1, 3), (2, 4), (6, 7)], "*") == "a*ef*h"
    assert replaced("abc", [], "*") == "abc"


@pytest.mark.parametrize(
    "words", ["> " * 300 + "b", "a " * 2_000 + "b", "ab " * 1_300 + "a", "a" * 4_000, ". " * 999, "a"]
)
def test_no_words_and_no_text_make_it_slow(words: str):
    for text in ("> " * 100_000, "a " * 100_000, "a" * 200_000, "ab " * 66_000, ">a" * 100_000, "." * 200_000):
        began = process_time()
        reading = Rewrapped(text)
        reading.places(words)
        reading.alone(words)
        assert process_time() - began < 1
