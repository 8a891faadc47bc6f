"""What a timer that came due is asked with, and what doing it gives: the words that all kinds of timers share.

In and out: frozen values. `rules/due.py` is the table of kinds. Being late, early or asked twice must be harmless: what
a timer does is decided by the ticket as it stands, never by the timer's having come due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from store.records import Effect, Ticket, Trust

REMIND, SNOOZE, START = "remind", "snooze", "start"
"""A person's reminder (one row each: `remind:…`), a ticket that comes back into the queue, work that was scheduled."""
PROMISE, NUDGE = "promise", "nudge"
"""What a customer was told to hear by then, and that they have heard nothing for long (`rules/speech/promised.py`)."""
ASK, FORGET = "ask", "forget"
"""Whoever was asked has not answered (`rules/intake/reminding.py`); words of a sensitive fact go (one row each:
`forget:…`, `rules/intake/forgetting.py`)."""
CALL = "call"
"""Something of a call is due (one row each: `call:1`, `rules/calls/due.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One timer of a ticket that has come due, at `due_at` or, where the desk slept, long ago."""

    ticket: Ticket
    kind: str
    due_at: datetime
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What follows, and why in plain words. The timer itself ends without being named, but where it is set anew.
    `trust`: how far it is proven whose address is written to, where somebody outside is."""

    why: str
    effects: tuple[Effect, ...] = ()
    trust: Trust | None = None


NOTHING_LEFT = Told("nothing is left to do")
