"""What is examined: the configuration, the store where it can be opened, and whether somebody serves the desk.

In: a checked configuration. Out: a `House`. Opening it never makes a store, never migrates one and never takes the
desk's lock.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from gateway.config.settings import Config
from gateway.lock import FILE
from store.engine import Store, StoreError, open_engines

LOCKS = Path("/proc/locks")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One desk as the checks see it. `now` is real time; `server` is the process that serves it here, 0 for none.

    `store` is None when it cannot be opened (`fault` says why) or is not there yet (`fault` is empty).
    """

    config: Config
    now: datetime
    server: int = 0
    store: Store | None = None
    fault: str = ""
    file: Path | None = None
    """The database file of SQLite; None for PostgreSQL."""

    @property
    def desk_now(self) -> datetime:
        """The desk's own clock: shifted on some demo desks."""
        return self.now + self.config.clock_offset


def open_house(config: Config) -> House:
    """Look without touching."""
    now, server = datetime.now(UTC), serving(config.store.data)
    file = database_file(config)
    try:
        if file is not None and not file.exists():
            return House(config=config, now=now, server=server, file=file)
        store = open_engines(config.store.url)
    except StoreError as error:
        return House(config=config, now=now, server=server, fault=str(error), file=file)
    except Exception as error:  # noqa: BLE001 - whatever it is, an operator asks the doctor what is wrong
        fault = f"store.url: it cannot be opened: {type(error).__name__}: {_one_line(error)}"
        return House(config=config, now=now, server=server, fault=fault, file=file)
    store.patient = True
    return House(config=config, now=now, server=server, store=store, file=file)


def _one_line(error: Exception) -> str:
    """What the system says; of a driver's error, whose text repeats the statement, nothing."""
    return error.strerror or "" if isinstance(error, OSError) else ""


def database_file(config: Config) -> Path | None:
    url = make_url(config.store.url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def serving(data: Path, locks: Path = LOCKS) -> int:
    """The process that holds the desk's lock, 0 when none does; asked of the system, so that the lock is never taken.

    https://man7.org/linux/man-pages/man5/proc_locks.5.html: `1: FLOCK ADVISORY WRITE 4711 08:01:1234 0 EOF`
    """
    try:
        lock = (data / FILE).stat()
        text = locks.read_text(encoding="ascii")
    except OSError:
        return 0
    device, number = f"{os.major(lock.st_dev):02x}:{os.minor(lock.st_dev):02x}", str(lock.st_ino)
    named = _named(data)
    for line in text.splitlines():
        fields = line.split()
        if len(fields) < 6 or fields[1] != "FLOCK":
            continue
        holder = int(fields[4]) if fields[4].isdigit() else 0
        where, _, inode = fields[5].rpartition(":")
        # btrfs and some overlays tell stat of another device than the kernel's list of locks
        if inode == number and (where == device or holder == named):
            return holder or named
    return 0


def _named(data: Path) -> int:
    """Whom the lock file names: the system does not show the numbers of another container's processes."""
    try:
        return int((data / FILE).read_text(encoding="ascii").strip() or 1)
    except (OSError, ValueError):
        return 1
