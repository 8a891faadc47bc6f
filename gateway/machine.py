"""What the machine gives us: open files, and room on the disk of the data folder.

In: a folder. Out: numbers. It changes nothing but this process's own limit of open files.
"""

from __future__ import annotations

import resource
import shutil
from pathlib import Path


def free_bytes(folder: Path, reserve: int) -> int | None:
    """How many bytes mail may still take where `folder` is, when `reserve` stays free; None when nobody can tell."""
    try:
        return shutil.disk_usage(folder).free - reserve
    except OSError:
        return None


def allow_many_files() -> int:
    """As many open files as the system lets us have; how many. The usual soft limit is for programs with select()."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
