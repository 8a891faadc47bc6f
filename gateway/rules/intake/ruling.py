"""What follows from answers: the rules of the desk that count because of what is known of a ticket (`ops` R41).

In: a ticket before and after its facts changed, the desk. Out: the ticket as the rules leave it, the event of each, the
steps of the trace. A rule counts at the moment at which its answers are there, so that nothing is done twice and what a
person does afterwards stands. It never takes a ticket from a person, nor from the team to which a person gave it, and
never changes what somebody said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from gateway.rules import priority, routing, workflow
from gateway.rules.desk import Desk
from gateway.rules.intake.needed import says
from gateway.rules.policy.sorting import RUF, Rule
from gateway.rules.workflow import ESCALATION
from store.records import AddEvent, Step, Ticket

EVENT = "ruled"
STAGE = "complete"


def ruled(
    before: Ticket, after: Ticket, desk: Desk, now: datetime, *, escalates: bool = True
) -> tuple[Ticket, list[AddEvent], list[Step]]:
    """The ticket after the rules that its new facts meet. `escalates`: what becomes more urgent by them calls the teams
    that `[[escalation]]` names; whoever opens a ticket asks for those once all is known."""
    rules = desk.taxonomy.answered
    if not rules or after.is_done or before.facts == after.facts:
        return after, [], []
    found = [rule for rule in rules if _meets(rule, after) and not _holds(rule, before)]
    ticket, free = after, _is_free(before, after)
    events: list[AddEvent] = []
    for rule in sorted(found, key=lambda one: -one.weight):  # of two that name a topic or a team the heavier one counts
        moved = _done(rule, ticket, desk, now, free=free)
        free = free and rule.team not in desk.teams
        if moved != ticket:
            events.append(_event(rule, ticket, moved))
            ticket = moved
    steps = _steps(events)
    if escalates and _matter(ticket) != _matter(after):
        risen = routing.escalating(ticket, desk, now)
        if risen is not None:
            ticket, events, steps = risen.ticket, [*events, *risen.events], [*steps, *risen.trace]
    return ticket, events, steps


def steps(events: Iterable[object]) -> tuple[Step, ...]:
    """What the trace says of them, where only their events are at hand."""
    return tuple(_steps(one for one in events if isinstance(one, AddEvent) and one.kind == EVENT))


def deeds(events: Iterable[AddEvent]) -> str:
    """`; rule heron: team hardware`: what a transcript says of them; empty without any."""
    return "".join(f"; {step.what}" for step in _steps(one for one in events if one.kind == EVENT))


def _steps(events: Iterable[AddEvent]) -> list[Step]:
    return [
        Step(stage=STAGE, what=f"rule {one.detail['rule']}: {one.detail['did']}", why=str(one.detail["because"]))
        for one in events
    ]


def _holds(rule: Rule, ticket: Ticket) -> bool:
    return all(says(ticket, name, values) for name, values in rule.when.items())


def _meets(rule: Rule, ticket: Ticket) -> bool:
    """Whether it counts for this ticket: its answers, and where and in which language it came in."""
    here = not rule.addresses or ticket.mailbox in rule.addresses
    spoken = not rule.languages or ticket.language.partition("-")[0].lower() in rule.languages
    return here and spoken and _holds(rule, ticket)


def _is_free(before: Ticket, after: Ticket) -> bool:
    """Whether no person has it, or has ever given it to a team, and nobody was asked to take it over."""
    untouched = after.reassigned_at is None and before.team == after.team
    return untouched and not after.assignee and not after.handoff and after.type != ESCALATION


def _done(rule: Rule, ticket: Ticket, desk: Desk, now: datetime, *, free: bool) -> Ticket:
    """The ticket after one rule: the heavier ones have been done, and what is set stands."""
    was = ticket
    if free and rule.team and rule.team in desk.teams and ticket.team != rule.team:
        helpers = tuple(name for name in ticket.helpers if name != rule.team)
        ticket = workflow.housed(replace(ticket, team=rule.team, helpers=helpers, owned_at=now), desk, now)
    if rule.with_team and rule.with_team in desk.teams and rule.with_team not in (ticket.team, *ticket.helpers):
        ticket = replace(ticket, helpers=(*ticket.helpers, rule.with_team))
    if rule.topic and not ticket.topic:
        why = f"rule {rule.name} ({_because(rule, ticket)})"
        ticket = replace(ticket, topic=rule.topic, subtopic=rule.subtopic, topic_reason=why)
    facet = rule.ruf or next((one.ruf for one in desk.taxonomy.topics if one.pair == (rule.topic, rule.subtopic)), "")
    if facet and not ticket.ruf:
        ticket = replace(ticket, ruf=facet)
    if new := tuple(tag for tag in rule.tags if tag not in ticket.tags):
        ticket = replace(ticket, tags=(*ticket.tags, *new))
    stated = {name: getattr(rule, name) for name in ("impact", "urgency") if getattr(rule, name)}
    stated = {name: number for name, number in stated.items() if not getattr(ticket, name)}
    if stated:
        ticket = replace(ticket, **stated)
        ticket = priority.reweighed(ticket, desk, now, dict.fromkeys(stated, f"rule {rule.name}"))
    return ticket if ticket == was else replace(ticket, updated_at=now)


def _matter(ticket: Ticket) -> tuple[object, ...]:
    return ticket.priority, ticket.topic, ticket.subtopic


def _event(rule: Rule, before: Ticket, after: Ticket) -> AddEvent:
    detail = {"rule": rule.name, "because": _because(rule, after), "did": _did(before, after)}
    return AddEvent(ticket=after.ref, kind=EVENT, actor="system", detail=detail)


def _because(rule: Rule, ticket: Ticket) -> str:
    """`product is Heron Printer`: the answers, in words."""
    return ", ".join(f"{name.replace('_', ' ')} is {ticket.facts[name]}" for name in rule.when)


def _did(before: Ticket, after: Ticket) -> str:
    """What became different, in words."""
    about = " / ".join(part for part in (after.topic, after.subtopic) if part)
    helpers = [name for name in after.helpers if name not in before.helpers]
    tags = [tag for tag in after.tags if tag not in before.tags]
    parts = [
        f"topic {about}" if (before.topic, before.subtopic) != (after.topic, after.subtopic) else "",
        RUF.get(after.ruf, "") if before.ruf != after.ruf else "",
        f"impact {after.impact}" if before.impact != after.impact else "",
        f"urgency {after.urgency}" if before.urgency != after.urgency else "",
        f"priority {after.priority}" if before.priority != after.priority else "",
        f"team {after.team}" if before.team != after.team else "",
        f"{', '.join(helpers)} helps" if helpers else "",
        f"tags {' '.join(tags)}" if tags else "",
    ]
    return ", ".join(part for part in parts if part)
