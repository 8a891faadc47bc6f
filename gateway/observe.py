"""Logs: one line each on stderr, for people and for grep. No mail text, no password, no control character.

In: log records. Out: `2026-11-21T19:05:22Z WARNING gateway.settler reader died over mail 7: signal SIGKILL`.
"""

from __future__ import annotations

import logging
import sys
import time

_HARMLESS = {code: f"\\x{code:02x}" for code in (*range(32), *range(0x7F, 0xA0)) if code != 10}


class _Line(logging.Formatter):
    converter = staticmethod(time.gmtime)

    def format(self, record: logging.LogRecord) -> str:
        """One line; a traceback follows indented, so that no text can pretend to be another line."""
        return super().format(record).translate(_HARMLESS).replace("\n", "\n  ")


def log_to_stderr(level: int = logging.INFO) -> None:
    """Send the desk's own logs to stderr and keep libraries quiet."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line("%(asctime)sZ %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(level)
