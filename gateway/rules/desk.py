"""The desk's policy as plain frozen values: made by `gateway.config` once, read by every rule and stage.

Rules never see the configuration file; they see a `Desk`. Addresses are normalised (lower case, no detail).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from gateway.rules.policy.calls import Calls
from gateway.rules.policy.digests import Digests
from gateway.rules.policy.handoffs import Edge, Tracker
from gateway.rules.policy.intake import Inquiry
from gateway.rules.policy.notices import AWAY, INSTANT, Notifying, Quiet
from gateway.rules.policy.phrasing import Phrasing
from gateway.rules.policy.privacy import Privacy
from gateway.rules.policy.routing import Routing
from gateway.rules.policy.sorting import Taxonomy
from gateway.rules.policy.targets import FOUR_HOURS, Escalating, Service
from gateway.rules.policy.urgency import Cost, Urgency
from gateway.rules.policy.workflow import Division
from parsing.message import Lexicon, Reading
from scheduling.hours import WeeklyHours
from scheduling.sla import Calendar
from store.records import Person


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
    """A member of staff. `roles` holds `agent`, `lead`, `scheduler`, `manager`; `team` is empty for those above.
    `notices` is how the configuration has them hear of tickets (`rules/policy/notices.py`)."""

    name: str
    full_name: str
    address: str
    team: str
    roles: frozenset[str]
    notices: str = INSTANT


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    domain: str
    name: str
    segment: str
    arr: int
    lifecycle: str
    health: str = ""
    renewal: date | None = None
    seats: int = 0
    zone: str = ""
    contacts: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def portrait(self) -> str:
        """`Northwind, Enterprise, onboarding, health red, renewal 2027-03-31`: what a person who answers must know."""
        known = [self.name, self.segment, self.lifecycle, f"health {self.health}" if self.health else ""]
        known.append(f"renewal {self.renewal.isoformat()}" if self.renewal else "")
        return ", ".join(part for part in known if part)


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

    `organisations` are found by domain, and by the address of a contact that is named. `calendars` are hours by name.
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
    topics: Lexicon
    hours: WeeklyHours
    holidays: frozenset[date]
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
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    service: Service = FOUR_HOURS
    escalations: tuple[Escalating, ...] = ()
    handoffs: tuple[Edge, ...] = ()
    trackers: tuple[Tracker, ...] = ()
    divisions: Mapping[str, Division] = field(default_factory=dict)
    taxonomy: Taxonomy = field(default_factory=Taxonomy)
    urgency: Urgency = field(default_factory=Urgency)
    cost: Cost = field(default_factory=Cost)
    routing: Routing = field(default_factory=Routing)
    four_eyes: bool = False
    activities: tuple[str, ...] = ("work",)
    tags: tuple[str, ...] = ()
    phrasing: Phrasing = field(default_factory=Phrasing)
    nudge_after: timedelta = timedelta()
    notifying: Notifying = field(default_factory=Notifying)
    quiet: Mapping[str, Quiet] = field(default_factory=dict)
    digests: Digests = field(default_factory=Digests)
    privacy: Privacy = field(default_factory=Privacy)
    inquiry: Inquiry = field(default_factory=Inquiry)
    calls: Calls = field(default_factory=Calls)
    stamps: Mapping[str, str] = field(default_factory=dict)
    """The authserv-id of each mailbox that mail is collected from, by its name: `-` where its server gives none."""

    def calendar(self, name: str) -> Calendar:
        """The hours of that name; the desk's own where there are none (any more)."""
        found = self.calendars.get(name)
        return found if found is not None else Calendar(self.hours, self.zone, self.holidays)

    def organisation_of(self, address: str) -> Organisation | None:
        """Whom a person belongs to: by their own address where it is named, else by its domain."""
        named = self.organisations.get(address)
        return named if named is not None else self.organisations.get(address.rpartition("@")[2])

    def without(self, disabled: Set[str]) -> Desk:
        """The desk as it is while these members of staff are disabled."""
        gone = {address: agent for address, agent in self.agents.items() if address in disabled}
        if not gone:
            return self
        agents = {address: agent for address, agent in self.agents.items() if address not in gone}
        return replace(self, agents=agents, former={**self.former, **gone})

    def as_of(self, people: Mapping[str, Person], now: datetime) -> Desk:
        """The desk as it is now: without whoever is disabled, and with who does not hear of everything at once
        (`quiet`, by address): their own wish counts before the configuration."""
        desk = self.without({person.address for person in people.values() if person.disabled})
        quiet: dict[str, Quiet] = {}
        for address, agent in desk.agents.items():
            person = people.get(address)
            if person is not None and person.away_until is not None and person.away_until > now:
                quiet[address] = Quiet(way=AWAY, until=person.away_until)
            elif (way := (person.notices if person is not None else "") or agent.notices) != INSTANT:
                quiet[address] = Quiet(way=way)
        return replace(desk, quiet=quiet) if quiet else desk

    @property
    def reading(self) -> Reading:
        """What a reader of mail is told of the desk."""
        return Reading(languages=self.languages, topics=self.topics, sought=self.inquiry.sought)

    @property
    def commands_mailbox(self) -> str:
        """The address that staff write verbs to; empty where the desk has none."""
        return next((to.canonical for to in self.addresses.values() if to.kind == "commands"), "")

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
