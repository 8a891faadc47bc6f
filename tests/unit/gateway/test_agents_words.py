"""What must not leave in an agent's words and files (promise 6): the own name, addresses, our notice, signatures."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.rules.desk import Desk
from gateway.rules.files import sendable
from gateway.rules.speech.leaving import found_in, steps
from gateway.rules.staff import Said, unsendable, unsigned
from gateway.rules.verbs import NOTHING_TO_TRY, Plan, Refused, errand, plan
from parsing.command import commands
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
    ("words", "instead"),
    [
        ("write to Benedikt@desk.example", "send it without that"),
        ("write to Benedikt@desk.example and dominique@desk.example", "send it without those"),
        ("Call us.\n\nKind regards,\nPhone: +49 30 5550 1234",
         "send it without that line; if customers may know the number, an operator adds it to [privacy] allow"),
    ],
)  # fmt: skip
def test_words_that_are_held_say_what_works(desk: Desk, words: str, instead: str) -> None:
    held = unsendable(_said(desk, words), desk, commanded=False)
    assert held is not None
    assert held.nearest == instead


@pytest.mark.parametrize(
    ("words", "held"),
    [
        ("Hello Nora, done.\n#resolve fixed", True),
        ("Hello Nora, done.\n#end", True),
        ("Hello Nora, done.\n#-- #resolve fixed", False),
        ("Hello Nora, done.\n#shoes are in", False),
        ("Hello Nora, done.\n> #resolve fixed", False),
    ],
)
def test_a_verb_below_the_words_does_not_leave_as_text(desk: Desk, words: str, held: bool) -> None:
    said = replace(_said(desk, words), below=commands(words).below)
    why = unsendable(said, desk, commanded=False)
    assert (why is not None) is held
    if why is not None:
        line = words.partition("\n")[2]
        assert why.reason == f"{line}: it stands below your words and would go to the customer as text"
        kept = unsendable(replace(said, internal=True), desk, commanded=False)
        assert kept is not None
        assert kept.reason.endswith("would be kept as text")


@pytest.mark.parametrize(
    ("content_type", "personal"),
    [("application/pkcs7-signature", True), ("text/vcard", True), ("text/calendar", True), ("application/pdf", False)],
)
def test_files_that_hold_the_agents_address_stay_behind(content_type: str, personal: bool) -> None:
    file = FileRef(raw="0" * 64, part=1, filename="f", content_type=content_type, size=1, sha256="0" * 64)
    assert sendable([file]) == (() if personal else (file,))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("It is fixed.\n\nAnastasia Winter\nPhone: +49 30 5550 1234", "It is fixed."),
        ("It is fixed.\n\nBest regards,\n\nAnastasia Winter\nEngineer | Example\nT +49 30 5550 1234", "It is fixed."),
        ("Best regards,\n\nAnastasia Winter\nT +49 30 5550 1234", ""),
        ("-- \nAnastasia Winter\n+49 30 5550 1234", ""),
        ("--", ""),
        ("Anastasia Winter\nwill call you tomorrow.", "Anastasia Winter\nwill call you tomorrow."),
        ("Anastasia Winter\nis in from ten?", "Anastasia Winter\nis in from ten?"),
        ("Your account\n- one\n- two", "Your account\n- one\n- two"),
    ],
)
def test_particulars_below_the_own_name_go_with_it(desk: Desk, words: str, left: str) -> None:
    assert unsigned(words, desk.agents["anastasia@desk.example"]) == left


def test_r07_a_number_of_the_agents_own_signature_is_held(desk: Desk) -> None:
    said = _said(desk, "Call me: 0171 2345678.")
    assert unsendable(said, desk, commanded=False) is None
    signed = replace(said, signature="Anastasia Winter\nMobile +49 171 2345678")
    held = unsendable(signed, desk, commanded=False)
    assert held is not None
    assert held.reason == "it would tell the customer the telephone number 0171 2345678"


@pytest.mark.parametrize(
    ("words", "internal", "what"),
    [
        ("It is fixed.", False, ["the last check: nothing found"]),
        ("ask benedikt@desk.example", False, ["the last check: it must not leave"]),
        ("ask benedikt@desk.example", True, []),
    ],
)
def test_the_trace_tells_of_the_last_check(desk: Desk, words: str, internal: bool, what: list[str]) -> None:
    said = _said(desk, words, internal=internal)
    assert [step.what for step in steps(said, found_in(said, desk), desk)] == what


def test_a_dry_run_of_nothing_is_told(desk: Desk) -> None:
    said = _said(desk, "")
    tried = plan(commands("#dry-run").commands, said.before, desk, said.agent, NOW)
    assert isinstance(tried, Plan)
    held = unsendable(replace(said, plan=tried), desk, commanded=True)
    assert held is not None
    assert held.reason == NOTHING_TO_TRY
    assert unsendable(replace(said, plan=tried, words="Hello"), desk, commanded=True) is None
    alone = errand(commands("#dry-run").commands, desk, said.agent, NOW)
    assert isinstance(alone, Refused)
    assert alone.reason == NOTHING_TO_TRY
