"""A folder on another server, as the store knows it: what a turn writes of it, and what is remembered between turns.

In: what the folder's process said. Out: rows, and after their commit the answer to what the journal has of the folder.
What is remembered is true only while the folder is ours to collect and nobody else writes of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.collection.hearsay import printable
from gateway.doors.imap.words import Fetched, Known, Looked, MailboxOptions, Opened, Ranges
from gateway.porter import received
from store import journal, mailboxes
from store.journal import Lease, Received
from store.mailboxes import Found, Mailbox, Stand
from store.records import Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """A message that waits for its turn, as the journal and the list of collected ones take it."""

    fetched: Fetched
    received: Received
    found: Found

    @property
    def token(self) -> int:
        return self.fetched.arrived.token

    @property
    def uid(self) -> int:
        return self.found.uid

    @classmethod
    def of(cls, fetched: Fetched, after: str) -> Item:
        """`after` is what the configuration wants done with a message that is kept; history is never touched."""
        plain = received(fetched.arrived)
        envelope = replace(plain.envelope, history=fetched.history, waited_since=fetched.waited_since)
        taken = replace(plain, envelope=envelope, withheld=printable(fetched.withheld))
        stand = Stand.DUE if fetched.withheld or after != "leave" else Stand.DONE
        if fetched.history:
            stand = Stand.LEFT
        return cls(fetched, taken, Found(uid=fetched.uid, sha256=taken.sha256, stand=stand))


@dataclass(slots=True)
class Written:
    """What one turn wrote of a folder; it counts once the turn has committed. `is_lost`: nothing, it is not ours.
    `entries` are the rows of the `new` items, `leased` how many of them are ours to read."""

    items: Sequence[Item] = ()
    is_lost: bool = False
    stands: dict[int, Stand] = field(default_factory=dict)
    new: list[Item] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    leased: int = 0
    settled: frozenset[int] = frozenset()
    mailbox: Mailbox | None = None
    had: Ranges = ()
    due: dict[int, bool] = field(default_factory=dict)
    looked: Looked | None = None
    trouble: str = ""

    @property
    def left(self) -> frozenset[int]:
        """The tokens of messages that stay as and where they are."""
        return frozenset(item.token for item in self.items if self.stands[item.uid] is Stand.LEFT)


class Folder:
    """One folder: `keep`, `settle`, `show` write in a turn, `remember` follows its commit."""

    def __init__(self, options: MailboxOptions, *, keeps_history: bool) -> None:
        self._name, self._number, self._apart = options.name, options.number, options.clock_offset
        self._keeps_history = keeps_history
        self._mailbox: Mailbox | None = None
        self._had: Ranges = ()
        self._more: list[int] = []
        self._due: dict[int, bool] = {}

    def keep(self, connection: Connection, done: Written, lease: Lease | None, window: int, now: datetime) -> None:
        """Rows for the messages that the journal does not have; as many as `window` are leased."""
        if not done.items:
            return
        assert self._mailbox is not None
        done.stands = mailboxes.known(connection, self._mailbox, [item.found for item in done.items])
        done.new = [item for item in done.items if item.uid not in done.stands]
        done.stands |= {item.uid: item.found.stand for item in done.new}
        incoming = [item.received for item in done.new]
        mine = journal.append(connection, incoming[:window], lease) if lease else []
        done.leased = len(mine)
        done.entries = [*mine, *journal.append(connection, incoming[done.leased :])]
        rows = [(item.found, entry.id) for item, entry in zip(done.new, done.entries, strict=True)]
        mailboxes.keep(connection, self._mailbox, rows, now)

    def settle(self, connection: Connection, done: Written, uids: Iterable[int]) -> None:
        """Nothing is left to do with these."""
        done.settled = frozenset(uids)
        if self._mailbox is not None and done.settled:
            mailboxes.settled(connection, self._mailbox, done.settled)

    def show(self, connection: Connection, done: Written, seen: Opened, now: datetime) -> None:
        """The server has shown the folder; what the journal has of it is read where it is not remembered."""
        done.mailbox = mailboxes.opened(
            connection, self._name, seen.uidvalidity, seen.uidnext, now, keeps_history=self._keeps_history
        )
        if self._is_another(done.mailbox):
            done.had, done.due = mailboxes.had(connection, done.mailbox), mailboxes.due(connection, done.mailbox)

    def _is_another(self, mailbox: Mailbox) -> bool:
        return self._mailbox is None or mailbox.generation != self._mailbox.generation

    def remember(self, done: Written) -> None:
        """That is durable: a look costs no more than what is new in it."""
        for item in done.items:
            self._more.append(item.uid)
            if done.stands[item.uid] is Stand.DUE:
                self._due[item.uid] = bool(item.fetched.withheld)
        for uid in done.settled:
            self._due.pop(uid, None)
        if done.mailbox is not None:
            if self._is_another(done.mailbox):
                if done.mailbox.generation > 1 and not done.had:
                    log.warning(
                        "mailbox=%s its server numbers the messages anew: they are known by bytes", self._number
                    )
                self._had, self._more, self._due = done.had, [], done.due
            self._mailbox = done.mailbox

    def known(self) -> Known:
        """What the journal has of it, as its process wants to know."""
        assert self._mailbox is not None
        self._had, self._more = mailboxes.joined(self._had, self._more), []
        later = self._keeps_history and self._mailbox.generation > 1
        return Known(
            known=self._had,
            due=tuple(sorted(self._due)),
            history_below=self._mailbox.history_below,
            since=self._mailbox.first_looked_at - self._apart if later else None,
            refused=frozenset(uid for uid, is_withheld in self._due.items() if is_withheld),
            answers=Opened(self._mailbox.uidvalidity, self._mailbox.uidnext),
        )
