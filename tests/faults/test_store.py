"""A store that is locked or hangs: senders hear a 4xx soon, nobody a false 250, and all goes on afterwards (D2)."""

from __future__ import annotations

import os
import signal
import smtplib
import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from store.tables import journal, tickets
from tests.servers import postgresql
from tests.servers.requirement import is_long
from tests.servers.serving import letter

SOON = 30.0
"""Two seconds are promised, and `tests/unit/doors/test_line.py` measures them on a clock of its own; a machine that
tests other things beside may take longer. A client waits for minutes."""
BACK = 120.0


def _try(one, number):
    """The reply code to one mail, and how long it took."""
    began = time.monotonic()
    try:
        one.send(letter(number), f"c{number}@northwind.example")
    except smtplib.SMTPResponseException as refusal:
        return refusal.smtp_code, time.monotonic() - began
    except smtplib.SMTPServerDisconnected:
        return 421, time.monotonic() - began
    return 250, time.monotonic() - began


def _until_kept(one, number):
    """Send as a mail server would, until it is kept; how long that took."""
    began = time.monotonic()
    while _try(one, number)[0] != 250:
        assert time.monotonic() - began < BACK, "the desk does not come back to its store"
        time.sleep(0.1)
    return time.monotonic() - began


def _explained(one, kept, count):
    """Every mail that got its 250 has its verdict, and none has two tickets."""
    rows = one.decided(count)
    assert {row.message_id for row in rows} >= {f"<{number}@northwind.example>" for number in kept}
    assert {row.verdict for row in rows} <= {"ticket-created", "duplicate"}
    assert len(one.rows(tickets)) == len({row.message_id for row in rows})


@contextmanager
def locked(one):
    """Somebody else holds SQLite's write lock."""
    with closing(sqlite3.connect(one.folder / "data" / "replydesk.db", isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def test_a_locked_sqlite_is_451_soon_and_passes(desk):
    one = desk(quiet=True).start()
    kept = [0]
    assert _try(one, 0)[0] == 250
    with locked(one):
        answers = [_try(one, number) for number in range(1, 5)]
    assert {code for code, _ in answers} == {451}
    assert max(seconds for _, seconds in answers) < SOON
    for number in range(1, 5):
        _until_kept(one, number)
        kept.append(number)
    _explained(one, kept, 5)
    assert len(one.rows(journal)) <= 5 + 4  # what was taken back need not have been kept


@contextmanager
def frozen(*pids):
    """Processes that do not answer and do not die."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(pids):
            os.kill(pid, signal.SIGCONT)


def _processes(parent):
    """A process and all that descend from it."""
    found = [parent]
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found += _processes(int(entry.name))
    return found


def test_a_postgresql_that_does_not_answer_is_451_soon_and_passes(desk):
    server = postgresql.Server(postgresql.shared().binaries)
    try:
        server.run("CREATE DATABASE desk")
        one = desk(quiet=True, STORE__URL=server.dsn("desk")).start()
        kept = [_try(one, number)[0] == 250 and number for number in range(3)]
        with frozen(*_processes(server.pid)):
            answers = [_try(one, number) for number in range(3, 8)]
        assert {code for code, _ in answers} <= {451, 421}
        assert max(seconds for _, seconds in answers) < SOON
        for number in range(3, 8):
            _until_kept(one, number)
            kept.append(number)
        _explained(one, kept, 8)
        one.kill()
    finally:
        server.remove()


@pytest.mark.skipif(not is_long(), reason="takes half a minute of waiting; runs at night")
def test_a_desk_whose_store_does_not_answer_ends_all_the_same_when_it_is_told_to(desk):
    """Half a minute is the promise for SIGTERM, whatever hangs."""
    server = postgresql.Server(postgresql.shared().binaries)
    try:
        server.run("CREATE DATABASE desk")
        one = desk(quiet=True, STORE__URL=server.dsn("desk")).start()
        assert _try(one, 0)[0] == 250
        one.quiet()
        with frozen(*_processes(server.pid)):
            assert _try(one, 1)[0] in (451, 421)
            began = time.monotonic()
            one.stop(45)
            assert time.monotonic() - began < 35
    finally:
        server.remove()


def test_a_daemon_that_hangs_is_451_soon_and_what_was_taken_back_makes_no_second_ticket(desk):
    one = desk(quiet=True).start()
    assert _try(one, 0)[0] == 250
    with frozen(one.daemon):
        answers = [_try(one, number) for number in (1, 2, 3)]
    assert {code for code, _ in answers} == {451}
    assert max(seconds for _, seconds in answers) < SOON
    for number in (1, 2, 3):
        _until_kept(one, number)
    _explained(one, [0, 1, 2, 3], 4)
