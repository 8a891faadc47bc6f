"""A customer's words open, join or reopen a ticket.

In: a `Sorted` or a `Threaded`. Out: the `Decision`. Words are kept whoever wrote them; what follows from them is a
matter of trust, and what a machine of ours answers is a matter of its budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from gateway.rules import budget, mails, notice, participants
from gateway.rules.case import Guarded, Mint, Sorted, Threaded, mentioned_ids
from gateway.rules.clocks import CLOSE, FIRST_RESPONSE
from gateway.rules.desk import Desk
from gateway.rules.notice import joining
from gateway.stages.act.history import (
    end,
    facts_of,
    heard_of,
    left_alone,
    occasion,
    received,
    told_of,
    unheeded_of,
)
from parsing.message import ParsedMail
from parsing.subject import base
from scheduling.sla import first_response_due
from store.records import (
    AddEvent,
    AddMessage,
    Await,
    ChangeTicket,
    ClearTimer,
    Decision,
    Direction,
    Effect,
    Link,
    Message,
    OpenTicket,
    Person,
    Role,
    SetTimer,
    Spend,
    Status,
    Step,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

MAX_SUBJECT = 200


def opened(sorted_: Sorted, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A new ticket: kept, acknowledged once where that is in order, and told to its team."""
    threaded = sorted_.threaded
    guarded = threaded.guarded
    now = guarded.incoming.now
    history = guarded.incoming.entry.envelope.history
    due = None if history else _due(desk, now)
    ticket = _new_ticket(sorted_, snapshot.next_ref(), due)
    effects: list[Effect] = [
        OpenTicket(ticket=ticket, requester_name=guarded.author.name),
        AddMessage(ticket=ticket.ref, message=received(guarded)),
        AddEvent(
            ticket=ticket.ref,
            kind="created",
            actor=guarded.author.address,
            detail={"via": guarded.mailbox.canonical, **_past(guarded)},
        ),
        *(Link(ticket=ticket.ref, other=other, kind=kind) for other, kind in threaded.links),
        *(joining(ticket.ref, other) for other in guarded.others if other.team in ticket.helpers),
        *heard_of(guarded, snapshot),
        *participants.noted(guarded, ticket.ref, desk),
        *_awaits(guarded, ticket.ref, snapshot),
    ]
    joined: tuple[Effect, ...] = ()
    if ticket.audience == "customer":
        kinds = {ticket.requester: participants.REQUESTER}
        joined = participants.comes_in(guarded, ticket.ref, "participant", kinds, desk)
        effects += joined
    if due is not None:
        effects.append(SetTimer(ticket=ticket.ref, kind=FIRST_RESPONSE, due_at=due))
    trace = (*sorted_.trace, *participants.steps(guarded, joined))
    silence = _silence(guarded, ticket, desk, snapshot)
    if silence:
        trace = (*trace, Step(stage="act", what="no acknowledgement", why=silence))
    else:
        effects += _acknowledge(ticket, guarded, mint(), due, _previous(threaded, desk))
        trace = (*trace, Step(stage="act", what="acknowledged", why="the first mail of a new ticket"))
    if not history:
        copied = participants.copied_by(joined)
        change = "the ticket came in" + _with(copied)
        facts = facts_of(desk, ticket, "new", guarded, snapshot, change, threaded.links, copied)
        told = notice.told(desk, ticket, guarded.author.address)
        effects += mails.notices(ticket, told, mint, occasion(guarded), facts)
    verdict, reason = Verdict.TICKET_CREATED, _why_new(threaded, desk)
    if guarded.incoming.unreadable:
        verdict, reason = Verdict.UNREADABLE, guarded.incoming.unreadable
    if guarded.incoming.unreadable and not history:
        effects += mails.alarms(desk, ticket, mint, occasion(guarded), guarded.incoming.entry.id, reason)
    return end(replace(threaded, trace=trace), verdict, reason, ticket, effects)


def appended(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A customer's further words: they join the ticket, reopen it where they may, and the team is told."""
    guarded = threaded.guarded
    now = guarded.incoming.now
    ticket = unheeded_of(ticket, guarded, desk)
    changes: dict[str, object] = {"updated_at": now, "unheeded": ticket.unheeded}
    effects: list[Effect] = []
    restless = threaded.reopens and budget.is_restless(snapshot.spent, ticket, guarded.trust, now)
    if restless:
        why = f"mail has reopened it {budget.REOPENINGS} times within a day: that is for one of us now"
        step = Step(stage="budget", what="not reopened", why=why)
        threaded = replace(threaded, reopens=False, trace=(*threaded.trace, step))
    if threaded.reopens:
        effects.append(Spend(name=budget.reopening(ticket, guarded.trust), at=int(now.timestamp())))
        status = Status.IN_PROGRESS if ticket.assignee else Status.ACCEPTED
        changes |= {"status": status, "resolved_at": None, "outcome": ""}
        detail = {"from": ticket.status.value, "to": status.value}
        effects += [
            AddEvent(ticket=ticket.ref, kind="reopened", actor=guarded.author.address, detail=detail),
            ClearTimer(ticket=ticket.ref, kind=CLOSE),
        ]
        ticket = replace(ticket, status=status)
    effects += [
        AddMessage(ticket=ticket.ref, message=received(guarded, snapshot.files.get(ticket.ref, set()))),
        AddEvent(
            ticket=ticket.ref,
            kind="replied",
            actor=guarded.author.address,
            detail={"trust": guarded.trust.value, **_past(guarded)},
        ),
        ChangeTicket(ticket=ticket.ref, changes=changes),
    ]
    kinds = snapshot.participants.get(ticket.ref, {})
    joined = participants.comes_in(guarded, ticket.ref, threaded.membership, kinds, desk)
    effects += [*joined, *heard_of(guarded, snapshot)]
    if threaded.membership == "participant":
        effects += participants.noted(guarded, ticket.ref, desk)
    copied = participants.copied_by(joined)
    change, reason = f"{guarded.author.name or guarded.author.address} wrote" + _with(copied), threaded.how
    if ticket.status.category == "done":
        change += "; #reopen opens it" if restless else "; a machine's mail reopens nothing"
    threaded = replace(threaded, trace=(*threaded.trace, *participants.steps(guarded, joined)))
    threaded = left_alone(threaded, ticket, desk)
    what = "reopened" if threaded.reopens else "reply"
    effects += told_of(threaded, ticket, desk, snapshot, mint, what, change, copied)
    verdict = Verdict.REOPENED if threaded.reopens else Verdict.APPENDED
    if threaded.membership == "unverified" and kinds.get(guarded.author.address) not in participants.MEMBERS:
        reason += ", from an unverified participant"
    return end(threaded, verdict, reason, ticket, effects)


def _with(copied: Sequence[Person]) -> str:
    """Whom the mail brings to the ticket, in the words of a notice."""
    return f"; on the ticket from now on: {', '.join(p.name or p.address for p in copied)}" if copied else ""


def _silence(guarded: Guarded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> str:
    """Why the new ticket is not acknowledged."""
    if guarded.unanswered or ticket.audience != "customer":
        return guarded.unanswered or "internal"
    person = snapshot.people.get(ticket.requester)
    if person is not None and person.unreachable_since is not None and guarded.trust is Trust.D:
        return "mail to this address came back for good, and nothing proven was heard of it since"
    now = guarded.incoming.now
    return budget.refusal(desk.budgets, snapshot.spent, ticket.requester, guarded.trust, ticket, now)


def _new_ticket(sorted_: Sorted, ref: TicketRef, due: datetime | None) -> Ticket:
    guarded = sorted_.threaded.guarded
    mail = guarded.incoming.mail
    return Ticket(
        ref=ref,
        type=sorted_.type,
        subject=_subject(mail),
        topic=sorted_.topic,
        subtopic=sorted_.subtopic,
        topic_reason=sorted_.topic_reason,
        priority=sorted_.priority,
        priority_reason=sorted_.priority_reason,
        team=guarded.mailbox.team,
        helpers=tuple(dict.fromkeys(o.team for o in guarded.others if o.team != guarded.mailbox.team)),
        requester=guarded.author.address,
        mailbox=guarded.mailbox.canonical,
        language=mail.language,
        audience="internal" if sorted_.type == "escalation" else "customer",
        unheeded=0 if guarded.incoming.entry.envelope.history else 1,
        created_at=guarded.incoming.now,
        updated_at=guarded.incoming.now,
        first_response_due=due,
    )


def _subject(mail: ParsedMail) -> str:
    """The customer's own subject; of a mail without one, the first words."""
    subject = base(mail.subject)
    if not subject:
        first = next((line.strip() for line in mail.reply.splitlines() if line.strip() and line[:1] != ">"), "")
        subject = first[:60] or "(no subject)"
    return subject[:MAX_SUBJECT]


def _acknowledge(
    ticket: Ticket, guarded: Guarded, message_id: str, due: datetime | None, previous: str
) -> list[Effect]:
    """The mail and its place in the ticket's history."""
    answers = guarded.incoming.mail.message_id
    mail = mails.acknowledgement(ticket, guarded.author, guarded.trust, message_id, answers, due, previous)
    shown = Message(
        at=guarded.incoming.now,
        direction=Direction.OUT,
        role=Role.SYSTEM,
        from_address=ticket.mailbox,
        to=(guarded.author.address,),
        subject=mail.subject,
        message_id=message_id,
        kind="acknowledgement",
    )
    return [mail, AddMessage(ticket=ticket.ref, message=shown)]


def _due(desk: Desk, now: datetime) -> datetime:
    return first_response_due(desk.hours, desk.zone, desk.holidays, now, desk.first_response)


def _previous(threaded: Threaded, desk: Desk) -> str:
    return next((desk.reference(other) for other, kind in threaded.links if kind == "follows"), "")


def _why_new(threaded: Threaded, desk: Desk) -> str:
    linked = ", ".join(f"{kind} {desk.reference(other)}" for other, kind in threaded.links)
    return f"a new ticket, linked: {linked}" if linked else "a new ticket"


def _past(guarded: Guarded) -> dict[str, bool]:
    """Imported history is marked in its events: nobody was told of it, and nobody has to do anything about it."""
    return {"history": True} if guarded.incoming.entry.envelope.history else {}


MOST_AWAITED = 2
"""How many of the mails that a first mail answers are waited for: what it answers, and the newest before that."""


def _awaits(guarded: Guarded, ticket: TicketRef, snapshot: Snapshot) -> tuple[Await, ...]:
    """Mails that this one answers and that are not here: theirs was the slower way, or they went elsewhere."""
    named = mentioned_ids(guarded.incoming.mail)[:MOST_AWAITED]
    return tuple(Await(ticket=ticket, message_id=one) for one in named if one not in snapshot.threads)
