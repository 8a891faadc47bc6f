"""How much work fits into a person's week, and how much of it is promised already (`ops` R61).

In: a member of staff, what they have on their hands, until when they are away, the instant. Out: minutes by week. A
week is a Monday of the desk's zone. Work that is not scheduled, or was scheduled for a week that has passed, counts for
this week. Pure: reads no clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.rules.desk import Agent, Desk
from scheduling.hours import WeeklyHours
from scheduling.sla import Calendar
from store.records import Load, Ticket

NO_LOAD = Load()
"""Of whom nothing is on anybody's hands."""

_WEEK = timedelta(weeks=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One week of one person: what is promised of it and what it holds, in minutes."""

    monday: date
    committed: int
    capacity: int

    @property
    def overbooked(self) -> bool:
        return self.committed > self.capacity


def shift(agent: Agent, desk: Desk) -> Calendar:
    """When this person works: their own hours, else the desk's; never on a holiday of the desk."""
    skills = desk.routing.of(agent.name)
    hours = skills.shift if skills.shift is not None else desk.hours
    return Calendar(hours, skills.zone or desk.zone, desk.holidays)


def weeks(
    agent: Agent, desk: Desk, load: Load, away_until: datetime | None, now: datetime, count: int = 1
) -> tuple[Week, ...]:
    """This week and those that follow it."""
    first = monday_of(now, desk)
    return tuple(
        Week(
            monday=monday, committed=committed(load, monday, desk, now), capacity=_room(agent, desk, monday, away_until)
        )
        for monday in (first + n * _WEEK for n in range(count))
    )


def week_for(agent: Agent, ticket: Ticket, desk: Desk, load: Load, away_until: datetime | None, now: datetime) -> Week:
    """The week that this ticket falls into, as it would be with it. What the person has of it already counts once."""
    monday = max(monday_of(ticket.scheduled_for or now, desk), monday_of(now, desk))
    more = 0 if ticket.assignee == agent.name else max(0, ticket.estimate - ticket.logged)
    promised = committed(load, monday, desk, now) + more
    return Week(monday=monday, committed=promised, capacity=_room(agent, desk, monday, away_until))


def committed(load: Load, monday: date, desk: Desk, now: datetime) -> int:
    """The minutes of that week that are promised."""
    this = monday_of(now, desk)
    return sum(minutes for at, minutes in load.minutes if max(monday_of(at or now, desk), this) == monday)


def monday_of(at: datetime, desk: Desk) -> date:
    """The week in which an instant lies."""
    day = at.astimezone(ZoneInfo(desk.zone)).date()
    return day - timedelta(days=day.weekday())


def _room(agent: Agent, desk: Desk, monday: date, away_until: datetime | None) -> int:
    """What the week holds: the shift's hours without holidays and without the time away; where hours a week are said,
    that share of them."""
    calendar, zone = shift(agent, desk), ZoneInfo(desk.zone)
    start, end = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (monday, monday + _WEEK))
    there = max(start, min(away_until, end)) if away_until is not None else start
    left = int(calendar.between(there, end) / _MINUTE)
    usual, said = _ordinary(calendar.hours), desk.routing.of(agent.name).week_minutes
    return round(said * left / usual) if said and usual else left


@lru_cache(maxsize=256)
def _ordinary(hours: WeeklyHours) -> int:
    """The minutes of a week without holidays, by the local clock."""
    minutes = 0
    for spans in hours.days:
        for opening, closing in spans:
            until = closing.hour * 60 + closing.minute or 24 * 60
            minutes += until - opening.hour * 60 - opening.minute
    return minutes
