"""What a customer was promised to hear, and customers who hear nothing (R43)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gateway.rules.change import became, changed
from gateway.rules.clocks import AGENT
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.participants import NOTHING
from gateway.rules.speech.promised import begun
from gateway.rules.timers import NUDGE, PROMISE, Due
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import ClearTimer, Decision, Person, SendMail, SetTimer, Status, Ticket
from tests.unit.gateway.conftest import NOW

HOUR = timedelta(hours=1)


def planned(desk: Desk, ticket: Ticket, text: str) -> Plan | Refused:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW)


def timer(effects: object, kind: str) -> SetTimer | ClearTimer | None:
    found = [e for e in effects if isinstance(e, SetTimer | ClearTimer) and e.kind == kind]  # type: ignore[attr-defined]
    assert len(found) <= 1
    return found[0] if found else None


def due(desk: Desk, ticket: Ticket, kind: str, **later: float) -> Decision:
    at, numbers = NOW + timedelta(**later), count(1)
    return on_due(Due(ticket=ticket, kind=kind, due_at=at), NOTHING, desk, lambda: f"<m{next(numbers)}@x>", at)


def told(decision: Decision) -> list[str]:
    return [effect.to.address.partition("@")[0] for effect in decision.effects if isinstance(effect, SendMail)]


@pytest.fixture
def nudging(desk: Desk) -> Desk:
    return replace(desk, nudge_after=timedelta(hours=4))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#eta", "say when"),
        ("#eta soon", "soon is no time"),
        ("#eta 2026-11-20", "has passed"),
        ("#eta -", "nothing is promised"),
        (f"#eta 2d {'x' * 501}", "letters go behind the time"),
    ],
)
def test_a_promise_needs_a_time_ahead(desk: Desk, ticket: Callable[..., Ticket], text: str, reason: str) -> None:
    found = planned(desk, ticket(), text)
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_nothing_is_promised_of_what_is_done(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    assert isinstance(planned(desk, ticket(status=Status.RESOLVED), "#eta 2d"), Refused)


def test_a_new_promise_replaces_the_old_one(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(promised_at=NOW + 30 * HOUR)
    found = planned(desk, before, "#eta fri 17:00 We wait for a part.")
    assert isinstance(found, Plan)
    assert found.ticket.promised_at is not None
    assert found.done[0].detail["words"] == "We wait for a part."
    set_ = timer(changed(before, found.ticket, [], desk, NOW), PROMISE)
    assert isinstance(set_, SetTimer)
    assert set_.due_at == found.ticket.promised_at - HOUR
    assert isinstance(planned(desk, found.ticket, "#eta fri 17:00"), Refused)
    back = planned(desk, found.ticket, "#eta -")
    assert isinstance(back, Plan)
    assert isinstance(timer(changed(found.ticket, back.ticket, [], desk, NOW), PROMISE), ClearTimer)


def test_a_near_promise_is_reminded_of_halfway(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    set_ = timer(changed(ticket(), ticket(promised_at=NOW + HOUR), [], desk, NOW), PROMISE)
    assert isinstance(set_, SetTimer)
    assert set_.due_at == NOW + HOUR / 2


def test_what_is_done_owes_nothing(nudging: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(promised_at=NOW + HOUR)
    effects = changed(before, replace(before, status="resolved", status_category="done"), [], nudging, NOW)
    assert isinstance(timer(effects, PROMISE), ClearTimer)
    assert isinstance(timer(effects, NUDGE), ClearTimer)
    assert became(before, effects).promised_at is None


def test_a_promise_of_somebody_who_is_away_is_the_teams(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    away = Person(address="anastasia@desk.example", away_until=NOW + timedelta(days=2))
    quiet = desk.as_of({away.address: away}, NOW)
    owned = ticket(promised_at=NOW + 2 * HOUR, assignee="anastasia")
    assert "anastasia" not in told(due(quiet, owned, PROMISE, hours=1))
    assert told(due(quiet, owned, PROMISE, hours=2)) == ["dominique"]


def test_r43_a_promise_reminds_and_then_tells_the_lead(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    owned = ticket(promised_at=NOW + 2 * HOUR, assignee="anastasia")
    near = due(desk, owned, PROMISE, hours=1)
    assert told(near) == ["anastasia"]
    set_ = timer(near.effects, PROMISE)
    assert isinstance(set_, SetTimer)
    assert set_.due_at == owned.promised_at
    over = due(desk, owned, PROMISE, hours=2)
    assert told(over) == ["anastasia", "dominique"]
    assert isinstance(timer(over.effects, PROMISE), ClearTimer)
    assert told(due(desk, replace(owned, promised_at=None), PROMISE, hours=2)) == []
    assert told(due(desk, replace(owned, status="closed", status_category="done"), PROMISE, hours=2)) == []


def test_r43_the_owner_is_nudged_once_and_nobody_outside(nudging: Desk, ticket: Callable[..., Ticket]) -> None:
    found = due(nudging, ticket(assignee="anastasia"), NUDGE, hours=4)
    assert told(found) == ["anastasia"]
    assert isinstance(timer(found.effects, NUDGE), ClearTimer)
    assert "dominique" in told(due(nudging, ticket(), NUDGE, hours=4))


def test_who_owes_nothing_is_not_nudged(nudging: Desk, ticket: Callable[..., Ticket]) -> None:
    for waits in ({"waiting_on": "customer"}, {"promised_at": NOW + 9 * HOUR}, {"snoozed_until": NOW + 9 * HOUR}):
        found = due(nudging, ticket(**waits), NUDGE, hours=4)
        assert told(found) == []
        assert isinstance(timer(found.effects, NUDGE), SetTimer)
    assert told(due(nudging, ticket(audience="internal"), NUDGE, hours=4)) == []
    assert told(due(replace(nudging, nudge_after=timedelta()), ticket(), NUDGE, hours=4)) == []


def test_hours_are_those_in_which_we_work(nudging: Desk, ticket: Callable[..., Ticket]) -> None:
    """09:00 in Berlin: four hours later it is 13:30, after the break."""
    [set_] = begun(ticket(), nudging, NOW)
    assert isinstance(set_, SetTimer)
    assert set_.due_at == NOW + timedelta(hours=4, minutes=30)


def test_an_answer_begins_the_wait_anew(nudging: Desk, desk: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket()
    after = replace(before, answered_at=NOW, updated_at=NOW)
    assert isinstance(timer(changed(before, after, [], nudging, NOW, heard=AGENT), NUDGE), SetTimer)
    assert timer(changed(before, after, [], nudging, NOW), NUDGE) is None
    assert timer(changed(before, after, [], desk, NOW, heard=AGENT), NUDGE) is None
    assert begun(before, desk, NOW) == []
