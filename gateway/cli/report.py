"""`replydesk report priority|breaches|cost|corrections|ruf`: what the desk's events add up to.

In: how far back. Out: one table for people, the same as CSV for spreadsheets, or JSON with every figure. Each number is
computed from what is stored when it is asked for; nothing is written.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from gateway.cli.desk import Usage, local, now, opened, plural, print_json, print_rows
from gateway.config.settings import Config
from gateway.rules import inflation, priority
from gateway.rules.desk import Desk
from store import measures
from store.report import reference, stamp

_AGES = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST_AGE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One report: `figures` are for JSON, `rows` with `columns` (name, width) for people and CSV, `foot` for people,
    who read the columns `times` by the desk's clock."""

    figures: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[tuple[str, int]]
    foot: str = ""
    times: Sequence[str] = ()


EARLIEST, LATEST = 1980, 2200
"""Years that a report may begin in: what is further away no store can compare in every zone."""


def moment(text: str, at: datetime) -> datetime:
    """A day, a time of a day (UTC), or how long ago it was: `2026-11-20`, `7d`, `12w`."""
    number, unit = text[:-1], text[-1:]
    if unit in _AGES and number.isascii() and number.isdigit() and len(number) <= _LONGEST_AGE:
        return at - int(number) * _AGES[unit]
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Usage(f"--since: {text!r} is no time; write 2026-11-20, or an age such as 24h, 7d or 12w") from None
    if not EARLIEST <= found.year <= LATEST:
        raise Usage(f"--since: {text!r} is too far away; write 2026-11-20, or an age such as 24h, 7d or 12w")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def reported(since: str) -> Callable[[Callable[..., Table]], click.Command]:
    """A report as a command: `--since` with this default, and the three ways to show it."""

    def command(make: Callable[..., Table]) -> click.Command:
        @report.command(name=make.__name__.strip("_"), help=make.__doc__)
        @click.option("--since", default=since, show_default=True, help="2026-11-20, or an age such as 24h, 7d, 12w.")
        @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
        @click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
        @click.pass_context
        def run(context: click.Context, since: str, as_json: bool, as_csv: bool) -> None:
            with opened(context) as (config, store), store.look() as connection:
                at = now(config)
                begin = moment(since, at)
                table = make(connection, config, begin, at)
            period = {"since": stamp(begin), "until": stamp(at)}
            if not (as_json or as_csv):
                table = _spoken(table, config)
            show(replace(table, figures={**period, **table.figures}), as_json=as_json, as_csv=as_csv)

        return run

    return command


def _spoken(table: Table, config: Config) -> Table:
    """The report with its instants as people say them."""
    rows = [{**row, **{name: local(row.get(name), config.policy) for name in table.times}} for row in table.rows]
    return replace(table, rows=rows)


def show(table: Table, *, as_json: bool, as_csv: bool) -> None:
    """One report in the form that was asked for."""
    if as_json and as_csv:
        raise Usage("--json and --csv: choose one")
    if as_json:
        print_json(table.figures)
    elif as_csv:
        names = [name for name, _ in table.columns]
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([_cell(row.get(name)) for name in names] for row in table.rows)
    else:
        if table.rows:
            print_rows([{name: name for name, _ in table.columns}, *table.rows], table.columns)
        if table.foot:
            click.echo(table.foot)


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe: words of customers come in here."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


@click.group()
def report() -> None:
    """Reports over what happened."""


@reported("7d")
def _priority(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001 - one form
    """Tickets by priority, and whether too many are critical."""
    found = {one.priority: one for one in measures.priorities(connection, since)}
    total = sum(one.tickets for one in found.values())
    policy = config.policy.urgency
    critical = found[1].tickets if 1 in found else 0
    share = inflation.share(critical, total)
    rows = [
        {
            "priority": number,
            "name": priority.NAMES[number],
            "tickets": found[number].tickets if number in found else 0,
            "share": round(inflation.share(found[number].tickets, total), 4) if number in found else 0.0,
            "overridden": found[number].overridden if number in found else 0,
            "downgraded": found[number].downgraded if number in found else 0,
        }
        for number in priority.NAMES
    ]
    inflated = inflation.is_inflated(critical, total, policy)
    figures = {
        "tickets": total,
        "critical": critical,
        "share": round(share, 4),
        "inflation": policy.inflation,
        "inflation_of": policy.inflation_of,
        "inflated": inflated,
        "downgraded": sum(one.downgraded for one in found.values()),
        "overridden": sum(one.overridden for one in found.values()),
        "priorities": rows,
    }
    downgraded = sum(one.downgraded for one in found.values())
    foot = f"{critical} of {total} at priority 1 ({share:.0%}), {_lower(downgraded)}"
    if inflated:
        foot += f"; more than {policy.inflation:.0%} is too many: see them with replydesk ticket list --priority 1"
    shown = [{**row, "share": f"{row['share']:.1%}"} for row in rows]
    columns = [("priority", 8), ("name", 9), ("tickets", 7), ("share", 6), ("overridden", 10), ("downgraded", 0)]
    return Table(figures=figures, rows=shown, columns=columns, foot=foot)


@reported("30d")
def _breaches(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001
    """Promises that were not kept, by what they are put down to."""
    found = measures.breaches(connection, since)
    by: dict[str, int] = defaultdict(int)
    for one in found:
        by[one.because] += 1
    rows = [
        {**asdict(one), "ticket": reference(config.policy.prefix, one.ticket), "at": stamp(one.at)} for one in found
    ]
    ordered = sorted(by.items(), key=lambda item: (-item[1], item[0]))
    figures = {
        "total": len(rows),
        "by": [{"because": because, "count": count} for because, count in ordered],
        "breaches": rows,
    }
    foot = f"{len(rows)} in all: " + ", ".join(f"{because} {count}" for because, count in ordered) if rows else _NOTHING
    columns = [("ticket", 10), ("at", 32), ("clock", 14), ("because", 18), ("team", 10), ("assignee", 10), ("due", 0)]
    return Table(figures=figures, rows=rows, columns=columns, foot=foot, times=("at", "due"))


@reported("30d")
def _cost(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001
    """Hours that were logged and what they cost, by tier."""
    desk = config.policy
    minutes: dict[int, int] = defaultdict(int)
    seen: dict[int, set[int]] = defaultdict(set)
    for one in measures.work(connection, since):
        tier = _tier(one, desk)
        minutes[tier] += one.minutes
        seen[tier].add(one.ticket)
    rows = []
    for tier in sorted(minutes):
        hours, rate = minutes[tier] / 60, desk.cost.tiers.get(tier)
        cost = round(hours * rate, 2) if rate is not None else None
        each = round(cost / len(seen[tier]), 2) if cost is not None else None
        counts = {"tier": tier, "tickets": len(seen[tier]), "hours": round(hours, 2)}
        rows.append({**counts, "rate": rate, "cost": cost, "per_ticket": each})
    priced = [row["cost"] for row in rows if row["cost"] is not None]
    total = round(sum(priced), 2) if priced else None
    currency = desk.cost.currency
    figures = {"currency": currency or None, "total": total, "tiers": rows}
    without = [str(row["tier"]) for row in rows if row["cost"] is None]
    foot = f"{total:.2f} {currency}".strip() + " in all" if total is not None else "" if rows else _NOTHING
    if without:
        foot += f"{'; ' if foot else ''}no price for tier {', '.join(without)}: [cost] tiers in the configuration"
    columns = [("tier", 4), ("tickets", 7), ("hours", 8), ("rate", 8), ("cost", 10), ("per_ticket", 0)]
    return Table(figures=figures, rows=rows, columns=columns, foot=foot)


@reported("90d")
def _corrections(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001
    """What people sorted or weighed otherwise than the desk had."""
    found = measures.corrected(connection, since)
    rows = [
        {**asdict(one), "at": stamp(one.at), "ticket": reference(config.policy.prefix, one.ticket)} for one in found
    ]
    pairs: dict[tuple[str, str, str], int] = defaultdict(int)
    for one in found:
        pairs[one.field, one.was, one.became] += 1
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    moves = [{"field": f, "was": was, "became": became, "count": count} for (f, was, became), count in ordered]
    foot = f"{len(rows)} in all" if rows else _NOTHING
    columns = [("count", 5), ("field", 10), ("was", 24), ("became", 0)]
    return Table(
        figures={"total": len(rows), "moves": moves, "corrections": rows}, rows=moves, columns=columns, foot=foot
    )


@reported("90d")
def _ruf(connection: Any, config: Config, since: datetime, at: datetime) -> Table:  # noqa: ARG001
    """Tickets by Reliability, Usability, Functionality and topic."""
    rows = [
        {"ruf": one.ruf or None, "topic": one.topic or None, "tickets": one.tickets}
        for one in measures.facets(connection, since)
    ]
    total: dict[str, int] = defaultdict(int)
    for row in rows:
        total[str(row["ruf"] or "unsorted")] += int(str(row["tickets"]))
    figures = {"total": sum(total.values()), "by": dict(total), "rows": rows}
    foot = ", ".join(f"{name} {count}" for name, count in total.items()) or _NOTHING
    return Table(figures=figures, rows=rows, columns=[("ruf", 3), ("tickets", 7), ("topic", 0)], foot=foot)


def _lower(count: int) -> str:
    """How many were critical once."""
    return f"{plural(count, 'was at 1 and is', 'were at 1 and are')} lower now"


def _tier(one: measures.Work, desk: Desk) -> int:
    """The tier of whoever did the work; who is above the teams works for the ticket's own."""
    staff = {agent.name: agent.team for agent in (*desk.former.values(), *desk.agents.values())}
    team = desk.teams.get(staff.get(one.by, "")) or desk.teams.get(one.team)
    return team.tier if team is not None else 0


_NOTHING = "nothing in this time"
