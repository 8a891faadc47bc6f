"""The words of sensitive facts in what a ticket keeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from gateway.rules.intake.confidence import MASK, kept, masked
from gateway.rules.intake.secrets import Secret
from parsing.message import Forwarded
from parsing.rewrapped import MOST
from store.records import AddEvent, AddMessage, Decision, Direction, Message, Role, Verdict

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def _secret(words: str, source: str = "") -> Secret:
    return Secret(field="licence", words=words, source=source)


@pytest.mark.parametrize(
    ("text", "secret", "then"),
    [
        ("My key is Hunter2secret.", _secret("hunter2secret"), f"My key is {MASK}."),
        ("It is blue\n> moon rising, yes", _secret("blue moon rising"), f"It is {MASK}, yes"),
        ("3 of 2031, at 13", _secret("3"), f"{MASK} of 2031, at 13"),
        ("Since: 3 March\nTills: 3", _secret("3", "Tills: 3"), f"Since: 3 March\nTills: {MASK}"),
        ("First line.\n\nOther things.\n\nlast line", _secret("First line.…last line"),
         f"{MASK}\n\nOther things.\n\n{MASK}"),
        ("nothing of it", _secret(" >> "), "nothing of it"),
    ],
)  # fmt: skip
def test_words_are_replaced_where_they_stand(text: str, secret: Secret, then: str) -> None:
    assert masked(text, [secret]) == then


def test_of_two_values_the_longer_goes_first() -> None:
    assert masked("code hunter2secret", [_secret("hunter2"), _secret("hunter2secret")]) == f"code {MASK}"


def test_every_text_of_a_kept_message_is_without_them_and_nothing_else_changes() -> None:
    forwarded = Forwarded(from_=None, subject="about abcd1234", date=None, text="abcd1234 it is")
    message = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address="n@x.example", subject="Key abcd1234",
        text="It is abcd1234", forwarded=forwarded,
    )  # fmt: skip
    event = AddEvent(ticket=7, kind="replied", actor="n@x.example")
    decision = Decision(
        entry=None, verdict=Verdict.APPENDED, reason="", effects=(AddMessage(ticket=7, message=message), event)
    )
    after, same = kept(decision, [_secret("abcd1234")]).effects
    assert isinstance(after, AddMessage)
    assert after.message.forwarded is not None
    carried = after.message.forwarded
    assert (after.message.subject, after.message.text) == (f"Key {MASK}", f"It is {MASK}")
    assert (carried.subject, carried.text) == (f"about {MASK}", f"{MASK} it is")
    assert same == event
    assert kept(decision, []) is decision


@pytest.mark.parametrize("words", ["> " * 300 + "b", "a " * (MOST + 50) + "b", ">a " * 300, "…\n" * 500 + "a" * 999])
def test_no_value_makes_the_search_slow(words: str) -> None:
    begun = time.perf_counter()
    for text in ("> " * 20_000, "a " * 20_000, "a" + " " * 40_000, ">a " * 10_000):
        masked(text, [_secret(words)])
    assert time.perf_counter() - begun < 4
