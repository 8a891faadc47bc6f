"""Every folder in `dialogues` is one: what a customer writes, in their client, and what the desk asks, until it has the
stated facts; nothing is ever asked that was given. `dialogues/desks` are the desks that they need, beside the demo's.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_explain import Historian
from tests.desk import StillDesk
from tests.intake.dialogue import Player
from tests.servers import postgresql

HERE = Path(__file__).parent / "dialogues"
DIALOGUES = sorted(folder.name for folder in HERE.iterdir() if (folder / "dialogue.toml").exists())


@pytest.fixture
def make(tmp_path: Path, template: Path, store_kind: str) -> Iterator[Any]:
    """A desk with what one of the fragments adds to the demo's."""
    with ExitStack() as stack:

        def desk(more: str) -> StillDesk:
            shutil.copytree(template, tmp_path / "desk")
            file = tmp_path / "desk" / "replydesk.toml"
            if more != "demo":
                fragment = (HERE / "desks" / f"{more}.toml").read_text("utf-8")
                file.write_text(f"{file.read_text('utf-8')}\n{fragment}", "utf-8")
            env = {}
            if store_kind == "postgresql":
                env["REPLYDESK_STORE__URL"] = stack.enter_context(postgresql.emptied())
            return stack.enter_context(closing(StillDesk(tmp_path / "desk", env=env)))

        yield desk


@pytest.mark.parametrize("name", DIALOGUES)
def test_r40_a_dialogue_ends_in_the_stated_fields(
    name: str, make: Any, store_kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each on SQLite; every second one, by night all, on PostgreSQL as well."""
    if store_kind == "postgresql" and not os.environ.get("REPLYDESK_LONG") and DIALOGUES.index(name) % 2:
        pytest.skip("runs on PostgreSQL by night (REPLYDESK_LONG=1)")
    talk = HERE / name
    desk = make(Player.desk_of(talk))
    historian = Historian(desk, monkeypatch)
    Player(talk, desk).play()
    _explaining_writes_nothing(desk, historian)
    _a_replay_sends_nothing(desk)


def _shape(desk: StillDesk) -> str:
    views = [{k: v for k, v in view.items() if k not in ("sla", "messages")} for view in desk.tickets()]
    return json.dumps([views, desk.queue(), len(desk.sent)], default=str, sort_keys=True)


def _explaining_writes_nothing(desk: StillDesk, historian: Historian) -> None:
    before = _shape(desk)
    for number, decided in historian.decided.items():
        would = historian.explain(number).decision
        assert [(step.what, step.why) for step in would.trace if step.stage == "complete"] == [
            (step.what, step.why) for step in decided.trace if step.stage == "complete"
        ], f"mail {number}"
    assert _shape(desk) == before


def _a_replay_sends_nothing(desk: StillDesk) -> None:
    before, intakes = len(desk.sent), [(view["intake"], view["status"], view["waiting_on"]) for view in desk.tickets()]
    for entry in desk.entries():
        again = desk.replay(entry["id"])
        told = [f"{sent.purpose} {sent.to}" for sent in desk.sent[before:]]
        assert told == [], f"replay of mail {entry['id']} ({again['verdict']}: {again['reason']})"
    assert [(view["intake"], view["status"], view["waiting_on"]) for view in desk.tickets()] == intakes


def test_there_are_enough_of_them() -> None:
    """The bar of R40: clients, languages and ways to answer, each at least once."""
    talks = [Player.read(HERE / name) for name in DIALOGUES]
    assert len(talks) >= 60
    assert {talk["language"] for talk in talks} >= {"en", "de", "fr", "es", "it", "nl"}
    steps = [step for talk in talks for step in talk["step"] if "client" in step]
    assert len({step["client"] for step in steps}) >= 12
    assert len({step["client"] for step in steps if "inside" in step}) >= 12
    assert len({step["client"] for step in steps if "lines" in step}) >= 12
