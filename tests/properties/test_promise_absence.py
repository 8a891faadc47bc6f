"""One absence breaks nothing: simulated days at a high load, filled in three ways, seen by the oracle.

The days are those of the bench (`tests.bench.promise`), 50 of them, 1,000 with REPLYDESK_LONG=1. Who is missing is
taken out of the world, and maximum flow says whether all calls still have somebody.
"""

from __future__ import annotations

import os

import pytest

from tests.bench import promise as bench
from tests.properties.promised import Oracle

DAYS = 1_000 if os.environ.get("REPLYDESK_LONG") else 50


def broken(day: bench.Day, *absent: str) -> bool:
    return not Oracle(one for one in day.workers if one.name not in absent).keeps(day.calls)


def test_a_robust_day_survives_the_absence_of_anybody() -> None:
    for number in range(DAYS):
        day = bench.day(number, "robust")
        assert len(day.calls) > 20, number
        for worker in day.workers:
            assert not broken(day, worker.name), f"day {number} without {worker.name}"


@pytest.mark.parametrize("way", ["plain", "union"])
def test_the_other_ways_do_not_and_the_days_can_tell(way: str) -> None:
    days = [bench.day(number, way) for number in range(50)]
    assert sum(any(broken(day, worker.name) for worker in day.workers) for day in days) > 40
    assert sum(broken(day) for day in days) > 40 if way == "union" else not any(broken(day) for day in days)


def test_the_bench_counts_what_the_oracle_sees() -> None:
    for number in range(4):
        for way in bench.WAYS:
            day = bench.day(number, way)
            assert day.loses() is broken(day)
            assert [day.loses(one.name) for one in day.workers] == [broken(day, one.name) for one in day.workers]
