"""Answers that break off and begin anew, and names that sign them (`parsing/intake/pointing.py`, `courtesy.py`)."""

from __future__ import annotations

import time

import pytest

from parsing.intake import courtesy, pointing
from parsing.intake.answers import Said, read
from parsing.message import Choice, Sought

USERS = Sought(name="users", kind="count", labels=("affected users",), cues=("users",))
WIRE = Sought(name="wire", kind="choice", labels=("wire",), choices=(Choice(value="cable"), Choice(value="network")))
STEPS = Sought(name="steps", kind="steps", labels=("steps",))
STORES = Sought(name="stores", kind="text", labels=("stores",))


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("25, no, 30", "30"),
        ("25 - sorry, 30", "30"),
        ("25, nein, 30", "30"),
        ("25, enfin, 30", "30"),
        ("25, no more", "25"),
        ("25, no problem", "25"),
        ("25", "25"),
    ],
)
def test_r40_the_last_word_of_who_breaks_off_counts(words: str, value: str) -> None:
    [found] = read(Said(words=words, language="en"), [USERS], [USERS]).candidates
    assert (found.value, found.state) == (value, "present")


def test_r40_a_choice_that_is_taken_back_is_the_other_one() -> None:
    [found] = read(Said(words="cable, no, network", language="en"), [WIRE], [WIRE]).candidates
    assert found.value == "network"


@pytest.mark.parametrize("name", ["Nora Wind", "nora", "NORA WIND"])
def test_r40_the_name_below_an_answer_is_no_part_of_it(name: str) -> None:
    said = Said(words="1. open the shop\n2. Hull\n\nNora", language="en", name=name)
    found = {one.field: one.value for one in read(said, [STEPS, STORES], [STEPS, STORES]).candidates}
    assert found == {"steps": "open the shop", "stores": "Hull"}


@pytest.mark.parametrize(
    "lines", [["Nora"], ["Whom may we call?", "Nora"], ["Contact:", "Nora"], ["see", "Nora is in"]]
)
def test_r40_a_name_that_is_the_answer_stays(lines: list[str]) -> None:
    assert courtesy.without_name(lines, "Nora Wind") == lines


def test_r40_a_text_full_of_second_thoughts_costs_nothing() -> None:
    begun = time.process_time()
    for text in (", no" * 30, ", no, " * 20, "," * 120, ",   oh " * 17, ", no" * 100_000):
        pointing.revised(text)
    assert time.process_time() - begun < 0.05
