"""What people do to a clock: a lead's other time, and what is taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from gateway.rules import breach, clocks, undoing
from gateway.rules.change import changed
from gateway.rules.clocks import AGENT
from gateway.rules.desk import Desk
from gateway.rules.policy.targets import FIRST, RESOLUTION
from gateway.rules.verbs import Plan, Refused
from store.records import Past, Purpose
from tests.unit.gateway.life import HOUR, MINUTE, MONDAY, Begin, Life, at, breach_of_anastasia

# A lead's word


def test_r80_a_lead_promises_another_time_with_a_reason(begin: Begin) -> None:
    life = begin(status="accepted", assignee="anastasia").becomes(at(23, 10), AGENT)
    planned = life.says("#sla resolution until 2026-11-30 12:00 because they are away this week", at(23, 11))
    assert isinstance(planned, Plan), planned
    assert life.clock(RESOLUTION).due == at(30, 12)
    assert [(e.actor, dict(e.detail)) for e in life.events if e.kind == "clock-changed"] == [
        (
            "dominique",
            {
                "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-30T11:00:00Z",
                "because": "they are away this week", "by": "dominique",
            },
        )
    ]  # fmt: skip
    assert planned.done[0].before == "resolution until Wed 25 Nov 2026, 17:00 (Berlin)"
    life.becomes(at(23, 12), priority=1)
    assert life.clock(RESOLUTION).due == at(30, 12), "no rule changes a lead's word"
    assert breach.refreshed(life.ticket, life.desk, lambda: "", at(24, 5)) is None


@pytest.mark.parametrize(
    ("words", "due"),
    [
        ("+4h because x", at(23, 15)),
        ("+8h because x", at(24, 11)),
        ("+90m because x", at(23, 12, 30)),
        ("2026-11-24 10:00 reason: x", at(24, 10)),
        ("24.11.2026 10:00 because x", at(24, 10)),
        ("fri 14:00 because x", at(27, 14)),
    ],
)
def test_r80_times_of_a_lead(begin: Begin, words: str, due: datetime) -> None:
    life = begin()
    assert isinstance(life.says(f"#sla resolution until {words}", at(23, 11)), Plan)
    assert life.clock(RESOLUTION).due == due


@pytest.mark.parametrize(
    ("text", "actor", "reason"),
    [
        ("#sla first until +4h because x", "anastasia", "only a lead may say #sla"),
        ("#sla first until +4h because x", "mirabelle", "only a lead may say #sla"),
        ("#sla first until +4h", "dominique", "say why"),
        ("#sla first until +4h because", "dominique", "say why"),
        ("#sla", "dominique", "say which clock"),
        ("#sla first", "dominique", "say which clock"),
        ("#sla second until +4h because x", "dominique", "there is no clock second; clocks: first, next"),
        ("#sla next until +4h because x", "dominique", "does not run on this ticket; running: first response, resol"),
        ("#sla first until soon because x", "dominique", "soon is no time"),
        ("#sla first until 2026-11-20 because x", "dominique", "has passed"),
        ("#sla first until +soon because x", "dominique", "no length of time"),
        ("#sla first until +999h because x", "dominique", ""),
        ("#sla first until 2031-01-01 because x", "dominique", "too far away"),
    ],
)
def test_r80_what_is_refused(begin: Begin, text: str, actor: str, reason: str) -> None:
    life = begin()
    found = life.says(text, at(23, 11), actor)
    if not reason:
        assert isinstance(found, Plan), found
        return
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert life.events == []


def test_r80_a_clock_that_stands_still_or_is_done_has_no_other_time(begin: Begin) -> None:
    paused = begin().becomes(at(23, 10), AGENT, waiting_on="customer")
    assert "stands still" in str(paused.says("#sla resolution until +4h because x", at(23, 11)))
    assert "has ended" in str(paused.says("#sla first until +4h because x", at(23, 11)))
    done = begin().resolves(at(23, 10))
    assert "the ticket is resolved" in str(done.says("#sla resolution until +4h because x", at(23, 11)))


def test_r80_a_breach_that_nobody_noted_is_not_talked_away(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    assert isinstance(life.says("#sla first until 2026-11-24 12:00 because agreed by telephone", at(23, 15)), Plan)
    assert life.told("clock-breached") == [breach_of_anastasia("2026-11-23T12:00:00Z")]


def test_r80_a_breach_stays_one_and_the_new_time_is_told_of(begin: Begin) -> None:
    life = begin(assignee="anastasia")
    life.sleeps(at(23, 14))
    assert isinstance(life.says("#sla first until 2026-11-24 12:00 because agreed by telephone", at(23, 15)), Plan)
    assert (life.states()[FIRST], life.clock(FIRST).due) == ("breached", at(24, 12))
    assert [line.partition(":")[0] for line in life.sleeps(at(25, 9)) if "first" in line] == [
        "Tue 09",
        "Tue 10",
        "Tue 12",
    ]
    assert len(life.told("clock-breached")) == 1


# What is taken back


def undone(life: Life, verb: str, now: datetime, later: datetime) -> None:
    """The verb and its #undo, with what the clock did between them."""
    before, kept = life.ticket, len(life.events)
    life.says(verb, now, "anastasia")
    left = life.ticket
    if life.timer is not None:
        life.sleeps(later)
    story = [
        Past(at=now, actor=event.actor, kind=event.kind, occasion=f"at:{number > 0}", was=event.was)
        for number, event in enumerate([one for one in life.events[kept:] if one.was])
    ]
    assert story[0].was["clocks"] == before.clocks != left.clocks
    back = undoing.last(life.ticket, "anastasia", story, life.desk)
    assert isinstance(back, undoing.Back)
    found = undoing.taken_back(life.ticket, back, later)
    life.take(changed(life.ticket, found, [], life.desk, later))


@pytest.mark.parametrize("verb", ["#resolve restarted", "#wait customer", "#priority 1 because x"])
def test_sla_what_is_taken_back_moves_no_promise(begin: Begin, verb: str) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    for hour in (0, 1):
        undone(life, verb, MONDAY + hour * HOUR, MONDAY + hour * HOUR + 10 * MINUTE)
        assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
        assert set(life.states().values()) == {"running"}


def test_sla_what_ran_out_before_it_was_taken_back_is_a_breach(begin: Begin) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    undone(life, "#resolve restarted", MONDAY + HOUR, MONDAY + 5 * HOUR)
    assert life.states() == {FIRST: "breached", RESOLUTION: "running"}
    (breached,) = [event for event in life.events if event.kind == clocks.BREACHED]
    assert breached.detail["due"] == "2026-11-23T12:00:00Z"
    assert life.clock(FIRST).due == MONDAY + 4 * HOUR
    assert life.timer is not None
    life.wakes(life.timer)
    assert any("is over" in str(mail.facts) or mail.purpose is Purpose.WARNING for mail in life.mails), "it is told"


def test_sla_a_clock_that_something_else_moved_since_stays(desk: Desk, begin: Begin) -> None:
    life = begin(status="in_progress", assignee="anastasia", topic="Performance")
    before = life.ticket.clocks
    undone_at = MONDAY + 2 * HOUR
    life.take(changed(life.ticket, replace(life.ticket, priority=1), [], life.desk, MONDAY))
    left = life.ticket.clocks
    life.take(changed(life.ticket, life.ticket, [], life.desk, MONDAY + HOUR, heard=AGENT))
    found = clocks.as_they_were(life.ticket, before, left, undone_at)
    assert found.clock(FIRST) == life.clock(FIRST), "it was answered"
    assert found.clock(RESOLUTION) == next(one for one in before if one.kind == RESOLUTION)
