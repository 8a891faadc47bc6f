"""The clocks of a ticket, through the one way that changes it: what begins, ends and stops a promise.

What changes a promise that runs stands in `test_clock_changes.py`, who is told of it in `test_clock_warnings.py`, what
people do to it in `test_clock_verbs.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest

from gateway.rules import promises
from gateway.rules.clocks import AGENT, CUSTOMER
from gateway.rules.desk import Desk, Organisation
from gateway.rules.policy.targets import FIRST, NEXT, RESOLUTION, TRIAGE, Target
from store.records import Ticket
from tests.unit.gateway.life import BERLIN, HOUR, MINUTE, MONDAY, SERVICE, Begin, Life, allowed, at

# What begins, and what ends


def test_r76_a_ticket_of_friday_afternoon_is_due_on_monday_at_noon(begin: Begin, house: Desk) -> None:
    life = begin(at(20, 16))
    assert life.clock(FIRST).due == at(23, 12)
    assert life.sleeps(at(23, 11, 59)) == [
        "Mon 11:00 first_response 75: anastasia",
        "Mon 11:36 first_response 90: anastasia",
    ]
    assert life.states()[FIRST] == "running"
    life.sleeps(at(23, 12))
    assert life.states()[FIRST] == "breached"
    shifted = begin(at(20, 16), replace(house, holidays=frozenset({date(2026, 11, 23)})))
    assert shifted.clock(FIRST).due == at(24, 12)


def test_r76_each_clock_runs_from_the_first_second(begin: Begin) -> None:
    life = begin(topic="")
    due = {clock.kind: clock.due for clock in life.ticket.clocks}
    assert due == {FIRST: at(23, 13), RESOLUTION: at(25, 17), TRIAGE: at(23, 11)}
    assert life.ticket.due_at == at(23, 11)
    assert set(begin().states()) == {FIRST, RESOLUTION}


def test_r76_by_priority_type_and_organisation_and_the_first_that_fits_counts(house: Desk, begin: Begin) -> None:
    targets = (
        Target(organisation="Contoso", allowed=allowed(first_response=3)),
        Target(segment="enterprise", calendar="always", allowed=allowed(first_response=2)),
        Target(type="question", allowed=allowed(first_response=5)),
        *SERVICE.targets,
    )
    desk = replace(house, service=replace(SERVICE, targets=targets))
    assert begin(at(20, 16), desk, priority=1).clock(FIRST).due == at(20, 18), "Northwind is looked after by night"
    assert begin(at(20, 16), desk, requester="a@contoso.example").clock(FIRST).due == at(23, 11)
    assert begin(at(20, 16), desk, requester="a@b.example", type="question").clock(FIRST).due == at(23, 13)
    assert begin(at(20, 16), desk, requester="a@b.example", priority=1).clock(FIRST).due == at(20, 17)
    assert begin(at(20, 16), desk, requester="a@b.example").clock(RESOLUTION).due == at(25, 16)


def test_m1_our_answer_to_the_customer_ends_the_first_response_and_a_note_does_not(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), updated_at=at(23, 10))
    assert life.states() == {FIRST: "running", RESOLUTION: "running"}
    life.becomes(at(23, 11), AGENT)
    assert (life.clock(FIRST).ended, life.states()[FIRST]) == (at(23, 11), "met")


def test_m1_a_late_answer_is_a_breach_though_nobody_noted_it(begin: Begin) -> None:
    life = begin().becomes(at(23, 14), AGENT)
    assert life.states()[FIRST] == "breached"
    assert [(e["clock"], e["because"]) for e in life.told("clock-breached")] == [(FIRST, "unassigned")]


def test_m2_the_next_response_counts_from_the_first_words_without_an_answer(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT)
    assert NEXT not in life.states()
    life.becomes(at(23, 11), CUSTOMER).becomes(at(23, 12), CUSTOMER)
    assert (life.clock(NEXT).started, life.clock(NEXT).due) == (at(23, 11), at(23, 15))
    life.becomes(at(23, 13), AGENT)
    assert life.states()[NEXT] == "met"
    life.becomes(at(24, 9), CUSTOMER)
    assert life.clock(NEXT).due == at(24, 13)


def test_sla_the_next_response_never_overrules_a_first_that_is_owed(begin: Begin) -> None:
    """Zammad 5177: a second mail of the customer must not give us more time."""
    life = begin().becomes(at(23, 12), CUSTOMER)
    assert NEXT not in life.states()
    assert life.ticket.response_due == at(23, 13)


def test_sla_our_answer_stops_the_next_response(begin: Begin) -> None:
    """Zammad 3140."""
    life = begin().becomes(at(23, 10), AGENT).becomes(at(23, 11), CUSTOMER).becomes(at(23, 12), AGENT)
    assert life.clock(NEXT).ended == at(23, 12)
    assert life.ticket.response_due is None


def test_m2_resolving_ends_every_clock(begin: Begin) -> None:
    """Chatwoot 10178 let the next response run on."""
    life = begin(topic="").becomes(at(23, 10), AGENT).becomes(at(23, 10), CUSTOMER).resolves(at(23, 11), AGENT)
    assert set(life.states().values()) == {"met"}
    assert (life.ticket.due_at, life.timer) == (None, None)


def test_m1_what_is_resolved_in_silence_has_answered_nobody(begin: Begin) -> None:
    life = begin().resolves(at(23, 11))
    assert life.states() == {FIRST: "none", RESOLUTION: "met"}
    assert (life.ticket.due_at, life.timer, life.told("clock-changed")) == (None, None, [])
    life.opens_again(at(24, 9))
    assert (life.clock(FIRST).state, life.clock(FIRST).due) == ("running", at(24, 11))
    assert life.told("clock-changed") == []
    life.becomes(at(24, 10), CUSTOMER).becomes(at(24, 10, 30), AGENT, answered_at=at(24, 10, 30))
    assert life.states() == {FIRST: "met", RESOLUTION: "running"}, "a first answer that is owed comes first"
    again = life.becomes(at(24, 11), CUSTOMER).resolves(at(24, 12)).opens_again(at(25, 9))
    assert (again.states()[FIRST], again.clock(NEXT).due) == ("met", at(25, 12))


def test_m1_a_late_answer_stays_late_when_it_is_resolved_in_silence(begin: Begin) -> None:
    life = begin().resolves(at(23, 14))
    assert life.states()[FIRST] == "breached"
    life.opens_again(at(24, 9)).becomes(at(24, 10), CUSTOMER)
    assert life.states() == {FIRST: "breached", RESOLUTION: "running"}


@pytest.mark.parametrize("ending", ["spam", "merged", "wrong_type"])
def test_what_was_no_ticket_has_met_no_promise(begin: Begin, ending: str) -> None:
    life = begin().becomes(at(23, 10), status="closed", status_category="done", closed_as=ending)
    assert life.states() == {FIRST: "none", RESOLUTION: "none"}


def test_among_ourselves_who_is_done_has_answered(begin: Begin) -> None:
    life = begin(audience="internal", requester="anastasia@desk.example").resolves(at(23, 11))
    assert life.states() == {FIRST: "met", RESOLUTION: "met"}


def test_reopening_runs_on_with_what_was_left_and_words_want_an_answer(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT).resolves(at(23, 17)).opens_again(at(30, 9), CUSTOMER)
    assert life.clock(RESOLUTION).due == datetime(2026, 12, 1, 17, tzinfo=BERLIN)
    assert (life.clock(NEXT).started, life.clock(NEXT).due) == (at(30, 9), at(30, 13))
    assert life.clock(FIRST).ended == at(23, 10)
    ours = begin().becomes(at(23, 10), AGENT).resolves(at(23, 17)).opens_again(at(30, 9))
    assert NEXT not in ours.states()


def test_what_was_resolved_with_another_priority_comes_back_with_its_promise(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT).resolves(at(23, 12)).becomes(at(23, 13), priority=1)
    assert life.clock(RESOLUTION).ended == at(23, 12)
    life.opens_again(at(24, 9))
    assert life.clock(RESOLUTION).due == at(24, 14)


def test_triage_ends_with_a_topic_and_comes_back_without_one(begin: Begin) -> None:
    life = begin(topic="").becomes(at(23, 10), topic="Access")
    assert life.states()[TRIAGE] == "met"
    life.becomes(at(23, 12), topic="")
    assert life.clock(TRIAGE).due == at(23, 13)


def test_history_has_no_clocks_until_somebody_writes(house: Desk, ticket: Callable[..., Ticket]) -> None:
    life = Life(house, ticket(status="in_progress"))
    life.becomes(at(23, 10), priority=1)
    assert life.states() == {}
    life.becomes(at(23, 11), CUSTOMER)
    assert life.clock(NEXT).due == at(23, 12)


# Waiting


def test_r76_waiting_for_the_customer_is_not_our_time(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT, waiting_on="customer")
    assert life.states() == {FIRST: "met", RESOLUTION: "paused"}
    assert life.sleeps(at(27, 12)) == []
    life.becomes(at(27, 12), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == datetime(2026, 12, 2, 11, tzinfo=BERLIN)


def test_sla_only_the_resolution_stands_still(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), waiting_on="customer")
    assert life.states() == {FIRST: "running", RESOLUTION: "paused"}


def test_sla_waiting_for_others_is_our_time(begin: Begin) -> None:
    """M5: the requester waits whoever it is that we wait for."""
    for waits in ({"waiting_on": "vendor"}, {"waiting_on": "internal"}, {"blocked_on": "scheduling"}):
        assert begin().becomes(at(23, 10), **waits).states()[RESOLUTION] == "running"


def test_a_status_that_waits_stands_still_as_well(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(23, 12), status="in_progress", status_category="open")
    assert life.clock(RESOLUTION).due == at(26, 11)


def test_a_status_that_waits_does_so_until_the_customer_has_written(begin: Begin) -> None:
    life = begin().becomes(at(23, 10), AGENT, status="awaiting_client", status_category="waiting")
    life.becomes(at(24, 10), CUSTOMER)
    assert life.states()[RESOLUTION] == "running", "it is our turn, whatever the status says"
    life.becomes(at(24, 11), AGENT)
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(24, 12), priority=2)
    assert life.states()[RESOLUTION] == "paused", "nothing was said"


@pytest.mark.parametrize("promise", [{"first_response": 4, "next_response": 4}, {"first_response": 4}, {}])
def test_a_status_that_waits_ends_with_words_whatever_else_is_promised(
    house: Desk, begin: Begin, promise: dict[str, float]
) -> None:
    """Also while the first answer is owed, and at a desk that promises no next one."""
    target = Target(allowed=allowed(resolution=24, **promise))
    life = begin(desk=replace(house, service=replace(SERVICE, targets=(target,))))
    life.becomes(at(23, 10), status="awaiting_client", status_category="waiting")
    assert life.states()[RESOLUTION] == "paused"
    life.becomes(at(23, 12), CUSTOMER)
    assert life.clock(RESOLUTION).due == at(26, 11)
    assert life.becomes(at(23, 13), priority=2).states()[RESOLUTION] == "running", "they have written"


def test_sla_coming_back_keeps_what_was_left(begin: Begin) -> None:
    """Zammad's pending: escalated in the second in which the customer answers."""
    life = begin().becomes(at(25, 16), AGENT, waiting_on="customer")
    assert life.clock(RESOLUTION).left == HOUR
    life.becomes(at(30, 9), CUSTOMER, waiting_on="")
    assert life.clock(RESOLUTION).due == at(30, 10)
    assert [line for line in life.sleeps(at(30, 9, 59)) if " 100" in line] == []


# What is promised to whom


def test_organisations_are_known_by_a_contact_too(house: Desk, ticket: Callable[..., Ticket]) -> None:
    vip = Organisation(domain="vip.example", name="Vip", segment="Enterprise", arr=1, lifecycle="active", health="red")
    desk = replace(house, organisations={**house.organisations, "someone@gmail.example": vip})
    promise = promises.promised(ticket(requester="someone@gmail.example"), FIRST, desk, at(23, 9))
    assert promise is not None
    assert promise.allowed == 2 * HOUR


@pytest.mark.parametrize(
    ("wanted", "hours"),
    [("vip", 3), ("VIP.example", 3), ("vip.test", 3), ("b@vip.gmail.example", 3), ("northwind.example", 2), ("vi", 2)],
)
def test_r76_a_target_names_an_organisation_by_its_name_or_a_domain(
    house: Desk, ticket: Callable[..., Ticket], wanted: str, hours: int
) -> None:
    vip = Organisation(domain="vip.example", name="Vip", segment="", arr=1, lifecycle="active")
    names = ("vip.example", "vip.test", "b@vip.gmail.example")
    first, plain = Target(organisation=wanted, allowed=allowed(first_response=3)), allowed(first_response=2)
    service = replace(SERVICE, targets=(first, Target(allowed=plain)))
    desk = replace(house, service=service, organisations={**house.organisations, **dict.fromkeys(names, vip)})
    promise = promises.promised(ticket(requester="a@vip.example"), FIRST, desk, at(23, 9))
    assert promise is not None
    assert promise.allowed == hours * HOUR
    stranger = promises.promised(ticket(requester="a@nobody.example"), FIRST, desk, at(23, 9))
    assert stranger is not None
    assert stranger.allowed == 2 * HOUR


# The demo desk


@pytest.mark.parametrize(
    ("priority", "hours"),
    [
        (1, {FIRST: 1, NEXT: 1, RESOLUTION: 8, TRIAGE: 2}),
        (2, {FIRST: 4, NEXT: 4, RESOLUTION: 16, TRIAGE: 2}),
        (3, {FIRST: 4, NEXT: 4, RESOLUTION: 24, TRIAGE: 2}),
        (5, {FIRST: 4, NEXT: 4, RESOLUTION: 24, TRIAGE: 2}),
    ],
)
def test_what_the_demo_desk_promises(
    desk: Desk, ticket: Callable[..., Ticket], priority: int, hours: dict[str, int]
) -> None:
    found = {kind: promises.promised(ticket(priority=priority), kind, desk, MONDAY) for kind in hours}
    assert {kind: promise.allowed / HOUR for kind, promise in found.items() if promise is not None} == hours
    assert [(f.health, f.renewal_days, f.factor) for f in desk.service.factors] == [("red", 0, 0.5), ("", 30, 0.75)]
    assert (desk.service.floor, desk.service.grace, desk.service.warn_outside_hours) == (0.25, 30 * MINUTE, False)
