"""Looking up calls for a batch: those of its tickets, those that its calendar entries are of, and all that is promised.

In: a `Wanted`, the snapshot with its tickets. Out: `Snapshot.calls`, `.uids`, `.schedule`. A ticket without live calls
costs no query; who could take a call is looked up only where the batch may touch one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import Connection

from store import calls
from store.hindsight import Hindsight
from store.snapshot import Snapshot, Wanted

PAST_CALLS = timedelta(days=8)
"""How far back calls count: whoever had many this week has no room for more."""


def named(connection: Connection, uids: Iterable[str], found: Snapshot) -> set[int]:
    """Of which calls these entries are; their tickets."""
    known = calls.by_uids(connection, set(uids))
    found.uids.update(known)
    return {ticket for ticket, _ in known.values()}


def load_calls(connection: Connection, wanted: Wanted, found: Snapshot, seen: Hindsight | None) -> None:
    """The calls of the tickets that have any, ended ones too; with them, where it matters, all that is promised."""
    concerned = wanted.calls is not None or bool(found.uids)
    having = {ref for ref, one in found.tickets.items() if isinstance(ref, int) and (one.calls or concerned)}
    for call in calls.of_tickets(connection, having, seen):
        found.calls.setdefault(call.ticket, {})[call.number] = call
    if seen is not None:  # an entry that was only sent later was nobody's yet
        sent = {one.uid for of_ticket in found.calls.values() for call in of_ticket.values() for one in call.invites}
        found.uids = {uid: key for uid, key in found.uids.items() if uid in sent}
    if wanted.calls is not None:
        found.schedule = calls.schedule(connection, wanted.calls - PAST_CALLS, seen)
