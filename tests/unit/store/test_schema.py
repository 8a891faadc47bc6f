"""The schema in the database is the schema in the code, whichever way it came to be."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from store.engine import StoreError, UtcDateTime, open_engines
from store.opening import HEAD, open_store, revision, upgrade
from store.tables import metadata
from tests.unit.store.samples import counts


@pytest.fixture
def own_store(empty_url):
    """A store whose schema the test may spoil."""
    opened = open_store(empty_url)
    yield opened
    opened.close()


def _same_type(_context, _inspected, _column, inspected_type, metadata_type):
    """UtcDateTime is text on SQLite and timestamptz on PostgreSQL; everything else compares as alembic does."""
    if isinstance(metadata_type, UtcDateTime):
        shown = str(inspected_type.compile()).upper()
        return not (shown.startswith("VARCHAR(32)") or getattr(inspected_type, "timezone", False))
    return None


def test_migrations_from_nothing_give_the_tables_of_the_code(store):
    with store.turn() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": _same_type, "compare_server_default": True, "render_as_batch": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_comparison_sees_a_missing_column(own_store):
    with own_store.turn() as connection:
        connection.execute(text("ALTER TABLE people DROP COLUMN language"))
    with own_store.turn() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def test_a_migration_is_done_once_and_again_changes_nothing(empty_url):
    raw = open_engines(empty_url)
    assert revision(raw) is None
    upgrade(raw)
    before = counts(raw)
    upgrade(raw)
    assert revision(raw) == HEAD
    assert counts(raw) == before
    raw.close()
    open_store(empty_url).close()


def test_opening_an_empty_store_migrates_it_only_when_that_is_wanted(empty_url):
    with pytest.raises(StoreError, match=r"revision none, we need .*replydesk migrate"):
        open_store(empty_url, migrate=False)
    open_store(empty_url).close()
    open_store(empty_url, migrate=False).close()


def test_a_failed_migration_leaves_nothing_behind(empty_url):
    raw = open_engines(empty_url)
    with raw.turn() as connection:
        connection.execute(text("CREATE TABLE outbox (id INTEGER)"))
    with pytest.raises(Exception, match="outbox"):
        upgrade(raw)
    assert revision(raw) is None
    with raw.look() as connection, pytest.raises(Exception, match="journal"):
        connection.execute(text("SELECT count(*) FROM journal"))
    raw.close()


def test_a_newer_store_is_refused_and_left_alone(own_store, empty_url):
    with own_store.turn() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match=r"of a newer replydesk .revision 9999, we know .*; upgrade replydesk"):
        open_store(empty_url)
    assert revision(own_store) == "9999"
