"""The disk: room for mail, and for files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House

AREA = "disk"
MEGABYTE = 1 << 20
LARGE_MAILS = 20
"""Room for fewer mails of the largest size than this deserves a word."""
FEW_FILES, NO_FILES = 10_000, 100


def check(house: House) -> Iterator[Finding]:
    """Each disk that the desk writes to, once."""
    config = house.config
    seen: set[int] = set()
    for folder in (config.store.data, house.file and house.file.parent, config.outgoing.maildir):
        place = nearest(folder) if folder is not None else None
        if place is None or place.stat().st_dev in seen:
            continue
        seen.add(place.stat().st_dev)
        yield from _room(place, os.statvfs(place), config.store.reserve, config.smtp.max_size)


def nearest(folder: Path) -> Path | None:
    """The folder, or the nearest one above it that exists."""
    return next((one for one in (folder, *folder.parents) if one.is_dir()), None)


def _room(place: Path, disk: os.statvfs_result, reserve: int, largest: int) -> Iterator[Finding]:
    free = disk.f_bavail * disk.f_frsize
    what = f"{free / MEGABYTE:.0f} MB free for {place}"
    if free <= reserve:
        yield problem(
            AREA,
            f"{what}: mail is refused below store.reserve_mb ({reserve / MEGABYTE:.0f})",
            "make room: delete what is not the desk's, or grow the disk",
        )
    elif free < reserve + LARGE_MAILS * largest:
        yield warning(AREA, f"{what}: {LARGE_MAILS} large mails would fill it", "make room, or grow the disk")
    else:
        yield fine(AREA, what)
    if disk.f_files and disk.f_favail < FEW_FILES:
        say = problem if disk.f_favail < NO_FILES else warning
        yield say(AREA, f"only {disk.f_favail} files can still be made for {place}", "delete files that nobody needs")
