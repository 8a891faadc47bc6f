"""One connection to an IMAP server: the commands that the collector needs, each bounded, each with one sort of error.

In: UIDs and names of folders. Out: plain values. Whatever imapclient, imaplib or the server make of a hostile answer
becomes a `NoMailbox` (the connection is of no use any more) or a `Refused` (the server said no to this command).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from gateway.doors.imap.fault import NoMailbox, Nonsense, Refused
from gateway.doors.imap.folders import PREFIXES, parsed_prefixes
from gateway.doors.imap.talk import Ended
from gateway.doors.imap.translation import check, translated
from gateway.doors.imap.uids import LONGEST_LIST, as_set, listed_by_esearch, listed_by_search
from gateway.doors.imap.wire import PLAIN_TOTAL, Wire
from gateway.doors.imap.words import MailboxOptions

COMMAND_SECONDS = 120.0
FETCH_SECONDS = 600.0
PARTING_SECONDS = 2.0
LITERAL = 2 << 20
"""Bytes of one literal at most: we never ask for more than half of it."""
_BATCH_TOTAL = 64 << 20
_LONGEST_NAME = 4 << 10
_NO_FOLDER = frozenset({b"\\noselect", b"\\nonexistent"})
"""What stands in a list and cannot hold messages (RFC 9051 section 7.3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as SELECT shows it."""

    uidvalidity: int
    uidnext: int
    exists: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What the server says of a message before its bytes: the size may be a lie, the date is when it came in."""

    size: int
    at: datetime | None


class _Bounded(IMAPClient):  # type: ignore[misc]  # imapclient says nothing of its types
    """imapclient over our own wire. Its own log is silent: it would hold what a server says."""

    def __init__(self, options: MailboxOptions, context: ssl.SSLContext | None, pulse: Callable[[], None]) -> None:
        self._made_of = (options.host, options.port, options.timeout, context, pulse)
        timeout = SocketTimeout(options.timeout, options.timeout)
        super().__init__(options.host, options.port, ssl=False, timeout=timeout)
        self._imap.debug = 0
        self.normalise_times = False

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - the name of imapclient's hook
        return Wire(*self._made_of)

    @property
    def wire(self) -> Wire:
        wire = self._imap
        assert isinstance(wire, Wire)
        return wire

    def forget_capabilities(self) -> None:
        """They are other ones after a handshake and after a login."""
        self._cached_capabilities = None
        self._imap.untagged_responses.pop("CAPABILITY", None)


class Client:
    """A connection; use `connect`."""

    def __init__(self, imap: _Bounded, seconds: float) -> None:
        self._imap = imap
        self.wire = imap.wire
        self._seconds = max(seconds, COMMAND_SECONDS)
        self._idling: bytes | None = None
        self._is_answered = True
        self.offers = frozenset(one.encode("ascii", "replace") for one in self.wire.capabilities)

    @contextmanager
    def asking(self, *, writes: bool = False, **bounds: Any) -> Iterator[Wire]:
        """One command, with its bounds. All that goes wrong in it is a `NoMailbox` or a `Refused`. `writes`: it puts
        something into a folder, which may be full."""
        self.wire.allow(**{"seconds": self._seconds, **bounds})
        self._is_answered = False
        with translated(self.wire, writes=writes):
            yield self.wire
        self._is_answered = True

    # Who is there

    def encrypt(self, context: ssl.SSLContext) -> None:
        """STARTTLS; whoever does not offer it is not spoken to."""
        with self.asking() as wire:
            if wire.state != "NONAUTH":
                raise Nonsense("the server lets us in before anything is encrypted: somebody may stand in between")
            if not self._imap.has_capability("STARTTLS"):
                raise Nonsense("the server does not offer STARTTLS, and tls is starttls: nothing was sent")
            typ, _ = wire.command("STARTTLS")
            if typ != "OK":
                raise Nonsense("the server refuses STARTTLS, and tls is starttls: nothing was sent")
            wire.untagged_responses.clear()
            wire.encrypt(context)
        self.learn()

    def learn(self) -> None:
        """Ask what the server offers now."""
        self._imap.forget_capabilities()
        with self.asking() as wire:
            typ, data = wire.capability()
            said = data[-1] if typ == "OK" and data and isinstance(data[-1], bytes) else b""
            self.offers = frozenset(said.upper().split())
            wire.capabilities = tuple(one.decode("ascii", "replace") for one in self.offers)

    @property
    def idles(self) -> bool:
        return b"IDLE" in self.offers

    def give_up_idling(self) -> None:
        """It offers what it then refuses."""
        self.offers -= {b"IDLE"}

    # The folder

    def select(self, folder: str, *, readonly: bool = False) -> Folder:
        """Open the folder. Raises `Refused` when there is none."""
        wire = self.wire
        wire.exists, wire.has_grown = 0, False
        with self.asking():
            found = self._imap.select_folder(folder, readonly)
            uidvalidity, uidnext = found.get(b"UIDVALIDITY", 0), found.get(b"UIDNEXT", 0)
            if not 0 < uidvalidity < 1 << 32:
                raise Nonsense("the server does not say its folder's UIDVALIDITY: messages cannot be told apart")
        wire.has_grown = False
        exists = wire.exists
        if not uidnext:
            with suppress(Refused), self.asking():
                uidnext = self._imap.folder_status(folder, "UIDNEXT").get(b"UIDNEXT", 0)
        if not isinstance(uidnext, int) or not 0 <= uidnext < 1 << 32:
            uidnext = 0
        return Folder(uidvalidity=uidvalidity, uidnext=uidnext, exists=exists)

    def list_uids(self, criterion: str = "ALL") -> list[int]:
        """The UIDs that fit, in rising order, each once."""
        with self.asking(line=LONGEST_LIST, total=2 * LONGEST_LIST, kept=LONGEST_LIST) as wire:
            for name in ("SEARCH", "ESEARCH"):
                wire.untagged_responses.pop(name, None)
            shortened = b"ESEARCH" in self.offers
            words = ("RETURN", "(ALL)", criterion) if shortened else (criterion,)
            typ, data = wire.command("UID", "SEARCH", *words)
            check(typ, data)
            answer = wire.untagged_responses.pop("ESEARCH", None) if shortened else None
            if answer is not None:
                return listed_by_esearch(answer)
            return listed_by_search(wire.untagged_responses.pop("SEARCH", []))

    # Messages

    def measure(self, uids: Sequence[int]) -> dict[int, Measure]:
        """Sizes and dates as the server says them. What is not there any more is not in the answer."""
        found = {}
        for uid, item in self._fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]).items():
            size, at = item.get(b"RFC822.SIZE"), item.get(b"INTERNALDATE")
            if isinstance(size, int):
                found[uid] = Measure(size=size, at=at if isinstance(at, datetime) and at.tzinfo else None)
        return found

    def fetch_whole(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Small messages together. `\\Seen` stays as it is."""
        return _bytes_of(self._fetch(uids, ["BODY.PEEK[]"]), b"BODY[]")

    def fetch_piece(self, uid: int, start: int, size: int) -> bytes | None:
        """Bytes of one message from `start`; None: the server does not give them."""
        found = self._fetch([uid], [f"BODY.PEEK[]<{start}.{size}>"])
        return _bytes_of(found, b"BODY[]<%d>" % start, b"BODY[]").get(uid)

    def fetch_header(self, uid: int, size: int) -> bytes:
        """The header block, or the beginning of it."""
        found = self._fetch([uid], [f"BODY.PEEK[HEADER]<0.{size}>"])
        return _bytes_of(found, b"BODY[HEADER]<0>", b"BODY[HEADER]").get(uid, b"")[:size]

    def _fetch(self, uids: Sequence[int], items: list[str]) -> dict[int, dict[bytes, Any]]:
        self.wire.untagged_responses.pop("FETCH", None)
        with self.asking(seconds=FETCH_SECONDS, literal=LITERAL, total=max(PLAIN_TOTAL, _BATCH_TOTAL)):
            found: dict[int, dict[bytes, Any]] = self._imap.fetch(list(uids), items)
            return found

    def add_flag(self, uids: Collection[int], flag: str) -> None:
        """Set a flag or a keyword."""
        with self.asking(writes=True) as wire:
            check(*wire.command("UID", "STORE", as_set(uids), "+FLAGS.SILENT", f"({flag})"), writes=True)

    def move(self, uids: Collection[int], folder: str) -> None:
        """MOVE. Raises `Refused`."""
        with self.asking(writes=True, seconds=FETCH_SECONDS):
            self._imap.move(as_set(uids), folder)

    def copy(self, uids: Collection[int], folder: str) -> None:
        with self.asking(writes=True, seconds=FETCH_SECONDS):
            self._imap.copy(as_set(uids), folder)

    def expunge(self, uids: Collection[int]) -> bool:
        """Remove these, which are marked as deleted, and no others; False: they stay marked, as somebody else has
        marked messages too and the server cannot tell them apart."""
        if b"UIDPLUS" in self.offers or b"IMAP4REV2" in self.offers:
            with self.asking() as wire:
                check(*wire.command("UID", "EXPUNGE", as_set(uids)))
            return True
        if not set(self.list_uids("DELETED")) <= set(uids):
            return False
        with self.asking() as wire:
            check(*wire.command("EXPUNGE"))
        return True

    # Folders

    def has_folder(self, folder: str) -> bool:
        """Whether there is a folder of this name that holds messages. Some servers write names as literals."""
        self.wire.untagged_responses.pop("LIST", None)
        with self.asking(literal=_LONGEST_NAME):
            found = self._imap.list_folders("", folder)
            return any(not _NO_FOLDER.intersection(flag.lower() for flag in flags) for flags, _, _ in found)

    def make_folder(self, folder: str) -> None:
        """CREATE, and SUBSCRIBE so that people see it. Raises `Refused`."""
        with self.asking(writes=True):
            self._imap.create_folder(folder)
        with suppress(Refused), self.asking():
            self._imap.subscribe_folder(folder)

    def prefixes(self) -> tuple[str, ...]:
        """What names of our own folders may have to begin with (RFC 2342)."""
        if b"NAMESPACE" not in self.offers:
            return PREFIXES
        with suppress(Refused), self.asking():
            return parsed_prefixes(self._imap.namespace().personal)
        return PREFIXES

    def rights(self, folder: str) -> str | None:
        """What we may do in that folder (RFC 4314); None: the server does not say."""
        if b"ACL" not in self.offers:
            return None
        with suppress(Refused), self.asking() as wire:
            wire.untagged_responses.pop("MYRIGHTS", None)
            typ, data = wire.myrights(self.quoted(folder))
            check(typ, data)
            said = data[-1]
            return said.split()[-1].decode("ascii", "replace") if isinstance(said, bytes) and said.split() else None
        return None

    def quoted(self, folder: str) -> str:
        """A folder's name as commands have it."""
        name: str | bytes = self._imap._normalise_folder(folder)  # noqa: SLF001 - the one way to its encoding
        return name if isinstance(name, str) else name.decode("ascii")

    def append(self, folder: str, content: bytes) -> None:
        """Put a message there."""
        with self.asking(writes=True):
            self._imap.append(folder, content)

    # Waiting

    def noop(self) -> None:
        """Keep the connection, hear of new mail."""
        with self.asking() as wire:
            check(*wire.noop())

    def idle(self, rest: Callable[[float, Any], None], until: float) -> None:
        """Wait until the folder has grown or the time (`time.monotonic`) has come (RFC 2177). `rest` waits for the
        server's socket, at most so many seconds, or not at all for None."""
        with self.asking(seconds=self._seconds + max(0.0, until - time.monotonic())) as wire:
            self._idling = wire.begin_idle()
        while not self.wire.has_grown:
            with translated(self.wire):
                while not self.wire.has_grown and self.wire.has_more():
                    self.wire.hear_news()
            left = until - time.monotonic()
            if self.wire.has_grown or left <= 0:
                break
            rest(left, self.wire.sock)
        self.leave_idle()

    def leave_idle(self) -> None:
        if self._idling is not None:
            tag, self._idling = self._idling, None
            with self.asking() as wire:
                check(*wire.end_idle(tag))

    def log_out(self) -> None:
        """End the connection in good order, in a few seconds; in the middle of a command, at once."""
        self._seconds = PARTING_SECONDS
        if self._is_answered:
            with suppress(NoMailbox, Refused, Ended):
                self.leave_idle()
                with self.asking() as wire:
                    wire.logout()
        self.close()

    def close(self) -> None:
        """Let go without a word."""
        self.wire.shutdown()


def connect(options: MailboxOptions, pulse: Callable[[], None]) -> Client:
    """A connection that is greeted and encrypted, nobody logged in; `NoMailbox` with the reason."""
    if options.tls not in ("implicit", "starttls", "none"):
        raise NoMailbox("tls must be implicit, starttls or none")
    context = _trusting(options)
    with translated(None):
        imap = _Bounded(options, context if options.tls == "implicit" else None, pulse)
    client = Client(imap, options.timeout)
    try:
        if client.wire.state != "NONAUTH":
            raise Nonsense("the server lets us in without a login (PREAUTH): it is not believed")
        if options.tls == "starttls":
            client.encrypt(context)
        elif options.tls == "none" and not client.wire.is_here:
            raise NoMailbox("tls is none and the server is another machine: the password was not sent in the clear")
    except BaseException:
        client.close()
        raise
    return client


def _trusting(options: MailboxOptions) -> ssl.SSLContext:
    """Whose certificates count: the system's authorities and those of `ca_file`."""
    context = ssl.create_default_context()
    if options.ca_file:
        try:
            context.load_verify_locations(options.ca_file)
        except (OSError, ssl.SSLError):
            raise NoMailbox("ca_file cannot be read as certificates in PEM form") from None
    return context


def _bytes_of(found: dict[int, dict[bytes, Any]], *names: bytes) -> dict[int, bytes]:
    """The bytes under the first of these names, where there are some. NIL is no bytes (RFC 9051 section 7.5.2)."""
    chosen = {}
    for uid, item in found.items():
        value = next((item[name] for name in names if name in item), None)
        if isinstance(value, int):  # a message of nothing but digits, in a quoted string or not
            value = str(value).encode()
        if isinstance(value, bytes):
            chosen[uid] = value
    return chosen
