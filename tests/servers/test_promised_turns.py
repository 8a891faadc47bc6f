"""Turns that decide about promised calls on PostgreSQL: one at a time, and none waits for another in a circle.

A turn that books holds the name of all calls and waits for its ticket; a sweep holds tickets whose timers are due. So a
sweep that touches promises asks for the name before it holds anything.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from gateway.jobs.sweep import sweep
from store import calls, chores, timers
from store.engine import Store, lock_names
from store.lookup import load
from store.opening import open_store
from store.records import SaveCall, SetTimer
from store.snapshot import CALLS, Wanted
from store.tables import chores as chores_table
from store.tables import tickets
from store.tables import timers as timers_table
from tests.servers import postgresql
from tests.servers.stores import patient_locks
from tests.unit.store.called import booked, decision, offered, opened
from tests.unit.store.samples import NOW, commit, desk, mint

__all__ = ["patient_locks"]

HOUR = timedelta(hours=1)


@pytest.fixture
def store(patient_locks: None) -> Iterator[Store]:
    with postgresql.emptied() as url:
        opened_ = open_store(url)
        with opened_.turn() as connection:
            opened(connection)
            calls.save(connection, [(SaveCall(call=offered()), 1001, None)], NOW)
            connection.execute(timers_table.delete())
            connection.execute(tickets.update().values(calls={"1": "offered"}, priority=1))
        yield opened_
        opened_.close()


def _due(store: Store, kind: str) -> None:
    with store.turn() as connection:
        commit(connection, [decision(effects=(SetTimer(ticket=1001, kind=kind, due_at=NOW),))])


def _sweeping(store: Store) -> tuple[threading.Thread, list[BaseException]]:
    """A sweep in another session."""
    wrong: list[BaseException] = []

    def run() -> None:
        try:
            with store.turn() as connection:
                sweep(connection, desk(), mint, NOW + HOUR)
        except BaseException as error:
            wrong.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, wrong


def _wait_for_name(store: Store) -> None:
    """Until somebody waits for an advisory lock."""
    waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    deadline = time.monotonic() + 50
    while time.monotonic() < deadline:
        with store.look() as connection:
            if connection.execute(waits).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody asks for the name of the calls")


def _take_ticket(connection) -> list[int]:
    """The ticket's row, at once or never."""
    return list(connection.execute(select(tickets.c.id).with_for_update(nowait=True)).scalars())


def _make_promises_due(store: Store) -> None:
    with store.turn() as connection:
        chores.begin(connection, {chores.PROMISES: NOW})
        connection.execute(chores_table.update().where(chores_table.c.name == chores.PROMISES).values(due_at=NOW))


@pytest.mark.parametrize("what", ["a timer of a call", "the look at all promises"])
def test_a_sweep_that_touches_promises_holds_nothing_while_it_waits_for_their_name(store: Store, what: str) -> None:
    _due(store, "call:1") if "timer" in what else _make_promises_due(store)
    with store.turn() as connection:
        lock_names(connection, {CALLS})
        thread, wrong = _sweeping(store)
        _wait_for_name(store)
        assert _take_ticket(connection) == [1001], "the sweep waits with a ticket in its hand"
        rows = select(chores_table).where(chores_table.c.name == chores.PROMISES).with_for_update(nowait=True)
        connection.execute(rows).all()
    thread.join(50)
    assert (thread.is_alive(), wrong) == (False, [])


def test_a_sweep_that_touches_no_promise_does_not_wait(store: Store) -> None:
    _due(store, "remind:1")
    with store.turn() as connection:
        lock_names(connection, {CALLS})
        thread, wrong = _sweeping(store)
        thread.join(50)
        assert (thread.is_alive(), wrong) == (False, [])


def test_a_timer_of_a_call_that_comes_due_after_the_look_is_left_for_the_next_sweep(store: Store) -> None:
    _due(store, "call:1")
    _due(store, "remind:1")
    with store.turn() as connection:
        assert timers.is_due(connection, NOW, "call")
        assert not timers.is_due(connection, NOW - HOUR, "call")
        assert not timers.is_due(connection, NOW, "cal")
        assert [row.kind for row in timers.due(connection, NOW, 10, without="call")] == ["remind:1"]
        assert [row.kind for row in timers.due(connection, NOW, 10)] == ["call:1", "remind:1"]


def test_two_batches_that_may_touch_promises_go_one_after_the_other(store: Store) -> None:
    """The second one sees what the first one wrote, though they name different tickets."""
    seen: list[str] = []
    wanted = Wanted(calls=NOW)

    def second() -> None:
        with store.turn() as connection:
            found = load(connection, wanted, lock=True).schedule
            assert found is not None
            seen.extend(str(call.state) for call in found.promised.values())

    with store.turn() as connection:
        load(connection, Wanted(numbers={1001}, calls=NOW), lock=True)
        thread = threading.Thread(target=second)
        thread.start()
        _wait_for_name(store)
        (before,) = calls.of_tickets(connection, {1001})
        calls.save(connection, [(SaveCall(call=booked(before), before=before), 1001, None)], NOW)
    thread.join(50)
    assert seen == ["booked"]
