"""Fixtures: a settler on its bench, over a store on SQLite."""

from __future__ import annotations

import pytest

from gateway import settler
from tests.servers.stores import store, store_url
from tests.unit.settler.bench import Bench, Reader

__all__ = ["store", "store_url"]


@pytest.fixture
def bench(store, monkeypatch, tmp_path):
    monkeypatch.setattr(settler, "Worker", Reader)
    made = []

    def make(readers=1):
        made.append(Bench(store, tmp_path / "spool", readers))
        return made[-1]

    yield make
    for one in made:
        for slot in one.settler.slots:
            slot.worker.stop(1.0)


@pytest.fixture
def kind():
    """Supervision does not depend on the database; the fencing test asks for PostgreSQL itself."""
    return "sqlite"
