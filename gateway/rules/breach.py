"""What a ticket's clocks say when they come due: warnings, breaches, what rules of escalation make of them.

In: the timer `clock` with its ticket as it stands. Out: mail to our own people, never outside, each warning once. A
breach is noted when it comes; it is told, like the rest, while somebody is there, unless the policy has it otherwise.
A desk that slept tells only what was reached last: nobody wants to read that a promise is nearly broken when it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.rules import clocks, mails, participants, routing
from gateway.rules.change import alarm, changed
from gateway.rules.clocks import TO_OWNER, TO_TEAM
from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs import triggers
from gateway.rules.notices import audience, matter, notice
from gateway.rules.participants import Known
from gateway.rules.policy.targets import TRIAGE
from gateway.rules.timers import Due, Told
from scheduling import sla
from scheduling.sla import OVER, Clock
from store.records import AddEvent, Decision, Effect, Person, SendMail, Step, Ticket, Verdict

TOLD = "clock-told"
"""Event: so much of a clock is used, and who was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is told of one clock: how many percent are used, and to whom."""

    clock: Clock
    percent: int
    to: tuple[Agent, ...]

    @property
    def words(self) -> str:
        said = "is over" if self.percent >= OVER else f"has used {self.percent} %"
        return f"{_spoken(self.clock.kind)} {said}, told {', '.join(agent.name for agent in self.to) or 'nobody'}"


def on_clock(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """Note what ran out, tell what was reached, escalate where a rule says so, and set the timer anew."""
    ticket = due.ticket
    heard = desk.service.warn_outside_hours or desk.calendar("").is_open(now)
    pairs = [(clock, _looked_at(clock, desk, now, heard=heard)) for clock in ticket.clocks]
    after = replace(ticket, clocks=tuple(one for _, one in pairs))
    over = [one for clock, one in pairs if one.breached and not clock.breached]
    words = [f"{_spoken(one.kind)} is over, to be told when the desk opens" for one in over if not heard]
    reached = [(one, _to_tell(clock.warned, one.warned)) for clock, one in pairs if one.warned > clock.warned]
    events = clocks.told(ticket, after, (), desk, now)
    mail: list[SendMail] = []
    for clock, _ in reached:
        after, new, said = _escalated(after, clock, known, desk, mint, now)
        events += [event for event in new if isinstance(event, AddEvent)]
        mail += [one for one in new if isinstance(one, SendMail)]
        words += said
    for news in (News(clock=clock, percent=mark, to=whom(after, mark, desk)) for clock, mark in reached if mark):
        events.append(_told(ticket, news))
        mail += mails.warnings(ticket, news.to, mint, _round(news), facts_of(ticket, news, known, desk, now))
        words.append(news.words)
    rules = [one for clock, _ in reached for one in triggers.of_clock(after, desk, clock.kind, clock.warned, now)]
    effects: list[Effect] = [*changed(ticket, after, events, desk, now), *mail, *rules]
    if after == ticket:  # a timer that came early: the clock of the machine went back, the hours were changed
        effects = alarm(ticket, desk, now)
    return Told("; ".join(words) or "nothing is to be told yet", tuple(effects))


def refreshed(ticket: Ticket, desk: Desk, _mint: Callable[[], str], now: datetime) -> Decision | None:
    """The daily look (R78): what the policy, the hours and the organisation's facts make of the clocks today; None
    where nothing differs. It mails nobody."""
    after = clocks.refreshed(ticket, desk, now)
    if after is ticket:
        return None
    effects = tuple(changed(ticket, after, (), desk, now))
    why = "; ".join(_said(effect) for effect in effects if isinstance(effect, AddEvent))
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"clocks: {why}",
        ticket=ticket.ref,
        trace=(Step(stage="sweep", what="clocks", why=why),),
        effects=effects,
    )


def whom(ticket: Ticket, percent: int, desk: Desk) -> tuple[Agent, ...]:
    """A warning is the owner's, and while nobody is, the teams'; a second one the teams'; a breach the leads' and
    managers' as well (R76). Where none of them is there to hear of it, the teams; where nobody of these is, the
    leads."""
    owner = desk.agent_named(ticket.assignee) if ticket.assignee else None
    owners = (owner,) if owner is not None else ()
    teams = tuple(a for t in (ticket.team, *ticket.helpers) for a in desk.concerned(t))
    agents = tuple(agent for agent in teams if "lead" not in agent.roles)
    above = tuple(a for a in desk.agents.values() if "manager" in a.roles)
    if percent <= TO_OWNER:
        found: Iterable[Agent] = owners or agents
    elif percent <= TO_TEAM:
        found = (*owners, *agents)
    else:
        found = (*owners, *teams, *above)
    hearing = audience.heard(desk, ticket, dict.fromkeys(found), somebody=False)
    return hearing or audience.heard(desk, ticket, tuple(dict.fromkeys(teams)) or above)


def facts_of(ticket: Ticket, news: News, known: Known, desk: Desk, now: datetime) -> dict[str, Any]:
    """What the mail shows: `clock` (its kind), `percent`, `due`, `left` (minutes of working time, below 0 when over),
    `because` (whose a breach is: an attribution of `clocks.attributed`), and how the ticket stands."""
    clock, calendar = news.clock, desk.calendar(news.clock.calendar)
    person = known.people.get(ticket.requester, Person(address=ticket.requester))
    over = news.percent >= OVER
    return {
        "clock": clock.kind,
        "percent": news.percent,
        "due": notice.stamp(clock.due) if clock.due else "",
        "now": notice.stamp(now),
        "left": round((clock.allowed - sla.used(clock, calendar, now)).total_seconds() / 60),
        "because": clocks.attributed(ticket, clock) if over else "",
        "owner": ticket.assignee,
        "team": ticket.team,
        "priority": ticket.priority,
        "status": ticket.status,
        "next": ticket.next_action,
        "waiting_on": ticket.waiting_on,
        "blocked_on": ticket.blocked_on,
        "topic": " / ".join(part for part in (ticket.topic, ticket.subtopic) if part),
        "requester": notice.whole(person),
        "organisation": notice.organisation(desk, ticket.requester),
        "inside": not ticket.is_reachable,
        "missing": matter.missing(ticket, desk),
        **notice.known(ticket, desk),
        **({"cure": _cure(desk)} if clock.kind == TRIAGE else {}),
        **notice.past(ticket, known),
    }


def _cure(desk: Desk) -> str:
    """The verb that ends triage, with a topic of this desk."""
    topics = desk.taxonomy.topics
    example = next((one for one in topics if one.parent), next(iter(topics), None))
    return f"#topic {'/'.join(filter(None, example.pair))}" if example is not None else "#topic"


def _looked_at(clock: Clock, desk: Desk, now: datetime, *, heard: bool) -> Clock:
    """The clock with what was reached by now; `heard` is whether somebody is there to be told."""
    if not clock.runs or clock.due is None:
        return clock
    mark = sla.reached(clock, desk.calendar(clock.calendar), now, clocks.marks(clock.kind, desk)) if heard else 0
    return replace(clock, breached=clock.breached or clock.due <= now, warned=max(clock.warned, mark))


def _to_tell(before: int, now: int) -> int:
    """The warning that was reached last; 0 when it is only a rule's mark."""
    return max((mark for mark in clocks.WARNINGS if before < mark <= now), default=0)


def _escalated(
    ticket: Ticket, clock: Clock, known: Known, desk: Desk, mint: Callable[[], str], now: datetime
) -> tuple[Ticket, list[Effect], list[str]]:
    """The ticket with the teams that a rule brings to it (R74): they are told at once."""
    found = routing.escalating(ticket, desk, now, clock.kind, clock.warned)
    if found is None:
        return ticket, [], []
    words = [": ".join(filter(None, (step.what, step.why))) for step in found.trace]
    facts = notice.facts(
        desk, found.ticket, "escalated", actor="the clock", now=now,
        requester=known.people.get(ticket.requester, Person(address=ticket.requester)),
        trust=None, words="", changed="; ".join(words),
        recent=(recent := known.recent.get(ticket.ref, ())), problem=notice.first_words(recent),
        kinds=known.participants.get(ticket.ref, participants.NOBODY),
    )  # fmt: skip
    told = audience.heard(desk, found.ticket, dict.fromkeys(a for team in found.teams for a in desk.concerned(team)))
    occasion = f"escalated-{clock.kind}-{clock.warned}-{notice.stamp(now)}"
    return found.ticket, [*found.events, *mails.notices(found.ticket, told, mint, occasion, facts)], words


def _said(event: AddEvent) -> str:
    """What became of a clock, in the words of a trace."""
    detail = event.detail
    name = _spoken(str(detail.get("clock", "clocks")))
    if event.kind == clocks.CHANGED:
        return f"{name}: {detail.get('from')} → {detail.get('to')}, {detail['because']}"
    return f"{name} ran out" if event.kind == clocks.BREACHED else f"{name}: {event.kind}"


def _told(ticket: Ticket, news: News) -> AddEvent:
    detail = {"clock": news.clock.kind, "percent": news.percent, "to": [agent.name for agent in news.to]}
    return AddEvent(ticket=ticket.ref, kind=TOLD, actor="system", detail=detail)


def _round(news: News) -> str:
    """(ticket, purpose, round, person) goes out once: each warning of a clock, and again for a new target."""
    due = notice.stamp(news.clock.due) if news.clock.due else ""
    return f"{news.clock.kind}-{news.percent}-{due}"


def _spoken(kind: str) -> str:
    return kind.replace("_", " ")
