"""How a mail leaves: rendered, stored, sent, marked, also when the sender dies; bounds of the window."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway import addressed, courier
from gateway.compose import compose
from gateway.jobs.deliver import Delivered, Render, Rendered
from gateway.rules import keys
from gateway.transport import Outcome
from store import outbox
from store.journal import Lease
from store.records import Purpose
from store.tables import letters
from tests.unit.courier.bench import LATER
from tests.unit.store.samples import NOW, SECRET


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


# The window, and the reverse-path


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


def test_a_mail_that_cannot_be_signed_waits_uncharged_and_says_why(bench):
    bench.queue()
    for _ in range(5):
        assert bench.claim() == [1]
        bench.sender.hears()
        bench.sender.line.send(Rendered([], [], [(1, "it waits, because it cannot be signed: bring the key")]))
        bench.hear_and_turn()
        row = bench.row()
        assert (row.state, row.attempts, row.rendered) == ("queued", 0, None)
        assert row.last_text == "it waits, because it cannot be signed: bring the key"
        bench.now += timedelta(days=2)
    assert bench.told() == []
    assert bench.attempt(Outcome(250, "ok")).id == 1
    assert bench.row().state == "sent"
