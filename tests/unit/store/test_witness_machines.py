"""Several machines on one store: who joins, who counts for itself, and who is gone."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from sqlalchemy import select

from store import witness
from store.tables import witnesses
from tests.servers import postgresql
from tests.unit.store.machine import LATER, at_work, desk
from tests.unit.store.samples import NOW

__all__ = ["desk"]


@pytest.fixture
def shared():
    with postgresql.database(postgresql.migrated()) as url:
        yield url


def test_a_second_machine_joins_one_that_is_at_work(shared, tmp_path):
    with at_work(shared, tmp_path / "one") as one:
        one.work(2)
        with at_work(shared, tmp_path / "two", LATER + timedelta(seconds=50)) as two:
            assert two.held == ""
            two.work()
            one.work()
            assert one.states() == ["queued"] * 4
    with at_work(shared, tmp_path / "one") as one, at_work(shared, tmp_path / "two") as two:
        assert (one.held, two.held) == ("", "")


def test_a_copy_of_a_machine_that_is_at_work_counts_for_itself(shared, tmp_path):
    with at_work(shared, tmp_path / "one") as one:
        one.work(2)
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        with at_work(shared, tmp_path / "two") as two:
            assert two.held == ""
            two.work()
            one.work()
            with two.store.look() as connection:
                assert len(connection.execute(select(witnesses)).all()) == 2


def test_a_new_machine_that_finds_nobody_at_work_holds(shared, tmp_path):
    with at_work(shared, tmp_path / "one", NOW) as one:
        one.work(1, NOW)
    with at_work(shared, tmp_path / "two", NOW + timedelta(minutes=5)) as two:
        assert "no file witness" in two.held


def test_a_machine_that_sent_nothing_itself_has_seen_what_the_others_did(shared, tmp_path):
    """The restored store is older than what the other machine did; the quiet one starts first, and knows."""
    server = postgresql.shared()
    name = shared.rpartition("/")[2]
    with at_work(shared, tmp_path / "busy") as busy, at_work(shared, tmp_path / "quiet"):
        busy.work(1)
    server.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    try:
        with at_work(shared, tmp_path / "busy") as busy:
            busy.work(3)
            with at_work(shared, tmp_path / "quiet"):  # its sign of life, as every few seconds
                pass
        server.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_copy")
        with at_work(shared, tmp_path / "quiet") as quiet:
            assert quiet.held.startswith("the store is older")
    finally:
        server.run(f"DROP DATABASE IF EXISTS {name}_copy WITH (FORCE)")


def rows_of(store):
    with store.look() as connection:
        return {row.token: row.turn for row in connection.execute(select(witnesses))}


def test_machines_that_are_gone_are_counted_in_ours(desk, tmp_path):
    """The count of all turns goes on rising: whoever is left notices a restore as before."""
    url, *_ = desk
    with at_work(url, tmp_path / "old") as one:
        one.work(5)
    with at_work(url, tmp_path / "data", LATER + timedelta(days=1)) as one:
        one.work(2, LATER + timedelta(days=1))
        before = rows_of(one.store)
    assert len(before) == 2
    with at_work(url, tmp_path / "data", LATER + timedelta(days=40)) as one:
        after = rows_of(one.store)
        assert len(after) == 1
        assert one.held == ""
        assert sum(after.values()) == sum(before.values()) + 1
        one.work(1, LATER + timedelta(days=40))
    with at_work(url, tmp_path / "old", LATER + timedelta(days=80)) as one:
        assert "does not know this data folder" in one.held, "whoever comes back is a stranger"


def test_our_own_row_stays_however_long_the_desk_was_off(desk, tmp_path):
    with at_work(desk[0], tmp_path / "data") as one:
        one.work(3)
    with at_work(desk[0], tmp_path / "data", LATER + timedelta(days=400)) as one:
        assert one.held == ""
        assert one.states() == ["queued"] * 3


def test_data_folders_that_do_not_outlive_a_start_do_not_pile_up(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(witness, "MACHINES", 3)
    for number in range(8):
        with at_work(desk[0], tmp_path / str(number), LATER + timedelta(hours=number)) as one:
            found = rows_of(one.store)
            assert len(found) <= 4
            assert sum(found.values()) == number + 1
    with at_work(desk[0], tmp_path / "8", LATER + timedelta(hours=7, seconds=30)) as one:
        assert len(rows_of(one.store)) <= 5
        with one.store.turn() as connection:  # many that are at work stay, however many they are
            connection.execute(witnesses.update().values(seen_at=LATER + timedelta(days=2)))
    with at_work(desk[0], tmp_path / "9", LATER + timedelta(days=2)) as one:
        assert len(rows_of(one.store)) == 5
