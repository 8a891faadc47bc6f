"""Stretches of time: half-open intervals of aware UTC instants come in, sets of them go out in normal form.

Normal form is a tuple sorted by start whose intervals are not empty, do not overlap and do not touch, so that two
equal sets of instants are equal tuples. Nothing here knows a zone or a wall clock: local times become UTC in
`scheduling.hours` before anything is added or compared (a day of summer time is not 24 hours long).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import NamedTuple


class Interval(NamedTuple):
    """The instants from `start` (inside) to `end` (outside). Empty when `end` is not after `start`."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """How long it lasts; never negative."""
        return max(self.end - self.start, timedelta())

    def holds(self, instant: datetime) -> bool:
        """Whether `instant` lies inside."""
        return self.start <= instant < self.end


Intervals = tuple[Interval, ...]
"""A set of instants in normal form."""


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; a naive one is a programming error, never a guess."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no zone: times are aware inside the desk")
    return instant.astimezone(UTC)


def union(*sets: Iterable[Interval]) -> Intervals:
    """All instants that lie in any of `sets`; of one set: its normal form."""
    merged: list[Interval] = []
    for start, end in sorted(interval for interval in chain(*sets) if interval.start < interval.end):
        if merged and start <= merged[-1].end:
            if end > merged[-1].end:
                merged[-1] = Interval(merged[-1].start, end)
        else:
            merged.append(Interval(start, end))
    return tuple(merged)


def intersect(left: Iterable[Interval], right: Iterable[Interval]) -> Intervals:
    """The instants that lie in both sets."""
    ours, theirs = union(left), union(right)
    common: list[Interval] = []
    i = j = 0
    while i < len(ours) and j < len(theirs):
        start, end = max(ours[i].start, theirs[j].start), min(ours[i].end, theirs[j].end)
        if start < end:
            common.append(Interval(start, end))
        if ours[i].end <= theirs[j].end:
            i += 1
        else:
            j += 1
    return tuple(common)


def minus(left: Iterable[Interval], right: Iterable[Interval]) -> Intervals:
    """The instants of `left` that do not lie in `right`."""
    holes = union(right)
    rest: list[Interval] = []
    first = 0
    for start, end in union(left):
        while first < len(holes) and holes[first].end <= start:
            first += 1
        begin = start
        for hole in holes[first:]:
            if hole.start >= end:
                break
            if begin < hole.start:
                rest.append(Interval(begin, hole.start))
            begin = hole.end
        if begin < end:
            rest.append(Interval(begin, end))
    return tuple(rest)


def total(intervals: Iterable[Interval]) -> timedelta:
    """How long the set lasts altogether; what lies in several intervals counts once."""
    return sum((interval.length for interval in union(intervals)), timedelta())
