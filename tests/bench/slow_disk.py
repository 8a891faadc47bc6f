"""A slow disk: a small library that makes every fsync and fdatasync of a process wait 5 ms before the real one.

In: a folder to build in. Out: the environment that loads it into the desk and its children, or a sentence that says why
not. Nothing else of the machine is touched.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

DELAY_MS = 5

_SOURCE = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static int late(const char *name, int fd) {
    struct timespec delay = {0, DELAY_MS * 1000000L};
    int (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, name);
    nanosleep(&delay, 0);
    return real(fd);
}

int fsync(int fd) { return late("fsync", fd); }
int fdatasync(int fd) { return late("fdatasync", fd); }
"""


def build(folder: Path) -> dict[str, str] | str:
    """The environment of the slow disk, or why there is none."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        return "skipped: the slow disk needs Linux and a C compiler"
    source, library = folder / "slow_disk.c", folder / "slow_disk.so"
    source.write_text(_SOURCE)
    command = [compiler, "-shared", "-fPIC", "-O2", f"-DDELAY_MS={DELAY_MS}", "-o", str(library), str(source), "-ldl"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode:
        return f"skipped: the slow disk could not be built: {built.stderr.strip().splitlines()[-1]}"
    return {"LD_PRELOAD": str(library)}
