"""`replydesk report intake`: what asking for missing facts comes to (`ops` M16, M1c).

In: how far back. Out: how many tickets were complete at once and without a person, in how many rounds and how soon; how
soon a person answered once all was there; what is asked most and what becomes of it. Computed from the events of the
tickets when it is asked for; nothing is written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.cli.capacity import report
from gateway.cli.report import Table, reported
from gateway.config.settings import Config
from gateway.rules.intake.record import COMPLETE, HANDED, MISSING, PRESENT, UNKNOWN, WAIVED
from gateway.rules.overview.figures import Spread, spread, spread_row
from gateway.wording.overview import span
from store import inquiry
from store.inquiry import Course

__all__ = ["report"]  # with what this module adds to it

_BY_PERSON = ("intake-asked", "intake-waived")
_NOTHING = "no ticket of this time needs anything"


@reported("30d")
def _intake(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001 - one form
    """How many mails say all that is needed, what is asked for, and how soon all is there."""
    found = inquiry.courses(connection, since)
    hours = config.policy.calendar("")
    completed = {one.ticket: when for one in found if (when := completed_at(one)) is not None}
    at_once = [one for one in found if is_complete_at_once(one)]
    alone = [one for one in found if one.ticket in completed and not needed_a_person(one)]
    rounds = [_rounds(one) for one in found if _rounds(one)]
    later = [completed[one.ticket] - one.created_at for one in found if one.ticket in completed and one not in at_once]
    answers = [
        hours.between(completed[one.ticket], one.answered_at)
        for one in found
        if one.ticket in completed and one.answered_at is not None and one.answered_at >= completed[one.ticket]
    ]
    fields = by_field(found)
    figures = {
        "tickets": len(found),
        "complete": len(completed),
        "complete_at_once": _share(len(at_once), len(found)),
        "complete_without_a_person": _share(len(alone), len(found)),
        "handed_to_a_person": sum(any(kind == f"intake-{HANDED}" for kind, _, _ in one.told) for one in found),
        "rounds": _of_numbers(rounds),
        "minutes_to_complete": spread_row(spread(later)),
        "first_response_after_complete": spread_row(spread(answers)),
        "fields": fields,
    }
    columns = [("field", 24), ("asked", 6), ("answered", 9), ("unknown", 8), ("by_us", 6), ("waived", 7), ("open", 0)]
    foot = _foot(figures, spread(later), spread(answers)) if found else _NOTHING
    return Table(figures=figures, rows=fields, columns=columns, foot=foot)


def is_complete_at_once(one: Course) -> bool:
    """Whether its first mail said all that was needed."""
    return one.stands[0].get("stage") == COMPLETE


def completed_at(one: Course) -> datetime | None:
    """When all that was needed was there for the first time."""
    if is_complete_at_once(one):
        return one.created_at
    return next((at for kind, at, _ in one.told if kind == f"intake-{COMPLETE}"), None)


def needed_a_person(one: Course) -> bool:
    """Whether one of us asked, set or did without something before all was there."""
    if is_complete_at_once(one):
        return False
    when = completed_at(one)
    if any(kind in _BY_PERSON and (when is None or at <= when) for kind, at, _ in one.told):
        return True
    stood = next((stand for stand in one.stands if stand.get("stage") == COMPLETE), one.stands[-1])
    facts: Mapping[str, Mapping[str, Any]] = stood.get("fields", {})
    return any(facts.get(name, {}).get("how") == "agent" for name in stood.get("needed", ()))


def by_field(found: Iterable[Course]) -> list[dict[str, Any]]:
    """For each field how many tickets were asked for it, and what it is there now; what is asked most first."""
    asked: Counter[str] = Counter()
    became: Counter[tuple[str, str]] = Counter()
    for one in found:
        facts: Mapping[str, Mapping[str, Any]] = one.stands[-1].get("fields", {})
        for name in {name for stand in one.stands for name in stand.get("asked", ())}:
            asked[name] += 1
            became[name, _became(facts.get(name, {}))] += 1
    names = sorted(asked, key=lambda name: (-asked[name], name))
    ways = ("answered", UNKNOWN, "by_us", WAIVED, "open")
    return [{"field": name, "asked": asked[name], **{way: became[name, way] for way in ways}} for name in names]


def _became(fact: Mapping[str, Any]) -> str:
    """What an asked field is now: their answer, not known to them, said by one of us, done without, still open."""
    state = fact.get("state", MISSING)
    if state == PRESENT:
        return "by_us" if fact.get("how") == "agent" else "answered"
    return state if state in (UNKNOWN, WAIVED) else "open"


def _rounds(one: Course) -> int:
    return max(int(stand.get("rounds", 0)) for stand in one.stands)


def _share(count: int, total: int) -> dict[str, Any]:
    return {"count": count, "share": round(count / total, 4) if total else None}


def _of_numbers(numbers: Sequence[int]) -> dict[str, Any]:
    """Of those who were asked at all; what nine of ten stayed within."""
    if not numbers:
        return {"n": 0, "mean": None, "p90": None}
    within = spread(timedelta(minutes=number) for number in numbers).p90
    return {"n": len(numbers), "mean": round(sum(numbers) / len(numbers), 2), "p90": within}


def _foot(figures: Mapping[str, Any], later: Spread, answers: Spread) -> str:
    """The figures in words."""
    at_once, alone, rounds = (figures[name] for name in ("complete_at_once", "complete_without_a_person", "rounds"))
    first = (
        f"{figures['tickets']} need something: {at_once['count']} said it at once ({at_once['share']:.0%}), "
        f"{alone['count']} were complete without a person ({alone['share']:.0%}), "
        f"{figures['handed_to_a_person']} went to a person with gaps"
    )
    lines = [first]
    if rounds["n"]:
        lines.append(f"rounds of those who were asked: mean {rounds['mean']:g}, nine of ten within {rounds['p90']:g}")
    for name, one in (("complete after the first mail", later), ("first answer once complete, working time", answers)):
        if one.n and one.median is not None and one.p90 is not None:
            lines.append(f"{name}: {one.n}, median {span(one.median)}, nine of ten within {span(one.p90)}")
    return "\n".join(lines)
