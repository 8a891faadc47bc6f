"""`replydesk report capacity`: who has how many hours promised, of how many, in this week and those that follow (R61).

In: how many weeks. Out: a row a person and week, those marked that hold more than they can. Nothing is written.
"""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.desk import now, opened
from gateway.cli.report import Table, report, show
from gateway.rules import capacity as work
from gateway.rules import routing
from gateway.rules.capacity import NO_LOAD
from store import people, queue
from store.report import stamp

__all__ = ["report"]  # with what this module adds to it


@report.command()
@click.option(
    "--weeks", type=click.IntRange(1, 52), default=4, show_default=True, help="How many weeks, with this one."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_context
def capacity(context: click.Context, weeks: int, as_json: bool, as_csv: bool) -> None:
    """Hours that are promised, of those that there are, by person and week."""
    with opened(context) as (config, store), store.look() as connection:
        desk, at = config.policy, now(config)
        known, loads = people.standing(connection, list(desk.agents)), queue.loads(connection, at)
    desk = desk.without({person.address for person in known.values() if person.disabled})
    away = routing.away(known, desk, at)
    rows: list[dict[str, Any]] = [
        {
            "agent": agent.name,
            "team": agent.team or None,
            "week": week.monday.isoformat(),
            "committed_hours": round(week.committed / 60, 2),
            "capacity_hours": round(week.capacity / 60, 2),
            "overbooked": week.overbooked,
            "open_tickets": loads.get(agent.name, NO_LOAD).open,
        }
        for agent in desk.agents.values()
        if agent.roles & {"agent", "lead"}
        for week in work.weeks(agent, desk, loads.get(agent.name, NO_LOAD), away.get(agent.name), at, weeks)
    ]
    full = [f"{row['agent']} in the week of {row['week']}" for row in rows if row["overbooked"]]
    shown = [{**row, "overbooked": "OVERBOOKED" if row["overbooked"] else ""} for row in rows]
    columns = [("agent", 14), ("team", 12), ("week", 10), ("committed_hours", 15), ("capacity_hours", 14)]
    foot = f"More than they can do: {', '.join(full)}." if full else "Nobody has more than they can do."
    figures = {"at": stamp(at), "weeks": weeks, "rows": rows, "overbooked": [row for row in rows if row["overbooked"]]}
    table = Table(figures=figures, rows=shown, columns=[*columns, ("overbooked", 0)], foot=foot)
    show(table, as_json=as_json, as_csv=as_csv)
