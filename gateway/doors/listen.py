"""Listening sockets, opened by the daemon and handed to the door's process, so that a new door can take them over.

In: the configuration. Out: (protocol, socket) pairs, or a `DoorTaken` that says which address and what to do. The
certificate is looked at here too, so that a desk whose doors cannot encrypt does not start.
"""

from __future__ import annotations

import errno
import socket
import time

from gateway.config.notation import Listen
from gateway.config.settings import Config
from gateway.doors import tls

PATIENCE = 3.0
"""Seconds in which the sockets of a process that was killed a moment ago may still be closing."""
_KEYS = {"proxy": "smtp.proxy_listen"}
"""The keys that do not follow from a door's name."""


class DoorTaken(Exception):
    """A door cannot be opened where the configuration wants it."""


def open_listeners(config: Config) -> list[tuple[str, socket.socket]]:
    """All doors of the configuration; none stays open when one cannot be."""
    wanted = (
        ("smtp", config.smtp.listen),
        ("submission", config.submission.listen),
        ("proxy", config.smtp.proxy_listen),
        ("lmtp", config.lmtp.listen),
    )
    try:
        tls.context(config.smtp.certificate, config.smtp.private_key)
    except tls.BadCertificate as error:
        raise DoorTaken(str(error)) from error
    opened: list[tuple[str, socket.socket]] = []
    try:
        for name, listen in wanted:
            if listen is not None:
                opened.append((name, open_one(name, listen)))
    except DoorTaken:
        for _, sock in opened:
            sock.close()
        raise
    return opened


def open_one(name: str, listen: Listen) -> socket.socket:
    """A listening socket at one address; `name` is the door, or the section that names it."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return _listening(family, listen)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise DoorTaken(
                f"{_KEYS.get(name, f'{name}.listen')}: cannot open {listen}: {error.strerror}; "
                "stop what listens there, or name another address (port 0 picks a free port)"
            ) from error


def _listening(family: socket.AddressFamily, listen: Listen) -> socket.socket:
    """Raises `OSError`, also where the system has no such family."""
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((listen.host, listen.port))
        sock.listen(512)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock
