"""Verbs that take a ticket along its workflow: accept, schedule, start, review, verify, resolve, close, reopen, status,
and retype, which takes it to another one.

In: a `Request`. Out: a `Planned` or a `Refused` that names the legal moves. What is legal says `rules/workflow.py`.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from gateway.rules import retyping, topics, workflow
from gateway.rules.desk import Desk
from gateway.rules.notices.notice import stamp
from gateway.rules.policy.workflow import TYPES
from gateway.rules.times import Unclear, begin_when, read_duration, spoken
from gateway.rules.verbs.calls import ends_with, keeps
from gateway.rules.verbs.request import MOVING, Planned, Refused, Request, Verb, may_act, refusal, to_status
from store.records import ClosedAs, Status, Ticket


def _accept(request: Request) -> Planned | Refused:
    if request.ticket.status == Status.ACCEPTED:
        return Refused(reason="the ticket is accepted already")
    if request.ticket.is_done:
        return _done(request.ticket)
    barred = workflow.barred(request.ticket, Status.ACCEPTED, request.desk)
    return refusal(barred, request.desk) if barred else to_status(request, Status.ACCEPTED, "accept")


def _done(ticket: Ticket) -> Refused:
    return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")


def _start(request: Request) -> Planned | Refused:
    ticket = request.ticket
    if ticket.is_done:
        return _done(ticket)
    if ticket.status == Status.IN_PROGRESS:
        return Refused(reason="the ticket is in progress already")
    barred = workflow.barred(ticket, Status.IN_PROGRESS, request.desk)
    if barred:
        return refusal(barred, request.desk)
    planned = to_status(request, Status.IN_PROGRESS, "start", **_owned(request))
    return replace(planned, ticket=workflow.worked(planned.ticket, planned.ticket.assignee))


def _owned(request: Request) -> dict[str, Any]:
    """Whoever does what nobody has had, has it."""
    return {} if request.ticket.assignee else {"assignee": request.actor.name, "owned_at": request.now}


def _schedule(request: Request) -> Planned | Refused:
    """Another day of a ticket that is scheduled is as good as the first."""
    ticket, desk = request.ticket, request.desk
    if ticket.is_done:
        return _done(ticket)
    barred = None if ticket.status == Status.SCHEDULED else workflow.barred(ticket, Status.SCHEDULED, desk)
    if barred:
        return refusal(barred, request.desk)
    when = begin_when(request.args, desk, request.now)
    if isinstance(when, Unclear):
        return Refused(reason=when.reason, nearest=when.nearest or "#schedule fri 14:00 est 4h")
    at, rest = when
    estimate = _estimate(rest)
    if estimate is None:
        return Refused(reason=f"{rest} is no estimate", nearest="#schedule DATE est 4h")
    minutes = estimate or ticket.estimate
    planned = to_status(request, Status.SCHEDULED, "schedule", scheduled_for=at, estimate=minutes)
    after = f"scheduled for {spoken(at, desk)}" + (f", estimated at {duration(minutes)}" if minutes else "")
    before = planned.before
    if ticket.scheduled_for is not None:
        before = f"scheduled for {spoken(ticket.scheduled_for, desk)}"
    detail = {**planned.detail, "for": stamp(at), "estimate": minutes}
    return replace(planned, before=before, after=after, detail=detail)


def _estimate(words: str) -> int | None:
    """`est 4h`, `est: 4h`; 0 where nothing is said, None where it is none."""
    if not words:
        return 0
    head = words[:3].lower()
    return read_duration(words[3:].lstrip(" :=")) if head == "est" else None


def duration(minutes: int) -> str:
    """`1 h 30 min`, as a transcript says it."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else "")))


def _review(request: Request) -> Planned | Refused:
    if request.ticket.is_done:
        return _done(request.ticket)
    if request.ticket.status == Status.AWAITING_REVIEW:
        return Refused(reason="the ticket awaits review already", nearest="#verify")
    barred = workflow.barred(request.ticket, Status.AWAITING_REVIEW, request.desk)
    if barred:
        return refusal(barred, request.desk)
    planned = to_status(request, Status.AWAITING_REVIEW, "review")
    ticket = workflow.worked(planned.ticket, request.actor.name)
    return replace(planned, ticket=workflow.worked(ticket, ticket.assignee) if ticket.assignee else ticket)


def _verify(request: Request) -> Planned | Refused:
    """Somebody looked at the work; with four eyes that is nobody who did it (R31)."""
    ticket, name = request.ticket, request.actor.name
    if ticket.status != Status.AWAITING_REVIEW:
        return Refused(reason="only what awaits review is verified", nearest="#review")
    if request.desk.four_eyes and name in (*workflow.workers(ticket), ticket.assignee):
        others = [a.name for a in request.desk.agents.values() if may_act(a, ticket) and _is_other(a.name, ticket)]
        who = f"ask {', '.join(others)}" if others else "nobody else works on it: #team or #with brings others"
        reason = f"{name} worked on it, and somebody else must look at it (four eyes)"
        return Refused(reason=reason, nearest=who, of_verbs=False)
    return Planned(
        ticket=request.changed(verified_by=name),
        line="#verify",
        before=f"verified by {ticket.verified_by or 'nobody'}",
        after=f"verified by {name}",
        event="verified",
        detail={"by": name},
    )


def _is_other(name: str, ticket: Ticket) -> bool:
    return name not in (*workflow.workers(ticket), ticket.assignee)


def _resolve(request: Request) -> Planned | Refused:
    ticket = request.ticket
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)} already", nearest="#reopen")
    said = _root(request.args, request.desk)
    if isinstance(said, Refused):
        return said
    root, outcome = said
    barred = workflow.barred(replace(ticket, outcome=outcome or "?"), Status.RESOLVED, request.desk)
    if barred:
        return refusal(barred, request.desk, ticket.status)
    if not outcome:
        return Refused(reason="say what the outcome was")
    cause = root or ticket.root_cause or "/".join(filter(None, (ticket.topic, ticket.subtopic)))
    more = {"outcome": outcome, "root_cause": cause, **_owned(request)}
    planned = to_status(request, Status.RESOLVED, "resolve", **more)
    return replace(planned, detail={**planned.detail, "outcome": outcome, "root_cause": cause})


def _root(args: str, desk: Desk) -> tuple[str, str] | Refused:
    """`root Access/login it was the password`: the root cause where one is named, and the outcome. An outcome that
    merely begins with that word is an outcome."""
    head, _, rest = args.partition(" ")
    if head.lower().rstrip(":") != "root":
        return "", args
    rest = rest.strip()
    pair, after = topics.leading(rest, desk)
    if pair is not None:
        return "/".join(filter(None, pair)), after.lstrip(" :,;")
    first = rest.partition(" ")[0]
    meant = topics.nearest(first, desk, cutoff=0.75)
    if not meant and "/" not in first:
        return "", args
    return Refused(reason=f"there is no topic {first}", nearest=f"#resolve root {meant or 'TOPIC/SUBTOPIC'} OUTCOME")


def _close(request: Request) -> Planned | Refused:
    if request.ticket.status == Status.CLOSED:
        return Refused(reason="the ticket is closed already", nearest="#reopen")
    if request.ticket.status != Status.RESOLVED:
        return Refused(reason="only a resolved ticket is closed", nearest="#resolve OUTCOME")
    return to_status(request, Status.CLOSED, "close")


def _reopen(request: Request) -> Planned | Refused:
    ticket, into = request.ticket, request.known.merged.get(request.ticket.ref)
    if into is not None:
        other = request.desk.reference(into)
        became = f"it is {other} now" if ticket.closed_as == ClosedAs.WRONG_TYPE else f"it is merged into {other}"
        return Refused(reason=became, nearest=f"write into {other}")
    if not ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}: it is open")
    back = workflow.reopened(ticket, request.desk, request.now)
    return to_status(request, back.status, "reopen")


def _status(request: Request) -> Planned | Refused:
    """A status by its name: what a division has of its own. Those that have a verb are entered by it."""
    ticket, flow = request.ticket, workflow.workflow_of(request.ticket, request.desk)
    wanted = "_".join(request.args.lower().replace("-", " ").replace("_", " ").split())
    if not wanted or (wanted not in flow.names and wanted not in workflow.all_names(request.desk)):
        close = get_close_matches(wanted, flow.names, n=1, cutoff=0.6)
        names = ", ".join(workflow.spoken(name) for name in flow.names)
        reason = f"there is no status {request.args}; " if request.args else "say which status; "
        reason += f"{flow.name} tickets have: {names}"
        meant = close or [name for name in flow.names if name != ticket.status and name not in MOVING]
        return Refused(reason=reason, nearest=f"#status {workflow.spoken(meant[0])}" if meant else "#help")
    if wanted in flow.names and wanted in _ENTERED:
        return _ENTERED[wanted](request)
    if wanted in flow.names and wanted in MOVING:
        return Refused(reason=f"{workflow.spoken(wanted)} has a verb of its own", nearest=MOVING[wanted])
    if ticket.is_done:
        return _done(ticket)
    if wanted == ticket.status:
        return Refused(reason=f"the ticket is {workflow.spoken(wanted)} already")
    barred = workflow.barred(ticket, wanted, request.desk)
    return refusal(barred, request.desk) if barred else to_status(request, wanted, "status")


_ENTERED = {"accepted": _accept, "in_progress": _start, "awaiting_review": _review}


def _retype(request: Request) -> Planned | Refused:
    """The type of a ticket never changes: another ticket takes its place (R29)."""
    ticket, desk, wanted = request.ticket, request.desk, request.args.lower()
    if not wanted:
        others = [name for name in TYPES if name != ticket.type]
        return Refused(reason=f"say which type: {', '.join(others)}", nearest=f"#retype {others[0]}")
    why, nearest = retyping.hindrance(ticket, wanted, desk, request.known)
    if why:
        return Refused(reason=why, nearest=nearest)
    if (kept := keeps(request)) is not None:
        return kept
    anew = retyping.renewed(ticket, request.known.next_ref(), wanted, request.actor, desk, request.now)
    reference = desk.reference(anew.ref)
    return Planned(
        ticket=workflow.ended(ticket, ClosedAs.WRONG_TYPE, desk, request.now),
        line="#retype",
        before=f"{ticket.type} {desk.reference(ticket.ref)}",
        after=f"{wanted} {reference}{_outlook(ticket, anew, desk)}{ends_with(request)}",
        event="retyped",
        detail={"from": ticket.status, "to": "closed", "was": ticket.type, "type": wanted, "into": reference},
        internal=wanted == workflow.ESCALATION,
        anew=anew,
    )


def _outlook(ticket: Ticket, anew: Ticket, desk: Desk) -> str:
    """What an escalation needs before anybody accepts it, and that nobody outside hears of it; that nobody looks at a
    question's work."""
    if workflow.asks_review(ticket, desk) and not workflow.asks_review(anew, desk):
        return f"; {anew.type} tickets have no review: nobody is asked for a second pair of eyes"
    if anew.type != workflow.ESCALATION:
        return ""
    state = workflow.workflow_of(anew, desk).state(Status.ACCEPTED)
    missing = workflow.missing_for(anew, state.needs if state is not None else ())
    needs = f"; it needs: {', '.join(workflow.spoken(name) for name in missing)}" if missing else ""
    return needs + ("" if ticket.requester in desk.agents else "; the customer is told nothing of it")


VERBS: tuple[Verb, ...] = (
    Verb(name="accept", usage="#accept", meaning="we take it on", plan=_accept),
    Verb(name="schedule", usage="#schedule DATE [est DURATION]", meaning="work begins then", plan=_schedule),
    Verb(name="start", usage="#start", meaning="work begins", plan=_start),
    Verb(name="review", usage="#review", meaning="the work is done, and somebody else looks at it", plan=_review),
    Verb(name="verify", usage="#verify", meaning="it was looked at and is good; #resolve comes next", plan=_verify),
    Verb(
        name="resolve",
        usage="#resolve OUTCOME",
        meaning="done; the customer reads OUTCOME and is asked whether it is solved; root TOPIC before it: the cause",
        plan=_resolve,
    ),
    Verb(name="close", usage="#close", meaning="end a resolved ticket", plan=_close),
    Verb(name="reopen", usage="#reopen", meaning="work on it again", plan=_reopen),
    Verb(name="status", usage="#status NAME", meaning="another status of its division", plan=_status),
    Verb(name="retype", usage="#retype TYPE", meaning="a new ticket of that type takes its place", plan=_retype),
)
