"""When something of a call is due: it has one timer, as a ticket has one for all its clocks.

In: a call, the desk, the instant. Out: the next instant at which `rules/calls/due.py` has something to do, or None; and
the instants by which it decides what that is, so that both agree. Pure: what is done is decided by the call as it
stands, and never by the timer's having come due.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.rules.desk import Desk
from gateway.rules.intake.reminders import after_days
from store.records import Call, CallState, GrantState

RETRY = timedelta(minutes=2)
"""How often somebody is looked for where nobody was found."""
_HASTE = timedelta(minutes=2)
"""Whoever is invited that shortly before the start has until the start to say that they have it."""


def wake(call: Call, desk: Desk, now: datetime) -> datetime | None:
    """The next instant at which the call wants to be looked at; never before `now`."""
    found = [at for at in _instants(call, desk, now) if at is not None]
    return max(min(found), now) if found else None


def _instants(call: Call, desk: Desk, now: datetime) -> list[datetime | None]:
    if call.state == CallState.APPROVAL:
        return [call.approve_until]
    if call.state == CallState.OFFERED:
        grant = call.grant
        return [grant.expires_at if grant is not None and grant.state == GrantState.ISSUED else None]
    if call.start is None or call.end is None:
        return []
    if owes(call):  # in the turn after that in which we said so, and never again
        return [call.ended_at if call.ended_at is not None and call.ended_at >= now else None]
    if call.state == CallState.BOOKED:
        again = min(now + RETRY, call.start) if is_unstaffed(call, desk) else freezes(call, desk)
        return [reminds(call, desk), again]
    if call.state == CallState.ASSIGNED:
        return [reminds(call, desk), unheard(call, desk), call.start]
    if call.state in (CallState.WAITING, CallState.LIVE):
        if call.outcome_asked_at is not None:
            again_at = asks_again(call, desk)
            return [again_at if again_at is not None and again_at > now else None]
        return [call.end if call.state == CallState.LIVE else given_up(call, desk)]
    return []


def reminds(call: Call, desk: Desk) -> datetime | None:
    """When the customer is reminded, if they are and were not. Who has heard of this time later than that, by its
    invite, is not reminded of it."""
    if call.start is None or not desk.calls.remind:
        return None
    invite, at = call.invite(), call.start - desk.calls.remind
    heard = invite.dtstamp if invite is not None else call.booked_at
    if heard is not None and heard >= at:
        return None
    done = call.reminded_at is not None and (heard is None or call.reminded_at >= heard)
    return None if done else at


def freezes(call: Call, desk: Desk) -> datetime:
    """When the agent who takes it is invited."""
    assert call.start is not None, call.key
    return call.start - desk.calls.freeze


def is_unstaffed(call: Call, desk: Desk) -> bool:
    """Whether the leads know that nobody was found to be invited."""
    return call.short_since is not None and call.short_since >= freezes(call, desk)


def unheard(call: Call, desk: Desk) -> datetime | None:
    """Until when whoever was invited has to say that they have it; None where they have. Whoever was invited late has
    half of the time that was left."""
    if call.acked_at is not None or call.assigned_at is None or call.start is None:
        return None
    left = call.start - call.assigned_at
    if left <= _HASTE:
        return call.start
    return max(call.start - desk.calls.ack, call.assigned_at + left / 2)


def given_up(call: Call, desk: Desk) -> datetime:
    """Until when a customer waits for one of us."""
    assert call.start is not None, call.key
    return call.start + desk.calls.no_show


def owes(call: Call) -> bool:
    """Whether none of us was there, and its customer has to get another one."""
    return call.state == CallState.NO_SHOW and call.short_since is not None


def asks_again(call: Call, desk: Desk) -> datetime | None:
    """When the leads are asked what came of it, where whoever took it was asked first: on the next working day."""
    if call.outcome_asked_at is None or not call.assigned:
        return None
    return after_days(desk.calendar(""), call.outcome_asked_at, 1)
