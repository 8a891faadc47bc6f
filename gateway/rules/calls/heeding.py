"""What follows from the answer of a calendar (scheduling 2.3): a call is moved, cancelled, or stays as it is.

In: what was `Found`, the world, how far the answer is proven. Out: `Follows`: what becomes of the call, what its people
read of it, or that its contact has to say first that it is theirs. What is stale, forged, known or of somebody who was
not invited is written down with the reason and does nothing: nobody comes into a call by an answer, and nothing that is
not proven moves or ends one. Silence is no answer: what was chosen stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.rules.calls import booking, offering, staffing
from gateway.rules.calls.answering import Found, entered
from gateway.rules.calls.booking import Missed, Reason
from gateway.rules.calls.progress import Progress, said, told
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails import calls as mails
from gateway.rules.participants import Known
from gateway.rules.rights import Action, Outcome, judge
from gateway.rules.times import spoken
from scheduling.itip import Meaning
from store.records import AddEvent, Call, Person, Ticket, Trust

NEAREST = 3
"""Slots that answer a time which is not free."""
MOST_COMMENT = 2_000
"""Letters of a comment that the event keeps; the message has it whole."""
_TICK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Follows:
    """What an answer leads to. `progress` has the event in any case. `news`: what whoever asked for the call and whose
    ticket it is read; `tells`: what the whole team reads, for it has to decide. `asks`: nothing is done before the
    contact says that it is theirs. `inside`: it is kept as a note, as whoever wrote it does not belong to the ticket.
    """

    progress: Progress
    why: str
    news: str = ""
    tells: str = ""
    asks: str = ""
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What the rules need to know beside the answer: its ticket, the world, how far its author is proven. `is_sure`:
    they have said, at an address that only they know, that it is theirs."""

    ticket: Ticket
    desk: Desk
    known: Known
    now: datetime
    occasion: str
    answers: str
    proof: Trust
    is_sure: bool = False
    is_machine: bool = False

    def to(self, call: Call) -> Person:
        """The contact, as the store knows them."""
        return self.known.people.get(call.contact, Person(address=call.contact))

    def right(self) -> Outcome:
        """What the table of rights says of moving or cancelling by this mail. A machine's mail is no more than one
        that a secret address proves: what moves a call is a person's word."""
        proof = Trust.C if self.is_machine and self.proof in (Trust.A, Trust.B) else self.proof
        return judge(Action.BOOK, proof, {"requester"}, confirmed=self.is_sure).outcome


def proof(found: Found, trust: Trust, key_person: str) -> Trust:
    """How far the answer is proven to be the invited person's. Where somebody answers for them (SENT-BY), their own
    secret address proves it, and no more than that."""
    if found.heard.direct or found.heard.meaning in (Meaning.UNKNOWN, Meaning.UNSUPPORTED):
        return trust
    proven = trust in (Trust.A, Trust.B) and key_person == found.invite.attendee
    return Trust.C if proven and found.heard.meaning is not Meaning.CRASHER else Trust.D


def followed(found: Found, hearing: Hearing) -> Follows:
    """What a customer's answer leads to."""
    meaning = found.heard.meaning
    if meaning in _NOTHING:
        return _nothing(found, found.heard.why, noted=hearing.proof is not Trust.D)
    if hearing.proof is Trust.D:
        return unheard(found, UNPROVEN)
    if over := _over(found.call, hearing.now):
        return _nothing(found, over)
    return _MEANINGS[meaning](found, hearing)


UNPROVEN = "nothing proves whose answer it is"
_NOTHING = frozenset(
    {Meaning.CRASHER, Meaning.DUPLICATE, Meaning.IMPOSSIBLE, Meaning.STALE, Meaning.UNKNOWN, Meaning.UNSUPPORTED}
)


def unheard(found: Found, why: str) -> Follows:
    """Nothing is done, for a reason that is not the answer's; where it wants something, the team decides."""
    progress = Progress(before=found.call, call=found.call, events=(_event(found, ignored=why),))
    tells = f"{_SAID[found.heard.meaning]}; the call stays as it is: {why}" if found.heard.meaning in _SAID else ""
    return Follows(progress=progress, why=f"nothing follows: {why}", tells=tells)


def _nothing(found: Found, why: str, *, noted: bool = True) -> Follows:
    """Written down, and nothing else; an old answer is noted as heard. The team hears of whoever was not invited."""
    inside = found.heard.meaning is Meaning.CRASHER
    call = found.noted if noted else found.call
    progress = Progress(before=found.call, call=call, events=(_event(found, ignored=why),))
    tells = f"answers the invite to a call and was not invited ({found.answer.author}): nothing follows"
    return Follows(progress=progress, why=f"nothing follows: {why}", tells=tells if inside else "", inside=inside)


_SAID = {
    Meaning.DECLINE: "declined the call",
    Meaning.OLD_DECLINE: "declined the call",
    Meaning.WITHDRAW: "declined the call",
    Meaning.COUNTER: "proposed another time for the call",
    Meaning.DELEGATE: "would send somebody else to the call",
}


def _over(call: Call, now: datetime) -> str:
    """Why nothing can be answered any more."""
    if not call.is_promised:
        return f"the call is {call.state}"
    return "the call has begun" if call.start is not None and now >= call.start else ""


def _accepted(found: Found, _hearing: Hearing) -> Follows:
    answered = "accepted" if found.heard.meaning is Meaning.ACCEPT else "may come"
    progress = Progress(before=found.call, call=found.noted, events=(_event(found),))
    return Follows(progress=progress, why=f"{answered}: {found.heard.why}")


def _declined(found: Found, hearing: Hearing) -> Follows:
    """They will not be there: the call is off and its slot free."""
    if hearing.right() is not Outcome.ALLOWED:
        return _asked(found, CANCELS)
    call, ticket, desk = found.noted, hearing.ticket, hearing.desk
    off = booking.cancelled(
        call, ticket, desk, hearing.known, hearing.now, call.contact, mails.BY_CUSTOMER, hearing.occasion,
        hearing.answers,
    )  # fmt: skip
    news = f"declined the call at {spoken(call.start, desk)}: it is cancelled" if call.start else ""
    return Follows(progress=_beside(found, off), why=f"declined: {found.heard.why}", news=news)


def _declined_before(found: Found, hearing: Hearing) -> Follows:
    """What they declined is another time than that of the call: they read when it is, and how it is cancelled."""
    call, desk = found.noted, hearing.desk
    stands = booking.answered(
        mails.STANDS, call, hearing.ticket, desk, hearing.known, hearing.occasion, hearing.answers
    )
    return Follows(progress=_beside(found, stands), why=f"they are asked: {found.heard.why}")


CANCELS, MOVES = "cancel", "move"
"""What is asked about before it is done."""


def _asked(found: Found, asks: str) -> Follows:
    """Nothing is noted yet: once they have said yes the same answer is looked at again."""
    progress = Progress(before=found.call, call=found.call)
    return Follows(progress=progress, why="a secret address alone proves it", asks=asks)


def _delegated(found: Found, hearing: Hearing) -> Follows:
    """The call is their own: nobody else is let in by it. They are asked what they want."""
    call, delegate = found.noted, found.answer.delegated_to
    to, ticket, desk = hearing.to(call), hearing.ticket, hearing.desk
    event = told(call, "call-delegated", call.contact, to=delegate[:320], **_of(found))
    progress = Progress(
        before=found.call,
        call=call,
        events=(event,),
        mails=lambda mint: (
            mails.word(
                desk, ticket, call, to, mint(), hearing.occasion, mails.DELEGATE, hearing.answers, delegate=delegate
            ),
        ),
    )  # fmt: skip
    news = f"would send {delegate} to the call; they are asked, and nobody is let in by that"
    return Follows(progress=progress, why=f"delegated to {delegate}: asked", news=news)


def _countered(found: Found, hearing: Hearing) -> Follows:
    """Another time: taken where it can be promised, else declined with the nearest slots (RFC 5546 section 3.2.8)."""
    call, start = found.noted, found.answer.start
    ticket, desk, known, now = hearing.ticket, hearing.desk, hearing.known, hearing.now
    assert start is not None, found.heard.why
    when, cell = spoken(start, desk), start - desk.calls.before
    stands = booking.may_move(call, ticket, desk, known, now, call.contact, hearing.occasion, hearing.answers)
    if stands is not None:
        return _missed(found, stands, f"proposed {when} for the call, which cannot be moved any more: {stands.why}")
    why = offering.offerable(call, cell, desk, known, now) if found.is_exact else "it is a day, and no hour"
    if cell == call.cell and found.is_exact:
        why = "it is the time of the call"
    if not why:
        if hearing.right() is not Outcome.ALLOWED:
            return _asked(found, MOVES)
        moved = booking.moved(
            call, cell, ticket, desk, known, now, call.contact, hearing.occasion, hearing.answers
        )  # fmt: skip
        if isinstance(moved, Progress):
            news = f"proposed {when} for the call: it is moved"
            return Follows(progress=_beside(found, moved), why=f"moved to {when}", news=news)
        if moved.reason is not Reason.TAKEN:
            return _missed(found, moved, f"proposed {when} for the call: {moved.why}")
        why = moved.why
    return _counter_declined(found, hearing, start, why)


def _missed(found: Found, missed: Missed, news: str) -> Follows:
    """It is not moved; what they are told of that stands with the reason."""
    progress = missed.progress or Progress(before=found.call, call=found.noted)
    return Follows(progress=_beside(found, progress), why=f"not moved: {missed.why}", news=news)


def _counter_declined(found: Found, hearing: Hearing, start: datetime, why: str) -> Follows:
    """The call stays where it is, and they may choose among the slots that are nearest."""
    ticket, desk, occasion, answers = hearing.ticket, hearing.desk, hearing.occasion, hearing.answers
    call = _stamped(found.noted, found.invite.uid, hearing.now)
    nearest = offering.slots(call, desk, hearing.known, hearing.now, count=NEAREST, around=start)
    to, news = hearing.to(call), f"proposed {spoken(start, desk)} for the call, which stays as it is: {why}"
    if not nearest:
        progress = booking.answered(mails.NONE_FREE, call, ticket, desk, hearing.known, occasion, answers)
        return Follows(progress=_beside(found, progress), why=f"not moved: {why}", news=news)
    after, shown = offering.numbered(call, nearest, desk, hearing.now)
    offered = told(after, "call-offered", "system", slots=len(shown), because=mails.COUNTERED)
    past = start + timedelta(hours=0 if found.is_exact else 12) <= hearing.now  # a day stands for its noon
    progress = Progress(
        before=found.call,
        call=after,
        events=(offered,),
        mails=lambda mint: (
            mails.offer(
                desk, ticket, after, to, mint(), occasion, mails.COUNTERED, answers, shown, proposed=start,
                past=past, whole_day=not found.is_exact,
            ),
        ),
    )  # fmt: skip
    return Follows(progress=_beside(found, progress), why=f"not moved: {why}", news=news)


def _refreshed(found: Found, hearing: Hearing) -> Follows:
    """The entry as it stands, to its contact and nobody else: the same SEQUENCE, a newer DTSTAMP."""
    call = _stamped(found.call, found.invite.uid, hearing.now)
    to, ticket, desk = hearing.to(call), hearing.ticket, hearing.desk
    progress = Progress(
        before=found.call,
        call=call,
        events=(_event(found),),
        mails=lambda mint: (
            mails.invite(desk, ticket, call, to, mint(), hearing.occasion, mails.AGAIN, hearing.answers),
        ),
    )
    return Follows(progress=progress, why="asked for the entry again: sent as it stands")


_MEANINGS: Mapping[Meaning, Callable[[Found, Hearing], Follows]] = {
    Meaning.ACCEPT: _accepted,
    Meaning.TENTATIVE: _accepted,
    Meaning.DECLINE: _declined,
    Meaning.OLD_DECLINE: _declined_before,
    Meaning.WITHDRAW: _declined,
    Meaning.DELEGATE: _delegated,
    Meaning.COUNTER: _countered,
    Meaning.REFRESH: _refreshed,
}


def _beside(found: Found, progress: Progress) -> Progress:
    """A progress of the noted call, told with the answer that led to it."""
    return replace(progress, before=found.call, events=(_event(found), *progress.events))


def _event(found: Found, ignored: str = "") -> AddEvent:
    """That somebody answered, and why nothing follows where nothing does."""
    more = {"ignored": ignored} if ignored else {}
    return told(found.call, "call-answered", found.answer.author, **_of(found), **more)


def _of(found: Found) -> dict[str, object]:
    answer = found.answer
    method = answer.method.upper() or "REPLY"
    wanted = {"partstat": answer.partstat[:60].upper()} if method == "REPLY" else {"method": method[:60]}
    proposed = {"proposed": said(answer.start)} if method == "COUNTER" and answer.start is not None else {}
    comment = {"comment": answer.comment[:MOST_COMMENT]} if answer.comment else {}
    return {**wanted, **proposed, **comment, "sequence": answer.sequence}


def _stamped(call: Call, uid: str, now: datetime) -> Call:
    """The call with this entry sent once more: its DTSTAMP rises (RFC 5546 section 2.1.5)."""
    whole = now.replace(microsecond=0)
    entry = next(one for one in call.invites if one.uid == uid)
    return entered(call, replace(entry, dtstamp=max(whole, entry.dtstamp + _TICK)))


def heard_of_staff(found: Found, agent: Agent, hearing: Hearing) -> Follows:
    """What the answer of whoever was invited to take the call leads to: they take it, or the next one is asked. No
    customer hears of it."""
    meaning = found.heard.meaning
    call, desk, known, now = found.noted, hearing.desk, hearing.known, hearing.now
    if hearing.proof not in (Trust.A, Trust.B):
        return unheard(found, found.heard.why if meaning in _NOTHING else UNPROVEN)
    if meaning in _NOTHING:
        return _nothing(found, found.heard.why)
    if call.assigned != agent.name:
        return _nothing(found, "the call is not theirs any more")
    if meaning is Meaning.ACCEPT:
        taken = staffing.acknowledged(call, hearing.ticket, agent, desk, known, now, hearing.occasion)
        return Follows(progress=_beside(found, taken), why="they take the call")
    if meaning in (Meaning.DECLINE, Meaning.OLD_DECLINE, Meaning.WITHDRAW):
        because = found.answer.comment or "declined in their calendar"
        passed = staffing.passed(call, hearing.ticket, agent, desk, known, now, because, hearing.occasion)
        return Follows(progress=_beside(found, passed), why="they do not take the call: the next is asked")
    progress = Progress(before=found.call, call=call, events=(_event(found),))
    return Follows(progress=progress, why="written down: who takes a call accepts or declines it")
