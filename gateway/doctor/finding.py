"""What a check says: one finding a fact, with its level and, unless all is well, what to do about it.

In: nothing. Out: plain values. A finding never holds a password, a key or the words of a mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

SECRET_FREE = 300
"""Characters of a finding's sentence at most: a stranger's text may stand in it."""


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of `replydesk doctor`."""

    area: str
    level: Level
    what: str
    fix: str = ""


def fine(area: str, what: str) -> Finding:
    return Finding(area=area, level=Level.OK, what=_line(what))


def warning(area: str, what: str, fix: str) -> Finding:
    """It works, and will not always."""
    return Finding(area=area, level=Level.WARNING, what=_line(what), fix=fix)


def problem(area: str, what: str, fix: str) -> Finding:
    """It does not work, or promises what it cannot keep."""
    return Finding(area=area, level=Level.PROBLEM, what=_line(what), fix=fix)


def worst(findings: Sequence[Finding]) -> Level:
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.PROBLEM, Level.WARNING) if level in levels), Level.OK)


def _line(text: str) -> str:
    words = " ".join("".join(c if c.isprintable() or c.isspace() else "?" for c in text).split())
    return words if len(words) <= SECRET_FREE else words[: SECRET_FREE - 1] + "…"
