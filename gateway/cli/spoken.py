"""What `ticket do` says of the verbs that it ran: the same as the transcript of a mail.

In: the plan, what was sent to whom, what a dry run would have sent. Out: lines, or JSON.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import click

from gateway.cli.desk import print_rows
from gateway.rules import mails
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan
from gateway.rules.verbs.request import Report


class Outcome(NamedTuple):
    """What was done, and for whom; of a dry run what would have been, with the words that would have left."""

    plan: Plan
    sent: list[dict[str, str]]
    agent: Agent
    previews: Sequence[Report] = ()


def as_json(outcome: Outcome, desk: Desk) -> dict[str, Any]:
    """The transcript as JSON."""
    told = mails.told(outcome.plan, outcome.agent, outcome.plan.ticket, desk, outcome.previews)
    done = [{"verb": item["line"], "before": item["before"], "after": item["after"]} for item in told["done"]]
    verbs = [line for line in told["help"] if line.startswith("#")]
    return {"done": done, "sent": outcome.sent, "help": verbs, "dry": told["dry"], "reports": told["reports"]}


def show(outcome: Outcome, desk: Desk) -> None:
    """The transcript as lines."""
    told = mails.told(outcome.plan, outcome.agent, outcome.plan.ticket, desk, outcome.previews)
    if told["dry"]:
        click.echo("A dry run: nothing is done and nothing is sent.")
    for item in told["done"]:
        click.echo(f"{item['line']}: {item['before'] or '-'} → {item['after']}")
    for mail in outcome.sent:
        click.echo(f"{mail['what']} {'would go' if told['dry'] else 'goes'} to {mail['to']}")
    for report in told["reports"]:
        _report(report)
    for line in told["help"]:
        click.echo(line if line.startswith("#") else f"\n{line}")


def _report(report: dict[str, Any]) -> None:
    click.echo(report["title"])
    if report["rows"]:
        heads = report["heads"] or [""] * len(report["rows"][0])
        names = [str(place) for place in range(len(heads))]
        rows = [dict(zip(names, row, strict=True)) for row in (heads, *report["rows"])]
        widths = [max(len(row[name]) for row in rows) for name in names]
        print_rows(rows[0 if any(heads) else 1 :], [*zip(names[:-1], widths[:-1], strict=True), (names[-1], 0)])
    for line in report["lines"]:
        click.echo(f"  {line}".rstrip())
