"""The verbs: each where it is legal, where it is not, with its nearest form; all of a mail or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.rules.desk import Desk
from gateway.rules.verbs import VERBS, Plan, Refused, looks, may_act, plan, usages
from parsing.command import commands
from store.records import Status, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DONE = {"status": Status.RESOLVED, "resolved_at": NOW, "outcome": "rebuilt"}
SORTED = {"topic": "Performance", "subtopic": "slow"}
WORKED = {**SORTED, "status": Status.IN_PROGRESS, "assignee": "anastasia"}


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
        ("#start", SORTED, {"status": Status.IN_PROGRESS, "assignee": "dominique"}),
        ("#start", {**SORTED, "assignee": "anastasia"}, {"status": Status.IN_PROGRESS, "assignee": "anastasia"}),
        ("#resolve it was the index", WORKED, {"status": Status.RESOLVED, "outcome": "it was the index"}),
        ("#resolve x", WORKED, {"resolved_at": NOW}),
        ("#close", DONE, {"status": Status.CLOSED, "outcome": "rebuilt"}),
        ("#reopen", DONE, {"status": Status.ACCEPTED, "outcome": "", "resolved_at": None}),
        ("#reopen", {**DONE, "assignee": "anastasia"}, {"status": Status.IN_PROGRESS}),
        ("#reopen", {"status": Status.CLOSED}, {"status": Status.ACCEPTED}),
        ("#assign anastasia", {}, {"assignee": "anastasia"}),
        ("#assign @Anastasia", {}, {"assignee": "anastasia"}),
        ("#assign anastasia@desk.example", {}, {"assignee": "anastasia"}),
        ("#assign dominique", {}, {"assignee": "dominique"}),
        ("#team network", {"assignee": "anastasia", "next_action": "look"}, {"team": "network", "assignee": ""}),
        ("#priority 1", {}, {"priority": 1, "priority_reason": "set by dominique"}),
        ("#priority 2 because 25 users wait", {}, {"priority": 2, "priority_reason": "25 users wait"}),
        ("#tag +Search -old", {"tags": ("old",)}, {"tags": ("search",)}),
        ("#tag +a +a -b", {}, {"tags": ("a",)}),
        ("#note", {}, {"status": Status.NEW}),
        ("#help", {}, {"status": Status.NEW}),
        ("#todo look\n#team network\n#assign benedikt\n#start", SORTED, {"team": "network", "assignee": "benedikt"}),
        ("#resolve x\n#close", WORKED, {"status": Status.CLOSED, "outcome": "x"}),
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
        ("#accept", {"status": Status.ACCEPTED}, "accepted already", ""),
        ("#start", WORKED, "in progress already", ""),
        ("#take", {"assignee": "dominique"}, "you have it already", ""),
        ("#kind scope", {}, "only on escalations", ""),
        ("#contact n@x.example", {"type": "escalation"}, "contact is a field only", ""),
        ("#start", DONE, "is resolved", "#reopen"),
        ("#resolve", WORKED, "say what the outcome was", "#resolve the index was rebuilt"),
        ("#resolve x", DONE, "resolved already", "#reopen"),
        ("#close", {}, "only a resolved ticket", "#resolve OUTCOME"),
        ("#close", {"status": Status.CLOSED}, "closed already", "#reopen"),
        ("#reopen", {}, "it is open", ""),
        ("#assign anastasia", {"assignee": "anastasia"}, "anastasia has it already", ""),
        ("#assign anastasja", {}, "there is no agent anastasja", "#assign anastasia"),
        ("#assign benedikt", {}, "it needs: next action", "#todo …"),
        ("#team network", {}, "it needs: next action", "#todo …"),
        ("#assign samantha", {}, "there is no agent samantha", "#assign me"),
        ("#assign mirabelle", {}, "there is no agent", "#assign me"),
        ("#team netwrk", {}, "there is no team netwrk", "#team network"),
        ("#team", {}, "say which team: frontline", "#team network"),
        ("#set", {}, "say which field: ", "#set observed the search"),
        ("#log", {}, "say how long: 45m", "#log 45m"),
        ("#topic", {}, "say which topic: Access", "#topic Access/login"),
        ("#topic Foo", {}, "there is no topic Foo", "#topic Access/login"),
        ("#topic other", {}, "there is no topic other", "#topic Access/login"),
        ("#topic Performance/foo", {}, "Performance has no subtopic foo; Performance has: slow", "#topic Access/login"),
        ("#priority 0", {}, "from 1", "#priority 2 because"),
        ("#priority high", {}, "from 1", "#priority 2 because"),
        ("#priority 11", {}, "from 1", "#priority 2 because"),
        ("#tag search", {}, "write + before", "#tag +urgent"),
        ("#tag", {}, "write + before", "#tag +urgent"),
        ("#tag +" + "x" * 50, {}, "write + before", "#tag +urgent"),
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
    assert bool(found.nearest) == bool(nearest)


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


def test_a_team_that_only_helps_is_named_where_giving_away_is_a_leads(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    found = planned(desk, ticket(), "#team network", "anastasia")
    assert isinstance(found, Refused)
    assert (found.reason, found.nearest) == (
        "#team network: only a lead may say #team",
        "#with network, or ask dominique",
    )


def test_whoever_starts_or_resolves_what_nobody_has_owns_it_and_is_told(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    begun = planned(desk, ticket(**SORTED), "#start")
    asked = ticket(**SORTED, type="question", status=Status.ACCEPTED)
    ended = planned(desk, asked, "#resolve it is under Settings", "anastasia")
    assert isinstance(begun, Plan)
    assert isinstance(ended, Plan)
    assert begun.done[0].after == "in progress; owner: nobody → dominique"
    assert (ended.done[0].after, ended.ticket.assignee) == ("resolved; owner: nobody → anastasia", "anastasia")
    mine = planned(desk, ticket(**WORKED), "#resolve x")
    assert isinstance(mine, Plan)
    assert (mine.done[0].after, mine.ticket.assignee) == ("resolved", "anastasia")


def test_none_is_an_answer_and_a_dash_takes_it_away(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    concern = ticket(type="escalation")
    found = planned(desk, concern, "#set evidence none")
    assert isinstance(found, Plan)
    assert (found.ticket.facts["evidence"], found.done[0].after) == ("none", "none")
    gone = planned(desk, found.ticket, "#set evidence -")
    assert isinstance(gone, Plan)
    assert "evidence" not in gone.ticket.facts


def test_four_eyes_ask_for_what_is_still_missing(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    found = planned(strict, ticket(**{**WORKED, "status": Status.AWAITING_REVIEW}), "#resolve x")
    assert isinstance(found, Refused)
    assert found.nearest == "#verify by somebody else"


def test_only_reading_verbs_need_no_team(desk: Desk) -> None:
    mirabelle = desk.agent_named("mirabelle")
    assert mirabelle is not None
    assert looks(commands("#help").commands, mirabelle)
    assert not looks(commands("#help\n#take").commands, mirabelle)
    assert not looks((), mirabelle)


def test_where_no_tier_is_higher_others_may_work_along(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    flat = replace(desk, teams={name: replace(team, tier=1) for name, team in desk.teams.items()})
    found = planned(flat, ticket(), "#escalate because it burns")
    assert isinstance(found, Refused)
    assert found.reason.endswith("there is no higher tier")
    assert "#with network" in found.nearest
    back = planned(desk, ticket(helpers=("network",)), "#deescalate because calm")
    assert isinstance(back, Refused)
    assert back.nearest == "#with -network"
    nowhere = planned(flat, ticket(), "#deescalate because calm")
    assert isinstance(nowhere, Refused)
    assert nowhere.nearest == ""


def test_a_verb_without_words_takes_none(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = planned(desk, ticket(**DONE), "#close now")
    assert isinstance(found, Refused)
    assert (found.reason, found.nearest) == ("#close takes no words: now", "#close, and words below the verbs")
    assert isinstance(planned(desk, ticket(**DONE), "#help close"), Plan)
    bare = planned(desk, ticket(**DONE), "#close")
    assert isinstance(bare, Plan)
    assert bare.done[0].after == "closed"


@pytest.mark.parametrize(
    ("text", "of", "reason", "nearest"),
    [
        ("#end", {}, "#end ends the verbs; there is nothing above or below it", "#help"),
        ("#retype", {}, "#retype: say which type: question, escalation", "#retype question"),
        ("#set", {}, "", "#set observed the search takes 30 s"),
        ("#set observed", {}, "", "#set observed the search takes 30 s"),
        ("#with", {}, "", "#with network"),
        ("#resolve", WORKED, "#resolve: say what the outcome was", "#resolve the index was rebuilt"),
        ("#blocked x", {}, "#blocked x: say by what: ", "#blocked vendor"),
        ("#wait x", {}, "#wait x: say for whom: ", "#wait customer"),
        ("#snooze off", {}, "#snooze off: the ticket is in the queue already", ""),
        ("#merge", {}, "", "#merge DESK-1042"),
        ("#topic", {}, "", "#topic Access/login"),
    ],
)
def test_what_works_instead_is_an_example(
    desk: Desk, ticket: Callable[..., Ticket], text: str, of: dict[str, str], reason: str, nearest: str
) -> None:
    found = planned(desk, ticket(**of), text)
    assert isinstance(found, Refused)
    assert found.reason.startswith(reason)
    assert found.nearest == nearest


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("#topic performance/slow", "", "is Performance/slow already"),
        ("#log 45m", "", "45 min on work, 45 min in all"),
        ("#note", "", "kept inside"),
        ("#cc paul@northwind.example", "", "paul@northwind.example is copied from now on"),
    ],
)
def test_a_transcript_says_what_is_done_in_words(
    desk: Desk, ticket: Callable[..., Ticket], text: str, before: str, after: str
) -> None:
    found = planned(desk, ticket(**WORKED), text)
    assert isinstance(found, Plan)
    assert (found.done[0].before, found.done[0].after) == (before, after)


def test_help_names_what_is_no_verb_and_hides_what_no_handoff_waits_for(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    lead = desk.agent_named("dominique")
    text = "\n".join(usages(lead, ticket(**WORKED), desk))
    assert "#end — " in text
    assert "#-- TEXT — " in text
    assert "#ack" not in text
    assert "#return" not in text
    places = text.split("\n")
    assert places.index("For a customer") < next(i for i, one in enumerate(places) if one.startswith("#eta"))
    assert "; templates: welcome, reset\n" in text


def test_what_is_lacking_and_said_below_is_to_be_said_above(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    for line in ("#handoff network", "#team network"):
        found = planned(desk, ticket(**WORKED), f"{line}\n#todo look at the router")
        assert isinstance(found, Refused)
        assert found.nearest.endswith(f"put #todo look at the router above {line}")
        assert "#todo TEXT" not in found.nearest
