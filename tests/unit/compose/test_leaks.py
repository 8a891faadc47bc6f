"""The last check over a mail as it is composed (R07, promise 6): a leak of each kind is stopped there whatever path it
took, and the canaries of the suite would see each one that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from gateway import compose as composing
from gateway.compose import LeakError, compose
from gateway.letter import Letter, LetterFile
from gateway.rules.privacy import Background, Guard, Kind
from parsing.message import Mailbox
from tests import canaries
from tests.unit.compose.calls import OUTSIDE
from tests.unit.gateway.test_images import PLACED, jpeg, segment

Write = Callable[..., Letter]
WATCH = Guard(
    inside=frozenset({"ops@desk.example"}),
    addresses=frozenset(canaries.ADDRESSES),
    domains=("desk.example",),
    names=frozenset({"benedikt", "benedikt sommer"}),
    hosts=(f"*.{canaries.WORD}.example",),
    machines=("mx.desk.example",),
    zones=(canaries.ZONE,),
    phones=frozenset({"49305550123"}),
)
NOTE = f"The disk of {canaries.WORD} is full and nobody has paid for a new one."
KEY = f"support+k{'z' * 26}@desk.example"
PLANTS: dict[Kind, str] = {
    Kind.KEY: f"Write to {KEY}.",
    Kind.ADDRESS: "Ask benedikt@\n> desk.example.",
    Kind.HOST: f"See db1.{canaries.WORD}.example.",
    Kind.NOTE: f"Well, the disk of {canaries.WORD} is full - and nobody has paid.",
    Kind.CALENDAR: "Book me: https://calendly.com/benedikt",
    Kind.HEADER: "X-Mailer: Apple Mail",
    Kind.ZONE: "My hours are those of Pacific/Chatham.",
    Kind.PHONE: "Call 030 / 555 01 23.",
}
PHOTO = LetterFile(filename="a.jpg", content_type="image/jpeg", content=jpeg(segment(0xE1, b"Exif\0\0" + PLACED)))


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    """What these tests let out on purpose is nobody's failure."""
    yield
    canaries.HITS.clear()


def planted(letter: Write, kind: Kind, **changes: Any) -> Letter:
    if kind is Kind.IMAGE:
        return letter("answer", files=(PHOTO,), **changes)
    if kind is Kind.NAME:  # in mails of calls alone: elsewhere people sign
        return letter("call.refused", facts=OUTSIDE["call.refused"] | {"because": "Benedikt Sommer is ill."}, **changes)
    return letter("answer", facts={"words": PLANTS[kind]}, background=Background(notes=(NOTE,)), **changes)


@pytest.mark.parametrize("kind", Kind)
def test_r07_a_seeded_leak_of_each_kind_is_stopped(letter: Write, kind: Kind) -> None:
    one = planted(letter, kind)
    with pytest.raises(LeakError) as stopped:
        compose(one, WATCH)
    assert str(stopped.value)
    assert compose(replace(one, outside=False), WATCH), "the staff may read it"


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.IMAGE])
def test_r07_the_canaries_see_a_leak_of_each_kind_where_the_check_is_broken(
    letter: Write, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "_looked_through", lambda letter, text, html, _guard: (letter, text, html))
    monkeypatch.setattr(composing.secrets, "is_likely", lambda _text: False)
    one = planted(letter, kind)
    mail = compose(one, WATCH)
    assert {kind.value, "word"} & {found for found, _ in canaries.hits(mail, one)}
    assert canaries.HITS, "the test that let it out would fail"


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"words": "x", "outcome": "ask benedikt@desk.example"}},
        {"facts": {"words": "x", "closing": "benedikt@desk.example"}},
        {"facts": {"words": "x", "greeting_name": "benedikt@desk.example"}},
        {"facts": {"words": "x", "others": ["benedikt@desk.example"]}},
        {"subject": "[DESK-1042] benedikt@desk.example asks"},
        {"facts": {"words": "x"}, "files": (replace(PHOTO, content=b"x", filename="benedikt@desk.example.txt"),)},
        {"facts": {"words": "x"}, "files": (replace(PHOTO, content=b"jira.internal"),)},
        {"facts": {"words": "x"}, "files": (replace(PHOTO, content=b"x", filename="my.ics"),)},
    ],
)
def test_no_path_leads_around_it(letter: Write, changes: dict[str, Any]) -> None:
    with pytest.raises(LeakError):
        compose(letter("answer", **changes), WATCH)


@pytest.mark.parametrize("purpose", ["resolved", "status", "acknowledgement", "retyped"])
def test_every_purpose_is_looked_through(letter: Write, purpose: str) -> None:
    leak = "ask benedikt@desk.example"
    facts: dict[str, dict[str, Any]] = {
        "resolved": {"outcome": leak},
        "status": {"outcome": leak, "status": "resolved"},
        "acknowledgement": {"understood": [["kind", leak]]},
        "retyped": {"kind": leak, "previous": "DESK-1"},
    }
    with pytest.raises(LeakError):
        compose(letter(purpose, facts=facts[purpose]), WATCH)


def test_operators_read_anything_but_keys(letter: Write) -> None:
    """A mail of no ticket, such as an alarm, has the role of the desk itself and is not said to be for staff."""
    to = Mailbox(address="ops@desk.example")
    assert compose(letter("alarm", outside=True, to=to, facts={"title": "jira.internal", "detail": NOTE}), WATCH)
    assert compose(letter("answer", to=to, files=(PHOTO,)), WATCH)
    with pytest.raises(LeakError):
        compose(letter("answer", to=to, facts={"words": KEY}), WATCH)
    canaries.HITS.clear()


def test_the_customers_own_words_leave(letter: Write) -> None:
    told = {"at": "2026-11-20T14:00:00Z", "who": "you", "text": "Is benedikt@desk.example ill? See jira.internal"}
    mail = compose(letter("answer", facts={"words": "Yes, jira.internal is down.", "history": [told]}), WATCH)
    assert b"Is benedikt@desk.example ill?" in mail
    known = Background(theirs=("jira.internal fails", "benedikt@desk.example"))
    assert compose(letter("answer", facts={"words": "jira.internal, benedikt@desk.example"}, background=known), WATCH)


def test_earlier_words_of_ours_are_left_out_where_something_stands_in_them(letter: Write) -> None:
    def told(text: str) -> dict[str, str]:
        return {"at": "2026-11-20T14:00:00Z", "who": "desk", "text": text}

    mail = compose(letter("answer", facts={"words": "Done.", "history": [told("Ask benedikt@desk.example.")]}), WATCH)
    assert b"Done." in mail
    assert b"benedikt" not in mail
    mail = compose(letter("answer", facts={"words": "Done.", "history": [told("Ask away.")]}), WATCH)
    assert b"Ask away." in mail


def test_a_file_that_came_from_outside_goes_back(letter: Write) -> None:
    from hashlib import sha256

    known = Background(files=frozenset({sha256(PHOTO.content).hexdigest()}))
    assert compose(letter("answer", files=(PHOTO,), background=known), WATCH)


def test_r07_no_mail_to_a_customer_is_stopped_or_changed(letter: Write, case: str) -> None:
    """Every letter of the golden files leaves as it was designed."""
    one = letter(case)
    if one.outside:
        assert compose(one, WATCH) == compose(one)
