"""The spool: a folder where large mail waits as files, on its way into the store and on its way to a reader.

In: files that a door has written. Out: blobs, written a megabyte a turn so that nobody waits for them, and paths for
readers. Nothing here is durable or needs to be: a file counts for nothing before its last turn has committed, and can
be made again from the store after it. What a crash left is removed at the next start.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Connection

from gateway.doors.words import Arrived, Spooled
from gateway.lock import DeskFolder
from store import blobs
from store.engine import Store

MOST_FILES = 64
"""Files that are kept for readers; what is beyond is made again from the store when its turn comes."""
ARRIVING = "arriving-"
"""How the files of doors are called; no other name is believed."""

log = logging.getLogger(__name__)


class SpoolDamaged(Exception):
    """A file of the spool, or what the store has of it, is not what a door has written."""


@dataclass(slots=True)
class _Stowing:
    """The message that is being written now, and how far it is."""

    item: Arrived
    stream: BinaryIO | None = None
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
        self._spoilt: list[Arrived] = []

    def clear(self) -> None:
        """Make the folder and remove what an earlier life has left in it; raises `DeskFolder` when it cannot be one."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            left = [file for file in self._folder.iterdir() if not file.is_dir()]
        except OSError as error:
            raise DeskFolder(f"store.data: cannot use {self._folder}: {error.strerror}; mend its rights") from error
        for file in left:
            _remove(file)

    # From a door into the store

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to write."""
        return self._current is not None or bool(self._waiting)

    def add(self, item: Arrived) -> None:
        """A message whose bytes are in a file of a door; any other file raises `SpoolDamaged`."""
        assert item.spooled is not None
        file = Path(item.spooled.path)
        if file.parent != self._folder or not file.name.startswith(ARRIVING):
            raise SpoolDamaged(f"{file} is no file of a door")
        self._waiting.append(item)

    def turn(self, connection: Connection, now: datetime) -> Arrived | None:
        """Write the next piece; the message whose last piece it was. Raises the store's errors.

        A file that cannot be read, or is not what its door has said, costs only its own message (`spoilt`).
        """
        if self._current is None and not self._waiting:
            return None
        try:
            piece, is_last = self._read()
        except (OSError, SpoolDamaged) as error:
            log.error("a large message is not taken: %s", error)
            self._spoil()
            return None
        current = self._current
        assert current is not None
        spooled = current.item.spooled
        assert spooled is not None
        if current.offset == 0:
            current.known = not blobs.begin(connection, spooled.sha256, spooled.size, now)
        self._piece = piece
        if not current.known:
            blobs.add(connection, spooled.sha256, current.offset, piece)
        if not is_last:
            return None
        blobs.finish(connection, spooled.sha256)
        self._finished = current.item
        return current.item

    def _read(self) -> tuple[bytes, bool]:
        """The next piece of the message in hand, and whether it is the last. Nothing is moved on by it."""
        if self._current is None:
            self._current = _Stowing(self._waiting.popleft())
        current = self._current
        spooled = current.item.spooled
        assert spooled is not None
        current.stream = current.stream or _opened(spooled)
        current.stream.seek(current.offset)
        piece = current.stream.read(blobs.PIECE)
        if piece and current.offset + len(piece) < spooled.size:
            return piece, False
        digest = current.digest.copy()
        digest.update(piece)
        if digest.hexdigest() != spooled.sha256:
            raise SpoolDamaged(f"{Path(spooled.path).name} is not the {spooled.size} bytes that the door has written")
        return piece, True

    def _spoil(self) -> None:
        if self._current is not None:
            self._spoilt.append(self._current.item)
            self._close()

    def spoilt(self) -> list[Arrived]:
        """Messages that were given up since this was asked for the last time."""
        found, self._spoilt = self._spoilt, []
        return found

    def settled(self, *, is_ours: bool) -> None:
        """The turn's transaction is durable. `is_ours`: what it finished is leased to us, our reader wants the file."""
        current, piece, finished = self._current, self._piece, self._finished
        self._piece = self._finished = None
        if current is None or piece is None:
            return
        current.digest.update(piece)
        current.offset += len(piece)
        if finished is not None:
            self._close()
            self._file_away(current.item, is_ours=is_ours)

    def give_up(self) -> list[Arrived]:
        """Nothing more can be written now: the messages that are not in the store, which nobody may wait for."""
        given = [*self.spoilt(), *([self._current.item] if self._current else ()), *self._waiting]
        self._close()
        self._waiting.clear()
        return given

    def _close(self) -> None:
        if self._current is not None and self._current.stream is not None:
            self._current.stream.close()
        self._current = self._piece = self._finished = None

    def forget(self, tokens: frozenset[int]) -> None:
        """The clients of these were told to come again."""
        self._waiting = deque(item for item in self._waiting if item.token not in tokens)
        if self._current is not None and self._current.item.token in tokens:
            self._close()

    def _file_away(self, item: Arrived, *, is_ours: bool) -> None:
        """Keep the file for our reader, under the name by which it is asked for. Should that fail, the store has it."""
        assert item.spooled is not None
        file = Path(item.spooled.path)
        try:
            if is_ours and len(os.listdir(self._folder)) <= MOST_FILES:  # noqa: PTH208 - names are all that is needed
                file.rename(self._folder / item.spooled.sha256)
                return
        except OSError as error:
            log.error("the spool cannot keep %s: %s", file.name, error.strerror)
        _remove(file)

    # From the store to a reader

    def fetch(self, sha256_hex: str, size: int) -> str:
        """The path of a file with these bytes. Raises the store's errors, `OSError`, and `SpoolDamaged` when the store
        does not have all of them."""
        file = self._folder / sha256_hex
        if not file.exists():
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            half = self._folder / f"{sha256_hex}.half"
            try:
                self._copy(sha256_hex, size, half)
                half.rename(file)
            except BaseException:
                _remove(half)
                raise
        return str(file)

    def _copy(self, sha256_hex: str, size: int, to: Path) -> None:
        _remove(to)
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream, self._store.look() as connection:
            found = blobs.copy(connection, sha256_hex, stream)
        if found != size:
            raise SpoolDamaged(f"the store has {found} of {size} bytes of {sha256_hex}")

    def drop(self, sha256_hex: str) -> None:
        """No reader needs it any more."""
        _remove(self._folder / sha256_hex)


def _opened(spooled: Spooled) -> BinaryIO:
    return Path(spooled.path).open("rb")


def _remove(file: Path) -> None:
    """A file that cannot be removed is no reason to stop: it is looked at again at the next start."""
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        log.error("the spool keeps %s, which nobody needs: %s", file.name, error.strerror)
