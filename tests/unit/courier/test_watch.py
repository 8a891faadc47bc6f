"""The watch over the sender: silence ends it, a sign of life does not."""

from __future__ import annotations

from gateway.courier import SILENCE
from gateway.jobs.deliver import Alive


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
