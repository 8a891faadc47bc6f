"""Handoffs by declared edges: what they need, who is asked, who is accountable, and what goes along.

What silence and rules do stands in `test_handoff_timers.py`, what comes back in `test_handoff_returns.py`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.desk import Desk
from gateway.rules.fields import FIELDS
from gateway.rules.handoffs import record as handoffs
from gateway.rules.policy.handoffs import MOVES, Edge
from store.records import (
    Role,
    SendMail,
    Ticket,
)
from tests.unit.gateway.handover import (
    FACTS,
    NOW,
    TO_BILLING,
    TO_NETWORK,
    Make,
    comes_due,
    kinds,
    letter,
    mails,
    refused,
    said,
    timer,
)

# What it takes


def test_r10_r70_what_is_missing_is_listed_with_how_to_say_it(desk: Desk, begun: Ticket) -> None:
    found = refused(desk, begun, "#handoff network", "anastasia")
    assert found.reason == "#handoff network: before it goes to network it needs: observed, started at, next action"
    assert found.nearest == "#set observed TEXT, #set started_at TEXT, #todo TEXT"
    found = refused(desk, begun, "#set observed x\n#set started_at y\n#handoff network", "anastasia")
    assert found.nearest == "#todo TEXT"
    found = refused(desk, begun, "#todo look\n#handoff to-billing", "anastasia")
    assert found.nearest == "#set invoice_number TEXT"


def test_the_ways_from_here_say_what_they_still_need(desk: Desk, begun: Ticket) -> None:
    after, effects, plan = said(desk, begun, "#set observed x\n#handoff", "anastasia")
    assert plan.done[-1].after == (
        "to-network to network, still needs started at, next action; "
        "to-billing to billing, still needs invoice number, next action"
    )
    report = plan.done[-1].report
    assert report is not None
    assert [row[0] for row in report.rows] == ["to-network", "to-billing"]
    assert mails(effects) == []
    assert after.handoff == {}


@pytest.mark.parametrize(
    ("text", "reason", "nearest"),
    [
        ("#handoff nettwork", "no handoff nettwork leads from here; handoffs: to-network, to-billing",
         "#handoff network"),
        ("#handoff network-back",
         "network-back leads from network, and you are of frontline; from here: to-network, to-billing",
         "#handoff to-network, #handoff to-billing"),
        ("#ack", "no handoff waits for you", "#accept"),
        ("#return because x need y", "no handoff brought it here", "#handoff"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_refused(desk: Desk, begun: Ticket, text: str, reason: str, nearest: str) -> None:
    found = refused(desk, begun, text, "anastasia")
    assert found.reason == f"{text}: {reason}"
    assert found.nearest == nearest


def test_what_is_done_is_not_handed_over(desk: Desk, ticket: Make) -> None:
    found = refused(desk, ticket(status="resolved", outcome="x"), "#handoff network", "anastasia")
    assert (found.reason, found.nearest) == ("#handoff network: the ticket is resolved", "#reopen")


def test_two_edges_to_one_team_are_told_apart(desk: Desk, begun: Ticket) -> None:
    more = replace(desk, handoffs=(*desk.handoffs, Edge(name="urgent", origin="frontline", to="network")))
    found = refused(more, begun, "#handoff network", "anastasia")
    assert found.nearest == "#handoff to-network, #handoff urgent"


# Who has it


def test_r70_a_named_person_is_told_directly_and_asked(desk: Desk, begun: Ticket) -> None:
    after, effects, plan = said(desk, begun, TO_NETWORK, "anastasia")
    assert mails(effects) == ["handoff benedikt"]
    assert plan.done[-1].after == (
        "network, benedikt is asked to #ack until Mon 23 Nov 2026, 10:30 (Berlin); anastasia owns it on; "
        "tier 1 → tier 2; carried: observed as Symptom, started at as First seen; "
        "no name on the other side, in the appendix: topic, priority"
    )
    assert timer(effects).due_at == NOW + timedelta(minutes=30)
    assert handoffs.waits(after) == "waits for #ack of benedikt (network)"


def test_r75_x7_an_escalation_has_one_accountable_owner_throughout(desk: Desk, begun: Ticket) -> None:
    """D4: first line, network, billing, network again; its owner goes on owning it, the customer hears nothing."""
    ticket, everything = begun, []
    for text, actor in (
        (TO_NETWORK, "anastasia"), ("#ack", "benedikt"), (TO_BILLING, "anastasia"), ("#ack", "charlotte"),
        ("#handoff billing-back", "charlotte"), ("#ack", "anastasia"),
    ):  # fmt: skip
        ticket, effects, _ = said(desk, ticket, text, actor)
        everything += effects
        assert (ticket.team, ticket.assignee) == ("frontline", "anastasia"), text
    assert ticket.helpers == ("network",)
    assert ticket.escalated_at is not None
    to = {one.to.address for one in everything if isinstance(one, SendMail)}
    assert to <= set(desk.agents)
    ticket, _, _ = said(desk, ticket, "#handoff network-back", "benedikt")
    assert (ticket.helpers, ticket.escalated_at, ticket.assignee) == ((), None, "anastasia")


def test_ack_is_of_what_its_speaker_is_asked_and_not_of_the_newest(desk: Desk, begun: Ticket) -> None:
    """A lead may speak for every handoff: for their own first, then for their team's."""
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _ = comes_due(desk, ticket, timer(effects))  # benedikt is silent: dominique is asked
    ticket, _, _ = said(desk, ticket, TO_BILLING, "anastasia")
    assert [(one.to, one.whom) for one in handoffs.live(ticket)] == [("billing", "charlotte"), ("network", "dominique")]
    acked, _, plan = said(desk, ticket, "#ack", "dominique")
    assert plan.done[0].detail["to"] == "network"
    assert {one.to: one.state for one in handoffs.live(acked)} == {"billing": "asked", "network": "taken"}
    _, _, plan = said(desk, acked, "#ack", "dominique")
    assert plan.done[0].detail["to"] == "billing", "then for others"


def test_the_reason_of_a_handoff_stands_behind_because_in_any_case(desk: Desk, begun: Ticket) -> None:
    ticket, _, _ = said(desk, begun, f"{FACTS}\n#handoff Network Because Pings are SLOW", "anastasia")
    assert handoffs.standing(ticket)[0].because == "Pings are SLOW"


def test_work_that_moves_has_its_team_at_once_and_its_person_by_ack(desk: Desk, begun: Ticket) -> None:
    after, effects, _ = said(desk, begun, TO_BILLING, "anastasia")
    assert (after.team, after.assignee, after.helpers, after.status) == ("billing", "", (), "accepted")
    assert after.escalated_at == NOW
    assert mails(effects) == ["handoff charlotte"]
    after, effects, _ = said(desk, after, "#ack", "charlotte")
    assert (after.team, after.assignee) == ("billing", "charlotte")
    assert mails(effects) == ["notice anastasia"]
    assert kinds(effects) == [handoffs.ACKED, "assigned"]
    after, effects, _ = said(desk, after, "#handoff billing-back", "charlotte")
    assert (after.team, after.assignee, after.escalated_at) == ("frontline", "", None)
    assert letter(effects).to.address == "anastasia@desk.example"  # who had it before is asked first


def test_r77_clocks_are_not_reset_by_handing_over(desk: Desk, begun: Ticket) -> None:
    due = [(one.kind, one.due) for one in begun.clocks]
    ticket = begun
    for text, actor in ((TO_BILLING, "anastasia"), ("#handoff billing-back", "charlotte"), (TO_NETWORK, "anastasia")):
        ticket, _, _ = said(desk, ticket, text, actor, NOW + timedelta(minutes=10))
        assert [(one.kind, one.due) for one in ticket.clocks] == due
    assert due


def test_a_team_that_works_along_already_stays_when_it_returns(desk: Desk, begun: Ticket) -> None:
    helped, _, _ = said(desk, begun, "#escalate network because it is stuck", "anastasia")
    handed, _, _ = said(desk, helped, TO_NETWORK, "anastasia")
    back, _, _ = said(desk, handed, "#return because no need a log", "benedikt")
    assert back.helpers == ("network",)
    assert back.escalated_at is not None  # something else keeps it up


def test_what_was_escalated_otherwise_stays_so(desk: Desk, begun: Ticket) -> None:
    """Billing has it by a handoff that escalated it; what network had joined for ends, and that stays."""
    moved, _, _ = said(desk, begun, TO_BILLING, "anastasia")
    three = replace(desk, teams={**desk.teams, "network": replace(desk.teams["network"], tier=3)})
    edge = Edge(name="up", origin="billing", to="network")
    three = replace(three, handoffs=(*three.handoffs, edge))
    joined, _, _ = said(three, moved, "#handoff up", "charlotte")
    assert joined.helpers == ("network",)
    back, _, _ = said(three, joined, "#return because no need a log", "benedikt")
    assert (back.helpers, back.team) == ((), "billing")
    assert back.escalated_at is not None


# What goes along


def test_r45_the_specialist_gets_the_problem_and_the_steps_tried(desk: Desk, begun: Ticket) -> None:
    _, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    facts = letter(effects).facts
    assert facts["problem"] == "The shop answers after 20 seconds."
    assert [entry["text"] for entry in facts["entries"]] == ["Please clear the cache.", "It is not the browser."]
    assert facts["asks"] == "look at the router"
    assert facts["because"] == "pings are slow"
    assert facts["fields"] == [["Symptom", "pages need 20 s"], ["First seen", "Friday 14:00"]]
    assert facts["appendix"] == [["topic", "Performance"]]
    assert facts["next_in_line"] == "dominique"


OUT = Edge(name="out", origin="network", address="jira@vendor.example", map={"observed": "Symptom"})


def outside(desk: Desk) -> Desk:
    return replace(desk, handoffs=(*desk.handoffs, OUT))


def test_r72_a_tracker_gets_every_field(desk: Desk, begun: Ticket) -> None:
    values = {name: f"value of {name}" for name, row in FIELDS.items() if not row.column and "support" in row.types}
    full = replace(begun, team="network", assignee="benedikt", facts=values, next_action="mend it", root_cause="Outage")
    after, effects, plan = said(outside(desk), full, "#handoff out", "benedikt")
    mail = letter(effects)
    assert (mail.to.address, mail.role, mail.key) == ("jira@vendor.example", Role.SYSTEM, "public")
    found = json.loads(mail.facts["detail"])
    carried = {**found["fields"], **found["appendix"]}
    assert carried.pop("Symptom") == "value of observed"
    for name in (*values, "topic", "priority", "next_action", "root_cause"):
        assert name == "observed" or name in carried, name
    assert set(found["appendix"]) & set(values) == set(values) - {"observed"}
    assert "in the appendix: " in plan.done[0].after
    assert "affected users" in plan.done[0].after  # the loss report
    assert (after.team, after.assignee) == ("network", "benedikt")
    assert handoffs.tracked(after) == ("jira@vendor.example",)


def test_nothing_of_our_people_goes_to_a_tracker(desk: Desk, begun: Ticket) -> None:
    full = replace(begun, team="network", assignee="benedikt", next_action="mend it")
    _, effects, _ = said(outside(desk), full, "#handoff out", "benedikt")
    everything = json.dumps(dict(letter(effects).facts))
    assert "It is not the browser." not in everything  # a note
    for agent in desk.agents.values():
        assert agent.full_name not in everything
        assert agent.address not in everything
        assert agent.name not in everything


# How it is kept


def test_what_stands_is_read_as_it_was_kept(ticket: Make) -> None:
    one = handoffs.Handoff(edge="a", origin="frontline", to="network", by="x", at="1", asked=("b", "c"), joined=True)
    two = handoffs.Handoff(edge="b", origin="network", to="billing", by='y "z"', at="2", moved=True, because="ä\\")
    kept = handoffs.kept(ticket(), (one, two))
    assert handoffs.standing(kept) == (one, two)
    assert handoffs.standing(replace(kept, handoff=json.loads(json.dumps(dict(kept.handoff))))) == (one, two)
    many = handoffs.kept(ticket(), [replace(one, to=str(n)) for n in range(50)])
    assert len(handoffs.standing(many)) == handoffs.MOST_STANDING


def test_an_owner_edge_moves_nothing_that_is_not_its_teams(desk: Desk, begun: Ticket) -> None:
    edge = Edge(name="x", origin="network", to="billing", owner=MOVES)
    assert not handoffs.owner_moves(edge, begun)
    assert handoffs.owner_moves(replace(edge, origin="frontline"), begun)
