"""Calendars: what they say, what they mean in UTC, and why they are refused (RFC 5545, 5546, 6047)."""

import base64
import time
from datetime import UTC, datetime

import icalendar
import pytest

from parsing import limits
from parsing.calendar import invitation
from parsing.mime import Media
from parsing.reading import read


def event(*lines, head=(), name="VEVENT", end="\r\n"):
    return end.join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", *head, f"BEGIN:{name}", *lines, f"END:{name}", "END:VCALENDAR", ""]
    )


def facts(*lines, **options):
    found, said = invitation(event(*lines, **options).encode())
    assert found is not None, said
    return found


def defects(*lines, **options):
    return " ".join(invitation(event(*lines, **options).encode())[1])


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


REPLY = (
    "UID:call-1@desk.example",
    "SEQUENCE:2",
    "DTSTAMP:20261005T081500Z",
    "DTSTART:20261006T090000Z",
    "DTEND:20261006T093000Z",
    "ATTENDEE;CN=Jane Doe;PARTSTAT=ACCEPTED:mailto:jane@cust.example",
    "SUMMARY:A call\\, at last\\; soon",
)


def test_a_reply():
    found = facts(*REPLY, head=("METHOD:REPLY",))
    assert (found.method, found.uid, found.sequence) == ("REPLY", "call-1@desk.example", 2)
    assert (found.attendee, found.partstat) == ("jane@cust.example", "ACCEPTED")
    assert (found.start, found.end) == (utc(2026, 10, 6, 9), utc(2026, 10, 6, 9, 30))
    assert found.dtstamp == utc(2026, 10, 5, 8, 15)
    assert found.summary == "A call, at last; soon"
    assert (found.component, found.components) == ("VEVENT", 1)
    assert found.attendees[0].name == "Jane Doe"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n"])
def test_line_ends(end):
    found = facts(*REPLY, head=("METHOD:REPLY",), end=end)
    assert (found.method, found.partstat, found.end) == ("REPLY", "ACCEPTED", utc(2026, 10, 6, 9, 30))


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(codec):
    found, _ = invitation(event(*REPLY, "LOCATION:Köln", head=("METHOD:REPLY",)).encode(codec))
    assert (found.method, found.location) == ("REPLY", "Köln")


def test_bytes_that_are_no_utf_8():
    data = event(*REPLY, "LOCATION:Köln am Rhein, Straße").encode("cp1252")
    assert (
        invitation(data, Media(value="text/calendar", parameters={"charset": "iso-8859-1"}))[0].location[:4] == "Köln"
    )
    found, said = invitation(data)
    assert found.location[:4] == "Köln"
    assert "calendar: 8-bit text without a charset" in said


def test_a_fold_inside_a_character():
    data = event(*REPLY, "LOCATION:K\u00f6ln").encode().replace(b"\xc3\xb6", b"\xc3\r\n \xb6")
    assert invitation(data)[0].location == "Köln"


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda data: b"  \r\n" + data,
        lambda data: b"Here it is:\r\n\r\n" + data + b"\r\n-- \r\nJane",
        lambda data: base64.encodebytes(data),
        lambda data: data.replace(b"=", b"=3D").replace(b"CN=3DJane", b"CN=3DJ=\r\nane"),
        lambda data: data.replace(b"END:VEVENT\r\n", b""),
        lambda data: data.replace(b"END:VCALENDAR\r\n", b""),
        lambda data: data.replace(b"BEGIN:", b"begin:"),
        lambda data: data.replace(b"\r\nUID", b"\r\n\r\nUID"),
        lambda data: data.replace(b"UID:", b"U\r\n\tID:").replace(b"PARTSTAT", b"PART\r\n STAT"),
        lambda data: data.replace(b"METHOD:REPLY", b"METHOD:REPLY\r\nBEGIN:VTIMEZONE\r\nTZID:x\r\nUID:no"),
    ],
)
def test_spoilt_calendars_are_still_read(spoilt):
    found, said = invitation(spoilt(event(*REPLY, head=("METHOD:REPLY",)).encode()))
    assert found is not None, said
    assert (found.method, found.uid, found.partstat) == ("REPLY", "call-1@desk.example", "ACCEPTED")
    assert found.attendees[0].name == "Jane Doe"


@pytest.mark.parametrize("data", [b"", b"  ", b"hello", b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR", b"\0\xff",
                                  b"BEGIN:VCARD\r\nEND:VCARD",
                                  b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nEND:VTIMEZONE\r\nEND:VCALENDAR"])  # fmt: skip
def test_what_is_no_invitation_is_refused_with_a_reason(data):
    found, said = invitation(data)
    assert found is None
    assert "refused" in said[-1]


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


def test_the_master_is_read_and_overrides_are_counted():
    override = ["BEGIN:VEVENT", "UID:u", "RECURRENCE-ID:20261013T090000Z", "SUMMARY:moved", "END:VEVENT"]
    found = facts("UID:u", "RRULE:FREQ=WEEKLY", "SUMMARY:weekly", head=override)
    assert (found.summary, found.components, found.recurring) == ("weekly", 2, True)
    alone = facts("UID:u", "RECURRENCE-ID;TZID=Europe/Berlin:20261013T090000", "SUMMARY:moved")
    assert (alone.summary, alone.recurrence_id) == ("moved", "2026-10-13T07:00:00Z")


def test_two_calendars_in_one_file():
    found, said = invitation((event(*REPLY) + event("UID:other")).encode())
    assert found.uid == "call-1@desk.example"
    assert "calendar: 2 calendars in one file: one was read" in said


def test_an_alarm_is_not_the_event():
    alarm = ["BEGIN:VALARM", "UID:alarm", "ATTENDEE:mailto:pager@x.test", "DURATION:PT5M", "END:VALARM"]
    found = facts(*alarm, "UID:event")
    assert (found.uid, found.attendees) == ("event", ())


def test_all_parameters_of_an_attendee():
    line = (
        "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=DELEGATED;RSVP=TRUE;CN=\"Doe; Jane: ^'J^'\";"
        'DELEGATED-TO="mailto:jim@cust.example";DELEGATED-FROM="mailto:joe@cust.example";'
        'SENT-BY="MAILTO:office@cust.example";X-NUM-GUESTS=0:MAILTO:jane%2Bcal@cust.example'
    )
    found = facts(line).attendees[0]
    assert found.address == "jane+cal@cust.example"
    assert found.name == 'Doe; Jane: "J"'
    assert (found.partstat, found.role, found.rsvp) == ("DELEGATED", "OPT-PARTICIPANT", True)
    assert (found.delegated_to, found.delegated_from) == ("jim@cust.example", "joe@cust.example")
    assert found.sent_by == "office@cust.example"


@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("ATTENDEE:mailto:jane@x.test", "jane@x.test"),
        ("ATTENDEE:jane@x.test", "jane@x.test"),
        ("ATTENDEE:MAILTO: jane@x.test", "jane@x.test"),
        ("ATTENDEE:mailto:Jane Doe <jane@x.test>", "jane@x.test"),
        ("ATTENDEE;EMAIL=jane^^n@x.test:urn:uuid:0a1b", "jane^n@x.test"),  # RFC 6868 section 3.1
        ("ATTENDEE;EMAIL=jane@x.test:urn:uuid:0a1b", "jane@x.test"),
        ("ATTENDEE;CN=x:/principals/users/jane", "/principals/users/jane"),
        ('ATTENDEE;CN="Jane:mailto:jane@x.test', "jane@x.test"),
        ("ATTENDEE:invalid:nomail", "invalid:nomail"),
        ("ATTENDEE:mailto:jane@x.test%0d%0aBcc:evil@x.test", "jane@x.test%0d%0aBcc:evil@x.test"),
    ],
)
def test_addresses(line, address):
    assert facts(line).attendee == address


def test_an_answer_of_two_is_said_and_is_its_author_s():
    lines = ("ATTENDEE;PARTSTAT=DECLINED:mailto:joe@x.test", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:Jane@x.test")
    data = event(*lines, head=("METHOD:REPLY",)).encode()
    found, said = invitation(data, author="jane@x.test")
    assert (found.attendee, found.partstat, len(found.attendees)) == ("Jane@x.test", "ACCEPTED", 2)
    assert "calendar: REPLY of 2 attendees instead of one" in said
    assert invitation(data, author="eve@x.test")[0].attendee == "joe@x.test"
    request = data.replace(b"METHOD:REPLY", b"METHOD:REQUEST")
    assert invitation(request, author="jane@x.test")[0].attendee == "joe@x.test"
    assert not invitation(request)[1]


def test_vcalendar_1_0():
    found, _ = invitation(
        b"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nUID:old\r\nDTSTART:20261006T090000Z\r\n"
        b"SUMMARY;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:Gespr=E4ch=\r\n mit Frau Do=\r\ne\r\n"
        b"ATTENDEE;ROLE=ATTENDEE;STATUS=NEEDS ACTION:Jane <jane@x.test>\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert found.uid == "old"
    assert found.summary.startswith("Gespräch")
    assert (found.attendee, found.partstat) == ("jane@x.test", "NEEDS-ACTION")


@pytest.mark.parametrize(
    ("written", "said", "method"),
    [("reply", "", "REPLY"), ("", "reply", "REPLY"), (" Reply ", "REPLY", "REPLY"), ("REQUEST", "REPLY", "REQUEST"),
     ("RE\0PLY", "", "REPLY"), ("X" * 500, "", "X" * 60)],
)  # fmt: skip
def test_methods(written, said, method):
    data = event(*REPLY, head=(f"METHOD:{written}",)).encode()
    found, defects = invitation(data, Media(value="text/calendar", parameters={"method": said}))
    assert found.method == method
    assert any("that of the Content-Type" in defect for defect in defects) == (written == "REQUEST")


@pytest.mark.parametrize(
    ("written", "number"),
    [("3", 3), ("0", 0), ("2147483647", 2147483647), ("2147483648", 0), ("-1", 0), ("3.0", 0), ("٣", 0), ("9" * 30, 0)],
)
def test_sequences(written, number):
    assert facts(f"SEQUENCE:{written}").sequence == number
    assert ("SEQUENCE is no number" in defects(f"SEQUENCE:{written}")) == (number == 0 and written != "0")


def test_a_counter_of_outlook_says_what_was_and_what_is_proposed():
    found = facts(
        "UID:u",
        "DTSTART;TZID=W. Europe Standard Time:20261007T140000",
        "DTEND;TZID=W. Europe Standard Time:20261007T143000",
        "X-MS-OLK-ORIGINALSTART;TZID=W. Europe Standard Time:20261006T100000",
        "COMMENT;LANGUAGE=de:Mittwoch\\npasst besser",
        "ATTENDEE;PARTSTAT=TENTATIVE:mailto:jane@x.test",
        head=("METHOD:COUNTER",),
    )
    assert (found.start, found.original_start) == (utc(2026, 10, 7, 12), utc(2026, 10, 6, 8))
    assert found.comment == "Mittwoch\npasst besser"


def mail(*parts):
    body = b"".join(b"--b\r\n" + head.encode() + b"\r\n\r\n" + data + b"\r\n" for head, data in parts)
    return read(
        b"From: Jane <jane@cust.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"
    )


def test_the_part_that_says_that_it_is_a_message_comes_first():
    publish = event("UID:file", head=("METHOD:PUBLISH",)).encode()
    reply = event(*REPLY, head=("METHOD:REPLY",)).encode()
    found = mail(
        ('Content-Type: application/octet-stream; name="holidays.ics"', publish),
        ("Content-Type: text/calendar", publish),
        ("Content-Type: text/calendar; method=REPLY; component=VEVENT; charset=utf-8", reply),
    )
    assert found.calendar.uid == "call-1@desk.example"
    assert found.calendar.part == 3
    assert dict(found.calendar.parameters) == {"method": "REPLY", "component": "VEVENT", "charset": "utf-8"}
    assert any("say different things" in defect for defect in found.defects)


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: application/ics; name=invite.ics",
        "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"Invite.ICS\"",
        "Content-Type: text/plain; name=reply.ics",
        "Content-Type: text/x-vcalendar",
    ],
)  # fmt: skip
def test_an_attached_file_is_read_where_there_is_no_other(head):
    found = mail(
        ("Content-Type: text/plain", b"see attachment"), (head, event(*REPLY, head=("METHOD:REPLY",)).encode())
    )
    assert (found.calendar.method, found.calendar.partstat) == ("REPLY", "ACCEPTED")


def test_a_file_named_so_that_is_no_calendar_is_refused_with_a_reason():
    found = mail(("Content-Type: application/octet-stream; name=a.ics", b"MZ\x90\0"))
    assert found.calendar is None
    assert any("calendar: refused" in defect for defect in found.defects)


def test_a_few_parts_are_read_as_calendars():
    reply = event(*REPLY, head=("METHOD:REPLY",)).encode()
    head = "Content-Type: text/calendar"
    assert mail(*[(head, b"no %d" % n) for n in range(limits.CALENDAR_PARTS - 1)], (head, reply)).calendar is not None
    assert mail(*[(head, b"no %d" % n) for n in range(limits.CALENDAR_PARTS)], (head, reply)).calendar is None


def test_a_long_line_and_a_long_zone_are_cut():
    found = facts("UID:u", "COMMENT:" + "a" * 1_000_000)
    assert len(found.comment) < limits.CALENDAR_LINE
    many = ["BEGIN:STANDARD", "DTSTART:20270101T000000", "TZOFFSETTO:+0900", "END:STANDARD"] * limits.OBSERVANCES
    zone = [*BERLIN.format(name="Own").split("\n")[:-1], *many, "END:VTIMEZONE"]
    assert facts("DTSTART;TZID=Own:20260715T100000", head=zone).start == utc(2026, 7, 15, 8)


def test_a_file_that_is_too_long_says_so():
    attached = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "A" * limits.BODY_TEXT
    said = "calendar: longer than 1000000 characters: the rest was not read"
    assert said in invitation(event(attached, "UID:u").encode())[1]
    assert said in invitation(event(attached, "UID:u").encode("utf-16"))[1]
    assert said not in invitation(event(attached[: limits.BODY_TEXT // 2], "UID:u").encode("utf-16"))[1]


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


def test_a_mail_without_calendars_says_nothing_of_them():
    assert not [defect for defect in mail(("Content-Type: text/plain", b"hello")).defects if "calendar" in defect]


BOMBS = {
    "attendees": event(*["ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@x.test"] * 100_000),
    "nested": "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\n" * 30_000 + "END:VEVENT\r\n" * 30_000,
    "nested alarms": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" + "BEGIN:VALARM\r\n" * 60_000,
    "calendars": "BEGIN:VCALENDAR\r\n" * 60_000 + event("UID:u"),
    "events": "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\nRECURRENCE-ID:1\r\nUID:u\r\nEND:VEVENT\r\n" * 20_000,
    "one line": event("UID:" + "a" * 1_000_000),
    "quotes": event('ATTENDEE;CN="' + '";"' * 300_000),
    "parameters": event("ATTENDEE" + ";A=b" * 250_000 + ":mailto:a@x.test"),
    "folds": event("UID:" + "\r\n ".join("a" * 300_000)),
    "line ends": "\r" * 1_000_000 + event("UID:u"),
    "soft breaks": event("SUMMARY;ENCODING=QUOTED-PRINTABLE:" + "=\r\n" * 300_000),
    "recurrence": event(*["RRULE:FREQ=SECONDLY", "DTSTART:00010101T000000Z"], *["RDATE:20261006T000000Z"] * 30_000),
    "zones": event(
        "DTSTART;TZID=z:20261006T100000",
        head=["BEGIN:VTIMEZONE", "TZID:z", *[
            "BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;INTERVAL=9999\r\n"
            "RDATE:" + ",".join(["20261006T000000"] * 100) + "\r\nEND:STANDARD"] * 500, "END:VTIMEZONE"]),
    "escapes": event("SUMMARY:" + "\\" * 999_999),
    "base64 of base64": base64.b64encode(base64.b64encode(event("UID:" + "u" * 500_000).encode())).decode(),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_read_in_bounded_time(name):
    data = BOMBS[name].encode()
    start = time.process_time()
    found, said = invitation(data)
    assert time.process_time() - start < 1.0
    assert found is not None or said
    if found is not None:
        assert len(found.attendees) <= limits.ATTENDEES
        assert len(found.uid) <= 1_000


def test_what_was_cut_is_said():
    assert "attendees" in " ".join(invitation(BOMBS["attendees"].encode())[1])
    assert "lines" in " ".join(invitation(BOMBS["recurrence"].encode())[1])
    assert "deep" in " ".join(invitation(BOMBS["nested alarms"].encode())[1])


def test_icalendar_reads_the_same():
    data = event(*REPLY, head=("METHOD:REPLY",)).encode()
    other = icalendar.Calendar.from_ical(data)
    part = other.walk("VEVENT")[0]
    found = invitation(data)[0]
    assert (found.method, found.uid, found.sequence) == (str(other["METHOD"]), str(part["UID"]), part["SEQUENCE"])
    assert (found.start, found.end, found.dtstamp) == (part["DTSTART"].dt, part["DTEND"].dt, part["DTSTAMP"].dt)
