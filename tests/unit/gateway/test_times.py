"""Times behind a verb: what people write, in the desk's zone, over changes of the clocks, never in the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.config.loading import load
from gateway.rules.times import FARTHEST, Unclear, begin_when, daily, read_duration, read_when, spoken
from tests.unit.gateway.conftest import DEMO, NOW

DESK = load(DEMO, {}).desk(bytes(range(32)))
BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=BERLIN)


def local(text: str, now: datetime = NOW) -> str:
    found = read_when(text, DESK, now)
    return f"refused: {found.reason}" if isinstance(found, Unclear) else f"{found.astimezone(BERLIN):%a %d.%m.%Y %H:%M}"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1m", "Mon 23.11.2026 09:01"),
        ("45m", "Mon 23.11.2026 09:45"),
        ("2h", "Mon 23.11.2026 11:00"),
        ("in 2h", "Mon 23.11.2026 11:00"),
        ("1h30", "Mon 23.11.2026 10:30"),
        ("100h", "Fri 27.11.2026 13:00"),
        ("3d", "Thu 26.11.2026 09:00"),
        ("5d", "Mon 30.11.2026 09:00"),  # days of work: a weekend lies between
        ("2w", "Mon 07.12.2026 09:00"),
        ("tomorrow", "Tue 24.11.2026 09:00"),
        ("Tomorrow 14:00", "Tue 24.11.2026 14:00"),
        ("fri", "Fri 27.11.2026 09:00"),
        ("Friday 14:00", "Fri 27.11.2026 14:00"),
        ("mon", "Mon 30.11.2026 09:00"),  # it is Monday, nine: the next one
        ("mon 9:30", "Mon 23.11.2026 09:30"),
        ("sat", "Mon 30.11.2026 09:00"),  # nobody is there on a Saturday
        ("sat 10:00", "Sat 28.11.2026 10:00"),  # who names an hour means it
        ("14:00", "Mon 23.11.2026 14:00"),
        ("2026-12-01", "Tue 01.12.2026 09:00"),
        ("2026-12-01 16:30", "Tue 01.12.2026 16:30"),
        ("2026-12-01T16:30", "Tue 01.12.2026 16:30"),
        ("1.12.2026", "Tue 01.12.2026 09:00"),
        ("1.12. 8:05", "Tue 01.12.2026 08:05"),
        ("2.1.", "Mon 04.01.2027 09:00"),  # the next of its name, a Saturday
        ("2026-12-25", "Mon 28.12.2026 09:00"),  # a holiday and the weekend after it
        ("2028-02-29", "Tue 29.02.2028 09:00"),
        ("8:59", "refused: 8:59 has passed today"),
        ("2026-11-22", "refused: Mon 23 Nov 2026, 09:00 (Berlin) has passed"),
        ("2027-02-29", "refused: 2027-02-29 is no time"),
        ("32.1.2027", "refused: 32.1.2027 is no time"),
        ("25:00", "refused: 25:00 is no time"),
        ("2032-01-01", "refused: Thu 1 Jan 2032, 09:00 (Berlin) is too far away"),
        ("9999d", "refused"),
        ("0m", "refused: Mon 23 Nov 2026, 09:00 (Berlin) has passed"),
        ("yesterday", "refused: yesterday is no time"),
        ("", "refused: say when: 45m, 2h"),
        ("9999-12-31", "refused"),
        ("0001-01-01", "refused"),
        ("1" * 5_000 + "d", "refused"),
        ("now", "refused: now is no time"),
    ],
)
def test_what_people_write(text: str, at: str) -> None:
    assert local(text).startswith(at)


@pytest.mark.parametrize(
    ("now", "text", "at"),
    [
        # the clocks go forward in the night to Sunday 28 March 2027: an hour that is not there is an hour later
        ("2027-03-26 12:00", "2027-03-28 2:30", "2027-03-28 01:30 UTC"),
        ("2027-03-26 12:00", "mon 9:00", "2027-03-29 07:00 UTC"),
        ("2027-03-26 12:00", "1d", "2027-03-30 10:00 UTC"),  # that Friday and Monday are holidays
        ("2027-03-27 23:00", "4h", "2027-03-28 02:00 UTC"),
        # and back in the night to Sunday 31 October 2027: of an hour that comes twice the first is meant
        ("2027-10-29 12:00", "2027-10-31 2:30", "2027-10-31 00:30 UTC"),
        ("2027-10-29 12:00", "1d", "2027-11-01 11:00 UTC"),
        ("2027-10-30 23:00", "4h", "2027-10-31 01:00 UTC"),
    ],
)
def test_where_the_clocks_change(now: str, text: str, at: str) -> None:
    found = read_when(text, DESK, datetime.fromisoformat(now).replace(tzinfo=BERLIN))
    assert isinstance(found, datetime)
    assert f"{found:%Y-%m-%d %H:%M} UTC" == at


INSTANTS = st.integers(int(NOW.timestamp()) - 3 * 10**7, int(NOW.timestamp()) + 5 * 10**7).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)


@given(
    now=INSTANTS,
    text=st.one_of(
        st.from_regex(r"\A[0-9]{1,4}[mhdw]\Z"),
        st.from_regex(r"\A(today|tomorrow|mon|tue|wed|thu|fri|sat|sun)( [0-2]?[0-9]:[0-5][0-9])?\Z"),
        st.from_regex(r"\A202[5-9]-[01]?[0-9]-[0-3]?[0-9]( [0-2]?[0-9]:[0-5][0-9])?\Z"),
        st.text(max_size=40),
    ),
)
@example(now=datetime(2027, 10, 31, 0, 45, tzinfo=UTC), text="2:30")
@settings(max_examples=300, deadline=None)
def test_a_time_lies_ahead_or_is_refused(now: datetime, text: str) -> None:
    found = read_when(text, DESK, now)
    assert isinstance(found, Unclear) or now < found <= now + FARTHEST
    begun = begin_when(f"{text} and more", DESK, now)
    if not isinstance(found, Unclear) and " and" not in text:
        assert isinstance(begun, Unclear) or begun[0] > now


@given(at=INSTANTS, now=INSTANTS)
@settings(max_examples=200, deadline=None)
def test_what_is_spoken_is_read_again(at: datetime, now: datetime) -> None:
    """A wall clock shows some hours twice; but for those an instant survives its own words."""
    shown = at.astimezone(BERLIN)
    found = read_when(f"{shown:%Y-%m-%d %H:%M}", DESK, now)
    minute = at.replace(second=0, microsecond=0)
    if isinstance(found, datetime):
        assert found in (minute, minute - timedelta(hours=1))
        assert found == minute or shown.fold
        assert spoken(found, DESK) == spoken(minute, DESK)
    else:
        assert minute <= now or minute - now > FARTHEST or shown.fold


@given(now=INSTANTS, hour=st.integers(0, 23))
@settings(max_examples=200, deadline=None)
def test_every_day_has_its_hour(now: datetime, hour: int) -> None:
    at = daily(now, DESK, hour)
    assert now < at <= now + timedelta(hours=25)
    assert at.astimezone(BERLIN).hour == hour or at.astimezone(BERLIN).hour == hour + 1  # the hour that is skipped


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("45m", 45), ("45min", 45), ("1h", 60), ("1h30", 90), ("1h30m", 90), ("1h 05", 65), ("2.5h", 150),
        ("2,25h", 135), ("90M", 90), ("0m", None), ("", None), ("h", None), ("1h75", None), ("-1h", None),
        ("1", None), ("1d", None),
        ("9" * 3_000 + "m", None),
    ],
)  # fmt: skip
def test_durations(text: str, minutes: int | None) -> None:
    assert read_duration(text) == minutes


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("2d", ""),
        ("2d call Nora", "call Nora"),
        ("fri 14:00 call Nora", "call Nora"),
        ("fri call Nora at 14:00", "call Nora at 14:00"),
        ("in 2h  the log", "the log"),
        ("2026-12-01 14:00 the log", "the log"),
        ("2h 25:00 of film", "25:00 of film"),
        ("fri 14:00 25:00", "25:00"),
    ],
)
def test_a_time_and_the_words_after_it(text: str, rest: str) -> None:
    found = begin_when(text, DESK, NOW)
    assert not isinstance(found, Unclear)
    assert found[1] == rest


def test_a_time_that_has_passed_is_said_to_have_passed() -> None:
    found = begin_when("2026-11-20 14:00 call Nora", DESK, NOW)
    assert isinstance(found, Unclear)
    assert found.reason == "Fri 20 Nov 2026, 14:00 (Berlin) has passed"


@pytest.mark.parametrize("text", ["fri 25:00", "Fri 12:75 est 4h", "2026-12-01 24:00"])
def test_what_is_no_hour_of_a_day_is_said_to_be_none(text: str) -> None:
    found = begin_when(text, DESK, NOW)
    assert isinstance(found, Unclear)
    assert found.reason.startswith(f"{text.split()[1]} is no hour")
