"""Topics and rules by the words of a mail: what counts, how much, and what does not."""

from __future__ import annotations

import time

import pytest

from parsing.category import match
from parsing.message import Lexicon, Reading, RuleWords, TopicWords
from parsing.reading import read

LEXICON = Lexicon(
    topics=(
        TopicWords(topic="Outage", subtopic="", words=("outage", "ausfall", "panne", "障害"), strong=("total loss",)),
        TopicWords(topic="Billing", subtopic="invoice", words=("invoice", "rechnung", "keine rechnung")),
        TopicWords(topic="Access", subtopic="login", words=("log in", "anmelden", "me connecter", "login")),
        TopicWords(topic="Data", subtopic="export", examples=("the nightly export stops half way",)),
        TopicWords(topic="Usage", subtopic="", words=("how do i",), weight=0.25),
    ),
    rules=(
        RuleWords(name="outage", words=("outage", "outages", "timeout"), unless=("outage is over",)),
        RuleWords(name="parcel", examples=("my parcel has not arrived yet",)),
    ),
)


def topics(text: str, subject: str = "", lexicon: Lexicon = LEXICON) -> list[str]:
    return [found.topic for found in match(subject, text, lexicon).topics]


def score(text: str, subject: str = "") -> float:
    return match(subject, text, LEXICON).topics[0].score


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("There is no outage", True),
        ("There is no known outage", True),
        ("This is not an outage", True),
        ("We do not have an outage", True),
        ("It isn't an outage", True),
        ("without any outage", True),
        ("kein Ausfall", True),
        ("Das ist kein bekannter Ausfall", True),
        ("Es gab keinen Ausfall", True),
        ("Das ist nicht der Ausfall", True),
        ("il n'y a pas de panne", True),
        ("aucune panne", True),
        ("ce n'est pas une panne", True),
        ("没有障害", True),
        ("No. Outage since nine", False),
        ("No, the outage goes on", False),
        ("not only an outage", False),
        ("I do not know why there is an outage", False),
        ("nobody told us of the outage", False),
        ("Ausfall seit neun", False),
        ("une panne depuis ce matin", False),
        ("システム障害です", False),
        ("no end of the outage", False),
        ("No the outage goes on", False),
        ("Is it over? No our outage goes on", False),
        ("there is no the outage", True),
        ("Non la panne continue", False),
    ],
)
def test_a_denied_word_does_not_count(text: str, denied: bool) -> None:
    assert ("Outage" not in topics(text)) == denied


def test_both_halves_of_a_denial_count_as_denied() -> None:
    found = match("", "there is no outage or timeout here", LEXICON).rules[0]
    assert not found.counts
    assert len(found.denied) == 2


@pytest.mark.parametrize(
    "text",
    [
        "I can not log in",
        "we are not able to log in",
        "Ich kann mich nicht anmelden",
        "je ne peux pas me connecter",
        "je n'arrive pas à me connecter",
    ],
)
def test_what_somebody_cannot_do_is_what_they_speak_of(text: str) -> None:
    assert topics(text) == ["Access"]


def test_a_phrase_that_holds_its_denial_is_no_denial() -> None:
    assert topics("Ich habe keine Rechnung erhalten") == ["Billing"]


def test_words_that_deny_may_be_configured() -> None:
    lexicon = Lexicon(topics=LEXICON.topics, denials=frozenset({"nyet"}))
    assert topics("nyet outage") == ["Outage"]
    assert topics("nyet outage", lexicon=lexicon) == []


def test_subject_phrases_strong_and_different_words_weigh_more() -> None:
    assert score("", "outage") > score("outage")
    assert score("outage ausfall") > score("outage outage")
    assert score("outage outage") > score("outage")
    assert score("outage " * 50) == score("outage " * 4)
    assert score("log in") > score("login")
    assert score("total loss") == 3 * score("log in")
    assert score("how do i") == 0.25 * 3


def test_stops_end_a_phrase_and_line_ends_do_not() -> None:
    assert topics("we log\nin every day") == ["Access"]
    assert topics("we keep a log. In March it was lost") == []
    assert topics("we keep a log\n\nin March it was lost") == []


def test_capitals_and_ways_of_writing_a_letter_make_no_difference() -> None:
    assert topics("OUTAGE") == topics("ｏｕｔａｇｅ") == topics("Outage") == ["Outage"]
    composed = Lexicon(topics=(TopicWords(topic="A", subtopic="", words=("accès",)),))
    assert topics("acce\u0300s", lexicon=composed) == ["A"]


def test_examples_find_what_is_said_in_other_words() -> None:
    found = match("", "Our nightly export has stopped half of the way", LEXICON).topics
    assert [(one.topic, one.words) for one in found] == [("Data", ())]
    assert found[0].example == "the nightly export stops half way"
    assert topics("the weather is nice and we walk to the river") == []
    assert topics("export") == []  # one shared word of four is no likeness
    rules = match("", "the parcel never arrived", LEXICON).rules
    assert [(one.name, one.counts) for one in rules] == [("parcel", True)]


def test_a_rule_says_what_kept_it_from_counting() -> None:
    over = match("", "The outage is over, thanks", LEXICON).rules[0]
    assert (over.name, over.counts, over.unless) == ("outage", False, ("outage is over",))
    still = match("", "I do not think that outages stop; the outage goes on", LEXICON).rules[0]
    assert still.counts
    denied = match("", "no outage", LEXICON).rules[0]
    assert (denied.counts, denied.denied) == (False, ("no outage",))
    assert match("", "not an outage is over", LEXICON).rules[0].unless == ()  # the exception is denied itself


def test_quoted_words_and_signatures_do_not_count() -> None:
    raw = (
        b"From: a@x.test\nSubject: Re: hello\n\nThank you.\n\nOn Mon, 5 Oct 2026 at 10:00, B <b@y.test> wrote:\n"
        b"> There is an outage of the invoice system.\n\n-- \nAnna\nInvoice department, outage desk\n"
    )
    mail = read(raw, Reading(topics=LEXICON))
    assert (mail.topics, mail.rules) == ((), ())


def test_what_fails_in_sorting_costs_no_other_part_of_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parsing.category.tokens", lambda _: 1 / 0)
    mail = read(b"From: a@x.test\nSubject: outage\n\nhello\n", Reading(topics=LEXICON))
    assert (mail.reply.strip(), mail.topics) == ("hello", ())
    assert "the topics cannot be read: ZeroDivisionError" in mail.defects


def test_an_empty_lexicon_finds_nothing_and_rules_need_no_topic() -> None:
    assert match("outage", "outage", Lexicon()).topics == ()
    alone = Lexicon(rules=(RuleWords(name="r", words=("outage",)),))
    assert [one.name for one in match("", "outage", alone).rules] == ["r"]


def test_the_number_of_rules_makes_no_difference_to_a_mail_that_has_none_of_their_words() -> None:
    words = [f"word{number}" for number in range(20_000)]
    many = Lexicon(rules=tuple(RuleWords(name=f"r{n}", words=tuple(words[n::400])) for n in range(400)))
    few = Lexicon(rules=many.rules[:4])
    text = "the quick brown fox jumps over the lazy dog and runs home again\n" * 30

    def cost(lexicon: Lexicon) -> float:
        match("", text, lexicon)
        best = 9.0
        for _ in range(5):
            began = time.process_time()
            for _ in range(20):
                match("", text, lexicon)
            best = min(best, time.process_time() - began)
        return best

    assert cost(many) < 3 * cost(few) + 0.01
