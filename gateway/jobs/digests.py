"""Digests and the figures of days, over what is stored: for the chore, for `report` and for `#digest`.

In: a connection, the desk, the instant. Out: `Figures` of a day (`overview/figures.py`), what a digest shows of one
reader (`overview/digests.py`), and one step of the chore. It writes the figures of days that are over, and whose
digest was made; what is mailed goes the way of every chore's decisions. The figures of a day cost what happened on
it; those of the four weeks before are kept, a day a step, so that no turn has to wait for a month.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gateway.rules import capacity, routing
from gateway.rules.capacity import NO_LOAD
from gateway.rules.case import Mint
from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.overview import digests, figures
from gateway.rules.overview.figures import Case, Change, Figures, Overdue
from gateway.rules.overview.view import Halted, Lapse, View
from scheduling.sla import Clock
from store import measures, overview, people, queue
from store.engine import is_store_fault
from store.records import Decision, Finding, Person

PEOPLE = 10
"""Whose digests one step makes at most."""

log = logging.getLogger(__name__)
_T = TypeVar("_T")


def step(connection: Connection, desk: Desk, mint: Mint, now: datetime) -> tuple[list[Decision], bool]:
    """One step of the chore: the figures of a day that nobody kept yet, or some people's digests; and whether that was
    all. Whoever's would say nothing has had it, too."""
    known = people.standing(connection, list(desk.agents))
    asked = [agent for agent in desk.agents.values() if agent.address in known and known[agent.address].digest_asked]
    if asked:
        return _asked(connection, asked[0], desk, mint, now, known), False
    due = digests.due(desk, known, now)
    if not due:
        return [], True
    if any(digests.oversees(agent) for agent in due) and _keep_one(connection, desk, now):
        return [], False
    readers = due[:PEOPLE]
    shared = _apart(connection, "what leads see", partial(_of_all, connection, desk, known, now, readers)) or {}
    one = partial(_made, connection, desk=desk, mint=mint, now=now, known=known, shared=shared)
    made = [_apart(connection, f"the digest of {agent.name}", partial(one, agent)) for agent in readers]
    for agent in readers:
        people.ensure_known(connection, agent.address, agent.full_name, now)
    overview.note_digests(connection, [agent.address for agent in readers], now)
    return [decision for decision in made if decision is not None], len(due) <= PEOPLE


def _made(
    connection: Connection, agent: Agent, desk: Desk, mint: Mint, now: datetime, known: Mapping[str, Person],
    shared: Mapping[str, Any],
) -> Decision | None:  # fmt: skip
    """One reader's digest of the day; None when it would say nothing."""
    view = seen(connection, agent, known.get(agent.address), now, shared)
    return digests.told(agent, view, desk, mint, now) if digests.says_anything(agent, view, desk, now) else None


def _apart(connection: Connection, what: str, work: Callable[[], _T]) -> _T | None:
    """`work` in a savepoint; None when it fails: one reader or one day must not keep everybody else's from being made.
    It is not tried again, as it would fail again."""
    savepoint = connection.begin_nested()
    try:
        found = work()
    except Exception as error:
        if is_store_fault(error):
            raise
        savepoint.rollback()
        log.exception("%s failed and is left out", what)
        return None
    savepoint.commit()
    return found


def _asked(
    connection: Connection, agent: Agent, desk: Desk, mint: Mint, now: datetime, known: Mapping[str, Person]
) -> list[Decision]:
    """The digest that somebody asked for: it comes even where it has nothing to say, and is not the day's own."""
    overview.digest_made(connection, agent.address)

    def made() -> Decision:
        view = seen(connection, agent, known.get(agent.address), now, _of_all(connection, desk, known, now, [agent]))
        return digests.told(agent, view, desk, mint, now, asked=True)

    decision = _apart(connection, f"the digest that {agent.name} asked for", made)
    return [decision] if decision is not None else []


def asked_for(connection: Connection, agent: Agent, desk: Desk, now: datetime) -> View:
    """What this person's digest would show now, whenever the last one was."""
    known = people.standing(connection, list(desk.agents))
    return seen(connection, agent, known.get(agent.address), now, _of_all(connection, desk, known, now, [agent]))


def seen(connection: Connection, agent: Agent, person: Person | None, now: datetime, shared: Mapping[str, Any]) -> View:
    """What one reader's digest shows: `shared` is what all leads see; nothing of it where it could not be looked up."""
    since = digests.since(person, now)
    own: dict[str, Any] = {}
    if digests.is_worker(agent):
        own["mine"] = overview.mine(connection, agent.name, digests.MINE)
        own["handed"] = digests.waits_for(agent, overview.handed_to(connection, agent.name))
    if "agent" in agent.roles and agent.team:
        own["queue"] = overview.next_in(connection, {agent.team}, now, digests.QUEUE)
    if digests.is_worker(agent) and digests.hears_by_digest(agent, person):
        own["changed"] = overview.changed(connection, agent.name, agent.team, since, digests.CHANGED)
    if "scheduler" in agent.roles:
        own["scheduling"] = overview.blocked(connection, digests.LISTED, on="scheduling")
    if digests.oversees(agent):
        own |= shared.get("lists", {}) | {"lapses": _lapses(connection, since)}
    return View(**own)


def _of_all(
    connection: Connection, desk: Desk, known: Mapping[str, Person], now: datetime, readers: Collection[Agent]
) -> dict[str, Any]:
    """What several readers see alike, looked up once."""
    if not any(digests.oversees(agent) for agent in readers):
        return {}
    found: dict[str, Any] = {}
    halted, total = overview.stopped(connection, digests.LISTED)
    day, before = digests.days_before(desk, _today(desk, now))
    kept = {one.day: one for one in kept_figures(connection, [day, *before])}
    found["lists"] = {
        "unassigned": overview.unassigned(connection, digests.LISTED),
        "unheard": tuple(t for t in overview.unheard(connection) if handoffs.unheard(t) is not None),
        "at_risk": _at_risk(connection, desk, now),
        "waiting": overview.waiting(connection, digests.LISTED),
        "blocked": overview.blocked(connection, digests.LISTED),
        "overdue": overview.overdue(connection, now),
        "halted": tuple(Halted(ticket=o.ticket, purpose=o.purpose, to=o.to, why=o.why) for o in halted),
        "halted_total": total,
        "overbooked": _overbooked(connection, desk, known, now),
        "figures": kept[day] if day in kept else of_day(connection, desk, day, now),
        "before": tuple(kept[one] for one in before if one in kept),
    }
    return found


def _at_risk(connection: Connection, desk: Desk, now: datetime) -> Finding:
    """Promises that run out in the next hours of work, and then those of which little is left."""
    soon = desk.calendar("").add(now, digests.AT_RISK)
    near = overview.at_risk(connection, now, soon, digests.LISTED)
    rest = [
        number
        for number, clocks in overview.due_later(connection, soon)
        if any(digests.is_at_risk(clock, desk, now) for clock in clocks)
    ]
    more = overview.those(connection, rest[: digests.LISTED - len(near.tickets)])
    return Finding(tickets=(*near.tickets, *more), total=near.total + len(rest))


def _lapses(connection: Connection, since: datetime) -> tuple[Lapse, ...]:
    broken = measures.breaches(connection, since)
    about = overview.subjects(connection, {one.ticket for one in broken[-digests.LISTED :]})
    return tuple(
        Lapse(
            ticket=one.ticket,
            clock=one.clock,
            due=one.due,
            because=one.because,
            subject=about.get(one.ticket, ""),
        )
        for one in reversed(broken)
    )


def _overbooked(
    connection: Connection, desk: Desk, known: Mapping[str, Person], now: datetime
) -> tuple[tuple[str, capacity.Week], ...]:
    loads, away = queue.loads(connection, now), routing.away(known, desk, now)
    weeks = (
        (agent.name, capacity.weeks(agent, desk, loads.get(agent.name, NO_LOAD), away.get(agent.name), now)[0])
        for agent in desk.agents.values()
        if digests.is_worker(agent)
    )
    return tuple((name, week) for name, week in weeks if week.overbooked)


# Figures


def of_day(connection: Connection, desk: Desk, day: date, now: datetime) -> Figures:
    """The figures of one day of the desk's calendar, from its events."""
    start, end = digests.span(desk, day)
    past = overview.past(connection, start, end, now)
    told = [(row, past.events.get(row.id, ())) for row in past.tickets]
    cases = [_case(row, story, past.ended.get(row.id, ())) for row, story in told if not _is_history(story)]
    overdue = [Overdue(number=number, clock=clock, due=due) for number, clock, due in past.overdue]
    return figures.of_day(day, start, end, cases, overdue, desk.calendar)


def kept_figures(connection: Connection, days: Collection[date]) -> list[Figures]:
    """The figures that are kept of these days."""
    found = overview.figures_of(connection, [day.isoformat() for day in days])
    return [figures.again(row) for row in found.values()]


def usual_of(connection: Connection, desk: Desk, days: Collection[date], now: datetime) -> list[Figures]:
    """The figures of these days: as they are kept, and computed where nobody has kept them."""
    kept = {one.day: one for one in kept_figures(connection, days)}
    return [kept[day] if day in kept else of_day(connection, desk, day, now) for day in sorted(days)]


def _keep_one(connection: Connection, desk: Desk, now: datetime) -> bool:
    """Keep the figures of the newest day of which there are none; False when all are there. Days before the first
    ticket have none to keep, but a row each, so that they are not looked at again; so does one that cannot be read."""
    day, before = digests.days_before(desk, _today(desk, now))
    days = [day, *before]
    kept = overview.figures_of(connection, [one.isoformat() for one in days])
    missing = next((one for one in days if one.isoformat() not in kept), None)
    if missing is None:
        return False
    found = _apart(connection, f"the figures of {missing}", partial(of_day, connection, desk, missing, now))
    row = figures.plain(found or Figures(day=missing))
    overview.keep_figures(connection, missing.isoformat(), row, (min(days) - timedelta(days=7)).isoformat())
    return True


def _today(desk: Desk, now: datetime) -> date:
    return now.astimezone(ZoneInfo(desk.zone)).date()


def _case(row: Any, story: Sequence[overview.Told], ended: tuple[Clock, ...]) -> Case:
    return Case(
        number=row.id,
        created_at=row.created_at,
        by_staff=any(_is_ours(one) for one in story if one.kind == "created"),
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        status_category=row.status_category,
        closed_as=row.closed_as,
        waiting_on=row.waiting_on,
        assignee=row.assignee,
        hours=row.hours or "",
        clocks=ended,
        story=tuple(Change(at=one.at, kind=one.kind, was=one.was) for one in story),
    )


def _is_ours(one: overview.Told) -> bool:
    """Whether one of us made the ticket: staff act by their short names, everybody else by an address. One that only
    became another type was made by its customer."""
    return "@" not in one.actor and one.actor != "system" and one.detail.get("via") != "retyped"


def _is_history(story: Sequence[overview.Told]) -> bool:
    """Imported mail is history: nobody here answered it."""
    return any(one.kind == "created" and one.detail.get("history") for one in story)
