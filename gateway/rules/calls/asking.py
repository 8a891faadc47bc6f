"""Asking for a live call: by a colleague, or wished for by a customer; who is asked for a word before it is offered.

In: the ticket, whom the call is with, what it is for, what the store knows. Out: a `Progress`, or why there is none,
in plain words for us. A call is offered to one person, who may book it once: the grant is made with the offer, and its
token is the address at which they book. Until it is offered the customer hears nothing of it. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.rules import keys, workflow
from gateway.rules.acknowledge import zone_of
from gateway.rules.calls import offering, reason, staffing, world
from gateway.rules.calls.entitled import entitled, still
from gateway.rules.calls.progress import Mails, Progress, no_mails, said, told
from gateway.rules.desk import Agent, Desk
from gateway.rules.intake.reminders import after_days
from gateway.rules.mails import calls as mails
from gateway.rules.notices.audience import heard
from gateway.rules.notices.notice import whole
from gateway.rules.participants import Known
from gateway.rules.times import spoken
from store.records import AddEvent, Call, CallState, Direction, Grant, Person, Role, Ticket

MOST_DAYS = 10
"""Days of which the leads read why there is no slot: it is looked for with the whole board each time."""
MOST_PURPOSE = 600
"""Letters of what a call is for, and of what a customer says of when."""
SYSTEM = "system"


# Who asks


def asked(
    ticket: Ticket, contact: Person, capability: str, by: str, desk: Desk, known: Known, now: datetime, *,
    minutes: int = 0, within: datetime | None = None, purpose: str = "", approved: bool = False,
) -> Progress | str:  # fmt: skip
    """A call that a colleague asks for, or why there is none. What the customer wished for is that call. It is offered
    at once where the queue allows it or a lead has given their word (`approved`); else the leads are asked."""
    wish = wish_of(ticket, known)
    refused = _hindered(ticket, capability, minutes, desk, known, wish)
    if refused:
        return refused
    wanted = desk.routing.capabilities[capability]
    call = wish or Call(
        ticket=ticket.ref, number=_next(ticket, known), contact=contact.address, requested_at=now, requested_by=by
    )
    call = replace(
        call,
        capability=capability,
        level=wanted.level,
        minutes=minutes or wanted.minutes,
        requested_by=by,
        purpose=purpose[:MOST_PURPOSE] or call.purpose,
        priority=ticket.priority,
        within=within,
        zone=zone_of(desk, call.contact),
        language=ticket.language,
    )
    event = told(
        call, "call-requested", by, capability=capability, minutes=call.minutes, within=said(within), purpose=purpose
    )
    because = entitled(ticket, desk)
    if because and not approved:
        return _for_approval(wish, call, ticket, contact, because, desk, now, event)
    if because:
        call = replace(call, approved_by=by)
    return _offered(wish, call, ticket, contact, by, desk, known, now, (event,))


def wished(ticket: Ticket, contact: Person, desk: Desk, known: Known, now: datetime, words: str) -> Progress | None:
    """A call that a customer would like: leads and schedulers are told at once, and answer with `#call`. None where a
    call of theirs is there already. What the customer is told of it is said by whoever read their mail."""
    if ticket.is_done or any(not one.is_over for one in of(ticket, known)):
        return None
    wishes = "\n".join(" ".join(line.split()) for line in words[:MOST_PURPOSE].splitlines() if line.strip()) or "CALL"
    call = Call(
        ticket=ticket.ref, number=_next(ticket, known), contact=contact.address, requested_at=now,
        requested_by=contact.address, wishes=wishes, priority=ticket.priority, zone=zone_of(desk, contact.address),
        language=ticket.language,
    )  # fmt: skip
    facts = {"contact": whole(contact), "words": words[:MOST_PURPOSE].strip(), "reason": entitled(ticket, desk)}
    return Progress(
        before=None,
        call=call,
        events=(told(call, "call-requested", contact.address, words=" ".join(wishes.split())),),
        mails=staffing.notices(deciding(desk, ticket), call, ticket, desk, occasion(call), mails.WISH, facts),
    )


def _for_approval(
    before: Call | None, call: Call, ticket: Ticket, contact: Person, because: str, desk: Desk, now: datetime,
    event: AddEvent,
) -> Progress | str:  # fmt: skip
    if not any("lead" in agent.roles for agent in desk.agents.values()):
        return f"{because}; nobody of the staff is a lead"
    until = after_days(desk.calendar(""), now, desk.calls.approval)
    call = replace(call, state=CallState.APPROVAL, approve_until=until)
    facts = {"contact": whole(contact), "by": _called(call.requested_by, desk), "reason": because}
    leads = staffing.leads(desk, ticket)
    return Progress(
        before=before,
        call=call,
        events=(event, told(call, "call-approval-asked", call.requested_by, until=said(until), because=because)),
        mails=staffing.notices(leads, call, ticket, desk, occasion(before or call), mails.APPROVAL, facts),
    )


# A lead's word


def approved(call: Call, ticket: Ticket, by: str, desk: Desk, known: Known, now: datetime) -> Progress | str:
    """A lead gives their word: it is offered. Or why it cannot be."""
    if call.state != CallState.APPROVAL:
        return f"call {world.name(call.key)} {standing(call, desk)}"
    if ticket.is_done:
        return f"the ticket is {workflow.spoken(ticket.status)}"
    after = replace(call, approved_by=by, approve_until=None, priority=ticket.priority)
    event = told(call, "call-approved", by, asked_by=call.requested_by)
    progress = _offered(call, after, ticket, contact_of(call, known), by, desk, known, now, (event,))
    what = "it is offered" if progress.call.state == CallState.OFFERED else "it is offered as soon as a slot is free"
    return _decided(progress, ticket, by, desk, known, f"{_called(by, desk)} has approved the call: {what}.")


def refused(call: Call, ticket: Ticket, by: str, because: str, desk: Desk, known: Known, now: datetime) -> Progress:
    """A lead says no: who asked is told why, and a customer who had asked that there is none."""
    after = replace(call, state=CallState.REFUSED, ended_at=now, approve_until=None)
    progress = Progress(
        before=call,
        call=after,
        events=(told(call, "call-refused", by, because=because),),
        mails=_no_call(call, ticket, desk, known),
    )
    return _decided(progress, ticket, by, desk, known, f"{_called(by, desk)} has refused the call.", because)


def lapsed(call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime) -> Progress:
    """Nobody gave their word in time: who asked and the leads are told, and may ask again."""
    until = f" ({spoken(call.approve_until, desk)})" if call.approve_until is not None else ""
    text = f"Nobody has approved the call in time{until}: there is none. #call asks again."
    return _over(call, ticket, desk, known, now, "approval", text)


def _over(call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime, what: str, text: str) -> Progress:
    """The time of a call that was not offered is over."""
    after = replace(call, state=CallState.EXPIRED, ended_at=now, approve_until=None)
    progress = Progress(
        before=call,
        call=after,
        events=(told(call, "call-lapsed", SYSTEM, what=what),),
        mails=_no_call(call, ticket, desk, known),
    )
    return _decided(progress, ticket, SYSTEM, desk, known, text, leads=staffing.leads(desk, ticket))


# The offer


def waits_for_slot(call: Call) -> bool:
    """Whether it may be offered as soon as a slot is free; a mere wish waits for a person."""
    return call.state == CallState.REQUESTED and bool(call.capability)


def retried(
    call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime, tries: offering.Tries | None = None
) -> Progress | None:
    """A call for which no slot was free, looked at once more: it is offered now, or its time is over. None: it waits
    on. `tries`: those of all calls that are looked at now."""
    if not waits_for_slot(call):
        return None
    if call.within is not None and call.within <= now:
        text = f"No slot has come free for the call until {spoken(call.within, desk)}: it is given up."
        return _over(call, ticket, desk, known, now, "slot", text)
    if still(call, ticket, desk):
        return None
    found = offering.slots(call, desk, known, now, wishes=call.wishes, tries=tries)
    if not found:
        return None
    progress = _issued(call, call, ticket, contact_of(call, known), SYSTEM, found, desk, known, now, ())
    return _decided(progress, ticket, SYSTEM, desk, known, "A slot has come free: the call is offered.")


def _offered(
    before: Call | None, call: Call, ticket: Ticket, contact: Person, by: str, desk: Desk, known: Known,
    now: datetime, events: tuple[AddEvent, ...],
) -> Progress:  # fmt: skip
    """The offer leaves; where no slot is free at all, it waits for one, and the leads learn why."""
    found = offering.slots(call, desk, known, now, wishes=call.wishes)
    if found:
        progress = _issued(before, call, ticket, contact, by, found, desk, known, now, events)
    else:
        waits = told(call, "call-short", by, until=said(last(call, desk, now)))
        progress = Progress(before=before, call=replace(call, state=CallState.REQUESTED), events=(*events, waits))
    if offering.is_enough(found, call, desk, now):
        return progress
    facts: dict[str, Any] = {"contact": whole(contact), "why": _shortage(call, desk, known, now)}
    facts["helps"] = _helps(call, desk)
    what = mails.DECIDED if found else mails.SHORTAGE
    if found:
        slots = f"{len(found)} {'slot' if len(found) == 1 else 'slots'}"
        facts["text"] = f"Only {slots} could be offered for the call."
    leads = staffing.leads(desk, ticket)
    short = staffing.notices(leads, progress.call, ticket, desk, occasion(call), what, facts)
    return replace(progress, mails=_all(progress.mails, short))


def _issued(
    before: Call | None, call: Call, ticket: Ticket, contact: Person, by: str, found: Iterable[datetime], desk: Desk,
    known: Known, now: datetime, events: tuple[AddEvent, ...],
) -> Progress:  # fmt: skip
    """The grant, and the offer that carries its token. What was wished of when is in it."""
    assert isinstance(call.ticket, int), call.key
    token = keys.mint(desk.secret, call.ticket, contact.address, Role.CUSTOMER.value, mails.token(call), contact.serial)
    ends = min(now + desk.calls.life, call.within or datetime.max.replace(tzinfo=UTC))
    grant = Grant(hash=keys.fingerprint(token), issued_at=now, issued_by=by, expires_at=ends)
    after, shown = offering.numbered(replace(call, grant=grant, wishes=""), found, desk, now)
    answers = answered(ticket, known)
    return Progress(
        before=before,
        call=after,
        events=(
            *events,
            told(after, "grant-issued", by, expires=said(grant.expires_at), to=contact.address),
            told(after, "call-offered", by, slots=len(shown), round=1),
        ),
        mails=lambda mint: (
            mails.offer(desk, ticket, after, contact, mint(), occasion(call), mails.FIRST, answers, shown),
        ),
    )


def _shortage(call: Call, desk: Desk, known: Known, now: datetime) -> list[str]:
    """Why there are no more: of each day the first slot that the rules would allow and that cannot be promised."""
    cells, zone = offering.allowed(call, desk, now), ZoneInfo(desk.zone)
    if not cells:
        return [f"no slot begins until {spoken(last(call, desk, now), desk)} while the desk is open"]
    board = offering.without(call, world.board(desk, known, now))
    found: dict[date, str] = {}
    for cell in cells[: offering.MOST_TRIED]:
        day = cell.astimezone(zone).date()
        if day not in found and not (one := reason.explained(call, cell, desk, board, now)).offered:
            found[day] = reason.sentence(one, desk)
        if len(found) == MOST_DAYS:
            break
    return list(found.values())


def _helps(call: Call, desk: Desk) -> list[str]:
    able = [
        one.name
        for one in desk.agents.values()
        if desk.routing.of(one.name).capabilities.get(call.capability, 0) >= call.level
    ]
    found = [f"that one of those who can do {call.capability} is there: {', '.join(able)}"]
    if call.within is not None:
        found.append(f"more time: it is asked for until {spoken(call.within, desk)}")
    return found


def last(call: Call, desk: Desk, now: datetime) -> datetime:
    """Until when slots are looked for."""
    end = world.until(desk, now)
    return min(end, call.within) if call.within is not None else end


# What stands in the way


def _hindered(ticket: Ticket, capability: str, minutes: int, desk: Desk, known: Known, wish: Call | None) -> str:
    """Why no call of this kind can be asked for now."""
    if ticket.is_done:
        return f"the ticket is {workflow.spoken(ticket.status)}"
    if not ticket.is_reachable:
        return "nobody outside can get this ticket's mail"
    if not isinstance(ticket.ref, int):
        return "the ticket has no number yet: a call is asked for in a mail of its own"
    wanted = desk.routing.capabilities.get(capability)
    if wanted is None:
        return f"there is no capability {capability}; capabilities: {', '.join(desk.routing.capabilities) or 'none'}"
    most = longest(desk)
    if (minutes or wanted.minutes) > most:
        return f"a call takes one slot, and has at most {most} minutes of it"
    stands = next((one for one in of(ticket, known) if not one.is_over and one.capability == capability), None)
    if stands is not None and stands != wish:
        return f"a call for {capability} is there already: {world.name(stands.key)} {standing(stands, desk)}"
    able = [one for one in desk.agents.values() if desk.routing.of(one.name).capabilities.get(capability, 0)]
    if not any(desk.routing.of(one.name).capabilities[capability] >= wanted.level for one in able):
        has = "; ".join(f"{one.name} has level {desk.routing.of(one.name).capabilities[capability]}" for one in able)
        return f"nobody of the staff is able: {capability} takes level {wanted.level}" + (f", {has}" if has else "")
    return ""


def longest(desk: Desk) -> int:
    """Minutes that a call may have: it and what is left free around it are one cell."""
    calls = desk.calls
    return int((calls.grid - calls.before - calls.after).total_seconds() // 60)


def standing(call: Call, desk: Desk) -> str:
    """`is offered since Mon 23 Nov 2026, 10:00 (Berlin)`: how a call stands, for us."""
    if call.is_promised and call.start is not None:
        return f"is {call.state}, {spoken(call.start, desk)}"
    since = call.ended_at or (call.offered_at if call.state == CallState.OFFERED else None) or call.requested_at
    words = {CallState.APPROVAL: "waits for a lead's word", CallState.NO_SHOW: "was a no-show"}
    state = CallState(call.state)
    return f"{words.get(state) or f'is {state}'} since {spoken(since, desk)}"


# Who is concerned


def of(ticket: Ticket, known: Known) -> tuple[Call, ...]:
    """All calls of the ticket, in their order."""
    return tuple(call for _, call in sorted(known.calls.get(ticket.ref, {}).items()))


def wish_of(ticket: Ticket, known: Known) -> Call | None:
    """The call that the customer wished for and nobody has decided about."""
    return next((one for one in of(ticket, known) if one.state == CallState.REQUESTED and not one.capability), None)


def contact_of(call: Call, known: Known) -> Person:
    """Whom the call is with."""
    return known.people.get(call.contact, Person(address=call.contact))


def deciding(desk: Desk, ticket: Ticket) -> tuple[Agent, ...]:
    """Who answers a customer's wish: leads and schedulers."""
    found = tuple(agent for agent in desk.agents.values() if agent.roles & {"lead", "scheduler"})
    return heard(desk, ticket, found or desk.concerned(ticket.team))


def occasion(call: Call) -> str:
    """What a call's next change is called: no mail of it is sent twice, whatever is replayed."""
    return f"call{call.number}.{call.version}"


def answered(ticket: Ticket, known: Known) -> str:
    """The Message-ID of what the customer wrote last: mail about a call stands in that thread."""
    came = [one.message_id for one in known.recent.get(ticket.ref, ()) if one.direction is Direction.IN]
    return next((message_id for message_id in reversed(came) if message_id), "")


def _next(ticket: Ticket, known: Known) -> int:
    return max((one.number for one in of(ticket, known)), default=0) + 1


def _called(name: str, desk: Desk) -> str:
    agent = desk.agent_named(name) if name != SYSTEM else None
    return agent.full_name if agent is not None else name


def _asker(call: Call, desk: Desk) -> tuple[Agent, ...]:
    found = desk.agent_named(call.requested_by)
    return (found,) if found is not None else ()


# Mails


def _decided(
    progress: Progress, ticket: Ticket, by: str, desk: Desk, known: Known, text: str, because: str = "",
    leads: Iterable[Agent] = (),
) -> Progress:  # fmt: skip
    """Whoever asked for the call learns what became of it, unless they decided it."""
    call = progress.call
    asker = [agent for agent in _asker(call, desk) if agent.name != by]
    facts = {"contact": whole(contact_of(call, known)), "text": text, "because": because}
    whom = dict.fromkeys((*asker, *leads))
    round_ = occasion(progress.before or call)
    return replace(
        progress,
        mails=_all(progress.mails, staffing.notices(whom, call, ticket, desk, round_, mails.DECIDED, facts)),
    )


def _no_call(call: Call, ticket: Ticket, desk: Desk, known: Known) -> Mails:
    """A customer who had wished for a call learns that there is none; nobody else has heard of it."""
    if not call.wishes or not ticket.is_reachable:
        return no_mails
    contact, answers = contact_of(call, known), answered(ticket, known)
    return lambda mint: (mails.word(desk, ticket, call, contact, mint(), occasion(call), mails.REFUSED, answers),)


def _all(*many: Mails) -> Mails:
    """The mails of all of them, in this order."""
    return lambda mint: tuple(mail for one in many for mail in one(mint))
