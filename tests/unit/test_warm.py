"""A command that a warm process forks is the command that a shell starts: the same words, status and environment."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import warm
from tests.desk import REPLYDESK, ServedDesk, environment, run

pytestmark = pytest.mark.skipif(warm.COLD, reason="every command is started anew: there is no warm process")


@pytest.fixture
def env(tmp_path: Path, template: Path) -> Iterator[dict[str, str]]:
    yield environment(template, SOMETHING__WRONG="1") | {"HOME": str(tmp_path)}


@pytest.mark.parametrize("words", [("--version",), ("config", "check"), ("bogus",), ("deliver",)])
def test_a_warm_command_says_what_a_cold_one_says(env: dict[str, str], words: tuple[str, ...], tmp_path: Path) -> None:
    cold = subprocess.run([*REPLYDESK, *words], env=env, input=b"", capture_output=True, cwd=tmp_path, check=False)
    hot = run(env, *words, cwd=tmp_path, check=False)
    assert (hot.returncode, hot.stdout, hot.stderr) == (cold.returncode, cold.stdout, cold.stderr)


def test_a_serving_desk_has_a_group_of_its_own_and_its_end_is_told(serve: Callable[..., ServedDesk]) -> None:
    desk = serve(LMTP__LISTEN="", WEB__LISTEN="")
    assert os.getpgid(desk.process.pid) == desk.process.pid
    assert desk.process.poll() is None
    desk.process.send_signal(signal.SIGKILL)
    assert desk.process.wait(10) == desk.process.poll() == -signal.SIGKILL


def test_a_command_that_takes_too_long_is_ended(env: dict[str, str]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        run(env, "config", "check", timeout=0)
