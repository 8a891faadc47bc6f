"""The courier with a sender that does what the test says: deaths, silence, refusals, letters that nobody can render."""

from __future__ import annotations

import socket
import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from gateway import addressed, courier
from gateway.channel import Channel, Line
from gateway.compose import compose
from gateway.courier import BACKOFF, GIVE_UP, SILENCE, Courier
from gateway.jobs.deliver import Alive, Begun, Deliver, Delivered, Held, Render, Rendered
from gateway.rules import keys
from gateway.transport import Outcome, Outgoing
from store import outbox
from store.journal import Lease
from store.records import Purpose
from store.tables import events, letters
from store.tables import outbox as outbox_table
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
        self.pid = self.starts

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
        self.seconds = 0.0
        way = Outgoing(url="smtp://x:25", hostname="x")
        self.courier = Courier(desk(), way, lambda: self.now, lambda: 0.5, monotonic=lambda: self.seconds)
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

    def begin(self, *numbers, lane=1):
        self.sender.line.send(Begun(lane, list(numbers)))
        self.courier.heard()

    def told(self):
        """To whom it was said that a mail failed."""
        with self.store.look() as connection:
            return [row.to_address for row in outbox.listing(connection) if row.purpose == "undelivered"]

    def events(self):
        with self.store.look() as connection:
            rows = connection.execute(select(events).where(events.c.kind == "delivery-failed").order_by(events.c.id))
            return [row.detail for row in rows]

    def hear_and_turn(self):
        self.courier.heard()
        return self.turn()

    def turn(self):
        if self.courier.ready:
            with self.store.turn() as connection:
                self.courier.turn(connection)
            return self.courier.settled()
        return 0

    def look(self, seconds):
        """Time passes, and the daemon looks at it every half second."""
        for _ in range(int(seconds * 2)):
            self.seconds += 0.5
            self.courier.overdue()

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
    bench.queue(3)
    assert bench.claim() == [1, 2, 3]
    contents = bench.render()
    first = {parcel.id: parcel for parcel in bench.parcels()}
    bench.begin(1, 2)
    bench.sender.line.send(Delivered([(2, Outcome(250, "ok"))]))
    bench.hear_and_turn()
    bench.sender.dies()
    bench.hear_and_turn()
    assert bench.sender.starts == 2
    row = bench.row(1)
    assert (row.state, row.attempts, row.last_code) == ("queued", 1, 0)
    assert "may have been delivered; the sender died over it" in row.last_text
    assert bench.row(2).state == "sent"
    assert (bench.row(3).state, bench.row(3).attempts) == ("queued", 0)
    assert bench.claim() == [3], "what was not begun is due as it was"
    assert bench.parcels()[0].content == contents[3]
    bench.answer((3, Outcome(250, "ok")))
    bench.now += timedelta(minutes=2)
    assert bench.claim() == [1]
    (again,) = bench.parcels()
    assert again.content == first[1].content == contents[1]
    assert bench.row(1).message_id.encode() in again.content
    assert (first[1].fresh, again.fresh) == (True, False)


def test_what_a_lane_gave_back_is_not_charged(bench):
    bench.queue(3)
    bench.claim()
    bench.render()
    bench.parcels()
    bench.begin(1, 2, 3)
    bench.begin(2)
    bench.begin(3, lane=2)
    bench.sender.dies()
    bench.hear_and_turn()
    assert [bench.row(n).attempts for n in (1, 2, 3)] == [0, 1, 1]


def test_a_sender_that_dies_while_it_renders_costs_no_mail(bench):
    bench.queue(2)
    bench.claim()
    before = compose(bench.sender.hears().letters[0][1])
    bench.begin(1, lane=0)
    bench.sender.dies()
    bench.hear_and_turn()
    assert [(bench.row(n).state, bench.row(n).attempts) for n in (1, 2)] == [("queued", 1), ("queued", 0)]
    bench.now += timedelta(minutes=2)
    assert bench.claim() == [1, 2]
    plain, alone = bench.sender.hears(), bench.sender.hears()
    assert [number for number, _, _ in plain.letters] == [2]
    assert [number for number, _, _ in alone.letters] == [1], "what killed a sender is rendered alone"
    message_id = bench.row().message_id
    for content in (before, compose(alone.letters[0][1])):
        assert f"Message-ID: {message_id}".encode() in content


@pytest.mark.parametrize("how", ["dies", "raises"])
def test_a_letter_that_nobody_can_render_fails_the_third_time_and_is_told(bench, how):
    bench.queue()
    for attempt in (1, 2, 3):
        assert bench.claim() == [1]
        assert isinstance(bench.sender.hears(), Render)
        if how == "dies":
            bench.begin(1, lane=0)
            bench.sender.dies()
        else:
            bench.sender.line.send(Rendered([], [(1, "TemplateSyntaxError")]))
        bench.hear_and_turn()
        assert bench.row().attempts == attempt
        assert bench.row().state == ("failed" if attempt == 3 else "queued")
        assert bench.row().last_text.startswith("could not be rendered")
        bench.now = bench.row().next_attempt_at
    assert bench.told() == ["anastasia@desk.example", "dominique@desk.example"]
    (detail,) = bench.events()
    assert detail["address"] == "c0@northwind.example"


def test_a_row_that_cannot_be_prepared_costs_only_itself(bench):
    bench.queue(2)
    with bench.store.turn() as connection:
        connection.execute(update(letters).where(letters.c.outbox_id == 1).values(letter={"files": []}))
    bench.claim()
    (letter,) = bench.sender.hears().letters
    assert letter[0] == 2
    bench.turn()
    assert (bench.row(1).state, bench.row(1).attempts) == ("queued", 1)
    assert bench.row(1).last_text == "could not be rendered: KeyError"


# The watch


def test_a_sender_that_is_silent_with_something_in_hand_is_killed(bench):
    bench.queue()
    bench.look(SILENCE * 2)
    assert bench.sender.starts == 1, "who has nothing to do may be silent"
    bench.claim()
    bench.begin(1, lane=0)
    bench.look(SILENCE)
    assert bench.sender.starts == 1
    bench.look(1)
    assert bench.sender.starts == 2
    bench.turn()
    assert (bench.row().state, bench.row().attempts) == ("queued", 1)
    assert "no sign of life" in bench.row().last_text


def test_a_sign_of_life_keeps_it_alive_and_a_lanes_word_is_none(bench):
    bench.queue()
    bench.claim()
    for _ in range(5):
        bench.look(SILENCE - 5)
        bench.sender.line.send(Alive())
        bench.courier.heard()
    assert bench.sender.starts == 1
    for _ in range(3):
        bench.look(SILENCE - 15)
        bench.begin(1)
    assert bench.sender.starts == 2


def test_a_sign_that_waits_to_be_heard_counts(bench):
    bench.queue()
    bench.claim()
    bench.look(SILENCE)
    bench.sender.line.send(Alive())
    bench.look(1)
    assert bench.sender.starts == 1


def test_when_the_daemon_was_away_nobody_is_blamed(bench):
    bench.queue()
    bench.claim()
    bench.look(1)
    bench.seconds += 3600
    bench.courier.overdue()
    assert bench.sender.starts == 1


# The fence


def _steal(bench, number=1):
    """Somebody else holds it by now, and has sent it."""
    with bench.store.turn() as connection:
        connection.execute(
            update(outbox_table).where(outbox_table.c.id == number).values(lease_owner="them", last_text="theirs")
        )


def test_bytes_that_come_too_late_are_neither_stored_nor_sent(bench):
    bench.queue(2)
    bench.claim()
    _steal(bench)
    contents = bench.render()
    assert [parcel.id for parcel in bench.parcels()] == [2]
    assert bench.row(1).rendered is None
    assert bytes(bench.row(2).rendered) == contents[2]
    assert bench.courier.held == [2]


def test_a_result_that_comes_too_late_changes_nothing(bench):
    bench.queue(2)
    bench.claim()
    bench.render()
    bench.parcels()
    _steal(bench)
    bench.answer((1, Outcome(550, "5.1.1 no such user")), (2, Outcome(250, "ok")))
    row = bench.row(1)
    assert (row.state, row.attempts, row.last_text, row.lease_owner) == ("sending", 0, "theirs", "them")
    assert bench.row(2).state == "sent"
    assert (bench.events(), bench.told(), bench.courier.held) == ([], [], [])


def test_what_is_put_back_too_late_stays_where_it_is(bench):
    bench.queue()
    bench.claim()
    _steal(bench)
    bench.sender.dies()
    bench.hear_and_turn()
    assert (bench.row().state, bench.row().lease_owner) == ("sending", "them")


def test_what_is_lost_when_leases_are_renewed_is_withdrawn_and_the_rest_is_ours_for_longer(bench):
    bench.queue(3)
    bench.claim()
    contents = bench.render()
    assert {p.id: p.until for p in bench.parcels()} == {1: 25.0, 2: 25.0, 3: 25.0}
    bench.begin(1, 2)
    _steal(bench)
    bench.seconds += 8
    bench.now += timedelta(seconds=8)
    lease = Lease(owner="us", until=bench.now + timedelta(seconds=25))
    with bench.store.turn() as connection:
        still = outbox.renew(connection, lease, bench.courier.held)
    assert still == {2, 3}
    assert (bench.row(1).lease_until, bench.row(2).lease_until) == (NOW + timedelta(seconds=25), lease.until)
    bench.courier.renewed(still, lease.until)
    assert bench.sender.hears() == Held(33.0, frozenset({1}))
    assert bench.courier.held == [2, 3]
    bench.answer((1, Outcome(250, "ok")), (2, Outcome(250, "ok")))
    assert (bench.row(1).lease_owner, bench.row(2).state) == ("them", "sent")
    assert bytes(bench.row(3).rendered) == contents[3]


def test_a_clock_that_is_set_back_makes_no_lease_longer(bench):
    bench.queue()
    bench.claim()
    bench.sender.hears()
    bench.now -= timedelta(hours=1)
    bench.courier.renewed({1}, NOW + timedelta(seconds=25))
    assert bench.sender.hears() == Held(courier.HOLD, frozenset())


def test_what_no_sender_can_take_goes_back(bench):
    bench.queue(2)
    bench.sender.pid = 0
    bench.claim()
    assert bench.sender.hears() is None
    assert bench.courier.ready
    bench.turn()
    assert bench.courier.held == []
    assert [(bench.row(n).state, bench.row(n).attempts) for n in (1, 2)] == [("queued", 0)] * 2
    bench.courier.renewed(set(), bench.now)
    assert bench.sender.hears() is None


def test_a_turn_that_is_rolled_back_keeps_everything_for_the_next(bench, monkeypatch):
    bench.queue(2)
    bench.claim()
    bench.render()
    bench.parcels()
    bench.sender.line.send(Delivered([(1, Outcome(550, "5.1.1 no")), (2, Outcome(250, "ok"))]))
    bench.courier.heard()

    def fail(*_):
        busy = sqlite3.OperationalError("database is locked")
        busy.sqlite_errorname = "SQLITE_BUSY"
        raise OperationalError("INSERT", {}, busy)

    with monkeypatch.context() as patch, bench.store.turn() as connection:
        patch.setattr("gateway.courier.tell", fail)
        savepoint = connection.begin_nested()
        with pytest.raises(OperationalError):
            bench.courier.turn(connection)
        savepoint.rollback()
    assert bench.courier.settled() == 0, "the rest of the turn was committed, our share was not"
    assert bench.courier.held == [1, 2]
    assert bench.turn() == 2
    assert (bench.row(1).state, bench.row(2).state, bench.courier.held) == ("failed", "sent", [])
    assert len(bench.told()) == 2


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


def test_a_broken_letter_costs_only_itself(bench):
    bench.queue(2)
    bench.claim()
    message = bench.sender.hears()
    good = message.letters[1]
    bench.sender.line.send(Rendered([(2, compose(good[1]))], [(1, "TemplateSyntaxError")]))
    bench.hear_and_turn()
    row = bench.row(1)
    assert (row.state, row.attempts) == ("queued", 1)
    assert row.last_text == "could not be rendered: TemplateSyntaxError"
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


def test_a_permanent_refusal_fails_and_is_told(bench):
    bench.queue()
    bench.attempt(Outcome(550, "5.1.1 no such user"))
    row = bench.row()
    assert (row.state, row.last_code, row.last_text) == ("failed", 550, "5.1.1 no such user")
    assert bench.events() == [
        {"address": "c0@northwind.example", "code": "550", "text": "5.1.1 no such user", "mail": 1}
    ]
    assert bench.told() == ["anastasia@desk.example", "dominique@desk.example"]
    bench.now += timedelta(days=1)
    assert bench.claim() == [2, 3]


def test_a_failure_is_told_again_after_a_retry_and_no_failure_of_a_notice_is(bench):
    bench.queue()
    bench.attempt(Outcome(550, "5.1.1 no such user"))
    with bench.store.turn() as connection:
        assert outbox.move(connection, 1, ("failed",), "queued", bench.now)
    assert sorted(bench.claim()) == [1, 2, 3]
    (parcel,) = [p for p in _all_parcels(bench) if p.id == 1]
    bench.answer(*[(n, Outcome(550, "5.7.1 no")) for n in (1, 2, 3)])
    assert parcel.id == 1
    assert len(bench.told()) == 4, "who had it tried again is told again when it fails again"
    assert [detail["mail"] for detail in bench.events()] == [1, 1, 2, 3]
    assert sorted(bench.claim()) == [4, 5]
    bench.sender.hears()
    bench.answer(*[(n, Outcome(550, "5.7.1 no")) for n in (4, 5)])
    assert len(bench.told()) == 4, "no failure of a notice makes another"
    bench.now += timedelta(days=1)
    assert bench.claim() == []


def _all_parcels(bench):
    """What there is to send, when what has no bytes yet is rendered."""
    found = []
    while message := bench.sender.hears():
        if isinstance(message, Render):
            bench.sender.line.send(Rendered([(n, compose(letter)) for n, letter, _ in message.letters], []))
            bench.hear_and_turn()
        else:
            found += message.parcels
    return found


def test_a_fault_in_telling_does_not_keep_the_failure_from_being_written(bench, monkeypatch):
    def fail(*_):
        raise RuntimeError("the rule is broken")

    monkeypatch.setattr("gateway.failure.undelivered", fail)
    bench.queue()
    bench.attempt(Outcome(550, "5.1.1 no such user"))
    assert bench.row().state == "failed"
    assert bench.courier.held == []


def test_what_tells_of_a_failure_is_taken_in_hand_with_a_lease(bench):
    bench.queue()
    bench.claim()
    bench.render()
    bench.parcels()
    bench.sender.line.send(Delivered([(1, Outcome(550, "5.1.1 no"))]))
    bench.courier.heard()
    with bench.store.turn() as connection:
        made = bench.courier.turn(connection, Lease(owner="us", until=bench.now + timedelta(seconds=25)))
    bench.courier.settled()
    assert [(row["purpose"], row["lease_owner"]) for row in made] == [("undelivered", "us")] * 2
    bench.courier.take(made, None)
    letters = bench.sender.hears().letters
    assert [letter.to.address for _, letter, _ in letters] == ["anastasia@desk.example", "dominique@desk.example"]
    assert b"did not reach c0@northwind.example" in compose(letters[0][1])


def test_after_five_days_it_gives_up_and_says_so(bench):
    bench.queue()
    for _ in BACKOFF:
        bench.attempt(LATER)
        bench.now = bench.row().next_attempt_at
    bench.now = NOW + GIVE_UP
    bench.attempt(LATER)
    assert bench.row().state == "queued"
    bench.now = bench.row().next_attempt_at
    bench.attempt(Outcome(0, "not tried yet", tried=False))
    assert bench.row().state == "queued", "what nobody tried does not fail"
    bench.now = bench.row().next_attempt_at
    bench.attempt(LATER)
    assert bench.row().state == "failed"
    assert bench.told() == ["anastasia@desk.example", "dominique@desk.example"]


def test_an_old_mail_is_not_given_up_at_its_first_attempt(bench):
    """The desk was off for a week: one refusal for now is not the last word."""
    bench.queue()
    bench.now = NOW + timedelta(days=7)
    bench.attempt(LATER)
    assert (bench.row().state, bench.row().attempts) == ("queued", 1)
    bench.now = bench.row().next_attempt_at
    bench.attempt(LATER)
    assert bench.row().state == "failed"


def test_what_an_operator_lets_go_has_five_days_again(bench):
    bench.queue()
    bench.attempt(Outcome(550, "5.1.1 no such user"))
    bench.now = NOW + timedelta(days=7)
    with bench.store.turn() as connection:
        assert outbox.move(connection, 1, ("failed",), "queued", bench.now)
    assert bench.row().attempts == 0
    for _ in range(8):
        assert 1 in bench.claim()
        (parcel,) = [p for p in _all_parcels(bench) if p.id == 1]
        bench.answer((parcel.id, LATER))
        assert bench.row().state == "queued"
        bench.now = bench.row().next_attempt_at
    bench.now = NOW + timedelta(days=12, seconds=1)
    assert 1 in bench.claim()
    (parcel,) = [p for p in _all_parcels(bench) if p.id == 1]
    bench.answer((parcel.id, LATER))
    assert bench.row().state == "failed"


def test_what_nobody_tried_is_not_charged(bench):
    bench.queue()
    bench.attempt(Outcome(0, "not tried yet", tried=False))
    row = bench.row()
    assert (row.state, row.attempts, row.next_attempt_at) == ("queued", 0, NOW + BACKOFF[0])


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
    assert bench.courier.room_for_again == courier.AGAIN_WINDOW


def test_mail_that_is_tried_again_has_a_window_of_its_own(bench):
    bench.queue()
    bench.attempt(LATER)
    bench.now = bench.row().next_attempt_at
    bench.claim()
    assert bench.courier.room_for_again == courier.AGAIN_WINDOW - 1


def test_reverse_paths_are_null_for_acknowledgements_and_verp_for_the_rest(bench):
    bench.queue()
    with bench.store.turn() as connection:
        (row,) = outbox.claim(connection, Lease(owner="us", until=NOW), NOW, 1)
    assert addressed.reverse_path(bench.courier._desk, row) == ""
    path = addressed.reverse_path(bench.courier._desk, {**row, "purpose": Purpose.ANSWER.value})
    assert path == keys.return_path(SECRET, "support@desk.example", row["id"])
