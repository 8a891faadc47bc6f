"""Who takes a call, when the time for it has come: a board and a promise come in, a name or nobody goes out.

Whoever is named can have the call for good and every other promise is still kept. Of all these the cheapest is taken,
by what `costs` counts (scheduling 5.3), in this order: who can do little else that is wanted, who has the least to do
on that day, who knows the ticket, whose other calls are near. All in whole numbers, and of two who cost the same the
name decides, so that one board gives one answer on every machine. Never pins a call itself; never leaves somebody out
because they had their share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scheduling.promise import Board, Promise, Worker

Cost = tuple[int, ...]

_FULL = 100  # one whole, so that shares of it are whole numbers
_MINUTE = timedelta(minutes=1)


def choose(board: Board, promise: Promise, cost: Callable[[str], Cost], without: Container[str] = ()) -> str | None:
    """The cheapest worker who can have the call for good with all others still kept; None: there is nobody.

    `without`: who is not asked, because they have declined or have not answered in time.
    """
    able = [name for name in board.candidates(promise) if name not in without]
    for name in sorted(able, key=lambda one: (cost(one), one)):
        if board.probe(replace(promise, pinned=name)):
            return name
    return None


def costs(board: Board, promise: Promise, *, knows: Container[str]) -> Callable[[str], Cost]:
    """What it costs to give that call to somebody, least first. `knows`: the names of who has worked on its ticket."""
    workers = board.workers
    others = [one for one in board.promises.values() if one.id != promise.id]
    supply = Counter(capability for worker in workers.values() for capability in worker.levels)

    def cost(name: str) -> Cost:
        worker = workers[name]
        day = _day(worker, promise.cell)
        today = [one for one in others if _day(worker, one.cell) == day]
        mine = {one.cell for one in today if one.pinned == name}
        shift = mine.union(cell for cell in worker.free if _day(worker, cell) == day)
        return (
            overshoot(worker, promise) + scarcity(worker, promise, _demand(today), supply),
            load(len(mine), len(shift)),
            0 if name in knows else 1,
            idle(promise.cell, mine),
        )

    return cost


def overshoot(worker: Worker, promise: Promise) -> int:
    """How far a level is above what the call needs: a specialist is kept for what needs one."""
    return _FULL * (worker.levels[promise.capability] - promise.level)


def scarcity(worker: Worker, promise: Promise, demand: Counter[str], supply: Counter[str]) -> int:
    """How much is wanted of what else they can do, a head of those who can."""
    return sum(_FULL * demand[other] // supply[other] for other in worker.levels if other != promise.capability)


def load(calls: int, cells: int) -> int:
    """What one more call weighs for somebody who has so many on a day of so many cells: the k-th 2k - 1, so that the
    sum is least when calls are spread, and more where the shift is short."""
    return _FULL * (2 * calls + 1) // max(1, cells)


def idle(cell: datetime, calls: Iterable[datetime]) -> int:
    """Minutes between the call and the nearest other one of the day; without any, nothing is lost."""
    return min((abs(cell - other) // _MINUTE for other in calls), default=0)


def _demand(calls: Iterable[Promise]) -> Counter[str]:
    return Counter(one.capability for one in calls if not one.pinned)


def _day(worker: Worker, cell: datetime) -> date:
    return cell.astimezone(ZoneInfo(worker.zone)).date()
