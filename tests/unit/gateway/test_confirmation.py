"""The word in an answer to "is this mail yours": a person's first word, and nothing else."""

from __future__ import annotations

import pytest

from gateway.rules.confirmation import word
from parsing.message import Kind, ParsedMail


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ("YES", "yes"),
        ("\n  Yes, please.\n", "yes"),
        ("Ja.", "yes"),
        ("oui", "yes"),
        ("**YES**", "yes"),
        ("> A mail in your name came\nYes", "yes"),
        ("No, that was not me.", "no"),
        ("NEIN", "no"),
        ("", ""),
        ("Perhaps", ""),
        ("I say yes", ""),
        ("yesterday I wrote that", ""),
        ("> YES", ""),
        ("Y" * 100_000, ""),
    ],
)
def test_the_first_word_counts(reply, said):
    assert word(ParsedMail(kind=Kind.HUMAN, reply=reply)) == said


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.HUMAN])
def test_a_machine_says_nothing(kind):
    assert word(ParsedMail(kind=kind, reply="YES")) == ""


def test_nor_does_what_a_machine_wrote_unasked():
    assert word(ParsedMail(kind=Kind.HUMAN, reply="YES", auto_generated=True)) == ""
