"""A store that only crashed goes on sending; a backup that was made under load is noticed all the same."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from store import witness
from store.witness import Witness
from tests.unit.store.machine import LATER, Machine, at_work, desk
from tests.unit.store.samples import commit, kept, opening

__all__ = ["desk"]


def test_a_crash_between_commit_and_file_holds_nothing(desk, tmp_path):
    one = Machine(desk[0], tmp_path / "data").start().work()
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        one.witness.note(connection, LATER)
    one.stop()  # without `committed`
    with at_work(desk[0], tmp_path / "data") as one:
        assert one.held == ""


def test_a_crash_at_the_first_start_holds_nothing(desk, tmp_path):
    """Before and after the commit that writes the desk's first witness."""
    one = Machine(desk[0], tmp_path / "data")
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
    with pytest.raises(RuntimeError), one.store.turn() as connection:
        one.witness.check(connection, LATER, one.store.is_sqlite)
        raise RuntimeError
    with one.store.turn() as connection:
        assert Witness(tmp_path / "data").check(connection, LATER, one.store.is_sqlite) == ""
    one.stop()  # without `committed`
    with at_work(desk[0], tmp_path / "data") as one:
        assert one.held == ""
        assert one.states() == ["queued"]


def test_a_turn_of_unknown_outcome_holds_nothing(desk, tmp_path):
    """The connection was lost at the commit: it may have counted, it may not have."""
    with at_work(desk[0], tmp_path / "data") as one:
        with one.store.turn() as connection:
            one.witness.note(connection, LATER)
        with pytest.raises(RuntimeError), one.store.turn() as connection:
            one.witness.note(connection, LATER)
            raise RuntimeError
        one.work(2)
        assert one.held == ""


_WORKER = """
import sys
from pathlib import Path
from tests.unit.store.machine import Machine
one = Machine(sys.argv[1], Path(sys.argv[2])).start()
print(f"held={one.held}", flush=True)
one.work()
print("working", flush=True)
while True:
    one.work()
"""


def test_a_storm_of_kills_holds_nothing(desk, tmp_path):
    chance = random.Random(7)
    for _ in range(4):
        worker = subprocess.Popen(
            [sys.executable, "-c", _WORKER, desk[0], str(tmp_path / "data")],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        assert worker.stdout is not None
        assert [worker.stdout.readline() for _ in range(2)] == ["held=\n", "working\n"]
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(60)
        worker.stdout.close()
    with at_work(desk[0], tmp_path / "data") as one:
        assert one.held == ""
        assert set(one.states()) == {"queued"}


def test_a_backup_under_load_is_noticed(tmp_path):
    """SQLite's own online backup while turns go on: restored, it holds everything that it believes to wait."""
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER, url, str(tmp_path / "data")],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert worker.stdout is not None
    assert [worker.stdout.readline() for _ in range(2)] == ["held=\n", "working\n"]
    source, copy = sqlite3.connect(tmp_path / "desk.db"), sqlite3.connect(tmp_path / "copy.db")
    source.backup(copy)
    had = copy.execute("SELECT count(*) FROM outbox").fetchone()[0]
    while source.execute("SELECT count(*) FROM outbox").fetchone()[0] < had + 5:
        time.sleep(0.01)
    source.close()
    copy.close()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait(60)
    worker.stdout.close()
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"desk.db{suffix}").unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "copy.db", tmp_path / "desk.db")
    with at_work(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older")
        assert one.states() == ["held"] * had


def test_a_file_that_cannot_be_written_ends_nobody(desk, tmp_path, monkeypatch, caplog):
    """The turn is committed by then; a file that is behind the store is safe. It is said once."""
    url, *_ = desk
    with at_work(url, tmp_path / "data") as one:
        with monkeypatch.context() as broken:
            broken.setattr(witness.os, "pwrite", _no_room)
            one.work(3)
        (words,) = [record.message for record in caplog.records if "cannot be written" in record.message]
        assert words.startswith(f"{tmp_path / 'data' / 'witness'} cannot be written (No space left on device): a rest")
        one.work()
    with at_work(url, tmp_path / "data") as one:
        assert one.held == ""
        assert one.states() == ["queued"] * 4


def _no_room(*_arguments):
    raise OSError(28, "No space left on device")
