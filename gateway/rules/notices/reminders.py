"""What time brings back: a person's reminder, a ticket that was put aside, work that was scheduled for now.

In: a timer that came due, with its ticket as it stands. Out: what follows: mail to our own people, never outside. A
timer that comes late says so; one whose ticket has moved on since does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from gateway.rules import mails, participants, times
from gateway.rules.change import changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import audience, matter, notice
from gateway.rules.participants import Known
from gateway.rules.timers import NOTHING_LEFT, Due, Told
from store.records import AddEvent, Effect, Person, Status, Ticket


def on_remind(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """Whoever asked for it is reminded, and nobody else; also of a ticket that is closed by now, which it says."""
    agent = desk.agent_named(due.detail.get("who", ""))
    if agent is None:
        return Told(f"{due.detail.get('who') or 'whoever asked for it'} is not here any more")
    ticket = due.ticket
    facts = {
        **_standing(ticket, known, desk, now),
        "text": due.detail.get("text", ""),
        "set_at": due.detail.get("set_at", ""),
    }
    mail = mails.reminder(ticket, agent, mint(), f"{due.kind}-{notice.stamp(due.due_at)}", facts)
    event = AddEvent(ticket=ticket.ref, kind="reminded", actor="system", detail={"who": agent.name})
    return Told(f"{agent.name} is reminded", (event, mail))


def on_wake(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """A ticket that was put aside is back in the queue: its owner is told, or the team."""
    ticket = due.ticket
    if ticket.snoozed_until is None or ticket.is_done:
        return NOTHING_LEFT
    event = AddEvent(ticket=ticket.ref, kind="woken", actor="system", detail={"because": "its time has come"})
    after = replace(ticket, snoozed_until=None, updated_at=now)
    effects = changed(ticket, after, [event], desk, now)
    why = f"it was put aside until {times.spoken(due.due_at, desk)}"
    change, whom = "it is back from being put aside", audience.holders(desk, after)
    return Told(why, (*effects, *by_the_clock(after, whom, "woken", change, due, known, desk, mint, now)))


def on_start(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """Work was scheduled for now: its owner is told, or the team. Nobody starts it but a person."""
    ticket = due.ticket
    if ticket.status != Status.SCHEDULED and ticket.status_category != "scheduled":
        return NOTHING_LEFT
    if ticket.scheduled_for is None or ticket.scheduled_for > now:
        return NOTHING_LEFT
    event = AddEvent(ticket=ticket.ref, kind="start-due", actor="system")
    what = "it was scheduled for now"
    whom = audience.holders(desk, ticket)
    return Told(what, (event, *by_the_clock(ticket, whom, "start-due", what, due, known, desk, mint, now)))


def by_the_clock(
    ticket: Ticket, whom: Iterable[Agent], what: str, change: str, due: Due, known: Known, desk: Desk,
    mint: Callable[[], str], now: datetime,
) -> tuple[Effect, ...]:  # fmt: skip
    """Notices of what nobody did and time brought, once for this due time."""
    facts = notice.facts(
        desk, ticket, what, actor="the clock", now=now,
        requester=known.people.get(ticket.requester, Person(address=ticket.requester)),
        trust=None, words="", changed=change, recent=known.recent.get(ticket.ref, ()),
        kinds=known.participants.get(ticket.ref, participants.NOBODY),
    )  # fmt: skip
    return mails.notices(ticket, tuple(whom), mint, f"{what}-{notice.stamp(due.due_at)}", facts)


def _standing(ticket: Ticket, known: Known, desk: Desk, now: datetime) -> dict[str, object]:
    """How the ticket stands, for a mail that is not about a change of it."""
    person = known.people.get(ticket.requester, Person(address=ticket.requester))
    return {
        "team": ticket.team, "priority": ticket.priority, "status": ticket.status, "owner": ticket.assignee,
        **notice.clock(ticket), "now": notice.stamp(now), "next": notice.upcoming(ticket), **notice.work(ticket),
        "requester": notice.whole(person), "inside": not ticket.is_reachable, **notice.past(ticket, known),
        "missing": matter.missing(ticket, desk), **notice.known(ticket, desk),
    }  # fmt: skip
