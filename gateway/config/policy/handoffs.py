"""Where work goes, in the configuration: `[[handoff]]` from a team to another one or to a tracker outside, and
`[[tracker]]` with what its words mean here.

In: tables as they were written. Out: `Edge` and `Tracker` values (rules/policy), what in them does not agree. Opens no
file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from gateway.config.kinds import ADDRESS, Address, Line, Number, Table, TeamName, expect, fits, one_of
from gateway.config.policy import asking
from gateway.config.policy.workflow import status_name
from gateway.config.problem import Path_, Problem, UnfitError, choose, dotted, nearest, say_missing, say_unfit
from gateway.rules.policy.handoffs import OWNERS, STAYS, Edge, Tracker, When
from gateway.rules.policy.targets import KINDS
from gateway.rules.policy.workflow import TYPES

OTHER = ("priority", "subtopic", "impact", "urgency", "ruf")
"""Fields that may have another name on the other side beside these."""


def _field(word: str, known: Iterable[str]) -> UnfitError:
    """What fits instead: the name that it is a part of is meant as well (`steps` is steps_to_reproduce)."""
    allowed, said = tuple(known), word.lower().replace(" ", "_").replace("-", "_")
    part = next((one for one in allowed if said and f"_{said}_" in f"_{one}_"), "")
    return UnfitError(allowed=allowed, nearest=nearest(said, allowed) or part)


EdgeName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]


class WhenTable(Table):
    priority: Number = expect("a priority from 1 to 5, this or more urgent; 0 for any", 0, ge=0, le=5)
    topic: str = expect('a topic such as Billing or Outage/network, or "" for any', "")
    clock: Annotated[str, fits(lambda word: word and choose(word, KINDS))] = expect(
        f'one of {", ".join(KINDS)}, or ""', ""
    )
    percent: Number = expect("a number of percent from 1 to 100, with a clock", 100, ge=1, le=100)
    waited_minutes: Number = expect("a number of minutes of working time from 0 to 100000", 0, ge=0, le=100_000)


class HandoffTable(Table):
    name: EdgeName = expect("a short name of at most 24 lower-case letters, digits, - and _, beginning with a letter")
    origin: TeamName = Field(alias="from", description="the name of a [[team]]")
    to: TeamName = expect("the name of another [[team]]", "")
    address: Address = expect(f'{ADDRESS}, or "" for a handoff to a team', "")
    trigger: Line = expect("a text of one line: when this handoff is right")
    when: WhenTable | None = expect('a table of what must hold, such as { priority = 1, topic = "Outage" }', None)
    needs: list[str] = expect('a list of names of fields, such as ["observed", "expected"]', [])
    map: dict[str, Line] = expect('fields, each with the other side\'s name, such as { observed = "Symptom" }', {})
    people: list[str] = expect("a list of names of [[agent]]", [])
    ack_minutes: Number = expect("a number of minutes of working time from 1 to 10000", 30, ge=1, le=10_000)
    owner: Annotated[str, one_of(*OWNERS)] = expect('"stays" or "moves"', STAYS)
    returns: str = expect("a text: what lets it come back", "")


class TrackerTable(Table):
    address: Address = expect(ADDRESS)
    states: dict[str, str] = expect('words of the tracker, each with a status, such as { Done = "awaiting_review" }')


def build(tables: Iterable[HandoffTable]) -> tuple[Edge, ...]:
    """The edges, in the order of the file."""
    return tuple(
        Edge(
            name=table.name,
            origin=table.origin,
            to=table.to,
            address=table.address,
            trigger=table.trigger,
            when=_when(table.when) if table.when is not None else None,
            needs=tuple(dict.fromkeys(table.needs)),
            map=dict(table.map),
            people=tuple(dict.fromkeys(table.people)),
            ack=timedelta(minutes=table.ack_minutes),
            owner=table.owner,
            returns=table.returns,
        )
        for table in tables
    )


def _when(table: WhenTable) -> When:
    return When(
        priority=table.priority,
        topic=table.topic,
        clock=table.clock,
        percent=table.percent,
        waited=timedelta(minutes=table.waited_minutes),
    )


def trackers(tables: Iterable[TrackerTable]) -> tuple[Tracker, ...]:
    return tuple(
        Tracker(
            address=table.address,
            states={" ".join(word.lower().split()): status for word, status in table.states.items()},
        )
        for table in tables
    )


# What must agree. The raw tree is read, and whatever has the wrong type is the schema's to report.


def problems(tree: Mapping[str, Any]) -> list[Problem]:
    """What two or more of these keys disagree about."""
    return [
        *_names(tree),
        *_ends(tree),
        *_needs(tree),
        *_whens(tree),
        *_people(tree),
        *_maps(tree),
        *_trackers(tree),
    ]


def _tables(tree: Mapping[str, Any], name: str) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    tables = tree.get(name)
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        if isinstance(table, dict):
            yield (name, place), table


def _names(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """An edge is called by its name or by its team: neither may mean two things."""
    seen: dict[str, Path_] = {}
    teams = {team["name"].lower() for _, team in _tables(tree, "team") if isinstance(team.get("name"), str)}
    for path, table in _tables(tree, "handoff"):
        name = table.get("name")
        if not isinstance(name, str):
            continue
        if (first := seen.setdefault(name, path)) != path:
            text = say_unfit(name, f"a name of its own; {dotted((*first, 'name'))} has this one")
            yield Problem((*path, "name"), text)
        elif name in teams:
            yield Problem((*path, "name"), say_unfit(name, "a name that is no team's: #handoff takes both"))


def _ends(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """It leads from a team to another one, or to an address that is none of ours."""
    teams = [team["name"].lower() for _, team in _tables(tree, "team") if isinstance(team.get("name"), str)]
    ours = {
        word.lower()
        for kind in ("address", "agent")
        for _, table in _tables(tree, kind)
        for word in (table.get("address"), *_listed(table.get("aliases")))
        if isinstance(word, str)
    }
    for path, table in _tables(tree, "handoff"):
        origin, to, address = table.get("from"), table.get("to", ""), table.get("address", "")
        for key, word in (("from", origin), ("to", to)):
            if isinstance(word, str) and word and teams and word.lower() not in teams:
                unfit = UnfitError(allowed=teams, nearest=nearest(word, teams))
                yield Problem((*path, key), say_unfit(word, "", unfit))
        if isinstance(to, str) and to and isinstance(origin, str) and origin.lower() == to.lower():
            yield Problem((*path, "to"), say_unfit(to, "another team than the one it comes from"))
        if bool(to) == bool(address):
            what = "either `to` (a team) or `address` (a tracker outside)"
            yield Problem(
                (*path, "to"), f"both it and address have a value; expected {what}" if to else say_missing(what)
            )
        if isinstance(address, str) and address.lower() in ours:
            yield Problem((*path, "address"), say_unfit(address, "the address of a tracker outside, and this is ours"))
        if address and table.get("owner") == "moves":
            text = say_unfit("moves", '"stays": nobody outside is accountable for a ticket of ours')
            yield Problem((*path, "owner"), text)


def _needs(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Fields that somebody can be asked for before a handoff: those of every desk, and those that this one declares."""
    known = asking.known(tree)
    for path, table in _tables(tree, "handoff"):
        for place, word in enumerate(_listed(table.get("needs"))):
            if isinstance(word, str) and word not in known:
                yield Problem((*path, "needs", place), say_unfit(word, "", _field(word, known)))
            elif nowhere := asking.kept_nowhere(tree, word):
                yield Problem((*path, "needs", place), nowhere)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _whens(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A rule has something to wait for, and a topic that exists."""
    topics = list(_topics(tree))
    for path, table in _tables(tree, "handoff"):
        when = table.get("when")
        if not isinstance(when, dict):
            continue
        if "percent" in when and not when.get("clock"):
            text = say_missing(f"a clock, because {dotted((*path, 'when', 'percent'))} has a value")
            yield Problem((*path, "when", "clock"), text)
        elif not any(when.get(key) for key in ("priority", "topic", "clock", "waited_minutes")):
            text = say_missing("what it waits for: priority, topic, clock or waited_minutes")
            yield Problem((*path, "when"), text)
        topic = when.get("topic")
        if isinstance(topic, str) and topic and topic not in topics:
            unfit = UnfitError(allowed=topics, nearest=nearest(topic, topics))
            yield Problem(
                (*path, "when", "topic"), say_unfit(topic, "the name of a [[topic]], and there is none", unfit)
            )


def _topics(tree: Mapping[str, Any]) -> Iterator[str]:
    for _, topic in _tables(tree, "topic"):
        name, inner = topic.get("name"), topic.get("subtopic")
        if isinstance(name, str):
            yield name
            for one in inner if isinstance(inner, list) else ():
                if isinstance(one, dict) and isinstance(one.get("name"), str):
                    yield f"{name}/{one['name']}"


def _people(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Who is asked is somebody who may act there: an agent of the team, or a lead."""
    staff = {table["name"]: table for _, table in _tables(tree, "agent") if isinstance(table.get("name"), str)}
    for path, table in _tables(tree, "handoff"):
        to = table.get("to", "")
        for place, name in enumerate(_listed(table.get("people"))):
            if not isinstance(name, str):
                continue
            where = (*path, "people", place)
            if table.get("address"):
                yield Problem(where, say_unfit(name, "nobody: a tracker outside takes it by itself"))
            elif name not in staff:
                yield Problem(where, say_unfit(name, "", UnfitError(allowed=staff, nearest=nearest(name, staff))))
            else:
                agent = staff[name]
                roles = _listed(agent.get("roles", ["agent"]))
                theirs = "agent" in roles and str(agent.get("team", "")).lower() == str(to).lower()
                if not theirs and "lead" not in roles:
                    yield Problem(where, say_unfit(name, f"an agent of {to}, or a lead"))


def _maps(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Each field has a name of its own on the other side: of two with one name, one would disappear."""
    known = [*asking.known(tree), *OTHER]
    for path, table in _tables(tree, "handoff"):
        names = table.get("map")
        seen: dict[str, str] = {}
        for ours, theirs in names.items() if isinstance(names, dict) else ():
            if ours not in known:
                yield Problem((*path, "map", ours), say_unfit(ours, "", _field(ours, known)))
            if isinstance(theirs, str) and seen.setdefault(theirs.lower(), ours) != ours:
                text = say_unfit(theirs, f"a name of its own; {seen[theirs.lower()]} has this one")
                yield Problem((*path, "map", ours), text)


def _trackers(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A tracker is where some handoff goes, and its words mean statuses that exist."""
    going = {
        str(table["address"]).lower() for _, table in _tables(tree, "handoff") if isinstance(table.get("address"), str)
    }
    known, seen = _statuses(tree), dict[str, Path_]()
    for path, table in _tables(tree, "tracker"):
        address, states = table.get("address"), table.get("states")
        if isinstance(address, str):
            if address.lower() not in going:
                yield Problem((*path, "address"), say_unfit(address, "the address of a [[handoff]]"))
            if (first := seen.setdefault(address.lower(), path)) != path:
                text = say_unfit(address, f"an address of its own; {dotted((*first, 'address'))} has this one")
                yield Problem((*path, "address"), text)
        for word, status in states.items() if isinstance(states, dict) else ():
            if isinstance(status, str) and status not in known:
                unfit = UnfitError(allowed=known, nearest=nearest(status, known))
                yield Problem((*path, "states", word), say_unfit(status, "", unfit))


def _statuses(tree: Mapping[str, Any]) -> list[str]:
    """Every status that some workflow has."""
    found = dict.fromkeys(name for flow in TYPES.values() for name in flow.names)
    for _, division in _tables(tree, "division"):
        found |= dict.fromkeys(
            status_name(one["name"])
            for one in _listed(division.get("status"))
            if isinstance(one, dict) and isinstance(one.get("name"), str)
        )
    return list(found)
