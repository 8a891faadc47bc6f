"""What whoever takes a call says of it: outcome; and ack and return, where a call is meant (`ops` R105).

In: a `Request`. Out: a `Planned` or a `Refused`. What becomes of the call is decided in `rules/calls`; here is how it
is said. What came of a call stands inside, on its ticket; its customer reads none of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from gateway.rules.calls import asking, hours, outcome, sent, staffing, world
from gateway.rules.calls.progress import Progress, written
from gateway.rules.rights import Action
from gateway.rules.times import read_duration, spoken
from gateway.rules.verbs.moves import duration
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from gateway.rules.verbs.work import MOST_LOGGED
from gateway.rules.workflow import division_at, worked
from store.records import AddEvent, AddMessage, Call, CallState, Direction, Effect, Message, Role

MOST_SAID = 2_000
"""Letters of what came of a call."""
_WHICH = re.compile(r"(?:#(?:[0-9]{1,15}-)?|[0-9]{1,15}-)([0-9]{1,4})")
_NO_SHOW = re.compile(r"no[ -]?show(?: (us|we|ours))?(?:$|[ ,:;.]+(?:because )?)", re.IGNORECASE)
_CALL = "call"
"""The activity that a call is, where the desk has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What stands behind `#outcome`: `missed` is whose fault it is that the call was not held."""

    text: str
    minutes: int = 0
    missed: str = ""


def _outcome(request: Request) -> Planned | Refused:
    """Held, with what came of it and how long it took; or a no-show, theirs or ours."""
    which, _, rest = request.args[:MOST_SAID].partition(" ")
    number = _WHICH.fullmatch(which)
    call = _begun(request, int(number[1]) if number else 0)
    if isinstance(call, Refused):
        return call
    said = _said(rest if number else request.args[:MOST_SAID], call)
    if isinstance(said, Refused):
        return said
    return _missed(request, call, said) if said.missed else _held(request, call, said)


def _said(words: str, call: Call) -> _Said | Refused:
    words = " ".join(words.split())
    if (found := _NO_SHOW.match(words)) is not None:
        return _Said(text=words[found.end() :], missed=outcome.US if found[1] else outcome.THEM)
    first, _, rest = words.partition(" ")
    minutes = read_duration(first) if first else None
    text = rest if minutes is not None else words
    if minutes is not None and minutes > MOST_LOGGED:
        return Refused(reason=f"{duration(minutes)} at a stretch is more than a day", nearest="#outcome 45m …")
    if not text:
        return Refused(reason="say what came of it", nearest="#outcome the index was rebuilt, it works again")
    return _Said(text=text, minutes=call.minutes if minutes is None else minutes)


def _begun(request: Request, number: int) -> Call | Refused:
    """The call that it is said of: that of the number, else the one that has begun: their own before others'."""
    calls, actor, desk = asking.of(request.ticket, request.known), request.actor, request.desk
    named = [call for call in calls if call.number == number] if number else list(calls)
    open_ = [call for call in named if not outcome.barred(call, actor, request.now)]
    own = [call for call in open_ if call.assigned == actor.name] or open_
    if len(own) == 1:
        return own[0]
    if own:
        names = "\n".join(f"#outcome #{call.number} …" for call in own)
        return Refused(reason="more than one call of this ticket has begun", nearest=names, of_verbs=False)
    if not named:
        which = f"call {number}" if number else "call"
        return Refused(reason=f"there is no {which} on this ticket", of_verbs=False)
    last = next((call for call in reversed(named) if call.is_promised), named[-1])
    if last.is_promised and last.start is not None and request.now < last.start:
        why = f"it begins {spoken(last.start, desk)}"
    else:
        why = outcome.barred(last, actor, request.now)
    return Refused(reason=f"call {world.name(last.key)}: {why}", of_verbs=False)


def _held(request: Request, call: Call, said: _Said) -> Planned:
    """The time that it took is logged, as `#log` does it."""
    ticket, desk, by = request.ticket, request.desk, request.actor.name
    division = division_at(ticket, desk)
    activities = (division.activities if division is not None else ()) or desk.activities
    activity = _CALL if _CALL in activities else activities[0]
    total = ticket.logged + said.minutes
    logged = AddEvent(
        ticket=ticket.ref, kind="time-logged", actor=by, detail={"minutes": said.minutes, "type": activity, "by": by}
    )
    found = outcome.completed(call, by, said.text, said.minutes, request.now)
    after = ticket if ticket.is_done else worked(ticket, by)
    asked = replace(request, ticket=replace(after, logged=total))
    done = f"completed; {duration(said.minutes)} on {activity}, {duration(total)} in all"
    planned = _planned(asked, found, "#outcome", str(call.state), done)
    return replace(planned, follows=(*planned.follows, logged), effects=(*planned.effects, _note(request, said.text)))


def _missed(request: Request, call: Call, said: _Said) -> Planned:
    round_ = asking.occasion(call)
    found = outcome.missed(
        call, request.ticket, request.actor.name, said.missed, said.text, request.desk, request.known, request.now,
        round_,
    )  # fmt: skip
    ours = said.missed == outcome.US
    done = "a no-show of ours; its customer gets another one" if ours else "a no-show; its customer reads that"
    planned = _planned(request, found, "#outcome", str(call.state), done)
    return replace(planned, effects=(*planned.effects, _note(request, said.text))) if said.text else planned


def _note(request: Request, text: str) -> Effect:
    """What was said stands among the words of the ticket, inside."""
    actor = request.actor
    message = Message(
        at=request.now, direction=Direction.NOTE, role=Role.AGENT, from_name=actor.full_name,
        from_address=actor.address, subject=request.ticket.subject, message_id="", text=text, kind="human",
    )  # fmt: skip
    return AddMessage(ticket=request.ticket.ref, message=message)


# Where a call is meant by what is said of handoffs as well


def acknowledges(request: Request) -> Planned | Refused | None:
    """`#ack` of whoever was invited to take a call, or who takes one that nobody has; None where there is none."""
    call = _asked_of(request)
    if call is None:
        return None
    if call.assigned == request.actor.name and call.acked_at is not None:
        return Refused(reason=f"you have call {world.name(call.key)} already", of_verbs=False)
    found = staffing.acknowledged(
        call, request.ticket, request.actor, request.desk, request.known, request.now, asking.occasion(call)
    )
    if found.call == call:
        why = staffing.barred(call, request.actor, request.desk, request.now)
        return Refused(reason=f"call {world.name(call.key)}: {why}", of_verbs=False)
    at = spoken(call.start, request.desk) if call.start is not None else ""
    return _planned(request, found, "#ack", str(call.state), f"{request.actor.name} takes it, {at}")


def asked_elsewhere(request: Request) -> Refused | None:
    """Why `#ack` is not theirs to say of the call that begins next, where somebody else was asked; None before that."""
    calls = [one for one in asking.of(request.ticket, request.known) if one.is_promised and one.start is not None]
    call = min(calls, key=lambda one: (one.start, one.number), default=None)
    if call is None or (not call.assigned and request.now < hours.freezes(call, request.desk)):
        return None
    why = staffing.barred(call, request.actor, request.desk, request.now)
    return Refused(reason=f"call {world.name(call.key)}: {why}", of_verbs=False)


def returns(request: Request, because: str) -> Planned | Refused | None:
    """`#return` of a call that they were invited to take: the next one is asked, its customer notices nothing."""
    call = next((one for one in asking.of(request.ticket, request.known) if _is_theirs(one, request)), None)
    if call is None:
        return None
    if call.state == CallState.LIVE:
        return Refused(reason=f"call {world.name(call.key)} has begun", nearest="#outcome …", of_verbs=False)
    if not because:
        return Refused(reason="say the reason", nearest="#return because …", of_verbs=False)
    found = staffing.passed(
        call, request.ticket, request.actor, request.desk, request.known, request.now, because, asking.occasion(call)
    )
    return _planned(request, found, "#return", str(call.state), "the next one who can is asked")


def _asked_of(request: Request) -> Call | None:
    """The call that they have, or one that nobody has and that begins soon."""
    calls = [one for one in asking.of(request.ticket, request.known) if one.is_promised]
    own = next((one for one in calls if _is_theirs(one, request)), None)
    if own is not None:
        return own
    return next((one for one in calls if not staffing.barred(one, request.actor, request.desk, request.now)), None)


def _is_theirs(call: Call, request: Request) -> bool:
    return call.is_promised and call.assigned == request.actor.name


def _planned(request: Request, found: Progress, line: str, before: str, after: str) -> Planned:
    """The ticket with this call, what is written, told and sent."""
    ticket, effects = written(found, request.changed(), request.desk, request.now)
    first, *follows = found.events
    return Planned(
        ticket=ticket, line=line, before=before, after=f"{world.name(found.call.key)}: {after}", event=first.kind,
        detail=first.detail, follows=tuple(follows), effects=tuple(effects), mails=found.mails, says=sent.what,
    )  # fmt: skip


VERBS: tuple[Verb, ...] = (
    Verb(
        name="outcome", usage="#outcome [45m] TEXT | no-show [us]", plan=_outcome, action=Action.CALL,
        meaning="what came of a call, and how long it took; or that they, or we, were not there",
    ),
)  # fmt: skip
