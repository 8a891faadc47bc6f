"""Who is told of a clock when, whose a breach is, and which rules escalate by a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.rules.clocks import AGENT, CUSTOMER
from gateway.rules.desk import Desk
from gateway.rules.policy.targets import FIRST, NEXT, RESOLUTION, Escalating, Target
from store.records import Purpose
from tests.unit.gateway.life import SERVICE, Begin, Life, allowed, at, breach_of_anastasia, said

# Who is told when


def test_r76_warnings_once_each_to_the_owner_the_team_and_those_above(begin: Begin) -> None:
    life = begin(status="accepted", assignee="anastasia")
    assert life.sleeps(at(30, 9)) == [
        "Mon 12:00 first_response 75: anastasia",
        "Mon 12:36 first_response 90: anastasia",
        "Mon 13:00 first_response 100: anastasia dominique mirabelle",
        "Wed 11:00 resolution 75: anastasia",
        "Wed 14:36 resolution 90: anastasia",
        "Thu 09:00 resolution 100: anastasia dominique mirabelle",
    ]
    assert life.timer is None
    assert {mail.purpose for mail in life.mails} == {Purpose.WARNING}
    rounds = [(mail.round, mail.to.address) for mail in life.mails]
    assert len(set(rounds)) == len(rounds)


def test_a_breach_at_the_moment_of_closing_is_noted_then_and_told_next_morning(begin: Begin) -> None:
    life = begin(at(23, 13), assignee="anastasia")
    assert life.sleeps(at(23, 17)) == [
        "Mon 16:00 first_response 75: anastasia",
        "Mon 16:36 first_response 90: anastasia",
    ]
    assert life.states()[FIRST] == "breached"
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-23T16:00:00Z")]
    assert life.sleeps(at(24, 9)) == ["Tue 09:00 first_response 100: anastasia dominique mirabelle"]


def test_while_nobody_is_there_the_team_is_told_first(begin: Begin) -> None:
    life = begin(team="network")
    assert life.sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: benedikt"]


def test_helping_teams_are_told_too_and_a_team_of_nobody_has_its_leads(begin: Begin, house: Desk) -> None:
    life = begin(team="frontline", helpers=("network",), assignee="anastasia")
    assert life.sleeps(at(23, 12, 36))[1] == "Mon 12:36 first_response 90: anastasia benedikt"
    empty = replace(house, agents={a: agent for a, agent in house.agents.items() if agent.team != "network"})
    assert begin(desk=empty, team="network").sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: dominique"]


def test_sla_warnings_leave_only_while_somebody_works(begin: Begin, house: Desk) -> None:
    """Zammad 4432. The clock runs by night, the desk does not."""
    targets = (Target(calendar="always", allowed=allowed(first_response=8)),)
    desk = replace(house, service=replace(SERVICE, targets=targets))
    life = begin(at(20, 16), desk, assignee="anastasia")
    assert life.clock(FIRST).due == at(21, 0)
    assert life.sleeps(at(23, 8, 59)) == []
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-20T23:00:00Z")]
    assert life.sleeps(at(30, 9)) == ["Mon 09:00 first_response 100: anastasia dominique mirabelle"]


def test_the_policy_may_have_them_at_any_hour(begin: Begin, house: Desk) -> None:
    targets = (Target(calendar="always", allowed=allowed(first_response=8)),)
    desk = replace(house, service=replace(SERVICE, targets=targets, warn_outside_hours=True))
    assert begin(at(20, 16), desk, assignee="anastasia").sleeps(at(30, 9)) == [
        "Fri 22:00 first_response 75: anastasia",
        "Fri 23:12 first_response 90: anastasia",
        "Sat 00:00 first_response 100: anastasia dominique mirabelle",
    ]


@pytest.mark.parametrize(
    ("wakes", "told"),
    [
        (at(23, 12, 40), ["Mon 12:40 first_response 90: anastasia"]),
        (at(23, 13, 30), ["Mon 13:30 first_response 100: anastasia dominique mirabelle"]),
        (
            at(30, 10),
            [
                "Mon 10:00 first_response 100: anastasia dominique mirabelle",
                "Mon 10:00 resolution 100: anastasia dominique mirabelle",
            ],
        ),
    ],
)
def test_after_sleep_only_what_was_reached_last_is_told(begin: Begin, wakes: datetime, told: list[str]) -> None:
    life = begin(assignee="anastasia")
    life.wakes(wakes)
    assert said(life.mails, wakes) == told
    life.wakes(wakes)
    assert said(life.mails, wakes) == told, "once"


def test_a_desk_that_wakes_at_night_notes_and_waits(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.wakes(at(23, 22))
    assert (life.mails, life.states()[FIRST], life.timer) == ([], "breached", at(24, 9))
    assert life.sleeps(at(24, 9)) == ["Tue 09:00 first_response 100: anastasia dominique mirabelle"]


def test_a_clock_that_jumps_back_tells_nothing_twice(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.sleeps(at(23, 12))
    assert life.wakes(at(23, 9, 30)) == "clock: nothing is to be told yet"
    assert life.timer == at(23, 12, 36)
    assert len(life.sleeps(at(23, 12, 36))) == 1


def test_more_time_warns_again_and_less_time_at_once(begin: Begin) -> None:
    life = begin(assignee="anastasia", priority=1)
    assert life.sleeps(at(23, 9, 50)) == ["Mon 09:45 first_response 75: anastasia"]
    life.becomes(at(23, 9, 50), priority=3)
    assert life.sleeps(at(23, 12)) == ["Mon 12:00 first_response 75: anastasia"]
    life.becomes(at(23, 12, 10), priority=1)
    assert life.clock(FIRST).due == at(23, 12, 40)
    assert [line for line in life.sleeps(at(23, 12, 45)) if "first" in line] == [
        "Mon 12:18 first_response 90: anastasia",
        "Mon 12:40 first_response 100: anastasia dominique mirabelle",
    ]


def test_what_a_warning_says(begin: Begin) -> None:
    life = begin(assignee="anastasia", next_action="rebuild the index")
    life.sleeps(at(23, 12))
    facts = life.mails[0].facts
    shown = ("clock", "percent", "due", "now", "left", "because", "owner", "next")
    assert [facts[name] for name in shown] == [
        FIRST, 75, "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z", 60, "", "anastasia", "rebuild the index",
    ]  # fmt: skip
    life.sleeps(at(23, 13))
    assert (life.mails[-1].facts["left"], life.mails[-1].facts["because"]) == (0, "agent")


# Whose a breach is


def broken(life: Life) -> list[str]:
    life.sleeps(at(23, 13))
    return [e["because"] for e in life.told("clock-breached")]


def test_r79_a_breach_says_what_kept_the_ticket(begin: Begin) -> None:
    assert broken(begin()) == ["unassigned"]
    assert broken(begin(assignee="anastasia")) == ["agent"]
    assert broken(begin().becomes(at(23, 10), assignee="anastasia")) == ["agent"], "the first owner is no reassignment"
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), assignee="dominique")) == ["after-reassignment"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), assignee="")) == ["after-reassignment"]
    assert broken(begin().becomes(at(23, 10), team="network")) == ["after-reassignment"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), blocked_on="scheduling")) == ["blocked-scheduling"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), blocked_on="specialist")) == ["waiting-specialist"]
    assert broken(begin(assignee="anastasia").becomes(at(23, 10), escalated_at=at(23, 10))) == ["waiting-specialist"]


def test_r79_a_reassignment_before_the_clock_began_is_not_its_reason(begin: Begin) -> None:
    life = begin(assignee="anastasia").becomes(at(23, 10), assignee="dominique").becomes(at(23, 11), AGENT)
    life.becomes(at(23, 12), CUSTOMER)
    life.sleeps(at(23, 16))
    assert [(e["clock"], e["because"]) for e in life.told("clock-breached")] == [(NEXT, "agent")]


# Rules that escalate


def test_r74_a_clock_that_has_used_so_much_brings_another_team(begin: Begin, house: Desk) -> None:
    rule = Escalating(name="slow", team="network", clock=RESOLUTION, percent=50)
    life = begin(desk=replace(house, escalations=(rule,)), assignee="anastasia").becomes(at(23, 10), AGENT)
    told = life.sleeps(at(24, 13))
    assert told == ["Tue 13:00 notice: benedikt dominique"]
    assert (life.ticket.helpers, life.ticket.assignee, life.ticket.escalated_at) == (
        ("network",),
        "anastasia",
        at(24, 13),
    )
    assert [e["rule"] for e in life.told("escalated")] == ["slow"]
    assert life.sleeps(at(25, 11)) == ["Wed 11:00 resolution 75: anastasia"]


def test_the_events_of_a_warning_hold_what_the_clocks_were(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    before = life.ticket.clocks
    life.sleeps(at(23, 12))
    assert [(e.kind, dict(e.was)) for e in life.events] == [("clock-told", {"clocks": before})]
