"""The verb that says how urgent a ticket is: a number of one's own, the two questions, impact and urgency, or auto.

In: a `Request`. Out: a `Planned` or a `Refused`. A person's number is recorded, and no rule changes it any more until
somebody gives it back to the facts (`rules/priority.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gateway.rules import priority
from gateway.rules.desk import Agent
from gateway.rules.verbs.request import Planned, Refused, Request, Verb, divided
from store.records import NoteCorrection, Ticket

_ANSWERS = {
    **dict.fromkeys(("y", "yes", "j", "ja", "o", "oui"), priority.YES),
    **dict.fromkeys(("n", "no", "nein", "non"), priority.NO),
}
_SCALE = tuple("12345")
_FACTS = ("impact", "urgency", *priority.QUESTIONS)


def _priority(request: Request) -> Planned | Refused:
    head, _, why = request.args.partition(" ")
    if head.isascii() and head.isdigit():
        if why.replace(" ", "").isdigit():
            return Refused(reason="a priority is one number, from 1 (critical) to 5 (lowest)")
        return _overridden(request, head, _because(why))
    head, because = divided(request.args)
    if head.lower() == "auto":
        return _facts(request, request.changed(overridden=False), {}, because)
    said = _said(head.lower().split())
    if isinstance(said, Refused):
        return said
    answers = {name: said[name] for name in priority.QUESTIONS if name in said}
    scales = {name: int(said[name]) for name in ("impact", "urgency") if name in said}
    kept = {name: value for name, value in request.ticket.facts.items() if answers or name not in priority.QUESTIONS}
    ticket = replace(request.changed(**scales), facts={**kept, **answers})  # the latest of the two ways decides
    return _facts(request, ticket, said, because)


def _overridden(request: Request, head: str, because: str) -> Planned | Refused:
    """A number of one's own, within what the ticket's division has (R32)."""
    before, desk = request.ticket, request.desk
    if head not in _SCALE:
        return Refused(reason="a priority is a number from 1 (critical) to 5 (lowest)")
    number, numbers = int(head), priority.allowed(before.division, desk)
    if number not in numbers:
        known = ", ".join(f"{n} ({priority.label(n, before.division, desk)})" for n in numbers)
        close = min(numbers, key=lambda n: (abs(n - number), n))
        reason = f"tickets of {before.division} have no priority {number}; they have: {known}"
        return Refused(reason=reason, nearest=f"#priority {close}")
    reason = because or f"set by {request.actor.name}"
    return Planned(
        ticket=request.changed(priority=number, priority_reason=reason, overridden=True),
        line="#priority",
        before=str(before.priority),
        after=f"{number} because {because}" if because else str(number),
        event="priority-changed",
        detail={"from": before.priority, "to": number, **_told(reason, request.actor), "overridden": True},
        effects=_corrected(before, number, request.actor),
    )


def _facts(request: Request, ticket: Ticket, said: Mapping[str, str], because: str) -> Planned:
    """The ticket with other facts, and the priority that follows from them where nobody has set one."""
    before = request.ticket
    ticket = priority.reweighed(ticket, request.desk, request.now, dict.fromkeys(said, request.actor.name))
    after, reason = f"{ticket.priority}: {ticket.priority_reason}", ticket.priority_reason
    if ticket.overridden:
        reason = ", ".join(f"{name}={value}" for name, value in said.items())
        after = f"{reason}; {before.priority} stays, somebody set it (#priority auto: back to the facts)"
    elif before.overridden:
        reason = f"{reason}; {before.priority} was somebody's own ({before.priority_reason}) and is taken back"
    moved = ticket.priority != before.priority
    numbers = {"from": before.priority, "to": ticket.priority} if moved else {}
    told = {**numbers, **_told(because or reason, request.actor), "overridden": ticket.overridden}
    return Planned(
        ticket=ticket,
        line="#priority",
        before=str(before.priority),
        after=after,
        event="priority-changed" if moved else "facts-changed",
        detail={**told, **({"facts": dict(said)} if said else {})},
    )


def _said(words: list[str]) -> dict[str, str] | Refused:
    """`revenue=y blocking=n`, `impact=2 urgency=1`: each name once, with a value that it may have."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in _FACTS or name in found:
            return Refused(reason="a priority is a number from 1 (critical) to 5 (lowest), a fact, or auto")
        if name in priority.QUESTIONS:
            if value not in _ANSWERS:
                return Refused(reason=f"{name} is answered with y or n", nearest=f"#priority {name}=y")
            found[name] = _ANSWERS[value]
        elif value in _SCALE:
            found[name] = value
        else:
            return Refused(reason=f"{name} is a number from 1 (most) to 5", nearest=f"#priority {name}=3")
    return found or Refused(reason="a priority is a number from 1 (critical) to 5 (lowest), a fact, or auto")


def _because(why: str) -> str:
    first, _, rest = why.strip().partition(" ")
    return rest.strip() if first.lower() == "because" else why.strip()


def _told(because: str, actor: Agent) -> dict[str, object]:
    """A lead's word and an agent's are told apart."""
    role = "lead" if "lead" in actor.roles else "agent"
    return {"because": because, "by": actor.name, "role": role}


def _corrected(before: Ticket, number: int, actor: Agent) -> tuple[NoteCorrection, ...]:
    """What the desk had thought, where it was the desk that thought it."""
    if before.overridden or number == before.priority:
        return ()
    return (
        NoteCorrection(
            ticket=before.ref,
            field="priority",
            was=str(before.priority),
            because=before.priority_reason,
            became=str(number),
            by=actor.name,
        ),
    )


VERBS = (
    Verb(
        name="priority",
        usage="#priority N [because …] | revenue=y blocking=n | impact=1-5 urgency=1-5 | auto",
        meaning="1 critical to 5 lowest, or the facts that it follows from",
        plan=_priority,
    ),
)
