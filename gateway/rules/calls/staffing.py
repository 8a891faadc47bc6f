"""Who takes a call: invited at the freeze, asked to say that they have it; the next one where they do not.

In: a call, who is meant, the instant. Out: the call as it then is, and mails to our own people: the brief with an entry
for their calendar, its cancellation. Whoever takes a call changes nothing that its customer has: no mail goes outside
from here, and their SEQUENCE stays (reference scheduling 5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.rules import keys
from gateway.rules.calls import briefing, hours, offering, reason, world
from gateway.rules.calls.progress import Mails, Progress, no_mails, said, told
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails import calls as mails
from gateway.rules.notices import notice
from gateway.rules.participants import Known
from gateway.rules.policy.notices import AWAY
from scheduling.assignment import choose, costs
from scheduling.interval import Interval
from scheduling.promise import Board
from store.records import Call, CallState, Direction, Invite, Person, Schedule, SendMail, Ticket, TicketRef

_TICK = timedelta(seconds=1)


def released(
    call: Call, ticket: Ticket, desk: Desk, now: datetime, why: str, occasion: str
) -> tuple[Call, Mails]:  # fmt: skip
    """Nobody has the call any more, and whoever had it gets its cancellation. Who passed on it may be asked again: it
    is another time, or no time at all."""
    free, stood_down = _let_go(call, ticket, desk, now, why, occasion)
    return replace(free, passed=()), stood_down


def _let_go(call: Call, ticket: Ticket, desk: Desk, now: datetime, why: str, occasion: str) -> tuple[Call, Mails]:
    if not call.assigned:
        return call, no_mails
    state = CallState.BOOKED if call.state == CallState.ASSIGNED else call.state
    free = replace(call, state=state, assigned="", assigned_at=None, acked_at=None)
    staff = {one.name: one for one in (*desk.agents.values(), *desk.former.values())}
    agent = staff.get(call.assigned)
    invite = _standing(call, agent) if agent is not None else None
    if agent is None or invite is None:
        return free, no_mails
    stamp = max(_whole(now), invite.dtstamp + _TICK)
    off = replace(invite, attendee=agent.address, sequence=invite.sequence + 1, dtstamp=stamp, cancelled=True)
    free = replace(free, invites=tuple(off if one.uid == off.uid else one for one in free.invites))
    if agent.address in desk.former:  # whoever has no access gets no mail
        return free, no_mails
    return free, lambda mint: (mails.stand_down(desk, ticket, free, agent, mint(), occasion, why),)


def _standing(call: Call, agent: Agent) -> Invite | None:
    """The entry that they have in their calendar. Whose address has changed since has it from the address before."""
    entries = [one for one in reversed(call.invites) if one.kind == "agent" and not one.cancelled]
    return next((one for one in entries if one.attendee == agent.address), next(iter(entries), None))


def invited(
    call: Call, ticket: Ticket, agent: Agent, desk: Desk, known: Known, now: datetime, occasion: str
) -> tuple[Call, Mails]:
    """They have the call, and get the brief with an entry of their own for their calendar."""
    assert isinstance(call.ticket, int), call.key
    domain = ticket.mailbox.rpartition("@")[2]
    uid = keys.mint_uid(desk.secret, domain, call.ticket, call.number, "agent", len(call.invites))
    serial = known.people.get(agent.address, Person(address=agent.address)).serial
    invite = Invite(uid=uid, kind="agent", attendee=agent.address, dtstamp=_whole(now), serial=serial)
    after = replace(
        call, state=CallState.ASSIGNED if call.state == CallState.BOOKED else call.state, witness=agent.name,
        assigned=agent.name, assigned_at=now, acked_at=None, short_since=None, invites=(*call.invites, invite),
    )  # fmt: skip
    why = mails.NEXT if call.passed else mails.CHOSEN
    facts = briefing.facts(after, ticket, desk, known)
    return after, lambda mint: (mails.brief(desk, ticket, after, agent, mint(), occasion, why, facts),)


def chosen(
    board: Board, call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime
) -> Agent | None:  # fmt: skip
    """Who takes it: the best of those who can, with every other promise kept; pinned on the board. None of those who
    passed on it. A cell of a grid that is no more is on nobody's board: its witness has it, if they are there then."""
    assert call.cell is not None, call.key
    promise = replace(world.promise(call, desk), pinned="")
    if not world.fits(call, desk):
        agent = desk.agent_named(call.witness) if call.witness else None
        fits = agent is not None and agent.name not in call.passed and not hindrance(call, agent, desk, known, now)
        return agent if fits else None
    knows = familiar(ticket, desk, known)
    name = choose(board, promise, costs(board, promise, knows=knows), call.passed)
    if name is None or not board.pin(promise.id, name):
        return None
    return desk.agent_named(name)


def familiar(ticket: Ticket, desk: Desk, known: Known) -> frozenset[str]:
    """Who has worked on the ticket: whose it is, who answered or wrote notes."""
    wrote = {m.from_address for m in known.recent.get(ticket.ref, ()) if m.direction is not Direction.IN}
    names = {agent.name for address, agent in desk.agents.items() if address in wrote}
    return frozenset(names | {ticket.assignee} - {""})


def hindrance(call: Call, agent: Agent | None, desk: Desk, known: Known, now: datetime) -> str:
    """Why this person cannot take the call at its time; empty where they can. The call's own entry in their calendar,
    which may have come back to us by it, is none."""
    assert call.cell is not None, call.key
    if agent is None:
        return "is of the staff no more"
    if desk.routing.of(agent.name).capabilities.get(call.capability, 0) < call.level:
        return f"cannot do {call.capability} at level {call.level}"
    schedule = known.schedule or Schedule()
    others = tuple(
        one for one in schedule.busy if one.name != agent.name or (one.start, one.end) != (call.start, call.end)
    )
    length = desk.calls.before + timedelta(minutes=call.minutes) + desk.calls.after
    span = Interval(call.cell, call.cell + length)
    free = world.there(agent, desk, known, replace(schedule, busy=others), span, now)
    return "" if span in free else "is not there then"


def obstacles(call: Call, board: Board, known: Known) -> dict[str, Any]:
    """For the leads: who and which calls are in the way of this one, and what would help. The board is used up."""
    assert call.cell is not None, call.key
    assert call.start is not None, call.key
    board = offering.without(call, board)
    why = board.why(reason.asking(call, call.cell))
    lines = [reason.short(reason.Reason(start=call.start, why=why))]
    if why.feasible:
        lines = [f"{', '.join(why.free)} would be free then, and passed on it"]
    helps = [f"{name} being there then" for name in why.able if name not in why.free]
    if not why.feasible:  # each of those has what this one needs
        helps += [f"another time for call {other}" for other in why.calls]
    contact = known.people.get(call.contact, Person(address=call.contact))
    return {"contact": notice.whole(contact), "why": lines, "helps": helps}


def shifted(board: Board, known: Known, call: Call) -> dict[tuple[TicketRef, int], str]:
    """Of the other promised calls those that somebody else could take now: they are told to nobody."""
    promised = known.schedule.promised if known.schedule is not None else {}
    standing = board.witness
    names = {key: standing.get(world.name(key), one.witness) for key, one in promised.items() if key != call.key}
    return {key: name for key, name in names.items() if name != promised[key].witness}


# What whoever was invited says


def barred(call: Call, agent: Agent, desk: Desk, now: datetime) -> str:
    """Why this person cannot say that they have the call; empty where they can. What somebody else has is theirs; what
    nobody has is for everybody who can do it, and for the leads."""
    if not call.is_promised or call.start is None:
        return f"the call is {call.state}"
    if call.assigned == agent.name:
        return ""
    if call.assigned and call.acked_at is not None:
        return f"{call.assigned} has the call"
    if call.assigned:
        return f"{call.assigned} was asked to take the call"
    if now < hours.freezes(call, desk):
        return f"nobody is asked to take the call before {said(hours.freezes(call, desk))}"
    able = desk.routing.of(agent.name).capabilities.get(call.capability, 0) >= call.level
    return "" if able or "lead" in agent.roles else f"{agent.name} cannot do {call.capability} at level {call.level}"


def acknowledged(
    call: Call, ticket: Ticket, agent: Agent, desk: Desk, known: Known, now: datetime, occasion: str
) -> Progress:
    """They have the call; said again, or of a call that is not theirs to say it of (`barred`), it changes nothing. Who
    says so when it should have begun begins it."""
    if barred(call, agent, desk, now) or (call.assigned == agent.name and call.acked_at is not None):
        return Progress(before=call, call=call)
    after, sent = (call, no_mails) if call.assigned else invited(call, ticket, agent, desk, known, now, occasion)
    after = replace(after, acked_at=now)
    events = [told(after, "call-acknowledged", agent.name, agent=agent.name)]
    if not call.assigned:
        events.insert(0, told(after, "call-invited", agent.name, agent=agent.name))
        if call.short_since is not None:
            events.append(told(after, "call-kept", "system", agent=agent.name))
    assert after.start is not None, call.key
    if after.start <= now:
        after = replace(after, state=CallState.LIVE)
        events.append(told(after, "call-started", agent.name, start=said(after.start), agent=agent.name))
    return Progress(before=call, call=after, events=tuple(events), mails=sent, proves=not call.assigned)


def passed(
    call: Call, ticket: Ticket, agent: Agent, desk: Desk, _known: Known, now: datetime, why: str, occasion: str
) -> Progress:
    """They do not take it: the call waits for the next one, who is asked by its timer, which is due at once. It changes
    nothing where they do not have it, or it has begun."""
    if call.assigned != agent.name or call.state not in (CallState.ASSIGNED, CallState.WAITING):
        return Progress(before=call, call=call)
    return left(call, ticket, agent.name, desk, now, mails.PASSED, why, agent.name, occasion)


def left(
    call: Call, ticket: Ticket, who: str, desk: Desk, now: datetime, what: str, why: str, actor: str, occasion: str
) -> Progress:
    """Whoever was invited has it no more. They read that by `what`: `mails.PASSED`, `UNHEARD` or `AWAY`."""
    free, stood_down = _let_go(call, ticket, desk, now, what, occasion)
    after = replace(free, passed=(*(name for name in call.passed if name != who), who), witness="")
    event = told(after, "call-passed", actor, agent=who, because=why)
    return Progress(before=call, call=after, events=(event,), mails=stood_down)


# Who of us hears of it


def leads(desk: Desk, ticket: Ticket) -> tuple[Agent, ...]:
    """Who learns that a promise is in danger: the leads, however they hear of the rest; who is away only where nobody
    else is there. Where nobody leads, the ticket's team."""
    found = tuple(agent for agent in desk.agents.values() if "lead" in agent.roles) or desk.concerned(ticket.team)
    there = tuple(a for a in found if (quiet := desk.quiet.get(a.address)) is None or quiet.way != AWAY)
    return there or found


def notices(
    whom: Iterable[Agent], call: Call, ticket: Ticket, desk: Desk, occasion: str, what: str, facts: dict[str, Any]
) -> Mails:
    """One notice to each."""
    agents = tuple(whom)

    def written(mint: Callable[[], str]) -> tuple[SendMail, ...]:
        return tuple(mails.notice(desk, ticket, call, agent, mint(), occasion, what, facts) for agent in agents)

    return written


def followers(call: Call, ticket: Ticket, desk: Desk, actor: str) -> tuple[Agent, ...]:
    """Who of us hears that a call was booked, moved or cancelled: who asked for it, and whose ticket it is; not whoever
    did it."""
    names = dict.fromkeys((call.requested_by, ticket.assignee))
    found = (desk.agent_named(name) for name in names if name and name != actor)
    return tuple(dict.fromkeys(agent for agent in found if agent is not None))


def _whole(now: datetime) -> datetime:
    """DTSTAMP has whole seconds (RFC 5545 section 3.8.7.2)."""
    return now.astimezone(UTC).replace(microsecond=0)
