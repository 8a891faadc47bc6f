"""A message while it comes in: small ones in memory, large ones in a file of the spool folder.

In: pieces of content. Out: the bytes, or where they are with their size and sha256, or the reply that refuses them.
Disk and hash are worked on in threads of their own, a quarter of a megabyte at a time, so that one large mail never
holds up other clients. It makes nothing durable: that is the daemon's, who owns the file once the message is kept.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import logging
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from gateway.doors.replies import FULL, TOO_BIG, TRY_LATER
from gateway.doors.words import LARGE, Spooled

PIECE = 1 << 18
MOST_IN_MEMORY = 64 << 20
"""Bytes of all messages together that may wait in memory; beyond, messages go to disk from `PIECE` on."""
_NAME = "arriving-"
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

log = logging.getLogger(__name__)


class SpoolFolder:
    """Where large messages of this door go, and the threads that write them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="spool")
        self.in_memory = 0

    def clear(self) -> None:
        """Remove what an earlier door has left half-written: nobody waits for it."""
        with suppress(OSError):
            for file in self._folder.glob(f"{_NAME}*"):
                file.unlink(missing_ok=True)

    def create(self) -> SpoolFile:
        """A new file; it is made when it is first written."""
        return SpoolFile(self._folder / f"{_NAME}{secrets.token_hex(16)}")

    def remove(self, path: str) -> None:
        """Delete a file whose message was not kept; the daemon may have taken it away in the last moment."""
        self._threads.submit(_remove, path)

    @property
    def threads(self) -> ThreadPoolExecutor:
        return self._threads

    def close(self) -> None:
        self._threads.shutdown()


class SpoolFile:
    """One file, for this user only. Its methods run in threads, never two at a time, and raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._gone = False
        self._digest = hashlib.sha256()
        self._busy = threading.Lock()

    def write(self, parts: list[bytes]) -> None:
        """Append and hash."""
        with self._busy:
            if self._gone:
                return
            if self._file < 0:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            for part in parts:
                self._digest.update(part)
                view = memoryview(part)
                while view:
                    view = view[os.write(self._file, view) :]

    def finish(self, parts: list[bytes]) -> str:
        """The last parts; the sha256 of all, in hex."""
        self.write(parts)
        self._close()
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Close and delete, after whatever is being written; a write that comes later does nothing."""
        self._gone = True
        self._close()
        _remove(str(self.path))

    def _close(self) -> None:
        with self._busy:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1


def _remove(path: str) -> None:
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        log.error("%s cannot be removed from the spool folder: %s", Path(path).name, error.strerror)


class Message:
    """One message. `refusal` is the reply when it cannot be taken; what still comes is then only counted."""

    def __init__(self, folder: SpoolFolder, most: int, announced: int) -> None:
        self._folder = folder
        self._most = most
        self._large = LARGE if announced <= LARGE else PIECE
        self._parts: list[bytes] = []
        self._held = 0
        self._file: SpoolFile | None = None
        self.size = 0
        self.refusal = ""

    async def add(self, piece: bytes) -> None:
        """Take the next piece; waits for the disk when enough has come together."""
        self.size += len(piece)
        if self.size > self._most and not self.refusal:
            self._refuse(TOO_BIG)
        if self.refusal:
            return
        self._parts.append(piece)
        self._held += len(piece)
        self._folder.in_memory += len(piece)
        large = self._large if self._folder.in_memory < MOST_IN_MEMORY else PIECE
        if self._held >= PIECE and (self._file or self.size > large):
            await self._write()

    async def finish(self) -> bytes | Spooled:
        """The whole of it. Look at `refusal` before and after."""
        if self._file is None:
            return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        digest = await self._write(last=True)
        return Spooled(str(self._file.path), self.size, digest) if self._file else b""

    def hand_over(self) -> None:
        """The file is somebody else's from now on."""
        self._file = None

    def release(self) -> None:
        """The session is done with it: memory is free again, a file that nobody took is deleted."""
        self._folder.in_memory -= self._held
        self._parts, self._held = [], 0
        if self._file is not None:
            self._folder.threads.submit(self._file.discard)
            self._file = None

    async def _write(self, *, last: bool = False) -> str:
        parts, held = self._parts, self._held
        self._parts, self._held = [], 0
        digest = ""
        try:
            self._file = self._file or self._folder.create()
            run = asyncio.get_running_loop().run_in_executor
            if last:
                digest = await run(self._folder.threads, self._file.finish, parts)
            else:
                await run(self._folder.threads, self._file.write, parts)
        except OSError as error:
            log.error("a large message cannot be written to the spool folder: %s", error.strerror)
            self._refuse(FULL if error.errno in _NO_ROOM else TRY_LATER)
        finally:
            self._folder.in_memory -= held
        return digest

    def _refuse(self, reply: str) -> None:
        self.refusal = reply
        self.release()
