"""Verbs that hand work on by a declared edge: handoff, ack (`ops` R70-R75); `returning.py` has the way back.

In: a `Request`. Out: a `Planned` or a `Refused`. Nothing is handed over without what the other side needs. One team and
one person are accountable throughout (X7): a handoff brings a team in or moves the ticket, as its edge says; no clock
begins anew by it. A rule that hands over plans the same verb.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from gateway.rules import routing, workflow
from gateway.rules.desk import Agent
from gateway.rules.fields import saying
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs.record import ACK, ASKED, SENT, TAKEN, UNHEARD, Handoff
from gateway.rules.policy.handoffs import Edge
from gateway.rules.times import spoken
from gateway.rules.verbs import outcome
from gateway.rules.verbs.handover import moved_in, rehoused, waiting, without
from gateway.rules.verbs.request import Planned, Refused, Report, Request, Verb, divided, may_act
from store.records import AddEvent, ClearTimer, Effect, SetTimer, Ticket

MOST_SAID = 600
"""Letters of a reason or a need."""
SYSTEM = Agent(
    name="system", full_name="the desk", address="", team="", roles=frozenset({"agent", "lead"}),
)  # fmt: skip
"""Who hands over by a rule."""


def _handoff(request: Request) -> Planned | Refused:
    ticket, desk = request.ticket, request.desk
    if not desk.handoffs:
        return Refused(reason="no handoff is declared on this desk", nearest="#with TEAM", of_verbs=False)
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    whom, because = divided(request.args)
    wanted = whom.lower()
    edges = handoffs.edges_from(ticket, request.actor, desk)
    if not wanted:
        return _listed(request, edges)
    edge = _named(wanted, edges, request)
    return edge if isinstance(edge, Refused) else over(request, edge, because[:MOST_SAID])


def _listed(request: Request, edges: Iterable[Edge]) -> Planned:
    """Where it may go from here, and what each way still needs."""
    rows = tuple((edge.name, edge.target, edge.trigger, _lacking(edge, request.ticket) or "nothing") for edge in edges)
    after = "; ".join(f"{name} to {to}, still needs {lacks}" for name, to, _, lacks in rows)
    report = Report(title="Handoffs from here", heads=("edge", "to", "when", "still needs"), rows=rows)
    return Planned(
        ticket=request.ticket, line="#handoff", before=request.ticket.team, after=after or "none leads from here",
        internal=False, report=report if rows else None,
    )  # fmt: skip


def _named(wanted: str, edges: tuple[Edge, ...], request: Request) -> Edge | Refused:
    """The edge of that name, or the only one to that team."""
    found = [edge for edge in edges if edge.name == wanted] or [edge for edge in edges if edge.target == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"#handoff {edge.name}" for edge in found)
        return Refused(reason=f"more than one handoff leads to {wanted}", nearest=names, of_verbs=False)
    known = ", ".join(edge.name for edge in edges) or "none"
    elsewhere = handoffs.edge_named(wanted, request.desk)
    if elsewhere is not None:
        reason = f"{wanted} leads from {elsewhere.origin}, and {_whose(request)}; from here: {known}"
        return Refused(reason=reason, nearest=", ".join(f"#handoff {edge.name}" for edge in edges), of_verbs=False)
    close = get_close_matches(wanted, [word for edge in edges for word in (edge.name, edge.target)], n=1, cutoff=0.5)
    nearest = f"#handoff {close[0]}" if close else "#handoff"
    return Refused(reason=f"no handoff {wanted} leads from here; handoffs: {known}", nearest=nearest)


def _whose(request: Request) -> str:
    if "lead" in request.actor.roles:
        return f"the ticket is at {' and '.join((request.ticket.team, *request.ticket.helpers))}"
    return f"you are of {request.actor.team}"


def _lacking(edge: Edge, ticket: Ticket) -> str:
    return ", ".join(workflow.spoken(name) for name in handoffs.missing(edge, ticket))


def over(request: Request, edge: Edge, because: str = "") -> Planned | Refused:
    """The ticket handed over by this edge: by a person's word, or by the desk's rule."""
    ticket, desk = request.ticket, request.desk
    missing = handoffs.missing(edge, ticket)
    if missing:
        reason = f"before it goes to {edge.target} it needs: {_lacking(edge, ticket)}"
        return Refused(reason=reason, nearest=", ".join(saying(name, desk) for name in missing), of_verbs=False)
    stands = next((one for one in handoffs.live(ticket) if one.to == edge.target), None)
    again = stands if stands is not None and stands.edge == edge.name and stands.state == UNHEARD else None
    if stands is not None and stands.edge == edge.name and again is None:
        who = f"{stands.whom} is asked" if stands.state == ASKED else f"{stands.whom or stands.to} has it"
        return Refused(reason=f"it went to {edge.target} already, {who}", nearest="#ack, or #return because … need …")
    if edge.to and edge.to == ticket.team and edge.origin not in ticket.helpers:
        return Refused(reason=f"{edge.to} owns it already", nearest="#handoff", of_verbs=False)
    went = _outside(ticket) if edge.address else _to_team(request, edge, because or edge.trigger)
    asked = () if edge.address else _line(request, edge)
    until = desk.calendar("").add(request.now, edge.ack)
    one = Handoff(
        edge=edge.name, origin=edge.origin, to=edge.target, by=request.actor.name, at=_stamp(request.now),
        state=ASKED if asked else SENT, whom=asked[0] if asked else "", asked=asked[:1],
        until=_stamp(until) if asked else "", because=because, joined=went.joined, raised=went.raised,
        moved=went.moved, owner_team=ticket.team, owner=ticket.assignee,
    )  # fmt: skip
    if again is not None:  # asked once more: how they came here stays as it was
        one = replace(one, joined=again.joined, raised=again.raised, because=because or again.because)
    after = handoffs.with_one(_handed_on(went, edge, request.actor.name), one)
    if went.back:
        after = handoffs.handed_back(after, edge.name)
    bounces = after.bounced > ticket.bounced
    carried = handoffs.carried(edge, ticket, desk)
    effects: list[Effect] = [ClearTimer(ticket=ticket.ref, kind=f"{ACK}:{old.edge}") for old in _ended(ticket, edge)]
    if asked:
        detail = {"edge": edge.name, "at": one.at}
        effects.append(SetTimer(ticket=ticket.ref, kind=f"{ACK}:{edge.name}", due_at=until, detail=detail))
    else:
        facts = {**after.facts, handoffs.TRACKED: ",".join(dict.fromkeys((*handoffs.tracked(after), edge.address)))}
        after = replace(after, facts=facts)
    often = handoffs.often(after.bounced) if bounces else ""
    said = f"{asked[0]} is asked to #ack until {spoken(until, desk)}" if asked else "it gets a mail with every field"
    if edge.address and because:
        said += f", and reads there: {because}"
    return Planned(
        ticket=after,
        line="#handoff",
        before=" and ".join((ticket.team, *ticket.helpers)),
        after="; ".join(filter(None, (f"{edge.target}, {said}", *went.said, carried.told))) + often,
        event=handoffs.HANDED,
        detail={
            "edge": edge.name, "from": edge.origin, "to": edge.target, "owner": edge.owner, "asked": one.whom,
            "because": because or edge.trigger, "appendix": [name for name, _ in carried.appendix],
            **({"bounced": after.bounced} if bounces else {}),
        },
        effects=tuple(effects),
        follows=went.follows,
    )  # fmt: skip


def _stamp(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%SZ"))


def _line(request: Request, edge: Edge) -> tuple[str, ...]:
    found = handoffs.line(edge, request.ticket, request.desk, request.known.people, request.now)
    return tuple(name for name in found if name != request.actor.name) or found


def _ended(ticket: Ticket, edge: Edge) -> list[Handoff]:
    """The handoffs that nobody is asked about any more: that to whoever hands it on, an older one to the same side."""
    return [one for one in handoffs.standing(ticket) if one.to in (edge.origin, edge.target) and one.edge != edge.name]


def _handed_on(went: _Went, edge: Edge, actor: str) -> Ticket:
    """Whoever hands it on has had it: where they leave it, or it was only handed back to its owner, their own handoff
    is over, else it is taken."""
    if went.leaves:
        return handoffs.without(went.ticket, edge.origin)
    found = handoffs.standing(went.ticket)
    owned = edge.origin == went.ticket.team
    stands = tuple(one for one in found if not (owned and one.to == edge.origin and not one.moved))
    taken = (
        replace(one, state=TAKEN, whom=actor, until="") if one.to == edge.origin and one.state != SENT else one
        for one in stands
    )
    return handoffs.kept(went.ticket, taken) if found else went.ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class _Went:
    """The ticket as the handoff leaves it, what is told of that, and the words of it."""

    ticket: Ticket
    follows: tuple[AddEvent, ...] = ()
    said: tuple[str, ...] = ()
    joined: bool = False
    raised: bool = False
    moved: bool = False
    leaves: bool = False
    """What was handed to whoever handed it over is over."""
    back: bool = False
    """It goes to the side that it came from."""


def _outside(ticket: Ticket) -> _Went:
    return _Went(ticket=ticket, said=(f"{ticket.assignee or ticket.team} owns it on",))


def _to_team(request: Request, edge: Edge, because: str) -> _Went:
    """Another team has it, joins it, or gets back what it had brought in."""
    ticket = request.ticket
    if edge.to == ticket.team:
        return _handed_back(request, edge, because)
    if handoffs.owner_moves(edge, ticket):
        return _moved(request, edge, because)
    owns = (f"{ticket.assignee or ticket.team} owns it on",)
    if edge.to in ticket.helpers:
        return _Went(ticket=replace(ticket, updated_at=request.now), said=owns)
    desk, actor = request.desk, request.actor.name
    if desk.teams[edge.to].tier > routing.tier_of(ticket, desk):
        raised = routing.raised(ticket, edge.to, because, actor, desk, request.now, edge.name)
        said = f"tier {routing.tier_of(ticket, desk)} → tier {desk.teams[edge.to].tier}"
        first = ticket.escalated_at is None
        return _Went(ticket=raised.ticket, follows=raised.events, said=(*owns, said), joined=True, raised=first)
    event = AddEvent(
        ticket=ticket.ref, kind="team-joined", actor=actor,
        detail={"team": edge.to, "owner": ticket.assignee or ticket.team},
    )  # fmt: skip
    return _Went(ticket=request.changed(helpers=(*ticket.helpers, edge.to)), follows=(event,), said=owns, joined=True)


def _handed_back(request: Request, edge: Edge, because: str) -> _Went:
    """What a team was brought in for is done: it leaves, whoever owns the ticket goes on."""
    ticket = request.ticket
    was = next((one for one in handoffs.standing(ticket) if one.to == edge.origin), None)
    after, told, said = parted(request, edge.origin, was, because)
    owns = f"{after.assignee or after.team} owns it on"
    return _Went(ticket=after, follows=told, said=(owns, *said), leaves=True, back=was is not None)


def parted(
    request: Request, team: str, was: Handoff | None, because: str
) -> tuple[Ticket, tuple[AddEvent, ...], tuple[str, ...]]:
    """The ticket that this team leaves; one that was there before its handoff stays. Where nothing else keeps the
    ticket up, it is escalated no longer."""
    ticket = request.ticket
    if was is not None and not was.joined:
        return ticket, (), (f"{team} works along as before",)
    keeps = any(one.moved and one.raised for one in handoffs.standing(ticket))
    after = routing.left_by(ticket, team, request.now, keeps=keeps)
    event = AddEvent(ticket=ticket.ref, kind="team-left", actor=request.actor.name, detail={"team": team})
    told: tuple[AddEvent, ...] = (event,)
    said: tuple[str, ...] = (f"{team} leaves it",)
    if ticket.escalated_at is not None and after.escalated_at is None:
        told = (*told, calmed(request, [team], because))
        said = (*said, "escalated no longer")
    after, freed, words = without(request, after, f"{team} left")
    return after, (*told, *freed), (*said, *filter(None, (words.removeprefix("; "),)))


def calmed(request: Request, teams: list[str], because: str) -> AddEvent:
    detail = {"teams": teams, "because": because}
    return AddEvent(ticket=request.ticket.ref, kind="deescalated", actor=request.actor.name, detail=detail)


def _moved(request: Request, edge: Edge, because: str) -> _Went:
    """The other team owns it, and nobody of it until somebody takes it."""
    ticket, desk = request.ticket, request.desk
    up = desk.teams[edge.to].tier > routing.tier_of(ticket, desk)
    first = up and ticket.escalated_at is None
    was = next((one for one in handoffs.standing(ticket) if one.to == edge.origin), None)
    down = was is not None and was.moved and was.raised and not up and not routing.joined(ticket)
    raised = {"escalated_at": request.now, "escalated_because": because} if first else {}
    lowers = {"escalated_at": None, "escalated_because": ""} if down else {}
    after, told, said = housed(request, edge.to, "", because, **raised, **lowers)
    if up:
        detail = {
            "team": edge.to, "from_tier": routing.tier_of(ticket, desk), "to_tier": desk.teams[edge.to].tier,
            "because": because, "rule": edge.name,
        }  # fmt: skip
        told = (*told, AddEvent(ticket=ticket.ref, kind="escalated", actor=request.actor.name, detail=detail))
        said = (*said, f"tier {routing.tier_of(ticket, desk)} → tier {desk.teams[edge.to].tier}")
    if down:
        told = (*told, calmed(request, [edge.origin], because))
        said = (*said, "escalated no longer")
    back = was is not None and was.origin == edge.to and was.edge not in handoffs.backs(ticket)
    return _Went(ticket=after, follows=told, said=said, raised=first, moved=True, leaves=True, back=back)


def housed(
    request: Request, team: str, owner: str, because: str, **more: Any
) -> tuple[Ticket, tuple[AddEvent, ...], tuple[str, ...]]:
    """The ticket in the hands of that team, and of that person where there is one."""
    ticket, desk, actor = request.ticket, request.desk, request.actor.name
    helpers = tuple(name for name in ticket.helpers if name != team)
    given = request.changed(team=team, assignee=owner, owned_at=request.now, helpers=helpers, **more)
    freed, waits = workflow.left(given, desk, request.now, actor, because)
    after = workflow.housed(freed, desk, request.now)
    event = AddEvent(
        ticket=ticket.ref, kind="team-changed", actor=actor,
        detail={"from": ticket.team, "to": team, "because": because},
    )  # fmt: skip
    told = [event]
    if owner != ticket.assignee and owner:
        detail = {"from": ticket.assignee, "to": owner, "because": because}
        told.append(AddEvent(ticket=ticket.ref, kind="assigned", actor=actor, detail=detail))
    said = (f"{owner or team} owns it now" + waiting(waits) + rehoused(freed, after),)
    return after, (*told, *waits, *moved_in(freed, after, actor)), said


# What whoever was asked says


def _ack(request: Request) -> Planned | Refused:
    """Somebody of the other side has it: the line ends, and whoever handed it over learns of it."""
    ticket, actor, desk = request.ticket, request.actor, request.desk
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    found = mine(ticket, actor)
    one = next((one for one in found if one.state != TAKEN), None)
    if one is None and (of_call := outcome.acknowledges(request)) is not None:
        return of_call
    if one is None:
        if not found:
            none = Refused(reason="no handoff waits for you", nearest="#accept", of_verbs=False)
            return outcome.asked_elsewhere(request) or none
        return Refused(reason=f"{found[0].whom} has it already", nearest="#return because … need …", of_verbs=False)
    after = handoffs.with_one(
        replace(ticket, updated_at=request.now), replace(one, state=TAKEN, whom=actor.name, until="")
    )
    told: tuple[AddEvent, ...] = ()
    if one.moved and not after.assignee and may_act(actor, after):  # the work moved: it is theirs from now on
        after = replace(after, assignee=actor.name, owned_at=request.now)
        detail = {"from": "", "to": actor.name}
        told = (AddEvent(ticket=ticket.ref, kind="assigned", actor=actor.name, detail=detail),)
    by = "" if one.by == SYSTEM.name or desk.agent_named(one.by) is None else f"; {one.by} learns of it"
    return Planned(
        ticket=after,
        line="#ack",
        before=f"{', '.join(one.asked)} {'was' if len(one.asked) == 1 else 'were'} asked",
        after=f"{actor.name} has it{by}",
        event=handoffs.ACKED,
        detail={"edge": one.edge, "to": one.to, "handed_by": one.by},
        effects=(ClearTimer(ticket=ticket.ref, kind=f"{ACK}:{one.edge}"),),
        follows=told,
    )


def mine(ticket: Ticket, actor: Agent) -> list[Handoff]:
    """Those that this person may speak for: what they are asked or have comes first, then their team's."""
    found = (one for one in handoffs.live(ticket) if is_for(one, actor))
    return sorted(found, key=lambda one: (actor.name != one.whom, actor.team != one.to))


def is_for(one: Handoff, actor: Agent) -> bool:
    return actor.name in one.asked or actor.team == one.to or "lead" in actor.roles


VERBS: tuple[Verb, ...] = (
    Verb(
        name="handoff", usage="#handoff [EDGE|TEAM] [because …]", plan=_handoff,
        meaning="hands the work on by a declared way; alone: the ways from here and what each still needs",
    ),
    Verb(name="ack", usage="#ack", meaning="you have what was handed over, or take the call", plan=_ack),
)  # fmt: skip
