"""Merging: a ticket becomes part of another one.

In: both tickets and who is on them. Out: the effects of it, or why it cannot be. Nothing is moved and nothing is lost:
the messages stay where they are, and whoever answers one of them comes to the other ticket (`rules/participants.py`).
Nobody gets more by it than they had: who asked for the one is copied on the other, and sees nothing from before; nobody
outside comes to a ticket that is inside. Who waits for an answer there waits for it here, since the same time.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from gateway.rules import clocks
from gateway.rules.change import changed
from gateway.rules.clocks import CLOSE
from gateway.rules.desk import Desk
from gateway.rules.intake import following, record
from gateway.rules.intake.record import ASKING
from gateway.rules.participants import AGENT, COPIED, MEMBERS, MOST_COPIED, UNVERIFIED, Known, joins, way
from gateway.rules.workflow import ESCALATION, spoken
from parsing.subject import references
from store.records import AddEvent, ClearTimer, ClosedAs, Effect, Link, Person, Ticket, TicketRef

MERGED = "merged-into"


def target(args: str, desk: Desk) -> int | None:
    """The ticket that is named: `DESK-1042`, `[DESK-1042]`, or `1042` alone."""
    found = references(args, (desk.prefix,))
    if len(found) == 1:
        return found[0]
    alone = args.strip().lstrip("#")
    return int(alone) if alone.isascii() and alone.isdigit() and len(alone) <= 10 else None


def hindrance(ticket: Ticket, number: int, desk: Desk, known: Known) -> tuple[str, str]:
    """Why the one cannot be merged into the other, and what would do; both empty when it can."""
    reference, other = desk.reference(number), known.tickets.get(number)
    if number == ticket.ref:
        return "a ticket is not merged into itself", ""
    if other is None:
        return f"there is no ticket {reference}", ""
    if ticket.ref in known.merged:
        went = "retyped to" if ticket.closed_as == ClosedAs.WRONG_TYPE else "merged into"
        return f"it is {went} {desk.reference(known.merged[ticket.ref])} already", ""
    onward = way(number, known.merged)
    became = "retyped to" if other.closed_as == ClosedAs.WRONG_TYPE else "merged into"
    if ticket.ref in onward:
        return f"{reference} is {became} this one", ""
    if len(onward) > 1:
        last = desk.reference(onward[-1])
        return f"{reference} is {became} {last} itself", f"#merge {last}"
    if other.audience != ticket.audience:
        return f"{reference} is {_audience(other)} and this one is {_audience(ticket)}", ""
    if (other.type == ESCALATION) != (ticket.type == ESCALATION):
        one, another = (reference, "this one") if other.type == ESCALATION else ("this one", reference)
        return f"{one} is an escalation and {another} is none", ""
    if other.is_done:
        return f"{reference} is {spoken(other.status)}", f"first #reopen in {reference}"
    return "", ""


def _audience(ticket: Ticket) -> str:
    return "a customer's" if ticket.audience == "customer" else "internal"


def merged(ticket: Ticket, into: TicketRef, actor: str, desk: Desk, known: Known, now: datetime) -> list[Effect]:
    """What follows for the other ticket, and for the clocks of this one."""
    other = known.tickets[into]
    effects: list[Effect] = [
        Link(ticket=ticket.ref, other=into, kind=MERGED),
        ClearTimer(ticket=ticket.ref, kind=CLOSE),
        *_hears(other, ticket, actor, desk, now),
    ]
    there = known.participants.get(into, {})
    room = MOST_COPIED - sum(kind == COPIED for kind in there.values())
    for address, kind in known.participants.get(ticket.ref, {}).items():
        is_member = kind in MEMBERS
        is_known = address in there and not (is_member and there[address] == UNVERIFIED)
        if is_known or kind == AGENT or (is_member and room <= 0):
            continue
        if other.audience != "customer" and address not in desk.agents:
            continue
        room -= is_member
        person = known.people.get(address, Person(address=address))
        effects += joins(into, person, COPIED if is_member else kind, actor, f"on {desk.reference(ticket.ref)}")
    return effects


def _hears(other: Ticket, ticket: Ticket, actor: str, desk: Desk, now: datetime) -> list[Effect]:
    """The other ticket takes this one in: where a customer of this one waits for an answer, it has heard them."""
    reference = desk.reference(ticket.ref)
    events = [AddEvent(ticket=other.ref, kind="took-in", actor=actor, detail={"ticket": reference})]
    after, taken = following.taking_in(replace(other, updated_at=now), ticket, desk)
    events, since = [*events, *taken], clocks.waited_since(ticket)
    if since is None:
        return changed(other, after, events, desk, now)
    asks = _asks(after) and _asks(ticket)  # who has to answer our questions there has to answer them here
    heard = "" if asks else clocks.CUSTOMER
    if after.waiting_on == clocks.CUSTOMER and not asks:
        after = replace(after, waiting_on="")
    after, owed = clocks.taking_in(after, since, f"its customer waits for an answer to {reference}", desk, now)
    return changed(other, after, events if owed is None else [*events, owed], desk, now, heard=heard)


def _asks(ticket: Ticket) -> bool:
    """Whether the ticket waits for its customer's answers to our questions."""
    return ticket.waiting_on == clocks.CUSTOMER and record.of(ticket).stage == ASKING
