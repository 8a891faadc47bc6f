"""Routing: who fits best and why nobody else, what fits into a week, which team joins when a rule says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rules import capacity, routing
from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.routing import Capability, Routing, Skills
from gateway.rules.policy.targets import Escalating
from gateway.rules.routing import Choice
from scheduling.hours import WeeklyHours
from store.records import Load, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""
Make = Callable[..., Ticket]
WEEK = WeeklyHours((((time(9), time(17)),),) * 5 + ((), ()))
LATE = WeeklyHours((((time(12), time(20)),),) * 5 + ((), ()))


def staffed(desk: Desk, skills: Mapping[str, Skills], capabilities: tuple[Capability, ...] = ()) -> Desk:
    """A desk of these agents of one team."""
    agents = {
        f"{name}@desk.example": Agent(
            name=name,
            full_name=name.title(),
            address=f"{name}@desk.example",
            team="frontline",
            roles=frozenset({"agent"}),
        )
        for name in skills
    }
    routes = Routing(skills=skills, capabilities={one.name: one for one in capabilities}, most_open=10)
    return replace(desk, agents=agents, routing=routes)


DATABASES = Capability(name="databases", level=3, topics=frozenset({"Data"}))
THREE = {
    "ann": Skills(capabilities={"databases": 4}, shift=WEEK, languages=("en", "de")),
    "bob": Skills(capabilities={"databases": 3}, shift=WEEK),
    "cem": Skills(capabilities={"databases": 2}, shift=LATE),
}


def who(choice: Choice) -> str:
    return choice.agent.name if choice.agent else ""


@pytest.fixture
def three(desk: Desk) -> Desk:
    return staffed(desk, THREE, (DATABASES,))


# Who


def test_r59_three_agents_with_different_skills_load_and_shift(three: Desk, ticket: Make) -> None:
    """Skill, load and shift decide; each who does not get it has a reason."""
    about = ticket(topic="Data", subtopic="import")
    loads = {"ann": Load(open=3), "bob": Load(open=1)}
    choice = routing.choose(about, three, loads, {}, NOW)
    assert who(choice) == "bob"
    assert choice.because == "databases 3, works now, 1 open"
    assert choice.others == {"ann": "databases 4, works now, 3 open", "cem": "databases 2 where 3 is needed"}

    plain = ticket(topic="Usage")
    assert who(routing.choose(plain, three, loads, {}, NOW)) == "bob"  # cem has nothing to do, and is not there yet
    reasons = {one.name: one.reason for one in routing.choose(plain, three, loads, {}, NOW).considered}
    assert reasons["cem"] == "works from Mon 23 Nov 2026, 12:00 (Berlin), 0 open"
    evening = NOW + timedelta(hours=8)
    assert who(routing.choose(plain, three, loads, {}, evening)) == "cem"
    assert who(routing.choose(about, three, {"bob": Load(open=9)}, {}, NOW)) == "ann"
    assert who(routing.choose(plain, three, loads, {}, NOW, capability="databases")) == "bob"


def test_r59_away_disabled_returned_and_languages(three: Desk, ticket: Make) -> None:
    until = NOW + timedelta(days=1)
    about = ticket(topic="Data")
    assert who(routing.choose(about, three, {}, {"ann": until}, NOW)) == "bob"
    choice = routing.choose(about, three, {}, {"ann": until, "bob": routing.FOREVER}, NOW)
    assert choice.agent is None
    assert choice.others == {
        "ann": "is away until Tue 24 Nov 2026, 10:00 (Berlin)",
        "bob": "is away until further notice",
        "cem": "databases 2 where 3 is needed",
    }
    gone = three.without({"ann@desk.example"})
    assert routing.choose(about, gone, {}, {}, NOW).others["ann"] == "is disabled"
    back = replace(about, facts={routing.RETURNED: "ann"})
    assert routing.choose(back, three, {}, {}, NOW).others["ann"] == "gave it back"
    french = replace(about, language="fr")
    assert routing.choose(french, three, {}, {}, NOW).others["ann"] == "does not write fr"
    unspoken = replace(about, language="nl")  # nobody of the desk writes it: then it keeps nobody from it
    assert who(routing.choose(unspoken, three, {}, {}, NOW)) == "ann"
    own = replace(about, requester="bob@desk.example")
    assert routing.choose(own, three, {}, {}, NOW).others["bob"] == "asked for it"


def test_r59_an_organisations_own_people_come_first_and_full_ones_last(three: Desk, ticket: Make) -> None:
    skills = {**THREE, "bob": replace(THREE["bob"], organisations=frozenset({"northwind.example"}))}
    desk = replace(three, routing=replace(three.routing, skills=skills))
    about = ticket(topic="Data", requester="nora@northwind.example")
    choice = routing.choose(about, desk, {"bob": Load(open=8)}, {}, NOW)
    assert (who(choice), choice.because) == ("bob", "databases 3, works now, their organisation, 8 open")
    assert who(routing.choose(replace(about, requester="x@y.example"), desk, {"bob": Load(open=8)}, {}, NOW)) == "ann"
    plain = ticket(topic="Usage")
    full = {"ann": Load(open=10), "bob": Load(open=12, minutes=((None, 60),))}
    assert "10 open, which are 10 or more" in routing.choose(plain, three, full, {}, NOW).because


def test_the_longest_not_given_one_comes_first_then_the_name(three: Desk, ticket: Make) -> None:
    given_ = {"ann": Load(given_at=NOW), "bob": Load(given_at=NOW - timedelta(hours=1))}
    assert who(routing.choose(ticket(topic="Data"), three, given_, {}, NOW)) == "bob"
    assert who(routing.choose(ticket(topic="Data"), three, {}, {}, NOW)) == "ann"
    busy = {"ann": Load(open=1), "bob": Load(given_at=NOW)}  # the least to do comes before the longest wait
    assert who(routing.choose(ticket(topic="Data"), three, busy, {}, NOW)) == "bob"


def test_the_demo_desk_routes_inside_the_owning_team(desk: Desk, ticket: Make) -> None:
    choice = routing.choose(ticket(), desk, {}, {}, NOW)
    assert who(choice) == "anastasia"
    assert choice.others == {
        "benedikt": "is of team network, and frontline has it",
        "charlotte": "is of team billing, and frontline has it",
        "dominique": "is no agent but lead",
        "mirabelle": "is no agent but manager",
        "samantha": "is no agent but scheduler",
    }
    late = routing.choose(ticket(team="billing"), desk, {}, {}, NOW, capability="billing-specialist")
    assert late.because == "billing-specialist 4, works from Mon 23 Nov 2026, 12:00 (Berlin), 0 open"


_PEOPLE = st.fixed_dictionaries(
    {
        "level": st.integers(0, 5),
        "open": st.integers(0, 12),
        "minutes": st.integers(0, 4000),
        "late": st.booleans(),
        "away": st.booleans(),
        "languages": st.sampled_from([(), ("en",), ("de", "fr")]),
        "own": st.booleans(),
        "given": st.integers(-50, 0),
        "returned": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(people=st.lists(_PEOPLE, min_size=1, max_size=6), hour=st.integers(0, 170), data=st.data())
def test_choose_never_takes_an_ineligible_one_and_knows_no_order(
    desk: Desk, people: list[dict[str, object]], hour: int, data: st.DataObject
) -> None:
    """For any staff: whoever is chosen may have it, nobody who may comes before them, everybody has a reason, and the
    order in which they are listed changes nothing."""
    named = {f"p{n}": one for n, one in enumerate(people)}
    now = NOW + timedelta(hours=hour)

    def chosen(names: list[str]) -> Choice:
        skills = {
            name: Skills(
                capabilities={"databases": named[name]["level"]},  # type: ignore[dict-item]
                shift=LATE if named[name]["late"] else WEEK,
                languages=named[name]["languages"],  # type: ignore[arg-type]
                organisations=frozenset({"northwind.example"} if named[name]["own"] else ()),
            )
            for name in names
        }
        loads = {
            name: Load(
                open=int(str(one["open"])),
                minutes=((None, int(str(one["minutes"]))),),
                given_at=NOW + timedelta(hours=int(str(one["given"]))),
            )
            for name, one in named.items()
        }
        away = {name: now + timedelta(days=1) for name, one in named.items() if one["away"]}
        gave = ",".join(name for name, one in named.items() if one["returned"])
        about = Ticket(
            ref=1001, subject="x", team="frontline", requester="nora@northwind.example", mailbox="support@desk.example",
            language="en", topic="Data", created_at=NOW, updated_at=NOW, facts={routing.RETURNED: gave},
        )  # fmt: skip
        return routing.choose(about, staffed(desk, skills, (DATABASES,)), loads, away, now)

    choice = chosen(list(named))
    assert chosen(data.draw(st.permutations(list(named)))) == choice
    assert {one.name for one in choice.considered} == set(named)
    assert all(one.reason for one in choice.considered)
    may = {
        name
        for name, one in named.items()
        if int(str(one["level"])) >= 3
        and not (one["away"] or one["returned"])
        and one["languages"] != ("de", "fr")
        and int(str(one["minutes"])) <= 40 * 60
    }
    assert {one.name for one in choice.considered if one.fits} == may
    assert (choice.agent.name in may) if choice.agent else not may


# How much


def test_r61_hours_promised_against_the_hours_of_the_week(three: Desk, ticket: Make) -> None:
    """By the week that work is scheduled for; a holiday and time away make the week shorter, part time as well."""
    agent = next(iter(three.agents.values()))
    next_week = NOW + timedelta(days=8)
    load = Load(open=3, minutes=((None, 600), (NOW - timedelta(days=20), 60), (next_week, 2500)))
    first, second = capacity.weeks(agent, three, load, None, NOW, 2)
    assert (first.committed, first.capacity, first.overbooked) == (660, 40 * 60, False)
    assert (second.committed, second.capacity, second.overbooked) == (2500, 40 * 60, True)
    short = replace(three, holidays=frozenset({NOW.date()}))
    assert capacity.weeks(agent, short, load, None, NOW)[0].capacity == 32 * 60
    assert capacity.weeks(agent, three, load, NOW + timedelta(days=2), NOW)[0].capacity == 23 * 60
    assert capacity.weeks(agent, three, load, routing.FOREVER, NOW, 2)[1].capacity == 0
    half = replace(three, routing=replace(three.routing, skills={"ann": Skills(shift=WEEK, week_minutes=20 * 60)}))
    assert capacity.weeks(agent, half, load, None, NOW)[0].capacity == 20 * 60
    assert capacity.weeks(agent, replace(half, holidays=short.holidays), load, None, NOW)[0].capacity == 16 * 60


def test_r61_the_router_avoids_who_is_over_booked(three: Desk, ticket: Make) -> None:
    about = ticket(topic="Data", estimate=120)
    loads = {"ann": Load(open=1, minutes=((None, 39 * 60),)), "bob": Load(open=9)}
    choice = routing.choose(about, three, loads, {}, NOW)
    assert who(choice) == "bob"
    assert choice.others["ann"] == "would be over-booked: 41 of 40 hours in the week of 2026-11-23"
    later = replace(about, scheduled_for=NOW + timedelta(days=8))
    choice = routing.choose(later, three, loads, {}, NOW)  # in its week she has room, and fewer tickets than he
    assert (who(choice), choice.because) == ("ann", "databases 4, works now, 1 open, 2 of 40 hours promised")


# Upwards


def test_r74_a_rule_brings_the_higher_tier_with_a_trace(desk: Desk, ticket: Make) -> None:
    rules = (
        Escalating(name="urgent", team="network", priority=1, topic="Outage/network"),
        Escalating(name="late", team="billing", clock="resolution", percent=75, segment="Enterprise"),
    )
    desk = replace(desk, escalations=rules)
    about = ticket(topic="Outage", subtopic="network", priority=1, assignee="anastasia")
    found = routing.escalating(about, desk, NOW)
    assert found is not None
    assert (found.ticket.team, found.ticket.assignee, found.ticket.helpers) == ("frontline", "anastasia", ("network",))
    assert (found.ticket.escalated_at, found.ticket.escalated_because) == (NOW, "priority 1, topic Outage/network")
    (event,) = found.events
    assert (event.kind, event.actor, event.detail["rule"]) == ("escalated", "system", "urgent")
    assert (event.detail["from_tier"], event.detail["to_tier"]) == (1, 2)
    assert found.trace[0].what == "escalated: network joins"
    assert found.trace[0].why == "rule urgent: priority 1, topic Outage/network"
    assert routing.escalating(found.ticket, desk, NOW) is None  # once
    assert routing.escalating(replace(about, priority=2), desk, NOW) is None
    assert routing.escalating(replace(about, status="closed", status_category="done"), desk, NOW) is None

    quiet = ticket()  # of Northwind, an enterprise
    assert routing.escalating(quiet, desk, NOW) is None
    assert routing.escalating(quiet, desk, NOW, "resolution", 74) is None
    spelt = replace(desk, escalations=tuple(replace(one, segment=one.segment.upper()) for one in rules))
    assert routing.escalating(quiet, spelt, NOW, "resolution", 75) is not None  # capitals make no difference
    late = routing.escalating(quiet, desk, NOW, "resolution", 75)
    assert late is not None
    assert late.events[0].detail["because"] == "resolution has used 75 %, segment Enterprise"
    other = replace(quiet, requester="x@contoso.example")
    assert routing.escalating(other, desk, NOW, "resolution", 100) is None


def test_r74_two_rules_at_once_bring_one_tier(desk: Desk, ticket: Make) -> None:
    """The first rule brings tier 2; a second one for the same tier has nothing left to do."""
    rules = tuple(Escalating(name=team, team=team, priority=2) for team in ("network", "billing"))
    found = routing.escalating(ticket(priority=1), replace(desk, escalations=rules), NOW)
    assert found is not None
    assert (found.teams, len(found.events)) == (("network",), 1)
