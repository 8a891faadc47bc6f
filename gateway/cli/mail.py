"""`replydesk mail list|show|raw|replay|release|drop`: the journal, where every accepted message says what became of it.

In: journal numbers. Out: rows, the raw bytes, or a message that is looked at again. `release` gives a held message an
operator's word. Nothing here deletes a row.
"""

from __future__ import annotations

import sys

import click

from gateway.cli.desk import Problem, opened, print_json, print_rows
from store import blobs, journal, report
from store.records import Verdict

HELD = (
    Verdict.HELD_UNVERIFIED,
    Verdict.LOOP_SUPPRESSED,
    Verdict.SPAM_QUARANTINED,
    Verdict.RATE_LIMITED,
    Verdict.BLOCKED_SENDER,
)
JOURNAL_ID = click.IntRange(1, 2**63 - 1)
AGAIN = 'the serving desk looks at it at once; without one, run "replydesk sweep"'


@click.group()
def mail() -> None:
    """The journal of accepted messages."""


@mail.command(name="list")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still oldest first.")
@click.option("--verdict", type=click.Choice([v.value for v in Verdict]), help="Only those with this verdict.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, limit: int | None, verdict: str | None, as_json: bool) -> None:
    """Every accepted message, oldest first."""
    with opened(context) as (config, store), store.look() as connection:
        rows = [report.mail_row(row, config.policy.prefix) for row in journal.listing(connection, limit, verdict)]
    if as_json:
        print_json(rows)
        return
    columns = [("id", 6), ("received_at", 24), ("envelope_from", 30), ("verdict", 20), ("ticket", 10), ("reason", 0)]
    print_rows([{**row, "verdict": row["verdict"] or "undecided"} for row in rows], columns)


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """One message: its envelope, its verdict, and each step of how that came about."""
    with opened(context) as (config, store), store.look() as connection:
        row = journal.find(connection, number)
        if row is None:
            raise _missing(number)
        view = report.mail_view(row, config.policy.prefix)
    if as_json:
        print_json(view)
        return
    for name in ("id", "received_at", "door", "envelope_from", "envelope_to", "message_id", "size", "ticket", "trust"):
        click.echo(f"{name:14} {view[name]}")
    click.echo(f"{'verdict':14} {view['verdict'] or 'undecided'}: {view['reason']}")
    for step in view["trace"]:
        click.echo(f"  {step['stage']:8} {step['what']}" + (f" — {step['why']}" if step["why"] else ""))


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.pass_context
def raw(context: click.Context, number: int) -> None:
    """The bytes exactly as they came."""
    with opened(context) as (_config, store), store.look() as connection:
        row = journal.find(connection, number)
        content = blobs.read(connection, row.sha256) if row is not None else None
    if content is None:
        raise _missing(number)
    sys.stdout.buffer.write(content)


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.pass_context
def replay(context: click.Context, number: int) -> None:
    """Look at a message again; what its first look did is not done twice."""
    with opened(context) as (_config, store), store.turn() as connection:
        if journal.find(connection, number) is None:
            raise _missing(number)
        if not journal.requeue(connection, number, "replayed"):
            raise Problem(f"mail {number} has no verdict yet: there is nothing to replay")
    click.echo(f"Mail {number} is looked at again: {AGAIN}.")


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.pass_context
def release(context: click.Context, number: int) -> None:
    """Vouch for a held message and run it again."""
    with opened(context) as (_config, store), store.turn() as connection:
        row = journal.find(connection, number)
        if row is None:
            raise _missing(number)
        if row.verdict not in HELD:
            what = row.verdict or "undecided"
            hint = "; its sender sends it again in a form that can be read" if what == Verdict.HELD_COMMAND else ""
            raise Problem(f"mail {number} is {what}: only held mail can be released{hint}")
        journal.requeue(connection, number, "released", released=True)
    click.echo(f"Mail {number} is released: {AGAIN}.")


@mail.command()
@click.argument("number", type=JOURNAL_ID, metavar="ID")
@click.pass_context
def drop(context: click.Context, number: int) -> None:
    """Want nothing more of a message; its row and its bytes stay."""
    with opened(context) as (_config, store), store.turn() as connection:
        if journal.find(connection, number) is None:
            raise _missing(number)
        if not journal.drop(connection, number):
            raise Problem(f"mail {number} has no verdict yet")
    click.echo(f"Mail {number} is dropped; its row stays.")


def _missing(number: int) -> Problem:
    return Problem(f'there is no mail {number}; "replydesk mail list" shows what there is')
