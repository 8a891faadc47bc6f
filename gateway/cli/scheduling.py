"""`replydesk report scheduling`: how long tickets are blocked on scheduling, and by whom (`ops` M10).

In: how far back. Out: a row a ticket for which a call was asked for since, the sums, and how many of the open tickets
are blocked now; in working time of the desk and by the wall clock. Computed from the events of the tickets when it is
asked for; nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from gateway.cli.asked import report
from gateway.cli.desk import plural
from gateway.cli.report import Table, reported
from gateway.config.settings import Config
from gateway.rules.calls.progress import SCHEDULING
from gateway.rules.overview import scheduling
from gateway.rules.overview.figures import spread, spread_row
from gateway.rules.overview.scheduling import LOOPS, PARTS, Step, Wait
from gateway.wording.overview import span
from scheduling.interval import Intervals, total
from scheduling.sla import Calendar
from store import measures
from store.report import reference, stamp

__all__ = ["report"]  # with what this module adds to it

_NOTHING = "nobody has asked for a call in this time"
_MINUTE = timedelta(minutes=1)


@reported("30d")
def _scheduling(connection: Any, config: Config, since: datetime, at: datetime) -> Table:
    """How long tickets wait for a call: for the offer, for the customer, for the day itself; and how often anew."""
    told = measures.calls(connection, scheduling.KINDS, scheduling.BEGINS, since)
    steps = {
        number: [Step(call=one.call, at=one.at, kind=one.kind, because=one.because) for one in happened]
        for number, happened in told.items()
    }
    found = [one for number in sorted(steps) if (one := scheduling.wait(number, steps[number], since, at)) is not None]
    numbers, open_ = measures.blocked(connection, SCHEDULING)
    desk, hours = config.policy, config.policy.calendar("")
    rows = [_row(one, hours, desk.prefix) for one in found]
    names = ("blocked", "ours", *PARTS)
    figures: dict[str, Any] = {
        "tickets": len(found),
        "calls": sum(one.calls for one in found),
        "still_waiting": sum(not one.ended for one in found),
        "minutes": {name: _sum(row["minutes"][name] for row in rows) for name in names},
        "blocked": spread_row(spread(total(one.blocked) for one in found)),
        "loops": {name: sum(one.loops[name] for one in found) for name in LOOPS},
        "now": {
            "open": open_,
            "blocked": len(numbers),
            "share": round(len(numbers) / open_, 4) if open_ else None,
            "tickets": [reference(desk.prefix, number) for number in numbers],
        },
        "rows": rows,
    }
    columns = [("ticket", 10), ("state", 9), *((name, 9) for name in names), ("loops", 0)]
    foot = "\n".join(filter(None, (_sums(figures) if found else _NOTHING, _now(figures["now"]))))
    return Table(figures=figures, rows=[_line(row) for row in rows], columns=columns, foot=foot)


def _row(one: Wait, hours: Calendar, prefix: str) -> dict[str, Any]:
    """One ticket: minutes by the wall clock and of work, in all, ours, and by part."""
    spans = {"blocked": one.blocked, "ours": one.ours, **{name: one.parts[name] for name in PARTS}}
    return {
        "ticket": reference(prefix, one.ticket),
        "since": stamp(one.since),
        "state": one.ended or "waiting",
        "calls": one.calls,
        "minutes": {name: _minutes(intervals, hours) for name, intervals in spans.items()},
        "loops": dict(one.loops),
    }


def _minutes(intervals: Intervals, hours: Calendar) -> dict[str, float]:
    worked = sum((hours.between(one.start, one.end) for one in intervals), timedelta())
    return {"wall": round(total(intervals) / _MINUTE, 1), "working": round(worked / _MINUTE, 1)}


def _sum(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    found = list(parts)
    return {name: round(sum(one[name] for one in found), 1) for name in ("wall", "working")}


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as people and spreadsheets read it: minutes of work, loops in words."""
    worked = {name: minutes["working"] for name, minutes in row["minutes"].items()}
    loops = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in row["loops"].items() if count)
    return {**row, **worked, "loops": loops or "-"}


def _sums(figures: Mapping[str, Any]) -> str:
    minutes = figures["minutes"]
    parts = ", ".join(f"{name} {span(minutes[name]['working'])}" for name in PARTS)
    loops = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in figures["loops"].items())
    return (
        f"{plural(figures['calls'], 'call')} of {plural(figures['tickets'], 'ticket')}, working time (minutes above): "
        f"blocked {span(minutes['blocked']['working'])}, of it ours {span(minutes['ours']['working'])}: "
        f"{parts}; {loops}"
    )


def _now(now: Mapping[str, Any]) -> str:
    if not now["open"]:
        return ""
    named: Sequence[str] = now["tickets"][:_NAMED]
    more = f" and {now['blocked'] - _NAMED} more" if now["blocked"] > _NAMED else ""
    which = f": {', '.join(named)}{more}" if named else ""
    return f"{now['blocked']} of {plural(now['open'], 'open ticket')} ({now['share']:.0%}) wait for a call now{which}"


_NAMED = 10
