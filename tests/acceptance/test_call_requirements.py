"""The requirements of live calls (`ops` R92, R100, R101, R104 to R107, R109, R110, R34), each on a desk that stands
still: what the row says is what somebody outside, or one of us, sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from sqlalchemy import insert, select, update

from gateway.rules.verbs import Refused
from store.tables import busy, reply_keys
from tests.desk import UNASKED, Sent, StillDesk

NORA, CARL = "nora@northwind.example", "carl@northwind.example"
ANASTASIA, BENEDIKT, DOMINIQUE = "anastasia@desk.example", "benedikt@desk.example", "dominique@desk.example"
STAFF = ("anastasia", "benedikt", "charlotte", "dominique", "samantha", "mirabelle", "winter", "sommer", "herbst")
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\n"
WHY = "because the line has to be measured together"
_mails = iter(range(1, 100_000))


@pytest.fixture
def settings() -> dict[str, str]:
    return UNASKED


@pytest.fixture
def desk(still: StillDesk) -> Iterator[StillDesk]:
    mail(still, NORA, "support@desk.example", "The router is down since Monday.")
    do(still, "#topic Outage/network\n#note We have restarted it twice.")
    yield still


@pytest.fixture
def urgent(desk: StillDesk) -> StillDesk:
    do(desk, "#priority 2 because the whole office waits")
    desk.sent.clear()
    return desk


def do(desk: StillDesk, text: str, person: str = "dominique") -> Any:
    outcome = desk.do("DESK-1001", text, person)
    assert not isinstance(outcome, Refused), outcome
    return outcome


def mail(desk: StillDesk, author: str, to: str, text: str, subject: str = "Router down", **more: str) -> dict[str, Any]:
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in more.items())
    raw = f"From: <{author}>\nTo: {to}\nSubject: {subject}\nMessage-ID: <{next(_mails)}@x.example>\n{head}\n{text}\n"
    return desk.mail(PROVEN.format(author.rpartition("@")[2]) + raw, author, to)


def address(sent: Sent) -> str:
    return str(sent.mail["Reply-To"]).rpartition("<")[2].strip("> ")


def offered(desk: StillDesk) -> Sent:
    do(desk, f"#call network-engineering {WHY}")
    return desk.latest(NORA, "offer")


def booked(desk: StillDesk, number: int = 2) -> Sent:
    assert mail(desk, NORA, address(offered(desk)), f"BOOK {number}")["verdict"] == "booking"
    return desk.latest(NORA, "invite")


def call(desk: StillDesk, place: int = -1) -> dict[str, Any]:
    found: dict[str, Any] = desk.ticket(1001)["calls"][place]
    return found


def entry(sent: Sent) -> Any:
    part = next(part for part in sent.mail.walk() if part.get_content_type() == "text/calendar")
    return Calendar.from_ical(part.get_payload(decode=True))


def answer(desk: StillDesk, invite: Sent, method: str, status: str, **more: str) -> dict[str, Any]:
    """What a calendar program answers."""
    event = entry(invite).walk("VEVENT")[0]
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//T//T//EN", f"METHOD:{method}", "BEGIN:VEVENT",
        f"UID:{event['UID']}", f"SEQUENCE:{more.get('sequence', event['SEQUENCE'])}",
        f"DTSTAMP:{desk.now + timedelta(seconds=next(_mails)):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{more.get('start', event['DTSTART'].to_ical().decode())}",
        f"DTEND:{more.get('end', event['DTEND'].to_ical().decode())}",
        f"ATTENDEE;PARTSTAT={status}:mailto:{NORA}", f"ORGANIZER:{event['ORGANIZER']}",
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    raw = (
        f"From: <{NORA}>\nTo: {address(invite)}\nSubject: Re\nMessage-ID: <{next(_mails)}@x.example>\n"
        f"MIME-Version: 1.0\nContent-Type: text/calendar; charset=UTF-8; method={method}\n\n" + "\r\n".join(lines)
    )
    return desk.mail(PROVEN.format("northwind.example") + raw, NORA, address(invite))


def on(desk: StillDesk, instant: datetime) -> None:
    desk.now = max(desk.now, instant)
    desk.settle()


def begins(desk: StillDesk) -> datetime:
    return datetime.fromisoformat(call(desk)["start"])


def test_r92_a_ticket_is_blocked_on_scheduling_from_the_wish_until_the_call_begins(urgent: StillDesk) -> None:
    assert mail(urgent, NORA, address_of(urgent), "CALL")["ticket"] == "DESK-1001"
    assert urgent.ticket(1001)["blocked_on"] == "scheduling"
    booked(urgent)
    assert urgent.ticket(1001)["blocked_on"] == "scheduling"
    on(urgent, begins(urgent) - timedelta(minutes=59))
    do(urgent, "#ack", call(urgent)["assigned"])
    on(urgent, begins(urgent) + timedelta(seconds=1))
    assert call(urgent)["state"] == "live"
    assert urgent.ticket(1001)["blocked_on"] in (None, "")


def address_of(desk: StillDesk) -> str:
    """The address at which the desk knows Nora by her key."""
    do(desk, "#accept\nWe look at it.")
    return address(desk.latest(NORA, "answer"))


def test_r100_an_offer_has_slots_of_a_capability_and_nobodys_name_or_calendar(urgent: StillDesk) -> None:
    sent = offered(urgent)
    days = {line.split(",")[0] for line in re.findall(r"^BOOK \d+ +(.+)$", sent.text(), re.MULTILINE)}
    assert len(days) >= 2
    assert len(re.findall(r"^BOOK \d+ ", sent.text(), re.MULTILINE)) >= 3
    raw = sent.raw.decode().lower()
    assert not [name for name in STAFF if name in raw + sent.text().lower() + sent.text("html").lower()]


def test_r100_a_slot_in_which_nobody_is_free_is_not_offered(urgent: StillDesk) -> None:
    first = datetime.fromisoformat(call_offered(urgent)[0])
    with urgent.store.turn() as connection:
        rows = [{"name": n, "start": first, "end": first + timedelta(minutes=5), "source": "calendar"} for n in STAFF]
        connection.execute(insert(busy), rows)
    do(urgent, "#call cancel because another time")
    assert first.isoformat() not in call_offered(urgent)


def call_offered(desk: StillDesk) -> list[str]:
    offered(desk)
    return [datetime.fromisoformat(one["start"]).isoformat() for one in call(desk)["offered"]]


def test_r101_the_grant_books_once_whoever_else_has_it_and_is_kept_hashed(urgent: StillDesk) -> None:
    sent = offered(urgent)
    page = sent.text("html")
    token = re.search(r"mailto:(support(?:\+|%2B)k[a-z2-7]{26}@desk\.example)", page)
    assert token is not None
    book = token[1].replace("%2B", "+")
    key = book.partition("+k")[2].partition("@")[0]
    assert len(key) * 5 >= 128
    for stranger in (CARL, "mallory@stranger.example"):
        mail(urgent, stranger, book, "BOOK 1", subject="BOOK 1")
        assert call(urgent)["state"] == "offered"
    mail(urgent, NORA, book, "BOOK 2", subject="BOOK 2")
    assert call(urgent)["state"] == "booked"
    again = mail(urgent, NORA, book, "BOOK 2", subject="BOOK 2")
    assert again["verdict"] == "booking"
    assert len([one for one in urgent.sent if one.purpose == "invite"]) == 1
    kept = b"".join(file.read_bytes() for file in urgent.config.store.data.glob("replydesk.db*"))
    if kept:  # on PostgreSQL the rows are elsewhere
        with urgent.store.look() as connection:
            rows = connection.exec_driver_sql("SELECT hash FROM grants").scalars().all()
        assert all(len(row) == 64 and key not in row for row in rows)


def test_r101_an_offer_that_has_lapsed_books_nothing_and_says_so(urgent: StillDesk) -> None:
    sent = offered(urgent)
    on(urgent, urgent.now + timedelta(days=6))
    mail(urgent, NORA, address(sent), "BOOK 4")
    assert call(urgent)["state"] == "expired"
    assert urgent.latest(NORA).purpose == "call"


def test_r104_a_ticket_that_is_not_urgent_gets_a_call_by_a_leads_word_only(desk: StillDesk) -> None:
    do(desk, f"#call network-engineering {WHY}", "anastasia")
    assert call(desk)["state"] == "approval"
    assert not [one for one in desk.sent if one.purpose == "offer"]
    assert isinstance(desk.do("DESK-1001", "#approve", "anastasia"), Refused)
    do(desk, "#approve")
    assert call(desk)["state"] == "offered"
    kinds = [event["kind"] for event in desk.ticket(1001)["events"]]
    assert kinds.index("call-approval-asked") < kinds.index("call-approved") < kinds.index("grant-issued")


def test_r104_whoever_takes_the_call_changes_and_the_customer_hears_nothing(urgent: StillDesk) -> None:
    booked(urgent)
    on(urgent, begins(urgent) - timedelta(minutes=59))
    first = call(urgent)["assigned"]
    before = len([one for one in urgent.sent if one.to == NORA])
    do(urgent, "#return because I am ill", first)
    second = call(urgent)["assigned"]
    assert second not in (None, first)
    assert len([one for one in urgent.sent if one.to == NORA]) == before
    assert call(urgent)["sequence"] == 0


def test_r105_the_brief_has_the_case_and_the_outcome_goes_back_to_the_ticket(urgent: StillDesk) -> None:
    booked(urgent)
    on(urgent, begins(urgent) - timedelta(minutes=59))
    who = call(urgent)["assigned"]
    brief = urgent.latest(f"{who}@desk.example", "brief")
    for fact in ("The router is down since Monday.", "restarted it twice", NORA, "measured together"):
        assert fact in " ".join(brief.text().split()), fact
    assert entry(brief)["METHOD"] == "REQUEST"
    do(urgent, "#ack", who)
    on(urgent, begins(urgent) + timedelta(minutes=30))
    do(urgent, "#outcome 25m the port was broken", who)
    view = urgent.ticket(1001)
    assert view["calls"][-1]["outcome"] == "the port was broken"
    assert view["time_logged"] == 25


def test_r34_a_call_is_logged_by_itself_with_its_length(urgent: StillDesk) -> None:
    booked(urgent)
    on(urgent, begins(urgent) - timedelta(minutes=59))
    who = call(urgent)["assigned"]
    do(urgent, "#ack", who)
    on(urgent, begins(urgent) + timedelta(minutes=31))
    do(urgent, "#outcome the port was broken", who)
    assert urgent.ticket(1001)["time_logged"] == 30


def test_r106_the_invite_says_all_that_somebody_needs_who_joins(urgent: StillDesk) -> None:
    sent = booked(urgent)
    text = " ".join(sent.text().split())
    for fact in ("network engineering", "measured together", "30 minutes", "(Berlin)", "(UTC)", "CANCEL", "Where:"):
        assert fact in text, fact
    event = entry(sent).walk("VEVENT")[0]
    assert event["ORGANIZER"] == f"mailto:{address(sent)}"
    assert str(sent.mail["From"]).endswith(f"<{address(sent)}>")
    assert event["DTSTART"].to_ical().endswith(b"Z")
    assert str(event["SUMMARY"]).endswith("[DESK-1001]")


def test_r107_what_a_calendar_answers_changes_the_call(urgent: StillDesk) -> None:
    sent = booked(urgent)
    assert answer(urgent, sent, "REPLY", "ACCEPTED")["verdict"] == "calendar-reply"
    assert call(urgent)["partstat"] == "ACCEPTED"
    later = begins(urgent) + timedelta(hours=1)
    moved = {"start": f"{later:%Y%m%dT%H%M%SZ}", "end": f"{later + timedelta(minutes=30):%Y%m%dT%H%M%SZ}"}
    answer(urgent, sent, "COUNTER", "TENTATIVE", **moved)
    assert (begins(urgent), call(urgent)["sequence"], call(urgent)["partstat"]) == (later, 1, "NEEDS-ACTION")
    answer(urgent, sent, "REPLY", "ACCEPTED")  # of the revision before
    assert call(urgent)["partstat"] == "NEEDS-ACTION"
    answer(urgent, urgent.latest(NORA, "invite"), "REPLY", "DECLINED")
    assert call(urgent)["state"] == "cancelled"
    assert entry(urgent.latest(NORA, "uninvite"))["METHOD"] == "CANCEL"


def test_r109_leave_in_a_calendar_removes_what_can_be_promised(urgent: StillDesk) -> None:
    with urgent.store.turn() as connection:
        start, end = urgent.now, urgent.now + timedelta(days=30)
        away = [{"name": n, "start": start, "end": end, "source": "calendar"} for n in ("anastasia", "benedikt")]
        connection.execute(insert(busy), away)
    do(urgent, f"#call network-engineering {WHY}")
    assert not [one for one in urgent.sent if one.purpose == "offer"]
    assert call(urgent)["state"] == "requested"
    assert [one for one in urgent.sent if one.to == DOMINIQUE and one.purpose == "call_notice"]


def test_r110_nothing_personal_stands_in_urls_subjects_and_entries(urgent: StillDesk) -> None:
    sent = booked(urgent)
    event = entry(sent).walk("VEVENT")[0]
    room = str(event["URL"]).rpartition("/")[2]
    assert re.fullmatch(r"[a-z2-7]{26}", room)
    assert "1001" not in room
    assert str(sent.mail["Subject"]) == "[DESK-1001] Router down"
    assert not any(name in entry(sent).to_ical().decode().lower() for name in STAFF)
    assert json.dumps(call(urgent)).count(str(event["UID"])) == 1
    assert "1001" not in str(event["UID"])


def test_a_call_keeps_the_address_of_its_organizer_thirty_days_beyond_its_end(urgent: StillDesk) -> None:
    """However short the life of a reply key is: a calendar answers to the address that stands in its entry."""
    urgent._settler._desk = urgent.desk = replace(urgent.desk, key_life=timedelta(days=1))
    with urgent.store.turn() as connection:
        connection.execute(update(reply_keys).values(expires_at=urgent.now + timedelta(days=1)))
    sent = booked(urgent)
    end = datetime.fromisoformat(call(urgent)["end"])
    with urgent.store.look() as connection:
        wanted = select(reply_keys.c.expires_at).where(
            reply_keys.c.audience == "public", reply_keys.c.role == "customer"
        )
        assert connection.execute(wanted).scalar() == end + timedelta(days=30)
    urgent.now = end + timedelta(days=29)
    heard = answer(urgent, sent, "REPLY", "ACCEPTED")
    assert heard["trust"] == "A"
    assert heard["verdict"] == "calendar-reply"
