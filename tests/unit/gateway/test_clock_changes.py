"""What changes a promise that runs: priorities, facts of an organisation, another ticket in its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.rules import breach, clocks, promises, retyping
from gateway.rules.clocks import AGENT, CUSTOMER
from gateway.rules.desk import Desk
from gateway.rules.participants import NOTHING
from gateway.rules.policy.targets import FIRST, RESOLUTION, TRIAGE, Target
from gateway.rules.verbs import Plan
from store.records import SetTimer, Ticket
from tests.unit.gateway.life import HOUR, MINUTE, PLAIN, SERVICE, URGENT, Begin, allowed, at


def test_sla_another_priority_keeps_the_time_that_has_passed(begin: Begin) -> None:
    life = begin().becomes(at(23, 11), priority=1)
    assert life.clock(RESOLUTION).due == at(23, 17)
    assert life.clock(FIRST).due == at(23, 11, 30), "an hour that is over: half an hour's grace, no instant breach"
    changes = {e["clock"]: e for e in life.told("clock-changed")}
    assert changes[RESOLUTION] == {
        "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-23T16:00:00Z",
        "minutes_from": 1440, "minutes_to": 480, "because": "priority 3 → 1",
    }  # fmt: skip
    assert changes[FIRST]["because"] == "priority 3 → 1; at least 30 min from now"
    life.becomes(at(23, 11, 10), priority=3)
    assert (life.clock(RESOLUTION).due, life.clock(FIRST).due) == (at(25, 17), at(23, 13))


def test_sla_a_promise_that_changes_while_the_customer_is_asked(begin: Begin) -> None:
    life = begin().becomes(at(23, 11), AGENT, waiting_on="customer").becomes(at(24, 9), priority=1)
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(25, 9), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == at(25, 15)


def test_sla_a_breach_is_not_undone_by_another_priority(begin: Begin) -> None:
    life = begin(priority=1).becomes(at(23, 12), priority=3)
    assert (life.states()[FIRST], life.clock(FIRST).due) == ("breached", at(23, 10))
    assert [e["clock"] for e in life.told("clock-breached")] == [FIRST]


def test_a_promise_that_comes_with_a_priority_counts_from_the_beginning(house: Desk, begin: Begin) -> None:
    targets = (Target(priority=1, allowed=allowed(resolution=8)), Target(allowed=allowed(first_response=4)))
    desk = replace(house, service=replace(SERVICE, targets=targets))
    life = begin(desk=desk).becomes(at(23, 12), priority=1)
    assert (life.clock(RESOLUTION).due, life.clock(RESOLUTION).started) == (at(23, 17), at(23, 9))
    assert life.told("clock-changed")[0]["from"] is None
    life.becomes(at(23, 13), priority=3)
    assert (life.states()[RESOLUTION], life.clock(RESOLUTION).due) == ("none", None)
    assert life.told("clock-changed")[-1]["to"] is None
    assert not [line for line in life.sleeps(at(27, 17)) if RESOLUTION in line], "nobody is warned of it"


THIRD = (Target(priority=3, allowed=allowed(resolution=24)), Target(allowed=allowed(first_response=4)))


def test_a_promise_that_goes_and_comes_back_keeps_its_pauses(house: Desk, begin: Begin) -> None:
    """GLPI 6902."""
    desk = replace(house, service=replace(SERVICE, targets=THIRD))
    life = begin(desk=desk).becomes(at(23, 10), AGENT, waiting_on="customer", answered_at=at(23, 10))
    plain = begin(desk=desk).becomes(at(23, 10), AGENT, waiting_on="customer", answered_at=at(23, 10))
    life.becomes(at(24, 9), priority=4)
    assert (life.states()[RESOLUTION], life.told("clock-changed")[-1]["to"]) == ("none", None)
    life.becomes(at(26, 10), waiting_on="").becomes(at(26, 12), priority=3)
    assert life.clock(RESOLUTION) == replace(
        plain.becomes(at(26, 10), waiting_on="").clock(RESOLUTION), spent=3 * HOUR, since=at(26, 12)
    ), "as if nothing had been"
    assert life.told("clock-changed")[-1]["from"] is None


def test_a_promise_that_comes_late_does_not_count_the_pauses(house: Desk, begin: Begin) -> None:
    desk = replace(house, service=replace(SERVICE, targets=THIRD))
    life = begin(desk=desk, priority=4).becomes(at(23, 10), waiting_on="customer")
    assert (life.states()[RESOLUTION], life.told("clock-changed")) == ("none", [])
    life.becomes(at(26, 10), waiting_on="").becomes(at(26, 12), priority=3)
    assert life.clock(RESOLUTION).spent == 3 * HOUR
    assert life.clock(RESOLUTION).due == at(30, 17)


def test_no_change_after_change_keeps_a_promise_from_running_out(house: Desk, begin: Begin) -> None:
    """Priority 1 and 2 in turns, every 29 minutes: each change would leave half an hour."""
    second = Target(priority=2, allowed=allowed(first_response=2))
    desk = replace(house, service=replace(SERVICE, targets=(URGENT, second, PLAIN)))
    life, now = begin(desk=desk), at(23, 12)
    for turn in range(6):
        life.becomes(now, priority=1 + turn % 2)
        now += 29 * MINUTE
    assert life.states()[FIRST] == "breached"
    assert life.clock(FIRST).due == at(23, 12, 30)


def test_nor_does_a_promise_that_goes_and_comes_back(house: Desk, begin: Begin) -> None:
    targets = (Target(priority=3, allowed=allowed(first_response=1)), Target(allowed=allowed(resolution=24)))
    life, now = begin(desk=replace(house, service=replace(SERVICE, targets=targets))), at(23, 9, 50)
    for turn in range(10):
        life.becomes(now, priority=4 - turn % 2)
        now += 3 * MINUTE
    assert (life.states()[FIRST], life.ticket.priority) == ("breached", 3)


def test_r77_three_owners_and_another_team_have_the_same_clock(begin: Begin) -> None:
    life = begin(status="accepted")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    for hour, words in enumerate(
        ("#assign anastasia", "#assign dominique", "#todo look into the index\n#team network")
    ):
        planned = life.says(words, at(23, 10 + hour))
        assert isinstance(planned, Plan), planned
        assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
    assert isinstance(life.says("#assign benedikt", at(23, 12, 30)), Plan)
    assert {clock.kind: clock.due for clock in life.ticket.clocks} == due
    assert life.told("clock-changed") == []


def with_facts(desk: Desk, **facts: Any) -> Desk:
    northwind = desk.organisations["northwind.example"]
    return replace(desk, organisations={**desk.organisations, "northwind.example": replace(northwind, **facts)})


@pytest.mark.parametrize(
    ("facts", "share", "words"),
    [
        ({}, 1.0, ""),
        ({"health": "Red"}, 0.5, "Northwind: health Red × 0.5"),
        ({"renewal": date(2026, 12, 13)}, 0.75, "Northwind: renewal in 20 days × 0.75"),
        ({"renewal": date(2026, 12, 24)}, 1.0, ""),
        ({"renewal": date(2026, 11, 22)}, 1.0, ""),
        ({"renewal": date(2026, 11, 23)}, 0.75, "Northwind: renewal in 0 days × 0.75"),
        (
            {"health": "red", "renewal": date(2026, 11, 24)},
            0.375,
            "Northwind: health red × 0.5, Northwind: renewal in 1 day × 0.75",
        ),
    ],
)
def test_r78_facts_of_an_organisation_shorten_every_promise(
    house: Desk, ticket: Callable[..., Ticket], facts: dict[str, Any], share: float, words: str
) -> None:
    promise = promises.promised(ticket(), RESOLUTION, with_facts(house, **facts), at(23, 9))
    assert promise is not None
    assert (promise.allowed, promise.because) == (24 * HOUR * share, words)


def test_r78_never_less_than_the_floor(house: Desk, ticket: Callable[..., Ticket]) -> None:
    desk = with_facts(replace(house, service=replace(SERVICE, floor=0.4)), health="red", renewal=date(2026, 11, 24))
    promise = promises.promised(ticket(), FIRST, desk, at(23, 9))
    assert promise is not None
    assert (promise.factor, promise.allowed) == (0.4, 96 * MINUTE)


def test_r78_a_renewal_in_twenty_days_makes_it_due_earlier_and_is_logged(house: Desk, begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    nearer = with_facts(house, renewal=date(2026, 12, 14))
    decision = breach.refreshed(life.ticket, nearer, lambda: "<m@desk.example>", at(24, 5))
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == at(25, 11)
    assert life.told("clock-changed") == [
        {
            "clock": RESOLUTION, "from": "2026-11-25T16:00:00Z", "to": "2026-11-25T10:00:00Z",
            "minutes_from": 1440, "minutes_to": 1080, "because": "Northwind: renewal in 20 days × 0.75",
        }
    ]  # fmt: skip
    assert "renewal in 20 days" in decision.reason
    assert not life.mails, "nobody is written to at five in the morning"
    assert breach.refreshed(life.ticket, nearer, lambda: "", at(25, 5)) is None, "nothing differs tomorrow"


def test_r78_facts_that_changed_break_no_promise(house: Desk, begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    now = at(25, 10)
    red = with_facts(house, health="red")
    decision = breach.refreshed(life.ticket, red, lambda: "", now)
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == now + 30 * MINUTE, "17 of 12 hours are used: the grace is left"
    assert life.states()[RESOLUTION] == "running"


def test_r78_another_priority_looks_at_the_facts_too(house: Desk, begin: Begin) -> None:
    life = begin()
    life.desk = with_facts(house, health="red")
    life.becomes(at(23, 9), priority=1)
    assert life.clock(RESOLUTION).due == at(23, 13)
    assert life.told("clock-changed")[-1]["because"] == "priority 3 → 1; Northwind: health red × 0.5"


def test_r78_the_daily_look_sees_a_new_holiday(house: Desk, begin: Begin) -> None:
    life = begin()
    closed = replace(house, holidays=frozenset({date(2026, 11, 25)}))
    decision = breach.refreshed(life.ticket, closed, lambda: "", at(24, 5))
    assert decision is not None
    life.take(decision.effects)
    assert life.clock(RESOLUTION).due == at(26, 17)
    assert life.told("clock-changed")[0]["because"] == "the policy or the hours changed"


def test_a_ticket_that_takes_anothers_place_has_used_its_time(house: Desk, begin: Begin) -> None:
    targets = (Target(type="question", allowed=allowed(first_response=4, resolution=6)), PLAIN)
    desk = replace(house, service=replace(SERVICE, targets=targets))
    old = begin(desk=desk, topic="").becomes(at(23, 10), AGENT)
    anew = replace(old.ticket, ref=1002, type="question", clocks=(), created_at=at(23, 11))
    fresh = clocks.inherited(old.ticket, anew, desk, at(23, 11))
    assert {clock.kind: clock.due for clock in fresh.clocks} == {
        FIRST: at(23, 13), RESOLUTION: at(23, 15), TRIAGE: at(23, 11),
    }  # fmt: skip
    assert fresh.clock(FIRST) == old.clock(FIRST), "it was answered"
    later = replace(house, service=replace(SERVICE, targets=(Target(allowed=allowed(first_response=4)),)))
    bare = begin(desk=later)
    assert clocks.inherited(bare.ticket, anew, desk, at(23, 11)).clock(RESOLUTION) == replace(
        old.clock(RESOLUTION), target=6 * HOUR, since=at(23, 11), spent=2 * HOUR, due=at(23, 15)
    )


def test_a_ticket_that_takes_anothers_place_leaves_a_status_that_waits(begin: Begin) -> None:
    old = begin().becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    anew = replace(old.ticket, ref=1002, status="new", status_category="open", clocks=())
    assert clocks.inherited(old.ticket, anew, old.desk, at(23, 12)).clock(RESOLUTION) == replace(
        old.clock(RESOLUTION), since=at(23, 12), due=at(26, 11)
    )


def test_a_ticket_that_is_put_aside_comes_back_as_another_type_too(begin: Begin) -> None:
    """The new one has every timer that the old one had: of its clocks, of the day until which it sleeps."""
    old = begin().becomes(at(23, 10), snoozed_until=at(26, 9))
    actor = old.desk.agent_named("anastasia")
    assert actor is not None
    anew = retyping.renewed(old.ticket, 1002, "question", actor, old.desk, at(23, 11))
    effects = retyping.begun(old.ticket, anew, "anastasia", old.desk, NOTHING, (), at(23, 11))
    timers = {
        effect.kind: effect.due_at for effect in effects if isinstance(effect, SetTimer) and effect.ticket == 1002
    }
    assert timers == {clocks.CLOCK: at(23, 12), "snooze": at(26, 9)}
    assert anew.snoozed_until == at(26, 9)
