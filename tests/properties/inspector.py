"""The inspector of the desk property: after every step it looks at all tickets and says what cannot be true.

In: a desk that stands still between steps. Out: nothing, or `Broken`. It knows the workflows from its own list, counts
working time by itself and tells tickets backwards by itself: it asks no rule whether a rule was kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select

from store.lookup import load
from store.plain import again
from store.records import Ticket
from store.snapshot import Wanted
from store.tables import (
    confirmations,
    corrections,
    events,
    journal,
    links,
    messages,
    outbox,
    participants,
    people,
    reply_keys,
    tickets,
    timers,
)
from tests.desk import StillDesk

LEGAL: Mapping[str, Mapping[str, str]] = {
    "support": {
        "new": "accepted in_progress",
        "accepted": "scheduled in_progress",
        "scheduled": "accepted in_progress",
        "in_progress": "accepted scheduled awaiting_review resolved",
        "awaiting_review": "accepted in_progress resolved",
        "resolved": "closed accepted in_progress",
        "closed": "accepted in_progress",
    },
    "question": {
        "new": "accepted",
        "accepted": "resolved",
        "resolved": "closed accepted",
        "closed": "accepted",
    },
    "escalation": {
        "new": "accepted",
        "accepted": "scheduled in_progress",
        "scheduled": "accepted in_progress",
        "in_progress": "accepted scheduled awaiting_review resolved",
        "awaiting_review": "accepted in_progress resolved",
        "resolved": "closed accepted in_progress",
        "closed": "accepted in_progress",
    },
    "project": {
        "new": "accepted",
        "accepted": "implementation awaiting_client",
        "implementation": "awaiting_client resolved",
        "awaiting_client": "implementation",
        "resolved": "closed accepted",
        "closed": "accepted",
    },
}
"""Where a ticket may go (`ops` R21, R22, R26, X8), and in the division that the test's desk has."""
CATEGORY = {"scheduled": "scheduled", "awaiting_client": "waiting", "resolved": "done", "closed": "done"}
SYSTEM = ("merged", "wrong_type", "no_answer", "spam", "withdrawn")
"""How the desk itself may close a ticket from anywhere."""
NEEDS = {
    "support": ("topic", ("scheduled", "in_progress", "awaiting_review", "resolved")),
    "question": ("topic", ("resolved",)),
    "project": ("topic", ("implementation", "awaiting_client", "resolved")),
}
"""Statuses that no ticket is in without a topic."""
NAMED = {
    "status-changed": "status",
    "reopened": "status",
    "assigned": "assignee",
    "team-changed": "team",
    "waiting": "waiting_on",
    "blocked": "blocked_on",
    "next-action": "next_action",
    "facet-changed": "ruf",
}
"""Events whose `from` and `to` are one field of the ticket."""
ALONE = ("waiting", "blocked", "next-action", "facet-changed", "team-changed")
"""Of these, the ones after which nothing else in the same change moves the field."""
_TABLES = (
    tickets, events, messages, outbox, timers, links, participants, corrections, people, reply_keys, confirmations,
    journal,
)  # fmt: skip
_COUNTED = tuple(field.name for field in fields(Ticket) if field.name != "automatic")


class Broken(AssertionError):
    """Something that cannot be true of a desk."""


def check(truth: object, *words: object) -> None:
    if not truth:
        raise Broken(" ".join(map(str, words)))


class Inspector:
    """Remembers the desk as it was at the last look."""

    def __init__(self, desk: StillDesk) -> None:
        self.desk = desk
        self.tickets: dict[int, Ticket] = {}
        self.first: dict[int, Ticket] = {}
        self.spent: dict[int, timedelta] = {}
        self.looked = desk.now
        self._event = 0
        self._sent = 0
        self._due = 0

    def look(self) -> None:
        """Everything that must hold after a step, however the step ended."""
        with self.desk.store.look() as connection:
            numbers = set(connection.execute(select(tickets.c.id)).scalars())
            snapshot = load(connection, Wanted(numbers=numbers, addresses=set(self.desk.desk.agents)))
            now = {int(ref): one for ref, one in snapshot.tickets.items()}
            told = self._told(connection.execute(select(events).where(events.c.id > self._event).order_by(events.c.id)))
            alarms = {
                row.ticket_id: row.due_at for row in connection.execute(select(timers).where(timers.c.kind == "clock"))
            }
            late = connection.execute(select(timers).where(timers.c.due_at <= self.desk.now)).all()
        check(not late, "timers that are due and were not done:", late)
        check(numbers >= self.tickets.keys(), "a ticket is gone")
        disabled = snapshot.disabled
        for number, ticket in now.items():
            self._stands(ticket, disabled)
            self._backwards(number, ticket, told.get(number, []))
            self._runs(number, ticket, alarms.get(number))
        self._inside(now)
        for decision in self.desk.due[self._due :]:
            check("it failed (" not in decision.reason, "a timer failed:", decision.reason)
        self.tickets, self.looked = now, self.desk.now
        self._sent, self._due = len(self.desk.sent), len(self.desk.due)

    def fingerprint(self) -> tuple[object, ...]:
        """All that a refused verb must leave as it is."""
        with self.desk.store.look() as connection:
            rows = tuple(connection.execute(select(tickets).order_by(tickets.c.id)).all())
            counts = tuple(connection.execute(select(func.count()).select_from(table)).scalar() for table in _TABLES)
            alarms = tuple(connection.execute(select(timers).order_by(timers.c.ticket_id, timers.c.kind)).all())
        return repr(rows), counts, repr(alarms)

    def _told(self, rows: Any) -> dict[int, list[Row[Any]]]:
        found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        for row in rows:
            found[row.ticket_id].append(row)
            self._event = row.id
        return found

    # How a ticket stands

    def _stands(self, ticket: Ticket, disabled: Any) -> None:
        desk, name = self.desk.desk, ticket.ref
        flow = flow_of(ticket)
        check(ticket.status in LEGAL[flow], name, ticket.status, "is no status of", flow)
        check(
            ticket.status_category == CATEGORY.get(ticket.status, "open"), name, ticket.status, ticket.status_category
        )
        check(ticket.team in desk.teams, name, "has no team that exists:", ticket.team)
        check(all(team in desk.teams for team in ticket.helpers), name, "helpers", ticket.helpers)
        check(ticket.team not in ticket.helpers, name, "helps itself:", ticket.team)
        owner = desk.agent_named(ticket.assignee) if ticket.assignee else None
        check(owner is not None or not ticket.assignee, name, "is of nobody of the staff:", ticket.assignee)
        if owner is not None and ticket.status != "closed":
            check(owner.address not in disabled, name, "is of somebody who is disabled:", owner.name)
        needed, where = NEEDS.get(flow, ("", ()))
        check(ticket.status not in where or getattr(ticket, needed), name, ticket.status, "without a", needed)
        if ticket.status == "resolved":
            check(ticket.outcome, name, "is resolved without an outcome")
        check(ticket.closed_as in ("", *SYSTEM), name, ticket.closed_as)
        check(not ticket.closed_as or ticket.status == "closed", name, ticket.closed_as, "and", ticket.status)
        check(1 <= ticket.priority <= 5, name, ticket.priority)
        check(ticket.type != "escalation" or ticket.audience == "internal", name, "an escalation that is not internal")

    # What is told of it

    def _backwards(self, number: int, ticket: Ticket, told: Sequence[Row[Any]]) -> None:
        """Told backwards by its events it is what it was at the last look; what they say is what happened."""
        was = self.tickets.get(number)
        if was is None:
            check(told and told[0].kind == "created", number, "was not created")
            self.first[number] = was = rewound(ticket, told[1:])
        back = rewound(ticket, told)
        for name in _COUNTED:
            old, new = getattr(was, name), getattr(back, name)
            check(old == new, number, f"{name}: it was {old!r}, told backwards {new!r};", [row.kind for row in told])
        check((ticket.type, ticket.created_at) == (was.type, was.created_at), number, "another type or beginning")
        for before, group, after in changes(was, ticket, told):
            self._agrees(before, group, after)
            self._legal(before, group, after)

    def _agrees(self, before: Ticket, group: Sequence[Row[Any]], after: Ticket) -> None:
        """Each event's `from` is what was, or what the one before it made; and what the last one made is what is."""
        stands: dict[str, tuple[str, Any]] = {}
        for event in group:
            name = NAMED.get(event.kind)
            if name is None or "to" not in event.detail:
                continue
            start = stands[name][1] if name in stands else getattr(before, name)
            if "from" in event.detail:
                said = event.detail["from"]
                story = [(one.kind, one.detail, one.was) for one in group]
                begun = name == "assignee" and said in {one.actor for one in group if one.kind == "status-changed"}
                known = said == start or name == "status" or begun  # `#start` makes it the starter's
                check(known, before.ref, event.kind, f"from {said!r}, not {start!r};", story)
            stands[name] = event.kind, event.detail["to"]
        for name, (kind, value) in stands.items():
            if kind in ALONE:
                found = getattr(after, name)
                done = after.is_done and name in ("waiting_on", "blocked_on", "next_action") and not found
                check(found == value or done, before.ref, kind, f"to {value!r}, but it is {found!r}")

    def _legal(self, before: Ticket, group: Sequence[Row[Any]], after: Ticket) -> None:
        """From status to status by legal moves alone; a plain answer takes the ticket on by itself."""
        if before.status == after.status and not any(event.kind == "status-changed" for event in group):
            return
        if after.closed_as in SYSTEM:
            return
        flows = dict.fromkeys((flow_of(before), flow_of(after)))
        moves = [event.detail for event in group if NAMED.get(event.kind) == "status" and "to" in event.detail]
        stops = [move[end] for move in moves for end in ("from", "to") if end in move]  # words may take it on before
        at = {before.status}
        for stop in (*stops, after.status):
            at = {stop} if any(reaches(place, stop, flow) for place in at for flow in flows) else set()
            if not at and len(flows) > 1 and CATEGORY.get(stop, "open") == CATEGORY.get(before.status, "open"):
                at = {stop}  # it came into another house, which calls this status so
            kinds = [event.kind for event in group]
            check(at, before.ref, f"went from {before.status} to {stop}, as a {'/'.join(flows)};", kinds)

    # Its clocks

    def _runs(self, number: int, ticket: Ticket, alarm: datetime | None) -> None:
        now = self.desk.now
        self._counts(number, ticket, now)
        running = [clock for clock in ticket.clocks if clock.runs]
        for clock in ticket.clocks:
            check(clock.spent >= timedelta(), number, clock.kind, "has used less than nothing:", clock.spent)
            over = clock.spent > clock.allowed
            check(clock.breached or not over, number, clock.kind, "used", clock.spent, "of", clock.allowed, "unnoticed")
            check(not clock.runs or clock.due is not None, number, clock.kind, "runs to no end")
            if clock.runs and not clock.breached:
                check(clock.due > now, number, clock.kind, "ran out at", clock.due, "and nobody noticed")
            check(not (ticket.is_done and clock.runs), number, clock.kind, "runs in a ticket that is done")
        due = min((clock.due for clock in running if clock.due), default=None)
        check(ticket.due_at == due, number, "due at", ticket.due_at, "but its clocks at", due)
        ahead = [clock.due for clock in running if not clock.breached and clock.due]
        check(alarm is not None or not ahead, number, "nothing will notice the clock that runs out at", ahead)
        check(alarm is None or running, number, "an alarm without a clock that runs")
        check(alarm is None or not ahead or alarm <= min(ahead), number, "the alarm comes after", ahead)

    def _counts(self, number: int, ticket: Ticket, now: datetime) -> None:
        """The clock of the resolution has used what passed while nobody waited for the customer, counted here."""
        before = self.tickets.get(number)
        clock = ticket.clock("resolution")
        if clock is None:
            self.spent.pop(number, None)
            return
        calendar = self.desk.desk.calendar(clock.calendar)
        used = clock.spent + (calendar.between(clock.since, now) if clock.since else timedelta())
        if before is None or number not in self.spent:
            self.spent[number] = used
            return
        ran = before.clock("resolution")
        assert ran is not None
        if not before.is_done and not waits(before):
            self.spent[number] += self.desk.desk.calendar(ran.calendar).between(self.looked, now)
        check(used == self.spent[number], number, "resolution has used", used, "and should have", self.spent[number])

    # Who is told

    def _inside(self, now: Mapping[int, Ticket]) -> None:
        """Nobody outside is told of what is internal."""
        ours = {*self.desk.desk.agents, *self.desk.desk.operators}
        for sent in self.desk.sent[self._sent :]:
            number = self.desk.row(sent.number).ticket_id
            ticket = now.get(number) if number is not None else None
            if ticket is not None and (ticket.audience != "customer" or ticket.type == "escalation"):
                check(sent.to in ours, number, f"is {ticket.audience} {ticket.type}:", sent.purpose, "to", sent.to)

    def end(self) -> None:
        """The whole life of every ticket, told backwards at once."""
        with self.desk.store.look() as connection:
            rows = connection.execute(select(events).order_by(events.c.id)).all()
        for number, ticket in self.tickets.items():
            story = [row for row in rows if row.ticket_id == number]
            begun = rewound(ticket, story)
            for name in _COUNTED:
                old, new = getattr(self.first[number], name), getattr(begun, name)
                check(old == new, number, f"{name}: it began as {old!r}, told backwards {new!r}")


def flow_of(ticket: Ticket) -> str:
    """The workflow that this ticket follows, by this test's list."""
    return ticket.division if ticket.division and ticket.type != "escalation" else ticket.type


def waits(ticket: Ticket) -> bool:
    """Whether its customer has to do something before we can go on."""
    following = ticket.clock("next_response")
    asked = ticket.status_category == "waiting" and not (following is not None and following.runs)
    return ticket.waiting_on == "customer" or asked


def reaches(start: str, stop: str, flow: str) -> bool:
    """In one move, or by being accepted and started at once."""
    legal = LEGAL[flow]
    if start == stop or stop in legal.get(start, "").split():
        return True
    return start == "new" and stop == "in_progress" and "in_progress" in legal.get("accepted", "").split()


def rewound(ticket: Ticket, told: Sequence[Row[Any]]) -> Ticket:
    """The ticket before all of these events."""
    was: dict[str, Any] = {}
    for event in reversed(told):
        was.update(event.was or {})
    return replace(ticket, **again(was))


def changes(was: Ticket, now: Ticket, told: Sequence[Row[Any]]) -> Iterator[tuple[Ticket, Sequence[Row[Any]], Ticket]]:
    """Each change: the ticket before it, its events (the first one holds what was), the ticket after it."""
    starts = [place for place, event in enumerate(told) if event.was]
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(told)
        yield rewound(now, told[start:]), told[start:end], rewound(now, told[end:])
