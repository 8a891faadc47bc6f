"""Which slots a call is offered: those that the desk's rules allow and the board can promise (scheduling 5.2).

In: a call that somebody would like, what the store knows, the instant; what the customer said of when. Out: cells of
the grid, few and spread over days; or why one of them is none. Showing them promises nothing: a slot is promised when
it is booked. Nothing of it says whose they are. Pure: it changes no board that anybody else sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.rules.calls import reason, world
from gateway.rules.calls.wishes import read_wish
from gateway.rules.desk import Desk
from gateway.rules.participants import Known
from scheduling.hours import working
from scheduling.interval import Interval
from scheduling.promise import Board
from scheduling.slots import cells, fitting
from store.records import Call, CallState

MOST_TRIED = 400
"""Cells that are tried for one offer: this runs inside a turn."""
MOST_SHOWN = 12
"""Slots of one offer."""
_NOON = 13


@dataclass(slots=True)
class Tries:
    """One board for many calls that nobody was promised, and what was found of cells for one is found for all of its
    kind."""

    board: Board
    tried: dict[tuple[str, int, int], dict[datetime, bool]] = field(default_factory=dict)

    def of(self, call: Call) -> dict[datetime, bool]:
        """Which cells can be promised for a call like this one."""
        assert not call.is_promised, call.key
        return self.tried.setdefault((call.capability, call.level, call.priority), {})


def slots(
    call: Call, desk: Desk, known: Known, now: datetime, *, count: int = 0, wishes: str = "",
    around: datetime | None = None, tries: Tries | None = None,
) -> tuple[datetime, ...]:  # fmt: skip
    """The cells that may be promised for this call now, in their order: one of each day, then more; what suits
    `wishes` before anything else, and then what was not shown yet; with `around` those nearest to that start. A call
    that is promised is thought away, and what it has is not offered again. `tries`: those of the same look, where
    several calls wait."""
    look = _look(call, desk, known, now, tries)
    most = min(count or desk.calls.offered, MOST_SHOWN)
    if around is not None:
        nearest = sorted(look.cells, key=lambda cell: (abs(cell + desk.calls.before - around), cell))
        return tuple(sorted(look.first(nearest, most)))
    if not wishes.strip():
        return tuple(sorted(look.spread(look.cells, most, ())))
    wish = read_wish(wishes, now.astimezone(look.zone).date())
    suits = {cell for cell in look.cells if wish.suits((cell + desk.calls.before).astimezone(look.zone))}
    seen = {start - desk.calls.before for _, start in call.offered}
    found: tuple[datetime, ...] = ()
    for tier, enough in (
        (suits - seen, most), (suits, desk.calls.least), (set(look.cells) - seen, desk.calls.least),
        (set(look.cells), desk.calls.least),
    ):  # fmt: skip
        if len(found) < enough:
            found = look.spread([cell for cell in look.cells if cell in tier], min(enough, most), found)
    return tuple(sorted(found))


def offerable(
    call: Call, cell: datetime, desk: Desk, known: Known, now: datetime, *, notice: timedelta | None = None,
    board: Board | None = None,
) -> str:  # fmt: skip
    """Why this cell cannot be promised for the call now, in words for us; empty where it can. `notice`: how long ahead
    it has to be, where that is not what is offered. `board`: one without this call, where there is one already."""
    if _meets(cell, call, desk, _engaged(call, known)):
        return "its contact has another call then"
    board = without(call, world.board(desk, known, now)) if board is None else board
    asked = reason.terms(call, cell, desk, now)
    if not reason.barred(call, cell, desk, now, notice=notice) and board.probe(
        reason.asking(call, cell), robust=asked.robust, reserved=asked.reserved
    ):
        return ""
    return reason.short(reason.explained(call, cell, desk, board, now, notice=notice))


def numbered(
    call: Call, found: Iterable[datetime], desk: Desk, now: datetime
) -> tuple[Call, list[tuple[int, datetime]]]:
    """The call with these cells offered, and what is shown of them: number and start. A slot that was shown before
    keeps its number; a number is never another slot's."""
    numbers = {start: number for number, start in call.offered}
    shown = []
    for cell in sorted(found):
        start = cell + desk.calls.before
        numbers.setdefault(start, len(numbers) + 1)
        shown.append((numbers[start], start))
    offered = tuple(sorted((number, start) for start, number in numbers.items()))
    state = call.state if call.is_promised else CallState.OFFERED
    return replace(call, offered=offered, offered_at=now, state=state), shown


def without(call: Call, board: Board) -> Board:
    """The board without this call, which is to be promised anew."""
    name = world.name(call.key)
    if name in board.promises:
        board.remove(name)
    return board


def _engaged(call: Call, known: Known) -> tuple[Interval, ...]:
    """When its contact has other calls, of whatever ticket: nobody can be in two."""
    promised = known.schedule.promised.values() if known.schedule is not None else ()
    others = (one for one in promised if one.contact == call.contact and one.key != call.key)
    return tuple(Interval(one.start, one.end) for one in others if one.start is not None and one.end is not None)


def _meets(cell: datetime, call: Call, desk: Desk, engaged: Iterable[Interval]) -> bool:
    """Whether the call would overlap with one of these, by the customer's clock."""
    start = cell + desk.calls.before
    end = start + timedelta(minutes=call.minutes)
    return any(one.start < end and start < one.end for one in engaged)


def is_enough(found: Sequence[datetime], call: Call, desk: Desk, now: datetime) -> bool:
    """Whether so many slots on so many days are what the desk wants to offer, or all that there may be in the time."""
    if len(found) >= desk.calls.least and len(_days(found, desk)) >= desk.calls.days:
        return True
    every = allowed(call, desk, now)
    least, days = min(desk.calls.least, len(every)), min(desk.calls.days, len(_days(every, desk)))
    return bool(found) and len(found) >= least and len(_days(found, desk)) >= days


def allowed(call: Call, desk: Desk, now: datetime) -> tuple[datetime, ...]:
    """The cells that no rule of the desk bars, whoever could take the call."""
    calls, calendar = desk.calls, desk.calendar("")
    start, end = now + calls.notice, world.until(desk, now)
    grid = cells(desk.zone, calls.grid, start - calls.before, end)
    hours = working(calendar.hours, calendar.zone, calendar.holidays, start, end)
    open_ = fitting(
        grid, calls.grid, tuple(Interval(one.start - calls.before, one.end - calls.before) for one in hours),
        timedelta(minutes=call.minutes),
    )  # fmt: skip
    last = call.within
    return tuple(
        cell
        for cell in grid
        if cell in open_ and cell + calls.before > now and (last is None or cell + calls.before <= last)
    )


def _days(found: Iterable[datetime], desk: Desk) -> set[date]:
    """The days of the desk on which these cells lie."""
    zone = ZoneInfo(desk.zone)
    return {(cell + desk.calls.before).astimezone(zone).date() for cell in found}


@dataclass(slots=True)
class _Look:
    """The cells that come into question, in their order, each tried once and only when somebody wants it."""

    cells: tuple[datetime, ...]
    zone: ZoneInfo
    grid: timedelta
    before: timedelta
    probe: Callable[[datetime], bool]
    tried: dict[datetime, bool]

    def holds(self, cell: datetime) -> bool:
        """Whether it can be promised; what is not tried any more cannot."""
        if cell not in self.tried:
            self.tried[cell] = len(self.tried) < MOST_TRIED and self.probe(cell)
        return self.tried[cell]

    def first(self, found: Iterable[datetime], count: int) -> list[datetime]:
        """The first so many of them that can be promised."""
        kept: list[datetime] = []
        for cell in found:
            if len(kept) == count:
                break
            if self.holds(cell):
                kept.append(cell)
        return kept

    def spread(self, among: Sequence[datetime], count: int, had: tuple[datetime, ...]) -> tuple[datetime, ...]:
        """So many of them, one of each day and then again; two that touch only where there is nothing else."""
        days: dict[date, list[datetime]] = {}
        for cell in among:
            days.setdefault(self._wall(cell).date(), []).append(cell)
        chosen = list(had)
        for touching in (False, True):
            more = True
            while more and len(chosen) < count:
                more = False
                for day in days.values():
                    one = self._next(day, chosen, touching=touching) if len(chosen) < count else None
                    if one is not None:
                        chosen.append(one)
                        more = True
        return tuple(chosen)

    def _next(self, day: Sequence[datetime], chosen: Sequence[datetime], *, touching: bool) -> datetime | None:
        """The next of this day: in the half of the day that there is less of, else the earliest."""
        early = sum(self._wall(cell).hour < _NOON for cell in chosen)
        late = len(chosen) - early
        order = sorted(day, key=lambda cell: early != late and (self._wall(cell).hour < _NOON) == (early > late))
        for cell in order:
            free = cell not in chosen and (touching or not any(abs(cell - one) <= self.grid for one in chosen))
            if free and self.holds(cell):
                return cell
        return None

    def _wall(self, cell: datetime) -> datetime:
        """When the call would begin by the customer's clock."""
        return (cell + self.before).astimezone(self.zone)


def _look(call: Call, desk: Desk, known: Known, now: datetime, tries: Tries | None) -> _Look:
    calls = desk.calls
    board = tries.board if tries is not None else without(call, world.board(desk, known, now))
    engaged = _engaged(call, known)

    def probe(cell: datetime) -> bool:
        asked = reason.terms(call, cell, desk, now)
        return board.probe(reason.asking(call, cell), robust=asked.robust, reserved=asked.reserved)

    return _Look(
        cells=tuple(cell for cell in _open(call, desk, board, now) if not _meets(cell, call, desk, engaged)),
        zone=ZoneInfo(call.zone or desk.zone),
        grid=calls.grid,
        before=calls.before,
        probe=probe,
        tried=tries.of(call) if tries is not None else {},
    )


def _open(call: Call, desk: Desk, board: Board, now: datetime) -> tuple[datetime, ...]:
    """The cells that no rule of the desk bars and in which somebody could take the call at all."""
    able = [one for one in board.workers.values() if one.levels.get(call.capability, 0) >= call.level]
    free = frozenset[datetime]().union(*(one.free for one in able))
    own = call.cell if call.is_promised else None
    return tuple(cell for cell in allowed(call, desk, now) if cell in free and cell != own)
