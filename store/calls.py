"""Live calls in the tables: a call with its grant and its invites is one value, written whole.

In: calls as the rules decided them. Out: the same values again, those that were promised, and who is busy when. A
change counts only where the call still is what it was when it was decided, and a grant is redeemed by one conditional
UPDATE in the turn that books (reference scheduling 6): whoever comes second is `Overtaken`, and everything is undone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from store import call_history, call_rows
from store.engine import insert_all
from store.fault import StoreBusy
from store.hindsight import Hindsight
from store.records import Busy, Call, Grant, GrantState, Invite, SaveCall, Schedule
from store.tables import busy, calls, feeds, grants, invites


class Overtaken(StoreBusy):
    """Somebody else has changed this call, or redeemed its grant, since it was looked at: look again."""


def of_tickets(connection: Connection, numbers: Collection[int], seen: Hindsight | None = None) -> list[Call]:
    """All calls of these tickets, in their order; `seen` tells them as they were before that journal row."""
    if seen is not None:
        return call_history.of_tickets_then(connection, numbers, seen)
    return call_rows.of_tickets(connection, numbers)


def schedule(connection: Connection, since: datetime, seen: Hindsight | None = None) -> Schedule:
    """What is promised, and what was held since then; who is busy from then on."""
    kept = call_rows.since(connection, since) if seen is None else call_history.since_then(connection, since, seen)
    rows = connection.execute(_BUSY, {"since": since})
    return Schedule(
        promised={call.key: call for call in kept if call.takes_time},
        busy=tuple(Busy(name=row.name, start=row.start, end=row.end, source=row.source) for row in rows),
        read_at={row.name: row.read_at for row in connection.execute(_READ)},
    )


def by_uids(connection: Connection, uids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Of which call each of these entries of a calendar is: its ticket, its number there. A UID that Outlook made
    upper-case is found as well."""
    wanted = {uid for one in uids for uid in (one, one.lower())}
    found = connection.execute(select(invites).where(invites.c.uid.in_(list(wanted)))) if wanted else ()
    return {row.uid: (row.ticket_id, row.number) for row in found}


def save(connection: Connection, saves: Sequence[tuple[SaveCall, int, int | None]], now: datetime) -> None:
    """Write these calls, each with the number of its ticket and the journal row that it is for, in the order in which
    they were decided."""
    written = [(_saved(connection, one, ticket), origin) for one, ticket, origin in saves]
    call_history.note(connection, written, now)


def witness(connection: Connection, names: Mapping[tuple[int, int], str]) -> None:
    """Who could take which call; no change that anybody could be overtaken by."""
    if names:
        ordered = sorted(names.items())  # two turns that name the same calls wait in a row, not in a circle
        rows = [{"of_ticket": ticket, "of_number": number, "name": name} for (ticket, number), name in ordered]
        connection.execute(_WITNESS, rows)


_BUSY = select(busy).where(busy.c.end > bindparam("since", type_=busy.c.end.type)).order_by(busy.c.start, busy.c.id)
_READ = select(feeds.c.name, feeds.c.read_at)
_WITNESS = (
    update(calls)
    .where(calls.c.ticket_id == bindparam("of_ticket"), calls.c.number == bindparam("of_number"))
    .values(witness=bindparam("name"))
)
_PLAIN = tuple(
    name for name in Call.__dataclass_fields__ if name not in ("ticket", "offered", "passed", "grant", "invites")
)
_OF_GRANT = tuple(Grant.__dataclass_fields__)
_OF_INVITE = tuple(Invite.__dataclass_fields__)


def _saved(connection: Connection, one: SaveCall, ticket: int) -> Call:
    """The call as it is written: under its ticket's real number, one version on."""
    before = one.before
    call = replace(one.call, ticket=ticket, version=(before.version if before else 0) + 1)
    row = _row(call)
    if before is None:
        insert_all(connection, calls, [row])
    else:
        was = _row(before)  # what did not change stays as it is there: a witness may be newer than the decision
        changes = {name: value for name, value in row.items() if name != "ticket_id" and value != was[name]}
        same = (calls.c.ticket_id == ticket) & (calls.c.number == call.number) & (calls.c.version == before.version)
        if connection.execute(update(calls).where(same).values(changes)).rowcount != 1:
            raise Overtaken(f"call {call.number} of ticket {ticket} has changed meanwhile")
    _grant(connection, call, before, ticket)
    _invites(connection, call, before, ticket)
    return call


def _row(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in _PLAIN} | {
        "ticket_id": call.ticket,
        "state": str(call.state),
        "offered": [[number, start.isoformat()] for number, start in call.offered],
        "passed": list(call.passed),
    }


def _grant(connection: Connection, call: Call, before: Call | None, ticket: int) -> None:
    """A grant that ends must still be live: only one of all who try finds it so."""
    grant, was = call.grant, before.grant if before else None
    if grant is None or grant == was:
        return
    row = {name: getattr(grant, name) for name in _OF_GRANT} | {"state": str(grant.state)}
    if was is None:
        key = {"ticket_id": ticket, "number": call.number, "capability": call.capability, "contact": call.contact}
        insert_all(connection, grants, [row | key])
        return
    booked_at = call.booked_at if grant.state == GrantState.REDEEMED else None
    if was.state != GrantState.ISSUED or (booked_at is not None and was.expires_at <= booked_at):
        raise AssertionError(f"the grant of call {call.number} of ticket {ticket} had ended when it was decided about")
    live = (grants.c.ticket_id == ticket) & (grants.c.number == call.number) & (grants.c.state == GrantState.ISSUED)
    if booked_at is not None:
        live &= grants.c.expires_at > booked_at
    if connection.execute(update(grants).where(live).values(row)).rowcount != 1:
        raise Overtaken(f"the grant of call {call.number} of ticket {ticket} has ended meanwhile")


def _invites(connection: Connection, call: Call, before: Call | None, ticket: int) -> None:
    had = {one.uid: one for one in before.invites} if before else {}
    for ordinal, one in enumerate(call.invites):
        if one == had.get(one.uid):
            continue
        row = {name: getattr(one, name) for name in _OF_INVITE}
        row |= {"ticket_id": ticket, "number": call.number, "ordinal": ordinal}
        if one.uid in had:
            connection.execute(update(invites).where(invites.c.uid == one.uid).values(row))
        else:
            connection.execute(insert(invites).values(row))
