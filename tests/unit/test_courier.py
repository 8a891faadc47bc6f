"""The courier with a sender that does what the test says: deaths, refusals, letters that cannot be rendered."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest

from gateway import courier
from gateway.channel import Channel, Line
from gateway.compose import compose
from gateway.courier import BACKOFF, GIVE_UP, Courier
from gateway.jobs.deliver import Deliver, Delivered, Render, Rendered
from gateway.rules import keys
from gateway.transport import Outcome, Outgoing
from store import outbox
from store.journal import Lease
from store.records import Purpose
from tests.servers.stores import store, store_url
from tests.unit.store.samples import NOW, SECRET, commit, desk, kept, opening, person

__all__ = ["store", "store_url"]

LATER = Outcome(451, "4.3.0 try again later")


class Sender:
    """A worker without a process: the test holds the other end of its socket."""

    def __init__(self, role, options):
        assert role == "sender"
        self.starts = 0
        self.start()

    def start(self):
        ours, theirs = socket.socketpair()
        self.channel, self.line = Channel(ours), Line(theirs)
        self._ends = (ours, theirs)
        self.starts += 1

    def kill(self):
        for end in self._ends:
            end.close()
        return "signal SIGKILL"

    def hears(self):
        return self.line.receive() if self.line.pending() else None

    def dies(self):
        self._ends[1].close()


class Bench:
    """A courier over a real store, one turn at a time."""

    def __init__(self, store):
        self.store = store
        self.now = NOW
        self.courier = Courier(desk(), Outgoing(url="smtp://x:25", hostname="x"), lambda: self.now, lambda: 0.5)
        self.sender = self.courier.worker

    def queue(self, count=1):
        with self.store.turn() as connection:
            for n in range(count):
                who = person(f"c{n}@northwind.example")
                commit(connection, [opening(kept(connection, sender=who.address), who=who)])

    def claim(self):
        """Take what is due, as the daemon does; the outbox numbers."""
        lease = Lease(owner="us", until=self.now + timedelta(seconds=25))
        with self.store.turn() as connection:
            rows = [dict(row) for row in outbox.claim(connection, lease, self.now, 64)]
        if rows:
            self.courier.take(rows, None)
        return [row["id"] for row in rows]

    def render(self):
        """The sender renders what it is given and the store keeps it; the bytes by number."""
        message = self.sender.hears()
        assert isinstance(message, Render)
        contents = [(number, compose(letter)) for number, letter, _ in message.letters]
        self.sender.line.send(Rendered(contents, []))
        self.hear_and_turn()
        return dict(contents)

    def hear_and_turn(self):
        self.courier.heard()
        if self.courier.ready:
            with self.store.turn() as connection:
                self.courier.turn(connection)
            return self.courier.settled()
        return 0

    def parcels(self):
        message = self.sender.hears()
        assert isinstance(message, Deliver)
        return message.parcels

    def answer(self, *results):
        self.sender.line.send(Delivered(list(results)))
        return self.hear_and_turn()

    def row(self, number=1):
        with self.store.look() as connection:
            return outbox.find(connection, number)

    def attempt(self, outcome):
        """One whole attempt of the one mail."""
        assert self.claim() == [1]
        if self.row().rendered is None:
            self.render()
        (parcel,) = self.parcels()
        self.answer((1, outcome))
        return parcel


@pytest.fixture
def kind():
    return "sqlite"


@pytest.fixture
def bench(store, monkeypatch):
    monkeypatch.setattr(courier, "Worker", Sender)
    one = Bench(store)
    yield one
    one.sender.kill()


def test_a_mail_is_rendered_then_stored_then_sent_then_marked(bench):
    bench.queue()
    assert bench.claim() == [1]
    assert bench.courier.held == [1]
    message = bench.sender.hears()
    assert bench.sender.hears() is None
    content = compose(message.letters[0][1])
    bench.sender.line.send(Rendered([(1, content)], []))
    bench.courier.heard()
    assert bench.sender.hears() is None, "nothing may leave before its bytes are stored"
    bench.hear_and_turn()
    assert bytes(bench.row().rendered) == content
    (parcel,) = bench.parcels()
    assert (parcel.content, parcel.recipient, parcel.envelope_from) == (content, "c0@northwind.example", "")
    assert bench.row().state == "sending"
    assert bench.answer((1, Outcome(250, "2.0.0 ok"))) == 1
    row = bench.row()
    assert (row.state, row.attempts, row.last_code, row.sent_at) == ("sent", 1, 250, NOW)
    assert bench.courier.held == []


def test_what_was_rendered_in_a_turn_that_failed_is_stored_by_the_next(bench):
    bench.queue()
    bench.claim()
    message = bench.sender.hears()
    bench.sender.line.send(Rendered([(1, compose(message.letters[0][1]))], []))
    bench.courier.heard()
    with pytest.raises(RuntimeError), bench.store.turn() as connection:
        bench.courier.turn(connection)
        raise RuntimeError("the disk is full")
    assert bench.row().rendered is None
    assert bench.sender.hears() is None
    bench.hear_and_turn()
    assert bench.parcels()[0].content == bytes(bench.row().rendered)


def test_after_the_senders_death_the_same_bytes_leave_again(bench):
    bench.queue(2)
    assert bench.claim() == [1, 2]
    contents = bench.render()
    first = {parcel.id: parcel for parcel in bench.parcels()}
    bench.sender.line.send(Delivered([(2, Outcome(250, "ok"))]))
    bench.hear_and_turn()
    bench.sender.dies()
    bench.hear_and_turn()
    assert bench.sender.starts == 2
    row = bench.row(1)
    assert (row.state, row.attempts, row.last_code) == ("queued", 1, 0)
    assert "sender died" in row.last_text
    assert bench.row(2).state == "sent"
    bench.now += timedelta(minutes=2)
    assert bench.claim() == [1]
    (again,) = bench.parcels()
    assert again.content == first[1].content == contents[1]
    assert bench.row(1).message_id.encode() in again.content


def test_a_sender_that_dies_while_it_renders_costs_no_mail(bench):
    bench.queue()
    bench.claim()
    before = compose(bench.sender.hears().letters[0][1])
    bench.sender.dies()
    bench.hear_and_turn()
    assert bench.row().state == "queued"
    bench.now += timedelta(minutes=2)
    assert bench.claim() == [1]
    message_id = bench.row().message_id
    after = bench.render()[1]
    for content in (before, after):
        assert f"Message-ID: {message_id}".encode() in content


def test_a_sender_that_dies_between_rendering_and_storing_sends_one_version_only(bench):
    bench.queue()
    bench.claim()
    content = compose(bench.sender.hears().letters[0][1])
    bench.sender.line.send(Rendered([(1, content)], []))
    bench.courier.heard()
    bench.sender.dies()
    bench.hear_and_turn()
    bench.hear_and_turn()
    assert bench.sender.hears() is None
    bench.now += timedelta(minutes=2)
    bench.claim()
    kept_bytes = bench.row().rendered
    message = bench.sender.hears()
    assert isinstance(message, Deliver) == (kept_bytes is not None)


def test_a_broken_letter_fails_at_once_and_says_why(bench):
    bench.queue(2)
    bench.claim()
    message = bench.sender.hears()
    good = message.letters[1]
    bench.sender.line.send(Rendered([(2, compose(good[1]))], [(1, "TemplateSyntaxError")]))
    bench.hear_and_turn()
    row = bench.row(1)
    assert (row.state, row.last_code) == ("failed", 554)
    assert "TemplateSyntaxError" in row.last_text
    assert [parcel.id for parcel in bench.parcels()] == [2]
    assert bench.courier.held == [2]


def test_temporary_refusals_are_tried_again_later_and_later(bench):
    bench.queue()
    minutes, message_ids = [], set()
    for _ in range(7):
        parcel = bench.attempt(LATER)
        row = bench.row()
        assert (row.state, row.last_code, row.sent_at) == ("queued", 451, None)
        minutes.append((row.next_attempt_at - bench.now) / timedelta(minutes=1))
        message_ids.add(parcel.content)
        bench.now = row.next_attempt_at - timedelta(seconds=1)
        assert bench.claim() == []
        bench.now = row.next_attempt_at
    assert minutes == [1, 5, 15, 30, 60, 60, 60]
    assert len(message_ids) == 1
    assert bench.row().attempts == 7


@pytest.mark.parametrize(("chance", "factor"), [(0.0, 0.8), (1.0, 1.2)])
def test_attempts_are_spread(bench, chance, factor):
    bench.queue()
    bench.courier._jitter = lambda: chance
    bench.attempt(LATER)
    assert bench.row().next_attempt_at - NOW == BACKOFF[0] * factor


def test_a_permanent_refusal_fails(bench):
    bench.queue()
    bench.attempt(Outcome(550, "5.1.1 no such user"))
    row = bench.row()
    assert (row.state, row.last_code, row.last_text) == ("failed", 550, "5.1.1 no such user")
    bench.now += timedelta(days=1)
    assert bench.claim() == []


def test_after_five_days_it_gives_up(bench):
    bench.queue()
    bench.now = NOW + GIVE_UP
    bench.attempt(LATER)
    assert bench.row().state == "queued"
    bench.now = bench.row().next_attempt_at
    bench.attempt(LATER)
    assert bench.row().state == "failed"


def test_no_connection_is_temporary(bench):
    bench.queue()
    bench.attempt(Outcome(0, "connection refused"))
    assert bench.row().state == "queued"


def test_the_remotes_words_are_cut(bench):
    bench.queue()
    bench.attempt(Outcome(450, "4.2.0 " + "x" * 5000))
    assert len(bench.row().last_text) == 500


def test_the_window_is_bounded(bench):
    bench.queue(3)
    assert bench.courier.room == courier.WINDOW
    bench.claim()
    assert bench.courier.room == courier.WINDOW - 3


def test_reverse_paths_are_null_for_acknowledgements_and_verp_for_the_rest(bench):
    bench.queue()
    with bench.store.turn() as connection:
        (row,) = outbox.claim(connection, Lease(owner="us", until=NOW), NOW, 1)
    assert bench.courier._reverse_path(row) == ""
    path = bench.courier._reverse_path({**row, "purpose": Purpose.ANSWER.value})
    assert path == keys.return_path(SECRET, "support@desk.example", row["id"])
