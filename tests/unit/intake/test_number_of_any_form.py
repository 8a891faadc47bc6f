"""A number that no pattern describes is told by the word before it."""

from __future__ import annotations

import time

import pytest

from parsing.intake.kinds.number import find
from parsing.intake.passage import Passage
from parsing.message import Sought

INVOICE = Sought(name="invoice_number", kind="number", cues=("invoice", "rechnung", "facture"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("invoice INV-2026-00412 is wrong", ["INV-2026-00412"]),
        ("Invoice no. 4711.", ["4711"]),
        ("Rechnung Nr. R-2026/118", ["R-2026/118"]),
        ("la facture n° F2026-118 du mois", ["F2026-118"]),
        ("invoices 118 and 119 are both wrong", ["118", "119"]),
        ("the invoice (RE-10023)", ["RE-10023"]),
        ("Our Rechnungsnummer: 2026-0042", ["2026-0042"]),
        ("INV-2026-00412 shows the wrong VAT", ["INV-2026-00412"]),
        ("the invoice of 2026", []),
        ("the invoice from March 2026", []),
        ("invoice 12.03.2026", []),
        ("3 invoices came", []),
        ("the invoice is 450.00", []),
        ("invoice 300 EUR too high", []),
        ("Rechnung vom 3.11.2026 über 40 EUR", []),
        ("my number is 4711", []),
    ],
)
def test_what_stands_behind_the_word_for_it(text: str, values: list[str]) -> None:
    assert [found.value for found in find(Passage(text=text), INVOICE)] == values


@pytest.mark.parametrize("text", ["47", "it is 47", "Nr. 47"])
def test_where_it_was_asked_for_any_number_is_one(text: str) -> None:
    assert [found.value for found in find(Passage(text=text, asked=True), INVOICE)] == ["47"]


@pytest.mark.parametrize(
    "text",
    ["the one from 3 March", "die vom 3. März", "the 3rd of March", "invoice from 2026", "the one of 12.03.2026",
     "the one over 300 EUR", "it was 40.00"],
)  # fmt: skip
def test_a_day_a_year_and_an_amount_are_none_even_where_it_was_asked_for(text: str) -> None:
    assert list(find(Passage(text=text, asked=True), INVOICE)) == []


@pytest.mark.parametrize(
    ("text", "sure"),
    [("4711 marked as paid", True), ("R-118", True), ("2026", True), ("47", True), ("it is 47", False)],
)  # fmt: skip
def test_a_number_of_few_digits_among_words_is_not_sure(text: str, sure: bool) -> None:
    assert [found.sure for found in find(Passage(text=text, asked=True), INVOICE)] == [sure]


@pytest.mark.parametrize("text", ["invoice " * 3000, "invoice no no no " * 2000, "invoice 11, " * 2000, "INV-" * 5000])
def test_the_worst_text_takes_no_time(text: str) -> None:
    before = time.process_time()
    assert len(list(find(Passage(text=text), INVOICE))) <= 5
    assert time.process_time() - before < 0.5
