"""Declared fields are fields like all others: set, refused with their form, kept, needed (`ops` R27, R30, R40)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli import facts
from gateway.config.loading import load
from gateway.rules import fields
from gateway.rules.desk import Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.policy.handoffs import Edge
from gateway.rules.policy.intake import Inquiry, Wanted
from gateway.rules.priority import QUESTIONS
from parsing.message import Choice, Sought
from store.records import Ticket

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def wanted(name: str, kind: str, **more: object) -> Wanted:
    sensitive = bool(more.pop("sensitive", False))
    return Wanted(name=name, sought=Sought(name=name, kind=kind, **more), label={"en": name}, sensitive=sensitive)  # type: ignore[arg-type]


CHOICES = (Choice(value="Heron Printer", names=("label printer",)), Choice(value="Osprey Cloud"))
DECLARED = (
    wanted("product", "product", choices=CHOICES),
    wanted("connection", "choice", choices=(Choice(value="cable"), Choice(value="network", names=("wlan",)))),
    wanted("invoice_number", "number", pattern="INV-####-#####"),
    wanted("card", "number", pattern="####", check="luhn"),
    wanted("sites", "text"),
    wanted("pin", "text", sensitive=True),
    wanted("page", "url"),
    wanted("works", "yesno"),
    wanted("begun", "when"),
)


@pytest.fixture(scope="module")
def demo() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


@pytest.fixture(scope="module")
def desk(demo: Desk) -> Desk:
    return replace(demo, inquiry=Inquiry(fields={one.name: one for one in DECLARED}))


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(
        ref=1001, type="support", status="new", status_category="open", subject="Hello", priority=3,
        team="frontline", requester="nora@northwind.example", created_at=NOW, updated_at=NOW,
        mailbox="support@desk.example", language="en",
    )  # fmt: skip


def said(desk: Desk, words: str) -> object:
    field, value = fields.named(words, desk)
    assert field is not None, words
    return field.read(value, desk)


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("product heron printer", "Heron Printer"),
        ("product: label printer", "Heron Printer"),
        ("connection wlan", "network"),
        ("invoice number INV-2026-00042", "INV-2026-00042"),
        ("invoice-number = inv 2026 00042", "INV-2026-00042"),
        ("invoice number INV-2026-00042 and the one before", "INV-2026-00042 and the one before"),
        ("card 0018", "0018"),
        ("sites Hull, Leeds", "Hull, Leeds"),
        ("page https://shop.example/cart", "https://shop.example/cart"),
        ("works yes", "yes"),
        ("begun after the update, I think", "after the update, I think"),
    ],
)
def test_a_value_is_read_by_its_kind(desk: Desk, words: str, value: str) -> None:
    assert said(desk, words) == value


@pytest.mark.parametrize(
    ("words", "reason", "nearest"),
    [
        ("invoice_number abc", "abc is no invoice number; it is a number like INV-####-#####", ""),
        ("product Heron Scanner", "it is one of: Heron Printer, Osprey Cloud", "#set product Heron Printer"),
        ("connection pigeon", "pigeon is no connection; it is one of: cable, network", ""),
        ("card 0019", "its check digit is wrong", ""),
        ("works perhaps", "perhaps is no works; it is yes or no", ""),
        ("pin 1234", "the pin is kept in confidence: only the mail itself has it", "#waive pin"),
    ],
)
def test_a_value_without_the_form_of_its_kind_is_refused_with_the_form(
    desk: Desk, words: str, reason: str, nearest: str
) -> None:
    found = said(desk, words)
    assert isinstance(found, fields.Unfit), found
    assert reason in found.reason
    assert found.nearest == nearest


def test_a_desk_that_declares_none_keeps_the_six_as_plain_text(demo: Desk) -> None:
    plain = replace(demo, inquiry=Inquiry())
    assert fields.of(plain) is fields.FIELDS
    assert set(fields.INTAKE) < set(fields.FIELDS)
    assert said(plain, "invoice number 47") == "47"
    assert fields.saying("invoice_number", plain) == "#set invoice_number TEXT"


def test_a_declared_field_is_said_found_and_nearest(desk: Desk, ticket: Ticket) -> None:
    assert fields.saying("invoice_number", desk) == "#set invoice_number INV-####-#####"
    assert fields.saying("connection", desk) == "#set connection cable|network"
    assert fields.nearest("conection", desk) == "#set connection cable|network"
    assert "product" in tuple(fields.names(desk, ticket))
    assert "plan" not in tuple(fields.names(desk, ticket))
    assert fields.stranger(fields.of(desk)["product"], replace(ticket, type="escalation"), desk) == (
        "product is a field only on support tickets, questions"
    )


def test_what_the_desk_notes_is_no_field_of_a_matter(desk: Desk) -> None:
    known = {"escalated_to": "network", "revenue": "yes", "product": "Osprey Cloud", "contact": "c@acme.example"}
    assert [(one.name, value) for one, value in fields.shown(known, desk)] == [
        ("contact", "c@acme.example"),
        ("product", "Osprey Cloud"),
    ]
    assert set(known) - {"product"} <= fields.TAKEN
    assert {"priority", "subject", "status", *QUESTIONS} <= fields.TAKEN
    assert not set(fields.INTAKE) & fields.TAKEN


def test_r30_a_retyped_ticket_keeps_what_its_new_type_has(desk: Desk) -> None:
    known = {"product": "Osprey Cloud", "worked_by": "anastasia"}
    assert fields.kept(known, "question", desk) == known
    assert fields.kept(known, "escalation", desk) == {"worked_by": "anastasia"}


def test_r72_a_declared_field_goes_over_under_the_other_sides_name(desk: Desk, ticket: Ticket) -> None:
    edge = Edge(name="out", origin="frontline", address="t@vendor.example", map={"product": "Item"})
    full = replace(ticket, facts={"product": "Osprey Cloud", "sites": "Hull", "worked_by": "anastasia"})
    carried = handoffs.carried(edge, full, desk)
    assert ("product", "Item", "Osprey Cloud") in carried.mapped
    assert ("sites", "Hull") in carried.appendix
    assert "worked_by" not in dict(carried.appendix)


def test_a_shell_shows_each_fact_with_where_it_is_from() -> None:
    fact = {"value": None, "source": None, "how": None, "by": None}
    view = {
        "complete": False, "rounds": 2, "missing": ["expected", "started_at"], "stage": "handed",
        "needed": ["observed", "expected", "started_at", "pin", "sites"],
        "fields": {
            "observed": {**fact, "state": "present", "value": "white page", "source": "I see a white page.",
                         "how": "sentence", "by": "nora@northwind.example"},
            "expected": {**fact, "state": "missing"},
            "started_at": {**fact, "state": "unsure", "source": "some day"},
            "pin": {**fact, "state": "present", "source": "4711", "how": "label"},
            "sites": {**fact, "state": "waived", "how": "agent"},
        },
    }  # fmt: skip
    assert facts.lines(view) == [
        "Intake: 2 of 5 facts missing, asked 2 times; a person asks for the rest",
        '  Observed: white page ("I see a white page."), sentence, nora@northwind.example',
        "  Expected: missing",
        "  Started at: perhaps said, nobody can be sure: some day",
        "  Pin: said, and repeated nowhere, label",
        "  Sites: not needed",
    ]
    assert facts.lines({"fields": {}}) == []
