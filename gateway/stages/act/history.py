"""What a mail looks like in its ticket's history, and in the notices of it.

In: a `Guarded` or a `Threaded`. Out: the `Message`, the facts, the mails to the team, and the decision that ends the
mail. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence, Set

from gateway.rules import mails, notice
from gateway.rules.case import Guarded, Mint, Threaded, conclude
from gateway.rules.desk import Desk
from gateway.rules.files import fresh, kept
from store.records import (
    Decision,
    Direction,
    Effect,
    Message,
    Person,
    Role,
    Ticket,
    TicketRef,
    Verdict,
)
from store.snapshot import Earlier, Snapshot


def end(threaded: Threaded, verdict: Verdict, reason: str, ticket: Ticket, effects: Sequence[Effect] = ()) -> Decision:
    guarded = threaded.guarded
    return conclude(
        guarded.incoming, verdict, reason, threaded.trace,
        mailbox=guarded.mailbox.canonical, trust=guarded.trust, ticket=ticket.ref, effects=tuple(effects),
    )  # fmt: skip


def received(guarded: Guarded, seen: Set[str] = frozenset()) -> Message:
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


def is_staffs(guarded: Guarded) -> bool:
    return guarded.agent is not None or (guarded.key is not None and guarded.key.role is Role.AGENT)


def told_of(
    threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint, what: str, change: str
) -> tuple[Effect, ...]:
    """The team's notices of a mail that came to a ticket; imported history is told to nobody."""
    guarded = threaded.guarded
    if guarded.incoming.entry.envelope.history:
        return ()
    facts = facts_of(desk, ticket, what, guarded, snapshot, change)
    told = notice.told(desk, ticket, guarded.author.address)
    return mails.notices(ticket, told, mint, occasion(guarded), facts)


def facts_of(
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
        requester=guarded.author if ticket.requester == guarded.author.address else requester_of(ticket, snapshot),
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


def requester_of(ticket: Ticket, snapshot: Snapshot) -> Person:
    return snapshot.people.get(ticket.requester, Person(address=ticket.requester))


def occasion(guarded: Guarded) -> str:
    return str(guarded.incoming.entry.id)
