"""Times of calendars: instants, zones with their rules, durations, and what they mean in UTC (RFC 5545)."""

from datetime import UTC, datetime

import pytest

from parsing import limits
from tests.unit.parsing.calendars import defects, facts, utc


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("DTSTART:20260330T120000Z", utc(2026, 3, 30, 12)),
        ("DTSTART;TZID=Europe/Berlin:20260330T120000", utc(2026, 3, 30, 10)),
        ('DTSTART;TZID="Europe/Berlin":20260330T120000', utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=europe/berlin:20260330T120000", utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=America/New York:20260330T120000", utc(2026, 3, 30, 16)),
        ("DTSTART;TZID=US-Eastern:20260330T120000", utc(2026, 3, 30, 16)),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Tzfile/Europe/Berlin:20260330T120000", utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260330T120000", utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=/mozilla.org/20070129_1/America/Argentina/Buenos_Aires:20260330T120000", utc(2026, 3, 30, 15)),
        ("DTSTART;TZID=/citadel.org/20190318_1/Asia/Tokyo:20260330T120000", utc(2026, 3, 30, 3)),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/UTC:20260330T120000", utc(2026, 3, 30, 12)),
        ("DTSTART;TZID=W. Europe Standard Time:20260330T120000", utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=GMT Standard Time:20260330T120000", utc(2026, 3, 30, 11)),
        ("DTSTART;TZID=Nepal Standard Time:20260330T120000", utc(2026, 3, 30, 6, 15)),
        ("DTSTART;TZID=tzone://Microsoft/Utc:20260330T120000", utc(2026, 3, 30, 12)),
        ("DTSTART;TZID=UTC:20260330T120000", utc(2026, 3, 30, 12)),
        ("DTSTART;TZID=GMT+0200:20260330T120000", utc(2026, 3, 30, 10)),
        ("DTSTART;TZID=Etc/GMT+5:20260330T120000", utc(2026, 3, 30, 17)),
        ("DTSTART;TZID=Europe/Berlin:20260330T120000Z", utc(2026, 3, 30, 12)),
        ("DTSTART:20260330T120000+0200", utc(2026, 3, 30, 10)),
        ("DTSTART:2026-03-30T12:00:00Z", utc(2026, 3, 30, 12)),
        ("DTSTART:20260330T120060Z", utc(2026, 3, 30, 12, 0, 59)),
        # What no clock shows counts by the offset before, what two show is the first (RFC 5545 section 3.3.5).
        ("DTSTART;TZID=Europe/Berlin:20260329T023000", utc(2026, 3, 29, 1, 30)),
        ("DTSTART;TZID=Europe/Berlin:20261025T023000", utc(2026, 10, 25, 0, 30)),
    ],
)
def test_instants(written, instant):
    found = facts("UID:u", written)
    assert (found.start, found.start_local, found.all_day) == (instant, "", False)


@pytest.mark.parametrize(
    ("written", "local", "all_day"),
    [
        ("DTSTART;VALUE=DATE:20261006", "2026-10-06", True),
        ("DTSTART:20261006", "2026-10-06", True),
        ("DTSTART;TZID=Europe/Berlin;VALUE=DATE:20261006", "2026-10-06", True),
        ("DTSTART;VALUE=DATE:20261006T000000", "2026-10-06", True),
        ("DTSTART:20261006T093000", "2026-10-06T09:30:00", False),
        ("DTSTART;TZID=Berlin:20261006T093000", "2026-10-06T09:30:00", False),
        ("DTSTART;TZID=../../etc/passwd:20261006T093000", "2026-10-06T09:30:00", False),
        ("DTSTART;TZID=localtime:20261006T093000", "2026-10-06T09:30:00", False),
        ("DTSTART;TZID=right/Europe:20261006T093000", "2026-10-06T09:30:00", False),
    ],
)
def test_what_is_no_instant_is_not_guessed(written, local, all_day):
    found = facts("UID:u", written)
    assert (found.start, found.start_local, found.all_day) == (None, local, all_day)


@pytest.mark.parametrize("value", ["20261306T100000Z", "tomorrow", "", "20261006T250000Z", "0", "99999999T999999Z"])
def test_a_time_that_no_calendar_has(value):
    assert facts("UID:u", f"DTSTART:{value}").start is None
    assert "DTSTART cannot be read" in defects("UID:u", f"DTSTART:{value}")


def test_an_unknown_zone_is_said():
    assert "the time zone 'Nowhere' of DTSTART is not known" in defects("DTSTART;TZID=Nowhere:20261006T093000")


BERLIN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16011028T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010325T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


@pytest.mark.parametrize(
    "tzid", ["Customized Time Zone", "(UTC+01:00) Paris", "Western/Central Europe", "Amsterdam, Rome"]
)
def test_the_zone_that_a_calendar_defines_itself(tzid):
    zone = BERLIN.format(name=tzid.replace(",", "\\,")).split("\n")
    for day, instant in (
        ("20260115T100000", utc(2026, 1, 15, 9)),
        ("20260329T013000", utc(2026, 3, 29, 0, 30)),
        ("20260329T023000", utc(2026, 3, 29, 1, 30)),
        ("20260329T033000", utc(2026, 3, 29, 1, 30)),
        ("20260715T100000", utc(2026, 7, 15, 8)),
        ("20261025T013000", utc(2026, 10, 24, 23, 30)),
        ("20261025T023000", utc(2026, 10, 25, 0, 30)),
        ("20261025T033000", utc(2026, 10, 25, 2, 30)),
        ("20261231T235959", utc(2026, 12, 31, 22, 59, 59)),
    ):
        assert facts(f"DTSTART;TZID={tzid}:{day}", head=zone).start == instant


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=5SU",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=SU;BYSETPOS=-1",
        "FREQ=YEARLY;BYHOUR=2;BYMINUTE=0;BYDAY=-1SU;BYMONTH=3",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU;UNTIL=20260329T010000Z",
    ],
)
def test_rules_of_zones(rule):
    zone = BERLIN.format(name="Own").replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", rule).split("\n")
    assert facts("DTSTART;TZID=Own:20260715T100000", head=zone).start == utc(2026, 7, 15, 8)
    assert facts("DTSTART;TZID=Own:20260329T013000", head=zone).start == utc(2026, 3, 29, 0, 30)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYYEARDAY=1",
        "FREQ=YEARLY;BYDAY=SU",
        "FREQ=YEARLY;BYMONTH=3;BYDAY=SU,MO",
        "FREQ=DAILY;COUNT=9",
    ],
)
def test_a_rule_that_no_zone_has_makes_its_times_unknown(rule):
    zone = BERLIN.format(name="Own").replace("FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", rule).split("\n")
    found = facts("DTSTART;TZID=Own:20260715T100000", head=zone)
    assert (found.start, found.start_local) == (None, "2026-07-15T10:00:00")


def test_a_zone_with_lists_and_one_without_rules():
    listed = [line for line in BERLIN.format(name="Own").split("\n") if "RRULE" not in line]
    listed = [
        {"DTSTART:16011028T030000": "DTSTART:20251026T030000\nRDATE:20261025T030000,20271031T030000",
         "DTSTART:16010325T020000": "DTSTART:20260329T020000\nRDATE:20270328T020000"}.get(line, line)
        for line in listed
    ]  # fmt: skip
    head = "\n".join(listed).split("\n")
    assert facts("DTSTART;TZID=Own:20270701T100000", head=head).start == utc(2027, 7, 1, 8)
    assert facts("DTSTART;TZID=Own:20271201T100000", head=head).start == utc(2027, 12, 1, 9)
    assert facts("DTSTART;TZID=Own:20250701T100000", head=head).start == utc(2025, 7, 1, 8)
    fixed = ["BEGIN:VTIMEZONE", "TZID:Fixed", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETTO:-0330",
             "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
    assert facts("DTSTART;TZID=Fixed:20260701T100000", head=fixed).start == utc(2026, 7, 1, 13, 30)


def test_zones_agree_with_the_list_of_the_world_over_two_years():
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    zone = BERLIN.format(name="Own").split("\n")
    local = datetime.fromisoformat("2026-01-01T00:30")
    for _ in range(0, 24 * 730, 7):
        local += timedelta(hours=7)
        found = facts(f"DTSTART;TZID=Own:{local:%Y%m%dT%H%M%S}", head=zone)
        assert found.start == local.replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "duration", "end", "local"),
    [
        ("DTSTART:20261006T090000Z", "PT45M", utc(2026, 10, 6, 9, 45), ""),
        ("DTSTART:20261006T090000Z", "P1DT1H", utc(2026, 10, 7, 10), ""),
        # A day by the wall, an hour by the stopwatch, over the change of the clocks.
        ("DTSTART;TZID=Europe/Berlin:20261024T120000", "P1D", utc(2026, 10, 25, 11), ""),
        ("DTSTART;TZID=Europe/Berlin:20261024T120000", "PT24H", utc(2026, 10, 25, 10), ""),
        ("DTSTART;VALUE=DATE:20261006", "P2D", None, "2026-10-08"),
        ("DTSTART:20261006T090000", "PT30M", None, "2026-10-06T09:30:00"),
        ("DTSTART:20261006T090000Z", "soon", None, ""),
        ("DTSTART:20261006T090000Z", "P99999W", None, ""),
    ],
)
def test_durations(start, duration, end, local):
    found = facts("UID:u", start, f"DURATION:{duration}")
    assert (found.end, found.end_local) == (end, local)


def test_an_end_before_the_start_is_kept_and_said():
    lines = ("DTSTART:20261006T090000Z", "DTEND:20261006T080000Z")
    assert facts(*lines).end == utc(2026, 10, 6, 8)
    assert "ends before it starts" in defects(*lines)


def test_a_task_ends_when_it_is_due():
    assert facts("UID:u", "DUE:20261006T090000Z", name="VTODO").end == utc(2026, 10, 6, 9)


def test_a_long_line_and_a_long_zone_are_cut():
    found = facts("UID:u", "COMMENT:" + "a" * 1_000_000)
    assert len(found.comment) < limits.CALENDAR_LINE
    many = ["BEGIN:STANDARD", "DTSTART:20270101T000000", "TZOFFSETTO:+0900", "END:STANDARD"] * limits.OBSERVANCES
    zone = [*BERLIN.format(name="Own").split("\n")[:-1], *many, "END:VTIMEZONE"]
    assert facts("DTSTART;TZID=Own:20260715T100000", head=zone).start == utc(2026, 7, 15, 8)


def test_the_last_of_many_zones():
    others = [line for n in range(400) for line in BERLIN.format(name=f"Zone {n}").split("\n")]
    assert facts("DTSTART;TZID=Zone 399:20260715T100000", head=others).start == utc(2026, 7, 15, 8)


@pytest.mark.parametrize(
    "written", ["20260230T000000", "20261006T096100", "20261006T240000", "00000101T000000", "2026-10-06T00:00:00"]
)
def test_a_zone_whose_beginning_is_no_time_is_not_known(written):
    zone = BERLIN.format(name="Own").replace("16010325T020000", written).split("\n")
    assert facts("DTSTART;TZID=Own:20260715T100000", head=zone).start is None


@pytest.mark.parametrize(("count", "hour"), [("426", 8), ("425", 9), ("99999", 8), ("-9", None), ("0", None)])
def test_a_rule_of_a_zone_that_is_counted(count, hour):
    rule = "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
    zone = BERLIN.format(name="Own").replace(rule, f"{rule};COUNT={count}")
    found = facts("DTSTART;TZID=Own:20260715T100000", head=zone.split("\n")).start
    assert found == (utc(2026, 7, 15, hour) if hour else None)
