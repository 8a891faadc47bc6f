"""Reports about acknowledgements, which have no reverse-path: the envelope id proves them, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.addressed import envelope_id
from tests.desk import Sent, StillDesk
from tests.nasty.correspondence import NORA, Write, answered, asked, write
from tests.nasty.test_bounces import unreachable

__all__ = ["asked", "write"]

NOTICE = (
    "From: MAILER-DAEMON@mx.desk.example (Mail Delivery System)\nTo: support@desk.example\n"
    "Subject: Postmaster Copy: Undelivered Mail\nMessage-ID: <notice{number}@mx.desk.example>\n"
    "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
    "--b\nContent-Type: text/plain\n\n<{to}>: host mx.northwind.example said: 550 5.1.1 unknown\n\n"
    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.desk.example\n{named}\n"
    "Final-Recipient: rfc822; {to}\nOriginal-Recipient: rfc822;{to}\nAction: {action}\nStatus: {status}\n"
    "Diagnostic-Code: smtp; 550 5.1.1 unknown\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {about}\n"
    "From: support@desk.example\nTo: {to}\nSubject: x\n\n--b--\n"
)


def name(still: StillDesk, about: Sent) -> str:
    return envelope_id(still.desk, {"id": about.number})


def report(still: StillDesk, about: Sent, named: str, **how: Any) -> dict[str, Any]:
    """The notice of a mail server to its postmaster, which is the desk."""
    given = f"Original-Envelope-Id: {named}\n" if named else ""
    said = {"action": "failed", "status": "5.1.1"} | {key: how.pop(key) for key in ("action", "status") if key in how}
    text = NOTICE.format(number=len(still.entries()), to=about.to, named=given, about=about.mail["Message-ID"], **said)
    return still.mail(text, "double-bounce@mx.desk.example", how.pop("to", "support@desk.example"), **how)


@pytest.fixture
def acknowledgement(still: StillDesk, asked: str) -> Sent:
    return still.latest(NORA, "acknowledgement")


def test_intake_27_an_acknowledgement_that_bounces_is_on_its_ticket(
    still: StillDesk, asked: str, acknowledgement: Sent
) -> None:
    before = len(still.sent)
    entry = report(still, acknowledgement, name(still, acknowledgement))
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    (row,) = [row for row in still.queue() if row["id"] == acknowledgement.number]
    assert row["state"] == "failed"
    assert [event["kind"] for event in still.ticket(1001)["events"]][-1] == "delivery-failed"
    assert {mail.purpose for mail in still.sent[before:]} == {"undelivered"}
    assert unreachable(still)
    assert len(still.tickets()) == 1


def test_intake_29_a_delay_of_it_is_no_failure(still: StillDesk, asked: str, acknowledgement: Sent) -> None:
    before = len(still.sent)
    entry = report(still, acknowledgement, name(still, acknowledgement), action="delayed", status="4.4.1")
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", asked)
    (row,) = [row for row in still.queue() if row["id"] == acknowledgement.number]
    assert (row["state"], row["last_text"][:8]) == ("sent", "delayed:")
    assert [event["kind"] for event in still.ticket(1001)["events"]][-1] == "delivery-delayed"
    assert still.sent[before:] == []
    assert not unreachable(still)


def test_intake_28_knowing_its_message_id_is_not_enough(
    still: StillDesk, write: Write, asked: str, acknowledgement: Sent
) -> None:
    """Whoever has read it, and whoever it was forwarded to, knows the Message-ID and the recipient."""
    answer = answered(still)[0]
    reverse_path = answer.sender.partition("+v")[2].partition("@")[0]
    genuine = name(still, acknowledgement)
    view = still.ticket(1001)
    for named in (
        "",
        genuine[:-1],
        genuine + "a",
        f"{acknowledgement.number}-{reverse_path.partition('-')[2]}",
        reverse_path,
    ):
        entry = report(still, acknowledgement, named)
        assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", None)
        assert "not believed" in entry["reason"]
    assert still.ticket(1001) == view
    assert not unreachable(still)


def test_intake_28_a_name_outside_the_report_itself_is_none(
    still: StillDesk, asked: str, acknowledgement: Sent
) -> None:
    """Only the fields of the report count, not what the returned headers or the words say."""
    view, genuine = still.ticket(1001), name(still, acknowledgement)
    about = f"{acknowledgement.mail['Message-ID']}\nOriginal-Envelope-Id: {genuine}"
    text = NOTICE.format(
        number=99, to=NORA, named="", about=about, action=f"failed\nOriginal-Envelope-Id: {genuine}", status="5.1.1"
    )
    entry = still.mail(text, "", "support@desk.example")
    assert (entry["verdict"], entry["ticket"]) == ("bounce-recorded", None)
    assert still.ticket(1001) == view


def test_an_envelope_id_goes_before_the_words_about_another_mail(
    still: StillDesk, write: Write, asked: str, acknowledgement: Sent
) -> None:
    """The proof says which mail it is about, whatever Message-ID the report repeats."""
    answer = answered(still)[0]
    report(still, answer, name(still, acknowledgement))
    states = {row["id"]: row["state"] for row in still.queue()}
    assert (states[acknowledgement.number], states[answer.number]) == ("failed", "sent")
