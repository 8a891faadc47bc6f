"""Merging: a ticket becomes part of another one.

In: both tickets and who is on them. Out: the effects of it, or why it cannot be. Nothing is moved and nothing is lost:
the messages stay where they are, and whoever answers one of them comes to the other ticket (`rules/participants.py`).
Nobody gets more by it than they had: who asked for the one is copied on the other, and sees nothing from before.
"""

from __future__ import annotations

from datetime import datetime

from gateway.rules.clocks import CLOSE, FIRST_RESPONSE
from gateway.rules.desk import Desk
from gateway.rules.participants import AGENT, COPIED, MEMBERS, MOST_COPIED, UNVERIFIED, Known, joins, way
from parsing.subject import references
from store.records import AddEvent, ChangeTicket, ClearTimer, Effect, Link, Person, Ticket, TicketRef

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
        return f"it is merged into {desk.reference(known.merged[ticket.ref])} already", ""
    onward = way(number, known.merged)
    if ticket.ref in onward:
        return f"{reference} is merged into this one", ""
    if len(onward) > 1:
        last = desk.reference(onward[-1])
        return f"{reference} is merged into {last} itself", f"#merge {last}"
    if other.audience != ticket.audience:
        return f"{reference} is {_audience(other)} and this one is {_audience(ticket)}", ""
    return "", ""


def _audience(ticket: Ticket) -> str:
    return "a customer's" if ticket.audience == "customer" else "internal"


def merged(ticket: Ticket, into: TicketRef, actor: str, desk: Desk, known: Known, now: datetime) -> list[Effect]:
    """What follows for the other ticket, and for the clocks of this one."""
    effects: list[Effect] = [
        Link(ticket=ticket.ref, other=into, kind=MERGED),
        ClearTimer(ticket=ticket.ref, kind=FIRST_RESPONSE),
        ClearTimer(ticket=ticket.ref, kind=CLOSE),
        ChangeTicket(ticket=into, changes={"updated_at": now}),
        AddEvent(ticket=into, kind="took-in", actor=actor, detail={"ticket": desk.reference(ticket.ref)}),
    ]
    there = known.participants.get(into, {})
    room = MOST_COPIED - sum(kind == COPIED for kind in there.values())
    for address, kind in known.participants.get(ticket.ref, {}).items():
        is_member = kind in MEMBERS
        is_known = address in there and not (is_member and there[address] == UNVERIFIED)
        if is_known or kind == AGENT or (is_member and room <= 0):
            continue
        room -= is_member
        person = known.people.get(address, Person(address=address))
        effects += joins(into, person, COPIED if is_member else kind, actor, f"on {desk.reference(ticket.ref)}")
    return effects
