"""`replydesk ticket take`: whoever asks for the next ticket gets it, and nobody picks (`ops` R65).

In: a member of staff, a write transaction. Out: the ticket that is next in their queue and that they can do, ours until
the turn ends. Two who ask at once get two. It gives nothing to anybody: `#take` does, by the same rules as by mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Connection

from gateway.rules import serving
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan, Refused
from store import questions

NEXT = -1
"""Instead of a ticket's number: the one that is next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle(Refused):
    """Nothing waits for this person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """The ticket that is next for somebody, if any, and what they gave back before and are not given again."""

    number: int | None = None
    passed: tuple[int, ...] = ()

    def why(self, desk: Desk) -> str:
        """` (you gave DESK-1003 back)`: why what stood before it was passed over."""
        return serving.given_back(self.passed, desk)


def next_for(connection: Connection, agent: Agent, desk: Desk, now: datetime) -> Next:
    """The ticket that is next for this person."""
    number, passed = questions.next_for(connection, serving.queue_of(agent, desk), agent.name, now)
    return Next(number=number, passed=passed)


def idle(agent: Agent, desk: Desk, found: Next) -> Refused:
    """Why there is nothing to take."""
    reason = serving.nothing(agent, desk, found.passed)
    return (
        Idle(reason=reason, of_verbs=False)
        if serving.queue_of(agent, desk).teams
        else Refused(reason=reason, of_verbs=False)
    )


def told(plan: Plan, view: Mapping[str, Any]) -> dict[str, Any]:
    """The ticket as `ticket list` has it, with its place in the queue."""
    taken = next((item.detail for item in plan.done if item.event == "taken"), {})
    ticket = {name: value for name, value in view.items() if name not in ("messages", "events")}
    return ticket | {name: taken.get(name) for name in ("place", "of", "before")}


def show(plan: Plan, view: Mapping[str, Any]) -> None:
    """The same in words."""
    click.echo(f"{view['ref']} · {view['team']} · P{view['priority']} · {view['status']} · {view['subject']}")
    for item in plan.done:
        click.echo(f"{item.line}: {item.before or '-'} → {item.after}")
