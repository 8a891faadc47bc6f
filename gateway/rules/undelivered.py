"""A mail of ours that did not arrive: who of the staff is told, and in which words.

In: the mail that failed, its ticket, the desk. Out: what is written on the ticket, and a mail to those who can mend it.
A failed mail to staff or operators is only written down: no failure of a mail about a failure ever makes another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.rules import mails, notice
from gateway.rules.desk import Agent, Desk
from store.records import AddEvent, Effect, Purpose, Ticket

REFUSED, GIVEN_UP, UNRENDERED, RETURNED = "refused", "given up", "could not be rendered", "returned"
"""How it ended: a server's last word at once, five days without one, never written, or a report that came back."""

MAX_WORDS = 9_000
MAX_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A mail that was not delivered. `number` is its place in the outbox; `purpose` None: it is not known any more.

    `code` is an SMTP reply or an enhanced status code (RFC 3463), `text` what the other side said. `author` is the
    address of the agent who wrote it, `words` what they wrote; `told` when somebody was told of this mail before.
    """

    number: int
    purpose: Purpose | None
    to: str
    how: str
    code: str = ""
    text: str = ""
    author: str = ""
    words: str = ""
    attempts: int = 0
    told: bool = False


def undelivered(desk: Desk, ticket: Ticket, mail: Undelivered, mint: Callable[[], str]) -> tuple[Effect, ...]:
    """The event on the ticket, and the mails to those concerned: one for each of them, once for each failed mail."""
    detail = {"address": mail.to, "code": mail.code, "text": mail.text[:MAX_TEXT], "mail": mail.number}
    event = AddEvent(ticket=ticket.ref, kind="delivery-failed", actor="system", detail=detail)
    if mail.told or not _is_for_a_customer(desk, mail):
        return (event,)
    told = _concerned(desk, ticket, mail)
    return (event, *mails.undelivered(ticket, told, mint, str(mail.number), _facts(mail)))


def _is_for_a_customer(desk: Desk, mail: Undelivered) -> bool:
    """Whether somebody outside waits for it: staff learn of their own mail by other ways, and must not cause more."""
    inside = mail.to in desk.agents or mail.to in desk.operators or mail.to in desk.addresses
    return not inside and mail.purpose in (None, Purpose.ACKNOWLEDGEMENT, Purpose.ANSWER, Purpose.RESOLVED)


def _concerned(desk: Desk, ticket: Ticket, mail: Undelivered) -> tuple[Agent, ...]:
    """Who wrote it, or else who has the ticket, or else the team as with any notice."""
    author = desk.agents.get(mail.author)
    if author is not None:
        return (author,)
    owner = desk.agent_named(ticket.assignee) if ticket.assignee else None
    return (owner,) if owner is not None else notice.told(desk, ticket, "")


_WHAT = {
    Purpose.ACKNOWLEDGEMENT: "The acknowledgement",
    Purpose.ANSWER: "Your answer",
    Purpose.RESOLVED: "The mail that says it is resolved",
}


def _facts(mail: Undelivered) -> Mapping[str, Any]:
    what = _WHAT.get(mail.purpose, "A mail of this ticket") if mail.purpose else "A mail of this ticket"
    if mail.purpose is Purpose.ANSWER and not mail.author:
        what = "An answer"
    why, advice = _reading(mail)
    return {
        "what": what,
        "to": mail.to,
        "reason": why,
        "said": f"{mail.code} {mail.text}" if mail.code else "",
        "last": mail.text if not mail.code else "",
        "advice": [*advice, f"An operator can send the same mail again: replydesk queue retry {mail.number}"],
        "words": mail.words[:MAX_WORDS],
    }


_CALL = "Call, or write to another address of theirs."
_ADDRESS = "Ask for the right address, by telephone for example."
# RFC 3463 section 3, the classes that a reader can do something about; the first that fits counts.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (r"5\.1\.(?:0|1|6|10)|mailbox unknown", "nobody has this address there (any more)", _ADDRESS),
    (r"5\.(?:1\.2|4\.4)|host unknown", "the domain of the address does not exist or takes no mail", _ADDRESS),
    (r"5\.1\.3", "the address is not written as addresses are", _ADDRESS),
    (r"5\.2\.1|mailbox disabled", "the mailbox is switched off", _CALL),
    (r"[45]\.2\.2|mailbox full", "the mailbox is full", "Call, or wait until there is room and have it sent again."),
    (r"5\.(?:2\.3|3\.4)|message too large", "it is too large for their server", "Send it with fewer or smaller files."),
    (
        r"5\.7\.[0-9]{1,3}|policy|spam|authentication|virus",
        "their server does not take this mail from us, by a rule of its own",
        _CALL,
    ),
)
"""A status code or a word of `parsing.bounce`, what it means, what helps."""


def _reading(mail: Undelivered) -> tuple[str, list[str]]:
    """Why it failed in plain words, and what helps."""
    if mail.how == UNRENDERED:
        return "the desk could not write it, which is a fault of the desk's own; its log says more", [_CALL]
    if mail.how == GIVEN_UP:
        return f"their server could not be reached or put us off, {_times(mail.attempts)} in five days", [_CALL]
    said = f"{mail.code} {mail.text[:MAX_TEXT]}"
    for pattern, why, advice in _MEANINGS:
        if re.search(rf"(?<![0-9.])(?:{pattern})(?![0-9])", said):
            return why, [advice]
    if mail.code.startswith("55") and mail.how == REFUSED:
        return "their server refuses the address or the mail", ["Check the address. " + _CALL]
    return "their server will not take it", ["Check the address. " + _CALL]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
