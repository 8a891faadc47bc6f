"""The one place that knows SQLite from PostgreSQL: opening, durability, turns, numbers.

In: a store URL. Out: a `Store` whose `turn()` is the only way to write and whose `look()` cannot write at all.
It never returns a naive time, never starts on a store that could forget a committed row, and never lets two
processes settle the same SQLite desk.

SQLite: WAL, synchronous=FULL, foreign_keys=ON; every writer begins with BEGIN IMMEDIATE, because a read that turns
into a write loses updates silently (house, pitfall 12). https://sqlite.org/wal.html
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Table, bindparam, create_engine, event, func, select, text
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import DateTime, String, TypeDecorator, TypeEngine

from store.fault import (
    READ_ONLY,
    PoolTimeout,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnavailable,
    code_of,
    fault_of,
    is_store_fault,
    plain,
)
from store.rows import insert_all, insert_missing, run_many

__all__ = [
    "Store",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "UtcDateTime",
    "allocate",
    "insert_all",
    "insert_missing",
    "is_store_fault",
    "lease_now",
    "lock_names",
    "lock_rows",
    "open_engines",
    "run_many",
]

BUSY_MS = 2_000
"""How long a writer waits for another process's short turn."""

STEP_ASIDE_SECONDS = 0.05
"""How long `insist` lets others pass after its first try; longer after the next ones."""

LOOK_SECONDS = 65.0
"""How long PostgreSQL may say nothing to a patient store's look: a little longer than its own limit for a statement
(`server.READING`), which then is what ends it."""


@lru_cache(256)
def _written(instant: datetime) -> str:
    """In UTC, as text. Most of what a turn writes, it writes of one instant."""
    return instant.isoformat(timespec="microseconds")


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; naive values are refused. Text that sorts on SQLite, timestamptz on PostgreSQL."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(String(32))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}: the store takes aware UTC only")
        if value.tzinfo is not UTC:
            value = value.astimezone(UTC)
        if dialect.name == "postgresql":
            return value
        return _written(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the library's
        if value is None:
            return None
        found: datetime = datetime.fromisoformat(value) if isinstance(value, str) else value
        return found if found.tzinfo is UTC else found.astimezone(UTC)


_T = TypeVar("_T")


class Store:
    """An opened store. `turn()` writes, `look()` reads; both give a SQLAlchemy connection.

    `patient` is set by commands, whose looks may read a whole table: a daemon's would keep everybody waiting.
    """

    def __init__(self, writer: Engine, reader: Engine) -> None:
        self._writer = writer
        self._reader = reader
        self.is_sqlite = writer.dialect.name == "sqlite"
        self.patient = False

    @contextmanager
    def turn(self, *, patient: bool = False) -> Iterator[Connection]:
        """One short write transaction; committed and synced when the block ends, rolled back when it raises.

        Raises `StoreUnavailable` when the database is gone, locked too long or in a deadlock, `StoreFull` when its
        disk is full; both also when that shows at the commit only. What was asked wrongly raises as it is. A `patient`
        turn may take its time: a migration, or one statement over all rows.
        """
        try:
            with (
                _silence(patient and not self.is_sqlite, None) as take_time,
                self._writer.begin() as connection,
            ):
                take_time(connection)
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise fault from error

    def insist(
        self, work: Callable[[Connection], _T], tries: int = 4, pause: Callable[[float], None] = time.sleep
    ) -> _T:
        """`work` in a turn, taken again while others are in its way: for a command, which has no next turn.

        It steps aside before each new try: the victim of a deadlock that begins anew at once takes its first row
        back before the winner wakes, and both stand as they stood (seen in CI on 2026-11-22).
        """
        for done in range(1, tries):
            try:
                with self.turn() as connection:
                    return work(connection)
            except StoreBusy:
                pause(min(done, 4) * STEP_ASIDE_SECONDS)
        with self.turn() as connection:
            return work(connection)

    @contextmanager
    def look(self) -> Iterator[Connection]:
        """One read snapshot over a connection that cannot write: whatever others commit, it sees one state."""
        try:
            with (
                _silence(self.patient and not self.is_sqlite, LOOK_SECONDS) as take_time,
                self._reader.connect() as connection,
            ):
                take_time(connection)
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            fault = fault_of(error)
            if fault is None or code_of(error) in READ_ONLY:  # a look that writes is our mistake
                raise
            raise fault from error

    @contextmanager
    def settings(self) -> Iterator[Connection]:
        """A writer's connection to ask for its settings, which are its own on SQLite; it waits for no other writer."""
        try:
            with self._writer.connect().execution_options(**{_ASKS: True}) as connection:
                yield connection
        except (DBAPIError, PoolTimeout) as error:
            fault = fault_of(error)
            if fault is None:
                raise
            raise fault from error

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()  # last: SQLite puts its log into the file when a writer is the last to leave it


def open_engines(url: str) -> Store:
    """Open both engines of `url` without looking at the schema."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    if parsed.get_backend_name() == "postgresql":
        return _open_postgresql(parsed)
    raise StoreError(
        f"store.url: {parsed.get_backend_name()} is not a store we know; use sqlite:///… or postgresql://…"
    )


def allocate(connection: Connection, table: Table, count: int, start: int = 1) -> list[int]:
    """`count` fresh numbers for `table.id`, in rising order; gaps are allowed, repeats are not.

    `start` is the first number of an empty table on SQLite; on PostgreSQL the migration has set the sequence.
    """
    if not count:
        return []
    if connection.dialect.name == "postgresql":
        series = func.generate_series(1, count).table_valued("n")
        return sorted(connection.execute(select(func.nextval(f"{table.name}_id_seq")).select_from(series)).scalars())
    # The writer holds the only write lock, so nobody can take a number between this look and the insert.
    last = connection.execute(select(func.max(table.c.id))).scalar() or 0
    first = max(last + 1, start)
    return list(range(first, first + count))


def lease_now(connection: Connection, now: datetime) -> datetime:
    """What time it is for leases, which machines of one desk compare with one another.

    On PostgreSQL it is the server's: a machine whose own clock is ahead would take everybody's mail in hand. On SQLite,
    where one process has all leases, it is `now`, the desk's own.
    """
    if connection.dialect.name == "sqlite":
        return now
    found: datetime = connection.execute(_SERVER_CLOCK).scalar_one()
    return found.astimezone(UTC)


_SERVER_CLOCK = select(func.clock_timestamp())

MANY_NAMES = 500
"""More locks than this a turn could use up the server's table of locks, which all its sessions share."""

_LOCK = text(
    "SELECT pg_advisory_xact_lock_shared(:all), (SELECT count(pg_advisory_xact_lock(name)) "
    "FROM unnest(CAST(:names AS bigint[])) AS name)"
)
_LOCK_ALL = text("SELECT pg_advisory_xact_lock(:all)")
_ALL = 0x7265706C79646573  # "replydes"


def lock_names(connection: Connection, names: Collection[str]) -> None:
    """Keep everybody else who names one of these waiting until the turn ends; nothing on SQLite, which has one writer.

    One statement, in the order of the keys: two that name the same things can never wait for each other. Somebody who
    names too many has the whole desk for himself: everybody takes the lock of all, and only he does not share it.
    """
    if not names or connection.dialect.name == "sqlite":
        return
    if len(names) > MANY_NAMES:
        connection.execute(_LOCK_ALL, {"all": _ALL})
        return
    keys = sorted(
        int.from_bytes(sha256(name.encode("utf-8", "surrogatepass")).digest()[:8], signed=True) for name in names
    )
    connection.execute(_LOCK, {"all": _ALL, "names": keys})


def lock_rows(connection: Connection, table: Table, numbers: Collection[int]) -> None:
    """Keep these rows from everybody else until the turn ends, in the order of their numbers; nothing on SQLite."""
    if numbers and connection.dialect.name != "sqlite":
        connection.execute(_row_lock(table), {"numbers": list(numbers)})


@cache
def _row_lock(table: Table) -> Any:
    chosen = table.c.id.in_(bindparam("numbers", expanding=True))
    return select(table.c.id).where(chosen).order_by(table.c.id).with_for_update(key_share=True)


def _open_sqlite(url: URL) -> Store:
    path = url.database
    if not path or path == ":memory:":
        raise StoreError("store.url: SQLite needs a file, for example sqlite:///data/replydesk.db")
    file = Path(path)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"store.url: cannot make the folder {file.parent}: {error.strerror}; choose another"
        ) from error
    writer = create_engine(url, pool_size=1, max_overflow=4, connect_args={"timeout": BUSY_MS / 1000})
    reader = create_engine(
        URL.create("sqlite", database=f"file:{quote(str(file))}", query={"mode": "ro", "uri": "true"}),
        connect_args={"timeout": BUSY_MS / 1000},
    )
    event.listen(writer, "connect", _prepare_sqlite_writer)
    event.listen(writer, "begin", _begin_immediate)
    event.listen(reader, "connect", _prepare_sqlite_reader)
    event.listen(reader, "begin", _begin_deferred)
    try:
        with writer.connect():
            pass
    except DBAPIError as error:
        fault = fault_of(error)
        if isinstance(fault, StoreBusy):
            raise fault from error
        what = f"store.url: cannot open {file}: {plain(error)}"
        if code_of(error).startswith(("SQLITE_NOTADB", "SQLITE_CORRUPT")):
            raise StoreUnavailable(f"{what}; restore the last backup") from error  # until then mail can wait elsewhere
        raise StoreError(f"{what}; is the folder writable?") from error
    return Store(writer, reader)


def _open_postgresql(url: URL) -> Store:
    try:
        from store.server import READING, WRITING, connect_engine
    except ModuleNotFoundError as error:
        raise StoreError("store.url: PostgreSQL needs its driver; install replydesk[postgres]") from error
    writer = connect_engine(url, WRITING)
    reader = connect_engine(  # one snapshot for all statements of a look; the server's default is one for each
        url, READING, isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True}
    )
    try:
        with writer.connect():
            pass
    except DBAPIError as error:
        raise StoreUnavailable(f"store.url: PostgreSQL does not answer: {plain(error)}") from error
    return Store(writer, reader)


def _prepare_sqlite_writer(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver must not begin on its own: `_begin_immediate` does
    for pragma in _WRITER_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=8000",
    "cache_size=-32768",  # KB: a turn of many mails must not spill out of the default of 2 MB
)


def _prepare_sqlite_reader(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


@contextmanager
def _silence(wanted: bool, seconds: float | None) -> Iterator[Callable[[Connection], None]]:
    """For one transaction, its commit included, PostgreSQL may be silent for so long; None: for ever, and it sets no
    limit of its own."""
    patient: list[Any] = []

    def take_time(connection: Connection) -> None:
        if wanted:
            patient.append(connection.connection.driver_connection)
            patient[0].silence = seconds
            if seconds is None:
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")

    try:
        yield take_time
    finally:
        for driver in patient:
            del driver.silence


_ASKS = "replydesk_asks"


def _begin_immediate(connection: Connection) -> None:
    asks = connection.get_execution_options().get(_ASKS)
    connection.exec_driver_sql("BEGIN" if asks else "BEGIN IMMEDIATE")


def _begin_deferred(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
