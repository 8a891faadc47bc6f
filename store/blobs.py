"""Raw bytes by their own sha256, in chunks of 256 KB inside the database.

In: bytes. Out: the same bytes, or None. A blob is written once and never changed; writing it again is no error.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, select

from store.engine import insert_missing
from store.tables import blob_chunks, blobs

CHUNK = 256 * 1024


def write(connection: Connection, contents: Mapping[str, bytes]) -> None:
    """Keep `contents` (sha256 hex → bytes); what is there already stays as it is."""
    insert_missing(connection, blobs, [{"sha256": key, "size": len(data)} for key, data in contents.items()])
    chunks = [
        {"sha256": key, "seq": seq, "data": data[start : start + CHUNK]}
        for key, data in contents.items()
        for seq, start in enumerate(range(0, len(data) or 1, CHUNK))
    ]
    insert_missing(connection, blob_chunks, chunks)


def read(connection: Connection, sha256: str) -> bytes | None:
    """The whole blob, or None when it was never kept."""
    rows = connection.execute(
        select(blob_chunks.c.data).where(blob_chunks.c.sha256 == sha256).order_by(blob_chunks.c.seq)
    ).scalars()
    chunks = [bytes(row) for row in rows]
    return b"".join(chunks) if chunks else None
