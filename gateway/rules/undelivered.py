"""A mail of ours that did not arrive: who of the staff is told, and in which words.

In: the mail that failed, its ticket, the desk. Out: what is written on the ticket, and a mail to those who can mend it.
A failed mail to staff or operators is only written down: no failure of a mail about a failure ever makes another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.rules import mails, notice
from gateway.rules.desk import Agent, Desk
from store.records import AddEvent, Direction, Effect, MarkReachable, Message, Purpose, Role, Ticket

REFUSED, GIVEN_UP, UNRENDERED, RETURNED = "refused", "given up", "could not be rendered", "returned"
"""How it ended: a server's last word at once, five days without one, never written, or a report that came back."""

SECRET = "SecretAddressError"  # noqa: S105 - the name of an exception
"""How `compose` calls a letter to a customer that would show a key of the staff."""

MAX_WORDS = 9_000
MAX_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A mail that was not delivered. `number` is its place in the outbox; `purpose` None: it is not known any more.

    `code` is an SMTP reply or an enhanced status code (RFC 3463), `text` what the other side said, `permanent` when
    that stays so. `author` is the address of the agent who wrote it, `words` what they wrote; `told` when somebody was
    told of this mail before.
    """

    number: int
    purpose: Purpose | None
    to: str
    how: str
    code: str = ""
    text: str = ""
    permanent: bool = True
    author: str = ""
    words: str = ""
    attempts: int = 0
    told: bool = False


def undelivered(
    desk: Desk, ticket: Ticket, mail: Undelivered, mint: Callable[[], str], now: datetime
) -> tuple[Effect, ...]:
    """The event on the ticket, what is known of the address from now on, and the mails to those concerned: one for each
    of them, once for each failed mail."""
    detail = {"address": mail.to, "code": mail.code, "text": mail.text[:MAX_TEXT], "mail": mail.number}
    effects: tuple[Effect, ...] = (AddEvent(ticket=ticket.ref, kind="delivery-failed", actor="system", detail=detail),)
    if is_unreachable(desk, mail):
        effects += (MarkReachable(address=mail.to, since=now),)
    if mail.told or not _is_for_a_customer(desk, mail):
        return effects
    told = _concerned(desk, ticket, mail)
    return (*effects, *mails.undelivered(ticket, told, mint, str(mail.number), _facts(mail)))


# The mail was the reason and not the address: too large, of a kind that is not taken, lost in a loop (RFC 3463).
_OF_THE_MAIL = re.compile(r"(?<![0-9.])5\.(?:2\.3|3\.4|4\.6|6\.[0-9]{1,3})(?!\.?[0-9])|message too large")


def is_unreachable(desk: Desk, mail: Undelivered) -> bool:
    """Whether somebody outside is not reached at this address at all: nothing that can wait is sent there, until they
    are heard of with proof."""
    if not mail.permanent or mail.how == UNRENDERED or not _is_for_a_customer(desk, mail):
        return False
    return _OF_THE_MAIL.search(f"{mail.code} {mail.text[:MAX_TEXT]}") is None


def _is_for_a_customer(desk: Desk, mail: Undelivered) -> bool:
    """Whether somebody outside waits for it: staff learn of their own mail by other ways, and must not cause more."""
    outside = (None, Purpose.ACKNOWLEDGEMENT, Purpose.ANSWER, Purpose.RESOLVED)
    return _is_outside(desk, mail.to) and mail.purpose in outside


def _is_outside(desk: Desk, address: str) -> bool:
    staff = address in desk.agents or address in desk.former or address in desk.operators
    return not staff and address not in desk.addresses


def _concerned(desk: Desk, ticket: Ticket, mail: Undelivered) -> tuple[Agent, ...]:
    """Who wrote it, or else who has the ticket, or else the team as with any notice."""
    author = desk.agents.get(mail.author)
    if author is not None:
        return (author,)
    owner = desk.agent_named(ticket.assignee) if ticket.assignee else None
    return (owner,) if owner is not None else notice.told(desk, ticket, "")


def written_as(message_id: str, to: str, recent: Sequence[Message]) -> Message | None:
    """The agent's message that this mail carried. The ticket shows a mail to several people once, under the Message-ID
    of the first: the others' is the newest that went to them."""
    said = [m for m in recent if m.role is Role.AGENT and m.direction is Direction.OUT]
    exact = next((m for m in said if m.message_id == message_id), None)
    return exact or next((m for m in reversed(said) if to in m.to[1:]), None)


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
    if mail.how == UNRENDERED and SECRET in mail.text:
        return "a secret reply address of the staff stands in it or in a file of it", ["Take it out and answer again."]
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
