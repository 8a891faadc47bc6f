"""Who can do what and when, as values: capabilities, shifts, languages, how much work fits into a week."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scheduling.hours import WeeklyHours

NEVER, ON_ACCEPT = "never", "on_accept"
"""When the router gives a ticket to a person by itself: never (the team has it until somebody starts), or as soon as
it is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """What the configuration says of one member of staff: capabilities with a level from 1 to 5, languages (none: all
    of the desk's), shift (None: the desk's hours) in its zone (empty: the desk's), minutes of work in an ordinary week
    (0: what the shift has), organisations that are theirs by domain."""

    capabilities: Mapping[str, int] = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    shift: WeeklyHours | None = None
    shift_name: str = ""
    zone: str = ""
    week_minutes: int = 0
    organisations: frozenset[str] = frozenset()


NO_SKILLS = Skills()
"""Of whom the configuration says nothing: the desk's hours, its languages, no capability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Something that not everybody can do: the least level that counts, the topics (`Billing`, `Outage/network`) whose
    tickets need it. `label` is what customers read."""

    name: str
    level: int = 1
    minutes: int = 30
    topics: frozenset[str] = frozenset()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How work finds people. `skills` are by short name. `most_open` is how many open tickets one person may hold
    before others come first; `assign` when a person is chosen without being asked for (`NEVER`, `ON_ACCEPT`)."""

    skills: Mapping[str, Skills] = field(default_factory=dict)
    capabilities: Mapping[str, Capability] = field(default_factory=dict)
    most_open: int = 50
    assign: str = NEVER

    def of(self, name: str) -> Skills:
        """What is known of that member of staff."""
        return self.skills.get(name, NO_SKILLS)
