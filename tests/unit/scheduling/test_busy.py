"""When somebody is busy by their own calendar: what blocks, what does not, and files that want to hurt us."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduling import busy
from scheduling.busy import UnreadableError, read
from scheduling.interval import Interval

START = datetime(2026, 3, 23, tzinfo=UTC)
END = START + timedelta(days=21)
ZONE = "Europe/Berlin"
OWNER = "benedikt@desk.example"


def calendar(*lines: str, around: str = "") -> bytes:
    entries = "\r\n".join(lines)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//T//EN\r\n{around}{entries}\r\nEND:VCALENDAR\r\n".encode()


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", "UID:1@x", "DTSTAMP:20260301T000000Z", *lines, "END:VEVENT"))


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def times(*lines: str, **more: object) -> tuple[Interval, ...]:
    return read(calendar(event(*lines)), START, END, ZONE, OWNER, **more).busy


ONE = ("DTSTART:20260324T100000Z", "DTEND:20260324T110000Z")
THEN = (Interval(at(24, 10), at(24, 11)),)


def test_an_entry_blocks_from_its_start_to_its_end() -> None:
    assert times(*ONE, "SUMMARY:dentist") == THEN


@pytest.mark.parametrize(
    "line",
    [
        "TRANSP:TRANSPARENT",
        "STATUS:CANCELLED",
        f"ATTENDEE;PARTSTAT=DECLINED:mailto:{OWNER}",
        f"ATTENDEE;PARTSTAT=DECLINED:MAILTO:{OWNER.upper()}",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    ],
)
def test_what_does_not_block(line: str) -> None:
    assert times(*ONE, line) == ()


def test_somebody_elses_no_blocks_still() -> None:
    assert times(*ONE, "ATTENDEE;PARTSTAT=DECLINED:mailto:other@desk.example") == THEN


@pytest.mark.parametrize(
    "line", ["STATUS:TENTATIVE", "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE", f"ATTENDEE;PARTSTAT=TENTATIVE:mailto:{OWNER}"]
)
def test_a_tentative_entry_is_as_the_desk_has_it(line: str) -> None:
    assert times(*ONE, line) == THEN
    assert times(*ONE, line, tentative=False) == ()


def test_a_day_is_local_midnight_to_local_midnight_also_when_the_clocks_change() -> None:
    assert times("DTSTART;VALUE=DATE:20260329", "DTEND;VALUE=DATE:20260330") == (Interval(at(28, 23), at(29, 22)),)
    assert times("DTSTART;VALUE=DATE:20260329") == (Interval(at(28, 23), at(29, 22)),)


def test_a_time_without_a_zone_is_the_owners() -> None:
    assert times("DTSTART:20260324T100000", "DTEND:20260324T110000") == (Interval(at(24, 9), at(24, 10)),)
    assert times("DTSTART;TZID=W. Europe Standard Time:20260324T100000", "DURATION:PT1H") == (
        Interval(at(24, 9), at(24, 10)),
    )
    assert times("DTSTART;TZID=Nowhere/At All:20260324T100000", "DURATION:PT1H") == (Interval(at(24, 9), at(24, 10)),)


def test_a_weekly_entry_follows_the_wall_clock_over_the_change_and_leaves_out_what_was_left_out() -> None:
    found = times(
        "DTSTART;TZID=Europe/Berlin:20260309T090000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=6",
        "EXDATE;TZID=Europe/Berlin:20260406T090000",
    )  # fmt: skip
    assert found == (Interval(at(23, 8), at(23, 8, 30)), Interval(at(30, 7), at(30, 7, 30)))


def test_one_that_was_moved_counts_where_it_is_now() -> None:
    series = event("DTSTART:20260324T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2")
    moved = event("RECURRENCE-ID:20260325T100000Z", "DTSTART:20260325T150000Z", "DURATION:PT1H")
    found = read(calendar(series, moved), START, END, ZONE).busy
    assert found == (Interval(at(24, 10), at(24, 11)), Interval(at(25, 15), at(25, 16)))


def test_free_busy_components_are_read() -> None:
    lines = (
        "BEGIN:VFREEBUSY", "UID:2@x", "DTSTAMP:20260301T000000Z",
        "FREEBUSY;FBTYPE=BUSY:20260324T100000Z/PT1H,20260324T130000Z/20260324T140000Z",
        "FREEBUSY;FBTYPE=FREE:20260325T100000Z/PT1H", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260326T100000Z/PT1H",
        "END:VFREEBUSY",
    )  # fmt: skip
    data = calendar("\r\n".join(lines))
    sure = (Interval(at(24, 10), at(24, 11)), Interval(at(24, 13), at(24, 14)))
    assert read(data, START, END, ZONE, tentative=False).busy == sure
    assert read(data, START, END, ZONE).busy == (*sure, Interval(at(26, 10), at(26, 11)))


def test_only_what_lies_in_the_window_is_told() -> None:
    assert times("DTSTART:20260322T220000Z", "DTEND:20260323T020000Z") == (Interval(START, at(23, 2)),)
    assert times("DTSTART:20260101T000000Z", "DTEND:20270101T000000Z") == (Interval(START, END),)
    assert times("DTSTART:20250101T000000Z", "DTEND:20250102T000000Z") == ()


def test_an_entry_that_cannot_be_read_costs_no_other() -> None:
    broken = event("DTSTART:soon", "DTEND:later")
    endless = event("DTSTART:20260324T120000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY")
    none = "BEGIN:VEVENT\r\nUID:3@x\r\nSUMMARY:when\r\nEND:VEVENT"
    found = read(calendar(broken, endless, none, event(*ONE)), START, END, ZONE)
    assert found.busy == THEN
    assert any("every minute or second" in one for one in found.problems)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "BEGIN:VCALENDAR"),
        (b"hello", "iCalendar"),
        (b"\xff\xfe\x00", "iCalendar"),
        (b"BEGIN:VEVENT\r\nEND:VEVENT\r\n", "BEGIN:VCALENDAR"),
        (b"x" * (busy.MOST_BYTES + 1), "bytes"),
    ],
)
def test_what_is_no_calendar_says_so(data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read(data, START, END, ZONE)


def test_so_many_entries_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "MOST_ENTRIES", 3)
    with pytest.raises(UnreadableError, match="more than 3 entries"):
        read(calendar(*[event(*ONE)] * 4), START, END, ZONE)


def test_so_many_occurrences_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "MOST_OCCURRENCES", 10)
    lines = ("DTSTART:20260324T000000Z", "DURATION:PT10M", "RRULE:FREQ=HOURLY")
    found = read(calendar(event(*lines)), START, END, ZONE)
    assert found.problems == ("more than 10 entries: the rest was not read",)
    assert len(found.busy) == 10


def test_the_worst_rule_that_is_let_in_ends_in_time() -> None:
    """Every hour since 1970, and two hundred such entries: still far from the limit of the process that reads."""
    lines = ("DTSTART:19700101T000000Z", "DURATION:PT10M", "RRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50")
    began = time.process_time()
    read(calendar(event(*lines)), START, END, ZONE)
    assert time.process_time() - began < 20


def test_calendars_of_real_programs_break_nothing() -> None:
    corpus = os.environ.get("REPLYDESK_CORPUS")
    if not corpus:
        pytest.skip("REPLYDESK_CORPUS is not set: real calendars are not read")
    files = sorted(file for file in (Path(corpus) / "ics" / "f").rglob("*") if file.is_file())
    read_, refused = 0, 0
    for file in files:
        data = file.read_bytes()
        if len(data) > 300_000:
            continue
        try:
            found = read(data, START, END, ZONE, OWNER)
        except UnreadableError:
            refused += 1
            continue
        read_ += 1
        assert all(START <= one.start < one.end <= END for one in found.busy)
    assert read_ > 300, (read_, refused)


def test_entries_that_touch_or_overlap_stay_apart() -> None:
    """A call that came back to us by its owner's calendar must be told from the meeting behind it."""
    behind = event("DTSTART:20260324T110000Z", "DTEND:20260324T120000Z").replace("1@x", "2@x")
    inside = event("DTSTART:20260324T103000Z", "DTEND:20260324T104500Z").replace("1@x", "3@x")
    found = read(calendar(event(*ONE), behind, inside), START, END, ZONE).busy
    assert found == (*THEN, Interval(at(24, 10, 30), at(24, 10, 45)), Interval(at(24, 11), at(24, 12)))


def test_what_takes_no_time_is_not_told() -> None:
    assert times("DTSTART:20260324T100000Z") == ()


@pytest.mark.parametrize(
    "lines",
    [
        ("DTSTART:00010101T000000Z", "DTEND:99991231T235959Z"),
        ("DTSTART:20200101T000000Z", "DTEND:99991231T235959Z"),
        ("DTSTART;VALUE=DATE:00010101", "DTEND;VALUE=DATE:99991231"),
        ("DTSTART;TZID=America/New_York:00010101T000000", "DTEND;TZID=America/New_York:99991231T235959"),
        ("DTSTART:20200101T000000Z", "DURATION:P999999999D"),
        ("DTSTART;VALUE=DATE:20200101", "DURATION:P3650000D"),
    ],
)
def test_what_lasts_for_ever_blocks_all_of_the_window(lines: tuple[str, ...]) -> None:
    found = read(calendar(event(*lines), event(*ONE)), START, END, ZONE)
    assert (found.busy[0], found.problems, found.whole) == (Interval(START, END), (), True)
    assert times(*lines, "TRANSP:TRANSPARENT") == ()


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (("DTSTART:20200101T000000Z", "DTEND:99991231T235959Z", "RRULE:FREQ=YEARLY"), False),
        (("DTSTART:20260324T120000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"), False),
        (("DTSTART:soon", "DTEND:later", "RRULE:FREQ=DAILY"), False),
        (("DTSTART:soon", "DTEND:later"), True),
    ],
)
def test_a_series_that_was_left_out_makes_it_less_than_whole(lines: tuple[str, ...], *, whole: bool) -> None:
    other = event(*ONE).replace("1@x", "2@x")
    found = read(calendar(event(*lines), other), START, END, ZONE)
    assert (found.busy, found.whole, len(found.problems)) == (THEN, whole, 1)


def test_so_many_that_not_all_were_read_are_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(busy, "MOST_OCCURRENCES", 10)
    monkeypatch.setattr(busy, "MOST_PROBLEMS", 0)
    assert not read(calendar(event(*ONE, "RRULE:FREQ=HOURLY")), START, END, ZONE).whole


def test_one_bad_series_among_many_entries_is_found_in_time() -> None:
    """Each series is asked for alone then: that must not look at all others each time."""
    past = ("DTSTART:20100324T100000Z", "DTEND:20100324T110000Z")
    many = [event(*past).replace("1@x", f"past{number}@x") for number in range(5_000)]
    bad = event("DTSTART:20200101T000000Z", "DTEND:99991231T235959Z", "RRULE:FREQ=YEARLY").replace("1@x", "bad@x")
    data = calendar(*many, bad, event(*ONE))
    began = time.process_time()
    assert read(data, START, END, ZONE).busy == THEN
    assert time.process_time() - began < 4.0
