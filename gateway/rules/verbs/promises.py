"""The verb that promises another time than the policy has: sla.

In: a `Request`. Out: a `Planned` or a `Refused`. It is a lead's word (R80): with a reason, told with what was promised
before, and no rule changes it any more.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.rules import clocks, workflow
from gateway.rules.notices.notice import stamp
from gateway.rules.policy.targets import AFTER_COMPLETE, FIRST, KINDS, NEXT, RESOLUTION, TRIAGE
from gateway.rules.rights import Action
from gateway.rules.times import FARTHEST, Unclear, read_duration, read_when, spoken
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from scheduling import sla
from scheduling.sla import Clock

USAGE = "#sla CLOCK until TIME because …"
MOST_WORDS = 1_000
"""Characters that are read: a promise and its reason are shorter."""
_NAMES = {
    "first": FIRST, "next": NEXT, "resolution": RESOLUTION, "triage": TRIAGE,
    "complete": AFTER_COMPLETE, "complete response": AFTER_COMPLETE,
    **{kind: kind for kind in KINDS}, "first response": FIRST, "next response": NEXT,
}  # fmt: skip
_SHORT = "first, next, resolution, triage, complete"
_REASONS = (" because ", " reason: ", " reason:")


def _sla(request: Request) -> Planned | Refused:
    ticket, desk = request.ticket, request.desk
    name, until, rest = request.args[:MOST_WORDS].partition(" until ")
    kind = _NAMES.get(" ".join(name.lower().split()))
    if not until or kind is None:
        reason = f"there is no clock {name}; clocks: {_SHORT}" if until else "say which clock, until when, and why"
        return Refused(reason=reason)
    words, because = _divided(rest)
    if not because:
        return Refused(reason="say why: a promise is changed with a reason", nearest=f"#sla {name} until … because …")
    if ticket.is_done:
        return Refused(reason=f"the ticket is {workflow.spoken(ticket.status)}", nearest="#reopen")
    clock = ticket.clock(kind)
    if clock is None or not clock.runs:
        running = ", ".join(_spoken(one) for one in ticket.clocks if one.runs) or "none"
        return Refused(reason=f"the clock {_called(kind)} {_standing(clock)}; running: {running}")
    due = _until(words, clock, request)
    if isinstance(due, Unclear):
        return Refused(reason=due.reason, nearest=due.nearest)
    changed = sla.promise(clock, desk.calendar(clock.calendar), request.now, due, because)
    detail = {
        "clock": kind,
        "from": stamp(clock.due) if clock.due else None,
        "to": stamp(due),
        "because": because,
        "by": request.actor.name,
    }
    return Planned(
        ticket=request.changed(clocks=tuple(changed if one is clock else one for one in ticket.clocks)),
        line="#sla",
        before=_spoken(clock) + (f" until {spoken(clock.due, desk)}" if clock.due else ""),
        after=f"until {spoken(due, desk)}, because {because}",
        event=clocks.CHANGED,
        detail=detail,
    )


def _divided(rest: str) -> tuple[str, str]:
    """The time and the reason."""
    padded = f" {' '.join(rest.split())} "
    found = [(at, word) for word in _REASONS if (at := padded.lower().find(word)) >= 0]
    if not found:
        return padded.strip(), ""
    at, word = min(found)
    return padded[:at].strip(), padded[at + len(word) :].strip()


def _until(words: str, clock: Clock, request: Request) -> datetime | Unclear:
    """`+4h` is so much working time from now; everything else is a time by the desk's clock."""
    if not words.startswith("+"):
        return read_when(words, request.desk, request.now)
    minutes = read_duration(words[1:])
    if minutes is None:
        return Unclear(reason=f"{words[:40]} is no length of time: +4h, +90m, +1h30")
    due = request.desk.calendar(clock.calendar).add(request.now, timedelta(minutes=minutes))
    if due - request.now > FARTHEST:
        return Unclear(reason=f"{words} of working time is too far away", nearest="a time within two years")
    return due


def _called(kind: str) -> str:
    return kind.replace("_", " ")


def _spoken(clock: Clock) -> str:
    return _called(clock.kind)


def _standing(clock: Clock | None) -> str:
    if clock is None or clock.dormant:
        return "does not run on this ticket"
    return "has ended" if clock.ended else "stands still while the customer is asked"


VERBS = (Verb(name="sla", usage=USAGE, meaning="another promise than the policy's", plan=_sla, action=Action.DECIDE),)
