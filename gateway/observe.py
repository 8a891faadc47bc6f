"""Logs: one line each on stderr, for people and for grep. No mail text, no address, no password, no control character.

In: log records, and exceptions that nobody caught. Out: `2026-11-21T19:05:22Z WARNING gateway.settler mail=7 its reader
died: signal SIGKILL`; where stderr is the journal of systemd, `<4>gateway.settler …` instead, for the journal knows the
time and reads the priority. Every process of a desk calls both first; what may stand in a line is `redaction`'s.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType

from gateway.redaction import Redaction

_FORMAT = "%(asctime)sZ %(levelname)s %(name)s "
_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""Levels and syslog's priorities (RFC 5424 section 6.2.1); sd-daemon(3) says how they stand before a line."""


class Lines(tuple[str, ...]):
    """Several lines of one record, written at once. Each is made of numbers and words of ours: it is not redacted."""

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(self)


class _Line(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self, redaction: Redaction, *, of_journal: bool) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        self._redaction = redaction
        self._of_journal = of_journal

    def format(self, record: logging.LogRecord) -> str:
        """One line, or each of several with the same head; a traceback follows indented, so that no text can pretend to
        be another line."""
        head = self._head(record)
        if isinstance(record.msg, Lines):
            return "\n".join([head + line for line in record.msg])
        text = head + self._redaction.line(record.getMessage())
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        prefix = _priority(record.levelno) if self._of_journal else ""  # to the journal each line is a record
        return text.replace("\n", f"\n{prefix}  ")

    def _head(self, record: logging.LogRecord) -> str:
        if self._of_journal:
            return f"{_priority(record.levelno)}{record.name} "
        record.asctime = self.formatTime(record, self.datefmt)
        return _FORMAT % record.__dict__

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return self._redaction.fault(ei[1], ei[2])


def _priority(level: int) -> str:
    return f"<{next((priority for least, priority in _PRIORITIES if level >= least), 7)}>"


def is_journal(environment: Mapping[str, str], descriptor: int) -> bool:
    """Whether what is written to `descriptor` goes to systemd's journal, which `JOURNAL_STREAM` names
    (systemd.exec(5)). Programs inherit the variable whose stderr is something else."""
    try:
        there = os.fstat(descriptor)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


def log_to_stderr(*, trail: bool = True) -> None:
    """Send the desk's own logs to stderr and keep libraries quiet.

    Without `trail` a command does not tell each mail to the terminal or to cron; the journal hears of it all the same.
    """
    of_journal = is_journal(os.environ, 2)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(Redaction(os.environ), of_journal=of_journal))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(logging.INFO)
    logging.getLogger("gateway.trail").setLevel(logging.INFO if trail or of_journal else logging.WARNING)


def log_uncaught() -> None:
    """For a process that is ours alone: what nobody catches ends in the log too, and not beside it."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, Exception):
        return
    logging.getLogger("gateway").critical("ended by an exception", exc_info=(kind, error or kind(), trace))
