"""What the store looked like to one message: its own traces are left out, and tickets stand as they stood before it.

In: a journal number. Out: a `Hindsight`: which rows it made or led to, and what a ticket was before them. Tickets are
written over when they change, so what one was is told by its events, which are only ever added and hold the fields as
they were (`AddEvent.was`). It writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from store.plain import again
from store.records import OutboxState, Person, Purpose, Ticket, TicketRef, Verdict
from store.tables import call_versions, events, journal, messages, outbox, reply_keys, tickets

_TURNED_AWAY = (Verdict.BLOCKED_SENDER, Verdict.SPAM_QUARANTINED, Verdict.RATE_LIMITED)


@dataclass(frozen=True, slots=True)
class Hindsight:
    """The journal row that is left out, the tickets that it opened, and where its own time begins in each table."""

    row: int
    opened: frozenset[int]
    first_event: int | None
    first_message: int | None
    first_call: int | None
    decided_at: datetime | None
    let_in: bool
    """Whether it was decided and not turned away, so that it counts among the mails that its sender brought."""

    @property
    def copies(self) -> ColumnElement[bool]:
        """Journal rows that are not this one."""
        return journal.c.id != self.row

    @property
    def mails(self) -> ColumnElement[bool]:
        """Outgoing mails that it did not cause."""
        return and_(outbox.c.journal_id.is_distinct_from(self.row), _none_of(outbox.c.ticket_id, self.opened))

    @property
    def mails_before(self) -> ColumnElement[bool]:
        """Those of them that were there when it was decided: what it says again can only be of these."""
        if self.decided_at is None:
            return self.mails
        return and_(self.mails, outbox.c.created_at <= self.decided_at)

    @property
    def threads(self) -> ColumnElement[bool]:
        """Messages that it did not bring."""
        return and_(messages.c.journal_id.is_distinct_from(self.row), messages.c.ticket_id.not_in(self.opened))

    @property
    def keys(self) -> ColumnElement[bool]:
        """Reply keys of tickets that it did not open."""
        return reply_keys.c.ticket_id.not_in(self.opened)

    @property
    def history(self) -> ColumnElement[bool]:
        """Messages that stood in their tickets before it came."""
        if self.first_message is not None:
            return messages.c.id < self.first_message
        return self._before(messages.c.at, messages.c.journal_id)

    @property
    def stories(self) -> ColumnElement[bool]:
        """Events that had happened before it came."""
        if self.first_event is not None:
            return events.c.id < self.first_event
        return self._before(events.c.at, events.c.journal_id)

    @property
    def calls(self) -> ColumnElement[bool]:
        """What calls had become before it came."""
        if self.first_call is not None:
            return call_versions.c.id < self.first_call
        return self._before(call_versions.c.at, call_versions.c.journal_id)

    @property
    def requests(self) -> ColumnElement[bool]:
        """Tickets that a requester may have had: not what it opened, nor what came after that."""
        return tickets.c.id < min(self.opened) if self.opened else tickets.c.id == tickets.c.id

    def _before(self, at: Any, origin: Any) -> ColumnElement[bool]:
        """A row that left nothing in this table: what stood there when it was decided, or all, while it is not."""
        if self.decided_at is None:
            return and_(origin.is_distinct_from(self.row))
        return and_(or_(origin.is_(None), origin < self.row), at <= self.decided_at)


def hindsight(connection: Connection, row: int) -> Hindsight:
    """What is known of the traces of journal row `row`."""
    opened = connection.execute(
        select(events.c.ticket_id).where(events.c.journal_id == row, events.c.kind == "created")
    ).scalars()
    decided = connection.execute(select(journal.c.decided_at, journal.c.verdict).where(journal.c.id == row)).first()
    decided_at, verdict = decided if decided is not None else (None, None)
    return Hindsight(
        row=row,
        opened=frozenset(opened),
        first_event=_first(connection, events, row),
        first_message=_first(connection, messages, row),
        first_call=_first(connection, call_versions, row),
        decided_at=decided_at,
        let_in=verdict is not None and verdict not in _TURNED_AWAY,
    )


def _first(connection: Connection, table: Any, row: int) -> int | None:
    found: int | None = connection.execute(select(func.min(table.c.id)).where(table.c.journal_id == row)).scalar()
    return found


def _none_of(column: Any, numbers: Iterable[int]) -> ColumnElement[bool]:
    return or_(column.is_(None), column.not_in(numbers))


def as_they_stood(connection: Connection, now: Sequence[Ticket], seen: Hindsight) -> list[Ticket]:
    """The tickets as they were before the row; those that nothing has happened to since are returned as they are."""
    numbers = [ticket.ref for ticket in now]
    told: dict[int, list[Row[Any]]] = {}
    for event in connection.execute(
        select(events, seen.stories.label("before")).where(events.c.ticket_id.in_(numbers)).order_by(events.c.id)
    ):
        told.setdefault(event.ticket_id, []).append(event)
    later = _sent_since(connection, numbers, seen)
    return [
        replace(_rewound(ticket, told.get(int(ticket.ref), [])), automatic=ticket.automatic - later.get(ticket.ref, 0))
        for ticket in now
    ]


def reachable_then(now: Mapping[str, Person], seen: Hindsight) -> dict[str, Person]:
    """The people as they were before the row: whose mail came back only since then could still be reached."""
    return {
        address: replace(person, unreachable_since=None)
        if person.unreachable_since and seen.decided_at and person.unreachable_since >= seen.decided_at
        else person
        for address, person in now.items()
    }


def opened_since(now: Mapping[TicketRef, Ticket], then: Mapping[TicketRef, Ticket]) -> dict[str, int]:
    """By requester, how many of these tickets are open now and were not then, less those that were and are not."""
    found: dict[str, int] = {}
    for ref, ticket in now.items():
        was, is_ = (not one.is_done for one in (then.get(ref, ticket), ticket))
        found[ticket.requester] = found.get(ticket.requester, 0) + int(is_) - int(was)
    return found


_OUTSIDE = tuple(
    purpose.value
    for purpose in (
        Purpose.ACKNOWLEDGEMENT,
        Purpose.RESOLVED,
        Purpose.STATUS,
        Purpose.RETYPED,
        Purpose.PROMISE,
        Purpose.CONSENT,
        Purpose.QUESTION,
        Purpose.UNANSWERED,
        Purpose.OFFER,
        Purpose.INVITE,
        Purpose.UNINVITE,
        Purpose.CALL,
        Purpose.CALL_REMINDER,
    )
)


def _sent_since(connection: Connection, numbers: Sequence[TicketRef], seen: Hindsight) -> dict[TicketRef, int]:
    """How many automatic mails these tickets have sent outside because of this row and of those after it."""
    found = connection.execute(
        select(outbox.c.ticket_id, func.count().label("sent"))
        .where(outbox.c.ticket_id.in_(numbers), outbox.c.journal_id >= seen.row, outbox.c.automatic.is_(True))
        .where(outbox.c.purpose.in_(_OUTSIDE), outbox.c.state != OutboxState.HELD.value)
        .group_by(outbox.c.ticket_id)
    )
    return {row.ticket_id: row.sent for row in found}


def as_they_joined(
    connection: Connection, now: Mapping[TicketRef, Mapping[str, str]], seen: Hindsight
) -> dict[TicketRef, dict[str, str]]:
    """Who was on these tickets before the row, and as what: whoever joined by an event joined with that event."""
    found = {ref: dict(kinds) for ref, kinds in now.items()}
    joined: dict[tuple[int, str], str] = {}
    for event in _events(connection, list(now), ("participant-joined", "participant-left"), seen):
        who = event.ticket_id, event.detail["address"]
        joined[who] = event.detail["as"] if event.before else joined.get(who, "")
    for (ref, address), kind in joined.items():
        if address in found[ref]:
            found[ref][address] = kind
    return {ref: {address: kind for address, kind in kinds.items() if kind} for ref, kinds in found.items()}


def merged_since(connection: Connection, numbers: Iterable[int], seen: Hindsight) -> set[int]:
    """Which of these tickets were not merged into another one yet, nor retyped to one."""
    became = ("merged", "retyped")
    return {event.ticket_id for event in _events(connection, list(numbers), became, seen) if not event.before}


def _events(
    connection: Connection, numbers: Sequence[TicketRef], kinds: Sequence[str], seen: Hindsight
) -> Sequence[Row[Any]]:
    query = select(events, seen.stories.label("before")).where(
        events.c.ticket_id.in_(numbers), events.c.kind.in_(kinds)
    )
    return connection.execute(query.order_by(events.c.id)).all()


def _rewound(ticket: Ticket, story: Sequence[Row[Any]]) -> Ticket:
    """The ticket told backwards: each event that came later holds what it changed, as it was before."""
    was: dict[str, Any] = {}
    for event in reversed(story):
        if not event.before:
            was.update(event.was if event.was is not None else _said(event))
    return replace(ticket, **again(was)) if was else ticket


_NAMED = {"assigned": "assignee", "team-changed": "team", "priority-changed": "priority", "status-changed": "status",
          "reopened": "status", "merged": "status", "closed": "status"}  # fmt: skip
_CATEGORIES = {"scheduled": "scheduled", "resolved": "done", "closed": "done"}
"""What the statuses meant where no event says it; all others are open."""


def _said(event: Row[Any]) -> dict[str, Any]:
    """What an event tells that a version wrote which did not keep the fields: no more than its own words."""
    field = _NAMED.get(event.kind)
    was = event.detail.get("from", "resolved" if event.kind == "closed" else None)
    if not field or was is None:
        return {}
    return {field: was, **({"status_category": _CATEGORIES.get(was, "open")} if field == "status" else {})}
