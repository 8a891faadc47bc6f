"""What one of us writes goes to whom they meant: forwards, attached mails, transcripts, answers sent twice or never."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from gateway.rules.speech import leaving
from tests.desk import StillDesk

PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={0}\n"
NORA, ANASTASIA = "nora@northwind.example", "anastasia@desk.example"
FORWARD = """

---------- Forwarded message ---------
From: Vendor <v@vendor.example>
Date: Mon, 23 Nov 2026 at 08:12
Subject: secret prices
To: anastasia@desk.example

Here are the prices
"""
FILE = """--b
Content-Type: text/plain

{text}
--b
Content-Type: {kind}; name={name}
Content-Disposition: attachment; filename={name}

a,b
--b--"""


def write(desk: StillDesk, sender: str, to: str, text: str, **headers: str) -> dict[str, Any]:
    desk.now += timedelta(minutes=1)
    domain = sender.partition("@")[2]
    envelope = headers.pop("envelope", to)
    more = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    number = len(desk.entries()) + 1
    head = f"From: {sender}\nTo: {to}\nSubject: x\nMessage-ID: <w{number}@{domain}>\n{more}"
    raw = f"{PROVEN.format(domain)}{head}\n{text}\n"
    return desk.mail(raw, sender, envelope)


def reply_to(desk: StillDesk, whom: str, purpose: str = "notice") -> str:
    return str(desk.latest(whom, purpose).mail["Reply-To"].addresses[0].addr_spec)


def to_nora(desk: StillDesk, since: int) -> list[str]:
    return [mail.purpose for mail in desk.sent[since:] if mail.to == NORA]


@pytest.fixture
def open_ticket(still: StillDesk) -> StillDesk:
    write(still, NORA, "support@desk.example", "The export stops at 40 percent.")
    return still


def with_file(text: str, name: str = "prices.csv", kind: str = "text/csv") -> str:
    return FILE.format(text=text, name=name, kind=kind)


MIXED = 'multipart/mixed; boundary="b"'


@pytest.mark.parametrize("words", ["", "FYI, interesting"])
def test_a_forward_to_the_answering_address_is_held(open_ticket: StillDesk, words: str) -> None:
    desk = open_ticket
    before = len(desk.sent)
    entry = write(desk, ANASTASIA, reply_to(desk, ANASTASIA), with_file(words + FORWARD), Content_Type=MIXED)
    assert (entry["verdict"], to_nora(desk, before)) == ("held-command", [])
    assert "a forward" in entry["reason"]
    note = desk.latest(ANASTASIA, "notice").note_address
    assert write(desk, ANASTASIA, note, with_file(words + FORWARD), Content_Type=MIXED)["verdict"] == "appended"
    assert to_nora(desk, before) == []


@pytest.mark.parametrize(("name", "kind"), [("mail.eml", "application/octet-stream"), ("A.MSG", "text/plain")])
def test_a_whole_mail_under_another_type_is_held(open_ticket: StillDesk, name: str, kind: str) -> None:
    desk = open_ticket
    before = len(desk.sent)
    body = with_file("See the mail.", name, kind)
    entry = write(desk, ANASTASIA, reply_to(desk, ANASTASIA), body, Content_Type=MIXED)
    assert (entry["verdict"], to_nora(desk, before)) == ("held-command", [])


def test_what_answers_a_transcript_of_what_stayed_inside_stays_there(open_ticket: StillDesk) -> None:
    desk = open_ticket
    commands = desk.commands_of(desk.latest(ANASTASIA, "notice"))
    before = len(desk.sent)
    write(desk, ANASTASIA, commands, "#on DESK-1001\n\nonly for us two")
    write(desk, ANASTASIA, reply_to(desk, ANASTASIA, "transcript"), "ok thanks, she is a pain")
    assert to_nora(desk, before) == []
    assert desk.latest(ANASTASIA, "transcript").text().count("what the customer shall read goes to") == 1


def test_what_answers_a_held_mail_goes_where_that_one_would_have_gone_and_it_says_so(open_ticket: StillDesk) -> None:
    desk = open_ticket
    public, before = reply_to(desk, ANASTASIA), len(desk.sent)
    write(desk, ANASTASIA, public, "#frobnicate\n#note\n\nInternal thing")
    assert public in desk.latest(ANASTASIA, "held").text()
    write(desk, ANASTASIA, reply_to(desk, ANASTASIA, "held"), "oops, forget it")
    assert to_nora(desk, before) == []
    write(desk, ANASTASIA, public, "#frobnicate\n\nHello Nora.")
    assert "A reply to this mail goes to the customer" in desk.latest(ANASTASIA, "held").text()
    write(desk, ANASTASIA, reply_to(desk, ANASTASIA, "held"), "Hello Nora.")
    assert to_nora(desk, before) == ["answer"]


def test_an_outcome_that_must_not_leave_holds_a_copied_answer_as_well(open_ticket: StillDesk) -> None:
    desk = open_ticket
    key = reply_to(desk, ANASTASIA)
    entry = write(desk, ANASTASIA, NORA, "#resolve restarted db1.lan by hand\n\nSolved.", envelope=key)
    assert (entry["verdict"], desk.ticket(1001)["outcome"]) == ("held-command", None)


def test_who_has_an_answer_already_does_not_get_it_again_and_the_others_do(open_ticket: StillDesk) -> None:
    desk = open_ticket
    key, before = reply_to(desk, ANASTASIA), len(desk.sent)
    desk.do("DESK-1001", "#cc paul@northwind.example", "anastasia")
    entry = write(desk, ANASTASIA, f"{NORA}, {key}", "Hello Nora, solved.", envelope=key)
    assert entry["verdict"] == "appended"
    assert to_nora(desk, before) == []
    assert [mail.purpose for mail in desk.sent[before:] if mail.to == "paul@northwind.example"] == ["answer"]


@pytest.mark.parametrize(
    ("words", "verdict", "status", "runs"),
    [
        ("Ask benedikt@desk.example.", "appended", "in_progress", True),
        ("#resolve ask benedikt@desk.example", "command", "resolved", False),
    ],
)
def test_an_answer_that_never_left_is_none(
    open_ticket: StillDesk, words: str, verdict: str, status: str, runs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = open_ticket
    desk.do("DESK-1001", "#accept\n#start", "anastasia")
    due = desk.ticket(1001)["sla"]["first_response"]
    monkeypatch.setattr(leaving, "found_in", lambda *_: ())  # only the sender finds it
    before = len(desk.sent)
    entry = write(desk, ANASTASIA, reply_to(desk, ANASTASIA), words)
    assert (entry["verdict"], to_nora(desk, before)) == (verdict, []), entry["reason"]
    found = desk.ticket(1001)
    assert found["status"] == status
    assert found["sla"]["first_response"] == (due if runs else {"due": None, "state": "none"})
    desk.now += timedelta(days=2)
    desk.settle()
    assert desk.ticket(1001)["sla"]["first_response"]["state"] == ("breached" if runs else "none")
    assert desk.latest(ANASTASIA, "undelivered").text()
