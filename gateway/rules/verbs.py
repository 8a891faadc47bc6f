"""The verbs of the desk: one table for mail, `ticket do` and help (DESIGN section 8).

In: a command's words, the ticket as it stands, who asks. Out: a `Planned` change, or a `Refused` with the reason and
the nearest valid form. Planning writes nothing; all commands of a mail are planned before any of them is done.

To add a verb: write one planning function and one row of `VERBS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from gateway.rules import merging
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import NOTHING, Known
from parsing.command import Command
from store.records import Status, Ticket, TicketRef

MAX_TAG = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why nothing was done, and what would be. `of_verbs`: a list of the verbs helps."""

    reason: str
    nearest: str = ""
    of_verbs: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one verb will do: the changed fields, the line of the transcript, and what goes with it. `into` is the
    ticket that this one becomes part of."""

    line: str
    before: str = ""
    after: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    event: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    internal: bool = False
    help: bool = False
    into: TicketRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a verb is asked with."""

    args: str
    line: str
    ticket: Ticket
    desk: Desk
    actor: Agent
    now: datetime
    known: Known = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One row of the table: how it is written, what it does, and the function that plans it."""

    name: str
    usage: str
    meaning: str
    plan: Callable[[Request], Planned | Refused]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All verbs of one mail, planned one after the other; `ticket` is the ticket as it will be."""

    ticket: Ticket
    done: tuple[Planned, ...]

    @property
    def internal(self) -> bool:
        return any(item.internal for item in self.done)

    @property
    def wants_help(self) -> bool:
        return any(item.help for item in self.done)

    @property
    def into(self) -> TicketRef | None:
        """The ticket that this one is merged into."""
        return next((item.into for item in self.done if item.into is not None), None)


def plan(
    commands: tuple[Command, ...], ticket: Ticket, desk: Desk, actor: Agent, now: datetime, known: Known = NOTHING
) -> Plan | Refused:
    """Plan all commands, or refuse them all for the first that cannot be done. `known` has the tickets that they name
    (`named`)."""
    done: list[Planned] = []
    for command in commands:
        verb = VERBS.get(command.verb.lower())
        if verb is None:
            return _unknown(command)
        if any(item.into is not None for item in done):
            return Refused(reason=f"{command.line}: after #merge nothing can be done with it", nearest="#merge last")
        request = Request(
            args=command.args.strip(),
            line=command.line,
            ticket=ticket,
            desk=desk,
            actor=actor,
            now=now,
            known=known,
        )
        result = verb.plan(request)
        if isinstance(result, Refused):
            nearest = result.nearest or verb.usage
            return Refused(reason=f"{command.line}: {result.reason}", nearest=nearest)
        ticket = replace(ticket, **result.changes)
        done.append(result)
    return Plan(ticket=ticket, done=tuple(done))


def named(commands: tuple[Command, ...], desk: Desk) -> set[int]:
    """The tickets that these commands name, to be looked up before anything is planned."""
    found = {merging.target(command.args, desk) for command in commands if command.verb.lower() == "merge"}
    return {number for number in found if number is not None}


def may_act(actor: Agent, ticket: Ticket) -> bool:
    """Public replies and verbs on a ticket are for agents of the owning or a helping team, and for leads."""
    return "lead" in actor.roles or ("agent" in actor.roles and actor.team in (ticket.team, *ticket.helpers))


def usages() -> list[str]:
    """One line a verb: what help and a refusal show."""
    return [f"{verb.usage} — {verb.meaning}" for verb in VERBS.values()]


def _unknown(command: Command) -> Refused:
    close = get_close_matches(command.verb.lower(), VERBS, n=1, cutoff=0.5)
    return Refused(
        reason=f"{command.line}: there is no verb {command.verb}", nearest=VERBS[close[0]].usage if close else "#help"
    )


def _moved(request: Request, status: Status, verb: str, **changes: Any) -> Planned:
    return Planned(
        line=f"#{verb}",
        before=request.ticket.status.value,
        after=status.value,
        changes={"status": status, "updated_at": request.now, **changes},
        event="status-changed",
        detail={"from": request.ticket.status.value, "to": status.value},
    )


def _accept(request: Request) -> Planned | Refused:
    if request.ticket.status is not Status.NEW:
        return Refused(reason=f"the ticket is {request.ticket.status.value} already")
    return _moved(request, Status.ACCEPTED, "accept")


def _start(request: Request) -> Planned | Refused:
    if request.ticket.status.category == "done":
        return Refused(reason=f"the ticket is {request.ticket.status.value}", nearest="#reopen")
    return _moved(request, Status.IN_PROGRESS, "start", assignee=request.ticket.assignee or request.actor.name)


def _resolve(request: Request) -> Planned | Refused:
    if request.ticket.status.category == "done":
        return Refused(reason=f"the ticket is {request.ticket.status.value} already", nearest="#reopen")
    if not request.args:
        return Refused(reason="say what the outcome was")
    return _moved(request, Status.RESOLVED, "resolve", outcome=request.args, resolved_at=request.now)


def _close(request: Request) -> Planned | Refused:
    if request.ticket.status is Status.CLOSED:
        return Refused(reason="the ticket is closed already", nearest="#reopen")
    if request.ticket.status is not Status.RESOLVED:
        return Refused(reason="only a resolved ticket is closed", nearest="#resolve OUTCOME")
    return _moved(request, Status.CLOSED, "close")


def _reopen(request: Request) -> Planned | Refused:
    if request.ticket.status.category != "done":
        return Refused(reason=f"the ticket is {request.ticket.status.value}: it is open")
    into = request.known.merged.get(request.ticket.ref)
    if into is not None:
        other = request.desk.reference(into)
        return Refused(reason=f"it is merged into {other}", nearest=f"write into {other}")
    status = Status.IN_PROGRESS if request.ticket.assignee else Status.ACCEPTED
    return _moved(request, status, "reopen", resolved_at=None, outcome="")


def _assign(request: Request) -> Planned | Refused:
    found = request.desk.agent_named(request.args.lstrip("@"))
    names = [a.name for a in request.desk.agents.values() if "agent" in a.roles or "lead" in a.roles]
    wanted = request.args.lstrip("@").lower()
    gone = next((a for a in request.desk.former.values() if wanted in (a.name, a.address)), None)
    if found is None and gone is not None:
        others = [a.name for a in request.desk.agents.values() if may_act(a, request.ticket)] or names
        return Refused(reason=f"{gone.name} is disabled", nearest=", ".join(f"#assign {name}" for name in others))
    if found is None or found.name not in names:
        close = get_close_matches(request.args.lower(), names, n=1, cutoff=0.5)
        reason = f"there is no agent {request.args}; agents: {', '.join(names)}" if request.args else "say whom"
        return Refused(reason=reason, nearest=f"#assign {close[0]}" if close else "")
    if not may_act(found, request.ticket):
        return Refused(reason=f"{found.name} is not of team {request.ticket.team}", nearest=f"#team {found.team}")
    return Planned(
        line="#assign",
        before=request.ticket.assignee or "nobody",
        after=found.name,
        changes={"assignee": found.name, "updated_at": request.now},
        event="assigned",
        detail={"from": request.ticket.assignee, "to": found.name},
    )


def _team(request: Request) -> Planned | Refused:
    teams = request.desk.teams
    if request.args not in teams:
        close = get_close_matches(request.args, teams, n=1, cutoff=0.5)
        return Refused(
            reason=f"there is no team {request.args or '(none named)'}; teams: {', '.join(teams)}",
            nearest=f"#team {close[0]}" if close else "",
        )
    return Planned(
        line="#team",
        before=request.ticket.team,
        after=request.args,
        changes={"team": request.args, "assignee": "", "updated_at": request.now},
        event="team-changed",
        detail={"from": request.ticket.team, "to": request.args},
    )


def _priority(request: Request) -> Planned | Refused:
    number, _, why = request.args.partition(" ")
    if number not in ("1", "2", "3", "4", "5"):
        return Refused(reason="a priority is a number from 1 (critical) to 5 (lowest)")
    because = why.strip().removeprefix("because").strip()
    reason = because or f"set by {request.actor.name}"
    return Planned(
        line="#priority",
        before=str(request.ticket.priority),
        after=f"{number} because {because}" if because else number,
        changes={"priority": int(number), "priority_reason": reason, "updated_at": request.now},
        event="priority-changed",
        detail={"from": request.ticket.priority, "to": int(number), "because": reason},
    )


def _tag(request: Request) -> Planned | Refused:
    tags = list(request.ticket.tags)
    words = request.args.split()
    if not words or any(word[0] not in "+-" or not 1 < len(word) <= MAX_TAG for word in words):
        return Refused(reason="write + before a tag to add and - before one to take away")
    for word in words:
        name = word[1:].lower()
        if word[0] == "+" and name not in tags:
            tags.append(name)
        elif word[0] == "-" and name in tags:
            tags.remove(name)
    return Planned(
        line="#tag",
        before=" ".join(request.ticket.tags) or "none",
        after=" ".join(tags) or "none",
        changes={"tags": tuple(tags), "updated_at": request.now},
        event="tagged",
        detail={"to": tags},
    )


def _merge(request: Request) -> Planned | Refused:
    number = merging.target(request.args, request.desk)
    if number is None:
        return Refused(reason="name the one ticket that it becomes part of")
    why, nearest = merging.hindrance(request.ticket, number, request.desk, request.known)
    if why:
        return Refused(reason=why, nearest=nearest)
    other = request.known.tickets[number]
    if not may_act(request.actor, other):
        reason = f"{request.desk.reference(number)} is of team {other.team}, and {request.actor.name} is not"
        return Refused(reason=reason, nearest=f"a lead or an agent of {other.team} may")
    outcome, before = f"merged into {request.desk.reference(number)}", request.ticket
    resolved_at = before.resolved_at or request.now
    return Planned(
        line="#merge",
        before=before.status.value,
        after=outcome,
        changes={
            "status": Status.CLOSED,
            "outcome": outcome,
            "resolved_at": resolved_at,
            "updated_at": request.now,
        },
        event="merged",
        detail={
            "from": before.status.value,
            "to": Status.CLOSED.value,
            "into": request.desk.reference(number),
            "outcome": before.outcome,
        },
        into=number,
    )


def _note(_request: Request) -> Planned | Refused:
    return Planned(line="#note", after="kept inside", internal=True)


def _help(_request: Request) -> Planned | Refused:
    return Planned(line="#help", help=True)


VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(name="note", usage="#note", meaning="the whole mail stays inside", plan=_note),
        Verb(name="accept", usage="#accept", meaning="we take it on", plan=_accept),
        Verb(name="start", usage="#start", meaning="work begins", plan=_start),
        Verb(name="assign", usage="#assign PERSON", meaning="who is accountable", plan=_assign),
        Verb(name="team", usage="#team TEAM", meaning="which team owns it", plan=_team),
        Verb(name="priority", usage="#priority N [because …]", meaning="1 critical to 5 lowest", plan=_priority),
        Verb(name="tag", usage="#tag +X -Y", meaning="add and take away tags", plan=_tag),
        Verb(name="resolve", usage="#resolve OUTCOME", meaning="done, with its outcome", plan=_resolve),
        Verb(name="close", usage="#close", meaning="end a resolved ticket", plan=_close),
        Verb(name="reopen", usage="#reopen", meaning="work on it again", plan=_reopen),
        Verb(name="merge", usage="#merge DESK-n", meaning="this ticket becomes part of that one", plan=_merge),
        Verb(name="help", usage="#help", meaning="this list", plan=_help),
    )
}
