"""The grid: midnights, the nights on which the clocks change, and what fits into free time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest

from scheduling.interval import Interval, union
from scheduling.slots import cells, fitting

HALF = timedelta(minutes=30)
HOUR = timedelta(hours=1)
BERLIN = "Europe/Berlin"
ZONES = (
    BERLIN,
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/Havana",
    "Pacific/Chatham",
    "UTC",
)


def at(zone: str, *when: int) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone)).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_an_ordinary_day_is_cut_from_its_local_midnight_on() -> None:
    found = cells(BERLIN, HALF, at(BERLIN, 2026, 11, 23), at(BERLIN, 2026, 11, 24))
    assert found == tuple(datetime(2026, 11, 22, 23, tzinfo=UTC) + number * HALF for number in range(48))


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 7, 1), 24)])
def test_a_day_on_which_the_clocks_change_has_as_many_cells_as_hours(day: tuple[int, int, int], hours: int) -> None:
    start, end = at(BERLIN, *day), at(BERLIN, *day[:2], day[2] + 1)
    found = cells(BERLIN, HALF, start, end)
    assert len(found) == 2 * hours
    assert found[0] == start
    assert found[-1] + HALF == end


def test_a_cell_that_would_reach_over_midnight_is_none() -> None:
    """Seven cells of 200 minutes are 23 h 20 min; the next day begins at its own midnight."""
    long = timedelta(minutes=200)
    found = cells("UTC", long, at("UTC", 2026, 11, 23), at("UTC", 2026, 11, 24, 4))
    assert found == (*(at("UTC", 2026, 11, 23) + number * long for number in range(7)), at("UTC", 2026, 11, 24))


def test_half_an_hour_of_summer_time_leaves_half_a_cell_over() -> None:
    """On Lord Howe the clocks go forward by 30 minutes: 23.5 hours are 23 cells of an hour."""
    zone = "Australia/Lord_Howe"
    found = cells(zone, HOUR, at(zone, 2026, 10, 4), at(zone, 2026, 10, 5))
    assert len(found) == 23
    assert cells(zone, HOUR, at(zone, 2026, 10, 5), at(zone, 2026, 10, 5, 1)) == (at(zone, 2026, 10, 5),)


def test_a_midnight_that_is_skipped_begins_when_the_clocks_change() -> None:
    """Santiago, 2026-09-06: 00:00 becomes 01:00."""
    zone = "America/Santiago"
    found = cells(zone, HOUR, at(zone, 2026, 9, 5, 23), at(zone, 2026, 9, 6, 2))
    assert found == (datetime(2026, 9, 6, 3, tzinfo=UTC), datetime(2026, 9, 6, 4, tzinfo=UTC))


def test_only_cells_that_lie_wholly_inside_count() -> None:
    nine = at(BERLIN, 2026, 11, 23, 9)
    minute = timedelta(minutes=1)
    assert cells(BERLIN, HALF, nine, nine + HALF) == (nine,)
    assert cells(BERLIN, HALF, nine + minute, nine + HOUR) == (nine + HALF,)
    assert cells(BERLIN, HALF, nine, nine + HALF - minute) == ()
    assert cells(BERLIN, HALF, nine + HOUR, nine) == ()
    assert cells(BERLIN, HALF, nine.astimezone(ZoneInfo("Asia/Tokyo")), nine + HALF) == (nine,)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("minutes", [15, 30, 45, 60, 70])
def test_a_year_of_cells_is_in_order_apart_and_of_one_local_date_each(zone: str, minutes: int) -> None:
    grid = timedelta(minutes=minutes)
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    found = cells(zone, grid, start, end)
    assert all(one + grid <= other for one, other in pairwise(found))
    assert start <= found[0]
    assert found[-1] + grid <= end
    place, second = ZoneInfo(zone), timedelta(seconds=1)
    assert all(one.astimezone(place).date() == (one + grid - second).astimezone(place).date() for one in found)
    middle = found[len(found) // 3]
    assert cells(zone, grid, middle, end) == found[len(found) // 3 :]


@pytest.mark.parametrize("grid", [timedelta(), timedelta(minutes=-5), timedelta(days=1, seconds=1)])
def test_a_grid_without_cells_is_refused(grid: timedelta) -> None:
    with pytest.raises(ValueError, match="has no cells"):
        cells("UTC", grid, at("UTC", 2026, 1, 1), at("UTC", 2026, 1, 2))


def test_a_call_that_is_longer_than_a_cell_is_refused() -> None:
    with pytest.raises(ValueError, match="no place in a cell"):
        fitting((), HALF, (), HOUR)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        cells("UTC", HALF, datetime(2026, 1, 1), at("UTC", 2026, 1, 2))  # noqa: DTZ001


def test_what_fits_begins_and_ends_inside_the_free_time() -> None:
    day = cells(BERLIN, HALF, at(BERLIN, 2026, 11, 23), at(BERLIN, 2026, 11, 24))
    nine = at(BERLIN, 2026, 11, 23, 9)
    free = (Interval(nine, nine + HOUR), Interval(nine + 3 * HALF, nine + 3 * HALF + timedelta(minutes=20)))
    assert fitting(day, HALF, free, HALF) == {nine, nine + HALF}
    assert fitting(day, HALF, free, timedelta(minutes=20)) == {nine, nine + HALF, nine + 3 * HALF}
    assert fitting(day, HALF, (Interval(nine, nine),), HALF) == frozenset()


def test_what_fits_is_what_looking_at_each_cell_finds() -> None:
    for number in range(200):
        random = Random(number)
        start = datetime(2026, 10, 24, tzinfo=UTC)
        grid, length = random.choice(((HALF, HALF), (HALF, timedelta(minutes=11)), (HOUR, timedelta(minutes=45))))
        found = cells(random.choice(ZONES), grid, start, start + timedelta(days=3))
        edges = [start + random.randrange(72 * 12) * timedelta(minutes=5) for _ in range(12)]
        free = union(Interval(*sorted(edges[n : n + 2])) for n in range(0, 12, 2))
        looked = {one for one in found if any(a <= one and one + length <= b for a, b in free)}
        assert fitting(found, grid, free, length) == looked


def test_six_weeks_of_fifty_people_take_milliseconds() -> None:
    start = at(BERLIN, 2026, 10, 5)
    free = tuple(
        Interval(start + day * timedelta(days=1) + hour * HOUR, start + day * timedelta(days=1) + (hour + 2) * HOUR)
        for day in range(42)
        for hour in range(8, 18, 3)
    )
    begun = time.process_time()
    six_weeks = cells(BERLIN, HALF, start, start + timedelta(days=42))
    for _ in range(50):
        assert len(fitting(six_weeks, HALF, free, HALF)) == 42 * 4 * 4
    assert time.process_time() - begun < 0.25
