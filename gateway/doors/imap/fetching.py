"""Bytes of messages off a server: small ones together, large ones piece by piece into a spool file.

In: UIDs. Out: what came of each, in the order of the UIDs. What counts is the bytes that come, not the size that was
announced. A message whose bytes the server refuses is asked for again at the next looks, and then given up with a
reason; it holds up no other. A server that gives no message at all has a trouble of its own: then there is more time.
One that breaks the connection is asked for alone in the next one. It changes nothing on the server.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime

from gateway.doors.imap.client import Client, Measure
from gateway.doors.imap.fault import Dropped, NoDisk, Nonsense, Refused
from gateway.doors.imap.recipient import MOST_BYTES
from gateway.doors.imap.words import MailboxOptions
from gateway.doors.receiving import SpoolFile, SpoolFolder
from gateway.doors.words import LARGE, Spooled

MOST_TOGETHER = 50
MOST_BYTES_TOGETHER = 4 << 20
FIRST_PIECE = 1 << 18
PIECE = 1 << 20
ATTEMPTS = 3
PATIENCE = 3_600.0
"""Seconds until a message is given up while the server gives no other either."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What came of one message: its bytes, or the file they are in; `withheld` is why they are not all."""

    uid: int
    at: datetime | None
    content: bytes
    spooled: Spooled | None = None
    withheld: str = ""


@dataclass(slots=True)
class Memory:
    """What a mailbox's process remembers of messages from one connection to the next: which were asked for together
    when it broke, how often one broke it alone at the same byte or was refused, and since when (monotonic seconds)."""

    suspects: set[int] = field(default_factory=set)
    failures: dict[int, tuple[int, int]] = field(default_factory=dict)
    since: dict[int, float] = field(default_factory=dict)

    def failed(self, uid: int, place: int) -> int:
        """Note a failure of this message at that byte; how many there were in a row."""
        before, count = self.failures.get(uid, (-1, 0))
        count = count + 1 if place <= before else 1
        self.failures[uid] = (max(place, before), count)
        self.since.setdefault(uid, time.monotonic())
        return count

    def count(self, uid: int) -> int:
        return self.failures.get(uid, (0, 0))[1]

    def succeeded(self, uid: int) -> None:
        self.failures.pop(uid, None)
        self.since.pop(uid, None)
        self.suspects.discard(uid)


class Fetching:
    """Messages of one connection."""

    def __init__(self, client: Client, options: MailboxOptions, memory: Memory, spool: SpoolFolder) -> None:
        self._client = client
        self._options = options
        self._memory = memory
        self._spool = spool
        self._refused: dict[int, tuple[int, Measure | None]] = {}
        self._small = min(LARGE, options.max_size)
        self._has_given = False
        self.vanished = 0

    def batches(self, uids: Sequence[int]) -> Iterator[list[Parcel]]:
        """All of these that are still there and that the server gives, some at a time; last those that are given up."""
        for parcels in self._given(uids):
            self._has_given = self._has_given or not parcels[0].withheld
            yield parcels
        for uid, (place, measure) in self._refused.items():
            count = self._memory.failed(uid, place)
            late = time.monotonic() - self._memory.since[uid] >= PATIENCE
            if count >= ATTEMPTS and (self._has_given or len(self._refused) == 1 or late):
                yield [self._withheld(uid, measure)]
            elif count == 1:
                log.warning("mailbox=%d uid=%d is refused by the server; asked again later", self._options.number, uid)

    def _given(self, uids: Sequence[int]) -> Iterator[list[Parcel]]:
        """A server that gives none of the first ones is not asked for all the others at once."""
        for start in range(0, len(uids), MOST_TOGETHER):
            if len(self._refused) >= MOST_TOGETHER and not self._has_given:
                break
            chosen = uids[start : start + MOST_TOGETHER]
            measures = self._measured(chosen)
            together: list[int] = []
            size = 0
            for uid in chosen:
                announced = measures[uid].size if uid in measures else 0
                alone = uid not in measures or announced > self._small or uid in self._memory.suspects
                if together and (alone or size + announced > MOST_BYTES_TOGETHER):
                    yield from self._together(together, measures)
                    together, size = [], 0
                if alone:
                    yield from self._alone(uid, measures.get(uid))
                else:
                    together.append(uid)
                    size += announced
            if together:
                yield from self._together(together, measures)

    def _measured(self, uids: Sequence[int]) -> dict[int, Measure]:
        """Sizes and dates. A server that refuses them for one message refuses them for all."""
        with suppress(Refused):
            return self._client.measure(uids)
        return {}

    def _together(self, uids: list[int], measures: dict[int, Measure]) -> Iterator[list[Parcel]]:
        """Small messages in one command; who is missing in the answer is asked for alone."""
        came: dict[int, bytes] = {}
        try:
            came = self._client.fetch_whole(uids)
        except Refused:
            log.info("mailbox=%d the server refuses %d messages together", self._options.number, len(uids))
        except (Dropped, Nonsense):
            self._memory.suspects.update(uids)
            raise
        parcels = [
            Parcel(uid=uid, at=measures[uid].at, content=came[uid])
            for uid in uids
            if uid in came and len(came[uid]) <= self._small
        ]
        if parcels:
            yield parcels
        done = {parcel.uid for parcel in parcels}
        for uid in uids:
            if uid not in done:
                yield from self._alone(uid, measures.get(uid))

    def _alone(self, uid: int, measure: Measure | None) -> Iterator[list[Parcel]]:
        """One message, piece by piece; nothing when it has vanished or is refused."""
        if self._memory.count(uid) >= ATTEMPTS and uid in self._memory.suspects:
            yield [self._withheld(uid, measure)]
            return
        piecewise = _Piecewise(self._client, self._options, self._spool, uid, measure)
        try:
            parcel = piecewise.read()
        except Refused:
            parcel = None
        except (Dropped, Nonsense):
            self._memory.suspects.add(uid)
            self._memory.failed(uid, piecewise.size)
            raise
        finally:
            piecewise.close()
        if parcel is not None:
            self._memory.succeeded(uid)
            yield [parcel]
        elif self._client.list_uids(f"UID {uid}"):
            self._refused[uid] = (piecewise.size, measure)
        else:
            self.vanished += 1
            log.info("mailbox=%d uid=%d vanished before it was fetched", self._options.number, uid)
            self._memory.succeeded(uid)

    def _withheld(self, uid: int, measure: Measure | None) -> Parcel:
        reason = f"the server does not give its bytes: it was asked {ATTEMPTS} times"
        at = measure.at if measure else None
        return Parcel(uid=uid, at=at, content=b"", withheld=f"{reason}; {where(self._options)}")


class _Piecewise:
    """One message while it comes in. `size` is how many bytes have come."""

    def __init__(
        self, client: Client, options: MailboxOptions, spool: SpoolFolder, uid: int, measure: Measure | None
    ) -> None:
        self._client = client
        self._options = options
        self._uid = uid
        self._measure = measure
        self._spool = spool
        self._file: SpoolFile | None = None
        self._parts: list[bytes] = []
        self.size = 0

    def read(self) -> Parcel | None:
        """All of it; None: the server does not give it."""
        announced, is_over = self._measure.size if self._measure else 0, False
        while True:
            asked = PIECE if self.size else FIRST_PIECE
            piece = self._piece(asked, is_over=is_over)
            if piece is None:
                return None
            self._add(piece[:asked])
            if self.size > self._options.max_size:
                return self._too_big(max(announced, self.size))
            # a short piece is the last one, unless more was announced: then an empty one is
            is_over = len(piece) < asked
            if not piece or (is_over and self.size >= announced):
                return self._whole()

    def _piece(self, asked: int, *, is_over: bool) -> bytes | None:
        """The next bytes. Sizes that are announced may be estimates (Exchange): after a piece that was short, a server
        that gives none or refuses has said that there are no more."""
        try:
            piece = self._client.fetch_piece(self._uid, self.size, asked)
        except Refused:
            if not is_over:
                raise
            piece = None
        return b"" if piece is None and is_over else piece

    def _add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._parts.append(piece)
        if self.size > LARGE:
            with _written():
                self._file = self._file or self._spool.create()
                self._file.write(self._parts)
            self._parts = []

    def _whole(self) -> Parcel:
        at = self._measure.at if self._measure else None
        if self._file is None:
            return Parcel(uid=self._uid, at=at, content=b"".join(self._parts))
        with _written():
            digest = self._file.finish(self._parts)
        spooled = Spooled(str(self._file.path), self.size, digest)
        self._file = None  # the daemon's from now on
        return Parcel(uid=self._uid, at=at, content=b"", spooled=spooled)

    def _too_big(self, size: int) -> Parcel:
        """Its header instead: the operators see whose it is."""
        self.close()
        header = b""
        with suppress(Refused):
            header = self._client.fetch_header(self._uid, MOST_BYTES)
        reason = f"it has {-(-size // (1 << 20))} MB, more than smtp.max_size; {where(self._options)}"
        at = self._measure.at if self._measure else None
        return Parcel(uid=self._uid, at=at, content=header, withheld=reason)

    def close(self) -> None:
        """A file that nobody took is removed."""
        if self._file is not None:
            self._file.discard()
            self._file = None


@contextmanager
def _written() -> Iterator[None]:
    """A disk that does not take a message is no fault of the server."""
    try:
        yield
    except OSError as fault:
        raise NoDisk(f"a large message cannot be written to the spool folder: {fault.strerror}") from None


def where(options: MailboxOptions) -> str:
    """Where a message lies that could not be taken."""
    return f"it lies in the folder {options.refused_folder} of {options.name}"
