"""`replydesk queue list|show|retry|hold|release`: the mail that leaves.

In: outbox numbers. Out: rows, or rows that change state. A mail that is with the sender at this moment is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from gateway.cli.desk import Problem, now, opened, print_json, print_rows
from store import outbox, report
from store.outbox import FAILED, HELD, QUEUED
from store.records import OutboxState

OUTBOX_ID = click.IntRange(1, 2**63 - 1)


@click.group()
def queue() -> None:
    """The outgoing mail."""


@queue.command(name="list")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still oldest first.")
@click.option("--state", type=click.Choice([s.value for s in OutboxState]), help="Only those in this state.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, limit: int | None, state: str | None, as_json: bool) -> None:
    """Every outgoing mail, oldest first."""
    with opened(context) as (config, store), store.look() as connection:
        rows = [report.queue_row(row, config.policy.prefix) for row in outbox.listing(connection, limit, state)]
    if as_json:
        print_json(rows)
        return
    columns = [("id", 6), ("state", 8), ("purpose", 16), ("to", 30), ("attempts", 3), ("last_text", 40), ("subject", 0)]
    print_rows(rows, columns)


@queue.command()
@click.argument("number", type=OUTBOX_ID, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """One outgoing mail, with its bytes once they exist."""
    with opened(context) as (config, store), store.look() as connection:
        row = outbox.find(connection, number)
        if row is None:
            raise _missing(number)
        view = report.queue_row(row, config.policy.prefix)
        content = bytes(row.rendered).decode("utf-8", "replace") if row.rendered else ""
    if as_json:
        print_json({**view, "content": content or None})
        return
    for name, value in view.items():
        click.echo(f"{name:16} {'' if value is None else value}")
    if content:
        click.echo("\n" + content.replace("\r\n", "\n"))


@queue.command()
@click.argument("number", type=OUTBOX_ID, metavar="ID")
@click.pass_context
def retry(context: click.Context, number: int) -> None:
    """Try a waiting or failed mail now."""
    _move(context, number, (QUEUED, FAILED), QUEUED, "is tried now")


@queue.command()
@click.argument("number", type=OUTBOX_ID, metavar="ID")
@click.pass_context
def hold(context: click.Context, number: int) -> None:
    """Keep a waiting mail back."""
    _move(context, number, (QUEUED, FAILED), HELD, "is held")


@queue.command()
@click.argument("number", type=OUTBOX_ID, metavar="ID")
@click.pass_context
def release(context: click.Context, number: int) -> None:
    """Let a held mail go."""
    _move(context, number, (HELD,), QUEUED, "is released")


def _move(context: click.Context, number: int, states: Sequence[str], to: str, done: str) -> None:
    with opened(context) as (config, store), store.turn() as connection:
        row = outbox.find(connection, number)
        if row is None:
            raise _missing(number)
        if not outbox.move(connection, number, states, to, now(config)):
            raise Problem(f"outgoing mail {number} is {row.state}; this works on: {', '.join(states)}")
    click.echo(f"Outgoing mail {number} {done}.")


def _missing(number: int) -> Problem:
    return Problem(f'there is no outgoing mail {number}; "replydesk queue list" shows what there is')
