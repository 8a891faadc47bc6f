"""`replydesk call list|show`: live calls; the group that `call offer`, `call outcome` and the others belong to.

In: what is asked for, or the name of a call, `1042-1`. Out: the call's contract keys (DESIGN section 6), or lines for
people. It never shows who could take a call that nobody was invited to, nor a token.

To add a command: a function with `@call.command()` in a module of its own, named in `_ROOMS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo

import click

from gateway.cli.desk import Problem, Usage, local, number_of, opened, print_json, print_rows, words
from gateway.config.settings import Config
from gateway.rules.desk import Desk
from store import agenda
from store.agenda import CallFilter
from store.records import CallState

_ROOMS = ("calling", "outcome")
"""Modules that add commands to the group; they are imported when one of theirs is wanted."""


class Calls(click.Group):
    """A group whose commands live in several modules."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        _enter()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.commands:
            _enter()
        return super().get_command(ctx, cmd_name)


def _enter() -> None:
    for room in _ROOMS:
        import_module(f"gateway.cli.{room}")


@click.group(cls=Calls)
def call() -> None:
    """Live calls of tickets."""


def key_of(config: Config, text: str) -> tuple[int, int]:
    """The ticket and the number of the call `1042-1` (or `DESK-1042-1`); wrong usage otherwise."""
    ticket, dash, number = text.rpartition("-")
    if not dash or not number.isascii() or not number.isdigit() or len(number) > _LONGEST:
        raise Usage(f"{text!r} is no call; write 1042-1, the first call of {config.policy.prefix}-1042")
    return number_of(config, ticket), int(number)


def missing(text: str) -> Problem:
    """There is no call of that name."""
    return Problem(f"there is no call {text}; see replydesk call list")


@call.command(name="list")
@click.option("--ticket", default="", help="Only those of this ticket: DESK-1042.")
@click.option("--state", type=click.Choice([state.value for state in CallState]), default=None)
@click.option("--limit", type=click.IntRange(min=1), help="Only the newest N, still in the same order.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, ticket: str, state: str | None, limit: int | None, as_json: bool) -> None:
    """Calls, the first that was asked for first."""
    with opened(context) as (config, store), store.look() as connection:
        number = number_of(config, ticket) if ticket else None
        wanted = CallFilter(ticket=number, state=state or "", limit=limit)
        said = words(config)
        found = agenda.call_list(connection, wanted, said.prefix, said.location)
    if as_json:
        print_json(found)
        return
    if found:
        shown = [_row(one, config.policy) for one in found]
        names = [*shown[0]]
        widths = [(name, max(len(name), *(len(row[name]) for row in shown))) for name in names[:-1]]
        print_rows([{name: name for name in names}, *shown], [*widths, (names[-1], 0)])


@call.command()
@click.argument("name", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, name: str, as_json: bool) -> None:
    """One call, such as 1042-1, and what happened to it."""
    with opened(context) as (config, store), store.look() as connection:
        said, key = words(config), key_of(config, name)
        view = agenda.call_view(connection, key, said.prefix, said.location)
        course = agenda.course(connection, key) if view is not None and not as_json else []
    if view is None:
        raise missing(name)
    if as_json:
        print_json(view)
        return
    desk = config.policy
    click.echo(f"{view['id']} · {view['ticket']} · {line(view, desk)}")
    click.echo("\n".join(_portrait(view, desk)))
    for event in course:
        detail = ", ".join(f"{key} {value}" for key, value in event["detail"].items() if key != "call" and value)
        click.echo(f"  {local(event['at'], desk)} {event['kind']} {event['actor']}" + (f": {detail}" if detail else ""))


def line(view: Mapping[str, Any], desk: Desk) -> str:
    """A call in one line: what, how long, how it stands, when."""
    state = view["state"].replace("_", " ")
    when = f", {local(view['start'], desk)}" if view["start"] else ""
    who = f", {view['assigned']}" if view["assigned"] else ""
    answer = f", {view['partstat'].lower()}" if view["partstat"] and view["partstat"] != "NEEDS-ACTION" else ""
    return f"{view['capability'] or 'a call'} ({view['minutes']} min): {state}{when}{who}{answer}"


def _portrait(view: Mapping[str, Any], desk: Desk) -> list[str]:
    """What else is known of a call, a line each."""
    asked = f"Asked for: {local(view['requested_at'], desk)} by {view['requested_by']}"
    lines = [f"With: {view['contact']}", asked + (f": {view['purpose']}" if view["purpose"] else "")]
    if (grant := view["grant"]) is not None:
        lines.append(f"Grant: {grant['state']}, until {local(grant['expires_at'], desk)}")
    if view["offered"]:
        lines.append(f"Offered: {', '.join(_slot(slot, desk) for slot in view['offered'])}")
    for label, value in (("Held at", view["join_url"]), ("Short since", _said(view["short_since"], desk)),
                         ("Passed on by", ", ".join(view["passed"])), ("Outcome", view["outcome"])):  # fmt: skip
        if value:
            lines.append(f"{label}: {value}")
    return lines


def _slot(slot: Mapping[str, Any], desk: Desk) -> str:
    return f"{slot['number']} {local(slot['start'], desk)}"


def _said(instant: str | None, desk: Desk) -> str:
    return local(instant, desk) if instant else ""


def _row(view: Mapping[str, Any], desk: Desk) -> dict[str, str]:
    """A call in a row for people, under the heads of the columns."""
    zone = desk.zone.rpartition("/")[2].replace("_", " ")
    start = datetime.fromisoformat(view["start"]).astimezone(ZoneInfo(desk.zone)) if view["start"] else None
    return {
        "call": view["id"],
        "ticket": view["ticket"],
        "state": view["state"].replace("_", " "),
        "capability": view["capability"] or "-",
        "min": str(view["minutes"]),
        f"start ({zone})": f"{start:%Y-%m-%d %H:%M}" if start else "-",
        "with us": view["assigned"] or "-",
        "contact": view["contact"],
    }


_LONGEST = 6
"""Digits of a call's number."""
