"""What a digest may show its reader: lists of tickets, of broken promises, of mail that a limit stopped, and figures.

In: what the store found (`jobs/digests.py`). Out: frozen values, as `digests.py` puts them into a mail. Whoever makes
one leaves out what is not its reader's.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.rules import capacity
from gateway.rules.overview.figures import Figures
from store.records import Finding, Ticket

NOTHING = Finding()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapse:
    """A promise that was broken since the last digest, and what that is put down to."""

    ticket: int
    clock: str
    due: str
    because: str
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """A mail of ours that waits for an operator's hand."""

    ticket: int | None
    purpose: str
    to: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What there is to do, as far as it concerns one reader: lists with how many there are in all. `handed` waits for
    their `#ack`; `unheard` was handed over and nobody took it; `changed` is there for those who hear of tickets by
    digest alone. `figures` are of the last day of work, `before` those of the four weeks before it."""

    mine: Finding = NOTHING
    handed: tuple[Ticket, ...] = ()
    changed: Finding = NOTHING
    queue: Finding = NOTHING
    scheduling: Finding = NOTHING
    unassigned: Finding = NOTHING
    at_risk: Finding = NOTHING
    waiting: Finding = NOTHING
    blocked: Finding = NOTHING
    unheard: tuple[Ticket, ...] = ()
    overdue: int = 0
    lapses: tuple[Lapse, ...] = ()
    halted: tuple[Halted, ...] = ()
    halted_total: int = 0
    overbooked: tuple[tuple[str, capacity.Week], ...] = ()
    figures: Figures | None = None
    before: tuple[Figures, ...] = ()
