"""The mails that a decision may send, as effects: to whom, from which mailbox, with which facts.

In: a ticket and what happened. Out: `SendMail` values for commit. No words of a template stand here, and no address of
a member of staff ever goes into a mail to a customer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.rules import acknowledge, notice
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan, Refused, usages
from store.records import (
    Confirmation,
    Direction,
    FileRef,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)

HISTORY = 2
"""How many earlier messages an answer quotes at most (voice, rule 10)."""
YOUR_ANSWER = "your answer"
"""How a transcript calls the agent's own words."""


def acknowledgement(
    ticket: Ticket, to: Person, trust: Trust, message_id: str, answers: str, due: datetime | None, previous: str
) -> SendMail:
    """The one machine's answer to a new ticket; it repeats no word of the sender but the subject, and not even that,
    nor a name, while nothing proves who the sender is."""
    understood = [["kind", ticket.type]]
    if ticket.topic:
        understood.append(["topic", " / ".join(part for part in (ticket.topic, ticket.subtopic) if part)])
    subject = ticket.subject
    if trust is Trust.D:
        to, answers = replace(to, name=""), acknowledge.answered(answers)
        subject = acknowledge.subject(ticket.language)
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.ACKNOWLEDGEMENT,
        round="0",
        to=to,
        role=Role.CUSTOMER,
        key="public",
        message_id=message_id,
        subject=subject,
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
    others: Sequence[str] = (),
) -> SendMail:
    """A person's answer as the desk: their words, the thread, and nothing else of them. `others` get it too: they are
    named and not addressed (DESIGN section 7)."""
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
        language=_language(desk, ticket, to),
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
            **_also(others),
        },
        files=files,
    )


def _language(desk: Desk, ticket: Ticket, to: Person) -> str:
    """The ticket's, which is its requester's; whoever else is known to speak another one of the desk's gets that."""
    spoken = to.language.partition("-")[0].lower()
    return to.language if to.address != ticket.requester and spoken in desk.languages else ticket.language


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
        language=_language(desk, ticket, to),
        mailbox=ticket.mailbox,
        in_reply_to=incoming[-1] if incoming else "",
        references=tuple(incoming[-1:]),
        facts={"outcome": ticket.outcome, "reopen_days": desk.reopen_within.days, **_also(others)},
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


def denied(
    desk: Desk, mailbox: str, asked: Confirmation, mint: Callable[[], str], occasion: str
) -> tuple[SendMail, ...]:
    """The operators learn that somebody says of a mail that it is not theirs, and to look at what had proven it."""
    person, number = asked.person, asked.journal_id
    title = f"Mail {number} is not {person}'s, they say"
    if asked.trust is Trust.B:
        how = "It came from their address and was proven by its mail server"
        server = f"the mail server of {person.rpartition('@')[2]}"
        cure = f"Look at {server}: who signed in as {person}, who else may write in that name."
    else:
        ref = desk.reference(asked.ticket) if asked.ticket is not None else ""
        how = f"It came with the secret reply address{f' of {ref}' if ref else ''} that {person} has"
        cure = f"replydesk agent keys {person}{f' --ticket {ref}' if ref else ''} --revoke"
    detail, cure = f"{how}.\nIt asked for something; nothing was done.", f"replydesk mail show {number}\n{cure}"
    return _to_operators(desk, None, mailbox, mint, occasion, title, detail, cure, number)


def quarantined(
    desk: Desk, mailbox: str, sender: str, verdict: Verdict, why: str, journal_id: int, mint: Callable[[], str]
) -> tuple[SendMail, ...]:
    """The operators learn that mail of somebody is kept out, and how to let it in."""
    title = f"Mail from {sender} is kept out: {_KEPT_OUT.get(verdict) or why.partition(':')[0].partition(',')[0]}"
    reason = why if "@" in why.partition(" ")[0] else f"{why[:1].upper()}{why[1:]}"
    detail = f"It says that it is from {sender}.\n{reason}.\nNobody was answered, and no ticket was made."
    cure = (
        f"See it:\nreplydesk mail raw {journal_id}\nLet it in:\nreplydesk mail release {journal_id}\n"
        f"See all that is kept out like this:\nreplydesk mail list --verdict {verdict.value}\n"
        "You are told once a day of one sender, and of a few senders in an hour."
    )
    return _to_operators(desk, None, mailbox, mint, str(journal_id), title, detail, cure, journal_id)


_KEPT_OUT = {Verdict.RATE_LIMITED: "too many in an hour", Verdict.BLOCKED_SENDER: "blocked"}
"""Why, as short as a subject has it; the mail itself says it whole."""


def alarms(
    desk: Desk, ticket: Ticket, mint: Callable[[], str], occasion: str, journal_id: int, why: str
) -> tuple[SendMail, ...]:
    """The operators are told of a mail that nobody could read."""
    title = f"Mail {journal_id} could not be read"
    cure = f"See it:\nreplydesk mail raw {journal_id}\nTry again:\nreplydesk mail replay {journal_id}"
    return _to_operators(desk, ticket.ref, ticket.mailbox, mint, occasion, title, why, cure, journal_id)


def breaker(
    desk: Desk, mailbox: str, mint: Callable[[], str], occasion: str, most: int, cure: str
) -> tuple[SendMail, ...]:
    """The operators learn that the desk has stopped its own automatic mail."""
    title = "Automatic mail has been stopped"
    detail = (
        f"{most:,} automatic mails left within an hour (budget.total_hour), which looks like a loop or a flood.\n"
        "Nothing automatic goes to people outside until there is room again; answers that your colleagues write\n"
        "leave as always. Notices, and what a colleague has asked for, wait in the queue."
    )
    return _to_operators(desk, None, mailbox, mint, occasion, title, detail, cure, 0)


def _to_operators(
    desk: Desk,
    ticket: TicketRef | None,
    mailbox: str,
    mint: Callable[[], str],
    occasion: str,
    title: str,
    detail: str,
    cure: str,
    journal_id: int,
) -> tuple[SendMail, ...]:
    facts = {"title": title, "detail": detail, "journal_id": journal_id, "what_to_do": cure}
    return tuple(
        SendMail(
            ticket=ticket,
            purpose=Purpose.ALARM,
            round=occasion,
            to=Person(address=address),
            role=Role.SYSTEM,
            key="",
            message_id=mint(),
            subject=title,
            language="en",
            mailbox=mailbox,
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
    part_of: Mapping[str, str] | None = None,
) -> SendMail:
    """What the agent's verbs did, before and after, what was sent to whom, and where a reply goes after a merge."""
    facts: dict[str, Any] = {
        "done": [
            {"line": item.line, "before": item.before, "after": item.after} for item in plan.done if not item.help
        ],
        "sent": [dict(item) for item in sent],
        "help": usages() if plan.wants_help else [],
        **({"part_of": dict(part_of)} if part_of else {}),
    }
    return _to_agent(ticket, agent, Purpose.TRANSCRIPT, message_id, occasion, facts, answers)


def held(
    ticket: Ticket, agent: Agent, message_id: str, occasion: str, why: Refused, words: str, answers: str
) -> SendMail:
    """Nothing was done and nothing left; the agent's own text comes back, ready to be sent again."""
    allowed = usages() if why.of_verbs else []
    facts = {"reason": why.reason, "nearest": why.nearest, "own_words": words, "allowed": allowed}
    return _to_agent(ticket, agent, Purpose.HELD, message_id, occasion, facts, answers)


def unproven(mailbox: str, agent: Agent, message_id: str, occasion: str, why: str) -> SendMail:
    """A mail claims to be this member of staff's and nothing proves it: they learn of it, without a word of it."""
    cure = "Was it yours: answer a mail of the desk, or have your mail server checked."
    nearest = f"{cure}\nWas it not: there is nothing to do."
    return _held(mailbox, agent, message_id, occasion, why, nearest, claimed=True)


def unconfirmed(mailbox: str, agent: Agent, message_id: str, occasion: str, why: str, nearest: str) -> SendMail:
    """An answer to a question of ours that confirms nothing: why, and what would."""
    return _held(mailbox, agent, message_id, occasion, why, nearest, claimed=False)


def in_other_hands(desk: Desk, ticket: Ticket, owner: Agent, message_id: str, occasion: str) -> SendMail:
    """Somebody else came with this member of staff's secret reply address: they learn of it, without a word of it."""
    ref = desk.reference(ticket.ref)
    news = f"Somebody else wrote to your reply address of {ref}. Nothing was done and nothing was sent."
    why = f"It came to your secret reply address of {ref}, from another sender: somebody else has that address."
    cure = f"An operator ends it:\nreplydesk agent keys {owner.name} --ticket {ref} --revoke"
    nearest = f"{cure}\nYour next mail of {ref} then has a new one."
    mail = _held(ticket.mailbox, owner, message_id, occasion, why, nearest, claimed=False)
    return replace(mail, subject=f"Your reply address of {ref} is in other hands", facts={**mail.facts, "news": news})


def shut_out(mailbox: str, agent: Agent, message_id: str, occasion: str) -> SendMail:
    """Whoever lost access learns that nothing was done; nothing of a ticket stands in it."""
    why = "You have no access to this desk any more."
    return _held(mailbox, agent, message_id, occasion, why, "Ask an operator of the desk.", claimed=True)


def _held(
    mailbox: str, agent: Agent, message_id: str, occasion: str, why: str, nearest: str, *, claimed: bool
) -> SendMail:
    """Nothing was done, and it belongs to no ticket that this person may see."""
    facts = {"reason": why, "nearest": nearest, "claimed": claimed}
    return SendMail(
        ticket=None,
        purpose=Purpose.HELD,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key="",
        message_id=message_id,
        subject=f"{'A mail in your name' if claimed else 'Your mail'} is held",
        language="en",
        mailbox=mailbox,
        facts=facts,
    )


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
