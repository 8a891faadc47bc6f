"""Listening sockets, opened by the daemon and handed to the door's process, so that a new door can take them over.

In: the configuration, and sockets that were open before us (`gateway.activation`). Out: (protocol, socket) pairs, or a
`DoorTaken` that says which address and what to do. The certificate is looked at here too, so that a desk whose doors
cannot encrypt does not start.
"""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Mapping

from gateway.config.notation import Listen
from gateway.config.settings import Config
from gateway.doors import tls

PATIENCE = 3.0
"""Seconds in which the sockets of a process that was killed a moment ago may still be closing."""
_KEYS = {"proxy": "smtp.proxy_listen"}
"""The keys that do not follow from a door's name."""

Passed = Mapping[str, tuple[socket.socket, ...]]
"""Sockets that were open before us, by door; each replaces opening it."""


class DoorTaken(Exception):
    """A door cannot be opened where the configuration wants it."""


def mail_doors(config: Config) -> tuple[tuple[str, Listen | None], ...]:
    """Each mail door with its address; None: it stays shut."""
    return (
        ("smtp", config.smtp.listen),
        ("submission", config.submission.listen),
        ("proxy", config.smtp.proxy_listen),
        ("lmtp", config.lmtp.listen),
    )


def key_of(door: str) -> str:
    """The key of the configuration that says where a door is."""
    return _KEYS.get(door, f"{door}.listen")


def address_of(sock: socket.socket) -> Listen:
    """Where it listens."""
    host, port = sock.getsockname()[:2]
    return Listen(host, port)


def open_listeners(config: Config, passed: Passed | None = None) -> list[tuple[str, socket.socket]]:
    """All doors of the configuration; none stays open when one cannot be. A door that was `passed` is not opened."""
    try:
        tls.context(config.smtp.certificate, config.smtp.private_key)
    except tls.BadCertificate as error:
        raise DoorTaken(str(error)) from error
    opened: list[tuple[str, socket.socket]] = []
    try:
        for name, listen in mail_doors(config):
            if passed and name in passed:
                opened += [(name, sock) for sock in passed[name]]
            elif listen is not None:
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
                f"{key_of(name)}: cannot open {listen}: {error.strerror}; "
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
