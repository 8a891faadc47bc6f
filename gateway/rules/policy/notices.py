"""How the staff hears of tickets: at once, once a day, or only of what is theirs; and what goes along with a notice.

Values only; `gateway.config` makes them, `rules/notices/notice.py` decides by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

INSTANT = "instant"
DIGEST = "digest"
MUTE = "mute"
WAYS = (INSTANT, DIGEST, MUTE)
"""How somebody may hear of tickets; what is directed at them comes at once in each."""
AWAY = "away"
"""Not a way to choose: who is away hears nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notifying:
    """`attach` is how many bytes of a customer's files go along with one notice, `files_url` what the link to any other
    file begins with; empty where no web door is open."""

    attach: int = 5_000_000
    files_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Why somebody does not hear of everything at once: their way, or that they are away, until when."""

    way: str
    until: datetime | None = None
