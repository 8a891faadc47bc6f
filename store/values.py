"""Rows as the frozen values of the desk: what the tables keep, in the words of `store.records`.

In: rows. Out: values. Nothing is looked up and nothing decided here.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from store.records import Direction, Message, Person, Role, Status, Ticket


def person(row: Row[Any]) -> Person:
    """The frozen value of a row of people."""
    return Person(**{name: getattr(row, name) for name in Person.__dataclass_fields__})


def ticket(row: Row[Any]) -> Ticket:
    """The frozen value of a ticket row that was read together with its requester's address."""
    return Ticket(
        ref=row.id,
        type=row.type,
        status=Status(row.status),
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
        first_response_due=row.first_response_due,
        answered_at=row.answered_at,
        resolved_at=row.resolved_at,
        automatic=row.automatic,
        unheeded=row.unheeded,
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
    )
