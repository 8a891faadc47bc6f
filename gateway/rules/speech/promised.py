"""What a customer was told to hear by then (`#eta`), and customers who have heard nothing for long (R43): the timers.

In: a ticket before and after a change. Out: the timers that follow. What happens when they come due says
`rules/speech/nudges.py`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.rules.desk import Desk
from gateway.rules.timers import NUDGE, PROMISE
from store.records import ClearTimer, Effect, SetTimer, Ticket

PROMISED = "promised"
"""The event of a promise; its detail has the words that go with it."""
BEFORE = timedelta(hours=1)
"""So long before the time somebody of us is reminded; half of the time that is left where that is sooner."""


def timers(before: Ticket, after: Ticket, desk: Desk, now: datetime, *, updated: bool) -> list[Effect]:
    """The timers that follow a change of a ticket; `updated`: the customer hears of us by it."""
    effects: list[Effect] = []
    if before.promised_at != after.promised_at:
        at = after.promised_at
        if at is None:
            effects.append(ClearTimer(ticket=after.ref, kind=PROMISE))
        else:
            due = max(now, at - min(BEFORE, (at - now) / 2))
            effects.append(SetTimer(ticket=after.ref, kind=PROMISE, due_at=due))
    if desk.nudge_after and after.is_reachable:
        if after.is_done and not before.is_done:
            effects.append(ClearTimer(ticket=after.ref, kind=NUDGE))
        elif not after.is_done and (updated or before.is_done or before.promised_at != after.promised_at):
            effects.append(nudging(after, desk, now))
    return effects


def nudging(ticket: Ticket, desk: Desk, now: datetime) -> SetTimer:
    """When somebody of us is told that the customer has heard nothing for long: counted in the hours that we work."""
    return SetTimer(ticket=ticket.ref, kind=NUDGE, due_at=desk.calendar("").add(now, desk.nudge_after))


def begun(ticket: Ticket, desk: Desk, now: datetime) -> list[Effect]:
    """A new ticket of a customer, who has heard nothing yet."""
    return [nudging(ticket, desk, now)] if desk.nudge_after and ticket.is_reachable and not ticket.is_done else []
