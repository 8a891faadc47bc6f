"""What stands beside a status: fields, the contact, what a ticket waits for (`ops` R10, R11, R28, R36)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.rules import fields, workflow
from gateway.rules.desk import Desk
from gateway.rules.participants import COPIED, LEFT
from gateway.rules.verbs import Plan, Refused
from store.records import Join, Ticket
from store.snapshot import Snapshot
from tests.unit.gateway.workflows import ESCALATION, NOW, asked, done, refused


def test_r11_what_a_ticket_waits_for(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = done(desk, ticket(), "#wait vendor\n#blocked specialist\n#todo ask the vendor")
    assert (one.waiting_on, one.blocked_on, one.next_action) == ("vendor", "specialist", "ask the vendor")
    assert (one.status, one.status_category) == ("new", "open")
    free = done(desk, one, "#wait nobody\n#blocked nothing\n#todo -")
    assert (free.waiting_on, free.blocked_on, free.next_action) == ("", "", "")
    assert refused(desk, ticket(), "#wait custmer").nearest == "#wait customer"
    assert refused(desk, ticket(), "#blocked by rain").nearest.startswith("#blocked")
    resolved = ticket(status="resolved")
    assert refused(desk, resolved, "#wait customer").nearest == "#reopen"
    assert workflow.moved(one, "resolved", desk, NOW).waiting_on == ""


def test_r10_the_next_action_is_a_field_of_the_ticket(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = refused(desk, ticket(), "#team network")
    assert "next action" in found.reason
    assert done(desk, ticket(), "#todo look at the router\n#team network").next_action == "look at the router"


def test_r28_the_contact_gets_the_answer_as_well(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    question = ticket(type="question")
    found = asked(desk, question, "#contact Kai@Northwind.example")
    assert isinstance(found, Plan)
    joined = [effect for effect in found.done[0].effects if isinstance(effect, Join)]
    assert [(effect.person.address, effect.kind) for effect in joined] == [("kai@northwind.example", COPIED)]
    assert found.ticket.facts["contact"] == "kai@northwind.example"
    known = Snapshot(participants={1001: {"kai@northwind.example": COPIED}})
    again = asked(desk, question, "#contact kai@northwind.example", known=known)
    assert isinstance(again, Refused)
    assert "on the ticket already" in again.reason
    left = Snapshot(participants={1001: {"kai@northwind.example": LEFT}})
    back = asked(desk, found.ticket, "#contact kai@northwind.example", known=left)
    assert isinstance(back, Plan), back
    assert [effect.kind for effect in back.done[0].effects if isinstance(effect, Join)] == [COPIED]
    assert back.ticket.facts["contact"] == "kai@northwind.example", "once"
    full = Snapshot(participants={1001: {f"p{n}@northwind.example": COPIED for n in range(20)}})
    assert isinstance(asked(desk, question, "#contact kai@northwind.example", known=full), Refused)


@pytest.mark.parametrize(
    "address",
    ["", "nobody", "nora@northwind.example", "anastasia@desk.example", "support@desk.example", "noreply@x.example"],
)
def test_nobody_else_is_a_contact(desk: Desk, ticket: Callable[..., Ticket], address: str) -> None:
    assert isinstance(asked(desk, ticket(), f"#contact {address}"), Refused)


def test_r36_an_internal_ticket_takes_nobody_in_from_outside(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = done(desk, ticket(), "#set audience internal")
    assert (one.audience, one.is_reachable) == ("internal", False)
    assert "internal" in refused(desk, one, "#contact kai@northwind.example").reason
    assert "only on" in refused(desk, ticket(**ESCALATION), "#contact kai@northwind.example").reason
    assert done(desk, one, "#set audience customer").is_reachable
    assert refused(desk, one, "#set audience everybody").nearest == "#set audience internal"


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("#set priority 1", "#priority 1"),
        ("#set Priority: 2", "#priority 2"),
        ("#set priority high", "#priority N"),
        ("#set team network", "#team TEAM"),
    ],
)
def test_what_has_a_verb_of_its_own_is_no_field(
    desk: Desk, ticket: Callable[..., Ticket], words: str, nearest: str
) -> None:
    assert refused(desk, ticket(), words).nearest == nearest


@pytest.mark.parametrize("name", ["Payments", "payments", "Billing", "abrechnung"])
def test_a_root_cause_is_named_as_topics_are(desk: Desk, ticket: Callable[..., Ticket], name: str) -> None:
    worked = ticket(topic="Outage", status="in_progress", assignee="dominique")
    assert done(desk, worked, f"#set root_cause {name}").root_cause == "Billing"
    resolved = done(desk, worked, f"#resolve root {name} card expired")
    assert (resolved.root_cause, resolved.outcome) == ("Billing", "card expired")
    inner = done(desk, worked, f"#resolve root {name}/money back: paid")
    assert (inner.root_cause, inner.outcome) == ("Billing/refund", "paid")


def test_fields_are_set_and_taken_away(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = done(desk, ticket(**ESCALATION), "#set plan = two engineers\n#set estimate 1h30")
    assert (one.facts["plan"], one.estimate) == ("two engineers", 90)
    gone = done(desk, one, "#set plan -\n#set estimate nothing")
    assert ("plan" in gone.facts, gone.estimate) == (False, 0)
    assert refused(desk, one, "#set plan").nearest == "#set plan a second engineer on Monday"
    assert refused(desk, one, "#set kinds scope").nearest.startswith("#kind")
    assert "say which field: " in refused(desk, one, "#set").reason
    assert refused(desk, one, "#set estimate long").nearest == "#set estimate 4h"
    assert len(done(desk, one, f"#set plan {'x' * 900}").facts["plan"]) == 900


def test_every_field_says_how_it_is_said() -> None:
    assert all(fields.saying(name).startswith("#") for name in fields.FIELDS)
    assert set(fields.ASKED) < set(fields.FIELDS)
