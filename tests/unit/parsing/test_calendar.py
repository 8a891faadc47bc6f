"""Calendars: what they say, which of several counts, and why they are refused (RFC 5545, 5546, 6047).

What their times mean in UTC stands in `test_calendar_times.py`.
"""

import base64
import time

import icalendar
import pytest

from parsing import limits
from parsing.calendar import invitation
from parsing.mime import Media
from parsing.reading import read
from tests.unit.parsing.calendars import REPLY, defects, event, facts, utc


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
        ("ATTENDEE:mailto:%22jane%20doe%22@x.test", '"jane doe"@x.test'),
        ("ATTENDEE:mailto:%22a%22,b%22@x.test", "%22a%22,b%22@x.test"),
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


def test_a_file_that_is_too_long_says_so():
    attached = "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + "A" * limits.BODY_TEXT
    said = "calendar: longer than 1000000 characters: the rest was not read"
    assert said in invitation(event(attached, "UID:u").encode())[1]
    assert said in invitation(event(attached, "UID:u").encode("utf-16"))[1]
    assert said not in invitation(event(attached[: limits.BODY_TEXT // 2], "UID:u").encode("utf-16"))[1]


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
