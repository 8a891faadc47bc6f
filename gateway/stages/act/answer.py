"""A calendar answers the invite of a call: the call follows, or its contact is asked, or it is only written down.

In: a `Threaded` whose mail may be such an answer. Out: the `Decision`, or None where it answers no call of the ticket:
then it is a robot's mail or somebody's words as any other. The mail is kept in the ticket whatever it does. What a
person wrote beside the answer is theirs to be heard: it joins the ticket as words do, or the team reads it. Nobody who
was not invited hears anything from here.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import budget, confirmation
from gateway.rules.calls import answering, heeding, staffing
from gateway.rules.calls.answering import Found
from gateway.rules.calls.carried import Carried, carried
from gateway.rules.calls.heeding import Follows, Hearing
from gateway.rules.calls.progress import Progress, written
from gateway.rules.calls.world import name
from gateway.rules.case import RECORDED, Guarded, Mint, Threaded
from gateway.rules.case import answering as named_by
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.intake.gathering import Gathered
from gateway.rules.mails import calls as mails
from gateway.rules.mails.history import shown
from gateway.rules.notices.notice import destination, stamp, whole
from gateway.stages.act.customer import appended
from gateway.stages.act.history import (
    called,
    end,
    heard_of,
    is_staffs,
    left_alone,
    occasion,
    received,
    told_of,
    unheeded_of,
)
from parsing.message import Kind, ParsedMail
from scheduling.itip import Meaning
from store.records import (
    AddMessage,
    CallState,
    Decision,
    Direction,
    Effect,
    Message,
    Person,
    Role,
    Step,
    Ticket,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot


def answered(
    threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision | None:
    """What the answer of somebody's calendar does; None where the mail is none to a call of this ticket."""
    guarded = threaded.guarded
    mail, history = guarded.incoming.mail, guarded.incoming.entry.envelope.history
    if history or mail.kind in RECORDED or not answering.may_answer(mail):
        return None
    calls, sent = snapshot.calls.get(ticket.ref, {}).values(), _sent(guarded, snapshot)
    found = answering.found(mail, guarded.author.address, calls, sent, desk, guarded.incoming.now)
    if found is None or not _is_theirs_to_say(found, guarded):
        return None
    follows = _follows(found, threaded, ticket, desk, snapshot)
    seen = replace(threaded, trace=(*threaded.trace, _step(found, follows)))
    asked = _asked(found, follows, seen, ticket, desk, snapshot, mint) if follows.asks else None
    if asked is not None:
        return asked
    if follows.asks:
        follows = heeding.unheard(found, f"{follows.why}, and they could not be asked now")
        seen = replace(threaded, trace=(*threaded.trace, _step(found, follows)))
    return _done(found, follows, seen, ticket, gathered, desk, snapshot, mint)


def beside(
    decision: Decision, threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision:
    """A customer who sends a meeting of their own while slots are offered to them gets the slots again, once a call:
    nobody accepts theirs. Their words stay words."""
    guarded = threaded.guarded
    entry, mail = guarded.incoming.entry, guarded.incoming.mail
    if entry.envelope.history or not answering.is_own_meeting(mail) or guarded.trust is Trust.D:
        return decision
    calls = snapshot.calls.get(ticket.ref, {}).values()
    author = guarded.author.address
    call = next((one for one in calls if one.state == CallState.OFFERED and one.contact == author), None)
    if call is None or answering.uid_of(mail) in snapshot.uids or _is_machine(guarded):
        return decision
    left = [(number, start) for number, start in call.offered if start > guarded.incoming.now]
    if not left:
        return decision
    person, once = snapshot.people.get(author, guarded.author), f"own-{call.number}"
    offer = mails.offer(desk, ticket, call, person, mint(), once, mails.OTHERS, mail.message_id, left)
    return replace(decision, effects=(*decision.effects, offer))


def _is_theirs_to_say(found: Found, guarded: Guarded) -> bool:
    """Whether a mail without a calendar is an answer: its subject alone says so, which anybody may write. What nothing
    proves, and what somebody else writes, is words."""
    if guarded.incoming.mail.calendar is not None:
        return True
    return guarded.trust is not Trust.D and found.heard.direct


def _follows(found: Found, threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> Follows:
    """What the answer leads to: of a customer, or of one of us who was invited to take the call."""
    guarded = threaded.guarded
    incoming, key = guarded.incoming, guarded.key
    hearing = Hearing(
        ticket=ticket,
        desk=desk,
        known=snapshot,
        now=incoming.now,
        occasion=occasion(guarded),
        answers=incoming.mail.message_id,
        proof=heeding.proof(found, guarded.trust, key.person if key is not None else ""),
        is_sure=incoming.entry.confirmed,
        is_machine=_is_machine(guarded),
    )
    if found.invite.kind == "customer":
        return heeding.followed(found, hearing)
    agent = desk.agents.get(found.invite.attendee)
    return (
        heeding.unheard(found, "they are of the staff no more")
        if agent is None
        else heeding.heard_of_staff(found, agent, hearing)
    )


def _is_machine(guarded: Guarded) -> bool:
    """Whether no person has pressed a button for it (RFC 3834 section 5)."""
    return guarded.incoming.mail.auto_generated or not guarded.incoming.entry.envelope.sender


def _sent(guarded: Guarded, snapshot: Snapshot) -> tuple[Carried, ...]:
    """The entries that the mails carried which this one answers; only an answer without a calendar is read by them."""
    if guarded.incoming.mail.calendar is not None:
        return ()
    beginnings = snapshot.written.get(named_by(guarded.incoming), ())
    return tuple(one for one in map(carried, beginnings) if one is not None)


def _asked(
    found: Found, follows: Follows, threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision | None:
    """Their contact says first whether they mean it; None where they cannot be asked."""
    guarded = threaded.guarded
    if guarded.incoming.entry.previous is not None:  # looked at again without an answer: it was asked about before
        return end(threaded, Verdict.HELD_COMMAND, "it waits for its author's word", ticket)
    now, contact = guarded.incoming.now, found.call.contact
    if _is_machine(guarded) or budget.limit(desk.budgets, snapshot.spent, contact, guarded.trust, ticket, now):
        return None
    person, answers = snapshot.people.get(contact, Person(address=contact)), guarded.incoming.mail.message_id
    question = confirmation.of_customer(desk, ticket, person, answers, now, mint(), occasion(guarded))
    start = found.answer.start if follows.asks == heeding.MOVES else found.call.start
    wish = {"wish": follows.asks, "start": stamp(start) if start is not None else ""}
    question = replace(question, facts={**question.facts, **wish}, language=found.call.language or ticket.language)
    reason = f"{contact} is asked first: {follows.why}"
    return end(threaded, Verdict.HELD_COMMAND, reason, ticket, (question, shown(question, ticket, now)))


def _done(
    found: Found, follows: Follows, threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk,
    snapshot: Snapshot, mint: Mint,
) -> Decision:  # fmt: skip
    """The mail is kept, the call is what it has become, and whoever has to know is told."""
    guarded = threaded.guarded
    mail, news = guarded.incoming.mail, follows.news
    says = follows.tells or (_beside(found, news) if _words(mail) else "")
    if mail.kind is Kind.HUMAN and mail.reply.strip():
        heard = appended(threaded, ticket, desk, snapshot, mint, saying=says or news, gathered=gathered)
        effects = _effects(follows.progress, became(ticket, heard.effects), guarded, desk, mint)
        return replace(heard, verdict=Verdict.CALENDAR_REPLY, reason=follows.why, effects=(*heard.effects, *effects))
    tells = bool(says) and not is_staffs(guarded)
    before, ticket = ticket, unheeded_of(ticket, guarded, desk) if tells else ticket
    effects = [AddMessage(ticket=ticket.ref, message=_message(follows, guarded, snapshot, ticket))]
    progress = follows.progress if tells or not news else _decided(found, follows, before, guarded, desk, snapshot)
    effects += [*_effects(progress, before, guarded, desk, mint, unheeded=ticket.unheeded)]
    effects += heard_of(guarded, snapshot)
    if tells:
        stands = became(before, effects)
        threaded = left_alone(threaded, stands, desk)
        effects += told_of(threaded, stands, desk, snapshot, mint, "reply", f"{called(guarded, snapshot)} {says}")
    return end(threaded, Verdict.CALENDAR_REPLY, follows.why, ticket, effects)


def _decided(
    found: Found, follows: Follows, ticket: Ticket, guarded: Guarded, desk: Desk, snapshot: Snapshot
) -> Progress:
    """Who asked for the call and whose ticket it is learn what became of it; nobody else needs to."""
    call, contact = found.call, snapshot.people.get(found.call.contact, Person(address=found.call.contact))
    whom = staffing.followers(call, ticket, desk, call.contact)
    facts = {"contact": whole(contact), "text": f"{destination(contact)} {follows.news}"}
    own = follows.progress.mails
    inside = staffing.notices(whom, follows.progress.call, ticket, desk, occasion(guarded), mails.DECIDED, facts)
    return replace(follows.progress, mails=lambda mint: (*own(mint), *inside(mint)))


def _effects(
    progress: Progress, ticket: Ticket, guarded: Guarded, desk: Desk, mint: Mint, *, unheeded: int | None = None
) -> list[Effect]:
    """What is written of the call, and the mails of it."""
    now = guarded.incoming.now
    after, saved = ticket, list[Effect]()
    if progress.call != progress.before:
        after, saved = written(progress, ticket, desk, now)
    after = after if unheeded is None else replace(after, unheeded=unheeded)
    sent = progress.mails(mint)
    outside = [shown(mail, ticket, now) for mail in sent if mail.role is Role.CUSTOMER]
    return [*changed(ticket, after, progress.events, desk, now), *saved, *sent, *outside]


_ANSWERED = {
    Meaning.ACCEPT: "accepted the invite to the call",
    Meaning.TENTATIVE: "may come to the call, says their calendar",
    Meaning.REFRESH: "asked for the invite again",
}


def _beside(found: Found, news: str) -> str:
    """What the team reads of an answer with words."""
    answer = news or _ANSWERED.get(found.heard.meaning, "answered the invite to the call")
    return f"{answer}; there are words beside it"


def _words(mail: ParsedMail) -> str:
    """What its author wrote beside the answer: the COMMENT, or a text that does not begin with a sentence of their
    program's, which names them or the event."""
    calendar, author = mail.calendar, mail.from_
    if calendar is not None and calendar.comment.strip():
        return calendar.comment.strip()
    said = mail.said.strip()
    first = said.partition("\n")[0].lower()
    names = (author.name, author.address, calendar.summary if calendar is not None else "") if author else ()
    return "" if any(one.lower() in first for one in names if one) else said


def _message(follows: Follows, guarded: Guarded, snapshot: Snapshot, ticket: Ticket) -> Message:
    """The mail in the history: its comment is words of its author. Who was not invited, and our own people, are the
    staff's business and never the customer's."""
    message, comment = received(guarded, snapshot.files.get(ticket.ref, frozenset())), ""
    if guarded.incoming.mail.calendar is not None:
        comment = guarded.incoming.mail.calendar.comment.strip()
    if comment and " ".join(comment.split()) not in " ".join(message.text.split()):
        message = replace(message, text=f"{message.text}\n\n{comment}".strip())
    if is_staffs(guarded):
        return replace(message, direction=Direction.NOTE, role=Role.AGENT)
    return replace(message, direction=Direction.NOTE) if follows.inside else message


def _step(found: Found, follows: Follows) -> Step:
    return Step(stage="act", what=f"call {name(found.call.key)}: {found.heard.meaning.value}", why=follows.why)
