"""No time is free for a call: what its customer reads of it, and who of us looks for one.

In: a call, its ticket, what the store knows. Out: mails. The desk looks again by itself only for a call that waits for
a slot; of any other one a person is told whenever the customer reads that somebody looks. Nothing is changed.
"""

from __future__ import annotations

from typing import Any

from gateway.rules.calls import staffing
from gateway.rules.calls.progress import Mails
from gateway.rules.desk import Desk
from gateway.rules.mails import calls as mails
from gateway.rules.notices.notice import stamp, whole
from gateway.rules.participants import Known
from store.records import Call, CallState, Person, Ticket


def none_free(call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str, answers: str) -> Mails:
    """The customer reads that no time is free; the leads that they do, once until the call changes."""
    to = known.people.get(call.contact, Person(address=call.contact))
    facts = {"contact": whole(to), "words": call.wishes.strip("-\n "), "helps": [_able(call, desk)]}
    waits = call.state == CallState.REQUESTED and bool(call.capability)
    whom = () if waits else staffing.leads(desk, ticket)  # who waits for a slot: they were told when it began
    round_ = f"call{call.number}.{call.version}:{mails.SOUGHT}"
    inside = staffing.notices(whom, call, ticket, desk, round_, mails.SOUGHT, facts)
    return lambda mint: (
        mails.word(desk, ticket, call, to, mint(), occasion, mails.NONE_FREE, answers),
        *inside(mint),
    )


def owed(call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str, answers: str, why: str) -> Mails:
    """We were not there, and there can be no other call by itself: our apology, and the leads have to make it good."""
    to = known.people.get(call.contact, Person(address=call.contact))
    facts: dict[str, Any] = {"contact": whole(to), "why": [why], "told": ticket.is_reachable}
    able = [name for name in desk.routing.capabilities if _who(name, 0, desk)]
    facts["capabilities"] = able[: mails.MOST_CAPABILITIES]
    round_ = f"{occasion}:{mails.OWED}"
    inside = staffing.notices(staffing.leads(desk, ticket), call, ticket, desk, round_, mails.OWED, facts)
    if not ticket.is_reachable:
        return inside
    missed = stamp(call.start) if call.start is not None else ""
    return lambda mint: (
        mails.word(desk, ticket, call, to, mint(), occasion, mails.NONE_FREE, answers, missed=missed),
        *inside(mint),
    )


def _able(call: Call, desk: Desk) -> str:
    names = ", ".join(_who(call.capability, call.level, desk))
    return f"that one of those who can do {call.capability} is there: {names or 'nobody can'}"


def _who(capability: str, level: int, desk: Desk) -> list[str]:
    """Whoever of us can take a call of this kind."""
    wanted = desk.routing.capabilities.get(capability)
    least = level or (wanted.level if wanted is not None else 1)
    staff = (agent.name for agent in desk.agents.values())
    return [name for name in staff if desk.routing.of(name).capabilities.get(capability, 0) >= least]
