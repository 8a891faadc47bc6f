"""Confirmations: somebody says, at an address that only they know, whether a mail in their name is theirs.

In: a mail that asks for more than its trust allows, later the answer to our question. Out: the question as a mail, and
the word in the answer. One mail asks about one mail, within the budget; a robot's answer is none. What is confirmed is
looked at again with the same trust as before, and the table of rights says whether that is enough. A customer is asked
in their own language, and no word of the mail goes back to them: it may be a forger's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.rules import keys
from gateway.rules.acknowledge import zone_of
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import notice
from parsing.message import Kind, ParsedMail
from store.records import Person, Purpose, Role, SendMail, Ticket, TicketRef, Trust

MOST_WORDS = 4_000
"""Characters of the mail that the question shows: enough to know whether it is one's own."""
_YES = frozenset({"yes", "y", "ja", "j", "oui", "o", "ok", "confirm", "confirmed", "bestätigt", "confirmé"})
_NO = frozenset({"no", "n", "nein", "non"})


def question(
    desk: Desk,
    mailbox: str,
    agent: Agent,
    ticket: Ticket | None,
    mail: ParsedMail,
    *,
    asked: Sequence[str],
    trust: Trust,
    now: datetime,
    message_id: str,
    occasion: str,
    for_somebody: bool = False,
) -> SendMail:
    """Ask a member of staff whether the mail is theirs; `asked` is what it wants, a line each, `trust` how far it is
    proven: the question says what is missing. `for_somebody`: it wants a ticket in somebody else's name."""
    ref: TicketRef | None = ticket.ref if ticket is not None else None
    return SendMail(
        ticket=ref,
        purpose=Purpose.CONFIRMATION,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key=keys.CONFIRM,
        message_id=message_id,
        subject="Is this mail yours?",
        language="en",
        mailbox=mailbox,
        in_reply_to=mail.message_id,
        references=(mail.message_id,) if mail.message_id else (),
        facts={
            "asked": list(asked),
            **({"for_somebody": True} if for_somebody else {}),
            "trust": trust.value,
            "subject_said": mail.subject,
            "words": mail.reply[:MOST_WORDS],
            "files": [file.safe_name for file in mail.attachments],
            "came": notice.stamp(now),
            "lapses": notice.stamp(now + desk.confirm_within),
        },
    )


def of_customer(
    desk: Desk, ticket: Ticket, to: Person, answers: str, now: datetime, message_id: str, occasion: str
) -> SendMail:
    """Ask a ticket's requester whether they want it closed, as a mail in their name says."""
    lapses = notice.stamp(now + desk.confirm_within)
    return SendMail(
        ticket=ticket.ref,
        purpose=Purpose.CONSENT,
        round=occasion,
        to=to,
        role=Role.CUSTOMER,
        key=keys.CONFIRM,
        message_id=message_id,
        subject=ticket.subject,
        language=ticket.language,
        mailbox=ticket.mailbox,
        in_reply_to=answers,
        references=(answers,) if answers else (),
        facts={"came": notice.stamp(now), "lapses": lapses, "zone": zone_of(desk, to.address)},
    )


def word(mail: ParsedMail) -> str:
    """`yes`, `no`, or empty: the first word that a person wrote. A machine says nothing here, whatever it writes."""
    if mail.kind is not Kind.HUMAN or mail.auto_generated:
        return ""
    lines = (line.strip() for line in mail.reply.split("\n"))
    first = next((line for line in lines if line and not line.startswith(">")), "")
    said = first.partition(" ")[0].strip(".,!:;*_\"'“”„«» ").lower()
    return "yes" if said in _YES else "no" if said in _NO else ""
