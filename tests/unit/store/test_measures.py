"""What reports count: each view on both stores, with what must not be counted beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.jobs import chores
from store import measures
from store.engine import Store
from store.measures import Breach, Correction, Facet, Priority, Work
from store.records import AddEvent, ChangeTicket, Decision, Effect, NoteCorrection, OpenTicket, SendMail, Verdict
from tests.unit.store.samples import NOW, commit, desk, kept, mint, opening, person

DAY = timedelta(days=1)


def open_ticket(store: Store, at: Any = NOW, **fields: Any) -> None:
    with store.turn() as connection:
        made = opening(kept(connection), who=person())
        effects = [
            replace(e, ticket=replace(e.ticket, created_at=at, updated_at=at, **fields))
            if isinstance(e, OpenTicket)
            else e
            for e in made.effects
            if not isinstance(e, SendMail)
        ]
        commit(connection, [replace(made, effects=tuple(effects))], now=at)


def write(store: Store, at: Any, *effects: Effect) -> None:
    decision = Decision(entry=None, verdict=Verdict.COMMAND, reason="", effects=effects)
    with store.turn() as connection:
        commit(connection, [decision], now=at)


def event(ticket: int, kind: str, actor: str = "system", **detail: Any) -> AddEvent:
    return AddEvent(ticket=ticket, kind=kind, actor=actor, detail=detail)


@pytest.fixture
def busy(store: Store) -> Store:
    """1001 and 1002 critical, 1003 was and is low now, 1004 merged away, 1005 of last month."""
    open_ticket(store, priority=1, ruf="R", topic="Outage")
    open_ticket(store, priority=1, overridden=True, ruf="R", topic="Outage")
    open_ticket(store, priority=4, ruf="U")
    open_ticket(store, priority=1, closed_as="merged")
    open_ticket(store, NOW - 30 * DAY, priority=1)
    write(store, NOW, event(1003, "priority-changed", **{"from": 1, "to": 2}))
    write(store, NOW, event(1003, "priority-changed", **{"from": 2, "to": 4}))
    write(store, NOW, event(1001, "priority-changed", **{"from": 1, "to": 1}))
    write(store, NOW, event(1002, "status-changed", **{"from": "new", "to": "accepted"}))
    return store


def test_m20_the_share_of_critical_tickets(busy: Store) -> None:
    with busy.look() as connection:
        assert measures.priorities(connection, NOW - 7 * DAY) == [
            Priority(priority=1, tickets=2, overridden=1, downgraded=0),
            Priority(priority=4, tickets=1, overridden=0, downgraded=1),
        ]
        assert sum(one.tickets for one in measures.priorities(connection, NOW - 31 * DAY)) == 4
        assert measures.priorities(connection, NOW + DAY) == []


def test_r52_tickets_by_ruf_and_topic(busy: Store) -> None:
    with busy.look() as connection:
        assert measures.facets(connection, NOW - DAY) == [
            Facet(ruf="R", topic="Outage", tickets=2),
            Facet(ruf="U", topic="", tickets=1),
        ]


def test_r79_each_breach_with_what_it_is_put_down_to(busy: Store) -> None:
    causes = ("unassigned", "after-reassignment", "blocked-scheduling")
    for number, because in enumerate(causes, start=1001):
        told = {"clock": "resolution", "due": "2026-07-13T10:00:00Z", "because": because}
        told |= {"team": "network", "assignee": "benedikt", "priority": 2}
        write(busy, NOW, event(number, "clock-breached", **told))
    write(busy, NOW, event(1004, "clock-breached", clock="resolution", because="agent"))
    write(busy, NOW - 40 * DAY, event(1005, "clock-breached", clock="resolution", because="agent"))
    with busy.look() as connection:
        found = measures.breaches(connection, NOW - DAY)
    assert tuple(one.because for one in found) == causes
    due = "2026-07-13T10:00:00Z"
    assert found[0] == Breach(
        ticket=1001,
        at=NOW,
        clock="resolution",
        due=due,
        because="unassigned",
        team="network",
        assignee="benedikt",
        priority=2,
    ), "whose it was then, whoever has it now"


def test_r81_the_time_that_was_logged(busy: Store) -> None:
    for minutes in (45, 15):
        write(busy, NOW, event(1001, "time-logged", "anastasia", minutes=minutes, type="work", by="anastasia"))
    write(busy, NOW, event(1004, "time-logged", "benedikt", minutes=30, type="work", by="benedikt"))
    write(busy, NOW - DAY, event(1001, "time-logged", "anastasia", minutes=600, type="work", by="anastasia"))
    with busy.look() as connection:
        assert measures.work(connection, NOW) == [
            Work(ticket=1001, team="frontline", by="anastasia", minutes=60),
            Work(ticket=1004, team="frontline", by="benedikt", minutes=30),
        ]


def test_what_people_corrected(busy: Store) -> None:
    told = {"field": "topic", "was": "Usage", "because": "words: how", "became": "Access", "by": "anastasia"}
    write(busy, NOW, NoteCorrection(ticket=1001, **told))
    with busy.look() as connection:
        assert measures.corrected(connection, NOW) == [Correction(at=NOW, ticket=1001, **told)]
        assert measures.corrected(connection, NOW + DAY) == []


def test_the_history_of_a_ticket_s_priority_and_clocks(busy: Store) -> None:
    with busy.look() as connection:
        found = measures.history(connection, 1003)
    assert [(kind, dict(detail)["to"]) for _, kind, _, detail in found] == [
        ("priority-changed", 2),
        ("priority-changed", 4),
    ]


def test_m20_leads_are_told_of_inflation_once_a_day(store: Store) -> None:
    for priority in (1, 1, 3):
        open_ticket(store, priority=priority)
    few = replace(desk(), urgency=replace(desk().urgency, inflation_of=3))
    chore = next(one for one in chores.CHORES if one.name == "inflation")
    with store.turn() as connection:
        assert chore.work(connection, desk(), mint, NOW, 0).decisions == ()
        (decision,) = chore.work(connection, few, mint, NOW, 0).decisions
    assert [e.to.address for e in decision.effects if isinstance(e, SendMail)] == ["dominique@desk.example"]
    assert decision.reason == "inflation: 67% of this week's tickets are at priority 1"
    again = chore.following(NOW, few)
    assert timedelta() < again - NOW <= DAY
    write(
        store,
        NOW,
        ChangeTicket(ticket=1001, changes={"priority": 3}),
        ChangeTicket(ticket=1002, changes={"priority": 3}),
    )
    with store.turn() as connection:
        assert chore.work(connection, few, mint, NOW, 0).decisions == ()
