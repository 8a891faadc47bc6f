"""The mails that a decision may send, as effects: to whom, from which mailbox, with which facts.

In: a ticket and what happened. Out: `SendMail` values for commit. No words of a template stand here, and no address of
a member of staff ever goes into a mail to a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.rules import notice
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan, Refused, usages
from store.records import Direction, FileRef, Message, Person, Purpose, Role, SendMail, Ticket

HISTORY = 2
"""How many earlier messages an answer quotes at most (voice, rule 10)."""


def acknowledgement(
    ticket: Ticket, to: Person, message_id: str, answers: str, due: datetime | None, previous: str
) -> SendMail:
    """The one machine's answer to a new ticket; it repeats no word of the sender but the subject."""
    understood = [["kind", ticket.type]]
    if ticket.topic:
        understood.append(["topic", " / ".join(part for part in (ticket.topic, ticket.subtopic) if part)])
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.ACKNOWLEDGEMENT,
        round="0",
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language=ticket.language,
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        facts={"understood": understood, "answer_by": notice.stamp(due) if due else "", "previous": previous},
    )


def answer(
    desk: Desk,
    ticket: Ticket,
    to: Person,
    message_id: str,
    occasion: str,
    author: Agent,
    words: str,
    recent: Sequence[Message],
    files: tuple[FileRef, ...],
    outcome: str,
) -> SendMail:
    """A person's answer as the desk: their words, the thread, and nothing else of them."""
    public = _public(recent)
    incoming = [m.message_id for m in public if m.direction is Direction.IN and m.message_id]
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.ANSWER,
        round=occasion,
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language=ticket.language,
        mailbox=ticket.mailbox,
        in_reply_to=incoming[-1] if incoming else "",
        references=tuple(m.message_id for m in public if m.message_id),
        automatic=False,
        facts={
            "greeting_name": "",
            "words": words,
            "closing": _shown(desk, author),
            "outcome": outcome,
            "reopen_days": desk.reopen_within.days,
            "history": _history(recent, to),
        },
        files=files,
    )


def resolved(
    desk: Desk, ticket: Ticket, to: Person, message_id: str, occasion: str, recent: Sequence[Message]
) -> SendMail:
    """The customer learns that the ticket is resolved and how; an agent decided it, a machine writes it."""
    incoming = [m.message_id for m in _public(recent) if m.direction is Direction.IN and m.message_id]
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.RESOLVED,
        round=occasion,
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language=ticket.language,
        mailbox=ticket.mailbox,
        in_reply_to=incoming[-1] if incoming else "",
        references=tuple(incoming[-1:]),
        facts={"outcome": ticket.outcome, "reopen_days": desk.reopen_within.days},
    )


def notices(
    ticket: Ticket, told: Sequence[Agent], mint: Callable[[], str], occasion: str, facts: Mapping[str, Any]
) -> tuple[SendMail, ...]:
    """One mail to each of the agents concerned, each with an own reply address."""
    return tuple(_to_agent(ticket, agent, Purpose.NOTICE, mint(), occasion, facts, "") for agent in told)


def undelivered(
    ticket: Ticket, told: Sequence[Agent], mint: Callable[[], str], occasion: str, facts: Mapping[str, Any]
) -> tuple[SendMail, ...]:
    """A mail of ours did not arrive: one mail to each of those who can mend it, once for each failed mail."""
    return tuple(_to_agent(ticket, agent, Purpose.UNDELIVERED, mint(), occasion, facts, "") for agent in told)


def alarms(
    desk: Desk, ticket: Ticket, mint: Callable[[], str], occasion: str, journal_id: int, why: str
) -> tuple[SendMail, ...]:
    """The operators are told of a mail that nobody could read."""
    facts: dict[str, Any] = {
        "title": f"Mail {journal_id} could not be read",
        "detail": why,
        "journal_id": journal_id,
        "what_to_do": f"replydesk mail raw {journal_id} shows it; replydesk mail replay {journal_id} tries again.",
    }
    return tuple(
        SendMail(
            ticket=ticket.ref,
            purpose=Purpose.ALARM,
            round=occasion,
            to=Person(address=address),
            role=Role.SYSTEM,
            key="",
            message_id=mint(),
            subject=facts["title"],
            language="en",
            mailbox=ticket.mailbox,
            facts=facts,
        )
        for address in dict.fromkeys(desk.operators)
    )


def transcript(
    ticket: Ticket,
    agent: Agent,
    message_id: str,
    occasion: str,
    plan: Plan,
    sent: Sequence[Mapping[str, str]],
    answers: str,
) -> SendMail:
    """What the agent's verbs did, before and after, and what was sent to whom."""
    facts: dict[str, Any] = {
        "done": [
            {"line": item.line, "before": item.before, "after": item.after} for item in plan.done if not item.help
        ],
        "sent": [dict(item) for item in sent],
        "help": usages() if plan.wants_help else [],
    }
    return _to_agent(ticket, agent, Purpose.TRANSCRIPT, message_id, occasion, facts, answers)


def held(
    ticket: Ticket, agent: Agent, message_id: str, occasion: str, why: Refused, words: str, answers: str
) -> SendMail:
    """Nothing was done and nothing left; the agent's own text comes back, ready to be sent again."""
    facts = {"reason": why.reason, "nearest": why.nearest, "own_words": words, "allowed": usages()}
    return _to_agent(ticket, agent, Purpose.HELD, message_id, occasion, facts, answers)


def _to_agent(
    ticket: Ticket,
    agent: Agent,
    purpose: Purpose,
    message_id: str,
    occasion: str,
    facts: Mapping[str, Any],
    answers: str,
) -> SendMail:
    return SendMail(
        ticket=ticket.ref,
        purpose=purpose,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language="en",
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        facts=facts,
    )


def _history(recent: Sequence[Message], to: Person) -> list[dict[str, str]]:
    """The last messages that both sides know, for the foot of an answer."""
    known = [m for m in known_to(to.address, recent) if m.text]
    return [
        {"at": notice.stamp(m.at), "who": "you" if m.direction is Direction.IN else "desk", "text": m.text}
        for m in known[-HISTORY:]
    ]


def known_to(address: str, recent: Sequence[Message]) -> list[Message]:
    """What this person has seen: their own words and ours; a third person's words are not theirs to see."""
    return [m for m in _public(recent) if m.direction is Direction.OUT or m.from_address == address]


def _public(recent: Sequence[Message]) -> list[Message]:
    """What the customer knows of: their own words and ours, no note, and no robot's mail."""
    return [m for m in recent if m.direction is Direction.OUT or (m.direction is Direction.IN and m.kind == "human")]


def _shown(desk: Desk, author: Agent) -> str:
    """The name under an answer, as the desk's policy has it (`staff.show_names`)."""
    if desk.show_names == "full":
        return author.full_name
    return author.full_name.split(" ")[0] if desk.show_names == "first" else ""
