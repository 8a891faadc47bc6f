"""Mails to our own people about a ticket: notices, warnings, reminders.

In: a ticket, whom to tell, the facts (`notices/notice.py`). Out: `SendMail` values, one to each, with an own reply
address: where the words that it brings stayed inside, so does what is answered to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.rules.desk import Agent
from gateway.rules.rights import Action, allows
from store.records import FileRef, Person, Purpose, Role, SendMail, Ticket

NOTE = "note"
PUBLIC = "public"


def notices(
    ticket: Ticket, told: Sequence[Agent], mint: Callable[[], str], occasion: str, facts: Mapping[str, Any]
) -> tuple[SendMail, ...]:
    """One mail to each of the agents concerned, with the files that go along."""
    files = tuple(_file(named) for named in facts.get("files", ()) if named.get("attached"))
    return tuple(_about(ticket, agent, Purpose.NOTICE, mint(), occasion, facts, files) for agent in told)


def warnings(
    ticket: Ticket, told: Sequence[Agent], mint: Callable[[], str], occasion: str, facts: Mapping[str, Any]
) -> tuple[SendMail, ...]:
    """A clock of the ticket is nearly over, or is: one mail to each who can do something about it."""
    return tuple(_about(ticket, agent, Purpose.WARNING, mint(), occasion, facts) for agent in told)


def reminder(ticket: Ticket, agent: Agent, message_id: str, occasion: str, facts: Mapping[str, Any]) -> SendMail:
    """What somebody asked to be reminded of, to them alone."""
    return _about(ticket, agent, Purpose.REMINDER, message_id, occasion, facts)


def audience_of(facts: Mapping[str, Any]) -> str:
    """Whom an answer is for: a reply to a note is a note, and of a ticket that nobody outside gets mail of all are."""
    inside = facts.get("what") == NOTE or facts.get("kept_inside") or facts.get("inside")
    return NOTE if inside else PUBLIC


def _about(
    ticket: Ticket,
    agent: Agent,
    purpose: Purpose,
    message_id: str,
    occasion: str,
    facts: Mapping[str, Any],
    files: tuple[FileRef, ...] = (),
) -> SendMail:
    if not allows(Action.SPEAK, agent.roles):
        facts = {**facts, "reads_only": True}
    return SendMail(
        ticket=ticket.ref,
        purpose=purpose,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key=audience_of(facts),
        message_id=message_id,
        subject=ticket.subject,
        language="en",
        mailbox=ticket.mailbox,
        facts=facts,
        files=files,
    )


def _file(named: Mapping[str, Any]) -> FileRef:
    return FileRef(
        raw=named["raw"],
        part=named["part"],
        filename=named["filename"],
        content_type=named["content_type"],
        size=named["size"],
        sha256=named["sha256"],
    )
