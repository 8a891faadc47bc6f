"""Verbs about the mail itself: which ticket, whether anything is done, what is taken back; and what help offers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rules import serving, undoing
from gateway.rules.change import changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import NOTHING
from gateway.rules.speech.rehearsing import unnumbered
from gateway.rules.undoing import Back, Final
from gateway.rules.verbs import VERBS, Errand, Plan, Refused, errand, looking, plan, questions, usages
from gateway.rules.verbs.course import is_shown, of_ticket
from parsing.command import commands
from store.records import Finding, Past, Question, Status, Ticket

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HANDED = {"edge": "x", "to": "frontline", "state": "asked"}
Make = Callable[..., Ticket]


def said(desk: Desk, text: str, ticket: Ticket | None = None, who: str = "dominique", **known: Any) -> Any:
    agent = desk.agent_named(who)
    assert agent is not None
    block = commands(text).commands
    knows = replace(NOTHING, tickets={1001: ticket} if ticket else {}, **known)  # type: ignore[type-var]
    return plan(block, ticket, desk, agent, NOW, knows) if ticket else errand(block, desk, agent, NOW, knows)


def test_on_says_which_ticket(desk: Desk, ticket: Make) -> None:
    for text in ("#on DESK-1001", "#dry-run\n#on [DESK-1001]", "#on 1001", "#on: desk-1001"[:3] + " desk-1001"):
        found = said(desk, f"{text}\n#accept", ticket())
        assert isinstance(found, Plan), found
        assert found.internal, "words at the address for commands stay inside"
        assert of_ticket(commands(text).commands, desk) == 1001


def test_on_names_no_ticket_that_its_author_may_not_see(desk: Desk, ticket: Make) -> None:
    """Of another team's it is said what is said of none: not even its subject is told."""
    theirs = ticket(team="billing", subject="Invoice secret")
    none = said(desk, "#on DESK-1001\n#help", None, "anastasia")
    assert isinstance(none, Refused)
    assert "there is no ticket DESK-1001" in none.reason
    assert said(desk, "#on DESK-1001\n#help", theirs, "anastasia") == none
    assert isinstance(said(desk, "#on DESK-1001\n#help", theirs, "dominique"), Plan), "a lead sees everything"
    merged = {1001: theirs, 1002: ticket(ref=1002)}
    assert not is_shown(1002, asks(desk), merged, {1002: 1001}), "nor what its own became"
    assert is_shown(1002, asks(desk), merged, {})


def asks(desk: Desk) -> Agent:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    return agent


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#on DESK-1001\n#on DESK-1001", "one mail is about one ticket"),
        ("#accept\n#on DESK-1001", "it says what the whole mail is about"),
        ("#on DESK-1002\n#accept", "there is no ticket DESK-1002"),
        ("#on", "say which ticket"),
        ("#on nora", "say which ticket"),
        ("#accept\n#undo", "it takes back an earlier mail, not #accept"),
        ("#undo", "has changed nothing on it lately"),
    ],
)
def test_a_block_that_contradicts_itself_is_refused(desk: Desk, ticket: Make, text: str, reason: str) -> None:
    found = said(desk, text, ticket())
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert found.nearest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#accept", "of which ticket?"),
        ("#undo", "of which ticket?"),
        ("#on DESK-1001", "there is no ticket DESK-1001"),
        ("#zzz", "there is no verb zzz"),
    ],
)
def test_an_errand_says_what_it_lacks(desk: Desk, text: str, reason: str) -> None:
    found = said(desk, text)
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_take_beside_other_words_does_not_say_that_nothing_waits(desk: Desk) -> None:
    """The queue was not asked."""
    for text in ("#take\n#mine", "#mine\n#take", "#take"):
        found = said(desk, text, None, "anastasia")
        assert isinstance(found, Refused), text
        assert (found.reason, found.nearest) == (f"#take: {serving.ONLY}", f"#take alone, to {desk.commands_mailbox}")
    mine = Question(kind=serving.NEXT, who="anastasia", number=7)
    asked = said(desk, "#take", None, "anastasia", findings={mine: Finding()})
    assert asked.done[0].after == "nothing waits for anastasia in the queue of frontline"
    others = said(desk, "#take", None, "anastasia", findings={replace(mine, who="dominique"): Finding()})
    assert isinstance(others, Refused)


def test_a_dry_run_is_said_anywhere_in_the_block(desk: Desk, ticket: Make) -> None:
    for text in ("#dry-run\n#accept", "#accept\n#dry-run", "#accept\n#dry-run\n#tag +x", "#retype question\n#dry-run"):
        found = said(desk, text, ticket())
        assert isinstance(found, Plan), found
        assert found.dry
    alone = said(desk, "#help\n#dry-run")
    assert isinstance(alone, Errand)
    assert alone.dry
    assert not said(desk, "#accept", ticket()).dry
    assert unnumbered({"a": ["x \0DESK-NEW-1\0"], "n": 3}) == {"a": ["x a new ticket"], "n": 3}


# Undo


def story(desk: Desk, *steps: tuple[str, str, Ticket, Ticket]) -> tuple[Past, ...]:
    """What the events of these changes leave: (actor, kind, before, after)."""
    told: list[Past] = []
    for number, (actor, kind, before, after) in enumerate(steps):
        was = {n: getattr(before, n) for n in Ticket.__dataclass_fields__ if getattr(before, n) != getattr(after, n)}
        told.append(
            Past(at=NOW + timedelta(minutes=number), actor=actor, kind=kind, occasion=f"mail:{number}", was=was)
        )
    return tuple(told)


def test_undo_takes_back_the_last_change_and_nothing_else(desk: Desk, ticket: Make) -> None:
    new = ticket()
    accepted = replace(new, status="accepted", updated_at=NOW)
    urgent = replace(accepted, priority=1, priority_reason="loud", overridden=True, tags=("loud",))
    past = story(desk, ("anastasia", "status-changed", new, accepted), ("anastasia", "tagged", accepted, urgent))
    back = undoing.last(urgent, "anastasia", past, desk)
    assert isinstance(back, Back)
    found = undoing.taken_back(urgent, back, NOW)
    assert (found.priority, found.tags, found.status, found.overridden) == (3, (), "accepted", False)
    again = (*past, Past(at=NOW, actor="anastasia", kind="undone", occasion="mail:9", was={"priority": 1}))
    twice = undoing.last(found, "anastasia", again, desk)
    assert isinstance(twice, Final)
    assert "taken back already" in twice.reason


def test_undo_of_a_wait_lets_the_clocks_run_again(desk: Desk, ticket: Make) -> None:
    """What follows from the fields follows as always."""
    working = ticket(status=Status.IN_PROGRESS, topic="Performance", assignee="anastasia")
    waiting = replace(working, waiting_on="customer")
    back = undoing.last(waiting, "anastasia", story(desk, ("anastasia", "waiting", working, waiting)), desk)
    assert isinstance(back, Back)
    effects = changed(waiting, undoing.taken_back(waiting, back, NOW), [], desk, NOW)
    assert effects
    assert undoing.taken_back(waiting, back, NOW).waiting_on == ""


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("answered", "the customer has your words"),
        ("merged", "it was merged"),
        ("retyped", "it was retyped"),
        ("split", "a part of it is a ticket of its own"),
        ("took-in", "another ticket became part of it"),
        ("clock-changed", "another time is promised"),
    ],
)
def test_undo_is_refused_where_nothing_comes_back(desk: Desk, ticket: Make, kind: str, reason: str) -> None:
    new, urgent = ticket(), ticket(priority=1)
    found = undoing.last(urgent, "anastasia", story(desk, ("anastasia", kind, new, urgent)), desk)
    assert isinstance(found, Final)
    assert reason in found.reason
    assert found.nearest


def test_undo_is_refused_where_others_built_on_it_or_somebody_outside_was_told(desk: Desk, ticket: Make) -> None:
    new, urgent = ticket(), ticket(priority=1)
    lower, tagged = replace(urgent, priority=4), replace(urgent, tags=("x",))
    mine = ("anastasia", "priority-changed", new, urgent)
    theirs = undoing.last(lower, "anastasia", story(desk, mine, ("dominique", "priority-changed", urgent, lower)), desk)
    assert isinstance(theirs, Final)
    assert theirs.reason == "dominique has changed it since: priority"
    beside = undoing.last(tagged, "anastasia", story(desk, mine, ("dominique", "tagged", urgent, tagged)), desk)
    assert isinstance(beside, Back), "another field is nobody's loss"
    customers = replace(urgent, updated_at=NOW, unheeded=1)
    heard = story(desk, mine, ("nora@northwind.example", "replied", urgent, customers))
    assert isinstance(undoing.last(customers, "anastasia", heard, desk), Back)
    (sent,) = story(desk, mine)
    inside = undoing.last(urgent, "anastasia", (replace(sent, sent=("dominique@desk.example",)),), desk)
    assert isinstance(inside, Back)
    outside = undoing.last(urgent, "anastasia", (replace(sent, sent=("nora@northwind.example",)),), desk)
    assert isinstance(outside, Final)
    assert outside.reason == "a mail about it went to nora@northwind.example"
    handed = Past(at=NOW, actor="anastasia", kind="handed", occasion="mail:1", was={"handoff": {}, "team": "network"})
    gone = undoing.last(urgent, "anastasia", (handed,), desk)
    assert isinstance(gone, Final)
    assert gone.nearest.startswith("#return")


def test_undo_takes_all_that_one_mail_did_even_what_followed(desk: Desk, ticket: Make) -> None:
    """Events of others on the same occasion (the router, the clocks) go with it."""
    first = Past(at=NOW, actor="anastasia", kind="status-changed", occasion="mail:1", was={"status": "new"})
    second = Past(at=NOW, actor="system", kind="assigned", occasion="mail:1", was={"assignee": ""})
    found = undoing.last(ticket(status="accepted", assignee="anastasia"), "anastasia", (first, second), desk)
    assert isinstance(found, Back)
    assert dict(found.was) == {"status": "new", "assignee": ""}
    assert found.kinds == ("status-changed",)


@pytest.mark.parametrize(
    ("kind", "reason", "nearest"),
    [
        ("copied", "your last change is who is copied", "#cc -ADDRESS"),
        ("linked", "your last change is a link, and it stays", "say what came before it"),
        ("reminder-set", "your last change is a reminder, and it stays", "say what came before it"),
    ],
)
def test_undo_takes_back_nothing_older_than_the_last_change(
    desk: Desk, ticket: Make, kind: str, reason: str, nearest: str
) -> None:
    new, urgent = ticket(), ticket(priority=1)
    step = ("anastasia", "priority-changed", new, urgent)
    found = undoing.last(urgent, "anastasia", story(desk, step, ("anastasia", kind, urgent, urgent)), desk)
    assert isinstance(found, Final)
    assert found.reason == reason
    assert nearest in found.nearest
    for actor, silent in (("anastasia", "noted"), ("dominique", kind)):
        past = story(desk, step, (actor, silent, urgent, urgent))
        assert isinstance(undoing.last(urgent, "anastasia", past, desk), Back), "a note, or somebody else's"
    (one,) = story(desk, step)
    both = undoing.last(urgent, "anastasia", (one, replace(one, kind=kind, was={})), desk)
    assert isinstance(both, Back), "of one mail the fields come back"
    assert "stays" in both.stays or kind == "copied"


# Help


def verbs(lines: list[str]) -> set[str]:
    return {line.split()[0][1:] for line in lines if line.startswith("#")}


def helped(desk: Desk, who: str, ticket: Ticket | None) -> set[str]:
    agent = desk.agent_named(who)
    assert agent is not None
    return verbs(usages(agent, ticket, desk))


def test_help_offers_what_the_role_allows(desk: Desk, ticket: Make) -> None:
    mine = ticket()
    assert {"team", "sla"} <= helped(desk, "dominique", mine)
    assert not {"team", "sla"} & helped(desk, "anastasia", mine)
    for who in ("mirabelle", "samantha", "benedikt"):
        found = helped(desk, who, mine)
        assert "help" in found
        assert not {"accept", "assign", "note", "priority", "undo"} & found, who
    assert {"accept", "assign", "note", "priority", "undo"} <= helped(desk, "anastasia", mine)


@pytest.mark.parametrize(
    ("changes", "there", "missing"),
    [
        ({}, {"accept", "start", "retype"}, {"close", "reopen", "verify", "review", "resolve", "kind", "deescalate"}),
        ({"status": Status.ACCEPTED}, {"schedule", "start"}, {"accept", "resolve"}),
        ({"status": Status.IN_PROGRESS}, {"review", "resolve", "accept"}, {"start", "close", "verify"}),
        ({"status": Status.AWAITING_REVIEW}, {"verify", "resolve"}, {"review", "close"}),
        ({"status": Status.RESOLVED}, {"close", "reopen"}, {"accept", "start", "resolve", "assign", "retype", "merge"}),
        ({"status": Status.ACCEPTED, "type": "question"}, {"resolve"}, {"schedule", "start", "review"}),
        ({"type": "escalation", "audience": "internal"}, {"kind"}, {"contact", "retype"}),
        ({"escalated_at": NOW}, {"deescalate"}, set()),
    ],
)
def test_help_offers_the_moves_that_are_legal(
    desk: Desk, ticket: Make, changes: dict[str, Any], there: set[str], missing: set[str]
) -> None:
    found = helped(desk, "dominique", ticket(**changes))
    assert there <= found
    assert not missing & found


def test_help_without_a_ticket_has_only_what_needs_none(desk: Desk, ticket: Make) -> None:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    lines = usages(agent, None, desk)
    assert {"help", "on", "dry-run"} <= verbs(lines)
    assert not {"accept", "undo", "note"} & verbs(lines)
    assert "on" not in helped(desk, "anastasia", ticket())
    assert not lines[0].startswith("#"), "a heading first"
    assert len(lines) <= 35, "one screen"


def test_every_verb_is_offered_to_somebody_somewhere(desk: Desk, ticket: Make) -> None:
    tickets = [None, *(ticket(status=status) for status in Status), ticket(type="escalation"),
               ticket(escalated_at=NOW), ticket(handoff=HANDED),
               ticket(calls={"1": "approval", "2": "assigned"})]  # fmt: skip
    found = {
        verb for one in tickets for who in ("dominique", "mirabelle", "samantha") for verb in helped(desk, who, one)
    }
    assert VERBS.keys() - found <= {"status"}, "a status of its own has only a division"


def test_a_ticket_that_is_named_alone_is_looked_at(desk: Desk, ticket: Make) -> None:
    named, lead = commands("#on DESK-1001").commands, desk.agents["dominique@desk.example"]
    shown = looking(named, bare=True)
    assert [(one.verb, one.args) for one in shown] == [("on", "DESK-1001"), ("show", "DESK-1001")]
    assert looking(named, bare=False) == named
    assert {(one.kind, one.number) for one in questions(named, desk, lead, NOW)} == {("show", 1001)}
    asked = commands("#on DESK-1001\n#accept").commands
    assert looking(asked, bare=True) == asked
    assert not questions(asked, desk, lead, NOW)
