"""Daily digests: when everybody's is due, and what stands in it (R19, R90-R94).

In: the desk, what is known of its people, the instant; for one of them a `View` of what there is to do. Out: instants,
and the mail as facts. A digest is one mail a working day, at the beginning of its reader's shift or at their hour, in
their zone; none on a holiday, none to whoever is away, disabled or mute, none that would say nothing. A desk that slept
sends it later on the same day, and never on another. Every line begins with the reference by which it can be acted on.
It changes no ticket and mails nobody outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.rules import capacity, keys
from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.overview import figures
from gateway.rules.overview.figures import Figures
from gateway.rules.overview.view import Halted, Lapse, View
from gateway.rules.policy.digests import OFF, When
from gateway.rules.policy.notices import DIGEST, MUTE
from gateway.rules.times import on_wall
from scheduling.sla import OVER, Calendar, Clock
from store.records import Decision, Finding, Person, Purpose, Role, SendMail, Step, Ticket, Verdict

MINE, QUEUE, LISTED = 15, 5, 10
"""How many tickets a list shows: of one's own, of the team's queue, of a lead's."""
CHANGED = MINE + QUEUE + 2 * LISTED
"""How many of those that changed are looked at: what stands in another list is not shown once more."""
AT_RISK = timedelta(hours=4)
"""Working time ahead in which a promise that runs out is at risk."""
LEFT = 25
"""Percent of its time below which a promise is at risk however much that is (M9)."""
BEFORE = 28
"""Days before a day that it is held against."""
_DAY = timedelta(days=1)
_LONGEST_PAUSE = 14
"""Days ahead in which somebody's next digest is looked for: shifts repeat weekly."""


# When


def moment(agent: Agent, desk: Desk, day: date) -> datetime | None:
    """When this person's digest of that day of their own calendar is due; None on a day on which they do not work."""
    return _moment(desk.digests.at(agent.name), capacity.shift(agent, desk), day)


def _moment(when: When, shift: Calendar, day: date) -> datetime | None:
    spans = shift.hours.days[day.weekday()]
    if when == OFF or day in shift.holidays or not spans:
        return None
    return on_wall(day, when if isinstance(when, time) else spans[0][0], shift.zone)


def following(now: datetime, desk: Desk) -> datetime:
    """When the next digest of anybody is due; a day ahead where nobody gets any."""
    kinds = {(desk.digests.at(agent.name), capacity.shift(agent, desk)) for agent in desk.agents.values()}
    return min((at for when, shift in kinds if (at := _next(when, shift, now)) is not None), default=now + _DAY)


def _next(when: When, shift: Calendar, now: datetime) -> datetime | None:
    if when == OFF:
        return None
    today = now.astimezone(ZoneInfo(shift.zone)).date()
    days = (_moment(when, shift, today + n * _DAY) for n in range(_LONGEST_PAUSE + 1))
    return next((at for at in days if at is not None and at > now), None)


def due(desk: Desk, people: Mapping[str, Person], now: datetime) -> list[Agent]:
    """Whose digest of today is due and not made yet, in the order of the configuration."""
    found = []
    for agent in desk.agents.values():
        today = _today(agent, desk, now)
        at = moment(agent, desk, today)
        if at is not None and at <= now and not _is_spared(agent, desk, people.get(agent.address), today, now):
            found.append(agent)
    return found


def _is_spared(agent: Agent, desk: Desk, person: Person | None, today: date, now: datetime) -> bool:
    """Who has had it, is away, or wants to hear of nothing but what is directed at them."""
    if person is None:
        return agent.notices == MUTE
    had = person.digested_at is not None and person.digested_at.astimezone(_zone(agent, desk)).date() >= today
    away = person.away_until is not None and person.away_until > now
    return had or away or person.disabled or (person.notices or agent.notices) == MUTE


def _today(agent: Agent, desk: Desk, now: datetime) -> date:
    return now.astimezone(_zone(agent, desk)).date()


def _zone(agent: Agent, desk: Desk) -> ZoneInfo:
    return ZoneInfo(capacity.shift(agent, desk).zone)


def since(person: Person | None, now: datetime) -> datetime:
    """Since when a digest tells what happened: the last one, a week ago at most; yesterday for the first."""
    last = person.digested_at if person is not None else None
    return max(last + timedelta(microseconds=1), now - timedelta(days=7)) if last is not None else now - _DAY


def days_before(desk: Desk, today: date) -> tuple[date, tuple[date, ...]]:
    """The last day of work before today, and those that it is held against."""
    days = (today - n * _DAY for n in range(1, 2 * BEFORE))
    day = next((day for day in days if _is_worked(desk, day)), today - _DAY)
    return day, worked_before(desk, day)


def worked_before(desk: Desk, day: date) -> tuple[date, ...]:
    """The days of work of the four weeks before a day, newest first: what a desk does on a day off is no measure of an
    ordinary one."""
    days = (day - n * _DAY for n in range(1, BEFORE + 1))
    return tuple(one for one in days if _is_worked(desk, one))


def _is_worked(desk: Desk, day: date) -> bool:
    return bool(desk.hours.days[day.weekday()]) and day not in desk.holidays


def span(desk: Desk, day: date) -> tuple[datetime, datetime]:
    """When that day of the desk's calendar begins, and when it is over."""
    return on_wall(day, time.min, desk.zone), on_wall(day + _DAY, time.min, desk.zone)


# Who sees what


def is_worker(agent: Agent) -> bool:
    """Who has tickets of their own."""
    return bool(agent.roles & {"agent", "lead"})


def is_lead(agent: Agent) -> bool:
    return "lead" in agent.roles


def oversees(agent: Agent) -> bool:
    """Who reads the figures."""
    return bool(agent.roles & {"lead", "manager"})


def hears_by_digest(agent: Agent, person: Person | None) -> bool:
    """Who learns of what happened by this mail alone."""
    return ((person.notices if person is not None else "") or agent.notices) == DIGEST


def waits_for(agent: Agent, tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Those of these tickets that were handed to this person and wait for their `#ack`."""
    return tuple(ticket for ticket in tickets if handoffs.asked_of(agent.name, ticket) is not None)


def is_at_risk(clock: Clock, desk: Desk, now: datetime) -> bool:
    """Whether less than a quarter of a promise's time is left, and it is not over yet."""
    if not clock.runs or clock.breached or clock.due is None or clock.due <= now:
        return False
    return clock.due < desk.calendar(clock.calendar).add(now, clock.allowed * LEFT / OVER)  # worked out once a target


# What


def says_anything(agent: Agent, view: View, desk: Desk, now: datetime) -> bool:
    """Whether there is anything in it: a digest of nothing is not sent."""
    facts = facts_of(agent, view, desk, now)
    return bool(facts["sections"] or facts["sizes"] or facts["figures"])


def told(
    agent: Agent, view: View, desk: Desk, mint: Callable[[], str], now: datetime, *, asked: bool = False
) -> Decision:
    """The mail: the day's own, or one that was asked for."""
    facts = facts_of(agent, view, desk, now)
    day = _today(agent, desk, now)
    mail = SendMail(
        ticket=None,
        purpose=Purpose.DIGEST,
        round=f"asked-{_stamp(now)}" if asked else f"digest-{day.isoformat()}",
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key=keys.COMMANDS,
        message_id=mint(),
        subject=f"Your day at {desk.name}",
        language="en",
        mailbox=desk.commands_mailbox or next(to.canonical for to in desk.addresses.values() if to.kind == "support"),
        facts=facts,
    )
    why = f"{len(facts['sections'])} lists, {'with' if facts['figures'] else 'without'} figures, to {agent.name}"
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"digest: {why}",
        trace=(Step(stage="sweep", what="digest", why=why),),
        effects=(mail,),
    )


def facts_of(agent: Agent, view: View, desk: Desk, now: datetime) -> dict[str, Any]:
    """What the mail shows: `sections` with a name, how many there are, and rows; `sizes` of lists for whoever only
    oversees them; `figures` with what is usual."""
    sections = list(filter(None, _sections(agent, view, desk)))
    only_oversees = oversees(agent) and not is_lead(agent)
    return {
        "name": agent.full_name.partition(" ")[0],
        "day": _stamp(now),
        "now": _stamp(now),
        "zone": capacity.shift(agent, desk).zone,
        "sections": sections,
        "sizes": _sizes(view) if only_oversees else [],
        "figures": _figures(view) if oversees(agent) else {},
    }


def _sections(agent: Agent, view: View, desk: Desk) -> Iterable[dict[str, Any] | None]:
    def rows(tickets: Iterable[Ticket], note: Callable[[Ticket], str] = lambda _: "") -> list[dict[str, Any]]:
        return [_row(ticket, desk, note(ticket)) for ticket in tickets]

    def of(
        kind: str, found: Finding, note: Callable[[Ticket], str] = lambda _: "", **more: str
    ) -> dict[str, Any] | None:
        return _section(kind, rows(found.tickets, note), found.total, **more)

    def handed(ticket: Ticket) -> str:
        found = handoffs.asked_of(agent.name, ticket)
        return f"handed over by {found.by}, waits for your #ack" if found is not None else "waits for your #ack"

    news = {ticket.ref for ticket in view.changed.tickets}
    listed = {one.ref for one in (*view.mine.tickets, *view.handed[:LISTED], *view.queue.tickets)}
    rest = [ticket for ticket in view.changed.tickets if ticket.ref not in listed]

    def new(ticket: Ticket) -> str:
        return "changed" if ticket.ref in news else ""

    yield of("mine", view.mine, new)
    yield _section("handed", rows(view.handed[:LISTED], handed), len(view.handed))
    total = view.changed.total - len(view.changed.tickets) + len(rest)
    yield _section("changed", rows(rest[:LISTED], _stands), total)  # nobody reads the same ticket twice
    yield of("scheduling", view.scheduling, _owner)
    if is_lead(agent):
        yield of("unassigned", view.unassigned, _age_of)
        yield _section("unheard", rows(view.unheard[:LISTED], _silent), len(view.unheard))
        yield of("at_risk", view.at_risk, _owner)
        yield _section("lapses", [_lapse(one, desk) for one in view.lapses[:LISTED]], len(view.lapses))
        yield of("waiting", view.waiting, lambda one: f"waits for {one.waiting_on} · {_owner(one)}")
        yield of("blocked", view.blocked, lambda one: f"blocked: {one.blocked_on} · {_owner(one)}")
        yield _section("halted", [_halt(one, desk) for one in view.halted], view.halted_total)
        yield _section("overbooked", [_overbooked(*one) for one in view.overbooked], len(view.overbooked))
    yield of("queue", view.queue, new, team=agent.team)


def _section(kind: str, rows: list[dict[str, Any]], total: int, **more: str) -> dict[str, Any] | None:
    return {"kind": kind, "total": total, "rows": rows, **more} if rows else None


def _row(ticket: Ticket, desk: Desk, note: str) -> dict[str, Any]:
    """A ticket in a list: reference, priority, the clock that is due first, a word, the subject."""
    running = [one for one in ticket.clocks if one.runs and one.due is not None and one.due == ticket.due_at]
    return {
        "ref": desk.reference(ticket.ref),
        "priority": ticket.priority,
        "clock": running[0].kind if running else "",
        "due": _stamp(ticket.due_at) if ticket.due_at else "",
        "since": _stamp(ticket.created_at) if note == _AGE else "",
        "note": "" if note == _AGE else note,
        "subject": ticket.subject,
    }


_AGE = "age"


def _age_of(_ticket: Ticket) -> str:
    return _AGE


def _owner(ticket: Ticket) -> str:
    return ticket.assignee or f"{ticket.team}, nobody"


def _stands(ticket: Ticket) -> str:
    return f"{ticket.status.replace('_', ' ')} · {_owner(ticket)}"


def _silent(ticket: Ticket) -> str:
    found = handoffs.unheard(ticket)
    return f"asked in vain: {', '.join(found.asked)} · {_owner(ticket)}" if found is not None else _owner(ticket)


def _lapse(one: Lapse, desk: Desk) -> dict[str, Any]:
    return {
        "ref": desk.reference(one.ticket), "priority": 0, "clock": one.clock, "due": one.due, "since": "",
        "note": one.because, "subject": one.subject, "over": True,
    }  # fmt: skip


def _halt(one: Halted, desk: Desk) -> dict[str, Any]:
    ref = desk.reference(one.ticket) if one.ticket is not None else ""
    return {
        "ref": ref, "priority": 0, "clock": "", "due": "", "since": "", "note": f"{one.purpose} to {one.to}",
        "subject": one.why,
    }  # fmt: skip


def _overbooked(name: str, week: capacity.Week) -> dict[str, Any]:
    hours = f"{week.committed / 60:g} h promised of {week.capacity / 60:g} h"
    return {
        "ref": name, "priority": 0, "clock": "", "due": "", "since": "", "note": hours,
        "subject": f"week of {week.monday.isoformat()}",
    }  # fmt: skip


def _sizes(view: View) -> list[dict[str, Any]]:
    """The lists of a lead as numbers, in the order from intake to completion (R94)."""
    counts = (
        ("unassigned", view.unassigned.total), ("unheard", len(view.unheard)), ("at_risk", view.at_risk.total),
        ("overdue", view.overdue), ("lapses", len(view.lapses)), ("waiting", view.waiting.total),
        ("blocked", view.blocked.total), ("halted", view.halted_total), ("overbooked", len(view.overbooked)),
    )  # fmt: skip
    return [{"kind": kind, "count": count} for kind, count in counts if count]


def _figures(view: View) -> dict[str, Any]:
    """The five figures, each with what is usual: the median of the days of work of four weeks (R94)."""
    day = view.figures
    if day is None or not day.says_anything:
        return {}
    reads: Mapping[str, Callable[[Figures], float | None]] = {
        "first_response": lambda one: one.first_response.median,
        "resolution": lambda one: one.resolution.median,
        "resolution_net": lambda one: one.resolution_net.median,
        "backlog": lambda one: float(one.backlog),
        "unassigned": lambda one: float(one.unassigned),
        "kept": lambda one: one.promises.share,
    }
    return {
        **figures.plain(day),
        "day": _stamp_of(day.day),
        "usual": {name: figures.usual(view.before, read) for name, read in reads.items()},
        "says": list(figures.contradictions(day, view.before)),
    }


def _stamp(at: datetime) -> str:
    return at.astimezone(ZoneInfo("UTC")).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamp_of(day: date) -> str:
    return f"{day.isoformat()}T12:00:00Z"
