"""What promising costs, and what it is worth: desks full of calls, and days on which somebody is missing.

`speed`: processor milliseconds on a desk of 50 people with 400 calls, for its board, for 80 slots that are asked for,
for one call more. `days`: so many simulated days at a high load, each filled by three ways of offering slots; then each
person in turn is taken away, and the days are counted on which some promised call has nobody left. A desk and a day of
one number are the same on every machine.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from scheduling.interval import Interval
from scheduling.promise import Board, Promise, Worker
from scheduling.slots import cells, fitting

GRID = timedelta(minutes=30)
ZONE = "Europe/Berlin"
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
CAPABILITIES = ("network", "billing", "general", "security")
PEOPLE, CALLS, SLOTS, ROUNDS = 50, 400, 80, 7
DESKS = {"easy": 0.7, "full": 0.13}
"""The share of all slots in which somebody is free: where it is small, calls must move or nothing is left."""
WAYS = ("robust", "plain", "union")
WISHES, TRIES = 70, 4


# --- how fast


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk as the store would give it to a board, and what is asked of it."""

    workers: tuple[Worker, ...]
    calls: tuple[Promise, ...]
    witness: dict[str, str]
    asked: tuple[Promise, ...]

    def board(self) -> Board:
        return Board(self.workers, self.calls, self.witness)


@dataclass(frozen=True, slots=True)
class Speed:
    """Processor milliseconds, the least of several rounds, and how many of the slots are offered."""

    milliseconds: dict[str, float]
    offered: dict[str, int]


def desk(number: int, share: float) -> Desk:
    """Ten days of eight slots, 400 calls on 50 people."""
    random = Random(number)
    grid = cells(ZONE, GRID, MONDAY, MONDAY + timedelta(days=12))
    slots = [one for one in grid if one.weekday() < 5 and one.hour in (8, 9, 12, 13)]
    board = Board(_person(random, at, slots, share) for at in range(PEOPLE))
    for wish in range(20 * CALLS):
        if len(board.promises) < CALLS:
            board.add(_call(random, f"c{wish}", slots))
    asked = (Promise(id="asked", cell=cell, capability="network", level=2, booked_at=MONDAY) for cell in slots[:SLOTS])
    return Desk(tuple(board.workers.values()), tuple(board.promises.values()), dict(board.witness), tuple(asked))


def _person(random: Random, number: int, slots: list[datetime], share: float) -> Worker:
    return Worker(
        name=f"p{number:02}",
        levels={name: random.randint(1, 4) for name in random.sample(CAPABILITIES, random.choice((1, 2, 2, 3)))},
        free=frozenset(one for one in slots if random.random() < share),
        zone=ZONE if number % 3 else "America/New_York",
        per_day=0 if number % 2 else 4,
        per_week=0 if number % 4 else 16,
    )


def _call(random: Random, call: str, slots: list[datetime]) -> Promise:
    return Promise(
        id=call,
        cell=random.choice(slots),
        capability=random.choice(CAPABILITIES),
        level=random.choice((1, 1, 2, 3)),
        priority=random.randint(1, 4),
        booked_at=MONDAY,
    )


def speed(share: float) -> Speed:
    """Each question to a board that has not been asked before, as an offer asks it."""
    one = desk(1, share)
    boards = iter([one.board() for _ in range(4 * ROUNDS)])
    extra = next(call for call in one.asked if one.board().probe(call))
    offered: dict[str, int] = {}

    def probe(name: str, board: Board, **how: bool | int) -> None:
        offered[name] = sum(board.probe(call, **how) for call in one.asked)  # type: ignore[arg-type]

    def redeem() -> None:
        board = one.board()
        board.probe(extra, robust=True)
        assert board.add(extra)

    def absent() -> None:
        Board(one.workers[10:], one.calls, one.witness)

    jobs: dict[str, Callable[[], object]] = {
        "board from its witness": one.board,
        "80 slots, plain": lambda: probe("plain", next(boards)),
        "80 slots, robust": lambda: probe("robust", next(boards), robust=True),
        "80 slots, two in reserve": lambda: probe("two in reserve", next(boards), reserved=2),
        "80 slots, all of it": lambda: probe("all of it", next(boards), robust=True, reserved=2),
        "board, robust probe, one more": redeem,
        "board without a witness": lambda: Board(one.workers, one.calls),
        "board, ten people away": absent,
    }
    return Speed({name: min(_spent(job) for _ in range(ROUNDS)) for name, job in jobs.items()}, offered)


def _spent(job: Callable[[], object]) -> float:
    begun = time.process_time()
    job()
    return 1000 * (time.process_time() - begun)


# --- what it is worth


@dataclass(frozen=True, slots=True)
class Day:
    """One day as a way of offering has filled it."""

    workers: tuple[Worker, ...]
    calls: tuple[Promise, ...]

    def loses(self, *absent: str) -> bool:
        """Whether some call has nobody left while these are away."""
        return bool(Board([one for one in self.workers if one.name not in absent], self.calls).lost)


def day(number: int, way: str) -> Day:
    """Ten to fourteen people, 70 customers who each would take one of four slots, whichever is offered first."""
    random = Random(number)
    grid = cells(ZONE, GRID, MONDAY + timedelta(hours=7), MONDAY + timedelta(hours=15))
    workers = tuple(_shift(random, at, grid) for at in range(random.randint(10, 14)))
    filled = Filling(workers, way)
    for wish in range(WISHES):
        capability, level = random.choice(CAPABILITIES[:3]), random.choice((1, 1, 2))
        for cell in random.sample(grid, TRIES):
            call = Promise(id=f"c{wish}", cell=cell, capability=capability, level=level, booked_at=MONDAY)
            if filled.takes(call):
                break
    return Day(workers, tuple(filled.calls))


def _shift(random: Random, number: int, grid: tuple[datetime, ...]) -> Worker:
    begins = grid[random.randrange(6)]
    shift = (Interval(begins, begins + random.randint(4, 6) * 2 * GRID),)
    return Worker(
        name=f"p{number:02}",
        levels={name: random.randint(1, 3) for name in random.sample(CAPABILITIES[:3], random.choice((1, 1, 2)))},
        free=fitting(grid, GRID, shift, GRID),
        zone=ZONE,
        per_day=random.choice((4, 5, 6)),
    )


class Filling:
    """A day that is being filled, in one of three ways. `union`: a slot is offered while anybody who could take the
    call is not yet used up by calls of the same capability, as booking tools do that know no promises."""

    def __init__(self, workers: Iterable[Worker], way: str) -> None:
        self._board, self._way = Board(workers), way
        self._taken: Counter[tuple[str, datetime]] = Counter()
        self.calls: list[Promise] = []

    def takes(self, call: Promise) -> bool:
        key = call.capability, call.cell
        if self._way == "union":
            taken = self._taken[key] < len(self._board.candidates(call))
        else:
            taken = self._board.probe(call, robust=self._way == "robust") and self._board.add(call)
        if taken:
            self._taken[key] += 1
            self.calls.append(call)
        return taken


@dataclass(frozen=True, slots=True)
class Worth:
    """What a way of offering comes to over many days."""

    promised: float
    broken: int
    """Days on which the absence of one person leaves some call without anybody."""
    overbooked: int
    """Days on which that is so with everybody there."""


def days(way: str, numbers: Iterable[int]) -> Worth:
    """Fill these days in that way and take each person away in turn."""
    filled = [day(number, way) for number in numbers]
    return Worth(
        promised=sum(len(one.calls) for one in filled) / len(filled),
        broken=sum(any(one.loses(worker.name) for worker in one.workers) for one in filled),
        overbooked=sum(one.loses() for one in filled),
    )
