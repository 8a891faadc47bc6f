"""Values for tests of calls: a call at each of its stations, and a store that has its ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from store.records import Call, CallState, Decision, Grant, GrantState, Invite, SaveCall, Verdict
from tests.unit.store.samples import NOW, commit, kept, opening

NORA = "nora@northwind.example"
CELL = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)


def grant(number: int = 1, ticket: int = 1001, **more: Any) -> Grant:
    given: dict[str, Any] = {"issued_at": NOW, "issued_by": "benedikt", "expires_at": NOW + timedelta(days=5)}
    return Grant(hash=f"{ticket:08d}-{number:04d}".ljust(64, "0"), **{**given, **more})


def offered(number: int = 1, ticket: int | str = 1001, **more: Any) -> Call:
    """A call whose slots were shown."""
    of_ticket = ticket if isinstance(ticket, int) else 0
    given: dict[str, Any] = {
        "state": CallState.OFFERED, "capability": "network-engineering", "level": 2, "contact": NORA,
        "requested_at": NOW, "requested_by": "benedikt", "offered": ((1, CELL), (2, CELL + HOUR)), "offered_at": NOW,
        "grant": grant(number, of_ticket),
    }  # fmt: skip
    return Call(ticket=ticket, number=number, **{**given, **more})


def booked(call: Call, at: datetime = CELL, by: str = "mail:1", **more: Any) -> Call:
    """The call after its contact has taken a slot."""
    assert call.grant is not None
    redeemed = replace(call.grant, state=GrantState.REDEEMED, ended_at=NOW, redeemed_by=by)
    invite = Invite(uid=f"{call.ticket}-{call.number}@desk.example", attendee=NORA, dtstamp=NOW)
    return replace(
        call, state=CallState.BOOKED, cell=at, start=at, end=at + timedelta(minutes=30), booked_at=NOW, room="r",
        witness="benedikt", grant=redeemed, invites=(invite,), **more,
    )  # fmt: skip


def decision(*saves: SaveCall, entry: Any = None, effects: tuple[Any, ...] = ()) -> Decision:
    """What saves these calls."""
    return Decision(
        entry=entry, verdict=Verdict.BOOKING, reason="a test", ticket=1001, trace=(), effects=(*saves, *effects)
    )


def opened(connection: Connection, count: int = 1) -> None:
    """Tickets 1001, 1002, …"""
    for _ in range(count):
        commit(connection, [opening(kept(connection))])


def saved(connection: Connection, call: Call, before: Call | None = None, **more: Any) -> Call:
    """The call as it is in the store from now on."""
    commit(connection, [decision(SaveCall(call=call, before=before), **more)])
    return replace(call, version=(before.version if before else 0) + 1)
