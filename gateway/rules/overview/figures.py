"""The five figures of a day: first response, resolution, backlog, unassigned, kept promises (`ops` section 4).

In: the tickets that a day says something of, each with its story (`Case`), and the promises that ran out (`Overdue`).
Out: `Figures`, the same for the same events whoever asks and when. Pure: reads no clock and no store.

- **First response** (M1): from the ticket's creation to the first public words of a person, counted on the day of the
  answer, in working time of the ticket's own calendar and by the wall clock. What machines of ours write and notes do
  not count. Of a ticket that one of us made, words that were public with its making do not count: they are its
  beginning.
- **Resolution**: from creation to the last time that it was resolved, counted on that day, by the wall clock (M4), and
  in working time without what waited for the customer or stood resolved before it was reopened (M5).
- **Backlog** (M7): tickets that were not done when the day ended, by age. **Unassigned** (M8): those of them that no
  person had.
- **Kept promises** (M9), by clock: met, on the day of fulfilment; broken, on the day on which it was due, whether or
  not it was fulfilled later. So each promise counts once. What waits, or is not due yet, does not count.

History that was imported, spam, what was merged, and what became another type are no tickets here. What was closed
without being resolved was not resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import dropwhile
from statistics import median
from typing import Any

from scheduling.interval import Interval, union
from scheduling.sla import Calendar, Clock
from store.records import ClosedAs

KINDS = ("first_response", "next_response", "resolution", "triage", "complete_response")
AGES = (1, 3, 7, 30)
"""Days that divide the backlog by age: up to one, up to three, …, and older."""
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An event of a ticket: when, what, and the fields that it changed, as they were before it."""

    at: datetime
    kind: str
    was: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A ticket with its story, oldest first. The fields are as they are now; what they were is told by the story.
    `by_staff` is whether one of us made it; `hours` names those in which its customer was promised something. `clocks`
    may be those alone that ended on the day that is measured."""

    number: int
    created_at: datetime
    by_staff: bool = False
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    status_category: str = "open"
    closed_as: str = ""
    waiting_on: str = ""
    assignee: str = ""
    hours: str = ""
    clocks: tuple[Clock, ...] = ()
    story: tuple[Change, ...] = ()

    def then(self, name: str, at: datetime) -> Any:
        """What a field was at an instant: the first change after it says so, else it is what it was."""
        for change in self.story:
            if change.at >= at and name in change.was:
                return change.was[name]
        return getattr(self, name)

    def spans(self, name: str, holds: Callable[[Any], bool], until: datetime) -> list[Interval]:
        """When a field had such a value, until then."""
        found: list[Interval] = []
        begin = self.created_at
        for change in self.story:
            if change.at >= until:
                break
            if name in change.was:
                if holds(change.was[name]) and begin < change.at:
                    found.append(Interval(begin, change.at))
                begin = change.at
        if holds(self.then(name, until)) and begin < until:
            found.append(Interval(begin, until))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A promise that ran out: whose, which, when."""

    number: int
    clock: str
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long something took, in minutes: of how many, the middle one, and what nine of ten stayed within."""

    n: int = 0
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Promises of one clock: how many were met and how many broken."""

    clock: str
    met: int = 0
    breached: int = 0

    @property
    def share(self) -> float | None:
        """The part that was met; None where nothing was due."""
        return self.met / (self.met + self.breached) if self.met + self.breached else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One day. Spreads are minutes; `ages` are counts by `AGES`, the last for what is older."""

    day: date
    first_response: Spread = Spread()
    first_response_wall: Spread = Spread()
    resolution: Spread = Spread()
    resolution_net: Spread = Spread()
    backlog: int = 0
    ages: tuple[int, ...] = (0,) * (len(AGES) + 1)
    unassigned: int = 0
    unassigned_age: Spread = Spread()
    kept: tuple[Kept, ...] = ()

    @property
    def says_anything(self) -> bool:
        """Whether there was anything to measure."""
        return bool(self.first_response.n or self.resolution.n or self.backlog or self.kept)

    @property
    def promises(self) -> Kept:
        """All clocks together."""
        return Kept(clock="all", met=sum(one.met for one in self.kept), breached=sum(one.breached for one in self.kept))


def spread(times: Iterable[timedelta]) -> Spread:
    """Minutes, rounded to a tenth. The 90th percentile is a time that really was: the nearest rank."""
    found = sorted(one / _MINUTE for one in times)
    if not found:
        return Spread()
    nine = found[-(-9 * len(found) // 10) - 1]
    return Spread(n=len(found), median=round(median(found), 1), p90=round(nine, 1))


def of_day(
    day: date,
    start: datetime,
    end: datetime,
    cases: Iterable[Case],
    overdue: Iterable[Overdue],
    calendar: Callable[[str], Calendar],
) -> Figures:
    """The figures of the day from `start` to before `end`. `calendar` gives hours by their name."""
    cases = [case for case in cases if case.closed_as not in _NO_TICKETS]
    numbers = {case.number for case in cases}
    answers = [(case, at) for case in cases if (at := answered(case)) is not None and start <= at < end]
    resolved = [(case, at) for case in cases if (at := last_resolved(case, end)) is not None and start <= at]
    open_ = [case for case in cases if case.created_at < end and case.then("status_category", end) != "done"]
    nobodys = [case for case in open_ if not case.then("assignee", end)]
    return Figures(
        day=day,
        first_response=spread(calendar(case.hours).between(case.created_at, at) for case, at in answers),
        first_response_wall=spread(at - case.created_at for case, at in answers),
        resolution=spread(at - case.created_at for case, at in resolved),
        resolution_net=spread(_net(case, at, calendar(case.hours)) for case, at in resolved),
        backlog=len(open_),
        ages=_ages(open_, end),
        unassigned=len(nobodys),
        unassigned_age=spread(end - case.created_at for case in nobodys),
        kept=_kept(cases, [one for one in overdue if one.number in numbers], start, end),
    )


_NO_TICKETS = frozenset({ClosedAs.SPAM.value, ClosedAs.MERGED.value, ClosedAs.WRONG_TYPE.value})
_RESOLVED = ClosedAs.RESOLVED.value


def answered(case: Case) -> datetime | None:
    """When a person first answered the customer in public."""
    told = [one.at for one in case.story if one.kind == "answered" or ("answered_at" in one.was)]
    first = case.answered_at
    if first is not None and not any(at <= first for at in told):  # with the ticket itself
        told.insert(0, first)
    distinct = list(dict.fromkeys(told))
    began = case.by_staff and distinct[:1] == [case.created_at]
    found = next(iter(distinct[1:] if began else distinct), None)
    return found if found is not None and found >= case.created_at else None


def last_resolved(case: Case, end: datetime) -> datetime | None:
    """When it was resolved for the last time before `end`, if it was done then and had been resolved."""
    if case.then("status_category", end) != "done" or case.then("closed_as", end) != _RESOLVED:
        return None
    found: datetime | None = case.then("resolved_at", end)
    return found if found is not None and found < end else None


def _net(case: Case, at: datetime, calendar: Calendar) -> timedelta:
    """Working time from creation to `at` without what waited for the customer or was done already."""
    left_out = union([
        *case.spans("waiting_on", lambda who: who == "customer", at),
        *case.spans("status_category", lambda category: category == "done", at),
    ])  # fmt: skip
    whole = calendar.between(case.created_at, at)
    return whole - sum((calendar.between(one.start, one.end) for one in left_out), timedelta())


def _ages(cases: Sequence[Case], end: datetime) -> tuple[int, ...]:
    counts = [0] * (len(AGES) + 1)
    for case in cases:
        days = (end - case.created_at) / _DAY
        counts[next((place for place, most in enumerate(AGES) if days <= most), len(AGES))] += 1
    return tuple(counts)


def _kept(cases: Iterable[Case], overdue: Iterable[Overdue], start: datetime, end: datetime) -> tuple[Kept, ...]:
    met = {(case.number, one.kind, one.started) for case in cases for one in _met(case, start, end)}
    broken = {(one.number, one.clock, one.due) for one in overdue if start <= one.due < end}
    kinds = [kind for kind in KINDS if any(one[1] == kind for one in (*met, *broken))]
    return tuple(
        Kept(clock=kind, met=sum(one[1] == kind for one in met), breached=sum(one[1] == kind for one in broken))
        for kind in kinds
    )


def _met(case: Case, start: datetime, end: datetime) -> Iterable[Clock]:
    """Clocks that ended in time on that day. What a clock was before it began anew stands in the story."""
    seen = [case.clocks, *(change.was["clocks"] for change in case.story if "clocks" in change.was)]
    for clocks in seen:
        for clock in clocks:
            if clock.ended is not None and start <= clock.ended < end and not clock.breached and not clock.dormant:
                yield clock


# What a day is held against


def usual(days: Iterable[Figures], read: Callable[[Figures], float | None]) -> float | None:
    """The median of what these days have; None where none has any. Days before the desk's first ticket do not count."""
    oldest_first = dropwhile(lambda day: not day.says_anything, sorted(days, key=lambda day: day.day))
    found = [value for day in oldest_first if (value := read(day)) is not None]
    return median(found) if found else None


PARKED, EASY = "parked", "easy"


def contradictions(day: Figures, before: Sequence[Figures]) -> tuple[str, ...]:
    """What two figures say together that neither says alone (R94). `parked`: quick first answers while the backlog
    grows. `easy`: promises are kept while more and more has nobody."""
    found = []
    backlog = usual(before, lambda one: float(one.backlog))
    response = usual(before, lambda one: one.first_response.median)
    nobodys = usual(before, lambda one: float(one.unassigned))
    quick = day.first_response.median is not None and response is not None and day.first_response.median <= response
    if quick and backlog is not None and day.backlog >= backlog + _NOTABLE and day.backlog > backlog * _GROWN:
        found.append(PARKED)
    share = day.promises.share
    spike = nobodys is not None and day.unassigned >= nobodys + _NOTABLE and day.unassigned > nobodys * _GROWN
    if share is not None and share >= _KEPT_WELL and spike:
        found.append(EASY)
    return tuple(found)


_NOTABLE, _GROWN, _KEPT_WELL = 3, 1.25, 0.9


# Figures as plain JSON, for the store


def plain(figures: Figures) -> dict[str, Any]:
    """The figures as JSON has them."""
    return {
        "day": figures.day.isoformat(),
        **{name: spread_row(getattr(figures, name)) for name in _SPREADS},
        "backlog": figures.backlog,
        "ages": list(figures.ages),
        "unassigned": figures.unassigned,
        "kept": [{"clock": one.clock, "met": one.met, "breached": one.breached} for one in figures.kept],
    }


def again(row: Mapping[str, Any]) -> Figures:
    """The figures from their JSON."""
    return Figures(
        day=date.fromisoformat(row["day"]),
        **{name: Spread(**row[name]) for name in _SPREADS},
        backlog=row["backlog"],
        ages=tuple(row["ages"]),
        unassigned=row["unassigned"],
        kept=tuple(Kept(**one) for one in row["kept"]),
    )


def spread_row(one: Spread) -> dict[str, Any]:
    """A spread as JSON has it."""
    return {"n": one.n, "median": one.median, "p90": one.p90}


_SPREADS = ("first_response", "first_response_wall", "resolution", "resolution_net", "unassigned_age")
