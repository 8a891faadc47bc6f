"""Who takes which call, as bare numbers: the places that calls can take come in, an assignment goes out.

A *place* is one cell of one worker, and takes one call. It lies on one day of that worker, a day in one of their weeks;
both may have a cap. Calls are placed by augmenting paths through call → place → day → week, so that what is found is
exact: where no path is left there is no assignment. Numbers are `cell * width + worker` for places and
`ordinal * width + worker` for days; names and zones are the board's (`scheduling.promise`). Every change is logged and
can be taken back step by step. Never reads a clock, never asks a place twice within one search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Moves = list[tuple[int, int]]
"""Calls with the places that they go to, in an order in which each place is empty when its call arrives."""

NOWHERE = -1
_BARRED = 1 << 40  # more calls than any cap allows


class Known:
    """What searches have found out about an assignment as it stands: what leads nowhere, and what leads to room."""

    __slots__ = ("alive", "dead", "dead_days")

    def __init__(self) -> None:
        self.dead: set[int] = set()
        self.dead_days: set[int] = set()
        self.alive: set[int] = set()


class Search:
    """All that one search has reached, each with what it was reached from."""

    __slots__ = ("calls", "days", "found", "places", "weeks")

    def __init__(self, call: int) -> None:
        self.calls = [call]
        self.places: dict[int, int] = {}  # place → the call that wants it, or ~day where its day wants it left
        self.days: dict[int, int] = {}  # day → the empty place on it, or NOWHERE where its week wants one less
        self.weeks: dict[int, int] = {}  # week → the day that found it full
        self.found = NOWHERE  # the empty place with room at which the search ended


class Matching:
    """An assignment that respects one call a place and the caps. `options`: call → places that it can take at all."""

    def __init__(self, caps: Sequence[tuple[int, int]], options: dict[int, tuple[int, ...]], days: dict[int, int]):
        self.width = len(caps)
        self.options = options
        self.days = days  # place → day
        self.where: dict[int, int] = {}
        self.holder: dict[int, int] = {}  # place → the call that may be moved away from it
        self.held: dict[int, set[int]] = {}  # day → the places on it whose calls may be moved
        self.firm: dict[int, list[int]] = {}  # place → the calls that have it for good
        self.day_load: dict[int, int] = {}
        self.week_load: dict[int, int] = {}
        self.known = Known()
        self._day_caps = [day or _BARRED for day, _ in caps]
        self._week_caps = [week or _BARRED for _, week in caps]
        self._log: list[tuple[int, int, bool]] = []
        self._firm_days: dict[int, list[int]] = {}  # day → its calls that are there for good

    # --- changes, all of them through `put`

    def put(self, call: int, place: int, *, firm: bool = False) -> None:
        """The call leaves where it is and takes that place; `firm`: for good."""
        old = self.where.pop(call, NOWHERE)
        was_firm = False
        if old >= 0:
            was_firm = self._leave(call, old)
        if place >= 0:
            self._take(call, place, firm)
        self._log.append((call, old, was_firm))
        self.known = Known()  # never cleared: whoever tries something out keeps what is known of the old state

    def mark(self) -> tuple[int, Known]:
        """Where `undo` goes back to."""
        return len(self._log), self.known

    def undo(self, mark: tuple[int, Known]) -> None:
        """Take back all changes since that mark, the last one first."""
        length, self.known = mark
        while len(self._log) > length:
            call, old, firm = self._log.pop()
            now = self.where.pop(call, NOWHERE)
            if now >= 0:
                self._leave(call, now)
            if old >= 0:
                self._take(call, old, firm)

    def keep(self) -> None:
        """What was changed stays."""
        self._log.clear()

    def since(self, mark: tuple[int, Known]) -> Moves:
        """The calls that were changed since that mark and where they are now; all leave first, so there is room."""
        calls = dict.fromkeys(call for call, _, _ in self._log[mark[0] :])
        moves = [(call, self.where.get(call, NOWHERE)) for call in calls]
        return [(call, NOWHERE) for call, _ in moves] + [(call, place) for call, place in moves if place >= 0]

    def left_since(self, mark: tuple[int, Known]) -> list[int]:
        """The places that calls have left since that mark."""
        return [old for _, old, _ in self._log[mark[0] :] if old >= 0]

    def _take(self, call: int, place: int, firm: bool) -> None:
        day = self.days[place]
        week = self.week(day)
        self.where[call] = place
        self.day_load[day] = self.day_load.get(day, 0) + 1
        self.week_load[week] = self.week_load.get(week, 0) + 1
        if firm:
            self.firm.setdefault(place, []).append(call)
            self._firm_days.setdefault(day, []).append(call)
        else:
            self.holder[place] = call
            self.held.setdefault(day, set()).add(place)

    def _leave(self, call: int, place: int) -> bool:
        day = self.days[place]
        self.day_load[day] -= 1
        self.week_load[self.week(day)] -= 1
        if self.holder.get(place) == call:
            del self.holder[place]
            self.held[day].remove(place)
            return False
        self.firm[place].remove(call)
        if not self.firm[place]:
            del self.firm[place]
        self._firm_days[day].remove(call)
        return True

    # --- looking

    def week(self, day: int) -> int:
        """The week of a day: ISO weeks begin on Monday, and ordinal 1 was one."""
        return (day // self.width - 1) // 7 * self.width + day % self.width

    def has_room(self, day: int) -> bool:
        """Whether the caps of the day and of its week allow one more."""
        return not self.is_full(day) and not self.is_full_week(self.week(day))

    def is_full(self, day: int) -> bool:
        """Whether the cap of the day is used up."""
        return self.day_load.get(day, 0) >= self._day_caps[day % self.width]

    def is_full_week(self, week: int) -> bool:
        """Whether the cap of the week is used up."""
        return self.week_load.get(week, 0) >= self._week_caps[week % self.width]

    def is_open(self, place: int) -> bool:
        """Whether a call could take the place and nobody would have to move."""
        return place not in self.holder and place not in self.firm and self.has_room(self.days[place])

    def on_day(self, day: int) -> list[int]:
        """All calls of that day, those that are there for good first."""
        return [*self.firm_on(day), *self.loose_on((day,))]

    def loose_on(self, days: Iterable[int]) -> list[int]:
        """The calls of those days that may be moved."""
        return [self.holder[place] for day in days for place in sorted(self.held.get(day, ()))]

    def firm_on(self, day: int) -> list[int]:
        """The calls that are there for good."""
        return list(self._firm_days.get(day, ()))

    def days_of(self, week: int) -> range:
        """The seven days of a week."""
        number, worker = divmod(week, self.width)
        monday = (number * 7 + 1) * self.width + worker
        return range(monday, monday + 7 * self.width, self.width)

    def bar(self, day: int) -> None:
        """Nothing may be placed on that day, which holds nothing; `unbar` ends it."""
        self.day_load[day] = self.day_load.get(day, 0) + _BARRED

    def unbar(self, day: int) -> None:
        self.day_load[day] -= _BARRED

    # --- searching

    def seek(self, call: int, *, whole: bool = False) -> Search:
        """Look for a place for a call that has none, by moving others where that is needed; changes nothing. `whole`:
        walk again where earlier searches found nothing, because all that is reached is asked for."""
        search = Search(call)
        places, holder, options, known = search.places, self.holder, self.options, self.known
        dead: set[int] = set() if whole else known.dead
        walked: set[int] = set()
        for seeker in search.calls:  # grows while it is walked through
            wanted = options[seeker]
            if id(wanted) in walked:  # calls of one kind in one cell share their options
                continue
            walked.add(id(wanted))
            for place in wanted:
                if place in places or place in dead:
                    continue
                places[place] = seeker
                other = holder.get(place)
                if other is not None:
                    search.calls.append(
                        other
                    )  # each call has one place, so it is reached once, and never the first one
                elif place not in self.firm and self._enter(search, place, whole):
                    search.found = place
                    return search
        known.dead.update(places)
        known.dead_days.update(search.days)
        return search

    def _enter(self, search: Search, place: int, whole: bool) -> bool:
        """An empty place is reached: is there room on its day and in its week? If not, who would have to leave?"""
        day = self.days[place]
        if day in search.days or (not whole and day in self.known.dead_days):
            return False
        search.days[day] = place
        if not self.is_full(day):
            week = self.week(day)
            if not self.is_full_week(week):
                return True
            if week not in search.weeks:
                search.weeks[week] = day
                for other in self.days_of(week):
                    if self.held.get(other) and other not in search.days:
                        search.days[other] = NOWHERE
                        self._empty(search, other)
        if self.held.get(day):
            self._empty(search, day)
        return False

    def _empty(self, search: Search, day: int) -> None:
        """Any call of that day that leaves makes room on it."""
        held = self.held[day]
        for place in sorted(held) if len(held) > 1 else held:
            if place not in search.places:
                search.places[place] = ~day
                search.calls.append(self.holder[place])

    def path(self, search: Search) -> Moves:
        """The moves that the search has found, from the empty place back to the call that looked for one."""
        moves: Moves = []
        place = search.found
        while True:
            call = search.places[place]
            if call < 0:  # its day wants it left: for an empty place of that day, or for one of another day of the week
                place = search.days[~call]
                if place < 0:
                    place = search.days[search.weeks[self.week(~call)]]
                continue
            moves.append((call, place))
            if call == search.calls[0]:
                return moves
            place = self.where[call]

    def place(self, call: int) -> bool:
        """Find a place for the call and take it; False: nothing changed."""
        for place in self.options[call]:
            if self.is_open(place):
                self.put(call, place)
                return True
        search = self.seek(call)
        if search.found < 0:
            return False
        for move in self.path(search):
            self.put(*move)
        return True

    def reaches(self, call: int) -> bool:
        """Whether `place` would find one; changes nothing."""
        alive = self.known.alive
        if any(place in alive for place in self.options[call]):
            return True
        search = self.seek(call)
        if search.found < 0:
            return False
        alive.update(place for _, place in self.path(search))
        return True
