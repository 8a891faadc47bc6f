"""Durability: whether what is committed survives a power cut, as far as settings and disk can tell."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from store.durability import NETWORK, assert_durable
from store.engine import StoreError, StoreUnavailable

AREA = "durability"
FORGETFUL = frozenset({"tmpfs", "ramfs"})
MOUNTS = Path("/proc/self/mountinfo")
SYNCS = 20
SLOW, SICK = 0.05, 0.5
"""Seconds of one fsync above which the desk is slow, and above which something is wrong."""
TOO_QUICK = 20e-6
"""No disk is that fast: whoever answers so has not written."""


def check(house: House) -> Iterator[Finding]:
    """Settings of the database, kind of the disk, speed of a sync."""
    if house.store is not None:
        try:
            assert_durable(house.store)
        except StoreUnavailable:
            raise  # it does not answer now: that says nothing of its settings
        except StoreError as error:
            yield problem(
                AREA, str(error), "give the database back its own durability settings and start the desk anew"
            )
        else:
            yield fine(AREA, "the database syncs every commit")
    data = house.config.store.data
    for folder in {data, house.file.parent if house.file else data}:
        if folder.is_dir():
            yield _kind(folder, MOUNTS.read_text("utf-8", "replace") if MOUNTS.exists() else "")
    if data.is_dir():
        yield _speed(measure(data, SYNCS))


def _kind(folder: Path, mounts: str) -> Finding:
    kind, mounted = file_system(folder, mounts)
    if kind in NETWORK:
        return problem(
            AREA,
            f"{folder} is on a network file system ({kind}, mounted at {mounted})",
            "move data folder and database to a disk of this machine: nobody can rely on locks and syncs of others",
        )
    if kind in FORGETFUL:
        return problem(
            AREA, f"{folder} is in memory ({kind}): everything is gone with the power", "move it to a real disk"
        )
    if kind == "overlay":
        return warning(
            AREA, f"{folder} is in a container's own layer: it goes with the container", "put it on a volume"
        )
    return fine(AREA, f"{folder} is on {kind or 'a file system of unknown kind'}")


def file_system(folder: Path, mounts: str) -> tuple[str, str]:
    """The type and the mount point of the file system that `folder` is on.

    Fields of a line: https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html; the last mount hides the others.
    """
    path, found, longest = str(folder.resolve()), ("", ""), -1
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if len(before.split()) < 5 or not after:
            continue
        point = before.split()[4].replace("\\040", " ")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:
            found, longest = (after.split()[0], point), len(point)
    return found


def measure(folder: Path, count: int) -> list[float]:
    """Seconds of `count` small synced writes, in a file that has no name."""
    times = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(count):
            os.write(file.fileno(), bytes(4096))
            started = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - started)
            if sum(times) > 3:
                break
    return times


def _speed(times: list[float]) -> Finding:
    middle, longest = statistics.median(times), max(times)
    what = f"a synced write takes {middle * 1000:.2f} ms, at most {longest * 1000:.1f} ms"
    if middle < TOO_QUICK:
        return warning(
            AREA, f"{what}: no disk is that fast", "make sure that the disk or its host does not ignore syncs"
        )
    if middle > SICK:
        return problem(AREA, what, "look for a failing or overloaded disk: every message waits for such a write")
    if middle > SLOW:
        return warning(AREA, what, "a quicker disk would take more mail: every message waits for such a write")
    return fine(AREA, what)
