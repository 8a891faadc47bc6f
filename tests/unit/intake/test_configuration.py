"""Fields, requirements and questions in the configuration (`ops` R27, R28, R40): what they become, what is warned of.

What is refused stands in `tests/bad_configs`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.config import organisations
from gateway.config.loading import load
from gateway.config.policy import asking
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.rules.policy.intake import Inquiry, Requirement
from parsing.message import Choice

ROOT = Path(__file__).parents[3]
DEMO, STARTER = (ROOT / "templates" / "desk" / name for name in ("demo.toml", "starter.toml"))
GOOD = (ROOT / "tests" / "bad_configs" / "unknown_team_of_an_agent" / "replydesk.toml").read_text()
GOOD = GOOD.replace('"fronline"', '"frontline"')
FIELDS = ("invoice_number", "observed", "steps_to_reproduce", "expected", "started_at", "affected_users")

Read = Callable[[str], Config]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def make(more: str) -> Config:
        (tmp_path / "replydesk.toml").write_text(GOOD + more)
        return load(tmp_path / "replydesk.toml", {})

    return make


def test_a_desk_that_says_nothing_asks_nothing(read: Read) -> None:
    assert read("").policy.inquiry == Inquiry()


@pytest.mark.parametrize("file", [DEMO, STARTER])
def test_r40_both_desks_of_init_ask_a_support_ticket_for_what_helps(file: Path) -> None:
    found = load(file, {})
    inquiry = found.policy.inquiry
    assert found.warnings == ()
    assert tuple(inquiry.fields) == FIELDS
    assert inquiry.requirements[0] == Requirement(
        type="support", fields=("observed", "steps_to_reproduce", "expected", "started_at", "affected_users")
    )
    assert inquiry.requirements[1] == Requirement(type="support", topic="Billing", fields=("invoice_number",))
    assert (inquiry.most, inquiry.rounds, inquiry.remind, inquiry.close, inquiry.urgent) == (4, 2, (2, 5), 10, 1)
    for wanted in inquiry.fields.values():
        for said in (wanted.label, wanted.question, wanted.example, wanted.reason):
            assert set(said) == {"en", "de", "fr"}, wanted.name
        assert all(len(text) <= 72 for text in wanted.question.values()), wanted.name


def test_r40_the_demo_desk_has_the_labels_of_the_contract() -> None:
    inquiry = load(DEMO, {}).policy.inquiry
    assert {name: one.label["en"] for name, one in inquiry.fields.items()} == {
        "invoice_number": "Invoice number",
        "observed": "Observed",
        "steps_to_reproduce": "Steps to reproduce",
        "expected": "Expected",
        "started_at": "Started at",
        "affected_users": "Affected users",
    }
    assert inquiry.requirements[2] == Requirement(type="support", topic="Outage", drop=("steps_to_reproduce",))
    labels = [label for one in inquiry.fields.values() for label in one.sought.labels]
    assert len(labels) == len(set(labels))
    assert all(label == label.lower() for label in labels)


def test_the_commented_examples_of_the_demo_desk_are_good(tmp_path: Path) -> None:
    """Each commented [[field]] and [[require]] counts once its marks are taken away."""
    lines = DEMO.read_text().splitlines()
    begin = next(n for n, line in enumerate(lines) if line.startswith("# Further kinds."))
    end = next(n for n, line in enumerate(lines) if n > begin and line == "[questions]")
    opened, inside = [], False
    for line in lines[begin:end]:
        inside = line.startswith("# [[") or (inside and line.startswith("# "))
        opened.append(line.removeprefix("# ") if inside else line)
    text = "\n".join((*lines[:begin], *opened, *lines[end:]))
    (tmp_path / "replydesk.toml").write_text(text)
    found = load(tmp_path / "replydesk.toml", {}).policy.inquiry
    assert set(found.fields) - set(FIELDS) == {"product", "connection", "screenshot", "licence_key", "stores"}
    assert found.requirements[-1] == Requirement(when={"product": ("Heron Printer",)}, fields=("connection", "stores"))


EVERYTHING = """
[[field]]
name = "product"
kind = "product"
label = { en = "Product", de = "Produkt" }
question = { en = "Which product is it?" }
labels = ["Item", "ITEM", "  the   item "]
cues = ["Model"]
choices = ["Osprey Cloud", { value = "Heron Printer", names = ["HP 2", "label printer"] }]
from = ["organisation", "linked"]

[[field]]
name = "licence"
kind = "number"
pattern = "??-####"
check = "luhn"
label = { en = "Licence" }
sensitive = true
expires_days = 30

[[organisation]]
domain = "northwind.example"
name = "Northwind"
facts = { product = "Osprey Cloud" }

[[require]]
organisation = "NorthWind.example"
fields = ["product", "product"]

[questions]
ask = false
most = 2
remind_days = []
close_days = 0
urgent = 0
"""


def test_every_key_is_read(read: Read) -> None:
    found = read(EVERYTHING).policy
    product, licence = found.inquiry.fields.values()
    assert product.sought.labels == ("product", "produkt", "item", "the item")
    assert product.sought.cues == ("model",)
    assert product.sought.choices == (
        Choice(value="Osprey Cloud"),
        Choice(value="Heron Printer", names=("hp 2", "label printer")),
    )
    assert product.sources == {"organisation", "linked"}
    assert (licence.sought.pattern, licence.sought.check, licence.sensitive) == ("??-####", "luhn", True)
    assert licence.expires == timedelta(days=30)
    assert found.organisations["northwind.example"].facts == {"product": "Osprey Cloud"}
    assert found.inquiry.requirements == (Requirement(organisation="northwind.example", fields=("product",)),)
    assert (found.inquiry.asks, found.inquiry.most, found.inquiry.remind) == (False, 2, ())
    assert (found.inquiry.close, found.inquiry.urgent) == (0, 0)


def test_a_question_that_a_language_lacks_is_a_warning(read: Read) -> None:
    warned = read(EVERYTHING).warnings
    assert tuple(line for line in warned if "field" in line) == (
        "replydesk.toml: field[1].label: missing in fr: whoever writes in that reads all questions in en",
        "replydesk.toml: field[1].question: missing in de, fr: whoever writes in that reads all questions in en",
    )


def test_a_declared_field_may_be_a_need_of_a_status_and_of_a_handoff(read: Read) -> None:
    division = """
[[division]]
name = "project"
teams = ["frontline"]

[[division.status]]
name = "accepted"
category = "open"
next = ["resolved"]
needs = ["{0}"]
"""
    handoff = """
[[handoff]]
name = "out"
from = "frontline"
address = "tracker@vendor.example"
trigger = "the maker has to mend it"
needs = ["{0}"]
map = {{ {0} = "Item" }}
"""
    found = read(EVERYTHING + division.format("product") + handoff.format("product")).policy
    assert found.handoffs[0].needs == ("product",)
    for text in (division, handoff):
        with pytest.raises(ConfigError, match="nearest: product"):
            read(EVERYTHING + text.format("produkt"))
        with pytest.raises(ConfigError, match=r"needs\[1\]: found licence; expected a field that is not sensitive"):
            read(EVERYTHING + text.format("licence"))


def test_organisations_of_a_file_have_facts_as_well(read: Read) -> None:
    known = {"product": ["Osprey Cloud", "Heron Printer"], "site": []}
    good = b'domain,name,facts\na.example,A,"product = Osprey Cloud; site = Hull"\nb.example,B,\n'
    found = organisations.read(good, "o.csv", {}, known)
    assert found.problems == ()
    assert [row.one.facts for row in found.rows] == [{"product": "Osprey Cloud", "site": "Hull"}, {}]
    bad = b"domain,name,facts\na.example,A,product=Osprey\nb.example,B,produkt=x\nc.example,C,site\n"
    assert organisations.read(bad, "o.csv", {}, known).problems == (
        'o.csv: line 2: facts: product: found "Osprey"; allowed: Osprey Cloud, Heron Printer; nearest: Osprey Cloud',
        'o.csv: line 3: facts: found "produkt"; allowed: product, site; nearest: product',
        f'o.csv: line 4: facts: found "site"; expected {organisations.COLUMNS["facts"][1]}',
    )


def test_circles_are_found_soon_in_the_largest_file() -> None:
    """Two hundred requirements, each of which hangs on all forty fields but one."""
    names = [f"fact{n}" for n in range(asking.MOST_FIELDS)]
    tree = {
        "field": [{"name": name, "label": {"en": name}} for name in names],
        "require": [
            {"when": {one: ["x"] for one in names[: n % 39 + 1]}, "fields": [names[n % 39 + 1]]}
            for n in range(asking.MOST_REQUIREMENTS)
        ],
    }
    begun = time.process_time()
    found = asking.problems(tree)
    assert time.process_time() - begun < 2.0
    assert not any("circles" in one.text for one in found)
