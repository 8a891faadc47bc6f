"""Copies: the same mail again, to the same mailbox or to another one of ours (DESIGN section 4, Duplicate).

In: an `Incoming` and what the snapshot knows of its content. Out: the earlier copy, and the decision for a duplicate.
Never by Message-ID alone: anybody can write any Message-ID.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from gateway.rules import mails
from gateway.rules.case import Incoming, Mint, conclude
from gateway.rules.change import changed
from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.files import kept
from gateway.rules.notices import notice
from store.records import (
    Decision,
    Effect,
    Person,
    Step,
    Ticket,
    Verdict,
)
from store.snapshot import Copy, Snapshot

_COPY_WINDOW = timedelta(hours=24)


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


_KEPT_OUT = frozenset({Verdict.SPAM_QUARANTINED, Verdict.RATE_LIMITED, Verdict.BLOCKED_SENDER, Verdict.HELD_UNVERIFIED})
"""A mail that was kept out is no earlier copy: the same one may come by a better way, and is looked at for itself."""


def seen_before(incoming: Incoming, mailbox: DeskAddress, snapshot: Snapshot) -> Copy | None:
    """The earlier copy of this mail, one to the same mailbox first (DESIGN section 4, Duplicate)."""
    envelope = incoming.entry.envelope
    copies = [
        copy
        for copy in snapshot.copies.get(incoming.mail.content_hash, ())
        if copy.message_id == incoming.mail.message_id
        and copy.verdict not in _KEPT_OUT
        and (
            copy.message_id
            or (copy.sender == envelope.sender and abs(envelope.received_at - copy.received_at) <= _COPY_WINDOW)
        )
    ]
    return next((copy for copy in copies if copy.mailbox == mailbox.canonical), copies[0] if copies else None)


def duplicate(
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
    effects: tuple[Effect, ...] = (*changed(ticket, joined, [notice.joining(ticket.ref, mailbox)], desk, incoming.now),)
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
        files=kept(incoming.mail, incoming.entry.sha256, set()),
        forwarded=incoming.mail.forwarded,
        cautions=incoming.mail.cautions,
        changed=f"the mail came to {mailbox.canonical} too",
    )
    knew = notice.told(desk, ticket, "")
    told = [agent for agent in notice.told(desk, joined, "") if agent not in knew]
    return (*effects, *mails.notices(joined, told, mint, str(incoming.entry.id), facts))
