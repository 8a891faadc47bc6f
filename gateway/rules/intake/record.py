"""What a ticket keeps of its intake: each fact with its state and the words that said it, and how far asking has got.

In and out: the plain JSON of `Ticket.intake`, as an `Intake`. The values themselves stand in `Ticket.facts`, as those
that one of us sets do; a sensitive one stands in neither, only in the raw mail that said it, in the team's notice of it
and, where it expires, in the timer that takes it out of there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from store.anew import anew
from store.records import Ticket

PRESENT, MISSING, UNSURE, UNKNOWN, WAIVED = "present", "missing", "unsure", "unknown", "waived"
"""DESIGN section 6. `unknown`: they were asked and do not know; `waived`: one of us can do without."""

ASKING, HANDED, STOPPED, COMPLETE = "asking", "handed", "stopped", "complete"
"""How far it is: questions run; a person has it, with its gaps; one of us said to ask no more, or speaks with the
customer; nothing is missing. Empty: nothing was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What is known of one field. `value` is as it was said (empty for a sensitive one), `source` the words that say
    so or, for what did not come by mail, where it is from; `how` is the reading (`parsing.message.Candidate`, or
    `organisation`, `linked`, `agent`); `by` who said it, `at` when (RFC 3339). `moment` is the instant or the day that
    a `when` means, as far as it can be said."""

    state: str
    value: str = ""
    source: str = ""
    how: str = ""
    by: str = ""
    at: str = ""
    moment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """`stage` is one of the above. `asked` are the fields that the last question named, in its order; `rounds` how
    often we asked (reminders do not count), `reminded` how often we did remind since; `asked_at` and `completed_at`
    are RFC 3339. `earlier` are the questions that ran when something else was asked, each with its instant first, and
    what a reminder has put into another order: their numbers count in an answer to that mail. `reminded_at` is when
    that reminder left. `by_hand` is what one of us asked for, whatever its kind of ticket needs. `replied`:
    somebody has written since it was asked, and it is our turn."""

    stage: str = ""
    rounds: int = 0
    reminded: int = 0
    asked: tuple[str, ...] = ()
    asked_at: str = ""
    reminded_at: str = ""
    replied: bool = False
    completed_at: str = ""
    needed: tuple[str, ...] = ()
    earlier: tuple[tuple[str, ...], ...] = ()
    by_hand: tuple[str, ...] = ()
    fields: Mapping[str, Fact] = field(default_factory=dict)

    def state(self, name: str) -> str:
        fact = self.fields.get(name)
        return fact.state if fact is not None else MISSING

    @property
    def missing(self) -> tuple[str, ...]:
        """What is needed and not known: missing, or nobody can be sure."""
        return tuple(name for name in self.needed if self.state(name) in (MISSING, UNSURE))

    @property
    def lacking(self) -> tuple[str, ...]:
        """What is confidently missing: nothing else is asked for."""
        return tuple(name for name in self.needed if self.state(name) == MISSING)

    @property
    def sought(self) -> tuple[str, ...]:
        """All that the questions that run ask for, the newest first."""
        if not self.earlier:
            return self.asked
        return tuple(dict.fromkeys((*self.asked, *(name for one in reversed(self.earlier) for name in one[1:]))))

    def asked_by(self, at: str) -> tuple[str, ...]:
        """What the mail that left then (RFC 3339) has asked for, in its order: the newest question where that cannot be
        told."""
        if not at or not self.earlier or at >= self.named_at:
            return self.asked
        left = [one for one in self.earlier if one[0] <= at]
        return (left[-1] if left else self.earlier[0])[1:]

    @property
    def named_at(self) -> str:
        """When the mail left whose numbers are those of `asked`."""
        return self.reminded_at or self.asked_at

    @property
    def running(self) -> tuple[tuple[str, ...], ...]:
        """The last questions, the newest at the end, as `earlier` has them once another one is asked."""
        lists = (*self.earlier, (self.named_at, *self.asked)) if self.asked else self.earlier
        return lists[-MOST_RUNNING:]

    @property
    def complete(self) -> bool:
        return not self.missing

    def with_fact(self, name: str, fact: Fact) -> Intake:
        return replace(self, fields={**self.fields, name: fact})


MOST_RUNNING = 8
"""Questions that run beside the newest, as far as they are kept."""
_OF_FACT = tuple(Fact.__dataclass_fields__)
_NOTHING = Intake()


class _Kept(dict[str, Any]):
    """The plain JSON of an intake with the intake that it was made of: what has just been kept is not read again. As
    everything that a ticket holds it is never changed."""

    __slots__ = ("intake",)

    intake: Intake


def of(ticket: Ticket) -> Intake:
    """What the ticket keeps."""
    kept: Mapping[str, Any] = ticket.intake
    if not kept:
        return _NOTHING
    if isinstance(kept, _Kept):
        return kept.intake
    facts = {name: Fact(**row) for name, row in kept.get("fields", {}).items()}
    rest = {name: value for name, value in kept.items() if name != "fields"}
    for name in ("asked", "needed", "by_hand"):
        rest[name] = tuple(rest.get(name, ()))
    rest["earlier"] = tuple(tuple(one) for one in rest.get("earlier", ()))
    return Intake(**rest, fields=facts)


_OF_COURSE = (
    "stage", "rounds", "reminded", "asked", "asked_at", "reminded_at", "replied", "completed_at", "needed", "earlier",
    "by_hand",
)  # fmt: skip
"""What an intake keeps beside its facts, in its order."""


def _plain(values: tuple[Any, ...]) -> list[Any]:
    return [list(one) if isinstance(one, tuple) else one for one in values]


def moved(ticket: Ticket, course: Mapping[str, Any], **changes: Any) -> Ticket:
    """The ticket with these of its intake's keys anew, and with what else changes: its facts are not read for that."""
    were: Mapping[str, Any] = ticket.intake
    row = {
        name: _plain(value) if isinstance(value, tuple) else value
        for name in _OF_COURSE
        if (value := course[name] if name in course else were.get(name))
    }
    row["fields"] = were.get("fields", {})
    if isinstance(were, _Kept):
        row = _with(row, replace(were.intake, **course))
    return anew(ticket, intake=row, **changes)


def kept(ticket: Ticket, intake: Intake, **changes: Any) -> Ticket:
    """The ticket with this intake, and with what else changes; nothing that is as it begins is written."""
    if not intake.needed and not intake.fields and not intake.stage:
        return anew(ticket, intake={}, **changes) if ticket.intake or changes else ticket
    row = {
        name: _plain(value) if isinstance(value, tuple) else value
        for name in _OF_COURSE
        if (value := getattr(intake, name))
    }
    row["fields"] = {name: {k: v for k in _OF_FACT if (v := getattr(fact, k))} for name, fact in intake.fields.items()}
    return anew(ticket, intake=_with(row, intake), **changes)


def _with(row: dict[str, Any], intake: Intake) -> _Kept:
    kept = _Kept(row)
    kept.intake = intake
    return kept
