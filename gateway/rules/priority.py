"""How urgent a ticket is: from impact and urgency, from two questions, and from what its organisation weighs.

In: what was said of impact and urgency, the organisation, the desk's matrix and weights, the instant. Out: a `Weighed`
priority with every part that made it. Words and capitals of a customer are no facts: they never come in here. A
person's number is never changed here (`reweighed`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from gateway.rules.desk import Desk, Organisation
from gateway.rules.policy.urgency import Urgency, Weights, near
from store.records import Ticket

NAMES: Mapping[int, str] = {1: "critical", 2: "high", 3: "moderate", 4: "low", 5: "lowest"}
"""What each priority is called where a division has no words of its own (X3)."""

COSMETIC = 5
"""The impact that makes something low whose answers to both questions are no (R56)."""

REVENUE, BLOCKING = "revenue", "blocking"
QUESTIONS = (REVENUE, BLOCKING)
"""The two questions of R56, as the ticket's facts call them: is revenue lost, is somebody's work blocked?"""
YES, NO = "yes", "no"

BY_DEFAULT = "by default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that was looked at: `points` is what it weighs, `source` who said it, `unused` why it did not count."""

    name: str
    value: str
    points: int = 0
    source: str = ""
    unused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A priority, `impact` and `urgency` as they were used for it (after defaults and weights), and why.
    `remark` is what became of points that make a step, where they made none."""

    priority: int
    impact: int
    urgency: int
    reason: str
    parts: tuple[Part, ...]
    remark: str = ""


def weigh(
    impact: int,
    urgency: int,
    organisation: Organisation | None,
    desk: Desk,
    now: datetime,
    *,
    facts: Mapping[str, str] | None = None,
    division: str = "",
    said_by: str | Mapping[str, str] = "stated",
) -> Weighed:
    """The priority of something with this impact and urgency; 0 means that nobody said. `said_by` is who did
    ("rule outage"), of all or of each by its name. `facts` may hold answers to the two questions; both together decide
    instead of the matrix."""
    policy = desk.urgency
    weights = _weighed_facts(organisation, policy.weights, desk, now)
    answers = {name: answer for name in QUESTIONS if (answer := (facts or {}).get(name, ""))}
    parts = (
        _stated("impact", impact, policy.impact, said_by),
        _stated("urgency", urgency, policy.urgency, said_by),
        *(Part(name=name, value=answer, source=_source(name, said_by)) for name, answer in answers.items()),
        *weights,
    )
    words = [_told(*parts[:2])]
    counted, raised = _raised(impact, weights, policy)
    asked = ", ".join(f"{name} {answer}" for name, answer in answers.items())
    if both := len(answers) == len(QUESTIONS):
        priority = two_questions(answers[REVENUE] == YES, answers[BLOCKING] == YES, impact)
        words = [asked, *([f"impact {impact}"] if priority > 3 else [])]
    else:
        priority = policy.matrix[counted - 1][(urgency or policy.urgency) - 1]
        words += [raised] if raised else []
        if YES in answers.values() and priority > 2:
            priority = 2
            words.append(asked)
    if both:
        parts = tuple(_passed_over(part, priority) for part in parts)
    used = _of_division(priority, division, desk)
    if used != priority:
        words.append(f"{division} has no priority {priority}")
    return Weighed(
        priority=used,
        impact=counted,
        urgency=urgency or policy.urgency,
        reason="; ".join(words),
        parts=parts,
        remark=_remark(impact, weights, policy, both=both),
    )


def _passed_over(part: Part, priority: int) -> Part:
    """What does not count once both questions are answered: all but the impact that makes something low."""
    if part.name == "urgency" or (part.name == "impact" and priority <= 3):
        return replace(part, unused="revenue and blocking are answered")
    return part


def _remark(impact: int, weights: Sequence[Part], policy: Urgency, *, both: bool) -> str:
    """Why points that make a step made none; nothing where they did, or were too few."""
    points, step = sum(part.points for part in weights), policy.weights.step
    if points < step:
        return ""
    why = ""
    if both:
        why = "revenue and blocking are answered"
    elif (impact or policy.impact) == 1:
        why = "the impact is the largest already"
    elif not impact and not policy.weights.on_default:
        why = "nobody has said the impact (priority.weights.on_default)"
    made = f"{points} point{'s' if points != 1 else ''}, {step} make{'s' if step == 1 else ''} a step"
    return f"{made}: not counted, {why}" if why else ""


def _raised(impact: int, weights: Sequence[Part], policy: Urgency) -> tuple[int, str]:
    """The impact that counts: one step larger where the organisation's facts weigh enough (R57), and why."""
    counted = impact or policy.impact
    enough = sum(part.points for part in weights) >= policy.weights.step
    if not enough or counted == 1 or not (impact or policy.weights.on_default):
        return counted, ""
    why = ", ".join(f"{part.name} {part.value}" for part in weights if part.points)
    return counted - 1, f"impact {counted} counts as {counted - 1} for {weights[0].source}: {why}"


def two_questions(revenue: bool, blocking: bool, impact: int = 0) -> int:
    """Both yes is critical, one high, none moderate, or low where nothing but looks is concerned (R56)."""
    if revenue and blocking:
        return 1
    if revenue or blocking:
        return 2
    return 4 if impact >= COSMETIC else 3


def weighed(ticket: Ticket, desk: Desk, now: datetime, said_by: Mapping[str, str] | None = None) -> Weighed:
    """What the facts of this ticket say, whatever a person has set. `said_by` is who said each of them, where known."""
    return weigh(
        ticket.impact,
        ticket.urgency,
        desk.organisation_of(ticket.requester),
        desk,
        now,
        facts=ticket.facts,
        division=ticket.division,
        said_by=said_by or {},
    )


def reweighed(ticket: Ticket, desk: Desk, now: datetime, said_by: Mapping[str, str] | None = None) -> Ticket:
    """The ticket with the priority of its facts; with its own where a person set one."""
    if ticket.overridden:
        return ticket
    found = weighed(ticket, desk, now, said_by)
    return replace(ticket, priority=found.priority, priority_reason=found.reason)


def label(priority: int, division: str, desk: Desk) -> str:
    """What that number is called, in the words of the division where it has some."""
    found = desk.divisions.get(division)
    return (found.priorities.get(priority) if found else None) or NAMES.get(priority, str(priority))


def allowed(division: str, desk: Desk) -> tuple[int, ...]:
    """The numbers that tickets of this division may have (R32)."""
    found = desk.divisions.get(division)
    return tuple(sorted(found.priorities)) if found and found.priorities else tuple(NAMES)


def _of_division(priority: int, division: str, desk: Desk) -> int:
    """The nearest number that the division has; of two that are equally near the more urgent one."""
    numbers = allowed(division, desk)
    return near(priority, numbers)


def _stated(name: str, number: int, default: int, said_by: str | Mapping[str, str]) -> Part:
    return Part(name=name, value=str(number or default), source=_source(name, said_by) if number else BY_DEFAULT)


def _told(impact: Part, urgency: Part) -> str:
    """`impact 1, urgency 1 (rule outage)`; each with its own source where they differ."""
    first = "" if impact.source == urgency.source else f" ({impact.source})"
    return f"impact {impact.value}{first}, urgency {urgency.value} ({urgency.source})"


def _source(name: str, said_by: str | Mapping[str, str]) -> str:
    return said_by if isinstance(said_by, str) else said_by.get(name, "stated before")


def _weighed_facts(organisation: Organisation | None, weights: Weights, desk: Desk, now: datetime) -> list[Part]:
    """What each fact of the organisation weighs; those that nobody knows are left out."""
    if organisation is None:
        return []
    name = organisation.name
    found = [Part(name="ARR", value=str(organisation.arr), points=_reached(organisation.arr, weights.arr), source=name)]
    for fact, value, points in (
        ("segment", organisation.segment, weights.segment),
        ("lifecycle", organisation.lifecycle, weights.lifecycle),
        ("health", organisation.health, weights.health),
    ):
        if value:
            found.append(Part(name=fact, value=value, points=points.get(value.lower(), 0), source=name))
    if organisation.renewal is not None:
        days = (organisation.renewal - now.astimezone(ZoneInfo(desk.zone)).date()).days
        weight = next((points for within, points in weights.renewal if 0 <= days <= within), 0)
        value = f"in {days} days" if days >= 0 else f"{-days} days ago"
        found.append(Part(name="renewal", value=value, points=weight, source=name))
    return found


def _reached(arr: int, steps: tuple[tuple[int, int], ...]) -> int:
    """The points of the largest amount that is reached; `steps` begin with the largest."""
    return next((points for amount, points in steps if arr >= amount), 0)
