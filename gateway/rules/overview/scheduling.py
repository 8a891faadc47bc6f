"""How long tickets are blocked on scheduling, and by whom (`ops` M10).

In: what happened to the calls of a ticket, oldest first. Out: a `Wait` a ticket: from the first wish for each call
until it begins or is given up, split by who could have ended it. Pure: reads no clock and no store.

- **offer**: from the wish until slots are shown: ours.
- **customer**: from then until one is booked: theirs. It is shown, and left out of the team's time.
- **replan**: from "none suits" until other slots are shown: ours.
- **lead**: from the booking until the call begins: nobody's fault, and short only where slots are near.

Loops are counted: `none_suits`, `taken` (the slot that was chosen had gone) and `moved`. What a call is moved while it
is booked stays lead. Calls of one ticket that run at once count once in the whole and each in its own part.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from scheduling.interval import Interval, Intervals, minus, union

OFFER, CUSTOMER, REPLAN, LEAD = "offer", "customer", "replan", "lead"
PARTS = (OFFER, CUSTOMER, REPLAN, LEAD)
LOOPS = ("none_suits", "taken", "moved")
BEGINS = ("call-requested", "call-approval-asked", "call-offered")
"""Events that a wait may begin with: the wish, or what answers one that nobody noted."""
_ENDS = {
    "call-started": "started",
    "call-completed": "started",
    "call-no-show": "started",
    "call-cancelled": "cancelled",
    "call-lapsed": "lapsed",
    "call-refused": "refused",
}
_MOVES = ("call-none-suits", "call-booked", "call-moved")
KINDS = (*BEGINS, *_MOVES, *_ENDS)
"""Events that the figure is computed from."""
_TAKEN = "taken"
"""Why slots are shown again: the one that was chosen had gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One event of a call: which call, when, what; `because` is why slots were shown."""

    call: str
    at: datetime
    kind: str
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """What scheduling cost one ticket. `calls` are those that were asked for, `ended` how the last of them ended: empty
    while one is still to come. `parts` are when it waited for whom."""

    ticket: int
    since: datetime
    calls: int
    ended: str
    parts: Mapping[str, Intervals] = field(default_factory=dict)
    loops: Mapping[str, int] = field(default_factory=dict)

    @property
    def blocked(self) -> Intervals:
        """The whole of it."""
        return union(*self.parts.values())

    @property
    def ours(self) -> Intervals:
        """Without the time in which only the customer could go on."""
        return minus(self.blocked, self.parts.get(CUSTOMER, ()))


def wait(ticket: int, steps: Sequence[Step], since: datetime, now: datetime) -> Wait | None:
    """The wait of a ticket for the calls that were first asked for since then; None where there was none. What is not
    over lasts until now."""
    by_call: dict[str, list[Step]] = {}
    for step in steps:
        if step.call in by_call or step.kind in BEGINS:
            by_call.setdefault(step.call, []).append(step)
    asked = [story for story in by_call.values() if story[0].at >= since]
    if not asked:
        return None
    parts: dict[str, list[Interval]] = {name: [] for name in PARTS}
    loops: Counter[str] = Counter()
    ends = [_walk(story, now, parts, loops) for story in asked]
    last = max(ends)[1] if all(how for _, how in ends) else ""
    return Wait(
        ticket=ticket,
        since=min(story[0].at for story in asked),
        calls=len(asked),
        ended=last,
        parts={name: union(found) for name, found in parts.items()},
        loops={name: loops[name] for name in LOOPS},
    )


def _walk(
    story: Iterable[Step], now: datetime, parts: Mapping[str, list[Interval]], loops: Counter[str]
) -> tuple[datetime, str]:
    """One call from its wish to its end: the parts and loops grow by it. Out: when and how it ended."""
    part, begin = "", now
    for step in story:
        if part:
            parts[part].append(Interval(begin, step.at))
        if step.kind in _ENDS:
            return step.at, _ENDS[step.kind]
        loops[_loop(step)] += 1
        part, begin = _part(step, part), step.at
    if part:
        parts[part].append(Interval(begin, now))
    return now, ""


def _part(step: Step, part: str) -> str:
    """For whom it waits after that."""
    if step.kind in ("call-booked", "call-moved"):
        return LEAD
    if part == LEAD:  # it stays booked while its customer looks for another time
        return LEAD
    if step.kind == "call-offered":
        return CUSTOMER
    return REPLAN if step.kind == "call-none-suits" else part or OFFER


def _loop(step: Step) -> str:
    if step.kind == "call-offered" and step.because == _TAKEN:
        return "taken"
    return step.kind.removeprefix("call-").replace("-", "_")
