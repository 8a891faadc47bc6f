"""The mails of a handoff: to whoever is asked to take it, and to a tracker outside.

In: a ticket, who is asked, the facts (`handoffs/specialists.py`). Out: `SendMail` values. No name of our people goes
into the mail to a tracker; the words that do, `because` among them, pass the last check before (`spoken_of`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.rules.desk import Agent
from store.records import Person, Purpose, Role, SendMail, Ticket


def asked(ticket: Ticket, agent: Agent, message_id: str, occasion: str, facts: Mapping[str, Any]) -> SendMail:
    """One of us is asked to take it: a mail of their own, with all that was found out (R45, R70)."""
    person = Person(address=agent.address, name=agent.full_name)
    return _mail(ticket, person, Role.AGENT, message_id, occasion, facts)


def outward(ticket: Ticket, address: str, message_id: str, occasion: str, facts: Mapping[str, Any]) -> SendMail:
    """A tracker outside gets every field, in words and as JSON (R72); it answers to a secret address of its own."""
    return _mail(ticket, Person(address=address), Role.SYSTEM, message_id, occasion, {**facts, "outside": True})


def spoken_of(mail: SendMail) -> tuple[str, ...]:
    """All words of such a mail, for the last check before anybody says that it went."""
    facts = mail.facts
    pairs = (*facts["fields"], *facts["appendix"])
    told = (entry["text"] for entry in facts["entries"])
    return (mail.subject, facts["because"], facts["asks"], *(f"{name}: {value}" for name, value in pairs), *told)


def _mail(ticket: Ticket, to: Person, role: Role, message_id: str, occasion: str, facts: Mapping[str, Any]) -> SendMail:
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.HANDOFF,
        round=occasion,
        to=to,
        role=role,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language="en",
        mailbox=ticket.mailbox,
        facts=facts,
    )
