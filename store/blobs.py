"""Raw bytes by their own sha256, in chunks of 256 KB inside the database.

In: bytes, whole or in pieces. Out: the same bytes, or None. A blob is written once and never changed; writing it again
is no error. A large one takes many short turns, so that nobody waits for it; until its last turn it counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import BinaryIO

from sqlalchemy import Connection, delete, exists, select, update

from store.engine import Store, insert_missing
from store.tables import blob_chunks, blobs, journal

CHUNK = 256 * 1024
PIECE = 4 * CHUNK
"""Bytes of a large blob in one turn."""
ABANDONED = timedelta(days=1)
"""After this time an unfinished blob is nobody's work any more: its writer died."""


def write(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Keep `contents` (sha256 hex → bytes); what is there already stays as it is.

    Sorted: two machines that keep the same bytes at once must not wait for each other in a circle.
    """
    kept = sorted(contents.items())
    insert_missing(connection, blobs, [_head(key, len(data), None) for key, data in kept])
    insert_missing(connection, blob_chunks, [row for key, data in kept for row in _chunks(key, 0, data)])


def begin(connection: Connection, sha256: str, size: int, now: datetime) -> bool:
    """Start on a large blob; False when it is there already and needs no writing.

    A half of it that somebody left, or that is written at this moment elsewhere, is no matter: chunks are the same.
    """
    insert_missing(connection, blobs, [_head(sha256, size, now)])
    started = connection.execute(
        update(blobs)
        .where(blobs.c.sha256 == sha256, blobs.c.unfinished_since.is_not(None))
        .values(unfinished_since=now)
    )
    return bool(started.rowcount)


def add(connection: Connection, sha256: str, offset: int, piece: bytes) -> None:
    """Write a piece that begins at byte `offset`, a multiple of `CHUNK`."""
    insert_missing(connection, blob_chunks, list(_chunks(sha256, offset // CHUNK, piece)))


def finish(connection: Connection, sha256: str) -> None:
    """All pieces are written: the blob counts."""
    connection.execute(update(blobs).where(blobs.c.sha256 == sha256).values(unfinished_since=None))


def keep(store: Store, sha256: str, size: int, pieces: Iterable[bytes], now: datetime) -> None:
    """Write a large blob in turns of its own, from pieces of any size; it is whole when this returns."""
    with store.turn() as connection:
        if not begin(connection, sha256, size, now):
            return
    offset, waiting = 0, bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= PIECE:
            with store.turn() as connection:
                add(connection, sha256, offset, bytes(waiting[:PIECE]))
            del waiting[:PIECE]
            offset += PIECE
    with store.turn() as connection:
        add(connection, sha256, offset, bytes(waiting))
        finish(connection, sha256)


def forget_abandoned(connection: Connection, now: datetime) -> int:
    """Remove a half that a dead writer left; how many. Nothing that a message needs is touched."""
    old = (
        connection.execute(
            select(blobs.c.sha256)
            .where(blobs.c.unfinished_since < now - ABANDONED)
            .where(~exists().where(journal.c.sha256 == blobs.c.sha256))
            .limit(1)
        )
        .scalars()
        .all()
    )
    if old:
        connection.execute(delete(blob_chunks).where(blob_chunks.c.sha256.in_(old)))
        connection.execute(delete(blobs).where(blobs.c.sha256.in_(old)))
    return len(old)


def read(connection: Connection, sha256: str) -> bytes | None:
    """The whole blob, or None when it was never kept."""
    rows = connection.execute(
        select(blob_chunks.c.data).where(blob_chunks.c.sha256 == sha256).order_by(blob_chunks.c.seq)
    ).scalars()
    chunks = [bytes(row) for row in rows]
    return b"".join(chunks) if chunks else None


def copy(connection: Connection, sha256: str, to: BinaryIO) -> int:
    """Write the blob into an open file, chunk by chunk; how many bytes it has."""
    size = seq = 0
    one = select(blob_chunks.c.data).where(blob_chunks.c.sha256 == sha256)
    while (data := connection.execute(one.where(blob_chunks.c.seq == seq)).scalar()) is not None:
        to.write(data)
        size += len(data)
        seq += 1
    return size


def _head(sha256: str, size: int, unfinished_since: datetime | None) -> dict[str, object]:
    return {"sha256": sha256, "size": size, "unfinished_since": unfinished_since}


def _chunks(sha256: str, seq: int, data: bytes) -> Iterable[dict[str, object]]:
    """Rows of one blob from number `seq` on; an empty blob has one empty chunk."""
    starts = range(0, len(data) or (seq == 0), CHUNK)
    return ({"sha256": sha256, "seq": seq + n, "data": data[at : at + CHUNK]} for n, at in enumerate(starts))
