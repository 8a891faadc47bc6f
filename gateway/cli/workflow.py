"""`replydesk workflow list|show`: which statuses tickets have, where they may go, what they need.

In: the configuration, no store. Out: the workflows of the three types and of every division, as the rules have them.
"""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.desk import Usage, configuration, print_json, print_rows
from gateway.config.problem import nearest
from gateway.rules.desk import Desk
from gateway.rules.policy.workflow import TYPES, Division, State, Workflow
from gateway.rules.workflow import spoken


@click.group()
def workflow() -> None:
    """Statuses, and the ways between them."""


@workflow.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def list_(context: click.Context, as_json: bool) -> None:
    """The workflows of the types and of the divisions."""
    desk = configuration(context).policy
    views = [workflow_view(flow, desk) for flow in flows(desk)]
    if as_json:
        print_json(views)
        return
    columns = [("name", 16), ("of", 10), ("statuses", 0)]
    print_rows([{**view, "statuses": _chain(view)} for view in views], columns)


@workflow.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def show(context: click.Context, name: str | None, as_json: bool) -> None:
    """One workflow (or all of them), status by status: its category, what may follow, what it needs."""
    desk = configuration(context).policy
    known = {flow.name: flow for flow in flows(desk)}
    if name is not None and name.lower() not in known:
        meant = nearest(name, known)
        also = f"; nearest: {meant}" if meant else ""
        raise Usage(f"there is no workflow {name}; workflows: {', '.join(known)}{also}")
    views = [workflow_view(flow, desk) for flow in known.values() if name is None or flow.name == name.lower()]
    if as_json:
        print_json(views[0] if name is not None else views)
        return
    click.echo("\n\n".join(portrait(view) for view in views))


def flows(desk: Desk) -> list[Workflow]:
    """All workflows: of the types first, then of the divisions."""
    return [*TYPES.values(), *(division.workflow for division in desk.divisions.values())]


def workflow_view(flow: Workflow, desk: Desk) -> dict[str, Any]:
    """The workflow as JSON. `statuses` are those that a ticket is worked in; all of them end in `closed`."""
    division = desk.divisions.get(flow.name) if flow.name not in TYPES else None
    return {
        "name": flow.name,
        "of": "type" if division is None else "division",
        "statuses": [_state(state) for state in flow.states if state.name != "closed"],
        "closed": next(_state(state) for state in flow.states if state.name == "closed"),
        **division_view(division, desk),
    }


def division_view(division: Division | None, desk: Desk) -> dict[str, Any]:
    """What a division has of its own beside its statuses."""
    if division is None:
        return {}
    return {
        "teams": sorted(division.teams),
        "priorities": {str(number): label for number, label in division.priorities.items()},
        "activities": list(division.activities or desk.activities),
        "subtypes": {name: list(needs) for name, needs in division.subtypes.items()},
    }


def _state(state: State) -> dict[str, Any]:
    return {"name": state.name, "category": state.category, "next": list(state.next), "needs": list(state.needs)}


def _chain(view: dict[str, Any]) -> str:
    return ", ".join(spoken(state["name"]) for state in view["statuses"])


def portrait(view: dict[str, Any]) -> str:
    """As a person reads it: a line a status."""
    lines = [f"{view['name']} ({view['of']}), {len(view['statuses'])} statuses"]
    for place, state in enumerate(view["statuses"], start=1):
        lines.append(f"  {place}. {_line(state)}")
    lines.append(f"  then {_line(view['closed'])}")
    lines += [f"  {name}: {', '.join(view[name])}" for name in ("teams", "activities") if view.get(name)]
    if view.get("priorities"):
        lines.append("  priorities: " + ", ".join(f"{n} {label}" for n, label in view["priorities"].items()))
    for name, needs in view.get("subtypes", {}).items():
        lines.append(f"  kind {name}" + (f", needs {', '.join(spoken(one) for one in needs)}" if needs else ""))
    return "\n".join(lines)


def _line(state: dict[str, Any]) -> str:
    category = f" ({state['category']})" if state["category"] != "open" else ""
    ahead = ", ".join(spoken(name) for name in state["next"]) or "nothing"
    needs = f"; needs {', '.join(spoken(name) for name in state['needs'])}" if state["needs"] else ""
    return f"{spoken(state['name'])}{category} → {ahead}{needs}"
