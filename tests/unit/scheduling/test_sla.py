"""A clock by itself: it stands still, runs on, gets another target, other hours, another's word, and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling import sla
from scheduling.hours import WeeklyHours
from scheduling.sla import Aim, Calendar, Clock

BERLIN = ZoneInfo("Europe/Berlin")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
DESK = Calendar(WeeklyHours((((time(9), time(17)),),) * 5 + ((), ())), "Europe/Berlin", frozenset())
ALWAYS = Calendar(WeeklyHours((((time(0), time(0)),),) * 7), "Europe/Berlin", frozenset())
MARKS = (75, 90, 100)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026: the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN)


def begun(hours: float = 4, start: datetime | None = None) -> Clock:
    return sla.begin("resolution", Aim(target=hours * HOUR), DESK, start or at(23, 9))


def test_r76_four_hours_that_begin_on_friday_at_four_end_on_monday_at_noon() -> None:
    assert begun(4, at(20, 16)).due == at(23, 12)


def test_r76_a_holiday_moves_the_end() -> None:
    holiday = DESK._replace(holidays=frozenset({date(2026, 11, 23)}))
    assert sla.begin("resolution", Aim(target=4 * HOUR), holiday, at(20, 16)).due == at(24, 12)


def test_a_pause_keeps_what_was_left() -> None:
    paused = sla.pause(begun(), DESK, at(23, 10))
    assert (paused.spent, paused.due, paused.state) == (HOUR, None, "paused")
    again = sla.resume(paused, DESK, at(25, 16))
    assert (again.due, again.state) == (at(26, 11), "running")


def test_a_pause_overnight_and_a_return_at_night_lose_nothing() -> None:
    paused = sla.pause(begun(), DESK, at(23, 22))
    assert paused.breached, "it ran out at one o'clock"
    fresh = sla.pause(begun(8), DESK, at(23, 16))
    assert sla.resume(fresh, DESK, at(24, 3)).due == at(24, 10)


def test_a_return_is_never_an_instant_breach() -> None:
    """Zammad's anti-pattern: pending for a week, escalated in the second in which the customer answers."""
    for minutes in range(0, 240, 7):
        paused = sla.pause(begun(), DESK, at(23, 9) + minutes * MINUTE)
        back = sla.resume(paused, DESK, at(30, 11))
        assert back.due is not None
        assert DESK.between(at(30, 11), back.due) == (240 - minutes) * MINUTE
        assert back.due > at(30, 11)
        assert sla.reached(back, DESK, at(30, 11), MARKS) < 100


def test_pausing_and_resuming_twice_is_once() -> None:
    paused = sla.pause(begun(), DESK, at(23, 10))
    assert sla.pause(paused, DESK, at(23, 12)) == paused
    back = sla.resume(paused, DESK, at(23, 12))
    assert sla.resume(back, DESK, at(23, 13)) == back


def test_what_ran_out_before_a_pause_stays_over_and_keeps_its_time() -> None:
    paused = sla.pause(begun(), DESK, at(23, 14))
    assert (paused.breached, paused.due, paused.state) == (True, at(23, 13), "breached")
    back = sla.resume(paused, DESK, at(25, 9))
    assert (back.due, back.state) == (at(23, 13), "breached")


def test_another_target_keeps_the_time_that_has_passed() -> None:
    changed = sla.retarget(begun(8), DESK, DESK, at(23, 11), Aim(target=4 * HOUR))
    assert (changed.spent, changed.due, changed.started) == (2 * HOUR, at(23, 13), at(23, 9))
    back = sla.retarget(changed, DESK, DESK, at(23, 12), Aim(target=8 * HOUR))
    assert back.due == at(23, 17), "there and back is as if nothing had been"


def test_a_target_that_is_used_up_leaves_the_grace() -> None:
    changed = sla.retarget(begun(24), DESK, DESK, at(23, 15), Aim(target=4 * HOUR, grace=30 * MINUTE))
    assert (changed.due, changed.breached, changed.allowed) == (at(23, 15, 30), False, 6.5 * HOUR)
    overnight = sla.retarget(begun(24), DESK, DESK, at(23, 22), Aim(target=4 * HOUR, grace=30 * MINUTE))
    assert overnight.due == at(24, 9, 30), "the grace is working time"


def test_less_than_the_grace_was_left_and_no_more_is() -> None:
    aim = Aim(target=HOUR, grace=30 * MINUTE)
    changed = sla.retarget(begun(4), DESK, DESK, at(23, 12, 50), aim)
    assert (changed.due, changed.left) == (at(23, 13), 10 * MINUTE)
    assert sla.retarget(changed, DESK, DESK, at(23, 12, 55), replace(aim, target=2 * HOUR)).due == at(23, 13)
    assert sla.retarget(begun(4), DESK, DESK, at(23, 13), aim).due == at(23, 13), "nothing was left"


def test_a_dormant_clock_counts_and_is_never_due() -> None:
    asleep = sla.lay_aside(begun(8), DESK, at(23, 10))
    assert (asleep.state, asleep.due, asleep.runs) == ("none", None, False)
    assert sla.used(asleep, DESK, at(23, 12)) == 3 * HOUR
    paused = sla.pause(asleep, DESK, at(23, 12))
    assert (paused.spent, paused.due, paused.counts) == (3 * HOUR, None, False)
    back = sla.retarget(sla.resume(paused, DESK, at(24, 9)), DESK, DESK, at(24, 9), Aim(target=8 * HOUR))
    assert (back.state, back.due) == ("running", at(24, 14))
    assert sla.end(asleep, DESK, at(27, 9)).state == "none"
    late = sla.lay_aside(begun(4), DESK, at(23, 14))
    assert sla.is_over(late, at(23, 14)), "a breach is not talked away"


def test_the_same_promise_again_gives_no_further_grace() -> None:
    aim = Aim(target=4 * HOUR, grace=30 * MINUTE)
    changed = sla.retarget(begun(24), DESK, DESK, at(23, 15), aim)
    assert sla.retarget(changed, DESK, DESK, at(23, 15, 20), aim) == changed


def test_what_is_over_is_not_undone_by_another_target() -> None:
    noted = replace(begun(4), breached=True)
    assert sla.retarget(begun(4), DESK, DESK, at(23, 14), Aim(target=24 * HOUR)) == noted
    assert sla.retarget(noted, DESK, DESK, at(23, 14), Aim(target=24 * HOUR)) == noted


def test_a_target_that_changes_while_it_stands_still_counts_when_it_runs_on() -> None:
    """GLPI 6902: the time of waiting is not lost by a change of the promise."""
    paused = sla.pause(begun(8), DESK, at(23, 10))
    changed = sla.retarget(paused, DESK, DESK, at(24, 12), Aim(target=3 * HOUR, grace=30 * MINUTE))
    assert (changed.spent, changed.due) == (HOUR, None)
    assert sla.resume(changed, DESK, at(25, 9)).due == at(25, 11)


def test_other_hours_count_from_the_change_on() -> None:
    changed = sla.retarget(begun(8), DESK, ALWAYS, at(23, 15), Aim(target=8 * HOUR, name="always"))
    assert (changed.spent, changed.due, changed.calendar) == (6 * HOUR, at(23, 17), "always")
    late = sla.begin("resolution", Aim(target=20 * HOUR, name="always"), ALWAYS, at(23, 15))
    slow = sla.retarget(late, ALWAYS, DESK, at(24, 9), Aim(target=20 * HOUR))
    assert (slow.spent, slow.due) == (18 * HOUR, at(24, 11))


def test_a_new_holiday_moves_what_is_still_to_come() -> None:
    clock, holiday = begun(10), DESK._replace(holidays=frozenset({date(2026, 11, 24)}))
    assert clock.due == at(24, 11)
    assert sla.retarget(clock, holiday, holiday, at(23, 12), Aim(target=10 * HOUR)).due == at(25, 11)
    assert sla.retarget(clock, DESK, DESK, at(23, 12), Aim(target=10 * HOUR)) is clock


def test_a_persons_word_counts_whatever_was_promised() -> None:
    said = sla.promise(begun(4), DESK, at(23, 11), at(26, 12), "the customer is away")
    assert (said.due, said.because, said.allowed) == (at(26, 12), "the customer is away", 27 * HOUR)
    back = sla.resume(sla.pause(said, DESK, at(25, 17)), DESK, at(27, 9))
    assert back.due == at(27, 12), "it stands still like any other"


def test_a_persons_word_does_not_undo_a_breach() -> None:
    late = replace(begun(4), breached=True, warned=100)
    said = sla.promise(late, DESK, at(23, 15), at(24, 12), "agreed by telephone")
    assert (said.state, said.due) == ("breached", at(24, 12))
    assert said.warned < 75, "the new time is told of again"


def test_a_word_for_an_hour_when_nobody_works_is_over_then_and_not_before() -> None:
    said = sla.promise(begun(4, at(20, 16)), DESK, at(20, 18), at(21, 12), "they work on Saturday")
    assert sla.reached(said, DESK, at(20, 19), MARKS) == 90
    assert sla.reached(said, DESK, at(21, 12), MARKS) == 100


@pytest.mark.parametrize(
    ("when", "percent"),
    [
        (at(23, 11, 59), 0),
        (at(23, 12), 75),
        (at(23, 12, 35), 75),
        (at(23, 12, 36), 90),
        (at(23, 12, 59), 90),
        (at(23, 13), 100),
        (at(28, 13), 100),
    ],
)
def test_what_is_reached_when(when: datetime, percent: int) -> None:
    assert sla.reached(begun(), DESK, when, MARKS) == percent


def test_when_it_is_reached_is_when_it_will_be() -> None:
    for clock in (
        begun(),
        begun(7, at(20, 16, 13)),
        sla.resume(sla.pause(begun(9), DESK, at(23, 10)), DESK, at(25, 3)),
    ):
        for mark in MARKS:
            when = sla.reaches(clock, DESK, mark)
            assert when is not None
            assert sla.reached(clock, DESK, when, MARKS) == mark
            assert sla.reached(clock, DESK, when - timedelta(seconds=1), MARKS) < mark


def test_more_time_than_before_is_told_of_again() -> None:
    told = replace(begun(4), warned=90)
    assert sla.retarget(told, DESK, DESK, at(23, 12, 40), Aim(target=24 * HOUR)).warned < 75
    assert sla.retarget(told, DESK, DESK, at(23, 12, 40), Aim(target=4.5 * HOUR)).warned == 81


@pytest.mark.parametrize(("when", "state"), [(at(23, 12, 59), "met"), (at(23, 13), "met"), (at(23, 13, 1), "breached")])
def test_the_end_is_met_or_breached(when: datetime, state: str) -> None:
    ended = sla.end(begun(), DESK, when)
    assert (ended.state, ended.runs, ended.ended) == (state, False, when)
    assert sla.end(ended, DESK, at(27, 9)) == ended


def test_what_was_ended_runs_on_with_what_was_left() -> None:
    ended = sla.end(begun(8), DESK, at(23, 11))
    again = sla.resume(ended, DESK, at(25, 9))
    assert (again.due, again.ended, again.spent) == (at(25, 15), None, 2 * HOUR)


def test_a_promise_that_comes_later_has_used_what_passed_since() -> None:
    clock = sla.begin("resolution", Aim(target=8 * HOUR, grace=30 * MINUTE), DESK, at(23, 9), at(23, 12))
    assert (clock.started, clock.spent, clock.due) == (at(23, 9), 3 * HOUR, at(23, 17))
    tight = sla.begin("resolution", Aim(target=2 * HOUR, grace=30 * MINUTE), DESK, at(23, 9), at(23, 12))
    assert (tight.due, tight.breached) == (at(23, 12, 30), False)
