"""Guard: is it for us, have we had it, is it a robot or ourselves, and how far is its author proven?

In: an `Incoming`. Out: a `Guarded`, or the decision that ends the mail here. It never decides by Message-ID alone and
never takes a word from a header that the border did not write.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.rules import acknowledge, keys, mails, notice, trust
from gateway.rules.case import RECORDED, Guarded, Incoming, Mint, conclude
from gateway.rules.desk import Agent, Desk, DeskAddress
from gateway.rules.undelivered import RETURNED, Undelivered, undelivered
from parsing.address import normalise, split_detail
from parsing.command import commands
from parsing.message import Kind
from store.records import (
    ANONYMOUS,
    AddEvent,
    ChangeTicket,
    Decision,
    Effect,
    MarkDelivery,
    Person,
    ReplyKey,
    Role,
    Step,
    Ticket,
    TicketRef,
    Verdict,
)
from store.snapshot import Copy, Snapshot

MAX_HOPS = 50
"""Received headers after which a mail goes in circles (Postfix: hopcount_limit)."""

_COPY_WINDOW = timedelta(hours=24)


def guard(incoming: Incoming, desk: Desk, snapshot: Snapshot, mint: Mint) -> Guarded | Decision:
    """Say whose mailbox, which author, which trust; or stop."""
    ours = our_mailboxes(incoming, desk)
    if not ours:
        return conclude(incoming, Verdict.NOT_ADDRESSED_TO_US, "no recipient is an address of this desk", ())
    mailbox, *others = ours
    trace = (Step(stage="guard", what=f"for {mailbox.canonical}", why="recipient of the envelope"),)
    ended = _ended(incoming, mailbox, desk, snapshot, mint, trace)
    if ended is not None:
        return ended
    mail = incoming.mail
    author = normalise(mail.from_.address) if mail.from_ else ""
    key = _key(incoming, snapshot)
    is_aligned, evidence = trust.aligned(mail, incoming.entry.envelope, desk)
    if incoming.entry.released and not is_aligned:
        is_aligned, evidence = True, "an operator released it"
    level = trust.level(is_aligned, key is not None and key.person == author)
    agent = desk.agents.get(author)
    robot = _is_robot(incoming, agent)
    guarded = Guarded(
        incoming=incoming,
        mailbox=mailbox,
        others=tuple(others),
        author=Person(
            address=author or normalise(incoming.entry.envelope.sender) or ANONYMOUS + desk.domain,
            name=mail.from_.name if mail.from_ else "",
            language=mail.language,
        ),
        agent=agent,
        key=key,
        trust=level,
        robot=robot,
        unanswered=acknowledge.silence(mail, incoming.entry.envelope, author, desk),
        trace=(
            *trace,
            Step(stage="guard", what=f"kind {mail.kind.value}", why="; ".join(mail.kind_reasons)),
            Step(stage="guard", what=f"trust {level.value}", why=evidence + ("; reply key" if key else "")),
        ),
    )
    held = _held(guarded)
    if held:
        return conclude(
            incoming,
            Verdict.HELD_UNVERIFIED,
            held,
            guarded.trace,
            mailbox=mailbox.canonical,
            trust=level,
            ticket=key.ticket if key else None,
        )
    return guarded


def our_mailboxes(incoming: Incoming, desk: Desk) -> list[DeskAddress]:
    """Which of our mailboxes the envelope names, each once; the first of them in To comes first and owns the mail."""
    found: dict[str, DeskAddress] = {}
    for recipient in incoming.entry.envelope.recipients:
        address = desk.addresses.get(split_detail(normalise(recipient))[0])
        if address is not None:
            found.setdefault(address.canonical, address)
    for mailbox in incoming.mail.to:
        named = desk.addresses.get(split_detail(normalise(mailbox.address))[0])
        if named is not None and named.canonical in found:
            first = found.pop(named.canonical)
            return [first, *found.values()]
    return list(found.values())


def copy_of(incoming: Incoming, mailbox: str, ticket: str | int | None, verdict: Verdict) -> Copy:
    """What later mails of the same batch must know of this one to recognise it again."""
    return Copy(
        mailbox=mailbox,
        message_id=incoming.mail.message_id,
        content_hash=incoming.mail.content_hash,
        sender=incoming.entry.envelope.sender,
        received_at=incoming.entry.envelope.received_at,
        ticket=ticket,
        verdict=verdict,
    )


def _ended(
    incoming: Incoming, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, mint: Mint, trace: tuple[Step, ...]
) -> Decision | None:
    """The ends that need no trust: loops, duplicates, bounces."""
    mail = incoming.mail
    reports = mail.kind in (Kind.BOUNCE, Kind.DELAY) and not _seen(incoming, mailbox, snapshot)
    if reports and (not mail.judged_by_words or _returned(incoming, desk, snapshot)):
        return _bounce(incoming, mailbox, desk, snapshot, mint, trace)
    if incoming.entry.released:
        return None
    if mail.message_id and mail.message_id in snapshot.ours:
        return _loop(incoming, mailbox, "its Message-ID is one of ours: our own mail came back", trace)
    if mail.received_count > MAX_HOPS:
        return _loop(incoming, mailbox, f"{mail.received_count} Received headers: it goes in circles", trace)
    if mail.from_ is not None and split_detail(normalise(mail.from_.address))[0] in desk.addresses:
        return _loop(incoming, mailbox, "it claims to come from one of our own addresses", trace)
    seen = _seen(incoming, mailbox, snapshot)
    return _duplicate(incoming, mailbox, seen, trace, desk, snapshot, mint) if seen else None


def _loop(incoming: Incoming, mailbox: DeskAddress, why: str, trace: tuple[Step, ...]) -> Decision:
    return conclude(incoming, Verdict.LOOP_SUPPRESSED, why, trace, mailbox=mailbox.canonical)


def _seen(incoming: Incoming, mailbox: DeskAddress, snapshot: Snapshot) -> Copy | None:
    """The earlier copy of this mail, one to the same mailbox first (DESIGN section 4, Duplicate)."""
    envelope = incoming.entry.envelope
    copies = [
        copy
        for copy in snapshot.copies.get(incoming.mail.content_hash, ())
        if copy.message_id == incoming.mail.message_id
        and (
            copy.message_id
            or (copy.sender == envelope.sender and abs(envelope.received_at - copy.received_at) <= _COPY_WINDOW)
        )
    ]
    return next((copy for copy in copies if copy.mailbox == mailbox.canonical), copies[0] if copies else None)


def _duplicate(
    incoming: Incoming,
    mailbox: DeskAddress,
    seen: Copy,
    trace: tuple[Step, ...],
    desk: Desk,
    snapshot: Snapshot,
    mint: Mint,
) -> Decision:
    """Nothing is done twice; a copy to another of our mailboxes brings that mailbox's team to the ticket."""
    reason = "the same mail came to this mailbox before"
    effects: tuple[Effect, ...] = ()
    if seen.mailbox != mailbox.canonical:
        ticket = snapshot.tickets.get(seen.ticket) if seen.ticket is not None else None
        reason, effects = "copy", _joined(incoming, ticket, mailbox, desk, snapshot, mint) if ticket else ()
    return conclude(
        incoming, Verdict.DUPLICATE, reason, trace, mailbox=mailbox.canonical, ticket=seen.ticket, effects=effects
    )


def _joined(
    incoming: Incoming, ticket: Ticket, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, mint: Mint
) -> tuple[Effect, ...]:
    """The team of the second mailbox helps with the ticket, and those who did not know of it yet are told."""
    if mailbox.team in (ticket.team, *ticket.helpers):
        return ()
    joined = replace(ticket, helpers=(*ticket.helpers, mailbox.team))
    effects: tuple[Effect, ...] = (
        ChangeTicket(ticket=ticket.ref, changes={"helpers": joined.helpers}),
        notice.joining(ticket.ref, mailbox),
    )
    if incoming.entry.envelope.history:
        return effects
    requester = snapshot.people.get(ticket.requester, Person(address=ticket.requester))
    facts = notice.facts(
        desk,
        joined,
        "new",
        actor=requester.name or requester.address,
        now=incoming.now,
        requester=requester,
        trust=None,
        words=incoming.mail.said,
        files=incoming.mail.attachments,
        forwarded=incoming.mail.forwarded,
        cautions=incoming.mail.cautions,
        changed=f"the mail came to {mailbox.canonical} too",
    )
    knew = notice.told(desk, ticket, "")
    told = [agent for agent in notice.told(desk, joined, "") if agent not in knew]
    return (*effects, *mails.notices(joined, told, mint, str(incoming.entry.id), facts))


def _bounce(
    incoming: Incoming, mailbox: DeskAddress, desk: Desk, snapshot: Snapshot, mint: Mint, trace: tuple[Step, ...]
) -> Decision:
    """A delivery report never opens, answers or reopens anything; it says what became of a mail of ours."""
    bounce = incoming.mail.bounce
    about = _returned(incoming, desk, snapshot)
    claimed = bounce.original_message_id if bounce else ""
    if not about and claimed in snapshot.ours:
        reason = "it names a mail of ours, but did not come to that mail's own reverse-path: not believed"
        return conclude(incoming, Verdict.BOUNCE_RECORDED, reason, trace, mailbox=mailbox.canonical)
    ticket = next(iter(snapshot.threads.get(about, ())), None) if about in snapshot.ours else None
    if ticket is None:
        reason = "about no mail of ours"
        return conclude(incoming, Verdict.BOUNCE_RECORDED, reason, trace, mailbox=mailbox.canonical)
    failed = bounce.recipients if bounce else ()
    words = "; ".join(f"{r.address}: {r.reason} ({r.status})" for r in failed) or "no recipient named"
    state = "delayed" if incoming.mail.kind is Kind.DELAY else "failed"
    said: tuple[Effect, ...]
    if state == "failed":
        said = undelivered(desk, snapshot.tickets[ticket], _failed(incoming, about, ticket, snapshot), mint)
    else:
        said = (AddEvent(ticket=ticket, kind="delivery-delayed", actor="system", detail={"recipients": words}),)
    return conclude(
        incoming,
        Verdict.BOUNCE_RECORDED,
        f"{state}: {words}",
        trace,
        mailbox=mailbox.canonical,
        ticket=ticket,
        effects=(MarkDelivery(message_id=about, state=state, detail=words), *said),
    )


def _failed(incoming: Incoming, about: str, ticket: TicketRef, snapshot: Snapshot) -> Undelivered:
    """The mail that came back, with its words while it is among the ticket's latest messages."""
    bounce = incoming.mail.bounce
    said = next(((r.status, r.reason) for r in bounce.recipients), ("", "")) if bounce else ("", "")
    purpose, to = snapshot.sent[about]
    words = next((m for m in snapshot.recent.get(ticket, ()) if m.message_id == about and m.role is Role.AGENT), None)
    return Undelivered(
        number=next(number for number, message_id in snapshot.returned.items() if message_id == about),
        purpose=purpose,
        to=to,
        how=RETURNED,
        code=said[0],
        text=said[1] or "the report gives no reason",
        author=words.from_address if words is not None else "",
        words=words.text if words is not None else "",
        told=incoming.entry.envelope.history,
    )


def _returned(incoming: Incoming, desk: Desk, snapshot: Snapshot) -> str:
    """The Message-ID of the mail whose reverse-path (VERP) this report came to."""
    numbers = keys.returns(desk.secret, incoming.entry.envelope.recipients)
    return next((snapshot.returned[number] for number in numbers if number in snapshot.returned), "")


def _key(incoming: Incoming, snapshot: Snapshot) -> ReplyKey | None:
    """The valid reply key in the envelope. An unknown, expired or revoked one counts as none, without a word."""
    for print_ in keys.fingerprints(incoming.entry.envelope.recipients):
        key = snapshot.keys.get(print_)
        expired = key is not None and key.expires_at is not None and key.expires_at <= incoming.now
        if key is not None and not key.revoked and not expired:
            return key
    return None


def _is_robot(incoming: Incoming, agent: Agent | None) -> bool:
    """Whether the mail is kept beside its ticket and moves nothing. A colleague who gives a command is none, though he
    may do so with the words of an absence note."""
    mail = incoming.mail
    if agent is not None and mail.judged_by_words and commands(mail.reply).looks_like_command:
        return False
    return mail.kind in RECORDED or (mail.kind is Kind.CALENDAR and _is_reply(incoming))


def _is_reply(incoming: Incoming) -> bool:
    calendar = incoming.mail.calendar
    return calendar is not None and calendar.method.upper() in ("REPLY", "COUNTER", "REFRESH")


def _held(guarded: Guarded) -> str:
    """Why a mail that claims to be staff, or that carries a staff key, waits for an operator."""
    entry = guarded.incoming.entry
    if guarded.robot or entry.envelope.history or entry.released:
        return ""
    if guarded.agent is not None and guarded.trust not in ("A", "B"):
        return f"it claims to be {guarded.agent.name}, and nothing proves it"
    key = guarded.key
    if key is not None and key.role is Role.AGENT and (guarded.agent is None or key.person != guarded.author.address):
        return "the reply address belongs to a member of staff who is not the author"
    return ""
