"""What must not leave in an agent's words and files (promise 6): the own name, addresses, our notice, signatures."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.rules.desk import Desk
from gateway.rules.files import sendable
from gateway.rules.staff import Said, unsendable, unsigned
from gateway.rules.verbs import Plan
from store.records import FileRef, Person, Ticket, Trust

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _said(desk: Desk, words: str, *, internal: bool = False) -> Said:
    ticket = Ticket(
        ref=1001, subject="s", team="frontline", requester="nora@northwind.example", mailbox="support@desk.example",
        language="en", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    return Said(
        before=ticket, agent=desk.agents["anastasia@desk.example"], plan=Plan(ticket=ticket, done=()), words=words,
        internal=internal, occasion="1", now=NOW, requester=Person(address=ticket.requester), recent=(), trust=Trust.A,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("It is fixed.\n\nBest regards,\nAnastasia Winter", "It is fixed."),
        ("It is fixed.\nanastasia", "It is fixed."),
        ("It is fixed.\n\nAnastasia", "It is fixed."),
        ("Please ask Anastasia", "Please ask Anastasia"),
        ("Dear Nora,\nAnastasia", "Dear Nora,"),
        ("", ""),
    ],
)
def test_the_own_name_at_the_end_is_cut_with_its_closing_line(desk: Desk, words: str, left: str) -> None:
    assert unsigned(words, desk.agents["anastasia@desk.example"]) == left


@pytest.mark.parametrize(
    "words",
    ["write to Benedikt@desk.example", "Notes only: support+k" + "a" * 26 + "@desk.example"],
)
def test_words_that_name_an_address_are_held_unless_they_stay_inside(desk: Desk, words: str) -> None:
    assert unsendable(_said(desk, words), desk, commanded=False) is not None
    assert unsendable(_said(desk, words, internal=True), desk, commanded=False) is None
    assert unsendable(_said(desk, "It is fixed."), desk, commanded=False) is None


@pytest.mark.parametrize(
    ("content_type", "personal"),
    [("application/pkcs7-signature", True), ("text/vcard", True), ("text/calendar", True), ("application/pdf", False)],
)
def test_files_that_hold_the_agents_address_stay_behind(content_type: str, personal: bool) -> None:
    file = FileRef(raw="0" * 64, part=1, filename="f", content_type=content_type, size=1, sha256="0" * 64)
    assert sendable([file]) == (() if personal else (file,))
