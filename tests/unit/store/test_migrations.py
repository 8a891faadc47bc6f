"""A desk that has lived at an earlier version: every row is there after the upgrade, and the commands can use it.

The rows are written with the tables as that version made them (they are read from the database, not from the code).
That a row of every table stands here makes the file long.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from gateway.cli.init import write_desk
from gateway.config.loading import load
from store import calls, report
from store import outbox as outbox_rows
from store.engine import open_engines
from store.lookup import load as load_snapshot
from store.opening import HEAD, open_store, revision, upgrade
from store.records import SaveCall
from store.snapshot import Wanted
from store.tables import metadata
from tests.servers import postgresql
from tests.unit.store.called import offered
from tests.unit.store.samples import NOW, counts, mail, settle
from tests.unit.store.test_schema import _same_type

VERSIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009"]
AT = NOW
CONTENT = mail()

LIVED = {
    "blobs": [{"sha256": "a" * 64, "size": len(CONTENT)}],
    "blob_chunks": [{"sha256": "a" * 64, "seq": 0, "data": CONTENT}],
    "people": [{"id": 1, "address": "nora@northwind.example", "name": "Nora", "language": "en", "created_at": AT}],
    "tickets": [
        {
            "id": 1001,
            "type": "support",
            "status": "new",
            "subject": "The export stops",
            "topic": "Data",
            "subtopic": "export",
            "topic_reason": "words",
            "priority": 3,
            "priority_reason": "",
            "assignee": "",
            "team": "frontline",
            "helpers": [],
            "requester_id": 1,
            "mailbox": "support@desk.example",
            "language": "en",
            "audience": "customer",
            "tags": ["x"],
            "outcome": "",
            "created_at": AT,
            "updated_at": AT,
            "first_response_due": AT,
            "answered_at": None,
            "resolved_at": None,
        }
    ],
    "journal": [
        {
            "id": 1,
            "received_at": AT,
            "door": "smtp",
            "client": "127.0.0.1",
            "hello": "mx",
            "history": False,
            "envelope_from": "nora@northwind.example",
            "envelope_to": ["support@desk.example"],
            "released": False,
            "sha256": "a" * 64,
            "size": len(CONTENT),
            "attempts": 0,
            "lease_owner": "",
            "lease_until": None,
            "verdict": "ticket-created",
            "previous": None,
            "reason": "a new ticket, DESK-1001",
            "decided_at": AT,
            "ticket_id": 1001,
            "trust": "D",
            "mailbox": "support@desk.example",
            "message_id": "<old@n.example>",
            "content_hash": "b" * 64,
            "trace": [["verdict", "ticket-created", "DESK-1001"]],
        }
    ],
    "participants": [{"ticket_id": 1001, "person_id": 1, "kind": "requester"}],
    "messages": [
        {
            "id": 1,
            "ticket_id": 1001,
            "journal_id": 1,
            "ordinal": 0,
            "at": AT,
            "direction": "in",
            "kind": "mail",
            "role": "customer",
            "from_name": "Nora",
            "from_address": "nora@northwind.example",
            "to": [],
            "subject": "The export stops",
            "message_id": "<old@n.example>",
            "text": "It stops.",
            "trust": "D",
            "files": [],
        }
    ],
    "events": [
        {
            "id": 1,
            "ticket_id": 1001,
            "journal_id": 1,
            "ordinal": 0,
            "at": AT,
            "actor": "nora@northwind.example",
            "kind": "created",
            "detail": {"via": "support@desk.example"},
        }
    ],
    "links": [{"ticket_id": 1001, "other_id": 1001, "kind": "related"}],
    "timers": [{"ticket_id": 1001, "kind": "first-response", "due_at": AT, "state": "running"}],
    "reply_keys": [
        {
            "hash": "c" * 64,
            "ticket_id": 1001,
            "person_id": 1,
            "role": "customer",
            "audience": "public",
            "serial": 1,
            "expires_at": None,
            "revoked": False,
        }
    ],
    "outbox": [
        {
            "id": 1,
            "ticket_id": 1001,
            "journal_id": 1,
            "purpose": "acknowledgement",
            "round": "0",
            "person_id": 1,
            "to_address": "nora@northwind.example",
            "message_id": "<ack@desk.example>",
            "subject": "[DESK-1001] x",
            "automatic": True,
            "state": "queued",
            "attempts": 0,
            "next_attempt_at": AT,
            "lease_owner": "",
            "lease_until": None,
            "last_code": None,
            "last_text": "",
            "created_at": AT,
            "sent_at": None,
        }
    ],
    "letters": [{"outbox_id": 1, "letter": {"name": "Nora", "facts": {}}, "rendered": b"the bytes"}],
}
"""A row for every table of version 0001; what a later version adds, its own upgrade fills."""


GONE = {"tickets": {"first_response_due"}, "timers": {"kind"}}
"""Columns that a later version took away or writes in other words."""

FILLED = {"reply_keys": {"expires_at"}}
"""What version 0004 gives to rows that had none."""

NEW = {"ledger", "blocks", "confirmations", "foreign_references", "awaited", "chores", "corrections", "figures"} | {
    "calls", "grants", "invites", "call_versions", "busy", "feeds", "mailboxes", "collected",
}  # fmt: skip
"""Tables that a desk may have empty, whatever its age."""


def _live(url, version):
    """A database at `version` with a row in every table that it had."""
    store = open_engines(url)
    upgrade(store, version)
    with store.turn() as connection:
        then = MetaData()
        then.reflect(connection)
        unfilled = set(then.tables) - set(LIVED) - {"alembic_version", "witnesses"} - NEW
        assert not unfilled, f"what has a desk of {version} in {unfilled}?"
        for table in then.sorted_tables:
            for row in LIVED.get(table.name, ()):
                gone = GONE.get(table.name, set()) - set(table.columns.keys())
                values = {column: _plain(store, value) for column, value in row.items() if column not in gone}
                connection.execute(insert(table).values(values))
        if not store.is_sqlite:
            for (name,) in connection.execute(text("SELECT sequencename FROM pg_sequences")).all():
                connection.execute(text(f"SELECT setval('{name}', 1001)"))
    return store


def _plain(store, value):
    """The value as the database's own type takes it: a time is text on SQLite."""
    if isinstance(value, datetime) and store.is_sqlite:
        return value.isoformat(timespec="microseconds")
    return value


@pytest.mark.parametrize("version", VERSIONS)
def test_a_desk_that_has_lived_is_upgraded_with_all_its_rows(empty_url, version):
    _live(empty_url, version).close()
    store = open_store(empty_url)
    assert revision(store) == HEAD
    with store.turn() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _same_type, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, metadata) == []
    found = counts(store)
    assert {name: found[name] for name in LIVED} == {name: len(rows) for name, rows in LIVED.items()}
    with store.look() as connection:
        for name, rows in LIVED.items():
            row = connection.execute(select(metadata.tables[name])).mappings().one()
            given = (FILLED.get(name, set()) if version < "0004" else set()) | GONE.get(name, set())
            assert {key: row[key] for key in rows[0] if key not in given} == {
                key: value for key, value in rows[0].items() if key not in given
            }
    store.close()


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < "0004"])
def test_a_reply_address_from_before_they_had_an_end_lives_as_long_as_a_new_one(empty_url, version):
    _live(empty_url, version).close()
    begun = datetime.now(UTC)
    store = open_store(empty_url)
    with store.look() as connection:
        (end,) = connection.execute(select(metadata.tables["reply_keys"].c.expires_at)).scalars()
    assert begun <= end - timedelta(days=365) <= datetime.now(UTC)
    store.close()


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < "0005"])
def test_a_promise_from_before_there_were_clocks_is_kept(empty_url, version):
    _live(empty_url, version).close()
    store = open_store(empty_url)
    with store.look() as connection:
        row = connection.execute(select(metadata.tables["tickets"])).one()
    assert [(clock["kind"], clock["due"]) for clock in row.clocks] == [("first_response", AT.isoformat())]
    assert row.due_at == AT
    store.close()


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < "0005"])
def test_what_a_lead_said_and_what_was_merged_before_the_rules_stays_so(empty_url, version):
    old = _live(empty_url, version)
    with old.turn() as connection:
        (number,) = connection.execute(text("SELECT id FROM tickets")).scalars()
        connection.execute(
            text("INSERT INTO events (ticket_id, at, actor, kind, ordinal, detail) "
                 "VALUES (:n, :at, 'dominique', 'priority-changed', 90, '{}')"), {"n": number, "at": _plain(old, AT)},
        )  # fmt: skip
        connection.execute(text("UPDATE tickets SET status = 'closed'"))
        connection.execute(
            text("INSERT INTO links (ticket_id, other_id, kind) VALUES (:n, :n, 'merged-into')"), {"n": number}
        )
    old.close()
    store = open_store(empty_url)
    with store.look() as connection:
        row = connection.execute(select(metadata.tables["tickets"])).one()
    assert (bool(row.overridden), row.closed_as, row.status_category) == (True, "merged", "done")
    store.close()


@pytest.mark.parametrize("version", [version for version in VERSIONS if version < "0008"])
def test_a_ticket_from_before_there_were_calls_gets_one(empty_url, version):
    _live(empty_url, version).close()
    store = open_store(empty_url)
    with store.look() as connection:
        before = load_snapshot(connection, Wanted(numbers={1001}, calls=AT))
    assert (before.tickets[1001].calls, before.calls) == ({}, {})
    with store.turn() as connection:
        calls.save(connection, [(SaveCall(call=offered()), 1001, None)], AT)
    with store.look() as connection:
        (call,) = calls.of_tickets(connection, {1001})
        view = report.ticket_view(connection, 1001, report.Words(prefix="DESK"), AT)
    assert (call.state, call.version) == ("offered", 1)
    assert view is not None
    assert [(one["id"], one["grant"]["state"]) for one in view["calls"]] == [("1001-1", "issued")]
    store.close()


def test_nobody_changes_the_type_of_a_ticket(empty_url):
    _live(empty_url, HEAD).close()
    store = open_store(empty_url)
    tickets = metadata.tables["tickets"]
    with pytest.raises(IntegrityError, match="never changes"), store.turn() as connection:
        connection.execute(tickets.update().values(type="question"))
    with store.turn() as connection:
        connection.execute(tickets.update().values(subject="another"))
    store.close()


def test_every_version_is_tested():
    folder = Path(__file__).parents[3] / "store" / "migrations" / "versions"
    assert sorted(file.name[:4] for file in folder.glob("0*.py")) == VERSIONS
    assert VERSIONS[-1] == HEAD


@pytest.mark.parametrize("version", VERSIONS)
def test_an_upgraded_desk_is_at_work(empty_url, tmp_path, version):
    """It shows what it has, joins an answer to its old ticket, and still knows what waits to leave."""
    _live(empty_url, version).close()
    config = load(write_desk(tmp_path / "desk", demo=True), {"REPLYDESK_STORE__URL": empty_url})
    store = open_store(empty_url)
    with store.look() as connection:
        from gateway.cli.desk import words

        view = report.ticket_view(connection, 1001, words(config), NOW)
        (waiting,) = outbox_rows.listing(connection, state="queued")
        whole = outbox_rows.find(connection, waiting.id)
    assert view is not None
    assert [item["text"] for item in view["messages"]][:1] == ["It stops."]
    assert bytes(whole.rendered) == b"the bytes"
    answer = mail("Re: The export stops", extra="In-Reply-To: <old@n.example>\r\n", words="And again.")
    with store.turn() as connection:
        from store import journal
        from store.journal import Received
        from tests.unit.store.samples import envelope, incoming

        (entry,) = journal.append(connection, [Received.of(envelope(), answer)])
        (decision,) = settle(connection, incoming(entry, answer))
    assert (decision.verdict.value, decision.ticket) == ("appended", 1001)
    store.close()


def test_a_migration_that_fails_half_way_leaves_the_old_version_usable(empty_url, monkeypatch):
    store = _live(empty_url, "0001")
    before = counts(store, [metadata.tables[name] for name in ("tickets", "outbox", "timers")])

    def fail(*_args, **_how):
        raise RuntimeError("the power goes")

    monkeypatch.setattr(
        "alembic.runtime.migration.HeadMaintainer.update_to_step", fail
    )  # after the tables, before the number
    with pytest.raises(RuntimeError):
        upgrade(store)
    assert revision(store) == "0001"
    with store.turn() as connection:
        assert "witnesses" not in inspect(connection).get_table_names()
        assert "login" not in {column["name"] for column in inspect(connection).get_columns("journal")}
        connection.execute(text("UPDATE tickets SET subject = 'still at work'"))
    assert counts(store, [metadata.tables[name] for name in before]) == before
    monkeypatch.undo()
    upgrade(store)
    assert revision(store) == HEAD
    store.close()


_DIES = """
import os, signal, sys
from alembic.runtime.migration import HeadMaintainer
from store.engine import open_engines
from store.opening import upgrade
HeadMaintainer.update_to_step = lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL)
upgrade(open_engines(sys.argv[1]))
"""


def test_a_migration_that_is_killed_leaves_the_old_version_usable(empty_url):
    store = _live(empty_url, "0001")
    done = subprocess.run([sys.executable, "-c", _DIES, empty_url], timeout=300, check=False)
    assert done.returncode == -signal.SIGKILL
    assert revision(store) == "0001"
    with store.turn() as connection:
        connection.execute(text("UPDATE tickets SET subject = 'still at work'"))
    store.close()
    open_store(empty_url).close()


@pytest.mark.usefixtures("patient_locks")
def test_desks_that_start_at_once_upgrade_the_store_once(empty_url):
    _live(empty_url, "0001").close()
    opened, wrong = [], []
    barrier = threading.Barrier(4, timeout=60)

    def start():
        barrier.wait()
        try:
            opened.append(open_store(empty_url))
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {revision(store) for store in opened} == {HEAD}
    for store in opened:
        store.close()


def test_a_migration_waits_for_a_desk_that_is_in_a_turn():
    """Longer than a turn may wait for a lock: a migration has time."""
    with postgresql.database() as url:
        store = _live(url, "0001")
        with store.turn() as connection:
            connection.execute(text("UPDATE journal SET hello = 'x'"))
            other = subprocess.Popen([sys.executable, "-c", _UPGRADES, url])
            time.sleep(3.0)  # the lock_timeout of a turn is 2 s
            assert other.poll() is None
        assert other.wait(300) == 0
        assert revision(store) == HEAD
        store.close()


_UPGRADES = """
import sys
from store.opening import open_store
open_store(sys.argv[1]).close()
"""
