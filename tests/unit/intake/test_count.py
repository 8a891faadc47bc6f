"""How many: words that say it, and numbers that count something else."""

from __future__ import annotations

import time

import pytest

from parsing.intake.kinds import KINDS, count
from parsing.intake.passage import Passage
from parsing.message import Sought

WANTED = Sought(name="affected_users", kind="count")


def said(text: str, language: str = "en", *, asked: bool = False) -> list[str]:
    found = list(KINDS["count"](Passage(text=text, language=language, asked=asked), WANTED))
    for value in found:
        assert " ".join(text[value.start : value.end].split()) == value.value
    return [value.value for value in found]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("We have a problem. About 25 users cannot log in.", "en", "About 25 users"),
        ("Our 12 colleagues in Leeds see it too.", "en", "Our 12 colleagues"),
        ("A dozen people sit and stare.", "en", "A dozen people"),
        ("It hits thirty-five people here.", "en", "thirty-five people"),
        ("The whole office is standing still.", "en", "The whole office"),
        ("Everyone gets the same page.", "en", "Everyone"),
        ("It is only me, the others are fine.", "en", "only me"),
        ("Nobody on the second floor can work.", "en", "Nobody on the second floor"),
        ("This stops all our stores.", "en", "all our stores"),
        ("My husband and I both see it.", "en", "My husband and I"),
        ("20-30 users see an error.", "en", "20-30 users"),
        ("1,200 users are waiting.", "en", "1,200 users"),
        ("Betroffen sind wir drei an der Anmeldung.", "de", "wir drei"),
        ("Alle Kollegen kommen nicht mehr rein.", "de", "Alle Kollegen"),
        ("Das ganze Büro steht still.", "de", "Das ganze Büro"),
        ("Rund fünfunddreißig Mitarbeiter warten.", "de", "Rund fünfunddreißig Mitarbeiter"),
        ("Es trifft nur mich.", "de", "nur mich"),
        ("Une vingtaine de personnes sont bloquées.", "fr", "Une vingtaine de personnes"),
        ("Tout le monde est bloqué.", "fr", "Tout le monde"),
        ("Nous sommes deux à ne plus pouvoir travailler.", "fr", "Nous sommes deux"),
    ],
)  # fmt: skip
def test_r40_a_count_is_found_in_free_words(text: str, language: str, value: str) -> None:
    assert said(text, language)[:1] == [value]


@pytest.mark.parametrize(
    "text",
    [
        "The invoice says 40 EUR instead of 25 EUR.",
        "Please call 020 7946 0811 or room 208.",
        "It takes 30 seconds to open, sometimes 2 minutes.",
        "We run version 4.12.1 on Windows 11.",
        "Order 4711000012 of 3 March has not come.",
        "It ends after 18 000 rows, at 9:30 on 12 November.",
        "Three invoices are wrong.",
        "I wait all day for the whole page.",
        "Ich warte den ganzen Tag auf 3 Rechnungen.",
        "J'attends depuis 3 jours, page 4.",
    ],
)
def test_r40_what_counts_something_else_is_no_count(text: str) -> None:
    assert said(text) == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("25", "en", "25"),
        ("about 25", "en", "25"),
        ("just me", "en", "just me"),
        ("twelve", "en", "twelve"),
        ("everyone", "en", "everyone"),
        ("wir drei", "de", "wir drei"),
        ("une vingtaine", "fr", "vingtaine"),
    ],
)
def test_r40_where_it_was_asked_a_bare_word_is_a_count(text: str, language: str, value: str) -> None:
    assert said(text, language, asked=True) == [value]


@pytest.mark.parametrize(
    ("words", "language", "number"),
    [
        ("about 25", "en", 25),
        ("25 users", "en", 25),
        ("1,200 users", "en", 1200),
        ("20-30", "en", 30),
        ("thirty-five people", "en", 35),
        ("two dozen", "en", 24),
        ("a hundred and twenty users", "en", 120),
        ("5 adults and 1 child", "en", 6),
        ("me and two others", "en", 3),
        ("just me", "en", 1),
        ("fünfunddreißig Kollegen", "de", 35),
        ("wir drei", "de", 3),
        ("zweihundert", "de", 200),
        ("une vingtaine de personnes", "fr", 20),
        ("quatre-vingt-dix-sept", "fr", 97),
        ("dix-sept", "fr", 17),
        ("treinta y cinco", "es", 35),
        ("trentacinque", "it", 35),
        ("vijfentwintig", "nl", 25),
        ("the whole office", "en", None),
        ("everyone", "en", None),
    ],
)
def test_number_says_how_many_the_words_mean(words: str, language: str, number: int | None) -> None:
    assert count.number(words, language) == number


@pytest.mark.parametrize(
    "piece", ["1,", "my wife and ", "all of the ", "one hundred ", "everyone in the ", "we are 3 - "]
)
def test_the_worst_text_costs_little(piece: str) -> None:
    text = piece * (60_000 // len(piece))
    started = time.process_time()
    said(text)
    assert time.process_time() - started < 0.5
