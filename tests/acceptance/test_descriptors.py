"""A desk whose starter closed what every program has: it runs, and no file of its own stands in for stderr."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.desk import REPLYDESK, ServedDesk


def closing(*descriptors: int) -> Callable[[], None]:
    return lambda: [os.close(one) for one in descriptors] and None


@contextmanager
def served(desk: ServedDesk, **how: object) -> Iterator[subprocess.Popen[bytes]]:
    """`serve`, once it has told a supervisor that it is ready."""
    with TemporaryDirectory(prefix="rd") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"{folder}/notify")
        ear.settimeout(120)
        env = {**desk.env, "NOTIFY_SOCKET": f"{folder}/notify"}
        process = subprocess.Popen([*REPLYDESK, "serve"], env=env, cwd=desk.folder, start_new_session=True, **how)  # type: ignore[call-overload]
        try:
            while b"READY=1" not in ear.recv(4096):
                assert process.poll() is None
            yield process
        finally:
            process.kill()
            process.wait(60)


def ended(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(120)


@pytest.fixture
def one(tmp_path: Path, template: Path) -> ServedDesk:
    return ServedDesk.make(tmp_path / "desk", template, WEB__LISTEN="", LMTP__LISTEN="")


@pytest.mark.parametrize("descriptors", [(2,), (0, 1, 2)], ids=["stderr", "all three"])
def test_what_was_closed_is_nowhere_and_no_file_of_the_desk(one: ServedDesk, descriptors: tuple[int, ...]) -> None:
    """Else the lock, or a connection, has the number to which libraries and token commands print."""
    with (one.folder / "log").open("wb") as log:
        how = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "preexec_fn": closing(*descriptors)}
        with served(one, **how) as process:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            assert children
            for pid in (str(process.pid), *children):
                for number in descriptors:
                    assert Path(f"/proc/{pid}/fd/{number}").readlink() == Path("/dev/null")
            assert ended(process) == 0


def test_a_reader_of_stdout_that_went_away_ends_no_desk(one: ServedDesk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    log = one.folder / "log"
    try:
        with log.open("wb") as stderr, served(one, stdout=writing, stderr=stderr) as process:
            assert ended(process) == 0
    finally:
        os.close(writing)
    assert "nobody reads stdout" in log.read_text()
    assert "Traceback" not in log.read_text()


def test_a_reader_of_the_log_that_went_away_ends_no_desk(one: ServedDesk) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with served(one, stdout=subprocess.DEVNULL, stderr=writing) as process:
            assert ended(process) == 0
    finally:
        os.close(writing)
