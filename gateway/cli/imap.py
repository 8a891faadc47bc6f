"""`replydesk imap list|show`: the mailboxes on other servers that mail is collected from.

In: the configuration, and what the store knows of each mailbox. Out: rows with the counts of the last whole look, and
of one mailbox the messages that could not be taken, with their reasons. It asks no server: `replydesk doctor` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gateway.cli.desk import Problem, local, opened, print_json, print_rows
from gateway.config.settings import Config, ImapMailbox
from store import mailboxes
from store.mailboxes import Mailbox, Refusals, Stand, Withheld
from store.report import stamp

MOST = 1_000
"""Messages that `show` names."""
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_PLACES = {
    Stand.DUE: "still where it came; it is moved at the next look",
    Stand.DONE: "in the folder for refused mail",
    Stand.LEFT: "where it came: history is not moved",
}


@click.group()
def imap() -> None:
    """Mailboxes on other servers."""


@imap.command(name="list")
@_AS_JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Every mailbox with its last whole look, oldest first; those that were never looked at come last."""
    with opened(context) as (config, store), store.look() as connection:
        refusals = mailboxes.refusals(connection)
        rows = [_row(box, known, refusals) for box, known in _pairs(config, mailboxes.listing(connection))]
    if as_json:
        print_json(rows)
        return
    columns = [("number", 3), ("name", 44), ("looked_at", 24), ("there", 7), ("known", 7), ("withheld", 5)]
    print_rows([{**row, "number": row["number"] or "-"} for row in rows], [*columns, ("problem", 0)])


@imap.command()
@click.argument("number", type=click.IntRange(1, 1_000_000), metavar="N")
@_AS_JSON
@click.pass_context
def show(context: click.Context, number: int, as_json: bool) -> None:
    """One mailbox by its place in the configuration, and the messages that could not be taken, oldest first."""
    with opened(context) as (config, store), store.look() as connection:
        found = [pair for pair in _pairs(config, mailboxes.listing(connection)) if pair[0] and pair[0].number == number]
        if not found:
            raise Problem(f'there is no mailbox {number}; "replydesk imap list" shows what there is')
        box, known = found[0]
        refusals = mailboxes.refusals(connection)
        refused = mailboxes.withheld(connection, known.id, MOST) if known else []
    row, messages = _row(box, known, refusals), [_message(one) for one in refused]
    if as_json:
        print_json({**row, "messages": messages})
        return
    for name, value in row.items():
        shown = local(value, config.policy) if name.endswith("_at") else value
        click.echo(f"{name:16} {'' if shown is None else shown}")
    for one in messages:
        click.echo(f"\nmail {one['mail']}, UID {one['uid']}, from <{one['from']}>: {one['reason']}")
        click.echo(f"  {one['place']}")
    if messages:
        click.echo('\n"replydesk mail show ID" shows what there is of a message; each has a ticket of its own.')


def _pairs(config: Config, known: list[Mailbox]) -> list[tuple[ImapMailbox | None, Mailbox | None]]:
    """Each mailbox of the store with its table, then the tables of those that it does not know yet."""
    tables = {box.name: box for box in config.imap}
    there = {one.name for one in known}
    pairs: list[tuple[ImapMailbox | None, Mailbox | None]] = [(tables.get(one.name), one) for one in known]
    return pairs + [(box, None) for box in config.imap if box.name not in there]


def _row(box: ImapMailbox | None, known: Mailbox | None, refusals: Mapping[int, Refusals]) -> dict[str, Any]:
    """`number` is null for a mailbox that the configuration does not name any more; `folder` then too."""
    refused = refusals.get(known.id) if known else None
    return {
        "number": box.number if box else None,
        "name": known.name if known else box.name if box else "",
        "folder": box.folder if box else None,
        "first_looked_at": stamp(known.first_looked_at) if known and known.generation else None,
        "looked_at": stamp(known.looked_at) if known else None,
        "there": known.there if known else 0,
        "known": known.known if known else 0,
        "withheld": refused.count if refused else 0,
        "generation": known.generation if known else 0,
        "problem": known.problem if known else "",
    }


def _message(one: Withheld) -> dict[str, Any]:
    return {
        "mail": one.journal_id,
        "uid": one.uid,
        "generation": one.generation,
        "at": stamp(one.at),
        "from": one.sender,
        "reason": one.reason,
        "verdict": one.verdict,
        "place": _PLACES[one.stand],
    }
