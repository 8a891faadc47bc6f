"""Read views of calls for commands: values in, plain JSON out (DESIGN section 6, `call show`).

In: which calls. Out: the same keys for one call, for a list and inside its ticket; keys are a contract, they may be
added, never renamed. Who could take a call (its witness) and the hash of its token are shown nowhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from store import calls as rows
from store.plain import reference, stamp
from store.records import Call, Grant
from store.tables import calls, events

_STEP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls `call list` shows; empty means any. `limit` is for the newest of them."""

    ticket: int | None = None
    state: str = ""
    limit: int | None = None


def call_list(connection: Connection, wanted: CallFilter, prefix: str, location: str) -> list[dict[str, Any]]:
    """Calls, the first that was asked for first; with a limit the newest ones, in the same order."""
    query = select(calls.c.ticket_id, calls.c.number)
    if wanted.ticket is not None:
        query = query.where(calls.c.ticket_id == wanted.ticket)
    if wanted.state:
        query = query.where(calls.c.state == wanted.state)
    newest = query.order_by(calls.c.requested_at.desc(), calls.c.ticket_id.desc(), calls.c.number.desc())
    if wanted.limit is not None:
        newest = newest.limit(wanted.limit)
    keys = [(row.ticket_id, row.number) for row in reversed(connection.execute(newest).all())]
    found = {call.key: call for call in _calls(connection, list(dict.fromkeys(ticket for ticket, _ in keys)))}
    return [view(found[key], prefix, location) for key in keys]


def call_view(connection: Connection, key: tuple[int, int], prefix: str, location: str) -> dict[str, Any] | None:
    """`call show`: one call, or None where there is none of that name."""
    found = next((call for call in rows.of_tickets(connection, {key[0]}) if call.key == key), None)
    return view(found, prefix, location) if found is not None else None


def of_tickets(
    connection: Connection, numbers: Sequence[int], prefix: str, location: str
) -> defaultdict[int, list[dict[str, Any]]]:
    """The calls of each of these tickets, by their numbers."""
    found: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for call in _calls(connection, numbers):
        found[int(call.ticket)].append(view(call, prefix, location))
    return found


def course(connection: Connection, key: tuple[int, int]) -> list[dict[str, Any]]:
    """What happened to one call, oldest first: of its ticket's events those that name it."""
    told = connection.execute(select(events).where(events.c.ticket_id == key[0]).order_by(events.c.id))
    name = f"{key[0]}-{key[1]}"
    return [
        {"at": stamp(event.at), "actor": event.actor, "kind": event.kind, "detail": event.detail}
        for event in told
        if event.kind.startswith(("call-", "grant-")) and event.detail.get("call") == name
    ]


def view(call: Call, prefix: str, location: str) -> dict[str, Any]:
    """One call as JSON. `uid`, `sequence` and `partstat` are those of its customer's entry; it can be joined while it
    is promised."""
    invite = call.invite()
    place = location.replace("{room}", call.room) if location and call.room and call.is_promised else None
    return {
        "id": f"{call.ticket}-{call.number}",
        "ticket": reference(prefix, int(call.ticket)),
        "capability": call.capability or None,
        "minutes": call.minutes,
        "state": str(call.state),
        "requested_at": stamp(call.requested_at),
        "start": stamp(call.start),
        "end": stamp(call.end),
        "uid": invite.uid if invite else None,
        "sequence": invite.sequence if invite else None,
        "partstat": invite.partstat if invite else None,
        "assigned": call.assigned or None,
        "grant": _grant(call.grant) if call.grant else None,
        "join_url": place,
        "contact": call.contact,
        "purpose": call.purpose or None,
        "priority": call.priority,
        "requested_by": call.requested_by,
        "approve_until": stamp(call.approve_until),
        "approved_by": call.approved_by or None,
        "within": stamp(call.within),
        "zone": call.zone or None,
        "offered": [{"number": number, "start": stamp(start)} for number, start in call.offered],
        "offered_at": stamp(call.offered_at),
        "booked_at": stamp(call.booked_at),
        "moves": call.moves,
        "acknowledged_at": stamp(call.acked_at),
        "passed": list(call.passed),
        "short_since": stamp(call.short_since),
        "outcome": call.outcome or None,
        "ended_at": stamp(call.ended_at),
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "state": str(grant.state),
        "expires_at": stamp(grant.expires_at),
        "issued_at": stamp(grant.issued_at),
        "issued_by": grant.issued_by,
        "ended_at": stamp(grant.ended_at),
        "redeemed_by": grant.redeemed_by or None,
    }


def _calls(connection: Connection, numbers: Sequence[int]) -> Iterable[Call]:
    for start in range(0, len(numbers), _STEP):
        yield from rows.of_tickets(connection, numbers[start : start + _STEP])
