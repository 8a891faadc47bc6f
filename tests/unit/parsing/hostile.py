"""Mails that are built to hurt: their parts, the table of all bombs, and what must be true of each that was read.

In: nothing. Out: bytes, made when they are asked for. Nothing here is anybody's real mail.
"""

import base64
import hashlib

HEAD = b"From: Eve <eve@x.test>\r\nTo: support@desk.test\r\nSubject: s\r\n"
TEXT = HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
PAGE = HTML + b"<p>the words</p>"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
MB = 1_000_000


def filled(head, unit, end=b"", size=MB):
    """As many of `unit` as make about 1 MB."""
    return head + unit * ((size - len(head) - len(end)) // len(unit)) + end


def nested(depth, start=b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"):
    return HEAD + b"".join(start % (n, n) for n in range(depth)) + b"Content-Type: text/plain\r\n\r\ndeep words\r\n"


def calendar(lines):
    return HEAD + b"Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n" + lines


def attached(head, data):
    part = head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(data)
    return MIXED + b"--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n--b\r\n" + part + b"--b--\r\n"


BOMBS = {
    # reliability 0.7, 11; intake 6, 47
    "100,000 parts": lambda: filled(MIXED, b"--b\r\n\r\n\r\n"),
    "100,000 parts in a line each": lambda: filled(MIXED, b"--b\n"),
    "1,000 small attachments": lambda: filled(
        MIXED, b'--b\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nx\r\n', size=80_000
    ),
    "500 nested multiparts": lambda: nested(500),
    "2,000 nested multiparts": lambda: nested(2_000),
    "nested multiparts of one boundary": lambda: filled(
        MIXED, b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    ),
    "400 nested mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 400 + TEXT + b"deep words",
    "5,000 nested mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 5_000 + b"\r\ndeep words",
    "1,000 attached mails": lambda: filled(MIXED, b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + TEXT + b"x\r\n"),
    "0.8 MB of folded subject": lambda: filled(b"Subject: a\r\n", b" a\r\n", b"\r\nbody", 800_000),
    "1 MB of subject": lambda: filled(b"Subject: ", b"a", b"\r\n\r\nbody"),
    "0.11 MB of encoded words": lambda: filled(b"Subject: ", b"=?utf-8?q?a?= ", b"\r\n\r\nbody", 110_000),
    "1 MB of encoded words": lambda: filled(b"Subject: ", b"=?utf-8?b?YQ==?=\r\n ", b"\r\n\r\nbody"),
    "encoded words that do not end": lambda: filled(b"Subject: ", b"=?utf-8?q?", b"\r\n\r\nbody"),
    "encoded words of a shift codec": lambda: filled(b"Subject: ", b"=?iso-2022-jp?b?GyRC?= ", b"\r\n\r\nbody"),
    "20,000 addresses": lambda: b"From: a@x.test\r\nTo: " + b"a@x.test, " * 20_000 + b"\r\n\r\nbody",
    "5,000 addresses": lambda: b"From: a@x.test\r\nTo: " + b"a@x.test,\r\n " * 5_000 + b"\r\n\r\nbody",
    "20,000 quotes": lambda: b"From: " + b'"' * 20_000 + b" a@x.test\r\n\r\nbody",
    "500 brackets": lambda: b"From: a@x.test\r\nTo: " + b"(" * 500 + b"\r\n\r\nbody",
    "60,000 brackets": lambda: b"From: " + b"(" * 60_000 + b"\r\nTo: " + b"<" * 60_000 + b"\r\n\r\nbody",
    "backslashes": lambda: b"From: " + b'"\\' * 30_000 + b"\r\n\r\nbody",
    "5,000 parameters": lambda: HEAD + b"Content-Type: text/plain" + b"; a=b" * 5_000 + b"\r\n\r\nbody",
    "5,000 continuations": lambda: (
        HEAD + b"Content-Type: text/plain" + b"".join(b"; a*%d*=%%41" % n for n in range(5_000)) + b"\r\n\r\nbody"
    ),
    "50,000 headers": lambda: b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nbody",
    "50,000 times one header": lambda: filled(b"From: a@x.test\r\n", b"To: a@x.test\r\n", b"\r\nbody", 700_000),
    "50,000 references": lambda: b"From: a@x.test\r\nReferences:" + b"\r\n <a@x>" * 50_000 + b"\r\n\r\nbody",
    "Received a thousand times": lambda: b"Received: from a by b; x\r\n" * 1_000 + TEXT + b"body",
    "Authentication-Results": lambda: filled(
        b"From: a@x.test\r\nAuthentication-Results: mx", b"; dkim=pass header.d=x", b"\r\n\r\nbody", 60_000
    ),
    # intake 46
    "boundaries that are prefixes": lambda: filled(MIXED, b"--bb\r\n--b-\r\n--b\r\n\r\nx\r\n"),
    "lines that begin like boundaries": lambda: filled(MIXED, b"--\r\n"),
    "a boundary of 60,000 characters": lambda: (
        HEAD
        + b"Content-Type: multipart/mixed; boundary="
        + b"b" * 60_000
        + b"\r\n\r\n"
        + (b"--" + b"b" * 70 + b"\n") * 9_000
    ),
    # intake 48
    "base64 of one line": lambda: filled(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n", b"QUJD"),
    "base64 with junk": lambda: filled(HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n", b"Q!\xff=U\r\n="),
    "quoted-printable of one line": lambda: filled(
        HEAD + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", b"=3D=\xff="
    ),
    "uuencode without end": lambda: filled(TEXT + b"begin 644 a.bin\r\n", b"M" + b"A" * 60 + b"\r\n"),
    "begins of uuencode": lambda: filled(TEXT, b"begin 644 a\r\n"),
    "yEnc": lambda: filled(TEXT + b"=ybegin line=128 size=9 name=a\r\n", b"*+,-\r\n"),
    # reliability 0.8, 13
    "On": lambda: TEXT + b"On " * 20_000,
    "On, 1 MB": lambda: filled(TEXT, b"On "),
    "On, a line each": lambda: filled(TEXT, b"On Mon, 5 Oct 2026 at 10:00,\r\n"),
    "wrote": lambda: filled(TEXT, b"On Mon, 5 Oct 2026 wrote\r\n"),
    "From: and Sent: lines": lambda: filled(TEXT, b"From: a\r\nSent: b\r\n"),
    "white space and marks": lambda: filled(TEXT, b"  >", b"!"),
    "marks": lambda: filled(TEXT, b">"),
    "lines of marks": lambda: filled(TEXT, b">\r\n"),
    "spaces": lambda: filled(TEXT, b" ", b"x"),
    "lines of spaces": lambda: filled(TEXT, b"    \r\n", b"x"),
    "brackets and a hash": lambda: filled(TEXT, b"[", b"#1"),
    "dashes": lambda: filled(TEXT, b"-"),
    "underscores": lambda: filled(TEXT, b"_" * 70 + b"\r\n"),
    "signature marks": lambda: filled(TEXT, b"-- \r\n"),
    "empty lines": lambda: filled(TEXT, b"\r\n", b"x"),
    "bare returns": lambda: filled(TEXT, b"\r"),
    "no-break spaces": lambda: filled(TEXT, "\u00a0".encode(), b"x"),
    "colons": lambda: filled(TEXT, b":"),
    "stars": lambda: filled(TEXT, b"*a* "),
    "links": lambda: filled(TEXT, b"<http://x.test/a> "),
    "addresses in text": lambda: filled(TEXT, b"a@x.test "),
    "words": lambda: filled(TEXT, b"hello "),
    "one word": lambda: filled(TEXT, b"a"),
    "letters of another alphabet": lambda: filled(TEXT, "жы ".encode()),
    "forward marks": lambda: filled(TEXT, b"---------- Forwarded message ---------\r\nFrom: a <a@x.test>\r\n"),
    "Outlook forward marks": lambda: filled(TEXT, b"From: a@x.test\r\nSent: b\r\nTo: c\r\nSubject: d\r\n\r\n"),
    "commands": lambda: filled(TEXT, b"#close\r\n"),
    "re-re-re": lambda: filled(b"From: a@x.test\r\nSubject: ", b"Re: ", b"\r\n\r\nbody", 60_000),
    "fw-fw-fw in brackets": lambda: filled(
        b"From: a@x.test\r\nSubject: ", b"[a] Fwd: Re[2]: ", b"\r\n\r\nbody", 60_000
    ),
    # intake 51
    "NULs": lambda: b"\0" * MB,
    "NULs in text": lambda: filled(TEXT, b"a\0"),
    "any bytes": lambda: hashlib.shake_256(b"").digest(MB),
    "any bytes as HTML": lambda: HTML + hashlib.shake_256(b"").digest(MB - 200),
    # intake 53, house 11
    "100,000 nested divs": lambda: PAGE + b"<div>" * 100_000 + b"x" + b"</div>" * 70_000,
    "100,000 nested quotes": lambda: filled(PAGE, b"<blockquote>"),
    "nested tables": lambda: filled(PAGE, b"<table><tr><td>"),
    "nested lists": lambda: filled(PAGE, b"<ul><li>"),
    "5,001 links": lambda: PAGE + b"<a href='http://x.test/'>x</a> " * 5_001,
    "1 MB of links": lambda: filled(PAGE, b"<a href='http://x.test/'>x</a> "),
    "HTML white space": lambda: filled(PAGE, b" ", b"<p>x"),
    "HTML no-break spaces": lambda: filled(PAGE, b"&nbsp;"),
    "comments that do not end": lambda: filled(PAGE, b"<!--"),
    "empty comments": lambda: filled(PAGE, b"<!---->"),
    "conditional comments": lambda: filled(PAGE, b"<!--[if mso]>"),
    "declarations": lambda: filled(PAGE, b"<!"),
    "cdata": lambda: filled(PAGE, b"<![CDATA["),
    "instructions": lambda: filled(PAGE, b"<?"),
    "open brackets": lambda: filled(PAGE, b"<"),
    "open tags": lambda: filled(PAGE, b"<a "),
    "open end tags": lambda: filled(PAGE, b"</a "),
    "attributes": lambda: filled(PAGE + b"<a ", b"a=b ", b">x</a>"),
    "attribute quotes": lambda: filled(PAGE + b"<a ", b"a='"),
    "attributes without values": lambda: filled(PAGE + b"<a ", b"a\t"),
    "equal signs": lambda: filled(PAGE + b"<a", b" ="),
    "entities": lambda: filled(PAGE, b"&amp;"),
    "entities that do not end": lambda: filled(PAGE, b"&#x1"),
    "scripts": lambda: filled(PAGE, b"<script>"),
    "styles": lambda: filled(PAGE + b"<style>", b"a{b:c}"),
    "textareas": lambda: filled(PAGE, b"<textarea>"),
    "titles": lambda: filled(PAGE, b"<title>"),
    "formatting tags": lambda: filled(PAGE, b"<b><i><u>"),
    "paragraphs": lambda: filled(PAGE, b"<p>x"),
    "line breaks": lambda: filled(PAGE, b"<br>"),
    "rules": lambda: filled(PAGE, b"<hr>"),
    "cells": lambda: filled(PAGE + b"<table><tr>", b"<td>x"),
    "images": lambda: filled(PAGE, b"<img src=cid:a>"),
    "Outlook separators": lambda: filled(PAGE, b"<div style='border-top:solid'>From: a<br>Sent: b<br></div>"),
    "Gmail quotes": lambda: filled(PAGE, b"<div class=gmail_quote>On x wrote:<blockquote>"),
    "a svg": lambda: filled(PAGE, b"<svg><math><annotation-xml>"),
    # reliability 32, 33; house 14
    "100,000 attendees": lambda: filled(calendar(b"BEGIN:VEVENT\r\n"), b"ATTENDEE:a\r\n"),
    "nested calendars": lambda: filled(calendar(b""), b"BEGIN:VCALENDAR\r\n"),
    "nested events": lambda: filled(calendar(b""), b"BEGIN:VEVENT\r\n"),
    "nested components": lambda: filled(calendar(b""), b"BEGIN:X\r\n"),
    "recurrence every second": lambda: calendar(
        b"BEGIN:VEVENT\r\nDTSTART:00010101T000000Z\r\nRRULE:FREQ=SECONDLY;COUNT=999999999\r\nEND:VEVENT\r\n"
    ),
    "recurrence rules": lambda: filled(calendar(b"BEGIN:VEVENT\r\n"), b"RRULE:FREQ=SECONDLY\r\n"),
    "zones": lambda: filled(
        calendar(b""), b"BEGIN:VTIMEZONE\r\nTZID:a\r\nBEGIN:STANDARD\r\nRDATE:20260101T000000,20270101T000000\r\n"
    ),
    "folded calendar": lambda: filled(calendar(b"BEGIN:VEVENT\r\nUID:"), b"\r\n a"),
    "50 calendars": lambda: filled(
        MIXED, b"--b\r\nContent-Type: text/calendar\r\n\r\n" + b"BEGIN:VEVENT\r\nUID:a\r\n" * 900
    ),
    # bounces
    "delivery reports": lambda: filled(
        HEAD + b"Content-Type: message/delivery-status\r\n\r\n",
        b"Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\n\r\n",
    ),
    "a told bounce": lambda: filled(
        b"From: MAILER-DAEMON@x.test\r\nSubject: Undelivered Mail\r\n\r\n", b"<a@x.test>: 550 5.1.1 unknown\r\n"
    ),
    # intake 56, 57
    "winmail.dat of nothing": lambda: attached(
        b'Content-Type: application/ms-tnef; name="winmail.dat"', b"\x78\x9f\x3e\x22" + b"\0" * 700_000
    ),
    "winmail.dat of attributes": lambda: attached(
        b'Content-Type: application/ms-tnef; name="winmail.dat"',
        b"\x78\x9f\x3e\x22\x01\x00" + b"\x02\x05\x90\x06\x00\x00\x00\x00\x00\x00\x00" * 60_000,
    ),
    "opaque signature of nothing": lambda: attached(
        b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"', b"\x30\x80" * 350_000
    ),
    "an armour that does not end": lambda: filled(
        TEXT + b"-----BEGIN PGP MESSAGE-----\r\n\r\n", b"QUJD" * 16 + b"\r\n"
    ),
    "armours": lambda: filled(TEXT, b"-----BEGIN PGP SIGNED MESSAGE-----\r\n"),
    # intake 52
    "a file name of 60,000 characters": lambda: (
        HEAD + b'Content-Disposition: attachment; filename="' + b"../" * 20_000 + b'.exe"\r\n\r\nx'
    ),
}
LARGE = {
    "20 MB in one line of base64": lambda: filled(
        HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n", b"QUJD", size=20 * MB
    ),
    "20 MB in one line of text": lambda: filled(TEXT, b"a", size=20 * MB),
    "20 MB of HTML in one line": lambda: filled(HTML, b"<p>a", size=20 * MB),
    "33 MB of empty lines": lambda: filled(TEXT, b"\r\n", size=33 * MB),
}


def unclean(mail):
    """Controls, bidirectional marks and line ends in what may be put into our own headers."""
    boxes = [mail.from_, *mail.to, *mail.cc, *mail.reply_to]
    shown = [mail.subject, mail.message_id, *mail.references, *mail.in_reply_to, *mail.defects, *mail.kind_reasons]
    shown += [text for box in boxes if box for text in (box.name, box.address)]
    shown += [text for each in mail.attachments for text in (each.filename, each.safe_name, each.content_id)]
    if mail.calendar:
        shown += [mail.calendar.uid, mail.calendar.attendee, mail.calendar.summary, mail.calendar.method]
    return [text for text in shown if any(char < " " or char in "\x7f\u2028\u202e\u2066\u200b" for char in text)]


def is_sensible(mail):
    return not any("the mail cannot be read" in defect for defect in mail.defects) and not unclean(mail)
