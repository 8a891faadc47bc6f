"""Which call a customer means, on a whole desk: by the mail that they answer, and by nothing that is guessed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.test_calls_booked import NORA, PROVEN, Writing, address, book_address, said, to
from tests.desk import UNASKED, Sent, StillDesk

EVE, DOMINIQUE, SAMANTHA = "eve@elsewhere.example", "dominique@desk.example", "samantha@desk.example"


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@pytest.fixture
def desk(still: StillDesk) -> Writing:
    return Writing(still)


def two_offers(desk: Writing) -> tuple[Sent, Sent]:
    """Slots for two kinds of calls are offered to the same person; all are answered at one address."""
    first = desk.offered()
    desk.still.do("DESK-1001", "#call billing-specialist", "dominique")
    second = desk.still.latest(NORA, "offer")
    assert address(first) == address(second)
    return first, second


def states(desk: Writing) -> list[str]:
    return [call["state"] for call in desk.still.ticket(1001)["calls"]]


def told(desk: Writing, who: str = DOMINIQUE) -> str:
    """The last notice that they got."""
    return said(desk.still.latest(who, "notice"))


@pytest.mark.parametrize("which", [0, 1])
def test_the_mail_that_is_answered_says_which_call(desk: Writing, which: int) -> None:
    """The offer is named by its token, the invite by its entry, the reminder by the room of the call."""
    still, offers = desk.still, two_offers(desk)
    desk.answer(offers[which], "BOOK 2")
    assert states(desk)[which] == "booked"
    assert states(desk)[1 - which] == "offered"
    invite = still.latest(NORA, "invite")
    desk.answer(offers[1 - which], "BOOK 3")
    assert states(desk) == ["booked", "booked"]
    desk.answer(invite, "CANCEL")
    assert states(desk)[which] == "cancelled"
    assert states(desk)[1 - which] == "booked"
    assert desk.answer(invite, "CANCEL")["verdict"] == "appended"  # it is off; the other one stays
    assert states(desk)[1 - which] == "booked"


def test_a_reminder_says_which_call(desk: Writing) -> None:
    still, offers = desk.still, two_offers(desk)
    desk.answer(offers[0], "BOOK 2")
    desk.answer(offers[1], "BOOK 3")
    start = datetime.fromisoformat(desk.call(place=0)["start"])
    still.now = start - timedelta(hours=2)
    still.settle()
    desk.answer(still.latest(NORA, "call_reminder"), "CANCEL")
    assert states(desk) == ["cancelled", "booked"]


@pytest.mark.parametrize("which", [0, 1])
def test_a_button_says_which_call(desk: Writing, which: int) -> None:
    offers = two_offers(desk)
    assert book_address(offers[0]) != book_address(offers[1])
    desk.write(NORA, "BOOK 2", book_address(offers[which]), subject="BOOK 2 [DESK-1001]")
    assert states(desk)[which] == "booked"
    assert states(desk)[1 - which] == "offered"


@pytest.mark.parametrize("word", ["BOOK 2", "CANCEL", "None", "Move"])
def test_where_nothing_says_which_call_a_person_asks(desk: Writing, word: str) -> None:
    offer, _ = two_offers(desk)
    before = len(to(desk.still, NORA))
    heard = desk.write(NORA, word, address(offer), subject="About our call")
    assert heard["verdict"] == "appended"
    assert states(desk) == ["offered", "offered"]
    assert len(to(desk.still, NORA)) == before
    why = "they have calls 1001-1 and 1001-2, and nothing says which of them they mean: nothing is done"
    assert why in told(desk)


def test_a_number_that_one_of_them_alone_has_shown_names_it(desk: Writing) -> None:
    first, second = two_offers(desk)
    desk.answer(first, "None of these suits me, afternoons please.")
    more = max(int(line.split()[1]) for line in desk.still.latest(NORA, "offer").text().splitlines() if "BOOK" in line)
    assert f"BOOK {more}" not in second.text()
    assert desk.write(NORA, f"BOOK {more}", address(first), subject="About our call")["verdict"] == "booking"
    assert states(desk) == ["booked", "offered"]


def test_nobody_books_two_calls_at_the_same_time(desk: Writing) -> None:
    first, second = two_offers(desk)
    slots = [line.partition("  ")[2] for line in second.text().splitlines() if line.startswith("BOOK 1")]
    assert slots[0] in first.text()
    desk.answer(first, "BOOK 1")
    missed = desk.answer(second, "BOOK 1")
    assert (missed["reason"], states(desk)) == ("its contact has another call then", ["booked", "offered"])
    assert slots[0] not in desk.still.latest(NORA, "offer").text().partition("BOOK")[2]
    desk.answer(second, "BOOK 2")
    refused: Any = desk.still.do("DESK-1001", "#call move 2026-11-23 11:00 #2", "dominique")
    assert states(desk) == ["booked", "booked"]
    assert "its contact has another call then" in refused.reason


def test_what_has_begun_is_not_cancelled_by_a_word(desk: Writing) -> None:
    still = desk.still
    desk.answer(desk.offered(), "BOOK 2")
    invite = still.latest(NORA, "invite")
    start = datetime.fromisoformat(desk.call()["start"])
    still.now = start - timedelta(hours=1)
    still.settle()
    still.do("DESK-1001", "#ack", desk.call()["assigned"])
    still.now = start
    still.settle()
    before = len(to(still, NORA))
    assert desk.answer(invite, "CANCEL")["verdict"] == "appended"
    assert desk.call()["state"] == "live"
    assert len(to(still, NORA)) == before
    assert "wrote CANCEL; the call has begun: nothing is done about the call" in told(desk)
    still.do("DESK-1001", "#outcome 20m done", desk.call()["assigned"])
    assert desk.call()["state"] == "completed"


def test_an_offer_of_a_ticket_that_was_merged_is_answered(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.write(NORA, "Another page of ours is slow.", subject="Slow page")
    still.do("DESK-1001", "#merge DESK-1002", "dominique")
    assert desk.call()["state"] == "cancelled"
    for place in (address(offer), book_address(offer)):
        late = desk.write(NORA, "BOOK 1", place, subject=f"Re: {offer.mail['Subject']}")
        assert (late["verdict"], late["ticket"]) == ("booking", "DESK-1002")
        assert "not open any more" in said(still.latest(NORA, "call"))
        still.now += timedelta(minutes=1)
    assert to(still, NORA).count("call") == 2
    assert still.ticket(1002)["calls"] == []
    still.do("DESK-1002", "#priority 1 because it is down", "dominique")
    still.do("DESK-1002", "#call network-engineering", "dominique")
    for place in (address(offer), book_address(offer)):  # its number is that of the other ticket's first call
        desk.write(NORA, "BOOK 1", place, subject=f"Re: {offer.mail['Subject']}")
        still.now += timedelta(minutes=1)
    assert desk.call(1002)["state"] == "offered"
    assert to(still, NORA).count("call") == 4
    assert desk.write(EVE, "BOOK 1", book_address(offer))["verdict"] == "appended"
    assert to(still, EVE) == []


def test_whoever_decides_about_a_wish_hears_that_it_is_taken_back(desk: Writing) -> None:
    still = desk.still
    desk.write(NORA, "Our website is down for all of us.")
    acknowledgement = still.latest(NORA)
    desk.answer(acknowledgement, "CALL")
    asked = [who for who in (DOMINIQUE, SAMANTHA) if "call_notice" in to(still, who)]
    assert asked
    before = {who: to(still, who).count("call_notice") for who in asked}
    desk.answer(acknowledgement, "CANCEL")
    assert states(desk) == ["cancelled"]
    for who in asked:
        assert to(still, who).count("call_notice") == before[who] + 1
        assert "wrote CANCEL" in said(still.latest(who, "call_notice"))


def test_whom_the_invitation_is_for_hears_at_once_that_somebody_came_with_it(desk: Writing) -> None:
    """They have had mail within the hour: a stranger's small budget is not theirs."""
    offer = desk.offered()
    for _ in range(3):
        desk.write(EVE, "BOOK 2", book_address(offer))
    assert to(desk.still, EVE) == []
    assert to(desk.still, NORA).count("call") == 1
    assert "Somebody else came with your invitation" in said(desk.still.latest(NORA, "call"))


def test_words_of_somebody_who_has_a_call_are_told_with_it(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.answer(offer, "I cannot do it tomorrow.")
    assert "their call" not in told(desk, "anastasia@desk.example")
    desk.answer(offer, "BOOK 2")
    assert desk.answer(still.latest(NORA, "invite"), "I can't make it tomorrow.")["verdict"] == "appended"
    assert "wrote; their call is at Tue 24 Nov 2026, 13:00 (Berlin)" in told(desk, "anastasia@desk.example")
    assert desk.call()["state"] == "booked"
    still.now = datetime.fromisoformat(desk.call()["start"]) + timedelta(minutes=1)
    desk.answer(still.latest(NORA, "invite"), "It still fails.")
    assert "their call" not in told(desk, "anastasia@desk.example")


def test_a_word_that_was_done_is_not_shown_again(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.answer(offer, "The router blinks red.")
    desk.answer(offer, "Hello,\n\nBOOK 2\n\nBest regards\nNora West")
    desk.answer(offer, "STATUS")
    status = still.latest(NORA, "status").text()
    assert "> The router blinks red." in status
    assert "> BOOK 2" not in status
    still.now = datetime.fromisoformat(desk.call()["start"]) - timedelta(hours=1)
    still.settle()
    brief = still.latest(f"{desk.call()['assigned']}@desk.example", "brief").text()
    assert "The router blinks red." in brief
    assert "BOOK 2" not in brief
    desk.answer(offer, "CANCEL")
    desk.answer(offer, "STATUS")
    assert "> The router blinks red." in still.latest(NORA, "status").text()
    still.now += timedelta(days=1)
    desk.answer(offer, "CALL\n\nWe have to leave the house.")
    desk.answer(offer, "STATUS")
    assert "> We have to leave the house." in still.latest(NORA, "status").text()


def test_a_word_that_was_none_is_shown(desk: Writing) -> None:
    """No call is there: these were words for a person."""
    desk.write(NORA, "Our website is down for all of us.")
    desk.answer(desk.still.latest(NORA), "CANCEL")
    desk.answer(desk.still.latest(NORA), "STATUS")
    assert "> CANCEL\n" in desk.still.latest(NORA, "status").text()


@pytest.mark.parametrize("sweeps", [True, False])
def test_that_an_offer_has_lapsed_is_said_once(desk: Writing, *, sweeps: bool) -> None:
    """Whatever comes first in that second, the timer or the word."""
    still = desk.still
    offer = desk.offered()
    still.now = datetime.fromisoformat(desk.call()["grant"]["expires_at"])
    if sweeps:
        head = PROVEN.format("northwind.example") + f"From: <{NORA}>\nTo: {address(offer)}\nSubject: BOOK 4\n"
        late = still.receive(f"{head}Message-ID: <late@x.example>\n\nBOOK 4\n", NORA, address(offer))
        still.settle()
        assert still.entry(late)["verdict"] == "booking"
    else:
        desk.answer(offer, "BOOK 4")
    still.now += timedelta(minutes=5)
    still.settle()
    assert (desk.call()["state"], desk.call()["grant"]["state"]) == ("expired", "expired")
    assert to(still, NORA).count("call") == 1
    assert "has lapsed" in said(still.latest(NORA, "call"))
    desk.answer(offer, "BOOK 4")  # who writes later is answered
    assert to(still, NORA).count("call") == 2
