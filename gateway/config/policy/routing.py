"""Who works here and how work finds them, in the configuration: `[[team]]`, `[[agent]]`, `[[shift]]`, `[[capability]]`,
`[routing]`, `[[escalation]]`.

In: tables as they were written. Out: `Routing` and `Escalating` values (rules/policy), what in them does not agree.
Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import Field, PlainSerializer, PlainValidator

from gateway.config import notation
from gateway.config.kinds import (
    ADDRESS,
    HOURS,
    LANGUAGES,
    LINE,
    NAME,
    Address,
    Amount,
    Domain,
    Line,
    Name,
    Number,
    Spans,
    Table,
    TeamName,
    expect,
    fits,
    one_of,
)
from gateway.config.policy import digests, privacy, urgency
from gateway.config.problem import Path_, Problem, UnfitError, choose, dotted, nearest, say_missing, say_unfit
from gateway.rules.policy.notices import INSTANT, WAYS
from gateway.rules.policy.routing import NEVER, ON_ACCEPT, Capability, Routing, Skills
from gateway.rules.policy.targets import KINDS, Escalating
from scheduling.hours import MONDAY_FIRST, Span, WeeklyHours

LEVEL = "a level from 1 to 5"
Calls = Annotated[Number, Field(ge=0, le=500)] | None
Level = Annotated[Number, Field(ge=1, le=5)]
Days = tuple[tuple[Span, ...], ...]
"""The spans of a week, Monday first."""


def _read_shift(value: object) -> str | Days:
    """The name of a [[shift]], or hours by weekday."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        raise UnfitError
    for day in value:
        if day not in MONDAY_FIRST:
            raise UnfitError(f"{day!r} is no weekday", allowed=MONDAY_FIRST, nearest=nearest(str(day), MONDAY_FIRST))
    days = tuple(notation.read_spans(value.get(day, ())) for day in MONDAY_FIRST)
    if not any(days):
        raise UnfitError("it has no hours")
    return days


def _write_shift(value: str | Days) -> str | dict[str, list[list[str]]]:
    if isinstance(value, str):
        return value
    return {day: notation.write_spans(spans) for day, spans in zip(MONDAY_FIRST, value, strict=True) if spans}


Shift = Annotated[str | Days, PlainValidator(_read_shift), PlainSerializer(_write_shift, when_used="json")]
Zone = Annotated[str, fits(lambda text: text and notation.read_zone(text))]
Clock = Annotated[str, fits(lambda word: word and choose(word, KINDS))]
ZONE = 'a time zone of the IANA list, such as Europe/Berlin, or "" for that of the desk'


def _read_leave(value: object) -> tuple[date, date]:
    """`2026-12-24`, or `2026-12-24 to 2027-01-02`: the first and the last day."""
    if isinstance(value, str) and " to " in value:
        first, last = (notation.read_day(day.strip()) for day in value.split(" to ", 1))
    else:
        first = last = notation.read_day(value)
    if last < first:
        raise UnfitError("it ends before it begins")
    return first, last


def _write_leave(days: tuple[date, date]) -> str:
    first, last = days
    return first.isoformat() if first == last else f"{first.isoformat()} to {last.isoformat()}"


Leave = Annotated[
    tuple[date, date], PlainValidator(_read_leave), PlainSerializer(_write_leave, when_used="json", return_type=str)
]


class TeamTable(Table):
    name: Name = expect(NAME)
    tier: Number = expect("a number from 1 to 9", ge=1, le=9)


class AgentTable(Table):
    name: Name = expect(NAME)
    full_name: Line = expect(LINE)
    address: Address = expect(ADDRESS)
    team: TeamName = expect("the name of a [[team]]", "")
    roles: list[Annotated[str, one_of("agent", "lead", "scheduler", "manager")]] = expect(
        'a list of at least one of "agent", "lead", "scheduler", "manager"', ["agent"], min_length=1
    )
    capabilities: dict[str, Level] = expect(f"capabilities, each with {LEVEL}, such as {{ general = 3 }}", {})
    languages: list[Annotated[str, one_of(*LANGUAGES)]] = expect(f"a list of languages from {', '.join(LANGUAGES)}", [])
    shift: Shift = expect(
        'the name of a [[shift]], hours by weekday such as { monday = [["12:00", "20:00"]] }, or "" for the desk\'s', ""
    )
    zone: Zone = expect(ZONE, "")
    hours_a_week: Amount = expect("a number of hours from 0 (what the shift has) to 80", 0, ge=0, le=80)
    organisations: list[Domain] = expect("a list of domains of organisations", [])
    digest: digests.Own = expect(f'{digests.WHEN}, or "" for what [digests] says', "")
    phone: privacy.Phone = expect(privacy.PHONE, "")
    notices: Annotated[str, one_of(*WAYS)] = expect('"instant", "digest" or "mute"', INSTANT)
    calls_a_day: Calls = expect("a number of calls from 0 (any number) to 100; without: as [calls] says", None)
    calls_a_week: Calls = expect("a number of calls from 0 (any number) to 500; without: as [calls] says", None)
    leave: list[Leave] = expect('a list of days such as ["2026-12-24 to 2027-01-02", "2027-02-05"]', [])
    calendar: str = expect("the path of an iCalendar file, such as calendars/benedikt.ics", "")


class ShiftTable(Table):
    name: Name = expect(NAME)
    zone: Zone = expect(ZONE, "")
    monday: Spans = expect(HOURS, ())
    tuesday: Spans = expect(HOURS, ())
    wednesday: Spans = expect(HOURS, ())
    thursday: Spans = expect(HOURS, ())
    friday: Spans = expect(HOURS, ())
    saturday: Spans = expect(HOURS, ())
    sunday: Spans = expect(HOURS, ())


class CapabilityTable(Table):
    name: Name = expect(NAME)
    level: Level = expect(f"the least {LEVEL[2:]} that counts", 1)
    minutes: Number = expect("a number of minutes from 5 to 480", 30, ge=5, le=480)
    topics: list[Line] = expect("a list of topics such as Billing or Outage/network", [])
    reserve: Number = expect("a number of calls a day from 0 to 100, kept for urgent tickets", 0, ge=0, le=100)
    reserve_priority: Number = expect("a priority from 1 to 5: this or more urgent", 1, ge=1, le=5)
    label: str = expect('what customers read, such as "network engineering"', "")


class RoutingTable(Table):
    most_open: Number = expect("a number of tickets from 1 to 10000", 50, ge=1, le=10_000)
    assign: Annotated[str, one_of(NEVER, ON_ACCEPT)] = expect(f'"{NEVER}" or "{ON_ACCEPT}"', NEVER)


class EscalationTable(Table):
    name: Name = expect(NAME)
    team: TeamName = expect("the name of a [[team]] of a higher tier")
    priority: Number = expect("a priority from 1 to 5, this or more urgent; 0 for any", 0, ge=0, le=5)
    topic: str = expect('a topic such as Billing or Outage/network, or "" for any', "")
    segment: str = expect('a segment of organisations, or "" for any', "")
    clock: Clock = expect(f'one of {", ".join(KINDS)}, or ""', "")
    percent: Number = expect("a number of percent from 1 to 100, with a clock", 100, ge=1, le=100)


def build(
    agents: Iterable[AgentTable],
    shifts: Iterable[ShiftTable],
    capabilities: Iterable[CapabilityTable],
    routing: RoutingTable,
) -> Routing:
    """How work finds people."""
    named = {table.name: table for table in shifts}
    return Routing(
        skills={agent.name: _skills(agent, named) for agent in agents},
        capabilities={
            table.name: Capability(
                name=table.name,
                level=table.level,
                minutes=table.minutes,
                topics=frozenset(table.topics),
                label=table.label or table.name.replace("-", " ").replace("_", " "),
            )
            for table in capabilities
        },
        most_open=routing.most_open,
        assign=routing.assign,
    )


def escalations(tables: Iterable[EscalationTable]) -> tuple[Escalating, ...]:
    """The rules by which a ticket moves to a higher tier by itself."""
    return tuple(Escalating(**table.model_dump()) for table in tables)


def _skills(agent: AgentTable, shifts: Mapping[str, ShiftTable]) -> Skills:
    shift, hours, zone = agent.shift, None, agent.zone
    if isinstance(shift, str):
        table = shifts.get(shift)
        if table is not None:
            hours = WeeklyHours(tuple(getattr(table, day) for day in MONDAY_FIRST))
            zone = zone or table.zone
    else:
        hours = WeeklyHours(shift)
    return Skills(
        capabilities=dict(agent.capabilities),
        languages=tuple(dict.fromkeys(agent.languages)),
        shift=hours,
        shift_name=shift if isinstance(shift, str) else "own hours",
        zone=zone,
        week_minutes=round(agent.hours_a_week * 60),
        organisations=frozenset(agent.organisations),
    )


# What must agree. The raw tree is read, and whatever has the wrong type is the schema's to report.


def problems(tree: Mapping[str, Any]) -> list[Problem]:
    """What two or more of these keys disagree about."""
    return [*_repeated(tree), *_people(tree), *_empty(tree), *_topics(tree), *_escalations(tree)]


def _tables(tree: Mapping[str, Any], name: str) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    tables = tree.get(name)
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict):
            yield (name, place), table


def _repeated(tree: Mapping[str, Any]) -> Iterator[Problem]:
    for kind in ("shift", "capability", "escalation"):
        seen: dict[str, Path_] = {}
        for path, table in _tables(tree, kind):
            name = table.get("name")
            if isinstance(name, str) and (first := seen.setdefault(name, path)) != path:
                text = say_unfit(name, f"a name of its own; {dotted((*first, 'name'))} has this one")
                yield Problem((*path, "name"), text)


def _people(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """What an agent can do, when, and for whom must be known elsewhere in the file."""
    capabilities, shifts = (list(_names(tree, kind)) for kind in ("capability", "shift"))
    listed = tree.get("organisations")
    has_file = isinstance(listed, dict) and bool(listed.get("file"))  # then nobody knows all domains here
    domains = [word for path, word in urgency.named(tree) if path[2] != "contacts"]
    for path, agent in _tables(tree, "agent"):
        able = agent.get("capabilities")
        for name in able if isinstance(able, dict) else ():
            yield from _unknown((*path, "capabilities", name), name, capabilities, "[[capability]]")
        shift = agent.get("shift")
        if isinstance(shift, str) and shift:
            yield from _unknown((*path, "shift"), shift, shifts, "[[shift]]")
        own = agent.get("organisations")
        for place, domain in enumerate(own if isinstance(own, list) and not has_file else ()):
            if isinstance(domain, str):
                known = [word.lower() for word in domains]
                yield from _unknown((*path, "organisations", place), domain.lower(), known, "[[organisation]]")


def _empty(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A shift in which nobody ever works."""
    for path, table in _tables(tree, "shift"):
        if not any(table.get(day) for day in MONDAY_FIRST):
            yield Problem(path, say_missing('working time on at least one day, such as monday = [["12:00", "20:00"]]'))


def _topics(tree: Mapping[str, Any]) -> Iterator[Problem]:
    known = list(_known_topics(tree))
    for path, table in _tables(tree, "capability"):
        topics = table.get("topics")
        for place, topic in enumerate(topics if isinstance(topics, list) else ()):
            if isinstance(topic, str):
                yield from _unknown((*path, "topics", place), topic, known, "[[topic]]")


def _escalations(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A rule leads upwards, and has something to wait for."""
    tiers = {
        team["name"]: team["tier"]
        for _, team in _tables(tree, "team")
        if isinstance(team.get("name"), str) and type(team.get("tier")) is int
    }
    known = list(_known_topics(tree))
    for path, rule in _tables(tree, "escalation"):
        team, topic = rule.get("team"), rule.get("topic")
        if isinstance(team, str) and tiers:
            yield from _unknown((*path, "team"), team.lower(), list(tiers), "[[team]]")
            if tiers.get(team.lower()) == min(tiers.values()):
                higher = [name for name, tier in tiers.items() if tier > min(tiers.values())]
                what = f"a team of a higher tier: {', '.join(higher)}" if higher else "a team of a higher tier; none is"
                yield Problem((*path, "team"), say_unfit(team, what))
        if isinstance(topic, str) and topic:
            yield from _unknown((*path, "topic"), topic, known, "[[topic]]")
        if not any(rule.get(key) for key in ("priority", "topic", "segment", "clock")):
            yield Problem(path, say_missing("what it waits for: priority, topic, segment or clock"))
        if "percent" in rule and not rule.get("clock"):
            yield Problem((*path, "clock"), say_missing(f"a clock, because {dotted((*path, 'percent'))} has a value"))


def _unknown(path: Path_, word: str, known: list[str], what: str) -> Iterator[Problem]:
    if word in known:
        return
    if not known:
        yield Problem(path, say_unfit(word, f"the name of a {what}, and there is none"))
        return
    yield Problem(path, say_unfit(word, "", UnfitError(allowed=known, nearest=nearest(word, known))))


def _names(tree: Mapping[str, Any], kind: str) -> Iterator[str]:
    for _, table in _tables(tree, kind):
        name = table.get("name")
        if isinstance(name, str):
            yield name


def _known_topics(tree: Mapping[str, Any]) -> Iterator[str]:
    """`Billing`, and `Billing/invoice`."""
    for _, topic in _tables(tree, "topic"):
        name = topic.get("name")
        if isinstance(name, str):
            yield name
            yield from (f"{name}/{inner}" for inner in _names(topic, "subtopic"))
