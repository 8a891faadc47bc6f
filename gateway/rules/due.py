"""What happens when a ticket's timer comes due: one table, a function a kind.

In: the timer with its ticket, what is known, the instant. Out: a decision, as for a mail. Time alone mails no customer
but one who was asked and has not answered (`rules/intake/reminding.py`), or who has a call (`rules/calls/due.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from gateway.rules import access, breach, workflow
from gateway.rules.calls.due import on_call
from gateway.rules.change import changed
from gateway.rules.clocks import CLOCK, CLOSE
from gateway.rules.desk import Desk
from gateway.rules.handoffs import record as handoffs
from gateway.rules.handoffs import specialists, triggers
from gateway.rules.intake import forgetting, reminding
from gateway.rules.notices import reminders
from gateway.rules.participants import Known
from gateway.rules.speech import nudges
from gateway.rules.timers import ASK, CALL, FORGET, NOTHING_LEFT, NUDGE, PROMISE, REMIND, SNOOZE, START, Due, Told
from store.records import AddEvent, ClearTimer, ClosedAs, Decision, SetTimer, Status, Step, Verdict

AGAIN, LONGEST = timedelta(hours=1), timedelta(days=7)
"""When a timer of an unknown kind is looked at again, and for how long."""


def on_due(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Decision:
    """The decision that a timer leads to; it ends there, unless it is set anew. A kind that this version does not know
    is perhaps a newer one's, which works on the same desk: it stays for some days."""
    kind = due.kind.partition(":")[0]
    does = KINDS.get(kind)
    told = does(due, known, desk, mint, now) if does is not None else _left(due, now)
    name = due.ticket.ref, due.kind
    again = any(isinstance(e, SetTimer | ClearTimer) and (e.ticket, e.kind) == name for e in told.effects)
    ends = () if again else (ClearTimer(ticket=due.ticket.ref, kind=due.kind),)
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"{kind}: {told.why}",
        ticket=due.ticket.ref,
        trust=told.trust,
        trace=(Step(stage="sweep", what=kind, why=told.why),),
        effects=(*ends, *told.effects),
    )


def _left(due: Due, now: datetime) -> Told:
    since = due.detail.get("left_since", now.isoformat())
    if now - datetime.fromisoformat(since) > LONGEST:
        return NOTHING_LEFT
    detail = {**due.detail, "left_since": since}
    later = SetTimer(ticket=due.ticket.ref, kind=due.kind, due_at=now + AGAIN, detail=detail)
    return Told("this version does not know it: left for one that does", (later,))


def _on_close(due: Due, _known: Known, desk: Desk, _mint: Callable[[], str], now: datetime) -> Told:
    """A resolved ticket that nobody wrote into is closed."""
    if due.ticket.status != Status.RESOLVED:
        return NOTHING_LEFT
    wrote = due.detail.get("wrote", "")
    why = f"nobody wrote again after {wrote}" if wrote else "nobody wrote again"
    closed = AddEvent(ticket=due.ticket.ref, kind="closed", actor="system", detail={"because": why})
    after = workflow.ended(due.ticket, ClosedAs.RESOLVED, desk, now)
    return Told(why, tuple(changed(due.ticket, after, [closed], desk, now)))


KINDS: Mapping[str, Callable[[Due, Known, Desk, Callable[[], str], datetime], Told]] = {
    CLOCK: breach.on_clock,
    CLOSE: _on_close,
    REMIND: reminders.on_remind,
    access.GIVE_BACK: access.on_give_back,
    SNOOZE: reminders.on_wake,
    PROMISE: nudges.on_promise,
    NUDGE: nudges.on_nudge,
    START: reminders.on_start,
    handoffs.ACK: specialists.on_silence,
    triggers.HANDOFF: specialists.on_rule,
    ASK: reminding.on_ask,
    FORGET: forgetting.on_forget,
    CALL: on_call,
}
"""By the kind of timer; what stands behind a colon in a kind only tells several of one kind apart."""
