"""Rules of answers: each counts once, and never against a person."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.config.loading import load
from gateway.rules.desk import Desk
from gateway.rules.intake.needed import conditions
from gateway.rules.intake.ruling import deeds, ruled, steps
from gateway.rules.policy.sorting import Rule, Taxonomy, Topic
from store.records import Ticket
from tests.desk import START

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
WHEN = {"product": ("Heron Printer", "Osprey Cloud")}


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(
        ref=1, type="support", subject="Zzz", priority=3, team="frontline", requester="nora@northwind.example",
        mailbox="support@desk.example", language="en", created_at=START, updated_at=START,
    )  # fmt: skip


def with_rules(desk: Desk, *rules: Rule) -> Desk:
    topics = (Topic(name="Outage", ruf="R"), Topic(name="network", parent="Outage"))
    return replace(desk, taxonomy=Taxonomy(topics=topics, answered=rules))


def said(ticket: Ticket, product: str = "heron printer") -> Ticket:
    return replace(ticket, facts={**ticket.facts, "product": product})


def test_a_rule_counts_when_its_answer_comes_and_never_again(desk: Desk, ticket: Ticket) -> None:
    policy = with_rules(desk, Rule(name="heron", when=WHEN, tags=("hardware",), team="network"))
    after, events, trace = ruled(ticket, said(ticket), policy, START)
    assert (after.tags, after.team, after.owned_at) == (("hardware",), "network", START)
    assert [(one.kind, one.detail["because"]) for one in events] == [("ruled", "product is heron printer")]
    assert steps(events) == tuple(trace)
    assert deeds(events) == "; rule heron: team network, tags hardware"
    untagged = replace(after, tags=())
    for later in (replace(untagged, priority=2), said(untagged, "Osprey Cloud")):
        assert ruled(untagged, later, policy, START) == (later, [], [])
    assert conditions(policy) >= {"product"}


def test_another_answer_or_place_or_language_is_not_meant(desk: Desk, ticket: Ticket) -> None:
    for rule, answer in (
        (Rule(name="one", when=WHEN, tags=("x",)), "Kestrel"),
        (Rule(name="two", when={**WHEN, "site": ("Hull",)}, tags=("x",)), "Heron Printer"),
        (Rule(name="three", when=WHEN, tags=("x",), languages=frozenset({"de"})), "Heron Printer"),
        (Rule(name="four", when=WHEN, tags=("x",), addresses=frozenset({"billing@desk.example"})), "Heron Printer"),
    ):
        after = said(ticket, answer)
        assert ruled(ticket, after, with_rules(desk, rule), START) == (after, [], [])


@pytest.mark.parametrize(
    "theirs",
    [
        {"assignee": "anastasia"},
        {"reassigned_at": START},
        {"handoff": {"to": "billing"}},
        {"type": "escalation"},
    ],
    ids=["has it", "gave it to a team", "was asked to take it", "escalation"],
)
def test_what_a_person_decided_stays(desk: Desk, ticket: Ticket, theirs: dict[str, Any]) -> None:
    policy = with_rules(desk, Rule(name="heron", when=WHEN, team="network", tags=("x",)))
    mine = replace(ticket, **theirs)
    after, events, _ = ruled(mine, said(mine), policy, START)
    assert (after.team, after.tags, len(events)) == ("frontline", ("x",), 1)


def test_what_was_said_stands(desk: Desk, ticket: Ticket) -> None:
    policy = with_rules(desk, Rule(name="heron", when=WHEN, topic="Outage", subtopic="network", impact=1, urgency=1))
    after, _, _ = ruled(ticket, said(ticket), policy, START)
    assert (after.topic, after.subtopic, after.impact, after.urgency, after.priority) == ("Outage", "network", 1, 1, 1)
    assert "rule heron" in after.priority_reason
    stated = replace(ticket, topic="Billing", impact=4, urgency=4)
    assert ruled(stated, said(stated), policy, START)[1] == []
    by_hand = replace(ticket, overridden=True, priority=4)
    assert ruled(by_hand, said(by_hand), policy, START)[0].priority == 4
    done = replace(ticket, status="closed", status_category="done")
    assert ruled(done, said(done), policy, START)[1] == []


def test_of_two_rules_the_heavier_one_names_team_and_topic(desk: Desk, ticket: Ticket) -> None:
    light = Rule(name="light", when=WHEN, team="network", topic="Outage", with_team="network")
    heavy = Rule(name="heavy", when=WHEN, team="billing", topic="Outage", subtopic="network", weight=5.0)
    after, events, _ = ruled(ticket, said(ticket), with_rules(desk, light, heavy), START)
    assert (after.team, after.subtopic, after.helpers) == ("billing", "network", ("network",))
    assert [event.detail["rule"] for event in events] == ["heavy", "light"]
