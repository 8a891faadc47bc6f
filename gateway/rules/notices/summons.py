"""Whom of the staff a change of hands concerns: a team that it went to or that helps from now on, a person who has it.

In: the ticket before and after, who did it. Out: notices to those who are concerned now and were not before; for what
nobody can take, one to the leads, once a ticket. Mail of these goes to the staff only: a customer never notices whose
the ticket is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.rules import mails, participants
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import audience, notice
from gateway.rules.participants import Known
from store.records import Message, Person, SendMail, Ticket

UNTAKEN = "nobody-fits"
"""The round of the notice that nobody fits: (ticket, purpose, round, person) goes out once."""


def called(before: Ticket, after: Ticket, desk: Desk, actor: str) -> tuple[Agent, ...]:
    """Who works on it from now on and did not before; not whoever did it (`actor`, an address)."""
    were = notice.told(desk, before, actor)
    return tuple(
        agent
        for agent in notice.told(desk, after, actor)
        if agent not in were or (agent.name == after.assignee != before.assignee)
    )


def handed(
    before: Ticket,
    after: Ticket,
    actor: Agent,
    known: Known,
    recent: Sequence[Message],
    desk: Desk,
    mint: Callable[[], str],
    occasion: str,
    now: datetime,
) -> tuple[SendMail, ...]:
    """Who is concerned from now on learns of it at once, with the customer's problem in their own words, what is known
    of it and what was done so far: they start where the others stopped (`ops` R45)."""
    told = called(before, after, desk, actor.address)
    if not told:
        return ()
    facts = _facts(after, "handed", actor.full_name, changes(before, after, actor), known, recent, desk, now)
    return mails.notices(after, told, mint, occasion, facts)


def raised(
    before: Ticket,
    after: Ticket,
    because: str,
    actor: Agent,
    known: Known,
    recent: Sequence[Message],
    desk: Desk,
    mint: Callable[[], str],
    occasion: str,
    now: datetime,
) -> tuple[SendMail, ...]:
    """Whoever has a ticket learns that somebody else escalated it, or ended that: they answer for it on (X7)."""
    owner = desk.agent_named(after.assignee) if after.assignee == before.assignee else None
    if owner is None or owner.name == actor.name or owner.address == after.requester:
        return ()
    gone = [team for team in before.helpers if team not in after.helpers]
    left = f", {' and '.join(gone)} left" if gone else ""
    ended = f"{actor.full_name} ended the escalation{left}: {because}"
    change = ended if after.escalated_at is None else changes(before, after, actor)
    facts = _facts(after, "handed", actor.full_name, change, known, recent, desk, now)
    told = audience.heard(desk, after, (owner,), somebody=False)
    return mails.notices(after, told, mint, occasion, facts)


def untaken(
    ticket: Ticket,
    why: Mapping[str, str],
    actor: Agent,
    known: Known,
    recent: Sequence[Message],
    desk: Desk,
    mint: Callable[[], str],
    now: datetime,
) -> tuple[SendMail, ...]:
    """The leads learn, once a ticket, that nobody of its team can take it. `why` is by name."""
    leads = tuple(agent for agent in audience.concerned(desk, ticket, "") if "lead" in agent.roles)
    because = "; ".join(f"{name}: {reason}" for name, reason in why.items())
    change = f"nobody of {ticket.team} can take it" + (f" ({because})" if because else "")
    facts = _facts(ticket, UNTAKEN, actor.full_name, change, known, recent, desk, now)
    return mails.notices(ticket, leads, mint, UNTAKEN, facts)


def changes(before: Ticket, after: Ticket, actor: Agent) -> str:
    """What happened, in the words of a notice."""
    said = []
    if after.team != before.team:
        said.append(f"gave it to {after.team}")
    if after.assignee and after.assignee != before.assignee:
        said.append("took it" if after.assignee == actor.name else f"assigned {after.assignee}")
    joined = [team for team in after.helpers if team not in before.helpers]
    if joined:
        because = f": {after.escalated_because}" if after.escalated_at and not before.escalated_at else ""
        said.append(f"brought in {' and '.join(joined)}{because}")
    return f"{actor.full_name} {' and '.join(said)}"


def _facts(
    ticket: Ticket,
    what: str,
    actor: str,
    changed: str,
    known: Known,
    recent: Sequence[Message],
    desk: Desk,
    now: datetime,
) -> dict[str, Any]:
    return notice.facts(
        desk,
        ticket,
        what,
        actor=actor,
        now=now,
        requester=known.people.get(ticket.requester, Person(address=ticket.requester)),
        trust=None,
        words="",
        recent=recent,
        problem=notice.first_words(recent),
        changed=changed,
        copied=participants.readers(ticket, known),
        kinds=known.participants.get(ticket.ref, participants.NOBODY),
    )
