"""Rows as the frozen values of the desk: what the tables keep, in the words of `store.records`.

In: rows. Out: values. Nothing is looked up and nothing decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from parsing.message import Forwarded, Mailbox
from store import plain
from store.records import Direction, Message, Person, Role, Ticket


def person(row: Row[Any]) -> Person:
    """The frozen value of a row of people."""
    return Person(**{name: getattr(row, name) for name in Person.__dataclass_fields__})


def ticket(row: Row[Any]) -> Ticket:
    """The frozen value of a ticket row that was read together with its requester's address."""
    return Ticket(
        ref=row.id,
        type=row.type,
        division=row.division,
        status=row.status,
        status_category=row.status_category,
        subject=row.subject,
        topic=row.topic,
        subtopic=row.subtopic,
        topic_reason=row.topic_reason,
        priority=row.priority,
        priority_reason=row.priority_reason,
        team=row.team,
        helpers=tuple(row.helpers),
        assignee=row.assignee,
        requester=row.address,
        mailbox=row.mailbox,
        language=row.language,
        audience=row.audience,
        tags=tuple(row.tags),
        outcome=row.outcome,
        created_at=row.created_at,
        updated_at=row.updated_at,
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        automatic=row.automatic,
        unheeded=row.unheeded,
        ruf=row.ruf,
        impact=row.impact,
        urgency=row.urgency,
        overridden=row.overridden,
        waiting_on=row.waiting_on,
        blocked_on=row.blocked_on,
        next_action=row.next_action,
        scheduled_for=row.scheduled_for,
        snoozed_until=row.snoozed_until,
        estimate=row.estimate,
        logged=row.logged,
        closed_as=row.closed_as,
        root_cause=row.root_cause,
        verified_by=row.verified_by,
        reopened=row.reopened,
        escalated_at=row.escalated_at,
        escalated_because=row.escalated_because,
        owned_at=row.owned_at,
        reassigned_at=row.reassigned_at,
        due_at=row.due_at,
        clocks=plain.clocks(row.clocks or ()),
        facts=row.facts or {},
        promised_at=row.promised_at,
        handoff=row.handoff or {},
        intake=row.intake or {},
        calls=row.calls or {},
        bounced=row.bounced,
    )


def message(row: Row[Any]) -> Message:
    """The frozen value of a message row; its files stay behind (they are read when they are sent)."""
    return Message(
        at=row.at,
        direction=Direction(row.direction),
        role=Role(row.role),
        from_name=row.from_name,
        from_address=row.from_address,
        to=tuple(row.to),
        subject=row.subject,
        message_id=row.message_id,
        text=row.text,
        trust=row.trust,
        kind=row.kind,
        forwarded=_forwarded(row.forwarded),
    )


def _forwarded(kept: Mapping[str, Any] | None) -> Forwarded | None:
    """The original that a forward carried, without its date."""
    if not kept:
        return None
    author = kept.get("from")
    from_ = Mailbox(name=author.get("name") or "", address=author["address"]) if author else None
    return Forwarded(from_=from_, subject=kept["subject"], date=None, text=kept["text"])
