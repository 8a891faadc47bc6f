"""Calls are asked for, approved, refused and offered: by mail, by `ticket do` and by `call`, on whole desks."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import Any

import pytest

from gateway.rules.verbs import Refused
from store import people
from tests.acceptance.commands import Command, command, deliver, told
from tests.desk import START, UNASKED, Sent, StillDesk

__all__ = ["command"]

NORA = "nora@northwind.example"
BENEDIKT, DOMINIQUE, SAMANTHA, ANASTASIA, MIRABELLE = (
    f"{name}@desk.example" for name in ("benedikt", "dominique", "samantha", "anastasia", "mirabelle")
)
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\n"


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@dataclass(slots=True)
class House:
    """Nora's ticket, and what people write about it."""

    still: StillDesk
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def write(self, who: str, words: str, to: str, *, subject: str = "Our shop is down", answers: str = "") -> Any:
        number, domain = next(self._numbers), who.partition("@")[2]
        head = f"{PROVEN.format(domain)}From: <{who}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <w{number}@{domain}>\n"
        head += f"Date: {self.still.now:%a, %d %b %Y %H:%M:%S +0000}\n"
        head += f"In-Reply-To: {answers}\nReferences: {answers}\n" if answers else ""
        return self.still.mail(f"{head}\n{words}\n", who, to)

    def opens(self, priority: int = 2) -> str:
        ref = str(self.write(NORA, "Nobody can open our shop.", "support@desk.example")["ticket"])
        self.does(f"#priority {priority} because it is")
        return ref

    def does(self, text: str, person: str = "dominique", ref: str = "DESK-1001") -> Any:
        found = self.still.do(ref, text, person)
        assert not isinstance(found, Refused), found
        return found

    def replies(self, words: str, to: Sent) -> Any:
        """What somebody answers to a mail of ours."""
        mail = to.mail
        address = parseaddr(str(mail["Reply-To"]))[1]
        return self.write(to.to, words, address, subject=f"Re: {mail['Subject']}", answers=str(mail["Message-ID"]))

    def call(self) -> dict[str, Any]:
        found: dict[str, Any] = self.still.ticket(1001)["calls"][-1]
        return found

    def kinds(self) -> list[str]:
        """What was told of the call."""
        events = self.still.ticket(1001)["events"]
        return [one["kind"] for one in events if one["kind"].startswith(("call-", "grant-"))]

    def sent(self, to: str, since: int = 0) -> list[str]:
        return [one.purpose for one in self.still.sent[since:] if one.to == to]


@pytest.fixture
def house(still: StillDesk) -> House:
    return House(still)


def said(sent: Sent) -> str:
    return " ".join(sent.text().split())


def test_an_urgent_ticket_is_offered_slots_that_are_spread(house: House) -> None:
    house.opens()
    done = house.does("#call network-engineering because the database needs a look", "anastasia")
    assert done.sent == [{"to": "nora@northwind.example", "what": "an offer of slots"}]
    offer = house.still.latest(NORA, "offer")
    text = offer.text()
    lines = [line for line in text.splitlines() if line.startswith("BOOK ")]
    assert len(lines) >= 3
    assert len({line.split(",")[0].split(" ", 2)[2] for line in lines}) >= 2  # days
    assert "the database needs a look" in text
    assert not any(name in offer.raw.decode().lower() for name in ("benedikt", "anastasia winter", "dominique"))
    call = house.call()
    assert (call["state"], call["capability"], call["minutes"]) == ("offered", "network-engineering", 30)
    assert call["grant"]["state"] == "issued"
    starts = [datetime.fromisoformat(slot["start"]) for slot in call["offered"]]
    assert min(starts) >= START + timedelta(hours=2)
    assert all(start.astimezone(UTC).weekday() < 5 for start in starts)
    ticket = house.still.ticket(1001)
    assert ticket["blocked_on"] == "scheduling"
    assert house.kinds() == ["call-requested", "grant-issued", "call-offered"]


def test_a_second_call_is_refused_with_how_the_first_one_stands(house: House) -> None:
    house.opens()
    house.does("#call network-engineering")
    again = house.still.do("DESK-1001", "#call network-engineering", "anastasia")
    assert isinstance(again, Refused)
    assert "1001-1 is offered since Mon 23 Nov 2026, 09:00 (Berlin)" in again.reason
    assert house.sent(NORA).count("offer") == 1
    house.does("#call general", "anastasia")  # another capability is another call
    assert [call["state"] for call in house.still.ticket(1001)["calls"]] == ["offered", "offered"]


def test_a_lead_approves_by_reply(house: House) -> None:
    house.opens(3)
    before = len(house.still.sent)
    done = house.does("#call network-engineering", "anastasia")
    assert done.sent == [{"to": "Dominique Printemps", "what": "the question whether there may be a call"}]
    assert house.sent(NORA, before) == []  # they hear nothing before it is offered
    assert house.call()["state"] == "approval"
    question = house.still.latest(DOMINIQUE, "call_notice")
    assert "#approve" in question.text()
    entry = house.replies("#approve", question)
    assert (entry["verdict"], entry["trust"]) == ("command", "A")
    assert house.call()["state"] == "offered"
    assert house.call()["approved_by"] == "dominique"
    assert house.sent(NORA, before) == ["offer"]
    assert "has approved the call" in said(house.still.latest(ANASTASIA, "call_notice"))
    assert house.kinds() == [
        "call-requested", "call-approval-asked", "call-approved", "grant-issued", "call-offered",
    ]  # fmt: skip
    again = house.still.replay(int(entry["id"]))
    assert again["verdict"] == "command"
    assert house.sent(NORA, before) == ["offer"]


def test_nobody_else_approves(house: House) -> None:
    house.opens(3)
    house.does("#call network-engineering", "anastasia")
    for person in ("anastasia", "samantha", "mirabelle"):
        found = house.still.do("DESK-1001", "#approve", person)
        assert isinstance(found, Refused), person
    assert house.call()["state"] == "approval"


def test_a_lead_refuses_and_who_asked_learns_why(house: House) -> None:
    house.opens(3)
    before = len(house.still.sent)
    house.does("#call network-engineering", "anastasia")
    entry = house.replies("#refuse because mail is enough for this", house.still.latest(DOMINIQUE, "call_notice"))
    assert entry["verdict"] == "command"
    assert house.call()["state"] == "refused"
    told_ = said(house.still.latest(ANASTASIA, "call_notice"))
    assert "has refused the call" in told_
    assert "mail is enough for this" in told_
    assert house.sent(NORA, before) == []
    assert house.still.ticket(1001)["blocked_on"] is None
    house.does("#call network-engineering")  # a lead who asks approves
    assert [call["state"] for call in house.still.ticket(1001)["calls"]] == ["refused", "offered"]


def test_a_word_that_nobody_gives_lapses_on_the_next_working_day(house: House) -> None:
    house.opens(3)
    house.does("#call network-engineering", "anastasia")
    house.still.now = START + timedelta(hours=23)
    house.still.settle()
    assert house.call()["state"] == "approval"
    house.still.now = START + timedelta(hours=24, minutes=1)
    house.still.settle()
    assert house.call()["state"] == "expired"
    assert house.kinds()[-1] == "call-lapsed"
    assert "Nobody has approved the call in time" in said(house.still.latest(ANASTASIA, "call_notice"))
    late = house.still.do("DESK-1001", "#approve", "dominique")
    assert isinstance(late, Refused)
    assert "1001-1 is expired" in late.reason


@pytest.mark.parametrize("ends", ["#resolve it works again", "#priority 3 because it is calm", "#call cancel"])
def test_the_right_to_book_ends_with_what_gave_it(house: House, ends: str) -> None:
    house.opens()
    house.does("#call network-engineering")
    offer = house.still.latest(NORA, "offer")
    if ends.startswith("#resolve"):
        house.does("#topic Outage/network\n#assign me\n#start")
    house.does(ends)
    house.still.settle()
    house.replies("BOOK 1", offer)
    assert "invite" not in house.sent(NORA)
    assert all(one["start"] is None for one in house.still.ticket(1001)["calls"])
    if ends != "#priority 3 because it is calm":
        assert house.call()["grant"]["state"] == "revoked"


def test_a_scheduler_arranges_a_call_and_does_nothing_else(house: House) -> None:
    house.opens()
    house.does("#call network-engineering", "samantha")
    assert house.call()["requested_by"] == "samantha"
    accepts = house.still.do("DESK-1001", "#accept", "samantha")
    assert isinstance(accepts, Refused)
    speaks = house.still.do("DESK-1001", "#call general\n\nHello Nora", "samantha")
    assert isinstance(speaks, Refused)
    house.does("#call cancel", "samantha")
    assert house.call()["state"] == "cancelled"
    manager = house.still.do("DESK-1001", "#call general", "mirabelle")
    assert isinstance(manager, Refused)


def test_an_agent_asks_by_mail_and_only_with_the_key(house: House) -> None:
    house.opens()
    notice = house.still.latest(ANASTASIA, "notice")
    entry = house.replies("#call network-engineering 15m within 3d", notice)
    assert (entry["verdict"], entry["trust"]) == ("command", "A")
    assert house.call()["minutes"] == 15
    assert "an offer of slots" in said(house.still.latest(ANASTASIA, "transcript"))
    unkeyed = house.write(ANASTASIA, "#call general", "support@desk.example", subject="[DESK-1001] Our shop is down")
    assert unkeyed["verdict"].startswith("held")
    assert len(house.still.ticket(1001)["calls"]) == 1


def test_what_cannot_be_read_is_held_with_the_nearest_form(house: House) -> None:
    house.opens()
    entry = house.replies("#call netwrok-engineering", house.still.latest(ANASTASIA, "notice"))
    assert entry["verdict"] == "held-command"
    held = said(house.still.latest(ANASTASIA, "held"))
    assert "#call network-engineering" in held
    assert house.still.ticket(1001)["calls"] == []


def test_a_dry_run_offers_nothing(house: House) -> None:
    house.opens()
    done = house.does("#dry-run\n#call network-engineering")
    assert done.sent == [{"to": "nora@northwind.example", "what": "an offer of slots"}]
    assert house.still.ticket(1001)["calls"] == []
    assert "offer" not in house.sent(NORA)


@pytest.mark.parametrize("priority", [2, 3])
def test_what_others_know_of_is_not_undone(house: House, priority: int) -> None:
    house.opens(priority)
    house.does("#call network-engineering", "anastasia")
    undo = house.still.do("DESK-1001", "#undo", "anastasia")
    assert isinstance(undo, Refused)
    assert "others know of the call by now" in undo.reason
    assert house.still.ticket(1001)["blocked_on"] == "scheduling"


def test_a_wish_is_told_and_taken_over(house: House) -> None:
    house.opens(3)
    house.write(
        NORA,
        "CALL",
        parseaddr(str(house.still.latest(NORA).mail["Reply-To"]))[1],
        subject="[DESK-1001] Our shop is down",
    )
    call = house.call()
    assert (call["state"], call["requested_by"]) == ("requested", NORA)
    for who in (DOMINIQUE, SAMANTHA):
        assert "would like a call" in said(house.still.latest(who, "call_notice"))
    house.still.now += timedelta(hours=1)
    entry = house.replies("#call network-engineering", house.still.latest(SAMANTHA, "call_notice"))
    assert entry["verdict"] == "command"
    assert (house.call()["id"], house.call()["state"]) == ("1001-1", "approval")
    house.replies("#approve", house.still.latest(DOMINIQUE, "call_notice"))
    assert (house.call()["state"], house.call()["requested_at"]) == ("offered", call["requested_at"])
    assert "has approved the call" in said(house.still.latest(SAMANTHA, "call_notice"))


def test_a_slot_that_is_awaited_is_offered_when_it_comes_free(house: House) -> None:
    house.opens()
    for name in ("anastasia", "benedikt"):
        away(house, name, until=START + timedelta(days=20))
    done = house.does("#call network-engineering within 3d", "dominique")
    assert "no slot is free until" in done.plan.done[0].after
    assert "offer" not in house.sent(NORA)
    away(house, "benedikt", until=None)
    house.still.now += timedelta(minutes=20)
    house.still.settle()
    assert house.call()["state"] == "offered"
    assert "offer" in house.sent(NORA)


def away(house: House, name: str, until: datetime | None) -> None:
    with house.still.store.turn() as connection:
        people.set_away(connection, f"{name}@desk.example", until)


# From a shell


def test_call_from_a_shell(command: Command) -> None:
    deliver(command)
    command("sweep")
    command("ticket", "do", "1001", "#priority 2 because it is", "--as", "dominique")
    offered = told(command("call", "offer", "DESK-1001", "--capability", "network-engineering", "--json"))
    assert (offered["id"], offered["state"], offered["requested_by"]) == ("1001-1", "offered", "operator")
    assert len(offered["offered"]) >= 3
    assert [one["verb"] for one in offered["done"]] == ["#call"]
    assert told(command("call", "show", "1001-1", "--json"))["state"] == "offered"
    again = command("call", "offer", "1001", "--capability", "network-engineering", status=1)
    assert "is there already: 1001-1 is offered" in again.output
    gone = told(command("call", "cancel", "1001-1", "--because", "it works again", "--json"))
    assert (gone["state"], gone["grant"]["state"]) == ("cancelled", "revoked")
    short = command(
        "call", "offer", "1001", "--capability", "network-engineering", "--minutes", "15", "--within", "5d",
        "--as", "anastasia",
    )  # fmt: skip
    assert "1001-2: network-engineering (15 min): offered" in short.stdout
    move = command("call", "move", "1001-2", "fri 14:00", status=1)
    assert "no call of this ticket is booked" in move.output or "is offered" in move.output


def test_a_word_from_a_shell(command: Command) -> None:
    deliver(command)
    command("sweep")
    command("ticket", "do", "1001", "#priority 4 because it is", "--as", "dominique")
    waits = told(command("call", "offer", "1001", "--capability", "general", "--as", "anastasia", "--json"))
    assert (waits["state"], waits["offered"]) == ("approval", [])
    assert "only a lead may" in command("call", "approve", "1001-1", "--as", "anastasia", status=1).output
    assert told(command("call", "approve", "1001-1", "--json"))["state"] == "offered"


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("call", "offer", "DESK-99", "--capability", "general"), 1, "there is no ticket DESK-99"),
        (("call", "offer", "x", "--capability", "general"), 2, "is no ticket"),
        (("call", "offer", "1001"), 2, "--capability"),
        (("call", "offer", "1001", "--capability", "generel"), 1, "nearest: #call general"),
        (("call", "offer", "1001", "--capability", "general", "--minutes", "45"), 1, "45 minutes are too long"),
        (("call", "offer", "1001", "--capability", "general", "--within", "never"), 1, "never is no time"),
        (("call", "offer", "1001", "--capability", "general", "--as", "nobody"), 2, "anastasia"),
        (("call", "offer", "1001", "--capability", "general\n#resolve x"), 2, "a verb is one line"),
        (("call", "approve", "1001-7"), 1, "there is no call 1001-7"),
        (("call", "cancel", "seven"), 2, "is no call"),
        (("call", "why", "generel", "fri 14:00"), 2, "nearest: #call general"),
        (("call", "why", "general", "never"), 2, "never is no time"),
    ],
)
def test_what_is_wrong_from_a_shell(command: Command, words: tuple[str, ...], status: int, says: str) -> None:
    deliver(command)
    command("sweep")
    assert says in command(*words, status=status).output


def test_why_from_a_shell(command: Command) -> None:
    found = told(command("call", "why", "network-engineering", "2040-01-03T11:00:00+01:00", "--json"))
    assert found["start"].startswith("2040-01-03T10:00:00")
    assert found["offered"] is False
    assert found["policy"][0].startswith("it lies after")
    assert found["able"] == ["anastasia", "benedikt"]
    text = command("call", "why", "network-engineering", "2040-01-03T11:00:00+01:00").stdout
    assert text.startswith("network-engineering: Tue 3 Jan 2040, 11:00 (Berlin) is not offered: it lies after")
