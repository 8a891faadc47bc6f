"""`replydesk agent keys`: who has which secret reply address, and the end of those that are in other hands.

In: a member of staff by short name, or any address. Out: rows, or keys that count no more. The addresses themselves are
never shown: the store does not have them, and whoever reads the terminal shall not have them either.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.desk import Problem, Usage, now, number_of, opened, print_json, print_rows
from gateway.config.settings import Config
from gateway.rules.keys import COMMANDS
from parsing.address import normalise
from store import people, reply_keys
from store.records import Role
from store.report import stamp


@click.command()
@click.argument("person", required=False, default="")
@click.option("--ticket", "ref", default="", help="Only those of this ticket.")
@click.option("--revoke", is_flag=True, help="End them: what is written from now on carries new addresses.")
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still oldest first.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def keys(context: click.Context, person: str, ref: str, limit: int | None, *, revoke: bool, as_json: bool) -> None:
    """Secret reply addresses: of one PERSON (a short name, or any address), or of everybody; the oldest ticket first,
    personal command addresses of the staff last.

    With --revoke those that the person has, of one ticket or of all, count no more. Nobody is told; a mail that comes
    to one of them takes the way of any other mail.
    """
    if revoke and (not person or limit):
        raise Usage(
            "--revoke needs a PERSON and knows no --limit: it ends all of somebody's keys, or those of one --ticket"
        )
    with opened(context) as (config, store):
        whom = _address(config, person)
        ticket = number_of(config, ref) if ref else None
        if ticket is not None:
            with store.look() as connection:
                if not reply_keys.has_ticket(connection, ticket):
                    raise Problem(f"there is no ticket {config.policy.reference(ticket)}")
        if revoke:
            ended = store.insist(partial(reply_keys.revoke, person=whom, ticket=ticket))
            _report(config, whom, ref, ended, as_json=as_json)
            return
        with store.look() as connection:
            held = reply_keys.listing(connection, whom, ticket, limit)
            own = reply_keys.commanders(connection, whom) if ticket is None else []
            barred = _barred(connection, config)
        at = now(config)
        rows = [_row(config, key, at) for key in held] + [_personal(*key, at) for key in own]
        rows = [
            {**row, "state": "disabled"} if row["person"] in barred and row["state"] == "good" else row for row in rows
        ]
        rows = rows[-limit:] if limit else rows
    if as_json:
        print_json(rows)
        return
    print_rows(
        [{**row, "ticket": row["ticket"] or "-"} for row in rows],
        [("ticket", 10), ("person", 32), ("role", 8), ("audience", 8), ("serial", 6), ("state", 8), ("expires_at", 0)],
    )


def _address(config: Config, person: str) -> str:
    """The address of a short name; any other is taken as it is, for customers have keys too."""
    if not person:
        return ""
    desk = config.policy
    staff = {**desk.former, **desk.agents}
    named = [address for address, agent in staff.items() if person.lower() in (agent.name, address)]
    if named:
        return named[-1]
    if "@" not in person:
        names = ", ".join(agent.name for agent in staff.values())
        raise Usage(f"{person!r} is nobody of the staff ({names}); name others by their address")
    return normalise(person)


def _barred(connection: Connection, config: Config) -> frozenset[str]:
    """Members of staff who are disabled: their keys open nothing until they have access again."""
    known = people.standing(connection, list(config.policy.agents))
    return frozenset(address for address, person in known.items() if person.disabled)


def _row(config: Config, key: reply_keys.Held, at: datetime) -> dict[str, Any]:
    lapsed = key.expires_at is not None and key.expires_at <= at
    return {
        "ticket": config.policy.reference(key.ticket),
        "person": key.person,
        "role": key.role,
        "audience": key.audience,
        "serial": key.serial,
        "state": "revoked" if key.revoked else "expired" if lapsed else "good",
        "expires_at": stamp(key.expires_at),
        "revoked": key.revoked,
    }


def _personal(person: str, serial: int, until: datetime, at: datetime) -> dict[str, Any]:
    """A personal command address, which is of no ticket."""
    return {
        "ticket": None,
        "person": person,
        "role": Role.AGENT.value,
        "audience": COMMANDS,
        "serial": serial,
        "state": "good" if until > at else "expired",
        "expires_at": stamp(until),
        "revoked": False,
    }


def _report(config: Config, whom: str, ref: str, ended: reply_keys.Ended | None, *, as_json: bool) -> None:
    if ended is None:
        raise Problem(f"the desk has never written to {whom} and given them no address")
    ticket = config.policy.reference(number_of(config, ref)) if ref else None
    if as_json:
        found = {"person": whom, "ticket": ticket, "revoked": ended.count, "serial": ended.serial}
        print_json({**found, "commands": ended.commands})
        return
    of = f"{whom} for {ticket}" if ticket else whom
    if ended.commands:
        click.echo(f"The personal command address of {whom} counts no more; their next mail has a new one.")
    if not ended.count and not ended.commands:
        click.echo(f"Nothing to revoke: no reply address of {of} counts.")
        return
    if not ended.count:
        return
    told = f"1 reply address of {of} counts" if ended.count == 1 else f"{ended.count} reply addresses of {of} count"
    click.echo(f"{told} no more; the next mail to them has a new one (serial {ended.serial})")
