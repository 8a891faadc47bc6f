"""Which facts a ticket needs.

In: a ticket with what is known of it, the desk. Out: the names of the fields, in the order in which they are asked for.
The requirements are met one after the other: a later one may drop what an earlier one asks for. Nobody is asked for
anything about a ticket that no customer hears of.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.rules.desk import Desk, Organisation
from gateway.rules.intake import record
from gateway.rules.policy.intake import Inquiry, Requirement
from store.records import Ticket


def needed(ticket: Ticket, desk: Desk) -> tuple[str, ...]:
    """The fields that this ticket needs: those of its requirements, then what one of us asked for."""
    inquiry = desk.inquiry
    if ticket.audience != "customer" or not inquiry.fields:
        return ()
    names = _required(ticket, desk) if inquiry.requirements else set()
    by_hand = _by_hand(ticket) - names if ticket.intake else frozenset()
    return (*_ordered(names, inquiry), *_ordered(by_hand, inquiry))


def conditions(desk: Desk) -> frozenset[str]:
    """The fields whose answers decide what else is needed, or what follows by rule: they are read whether needed or
    not."""
    rules = desk.taxonomy.answered
    return desk.inquiry.deciding.union(*(rule.when for rule in rules)) if rules else desk.inquiry.deciding


def _ordered(names: Iterable[str], inquiry: Inquiry) -> tuple[str, ...]:
    return tuple(name for name in inquiry.fields if name in names) if names else ()


def _required(ticket: Ticket, desk: Desk) -> set[str]:
    organisation = desk.organisation_of(ticket.requester)
    found: set[str] = set()
    for one in desk.inquiry.requirements:
        if _is_about(one, ticket, organisation):
            found |= set(one.fields)
            found -= set(one.drop)
    return found


def _by_hand(ticket: Ticket) -> frozenset[str]:
    """What one of us asked for and nobody has said for certain."""
    facts = ticket.intake.get("fields", {})
    return frozenset(
        name
        for name in ticket.intake.get("by_hand", ())
        if facts.get(name, {}).get("state", record.MISSING) in (record.MISSING, record.UNSURE)
    )


def _is_about(one: Requirement, ticket: Ticket, organisation: Organisation | None) -> bool:
    """Whether the requirement is about this ticket: each of its conditions holds, and an empty one always does."""
    if one.type and one.type != ticket.type:
        return False
    if one.topic and one.topic.casefold() not in (
        ticket.topic.casefold(),
        f"{ticket.topic}/{ticket.subtopic}".casefold(),
    ):
        return False
    if one.organisation and one.organisation not in _houses(ticket, organisation):
        return False
    if one.segment and (organisation is None or one.segment.casefold() != organisation.segment.casefold()):
        return False
    return all(says(ticket, name, values) for name, values in one.when.items())


def _houses(ticket: Ticket, organisation: Organisation | None) -> tuple[str, ...]:
    domain = ticket.requester.rpartition("@")[2]
    return (domain, organisation.domain) if organisation is not None else (domain,)


def says(ticket: Ticket, name: str, values: tuple[str, ...]) -> bool:
    said = ticket.facts.get(name, "").casefold()
    return bool(said) and any(said == value.casefold() for value in values)
