"""Promises about time: when a message came and what the desk promises come in, the due instant (UTC) goes out.

Pure: reads no clock. Weekends, holidays, lunch and changes of the clocks are the business of `scheduling.hours`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from scheduling.hours import WeeklyHours, add_working


def first_response_due(
    hours: WeeklyHours, zone: str, holidays: frozenset[date], received: datetime, promised: timedelta
) -> datetime:
    """By when a person has answered a message received at `received`, if `promised` working time is kept."""
    return add_working(hours, zone, holidays, received, promised)
