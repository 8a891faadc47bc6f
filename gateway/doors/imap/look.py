"""Looks at one folder: what is new is handed to the daemon, and tidied up on the server once it is kept.

In: a connection, the line to the daemon. Out: words. A message is handed over before anything about it changes on the
server, and only what the daemon has said to be kept is moved or flagged. `\\Seen` says nothing here: people and
programs set it. What belongs to one look comes of one SELECT: another UIDVALIDITY is another look.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gateway.doors.imap.client import Client, Folder
from gateway.doors.imap.fault import NoMailbox, ReadOnly, Refused
from gateway.doors.imap.fetching import Fetching, Memory, Parcel
from gateway.doors.imap.moving import MOST_SPLITS, MOST_TOGETHER, Moving, Unfinished
from gateway.doors.imap.recipient import envelope
from gateway.doors.imap.talk import Talk
from gateway.doors.imap.uids import as_set, without
from gateway.doors.imap.words import Fetched, Known, Looked, MailboxOptions, Opened, Settled, Taken
from gateway.doors.receiving import SpoolFolder
from gateway.doors.words import Arrived, Fate

WAITS = {Fate.LATER: 2.0, Fate.FULL: 30.0}
"""Seconds until a message that the daemon cannot keep now is offered again."""
KEEP_ALIVE_SECONDS = 60.0
_LOOKS_AGREE = 3
_MOMENT = timedelta(minutes=5)
"""A message that has lain on its server for less has not waited."""
LONGEST_WAIT = timedelta(days=7)
_UNTAKEN = "it could not be taken as it is; the ticket says why"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Course:
    """What a mailbox's process remembers from one connection to the next."""

    tokens: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    memory: Memory = field(default_factory=Memory)
    unfinished: Unfinished = field(default_factory=Unfinished)
    uidvalidity: int = 0
    uidnext: int = 0
    withheld: int = 0
    apart: tuple[int, int] = (0, 0)

    def begin(self, folder: Folder) -> None:
        """Messages of another UIDVALIDITY are other ones, and so they are where UIDs begin anew."""
        if folder.uidvalidity != self.uidvalidity or folder.uidnext < self.uidnext:
            self.memory = Memory()
            self.unfinished.copied.clear()
        self.uidvalidity, self.uidnext = folder.uidvalidity, folder.uidnext


class Looking:
    """The looks of one connection."""

    def __init__(
        self,
        client: Client,
        talk: Talk,
        options: MailboxOptions,
        course: Course,
        spool: SpoolFolder,
        now: Callable[[], datetime],
    ) -> None:
        """`now` is the desk's clock."""
        self._client = client
        self._talk = talk
        self._options = options
        self._course = course
        self._spool = spool
        self._now = now
        self._moving = Moving(client, options, now, course.unfinished)
        self._known: Known
        self._from = 1
        self._kept_alive = time.monotonic()
        self._is_locked = False
        self._is_sure = True

    def whole(self) -> None:
        """Everything in the folder, and what an earlier life has left to do: after what is new, so that a server that
        does not let us move anything holds up no mail."""
        folder, listed = self._see()
        self._course.begin(folder)
        self._known = self._ask(Opened(folder.uidvalidity, folder.uidnext))
        self._from = max(folder.uidnext, listed[-1] + 1 if listed else 1)
        new = without(listed, self._known.known)
        below = self._known.history_below
        kept, gone = self._take([uid for uid in new if uid >= below])
        self._settle_due(set(listed))
        old = [uid for uid in new if uid < below]
        if old:
            text = "mailbox=%d %d messages that were there at our first look are kept as history: nobody is answered"
            log.info(text, self._options.number, len(old))
        old_kept, old_gone = self._take(old, self._look_up)
        kept, gone = kept + old_kept, gone + old_gone
        self._say_counts(folder.exists - gone, len(listed) - gone, len(listed) - len(new) + kept)

    def quick(self) -> bool:
        """What is beyond the last look; whether there was anything."""
        self._client.wire.has_grown = False
        uids = [uid for uid in self._client.list_uids(f"UID {self._from}:*") if uid >= self._from]
        if uids:
            self._from = uids[-1] + 1
            self._course.uidnext = max(self._course.uidnext, self._from)
            self._take(uids)
        return bool(uids)

    def _ask(self, opened: Opened) -> Known:
        """What the journal has of the folder. An answer that an earlier connection waited for is of another look: what
        is due in it may be other messages by now."""
        self._talk.say(opened)
        while (known := self._talk.hear(Known, self._keep_alive)).answers != opened:
            pass
        return known

    def _see(self) -> tuple[Folder, list[int]]:
        """The folder and its list; once more while the server's own count disagrees, as mail may come in between."""
        for _ in range(_LOOKS_AGREE):
            try:
                folder = self._select()
            except Refused as refusal:
                code = f" ({refusal})" if str(refusal) else ""
                text = f"the server does not open the folder {self._options.folder!r}{code}: name one that is there"
                raise NoMailbox(text) from None
            self._client.wire.has_grown = False
            try:
                listed = self._client.list_uids()
            except Refused:
                raise NoMailbox("the server does not list the messages of the folder") from None
            self._is_sure = len(listed) == folder.exists
            if self._is_sure:
                break
        if not folder.uidnext:  # a lower one than before would begin another generation: messages may be moved by now
            before = self._course.uidnext if folder.uidvalidity == self._course.uidvalidity else 1
            folder = replace(folder, uidnext=max(before, listed[-1] + 1 if listed else 1))
        return folder, listed

    def _select(self) -> Folder:
        """A folder that is only to be read need not be ours to write in."""
        if not self._is_locked:
            try:
                return self._client.select(self._options.folder)
            except ReadOnly:
                if self._options.after != "leave":
                    raise
                self._is_locked = True
        return self._client.select(self._options.folder, readonly=True)

    def _say_counts(self, there: int, listed: int, known: int) -> None:
        apart = (there, listed) if there != listed else (0, 0)
        if apart != self._course.apart and there != listed:
            number = self._options.number
            log.warning("mailbox=%d the server counts %d messages and lists %d", number, there, listed)
        self._course.apart = apart
        withheld, idles = self._course.withheld, self._client.idles
        self._talk.say(Looked(there=there, listed=listed, known=known, withheld=withheld, idles=idles))

    def _settle_due(self, listed: set[int]) -> None:
        """What was kept in an earlier life and is still to be moved or flagged. What is refused and gone may have been
        moved by a life that ended before its note was written."""
        refused = self._known.refused
        here = [uid for uid in self._known.due if uid in listed]
        gone = self._gone([uid for uid in self._known.due if uid not in listed])
        with self._talk.finishing():
            done = gone + self._moving.tidy([uid for uid in here if uid not in refused], MOST_SPLITS)
            done += self._moving.set_aside({uid: _UNTAKEN for uid in here if uid in refused})
            for uid in refused.intersection(gone):
                self._moving.add_note(uid, f"{_UNTAKEN}; nobody saw it being moved, it may lie elsewhere")
            if done:
                self._talk.say(Settled(tuple(done)))

    def _gone(self, unlisted: list[int]) -> list[int]:
        """Those of them that are not in the folder any more. A list that its server's count contradicts proves nothing:
        what counts as gone and comes back under its number would lie there for ever, so it is asked for by name."""
        if self._is_sure or not unlisted:
            return unlisted
        asked = unlisted[:MOST_TOGETHER]
        try:
            there = set(self._client.list_uids(f"UID {as_set(asked)}"))
        except Refused:
            return []
        return [uid for uid in asked if uid not in there]

    # From the server to the daemon

    def _look_up(self) -> None:
        """What comes in meanwhile does not wait for all of history."""
        if self._client.wire.has_grown:
            self.quick()

    def _take(self, uids: Sequence[int], between: Callable[[], None] = lambda: None) -> tuple[int, int]:
        """Hand these over, tidy up; how many of them are kept, and how many have vanished. `between` is called after
        each batch."""
        fetching = Fetching(self._client, self._options, self._course.memory, self._spool)
        kept = 0
        for parcels in fetching.batches(uids):
            for parcel in parcels:
                if parcel.withheld:
                    text = "mailbox=%d uid=%d could not be taken: %s"
                    log.warning(text, self._options.number, parcel.uid, parcel.withheld.partition(";")[0])
            kept += self._hand_over(parcels)
            between()
        return kept, fetching.vanished

    def _hand_over(self, parcels: list[Parcel]) -> int:
        """Until the daemon has kept all of them, but for those that it takes no more in this look; how many it has."""
        kept = 0
        while parcels:
            offered = {next(self._course.tokens): self._fetched(parcel) for parcel in parcels}
            self._talk.say([replace(one, arrived=replace(one.arrived, token=token)) for token, one in offered.items()])
            fates = self._answers(set(offered))
            taken = [offered[token] for token, (fate, _) in fates.items() if fate is Fate.KEPT]
            left = {offered[token].uid for token, (_, stays) in fates.items() if stays}
            kept += len(taken)
            self._course.withheld += sum(1 for one in taken if one.withheld)
            self._tidy([one for one in taken if not (one.history or one.uid in left)])
            again = {offered[token].uid: fate for token, (fate, _) in fates.items() if fate is not Fate.KEPT}
            for parcel in parcels:
                if parcel.uid in again and parcel.uid in left:
                    del again[parcel.uid]
                    if parcel.spooled:
                        self._spool.remove(parcel.spooled.path)
            parcels = [parcel for parcel in parcels if parcel.uid in again]
            if parcels:
                self._wait(max(WAITS[fate] for fate in again.values()))
                parcels = [one for one in parcels if one.spooled is None or Path(one.spooled.path).exists()]
        return kept

    def _fetched(self, parcel: Parcel) -> Fetched:
        content = parcel.content
        if parcel.spooled is not None:
            with Path(parcel.spooled.path).open("rb") as file:
                content = file.read(256 << 10)
        sender, recipients = envelope(content, self._options.addresses, self._options.to)
        arrived = Arrived(
            token=0,
            door="imap",
            client=self._options.name,
            hello="",
            sender=sender,
            recipients=recipients,
            received_at=self._now(),
            content=parcel.content,
            spooled=parcel.spooled,
        )
        since = self._known.since
        early = since is not None and parcel.at is not None and parcel.at < since
        history = parcel.uid < self._known.history_below or early
        return Fetched(
            uid=parcel.uid, arrived=arrived, history=history, withheld=parcel.withheld,
            waited_since=_waited_since(parcel.at, datetime.now(UTC), arrived.received_at),
        )  # fmt: skip

    def _answers(self, waiting: set[int]) -> dict[int, tuple[Fate, bool]]:
        """The daemon's word about each of these tokens, and whether the message stays as it is."""
        fates: dict[int, tuple[Fate, bool]] = {}
        while waiting:
            taken = self._talk.hear(Taken, self._keep_alive)
            for token in waiting.intersection(taken.tokens):
                fates[token] = (taken.fate, token in taken.left)
            waiting.difference_update(taken.tokens)
        return fates

    def _tidy(self, taken: list[Fetched]) -> None:
        """These are kept: on the server they are not new any more. It is finished even when we shall end."""
        if not taken:
            return
        with self._talk.finishing():
            done = self._moving.tidy([one.uid for one in taken if not one.withheld])
            done += self._moving.set_aside({one.uid: one.withheld for one in taken if one.withheld})
            if done:
                self._talk.say(Settled(tuple(done)))

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._talk.rest(left)
            self._keep_alive()

    def _keep_alive(self) -> None:
        """The daemon may be slow: the server shall not think that we are gone."""
        now = time.monotonic()
        if now - self._kept_alive >= KEEP_ALIVE_SECONDS:
            self._kept_alive = now
            with suppress(NoMailbox, Refused):  # the next command will say so; the daemon's word is waited for
                self._client.noop()


def _waited_since(at: datetime | None, real: datetime, now: datetime) -> datetime | None:
    """Since when a message has lain on its server, by the desk's clock `now`; servers go by `real`, the clock of the
    world."""
    waited = min(real - at, LONGEST_WAIT) if at is not None else timedelta()
    return now - waited if waited > _MOMENT else None
