"""Receipts, recalls, challenges, notices of Amazon SES, and reports that people hand on."""

import json

import pytest

from parsing.message import Kind
from parsing.reading import read


def mail(*lines, body="hello", sender="Ann <ann@corp.test>"):
    return read(("\r\n".join([f"From: {sender}", *lines]) + f"\r\n\r\n{body}").encode())


@pytest.mark.parametrize(
    ("subject", "body", "kind"),
    [
        ("Read: Printer", "Your message was read on Monday.", Kind.RECEIPT),
        ("Gelesen: Drucker", "Ihre Nachricht wurde am Montag gelesen.", Kind.RECEIPT),
        ("Letto: Stampante", "Il messaggio =E8 stato letto il 5 agosto.".replace("=E8", "è"), Kind.RECEIPT),
        ("Read: the manual", "I have read the manual, it is wrong.", Kind.HUMAN),
        ("Recall: Prices", 'Ann would like to recall the message, "Prices".', Kind.AUTO_REPLY),
        ("Rappel : Prix", "Ann souhaite rappeler le message « Prix ».", Kind.AUTO_REPLY),
        ("Rappel : rendez-vous demain", "Je passe demain à dix heures.", Kind.HUMAN),
        ("Recall of product 55", "Is product 55 part of it?", Kind.HUMAN),
        ("Please confirm your message", "Click here to verify that you are a person", Kind.CHALLENGE),
        ("Challenge with login", "The code does not arrive. I click and verify.", Kind.HUMAN),
        ("Delivery report", "The delivery report for week 31 is missing.", Kind.HUMAN),
        ("Delivered: Printer", "Your message was successfully delivered to bob@x.test.", Kind.RECEIPT),
    ],
)
def test_words(subject, body, kind):
    assert mail(f"Subject: {subject}", "Content-Type: text/plain; charset=utf-8", body=body).kind is kind


def test_a_challenge_by_header():
    assert mail("X-TMDA-Fingerprint: abc").kind is Kind.CHALLENGE


def test_a_disposition_that_refuses_is_no_receipt():
    found = mail(
        "Subject: Automatically rejected mail", "Content-Type: multipart/report; report-type=disposition-notification"
    )
    assert found.kind is Kind.AUTO_REPLY


def test_apples_unsubscribe_button():
    assert mail("X-Apple-Unsubscribe: true").kind is Kind.ABUSE_REPORT


def ses(kind, **more):
    notice = {"notificationType": kind, "mail": {"commonHeaders": {"messageId": "<d1@desk.example>"}}, **more}
    return mail("X-Amz-Sns-Message-Id: 1", body=json.dumps({"Type": "Notification", "Message": json.dumps(notice)}))


def test_notices_of_amazon_ses():
    gone = {"emailAddress": "zoe@ghost.test", "action": "failed", "status": "5.1.1", "diagnosticCode": "user unknown"}
    found = ses("Bounce", bounce={"bounceType": "Permanent", "bouncedRecipients": [gone]})
    assert found.kind is Kind.BOUNCE
    (one,) = found.bounce.recipients
    assert (one.address, one.status, one.reason, one.permanent) == ("zoe@ghost.test", "5.1.1", "mailbox unknown", True)
    assert found.bounce.original_message_id == "<d1@desk.example>"
    bare = {"emailAddress": "zoe@ghost.test"}
    (one,) = ses("Bounce", bounce={"bounceType": "Transient", "bouncedRecipients": [bare]}).bounce.recipients
    assert (one.status, one.permanent) == ("4.0.0", False)
    found = ses("DeliveryDelay", deliveryDelay={"delayedRecipients": [bare]})
    assert found.kind is Kind.DELAY
    assert found.bounce.recipients[0].action == "delayed"
    assert ses("Complaint").kind is Kind.ABUSE_REPORT
    assert ses("Delivery").kind is Kind.RECEIPT


@pytest.mark.parametrize("body", ["{", '{"Message": 5}', '{"Message": "{"}', "[]", '{"notificationType": ["Bounce"]}',
                                  '{"notificationType":"Bounce","bounce":[],"mail":7}',
                                  '{"notificationType":"Bounce","bounce":{"bouncedRecipients":[1,{}]}}'])  # fmt: skip
def test_broken_notices_are_read(body):
    found = mail("X-Amz-Sns-Message-Id: 1", body=body)
    assert not any("cannot be read" in defect for defect in found.defects)


REPORT = (
    "--b\r\n\r\nLook at this\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\n"
    "Final-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["Subject: Fwd: Undelivered Mail Returned to Sender"], Kind.HUMAN),
        (["Subject: Re: Undelivered Mail", "In-Reply-To: <a@b>"], Kind.HUMAN),
        (["Subject: Undelivered Mail Returned to Sender"], Kind.BOUNCE),
        (["Subject: Fwd: x", "Return-Path: <>"], Kind.BOUNCE),
    ],
)
def test_a_report_that_a_person_hands_on(lines, kind):
    assert mail(*lines, "Content-Type: multipart/mixed; boundary=b", body=REPORT).kind is kind


def test_a_mailing_list_program_that_refuses():
    found = mail("Subject: You ann@corp.test are not member", "X-MLServer: fml", sender="users-admin@lists.test")
    assert found.kind is Kind.BOUNCE


def _calendar(method="REPLY", *, kind="text/calendar", disposition="", words="", subject="Accepted: Support call"):
    lines = [
        "From: Reto <reto@holz.example>", "To: support@desk.example", f"Subject: {subject}", "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"', "", "--b", "Content-Type: text/plain", "", words, "--b",
        f"Content-Type: {kind}; name=call.ics", *([f"Content-Disposition: {disposition}"] * bool(disposition)), "",
        "BEGIN:VCALENDAR", f"METHOD:{method}", "BEGIN:VEVENT", "UID:1@desk.example", "SUMMARY:Support call",
        "ORGANIZER:mailto:support@desk.example", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:reto@holz.example", "END:VEVENT",
        "END:VCALENDAR", "--b--", "",
    ]  # fmt: skip
    return read("\r\n".join(lines).encode())


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH", "CANCEL", "DECLINECOUNTER", "REQUEST"])
def test_the_method_inside_a_calendar_counts_where_the_type_names_none(method):
    found = _calendar(method, words="Reto has accepted.")
    assert found.kind is Kind.CALENDAR
    assert method in found.kind_reasons[0]


def test_a_calendar_without_a_scheduling_method_is_no_message():
    assert _calendar("PUBLISH", words="Our dates.").kind is Kind.HUMAN


@pytest.mark.parametrize("kind", ["text/calendar", "application/octet-stream"])
def test_a_calendar_file_counts_where_nothing_else_is_said(kind):
    assert _calendar(kind=kind, disposition="attachment").kind is Kind.CALENDAR


def test_the_senders_own_calendar_file_counts_where_the_subject_is_the_clients():
    words = "Reto has accepted your invitation."
    assert _calendar(disposition="attachment", words=words).kind is Kind.CALENDAR
    assert _calendar(disposition="attachment", words=words, kind="application/octet-stream").kind is Kind.HUMAN


@pytest.mark.parametrize(
    ("method", "subject"), [("REPLY", "Your server refuses my answer"), ("REQUEST", "Re: Support call")]
)
def test_a_calendar_file_that_a_person_shows_is_no_message(method, subject):
    words = "Please look at this file, it cannot be opened."
    assert _calendar(method, disposition="attachment", words=words, subject=subject).kind is Kind.HUMAN
