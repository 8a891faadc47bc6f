"""Live calls as values: the grid of slots, what is offered, who gets one without being approved, when who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """So many cells of each day are kept for tickets of this priority or a more urgent one."""

    cells: int = 0
    priority: int = 1


NO_RESERVE = Reserve()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """How calls are promised, offered and staffed.

    A call takes one cell of `grid`: `before`, its minutes, `after`. Slots lie at least `notice` ahead, inside the
    desk's hours, within `horizon` working days; `offered` of them are shown at a time, at least `least` over at least
    `days` days where there are so many. An agent takes `per_day` and `per_week` calls at most (0: any number), or as
    `caps` says of them by short name. A promise further away than `firm` must survive the absence of anybody, where
    `robust` is set. Tickets of `priorities` and escalated ones get a call, all others need a lead's word within
    `approval` working days. A grant lives for `life`, a call is moved `moves` times at most. `freeze` before its start
    an agent is invited, who has to acknowledge `ack` before it; the customer is reminded `remind` before it; who is
    not there `no_show` after the start is not coming. `location` is where it is held, `{room}` its random name.
    `leave` are days off by short name, first and last; `feeds` paths of calendars by short name, which nobody is
    promised by when they were read longer than `stale` ago; `tentative` entries of them block too.
    """

    grid: timedelta = timedelta(minutes=30)
    before: timedelta = timedelta()
    after: timedelta = timedelta()
    notice: timedelta = timedelta(hours=2)
    horizon: int = 5
    offered: int = 4
    least: int = 3
    days: int = 2
    per_day: int = 6
    per_week: int = 25
    caps: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    firm: timedelta = timedelta(hours=24)
    robust: bool = True
    reserves: Mapping[str, Reserve] = field(default_factory=dict)
    priorities: frozenset[int] = frozenset({1, 2})
    approval: int = 1
    life: timedelta = timedelta(days=5)
    moves: int = 3
    freeze: timedelta = timedelta(minutes=60)
    ack: timedelta = timedelta(minutes=20)
    remind: timedelta = timedelta(hours=24)
    no_show: timedelta = timedelta(minutes=10)
    location: str = ""
    leave: Mapping[str, tuple[tuple[date, date], ...]] = field(default_factory=dict)
    feeds: Mapping[str, str] = field(default_factory=dict)
    stale: timedelta = timedelta(hours=24)
    tentative: bool = True

    def cap(self, name: str) -> tuple[int, int]:
        """How many calls that member of staff takes a day and a week; 0: any number."""
        return self.caps.get(name, (self.per_day, self.per_week))

    def reserve(self, capability: str) -> Reserve:
        """What is kept of that capability for urgent tickets."""
        return self.reserves.get(capability, NO_RESERVE)

    def where(self, room: str) -> str:
        """The place of a call."""
        return self.location.replace("{room}", room)
