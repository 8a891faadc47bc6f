"""What a verb is asked with, and what planning it gives: the words that all verbs share.

In and out: frozen values. Planning writes nothing; what a verb would do is a `Planned`, why it cannot a `Refused`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.rules.desk import Agent, Desk
from gateway.rules.fields import saying
from gateway.rules.participants import NOTHING, Known
from gateway.rules.rights import Action
from gateway.rules.speech.phrasing import Phrase
from gateway.rules.workflow import VERIFICATION, Barred, moved, spoken
from store.records import AddEvent, Effect, Question, SendMail, Status, Ticket, TicketRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why nothing was done, and what would be. `of_verbs`: a list of the verbs helps."""

    reason: str
    nearest: str = ""
    of_verbs: bool = True


Mails = Callable[[Callable[[], str]], tuple[SendMail, ...]]
"""The mails to others that a verb has sent beside any ticket, once there are Message-IDs for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verb that looks has found, for the transcript: a title, a table under its heads, lines below it."""

    title: str
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a verb does that needs no ticket: the line of the transcript, what it shows, what is written. `internal` and
    `dry` are those of `Planned`, for a verb that is said of a ticket as well."""

    line: str
    before: str = ""
    after: str = ""
    effects: tuple[Effect, ...] = ()
    help: bool = False
    internal: bool = False
    dry: bool = False
    report: Report | None = None
    action: Action | None = None
    """A right that it takes beside the verb's own."""
    mails: Mails | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one verb will do: the ticket as it will be, the line of the transcript, and what goes with it. `event` names
    what is told of it, with `detail`; `effects` are written beside the ticket. `into` is the ticket that this one
    becomes part of, `anew` the one that takes its place. `dry`: nothing of the whole mail is done, only told."""

    ticket: Ticket
    line: str
    before: str = ""
    after: str = ""
    event: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    effects: tuple[Effect, ...] = ()
    internal: bool = False
    help: bool = False
    into: TicketRef | None = None
    action: Action | None = None
    """A right that it takes beside the verb's own."""
    follows: tuple[AddEvent, ...] = ()
    """What is told after its own event: what happened to the ticket by it."""
    anew: Ticket | None = None
    mails: Mails | None = None
    says: Callable[[SendMail], str] | None = None
    """How the transcript calls each of those mails."""
    apart: Ticket | None = None
    """The ticket that is split off from this one; the words of the mail are about that."""
    phrase: Phrase | None = None
    """What a template says above the words."""
    report: Report | None = None
    dry: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a verb is asked with: its words, who asks, and when; the ticket as the verbs before this one leave it, where
    it is said of one. `mail` is the number of the mail that asks, 0 for a shell."""

    args: str
    line: str
    desk: Desk
    actor: Agent
    now: datetime
    known: Known = NOTHING
    ticket: Ticket | None = None
    mail: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Asking):
    """What a verb of a ticket is asked with."""

    ticket: Ticket

    def changed(self, **changes: Any) -> Ticket:
        """The ticket with these fields."""
        return replace(self.ticket, updated_at=self.now, **changes)


def _nothing(_asked: Asking) -> None:
    """Most verbs want nothing of the store but their ticket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table: how it is written, what it does, the function that plans it, and which right it takes.
    `asks` is what it wants to know of the store; `alone` what it says where there is no ticket to say it of."""

    name: str
    usage: str
    meaning: str
    plan: Callable[[Request], Planned | Refused]
    action: Action = Action.SPEAK
    asks: Callable[[Asking], Question | None] = _nothing
    alone: Callable[[Asking], Done | Refused] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anywhere:
    """A row of the table that needs no ticket: it may be said of one as well, and to the address for commands. Said of
    one that it changes (`Asking.ticket`), it gives a `Planned`."""

    name: str
    usage: str
    meaning: str
    plan: Callable[[Asking], Done | Planned | Refused]
    action: Action = Action.LOOK
    asks: Callable[[Asking], Question | None] = _nothing


def may_act(actor: Agent, ticket: Ticket, action: Action = Action.SPEAK) -> bool:
    """Public replies and verbs on a ticket are for agents of the owning or a helping team, and for leads; what stays
    inside is also for the agent who asked for it. A scheduler, who is of no team, arranges the calls of any ticket, and
    does nothing else there."""
    if action is Action.CALL and "scheduler" in actor.roles:
        return True
    own = ticket.audience != "customer" and actor.address == ticket.requester
    return "lead" in actor.roles or ("agent" in actor.roles and (own or actor.team in (ticket.team, *ticket.helpers)))


def divided(args: str) -> tuple[str, str]:
    """`network because it is down` → what is said, and the reason behind the first `because`, in whatever case."""
    words = args.split()
    place = next((place for place, word in enumerate(words) if word.lower() == "because"), len(words))
    return " ".join(words[:place]), " ".join(words[place + 1 :])


def to_status(request: Request, status: str, verb: str, **more: Any) -> Planned:
    """The ticket goes to another status; that it may was asked before."""
    before, owner = request.ticket.status, request.ticket.assignee
    ticket = moved(request.ticket, status, request.desk, request.now, **more)
    owned = f"; owner: {owner or 'nobody'} → {ticket.assignee or 'nobody'}" if ticket.assignee != owner else ""
    return Planned(
        ticket=ticket,
        line=f"#{verb}",
        before=spoken(before),
        after=spoken(status) + owned,
        event="status-changed",
        detail={"from": before, "to": status},
    )


def refusal(barred: Barred, desk: Desk, status: str = "") -> Refused:
    """Why the ticket cannot go there, with how to say what is missing from the `status` that it has."""
    ways = _SAYING | ({VERIFICATION: "#verify by somebody else"} if status == Status.AWAITING_REVIEW else {})
    nearest = ", ".join(ways.get(name) or saying(name, desk) for name in barred.missing)
    return Refused(
        reason=barred.reason, nearest=nearest or ", ".join(MOVING.get(s, f"#status {spoken(s)}") for s in barred.legal)
    )


_SAYING = {VERIFICATION: "#review, and #verify by somebody else"}
MOVING = {
    "accepted": "#accept", "scheduled": "#schedule DATE", "in_progress": "#start", "awaiting_review": "#review",
    "resolved": "#resolve OUTCOME", "closed": "#close",
}  # fmt: skip
