"""`replydesk ticket do`: the verbs of mail from a shell, with the same help, dry run and undo."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.ticket import ticket
from tests.desk import StillDesk

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow
Message-ID: <a1@northwind.example>

The search takes twenty seconds.
"""
Call = Callable[..., str]


@pytest.fixture
def call(tmp_path: Path, template: Path) -> Iterator[Call]:
    with closing(StillDesk(tmp_path / "desk", template)) as still:
        still.mail(MAIL, "nora@northwind.example")
        still.store.close()
        env = {"REPLYDESK_CONFIG": str(tmp_path / "desk" / "replydesk.toml")}

        def run(*words: str, who: str = "anastasia", status: int = 0) -> str:
            done = CliRunner().invoke(ticket, ["do", "DESK-1001", *words, "--as", who], env=env)
            assert done.exit_code == status, done.output
            return done.output

        def shown() -> str:
            return str(CliRunner().invoke(ticket, ["show", "DESK-1001", "--json"], env=env).output)

        run.shown = shown  # type: ignore[attr-defined]
        yield run


def test_a_dry_run_tells_all_and_does_nothing(call: Call) -> None:
    before = call.shown()  # type: ignore[attr-defined]
    told = json.loads(call("#accept\n\nHello Nora, we look at it.", "--dry-run", "--json"))
    assert told["dry"] is True
    assert [(step["verb"], step["after"]) for step in told["done"]] == [("#accept", "accepted")]
    assert told["sent"] == [{"to": "Nora Wind", "what": "your answer"}]
    (preview,) = told["reports"]
    assert preview["title"] == "To Nora Wind <nora@northwind.example>"
    assert preview["lines"][-1] == "Hello Nora, we look at it."
    words = call("#dry-run\n#retype question")
    assert words.startswith("A dry run: nothing is done and nothing is sent.")
    assert "question a new ticket" in words
    assert "would go to Nora Wind" in words
    assert call.shown() == before  # type: ignore[attr-defined]


def test_a_dry_run_of_what_is_refused_is_refused(call: Call) -> None:
    assert "only a resolved ticket is closed" in call("#close", "--dry-run", status=1)


def test_undo_takes_back_what_a_command_did(call: Call) -> None:
    call("#accept\n#tag +loud")
    assert "status accepted, tags loud → status new, tags none" in call("#undo")
    assert "taken back already" in call("#undo", status=1)
    view = json.loads(call.shown())  # type: ignore[attr-defined]
    assert (view["status"], view["tags"]) == ("new", [])
    assert [event["kind"] for event in view["events"]][-1] == "undone"


def test_help_is_for_this_person_and_this_ticket(call: Call) -> None:
    words = call("#help")
    assert "\n#accept — we take it on" in words
    assert "\n#close" not in words
    assert "\n#team" not in words
    assert "\n#team" in call("#help", who="dominique")
    assert all(line.startswith("#") for line in json.loads(call("#help", "--json"))["help"])


def test_r19_mine_from_a_shell_is_what_it_is_by_mail(call: Call) -> None:
    call("#take")
    assert "DESK-1001" in call("#mine")
    assert "this is about DESK-1001" not in call("#on DESK-1001\n#mine")
    assert "there is no ticket DESK-1002" in call("#on DESK-1002\n#mine", status=1)
