"""Which mails look calls up: those that may book, move or end one; any other looks up nothing more than before."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.pipeline import wanted
from gateway.rules.case import Incoming
from parsing.reading import read
from store.records import Entry, Envelope
from store.snapshot import CALLS, Wanted
from tests.unit.calls.answers import UID, event
from tests.unit.calls.asked import the_desk

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA, BENEDIKT = "nora@northwind.example", "benedikt@desk.example"


def want(words: str, author: str = NORA, *, history: bool = False, kind: str = "text/plain") -> Wanted:
    """What a mail with these words wants to know."""
    head = f"From: <{author}>\nTo: <support@desk.example>\nSubject: Re: [DESK-1001] Slow\nMessage-ID: <a@x.example>\n"
    raw = f"{head}Content-Type: {kind}; charset=utf-8\n\n{words}\n".replace("\n", "\r\n").encode()
    envelope = Envelope(
        sender=author, recipients=("support@desk.example",), received_at=NOW, door="smtp", history=history
    )  # fmt: skip
    desk = the_desk()
    entry = Entry(id=1, envelope=envelope, sha256="0", size=len(raw))
    return wanted([Incoming(entry=entry, mail=read(raw, desk.reading, author), now=NOW)], desk)


@pytest.mark.parametrize(
    "words",
    ["It is still slow, and the call to the API fails.", "2 users", "Thanks, solved.", "STATUS", "No", "Close", ""],
)
def test_a_mail_about_something_else_wants_no_calls(words: str) -> None:
    found = want(words)
    assert (found.calls, found.uids) == (None, set())
    assert CALLS not in found.names()


@pytest.mark.parametrize(
    "words", ["BOOK 2", "2", "Cancel", "CALL", "Move", "None of these suits me.", "Could you call me?", "Absagen"]
)
def test_a_word_about_a_call_wants_them(words: str) -> None:
    found = want(words)
    assert found.calls == NOW
    assert CALLS in found.names()  # no two decide about promises at once


def test_history_wants_none() -> None:
    assert want("BOOK 2", history=True).calls is None


def test_a_calendar_wants_its_entry() -> None:
    found = want(event(), kind="text/calendar; method=REPLY")
    assert (found.calls, found.uids) == (NOW, {UID})


@pytest.mark.parametrize(
    ("verb", "looks"), [("#call network-engineering", True), ("#approve", True), ("#start", False)]
)
def test_a_verb_about_calls_wants_them(verb: str, *, looks: bool) -> None:
    assert (want(verb, BENEDIKT).calls is not None) is looks
