"""Promises of service as values: how long each clock may run, in which hours, and what shortens it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

FIRST, NEXT, RESOLUTION, TRIAGE = "first_response", "next_response", "resolution", "triage"
AFTER_COMPLETE = "complete_response"
"""The first answer of a person, since all that was asked for is there (`ops` M1c); it runs beside `first_response`."""
KINDS = (FIRST, NEXT, RESOLUTION, TRIAGE, AFTER_COMPLETE)
"""The clocks that a ticket may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is promised to whom: working time by clock. An empty condition is met by every ticket; the first target
    that a ticket meets and that names the clock counts. `calendar` names the hours that it runs in."""

    allowed: Mapping[str, timedelta]
    priority: int = 0
    type: str = ""
    segment: str = ""
    organisation: str = ""
    calendar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """What makes a promise shorter (R78): the health of the organisation, a renewal within so many days; where both are
    named, both together."""

    factor: float
    health: str = ""
    renewal_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """All promises. `floor` is the least part of a target that factors may leave; `grace` the least working time
    between a change and a due instant that it brings, where so much was left before; `warn_outside_hours` is whether
    warnings leave while nobody works."""

    targets: tuple[Target, ...] = ()
    factors: tuple[Factor, ...] = ()
    floor: float = 0.25
    grace: timedelta = timedelta(minutes=30)
    warn_outside_hours: bool = False


FOUR_HOURS = Service(targets=(Target(allowed={FIRST: timedelta(hours=4)}),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalating:
    """A rule by which a ticket moves to a higher tier by itself (R74): conditions that must all hold, and the team that
    joins. `clock` and `percent`: when that clock has used so much."""

    name: str
    team: str
    priority: int = 0
    topic: str = ""
    segment: str = ""
    clock: str = ""
    percent: int = 100
