"""The grid of a desk: a zone, a grid and two instants come in, the cells between them go out, as starts in UTC.

A local day is cut into cells from its midnight on, in steps of real time, so that a day of 23 or 25 hours has cells of
the same length as any other; what is left over before the next midnight is no cell. Cells never overlap: a call takes
exactly one, which is what makes promises provable (`scheduling.promise`). Pure: reads no clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from scheduling.hours import wall
from scheduling.interval import Intervals, utc

_DAY = timedelta(days=1)
_NONE = timedelta()


def cells(zone: str, grid: timedelta, start: datetime, end: datetime) -> tuple[datetime, ...]:
    """The starts of all cells that lie wholly between two instants, in order."""
    _check(grid)
    first, last = utc(start), utc(end) - grid
    if last < first:
        return ()
    place = ZoneInfo(zone)
    # One day more on each side: where clocks go back over midnight, a date is left and comes again.
    day, until = first.astimezone(place).date() - _DAY, last.astimezone(place).date() + _DAY
    found: list[datetime] = []
    while day <= until:
        found.extend(_cells_of(zone, grid, day))
        day += _DAY
    return tuple(found[bisect_left(found, first) : bisect_right(found, last)])


def fitting(cells: Sequence[datetime], grid: timedelta, free: Intervals, length: timedelta) -> frozenset[datetime]:
    """Those of `cells`, which are in order, whose first `length` lies in the free time, a set in normal form."""
    _check(grid)
    if not _NONE < length <= grid:
        raise ValueError(f"a call of {length} with its buffers has no place in a cell of {grid}")
    found: list[datetime] = []
    for start, end in free:
        found.extend(cells[bisect_left(cells, start) : bisect_right(cells, end - length)])
    return frozenset(found)


@lru_cache(maxsize=4 * 366)  # the same few weeks are asked for with every offer
def _cells_of(zone: str, grid: timedelta, day: date) -> tuple[datetime, ...]:
    """The cells of one local day."""
    place = ZoneInfo(zone)
    start, end = (wall(datetime.combine(at, time.min), place) for at in (day, day + _DAY))
    return tuple(start + number * grid for number in range((end - start) // grid))


def _check(grid: timedelta) -> None:
    if not _NONE < grid <= _DAY:
        raise ValueError(f"a grid of {grid} has no cells: it is more than nothing and at most a day")
