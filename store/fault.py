"""When the database failed and when it was asked for something wrong: the two must never be taken for one another.

In: what a driver raised. Out: `StoreUnavailable` or `StoreFull`, which may be tried again, or None for a mistake of
ours. It never repeats a statement or its parameters, which hold people's mail.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = [
    "READ_ONLY",
    "PoolTimeout",
    "StoreBusy",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "code_of",
    "fault_of",
    "is_store_fault",
    "plain",
]


class StoreError(Exception):
    """The store cannot be used as it is."""

    temporary = False


class StoreUnavailable(StoreError):
    """The store does not answer now; what is tried again later may succeed."""

    temporary = True


class StoreBusy(StoreUnavailable):
    """Others were in the way of this turn; it is certainly undone, so that it may be taken again at once."""


class StoreFull(StoreUnavailable):
    """The store has no room left; nothing goes in until somebody makes some."""


def is_store_fault(error: BaseException) -> bool:
    """Whether the database failed and not what was asked of it: a full disk, a lock, a lost connection."""
    return fault_of(error) is not None


_FULL = frozenset(
    {
        "SQLITE_FULL",
        # What a write that finds no room also looks like: a quota, a limit, a file system that notices at the sync.
        *("SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC", "SQLITE_IOERR_TRUNCATE"),
        *("SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP"),
        *("53000", "53100", "53200", "53400"),  # insufficient resources: disk, memory, a configured limit
    }
)
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "40001", "40P01", "55006", "55P03")
_SQLITE_FAULTS = frozenset(
    {"BUSY", "LOCKED", "IOERR", "FULL", "CANTOPEN", "PROTOCOL", "NOMEM", "READONLY", "CORRUPT", "NOTADB"}
)
_POSTGRESQL_FAULTS = (
    *("08", "40001", "40003", "40P01"),  # the connection, serialization, a commit of unknown outcome, a deadlock
    *("53", "55006", "55P03"),  # no resources, in use, a lock that was not given in time
    *("57", "58"),  # an operator (shutdown, cancel, start-up), the system under it
    *("25006", "25P03", "XX001", "XX002"),  # a standby, a transaction idle too long, damaged data
)
"""SQLSTATEs by their beginnings. https://www.postgresql.org/docs/current/errcodes-appendix.html"""
READ_ONLY = ("SQLITE_READONLY", "25006")


def fault_of(error: BaseException) -> StoreUnavailable | None:
    """The database's own failure as the error that says so, or our own word for one (others were first); None when what
    was asked of it was wrong.

    "no such table" and "the file is locked" are both OperationalError to the drivers: only their codes tell.
    """
    if isinstance(error, StoreUnavailable):
        return error
    if isinstance(error, PoolTimeout):
        return StoreUnavailable("every connection is in use")
    if not isinstance(error, DBAPIError):
        return None
    code = code_of(error)
    if code in _FULL:
        return StoreFull(plain(error))
    if code.startswith(_BUSY):
        return StoreBusy(plain(error))
    if code.startswith("SQLITE_"):
        is_fault = code.split("_")[1] in _SQLITE_FAULTS
    elif code:
        is_fault = code.startswith(_POSTGRESQL_FAULTS)
    else:  # without a code PostgreSQL's driver has no answer of the server to tell of
        is_fault = isinstance(error, OperationalError) and not isinstance(error.orig, sqlite3.Error)
    if code.startswith("SQLITE_READONLY"):
        return StoreUnavailable(f"{plain(error)}: the file and its folder must belong to the user of the desk")
    return StoreUnavailable(plain(error)) if is_fault or error.connection_invalidated else None


def code_of(error: BaseException) -> str:
    """SQLite's name of the error or PostgreSQL's SQLSTATE; empty when the database did not say."""
    found = getattr(error, "orig", None)
    return str(getattr(found, "sqlite_errorname", None) or getattr(found, "sqlstate", None) or "")


def plain(error: DBAPIError) -> str:
    """The driver's own words: without the statement or its parameters, which hold people's mail."""
    return str(error.orig).strip().splitlines()[0] if error.orig and str(error.orig).strip() else "no answer"
