"""Who hears of a ticket at once, who does not, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import breach
from gateway.rules.desk import Desk
from gateway.rules.notices import audience
from store.records import Person, Ticket

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA = "nora@northwind.example"
MakeTicket = Callable[..., Ticket]


def of(desk: Desk, **how: str) -> Desk:
    """The desk with people who want it so: a way, `away`, or `back` (they were away once)."""
    people = {}
    for name, way in how.items():
        address = f"{name}@desk.example"
        away = {"away": NOW + timedelta(hours=1), "back": NOW}.get(way)
        people[address] = Person(address=address, notices="" if away else way, away_until=away)
    return desk.as_of(people, NOW)


def told(desk: Desk, ticket: Ticket, actor: str = NORA) -> list[str]:
    return [agent.name for agent in audience.told(desk, ticket, actor)]


def test_everybody_concerned_hears_of_it_unless_they_said_otherwise(desk: Desk, ticket: MakeTicket) -> None:
    assert told(of(desk), ticket()) == ["anastasia", "dominique"]
    assert told(of(desk, anastasia="back"), ticket()) == ["anastasia", "dominique"]
    for way in ("away", "digest", "mute"):
        assert told(of(desk, anastasia=way), ticket()) == ["dominique"], way
    assert of(desk) is desk


def test_a_persons_own_wish_counts_before_the_configuration(desk: Desk, ticket: MakeTicket) -> None:
    agents = {address: replace(agent, notices="mute") for address, agent in desk.agents.items()}
    muted = replace(desk, agents=agents)
    assert told(of(muted, anastasia="instant", dominique="digest"), ticket()) == ["anastasia"]


def test_what_is_theirs_comes_at_once_but_not_to_who_is_away(desk: Desk, ticket: MakeTicket) -> None:
    theirs = ticket(assignee="anastasia")
    for way in ("digest", "mute"):
        assert told(of(desk, anastasia=way), theirs) == ["anastasia", "dominique"], way
    assert told(of(desk, anastasia="away"), theirs) == ["dominique"]


@pytest.mark.parametrize(
    ("ways", "heard"),
    [
        ({"anastasia": "away", "dominique": "away"}, ["dominique"]),
        ({"anastasia": "away", "dominique": "mute"}, ["dominique"]),
        ({"anastasia": "mute", "dominique": "mute"}, ["dominique"]),
        ({"anastasia": "digest", "dominique": "away"}, []),  # she reads of it
    ],
)
def test_where_nobody_would_ever_hear_of_it_the_leads_do(
    desk: Desk, ticket: MakeTicket, ways: dict[str, str], heard: list[str]
) -> None:
    assert told(of(desk, **ways), ticket()) == heard


def test_but_not_of_what_one_of_us_did(desk: Desk, ticket: MakeTicket) -> None:
    assert told(of(desk, dominique="mute"), ticket(), "anastasia@desk.example") == []


def test_reasons_are_said_in_words(desk: Desk, ticket: MakeTicket) -> None:
    now = of(desk, anastasia="away", dominique="mute", benedikt="digest")
    agents = {agent.name: audience.unheard(now, ticket(), agent) for agent in now.agents.values()}
    assert agents["anastasia"] == "away until 2026-11-23 09:00 UTC"
    assert agents["dominique"] == "wants to hear of own tickets only"
    assert agents["benedikt"] == "hears of it in the digest"
    assert agents["charlotte"] == ""


def test_a_breach_is_the_owners_at_once_and_never_nobodys(desk: Desk, ticket: MakeTicket) -> None:
    theirs = ticket(assignee="anastasia")
    muted = of(desk, anastasia="mute", dominique="mute", mirabelle="mute")
    assert [agent.name for agent in breach.whom(theirs, 100, muted)] == ["anastasia"]
    assert [agent.name for agent in breach.whom(ticket(), 100, muted)] == ["dominique"]


def test_an_owner_who_is_away_hears_of_no_clock_but_the_team_and_the_leads_do(desk: Desk, ticket: MakeTicket) -> None:
    theirs = ticket(assignee="anastasia")
    for percent in (50, 100):
        heard = breach.whom(theirs, percent, of(desk, anastasia="away", mirabelle="mute"))
        assert [agent.name for agent in heard] == ["dominique"], percent
    helped = ticket(assignee="anastasia", helpers=("network",))
    assert [a.name for a in breach.whom(helped, 50, of(desk, anastasia="away"))] == ["dominique", "benedikt"]
    nobody = of(desk, anastasia="away", dominique="away", mirabelle="away")
    assert [agent.name for agent in breach.whom(theirs, 50, nobody)] == ["dominique"], "somebody has to find it"
