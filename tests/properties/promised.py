"""Small worlds of people and promised calls, and what is true of them, by other ways than the product's.

`Oracle` says by maximum flow (networkx) and, for a whole set, by trying every assignment, what can be kept; `faults`
looks at a witness line by line. Neither shares a line with `scheduling.promise` but the two value classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

import networkx
from networkx.algorithms.flow import edmonds_karp

from scheduling.promise import Board, Promise, Worker

CELLS = (
    datetime(2026, 11, 22, 14, tzinfo=UTC),
    datetime(2026, 11, 22, 23, 30, tzinfo=UTC),  # a Sunday in New York, a Monday in Berlin: another day, another week
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    datetime(2026, 11, 24, 3, 30, tzinfo=UTC),  # Monday evening, Tuesday morning
    datetime(2026, 11, 24, 10, tzinfo=UTC),
    datetime(2026, 11, 29, 17, tzinfo=UTC),
)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu")
CAPABILITIES = ("network", "billing", "general")
BEGUN = datetime(2026, 11, 20, tzinfo=UTC)


@cache
def local_date(zone: str, cell: datetime) -> date:
    return cell.astimezone(ZoneInfo(zone)).date()


def local(worker: Worker, cell: datetime) -> date:
    return local_date(worker.zone, cell)


def can(worker: Worker, promise: Promise) -> bool:
    return worker.levels.get(promise.capability, 0) >= promise.level and promise.cell in worker.free


class Oracle:
    """What is possible in a world. Pinned calls are facts, as many as there are."""

    def __init__(self, workers: Iterable[Worker]) -> None:
        self.workers = {one.name: one for one in workers}
        self._kept: dict[frozenset[Promise], bool] = {}

    def most(self, promises: Iterable[Promise], day_of: tuple[Promise, int] | None = None) -> int:
        """How many of the promises that are not pinned can be kept at once. `day_of`: so many more like that promise,
        in any cell of its day."""
        promises = list(promises)
        wanted: list[tuple[str, Promise, bool]] = [(one.id, one, False) for one in promises if not one.pinned]
        if day_of is not None:
            wanted += [(f"more {number}", day_of[0], True) for number in range(day_of[1])]
        graph = networkx.DiGraph()
        graph.add_nodes_from(("source", "sink"))
        for worker in self.workers.values():
            mine = [one.cell for one in promises if one.pinned == worker.name]
            for call, promise, any_cell in wanted:
                day = local(worker, promise.cell)
                for cell in [one for one in worker.free if local(worker, one) == day] if any_cell else [promise.cell]:
                    if cell not in mine and can(worker, replace(promise, cell=cell)):
                        graph.add_edge("source", ("call", call), capacity=1)
                        graph.add_edge(("call", call), ("cell", worker.name, cell), capacity=1)
                        self._room(graph, worker, cell, mine)
        return int(networkx.maximum_flow_value(graph, "source", "sink", flow_func=edmonds_karp))

    def _room(self, graph: networkx.DiGraph, worker: Worker, cell: datetime, mine: list[datetime]) -> None:
        """The cell, its day and its week, with what the calls that are pinned to the worker leave of them."""
        day = local(worker, cell)
        week = day.isocalendar()[:2]
        today = sum(local(worker, one) == day for one in mine)
        of_week = sum(local(worker, one).isocalendar()[:2] == week for one in mine)
        node, day_node, week_node = ("cell", worker.name, cell), ("day", worker.name, day), ("week", worker.name, week)
        graph.add_edge(node, day_node, capacity=1)
        graph.add_edge(day_node, week_node, capacity=max(0, (worker.per_day or 99) - today))
        graph.add_edge(week_node, "sink", capacity=max(0, (worker.per_week or 99) - of_week))

    def has_firm_room(self, kept: Iterable[Promise], promise: Promise) -> bool:
        """Whether the calls that are pinned to that worker already leave a cell, a day and a week for one more."""
        worker = self.workers.get(promise.pinned)
        if worker is None:
            return True
        mine = [one.cell for one in kept if one.pinned == promise.pinned]
        day = local(worker, promise.cell)
        today = sum(local(worker, cell) == day for cell in mine)
        of_week = sum(local(worker, cell).isocalendar()[:2] == day.isocalendar()[:2] for cell in mine)
        return promise.cell not in mine and today < (worker.per_day or 99) and of_week < (worker.per_week or 99)

    def keeps(self, promises: Iterable[Promise]) -> bool:
        """Whether all that are not pinned can be kept, by flow."""
        asked = frozenset(promises)
        if asked not in self._kept:
            self._kept[asked] = self.most(asked) == sum(not one.pinned for one in asked)
        return self._kept[asked]

    def tries(self, promises: Iterable[Promise]) -> bool:
        """The same by trying everything."""
        promises = list(promises)
        given = {one.id: one.pinned for one in promises if one.pinned}
        loose = [one for one in promises if not one.pinned]
        facts = [one for one in promises if one.pinned]
        return any(not clashes(self.workers, [*facts, *loose], given | more) for more in self._all(loose))

    def _all(self, loose: list[Promise]) -> Iterator[dict[str, str]]:
        if not loose:
            yield {}
            return
        for rest in self._all(loose[1:]):
            for worker in self.workers.values():
                if can(worker, loose[0]):
                    yield rest | {loose[0].id: worker.name}

    def lost(self, promises: Iterable[Promise]) -> list[str]:
        """Who is lost when the most important are kept first."""
        promises = list(promises)
        if self.keeps(promises):
            return []
        kept, lost = [one for one in promises if one.pinned], []
        for promise in sorted((one for one in promises if not one.pinned), key=lambda one: one.weight):
            if self.keeps([*kept, promise]):
                kept.append(promise)
            else:
                lost.append(promise.id)
        return lost

    def survives(self, kept: Iterable[Promise], promise: Promise) -> bool:
        """Whether one more can be kept, whoever is away on that day of theirs."""
        kept = list(kept)
        for name, worker in self.workers.items():
            day = local(worker, promise.cell)
            away = replace(worker, free=frozenset(cell for cell in worker.free if local(worker, cell) != day))
            calls = [
                replace(one, pinned="") if one.pinned == name and local(worker, one.cell) == day else one
                for one in kept
            ]
            other = Oracle([*(one for one in self.workers.values() if one.name != name), away])
            if other.most([*calls, promise]) != other.most(calls) + 1:
                return False
        return True


def clashes(workers: Mapping[str, Worker], promises: Iterable[Promise], witness: Mapping[str, str]) -> bool:
    """Whether a call has another one in its cell, or a worker more than their caps, beyond what is pinned anyhow."""
    loose: Counter[object] = Counter()
    every: Counter[object] = Counter()
    caps: dict[object, int] = {}
    for promise in promises:
        worker = workers.get(witness.get(promise.id, ""))
        if worker is None:
            continue
        day = local(worker, promise.cell)
        cell_key, day_key, week_key = (
            (worker.name, promise.cell), (worker.name, day), (worker.name, day.isocalendar()[:2])
        )  # fmt: skip
        caps |= {cell_key: 1, day_key: worker.per_day or 99, week_key: worker.per_week or 99}
        every.update((cell_key, day_key, week_key))
        if not promise.pinned:
            loose.update((cell_key, day_key, week_key))
    return any(every[key] > caps[key] for key in loose)


def faults(workers: Iterable[Worker], board: Board) -> list[str]:
    """What is wrong with the witness of a board."""
    people = {one.name: one for one in workers}
    witness, lost = board.witness, {one.id for one in board.lost}
    found = []
    for call, promise in board.promises.items():
        name = witness.get(call, "")
        if promise.pinned:
            if name != (promise.pinned if promise.pinned in people else ""):
                found.append(f"{call} is pinned to {promise.pinned} and given to {name or 'nobody'}")
        elif (name == "") is not (call in lost):
            found.append(f"{call} is given to {name or 'nobody'} and {'' if call in lost else 'not '}lost")
        elif name and not can(people[name], promise):
            found.append(f"{name} cannot take {call}")
    found += ["somebody is lost who was never promised"] * (not lost <= set(board.promises))
    found += ["somebody is given a call that was never promised"] * (not set(witness) <= set(board.promises))
    return found + ["calls clash"] * clashes(people, board.promises.values(), witness)


def draw_workers(random: Random, cells: tuple[datetime, ...], *, crowded: bool) -> list[Worker]:
    """One to four people; or several who can do much and have small caps, so that one call moves many."""
    return [
        Worker(
            name=f"w{number}",
            levels={
                name: random.randint(1, 3)
                for name in random.sample(CAPABILITIES, random.choice((2, 3) if crowded else (1, 1, 2, 3)))
            },
            free=frozenset(cell for cell in cells if random.random() < 0.8),
            zone=random.choice(ZONES),
            per_day=random.choice((0, 1, 1, 1, 2) if crowded else (0, 1, 1, 2)),
            per_week=random.choice((0, 1, 2, 2, 3) if crowded else (0, 1, 2, 2)),
        )
        for number in range(random.randint(4, 7) if crowded else random.randint(1, 4))
    ]


def draw_promise(random: Random, call: str, cells: tuple[datetime, ...], names: list[str]) -> Promise:
    return Promise(
        id=call,
        cell=random.choice(cells),
        capability=random.choice(CAPABILITIES[:2]),
        level=random.choice((1, 1, 2)),
        priority=random.randint(1, 3),
        booked_at=BEGUN + timedelta(minutes=random.randrange(3)),
        pinned=random.choice([*names, "nobody"]) if random.random() < 0.15 else "",
    )
