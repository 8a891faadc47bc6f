"""The world in which calls are promised: what a reserve is made of, calls of another grid, and what is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from gateway.rules.calls import offering, proving, staffing, world
from gateway.rules.calls.proving import Proof
from gateway.rules.desk import Desk
from gateway.rules.policy.calls import Reserve
from gateway.rules.policy.routing import Skills
from scheduling import busy
from scheduling.hours import WeeklyHours
from store.records import Busy, CallState, Schedule
from tests.unit.calls.asked import NETWORK, NOW, a_call, a_ticket, at, booked, knowing, skilled, the_desk
from tests.unit.calls.staffed import assigned

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HALF = 30 * MINUTE


def alone(**changes: Any) -> Desk:
    """Benedikt alone can do it, as often as he is there; nobody has to be spared."""
    desk = skilled(benedikt={NETWORK: 4})
    usual: dict[str, Any] = {"caps": {}, "per_day": 0, "per_week": 0, "robust": False}
    return replace(desk, calls=replace(desk.calls, **{**usual, **changes}))


def why(cell: Any, desk: Desk, *calls: Any, now: Any = NOW, **call: Any) -> str:
    return offering.offerable(a_call(**call), cell, desk, knowing(calls=calls), now)


# What a reserve is made of


def test_a_reserve_is_not_made_of_what_has_passed() -> None:
    desk = alone(reserves={NETWORK: Reserve(cells=2, priority=1)}, notice=timedelta(), freeze=HALF)
    now = at(23, 15, 45)  # of today two cells are left
    kept = "the last 2 of that day are kept for priority 1 and above"
    assert why(at(23, 16, 30), desk, now=now, priority=2).endswith(kept)
    assert not why(at(23, 16, 30), desk, now=now, priority=1)


def test_a_reserve_is_not_made_of_cells_outside_of_the_desks_hours() -> None:
    desk = alone(reserves={NETWORK: Reserve(cells=5, priority=1)})
    shift = WeeklyHours((((time(4), time(22)),),) * 7)  # type: ignore[arg-type]
    skills = {"benedikt": Skills(capabilities={NETWORK: 4}, shift=shift)}
    desk = replace(desk, routing=replace(desk.routing, skills=skills))
    taken = [booked(at(24, 9) + number * HALF, number + 1) for number in range(7)]
    assert not why(at(24, 14), desk, *taken[:4], priority=2)
    taken += [booked(at(24, 13) + number * HALF, number + 10) for number in range(7)]
    assert "are kept for priority 1" in why(at(24, 16, 30), desk, *taken, priority=2)


# Another grid


def test_a_call_longer_than_a_cell_of_todays_grid_keeps_its_time() -> None:
    desk = alone()
    old = booked(at(24, 10), 1, minutes=60, end=at(24, 11), witness="benedikt")
    assert not world.fits(old, desk)
    assert world.holder(old, desk) == "benedikt"
    assert why(at(24, 10, 30), desk, old)
    assert not why(at(24, 11), desk, old)


def test_a_longer_cell_over_a_call_of_the_old_grid_is_taken() -> None:
    desk = alone(grid=HOUR)
    old = booked(at(24, 10, 30), 1, end=at(24, 11), witness="benedikt")
    assert why(at(24, 10), desk, old, minutes=60)
    assert not why(at(24, 11), desk, old, minutes=60)


def test_wider_buffers_count_for_what_was_promised_without() -> None:
    desk = alone(after=10 * MINUTE)
    old = booked(at(24, 10), 1, end=at(24, 10, 30), witness="benedikt")
    assert why(at(24, 10, 30), desk, old, minutes=20)
    assert not why(at(24, 11), desk, old, minutes=20)


def test_whoever_has_a_call_that_fits_no_more_and_goes_is_missed() -> None:
    old = booked(at(24, 10), 1, ticket=1001, minutes=60, end=at(24, 11), witness="benedikt")
    meeting = Schedule(promised={old.key: old}, busy=(Busy(name="benedikt", start=at(24, 10), end=at(24, 10, 30)),))
    proof = proving.proven(alone(), knowing(calls=[old], schedule=meeting), NOW)
    assert proof.short == ((1001, 1),)


def test_who_takes_a_call_that_fits_no_more_is_its_witness_who_is_there_all_the_time() -> None:
    old = booked(at(24, 10), 1, ticket=1001, minutes=60, end=at(24, 11), witness="benedikt")
    desk = alone()
    for start, expected in ((at(24, 10, 30), None), (at(24, 11), "benedikt")):
        times = (Busy(name="benedikt", start=start, end=start + HALF),)
        seen = knowing(calls=[old], schedule=Schedule(promised={old.key: old}, busy=times))
        board = world.board(desk, seen, NOW)
        found = staffing.chosen(board, old, a_ticket(), desk, seen, NOW)
        assert (found.name if found is not None else None) == expected


# What is over


@pytest.mark.parametrize(("state", "fragile"), [(CallState.COMPLETED, False), (CallState.ASSIGNED, True)])
def test_whose_call_is_over_is_not_missed_at_it(state: CallState, *, fragile: bool) -> None:
    """Of a call of this morning nobody has to take over anything: who did it may go home."""
    desk = skilled(anastasia={NETWORK: 3}, benedikt={NETWORK: 4})
    calls = replace(desk.calls, caps={}, per_day=1, firm=timedelta(), notice=timedelta())
    desk = replace(desk, calls=calls)
    past = replace(booked(at(23, 9, 30), 1), state=state, assigned="benedikt")
    held = world.promise(past, desk)
    assert held.is_over is not fragile
    board = world.board(desk, knowing(calls=[past]), at(23, 13))
    # with anastasia there it fits; benedikt gone, his call of this morning must not take her day
    asked = replace(held, id="new", cell=at(23, 15), pinned="", is_over=False)
    assert ("benedikt" in board.missed(asked)) is fragile


# Their own calendar


def ics(*times: tuple[Any, Any]) -> bytes:
    entries = "".join(
        f"BEGIN:VEVENT\r\nUID:{n}@x\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
        f"DTEND:{end:%Y%m%dT%H%M%SZ}\r\nEND:VEVENT\r\n"
        for n, (start, end) in enumerate(times)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{entries}END:VCALENDAR\r\n".encode()


@pytest.mark.parametrize("is_call", [True, False])
def test_nobody_loses_a_call_by_its_own_entry_and_what_comes_behind_it(*, is_call: bool) -> None:
    """Two calls in a row, or a call and a meeting, in the calendar of whoever has accepted."""
    first = assigned("benedikt", start=at(24, 14), since=at(24, 13), acked_at=at(24, 13), end=at(24, 14, 30))
    second = assigned("benedikt", start=at(24, 14, 30), since=at(24, 13), number=2, end=at(24, 15))
    calls = (first, second) if is_call else (first,)
    data = ics((at(24, 14), at(24, 14, 30)), (at(24, 14, 30), at(24, 15)))
    found = busy.read(data, NOW - 8 * DAY, NOW + 8 * DAY, "Europe/Berlin").busy
    desk = the_desk()
    seen = knowing(calls=calls)
    times = tuple(Busy(name="benedikt", start=one.start, end=one.end) for one in found)
    seen.schedule = replace(seen.schedule or Schedule(), busy=times)
    assert proving.proven(desk, seen, NOW) == Proof(hindered={}, short=(), kept=(), witnesses={})
