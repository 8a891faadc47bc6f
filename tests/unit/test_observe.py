"""How lines of the log look: on a terminal with time and level, in systemd's journal with a priority and no time."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import observe
from gateway.observe import Lines, is_journal

Setting = Callable[..., io.StringIO]


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Setting]:
    """Set the log up as a command does; what is written goes into the stream."""
    root, ours, trail = (logging.getLogger(name) for name in ("", "gateway", "gateway.trail"))
    before = (root.handlers[:], root.level, ours.level, trail.level)

    def set_up(*, journal: bool, trail: bool = True) -> io.StringIO:
        written = io.StringIO()
        monkeypatch.setattr(sys, "stderr", written)
        monkeypatch.setattr(observe, "is_journal", lambda _environment, _descriptor: journal)
        observe.log_to_stderr(trail=trail)
        return written

    yield set_up
    root.handlers[:], root.level, ours.level, trail.level = before


def test_the_journal_gets_a_priority_and_no_time(setting: Setting) -> None:
    written = setting(journal=True)
    log = logging.getLogger("gateway.x")
    for level in (logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL):
        log.log(level, "it is %s", "so")
    assert written.getvalue() == "".join(f"<{priority}>gateway.x it is so\n" for priority in (6, 4, 3, 2))


def test_each_line_of_a_traceback_has_the_priority_of_its_record(setting: Setting) -> None:
    written = setting(journal=True)
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("gateway.x").exception("it\nfailed")
    lines = written.getvalue().splitlines()
    assert lines[0] == r"<3>gateway.x it\nfailed"
    assert len(lines) > 3
    assert all(line.startswith("<3>  ") for line in lines[1:])


@pytest.mark.parametrize(("journal", "head"), [(True, r"<6>gateway\.trail "), (False, r"\S{19}Z INFO gateway\.trail ")])
def test_several_lines_of_one_record_have_a_head_each(setting: Setting, journal: bool, head: str) -> None:
    written = setting(journal=journal)
    logging.getLogger("gateway.trail").info(Lines(("mail=1 x", "mail=2 y")))
    assert re.fullmatch(rf"{head}mail=1 x\n{head}mail=2 y\n", written.getvalue())


def test_a_command_tells_its_trail_to_the_journal_only(setting: Setting) -> None:
    for journal, expected in ((False, 0), (True, 1)):
        written = setting(journal=journal, trail=False)
        logging.getLogger("gateway.trail").info(Lines(("mail=1 x",)))
        logging.getLogger("gateway.x").info("said")
        assert (written.getvalue().count("mail=1"), written.getvalue().count("said")) == (expected, 1)


def test_the_journal_is_known_by_its_device_and_inode(tmp_path: Path) -> None:
    with (tmp_path / "stream").open("wb") as stream, (tmp_path / "other").open("wb") as other:
        there = os.fstat(stream.fileno())
        environment = {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
        assert is_journal(environment, stream.fileno())
        assert not is_journal(environment, other.fileno()), "stderr was sent elsewhere"
        assert not is_journal({}, stream.fileno())
    assert not is_journal(environment, 9999)
