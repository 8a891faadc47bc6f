"""Poison: a mail that kills readers by memory, a reader that stops, a door that dies, a disk that is full."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import time
from contextlib import suppress

import pytest

from store.tables import journal, outbox, tickets
from tests.servers.serving import letter


def _verdicts(rows):
    return {row.message_id or f"journal {row.id}": row.verdict for row in rows}


def test_a_mail_that_no_reader_survives_is_kept_explained_and_told_of(desk):
    """The memory limit kills the reader; three deaths make a stub, and the mails around it are fine."""
    one = desk(quiet=True, READER__MEMORY_MB="128", SMTP__MAX_SIZE=str(80 << 20)).start()
    poison = letter("poison", words="x" * 70 + "\r\n" + ("y" * 900 + "\r\n") * 60_000)
    one.send(letter("before"), "before@northwind.example")
    one.send(poison, "poison@northwind.example")
    one.send(letter("after"), "after@northwind.example")
    rows = one.decided(3)
    assert [row.verdict for row in rows] == ["ticket-created", "unreadable", "ticket-created"]
    assert [row.attempts for row in rows] == [0, 3, 0]
    assert one.rows(tickets)[-1].subject in ("Unreadable message", "The export stops")
    alarms = [row for row in one.rows(outbox) if row.purpose == "alarm"]
    assert [row.to_address for row in alarms] == ["ops@desk.example"]
    shown = subprocess.run(
        [*one.program, "mail", "raw", str(rows[1].id)], env=one.environment, capture_output=True, check=True
    )
    assert shown.stdout == poison
    one.send(letter("later"), "later@northwind.example")
    assert one.decided(4)[-1].verdict == "ticket-created"


def test_a_reader_that_stops_is_replaced_and_its_mail_is_read_by_the_next(desk):
    one = desk(quiet=True, READER__DEADLINE="1").start()
    stopped = one.child("reader")
    os.kill(stopped, signal.SIGSTOP)
    one.send(letter(1), "c1@northwind.example")
    (row,) = one.decided(1)
    assert (row.verdict, row.attempts) == ("ticket-created", 1)
    assert one.child("reader") != stopped
    assert "no answer within 1 s" in one.log()


def test_a_door_that_dies_is_replaced_and_its_clients_come_again(desk):
    one = desk(quiet=True).start()
    with one.smtp() as client:
        client.sendmail("c1@northwind.example", ["support@desk.example"], letter(1))
        old = one.child("smtp")
        os.kill(old, signal.SIGKILL)
        with pytest.raises((smtplib.SMTPException, OSError)):
            client.sendmail("c2@northwind.example", ["support@desk.example"], letter(2))
        with suppress(smtplib.SMTPException, OSError):
            client.close()
    one.send(letter(2), "c2@northwind.example")  # at once: the daemon keeps the sockets open meanwhile
    assert one.child("smtp") != old
    assert _verdicts(one.decided(2)) == {f"<{n}@northwind.example>": "ticket-created" for n in (1, 2)}


def test_a_daemon_that_dies_takes_its_children_along_and_the_next_needs_no_cleaning(desk):
    one = desk(quiet=True).start()
    group, port = one.pid, one.port
    one.send(letter(1), "c1@northwind.example")
    one.kill_daemon()
    one.wait(lambda: not _alive(group), "end of its children")
    one.start()
    assert one.port == port
    one.quiet()
    assert _verdicts(one.decided(1)) == {"<1@northwind.example>": "ticket-created"}


def _alive(group):
    found = []
    for line in subprocess.run(
        ["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True
    ).stdout.splitlines():
        pid, pgid, state = line.split()
        if int(pgid) == group and not state.startswith("Z"):
            found.append(int(pid))
    return found


@pytest.fixture
def small_disk(tmp_path):
    """A disk of a few megabytes; root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"a small disk may not be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_is_451_never_a_false_250_and_passes(desk, small_disk):
    one = desk(folder=small_disk / "desk", quiet=True, OUTGOING__URL="smtp://127.0.0.1:1", STORE__RESERVE_MB="1")
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (9 << 20))  # what is kept already has yet to become tickets: there must be room for that
    one.start()
    kept, refused, slowest = [], [], 0.0
    for number in range(200):
        began = time.monotonic()
        with one.smtp() as client:
            try:
                client.sendmail(f"c{number}@x.example", ["support@desk.example"], letter(number, words="z" * 40_000))
                kept.append(number)
            except smtplib.SMTPResponseException as error:
                refused.append(error.smtp_code)
        slowest = max(slowest, time.monotonic() - began)
        if len(refused) >= 5:
            break
    assert refused, "the disk was never full"
    assert set(refused) <= {451, 452}
    assert slowest < 60
    ballast.unlink()
    deadline = time.monotonic() + 120
    while True:
        try:
            one.send(letter("again"), "again@x.example")
            break
        except smtplib.SMTPException:
            assert time.monotonic() < deadline, "it does not recover although there is room again"
            time.sleep(0.2)
    rows = one.decided(len(kept) + 1)
    assert {row.message_id for row in rows} >= {f"<{n}@northwind.example>" for n in (*kept, "again")}
    assert {row.verdict for row in rows} <= {"ticket-created", "duplicate"}
    found = one.rows(journal, journal.c.id, journal.c.sha256)
    assert len(found) == len(rows)
