"""The desk's policy as plain frozen values: made by `gateway.config` once, read by every rule and stage.

Rules never see the configuration file; they see a `Desk`. Addresses are normalised (lower case, no detail).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from parsing.message import TopicWords
from scheduling.hours import WeeklyHours


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskAddress:
    """One address that we accept mail for. `kind`: support (customers), staff (escalations), commands."""

    address: str
    canonical: str
    team: str
    kind: str = "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    name: str
    tier: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A member of staff. `roles` holds `agent`, `lead`, `scheduler`, `manager`; `team` is empty for those above."""

    name: str
    full_name: str
    address: str
    team: str
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    domain: str
    name: str
    segment: str
    arr: int
    lifecycle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the rules may know of the desk. `secret` signs reply addresses and never leaves this process tree."""

    name: str
    domain: str
    prefix: str
    zone: str
    languages: tuple[str, ...]
    operators: tuple[str, ...]
    addresses: Mapping[str, DeskAddress]
    teams: Mapping[str, Team]
    agents: Mapping[str, Agent]
    organisations: Mapping[str, Organisation]
    topics: tuple[TopicWords, ...]
    hours: WeeklyHours
    holidays: frozenset[date]
    first_response: timedelta
    reopen_within: timedelta
    show_names: str
    authserv_id: str
    hops: frozenset[str]
    secret: bytes = field(repr=False)

    def agent_named(self, name: str) -> Agent | None:
        """The member of staff with that short name or address."""
        wanted = name.lower()
        return next((a for a in self.agents.values() if wanted in (a.name, a.address)), None)

    def concerned(self, team: str) -> tuple[Agent, ...]:
        """Whom a ticket of `team` concerns: its agents and the leads, each once, in the order of the configuration."""
        return tuple(a for a in self.agents.values() if ("agent" in a.roles and a.team == team) or "lead" in a.roles)

    def reference(self, number: int | str) -> str:
        """`DESK-1042`: how a ticket is called in every subject.

        One that has no number yet is called by its symbol between NULs, which no mail can hold; commit names it.
        """
        return f"{self.prefix}-{number}" if isinstance(number, int) else f"\0{self.prefix}-{number}\0"
