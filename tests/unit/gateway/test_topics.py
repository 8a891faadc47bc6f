"""What people say of a ticket that was sorted, and the triage card that shows it (`ops` R14, R52, R53, R64)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.rules import topics, triage
from gateway.rules.desk import Desk
from gateway.rules.policy.sorting import Taxonomy, Topic
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import NoteCorrection, Ticket
from tests.unit.gateway.conftest import NOW

Made = Callable[..., Ticket]


# What people say afterwards


def did(desk: Desk, ticket: Ticket, text: str) -> Plan | Refused:
    return plan(commands(text).commands, ticket, desk, desk.agents["dominique@desk.example"], NOW)


@pytest.mark.parametrize(
    ("said", "pair"),
    [
        ("Payments", ("Billing", "")),
        ("payments / money back", ("Billing", "refund")),
        ("BILLING/Invoice", ("Billing", "invoice")),
        ("login", ("Access", "login")),
        ("panne", ("Outage", "")),
        ("api", ("Integration", "api")),
    ],
)
def test_r53_another_name_is_the_same_topic(desk: Desk, ticket: Made, said: str, pair: tuple[str, str]) -> None:
    found = did(desk, ticket(topic="Data", topic_reason="words: export"), f"#topic {said}")
    assert isinstance(found, Plan)
    assert (found.ticket.topic, found.ticket.subtopic) == pair
    note = found.done[0].effects[0]
    assert isinstance(note, NoteCorrection)
    assert (note.field, note.was, note.because, note.became) == (
        "topic", "Data", "words: export", "/".join(filter(None, pair)),
    )  # fmt: skip


def test_r53_definitions_stand_beside_the_names(desk: Desk) -> None:
    assert all(topic.definition for topic in desk.taxonomy.topics if not topic.parent)


@pytest.mark.parametrize(
    ("said", "nearest"),
    [("Biling", "#topic Billing"), ("paymints", "#topic Billing"), ("access/logn", "#topic Access/login")],
)
def test_an_unknown_topic_is_refused_with_the_nearest(desk: Desk, ticket: Made, said: str, nearest: str) -> None:
    found = did(desk, ticket(), f"#topic {said}")
    assert isinstance(found, Refused)
    assert found.nearest == nearest
    assert ("Access has: login" if "/" in said else "topics: Access, Billing, Outage") in found.reason


def test_a_subtopic_that_two_topics_have_is_not_guessed(desk: Desk) -> None:
    twice = Taxonomy(topics=(*desk.taxonomy.topics, Topic(name="Legal"), Topic(name="invoice", parent="Legal")))
    assert topics.named("invoice", replace(desk, taxonomy=twice)) is None
    assert topics.named("legal/invoice", replace(desk, taxonomy=twice)) == ("Legal", "invoice")
    assert topics.named("", desk) is None
    assert topics.named("Billing/nonsense", desk) is None


@pytest.mark.parametrize(("said", "became"), [("U", "U"), ("usability", "U"), ("r", "R")])
def test_r52_a_person_sets_the_facet_and_it_is_remembered(desk: Desk, ticket: Made, said: str, became: str) -> None:
    found = did(desk, ticket(ruf="F", topic_reason="words: import"), f"#ruf {said}")
    assert isinstance(found, Plan)
    assert found.ticket.ruf == became
    note = found.done[0].effects[0]
    assert isinstance(note, NoteCorrection)
    assert (note.field, note.was, note.became) == ("ruf", "F", became)


def test_r52_the_facet_follows_the_topic_unless_somebody_stated_it(desk: Desk, ticket: Made) -> None:
    def facet(**before: str) -> str:
        found = did(desk, ticket(**before), "#topic Outage")
        assert isinstance(found, Plan)
        return found.ticket.ruf

    assert facet(topic="Usage", ruf="U") == "R"
    assert facet() == "R"
    assert facet(topic="Usage", ruf="F") == "F"
    assert isinstance(did(desk, ticket(), "#ruf x"), Refused)


def test_r14_only_tags_of_the_list_are_taken_where_there_is_one(desk: Desk, ticket: Made) -> None:
    listed = replace(desk, tags=("search", "vip"))
    found = did(listed, ticket(tags=("old",)), "#tag +VIP -old")
    assert isinstance(found, Plan)
    assert found.ticket.tags == ("vip",)
    refused = did(listed, ticket(), "#tag +serch")
    assert isinstance(refused, Refused)
    assert (refused.reason, refused.nearest) == (
        "#tag +serch: there is no tag serch; tags: search, vip",
        "#tag +search",
    )
    assert isinstance(did(desk, ticket(), "#tag +anything"), Plan)


# The triage card


def test_r64_the_card_answers_four_questions_with_reasons(desk: Desk, ticket: Made) -> None:
    new = ticket(
        topic="Outage",
        topic_reason="words: outage",
        priority=1,
        priority_reason="impact 1 (rule outage)",
        helpers=("network",),
    )
    assert triage.card(new, desk, "The shop has been down since nine for all of us", ["a.png"]) == [
        ["Kind", "support, Outage (words: outage)"],
        ["Urgency", "priority 1 (impact 1 (rule outage))"],
        ["Detail", "enough to begin: 11 words, 1 file"],
        ["Team", "frontline (the team of support@desk.example); network helps"],
    ]


def test_r64_what_is_open_is_said_to_be_open(desk: Desk, ticket: Made) -> None:
    kind, urgency, detail, team = (answer for _, answer in triage.card(ticket(team="billing"), desk, "help"))
    assert kind == "support, no topic yet, #topic sets it"
    assert urgency == "priority 3 (nobody has said how urgent it is)"
    assert detail == "thin: 1 word; ask before you start"
    assert team == "billing (by a rule)"
