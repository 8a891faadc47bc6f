"""What a customer writes of a call is done: BOOK 2, CANCEL, CALL, another time, none of these.

In: a `Threaded` of somebody outside. Out: the `Decision`, or None where the mail says nothing that counts here: then it
is words like any others. Only the one person whom a call was offered to books, moves or cancels it, proven as the table
of rights wants; with a secret address alone they are asked first. Whoever else comes with the offer learns nothing by
it. Further words are heard as any: nothing is swallowed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.rules import budget, confirmation, customers, participants
from gateway.rules.calls import asking, booking, staffing, words
from gateway.rules.calls.booking import Missed
from gateway.rules.calls.progress import Mails, Progress, written
from gateway.rules.calls.words import WISH, Heard
from gateway.rules.calls.world import name
from gateway.rules.case import Guarded, Mint, Threaded
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.intake.gathering import Gathered
from gateway.rules.mails import calls as mails
from gateway.rules.mails.history import shown
from gateway.rules.notices import notice
from gateway.rules.rights import Action, Judgement, Outcome, judge
from gateway.rules.times import spoken
from gateway.rules.vocabulary import BOOK, CALL, CANCEL, MOVE, NONE
from gateway.stages.act import intent
from gateway.stages.act.customer import appended
from gateway.stages.act.history import end, heard_of, occasion, received
from store.records import (
    AddMessage,
    Call,
    CallState,
    Decision,
    Effect,
    Person,
    Role,
    SendMail,
    Step,
    Ticket,
    TicketRef,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

_DONE_ONCE, _LAPSED = "a word is done once", "the offer has lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """One mail and one word of it, with the call that it is about (None: the wish for one)."""

    threaded: Threaded
    ticket: Ticket
    gathered: Gathered
    desk: Desk
    snapshot: Snapshot
    mint: Mint
    heard: Heard
    call: Call | None

    @property
    def guarded(self) -> Guarded:
        return self.threaded.guarded

    @property
    def author(self) -> Person:
        person = self.guarded.author
        return self.snapshot.people.get(person.address, person)

    @property
    def answers(self) -> str:
        return self.guarded.incoming.mail.message_id

    @property
    def word(self) -> str:
        """The word as `explain` shows it."""
        number = f" {self.heard.number}" if self.heard.number else ""
        return f"{self.heard.said.upper()}{number}"

    @property
    def says(self) -> str:
        """What the team reads that they did."""
        plain = {NONE: "says that no slot suits", MOVE: "would like another time", CALL: "would like a call"}
        return plain.get(self.heard.said) or f"wrote {self.word}"

    @property
    def more(self) -> bool:
        """Whether more was said than the word."""
        alone = self.heard.alone
        seen = self.snapshot.files.get(self.ticket.ref, set())
        return alone is None or not customers.is_alone(alone, seen, self.desk)


def phoned(
    threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision | None:
    """What the mail's words about a call do."""
    guarded = threaded.guarded
    if guarded.incoming.entry.envelope.history or ticket.audience != "customer":
        return None
    for heard in words.heard(guarded.incoming.mail, desk):
        meant = intent.meant(heard, guarded, ticket, snapshot)
        scene = _Scene(
            threaded=threaded, ticket=ticket, gathered=gathered, desk=desk, snapshot=snapshot, mint=mint, heard=heard,
            call=meant.call,
        )  # fmt: skip
        if meant.counts:
            return _judged(scene)
        if meant.unclear:
            return _unclear(scene, meant.unclear)
    return None


def _judged(scene: _Scene) -> Decision | None:
    """What the table of rights says of it."""
    guarded, call = scene.guarded, scene.call
    author, wishes = guarded.author.address, scene.heard.said in (CALL, WISH)
    theirs = call.contact == author if call is not None and not (wishes and call.is_over) else True
    roles = {_role(scene)} if wishes else {participants.REQUESTER} if theirs else {participants.UNVERIFIED}
    if scene.threaded.membership == participants.UNVERIFIED:
        roles = {participants.UNVERIFIED}
    confirmed = guarded.incoming.entry.confirmed
    judged = judge(Action.BOOK, guarded.trust, roles, confirmed=confirmed)
    step = Step(stage="act", what=f"{scene.word}: {judged.outcome.value}", why=judged.reason)
    seen = replace(scene, threaded=replace(scene.threaded, trace=(*scene.threaded.trace, step)))
    if wishes and (judged.outcome is Outcome.REFUSED or not theirs):
        return None
    if scene.heard.said == WISH:
        return _wished(seen) if judged.outcome is Outcome.ALLOWED else None
    entry = guarded.incoming.entry
    if entry.previous is Verdict.BOOKING:  # looked at again, when the call may stand elsewhere
        return end(seen.threaded, Verdict.BOOKING, _DONE_ONCE, scene.ticket, (_kept(seen),))
    if judged.outcome is Outcome.REFUSED:
        return _refused(seen, theirs=theirs)
    return _asked(seen) if judged.outcome is Outcome.CONFIRM else _done(seen, judged)


def _role(scene: _Scene) -> str:
    kinds = scene.snapshot.participants.get(scene.ticket.ref, {})
    return kinds.get(scene.guarded.author.address, participants.UNVERIFIED)


def _unclear(scene: _Scene, why: str) -> Decision:
    """A person has to look: they read what was said, and why nothing is done."""
    step = Step(stage="act", what=f"{scene.word}: not done", why=why)
    seen = replace(scene, threaded=replace(scene.threaded, trace=(*scene.threaded.trace, step)))
    return _heard(seen, f"{scene.says}; {why}: nothing is done about the call")


# Who may not


def _refused(scene: _Scene, *, theirs: bool) -> Decision:
    """Nobody but its contact, and not by a mail that nothing proves. Their words join the ticket as any of theirs; who
    belongs to it learns that the invitation is somebody's own, and its contact, once, that somebody came with it."""
    why = "nothing proves that it is theirs" if theirs else "the call is offered to somebody else"
    saying = f"{scene.says}; {why}: nothing is done about the call"
    heard = _heard(scene, saying)
    effects: list[Effect] = []
    call, trust = scene.call, scene.guarded.trust
    if theirs or call is None or scene.guarded.incoming.entry.previous is not None:
        return heard
    if scene.threaded.membership == "participant" and trust in (Trust.A, Trust.B):
        mail = mails.word(
            scene.desk, scene.ticket, None, scene.author, scene.mint(), occasion(scene.guarded), mails.PERSONAL,
            scene.answers,
        )  # fmt: skip
        effects += [mail, shown(mail, scene.ticket, scene.guarded.incoming.now)]
    elif not call.is_over and scene.snapshot.people.get(call.contact) is not None:
        contact = scene.snapshot.people[call.contact]
        once = f"tried{call.number}"
        effects.append(mails.word(scene.desk, scene.ticket, call, contact, scene.mint(), once, mails.TRIED))
    return replace(heard, effects=(*heard.effects, *effects))


def _asked(scene: _Scene) -> Decision:
    """Nothing is done before they say, at an address that only they know, that the word is theirs."""
    guarded = scene.guarded
    if guarded.incoming.entry.previous is not None:  # looked at again without an answer: it was asked about before
        return end(scene.threaded, Verdict.HELD_COMMAND, "it waits for its author's word", scene.ticket)
    now, author = guarded.incoming.now, guarded.author.address
    why = guarded.unanswered or budget.limit(
        scene.desk.budgets, scene.snapshot.spent, author, guarded.trust, scene.ticket, now
    )
    if why:
        saying = f"{scene.says}; nothing proves that it is theirs, and they could not be asked now ({why})"
        return _heard(scene, saying)
    question = confirmation.of_customer(
        scene.desk, scene.ticket, scene.author, scene.answers, now, scene.mint(), occasion(guarded)
    )
    question = replace(question, facts={**question.facts, **_asks(scene)})
    place = shown(question, scene.ticket, now)
    reason = f"{author} is asked whether it is theirs"
    return end(scene.threaded, Verdict.HELD_COMMAND, reason, scene.ticket, (question, place))


def _asks(scene: _Scene) -> dict[str, str]:
    """What they would do by it, as the question says it."""
    call, heard = scene.call, scene.heard
    if call is None or heard.said == CALL:
        return {"wish": "call"}
    start = dict(call.offered).get(heard.number) if heard.said == BOOK else call.start
    when = {"start": notice.stamp(start)} if start is not None else {}
    if heard.said == CANCEL:
        return {"wish": "cancel", **when}
    return {"wish": "move" if call.is_promised else "book", **when}


# Who may


def _done(scene: _Scene, judged: Judgement) -> Decision | None:
    """The word is done."""
    call, heard = scene.call, scene.heard
    if heard.said == CALL and (call is None or call.is_over):
        return _wished(scene)
    assert call is not None, heard
    found = _outcome(scene, call)
    progress = found.progress if isinstance(found, Missed) else found
    progress = progress or Progress(before=call, call=call)
    reason = found.why if isinstance(found, Missed) else _reason(progress, scene.desk)
    step = Step(stage="act", what=f"call {name(call.key)}: {scene.word}", why=f"{reason}; {judged.why}")
    scene = replace(scene, threaded=replace(scene.threaded, trace=(*scene.threaded.trace, step)))
    tells = f"{scene.says}: {reason}"
    if scene.more:
        heard_ = _heard(scene, tells)
        follows = _written(progress, became(scene.ticket, heard_.effects), scene)
        return _ending(heard_, Verdict.BOOKING, reason, follows)
    follows = _written(progress, scene.ticket, scene, reason)
    effects = (_kept(scene), *follows, *heard_of(scene.guarded, scene.snapshot))
    return end(scene.threaded, Verdict.BOOKING, reason, scene.ticket, effects)


def _outcome(scene: _Scene, call: Call) -> Progress | Missed:
    ticket, desk, known = scene.ticket, scene.desk, scene.snapshot
    now, round_ = scene.guarded.incoming.now, occasion(scene.guarded)
    match scene.heard.said:
        case "book" if _was_told(scene, call):
            return Missed(reason=booking.Reason.LAPSED, why=f"{_LAPSED}, and they were told of it since they wrote")
        case "book":
            return booking.booked(call, scene.heard.number, ticket, desk, known, now, round_, answers=scene.answers)
        case "cancel":
            by, why = call.contact, mails.BY_CUSTOMER
            return booking.cancelled(call, ticket, desk, known, now, by, why, round_, scene.answers)
        case "call" if call.is_promised:
            return booking.answered(mails.STANDS, call, ticket, desk, known, round_, scene.answers)
        case "call" if call.state != CallState.OFFERED:
            return booking.answered(mails.WISHED, call, ticket, desk, known, round_, scene.answers)
        case _:
            wish = scene.guarded.incoming.mail.reply
            return booking.others(call, wish, ticket, desk, known, now, round_, scene.answers)


def _was_told(scene: _Scene, call: Call) -> bool:
    """Whether the offer lapsed after they wrote: the mail that says so answers them as well."""
    wrote = scene.guarded.incoming.entry.envelope.received_at
    return call.state == CallState.EXPIRED and call.ended_at is not None and call.ended_at >= wrote


def _reason(progress: Progress, desk: Desk) -> str:
    """What was done, for us."""
    kinds = {event.kind for event in progress.events}
    call = progress.call
    when = spoken(call.start, desk) if call.start is not None else ""
    if "call-booked" in kinds:
        return f"the call is booked, {when}"
    if "call-moved" in kinds:
        return f"the call is moved to {when}"
    if "call-cancelled" in kinds:
        return f"the call is cancelled, {when}" if when else "the call is given up"
    if "call-offered" in kinds:
        return "further slots are offered"
    return "told how it stands"


def _wished(scene: _Scene) -> Decision | None:
    """They would like a call: a person decides. The word is answered; what plain words say is only told inside."""
    plain = scene.heard.said == WISH
    entry = scene.guarded.incoming.entry
    if plain and entry.previous is not None:
        return None
    said = scene.guarded.incoming.mail.said
    more = scene.more
    heard = _heard(scene, "") if more else None
    ticket = became(scene.ticket, heard.effects) if heard is not None else scene.ticket
    now = scene.guarded.incoming.now
    progress = asking.wished(ticket, scene.author, scene.desk, scene.snapshot, now, said)
    if progress is None:
        return heard
    if not plain:
        own, until = progress.mails, ticket.response_due
        word = mails.word(
            scene.desk, ticket, progress.call, scene.author, scene.mint(), occasion(scene.guarded), mails.WISHED,
            scene.answers, until=notice.stamp(until) if until is not None else "",
        )  # fmt: skip
        progress = replace(progress, mails=lambda mint: (word, *own(mint)))
    follows = _written(progress, ticket, scene)
    why = "they would like a call: a person decides"
    if heard is not None:
        verdict = heard.verdict if plain else Verdict.BOOKING
        return _ending(heard, verdict, f"{heard.reason}; {why}", follows)
    effects = (_kept(scene), *follows, *heard_of(scene.guarded, scene.snapshot))
    return end(scene.threaded, Verdict.BOOKING, why, ticket, effects)


def _ending(heard: Decision, verdict: Verdict, reason: str, follows: tuple[Effect, ...]) -> Decision:
    """The mail as words, and what its word has done besides."""
    last = Step(stage="verdict", what=verdict.value, why=reason)
    trace = (*heard.trace[:-1], last)
    return replace(heard, verdict=verdict, reason=reason, trace=trace, effects=(*heard.effects, *follows))


# What is written


def _heard(scene: _Scene, saying: str) -> Decision:
    """The mail as words: they join the ticket, and its team reads them."""
    return appended(
        scene.threaded,
        scene.ticket,
        scene.desk,
        scene.snapshot,
        scene.mint,
        saying=saying,
        gathered=words.of_matter(scene.gathered, scene.heard),
    )


def _written(progress: Progress, ticket: Ticket, scene: _Scene, reason: str = "") -> tuple[Effect, ...]:
    """What becomes of the call, and the mails of it with their places. `reason`: nobody else is told what was done."""
    now, desk = scene.guarded.incoming.now, scene.desk
    after, saved = ticket, list[Effect]()
    if progress.call != progress.before:
        after, saved = written(progress, ticket, desk, now)
    sent: tuple[SendMail, ...] = progress.mails(scene.mint)
    if reason and progress.events:
        sent += _told(progress.call, after, reason, scene)(scene.mint)
    outside = (shown(mail, ticket, now) for mail in sent if mail.role is Role.CUSTOMER)
    return (*changed(ticket, after, progress.events, desk, now), *saved, *sent, *outside)


def _told(call: Call, ticket: Ticket, reason: str, scene: _Scene) -> Mails:
    """Who asked for the call and whose ticket it is learn what became of it, and of a mere wish those who were to
    decide about it; nobody else needs to."""
    contact, before = asking.contact_of(call, scene.snapshot), scene.call
    whom = staffing.followers(call, ticket, scene.desk, call.contact)
    if before is not None and before.state == CallState.REQUESTED and not before.capability:
        whom = tuple(dict.fromkeys((*asking.deciding(scene.desk, ticket), *whom)))
    facts = {"contact": notice.whole(contact), "text": f"{notice.destination(contact)} {scene.says}: {reason}"}
    return staffing.notices(whom, call, ticket, scene.desk, occasion(scene.guarded), mails.DECIDED, facts)


def _kept(scene: _Scene) -> AddMessage:
    ref: TicketRef = scene.ticket.ref
    return AddMessage(ticket=ref, message=received(scene.guarded, scene.snapshot.files.get(ref, set())))
