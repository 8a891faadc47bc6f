"""The bytes of an invite: their exact shape, what is different when it is cancelled, and that nothing gets out of its
property however it is written."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from scheduling import invite
from tests.servers.calendars.events import EVENTS, PLAIN

REQUEST = """\
BEGIN:VCALENDAR
PRODID:-//replydesk//calls//EN
VERSION:2.0
CALSCALE:GREGORIAN
METHOD:REQUEST
BEGIN:VEVENT
UID:3f0c9a7e51d84b26a0b7c2d4e6f81935@desk.example
SEQUENCE:0
DTSTAMP:20260320T081542Z
CREATED:20260320T081542Z
LAST-MODIFIED:20260320T081542Z
DTSTART:20260324T090000Z
DTEND:20260324T093000Z
SUMMARY:Support call - network engineering [DESK-1042]
LOCATION:https://desk.example/w/3fk2
URL:https://desk.example/w/3fk2
DESCRIPTION:Your call is on Tuesday\\, 24 March 2026\\, 10:00.\\n\\nTo cancel it\\, answer CANCEL.
ORGANIZER;CN="Example Support":mailto:support+kabcdefghijklmnopqrstuvwxyz@desk.example
ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;\
CN="Nora Wind";X-NUM-GUESTS=0:mailto:nora@northwind.example
STATUS:CONFIRMED
TRANSP:OPAQUE
CLASS:PRIVATE
PRIORITY:5
X-MICROSOFT-DISALLOW-COUNTER:FALSE
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
X-MICROSOFT-DONOTFORWARDMEETING:TRUE
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:Support call - network engineering [DESK-1042]
TRIGGER:-PT15M
END:VALARM
END:VEVENT
END:VCALENDAR
"""
WRITTEN = {"request": invite.request, "cancel": invite.cancel, "decline_counter": invite.decline_counter}


def lines(content: bytes) -> list[str]:
    """The content lines, unfolded by the rule of RFC 5545 section 3.1 alone."""
    return content.decode().replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def one(content: bytes, name: str) -> str:
    (found,) = [line for line in lines(content) if re.match(rf"{name}[;:]", line)]
    return found


def test_pitfall_05_29_a_request_has_the_shape_of_the_reference() -> None:
    assert "\n".join(lines(invite.request(PLAIN))) + "\n" == REQUEST


def test_pitfall_21_a_cancel_says_so_in_all_its_places_and_alarms_nobody() -> None:
    cancelled = REQUEST.replace("METHOD:REQUEST", "METHOD:CANCEL").replace("STATUS:CONFIRMED", "STATUS:CANCELLED")
    cancelled = cancelled.replace("TRANSP:OPAQUE", "TRANSP:TRANSPARENT").replace("BUSYSTATUS:BUSY", "BUSYSTATUS:FREE")
    cancelled = re.sub("BEGIN:VALARM.*END:VALARM\n", "", cancelled, flags=re.DOTALL).replace("SEQUENCE:0", "SEQUENCE:1")
    assert "\n".join(lines(invite.cancel(replace(PLAIN, sequence=1)))) + "\n" == cancelled


def test_a_declined_counter_echoes_the_sequence_and_says_why() -> None:
    content = invite.decline_counter(replace(PLAIN, sequence=3, comment="Nobody is free then; at 11:00 somebody is."))
    assert one(content, "METHOD") == "METHOD:DECLINECOUNTER"
    assert one(content, "SEQUENCE") == "SEQUENCE:3"
    assert one(content, "STATUS") == "STATUS:CONFIRMED"
    assert one(content, "COMMENT") == "COMMENT:Nobody is free then\\; at 11:00 somebody is."
    assert b"VALARM" not in content


@pytest.mark.parametrize("write", WRITTEN)
@pytest.mark.parametrize("name", EVENTS)
def test_pitfall_12_lines_are_75_octets_at_most_and_whole_letters(name: str, write: str) -> None:
    content = WRITTEN[write](EVENTS[name])
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r")
    assert content.startswith(b"BEGIN:VCALENDAR\r\n") and content.endswith(b"END:VCALENDAR\r\n")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # a fold inside a letter would not be UTF-8
    assert WRITTEN[write](EVENTS[name]) == content


@pytest.mark.parametrize("write", WRITTEN)
@pytest.mark.parametrize("name", EVENTS)
def test_no_words_make_a_property(name: str, write: str) -> None:
    """Every event has the lines of a plain one, whatever it says."""
    plain = WRITTEN[write](replace(PLAIN, comment=EVENTS[name].comment))
    named = [re.split("[;:]", line)[0] for line in lines(WRITTEN[write](EVENTS[name]))]
    assert named == [re.split("[;:]", line)[0] for line in lines(plain)]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Nora Wind", 'ORGANIZER;CN="Nora Wind":'),
        ("Nora", 'ORGANIZER;CN="Nora":'),
        ('"Nora"', "ORGANIZER;CN=\"'Nora'\":"),
        ("Nora ^n ^' Wind", 'ORGANIZER;CN="Nora n \' Wind":'),
        ("Nora\r\nX:\x00\u202e\u200bWind", 'ORGANIZER;CN="Nora X:Wind":'),
        ("a\\nb", 'ORGANIZER;CN="a/nb":'),
        ("\ud800", 'ORGANIZER;CN="\ufffd":'),
        (" \t\n", "ORGANIZER:"),
        ("x" * 151, f'ORGANIZER;CN="{"x" * 149}…":'),
    ],
)
def test_a_name_holds_no_quote_no_caret_and_no_control(name: str, written: str) -> None:
    content = invite.request(replace(PLAIN, organizer_name=name))
    assert one(content, "ORGANIZER") == f"{written}mailto:{PLAIN.organizer}"


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        ("nora@northwind.example", "mailto:nora@northwind.example"),
        ("nora+a@northwind.example", "mailto:nora+a@northwind.example"),
        ("a&b=c/d?e#f%g@x.example", "mailto:a%26b%3Dc%2Fd%3Fe%23f%25g@x.example"),
        ("jürgen@bücher.example", "mailto:j%C3%BCrgen@b%C3%BCcher.example"),
        ("x@y.example\r\nATTENDEE:mailto:evil@evil.example", "mailto:x@y.example%20ATTENDEE:mailto:evil@evil.example"),
        ('"a b"@x.example', "mailto:%22a%20b%22@x.example"),
    ],
)
def test_pitfall_06_an_address_is_a_bare_uri(address: str, uri: str) -> None:
    content = invite.request(replace(PLAIN, attendee=address))
    assert one(content, "ATTENDEE").endswith(f";X-NUM-GUESTS=0:{uri}")


def test_a_long_summary_keeps_its_reference() -> None:
    content = invite.request(replace(PLAIN, summary="word " * 500 + "[DESK-1042]"))
    summary = one(content, "SUMMARY").removeprefix("SUMMARY:")
    assert summary.startswith("word word") and summary.endswith("… [DESK-1042]")
    assert len(summary) == 250


def test_what_is_not_said_is_no_property() -> None:
    content = invite.request(replace(PLAIN, location="", url="", description="", alarm=timedelta()))
    for name in (b"LOCATION", b"URL", b"DESCRIPTION", b"COMMENT", b"VALARM"):
        assert name not in content


@pytest.mark.parametrize("write", WRITTEN)
def test_pitfall_14_15_16_20_26_there_is_neither_zone_nor_recurrence_nor_a_mail(write: str) -> None:
    for event in EVENTS.values():
        said = {re.split("[;:]", line)[0] for line in lines(WRITTEN[write](event))}
        assert not said & {"TZID", "RRULE", "RDATE", "RECURRENCE-ID", "ATTACH", "X-ALT-DESC", "REFRESH-INTERVAL"}
        assert b"VTIMEZONE" not in WRITTEN[write](replace(event, description=""))
        assert b"ACTION:EMAIL" not in WRITTEN[write](event)
        for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND"):
            assert re.fullmatch(rf"{name}:[0-9]{{8}}T[0-9]{{6}}Z", one(WRITTEN[write](event), name))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no zone"):
        invite.request(replace(PLAIN, start=datetime(2026, 3, 24, 9)))  # noqa: DTZ001


def test_the_longest_words_are_cut_in_time() -> None:
    """Half a million letters of the worst kinds in each property at once."""
    for text in ("🙂\r\n;,\\" * 100_000, "\u202e" * 500_000, " " * 500_000, "[" * 500_000, "a [b" * 125_000):
        event = replace(PLAIN, summary=text, description=text, location=text, comment=text, attendee_name=text)
        begun = time.process_time()
        content = invite.request(event)
        assert time.process_time() - begun < 1.0
        assert len(content) < 60_000
