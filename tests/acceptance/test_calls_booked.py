"""Customers book, move and cancel a call by what they write, on a whole desk that stands still; on both databases.

One file, although long: the mails at its head are what all of its stories are told with.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.desk import UNASKED, Sent, StillDesk

NORA, BOB, CARLA = "nora@northwind.example", "bob@contoso.example", "carla@fabrikam.example"
ADA = "ada@northwind.example"
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\n"
SUPPORT = "support@desk.example"


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@dataclass(slots=True)
class Writing:
    """Who writes to the desk, and what became of it."""

    still: StillDesk
    _numbers: Iterable[int] = field(default_factory=lambda: itertools.count(1))

    def write(
        self, who: str, words: str, to: str = SUPPORT, *, subject: str = "Our website is down", answers: str = "",
        proven: bool = True, more: str = "",
    ) -> dict[str, Any]:  # fmt: skip
        """A mail of theirs, and what the journal says of it."""
        number = next(iter(self._numbers))
        head = PROVEN.format(who.partition("@")[2]) if proven else ""
        head += f"From: {who.partition('@')[0].title()} West <{who}>\nTo: {to}\nSubject: {subject}\n"
        head += f"Message-ID: <w{number}@{who.partition('@')[2]}>\nDate: {self.still.now:%a, %d %b %Y %H:%M:%S +0000}\n"
        head += more + (f"In-Reply-To: {answers}\nReferences: {answers}\n" if answers else "")
        return self.still.mail(f"{head}\n{words}\n", who, to)

    def answer(self, to: Sent, words: str, *, who: str = "", **how: Any) -> dict[str, Any]:
        """What somebody answers to a mail of ours."""
        subject, named = f"Re: {to.mail['Subject']}", str(to.mail["Message-ID"])
        return self.write(who or to.to, words, address(to), subject=subject, answers=named, **how)

    def offered(self, who: str = NORA, words: str = "Our website is down for all of us.", *call: str) -> Sent:
        """A ticket of theirs with slots offered; the offer."""
        ref = self.write(who, words)["ticket"]
        self.still.do(ref, "#priority 1 because it is down", "dominique")
        self.still.do(ref, call[0] if call else "#call network-engineering", "dominique")
        return self.still.latest(who, "offer")

    def call(self, number: int = 1001, place: int = -1) -> dict[str, Any]:
        """The call as `ticket show` has it."""
        shown: dict[str, Any] = self.still.ticket(number)["calls"][place]
        return shown

    def kinds(self, number: int = 1001) -> list[str]:
        """What was told of the ticket."""
        return [event["kind"] for event in self.still.ticket(number)["events"]]


@pytest.fixture
def desk(still: StillDesk) -> Writing:
    return Writing(still)


@pytest.fixture
def asking(tmp_path: Path, template: Path) -> Iterator[Writing]:
    """A desk that asks its customers for what is missing."""
    with closing(StillDesk(tmp_path / "asking", template)) as still:
        yield Writing(still)


def address(sent: Sent) -> str:
    """Where an answer to it goes."""
    return str(sent.mail["Reply-To"]).rpartition("<")[2].rstrip(">")


def book_address(offer: Sent) -> str:
    """The secret address of its buttons."""
    return offer.text("html").partition("mailto:")[2].partition("?")[0].replace("%2B", "+")


def entry(sent: Sent) -> Any:
    """The calendar of a mail, as a library reads it."""
    part = next(part for part in sent.mail.walk() if part.get_content_type() == "text/calendar")
    found = icalendar.Calendar.from_ical(part.get_payload(decode=True))
    assert part.get_param("method") == found["METHOD"]
    return found


def event(sent: Sent) -> Any:
    return entry(sent).events[0]


def said(sent: Sent) -> str:
    """Its words on one line."""
    return " ".join(sent.text().split())


def to(still: StillDesk, who: str) -> list[str]:
    """Why each mail went to them."""
    return [sent.purpose for sent in still.sent if sent.to == who]


def test_a_slot_is_booked_and_cancelled_by_two_words(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    booked = desk.answer(offer, "BOOK 2")
    assert (booked["verdict"], booked["trust"]) == ("booking", "A")
    invite = still.latest(NORA, "invite")
    calendar, what = entry(invite), event(invite)
    call = desk.call()
    assert (calendar["METHOD"], int(what["SEQUENCE"]), str(what["UID"])) == ("REQUEST", 0, call["uid"])
    assert what["DTSTART"].dt == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    assert what["ATTENDEE"] == f"mailto:{NORA}"
    assert what["ORGANIZER"] == f"mailto:{address(invite)}"
    assert str(invite.mail["From"]).endswith(f"<{address(invite)}>")
    assert (call["state"], call["start"]) == ("booked", "2026-11-24T12:00:00.000Z")
    assert (call["grant"]["state"], call["grant"]["redeemed_by"]) == ("redeemed", str(booked["id"]))
    assert to(still, "dominique@desk.example")[-1] == "call_notice"  # who asked for it hears; nobody else has to
    assert to(still, "anastasia@desk.example") == ["notice"]

    off = desk.answer(invite, "Cancel")
    uninvite = still.latest(NORA, "uninvite")
    assert off["verdict"] == "booking"
    assert (entry(uninvite)["METHOD"], int(event(uninvite)["SEQUENCE"])) == ("CANCEL", 1)
    assert event(uninvite)["UID"] == what["UID"]
    assert event(uninvite)["DTSTAMP"].dt > what["DTSTAMP"].dt
    assert desk.call()["state"] == "cancelled"
    again = desk.answer(offer, "BOOK 3")
    assert (again["verdict"], len(to(still, NORA))) == (
        "booking",
        len(["acknowledgement", "offer", "invite", "off", "w"]),
    )
    assert desk.call()["state"] == "cancelled"
    assert "is cancelled" in said(still.latest(NORA, "call"))
    told = [kind for kind in desk.kinds() if kind.startswith(("call", "grant"))]
    assert told == [
        "call-requested", "grant-issued", "call-offered", "grant-redeemed", "call-booked", "call-cancelled",
    ]  # fmt: skip


def test_a_bare_number_counts_in_an_answer_to_slots_alone(desk: Writing) -> None:
    desk.still.do(
        desk.write(NORA, "Our website is down for all of us.")["ticket"], "#priority 1 because x", "dominique"
    )
    acknowledgement = desk.still.latest(NORA)
    desk.still.do("DESK-1001", "#call network-engineering", "dominique")
    offer = desk.still.latest(NORA, "offer")
    assert desk.answer(acknowledgement, "2")["verdict"] == "appended"  # how many are concerned, say
    assert desk.answer(offer, "7")["verdict"] == "appended"  # no slot of that offer
    assert desk.call()["state"] == "offered"
    assert desk.answer(offer, "2.")["verdict"] == "booking"
    assert desk.call()["state"] == "booked"


@pytest.mark.parametrize("body", ["BOOK 2", ""])
def test_a_button_writes_the_subject(desk: Writing, body: str) -> None:
    offer = desk.offered()
    written = desk.write(NORA, body, book_address(offer), subject="BOOK 2 [DESK-1001]")
    assert (written["verdict"], written["ticket"]) == ("booking", "DESK-1001")
    assert desk.call()["start"] == "2026-11-24T12:00:00.000Z"


def test_a_slot_that_is_gone_burns_nothing(desk: Writing) -> None:
    """Two can do it, three would like the same hour: the third chooses another one with the same grant."""
    offers = [desk.offered(who) for who in (NORA, BOB, CARLA)]
    assert len({offer.text().partition("BOOK 1")[2].partition("\n")[0] for offer in offers}) == 1
    for offer in offers:
        assert desk.answer(offer, "BOOK 1")["verdict"] == "booking"
    assert [desk.call(number)["state"] for number in (1001, 1002, 1003)] == ["booked", "booked", "offered"]
    assert desk.call(1003)["grant"]["state"] == "issued"
    fresh = desk.still.latest(CARLA, "offer")
    assert "Monday 23 November, 11:00" in fresh.text().partition("BOOK")[0]
    lines = [line for line in fresh.text().splitlines() if line.startswith("BOOK ")]
    assert lines
    assert not any("November, 11:00" in line and "23" in line for line in lines)
    assert desk.answer(fresh, lines[0])["verdict"] == "booking"  # a line that is copied is the answer
    assert desk.call(1003)["state"] == "booked"
    agents = {name for name in (call["assigned"] for call in map(desk.call, (1001, 1002, 1003))) if name}
    assert not agents  # nobody is invited before their time


def test_a_forwarded_offer_is_of_no_use(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.answer(offer, "My colleague reads along.", more=f"Cc: Ada <{ADA}>\n")
    before = len(to(still, NORA))
    tried = desk.answer(offer, "BOOK 2", who=ADA)
    assert tried["verdict"] == "appended"
    assert "for one person" in still.latest(ADA, "call").text()
    eve = "eve@elsewhere.example"
    still.now += timedelta(hours=2)  # what a stranger makes us write has the smallest of budgets
    for place in (address(offer), book_address(offer)):
        came = desk.write(eve, "BOOK 2\n\nI was sent this.", place, subject=f"Re: {offer.mail['Subject']}")
        assert came["verdict"] == "appended"
        still.now += timedelta(days=1)
    assert to(still, eve) == []
    assert desk.call()["state"] == "offered"
    assert to(still, NORA)[before:] == ["call"]  # once, whoever comes how often
    assert "Somebody else came with your invitation" in still.latest(NORA).text()
    notice = said(still.latest("dominique@desk.example", "notice"))
    assert "BOOK 2; the call is offered to somebody else: nothing is done" in notice
    words = " ".join(message["text"] for message in still.ticket(1001)["messages"])
    assert "I was sent this." in words


def test_nothing_is_done_in_the_contacts_name_without_proof(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    before = len(to(still, NORA))
    forged = desk.write(NORA, "BOOK 2", subject=f"Re: {offer.mail['Subject']}", proven=False)
    assert (forged["verdict"], forged["trust"]) == ("appended", "D")
    assert desk.call()["state"] == "offered"
    assert len(to(still, NORA)) == before


@pytest.mark.parametrize("word", ["YES", "NO"])
def test_a_secret_address_alone_takes_a_word_of_their_own(desk: Writing, word: str) -> None:
    still = desk.still
    offer = desk.offered()
    asked = desk.answer(offer, "BOOK 2", proven=False)
    assert (asked["verdict"], asked["trust"]) == ("held-command", "C")
    assert desk.call()["state"] == "offered"
    consent = still.latest(NORA, "consent")
    assert "books a call about DESK-1001" in consent.text()
    assert "Tuesday 24 November, 13:00" in said(consent)
    assert still.replay(asked["id"])["verdict"] == "held-command"
    assert to(still, NORA).count("consent") == 1
    assert desk.answer(consent, word, proven=False)["verdict"] == "command"
    assert desk.call()["state"] == ("booked" if word == "YES" else "offered")
    assert to(still, NORA).count("invite") == (word == "YES")


def test_a_cancel_by_a_secret_address_is_asked_about(desk: Writing) -> None:
    desk.answer(desk.offered(), "BOOK 2")
    asked = desk.answer(desk.still.latest(NORA, "invite"), "CANCEL", proven=False)
    assert (asked["verdict"], desk.call()["state"]) == ("held-command", "booked")
    desk.answer(desk.still.latest(NORA, "consent"), "yes", proven=False)
    assert desk.call()["state"] == "cancelled"


def test_the_same_word_again_changes_nothing(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    booked = desk.answer(offer, "BOOK 2")
    before = desk.call()
    assert desk.answer(offer, "Book 2, please")["verdict"] == "booking"
    assert to(still, NORA)[-1] == "call"
    assert "is booked: Tuesday 24 November, 13:00" in said(still.latest(NORA))
    sent = len(still.sent)
    assert still.replay(booked["id"])["verdict"] == "booking"
    assert (len(still.sent), desk.call()) == (sent, before)
    assert to(still, NORA).count("invite") == 1


def test_words_of_one_batch_see_one_another(desk: Writing) -> None:
    """Three would like the same hour, and two can do it; the first of them writes twice."""
    still = desk.still
    offers = [desk.offered(who) for who in (NORA, BOB, CARLA)]
    for number, offer in enumerate((offers[0], *offers)):
        head = PROVEN.format(offer.to.partition("@")[2]) + f"From: <{offer.to}>\nTo: {address(offer)}\n"
        head += f"Subject: BOOK 1 [{desk.still.desk.prefix}-1]\nMessage-ID: <b{number}@x.example>\n\nBOOK 1\n"
        still.receive(head, offer.to, address(offer))
    still.settle()
    assert [desk.call(number)["state"] for number in (1001, 1002, 1003)] == ["booked", "booked", "offered"]
    assert [sent.purpose for sent in still.sent].count("invite") == 2


def test_an_offer_lapses(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    still.now += timedelta(days=5, minutes=1)
    late = desk.answer(offer, "BOOK 4")  # the sweep has not been there
    assert late["verdict"] == "booking"
    assert desk.call()["state"] in ("offered", "expired")
    assert "has lapsed" in said(still.latest(NORA, "call"))
    still.settle()
    assert desk.call()["state"] == "expired"
    desk.answer(offer, "BOOK 3")
    assert desk.call()["state"] == "expired"
    assert "invite" not in to(still, NORA)


def test_another_number_moves_the_call_so_often(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.answer(offer, "BOOK 4")
    first = event(still.latest(NORA, "invite"))
    stamps = [first["DTSTAMP"].dt]
    for sequence, number in enumerate((2, 3, 4), 1):
        desk.answer(offer, f"BOOK {number}")
        moved = event(still.latest(NORA, "invite"))
        assert (moved["UID"], int(moved["SEQUENCE"])) == (first["UID"], sequence)
        stamps.append(moved["DTSTAMP"].dt)
    assert stamps == sorted(set(stamps))
    assert "has moved" in still.latest(NORA, "invite").text()
    invites = to(still, NORA).count("invite")
    assert desk.answer(offer, "BOOK 2")["reason"] == "they have moved it 3 times"
    assert to(still, NORA).count("invite") == invites
    assert "cannot be moved again" in said(still.latest(NORA, "call"))
    assert desk.kinds().count("call-moved") == 3


def test_a_call_that_begins_soon_stays_and_can_be_cancelled(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    desk.answer(offer, "BOOK 1")
    still.now += timedelta(minutes=61)
    late = desk.answer(offer, "BOOK 2")
    assert late["reason"].startswith("it begins at")
    assert "begins too soon to be moved" in said(still.latest(NORA, "call"))
    desk.answer(offer, "CANCEL")
    assert desk.call()["state"] == "cancelled"


def test_none_suits(desk: Writing) -> None:
    still = desk.still
    offer = desk.offered()
    shown = [offer]
    for more in ("", "None before ten either.", "I am sorry to be difficult."):
        told = desk.answer(shown[-1], f"None of these suits me, mornings please.\n\n{more}\n\nBest regards\nNora")
        assert told["verdict"] == "booking"
        shown.append(still.latest(NORA, "offer"))
    assert len({one.text() for one in shown}) > 1
    assert still.ticket(1001)["calls"][0]["state"] == "offered"
    assert all(":00" in line or ":30" in line for line in shown[1].text().splitlines() if line.startswith("BOOK"))
    hours = [
        line.partition("November, ")[2].partition(":")[0] for line in shown[1].text().splitlines() if "BOOK" in line
    ]
    assert {int(hour) < 12 for hour in hours if hour} == {True}
    count = to(still, NORA).count("offer")
    for words in ("None of these suits me.", "None of these works."):
        assert desk.answer(shown[-1], words)["verdict"] == "booking"
    assert to(still, NORA).count("offer") == count
    assert to(still, NORA).count("call") == 1
    assert "a person looks for one" in said(still.latest(NORA, "call"))
    assert desk.kinds().count("call-none-suits") == 5
    assert desk.answer(offer, "BOOK 2")["verdict"] == "booking"
    assert desk.call()["state"] == "booked"


def test_another_time_for_a_booked_call(desk: Writing) -> None:
    still = desk.still
    desk.answer(desk.offered(), "BOOK 1")
    desk.answer(still.latest(NORA, "invite"), "Can we move the call to Thursday afternoon, please?")
    offer = still.latest(NORA, "offer")
    assert "Thursday 26 November" in offer.text()
    assert desk.call()["state"] == "booked"  # until they choose
    line = next(line for line in offer.text().splitlines() if line.startswith("BOOK") and "Thursday 26" in line)
    desk.answer(offer, line.partition("  ")[0])
    assert event(still.latest(NORA, "invite"))["SEQUENCE"] == 1
    assert desk.call()["start"].startswith("2026-11-26")


def test_what_stands_below_the_word_is_read(desk: Writing) -> None:
    still = desk.still
    desk.answer(desk.offered(), "Hello,\n\nBOOK 2\n\nShould I have the router with me?\n\nNora")
    assert desk.call()["state"] == "booked"
    assert any("the router with me?" in message["text"] for message in still.ticket(1001)["messages"])
    told = said(still.latest("anastasia@desk.example", "notice"))
    assert "the router with me?" in told
    assert "wrote BOOK 2: the call is booked, Tue 24 Nov 2026, 13:00 (Berlin)" in told


@pytest.mark.parametrize(
    ("words", "known"),
    [
        ("BOOK 2\n\nThank you for your patience with us this morning.", {}),
        ("None of these suits me, mornings please.", {}),
        ("BOOK 2\n\nAffected users: 25", {"affected_users": "25"}),
    ],
)
def test_a_word_about_the_call_is_no_answer_to_a_question(
    asking: Writing, words: str, known: dict[str, str]
) -> None:  # fmt: skip
    """How many are concerned was asked for: the next mail is about something else, or answers it as well."""
    offer = asking.offered(NORA, "Our website is down.")
    assert asking.answer(offer, words)["verdict"] == "booking"
    fields = asking.still.ticket(1001)["intake"]["fields"]
    assert {name: one["value"] for name, one in fields.items() if one["value"]} == {
        "observed": "Our website is down."
    } | known


def test_a_call_is_wished_for_by_word_and_in_a_sentence(desk: Writing) -> None:
    still = desk.still
    desk.write(NORA, "Our website is down for all of us.")
    acknowledgement = still.latest(NORA)
    wished = desk.answer(acknowledgement, "CALL")
    assert (wished["verdict"], desk.call()["state"]) == ("booking", "requested")
    assert to(still, NORA)[-1] == "call"
    assert {sent.to for sent in still.sent if sent.purpose == "call_notice"} == {
        "dominique@desk.example",
        "samantha@desk.example",
    }
    assert still.ticket(1001)["blocked_on"] == "scheduling"
    desk.answer(acknowledgement, "Call me")
    assert len(still.ticket(1001)["calls"]) == 1
    assert [sent.purpose for sent in still.sent].count("call_notice") == 2

    ref = desk.write(BOB, "Our website is down for all of us.")["ticket"]
    plain = desk.answer(still.latest(BOB), "It is worse now. Could you please call me back? 0171 234 5678")
    assert plain["verdict"] == "appended"
    assert to(still, BOB) == ["acknowledgement"]  # no machine answers a sentence
    assert [sent.purpose for sent in still.sent].count("call_notice") == 4
    assert desk.call(int(ref[5:]))["state"] == "requested"
    still.do(ref, "#priority 1 because it is down", "dominique")
    still.do(ref, "#call network-engineering", "dominique")
    assert (len(still.ticket(int(ref[5:]))["calls"]), to(still, BOB)[-1]) == (1, "offer")


def test_status_says_when_the_call_is(desk: Writing) -> None:
    desk.answer(desk.offered(), "BOOK 2")
    desk.answer(desk.still.latest(NORA, "invite"), "STATUS")
    assert "Your call is on Tuesday 24 November, 13:00" in said(desk.still.latest(NORA, "status"))


@pytest.mark.parametrize(
    ("first", "book", "cancel", "says"),
    [
        ("Unsere Website ist seit heute früh für alle nicht erreichbar.", "Ich nehme Nummer 2", "Absagen", "Gespräch"),
        ("Notre site web est en panne depuis ce matin pour tous.", "Je prends le 2, merci", "Annuler", "Appel"),
        ("Unsere Website ist für alle nicht erreichbar.", "Guten Tag,\n\nBOOK 2", "Stornieren", "Gespräch"),
    ],
)
def test_german_and_french(desk: Writing, first: str, book: str, cancel: str, says: str) -> None:
    still = desk.still
    offer = desk.offered(NORA, first)
    assert desk.answer(offer, book)["verdict"] == "booking"
    assert says in str(event(still.latest(NORA, "invite"))["SUMMARY"])
    assert desk.answer(still.latest(NORA, "invite"), cancel)["verdict"] == "booking"
    assert desk.call()["state"] == "cancelled"


def test_words_that_mean_something_else_stay_words(desk: Writing) -> None:
    """No call is there: CANCEL and BOOK 2 are words for a person; an offer is there, and the sentence is about another
    matter."""
    desk.write(NORA, "Our website is down for all of us.")
    acknowledgement = desk.still.latest(NORA)
    for words in ("CANCEL", "BOOK 2", "Move", "None"):
        assert desk.answer(acknowledgement, words)["verdict"] == "appended"
    offer = desk.offered(BOB)
    for words in (
        "Please cancel my subscription.",
        "The API call fails with 2 errors.",
        "We will call you.",
        "2 users",
    ):
        assert desk.answer(offer, words)["verdict"] == "appended"
    assert desk.call(1002)["state"] == "offered"
