"""Fixtures: a courier on its bench, over a store on SQLite."""

from __future__ import annotations

import pytest

from gateway import courier
from tests.servers.stores import store, store_url
from tests.unit.courier.bench import Bench, Sender

__all__ = ["store", "store_url"]


@pytest.fixture
def kind():
    return "sqlite"


@pytest.fixture
def bench(store, monkeypatch):
    monkeypatch.setattr(courier, "Worker", Sender)
    one = Bench(store)
    yield one
    one.sender.kill()
