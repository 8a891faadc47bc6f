"""A mail that brings a call: its structure to the letter, the same bytes in both places, and the last check over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from gateway.compose import LeakError, compose
from gateway.invite import plain
from gateway.letter import Letter, LetterCalendar, LetterFile, calendar_of
from gateway.rules.privacy import Background, Guard
from parsing.message import Kind, Mailbox
from parsing.reading import read
from tests import canaries

Write = Callable[..., Letter]
KEYED = "support+kabcdefghijklmnopqrstuvwxyz@desk.example"
CALL: dict[str, Any] = {
    "method": "REQUEST",
    "uid": "3f0c9a7e51d84b26a0b7c2d4e6f81935@desk.example",
    "sequence": 0,
    "dtstamp": "2026-11-21T09:00:00Z",
    "created": "2026-11-21T09:00:00Z",
    "start": "2026-11-24T09:00:00Z",
    "end": "2026-11-24T09:30:00Z",
    "summary": "Support call - network engineering [DESK-1042]",
    "location": "https://desk.example/w/3fk2",
    "url": "https://desk.example/w/3fk2",
    "name": "Nora Wind",
    "comment": "",
}
FACTS: dict[str, Any] = {"calendar": CALL}
WATCH = Guard(
    addresses=frozenset(canaries.ADDRESSES),
    domains=("desk.example",),
    names=frozenset({"benedikt sommer", "benedikt"}),
    hosts=(f"*.{canaries.WORD}.example",),
    inside=frozenset({"ops@desk.example"}),
)


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """What these tests let out on purpose is nobody's failure."""
    yield
    canaries.HITS.clear()


@pytest.fixture
def invited(letter: Write) -> Write:
    """A letter with a call in it, as `addressed` makes them: from the address that is answered."""

    def written(case: str = "answer", words: str = "We call you.", **changes: Any) -> Letter:
        more = {name: changes.pop(name) for name in tuple(changes) if name in CALL}
        sender = Mailbox(name="Example Support", address=KEYED)
        values: dict[str, Any] = {"from_": sender, "reply_to": KEYED, "automatic": True}
        return letter(case, **values | {"facts": {"words": words, "calendar": CALL | more}} | changes)

    return written


def parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def parts(raw: bytes) -> tuple[list[EmailMessage], list[EmailMessage]]:
    """The alternatives, and what is enclosed beside them."""
    mail = parsed(raw)
    assert mail.get_content_type() == "multipart/mixed"
    alternative, *enclosed = mail.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    return list(alternative.iter_parts()), enclosed


def calendar(raw: bytes) -> str:
    return plain(parts(raw)[0][-1].get_payload(decode=True))


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "DECLINECOUNTER"])
def test_pitfall_01_03_10_11_17_the_structure_is_that_of_the_reference(invited: Write, method: str) -> None:
    raw = compose(invited(method=method), WATCH)
    alternatives, (enclosed,) = parts(raw)
    assert [part.get_content_type() for part in alternatives] == ["text/plain", "text/html", "text/calendar"]
    part = alternatives[-1]
    assert dict(part["Content-Type"].params) == {"charset": "UTF-8", "method": method, "component": "VEVENT"}
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part["Content-Disposition"] is None
    content = part.get_payload(decode=True)
    assert content.count(f"\r\nMETHOD:{method}\r\n".encode()) == 1
    assert enclosed["Content-Type"] == 'application/ics; name="invite.ics"'
    assert enclosed["Content-Disposition"] == 'attachment; filename="invite.ics"'
    assert enclosed.get_payload(decode=True) == content, "different bytes would be two events"


def test_pitfall_06_07_the_organizer_is_who_writes_and_is_answered(invited: Write) -> None:
    raw = compose(invited(), WATCH)
    mail = parsed(raw)
    assert [each.addr_spec for each in mail["From"].addresses] == [KEYED]
    assert mail["Reply-To"] == KEYED
    assert f'ORGANIZER;CN="Example Support":mailto:{KEYED}\n' in calendar(raw)


def test_pitfall_04_the_one_attendee_is_who_it_is_sent_to(invited: Write) -> None:
    raw = compose(invited(to=Mailbox(name="N. W.", address="nora@northwind.example")), WATCH)
    assert [each.addr_spec for each in parsed(raw)["To"].addresses] == ["nora@northwind.example"]
    (attendee,) = (line for line in calendar(raw).splitlines() if line.startswith("ATTENDEE"))
    assert attendee.endswith(';CN="Nora Wind";X-NUM-GUESTS=0:mailto:nora@northwind.example')
    raw = compose(invited(to=Mailbox(name="N. W.", address="nora@northwind.example"), name=""), WATCH)
    assert 'CN="N. W."' in calendar(raw)


def test_pitfall_27_28_the_description_is_the_text_of_the_mail(invited: Write) -> None:
    words = 'We call you at 10:00; "be there", please.\n\nC:\\New\\name'
    raw = compose(invited(words=words), WATCH)
    text = parts(raw)[0][0].get_content().replace("\r\n", "\n").strip("\n")
    assert words in text
    assert f"DESCRIPTION:{text}\n" in calendar(raw)


@pytest.mark.parametrize("method", ["PUBLISH", "ADD", "REPLY", "request", ""])
def test_pitfall_02_nothing_but_what_an_organizer_asks_is_sent(invited: Write, method: str) -> None:
    with pytest.raises(ValueError, match="no method of an invite"):
        compose(invited(method=method), WATCH)


def test_pitfall_13_a_mail_has_one_event(invited: Write) -> None:
    alternatives, enclosed = parts(compose(invited(), WATCH))
    contents = {part.get_payload(decode=True) for part in (alternatives[-1], *enclosed)}
    assert len(contents) == 1
    assert contents.pop().count(b"BEGIN:VEVENT") == 1


def test_pitfall_30_words_are_in_the_readers_language_and_the_protocol_is_not(invited: Write) -> None:
    found = {
        language: calendar(compose(invited("acknowledgement", facts=FACTS, language=language), WATCH))
        for language in ("en", "de")
    }
    spoken = {language: text.partition("DESCRIPTION:")[2].partition("ORGANIZER")[0] for language, text in found.items()}
    assert spoken["en"] != spoken["de"]
    assert found["en"].replace(spoken["en"], "") == found["de"].replace(spoken["de"], "")


def test_it_is_one_of_the_machines_mails_and_threaded(invited: Write) -> None:
    mail = parsed(compose(invited(), WATCH))
    assert mail["Auto-Submitted"] in ("auto-generated", "auto-replied")
    assert mail["Content-Language"] == "en"
    assert mail["In-Reply-To"] == "<q@northwind.example>"


def test_the_same_letter_gives_the_same_bytes(invited: Write) -> None:
    assert compose(invited(), WATCH) == compose(invited(), WATCH)


def test_a_letter_without_a_call_has_no_such_part(letter: Write) -> None:
    raw = compose(letter("answer", facts={"words": "x"}), WATCH)
    assert parsed(raw).get_content_type() == "multipart/alternative"
    assert b"text/calendar" not in raw


def test_files_go_along_behind_the_invite(invited: Write) -> None:
    file = LetterFile(filename="a.txt", content_type="text/plain", content=b"hello")
    _, enclosed = parts(compose(invited(files=(file,)), WATCH))
    assert [part.get_filename() for part in enclosed] == ["invite.ics", "a.txt"]


def test_our_own_reader_finds_a_scheduling_message(invited: Write) -> None:
    found = read(compose(invited(method="CANCEL", sequence=4, automatic=False), WATCH))
    assert found.kind is Kind.CALENDAR
    assert found.calendar is not None
    assert (found.calendar.method, found.calendar.sequence, found.calendar.uid) == ("CANCEL", 4, CALL["uid"])
    assert found.calendar.start == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert dict(found.calendar.parameters)["method"] == "CANCEL"
    assert found.defects == ()


LEAKS = {
    "the address of a colleague": "ask benedikt@desk.example",
    "a secret address": f"support+k{'z' * 26}@desk.example",
    "the name of a colleague": "Call with Benedikt\u00a0Sommer",
    "the name in other letters": "BENEDIKT SOMMER",
    "the name in a link": "https://rooms.example/benedikt_sommer/1",
    "a host of the house": f"https://db1.{canaries.WORD}.example/w",
    "a colleague's own calendar": "https://calendly.com/benedikt",
}


@pytest.mark.parametrize("fact", ["summary", "location", "url", "comment", "name", "uid"])
@pytest.mark.parametrize("leak", LEAKS)
def test_pitfall_25_a_leak_in_the_calendar_alone_stops_the_mail(invited: Write, leak: str, fact: str) -> None:
    one = invited(**{fact: LEAKS[leak]})
    with pytest.raises(LeakError, match=r"\(the invite\)"):
        compose(one, WATCH)
    assert compose(replace(one, outside=False), WATCH), "the staff may read it"


def test_a_name_in_the_text_alone_is_stopped_by_the_calendar(invited: Write) -> None:
    """In a mail a desk may show its people's names; in an entry that is shown to programs it never does."""
    with pytest.raises(LeakError, match="benedikt sommer"):
        compose(invited(words="Benedikt\nSommer calls you."), WATCH)
    assert compose(invited(words="Benedikt Sommerfeld calls you."), WATCH)


def test_what_the_customer_said_themselves_is_no_leak(invited: Write) -> None:
    theirs = Background(theirs=("I spoke with Benedikt Sommer",))
    assert compose(invited(words="Benedikt Sommer calls you.", background=theirs), WATCH)
    named = invited(to=Mailbox(name="Benedikt Sommer", address="b@northwind.example"), name="Benedikt Sommer")
    assert compose(named, WATCH)


def test_mails_in_which_nobody_speaks_are_looked_through_as_well(invited: Write) -> None:
    facts = {"calendar": CALL | {"summary": "ask benedikt@desk.example"}}
    with pytest.raises(LeakError):
        compose(invited("acknowledgement", facts=facts), WATCH)
    facts = {"calendar": CALL | {"summary": "Call with Benedikt Sommer"}}
    with pytest.raises(LeakError):
        compose(invited("acknowledgement", facts=facts), WATCH)


def test_an_operator_may_read_names_and_no_keys(invited: Write) -> None:
    to = Mailbox(address="ops@desk.example")
    assert compose(invited(to=to, summary="ask benedikt@desk.example"), WATCH)


# The fact


def test_the_fact_is_read_as_values() -> None:
    assert calendar_of({"calendar": CALL}) == LetterCalendar(
        method="REQUEST",
        uid=CALL["uid"],
        sequence=0,
        dtstamp=datetime(2026, 11, 21, 9, tzinfo=UTC),
        created=datetime(2026, 11, 21, 9, tzinfo=UTC),
        start=datetime(2026, 11, 24, 9, tzinfo=UTC),
        end=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        summary="Support call - network engineering [DESK-1042]",
        location="https://desk.example/w/3fk2",
        url="https://desk.example/w/3fk2",
        name="Nora Wind",
    )
    assert calendar_of({}) is calendar_of({"calendar": {}}) is calendar_of({"calendar": None}) is None


@pytest.mark.parametrize(
    "changes", [{"method": "PUBLISH"}, {"start": "tomorrow"}, {"sequence": "x"}, {"attendee": "x"}, {"end": None}]
)
def test_a_fact_that_no_rule_writes_is_a_defect_of_ours(invited: Write, changes: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        compose(invited(facts={"words": "x", "calendar": CALL | changes}), WATCH)
