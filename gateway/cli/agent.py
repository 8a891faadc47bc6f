"""`replydesk agent list|disable|enable|keys`: the members of staff that the configuration names, and what they may.

In: short names or addresses. Out: rows, or people who have access or none. Who is disabled may do nothing from the
next turn of a serving desk on: mail of theirs is held, no notice goes to them, nobody can assign them, and their
tickets that are not closed go back to their teams. Nothing here writes the configuration.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.desk import Usage, now, opened, print_json, print_rows
from gateway.cli.keys import keys
from gateway.config.settings import read_secret
from gateway.rules.access import given_back
from gateway.rules.desk import Agent, Desk
from gateway.stages.commit import commit
from store import people, report
from store.engine import Store
from store.lookup import load
from store.records import Decision, Step, Verdict
from store.snapshot import Wanted

IN_ONE_TURN = 50
"""Tickets that are given back in one turn: whoever serves the desk must not wait for a thousand."""


@click.group()
def agent() -> None:
    """The members of staff."""


agent.add_command(keys)


@agent.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Everybody of the staff, in the order of the configuration."""
    with opened(context) as (config, store), store.look() as connection:
        rows = _rows(connection, config.policy)
    if as_json:
        print_json(rows)
        return
    shown = [{**row, "roles": ", ".join(row["roles"])} for row in rows]
    columns = [("name", 14), ("state", 8), ("team", 12), ("roles", 22), ("open_tickets", 4), ("address", 0)]
    print_rows(shown, columns)


def _rows(connection: Connection, desk: Desk) -> list[dict[str, Any]]:
    disabled = people.disabled_among(connection, list(desk.agents))
    assigned = report.open_tickets(connection)
    return [
        {
            "name": one.name,
            "full_name": one.full_name,
            "address": one.address,
            "team": one.team or None,
            "roles": sorted(one.roles),
            "state": "disabled" if one.address in disabled else "active",
            "open_tickets": assigned.get(one.name, 0),
        }
        for one in desk.agents.values()
    ]


@agent.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def disable(context: click.Context, person: str, as_json: bool) -> None:
    """Take PERSON's access away, and give their tickets back to the teams."""
    with opened(context) as (config, store):
        desk = config.desk(read_secret(config.store.data))
        one = _of_staff(desk, person)
        changed = _set(store, one, now(config), disabled=True)
        returned = _give_back(store, desk, one, now(config))
    refs = [desk.reference(number) for number in returned]
    if as_json:
        print_json({"name": one.name, "state": "disabled", "changed": changed, "returned": refs})
        return
    click.echo(
        f"{one.name} is disabled{'' if changed else ' already'}: mail of theirs is held, nobody can assign them."
    )
    if refs:
        click.echo(f"Back with the team: {', '.join(refs)}.")


@agent.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def enable(context: click.Context, person: str, as_json: bool) -> None:
    """Give PERSON access again; tickets that were given back stay with the teams."""
    with opened(context) as (config, store):
        one = _of_staff(config.policy, person)
        changed = _set(store, one, now(config), disabled=False)
    if as_json:
        print_json({"name": one.name, "state": "active", "changed": changed})
        return
    click.echo(f"{one.name} is active{'' if changed else ' already'}.")


def _of_staff(desk: Desk, person: str) -> Agent:
    found = desk.agent_named(person)
    if found is None:
        raise Usage(f"{person!r} is nobody of the staff; staff: {', '.join(a.name for a in desk.agents.values())}")
    return found


def _set(store: Store, one: Agent, at: datetime, *, disabled: bool) -> bool:
    def work(connection: Connection) -> bool:
        return people.set_disabled(connection, one.address, one.full_name, at, disabled=disabled)

    return store.insist(work)


def _give_back(store: Store, desk: Desk, one: Agent, at: datetime) -> list[int]:
    """A few tickets in a turn; again after a crash, by the same command."""
    returned: list[int] = []
    while part := store.insist(partial(_give_back_some, desk, one, at)):
        returned += part
    return returned


def _give_back_some(desk: Desk, one: Agent, at: datetime, connection: Connection) -> list[int]:
    numbers = report.assigned_to(connection, one.name, IN_ONE_TURN)
    if not numbers:
        return []
    snapshot = load(connection, Wanted(numbers=set(numbers)), lock=True)
    tickets = [snapshot.tickets[number] for number in numbers]
    decisions = [
        Decision(
            entry=None,
            verdict=Verdict.COMMAND,
            reason=f"{one.name} is disabled",
            ticket=ticket.ref,
            trace=(Step(stage="act", what="given back to the team", why=f"{one.name} is disabled"),),
            effects=given_back(ticket, at),
        )
        for ticket in tickets
        if ticket.assignee == one.name  # somebody else may have moved it meanwhile
    ]
    commit(connection, decisions, snapshot, desk, at)
    return [int(decision.ticket) for decision in decisions if decision.ticket is not None]
