"""Looks at all calls of a desk after every step, and finds what cannot be.

In: a desk that stands still. Out: `Broken` with what is wrong. It asks the store and the bytes that left, and counts by
itself whether the people whom the desk has in mind for its promises can keep them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from gateway.rules.calls import hours, staffing, world
from gateway.rules.calls.progress import SCHEDULING
from gateway.rules.desk import Desk
from scheduling.promise import Worker
from store import timers
from store.lookup import load
from store.records import Call, CallState, GrantState, Ticket
from store.snapshot import Snapshot, Wanted
from store.tables import calls, events, grants, tickets
from store.tables import timers as timer_rows
from tests.desk import STAFF, Sent, StillDesk
from tests.properties.inspector import check

COMING = (CallState.BOOKED, CallState.ASSIGNED)
ABOUT_CALLS = frozenset({"offer", "invite", "uninvite", "call", "call_reminder"})
_LINES = re.compile(r"^(METHOD|UID|SEQUENCE|DTSTAMP|STATUS):(.*)$", re.MULTILINE)


class Auditor:
    """What is true of all calls of one desk, and what was once."""

    def __init__(self, desk: StillDesk) -> None:
        self.desk = desk
        self.calls: dict[tuple[int, int], Call] = {}
        self.tickets: dict[int, Ticket] = {}
        self._seen = 0
        self._entries: dict[str, tuple[int, str, str]] = {}
        self._people = {
            word.lower()
            for agent in desk.desk.agents.values()
            for word in (agent.address, agent.full_name.split()[0], agent.full_name.split()[-1])
        }
        assert set(STAFF) <= self._people

    def look(self) -> None:
        """Everything, once."""
        known, self.issued, self.told, waits = self._read()
        desk = self.desk.desk.as_of(known.people, self.desk.now)
        self.tickets = {int(ref): ticket for ref, ticket in known.tickets.items()}
        self.calls = {(int(ref), n): call for ref, of in known.calls.items() for n, call in of.items()}
        for call in self.calls.values():
            self._one(call, desk, waits)
        for ticket in self.tickets.values():
            self._ticket(ticket)
        self._promises(desk, known)
        for sent in self.desk.sent[self._seen :]:
            self._mail(sent)
        self._seen = len(self.desk.sent)

    def _read(self) -> tuple[Snapshot, Counter[tuple[int, str]], Counter[tuple[str, str]], set[tuple[int, str]]]:
        with self.desk.store.look() as connection:
            numbers = set(connection.execute(select(tickets.c.id)).scalars())
            wanted = Wanted(addresses=set(self.desk.desk.agents), numbers=numbers, calls=self.desk.now)
            known = load(connection, wanted)
            issued = Counter(
                (row.ticket_id, row.capability)
                for row in connection.execute(select(grants).where(grants.c.state == GrantState.ISSUED.value))
            )
            told = Counter(
                (row.kind, row.detail.get("call", ""))
                for row in connection.execute(select(events))
                if row.kind.startswith(("call-", "grant-"))
            )
            waits = {(row.ticket_id, row.kind) for row in connection.execute(select(timer_rows))}
            check(not timers.is_due(connection, self.desk.now, "call"), "something of a call is due and was not done")
            assert connection.execute(select(calls.c.number)).first() or not known.calls
        return known, issued, told, waits

    # One call, one ticket

    def _one(self, call: Call, desk: Desk, waits: set[tuple[int, str]]) -> None:
        name, grant = world.name(call.key), call.grant
        booked = call.booked_at is not None
        theirs = [one for one in call.invites if one.kind == "customer"]
        check(booked == (grant is not None and grant.state == GrantState.REDEEMED), name, "is booked:", booked, grant)
        check(len(theirs) == booked, name, "has", len(theirs), "entries of its customer")
        check(self.told["call-booked", name] == booked, name, "was told to be booked", self.told["call-booked", name])
        check(not call.is_promised or booked, name, "is promised and not booked")
        ended = grant is None or grant.state != GrantState.ISSUED
        check(call.state == CallState.OFFERED or ended, name, "is", call.state, "and its grant lives")
        check(call.is_over == (call.ended_at is not None), name, "is", call.state, "and ended at", call.ended_at)
        agents = [one for one in call.invites if one.kind == "agent" and not one.cancelled]
        if call.state in COMING or call.state == CallState.CANCELLED:
            known = bool(call.assigned) and call.assigned in (agent.name for agent in desk.agents.values())
            check(len(agents) == known, name, "is of", call.assigned or "nobody", "and stands in", len(agents))
        if call.state == CallState.BOOKED and self.desk.now >= hours.freezes(call, desk):
            check(call.short_since is not None, name, "begins soon, nobody has it, and no lead knows")
        if call.short_since is not None and call.is_promised:
            check(self.told["call-short", name], name, "is short and nobody was told")
        awaited = (call.ticket, f"call:{call.number}") in waits
        due = hours.wake(call, desk, self.desk.now)
        check(awaited or due is None or call.is_over, name, "wants to be looked at", due, "and has no timer")

    def _ticket(self, ticket: Ticket) -> None:
        found = [call for (ref, _), call in self.calls.items() if ref == ticket.ref]
        live = {str(call.number): str(call.state) for call in found if not call.is_over}
        check(dict(ticket.calls) == live, ticket.ref, "says", ticket.calls, "of", live)
        for (ref, capability), count in self.issued.items():
            check(count == 1, ref, "has", count, "grants for", capability)
        kinds = Counter(call.capability for call in found if not call.is_over)
        check(max(kinds.values(), default=0) <= 1, ticket.ref, "has two calls of a kind:", kinds)
        coming = any(state not in (CallState.WAITING, CallState.LIVE) for state in live.values())
        if not ticket.is_done:
            check((ticket.blocked_on == SCHEDULING) == coming, ticket.ref, "is blocked by", ticket.blocked_on, live)
        over = ticket.is_done and any(state not in (CallState.WAITING, CallState.LIVE) for state in live.values())
        check(not over, ticket.ref, "is done and has", live)

    # All promises together

    def _promises(self, desk: Desk, known: Snapshot) -> None:
        """Whoever is in mind for a promise can keep it, beside all others; or a lead knows."""
        now = self.desk.now
        workers = {one.name: one for one in world.workers(desk, known, now)}
        taken: Counter[Any] = Counter()
        for call in self.calls.values():
            who = call.assigned or (call.witness if call.is_promised else "")
            if call.takes_time and who in workers and call.cell is not None:
                taken.update(_places(workers[who], call.cell))
        for call in self.calls.values():
            if call.state not in COMING or call.start is None or call.start <= now or call.short_since is not None:
                continue
            name, who = world.name(call.key), call.assigned or call.witness
            worker = workers.get(who)
            check(worker is not None, name, "is promised, and nobody is in mind for it")
            assert worker is not None
            assert call.cell is not None
            why = staffing.hindrance(call, desk.agent_named(who), desk, known, now)
            check(not why, name, "is promised, and", who, why)
            cell, day, week = _places(worker, call.cell)
            check(taken[cell] == 1, name, "is promised beside others to", who)
            check(not worker.per_day or taken[day] <= worker.per_day, name, who, "has too many calls that day")
            check(not worker.per_week or taken[week] <= worker.per_week, name, who, "has too many calls that week")

    # Mails

    def _mail(self, sent: Sent) -> None:
        for content in _calendars(sent):
            said = dict(_LINES.findall(content.replace("\r\n ", "").replace("\r\n", "\n")))
            if said["METHOD"] == "DECLINECOUNTER":
                continue
            method, uid = said["METHOD"], said["UID"]
            now, had = (int(said["SEQUENCE"]), said["DTSTAMP"]), self._entries.get(uid)
            check(had is None or (now > had[:2] and now[1] > had[1]), uid, "was sent as", had, "and then as", now)
            check(had is None or had[2] != "CANCEL", uid, "was cancelled and then sent as", method)
            self._entries[uid] = (*now, method)
        if sent.to in self.desk.desk.agents or sent.purpose not in ABOUT_CALLS:
            return
        words = "\n".join((str(sent.mail["Subject"]), str(sent.mail["From"]), *_words(sent))).lower()
        for word in self._people:
            check(word not in words, sent.purpose, "to", sent.to, "names", word)


def _places(worker: Worker, cell: datetime) -> tuple[Any, Any, Any]:
    """What a call takes of somebody: a cell, one call of a day, one of a week."""
    day = cell.astimezone(ZoneInfo(worker.zone)).date()
    return (worker.name, cell), (worker.name, day), (worker.name, *day.isocalendar()[:2])


def _calendars(sent: Sent) -> Iterator[str]:
    for part in sent.mail.walk():
        if part.get_content_type() == "text/calendar":
            yield bytes(part.get_payload(decode=True)).decode()  # type: ignore[arg-type]


def _words(sent: Sent) -> Iterator[str]:
    for part in sent.mail.walk():
        if not part.is_multipart():
            yield bytes(part.get_payload(decode=True)).decode("utf-8", "replace")  # type: ignore[arg-type]
