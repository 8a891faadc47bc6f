"""Desks and tickets that move: two divisions, and verbs with what the rules say to them on a Monday at 10 in Berlin."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.config.policy.workflow import DivisionTable, divisions
from gateway.rules.desk import Desk
from gateway.rules.participants import Known
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import Ticket
from store.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Monday, 10:00 in Berlin."""
SORTED = {"topic": "Performance", "subtopic": "slow"}
ESCALATION = {"type": "escalation", "audience": "internal", "requester": "benedikt@desk.example"}
PROJECT = DivisionTable.model_validate(
    {
        "name": "project",
        "teams": ["network"],
        "activities": ["On-site visit", "Remote session"],
        "status": [
            {"name": "accepted", "category": "open", "next": ["Implementation Phase 2", "Awaiting Client"]},
            {"name": "Implementation Phase 2", "category": "open", "next": ["Awaiting Client", "resolved"]},
            {"name": "Awaiting Client", "category": "waiting", "next": ["Implementation Phase 2"]},
        ],
        "priority": [{"number": 1, "label": "Blocker"}, {"number": 3, "label": "Normal"}],
        "subtype": [{"name": "Change Request"}, {"name": "Project Blocker", "needs": ["estimate"]}],
    }
)
MANAGED = DivisionTable.model_validate(
    {
        "name": "managed",
        "teams": ["billing"],
        "status": [{"name": "On watch", "category": "waiting", "next": ["resolved"]}],
    }
)


@pytest.fixture(scope="module")
def divided(desk: Desk) -> Desk:
    """The demo desk with two divisions."""
    return replace(desk, divisions=divisions([PROJECT, MANAGED]))


def asked(
    desk: Desk, ticket: Ticket, text: str, actor: str = "dominique", known: Known | None = None
) -> Plan | Refused:
    block = commands(text)
    assert block.commands, text
    agent = desk.agent_named(actor)
    assert agent is not None
    return plan(block.commands, ticket, desk, agent, NOW, known or Snapshot())


def done(desk: Desk, ticket: Ticket, text: str, actor: str = "dominique") -> Ticket:
    found = asked(desk, ticket, text, actor)
    assert isinstance(found, Plan), found
    return found.ticket


def refused(desk: Desk, ticket: Ticket, text: str, actor: str = "dominique") -> Refused:
    found = asked(desk, ticket, text, actor)
    assert isinstance(found, Refused), found
    return found
