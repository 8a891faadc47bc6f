"""The course of an intake on a whole desk: reminders, the end without an answer, what agents say, the clock since all
is there. Days pass by the desk's clock alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.rules import budget
from gateway.rules.desk import Desk
from gateway.rules.verbs import Refused
from store import people
from store.tables import timers
from tests.desk import START, StillDesk

NORA = "nora@northwind.example"
MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow
Message-ID: <{name}@northwind.example>
Date: Mon, 23 Nov 2026 09:00:00 +0100

The search takes twenty seconds.
"""
ANSWER = """From: Nora Wind <nora@northwind.example>
To: {to}
Subject: Re: Search is very slow
Message-ID: <{name}@northwind.example>
In-Reply-To: {answers}
Date: Mon, 23 Nov 2026 10:00:00 +0100

{words}
"""
ALL = """Steps to reproduce: 1. open the shop 2. search for a lamp
Expected: a result within a second
Started at: this morning at 8
Affected users: 25
Observed: twenty seconds until something comes"""
DAY = timedelta(days=1)


def opens(desk: StillDesk, name: str = "first") -> str:
    entry = desk.mail(MAIL.format(name=name), NORA)
    assert entry["verdict"] == "ticket-created", entry
    return str(entry["ticket"])


def answers(desk: StillDesk, words: str, name: str = "second") -> dict[str, Any]:
    """Nora answers the newest mail that she got."""
    last = desk.latest(NORA).mail
    to = str(last["Reply-To"])
    address = to.partition("<")[2].rstrip(">") or to
    raw = ANSWER.format(to=address, name=name, answers=last["Message-ID"], words=words)
    return desk.mail(raw, NORA, address)


def does(desk: StillDesk, ref: str, text: str, person: str = "dominique") -> Any:
    outcome = desk.do(ref, text, person)
    assert not isinstance(outcome, Refused), outcome
    return outcome


def stands(desk: StillDesk, number: int = 1001) -> dict[str, Any]:
    view = desk.ticket(number)
    assert isinstance(view, dict)
    return view


def kinds(desk: StillDesk, number: int = 1001) -> list[str]:
    return [event["kind"] for event in stands(desk, number)["events"]]


def passes(desk: StillDesk, **time: float) -> list[str]:
    """So much time later: what left to Nora meanwhile."""
    before = len(desk.sent)
    desk.now += timedelta(**time)
    desk.settle()
    return [mail.purpose for mail in desk.sent[before:] if mail.to == NORA]


def asks(desk: StillDesk) -> list[str]:
    """The timers of questions that stand."""
    with desk.store.look() as connection:
        return [row.kind for row in connection.execute(timers.select()) if row.kind == "ask"]


def test_r40_who_does_not_answer_is_reminded_twice_then_it_ends_and_any_reply_opens_it(still: StillDesk) -> None:
    opens(still)
    assert stands(still)["waiting_on"] == "customer"
    assert asks(still) == ["ask"]
    assert passes(still, days=1, hours=23) == []
    assert passes(still, hours=1) == ["question"]  # Wednesday, the hour at which it was asked
    assert passes(still, hours=1) == []
    assert passes(still, days=4, hours=23) == ["question"]  # Monday: the weekend is no time to answer in
    assert passes(still, days=6) == []
    assert passes(still, days=1) == ["unanswered"]
    ticket = stands(still)
    assert (ticket["status"], ticket["intake"]["complete"]) == ("closed", False)
    assert kinds(still).count("intake-reminded") == 2
    assert kinds(still).count("closed") == 1
    assert passes(still, days=3) == []
    assert answers(still, ALL)["verdict"] == "reopened"
    ticket = stands(still)
    assert ticket["status"] != "closed"
    assert ticket["intake"]["missing"] == []


def test_r40_words_that_nothing_proves_end_the_reminding_and_close_nothing(still: StillDesk) -> None:
    opens(still)
    stranger = MAIL.format(name="claimed").replace("Search is very slow", "Re: [DESK-1001] Search is very slow")
    still.now += timedelta(hours=1)
    before = still.mail(stranger.replace("The search takes twenty seconds.", ALL), NORA)
    assert before["ticket"] == "DESK-1001"
    assert passes(still, days=20) == []
    assert stands(still)["status"] != "closed"


def test_r40_a_reminder_that_has_no_room_today_waits_and_is_not_counted(still: StillDesk) -> None:
    for name, hours in (("one", 0), ("two", 2), ("three", 2)):  # an address that nothing proves: two an hour
        still.now += timedelta(hours=hours)
        opens(still, name)
    still.now = START + timedelta(days=2, hours=5)
    before = len(still.sent)
    still.settle()
    left = [mail.purpose for mail in still.sent[before:] if mail.to == NORA]
    assert left == ["question"] * 2
    counted = sum(kinds(still, number).count("intake-reminded") for number in (1001, 1002, 1003))
    assert counted == len(left)
    assert passes(still, days=1) == ["question"]


def test_r40_a_desk_that_slept_reminds_once_and_closes_nothing_at_once(still: StillDesk) -> None:
    opens(still)
    assert passes(still, days=40) == ["question"]
    assert passes(still, days=1) == []
    assert stands(still)["status"] != "closed"
    assert passes(still, days=14) == ["unanswered"]
    assert stands(still)["status"] == "closed"


def test_r40_all_that_was_asked_for_moves_the_ticket_and_begins_the_clock_of_m1c(still: StillDesk) -> None:
    opens(still)
    still.now += timedelta(hours=1)
    answers(still, ALL)
    ticket = stands(still)
    assert ticket["intake"]["complete"] is True
    assert (ticket["status"], ticket["waiting_on"]) == ("accepted", None)
    assert "intake-complete" in kinds(still)
    assert asks(still) == []
    assert passes(still, days=20) == []


def test_m1c_the_first_answer_after_all_is_there_has_a_clock_beside_the_first_answer(still: StillDesk) -> None:
    still.desk = with_promise(still.desk)
    opens(still)
    assert stands(still)["sla"]["complete_response"]["state"] == "none"
    first = stands(still)["sla"]["first_response"]["due"]
    still.now += timedelta(hours=1)
    does(still, "DESK-1001", "#waive all")
    sla = stands(still)["sla"]
    assert sla["complete_response"] == {"due": "2026-11-23T13:30:00.000Z", "state": "running"}
    assert sla["first_response"] == {"due": first, "state": "running"}
    still.now += timedelta(hours=1)
    does(still, "DESK-1001", "#accept\nWe look into it.")
    assert {stands(still)["sla"][kind]["state"] for kind in ("complete_response", "first_response")} == {"met"}


def with_promise(desk: Desk) -> Desk:
    four = {"complete_response": timedelta(hours=4)}
    targets = tuple(replace(one, allowed={**one.allowed, **four}) for one in desk.service.targets)
    return replace(desk, service=replace(desk.service, targets=targets))


def test_r40_an_answer_of_ours_ends_the_questions(still: StillDesk) -> None:
    opens(still)
    does(still, "DESK-1001", "#accept\nWhich browser do you use?", "anastasia")
    ticket = stands(still)
    assert ticket["waiting_on"] is None
    assert ticket["intake"]["missing"]
    assert "intake-stopped" in kinds(still)
    assert passes(still, days=20) == []


def test_r40_one_of_us_waives_sets_asks_and_stops(still: StillDesk) -> None:
    opens(still)
    missing = stands(still)["intake"]["missing"]
    does(still, "DESK-1001", "#waive affected users", "anastasia")
    assert stands(still)["intake"]["fields"]["affected_users"]["state"] == "waived"
    does(still, "DESK-1001", "#undo", "anastasia")
    assert stands(still)["intake"]["missing"] == missing
    does(still, "DESK-1001", "#set affected users 25", "anastasia")
    assert stands(still)["intake"]["fields"]["affected_users"] == {
        **stands(still)["intake"]["fields"]["affected_users"], "state": "present", "value": "25",
    }  # fmt: skip
    does(still, "DESK-1001", "#set affected users -", "anastasia")
    assert stands(still)["intake"]["missing"] == missing
    does(still, "DESK-1001", "#ask stop", "anastasia")
    assert stands(still)["waiting_on"] is None
    assert stands(still)["intake"]["missing"] == missing
    before = len(still.sent)
    does(still, "DESK-1001", "#ask invoice number", "anastasia")
    mails = [mail for mail in still.sent[before:] if mail.to == NORA]
    assert [mail.purpose for mail in mails] == ["question"]
    assert "Invoice number" in mails[0].text()
    assert stands(still)["waiting_on"] == "customer"
    assert "invoice_number" in stands(still)["intake"]["missing"]


def test_r40_a_question_of_ours_stands_below_our_words_in_one_mail(still: StillDesk) -> None:
    opens(still)
    before = len(still.sent)
    does(still, "DESK-1001", "#ask invoice number\nPlease tell us one thing more.", "anastasia")
    mails = [mail for mail in still.sent[before:] if mail.to == NORA]
    assert [mail.purpose for mail in mails] == ["answer"]
    text = mails[0].text()
    assert text.index("one thing more") < text.index("Invoice number")
    ticket = stands(still)
    assert ticket["waiting_on"] == "customer"
    assert "intake-stopped" not in kinds(still)
    answers(still, "Invoice number: INV-2026-00417")
    assert stands(still)["intake"]["fields"]["invoice_number"]["state"] == "present"


def test_r40_the_subject_of_who_may_be_anybody_stays_inside_however_much_was_noted(still: StillDesk) -> None:
    opens(still)
    for number in range(12):  # as many messages as are looked at: the first mail is not among them
        still.now += timedelta(minutes=1)
        does(still, "DESK-1001", f"#note\nNote {number}.")
    before = len(still.sent)
    does(still, "DESK-1001", "#ask invoice number")
    still.now += timedelta(hours=1)
    passes(still, days=2)
    mails = [mail for mail in still.sent[before:] if mail.to == NORA]
    assert [mail.purpose for mail in mails] == ["question"] * 2
    assert all("very slow" not in str(mail.mail["Subject"]) for mail in mails)


def test_r40_nobody_is_asked_who_is_not_reached_and_the_team_learns_it_once(still: StillDesk) -> None:
    opens(still)
    with still.store.turn() as connection:
        people.mark_reachable(connection, NORA, START)
    before = len(still.sent)
    assert passes(still, days=3) == []
    assert [mail.purpose for mail in still.sent[before:] if mail.to != NORA].count("notice") >= 1
    assert "intake-handed" in kinds(still)
    assert passes(still, days=30) == []
    refused = still.do("DESK-1001", "#ask invoice number", "anastasia")
    assert isinstance(refused, Refused)
    assert "comes back" in refused.reason


def test_r40_another_topic_needs_other_facts_and_the_transcript_says_so(still: StillDesk) -> None:
    opens(still)
    outcome = does(still, "DESK-1001", "#topic Billing", "anastasia")
    assert "invoice_number" in stands(still)["intake"]["missing"]
    assert "intake-needed" in kinds(still)
    assert "#ask asks for it" in str(outcome)
    does(still, "DESK-1001", "#undo", "anastasia")
    assert "invoice_number" not in stands(still)["intake"]["missing"]


def test_r40_what_is_known_goes_along_with_a_retype_and_a_merge(still: StillDesk) -> None:
    opens(still)
    answers(still, "Affected users: 25")
    opens(still, "third")
    does(still, "DESK-1001", "#merge DESK-1002")
    assert stands(still, 1002)["intake"]["fields"]["affected_users"]["state"] == "present"
    does(still, "DESK-1002", "#retype question")
    assert stands(still, 1003)["intake"]["missing"] == []


def test_r40_a_question_of_ours_does_not_swallow_the_answers_to_those_that_run(still: StillDesk) -> None:
    ref = opens(still)
    mail = still.latest(NORA).mail
    asked = stands(still)["intake"]["asked"]
    still.now += timedelta(minutes=5)
    does(still, ref, "#ask invoice number")
    address = str(mail["Reply-To"]).partition("<")[2].rstrip(">") or str(mail["Reply-To"])
    words = "\n".join(f"{number}. white page {number}" for number in range(1, 3))
    still.now += timedelta(minutes=5)
    still.mail(ANSWER.format(to=address, name="late", answers=mail["Message-ID"], words=words), NORA, address)
    fields = stands(still)["intake"]["fields"]
    assert [fields[name]["value"] for name in asked[:2]] == ["white page 1", "white page 2"]
    assert fields["invoice_number"]["state"] == "missing"


def test_r40_an_unclear_answer_to_a_question_of_ours_is_still_missing(still: StillDesk) -> None:
    ref = opens(still)
    does(still, ref, "#waive all\n#ask invoice number")
    still.now += timedelta(minutes=5)
    answers(still, "something like that, it depends")
    intake = stands(still)["intake"]
    assert intake["fields"]["invoice_number"]["state"] == "unsure"
    assert (intake["missing"], intake["complete"]) == (["invoice_number"], False)
    does(still, ref, "#waive invoice number")
    assert stands(still)["intake"]["missing"] == []


def _apart(desk: StillDesk, words: str) -> str:
    """Nora answers with another matter, and one of us makes a ticket of that: what the mail that asks then asks for."""
    opens(desk)
    answers(desk, words)
    does(desk, "DESK-1001", "#split Export")
    does(desk, "DESK-1002", "#ask")
    return desk.latest(NORA).text()


def test_r40_what_is_split_off_knows_what_its_mail_says_and_needs_the_rest(still: StillDesk) -> None:
    text = _apart(still, "Also, the export fails with error 17 for 3 users since Tuesday.")
    intake = stands(still, 1002)["intake"]
    assert {name for name, fact in intake["fields"].items() if fact["state"] == "present"} >= {"affected_users"}
    assert "affected_users" not in intake["missing"] and "Affected users" not in text
    assert "expected" in intake["missing"] and "Expected:" in text
    assert "intake" in kinds(still, 1002)


def test_r40_a_fact_of_the_other_matter_stays_there(still: StillDesk) -> None:
    opens(still)
    answers(still, "Affected users: 25", "second")
    answers(still, "Also, the export is broken, it shows error 17.", "third")
    does(still, "DESK-1001", "#split Export")
    assert stands(still, 1001)["intake"]["fields"]["affected_users"]["value"] == "25"
    assert "affected_users" in stands(still, 1002)["intake"]["missing"]


def _closed_unanswered(desk: StillDesk) -> None:
    opens(desk)
    while not stands(desk)["closed_as"]:
        passes(desk, days=1)
    assert stands(desk)["closed_as"] == "no_answer"


def test_r40_thanks_open_what_was_closed_without_an_answer_and_the_trace_says_what_left(still: StillDesk) -> None:
    _closed_unanswered(still)
    entry = answers(still, "Thank you")
    assert (entry["verdict"], stands(still)["status"] == "closed") == ("reopened", False)


def test_r40_what_stays_closed_is_asked_nothing_and_the_trace_says_so(
    still: StillDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _closed_unanswered(still)
    monkeypatch.setattr(budget, "is_restless", lambda *_: True)
    before = len(still.sent)
    entry = answers(still, "Affected users: 3")
    assert (entry["verdict"], stands(still)["status"]) == ("appended", "closed")
    assert not [mail for mail in still.sent[before:] if mail.to == NORA]
    said = [step["what"] for step in entry["trace"] if step["stage"] == "complete"]
    assert "nothing is asked" in said and not [what for what in said if what.startswith("asked:")]


def test_r40_no_longer_too_urgent_to_wait_it_waits_again_and_is_reminded(still: StillDesk) -> None:
    ref = opens(still)
    does(still, ref, "#priority 1 because the shop is down")
    assert stands(still)["waiting_on"] is None
    does(still, ref, "#priority 3 because it is up again")
    assert stands(still)["waiting_on"] == "customer"
    assert "question" in " ".join(passes(still, days=3))


def test_r40_who_has_answered_is_not_waited_for_because_it_is_less_urgent(still: StillDesk) -> None:
    ref = opens(still)
    does(still, ref, "#priority 1 because the shop is down")
    answers(still, "I will look into it later, I am in a meeting.")
    intake = stands(still)["intake"]
    assert (intake["stage"], intake["rounds"]) == ("asking", 1)
    does(still, ref, "#priority 3 because it is up again")
    assert stands(still)["waiting_on"] is None
