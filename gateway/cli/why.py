"""`replydesk ticket why REF`: what a ticket's priority, clocks and owner follow from.

In: a reference. Out: every fact that the priority was made of, each clock with all that changed it, and everybody of
the staff with the reason why the ticket would be theirs or not. It asks the same rules that decide, and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from gateway.cli.desk import Problem, local, now, number_of, opened, print_json, print_rows
from gateway.rules import priority, promises, routing
from gateway.rules.desk import Desk
from scheduling.sla import Clock
from store import measures
from store.lookup import load
from store.records import Ticket
from store.report import stamp
from store.snapshot import Wanted


@click.command()
@click.argument("ref")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def why(context: click.Context, ref: str, as_json: bool) -> None:
    """Why a ticket has its priority, its clocks and its owner."""
    with opened(context) as (config, store), store.look() as connection:
        found = look(connection, number_of(config, ref), config.policy, now(config))
    if found is None:
        raise Problem(f'there is no ticket {ref}; "replydesk ticket list" shows what there is')
    if as_json:
        print_json(found)
    else:
        _print(found, config.policy)


def look(connection: Connection, number: int, desk: Desk, at: datetime) -> dict[str, Any] | None:
    """All of it as plain JSON values; None when there is no such ticket."""
    snapshot = load(connection, Wanted(numbers={number}, addresses=set(desk.agents), loads=at))
    ticket = snapshot.tickets.get(number)
    if ticket is None:
        return None
    told = [
        {"at": stamp(when), "kind": kind, "actor": actor, "detail": dict(detail)}
        for when, kind, actor, detail in measures.history(connection, number)
    ]
    choice = routing.chosen(ticket, desk.without(snapshot.disabled), snapshot, at)
    return {
        "ref": desk.reference(number),
        "priority": _priority(ticket, desk, at, [one for one in told if one["kind"] in _OF_PRIORITY]),
        "clocks": [
            {
                **_clock(clock, at, [one for one in told if _concerns(one, clock)]),
                "promise": _promise(clock, ticket, desk, at),
            }
            for clock in ticket.clocks
        ],
        "routing": {
            "team": ticket.team,
            "helpers": list(ticket.helpers),
            "assignee": ticket.assignee or None,
            "chosen": choice.agent.name if choice.agent is not None else None,
            "candidates": [{"name": one.name, "fits": one.fits, "reason": one.reason} for one in choice.considered],
        },
    }


_OF_PRIORITY = ("priority-changed", "facts-changed")


def _priority(ticket: Ticket, desk: Desk, at: datetime, changes: list[dict[str, Any]]) -> dict[str, Any]:
    """What it is, and what the facts alone would make of it today."""
    said_by = dict.fromkeys(("impact", "urgency"), "when it came")
    said_by |= {name: str(one["actor"]) for one in changes for name in one["detail"].get("facts", {})}
    facts = priority.weighed(ticket, desk, at, said_by)
    organisation = desk.organisation_of(ticket.requester)
    return {
        "priority": ticket.priority,
        "label": priority.label(ticket.priority, ticket.division, desk),
        "reason": ticket.priority_reason,
        "overridden": ticket.overridden,
        "organisation": organisation.portrait if organisation is not None else None,
        "facts": {
            "priority": facts.priority,
            "impact": facts.impact,
            "urgency": facts.urgency,
            "reason": facts.reason,
            "parts": [
                {
                    "name": part.name,
                    "value": part.value,
                    "points": part.points,
                    "source": part.source,
                    "unused": part.unused or None,
                }
                for part in facts.parts
            ],
            "remark": facts.remark or None,
            "step": desk.urgency.weights.step,
        },
        "changes": changes,
    }


def _concerns(told: Mapping[str, Any], clock: Clock) -> bool:
    return told["kind"] not in _OF_PRIORITY and told["detail"].get("clock") == clock.kind


def _promise(clock: Clock, ticket: Ticket, desk: Desk, at: datetime) -> str | None:
    """What made the policy's promise shorter: `4 h, Northwind: health red × 0.5`; None where nothing did."""
    found = promises.promised(ticket, clock.kind, desk, at)
    if found is None or not found.because or clock.because or found.factor != clock.factor:
        return None
    whole = found.allowed / found.factor
    return f"{whole.total_seconds() / 3600:.4g} h, {found.because}"


def _clock(clock: Clock, at: datetime, changes: list[dict[str, Any]]) -> dict[str, Any]:
    late = clock.runs and clock.due is not None and clock.due < at
    return {
        "clock": clock.kind,
        "state": "breached" if late else clock.state,
        "started": stamp(clock.started),
        "due": stamp(clock.due),
        "ended": stamp(clock.ended),
        "target_minutes": round(clock.target.total_seconds() / 60),
        "factor": clock.factor,
        "because": clock.because or None,
        "calendar": clock.calendar or None,
        "warned": clock.warned,
        "changes": changes,
    }


def _print(found: Mapping[str, Any], desk: Desk) -> None:
    urgent = found["priority"]
    click.echo(f"{found['ref']}: priority {urgent['priority']} ({urgent['label']}): {urgent['reason']}")
    facts = urgent["facts"]
    if urgent["overridden"]:
        click.echo(f"A person set it. The facts alone say {facts['priority']}: {facts['reason']}")
    rows = [
        {
            **part,
            "": "",
            "points": f"+{part['points']}" if part["points"] else "",
            "source": part["source"] + (f" (not used: {part['unused']})" if part["unused"] else ""),
        }
        for part in facts["parts"]
    ]
    print_rows(rows, [("", 1), ("name", 10), ("value", 16), ("points", 4), ("source", 0)])
    if facts["remark"]:
        click.echo(f"   {facts['remark']}")
    _print_changes(urgent["changes"], desk)
    for clock in found["clocks"]:
        name, because = clock["clock"].replace("_", " "), f", {clock['because']}" if clock["because"] else ""
        hours = f"{clock['target_minutes'] / 60:.4g} h"
        hours += f" ({clock['promise']})" if clock["promise"] else ""
        since, due = local(clock["started"], desk), local(clock["due"], desk)
        click.echo(f"{name}: {clock['state']}, {hours} since {since}, due {due}{because}")
        _print_changes(clock["changes"], desk)
    route = found["routing"]
    click.echo(
        f"Team {route['team']}, owner {route['assignee'] or 'nobody yet'}; the router would choose "
        f"{route['chosen'] or 'nobody'}"
    )
    for one in route["candidates"]:
        click.echo(f"   {'+' if one['fits'] else '-'} {one['name']}: {one['reason']}")


def _print_changes(changes: list[dict[str, Any]], desk: Desk) -> None:
    for one in changes:
        told = one["detail"]
        moved = f" {told['from']} → {told['to']}" if "from" in told and "to" in told else ""
        reason = f": {told['because']}" if told.get("because") else ""
        click.echo(f"   {local(one['at'], desk)} {one['kind']} by {one['actor']}{moved}{reason}")
