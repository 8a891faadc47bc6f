"""What several folders of tests share: the template of a desk, desks that stand still, desks that are served.

`BOTH` names the modules whose desks run on SQLite and on PostgreSQL; the others' run on SQLite.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.desk import ServedDesk, StillDesk, make_template
from tests.servers import postgresql
from tests.servers.stores import KINDS

BOTH = ("test_stories", "test_life")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "store_kind" in metafunc.fixturenames and metafunc.module.__name__.rpartition(".")[2] in BOTH:
        metafunc.parametrize("store_kind", KINDS, indirect=True, scope="module")


@pytest.fixture(scope="module")
def store_kind(request: pytest.FixtureRequest) -> str:
    """Which database the desks of this test have."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo desk with an empty store; copied, never used."""
    return make_template(tmp_path_factory.mktemp("template") / "desk")


@pytest.fixture
def still(tmp_path: Path, template: Path, store_kind: str) -> Iterator[StillDesk]:
    """A desk in this process, on a clock that stands still."""
    with ExitStack() as stack:
        env = {}
        if store_kind == "postgresql":
            env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
        desk = stack.enter_context(closing(StillDesk(tmp_path / "desk", template, env)))
        yield desk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, template: Path, store_kind: str) -> Iterator[ServedDesk]:
    """A running desk that the tests of one module share: each counts only its own mail."""
    with ExitStack() as stack:
        settings = _store(stack, store_kind)
        desk = ServedDesk.make(tmp_path_factory.mktemp("served") / "desk", template, **settings).start()
        stack.callback(desk.kill)
        yield desk


@pytest.fixture
def serve(tmp_path: Path, template: Path, store_kind: str) -> Iterator[Callable[..., ServedDesk]]:
    """Makes a desk of one's own; it is stopped at the end."""
    numbers = count()
    with ExitStack() as stack:

        def make(**settings: Any) -> ServedDesk:
            settings = _store(stack, store_kind) | settings
            desk = ServedDesk.make(tmp_path / f"desk{next(numbers)}", template, **settings).start()
            stack.callback(desk.kill)
            return desk

        yield make


def _store(stack: ExitStack, kind: str) -> dict[str, str]:
    """The settings of a desk on a database of its own."""
    if kind == "sqlite":
        return {}
    return {"STORE__URL": stack.enter_context(postgresql.database(postgresql.migrated()))}
