"""What processes cost: processor seconds and memory of a tree of processes, by role, read from /proc (Linux).

In: the number of the tree's first process. Out: seconds or bytes by role. A child of the desk has the role that
`gateway.child` was started with; the first process is the daemon.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")


def tree(first: int) -> dict[int, str]:
    """The processes of the tree with their roles."""
    parents = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found = {first: "daemon"}
    while grown := {n: _role(n) for n, parent in parents.items() if parent in found and n not in found}:
        found |= grown
    return found


def processor(first: int) -> dict[str, float]:
    """Processor seconds so far, user and system, by role."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for number, role in tree(first).items():
        if fields := _stat(number):
            seconds[role] += (int(fields[11]) + int(fields[12])) / _TICKS
    return dict(seconds)


def busy() -> float:
    """Processor seconds that the whole machine has worked so far, whoever it was for; waiting for a disk is no work."""
    user, nice, system, _idle, _waiting, interrupts, soft, stolen = map(
        int, (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + interrupts + soft + stolen) / _TICKS


def memory(first: int) -> dict[str, int]:
    """Proportional set size in bytes, by role: shared pages are counted once over all their users."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for number, role in tree(first).items():
        with suppress(OSError):  # it ended meanwhile
            for line in (_PROC / str(number) / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    sizes[role] += int(line.split()[1]) << 10
    return dict(sizes)


class Peak:
    """The most memory that a tree of processes has together while this lasts, and what it had before; bytes."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.before = self.most = sum(memory(first).values())
        self.parts: dict[str, int] = {}

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        while not self._stop.wait(0.1):
            parts = memory(self._first)
            if sum(parts.values()) > self.most:
                self.most, self.parts = sum(parts.values()), parts

    @property
    def grown(self) -> float:
        """Megabytes beyond what there was before."""
        return (self.most - self.before) / 2**20


def _stat(number: int) -> list[str]:
    """The fields of /proc/N/stat after the name (which may hold anything); empty when the process is gone."""
    try:
        return (_PROC / str(number) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _role(number: int) -> str:
    try:
        words = (_PROC / str(number) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return "gone"
    if b"gateway.child" not in words:
        return "other"
    role = words[words.index(b"gateway.child") + 1].decode()
    return "door" if role == "smtp" else role
