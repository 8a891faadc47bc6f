"""The word to whoever started us, by the protocol of sd_notify(3): we are ready, alive, stopping, and how we are.

In: the environment that systemd gives a service (`NOTIFY_SOCKET`, `WATCHDOG_USEC`), and `Vitals`. Out: datagrams to its
socket, and the one line of JSON on stdout for everybody else. It must never raise, never wait once we are ready, and
never pass the socket's name on to a child; where nobody listens it costs nothing. What it says are counts and times,
never a mail's words.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

from gateway.vitals import Vitals

STATUS_SECONDS = 60.0
SOONEST_SECONDS = 5.0
"""Seconds between two states at least, when the store comes and goes."""

READY_SECONDS = 5.0
"""Seconds that the first word waits for room in the supervisor's queue: without it we would never count as started."""

log = logging.getLogger(__name__)

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


class Supervisor:
    """Whoever supervises this process; `listens` is whether there is anybody.

    The watchdog is for a loop that no longer turns. A store that hangs must not trip it: the loop waits for the store
    up to the store's own limits, the doors say 451 meanwhile, and another start would wait for the same store.
    """

    def __init__(self, environment: MutableMapping[str, str], pid: int, monotonic: Callable[[], float]) -> None:
        """Takes its variables out of `environment`: what is ours alone no child inherits."""
        path, microseconds, watched = (environment.pop(name, "") for name in _VARIABLES)
        self._monotonic = monotonic
        self._address = f"\0{path[1:]}" if path.startswith("@") else path  # @: an abstract name (unix(7))
        self._socket = _connected(path, self._address)
        self.watchdog_seconds = _half(microseconds) if watched in ("", str(pid)) else 0.0
        self._alive_at = self._told_at = float("-inf")
        self._fault = ""

    @property
    def listens(self) -> bool:
        return self._socket is not None

    def opening(self) -> None:
        """The store may be migrated now, which takes a while."""
        self._say("STATUS=opening the store; after an upgrade this may take minutes, and clients wait")

    def ready(self) -> None:
        """All doors are open."""
        self._alive_at = self._monotonic()
        self._say("READY=1", "STATUS=all doors are open", patience=READY_SECONDS)

    def stopping(self) -> None:
        self._say("STOPPING=1", "STATUS=draining: what is on its way in is kept")

    def turned(self) -> None:
        """The loop has gone round once more: `WATCHDOG=1` at half of the watchdog's time."""
        if self._socket is None or not self.watchdog_seconds:
            return
        now = self._monotonic()
        if now - self._alive_at >= self.watchdog_seconds and self._say("WATCHDOG=1"):
            self._alive_at = now

    def look(self, fault: str, vitals: Callable[[], Vitals]) -> None:
        """Say how we are once a minute, and at once when the store's `fault` begins or ends."""
        if self._socket is None:
            return
        past = self._monotonic() - self._told_at
        if past >= STATUS_SECONDS or (bool(fault) != bool(self._fault) and past >= SOONEST_SECONDS):
            self._told_at, self._fault = self._monotonic(), fault
            self._say(f"STATUS={state(vitals())}")

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _say(self, *lines: str, patience: float = 0.0) -> bool:
        """One datagram; whether it was taken. A supervisor whose queue is full is not waited for any longer; one that
        began anew listens by the same name."""
        if self._socket is None:
            return False
        said = "\n".join(lines).encode("ascii", "replace")
        with suppress(OSError):
            self._socket.settimeout(patience)
            try:
                self._socket.send(said)
            except (BlockingIOError, TimeoutError):
                return False
            except OSError:
                self._socket.connect(self._address)
                self._socket.send(said)
            return True
        return False


def announce(ready: Mapping[str, Any]) -> None:
    """The contract's line on stdout. That nobody reads it any more is no reason to serve nobody."""
    try:
        print(json.dumps(ready), flush=True)  # noqa: T201
    except OSError as error:
        log.warning("nobody reads stdout, where it says that all doors are open: %s", error.strerror)
        with suppress(OSError):  # what its buffer still has must not fail once more when we end
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def state(vitals: Vitals) -> str:
    """`12 mails waiting, 3 to send, last commit 2 s ago`: one line of ASCII."""
    figures = vitals.figures
    waiting = max(figures.undecided if figures else 0, vitals.in_window)
    leaving = max(figures.queued + figures.sending if figures else 0, vitals.in_senders_hand)
    words = [f"{waiting} mail{'' if waiting == 1 else 's'} waiting", f"{leaving} to send"]
    if vitals.last_commit is not None:
        words.append(f"last commit {max(0, round((vitals.now - vitals.last_commit).total_seconds()))} s ago")
    if vitals.store_fault_since is not None:
        past = max(0, round((vitals.now - vitals.store_fault_since).total_seconds()))
        words.insert(0, f"the store is not available since {past} s, doors say 451")
    return ", ".join(words)


def _connected(path: str, address: str) -> socket.socket | None:
    """The socket of the supervisor, or None where nobody listens."""
    if not path.startswith(("/", "@")):  # vsock and whatever comes: not on the machines of a desk
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.connect(address)
    except (OSError, ValueError):
        sock.close()
        return None
    return sock


def _half(microseconds: str) -> float:
    """Half of the watchdog's time in seconds, as sd_watchdog_enabled(3) asks for; 0 without one."""
    if not (microseconds.isascii() and microseconds.isdigit() and len(microseconds) <= 18):
        return 0.0
    return int(microseconds) / 2e6
