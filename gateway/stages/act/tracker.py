"""A tracker outside answers about a ticket that was handed to it: its word moves the status, its mail stays inside.

In: a `Guarded`. Out: the `Decision`, or None where the mail is no tracker's about a ticket of its own. It believes only
an address that is proven, or the secret address that the tracker got with its handoff, and never writes to anybody
outside.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.rules import mails, participants
from gateway.rules.case import Guarded, Mint, conclude, mentioned_ids
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.handoffs import tracking
from gateway.rules.notices import notice
from gateway.stages.act.history import occasion, received, requester_of, unheeded_of
from parsing.subject import references
from store.records import AddMessage, Decision, Direction, Effect, Role, Step, Ticket, TicketRef, Trust, Verdict
from store.snapshot import Snapshot


def tracked(guarded: Guarded, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision | None:
    """What a tracker's mail does to the ticket that it is about."""
    address = guarded.author.address
    if not guarded.is_named or not tracking.is_tracker(address, desk) or guarded.incoming.entry.envelope.history:
        return None
    ticket, how = _about(guarded, address, desk, snapshot)
    if ticket is None:
        return None
    trace = (*guarded.trace, Step(stage="track", what=f"about {desk.reference(ticket.ref)}", why=how))
    if guarded.trust is Trust.D:
        why = f"it claims to be the tracker {address}, and nothing proves it"
        return _ended(guarded, Verdict.HELD_UNVERIFIED, why, ticket.ref, trace, ())
    return _heard(replace(guarded, trace=trace), ticket, desk, snapshot, mint)


def _about(guarded: Guarded, address: str, desk: Desk, snapshot: Snapshot) -> tuple[Ticket | None, str]:
    """The first ticket that the mail points at and that was handed to this tracker."""
    for ref, how in _pointed(guarded, desk, snapshot):
        steps = [one for one in participants.way(ref, snapshot.merged) if one in snapshot.tickets]
        found = next((snapshot.tickets[one] for one in steps if tracking.has(snapshot.tickets[one], address)), None)
        if found is not None:
            return snapshot.tickets[steps[-1]], how
    return None, ""


def _pointed(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> Iterator[tuple[TicketRef, str]]:
    mail, key = guarded.incoming.mail, guarded.key
    if key is not None and key.person == guarded.author.address:
        yield key.ticket, "its own reply address"
    for number in references(mail.subject, (desk.prefix,)):
        yield number, "reference in the subject"
    for message_id in mentioned_ids(mail):
        for ref in snapshot.threads.get(message_id, ()):
            yield ref, f"answers {message_id}"


def _heard(guarded: Guarded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Its word moves the status as far as the workflow lets it; the team learns what it said."""
    mail, now, address = guarded.incoming.mail, guarded.incoming.now, guarded.author.address
    subject = mail.subject.replace(ticket.subject, "")  # the customer's own words are no tracker's
    word = tracking.heard(subject, mail.reply, tracking.states_of(address, desk))
    news = tracking.moved(ticket, address, word, desk, now)
    after = unheeded_of(replace(news.ticket, updated_at=now), guarded, desk)
    message = replace(
        received(guarded, snapshot.files.get(ticket.ref, set())), direction=Direction.NOTE, role=Role.SYSTEM
    )
    effects: list[Effect] = [AddMessage(ticket=ticket.ref, message=message)]
    effects += changed(ticket, after, news.events, desk, now)
    if after.unheeded <= desk.budgets.unheeded * 2:
        after = became(after, effects)
        facts = notice.facts(
            desk, after, "note", actor=address, now=now, requester=requester_of(ticket, snapshot), trust=guarded.trust,
            words=mail.said, recent=snapshot.recent.get(ticket.ref, ()), changed=f"{address}: {news.words}",
            kinds=snapshot.participants.get(ticket.ref, participants.NOBODY),
        )  # fmt: skip
        effects += mails.notices(after, notice.told(desk, after, ""), mint, occasion(guarded), facts)
    trace = (*guarded.trace, Step(stage="track", what=news.words, why=f"word: {word or 'none'}"))
    return _ended(guarded, Verdict.APPENDED, f"{address}: {news.words}", ticket.ref, trace, tuple(effects))


def _ended(
    guarded: Guarded,
    verdict: Verdict,
    why: str,
    ticket: TicketRef,
    trace: tuple[Step, ...],
    effects: tuple[Effect, ...],
) -> Decision:
    return conclude(
        guarded.incoming, verdict, why, trace, mailbox=guarded.mailbox.canonical, trust=guarded.trust, ticket=ticket,
        effects=effects,
    )  # fmt: skip
