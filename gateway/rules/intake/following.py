"""The course of an intake: what follows for it when its ticket becomes another one (`ops` R40).

In: a ticket before and after a change, who spoke. Out: the ticket with what it needs now and the stage that it is in,
what is told of that, the timer of the reminders. Every change comes here (`rules/change.py`), a mail's, a verb's, the
clock's. It asks nothing: that is a mail's (`asking`) or a person's (`rules/verbs/intake.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from gateway.rules import workflow
from gateway.rules.desk import Desk
from gateway.rules.intake import needed as needs
from gateway.rules.intake import record
from gateway.rules.intake.ending import CUSTOMER, staged
from gateway.rules.intake.record import ASKING, COMPLETE, HANDED, PRESENT, STOPPED, UNKNOWN, Intake
from gateway.rules.intake.reminders import next_at
from gateway.rules.timers import ASK
from gateway.rules.times import stamp
from store.records import AddEvent, ClearTimer, ClosedAs, Effect, SetTimer, Status, Ticket

AGENT = "agent"
"""Who spoke: one of us, to the customer (`clocks.AGENT`)."""
NEEDED = "intake-needed"
"""The event of another list of what is needed, because the matter is another one now."""
KNOWN = "intake"
"""The event of a fact that became known (`asking`)."""
STAGES: Mapping[str, str] = {COMPLETE: "intake-complete", HANDED: "intake-handed", STOPPED: "intake-stopped"}
"""The event of each stage; that something was asked is told where it is."""


def follow(before: Ticket, after: Ticket, desk: Desk, now: datetime, heard: str = "", *, waits: bool = False) -> Ticket:
    """The ticket as its intake leaves it. `waits`: it was just said that it waits for the customer."""
    if not after.intake and not desk.inquiry.requirements:
        return after
    if _stands(before, after) and not heard and not (after.is_done and not before.is_done):
        return after
    after = _with_needs(before, after, desk)
    intake = record.of(after)
    if after.is_done:
        if intake.stage != ASKING:
            return after
        return staged(after, intake, HANDED if after.closed_as == ClosedAs.NO_ANSWER else STOPPED)
    if intake.stage == ASKING and after.audience != "customer":  # nobody outside hears of it any more
        return staged(after, intake, STOPPED, waits=waits)
    if intake.stage != COMPLETE and intake.needed and intake.complete:
        return _completed(before, after, intake, desk, now, waits=waits)
    if intake.stage == COMPLETE and not intake.complete:
        return staged(after, replace(intake, completed_at=""), HANDED if intake.rounds else "")
    if intake.stage == ASKING and heard == AGENT and intake.rounds == record.of(before).rounds:
        return staged(after, intake, STOPPED, waits=waits)
    if intake.stage == ASKING and before.priority > desk.inquiry.urgent >= after.priority:  # nothing waits for it
        return replace(after, waiting_on="") if after.waiting_on == CUSTOMER and not waits else after
    return _waiting_again(before, after, intake, desk, heard, waits=waits)


def _waiting_again(before: Ticket, after: Ticket, intake: Intake, desk: Desk, heard: str, *, waits: bool) -> Ticket:
    """What is too urgent to wait no longer is: it waits for whoever was asked, unless they have written since."""
    if intake.stage != ASKING:
        return after
    if heard == CUSTOMER and intake.rounds == record.of(before).rounds:
        return after if intake.replied else record.kept(after, replace(intake, replied=True))
    if before.priority <= desk.inquiry.urgent < after.priority and not (after.waiting_on or intake.replied or waits):
        return replace(after, waiting_on=CUSTOMER)
    return after


def settled(ticket: Ticket, now: datetime) -> Ticket:
    """A new ticket: complete where its first mail says all that it needs."""
    intake = record.of(ticket)
    if intake.stage or not intake.needed or not intake.complete:
        return ticket
    return record.moved(ticket, {"stage": COMPLETE, "completed_at": stamp(now)})


def carried(anew: Ticket, desk: Desk, now: datetime) -> Ticket:
    """The ticket that takes another one's place, with what is known of that one as far as its own kind asks for it:
    questions that run go on there, and nobody is asked twice."""
    if not anew.intake:
        return anew
    wanted = needs.needed(anew, desk)
    if anew.audience != "customer":
        return replace(anew, intake={}, waiting_on="" if anew.waiting_on == CUSTOMER else anew.waiting_on)
    intake = replace(record.of(anew), needed=wanted)
    if not intake.complete:
        stage = (HANDED if intake.rounds else "") if intake.stage == COMPLETE else intake.stage
        if stage == ASKING and not set(intake.sought) & set(intake.lacking):
            stage = HANDED
        return staged(anew, intake, stage)
    at = intake.completed_at or stamp(now)
    return staged(anew, replace(intake, completed_at=at if wanted else ""), COMPLETE if wanted else "")


def taking_in(other: Ticket, ticket: Ticket, desk: Desk) -> tuple[Ticket, list[AddEvent]]:
    """The ticket that another one becomes part of, with what is known there and missing here; what is told of it."""
    if not ticket.intake or not other.intake:
        return other, []
    here, there = record.of(other), record.of(ticket)
    facts, events = dict(other.facts), []
    for name in here.missing:
        fact = there.fields.get(name)
        if fact is None or fact.state not in (PRESENT, UNKNOWN):
            continue
        was, here = here.state(name), here.with_fact(name, fact)
        if ticket.facts.get(name):
            facts[name] = ticket.facts[name]
        wanted = desk.inquiry.fields.get(name)
        value = {} if wanted is None or wanted.sensitive else {"from": other.facts.get(name, ""), "to": fact.value}
        detail = {
            "field": name, "state": fact.state, "was": was, **value,
            "source": desk.reference(ticket.ref), "how": fact.how, "by": fact.by,
        }  # fmt: skip
        events.append(AddEvent(ticket=other.ref, kind=KNOWN, actor="system", detail=detail))
    return (record.kept(replace(other, facts=facts), here), events) if events else (other, [])


def _completed(before: Ticket, after: Ticket, intake: Intake, desk: Desk, now: datetime, *, waits: bool) -> Ticket:
    """Nothing is missing. Where the questions ran until now, the ticket goes on: it waits for nobody, and what nobody
    has accepted is."""
    ran = record.of(before).stage == ASKING or intake.stage == ASKING
    after = staged(after, replace(intake, completed_at=stamp(now)), COMPLETE, waits=waits)
    if ran and after.status == before.status == Status.NEW and workflow.barred(after, Status.ACCEPTED, desk) is None:
        return workflow.moved(after, Status.ACCEPTED, desk, now)
    return after


def _with_needs(before: Ticket, after: Ticket, desk: Desk) -> Ticket:
    """With what is needed now, where that may have become something else."""
    if after.is_done or all(getattr(before, name) == getattr(after, name) for name in _OF_NEEDS):
        return after
    intake, wanted = record.of(after), needs.needed(after, desk)
    return after if wanted == intake.needed else record.kept(after, replace(intake, needed=wanted))


_OF_NEEDS = ("type", "topic", "subtopic", "requester", "audience", "facts", "intake")
_OF_TIMERS = ("intake", "status_category", "audience", "requester")
_OF_STAGES = (*_OF_NEEDS, "priority")


def _stands(before: Ticket, after: Ticket) -> bool:
    return all(getattr(before, name) == getattr(after, name) for name in _OF_STAGES)


def told(before: Ticket, after: Ticket, *, moved: bool = False) -> list[AddEvent]:
    """What became of the intake, as events; `moved`: the ticket's status followed from it."""
    if before.intake == after.intake:
        return []
    old, new = record.of(before), record.of(after)
    events: list[AddEvent] = []
    topics = [(one.type, one.topic, one.subtopic, one.requester) for one in (before, after)]
    if old.needed != new.needed and topics[0] != topics[1]:
        detail = {"from": list(old.needed), "to": list(new.needed), "missing": list(new.missing)}
        events.append(AddEvent(ticket=before.ref, kind=NEEDED, actor="system", detail=detail))
    if old.stage != new.stage and new.stage in STAGES:
        found = {"from": old.stage, "rounds": new.rounds, "missing": list(new.missing)}
        events.append(AddEvent(ticket=before.ref, kind=STAGES[new.stage], actor="system", detail=found))
    if moved:
        became = {"from": before.status, "to": after.status, "because": "all that was asked for is there"}
        events.append(AddEvent(ticket=before.ref, kind="status-changed", actor="system", detail=became))
    return events


def timers(before: Ticket | None, after: Ticket, desk: Desk, now: datetime) -> list[Effect]:
    """The timer of reminders and of the end, where it becomes another one; without `before` that of a new ticket."""
    if before is not None and all(getattr(before, name) == getattr(after, name) for name in _OF_TIMERS):
        return []
    was = next_at(before, desk) if before is not None else None
    at = next_at(after, desk)
    if at == was:
        return []
    return [
        ClearTimer(ticket=after.ref, kind=ASK) if at is None
        else SetTimer(ticket=after.ref, kind=ASK, due_at=max(at, now))
    ]  # fmt: skip
