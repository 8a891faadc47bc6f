"""What came of a call: it was held, its customer was not there, or none of us was.

In: a call that has begun, whoever says what came of it, the instant. Out: the call at its end, with what is told of it
and what its customer reads. Nobody loses their call by our fault: who waited in vain gets another one, with the same
right to it, which is written down (reference scheduling 5.3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from gateway.rules.calls import asking, staffing, world
from gateway.rules.calls.progress import Mails, Progress, no_mails, said, told
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails import calls as mails
from gateway.rules.notices.notice import stamp
from gateway.rules.participants import Known
from store.records import AddEvent, Call, CallState, Purpose, SendMail, Ticket

THEIRS, OURS = "the customer was not there", "none of us was there"
"""How the outcome of a call begins that was not held."""
US, THEM = "us", "customer"
SYSTEM = "system"


def barred(call: Call, agent: Agent, now: datetime) -> str:
    """Why this person cannot say now what came of the call; empty where they can."""
    if call.is_over:
        return f"it is {_called(call.state)} already" + (f": {call.outcome}" if call.outcome else "")
    if call.start is None or not call.is_promised:
        return f"it is {_called(call.state)}, and no time is promised"
    if now < call.start:
        return f"it begins at {said(call.start)}"
    if call.assigned == agent.name or agent.roles & {"lead", "scheduler"}:
        return ""
    return f"{call.assigned or 'nobody'} took it"


def _called(state: str) -> str:
    return {CallState.NO_SHOW.value: "a no-show"}.get(str(state), str(state))


def completed(call: Call, by: str, text: str, minutes: int, now: datetime) -> Progress:
    """It was held. `minutes` is how long it took."""
    after = replace(
        call, state=CallState.COMPLETED, outcome=text, ended_at=now, acked_at=call.acked_at or now, short_since=None
    )
    event = told(after, "call-completed", by, agent=call.assigned, outcome=text, minutes=minutes)
    return Progress(before=call, call=after, events=(*_begun(call, by), event))


def missed(
    call: Call, ticket: Ticket, by: str, whose: str, text: str, desk: Desk, known: Known, now: datetime, occasion: str
) -> Progress:
    """It was not held: the customer was not there (`THEM`), who reads that we were; or none of us was (`US`), and then
    they get another one in the next turn (`replaced`)."""
    head = OURS if whose == US else THEIRS
    outcome = f"{head}: {text}" if text else head
    free: Call = call
    stood_down: Mails = no_mails
    if whose == US and call.acked_at is None:  # whoever said nothing is waited for no longer
        free, stood_down = staffing.released(call, ticket, desk, now, mails.UNHEARD, occasion)
    short = (call.short_since or now) if whose == US else None
    after = replace(free, state=CallState.NO_SHOW, outcome=outcome, ended_at=now, short_since=short)
    event = told(after, "call-no-show", by, of=whose, agent=call.assigned, **({"because": text} if text else {}))
    sent = stood_down if whose == US else _not_there(after, ticket, desk, known, occasion)
    return Progress(before=call, call=after, events=(event,), mails=sent)


def _begun(call: Call, by: str) -> tuple[AddEvent, ...]:
    """A call that was held has begun, whether anybody had said so or not."""
    if call.state == CallState.LIVE:
        return ()
    return (told(call, "call-started", by, start=said(call.start), agent=call.assigned),)


def _not_there(call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str) -> Mails:
    if not ticket.is_reachable:
        return no_mails
    contact, answers = asking.contact_of(call, known), asking.answered(ticket, known)
    return lambda mint: (mails.word(desk, ticket, call, contact, mint(), occasion, mails.NOT_THERE, answers),)


def replaced(call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime) -> Progress | str:
    """Another call for whoever waited in vain: a new grant, no less urgent, offered at once with our apology. Or why
    there can be none; empty where it is there already."""
    if any(one.number > call.number and one.capability == call.capability for one in asking.of(ticket, known)):
        return ""
    contact = asking.contact_of(call, known)
    found = asking.asked(
        ticket, contact, call.capability, SYSTEM, desk, known, now,
        minutes=call.minutes, purpose=call.purpose, approved=True,
    )  # fmt: skip
    if isinstance(found, str):
        return found
    after = replace(found.call, priority=min(call.priority, found.call.priority), approved_by=SYSTEM)
    events = tuple(replace(one, detail={**one.detail, "replaces": world.name(call.key)}) for one in found.events)
    return replace(found, call=after, events=events, mails=_sorry(call, found, ticket, desk, known))


def _sorry(missed_call: Call, found: Progress, ticket: Ticket, desk: Desk, known: Known) -> Mails:
    """The offer as an apology; where no slot is free yet, the word that one will be looked for."""
    at, contact = missed_call.start, asking.contact_of(found.call, known)
    more = {"missed": stamp(at) if at is not None else ""}

    def written(mint: Callable[[], str]) -> tuple[SendMail, ...]:
        sent = tuple(
            replace(one, facts={**one.facts, **more, "variant": mails.SORRY}) if one.purpose is Purpose.OFFER else one
            for one in found.mails(mint)
        )
        if any(one.purpose is Purpose.OFFER for one in sent):
            return sent
        round_, answers = asking.occasion(found.call), asking.answered(ticket, known)
        word = mails.word(desk, ticket, found.call, contact, mint(), round_, mails.NONE_FREE, answers, **more)
        return (word, *sent)

    return written
