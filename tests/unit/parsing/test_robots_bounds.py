"""The worst input for each part that judges a mail or reads a bounce: none takes over half a second for 1 MB."""

import time

import pytest

from parsing.reading import read

SERVER = b"From: MAILER-DAEMON@x.test\r\nSubject: failure notice\r\n"
PERSON = b"From: a@b.test\r\nSubject: Re: x\r\nIn-Reply-To: <a@b>\r\n"
REPORT = (
    SERVER + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n"
)
WORST = {
    "one address over and over": SERVER + b"\r\n" + b"<a@b.example>\n" * 70_000,
    "many addresses": SERVER + b"\r\n" + b"".join(b"<a%d@b.example>\n" % n for n in range(60_000)),
    "addresses on one line": SERVER + b"\r\n" + b"a@b.c " * 160_000,
    "at signs": SERVER + b"\r\n" + b"@" * 1_000_000,
    "X.400": SERVER + b"\r\n" + b"SMTP=" * 200_000,
    "beginnings that detectors look for": SERVER
    + b"\r\n"
    + b"A message that you sent could not be delivered\n" * 20_000,
    "digits and dots": SERVER + b"\r\n" + b"5.1." * 250_000,
    "words of reasons": SERVER + b"\r\n" + b"mailbox domain account " * 43_000,
    "message ids": SERVER + b"\r\n" + b"message-id: <" * 75_000,
    "recipients in a report": REPORT
    + b"Content-Type: message/delivery-status\r\n\r\n"
    + b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n" * 12_000,
    "a folded diagnostic": REPORT
    + b"Content-Type: message/delivery-status\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nDiagnostic-Code: x\r\n"
    + b" mailbox 5.1.\r\n" * 60_000,
    "nested JSON": b"From: no-reply@sns.amazonaws.com\r\n\r\n{" + b'"Message":{' * 90_000,
    "a long number": b'From: no-reply@sns.amazonaws.com\r\n\r\n{"a":' + b"9" * 900_000 + b"}",
    "absence": PERSON + b"\r\n" + b"i am out of the office " * 45_000,
    "lines of absence": PERSON + b"\r\n" + b"vacation. urgent. bis. office\n" * 33_000,
    "automatic": PERSON + b"\r\n" + b"automatic this is an auto " * 38_000,
    "reply marks": b"From: a@b.test\r\nSubject: " + b"re: " * 60_000 + b"\r\n\r\nx",
    "brackets": b"From: a@b.test\r\nSubject: " + b"[" * 200_000 + b"\r\n\r\nx",
    "a sender of bounces": b"From: " + b"bounce-" * 30_000 + b"@b.test\r\n\r\nx",
    "a list of dashes": b"From: " + b"a-" * 100_000 + b"@b.test\r\nList-Id: x\r\nList-Post: <x>\r\n\r\nwhy?",
    "failed recipients": b"From: a@b.test\r\nX-Failed-Recipients: " + b"a@b.c, " * 30_000 + b"\r\n\r\nx",
    "open comments": b"From: a@b.test\r\nAuto-Submitted: " + b"(" * 200_000 + b"\r\n\r\nx",
}


@pytest.mark.parametrize("name", WORST)
def test_worst_case(name):
    read(SERVER + b"\r\na@b.example")  # what is imported late is imported once
    start = time.process_time()
    found = read(WORST[name])
    assert time.process_time() - start < 0.5
    assert not any("cannot be read" in defect for defect in found.defects)
    assert found.bounce is None or len(found.bounce.recipients) <= 100
