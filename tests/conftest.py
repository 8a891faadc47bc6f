"""What several folders of tests share: the template of a desk, desks that stand still, desks that are served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.desk import ServedDesk, StillDesk, make_template


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo desk with an empty store; copied, never used."""
    return make_template(tmp_path_factory.mktemp("template") / "desk")


@pytest.fixture
def still(tmp_path: Path, template: Path) -> Iterator[StillDesk]:
    """A desk in this process, on a clock that stands still."""
    desk = StillDesk(tmp_path / "desk", template)
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Iterator[ServedDesk]:
    """A running desk that the tests of one module share: each counts only its own mail."""
    desk = ServedDesk.make(tmp_path_factory.mktemp("served") / "desk", template).start()
    yield desk
    desk.kill()


@pytest.fixture
def serve(tmp_path: Path, template: Path) -> Iterator[Callable[..., ServedDesk]]:
    """Makes a desk of one's own; it is stopped at the end."""
    made: list[ServedDesk] = []

    def make(**settings: Any) -> ServedDesk:
        desk = ServedDesk.make(tmp_path / f"desk{len(made)}", template, **settings).start()
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.kill()
