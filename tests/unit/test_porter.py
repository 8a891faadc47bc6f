"""The porter with a door that does what the test says: nobody is told that a mail is kept before it is."""

from __future__ import annotations

import os
from hashlib import sha256

import pytest
from sqlalchemy import select

from gateway import porter as porter_module
from gateway.channel import Channel, Line
from gateway.config.loading import load
from gateway.doors.words import Arrived, DoorCounts, Fate, Kept, Pulse, Spooled, Withdrawn
from gateway.porter import Porter
from gateway.spool import Spool
from gateway.vitals import Counts
from store import blobs
from store.engine import StoreFull
from store.tables import journal as journal_table
from tests.servers.stores import kind, store, store_url
from tests.unit.settler.bench import LEASE, Bait
from tests.unit.store.samples import NOW, desk, mail

__all__ = ["kind", "store", "store_url"]


class Door:
    """A door's process that is none: the test holds its end of the line."""

    def __init__(self, role, options, sockets, classes):
        self._classes = classes
        self.role, self.options = role, options
        self.pid = self.starts = 0

    def start(self):
        import socket

        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours, self._classes), Line(theirs)
        self._ends = ours, theirs
        self.starts += 1
        self.pid = 1000 + self.starts

    def kill(self):
        for end in self._ends:
            end.close()
        self.pid = 0
        return "signal SIGKILL"

    def dies(self):
        self._ends[1].close()


class Bench:
    """A porter over a real store, a turn at a time."""

    def __init__(self, store, config, folder):
        self.store = store
        self.folder = folder
        self.counts = Counts()
        self.clock = 0
        self.spool = Spool(folder, store)
        self.spool.clear()
        self.porter = Porter(config, desk(), self.spool, lambda: NOW, self.counts, lambda: self.clock)
        self.porter.worker.start()
        self.door = self.porter.worker
        self._token = 0

    def brings(self, *contents):
        """The door hands these over in one frame; their tokens."""
        items = []
        for content in contents:
            self._token += 1
            spooled = None
            if len(content) > 1 << 20:
                file = self.folder / f"arriving-{self._token}"
                file.write_bytes(content)
                spooled = Spooled(str(file), len(content), sha256(content).hexdigest())
            items.append(
                Arrived(
                    token=self._token, door="smtp", client="127.0.0.1", hello="client.example", sender="a@b.example",
                    recipients=("support@desk.example",), received_at=NOW, content=b"" if spooled else content,
                    spooled=spooled,
                )
            )  # fmt: skip
        self.door.line.send(items)
        self.porter.heard()
        return [item.token for item in items]

    def says(self, message):
        self.door.line.send(message)
        self.porter.heard()

    def turn(self, window=100):
        with self.store.turn() as connection:
            self.porter.turn(connection, LEASE, window)
        return self.porter.settled()

    def told(self):
        """What the door has heard."""
        found = []
        while self.door.line.pending():
            found.append(self.door.line.receive())
        return found

    def rows(self):
        with self.store.look() as connection:
            return connection.execute(select(journal_table).order_by(journal_table.c.id)).all()


@pytest.fixture
def bench(store, monkeypatch, tmp_path, template):
    monkeypatch.setattr(porter_module, "Worker", Door)
    env = {f"REPLYDESK_{door}__LISTEN": "127.0.0.1:0" for door in ("SMTP", "LMTP")}
    found = Bench(store, load(template / "replydesk.toml", env), tmp_path / "spool")
    yield found
    found.porter.stop()


ONE, TWO, THREE = (mail(subject) for subject in ("one", "two", "three"))
LARGE = os.urandom(blobs.PIECE + 5)


def test_the_door_hears_of_a_mail_after_its_commit_and_not_before(bench):
    tokens = bench.brings(ONE, TWO)
    assert bench.porter.ready
    with bench.store.turn() as connection:
        bench.porter.turn(connection, LEASE, 100)
        assert bench.told() == []
    entries, contents, left = bench.porter.settled()
    assert bench.told() == [Kept(tuple(tokens), Fate.KEPT)]
    assert (len(entries), contents, left) == (2, [ONE, TWO], 0)
    assert bench.counts.accepted == {"smtp": 2}
    assert not bench.porter.ready


def test_what_is_over_the_window_is_kept_and_leased_to_nobody(bench):
    bench.brings(ONE, TWO, THREE)
    entries, contents, left = bench.turn(window=2)
    assert (len(entries), len(contents), left) == (2, 2, 1)
    assert [row.lease_owner for row in bench.rows()] == ["us", "us", ""]


def test_a_large_mail_is_kept_after_its_last_piece_and_small_ones_meanwhile(bench):
    (large,) = bench.brings(LARGE)
    (small,) = bench.brings(ONE)
    bench.turn()
    assert bench.told() == [Kept((small,), Fate.KEPT)]
    entries, contents, left = bench.turn()
    assert bench.told() == [Kept((large,), Fate.KEPT)]
    assert (len(entries), contents, left) == (1, [None], 0)
    assert [row.size for row in bench.rows()] == [len(ONE), len(LARGE)]


@pytest.mark.parametrize("fate", [Fate.LATER, Fate.FULL])
def test_a_store_that_fails_is_said_to_everybody_who_waits(bench, fate):
    tokens = [*bench.brings(ONE), *bench.brings(LARGE)]
    with pytest.raises(StoreFull), bench.store.turn() as connection:
        bench.porter.turn(connection, LEASE, 100)
        raise StoreFull("database or disk is full")
    bench.porter.refused(fate)
    assert bench.told() == [Kept(tuple(tokens), fate)]
    assert bench.rows() == []
    assert not bench.porter.ready


def test_one_that_cannot_be_kept_costs_only_its_own_sender(bench):
    tokens = bench.brings(ONE, TWO, THREE)

    def attempt(work):
        with bench.store.turn() as connection:
            return None if b"Subject: two" in work.args[0].content else work(connection)

    bench.porter.alone(attempt, lambda: False)
    said = {token: kept.fate for kept in bench.told() for token in kept.tokens}
    assert said == {tokens[0]: Fate.KEPT, tokens[1]: Fate.LATER, tokens[2]: Fate.KEPT}
    assert len(bench.rows()) == 2


def test_what_clients_no_longer_wait_for_is_not_kept(bench):
    tokens = bench.brings(ONE, LARGE, THREE)
    bench.says(Withdrawn((tokens[0], tokens[1])))
    bench.turn()
    assert bench.told() == [Kept((tokens[2],), Fate.KEPT)]
    assert len(bench.rows()) == 1
    assert not bench.porter.ready


def test_a_new_door_never_hears_of_the_mail_of_an_old_one(bench):
    bench.brings(ONE, LARGE)
    bench.turn()
    bench.told()
    bench.brings(TWO)
    bench.door.dies()
    bench.porter.heard()
    assert bench.door.starts == 2
    assert not bench.porter.ready
    bench.turn()
    assert bench.told() == []
    bench.porter.pulse(None)
    assert bench.told() == [Pulse(None)]


def test_counts_of_the_door_are_kept_for_whoever_asks(bench):
    counts = DoorCounts(connections=3, open_sessions=1, refused_connections=0, refused=(("550", 2),))
    bench.says(counts)
    assert bench.porter.counts == counts


def test_one_file_that_is_gone_costs_only_its_own_mail(bench):
    gone, other = bench.brings(LARGE, os.urandom(blobs.PIECE + 1))
    (bench.folder / f"arriving-{gone}").unlink()
    for _ in range(3):
        bench.turn()
    assert {(token, kept.fate) for kept in bench.told() for token in kept.tokens} == {
        (gone, Fate.LATER),
        (other, Fate.KEPT),
    }


def test_when_the_store_goes_down_in_the_middle_the_rest_is_refused_at_once(bench):
    tokens = bench.brings(ONE, TWO, THREE)
    tried = []
    bench.porter.alone(lambda work: tried.append(work), lambda: True)
    assert len(tried) == 1
    assert {token for kept in bench.told() for token in kept.tokens if kept.fate is Fate.LATER} == set(tokens)


@pytest.mark.parametrize("word", [["x"], "x", 7, [None], {"a": 1}])
def test_a_door_that_talks_nonsense_is_replaced(bench, word):
    bench.says(word)
    assert bench.door.starts == 2


def test_a_door_that_sends_a_class_of_its_own_is_replaced_and_nothing_is_run(bench, tmp_path):
    bench.says(Bait(tmp_path / "bitten"))
    assert bench.door.starts == 2
    assert not (tmp_path / "bitten").exists()


def test_a_door_that_names_a_file_which_is_not_its_own_is_replaced(bench):
    item = Arrived(
        token=1, door="smtp", client="", hello="", sender="", recipients=(), received_at=NOW, content=b"",
        spooled=Spooled("/etc/passwd", 1, "0" * 64),
    )  # fmt: skip
    bench.says([item])
    assert bench.door.starts == 2
    assert not bench.porter.ready


def test_a_door_without_a_word_is_replaced_unless_it_was_us_who_were_away(bench):
    for bench.clock in range(0, 29, 4):
        bench.porter.overdue()
    assert bench.door.starts == 1
    bench.clock = 100  # we come back from a long absence
    bench.porter.overdue()
    assert bench.door.starts == 1
    for bench.clock in range(104, 136, 4):
        bench.porter.overdue()
    assert bench.door.starts == 2
    assert bench.porter.counts is None
