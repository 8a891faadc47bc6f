"""What is wrong with a configuration, in sentences: a key, what is there and what is allowed come in, a line goes out.

These lines are the operator's screen: each names file, key, what was found, what is allowed and the nearest known word.
Nothing here prints a secret: passwords inside URLs are masked, values of unknown keys are never repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

Path_ = tuple[str | int, ...]
"""Where a value stands: names of tables and keys, and positions in lists (from 0, shown from 1)."""

PREFIX = "REPLYDESK_"
DELIMITER = "__"

_LONGEST_FOUND = 80
_PASSWORD = re.compile(r"(?<=://)([^:/@\s]*):\S*@|(?<=password=)[^&\s\"]+")


class ConfigError(Exception):
    """The configuration cannot be used. `problems` holds one line each, all of them. Permanent: the operator edits."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UnfitError(ValueError):
    """A value does not fit its key: why, and which words would fit."""

    def __init__(self, why: str = "", *, allowed: Iterable[str] = (), nearest: str = "") -> None:
        super().__init__(why or "unfit")
        self.why, self.allowed, self.nearest = why, tuple(allowed), nearest


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: where it stands and the sentence about it."""

    path: Path_
    text: str


def dotted(path: Path_) -> str:
    """`address[2].team`: the second [[address]], counted as a person counts."""
    words = ""
    for part in path:
        words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
    return words


def variable(path: Path_) -> str:
    """`REPLYDESK_SMTP__LISTEN`: how the environment names a key."""
    return PREFIX + DELIMITER.join(str(part) for part in path).upper()


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant; empty when none is close."""
    spelled = {candidate.lower(): candidate for candidate in known}
    found = get_close_matches(word.lower(), spelled, n=1, cutoff=0.6)
    return spelled[found[0]] if found else ""


def mask(text: str) -> str:
    """The text with the passwords of its URLs hidden."""
    return _PASSWORD.sub(lambda match: "***" if match[1] is None else f"{match[1]}:***@", text)


def show(value: object) -> str:
    """A value as it would stand in the file, short enough for one line and without passwords."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, float):
        return f"{value:g}"
    text = mask(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= _LONGEST_FOUND else text[: _LONGEST_FOUND - 1] + "…"


def say_unfit(value: object, expected: str, unfit: UnfitError | None = None) -> str:
    """`found "fronline"; allowed: frontline, network; nearest: frontline`."""
    said = f"found {show(value)}"
    if unfit and unfit.why:
        said += f" ({unfit.why})"
    if unfit and unfit.allowed:
        said += f"; allowed: {', '.join(unfit.allowed)}"
    elif expected:
        said += f"; expected {expected}"
    if unfit and unfit.nearest:
        said += f"; nearest: {unfit.nearest}"
    return said


def say_too_many(context: Mapping[str, Any]) -> str:
    """A list that is longer than it may be, from what pydantic says of it."""
    return f"found {context['actual_length']} values; allowed: at most {context['max_length']}"


def say_missing(expected: str) -> str:
    """A key that must be there is not."""
    return f"missing; expected {expected}"


def say_unknown(meant: str, known: Sequence[str], what: str = "key") -> str:
    """A key that nobody reads; its value is not repeated, it may be a secret in the wrong place."""
    return f"unknown {what}; did you mean {meant}?" if meant else f"unknown {what}; known: {', '.join(known)}"


def choose(word: str, known: Iterable[str]) -> None:
    """Refuses a word that is not among the known ones, and names the nearest."""
    allowed = tuple(known)
    if word not in allowed:
        raise UnfitError(allowed=allowed, nearest=nearest(word, allowed))
