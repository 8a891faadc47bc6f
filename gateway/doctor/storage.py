"""The store: it opens, speaks today's schema, is whole, and how large it is."""

from __future__ import annotations

import time
from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from store.engine import Store
from store.opening import HEAD, revision

AREA = "store"
CHECK_SECONDS = 7.0
"""How long the database may be read through; a large one is not finished by then."""
LARGE_WAL = 256 << 20
MEGABYTE = 1 << 20


def check(house: House) -> Iterator[Finding]:
    """Opening, revision, integrity, size."""
    store = house.store
    if store is None:
        yield _closed(house)
        return
    found = revision(store)
    if found == HEAD:
        yield fine(AREA, f"it opens and is at revision {found}")
    elif found is not None and found > HEAD:
        yield problem(AREA, f"it is of a newer replydesk: revision {found}, we know {HEAD}", "upgrade replydesk")
    else:
        yield warning(AREA, f"it is at revision {found or 'none'}, we need {HEAD}", 'run "replydesk migrate"')
    yield _whole(store) if store.is_sqlite else _postgresql_size(store)
    if house.file is not None:
        yield from _size(house)


def _closed(house: House) -> Finding:
    if house.fault:
        return problem(AREA, house.fault, "mend store.url, or bring the database back")
    return warning(AREA, f"there is no store at {house.file} yet", 'run "replydesk migrate", or just "replydesk serve"')


def _whole(store: Store) -> Finding:
    """SQLite's own look at its pages, broken off when it takes too long."""
    deadline = time.monotonic() + CHECK_SECONDS
    with store.look() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
        try:
            answer = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorname", "") != "SQLITE_INTERRUPT":
                raise
            return warning(
                AREA,
                f"it is too large to be read through within {CHECK_SECONDS:.0f} s; what was read is whole",
                "let \"sqlite3 FILE 'PRAGMA quick_check'\" run on a copy of the file",
            )
        finally:
            driver.set_progress_handler(None, 0)
    if answer == "ok":
        return fine(AREA, "it is whole (quick_check)")
    return problem(
        AREA,
        f"the database file is damaged: {answer}",
        "stop the desk, keep a copy of the file, restore the last backup, and look for a failing disk",
    )


def _size(house: House) -> Iterator[Finding]:
    file = house.file
    assert file is not None
    log = file.with_name(file.name + "-wal")
    waiting = log.stat().st_size if log.exists() else 0
    yield fine(AREA, f"{file} has {file.stat().st_size / MEGABYTE:.1f} MB, its log {waiting / MEGABYTE:.1f} MB")
    if waiting > LARGE_WAL:
        yield warning(
            AREA,
            f"the log beside the database has grown to {waiting / MEGABYTE:.0f} MB: somebody reads without an end",
            "end whatever keeps the database open (a backup, a sqlite3 shell), then it is emptied by itself",
        )


def _postgresql_size(store: Store) -> Finding:
    with store.look() as connection:
        size, version = connection.execute(
            text("SELECT pg_database_size(current_database()), current_setting('server_version')")
        ).one()
    return fine(AREA, f"PostgreSQL {version}, {size / MEGABYTE:.1f} MB")
