"""What a reader may say: every class that a read mail can hold goes through its channel, and no other."""

from __future__ import annotations

import pickle
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_type_hints

from gateway.reader import WORDS
from parsing import message
from parsing.message import ParsedMail


def _classes(of: Any, found: set[Any]) -> set[Any]:
    """The classes of ours that values of this type may hold."""
    for part in get_args(of):
        _classes(part, found)
    if isinstance(of, type) and of.__module__ == message.__name__ and of not in found:
        found.add(of)
        if is_dataclass(of):
            hints = get_type_hints(of, vars(message))
            for one in fields(of):
                _classes(hints[one.name], found)
    return found


def test_every_class_of_a_read_mail_may_be_said() -> None:
    needed = _classes(ParsedMail, set())
    assert message.Candidate in needed
    missing = [one.__qualname__ for one in needed if (one.__module__, one.__qualname__) not in WORDS]
    assert missing == []
    assert all(is_dataclass(one) or issubclass(one, Enum) for one in needed)
    assert pickle.loads(pickle.dumps(ParsedMail(kind=message.Kind.HUMAN))).kind is message.Kind.HUMAN
