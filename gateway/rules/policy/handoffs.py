"""Handoffs as values: by which edges work goes from one team to another or to a tracker outside, with what, to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

STAYS, MOVES = "stays", "moves"
"""Who is accountable after a handoff: whoever was (they bring somebody in), or the team that it goes to."""
OWNERS = (STAYS, MOVES)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The rule by which a handoff is made without anybody's word: all that is said must hold. `waited` is working time
    since its present owner has it, `percent` how much of `clock` is used."""

    priority: int = 0
    topic: str = ""
    clock: str = ""
    percent: int = 100
    waited: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """One way that work goes: from a team `to` another one, or to the `address` of a tracker outside.

    `trigger` says in words when it is right, `when` as a rule. `needs` are the fields without which nothing is handed
    over, beside the next action; `map` says how the other side calls a field. `people` are asked in this order to take
    it; empty: the agents of the team. Each has `ack` of working time. `returns` says in words what lets it come back.
    """

    name: str
    origin: str
    to: str = ""
    address: str = ""
    trigger: str = ""
    when: When | None = None
    needs: tuple[str, ...] = ()
    map: Mapping[str, str] = field(default_factory=dict)
    people: tuple[str, ...] = ()
    ack: timedelta = timedelta(minutes=30)
    owner: str = STAYS
    returns: str = ""

    @property
    def target(self) -> str:
        """The team or the address that it leads to."""
        return self.to or self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """A tracker outside: the address that its mail comes from, and what its words for a status mean here. The words are
    in lower case."""

    address: str
    states: Mapping[str, str]
