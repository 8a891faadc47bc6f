"""`replydesk queue list|show|retry|hold|release`: the mail that leaves.

In: outbox numbers, or all. Out: rows, or rows that change state. A mail that is with the sender at this moment is left
alone, and what has failed is only tried again when it is named: an old address does not get better by the thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import click

from gateway.cli.desk import Problem, Usage, now, opened, print_json, print_rows
from store import outbox, report
from store.outbox import FAILED, HELD, QUEUED, SENDING
from store.records import OutboxState, Purpose

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
        if row.purpose == Purpose.PROBE:
            view["receipts"] = outbox.receipts(row.letter)
        content = bytes(row.rendered).decode("utf-8", "replace") if row.rendered else ""
    if as_json:
        print_json({**view, "content": content or None})
        return
    for name, value in (view | {"receipts": _receipts(view["receipts"])} if "receipts" in view else view).items():
        click.echo(f"{name:16} {'' if value is None else value}")
    if content:
        click.echo("\n" + content.replace("\r\n", "\n"))


def _receipts(found: Mapping[str, int]) -> str:
    """What has come of a test mail: `returned by mail 17`."""
    return ", ".join(f"{how} by mail {number}" for how, number in found.items()) or "none yet"


_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NUMBER = click.argument("number", type=OUTBOX_ID, metavar="[ID]", required=False)


@queue.command()
@_NUMBER
@click.option("--all", "all_", is_flag=True, help="Everything that waits for its next attempt; not what has failed.")
@_AS_JSON
@click.pass_context
def retry(context: click.Context, number: int | None, *, all_: bool, as_json: bool) -> None:
    """Try a waiting or failed mail now."""
    states = (QUEUED,) if all_ else (QUEUED, FAILED)
    _move(context, _Asked(number, all_, as_json), states, QUEUED, ("is tried now", "are tried now"))


@queue.command()
@_NUMBER
@click.option("--all", "all_", is_flag=True, help="Everything that waits; not what has failed.")
@_AS_JSON
@click.pass_context
def hold(context: click.Context, number: int | None, *, all_: bool, as_json: bool) -> None:
    """Keep a waiting mail back."""
    states = (QUEUED,) if all_ else (QUEUED, FAILED)
    _move(context, _Asked(number, all_, as_json), states, HELD, ("is held", "are held"))


@queue.command()
@_NUMBER
@click.option("--all", "all_", is_flag=True, help="Everything that is held, for example after a restore.")
@_AS_JSON
@click.pass_context
def release(context: click.Context, number: int | None, *, all_: bool, as_json: bool) -> None:
    """Let a held mail go."""
    _move(context, _Asked(number, all_, as_json), (HELD,), QUEUED, ("is released", "are released"))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One mail or all of them, and how to print what became of it."""

    number: int | None
    all: bool
    as_json: bool


def _move(context: click.Context, asked: _Asked, states: Sequence[str], to: str, done: tuple[str, str]) -> None:
    if (asked.number is None) is not asked.all:
        raise Usage("name one outgoing mail by its number, or all of them with --all")
    with opened(context) as (config, store), store.turn(patient=asked.all) as connection:
        if asked.number is None:
            moved = outbox.move_all(connection, states, to, now(config))
            away = outbox.count(connection, SENDING) if QUEUED in states else 0
        else:
            row = outbox.find(connection, asked.number)
            if row is None:
                raise _missing(asked.number)
            if not outbox.move(connection, asked.number, states, to, now(config)):
                raise Problem(_stays(asked.number, row.state, states))
            moved, away = [asked.number], 0
    if asked.as_json:
        print_json({"moved": moved, "count": len(moved), "state": to, "with_the_sender": away})
        return
    if asked.number is not None:
        click.echo(f"Outgoing mail {asked.number} {done[0]}.")
        return
    click.echo(f"{len(moved)} outgoing mail{'s' if len(moved) != 1 else ''} {done[len(moved) != 1]}.")
    if away:
        click.echo(f"{away} with the sender at this moment stay as they are.")


def _stays(number: int, state: str, states: Sequence[str]) -> str:
    if state == SENDING:
        return f"outgoing mail {number} is with the sender at this moment; try again in a minute"
    return f"outgoing mail {number} is {state}; this works on: {', '.join(states)}"


def _missing(number: int) -> Problem:
    return Problem(f'there is no outgoing mail {number}; "replydesk queue list" shows what there is')
