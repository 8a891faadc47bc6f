"""That every promised call can be kept, proven anew: whenever somebody's time has changed, and every few minutes.

In: what the store knows of calls and people, the instant. Out: decisions, one for each ticket of which something
changes. Whoever was invited and cannot be there any more is passed over; the promises that cannot be kept, the least
important first, are told to the leads once, before their customers notice (reference scheduling 5.2). Nobody outside is
ever written to for somebody else's absence. Calls that wait for a slot are offered one as soon as there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.rules.calls import asking, hours, offering, staffing, world
from gateway.rules.calls.progress import Progress, told, written
from gateway.rules.change import changed
from gateway.rules.desk import Desk
from gateway.rules.mails import calls as mails
from gateway.rules.mails.history import shown
from gateway.rules.participants import Known
from scheduling.promise import Board
from store.records import (
    AddEvent,
    Call,
    CallState,
    Decision,
    Effect,
    Role,
    Schedule,
    SendMail,
    Step,
    Ticket,
    TicketRef,
    Verdict,
    Witnesses,
)

MOST_EXPLAINED = 10
"""Promises whose leads read what stands in the way: it is looked for with the whole board each time."""
SYSTEM = "system"
Key = tuple[TicketRef, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """How the promises stand: who was invited and cannot take it, with why; which cannot be kept and were told to
    nobody yet; which can be kept again; who could take which call where that changed."""

    hindered: Mapping[Key, str]
    short: tuple[Key, ...]
    kept: tuple[Key, ...]
    witnesses: Mapping[Key, str]

    @property
    def tickets(self) -> set[TicketRef]:
        """Of which something changes."""
        return {ref for ref, _ in (*self.hindered, *self.short, *self.kept)}


def proven(desk: Desk, known: Known, now: datetime) -> Proof:
    """The promises of the calls that are to come, looked at together."""
    promised = dict((known.schedule or Schedule()).promised)
    hindered: dict[Key, str] = {}
    coming = [call for call in promised.values() if _is_coming(call, now)]
    for call in coming:
        name = world.holder(call, desk) if call.cell is not None else ""
        why = staffing.hindrance(call, desk.agent_named(name), desk, known, now) if name else ""
        if why:
            promised[call.key] = replace(call, assigned="", witness="")
            if call.assigned:
                hindered[call.key] = f"{name} {why}"
    board = _board(promised.values(), desk, known, now)
    lost, standing = {one.id for one in board.lost}, board.witness
    short, kept, witnesses = [], [], dict[Key, str]()
    for call in coming:
        name = world.name(call.key)
        if name in lost and call.short_since is None and now < hours.freezes(call, desk):
            short.append(call.key)
        elif name not in lost and call.short_since is not None and now < hours.freezes(call, desk):
            kept.append(call.key)
        witness = standing.get(name, "")
        if witness != call.witness:
            witnesses[call.key] = witness
    order = {one.id: place for place, one in enumerate(board.lost)}
    short.sort(key=lambda key: order[world.name(key)])
    return Proof(hindered=hindered, short=tuple(short), kept=tuple(kept), witnesses=witnesses)


def _is_coming(call: Call, now: datetime) -> bool:
    return call.state in (CallState.BOOKED, CallState.ASSIGNED) and call.start is not None and call.start > now


def _board(calls: Iterable[Call], desk: Desk, known: Known, now: datetime) -> Board:
    having = [call for call in calls if call.cell is not None]
    witness = {world.name(call.key): call.witness for call in having if call.witness}
    return Board(world.workers(desk, known, now), [world.promise(call, desk) for call in having], witness)


def decided(
    proof: Proof, waiting: Set[TicketRef], desk: Desk, known: Known, mint: Callable[[], str], now: datetime
) -> list[Decision]:
    """What follows, a decision a ticket. `waiting` are those with calls that wait for a slot. A ticket that is not
    `known` is in somebody else's hands and is left for the next look."""
    found: list[Decision] = []
    tries = offering.Tries(world.board(desk, known, now)) if waiting else None
    done: set[Key] = set()
    for ref in sorted((proof.tickets | waiting) & known.tickets.keys(), key=str):
        ticket = known.tickets[ref]
        steps = list(_steps(ticket, proof, desk, known, now, tries))
        if steps:
            done |= {progress.call.key for progress, _ in steps}
            found.append(_decision(ticket, steps, desk, mint, now))
    rest = {key: name for key, name in proof.witnesses.items() if key not in done}
    if rest:
        why = f"{len(rest)} promised calls could be taken by somebody else now"
        found.append(_decided(None, why, (Witnesses(names=rest),)))
    return found


def _steps(
    ticket: Ticket, proof: Proof, desk: Desk, known: Known, now: datetime, tries: offering.Tries | None
) -> Iterable[tuple[Progress, str]]:  # fmt: skip
    for call in asking.of(ticket, known):
        if call.key in proof.hindered:
            yield _passed(call, ticket, proof, desk, now)
        elif call.key in proof.short:
            yield _short(call, ticket, proof, desk, known, now), f"{world.name(call.key)} cannot be kept"
        elif call.key in proof.kept:
            after = replace(call, short_since=None, witness=proof.witnesses.get(call.key, call.witness))
            event = told(after, "call-kept", SYSTEM)
            yield Progress(before=call, call=after, events=(event,)), f"{world.name(call.key)} can be kept again"
        elif asking.waits_for_slot(call):
            offered = asking.retried(call, ticket, desk, known, now, tries)
            if offered is not None:
                yield offered, f"{world.name(call.key)} waited for a slot: {offered.call.state}"


def _passed(call: Call, ticket: Ticket, proof: Proof, desk: Desk, now: datetime) -> tuple[Progress, str]:
    """Whoever was invited cannot take it: the next one is asked when its timer, which is due at once, is heard."""
    why = proof.hindered[call.key]
    left = staffing.left(call, ticket, call.assigned, desk, now, mails.AWAY, why, SYSTEM, asking.occasion(call))
    return replace(left, call=replace(left.call, witness=proof.witnesses.get(call.key, ""))), why


def _short(call: Call, ticket: Ticket, proof: Proof, desk: Desk, known: Known, now: datetime) -> Progress:
    """The leads learn who and what is in the way."""
    after = replace(call, short_since=now, witness="")
    facts = {}
    if proof.short.index(call.key) < MOST_EXPLAINED:
        facts = staffing.obstacles(call, world.board(desk, known, now), known)
    event = told(after, "call-short", SYSTEM, because="; ".join(facts.get("why", ())))
    round_ = f"{asking.occasion(call)}:{mails.SHORTAGE}"
    sent = staffing.notices(staffing.leads(desk, ticket), after, ticket, desk, round_, mails.SHORTAGE, facts)
    return Progress(before=call, call=after, events=(event,), mails=sent)


def _decision(
    ticket: Ticket, steps: Iterable[tuple[Progress, str]], desk: Desk, mint: Callable[[], str], now: datetime
) -> Decision:
    after, effects, events = ticket, list[Effect](), list[AddEvent]()
    sent: list[SendMail] = []
    reasons = []
    for progress, why in steps:
        after, more = written(progress, after, desk, now)
        effects += more
        events += progress.events
        sent += progress.mails(mint)
        reasons.append(why)
    if after != ticket:
        after = replace(after, updated_at=now)
    outside = (shown(mail, ticket, now) for mail in sent if mail.role is Role.CUSTOMER)
    said = (*changed(ticket, after, events, desk, now), *effects, *sent, *outside)
    return _decided(ticket.ref, "; ".join(reasons), said)


def _decided(ref: TicketRef | None, why: str, effects: tuple[Effect, ...]) -> Decision:
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"promises: {why}",
        ticket=ref,
        trace=(Step(stage="sweep", what="promises", why=why),),
        effects=effects,
    )
