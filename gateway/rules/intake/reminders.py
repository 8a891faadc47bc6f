"""When somebody who was asked is reminded, and when the desk waits no longer: working days, at the hour of asking.

In: a ticket, the hours of the desk. Out: instants. What happens then says `reminding`.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.record import ASKING, Intake
from scheduling.sla import Calendar
from store.records import Ticket

FARTHEST = 400
"""Days that are looked at: a desk that never opens reminds nobody later than that."""


def next_at(ticket: Ticket, desk: Desk) -> datetime | None:
    """When the next reminder leaves, or the ticket ends unanswered; None where neither comes."""
    if not ticket.intake or ticket.is_done or not ticket.is_reachable:
        return None
    intake = record.of(ticket)
    days = ahead(intake, desk)
    if intake.stage != ASKING or not intake.asked_at or days is None:
        return None
    return after_days(desk.calendar(""), asked_at(intake), days)


def ahead(intake: Intake, desk: Desk) -> int | None:
    """After how many working days something comes next."""
    inquiry = desk.inquiry
    if intake.reminded < len(inquiry.remind):
        return inquiry.remind[intake.reminded]
    return inquiry.close or None


def asked_at(intake: Intake) -> datetime:
    return datetime.fromisoformat(intake.asked_at)


@lru_cache(maxsize=512)  # the mails of a batch are asked at one instant
def after_days(calendar: Calendar, since: datetime, days: int) -> datetime:
    """The instant on the so-maniest working day after that day at which the same hour comes, or the next opening. A day
    counts on which somebody works."""
    zone = ZoneInfo(calendar.zone)
    local = since.astimezone(zone)
    left, day = days, local
    for _ in range(FARTHEST):
        if left <= 0:
            break
        day = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        left -= _works(calendar, day)
    return calendar.opening(day.astimezone(since.tzinfo))


def _works(calendar: Calendar, day: datetime) -> bool:
    """Whether somebody works on that day."""
    begins = day.replace(hour=0, minute=0, second=0, microsecond=0)
    return calendar.opening(begins).astimezone(day.tzinfo).date() == day.date()
