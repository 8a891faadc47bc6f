"""What all sessions of one door process share: who is there, how many may be, what was refused, and the desk's line.

In: connections that come and go. Out: whether one more may come, and counts. Nothing here reads or writes a client.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from gateway.doors.line import Desk
from gateway.doors.login import Backoff, Logins
from gateway.doors.receiving import SpoolFolder
from gateway.doors.tls import Certificate
from gateway.doors.words import DoorCounts, DoorOptions

if TYPE_CHECKING:
    from gateway.doors.conversation import Conversation

CROWDED = 0.8
"""The share of all connections from which on idle clients are sent away soon (as Postfix does under stress)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """Durations that no operator needs to set, in seconds. Tests hand in others."""

    before_greeting: float = 0.005
    """Whoever speaks within it did not wait for the greeting."""
    tarpit: float = 1.0
    tarpit_from: int = 5
    """An error from this one on is answered late."""
    crowded_idle: float = 10.0
    grace: float = 30.0
    """A message may come slowly for so long before its rate counts."""
    block: float = 180.0
    """Between two blocks of a message (RFC 5321 section 4.5.3.2.5)."""
    proxy: float = 5.0
    linger: float = 2.0
    """A client that we send away may read why for so long."""
    certificate: float = 60.0
    """Between two looks whether the certificate was renewed."""


class Lobby:
    """One door process."""

    def __init__(
        self,
        options: DoorOptions,
        desk: Desk,
        spool: SpoolFolder,
        *,
        capacity: int,
        manners: Manners | None = None,
        certificate: Certificate | None = None,
        logins: Logins | None = None,
    ) -> None:
        self.options = options
        self.limits = options.limits
        self.idle = options.limits.idle.total_seconds()
        self.session = options.limits.session.total_seconds()
        self.manners = manners or Manners()
        self.desk = desk
        self.spool = spool
        self.certificate = certificate or Certificate()
        self.logins = logins
        self.backoff = Backoff()
        self.guard = ThreadPoolExecutor(1, thread_name_prefix="login")
        self.next_login = asyncio.Lock()
        """One password at a time is checked: each takes a tenth of a second and 32 MB, and may be the last for now."""
        self.sessions: set[Conversation] = set()
        self.draining = False
        self.refused: Counter[str] = Counter()
        self.furniture: dict[type[Conversation], dict[str, Any]] = {}
        self._most = min(options.limits.connections, capacity)
        self._open = 0
        self._by_source: Counter[bytes | str] = Counter()
        self._connections = 0
        self._refused_connections = 0

    def enter(self) -> bool:
        """One more connection; False when there are too many."""
        self._connections += 1
        if self._open >= self._most:
            return self._refuse()
        self._open += 1
        return True

    def leave(self) -> None:
        self._open -= 1

    def claim(self, client: str) -> bool:
        """One more connection from this address; False when it has enough."""
        source = source_of(client)
        if self._by_source[source] >= self.limits.connections_per_address:
            return self._refuse()
        self._by_source[source] += 1
        return True

    def _refuse(self) -> bool:
        self._refused_connections += 1
        return False

    def release(self, client: str) -> None:
        source = source_of(client)
        self._by_source[source] -= 1
        if self._by_source[source] <= 0:
            del self._by_source[source]

    def close(self) -> None:
        self.spool.close()
        self.guard.shutdown(wait=False)

    @property
    def tls(self) -> ssl.SSLContext | None:
        """What STARTTLS encrypts with now; None: it is not offered."""
        return self.certificate.context

    @property
    def crowded(self) -> bool:
        return self._open > CROWDED * self._most

    @property
    def counts(self) -> DoorCounts:
        return DoorCounts(
            connections=self._connections,
            open_sessions=self._open,
            refused_connections=self._refused_connections,
            refused=tuple(sorted(self.refused.items())),
        )


def source_of(client: str) -> bytes | str:
    """Who counts as one: an IPv4 address, or the network that an IPv6 host can choose its addresses from."""
    return socket.inet_pton(socket.AF_INET6, client)[:8] if ":" in client else client


def plain_address(text: str) -> str:
    """A peer's address as the configuration would write it: no zone, IPv4 not wrapped into IPv6."""
    address = ip_address(text.partition("%")[0])
    wrapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(wrapped or address)
