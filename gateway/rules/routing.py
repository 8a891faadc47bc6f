"""Whose a ticket is: which person of its team fits best, and which team joins when a rule says so (`ops` R59, R74).

In: a ticket, the desk, what everybody has on their hands, who is away, the instant. Out: a `Choice` with every
candidate and the reason, or an `Escalated`. The same for any order of the staff. It never takes a ticket from its team:
where nobody fits, the team keeps it. Pure: knows no store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.rules import capacity, times
from gateway.rules.desk import Agent, Desk, Team
from gateway.rules.participants import Known
from gateway.rules.policy.routing import Capability
from gateway.rules.policy.targets import Escalating
from scheduling.sla import Calendar
from store.records import AddEvent, Load, Person, Step, Ticket

RETURNED = "returned_by"
"""The fact of a ticket that says who gave it back: short names with commas between them."""
JOINED = "escalated_to"
"""The fact of a ticket that says which teams an escalation brought to it."""

FOREVER = datetime(9000, 1, 1, tzinfo=UTC)
"""Until when somebody is away who did not say."""

_MICRO = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One member of staff who was looked at. `rank` orders those who fit, the best first."""

    name: str
    reason: str
    fits: bool
    rank: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who gets it, if anybody, and all who were looked at: those who fit in their order, then the others by name."""

    agent: Agent | None
    considered: tuple[Candidate, ...] = ()

    @property
    def because(self) -> str:
        """Why it is theirs."""
        return self.considered[0].reason if self.agent is not None else ""

    @property
    def others(self) -> dict[str, str]:
        """Why it is nobody else's, by name."""
        rest = self.considered[1:] if self.agent is not None else self.considered
        return {one.name: one.reason for one in rest}


def choose(
    ticket: Ticket,
    desk: Desk,
    loads: Mapping[str, Load],
    away: Mapping[str, datetime],
    now: datetime,
    capability: str = "",
) -> Choice:
    """The person of the owning team who fits best. `loads` and `away` are by short name; `capability` is asked for
    beside those that the ticket's topic needs."""
    needed = needs(ticket, desk, capability)
    staff = {agent.name: agent for agent in (*desk.agents.values(), *desk.former.values())}
    found: list[Candidate] = []
    for name, agent in staff.items():
        unfit = _unfit(agent, ticket, desk, needed, loads.get(name, capacity.NO_LOAD), away.get(name), now)
        if unfit:
            found.append(Candidate(name=name, reason=unfit, fits=False))
        else:
            found.append(_fit(agent, ticket, desk, needed, loads.get(name, capacity.NO_LOAD), now))
    found.sort(key=lambda one: (not one.fits, one.rank, one.name))
    best = found[0] if found and found[0].fits else None
    return Choice(agent=staff[best.name] if best else None, considered=tuple(found))


def chosen(ticket: Ticket, desk: Desk, known: Known, now: datetime, capability: str = "") -> Choice:
    """As `choose`, with what a snapshot knows."""
    return choose(ticket, desk, known.loads, away(known.people, desk, now), now, capability)


def away(people: Mapping[str, Person], desk: Desk, now: datetime) -> dict[str, datetime]:
    """Who of the staff is away, by short name, and until when."""
    return {
        agent.name: person.away_until
        for address, agent in desk.agents.items()
        if (person := people.get(address)) is not None and person.away_until is not None and person.away_until > now
    }


def needs(ticket: Ticket, desk: Desk, capability: str = "") -> tuple[Capability, ...]:
    """What somebody must be able to do for this ticket: what its topic asks for, and what was named."""
    about = {ticket.topic, f"{ticket.topic}/{ticket.subtopic}"} if ticket.topic else set()
    return tuple(one for one in desk.routing.capabilities.values() if one.name == capability or about & one.topics)


def lacks(agent: Agent, one: Capability, desk: Desk) -> str:
    """Why somebody cannot do it; empty when they can."""
    level = desk.routing.of(agent.name).capabilities.get(one.name, 0)
    if level >= one.level:
        return ""
    return f"{one.name} {level} where {one.level} is needed" if level else f"cannot do {one.name}"


def unspoken(agent: Agent, ticket: Ticket, desk: Desk) -> str:
    """The ticket's language where this person does not write it and the desk does."""
    spoken, language = desk.routing.of(agent.name).languages, ticket.language.partition("-")[0].lower()
    return language if spoken and language in desk.languages and language not in spoken else ""


def returned(ticket: Ticket) -> tuple[str, ...]:
    """Who gave this ticket back."""
    return returned_by(ticket.facts)


def returned_by(facts: Mapping[str, str]) -> tuple[str, ...]:
    """The same of a ticket's facts."""
    return tuple(filter(None, facts.get(RETURNED, "").split(",")))


def _unfit(
    agent: Agent,
    ticket: Ticket,
    desk: Desk,
    needed: Iterable[Capability],
    load: Load,
    away_until: datetime | None,
    now: datetime,
) -> str:
    """Why this person does not get it; empty when they may."""
    if agent.address in desk.former:
        return "is disabled"
    if "agent" not in agent.roles:
        return f"is no agent but {' and '.join(sorted(agent.roles)) or 'nobody with a role'}"
    if agent.team != ticket.team:
        return f"is of team {agent.team}, and {ticket.team} has it"
    if agent.address == ticket.requester:
        return "asked for it"
    missing = ", ".join(filter(None, (lacks(agent, one, desk) for one in needed)))
    if missing:
        return missing
    if away_until is not None:
        return f"is away until {spoken(away_until, desk)}"
    language = unspoken(agent, ticket, desk)
    if language:
        return f"does not write {language}"
    if agent.name in returned(ticket):
        return "gave it back"
    week = capacity.week_for(agent, ticket, desk, load, away_until, now)
    if week.overbooked:
        what = f"{_hours(week.committed)} of {_hours(week.capacity)} hours"
        return f"would be over-booked: {what} in the week of {week.monday}"
    return ""


def _fit(
    agent: Agent, ticket: Ticket, desk: Desk, needed: Iterable[Capability], load: Load, now: datetime
) -> Candidate:
    """How well somebody fits who may have it: who is there, whose customer it is, who has the least to do, who has
    waited longest for one."""
    skills = desk.routing.of(agent.name)
    begins = starts(capacity.shift(agent, desk), now)
    own = ticket.requester.rpartition("@")[2] in skills.organisations
    is_full = load.open >= desk.routing.most_open
    week = capacity.week_for(agent, ticket, desk, load, None, now)
    share = load.open / desk.routing.most_open + (week.committed / week.capacity if week.capacity else 0.0)
    said = [f"{one.name} {skills.capabilities[one.name]}" for one in needed]
    said.append("works now" if begins <= now else f"works from {spoken(begins, desk)}")
    said += ["their organisation"] * own
    said.append(f"{load.open} open" + (f", which are {desk.routing.most_open} or more" if is_full else ""))
    if week.committed:
        said.append(f"{_hours(week.committed)} of {_hours(week.capacity)} hours promised")
    since = load.given_at.timestamp() if load.given_at is not None else 0.0
    rank = (max((begins - now).total_seconds(), 0.0), not own, is_full, share, since)
    return Candidate(name=agent.name, reason=", ".join(said), fits=True, rank=rank)


def starts(calendar: Calendar, at: datetime) -> datetime:
    """When somebody with these hours works: now, or from when on."""
    return at if calendar.is_open(at) else calendar.add(at, _MICRO) - _MICRO


def _hours(minutes: int) -> str:
    return f"{minutes / 60:g}" if minutes % 60 == 0 else f"{minutes / 60:.1f}"


def spoken(at: datetime, desk: Desk) -> str:
    """An instant by the desk's own clock."""
    return "further notice" if at >= FOREVER else times.spoken(at, desk)


# Escalation: another team joins, the owner stays (X7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated:
    """The ticket with the team that joins it, what is told of it, and what the trace says. `changed(before, ticket,
    events, …)` writes it; the team is told by `notice.told` of the ticket as it is then."""

    ticket: Ticket
    teams: tuple[str, ...]
    events: tuple[AddEvent, ...]
    trace: tuple[Step, ...] = field(default_factory=tuple)


def tier_of(ticket: Ticket, desk: Desk) -> int:
    """The highest tier that works on it."""
    return max((desk.teams[team].tier for team in (ticket.team, *ticket.helpers) if team in desk.teams), default=0)


def above(ticket: Ticket, desk: Desk, tier: int = 0) -> tuple[Team, ...]:
    """The teams of the next tier above, or of the one that is named."""
    top = tier_of(ticket, desk)
    higher = [team for team in desk.teams.values() if team.tier > top and tier in (0, team.tier)]
    nearest = min((team.tier for team in higher), default=0)
    return tuple(team for team in higher if team.tier == nearest)


def raised(ticket: Ticket, team: str, because: str, actor: str, desk: Desk, now: datetime, rule: str = "") -> Escalated:
    """That team joins; whose ticket it is stays as it is."""
    teams = tuple(dict.fromkeys((*joined(ticket), team)))
    after = replace(
        ticket,
        helpers=(*ticket.helpers, team),
        escalated_at=ticket.escalated_at or now,
        escalated_because=because,
        facts={**ticket.facts, JOINED: ",".join(teams)},
        updated_at=now,
    )
    detail = {"team": team, "from_tier": tier_of(ticket, desk), "to_tier": tier_of(after, desk), "because": because}
    event = AddEvent(
        ticket=ticket.ref, kind="escalated", actor=actor, detail={**detail, **({"rule": rule} if rule else {})}
    )
    step = Step(stage="routing", what=f"escalated: {team} joins", why=f"rule {rule}: {because}" if rule else because)
    return Escalated(ticket=after, teams=(team,), events=(event,), trace=(step,))


def lowered(ticket: Ticket, now: datetime) -> Ticket:
    """The teams that an escalation brought leave again."""
    gone = joined(ticket)
    return replace(
        ticket,
        helpers=tuple(team for team in ticket.helpers if team not in gone),
        escalated_at=None,
        escalated_because="",
        facts={name: value for name, value in ticket.facts.items() if name != JOINED},
        updated_at=now,
    )


def left_by(ticket: Ticket, team: str, now: datetime, *, keeps: bool = False) -> Ticket:
    """That team works on it no more. Where it was the last one that an escalation brought, the ticket is escalated no
    longer, unless something else keeps it so (`keeps`)."""
    stays = tuple(one for one in joined(ticket) if one != team)
    helpers = tuple(one for one in ticket.helpers if one != team)
    if team not in joined(ticket) or stays or keeps:
        facts = {name: value for name, value in ticket.facts.items() if name != JOINED}
        facts |= {JOINED: ",".join(stays)} if stays else {}
        return replace(ticket, helpers=helpers, facts=facts, updated_at=now)
    return replace(lowered(ticket, now), helpers=helpers)


def escalated(ticket: Ticket, rule: Escalating, desk: Desk, now: datetime) -> Escalated | None:
    """What that rule of the configuration does, whose conditions hold; None when as high a tier works on it already."""
    team = desk.teams.get(rule.team)
    if team is None or ticket.is_done or team.tier <= tier_of(ticket, desk):
        return None
    return raised(ticket, rule.team, _said(rule), "system", desk, now, rule.name)


def escalating(ticket: Ticket, desk: Desk, now: datetime, clock: str = "", percent: int = 0) -> Escalated | None:
    """All rules whose conditions hold now: without a clock those of priority, topic and segment (when a ticket comes
    in, and when one of these changes); with a clock those that wait for it to have used so much."""
    found: Escalated | None = None
    for rule in desk.escalations:
        if rule.clock != clock or (clock and rule.percent > percent) or not _meets(rule, ticket, desk):
            continue
        one = escalated(found.ticket if found else ticket, rule, desk, now)
        if one is not None and found is not None:
            one = Escalated(
                ticket=one.ticket,
                teams=found.teams + one.teams,
                events=found.events + one.events,
                trace=found.trace + one.trace,
            )
        found = one or found
    return found


def _meets(rule: Escalating, ticket: Ticket, desk: Desk) -> bool:
    """Whether the conditions hold that are none of a clock."""
    if rule.priority and ticket.priority > rule.priority:
        return False
    if rule.topic and rule.topic not in (ticket.topic, f"{ticket.topic}/{ticket.subtopic}"):
        return False
    organisation = desk.organisation_of(ticket.requester)
    return not rule.segment or (organisation is not None and organisation.segment.lower() == rule.segment.lower())


def _said(rule: Escalating) -> str:
    """The conditions in words."""
    said = [f"{rule.clock.replace('_', ' ')} has used {rule.percent} %"] * bool(rule.clock)
    said += [f"priority {rule.priority}" + " or more urgent" * (rule.priority > 1)] * bool(rule.priority)
    said += [f"topic {rule.topic}"] * bool(rule.topic) + [f"segment {rule.segment}"] * bool(rule.segment)
    return ", ".join(said)


def joined(ticket: Ticket) -> tuple[str, ...]:
    """The teams that an escalation brought."""
    return tuple(filter(None, ticket.facts.get(JOINED, "").split(",")))
