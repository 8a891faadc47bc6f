"""Whatever a server does to a folder, and whenever who collects it is killed: each of its messages has one row.

The oracle is the server: what it ever held. Short and always the same by default, long and random with REPLYDESK_LONG
(`make nightly`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from store import journal, mailboxes
from store.engine import Store
from store.journal import Received
from store.mailboxes import Found, Mailbox, Stand
from store.opening import open_store
from store.tables import journal as journal_table
from tests.servers.requirement import is_long
from tests.servers.stores import KINDS, url_of
from tests.unit.store.samples import NOW, envelope, lease

NAME = "support@desk.example at imap.example.org, INBOX"


class Killed(Exception):
    """A turn that ends before its commit."""


class Folder(RuleBasedStateMachine):
    """A folder that gets mail, is renumbered, restored and tidied, and one that collects it in looks that break off.

    `here` is what the server has: UID to the message's own name. Two messages may have the same bytes.
    """

    kind = "sqlite"

    @initialize(old=st.integers(0, 3), keeps_history=st.booleans())
    def open(self, old: int, *, keeps_history: bool) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="replydesk-property-"))
        self.opened = url_of(self.kind, self.folder)
        self.store: Store = open_store(self.opened.__enter__())
        self.keeps_history = keeps_history
        self.uidvalidity, self.uidnext = 1, 1
        self.here: dict[int, bytes] = {}
        self.aside: list[bytes] = []
        self.arrived: Counter[bytes] = Counter()
        self.old: set[bytes] = set()
        for _ in range(old):
            self.comes(twin=False)
        self.old = set(self.here.values())

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.opened.__exit__(None, None, None)
            shutil.rmtree(self.folder)

    # What the server does

    @rule(twin=st.booleans())
    def comes(self, *, twin: bool) -> None:
        """A new message; a twin has the bytes of one that is there."""
        content = next(iter(self.here.values()), b"") if twin else b""
        content = content or b"message %d" % self.arrived.total()
        self.arrived[content] += 1
        self._add(content)

    def _add(self, content: bytes) -> None:
        self.here[self.uidnext] = content
        self.uidnext += 1

    @rule(backwards=st.booleans())
    def is_renumbered(self, *, backwards: bool) -> None:
        """A new UIDVALIDITY; or a backup that knows nothing of the numbers that were given since, where that shows: its
        UIDNEXT is one that we have."""
        contents = list(self.here.values())
        self.here = dict(enumerate(reversed(contents), start=1))
        self.uidnext = len(contents) + 1
        if backwards and self.uidnext <= self._highest():
            self._turn(self._open, dies=False)
        else:
            self.uidvalidity += 1

    def _highest(self) -> int:
        with self.store.look() as connection:
            known = mailboxes.listing(connection)
            ranges = mailboxes.had(connection, known[0]) if known else ()
        return ranges[-1][1] if ranges and known[0].uidvalidity == self.uidvalidity else 0

    @rule(place=st.integers(0, 9))
    def somebody_moves_one_away(self, place: int) -> None:
        for uid in list(self.here)[place : place + 1]:
            del self.here[uid]

    @rule()
    def what_we_moved_comes_back(self) -> None:
        """A backup brings it back, and with it new numbers."""
        for content in self.aside:
            self._add(content)
        self.aside = []
        self.is_renumbered(backwards=False)

    # What the collector does

    def _turn(self, work, *, dies: bool):
        try:
            with self.store.turn() as connection:
                done = work(connection)
                if dies:
                    raise Killed
        except Killed:
            return None
        return done

    @rule(batch=st.integers(1, 4), breaks_off=st.integers(0, 4), dies=st.booleans(), moves=st.booleans())
    def look(self, batch: int, breaks_off: int, *, dies: bool, moves: bool) -> None:
        """A look in batches; after `breaks_off` of them it is killed, before or after a commit; with or without the
        moves that follow."""
        mailbox = self._turn(self._open, dies=dies and not breaks_off)
        if mailbox is None:
            return
        with self.store.look() as connection:
            had = {uid for start, end in mailboxes.had(connection, mailbox) for uid in range(start, end + 1)}
            due = mailboxes.due(connection, mailbox)
        assert due.keys() <= had
        self._move(mailbox, [uid for uid in due if uid in self.here], [uid for uid in due if uid not in self.here])
        new = [uid for uid in self.here if uid not in had]
        for place in range(0, len(new), batch):
            number = place // batch
            part = new[place : place + batch]
            stands = self._turn(lambda c, part=part: self._keep(c, mailbox, part), dies=dies and number == breaks_off)
            if stands is None:
                return
            if moves:
                self._move(mailbox, [uid for uid, stand in stands.items() if stand is not Stand.LEFT], [])
            if number == breaks_off:
                return

    def _open(self, connection) -> Mailbox:
        mailboxes.hold(connection, NAME, lease(), NOW)
        return mailboxes.opened(connection, NAME, self.uidvalidity, self.uidnext, NOW, keeps_history=self.keeps_history)

    def _keep(self, connection, mailbox: Mailbox, part: list[int]) -> dict[int, Stand]:
        found = [Found(uid=uid, sha256=sha256(self.here[uid]).hexdigest(), stand=self._stand(uid)) for uid in part]
        stands = mailboxes.known(connection, mailbox, found)
        new = [one for one in found if one.uid not in stands]
        entries = journal.append(connection, [Received.of(envelope(), self.here[one.uid]) for one in new])
        mailboxes.keep(connection, mailbox, [(one, e.id) for one, e in zip(new, entries, strict=True)], NOW)
        return {one.uid: one.stand for one in found} | stands

    def _stand(self, uid: int) -> Stand:
        return Stand.LEFT if self.keeps_history and self.here[uid] in self.old else Stand.DUE

    def _move(self, mailbox: Mailbox, moved: list[int], gone: list[int]) -> None:
        for uid in moved:
            content = self.here.pop(uid)
            assert not (self.keeps_history and content in self.old), "history is never moved"
            self.aside.append(content)
        self._turn(lambda c: mailboxes.settled(c, mailbox, [*moved, *gone]), dies=False)

    # What always holds

    def _rows(self) -> Counter[str]:
        with self.store.look() as connection:
            return Counter(connection.execute(select(journal_table.c.sha256)).scalars())

    @invariant()
    def no_message_has_a_row_too_many(self) -> None:
        if hasattr(self, "store"):
            rows = self._rows()
            for content, count in self.arrived.items():
                assert rows[sha256(content).hexdigest()] <= count

    @rule()
    def everything_is_looked_at(self) -> None:
        """An undisturbed look: all that is there has a row of its own, and what was moved had one before."""
        self.look(4, 1_000, dies=False, moves=False)
        rows = self._rows()
        for content, count in Counter(self.here.values()).items():
            assert rows[sha256(content).hexdigest()] >= count
        for content in self.aside:
            assert rows[sha256(content).hexdigest()]


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kind", KINDS)
def test_each_message_of_a_folder_has_one_row(kind):
    long = is_long()
    run_state_machine_as_test(
        type(f"Folder_{kind}", (Folder,), {"kind": kind}),
        settings=settings(
            max_examples=500 if long else 12,
            stateful_step_count=50 if long else 20,
            derandomize=not long,
            database=None,
            # the short form says what fails, the long one makes it small
            phases=[*Phase] if long else [Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
