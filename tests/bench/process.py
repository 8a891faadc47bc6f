"""The processes of the benchmark: started here, spoken to in JSON lines, stopped by their own number and nothing else.

In: a command. Out: its JSON lines. A process never outlives the `with` block that started it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
_STOP_SECONDS = 40.0


class Talker:
    """A running process that prints JSON lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pid = process.pid

    def hear(self) -> dict[str, Any]:
        """Its next line; an error that says how it ended when there is none."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()} and said nothing")
        found: dict[str, Any] = json.loads(line)
        return found

    def ask(self) -> dict[str, Any]:
        """Its answer to an empty line."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return self.hear()


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str] | None = None, log: Path | None = None
) -> Iterator[Talker]:
    """The process, from its start to its end: its stdin is closed, it is told to stop, at last it is killed. What it
    says on stderr goes into `log`; without one it is ours."""
    with log.open("ab") if log else nullcontext() as stream:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdin=-1, stdout=-1, stderr=stream, text=True
        )
    try:
        yield Talker(process)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this folder."""
    return [sys.executable, "-m", f"tests.bench.{name}", *arguments]
