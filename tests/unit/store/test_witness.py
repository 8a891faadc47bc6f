"""A store that went back in time, or woke up elsewhere, sends nothing by itself; one that only crashed does."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from store import witness
from store.opening import open_store
from store.tables import journal, outbox, witnesses
from store.witness import CURE, RESTORED, StoreWentBack, Witness
from tests.servers import postgresql
from tests.unit.store.samples import NOW, commit, kept, lease, opening

LATER = NOW + timedelta(hours=1)


class Machine:
    """A data folder, a store and what a daemon does with them."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.store = open_store(url)
        self.witness = Witness(folder)
        self.held = ""

    def start(self, now=LATER):
        with self.store.turn(patient=True) as connection:
            self.held = self.witness.check(connection, now, self.store.is_sqlite)
        self.witness.committed()
        return self

    def work(self, times=1, now=LATER):
        """A mail comes in, is decided, and its acknowledgement waits to leave."""
        for _ in range(times):
            with self.store.turn() as connection:
                commit(connection, [opening(kept(connection))])
                self.witness.note(connection, now)
            self.witness.committed()
        return self

    def stop(self):
        self.witness.close()
        self.store.close()

    def states(self):
        with self.store.look() as connection:
            return list(connection.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars())


@pytest.fixture
def desk(kind, tmp_path):
    """A desk of its own: `(url, backup, restore)`; a backup is the database's own."""
    if kind == "sqlite":
        file = tmp_path / "desk.db"

        def backup():
            with sqlite3.connect(file) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
                source.backup(copy)
            source.close()
            copy.close()

        def restore():
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(tmp_path / "copy.db", file)

        yield f"sqlite:///{file}", backup, restore
    else:
        server = postgresql.shared()
        with postgresql.database(postgresql.migrated()) as url:
            name = url.rpartition("/")[2]

            def backup():
                server.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")

            def restore():
                server.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_copy")

            yield url, backup, restore
            server.run(f"DROP DATABASE IF EXISTS {name}_copy WITH (FORCE)")


@contextmanager
def _on(url, folder, now=LATER):
    one = Machine(url, folder)
    try:
        yield one.start(now)
    finally:
        one.stop()


def test_a_fresh_desk_and_a_clean_restart_hold_nothing(desk, tmp_path):
    for starts in range(4):
        with _on(desk[0], tmp_path / "data") as one:
            assert one.held == ""
            one.work(3)
            assert one.states() == ["queued"] * 3 * (starts + 1)


def test_a_desk_that_was_never_witnessed_holds_nothing(desk, tmp_path):
    """A store that comes from a replydesk without witnesses has mail that waits, and it is let go."""
    one = Machine(desk[0], tmp_path / "data")
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
    assert one.start().held == ""
    assert one.states() == ["queued"]
    one.stop()


def test_a_restored_store_holds_what_waited_then(desk, tmp_path):
    url, backup, restore = desk
    with _on(url, tmp_path / "data") as one:
        one.work(3)
    backup()
    with _on(url, tmp_path / "data") as one:
        one.work(2)
        with one.store.turn() as connection:  # the sender has sent everything meanwhile
            connection.execute(outbox.update().values(state="sent"))
            one.witness.note(connection, LATER)
        one.witness.committed()
    restore()
    with _on(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older than what this desk has seen of it")
        assert one.states() == ["held"] * 3
        with one.store.look() as connection:
            words = connection.execute(select(outbox.c.last_text)).scalars().first()
        assert words.startswith("held after a restore: the store is older")
        assert words.endswith(CURE)
        one.work()
        assert one.states() == ["held"] * 3 + ["queued"], "what comes in after it is sent"
    with _on(url, tmp_path / "data") as one:
        assert one.held == "", "once is enough"
        assert one.states() == ["held"] * 3 + ["queued"]


def test_mail_that_was_undecided_in_the_backup_is_marked(desk, tmp_path):
    """It will be decided a second time: what comes of it must be held as well (`gateway.stages.commit` looks)."""
    url, backup, restore = desk
    with _on(url, tmp_path / "data") as one:
        one.work()
        with one.store.turn() as connection:
            waiting = kept(connection)
    backup()
    with _on(url, tmp_path / "data") as one:
        one.work()
    restore()
    with _on(url, tmp_path / "data") as one, one.store.look() as connection:
        traces = dict(connection.execute(select(journal.c.id, journal.c.trace)).all())
        assert [step[1] for step in traces.pop(waiting.id)] == [RESTORED]
        assert RESTORED not in str(traces)


def test_a_restore_with_nothing_waiting_is_not_worth_a_word(desk, tmp_path):
    url, backup, restore = desk
    with _on(url, tmp_path / "data"):
        pass
    backup()
    with _on(url, tmp_path / "data") as one:
        one.work()
    restore()
    with _on(url, tmp_path / "data") as one:
        assert one.held == ""


def test_a_copied_data_folder_holds(desk, tmp_path):
    """Store and folder from one backup, later than anybody's sign of life: only the file's place on the disk tells."""
    with _on(desk[0], tmp_path / "data", NOW) as one:
        one.work(2, NOW)
    shutil.copytree(tmp_path / "data", tmp_path / "elsewhere")
    with _on(desk[0], tmp_path / "elsewhere") as one:
        assert one.held == "the data folder was moved, copied or restored"
        assert one.states() == ["held", "held"]


def test_another_machine_holds(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(witness, "MACHINE", tmp_path / "machine-id")
    witness.MACHINE.write_text("aaaa\n")
    with _on(desk[0], tmp_path / "data", NOW) as one:
        one.work(1, NOW)
    witness.MACHINE.write_text("bbbb\n")
    with _on(desk[0], tmp_path / "data") as one:
        assert one.held == "the data folder was moved, copied or restored"


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\0" * 54])
def test_a_data_folder_without_its_file_holds(desk, tmp_path, damage):
    with _on(desk[0], tmp_path / "data", NOW) as one:
        one.work(1, NOW)
    (tmp_path / "data" / witness.FILE).write_bytes(damage)
    with _on(desk[0], tmp_path / "data") as one:
        assert "no file witness" in one.held
        assert one.states() == ["held"]
    with _on(desk[0], tmp_path / "data") as one:
        assert one.held == ""


def test_a_store_that_knows_nothing_of_this_desk_is_older(desk, tmp_path):
    """The backup is from before the desk counted at all."""
    url, backup, restore = desk
    one = Machine(url, tmp_path / "data")
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
    one.stop()
    backup()
    with _on(url, tmp_path / "data") as one:
        one.work()
    restore()
    with _on(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older")
        assert one.states() == ["held"]


def test_mail_in_somebodys_hand_is_held_too(desk, tmp_path):
    url, backup, restore = desk
    with _on(url, tmp_path / "data") as one, one.store.turn() as connection:
        commit(connection, [opening(kept(connection))], lease=lease())
    backup()
    with _on(url, tmp_path / "data") as one:
        one.work()
    restore()
    with _on(url, tmp_path / "data") as one:
        assert one.states() == ["held"]
        with one.store.look() as connection:
            row = connection.execute(select(outbox)).one()
        assert (row.lease_owner, row.lease_until) == ("", None)


def test_a_crash_between_commit_and_file_holds_nothing(desk, tmp_path):
    one = Machine(desk[0], tmp_path / "data").start().work()
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        one.witness.note(connection, LATER)
    one.stop()  # without `committed`
    with _on(desk[0], tmp_path / "data") as one:
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
    with _on(desk[0], tmp_path / "data") as one:
        assert one.held == ""
        assert one.states() == ["queued"]


def test_a_turn_of_unknown_outcome_holds_nothing(desk, tmp_path):
    """The connection was lost at the commit: it may have counted, it may not have."""
    with _on(desk[0], tmp_path / "data") as one:
        with one.store.turn() as connection:
            one.witness.note(connection, LATER)
        with pytest.raises(RuntimeError), one.store.turn() as connection:
            one.witness.note(connection, LATER)
            raise RuntimeError
        one.work(2)
        assert one.held == ""


def test_a_store_that_is_restored_under_a_running_desk_is_noticed(desk, tmp_path, kind):
    url, backup, restore = desk
    with _on(url, tmp_path / "data") as one:
        one.work(2)
    backup()
    one = Machine(url, tmp_path / "data").start().work(2)
    one.store.close()  # SQLite's files cannot be changed under open connections; PostgreSQL's sessions end
    restore()
    with pytest.raises(StoreWentBack, match="start the desk anew") as caught, one.store.turn() as connection:
        one.witness.note(connection, LATER)
    assert not caught.value.temporary
    one.stop()
    with _on(url, tmp_path / "data") as one:
        assert one.states() == ["held"] * 2


@pytest.fixture
def shared():
    with postgresql.database(postgresql.migrated()) as url:
        yield url


def test_a_second_machine_joins_one_that_is_at_work(shared, tmp_path):
    with _on(shared, tmp_path / "one") as one:
        one.work(2)
        with _on(shared, tmp_path / "two", LATER + timedelta(seconds=50)) as two:
            assert two.held == ""
            two.work()
            one.work()
            assert one.states() == ["queued"] * 4
    with _on(shared, tmp_path / "one") as one, _on(shared, tmp_path / "two") as two:
        assert (one.held, two.held) == ("", "")


def test_a_copy_of_a_machine_that_is_at_work_counts_for_itself(shared, tmp_path):
    with _on(shared, tmp_path / "one") as one:
        one.work(2)
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        with _on(shared, tmp_path / "two") as two:
            assert two.held == ""
            two.work()
            one.work()
            with two.store.look() as connection:
                assert len(connection.execute(select(witnesses)).all()) == 2


def test_a_new_machine_that_finds_nobody_at_work_holds(shared, tmp_path):
    with _on(shared, tmp_path / "one", NOW) as one:
        one.work(1, NOW)
    with _on(shared, tmp_path / "two", NOW + timedelta(minutes=5)) as two:
        assert "no file witness" in two.held


def test_a_machine_that_sent_nothing_itself_has_seen_what_the_others_did(shared, tmp_path):
    """The restored store is older than what the other machine did; the quiet one starts first, and knows."""
    server = postgresql.shared()
    name = shared.rpartition("/")[2]
    with _on(shared, tmp_path / "busy") as busy, _on(shared, tmp_path / "quiet"):
        busy.work(1)
    server.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    try:
        with _on(shared, tmp_path / "busy") as busy:
            busy.work(3)
            with _on(shared, tmp_path / "quiet"):  # its sign of life, as every few seconds
                pass
        server.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_copy")
        with _on(shared, tmp_path / "quiet") as quiet:
            assert quiet.held.startswith("the store is older")
    finally:
        server.run(f"DROP DATABASE IF EXISTS {name}_copy WITH (FORCE)")


_WORKER = """
import sys
from pathlib import Path
from tests.unit.store.test_witness import Machine
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
        worker.wait(10)
        worker.stdout.close()
    with _on(desk[0], tmp_path / "data") as one:
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
    worker.wait(10)
    worker.stdout.close()
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"desk.db{suffix}").unlink(missing_ok=True)
    shutil.copyfile(tmp_path / "copy.db", tmp_path / "desk.db")
    with _on(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older")
        assert one.states() == ["held"] * had


def test_a_file_that_cannot_be_written_ends_nobody(desk, tmp_path, monkeypatch, caplog):
    """The turn is committed by then; a file that is behind the store is safe. It is said once."""
    url, *_ = desk
    with _on(url, tmp_path / "data") as one:
        with monkeypatch.context() as broken:
            broken.setattr(witness.os, "pwrite", _no_room)
            one.work(3)
        (words,) = [record.message for record in caplog.records if "cannot be written" in record.message]
        assert words.startswith(f"{tmp_path / 'data' / 'witness'} cannot be written (No space left on device): a rest")
        one.work()
    with _on(url, tmp_path / "data") as one:
        assert one.held == ""
        assert one.states() == ["queued"] * 4


def _no_room(*_arguments):
    raise OSError(28, "No space left on device")


def rows_of(store):
    with store.look() as connection:
        return {row.token: row.turn for row in connection.execute(select(witnesses))}


def test_machines_that_are_gone_are_counted_in_ours(desk, tmp_path):
    """The count of all turns goes on rising: whoever is left notices a restore as before."""
    url, *_ = desk
    with _on(url, tmp_path / "old") as one:
        one.work(5)
    with _on(url, tmp_path / "data", LATER + timedelta(days=1)) as one:
        one.work(2, LATER + timedelta(days=1))
        before = rows_of(one.store)
    assert len(before) == 2
    with _on(url, tmp_path / "data", LATER + timedelta(days=40)) as one:
        after = rows_of(one.store)
        assert len(after) == 1
        assert one.held == ""
        assert sum(after.values()) == sum(before.values()) + 1
        one.work(1, LATER + timedelta(days=40))
    with _on(url, tmp_path / "old", LATER + timedelta(days=80)) as one:
        assert "does not know this data folder" in one.held, "whoever comes back is a stranger"


def test_our_own_row_stays_however_long_the_desk_was_off(desk, tmp_path):
    with _on(desk[0], tmp_path / "data") as one:
        one.work(3)
    with _on(desk[0], tmp_path / "data", LATER + timedelta(days=400)) as one:
        assert one.held == ""
        assert one.states() == ["queued"] * 3


def test_data_folders_that_do_not_outlive_a_start_do_not_pile_up(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(witness, "MACHINES", 3)
    for number in range(8):
        with _on(desk[0], tmp_path / str(number), LATER + timedelta(hours=number)) as one:
            found = rows_of(one.store)
            assert len(found) <= 4
            assert sum(found.values()) == number + 1
    with _on(desk[0], tmp_path / "8", LATER + timedelta(hours=7, seconds=30)) as one:
        assert len(rows_of(one.store)) <= 5
        with one.store.turn() as connection:  # many that are at work stay, however many they are
            connection.execute(witnesses.update().values(seen_at=LATER + timedelta(days=2)))
    with _on(desk[0], tmp_path / "9", LATER + timedelta(days=2)) as one:
        assert len(rows_of(one.store)) == 5
