"""The gate: what all transports of one process know of the login.

In: that a login was refused, and why. Out: that reason, for a while. A wrong password must never become a failed login
for each mail that waits: servers shut out those who guess.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

SHUT_SECONDS = 45.0
"""Less than the shortest wait of a mail for its next attempt: that one finds the gate open."""


class Gate:
    """Open until a login is refused. Threads may share it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._shut: tuple[float, str] = (-math.inf, "")

    def shut(self, why: str) -> None:
        """From now on, for SHUT_SECONDS, nobody shall connect."""
        self._shut = (self._monotonic() + SHUT_SECONDS, why)

    def reason(self) -> str:
        """Why nobody shall connect now; empty when it is open."""
        until, why = self._shut
        return f"{why}; no new login within {SHUT_SECONDS:.0f} s of that" if self._monotonic() < until else ""
