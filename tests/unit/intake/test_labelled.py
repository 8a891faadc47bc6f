"""Lines that begin with a field's name (`ops` R40 (1), intake forms)."""

import time

import pytest

from parsing.intake import labelled, labels
from parsing.message import Sought

SOUGHT = (
    Sought(name="affected_users", kind="count", labels=("affected users", "betroffene", "personnes touchées")),
    Sought(name="steps_to_reproduce", kind="steps", labels=("steps to reproduce", "schritte", "étapes")),
    Sought(name="expected", kind="expected", labels=("expected", "erwartet", "attendu")),
    Sought(name="observed", kind="observed", labels=("observed", "beobachtet", "constaté")),
    Sought(name="started_at", kind="when", labels=("started at", "begonnen", "début")),
)


def said(text: str) -> dict[str, str]:
    return {line.field: line.value for line in labelled.lines(text, SOUGHT)}


@pytest.mark.parametrize(
    "line",
    [
        "Affected users: 25",
        "affected users : 25",
        "- Affected users: 25",
        "* **Affected users:** 25",
        "**Affected users**: 25",
        "1. Affected users: 25",
        "a) Affected users: 25",
        "Affected users - 25",
        "Affected users – 25",
        "Affected users = 25",
        "Affected users | 25",
        "| Affected users | 25 |",
        "Affected users\t25",
        "Affected users? 25",
        "Affected users (roughly): 25",
        "AFFECTED USERS: 25",
        "Betroffene: 25",
        "Personnes touchées : 25",
        "Affected users：25",
        "_Affected users:_ 25",
        "Affected users:\n25",
        "Affected users:\n\n25",
        "## Affected users\n25",
        "Affected users\n25",
        "Who: 25",
        "Betroffen: 25",
    ],
)
def test_r40_a_label_is_one_however_it_is_written(line: str):
    assert said(f"Hello,\n\n{line}\n\nBye") == {"affected_users": "25"}


@pytest.mark.parametrize(
    "line",
    [
        "The affected users: they are angry and I am as well",
        "We expected: nothing",
        "https://started.example/at",
        "This is what affected users say about it all",
        "10:30 we open",
    ],
)
def test_a_sentence_is_no_label(line: str):
    assert said(f"Hello,\n\n{line}\n\nBye") == {}


def test_steps_are_the_list_below_their_label():
    text = "Steps to reproduce:\n\n1. open the shop\n2. search: boots\n\n3. press Enter\n\nThanks for your help\nJo"
    assert said(text) == {"steps_to_reproduce": "1. open the shop\n2. search: boots\n\n3. press Enter"}


def test_a_value_goes_on_until_the_next_label_or_an_empty_line():
    text = "Expected:\nthe list opens\nin a second\nObserved: it does not, and the page stays\nwhite\n\nThanks for all"
    assert said(text) == {
        "expected": "the list opens\nin a second",
        "observed": "it does not, and the page stays\nwhite",
    }


def test_a_label_of_something_else_ends_a_value():
    text = "Observed:\nit hangs\nCustomer number: 4711\nNote: nothing"
    assert said(text) == {"observed": "it hangs"}


def test_several_labels_stand_in_one_line():
    text = "Steps: open it, press Send. Expected: it goes. Observed: it stays; Since: Monday"
    assert said(text) == {
        "steps_to_reproduce": "open it, press Send.",
        "expected": "it goes.",
        "observed": "it stays;",
        "started_at": "Monday",
    }


def test_an_empty_value_is_told_as_one():
    assert said("Observed:\n\n\nExpected: all well") == {"observed": "", "expected": "all well"}


def test_the_place_of_a_value_is_its_text():
    text = "Hi,\n\n* **Steps:** open *it*\n- Since: Monday\n"
    found = labelled.lines(text, SOUGHT)
    assert [line.value for line in found] == ["open *it", "Monday"]
    assert [text[line.start : line.end] for line in found] == ["open *it", "Monday"]


def test_what_a_desk_declares_for_one_field_is_never_another():
    mine = (*SOUGHT, Sought(name="fault_code", kind="text", labels=("error",)))
    assert {line.field for line in labelled.lines("Error: E07", mine)} == {"fault_code"}
    assert {line.field for line in labelled.lines("Error: E07", SOUGHT)} == {"observed"}


def test_two_fields_of_a_kind_share_none_of_its_words():
    two = (Sought(name="began", kind="when"), Sought(name="ended", kind="when"))
    assert {line.field for line in labelled.lines("Since: Monday\nEnded: Tuesday", two)} == {"ended"}


def test_normal_forms():
    assert labels.normal(" 1. **Steps  to reproduce** (required): ") == "steps to reproduce"
    assert labels.normal("— Étapes :") == "étapes"
    assert labels.normal("***") == ""


@pytest.mark.parametrize(
    "text",
    [
        "Steps: " * 10_000,
        "Steps:\n" * 10_000,
        "- " * 100_000,
        ("x" * 59 + ":") * 2_000,
        "\n".join("Steps - " + " - " * 20 for _ in range(5_000)),
        "Steps (" * 20_000,
        "\n" * 200_000,
        "Steps:\n" + "1. a\n" * 50_000,
    ],
)
def test_the_worst_case_is_bounded(text: str):
    started = time.process_time()
    found = labelled.lines(text, SOUGHT)
    assert time.process_time() - started < 0.5
    assert all(line.end <= labelled.LETTERS for line in found)
