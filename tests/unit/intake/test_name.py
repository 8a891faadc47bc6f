"""Names of people: announced, or given where they were asked for."""

from __future__ import annotations

import time

import pytest

from parsing.intake.kinds import KINDS
from parsing.intake.passage import Passage
from parsing.message import Sought


def said(text: str, kind: str = "name", *, asked: bool = False, cues: tuple[str, ...] = ()) -> list[str]:
    return [
        found.value for found in KINDS[kind](Passage(text=text, asked=asked), Sought(name="who", kind=kind, cues=cues))
    ]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Hello, my name is Dante Crow.", "Dante Crow"),
        ("It runs under the name of Arturo Streczywilk, please look.", "Arturo Streczywilk"),
        ("Hello, Graig Honsberger here.", "Graig Honsberger"),
        ("This is Leatrice Ellinger and I cannot log in.", "Leatrice Ellinger"),
        ("Mein Name ist Jürgen Groß.", "Jürgen Groß"),
        ("Je m'appelle Solène Petit.", "Solène Petit"),
    ],
)
def test_r40_an_announced_name_is_found(text: str, whole: str) -> None:
    assert said(text) == [whole]
    first, last = whole.split()
    assert said(text, "first_name") == [first]
    assert said(text, "last_name") == [last]


@pytest.mark.parametrize(
    "text",
    [
        "This is urgent.",
        "I am Monday at the office.",
        "The printer for Kestrel Desktop is broken.",
        "I am not able to log in.",
        "Under Windows it works.",
    ],
)
def test_r40_what_is_no_name_is_none(text: str) -> None:
    assert said(text) == []


def test_r40_where_it_was_asked_one_word_is_the_name() -> None:
    assert said("Latrice Kolk", asked=True) == ["Latrice Kolk"]
    assert said("Kolk", "last_name", asked=True) == ["Kolk"]
    assert said("Reiko", "first_name", asked=True) == ["Reiko"]
    assert said("tomorrow", asked=True) == []


def test_words_of_the_desk_announce_names_too() -> None:
    assert said("A booking for Daniela Turnbo at seven.") == []
    assert said("A booking for Daniela Turnbo at seven.", cues=("booking",)) == ["Daniela Turnbo"]


@pytest.mark.parametrize("piece", ["my name is ", "under the name of a ", "Anna ", "I am Anna van de "])
def test_the_worst_text_costs_little(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    started = time.process_time()
    said(text)
    said(text, asked=True)
    assert time.process_time() - started < 0.5
