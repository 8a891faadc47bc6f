"""The collector with processes that do what the test says: nobody is told that a mail is kept before it is."""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.collection import box as box_module
from gateway.collection import hearsay
from gateway.collection.box import DEAF
from gateway.collection.collector import Collector
from gateway.config.loading import load
from gateway.doors.imap.words import Alive, Fetched, Known, Looked, Opened, Settled, Taken, Troubled
from gateway.doors.words import Arrived, Fate, Spooled
from gateway.vitals import Counts
from store import blobs, journal, mailboxes
from store.engine import StoreFull
from store.tables import collected
from store.tables import journal as journal_table
from tests.servers.stores import kind, store, store_url
from tests.unit.settler.bench import LEASE, Bait
from tests.unit.store.samples import NOW, mail
from tests.unit.test_porter import Door

__all__ = ["kind", "store", "store_url"]

ONE, TWO, THREE = (mail(subject) for subject in ("one", "two", "three"))
LARGE = os.urandom(blobs.PIECE + 5)
NAME = "support@desk.example at imap.example.org, INBOX"
BOX = """
[[imap]]
host = "imap.example.org"
username = "support@desk.example"
password_env = "REPLYDESK_IMAP_PASSWORD"
"""


class Process(Door):
    """The process of a mailbox that is none: the test holds its end of the line."""

    def __init__(self, role, options, classes):
        assert role == "imap"
        super().__init__(role, options, (), classes)


class Bench:
    """A collector over a real store, a turn at a time."""

    def __init__(self, store, config, lease=LEASE, environ=None):
        self.store, self.lease = store, lease
        self.counts = Counts()
        self.clock = 1_000.0
        environ = {"REPLYDESK_IMAP_PASSWORD": "a secret"} if environ is None else environ
        self.collector = Collector(config, store, lambda: NOW, self.counts, lambda: self.clock, environ)
        self._token = 0

    def renew(self, now=NOW):
        with self.store.turn() as connection:
            self.collector.hold(connection, self.lease, now)
        self.collector.held()
        return self

    @property
    def processes(self):
        return [worker for worker, _heard in self.collector.workers()]

    @property
    def process(self):
        return self.processes[0]

    def says(self, *messages, box=0):
        worker, heard = self.collector.workers()[box]
        for message in messages:
            worker.line.send(message)
        heard()

    def told(self, box=0):
        """What the process has heard."""
        found, worker = [], self.processes[box]
        while worker.line.pending():
            found.append(worker.line.receive())
        return found

    def opens(self, uidvalidity=7, uidnext=10, box=0):
        self.says(Opened(uidvalidity, uidnext), box=box)
        self.turn()
        (known,) = [word for word in self.told(box) if isinstance(word, Known)]
        return known

    def fetched(self, uid, content, *, history=False, withheld="", waited_since=None, **changes):
        self._token += 1
        options = self.process.options
        spooled = None
        if len(content) > 1 << 20:
            file = Path(options.spool) / f"arriving-{self._token}"
            file.write_bytes(content)
            spooled = Spooled(str(file), len(content), sha256(content).hexdigest())
        arrived = Arrived(
            token=self._token, door="imap", client=NAME, hello="", sender="a@b.example",
            recipients=("support@desk.example",), received_at=NOW, content=b"" if spooled else content, spooled=spooled,
        )  # fmt: skip
        return Fetched(
            uid=uid, arrived=replace(arrived, **changes), history=history, withheld=withheld, waited_since=waited_since
        )

    def brings(self, *items, box=0):
        """The process hands these over in one frame; their tokens."""
        self.says(list(items), box=box)
        return [item.arrived.token for item in items]

    def turn(self, window=100):
        with self.store.turn() as connection:
            self.leased = self.collector.turn(connection, self.lease, window)
        return self.collector.settled()

    def fails(self, fate):
        with pytest.raises(StoreFull), self.store.turn() as connection:
            self.collector.turn(connection, self.lease, 100)
            raise StoreFull("database or disk is full")
        self.collector.refused(fate)

    def rows(self):
        with self.store.look() as connection:
            return connection.execute(select(journal_table).order_by(journal_table.c.id)).all()

    def listing(self):
        with self.store.look() as connection:
            return mailboxes.listing(connection)

    def stands(self):
        with self.store.look() as connection:
            rows = connection.execute(select(collected).order_by(collected.c.generation, collected.c.uid))
            return {(row.generation, row.uid): row.stand for row in rows}


@pytest.fixture
def made(store, monkeypatch, tmp_path, template):
    """Benches over one store: machines of one desk, or lives of one machine."""
    monkeypatch.setattr(box_module, "Worker", Process)
    shutil.copytree(template, tmp_path / "house")
    file = tmp_path / "house" / "replydesk.toml"
    plain = file.read_text()
    benches = []

    def make(tables=BOX, owner="us", environ=None):
        file.write_text(plain + tables)
        bench = Bench(store, load(file, {}), replace(LEASE, owner=owner), environ)
        benches.append(bench)
        return bench.renew()

    yield make
    for bench in benches:
        for process in bench.processes:
            process.kill()


@pytest.fixture
def bench(made):
    return made()


def test_the_process_hears_of_a_mail_after_its_commit_and_not_before(bench):
    assert bench.opens(uidnext=3) == Known(known=(), due=(), history_below=3, since=None, answers=Opened(7, 3))
    tokens = bench.brings(bench.fetched(3, ONE), bench.fetched(4, TWO))
    assert bench.collector.ready
    with bench.store.turn() as connection:
        assert bench.collector.turn(connection, LEASE, 100) == 2
        assert bench.told() == []
    entries, contents, left = bench.collector.settled()
    assert bench.told() == [Taken(tuple(tokens), Fate.KEPT)]
    assert (len(entries), contents, left) == (2, [ONE, TWO], 0)
    assert bench.counts.accepted == {"imap": 2}
    assert not bench.collector.ready
    assert [(row.door, row.client, row.lease_owner) for row in bench.rows()] == [("imap", NAME, "us")] * 2


def test_what_is_over_the_window_is_kept_and_leased_to_nobody(bench):
    bench.opens()
    bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO), bench.fetched(3, THREE))
    entries, contents, left = bench.turn(window=2)
    assert (len(entries), len(contents), left, bench.leased) == (2, 2, 1, 2)
    assert [row.lease_owner for row in bench.rows()] == ["us", "us", ""]


def test_how_long_a_mail_lay_on_its_server_is_kept_with_it(bench):
    """Rates go by it: nobody is turned away because the desk was away."""
    bench.opens()
    since = NOW - timedelta(days=3)
    bench.brings(bench.fetched(1, ONE, waited_since=since), bench.fetched(2, TWO))
    entries, _contents, _left = bench.turn()
    assert [entry.envelope.waited_since for entry in entries] == [since, None]
    with bench.store.look() as connection:
        rows = connection.execute(select(journal_table).order_by(journal_table.c.id)).all()
    assert [journal.entry(row).envelope for row in rows] == [entry.envelope for entry in entries]


def test_the_first_look_is_history_and_stays_where_it_is(bench):
    assert bench.opens(uidnext=5).history_below == 5
    old, new = bench.brings(bench.fetched(4, ONE, history=True), bench.fetched(5, TWO))
    bench.turn()
    assert bench.told() == [Taken((old, new), Fate.KEPT, frozenset({old}))]
    assert [row.history for row in bench.rows()] == [True, False]
    assert bench.stands() == {(1, 4): "left", (1, 5): "done"}
    later = bench.opens(uidvalidity=8)
    assert (later.since, later.history_below, later.known) == (NOW, 1, ())


def test_nothing_is_history_where_the_backlog_is_new(made):
    bench = made(BOX + 'backlog = "new"\n')
    assert bench.opens(uidnext=5).history_below == 1
    assert bench.opens(uidvalidity=8).since is None


@pytest.mark.parametrize("after", ["flag", "move"])
def test_what_is_kept_and_not_moved_yet_is_due_in_the_next_life(made, after):
    """Killed between the commit and the move; what history is, is never touched."""
    tables = f'{BOX}after = "{after}"\n'
    first = made(tables)
    first.opens()
    items = [first.fetched(1, ONE), first.fetched(2, TWO), first.fetched(3, THREE, history=True)]
    first.brings(*items, first.fetched(4, b"x", withheld="it has 61 MB"))
    first.turn()
    second = made(tables)
    known = second.opens()
    assert (known.known, known.due, known.refused) == (((1, 4),), (1, 2, 4), frozenset({4}))
    second.says(Settled((1, 4)))
    second.turn()
    assert second.opens().due == (2,)


def test_refused_mail_is_set_aside_even_where_all_other_is_left(bench):
    bench.opens()
    bench.brings(bench.fetched(1, b"", withheld="the server\r\ndoes not give its bytes"), bench.fetched(2, TWO))
    bench.turn()
    assert bench.opens().due == (1,)
    assert [row.withheld for row in bench.rows()] == ["the server does not give its bytes", ""]


def test_what_was_kept_before_anybody_heard_of_it_is_taken_again_without_a_second_row(made):
    """Killed between the commit and the word: the next process fetches nothing of it; if it does, it hears the same."""
    first = made()
    first.opens()
    first.brings(first.fetched(1, ONE))
    with first.store.turn() as connection:
        first.collector.turn(connection, LEASE, 100)
    second = made()
    assert second.opens().known == ((1, 1),)
    tokens = second.brings(second.fetched(1, ONE))
    entries, _contents, left = second.turn()
    assert (second.told(), entries, left) == ([Taken(tuple(tokens), Fate.KEPT)], [], 0)
    assert len(second.rows()) == 1
    assert second.counts.accepted == {}


def test_a_renumbered_folder_costs_no_second_row(bench, caplog):
    bench.opens()
    bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO, history=True))
    bench.turn()
    bench.told()
    assert bench.opens(uidvalidity=8).known == ()
    one, two, three = bench.brings(bench.fetched(7, ONE), bench.fetched(8, TWO), bench.fetched(9, THREE))
    bench.turn()
    assert bench.told() == [Taken((one, two, three), Fate.KEPT, frozenset({two}))]
    assert (len(bench.rows()), bench.stands()) == (3, {(2, 7): "done", (2, 8): "left", (2, 9): "done"})
    assert bench.opens(uidvalidity=8).known == ((7, 9),)
    assert len([line for line in caplog.messages if "numbers the messages anew" in line]) == 1


def test_a_folder_is_opened_anew_only_when_what_was_fetched_before_is_written(bench):
    """A large message of the old numbering is on its way while the server shows a new one."""
    bench.opens()
    (large,) = bench.brings(bench.fetched(5, LARGE))
    bench.says(Opened(8, 10))
    bench.turn()
    assert bench.told() == []
    bench.turn()
    taken, known = bench.told()
    assert (taken, known.known) == (Taken((large,), Fate.KEPT), ())
    assert bench.stands() == {(1, 5): "done"}


def test_a_large_mail_is_kept_after_its_last_piece_and_small_ones_meanwhile(bench):
    bench.opens()
    (large,) = bench.brings(bench.fetched(1, LARGE))
    (small,) = bench.brings(bench.fetched(2, ONE))
    bench.turn()
    assert bench.told() == [Taken((small,), Fate.KEPT)]
    entries, contents, left = bench.turn()
    assert bench.told() == [Taken((large,), Fate.KEPT)]
    assert (len(entries), contents, left) == (1, [None], 0)
    assert list(Path(bench.process.options.spool).iterdir()) == []
    with bench.store.look() as connection:
        assert blobs.read(connection, entries[0].sha256) == LARGE


def test_of_several_mailboxes_one_writes_a_piece_a_turn(made):
    other = BOX.replace("support@", "billing@")
    bench = made(BOX + other)
    for box in (0, 1):
        bench.opens(box=box)
    first = bench.fetched(1, LARGE)
    name, spool = (getattr(bench.processes[1].options, key) for key in ("name", "spool"))
    file = Path(spool) / "arriving-1"
    file.write_bytes(LARGE)
    spooled = replace(first.arrived.spooled, path=str(file))
    second = replace(first, arrived=replace(first.arrived, client=name, spooled=spooled))
    bench.brings(first)
    bench.brings(second, box=1)
    kept = []
    for _ in range(4):
        bench.turn()
        kept.append(len(bench.rows()))
    assert kept[0] == 0
    assert kept[-1] == 2


def test_a_file_that_is_gone_costs_only_its_own_mail(bench):
    bench.opens()
    (gone,) = bench.brings(bench.fetched(1, LARGE))
    (Path(bench.process.options.spool) / f"arriving-{gone}").unlink()
    (other,) = bench.brings(bench.fetched(2, ONE))
    bench.turn()
    assert {token: word.fate for word in bench.told() for token in word.tokens} == {gone: Fate.LATER, other: Fate.KEPT}


@pytest.mark.parametrize("fate", [Fate.LATER, Fate.FULL])
def test_a_store_that_fails_is_said_and_what_is_no_mail_waits(bench, fate):
    bench.opens()
    tokens = [*bench.brings(bench.fetched(1, ONE)), *bench.brings(bench.fetched(2, LARGE))]
    bench.says(Looked(there=2, listed=2, known=2, withheld=0, idles=True))
    bench.fails(fate)
    assert {token: word.fate for word in bench.told() for token in word.tokens} == dict.fromkeys(tokens, fate)
    assert (bench.rows(), bench.collector.ready) == ([], False)
    bench.clock += 2
    assert bench.collector.ready
    bench.turn()
    assert bench.listing()[0].there == 2
    again = bench.brings(bench.fetched(1, ONE))
    bench.turn()
    assert bench.told() == [Taken(tuple(again), Fate.KEPT)]


def test_one_that_cannot_be_kept_costs_only_itself(bench):
    bench.opens()
    tokens = bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO), bench.fetched(3, THREE))
    bench.says(Troubled("the server says NO", 30.0))
    with bench.store.turn() as connection:
        bench.collector.turn(connection, LEASE, 100)
        connection.rollback()

    def attempt(work):
        if any(item.received.content == TWO for item in work.args[0]):
            return None
        with bench.store.turn() as connection:
            return work(connection)

    bench.collector.alone(attempt, lambda: False)
    said = {token: word.fate for word in bench.told() for token in word.tokens}
    assert said == {tokens[0]: Fate.KEPT, tokens[1]: Fate.LATER, tokens[2]: Fate.KEPT}
    assert (len(bench.rows()), bench.listing()[0].problem) == (2, "the server says NO")


def test_a_disk_without_room_for_it_is_said_without_a_turn(bench):
    bench.opens()
    bench.collector.pulse(len(ONE) + 10)
    tokens = bench.brings(bench.fetched(1, ONE), bench.fetched(2, TWO))
    assert bench.told() == [Taken((tokens[1],), Fate.FULL)]
    bench.turn()
    assert bench.told() == [Taken((tokens[0],), Fate.KEPT)]
    bench.collector.pulse(None)
    bench.brings(bench.fetched(2, TWO))
    bench.turn()
    assert len(bench.rows()) == 2


# Of several machines one


def test_of_several_machines_one_collects(made):
    one, two = made(owner="one"), made(owner="two")
    assert (len(one.processes), two.processes, two.collector.vitals()) == (1, [], ())
    later = NOW + timedelta(seconds=60)
    two.lease = replace(two.lease, until=later + timedelta(seconds=25))
    assert len(two.renew(later).processes) == 1
    assert one.renew(later).processes == []


def test_who_lost_the_folder_writes_nothing_of_it(made):
    one = made(owner="one")
    one.opens()
    later = NOW + timedelta(seconds=60)
    two = made(owner="two")
    two.lease = replace(two.lease, until=later + timedelta(seconds=25))
    two.renew(later)
    one.brings(one.fetched(1, ONE))
    one.turn()
    assert (one.processes, one.rows()) == ([], [])
    two.opens()
    two.brings(two.fetched(1, ONE))
    two.turn()
    assert len(two.rows()) == 1


def test_a_mailbox_without_its_password_is_said_and_costs_the_others_nothing(made, caplog):
    other = BOX.replace("support@", "billing@").replace("IMAP_PASSWORD", "IMAP_PASSWORD_TWO")
    bench = made(BOX + other)
    assert [worker.options.number for worker in bench.processes] == [1]
    assert "mailbox=2 is not collected: the variable REPLYDESK_IMAP_PASSWORD_TWO" in caplog.text
    problems = {one.number: one.problem for one in bench.collector.vitals()}
    assert problems[1] == ""
    assert "PASSWORD_TWO" in problems[2]
    assert sorted("PASSWORD_TWO" in one.problem for one in bench.listing()) == [False, True]
    assert len(made(BOX + other, owner="two", environ={"REPLYDESK_IMAP_PASSWORD_TWO": "x"}).processes) == 1


# Processes


def test_a_process_that_dies_is_replaced_and_the_new_one_hears_nothing_of_the_old_ones_mail(bench):
    bench.opens()
    bench.brings(bench.fetched(1, ONE))
    bench.brings(bench.fetched(2, LARGE))
    left = list(Path(bench.process.options.spool).iterdir())
    bench.process.dies()
    bench.collector.workers()[0][1]()
    assert bench.process.starts == 2
    assert [file for file in left if file.exists()] == []
    assert bench.collector.vitals()[0].problem == "its process died: signal SIGKILL"
    bench.turn()
    assert (bench.told(), bench.rows()) == ([], [])
    assert bench.opens().known == ()


def test_a_process_that_says_nothing_for_long_is_replaced(bench):
    def pass_by(seconds):
        for _ in range(int(seconds)):
            bench.clock += 1
            bench.collector.overdue()

    bench.collector.overdue()
    pass_by(DEAF - 1)
    bench.process.line.send(Alive())
    pass_by(DEAF - 1)
    assert bench.process.starts == 1
    pass_by(5)
    assert bench.process.starts == 2
    pass_by(DEAF - 5)
    assert bench.process.starts == 2


def test_who_was_away_blames_nobodys_silence(bench):
    bench.collector.overdue()
    bench.clock += 10 * DEAF
    bench.collector.overdue()
    assert bench.process.starts == 1


ODD = {
    "a uid of nobody": lambda b: [b.fetched(0, ONE)],
    "a uid beyond all": lambda b: [b.fetched(1 << 32, ONE)],
    "a uid that is true": lambda b: [b.fetched(True, ONE)],
    "a uid twice": lambda b: [b.fetched(1, ONE), b.fetched(1, TWO)],
    "a token twice": lambda b: [b.fetched(1, ONE, token=1), b.fetched(2, TWO, token=1)],
    "a door that it is not": lambda b: [b.fetched(1, ONE, door="smtp")],
    "another mailbox": lambda b: [b.fetched(1, ONE, client="127.0.0.1")],
    "a login": lambda b: [b.fetched(1, ONE, login="anastasia@desk.example")],
    "no recipient": lambda b: [b.fetched(1, ONE, recipients=())],
    "too many recipients": lambda b: [b.fetched(1, ONE, recipients=("support@desk.example",) * 101)],
    "a recipient that is none": lambda b: [b.fetched(1, ONE, recipients=(7,))],
    "half a character": lambda b: [b.fetched(1, ONE, sender="a\ud800@b.example")],
    "NUL": lambda b: [b.fetched(1, ONE, sender="a\0@b.example")],
    "a time of nowhere": lambda b: [b.fetched(1, ONE, received_at=NOW.replace(tzinfo=None))],
    "another year": lambda b: [b.fetched(1, ONE, received_at=NOW - timedelta(days=400))],
    "a file of somebody else": lambda b: [b.fetched(1, b"", spooled=Spooled("/etc/passwd", 10, "0" * 64))],
    "a file above its folder": lambda b: [
        b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-x/../../secret", 10, "0" * 64))
    ],
    "a file beyond all sizes": lambda b: [
        b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-1", 1 << 40, "0" * 64))
    ],
    "no hash": lambda b: [b.fetched(1, b"", spooled=Spooled(f"{b.process.options.spool}/arriving-1", 10, "../../x"))],
    "a wait since nowhere": lambda b: [b.fetched(1, ONE, waited_since=NOW.replace(tzinfo=None))],
    "a wait of years": lambda b: [b.fetched(1, ONE, waited_since=NOW - timedelta(days=400))],
    "a wait until next month": lambda b: [b.fetched(1, ONE, waited_since=NOW + timedelta(days=30))],
    "a wait for a word": lambda b: [b.fetched(1, ONE, waited_since="long")],
    "a reason without end": lambda b: [b.fetched(1, ONE, withheld="x" * 1_001)],
    "what is no message": lambda _: [7],
    "a number": lambda _: 7,
    "none": lambda _: None,
    "an uidvalidity of text": lambda _: Opened("7", 1),
    "an uidnext of nothing": lambda _: Opened(7, 0),
    "numbers that are none": lambda _: Settled((1, -1)),
    "counts below nothing": lambda _: Looked(there=-1, listed=0, known=0, withheld=0, idles=False),
    "trouble for ever": lambda _: Troubled("x", float("nan")),
    "what nobody lists": lambda _: Bait("never"),
}


@pytest.mark.parametrize("what", ODD)
def test_what_makes_no_sense_ends_the_process_and_is_kept_nowhere(bench, what):
    """It reads strangers' mail: who took it over must not get further."""
    bench.opens()
    bench.says(ODD[what](bench))
    assert bench.process.starts == 2
    bench.turn()
    assert (bench.rows(), bench.told()) == ([], [])


def test_more_in_memory_than_a_small_mail_ends_the_process(bench, monkeypatch):
    monkeypatch.setattr(hearsay, "LARGE", len(ONE) - 1)
    bench.opens()
    bench.brings(bench.fetched(1, ONE))
    assert bench.process.starts == 2


def test_messages_of_a_folder_that_nobody_opened_end_the_process(bench):
    bench.brings(bench.fetched(1, ONE))
    assert bench.process.starts == 2


def test_more_than_may_wait_ends_the_process(bench, monkeypatch):
    monkeypatch.setattr(box_module, "MOST", 3)
    bench.opens()
    bench.brings(*(bench.fetched(uid, ONE) for uid in (1, 2, 3)))
    assert bench.process.starts == 1
    bench.brings(bench.fetched(4, ONE))
    assert bench.process.starts == 2


# What people see


def test_a_look_is_said_once_for_each_change_and_louder_where_counts_disagree(bench, caplog):
    caplog.set_level(logging.INFO, "gateway.collection.box")
    whole = Looked(there=12, listed=12, known=12, withheld=0, idles=True)
    for look in (whole, whole, replace(whole, known=11), replace(whole, known=11), whole):
        bench.says(look)
        bench.turn()
    lines = [(r.levelname, r.message) for r in caplog.records if "there=" in r.message]
    agree = ("INFO", "mailbox=1 there=12 known=12 withheld=0")
    assert lines == [agree, ("WARNING", "mailbox=1 there=12 known=11 withheld=0 listed=12"), agree]
    (vitals,) = bench.collector.vitals()
    assert (vitals.there, vitals.listed, vitals.known, vitals.idles, vitals.looked_at) == (12, 12, 12, True, NOW)
    assert vitals.apart_since is None
    (row,) = bench.listing()
    assert (row.there, row.known, row.looked_at) == (12, 12, NOW)


def test_trouble_is_said_until_the_next_look(bench):
    bench.says(Troubled("the server\nsays NO", 30.0))
    bench.turn()
    assert bench.listing()[0].problem == "the server says NO"
    assert (bench.collector.vitals()[0].problem, bench.collector.vitals()[0].since) == ("the server says NO", NOW)
    bench.says(Looked(there=0, listed=0, known=0, withheld=0, idles=False))
    bench.turn()
    assert bench.listing()[0].problem == ""
    assert (bench.collector.vitals()[0].problem, bench.collector.vitals()[0].since) == ("", None)


# The end


def test_at_the_end_what_is_committed_is_moved_and_no_new_process_starts(bench):
    bench.opens()
    (token,) = bench.brings(bench.fetched(1, ONE))
    bench.collector.close()
    bench.turn()
    assert bench.told() == [None, Taken((token,), Fate.KEPT)]
    bench.says(Settled((1,)))
    bench.turn()
    assert bench.collector.busy
    bench.process.dies()
    bench.collector.workers()[0][1]()
    assert not bench.collector.busy
    assert bench.renew().processes == []
