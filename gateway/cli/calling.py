"""`replydesk call offer|approve|cancel|move|why`: what the verbs about calls do, from a shell.

In: a ticket or the name of a call, `1042-1`. Out: what was done, as a transcript and the call as it then is; or why a
slot is or is not offered. It is the same verb through the same turn as a mail of that person. Without `--as` it is the
word of whoever has this shell: a scheduler's, and a lead's for `approve`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import click

from gateway.cli import spoken
from gateway.cli.call import call, key_of, line, missing
from gateway.cli.desk import Problem, Usage, now, number_of, opened, print_json, words
from gateway.cli.ticket import done_by
from gateway.config.settings import Config, read_secret
from gateway.rules.calls import reason, world
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Refused
from gateway.rules.verbs.calls import capability_of, read_start
from store import agenda
from store.engine import Store
from store.lookup import load
from store.records import Call, SaveCall
from store.report import stamp
from store.snapshot import Wanted

_AS = click.option("--as", "person", default="", help="The member of staff who says it: short name or address.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@call.command()
@click.argument("ref")
@click.option("--capability", required=True, help="What the call needs, such as network-engineering.")
@click.option("--minutes", type=click.IntRange(min=1), help="How long it takes; without: as the capability says.")
@click.option("--within", default="", help="No slot is later: 4h, 3d, fri 14:00.")
@click.option("--because", default="", help="What it is for.")
@_AS
@_JSON
@click.pass_context
def offer(
    context: click.Context, ref: str, capability: str, minutes: int | None, within: str, because: str, person: str,
    *, as_json: bool,
) -> None:  # fmt: skip
    """Offer the customer of a ticket slots of a live call; where a lead must say so first, ask the leads."""
    parts = [f"#call cap:{capability}", f"{minutes}m" if minutes else "", f"within {within}" if within else ""]
    verb = " ".join(filter(None, (*parts, f"because {because}" if because else "")))
    with opened(context) as (config, store):
        say(config, store, number_of(config, ref), ref, verb, person, "scheduler", None, as_json=as_json)


@call.command()
@click.argument("name", metavar="ID")
@_AS
@_JSON
@click.pass_context
def approve(context: click.Context, name: str, person: str, *, as_json: bool) -> None:
    """Give the word that a call waits for: it is offered."""
    with opened(context) as (config, store):
        ticket, number = key_of(config, name)
        say(config, store, ticket, name, f"#approve #{number}", person, "lead", number, as_json=as_json)


@call.command()
@click.argument("name", metavar="ID")
@click.option("--because", default="", help="Why, as the customer reads it.")
@_AS
@_JSON
@click.pass_context
def cancel(context: click.Context, name: str, because: str, person: str, *, as_json: bool) -> None:
    """Call it off: a promised call is taken out of both calendars, the right to book one ends."""
    with opened(context) as (config, store):
        ticket, number = key_of(config, name)
        verb = f"#call cancel #{number}" + (f" because {because}" if because else "")
        say(config, store, ticket, name, verb, person, "scheduler", number, as_json=as_json)


@call.command()
@click.argument("name", metavar="ID")
@click.argument("time")
@_AS
@_JSON
@click.pass_context
def move(context: click.Context, name: str, time: str, person: str, *, as_json: bool) -> None:
    """Move a booked call to another time: `fri 14:00`, 2026-12-01 14:00, or RFC 3339."""
    with opened(context) as (config, store):
        ticket, number = key_of(config, name)
        say(config, store, ticket, name, f"#call move {time} #{number}", person, "scheduler", number, as_json=as_json)


def say(
    config: Config, store: Store, ticket: int, named: str, verb: str, person: str, role: str, number: int | None, *,
    as_json: bool,
) -> None:  # fmt: skip
    """The verb in its turn, then what was done and the call as it is now."""
    desk, said = config.desk(read_secret(config.store.data)), words(config)
    if "\n" in verb or "\r" in verb:
        raise Usage("a verb is one line")
    agent = desk.agent_named(person) if person else _shell(role)
    if agent is None:
        raise Usage(
            f"--as: {person!r} is nobody of the staff; staff: {', '.join(a.name for a in desk.agents.values())}"
        )
    if number is not None:
        with store.look() as connection:
            if agenda.call_view(connection, (ticket, number), said.prefix, said.location) is None:
                raise missing(named)
    outcome = done_by(store, desk, ticket, named, verb, agent, now(config))
    if isinstance(outcome, Refused):
        nearest = f"; nearest: {outcome.nearest}" if outcome.nearest else ""
        raise Problem(f"{outcome.reason}{nearest}")
    number = next(e.call.number for item in outcome.plan.done for e in item.effects if isinstance(e, SaveCall))
    with store.look() as connection:
        view = agenda.call_view(connection, (ticket, number), said.prefix, said.location) or {}
    if as_json:
        print_json({**view, **spoken.as_json(outcome, desk)})
        return
    spoken.show(outcome, desk)
    click.echo(f"{view['id']}: {line(view, desk)}")


def _shell(role: str) -> Agent:
    """Whoever has this shell: an operator, who is nobody of the staff."""
    return Agent(name="operator", full_name="an operator", address="", team="", roles=frozenset({role}))


# Why a slot is or is not offered


@call.command()
@click.argument("capability")
@click.argument("time")
@click.option("--minutes", type=click.IntRange(min=1), help="How long it takes; without: as the capability says.")
@click.option("--priority", type=click.IntRange(1, 5), help="Of the ticket; without: the least urgent that gets calls.")
@_JSON
@click.pass_context
def why(
    context: click.Context, capability: str, time: str, minutes: int | None, priority: int | None, *, as_json: bool
) -> None:
    """Why a slot of a capability is or is not offered now."""
    with opened(context) as (config, store):
        at = now(config)
        with store.look() as connection:
            snapshot = load(connection, Wanted(addresses=set(config.policy.agents), calls=at))
        desk = config.policy.as_of(snapshot.people, at)
        wanted = capability_of(capability, desk)
        start = read_start(time, desk, at)
        for refused in (wanted, start):
            if isinstance(refused, Refused):
                raise Usage("; nearest: ".join(filter(None, (refused.reason, refused.nearest))))
        assert isinstance(wanted, str)
        assert isinstance(start, datetime)
        asked = _asked(wanted, desk, at, minutes or 0, priority or _usual(desk))
        found = reason.explained(asked, start - desk.calls.before, desk, world.board(desk, snapshot, at), at)
    if as_json:
        print_json(_as_json(asked, found, desk))
    else:
        click.echo(f"{wanted}: {reason.sentence(found, desk)}")


def _usual(desk: Desk) -> int:
    return max(desk.calls.priorities, default=3)


def _asked(capability: str, desk: Desk, at: datetime, minutes: int, priority: int) -> Call:
    """A call that somebody might ask for."""
    wanted = desk.routing.capabilities[capability]
    return Call(
        ticket=0, number=0, capability=capability, level=wanted.level, minutes=minutes or wanted.minutes, contact="",
        priority=priority, requested_at=at, requested_by="",
    )  # fmt: skip


def _as_json(asked: Call, found: reason.Reason, desk: Desk) -> Mapping[str, Any]:
    why_ = found.why
    return {
        "capability": asked.capability,
        "start": stamp(found.start),
        "end": stamp(found.start + timedelta(minutes=asked.minutes)),
        "offered": found.offered,
        "reason": reason.sentence(found, desk),
        "policy": list(found.policy),
        "able": list(why_.able) if why_ is not None else [],
        "free": list(why_.free) if why_ is not None else [],
        "calls": list(why_.calls) if why_ is not None and not why_.feasible else [],
        "people": list(why_.people) if why_ is not None and not why_.feasible else [],
        "full_days": [[name, day.isoformat()] for name, day in (why_.full_days if why_ is not None else ())],
        "full_weeks": [[name, day.isoformat()] for name, day in (why_.full_weeks if why_ is not None else ())],
        "fragile": list(found.fragile),
        "kept": found.kept or None,
    }
