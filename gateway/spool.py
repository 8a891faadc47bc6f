"""The spool: a folder where large mail waits as files, on its way into the store and on its way to a reader.

In: files that a door has written. Out: blobs, written a megabyte a turn so that nobody waits for them, and paths for
readers. Nothing here is durable or needs to be: a file counts for nothing before its last turn has committed, and can
be made again from the store after it. What a crash left is removed at the next start.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from gateway.doors.words import Arrived
from store import blobs
from store.engine import Store

MOST_FILES = 64
"""Files that are kept for readers; what is beyond is made again from the store when its turn comes."""


class SpoolDamaged(Exception):
    """A file of the spool is not what its door has written."""


@dataclass(slots=True)
class _Stowing:
    """The message that is being written now, and how far it is."""

    item: Arrived
    stream: BinaryIO
    offset: int = 0
    digest: Any = field(default_factory=sha256)
    known: bool = False


class Spool:
    """The large mail of one desk. `turn` and `settled` go with the daemon's turns, `fetch` and `drop` with readers."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._waiting: deque[Arrived] = deque()
        self._current: _Stowing | None = None
        self._piece: bytes | None = None
        self._finished: Arrived | None = None

    def clear(self) -> None:
        """Make the folder and remove what an earlier life has left in it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file in self._folder.iterdir():
            file.unlink(missing_ok=True)

    # From a door into the store

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to write."""
        return self._current is not None or bool(self._waiting)

    def add(self, item: Arrived) -> None:
        """A message whose bytes are in a file."""
        self._waiting.append(item)

    def turn(self, connection: Connection, now: datetime) -> Arrived | None:
        """Write the next piece; the message whose last piece it was.

        Raises `SpoolDamaged`, `OSError` or the store's errors.
        """
        if self._current is None and not self._waiting:
            return None
        if self._current is None:
            self._current = _open(self._waiting[0])
            self._waiting.popleft()
        current = self._current
        spooled = current.item.spooled
        assert spooled is not None
        if current.offset == 0:
            current.known = not blobs.begin(connection, spooled.sha256, spooled.size, now)
        current.stream.seek(current.offset)
        self._piece = piece = current.stream.read(blobs.PIECE)
        if not current.known:
            blobs.add(connection, spooled.sha256, current.offset, piece)
        if current.offset + len(piece) < spooled.size and piece:
            return None
        digest = current.digest.copy()
        digest.update(piece)
        if digest.hexdigest() != spooled.sha256:
            raise SpoolDamaged(f"{Path(spooled.path).name} is not the {spooled.size} bytes that the door has written")
        blobs.finish(connection, spooled.sha256)
        self._finished = current.item
        return current.item

    def settled(self) -> None:
        """The turn's transaction is durable."""
        current, piece, finished = self._current, self._piece, self._finished
        self._piece = self._finished = None
        if current is None or piece is None:
            return
        current.digest.update(piece)
        current.offset += len(piece)
        if finished is not None:
            current.stream.close()
            self._current = None
            self._file_away(current.item)

    def give_up(self) -> list[Arrived]:
        """Nothing more can be written now: the messages that are not in the store, which nobody may wait for."""
        given = [*([self._current.item] if self._current else ()), *self._waiting]
        if self._current is not None:
            self._current.stream.close()
        self._current = self._piece = self._finished = None
        self._waiting.clear()
        return given

    def forget(self, tokens: frozenset[int]) -> None:
        """The clients of these were told to come again."""
        self._waiting = deque(item for item in self._waiting if item.token not in tokens)
        if self._current is not None and self._current.item.token in tokens:
            self._current.stream.close()
            self._current = self._piece = self._finished = None

    def _file_away(self, item: Arrived) -> None:
        """Keep the file for the reader, under the name by which it is asked for."""
        assert item.spooled is not None
        file = Path(item.spooled.path)
        try:
            if len(os.listdir(self._folder)) > MOST_FILES:  # noqa: PTH208 - names are all that is needed
                file.unlink(missing_ok=True)
            else:
                file.rename(self._folder / item.spooled.sha256)
        except OSError:
            file.unlink(missing_ok=True)  # the store has it: `fetch` makes it again

    # From the store to a reader

    def fetch(self, sha256_hex: str) -> str:
        """The path of a file with these bytes. Raises the store's errors and `OSError`."""
        file = self._folder / sha256_hex
        if not file.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = self._folder / f"{sha256_hex}.{secrets.token_hex(4)}"
            with self._store.look() as connection, half.open("xb") as stream:
                blobs.copy(connection, sha256_hex, stream)
            half.rename(file)
        return str(file)

    def drop(self, sha256_hex: str) -> None:
        """No reader needs it any more."""
        (self._folder / sha256_hex).unlink(missing_ok=True)


def _open(item: Arrived) -> _Stowing:
    assert item.spooled is not None
    return _Stowing(item=item, stream=Path(item.spooled.path).open("rb"))
