"""What must hold for any hours, zone, holidays and moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling.hours import Span, WeeklyHours, add_working, working
from scheduling.interval import Interval, intersect, minus, total, union

unhurried = settings(deadline=None)  # the first example of a zone reads it from the disk

ZONES = ["Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]
NONE: frozenset[date] = frozenset()


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))  # quarters of an hour; 96 is the end of the day
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple((clock(start), clock(end)) for start, end in pairs)


def clock(quarters: int) -> time:
    return time(*divmod(quarters % 96 * 15, 60))


weeks = st.tuples(*[days()] * 7).map(WeeklyHours)
open_weeks = weeks.filter(lambda week: not week.is_empty)
zones = st.sampled_from(ZONES)
# Two years that hold every change of the clocks of these zones, in the weeks around them more often than not.
moments = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from([datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]).flatmap(
        lambda change: st.timedeltas(timedelta(days=-3), timedelta(days=3)).map(lambda away: change + away)
    ),
)
holidays = st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=40)
amounts = st.timedeltas(timedelta(), timedelta(hours=12))
intervals = st.lists(st.tuples(moments, moments).map(lambda pair: Interval(*pair)), max_size=6)


@given(open_weeks, zones, holidays, moments, amounts, amounts)
@unhurried
def test_adding_twice_is_adding_the_sum(
    hours: WeeklyHours,
    zone: str,
    free: frozenset[date],
    start: datetime,
    first: timedelta,
    second: timedelta,
) -> None:
    at_once = add_working(hours, zone, free, start, first + second)
    assert add_working(hours, zone, free, add_working(hours, zone, free, start, first), second) == at_once


@given(open_weeks, zones, holidays, moments, amounts)
@unhurried
def test_the_result_lies_in_working_time_after_exactly_that_much_of_it(
    hours: WeeklyHours, zone: str, free: frozenset[date], start: datetime, amount: timedelta
) -> None:
    due = add_working(hours, zone, free, start, amount)
    passed = working(hours, zone, free, start, due)
    assert due >= start
    assert total(passed) == amount
    around = working(hours, zone, free, due - timedelta(days=1), due + timedelta(days=1))
    assert any(interval.start <= due <= interval.end for interval in around)


@given(weeks, zones, holidays, moments, moments, moments)
@unhurried
def test_working_time_falls_apart_at_any_moment(
    hours: WeeklyHours, zone: str, free: frozenset[date], one: datetime, two: datetime, three: datetime
) -> None:
    start, middle, end = sorted((one, two, three))
    whole = working(hours, zone, free, start, end)
    assert whole == union(working(hours, zone, free, start, middle), working(hours, zone, free, middle, end))
    assert whole == union(whole)


@given(weeks, zones, st.dates(date(2026, 1, 1), date(2027, 12, 31)))
@unhurried
def test_a_holiday_has_no_hours_and_changes_no_other_day(hours: WeeklyHours, zone: str, day: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    start, end = noon - timedelta(days=4), noon + timedelta(days=4)
    free = working(hours, zone, frozenset({day}), start, end)
    lost = minus(working(hours, zone, NONE, start, end), free)
    assert total(free) + total(lost) == total(working(hours, zone, NONE, start, end))
    assert not lost or lost[-1].end - lost[0].start <= timedelta(hours=25)


@given(intervals, intervals)
@unhurried
def test_the_algebra_of_intervals_holds(left: list[Interval], right: list[Interval]) -> None:
    both, rest = intersect(left, right), minus(left, right)
    assert union(both, rest) == union(left)
    assert intersect(both, rest) == ()
    assert total(left) + total(right) == total([*left, *right]) + total(both)
