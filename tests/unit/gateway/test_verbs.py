"""The verbs: each where it is legal, where it is not, with its nearest form; all of a mail or none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.rules.desk import Desk
from gateway.rules.verbs import VERBS, Plan, Refused, may_act, plan, usages
from parsing.command import commands
from store.records import Status, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DONE = {"status": Status.RESOLVED, "resolved_at": NOW, "outcome": "rebuilt"}


def planned(desk: Desk, ticket: Ticket, text: str, actor: str = "dominique") -> Plan | Refused:
    block = commands(text)
    assert block.commands, text
    agent = desk.agent_named(actor)
    assert agent is not None
    return plan(block.commands, ticket, desk, agent, NOW)


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("#accept", {}, {"status": Status.ACCEPTED}),
        ("#start", {}, {"status": Status.IN_PROGRESS, "assignee": "dominique"}),
        ("#start", {"assignee": "anastasia"}, {"status": Status.IN_PROGRESS, "assignee": "anastasia"}),
        ("#resolve it was the index", {}, {"status": Status.RESOLVED, "outcome": "it was the index"}),
        ("#resolve x", {}, {"resolved_at": NOW}),
        ("#close", DONE, {"status": Status.CLOSED, "outcome": "rebuilt"}),
        ("#reopen", DONE, {"status": Status.ACCEPTED, "outcome": "", "resolved_at": None}),
        ("#reopen", {**DONE, "assignee": "anastasia"}, {"status": Status.IN_PROGRESS}),
        ("#reopen", {"status": Status.CLOSED}, {"status": Status.ACCEPTED}),
        ("#assign anastasia", {}, {"assignee": "anastasia"}),
        ("#assign @Anastasia", {}, {"assignee": "anastasia"}),
        ("#assign anastasia@desk.example", {}, {"assignee": "anastasia"}),
        ("#assign dominique", {}, {"assignee": "dominique"}),
        ("#team network", {"assignee": "anastasia"}, {"team": "network", "assignee": ""}),
        ("#priority 1", {}, {"priority": 1, "priority_reason": "set by dominique"}),
        ("#priority 2 because 25 users wait", {}, {"priority": 2, "priority_reason": "25 users wait"}),
        ("#tag +Search -old", {"tags": ("old",)}, {"tags": ("search",)}),
        ("#tag +a +a -b", {}, {"tags": ("a",)}),
        ("#note", {}, {"status": Status.NEW}),
        ("#help", {}, {"status": Status.NEW}),
        ("#team network\n#assign benedikt\n#start", {}, {"team": "network", "assignee": "benedikt"}),
        ("#resolve x\n#close", {}, {"status": Status.CLOSED, "outcome": "x"}),
        ("\u200b#accept\u00a0", {}, {"status": Status.ACCEPTED}),
        ("！accept", {}, {"status": Status.ACCEPTED}),
    ],
)  # fmt: skip
def test_legal(
    desk: Desk, ticket: Callable[..., Ticket], text: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    found = planned(desk, ticket(**before), text)
    assert isinstance(found, Plan), found
    assert {name: getattr(found.ticket, name) for name in after} == after
    assert len(found.done) == len(text.splitlines())


@pytest.mark.parametrize(
    ("text", "before", "reason", "nearest"),
    [
        ("#accept", {"status": Status.IN_PROGRESS}, "in_progress already", "#accept"),
        ("#start", DONE, "is resolved", "#reopen"),
        ("#resolve", {}, "say what the outcome was", "#resolve OUTCOME"),
        ("#resolve x", DONE, "resolved already", "#reopen"),
        ("#close", {}, "only a resolved ticket", "#resolve OUTCOME"),
        ("#close", {"status": Status.CLOSED}, "closed already", "#reopen"),
        ("#reopen", {}, "it is open", "#reopen"),
        ("#assign", {}, "say whom", "#assign PERSON"),
        ("#assign anastasja", {}, "there is no agent anastasja", "#assign anastasia"),
        ("#assign benedikt", {}, "not of team frontline", "#team network"),
        ("#assign samantha", {}, "there is no agent samantha", ""),
        ("#assign mirabelle", {}, "there is no agent", ""),
        ("#team netwrk", {}, "there is no team netwrk", "#team network"),
        ("#team", {}, "none named", "#team TEAM"),
        ("#priority 0", {}, "from 1", "#priority N"),
        ("#priority high", {}, "from 1", "#priority N"),
        ("#priority 11", {}, "from 1", "#priority N"),
        ("#tag search", {}, "write + before", "#tag +X -Y"),
        ("#tag", {}, "write + before", "#tag +X -Y"),
        ("#tag +" + "x" * 50, {}, "write + before", "#tag +X -Y"),
        ("#resolv x", {}, "there is no verb resolv", "#resolve OUTCOME"),
        ("#asign anastasia", {}, "there is no verb asign", "#assign PERSON"),
        ("#zzz", {}, "there is no verb zzz", "#help"),
        ("#note\n#zzz", {}, "there is no verb zzz", "#help"),
    ],
)
def test_illegal(
    desk: Desk, ticket: Callable[..., Ticket], text: str, before: dict[str, Any], reason: str, nearest: str
) -> None:
    found = planned(desk, ticket(**before), text)
    assert isinstance(found, Refused), found
    assert reason in found.reason
    assert nearest in found.nearest
    assert found.nearest or not nearest


def test_one_wrong_verb_refuses_all(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(), "#accept\n#tag +x\n#close")
    assert isinstance(found, Refused)
    assert found.reason.startswith("#close")


def test_events_say_from_and_to(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(), "#accept\n#priority 1 because loud\n#note\n#help")
    assert isinstance(found, Plan)
    assert [item.event for item in found.done] == ["status-changed", "priority-changed", "", ""]
    assert found.done[0].detail == {"from": "new", "to": "accepted"}
    assert (found.internal, found.wants_help) == (True, True)


def test_every_verb_is_in_the_help() -> None:
    assert [line.split(" ")[0].rstrip(" —") for line in usages()] == [f"#{name}" for name in VERBS]
    assert all(name == verb.name and verb.usage.startswith(f"#{name}") for name, verb in VERBS.items())


@pytest.mark.parametrize(
    ("name", "team", "may"),
    [
        ("anastasia", "frontline", True),
        ("anastasia", "network", False),
        ("benedikt", "network", True),
        ("charlotte", "billing", True),
        ("dominique", "network", True),
        ("samantha", "frontline", False),
        ("mirabelle", "frontline", False),
    ],
)
def test_who_may_act(desk: Desk, ticket: Callable[..., Ticket], name: str, team: str, may: bool) -> None:
    agent = desk.agent_named(name)
    assert agent is not None
    assert may_act(agent, ticket(team=team)) is may
