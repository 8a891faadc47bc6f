"""A machine that runs a desk: a data folder, a store and what a daemon does with them.

`desk` is a fixture: a module that imports it has it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select

from store.opening import open_store
from store.tables import outbox
from store.witness import Witness
from tests.servers import postgresql
from tests.unit.store.samples import NOW, commit, kept, opening

LATER = NOW + timedelta(hours=1)


class Machine:
    """A data folder, a store and what a daemon does with them."""

    def __init__(self, url, folder):
        self.url = url
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.store = open_store(url)
        self.witness = Witness(folder)
        self.held = ""

    def start(self, now=LATER):
        with self.store.turn(patient=True) as connection:
            self.held = self.witness.check(connection, now, self.store.is_sqlite)
        self.witness.committed()
        return self

    def work(self, times=1, now=LATER):
        """A mail comes in, is decided, and its acknowledgement waits to leave."""
        for _ in range(times):
            with self.store.turn() as connection:
                commit(connection, [opening(kept(connection))])
                self.witness.note(connection, now)
            self.witness.committed()
        return self

    def stop(self):
        self.witness.close()
        self.store.close()

    def states(self):
        with self.store.look() as connection:
            return list(connection.execute(select(outbox.c.state).order_by(outbox.c.id)).scalars())


@pytest.fixture
def desk(kind, tmp_path):
    """A desk of its own: `(url, backup, restore)`; a backup is the database's own."""
    if kind == "sqlite":
        file = tmp_path / "desk.db"

        def backup():
            with sqlite3.connect(file) as source, sqlite3.connect(tmp_path / "copy.db") as copy:
                source.backup(copy)
            source.close()
            copy.close()

        def restore():
            for suffix in ("-wal", "-shm"):
                file.with_name(file.name + suffix).unlink(missing_ok=True)
            shutil.copyfile(tmp_path / "copy.db", file)

        yield f"sqlite:///{file}", backup, restore
    else:
        server = postgresql.shared()
        with postgresql.database(postgresql.migrated()) as url:
            name = url.rpartition("/")[2]

            def backup():
                server.run(f"CREATE DATABASE {name}_copy TEMPLATE {name}")

            def restore():
                server.run(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_copy")

            yield url, backup, restore
            server.run(f"DROP DATABASE IF EXISTS {name}_copy WITH (FORCE)")


@contextmanager
def at_work(url, folder, now=LATER):
    one = Machine(url, folder)
    try:
        yield one.start(now)
    finally:
        one.stop()
