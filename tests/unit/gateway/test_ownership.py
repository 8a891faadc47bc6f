"""Ownership by verbs: one accountable team and person whoever helps, across teams by leads, upwards with the owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules.access import given_back
from gateway.rules.desk import Desk
from gateway.rules.notices import notice
from gateway.rules.participants import Known
from gateway.rules.policy.routing import ON_ACCEPT
from gateway.rules.routing import JOINED, RETURNED
from gateway.rules.staff import Said, consequences, intended
from gateway.rules.verbs import Plan, Refused, plan
from gateway.rules.verbs.ownership import ranks, weighs
from parsing.command import commands
from store.records import AddEvent, ChangeTicket, Effect, Load, Person, Place, SendMail, Ticket, TicketRef, Trust

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Make = Callable[..., Ticket]


@dataclass(frozen=True)
class Store:
    """What a snapshot would know."""

    tickets: Mapping[TicketRef, Ticket] = field(default_factory=dict)
    participants: Mapping[TicketRef, Mapping[str, str]] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    merged: Mapping[TicketRef, TicketRef] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    places: Mapping[TicketRef, Place] = field(default_factory=dict)


EMPTY = Store()
AWAY = Store(people={"anastasia@desk.example": Person(address="anastasia@desk.example", away_until=NOW + timedelta(1))})


def planned(desk: Desk, ticket: Ticket, text: str, actor: str = "dominique", known: Known = EMPTY) -> Plan | Refused:
    agent = desk.agent_named(actor)
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW, known)


def done(
    desk: Desk, ticket: Ticket, text: str, actor: str = "dominique", known: Known = EMPTY
) -> tuple[Plan, list[Effect], list[dict[str, str]]]:
    """The verbs with all that follows."""
    agent, block = desk.agent_named(actor), commands(text)
    assert agent is not None
    words = block.rest.strip()
    found = intended(block.commands, ticket, desk, agent, NOW, known, speaks=bool(words))
    assert isinstance(found, Plan), found
    said = Said(
        before=ticket, agent=agent, plan=found, words=words, internal=False, occasion="1", now=NOW,
        requester=Person(address=ticket.requester), recent=[], trust=Trust.A, known=known,
    )  # fmt: skip
    return found, *consequences(said, desk, lambda: "<m@desk.example>")


def told(effects: list[Effect]) -> list[str]:
    """Whom mail goes to, by short name."""
    return [effect.to.address.partition("@")[0] for effect in effects if isinstance(effect, SendMail)]


def events(effects: list[Effect]) -> list[AddEvent]:
    return [effect for effect in effects if isinstance(effect, AddEvent)]


# One owner


def test_r09_a_helping_team_changes_no_owner(desk: Desk, ticket: Make) -> None:
    before = ticket(assignee="anastasia")
    found, effects, sent = done(desk, before, "#with network", "anastasia")
    after = found.ticket
    assert (after.team, after.assignee, after.helpers) == ("frontline", "anastasia", ("network",))
    assert (found.done[0].before, found.done[0].after) == ("frontline", "frontline, network")
    assert told(effects) == ["benedikt"]  # at once, and nobody who knew already
    assert sent == [{"to": "Benedikt Sommer", "what": "a notice of it"}]
    (mail,) = [effect for effect in effects if isinstance(effect, SendMail)]
    assert mail.facts["changed"] == "Anastasia Winter brought in network"
    assert events(effects)[0].detail == {"team": "network", "owner": "anastasia"}
    assert isinstance(planned(desk, after, "#with network"), Refused)
    gone = planned(desk, after, "#with -network")
    assert isinstance(gone, Plan)
    assert gone.ticket.helpers == ()
    assert isinstance(planned(desk, before, "#with -network"), Refused)
    refused = planned(desk, before, "#with frontline")
    assert isinstance(refused, Refused)
    assert "frontline owns it" in refused.reason


@pytest.mark.parametrize("text", ["#team network", "#assign network", "#assign benedikt"])
def test_r10_another_team_gets_no_ticket_without_its_next_action(desk: Desk, ticket: Make, text: str) -> None:
    refused = planned(desk, ticket(), text)
    assert isinstance(refused, Refused)
    assert refused.reason.endswith("before it goes to another team it needs: next action")
    assert refused.nearest == "#todo …"


def test_r10_with_a_next_action_it_goes_and_its_new_team_is_told(desk: Desk, ticket: Make) -> None:
    before = ticket(assignee="anastasia", helpers=("network",), next_action="look at the switch")
    found, effects, _ = done(desk, before, "#assign network")
    assert (found.ticket.team, found.ticket.assignee, found.ticket.helpers) == ("network", "", ())
    found, effects, _ = done(desk, ticket(next_action="look"), "#team network")
    assert told(effects) == ["benedikt"]
    assert events(effects)[0].detail == {"from": "frontline", "to": "network"}
    found, effects, _ = done(desk, ticket(next_action="look"), "#assign @Benedikt")
    assert (found.ticket.team, found.ticket.assignee) == ("network", "benedikt")
    assert found.done[0].after == "network, benedikt"
    assert "DECIDE" in {action.name for action in found.actions}


def test_across_teams_is_a_leads(desk: Desk, ticket: Make) -> None:
    before = ticket(next_action="look")
    for text in ("#assign benedikt", "#assign network", "#team network"):
        refused = planned(desk, before, text, "anastasia")
        assert isinstance(refused, Refused)
        assert "dominique" in refused.nearest
        assert "#with network" in refused.nearest or text.startswith("#team")
    shared = replace(before, helpers=("network",))
    for text, actor in (("#assign benedikt", "anastasia"), ("#assign me", "benedikt")):
        refused = planned(desk, shared, text, actor)  # who helps is of another team all the same
        assert isinstance(refused, Refused)
        assert "across teams" in refused.reason
    helped = planned(desk, shared, "#assign benedikt")
    assert isinstance(helped, Plan)  # the team stays
    assert (helped.ticket.team, helped.ticket.assignee) == ("frontline", "benedikt")
    led = planned(desk, before, "#assign dominique", "anastasia")
    assert isinstance(led, Plan), led  # a lead may do everything everywhere


@pytest.mark.parametrize("text", ["#with -network", "#deescalate because the switch is new"])
def test_an_owner_whose_team_leaves_gives_the_ticket_back(desk: Desk, ticket: Make, text: str) -> None:
    raised, _, _ = done(desk, ticket(topic="Outage"), "#escalate network because it is down\n#assign benedikt\n#start")
    assert (raised.ticket.assignee, raised.ticket.status) == ("benedikt", "in_progress")
    found, effects, _ = done(desk, raised.ticket, text)
    assert (found.ticket.team, found.ticket.assignee, found.ticket.status) == ("frontline", "", "accepted")
    assert "benedikt has it no more, frontline has it; in progress → accepted" in found.done[0].after
    left, given, stands = events(effects)[:3]
    assert (given.kind, given.detail["from"], given.detail["to"]) == ("assigned", "benedikt", "")
    assert given.detail["because"] in ("network left", "the switch is new")
    assert (stands.kind, stands.detail["from"], stands.detail["to"]) == ("status-changed", "in_progress", "accepted")
    assert left.was["assignee"] == "benedikt"
    kept, _, _ = done(desk, replace(raised.ticket, assignee="dominique"), text)
    assert (kept.ticket.assignee, kept.ticket.status) == ("dominique", "in_progress")


def test_whose_ticket_it_is_is_told_of_it_whatever_the_team(desk: Desk, ticket: Make) -> None:
    names = [agent.name for agent in notice.told(desk, ticket(assignee="benedikt"), "")]
    assert "benedikt" in names
    assert len(names) == len(set(names))


@pytest.mark.parametrize("status", ["in_progress", "awaiting_review"])
@pytest.mark.parametrize("type_", ["support", "escalation"])
def test_nothing_is_in_progress_without_a_person(desk: Desk, ticket: Make, status: str, type_: str) -> None:
    before = ticket(type=type_, status=status, assignee="anastasia", topic="Outage", next_action="look")
    for text in ("#assign nobody", "#team network"):
        found, effects, _ = done(desk, before, text)
        assert (found.ticket.assignee, found.ticket.status) == ("", "accepted")
        assert f"{status.replace('_', ' ')} → accepted" in found.done[0].after
        told_ = [one for one in events(effects) if one.kind == "status-changed"]
        assert [(one.detail["from"], one.detail["to"]) for one in told_] == [(status, "accepted")]
        assert told_[0].detail["because"]
    effects = list(given_back(before, desk, NOW, "anastasia is away"))
    assert [one.kind for one in events(effects)][:2] == ["assigned", "status-changed"]
    assert events(effects)[1].detail["because"] == "anastasia is away"
    change = next(one for one in effects if isinstance(one, ChangeTicket))
    assert change.changes["status"] == "accepted"


def test_who_gave_a_ticket_back_starts_nothing_by_words(desk: Desk, ticket: Make) -> None:
    found, _, _ = done(desk, ticket(assignee="anastasia", topic="Outage"), "#assign nobody\n\nWe look.", "anastasia")
    assert (found.ticket.assignee, found.ticket.status) == ("", "accepted")


def test_words_that_come_with_another_team_do_not_assign_whoever_writes(desk: Desk, ticket: Make) -> None:
    found, _, _ = done(desk, ticket(next_action="look", topic="Outage"), "#team network\n\nOur network team has it.")
    assert (found.ticket.team, found.ticket.assignee) == ("network", "")


def test_nobody_is_assigned_who_is_away(desk: Desk, ticket: Make) -> None:
    refused = planned(desk, ticket(), "#assign anastasia", known=AWAY)
    assert isinstance(refused, Refused)
    assert refused.reason == "#assign anastasia: anastasia is away until Tue 24 Nov 2026, 10:00 (Berlin)"
    assert refused.nearest == "#assign dominique"
    assert isinstance(planned(desk, ticket(), "#take", "anastasia", AWAY), Refused)


# The router


def test_r59_assign_auto_says_whom_and_why_nobody_else(desk: Desk, ticket: Make) -> None:
    for text in ("#assign", "#assign auto", "#assign auto general"):
        found, effects, _ = done(desk, ticket(), text)
        assert found.ticket.assignee == "anastasia"
        assert told(effects) == ["anastasia"]
        (event,) = events(effects)
        assert (event.kind, event.detail["to"]) == ("assigned", "anastasia")
        assert event.detail["rejected"] == {}  # nobody else is of the team
    assert found.done[0].after == "anastasia: general 3, works now, 0 open"
    again = planned(desk, ticket(assignee="anastasia"), "#assign auto")
    assert isinstance(again, Plan)
    assert again.done[0].event == ""
    refused = planned(desk, ticket(), "#assign auto generel")
    assert isinstance(refused, Refused)
    assert refused.nearest == "#assign auto general"


def test_nobody_fits_the_team_keeps_it_and_the_lead_is_told(desk: Desk, ticket: Make) -> None:
    found, effects, sent = done(desk, ticket(), "#assign auto", "anastasia", AWAY)
    assert (found.ticket.team, found.ticket.assignee) == ("frontline", "")
    assert "nobody fits, frontline keeps it" in found.done[0].after
    assert "told: anastasia (is away until" in found.done[0].after
    assert (told(effects), len(sent)) == (["dominique"], 1)
    (mail,) = [effect for effect in effects if isinstance(effect, SendMail)]
    assert (mail.round, mail.facts["what"]) == ("nobody-fits", "nobody-fits")  # a round goes out once
    assert mail.facts["changed"].startswith("nobody of frontline can take it (anastasia: is away until")
    assert events(effects)[0].kind == "nobody-fits"


def test_who_gave_it_back_does_not_get_it_again(desk: Desk, ticket: Make) -> None:
    found, effects, _ = done(desk, ticket(assignee="anastasia"), "#assign nobody because not mine", "anastasia")
    assert (found.ticket.assignee, found.ticket.facts[RETURNED]) == ("", "anastasia")
    assert events(effects)[0].detail == {"from": "anastasia", "to": "", "because": "not mine"}
    again, _, _ = done(desk, found.ticket, "#assign auto", "anastasia")
    assert again.ticket.assignee == ""
    assert "gave it back" in again.done[0].after
    by_name, _, _ = done(desk, found.ticket, "#assign anastasia")
    assert (by_name.ticket.assignee, RETURNED in by_name.ticket.facts) == ("anastasia", False)
    assert isinstance(planned(desk, found.ticket, "#assign nobody"), Refused)


def test_on_accept_a_person_is_chosen_where_the_desk_wants_it(desk: Desk, ticket: Make) -> None:
    eager = replace(desk, routing=replace(desk.routing, assign=ON_ACCEPT))
    assert not weighs(commands("#accept").commands, desk)
    assert weighs(commands("#accept").commands, eager)
    found, effects, _ = done(eager, ticket(), "#accept")
    assert (found.ticket.assignee, [item.line for item in found.done]) == ("anastasia", ["#accept", "#assign"])
    assert [event.kind for event in events(effects)] == ["status-changed", "assigned"]
    team_first, _, _ = done(desk, ticket(), "#accept")
    assert team_first.ticket.assignee == ""
    assert done(eager, ticket(assignee="dominique"), "#accept")[0].ticket.assignee == "dominique"


@pytest.mark.parametrize(
    ("text", "loads", "places"),
    [("#assign", 1, 0), ("#assign auto x", 1, 0), ("#assign bob", 0, 0), ("#take", 0, 1), ("#note", 0, 0)],
)
def test_only_who_asks_pays(desk: Desk, text: str, loads: int, places: int) -> None:
    block = commands(text).commands
    assert (weighs(block, desk), ranks(block)) == (bool(loads), bool(places))


# Taking


def test_r65_what_is_taken_says_where_it_stood(desk: Desk, ticket: Make) -> None:
    known = Store(places={1001: Place(rank=3, of=7, before=(1002, 1005))})
    found, effects, _ = done(desk, ticket(), "#take", "anastasia", known)
    assert found.ticket.assignee == "anastasia"
    assert found.ticket.owned_at == NOW
    assert found.done[0].after == "anastasia, place 3 of 7 in the queue of frontline, before it: DESK-1002, DESK-1005"
    (event,) = events(effects)
    assert event.kind == "taken"
    assert (event.detail["place"], event.detail["of"], event.detail["before"]) == (3, 7, ["DESK-1002", "DESK-1005"])
    assert told(effects) == []  # nobody is told what they did themselves
    mine = planned(desk, found.ticket, "#take", "anastasia")
    assert isinstance(mine, Refused)
    assert "you have it already" in mine.reason
    other = planned(desk, found.ticket, "#take")
    assert isinstance(other, Refused)
    assert other.nearest == "#assign me"


# Upwards


def test_r75_the_next_tier_joins_and_the_owner_stays(desk: Desk, ticket: Make) -> None:
    before = ticket(assignee="anastasia")
    found, effects, _ = done(desk, before, "#escalate network because the switch is dead", "anastasia")
    after = found.ticket
    assert (after.team, after.assignee, after.helpers) == ("frontline", "anastasia", ("network",))
    assert (after.escalated_at, after.escalated_because) == (NOW, "the switch is dead")
    assert after.facts[JOINED] == "network"
    assert (found.done[0].before, found.done[0].after) == ("tier 1", "tier 2: network joins, anastasia owns it")
    assert done(desk, before, "#escalate network Because the switch is dead", "anastasia")[0].ticket == after
    assert told(effects) == ["benedikt"]
    (event,) = events(effects)
    assert (event.kind, event.actor, event.detail["to_tier"]) == ("escalated", "anastasia", 2)
    top = planned(desk, after, "#escalate because more")
    assert isinstance(top, Refused)
    assert "no team is above tier 2" in top.reason
    down, effects, _ = done(desk, after, "#deescalate because it works", "anastasia")
    assert (down.ticket.helpers, down.ticket.escalated_at, down.ticket.escalated_because) == ((), None, "")
    assert JOINED not in down.ticket.facts
    assert (down.done[0].before, down.done[0].after) == ("tier 2", "tier 1: network may leave it")
    assert isinstance(planned(desk, before, "#deescalate because x"), Refused)


@pytest.mark.parametrize("text", ["#escalate", "#escalate tier2", "#escalate 2", "#escalate tier 2 because x"])
def test_r75_two_teams_of_a_tier_are_asked_about(desk: Desk, ticket: Make, text: str) -> None:
    refused = planned(desk, ticket(), text)
    assert isinstance(refused, Refused)
    assert "tier 2 is network and billing: say which" in refused.reason
    assert refused.nearest == "#escalate network because …, #escalate billing because …"


def test_r75_the_team_that_can_do_it_is_the_one(desk: Desk, ticket: Make) -> None:
    named = desk.routing.capabilities
    able = {**named, "network-engineering": replace(named["network-engineering"], topics=frozenset({"Outage"}))}
    desk = replace(desk, routing=replace(desk.routing, capabilities=able))
    found = planned(desk, ticket(topic="Outage"), "#escalate because it is dead")
    assert isinstance(found, Plan)
    assert found.ticket.helpers == ("network",)


@pytest.mark.parametrize(
    ("text", "before", "reason"),
    [
        ("#escalate frontline", {}, "frontline is of tier 1"),
        ("#escalate billing", {"team": "network"}, "no team is above tier 2"),
        ("#escalate tier3", {}, "no team of tier 3 is above tier 1"),
        ("#escalate netwrk", {}, "there is no team netwrk"),
        ("#escalate network", {"status": "closed", "status_category": "done"}, "the ticket is closed"),
    ],
)
def test_r75_no_tier_to_go_to(desk: Desk, ticket: Make, text: str, before: dict[str, str], reason: str) -> None:
    refused = planned(desk, ticket(**before), text)
    assert isinstance(refused, Refused)
    assert reason in refused.reason


# The owner hears of it


def test_the_owner_learns_that_somebody_else_escalates_and_ends_it(desk: Desk, ticket: Make) -> None:
    """They answer for it on (X7); whoever joins gets a notice of their own."""
    before = ticket(assignee="anastasia")
    found, effects, sent = done(desk, before, "#escalate network because routing")
    assert sorted(told(effects)) == ["anastasia", "benedikt"]
    (mail,) = [e for e in effects if isinstance(e, SendMail) and e.to.address.startswith("anastasia")]
    assert mail.facts["changed"].endswith("brought in network: routing")
    assert {"to": "Anastasia Winter", "what": "a notice of it"} in sent
    _, effects, _ = done(desk, found.ticket, "#deescalate because it works again", "benedikt")
    assert told(effects) == ["anastasia"]
    (mail,) = [effect for effect in effects if isinstance(effect, SendMail)]
    assert mail.facts["changed"] == "Benedikt Sommer ended the escalation, network left: it works again"


def test_of_an_escalation_of_ones_own_or_of_nobodys_ticket_no_owner_is_told(desk: Desk, ticket: Make) -> None:
    for assignee, actor in (("anastasia", "anastasia"), ("", "dominique")):
        _, effects, _ = done(desk, ticket(assignee=assignee), "#escalate network because routing", actor)
        assert told(effects) == ["benedikt"]
    gone = replace(desk, quiet={}).as_of(AWAY.people, NOW)
    _, effects, _ = done(gone, ticket(assignee="anastasia"), "#escalate network because routing")
    assert told(effects) == ["benedikt"]


def test_words_beside_it_tell_the_owner_once(desk: Desk, ticket: Make) -> None:
    _, effects, _ = done(desk, ticket(assignee="anastasia"), "#escalate network because routing\n\nWe look at it.")
    assert told(effects).count("anastasia") == 1
