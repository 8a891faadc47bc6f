"""The daemon's counters: exact, cheap, frozen when they are told."""

from __future__ import annotations

import timeit

import pytest

from gateway.vitals import SHORT, Counts, Histogram


@pytest.mark.parametrize(
    ("seconds", "place"),
    [(-3.0, 0), (0.0, 0), (0.001, 0), (0.0011, 1), (0.0025, 1), (10.0, 12), (10.1, 13), (1e9, 13)],
)
def test_a_duration_counts_in_the_first_bound_that_it_does_not_exceed(seconds, place):
    histogram = Histogram(SHORT)
    histogram.observe(seconds)
    assert histogram.spread().counts.index(1) == place
    assert histogram.spread().total == max(0.0, seconds)


def test_what_was_told_does_not_change_afterwards():
    counts = Counts()
    counts.accepted["smtp"] += 1
    counts.turn.observe(0.2)
    before = counts.counted()
    counts.accepted["smtp"] += 1
    counts.turn.observe(0.2)
    assert before.accepted == (("smtp", 1),)
    assert sum(before.turn.counts) == 1
    assert counts.counted().accepted == (("smtp", 2),)


def test_counting_a_duration_costs_a_mail_next_to_nothing():
    histogram = Histogram(SHORT)
    assert min(timeit.repeat(lambda: histogram.observe(0.0123), number=2000, repeat=5)) / 2000 < 20e-6
