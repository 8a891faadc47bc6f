"""Sorting: type, topic, facet, team and urgency of a new ticket from its words (`ops` R20, R50, R52, R58, X2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.rules import topics, workflow
from gateway.rules.case import Guarded, Incoming, Sorted, Threaded
from gateway.rules.desk import Desk
from gateway.rules.policy.sorting import Rule, Taxonomy
from gateway.rules.policy.workflow import TYPES
from gateway.rules.verbs import Refused, plan
from gateway.stages.sort import sort
from parsing.command import commands
from parsing.message import RuleMatch, TopicMatch
from store.records import Person, Ticket, Trust
from tests.unit.gateway.conftest import NOW

Mail = Callable[..., Incoming]
Made = Callable[..., Ticket]


def told(incoming: Incoming, desk: Desk, to: str = "support@desk.example", **changes: Any) -> Threaded:
    """A mail of somebody whom nothing proves, as it reaches the stage."""
    usual = Guarded(
        incoming=incoming,
        mailbox=desk.addresses[to],
        others=(),
        author=Person(address="nora@customer.example"),
        agent=None,
        key=None,
        trust=Trust.D,
        robot=False,
        unanswered="",
        trace=(),
    )
    guarded = replace(usual, **changes)
    return Threaded(guarded=guarded, ticket=None, reopens=False, membership="", links=(), trace=())


@pytest.fixture
def sorted_(incoming: Mail, desk: Desk) -> Callable[..., Sorted]:
    def make(text: str, subject: str = "hello", to: str = "support@desk.example", **changes: Any) -> Sorted:
        mail = incoming(f"From: Nora <nora@customer.example>\nSubject: {subject}\n\n{text}\n")
        return sort(told(mail, changes.pop("desk", desk), to, **changes), desk)

    return make


def trace(found: Sorted) -> str:
    return "\n".join(f"{step.what} — {step.why}" for step in found.trace)


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("Checkout button not working", "support"),
        ("How do I access the admin panel?", "question"),
        ("Wie kann ich das Passwort ändern?", "question"),
        ("Comment puis-je changer ma signature ?", "question"),
        ("How do I get rid of the error on the start page?", "support"),
        ("Can you explain the report? There is no error, I only want to know", "question"),
        ("Der Export funktioniert nicht, wie kann ich ihn neu starten?", "support"),
        ("Hello", "support"),
    ],
)
def test_r20_what_is_broken_is_support_and_what_one_wants_to_know_a_question(
    sorted_: Callable[..., Sorted], text: str, type_: str
) -> None:
    assert sorted_(text).type == type_
    assert sorted_("", subject=text).type == type_


def test_r20_the_trace_says_which_rule_made_the_type(sorted_: Callable[..., Sorted]) -> None:
    assert "type question — rule to-know, words: how do i" in trace(sorted_("How do I access the admin panel?"))


def test_r23_an_escalation_comes_from_proven_staff_alone(sorted_: Callable[..., Sorted], desk: Desk) -> None:
    anastasia = desk.agent_named("anastasia")
    at = "escalate@desk.example"
    assert sorted_("outage", to=at, agent=anastasia, trust=Trust.A).type == "escalation"
    assert sorted_("how do i", to=at, agent=anastasia, trust=Trust.B).type == "escalation"
    assert sorted_("outage", to=at, agent=anastasia, trust=Trust.D).type == "support"
    assert sorted_("outage", to=at).type == "support"
    assert sorted_("outage", agent=anastasia, trust=Trust.A).type == "support"


@pytest.mark.parametrize(
    ("text", "topic", "subtopic"),
    [
        ("I can not log in", "Access", "login"),
        ("The website has been down since nine", "Outage", "website"),
        ("How do I export the list?", "Data", "export"),
        ("how can I export the list as CSV", "Data", "export"),
        ("How do I do it?", "Usage", "how-to"),
        ("please refund us", "Billing", "refund"),
        ("Ich habe keine Rechnung bekommen", "Billing", "invoice"),
        ("I do not have access", "Access", "permissions"),
        ("mein Passwort wird leider nicht mehr angenommen", "Access", "login"),
    ],
)
def test_r50_topic_and_subtopic_by_their_words(
    sorted_: Callable[..., Sorted], text: str, topic: str, subtopic: str
) -> None:
    found = sorted_(text)
    assert (found.topic, found.subtopic) == (topic, subtopic)


def match(topic: str, subtopic: str = "", score: float = 1.0) -> TopicMatch:
    return TopicMatch(topic=topic, subtopic=subtopic, words=(f"{topic} {subtopic}".strip().lower(),), score=score)


@pytest.mark.parametrize(
    ("matches", "topic", "subtopic", "candidates"),
    [
        ([], "", "", ()),
        ([match("A", score=0.4)], "", "", ("A",)),
        ([match("A"), match("B")], "", "", ("A", "B")),
        ([match("A", score=4), match("B", score=3.1), match("C"), match("D")], "", "", ("A", "B", "C")),
        ([match("A", score=4), match("B", score=3)], "A", "", ()),
        ([match("A"), match("A", "x"), match("B", "y")], "A", "x", ()),
        ([match("A", n) for n in "wxyz"], "A", "", ("w", "x", "y")),
        ([match("A", "x", 4), match("A", "y", 3)], "A", "x", ()),
    ],
)
def test_x2_a_subtopic_or_a_topic_with_three_candidates_or_triage_and_never_a_guess(
    incoming: Mail, matches: list[TopicMatch], topic: str, subtopic: str, candidates: tuple[str, ...]
) -> None:
    mail = replace(incoming("From: a@x.test\n\n.\n").mail, topics=tuple(matches))
    found = topics.judge(mail, ())
    assert (found.topic, found.subtopic, found.candidates) == (topic, subtopic, candidates)
    assert found.reason


def test_x2_what_cannot_be_sorted_has_no_topic_and_says_why(sorted_: Callable[..., Sorted]) -> None:
    found = sorted_("good morning")
    assert (found.topic, found.topic_reason) == ("", "no word of any topic")
    assert "no topic — no word of any topic" in trace(found)
    found = sorted_("the import and the invoice")
    assert (found.topic, found.topic_reason) == ("", "words of several topics: Billing, Data")


@pytest.mark.parametrize("type_", ["support", "question"])
def test_r50_without_a_topic_no_ticket_goes_beyond_accepted(desk: Desk, ticket: Made, type_: str) -> None:
    flow = TYPES[type_]
    later = [state.name for state in flow.states if state.name not in ("new", "accepted", "closed")]
    for status in later:
        state = next(one for one in flow.states if status in one.next)
        found = workflow.barred(ticket(type=type_, status=state.name, outcome="x"), status, desk)
        assert found is not None
        assert found.missing == ("topic",)
    refused = plan(
        commands("#start").commands, ticket(status="accepted"), desk, desk.agents["dominique@desk.example"], NOW
    )
    assert isinstance(refused, Refused)
    assert refused.nearest == "#topic TOPIC"


@pytest.mark.parametrize(
    ("text", "ruf"),
    [("the network is down", "R"), ("how do i change the colour", "U"), ("please add a dark mode", "F"), ("hello", "")],
)
def test_r52_each_mail_has_its_facet(sorted_: Callable[..., Sorted], text: str, ruf: str) -> None:
    assert sorted_(text).ruf == ruf


@pytest.mark.parametrize("subject", ["Outage", "OUTAGE!!!", "Totalausfall", "Coupure depuis ce matin"])
def test_r58_an_outage_is_critical_at_once_and_calls_its_team(sorted_: Callable[..., Sorted], subject: str) -> None:
    found = sorted_("since nine", subject=subject)
    assert (found.topic, found.priority, found.impact, found.urgency) == ("Outage", 1, 1, 1)
    assert (found.team, found.helpers) == ("frontline", ("network",))
    assert "rule outage: speaks for Outage, impact 1, urgency 1, network helps — words: " in trace(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("there is no outage", "denied: no outage"),
        ("kein Ausfall", "denied: kein ausfall"),
        ("aucune coupure", "denied: aucune coupure"),
        ("The outage is over, thank you", "the mail also says: outage is over"),
        ("Der Ausfall ist behoben", "the mail also says: ausfall ist behoben"),
        ("The outage is now fixed, thank you", "the mail also says: outage is now fixed"),
        ("Der Ausfall ist vorbei", "the mail also says: ausfall ist vorbei"),
        ("La panne générale est finie, la panne est résolue", "the mail also says: panne est résolue"),
    ],
)
def test_r58_no_outage_is_none(sorted_: Callable[..., Sorted], text: str, why: str) -> None:
    found = sorted_(text)
    assert (found.priority, found.helpers, found.impact) == (3, (), 0)
    assert f"rule outage does not count — {why}" in trace(found)


@pytest.mark.parametrize(
    "text",
    [
        "I still have no refund after three weeks. When do I get it?",
        "Ich habe noch keine Erstattung bekommen.",
        "Je n'ai toujours pas de remboursement.",
        "You have not refunded me: I was not refunded",
    ],
)
def test_r58_who_has_no_refund_yet_asks_for_it(sorted_: Callable[..., Sorted], text: str) -> None:
    found = sorted_(text)
    assert (found.topic, found.subtopic, found.helpers) == ("Billing", "refund", ("billing",))


@pytest.mark.parametrize(
    "text",
    [
        "We do not need a refund",
        "Ich brauche keine Erstattung",
        "Wir wollen keine Erstattung",
        "Pas besoin de remboursement",
    ],
)
def test_r58_who_wants_no_refund_calls_nobody(sorted_: Callable[..., Sorted], text: str) -> None:
    assert sorted_(text).helpers == ()


def test_r58_a_refund_calls_billing_and_its_own_mailbox_nobody(sorted_: Callable[..., Sorted]) -> None:
    found = sorted_("I want my money back")
    assert (found.topic, found.subtopic, found.team, found.helpers) == ("Billing", "refund", "frontline", ("billing",))
    assert found.priority == 3
    at_billing = sorted_("I want my money back", to="billing@desk.example")
    assert (at_billing.team, at_billing.helpers) == ("billing", ())


@pytest.mark.parametrize("subject", ["URGENT!!!", "ASAP ASAP ASAP", "DRINGEND!!!", "CRITICAL EMERGENCY P1 HIGHEST"])
def test_r55_shouting_changes_nothing(sorted_: Callable[..., Sorted], subject: str) -> None:
    quiet, loud = sorted_("the logo has the wrong colour"), sorted_("THE LOGO HAS THE WRONG COLOUR!!!", subject=subject)
    assert (loud.priority, loud.impact, loud.urgency, loud.team) == (quiet.priority, 0, 0, quiet.team)
    assert loud.priority >= 3


def with_rules(desk: Desk, *rules: Rule) -> Desk:
    return replace(desk, taxonomy=Taxonomy(topics=desk.taxonomy.topics, rules=rules))


def test_rules_ask_for_addresses_and_languages(incoming: Mail, desk: Desk) -> None:
    mail = incoming("From: a@x.test\nSubject: x\n\nHello, we have been charged, please look at it\n")
    other = with_rules(
        desk,
        Rule(name="here", team="billing", by_words=False, addresses=frozenset({"support@desk.example"})),
        Rule(name="there", tags=("no",), by_words=False, addresses=frozenset({"billing@desk.example"})),
        Rule(name="german", tags=("de",), by_words=False, languages=frozenset({"de"})),
        Rule(name="english", tags=("en", "x"), ruf="F", by_words=False, languages=frozenset({"en"})),
        Rule(name="words", tags=("never",)),
    )
    found = sort(told(mail, other), other)
    assert (found.team, found.tags, found.ruf) == ("billing", ("en", "x"), "F")
    assert "rule english: functionality, tags en x — mail for en" in trace(found)


def test_of_two_rules_the_greater_facts_count_and_the_heavier_type(incoming: Mail, desk: Desk) -> None:
    rules = (
        Rule(name="a", impact=3, urgency=1, type="question", weight=3),
        Rule(name="b", impact=2, type="support", weight=3),
        Rule(name="c", type="question", weight=2),
    )
    mail = replace(
        incoming("From: a@x.test\n\nx\n").mail, rules=tuple(RuleMatch(name=n, words=("x",), score=1.0) for n in "abc")
    )
    other = with_rules(desk, *rules)
    threaded = told(replace(incoming("From: a@x.test\n\nx\n"), mail=mail), other)
    found = sort(threaded, other)
    assert (found.impact, found.urgency, found.type) == (2, 1, "support")
    assert "rule b, a" in found.priority_reason


def test_a_rule_outweighs_a_few_words(incoming: Mail, desk: Desk) -> None:
    mail = incoming("From: a@x.test\nSubject: x\n\nthe export\n")
    other = with_rules(desk, Rule(name="all", topic="Billing", by_words=False, weight=5, languages=frozenset({"en"})))
    assert sort(told(mail, other), other).topic == "Billing"
    light = with_rules(desk, Rule(name="all", topic="Billing", by_words=False, weight=0.1, languages=frozenset({"en"})))
    assert sort(told(mail, light), light).topic == "Data"


def test_the_team_of_a_rule_decides_the_division(incoming: Mail, desk: Desk) -> None:
    from gateway.rules.policy.workflow import QUESTION, Division

    projects = Division(name="projects", teams=frozenset({"network"}), workflow=QUESTION)
    other = replace(
        with_rules(desk, Rule(name="r", team="network", by_words=False, languages=frozenset({"en"}))),
        divisions={"projects": projects},
    )
    mail = incoming("From: a@x.test\nSubject: x\n\nhello there, how are you\n")
    assert sort(told(mail, other), other).division == "projects"
