"""Access: who was a member of staff and may do nothing any more, and what becomes of their tickets.

In: an author with the key that the mail came to, the desk. Out: who it is and why, or None; until when somebody is
away; effects that give a ticket back to its team, and what the team is told of it. A From alone opens nothing here: it
can only take away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.rules import times, workflow
from gateway.rules.case import Guarded
from gateway.rules.change import changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.participants import Known
from gateway.rules.routing import FOREVER
from gateway.rules.timers import NOTHING_LEFT, Due, Told
from store.records import AddEvent, Effect, Person, Purpose, Role, SendMail, SetTimer, Status, Ticket

OPERATOR = "operator"
"""How events call whoever gives a command of the shell."""
GIVE_BACK = "give-back"
"""The timer of a ticket that is given back after the turn in which somebody went away."""
SHOWN = 20
"""Tickets that one mail names of those that came back."""


def lost(guarded: Guarded, desk: Desk) -> tuple[Agent, str] | None:
    """Whose access is gone, and why; None for everybody else.

    That somebody is in no configuration any more shows only by their key: without one they are a customer like others.
    """
    author, key = guarded.author, guarded.key
    if guarded.incoming.entry.envelope.history:  # what they did while they had access
        return None
    former = desk.former.get(author.address)
    if former is not None:
        return former, f"{former.name} is disabled (replydesk agent enable {former.name} gives access back)"
    theirs = key is not None and key.role is Role.AGENT and key.person == author.address
    if guarded.agent is None and author.address not in desk.agents and theirs:
        gone = Agent(name="", full_name=author.name, address=author.address, team="", roles=frozenset())
        return gone, f"{author.address} is of the staff no more"
    return None


def until(words: str, desk: Desk, now: datetime) -> datetime | times.Unclear:
    """`until DATE`, `for 3d`, or nothing: until they say that they are back."""
    how, _, when = " ".join(words.split()).partition(" ")
    if not how:
        return FOREVER
    if how.lower() not in ("until", "for") or not when:
        reason = f"{' '.join(words.split())[:60]}: write until DATE or for 3d; times: {times.FORMS}"
        return times.Unclear(reason=reason, nearest="for 3d")
    return times.read_when(when, desk, now)


def left_behind(
    ticket: Ticket, desk: Desk, now: datetime, because: str, actor: str = OPERATOR
) -> tuple[Ticket, list[AddEvent]]:
    """The ticket with nobody assigned any more, as `#assign nobody` would leave it, and what is told of it."""
    after, waits = workflow.left(replace(ticket, assignee="", owned_at=now, updated_at=now), desk, now, actor, because)
    detail = {"from": ticket.assignee, "to": "", "because": because}
    return after, [AddEvent(ticket=ticket.ref, kind="assigned", actor=actor, detail=detail), *waits]


def given_back(ticket: Ticket, desk: Desk, now: datetime, because: str, actor: str = OPERATOR) -> tuple[Effect, ...]:
    """Nobody is assigned any more, nor asked for what was handed over; the customer notices nothing."""
    after, told = left_behind(ticket, desk, now, because, actor)
    return (*changed(ticket, after, told, desk, now), *passed_on(ticket, ticket.assignee, now))


def passed_on(ticket: Ticket, who: str, now: datetime) -> tuple[SetTimer, ...]:
    """The handoffs that wait for this person, or that they have: the next in line is asked at once."""
    return tuple(
        SetTimer(
            ticket=ticket.ref, kind=f"{handoffs.ACK}:{one.edge}", due_at=now,
            detail={"edge": one.edge, "at": one.at, "who": who},
        )
        for one in handoffs.live(ticket)
        if one.whom == who and one.state in (handoffs.ASKED, handoffs.TAKEN)
    )  # fmt: skip


def on_give_back(due: Due, known: Known, desk: Desk, _mint: Callable[[], str], now: datetime) -> Told:
    """What somebody had, beyond what one turn gives back; where they are back by now they keep it."""
    ticket, who = due.ticket, due.detail.get("who", "")
    handed = passed_on(ticket, who, now)
    if not who or ticket.status == Status.CLOSED or (ticket.assignee != who and not handed):
        return NOTHING_LEFT
    agent = desk.agent_named(who)
    person = known.people.get(agent.address) if agent is not None else None
    if agent is not None and (person is None or person.away_until is None or person.away_until <= now):
        return Told(f"{who} is back and keeps it")
    if ticket.assignee != who:
        return Told("the next in line is asked", handed)
    because = f"{who} is away"
    return Told(f"back with {ticket.team}", given_back(ticket, desk, now, because, who))


def back_with(
    tickets: Sequence[Ticket], one: Agent, because: str, desk: Desk, mint: Callable[[], str]
) -> tuple[SendMail, ...]:
    """One mail to each of those who work on from here: what came back to their teams. Not one a ticket."""
    found: dict[Agent, list[Ticket]] = {}
    for ticket in tickets:
        if not ticket.is_done:
            for agent in desk.concerned(ticket.team):
                if agent.address != one.address:
                    found.setdefault(agent, []).append(ticket)
    return tuple(_digest(agent, theirs, because, desk, mint()) for agent, theirs in found.items())


def _digest(agent: Agent, tickets: Sequence[Ticket], because: str, desk: Desk, message_id: str) -> SendMail:
    most = sorted(tickets, key=lambda ticket: (ticket.priority, str(ticket.ref)))
    lines = [f"{desk.reference(one.ref)} · {one.team} · P{one.priority} · {one.subject}" for one in most[:SHOWN]]
    if len(most) > SHOWN:
        lines.append(f"and {len(most) - SHOWN} more")
    few = "1 ticket is" if len(most) == 1 else f"{len(most)} tickets are"
    title = f"{few} back with the team: {because}"
    cure = "To take one, answer its mail with #take; #assign NAME gives it to somebody."
    return SendMail(
        ticket=None,
        purpose=Purpose.ALARM,
        round=message_id[1:33],
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.SYSTEM,
        key="",
        message_id=message_id,
        subject=title,
        language="en",
        mailbox=next(to.canonical for to in desk.addresses.values() if to.kind == "support"),
        facts={"title": title, "detail": "\n".join(lines), "journal_id": 0, "what_to_do": cure},
    )
