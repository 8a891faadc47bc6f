"""The queue: what is next for whom, in which order, for two at once; what everybody has on their hands."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from gateway.cli import take
from gateway.cli.ticket import _do
from gateway.rules.desk import Desk
from gateway.rules.policy.routing import Capability, Skills
from gateway.rules.verbs import Plan, Refused
from store import queue
from store.engine import Store, insert_all
from store.records import Load, Place
from store.tables import people, tickets
from tests.unit.store.samples import NOW, desk

HOUR = timedelta(hours=1)


def put(store: Store, *rows: dict[str, Any]) -> None:
    """Tickets 1001, 1002 … of the frontline, each with what is said of it."""
    usual = {
        "type": "support", "status": "new", "subject": "x", "priority": 3, "team": "frontline", "requester_id": 1,
        "mailbox": "support@desk.example", "language": "en", "created_at": NOW, "updated_at": NOW, "facts": {},
        "assignee": "", "status_category": "open", "due_at": None, "scheduled_for": None, "snoozed_until": None,
        "waiting_on": "", "blocked_on": "", "topic": "", "subtopic": "", "estimate": 0, "logged": 0, "owned_at": None,
    }  # fmt: skip
    with store.turn() as connection:
        insert_all(connection, people, [{"id": 1, "address": "nora@northwind.example", "created_at": NOW}])
        insert_all(connection, tickets, [{**usual, "id": n, **row} for n, row in enumerate(rows, start=1001)])


def taken(store: Store, person: str = "anastasia", of: Desk | None = None, at: datetime = NOW) -> int | None:
    """What `ticket take` gives this person; None when nothing waits."""
    outcome = _do(store, of or desk(), take.NEXT, "next", "#take", person, at)
    if isinstance(outcome, Refused):
        assert isinstance(outcome, take.Idle), outcome
        return None
    assert isinstance(outcome[0], Plan)
    return int(outcome[0].ticket.ref)


def drained(store: Store, person: str = "anastasia", of: Desk | None = None) -> list[int]:
    found = []
    while (number := taken(store, person, of)) is not None:
        found.append(number)
    return found


def test_r65_the_next_is_the_most_urgent_then_the_first_due_then_the_oldest(store: Store) -> None:
    put(
        store,
        {"priority": 3, "due_at": NOW + HOUR},
        {"priority": 2},
        {"priority": 2, "due_at": NOW + 3 * HOUR},
        {"priority": 2, "due_at": NOW + 2 * HOUR},
        {"priority": 1},
        {"priority": 2, "created_at": NOW - HOUR},
        {"priority": 1, "team": "network"},
    )
    assert drained(store) == [1005, 1004, 1003, 1006, 1002, 1001]
    assert drained(store, "benedikt") == [1007]
    assert drained(store, "dominique") == []


def test_r65_what_cannot_be_worked_on_now_is_not_served(store: Store) -> None:
    put(
        store,
        {"assignee": "dominique"},
        {"status": "resolved", "status_category": "done"},
        {"waiting_on": "customer"},
        {"status": "awaiting_client", "status_category": "waiting"},
        {"status": "scheduled", "status_category": "scheduled", "scheduled_for": NOW + HOUR},
        {"snoozed_until": NOW + HOUR},
        {"blocked_on": "vendor"},
        {"status": "scheduled", "status_category": "scheduled", "scheduled_for": NOW - HOUR},
        {"snoozed_until": NOW - HOUR, "blocked_on": "specialist"},
    )
    assert drained(store) == [1008, 1009]


def test_r65_a_lead_of_all_serves_every_queue_and_others_none(store: Store) -> None:
    put(store, {"priority": 2}, {"priority": 1, "team": "network"}, {"priority": 3, "team": "billing"})
    assert drained(store, "dominique") == [1002, 1001, 1003]
    outcome = _do(store, desk(), take.NEXT, "next", "#take", "samantha", NOW)
    assert isinstance(outcome, Refused)
    assert outcome.reason == "samantha works in no team"


def test_r65_what_somebody_cannot_do_or_gave_back_is_passed_over(store: Store) -> None:
    skilled = (
        Capability(name="databases", level=3, topics=frozenset({"Data"})),
        Capability(name="nets", level=2, topics=frozenset({"Outage/network"})),
    )
    skills = {"anastasia": Skills(capabilities={"databases": 2}, languages=("en",))}
    routes = replace(desk().routing, capabilities={one.name: one for one in skilled}, skills=skills)
    put(
        store,
        {"topic": "Data", "priority": 1},
        {"topic": "Outage", "subtopic": "network", "priority": 1},
        {"language": "fr", "priority": 1},
        {"facts": {"returned_by": "bob,anastasia"}, "priority": 1},
        {"facts": {"returned_by": "bob"}, "priority": 2},
        {"topic": "Outage", "subtopic": "website"},
        {"language": "nl"},
    )
    assert drained(store, of=replace(desk(), routing=routes)) == [1005, 1006, 1007]


def test_r65_the_claim_is_logged_with_its_place(store: Store) -> None:
    put(store, {"priority": 3}, {"priority": 1}, {"priority": 2}, {"priority": 1, "assignee": "dominique"})
    with store.look() as connection:
        assert queue.place(connection, 1001, "frontline", NOW) == Place(rank=3, of=3, before=(1002, 1003))
        assert queue.place(connection, 1002, "frontline", NOW) == Place(rank=1, of=3)
        assert queue.place(connection, 1004, "frontline", NOW) is None
        assert queue.places(connection, {1003: "frontline", 1004: "frontline"}, NOW) == {
            1003: Place(rank=2, of=3, before=(1002,))
        }
    outcome = _do(store, desk(), 1001, "DESK-1001", "#take", "anastasia", NOW)
    assert not isinstance(outcome, Refused)
    detail = outcome[0].done[0].detail
    assert (detail["place"], detail["of"], detail["before"]) == (3, 3, ["DESK-1002", "DESK-1003"])


def test_only_take_is_said_of_what_is_next(store: Store) -> None:
    put(store, {})
    outcome = _do(store, desk(), take.NEXT, "next", "#take\n#accept", "anastasia", NOW)
    assert isinstance(outcome, Refused)
    assert drained(store) == [1001]


@pytest.mark.usefixtures("patient_locks")
@pytest.mark.parametrize("at_once", [2, 6])
def test_r65_two_at_once_get_distinct_tickets_highest_first(store: Store, at_once: int) -> None:
    """Each of many who ask in the same moment gets another one, and together they get the most urgent ones."""
    put(store, *({"priority": 1 + (n * 7) % 5} for n in range(20)))
    start = Barrier(at_once)

    def ask(person: str) -> int | None:
        start.wait(60)
        return taken(store, person)

    expected = [1001 + n for n in sorted(range(20), key=lambda n: ((n * 7) % 5, n))]
    for turn in range(2):
        with ThreadPoolExecutor(at_once) as pool:
            people_ = [("anastasia", "dominique")[n % 2] for n in range(at_once)]
            found = [future.result(120) for future in [pool.submit(ask, person) for person in people_]]
        assert len(set(found)) == at_once
        assert sorted(found) == sorted(expected[turn * at_once : (turn + 1) * at_once])  # type: ignore[type-var]


def test_what_everybody_has_on_their_hands(store: Store) -> None:
    ann, late = {"assignee": "anastasia"}, NOW + 30 * HOUR
    put(
        store,
        {**ann, "estimate": 90, "logged": 30, "owned_at": NOW - 2 * HOUR},
        {**ann, "estimate": 30, "scheduled_for": late, "owned_at": NOW - HOUR},
        {**ann, "estimate": 30, "scheduled_for": late, "logged": 45},
        {**ann, "estimate": 500, "status": "closed", "status_category": "done", "owned_at": NOW},
        {"assignee": "dominique", "status_category": "done", "owned_at": NOW - timedelta(days=40)},
        {"assignee": "benedikt", "status_category": "done", "owned_at": NOW - HOUR},
        {"estimate": 60},
    )
    with store.look() as connection:
        found = queue.loads(connection, NOW)
    assert found == {
        "anastasia": Load(open=3, minutes=((None, 60), (late, 30)), given_at=NOW),
        "benedikt": Load(given_at=NOW - HOUR),
    }


def test_the_queue_reads_no_more_than_what_is_open(store: Store) -> None:
    """SQLite finds the head of a queue by the index of open tickets (a desk has many closed ones)."""
    if not store.is_sqlite:  # PostgreSQL reads a table of one row from end to end
        return
    plans: Sequence[Any]
    put(store, {})
    with store.look() as connection:
        plans = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT id FROM tickets WHERE status_category != 'done' AND team IN ('a') "
            "AND assignee = '' ORDER BY priority LIMIT 1"
        ).all()
    assert any("ix_tickets_open" in str(plan) for plan in plans), plans
