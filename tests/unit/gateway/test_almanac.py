"""Calendars in the store: what counts as read, what is forgotten, and files that are none."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from gateway.almanac import Almanac
from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.config.settings import Config
from gateway.doctor import calendars
from gateway.doctor.house import open_house
from gateway.jobs.calendars import Feed, Reading, read
from store import chores, feeds
from store.engine import Store
from store.opening import open_store
from store.tables import busy
from store.tables import chores as table

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FAR = NOW + timedelta(days=900)
TEN = (int((NOW + HOUR).timestamp()), int((NOW + 2 * HOUR).timestamp()))


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(write_desk(tmp_path, demo=True), {})


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    found = open_store(config.store.url)
    yield found
    found.close()


def almanac(config: Config, names: tuple[str, ...] = ("benedikt",), now: datetime = NOW) -> Almanac:
    desk = config.desk(bytes(range(32)))
    calls = replace(desk.calls, feeds={name: f"{name}.ics" for name in names})
    return Almanac(config, replace(desk, calls=calls), lambda: now, lambda: 0.0)


def kept(store: Store, found: Almanac, *readings: Reading) -> bool:
    """Whether the promises are proven anew after these readings."""
    found._readings = list(readings)
    with store.turn() as connection:
        chores.begin(connection, {chores.PROMISES: NOW})
        connection.execute(update(table).values(due_at=FAR))
        found.turn(connection)
        return chores.standing(connection)[chores.PROMISES] < FAR


def reading(name: str = "benedikt", *times: tuple[int, int], **more: Any) -> Reading:
    return Reading(name=name, busy=times or (TEN,), fingerprint=repr(times or (TEN,)), **more)


def standing(store: Store) -> dict[str, datetime | None]:
    with store.look() as connection:
        return {one.name: one.read_at for one in feeds.standing(connection)}


def times(store: Store) -> list[str]:
    with store.look() as connection:
        return list(connection.scalars(select(busy.c.name).order_by(busy.c.name)))


def test_of_calendars_that_are_named_no_more_nothing_is_kept(store: Store, config: Config) -> None:
    both = almanac(config, ("anastasia", "benedikt"))
    assert kept(store, both, reading("anastasia"), reading("benedikt"))
    with store.turn() as connection:
        row = {"name": "anastasia", "start": NOW, "end": NOW + HOUR, "source": "other"}
        connection.execute(insert(busy).values(row))
    one = almanac(config)
    assert one.ready
    assert one.busy
    assert kept(store, one), "who has their time back may be promised"
    assert (one.ready, one.busy) == (False, False)
    assert standing(store) == {"benedikt": NOW}
    assert times(store) == ["anastasia", "benedikt"], "only what came of a calendar"
    assert not kept(store, almanac(config))
    none = almanac(config, ())
    none.look()
    assert none.ready, "also where nobody has one any more"
    assert kept(store, none)
    assert times(store) == ["anastasia"]


def test_what_was_not_read_as_a_whole_counts_but_not_as_read(store: Store, config: Config) -> None:
    assert kept(store, almanac(config), reading(whole=False, problem="left out"))
    assert (standing(store), times(store)) == ({"benedikt": None}, ["benedikt"])
    assert kept(store, almanac(config), reading())
    assert standing(store) == {"benedikt": NOW}
    later = almanac(config, now=NOW + HOUR)
    assert kept(store, later, reading("benedikt", TEN, (TEN[1], TEN[1] + 60), whole=False, problem="left out"))
    assert (standing(store), times(store)) == ({"benedikt": NOW}, ["benedikt", "benedikt"])
    assert not kept(store, later, reading("benedikt", TEN, (TEN[1], TEN[1] + 60), whole=False, problem="left out"))


def feed(path: Path) -> Feed:
    start, end = int(NOW.timestamp()), int((NOW + 24 * HOUR).timestamp())
    return Feed(
        name="benedikt", path=str(path), owner="b@desk.example", zone="Europe/Berlin", start=start, end=end,
        tentative=True, memory_mb=64,
    )  # fmt: skip


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.ics")
    for path in (tmp_path / "pipe.ics", tmp_path):
        assert read(feed(path)).problem == "it cannot be read: it is no file"
    assert read(feed(tmp_path / "none.ics")).problem == "it cannot be read: No such file or directory"


def test_a_series_that_was_left_out_is_told(tmp_path: Path) -> None:
    entry = (
        "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20200101T000000Z\r\nDTEND:99991231T235959Z\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT"
    )
    (tmp_path / "a.ics").write_text(f"BEGIN:VCALENDAR\r\n{entry}\r\nEND:VCALENDAR\r\n")
    found = read(feed(tmp_path / "a.ics"))
    assert (found.busy, found.whole) == ((), False)
    assert "was left out" in found.problem


@pytest.mark.parametrize(("age", "said"), [(5, "5 h ago"), (24 * 40, "40 days ago"), (None, "is gone now")])
def test_the_doctor_says_how_old_a_file_is(store: Store, config: Config, age: int | None, said: str) -> None:
    """A file that no program writes any more is read as gladly as any other."""
    policy = replace(config.policy, calls=replace(config.policy.calls, feeds={"benedikt": "benedikt.ics"}))
    now = datetime.now(UTC)
    assert kept(store, almanac(config, now=now), reading())
    if age is not None:
        path = config.folder / "benedikt.ics"
        path.write_text("")
        os.utime(path, (now.timestamp(), (now - age * HOUR).timestamp()))
    house = open_house(replace(config, policy=policy))
    (found,) = calendars.check(house)
    assert "the calendar of benedikt is read; its file " in found.what
    assert found.what.endswith(said)
