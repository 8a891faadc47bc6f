"""The entry of every child process: `python -I -m gateway.child ROLE DELAY SOCKET…`. Started by `gateway.worker` only.

It imports nothing but its role, so that a reader has no database in memory and a door no templates.
"""

from __future__ import annotations

import ctypes
import signal
import socket
import sys
import time

from gateway import observe
from gateway.channel import ChannelClosed
from gateway.worker import settle_memory

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Take the role on; end quietly when the daemon is gone."""
    role, delay, line, *listening = sys.argv[1:]
    _die_with_parent()
    observe.log_to_stderr()
    observe.log_uncaught()
    time.sleep(float(delay))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is for the daemon, who drains us
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sock = socket.socket(fileno=int(line))
    sockets = [socket.socket(fileno=int(number)) for number in listening]
    try:
        _serve(role, sock, sockets)
    except (ChannelClosed, ConnectionError, KeyboardInterrupt):
        sys.exit(0)


def _serve(role: str, sock: socket.socket, listening: list[socket.socket]) -> None:
    if role == "reader":
        from gateway import reader

        settle_memory()
        reader.serve(sock)
    elif role == "verifier":
        from gateway import verifier

        settle_memory()
        verifier.serve(sock)
    elif role == "calendars":
        from gateway.jobs import calendars

        calendars.serve(sock)
    elif role == "sender":
        from gateway.jobs.deliver import serve as send

        settle_memory()
        send(sock)
    elif role == "smtp":
        from gateway.doors.smtp import serve as open_doors

        settle_memory()
        open_doors(sock, listening)
    elif role == "imap":
        from gateway.doors.imap.process import serve as collect

        settle_memory()
        collect(sock)
    elif role == "web":
        from gateway.doors.web import serve as open_web

        settle_memory()
        open_web(sock, listening)
    else:
        raise SystemExit(f"gateway.child knows no role {role}")


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
