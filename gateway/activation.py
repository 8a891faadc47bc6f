"""Sockets that were open before us: systemd holds them, so that no client is refused while a desk is upgraded.

In: the variables of sd_listen_fds(3), the sockets from descriptor 3 on, and the configuration. Out: listening sockets
by door, or a `DoorTaken` that says which socket fits no door. It opens nothing, and shuts nothing down: the sockets are
the supervisor's, and clients wait in their queue between two desks. The variables are gone afterwards.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Mapping, MutableMapping

from gateway.config.notation import Listen
from gateway.config.settings import Config
from gateway.doors.listen import DoorTaken, Passed, address_of, key_of, mail_doors

FIRST = 3
MOST = 32
"""Sockets at most: five doors, each at a few addresses."""

_VARIABLES = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES")
_CURE = "mend the socket unit, or take the line out of it (replydesk service --socket prints one that fits)"

log = logging.getLogger(__name__)


def take_sockets(config: Config, environment: MutableMapping[str, str], pid: int, first: int = FIRST) -> Passed:
    """The sockets that were passed to this process, by the door that each belongs to; none is a usual answer.

    A socket belongs to the door whose name it has (`FileDescriptorName=`), else to the door that is configured for its
    address. One that fits no door is refused: nobody would ever answer its clients.
    """
    meant, count, names = (environment.pop(name, "") for name in _VARIABLES)
    if meant != str(pid) or not count:
        return {}
    if not (count.isascii() and count.isdigit() and len(count) <= 2 and int(count) <= MOST):
        raise DoorTaken(f"LISTEN_FDS: found {count[:20]!r}; expected a number up to {MOST}; {_CURE}")
    named = names.split(":") if names else []
    wanted = {**dict(mail_doors(config)), "web": config.web.listen}
    found: dict[str, tuple[socket.socket, ...]] = {}
    opened: list[socket.socket] = []
    try:
        for position in range(int(count)):
            sock = _socket(first + position)
            opened.append(sock)
            door = _door(sock, named[position] if position < len(named) else "", wanted)
            found[door] = (*found.get(door, ()), sock)
    except DoorTaken:
        for sock in opened:
            sock.close()
        raise
    return found


def _socket(descriptor: int) -> socket.socket:
    """A listening TCP socket that no child inherits by accident and that never blocks."""
    try:
        os.set_inheritable(descriptor, False)
        sock = socket.socket(fileno=descriptor)
    except OSError as error:
        raise DoorTaken(f"descriptor {descriptor} was passed and is no socket: {error.strerror}; {_CURE}") from error
    listens = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM or not listens:
        sock.close()
        raise DoorTaken(f"descriptor {descriptor} was passed and is no listening TCP socket; {_CURE}")
    sock.setblocking(False)
    return sock


def _door(sock: socket.socket, name: str, wanted: Mapping[str, Listen | None]) -> str:
    """Whose socket it is. A name wins over an address: the supervisor listens there whatever we think."""
    there = address_of(sock)
    if name not in wanted:
        for door, listen in wanted.items():
            if listen is not None and listen == there:
                return door
        called = f" as {name[:60]!r}" if name else ""
        raise DoorTaken(f"the socket {there} was passed{called}: no door has that name or listens there; {_CURE}")
    listen = wanted[name]
    if listen is None:
        raise DoorTaken(
            f"the socket {there} was passed for {name}, but {key_of(name)} is empty: the door stays shut; "
            "name that address there, or take the socket out of its unit"
        )
    if listen.port != 0 and listen != there:
        log.warning(
            "%s: %s is configured, but the socket that was passed listens at %s: that one counts",
            key_of(name),
            listen,
            there,
        )
    return name
