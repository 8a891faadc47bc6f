"""People and calls as numbers: workers and promises come in, the places that a call can take go out.

A place is one cell of one worker: `cell * width + worker`; a day of a worker is `ordinal * width + worker`, so that
searching (`scheduling.matching`) needs no names, no zones and no calendar. Cells and their local dates are worked out
when they are first asked for: of six weeks of free time only what somebody wants is looked at. Pure: reads no clock.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.interval import utc

_NEAR = timedelta(days=2)  # longer than any local day


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody who takes calls."""

    name: str
    levels: Mapping[str, int]
    """Capability → 1 to 5."""
    free: frozenset[datetime]
    """Starts of the cells in which they could take a call: their shift without leave, busy times and absence."""
    zone: str
    """Where their caps are counted, by local day and ISO week."""
    per_day: int = 0
    """How many calls a day at most; 0: as many as there are cells."""
    per_week: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A call that was promised, or that somebody would like to be."""

    id: str
    cell: datetime
    capability: str
    level: int
    """The least that counts."""
    priority: int = 3
    booked_at: datetime
    is_over: bool = False
    """Whether it has begun, or has been: who is away from now on is not missed at it."""
    pinned: str = ""
    """Who has it for good, free or not, because they are invited or it is over; a name of nobody here holds no cell."""

    @property
    def weight(self) -> tuple[int, datetime, str]:
        """The smaller, the more important: who is lost when not all can be kept has the greatest."""
        return self.priority, self.booked_at, self.id


class _Options(dict[int, tuple[int, ...]]):
    """The places that a call can take, by its number."""

    def __init__(self, work_out: Callable[[int], tuple[int, ...]]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, number: int) -> tuple[int, ...]:
        found = self[number] = self._work_out(number)
        return found


class _Days(dict[int, int]):
    """The worker's local day on which a place lies."""

    def __init__(self, work_out: Callable[[int], int]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, place: int) -> int:
        found = self[place] = self._work_out(place)
        return found


class Places:
    """The numbers of one board. `calls`: what each call's number stands for; whoever changes it forgets its options."""

    def __init__(self, workers: Iterable[Worker], sold: frozenset[datetime] | None = None) -> None:
        self._sold = sold
        self.workers = tuple(sorted(workers, key=lambda one: one.name))
        self.width = len(self.workers)
        self.numbers = {one.name: number for number, one in enumerate(self.workers)}
        if len(self.numbers) < self.width:
            raise ValueError("two workers have one name")
        self.calls: dict[int, Promise] = {}
        self.options = _Options(lambda number: self.open_to(self.calls[number]))
        self.days = _Days(lambda place: self.days_at(place // self.width)[place % self.width])
        zones = sorted({one.zone for one in self.workers})
        self._zones = tuple(map(ZoneInfo, zones))
        self._zone_of = tuple(zones.index(one.zone) for one in self.workers)
        self._cells: dict[datetime, int] = {}
        self._ordinals: list[tuple[int, ...]] = []  # by cell and zone
        self._days_at: dict[int, tuple[int, ...]] = {}
        self._able: dict[tuple[str, int], tuple[int, ...]] = {}
        self._open: dict[tuple[str, int, int], tuple[int, ...]] = {}
        self._all_day: dict[tuple[str, int, tuple[int, ...]], tuple[int, ...]] = {}
        self._grid: list[datetime] = []

    # --- from names to numbers

    def cell(self, start: datetime) -> int:
        """The number of a cell, on the grid or not."""
        number = self._cells.get(start)
        if number is None:
            instant = utc(start)
            number = self._cells[start] = len(self._cells)
            self._ordinals.append(tuple(instant.astimezone(zone).toordinal() for zone in self._zones))
        return number

    def place(self, promise: Promise, name: str) -> int:
        """The place that the call has with somebody of that name, who is one of the workers."""
        return self.cell(promise.cell) * self.width + self.numbers[name]

    def days_at(self, cell: int) -> tuple[int, ...]:
        """The day on which a cell lies, for each worker."""
        found = self._days_at.get(cell)
        if found is None:
            ordinals, width = self._ordinals[cell], self.width
            found = tuple(ordinals[zone] * width + worker for worker, zone in enumerate(self._zone_of))
            self._days_at[cell] = found
        return found

    def is_open(self, promise: Promise, name: str) -> bool:
        """Whether somebody of that name is here, able, and free in that cell."""
        worker = self.workers[self.numbers[name]] if name in self.numbers else None
        return (
            worker is not None and promise.cell in worker.free and _is_able(worker, promise.capability, promise.level)
        )

    def open_to(self, promise: Promise) -> tuple[int, ...]:
        """The places of all who are able and free in that cell."""
        cell = self.cell(promise.cell)
        key = promise.capability, promise.level, cell
        found = self._open.get(key)
        if found is None:
            start, first, workers = promise.cell, cell * self.width, self.workers
            found = tuple(first + one for one in self.able(promise) if start in workers[one].free)
            self._open[key] = found
        return found

    def able(self, promise: Promise) -> tuple[int, ...]:
        """The workers whose level is enough; who can do little else comes first, so that few calls have to move."""
        key = promise.capability, promise.level
        found = self._able.get(key)
        if found is None:
            skilled = [number for number, one in enumerate(self.workers) if _is_able(one, *key)]
            found = tuple(sorted(skilled, key=lambda number: (len(self.workers[number].levels), number)))
            self._able[key] = found
        return found

    def open_all_day(self, promise: Promise) -> tuple[int, ...]:
        """The places of all who are able, in any cell of the local day of theirs on which that cell lies."""
        cell = self.cell(promise.cell)
        key = promise.capability, promise.level, self._ordinals[cell]
        found = self._all_day.get(key)
        if found is None:
            days = self.days_at(cell)
            found = self._all_day[key] = tuple(
                near * self.width + one
                for start in self._near(promise.cell)
                for near in (self.cell(start),)
                for one in self.able(promise)
                if start in self.workers[one].free and self.days_at(near)[one] == days[one]
            )
        return found

    def _near(self, start: datetime) -> list[datetime]:
        if not self._grid:
            grid = frozenset[datetime]().union(*(one.free for one in self.workers))
            self._grid = sorted(grid if self._sold is None else grid & self._sold)
        return self._grid[bisect_left(self._grid, start - _NEAR) : bisect_right(self._grid, start + _NEAR)]

    # --- and back

    def name(self, number: int) -> str:
        """Whose place, day or week it is."""
        return self.workers[number % self.width].name

    def local_date(self, day: int) -> date:
        """The local date of a day."""
        return date.fromordinal(day // self.width)

    def monday(self, week: int) -> date:
        """The first day of a week."""
        return date.fromordinal(week // self.width * 7 + 1)


def _is_able(worker: Worker, capability: str, level: int) -> bool:
    return capability in worker.levels and worker.levels[capability] >= level
