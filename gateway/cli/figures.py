"""`replydesk report daily` and `report digest`: the five figures of a day, and one person's digest as it would be now.

In: a day, or whose digest. Out: the figures for people, spreadsheets or as JSON, each against the median of the four
weeks before (`rules/overview/figures.py` defines them); the text of the mail. Nothing is written and nothing sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import click

from gateway.cli.desk import Usage, local, now, opened, plural
from gateway.cli.report import EARLIEST, Table, show
from gateway.cli.scheduling import report
from gateway.jobs import digests as days
from gateway.letter import Letter
from gateway.rules.desk import Desk
from gateway.rules.overview import digests, figures
from gateway.rules.overview.figures import Figures, Kept, Spread, spread_row
from gateway.wording import render
from gateway.wording.overview import AGE_NAMES, SAYS, span
from parsing.message import Mailbox
from store import overview
from store.records import SendMail
from store.report import stamp


@report.command()
@click.option(
    "--day",
    "text",
    default="",
    help="2026-11-20, yesterday, today; else the last day of work that is over.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_context
def daily(context: click.Context, text: str, as_json: bool, as_csv: bool) -> None:
    """First response, resolution, backlog, unassigned, kept promises of one day."""
    with opened(context) as (config, store), store.look() as connection:
        desk, at = config.policy, now(config)
        day, before = _days(text, at.astimezone(ZoneInfo(desk.zone)).date(), desk)
        found = days.of_day(connection, desk, day, at)
        usual = days.usual_of(connection, desk, before, at)
        first = overview.first_at(connection)
    made = table(found, usual, spoken=not (as_json or as_csv))
    if not (as_json or as_csv) and (first is None or first >= digests.span(desk, day)[1]):
        since = f"; the first is of {local(stamp(first), desk)}" if first is not None else ""
        made = Table(figures=made.figures, rows=(), columns=made.columns, foot=f"{day}: there was no ticket yet{since}")
    show(made, as_json=as_json, as_csv=as_csv)


def _days(text: str, today: date, desk: Desk) -> tuple[date, tuple[date, ...]]:
    """The day that is meant, and those that it is held against."""
    if not text:
        return digests.days_before(desk, today)
    try:
        day = today - _SPOKEN[text] if text in _SPOKEN else date.fromisoformat(text)
    except ValueError:
        raise Usage(f"--day: {text!r} is no day; write 2026-11-20, yesterday or today") from None
    if day.year < EARLIEST:
        raise Usage(f"--day: {text} is too long ago")
    if day > today:
        raise Usage(f"--day: {text} has not come yet")
    return day, digests.worked_before(desk, day)


_SPOKEN = {"today": timedelta(), "yesterday": timedelta(days=1)}


def table(day: Figures, before: list[Figures], *, spoken: bool) -> Table:
    """The figures as a report: a row a figure, in minutes; `usual` is the median of the days before."""

    def usual(read: Callable[[Figures], float | None]) -> float | None:
        return figures.usual(before, read)

    rows = [
        _row("first response", day.first_response, usual(lambda one: one.first_response.median)),
        _row("first response, wall clock", day.first_response_wall),
        _row("unassigned", day.unassigned, usual(lambda one: float(one.unassigned))),
        _row("unassigned, age", day.unassigned_age),
        _row("backlog", day.backlog, usual(lambda one: float(one.backlog))),
        *(_row(f"backlog, {name}", count) for name, count in zip(AGE_NAMES, day.ages, strict=True)),
        _row("resolution", day.resolution, usual(lambda one: one.resolution.median)),
        _row("resolution, net", day.resolution_net, usual(lambda one: one.resolution_net.median)),
        _row("promises kept", day.promises, usual(lambda one: one.promises.share)),
        *(_row(f"promises kept, {one.clock.replace('_', ' ')}", one) for one in day.kept),
    ]
    says = figures.contradictions(day, before)
    known = {row["figure"]: row["usual"] for row in rows if row["usual"] is not None}
    found = {**figures.plain(day), "promises_kept": day.promises.share, "days_before": len(before), "usual": known}
    foot = f"{day.day.isoformat()}; usual is the median of {plural(len(before), 'day')} of work before it"
    foot += "".join(f"\n{SAYS[one]}" for one in says)
    columns = [("figure", 30), ("n", 6), ("median", 12), ("p90", 12), ("value", 8), ("usual", 0)]
    rows = [_spoken(row) for row in rows] if spoken else rows
    return Table(figures={**found, "says": list(says)}, rows=rows, columns=columns, foot=foot)


def _row(name: str, found: Spread | Kept | int, usual: float | None = None) -> dict[str, Any]:
    row: dict[str, Any] = {"figure": name, "n": None, "median": None, "p90": None, "value": None, "usual": usual}
    if isinstance(found, Spread):
        return row | spread_row(found)
    if isinstance(found, Kept):
        share = round(found.share, 4) if found.share is not None else None
        return row | {"n": found.met + found.breached, "value": share}
    return row | {"value": found}


def _spoken(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row as people read it: minutes as spans, shares as percent, `-` where there was none."""
    is_share, is_span = row["figure"].startswith("promises"), row["value"] is None and row["n"] is not None
    said = {**row}
    for name in ("median", "p90", "usual", "value"):
        if row[name] is not None:
            is_time = is_span and name != "value" and not is_share
            said[name] = span(row[name]) if is_time else f"{row[name]:.0%}" if is_share else f"{row[name]:g}"
    return said


@report.command()
@click.option("--as", "person", required=True, help="Whose: a short name or an address.")
@click.pass_context
def digest(context: click.Context, person: str) -> None:
    """One person's digest as it would be now; nothing is sent."""
    with opened(context) as (config, store), store.look() as connection:
        desk, at = config.policy, now(config)
        agent = desk.agent_named(person)
        if agent is None:
            raise Usage(
                f"--as: {person!r} is nobody of the staff; write {', '.join(a.name for a in desk.agents.values())}"
            )
        view = days.asked_for(connection, agent, desk, at)
    if not digests.says_anything(agent, view, desk, at):
        click.echo(f"There is nothing for {agent.name} to read: no digest would leave.")
        return
    decision = digests.told(agent, view, desk, lambda: "<digest@preview>", at)
    for mail in decision.effects:
        if isinstance(mail, SendMail):
            where = f"the personal command address of {agent.name} (it stands in the mail itself)"
            facts = {**mail.facts, "commands_address": where if desk.commands_mailbox else ""}
            click.echo(f"Subject: {mail.subject}\n")
            click.echo(render(_letter(mail, facts, desk, at))[1], nl=False)


def _letter(mail: SendMail, facts: Mapping[str, Any], desk: Desk, at: datetime) -> Letter:
    """The letter without the secret address: a preview is no mail."""
    return Letter(
        purpose=mail.purpose,
        language=mail.language,
        to=Mailbox(name=mail.to.name, address=mail.to.address),
        from_=Mailbox(name=desk.name, address=mail.mailbox),
        reply_to=mail.mailbox,
        message_id=mail.message_id,
        date=at,
        subject=mail.subject,
        outside=False,
        zone=desk.zone,
        facts=facts,
    )
