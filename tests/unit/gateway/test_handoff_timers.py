"""Handoffs by time: whom silence asks next, and what a rule hands over by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import access
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs import triggers
from gateway.rules.participants import NOTHING, Known
from gateway.rules.policy.handoffs import When
from gateway.rules.timers import Due
from store.records import (
    ClearTimer,
    Effect,
    SendMail,
    SetTimer,
    Ticket,
)
from tests.unit.gateway.handover import FACTS, NOW, TO_NETWORK, Away, comes_due, mails, refused, said, timer

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


@pytest.mark.parametrize(
    ("sleeps", "wakes"), [("#todo -\n#resolve it was nothing", "#reopen"), ("#with -network", "#with network")]
)
def test_what_slept_while_the_ticket_was_done_or_its_team_gone_is_asked_on(
    desk: Desk, begun: Ticket, sleeps: str, wakes: str
) -> None:
    ticket, effects, _ = said(desk, begun, TO_NETWORK, "anastasia")
    set_ = timer(effects)
    asleep, effects, _ = said(desk, ticket, sleeps, "anastasia")
    assert [one for one in effects if isinstance(one, SetTimer) and one.kind.startswith("ack")] == []
    _, decision = comes_due(desk, asleep, set_)
    assert decision.reason == "ack: nothing is left to do"
    awake, effects, _ = said(desk, asleep, wakes, "anastasia", NOW + timedelta(hours=2))
    assert timer(effects) == set_
    _, decision = comes_due(desk, awake, timer(effects))
    assert mails(decision.effects) == ["handoff dominique"]
    taken, _, _ = said(desk, ticket, "#ack", "benedikt")
    asleep, _, _ = said(desk, taken, sleeps, "anastasia")
    _, effects, _ = said(desk, asleep, wakes, "anastasia")
    assert not any(isinstance(one, SetTimer) and one.kind.startswith("ack") for one in effects), "somebody has it"


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
