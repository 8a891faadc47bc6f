"""Thread: which ticket does this mail belong to?

In: a `Guarded`. Out: a `Threaded`, or the decision that ends the mail here. The order is evidence first: the reply key
of the recipient address, then the entry of a calendar that we gave out, then a known Message-ID from a participant,
then the reverse-path of a mail of ours (where machines answer), then the subject's reference, ours or that of the
author's own ticket system, all from a participant (`rules/participants.py`). A ticket that was merged leads to the one
that it was merged into. It never lets a stranger into a ticket by a number or a Message-ID; such a mail is a new
ticket, linked for agents. What a stranger's calendar answers to an entry of ours is kept beside the ticket: nobody can
guess its UID.
"""

from __future__ import annotations

from gateway.rules import customers, keys, participants, serving
from gateway.rules.calls import answering
from gateway.rules.case import Guarded, Threaded, conclude, mentioned_ids
from gateway.rules.desk import Desk
from gateway.rules.reopen import on_reply
from gateway.rules.verbs.course import is_shown, of_ticket
from gateway.rules.workflow import ESCALATION
from parsing.command import commands
from parsing.subject import references
from store.records import ClosedAs, Decision, Step, Ticket, TicketRef, Trust, Verdict
from store.snapshot import Snapshot

KEYED = "reply key"
"""The strongest evidence: it came to a secret address of the ticket."""
SERVED = "it is next in the queue"
"""What somebody gets who asks for whatever is next."""
ENTERED = "it is about an entry of a calendar of ours"
"""What a calendar answers, wherever it writes to."""
NAMED = "#on names it"
"""What a colleague says at the address for commands, where nothing else says which ticket is meant."""


def thread(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> Threaded | Decision:
    """Find the ticket, or say that there is none yet."""
    links: list[tuple[TicketRef, str]] = []
    trace = guarded.trace
    for ref, how in _candidates(guarded, desk, snapshot):
        steps = [step for step in participants.way(ref, snapshot.merged) if step in snapshot.tickets]
        if not steps:
            continue
        steps = _open_to(guarded, steps, snapshot)
        ticket = snapshot.tickets[steps[-1]]
        kind = participants.standing(guarded.author.address, steps, snapshot.participants) if guarded.is_named else ""
        membership = participants.membership(guarded, ticket, kind, keyed=how == KEYED)
        if not membership and how == ENTERED and guarded.robot:
            membership = participants.UNVERIFIED
        if not membership:
            why = f"{how}, but no participant"
            trace = (*trace, Step(stage="thread", what=f"not {desk.reference(ticket.ref)}", why=why))
            if (ticket.ref, "mentioned") not in links:
                links.append((ticket.ref, "mentioned"))
            continue
        if ticket.ref != ref:
            what = f"{desk.reference(ref)} is {desk.reference(ticket.ref)} now"
            was = snapshot.tickets[steps[-2]].closed_as == ClosedAs.WRONG_TYPE
            trace = (*trace, Step(stage="thread", what=what, why="it was retyped" if was else "it was merged"))
        return _found(guarded, ticket, membership, how, tuple(links), trace, desk, snapshot)
    if _is_commanding(guarded):
        step = Step(stage="thread", what="no ticket", why="it is a colleague's mail to the address for commands")
        return _new(guarded, (), (*guarded.trace, step))
    return _unknown(guarded, tuple(links), trace, snapshot)


def _is_commanding(guarded: Guarded) -> bool:
    """Whether a proven colleague writes to the address for commands: what such a mail answers or has in its subject
    says nothing of what it is about. Its words are for the desk, and would go to a customer."""
    if guarded.agent is None or guarded.trust is Trust.D or guarded.incoming.entry.envelope.history or guarded.robot:
        return False
    if guarded.key is not None and guarded.key.audience != keys.COMMANDS:
        return False
    return any(mailbox.kind == "commands" for mailbox in (guarded.mailbox, *guarded.others))


def _open_to(guarded: Guarded, steps: list[TicketRef], snapshot: Snapshot) -> list[TicketRef]:
    """As far as whoever writes may go: what became an escalation or internal goes on inside, without them."""
    if guarded.agent is not None and guarded.trust is not Trust.D:
        return steps
    hidden = (place for place, ref in enumerate(steps) if place and _is_inside(snapshot.tickets[ref]))
    return steps[: next(hidden, len(steps))]


def _is_inside(ticket: Ticket) -> bool:
    return ticket.type == ESCALATION or ticket.audience != "customer"


def _candidates(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> list[tuple[TicketRef, str]]:
    """Tickets that the mail points at, strongest evidence first, each once."""
    mail = guarded.incoming.mail
    if _is_commanding(guarded):
        return _commanded(guarded, desk, snapshot)
    found = _secrets(guarded, snapshot)
    for message_id in mentioned_ids(mail):
        for ref in snapshot.threads.get(message_id, ()):
            found.setdefault(ref, f"answers {message_id}")
    for sent in keys.returns(desk.secret, guarded.incoming.entry.envelope.recipients):  # RFC 3834 section 4
        for ref in snapshot.threads.get(snapshot.returned.get(sent, ""), ()):
            found.setdefault(ref, "came to the reverse-path of a mail of ours")
    for number in references(mail.subject, (desk.prefix,)):
        if number in snapshot.tickets:
            found.setdefault(number, "reference in the subject")
    for ref in snapshot.awaited.get(mail.message_id, ()):
        found.setdefault(ref, "a mail of the ticket answers it, and came first")
    for domain, reference in participants.foreign(mail, desk):
        for ref in snapshot.foreign.get((domain, reference), ()):
            found.setdefault(ref, f"{reference} in the subject, as {domain} calls it")
    return list(found.items())


def _secrets(guarded: Guarded, snapshot: Snapshot) -> dict[TicketRef, str]:
    """What nobody can guess: the key that it came to, the entry of a calendar that it is about."""
    found: dict[TicketRef, str] = {}
    if guarded.key is not None and guarded.key.audience != keys.COMMANDS:
        found[guarded.key.ticket] = KEYED
    if entry := snapshot.uids.get(answering.uid_of(guarded.incoming.mail)):
        found.setdefault(entry[0], ENTERED)
    return found


def _commanded(guarded: Guarded, desk: Desk, snapshot: Snapshot) -> list[tuple[TicketRef, str]]:
    """The ticket that a colleague names at the address for commands, or the one that is next for them."""
    block = commands(guarded.incoming.mail.reply)
    if guarded.agent is not None and serving.is_asked(block):
        was = serving.had(guarded.incoming.entry)
        served = serving.next_for(guarded.agent, snapshot) if was is None else snapshot.tickets.get(was)
        if served is not None:
            return [(served.ref, SERVED)]
    number = of_ticket(block.commands, desk)
    if number is None or guarded.agent is None:
        return []
    return [(number, NAMED)] if is_shown(number, guarded.agent, snapshot.tickets, snapshot.merged) else []


def _found(
    guarded: Guarded,
    ticket: Ticket,
    membership: str,
    how: str,
    links: tuple[tuple[TicketRef, str], ...],
    trace: tuple[Step, ...],
    desk: Desk,
    snapshot: Snapshot,
) -> Threaded | Decision:
    mail = guarded.incoming.mail
    trace = (*trace, Step(stage="thread", what=f"belongs to {desk.reference(ticket.ref)}", why=how))
    if membership == participants.UNVERIFIED:
        trace = (*trace, Step(stage="thread", what="unverified", why=_unverified(guarded, ticket, snapshot)))
    reply = "append"
    if membership != "agent" and not guarded.robot and not mail.auto_generated:
        reply = on_reply(ticket, guarded.incoming.now, desk.reopen_within)
    seen = snapshot.files.get(ticket.ref, set())
    if reply == "follow" and customers.is_about_what_was(mail, seen, desk):
        reply = "append"
    why = "the old one ended longer ago than the window"
    if ticket.closed_as in (ClosedAs.WRONG_TYPE, ClosedAs.MERGED) and reply == "reopen":
        reply, why = "follow", "what took the place of the old one is not theirs to see"
    if reply == "follow":
        step = Step(stage="thread", what="a new ticket follows", why=why)
        return _new(guarded, ((ticket.ref, "follows"), *links), (*trace, step))
    if reply == "reopen" and participants.is_another_subject(mail, ticket, snapshot.recent.get(ticket.ref, ())):
        step = Step(stage="thread", what="a new ticket beside it", why="the old one is done, and the subject is new")
        return _new(guarded, ((ticket.ref, "changed-subject"), *links), (*trace, step))
    return Threaded(
        guarded=guarded,
        ticket=ticket,
        reopens=reply == "reopen",
        membership=membership,
        links=links,
        trace=trace,
        how=how,
    )


def _unverified(guarded: Guarded, ticket: Ticket, snapshot: Snapshot) -> str:
    known = snapshot.participants.get(ticket.ref, {}).get(guarded.author.address) in participants.MEMBERS
    return "nothing proves that it is the participant's" if known else "the reply address is somebody else's"


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
