"""The five figures of a day on a golden dataset: every number below was computed by hand (R90, M1, M4, M5, M7-M9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from gateway.rules.overview import figures
from gateway.rules.overview.figures import EASY, PARKED, Case, Change, Figures, Kept, Overdue, Spread
from scheduling.hours import WeeklyHours
from scheduling.sla import Calendar, Clock

DAY = date(2026, 11, 24)
"""A Tuesday; the desk is open 09:00-12:30 and 13:00-17:00 UTC, Monday to Friday."""
START = datetime(2026, 11, 24, tzinfo=UTC)
END = START + timedelta(days=1)
SPANS = ((time(9), time(12, 30)), (time(13), time(17)))
CALENDAR = Calendar(WeeklyHours((SPANS,) * 5 + ((), ())), "UTC", frozenset())


def at(hour: int, minute: int = 0, day: int = 24) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def answered(when: datetime, first: bool = True) -> Change:
    return Change(at=when, kind="answered", was={"answered_at": None} if first else {})


def moved(when: datetime, **was: object) -> Change:
    return Change(at=when, kind="status-changed", was=was)


def clock(kind: str, started: datetime, ended: datetime | None, *, breached: bool = False) -> Clock:
    return Clock(
        kind=kind, target=timedelta(hours=4), started=started, since=None if ended else started, ended=ended,
        breached=breached,
    )  # fmt: skip


CASES = (
    # Answered after 1 h 30 of work, 2 h by the wall clock; resolved the same day, after an hour of the customer's.
    Case(
        number=1, created_at=at(11), answered_at=at(13), resolved_at=at(16), status_category="done",
        clocks=(clock("first_response", at(11), at(13)), clock("resolution", at(11), at(16))),
        story=(
            answered(at(13)),
            Change(at=at(14), kind="waiting", was={"waiting_on": ""}),
            Change(at=at(15), kind="waiting", was={"waiting_on": "customer"}),
            moved(at(16), status_category="open", resolved_at=None),
        ),
    ),
    # Came on Friday at 16:30, answered today at 9:30: 30 min + Monday 7 h 30 + 30 min.
    Case(
        number=2, created_at=at(16, 30, day=20), answered_at=at(9, 30), assignee="anastasia",
        clocks=(clock("first_response", at(16, 30, day=20), at(9, 30), breached=True),), story=(answered(at(9, 30)),),
    ),
    # One of us made it: the first words are its beginning, the second the answer, 2 h later.
    Case(
        number=3, created_at=at(9), by_staff=True, answered_at=at(9), assignee="benedikt",
        story=(answered(at(9)), answered(at(11), first=False)),
    ),
    # Resolved yesterday, reopened today: open tonight. Closed again tomorrow, which is not today's.
    Case(
        number=4, created_at=at(9, day=19), answered_at=at(10, day=19), resolved_at=at(9, day=25), assignee="charlotte",
        status_category="done",
        story=(
            answered(at(10, day=19)),
            moved(at(12, day=23), status_category="open", resolved_at=None),
            moved(at(10), status_category="done", resolved_at=at(12, day=23)),
            moved(at(9, day=25), status_category="open", resolved_at=None),
        ),
    ),
    # Resolved, reopened and resolved again: from Friday 9:00 to today 10:00, less Friday 11:00 to Monday 15:00.
    Case(
        number=5, created_at=at(9, day=20), answered_at=at(10, day=20), resolved_at=at(10), status_category="done",
        story=(
            answered(at(10, day=20)),
            moved(at(11, day=20), status_category="open", resolved_at=None),
            moved(at(15, day=23), status_category="done", resolved_at=at(11, day=20)),
            moved(at(10), status_category="open", resolved_at=None),
        ),
    ),
    # Nobody has it, since 40 days; it got an owner tomorrow.
    Case(
        number=6, created_at=END - timedelta(days=40), assignee="anastasia",
        story=(Change(at=at(8, day=25), kind="assigned", was={"assignee": ""}),),
    ),
    # Closed for want of an answer: it was not resolved.
    Case(
        number=7, created_at=at(9, day=10), resolved_at=at(12), status_category="done", closed_as="no_answer",
        story=(moved(at(12), status_category="open", resolved_at=None, closed_as=""),),
    ),
    # No tickets at all.
    Case(number=8, created_at=at(9), answered_at=at(10), closed_as="spam", story=(answered(at(10)),)),
    Case(number=9, created_at=at(9), answered_at=at(10), closed_as="merged", story=(answered(at(10)),)),
    Case(number=10, created_at=at(9), answered_at=at(10), closed_as="wrong_type", story=(answered(at(10)),)),
    # Came after midnight.
    Case(number=11, created_at=at(0, day=25)),
    # Its next answer was met twice today: the clock of the first is told by the story.
    Case(
        number=12, created_at=at(8), assignee="benedikt",
        clocks=(clock("next_response", at(14), at(15)),),
        story=(Change(at=at(14), kind="replied", was={"clocks": (clock("next_response", at(9), at(10)),)}),),
    ),
)  # fmt: skip
OVERDUE = (
    Overdue(number=2, clock="first_response", due=at(13, day=23)),  # yesterday's, though it was answered today
    Overdue(number=6, clock="resolution", due=at(12)),
    Overdue(number=8, clock="first_response", due=at(12)),  # spam
)


def measured() -> Figures:
    return figures.of_day(DAY, START, END, CASES, OVERDUE, lambda _: CALENDAR)


def test_r90_first_response_counts_a_persons_first_words_in_working_time() -> None:
    found = measured()
    # 90 min (1), 510 min (2), 120 min (3)
    assert found.first_response == Spread(n=3, median=120.0, p90=510.0)
    # 120 min, from Friday 16:30 to Tuesday 9:30 (89 h), 120 min
    assert found.first_response_wall == Spread(n=3, median=120.0, p90=5340.0)


def test_m1_the_first_answer_counts_where_one_of_us_made_the_ticket_with_a_note() -> None:
    noted = Case(number=1, created_at=at(9), by_staff=True, answered_at=at(10), story=(answered(at(10)),))
    assert figures.answered(noted) == at(10)
    public = replace(noted, answered_at=at(9), story=(answered(at(9)),))
    assert figures.answered(public) is None
    told_with_it = replace(public, story=(answered(at(11), first=False),))
    assert figures.answered(told_with_it) == at(11)


def test_r90_resolution_is_the_last_one_and_net_of_the_customers_time() -> None:
    found = measured()
    # 5 h (1), 97 h (5)
    assert found.resolution == Spread(n=2, median=3060.0, p90=5820.0)
    # (1) 4 h 30 of work less 1 h; (5) Friday 9-11 (2 h), Monday 15-17 (2 h), Tuesday 9-10 (1 h)
    assert found.resolution_net == Spread(n=2, median=255.0, p90=300.0)


def test_r90_backlog_and_unassigned_are_those_of_that_midnight() -> None:
    found = measured()
    # 2, 3, 4, 6, 12 are open: 3 and 12 came today, 2 on Friday (4.3 days), 4 on Thursday (5.6 days), 6 is 40 days old
    assert (found.backlog, found.ages) == (5, (2, 0, 2, 0, 1))
    assert (found.unassigned, found.unassigned_age) == (1, Spread(n=1, median=57600.0, p90=57600.0))


def test_r90_kept_promises_count_once_each() -> None:
    found = measured()
    assert found.kept == (
        Kept(clock="first_response", met=1, breached=0),
        Kept(clock="next_response", met=2, breached=0),
        Kept(clock="resolution", met=1, breached=1),
    )
    assert (found.promises.met, found.promises.breached, found.promises.share) == (4, 1, 0.8)
    yesterday = figures.of_day(
        DAY - timedelta(days=1), START - timedelta(days=1), START, CASES, OVERDUE, lambda _: CALENDAR
    )
    assert yesterday.kept == (Kept(clock="first_response", met=0, breached=1),)
    assert yesterday.backlog == 4  # 2, 5, 6, 7: ticket 4 was resolved at noon


def test_figures_come_back_from_the_store_as_they_were() -> None:
    assert figures.again(figures.plain(measured())) == measured()


def test_percentiles_are_times_that_really_were() -> None:
    assert figures.spread(timedelta(minutes=n) for n in range(1, 11)) == Spread(n=10, median=5.5, p90=9)
    assert figures.spread([timedelta(minutes=7)]) == Spread(n=1, median=7, p90=7)
    assert figures.spread([]) == Spread()


def test_days_before_the_first_ticket_are_no_measure() -> None:
    empty = [Figures(day=DAY - timedelta(days=n)) for n in range(5, 9)]
    busy = [Figures(day=DAY - timedelta(days=n), backlog=10) for n in (1, 2)]
    assert figures.usual([*busy, *empty], lambda one: float(one.backlog)) == 10
    quiet = Figures(day=DAY)  # a day without anything, after tickets there were
    assert figures.usual([*busy, quiet], lambda one: float(one.backlog)) == 10
    assert figures.usual([quiet, *busy[:1]], lambda one: float(one.backlog)) == 5
    assert figures.usual(empty, lambda one: float(one.backlog)) is None


def test_r94_a_parking_pattern_and_easy_cases_first_are_said() -> None:
    before = [
        Figures(day=DAY - timedelta(days=n), backlog=20, unassigned=2, first_response=Spread(n=5, median=60, p90=90))
        for n in range(1, 9)
    ]
    usual = replace(before[0], day=DAY)
    assert figures.contradictions(usual, before) == ()
    parked = replace(usual, backlog=30, first_response=Spread(n=5, median=20, p90=30))
    assert figures.contradictions(parked, before) == (PARKED,)
    assert figures.contradictions(replace(parked, first_response=Spread(n=5, median=90, p90=95)), before) == ()
    easy = replace(usual, unassigned=9, kept=(Kept(clock="first_response", met=19, breached=1),))
    assert figures.contradictions(easy, before) == (EASY,)
    assert figures.contradictions(replace(easy, kept=(Kept(clock="first_response", met=1, breached=1),)), before) == ()
