"""A ticket that becomes another type: anew, with its story, and whom it leaves outside (`ops` R23, R29)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.rules.desk import Desk
from gateway.rules.verbs import Plan
from store.records import Ticket
from tests.unit.gateway.workflows import ESCALATION, SORTED, asked, refused


def test_r29_a_retyped_ticket_is_a_new_one(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, status="in_progress", assignee="anastasia", logged=30, facts={"revenue": "yes"})
    found = asked(desk, one, "#retype question")
    assert isinstance(found, Plan)
    assert (found.ticket.status, found.ticket.closed_as, found.ticket.type) == ("closed", "wrong_type", "support")
    anew = found.anew
    assert anew is not None
    assert (anew.ref, anew.type, anew.status, anew.created_at) == ("NEW-1", "question", "new", one.created_at)
    assert (anew.assignee, anew.team, anew.topic, anew.logged) == ("anastasia", "frontline", "Performance", 0)
    assert anew.facts == {"revenue": "yes"}


@pytest.mark.parametrize(
    ("said", "changes", "reason", "nearest"),
    [
        ("#retype", {}, "say which type: question, escalation", "#retype question"),
        ("#retype queston", {}, "there is no type queston", "#retype question"),
        ("#retype support", {}, "is of type support already", ""),
        ("#retype question", {"status": "resolved"}, "the ticket is resolved", "#reopen"),
        ("#retype support", ESCALATION, "an escalation stays inside", ""),
        ("#retype question\n#accept", {}, "after #retype nothing can be done with it", "#retype last"),
    ],
)
def test_r29_what_cannot_be_retyped(
    desk: Desk, ticket: Callable[..., Ticket], said: str, changes: dict[str, Any], reason: str, nearest: str
) -> None:
    found = refused(desk, ticket(**changes), said)
    assert reason in found.reason
    assert nearest in found.nearest


def test_r23_a_ticket_that_becomes_an_escalation_leaves_the_customer_outside(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    found = asked(desk, ticket(facts={"contact": "kai@northwind.example"}), "#retype escalation")
    assert isinstance(found, Plan)
    assert found.internal
    assert found.anew is not None
    assert (found.anew.audience, found.anew.requester) == ("internal", "dominique@desk.example")
    assert found.anew.facts == {"client": "nora@northwind.example"}
    assert not found.anew.is_reachable


def test_whoever_asked_for_what_stays_inside_may_add_to_it(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    from gateway.rules.verbs import may_act

    benedikt = desk.agent_named("benedikt")
    assert benedikt is not None
    assert may_act(benedikt, ticket(**ESCALATION))
    assert not may_act(benedikt, ticket(requester="benedikt@desk.example"))
    assert not may_act(benedikt, ticket(**{**ESCALATION, "requester": "charlotte@desk.example"}))
