"""`replydesk sender block|unblock|list`: addresses and domains that the desk takes no mail from.

In: an address, or a domain with all below it. Out: rows of the block list. The desk's own addresses, its staff and its
operators cannot be blocked, nor a domain that holds one of them.
"""

from __future__ import annotations

import click

from gateway.cli.desk import Problem, Usage, now, opened, print_json, print_rows
from gateway.rules.admission import DEEPEST, turned_away
from gateway.rules.desk import Desk
from parsing.address import is_address, normalise, split_detail
from store import blocks, ledger
from store.report import stamp

_LATELY = 3 * 86_400
_MAX_WHY = 500
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NAME = click.argument("name", metavar="ADDRESS|DOMAIN")


@click.group()
def sender() -> None:
    """Blocked senders."""


@sender.command(name="list")
@_AS_JSON
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Everybody who is blocked, oldest first, and how many mails that turned away in the last three days."""
    with opened(context) as (config, store), store.look() as connection:
        found = blocks.listing(connection)
        since = int(now(config).timestamp()) - _LATELY
        counted = ledger.spent(connection, [turned_away(row.name) for row in found], since) if found else {}
    rows = [
        {
            "name": row.name,
            "why": row.why,
            "at": stamp(row.at),
            "turned_away": sum(count for _, count in counted.get(turned_away(row.name), ())),
        }
        for row in found
    ]
    if as_json:
        print_json(rows)
        return
    print_rows(rows, [("name", 40), ("at", 24), ("turned_away", 6), ("why", 0)])


@sender.command()
@_NAME
@click.option("--why", default="", help="A reason, for those who look at it later.")
@_AS_JSON
@click.pass_context
def block(context: click.Context, name: str, why: str, as_json: bool) -> None:
    """Take no mail from an address, or from a domain and all below it."""
    blocked, reason = _readable(name), " ".join(why.split())
    if len(reason) > _MAX_WHY or not reason.isprintable():
        raise Usage(f"--why: one line of at most {_MAX_WHY} letters")
    with opened(context) as (config, store):
        ours = _ours(blocked, config.policy)
        if ours:
            raise Usage(f"{blocked} cannot be blocked: {ours}")
        at = now(config)
        done = store.insist(lambda connection: blocks.block(connection, blocked, reason, at))
    if not done:
        raise Problem(f"{blocked} is blocked already")
    if as_json:
        print_json({"name": blocked, "why": reason, "at": stamp(at)})
        return
    click.echo(f"{blocked} is blocked: its mail is kept and nothing is done with it; mail release ID lets one in.")


@sender.command()
@_NAME
@_AS_JSON
@click.pass_context
def unblock(context: click.Context, name: str, as_json: bool) -> None:
    """Take mail of an address or a domain again; what was turned away stays as it is."""
    blocked = _readable(name)
    with opened(context) as (_config, store):
        done = store.insist(lambda connection: blocks.unblock(connection, blocked))
    if not done:
        raise Problem(f'{blocked} is not blocked; "replydesk sender list" shows who is')
    if as_json:
        print_json({"name": blocked})
        return
    click.echo(f"{blocked} is blocked no more.")


def _readable(text: str) -> str:
    """The name as mail is compared with it; wrong usage for what is neither an address nor a domain."""
    local, _, domain = text.strip().strip("<>").rpartition("@")
    address = normalise(f"{local or 'x'}@{domain}")
    domain = address.rpartition("@")[2]
    labels = domain.split(".")
    if not is_address(address) or len(labels) < 2 or not all(labels):
        raise Usage(f"{text!r} is neither an address nor a domain; write mallory@spam.example or spam.example")
    if local:
        return address
    if domain.startswith("[") or labels[-1].isdigit() or len(labels) > DEEPEST:
        raise Usage(f"{text!r} is no domain of at most {DEEPEST} labels; write spam.example")
    return domain


def _ours(name: str, desk: Desk) -> str:
    """Whose address it is, or covers; empty when it is a stranger's."""
    people = {
        **dict.fromkeys(desk.operators, "an operator's address"),
        **{one.address: f"the address of {one.name}" for one in desk.agents.values()},
        **dict.fromkeys(desk.addresses, "an address of this desk"),
    }
    if "@" in name:
        return people.get(split_detail(name)[0], "")
    covered = (a for a in people if f".{a.rpartition('@')[2]}".endswith(f".{name}"))
    found = next(covered, "")
    return f"it holds {found}, {people[found]}" if found else ""
