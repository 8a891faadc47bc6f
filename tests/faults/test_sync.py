"""The truth about fsync: the commit is on the disk before anybody says so (K2), seen from outside by strace.

The 250 of SMTP and of LMTP, and the exit status 0 of `deliver`. The commit of a mail is found by its reverse-path,
which nothing but its row of the journal holds.
"""

from __future__ import annotations

import re
import shutil
import smtplib
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.servers.requirement import missing
from tests.servers.serving import PROGRAM, letter

MAILS = 4
CALLS = "trace=pwrite64,fdatasync,fsync,sendto,sendmsg,write,writev"
PAGE = "4200"
"""Bytes of a call that are shown: a page of SQLite and a little."""
_LINE = re.compile(r"^(\d+) +(?:(\w+)\((.*)|<\.\.\. (\w+) resumed>(.*)|\+\+\+ exited with (\d+) \+\+\+)$")
_MARK = re.compile(r"reverse-(\d+)@")


def mutant(fault: str) -> tuple[str, ...]:
    return (sys.executable, str(Path(__file__).with_name("mutant.py")), fault)


@pytest.fixture
def strace(tmp_path):
    """The words that put a command under strace, and where it writes."""
    if shutil.which("strace") is None:
        missing("strace is not installed (Debian: apt-get install strace)")
    log = tmp_path / "strace"
    words = ("strace", "-f", "-y", "-s", PAGE, "-e", CALLS, "-o", str(log))
    tried = subprocess.run([*words, "true"], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip("strace may not trace here: this machine forbids ptrace")
    return words, log


def _events(lines: list[str], first: bool = False) -> list[str]:
    """What was done, in the order in which it was finished: `write N` (the row of mail N), sync, 354, 250, `exit N`.

    What leaves for a client has left when its call begins. With `first`, only the first process counts.
    """
    begun: dict[str, tuple[str, str]] = {}
    events = []
    only = lines[0].split()[0] if first and lines else ""
    for line in lines:
        match = _LINE.match(line)
        if match is None or (only and match.group(1) != only):
            continue
        pid, call, rest, resumed, more, exited = match.groups()
        if exited is not None:
            events.append(f"exit {exited}")
            continue
        if call:
            events += _said(rest)
            if rest.endswith("<unfinished ...>"):
                begun[pid] = (call, rest)
                continue
        if resumed:
            call, rest = begun.pop(pid, ("", ""))
            rest += more
        if " = -1 " not in rest and "-wal>" in rest:
            events += _done(call, rest)
    return events


def _said(rest: str) -> list[str]:
    """What the client is told by a call, if it is one to a client."""
    return [code for code in ("354", "250") if f'"{code} ' in rest and ("250 2.0.0" in rest or code == "354")]


def _done(call: str, rest: str) -> list[str]:
    if call == "pwrite64":
        return [f"write {number}" for number in dict.fromkeys(_MARK.findall(rest))]
    return ["sync"] if call in ("fdatasync", "fsync") else []


def _unsynced(events: list[str], promise: str = "250") -> int:
    """How many promises were given before the mail's own row and after it a sync were on the disk.

    Mails come one after the other, so the n-th promise is the n-th mail's.
    """
    bad, promised = 0, 0
    seen: dict[str, str] = defaultdict(str)
    for event in events:
        if event.startswith("write "):
            seen[event.split()[1]] = seen[event.split()[1]] or "written"
        elif event == "sync":
            seen.update((number, "safe") for number in seen)
        elif event == promise:
            bad += seen[str(promised)] != "safe"
            promised += 1
    return bad


def _trace(desk, strace, program=PROGRAM, door="smtp") -> list[str]:
    words, log = strace
    one = desk(quiet=True, program=program, LMTP__LISTEN="127.0.0.1:0")
    one.before = words
    one.start()
    port, kind = (one.port, smtplib.SMTP) if door == "smtp" else (one.lmtp_port, smtplib.LMTP)
    for number in range(MAILS):
        words = "It stops half way.\r\n" * (65_000 if number == MAILS - 1 else 1)  # the last one is spooled
        with kind(one.host, port, local_hostname="client.example", timeout=120) as client:
            client.sendmail(
                f"reverse-{number}@northwind.example", ["support@desk.example"], letter(number, words=words)
            )
    one.decided(MAILS, 60)
    one.stop()
    events = _events(log.read_text("utf-8", "replace").splitlines())
    assert events.count("354") == events.count("250") == MAILS
    return events


@pytest.mark.parametrize("door", ["smtp", "lmtp"])
def test_the_commit_is_on_the_disk_before_the_250(desk, strace, door):
    assert _unsynced(_trace(desk, strace, door=door)) == 0


@pytest.mark.parametrize("fault", ["synchronous-off", "synchronous-normal", "reply-before-commit"])
def test_a_desk_that_answers_before_the_disk_is_found_out(desk, strace, fault):
    assert _unsynced(_trace(desk, strace, mutant(fault))) >= MAILS - 1


def _delivered(desk, strace, program=PROGRAM) -> int:
    """How many of the mails that `deliver` took, beside a running desk, were not on the disk at its exit."""
    words, log = strace
    one = desk(quiet=True).start()
    bad = 0
    for number in range(2):
        subprocess.run(
            [*words, *program, "deliver", "--to", "support@desk.example", "--from", "reverse-0@northwind.example"],
            env=one.environment,
            input=letter(number),
            capture_output=True,
            timeout=300,
            check=True,
        )
        bad += _unsynced(_events(log.read_text("utf-8", "replace").splitlines(), first=True), "exit 0")
    assert [row.verdict for row in one.decided(2)] == ["ticket-created"] * 2
    return bad


def test_deliver_ends_with_0_only_after_the_commit_is_on_the_disk(desk, strace):
    assert _delivered(desk, strace) == 0


def test_a_deliver_that_forgets_to_sync_is_found_out(desk, strace):
    assert _delivered(desk, strace, mutant("synchronous-normal")) == 2


def test_the_order_is_read_rightly():
    assert _unsynced(["354", "write 0", "sync", "250"]) == 0
    assert _unsynced(["354", "sync", "write 0", "250", "sync"]) == 1
    assert _unsynced(["354", "250", "write 0", "sync", "354", "write 1", "sync", "250"]) == 1
    assert _unsynced(["354", "write 0", "sync", "write 0", "250"]) == 0  # the verdict, which may come before the 250
    assert _unsynced(["write 0", "sync", "exit 0"], "exit 0") == 0
    assert _unsynced(["write 0", "exit 0"], "exit 0") == 1
