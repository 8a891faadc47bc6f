"""Raw bytes come back as they went in, whatever their size."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest
from sqlalchemy import func, select

from store import blobs
from store.tables import blob_chunks
from store.tables import blobs as table
from tests.unit.store.samples import counts

CHUNK = 256 * 1024


@pytest.mark.parametrize(
    ("size", "chunks"),
    [(0, 1), (1, 1), (CHUNK - 1, 1), (CHUNK, 1), (CHUNK + 1, 2), (600 * 1024, 3), (3 << 20, 12)],
)
def test_a_blob_is_cut_into_chunks_and_comes_back_whole(store, size, chunks):
    content = os.urandom(size)
    key = sha256(content).hexdigest()
    with store.turn() as connection:
        blobs.write(connection, {key: content})
    with store.look() as connection:
        assert blobs.read(connection, key) == content
        largest = connection.execute(select(func.max(func.length(blob_chunks.c.data)))).scalar_one()
        assert connection.execute(select(table.c.size)).scalar_one() == size
    assert largest == min(size, CHUNK)
    assert counts(store, [table, blob_chunks]) == {"blobs": 1, "blob_chunks": chunks}


def test_a_blob_is_kept_once(store):
    content = {sha256(b"x").hexdigest(): b"x", sha256(b"\x00\xff").hexdigest(): b"\x00\xff"}
    for _ in range(2):
        with store.turn() as connection:
            blobs.write(connection, content)
    assert counts(store, [table, blob_chunks]) == {"blobs": 2, "blob_chunks": 2}
    with store.look() as connection:
        assert [blobs.read(connection, key) for key in content] == [b"x", b"\x00\xff"]


def test_what_was_never_kept_is_none(store):
    with store.look() as connection:
        assert blobs.read(connection, "0" * 64) is None
