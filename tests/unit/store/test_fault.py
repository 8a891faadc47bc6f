"""What is the database's fault and may be tried again, and what is ours and may not; on both stores, by real faults."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from store import server
from store.engine import StoreBusy, StoreFull, StoreUnavailable, is_store_fault, open_engines
from store.fault import fault_of
from store.opening import open_store
from store.tables import people
from tests.servers import postgresql
from tests.unit.store.samples import NOW


def _raised(store, *statements):
    with pytest.raises(Exception) as caught, store.turn() as connection:
        for statement in statements:
            connection.execute(text(statement) if isinstance(statement, str) else statement)
    return caught.value


def _person(address):
    return {"address": address, "created_at": NOW}


@pytest.mark.parametrize(
    "statement",
    ["SELECT * FROM nosuch", "SELECT nosuch FROM people", "SELEC", "INSERT INTO people (id) VALUES (1)"],
)
def test_what_is_asked_wrongly_is_not_the_stores_fault(store, statement):
    error = _raised(store, statement)
    assert isinstance(error, DBAPIError)
    assert not is_store_fault(error)


def test_too_many_variables_are_our_mistake(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'desk.db'}")
    error = _raised(store, select(people).where(people.c.id.in_(range(300_000))))
    assert isinstance(error, OperationalError)
    assert "too many SQL variables" in str(error)
    assert not is_store_fault(error)
    store.close()


def test_a_file_that_another_user_owns_says_what_to_do(tmp_path):
    sqlite3.connect(tmp_path / "desk.db").close()
    with (
        closing(sqlite3.connect(f"file:{tmp_path / 'desk.db'}?mode=ro", uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError) as caught,
    ):
        connection.execute("CREATE TABLE t (x)")
    fault = fault_of(OperationalError("CREATE", None, caught.value))
    assert isinstance(fault, StoreUnavailable)
    assert str(fault) == (
        "attempt to write a readonly database: the file and its folder must belong to the user of the desk"
    )


def test_a_row_that_is_there_twice_is_our_mistake(store):
    error = _raised(
        store, insert(people).values(**_person("a@b.example")), insert(people).values(**_person("a@b.example"))
    )
    assert not isinstance(error, StoreUnavailable)


def test_a_full_sqlite_is_full_and_works_again_with_more_room(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'desk.db'}")
    with store.turn() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 2}")
    error = _raised(store, insert(people).values(name="x" * 1_000_000, **_person("a@b.example")))
    assert isinstance(error, StoreFull)
    assert error.temporary
    assert "full" in str(error)
    with store.turn() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    with store.turn() as connection:
        connection.execute(insert(people).values(name="x" * 1_000_000, **_person("a@b.example")))
    store.close()


_LIMITED = """
import resource, signal, sys
from datetime import UTC, datetime
from sqlalchemy import insert
from store.engine import StoreBusy, StoreFull, open_engines
from store.tables import people
store = open_engines(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
row = {"address": "a@b.example", "name": "x" * 1_000_000, "created_at": datetime.now(UTC)}
try:
    with store.turn() as connection:
        connection.execute(insert(people).values(row))
except StoreFull as error:
    print("full:", error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with store.turn() as connection:
    connection.execute(insert(people).values(row))
print("kept")
"""


def test_a_write_that_finds_no_room_shows_at_the_commit_and_is_full_too(tmp_path):
    """A limit on the size of files, as a quota: SQLite says "disk I/O error"."""
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    open_store(url).close()
    done = subprocess.run([sys.executable, "-c", _LIMITED, url], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == ["full: disk I/O error", "kept"]


def test_a_damaged_file_is_the_stores_fault(tmp_path):
    file = tmp_path / "desk.db"
    open_store(f"sqlite:///{file}").close()
    size = file.stat().st_size
    file.write_bytes(b"SQLite format 3\0" + os.urandom(size - 16))
    store = None
    with pytest.raises((StoreUnavailable, Exception)) as caught:
        store = open_engines(f"sqlite:///{file}")
        with store.turn() as connection:
            connection.execute(select(people)).all()
    assert is_store_fault(caught.value)
    if store:
        store.close()


@pytest.mark.usefixtures("patient_locks")
def test_a_deadlock_is_tried_again(pg, pg_url):
    """On PostgreSQL only: SQLite has one writer, and no two of them can wait for each other."""
    with pg.turn() as connection:
        connection.execute(insert(people), [_person("a@b.example"), _person("b@b.example")])
    errors = []
    barrier = threading.Barrier(2, timeout=60)

    def work(mine, first, second):
        try:
            with mine.turn() as connection:
                connection.execute(update(people).where(people.c.address == first).values(name="x"))
                barrier.wait()
                connection.execute(update(people).where(people.c.address == second).values(name="x"))
        except StoreUnavailable as error:
            errors.append(error)

    with closing(open_store(pg_url)) as other:
        threads = [
            threading.Thread(target=work, args=(pg, "a@b.example", "b@b.example")),
            threading.Thread(target=work, args=(other, "b@b.example", "a@b.example")),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(errors) == 1
    assert isinstance(errors[0], StoreBusy)
    assert "deadlock" in str(errors[0])


def test_a_lock_that_is_not_given_ends_as_unavailable(store_url, monkeypatch):
    """Somebody sits on a row (PostgreSQL) or on the file (SQLite): the turn ends by itself and may be tried again."""
    monkeypatch.setitem(server.WRITING, "lock_timeout", "200ms")
    monkeypatch.setattr("store.engine.BUSY_MS", 200)
    with closing(open_store(store_url)) as one, closing(open_store(store_url)) as other:
        with one.turn() as connection:
            connection.execute(insert(people).values(**_person("a@b.example")))
        change = update(people).values(name="x")
        with one.turn() as connection:
            connection.execute(change)
            assert isinstance(_raised(other, change), StoreBusy)
            pauses = []
            with pytest.raises(StoreBusy):
                other.insist(lambda mine: mine.execute(change), tries=3, pause=pauses.append)
            assert pauses == [0.05, 0.1], "others may pass between two tries"
        other.insist(lambda mine: mine.execute(change))


@pytest.fixture
def pg_url():
    with postgresql.database(postgresql.migrated()) as url:
        yield url


@pytest.fixture
def pg(pg_url):
    opened = open_store(pg_url)
    yield opened
    opened.close()


def _end_sessions(store):
    with store.look() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    postgresql.shared().run(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )


def test_a_session_that_the_server_ends_is_unavailable_and_the_next_turn_works(pg):
    with pytest.raises(StoreUnavailable), pg.turn() as connection:
        connection.execute(insert(people).values(**_person("a@b.example")))
        _end_sessions(pg)
        connection.execute(insert(people).values(**_person("b@b.example")))
    for _ in range(3):  # no dead connection is handed out, by neither engine
        _end_sessions(pg)
        with pg.turn() as connection:
            connection.execute(insert(people).values(**_person(f"{time.monotonic()}@b.example")))
        with pg.look() as connection:
            assert connection.execute(select(people.c.id)).all()


def test_a_connection_that_is_lost_at_the_commit_is_unavailable_and_nothing_is_done_twice(pg):
    """Nobody knows whether that commit came to be: a command must not try it again by itself."""
    tries = []

    def work(connection):
        tries.append(1)
        connection.execute(insert(people).values(**_person("a@b.example")))
        _end_sessions(pg)

    with pytest.raises(StoreUnavailable) as caught:
        pg.insist(work)
    assert type(caught.value) is StoreUnavailable
    assert len(tries) == 1


@pytest.mark.usefixtures("patient_locks")
def test_a_command_whose_turn_ends_in_a_deadlock_is_done_all_the_same(pg, pg_url):
    """The victim steps aside before it tries again, else it may meet the same session in the same way."""
    with pg.turn() as connection:
        connection.execute(insert(people), [_person("a@b.example"), _person("b@b.example")])
    barrier = threading.Barrier(2, timeout=60)
    tries = []

    def work(first, second):
        def names(connection):
            tries.append(1)
            connection.execute(update(people).where(people.c.address == first).values(name=people.c.name + "x"))
            if len(tries) <= 2:
                barrier.wait()
            connection.execute(update(people).where(people.c.address == second).values(name=people.c.name + "x"))

        return names

    with closing(open_store(pg_url)) as other:
        thread = threading.Thread(target=other.insist, args=[work("b@b.example", "a@b.example")])
        thread.start()
        try:
            pg.insist(work("a@b.example", "b@b.example"))
        finally:
            thread.join()
    assert len(tries) >= 3, "one of them was the victim, once or more"
    with pg.look() as connection:
        assert connection.execute(select(people.c.name)).scalars().all() == ["xx", "xx"]


def test_a_statement_that_takes_too_long_is_ended_by_the_server(monkeypatch):
    monkeypatch.setitem(server.WRITING, "statement_timeout", "1s")
    with postgresql.database(postgresql.migrated()) as url, closing(open_store(url)) as store:
        assert isinstance(_raised(store, "SELECT pg_sleep(30)"), StoreUnavailable)
        with store.turn(patient=True) as connection:
            connection.execute(text("SELECT pg_sleep(1.5)"))
        assert isinstance(_raised(store, "SELECT pg_sleep(30)"), StoreUnavailable), "patience is for one turn"


def test_a_server_that_is_stuck_is_not_waited_for(pg, monkeypatch):
    """A stopped server process keeps its connections: only our own clock ends the wait."""
    monkeypatch.setattr(server.Connection, "silence", 60.0)
    backend = 0
    try:
        with pytest.raises(StoreUnavailable, match="has not answered"), pg.turn() as connection:
            backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            os.kill(backend, signal.SIGSTOP)
            monkeypatch.setattr(server.Connection, "silence", 0.5)
            connection.execute(insert(people).values(**_person("a@b.example")))
        monkeypatch.setattr(server.Connection, "silence", 60.0)  # who is asked next is only slow
        with pg.turn() as connection:
            connection.execute(insert(people).values(**_person("b@b.example")))
    finally:
        if backend:
            os.kill(backend, signal.SIGCONT)
    with pg.look() as connection:
        assert connection.execute(select(people.c.address)).scalars().all() == ["b@b.example"]


def test_sessions_say_who_they_are_and_leave_when_we_freeze(pg):
    with pg.turn() as connection:
        shown = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("application_name", "lock_timeout", "idle_in_transaction_session_timeout")
        }
    assert shown == {
        "application_name": "replydesk",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "1min",
    }


def test_an_operator_may_set_limits_of_his_own():
    with postgresql.database(postgresql.migrated()) as url:
        store = open_store(f"{url}?application_name=other&options=-c%20lock_timeout%3D7s")
        with store.turn() as connection:
            assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "7s"
            assert connection.execute(text("SHOW statement_timeout")).scalar_one() == "8s"
            assert connection.execute(text("SHOW application_name")).scalar_one() == "other"
        store.close()


class _Answer(Exception):
    def __init__(self, sqlstate):
        super().__init__("what the server says")
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("state", "what"),
    [
        ("53100", StoreFull),
        ("53300", StoreUnavailable),
        ("40001", StoreBusy),
        ("40P01", StoreBusy),
        ("55P03", StoreBusy),
        ("57P01", StoreUnavailable),
        ("57P03", StoreUnavailable),
        ("08006", StoreUnavailable),
        ("25006", StoreUnavailable),
        ("42P01", type(None)),
        ("23505", type(None)),
        ("22021", type(None)),
        ("40002", type(None)),
    ],
)
def test_sqlstates(state, what):
    assert type(fault_of(OperationalError("SELECT", {}, _Answer(state)))) is what
