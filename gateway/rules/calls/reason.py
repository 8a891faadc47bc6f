"""Why a slot is or is not offered: what the desk's rules say of it first, then who could take the call.

In: a call that somebody would like, a cell of the grid, the board. Out: a `Reason` and its sentence. It names people
and other calls: it is for us alone, never for a customer. Pure: it changes no board.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.rules.calls import world
from gateway.rules.desk import Desk
from gateway.rules.times import spoken
from scheduling.hours import working
from scheduling.promise import Board, Promise, Why
from scheduling.slots import cells
from store.records import Call

_MOST_NAMED = 8
"""People or calls that a sentence names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is asked of the board: that anybody may be away, and how many cells of the day stay for urgent tickets."""

    robust: bool = False
    reserved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why the call that begins at `start` is offered or not: `policy` are the desk's own reasons against it, `why` what
    the board says, `fragile` whose absence would break it, `kept` that its day's last cells are for urgent tickets."""

    start: datetime
    policy: tuple[str, ...] = ()
    why: Why | None = None
    fragile: tuple[str, ...] = ()
    kept: str = ""

    @property
    def offered(self) -> bool:
        return not self.policy and not self.fragile and not self.kept and (self.why is None or self.why.feasible)


def asking(call: Call, cell: datetime) -> Promise:
    """The call as somebody would like it: nobody's yet."""
    return Promise(
        id=world.name(call.key), cell=cell, capability=call.capability, level=call.level, priority=call.priority,
        booked_at=call.booked_at or call.requested_at,
    )  # fmt: skip


def terms(call: Call, cell: datetime, desk: Desk, now: datetime) -> Terms:
    """What a promise in this cell has to withstand (scheduling 5.2)."""
    calls, reserve = desk.calls, desk.calls.reserve(call.capability)
    return Terms(
        robust=calls.robust and cell + calls.before >= now + calls.firm,
        reserved=reserve.cells if call.priority > reserve.priority else 0,
    )


def barred(
    call: Call, cell: datetime, desk: Desk, now: datetime, *, notice: timedelta | None = None
) -> tuple[str, ...]:
    """What the desk's rules have against this cell, whoever could take the call."""
    calls, start = desk.calls, cell + desk.calls.before
    least = calls.notice if notice is None else notice
    found = []
    if not world.is_cell(cell, desk):
        found.append(f"no slot of the grid begins then: one every {_length(calls.grid)}, {_around(cell, desk)}")
    if start <= now:
        found.append("it has passed")
    elif start < now + least:
        found.append(f"it begins in less than {_length(least)}")
    last = world.until(desk, now)
    if start >= last:
        found.append(f"it lies after {spoken(last - timedelta(seconds=1), desk).split(',')[0]}, the last day offered")
    if call.within is not None and start > call.within:
        found.append(f"it is later than {spoken(call.within, desk)}, which was asked for")
    if not is_open(start, start + timedelta(minutes=call.minutes), desk):
        found.append("the desk is closed then")
    return tuple(found)


def is_open(start: datetime, end: datetime, desk: Desk) -> bool:
    """Whether the desk works the whole time."""
    calendar = desk.calendar("")
    spans = working(calendar.hours, calendar.zone, calendar.holidays, start, end)
    return len(spans) == 1 and spans[0].start <= start and spans[0].end >= end


def explained(
    call: Call, cell: datetime, desk: Desk, board: Board, now: datetime, *, notice: timedelta | None = None
) -> Reason:
    """All that speaks for and against this cell. The call itself is on the board no more."""
    promise, asked = asking(call, cell), terms(call, cell, desk, now)
    start = cell + desk.calls.before
    policy = barred(call, cell, desk, now, notice=notice)
    why = board.why(promise)
    if not why.feasible:
        return Reason(start=start, policy=policy, why=why)
    fragile = board.missed(promise) if asked.robust and not board.probe(promise, robust=True) else ()
    kept = ""
    if asked.reserved and not board.probe(promise, reserved=asked.reserved):
        reserve = desk.calls.reserve(call.capability)
        kept = f"the last {reserve.cells} of that day are kept for priority {reserve.priority} and above"
    return Reason(start=start, policy=policy, why=why, fragile=fragile, kept=kept)


# As sentences


def sentence(reason: Reason, desk: Desk) -> str:
    """`Mon 23 Nov 2026, 10:00 (Berlin) is not offered: …`, for one of us."""
    verdict = "is offered" if reason.offered else "is not offered"
    return f"{spoken(reason.start, desk)} {verdict}: {'; '.join(_parts(reason)) or 'nothing is in its way'}"


def short(reason: Reason) -> str:
    """Only what is against it; empty where nothing is."""
    return "" if reason.offered else "; ".join(_parts(reason))


def _parts(reason: Reason) -> list[str]:
    found = list(reason.policy)
    why = reason.why
    if why is not None and not (found and why.feasible):
        found += _people(why)
    if reason.fragile:
        found.append(f"it would have to be broken if {_listed(reason.fragile, 'or')} were away that day")
    if reason.kept:
        found.append(reason.kept)
    return found


def _people(why: Why) -> list[str]:
    if not why.able:
        return ["nobody is able"]
    able = f"able: {_listed(why.able)}"
    if not why.free:
        return [able, "none of them is free then"]
    found = [able, f"free then: {_listed(why.free)}"]
    if why.feasible:
        return found
    if why.calls:
        needs = f"{_listed(why.calls)} {'needs' if len(why.calls) == 1 else 'need'} {_listed(why.people, 'or')}"
        found.append(f"in the way: {needs}")
    full = [f"{name} on {day:%Y-%m-%d}" for name, day in why.full_days]
    full += [f"{name} in the week of {monday:%Y-%m-%d}" for name, monday in why.full_weeks]
    if full:
        found.append(f"no more calls for {_listed(full)}")
    return found


def _listed(names: Iterable[str], last: str = "and") -> str:
    """`a, b and c`; of very many the first few."""
    found = list(names)
    if len(found) > _MOST_NAMED:
        found = [*found[:_MOST_NAMED], f"{len(found) - _MOST_NAMED} more"]
    return f" {last} ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))


def _length(span: timedelta) -> str:
    minutes = round(span.total_seconds() / 60)
    return f"{minutes / 60:g} h" if minutes >= 60 and minutes % 30 == 0 else f"{minutes} minutes"


def _around(cell: datetime, desk: Desk) -> str:
    """The cells before and after an instant that is none."""
    calls = desk.calls
    found = cells(desk.zone, calls.grid, cell - calls.grid, cell + 2 * calls.grid)[:2]
    return f"such as {_listed(spoken(one + calls.before, desk) for one in found)}"
