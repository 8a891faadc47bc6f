"""A call's progress: what is written when a call becomes another value, whoever moves it.

In: a `Progress`: the call before and after, what is told, whose witness changed, the mails. Out: the ticket as it then
stands, and the effects: the call, its one timer, the witnesses. Every change of a call is written by `written`, so that
its timer, the ticket's `blocked_on` and its list of live calls are the same from all paths.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gateway.rules.calls import hours
from gateway.rules.calls.world import name
from gateway.rules.desk import Desk
from gateway.rules.notices.notice import stamp
from gateway.rules.timers import CALL
from store.records import (
    AddEvent,
    Call,
    CallState,
    ClearTimer,
    Effect,
    Prove,
    SaveCall,
    SendMail,
    SetTimer,
    Ticket,
    TicketRef,
    Witnesses,
)

SCHEDULING = "scheduling"
"""What a ticket is blocked on from the wish for a call until it begins or is given up (`ops` M10)."""
Mails = Callable[[Callable[[], str]], tuple[SendMail, ...]]


def no_mails(_mint: Callable[[], str]) -> tuple[SendMail, ...]:
    """Nobody is written to."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What becomes of a call: `before` is None where it is new. `events` are told of the ticket; `witnesses` are the
    other calls whose witness changed by it; `mails` are made once there are Message-IDs for them. `proves`: all
    promises are proven anew."""

    before: Call | None
    call: Call
    events: tuple[AddEvent, ...] = ()
    witnesses: Mapping[tuple[TicketRef, int], str] = field(default_factory=dict)
    mails: Mails = no_mails
    proves: bool = False


def written(progress: Progress, ticket: Ticket, desk: Desk, now: datetime) -> tuple[Ticket, list[Effect]]:
    """The ticket with this call as it is now, and what is written beside it; mails and events are the caller's."""
    call = progress.call
    calls = {number: state for number, state in ticket.calls.items() if number != str(call.number)}
    if not call.is_over:
        calls[str(call.number)] = str(call.state)
    after = replace(ticket, calls=calls, blocked_on=_blocked(ticket, calls))
    effects: list[Effect] = [SaveCall(call=call, before=progress.before)]
    if progress.witnesses:
        effects.append(Witnesses(names=progress.witnesses))
    if progress.proves:
        effects.append(Prove())
    kind, at = f"{CALL}:{call.number}", hours.wake(call, desk, now)
    effects.append(
        ClearTimer(ticket=call.ticket, kind=kind) if at is None else SetTimer(ticket=call.ticket, kind=kind, due_at=at)
    )
    return after, effects


def _blocked(ticket: Ticket, calls: Mapping[str, str]) -> str:
    """Blocked on scheduling while a call is to come; whatever else it is blocked on stays."""
    if ticket.is_done:
        return ticket.blocked_on
    coming = any(state not in (CallState.WAITING, CallState.LIVE) for state in calls.values())
    if coming:
        return ticket.blocked_on or SCHEDULING
    return "" if ticket.blocked_on == SCHEDULING and (ticket.calls or calls) else ticket.blocked_on


def told(call: Call, kind: str, actor: str, **detail: Any) -> AddEvent:
    """An event of a call: each says which."""
    return AddEvent(ticket=call.ticket, kind=kind, actor=actor, detail={"call": name(call.key), **detail})


def said(at: datetime | None) -> str:
    """An instant as events keep it."""
    return stamp(at) if at is not None else ""
