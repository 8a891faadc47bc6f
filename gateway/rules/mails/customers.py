"""Mails to customers: the acknowledgement, a person's answer as the desk, what became of a ticket, how it stands.

In: a ticket, whom it is for, what was said. Out: `SendMail` values. Nobody outside ever learns from them what somebody
else wrote to us alone, what was said inside, or who of us works on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.rules import acknowledge, participants
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import notice
from store.records import (
    Direction,
    FileRef,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    Ticket,
    Trust,
)

HISTORY = 2
"""How many earlier messages an answer quotes at most (voice, rule 10)."""


def acknowledgement(
    ticket: Ticket,
    to: Person,
    trust: Trust,
    message_id: str,
    answers: str,
    due: datetime | None,
    previous: str,
    zone: str = "",
    *,
    topic: tuple[str, str] = ("", ""),
    questions: Sequence[Mapping[str, Any]] = (),
    found: Sequence[Sequence[str]] = (),
) -> SendMail:
    """The one machine's answer to a new ticket; it repeats no word of the sender but the subject and the facts that
    were `found` (`mails.questions.found`), and not even those, nor a name, while nothing proves who the sender is.
    `topic` is topic and subtopic in the words of the ticket's language; `questions` (`mails.questions.asked`) are asked
    with it, and the whole mail is in their language."""
    understood = [["kind", ticket.type]]
    if any(topic):
        understood.append(["topic", " / ".join(part for part in topic if part)])
    subject = ticket.subject
    if trust is Trust.D:
        to, answers, found = replace(to, name=""), acknowledge.answered(answers), ()
        subject = acknowledge.subject(_spoken(questions, ticket.language))
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.ACKNOWLEDGEMENT,
        round="0",
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=subject,
        language=_spoken(questions, ticket.language),
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=_alone(answers),
        facts={
            "understood": understood,
            "answer_by": notice.stamp(due) if due else "",
            "previous": previous,
            **({"zone": zone} if zone else {}),
            **({"found": [list(one) for one in found]} if found else {}),
            **({"questions": [dict(one) for one in questions]} if questions else {}),
        },
    )


def _spoken(questions: Sequence[Mapping[str, Any]], otherwise: str) -> str:
    """The language of a mail is that of its questions: it is never mixed."""
    return str(questions[0].get("language") or otherwise) if questions else otherwise


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
    others: Sequence[str] = (),
    *,
    greeting: str = "",
    promise: datetime | None = None,
    questions: Sequence[Mapping[str, Any]] = (),
) -> SendMail:
    """A person's answer as the desk: their words, the thread, and nothing else of them. `others` get it too: they are
    named and not addressed (DESIGN section 7). A template greets by name; a `promise` is when they hear more. With
    `questions` (`mails.questions.asked`) it asks, below the words, for what is missing."""
    mail = to_customer(desk, ticket, to, Purpose.ANSWER, message_id, occasion, _newest(recent), _thread(recent), {
        "greeting_name": greeting,
        "words": words,
        "closing": _shown(desk, author),
        "outcome": outcome,
        "reopen_days": desk.reopen_within.days,
        "history": _history(recent, to),
        **_also(others),
        **_asks(ticket, to, outcome),
        **_promised(desk, to, promise),
        **_introduced(ticket, to, recent),
        **({"questions": [dict(one) for one in questions]} if questions else {}),
    })  # fmt: skip
    return replace(mail, automatic=False, files=files, language=_spoken(questions, mail.language))


def language(desk: Desk, ticket: Ticket, to: Person) -> str:
    """The ticket's, which is its requester's; whoever else is known to speak another one of the desk's gets that."""
    spoken = to.language.partition("-")[0].lower()
    return to.language if to.address != ticket.requester and spoken in desk.languages else ticket.language


def _asks(ticket: Ticket, to: Person, outcome: str) -> dict[str, bool]:
    """Whether it is solved is the requester's to say, and asked of nobody else (`rules/customers.py` reads it)."""
    return {"asks": True} if outcome and to.address == ticket.requester else {}


def _introduced(ticket: Ticket, to: Person, recent: Sequence[Message]) -> dict[str, str]:
    """Who is copied learns in their first mail why they get it, and who asked us."""
    if to.address == ticket.requester or known_to(to.address, recent):
        return {}
    names = (m.from_name for m in recent if m.direction is Direction.IN and m.from_address == ticket.requester)
    asker = Person(address=ticket.requester, name=next(names, ""))
    named = notice.destination(asker)  # a name that pretends to be another's is none
    return {"copied_by": participants.called(replace(asker, name="") if named == asker.address else asker)}


ELSEWHERE = "elsewhere"
"""The kind of an answer that an agent's own mail program has sent."""


def to_customer(
    desk: Desk, ticket: Ticket, to: Person, purpose: Purpose, message_id: str, occasion: str, answers: str,
    references: tuple[str, ...], facts: Mapping[str, Any],
) -> SendMail:  # fmt: skip
    """A mail about a known ticket to one of its people outside, in their language, with an own reply address; it
    `answers` the mail of that Message-ID, if any."""
    return SendMail(
        ticket=ticket.ref,
        purpose=purpose,
        round=occasion,
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=ticket.subject,
        language=language(desk, ticket, to),
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=references,
        facts=facts,
    )


def _newest(recent: Sequence[Message]) -> str:
    """The Message-ID of the customer's newest mail; empty where it had none."""
    incoming = [m.message_id for m in _public(recent) if m.direction is Direction.IN and m.message_id]
    return incoming[-1] if incoming else ""


def _alone(message_id: str) -> tuple[str, ...]:
    return (message_id,) if message_id else ()


def _thread(recent: Sequence[Message]) -> tuple[str, ...]:
    """The mails that the customer knows of; the Message-ID of an agent's own mail program is told to nobody else."""
    return tuple(m.message_id for m in _public(recent) if m.message_id and m.kind != ELSEWHERE)


def _promised(desk: Desk, to: Person, at: datetime | None) -> dict[str, str]:
    """When they hear more, in their own zone."""
    return {"promise": notice.stamp(at), "zone": acknowledge.zone_of(desk, to.address)} if at is not None else {}


def promise(
    desk: Desk,
    ticket: Ticket,
    to: Person,
    message_id: str,
    occasion: str,
    words: str,
    recent: Sequence[Message],
    others: Sequence[str] = (),
) -> SendMail:
    """The customer learns when they hear more (`ops` R43); an agent decided it, a machine writes it."""
    facts = {"words": words, **_promised(desk, to, ticket.promised_at), **_also(others)}
    answers, thread = _newest(recent), _thread(recent)
    return to_customer(desk, ticket, to, Purpose.PROMISE, message_id, occasion, answers, thread, facts)


def _also(others: Sequence[str]) -> dict[str, list[str]]:
    return {"others": list(others)} if others else {}


def resolved(
    desk: Desk,
    ticket: Ticket,
    to: Person,
    message_id: str,
    occasion: str,
    recent: Sequence[Message],
    others: Sequence[str] = (),
) -> SendMail:
    """The customer learns that the ticket is resolved and how; an agent decided it, a machine writes it."""
    facts = {
        "outcome": ticket.outcome,
        "reopen_days": desk.reopen_within.days,
        **_also(others),
        **_asks(ticket, to, "resolved"),
    }
    answers = _newest(recent)
    return to_customer(desk, ticket, to, Purpose.RESOLVED, message_id, occasion, answers, _alone(answers), facts)


def _history(recent: Sequence[Message], to: Person) -> list[dict[str, str]]:
    """The last messages that both sides know, for the foot of an answer."""
    known = [m for m in known_to(to.address, recent) if m.text]
    return [
        {"at": notice.stamp(m.at), "who": "you" if m.direction is Direction.IN else "desk", "text": m.text}
        for m in known[-HISTORY:]
    ]


def known_to(address: str, recent: Sequence[Message]) -> list[Message]:
    """What this person has seen: their own words, and ours that went to them. A third person's words are not theirs to
    see, and neither is what we wrote before they came to the ticket."""
    return [m for m in _public(recent) if address in (m.to if m.direction is Direction.OUT else (m.from_address,))]


def known_to_all(addresses: Sequence[str], recent: Sequence[Message]) -> list[Message]:
    """What each of these people has seen."""
    known = [known_to(address, recent) for address in addresses]
    return [message for message in known[0] if all(message in theirs for theirs in known[1:])] if known else []


def _public(recent: Sequence[Message]) -> list[Message]:
    """What the customer knows of: their own words and ours, no note, no robot's mail, and nothing that only claims to
    be somebody's who has been heard of with proof before."""
    found: list[Message] = []
    proven: set[str] = set()
    for message in recent:
        if message.direction is Direction.IN and message.kind == "human":
            if message.trust == Trust.D and message.from_address in proven:
                continue
            if message.trust and message.trust != Trust.D:
                proven.add(message.from_address)
            found.append(message)
        elif message.direction is Direction.OUT:
            found.append(message)
    return found


def _shown(desk: Desk, author: Agent) -> str:
    """The name under an answer, as the desk's policy has it (`staff.show_names`)."""
    if desk.show_names == "full":
        return author.full_name
    return author.full_name.split(" ")[0] if desk.show_names == "first" else ""


def status(
    desk: Desk, ticket: Ticket, to: Person, message_id: str, occasion: str, answers: str, facts: Mapping[str, Any]
) -> SendMail:
    """How the ticket stands, to whoever of its participants asked."""
    return to_customer(desk, ticket, to, Purpose.STATUS, message_id, occasion, answers, _alone(answers), facts)


def retyped(
    desk: Desk, ticket: Ticket, to: Person, message_id: str, occasion: str, answers: str, previous: str
) -> SendMail:
    """What they wrote is another kind of matter and goes on as this ticket: the one mail of it (`ops` R29)."""
    due = ticket.response_due
    facts = {
        "previous": previous,
        "kind": ticket.type,
        "answer_by": notice.stamp(due) if due else "",
        "zone": acknowledge.zone_of(desk, to.address),
    }
    return to_customer(desk, ticket, to, Purpose.RETYPED, message_id, occasion, answers, _alone(answers), facts)


def last_public(recent: Sequence[Message], to: Person) -> Message | None:
    """The last words that this person has seen of the ticket."""
    return next((m for m in reversed(known_to(to.address, recent)) if m.text), None)
