"""Live calls in the configuration: `[calls]`, and what capabilities and agents say of theirs.

In: tables as they were written. Out: a `Calls` value (rules/policy), what in them does not agree. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field

from gateway.config.kinds import Amount, Number, Switch, Table, expect
from gateway.config.policy.routing import AgentTable, CapabilityTable
from gateway.config.problem import Problem, say_unfit
from gateway.rules.policy.calls import Calls, Reserve

Urgent = Annotated[Number, Field(ge=1, le=5)]


class CallsTable(Table):
    grid_minutes: Number = expect("a number of minutes from 5 to 480", 30, ge=5, le=480)
    buffer_before: Number = expect("a number of minutes from 0 to 240", 0, ge=0, le=240)
    buffer_after: Number = expect("a number of minutes from 0 to 240", 0, ge=0, le=240)
    notice_hours: Amount = expect("a number of hours from 0 to 720", 2, ge=0, le=720)
    horizon_days: Number = expect("a number of working days from 1 to 30", 5, ge=1, le=30)
    offered: Number = expect("a number of slots from 1 to 12", 4, ge=1, le=12)
    least: Number = expect("a number of slots from 1 to 12", 3, ge=1, le=12)
    days: Number = expect("a number of days from 1 to 12", 2, ge=1, le=12)
    per_day: Number = expect("a number of calls from 0 (any number) to 100", 6, ge=0, le=100)
    per_week: Number = expect("a number of calls from 0 (any number) to 500", 25, ge=0, le=500)
    robust: Switch = expect("true or false", True)
    firm_hours: Amount = expect("a number of hours from 0 to 720", 24, ge=0, le=720)
    priorities: list[Urgent] = expect("a list of priorities from 1 to 5", [1, 2])
    approval_days: Number = expect("a number of working days from 1 to 30", 1, ge=1, le=30)
    grant_days: Number = expect("a number of days from 1 to 60", 5, ge=1, le=60)
    moves: Number = expect("a number from 0 to 20", 3, ge=0, le=20)
    freeze_minutes: Number = expect("a number of minutes from 5 to 1440", 60, ge=5, le=1440)
    ack_minutes: Number = expect("a number of minutes from 1 to 1440", 20, ge=1, le=1440)
    remind_hours: Amount = expect("a number of hours from 0 (never) to 168", 24, ge=0, le=168)
    no_show_minutes: Number = expect("a number of minutes from 1 to 240", 10, ge=1, le=240)
    location: str = expect('a text such as "https://meet.example.org/{room}"', "")
    stale_hours: Amount = expect("a number of hours from 0.1 to 720", 24, ge=0.1, le=720)
    tentative: Switch = expect("true or false", True)


def build(
    table: CallsTable, agents: Iterable[AgentTable], capabilities: Iterable[CapabilityTable], public_url: str
) -> Calls:
    """How calls are promised."""
    agents = list(agents)
    return Calls(
        grid=timedelta(minutes=table.grid_minutes),
        before=timedelta(minutes=table.buffer_before),
        after=timedelta(minutes=table.buffer_after),
        notice=timedelta(hours=table.notice_hours),
        horizon=table.horizon_days,
        offered=table.offered,
        least=table.least,
        days=table.days,
        per_day=table.per_day,
        per_week=table.per_week,
        caps={
            agent.name: (
                table.per_day if agent.calls_a_day is None else agent.calls_a_day,
                table.per_week if agent.calls_a_week is None else agent.calls_a_week,
            )
            for agent in agents
        },
        firm=timedelta(hours=table.firm_hours),
        robust=table.robust,
        reserves={
            one.name: Reserve(cells=one.reserve, priority=one.reserve_priority) for one in capabilities if one.reserve
        },
        priorities=frozenset(table.priorities),
        approval=table.approval_days,
        life=timedelta(days=table.grant_days),
        moves=table.moves,
        freeze=timedelta(minutes=table.freeze_minutes),
        ack=timedelta(minutes=table.ack_minutes),
        remind=timedelta(hours=table.remind_hours),
        no_show=timedelta(minutes=table.no_show_minutes),
        location=table.location or (f"{public_url.rstrip('/')}/w/{{room}}" if public_url else ""),
        leave={agent.name: tuple(agent.leave) for agent in agents if agent.leave},
        feeds={agent.name: agent.calendar for agent in agents if agent.calendar},
        stale=timedelta(hours=table.stale_hours),
        tentative=table.tentative,
    )


# What must agree. The raw tree is read, and whatever has the wrong type is the schema's to report.


def problems(tree: Mapping[str, Any]) -> list[Problem]:
    """What two or more of these keys disagree about."""
    return [*_too_long(tree), *_too_late(tree), *_too_many(tree)]


def _said(tree: Mapping[str, Any], name: str, otherwise: int) -> int:
    table = tree.get("calls")
    value = table.get(name, otherwise) if isinstance(table, dict) else otherwise
    return value if type(value) is int else otherwise


def _too_long(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """A call takes one cell of the grid, with what is left free around it."""
    grid = _said(tree, "grid_minutes", 30)
    around = _said(tree, "buffer_before", 0) + _said(tree, "buffer_after", 0)
    tables = tree.get("capability")
    for place, table in enumerate(tables if isinstance(tables, list) else ()):
        minutes = table.get("minutes", 30) if isinstance(table, dict) else 0
        if type(minutes) is int and minutes + around > grid:
            most = f"at most {grid - around} minutes" if grid > around else "fewer minutes around a call"
            why = f"{most}: a call and its buffers fit into calls.grid_minutes ({grid})"
            yield Problem(("capability", place, "minutes"), say_unfit(minutes, why))


def _too_late(tree: Mapping[str, Any]) -> Iterator[Problem]:
    """Who is invited must have time to acknowledge."""
    freeze, ack = _said(tree, "freeze_minutes", 60), _said(tree, "ack_minutes", 20)
    if ack >= freeze:
        yield Problem(("calls", "ack_minutes"), say_unfit(ack, f"fewer minutes than calls.freeze_minutes ({freeze})"))


def _too_many(tree: Mapping[str, Any]) -> Iterator[Problem]:
    offered, least, days = _said(tree, "offered", 4), _said(tree, "least", 3), _said(tree, "days", 2)
    if least > offered:
        yield Problem(("calls", "least"), say_unfit(least, f"at most calls.offered ({offered})"))
    if days > offered:
        yield Problem(("calls", "days"), say_unfit(days, f"at most calls.offered ({offered})"))
