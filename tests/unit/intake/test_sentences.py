"""Sentences that say what happens, what should happen and what one does."""

from itertools import pairwise
from time import process_time

import pytest

from parsing.intake.cues import NAMES as CUES
from parsing.intake.cues import lexicon
from parsing.intake.features import NAMES, described, numbers
from parsing.intake.sentences import LONGEST, MOST, presence, read
from parsing.intake.units import BULLET, NUMBER, divide
from parsing.intake.weights import CLEAR, WEAK, WEIGHTS

_ENGLISH = """Hello,

since Friday the lift stops between two floors and the panel says "E12".
It should go straight up to the third floor.
1. press the button for the third floor
2. wait for the doors to close
Thanks
Ann
"""
_GERMAN = """Guten Tag,

seit Freitag bleibt der Aufzug stehen und die Anzeige meldet "E12".
Er sollte eigentlich direkt in den dritten Stock fahren.
1. Knopf für den dritten Stock drücken
2. warten, bis die Tür zugeht
Danke
Anna
"""
_FRENCH = """Bonjour,

depuis vendredi l'ascenseur reste bloqué et l'écran affiche « E12 ».
Il devrait monter directement au troisième.
1. appuyer sur le bouton du troisième
2. attendre la fermeture des portes
Merci
Anne
"""
_VAGUE = {
    "en": "Hello,\n\nwe have a problem with the lift.\nIt does not work.\nPlease call me back.\n\nThanks\nAnn\n",
    "de": "Guten Tag,\n\nwir haben ein Problem mit dem Aufzug.\nBitte rufen Sie mich zurück.\n\nDanke\nAnna\n",
    "fr": "Bonjour,\n\nnous avons un souci avec l'ascenseur.\nMerci de me rappeler.\n\nAnne\n",
}


@pytest.mark.parametrize(("language", "text"), [("en", _ENGLISH), ("de", _GERMAN), ("fr", _FRENCH)])
def test_r40_all_that_is_said_is_found_in_each_language(language: str, text: str) -> None:
    found = presence(read(text, language))
    states = {name: state for name, (state, _) in found.items()}
    assert states == {**dict.fromkeys(found, "present"), "people": "missing"}
    assert "E12" in found["observed"][1]
    assert any(word in found["expected"][1] for word in ("should", "sollte", "devrait"))
    assert any(word in found["steps"][1] for word in ("press", "drücken", "appuyer"))


@pytest.mark.parametrize(("language", "text"), _VAGUE.items())
def test_r40_what_only_complains_says_neither_what_is_expected_nor_steps(language: str, text: str) -> None:
    found = presence(read(text, language))
    assert found["expected"] == ("missing", "")
    assert found["steps"] == ("missing", "")
    assert found["observed"][0] != "present"


def test_r40_labels_in_a_line_count_for_what_follows_them() -> None:
    text = "Actual: a grey page\nExpected: the list of rooms\nSteps: menu, rooms, today\n"
    told = [one.shares[:3] for one in read(text, "en")]  # observed, expected, steps
    assert [shares.index(max(shares)) for shares in told] == [0, 1, 2]


def test_sentences_stand_where_they_say() -> None:
    sentences = read(_ENGLISH, "en")
    assert all(_ENGLISH[one.start : one.end].strip() == one.text for one in sentences)
    assert all(before.end <= after.start for before, after in pairwise(sentences))
    assert all(0 <= value <= 1 for one in sentences for value in one.shares)


def test_nothing_says_nothing() -> None:
    assert read("", "en") == () == read("\n \n> \n", "de")
    assert set(presence(()).values()) == {("missing", "")}


def test_a_wrapped_line_is_one_sentence_and_a_list_is_not() -> None:
    wrapped = "We always open the little window on the left hand side of the screen\nand then it closes.\n"
    assert len(divide(wrapped, 9)) == 1
    units = divide("1. open it\n2. close it\n- a hint\n", 9)
    assert [(unit.text, unit.mark) for unit in units] == [("open it", NUMBER), ("close it", NUMBER), ("a hint", BULLET)]


def test_an_abbreviation_and_a_date_end_no_sentence() -> None:
    assert [unit.text for unit in divide("Seit dem 3. Mai z. B. geht es. Danke.", 9)] == [
        "Seit dem 3. Mai z. B. geht es.",
        "Danke.",
    ]


def test_there_is_a_weight_for_each_feature() -> None:
    assert len(WEIGHTS) == len(NAMES)
    assert all(0 < weak < clear < 1 for weak, clear in zip(WEAK, CLEAR, strict=True))
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "nl"])
def test_every_language_has_words_for_the_strongest_cues(language: str) -> None:
    given = 0
    for bits in lexicon(language).bits.values():
        given |= bits
    for bits, longer in lexicon(language).pairs.values():
        given |= bits
        for _, bit in longer:
            given |= bit
    strongest = ("deny", "error", "symptom", "should", "ought", "norm", "former", "act", "seq", "show", "self", "wise")
    assert all(given >> CUES.index(name) & 1 for name in strongest)
    assert set(lexicon(language).headings.values()) == {"observed", "expected", "steps", "other"}


def test_a_language_without_words_is_read_as_english() -> None:
    assert lexicon("xx") == lexicon("en")


@pytest.mark.parametrize(
    "text",
    [
        "." * 60_000, ". " * 30_000, "a\n" * 30_000, "x" * 60_000, "1. a\n" * 12_000, "a" + " " * 60_000,
        "open " * 12_000, "a." * 30_000, ">" * 60_000, "a\n\n" * 20_000, "used to " * 8_000, "(" * 60_000,
        ".\"" * 30_000, "#" * 60_000, "* " * 30_000, "a:" * 30_000, ("b" * 69 + "\n") * 800,
    ],
)  # fmt: skip
def test_the_worst_text_is_cut_and_read_in_time(text: str) -> None:
    began = process_time()
    sentences = read(text, "en")
    presence(sentences)
    assert process_time() - began < 0.5
    assert len(sentences) <= MOST
    assert all(one.end <= LONGEST for one in sentences)


def test_features_are_each_named_once_a_unit() -> None:
    for sight, _ in described(_ENGLISH, divide(_ENGLISH, 99), lexicon("en")):
        row = numbers(sight)
        assert len(set(row)) == len(row)
