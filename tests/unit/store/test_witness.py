"""A store that went back in time, or woke up elsewhere, sends nothing by itself.

One that only crashed does: `test_witness_crashes.py`. Several machines on one store: `test_witness_machines.py`.
"""

from __future__ import annotations

import shutil

import pytest
from sqlalchemy import select

from store import witness
from store.tables import journal, outbox
from store.witness import CURE, RESTORED, StoreWentBack
from tests.unit.store.machine import LATER, Machine, at_work, desk
from tests.unit.store.samples import NOW, commit, kept, lease, opening

__all__ = ["desk"]


def test_a_fresh_desk_and_a_clean_restart_hold_nothing(desk, tmp_path):
    for starts in range(4):
        with at_work(desk[0], tmp_path / "data") as one:
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
    with at_work(url, tmp_path / "data") as one:
        one.work(3)
    backup()
    with at_work(url, tmp_path / "data") as one:
        one.work(2)
        with one.store.turn() as connection:  # the sender has sent everything meanwhile
            connection.execute(outbox.update().values(state="sent"))
            one.witness.note(connection, LATER)
        one.witness.committed()
    restore()
    with at_work(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older than what this desk has seen of it")
        assert one.states() == ["held"] * 3
        with one.store.look() as connection:
            words = connection.execute(select(outbox.c.last_text)).scalars().first()
        assert words.startswith("held after a restore: the store is older")
        assert words.endswith(CURE)
        one.work()
        assert one.states() == ["held"] * 3 + ["queued"], "what comes in after it is sent"
    with at_work(url, tmp_path / "data") as one:
        assert one.held == "", "once is enough"
        assert one.states() == ["held"] * 3 + ["queued"]


def test_mail_that_was_undecided_in_the_backup_is_marked(desk, tmp_path):
    """It will be decided a second time: what comes of it must be held as well (`gateway.stages.commit` looks)."""
    url, backup, restore = desk
    with at_work(url, tmp_path / "data") as one:
        one.work()
        with one.store.turn() as connection:
            waiting = kept(connection)
    backup()
    with at_work(url, tmp_path / "data") as one:
        one.work()
    restore()
    with at_work(url, tmp_path / "data") as one, one.store.look() as connection:
        traces = dict(connection.execute(select(journal.c.id, journal.c.trace)).all())
        assert [step[1] for step in traces.pop(waiting.id)] == [RESTORED]
        assert RESTORED not in str(traces)


def test_a_restore_with_nothing_waiting_is_not_worth_a_word(desk, tmp_path):
    url, backup, restore = desk
    with at_work(url, tmp_path / "data"):
        pass
    backup()
    with at_work(url, tmp_path / "data") as one:
        one.work()
    restore()
    with at_work(url, tmp_path / "data") as one:
        assert one.held == ""


def test_a_copied_data_folder_holds(desk, tmp_path):
    """Store and folder from one backup, later than anybody's sign of life: only the file's place on the disk tells."""
    with at_work(desk[0], tmp_path / "data", NOW) as one:
        one.work(2, NOW)
    shutil.copytree(tmp_path / "data", tmp_path / "elsewhere")
    with at_work(desk[0], tmp_path / "elsewhere") as one:
        assert one.held == "the data folder was moved, copied or restored"
        assert one.states() == ["held", "held"]


def test_another_machine_holds(desk, tmp_path, monkeypatch):
    monkeypatch.setattr(witness, "MACHINE", tmp_path / "machine-id")
    witness.MACHINE.write_text("aaaa\n")
    with at_work(desk[0], tmp_path / "data", NOW) as one:
        one.work(1, NOW)
    witness.MACHINE.write_text("bbbb\n")
    with at_work(desk[0], tmp_path / "data") as one:
        assert one.held == "the data folder was moved, copied or restored"


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\0" * 54])
def test_a_data_folder_without_its_file_holds(desk, tmp_path, damage):
    with at_work(desk[0], tmp_path / "data", NOW) as one:
        one.work(1, NOW)
    (tmp_path / "data" / witness.FILE).write_bytes(damage)
    with at_work(desk[0], tmp_path / "data") as one:
        assert "no file witness" in one.held
        assert one.states() == ["held"]
    with at_work(desk[0], tmp_path / "data") as one:
        assert one.held == ""


def test_a_store_that_knows_nothing_of_this_desk_is_older(desk, tmp_path):
    """The backup is from before the desk counted at all."""
    url, backup, restore = desk
    one = Machine(url, tmp_path / "data")
    with one.store.turn() as connection:
        commit(connection, [opening(kept(connection))])
    one.stop()
    backup()
    with at_work(url, tmp_path / "data") as one:
        one.work()
    restore()
    with at_work(url, tmp_path / "data") as one:
        assert one.held.startswith("the store is older")
        assert one.states() == ["held"]


def test_mail_in_somebodys_hand_is_held_too(desk, tmp_path):
    url, backup, restore = desk
    with at_work(url, tmp_path / "data") as one, one.store.turn() as connection:
        commit(connection, [opening(kept(connection))], lease=lease())
    backup()
    with at_work(url, tmp_path / "data") as one:
        one.work()
    restore()
    with at_work(url, tmp_path / "data") as one:
        assert one.states() == ["held"]
        with one.store.look() as connection:
            row = connection.execute(select(outbox)).one()
        assert (row.lease_owner, row.lease_until) == ("", None)


def test_a_store_that_is_restored_under_a_running_desk_is_noticed(desk, tmp_path, kind):
    url, backup, restore = desk
    with at_work(url, tmp_path / "data") as one:
        one.work(2)
    backup()
    one = Machine(url, tmp_path / "data").start().work(2)
    one.store.close()  # SQLite's files cannot be changed under open connections; PostgreSQL's sessions end
    restore()
    with pytest.raises(StoreWentBack, match="start the desk anew") as caught, one.store.turn() as connection:
        one.witness.note(connection, LATER)
    assert not caught.value.temporary
    one.stop()
    with at_work(url, tmp_path / "data") as one:
        assert one.states() == ["held"] * 2
