"""A booked call of Nora's for tests of who takes it: tomorrow at two, on the desk of `asked.py`.

In: what is different. Out: the call, what a timer of it leads to, what was decided.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.rules.calls.due import on_call
from gateway.rules.desk import Desk
from gateway.rules.timers import Due, Told
from store.records import (
    AddEvent,
    Call,
    CallState,
    Effect,
    Grant,
    GrantState,
    Invite,
    SaveCall,
    SendMail,
    SetTimer,
    Ticket,
)
from store.snapshot import Snapshot
from tests.unit.calls.asked import NETWORK, NORA, NOW, a_call, a_ticket, at, knowing, skilled

START = at(24, 14)
FREEZE, ACK = START - timedelta(minutes=60), START - timedelta(minutes=20)
TWO = skilled(anastasia={NETWORK: 2}, benedikt={NETWORK: 4})
"""The desk on which these two can take it: anastasia first, who is only just able."""


def promised(start: datetime = START, **changes: Any) -> Call:
    """Nora's call, booked; anastasia could take it."""
    grant = Grant(
        hash="h", issued_at=NOW, issued_by="dominique", expires_at=NOW + timedelta(days=5), state=GrantState.REDEEMED
    )
    invite = Invite(uid="u1@desk.example", attendee=NORA.address, dtstamp=NOW)
    usual = a_call(
        state=CallState.BOOKED, requested_by="dominique", cell=start, start=start, end=start + timedelta(minutes=30),
        booked_at=NOW, grant=grant, invites=(invite,), room="r", witness="anastasia", language="en",
    )  # fmt: skip
    return replace(usual, **changes)


def assigned(name: str = "anastasia", since: datetime = FREEZE, start: datetime = START, **changes: Any) -> Call:
    """The same, and somebody was invited to take it."""
    call = promised(start, state=CallState.ASSIGNED, witness=name, assigned=name, assigned_at=since)
    theirs = Invite(uid=f"{name}@desk.example", kind="agent", attendee=f"{name}@desk.example", dtstamp=since)
    return replace(call, invites=(*call.invites, theirs), **changes)


def of(call: Call, **changes: Any) -> Ticket:
    live = {} if call.is_over else {str(call.number): str(call.state)}
    return a_ticket(**{"calls": live, "blocked_on": "scheduling", **changes})


def known(call: Call, *others: Call, ticket: Ticket | None = None, **more: Any) -> Snapshot:
    return knowing(ticket or of(call), (call, *others), **more)


class Saw:
    """What a timer led to, by what it does."""

    def __init__(self, told: Told) -> None:
        self.why, self.effects = told.why, told.effects

    def _all(self, kind: type[Any]) -> list[Any]:
        return [effect for effect in self.effects if isinstance(effect, kind)]

    @property
    def saved(self) -> list[Call]:
        return [effect.call for effect in self._all(SaveCall)]

    @property
    def call(self) -> Call:
        (found,) = self.saved
        return found

    @property
    def events(self) -> list[str]:
        return [event.kind for event in self._all(AddEvent)]

    @property
    def mails(self) -> list[tuple[str, str]]:
        return [(mail.purpose.value, mail.to.address.partition("@")[0]) for mail in self._all(SendMail)]

    def mail(self, purpose: str) -> SendMail:
        return next(mail for mail in self._all(SendMail) if mail.purpose.value == purpose)

    @property
    def wakes(self) -> list[datetime]:
        return [effect.due_at for effect in self._all(SetTimer) if effect.kind.startswith("call:")]


def rings(call: Call, now: datetime, desk: Desk = TWO, snapshot: Snapshot | None = None) -> Saw:
    """The timer of this call comes due."""
    snapshot = snapshot or known(call)
    due = Due(ticket=snapshot.tickets[call.ticket], kind=f"call:{call.number}", due_at=now)
    return Saw(on_call(due, snapshot, desk, minted(), now))


def minted() -> Any:
    numbers = itertools.count(1)
    return lambda: f"<m{next(numbers)}@desk.example>"


def purposes(effects: Sequence[Effect]) -> list[str]:
    return [effect.purpose.value for effect in effects if isinstance(effect, SendMail)]
