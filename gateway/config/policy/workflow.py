"""Workflows and divisions in the configuration: `[work]` and `[[division]]`.

In: tables as they were written. Out: `Division` values (rules/policy), and what does not fit in them. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.kinds import NAME, Line, Name, Number, Switch, Table, TeamName, expect, one_of
from gateway.config.policy import asking
from gateway.config.policy.urgency import PriorityTable
from gateway.config.problem import Path_, Problem, UnfitError, dotted, nearest, say_missing, say_unfit
from gateway.rules.policy.urgency import near
from gateway.rules.policy.workflow import EARLY, FIXED, PROMISED, RESERVED, TYPES, Division, State, Workflow
from store.records import CATEGORIES

_STATUS = "a status of letters, digits, spaces, - and _, at most 32 long, such as Awaiting client"
_CATEGORY = 'what it means to clocks and queues: "open", "waiting" or "scheduled"; "done" for resolved and closed alone'
_SLUG = "a name of letters, digits, spaces, - and _, at most 32 long"


def status_name(text: str) -> str:
    """`Awaiting Client` is awaiting_client wherever it is stored."""
    return "_".join(text.lower().replace("-", " ").replace("_", " ").split())


def slug(text: str) -> str:
    """`On-site visit` is on-site-visit wherever it is typed."""
    return "-".join(text.lower().replace("_", " ").replace("-", " ").split())


def _short(text: object) -> object:
    """Checked before it is made one word, so that what is shown is what was written."""
    if isinstance(text, str) and not all(one.isalnum() or one in " -_" for one in text):
        raise UnfitError
    return text


_Status = Annotated[str, BeforeValidator(_short), AfterValidator(status_name), Field(min_length=1, max_length=32)]
_Slug = Annotated[str, BeforeValidator(_short), AfterValidator(slug), Field(min_length=1, max_length=32)]


class WorkTable(Table):
    four_eyes: Switch = expect("true or false", False)
    activities: list[_Slug] = expect(f"a list of what time is logged on, each {_SLUG}", ["work"], min_length=1)


class StatusTable(Table):
    name: _Status = expect(_STATUS)
    category: Annotated[str, one_of(*CATEGORIES)] = expect(_CATEGORY)
    next: list[_Status] = expect("a list of the statuses that may follow", [])
    needs: list[Name] = expect("a list of fields without which no ticket enters it", [])


class PriorityLabel(Table):
    number: Number = expect("a number from 1 to 5", ge=1, le=5)
    label: Line = expect("how the division calls this priority")


class SubtypeTable(Table):
    name: _Slug = expect(_SLUG)
    needs: list[Name] = expect("a list of fields that such a ticket must have before it goes beyond accepted", [])


class DivisionTable(Table):
    name: Name = expect(NAME)
    teams: list[TeamName] = expect("a list of names of [[team]]", min_length=1)
    activities: list[_Slug] = expect(f"a list of what time is logged on, each {_SLUG}", [])
    status: list[StatusTable] = expect("tables, each under [[division.status]]", min_length=1)
    priority: list[PriorityLabel] = expect("tables, each under [[division.priority]]", [])
    subtype: list[SubtypeTable] = expect("tables, each under [[division.subtype]]", [])


def divisions(tables: Sequence[DivisionTable]) -> dict[str, Division]:
    """The divisions by name."""
    return {
        table.name: Division(
            name=table.name,
            teams=frozenset(table.teams),
            workflow=Workflow(name=table.name, states=_states(table)),
            priorities={one.number: one.label for one in sorted(table.priority, key=lambda one: one.number)},
            activities=tuple(dict.fromkeys(table.activities)),
            subtypes={
                one.name: tuple(dict.fromkeys((*one.needs, *PROMISED.get(one.name, ())))) for one in table.subtype
            },
        )
        for table in tables
    }


def _states(table: DivisionTable) -> tuple[State, ...]:
    """The statuses as written, between those that every workflow has. Beyond `accepted` a ticket has its topic (X2)."""
    written = {one.name: one for one in table.status}
    own = [name for name in written if name not in RESERVED]
    follows = _following({one.name: one.next for one in table.status}, own)
    return tuple(
        State(
            name=name,
            category=RESERVED.get(name) or written[name].category,
            next=follows[name],
            needs=_needs(name, written[name].needs if name in written else ()),
        )
        for name in ("new", *own, "resolved", "closed")
    )


def _needs(name: str, written: Iterable[str]) -> tuple[str, ...]:
    own = () if name in (*EARLY, "closed") else ("topic", "outcome") if name == "resolved" else ("topic",)
    return tuple(dict.fromkeys((*own, *written)))


def _following(written: Mapping[str, Sequence[str]], own: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What may follow each status. A new ticket begins with the first of the division's own, and one that was done
    begins there again, unless the file says otherwise."""
    first = tuple(own[:1]) or ("resolved",)
    usual = {"new": first, "resolved": ("closed", *own[:1]), "closed": tuple(own[:1])}
    found = {name: tuple(dict.fromkeys(written.get(name) or usual.get(name, ()))) for name in ("new", *own)}
    for name in ("resolved", "closed"):
        ahead = tuple(dict.fromkeys(written.get(name) or usual[name]))
        found[name] = ahead if name == "closed" or "closed" in ahead else ("closed", *ahead)
    return found


# What does not agree


def problems(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """What the tables of divisions disagree about, with one another and with the teams."""
    found = [(("division", place), table) for place, table in enumerate(_list(tree, "division"))]
    teams = [str(team["name"]).lower() for team in _list(tree, "team") if isinstance(team.get("name"), str)]
    yield from _repeated(((*path, "name"), table.get("name")) for path, table in found)
    taken: dict[str, Path_] = {}
    for path, table in found:
        if isinstance(table.get("name"), str) and table["name"] in TYPES:
            yield Problem((*path, "name"), say_unfit(table["name"], "a name that is no type of ticket"))
        for place, word in enumerate(_texts(table, "teams")):
            at = (*path, "teams", place)
            if word.lower() not in teams:
                yield Problem(at, say_unfit(word, "", UnfitError(allowed=teams, nearest=nearest(word, teams))))
            elif taken.setdefault(word.lower(), at) != at:
                yield Problem(at, say_unfit(word, f"a team of one division; {dotted(taken[word.lower()])} has it"))
        yield from _statuses(path, table, tree)
        yield from _numbers(path, table)
        subtypes = [((*path, "subtype", place), one) for place, one in enumerate(_list(table, "subtype"))]
        yield from _repeated(((*at, "name"), one.get("name")) for at, one in subtypes)
        for at, one in subtypes:
            yield from _fields(at, one, tree)


def _statuses(path: Path_, table: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[Problem]:
    found = [
        ((*path, "status", place), status_name(one["name"]), one)
        for place, one in enumerate(_list(table, "status"))
        if isinstance(one.get("name"), str)
    ]
    yield from _repeated(((*at, "name"), name) for at, name, _ in found)
    names = [name for _, name, _ in found]
    known = dict.fromkeys((*RESERVED, *names))
    for at, name, one in found:
        category, meant = one.get("category"), RESERVED.get(name) or FIXED.get(name)
        if meant is not None and category != meant and category in CATEGORIES:
            yield Problem((*at, "category"), say_unfit(category, f'"{meant}", which {name} is everywhere'))
        elif meant is None and category == "done":
            yield Problem((*at, "category"), say_unfit(category, f"{_CATEGORY}; a ticket ends as resolved"))
        for place, word in enumerate(_texts(one, "next")):
            if status_name(word) not in known:
                unfit = UnfitError(allowed=known, nearest=nearest(status_name(word), known))
                yield Problem((*at, "next", place), say_unfit(word, "", unfit))
        yield from _fields(at, one, tree)
    written = {name: [status_name(word) for word in _texts(one, "next")] for _, name, one in found}
    if not all(word in known for words in written.values() for word in words):
        return  # what leads nowhere was said already
    ahead = _following(written, [name for name in names if name not in RESERVED])
    for at, name, _ in found:
        if name not in RESERVED and "resolved" not in _reach(name, ahead):
            yield Problem((*at, "next"), _shut_in(name, ahead))
    if found and "resolved" not in _reach("new", ahead):
        yield Problem((*path, "status"), say_missing("a way from new to resolved"))


def _shut_in(name: str, ahead: Mapping[str, Sequence[str]]) -> str:
    """What is wrong with a status from which no way leads to resolved: `leads nowhere: a -> b -> a`."""
    way, here = [name], name
    while ahead.get(here):
        here = ahead[here][0]
        way.append(here)
        if here in way[:-1]:
            break
    expected = "expected a way from here to resolved, over whichever statuses"
    if len(way) == 1:
        return f"missing; {expected}"
    return f"leads nowhere: {' -> '.join(way)}; {expected}"


def _reach(start: str, ahead: Mapping[str, Sequence[str]]) -> set[str]:
    found, left = set[str](), [start]
    while left:
        for name in ahead.get(left.pop(), ()):
            if name not in found:
                found.add(name)
                left.append(name)
    return found


def _numbers(path: Path_, table: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[int, Path_] = {}
    for place, one in enumerate(_list(table, "priority")):
        number, at = one.get("number"), (*path, "priority", place, "number")
        if isinstance(number, int) and seen.setdefault(number, at) != at:
            yield Problem(at, say_unfit(number, f"a number of its own; {dotted(seen[number])} has this one"))


def warnings(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """What works, but not as it was probably meant, in a tree that has no mistakes: a division without the number that
    most of its tickets would have."""
    section = PriorityTable.model_validate(tree.get("priority", {}))
    common = section.matrix[section.impact - 1][section.urgency - 1]
    for place, table in enumerate(_list(tree, "division")):
        numbers = sorted({n for one in _list(table, "priority") if isinstance(n := one.get("number"), int)})
        if numbers and common not in numbers:
            used = near(common, numbers)
            text = f"{common}, the priority of a mail that says nothing, is not among them: it becomes {used}"
            yield Problem(("division", place, "priority"), text)


def _fields(path: Path_, table: Mapping[str, Any], tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A status and a subtype need what somebody can set."""
    settable = asking.settable(tree)
    for place, word in enumerate(_texts(table, "needs")):
        if word not in settable:
            unfit = UnfitError(allowed=settable, nearest=nearest(word, settable))
            yield Problem((*path, "needs", place), say_unfit(word, "", unfit))
        elif nowhere := asking.kept_nowhere(tree, word):
            yield Problem((*path, "needs", place), nowhere)


def _repeated(found: Iterable[tuple[Path_, object]]) -> Iterator[Problem]:
    seen: dict[str, Path_] = {}
    for path, word in found:
        if isinstance(word, str) and seen.setdefault(slug(word), path) != path:
            yield Problem(path, say_unfit(word, f"a name of its own; {dotted(seen[slug(word)])} has this one"))


def _list(table: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = table.get(name, [])
    return [one if isinstance(one, dict) else {} for one in found] if isinstance(found, list) else []


def _texts(table: Mapping[str, Any], name: str) -> list[str]:
    found = table.get(name, [])
    return [word for word in found if isinstance(word, str)] if isinstance(found, list) else []
