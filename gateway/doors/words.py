"""What doors and the daemon say to each other, as plain values.

A door says lists of `Arrived`, and single `Withdrawn` and `DoorCounts`. The daemon says `Kept`, `Pulse`, and None:
drain. Mail stands in `Arrived.content` only below `LARGE`; larger mail is in a spool file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import Enum

from gateway.channel import Classes

LARGE = 1 << 20
"""Bytes of a message above which it goes through a spool file instead of through memory; under pressure, less do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one session may do. `idle` and `session` are durations; `data_rate` is bytes a second, 0 for any."""

    max_size: int
    recipients: int
    errors: int
    commands: int
    idle: timedelta
    session: timedelta
    data_rate: int
    connections: int
    connections_per_address: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorOptions:
    """What a door is told at its start. `protocols` are `smtp`, `lmtp`, `submission` or `proxy`, one for each socket.

    `addresses` are the mailboxes that exist; `spool` is a folder; `certificate` and `private_key` are files or empty;
    `logins_file` names the logins of staff; `proxy_from` are the hosts that may speak the PROXY protocol.
    """

    hostname: str
    limits: Limits
    protocols: tuple[str, ...]
    addresses: frozenset[str]
    clock_offset: timedelta
    spool: str
    certificate: str = ""
    private_key: str = ""
    logins_file: str = ""
    postmaster: str = ""
    """The address that `RCPT TO:<postmaster>` means (RFC 5321 section 4.5.1); empty: there is none."""
    proxy_from: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Spooled:
    """A large message on disk: the file, how many bytes, and their sha256 in hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A message as it came: `token` names it in the daemon's reply. Its bytes are `content`, or in `spooled`."""

    token: int
    door: str
    client: str
    hello: str
    sender: str
    recipients: tuple[str, ...]
    received_at: datetime
    content: bytes
    spooled: Spooled | None = None
    login: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The clients of these were told 451 meanwhile: what is not kept yet need not be kept any more."""

    tokens: tuple[int, ...]


class Fate(Enum):
    """What became of a message: durable; not now; not now because there is no room."""

    KEPT = "kept"
    LATER = "later"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Kept:
    """The daemon's word about these messages."""

    tokens: tuple[int, ...]
    fate: Fate


@dataclass(frozen=True, slots=True)
class Pulse:
    """The daemon takes its turns; `room` is how many bytes of disk mail may still take (None: any)."""

    room: int | None


SILENCE = 1.5
"""Seconds without a `Pulse` or any other word, after which a door tells its clients to come again later."""


@dataclass(frozen=True, slots=True)
class DoorCounts:
    """What a door has seen since it started, said with its messages about once a second: for metrics and health."""

    connections: int
    open_sessions: int
    refused_connections: int
    refused: tuple[tuple[str, int], ...]
    """How often each reply code of 4xx and 5xx was given, such as (`550`, 3)."""


DOOR_WORDS: Classes = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (Arrived, Spooled, Withdrawn, DoorCounts, datetime, timezone, timedelta)
}
"""All that a mail door may say: it talks to strangers."""
