"""`replydesk agent away|back`: who gets no work for a time; and how work returns to the team.

In: a short name, a time. Out: the person is away or back. Whoever is away is given nothing until then, and their
tickets that are not closed go back to their teams at once, a few in a turn; the teams are told once, by one mail a
person. Who comes back gets nothing by itself. A customer notices none of it.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import partial

import click
from sqlalchemy import Connection

from gateway.cli.desk import Usage, now, opened, print_json
from gateway.config.settings import read_secret
from gateway.rules import access, budget, times
from gateway.rules.access import back_with, given_back, passed_on
from gateway.rules.desk import Agent, Desk
from gateway.rules.routing import FOREVER, spoken
from gateway.stages.commit import commit
from gateway.stages.meter import meter
from store import people, questions, report
from store.engine import Store
from store.lookup import load
from store.records import Decision, SetAway, Step, Trust, Verdict
from store.snapshot import Wanted

IN_ONE_TURN = 50
"""Tickets that are given back in one turn: whoever serves the desk must not wait for a thousand."""


@click.command()
@click.argument("person")
@click.argument("when", nargs=-1, metavar="[until DATE | for 3d]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def away(context: click.Context, person: str, when: tuple[str, ...], as_json: bool) -> None:
    """PERSON gets no work until then, or until `agent back`; their tickets go back to the teams."""
    with opened(context) as (config, store):
        desk, at = config.desk(read_secret(config.store.data)), now(config)
        one = of_staff(desk, person)
        until = _until(when, desk, at)
        changed = store.insist(partial(_set, desk, one, until, at))
        refs = give_back(store, desk, one, f"{one.name} is away", at)
    if as_json:
        said = until.isoformat().replace("+00:00", "Z") if until < FOREVER else None
        shown = {"name": one.name, "state": "away", "away_until": said, "changed": changed, "returned": refs}
        print_json(shown)
        return
    click.echo(f"{one.name} is away until {spoken(until, desk)}{'' if changed else ' already'}.")
    if refs:
        click.echo(f"Back with the team: {', '.join(refs)}.")


@click.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def back(context: click.Context, person: str, as_json: bool) -> None:
    """PERSON works again; nothing that went back to the teams comes to them by itself."""
    with opened(context) as (config, store):
        desk, at = config.desk(read_secret(config.store.data)), now(config)
        one = of_staff(desk, person)
        changed = store.insist(partial(_set, desk, one, None, at))
    if as_json:
        print_json({"name": one.name, "state": "active", "away_until": None, "changed": changed})
        return
    click.echo(f"{one.name} is back{'' if changed else ' already'}.")


def of_staff(desk: Desk, person: str) -> Agent:
    """The member of staff of that name; wrong usage otherwise."""
    found = desk.agent_named(person)
    if found is None:
        raise Usage(f"{person!r} is nobody of the staff; staff: {', '.join(a.name for a in desk.agents.values())}")
    return found


def give_back(store: Store, desk: Desk, one: Agent, because: str, at: datetime) -> list[str]:
    """A few tickets in a turn, each turn with its mail to the teams; again after a crash, by the same command."""
    returned: list[str] = []
    while part := store.insist(partial(_give_back_some, desk, one, because, at)):
        returned += part
    store.insist(partial(_pass_on, desk, one, because, at))
    return returned


def _pass_on(desk: Desk, one: Agent, because: str, at: datetime, connection: Connection) -> None:
    """What was handed to them and is not theirs: the next in line is asked by the next sweep."""
    snapshot = load(connection, Wanted(numbers=set(questions.handed_to(connection, one.name))), lock=True)
    decisions = [
        Decision(
            entry=None,
            verdict=Verdict.COMMAND,
            reason=because,
            ticket=ticket.ref,
            trace=(Step(stage="act", what="the next in line is asked", why=because),),
            effects=handed,
        )
        for ticket in snapshot.tickets.values()
        if (handed := passed_on(ticket, one.name, at))
    ]
    commit(connection, decisions, snapshot, desk, at)


def _until(when: tuple[str, ...], desk: Desk, at: datetime) -> datetime:
    """`until DATE`, `for 3d`, or nothing."""
    found = access.until(" ".join(when), desk, at)
    if isinstance(found, times.Unclear):
        raise Usage("; nearest: ".join(filter(None, (found.reason, found.nearest))))
    return found


def _set(desk: Desk, one: Agent, until: datetime | None, at: datetime, connection: Connection) -> bool:
    people.ensure_known(connection, one.address, one.full_name, at)
    snapshot = load(connection, Wanted(addresses={one.address}))
    was = snapshot.people[one.address].away_until
    was = was if was is not None and was > at else None
    if was == until:
        return False
    why = f"{one.name} is {'back' if until is None else 'away'}"
    decision = Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=why,
        trace=(Step(stage="act", what=why),),
        effects=(SetAway(address=one.address, until=until),),
    )
    commit(connection, [decision], snapshot, desk, at)
    return True


def _give_back_some(desk: Desk, one: Agent, because: str, at: datetime, connection: Connection) -> list[str]:
    numbers = report.assigned_to(connection, one.name, IN_ONE_TURN)
    if not numbers:
        return []
    told = set(desk.agents)
    wanted = Wanted(
        addresses=told,
        numbers=set(numbers),
        budgets={name for address in told for name in budget.of_person(address)} | budget.names("", at),
        budgets_since=budget.since(at),
    )
    snapshot = load(connection, wanted, lock=True)
    desk = desk.as_of(snapshot.people, at)
    # somebody else may have moved it meanwhile
    tickets = [ticket for n in numbers if (ticket := snapshot.tickets[n]).assignee == one.name]
    decisions = [
        Decision(
            entry=None,
            verdict=Verdict.COMMAND,
            reason=because,
            ticket=ticket.ref,
            trace=(Step(stage="act", what="given back to the team", why=because),),
            effects=given_back(ticket, desk, at, because),
        )
        for ticket in tickets
    ]

    def mint() -> str:
        return f"<{secrets.token_hex(12)}@{desk.domain}>"

    mails = back_with(tickets, one, because, desk, mint)
    news = Decision(entry=None, verdict=Verdict.COMMAND, reason=because, trust=Trust.A, effects=mails)
    commit(connection, [*decisions, meter(news, "", desk, snapshot, mint, at)], snapshot, desk, at)
    return [desk.reference(ticket.ref) for ticket in tickets]
