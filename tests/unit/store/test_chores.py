"""The desk's own regular work and its timers in the store: once each, in steps, whatever the clock and the rules do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from gateway.jobs import chores as jobs
from gateway.jobs import sweep as sweeping
from gateway.jobs.chores import Chore, each_open, every_day, every_quarter
from gateway.jobs.sweep import HALFWAY, sweep
from gateway.rules import due
from gateway.rules.times import daily
from store import timers as standing_timers
from store.engine import StoreUnavailable
from store.records import AddEvent, Decision, SetTimer, Verdict
from store.tables import chores, events, outbox, tickets, timers
from tests.unit.store.samples import NOW, commit, desk, kept, mint, opening

jobs_of_the_desk = jobs.CHORES
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def chore(monkeypatch):
    """Puts chores in the place of the desk's own."""

    def put(*found):
        monkeypatch.setattr(jobs, "CHORES", found)

    return put


def swept(store, now):
    with store.turn() as connection:
        return sweep(connection, desk(), mint, now)


def due_at(store, name="look"):
    with store.look() as connection:
        return connection.execute(select(chores.c.due_at).where(chores.c.name == name)).scalar()


def noted(ticket, *_):
    event = AddEvent(ticket=ticket.ref, kind="looked-at", actor="system")
    return Decision(entry=None, verdict=Verdict.COMMAND, reason="looked at", ticket=ticket.ref, effects=(event,))


def count(store, kind):
    with store.look() as connection:
        return connection.execute(select(func.count()).select_from(events).where(events.c.kind == kind)).scalar()


def opened(store, number):
    """So many open tickets, without timers."""
    with store.turn() as connection:
        commit(connection, [opening(kept(connection), f"NEW-{n}") for n in range(number)])
        connection.execute(timers.delete())


def test_a_chore_waits_for_its_hour_and_comes_once_a_day(store, chore):
    opened(store, 3)
    chore(Chore(name="look", following=every_day(6), work=each_open(noted)))
    assert swept(store, NOW) == []  # seen for the first time, at eleven by the desk's clock
    six = daily(NOW, desk(), 6)
    assert due_at(store) == six
    assert swept(store, six - timedelta(seconds=1)) == []
    assert len(swept(store, six)) == 3
    assert swept(store, six + HOUR) == []
    assert len(swept(store, six + 10 * DAY)) == 3  # a desk that slept does it once
    assert swept(store, six + 10 * DAY + HOUR) == []
    assert count(store, "looked-at") == 6


def test_many_tickets_are_looked_at_in_steps(store, chore, monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 2)
    opened(store, 7)
    with store.turn() as connection:
        connection.execute(update(tickets).where(tickets.c.id == 1003).values(status_category="done"))
    chore(Chore(name="look", following=every_day(6), work=each_open(noted)))
    swept(store, NOW)
    six = daily(NOW, desk(), 6)
    assert [len(swept(store, six)) for _ in range(4)] == [2, 2, 2, 0]
    assert count(store, "looked-at") == 6


def test_steps_without_anything_to_decide_go_on_at_once(store, chore, monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 1)
    opened(store, 5)
    chore(Chore(name="look", following=every_day(6), work=each_open(lambda *_: None)))
    swept(store, NOW)
    six = daily(NOW, desk(), 6)
    reasons = [[decision.reason for decision in swept(store, six)] for _ in range(3)]
    assert reasons == [
        ["look: looked at the tickets up to DESK-1002"],
        ["look: looked at the tickets up to DESK-1004"],
        [],
    ]
    assert due_at(store) == six + DAY


def test_a_chore_of_long_steps_takes_one_a_turn_and_says_only_that_it_goes_on(store, chore, monkeypatch):
    monkeypatch.setattr(jobs, "STEP", 1)
    opened(store, 2)
    chore(Chore(name="look", following=every_day(6), work=each_open(lambda *_: None), steps=1))
    swept(store, NOW)
    found = [swept(store, daily(NOW, desk(), 6)) for _ in range(3)]
    assert [[one.trace[0].stage for one in decisions] for decisions in found] == [[HALFWAY], [HALFWAY], []]
    assert next(one for one in jobs_of_the_desk if one.name == "digests").steps == 1


def test_a_chore_that_fails_stops_nothing_else(store, chore, caplog):
    opened(store, 1)

    def broken(*_):
        raise ZeroDivisionError

    chore(
        Chore(name="broken", following=every_day(6), work=broken),
        Chore(name="look", following=every_day(6), work=each_open(noted)),
    )
    swept(store, NOW)
    six = daily(NOW, desk(), 6)
    with store.turn() as connection:
        connection.execute(timers.insert(), [{"ticket_id": 1001, "kind": "gone", "due_at": six, "state": "running"}])
    found = [decision.reason for _ in range(3) for decision in swept(store, six)]
    assert sorted(found) == ["gone: this version does not know it: left for one that does", "looked at"]
    assert due_at(store, "broken") == six + HOUR
    assert "the chore broken failed" in caplog.text
    caplog.clear()


def test_a_ticket_over_which_the_rules_stumble_stops_no_look_at_those_behind_it(store, chore, caplog):
    opened(store, 3)

    def stumbles(ticket, *rest):
        if ticket.ref == 1001:
            raise ZeroDivisionError
        return noted(ticket, *rest)

    chore(Chore(name="look", following=every_day(6), work=each_open(stumbles)))
    swept(store, NOW)
    six = daily(NOW, desk(), 6)
    assert [decision.ticket for decision in swept(store, six)] == [1002, 1003]
    assert due_at(store) == six + DAY
    assert "the look at DESK-1001 failed" in caplog.text
    caplog.clear()


def test_a_fault_of_the_store_in_a_look_surfaces(store):
    opened(store, 1)

    def faulty(*_):
        raise StoreUnavailable("the disk is gone")

    with store.turn() as connection, pytest.raises(StoreUnavailable):
        each_open(faulty)(connection, desk(), mint, NOW, 0)


def test_a_timer_that_fails_costs_only_itself(store, chore, monkeypatch, caplog):
    opened(store, 2)
    chore()
    with store.turn() as connection:
        rows = [{"ticket_id": n, "kind": "x", "due_at": NOW, "state": "running"} for n in (1001, 1002)]
        connection.execute(timers.insert(), rows)

    def stumbles(due_, *_):
        if due_.ticket.ref == 1001:
            raise ZeroDivisionError
        return due.NOTHING_LEFT

    monkeypatch.setitem(due.KINDS, "x", stumbles)
    assert len(swept(store, NOW)) == 2
    with store.turn() as connection:
        (left,) = standing_timers.due(connection, NOW + HOUR, 9)
    assert (left.ticket, left.kind, left.due_at) == (1001, "x", NOW + HOUR)
    assert "the timer x of DESK-1001 failed" in caplog.text
    caplog.clear()


def test_a_clock_that_was_ahead_puts_no_chore_to_sleep(store, chore):
    opened(store, 1)
    chore(Chore(name="look", following=every_day(6), work=each_open(noted)))
    swept(store, NOW)
    ahead = NOW + 700 * DAY
    assert len(swept(store, ahead)) == 1
    assert swept(store, NOW) == []  # the clock is right again
    six = daily(NOW, desk(), 6)
    assert due_at(store) == six
    assert len(swept(store, six)) == 1


def test_a_machine_that_is_a_little_ahead_does_it_alone(store, chore):
    opened(store, 1)
    chore(Chore(name="look", following=every_day(6), work=each_open(noted)))
    swept(store, NOW)
    six = daily(NOW, desk(), 6)
    assert len(swept(store, six)) == 1
    assert swept(store, six - timedelta(minutes=1)) == []
    assert swept(store, six + timedelta(minutes=1)) == []


def test_a_chore_that_this_version_does_not_know_is_left_alone(store, chore):
    with store.turn() as connection:
        connection.execute(chores.insert().values(name="of tomorrow", due_at=NOW, after=0))
    chore()
    assert swept(store, NOW + DAY) == []
    assert due_at(store, "of tomorrow") == NOW


def test_every_quarter_begins_on_its_first_day():
    found, at = [], NOW
    for _ in range(4):
        at = every_quarter(at, desk())
        found.append(f"{at:%Y-%m-%d %H:%M}")
    assert found == ["2026-10-01 04:00", "2027-01-01 05:00", "2027-04-01 04:00", "2027-07-01 04:00"]


def test_the_desks_own_chores_have_names_of_their_own(store):
    names = [one.name for one in jobs.CHORES]
    assert len(set(names)) == len(names)
    assert all(len(name) <= 32 for name in names)
    opened(store, 2)
    swept(store, NOW)
    for day in range(3):
        swept(store, NOW + day * DAY)
    with store.look() as connection:
        assert set(connection.execute(select(chores.c.name)).scalars()) == set(names)


# Timers under a clock that jumps


def reminded(store, now):
    return [decision.reason for decision in swept(store, now)]


def test_a_jump_of_the_clock_does_nothing_twice(store, chore):
    """Forward over everything, back, forward again: each timer was done once, and none is lost."""
    chore()
    opened(store, 2)
    detail = {"who": "anastasia", "text": "x", "set_at": "2026-07-13T09:00:00Z"}
    with store.turn() as connection:
        connection.execute(
            timers.insert(),
            [
                {
                    "ticket_id": n,
                    "kind": "remind:a",
                    "due_at": NOW + n % 1000 * HOUR,
                    "state": "running",
                    "detail": detail,
                }
                for n in (1001, 1002)
            ],
        )
    assert reminded(store, NOW) == []
    assert len(reminded(store, NOW + HOUR)) == 1
    assert reminded(store, NOW - DAY) == []
    assert reminded(store, NOW + HOUR) == []
    assert len(reminded(store, NOW + 400 * DAY)) == 1
    assert reminded(store, NOW + HOUR) == reminded(store, NOW + 400 * DAY) == []
    with store.look() as connection:
        sent = connection.execute(select(outbox.c.to_address).where(outbox.c.purpose == "reminder")).scalars().all()
    assert sent == ["anastasia@desk.example"] * 2


def test_what_came_due_while_the_desk_was_away_is_done_in_its_order(store, chore, monkeypatch):
    chore()
    monkeypatch.setattr(sweeping, "BATCH", 2)
    opened(store, 5)
    with store.turn() as connection:
        rows = [
            {"ticket_id": n, "kind": "gone", "due_at": NOW - n * HOUR, "state": "running"} for n in range(1001, 1006)
        ]
        connection.execute(timers.insert(), rows)
    found = [[decision.ticket for decision in swept(store, NOW)] for _ in range(4)]
    assert found == [[1005, 1004], [1003, 1002], [1001], []]


def test_the_detail_of_a_timer_comes_back(store):
    with store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        connection.execute(timers.delete())
        set_ = SetTimer(ticket=1001, kind="remind:b", due_at=NOW, detail={"who": "anastasia", "text": "ü €"})
        commit(connection, [Decision(entry=None, verdict=Verdict.COMMAND, reason="", ticket=1001, effects=(set_,))])
    with store.turn() as connection:
        (found,) = standing_timers.due(connection, NOW, 9)
    assert found.detail == {"who": "anastasia", "text": "ü €"}
