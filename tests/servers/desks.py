"""The fixture that makes desks and ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.serving import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Makes a desk that is not started yet; whatever was started is killed at the end of the test."""
    made: list[Desk] = []

    def make(folder: Path | None = None, **how: Any) -> Desk:
        made.append(Desk(folder or tmp_path / f"desk{len(made)}", **how))
        return made[-1]

    yield make
    for one in made:
        one.kill()
