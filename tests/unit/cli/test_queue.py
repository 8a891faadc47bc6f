"""`queue`: one statement over all rows may take its time, one over a single row may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import queue as module


@pytest.mark.parametrize(("words", "patient"), [(("hold", "--all"), True), (("release", "1"), False)])
def test_a_turn_over_all_rows_is_patient(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], patient: bool
) -> None:
    asked: list[bool] = []

    class Store:
        @contextmanager
        def turn(self, *, patient: bool = False) -> Iterator[None]:
            asked.append(patient)
            yield None

    @contextmanager
    def opened(_: Any) -> Iterator[tuple[None, Store]]:
        yield None, Store()

    box = SimpleNamespace(find=lambda *_: object(), move=lambda *_: True, move_all=lambda *_: [], count=lambda *_: 0)
    monkeypatch.setattr(module, "opened", opened)
    monkeypatch.setattr(module, "outbox", box)
    monkeypatch.setattr(module, "now", lambda _: None)
    result = CliRunner().invoke(module.queue, list(words))
    assert result.exit_code == 0, result.output
    assert asked == [patient]
