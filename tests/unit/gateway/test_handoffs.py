"""Handoffs by declared edges: what they need, who is asked, who is accountable, what goes along and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import access, clocks
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.fields import FIELDS
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs import triggers
from gateway.rules.participants import NOTHING, Known
from gateway.rules.policy.handoffs import MOVES, Edge, When
from gateway.rules.staff import Said, consequences, intended
from gateway.rules.timers import Due
from gateway.rules.verbs import Plan, Refused
from parsing.command import commands
from store.records import (
    AddEvent,
    ClearTimer,
    Decision,
    Direction,
    Effect,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    SetTimer,
    Ticket,
    Trust,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""
Make = Callable[..., Ticket]
FACTS = "#set observed pages need 20 s\n#set started_at Friday 14:00\n#todo look at the router"
TO_NETWORK = f"{FACTS}\n#handoff network because pings are slow"
TO_BILLING = "#set invoice number INV-2026-00047\n#todo check the invoice\n#handoff to-billing"
RECENT = (
    Message(at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_name="Nora", from_address="nora@northwind.example",
            text="The shop answers after 20 seconds."),
    Message(at=NOW, direction=Direction.OUT, role=Role.AGENT, from_name="Anastasia Winter",
            from_address="anastasia@desk.example", text="Please clear the cache."),
    Message(at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_name="Anastasia Winter",
            from_address="anastasia@desk.example", text="It is not the browser."),
)  # fmt: skip


def said(
    desk: Desk, ticket: Ticket, text: str, actor: str, at: datetime = NOW, known: Known = NOTHING
) -> tuple[Ticket, list[Effect], Plan]:
    """The verbs with all that follows."""
    agent, block = desk.agent_named(actor), commands(text)
    assert agent is not None
    words = block.rest.strip()
    found = intended(block.commands, ticket, desk, agent, at, known, speaks=bool(words))
    assert isinstance(found, Plan), found
    spoken = Said(
        before=ticket, agent=agent, plan=found, words=words, internal=False, occasion=str(at), now=at,
        requester=Person(address=ticket.requester), recent=RECENT, trust=Trust.A, known=known,
    )  # fmt: skip
    effects, _ = consequences(spoken, desk, lambda: "<m@desk.example>")
    return became(ticket, effects), effects, found


def refused(desk: Desk, ticket: Ticket, text: str, actor: str) -> Refused:
    agent = desk.agent_named(actor)
    assert agent is not None
    found = intended(commands(text).commands, ticket, desk, agent, NOW, NOTHING, speaks=False)
    assert isinstance(found, Refused), found
    return found


def mails(effects: object) -> list[str]:
    """`handoff benedikt`: what goes to whom."""
    assert isinstance(effects, list | tuple)
    return [f"{one.purpose} {one.to.address.partition('@')[0]}" for one in effects if isinstance(one, SendMail)]


def kinds(effects: list[Effect]) -> list[str]:
    return [one.kind for one in effects if isinstance(one, AddEvent)]


def letter(effects: object) -> SendMail:
    assert isinstance(effects, list | tuple)
    (found,) = [one for one in effects if isinstance(one, SendMail) and one.purpose is Purpose.HANDOFF]
    return found


def timer(effects: object) -> SetTimer:
    assert isinstance(effects, list | tuple)
    (found,) = [one for one in effects if isinstance(one, SetTimer) and one.kind.startswith(handoffs.ACK)]
    return found


def comes_due(desk: Desk, ticket: Ticket, set_: SetTimer, known: Known = NOTHING) -> tuple[Ticket, Decision]:
    due = Due(ticket=ticket, kind=set_.kind, due_at=set_.due_at, detail=set_.detail)
    decision = on_due(due, known, desk, lambda: "<m@desk.example>", set_.due_at)
    return became(ticket, decision.effects), decision


@pytest.fixture
def begun(ticket: Make, desk: Desk) -> Ticket:
    """Anastasia works on it; its clocks run."""
    made = ticket(status="in_progress", assignee="anastasia", topic="Performance", created_at=NOW - timedelta(hours=1))
    return clocks.opened(made, desk, NOW - timedelta(hours=1))


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


# Silence


def test_r70_silence_goes_to_the_next_in_line_then_to_nobody(desk: Desk, begun: Ticket) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    set_ = timer(effects)
    ticket, decision = comes_due(desk, ticket, set_)
    assert decision.reason == "ack: benedikt has not answered, dominique is asked"
    assert mails(decision.effects) == ["handoff dominique"]
    set_ = timer(decision.effects)
    assert set_.due_at == NOW + timedelta(minutes=60)
    ticket, decision = comes_due(desk, ticket, set_)
    assert mails(decision.effects) == ["notice anastasia"]
    (told,) = [one.facts for one in decision.effects if isinstance(one, SendMail)]
    assert told["changed"] == "benedikt and dominique were asked and did not answer; the ticket is still frontline's"
    assert told["next"] == "#handoff to-network asks again, #with -network ends it"
    again, effects, _ = said(desk, ticket, "#handoff to-network", "anastasia", set_.due_at)  # what the notice offers
    assert (mails(effects), len(handoffs.standing(again))) == (["handoff benedikt"], 1)
    assert (handoffs.standing(again)[0].state, handoffs.standing(again)[0].joined) == (handoffs.ASKED, True)
    assert "network" not in said(desk, ticket, "#with -network", "anastasia", set_.due_at)[0].helpers
    assert (ticket.team, ticket.assignee) == ("frontline", "anastasia")
    ticket, decision = comes_due(desk, ticket, set_)  # once more, late
    assert decision.reason == "ack: nothing is left to do"
    assert mails(decision.effects) == []
    ticket, _, _ = said(desk, ticket, "#ack", "benedikt")  # better late than never
    assert handoffs.standing(ticket)[0].state == handoffs.TAKEN


def test_silence_is_counted_in_hours_of_work(desk: Desk, begun: Ticket) -> None:
    friday = datetime(2026, 11, 27, 15, 50, tzinfo=UTC)  # 16:50, ten minutes before the weekend
    _, effects, _ = said(desk, begun, TO_NETWORK, "anastasia", friday)
    assert timer(effects).due_at == datetime(2026, 11, 30, 8, 20, tzinfo=UTC)


def test_who_was_asked_and_goes_away_leaves_it_to_the_next_in_line_at_once(desk: Desk, begun: Ticket) -> None:
    away: Known = Away("benedikt")  # type: ignore[assignment]
    asked, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    taken, _, _ = said(desk, asked, "#ack", "benedikt")
    for ticket in (asked, taken):
        assert access.passed_on(ticket, "dominique", NOW) == ()
        (now,) = access.passed_on(ticket, "benedikt", NOW)
        after, decision = comes_due(desk, ticket, now, away)
        assert decision.reason == "ack: benedikt is not here, dominique is asked"
        assert mails(decision.effects) == ["handoff dominique"]
        one = handoffs.standing(after)[0]
        assert (one.state, one.whom, one.asked) == ("asked", "dominique", ("benedikt", "dominique"))
        assert timer(decision.effects).detail == {"edge": "to-network", "at": one.at}
        _, again = comes_due(desk, after, now, away)
        assert mails(again.effects) == [], "once"
    gone = replace(desk, agents={name: one for name, one in desk.agents.items() if one.name != "benedikt"})
    _, decision = comes_due(gone, taken, access.passed_on(taken, "benedikt", NOW)[0])
    assert mails(decision.effects) == ["handoff dominique"], "who is disabled is here no more either"


def test_who_is_back_before_the_next_is_asked_is_asked_still(desk: Desk, begun: Ticket) -> None:
    asked, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    set_ = timer(effects)
    after, decision = comes_due(desk, asked, access.passed_on(asked, "benedikt", NOW)[0])
    assert (after, mails(decision.effects)) == (asked, [])
    assert timer(decision.effects) == set_


def test_what_a_later_turn_gives_back_goes_to_the_next_in_line_too(desk: Desk, begun: Ticket) -> None:
    away: Known = Away("benedikt")  # type: ignore[assignment]
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    later = SetTimer(ticket=1001, kind=access.GIVE_BACK, due_at=NOW, detail={"who": "benedikt"})
    after, decision = comes_due(desk, ticket, later, away)
    assert after.assignee == "anastasia"
    assert timer(decision.effects).detail["who"] == "benedikt"


class Away:
    """A store that knows who is away."""

    def __init__(self, *names: str) -> None:
        until = NOW + timedelta(days=2)
        addresses = [f"{name}@desk.example" for name in names]
        self.people: Mapping[str, Person] = {one: Person(address=one, away_until=until) for one in addresses}

    def __getattr__(self, name: str) -> object:
        return getattr(NOTHING, name)


def test_nobody_who_is_away_is_asked(desk: Desk, begun: Ticket) -> None:
    _, effects, _ = said(desk, begun, TO_NETWORK, "anastasia", known=Away("benedikt"))  # type: ignore[arg-type]
    assert mails(effects) == ["handoff dominique", "notice benedikt"]
    _, effects, _ = said(desk, begun, TO_NETWORK, "anastasia", known=Away("benedikt", "dominique"))  # type: ignore[arg-type]
    assert mails(effects) == ["handoff benedikt"]  # rather somebody who is away than nobody


def test_whom_the_edge_names_is_asked_first(desk: Desk, begun: Ticket) -> None:
    edges = tuple(replace(edge, people=("dominique", "benedikt")) for edge in desk.handoffs)
    _, effects, _ = said(replace(desk, handoffs=edges), begun, TO_NETWORK, "anastasia")
    assert mails(effects) == ["handoff dominique", "notice benedikt"]


def test_ack_ends_the_line_and_tells_who_handed_it_over(desk: Desk, begun: Ticket) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    set_ = timer(effects)
    ticket, effects, _ = said(desk, ticket, "#ack", "benedikt")
    assert mails(effects) == ["notice anastasia"]
    assert ClearTimer(ticket=1001, kind="ack:to-network") in effects
    _, decision = comes_due(desk, ticket, set_)  # the timer came all the same
    assert decision.reason == "ack: nothing is left to do"
    found = refused(desk, ticket, "#ack", "benedikt")
    assert (found.reason, found.nearest) == ("#ack: benedikt has it already", "#return because … need …")


def test_a_team_that_left_by_another_word_may_be_asked_anew(desk: Desk, begun: Ticket) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    set_ = timer(effects)
    calm, _, _ = said(desk, ticket, "#deescalate because it is calm", "anastasia")
    assert handoffs.waits(calm) == ""
    _, decision = comes_due(desk, calm, set_)
    assert decision.reason == "ack: nothing is left to do"
    assert refused(desk, calm, "#return because no need it", "dominique").reason.endswith("no handoff brought it here")
    again, effects, _ = said(desk, calm, "#handoff network", "anastasia")
    assert mails(effects) == ["handoff benedikt"]
    found = refused(desk, again, "#handoff network", "anastasia")
    assert found.reason == "#handoff network: it went to network already, benedikt is asked"


def test_a_ticket_that_takes_anothers_place_waits_as_long(desk: Desk, begun: Ticket) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    assert handoffs.timers(ticket) == [timer(effects)]
    assert handoffs.timers(begun) == []


# Back


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("#return because it is not ours", "what it needs to come again"),
        ("#return need a log", "the reason"),
        ("#return because need a log", "the reason"),
        ("#return because we need", "what it needs to come again"),
        ("#return", "the reason and what it needs to come again"),
    ],
)
def test_r71_a_return_without_its_need_is_refused(desk: Desk, begun: Ticket, text: str, lacks: str) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    found = refused(desk, ticket, text, "benedikt")
    assert found.reason == f"{text}: say {lacks}"
    assert found.nearest == "#return because … need …"


def test_a_return_gives_reason_and_need_to_whoever_had_it(desk: Desk, begun: Ticket) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, effects, _ = said(desk, ticket, "#return reason: they need help with it need: a traceroute", "benedikt")
    assert mails(effects) == ["notice anastasia"]
    (mail,) = [one for one in effects if isinstance(one, SendMail)]
    assert mail.facts["changed"] == (
        "Benedikt Sommer of network returned it because they need help with it; it needs: a traceroute"
    )
    assert (ticket.helpers, ticket.escalated_at, ticket.next_action, ticket.bounced) == ((), None, "a traceroute", 1)
    assert ticket.handoff == {}
    found = refused(desk, ticket, "#handoff network", "anastasia")  # what is asked of her is not what she asks
    assert found.nearest == "#todo TEXT"


def test_moved_work_returns_to_the_person_who_had_it(desk: Desk, begun: Ticket) -> None:
    moved, _, _ = said(desk, begun, TO_BILLING, "anastasia")
    back, effects, _ = said(desk, moved, "#return because no need the number", "charlotte")
    assert (back.team, back.assignee, back.escalated_at) == ("frontline", "anastasia", None)
    assert mails(effects) == ["notice anastasia"]
    gone, effects, _ = said(desk, moved, "#return because no need it", "charlotte", known=Away("anastasia"))  # type: ignore[arg-type]
    assert (gone.team, gone.assignee) == ("frontline", "")  # nobody's, and accountable is the team


def test_what_was_handed_back_too_early_goes_to_the_team_that_had_it(desk: Desk, begun: Ticket) -> None:
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _, _ = said(desk, ticket, "#handoff network-back", "benedikt")
    assert (ticket.helpers, ticket.escalated_at) == ((), None)
    ticket, effects, _ = said(desk, ticket, "#return because it is slow again need a second look", "anastasia")
    assert (ticket.helpers, ticket.assignee, ticket.bounced) == (("network",), "anastasia", 1)
    assert ticket.escalated_at is not None
    assert mails(effects) == ["notice benedikt"]


def test_r71_the_third_bounce_alerts_leads_and_managers(desk: Desk, begun: Ticket) -> None:
    ticket = begun
    for times in (1, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_NETWORK, "anastasia")
        ticket, effects, _ = said(desk, ticket, "#return because no need a log", "benedikt")
        alerted = ["notice dominique", "notice mirabelle"] if times == 3 else []
        assert sorted(mails(effects)) == ["notice anastasia", *alerted]
    assert ticket.bounced == 3


def test_what_is_handed_back_by_an_edge_may_come_and_go_again(desk: Desk, begun: Ticket) -> None:
    """Whoever owns it and hands it on again has nothing of the handing back any more; it comes back by the same edge,
    and the third time is told to whoever may say whose it is."""
    ticket = begun
    for times in (1, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_NETWORK, "anastasia")
        assert [one.to for one in handoffs.standing(ticket)] == ["network"]
        ticket, effects, plan = said(desk, ticket, "#ack\n#todo look again\n#handoff network-back", "benedikt")
        alerted = ["notice dominique", "notice mirabelle"] if times == 3 else []
        assert sorted(set(mails(effects)) - {"notice anastasia"}) == ["handoff anastasia", *alerted]
        assert ("leads and managers are told" in plan.done[-1].after) == (times == 3)
        assert (ticket.bounced, ticket.helpers) == (times if times > 1 else 0, ())
        ticket, _, _ = said(desk, ticket, "#ack", "anastasia")


def test_work_that_moved_and_is_handed_back_again_came_back(desk: Desk, begun: Ticket) -> None:
    ticket = begun
    for bounced in (0, 2, 3):
        ticket, _, _ = said(desk, ticket, TO_BILLING, ticket.assignee or "dominique")
        ticket, _, _ = said(desk, ticket, "#ack\n#todo tell her\n#handoff billing-back", "charlotte")
        assert (ticket.team, ticket.bounced) == ("frontline", bounced), "once is work that is done"


def test_who_was_brought_in_and_brings_in_another_may_return_it_still(desk: Desk, begun: Ticket) -> None:
    further = replace(desk.handoffs[0], name="further", origin="network", to="billing", needs=())
    desk = replace(desk, handoffs=(*desk.handoffs, further))
    ticket, _, _ = said(desk, begun, TO_NETWORK, "anastasia")
    ticket, _, _ = said(desk, ticket, "#handoff further", "benedikt")
    assert [(one.to, one.state) for one in handoffs.standing(ticket)] == [("billing", "asked"), ("network", "taken")]


# By a rule


def ruled(desk: Desk, when: When, **more: object) -> Desk:
    edges = tuple(replace(edge, when=when, **more) if edge.name == "to-network" else edge for edge in desk.handoffs)
    return replace(desk, handoffs=edges)


def rules(effects: list[Effect]) -> list[SetTimer]:
    return [one for one in effects if isinstance(one, SetTimer) and one.kind.startswith(triggers.HANDOFF + ":")]


def test_r74_a_rule_hands_over_with_a_trace_and_once(desk: Desk, begun: Ticket) -> None:
    ruled_ = ruled(desk, When(priority=1))
    ready, effects, _ = said(ruled_, begun, f"{FACTS}\n#priority 1", "anastasia")
    (set_,) = rules(effects)
    after, decision = comes_due(ruled_, ready, set_)
    assert decision.trace[0].stage == "sweep"
    assert decision.trace[0].why.startswith("rule of to-network: priority 1: network, benedikt is asked to #ack until ")
    assert (after.team, after.assignee, after.helpers) == ("frontline", "anastasia", ("network",))
    assert sorted(mails(decision.effects)) == ["handoff benedikt", "notice anastasia"]
    assert handoffs.standing(after)[0].by == "system"
    back, effects, _ = said(ruled_, after, "#return because no need a log", "benedikt")
    assert rules(effects) == []  # a rule that was answered is not stubborn
    _, decision = comes_due(ruled_, back, set_)
    assert decision.reason == "handoff: nothing is left to do"


def test_what_lacks_facts_is_told_once_and_not_handed_over(desk: Desk, begun: Ticket) -> None:
    ruled_ = ruled(desk, When(topic="Performance", priority=2))
    ready, effects, _ = said(ruled_, begun, "#priority 2", "anastasia")
    (set_,) = rules(effects)
    told, decision = comes_due(ruled_, ready, set_)
    assert sorted(mails(decision.effects)) == ["notice anastasia", "notice dominique"]
    assert (told.helpers, told.handoff) == ((), {})
    facts = next(one for one in decision.effects if isinstance(one, SendMail)).facts
    assert facts["changed"] == (
        "the rule to-network would hand it over (priority 2 or more urgent, topic Performance); it lacks: observed, "
        "started at, next action (#set observed TEXT, #set started_at TEXT, #todo TEXT)"
    )
    told, decision = comes_due(ruled_, told, set_)
    assert mails(decision.effects) == []
    full, effects, _ = said(ruled_, told, FACTS, "anastasia")  # now it is complete
    (set_,) = rules(effects)
    after, _ = comes_due(ruled_, full, set_)
    assert after.helpers == ("network",)


def test_a_rule_waits_so_much_work(desk: Desk, begun: Ticket) -> None:
    ruled_ = ruled(desk, When(waited=timedelta(hours=2)))
    ready, effects, _ = said(ruled_, begun, FACTS, "anastasia")
    (set_,) = rules(effects)
    assert set_.due_at == begun.created_at + timedelta(hours=2)
    after, _ = comes_due(ruled_, ready, set_)
    assert after.helpers == ("network",)
    again = on_due(Due(ticket=ready, kind=set_.kind, due_at=NOW), NOTHING, ruled_, lambda: "<m>", NOW)  # too early
    assert [one for one in again.effects if isinstance(one, SetTimer)] == [set_]


def test_r74_a_clock_hands_over_when_so_much_is_used(desk: Desk, begun: Ticket) -> None:
    ruled_ = ruled(desk, When(clock="first_response", percent=60))
    ready, _, _ = said(ruled_, begun, FACTS, "anastasia")
    clock = ready.clock("first_response")
    assert clock is not None
    due = clock.due
    assert due is not None
    late = due - timedelta(minutes=30)
    decision = on_due(Due(ticket=ready, kind="clock", due_at=late), NOTHING, ruled_, lambda: "<m>", late)
    (set_,) = rules(list(decision.effects))
    after, _ = comes_due(ruled_, became(ready, decision.effects), set_)
    assert after.helpers == ("network",)


def test_a_new_ticket_and_one_without_rules_set_their_timers(desk: Desk, begun: Ticket) -> None:
    assert triggers.alarms(None, begun, desk, NOW) == []
    assert [one.kind for one in rules(triggers.alarms(None, begun, ruled(desk, When(priority=3)), NOW))] == [
        "handoff:to-network"
    ]
    strict = ruled(desk, When(priority=2))
    raised = replace(begun, priority=1)
    calm = changed(raised, begun, [], strict, NOW)
    assert ClearTimer(ticket=1001, kind="handoff:to-network") in calm


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
