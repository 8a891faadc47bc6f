"""The last look at a letter: no secret address leaves for anybody outside but the reader's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gateway.compose import LeakError, compose
from gateway.letter import Letter, LetterFile
from gateway.rules.privacy import keys as leak
from parsing.message import Mailbox

OWN = "abcdefghijklmnopqrstuvwxyz"
SECRET = "support+kzyxwvutsrqponmlkjihgfedcba@desk.example"
Write = Callable[..., Letter]


def _file(content: bytes, filename: str = "f.txt") -> LetterFile:
    return LetterFile(filename=filename, content_type="text/plain", content=content)


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"words": f"Write to {SECRET}."}},
        {"facts": {"words": "x", "outcome": f"see {SECRET}"}},
        {"facts": {"words": SECRET.replace("+", "+\ufeff")}},
        {"files": (_file(SECRET.encode()),)},
        {"files": (_file(b"x"), _file(SECRET.upper().encode()))},
    ],
)
def test_what_an_agent_says_or_attaches_does_not_leave(letter: Write, changes: dict[str, Any]) -> None:
    with pytest.raises(LeakError):
        compose(letter("answer", **changes))
    assert compose(letter("answer", outside=False, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"facts": {"words": "x", "history": [{"at": "2026-11-20T14:00:00Z", "who": "you", "text": f"by {SECRET}!"}]}},
        {"subject": f"[DESK-1042] {SECRET}"},
        {"to": Mailbox(name=SECRET, address="nora@northwind.example")},
        {"in_reply_to": f"<{SECRET}>"},
        {"references": ("<a@b.example>", f"<{SECRET}>")},
        {"files": (_file(b"x", SECRET),)},
    ],
)
def test_what_others_say_loses_it_and_leaves(letter: Write, changes: dict[str, Any]) -> None:
    mail = compose(letter("answer", **changes)).decode()
    assert "zyxwv" not in mail
    assert leak.in_text(mail, (OWN,)) is False
    assert f"Reply-To: support+k{OWN}@desk.example" in mail


def test_the_readers_own_may_stand_anywhere(letter: Write) -> None:
    own = f"support+k{OWN}@desk.example"
    mail = compose(letter("answer", facts={"words": f"Write to {own}."}, files=(_file(own.encode()),)))
    assert f"Write to {own}.".encode() in mail


def test_a_letter_without_one_is_the_same_to_the_byte(letter: Write, case: str) -> None:
    """The last look changes nothing where there is nothing to change."""
    assert compose(letter(case)) == compose(letter(case, outside=False))
