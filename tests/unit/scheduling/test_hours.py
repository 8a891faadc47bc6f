"""Working time where it is easily got wrong: weekends, holidays, lunch, and the weeks in which the clocks change."""

from __future__ import annotations

import time as stopwatch
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.hours import Span, WeeklyHours, add_working, next_opening, working
from scheduling.interval import Interval, total
from scheduling.sla import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
NONE: frozenset[date] = frozenset()
HOUR = timedelta(hours=1)


def spans(*hours: tuple[int, int]) -> tuple[Span, ...]:
    return tuple((time(start), time(end % 24)) for start, end in hours)


NINE_TO_FIVE = WeeklyHours((spans((9, 17)),) * 5 + ((), ()))
WITH_LUNCH = WeeklyHours((((time(9), time(12, 30)), (time(13), time(17))),) * 5 + ((), ()))
ALWAYS = WeeklyHours((spans((0, 24)),) * 7)
NEVER = WeeklyHours(((),) * 7)


def berlin(*when: int) -> datetime:
    return datetime(*when, tzinfo=BERLIN)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("hours", "start", "amount", "due"),
    [
        pytest.param(NINE_TO_FIVE, (2026, 11, 20, 16), 4, (2026, 11, 23, 12), id="over the weekend"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 21, 11), 4, (2026, 11, 23, 13), id="from a Saturday"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 23, 9), 8, (2026, 11, 23, 17), id="a whole day is over when it closes"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 23, 17), 1, (2026, 11, 24, 10), id="from the moment of closing"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 23, 6), 1, (2026, 11, 23, 10), id="before opening"),
        pytest.param(WITH_LUNCH, (2026, 11, 23, 12), 1, (2026, 11, 23, 13, 30), id="over lunch"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 21, 11), 0, (2026, 11, 23, 9), id="nothing, from outside"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 23, 11), 0, (2026, 11, 23, 11), id="nothing, from inside"),
        pytest.param(NINE_TO_FIVE, (2026, 11, 23, 17), 0, (2026, 11, 23, 17), id="nothing, at the moment of closing"),
        # The clocks of Berlin go forward on 2026-03-29 and back on 2026-10-25, both Sundays.
        pytest.param(NINE_TO_FIVE, (2026, 3, 27, 16), 4, (2026, 3, 30, 12), id="over the change to summer time"),
        pytest.param(NINE_TO_FIVE, (2026, 10, 23, 16), 4, (2026, 10, 26, 12), id="over the change to winter time"),
        pytest.param(ALWAYS, (2026, 3, 29, 0), 4, (2026, 3, 29, 5), id="through the hour that is missing"),
        pytest.param(ALWAYS, (2026, 10, 25, 0), 4, (2026, 10, 25, 3), id="through the hour that comes twice"),
    ],
)
def test_business_time_is_added(hours: WeeklyHours, start: tuple[int, ...], amount: int, due: tuple[int, ...]) -> None:
    found = add_working(hours, "Europe/Berlin", NONE, berlin(*start), amount * HOUR)
    assert found == berlin(*due).astimezone(UTC)
    assert found.tzinfo is UTC


def test_a_holiday_moves_the_promise() -> None:
    friday, monday = berlin(2026, 11, 20, 16), frozenset({date(2026, 11, 23)})
    assert Calendar(NINE_TO_FIVE, "Europe/Berlin", monday).add(friday, 4 * HOUR) == berlin(2026, 11, 24, 12)


def test_the_zone_decides_which_day_it_is() -> None:
    start = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # Monday in Berlin, Sunday in New York
    assert add_working(ALWAYS, "Europe/Berlin", NONE, start, HOUR) == start + HOUR
    due = add_working(NINE_TO_FIVE, "America/New_York", NONE, start, HOUR)
    assert due == datetime(2026, 11, 23, 15, tzinfo=UTC)


def test_empty_hours_are_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="hours are empty"):
        add_working(NEVER, "Europe/Berlin", NONE, berlin(2026, 11, 23), HOUR)


def test_a_promise_that_never_ends_is_refused() -> None:
    with pytest.raises(ValueError, match="do not fit into 732 days"):
        add_working(NINE_TO_FIVE, "Europe/Berlin", NONE, berlin(2026, 11, 23), timedelta(days=3000))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        pytest.param((2026, 11, 23, 11), (2026, 11, 23, 11), id="while it is open"),
        pytest.param((2026, 11, 23, 9), (2026, 11, 23, 9), id="when it opens"),
        pytest.param((2026, 11, 23, 12, 30), (2026, 11, 23, 13), id="when it closes for lunch"),
        pytest.param((2026, 11, 20, 17), (2026, 11, 23, 9), id="when the week closes"),
        pytest.param((2026, 10, 25, 12), (2026, 10, 26, 9), id="when the clocks have gone back"),
    ],
)
def test_the_next_opening(at: tuple[int, ...], opens: tuple[int, ...]) -> None:
    assert next_opening(WITH_LUNCH, "Europe/Berlin", NONE, berlin(*at)) == berlin(*opens)


def test_what_never_opens_has_no_next_opening() -> None:
    assert next_opening(NEVER, "Europe/Berlin", NONE, berlin(2026, 11, 23)) is None


def test_hours_that_were_cut_since_a_promise_was_made_stop_no_mail() -> None:
    short = Calendar(WeeklyHours((spans((9, 10)), (), (), (), (), (), ())), "Europe/Berlin", NONE)
    start = berlin(2026, 11, 23)
    assert short.add(start, 1000 * HOUR) == start.astimezone(UTC) + timedelta(days=732)


def test_time_is_not_taken_away() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working(NINE_TO_FIVE, "Europe/Berlin", NONE, berlin(2026, 11, 23), -HOUR)


def test_working_time_is_cut_to_what_was_asked() -> None:
    found = working(WITH_LUNCH, "Europe/Berlin", NONE, berlin(2026, 11, 23, 12), berlin(2026, 11, 23, 14))
    assert found == (
        Interval(berlin(2026, 11, 23, 12), berlin(2026, 11, 23, 12, 30)),
        Interval(berlin(2026, 11, 23, 13), berlin(2026, 11, 23, 14)),
    )


@pytest.mark.parametrize(("day", "length"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 23), 24)])
def test_a_day_has_its_true_length(day: tuple[int, int, int], length: int) -> None:
    start = berlin(*day)
    end = start + timedelta(days=1)  # the wall clock of the next midnight
    assert total(working(ALWAYS, "Europe/Berlin", NONE, start, end)) == length * HOUR


@pytest.mark.parametrize(
    ("opening", "closing", "length"),
    [
        ((2, 0), (3, 0), 0),  # the whole span is skipped
        ((2, 30), (4, 0), 60),  # begins in the gap: opens when the clocks have changed
        ((1, 0), (2, 30), 60),  # ends in the gap: closes when the clocks change
        ((1, 30), (3, 30), 60),
    ],
)
def test_hours_inside_the_gap_shrink_to_its_edge(
    opening: tuple[int, int], closing: tuple[int, int], length: int
) -> None:
    hours = WeeklyHours((((time(*opening), time(*closing)),),) * 7)
    day = working(hours, "Europe/Berlin", NONE, berlin(2026, 3, 29), berlin(2026, 3, 29, 12))
    assert total(day) == timedelta(minutes=length)


def test_hours_that_the_clocks_skip_are_no_opening() -> None:
    night = WeeklyHours((spans((2, 3)),) * 7)
    assert add_working(night, "Europe/Berlin", NONE, berlin(2026, 3, 29), timedelta()) == berlin(2026, 3, 30, 2)


def test_spans_that_meet_inside_the_doubled_hour_stay_apart_and_whole() -> None:
    night = WeeklyHours((((time(0), time(2, 30)), (time(2, 30), time(6))),) * 7)
    found = working(night, "Europe/Berlin", NONE, berlin(2026, 10, 25), berlin(2026, 10, 25, 12))
    assert total(found) == 7 * HOUR


def test_a_day_that_a_country_skipped_has_no_hours() -> None:
    samoa = ZoneInfo("Pacific/Apia")
    start, end = datetime(2011, 12, 29, 12, tzinfo=samoa), datetime(2011, 12, 31, 12, tzinfo=samoa)
    assert total(working(NINE_TO_FIVE, "Pacific/Apia", NONE, start, end)) == 5 * HOUR  # Thursday afternoon only


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (((time(12), time(9)),), "ends before it begins"),
        (((time(9), time(9)),), "ends before it begins"),
        (((time(9), time(12)), (time(11), time(17))), "11:00 comes before 12:00 has passed"),
        (((time(9), time(0)), (time(10), time(11))), "10:00 comes before 00:00 has passed"),
    ],
)
def test_hours_that_make_no_sense_are_refused(day: tuple[Span, ...], fault: str) -> None:
    with pytest.raises(ValueError, match=f"wednesday: .*{fault}"):
        WeeklyHours(((), (), day, (), (), (), ()))


def test_a_week_has_seven_days() -> None:
    with pytest.raises(ValueError, match="seven days, found 1"):
        WeeklyHours(((),))


def test_adding_is_fast_enough_to_be_done_for_every_ticket() -> None:
    """30 microseconds are allowed, about 6 are needed; the best of many rounds does not feel a busy machine."""
    start, best = berlin(2026, 11, 20, 16), 1.0
    for _ in range(50):
        began = stopwatch.perf_counter()
        for _ in range(20):
            add_working(WITH_LUNCH, "Europe/Berlin", NONE, start, 4 * HOUR)
        best = min(best, (stopwatch.perf_counter() - began) / 20)
    assert best < 30e-6
