"""Bounces and robots: what they mark and tell, and that they open, reopen and copy nothing (intake 27-30)."""

from __future__ import annotations

import re
from typing import Any

from tests.desk import Sent, StillDesk
from tests.nasty.correspondence import ANASTASIA, BOB, NORA, Write, answered, asked, kinds, to, write

__all__ = ["asked", "write"]

REPORT = (
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\nMIME-Version: 1.0\n\n"
    "--b\nContent-Type: text/plain\n\nIt could not be delivered.\n\n--b\nContent-Type: message/delivery-status\n\n"
    "Reporting-MTA: dns; mx.northwind.example\n\nFinal-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n"
    "Diagnostic-Code: smtp; 550 no\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {about}\n"
    "From: support@desk.example\nTo: {to}\nSubject: x\n\nx\n--b--\n"
)


def bounce(still: StillDesk, about: Sent, at: str, action: str = "failed", status: str = "5.1.1") -> dict[str, Any]:
    number = len(still.entries())
    head = (
        f"From: MAILER-DAEMON@mx.northwind.example\nTo: {at}\nSubject: Undelivered Mail\nMessage-ID: <dsn{number}@mx>\n"
    )
    body = REPORT.format(to=about.to, action=action, status=status, about=about.mail["Message-ID"])
    return still.mail(head + body, "", at)


def unreachable(still: StillDesk, address: str = NORA) -> bool:
    found = [m for m in still.ticket(1001)["participants"] if m["address"] == address]
    return found[0]["unreachable_since"] is not None


def test_intake_27_a_bounce_marks_tells_and_opens_nothing(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    still.do("DESK-1001", "#topic Usage\n#resolve done", "anastasia")
    before = len(still.sent)
    entry = bounce(still, sent, sent.sender)
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    view = still.ticket(1001)
    assert (view["status"], len(still.tickets())) == ("resolved", 1)
    assert [message["delivery"] for message in view["messages"]][-1] == "failed"
    assert [mail.purpose for mail in still.sent[before:]] == ["undelivered"]
    assert unreachable(still)
    write(NORA, "I claim to be back.")
    assert unreachable(still)
    write(NORA, "I am back.", proven=True, Subject=f"Re: [{asked}] Search is very slow")
    assert not unreachable(still)


def test_intake_27_a_copy_that_bounces_tells_who_wrote_it(still: StillDesk, write: Write, asked: str) -> None:
    write(NORA, "Bob knows.", to(still, NORA), proven=True, Cc=BOB)
    copy = answered(still, "For both of you.")[1]
    assert copy.to == BOB
    bounce(still, copy, copy.sender)
    told = still.latest(ANASTASIA, "undelivered")
    assert f"Your answer did not reach {BOB}" in told.text()
    assert "For both of you." in told.text()
    assert (unreachable(still, BOB), unreachable(still)) == (True, False)
    assert [mail.to for mail in answered(still)] == [NORA]


def test_intake_27_a_bounced_notice_causes_no_mail(still: StillDesk, write: Write, asked: str) -> None:
    notice = still.latest(ANASTASIA, "notice")
    before = len(still.sent)
    entry = bounce(still, notice, notice.sender)
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    assert still.sent[before:] == []
    assert "delivery-failed" in [event["kind"] for event in still.ticket(1001)["events"]]


def test_intake_28_a_report_that_only_claims_to_be_about_our_mail(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    forged = re.sub(r"\+v(\d+)-.*@", r"+v\1-aaaaaaaaaaaaaaaa@", sent.sender)
    assert forged != sent.sender
    view = still.ticket(1001)
    for at in ("support@desk.example", forged):
        entry = bounce(still, sent, at)
        assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", None)
        assert "not believed" in entry["reason"]
    assert still.ticket(1001) == view
    assert not unreachable(still)


def test_intake_29_a_delay_is_no_failure(still: StillDesk, write: Write, asked: str) -> None:
    sent = answered(still)[0]
    bounce(still, sent, sent.sender, "delayed", "4.4.1")
    assert not unreachable(still)
    assert still.latest(ANASTASIA).purpose != "undelivered"


def test_intake_30_our_own_mail_comes_back(still: StillDesk, write: Write, asked: str) -> None:
    """Through an alias, a forwarding or a folder of sent mail: byte for byte, or with another From."""
    view, before = still.ticket(1001), len(still.sent)
    for sent in list(still.sent):
        for raw in (sent.raw, re.sub(rb"(?m)^From: [^\n]*\n(?: [^\n]*\n)*", b"From: f@forward.example\r\n", sent.raw)):
            assert still.mail(raw, "forwarder@forward.example")["verdict"] == "loop-suppressed"
    assert still.ticket(1001) == view
    assert (len(still.tickets()), len(still.sent)) == (1, before)


def test_an_absence_note_reopens_nothing_and_stops_no_clock(still: StillDesk, write: Write, asked: str) -> None:
    running = still.ticket(1001)["sla"]["first_response"]
    entry = write(NORA, "I am out of office.", to(still, NORA), Subject="Out of office", Auto_Submitted="auto-replied")
    assert (entry["verdict"], entry["ticket"]) == ("auto-reply-recorded", asked)
    assert still.ticket(1001)["sla"]["first_response"] == running
    still.do("DESK-1001", "#topic Usage\n#start\n#resolve done", "anastasia")
    write(NORA, "I am out of office.", to(still, NORA), Subject="Out of office again", Auto_Submitted="auto-replied")
    assert still.ticket(1001)["status"] == "resolved"
    assert kinds(still)[NORA] == "requester"


def test_a_robot_that_writes_into_a_ticket_is_copied_by_nobody(still: StillDesk, write: Write, asked: str) -> None:
    robot = "crm@northwind.example"
    write(robot, "We have got your mail.", to(still, NORA), proven=True, Auto_Submitted="auto-replied")
    assert kinds(still)[robot] == "robot"
    write(NORA, "With everybody.", to(still, NORA), proven=True, Cc=f"{robot}, {BOB}")
    assert kinds(still) == {NORA: "requester", robot: "robot", BOB: "copied"}
