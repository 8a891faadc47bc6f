"""The world in which calls are promised: who could take one when, and which calls are promised already.

In: the desk, what the store knows (`Known.schedule`), the instant. Out: `Worker` and `Promise` values on a `Board`
(scheduling/promise.py), and the cells of the grid. Nobody outside ever hears whose they are. Pure: reads no clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.rules import capacity
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import Known
from gateway.rules.times import on_wall
from scheduling.hours import working
from scheduling.interval import Interval, Intervals, minus, union
from scheduling.promise import Board, Promise, Worker
from scheduling.slots import cells, fitting
from store.records import Busy, Call, CallState, Schedule, TicketRef

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=120)
"""How far ahead slots are ever looked at: thirty working days with holidays between."""


def board(desk: Desk, known: Known, now: datetime) -> Board:
    """Everybody who takes calls, and all that is promised, with the witness that is stored."""
    schedule = known.schedule or Schedule()
    promised = [promise(call, desk) for call in schedule.promised.values() if call.cell is not None]
    witness = {name(call.key): call.witness for call in schedule.promised.values() if call.witness}
    return Board(workers(desk, known, now), promised, witness, sold(desk, now))


def sold(desk: Desk, now: datetime) -> frozenset[datetime]:
    """The cells that can still be booked: only these are kept in reserve for somebody."""
    calls, calendar = desk.calls, desk.calendar("")
    start, end = now + min(calls.notice, calls.freeze), until(desk, now)
    hours = working(calendar.hours, calendar.zone, calendar.holidays, start, end)
    open_ = tuple(Interval(one.start - calls.before, one.end + calls.after) for one in hours)
    return fitting(cells(desk.zone, calls.grid, start - calls.before, end), calls.grid, open_, calls.grid)


def name(key: tuple[TicketRef, int]) -> str:
    """How a call is called: `1042-1`, the first call of DESK-1042."""
    return f"{key[0]}-{key[1]}"


def promise(call: Call, desk: Desk) -> Promise:
    """The call as the board knows it. Whoever was invited has it; one whose cell is on the grid no more stays with its
    witness."""
    assert call.cell is not None, name(call.key)
    return Promise(
        id=name(call.key),
        cell=call.cell,
        capability=call.capability,
        level=call.level,
        priority=call.priority,
        booked_at=call.booked_at or call.requested_at,
        is_over=call.is_over or call.state in (CallState.WAITING, CallState.LIVE),
        pinned=holder(call, desk),
    )


def holder(call: Call, desk: Desk) -> str:
    """Who has the call for good: whoever was invited; of one that no cell of today's grid holds, its witness."""
    return call.assigned or ("" if fits(call, desk) else call.witness)


def fits(call: Call, desk: Desk) -> bool:
    """Whether a cell of today's grid holds the call, which may have been promised under another."""
    assert call.cell is not None, call.key
    return _ends(call, desk) <= call.cell + desk.calls.grid and is_cell(call.cell, desk)


def _ends(call: Call, desk: Desk) -> datetime:
    """When whoever has the call can take another one."""
    assert call.cell is not None, call.key
    calls = desk.calls
    return (call.end or call.cell + calls.before + timedelta(minutes=call.minutes)) + calls.after


def is_cell(start: datetime, desk: Desk) -> bool:
    """Whether a cell of today's grid begins there."""
    return _is_cell(desk.zone, desk.calls.grid, start)


@lru_cache(4_096)  # asked for each promised call with each board
def _is_cell(zone: str, grid: timedelta, start: datetime) -> bool:
    return bool(cells(zone, grid, start, start + grid))


def workers(desk: Desk, known: Known, now: datetime) -> tuple[Worker, ...]:
    """Everybody who can do anything, with the cells in which they could take a call."""
    schedule = known.schedule or Schedule()
    end = until(desk, now)
    for call in schedule.promised.values():
        if call.cell is not None and call.cell >= end:
            end = call.cell + desk.calls.grid
    day = on_wall(now.astimezone(ZoneInfo(desk.zone)).date(), time(), desk.zone)
    grid = cells(desk.zone, desk.calls.grid, day, end)
    odd: dict[str, list[Interval]] = {}
    for call in schedule.promised.values():
        if call.cell is not None and not fits(call, desk):
            odd.setdefault(holder(call, desk), []).append(Interval(call.cell, _ends(call, desk)))
    return tuple(
        _worker(agent, desk, known, schedule, grid, Interval(day, end), now, odd.get(agent.name, ()))
        for agent in desk.agents.values()
        if desk.routing.of(agent.name).capabilities
    )


def until(desk: Desk, now: datetime) -> datetime:
    """The end of the last working day on which a slot is offered."""
    zone, calendar = ZoneInfo(desk.zone), desk.calendar("")
    day, left = now.astimezone(zone).date(), desk.calls.horizon
    last = day + _LONGEST
    while left and day < last:
        day += _DAY
        left -= bool(calendar.hours.days[day.weekday()]) and day not in calendar.holidays
    return on_wall(day + _DAY, time(), desk.zone)


def _worker(
    agent: Agent,
    desk: Desk,
    known: Known,
    schedule: Schedule,
    grid: tuple[datetime, ...],
    span: Interval,
    now: datetime,
    odd: Iterable[Interval],
) -> Worker:
    calls, skills = desk.calls, desk.routing.of(agent.name)
    # The whole cell: what a call leaves of it is nobody's, and a longer one may be asked for.
    free = fitting(grid, calls.grid, minus(there(agent, desk, known, schedule, span, now), odd), calls.grid)
    if is_stale(agent.name, desk, schedule, now):
        free &= {call.cell for call in schedule.promised.values() if call.witness == agent.name and call.cell}
    per_day, per_week = calls.cap(agent.name)
    return Worker(
        name=agent.name,
        levels=skills.capabilities,
        free=free,
        zone=skills.zone or desk.zone,
        per_day=per_day,
        per_week=per_week,
    )


def there(agent: Agent, desk: Desk, known: Known, schedule: Schedule, span: Interval, now: datetime) -> Intervals:
    """When this person works and nothing is in their calendar."""
    shift = capacity.shift(agent, desk)
    at_work = working(shift.hours, shift.zone, shift.holidays, span.start, span.end)
    return minus(at_work, [*_gone(agent, desk, known, now), *_busy(agent.name, schedule.busy)])


def _gone(agent: Agent, desk: Desk, known: Known, now: datetime) -> Iterable[Interval]:
    """Leave that was said in the configuration, by whole days of their own, and being away since today."""
    zone = desk.routing.of(agent.name).zone or desk.zone
    for first, last in desk.calls.leave.get(agent.name, ()):
        yield Interval(on_wall(first, time(), zone), on_wall(last + _DAY, time(), zone))
    person = known.people.get(agent.address)
    if person is not None and person.away_until is not None and person.away_until > now:
        yield Interval(now - _DAY, person.away_until)


def _busy(name: str, busy: Iterable[Busy]) -> Intervals:
    return union(Interval(one.start, one.end) for one in busy if one.name == name)


def is_stale(name: str, desk: Desk, schedule: Schedule, now: datetime) -> bool:
    """Whether a calendar that is to be looked at was not read for too long: nothing new is promised by it."""
    if name not in desk.calls.feeds:
        return False
    read_at = schedule.read_at.get(name)
    return read_at is None or now - read_at > desk.calls.stale
