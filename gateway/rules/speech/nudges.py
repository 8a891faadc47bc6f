"""A promise to a customer comes near or has passed, or they have heard nothing for long: our own people are told (R43).

In: a timer that came due, with its ticket as it stands. Out: mail to our own people, never outside. Whatever is said to
the customer keeps a promise; who waits for the customer, or has said when they hear more, owes them nothing yet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import audience, notice
from gateway.rules.notices.reminders import by_the_clock
from gateway.rules.participants import Known
from gateway.rules.speech.promised import nudging
from gateway.rules.timers import NOTHING_LEFT, PROMISE, Due, Told
from gateway.rules.times import spoken
from store.records import AddEvent, SetTimer, Ticket


def on_promise(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """The time comes near: whoever has the ticket is reminded. It has passed: they and the leads learn of it."""
    ticket, at = due.ticket, due.ticket.promised_at
    if at is None or ticket.is_done:
        return NOTHING_LEFT
    when = spoken(at, desk)
    if now < at:
        again = SetTimer(ticket=ticket.ref, kind=PROMISE, due_at=at)
        change = f"the customer was promised to hear more by {when}"
        whom = audience.holders(desk, ticket)
        told = by_the_clock(ticket, whom, "promise-near", change, due, known, desk, mint, now)
        return Told(change, (again, *told))
    event = AddEvent(ticket=ticket.ref, kind="promise-missed", actor="system", detail={"at": notice.stamp(at)})
    both = dict.fromkeys((*audience.holders(desk, ticket), *audience.heard(desk, ticket, _leads(ticket, desk))))
    change = f"{when} has passed, and the customer has heard nothing: #eta says when instead"
    told = by_the_clock(ticket, both, "promise-over", change, due, known, desk, mint, now)
    return Told("nobody has written", (event, *told))


def on_nudge(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """The customer has heard nothing for long: whoever has the ticket is told once. It waits while the customer does
    not wait for us, or knows when to hear more."""
    ticket = due.ticket
    if ticket.is_done or not ticket.is_reachable or not desk.nudge_after:
        return NOTHING_LEFT
    until = [at for at in (ticket.promised_at, ticket.snoozed_until) if at is not None and at > now]
    if ticket.waiting_on == "customer" or until:
        return Told("nothing is owed to the customer now", (nudging(ticket, desk, max([now, *until])),))
    hours = f"{desk.nudge_after.total_seconds() / 3600:g}"
    change = f"the customer has heard nothing for {hours} working hours"
    event = AddEvent(ticket=ticket.ref, kind="nudged", actor="system", detail={"hours": hours})
    whom = audience.holders(desk, ticket)
    return Told(change, (event, *by_the_clock(ticket, whom, "nudge", change, due, known, desk, mint, now)))


def _leads(ticket: Ticket, desk: Desk) -> tuple[Agent, ...]:
    return tuple(agent for agent in desk.concerned(ticket.team) if "lead" in agent.roles)
