"""The commands as an operator types them, on a desk of the test's own and in this process.

`command` is a fixture: a module that imports it has it. What is told on stdout comes back as it was printed.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.doors.smtp import Door  # noqa: F401 - imported early: it sets up logging once
from tests.desk import ServedDesk

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow {0}
Message-ID: <a{0}@northwind.example>
Date: Fri, 20 Nov 2026 14:00:00 +0100

The search takes twenty seconds, {0}.
"""
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, template: Path) -> Iterator[Command]:
    """Runs a command on a desk of the test's own, in this process; asserts its exit status."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*words: str, stdin: str | bytes = b"", status: int = 0, **settings: str) -> Result:
        env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
        env |= {f"REPLYDESK_{name}": value for name, value in settings.items()}
        result = CliRunner().invoke(main, words, input=stdin, env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, (words, result.exit_code, result.output)
        assert "Traceback" not in result.output
        return result

    yield call
    root.handlers[:], root.level = handlers, level


def deliver(command: Command, number: int = 1, to: str = "support@desk.example") -> None:
    command("deliver", "--to", to, "--from", "nora@northwind.example", stdin=MAIL.format(number))


def told(result: Result) -> Any:
    return json.loads(result.stdout)
