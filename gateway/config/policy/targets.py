"""Promises of service in the configuration: `[sla]`, `[[sla.target]]`, `[[sla.factor]]`, `[[calendar]]`.

In: tables as they were written. Out: `Service` and calendars (rules/policy, scheduling), and what in them cannot be
kept. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from gateway.config import notation
from gateway.config.kinds import HOURS, NAME, Amount, Day, Name, Number, Spans, Switch, Table, expect, fits
from gateway.config.problem import Path_, Problem, UnfitError, choose, dotted, nearest, say_missing, say_unfit, show
from gateway.rules.desk import Organisation
from gateway.rules.policy.targets import FIRST, KINDS, Factor, Service, Target
from gateway.rules.policy.workflow import TYPES
from scheduling.hours import MONDAY_FIRST, WeeklyHours
from scheduling.sla import Calendar

WEEKS = 52
_PROMISE = "a number of working hours from 0 (nothing is promised) to 1000"
_SHARE = "a number above 0, at most 1"


def _hours(kind: str) -> str:
    return f"{kind}_hours"


class TargetTable(Table):
    priority: Number = expect("a priority from 1 to 5, or 0 for any", 0, ge=0, le=5)
    type: Annotated[str, fits(lambda word: word and choose(word, TYPES))] = expect("a type of ticket, or nothing", "")
    segment: str = expect("a text", "")
    organisation: str = expect("the name or the domain of an organisation", "")
    calendar: str = expect("the name of a [[calendar]], or nothing for the hours of the desk", "")
    first_response_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    next_response_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    resolution_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    triage_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    complete_response_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)


class FactorTable(Table):
    factor: Amount = expect(_SHARE, gt=0, le=1)
    health: str = expect("a text, such as red", "")
    renewal_days: Number = expect("a number of days from 0 to 3650", 0, ge=0, le=3650)


class SlaTable(Table):
    first_response_hours: Amount = expect("a number of working hours above 0, at most 1000", 4, gt=0, le=1000)
    next_response_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    resolution_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    triage_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    complete_response_hours: Amount = expect(_PROMISE, 0, ge=0, le=1000)
    warn_outside_hours: Switch = expect("true or false", False)
    floor: Amount = expect(_SHARE, 0.25, gt=0, le=1)
    grace_minutes: Number = expect("a number of minutes from 0 to 1440", 30, ge=0, le=1440)
    target: list[TargetTable] = expect("tables, each under [[sla.target]]", [])
    factor: list[FactorTable] = expect("tables, each under [[sla.factor]]", [])


class CalendarTable(Table):
    name: Name = expect(NAME)
    zone: Annotated[str, fits(notation.read_zone)] = expect("a time zone of the IANA list, such as Europe/Berlin")
    monday: Spans = expect(HOURS, ())
    tuesday: Spans = expect(HOURS, ())
    wednesday: Spans = expect(HOURS, ())
    thursday: Spans = expect(HOURS, ())
    friday: Spans = expect(HOURS, ())
    saturday: Spans = expect(HOURS, ())
    sunday: Spans = expect(HOURS, ())
    holidays: list[Day] = expect("a list of dates such as [2026-12-25, 2026-12-26]", [])


def build(table: SlaTable) -> Service:
    """All promises, the most particular first."""
    plain = Target(allowed=_allowed(table))
    particular = (
        Target(
            allowed=_allowed(target),
            priority=target.priority,
            type=target.type,
            segment=target.segment,
            organisation=target.organisation,
            calendar=target.calendar,
        )
        for target in table.target
    )
    return Service(
        targets=(*particular, plain),
        factors=tuple(Factor(**factor.model_dump()) for factor in table.factor),
        floor=table.floor,
        grace=timedelta(minutes=table.grace_minutes),
        warn_outside_hours=table.warn_outside_hours,
    )


def calendars(tables: Iterable[CalendarTable]) -> Mapping[str, Calendar]:
    """Hours by the name that targets use."""
    return {
        table.name: Calendar(
            WeeklyHours(tuple(getattr(table, day) for day in MONDAY_FIRST)), table.zone, frozenset(table.holidays)
        )
        for table in tables
    }


def _allowed(table: TargetTable | SlaTable) -> dict[str, timedelta]:
    promised = {kind: timedelta(hours=getattr(table, _hours(kind))) for kind in KINDS}
    return {kind: allowed for kind, allowed in promised.items() if allowed}


def unkeepable(table: SlaTable, tables: Sequence[CalendarTable], week: timedelta) -> list[Problem]:
    """Promises that the working hours of a year cannot hold: they would fail with the first ticket. `week` is what an
    ordinary week of the desk has."""
    weeks = {"": week, **{one.name: _week(one) for one in tables}}
    found: list[Problem] = []
    for path, promises in [(("sla",), table), *((("sla", "target", i), one) for i, one in enumerate(table.target))]:
        most = weeks.get(promises.calendar if isinstance(promises, TargetTable) else "", timedelta()) * WEEKS
        for kind in KINDS:
            hours = getattr(promises, _hours(kind))
            if most and timedelta(hours=hours) > most:
                text = f"at most {most / timedelta(hours=1):g}, the working hours of a year"
                found.append(Problem((*path, _hours(kind)), say_unfit(hours, text)))
    return found


def _week(table: CalendarTable) -> timedelta:
    return sum((notation.measure(getattr(table, day)) for day in MONDAY_FIRST), timedelta())


# What does not agree


def problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """What in the tables, as they were written, speaks of nothing or of something that is not there."""
    calendars_ = list(_tables(tree.get("calendar"), ("calendar",)))
    names: dict[str, Path_] = {}
    for path, table in calendars_:
        name = table.get("name")
        if isinstance(name, str) and names.setdefault(name.lower(), path) != path:
            first = dotted((*names[name.lower()], "name"))
            yield Problem((*path, "name"), say_unfit(name, f"a name of its own; {first} has this one"))
        if not any(table.get(day) for day in MONDAY_FIRST):
            text = 'working time on at least one day, such as monday = [["09:00", "17:00"]]'
            yield Problem((*path, "monday"), say_missing(text))
    section = tree.get("sla")
    sla = section if isinstance(section, Mapping) else {}
    for path, table in _tables(sla.get("target"), ("sla", "target")):
        wanted = table.get("calendar", "")
        if isinstance(wanted, str) and wanted and wanted.lower() not in names:
            known = tuple(str(one["name"]) for _, one in calendars_ if isinstance(one.get("name"), str))
            unfit = UnfitError(allowed=known, nearest=nearest(wanted, known))
            expected = "the name of a [[calendar]]" if known else "the name of a [[calendar]]; there is none yet"
            yield Problem((*path, "calendar"), say_unfit(wanted, expected, unfit))
        if not any(table.get(_hours(kind)) for kind in KINDS):
            yield Problem((*path, _hours(FIRST)), say_missing(f"at least one of {', '.join(map(_hours, KINDS))}"))
    for path, table in _tables(sla.get("factor"), ("sla", "factor")):
        if not table.get("health") and not table.get("renewal_days"):
            yield Problem((*path, "health"), say_missing("health or renewal_days: when the factor applies"))


def warnings(tree: Mapping[str, Any], organisations: Mapping[str, Organisation]) -> Iterator[Problem]:
    """What works, but not as it was probably meant: a factor for a health that is neither a usual word for it nor
    that of any organisation, a target for an organisation or a segment that nobody is of."""
    sla, every = tree.get("sla", {}), organisations.values()
    called = {
        "organisation": dict.fromkeys((*(one.name.lower() for one in every), *organisations)),
        "segment": dict.fromkeys(one.segment.lower() for one in every if one.segment),
    }
    for path, table in _tables(sla.get("target"), ("sla", "target")):
        for key, known in called.items():
            word = table.get(key, "")
            if word and word.lower() not in known:
                meant = nearest(word, known)
                said = "there is no such organisation" if key == "organisation" else "no organisation is of it"
                text = f"found {show(word)}; {said}: the target never applies"
                yield Problem((*path, key), f"{text}; nearest: {meant}" if meant else text)
    known = dict.fromkeys((*USUAL_HEALTHS, *(one.health.lower() for one in every if one.health)))
    for path, table in _tables(sla.get("factor"), ("sla", "factor")):
        word = table.get("health", "")
        if word and word.lower() not in known:
            meant = nearest(word, known)
            text = f"found {show(word)}; no organisation has this health: the factor never applies"
            yield Problem((*path, "health"), f"{text}; nearest: {meant}" if meant else text)


USUAL_HEALTHS = ("green", "amber", "yellow", "red")
"""A desk may well have a factor for what luckily nobody is at the moment."""


def _tables(found: object, path: Path_) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    """Each table of a list, with its path; what has the wrong type is the schema's to report."""
    if isinstance(found, list):
        yield from (((*path, i), one) for i, one in enumerate(found) if isinstance(one, dict))
