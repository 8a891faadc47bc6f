"""A mail of ours that did not arrive: who of the staff is told, and in which words.

In: the mail that failed, its ticket, the desk. Out: what is written on the ticket, and a mail to those who can mend it.
A failed mail to staff or operators is only written down: no failure of a mail about a failure ever makes another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gateway.rules import clocks, mails
from gateway.rules.change import changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.notices import notice
from gateway.rules.privacy import LEAK
from store.records import (
    RESPONSES,
    AddEvent,
    Direction,
    Effect,
    MarkReachable,
    Message,
    Past,
    Purpose,
    Role,
    Ticket,
)

REFUSED, GIVEN_UP, UNRENDERED, RETURNED = "refused", "given up", "could not be rendered", "returned"
"""How it ended: a server's last word at once, five days without one, never written, or a report that came back."""

MAX_WORDS = 9_000
MAX_TEXT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A mail that was not delivered. `number` is its place in the outbox; `purpose` None: it is not known any more.

    `code` is an SMTP reply or an enhanced status code (RFC 3463), `text` what the other side said, `permanent` when
    that stays so. `author` is the address of the agent who wrote it, `words` what they wrote, `at` when; `told` when
    somebody was told of this mail before.
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
    at: datetime | None = None


def undelivered(
    desk: Desk, ticket: Ticket, mail: Undelivered, mint: Callable[[], str], now: datetime, story: Sequence[Past] = ()
) -> tuple[Effect, ...]:
    """The event on the ticket, what is known of the address from now on, and the mails to those concerned: one for each
    of them, once for each failed mail. Of an answer that never left, nothing counts as answered; `story` is what
    happened to the ticket lately."""
    detail = {"address": mail.to, "code": mail.code, "text": mail.text[:MAX_TEXT], "mail": mail.number}
    event = AddEvent(ticket=ticket.ref, kind="delivery-failed", actor="system", detail=detail)
    effects: tuple[Effect, ...] = tuple(changed(ticket, unanswered(ticket, mail, story, now), [event], desk, now))
    if is_unreachable(desk, mail):
        effects += (MarkReachable(address=mail.to, since=now),)
    if mail.told or not _is_for_a_customer(desk, mail):
        return effects
    told = _concerned(desk, ticket, mail)
    return (*effects, *mails.undelivered(ticket, told, mint, str(mail.number), _facts(mail)))


def unanswered(ticket: Ticket, mail: Undelivered, story: Sequence[Past], now: datetime) -> Ticket:
    """The ticket as if this answer had not been given, where it never left: whoever waits for one waits on, and what
    has run out meanwhile is a breach. What they were answered with later stays an answer."""
    if mail.how != UNRENDERED or mail.purpose not in _ANSWERS or mail.to != ticket.requester:
        return ticket
    place = next((place for place in range(len(story) - 1, -1, -1) if _is_of(story[place], mail)), None)
    if place is None:
        return ticket
    occasion, since = story[place].occasion, story[place + 1 :]
    was: dict[str, Any] = {}
    for past in reversed(story[: place + 1]):
        if past.occasion == occasion:
            was.update(past.was)
    if any(past.kind == "answered" for past in since):
        return ticket
    if "answered_at" in was and ticket.answered_at == story[place].at:
        ticket = replace(ticket, answered_at=was["answered_at"])
    if was.get("promised_at") and ticket.promised_at is None and not ticket.is_done:
        ticket = replace(ticket, promised_at=was["promised_at"])
    if "clocks" not in was:
        return ticket
    left = next((past.was["clocks"] for past in since if "clocks" in past.was), ticket.clocks)
    before, left = ([clock for clock in found if clock.kind in RESPONSES] for found in (was["clocks"], left))
    return clocks.as_they_were(ticket, before, left, now)


_ANSWERS = (Purpose.ANSWER, Purpose.RESOLVED)


def _is_of(past: Past, mail: Undelivered) -> bool:
    """Whether this happened when the mail was written. What says that it is resolved is no message of the ticket: it
    is known by whom it went to."""
    return past.at == mail.at if mail.at is not None else bool(past.was) and mail.to in past.sent


# The mail was the reason and not the address: too large, of a kind that is not taken, lost in a loop (RFC 3463).
_OF_THE_MAIL = re.compile(r"(?<![0-9.])5\.(?:2\.3|3\.4|4\.6|6\.[0-9]{1,3})(?!\.?[0-9])|message too large")


def is_unreachable(desk: Desk, mail: Undelivered) -> bool:
    """Whether somebody outside is not reached at this address at all: nothing that can wait is sent there, until they
    are heard of with proof."""
    if not mail.permanent or mail.how == UNRENDERED or not _is_for_a_customer(desk, mail):
        return False
    if mail.purpose is Purpose.CONFIRMATION:  # whose the address is was the question
        return False
    return _OF_THE_MAIL.search(f"{mail.code} {mail.text[:MAX_TEXT]}") is None


def _is_for_a_customer(desk: Desk, mail: Undelivered) -> bool:
    """Whether somebody outside waits for it: staff learn of their own mail by other ways, and must not cause more."""
    return _is_outside(desk, mail.to) and (mail.purpose is None or mail.purpose in _WHAT)


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
    Purpose.RETYPED: "The mail that says it is another ticket now",
    Purpose.STATUS: "The answer to STATUS",
    Purpose.PROMISE: "The mail that says when they hear more",
    Purpose.QUESTION: "The question for what is missing",
    Purpose.UNANSWERED: "The mail that says it was closed without an answer",
    Purpose.CONSENT: "The question whether somebody may read along",
    Purpose.CONFIRMATION: "The question whether a mail is theirs",
    Purpose.HANDOFF: "The handoff",
    Purpose.QUESTION: "The mail that asks for what is missing",
    Purpose.UNANSWERED: "The mail that says that nobody answered",
    Purpose.OFFER: "The offer of times for a call",
    Purpose.INVITE: "The invite to a call",
    Purpose.UNINVITE: "The mail that says that a call is off",
    Purpose.CALL: "A mail about a call",
    Purpose.CALL_REMINDER: "The reminder of a call",
}
"""Whatever goes to somebody outside; mail to staff alone is not among it."""


def _facts(mail: Undelivered) -> Mapping[str, Any]:
    what = _WHAT.get(mail.purpose, "A mail of this ticket") if mail.purpose else "A mail of this ticket"
    if mail.purpose is Purpose.ANSWER and not mail.author:
        what = "An answer"
    why, advice = _reading(mail)
    if not _is_leak(mail):  # the same letter is never cleaner
        advice = [*advice, f"An operator can send the same mail again: replydesk queue retry {mail.number}"]
    return {
        "what": what,
        "to": mail.to,
        "reason": why,
        "said": f"{mail.code} {mail.text}" if mail.code else "",
        "last": mail.text if not mail.code and not _is_leak(mail) else "",
        "advice": advice,
        "words": mail.words[:MAX_WORDS],
    }


_TAKE_OUT = "Take it out and answer again. What may always be said stands in the configuration: [privacy] allow."
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
    if _is_leak(mail):
        found = mail.text.partition(f"{LEAK}: ")[2]
        return f"the last check has found what must not leave: {found}", [_TAKE_OUT]
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


def _is_leak(mail: Undelivered) -> bool:
    return mail.how == UNRENDERED and LEAK in mail.text


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
