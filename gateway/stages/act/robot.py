"""A robot's mail is kept beside its ticket and moves nothing.

In: a `Threaded`. Out: the `Decision`. Where a person could stand behind it, or has to act, the team sees it.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import participants
from gateway.rules.case import Guarded, Mint, Threaded
from gateway.rules.desk import Desk
from gateway.stages.act.history import end, is_staffs, left_alone, received, told_of, unheeded_of
from parsing.message import Kind
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    Decision,
    Direction,
    Effect,
    Message,
    Role,
    Ticket,
    Verdict,
)
from store.snapshot import Snapshot

_VERDICTS = {
    Kind.CALENDAR: Verdict.CALENDAR_REPLY,
    Kind.BOUNCE: Verdict.BOUNCE_RECORDED,
    Kind.DELAY: Verdict.BOUNCE_RECORDED,
}


def recorded(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A robot's mail is kept beside the ticket: no clock and no status moves because of it, and nobody outside gets a
    mail. Where a person could stand behind it, or has to act, the team sees it."""
    guarded = threaded.guarded
    kind = guarded.incoming.mail.kind
    name, reason = guarded.author.name or guarded.author.address, f"{_called(kind)}: kept, nothing changed"
    is_told, detail = _is_worth_telling(guarded), {"kind": kind.value}
    event = AddEvent(
        ticket=ticket.ref,
        kind="auto-reply",
        actor=guarded.author.address,
        detail={**detail, "told": True} if is_told else detail,
        was={"unheeded": ticket.unheeded} if is_told else {},
    )
    effects: tuple[Effect, ...] = (AddMessage(ticket=ticket.ref, message=_heard(guarded)), event)
    if not is_staffs(guarded):
        effects += participants.robot_joins(guarded, ticket.ref, snapshot.participants.get(ticket.ref, {}))
    if is_told:
        ticket = unheeded_of(ticket, guarded, desk)
        effects += (ChangeTicket(ticket=ticket.ref, changes={"unheeded": ticket.unheeded}),)
        threaded = left_alone(threaded, ticket, desk)
        what = "an answer to an invitation" if kind is Kind.CALENDAR else kind.value.replace("_", " ")
        looks = f"its words alone say {what}" if guarded.incoming.mail.judged_by_words else what
        effects += told_of(threaded, ticket, desk, snapshot, mint, "reply", f"{name} wrote; {looks}: nothing moved")
        reason += "; the team is told" if ticket.unheeded <= desk.budgets.unheeded else ""
    return end(threaded, _VERDICTS.get(kind, Verdict.AUTO_REPLY_RECORDED), reason, ticket, effects)


def _called(kind: Kind) -> str:
    """What is kept. An answer to a call of ours does not come here (`act/answer.py`)."""
    return "an answer to an entry of a calendar that is none of ours" if kind is Kind.CALENDAR else kind.value


def _is_worth_telling(guarded: Guarded) -> bool:
    """What only words call a robot's may be a person's; a challenge waits for somebody; an answer to an invitation may
    have words. Never of our own staff: two absent colleagues would tell each other of their absence without an end."""
    mail = guarded.incoming.mail
    if is_staffs(guarded):
        return False
    return mail.judged_by_words or mail.kind is Kind.CHALLENGE or (mail.kind is Kind.CALENDAR and bool(mail.said))


def _heard(guarded: Guarded) -> Message:
    """A robot's mail in the history: that of a colleague's client is the staff's business, never the customer's."""
    message = received(guarded)
    return replace(message, direction=Direction.NOTE, role=Role.AGENT) if is_staffs(guarded) else message
