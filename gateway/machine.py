"""What the machine gives us: open files, and room on the disk of the data folder.

In: a folder. Out: numbers. It changes nothing but this process's own limit of open files, and what of its first three
descriptors its starter has closed.
"""

from __future__ import annotations

import os
import resource
import shutil
from pathlib import Path


def free_bytes(folder: Path, reserve: int) -> int | None:
    """How many bytes mail may still take where `folder` is, when `reserve` stays free; None when nobody can tell."""
    try:
        return shutil.disk_usage(folder).free - reserve
    except OSError:
        return None


def fill_descriptors() -> None:
    """What is closed of stdin, stdout and stderr becomes /dev/null, here and in our children. Else the next thing that
    is opened, the lock or a connection, has that number, and what a library or a token command prints goes there."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free one, and that is this one


def allow_many_files() -> int:
    """As many open files as the system lets us have; how many. The usual soft limit is for programs with select()."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
