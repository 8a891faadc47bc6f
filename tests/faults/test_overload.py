"""Overload: empty lines without end, many large mails at once, thousands of silent connections, a flood, a full disk.

Whatever one client does, the others are served and the desk's memory stays bounded. The bounds on time are wide, for
machines that do other things too; the exact figures are the bench's.
"""

from __future__ import annotations

import resource
import subprocess
import time
from functools import partial

import pytest

from store.tables import journal
from tests.bench import meter
from tests.faults.throng import Bystanders, Caller, crowd, large, send, together
from tests.servers.requirement import is_long
from tests.servers.serving import letter

MB = 1 << 20
LARGE_MAILS = 20 if is_long() else 6


def test_thirty_megabytes_of_empty_lines_hold_up_nobody(desk):
    one = desk(quiet=True).start()
    with Bystanders(one, "usual") as usual:
        one.wait(lambda: len(usual.seconds) >= 5, "mails on a machine that does nothing else of ours")
    before = sum(meter.processor(one.daemon).values())
    with meter.Peak(one.daemon) as peak, Bystanders(one, "b") as others:
        assert send(one, "empty", large("empty", 30, b"\r\n" * (MB // 2))) == 250
        kept = len(others.seconds)
        one.decided(1)
    spent = sum(meter.processor(one.daemon).values()) - before
    rows = one.decided(len(usual.seconds) + len(others.seconds) + 1)
    assert {row.verdict for row in rows} == {"ticket-created"}
    assert others.codes == {250}
    assert kept, "nobody else was served meanwhile"
    assert others.middle < max(1.0, 5 * usual.middle)
    assert max(others.seconds) < max(10.0, 20 * max(usual.seconds))
    assert spent < 15.0
    assert peak.grown < 300


@pytest.mark.timeout(900)
def test_many_large_mails_at_once_fit_into_little_memory(desk):
    one = desk(quiet=True).start()
    one.send(letter("first"), "first@northwind.example")
    one.decided(1)
    line = b"The same line of text, as logs have it; it goes on and on until it ends." + b"\r\n"
    piece = line * (MB // len(line))
    with meter.Peak(one.daemon) as peak:
        codes = together(
            partial(send, one, f"large{n}", large(f"large{n}", 30, piece), seconds=300.0) for n in range(LARGE_MAILS)
        )
        rows = one.decided(LARGE_MAILS + 1)
    assert codes == [250] * LARGE_MAILS
    assert {row.verdict for row in rows} == {"ticket-created"}
    assert sorted(row.size for row in rows)[1] > 30 * (MB - len(line))
    assert peak.grown < 300


@pytest.fixture
def many_files():
    """This process may have thousands of connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (-1, resource.RLIM_INFINITY) and hard < 4096:
        pytest.skip(f"this machine allows {hard} open files a process; 2,000 connections need 4096")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
def call():
    """Makes connections; all are closed at the end of the test."""
    made = []

    def make(*where):
        made.append(Caller(*where))
        return made[-1]

    yield make
    for caller in made:
        caller.close()


def test_two_thousand_silent_connections_cost_little_and_leave_without_a_trace(desk, call, many_files):
    one = desk(quiet=True, SMTP__CONNECTIONS="3000", SMTP__CONNECTIONS_PER_ADDRESS="3000").start()
    one.send(letter("first"), "first@northwind.example")
    before = meter.memory(one.daemon)["door"]
    silent = crowd(partial(call, one), 2000)
    assert {caller.code for caller in silent} == {220}
    each = (meter.memory(one.daemon)["door"] - before) / len(silent)
    began = time.monotonic()
    last = call(one)
    assert last.code == 220
    greeted = time.monotonic() - began
    assert last.send("last", [letter("last")]) == 250
    for caller in (*silent, last):
        caller.close()
    one.send(letter("after"), "after@northwind.example")
    assert [row.verdict for row in one.decided(3)] == ["ticket-created"] * 3
    assert each < 20 * 1024
    assert greeted < 20.0
    assert one.stop() == 0
    assert "Traceback" not in one.log()


def _is_greeted(desk):
    with Caller(desk) as caller:
        return caller.code == 220


def test_a_flood_from_one_address_leaves_the_others_served(desk, call):
    one = desk(quiet=True, SMTP__CONNECTIONS_PER_ADDRESS="20").start()
    flood = [call(one) for _ in range(60)]
    assert sorted(caller.code for caller in flood) == [220] * 20 + [421] * 40
    for source in ("127.0.0.2", "127.0.0.3"):
        assert send(one, source, [letter(source)], source) == 250
    assert not _is_greeted(one)
    for caller in flood:
        caller.close()
    one.wait(lambda: _is_greeted(one), "place for the address that was too many")
    assert "Traceback" not in one.log()


def test_a_flood_from_everywhere_is_421_and_passes(desk, call):
    one = desk(quiet=True, SMTP__CONNECTIONS="30", SMTP__CONNECTIONS_PER_ADDRESS="30").start()
    flood = [call(one, f"127.0.1.{n}") for n in range(1, 61)]
    assert sorted(caller.code for caller in flood) == [220] * 30 + [421] * 30
    for caller in flood:
        caller.close()
    one.wait(lambda: _is_greeted(one), "place for anybody")


@pytest.fixture(params=[16, 30])
def small_disk(tmp_path, request):
    """A disk of a few megabytes; root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a small disk may not be mounted here: {done.stderr.strip()}")
    yield folder, request.param
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_mail_that_fills_the_disk_is_refused_and_costs_nobody_else(desk, small_disk):
    """20 MB have no room, or none beside their copy in the store: 4xx, the room comes back, and small mail goes on."""
    folder, size = small_disk
    one = desk(folder=folder / "desk", quiet=True, STORE__RESERVE_MB="1").start()
    huge = 0
    for number in range(3):
        began = time.monotonic()
        code = send(one, f"huge{number}", large(f"huge{number}", 20, b"x" * 1000 + b"\r\n" + b"y" * (MB - 1002)))
        huge += code == 250
        assert code in (451, 452) or (code == 250 and size > 20)
        assert time.monotonic() - began < 60
        small = f"small{number}"
        one.wait(lambda name=small: send(one, name, [letter(name)]) == 250, "room for a small mail")
    rows = one.decided(3 + huge)
    assert {row.verdict for row in rows} == {"ticket-created"}
    senders = [row.envelope_from for row in one.rows(journal)]
    assert len(senders) == len(set(senders)) == 3 + huge
    assert {f"csmall{n}@northwind.example" for n in range(3)} <= set(senders)
    assert [file for file in (one.folder / "data" / "spool").glob("**/*") if file.is_file()] == []
