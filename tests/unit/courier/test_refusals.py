"""What is refused: tried again later and later, given up, told, let go by an operator."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.compose import compose
from gateway.courier import BACKOFF, GIVE_UP
from gateway.jobs.deliver import Delivered, Render, Rendered
from gateway.transport import Outcome
from store import outbox
from store.journal import Lease
from tests.unit.courier.bench import LATER
from tests.unit.store.samples import NOW


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
