"""The fence: what comes after the lease is lost changes nothing."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from gateway import courier
from gateway.compose import compose
from gateway.jobs.deliver import Deliver, Delivered, Held, Rendered
from gateway.transport import Outcome
from store import outbox
from store.journal import Lease
from store.tables import outbox as outbox_table
from tests.unit.store.samples import NOW


def _steal(bench, number=1):
    """Somebody else holds it by now, and has sent it."""
    with bench.store.turn() as connection:
        connection.execute(
            update(outbox_table).where(outbox_table.c.id == number).values(lease_owner="them", last_text="theirs")
        )


def test_bytes_that_come_too_late_are_neither_stored_nor_sent(bench):
    bench.queue(2)
    bench.claim()
    _steal(bench)
    contents = bench.render()
    assert [parcel.id for parcel in bench.parcels()] == [2]
    assert bench.row(1).rendered is None
    assert bytes(bench.row(2).rendered) == contents[2]
    assert bench.courier.held == [2]


def test_a_result_that_comes_too_late_changes_nothing(bench):
    bench.queue(2)
    bench.claim()
    bench.render()
    bench.parcels()
    _steal(bench)
    bench.answer((1, Outcome(550, "5.1.1 no such user")), (2, Outcome(250, "ok")))
    row = bench.row(1)
    assert (row.state, row.attempts, row.last_text, row.lease_owner) == ("sending", 0, "theirs", "them")
    assert bench.row(2).state == "sent"
    assert (bench.events(), bench.told(), bench.courier.held) == ([], [], [])


def test_what_is_put_back_too_late_stays_where_it_is(bench):
    bench.queue()
    bench.claim()
    _steal(bench)
    bench.sender.dies()
    bench.hear_and_turn()
    assert (bench.row().state, bench.row().lease_owner) == ("sending", "them")


def test_what_is_lost_when_leases_are_renewed_is_withdrawn_and_the_rest_is_ours_for_longer(bench):
    bench.queue(3)
    bench.claim()
    contents = bench.render()
    assert {p.id: p.until for p in bench.parcels()} == {1: 25.0, 2: 25.0, 3: 25.0}
    bench.begin(1, 2)
    _steal(bench)
    bench.seconds += 8
    bench.now += timedelta(seconds=8)
    lease = Lease(owner="us", until=bench.now + timedelta(seconds=25))
    with bench.store.turn() as connection:
        still = outbox.renew(connection, lease, bench.courier.held)
    assert still == {2, 3}
    assert (bench.row(1).lease_until, bench.row(2).lease_until) == (NOW + timedelta(seconds=25), lease.until)
    bench.courier.renewed(still, lease.until)
    assert bench.sender.hears() == Held(33.0, frozenset({1}))
    assert bench.courier.held == [2, 3]
    bench.answer((1, Outcome(250, "ok")), (2, Outcome(250, "ok")))
    assert (bench.row(1).lease_owner, bench.row(2).state) == ("them", "sent")
    assert bytes(bench.row(3).rendered) == contents[3]


def test_a_clock_that_is_set_back_makes_no_lease_longer(bench):
    bench.queue()
    bench.claim()
    bench.sender.hears()
    bench.now -= timedelta(hours=1)
    bench.courier.renewed({1}, NOW + timedelta(seconds=25))
    assert bench.sender.hears() == Held(courier.HOLD, frozenset())


def test_what_no_sender_can_take_goes_back(bench):
    bench.queue(2)
    bench.sender.pid = 0
    bench.claim()
    assert bench.sender.hears() is None
    assert bench.courier.ready
    bench.turn()
    assert bench.courier.held == []
    assert [(bench.row(n).state, bench.row(n).attempts) for n in (1, 2)] == [("queued", 0)] * 2
    bench.courier.renewed(set(), bench.now)
    assert bench.sender.hears() is None


def test_a_turn_that_is_rolled_back_keeps_everything_for_the_next(bench, monkeypatch):
    bench.queue(2)
    bench.claim()
    bench.render()
    bench.parcels()
    bench.sender.line.send(Delivered([(1, Outcome(550, "5.1.1 no")), (2, Outcome(250, "ok"))]))
    bench.courier.heard()

    def fail(*_):
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorname = "SQLITE_BUSY"
        raise OperationalError("INSERT", {}, busy)

    with monkeypatch.context() as patch, bench.store.turn() as connection:
        patch.setattr("gateway.courier.tell", fail)
        savepoint = connection.begin_nested()
        with pytest.raises(OperationalError):
            bench.courier.turn(connection)
        savepoint.rollback()
    assert bench.courier.settled() == 0, "the rest of the turn was committed, our share was not"
    assert bench.courier.held == [1, 2]
    assert bench.turn() == 2
    assert (bench.row(1).state, bench.row(2).state, bench.courier.held) == ("failed", "sent", [])
    assert len(bench.told()) == 2


def test_a_sender_that_dies_between_rendering_and_storing_sends_one_version_only(bench):
    bench.queue()
    bench.claim()
    content = compose(bench.sender.hears().letters[0][1])
    bench.sender.line.send(Rendered([(1, content)], []))
    bench.courier.heard()
    bench.sender.dies()
    bench.hear_and_turn()
    bench.hear_and_turn()
    assert bench.sender.hears() is None
    bench.now += timedelta(minutes=2)
    bench.claim()
    kept_bytes = bench.row().rendered
    message = bench.sender.hears()
    assert isinstance(message, Deliver) == (kept_bytes is not None)


def test_a_broken_letter_costs_only_itself(bench):
    bench.queue(2)
    bench.claim()
    message = bench.sender.hears()
    good = message.letters[1]
    bench.sender.line.send(Rendered([(2, compose(good[1]))], [(1, "TemplateSyntaxError")]))
    bench.hear_and_turn()
    row = bench.row(1)
    assert (row.state, row.attempts) == ("queued", 1)
    assert row.last_text == "could not be rendered: TemplateSyntaxError"
    assert [parcel.id for parcel in bench.parcels()] == [2]
    assert bench.courier.held == [2]
