"""Opening a desk's store: brought to today's schema, asserted durable.

In: the URL. Out: a `Store`, or a `StoreError` that says what to do. A newer schema than ours is never touched.
"""

from __future__ import annotations

from importlib.resources import as_file, files

from sqlalchemy import inspect, text

from store.durability import assert_durable
from store.engine import Store, StoreError, lock_names, open_engines

HEAD = "0009"
"""The revision that this program speaks; the last file of `store/migrations/versions`."""


def open_store(url: str, *, migrate: bool = True, patient: bool = False) -> Store:
    """Open, migrate when needed and asked, and check that nothing that is committed can be forgotten.

    A store that needs nothing is opened while somebody else writes: no turn is taken for it.
    """
    store = open_engines(url)
    store.patient = patient
    try:
        found = revision(store)
        if found != HEAD:
            if found is not None and found > HEAD:
                raise StoreError(
                    f"the store is of a newer replydesk (revision {found}, we know {HEAD}); upgrade replydesk"
                )
            if not migrate:
                raise StoreError(f'the store is at revision {found or "none"}, we need {HEAD}; run "replydesk migrate"')
            upgrade(store)
        assert_durable(store)
    except BaseException:
        store.close()
        raise
    return store


def revision(store: Store) -> str | None:
    """The schema's revision, or None for an empty database."""
    with store.look() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return str(found) if found else None


def upgrade(store: Store, target: str = "head") -> None:
    """Run the migrations up to `target` in one turn: all of them or none."""
    from alembic import command
    from alembic.config import Config

    with as_file(files("store") / "migrations") as folder, store.turn(patient=True) as connection:
        lock_names(connection, {"migration"})  # of two that start at once the second finds nothing left to do
        config = Config()
        config.set_main_option("script_location", str(folder).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, target)
