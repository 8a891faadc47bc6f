"""What the process of one mailbox and the daemon say to each other, as plain values.

The process says `Opened` when the server has shown the folder, hears `Known`, and then says lists of `Fetched`, each
answered by one `Taken` after the commit that keeps them; `Settled` when nothing is left to do with a message; `Looked`
after every look, `Troubled` when it cannot look, `Alive` in between. None from the daemon: end, in good order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from gateway.channel import Classes
from gateway.doors.words import Arrived, Fate, Spooled

Ranges = tuple[tuple[int, int], ...]
"""UIDs as runs, both ends included: ((1, 4), (7, 7))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxOptions:
    """What the process of a mailbox is told at its start; what stands in `gateway.config.settings.ImapMailbox`, and the
    desk's addresses. `password` is that of the environment, `spool` a folder of its own."""

    number: int
    name: str
    host: str
    port: int
    username: str
    password_file: str
    password: str = field(repr=False)
    token_command: tuple[str, ...]
    tls: str
    ca_file: str
    folder: str
    to: str
    after: str
    flag: str
    done_folder: str
    refused_folder: str
    poll_seconds: float
    timeout: float
    max_size: int
    addresses: frozenset[str]
    clock_offset: timedelta
    spool: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The server has shown the folder (RFC 9051 section 6.3.2)."""

    uidvalidity: int
    uidnext: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the journal has of this folder: UIDs as runs, and those of them that are still to be moved or flagged.

    Those of `due` that are in `refused` could not be taken as they are: they go where refused mail goes. History is
    what is below `history_below`, and in a later generation what arrived before `since` (by the server's clock).
    """

    known: Ranges
    due: tuple[int, ...]
    history_below: int
    since: datetime | None
    answers: Opened
    """What was said of another `Opened` is of another look, and good for nothing."""
    refused: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A message of the folder. `arrived.token` names it in the daemon's answer; `withheld` is why these are not all of
    its bytes (empty: they are); `waited_since` is when the server got it, by the desk's clock and a week ago at most,
    None where that was a moment ago."""

    uid: int
    arrived: Arrived
    history: bool
    withheld: str = ""
    waited_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The daemon's word about these tokens. `left` are those of them that stay as and where they are: kept ones for
    ever, others until the next whole look, as the daemon takes everything but them."""

    tokens: tuple[int, ...]
    fate: Fate
    left: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Settled:
    """Nothing is left to do with these UIDs: moved, flagged, or not on the server any more."""

    uids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A whole look at the folder has ended: `there` messages by the server's own count, `listed` by its list of them,
    `known` of these are in the journal, `withheld` of the journal's could not be taken as they are. `idles`: the server
    tells us of new mail by itself."""

    there: int
    listed: int
    known: int
    withheld: int
    idles: bool


@dataclass(frozen=True, slots=True)
class Troubled:
    """The mailbox cannot be collected now: a sentence, and the seconds until the next attempt."""

    what: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Alive:
    """The process is not stuck."""


MAILBOX_WORDS: Classes = {
    (kind.__module__, kind.__qualname__): kind
    for kind in (
        Opened, Fetched, Arrived, Spooled, Settled, Looked, Troubled, Alive, Fate, datetime, timezone, timedelta,
    )
}  # fmt: skip
"""All that the process of a mailbox may say: it reads what strangers wrote, off a server that is not ours."""
