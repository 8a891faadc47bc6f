"""The spool: large mail goes into the store piece by piece and out again as files; nothing of it counts too early."""

from __future__ import annotations

import os
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.doors.words import Arrived, Spooled
from gateway.lock import DeskFolder, DeskLock
from gateway.spool import Spool, SpoolDamaged
from store import blobs, journal
from store.journal import Received
from store.tables import blob_chunks
from store.tables import blobs as blobs_table
from store.tables import journal as journal_table
from tests.servers.stores import kind, store, store_url
from tests.unit.store.samples import NOW, counts, envelope

__all__ = ["kind", "store", "store_url"]

CONTENT = os.urandom(2 * blobs.PIECE + 1234)


@pytest.fixture
def spool(store, tmp_path):
    found = Spool(tmp_path / "spool", store)
    found.clear()
    yield found
    found.give_up()


def arrive(spool, content=CONTENT, token=1, claimed=None):
    """A door has written this file."""
    file = spool._folder / f"arriving-{token}"
    file.write_bytes(content)
    digest = claimed or sha256(content).hexdigest()
    item = Arrived(
        token=token, door="smtp", client="", hello="", sender="", recipients=("support@desk.example",),
        received_at=NOW, content=b"", spooled=Spooled(str(file), len(content), digest),
    )  # fmt: skip
    spool.add(item)
    return item


def turn(spool, store, is_ours=True):
    with store.turn() as connection:
        finished = spool.turn(connection, NOW)
    spool.settled(is_ours=is_ours)
    return finished


def names(spool):
    return sorted(file.name for file in spool._folder.iterdir())


def test_a_large_mail_takes_a_megabyte_a_turn_and_counts_only_after_the_last(spool, store):
    item = arrive(spool)
    digest = item.spooled.sha256
    assert turn(spool, store) is None
    with store.look() as connection:
        assert connection.execute(select(blobs_table.c.unfinished_since)).scalar_one() == NOW
    assert turn(spool, store) is None
    assert counts(store, [blob_chunks]) == {"blob_chunks": 8}
    assert turn(spool, store) is item
    assert not spool.ready
    with store.look() as connection:
        assert blobs.read(connection, digest) == CONTENT
        assert connection.execute(select(blobs_table.c.unfinished_since)).scalar_one() is None
    assert names(spool) == [digest]
    assert Path(spool.fetch(digest, len(CONTENT))).read_bytes() == CONTENT
    spool.drop(digest)
    spool.drop(digest)
    assert names(spool) == []
    assert Path(spool.fetch(digest, len(CONTENT))).read_bytes() == CONTENT  # made again from the store


def test_what_the_store_has_already_is_not_written_again(spool, store):
    first, second = arrive(spool), arrive(spool, token=2)
    assert [turn(spool, store) for _ in range(6)] == [None, None, first, None, None, second]
    assert counts(store, [blobs_table, blob_chunks]) == {"blobs": 1, "blob_chunks": 9}


def test_a_turn_that_is_rolled_back_is_as_if_it_had_not_been(spool, store):
    item = arrive(spool)
    for kept in (False, True, False, True, False, True):
        try:
            with store.turn() as connection:
                finished = spool.turn(connection, NOW)
                if not kept:
                    raise InterruptedError
        except InterruptedError:
            continue
        spool.settled(is_ours=True)
    assert finished is item
    with store.look() as connection:
        assert blobs.read(connection, item.spooled.sha256) == CONTENT


def test_a_file_that_was_changed_is_not_kept(spool, store):
    arrive(spool, claimed="0" * 64)
    turn(spool, store)
    turn(spool, store)
    assert turn(spool, store) is None
    assert [item.token for item in spool.spoilt()] == [1]
    assert not spool.ready


def test_a_file_that_is_gone_is_answered_for(spool, store):
    item = arrive(spool)
    Path(item.spooled.path).unlink()
    other = arrive(spool, os.urandom(10), token=2)
    assert [turn(spool, store), turn(spool, store)] == [None, other]
    assert spool.spoilt() == [item]
    assert spool.spoilt() == []


def test_a_file_that_is_no_doors_is_not_touched(spool, tmp_path):
    for path in (tmp_path / "secret", spool._folder / "secret", spool._folder / "x" / "arriving-1"):
        item = Arrived(
            token=1, door="smtp", client="", hello="", sender="", recipients=(), received_at=NOW, content=b"",
            spooled=Spooled(str(path), 1, "0" * 64),
        )  # fmt: skip
        with pytest.raises(SpoolDamaged):
            spool.add(item)
    assert not spool.ready


def test_a_mail_that_another_machine_reads_leaves_no_file(spool, store):
    arrive(spool, b"x" * 10)
    turn(spool, store, is_ours=False)
    assert names(spool) == []


def test_a_copy_that_fails_leaves_nothing_and_says_what_is_missing(spool, store):
    digest = sha256(CONTENT).hexdigest()
    with store.turn() as connection:
        blobs.write(connection, {digest: CONTENT})
    with pytest.raises(SpoolDamaged, match="of 10000000 bytes"):
        spool.fetch(digest, 10_000_000)
    assert names(spool) == []
    assert Path(spool.fetch(digest, len(CONTENT))).stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_ends_nothing(spool, store, monkeypatch, caplog):
    item = arrive(spool, b"x" * 10)

    def refuse(*_args, **_how):
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as read_only:
        read_only.setattr(Path, "unlink", refuse)
        read_only.setattr(Path, "rename", refuse)
        assert turn(spool, store) is item
        spool.drop(item.spooled.sha256)
    assert "Read-only file system" in caplog.text
    (spool._folder / "lost+found").mkdir()
    spool.clear()
    assert names(spool) == ["lost+found"]


def test_a_folder_that_is_none_is_said_in_a_sentence(tmp_path, store):
    (tmp_path / "spool").write_text("")
    with pytest.raises(DeskFolder, match="mend its rights"):
        Spool(tmp_path / "spool", store).clear()


def test_who_was_told_to_come_again_is_forgotten_also_half_way(spool, store):
    arrive(spool)
    other = arrive(spool, os.urandom(blobs.PIECE + 1), token=2)
    arrive(spool, token=3)
    turn(spool, store)
    spool.forget(frozenset({1, 3}))
    assert [turn(spool, store), turn(spool, store)] == [None, other]
    assert not spool.ready


def test_halves_that_nobody_finishes_are_removed_after_a_day_and_nothing_else(spool, store):
    arrive(spool)
    turn(spool, store)
    with store.turn() as connection:
        journal.append(connection, [Received.of(envelope(), b"small")])
        assert blobs.forget_abandoned(connection, NOW + timedelta(hours=23)) == 0
        assert blobs.forget_abandoned(connection, NOW + timedelta(hours=25)) == 1
    assert counts(store, [blobs_table, blob_chunks, journal_table]) == {"blobs": 1, "blob_chunks": 1, "journal": 1}


def test_an_earlier_life_leaves_nothing(spool):
    arrive(spool)
    spool.clear()
    assert names(spool) == []


def test_a_large_blob_is_kept_from_pieces_of_any_size(store):
    digest = sha256(CONTENT).hexdigest()
    pieces = [CONTENT[at : at + 100_001] for at in range(0, len(CONTENT), 100_001)]
    for _ in range(2):
        blobs.keep(store, digest, len(CONTENT), iter(pieces), NOW)
    with store.look() as connection:
        assert blobs.read(connection, digest) == CONTENT


@pytest.mark.parametrize("size", [blobs.PIECE, 2 * blobs.PIECE, blobs.CHUNK * 5])
def test_sizes_at_the_borders(spool, store, size):
    item = arrive(spool, os.urandom(size))
    while not turn(spool, store):
        pass
    with store.look() as connection:
        found = blobs.read(connection, item.spooled.sha256)
    assert sha256(found).hexdigest() == item.spooled.sha256


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(DeskFolder, match=r"^store\.data: .*/data is a file or below one; name a folder$"):
        DeskLock(tmp_path / "data").take()
    with pytest.raises(DeskFolder, match=r"^store\.data: .*/below is a file or below one; name a folder$"):
        DeskLock(tmp_path / "data" / "below").take()


def test_a_lock_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Root left it behind: not the folder has wrong rights but the file in it."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(
        DeskFolder, match=r"^store\.data: cannot write .*/lock: Is a directory; mend its rights and owner$"
    ):
        DeskLock(tmp_path).take()
