"""Divisions: their own statuses, priorities and kinds of work, and coming into one (`ops` R32, R33, R35)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.rules import workflow
from gateway.rules.desk import Desk
from gateway.rules.verbs import Plan
from store.records import Ticket
from tests.unit.gateway.workflows import ESCALATION, NOW, SORTED, asked, done, refused


def test_r32_a_status_of_another_division_is_refused(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, team="network", division="project", status="accepted")
    found = refused(divided, one, "#status on watch")
    assert "on watch is a status of managed, not of project" in found.reason
    assert "implementation phase 2, awaiting client" in found.reason
    assert found.nearest == "#status implementation phase 2, #status awaiting client"
    assert done(divided, one, "#status Implementation Phase 2").status == "implementation_phase_2"
    assert "awaiting client is a status of project" in refused(divided, ticket(), "#status awaiting-client").reason
    assert "there is no status dreaming" in refused(divided, one, "#status dreaming").reason


def test_r33_a_status_means_its_category(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = done(
        divided, ticket(**SORTED, team="network", division="project", status="accepted"), "#status Awaiting Client"
    )
    assert (one.status, one.status_category) == ("awaiting_client", "waiting")
    assert done(divided, one, "#status implementation-phase-2\n#resolve live").status_category == "done"


def test_r35_a_change_request_answers_its_impact_on_the_contract(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, team="network", division="project", status="accepted")
    found = asked(divided, one, "#kind Change Request")
    assert isinstance(found, Plan)
    assert found.done[0].after == "change-request; it needs: contract impact"
    barred = refused(divided, found.ticket, "#status implementation phase 2")
    assert "it needs: contract impact" in barred.reason
    assert barred.nearest == "#set contract_impact TEXT"
    told = done(divided, found.ticket, "#set contract impact: 20 days more\n#status implementation phase 2")
    assert told.status == "implementation_phase_2"
    assert "estimate" in refused(divided, one, "#kind project blocker\n#status implementation phase 2").reason
    assert refused(divided, one, "#kind change-requst").nearest == "#kind change-request"
    assert "field only of tickets of a division" in refused(divided, ticket(), "#set contract_impact much").reason


def test_r32_priorities_of_a_division_are_locked(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(team="network", division="project")
    found = refused(divided, one, "#priority 2")
    assert "project have no priority 2" in found.reason
    assert done(divided, one, "#priority 1").priority == 1
    housed = workflow.housed(ticket(team="network", priority=4), divided, NOW)
    assert (housed.division, housed.priority) == ("project", 3)


@pytest.mark.parametrize("text", ["#team network", "#assign benedikt"])
def test_r32_a_ticket_that_is_given_to_a_division_has_a_priority_there(
    divided: Desk, ticket: Callable[..., Ticket], text: str
) -> None:
    home = next(iter(divided.divisions.values()))
    team = "network" if "network" in home.teams else next(iter(home.teams))
    locked = next(number for number in range(1, 6) if number not in home.priorities)
    people = {agent.team: agent.name for agent in divided.agents.values() if "agent" in agent.roles}
    said = text.replace("network", team).replace("benedikt", people[team])
    begun = asked(divided, ticket(priority=locked, next_action="look", team="frontline"), said)
    assert isinstance(begun, Plan)
    assert begun.ticket.division == home.name
    assert begun.ticket.priority in home.priorities
    assert f"priority {locked} → {begun.ticket.priority}" in begun.done[0].after
    assert [one.kind for one in begun.done[0].follows] == ["priority-changed"]


def test_a_ticket_that_changes_its_division_has_a_status_there(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, team="network", division="project", status="awaiting_client", status_category="waiting")
    there = workflow.housed(replace(one, team="billing"), divided, NOW)
    assert (there.division, there.status, there.status_category) == ("managed", "on_watch", "waiting")
    back = workflow.housed(replace(one, team="frontline"), divided, NOW)
    assert (back.division, back.status, back.status_category) == ("", "new", "open")
    assert workflow.housed(one, divided, NOW) is one


def test_an_escalation_keeps_its_workflow_in_every_division(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**ESCALATION, team="network", division="project")
    assert workflow.workflow_of(one, divided).name == "escalation"
    assert "kinds" in refused(divided, one, "#accept").reason


def test_a_division_without_a_way_written_for_new_begins_with_its_first_status(
    divided: Desk, ticket: Callable[..., Ticket]
) -> None:
    one = ticket(**SORTED, team="billing", division="managed")
    assert done(divided, one, "#status on watch\n#resolve quiet\n#reopen").status == "on_watch"
    assert refused(divided, one, "#accept").nearest == "#status on watch"
