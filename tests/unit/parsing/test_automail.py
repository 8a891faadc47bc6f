"""Persons and machines (intake 21-29, 31, 34)."""

import pytest

from parsing.message import Kind
from parsing.reading import read


def mail(*lines: str, body: str = "hello", sender: str = "anna@corp.test", envelope: str | None = None):
    head = "\r\n".join([f"From: {sender}", *lines])
    return read(f"{head}\r\n\r\n{body}".encode(), envelope_sender=envelope)


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied",
        "auto-submitted: AUTO-REPLIED (x)",
        'Auto-Submitted: (c) auto-replied; owner-email="x"',
        "X-Autoreply: yes",
        "X-Autorespond: x",
        "Precedence: auto_reply",
        "Subject: Automatic reply: Printer",
        "Subject: Automatische Antwort: Drucker",
        "Subject: Réponse automatique : imprimante",
    ],
)
def test_automatic_replies(line):
    found = mail(line)
    assert found.kind is Kind.AUTO_REPLY
    assert found.suppress_auto_reply
    assert found.kind_reasons


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Auto-Submitted: No (a comment)",
        "X-Auto-Response-Suppress: None",
        "Precedence: normal",
        "Subject: office printer is out",
    ],
)
def test_persons(line):
    found = mail(line, "Subject: it")
    assert found.kind is Kind.HUMAN
    assert not found.auto_generated
    assert not found.suppress_auto_reply


def test_suppress_is_a_wish_and_no_evidence():
    found = mail("X-Auto-Response-Suppress: All")
    assert found.kind is Kind.HUMAN
    assert found.suppress_auto_reply
    assert not found.auto_generated


@pytest.mark.parametrize(
    "subject",
    [
        "Out of Office: Printer",
        "Abwesenheitsnotiz: x",
        "Absence du bureau",
        "Fuera de la oficina",
        "Fuori sede",
        "Afwezig: x",
        "Nieobecność w biurze",
        "Frånvaro: x",
        "Вне офиса",
        "不在通知",
        "Fora do escritório",
        "I am on vacation",
    ],
)
def test_out_of_office(subject):
    assert mail(f"Subject: {subject}").kind is Kind.OUT_OF_OFFICE


def test_a_list_is_a_list():
    for line in ("List-Id: <x.test>", "Precedence: list", "List-Unsubscribe: <mailto:x@x.test>", "Mailing-List: x"):
        found = mail(line)
        assert found.kind is Kind.LIST
        assert found.suppress_auto_reply


def test_monitoring_is_written_by_a_machine_unasked():
    found = mail("Auto-Submitted: auto-generated", "Subject: disk full on web1")
    assert found.auto_generated
    assert found.kind is Kind.HUMAN


def test_no_reply_senders():
    assert mail(sender="no-reply@shop.test").auto_generated
    assert mail(sender="noreply+x@shop.test").auto_generated
    assert not mail(sender="norbert@shop.test").auto_generated


def test_null_sender():
    assert mail(envelope="").auto_generated
    assert mail("Return-Path: <>").auto_generated
    assert mail("X-A: b\r\nReturn-Path: <>").auto_generated
    assert mail("In-Reply-To: <a@x>", envelope="<>").kind is Kind.AUTO_REPLY
    assert not mail("Return-Path: <>", envelope="anna@corp.test").auto_generated


REPORT = "Content-Type: multipart/report; report-type={}; boundary=b"


def report(kind: str, leaf: str, text: str) -> str:
    return f"--b\r\n\r\nsee below\r\n--b\r\nContent-Type: {leaf}\r\n\r\n{text}\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("kind", "leaf", "text", "expected"),
    [
        (
            "delivery-status",
            "message/delivery-status",
            "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: failed\r\nStatus: 5.1.1",
            Kind.BOUNCE,
        ),
        (
            "delivery-status",
            "message/delivery-status",
            "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: delayed\r\nStatus: 4.4.1",
            Kind.DELAY,
        ),
        (
            "delivery-status",
            "message/delivery-status",
            "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@x.test\r\nAction: delivered\r\nStatus: 2.0.0",
            Kind.RECEIPT,
        ),
        (
            "disposition-notification",
            "message/disposition-notification",
            "Disposition: manual-action; displayed",
            Kind.RECEIPT,
        ),
        ("feedback-report", "message/feedback-report", "Feedback-Type: abuse", Kind.ABUSE_REPORT),
    ],
)
def test_reports_come_before_everything(kind, leaf, text, expected):
    found = mail("Auto-Submitted: auto-replied", "Precedence: list", REPORT.format(kind), body=report(kind, leaf, text))
    assert found.kind is expected


def test_challenges():
    found = mail("Subject: Please confirm your message", body="Click here to verify that you are a person")
    assert found.kind is Kind.CHALLENGE


def test_calendar():
    found = mail(
        "Content-Type: text/calendar; method=REPLY",
        body="BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:u\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    assert found.kind is Kind.CALENDAR
    assert found.calendar.uid == "u"


def test_a_person_who_forwards_a_bounce_is_a_person_without_acknowledgement():
    found = mail(
        "Subject: Fwd: Undelivered Mail Returned to Sender",
        "References: <a@x>",
        body="look\n\nThis is the mail system. Your message could not be delivered",
    )
    assert found.kind is Kind.HUMAN
    assert found.suppress_auto_reply


@pytest.mark.parametrize(
    "subject", ["Delivery of my order failed", "The printer says: mailbox full", "Our mail is rejected by your server"]
)
def test_a_person_who_complains_about_mail_is_a_person(subject):
    assert mail(f"Subject: {subject}", body="Good morning, can you help us please?").kind is Kind.HUMAN


def test_an_automatic_reply_is_not_called_unasked():
    assert not mail("Auto-Submitted: auto-replied").auto_generated
    assert mail("List-Id: <x>", "Auto-Submitted: auto-generated").auto_generated
