"""A customer's words open, join or reopen a ticket.

In: a `Sorted` or a `Threaded`. Out: the `Decision`. Words are kept whoever wrote them; what follows from them is a
matter of trust, and what a machine of ours answers is a matter of its budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.rules import acknowledge, budget, clocks, inside, mails, participants, routing, triage, workflow
from gateway.rules.case import Guarded, Mint, Sorted, Threaded, mentioned_ids
from gateway.rules.change import alarm, became, changed
from gateway.rules.desk import Desk
from gateway.rules.handoffs import triggers
from gateway.rules.intake import asking, confidence, ending, following, forgetting, record, ruling
from gateway.rules.intake.confidence import Cover
from gateway.rules.intake.gathering import NOTHING, Gathered
from gateway.rules.mails import questions
from gateway.rules.mails.history import shown
from gateway.rules.notices import kinship, notice
from gateway.rules.notices.notice import joining
from gateway.rules.speech import promised
from gateway.rules.times import spoken
from gateway.rules.topics import told
from gateway.stages.act.history import (
    called,
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
from store.records import (
    AddEvent,
    AddMessage,
    Await,
    Decision,
    Effect,
    Link,
    OpenTicket,
    Person,
    SetTimer,
    Spend,
    Step,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

MAX_SUBJECT = 200


def opened(sorted_: Sorted, gathered: Gathered, cover: Cover, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """A new ticket: kept, acknowledged once where that is in order, and told to its team. `cover` is over what the
    mail says in confidence."""
    threaded = sorted_.threaded
    guarded = threaded.guarded
    now = guarded.incoming.now
    history = guarded.incoming.entry.envelope.history
    ticket = workflow.housed(_new_ticket(sorted_, snapshot.next_ref(), cover), desk, now)
    if not history:
        ticket = clocks.opened(ticket, desk, now)
    risen = None if history else routing.escalating(ticket, desk, now)
    ticket = ticket if risen is None else risen.ticket
    silence = _silence(guarded, ticket, desk, snapshot)
    asks = () if silence else gathered.asks
    ticket, learnt = asking.taken(ticket, gathered, desk)
    ticket = _asked(ticket, asks, desk, now) if asks else following.settled(ticket, now)
    effects: list[Effect] = [
        OpenTicket(
            ticket=ticket,
            requester_name=guarded.author.name,
            gist=_found_by(ticket, guarded.incoming.mail, cover),
        ),
        AddMessage(ticket=ticket.ref, message=received(guarded)),
        AddEvent(
            ticket=ticket.ref,
            kind="created",
            actor=guarded.author.address,
            detail={"via": guarded.mailbox.canonical, **_past(guarded)},
        ),
        *(risen.events if risen is not None else ()),
        *learnt,
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
    if ticket.clocks:
        effects += [*alarm(ticket, desk, now), *promised.begun(ticket, desk, now)]
    if desk.handoffs and not history:
        effects += triggers.alarms(None, ticket, desk, now)
    effects += [*following.timers(None, ticket, desk, now), *_kept_for(ticket, gathered, desk, now)]
    trace = (*sorted_.trace, *(risen.trace if risen is not None else ()), *participants.steps(guarded, joined))
    if silence:
        trace = (*trace, Step(stage="act", what="no acknowledgement", why=silence))
    else:
        effects += _acknowledge(ticket, guarded, mint(), _previous(threaded, desk), desk, asks)
        trace = (*trace, Step(stage="act", what="acknowledged", why="the first mail of a new ticket"))
    trace = (*trace, *asking.steps(gathered, asks, gathered.why or silence))
    if not history:
        copied = participants.copied_by(joined)
        change = "the ticket came in" + _with(copied)
        mail = guarded.incoming.mail
        card = triage.card(ticket, desk, mail.said, mail.attachments)
        trace = (*trace, Step(stage="act", what="triage card", why=triage.said(card)))
        facts = {**facts_of(desk, ticket, "new", guarded, snapshot, change, threaded.links, copied), "card": card}
        told = notice.told(desk, ticket, guarded.author.address)
        effects += mails.notices(ticket, told, mint, occasion(guarded), facts)
        begun, steps = _inside(ticket, guarded, desk, mint)
        effects, trace = [*effects, *begun], (*trace, *steps)
    verdict, reason = Verdict.TICKET_CREATED, _why_new(threaded, desk)
    if guarded.incoming.unreadable:
        verdict, reason = Verdict.UNREADABLE, guarded.incoming.unreadable
    if guarded.incoming.unreadable and not history:
        effects += mails.alarms(desk, ticket, mint, occasion(guarded), guarded.incoming.entry.id, reason)
    return end(replace(threaded, trace=trace), verdict, reason, ticket, effects)


def _inside(ticket: Ticket, guarded: Guarded, desk: Desk, mint: Mint) -> tuple[list[Effect], list[Step]]:
    """What follows beside it for a colleague's escalation: nobody outside comes along, and they learn what it lacks."""
    agent, mail = guarded.agent, guarded.incoming.mail
    if ticket.type != workflow.ESCALATION or agent is None:
        return [], []
    whom = inside.strangers(mail, ticket, desk)
    effects, steps = inside.kept_out(ticket, whom, agent.name)
    told = notice.told(desk, ticket, guarded.author.address)
    letter = inside.opened(ticket, agent, whom, told, desk, mint(), occasion(guarded), mail.message_id)
    return [*effects, letter], steps


def appended(
    threaded: Threaded,
    ticket: Ticket,
    desk: Desk,
    snapshot: Snapshot,
    mint: Mint,
    meant: str = "",
    *,
    answered: str = "",
    saying: str = "",
    anew: Ticket | None = None,
    gathered: Gathered = NOTHING,
) -> Decision:
    """A customer's further words: they join the ticket, reopen it where they may, and the team is told. `meant` is what
    a single word of theirs says (`act/word.py`), `answered` is the word itself where it says that it is not solved,
    `saying` what the team reads instead that they did, `anew` the ticket as the word leaves it."""
    guarded = threaded.guarded
    now = guarded.incoming.now
    before, ticket = ticket, replace(unheeded_of(anew or ticket, guarded, desk), updated_at=now)
    if ticket.waiting_on == clocks.CUSTOMER and _speaks(threaded):
        ticket = replace(ticket, waiting_on="")
    effects: list[Effect] = []
    events: list[AddEvent] = []
    restless = threaded.reopens and budget.is_restless(snapshot.spent, ticket, guarded.trust, now)
    if answered and guarded.trust is not Trust.D and threaded.membership != participants.UNVERIFIED:
        restless = False  # no machine says NO to our question: it is theirs to say, however often
    why = ""
    if restless:
        why = f"mail has reopened it {budget.REOPENINGS} times within a day"
        step = Step(stage="budget", what="not reopened", why=f"{why}: that is for one of us now")
        threaded = replace(threaded, reopens=False, trace=(*threaded.trace, step))
    if threaded.reopens:
        effects.append(Spend(name=budget.reopening(ticket, guarded.trust), at=int(now.timestamp())))
        ticket = workflow.reopened(ticket, desk, now)
        moved = {"from": before.status, "to": ticket.status} | ({"because": meant} if meant else {})
        events.append(AddEvent(ticket=ticket.ref, kind="reopened", actor=guarded.author.address, detail=moved))
    said = {"trust": guarded.trust.value, **_past(guarded)}
    events.append(AddEvent(ticket=ticket.ref, kind="replied", actor=guarded.author.address, detail=said))
    ticket, learnt = asking.taken(ticket, gathered, desk)
    ticket, question = _further(ticket, gathered, guarded, desk, snapshot, mint)
    if gathered.asks:
        stands = asking.steps(gathered, gathered.asks if question else (), f"it is {ticket.status}")
        threaded = replace(threaded, trace=(*threaded.trace, *stands))
    events += learnt
    effects += [
        AddMessage(ticket=ticket.ref, message=received(guarded, snapshot.files.get(ticket.ref, set()))),
        *changed(before, ticket, events, desk, now, heard=_speaks(threaded)),
    ]
    ticket = became(ticket, effects)
    threaded = replace(threaded, trace=(*threaded.trace, *ruling.steps(effects)))
    effects += [*_kept_for(ticket, gathered, desk, now), *question]
    kinds = snapshot.participants.get(ticket.ref, {})
    joined = participants.comes_in(guarded, ticket.ref, threaded.membership, kinds, desk)
    effects += [*joined, *heard_of(guarded, snapshot)]
    if threaded.membership == "participant":
        effects += participants.noted(guarded, ticket.ref, desk)
    copied = participants.copied_by(joined)
    author = called(guarded, snapshot)
    learnt_of = asking.said(gathered, desk)
    change = f"{author} {saying}" if saying else _news(author, copied, meant, answered, threaded.reopens, learnt_of)
    change += "" if saying else _calls(guarded, ticket, desk, snapshot)
    reason = threaded.how
    if ticket.is_done and restless:
        change += f"; {why}: #reopen opens it"
    elif ticket.is_done and not saying:
        change += "; #reopen opens it" if meant else "; a machine's mail reopens nothing"
    threaded = replace(threaded, trace=(*threaded.trace, *participants.steps(guarded, joined)))
    threaded = left_alone(threaded, ticket, desk)
    what = "reopened" if threaded.reopens else "reply"
    effects += told_of(threaded, ticket, desk, snapshot, mint, what, change, copied)
    verdict = Verdict.REOPENED if threaded.reopens else Verdict.APPENDED
    if threaded.membership == "unverified" and kinds.get(guarded.author.address) not in participants.MEMBERS:
        reason += ", from an unverified participant"
    return end(threaded, verdict, reason, ticket, effects)


def _asked(ticket: Ticket, names: tuple[str, ...], desk: Desk, now: datetime) -> Ticket:
    """The new ticket whose acknowledgement asks: what waits for its customer does not count as ours."""
    return clocks.follow(ticket, asking.asked(ticket, names, desk, now), desk, now)


def _kept_for(ticket: Ticket, gathered: Gathered, desk: Desk, now: datetime) -> list[SetTimer]:
    """Until when the words of sensitive facts stay."""
    return forgetting.timers(ticket.ref, gathered.secrets, desk, now) if gathered.secrets else []


def _further(
    ticket: Ticket, gathered: Gathered, guarded: Guarded, desk: Desk, snapshot: Snapshot, mint: Mint
) -> tuple[Ticket, tuple[Effect, ...]]:
    """What an answer leads to: one mail that asks for the rest alone, or a person who has it with its gaps."""
    now = guarded.incoming.now
    if gathered.hands:
        return ending.handed(ticket), ()
    if not gathered.asks or ticket.is_done:  # mail has reopened it too often: nothing is asked of what stays closed
        return ticket, ()
    author = guarded.author.address
    person = snapshot.people.get(author, guarded.author)
    answers, asks = guarded.incoming.mail.message_id, gathered.asks
    mail = questions.question(desk, ticket, person, mint(), occasion(guarded), answers, asks, questions.AGAIN)
    return asking.asked(ticket, asks, desk, now, record.of(ticket).running), (mail, shown(mail, ticket, now))


def _news(author: str, copied: Sequence[Person], meant: str, answered: str, reopens: bool, learnt: str = "") -> str:
    """What happened, in the words of a notice."""
    if answered:
        return f"{author} answered {answered}" + _with(copied) + (": open again" if reopens else "")
    if learnt and not meant:
        return f"{author} {learnt}" + _with(copied)
    return f"{author} wrote" + _with(copied) + (f": {meant}" if meant else "")


def _calls(guarded: Guarded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> str:
    """That whoever wrote has a call: what they write may be about it."""
    calls, author, now = snapshot.calls.get(ticket.ref, {}).values(), guarded.author.address, guarded.incoming.now
    ahead = sorted(one.start for one in calls if one.is_promised and one.contact == author and one.start is not None)
    times = [spoken(start, desk) for start in ahead if start > now]
    return f"; their call is at {' and '.join(times)}" if times else ""


def _with(copied: Sequence[Person]) -> str:
    """Whom the mail brings to the ticket, in the words of a notice."""
    return f"; on the ticket from now on: {', '.join(p.name or p.address for p in copied)}" if copied else ""


def _silence(guarded: Guarded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> str:
    """Why the new ticket is not acknowledged."""
    person, now = snapshot.people.get(ticket.requester), guarded.incoming.now
    return asking.silence(
        guarded.unanswered, person, guarded.trust, ticket, ticket.requester, desk, snapshot.spent, now
    )


def _speaks(threaded: Threaded) -> str:
    """Whose words the clocks hear: those of somebody who belongs to the ticket; history moves none."""
    if threaded.guarded.incoming.entry.envelope.history or threaded.membership == participants.UNVERIFIED:
        return ""
    return clocks.CUSTOMER


def _new_ticket(sorted_: Sorted, ref: TicketRef, cover: Cover) -> Ticket:
    guarded = sorted_.threaded.guarded
    mail = guarded.incoming.mail
    return Ticket(
        ref=ref,
        type=sorted_.type,
        subject=_subject(mail, cover),
        topic=sorted_.topic,
        subtopic=sorted_.subtopic,
        topic_reason=sorted_.topic_reason,
        priority=sorted_.priority,
        priority_reason=sorted_.priority_reason,
        team=sorted_.team,
        helpers=_helpers(sorted_),
        division=sorted_.division,
        ruf=sorted_.ruf,
        impact=sorted_.impact,
        urgency=sorted_.urgency,
        tags=sorted_.tags,
        requester=guarded.author.address,
        mailbox=guarded.mailbox.canonical,
        language=mail.language,
        audience="internal" if sorted_.type == "escalation" else "customer",
        unheeded=0 if guarded.incoming.entry.envelope.history else 1,
        created_at=guarded.incoming.now,
        updated_at=guarded.incoming.now,
        owned_at=guarded.incoming.now,
    )


def _helpers(sorted_: Sorted) -> tuple[str, ...]:
    """Teams that work along from the start: those whose mailbox it came to as well, and whom a rule calls."""
    teams = (*(other.team for other in sorted_.threaded.guarded.others), *sorted_.helpers)
    return tuple(dict.fromkeys(team for team in teams if team != sorted_.team))


def _subject(mail: ParsedMail, cover: Cover, mask: str = confidence.MASK) -> str:
    """The customer's own subject; of a mail without one, the first words. It stands in every mail of the ticket."""
    subject = cover.over(base(mail.subject), mask)
    if not subject:
        said = cover.over(mail.reply, mask)
        first = next((line.strip() for line in said.splitlines() if line.strip() and line[:1] != ">"), "")
        subject = first[:60] or "(no subject)"
    return subject[:MAX_SUBJECT]


def _found_by(ticket: Ticket, mail: ParsedMail, cover: Cover) -> str:
    """The words by which it is found again: none of a sensitive fact, and none that stands for them."""
    if not (cover.secrets or cover.names):
        return kinship.gist(ticket.subject, mail.said)
    return kinship.gist(_subject(mail, cover, " "), cover.over(mail.said, " "))


def _acknowledge(
    ticket: Ticket, guarded: Guarded, message_id: str, previous: str, desk: Desk, asks: tuple[str, ...]
) -> list[Effect]:
    """The mail, with what is asked in it, and its place in the ticket's history."""
    answers, due = guarded.incoming.mail.message_id, ticket.response_due
    zone = acknowledge.zone_of(desk, ticket.requester)
    topic = told(ticket.topic, ticket.subtopic, ticket.language, desk)
    mail = mails.acknowledgement(
        ticket, guarded.author, guarded.trust, message_id, answers, due, previous, zone, topic=topic,
        **_questions(ticket, guarded.trust, desk, asks),
    )  # fmt: skip
    return [mail, shown(mail, ticket, guarded.incoming.now)]


def _questions(ticket: Ticket, trust: Trust, desk: Desk, asks: tuple[str, ...]) -> dict[str, Any]:
    """What an acknowledgement asks and, where its reader is proven, what was understood so far."""
    if not ticket.intake:
        return {}
    spoken = questions.tongue(asks, desk, ticket.language)
    found = [] if trust is Trust.D else questions.found(ticket, desk, spoken)
    return {"questions": questions.asked(asks, ticket, desk, spoken), "found": found}


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
