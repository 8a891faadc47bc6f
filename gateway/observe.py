"""Logs: one line each on stderr, for people and for grep. No mail text, no address, no password, no control character.

In: log records, and exceptions that nobody caught. Out: `2026-11-21T19:05:22Z WARNING gateway.settler reader died over
mail 7: signal SIGKILL`. Every process of a desk calls both first; what may stand in a line is `redaction`'s.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from types import TracebackType

from gateway.redaction import Redaction

_FORMAT = "%(asctime)sZ %(levelname)s %(name)s %(message)s"


class _Line(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def __init__(self, redaction: Redaction) -> None:
        super().__init__(_FORMAT, "%Y-%m-%dT%H:%M:%S")
        self._redaction = redaction

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows indented, so that no text can pretend to be another line."""
        return super().format(record).replace("\n", "\n  ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = self._redaction.line(record.message)
        return super().formatMessage(record)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        return self._redaction.fault(ei[1], ei[2])


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send the desk's own logs to stderr and keep libraries quiet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(Redaction(os.environ)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(level)


def log_uncaught() -> None:
    """For a process that is ours alone: what nobody catches ends in the log too, and not beside it."""
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _uncaught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if not issubclass(kind, Exception):
        return
    logging.getLogger("gateway").critical("ended by an exception", exc_info=(kind, error or kind(), trace))
