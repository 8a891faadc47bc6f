"""Complete: which of the facts that its ticket needs does this mail say, and which are to be asked for?

In: a `Sorted`. Out: a `Completed`. It decides and emits nothing: the ticket that the mail opens or joins keeps what was
gathered (`stages/act`), and only a mail that may leave asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.rules import participants
from gateway.rules.case import Completed, Guarded, Sorted, Threaded, answering
from gateway.rules.desk import Desk
from gateway.rules.intake import asking, gathering, record, ruling
from gateway.rules.intake.gathering import STAGE, Gathered
from gateway.rules.rights import Action, Outcome, judge
from gateway.rules.times import stamp
from parsing.message import Candidate, Kind, ParsedMail
from store.records import Direction, Message, Role, Step, Ticket, TicketRef, Trust
from store.snapshot import Snapshot
from store.written import text_of


def complete(sorted_: Sorted, desk: Desk, snapshot: Snapshot) -> Completed:
    """What the mail adds to what is known."""
    if not desk.inquiry.fields or not _speaks(sorted_.threaded):
        return Completed(sorted=sorted_, gathered=gathering.NOTHING)
    threaded = sorted_.threaded
    if threaded.ticket is None:
        sorted_, gathered = _of_first(sorted_, desk, snapshot)
        steps = gathered.steps
    else:
        gathered, steps = _of_further(threaded, threaded.ticket, desk, snapshot)
    if steps:
        threaded = replace(threaded, trace=(*threaded.trace, *steps))
        sorted_ = replace(sorted_, threaded=threaded, trace=(*sorted_.trace, *steps))
    return Completed(sorted=sorted_, gathered=gathered)


def _speaks(threaded: Threaded) -> bool:
    """Whether it is a customer's own mail, now: no machine's, no list's, no history, no colleague's about a ticket."""
    guarded = threaded.guarded
    entry, mail = guarded.incoming.entry, guarded.incoming.mail
    if entry.envelope.history or guarded.incoming.unreadable or guarded.robot or mail.kind is not Kind.HUMAN:
        return False
    if threaded.ticket is not None and mail.auto_generated:
        return False
    return threaded.membership != participants.AGENT and (guarded.agent is None or guarded.trust is Trust.D)


def _of_first(sorted_: Sorted, desk: Desk, snapshot: Snapshot) -> tuple[Sorted, Gathered]:
    """What the first mail of a ticket says of it, the sorting as its answers have it, and what is to be asked where its
    acknowledgement may leave."""
    guarded = sorted_.threaded.guarded
    ticket = _new(sorted_, snapshot.next_ref())
    linked = [snapshot.tickets.get(ref) for ref, kind in sorted_.threaded.links if kind == "follows"]
    proven = guarded.trust is not Trust.D
    own = [one for one in linked if one is not None and one.requester == ticket.requester and proven]

    def gather(ticket: Ticket) -> Gathered:
        at = guarded.incoming.entry.envelope.received_at
        return gathering.gather(guarded.incoming.mail, ticket, guarded.author.address, desk, at, opens=True, linked=own)

    gathered = gather(ticket)
    if gathered.values and desk.taxonomy.answered:
        said = replace(ticket, facts=gathered.values)
        after, events, steps = ruling.ruled(ticket, said, desk, guarded.incoming.now, escalates=False)
        if events:
            ticket = replace(after, facts={})
            gathered = gather(ticket) if _matter(after) != _matter(said) else gathered
            gathered = replace(gathered, ruled=tuple(events), steps=(*gathered.steps, *steps))
            sorted_ = _as_ruled(sorted_, ticket)
    why = asking.whether(ticket, gathered, desk, opens=True) or _silence(guarded, ticket, desk, snapshot)
    return sorted_, replace(gathered, asks=() if why else asking.next_of(gathered.intake, desk), why=why)


def _matter(ticket: Ticket) -> tuple[str, str]:
    return ticket.topic, ticket.subtopic


def _as_ruled(sorted_: Sorted, ticket: Ticket) -> Sorted:
    """The sorting as the rules of answers leave it."""
    return replace(
        sorted_, team=ticket.team, helpers=ticket.helpers, division=ticket.division, topic=ticket.topic,
        subtopic=ticket.subtopic, topic_reason=ticket.topic_reason, ruf=ticket.ruf, impact=ticket.impact,
        urgency=ticket.urgency, priority=ticket.priority, priority_reason=ticket.priority_reason, tags=ticket.tags,
    )  # fmt: skip


def _new(sorted_: Sorted, ref: TicketRef) -> Ticket:
    """The ticket that the mail will open, as far as it matters to what it needs."""
    guarded = sorted_.threaded.guarded
    return Ticket(
        ref=ref, type=sorted_.type, subject="", topic=sorted_.topic, subtopic=sorted_.subtopic,
        topic_reason=sorted_.topic_reason, priority=sorted_.priority, priority_reason=sorted_.priority_reason,
        team=sorted_.team, helpers=sorted_.helpers, division=sorted_.division, ruf=sorted_.ruf, impact=sorted_.impact,
        urgency=sorted_.urgency, tags=sorted_.tags, requester=guarded.author.address,
        mailbox=guarded.mailbox.canonical, language=guarded.incoming.mail.language,
        audience="internal" if sorted_.type == "escalation" else "customer",
        created_at=guarded.incoming.now, updated_at=guarded.incoming.now,
    )  # fmt: skip


def _of_further(
    threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot
) -> tuple[Gathered, tuple[Step, ...]]:
    """What further words say: whoever belongs to the ticket and is proven may answer, and whoever holds the secret
    address of somebody who belongs to it may fill in what is missing."""
    inquiry = desk.inquiry
    if not (ticket.intake or inquiry.requirements or inquiry.sensitive or desk.taxonomy.answered):
        return gathering.NOTHING, ()
    guarded = threaded.guarded
    bears = _bears(threaded, ticket, snapshot)
    judged = judge(Action.ANSWER, Trust.C if bears else guarded.trust, {_role(threaded, ticket, snapshot, bears=bears)})
    if judged.outcome is not Outcome.ALLOWED:
        step = Step(stage=STAGE, what="read for no answer", why=judged.reason)
        return gathering.NOTHING, (step,) if record.of(ticket).needed else ()
    mail = _without_ours(threaded)
    author, at = guarded.author.address, guarded.incoming.entry.envelope.received_at
    asked_at = _answered(mail, snapshot.recent.get(ticket.ref, ()))
    ours = _ours(threaded, snapshot) if mail.quoted else ()
    gathered = gathering.gather(mail, ticket, author, desk, at, opens=False, fills=bears, answered=asked_at, ours=ours)
    if gathered.values and desk.taxonomy.answered:
        said = replace(ticket, facts={**ticket.facts, **gathered.values})
        after, _, _ = ruling.ruled(ticket, said, desk, guarded.incoming.now)
        if _matter(after) != _matter(ticket):  # another matter by its own answer: it may need something else
            as_ruled = replace(after, facts=ticket.facts)
            gathered = gathering.gather(
                mail, as_ruled, author, desk, at, opens=False, fills=bears, answered=asked_at, ours=ours
            )
    if gathered.is_nothing:
        return gathered, ()
    why = asking.whether(ticket, gathered, desk, opens=False, reopens=threaded.reopens)
    why = why or ("nothing proves who they are" if bears else _silence(guarded, ticket, desk, snapshot))
    asks = () if why else asking.next_of(gathered.intake, desk)
    handed = not asks and not bears and asking.is_handed(gathered, desk)
    gathered = replace(gathered, asks=asks, why=why, hands=handed)
    stands = () if asks else asking.steps(gathered, (), why)  # that it was asked is said where the mail is made
    moved = gathered.news or asks or handed
    return gathered, (*gathered.steps, *stands) if moved or record.of(ticket).stage == record.ASKING else ()


def _answered(mail: ParsedMail, recent: Sequence[Message]) -> str:
    """When the mail of ours left that this one answers, as far as that is known."""
    sent = {one.message_id: stamp(one.at) for one in recent if one.direction is Direction.OUT and one.message_id}
    return next((sent[name] for name in mail.in_reply_to if name in sent), "")


def _role(threaded: Threaded, ticket: Ticket, snapshot: Snapshot, *, bears: bool) -> str:
    """As what they answer: by their place on the ticket, or by a reply address of their own."""
    role = snapshot.participants.get(ticket.ref, {}).get(threaded.guarded.author.address, "")
    if threaded.membership == participants.UNVERIFIED and not bears:
        return participants.UNVERIFIED
    return role if role in participants.MEMBERS else participants.COPIED


def _bears(threaded: Threaded, ticket: Ticket, snapshot: Snapshot) -> bool:
    """Whether somebody answers from another address, at the secret address that one who belongs to the ticket has."""
    guarded = threaded.guarded
    key = guarded.key
    if key is None or threaded.membership != participants.UNVERIFIED or not guarded.is_named:
        return False
    kind = snapshot.participants.get(ticket.ref, {}).get(key.person, "")
    return key.role is Role.CUSTOMER and key.audience == "public" and kind in participants.MEMBERS


def _silence(guarded: Guarded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> str:
    author = guarded.author.address
    known, now = snapshot.people.get(author), guarded.incoming.now
    return asking.silence(guarded.unanswered, known, guarded.trust, ticket, author, desk, snapshot.spent, now)


def _without_ours(threaded: Threaded) -> ParsedMail:
    """The mail without what the reader found in words that were our own, coming back (`recall`)."""
    mail = threaded.guarded.incoming.mail
    if not mail.candidates or not any(step.stage == "recall" for step in threaded.trace):
        return mail
    lines = (mail.subject, *(line for line in mail.reply.split("\n") if line[:1] != ">"))
    own = " ".join(" ".join(lines).split())
    kept = tuple(one for one in mail.candidates if one.how == "file" or _stands_in(one, own))
    return mail if len(kept) == len(mail.candidates) else replace(mail, candidates=kept)


def _ours(threaded: Threaded, snapshot: Snapshot) -> tuple[str, ...]:
    """The texts of the mails of ours that this one may answer."""
    return tuple(filter(None, map(text_of, snapshot.written.get(answering(threaded.guarded.incoming), ()))))


def _stands_in(one: Candidate, own: str) -> bool:
    """Whether the words that say it are still among the new ones."""
    parts = [" ".join(part.split()) for part in one.source.replace("…", "\n").split("\n")]
    return all(part in own for part in parts if part)
