"""The desk's policy as plain frozen values: made by `gateway.config` once, read by every rule and stage.

Rules never see the configuration file; they see a `Desk`. Addresses are normalised (lower case, no detail).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
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
class Budgets:
    """How much automatic mail may leave (DESIGN section 9): to an address that nothing proves (`stranger_*`), to one
    that is proven or keyed (`participant_day`), to all of one domain, to everybody in an hour (`total_hour`, the
    breaker). `ticket` is how many a ticket may ever cause to people outside, `unheeded` how many mails of a ticket the
    staff is told of while none of them does anything; twice as many where they are proven or keyed."""

    stranger_hour: int = 2
    stranger_day: int = 3
    participant_day: int = 10
    domain_day: int = 1_000
    total_hour: int = 100_000
    ticket: int = 30
    unheeded: int = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How much mail one sender and one domain may bring in an hour; more is quarantined. Hosts in `unlimited_from`
    (addresses, as a door sees its client) may bring any number."""

    sender_hour: int = 100
    domain_hour: int = 2_000
    unlimited_from: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Everything the rules may know of the desk. `secret` signs reply addresses and never leaves this process tree.

    `former` are members of staff who may do nothing any more: they are still known, so that nobody is them. A reply key
    is good for `key_life` after it was last written or used, a confirmation for `confirm_within`.
    """

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
    former: Mapping[str, Agent] = field(default_factory=dict)
    budgets: Budgets = field(default_factory=Budgets)
    intake: Intake = field(default_factory=Intake)
    key_life: timedelta = timedelta(days=365)
    confirm_within: timedelta = timedelta(days=3)
    arc_sealers: frozenset[str] = frozenset()

    def without(self, disabled: Set[str]) -> Desk:
        """The desk as it is while these members of staff are disabled."""
        gone = {address: agent for address, agent in self.agents.items() if address in disabled}
        if not gone:
            return self
        agents = {address: agent for address, agent in self.agents.items() if address not in gone}
        return replace(self, agents=agents, former={**self.former, **gone})

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
