"""A booked call from its booking to its outcome: who of us takes it, who is asked next, and that its customer notices
nothing of either; what came of it, and what a customer hears who waited in vain.

One file, although long: one call from its booking to its end, in the order in which it happens.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from click.testing import CliRunner
from icalendar import Calendar

from gateway.cli import agent as agents
from gateway.cli import main
from gateway.rules.verbs import Refused
from store import calls
from store.records import Call
from tests.desk import UNASKED, Sent, StillDesk

NORA, BENEDIKT, ANASTASIA, DOMINIQUE = (
    "nora@northwind.example", "benedikt@desk.example", "anastasia@desk.example", "dominique@desk.example",
)  # fmt: skip
PROVEN = "Authentication-Results: mx.desk.example; dkim=pass header.d={}\n"
MAIL = "From: {5} <{0}>\nTo: {1}\nSubject: {2}\nMessage-ID: <{3}@x.example>\n\n{4}\n"
NAMES = {NORA: "Nora Wind", ANASTASIA: "Anastasia Winter", BENEDIKT: "Benedikt Sommer"}


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@pytest.fixture
def desk(still: StillDesk) -> Iterator[StillDesk]:
    """Nora's router is down, it is urgent, and she has booked a call for tomorrow afternoon."""
    mail(still, NORA, "support@desk.example", "The router is down since Monday.")
    do(still, "#priority 2 because the whole office waits\n#topic Outage/network\n#note We have restarted it twice.")
    do(still, "#call network-engineering because the router has to be looked at together")
    book(still, 2)
    assert the_call(still).state == "booked"
    still.sent.clear()
    yield still


def do(desk: StillDesk, text: str, person: str = "dominique", ref: str = "DESK-1001") -> Any:
    outcome = desk.do(ref, text, person)
    assert not isinstance(outcome, Refused), outcome
    return outcome


def refused(desk: StillDesk, text: str, person: str) -> str:
    outcome = desk.do("DESK-1001", text, person)
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


_mails = iter(range(1, 10_000))


def mail(desk: StillDesk, author: str, to: str, text: str, subject: str = "Router down") -> dict[str, Any]:
    """A proven mail."""
    domain = author.rpartition("@")[2]
    raw = PROVEN.format(domain) + MAIL.format(author, to, subject, next(_mails), text, NAMES.get(author, ""))
    return desk.mail(raw, author, to)


def reply_address(sent: Sent) -> str:
    return str(sent.mail["Reply-To"] or sent.mail["From"]).rpartition("<")[2].strip("> ")


def book(desk: StillDesk, number: int) -> dict[str, Any]:
    return mail(desk, NORA, reply_address(desk.latest(NORA, "offer")), f"BOOK {number}", "Re: [DESK-1001] Router down")


def the_call(desk: StillDesk, number: int = 1, ticket: int = 1001) -> Call:
    with desk.store.look() as connection:
        return next(call for call in calls.of_tickets(connection, {ticket}) if call.number == number)


def at(desk: StillDesk, instant: datetime | None, *, plus: timedelta = timedelta()) -> None:
    """The clock goes on to then, and all that is due is done, in the steps in which it would be."""
    assert instant is not None
    until = instant + plus
    while desk.now < until:
        near = until - desk.now <= timedelta(hours=2)
        desk.now = min(until, desk.now + (timedelta(minutes=10) if near else timedelta(hours=2)))
        desk.settle()
    assert desk.now == until


def start(desk: StillDesk) -> datetime:
    found = the_call(desk).start
    assert found is not None
    return found


def went(desk: StillDesk) -> list[str]:
    return [f"{sent.purpose} {sent.to.partition('@')[0]}" for sent in desk.sent if sent.purpose != "transcript"]


def kinds(desk: StillDesk, ticket: int = 1001) -> list[str]:
    return [event["kind"] for event in desk.ticket(ticket)["events"] if event["kind"].startswith(("call-", "grant-"))]


def entry(sent: Sent) -> Any:
    part = next(part for part in sent.mail.walk() if part.get_content_type() == "text/calendar")
    assert isinstance(part, EmailMessage)
    return next(iter(Calendar.from_ical(part.get_payload(decode=True)).walk("VEVENT")))


def answer(desk: StillDesk, sent: Sent, text: str) -> dict[str, Any]:
    """One of us answers this mail."""
    return mail(desk, sent.to, reply_address(sent), text, "Re: " + str(sent.mail["Subject"]))


def says(desk: StillDesk, who: str, text: str) -> None:
    """One of us writes to the address for commands."""
    assert mail(desk, who, "desk@desk.example", text)["verdict"] == "command"


def to_nora(desk: StillDesk) -> list[str]:
    return [sent.purpose for sent in desk.sent if sent.to == NORA]


# The freeze, and who is asked


def test_the_agent_is_invited_an_hour_before_with_all_they_must_know(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=61))
    assert "brief anastasia" not in went(desk)
    at(desk, start(desk), plus=-timedelta(minutes=60))
    brief = desk.latest(ANASTASIA, "brief")
    call = the_call(desk)
    assert (call.state, call.assigned, call.acked_at) == ("assigned", "anastasia", None)
    for words in ("Nora", "The router is down", "restarted it twice", "#ack", "#outcome", "Northwind"):
        assert words in brief.text(), words
    invite = entry(brief)
    assert invite["DTSTART"].dt == call.start
    assert str(invite["ATTENDEE"]).lower() == f"mailto:{ANASTASIA}"
    assert invite["UID"] not in {one.uid for one in call.invites if one.kind == "customer"}
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []


def test_whoever_acknowledges_by_reply_has_it_and_it_begins(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    answer(desk, desk.latest(ANASTASIA, "brief"), "#ack")
    assert the_call(desk).acked_at == desk.now
    at(desk, start(desk))
    assert the_call(desk).state == "live"
    assert desk.ticket(1001)["blocked_on"] in ("", None)
    assert "stand_down anastasia" not in went(desk)
    expected = ["call-requested", "grant-issued", "call-offered", "grant-redeemed", "call-booked"]
    expected += ["call-invited", "call-acknowledged", "call-started"]
    assert [kind for kind in kinds(desk) if kind != "call-reminded"] == expected


def test_who_says_nothing_is_stood_down_and_the_next_one_asked(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    first = desk.latest(ANASTASIA, "brief")
    before = the_call(desk).invite()
    at(desk, start(desk), plus=-timedelta(minutes=20))
    call = the_call(desk)
    assert (call.assigned, call.passed) == ("benedikt", ("anastasia",))
    off = entry(desk.latest(ANASTASIA, "stand_down"))
    assert (off["UID"], off["SEQUENCE"], off["STATUS"]) == (entry(first)["UID"], 1, "CANCELLED")
    assert entry(desk.latest(BENEDIKT, "brief"))["UID"] != off["UID"]
    assert call.invite() == before, "the customer's entry is as it was"
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []


def test_nobody_left_is_told_to_the_leads_once_and_tried_again(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    answer(desk, desk.latest(ANASTASIA, "brief"), "#return because I am ill")
    answer(desk, desk.latest(BENEDIKT, "brief"), "#return because the train is late")
    notice = desk.latest(DOMINIQUE, "call_notice")
    assert "anastasia" in notice.text().lower()
    call = the_call(desk)
    assert (call.state, call.assigned, set(call.passed)) == ("booked", "", {"anastasia", "benedikt"})
    told = went(desk).count("call_notice dominique")
    at(desk, start(desk), plus=-timedelta(minutes=1))
    assert went(desk).count("call_notice dominique") == told == 1
    assert "call-short" in kinds(desk)
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []


def test_who_was_away_and_comes_back_is_found(desk: StillDesk) -> None:
    says(desk, ANASTASIA, "#away for 5d")
    says(desk, BENEDIKT, "#away for 5d")
    assert "call-short" in kinds(desk), "nobody is left, and the leads learn of it at once"
    assert "call_notice dominique" in went(desk)
    at(desk, start(desk), plus=-timedelta(minutes=30))
    assert the_call(desk).assigned == ""
    says(desk, BENEDIKT, "#back")
    at(desk, start(desk), plus=-timedelta(minutes=27))
    assert the_call(desk).assigned == "benedikt"
    assert kinds(desk)[-1] == "call-kept"


# Falling ill


def test_whoever_falls_ill_is_passed_over_without_a_word_to_the_customer(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    answer(desk, desk.latest(ANASTASIA, "brief"), "#ack")
    before = the_call(desk).invite()
    says(desk, ANASTASIA, "#away for 2d")
    call = the_call(desk)
    assert (call.assigned, call.state, call.passed) == ("benedikt", "assigned", ("anastasia",))
    assert "stand_down anastasia" in went(desk)
    assert call.invite() == before
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []


def test_a_promise_whose_only_people_go_away_is_told_and_stands_again(desk: StillDesk) -> None:
    says(desk, ANASTASIA, "#away for 5d")
    assert the_call(desk).witness == "benedikt"
    assert "call-short" not in kinds(desk)
    says(desk, BENEDIKT, "#away for 5d")
    notice = desk.latest(DOMINIQUE, "call_notice")
    assert the_call(desk).short_since == desk.now
    assert "anastasia" in notice.text().lower()
    says(desk, ANASTASIA, "#back")
    assert (the_call(desk).short_since, the_call(desk).witness) == (None, "anastasia")
    assert kinds(desk)[-2:] == ["call-short", "call-kept"]
    assert to_nora(desk) == []


def test_a_disabled_agent_is_passed_over(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    anastasia = desk.desk.agent_named("anastasia")
    assert anastasia is not None
    agents._set(desk.store, anastasia, desk.now, disabled=True)
    desk.settle()
    assert the_call(desk).assigned == "benedikt"
    assert "stand_down anastasia" not in went(desk), "who has no access gets no mail"


def test_other_rules_are_proven_when_the_desk_starts(desk: StillDesk) -> None:
    """Both of them take leave by the configuration, which nobody says to a desk that runs."""
    assert the_call(desk).short_since is None
    file = desk.config.folder / "replydesk.toml"
    words = file.read_text(encoding="utf-8")
    for name in ("anastasia", "benedikt"):
        words = words.replace(f'name = "{name}"\n', f'name = "{name}"\nleave = ["{start(desk):%Y-%m-%d}"]\n')
    file.write_text(words, encoding="utf-8")
    ran = CliRunner().invoke(main, ["sweep"], env=shell(desk))
    assert ran.exit_code == 0, ran.output
    assert "1001-1 cannot be kept" in ran.output
    assert the_call(desk).short_since is not None


# Reminder, and the end with the ticket


def test_the_customer_is_reminded_once_a_day_before(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(hours=24))
    at(desk, start(desk), plus=-timedelta(hours=2))
    assert to_nora(desk) == ["call_reminder"]
    assert "14:00" in desk.latest(NORA, "call_reminder").text() or "13:00" in desk.latest(NORA, "call_reminder").text()


def test_a_call_goes_with_its_ticket(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    do(desk, "#accept\n#start\n#resolve the router was exchanged")
    assert the_call(desk).state == "cancelled"
    off = entry(desk.latest(NORA, "uninvite"))
    assert (off["STATUS"], off["SEQUENCE"]) == ("CANCELLED", 1)
    assert "stand_down anastasia" in went(desk)
    assert desk.ticket(1001)["calls"][0]["state"] == "cancelled"


def test_an_offer_that_is_not_answered_lapses(still: StillDesk) -> None:
    mail(still, NORA, "support@desk.example", "The router is down since Monday.")
    do(still, "#priority 2 because the whole office waits\n#call network-engineering")
    at(still, still.now, plus=timedelta(days=5, minutes=1))
    assert the_call(still).state == "expired"
    assert "call" in to_nora(still)
    assert kinds(still)[-2:] == ["grant-expired", "call-lapsed"]
    mail(still, NORA, reply_address(still.latest(NORA, "offer")), "BOOK 1")
    assert the_call(still).state == "expired"


def test_an_offer_goes_with_what_entitled_to_it(still: StillDesk) -> None:
    mail(still, NORA, "support@desk.example", "The router is down since Monday.")
    do(still, "#priority 2 because the whole office waits\n#call network-engineering")
    do(still, "#accept\n#start\n#resolve it works again")
    assert the_call(still).state == "cancelled"
    assert "grant-revoked" in kinds(still)


# What came of it


def held(desk: StillDesk) -> None:
    """Benedikt has it, and it has begun."""
    at(desk, start(desk), plus=-timedelta(minutes=60))
    do(desk, "#ack", "anastasia")
    at(desk, start(desk), plus=timedelta(minutes=5))


def test_the_outcome_by_reply_ends_the_call_and_logs_its_time(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    brief = desk.latest(ANASTASIA, "brief")
    assert "begins" in refused(desk, "#outcome it works again", "anastasia")
    answer(desk, brief, "#ack")
    at(desk, start(desk), plus=timedelta(minutes=25))
    answer(desk, brief, "#outcome the cable was loose, it works again")
    call = the_call(desk)
    assert (call.state, call.outcome) == ("completed", "the cable was loose, it works again")
    view = desk.ticket(1001)
    assert view["time_logged"] == 30
    assert view["messages"][-1]["direction"] == "note"
    assert "cable was loose" in view["messages"][-1]["text"]
    assert "completed already: the cable was loose" in refused(desk, "#outcome something else", "anastasia")
    assert "call-completed" in kinds(desk)
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []


def test_how_long_it_took_may_be_said(desk: StillDesk) -> None:
    held(desk)
    do(desk, "#outcome 45m the cable was loose", "anastasia")
    assert (desk.ticket(1001)["time_logged"], the_call(desk).outcome) == (45, "the cable was loose")


def test_who_did_not_have_it_may_not_say(desk: StillDesk) -> None:
    held(desk)
    do(desk, "#with network")
    assert "took it" in refused(desk, "#outcome all is well", "benedikt")
    do(desk, "#outcome all is well", "samantha")
    assert the_call(desk).state == "completed"


def test_a_customer_who_was_not_there_reads_so_and_gets_no_other_call(desk: StillDesk) -> None:
    held(desk)
    desk.sent.clear()
    do(desk, "#outcome no-show because nobody answered", "anastasia")
    assert (the_call(desk).state, the_call(desk).outcome) == (
        "no_show", "the customer was not there: nobody answered",
    )  # fmt: skip
    assert to_nora(desk) == ["call"]
    assert len(desk.ticket(1001)["calls"]) == 1


def test_who_waited_for_us_in_vain_gets_an_apology_and_another_call(desk: StillDesk) -> None:
    held(desk)
    desk.sent.clear()
    do(desk, "#outcome no-show us", "dominique")
    assert the_call(desk).state == "no_show"
    assert to_nora(desk) == ["offer"]
    offer = desk.latest(NORA, "offer")
    assert re.search(r"sorry|apolog", offer.text(), re.IGNORECASE)
    again = the_call(desk, 2)
    assert (again.state, again.priority, again.capability) == ("offered", 2, "network-engineering")
    requested = next(e for e in desk.ticket(1001)["events"] if e["detail"].get("replaces"))
    assert requested["detail"]["replaces"] == "1001-1"
    book(desk, again.offered[0][0])
    assert the_call(desk, 2).state == "booked"


def test_nobody_there_at_the_start(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    do(desk, "#return because ill", "anastasia")
    do(desk, "#return because ill", "benedikt")
    at(desk, start(desk))
    assert (the_call(desk).state, went(desk).count("call_notice dominique")) == ("waiting", 2)
    assert [one for one in to_nora(desk) if one != "call_reminder"] == []
    at(desk, start(desk), plus=timedelta(minutes=10))
    assert the_call(desk).state == "no_show"
    assert to_nora(desk)[-1] == "offer"
    assert the_call(desk, 2).state == "offered"


def test_a_lead_may_take_what_nobody_has(desk: StillDesk) -> None:
    at(desk, start(desk), plus=-timedelta(minutes=60))
    do(desk, "#return because ill", "anastasia")
    do(desk, "#return because ill", "benedikt")
    at(desk, start(desk), plus=timedelta(minutes=2))
    answer(desk, desk.latest(DOMINIQUE, "call_notice"), "#ack")
    call = the_call(desk)
    assert (call.state, call.assigned) == ("live", "dominique")
    assert "brief dominique" in went(desk)


def test_what_came_of_it_is_asked_once_and_then_the_leads_are(desk: StillDesk) -> None:
    held(desk)
    desk.sent.clear()
    at(desk, the_call(desk).end)
    assert went(desk) == ["call_notice anastasia"]
    at(desk, desk.now, plus=timedelta(days=1, hours=1))
    asked = [sent for sent in desk.sent if sent.purpose == "call_notice"]
    assert [sent.to for sent in asked] == [ANASTASIA, DOMINIQUE]
    at(desk, desk.now, plus=timedelta(days=6))
    assert len([sent for sent in desk.sent if sent.purpose == "call_notice"]) == 2


def test_a_desk_that_slept_staffs_nothing_and_asks(desk: StillDesk) -> None:
    desk.now = start(desk) + timedelta(days=1)
    desk.settle()
    assert (the_call(desk).state, the_call(desk).assigned) == ("waiting", "")
    assert "brief anastasia" not in went(desk)
    assert [one for one in went(desk) if one.startswith("call_notice")] == ["call_notice dominique"]
    assert to_nora(desk) == []
    do(desk, "#outcome no-show us", "dominique")
    assert to_nora(desk) == ["offer"]


def shell(desk: StillDesk) -> dict[str, str]:
    """The environment of a command on this desk at its instant."""
    off = int((desk.now - datetime.now(UTC)).total_seconds())
    return {
        "REPLYDESK_CONFIG": str(desk.config.folder / "replydesk.toml"),
        "REPLYDESK_STORE__URL": desk.config.store.url,
        "REPLYDESK_CLOCK__OFFSET": f"{'-' if off < 0 else '+'}{abs(off)}s",
        **UNASKED,
    }


def test_the_command_line_says_what_came_of_it(desk: StillDesk) -> None:
    held(desk)
    env = shell(desk)
    ran = CliRunner().invoke(main, ["call", "outcome", "1001-1", "it works again", "--json"], env=env)
    assert ran.exit_code == 0, ran.output
    shown = json.loads(ran.stdout)
    assert (shown["state"], shown["outcome"]) == ("completed", "it works again")
    again = CliRunner().invoke(main, ["call", "outcome", "1001-1", "it works"], env=env)
    assert again.exit_code == 1
    assert "completed already" in again.output
    for words, status in ((["call", "outcome", "1001-9", "x"], 1), (["call", "outcome", "1001-1", " "], 2)):
        assert CliRunner().invoke(main, words, env=env).exit_code == status
