"""Mails to the operators: what went wrong and how to mend it.

In: what happened. Out: `SendMail` values, one to each operator. No word of a customer stands in them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gateway.rules.desk import Agent, Desk
from store.records import Confirmation, Person, Purpose, Role, SendMail, Ticket, TicketRef, Trust, Verdict


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


def untold(
    desk: Desk,
    ticket: TicketRef | None,
    mailbox: str,
    agent: Agent,
    mint: Callable[[], str],
    occasion: str,
    journal_id: int,
    cure: str,
) -> tuple[SendMail, ...]:
    """The leads, and the operators where nobody else leads, learn that a colleague's mail was held and that the
    colleague does not hear of it."""
    about = f" on {desk.reference(ticket)}" if ticket is not None else ""
    title = f"A mail of {agent.full_name}{about} is held, and {agent.full_name} does not know"
    detail = (
        "Nothing of it was done, and nothing of it was sent.\n"
        f"The mail that says so waits in the queue: {agent.address} has had as many automatic mails\n"
        "as may be in a day (the section [budget] of the configuration).\n"
        "You are told once a day of one colleague, whatever else is held."
    )
    cure = f"Tell {agent.full_name}: held mail is no answer.\nWhat was held:\n{_SHOW_HELD}\nLet the news go:\n{cure}"
    leads = [one.address for one in desk.agents.values() if "lead" in one.roles and one.address != agent.address]
    return _to_operators(desk, ticket, mailbox, mint, occasion, title, detail, cure, journal_id, leads)


_SHOW_HELD = f"replydesk mail list --verdict {Verdict.HELD_COMMAND.value}"


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
    instead: Sequence[str] = (),
) -> tuple[SendMail, ...]:
    """One to each operator, or to each of those who hear of it instead."""
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
        for address in dict.fromkeys(instead or desk.operators)
    )
