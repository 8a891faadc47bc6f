"""Workflows and the verbs that move a ticket, dates, four eyes, outcomes (`ops` R21, R22, R24-R26, R30, R31, R34, R37,
R39, X6, X8), by rules.

What stands beside the status is in `test_fields.py`, divisions in `test_divisions.py`, retyping in `test_retyping.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.rules import change, clocks, workflow
from gateway.rules.desk import Desk
from gateway.rules.policy.workflow import TYPES
from gateway.rules.staff import Said, consequences
from gateway.rules.verbs import Plan
from gateway.rules.verbs.moves import duration
from store.records import CATEGORIES, AddEvent, ChangeTicket, ClosedAs, Person, SetTimer, Status, Ticket, Trust
from tests.unit.gateway.workflows import ESCALATION, NOW, SORTED, asked, done, refused

CHAIN = ("new", "accepted", "scheduled", "in_progress", "awaiting_review", "resolved")


# The workflows


def test_r21_a_support_ticket_goes_through_six_statuses(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    assert TYPES["support"].names == (*CHAIN, "closed")
    moving, seen = ticket(**SORTED), ["new"]
    for verb in ("#accept", "#schedule fri est 4h", "#start", "#review", "#resolve rebuilt", "#close"):
        moving = done(desk, moving, verb)
        seen.append(moving.status)
    assert seen == [*CHAIN, "closed"]
    assert (moving.assignee, moving.estimate, moving.outcome) == ("dominique", 240, "rebuilt")


def test_r21_an_illegal_jump_is_refused_with_the_legal_ones(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = refused(desk, ticket(**SORTED), "#resolve rebuilt")
    assert "a support ticket that is new cannot become resolved" in found.reason
    assert "accepted, in progress" in found.reason
    assert found.nearest == "#accept, #start"


def test_r22_a_question_has_three_statuses_and_is_never_scheduled(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    assert TYPES["question"].names == ("new", "accepted", "resolved", "closed")
    question = ticket(type="question", topic="Usage")
    assert "cannot become scheduled" in refused(desk, question, "#schedule fri").reason
    assert (
        "estimate is a field only on support tickets, escalations" in refused(desk, question, "#set estimate 2h").reason
    )
    assert done(desk, question, "#accept\n#resolve it is under Settings").status == "resolved"


def test_r26_an_escalation_needs_its_parts_by_name(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**ESCALATION)
    found = refused(desk, one, "#accept")
    assert "before it is accepted it needs: kinds, action taken" in found.reason
    assert found.nearest == "#kind scope, delay, quality or relationship, #set action_taken TEXT"
    one = done(desk, one, "#kind scope, delivery delay\n#set action taken: we called them\n#accept")
    assert one.facts["kinds"] == "scope, delay"
    assert "it needs: plan" in refused(desk, one, "#start").reason
    one = done(desk, one, "#set plan two engineers for a week\n#start")
    assert "it needs: lessons" in refused(desk, one, "#resolve they stay").reason
    assert "say what the outcome was" in refused(desk, one, "#set lessons ask earlier\n#resolve").reason
    assert done(desk, one, "#set lessons ask earlier\n#resolve they stay").status == "resolved"


def test_r24_an_escalation_has_one_or_more_kinds(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**ESCALATION)
    assert done(desk, one, "#kind complaint, quality, quality").facts["kinds"] == "relationship, quality"
    found = refused(desk, one, "#kind scope, dela")
    assert "there is no kind dela; known: scope, delay, quality, relationship" in found.reason
    assert found.nearest == "#kind delay"


def test_r25_action_taken_comes_before_accepted(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**ESCALATION, facts={"kinds": "scope"})
    assert refused(desk, one, "#accept").nearest == "#set action_taken TEXT"
    assert done(desk, one, "#set action_taken called\n#accept").status == "accepted"


def test_r30_a_field_is_refused_on_another_type(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    assert "kind is a field only on escalations" in refused(desk, ticket(), "#kind scope").reason
    assert "plan is a field only on escalations" in refused(desk, ticket(), "#set plan this").reason
    assert (
        "audience is a field only on support tickets, questions"
        in refused(desk, ticket(**ESCALATION), "#set audience customer").reason
    )
    found = refused(desk, ticket(**ESCALATION), "#set lesons ask earlier")
    assert "there is no field lesons" in found.reason
    assert found.nearest == "#set lessons TEXT"


def test_r37_every_type_keeps_to_its_own_workflow(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    """No status of one is entered by another, whatever is asked."""
    for kind, flow in TYPES.items():
        one = ticket(type=kind, **SORTED)
        for status in {name for other in TYPES.values() for name in other.names} - {"new"}:
            barred = workflow.barred(one, status, desk)
            assert (barred is None) <= (status in flow.state("new").next)  # type: ignore[union-attr]


def test_x6_every_status_has_a_category() -> None:
    for flow in TYPES.values():
        assert all(state.category in CATEGORIES for state in flow.states)
        assert {state.name for state in flow.states if state.category == "done"} == {"resolved", "closed"}


def test_the_topic_is_there_before_work_begins(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    found = refused(desk, ticket(), "#accept\n#start")
    assert "before it is in progress it needs: topic" in found.reason
    assert found.nearest == "#topic TOPIC"


# Dates and time


@pytest.mark.parametrize(
    ("said", "at", "minutes"),
    [
        ("2026-12-01", "2026-12-01T08:00", 0),
        ("1.12.2026 14:00", "2026-12-01T13:00", 0),
        ("tomorrow", "2026-11-24T08:00", 0),
        ("fri 14:00 est 1h30", "2026-11-27T13:00", 90),
        ("fri est:45m", "2026-11-27T08:00", 45),
    ],
)
def test_a_ticket_is_scheduled_in_the_desks_zone(
    desk: Desk, ticket: Callable[..., Ticket], said: str, at: str, minutes: int
) -> None:
    one = ticket(**SORTED, status="accepted")
    found = done(desk, one, f"#schedule {said}")
    due = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (found.status, found.scheduled_for, found.estimate) == ("scheduled", due, minutes)
    effects = change.changed(one, found, [AddEvent(ticket=1001, kind="x", actor="y")], desk, NOW)
    assert [effect.due_at for effect in effects if isinstance(effect, SetTimer) and effect.kind == "start"] == [due]
    again = done(desk, found, "#schedule 2026-12-03")
    assert (again.status, again.estimate) == ("scheduled", minutes)
    assert done(desk, found, "#start").scheduled_for is None


@pytest.mark.parametrize("said", ["yesterday", "2026-11-01", "", "fri est soon", "32.13.2026"])
def test_a_date_that_is_none_is_refused(desk: Desk, ticket: Callable[..., Ticket], said: str) -> None:
    assert refused(desk, ticket(**SORTED, status="accepted"), f"#schedule {said}").nearest


def test_r31_time_is_logged_by_activity(desk: Desk, ticket: Callable[..., Ticket], divided: Desk) -> None:
    found = asked(desk, ticket(), "#log 45m\n#log 1h30 type work")
    assert isinstance(found, Plan)
    assert found.ticket.logged == 135
    assert [item.detail for item in found.done] == [
        {"minutes": 45, "type": "work", "by": "dominique"},
        {"minutes": 90, "type": "work", "by": "dominique"},
    ]
    assert "there is no activity travel" in refused(desk, ticket(), "#log 1h type travel").reason
    for nonsense in ("", "soon", "25h", "-5m"):
        assert refused(desk, ticket(), f"#log {nonsense}").nearest


def test_r34_a_division_has_its_own_activities(divided: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(team="network", division="project")
    found = asked(divided, one, "#log 2h type:remote-session")
    assert isinstance(found, Plan)
    assert found.done[0].detail == {"minutes": 120, "type": "remote-session", "by": "dominique"}
    capital = asked(divided, one, "#log 2h Type Remote session")
    assert isinstance(capital, Plan), capital
    assert capital.done[0].detail["type"] == "remote-session"
    wrong = refused(divided, one, "#log 2h type remote")
    assert "activities: on-site-visit, remote-session" in wrong.reason
    assert wrong.nearest == "#log 2h type remote-session"


def test_minutes_as_people_say_them() -> None:
    assert [duration(minutes) for minutes in (0, 45, 60, 90)] == ["0 min", "45 min", "1 h", "1 h 30 min"]


# Four eyes


def test_r31_nobody_verifies_their_own_work_with_four_eyes(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    one = done(strict, ticket(**SORTED), "#start\n#review", "anastasia")
    own = refused(strict, one, "#verify", "anastasia")
    assert "anastasia worked on it" in own.reason
    assert own.nearest == "ask dominique"
    early = refused(strict, one, "#resolve rebuilt", "anastasia")
    assert "it needs: verification" in early.reason
    verified = done(strict, one, "#verify")
    assert verified.verified_by == "dominique"
    assert done(strict, verified, "#resolve rebuilt", "anastasia").status == "resolved"
    assert done(strict, verified, "#start").verified_by == ""
    assert done(desk, one, "#verify\n#resolve rebuilt", "anastasia").verified_by == "anastasia"


def test_r31_whoever_worked_earlier_is_no_second_pair_of_eyes(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    one = done(strict, ticket(**SORTED), "#start", "anastasia")
    one = replace(done(strict, one, "#review"), assignee="")
    assert "worked on it" in refused(strict, one, "#verify", "anastasia").reason
    assert "worked on it" in refused(strict, one, "#verify").reason


def test_r31_time_and_answers_are_work(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    logged = done(strict, ticket(topic="Outage"), "#assign anastasia\n#start", "anastasia")
    logged = done(strict, done(strict, logged, "#log 4h", "dominique"), "#review", "anastasia")
    assert "four eyes" in refused(strict, logged, "#verify", "dominique").reason
    before = ticket(assignee="anastasia", status="in_progress", topic="Outage")
    answered = Said(
        before=before, agent=desk.agents["dominique@desk.example"], plan=Plan(ticket=before, done=()), words="We look.",
        internal=False, occasion="1", now=NOW, requester=Person(address="nora@northwind.example"), recent=[],
        trust=Trust.A,
    )  # fmt: skip
    effects, _ = consequences(answered, strict, lambda: "<m@desk.example>")
    changes = next(one.changes for one in effects if isinstance(one, ChangeTicket))
    assert changes["facts"][workflow.WORKED_BY] == "dominique"


@pytest.mark.parametrize(("silent", "state"), [(False, "met"), (True, "none")])
def test_m1_that_it_is_resolved_answers_who_learns_of_it(
    desk: Desk, ticket: Callable[..., Ticket], silent: bool, state: str
) -> None:
    before = clocks.opened(ticket(**SORTED, status="in_progress", assignee="anastasia", created_at=NOW), desk, NOW)
    planned = asked(desk, before, "#resolve rebuilt", "anastasia")
    assert isinstance(planned, Plan)
    said = Said(
        before=before, agent=desk.agents["anastasia@desk.example"], plan=planned, words="", internal=silent,
        occasion="1", now=NOW, requester=Person(address="nora@northwind.example"), recent=[], trust=Trust.A,
    )  # fmt: skip
    effects, _ = consequences(said, desk, lambda: "<m@desk.example>")
    done_ = change.became(before, effects)
    first = done_.clock("first_response")
    assert first is not None
    assert (first.state, done_.answered_at) == (state, None if silent else NOW)


def test_r31_work_after_a_verification_clears_it(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    one = done(strict, ticket(topic="Outage"), "#assign anastasia\n#start\n#review", "anastasia")
    verified = done(strict, one, "#verify")
    assert verified.verified_by == "dominique"
    plan_ = asked(strict, verified, "#log 45m", "anastasia")
    assert isinstance(plan_, Plan)
    assert "needs #verify again" in plan_.done[0].after
    assert "verification" in refused(strict, plan_.ticket, "#resolve so", "anastasia").reason
    assert done(strict, verified, "#resolve so", "anastasia").status == "resolved"


def test_r31_a_retyped_ticket_knows_who_worked(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    strict = replace(desk, four_eyes=True)
    worked = done(strict, ticket(topic="Outage"), "#assign anastasia\n#start\n#review", "anastasia")
    became = asked(strict, worked, "#retype question")
    assert isinstance(became, Plan)
    assert became.anew is not None
    assert "question tickets have no review" in became.done[0].after
    assert workflow.workers(became.anew) == ("anastasia",)
    back = asked(strict, became.anew, "#retype support")
    assert isinstance(back, Plan)
    assert back.anew is not None
    again = done(strict, replace(back.anew, assignee="dominique"), "#start\n#review")
    assert "four eyes" in refused(strict, again, "#verify", "anastasia").reason


def test_a_question_asks_for_no_second_pair_of_eyes(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(type="question", topic="Usage")
    assert done(replace(desk, four_eyes=True), one, "#accept\n#resolve so").status == "resolved"


# Outcome


def test_r39_a_ticket_is_resolved_with_outcome_and_root_cause(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, status="in_progress", assignee="anastasia")
    assert "say what the outcome was" in refused(desk, one, "#resolve").reason
    assert done(desk, one, "#resolve rebuilt").root_cause == "Performance/slow"
    named = done(desk, one, "#resolve root access/login: the password was old")
    assert (named.root_cause, named.outcome) == ("Access/login", "the password was old")
    words = done(desk, one, "#resolve root certificate renewed")
    assert (words.root_cause, words.outcome) == ("Performance/slow", "root certificate renewed")
    assert refused(desk, one, "#resolve root Acces it was old").nearest == "#resolve root Access OUTCOME"
    assert "say what" in refused(desk, one, "#resolve root Access").reason
    assert done(desk, one, "#set root_cause Outage/network\n#resolve up again").root_cause == "Outage/network"


def test_r39_reopening_counts_and_forgets_the_outcome(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = done(desk, ticket(**SORTED, status="in_progress", assignee="anastasia"), "#resolve rebuilt")
    again = done(desk, one, "#reopen")
    assert (again.status, again.reopened, again.outcome, again.root_cause) == ("in_progress", 1, "", "")
    assert again.resolved_at is None


def test_x8_a_resolved_ticket_waits_before_it_is_closed(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    one = ticket(**SORTED, status="in_progress", assignee="anastasia")
    resolved = done(desk, one, "#resolve rebuilt")
    effects = change.changed(one, resolved, [AddEvent(ticket=1001, kind="x", actor="y")], desk, NOW)
    assert [e.due_at for e in effects if isinstance(e, SetTimer) and e.kind == "close"] == [NOW + timedelta(days=14)]
    for why in ClosedAs:
        assert workflow.ended(one, why, desk, NOW).status == Status.CLOSED
