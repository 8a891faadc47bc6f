"""The verb by which what was handed over goes back: return (`ops` R71).

In: a `Request`. Out: a `Planned` or a `Refused`. Nothing comes back without the reason and what it needs to come again;
whoever had it has it again, and the ticket is escalated no longer where nothing else keeps it up.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules import routing, workflow
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs.record import ACK, Handoff
from gateway.rules.verbs import outcome
from gateway.rules.verbs.handing import MOST_SAID, calmed, housed, mine, parted
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from store.records import AddEvent, ClearTimer, Ticket


def _return(request: Request) -> Planned | Refused:
    """Back to whoever had it, with the reason and with what it needs to come again (R71)."""
    ticket = request.ticket
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    one = next(iter(mine(ticket, request.actor)), None)
    if one is None and (of_call := outcome.returns(request, _reasons(request.args)[0])) is not None:
        return of_call
    if one is None:
        leave = ", ".join(f"#with -{name}" for name in ticket.helpers)
        return Refused(reason="no handoff brought it here", nearest=leave or "#handoff", of_verbs=False)
    because, need = _reasons(request.args)
    if not because or not need:
        lacks = " and ".join(["the reason"] * (not because) + ["what it needs to come again"] * (not need))
        return Refused(reason=f"say {lacks}", nearest="#return because … need …", of_verbs=False)
    after, told, said = _gone_back(request, one, because)
    if need != ticket.next_action:
        detail = {"from": ticket.next_action, "to": need}
        told = (*told, AddEvent(ticket=ticket.ref, kind="next-action", actor=request.actor.name, detail=detail))
    after = replace(handoffs.without(after, one.to), next_action=need, bounced=ticket.bounced + 1)
    after = replace(after, facts={**after.facts, handoffs.NEEDED: need})
    return Planned(
        ticket=after,
        line="#return",
        before=one.to,
        after="; ".join((*said, f"next: {need}")) + handoffs.often(after.bounced),
        event=handoffs.RETURNED,
        detail={"edge": one.edge, "from": one.to, "to": one.owner_team, "because": because, "need": need,
                "handed_by": one.by, "bounced": after.bounced},
        effects=(ClearTimer(ticket=ticket.ref, kind=f"{ACK}:{one.edge}"),),
        follows=told,
    )  # fmt: skip


def _gone_back(request: Request, one: Handoff, because: str) -> tuple[Ticket, tuple[AddEvent, ...], tuple[str, ...]]:
    """The ticket as it was before that handoff, as far as those who had it are here."""
    ticket, desk = request.ticket, request.desk
    if not one.moved or ticket.team != one.to or one.owner_team not in desk.teams:
        after, told, said = _unjoined(request, one, because)
        return replace(after, updated_at=request.now), told, (*said, f"{after.assignee or after.team} owns it on")
    owner = desk.agent_named(one.owner) if one.owner else None
    gone = routing.away(request.known.people, desk, request.now)
    here = owner is not None and owner.name not in gone and owner.team in (one.owner_team, "")
    more = {"escalated_at": None, "escalated_because": ""} if one.raised and not routing.joined(ticket) else {}
    after, told, said = housed(request, one.owner_team, owner.name if owner and here else "", because, **more)
    if more:
        told, said = (*told, calmed(request, [one.to], because)), (*said, "escalated no longer")
    return after, told, said


def _unjoined(request: Request, one: Handoff, because: str) -> tuple[Ticket, tuple[AddEvent, ...], tuple[str, ...]]:
    """A team that was brought in leaves; one that had handed its part back has it again."""
    ticket, desk = request.ticket, request.desk
    if one.to != ticket.team:
        return parted(request, one.to, one, because)
    if one.origin not in desk.teams or one.origin in (ticket.team, *ticket.helpers):
        return ticket, (), ()
    if desk.teams[one.origin].tier > routing.tier_of(ticket, desk):
        raised = routing.raised(ticket, one.origin, because, request.actor.name, desk, request.now)
        return raised.ticket, raised.events, (f"{one.origin} works on it again",)
    detail = {"team": one.origin, "owner": ticket.assignee or ticket.team}
    event = AddEvent(ticket=ticket.ref, kind="team-joined", actor=request.actor.name, detail=detail)
    return (
        replace(ticket, helpers=(*ticket.helpers, one.origin)), (event,), (f"{one.origin} works on it again",),
    )  # fmt: skip


def _reasons(args: str) -> tuple[str, str]:
    """`because X need Y`, `reason: X need: Y` → why, and what it needs."""
    words = args[: 2 * MOST_SAID].split(" ")
    bare = [word.lower().rstrip(":") for word in words]
    begins = 1 if bare[0] in ("because", "reason") else 0
    place = max((at for at, word in enumerate(bare) if word in ("need", "needs") and at >= begins), default=None)
    if place is None:
        return " ".join(words[begins:]).strip(), ""
    reason = " ".join(words[begins:place]).strip(" ,;")
    return reason[:MOST_SAID], " ".join(words[place + 1 :]).strip()[:MOST_SAID]


VERBS: tuple[Verb, ...] = (
    Verb(
        name="return", usage="#return because … need …", plan=_return,
        meaning="what was handed over goes back, with the reason and what it needs to come again; a call, the reason",
    ),
)  # fmt: skip
