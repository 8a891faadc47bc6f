"""Whole conversations with calendars: what a program answers to the invite of a call, and what comes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from tests.desk import UNASKED, Sent, StillDesk

NORA, BOB, DOMINIQUE = "nora@northwind.example", "bob@northwind.example", "dominique@desk.example"
PROVEN = "Authentication-Results: mx.desk.example; dmarc=pass header.from={}\n"


@pytest.fixture
def settings() -> dict[str, str]:
    return dict(UNASKED)


class Conversation:
    """A customer with a calendar program, whose call is booked."""

    def __init__(self, desk: StillDesk) -> None:
        self.desk = desk
        self._number = 0
        self.write("The network is down for all of us.", "support@desk.example", Subject="Network down")
        [ticket] = desk.tickets()
        self.ref = str(ticket["ref"])
        desk.do(self.ref, "#priority 2 because all of them wait", "dominique")
        desk.do(self.ref, "#call network-engineering", "dominique")
        self.write("BOOK 1", self.reply_to("offer"))
        assert self.call["state"] == "booked", self.call

    def reply_to(self, purpose: str, whom: str = NORA) -> str:
        return str(self.desk.latest(whom, purpose).mail["Reply-To"].addresses[0].addr_spec)

    def write(
        self, text: str, to: str, author: str = NORA, *, proven: bool = True, raw: bytes = b"",
        sender: str | None = None, **headers: str,
    ) -> dict[str, Any]:  # fmt: skip
        """A mail of somebody's; `raw` is a body with its own Content-Type."""
        self._number += 1
        self.desk.now += timedelta(minutes=1)
        domain = author.partition("@")[2]
        head = {
            "From": author, "To": to, "Subject": "Re: Network down", "Message-ID": f"<c{self._number}@{domain}>",
            "MIME-Version": "1.0", **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        words = "".join(f"{name}: {value}\n" for name, value in head.items())
        body = raw or f"Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()
        mail = ((PROVEN.format(domain) if proven else "") + words).encode() + body
        mail = mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        return self.desk.mail(mail, author if sender is None else sender, to)

    def answer(
        self, method: str, partstat: str = "", *, author: str = NORA, part: str = "", invite: Sent | None = None,
        to: str = "", text: str = "", proven: bool = True, **lines: str,
    ) -> dict[str, Any]:  # fmt: skip
        """What a program makes of the newest invite, sent to its ORGANIZER."""
        entry = self.entry(invite)
        organizer = str(entry["ORGANIZER"]).removeprefix("mailto:")
        said = {
            "UID": str(entry["UID"]), "SEQUENCE": str(entry["SEQUENCE"]), "DTSTART": stamped(entry.decoded("DTSTART")),
            "DTEND": stamped(entry.decoded("DTEND")), "SUMMARY": str(entry["SUMMARY"]),
            "DTSTAMP": stamped(self.desk.now), "ORGANIZER": f"mailto:{organizer}",
            f"ATTENDEE{f';PARTSTAT={partstat}' if partstat else ''}": f"mailto:{author}", **lines,
        }  # fmt: skip
        body = "".join(f"{name}:{value}\n" for name, value in said.items() if value)
        calendar = f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VEVENT\n{body}END:VEVENT\nEND:VCALENDAR\n"
        part = part or f"text/calendar; charset=utf-8; method={method}"
        content = (
            'Content-Type: multipart/alternative; boundary="b"\n\n'
            + (f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n" if text else "")
            + f"--b\nContent-Type: {part}\n\n{calendar}--b--\n"
        )
        return self.write("", to or organizer, author, raw=content.encode(), proven=proven, Subject="Re: the call")

    def freeze(self) -> Sent:
        """It is so near that somebody is invited to take it; their brief."""
        self.desk.now = self.entry().decoded("DTSTART") - timedelta(minutes=59)
        self.desk.settle()
        return [one for one in self.desk.sent if one.purpose == "brief"][-1]

    def entry(self, sent: Sent | None = None) -> icalendar.Event:
        """The VEVENT that a mail of ours carries, as a calendar program reads it."""
        mail = (sent or self.invites[-1]).mail
        part = next(one for one in mail.walk() if one.get_content_type() == "text/calendar")
        found = icalendar.Calendar.from_ical(part.get_payload(decode=True))
        assert str(found["METHOD"]) == part.get_param("method")
        [event] = found.walk("VEVENT")
        return event

    def method(self, sent: Sent) -> str:
        part = next(one for one in sent.mail.walk() if one.get_content_type() == "text/calendar")
        return str(part.get_param("method"))

    @property
    def invites(self) -> list[Sent]:
        return [one for one in self.desk.sent if one.to == NORA and one.purpose == "invite"]

    @property
    def call(self) -> dict[str, Any]:
        [call] = self.desk.ticket(int(self.ref.rpartition("-")[2]))["calls"]
        return dict(call)

    @property
    def events(self) -> list[str]:
        return [event["kind"] for event in self.desk.ticket(int(self.ref.rpartition("-")[2]))["events"]]

    def outside(self, since: int) -> list[tuple[str, str]]:
        """Purpose and reader of each mail to somebody outside."""
        return [(one.purpose, one.to) for one in self.desk.sent[since:] if not one.to.endswith("@desk.example")]


def stamped(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


@pytest.fixture
def talk(still: StillDesk) -> Conversation:
    return Conversation(still)


def test_an_accept_is_noted_and_nobody_hears_anything(talk: Conversation) -> None:
    before = len(talk.desk.sent)
    entry = talk.answer("REPLY", "ACCEPTED")
    assert (entry["verdict"], entry["ticket"]) == ("calendar-reply", talk.ref)
    assert (talk.call["partstat"], talk.call["state"], talk.desk.sent[before:]) == ("ACCEPTED", "booked", [])
    assert "call-answered" in talk.events
    talk.answer("REPLY", "TENTATIVE")
    assert (talk.call["partstat"], talk.desk.sent[before:]) == ("TENTATIVE", [])


def test_a_decline_cancels_the_call_and_confirms_it(talk: Conversation) -> None:
    before = len(talk.desk.sent)
    assert talk.answer("REPLY", "DECLINED")["verdict"] == "calendar-reply"
    assert talk.outside(before) == [("uninvite", NORA)]
    off = talk.desk.latest(NORA, "uninvite")
    assert talk.method(off) == "CANCEL" and int(talk.entry(off)["SEQUENCE"]) == 1
    assert str(talk.entry(off)["UID"]) == str(talk.entry()["UID"])
    assert talk.call["state"] == "cancelled"
    ticket = talk.desk.ticket(int(talk.ref.rpartition("-")[2]))
    assert (ticket["status_category"], ticket["blocked_on"]) == ("open", None)


def test_a_counter_that_is_possible_moves_the_call(talk: Conversation) -> None:
    first = talk.entry()
    start = first.decoded("DTSTART") + timedelta(days=1)
    before = len(talk.desk.sent)
    talk.answer("COUNTER", DTSTART=stamped(start), DTEND=stamped(start + timedelta(minutes=30)))
    assert talk.outside(before) == [("invite", NORA)]
    moved = talk.entry()
    assert (int(moved["SEQUENCE"]), moved.decoded("DTSTART")) == (1, start)
    assert (str(moved["UID"]), str(moved["ORGANIZER"])) == (str(first["UID"]), str(first["ORGANIZER"]))
    assert moved.decoded("DTSTAMP") > first.decoded("DTSTAMP")
    talk.answer("REPLY", "ACCEPTED")
    assert (talk.call["partstat"], talk.call["sequence"]) == ("ACCEPTED", 1)


def test_a_counter_that_is_impossible_is_declined_with_slots(talk: Conversation) -> None:
    night = talk.entry().decoded("DTSTART").replace(hour=2, minute=0)
    before = len(talk.desk.sent)
    talk.answer("COUNTER", DTSTART=stamped(night), DTEND=stamped(night + timedelta(minutes=30)))
    assert talk.outside(before) == [("offer", NORA)]
    offer = talk.desk.latest(NORA, "offer")
    assert talk.method(offer) == "DECLINECOUNTER" and int(talk.entry(offer)["SEQUENCE"]) == 0
    numbers = re.findall(r"^BOOK (\d+)", offer.text(), re.MULTILINE)
    assert len(numbers) == 3
    was = talk.call["start"]
    talk.write(f"BOOK {numbers[0]}", talk.reply_to("offer"))
    assert talk.call["start"] != was and int(talk.entry()["SEQUENCE"]) == 1


def test_refresh_gets_the_entry_as_it_stands(talk: Conversation) -> None:
    first, before = talk.entry(), len(talk.desk.sent)
    talk.answer("REFRESH", SEQUENCE="")
    assert talk.outside(before) == [("invite", NORA)]
    again = talk.entry()
    assert (again["UID"], again["SEQUENCE"], again["DTSTART"]) == (first["UID"], first["SEQUENCE"], first["DTSTART"])
    assert again.decoded("DTSTAMP") > first.decoded("DTSTAMP")


def test_an_accept_of_the_old_time_after_a_move_accepts_nothing(talk: Conversation) -> None:
    old = talk.invites[-1]
    start = talk.entry().decoded("DTSTART") + timedelta(days=1)
    talk.answer("COUNTER", DTSTART=stamped(start))
    before = len(talk.desk.sent)
    late = talk.answer("REPLY", "ACCEPTED", invite=old)
    assert "nothing follows" in late["reason"]
    assert (talk.call["partstat"], talk.outside(before)) == ("NEEDS-ACTION", [])
    talk.answer("REPLY", "DECLINED", invite=old)
    assert talk.outside(before) == [("call", NORA)] and talk.call["state"] == "booked"


def test_a_forged_decline_changes_nothing(talk: Conversation) -> None:
    """Whoever knows the UID, and neither the secret address nor how to be Nora."""
    before, was = len(talk.desk.sent), talk.call
    entry = talk.answer("REPLY", "DECLINED", to="support@desk.example", proven=False)
    assert (entry["verdict"], entry["trust"], entry["ticket"]) == ("calendar-reply", "D", talk.ref)
    assert talk.outside(before) == [] and talk.call == was
    assert any("nothing proves whose answer" in one.text().replace("\n", " ") for one in talk.desk.sent[before:])


def test_with_a_secret_address_alone_a_decline_is_asked_about(talk: Conversation) -> None:
    before = len(talk.desk.sent)
    assert talk.answer("REPLY", "DECLINED", proven=False)["verdict"] == "held-command"
    assert talk.outside(before) == [("consent", NORA)] and talk.call["state"] == "booked"
    talk.write("YES", talk.reply_to("consent"))
    assert talk.call["state"] == "cancelled"


def test_a_party_crasher_gets_nothing(talk: Conversation) -> None:
    """The invite was forwarded, and a colleague of theirs answers it."""
    before = len(talk.desk.sent)
    entry = talk.answer("REPLY", "ACCEPTED", author=BOB)
    assert (entry["verdict"], entry["ticket"]) == ("calendar-reply", talk.ref)
    assert talk.outside(before) == [] and talk.call["partstat"] == "NEEDS-ACTION"
    ticket = talk.desk.ticket(int(talk.ref.rpartition("-")[2]))
    assert BOB not in str(ticket["participants"])
    assert ticket["messages"][-1]["direction"] == "note"


def test_a_delegate_is_not_added(talk: Conversation) -> None:
    before = len(talk.desk.sent)
    delegates = {f'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:{BOB}"': f"mailto:{NORA}", "ATTENDEE": ""}
    talk.answer("REPLY", **delegates)
    assert talk.outside(before) == [("call", NORA)]
    assert "call-delegated" in talk.events and talk.call["state"] == "booked"
    assert BOB in talk.desk.latest(NORA, "call").text()


def test_a_reply_of_apples_has_no_method_parameter(talk: Conversation) -> None:
    talk.answer("REPLY", "ACCEPTED", part="text/calendar; charset=utf-8")
    assert talk.call["partstat"] == "ACCEPTED"


def test_a_reply_of_outlook_coms_has_no_organizer(talk: Conversation) -> None:
    entry = talk.entry()
    organizer = str(entry["ORGANIZER"]).removeprefix("mailto:")
    talk.answer("REPLY", "DECLINED", to=organizer, ORGANIZER="")
    assert talk.call["state"] == "cancelled"


def test_a_subject_alone_answers_the_invite_that_it_names(talk: Conversation) -> None:
    """What programs of telephones send where they do not send a calendar."""
    invite = talk.invites[-1]
    named = str(invite.mail["Message-ID"])
    subject = f"Zugesagt: {invite.mail['Subject']}"
    entry = talk.write("", talk.reply_to("invite"), Subject=subject, In_Reply_To=named)
    assert entry["verdict"] == "calendar-reply" and talk.call["partstat"] == "ACCEPTED"
    subject = f"Abgelehnt: {invite.mail['Subject']}"
    talk.write("", talk.reply_to("invite"), Subject=subject, In_Reply_To=named)
    assert talk.call["state"] == "cancelled"


def test_an_invite_that_comes_back_declines_nothing_and_is_told(talk: Conversation) -> None:
    """The report holds our own REQUEST: it invites nobody and answers nothing."""
    invite, before = talk.invites[-1], len(talk.desk.sent)
    report = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="r"\n\n--r\nContent-Type: text/plain\n\n'
        f"Your mail to {NORA} could not be delivered.\n--r\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.northwind.example\n\nFinal-Recipient: rfc822; {NORA}\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--r\nContent-Type: message/rfc822\n\n"
    ).encode()
    raw = report + invite.raw.replace(b"\r\n", b"\n") + b"\n--r--\n"
    entry = talk.write(
        "", invite.sender, "mailer-daemon@northwind.example", raw=raw, sender="", Subject="Undelivered Mail"
    )  # fmt: skip
    assert entry["verdict"] == "bounce-recorded"
    assert talk.call["state"] == "booked" and talk.call["partstat"] == "NEEDS-ACTION"
    assert talk.outside(before) == [] and "call-undelivered" in talk.events
    told = [one for one in talk.desk.sent[before:] if one.purpose == "undelivered"]
    assert told and "invite to a call" in told[0].text()


def test_an_absence_note_is_no_answer(talk: Conversation) -> None:
    before, invite = len(talk.desk.sent), talk.invites[-1]
    entry = talk.write(
        "I am out of the office until 7 December.", talk.reply_to("invite"), Auto_Submitted="auto-replied",
        Subject=f"Automatic reply: {invite.mail['Subject']}", In_Reply_To=str(invite.mail["Message-ID"]),
    )  # fmt: skip
    assert entry["verdict"] == "auto-reply-recorded"
    assert talk.outside(before) == [] and talk.call["partstat"] == "NEEDS-ACTION"


def test_a_comment_reaches_the_team(talk: Conversation) -> None:
    before = len(talk.desk.sent)
    talk.answer("REPLY", "ACCEPTED", COMMENT="Please bring the logs of Friday.")
    assert talk.outside(before) == []
    [notice, *_] = [one for one in talk.desk.sent[before:] if one.purpose == "notice"]
    assert "there are words beside it" in notice.text().replace("\n", " ")
    ticket = talk.desk.ticket(int(talk.ref.rpartition("-")[2]))
    assert ticket["messages"][-1]["text"] == "Please bring the logs of Friday."


def test_looked_at_again_an_answer_does_nothing_more(talk: Conversation) -> None:
    entry = talk.answer("REPLY", "DECLINED")
    before, events = len(talk.desk.sent), talk.events
    assert talk.desk.replay(entry["id"])["verdict"] == "calendar-reply"
    assert talk.desk.sent[before:] == [] and talk.events == events


def test_whoever_takes_the_call_says_so_by_their_calendar(talk: Conversation) -> None:
    brief, before = talk.freeze(), len(talk.desk.sent)
    entry = talk.answer("REPLY", "ACCEPTED", author=brief.to, invite=brief)
    assert (entry["verdict"], talk.call["assigned"]) == ("calendar-reply", brief.to.partition("@")[0])
    assert "call-acknowledged" in talk.events and talk.desk.sent[before:] == []


def test_whoever_declines_is_followed_by_the_next_and_no_customer_hears_of_it(talk: Conversation) -> None:
    brief = talk.freeze()
    before, was = len(talk.desk.sent), talk.entry()
    talk.answer("REPLY", "DECLINED", author=brief.to, invite=brief)
    assert "call-passed" in talk.events and talk.outside(before) == []
    off = talk.desk.latest(brief.to, "stand_down")
    assert talk.method(off) == "CANCEL" and str(talk.entry(off)["UID"]) == str(talk.entry(brief)["UID"])
    assert talk.call["assigned"] not in ("", brief.to.partition("@")[0]) and talk.entry() == was
    late = talk.answer("REPLY", "ACCEPTED", author=brief.to, invite=brief)
    assert "nothing follows" in late["reason"] and "call-acknowledged" not in talk.events
