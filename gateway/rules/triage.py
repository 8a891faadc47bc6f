"""The triage card: the four questions about a new ticket, answered as far as the desk can (`ops` R64).

In: a ticket, the desk, what the mail said. Out: pairs of a label and an answer with its reason, for the notice of a new
ticket and for `explain`. It decides nothing, and an answer that nobody has is said to be open. Where the customer says
that the kind is wrong, the ticket asks one of us for its type until somebody has decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules.desk import Desk
from store.records import Ticket

FEW_WORDS = 8
"""A mail of fewer words seldom says what happened, to whom and since when."""


def card(ticket: Ticket, desk: Desk, words: str, files: Sequence[object] = ()) -> list[list[str]]:
    """What kind, how urgent, enough detail, the right team: each with the reason."""
    return [
        ["Kind", _kind(ticket)],
        ["Urgency", f"priority {ticket.priority} ({ticket.priority_reason or 'nobody has said how urgent it is'})"],
        ["Detail", _detail(words, len(files))],
        ["Team", _team(ticket, desk)],
    ]


def said(answers: Sequence[Sequence[str]]) -> str:
    """The card in one line, for the trace."""
    return "; ".join(f"{label.lower()}: {answer}" for label, answer in answers)


def _kind(ticket: Ticket) -> str:
    about = " / ".join(part for part in (ticket.topic, ticket.subtopic) if part) or "no topic yet, #topic sets it"
    reason = f" ({ticket.topic_reason})" if ticket.topic_reason else ""
    return f"{ticket.type}, {about}{reason}"


def _detail(words: str, files: int) -> str:
    count = len(words.split())
    attached = f", {files} file{'s' if files != 1 else ''}" if files else ""
    if count < FEW_WORDS:
        return f"thin: {count} word{'s' if count != 1 else ''}{attached}; ask before you start"
    return f"enough to begin: {count} words{attached}"


def _team(ticket: Ticket, desk: Desk) -> str:
    mailbox = desk.addresses.get(ticket.mailbox)
    why = f"the team of {ticket.mailbox}" if mailbox is not None and mailbox.team == ticket.team else "by a rule"
    helping = f"; {', '.join(ticket.helpers)} help{'s' if len(ticket.helpers) == 1 else ''}" if ticket.helpers else ""
    return f"{ticket.team} ({why}){helping}"


MISFILED = "wrong-type"
"""The tag of a ticket whose customer says that it is of another kind, until one of us has decided."""
WHAT_IS_IT = "decide its type: #retype TYPE, or #tag -wrong-type if it is right as it is"


def questioned(ticket: Ticket) -> Ticket:
    """The ticket with the question to triage. What somebody had decided to do next is not lost."""
    following = f"{WHAT_IS_IT}; then: {ticket.next_action}" if ticket.next_action else WHAT_IS_IT
    return replace(ticket, tags=(*ticket.tags, MISFILED), next_action=following)


def asked_no_more(next_action: str) -> str:
    """What comes next once it is decided what the ticket is."""
    return next_action.removeprefix(WHAT_IS_IT).removeprefix("; then: ")
