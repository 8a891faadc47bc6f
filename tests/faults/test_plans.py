"""A desk grows and its work must not: no statement of a day's work walks over a table that keeps what has been.

SQLite chooses its plans without looking at how many rows there are, so that a small desk shows what a full one does.
"""

from __future__ import annotations

import re
import sqlite3

import pytest
from sqlalchemy import Engine, event

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.daemon import Daemon
from store import blobs, journal
from store.figures import store_figures
from store.journal import Received
from store.opening import open_store
from store.records import Envelope
from store.tables import metadata
from tests.servers.serving import letter

PASSING = ("ix_journal_undecided", "ix_outbox_waiting", "ix_outbox_stuck", "ix_blobs_unfinished", "ix_calls_requested")
"""Indexes of what is under way or wants an operator: they hold no row that is done with."""
SMALL = ("witnesses", "chores", "feeds", "mailboxes")
"""Tables that have a handful of rows for ever, or one for each of us or of the mailboxes that we collect."""


@pytest.fixture
def statements():
    """Every statement that runs meanwhile, with one set of its parameters."""
    found = {}

    def note(_connection, _cursor, statement, parameters, _context, executemany):
        found.setdefault(statement, parameters[0] if executemany and parameters else parameters)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


def _receive(daemon, *numbers):
    with daemon._store.turn() as connection:
        for number in numbers:
            envelope = Envelope(
                sender=f"c{number}@northwind.example",
                recipients=("support@desk.example",),
                received_at=daemon.now(),
                door="pipe",
            )
            journal.append(connection, [Received.of(envelope, letter(number))])


def _walks(plan):
    """The tables of this plan that are read from end to end."""
    walked = [re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", step) for step in plan]
    growing = set(metadata.tables) - set(SMALL)
    return [m.group(1) for m in walked if m and m.group(1) in growing and m.group(2) not in PASSING]


def _stops(statement):
    """The first or last row of all: it is read in order and goes no further."""
    return " WHERE " not in statement and " LIMIT " in statement


def test_no_statement_of_a_days_work_reads_a_whole_table(tmp_path, statements):
    config = load(write_desk(tmp_path / "desk", demo=True), {})
    open_store(config.store.url).close()  # migrations may walk
    statements.clear()
    for numbers in ((1, 2, 3), (1, 4)):  # the second life takes up what there is, and one mail comes again
        daemon = Daemon(config, with_doors=False)
        _receive(daemon, *numbers)
        daemon.settle_all()
    store = open_store(config.store.url)
    with store.turn() as connection:
        blobs.forget_abandoned(connection, daemon.now())
    with store.look() as connection:
        journal.anything_due(connection, daemon.now())
        store_figures(connection, daemon.now())
    store.close()
    assert len(statements) > 30
    with sqlite3.connect(config.store.data / "replydesk.db") as connection:
        plans = {}
        for statement, parameters in statements.items():
            if statement.split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"):
                rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                plans[" ".join(statement.split())] = [row[3] for row in rows]
    connection.close()
    walks = [f"{_walks(plan)}: {words}: {plan}" for words, plan in plans.items() if _walks(plan) and not _stops(words)]
    assert walks == []


def test_a_walk_is_seen():
    assert _walks(["SCAN journal"]) == ["journal"]
    assert _walks(["SCAN tickets USING COVERING INDEX ix_tickets_status"]) == ["tickets"]
    assert _walks(["SCAN journal USING INDEX ix_journal_undecided", "SEARCH people USING INDEX x (address=?)"]) == []
