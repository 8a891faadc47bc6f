"""The two files of `init`, and what several modules read them with."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.init import write_desk

BAD = Path(__file__).parents[2] / "bad_configs"
SECRET = bytes(range(32))


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    return write_desk(tmp_path, demo=True)


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return write_desk(tmp_path, demo=False)
