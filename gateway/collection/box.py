"""A box: the daemon's side of one mailbox on another server. What its process fetched goes in, the word that it is kept
goes out.

In: what the process says (`gateway.doors.imap.words`). Out: rows of the journal and of what was collected, in the
daemon's turns; after their commit, never before, the process hears of it. It never writes for a folder that somebody
else holds, and never tells a new process about a message that an old one fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from gateway import trail
from gateway.channel import ChannelClosed
from gateway.collection.folder import Folder, Item, Written
from gateway.collection.hearsay import Nonsense, check, printable
from gateway.doors.imap.words import (
    MAILBOX_WORDS,
    Fetched,
    Known,
    Looked,
    MailboxOptions,
    Opened,
    Settled,
    Taken,
    Troubled,
)
from gateway.doors.words import Fate
from gateway.lock import DeskFolder
from gateway.porter import Work
from gateway.spool import Spool, SpoolDamaged
from gateway.vitals import Counts, MailboxVitals
from gateway.worker import Worker
from store import mailboxes
from store.engine import Store
from store.journal import Lease
from store.records import Entry

DEAF = 60.0
"""Seconds without a word after which the process counts as hung; it says `Alive` every few seconds."""
STALL = 5.0
"""Seconds between two looks after which it was us who were away, and nobody's silence counts."""
MOST, MOST_BYTES = 1_000, 64 << 20
"""Messages, and their bytes in memory, that a process may offer before it hears of the first ones."""
PATIENCE = 1.0
"""Seconds before what is no mail is tried again after the store failed over it."""

log = logging.getLogger(__name__)


def untold(number: int, poll_seconds: float, problem: str = "", since: datetime | None = None) -> MailboxVitals:
    """A mailbox before its first look."""
    return MailboxVitals(
        number=number, looked_at=None, there=0, listed=0, known=0, withheld=0, idles=False, problem=problem,
        since=since, poll_seconds=poll_seconds,
    )  # fmt: skip


class Box:
    """One mailbox and its process; `worker` is None while it is not ours to collect."""

    def __init__(
        self,
        options: MailboxOptions,
        store: Store,
        now: Callable[[], datetime],
        counted: Counts,
        monotonic: Callable[[], float],
        *,
        keeps_history: bool,
    ) -> None:
        self.name, self.number = options.name, options.number
        self._options = options
        self._keeps_history = keeps_history
        self._now, self._counted, self._monotonic = now, counted, monotonic
        self._spool = Spool(Path(options.spool), store)
        self._process = Worker("imap", options, classes=MAILBOX_WORDS)
        self._is_wanted = self._closing = False
        self._starts = 0
        self._heard_at = self._looked_at = self._after = float("-inf")
        self._vitals = untold(options.number, options.poll_seconds)
        self._trouble = self._owner = ""
        self.room: int | None = None
        self._forget()

    def _forget(self) -> None:
        """Nothing that a process said is in hand, and nothing of the store is remembered: others may write there."""
        self._waiting: dict[int, Item] = {}
        self._large: dict[int, Item] = {}
        self._uids: set[int] = set()
        self._bytes = 0
        self._opened: Opened | None = None
        self._settled: set[int] = set()
        self._looked: Looked | None = None
        self._is_open = False
        self._written: Written | None = None
        self._folder = Folder(self._options, keeps_history=self._keeps_history)
        self._spool.give_up()

    # The process

    @property
    def worker(self) -> Worker | None:
        return self._process if self._is_wanted else None

    @property
    def vitals(self) -> MailboxVitals:
        return self._vitals

    def begin(self) -> None:
        """The folder is ours: start its process, if there is none. Files that an earlier one has left are nobody's."""
        if self._is_wanted or self._closing:
            return
        self._is_wanted, self._vitals = True, untold(self.number, self._options.poll_seconds)
        self._start()

    def _start(self) -> None:
        try:
            self._spool.clear()
        except DeskFolder as error:
            log.error("mailbox=%s %s", self.number, error)
            self._complain(str(error))
        self._process.start()

    def end(self, why: str) -> None:
        """The folder is ours no more: end its process at once, and forget what it has said."""
        if self._is_wanted:
            log.warning("mailbox=%s is let go: %s", self.number, why)
            self._is_wanted = False
            self._process.kill()
            self._forget()

    def close(self) -> None:
        """No new process; this one ends when what is committed is moved."""
        self._closing = True
        self._say(None)

    def overdue(self) -> None:
        """Replace a process that has said nothing for long."""
        now = self._monotonic()
        if now - self._looked_at > STALL or self._process.starts != self._starts:
            self._heard_at, self._starts = now, self._process.starts
        self._looked_at = now
        if self.worker and self.worker.pid and now - self._heard_at > DEAF:
            self.heard()  # what waits to be heard may be the sign
            if self.worker and self._monotonic() - self._heard_at > DEAF:
                self._died(f"no word for {DEAF:.0f} s, {self.worker.kill()}")

    def _died(self, how: str) -> None:
        """What it fetched and nobody has kept is on the server still: the next process fetches it again."""
        self._forget()
        self._heard_at = self._monotonic()
        if self._closing:
            self._is_wanted = False
            return
        log.error("mailbox=%s its process died (%s); a new one is started", self.number, how)
        self._complain(f"its process died: {how}")
        self._start()

    def _complain(self, problem: str) -> None:
        since = self._vitals.since if self._vitals.problem else self._now()
        problem = printable(problem)
        if problem != self._vitals.problem:
            self._trouble = problem
        self._vitals = replace(self._vitals, problem=problem, since=since)

    # What it says

    def heard(self) -> None:
        """The process has something to say, or died."""
        assert self.worker is not None
        try:
            messages = self.worker.channel.receive()
        except ChannelClosed:
            self._died(self.worker.kill())
            return
        for message in messages:
            self._heard_at = self._monotonic()
            try:
                check(message, self._options, self._now())
                self._take_word(message)
            except (Nonsense, SpoolDamaged) as error:
                log.error("mailbox=%s its process said what makes no sense: %s", self.number, error)
                self._died(self.worker.kill())
                return

    def _take_word(self, message: object) -> None:
        match message:
            case list():
                for one in message:
                    self._offer(one)
            case Opened():
                self._opened, self._is_open = message, False
            case Settled() if self._is_open:  # else they are of another look, and it asks again what is due
                self._settled.update(message.uids)
            case Looked():
                self._looked, self._trouble = message, ""
            case Troubled():
                self._complain(message.what)

    def _offer(self, one: Fetched) -> None:
        """A message: it waits for its turn, or is refused at once where the disk has no room for it."""
        arrived = one.arrived
        if not self._is_open:
            raise Nonsense(f"UID {one.uid} of a folder that is not open")
        if one.uid in self._uids or arrived.token in self._waiting or arrived.token in self._large:
            raise Nonsense(f"UID {one.uid} or its token, twice")
        if len(self._uids) >= MOST or self._bytes >= MOST_BYTES:
            raise Nonsense("more messages than may wait")
        size = arrived.spooled.size if arrived.spooled else len(arrived.content)
        if self.room is not None and size > self.room:
            self._answer([arrived.token], Fate.FULL)
            return
        if self.room is not None:
            self.room -= size
        item = Item.of(one, self._options.after)
        if arrived.spooled:
            self._spool.add(arrived)
            self._large[arrived.token] = item
        else:
            self._waiting[arrived.token] = item
        self._uids.add(one.uid)
        self._bytes += len(arrived.content)

    # A turn

    @property
    def is_stowing(self) -> bool:
        """Whether a large message is on its way into the store."""
        return self._spool.ready

    @property
    def ready(self) -> bool:
        """Whether a turn would have something to write."""
        news = self._opened or self._settled or self._looked or self._trouble
        return bool(self._waiting or self._large or (news and self._monotonic() >= self._after))

    def turn(self, connection: Connection, lease: Lease, window: int, *, stows: bool) -> int:
        """Write what was said; as many messages as `window` are leased to us at once: how many. `stows`: a piece of a
        large message as well."""
        self._owner, self._written = lease.owner, None
        if not self.ready:
            return 0
        done = Written()
        if mailboxes.is_held(connection, self.name, lease.owner):
            stowed = self._spool.turn(connection, self._now()) if stows else None
            done.items = [*([self._large[stowed.token]] if stowed else ()), *self._waiting.values()]
            self._folder.keep(connection, done, lease, window, self._now())
            self._note(connection, done)
        else:
            done.is_lost = True
        self._written = done
        return done.leased

    def _note(self, connection: Connection, done: Written) -> None:
        """All that was said beside messages. A folder is opened anew only when no message of the look before is left:
        they have its numbers."""
        now = self._now()
        self._folder.settle(connection, done, self._settled)
        left = {*self._large, *self._waiting} - {item.token for item in done.items}
        if self._opened and not left:
            self._folder.show(connection, done, self._opened, now)
        if self._looked:
            look = done.looked = self._looked
            mailboxes.looked(connection, self.name, now, there=look.there, known=look.known, withheld=look.withheld)
        elif self._trouble:
            done.trouble = self._trouble
            mailboxes.troubled(connection, self.name, done.trouble)

    def settled(self) -> tuple[list[Entry], list[bytes | None], int]:
        """The turn is durable: tell the process. Entries that are leased to us, their bytes, how many are not."""
        done, self._written = self._written, None
        if done is None:
            return [], [], 0
        self._spool.settled(is_ours=False)  # the reader's own spool is another folder
        self._put_off([item.token for item in self._spool.spoilt()])
        self._tell(done)
        mine = done.new[: done.leased]
        contents = [None if item.fetched.arrived.spooled else item.received.content for item in mine]
        return done.entries[: done.leased], contents, len(done.new) - done.leased

    def _tell(self, done: Written) -> None:
        """What was written is durable."""
        if done.is_lost:
            self.end("another machine collects it")
            return
        tokens = [item.token for item in done.items]
        self._let_go(tokens)
        self._answer(tokens, Fate.KEPT, done.left)
        self._count(done)
        self._folder.remember(done)
        self._settled -= done.settled
        if done.mailbox is not None:
            self._opened, self._is_open = None, True
            self._say(self._folder.known())
        if done.looked is not None:
            self._saw(done.looked)
            self._looked = None
        if done.trouble == self._trouble:
            self._trouble = ""

    def _saw(self, look: Looked) -> None:
        """A whole look: said once for each change, and louder where the counts disagree."""
        before, now = self._vitals, self._now()
        agrees = look.there == look.listed == look.known
        self._vitals = replace(
            before, looked_at=now, there=look.there, listed=look.listed, known=look.known, withheld=look.withheld,
            idles=look.idles, problem="", since=None, apart_since=None if agrees else before.apart_since or now,
        )  # fmt: skip
        counts = look.there, look.listed, look.known, look.withheld
        if before.looked_at is None or counts != (before.there, before.listed, before.known, before.withheld):
            log.log(
                logging.INFO if agrees else logging.WARNING,
                "mailbox=%s there=%s known=%s withheld=%s%s",
                self.number, look.there, look.known, look.withheld, "" if agrees else f" listed={look.listed}",
            )  # fmt: skip
        if before.problem:
            log.info("mailbox=%s is collected again", self.number)

    def refused(self, fate: Fate) -> None:
        """Nothing of the turn is durable, and nothing can be kept now. What is no mail waits here."""
        self._written, self._after = None, self._monotonic() + PATIENCE
        self._spool.give_up()
        self._refuse([*self._large, *self._waiting], fate)

    def alone(self, attempt: Callable[[Work], Any], is_down: Callable[[], bool]) -> None:
        """Something of the turn cannot be kept as it is: each message gets a turn of its own, then all that is no mail.
        When the store `is_down` in the middle of it, the rest waits; when the folder is lost, nothing is left of it."""
        self._spool.give_up()
        self._put_off(list(self._large))
        if not self.worker:
            return
        for item in list(self._waiting.values()):
            done = attempt(partial(self._write, [item]))
            if done is None and is_down():
                self.refused(Fate.LATER)
                return
            if done is None:
                self._put_off([item.token])
            else:
                self._tell(done)
            if not self.worker:
                return
        done = attempt(partial(self._write, []))
        if done is not None:
            self._tell(done)
        elif self.worker and not is_down():
            self._died(f"what it said cannot be kept, {self.worker.kill()}")

    def _write(self, items: list[Item], connection: Connection) -> Written:
        done = Written(items)
        if not mailboxes.is_held(connection, self.name, self._owner):
            done.is_lost = True
        elif items:
            self._folder.keep(connection, done, None, 0, self._now())
        else:
            self._note(connection, done)
        return done

    def _count(self, done: Written) -> None:
        now = self._now()
        for item, entry in zip(done.new, done.entries, strict=True):
            self._counted.accepted["imap"] += 1
            self._counted.kept.observe((now - entry.envelope.received_at).total_seconds())
            log.info("mail=%s fetched mailbox=%s uid=%s", entry.id, self.number, item.uid)
        trail.accepted(done.entries)

    # Answers

    def _refuse(self, tokens: list[int], fate: Fate) -> None:
        self._let_go(tokens)
        self._answer(tokens, fate)

    def _put_off(self, tokens: list[int]) -> None:
        """It is their own fault, as far as we see: nobody waits for them, they are offered again at another look."""
        self._let_go(tokens)
        self._answer(tokens, Fate.LATER, frozenset(tokens))

    def _let_go(self, tokens: list[int]) -> None:
        for token in tokens:
            item = self._waiting.pop(token, None) or self._large.pop(token)
            self._uids.discard(item.uid)
            self._bytes -= len(item.fetched.arrived.content)

    def _answer(self, tokens: list[int], fate: Fate, left: frozenset[int] = frozenset()) -> None:
        if tokens:
            self._say(Taken(tuple(tokens), fate, left))

    def _say(self, message: Taken | Known | None) -> None:
        """A process that died meanwhile is not told."""
        if self.worker and self.worker.pid:
            self.worker.channel.send(message)
