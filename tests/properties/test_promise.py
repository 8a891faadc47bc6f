"""Promises against two oracles: every assignment tried, and maximum flow in networkx.

Each case is a small world and a walk through it: what is asked is answered as the oracles do and changes nothing, what
is changed leaves a witness that holds, who is lost is who must be, and a reason proves itself. Case N is the same on
every machine; 20,000 of them with REPLYDESK_LONG=1. Boards with a bug, among them a draft that was wrong before, are
found out.
"""

from __future__ import annotations

import os
from dataclasses import replace
from random import Random

import pytest

from scheduling.matching import Matching, Moves, Search
from scheduling.promise import Board, Promise
from tests.properties.promised import CELLS, Oracle, can, draw_promise, draw_workers, faults

CASES, SHARES = (20_000, 20) if os.environ.get("REPLYDESK_LONG") else (1_000, 4)
STEPS = 10


class Walk:
    """One world, the board that we test, and what is on it."""

    def __init__(self, number: int) -> None:
        self.random = random = Random(number)
        large = number % 6 == 0
        self.cells = CELLS if large else tuple(random.sample(CELLS, random.randint(2, 4)))
        self.workers = draw_workers(random, self.cells, crowded=large)
        self.names = [one.name for one in self.workers]
        self.oracle = Oracle(self.workers)
        self.counted = 0
        first = [self.draw() for _ in range(random.randint(8, 16) if large else random.randint(0, 4))]
        witness = {one.id: random.choice(self.names) for one in first if random.random() < 0.5}
        self.board = Board(self.workers, first, witness)
        self.said = [f"case {number}: {self.workers}", f"with {first}", f"and {witness}"]
        self.check()

    def draw(self) -> Promise:
        self.counted += 1
        return draw_promise(self.random, f"c{self.counted}", self.cells, self.names)

    @property
    def kept(self) -> list[Promise]:
        lost = set(self.board.lost)
        return [one for one in self.board.promises.values() if one not in lost]

    def check(self) -> None:
        """The witness holds, and who is lost is who must be."""
        assert faults(self.workers, self.board) == [], self.words
        promises = list(self.board.promises.values())
        assert [one.id for one in self.board.lost] == self.oracle.lost(promises), self.words
        again = Board(self.workers, promises, self.board.witness)
        assert again.lost == self.board.lost, self.words
        assert again.witness == self.board.witness, self.words

    @property
    def words(self) -> str:
        return "\n".join(self.said)

    def step(self) -> None:
        what = self.random.choice((*3 * (self.ask,), self.ask_why, self.ask_why, self.add, self.remove, self.pin))
        again = replace(self.draw(), pinned="")
        if what in (self.add, self.remove, self.pin):
            self.board.probe(again, robust=True)
        before = dict(self.board.witness), self.board.lost, dict(self.board.promises)
        asked = what()
        after = dict(self.board.witness), self.board.lost, dict(self.board.promises)
        if asked:
            assert after == before, self.words
        else:
            self.check()
            self.robust(again)

    def robust(self, promise: Promise) -> None:
        """Asked before a change too: nothing that was worked out then may count now."""
        expected = self.fits(promise) and self.oracle.survives(self.others(promise), promise)
        assert self.board.probe(promise, robust=True) is expected, self.words

    def others(self, promise: Promise) -> list[Promise]:
        """All that is kept beside a promise."""
        return [one for one in self.kept if one.id != promise.id]

    def fits(self, promise: Promise) -> bool:
        """The oracles' answer to a plain question: nobody who is kept is lost by it, not even on a board made anew."""
        kept = self.others(promise)
        if promise.pinned and not self.oracle.has_firm_room(kept, promise):
            return False
        found = self.has_place(kept, promise)
        if not self.board.lost:
            return found
        lost = self.oracle.lost([*(one for one in self.board.promises.values() if one.id != promise.id), promise])
        stays = all(one.id not in lost for one in (*kept, promise))
        assert found or not stays, self.words
        assert stays or not found or len(self.kept) > len(kept), self.words  # only a move can be refused for it
        return stays

    def has_place(self, kept: list[Promise], promise: Promise) -> bool:
        found = self.oracle.keeps([*kept, promise])
        if len(kept) < 6:
            assert self.oracle.tries([*kept, promise]) is found, self.words
        return found

    def ask(self) -> bool:
        promise = self.some()
        robust, reserved = self.random.random() < 0.6, self.random.choice((0, 0, 1, 2))
        if promise.pinned:
            robust, reserved = False, 0
        self.said.append(f"probe {promise} {robust=} {reserved=}")
        expected = self.fits(promise)
        kept = self.others(promise)
        if expected and robust:
            expected = self.oracle.survives(kept, promise)
        if expected and reserved:
            loose = sum(not one.pinned for one in kept)
            expected = self.oracle.most([*kept, promise], (promise, reserved)) == loose + 1 + reserved
        assert self.board.probe(promise, robust=robust, reserved=reserved) is expected, self.words
        return True

    def some(self) -> Promise:
        """A new promise, or another time for one that is there."""
        if self.board.promises and self.random.random() < 0.2:
            old = self.random.choice(list(self.board.promises.values()))
            return replace(old, cell=self.random.choice(self.cells), pinned="")
        return self.draw()

    def ask_why(self) -> bool:
        promise = replace(self.some(), pinned="")
        self.said.append(f"why {promise}")
        why, kept = self.board.why(promise), self.others(promise)
        able = {one.name for one in self.workers if one.levels.get(promise.capability, 0) >= promise.level}
        assert set(why.able) == able, self.words
        assert set(why.free) == {one.name for one in self.workers if can(one, promise)}, self.words
        assert why.free == self.board.candidates(promise), self.words
        assert why.feasible is self.has_place(kept, promise), self.words
        if not why.feasible:
            self.proves(promise, why.calls, why.people)
            for name, _ in (*why.full_days, *why.full_weeks):
                assert name in why.people, self.words
        else:
            assert set(why.people) <= set(self.names), self.words
            assert set(why.calls) <= {one.id for one in kept if not one.pinned}, self.words
        return True

    def proves(self, promise: Promise, calls: tuple[str, ...], people: tuple[str, ...]) -> None:
        """These calls alone leave no place, and nobody else could take any of them."""
        named = [one for one in self.board.promises.values() if one.id in calls]
        assert not self.oracle.keeps([*named, promise]), self.words
        assert self.oracle.most([*named, promise]) == sum(not one.pinned for one in named), self.words
        for one in (promise, *(one for one in named if not one.pinned)):
            assert {worker.name for worker in self.workers if can(worker, one)} <= set(people), self.words

    def add(self) -> bool:
        promise = self.some()
        self.said.append(f"add {promise}")
        expected, before = self.fits(promise), dict(self.board.witness)
        assert self.board.probe(promise) is expected, self.words
        assert self.board.add(promise) is expected, self.words
        assert expected or self.board.witness == before, self.words
        return not expected

    def remove(self) -> bool:
        if self.board.promises:
            call = self.random.choice(list(self.board.promises))
            self.said.append(f"remove {call}")
            self.board.remove(call)
            assert call not in self.board.promises, self.words
        return False

    def pin(self) -> bool:
        if not self.board.promises:
            return True
        old = self.random.choice(list(self.board.promises.values()))
        name = self.random.choice(self.names)
        self.said.append(f"pin {old.id} to {name}")
        expected = can(self.oracle.workers[name], old) and self.fits(replace(old, pinned=name))
        assert self.board.pin(old.id, name) is expected, self.words
        assert not expected or self.board.promises[old.id].pinned == name, self.words
        return not expected


def play(number: int) -> None:
    walk = Walk(number)
    for _ in range(STEPS):
        walk.step()


@pytest.mark.parametrize("share", range(SHARES))
def test_a_promise_is_made_where_the_oracles_find_an_assignment(share: int) -> None:
    for number in range(share, CASES, SHARES):
        play(number)


def test_the_order_of_people_and_calls_changes_nothing() -> None:
    for number in range(200):
        walk = Walk(number)
        promises = list(walk.board.promises.values())
        walk.random.shuffle(promises)
        one = Board(walk.workers, promises)
        walk.random.shuffle(walk.workers)
        other = Board(walk.workers, sorted(promises, key=lambda promise: promise.id))
        assert one.witness == other.witness
        assert one.lost == other.lost


def no_cap_of_the_week(self: Matching, week: int) -> bool:
    return False


def a_full_day_is_the_end(self: Matching, search: Search, day: int) -> None:
    """Nobody is asked to leave a day whose cap is used up."""


def nobody_makes_room(self: Matching, search: Search) -> Moves:
    """The new call takes the place that it was after, whoever has it."""
    return PATH(self, search)[-1:]


def drafted(self: Matching, call: int, depth: int = 3) -> Moves:
    """A draft that was wrong before: it does not remember whom it has asked, so a call may move twice on one path, and
    even make room for itself."""
    for place in self.options[call]:
        other = self.holder.get(place)
        if self.is_open(place):
            return [(call, place)]
        if depth and place not in self.firm:
            for blocker in [other] if other is not None else self.loose_on([self.days[place]]):
                if rest := drafted(self, blocker, depth - 1):
                    return [*rest, (call, place)]
    return []


def places_by_draft(self: Matching, call: int) -> bool:
    moves = drafted(self, call)
    for move in moves:
        self.put(*move)
    return bool(moves)


def reached_by_itself(self: Board, number: int) -> bool:
    """A call that looks for another place has its old one still, and may be asked to leave it."""
    return False


def room_for_who_moves(self: Board) -> list[int]:
    """Who was lost gets nothing of what a call leaves."""
    return []


def old_knowledge(self: Matching, call: int, place: int, *, firm: bool = False) -> None:
    """What led nowhere before a change is believed to lead nowhere after it."""
    known = self.known
    PUT(self, call, place, firm=firm)
    self.known = known


def old_absences(self: Board) -> None:
    """How the others take over is not worked out again when something was added."""
    before = dict(self._absences)
    KEEP(self)
    self._absences.update(before)


def first_come(self: Board, number: int) -> None:
    """Who comes last is lost, however important."""
    if not self._matching.place(number):
        self._lost.add(self._ids[number])


def never_away(self: Board, day: int, ready: int) -> bool:
    """Nobody is ever absent."""
    return True


PATH, PUT, KEEP = Matching.path, Matching.put, Board._keep
BUGS = {
    "no cap of the week": [(Matching, "is_full_week", no_cap_of_the_week)],
    "a full day is the end": [(Matching, "_empty", a_full_day_is_the_end)],
    "nobody makes room": [(Matching, "path", nobody_makes_room)],
    "no memory": [(Matching, "place", places_by_draft), (Matching, "reaches", lambda *it: bool(drafted(*it)))],
    "reached by itself": [(Board, "_lift", reached_by_itself)],
    "room for who moves": [(Board, "_recover", room_for_who_moves)],
    "old knowledge": [(Matching, "put", old_knowledge)],
    "old absences": [(Board, "_keep", old_absences)],
    "first come": [(Board, "_admit", first_come)],
    "never away": [(Board, "_fits_without", never_away)],
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_board_with_a_bug_is_found_out(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for owner, name, broken in BUGS[bug]:
        monkeypatch.setattr(owner, name, broken)
    with pytest.raises((AssertionError, KeyError, IndexError)):
        for number in range(1_000):
            play(number)
