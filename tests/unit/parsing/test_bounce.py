"""Delivery reports: whom, why, which mail (intake 27-29)."""

import pytest

from parsing.message import Kind
from parsing.reading import read

DSN = (
    "From: MAILER-DAEMON@mx.test\r\nSubject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\n"
    "This is the mail system.\r\n"
    "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.test\r\n\r\n"
    "Final-Recipient: rfc822; carla@gone.test\r\n"
    "Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp; {diagnostic}\r\n"
    "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID:\r\n <abc@desk.example>\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("action", "status", "diagnostic", "reason", "permanent"),
    [
        ("failed", "5.1.1", "550 5.1.1 User unknown", "mailbox unknown", True),
        ("failed", "5.2.2", "552 5.2.2 Mailbox full", "mailbox full", True),
        ("failed", "5.1.2", "550 Host unknown", "host unknown", True),
        ("failed", "5.7.1", "550 5.7.1 message refused by policy", "policy", True),
        ("failed", "5.3.4", "552 message too big", "message too large", True),
        ("failed", "5.7.1", "554 blocked using spamhaus", "spam", True),
        ("delayed", "4.4.1", "connection timed out", "temporary", False),
        ("failed", "5.2.1", "x-nothing", "mailbox disabled", True),
    ],
)
def test_reports(action, status, diagnostic, reason, permanent):
    mail = read(DSN.format(action=action, status=status, diagnostic=diagnostic).encode())
    assert mail.kind is (Kind.DELAY if action == "delayed" else Kind.BOUNCE)
    (recipient,) = mail.bounce.recipients
    assert (recipient.address, recipient.status, recipient.action) == ("carla@gone.test", status, action)
    assert (recipient.reason, recipient.permanent) == (reason, permanent)
    assert mail.bounce.original_message_id == "<abc@desk.example>"


TEXTS = {
    "qmail": (
        "From: MAILER-DAEMON@mx.test\r\nSubject: failure notice\r\n\r\n"
        "Hi. This is the qmail-send program at mx.test.\r\nI'm afraid I wasn't able to deliver your message "
        "to the following addresses.\r\n\r\n<carla@gone.test>:\r\n192.0.2.1 does not like recipient.\r\n"
        "Remote host said: 550 5.1.1 no such user\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\nReturn-Path: <a@desk.example>\r\n"
        "Message-ID: <abc@desk.example>\r\nTo: carla@gone.test\r\n"
    ),
    "exim": (
        "From: Mail Delivery System <Mailer-Daemon@mx.test>\r\nX-Failed-Recipients: carla@gone.test\r\n"
        "Subject: Mail delivery failed: returning message to sender\r\n\r\n"
        "A message that you sent could not be delivered to one or more of its\r\nrecipients.\r\n\r\n"
        "  carla@gone.test\r\n    unknown user\r\n\r\n"
        "------ This is a copy of the message, including all the headers. ------\r\n\r\n"
        "Message-ID: <abc@desk.example>\r\n"
    ),
    "exchange": (
        "From: postmaster@mx.test\r\nSubject: Undeliverable: Printer\r\n\r\n"
        "Your message did not reach the following recipient(s):\r\n\r\ncarla@gone.test\r\n"
        "The e-mail address could not be found.\r\n#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##\r\n\r\n"
        "Original message headers:\r\nMessage-ID: <abc@desk.example>\r\n"
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_free_text(name):
    mail = read(TEXTS[name].encode())
    assert mail.kind is Kind.BOUNCE
    (recipient,) = mail.bounce.recipients
    assert recipient.address == "carla@gone.test"
    assert recipient.reason == "mailbox unknown"
    assert recipient.permanent
    assert mail.bounce.original_message_id == "<abc@desk.example>"


def test_a_thousand_recipients_are_capped():
    blocks = "".join(
        f"\r\nFinal-Recipient: rfc822; a{n}@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n" for n in range(1_000)
    )
    raw = (
        "From: MAILER-DAEMON@x.test\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n" + blocks
    )
    assert len(read(raw.encode()).bounce.recipients) == 100
