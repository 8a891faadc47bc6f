"""What a digest says: lists of tickets and the figures of a day, as lines of words.

In: clean facts, a language's `Speech`. Out: what the template asks for: a headline, sections with a title and rows (a
line and what it is about), figures with an arrow against what is usual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from gateway.letter import shorten
from gateway.rules.overview.figures import AGES, EASY, PARKED
from gateway.wording.speech import Speech

_SUBJECT = 66
"""Letters of a subject, so that it stays on its line."""

_CLOCKS = {
    "first_response": "first answer",
    "next_response": "next answer",
    "resolution": "resolution",
    "triage": "triage",
    "complete_response": "answer after all is said",
}
_TITLES = {
    "mine": "Yours, by clock",
    "handed": "Handed to you",
    "changed": "Changed since your last digest",
    "scheduling": "Blocked on scheduling",
    "unassigned": "Nobody has them, oldest first",
    "unheard": "Handed over, nobody has it",
    "at_risk": "At risk: four hours of work left, or less than a quarter",
    "lapses": "Promises broken since your last digest",
    "waiting": "Waiting, and for whom",
    "blocked": "Blocked",
    "halted": "Mail that a limit stopped, until replydesk queue release",
    "overbooked": "Over-booked this week",
    "queue": "Next in the queue of {team}",
}
_COUNTED = {
    "mine": ("is yours", "are yours"),
    "handed": ("waits for your #ack", "wait for your #ack"),
    "unassigned": ("has nobody", "have nobody"),
    "unheard": ("was handed over in vain", "were handed over in vain"),
    "at_risk": ("is at risk", "are at risk"),
    "scheduling": ("waits for an appointment", "wait for an appointment"),
    "queue": ("waits in the queue", "wait in the queue"),
}
_SIZES = {
    "unassigned": "Nobody has them",
    "unheard": "Handed over, nobody has it",
    "at_risk": "At risk: four hours of work left, or less than a quarter",
    "overdue": "Open and past a promise",
    "lapses": "Promises broken since your last digest",
    "waiting": "Waiting for somebody",
    "blocked": "Blocked",
    "halted": "Mails that a limit stopped",
    "overbooked": "People who are over-booked this week",
}
_BECAUSE = {
    "unassigned": "nobody had it",
    "after-reassignment": "it changed hands on the way",
    "waiting-specialist": "it waited for a specialist",
    "blocked-scheduling": "it waited for an appointment",
    "agent": "with its owner",
}
SAYS = {
    PARKED: "First answers are quick while the backlog grows: tickets may be parked after the first answer.",
    EASY: "Promises are kept while more tickets than usual have nobody: easy ones may come first.",
}


def digest(facts: dict[str, Any], speech: Speech) -> dict[str, Any]:
    sections = [_section(one, facts, speech) for one in facts["sections"]]
    facts["headline"] = _headline(facts, speech)
    facts["example"], facts["verb"] = example(facts["sections"])
    facts["sections"] = sections
    facts["sizes"] = [(_SIZES.get(one["kind"], one["kind"]), one["count"]) for one in facts["sizes"]]
    facts["says"] = [SAYS.get(one, one) for one in facts["figures"].get("says", ())] if facts["figures"] else []
    facts["measured"] = _day(facts["figures"]["day"], speech) if facts["figures"] else ""
    facts["figures"] = list(_figures(facts["figures"])) if facts["figures"] else []
    return facts


def example(sections: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The first ticket that is listed, and a verb that does something to it; nothing where none is listed."""
    tickets = ((row["ref"], one["kind"]) for one in sections if one["kind"] != _PEOPLE for row in one["rows"])
    return next(((ref, _VERBS.get(kind, "#show")) for ref, kind in tickets if ref), ("", ""))


_PEOPLE = "overbooked"
"""The list whose lines are of people."""
_VERBS = {"mine": "#start", "handed": "#ack", "unassigned": "#take", "queue": "#take", "unheard": "#handoff"}


def _headline(facts: Mapping[str, Any], speech: Speech) -> str:
    """The first sentence carries the news."""
    totals = {one["kind"]: one["total"] for one in facts["sections"]}
    parts = [f"{totals[kind]} {words[totals[kind] != 1]}" for kind, words in _COUNTED.items() if kind in totals]
    day = _day(facts["day"], speech)
    if parts:
        return f"{day}: {', '.join(parts)}."
    if totals:
        return f"{day}: {sum(totals.values())} to look at."
    return f"{day}: {'how the desk stands' if facts['sizes'] or facts['figures'] else 'nothing waits for you'}."


def _day(at: str, speech: Speech) -> str:
    """`Monday 23 November`."""
    return speech.moment(at).partition(",")[0]


def _section(one: Mapping[str, Any], facts: Mapping[str, Any], speech: Speech) -> dict[str, Any]:
    title = _TITLES.get(one["kind"], one["kind"]).format(team=one.get("team", ""))
    rows = [_row(row, facts["now"], speech) for row in one["rows"]]
    return {"title": title, "total": one["total"], "rows": rows, "more": max(0, one["total"] - len(rows))}


def _row(row: Mapping[str, Any], now: str, speech: Speech) -> tuple[str, str]:
    """`DESK-1001 · P2 · first answer due Mon 11:00 (3 h left)`, and `benedikt: The export stops` below it."""
    clock = _CLOCKS.get(row["clock"], row["clock"].replace("_", " "))
    due, note = "", row["note"]
    if row.get("over"):
        due, note = f"{clock} was due {speech.moment(row['due'], 'short')}", _BECAUSE.get(note, note)
    elif row["due"]:
        due = f"{clock} due {speech.moment(row['due'], 'short')} ({speech.left(row['due'], now)})".strip()
    since = f"since {speech.moment(row['since'], 'short')}" if row["since"] else ""
    priority = f"P{row['priority']}" if row["priority"] else ""
    below = due or priority
    line = " · ".join(filter(None, (row["ref"], priority, since, due, "" if below else note)))
    return line, shorten(f"{note}: {row['subject']}" if below and note else row["subject"], _SUBJECT)


# Figures


def _figures(day: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A line a figure and one below it, in the order from intake to completion, each against the median of four
    weeks."""
    usual = day["usual"]
    first, whole, net = day["first_response"], day["resolution"], day["resolution_net"]
    if first["n"]:
        wall = day["first_response_wall"]
        yield (
            f"First response: {_middle(first)}{_against(first['median'], usual['first_response'], span)}",
            f"{_most(first)}; by the wall clock {span(wall['median'])}, {span(wall['p90'])}",
        )
    nobodys, age = day["unassigned"], day["unassigned_age"]
    of = f"Unassigned: {nobodys} of {day['backlog']} open{_against(nobodys, usual['unassigned'], _whole)}"
    yield of, f"half of them for longer than {span(age['median'])}" if age["n"] else ""
    ages = [f"{count} {name}" for count, name in zip(day["ages"], AGE_NAMES, strict=True) if count]
    yield f"Backlog: {day['backlog']}{_against(day['backlog'], usual['backlog'], _whole)}", ", ".join(ages)
    if whole["n"]:
        in_work = f"{span(net['median'])}, {span(net['p90'])}"
        yield (
            f"Resolution: {_middle(whole)}{_against(whole['median'], usual['resolution'], span)}",
            f"{_most(whole)}; in working time without waiting for the customer {in_work}",
        )
    met = sum(one["met"] for one in day["kept"])
    total = met + sum(one["breached"] for one in day["kept"])
    if total:
        each = (f"{_CLOCKS[one['clock']]} {one['met']} of {one['met'] + one['breached']}" for one in day["kept"])
        share = met / total
        against = _against(share, usual["kept"], _percent)
        yield f"Promises kept: {_percent(share)}, {met} of {total}{against}", ", ".join(each)


AGE_NAMES = (
    "up to a day", *(f"up to {most} days" for most in AGES[1:]), f"over {AGES[-1]} days",
)  # fmt: skip


def _middle(one: Mapping[str, Any]) -> str:
    return f"median {span(one['median'])} of {one['n']}"


def _most(one: Mapping[str, Any]) -> str:
    return f"nine of ten within {span(one['p90'])}"


def _against(value: float, usual: float | str, said: Callable[[float], str]) -> str:
    """`, ↑ from 55 min`: how it stands to what is usual."""
    if isinstance(usual, str):  # nothing to hold it against
        return ""
    if said(value) == said(usual):
        return ", → as usual"
    return f", {'↑' if value > usual else '↓'} from {said(usual)}"


def span(minutes: float) -> str:
    """`45 min`, `2 h 5 min`, `3 d 4 h`."""
    whole = round(minutes)
    hours, rest = divmod(whole, 60)
    days, left = divmod(hours, 24)
    if days >= 2:
        return f"{days} d {left} h" if left else f"{days} d"
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")))


def _whole(value: float) -> str:
    return f"{value:g}"


def _percent(share: float) -> str:
    return f"{share:.0%}"
