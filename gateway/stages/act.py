"""Act: what the mail asks for is done: a customer's words open, join or reopen a ticket, an agent's words leave as the
desk.

In: a `Sorted`. Out: the `Decision`. Nothing is written here: effects are values, commit writes them. An agent's mail
is all or nothing: one command that cannot be read holds the whole mail, and then no byte of it leaves (DESIGN section
8).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime

from gateway.rules import mails, notice
from gateway.rules.case import Guarded, Mint, Sorted, Threaded, conclude
from gateway.rules.desk import Agent, Desk
from gateway.rules.due import CLOSE, FIRST_RESPONSE
from gateway.rules.files import fresh, kept, sendable
from gateway.rules.notice import joining
from gateway.rules.staff import Said, consequences, unsendable, unsigned
from gateway.rules.verbs import Plan, Refused, may_act, plan
from parsing.command import commands
from parsing.message import Kind, ParsedMail
from parsing.subject import base
from scheduling.sla import first_response_due
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    ClearTimer,
    Decision,
    Direction,
    Effect,
    Join,
    Link,
    Message,
    OpenTicket,
    Person,
    Role,
    SetTimer,
    Status,
    Step,
    Ticket,
    TicketRef,
    Verdict,
)
from store.snapshot import Earlier, Snapshot

MAX_SUBJECT = 200


def act(sorted_: Sorted, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Decide what this mail does."""
    threaded = sorted_.threaded
    if threaded.ticket is None:
        return _open(sorted_, desk, snapshot, mint)
    if threaded.guarded.robot:
        return _record(threaded, threaded.ticket, desk, snapshot, mint)
    history = threaded.guarded.incoming.entry.envelope.history
    if threaded.membership == "agent" and threaded.guarded.agent is not None and not history:
        return _agent_mail(threaded, threaded.ticket, threaded.guarded.agent, desk, snapshot, mint)
    return _append(threaded, threaded.ticket, desk, snapshot, mint)


def _open(sorted_: Sorted, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A new ticket: kept, acknowledged once where that is in order, and told to its team."""
    threaded = sorted_.threaded
    guarded = threaded.guarded
    now = guarded.incoming.now
    history = guarded.incoming.entry.envelope.history
    due = None if history else _due(desk, now)
    ticket = _new_ticket(sorted_, snapshot.next_ref(), due)
    effects: list[Effect] = [
        OpenTicket(ticket=ticket, requester_name=guarded.author.name),
        AddMessage(ticket=ticket.ref, message=_received(guarded)),
        AddEvent(
            ticket=ticket.ref, kind="created", actor=guarded.author.address, detail={"via": guarded.mailbox.canonical}
        ),
        *(Link(ticket=ticket.ref, other=other, kind=kind) for other, kind in threaded.links),
        *(joining(ticket.ref, other) for other in guarded.others if other.team in ticket.helpers),
    ]
    if due is not None:
        effects.append(SetTimer(ticket=ticket.ref, kind=FIRST_RESPONSE, due_at=due))
    trace = sorted_.trace
    silence = guarded.unanswered or ("internal" if ticket.audience != "customer" else "")
    if silence:
        trace = (*trace, Step(stage="act", what="no acknowledgement", why=silence))
    else:
        effects += _acknowledge(ticket, guarded, mint(), due, _previous(threaded, desk))
        trace = (*trace, Step(stage="act", what="acknowledged", why="the first mail of a new ticket"))
    if not history:
        facts = _facts(desk, ticket, "new", guarded, snapshot, "the ticket came in", threaded.links)
        told = notice.told(desk, ticket, guarded.author.address)
        effects += mails.notices(ticket, told, mint, _occasion(guarded), facts)
    verdict, reason = Verdict.TICKET_CREATED, _why_new(threaded, desk)
    if guarded.incoming.unreadable:
        verdict, reason = Verdict.UNREADABLE, guarded.incoming.unreadable
    if guarded.incoming.unreadable and not history:
        effects += mails.alarms(desk, ticket, mint, _occasion(guarded), guarded.incoming.entry.id, reason)
    return _end(replace(threaded, trace=trace), verdict, reason, ticket, effects)


def _append(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A customer's further words: they join the ticket, reopen it where they may, and the team is told."""
    guarded = threaded.guarded
    now = guarded.incoming.now
    changes: dict[str, object] = {"updated_at": now}
    effects: list[Effect] = []
    if threaded.reopens:
        status = Status.IN_PROGRESS if ticket.assignee else Status.ACCEPTED
        changes |= {"status": status, "resolved_at": None, "outcome": ""}
        detail = {"from": ticket.status.value, "to": status.value}
        effects += [
            AddEvent(ticket=ticket.ref, kind="reopened", actor=guarded.author.address, detail=detail),
            ClearTimer(ticket=ticket.ref, kind=CLOSE),
        ]
        ticket = replace(ticket, status=status)
    if threaded.membership == "unverified":
        effects.append(Join(ticket=ticket.ref, person=guarded.author, kind="unverified"))
    effects += [
        AddMessage(ticket=ticket.ref, message=_received(guarded, snapshot.files.get(ticket.ref, set()))),
        AddEvent(
            ticket=ticket.ref, kind="replied", actor=guarded.author.address, detail={"trust": guarded.trust.value}
        ),
        ChangeTicket(ticket=ticket.ref, changes=changes),
    ]
    change, reason = f"{guarded.author.name or guarded.author.address} wrote", threaded.how
    if ticket.status.category == "done":
        change += "; a machine's mail reopens nothing"
    effects += _tell(threaded, ticket, desk, snapshot, mint, "reopened" if threaded.reopens else "reply", change)
    verdict = Verdict.REOPENED if threaded.reopens else Verdict.APPENDED
    if threaded.membership == "unverified":
        reason += ", from an unverified participant"
    return _end(threaded, verdict, reason, ticket, effects)


def _tell(
    threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint, what: str, change: str
) -> tuple[Effect, ...]:
    """The team's notices of a mail that came to a ticket; imported history is told to nobody."""
    guarded = threaded.guarded
    if guarded.incoming.entry.envelope.history:
        return ()
    facts = _facts(desk, ticket, what, guarded, snapshot, change)
    told = notice.told(desk, ticket, guarded.author.address)
    return mails.notices(ticket, told, mint, _occasion(guarded), facts)


_VERDICTS = {
    Kind.CALENDAR: Verdict.CALENDAR_REPLY,
    Kind.BOUNCE: Verdict.BOUNCE_RECORDED,
    Kind.DELAY: Verdict.BOUNCE_RECORDED,
}


def _record(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A robot's mail is kept beside the ticket: no clock and no status moves because of it, and nobody outside gets a
    mail. Where a person could stand behind it, or has to act, the team sees it."""
    guarded = threaded.guarded
    kind = guarded.incoming.mail.kind
    name, reason = guarded.author.name or guarded.author.address, f"{kind.value}: kept, nothing changed"
    effects: tuple[Effect, ...] = (
        AddMessage(ticket=ticket.ref, message=_heard(guarded)),
        AddEvent(ticket=ticket.ref, kind="auto-reply", actor=guarded.author.address, detail={"kind": kind.value}),
    )
    if _is_worth_telling(guarded):
        what = "an answer to an invitation" if kind is Kind.CALENDAR else kind.value.replace("_", " ")
        looks = f"its words alone say {what}" if guarded.incoming.mail.judged_by_words else what
        effects += _tell(threaded, ticket, desk, snapshot, mint, "reply", f"{name} wrote; {looks}: nothing moved")
        reason += "; the team is told"
    return _end(threaded, _VERDICTS.get(kind, Verdict.AUTO_REPLY_RECORDED), reason, ticket, effects)


def _is_worth_telling(guarded: Guarded) -> bool:
    """What only words call a robot's may be a person's; a challenge waits for somebody; an answer to an invitation may
    have words. Never of our own staff: two absent colleagues would tell each other of their absence without an end."""
    mail = guarded.incoming.mail
    if _is_staffs(guarded):
        return False
    return mail.judged_by_words or mail.kind is Kind.CHALLENGE or (mail.kind is Kind.CALENDAR and bool(mail.said))


def _agent_mail(
    threaded: Threaded, ticket: Ticket, agent: Agent, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision:
    """A proven agent's mail: verbs first, all or nothing; then the words, inside or to the customer as the desk."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    if not may_act(agent, ticket):
        reason = f"{agent.name} works neither in team {ticket.team} nor as a lead"
        return _hold(threaded, ticket, agent, Refused(reason=reason), mint, Verdict.HELD_UNVERIFIED)
    block, seen = commands(mail.reply), snapshot.files.get(ticket.ref, set())
    planned: Plan | Refused
    if any(file.content_type == "message/rfc822" for file in mail.attachments):
        planned = Refused(reason="a whole mail is attached: it would show the customer its addresses", nearest="#note")
    elif block.looks_like_command and not block.commands:
        planned = Refused(reason="the first line looks like a command and cannot be read", nearest="#help")
    else:
        planned = plan(block.commands, ticket, desk, agent, guarded.incoming.now)
    if isinstance(planned, Refused):
        return _hold(threaded, ticket, agent, planned, mint)
    said = Said(
        before=ticket,
        agent=agent,
        plan=planned,
        words=_words(block.rest.strip(), agent, desk),
        internal=planned.internal or not ticket.is_reachable or _is_note(guarded),
        occasion=_occasion(guarded),
        now=guarded.incoming.now,
        requester=_person(ticket, snapshot),
        recent=snapshot.recent.get(ticket.ref, []),
        trust=guarded.trust,
        message_id=mail.message_id,
        subject=mail.subject,
        files=sendable(kept(mail, guarded.incoming.entry.sha256, seen)),
        shown_files=fresh(mail, seen),
    )
    refused = unsendable(said, desk, commanded=bool(block.commands))
    if refused is not None:
        return _hold(threaded, ticket, agent, refused, mint)
    effects, sent = consequences(said, desk, mint)
    if block.commands:
        effects.append(mails.transcript(ticket, agent, mint(), said.occasion, planned, sent, mail.message_id))
    verbs = ", ".join(item.line for item in planned.done)
    inside = "kept inside" if said.speaks and said.internal else ""
    reason = "; ".join(filter(None, (verbs, inside, *(f"{s['what']} went to {s['to']}" for s in sent))))
    verdict = Verdict.APPENDED if said.speaks else Verdict.COMMAND
    return _end(threaded, verdict, reason or "nothing to do", ticket, effects)


def _end(threaded: Threaded, verdict: Verdict, reason: str, ticket: Ticket, effects: Sequence[Effect] = ()) -> Decision:
    guarded = threaded.guarded
    return conclude(
        guarded.incoming, verdict, reason, threaded.trace,
        mailbox=guarded.mailbox.canonical, trust=guarded.trust, ticket=ticket.ref, effects=tuple(effects),
    )  # fmt: skip


def _is_note(guarded: Guarded) -> bool:
    return guarded.key is not None and guarded.key.audience == "note"


def _words(words: str, agent: Agent, desk: Desk) -> str:
    return words if desk.show_names != "none" else unsigned(words, agent)


def _hold(
    threaded: Threaded,
    ticket: Ticket,
    agent: Agent,
    why: Refused,
    mint: Mint,
    verdict: Verdict = Verdict.HELD_COMMAND,
) -> Decision:
    """Nothing is done and nothing leaves; the agent gets the reason and the own words back."""
    guarded = threaded.guarded
    mail = guarded.incoming.mail
    effect = mails.held(ticket, agent, mint(), _occasion(guarded), why, mail.reply, mail.message_id)
    return _end(threaded, verdict, why.reason, ticket, (effect,))


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


def _heard(guarded: Guarded) -> Message:
    """A robot's mail in the history: that of a colleague's client is the staff's business, never the customer's."""
    message = _received(guarded)
    return replace(message, direction=Direction.NOTE, role=Role.AGENT) if _is_staffs(guarded) else message


def _is_staffs(guarded: Guarded) -> bool:
    return guarded.agent is not None or (guarded.key is not None and guarded.key.role is Role.AGENT)


def _received(guarded: Guarded, seen: Set[str] = frozenset()) -> Message:
    """The mail in the ticket's history; `seen` are the files of its earlier messages."""
    mail = guarded.incoming.mail
    return Message(
        at=guarded.incoming.entry.envelope.received_at,
        direction=Direction.IN,
        role=Role.CUSTOMER,
        from_name=guarded.author.name,
        from_address=guarded.author.address,
        to=tuple(box.address for box in mail.to) or guarded.incoming.entry.envelope.recipients,
        subject=mail.subject,
        message_id=mail.message_id,
        text=mail.said,
        trust=guarded.trust.value,
        kind=mail.kind.value,
        forwarded=mail.forwarded,
        cautions=mail.cautions,
        files=kept(mail, guarded.incoming.entry.sha256, seen),
    )


def _acknowledge(
    ticket: Ticket, guarded: Guarded, message_id: str, due: datetime | None, previous: str
) -> list[Effect]:
    """The mail and its place in the ticket's history."""
    answers = guarded.incoming.mail.message_id
    mail = mails.acknowledgement(ticket, guarded.author, message_id, answers, due, previous)
    shown = Message(
        at=guarded.incoming.now,
        direction=Direction.OUT,
        role=Role.SYSTEM,
        from_address=ticket.mailbox,
        to=(guarded.author.address,),
        subject=ticket.subject,
        message_id=message_id,
        kind="acknowledgement",
    )
    return [mail, AddMessage(ticket=ticket.ref, message=shown)]


def _facts(
    desk: Desk,
    ticket: Ticket,
    what: str,
    guarded: Guarded,
    snapshot: Snapshot,
    change: str,
    links: Sequence[tuple[TicketRef, str]] = (),
) -> dict[str, object]:
    mail = guarded.incoming.mail
    had = snapshot.earlier.get(ticket.requester, Earlier())
    known = what != "new"
    was_open = known and ticket.status.category != "done"
    return notice.facts(
        desk,
        ticket,
        what,
        actor=guarded.author.name or guarded.author.address,
        now=guarded.incoming.now,
        requester=guarded.author if ticket.requester == guarded.author.address else _person(ticket, snapshot),
        trust=guarded.trust,
        words=mail.said,
        files=fresh(mail, snapshot.files.get(ticket.ref, set())),
        forwarded=mail.forwarded,
        cautions=mail.cautions,
        recent=snapshot.recent.get(ticket.ref, ()),
        changed=change,
        earlier=(max(0, had.count - known), max(0, had.open - was_open)),
        related=[desk.reference(ref) for ref, _ in links if isinstance(ref, int)],
    )


def _person(ticket: Ticket, snapshot: Snapshot) -> Person:
    return snapshot.people.get(ticket.requester, Person(address=ticket.requester))


def _due(desk: Desk, now: datetime) -> datetime:
    return first_response_due(desk.hours, desk.zone, desk.holidays, now, desk.first_response)


def _occasion(guarded: Guarded) -> str:
    return str(guarded.incoming.entry.id)


def _previous(threaded: Threaded, desk: Desk) -> str:
    return next((desk.reference(other) for other, kind in threaded.links if kind == "follows"), "")


def _why_new(threaded: Threaded, desk: Desk) -> str:
    linked = ", ".join(f"{kind} {desk.reference(other)}" for other, kind in threaded.links)
    return f"a new ticket, linked: {linked}" if linked else "a new ticket"
