"""What follows when a proven member of staff speaks: by mail or by `ticket do`, through the same rules.

In: the planned verbs and the words, with the ticket as it stands. Out: the effects, and what was sent to whom. Words go
to the customer as the desk unless they stay inside; a plain answer accepts and starts the ticket and answers its clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.rules import mails, merging, participants, privacy, retyping, routing, workflow
from gateway.rules.change import became, changed
from gateway.rules.clocks import AGENT
from gateway.rules.desk import Agent, Desk
from gateway.rules.handoffs import specialists
from gateway.rules.mails.handoffs import spoken_of
from gateway.rules.mails.history import shown
from gateway.rules.notices import notice, summons
from gateway.rules.participants import Known
from gateway.rules.speech import leaving, splitting
from gateway.rules.speech.promised import PROMISED
from gateway.rules.speech.said import Said
from gateway.rules.speech.signature import unsigned
from gateway.rules.speech.utterance import uttered
from gateway.rules.verbs import NOTHING_TO_TRY, TO_TRY, VERBS, Plan, Refused, plan, routed, with_gaps
from gateway.rules.verbs.ownership import NOBODY_FITS
from parsing.command import END, Command, CommandBlock
from store.records import (
    AddEvent,
    Direction,
    Effect,
    Join,
    Person,
    Role,
    SendMail,
    SetAway,
    Status,
    Ticket,
    TicketRef,
)

__all__ = ["Said", "consequences", "goes_out", "intended", "part_of", "unsendable", "unsigned", "words_of"]


def words_of(block: CommandBlock) -> str:
    """What somebody says below their verbs, and on the line of `#note`."""
    beside = [command.args for command in block.commands if command.verb.lower() == "note"]
    return "\n".join(filter(None, (*beside, block.rest.strip())))


def goes_out(block: CommandBlock, *, files: bool = False) -> bool:
    """Whether somebody says something to the customer: words or files below their verbs, or a template above them, and
    no verb that keeps them inside."""
    verbs = {command.verb.lower() for command in block.commands}
    return not verbs & _INSIDE and bool(block.rest.strip() or files or "template" in verbs)


_INSIDE = frozenset({"note", "on", "split"})


_SHOWN = 80
"""Letters of a line that stands in the wrong place."""


def unsendable(
    said: Said, desk: Desk, *, commanded: bool, found: Sequence[privacy.Finding] | None = None
) -> Refused | None:
    """Why this must not go out: it is empty, a verb stands among its words, there is nobody outside to get it, or it
    holds what must not leave (`found`, where that was looked for already)."""
    if said.plan.is_empty_try and not said.speaks:
        return Refused(reason=NOTHING_TO_TRY, nearest=TO_TRY, of_verbs=False)
    if (verb := next((one for one in said.below if one.verb in VERBS or one.verb == END), None)) is not None:
        becomes = "go to the customer" if said.public else "be kept"
        reason = f"{verb.line[:_SHOWN]}: it stands below your words and would {becomes} as text"
        return Refused(reason=reason, nearest="put it on top, or write #-- before it if it is text", of_verbs=False)
    if not said.speaks and not commanded:
        return Refused(reason="no words of your own were found above the quoted text", nearest="write above the quote")
    if said.asked and (refused := _unasked(said)) is not None:
        return refused
    if said.internal and said.before.is_reachable and any(item.event == PROMISED for item in said.plan.done):
        reason = "#eta tells the customer when they hear more, and this mail stays inside"
        return Refused(reason=reason, nearest="#eta in answer to a mail of the ticket", of_verbs=False)
    if said.plan.apart is not None and not said.speaks and splitting.heard(said.recent) is None:
        return Refused(reason="there is nothing of a customer's to split off", nearest="words below #split")
    if said.public and not said.before.is_reachable:
        return Refused(reason="nobody outside can get this ticket's mail", nearest="#note")
    found = leaving.found_in(said, desk) if found is None else found
    if found:
        reason = f"it would tell the customer {privacy.say(found)}"
        return Refused(reason=reason, nearest=leaving.instead(found), of_verbs=False)
    found = _told_a_tracker(said, desk)
    if found:
        reason = f"the handoff would tell whoever is outside {privacy.say(found)}"
        return Refused(reason=reason, nearest="take it out: #todo, #set and because go along", of_verbs=False)
    return None


def _unasked(said: Said) -> Refused | None:
    """Why the same mail cannot ask its customer for anything."""
    if any(item.line == "#note" for item in said.plan.done):
        reason = "#ask asks the customer, and #note keeps the whole mail inside"
        return Refused(reason=reason, nearest="#ask in a mail of its own", of_verbs=False)
    plan_ = said.plan
    if plan_.ticket.is_done or plan_.into is not None or plan_.anew is not None or plan_.apart is not None:
        reason = "#ask: the ticket ends by the same mail, or another one takes its place"
        return Refused(reason=reason, nearest="#ask in a mail of its own, where they shall answer", of_verbs=False)
    return None


def _told_a_tracker(said: Said, desk: Desk) -> tuple[privacy.Finding, ...]:
    """What must not leave in a handoff to a tracker outside, as the sender would find it."""
    letters = [mail for mail in _handed(said, said.plan.ticket, desk, str) if mail.role is Role.SYSTEM]
    if not letters:
        return ()
    watch, known = privacy.guard(desk), privacy.background(said.recent)
    known = replace(known, theirs=(*known.theirs, *(mail.to.address for mail in letters)))
    texts = [text for mail in letters for text in spoken_of(mail)]
    found = {(one.kind, one.what): one for text in texts for one in privacy.findings(text, watch, known)}
    return tuple(found.values())


def consequences(said: Said, desk: Desk, mint: Callable[[], str]) -> tuple[list[Effect], list[dict[str, str]]]:
    """The effects, in the order in which they read in the ticket's history."""
    before = said.before
    ticket = said.plan.ticket
    into = said.plan.into
    resolves = ticket.is_done and not before.is_done and not ticket.closed_as
    anew = said.plan.anew
    events = _events(said)
    if said.public and anew is None:
        ticket = _spoken(ticket, said)
        events.append(AddEvent(ticket=ticket.ref, kind="answered", actor=said.agent.name))
    if (ticket.priority, ticket.topic, ticket.subtopic) != (before.priority, before.topic, before.subtopic):
        risen = routing.escalating(ticket, desk, said.now)
        ticket, events = (risen.ticket, [*events, *risen.events]) if risen is not None else (ticket, events)
    by_mail = resolves and not said.public and not said.internal and ticket.is_reachable
    if by_mail:  # what they learn by it is an answer; what is resolved in silence answers nobody
        ticket = replace(ticket, answered_at=ticket.answered_at or said.now)
    heard = AGENT if by_mail or (said.public and anew is None) else ""
    effects = changed(before, ticket, events, desk, said.now, heard=heard)
    ticket = became(ticket, effects)
    effects += [effect for item in said.plan.done for effect in item.effects]
    sent: list[dict[str, str]] = []
    if anew is not None:  # what is said now is said there
        ticket = _answered(anew, said, desk) if said.public else anew
        begun, told_of_it = _begun(said, ticket, desk, mint)
        effects += begun
        sent += told_of_it
    words, told_of_them = uttered(said, ticket, desk, mint, resolves=resolves, by_mail=by_mail)
    effects += words
    sent += told_of_them
    if into is not None:
        effects += merging.merged(before, into, said.agent.name, desk, said.known, said.now)
        told = _tell_other(said, into, desk, mint)
        effects += told
        what = f"that {desk.reference(before.ref)} became part of {desk.reference(into)}"
        sent += [{"to": notice.destination(mail.to), "what": what} for mail in told]
    if said.speaks or said.plan.apart is not None:  # no event: whoever is there already stays as they are
        person = Person(address=said.agent.address, name=said.agent.full_name)
        effects.append(Join(ticket=ticket.ref, person=person, kind=participants.AGENT))
    handed = _handed(said, ticket, desk, mint)
    if (said.speaks and said.plan.apart is None) or resolves or into is not None or anew is not None:
        spoke = "retyped" if anew is not None else "answered" if said.public else "note"
        what = "resolved" if resolves else ticket.outcome if into else spoke
        effects += specialists.beside(_tell(said, ticket, desk, mint, what), handed)
        inside = specialists.beside(_summon(said, ticket, desk, mint, told=True), handed)
    else:
        inside = specialists.beside(_summon(said, ticket, desk, mint, told=False), handed)
    effects += [*handed, *inside]
    sent += specialists.named(handed)
    sent += [{"to": notice.destination(mail.to), "what": "a notice of it"} for mail in inside]
    beside = [
        (mail, item.says(mail) if item.says is not None else mails.GAVE_BACK)
        for item in said.plan.done
        if item.mails is not None
        for mail in item.mails(mint)
    ]
    effects += [mail for mail, _ in beside]
    effects += [shown(mail, ticket, said.now) for mail, _ in beside if mail.role is Role.CUSTOMER]
    sent += [{"to": notice.destination(mail.to), "what": what} for mail, what in beside]
    return effects, sent


def _handed(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str]) -> tuple[SendMail, ...]:
    """The mails of a handoff: to whoever is asked to take it, or had it."""
    if all(item.event not in specialists.OF_HANDOFFS for item in said.plan.done):
        return ()
    scene = specialists.Scene(
        ticket=ticket, known=said.known, recent=said.recent, actor=said.agent, desk=desk, mint=mint,
        occasion=said.occasion, now=said.now, words=said.words, files=said.files, internal=said.internal,
    )  # fmt: skip
    return specialists.told_of(said.plan.done, scene)


def _events(said: Said) -> list[AddEvent]:
    """What is told of the verbs, in their order."""
    told: list[AddEvent] = []
    for item in said.plan.done:
        if item.event:
            told.append(AddEvent(ticket=item.ticket.ref, kind=item.event, actor=said.agent.name, detail=item.detail))
        told += item.follows
    return told


def _spoken(ticket: Ticket, said: Said) -> Ticket:
    """The ticket as an answer leaves it. Who answers works on it (four eyes); the answer that a ticket ends with hands
    over what was verified, and takes nothing back."""
    ticket = replace(ticket, answered_at=ticket.answered_at or said.now, updated_at=said.now)
    if ticket.promised_at == said.before.promised_at:  # whatever is said keeps the promise
        ticket = replace(ticket, promised_at=None)
    return ticket if ticket.is_done else workflow.worked(ticket, said.agent.name)


_OF_TIERS = frozenset({"escalated", "deescalated"})


def _summon(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], *, told: bool) -> tuple[SendMail, ...]:
    """Who has it or helps with it from now on learns of it, unless they are `told` of what was said anyway; of what
    nobody can take the leads do."""
    by, known, recent, at = said.agent, said.known, said.recent, said.now
    mails_ = () if told else summons.handed(said.before, ticket, by, known, recent, desk, mint, said.occasion, at)
    for item in said.plan.done:
        if item.event in _OF_TIERS and not told:
            because = str(item.detail["because"])
            news = summons.raised(said.before, ticket, because, by, known, recent, desk, mint, said.occasion, at)
            mails_ += tuple(one for one in news if all(one.to.address != had.to.address for had in mails_))
        if item.event == NOBODY_FITS:
            mails_ += summons.untaken(ticket, item.detail["rejected"], by, known, recent, desk, mint, at)
    return mails_


def _answered(anew: Ticket, said: Said, desk: Desk) -> Ticket:
    """The ticket that takes another one's place, where the same mail answers the customer: taken on like any other."""
    taken = _taken_on(anew, said.agent, desk, said.now)
    return retyping.answered(taken, desk, said.now)


def _begun(
    said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str]
) -> tuple[list[Effect], list[dict[str, str]]]:
    """The ticket that takes the other one's place. Who reads it learns of that by one mail: by the answer, where there
    is one, else by a mail of its own."""
    effects = retyping.begun(said.before, ticket, said.agent.name, desk, said.known, said.recent, said.now)
    if said.public:
        return [*effects, AddEvent(ticket=ticket.ref, kind="answered", actor=said.agent.name)], []
    if said.internal or not ticket.is_reachable:
        return effects, []
    came = [m.message_id for m in said.recent if m.direction is Direction.IN and m.message_id]
    answers, previous = came[-1] if came else "", desk.reference(said.before.ref)
    letters = [mails.retyped(desk, ticket, who, mint(), said.occasion, answers, previous) for who in said.readers]
    what = f"that it is {desk.reference(ticket.ref)} now"
    return [*effects, *letters], [{"to": notice.destination(mail.to), "what": what} for mail in letters]


def _tell(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], what: str) -> tuple[SendMail, ...]:
    """The others of the team learn what was said, so that nobody answers twice."""
    anew, before = said.plan.anew, said.before
    outcome = f": {ticket.outcome}" if what == "resolved" and ticket.outcome else ""
    change = f"{said.agent.full_name}: {what}{outcome}"
    if anew is not None:
        change += f", {desk.reference(before.ref)} was of type {before.type}, this is of type {anew.type}"
    facts = notice.facts(
        desk,
        ticket,
        what,
        actor=said.agent.full_name,
        now=said.now,
        requester=said.requester,
        trust=None,
        words=said.told(said.requester, ticket, desk),
        files=said.files,
        recent=said.recent,
        changed=change,
        copied=said.readers[1:] if ticket.is_reachable else (),
        kinds=said.known.participants.get(before.ref, participants.NOBODY),
        part_of=part_of(said, desk),
        related=[] if anew is None else [desk.reference(before.ref)],
    )
    if said.speaks and not said.public:  # whatever else was done: what answers a note is a note
        facts["kept_inside"] = True
    return mails.notices(ticket, notice.told(desk, ticket, said.agent.address), mint, said.occasion, facts)


def part_of(said: Said, desk: Desk) -> dict[str, str] | None:
    """What a ticket became part of, and whom a reply reaches from now on; None when it was not merged."""
    into = said.plan.into
    if into is None:
        return None
    other = said.known.tickets[into]
    if not other.is_reachable:
        return {"ref": desk.reference(into), "to": ""}
    to = notice.whole(said.known.people.get(other.requester, Person(address=other.requester)))
    return {"ref": desk.reference(into), "to": to + (" and to those copied" if _copied_on(said, into, desk) else "")}


def _copied_on(said: Said, into: TicketRef, desk: Desk) -> tuple[Person, ...]:
    """Who is copied on the ticket that this one becomes part of, with those whom the merge brings."""
    brought = participants.copied_by(merging.merged(said.before, into, said.agent.name, desk, said.known, said.now))
    return (*participants.readers(said.known.tickets[into], said.known), *brought)


def _tell_other(said: Said, into: TicketRef, desk: Desk, mint: Callable[[], str]) -> tuple[SendMail, ...]:
    """The team of the ticket that has taken another one in learns of it."""
    brings = merging.merged(said.before, into, said.agent.name, desk, said.known, said.now)
    other, taken = became(said.known.tickets[into], brings), desk.reference(said.before.ref)
    facts = notice.facts(
        desk,
        other,
        "took-in",
        actor=said.agent.full_name,
        now=said.now,
        requester=said.known.people.get(other.requester, Person(address=other.requester)),
        trust=None,
        words="",
        changed=f"{said.agent.full_name}: {taken} became part of this ticket",
        related=[taken],
        copied=_copied_on(said, into, desk),
    )
    return mails.notices(other, notice.told(desk, other, said.agent.address), mint, said.occasion, facts)


def intended(
    commands: tuple[Command, ...],
    ticket: Ticket,
    desk: Desk,
    agent: Agent,
    now: datetime,
    known: Known,
    *,
    speaks: bool,
) -> Plan | Refused:
    """The verbs of somebody who also says something to the customer (`speaks`), or not. Words accept and start a ticket
    after the verbs have had their say; where a verb wants it started (`#resolve`), before."""
    planned = _meant(commands, ticket, desk, agent, now, known, speaks=speaks)
    return planned if isinstance(planned, Refused) else with_gaps(planned, ticket, desk, agent, now, known)


def _meant(
    commands: tuple[Command, ...], ticket: Ticket, desk: Desk, agent: Agent, now: datetime, known: Known, *,
    speaks: bool,
) -> Plan | Refused:  # fmt: skip
    planned = plan(commands, ticket, desk, agent, now, known)
    if not speaks:
        return planned if isinstance(planned, Refused) else routed(planned, ticket, desk, agent, now, known)
    if isinstance(planned, Refused):
        again = plan(commands, _taken_on(ticket, agent, desk, now), desk, agent, now, known)
        return planned if isinstance(again, Refused) else again
    if planned.ticket.team != ticket.team or planned.anew is not None or _leaves(planned):  # it is that team's to say
        return planned
    return replace(planned, ticket=_taken_on(planned.ticket, agent, desk, now))


def _leaves(planned: Plan) -> bool:
    """Whether its author says that they are away from now on: nothing is theirs by an answer then."""
    effects = (effect for item in planned.done for effect in item.effects)
    return any(isinstance(effect, SetAway) and effect.until is not None for effect in effects)


def _taken_on(ticket: Ticket, agent: Agent, desk: Desk, now: datetime) -> Ticket:
    """What a plain reply does: it accepts and starts the ticket, as far as nothing is missing for that, and assigns the
    replier if nobody is."""
    if not ticket.assignee and agent.name not in routing.returned(ticket):
        ticket = replace(ticket, assignee=agent.name, owned_at=now)
    taken = workflow.taken_on(ticket, desk, now)
    begins = taken.status != ticket.status and taken.status == Status.IN_PROGRESS
    return workflow.worked(taken, taken.assignee or agent.name) if begins else taken
