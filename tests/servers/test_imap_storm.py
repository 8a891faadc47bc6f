"""The bar of collected mailboxes: whatever dies whenever, each message has exactly one row of the journal and lies
exactly once in the folder of what is done.

500 messages in two folders of two accounts and 30 kills, on SQLite; a short form on PostgreSQL, and two desks that
share one there. `REPLYDESK_LONG=1` makes it 10,000 messages, `REPLYDESK_STORM=10000x60` what it says.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes, policy
from hashlib import sha256

import pytest
from sqlalchemy import select

from store.tables import collected, journal, mailboxes, outbox
from tests.servers import postgresql
from tests.servers.dovecot import Dovecot
from tests.servers.requirement import is_long
from tests.servers.serving import Desk, letter

MAILS, KILLS = map(int, os.environ.get("REPLYDESK_STORM", "10000x30" if is_long() else "500x30").split("x"))
SEED = int(os.environ.get("REPLYDESK_SEED") or (time.time_ns() % 1_000_000 if is_long() else 75331))
DONE = "replydesk-done"
FOLDERS = (("support", "INBOX", "implicit"), ("billing", "Tickets", "starttls"))
LIMITS = {"INTAKE__DOMAIN_HOUR": "100000", "INTAKE__SENDER_HOUR": "100000"}


def _collects(desk: Desk, server: Dovecot, poll: int = 2) -> Desk:
    for account, folder, tls in FOLDERS:
        desk.collect(
            **server.table(account, tls=tls, folder=folder, to=f"{account}@desk.example"),
            after="move",
            backlog="new",
            poll_seconds=poll,
            timeout=10,
        )
    return desk


class Post:
    """Puts mail into the two folders, in turn, and knows what it has put where."""

    def __init__(self, server: Dovecot) -> None:
        self.server = server
        self.put: dict[str, str] = {}

    def deliver(self, count: int) -> None:
        for _ in range(count):
            number = len(self.put)
            account, folder, _ = FOLDERS[number % 2]
            content = letter(number).replace(b"To: support@", f"To: {account}@".encode())
            self.server.deliver(content, folder, account)
            self.put[f"<{number}@northwind.example>"] = account


class Storm:
    """Kills at named instants. Each method ends with a desk that serves again."""

    def __init__(self, desk: Desk, server: Dovecot, post: Post, chance: random.Random) -> None:
        self.desk, self.server, self.post, self.chance = desk, server, post, chance
        self.kinds: Counter[str] = Counter()
        self.started = datetime.now(UTC)
        self.between: Counter[str] = Counter()
        """How many messages a kill has met there; seen in the store and the folders afterwards."""
        self.pace = 1.0
        """How much slower than usual this machine is, as far as we know."""

    def start(self) -> None:
        self.desk.start()
        self.started = datetime.now(UTC)

    def _at_work(self) -> None:
        """Both mailboxes were looked at in this life: the processes are connected and idle."""

        def look() -> bool:
            rows = self.desk.rows(mailboxes, mailboxes.c.looked_at)
            return len(rows) == 2 and all(row.looked_at and row.looked_at > self.started for row in rows)

        self.desk.wait(look, "look at both mailboxes")

    def strike(self, kind: str, mails: int) -> None:
        self.kinds[kind] += 1
        getattr(self, kind)(mails)

    def anywhere(self, mails: int) -> None:
        """The whole desk, at a random instant."""
        self.post.deliver(mails)
        time.sleep(self.chance.uniform(0, 2.5))
        self.desk.kill()
        self.start()

    def daemon(self, mails: int) -> None:
        """The daemon alone: its children end by themselves."""
        self.post.deliver(mails)
        time.sleep(self.chance.uniform(0, 2.5))
        self.desk.kill_daemon()
        self.start()

    def collector(self, mails: int) -> None:
        """The processes of the mailboxes alone."""
        self.post.deliver(mails)
        time.sleep(self.chance.uniform(0, 1.5))
        self._end_collectors()

    def fetched(self, mails: int) -> None:
        """Between fetch and commit: the daemon sleeps while the processes bring mail, and never wakes."""
        self._bring(mails)
        self.desk.kill()
        self.start()

    def committed(self, mails: int) -> None:
        """Between commit and move."""
        self.end_committed(mails)
        self.start()

    def end_committed(self, mails: int) -> None:
        """The processes sleep while the daemon keeps what they have brought, and never wake. No desk runs then."""
        self._bring(mails)
        self._signal_collectors(signal.SIGSTOP)
        before = self._rows()
        os.kill(self.desk.daemon, signal.SIGCONT)
        self._until(lambda: self._rows() > before)
        self.desk.kill()
        self.between["commit and move"] += len(self._due(still_there=True))

    def moved(self, mails: int) -> None:
        """Between the move and the word of it: the daemon sleeps again while the processes move what it has kept."""
        self._bring(mails)
        self._signal_collectors(signal.SIGSTOP)
        rows, before = self._rows(), self._moved()
        os.kill(self.desk.daemon, signal.SIGCONT)
        self._until(lambda: self._rows() > rows)
        os.kill(self.desk.daemon, signal.SIGSTOP)
        self._signal_collectors(signal.SIGCONT)
        self._until(lambda: self._moved() > before)
        self.desk.kill()
        self.between["move and word"] += len(self._due(still_there=False))
        self.start()

    def _bring(self, mails: int) -> None:
        """Mail comes while the daemon sleeps; the processes fetch it and wait for its word. Dovecot tells of new mail
        after half a second."""
        self._at_work()
        os.kill(self.desk.daemon, signal.SIGSTOP)
        self.post.deliver(mails)
        time.sleep(self.chance.uniform(0.7, 1.0) * self.pace)

    def moving(self, mails: int) -> None:
        """The process of a mailbox while it moves; the daemon has all that it said."""
        self._at_work()
        before = self._moved()
        self.post.deliver(mails)
        self._until(lambda: self._moved() > before)
        self._end_collectors()

    def _end_collectors(self) -> None:
        self._signal_collectors(signal.SIGKILL)

    def _signal_collectors(self, number: signal.Signals) -> None:
        for pid in self.desk.children("imap"):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _until(self, look) -> None:
        """A kill that finds nothing to come between is a kill at some instant."""
        deadline = time.monotonic() + 3 * self.pace
        while not look() and time.monotonic() < deadline:
            time.sleep(0.001)

    def insist(self) -> None:
        """On a slow machine no kill may have come between: then more of them, each time with more patience."""
        for kind, place in (("committed", "commit and move"), ("moved", "move and word")):
            while not self.between[place] and self.pace < 32:
                self.pace *= 2
                self.strike(kind, 4)

    def _rows(self) -> int:
        return len(self.desk.rows(journal, journal.c.id))

    def _due(self, *, still_there: bool) -> list[str]:
        """The messages that the journal has and that are to be moved, by where they are."""
        store = self.desk.store()
        try:
            with store.look() as connection:
                query = select(journal.c.sha256).join(collected).where(collected.c.stand == "due")
                due = set(connection.execute(query).scalars())
        finally:
            store.close()
        files = [file for account, folder, _ in FOLDERS for file in self.server.files(folder, account)]
        there = {sha256(file.read_bytes()).hexdigest() for file in files}
        return sorted(due & there if still_there else due - there)

    def _moved(self) -> int:
        return sum(len(self.server.files(DONE, account)) for account, _, _ in FOLDERS)


KINDS = ("anywhere", "daemon", "collector", "fetched", "committed", "moved", "moving")


def _rage(desk: Desk, server: Dovecot, post: Post, mails: int, kills: int) -> Storm:
    """All of the mail and all of the kills; half way, both folders are restored as from a backup."""
    chance = random.Random(SEED)
    storm = Storm(desk, server, post, chance)
    kinds = [KINDS[number % len(KINDS)] for number in range(kills)]
    chance.shuffle(kinds)
    first = mails * 2 // 5
    post.deliver(first)
    storm.start()
    share, rest = divmod(mails - first - 4, kills)
    for number, kind in enumerate(kinds):
        if number == kills // 2:
            storm.end_committed(4)  # what is kept and not yet moved must be known again
            for account, folder, _ in FOLDERS:
                server.reset_uidvalidity(folder, account)
            storm.start()
        storm.strike(kind, share + (number < rest))
    return storm


def _await_empty(desk: Desk, server: Dovecot, told: str, seconds: float) -> None:
    """Everything was moved; if not, what the store and the server say of the folders."""
    try:
        desk.wait(lambda: _emptied(server), f"empty folders ({told})", seconds)
    except AssertionError as error:
        there = {account: (server.uids(folder, account), len(server.files(folder, account)))
                 for account, folder, _ in FOLDERS}  # fmt: skip
        raise AssertionError(f"{error}\nUIDs and files there: {there}\n{desk.rows(mailboxes)}") from None


def _emptied(server: Dovecot) -> bool:
    return not any(server.files(folder, account) for account, folder, _ in FOLDERS)


def _check(desk: Desk, server: Dovecot, post: Post, told: str) -> None:
    """One row each, by Message-ID and by what was collected; one ticket, one acknowledgement; each moved once."""
    rows = desk.rows(journal)
    assert Counter(row.message_id for row in rows) == Counter(list(post.put)), f"not one row each; {told}"
    assert {(row.door, row.verdict) for row in rows} == {("imap", "ticket-created")}, told
    assert {row.message_id: row.envelope_to for row in rows} == {
        message_id: [f"{account}@desk.example"] for message_id, account in post.put.items()
    }, told
    store = desk.store()
    try:
        with store.look() as connection:
            kept = list(connection.execute(collected.select()))
    finally:
        store.close()
    assert sorted(row.journal_id for row in kept) == [row.id for row in rows], told
    # what was moved before the restore, and nobody could say so any more, stays due in a generation that is over
    generation = {row.id: row.generation for row in desk.rows(mailboxes)}
    now = [row for row in kept if row.generation == generation[row.mailbox_id]]
    assert {row.stand for row in now} == {"done"}, told
    acknowledgements = [row for row in desk.rows(outbox) if row.purpose == "acknowledgement"]
    assert len({row.ticket_id for row in acknowledgements}) == len(acknowledgements) == len(rows), told
    for account, folder, _ in FOLDERS:
        mine = sorted(message_id for message_id, whose in post.put.items() if whose == account)
        moved = sorted(str(found["Message-ID"]) for found in server.messages(DONE, account))
        assert moved == mine, f"not each moved once; {told}"
        assert server.uids(folder, account) == [], told


def _agreed(desk: Desk) -> bool:
    """Both folders were looked at since they are empty, and the counts agree."""
    rows = desk.rows(mailboxes)
    return len(rows) == 2 and all(not row.problem and row.there == row.known == 0 for row in rows)


@pytest.mark.timeout(4 * 3600 if is_long() or "REPLYDESK_STORM" in os.environ else 1200)
def test_each_message_has_one_row_whatever_dies_between_fetch_commit_and_move(desk, dovecot, capsys):
    one = _collects(desk(quiet=True, **LIMITS), dovecot)
    post = Post(dovecot)
    began = time.monotonic()
    storm = _rage(one, dovecot, post, MAILS, KILLS)
    storm.insist()
    raged = time.monotonic() - began
    told = f"REPLYDESK_SEED={SEED} repeats it"
    _await_empty(one, dovecot, told, 120 + MAILS / 10)
    one.decided(len(post.put), 120 + MAILS / 10)
    one.quiet(120 + MAILS / 10)
    one.wait(lambda: _agreed(one), f"agreement of the counts ({told})")
    _check(one, dovecot, post, told)
    assert [(row["there"], row["known"], row["withheld"]) for row in one.cli("imap", "list")] == [(0, 0, 0)] * 2
    _sent_once(one, told)
    assert all(storm.between[place] for place in ("commit and move", "move and word")), f"{storm.between}; {told}"
    with capsys.disabled():
        print(
            f"\nimap storm: {len(post.put)} messages, {storm.kinds.total()} kills {dict(storm.kinds)}, messages met "
            f"between {dict(storm.between)}, in {raged:.0f} s, settled after {time.monotonic() - began:.0f} s, 0 lost, "
            f"0 doubled, seed {SEED}"
        )


def _sent_once(desk: Desk, told: str) -> None:
    """What left twice for a customer, after a kill between delivery and commit, has the Message-ID that it had."""
    files = (desk.folder / "data" / "sent" / "new").glob("*")
    sent = [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
    by_recipient: dict[str, set[str]] = {}
    for mail in sent:
        by_recipient.setdefault(str(mail["Delivered-To"]), set()).add(str(mail["Message-ID"]))
    customers = {to: ids for to, ids in by_recipient.items() if to.endswith("@northwind.example")}
    assert len(customers) == len(desk.rows(journal, journal.c.id)), told
    assert {to: len(ids) for to, ids in customers.items() if len(ids) > 1} == {}, told


def test_the_storm_on_postgresql(desk, dovecot):
    with postgresql.database(postgresql.migrated()) as url:
        one = _collects(desk(quiet=True, STORE__URL=url, **LIMITS), dovecot)
        post = Post(dovecot)
        _rage(one, dovecot, post, *((80, 7) if is_long() else (48, 3)))  # a lease that nobody gives back costs 25 s
        told = f"REPLYDESK_SEED={SEED} repeats it"
        _await_empty(one, dovecot, told, 120)
        one.decided(len(post.put))
        one.quiet()
        one.wait(lambda: _agreed(one), f"agreement of the counts ({told})")
        _check(one, dovecot, post, told)
        one.kill()


def test_of_two_desks_on_one_database_one_collects_and_the_other_takes_over(desk, dovecot):
    """The same mailboxes in both configurations. Whoever collects is killed without a word; mail goes on coming in."""
    with postgresql.database(postgresql.migrated()) as url:
        pair = [_collects(desk(quiet=True, STORE__URL=url, **LIMITS), dovecot).start()]
        pair.append(_collects(desk(quiet=True, STORE__URL=url, **LIMITS), dovecot))
        secret = "data/secret"
        (pair[1].folder / secret).write_text((pair[0].folder / secret).read_text())
        post = Post(dovecot)
        post.deliver(20)
        pair[0].decided(20)
        pair[1].start()
        post.deliver(20)
        pair[0].decided(40)
        assert len(pair[0].children("imap")) == 2
        assert pair[1].children("imap") == [], "one of them collects, not both"
        os.kill(pair[0].daemon, signal.SIGSTOP)
        post.deliver(10)
        time.sleep(0.3)
        pair[0].kill()
        post.deliver(10)
        pair[1].decided(60)
        _await_empty(pair[1], dovecot, "two desks", 120)
        pair[1].quiet()
        pair[1].wait(lambda: _agreed(pair[1]), "agreement of the counts")
        _check(pair[1], dovecot, post, "two desks")
        for one in pair:
            one.kill()
