"""Fixtures: the same store on SQLite and on PostgreSQL. A conftest that imports them has them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from store import server
from store.engine import Store
from store.opening import open_store
from tests.servers import postgresql

KINDS = ("sqlite", "postgresql")


@contextmanager
def url_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of a store with today's schema and no rows.

    It is a copy on SQLite and one database for all tests, emptied each time, on PostgreSQL: migrations and new
    databases cost more than most tests.
    """
    if kind == "sqlite":
        file = folder / "desk.db"
        shutil.copyfile(_template() / "desk.db", file)
        yield f"sqlite:///{file}"
    else:
        with postgresql.emptied() as url:
            yield url


@cache
def _folder() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="replydesk-template-")


@cache
def _template() -> Path:
    folder = Path(_folder().name)
    open_store(f"sqlite:///{folder / 'desk.db'}").close()
    return folder


@pytest.fixture
def patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores that are opened from now on wait a minute for each other: for tests in which several write at once, and
    in which the first one may be slow. Ask for it before a store (`usefixtures`)."""
    monkeypatch.setattr("store.engine.BUSY_MS", 60_000)
    monkeypatch.setattr(server.Connection, "silence", 60.0)
    for name in ("lock_timeout", "statement_timeout"):
        monkeypatch.setitem(server.WRITING, name, "60s")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """A database of the test's own without a single table."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with postgresql.database() as url:
            yield url


@pytest.fixture
def store_url(kind: str, tmp_path: Path) -> Iterator[str]:
    """A database with today's schema and no rows; its schema is not to be changed."""
    with url_of(kind, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An opened store with today's schema and no rows."""
    opened = open_store(store_url)
    yield opened
    opened.close()
