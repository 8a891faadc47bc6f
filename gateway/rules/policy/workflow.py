"""Workflows as values: which statuses a kind of ticket has, what each means, where it may go from there.

The three of DESIGN section 8 and `ops` R20-R26 are the product's; divisions bring their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One status: what it means to clocks and queues (`open`, `waiting`, `scheduled`, `done`), and which may follow.
    `needs` names the fields without which nothing enters it."""

    name: str
    category: str = "open"
    next: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The statuses of a type or a division, in order. `closed` may be entered from anywhere by the desk itself."""

    name: str
    states: tuple[State, ...]
    _named: Mapping[str, State] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_named", {state.name: state for state in self.states})

    def state(self, name: str) -> State | None:
        return self._named.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(state.name for state in self.states)


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """A part of the house with ways of its own (R32-R35): tickets of its teams follow its workflow. `priorities` are
    those that it uses, by number, with its own words; `activities` what time is logged on; `subtypes` its kinds of
    ticket, each with the fields that it must have before it goes beyond `accepted`."""

    name: str
    teams: frozenset[str] = frozenset()
    workflow: Workflow
    priorities: Mapping[int, str] = field(default_factory=dict)
    activities: tuple[str, ...] = ()
    subtypes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


RESERVED: Mapping[str, str] = {"new": "open", "resolved": "done", "closed": "done"}
"""Statuses that every workflow has, with their categories; nothing else is `done`."""
FIXED: Mapping[str, str] = {
    "accepted": "open",
    "scheduled": "scheduled",
    "in_progress": "open",
    "awaiting_review": "open",
}
"""Statuses with verbs of their own: verbs, timers and clocks rely on what they mean, wherever there are any."""
EARLY = ("new", "accepted")
"""Statuses in which a ticket may be that nobody has sorted yet."""
PROMISED: Mapping[str, tuple[str, ...]] = {"change-request": ("contract_impact",)}
"""Subtypes that must answer something in every division that has them (R35)."""

_CLOSED = State(name="closed", category="done", next=("accepted", "in_progress"))

SUPPORT = Workflow(
    name="support",
    states=(
        State(name="new", next=("accepted", "in_progress")),
        State(name="accepted", next=("scheduled", "in_progress")),
        State(name="scheduled", category="scheduled", next=("accepted", "in_progress"), needs=("topic",)),
        State(name="in_progress", next=("accepted", "scheduled", "awaiting_review", "resolved"), needs=("topic",)),
        State(name="awaiting_review", next=("accepted", "in_progress", "resolved"), needs=("topic",)),
        State(name="resolved", category="done", next=("closed", "accepted", "in_progress"), needs=("topic", "outcome")),
        _CLOSED,
    ),
)
QUESTION = Workflow(
    name="question",
    states=(
        State(name="new", next=("accepted",)),
        State(name="accepted", next=("resolved",)),
        State(name="resolved", category="done", next=("closed", "accepted"), needs=("topic", "outcome")),
        State(name="closed", category="done", next=("accepted",)),
    ),
)
ESCALATION = Workflow(
    name="escalation",
    states=(
        State(name="new", next=("accepted",)),
        State(name="accepted", next=("scheduled", "in_progress"), needs=("kinds", "action_taken")),
        State(name="scheduled", category="scheduled", next=("accepted", "in_progress"), needs=("plan",)),
        State(name="in_progress", next=("accepted", "scheduled", "awaiting_review", "resolved"), needs=("plan",)),
        State(name="awaiting_review", next=("accepted", "in_progress", "resolved"), needs=("plan",)),
        State(
            name="resolved", category="done", next=("closed", "accepted", "in_progress"), needs=("outcome", "lessons")
        ),
        _CLOSED,
    ),
)
TYPES: Mapping[str, Workflow] = {flow.name: flow for flow in (SUPPORT, QUESTION, ESCALATION)}
"""The workflows of the three types."""
