"""The truth about fsync: the commit is on the disk before the door says 250 (K2), seen from outside by strace."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.servers.requirement import missing
from tests.servers.serving import PROGRAM, letter

MAILS = 5
CALLS = "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write,writev"
_LINE = re.compile(r"^(\d+) +(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*))$")


@pytest.fixture
def strace(tmp_path):
    """The words that put a command under strace, and where it writes."""
    if shutil.which("strace") is None:
        missing("strace is not installed (Debian: apt-get install strace)")
    log = tmp_path / "strace"
    words = ("strace", "-f", "-y", "-s", "24", "-e", CALLS, "-o", str(log))
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("strace may not trace here: this machine forbids ptrace")
    return words, log


def _events(log: Path) -> list[str]:
    """What was done, in the order in which it was finished: write, sync, 354, 250."""
    begun: dict[str, tuple[str, str]] = {}
    events = []
    for line in log.read_text("utf-8", "replace").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        pid, call, rest, resumed, more = match.groups()
        if call and rest.endswith("<unfinished ...>"):
            begun[pid] = (call, rest)
            if "250 2.0.0" in rest:  # what leaves has left when the call begins
                events.append("250")
            continue
        if resumed:
            call, rest = begun.pop(pid, ("", ""))
            if "250 2.0.0" in rest:
                continue
            rest += more
        if " = -1 " in rest:
            continue
        if call == "pwrite64" and ".db-wal>" in rest:
            events.append("write")
        elif call in ("fdatasync", "fsync") and ".db-wal>" in rest:
            events.append("sync")
        elif '"354 ' in rest:
            events.append("354")
        elif '"250 2.0.0' in rest:
            events.append("250")
    return events


def _unsynced(events: list[str]) -> int:
    """How many mails got their 250 without their own write and its sync before it."""
    bad, since = 0, []
    for event in events:
        if event == "354":
            since = []
        elif event == "250":
            wrote = "write" in since
            bad += not (wrote and "sync" in since[len(since) - 1 - since[::-1].index("write") :])
        else:
            since.append(event)
    return bad


def _trace(desk, strace, program=PROGRAM) -> list[str]:
    words, log = strace
    one = desk(quiet=True, program=program)
    one.before = words
    one.start()
    for number in range(MAILS):
        one.send(letter(number), f"c{number}@northwind.example")
        one.quiet()  # what follows on this mail must not be taken for the next one's commit
        time.sleep(0.7)
    one.stop()
    events = _events(log)
    assert events.count("354") == events.count("250") == MAILS
    return events


def test_the_commit_is_on_the_disk_before_the_250(desk, strace):
    assert _unsynced(_trace(desk, strace)) == 0


@pytest.mark.parametrize("fault", ["lazy-sync", "early-250"])
def test_a_desk_that_answers_before_the_disk_is_found_out(desk, strace, fault):
    mutant = (sys.executable, str(Path(__file__).with_name("mutant.py")), fault)
    assert _unsynced(_trace(desk, strace, mutant)) >= MAILS - 1


def test_the_order_is_read_rightly():
    assert _unsynced(["354", "write", "write", "sync", "250"]) == 0
    assert _unsynced(["354", "write", "sync", "write", "250"]) == 1
    assert _unsynced(["354", "sync", "write", "250", "sync"]) == 1
    assert _unsynced(["354", "250", "write", "sync", "354", "write", "sync", "250"]) == 1
    assert os.linesep == "\n"
