"""A child process of the desk: started with a socket pair, told its options, watched, killed, started again.

In: the name of a role of `gateway.child` and its options. Out: a `Channel` to it. A worker never outlives the daemon
(Linux sends it SIGKILL then; elsewhere it ends at the end of its socket), stays in the daemon's process group, and sees
none of the desk's settings in its environment.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

from gateway.channel import Channel, Classes

YOUNG_SECONDS = 5.0

log = logging.getLogger(__name__)


def settle_memory() -> None:
    """What is imported stays: the collector need not look at it again, nor look as often as by default.

    Our processes make many short-lived values and hardly any cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Worker:
    """One child process. `start` may be called again after `kill`."""

    def __init__(
        self, role: str, options: Any, sockets: tuple[socket.socket, ...] = (), classes: Classes | None = None
    ) -> None:
        """`classes` are all that may be unpickled of what it says; None believes it."""
        self.role = role
        self._classes = classes
        self._options = options
        self._sockets = sockets
        self._process: subprocess.Popen[bytes] | None = None
        self.channel: Channel
        self.starts = 0
        self._started = 0.0
        self._quick_deaths = 0
        self._delay = 0.0

    @property
    def pid(self) -> int:
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start the process and hand it its options. One that died young waits before it serves, ever longer.

        When the system has no process or file left for us, `pid` stays 0: the daemon tries again at its next tick. It
        does so too when the last one died before its wait was over (a program that is just being replaced): nothing
        but us can keep that one from being started many times a second.
        """
        if time.monotonic() - self._started < self._delay:
            return
        try:
            self._start()
        except OSError as error:
            log.error("the %s process cannot be started, it is tried again: %s", self.role, error.strerror)

    def _start(self) -> None:
        young = self.starts > 0 and time.monotonic() - self._started < self._delay + YOUNG_SECONDS
        self._quick_deaths = self._quick_deaths + 1 if young else 0
        delay = min(0.1 * 2**self._quick_deaths, YOUNG_SECONDS) if self._quick_deaths else 0.0
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        handed = [theirs.fileno(), *(s.fileno() for s in self._sockets)]
        command = [sys.executable, "-I", "-m", "gateway.child", self.role, str(delay), *map(str, handed)]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("REPLYDESK_")}
        try:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                command, pass_fds=handed, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=environment
            )
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        self._started, self._delay = time.monotonic(), delay
        self.channel = Channel(ours, self._classes)
        self.channel.send(self._options)
        self.starts += 1

    def kill(self) -> str:
        """End the process at once; how it ended, in words."""
        if self._process is None:
            return "never started"
        self._process.kill()
        code = self._process.wait()
        self.channel.close()
        self._process = None
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"

    def hang_up(self) -> None:
        """Let the process end by itself: its socket closes."""
        if self._process is not None:
            self.channel.close()

    def stop(self, seconds: float) -> None:
        """Hang up, and kill the process when it takes too long to end."""
        if self._process is None:
            return
        self.channel.close()
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
