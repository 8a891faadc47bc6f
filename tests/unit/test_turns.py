"""Turns with parts that do what the test says: whose fault costs whom what."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from gateway import turns as turns_module
from gateway.doors.words import Fate
from gateway.turns import Turns
from gateway.vitals import Counts
from store.engine import StoreBusy, StoreFull, StoreUnavailable
from store.journal import Received, append
from store.tables import journal
from store.witness import StoreWentBack
from tests.servers.stores import kind, store, store_url
from tests.unit.store.samples import NOW, desk, envelope, mail, mint

__all__ = ["kind", "store", "store_url"]


class Porter:
    """One mail waits at the door; `raises` is what keeping it runs into."""

    def __init__(self):
        self.ready = True
        self.raises = []
        self.fates = []

    def turn(self, connection, lease, _window):
        append(connection, [Received.of(envelope(), mail("one"))], lease)
        if self.raises:
            raise self.raises.pop(0)
        return 1

    def settled(self):
        self.ready = False
        self.fates.append(Fate.KEPT)
        return [], [], 0

    def refused(self, fate):
        self.ready = False
        self.fates.append(fate)

    def alone(self, _attempt, _is_down):
        self.ready = False
        self.fates.append("alone")


class Courier:
    """Something to record; `raises` is what recording it runs into, every time."""

    def __init__(self):
        self.ready = False
        self.raises = None
        self.room, self.held, self.settlings = 2048, [], 0
        self.worker = SimpleNamespace(pid=1)
        self.apart = timedelta()

    def turn(self, _connection, _lease):
        if self.raises:
            raise self.raises
        return []

    def settled(self):
        self.settlings += 1
        self.ready = False
        return 1


class Bench:
    def __init__(self, store, breaths):
        self.store, self.breaths = store, breaths
        self.porter, self.courier = Porter(), Courier()
        self.noted = 0
        settler = SimpleNamespace(ready=False, room=100, held=[], take=lambda *_: None)
        witness = SimpleNamespace(note=self._note, committed=lambda: None)
        self.turns = Turns(
            store=store, desk=desk(), settler=settler, courier=self.courier, porter=self.porter, witness=witness,
            counts=Counts(), owner="us", mint=mint, now=lambda: NOW, delivers=True,
        )  # fmt: skip

    def _note(self, _connection, _now):
        self.noted += 1

    def kept(self):
        with self.store.look() as connection:
            return len(connection.execute(select(journal.c.id)).all())


@pytest.fixture
def bench(store, monkeypatch):
    breaths = []
    monkeypatch.setattr(turns_module.time, "sleep", breaths.append)
    return Bench(store, breaths)


def test_a_turn_keeps_the_mail_and_says_so(bench):
    bench.turns.take()
    assert (bench.porter.fates, bench.kept(), bench.breaths) == ([Fate.KEPT], 1, [])
    assert bench.turns.last_commit == NOW


@pytest.mark.parametrize(
    ("error", "fate"),
    [(StoreUnavailable("gone"), Fate.LATER), (StoreFull("full"), Fate.FULL), (KeyError("x"), "alone")],
)
def test_what_went_wrong_is_said_to_the_door_and_nothing_is_kept(bench, error, fate):
    bench.porter.raises = [error]
    bench.turns.take()
    assert (bench.porter.fates, bench.kept()) == ([fate], 0)
    assert bool(bench.turns.fault) is isinstance(error, StoreUnavailable)
    assert bench.breaths
    bench.porter.ready = True
    bench.turns.take()
    assert (bench.porter.fates[1:], bench.turns.fault) == ([Fate.KEPT], "")


def test_who_is_in_each_others_way_tries_again_once_before_the_door_hears_of_it(bench):
    bench.porter.raises = [StoreBusy("deadlock detected")]
    bench.turns.take()
    assert (bench.porter.fates, bench.kept()) == ([], 0)
    bench.turns.take()
    assert (bench.porter.fates, bench.kept()) == ([Fate.KEPT], 1)


def test_who_is_in_each_others_way_for_long_is_said_to_the_door(bench):
    bench.porter.raises = [StoreBusy("locked"), StoreBusy("locked")]
    bench.turns.take()
    bench.turns.take()
    assert (bench.porter.fates, bench.kept()) == ([Fate.LATER], 0)


@pytest.mark.parametrize("error", [KeyError("a mistake of ours"), ValueError("another")])
def test_the_senders_share_costs_no_door_its_commit_and_is_not_tried_without_a_breath(bench, error):
    """It used to be tried again at once, and for ever: a whole processor and a traceback each time."""
    bench.courier.ready, bench.courier.raises = True, error
    bench.turns.take()
    assert (bench.porter.fates, bench.kept(), bench.noted) == ([Fate.KEPT], 1, 0)
    assert bench.courier.settlings == 0
    assert bench.breaths == [turns_module.BREATH]
    bench.courier.raises = None
    bench.turns.take()
    assert (bench.courier.settlings, bench.noted, bench.turns.tally.attempted) == (1, 1, 1)
    assert bench.breaths == [turns_module.BREATH]


def test_a_store_that_went_back_in_time_ends_the_desk(bench):
    bench.porter.raises = [StoreWentBack("it was restored")]
    with pytest.raises(StoreWentBack):
        bench.turns.take()
    assert bench.kept() == 0


class Collector(Porter):
    """Mailboxes: how many may be leased after the doors had theirs, and what became of what they brought."""

    def turn(self, connection, lease, window):
        self.window = window
        return super().turn(connection, lease, window)

    def hold(self, _connection, lease, now):
        self.asked = lease.owner, lease.until - now

    def held(self):
        self.holding = self.asked


def test_doors_and_mailboxes_share_a_turn_and_its_window(bench):
    bench.turns.collector = Collector()
    bench.turns.take()
    assert (bench.porter.fates, bench.turns.collector.fates, bench.kept()) == ([Fate.KEPT], [Fate.KEPT], 2)
    assert bench.turns.collector.window == 99
    assert not bench.turns.has_work
    bench.turns.collector.ready = True
    assert bench.turns.has_work


@pytest.mark.parametrize(("error", "fate"), [(StoreFull("full"), Fate.FULL), (KeyError("x"), "alone")])
def test_mailboxes_hear_of_a_turn_that_went_wrong_as_doors_do(bench, error, fate):
    bench.turns.collector = Collector()
    bench.turns.collector.raises = [error]
    bench.turns.take()
    assert (bench.porter.fates, bench.turns.collector.fates, bench.kept()) == ([fate], [fate], 0)


def test_folders_are_held_with_all_other_leases_and_their_processes_follow_the_commit(bench):
    bench.turns.collector = Collector()
    bench.turns.attempt(bench.turns.hold)
    assert bench.turns.collector.asked == ("us", turns_module.LEASE)
    assert not hasattr(bench.turns.collector, "holding")
    bench.courier.renewed = lambda *_: None
    bench.turns.renew()
    assert bench.turns.collector.holding == ("us", turns_module.LEASE)
