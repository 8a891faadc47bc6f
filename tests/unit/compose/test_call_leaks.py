"""No mail about a live call, and no part of one that gets into a calendar, says who of us takes it or anything else
that stays inside; the place of the call and the address that books it may be told to whom they are for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from gateway import compose as composing
from gateway import invite as inviting
from gateway.compose import LeakError, compose
from gateway.config.loading import load
from gateway.rules import keys, privacy
from gateway.rules.desk import Desk
from gateway.rules.mails import calls
from gateway.rules.privacy import Background, Guard
from store.records import Call, Purpose, SendMail
from tests import canaries
from tests.unit.compose.calls import BOOKING, NORA, OUTSIDE, OWN, START, Write, call, ticket, written

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """What these tests let out on purpose is nobody's failure."""
    yield
    canaries.HITS.clear()


@pytest.fixture(scope="session")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


@pytest.fixture(scope="session")
def guard(desk: Desk) -> Guard:
    return privacy.guard(desk)


def every_mail(desk: Desk, one: Call) -> list[SendMail]:
    """Each mail about it that somebody outside gets, in each of its variants."""
    about, slots = ticket(), [(1, START), (2, START + timedelta(days=1))]
    usual: tuple[Any, ...] = (desk, about, one, NORA, "<m@desk.example>", "1")
    found = [
        calls.offer(*usual, why, "", slots, proposed=START, missed=START)
        for why in (calls.FIRST, calls.TAKEN, calls.OTHERS, calls.COUNTERED, calls.SORRY)
    ]
    found += [calls.invite(*usual, why) for why in (calls.BOOKED, calls.MOVED, calls.AGAIN)]
    found += [
        calls.uninvite(*usual, why, because="we move") for why in (calls.BY_CUSTOMER, calls.BY_DESK, calls.SOLVED)
    ]
    found += [
        calls.word(*usual, what, delegate="olga@northwind.example")
        for what in (
            calls.WISHED, calls.WAITS, calls.REFUSED, calls.NONE_FREE, calls.STANDS, calls.LAPSED, calls.NO_MORE_MOVES,
            calls.TOO_LATE, calls.NOT_THERE, calls.DELEGATE, calls.PERSONAL, calls.TRIED, calls.WITHDRAWN,
        )
    ]  # fmt: skip
    return [*found, calls.reminder(*usual)]


def test_r110_no_mail_about_a_call_says_who_takes_it(desk: Desk, guard: Guard, letter: Write) -> None:
    mails = every_mail(desk, call())
    assert {mail.purpose for mail in mails} == {
        Purpose.OFFER, Purpose.INVITE, Purpose.UNINVITE, Purpose.CALL, Purpose.CALL_REMINDER,
    }  # fmt: skip
    for mail in mails:
        one = written(mail, letter)
        assert canaries.hits(compose(one, guard), one) == [], mail.facts["variant"]


def test_r109_a_change_of_the_agent_changes_no_byte(desk: Desk, guard: Guard, letter: Write) -> None:
    for_one, for_other = call(), call(assigned="anastasia", witness="anastasia", passed=("benedikt",))
    other = replace(for_other.invites[1], attendee="anastasia@desk.example", uid=f"{'v' * 26}@desk.example")
    for_other = replace(for_other, invites=(*for_one.invites, other))
    for before, after in zip(every_mail(desk, for_one), every_mail(desk, for_other), strict=True):
        assert compose(written(before, letter), guard) == compose(written(after, letter), guard)


SEEDS = {
    "location": "https://desk.example/w/benedikt-sommer",
    "comment": "Benedikt Sommer calls you.",
    "summary": "Call with benedikt@desk.example [DESK-1042]",
}


@pytest.mark.parametrize("where", sorted(SEEDS))
@pytest.mark.parametrize("case", ["invite", "uninvite.desk", "offer.countered"])
def test_r110_a_seeded_leak_in_the_calendar_is_stopped_and_would_be_seen(
    guard: Guard, letter: Write, case: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = OUTSIDE[case]
    one = letter(case, facts={**facts, "calendar": {**facts["calendar"], where: SEEDS[where]}})
    with pytest.raises(LeakError):
        compose(one, guard)
    monkeypatch.setattr(inviting, "findings", lambda *_rest, **_more: [])
    assert ("name", "benedikt") in canaries.hits(compose(one, guard), one)


def test_r110_a_seeded_leak_in_the_description_is_stopped_and_would_be_seen(
    guard: Guard, letter: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = letter("invite", facts={**OUTSIDE["invite"], "purpose": "Benedikt Sommer measures the line"})
    with pytest.raises(LeakError):
        compose(one, guard)
    monkeypatch.setattr(composing, "_looked_through", lambda letter, text, html, _guard: (letter, text, html))
    monkeypatch.setattr(inviting, "findings", lambda *_rest, **_more: [])
    assert {("name", "benedikt"), ("name", "benedikt sommer")} <= set(canaries.hits(compose(one, guard), one))


@pytest.mark.parametrize(
    ("line", "hit"),
    [
        ("X-WR-TIMEZONE:Europe/Berlin", ("property", "X-WR-TIMEZONE")),
        ("CONTACT:us", ("property", "CONTACT")),
        ("DTSTART;TZID=Europe/Berlin:20261124T110000", ("zone", "tzid")),
        ("DESCRIPTION:ask Ben\r\n edikt", ("name", "benedikt")),
        ("DESCRIPTION:ask\\nCharlotte\\, please", ("name", "charlotte")),
        ("URL:mailto:dominique%40desk.example", ("address", "dominique@desk.example")),
        ("ORGANIZER:mailto:support@desk.example", ("organizer", f"{OWN}, support@desk.example")),
        ("ATTENDEE:mailto:olga@northwind.example", ("attendee", "nora@northwind.example, olga@northwind.example")),
    ],
)  # fmt: skip
def test_the_canaries_read_calendars(
    guard: Guard, letter: Write, line: str, hit: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = inviting.write

    def seeded(*rest: Any) -> bytes:
        return write(*rest).replace(b"STATUS:", line.encode() + b"\r\nSTATUS:")

    one = letter("invite")
    assert canaries.hits(compose(one, guard), one) == []
    monkeypatch.setattr(inviting, "write", seeded)
    monkeypatch.setattr(inviting, "findings", lambda *_rest, **_more: [])
    assert hit in canaries.hits(compose(one, guard), one)


def test_the_address_that_books_is_the_readers_own_and_no_other(guard: Guard, letter: Write) -> None:
    facts = {**OUTSIDE["offer"], "book_address": BOOKING}
    one = letter("offer", facts=facts)
    html = message_from_bytes(compose(one, guard), policy=policy.default).get_body(("html",))
    assert html is not None
    assert html.get_content().count(f'<a href="mailto:{BOOKING}?subject=BOOK%20') == 4
    strange = f"support+k{'z' * 26}@desk.example"
    mail = compose(letter("offer", facts={**facts, "purpose": f"write to {strange}"}), guard)
    assert b"z" * 26 not in mail, "another's key is cut as everywhere"
    assert keys.key_in(f"k{'b' * 26}") == "b" * 26


@pytest.mark.parametrize(
    ("location", "words", "leaves"),
    [
        ("https://meet.jit.si/acme-{room}", f"https://meet.jit.si/acme-{'r' * 26}", True),
        ("https://meet.jit.si/acme-{room}", f"https://meet.jit.si/{'r' * 26}", False),
        ("https://meet.jit.si/acme-{room}", "https://meet.jit.si/benedikt", False),
        ("https://meet.jit.si/{room}", "https://meet.jit.si/benedikt", False),
        ("https://meet.jit.si/{room}?lang=en", f"https://meet.jit.si/{'r' * 26}?lang=en", True),
        ("https://zoom.us/j/4711", "https://zoom.us/j/4711", True),
        ("https://zoom.us/j/4711", "https://zoom.us/j/4712", False),
        ("https://calls.corp.internal/{room}", f"https://calls.corp.internal/{'r' * 26}", True),
        ("https://calls.corp.internal/{room}", "https://wiki.corp.internal/", False),
        ("+49 30 5550123", "Telephone 030 555 01 23", True),
        ("+49 30 5550123", "Telephone 030 555 01 24", False),
        ("", "https://meet.jit.si/x", False),
    ],
)
def test_the_place_of_calls_may_be_told_and_no_other_room(
    desk: Desk, letter: Write, location: str, words: str, leaves: bool
) -> None:
    watched_for = replace(desk.privacy, phones=("+49 30 5550123", "+49 30 5550124"))
    made = privacy.guard(replace(desk, calls=replace(desk.calls, location=location), privacy=watched_for))
    one = letter("invite", facts={**OUTSIDE["invite"], "place": words})
    if leaves:
        assert words.encode() in compose(one, made)
    else:
        with pytest.raises(LeakError):
            compose(one, made)


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize(
    ("case", "where"),
    [
        ("offer", "purpose"), ("invite", "purpose"), ("uninvite.desk", "because"), ("call.refused", "because"),
        ("call_reminder", "purpose"),
    ],
)  # fmt: skip
def test_no_mail_of_a_call_names_a_colleague_in_its_text(
    guard: Guard, letter: Write, case: str, where: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inviting, "findings", lambda *_rest, **_more: [])
    named = {**OUTSIDE[case], where: "Benedikt Sommer measures the line"}
    with pytest.raises(LeakError, match="the name of a colleague, benedikt sommer"):
        compose(letter(case, facts=named, language=language), guard)
    theirs = Background(theirs=("Benedikt Sommer called me yesterday.",))
    assert compose(letter(case, facts=named, language=language, background=theirs), guard)
