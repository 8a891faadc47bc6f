"""Whatever people are called and whatever they write: an invite has the same lines, and each says what it was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from parsing.calendar import invitation
from scheduling import invite
from scheduling.invite import Event
from tests.servers.calendars.events import PLAIN

HOSTILE = st.sampled_from(
    [
        *("\r\nEND:VEVENT\r\nBEGIN:VEVENT", "\nATTENDEE:mailto:evil@evil.example", "\r\n METHOD:CANCEL", "\r\n\tX:Y"),
        *(
            "\x00",
            "\x0b",
            "\x85",
            "\u2028",
            "\u2029",
            "\u202e",
            "\u2066",
            "\u200f",
            "\u200d",
            "\ufeff",
            "\ud800",
            "\x7f",
        ),
        *("\\n", "\\N", "\\\\", "\\,", "\\;", "\\", ";", ",", ":", '"', "'", "^n", "^'", "^^", "%0D%0A", "=0D=0A"),
        *("🙂", "👩‍👩‍👧‍👦", "é", "漢", " ", "\t", "x" * 80, "ü" * 80, "BEGIN:VCALENDAR"),
    ]
)
TEXT = st.one_of(st.text(), st.lists(st.one_of(HOSTILE, st.text(max_size=9)), max_size=14).map("".join))
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)


def lines(content: bytes) -> list[str]:
    return content.decode().replace("\r\n ", "").split("\r\n")


NAMES = {
    write: [re.split("[;:]", line)[0] for line in lines(write(PLAIN))]
    for write in (invite.request, invite.cancel, invite.decline_counter)
}
"""The lines of a plain invite."""
WRITE = st.sampled_from(list(NAMES))


def shown(text: str) -> str:
    """One line without what hides in it, as the reference would say it: no code of ours."""
    hidden = {*range(0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF}
    hidden |= {*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC)}
    line = "".join(letter for letter in " ".join(text.split()) if ord(letter) not in hidden)
    return " ".join("".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in line).split())


@given(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, WRITE)
def test_no_words_get_out_of_their_property(
    summary: str, description: str, location: str, name: str, comment: str, uid: str, write: Callable[[Event], bytes]
) -> None:
    event = replace(
        PLAIN,
        uid=uid,
        summary=summary,
        description=description,
        location=location,
        url=location,
        comment=comment,
        attendee_name=name,
        organizer_name=summary,
        attendee=f"{name}@northwind.example",
    )
    content = write(event)
    assert content == write(event)
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")
    assert max(map(len, content.split(b"\r\n"))) <= 75
    optional = {"LOCATION", "URL", "DESCRIPTION", "COMMENT"}
    kept = [found for line in lines(content) if (found := re.split("[;:]", line)[0]) not in optional]
    assert kept == [name for name in NAMES[write] if name not in optional]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e]", "".join(lines(content)))
    (read,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert str(read["SUMMARY"])[:200] == shown(summary)[:200] or len(shown(summary)) > 249
    assert str(read.get("LOCATION", ""))[:900] == shown(location)[:900]
    called = shown(name.replace('"', "'").replace("^", " ").replace("\\", "/"))
    assert str(read["ATTENDEE"].params.get("CN", ""))[:140] == called[:140]


@given(MOMENTS, st.integers(1, 600), MOMENTS, st.integers(0, 1 << 30), TEXT, WRITE)
def test_our_own_parser_reads_what_was_meant(
    start: datetime, minutes: int, dtstamp: datetime, sequence: int, name: str, write: Callable[[Event], bytes]
) -> None:
    event: Event = replace(
        PLAIN,
        start=start,
        end=start + timedelta(minutes=minutes),
        dtstamp=dtstamp,
        sequence=sequence,
        attendee_name=name,
    )
    found, said = invitation(write(event))
    assert found is not None and said == ()
    assert (found.uid, found.sequence, found.dtstamp) == (event.uid, sequence, dtstamp)
    assert (found.start, found.end) == (event.start, event.end)
    assert (found.attendee, len(found.attendees), found.components) == (event.attendee, 1, 1)
    assert found.organizer is not None and found.organizer.address == event.organizer
