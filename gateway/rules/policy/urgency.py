"""How urgent something is, as values: the matrix of impact and urgency, what an organisation's facts weigh, and what
work costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MATRIX = ((1, 1, 2, 2, 2), (1, 2, 2, 3, 3), (2, 3, 3, 3, 4), (3, 3, 3, 4, 4), (3, 4, 4, 5, 5))
"""Priority by impact (row: 1 everybody … 5 one person, minor) and urgency (column: 1 now … 5 whenever)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Points of an organisation's facts; `step` points make the impact one step larger, at most one (R57). An impact
    that nobody said is left as it is unless `on_default`: whoever is large is not in a hurry with everything.

    Of `arr` (amount, points) the largest comes first, of `renewal` (days, points) the fewest; names are lower-case."""

    arr: tuple[tuple[int, int], ...] = ()
    segment: Mapping[str, int] = field(default_factory=dict)
    lifecycle: Mapping[str, int] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    renewal: tuple[tuple[int, int], ...] = ()
    step: int = 2
    on_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency:
    """How priorities are made. `impact` and `urgency` are what counts while nobody said. `inflation` is the share of
    tickets at priority 1 above which leads are told, once `inflation_of` tickets came within 7 days."""

    matrix: tuple[tuple[int, ...], ...] = MATRIX
    impact: int = 3
    urgency: int = 3
    weights: Weights = field(default_factory=Weights)
    inflation: float = 0.3
    inflation_of: int = 20


def near(priority: int, numbers: Sequence[int]) -> int:
    """The number nearest to a priority, itself where it is there; of two that are equally near the more urgent one."""
    return min(numbers, key=lambda number: (abs(number - priority), number))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What an hour of work costs (R81), by the tier of whoever does it."""

    currency: str = ""
    tiers: Mapping[int, float] = field(default_factory=dict)
