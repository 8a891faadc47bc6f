"""`replydesk agent list|away|back|disable|enable|keys`: the members of staff that the configuration names, what they
may, and how much of their week is promised.

In: short names or addresses. Out: rows, or people who have access or none. Who is disabled may do nothing from the
next turn of a serving desk on: mail of theirs is held, no notice goes to them, nobody can assign them, and their
tickets that are not closed go back to their teams. Nothing here writes the configuration.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.away import away, back, give_back, of_staff
from gateway.cli.desk import local, now, opened, print_json, print_rows
from gateway.cli.keys import keys
from gateway.config.settings import read_secret
from gateway.rules import capacity
from gateway.rules.capacity import NO_LOAD
from gateway.rules.desk import Agent, Desk
from gateway.rules.routing import FOREVER, spoken
from store import chores, people, queue
from store.engine import Store
from store.records import Load, Person
from store.report import stamp


@click.group()
def agent() -> None:
    """The members of staff."""


agent.add_command(keys)
agent.add_command(away)
agent.add_command(back)


@agent.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """Everybody of the staff, in the order of the configuration."""
    with opened(context) as (config, store), store.look() as connection:
        rows = _rows(connection, config.policy, now(config))
    if as_json:
        print_json(rows)
        return
    shown = [
        {**row, "roles": ", ".join(row["roles"]), "week": _week(row), "state": _state(row, config.policy)}
        for row in rows
    ]
    state = max((len(row["state"]) for row in shown), default=5)
    columns = [("name", 14), ("state", state), ("team", 12), ("roles", 22), ("open_tickets", 4), ("week", 26)]
    print_rows([_HEADS, *shown], [*columns, ("address", 0)])


_HEADS = {
    "name": "name", "state": "state", "team": "team", "roles": "roles", "open_tickets": "open",
    "week": "this week", "address": "address",
}  # fmt: skip


def _state(row: dict[str, Any], desk: Desk) -> str:
    """`away until Wed 25 Nov 2026, 10:37 (Berlin)`; nobody knows until when of those who named no day."""
    return (
        f"away until {local(row['away_until'], desk)}" if row["state"] == "away" and row["away_until"] else row["state"]
    )


def _week(row: dict[str, Any]) -> str:
    """This week's hours: what is promised, of how many."""
    text = f"{row['committed_hours']:g} of {row['capacity_hours']:g} h"
    return f"{text} OVERBOOKED" if row["overbooked"] else text


def _rows(connection: Connection, desk: Desk, at: datetime) -> list[dict[str, Any]]:
    known = people.standing(connection, list(desk.agents))
    loads = queue.loads(connection, at)
    return [_row(one, desk, known.get(one.address), loads.get(one.name, NO_LOAD), at) for one in desk.agents.values()]


def _away(known: Person | None, at: datetime) -> datetime | None:
    """Until when somebody is away; None for whoever is there."""
    return known.away_until if known is not None and known.away_until and known.away_until > at else None


def _row(one: Agent, desk: Desk, known: Person | None, load: Load, at: datetime) -> dict[str, Any]:
    disabled = known is not None and known.disabled
    until = _away(known, at)
    week = capacity.weeks(one, desk, load, until, at)[0]
    skills = desk.routing.of(one.name)
    return {
        "name": one.name,
        "full_name": one.full_name,
        "address": one.address,
        "team": one.team or None,
        "roles": sorted(one.roles),
        "state": "disabled" if disabled else "away" if until else "active",
        "away_until": stamp(until) if until and until < FOREVER else None,
        "capabilities": dict(skills.capabilities),
        "languages": list(skills.languages or desk.languages),
        "shift": skills.shift_name or "desk",
        "open_tickets": load.open,
        "week": week.monday.isoformat(),
        "committed_hours": round(week.committed / 60, 2),
        "capacity_hours": round(week.capacity / 60, 2),
        "overbooked": week.overbooked,
    }


@agent.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def disable(context: click.Context, person: str, as_json: bool) -> None:
    """Take PERSON's access away, and give their tickets back to the teams."""
    with opened(context) as (config, store):
        desk = config.desk(read_secret(config.store.data))
        one = of_staff(desk, person)
        changed = _set(store, one, now(config), disabled=True)
        refs = give_back(store, desk, one, f"{one.name} is disabled", now(config))
        with store.look() as connection:
            alone = _was_alone(connection, one, desk)
    if as_json:
        shown = {"name": one.name, "state": "disabled", "changed": changed, "returned": refs}
        print_json({**shown, **({"warning": alone} if alone else {})})
        return
    click.echo(
        f"{one.name} is disabled{'' if changed else ' already'}: mail of theirs is held, nobody can assign them."
    )
    if refs:
        click.echo(f"Back with the team: {', '.join(refs)}.")
    if alone:
        click.echo(alone)


def _was_alone(connection: Connection, one: Agent, desk: Desk) -> str:
    """What nobody does from now on, where this was the only lead."""
    if "lead" not in one.roles:
        return ""
    leads = [agent.address for agent in desk.agents.values() if "lead" in agent.roles]
    known = people.standing(connection, leads)
    if any(address not in known or not known[address].disabled for address in leads):
        return ""
    return f"{one.name} was the only lead: escalations, #sla and handoffs that nobody takes have nobody."


@agent.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def enable(context: click.Context, person: str, as_json: bool) -> None:
    """Give PERSON access again; tickets that were given back stay with the teams."""
    with opened(context) as (config, store):
        one, at = of_staff(config.policy, person), now(config)
        changed = _set(store, one, at, disabled=False)
        with store.look() as connection:
            until = _away(people.standing(connection, [one.address]).get(one.address), at)
    state = "away" if until else "active"
    if as_json:
        said = stamp(until) if until and until < FOREVER else None
        print_json({"name": one.name, "state": state, "away_until": said, "changed": changed})
        return
    still = f"; away until {spoken(until, config.policy)}" if until else ""
    click.echo(f"{one.name} {'has access again' if changed else 'has access already'}{still}.")


def _set(store: Store, one: Agent, at: datetime, *, disabled: bool) -> bool:
    def work(connection: Connection) -> bool:
        chores.wake(connection, chores.PROMISES, at)  # who can keep which promised call is another question from now on
        return people.set_disabled(connection, one.address, one.full_name, at, disabled=disabled)

    return store.insist(work)
