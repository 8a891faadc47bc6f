"""Confirmations: somebody says, at an address that only they know, whether a mail in their name is theirs.

In: a mail that asks for more than its trust allows, later the answer to our question. Out: the question as a mail, and
the word in the answer. One mail asks about one mail, within the budget; a robot's answer is none. What is confirmed is
looked at again with the same trust as before, and the table of rights says whether that is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.rules import keys, notice
from gateway.rules.desk import Agent, Desk
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
) -> SendMail:
    """Ask a member of staff whether the mail is theirs; `asked` is what it wants, a line each, `trust` how far it is
    proven: the question says what is missing."""
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
            "trust": trust.value,
            "subject_said": mail.subject,
            "words": mail.reply[:MOST_WORDS],
            "files": [file.safe_name for file in mail.attachments],
            "came": notice.stamp(now),
            "lapses": notice.stamp(now + desk.confirm_within),
        },
    )


def word(mail: ParsedMail) -> str:
    """`yes`, `no`, or empty: the first word that a person wrote. A machine says nothing here, whatever it writes."""
    if mail.kind is not Kind.HUMAN or mail.auto_generated:
        return ""
    lines = (line.strip() for line in mail.reply.split("\n"))
    first = next((line for line in lines if line and not line.startswith(">")), "")
    said = first.partition(" ")[0].strip(".,!:;*_\"'“”„«» ").lower()
    return "yes" if said in _YES else "no" if said in _NO else ""
