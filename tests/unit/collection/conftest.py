"""Collectors over both stores."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from gateway.collection import box as box_module
from gateway.config.loading import load
from tests.servers.stores import kind, store, store_url
from tests.unit.collection.bench import BOX, Bench, Process
from tests.unit.settler.bench import LEASE

__all__ = ["kind", "store", "store_url"]


@pytest.fixture
def made(store, monkeypatch, tmp_path, template):
    """Benches over one store: machines of one desk, or lives of one machine."""
    monkeypatch.setattr(box_module, "Worker", Process)
    shutil.copytree(template, tmp_path / "house")
    file = tmp_path / "house" / "replydesk.toml"
    plain = file.read_text()
    benches = []

    def make(tables=BOX, owner="us", environ=None):
        file.write_text(plain + tables)
        bench = Bench(store, load(file, {}), replace(LEASE, owner=owner), environ)
        benches.append(bench)
        return bench.renew()

    yield make
    for bench in benches:
        for process in bench.processes:
            process.kill()


@pytest.fixture
def bench(made):
    return made()
