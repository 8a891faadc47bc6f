"""How people say that they do not know, or say nothing."""

import time

import pytest

from parsing.intake import unknown


@pytest.mark.parametrize(
    "text",
    [
        "I don't know",
        "I do not know.",
        "I really don’t know, sorry",
        "Sorry, no idea!",
        "not sure",
        "I don't know when it began",
        "unknown",
        "We couldn't say",
        "hard to say",
        "keine Ahnung",
        "Leider keine Ahnung.",
        "weiß ich nicht",
        "weiss ich leider nicht mehr",
        "Das wissen wir nicht",
        "konnte ich nicht finden",
        "Ich weiß nicht, seit wann",
        "je ne sais pas",
        "Aucune idée",
        "je ne sais plus",
        "no lo sé",
        "ni idea",
        "non lo so",
        "weet ik niet",
        "geen idee",
        "idk",
    ],
)
def test_i_do_not_know_is_an_answer(text: str):
    assert unknown.is_unknown(text)
    assert unknown.may_be_unknown(text)
    assert not unknown.is_blank(text)


@pytest.mark.parametrize(
    "text",
    [
        "25",
        "I know it is 25",
        "We don't know why, but it began on Monday",
        "I don't know the exact number, about 25 of us",
        "nobody can log in",
        "Kein Kollege kommt hinein",
        "not sure, maybe yesterday",
        "The page says that it does not know me",
        "",
    ],
)
def test_who_says_something_beside_it_knows(text: str):
    assert not unknown.is_unknown(text)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "--", "n/a", "N/A", "n.a.", "…", "...", "none", "?", "keine Angabe", "k. A.", "[ ]", "___"]
)
def test_nothing_is_no_answer(text: str):
    assert unknown.is_blank(text)
    assert not unknown.is_unknown(text)


@pytest.mark.parametrize("text", ["0", "a", "no", "yes", "25", "only me"])
def test_little_is_an_answer(text: str):
    assert not unknown.is_blank(text)


@pytest.mark.parametrize(
    "text",
    [
        "on request",
        "see our call",
        "siehe unser Gespräch",
        "klären wir am Telefon",
        "das Übliche",
        "the usual",
        "not good",
        "gar nichts Gutes",
        "will demo it in a call",
        "müssen wir besprechen",
        "can be provided",
        "it doesn't work",
        "comme d'habitude",
    ],
)
def test_what_is_put_off_is_no_value(text: str):
    assert unknown.is_put_off(text)


@pytest.mark.parametrize(
    "text",
    [
        "open the shop, press Send",
        "the page stays white",
        "it says: you can not send",
        "one charge per key",
        "p95 is 6.8 s now",
        "the good list opens",
    ],
)
def test_what_says_something_is_not_put_off(text: str):
    assert not unknown.is_put_off(text)


@pytest.mark.parametrize(
    "word", ["sorry ", "not ", "nicht ", "i don't know ", "- ", "n/a ", "can ", "really ", "it's "]
)
def test_the_worst_case_is_bounded(word: str):
    for text in (word * 1_000, word * 20, (word * 40)[:160], (word * 40)[:159] + "!"):
        started = time.process_time()
        unknown.is_unknown(text), unknown.is_blank(text), unknown.is_put_off(text)
        assert time.process_time() - started < 0.1
