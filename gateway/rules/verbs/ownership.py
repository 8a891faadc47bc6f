"""Verbs that say who is accountable: assign, team, with, take, escalate, deescalate.

In: a `Request`. Out: a `Planned` or a `Refused`. A ticket always has a team; a person when work starts. Whoever helps,
the owner stays. A ticket goes to another team by a lead's word only, and never without its next action.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gateway.rules import routing, serving, workflow
from gateway.rules.desk import Agent, Desk, Team
from gateway.rules.policy.routing import ON_ACCEPT
from gateway.rules.rights import Action
from gateway.rules.routing import Choice
from gateway.rules.verbs import queueing
from gateway.rules.verbs.handover import left, moved_in, rehoused, waiting, without
from gateway.rules.verbs.request import Planned, Refused, Request, Verb, divided, may_act
from parsing.command import Command
from store.records import Status, Ticket

NOBODY_FITS = "nobody-fits"
"""The event that the router found nobody: the team keeps it, the leads are told once."""

_TIER = re.compile(r"(?:tier ?)?([1-9])")
_SHOWN = 6
"""How many of those who do not get it a transcript names."""


def weighs(commands: Iterable[Command], desk: Desk) -> bool:
    """Whether these commands ask the router, so that it must be known what everybody has on their hands."""
    for command in commands:
        verb, first = command.verb.lower(), command.args.partition(" ")[0].lower()
        if verb == "assign" and first in ("", "auto"):
            return True
        if verb == "accept" and desk.routing.assign == ON_ACCEPT:
            return True
    return False


def ranks(commands: Iterable[Command]) -> bool:
    """Whether it must be known where the ticket stands in its queue."""
    return any(command.verb.lower() == "take" for command in commands)


def _assign(request: Request) -> Planned | Refused:
    wanted, because = _split(request.args)
    word, _, rest = wanted.partition(" ")
    if word in ("", "auto"):
        return _auto(request, rest)
    if wanted == "nobody":
        return _back(request, because)
    team = _named(wanted, request.desk)
    if team is not None:
        return _by_a_lead(_to_team(request, team, "assign"))
    return _to_person(request, request.actor.name if wanted == "me" else wanted)


def _to_person(request: Request, wanted: str) -> Planned | Refused:
    desk, ticket = request.desk, request.ticket
    found = desk.agent_named(wanted)
    names = [a.name for a in desk.agents.values() if "agent" in a.roles or "lead" in a.roles]
    gone = next((a for a in desk.former.values() if wanted in (a.name, a.address)), None)
    if found is None and gone is not None:
        return Refused(reason=f"{gone.name} is disabled", nearest=_others(request, names))
    if found is None or found.name not in names:
        close = get_close_matches(wanted, [*names, *desk.teams], n=1, cutoff=0.5)
        reason = f"there is no agent {wanted}; agents: {', '.join(names)}"
        return Refused(reason=reason, nearest=f"#assign {close[0]}" if close else "")
    until = routing.away(request.known.people, desk, request.now).get(found.name)
    if until is not None:
        reason = f"{found.name} is away until {routing.spoken(until, desk)}"
        return Refused(reason=reason, nearest=_others(request, names))
    if found.name == ticket.assignee:
        return Refused(reason=f"{found.name} has it already", of_verbs=False)
    if may_act(found, ticket):
        given = _given(request, found, event="assigned")
        return given if found.team == ticket.team or "lead" in found.roles else _by_a_lead(given)
    planned = _to_team(request, desk.teams[found.team], "assign")
    if isinstance(planned, Refused):
        return planned
    after = replace(planned.ticket, assignee=found.name)
    detail = {**planned.detail, "assignee": found.name}
    said = planned.after.replace(found.team, f"{found.team}, {found.name}", 1)
    return _by_a_lead(replace(planned, ticket=after, after=said, detail=detail))


def _others(request: Request, names: Sequence[str]) -> str:
    away = routing.away(request.known.people, request.desk, request.now)
    may = [a.name for a in request.desk.agents.values() if may_act(a, request.ticket) and a.name not in away]
    return ", ".join(f"#assign {name}" for name in may or names)


def _auto(request: Request, capability: str) -> Planned | Refused:
    """The router picks; the transcript says whom, and why nobody else."""
    known = request.desk.routing.capabilities
    if capability and capability not in known:
        close = get_close_matches(capability, known, n=1, cutoff=0.5)
        reason = f"there is no capability {capability}; capabilities: {', '.join(known) or 'none'}"
        return Refused(reason=reason, nearest=f"#assign auto {close[0]}" if close else "#assign auto")
    if request.ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(request.ticket.status)}", nearest="#reopen")
    return routed(request, capability)


def routed(request: Request, capability: str = "") -> Planned:
    """Whoever fits best gets it. Where nobody does, the team keeps it and its leads are told."""
    ticket, desk = request.ticket, request.desk
    choice = routing.chosen(ticket, desk, request.known, request.now, capability)
    others = _others_of_team(choice, ticket, desk)
    rejected = _spoken(others)
    if choice.agent is None:
        return Planned(
            ticket=ticket,
            line="#assign",
            before=ticket.assignee or "nobody",
            after=f"nobody fits, {ticket.team} keeps it and its lead is told: {rejected or 'nobody is of the team'}",
            event=NOBODY_FITS,
            detail={"team": ticket.team, "rejected": others},
        )
    if choice.agent.name == ticket.assignee:
        kept = f"{ticket.assignee} keeps it: {choice.because}"
        return Planned(ticket=ticket, line="#assign", before=ticket.assignee, after=kept)
    planned = _given(request, choice.agent, event="assigned", because=choice.because, rejected=others)
    said = f"{choice.agent.name}: {choice.because}"
    return replace(planned, after=f"{said}; not {rejected}" if rejected else said)


def on_accept(request: Request, before: Ticket) -> Planned | None:
    """Where the desk wants it so, whoever fits best gets what was just accepted and is nobody's."""
    ticket = request.ticket
    if request.desk.routing.assign != ON_ACCEPT or ticket.assignee or before.status != Status.NEW:
        return None
    return routed(request) if ticket.status == Status.ACCEPTED else None


def _others_of_team(choice: Choice, ticket: Ticket, desk: Desk) -> dict[str, str]:
    """Those of its team who do not get it, each with the reason; the others were never in question."""
    near = {a.name for a in (*desk.agents.values(), *desk.former.values()) if a.team == ticket.team}
    return {name: reason for name, reason in choice.others.items() if name in near}


def _spoken(others: Mapping[str, str]) -> str:
    said = [f"{name} ({reason})" for name, reason in others.items()]
    more = len(said) - _SHOWN
    return ", ".join([*said[:_SHOWN], *([f"{more} more"] if more > 0 else [])])


def _given(request: Request, agent: Agent, *, event: str, **detail: Any) -> Planned:
    """The ticket is that person's from now on; that they once gave it back is forgotten."""
    ticket = request.ticket
    returned = [name for name in routing.returned(ticket) if name != agent.name]
    facts = _facts(ticket, routing.RETURNED, returned)
    return Planned(
        ticket=request.changed(assignee=agent.name, owned_at=request.now, facts=facts),
        line=f"#{'take' if event == 'taken' else 'assign'}",
        before=ticket.assignee or "nobody",
        after=agent.name,
        event=event,
        detail={"from": ticket.assignee, "to": agent.name, **detail},
    )


def _back(request: Request, because: str) -> Planned | Refused:
    """Back to the team; the router does not give it to the same person again."""
    ticket = request.ticket
    if not ticket.assignee:
        return Refused(reason="nobody has it", nearest="#assign PERSON")
    returned = dict.fromkeys((*routing.returned(ticket), ticket.assignee))
    facts = _facts(ticket, routing.RETURNED, returned)
    why = {"because": because} if because else {}
    after, waits = left(request, request.changed(assignee="", owned_at=request.now, facts=facts), because)
    return Planned(
        ticket=after,
        line="#assign",
        before=ticket.assignee,
        after=f"nobody, {ticket.team} has it{waiting(waits)}",
        event="assigned",
        detail={"from": ticket.assignee, "to": "", **why},
        follows=waits,
    )


def _facts(ticket: Ticket, name: str, values: Iterable[str]) -> dict[str, str]:
    facts = {key: value for key, value in ticket.facts.items() if key != name}
    said = ",".join(values)
    return {**facts, name: said} if said else facts


def _team(request: Request) -> Planned | Refused:
    teams = request.desk.teams
    if request.args.lower() not in teams:
        return _no_team(request.args, request.desk, "#team", request.ticket.team)
    return _to_team(request, teams[request.args.lower()], "team")


def _to_team(request: Request, team: Team, verb: str) -> Planned | Refused:
    """Another team owns it, and nobody of it yet; a next action goes with it (R10)."""
    ticket, desk = request.ticket, request.desk
    if team.name == ticket.team:
        return Refused(reason=f"{team.name} has it already", nearest="#assign PERSON")
    if "lead" not in request.actor.roles:
        leads = ", ".join(a.name for a in desk.agents.values() if "lead" in a.roles) or "no lead is known"
        reason = f"it is of team {ticket.team}, and only a lead gives it to another team"
        return Refused(reason=reason, nearest=f"#with {team.name}, or ask {leads}", of_verbs=False)
    if not ticket.next_action:
        return Refused(reason="before it goes to another team it needs: next action", nearest="#todo …")
    helpers = tuple(name for name in ticket.helpers if name != team.name)
    given = request.changed(team=team.name, assignee="", owned_at=request.now, helpers=helpers)
    freed, told = left(request, given, f"{team.name} has it now")
    after = workflow.housed(freed, desk, request.now)
    return Planned(
        ticket=after,
        line=f"#{verb}",
        before=ticket.team,
        after=f"{team.name}{waiting(told)}{rehoused(freed, after)}",
        event="team-changed",
        detail={"from": ticket.team, "to": team.name},
        follows=(*told, *moved_in(freed, after, request.actor.name)),
    )


def _by_a_lead(planned: Planned | Refused) -> Planned | Refused:
    """To give a ticket to another team is a lead's, by whatever verb."""
    return planned if isinstance(planned, Refused) else replace(planned, action=Action.DECIDE)


def _no_team(wanted: str, desk: Desk, verb: str, own: str) -> Refused:
    close = get_close_matches(wanted.lower(), desk.teams, n=1, cutoff=0.5) or [t for t in desk.teams if t != own]
    teams = ", ".join(desk.teams)
    return Refused(
        reason=f"there is no team {wanted}; teams: {teams}" if wanted else f"say which team: {teams}",
        nearest=f"{verb} {close[0]}" if close else "",
    )


def _with(request: Request) -> Planned | Refused:
    """A team works along; whose ticket it is stays as it is (R09)."""
    ticket, leaves = request.ticket, request.args.startswith("-")
    wanted = request.args.lstrip("-+ ").lower()
    if wanted not in request.desk.teams:
        return _no_team(wanted, request.desk, "#with", ticket.team)
    if wanted == ticket.team:
        return Refused(reason=f"{wanted} owns it")
    if leaves is (wanted not in ticket.helpers):
        words = "does not work along" if leaves else "works along already"
        return Refused(reason=f"{wanted} {words}", nearest=f"#with {wanted}" if leaves else f"#with -{wanted}")
    helpers = tuple(name for name in ticket.helpers if name != wanted) if leaves else (*ticket.helpers, wanted)
    after, told, said = without(request, request.changed(helpers=helpers), f"{wanted} left")
    return Planned(
        ticket=after,
        line="#with",
        before=", ".join((ticket.team, *ticket.helpers)),
        after=", ".join((ticket.team, *helpers)) + said,
        event="team-left" if leaves else "team-joined",
        detail={"team": wanted, "owner": after.assignee or ticket.team},
        follows=told,
    )


def _take(request: Request) -> Planned | Refused:
    """One's own if nobody has it; the event says where it stood in the queue."""
    ticket, actor, desk = request.ticket, request.actor, request.desk
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    if ticket.assignee:
        whose = "you have" if ticket.assignee == actor.name else f"{ticket.assignee} has"
        return Refused(reason=f"{whose} it already", nearest="#assign me" if ticket.assignee != actor.name else "")
    until = routing.away(request.known.people, desk, request.now).get(actor.name)
    if until is not None:
        reason = f"{actor.name} is away until {routing.spoken(until, desk)}"
        return Refused(reason=reason, nearest="#back", of_verbs=False)
    place = request.known.places.get(ticket.ref)
    if place is None:
        return _given(request, actor, event="taken", place=None)
    before = [desk.reference(number) for number in place.before]
    planned = _given(request, actor, event="taken", place=place.rank, of=place.of, before=before)
    stood = f"place {place.rank} of {place.of} in the queue of {ticket.team}"
    return replace(
        planned, after=", ".join([actor.name, stood, *([f"before it: {', '.join(before)}"] if before else [])])
    )


def _escalate(request: Request) -> Planned | Refused:
    """The next higher tier joins; the owner stays (X7)."""
    ticket, desk = request.ticket, request.desk
    wanted, because = _split(request.args)
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    top = routing.tier_of(ticket, desk)
    if not routing.above(ticket, desk):
        return _no_higher(request, top)
    team = _named(wanted, desk)
    tier = _TIER.fullmatch(wanted)
    if team is None and wanted and tier is None:
        return _no_team(wanted, desk, "#escalate", ticket.team)
    if team is not None and (team.name in (ticket.team, *ticket.helpers) or team.tier <= top):
        reason = f"{team.name} is of tier {team.tier}, and tier {top} works on it already"
        return Refused(reason=reason, nearest=_upwards(routing.above(ticket, desk)))
    found = (team,) if team is not None else routing.above(ticket, desk, int(tier[1]) if tier else 0)
    if not found and tier:
        reason = f"no team of tier {tier[1]} is above tier {top}, which works on it"
        return Refused(reason=reason, nearest=_upwards(routing.above(ticket, desk)))
    if len(found) > 1:
        found = _able(found, request) or found
    if len(found) > 1:
        names = " and ".join(one.name for one in found)
        return Refused(reason=f"tier {found[0].tier} is {names}: say which", nearest=_upwards(found))
    reason = because or f"asked for by {request.actor.name}"
    raised = routing.raised(ticket, found[0].name, reason, request.actor.name, desk, request.now)
    return Planned(
        ticket=raised.ticket,
        line="#escalate",
        before=f"tier {top}",
        after=f"tier {found[0].tier}: {found[0].name} joins, {ticket.assignee or ticket.team} owns it",
        event="escalated",
        detail=raised.events[0].detail,
    )


def _no_higher(request: Request, top: int) -> Refused:
    """Nobody is above those who work on it; others could still work along."""
    ticket, desk = request.ticket, request.desk
    others = [f"#with {name}" for name in desk.teams if name not in (ticket.team, *ticket.helpers)]
    if len({team.tier for team in desk.teams.values()}) == 1:
        return Refused(reason="there is no higher tier", nearest=", ".join(others), of_verbs=False)
    reason = f"no team is above tier {top}, which works on it already"
    return Refused(reason=reason, nearest=", ".join(others), of_verbs=False)


def _able(teams: Iterable[Team], request: Request) -> tuple[Team, ...]:
    """The teams that have somebody for what the ticket's topic needs, where it needs anything."""
    desk, needed = request.desk, routing.needs(request.ticket, request.desk)
    able = {agent.team for agent in desk.agents.values() if not any(routing.lacks(agent, one, desk) for one in needed)}
    return tuple(team for team in teams if team.name in able) if needed else ()


def _upwards(teams: Iterable[Team]) -> str:
    return ", ".join(f"#escalate {team.name} because …" for team in teams)


def _deescalate(request: Request) -> Planned | Refused:
    ticket = request.ticket
    if ticket.escalated_at is None:
        leave = ", ".join(f"#with -{name}" for name in ticket.helpers)
        rises = "#escalate because …" if routing.above(ticket, request.desk) else ""
        return Refused(reason="the ticket is not escalated", nearest=leave or rises, of_verbs=False)
    _, because = _split(request.args)
    lowered = routing.lowered(ticket, request.now)
    desk, gone = request.desk, [team for team in ticket.helpers if team not in lowered.helpers]
    after, told, said = without(request, lowered, because or f"{' and '.join(gone)} left")
    return Planned(
        ticket=after,
        line="#deescalate",
        before=f"tier {routing.tier_of(ticket, desk)}",
        after=f"tier {routing.tier_of(after, desk)}" + (f": {', '.join(gone)} may leave it" if gone else "") + said,
        event="deescalated",
        detail={"teams": gone, "because": because or f"asked for by {request.actor.name}"},
        follows=told,
    )


def _named(wanted: str, desk: Desk) -> Team | None:
    """The team of that name, or the only one of that tier (`tier2`)."""
    if wanted in desk.teams:
        return desk.teams[wanted]
    tier = _TIER.fullmatch(wanted) if wanted.startswith("tier") else None
    found = [team for team in desk.teams.values() if tier and team.tier == int(tier[1])]
    return found[0] if len(found) == 1 else None


def _split(args: str) -> tuple[str, str]:
    """`network because it is down` → whom in small letters, and why."""
    whom, because = divided(args)
    return whom.lstrip("@").lower(), because


VERBS = (
    Verb(
        name="assign", usage="#assign PERSON | auto | nobody", plan=_assign,
        meaning="who is accountable; auto, or no name: whoever fits best",
    ),
    Verb(name="team", usage="#team TEAM", meaning="which team owns it", plan=_team, action=Action.DECIDE),
    Verb(name="with", usage="#with [-]TEAM", meaning="a team works along (-: no longer), the owner stays", plan=_with),
    Verb(
        name=serving.TAKE, usage="#take", meaning="yours, if nobody has it", plan=_take, asks=queueing.asks_next,
        alone=queueing.of_no_ticket,
    ),
    Verb(
        name="escalate", usage="#escalate [TEAM] because …", plan=_escalate,
        meaning="the next higher tier joins, the owner stays",
    ),
    Verb(name="deescalate", usage="#deescalate because …", meaning="the higher tier leaves", plan=_deescalate),
)  # fmt: skip
