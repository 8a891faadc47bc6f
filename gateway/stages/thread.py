"""Thread: which ticket does this mail belong to?

In: a `Guarded`. Out: a `Threaded`, or the decision that ends the mail here. The order is evidence first: the reply key
of the recipient address, then a known Message-ID from a participant, then the reverse-path of a mail of ours (where
machines answer), then the subject's reference, all from a participant.
It never lets a stranger into a ticket by a number or a Message-ID; such a mail is a new ticket, linked for agents.
"""

from __future__ import annotations

from gateway.rules import keys
from gateway.rules.case import Guarded, Threaded, conclude, mentioned_ids
from gateway.rules.desk import Desk
from gateway.rules.reopen import on_reply
from parsing.subject import references
from store.records import Decision, Role, Step, Ticket, TicketRef, Verdict
from store.snapshot import Snapshot


def thread(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> Threaded | Decision:
    """Find the ticket, or say that there is none yet."""
    candidates = _candidates(guarded, desk, snapshot)
    links: list[tuple[TicketRef, str]] = []
    trace = guarded.trace
    for ref, how in candidates:
        ticket = snapshot.tickets.get(ref)
        if ticket is None:
            continue
        membership = _membership(guarded, ticket, how, snapshot)
        if not membership:
            trace = (*trace, Step(stage="thread", what=f"not {desk.reference(ref)}", why=f"{how}, but no participant"))
            links.append((ref, "mentioned"))
            continue
        return _found(guarded, ticket, membership, how, tuple(links), trace, desk)
    return _unknown(guarded, tuple(links), trace, snapshot)


def _candidates(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> list[tuple[TicketRef, str]]:
    """Tickets that the mail points at, strongest evidence first, each once."""
    found: dict[TicketRef, str] = {}
    if guarded.key is not None:
        found[guarded.key.ticket] = "reply key"
    for message_id in mentioned_ids(guarded.incoming.mail):
        for ref in snapshot.threads.get(message_id, ()):
            found.setdefault(ref, f"answers {message_id}")
    for sent in keys.returns(desk.secret, guarded.incoming.entry.envelope.recipients):  # RFC 3834 section 4
        for ref in snapshot.threads.get(snapshot.returned.get(sent, ""), ()):
            found.setdefault(ref, "came to the reverse-path of a mail of ours")
    for number in references(guarded.incoming.mail.subject, (desk.prefix,)):
        if number in snapshot.tickets:
            found.setdefault(number, "reference in the subject")
    return list(found.items())


def _membership(guarded: Guarded, ticket: Ticket, how: str, snapshot: Snapshot) -> str:
    """As what the author may write into this ticket; empty when not at all.

    A key lets a stranger's words in, marked as an unverified participant's, and gives the stranger nothing back.
    """
    author = guarded.author.address if guarded.is_named else ""
    key = guarded.key
    if how == "reply key" and key is not None:
        if key.role is Role.AGENT:
            return "agent"
        return "participant" if key.person == author else "unverified"
    if guarded.agent is not None:
        return "agent"
    if ticket.audience != "customer":
        return ""
    return "participant" if snapshot.is_participant(ticket.ref, author) else ""


def _found(
    guarded: Guarded,
    ticket: Ticket,
    membership: str,
    how: str,
    links: tuple[tuple[TicketRef, str], ...],
    trace: tuple[Step, ...],
    desk: Desk,
) -> Threaded | Decision:
    trace = (*trace, Step(stage="thread", what=f"belongs to {desk.reference(ticket.ref)}", why=how))
    keyed = guarded.key is not None and guarded.key.ticket == ticket.ref and guarded.key.role is Role.AGENT
    foreign = guarded.agent is not None and not keyed and ticket.requester != guarded.author.address
    if foreign and not guarded.robot and not guarded.incoming.entry.released:
        reason = "a member of staff wrote into a ticket without a reply address of their own"
        return conclude(
            guarded.incoming,
            Verdict.HELD_UNVERIFIED,
            reason,
            trace,
            mailbox=guarded.mailbox.canonical,
            trust=guarded.trust,
            ticket=ticket.ref,
        )
    reply = "append"
    if membership != "agent" and not guarded.robot and not guarded.incoming.mail.auto_generated:
        reply = on_reply(ticket, guarded.incoming.now, desk.reopen_within)
    if reply == "follow":
        step = Step(stage="thread", what="a new ticket follows", why="the old one ended longer ago than the window")
        return _new(guarded, ((ticket.ref, "follows"), *links), (*trace, step))
    return Threaded(
        guarded=guarded,
        ticket=ticket,
        reopens=reply == "reopen",
        membership=membership,
        links=links,
        trace=trace,
        how=how,
    )


def _unknown(
    guarded: Guarded, links: tuple[tuple[TicketRef, str], ...], trace: tuple[Step, ...], snapshot: Snapshot
) -> Threaded | Decision:
    """No ticket yet: a robot's answer to nothing is only recorded, everybody else opens one, and so does whom nothing
    but words calls a robot."""
    if guarded.robot and not guarded.incoming.mail.judged_by_words:
        kind = guarded.incoming.mail.kind.value
        verdict = Verdict.CALENDAR_REPLY if kind == "calendar" else Verdict.AUTO_REPLY_RECORDED
        return conclude(
            guarded.incoming,
            verdict,
            f"{kind}, about no ticket of ours",
            trace,
            mailbox=guarded.mailbox.canonical,
            trust=guarded.trust,
        )
    latest = snapshot.latest.get(guarded.author.address) if guarded.is_named else None
    if latest is not None and _stood_before(latest, guarded) and all(ref != latest for ref, _ in links):
        links = (*links, (latest, "same-person"))
    return _new(guarded, links, (*trace, Step(stage="thread", what="a new ticket", why="it answers none that it may")))


def _stood_before(ref: TicketRef, guarded: Guarded) -> bool:
    """Whether the ticket was there when this mail came: a replay is not related to what came after it."""
    own = guarded.incoming.entry.ticket
    return own is None or (isinstance(ref, int) and ref < own)


def _new(guarded: Guarded, links: tuple[tuple[TicketRef, str], ...], trace: tuple[Step, ...]) -> Threaded:
    return Threaded(guarded=guarded, ticket=None, reopens=False, membership="requester", links=links, trace=trace)
