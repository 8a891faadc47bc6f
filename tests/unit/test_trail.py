"""The trail of a mail through the log: one line a station, each found by the same key, none with a stranger's words."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from gateway import trail
from store.records import Decision, Entry, Envelope, Trust, Verdict
from tests.unit.store.samples import NOW, desk


@pytest.fixture(autouse=True)
def heard(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "gateway.trail")


def entry(number: int, *, door: str = "smtp", client: str = "192.0.2.7") -> Entry:
    envelope = Envelope(
        sender="nora@northwind.example", recipients=(), received_at=NOW, door=door, client=client, hello="canary"
    )
    return Entry(id=number, envelope=envelope, sha256="", size=2310)


def test_mails_that_are_kept_are_one_record_with_a_line_each(caplog: pytest.LogCaptureFixture) -> None:
    trail.accepted([entry(1), entry(2, door="lmtp", client="2001:db8::1")])
    assert caplog.messages == [
        "mail=1 accepted door=smtp size=2310 client=192.0.2.7\nmail=2 accepted door=lmtp size=2310 client=2001:db8::1"
    ]


@pytest.mark.parametrize(
    "said",
    ["", "mail.northwind.example", "nora@x", "1.2.3.4\nmail=9", "1.2.3.4 x", "a" * 46, "imap.x/nora", "1.2.3.4\n"],
)
def test_a_client_that_is_no_address_of_a_host_is_left_out(caplog: pytest.LogCaptureFixture, said: str) -> None:
    trail.accepted([entry(1, client=said)])
    assert caplog.messages == ["mail=1 accepted door=smtp size=2310"]


def test_a_door_says_nothing_but_its_name(caplog: pytest.LogCaptureFixture) -> None:
    trail.accepted([entry(1, door="smtp\nmail=2 accepted")])
    assert caplog.messages == ["mail=1 accepted door=- size=2310 client=192.0.2.7"]


def test_a_verdict_names_its_ticket_even_when_the_turn_has_opened_it(caplog: pytest.LogCaptureFixture) -> None:
    opened = Decision(entry=entry(1), verdict=Verdict.TICKET_CREATED, reason="canary", ticket="NEW-1", trust=Trust.B)
    joined = Decision(entry=entry(2), verdict=Verdict.APPENDED, reason="canary", ticket=1001)
    of_a_timer = Decision(entry=None, verdict=Verdict.APPENDED, reason="canary", ticket=1001)
    dropped = Decision(entry=entry(3), verdict=Verdict.LOOP_SUPPRESSED, reason="canary")
    later = NOW + timedelta(milliseconds=93)
    trail.decided([opened, joined, of_a_timer, dropped], {"NEW-1": 1042}, desk(), later)
    assert caplog.messages[0].split("\n") == [
        "mail=1 decided verdict=ticket-created ticket=DESK-1042 trust=B ms=93",
        "mail=2 decided verdict=appended ticket=DESK-1001 trust=- ms=93",
        "mail=3 decided verdict=loop-suppressed ticket=- trust=- ms=93",
    ]


def test_what_has_left_names_the_mail_that_it_follows_from(caplog: pytest.LogCaptureFixture) -> None:
    row = {"id": 7, "journal_id": 42, "ticket_id": 1003, "purpose": "acknowledgement", "attempts": 1}
    bare = {"id": 8, "journal_id": None, "ticket_id": None, "purpose": "digest"}
    outcome = SimpleNamespace(code=250, text="canary")
    trail.sent([(row, outcome), (bare, outcome)], desk())  # type: ignore[list-item]
    assert caplog.messages[0].split("\n") == [
        "outbox=7 mail=42 ticket=DESK-1003 purpose=acknowledgement attempt=2 sent code=250",
        "outbox=8 mail=- ticket=- purpose=digest attempt=1 sent code=250",
    ]


def test_nothing_is_said_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    trail.accepted([])
    trail.decided([], {}, desk(), NOW)
    trail.sent([], desk())
    assert caplog.messages == []


def test_a_turn_of_thousands_is_one_record_in_linear_time(caplog: pytest.LogCaptureFixture) -> None:
    entries = [entry(number, client="f" * 100_000 if number % 2 else "::1") for number in range(4096)]
    began = time.process_time()
    trail.accepted(entries)
    assert time.process_time() - began < 1.0
    assert len(caplog.messages) == 1
    assert caplog.messages[0].count("\n") == 4095


def test_several_numbers_are_found_one_by_one() -> None:
    assert trail.numbered("outbox", {7, 3}) == "outbox=3 outbox=7"
