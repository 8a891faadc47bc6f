"""How urgent things are and whom we know, in the configuration: `[priority]`, `[organisations]`, `[[organisation]]`,
`[cost]`.

In: tables as they were written. Out: `Urgency` (rules/policy), organisations by domain and contact, what in them does
not agree. Opens no file: rows of the organisations' own file are read by `config/organisations.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any

from pydantic import Field

from gateway.config import notation
from gateway.config.kinds import LINE, Address, Amount, Day, Domain, Line, Number, Switch, Table, expect, fits
from gateway.config.problem import Path_, Problem, UnfitError, dotted, say_unfit
from gateway.rules.desk import Organisation
from gateway.rules.policy.urgency import MATRIX, Cost, Urgency, Weights


def _one_line(text: str) -> None:
    if not text.isprintable():
        raise UnfitError


POINTS = "a number of points from 0 to 100"
SCALE = "a number from 1 (most) to 5"
Points = Annotated[Number, Field(ge=0, le=100)]
Text = Annotated[str, fits(_one_line)]
Zone = Annotated[str, fits(lambda text: text and notation.read_zone(text))]
Share = Annotated[Amount, Field(gt=0, le=1)]
Tier = Annotated[int, Field(ge=1, le=9)]
Price = Annotated[Amount, Field(ge=0, le=1_000_000)]
_Priority = Annotated[Number, Field(ge=1, le=5)]
_Row = Annotated[list[_Priority], Field(min_length=5, max_length=5)]


class ArrTable(Table):
    at_least: Number = expect("the revenue of a year, a whole number from 1 up", ge=1, le=10**15)
    points: Points = expect(POINTS)


class RenewalTable(Table):
    days: Number = expect("a number of days from 0 to 3650", ge=0, le=3650)
    points: Points = expect(POINTS)


class WeightsTable(Table):
    arr: list[ArrTable] = expect("a list such as [{ at_least = 100000, points = 1 }]", [])
    segment: dict[str, Points] = expect("points by segment, such as { Enterprise = 1 }, each from 0 to 100", {})
    lifecycle: dict[str, Points] = expect("points by lifecycle, such as { onboarding = 1 }, each from 0 to 100", {})
    health: dict[str, Points] = expect("points by health, such as { red = 2 }, each from 0 to 100", {})
    renewal: list[RenewalTable] = expect("a list such as [{ days = 30, points = 1 }]", [])
    step: Number = expect("a number of points from 1 to 100", 2, ge=1, le=100)
    on_default: Switch = expect("true or false", False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One organisation with its further domains."""

    one: Organisation
    domains: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All that it is found by."""
        return (self.one.domain, *self.domains, *self.one.contacts)


class PriorityTable(Table):
    matrix: list[_Row] = expect(
        "5 rows (impact 1 to 5) of 5 numbers (urgency 1 to 5), each a priority from 1 to 5",
        [list(row) for row in MATRIX],
        min_length=5,
        max_length=5,
    )
    impact: Number = expect(SCALE, 3, ge=1, le=5)
    urgency: Number = expect(SCALE, 3, ge=1, le=5)
    inflation: Share = expect("a share above 0, at most 1", 0.3)
    inflation_of: Number = expect("a number of tickets from 1 to 1000000", 20, ge=1, le=1_000_000)
    weights: WeightsTable = expect("a table under [priority.weights]", WeightsTable())


class CostTable(Table):
    currency: Text = expect("the currency, such as EUR", "", max_length=12)
    tiers: dict[Tier, Price] = expect("what an hour costs by tier, from 1 to 9, such as { 1 = 22, 2 = 104 }", {})


class OrganisationTable(Table):
    domain: Domain = expect("the domain that its people write from, such as northwind.example")
    domains: list[Domain] = expect("a list of further domains, such as northwind.test", [])
    contacts: list[Address] = expect("a list of addresses of its people at other domains", [])
    name: Line = expect(LINE)
    segment: Text = expect("a text of one line", "")
    arr: Number = expect("the revenue of a year, a whole number from 0 up", 0, ge=0, le=10**15)
    lifecycle: Text = expect("a text of one line", "")
    health: Text = expect("a word such as green, amber or red", "")
    renewal: Day | None = expect("a day such as 2026-12-31", None)
    seats: Number = expect("a whole number from 0 up", 0, ge=0, le=10**9)
    zone: Zone = expect("a time zone of the IANA list, such as Europe/Berlin", "")
    facts: dict[str, Line] = expect('what is known of it, by [[field]], such as { product = "Heron Printer" }', {})


class OrganisationsTable(Table):
    file: str = expect("the path of a CSV file with an organisation in each row", "")


def build(table: PriorityTable) -> Urgency:
    """How priorities are made; of amounts the largest comes first, of days the fewest."""
    weights = table.weights
    return Urgency(
        matrix=tuple(tuple(row) for row in table.matrix),
        impact=table.impact,
        urgency=table.urgency,
        inflation=table.inflation,
        inflation_of=table.inflation_of,
        weights=Weights(
            arr=tuple(sorted(((one.at_least, one.points) for one in weights.arr), reverse=True)),
            segment=_lowered(weights.segment),
            lifecycle=_lowered(weights.lifecycle),
            health=_lowered(weights.health),
            renewal=tuple(sorted((one.days, one.points) for one in weights.renewal)),
            step=weights.step,
            on_default=weights.on_default,
        ),
    )


def cost(table: CostTable) -> Cost:
    """What an hour costs, by tier."""
    return Cost(currency=table.currency, tiers=dict(table.tiers))


def _lowered(points: Mapping[str, int]) -> Mapping[str, int]:
    """Capitals make no difference."""
    return {name.lower(): weight for name, weight in points.items()}


def organisations(tables: Iterable[OrganisationTable], others: Iterable[Row] = ()) -> Mapping[str, Organisation]:
    """Organisations by each of their domains and by each contact; `others` are those of the file."""
    found: dict[str, Organisation] = {}
    rows = [
        Row(
            one=Organisation(**table.model_dump(exclude={"domains", "contacts"}), contacts=tuple(table.contacts)),
            domains=tuple(table.domains),
        )
        for table in tables
    ]
    for row in (*rows, *others):
        found |= dict.fromkeys(row.names, row.one)
    return found


def problems(tree: Mapping[str, Any]) -> list[Problem]:
    """What two or more of these keys disagree about; whatever has the wrong type is the schema's to report."""
    return [*_repeated(tree), *_uneven(tree)]


def _repeated(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A domain and a contact belong to one organisation."""
    seen: dict[str, Path_] = {}
    for path, word in named(tree):
        first = seen.setdefault(word.lower(), path)
        if first != path:
            what = "an address" if "@" in word else "a domain"
            yield Problem(path, say_unfit(word, f"{what} of its own; {dotted(first)} has this one"))


def named(tree: Mapping[str, Any]) -> Iterator[tuple[Path_, str]]:
    """The domains and contacts of the `[[organisation]]` tables as they were written, with their places."""
    tables = tree.get("organisation")
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        for key in ("domain", "domains", "contacts") if isinstance(table, dict) else ():
            value = table.get(key)
            if isinstance(value, str):
                yield ("organisation", place, key), value
            elif isinstance(value, list):
                words = [(i, word) for i, word in enumerate(value) if isinstance(word, str)]
                yield from ((("organisation", place, key, i), word) for i, word in words)


def _uneven(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """More impact or more urgency never makes something less urgent."""
    section = tree.get("priority")
    matrix = section.get("matrix") if isinstance(section, dict) else None
    if not isinstance(matrix, list) or not all(isinstance(row, list) and len(row) == 5 for row in matrix):
        return
    if len(matrix) != 5 or not all(type(cell) is int for row in matrix for cell in row):
        return
    for impact, row in enumerate(matrix):
        for left, right in pairwise(range(5)):
            if row[right] < row[left]:
                text = f"at least {row[left]}, the priority of the same impact with more urgency"
                yield Problem(("priority", "matrix", impact, right), say_unfit(row[right], text))
    for above, below in pairwise(range(5)):
        for urgency in range(5):
            if matrix[below][urgency] < matrix[above][urgency]:
                text = f"at least {matrix[above][urgency]}, the priority of more impact with the same urgency"
                yield Problem(("priority", "matrix", below, urgency), say_unfit(matrix[below][urgency], text))
