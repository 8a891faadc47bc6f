"""What the desk can promise: people who take calls and the calls that were promised come in, yes or no and why go out.

A set of promises is kept as long as an assignment exists that gives each call to somebody able and free, one call a
cell, with the caps of local days and ISO weeks respected. The board always holds one such assignment, the *witness*; a
further call is promised only if the witness can be changed so that it has a place beside all others (scheduling 5.1,
5.2). Who has a call in the witness means nothing outside before the call is pinned. Pure: reads no clock, and what is
only asked (`probe`, `why`) changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType

from scheduling.matching import NOWHERE, Known, Matching, Moves, Search
from scheduling.places import Places, Promise, Worker

__all__ = ["Board", "Promise", "Why", "Worker"]

_ASKED = 0
"""The number of the call that is asked about; those on the board count from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a call can or cannot be promised. Where it cannot, the `calls` and the new one together need more than all
    `people` who could take any of them have; where it can, these are the calls that would move, and to whom."""

    feasible: bool
    able: tuple[str, ...]
    """Whose level is enough."""
    free: tuple[str, ...]
    """Who of them could take a call in that cell."""
    calls: tuple[str, ...]
    people: tuple[str, ...]
    full_days: tuple[tuple[str, date], ...] = ()
    full_weeks: tuple[tuple[str, date], ...] = ()
    """With the Monday of the week."""


@dataclass(frozen=True, slots=True)
class _Absence:
    """One worker away on one of their days: how the others take over as much as they can."""

    moves: Moves
    touched: int
    """The workers, as bits, for whom anything is different."""
    known: Known


class Board:
    """All people and all promises of a desk, with a witness.

    Pinned calls are where they are. Then come the calls whose `witness` still holds, then the others. Where not all
    can be kept, those are lost that are least important, or were promised last, whatever the witness said. `sold`: the
    cells that somebody may still be promised, which is what a reserve is made of (None: all).
    """

    def __init__(
        self,
        workers: Iterable[Worker],
        promises: Iterable[Promise] = (),
        witness: Mapping[str, str] = MappingProxyType({}),
        sold: frozenset[datetime] | None = None,
    ) -> None:
        self._places = Places(workers, sold)
        caps = [(one.per_day, one.per_week) for one in self._places.workers]
        self._matching = Matching(caps, self._places.options, self._places.days)
        self._promises: dict[str, Promise] = {}
        self._numbers: dict[str, int] = {}
        self._ids = [""]  # by number
        self._lost: set[str] = set()
        self._absences: dict[tuple[str, int], _Absence] = {}  # by the call that is about to move, and the day
        self._moving = ""
        for promise in sorted(promises, key=lambda one: one.weight):
            if promise.id in self._promises:
                raise ValueError(f"the call {promise.id} was promised twice")
            self._enrol(promise)
        self._settle(witness)

    def _enrol(self, promise: Promise) -> int:
        """The number of a call, which from now on stands for this promise."""
        number = self._numbers.get(promise.id)
        if number is None:
            number = self._numbers[promise.id] = len(self._ids)
            self._ids.append(promise.id)
        self._promises[promise.id] = self._places.calls[number] = promise
        self._places.options.pop(number, None)
        return number

    def _settle(self, witness: Mapping[str, str]) -> None:
        places, matching = self._places, self._matching
        loose: list[tuple[int, Promise]] = []
        for call, promise in self._promises.items():
            if not promise.pinned:
                loose.append((self._numbers[call], promise))
            elif promise.pinned in places.numbers:
                matching.put(self._numbers[call], places.place(promise, promise.pinned), firm=True)
        late = []
        for number, promise in loose:
            name = witness.get(promise.id, "")
            if places.is_open(promise, name) and matching.is_open(place := places.place(promise, name)):
                matching.put(number, place)
            else:
                late.append(number)
        for number in late:
            self._admit(number)
        matching.keep()

    def _admit(self, number: int) -> None:
        """Place the call, or lose the least important of all that could make room for it: itself, or one that the
        search has reached. Which are lost in the end does not depend on the order of admissions."""
        if self._matching.place(number):
            return
        least = self._least_around(number)
        self._lost.add(self._ids[least])
        if least != number:
            self._matching.put(least, NOWHERE)
            self._matching.place(number)

    def _least_around(self, number: int) -> int:
        """The least important of a call without a place and those of which any one, if it left, would make it one."""
        reached = self._matching.seek(number, whole=True).calls
        return max(reached, key=lambda one: self._places.calls[one].weight)

    # --- what is there

    @property
    def workers(self) -> Mapping[str, Worker]:
        """Everybody, by name."""
        return {one.name: one for one in self._places.workers}

    @property
    def promises(self) -> Mapping[str, Promise]:
        """All promises by id, lost ones as well, with whom they were pinned to since."""
        return MappingProxyType(self._promises)

    @property
    def witness(self) -> Mapping[str, str]:
        """Who could take which call, by id: all calls but those that are lost or pinned to nobody here."""
        where, name = self._matching.where, self._places.name
        return {call: name(where[number]) for call, number in self._numbers.items() if number in where}

    @property
    def lost(self) -> tuple[Promise, ...]:
        """The promises that cannot be kept beside the more important ones."""
        return tuple(sorted((self._promises[call] for call in self._lost), key=lambda one: one.weight))

    def candidates(self, promise: Promise) -> tuple[str, ...]:
        """Who is able and free in that cell, whatever else they have been given."""
        return self._names(self._places.open_to(promise))

    def _names(self, numbers: Iterable[int]) -> tuple[str, ...]:
        return tuple(sorted({self._places.name(number) for number in numbers}))

    # --- questions

    def probe(self, promise: Promise, *, robust: bool = False, reserved: int = 0) -> bool:
        """Whether it could be promised beside all that are kept; one that is on the board would be moved.

        `robust`: also while any one worker is away on that local day of theirs and the others take over as many of
        their calls as they can. `reserved`: so many more calls of that kind must still find a place on that day.
        """
        if promise.pinned and (robust or reserved):
            raise ValueError(f"the call {promise.id} is somebody's already: nothing is kept in reserve for it")
        with self._asking(promise) as moves:
            return (
                self._can_take(promise, moves=moves)
                and (not robust or self._survives(promise))
                and (reserved <= 0 or self._spares(promise, reserved))
            )

    def missed(self, promise: Promise) -> tuple[str, ...]:
        """Whose absence on that day the call would not survive; nobody where it has no place anyhow."""
        with self._asking(promise):
            if not self._matching.reaches(_ASKED):
                return ()
            days = self._places.days_at(self._places.cell(promise.cell))
            return self._names(worker for worker, day in enumerate(days) if not self._fits_without(day, 0))

    def _can_take(self, promise: Promise, *, moves: bool) -> bool:
        if not promise.pinned and not (moves and self._lost):
            return self._matching.reaches(_ASKED)
        mark = self._matching.mark()
        fits = self._take(_ASKED, promise, moves=moves)
        self._matching.undo(mark)
        return fits

    def why(self, promise: Promise) -> Why:
        """The reason why there is a place for it beside all that are kept, or none, as if nobody had it yet."""
        able, free = self._names(self._places.able(promise)), self.candidates(promise)
        with self._asking(promise):
            search = self._matching.seek(_ASKED, whole=True)
            if search.found < 0:
                return self._explain(search, able, free)
            moves = self._matching.path(search)[::-1]
            people = tuple(dict.fromkeys(self._places.name(place) for _, place in moves))
            calls = tuple(self._ids[call] for call, _ in moves[1:])
            return Why(feasible=True, able=able, free=free, calls=calls, people=people)

    def _explain(self, search: Search, able: tuple[str, ...], free: tuple[str, ...]) -> Why:
        """What a search that failed has reached has no way out: a minimum cut, without caps a violation of Hall's
        condition."""
        matching, places = self._matching, self._places
        days = [day for day in search.days if matching.is_full(day)]
        weeks = [week for week in search.weeks if matching.is_full_week(week)]
        calls = set(search.calls[1:])
        for place in search.places:
            calls.update(matching.firm.get(place, ()))
        for day in (*days, *(day for week in weeks for day in matching.days_of(week))):
            calls.update(matching.firm_on(day))
        return Why(
            feasible=False,
            able=able,
            free=free,
            calls=tuple(sorted(self._ids[call] for call in calls)),
            people=self._names(search.places),
            full_days=tuple(sorted((places.name(day), places.local_date(day)) for day in days)),
            full_weeks=tuple(sorted((places.name(week), places.monday(week)) for week in weeks)),
        )

    @contextmanager
    def _asking(self, promise: Promise) -> Iterator[bool]:
        """The board without that call, which has the number of what is asked, and whether it had a place; afterwards
        everything is as it was."""
        matching, mark = self._matching, self._matching.mark()
        self._places.options[_ASKED] = self._places.open_to(promise)
        self._places.calls[_ASKED] = promise
        moves = self._lift(self._numbers.get(promise.id, NOWHERE))
        self._moving = promise.id if moves else ""
        try:
            yield moves
        finally:
            matching.undo(mark)
            self._moving = ""

    def _lift(self, number: int) -> bool:
        """The call leaves its place, if it has one."""
        if number not in self._matching.where:
            return False
        self._matching.put(number, NOWHERE)
        return True

    # --- what would be if

    def _survives(self, promise: Promise) -> bool:
        """Whether the call finds a place in each world in which one worker is away on that day.

        Who has nothing on that day and gets nothing by this call is not missed: the witness with the call holds.
        """
        matching, width = self._matching, self._places.width
        ready = 0  # workers, as bits, who could take the call and nobody would have to move
        for place in matching.options[_ASKED]:
            if matching.is_open(place):
                ready |= 1 << place % width
        takers = ready if ready & (ready - 1) == 0 else 0  # of several, another one takes it
        if not ready:
            for _, place in matching.path(matching.seek(_ASKED)):
                takers |= 1 << place % width
        days = self._places.days_at(self._places.cell(promise.cell))
        return all(
            self._fits_without(day, ready)
            for worker, day in enumerate(days)
            if matching.day_load.get(day) or takers >> worker & 1
        )

    def _fits_without(self, day: int, ready: int) -> bool:
        """Whether the call that is asked about finds a place while somebody is away on that day of theirs."""
        absence = self._absences.get((self._moving, day))
        if absence is None:
            absence = self._absences[self._moving, day] = self._think_away(day)
        if ready & ~absence.touched:
            return True
        matching, mark = self._matching, self._matching.mark()
        for call, place in absence.moves:
            matching.put(call, place)
        matching.bar(day)
        matching.known = absence.known
        found = matching.reaches(_ASKED)
        matching.unbar(day)
        matching.undo(mark)
        return found

    def _think_away(self, day: int) -> _Absence:
        """The others take over what they can of that day's calls, pinned ones too: who is away cannot keep them. What
        is over needs nobody."""
        matching, mark = self._matching, self._matching.mark()
        calls = [call for call in matching.on_day(day) if not self._places.calls[call].is_over]
        for call in calls:
            matching.put(call, NOWHERE)
        matching.bar(day)
        matching.known = Known()
        for call in calls:
            matching.place(call)
        known, moves, touched = matching.known, matching.since(mark), 1 << day % self._places.width
        for place in matching.left_since(mark):
            touched |= 1 << place % self._places.width
        for _, place in moves:
            if place >= 0:
                touched |= 1 << place % self._places.width
        matching.unbar(day)
        matching.undo(mark)
        return _Absence(moves, touched, known)

    def _spares(self, promise: Promise, reserved: int) -> bool:
        """Whether so many more of its kind fit on that day beside the call."""
        matching, options, mark = self._matching, self._matching.options, self._matching.mark()
        further = range(len(self._ids), len(self._ids) + reserved)
        options |= dict.fromkeys(further, self._places.open_all_day(promise))
        fit = matching.place(_ASKED) and all(matching.place(number) for number in further)
        matching.undo(mark)
        for number in further:
            del options[number]
        return fit

    # --- changes

    def add(self, promise: Promise) -> bool:
        """Promise it beside all that are kept; one that is on the board is moved. False: nothing changed."""
        places, mark, old = self._places, self._matching.mark(), self._promises.get(promise.id)
        number = self._numbers.get(promise.id, len(self._ids))
        places.options[number], places.calls[number] = places.open_to(promise), promise
        moves = self._lift(number)
        if self._take(number, promise, moves=moves):
            self._enrol(promise)
            self._lost.discard(promise.id)
            self._keep()
            return True
        self._matching.undo(mark)
        del places.calls[number], places.options[number]
        if old is not None:
            places.calls[number] = old
        return False

    def remove(self, call: str) -> None:
        """It is not promised any more; who was lost takes the room that it leaves."""
        number = self._numbers[call]
        self._lost.discard(call)
        if self._lift(number):
            self._recover()
        del self._promises[call], self._numbers[call], self._places.calls[number]
        self._places.options.pop(number, None)
        self._keep()

    def pin(self, call: str, name: str) -> bool:
        """Give it for good to a worker who is able and free, where all others that are kept can still be kept. False:
        nothing changed."""
        promise = replace(self._promises[call], pinned=name)
        return self._places.is_open(promise, name) and self.add(promise)

    def _take(self, number: int, promise: Promise, *, moves: bool) -> bool:
        """Give the call a place; False: there is none, or not without losing somebody. A call that `moves` leaves room
        to those that were lost. Where one of them has more right to be kept than somebody who is, the move is refused:
        the next board that is made of all this would lose that other one."""
        if not (self._fix(number, promise) if promise.pinned else self._matching.place(number)):
            return False
        return not moves or all(self._least_around(one) == one for one in self._recover())

    def _recover(self) -> list[int]:
        """Who was lost takes what room there is; who remains lost."""
        numbers = [self._numbers[promise.id] for promise in self.lost]
        return [number for number in numbers if not self._matching.place(number)]

    def _keep(self) -> None:
        self._lost = {call for call in self._lost if self._numbers[call] not in self._matching.where}
        self._matching.keep()
        self._absences.clear()

    def _fix(self, number: int, promise: Promise) -> bool:
        """Put the call where it is pinned to, and others out of its way; False: somebody would be lost by it."""
        matching = self._matching
        if promise.pinned not in self._places.numbers:
            return True
        place = self._places.place(promise, promise.pinned)
        if place in matching.firm:
            return False
        out = [matching.holder[place]] if place in matching.holder else []
        for call in out:
            matching.put(call, NOWHERE)
        day = self._places.days[place]
        week = matching.week(day)
        for is_full, days in ((matching.is_full(day), [day]), (matching.is_full_week(week), matching.days_of(week))):
            if is_full and not out:
                loose = matching.loose_on(days)
                if not loose:
                    return False
                out.append(loose[0])
                matching.put(loose[0], NOWHERE)
        matching.put(number, place, firm=True)
        return all(matching.place(call) for call in out)
