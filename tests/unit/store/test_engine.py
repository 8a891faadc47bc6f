"""The one place that knows SQLite from PostgreSQL: durability, times, who may write, numbers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from store import engine, journal, server
from store.engine import StoreError, StoreUnavailable, allocate, insert_missing, lease_now, open_engines
from store.journal import Received
from store.opening import open_store
from store.tables import FIRST_TICKET, metadata, people, tickets
from store.tables import journal as journal_table
from tests.servers import postgresql
from tests.unit.store.samples import NOW, counts, envelope, kept, mail


def test_an_unknown_database_is_refused_with_a_sentence():
    with pytest.raises(StoreError, match="mysql is not a store we know"):
        open_engines("mysql://localhost/desk")
    with pytest.raises(StoreError, match="SQLite needs a file"):
        open_engines("sqlite:///:memory:")


def test_a_server_that_is_not_there_is_unavailable_and_says_so():
    postgresql.shared()
    with pytest.raises(StoreUnavailable, match="PostgreSQL does not answer") as caught:
        open_engines("postgresql://desk:hidden@127.0.0.1:1/desk")
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("folder", ["with space", "a#b", "50% off", "who?", "ü"])
def test_a_desk_may_live_in_a_folder_of_any_name(tmp_path, folder):
    store = open_store(str(engine.URL.create("sqlite", database=str(tmp_path / folder / "desk.db"))))
    with store.turn() as connection:
        kept(connection)
    assert counts(store, [journal_table]) == {"journal": 1}
    store.close()


def test_naive_times_are_refused(store):
    with pytest.raises(StatementError, match="naive time"), store.turn() as connection:
        connection.execute(insert(people).values(address="a@b.example", created_at=NOW.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 7, 13, 9, 0, 0, 123456, tzinfo=UTC),
        datetime(2026, 3, 29, 3, 30, tzinfo=timezone(timedelta(hours=2))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_times_come_back_as_the_same_instant_in_utc(store, moment):
    with store.turn() as connection:
        connection.execute(insert(people).values(address="a@b.example", created_at=moment))
    with store.look() as connection:
        found = connection.execute(select(people.c.created_at)).scalar_one()
    assert found == moment
    assert found.tzinfo is UTC


def test_times_sort_as_instants(store):
    moments = [NOW, NOW + timedelta(microseconds=1), NOW - timedelta(days=400), NOW.astimezone(timezone.max)]
    with store.turn() as connection:
        rows = [{"address": f"{n}@b.example", "created_at": moment} for n, moment in enumerate(moments)]
        connection.execute(insert(people), rows)
    with store.look() as connection:
        found = connection.execute(select(people.c.created_at).order_by(people.c.created_at)).scalars().all()
    assert found == sorted(moments)


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM journal", "UPDATE tickets SET subject = ''", "CREATE TABLE x (y INTEGER)", "DROP TABLE outbox"],
)
def test_a_look_cannot_write(store, statement):
    with store.turn() as connection:
        kept(connection)
    with (
        pytest.raises(Exception, match=r"readonly database|read-only transaction|attempt to write"),
        store.look() as connection,
    ):
        connection.execute(text(statement))
    assert counts(store, [journal_table]) == {"journal": 1}


def test_a_turn_that_raises_writes_nothing(store):
    with pytest.raises(RuntimeError), store.turn() as connection:
        kept(connection)
        raise RuntimeError
    assert set(counts(store).values()) == {0}


def test_a_writer_that_waits_too_long_is_told_that_the_store_is_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "BUSY_MS", 100)
    one = open_store(f"sqlite:///{tmp_path / 'desk.db'}")
    other = open_engines(f"sqlite:///{tmp_path / 'desk.db'}")
    with one.turn(), pytest.raises(StoreUnavailable, match="locked"), other.turn():
        pass
    with other.turn() as connection:
        kept(connection)
    one.close()
    other.close()


def test_what_the_driver_says_holds_no_mail(store):
    with pytest.raises(IntegrityError), store.turn() as connection:
        connection.execute(insert(people).values(address="a@b.example", created_at=NOW))
        connection.execute(insert(people).values(address="a@b.example", created_at=NOW))


def test_the_first_ticket_is_1001(store):
    with store.turn() as connection:
        assert allocate(connection, tickets, 3, FIRST_TICKET) == [1001, 1002, 1003]


def test_numbers_rise_and_are_given_once(store):
    given = []
    for count in (1, 5, 0, 3):
        with store.turn() as connection:
            given += [entry.id for entry in journal.append(connection, [_received() for _ in range(count)])]
    assert len(given) == 9
    assert given == sorted(set(given))


@pytest.mark.usefixtures("patient_locks")
def test_numbers_are_unique_whoever_asks_at_the_same_time(store, store_url):
    """Four writers of their own, as four processes would be; PostgreSQL lets them in together."""
    others = [open_store(store_url) for _ in range(4)]
    given: list[int] = []
    barrier = threading.Barrier(4, timeout=60)

    def work(mine):
        barrier.wait()
        for _ in range(10):
            with mine.turn() as connection:
                given.extend(e.id for e in journal.append(connection, [_received(), _received()]))

    threads = [threading.Thread(target=work, args=[mine]) for mine in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for mine in others:
        mine.close()
    assert len(given) == len(set(given)) == 80
    assert counts(store, [journal_table]) == {"journal": 80}


def _received():
    return Received.of(envelope(), mail())


def test_insert_missing_keeps_what_stands(store):
    rows = [{"address": "a@b.example", "name": "first", "created_at": NOW}]
    with store.turn() as connection:
        insert_missing(connection, people, [])
        insert_missing(connection, people, rows)
        insert_missing(connection, people, [{**rows[0], "name": "second"}, {**rows[0], "address": "c@d.example"}])
    with store.look() as connection:
        found = connection.execute(select(people.c.address, people.c.name).order_by(people.c.address)).all()
    assert [tuple(row) for row in found] == [("a@b.example", "first"), ("c@d.example", "first")]


def test_every_table_can_be_read_when_empty(store):
    assert set(counts(store)) == {table.name for table in metadata.sorted_tables}


def test_a_damaged_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "desk.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match=r"cannot open .*: file is not a database; restore the last backup"):
        open_engines(f"sqlite:///{tmp_path / 'desk.db'}")


def test_a_look_sees_one_state(store):
    """Whatever others commit meanwhile: a page of the web or a list is of one moment."""
    with store.turn() as connection:
        kept(connection)
    with store.look() as looking:
        before = len(looking.execute(select(journal_table.c.id)).all())
        with store.turn() as connection:
            kept(connection)
        assert len(looking.execute(select(journal_table.c.id)).all()) == before == 1
    with store.look() as looking:
        assert len(looking.execute(select(journal_table.c.id)).all()) == 2


def test_opening_waits_for_no_writer(tmp_path, monkeypatch):
    """A list or the doctor asks while an import or a backup holds the only write lock."""
    monkeypatch.setattr(engine, "BUSY_MS", 100)
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    one = open_store(url)
    with one.turn() as connection:
        kept(connection)
        other = open_store(url, migrate=False)
        with other.look() as looking:
            assert looking.execute(select(journal_table.c.id)).all() == []
        other.close()
    one.close()


def test_who_closes_last_leaves_one_file(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'desk.db'}")
    with store.turn() as connection:
        kept(connection)
    with store.look() as connection:
        assert connection.execute(select(journal_table.c.id)).all()
    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["desk.db"]


def test_leases_go_by_the_servers_clock(store):
    """Machines that share PostgreSQL compare their leases: one whose own clock is ahead must not take everybody's."""
    ahead = datetime.now(UTC) + timedelta(hours=3)
    with store.turn() as connection:
        found = lease_now(connection, ahead)
    assert found.tzinfo is UTC
    assert found == ahead if store.is_sqlite else abs(datetime.now(UTC) - found) < timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_only_a_patient_look_may_be_silent_for_long(store, monkeypatch):
    """A list reads a large journal for as long as the server's own limit lets it; a daemon has no time for that."""
    slow = text("SELECT pg_sleep(1.5)")
    with pytest.raises(StoreUnavailable, match="has not answered"), store.look() as connection:
        monkeypatch.setattr(server.Connection, "silence", 0.3)
        connection.execute(slow)
    monkeypatch.undo()  # a new connection takes its time
    store.patient = True
    with store.look() as connection:
        monkeypatch.setattr(server.Connection, "silence", 0.3)
        connection.execute(slow)
        driver = connection.connection.driver_connection
    assert driver.silence == 0.3, "the next one starts anew"
