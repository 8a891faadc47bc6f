"""What a mail looks like in its ticket's history, and in the notices of it.

In: a `Guarded` or a `Threaded`. Out: the `Message`, the facts, the mails to the team, and the decision that ends the
mail. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from gateway.rules import keys, mails, participants
from gateway.rules.case import Guarded, Mint, Threaded, conclude
from gateway.rules.desk import Agent, Desk
from gateway.rules.files import kept, shown
from gateway.rules.notices import kinship, notice
from gateway.rules.rights import Action, Outcome, judge
from store.records import (
    Decision,
    Direction,
    Effect,
    MarkReachable,
    Message,
    Person,
    Role,
    Step,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)
from store.snapshot import Earlier, Snapshot


@dataclass(frozen=True, slots=True)
class Wish:
    """What the table of rights says of something that a mail wants, and the step that shows it."""

    outcome: Outcome
    why: str
    step: Step


def judged(guarded: Guarded, action: Action, agent: Agent) -> Wish:
    """Ask the table of rights. An operator who releases a mail has said that it may."""
    entry = guarded.incoming.entry
    found = judge(action, guarded.trust, agent.roles, confirmed=entry.confirmed)
    outcome, why = found.outcome, found.why
    if outcome is not Outcome.ALLOWED and entry.released and agent.roles & found.right.roles:
        outcome, why = Outcome.ALLOWED, "an operator released it"
    step = Step(stage="rights", what=f"{action.value}: {outcome.value}", why=f"{why} (row: {found.right.row})")
    return Wish(outcome, why, step)


def end(
    threaded: Threaded, verdict: Verdict, reason: str, ticket: Ticket | None, effects: Sequence[Effect] = ()
) -> Decision:
    guarded = threaded.guarded
    return conclude(
        guarded.incoming, verdict, reason, threaded.trace,
        mailbox=guarded.mailbox.canonical, trust=guarded.trust, ticket=ticket.ref if ticket else None,
        effects=tuple(effects),
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
    """Whether it is a colleague's, or came by a colleague's key: an unproven From makes nobody a colleague."""
    proven = guarded.agent is not None and guarded.trust is not Trust.D
    return proven or (guarded.key is not None and guarded.key.role is Role.AGENT)


def unheeded_of(ticket: Ticket, guarded: Guarded, desk: Desk) -> Ticket:
    """The ticket with one more mail that came to it since one of us last did anything. What nothing proves counts up to
    its own limit only, so that nobody's forged mail keeps the team from hearing of the customer's."""
    is_full = guarded.trust is Trust.D and ticket.unheeded > desk.budgets.unheeded
    return ticket if is_full or _is_past(guarded) else replace(ticket, unheeded=ticket.unheeded + 1)


def _is_past(guarded: Guarded) -> bool:
    return guarded.incoming.entry.envelope.history


def _is_unheeded(ticket: Ticket, guarded: Guarded, desk: Desk) -> bool:
    """Whether so much came that nobody is told any more: what is proven or keyed is told twice as long."""
    return ticket.unheeded > desk.budgets.unheeded * (1 if guarded.trust is Trust.D else 2)


def left_alone(threaded: Threaded, ticket: Ticket, desk: Desk) -> Threaded:
    """The trace says so where nobody is told any more."""
    if not _is_unheeded(ticket, threaded.guarded, desk):
        return threaded
    why = f"{desk.budgets.unheeded} mails came since one of us last did anything"
    return replace(threaded, trace=(*threaded.trace, Step(stage="budget", what="nobody is told", why=why)))


def told_of(
    threaded: Threaded,
    ticket: Ticket,
    desk: Desk,
    snapshot: Snapshot,
    mint: Mint,
    what: str,
    change: str,
    joined: Sequence[Person] = (),
) -> tuple[Effect, ...]:
    """The team's notices of a mail that came to a ticket. Imported history is told to nobody, and what comes to a
    ticket that nobody of us heeds is told until its budget ends: the last notice says so."""
    guarded = threaded.guarded
    if _is_past(guarded) or _is_unheeded(ticket, guarded, desk):
        return ()
    facts = facts_of(desk, ticket, what, guarded, snapshot, change, joined=joined)
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
    joined: Sequence[Person] = (),
) -> dict[str, object]:
    mail = guarded.incoming.mail
    key = guarded.key
    strange = keys.in_other_hands(key, guarded.author.address, desk.reference(key.ticket)) if key else ""
    had = snapshot.earlier.get(ticket.requester, Earlier())
    known = what != "new"
    was_open = known and not ticket.is_done
    of_theirs = ticket.requester == guarded.author.address
    return notice.facts(
        desk,
        ticket,
        what,
        actor=called(guarded, snapshot),
        now=guarded.incoming.now,
        requester=known_as(guarded, snapshot) if of_theirs else requester_of(ticket, snapshot),
        trust=guarded.trust,
        words=mail.said,
        files=shown(kept(mail, guarded.incoming.entry.sha256, snapshot.files.get(ticket.ref, frozenset()))),
        forwarded=mail.forwarded,
        cautions=(*mail.cautions, strange) if strange else mail.cautions,
        recent=snapshot.recent.get(ticket.ref, ()),
        changed=change,
        earlier=(max(0, had.count - known), max(0, had.open - was_open)),
        related=[desk.reference(ref) for ref, _ in links if isinstance(ref, int)],
        copied=(*participants.readers(ticket, snapshot), *joined),
        kinds=snapshot.participants.get(ticket.ref, participants.NOBODY),
        kin=None if known else kinship.told(ticket, mail.said, snapshot.kin, snapshot.solved, desk),
    )


def heard_of(guarded: Guarded, snapshot: Snapshot) -> tuple[Effect, ...]:
    """An address that mail came back from is good again once its owner writes with proof."""
    known = snapshot.people.get(guarded.author.address)
    if known is None or known.unreachable_since is None or guarded.trust is Trust.D:
        return ()
    return (MarkReachable(address=known.address, since=None),)


def known_as(guarded: Guarded, snapshot: Snapshot) -> Person:
    """Whoever wrote; by the name that we know where this mail says none, unless that one pretends to be another's."""
    known = snapshot.people.get(guarded.author.address)
    if guarded.author.name or known is None or notice.destination(known) != known.name:
        return guarded.author
    return known


def called(guarded: Guarded, snapshot: Snapshot) -> str:
    """The name or, without one, the address of whoever wrote."""
    return known_as(guarded, snapshot).name or guarded.author.address


def requester_of(ticket: Ticket, snapshot: Snapshot) -> Person:
    return snapshot.people.get(ticket.requester, Person(address=ticket.requester))


def occasion(guarded: Guarded) -> str:
    return str(guarded.incoming.entry.id)
