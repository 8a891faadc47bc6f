"""Whatever comes: reading never raises, splitting loses nothing, comparing forms are stable.

Short and repeatable in CI; `REPLYDESK_LONG=1` searches longer and at random.
"""

import json
import os
import pickle

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parsing.address import author, is_address, mailboxes, normalise
from parsing.attachment import cut, safe_name
from parsing.authentication import results
from parsing.calendar import invitation
from parsing.command import commands
from parsing.headers import decoded, message_ids, moment
from parsing.pages.markup import to_text
from parsing.portrait import as_json
from parsing.reading import read
from parsing.reply import split
from parsing.subject import base

LONG = bool(os.environ.get("REPLYDESK_LONG"))
SETTINGS = settings(
    max_examples=5_000 if LONG else 150,
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    database=None,
)

PIECES = [
    b"From: a@x.test\r\n", b"From : b@x.test\r\n", b"Subject: =?utf-8?q?a=0D=0A?=\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=\"c\"\r\n", b"Content-Type: text/html; charset=utf-7\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: message/delivery-status\r\n",
    b"Content-Type: multipart/report; report-type=delivery-status\r\n", b"--b\r\n", b"--c\r\n", b"--b--\r\n",
    b"\r\n", b"\r\n\r\n", b"\n", b"\r", b"\0", b"\xff\xfe", b"Content-Transfer-Encoding: base64\r\n",
    b"QUJD=\r\n", b"=3D=\r\n", b"> quoted\r\n",
    b"On Mon, 5 Oct 2026 x@y wrote:\r\n", b"-- \r\n", b"<div><blockquote>a</blockquote>\r\n",
    b"Content-Type: text/calendar; method=REPLY\r\n",
    b"BEGIN:VCALENDAR\r\n", b"BEGIN:VEVENT\r\n", b"DTSTART;TZID=Europe/Berlin:20261006T100000\r\n",
    b"Auto-Submitted: auto-replied\r\n", b"Date: x\r\n",
    b"Message-ID: <[a]>\r\n", b"References: <a@x> b@x,<c@x>\r\n", b"Authentication-Results: mx; dkim=pass\r\n",
    b"filename*0*=utf-8''%ff;\r\n",
    b"Content-Disposition: attachment; filename=\"../a\"\r\n", b"---------- Forwarded message ---------\r\n",
    b"Begin forwarded message:\r\n", b"Subject: Fwd: x\r\n",
]  # fmt: skip
mails = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=40)), max_size=40).map(b"".join)
lines = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "> a",
            ">",
            "",
            "-- ",
            "On 1 Jan 2026 a@x wrote:",
            "From: a",
            "Sent: b",
            "Subject: c",
            "Sent from my iPhone",
            "-----Original Message-----",
            "Am 1. schrieb x:",
            "____________",
        ]
    ),
)
texts = st.lists(lines, max_size=30).map("\n".join)


@SETTINGS
@given(mails)
@example(b"")
@example(b"\xff" * 50)
def test_reading_never_raises(raw):
    mail = read(raw)
    assert not any("the mail cannot be read" in defect for defect in mail.defects)
    json.dumps(as_json(mail, "f"), ensure_ascii=False).encode("utf-8")
    assert pickle.loads(pickle.dumps(mail)) == mail
    for attachment in mail.attachments:
        assert len(cut(raw, attachment.part)) == attachment.size
        assert attachment.safe_name


CALENDAR_PIECES = [
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "TZID:b", "END:VTIMEZONE",
    "BEGIN:STANDARD", "END:STANDARD", "TZOFFSETTO:+0100", "TZOFFSETFROM:+0200", "BEGIN:VALARM", "METHOD:REPLY",
    "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "RRULE:FREQ=SECONDLY", "RRULE:FREQ=YEARLY;COUNT=9999;INTERVAL=9999",
    "DTSTART;TZID=b:20261006T100000", "DTSTART:00010101T000000", "DTSTART:99991231T235959Z", "DURATION:P99999D",
    "DTSTART;TZID=Europe/Berlin:00010101T000000", "DTEND;TZID=(UTC+02:00) b:20261006T110000", "DTEND;VALUE=DATE:2026",
    "ATTENDEE;PARTSTAT=ACCEPTED;CN=\"a:MAILTO:b@x.test", "ATTENDEE", "SEQUENCE:-1", " ;X=y:z", "UID:\u2028\\n",
    "DTSTAMP:20261006T100000+2560", "SUMMARY;ENCODING=QUOTED-PRINTABLE:=", "RECURRENCE-ID:20261006", "=3D", "UNTIL",
]  # fmt: skip


@SETTINGS
@given(st.lists(st.one_of(st.sampled_from(CALENDAR_PIECES), st.text(max_size=30)), max_size=40))
def test_a_calendar_is_read_or_refused_with_a_reason(lines):
    data = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines]).encode("utf-8", "replace")
    for written in (data, data.decode().encode("utf-16"), data.replace(b"\r\n", b"\r")):
        found, said = invitation(written)
        assert found is not None or said
        if found is not None:
            assert (found.start is None) or not found.start_local
            pickle.loads(pickle.dumps(found))


@SETTINGS
@given(st.binary(max_size=300))
def test_reading_any_bytes(raw):
    assert not any("the mail cannot be read" in defect for defect in read(raw).defects)


@SETTINGS
@given(texts)
def test_splitting_loses_nothing(text):
    found = split(text)
    kept = sorted(
        line.rstrip()
        for part in (found.words, found.quoted, found.signature, found.disclaimer)
        for line in part.split("\n")
        if line.strip()
    )
    assert kept == sorted(line.rstrip() for line in text.split("\n") if line.strip())


@SETTINGS
@given(st.text(max_size=80))
def test_forms_are_stable(text):
    assert normalise(normalise(text)) == normalise(text)
    assert safe_name(safe_name(text)) == safe_name(text)
    assert base(base(text)) == base(text)
    block = commands(text)
    assert not (block.commands and not block.looks_like_command)


@SETTINGS
@given(st.text(max_size=200))
def test_single_headers_never_raise(text):
    shown = decoded(text)
    assert not any(char in shown for char in "\r\n\0\u202e")
    mailbox, defect = author([text])
    assert mailbox is not None or defect
    if not defect:
        assert is_address(mailbox.address)
    for found in mailboxes([text]):
        assert is_address(found.address)
    message_ids([text])
    moment([text])
    results([text])
    found, said = invitation(text.encode())
    assert found is not None or said
    to_text(text)
