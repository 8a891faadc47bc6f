"""Verbs about live calls: call, approve, refuse; `#call cancel` and `#call move`.

In: a `Request`, with what the store knows of all calls. Out: a `Planned` or a `Refused` with the reason and the nearest
form. What becomes of a call is decided in `rules/calls`; here is only how it is said. A call needs a number of its
ticket and the promises of the whole desk: a mail plans one change of a call.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from gateway.rules import privacy, workflow
from gateway.rules.calls import asking, booking, offering, reason, sent, world
from gateway.rules.calls.progress import Progress, written
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails import calls as mails
from gateway.rules.notices.notice import whole
from gateway.rules.privacy import Kind
from gateway.rules.rights import Action
from gateway.rules.speech.unheard import by_verbs
from gateway.rules.times import FORMS, Unclear, on_wall, read_duration, read_when, spoken
from gateway.rules.verbs.request import Planned, Refused, Request, Verb, divided
from store.records import Call, CallState, Person, SaveCall

CALL, APPROVE, REFUSE = "call", "approve", "refuse"
CANCEL, MOVE = "cancel", "move"
LOOKING_AHEAD = frozenset({CALL, APPROVE, REFUSE, "outcome", "ack", "return"})
"""Verbs that may change a call, and so want to know what is promised."""
_OF_WHO_TAKES_IT = frozenset({"outcome", "ack", "return"})
_OF_SCHEDULERS = frozenset({CALL, "outcome"})
MOST_READ = 1_000
"""Characters that are read."""
_WITHIN = re.compile(r"(?:^| )within ?[: ] ?", re.IGNORECASE)
_NUMBER = re.compile(r"#?(?:([0-9]{1,15})-)?([0-9]{1,4})")
_EXACT = re.compile(r"(?:in )?\+?(?:\d{1,4}(?:m|min|h)|\d{1,3}h ?\d{1,2}m?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What stands behind `#call`."""

    capability: str
    minutes: int = 0
    within: datetime | None = None
    because: str = ""


# A call is asked for


def _call(request: Request) -> Planned | Refused:
    first, _, rest = request.args[:MOST_READ].partition(" ")
    if first.lower() == CANCEL:
        return _cancel(request, rest)
    if first.lower() == MOVE:
        return _move(request, rest)
    wanted = _wanted(request)
    if isinstance(wanted, Refused):
        return wanted
    if (leak := _leak(request, wanted.because)) is not None:
        return leak
    ticket, desk, known = request.ticket, request.desk, request.known
    wish = asking.wish_of(ticket, known)
    contact = known.people.get(ticket.requester, Person(address=ticket.requester))
    found = asking.asked(
        ticket, asking.contact_of(wish, known) if wish is not None else contact, wanted.capability,
        request.actor.name, desk, known, request.now, minutes=wanted.minutes, within=wanted.within,
        purpose=wanted.because, approved="lead" in request.actor.roles,
    )  # fmt: skip
    if isinstance(found, str):
        return _not_asked(found, request)
    before = "" if wish is None else f"wished for since {spoken(wish.requested_at, desk)}"
    reads = f"; they read: {wanted.because}" if wanted.because else ""
    return _planned(request, found, "#call", before, _said(found.call, request) + reads)


def _wanted(request: Request) -> _Wanted | Refused:
    """`network-engineering 30m within 3d because …`, in this order or with `cap:` and `within:` (`ops` R100)."""
    words, because = divided(request.args[:MOST_READ])
    head, *more = _WITHIN.split(words, maxsplit=1)
    within = _within(more[0], request) if more else None
    if isinstance(within, Refused):
        return within
    named, minutes = [], 0
    for word in head.split():
        found = read_duration(word)
        if found is None:
            named.append(word)
        elif minutes:
            return Refused(reason=f"{word}: one length is enough")
        else:
            minutes = found
    capability = capability_of(" ".join(named).removeprefix("cap:").strip(), request.desk)
    if isinstance(capability, Refused):
        return capability
    most = asking.longest(request.desk)
    if minutes > most:
        reason_ = f"{minutes} minutes are too long: a call is one slot, with at most {most} minutes for it"
        return Refused(reason=reason_, nearest=f"#call {capability} {most}m", of_verbs=False)
    return _Wanted(capability=capability, minutes=minutes, within=within, because=because)


def capability_of(said: str, desk: Desk) -> str | Refused:
    """The capability of that name, or of what customers read."""
    known = desk.routing.capabilities
    if not known:
        return Refused(reason="no capability is declared on this desk", of_verbs=False)
    if not said:
        return Refused(reason=f"say what it is for: {', '.join(known)}", nearest=f"#call {next(iter(known))}")
    names = {name.lower(): name for name in known} | {one.label.lower(): name for name, one in known.items()}
    wanted = said.lower()
    found = names.get(wanted) or names.get("-".join(wanted.split()))
    if found is not None:
        return found
    close = get_close_matches(wanted, names, n=1, cutoff=0.5)
    reason_ = f"there is no capability {said[:60]}; capabilities: {', '.join(known)}"
    return Refused(reason=reason_, nearest=f"#call {names[close[0]]}" if close else "", of_verbs=False)


def _within(text: str, request: Request) -> datetime | Refused:
    """Until when a call may begin: `4h` from now, a day to its end."""
    desk, now = request.desk, request.now
    found = read_when(text, desk, now)
    if isinstance(found, Unclear):
        return Refused(reason=found.reason, nearest=found.nearest or "within 3d")
    if not _EXACT.fullmatch(" ".join(text.lower().split())) and ":" not in text:
        day = found.astimezone(ZoneInfo(desk.zone)).date()
        found = on_wall(day + timedelta(days=1), time(), desk.zone) - timedelta(seconds=1)
    if found < now + desk.calls.notice:
        hours = f"{desk.calls.notice.total_seconds() / 3600:g} h"
        return Refused(reason=f"slots begin {hours} from now at the earliest", nearest="within 3d", of_verbs=False)
    return found


def _leak(request: Request, because: str) -> Refused | None:
    """What must not leave in a reason that the customer reads."""
    ticket, desk, known = request.ticket, request.desk, request.known
    said, guard = known.recent.get(ticket.ref, ()), privacy.guard(desk)
    theirs = privacy.background(said, by_verbs(ticket))
    people = {ticket.requester, *(call.contact for call in asking.of(ticket, known))}
    named = (known.people[address].name for address in sorted(people) if address in known.people)
    theirs = replace(theirs, theirs=(*theirs.theirs, *named))  # a customer may be called like one of us
    found = [*privacy.findings(because, guard, theirs), *privacy.full_names(because, guard, theirs)]
    if desk.show_names not in ("full", "first") and not any(one.kind is Kind.NAME for one in found):
        found += privacy.short_names(because, {*guard.names, *(one.name for one in desk.agents.values())}, theirs)
    found += privacy.call_names(because, desk.prefix)
    if not because or not found:
        return None
    why = f"the customer reads the reason, and it would tell them {privacy.say(found)}"
    return Refused(reason=why, nearest="say it in other words", of_verbs=False)


def _not_asked(why: str, request: Request) -> Refused:
    if request.ticket.is_done:
        return Refused(reason=why, nearest="#reopen")
    live = next((one for one in asking.of(request.ticket, request.known) if not one.is_over), None)
    return Refused(reason=why, nearest="#call cancel" if live is not None else "", of_verbs=False)


def _said(call: Call, request: Request) -> str:
    """What became of it, in the transcript."""
    desk = request.desk
    to = whole(asking.contact_of(call, request.known))
    match call.state:
        case CallState.APPROVAL:
            return f"waits for a lead's word until {_when(call.approve_until, desk)}; {to} hears nothing before that"
        case CallState.OFFERED:
            until = _when(call.grant.expires_at if call.grant is not None else None, desk)
            count = len(call.offered)
            return f"{count} {'slot is' if count == 1 else 'slots are'} offered to {to}, to be booked until {until}"
    last = spoken(asking.last(call, desk, request.now) - timedelta(seconds=1), desk)
    return f"no slot is free until {last}: it is offered as soon as one is; {to} hears nothing before that"


def _when(at: datetime | None, desk: Desk) -> str:
    return spoken(at, desk) if at is not None else ""


# A lead's word


def _approve(request: Request) -> Planned | Refused:
    call = _meant(request, request.args, (CallState.APPROVAL,), "waits for a lead's word", "#approve")
    if isinstance(call, Refused):
        return call
    found = asking.approved(call, request.ticket, request.actor.name, request.desk, request.known, request.now)
    if isinstance(found, str):
        return Refused(reason=found, of_verbs=False)
    return _planned(request, found, "#approve", _asked_by(call), _said(found.call, request))


def _refuse(request: Request) -> Planned | Refused:
    which, because = divided(request.args[:MOST_READ])
    if which and not _NUMBER.fullmatch(which):
        which, because = "", " ".join(filter(None, (which, because)))
    states = (CallState.APPROVAL, CallState.REQUESTED)
    call = _meant(request, which, states, "waits for anybody's word", "#refuse", "because …")
    if isinstance(call, Refused):
        return call
    if not because:
        return Refused(reason="say why: whoever asked for it learns the reason", nearest="#refuse because …")
    because = because[: asking.MOST_PURPOSE]
    found = asking.refused(call, request.ticket, request.actor.name, because, request.desk, request.known, request.now)
    return _planned(request, found, "#refuse", _asked_by(call), f"refused, because {because}")


def _asked_by(call: Call) -> str:
    return f"asked for by {call.requested_by}"


# A call that is there


def _cancel(request: Request, rest: str) -> Planned | Refused:
    which, because = divided(rest)
    if which and not _NUMBER.fullmatch(which):
        which, because = "", " ".join(filter(None, (which, because)))
    if (leak := _leak(request, because)) is not None:
        return leak
    live = tuple(state for state in CallState if state not in (CallState.WAITING, CallState.LIVE))
    call = _meant(request, which, live, "can be cancelled", "#call cancel")
    if isinstance(call, Refused):
        return call
    found = booking.cancelled(
        call, request.ticket, request.desk, request.known, request.now, request.actor.name, mails.BY_DESK,
        asking.occasion(call), asking.answered(request.ticket, request.known),
        because=because[: asking.MOST_PURPOSE],
    )  # fmt: skip
    return _planned(request, found, "#call cancel", _stands(call, request.desk), "cancelled")


def _move(request: Request, rest: str) -> Planned | Refused:
    desk, now = request.desk, request.now
    words, _ = divided(rest)
    time_, _, last = words.rpartition(" ")
    which = last if last.startswith("#") and _NUMBER.fullmatch(last) else ""
    time_ = time_ if which else words
    call = _meant(
        request, which, (CallState.BOOKED, CallState.ASSIGNED), "is booked and can be moved", "#call move TIME"
    )
    if isinstance(call, Refused):
        return call
    start = read_start(time_, desk, now)
    if isinstance(start, Refused):
        return start
    cell = start - desk.calls.before
    found = booking.moved(
        call, cell, request.ticket, desk, request.known, now, request.actor.name, asking.occasion(call),
        asking.answered(request.ticket, request.known),
    )  # fmt: skip
    if isinstance(found, Progress):
        after = f"{_when(found.call.start, desk)}; {whole(asking.contact_of(call, request.known))} is told"
        return _planned(request, found, "#call move", _stands(call, desk), after)
    if cell == call.cell:
        return Refused(reason=f"call {world.name(call.key)} {asking.standing(call, desk)} already", of_verbs=False)
    board = offering.without(call, world.board(desk, request.known, now))
    why = reason.explained(call, cell, desk, board, now, notice=timedelta())
    near = offering.slots(call, desk, request.known, now, count=3, around=start)
    nearest = "\n".join(f"#call move {_written(one + desk.calls.before, desk)}" for one in near)
    return Refused(reason=found.why if why.offered else reason.sentence(why, desk), nearest=nearest, of_verbs=False)


def read_start(text: str, desk: Desk, now: datetime) -> datetime | Refused:
    """When a call shall begin: a time by the desk's clock, or RFC 3339."""
    try:
        exact = datetime.fromisoformat(text.strip())
    except ValueError:
        exact = None
    if exact is not None and exact.tzinfo is not None:
        return exact.astimezone(UTC)
    found = read_when(text, desk, now)
    if isinstance(found, Unclear):
        return Refused(reason=found.reason if text.strip() else f"say when: {FORMS}", nearest=found.nearest)
    return found


def _written(at: datetime, desk: Desk) -> str:
    """As a time is written behind a verb."""
    return f"{at.astimezone(ZoneInfo(desk.zone)):%Y-%m-%d %H:%M}"


def _stands(call: Call, desk: Desk) -> str:
    return asking.standing(call, desk).removeprefix("is ")


# What all of them need


def _meant(
    request: Request, which: str, states: Collection[str], does: str, usage: str, behind: str = ""
) -> Call | Refused:
    """The call that is meant: the one of that number, or the only one that it can be said of."""
    if request.ticket.is_done and usage != "#call cancel":
        return Refused(reason=f"the ticket is {workflow.spoken(request.ticket.status)}", nearest="#reopen")
    calls = asking.of(request.ticket, request.known)
    found = [call for call in calls if not call.is_over and call.state in states]
    if which:
        number = _NUMBER.fullmatch(which)
        of_this = number is not None and number[1] in (None, str(request.ticket.ref))
        named = next((one for one in calls if number and of_this and one.number == int(number[2])), None)
        if named is None:
            return Refused(reason=f"there is no call {which[:20]} on this ticket", nearest=usage, of_verbs=False)
        if named not in found:
            reason_ = f"call {world.name(named.key)} {asking.standing(named, request.desk)}"
            return Refused(reason=reason_, nearest=_other(found, usage, behind), of_verbs=False)
        return named
    if len(found) == 1:
        return found[0]
    if found:
        names = "; ".join(f"#{one.number} {one.capability or 'a wish'}, {one.state}" for one in found)
        return Refused(reason=f"which call? {names}", nearest=_other(found, usage, behind), of_verbs=False)
    last = next((one for one in reversed(calls)), None)
    stands = f": {world.name(last.key)} {asking.standing(last, request.desk)}" if last is not None else ""
    return Refused(reason=f"no call of this ticket {does}{stands}", of_verbs=False)


def _other(found: Collection[Call], usage: str, behind: str) -> str:
    return "\n".join(" ".join(filter(None, (usage, f"#{one.number}", behind))) for one in found)


def _planned(request: Request, found: Progress, line: str, before: str, after: str) -> Planned:
    """The ticket with this call, what is written, told and sent."""
    ticket, effects = written(found, request.changed(), request.desk, request.now)
    first, *follows = found.events
    return Planned(
        ticket=ticket,
        line=line,
        before=before,
        after=f"{world.name(found.call.key)}: {after}",
        event=first.kind,
        detail=first.detail,
        follows=tuple(follows),
        effects=tuple(effects),
        mails=found.mails,
        says=sent.what,
    )


def changes_call(planned: Planned) -> bool:
    """Whether it writes a call: a second change of one mail would be planned on what the first has changed."""
    return any(isinstance(effect, SaveCall) for effect in planned.effects)


def keeps(request: Request) -> Refused | None:
    """Why a ticket cannot become another one: its customer has a call of it, and neither loses it nor hears that their
    ticket is resolved."""
    calls = (one for one in asking.of(request.ticket, request.known) if one.is_promised)
    call = min(calls, key=lambda one: (one.start is None, one.start, one.number), default=None)
    if call is None:
        return None
    begun = call.state in (CallState.WAITING, CallState.LIVE)
    which = f"call {world.name(call.key)} {asking.standing(call, request.desk)}"
    nearest = "#outcome …" if begun else "#call cancel because …"
    return Refused(reason=f"{which}, and would be lost", nearest=nearest, of_verbs=False)


def ends_with(request: Request) -> str:
    """What the transcript says of calls that nobody was promised: they end with their ticket."""
    open_ = [one for one in asking.of(request.ticket, request.known) if not one.is_over]
    said = (f"call {world.name(one.key)}, which {asking.standing(one, request.desk)}, ends with it" for one in open_)
    return "".join(f"; {one}" for one in said)


def is_free(verb: str, actor: Agent, *, takes: bool) -> bool:
    """Whether they may say this verb of a ticket of any team: schedulers, and whoever takes (`takes`) its call."""
    return (takes and verb in _OF_WHO_TAKES_IT) or (verb in _OF_SCHEDULERS and "scheduler" in actor.roles)


def lives_on(planned: Planned) -> bool:
    """Whether it leaves a call that is to come."""
    return any(isinstance(effect, SaveCall) and not effect.call.is_over for effect in planned.effects)


VERBS: tuple[Verb, ...] = (
    Verb(
        name=CALL, usage="#call CAPABILITY [30m] [within 3d] [because …]", plan=_call, action=Action.CALL,
        meaning="offers the customer slots, and tells the reason; also #call move TIME, #call cancel",
    ),
    Verb(name=APPROVE, usage="#approve [#1]", meaning="the call may be offered", plan=_approve, action=Action.DECIDE),
    Verb(
        name=REFUSE, usage="#refuse because …", plan=_refuse, action=Action.DECIDE,
        meaning="there is no call; whoever asked for it is told why",
    ),
)  # fmt: skip
