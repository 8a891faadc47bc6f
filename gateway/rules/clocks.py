"""A ticket's clocks: how they begin, stand still, run on and end as the ticket moves (`ops` R76-R80, section 4).

In: the ticket before and after, who spoke. Out: the ticket with its clocks as they are now, and what became of them as
events. Every path that changes a ticket comes here (`rules/change.py`); only what a lead promises (`verbs/promises.py`)
and what was told (`rules/breach.py`) is set elsewhere. Imported history has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.rules.desk import Desk
from gateway.rules.intake import record
from gateway.rules.intake.record import COMPLETE
from gateway.rules.policy.targets import AFTER_COMPLETE, FIRST, KINDS, NEXT, RESOLUTION, TRIAGE
from gateway.rules.promises import Promise, promised
from scheduling import sla
from scheduling.sla import OVER, Aim, Clock
from store.anew import anew
from store.records import RESPONSES, AddEvent, ClosedAs, Ticket

CLOCK = "clock"
"""The timer of a ticket's next warning or breach; one for all its clocks."""
CLOSE = "close"
"""The timer that closes what stayed resolved."""
TO_OWNER, TO_TEAM = 75, 90
WARNINGS = (TO_OWNER, TO_TEAM, OVER)
"""Percent of a target at which somebody is told; 100 is the breach."""

CUSTOMER, AGENT = "customer", "agent"
"""Who spoke: a customer's words start the clock of the next answer, ours to the customer stop it."""

_NO_TICKETS = (ClosedAs.SPAM, ClosedAs.MERGED, ClosedAs.WRONG_TYPE)
"""Endings by which it was no ticket of its own: nothing is met by them."""

CHANGED, BREACHED = "clock-changed", "clock-breached"
"""Events: a promise became another one, from when to when and why; a clock ran out, when and because of what."""


def opened(ticket: Ticket, desk: Desk, now: datetime) -> Ticket:
    """A new ticket with the clocks that run from its first second."""
    kinds = (FIRST, RESOLUTION) if ticket.topic or ticket.audience != "customer" else (FIRST, RESOLUTION, TRIAGE)
    return _with(ticket, [_begun(ticket, kind, desk, now) for kind in kinds])


def inherited(old: Ticket, new: Ticket, desk: Desk, now: datetime) -> Ticket:
    """A ticket that takes another one's place (R29): its clocks began when the other's did and have used as much; what
    is promised for its own kind counts from now on. `old` is the other one while it was still open."""
    found = {clock.kind: clock for clock in old.clocks}
    if found:
        _retarget(found, replace(new, created_at=old.created_at), desk, now)
    if RESOLUTION in found and new.waiting_on != CUSTOMER:  # a status that waits is left behind
        found[RESOLUTION] = _resumed(found[RESOLUTION], desk, now)
    return _with(new, found.values())


def as_they_were(ticket: Ticket, before: Sequence[Clock], left: Sequence[Clock], now: datetime) -> Ticket:
    """The ticket after a change is taken back that found the clocks `before` and left them as `left`: as if it had not
    been made, so that what ran out meanwhile is a breach. What something else has moved since stays as that left it."""
    found = {clock.kind: clock for clock in ticket.clocks}
    then, since = {clock.kind: clock for clock in before}, {clock.kind: clock for clock in left}
    for kind in then.keys() | since.keys():
        if found.get(kind) != since.get(kind):
            continue
        found.pop(kind, None)
        if kind in then:
            late = then[kind].runs and sla.is_over(then[kind], now)
            found[kind] = replace(then[kind], breached=True) if late else then[kind]
    return _with(ticket, found.values())


def waited_since(ticket: Ticket) -> datetime | None:
    """Since when a customer waits for an answer of ours here, promised or not; None when they do not."""
    return min((one.started for one in ticket.clocks if one.kind in RESPONSES and one.counts), default=None)


def taking_in(ticket: Ticket, since: datetime, why: str, desk: Desk, now: datetime) -> tuple[Ticket, AddEvent | None]:
    """The ticket with a customer's words from then that another one brings, and what is told of it: an answer to them
    is owed since then, unless one is owed here already."""
    promise = promised(ticket, NEXT, desk, now)
    if promise is None or any(one.kind in RESPONSES and one.runs for one in ticket.clocks):
        return ticket, None
    clock = sla.begin(NEXT, _aim(promise, desk), desk.calendar(promise.calendar), since, now)
    detail = {"clock": NEXT, "from": None, **_to(clock), "because": why}
    others = (one for one in ticket.clocks if one.kind != NEXT)
    return _with(ticket, [*others, clock]), AddEvent(ticket=ticket.ref, kind=CHANGED, actor="system", detail=detail)


def follow(before: Ticket, after: Ticket, desk: Desk, now: datetime, heard: str = "") -> Ticket:
    """The clocks of `after` as they are once `before` has become it. `heard` is who spoke."""
    if not after.clocks and (before.is_done and after.is_done):
        return after
    found = {clock.kind: clock for clock in after.clocks}
    if heard == AGENT:
        _answer(found, desk, now)
    if after.is_done:
        return _with(after, [_finished(clock, after, desk, now) for clock in found.values()])
    _keep_triage(found, before, after, desk, now)
    if before.is_done:
        _open_again(found, after, desk, now)
    if found and (before.is_done or (before.priority, before.requester) != (after.priority, after.requester)):
        _retarget(found, after, desk, now)
    if heard == CUSTOMER:
        _hear(found, after, desk, now)
    if before.intake != after.intake and after.answered_at is None:
        _count_from_complete(found, before, after, desk, now)
    _stand_still(found, before, after, desk, now, heard)
    return _with(after, found.values())


def _finished(clock: Clock, ticket: Ticket, desk: Desk, now: datetime) -> Clock:
    """The ticket is done. An answer that nobody gave is not met by that, nor anything of what was no ticket; among
    ourselves, who is done has answered."""
    if clock.ended is not None:
        return clock
    among_us = ticket.audience != "customer" and ticket.requester in desk.agents
    if ticket.closed_as in _NO_TICKETS or (clock.kind in RESPONSES and not among_us):
        clock = sla.lay_aside(clock, desk.calendar(clock.calendar), now)
    return _ended(clock, desk, now)


def _open_again(found: dict[str, Clock], ticket: Ticket, desk: Desk, now: datetime) -> None:
    """What was resolved runs on with what was left; so does an answer that was owed then and still is."""
    for kind in (FIRST, NEXT, RESOLUTION, AFTER_COMPLETE):
        clock = found.get(kind)
        if clock is None or clock.ended is None:
            continue
        owed = clock.dormant or (kind == FIRST and clock.breached)
        if kind == RESOLUTION or (owed and (kind == NEXT or ticket.answered_at is None)):
            found[kind] = _resumed(clock, desk, now)


def _stand_still(found: dict[str, Clock], before: Ticket, after: Ticket, desk: Desk, now: datetime, heard: str) -> None:
    """The resolution stands still while the customer has to do something. Where nothing is promised for it, that is
    remembered from the first such time on: a promise that comes later does not count it."""
    waits, clock = _waits(before, after, heard), found.get(RESOLUTION)
    if clock is None and waits and found and any(RESOLUTION in target.allowed for target in desk.service.targets):
        clock = sla.asleep(RESOLUTION, desk.calendar(""), after.created_at, now, desk.service.grace)
    if clock is not None and waits is not None:
        move = sla.pause if waits else sla.resume
        clock = move(clock, desk.calendar(clock.calendar), now)
    if clock is not None:
        found[RESOLUTION] = clock


def _waits(before: Ticket, after: Ticket, heard: str) -> bool | None:
    """Whether the customer has to do something: we asked, or a status says so, until they have written. None where
    nothing was said and done about it: as it was."""
    if after.waiting_on == CUSTOMER:
        return True
    if after.status_category != "waiting" or heard == CUSTOMER:
        return False
    return True if heard == AGENT or before.status != after.status else None


def refreshed(ticket: Ticket, desk: Desk, now: datetime) -> Ticket:
    """The ticket with its clocks as the policy, the hours and the organisation's facts have them today (R78); the same
    one where nothing differs."""
    if ticket.is_done or not ticket.clocks:
        return ticket
    found = {clock.kind: clock for clock in ticket.clocks}
    _retarget(found, ticket, desk, now)
    return ticket if tuple(found.values()) == ticket.clocks else _with(ticket, found.values())


def _answer(found: dict[str, Clock], desk: Desk, now: datetime) -> None:
    """Our words answer; of an answer that was not promised nothing is kept."""
    for kind in RESPONSES:
        if kind not in found:
            continue
        if found[kind].dormant:
            del found[kind]
        else:
            found[kind] = _ended(found[kind], desk, now)


def _hear(found: dict[str, Clock], ticket: Ticket, desk: Desk, now: datetime) -> None:
    """A customer's words wait for an answer from the first that has none (M2), but a first answer that is still owed
    comes first (Zammad 5177)."""
    first, following = found.get(FIRST), found.get(NEXT)
    if (first is None or first.ended or first.dormant) and (following is None or following.ended):
        begun = _begun(ticket, NEXT, desk, now)
        if begun is not None:
            found[NEXT] = begun


def _count_from_complete(found: dict[str, Clock], before: Ticket, after: Ticket, desk: Desk, now: datetime) -> None:
    """All that was asked for is there, and nobody of us has answered yet: how long that takes counts from here as well
    (M1c)."""
    intake = record.of(after)
    if AFTER_COMPLETE in found or intake.stage != COMPLETE or not intake.rounds or record.of(before).stage == COMPLETE:
        return
    begun = _begun(after, AFTER_COMPLETE, desk, now)
    if begun is not None:
        found[AFTER_COMPLETE] = begun


def _keep_triage(found: dict[str, Clock], before: Ticket, after: Ticket, desk: Desk, now: datetime) -> None:
    """Its clock runs while nobody has said what the ticket is about."""
    clock = found.get(TRIAGE)
    if clock is not None and after.topic:
        found[TRIAGE] = _ended(clock, desk, now)
    elif clock is not None and (before.is_done or before.topic):
        found[TRIAGE] = _resumed(clock, desk, now)
    elif clock is None and before.topic and not after.topic:
        begun = _begun(after, TRIAGE, desk, now)
        if begun is not None:
            found[TRIAGE] = begun


def _retarget(found: dict[str, Clock], ticket: Ticket, desk: Desk, now: datetime) -> None:
    """What is promised now, for each clock. One that was not promised before has used what passed since the ticket
    came; one that is promised no more is dormant. What is over stays: a breach is never undone."""
    for kind in KINDS:
        clock, promise = found.get(kind), promised(ticket, kind, desk, now)
        if clock is None:
            owed = kind == RESOLUTION or (kind == FIRST and ticket.answered_at is None)
            if promise is not None and owed:
                aim = _aim(promise, desk)
                found[kind] = sla.begin(kind, aim, desk.calendar(aim.name), ticket.created_at, now)
        elif promise is None and not clock.ended and not clock.because and not sla.is_over(clock, now):
            found[kind] = sla.lay_aside(clock, desk.calendar(clock.calendar), now)
        else:
            found[kind] = _retargeted(ticket, clock, desk, now)


def _retargeted(ticket: Ticket, clock: Clock, desk: Desk, now: datetime) -> Clock:
    """With what is promised for this ticket now; a lead's word stays."""
    promise = promised(ticket, clock.kind, desk, now)
    if promise is None or clock.because:
        return clock
    aim = _aim(promise, desk)
    return sla.retarget(clock, desk.calendar(clock.calendar), desk.calendar(aim.name), now, aim)


def _aim(promise: Promise, desk: Desk) -> Aim:
    return Aim(target=promise.allowed, name=promise.calendar, factor=promise.factor, grace=desk.service.grace)


def _begun(ticket: Ticket, kind: str, desk: Desk, now: datetime) -> Clock | None:
    promise = promised(ticket, kind, desk, now)
    if promise is None:
        return None
    return sla.begin(kind, _aim(promise, desk), desk.calendar(promise.calendar), now)


def _ended(clock: Clock, desk: Desk, now: datetime) -> Clock:
    return sla.end(clock, desk.calendar(clock.calendar), now)


def _resumed(clock: Clock, desk: Desk, now: datetime) -> Clock:
    return sla.resume(clock, desk.calendar(clock.calendar), now)


def _with(ticket: Ticket, clocks: Iterable[Clock | None]) -> Ticket:
    standing = tuple(sorted((clock for clock in clocks if clock is not None), key=lambda one: _ORDER[one.kind]))
    due = min((clock.due for clock in standing if clock.runs and clock.due is not None), default=None)
    same = standing == ticket.clocks and due == ticket.due_at
    return ticket if same else anew(ticket, clocks=standing, due_at=due)


_ORDER: Mapping[str, int] = {kind: place for place, kind in enumerate(KINDS)}


# When somebody is to be told


def marks(kind: str, desk: Desk) -> tuple[int, ...]:
    """The percentages of that clock at which something happens: the warnings, and what rules of escalation and of
    handoffs name."""
    percents = {rule.percent for rule in desk.escalations if rule.clock == kind}
    percents |= {edge.when.percent for edge in desk.handoffs if edge.when is not None and edge.when.clock == kind}
    return tuple(sorted({*WARNINGS, *percents})) if percents else WARNINGS


def wake(ticket: Ticket, desk: Desk, now: datetime) -> datetime | None:
    """When the next breach is to be noted or the next mark to be told; None when no clock runs. What is told waits for
    the desk to be open; a breach is noted when it comes."""
    found: list[datetime] = []
    for clock in ticket.clocks:
        if not clock.runs or clock.due is None:
            continue
        if not clock.breached:
            found.append(clock.due)
        mark = next((mark for mark in marks(clock.kind, desk) if mark > clock.warned), None)
        at = sla.reaches(clock, desk.calendar(clock.calendar), mark) if mark is not None else None
        if at is not None:
            at = max(at, now)
            found.append(at if desk.service.warn_outside_hours else desk.calendar("").opening(at))
    return min(found, default=None)


# What is told of it


def told(before: Ticket, after: Ticket, given: Sequence[AddEvent], desk: Desk, now: datetime) -> list[AddEvent]:
    """Clocks that ran out or became others, as events; none for a clock that `given` tells of already."""
    events: list[AddEvent] = []
    spoken = {(event.kind, event.detail.get("clock")) for event in given}
    for kind in KINDS:
        old, new = before.clock(kind), after.clock(kind)
        if old is new or old == new or (new is not None and new.dormant and (new.ended or old is None or old.dormant)):
            continue
        new = None if new is not None and new.dormant else new
        if old is not None and old.dormant:  # one that a silent end laid aside runs on as it was
            old = replace(old, grace=new.grace, dormant=False) if old.ended and new is not None else None
        detail = _change(before, after, old, new, desk, now) if (CHANGED, kind) not in spoken else None
        if detail is not None:
            events.append(AddEvent(ticket=before.ref, kind=CHANGED, actor="system", detail=detail))
        late = new is not None and new.breached and (old is None or not old.breached or old.started != new.started)
        if new is not None and late and (BREACHED, kind) not in spoken:
            detail = {
                "clock": kind, "due": _stamp(_ran_out(old, new)), "because": attributed(before, new),
                "team": before.team, "assignee": before.assignee, "priority": before.priority,
            }  # fmt: skip
            events.append(AddEvent(ticket=before.ref, kind=BREACHED, actor="system", detail=detail))
    return events


def _ran_out(old: Clock | None, new: Clock) -> datetime | None:
    """When; a lead may have given it another time since."""
    return old.due if old is not None and old.started == new.started and old.due is not None else new.due


def attributed(ticket: Ticket, clock: Clock) -> str:
    """Whose the breach is (R79, M9): what kept the ticket from being worked when it came."""
    if ticket.blocked_on == "scheduling":
        return "blocked-scheduling"
    if ticket.blocked_on == "specialist" or ticket.escalated_at is not None:
        return "waiting-specialist"
    if ticket.reassigned_at is not None and ticket.reassigned_at > clock.started:
        return "after-reassignment"
    return "agent" if ticket.assignee else "unassigned"


def _change(
    before: Ticket, after: Ticket, old: Clock | None, new: Clock | None, desk: Desk, now: datetime
) -> dict[str, str | int | None] | None:
    """How a promise became another one; None where it is the same, a new one, or has ended."""
    if new is None:
        if old is None:
            return None
        return {**_from(old), "to": None, "because": "nothing is promised any more"}
    if old is None:
        late = new.started != now  # promised after the ticket had come
        return (
            {"clock": new.kind, "from": None, **_to(new), "because": _why(before, after, new, desk, now)}
            if late
            else None
        )
    if old.started != new.started or new.ended is not None:
        return None
    names = ("target", "grace", "calendar", "factor", "because")
    if all(getattr(old, name) == getattr(new, name) for name in names) and (old.since, old.due) == (new.since, new.due):
        return None
    if all(getattr(old, name) == getattr(new, name) for name in names) and (not old.runs or not new.runs):
        return None
    return {**_from(old), **_to(new), "because": _why(before, after, new, desk, now)}


def _from(clock: Clock) -> dict[str, str | int | None]:
    return {"clock": clock.kind, "from": _stamp(clock.due), "minutes_from": _minutes(clock.allowed)}


def _to(clock: Clock) -> dict[str, str | int | None]:
    return {"to": _stamp(clock.due), "minutes_to": _minutes(clock.allowed)}


def _why(before: Ticket, after: Ticket, clock: Clock, desk: Desk, now: datetime) -> str:
    """What made the promise another one, in words."""
    words = []
    if before.priority != after.priority:
        words.append(f"priority {before.priority} → {after.priority}")
    promise = promised(after, clock.kind, desk, now)
    if promise is not None and promise.because:
        words.append(promise.because)
    if clock.grace:
        words.append(f"at least {_minutes(clock.left)} min from now")
    return clock.because or "; ".join(words) or "the policy or the hours changed"


def _minutes(amount: timedelta) -> int:
    return round(amount / timedelta(minutes=1))


def _stamp(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None
