"""The table of rights: every row of DESIGN section 8, for every rung of the ladder."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.rules.rights import RIGHTS, Action, Outcome, judge
from store.records import Trust

YES, ASK, NO = Outcome.ALLOWED, Outcome.CONFIRM, Outcome.REFUSED
LADDER = (Trust.A, Trust.B, Trust.C, Trust.D)


@pytest.mark.parametrize(
    ("action", "role", "outcomes"),
    [
        (Action.LOOK, "agent", (YES, YES, NO, NO)),
        (Action.LOOK, "requester", (YES, YES, NO, NO)),
        (Action.ESCALATE, "agent", (YES, ASK, NO, NO)),
        (Action.ESCALATE, "manager", (YES, ASK, NO, NO)),
        (Action.ESCALATE, "requester", (NO, NO, NO, NO)),
        (Action.SPEAK, "agent", (YES, NO, ASK, NO)),
        (Action.SPEAK, "lead", (YES, NO, ASK, NO)),
        (Action.SPEAK, "manager", (NO, NO, NO, NO)),
        (Action.SPEAK, "requester", (NO, NO, NO, NO)),
        (Action.CALL, "scheduler", (YES, NO, NO, NO)),
        (Action.CALL, "manager", (NO, NO, NO, NO)),
        (Action.DECIDE, "lead", (YES, NO, NO, NO)),
        (Action.DECIDE, "agent", (NO, NO, NO, NO)),
        (Action.OVERSEE, "manager", (YES, YES, NO, NO)),
        (Action.ANSWER, "copied", (YES, YES, YES, NO)),
        (Action.BOOK, "requester", (YES, YES, ASK, NO)),
        (Action.BOOK, "copied", (NO, NO, NO, NO)),
    ],
)
def test_every_rung_of_a_row(action, role, outcomes):
    assert tuple(judge(action, trust, {role}).outcome for trust in LADDER) == outcomes


@pytest.mark.parametrize("action", list(Action))
def test_every_action_has_one_row(action):
    assert [right.action for right in RIGHTS].count(action) == 1


@pytest.mark.parametrize("action", list(Action))
def test_a_confirmation_helps_only_where_the_row_asks_for_one(action):
    for right in RIGHTS:
        if right.action is not action:
            continue
        for trust in LADDER:
            plain, confirmed = (judge(action, trust, right.roles, confirmed=word).outcome for word in (False, True))
            assert confirmed is (YES if plain is ASK else plain)


def test_d_is_enough_for_words_alone():
    assert [right.action for right in RIGHTS if Trust.D in right.least | right.confirmed] == [Action.WRITE]


def test_the_readme_has_every_row_that_is_asked_for():
    """What somebody can do today stands in the README's table, as the table of the rules has it."""
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    for right in RIGHTS:
        levels, _, who = right.row.removeprefix(f"{right.action.value}: ").rpartition("; ")
        assert f"| {right.action.value} | {levels} | {who} |" in readme, right.row


def test_nobody_with_no_role_may_anything():
    assert {judge(action, Trust.A, set()).outcome for action in Action} == {NO}


def test_the_row_is_told_in_words():
    judgement = judge(Action.SPEAK, Trust.C, {"agent"})
    assert judgement.right.row == "public reply, verbs on a ticket: A, or C with a confirmation; agent, lead"
    assert judgement.why == "trust C needs a confirmation"
