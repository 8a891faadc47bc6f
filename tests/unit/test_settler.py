"""The settler with readers that do what the test says: deaths, deadlines, rules that raise, bounds of the window."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest
from sqlalchemy import select

from gateway import pipeline, settler
from gateway.channel import Channel, ChannelClosed, Line
from gateway.reader import InHand, Read, ReaderOptions, Ready
from gateway.settler import LARGE, Settler
from gateway.spool import Spool
from gateway.turns import Turns
from parsing.message import Reading
from parsing.reading import read
from store import journal
from store.journal import Lease, Received
from store.records import Verdict
from store.tables import journal as journal_table
from store.tables import messages, outbox, tickets
from tests.servers.stores import store, store_url
from tests.unit.store.samples import NOW, desk, envelope, mail, mint

__all__ = ["store", "store_url"]

LEASE = Lease(owner="us", until=NOW + timedelta(seconds=25))


class Reader:
    """A worker without a process: the test holds the other end of its socket."""

    made: ClassVar[list[Reader]] = []

    def __init__(self, role, options, classes):
        assert role == "reader"
        self._classes = classes
        self.pid = 0
        self.starts = 0
        self.channel = None
        Reader.made.append(self)

    def start(self):
        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours, self._classes), Line(theirs)
        self._ends = (ours, theirs)
        self.line.send(Ready())
        self.starts += 1
        self.pid = 1000 + self.starts

    def kill(self):
        for end in self._ends:
            end.close()
        self.pid = 0
        return "signal SIGKILL"

    def stop(self, _seconds):
        self.kill()

    # The test's side

    def batch(self):
        """What it was given, or None."""
        return self.line.receive() if self.line.pending() else None

    def begins(self, number):
        self.line.send(InHand(number))

    def reads(self, batch):
        for raw in batch:
            self.begins(raw.id)
        contents = [Path(raw.path).read_bytes() if raw.content is None else raw.content for raw in batch]
        mails = [read(content, envelope_sender=raw.sender) for raw, content in zip(batch, contents, strict=True)]
        self.line.send(Read([(raw.id, mail) for raw, mail in zip(batch, mails, strict=True)]))

    def dies(self):
        self._ends[1].close()


class Bench:
    """A settler over a real store, one turn at a time, as the daemon takes them."""

    def __init__(self, store, spool, readers=1):
        Reader.made = []
        self.store = store
        self.clock = 0.0
        self.settler = Settler(
            desk(),
            ReaderOptions(reading=Reading(), memory_mb=512),
            readers,
            10.0,
            mint,
            lambda: NOW,
            lambda: self.clock,
            Spool(spool, store),
        )
        for slot in self.settler.slots:
            slot.worker.start()
        self.readers = Reader.made

    def receive(self, *contents, lease=LEASE):
        """Mails arrive, are kept, and are in our hand."""
        with self.store.turn() as connection:
            entries = journal.append(connection, [Received.of(envelope(), c) for c in contents], lease)
        self.settler.take(entries, contents)
        return [entry.id for entry in entries]

    def hear(self):
        for slot in self.settler.slots:
            self.settler.heard(slot)

    def turn(self, lease=LEASE):
        """One turn with the daemon's own savepoint; the outbox rows that it made."""
        shell = SimpleNamespace(settler=self.settler, may_send=True)
        with self.store.turn() as connection:
            made = Turns.settle(shell, connection, lease)
        if made is not None:
            self.settler.settled()
        return made

    def finish(self):
        """Readers read whatever they are given, turns settle it, until nothing is left."""
        for _ in range(200):
            for reader in self.readers:
                batch = reader.batch()
                if batch:
                    reader.reads(batch)
            self.hear()
            if self.settler.ready:
                self.turn()
            elif not self.settler.held:
                return
        raise AssertionError(f"still in hand after 200 turns: {self.settler.held}")

    def rows(self):
        with self.store.look() as connection:
            return {row.id: row for row in connection.execute(select(journal_table)).all()}

    def all(self, table):
        with self.store.look() as connection:
            return connection.execute(select(table).order_by(table.c.id)).all()


@pytest.fixture
def bench(store, monkeypatch, tmp_path):
    monkeypatch.setattr(settler, "Worker", Reader)
    made = []

    def make(readers=1):
        made.append(Bench(store, tmp_path / "spool", readers))
        return made[-1]

    yield make
    for one in made:
        for slot in one.settler.slots:
            slot.worker.stop(1.0)


@pytest.fixture
def kind():
    """Supervision does not depend on the database; the fencing test asks for PostgreSQL itself."""
    return "sqlite"


def test_mails_are_read_and_settled_in_their_order(bench):
    one = bench()
    numbers = one.receive(*(mail(f"Subject {n}") for n in range(5)))
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 5
    assert [row.subject for row in one.all(tickets)] == [f"Subject {n}" for n in range(5)]
    assert one.settler.held == []
    assert list(one.rows()) == numbers


def test_a_readers_death_charges_only_the_mail_in_hand(bench):
    one = bench()
    first, second, third = one.receive(mail("1"), mail("2"), mail("3"))
    (reader,) = one.readers
    assert [raw.id for raw in reader.batch()] == [first, second, third]
    reader.begins(first)
    reader.begins(second)
    one.hear()
    reader.dies()
    one.hear()
    assert reader.starts == 2
    one.turn()
    assert [row.attempts for row in one.rows().values()] == [0, 1, 0]
    assert one.settler.held == [first, second, third]
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 3
    assert [row.attempts for row in one.rows().values()] == [0, 1, 0]


def test_a_reader_that_dies_before_it_names_a_mail_charges_the_first(bench):
    """It died while the batch was handed over: a mail too large for its memory comes alone."""
    one = bench()
    one.receive(mail("1"), mail("2"))
    one.readers[0].dies()
    one.hear()
    one.hear()
    one.turn()
    assert [row.attempts for row in one.rows().values()] == [1, 0]
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


def test_an_idle_readers_death_charges_nobody(bench):
    one = bench()
    one.readers[0].dies()
    one.hear()
    one.hear()
    assert one.readers[0].starts == 2
    one.receive(mail())
    one.finish()
    assert [(row.attempts, row.verdict) for row in one.rows().values()] == [(0, "ticket-created")]


def _die_over(one, number):
    """Readers read on until one of them begins `number`, and dies over it."""
    for _ in range(50):
        for reader in one.readers:
            batch = reader.batch()
            if batch is None:
                continue
            if number in [raw.id for raw in batch]:
                for raw in batch:
                    reader.begins(raw.id)
                    if raw.id == number:
                        break
                one.hear()
                reader.dies()
                one.hear()
                one.turn()
                return
            reader.reads(batch)
        one.hear()
        if one.settler.ready:
            one.turn()
    raise AssertionError("nobody was given the mail")


def test_the_third_death_makes_a_stub_and_tells_the_operators(bench):
    one = bench()
    poison = mail("Poison")
    _, guilty, _ = one.receive(mail("before"), poison, mail("after"))
    for _ in range(3):
        _die_over(one, guilty)
    one.finish()
    rows = one.rows()
    assert [row.verdict for row in rows.values()].count("ticket-created") == 2
    row = rows[guilty]
    assert (row.verdict, row.attempts) == (Verdict.UNREADABLE.value, 3)
    assert "no reader survived it" in row.reason
    with one.store.look() as connection:
        assert journal.contents(connection, [journal.entry(row)]) == [poison]
    stub = next(ticket for ticket in one.all(tickets) if ticket.id == row.ticket_id)
    assert stub.subject == "Unreadable message"
    assert [m.ticket_id for m in one.all(messages) if m.journal_id == guilty] == [stub.id]
    mails = [letter for letter in one.all(outbox) if letter.journal_id == guilty]
    assert [m.to_address for m in mails if m.purpose == "alarm"] == ["ops@desk.example"]
    assert "acknowledgement" not in {m.purpose for m in mails}


def test_deaths_are_remembered_over_a_restart(bench):
    one = bench()
    (number,) = one.receive(mail())
    for _ in range(2):
        _die_over(one, number)
    with one.store.turn() as connection:
        journal.release_all(connection)
    other = bench()
    with other.store.turn() as connection:
        entries = journal.claim(connection, LEASE, NOW, 10)
        contents = journal.contents(connection, entries)
    assert [entry.attempts for entry in entries] == [2]
    other.settler.take(entries, contents)
    _die_over(other, number)
    other.finish()
    assert other.rows()[number].verdict == "unreadable"


def test_a_mail_that_had_its_three_deaths_is_given_to_no_reader(bench):
    one = bench()
    with one.store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(), mail())])
        for _ in range(3):
            journal.charge(connection, entry.id)
        (entry,) = journal.claim(connection, LEASE, NOW, 1)
    one.settler.take([entry], [mail()])
    assert one.readers[0].batch() is None
    one.finish()
    assert one.rows()[entry.id].verdict == "unreadable"


def test_a_charge_is_not_lost_with_the_turn_that_fails(bench, monkeypatch):
    one = bench()
    (number,) = one.receive(mail())
    one.readers[0].begins(number)
    one.hear()
    one.readers[0].dies()
    one.hear()
    with pytest.raises(RuntimeError), one.store.turn() as connection:
        one.settler.turn(connection, LEASE)
        raise RuntimeError("the disk is full")
    assert one.settler.ready
    one.turn()
    assert one.rows()[number].attempts == 1


def test_the_deadline_kills_the_reader_and_charges_its_mail(bench):
    one = bench()
    slow, other = one.receive(mail("slow"), mail("other"))
    one.readers[0].begins(slow)
    one.hear()
    one.clock = 10.0
    assert one.settler.overdue() == []
    one.clock = 10.1
    assert len(one.settler.overdue()) == 1
    assert one.readers[0].starts == 2
    one.turn()
    assert {n: row.attempts for n, row in one.rows().items()} == {slow: 1, other: 0}
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


def test_the_deadline_is_for_one_mail_not_for_a_batch(bench):
    one = bench()
    numbers = one.receive(mail("1"), mail("2"), mail("3"))
    for number in numbers:
        one.readers[0].begins(number)
        one.hear()
        one.clock += 9.0
        assert one.settler.overdue() == []


def test_an_idle_reader_is_never_overdue(bench):
    one = bench()
    one.receive(mail())
    one.finish()
    one.clock = 10_000.0
    assert one.settler.overdue() == []


def _raise_over(monkeypatch, *guilty):
    """A rule with a fault: it raises over mails of these subjects."""
    digest = pipeline.digest

    def faulty(incoming, *rest):
        if incoming.mail.subject in guilty:
            raise ZeroDivisionError(incoming.mail.subject)
        return digest(incoming, *rest)

    monkeypatch.setattr(pipeline, "digest", faulty)


def test_rules_that_raise_cost_only_the_guilty_mail(bench, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    _raise_over(monkeypatch, "guilty")
    one = bench()
    numbers = one.receive(mail("1"), mail("guilty"), *(mail(str(n)) for n in range(2, 12)))
    one.finish()
    rows = one.rows()
    assert rows[numbers[1]].verdict == "unreadable"
    assert "the rules failed over it" in rows[numbers[1]].reason
    assert [rows[n].verdict for n in numbers if n != numbers[1]] == ["ticket-created"] * 11
    assert len(one.all(tickets)) == 12


def test_rules_that_raise_never_cost_the_doors_commit(bench, monkeypatch, caplog):
    caplog.set_level(logging.CRITICAL)
    _raise_over(monkeypatch, "guilty")
    one = bench()
    one.receive(mail("guilty"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    shell = SimpleNamespace(settler=one.settler, may_send=True)
    with one.store.turn() as connection:
        (kept,) = journal.append(connection, [Received.of(envelope(), mail("arrives in the same turn"))])
        assert Turns.settle(shell, connection, LEASE) is None
    assert kept.id in one.rows()
    assert one.all(tickets) == []


def test_rules_that_raise_over_everything_leave_the_settler_alive_and_not_spinning(bench, monkeypatch, caplog):
    """A fault that even the stub meets must not turn the daemon into a loop at full speed."""
    caplog.set_level(logging.CRITICAL)
    calls = []

    def faulty(incoming, *rest):
        calls.append(incoming.entry.id)
        raise ZeroDivisionError

    monkeypatch.setattr(pipeline, "digest", faulty)
    one = bench()
    one.receive(mail("1"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    for _ in range(100):
        if one.settler.ready:
            one.turn()
    assert len(calls) < 20, f"one mail was taken through the rules {len(calls)} times in a row"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_that_fails_is_not_the_mails_fault(bench, monkeypatch, kind):
    """A full disk or a database that restarts while rules run: no mail is charged, all is settled afterwards."""
    from sqlalchemy.exc import OperationalError

    from store.engine import StoreUnavailable

    digest = pipeline.digest
    trouble = [True]

    def digest_on_a_full_disk(*args):
        if trouble[0]:
            raise OperationalError("INSERT", {}, Exception("database or disk is full"))
        return digest(*args)

    monkeypatch.setattr(pipeline, "digest", digest_on_a_full_disk)
    one = bench()
    one.receive(mail("1"), mail("2"))
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    for _ in range(8):
        try:
            one.turn()
        except StoreUnavailable:
            continue
    trouble[0] = False
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"] * 2


def test_the_window_is_bounded_by_number(bench, monkeypatch):
    monkeypatch.setattr(settler, "WINDOW", 100)
    one = bench()
    assert one.settler.room == settler.WINDOW
    numbers = one.receive(*(mail(str(n)) for n in range(settler.WINDOW)))
    assert one.settler.room == 0
    assert one.settler.held == numbers
    one.finish()
    assert one.settler.room == settler.WINDOW


def test_the_window_is_bounded_by_bytes(bench, monkeypatch):
    monkeypatch.setattr(settler, "WINDOW_BYTES", 10_000)
    one = bench()
    one.receive(mail(words="x" * 9_000))
    assert one.settler.room > 0
    one.receive(mail(words="x" * 1_000))
    assert one.settler.room == 0
    one.finish()
    assert one.settler.room == settler.WINDOW


HUGE = mail("large", words="see the file").replace(
    b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", 1
) + b"--b\r\nContent-Type: application/octet-stream\r\n\r\n%b\r\n--b--\r\n" % ((b"x" * 70 + b"\r\n") * (LARGE // 70))


def test_a_large_mail_goes_alone_as_a_file_one_at_a_time_and_delays_no_small_one(bench, tmp_path):
    one = bench(readers=2)
    numbers = one.receive(mail("1"), mail("2"), HUGE, HUGE.replace(b"<m", b"<n"), mail("5"))
    first, second = (reader.batch() for reader in one.readers)
    assert [raw.id for raw in first] == [*numbers[:2], numbers[4]]
    assert [(raw.id, raw.content) for raw in second] == [(numbers[2], None)]
    assert Path(second[0].path).read_bytes() == HUGE
    one.readers[0].reads(first)
    one.hear()
    assert one.readers[0].batch() is None  # the second large one waits for the first
    (later,) = one.receive(mail("6"))
    small = one.readers[0].batch()
    assert [raw.id for raw in small] == [later]
    one.readers[0].reads(small)
    one.readers[1].reads(second)
    one.hear()
    given = [(reader, batch) for reader in one.readers if (batch := reader.batch())]
    assert [[raw.id for raw in batch] for _, batch in given] == [[numbers[3]]]
    for reader, batch in given:
        reader.reads(batch)
    one.finish()
    assert all(row.verdict for row in one.rows().values())
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_reader_that_had_a_large_mail_takes_small_ones_next(bench):
    one = bench()
    numbers = one.receive(HUGE, HUGE.replace(b"<m", b"<n"), mail("3"))
    order = []
    for _ in numbers:
        batch = one.readers[0].batch()
        order += [raw.id for raw in batch]
        one.readers[0].reads(batch)
        one.hear()
    assert order == [numbers[2], numbers[0], numbers[1]] or order == [numbers[0], numbers[2], numbers[1]]
    one.finish()


def test_a_small_mail_that_came_as_a_file_goes_as_a_file_and_leaves_none(bench, tmp_path):
    one = bench()
    with one.store.turn() as connection:
        (entry,) = journal.append(connection, [Received.of(envelope(), mail("1"))], LEASE)
    one.settler.take([entry], [None])
    one.finish()
    assert one.rows()[entry.id].verdict == "ticket-created"
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_large_mail_that_cannot_be_laid_out_waits_and_is_tried_again(bench, monkeypatch):
    one = bench()
    with monkeypatch.context() as broken:
        broken.setattr(Spool, "fetch", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        (number,) = one.receive(HUGE)
        assert one.readers[0].batch() is None
    one.settler.overdue()
    assert one.readers[0].batch() is None  # not at once
    one.clock += settler.AGAIN_SECONDS
    one.settler.overdue()
    assert [raw.id for raw in one.readers[0].batch()] == [number]


class Bait:
    """What a reader that was taken over would like the daemon to run."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return os.system, (f"touch {self.file}",)


def test_a_reader_that_says_more_than_values_counts_as_dead_and_nothing_of_it_is_run(bench, tmp_path):
    one = bench()
    (number,) = one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].begins(number)
    one.readers[0].line.send(Bait(tmp_path / "bitten"))
    one.hear()
    assert one.readers[0].starts == 2
    one.finish()
    assert not (tmp_path / "bitten").exists()
    assert (one.rows()[number].verdict, one.rows()[number].attempts) == ("ticket-created", 1)


@pytest.mark.parametrize("word", [Read(5), Read([]), Read([(99, None)]), Read([(1, None)]), InHand(99), 7])
def test_a_reader_that_says_what_makes_no_sense_counts_as_dead(bench, word):
    one = bench()
    one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].line.send(word)
    one.hear()
    assert one.readers[0].starts == 2
    one.finish()
    assert [row.verdict for row in one.rows().values()] == ["ticket-created"]


def test_who_names_one_mail_again_and_again_does_not_get_more_time(bench):
    one = bench()
    (number,) = one.receive(mail("1"))
    one.readers[0].batch()
    one.readers[0].begins(number)
    one.hear()
    one.clock = 9
    one.readers[0].begins(number)
    one.hear()
    assert one.readers[0].starts == 2


def test_small_mail_goes_on_while_a_large_one_cannot_be_laid_out(bench, monkeypatch, tmp_path):
    one = bench()
    monkeypatch.setattr(Spool, "_copy", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    (large,) = one.receive(HUGE)
    for name in "123":
        (number,) = one.receive(mail(name))
        batch = one.readers[0].batch()
        assert [raw.id for raw in batch] == [number]
        one.readers[0].reads(batch)
        one.hear()
    assert list((tmp_path / "spool").iterdir()) == []
    monkeypatch.undo()
    one.clock += settler.AGAIN_SECONDS
    one.settler.overdue()
    assert [raw.id for raw in one.readers[0].batch()] == [large]


def test_two_mails_of_the_same_large_content_share_a_file_until_both_are_settled(bench, tmp_path):
    one = bench()
    first, second = one.receive(HUGE, HUGE)
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    one.turn()
    batch = one.readers[0].batch()
    assert [raw.id for raw in batch] == [second]
    assert Path(batch[0].path).exists()
    one.readers[0].reads(batch)
    one.hear()
    one.finish()
    assert one.rows()[first].verdict == "ticket-created"
    assert list((tmp_path / "spool").iterdir()) == []


def test_several_readers_share_the_work(bench):
    one = bench(readers=3)
    one.receive(*(mail(str(n)) for n in range(40)))
    given = [len(reader.batch() or ()) for reader in one.readers]
    assert sum(given) == 40
    assert min(given) > 0


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_settler_that_slept_through_its_lease_makes_no_second_ticket(bench):
    """Fencing (DESIGN section 3): another one took the mail over and settled it meanwhile."""
    sleeper, heir = bench(), bench()
    (number,) = sleeper.receive(mail())
    sleeper.readers[0].reads(sleeper.readers[0].batch())
    sleeper.hear()
    with heir.store.turn() as connection:
        lease = Lease(owner="heir", until=NOW + timedelta(seconds=60))
        entries = journal.claim(connection, lease, NOW + timedelta(seconds=26), 10)
        contents = journal.contents(connection, entries)
    heir.settler.take(entries, contents)
    heir.readers[0].reads(heir.readers[0].batch())
    heir.hear()
    heir.turn(lease)
    assert len(heir.all(tickets)) == 1
    try:
        sleeper.turn()
    except ChannelClosed:
        raise
    except Exception:
        pass  # a loud refusal is as good as silence
    assert len(heir.all(tickets)) == 1
    assert sum(letter.purpose == "acknowledgement" for letter in heir.all(outbox)) == 1
    assert heir.rows()[number].verdict == "ticket-created"


def test_a_replays_mails_are_not_sent_before_the_store_has_been_asked(bench):
    """The outbox may hold them already: they must not be taken in hand as if they were new."""
    one = bench()
    (number,) = one.receive(mail())
    one.finish()
    sent = {letter.message_id for letter in one.all(outbox)}
    with one.store.turn() as connection:
        journal.requeue(connection, number, "replayed")
        entries = journal.claim(connection, LEASE, NOW, 1)
        contents = journal.contents(connection, entries)
    one.settler.take(entries, contents)
    one.readers[0].reads(one.readers[0].batch())
    one.hear()
    made = one.turn()
    assert [row for row in made if row["lease_owner"]] == []
    assert {letter.message_id for letter in one.all(outbox)} == sent
    assert replace(entries[0], attempts=0).earlier
