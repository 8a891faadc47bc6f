"""Handoffs of a ticket: by which edge, who was asked, who has it, what goes along under which name (`ops` R70-R75).

In: a ticket, the desk's edges, who is here. Out: frozen values, and the ticket with them. All handoffs that stand are
kept on the ticket, the newest first: who was brought in by one may hand the work on by another. It moves nobody's
ticket and mails nobody: that do the verbs (`verbs/handing.py`) and what follows from them (`specialists.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any

from gateway.rules import fields as ticket_fields
from gateway.rules import routing, workflow
from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.handoffs import Edge
from store.records import Person, SetTimer, Ticket

ACK = "ack"
"""The kind of the timer that ends the patience with whoever was asked (`ack:EDGE`)."""
HANDED, ACKED, RETURNED, SILENT, LACKS = (
    "handed-over", "handoff-acked", "handoff-returned", "handoff-silent", "handoff-lacks",
)  # fmt: skip
"""Events."""
ASKED, TAKEN, SENT, UNHEARD = "asked", "taken", "sent", "unheard"
"""How a handoff stands: somebody is asked, somebody has it, it went to a tracker, nobody in the line answered."""
MOST_BOUNCES = 3
"""From so many returns on, leads and managers are told of each."""
BACK = "handed_back"
"""The fact that names the edges by which this ticket was handed back: once is work that is done, again is a return."""
TRACKED = "tracked_by"
"""The fact of a ticket that names the trackers outside that it was handed to, with commas between their addresses."""
NEEDED = "returned_for"
"""The fact that says what the last return asked for: it is the next action until somebody says another one."""
MOST_STANDING = 8
"""Handoffs that are kept: there are seldom more teams at one ticket."""
_UNDER = "under"
_COLUMNS = ("topic", "subtopic", "priority", "impact", "urgency", "ruf", "next_action", "root_cause", "outcome")
"""What goes along beside a ticket's facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One that stands. `to` is a team or a tracker's address, `by` who handed it over (`system`: a rule), `whom` who is
    asked now, `asked` all who were. `joined`: the team came to the ticket by it; `raised`: the ticket was escalated by
    it; `moved`: it was `owner_team`'s, and `owner`'s, before."""

    edge: str
    origin: str
    to: str
    by: str
    at: str
    state: str = ASKED
    whom: str = ""
    asked: tuple[str, ...] = ()
    until: str = ""
    because: str = ""
    joined: bool = False
    raised: bool = False
    moved: bool = False
    owner_team: str = ""
    owner: str = ""


def standing(ticket: Ticket) -> tuple[Handoff, ...]:
    """The handoffs of a ticket, the newest first."""
    found: list[Handoff] = []
    kept: Mapping[str, Any] = ticket.handoff
    while kept and len(found) < MOST_STANDING:
        found.append(_read(kept))
        under = kept.get(_UNDER, "")
        kept = json.loads(under) if under else {}
    return tuple(found)


def live(ticket: Ticket) -> tuple[Handoff, ...]:
    """Those whose side works on the ticket still: a team that has left it by another word is asked for nothing."""
    teams = (ticket.team, *ticket.helpers)
    return tuple(one for one in standing(ticket) if one.to in teams and one.state != SENT and not ticket.is_done)


def timers(ticket: Ticket) -> list[SetTimer]:
    """The patience with those who are asked, for a ticket that takes another one's place, or that is back."""
    return [
        SetTimer(
            ticket=ticket.ref, kind=f"{ACK}:{one.edge}", due_at=datetime.fromisoformat(one.until),
            detail={"edge": one.edge, "at": one.at},
        )
        for one in live(ticket)
        if one.state == ASKED
    ]  # fmt: skip


def _read(kept: Mapping[str, str]) -> Handoff:
    words = {one.name: kept.get(one.name, "") for one in fields(Handoff)}
    flags = {name: words[name] == "yes" for name in _FLAGS}
    asked = tuple(filter(None, words["asked"].split(",")))
    return Handoff(**{**words, **flags, "asked": asked})  # type: ignore[arg-type]


_FLAGS = ("joined", "raised", "moved")


def kept(ticket: Ticket, handoffs: Iterable[Handoff]) -> Ticket:
    """The ticket with these handoffs, the newest first."""
    under = ""
    for one in reversed(tuple(handoffs)[:MOST_STANDING]):
        words = {**asdict(one), "asked": ",".join(one.asked), **{name: "yes" for name in _FLAGS if getattr(one, name)}}
        flat = {name: value for name, value in words.items() if value and value is not True}
        under = json.dumps({**flat, **({_UNDER: under} if under else {})}, ensure_ascii=False)
    return replace(ticket, handoff=json.loads(under) if under else {})


def with_one(ticket: Ticket, handoff: Handoff) -> Ticket:
    """The ticket with this handoff in the place of the one that went to the same side."""
    others = [one for one in standing(ticket) if one.to != handoff.to]
    same = any(one.at == handoff.at and one.edge == handoff.edge for one in standing(ticket))
    if not same:
        return kept(ticket, (handoff, *others))
    return kept(ticket, (handoff if one.to == handoff.to else one for one in standing(ticket)))


def without(ticket: Ticket, to: str) -> Ticket:
    """The ticket without the handoff to that side."""
    return kept(ticket, (one for one in standing(ticket) if one.to != to))


def backs(ticket: Ticket) -> tuple[str, ...]:
    """The edges by which it was handed back."""
    return tuple(filter(None, ticket.facts.get(BACK, "").split(",")))


def handed_back(ticket: Ticket, edge: str) -> Ticket:
    """The ticket handed back by this edge. Who hands it back a second time had not been done the first time either:
    then both are returns, and so is each that follows."""
    before = backs(ticket)
    times = before.count(edge)
    if times < len(_COUNTS) - 1:
        ticket = replace(ticket, facts={**ticket.facts, BACK: ",".join((*before, edge))})
    return replace(ticket, bounced=ticket.bounced + _COUNTS[times])


_COUNTS = (0, 2, 1)
"""Returns that the first, the second, and each later handing back by an edge makes."""


def often(times: int) -> str:
    """What a transcript says of a ticket that came back so many times."""
    return f"; it came back {times} times, leads and managers are told" if times >= MOST_BOUNCES else ""


def edge_named(name: str, desk: Desk) -> Edge | None:
    return next((edge for edge in desk.handoffs if edge.name == name), None)


def edges_from(ticket: Ticket, actor: Agent, desk: Desk) -> tuple[Edge, ...]:
    """The edges by which this person may hand this ticket over: those of the teams that work on it, of their own one
    where they are no lead."""
    teams = {ticket.team, *ticket.helpers}
    mine = teams if "lead" in actor.roles else teams & {actor.team}
    return tuple(edge for edge in desk.handoffs if edge.origin in mine)


def needs(edge: Edge) -> tuple[str, ...]:
    """The fields without which nothing is handed over by this edge (R10: what happens next is one of them)."""
    return tuple(dict.fromkeys((*edge.needs, "next_action")))


def missing(edge: Edge, ticket: Ticket) -> tuple[str, ...]:
    """Those that the ticket does not have. What a return asked for is its previous owner's next action, and nobody
    else's."""
    if ticket.next_action and ticket.next_action == ticket.facts.get(NEEDED):
        ticket = replace(ticket, next_action="")
    return workflow.missing_for(ticket, needs(edge))


def owner_moves(edge: Edge, ticket: Ticket) -> bool:
    """Whether another team is accountable from then on. While other teams are there by an escalation, whoever owns the
    ticket goes on owning it, whatever the edge says (X7, R75): one accountable owner throughout. Only the team that
    owns it can give it away."""
    return edge.owner == "moves" and edge.origin == ticket.team and not routing.joined(ticket)


def line(edge: Edge, ticket: Ticket, desk: Desk, people: Mapping[str, Person], now: datetime) -> tuple[str, ...]:
    """Who is asked to take it, one after the other: those whom the edge names, else whoever of the team has it or had
    it, then the agents of the team, and last the leads. Nobody who is away, while anybody is here."""
    staff = {agent.name: agent for agent in desk.agents.values()}
    team = [name for name, agent in staff.items() if "agent" in agent.roles and agent.team == edge.to]
    had = [one.owner for one in standing(ticket) if one.owner_team == edge.to]
    near = [name for name in (ticket.assignee, *had) if name in team]
    leads = [name for name, agent in staff.items() if "lead" in agent.roles]
    named = [name for name in edge.people if name in staff]
    order = tuple(dict.fromkeys((*(named or (*near, *team)), *leads)))
    gone = routing.away(people, desk, now)
    return tuple(name for name in order if name not in gone) or order


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What goes along: (our name, their name, value) of each field that the edge maps, and (our name, value) of those
    that it does not, so that nothing disappears (R72)."""

    mapped: tuple[tuple[str, str, str], ...] = ()
    appendix: tuple[tuple[str, str], ...] = ()

    @property
    def told(self) -> str:
        """What became of the names, for a transcript; empty where each keeps its own and none is left over."""
        renamed = ", ".join(f"{_words(ours)} as {theirs}" for ours, theirs, _ in self.mapped if ours != theirs)
        rest = ", ".join(_words(name) for name, _ in self.appendix)
        said = [f"carried: {renamed}"] * bool(renamed) + [f"no name on the other side, in the appendix: {rest}"] * bool(
            rest
        )
        return "; ".join(said)


def carried(edge: Edge, ticket: Ticket, desk: Desk) -> Carried:
    """Every field of the ticket, under the name that the other side has for it. Where the edge maps nothing, the other
    side has our names."""
    values = _values(ticket, desk)
    same = needs(edge) if edge.map else tuple(values)
    names = {**{name: name for name in same}, **edge.map}
    mapped = tuple((name, theirs, values[name]) for name, theirs in names.items() if name in values)
    rest = tuple((name, value) for name, value in values.items() if name not in names)
    return Carried(mapped=mapped, appendix=rest)


def _values(ticket: Ticket, desk: Desk) -> dict[str, str]:
    facts = {field.name: value for field, value in ticket_fields.shown(ticket.facts, desk)}
    columns = {name: str(getattr(ticket, name)) for name in _COLUMNS if getattr(ticket, name)}
    return {**facts, **columns}


def _words(name: str) -> str:
    return name.replace("_", " ")


def in_vain(one: Handoff, ticket: Ticket) -> str:
    """Who was asked and did not answer, and whose the ticket is."""
    asked = one.asked or (one.to,)
    who = asked[0] if len(asked) == 1 else f"{', '.join(asked[:-1])} and {asked[-1]}"
    whose = f"{ticket.team}'s, and nobody has it" if one.to == ticket.team else f"still {ticket.team}'s"
    return f"{who} {'was' if len(asked) == 1 else 'were'} asked and did not answer; the ticket is {whose}"


def what_now(one: Handoff, ticket: Ticket) -> str:
    """The verbs by which a handoff that nobody took goes on."""
    if one.to == ticket.team:
        return f"#ack of anybody of {one.to} takes it, #assign PERSON gives it to somebody"
    return f"#handoff {one.edge} asks again, #with -{one.to} ends it"


def asked_of(name: str, ticket: Ticket) -> Handoff | None:
    """The handoff that this person is asked to take, and still can."""
    return next((one for one in live(ticket) if one.state == ASKED and one.whom == name), None)


def unheard(ticket: Ticket) -> Handoff | None:
    """The handoff that nobody took: all who were asked were silent."""
    return next((one for one in live(ticket) if one.state == UNHEARD), None)


def tracked(ticket: Ticket) -> tuple[str, ...]:
    """The trackers outside that this ticket was handed to."""
    return tuple(filter(None, ticket.facts.get(TRACKED, "").split(",")))


def waits(ticket: Ticket) -> str:
    """`waits for #ack of benedikt (network)`: what a notice says of a handoff that nobody has taken yet."""
    found = next((one for one in live(ticket) if one.state == ASKED), None)
    return f"waits for #ack of {found.whom} ({found.to})" if found is not None else ""
