"""Sets of instants: normal form, and the three operations at their edges."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from scheduling.interval import Interval, intersect, minus, total, union, utc


def at(hour: int) -> datetime:
    return datetime(2026, 11, 23, hour, tzinfo=UTC)


def span(start: int, end: int) -> Interval:
    return Interval(at(start), at(end))


def test_union_joins_what_overlaps_or_touches_and_drops_what_is_empty() -> None:
    assert union([span(13, 17), span(9, 12)], [span(12, 13), span(20, 20), span(22, 21), span(18, 19)]) == (
        span(9, 17),
        span(18, 19),
    )


def test_union_keeps_the_longer_end_when_one_lies_inside_another() -> None:
    assert union([span(9, 17), span(10, 11)]) == (span(9, 17),)


def test_intersect_keeps_common_instants_only() -> None:
    assert intersect([span(9, 12), span(13, 17)], [span(11, 14), span(16, 18)]) == (
        span(11, 12),
        span(13, 14),
        span(16, 17),
    )


def test_intervals_that_touch_have_nothing_in_common() -> None:
    assert intersect([span(9, 12)], [span(12, 13)]) == ()


def test_minus_cuts_holes_and_ends() -> None:
    assert minus([span(9, 17), span(18, 20)], [span(8, 10), span(12, 13), span(16, 19)]) == (
        span(10, 12),
        span(13, 16),
        span(19, 20),
    )


def test_minus_of_everything_is_nothing() -> None:
    assert minus([span(9, 12), span(13, 17)], [span(8, 18)]) == ()


def test_total_counts_doubled_time_once() -> None:
    assert total([span(9, 12), span(11, 13)]) == timedelta(hours=4)


def test_an_interval_holds_its_start_and_not_its_end() -> None:
    assert span(9, 12).holds(at(9))
    assert not span(9, 12).holds(at(12))
    assert span(12, 9).length == timedelta()


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        utc(datetime(2026, 11, 23, 9))  # noqa: DTZ001 - the mistake that is meant
