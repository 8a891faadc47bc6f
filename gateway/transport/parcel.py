"""What a transport takes and gives: parcels in, outcomes out, and the one grammar of an address on the wire.

It must never open a file or a socket, and it never repairs an address: what could be read as a command is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

# RFC 5321 section 4.1.2 without quoted local parts: nothing that could end the path or begin another command.
_ADDRESS = re.compile(r"[^\x00-\x20\x7f-\xa0<>\"\\,;:\u2028\u2029\ud800-\udfff@]+@(?:[^\W_]|[.-])+")
_LONGEST_ADDRESS = 254  # RFC 5321 erratum 1690
# IDNA 2003 (the codec of Python) maps these letters to others, IDNA 2008 does not: the mail would go to a stranger.
_DEVIATIONS = re.compile("[ßς\u200c\u200d]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """Where mail goes: `maildir:/path`, `smtp://host:port` or `smtps://host:port`.

    `starttls`: `required`, `never`, or `auto`, which encrypts whenever the smarthost offers it and is not this machine.
    `token_command` prints an access token, which is shown instead of a password. Mail is signed where there is a
    `dkim_selector`.
    """

    url: str
    username: str = ""
    password_file: str = ""
    password: str = field(default="", repr=False)
    starttls: str = "auto"
    hostname: str
    connections: int = 4
    timeout: float = 60.0
    ca_file: str = ""
    token_command: tuple[str, ...] = field(default=(), repr=False)
    dkim_selector: str = ""
    dkim_domain: str = ""
    dkim_key_file: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail to one recipient. The null sender is the empty string; `fresh` was never tried before.

    `until` is when it may be somebody else's, on the monotonic clock that all processes of a machine share.
    `envelope_id` is what reports about it shall call it (RFC 3461 section 4.4), in letters, digits and hyphens.
    """

    id: int
    envelope_from: str
    recipient: str
    content: bytes
    fresh: bool = True
    until: float = math.inf
    envelope_id: str = ""

    @property
    def domain(self) -> str:
        """Whose server answers for this recipient in the end."""
        return self.recipient.rpartition("@")[2].lower()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a parcel: an SMTP reply code (0 when there was no connection) and a sentence for people.

    `tried` is False when nobody asked for it at all: such a parcel waits, and no attempt is counted.
    """

    code: int
    text: str
    tried: bool = True

    @property
    def delivered(self) -> bool:
        """Someone else has taken responsibility for the mail."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Trying again would not help."""
        return 500 <= self.code < 600

    @property
    def temporary(self) -> bool:
        """Worth another attempt, later."""
        return not self.delivered and not self.permanent


Begin = Callable[[Parcel], bool]
"""Asked before a parcel is handed over: False when it is no longer this transport's to send."""


def at_once(_parcel: Parcel) -> bool:
    """Every parcel is still ours."""
    return True


class Transport(Protocol):
    """A way out of the house. One transport is used by one thread."""

    def send(self, parcels: Iterable[Parcel], begin: Begin = at_once) -> Iterator[tuple[int, Outcome]]:
        """Hand over each parcel; one outcome for each that `begin` allowed, not always in their order.

        Parcels are taken one by one when there is room for the next: `parcels` may go on for as long as there is work.
        """

    def close(self) -> None:
        """Let go of connections; the transport may be used again."""


def refuse(parcel: Parcel) -> Outcome | None:
    """Why this parcel must never be sent by anyone, or None."""
    if not is_address(parcel.recipient):
        return Outcome(
            553, "5.1.3 the recipient is not an address that can be written on an envelope; nothing was sent"
        )
    if parcel.envelope_from and not is_address(parcel.envelope_from):
        return Outcome(553, "5.1.7 the sender is not an address that can be written on an envelope; nothing was sent")
    content = parcel.content
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:  # smuggling begins with a bare CR or LF
        return Outcome(554, "5.6.0 the mail has a line that does not end in CRLF; nothing was sent")
    return None


def is_address(text: str) -> bool:
    """Whether `text` can stand between `<` and `>` of an envelope command, and nowhere else."""
    return len(text) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(text) is not None


def write_address(address: str) -> str:
    """The address as it goes on the wire: an ASCII local part takes its domain as A-labels: no SMTPUTF8 then."""
    local, _, domain = address.rpartition("@")
    if address.isascii() or not local.isascii() or _DEVIATIONS.search(domain):
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
