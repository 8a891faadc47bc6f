"""Priorities: the matrix, the two questions, what an organisation weighs, and a person's word over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest

from gateway.rules import priority
from gateway.rules.case import Guarded, Incoming, Threaded
from gateway.rules.desk import Desk, Organisation
from gateway.rules.inflation import is_inflated, told
from gateway.rules.policy.urgency import MATRIX, Urgency, Weights
from gateway.rules.policy.workflow import SUPPORT, Division
from gateway.rules.priority import NO, YES, allowed, label, reweighed, two_questions, weigh, weighed
from gateway.rules.verbs import Plan, Refused, plan
from gateway.stages.guard.entrance import guard
from gateway.stages.sort import sort
from parsing.command import commands
from store.records import NoteCorrection, Purpose, SendMail, Ticket
from store.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADVENT = date(2026, 12, 20)
NORTHWIND, CONTOSO = "nora@northwind.example", "carl@contoso.example"


def said(desk: Desk, ticket: Ticket, text: str, actor: str = "anastasia") -> Plan:
    agent = desk.agent_named(actor)
    assert agent is not None
    found = plan(commands(text).commands, ticket, desk, agent, NOW)
    assert isinstance(found, Plan), found
    return found


def refused(desk: Desk, ticket: Ticket, text: str) -> Refused:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    found = plan(commands(text).commands, ticket, desk, agent, NOW)
    assert isinstance(found, Refused), found
    return found


# The matrix: X3, R55


@pytest.mark.parametrize(("impact", "urgency"), list(product(range(1, 6), repeat=2)))
def test_r55_the_priority_is_the_matrix_of_impact_and_urgency(desk: Desk, impact: int, urgency: int) -> None:
    words = ["CCHHH", "CHHMM", "HMMML", "MMMLL", "MLLEE"]
    numbers = {"C": 1, "H": 2, "M": 3, "L": 4, "E": 5}
    found = weigh(impact, urgency, None, desk, NOW)
    assert found.priority == numbers[words[impact - 1][urgency - 1]]
    assert (found.impact, found.urgency) == (impact, urgency)
    assert found.reason == f"impact {impact}, urgency {urgency} (stated)"


def test_the_product_s_matrix_never_rewards_less() -> None:
    for (one, other), row in product([(0, 1), (1, 2), (2, 3), (3, 4)], range(5)):
        assert MATRIX[row][one] <= MATRIX[row][other]
        assert MATRIX[one][row] <= MATRIX[other][row]


def test_x3_what_nobody_said_is_a_default_and_marked_as_such(desk: Desk) -> None:
    found = weigh(0, 0, None, desk, NOW)
    assert found.priority == 3
    assert found.reason == "impact 3, urgency 3 (by default)"
    assert [(part.name, part.source) for part in found.parts] == [("impact", "by default"), ("urgency", "by default")]
    half = weigh(1, 0, None, desk, NOW, said_by="rule outage")
    assert half.reason == "impact 1 (rule outage), urgency 3 (by default)"


# The two questions: R56


@pytest.mark.parametrize(
    ("revenue", "blocking", "expected"), [(True, True, 1), (True, False, 2), (False, True, 2), (False, False, 3)]
)
def test_r56_two_questions(desk: Desk, revenue: bool, blocking: bool, expected: int) -> None:
    assert two_questions(revenue, blocking) == expected
    facts = {"revenue": YES if revenue else NO, "blocking": YES if blocking else NO}
    for impact, urgency in product(range(5), repeat=2):
        assert weigh(impact, urgency, None, desk, NOW, facts=facts).priority == expected
    cosmetic = weigh(5, 0, None, desk, NOW, facts=facts)
    assert cosmetic.priority == (4 if expected == 3 else expected)
    assert cosmetic.reason.startswith(f"revenue {facts['revenue']}, blocking {facts['blocking']}")


def test_r56_one_answer_alone_is_no_half_of_the_table(desk: Desk) -> None:
    assert weigh(0, 0, None, desk, NOW, facts={"revenue": YES}).priority == 2
    assert weigh(0, 0, None, desk, NOW, facts={"revenue": NO}).priority == 3
    assert weigh(1, 1, None, desk, NOW, facts={"blocking": YES}).priority == 1


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("#priority revenue=y blocking=y", {"revenue": "yes", "blocking": "yes"}, 1),
        ("#priority revenue=yes blocking=no", {"revenue": "yes", "blocking": "no"}, 2),
        ("#priority blocking=ja revenue=nein", {"revenue": "no", "blocking": "yes"}, 2),
        ("#priority REVENUE=N BLOCKING=Non", {"revenue": "no", "blocking": "no"}, 3),
        ("#priority revenue=n blocking=n impact=5", {"revenue": "no", "blocking": "no"}, 4),
    ],
)
def test_r56_the_answers_are_kept(
    desk: Desk, ticket: Callable[..., Ticket], text: str, facts: dict[str, str], expected: int
) -> None:
    found = said(desk, ticket(facts={"plan": "b"}), text)
    assert found.ticket.priority == expected
    assert found.ticket.facts == {"plan": "b", **facts}
    assert not found.ticket.overridden


# What an organisation weighs: R57


def test_r57_facts_of_the_organisation_raise_the_impact_by_one_step(desk: Desk) -> None:
    large, small = desk.organisation_of(NORTHWIND), desk.organisation_of(CONTOSO)
    raised = weigh(3, 3, large, desk, NOW)
    assert (raised.priority, raised.impact) == (2, 2)
    assert "impact 3 counts as 2 for Northwind: ARR 500000, lifecycle onboarding" in raised.reason
    assert {part.name: part.points for part in raised.parts if part.points} == {"ARR": 1, "lifecycle": 1}
    assert weigh(3, 3, small, desk, NOW).impact == 3
    assert weigh(1, 1, large, desk, NOW).impact == 1


def test_r57_an_impact_that_nobody_said_is_raised_only_where_the_desk_wants_it(desk: Desk) -> None:
    large = desk.organisation_of(NORTHWIND)
    assert weigh(0, 0, large, desk, NOW).priority == 3
    always = replace(desk, urgency=replace(desk.urgency, weights=replace(desk.urgency.weights, on_default=True)))
    assert weigh(0, 0, large, always, NOW).priority == 2


@pytest.mark.parametrize(
    ("changes", "points"),
    [
        ({}, {}),
        ({"arr": 99_999}, {}),
        ({"arr": 100_000}, {"ARR": 1}),
        ({"arr": 1_000_000}, {"ARR": 5}),
        ({"health": "RED"}, {"health": 2}),
        ({"lifecycle": "Onboarding"}, {"lifecycle": 1}),
        ({"renewal": date(2026, 11, 23)}, {"renewal": 3}),
        ({"renewal": date(2026, 11, 30)}, {"renewal": 3}),
        ({"renewal": ADVENT}, {"renewal": 1}),
        ({"renewal": date(2026, 12, 24)}, {}),
        ({"renewal": date(2026, 11, 22)}, {}),
    ],
)
def test_r57_what_each_fact_weighs(desk: Desk, changes: dict[str, Any], points: dict[str, int]) -> None:
    weights = Weights(
        arr=((1_000_000, 5), (100_000, 1)), lifecycle={"onboarding": 1}, health={"red": 2}, renewal=((7, 3), (30, 1))
    )
    desk = replace(desk, urgency=Urgency(weights=weights))
    usual = {"domain": "a.example", "name": "A", "segment": "SMB", "arr": 0, "lifecycle": "active"}
    found = weigh(3, 3, Organisation(**{**usual, **changes}), desk, NOW)
    assert {part.name: part.points for part in found.parts if part.points} == points
    assert found.impact == (2 if sum(points.values()) >= 2 else 3)


def test_r57_a_day_is_one_of_the_desk_s_zone(desk: Desk) -> None:
    """At 23:30 UTC it is tomorrow in Berlin."""
    desk = replace(desk, urgency=Urgency(weights=Weights(renewal=((0, 2),))))
    one = Organisation(domain="a.example", name="A", segment="", arr=0, lifecycle="", renewal=date(2026, 11, 24))
    assert weigh(3, 3, one, desk, datetime(2026, 11, 23, 23, 30, tzinfo=UTC)).impact == 2
    assert weigh(3, 3, one, desk, datetime(2026, 11, 23, 12, 0, tzinfo=UTC)).impact == 3


# A person's word


def test_r55_an_override_is_recorded_and_told_apart(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = said(desk, ticket(), "#priority 1 because 25 users wait", "dominique")
    assert (found.ticket.priority, found.ticket.overridden) == (1, True)
    assert found.done[0].event == "priority-changed"
    lead = {"from": 3, "to": 1, "because": "25 users wait", "by": "dominique", "role": "lead", "overridden": True}
    assert found.done[0].detail == lead
    agents = said(desk, ticket(), "#priority 1").done[0].detail
    assert (agents["by"], agents["role"], agents["because"]) == ("anastasia", "agent", "set by anastasia")
    noted = NoteCorrection(ticket=1001, field="priority", was="3", because="", became="1", by="dominique")
    assert found.done[0].effects == (noted,)


def test_r55_an_override_stays_when_facts_change_until_it_is_given_back(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    mine = said(desk, ticket(), "#priority 4 because they agreed", "dominique").ticket
    later = said(desk, mine, "#priority impact=1 urgency=1")
    assert (later.ticket.priority, later.ticket.overridden, later.ticket.impact) == (4, True, 1)
    assert later.done[0].event == "facts-changed"
    assert "4 stays" in later.done[0].after
    assert reweighed(later.ticket, desk, NOW) == later.ticket
    assert weighed(later.ticket, desk, NOW).priority == 1
    back = said(desk, later.ticket, "#priority auto")
    assert (back.ticket.priority, back.ticket.overridden) == (1, False)
    assert back.done[0].detail["overridden"] is False
    assert "4 was somebody's own (they agreed) and is taken back" in back.done[0].detail["because"]


def test_the_later_of_the_two_ways_decides(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    asked = said(desk, ticket(requester="x@else.example"), "#priority revenue=n blocking=n").ticket
    assert asked.priority == 3
    stated = said(desk, asked, "#priority impact=1 urgency=1 because everybody is out").ticket
    assert (stated.priority, stated.facts) == (1, {})
    assert stated.priority_reason == "impact 1, urgency 1 (anastasia)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#priority 0", "a number from 1"),
        ("#priority 6", "a number from 1"),
        ("#priority", "a number from 1"),
        ("#priority high", "a number from 1"),
        ("#priority 2 3", "one number, from 1"),
        ("#priority ²", "a number from 1"),
        ("#priority impact=6", "impact is a number from 1"),
        ("#priority impact=", "impact is a number from 1"),
        ("#priority urgency=now", "urgency is a number from 1"),
        ("#priority revenue=maybe", "answered with y or n"),
        ("#priority revenue=y revenue=n", "a number from 1"),
        ("#priority revenue=y loud=y", "a number from 1"),
    ],
)
def test_what_is_no_priority_is_refused(desk: Desk, ticket: Callable[..., Ticket], text: str, reason: str) -> None:
    found = refused(desk, ticket(), text)
    assert reason in found.reason
    assert found.nearest.startswith("#priority")


def test_r32_a_number_that_the_division_has_not_is_refused_with_the_list(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    desk = replace(
        desk, divisions={"project": Division(name="project", workflow=SUPPORT, priorities={1: "Stop", 4: "Plan"})}
    )
    of_project = ticket(division="project", requester="x@else.example")
    found = refused(desk, of_project, "#priority 3")
    assert found.reason == "#priority 3: tickets of project have no priority 3; they have: 1 (Stop), 4 (Plan)"
    assert found.nearest == "#priority 4"
    assert said(desk, of_project, "#priority 4").ticket.priority == 4
    assert (allowed("project", desk), allowed("", desk)) == ((1, 4), (1, 2, 3, 4, 5))
    assert (label(4, "project", desk), label(4, "", desk)) == ("Plan", "low")
    weighed_there = weigh(3, 3, None, desk, NOW, division="project")
    assert (weighed_there.priority, weighed_there.reason.rpartition("; ")[2]) == (4, "project has no priority 3")
    assert weigh(2, 3, None, desk, NOW, division="project").priority == 1


# Words (R55, R58): what a mail says, through the stages that every mail goes


def sorted_as(desk: Desk, incoming: Callable[..., Incoming], subject: str, body: str) -> tuple[int, str]:
    text = f"From: Erin <erin@else.example>\nTo: support@desk.example\nSubject: {subject}\n\n{body}\n"
    guarded = guard(incoming(text, sender="erin@else.example"), desk, Snapshot(), lambda: "<m@desk.example>")
    assert isinstance(guarded, Guarded)
    threaded = Threaded(guarded=guarded, ticket=None, reopens=False, membership="", links=(), trace=())
    found = sort(threaded, desk)
    return found.priority, found.priority_reason


@pytest.mark.parametrize("subject", ["URGENT: logo colour", "URGENT!!! the logo is slightly off", "dringend!!!"])
def test_r55_urgent_on_something_cosmetic_is_no_more_than_3(
    desk: Desk, incoming: Callable[..., Incoming], subject: str
) -> None:
    number, reason = sorted_as(desk, incoming, subject, "The blue of our logo is a little too dark. ASAP!!!")
    assert number >= 3
    assert "by default" in reason


def test_r58_outage_words_are_critical_and_their_denial_is_not(desk: Desk, incoming: Callable[..., Incoming]) -> None:
    assert sorted_as(desk, incoming, "Outage", "We have an outage.")[0] == 1
    assert sorted_as(desk, incoming, "Question", "There is no outage, I only want to ask something.")[0] == 3


# When everything is critical


@pytest.mark.parametrize(
    ("critical", "total", "inflated"), [(0, 0, False), (10, 19, False), (6, 20, False), (7, 20, True), (19, 19, False)]
)
def test_m20_inflation_is_a_share_of_enough_tickets(desk: Desk, critical: int, total: int, inflated: bool) -> None:
    assert is_inflated(critical, total, desk.urgency) is inflated
    decision = told(critical, total, 1, desk, lambda: "<m@desk.example>", NOW)
    assert (decision is not None) is inflated
    if decision is not None:
        mails = [effect for effect in decision.effects if isinstance(effect, SendMail)]
        assert [(mail.to.address, mail.purpose) for mail in mails] == [("dominique@desk.example", Purpose.ALARM)]
        assert mails[0].subject == "35% of this week's tickets are at priority 1"


def test_every_priority_has_a_name() -> None:
    assert list(priority.NAMES.values()) == ["critical", "high", "moderate", "low", "lowest"]


def test_points_that_make_a_step_and_change_nothing_say_why(desk: Desk) -> None:
    organisation = desk.organisation_of(NORTHWIND)
    silent = weigh(0, 0, organisation, desk, NOW)
    assert silent.remark == (
        "2 points, 2 make a step: not counted, nobody has said the impact (priority.weights.on_default)"
    )
    assert weigh(3, 0, organisation, desk, NOW).remark == ""
    assert weigh(1, 0, organisation, desk, NOW).remark.endswith("the impact is the largest already")
    assert weigh(3, 0, desk.organisation_of(CONTOSO), desk, NOW).remark == ""


def test_what_two_answered_questions_leave_aside_says_so(desk: Desk) -> None:
    asked = weigh(2, 1, None, desk, NOW, facts={"revenue": NO, "blocking": NO})
    unused = {part.name: part.unused for part in asked.parts}
    assert unused["impact"] == unused["urgency"] == "revenue and blocking are answered"
    assert unused["revenue"] == ""
    looks = weigh(5, 1, None, desk, NOW, facts={"revenue": NO, "blocking": NO})
    assert {part.name: bool(part.unused) for part in looks.parts}["impact"] is False
    half = weigh(2, 1, None, desk, NOW, facts={"revenue": NO})
    assert not any(part.unused for part in half.parts)
