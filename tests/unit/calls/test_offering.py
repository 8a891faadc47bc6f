"""Which slots are offered: only what the rules allow and the board can promise; few, and spread."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.rules.calls import offering, world
from gateway.rules.policy.calls import Reserve
from store.records import Busy, CallState, Person, Schedule
from tests.unit.calls.asked import (
    GENERAL,
    NETWORK,
    NOW,
    a_call,
    at,
    booked,
    knowing,
    promises,
    skilled,
    the_desk,
    with_calls,
)

BERLIN = ZoneInfo("Europe/Berlin")
HALF = timedelta(minutes=30)


def test_slots_are_spread_over_days_in_their_order() -> None:
    found = offering.slots(a_call(), the_desk(), knowing(), NOW)
    assert found == tuple(sorted(found))
    assert len(found) == the_desk().calls.offered
    assert len({cell.astimezone(BERLIN).date() for cell in found}) >= the_desk().calls.days
    assert found[0] == at(23, 11)  # two hours of notice
    hours = {cell.astimezone(BERLIN).hour < 13 for cell in found}
    assert hours == {True, False}  # mornings and afternoons


def test_only_while_the_desk_is_open_and_within_its_horizon() -> None:
    found = offering.slots(a_call(), the_desk(), knowing(), NOW, count=12, around=at(28, 12))
    assert {cell.astimezone(BERLIN).weekday() for cell in found} <= {0, 1, 2, 3, 4}
    far = offering.slots(a_call(), the_desk(), knowing(), NOW, count=12, around=at(30, 17) + timedelta(days=9))
    assert max(far) == at(30, 16, 30)  # the fifth working day after today
    call = a_call(capability="billing-specialist", level=3)  # of charlotte, until 20:00
    late = offering.slots(call, the_desk(), knowing(), NOW, count=12, around=at(23, 19))
    assert max(cell.astimezone(BERLIN).time() for cell in late).hour == 16


def test_a_call_and_its_buffers_take_one_cell() -> None:
    desk = with_calls(grid=timedelta(minutes=60), before=timedelta(minutes=5), after=timedelta(minutes=10))
    found = offering.slots(a_call(), desk, knowing(), NOW)
    call, shown = offering.numbered(a_call(), found, desk, NOW)
    assert [start - cell for (_, start), cell in zip(shown, found, strict=True)] == [timedelta(minutes=5)] * len(found)
    assert all(start >= NOW + desk.calls.notice for _, start in shown)
    assert [number for number, _ in call.offered] == [1, 2, 3, 4]


def test_no_slot_touches_another_where_others_are_there() -> None:
    found = offering.slots(a_call(within=at(24, 12)), the_desk(), knowing(), NOW)
    assert all(two - one > HALF for one, two in itertools.pairwise(found))
    narrow = offering.slots(a_call(within=at(23, 12)), the_desk(), knowing(), NOW)
    assert narrow == (at(23, 11), at(23, 11, 30), at(23, 12))


def test_within_is_the_last_start() -> None:
    found = offering.slots(a_call(within=at(23, 14)), the_desk(), knowing(), NOW, count=12)
    assert max(found) == at(23, 14)
    assert offering.offerable(a_call(within=at(23, 14)), at(23, 14, 30), the_desk(), knowing(), NOW)


def test_what_is_promised_to_others_is_not_offered() -> None:
    taken = [booked(at(23, 11), 1), booked(at(23, 11), 2)]  # both who can are taken
    found = offering.slots(a_call(), the_desk(), knowing(calls=taken), NOW, count=12, around=at(23, 11))
    assert at(23, 11) not in found
    one = offering.slots(a_call(), the_desk(), knowing(calls=taken[:1]), NOW, count=12, around=at(23, 11))
    assert at(23, 11) in one


def test_a_promise_is_a_matching_and_no_union_of_free_slots() -> None:
    """Anastasia alone can do both: with one general call of hers promised, hers is no free slot for another."""
    desk = skilled(anastasia={GENERAL: 3, NETWORK: 2}, benedikt={NETWORK: 4})
    general = booked(at(23, 11), 1, capability=GENERAL, level=1, minutes=15)
    network = booked(at(23, 11), 2)
    known = knowing(calls=[general, network])
    assert promises(known, desk) == {"1009-1": "anastasia", "1009-2": "benedikt"}
    assert "in the way" in offering.offerable(a_call(), at(23, 11), desk, known, NOW)
    assert not offering.offerable(a_call(), at(23, 11, 30), desk, known, NOW)


def test_what_would_break_by_one_absence_is_only_offered_near() -> None:
    desk = skilled(benedikt={NETWORK: 4})
    assert not offering.offerable(a_call(), at(23, 16), desk, knowing(), NOW)  # seven hours ahead
    why = offering.offerable(a_call(), at(25, 10), desk, knowing(), NOW)
    assert why.endswith("it would have to be broken if benedikt were away that day")
    found = offering.slots(a_call(), desk, knowing(), NOW, count=12)
    assert found
    assert max(found) < NOW + desk.calls.firm


def test_a_reserve_is_kept_for_the_urgent() -> None:
    desk = with_calls(reserves={NETWORK: Reserve(cells=1, priority=1)}, per_day=1, robust=False)
    taken = knowing(calls=[booked(at(24, 9), 1)])  # one of two calls of that day
    why = offering.offerable(a_call(priority=2), at(24, 11), desk, taken, NOW)
    assert why.endswith("the last 1 of that day are kept for priority 1 and above")
    assert not offering.offerable(a_call(priority=1), at(24, 11), desk, taken, NOW)
    assert not offering.offerable(a_call(priority=2), at(25, 11), desk, taken, NOW)


def test_caps_are_kept() -> None:
    desk = with_calls(per_day=1, robust=False)
    both = knowing(calls=[booked(at(24, 9), 1), booked(at(24, 9), 2)])
    why = offering.offerable(a_call(), at(24, 11), desk, both, NOW)
    assert "no more calls for anastasia on 2026-11-24 and benedikt on 2026-11-24" in why


def test_nobody_is_offered_who_is_away_on_leave_or_busy() -> None:
    desk = skilled(benedikt={NETWORK: 4})
    away = {"benedikt@desk.example": Person(address="benedikt@desk.example", away_until=at(23, 15))}
    assert min(offering.slots(a_call(), desk, knowing(people=away), NOW)) == at(23, 15)
    busy = Schedule(busy=(Busy(name="benedikt", start=at(23, 11), end=at(23, 16)),))
    assert min(offering.slots(a_call(), desk, knowing(schedule=busy), NOW)) == at(23, 16)


def test_a_promised_call_is_thought_away_and_its_own_time_is_not_offered() -> None:
    desk = with_calls(per_day=1, robust=False)
    own = a_call(state=CallState.BOOKED, cell=at(24, 11), start=at(24, 11), booked_at=NOW)
    known = knowing(calls=[own, booked(at(24, 9), 1)])
    found = offering.slots(own, desk, known, NOW, count=12, around=at(24, 11))
    assert at(24, 11) not in found
    assert at(24, 11, 30) in found  # its own place of that day is free for it
    assert not offering.offerable(own, at(24, 11, 30), desk, known, NOW)


def test_the_nearest_to_a_time() -> None:
    found = offering.slots(a_call(), the_desk(), knowing(), NOW, count=3, around=at(24, 11, 10))
    assert found == (at(24, 10, 30), at(24, 11), at(24, 11, 30))


@pytest.mark.parametrize(
    ("wish", "suits"),
    [
        ("None of these suits, mornings please", lambda at: at.hour < 12),
        ("Nachmittags bitte", lambda at: at.hour >= 12),
        ("plutôt vendredi après 14h", lambda at: at.weekday() == 4 and at.hour >= 14),
        ("not on Tuesday, please", lambda at: at.weekday() != 1),
    ],
)
def test_wishes_come_first(wish: str, suits: object) -> None:
    assert callable(suits)
    found = offering.slots(a_call(), the_desk(), knowing(), NOW, wishes=wish)
    assert len(found) >= the_desk().calls.least
    assert all(suits(cell.astimezone(BERLIN)) for cell in found)


def test_what_was_shown_is_not_what_suits() -> None:
    desk = the_desk()
    first = offering.slots(a_call(), desk, knowing(), NOW)
    call, _ = offering.numbered(a_call(), first, desk, NOW)
    second = offering.slots(call, desk, knowing(), NOW, wishes="none of these suits")
    assert len(second) == len(first)
    assert not set(first) & set(second)


def test_a_wish_that_nothing_suits_gets_what_there_is() -> None:
    found = offering.slots(a_call(), the_desk(), knowing(), NOW, wishes="Friday 20:00")
    assert len(found) == the_desk().calls.least


def test_numbers_are_never_given_to_another_slot() -> None:
    desk = the_desk()
    call, first = offering.numbered(a_call(), [at(24, 9), at(25, 9)], desk, NOW)
    assert first == [(1, at(24, 9)), (2, at(25, 9))]
    assert call.state == CallState.OFFERED
    assert call.offered_at == NOW
    call, second = offering.numbered(call, [at(23, 15), at(25, 9)], desk, NOW)
    assert second == [(3, at(23, 15)), (2, at(25, 9))]
    assert dict(call.offered) == {1: at(24, 9), 2: at(25, 9), 3: at(23, 15)}
    promised, _ = offering.numbered(booked(at(24, 9), 1), [at(26, 9)], desk, NOW)
    assert promised.state == CallState.BOOKED


def test_the_answer_is_the_same_whoever_asks_and_changes_nothing() -> None:
    known = knowing(calls=[booked(at(23, 11), 1)])
    before = promises(known, the_desk())
    assert len({offering.slots(a_call(), the_desk(), known, NOW) for _ in range(3)}) == 1
    assert promises(known, the_desk()) == before


def test_the_worst_case_is_bounded() -> None:
    """Thirty days of cells of five minutes, and nobody has room on any of them."""
    desk = with_calls(grid=timedelta(minutes=5), horizon=30, notice=timedelta(), per_day=1, per_week=0)
    short = {name: replace(one, minutes=5) for name, one in desk.routing.capabilities.items()}
    desk = replace(desk, routing=replace(desk.routing, capabilities=short))
    cells = offering.allowed(a_call(minutes=5), desk, NOW)
    days = {cell.astimezone(BERLIN).date(): cell for cell in reversed(cells)}.values()
    full = [booked(day, number * 2 + twin, minutes=5) for number, day in enumerate(days) for twin in (0, 1)]
    assert len(full) > 60
    began = time.process_time()
    assert not offering.slots(a_call(minutes=5), desk, knowing(calls=full), NOW, wishes="mornings")
    assert time.process_time() - began < 2.0


def test_the_board_is_built_once_for_one_offer() -> None:
    calls = []
    kept = world.board
    try:
        world.board = lambda *args: calls.append(args) or kept(*args)  # type: ignore[func-returns-value, assignment]
        offering.slots(a_call(), the_desk(), knowing(), NOW, wishes="mornings, not Monday")
    finally:
        world.board = kept
    assert len(calls) == 1
