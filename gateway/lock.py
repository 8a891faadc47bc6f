"""The desk's lock: one settling process a data folder, known by a file that the system unlocks when we die.

In: the data folder. Out: the lock, or `DeskBusy` with a sentence. After SIGKILL nothing needs cleaning.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

FILE = "lock"


class DeskBusy(Exception):
    """Another process settles this desk."""


class DeskFolder(Exception):
    """The data folder cannot be used."""


class DeskLock:
    """An exclusive lock on a data folder."""

    def __init__(self, data: Path) -> None:
        self._file = data / FILE
        self._descriptor = -1

    def take(self) -> None:
        """Take the lock or raise `DeskBusy`; never waits."""
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (FileExistsError, NotADirectoryError) as error:
            raise DeskFolder(f"store.data: {self._file.parent} is a file or below one; name a folder") from error
        except OSError as error:
            file = error.filename or self._file
            raise DeskFolder(f"store.data: cannot write {file}: {error.strerror}; mend its rights and owner") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise DeskBusy(
                f"this desk is served already by process {holder or '?'} ({self._file}); "
                "stop that one first, or use another --config"
            ) from error
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
