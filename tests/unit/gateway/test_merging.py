"""Two tickets become one, and what a customer is owed goes along; a word with more below it is words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gateway.rules.verbs import Refused
from tests.desk import Sent, StillDesk

NORA, ANASTASIA = "nora@northwind.example", "anastasia@desk.example"


def write(
    still: StillDesk, words: str, *, of: str = NORA, answers: Sent | None = None, subject: str = "Search is slow"
) -> dict[str, Any]:
    number = len(still.entries()) + 1
    to = "support@desk.example" if answers is None else str(answers.mail["Reply-To"]).rpartition("<")[2].strip(">")
    domain = of.rpartition("@")[2]
    head = f"Authentication-Results: mx.desk.example; dmarc=pass header.from={domain}\nFrom: <{of}>\nTo: {to}\n"
    if answers is not None:
        subject, head = f"Re: {answers.mail['Subject']}", head + f"In-Reply-To: {answers.mail['Message-ID']}\n"
    return still.mail(f"{head}Subject: {subject}\nMessage-ID: <{number}@{domain}>\n\n{words}\n", of, to)


def done(still: StillDesk, text: str, ref: str = "DESK-1001") -> None:
    found = still.do(ref, text, "anastasia")
    assert not isinstance(found, Refused), found


def clock(still: StillDesk, number: int, kind: str) -> tuple[str, str | None]:
    found = still.ticket(number)["sla"][kind]
    return found["state"], found["due"]


def test_the_other_ticket_owes_what_the_merged_one_owed(still: StillDesk) -> None:
    write(still, "The search takes twenty seconds.")
    write(still, "We look at it.", of=ANASTASIA, answers=still.latest(ANASTASIA))
    done(still, "#wait customer")
    still.now += timedelta(hours=1)
    write(still, "My boss wants an answer.", subject="Search again")
    owed = clock(still, 1002, "first_response")
    assert owed[0] == "running"
    still.now += timedelta(hours=1)
    done(still, "#merge DESK-1001", "DESK-1002")
    assert clock(still, 1002, "first_response")[0] == "none"
    assert clock(still, 1002, "resolution")[0] == "none"
    assert clock(still, 1001, "first_response")[0] == "met"
    assert clock(still, 1001, "next_response") == owed  # four hours from when it came, as a first answer
    assert clock(still, 1001, "resolution")[0] == "running"
    assert not still.ticket(1001)["waiting_on"]
    told = [event for event in still.ticket(1001)["events"] if event["kind"] == "clock-changed"]
    assert "waits for an answer to DESK-1002" in told[-1]["detail"]["because"]


def test_a_first_answer_that_is_owed_stays_and_one_that_is_not_owed_brings_none(still: StillDesk) -> None:
    write(still, "The search takes twenty seconds.")
    before = clock(still, 1001, "first_response")
    write(still, "It is slow.", subject="Search again")
    done(still, "#merge DESK-1001", "DESK-1002")
    assert (clock(still, 1001, "first_response"), clock(still, 1001, "next_response")[0]) == (before, "none")
    write(still, "We look at it.", of=ANASTASIA, answers=still.latest(ANASTASIA))
    write(still, "It is slow here.", subject="Search here")
    write(still, "It will be.", of=ANASTASIA, answers=still.latest(ANASTASIA))
    assert clock(still, 1003, "first_response")[0] == "met"
    done(still, "#merge DESK-1001", "DESK-1003")
    assert clock(still, 1001, "next_response")[0] == "none"


def test_a_customer_whose_way_is_closed_gets_a_ticket_that_follows(still: StillDesk) -> None:
    write(still, "The search takes twenty seconds.")
    write(still, "It is slow.", subject="Search again")
    for ref in ("DESK-1001", "DESK-1002"):
        done(still, "#set audience internal", ref)
    done(still, "#merge DESK-1001", "DESK-1002")
    found = write(still, "Hello?", answers=still.latest(NORA, "acknowledgement"))
    assert (found["verdict"], found["ticket"]) == ("ticket-created", "DESK-1003")
    assert still.ticket(1002)["status"] == "closed"
    assert still.ticket(1003)["links"][0]["kind"] == "follows"


def test_r16_words_below_status_are_heard(still: StillDesk) -> None:
    write(still, "The search takes twenty seconds.")
    done(still, "#accept\n#start\n#wait customer")
    before = len(still.sent)
    found = write(still, "Status?\n\nEverything is down. Invoice 4711, as you asked.", answers=still.latest(NORA))
    assert (found["verdict"], found["ticket"]) == ("appended", "DESK-1001")
    went = [(mail.purpose, mail.to) for mail in still.sent[before:]]
    assert went.count(("status", NORA)) == 1
    assert ("notice", ANASTASIA) in went
    assert not still.ticket(1001)["waiting_on"]
    assert clock(still, 1001, "resolution")[0] == "running"
    done(still, "#resolve the index was rebuilt")
    assert write(still, "Yes\n\nBut now the export is broken.", answers=still.latest(NORA))["verdict"] == "reopened"
    done(still, "#resolve the export too")
    still.now += timedelta(days=60)
    still.settle()
    assert write(still, "Status", answers=still.latest(NORA))["verdict"] == "command"
    assert write(still, "Status\n\nSlow again.", answers=still.latest(NORA))["verdict"] == "ticket-created"


def test_a_ticket_that_was_asked_about_is_silent_from_then_on(still: StillDesk) -> None:
    write(still, "The search takes twenty seconds.")
    done(still, "#start\n#resolve the index was rebuilt")
    days = still.desk.reopen_within
    still.now += days - timedelta(days=1)
    write(still, "STATUS", answers=still.latest(NORA))
    still.now += timedelta(days=2)
    still.settle()
    assert still.ticket(1001)["status"] == "resolved"
    still.now += days
    still.settle()
    (closed,) = [event for event in still.ticket(1001)["events"] if event["kind"] == "closed"]
    assert closed["detail"]["because"].startswith("nobody wrote again after 2026-")
