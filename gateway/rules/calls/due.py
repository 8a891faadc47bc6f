"""What time makes of a call: an offer lapses, a customer is reminded, an agent is invited, a call begins and is over.

In: a call's timer with its ticket, what is promised and who is there, the instant. Out: what follows, one step at a
time: where more is due its timer is due again at once. It looks at the call as it stands, so that a timer may come
late, early or twice; a call whose time has passed while the desk slept is staffed no more: what came of it is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.rules.calls import asking, booking, entitled, hours, outcome, shortfall, staffing, world
from gateway.rules.calls.progress import Mails, Progress, no_mails, said, told, written
from gateway.rules.change import changed
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails import calls as mails
from gateway.rules.mails.history import shown
from gateway.rules.notices import notice
from gateway.rules.participants import Known
from gateway.rules.timers import CALL, NOTHING_LEFT, Due, Told
from scheduling.promise import Board
from store.records import Call, CallState, Role, SendMail, SetTimer, Ticket

LATE = timedelta(hours=1)
"""How long after its time a customer who waited in vain still gets an apology by itself; later a person decides."""
SYSTEM = "system"
Step = Callable[["_Scene"], tuple[Progress, str] | None]


class _Scene:
    """A call at an instant, with what its steps need."""

    __slots__ = ("call", "desk", "known", "now", "occasion", "ticket")

    def __init__(self, call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime) -> None:
        self.call, self.ticket, self.desk, self.known, self.now = call, ticket, desk, known, now
        self.occasion = asking.occasion(call)

    def progress(self, call: Call, *events: tuple[str, dict[str, str]], mails: Mails = no_mails) -> Progress:
        """The call as it is now, with what time did told of it."""
        kinds = tuple(told(call, kind, SYSTEM, **detail) for kind, detail in events)
        return Progress(before=self.call, call=call, events=kinds, mails=mails)


def on_call(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """The next thing that is due of this call."""
    ticket, number = due.ticket, due.kind.partition(":")[2]
    call = known.calls.get(ticket.ref, {}).get(int(number)) if number.isdigit() else None
    if call is None:
        return NOTHING_LEFT
    scene = _Scene(call, ticket, desk, known, now)
    if call.is_over:
        return _after(scene, mint)
    found = _STEPS[CallState(call.state)](scene)
    if found is None:
        at = hours.wake(call, desk, now)
        if at is None:
            return NOTHING_LEFT
        later = max(at, now + hours.RETRY) if at <= now else at
        return Told("it is not time yet", (SetTimer(ticket=ticket.ref, kind=due.kind, due_at=later),))
    return _told(scene, *found, mint)


def _told(scene: _Scene, progress: Progress, why: str, mint: Callable[[], str]) -> Told:
    ticket, desk, now = scene.ticket, scene.desk, scene.now
    after, effects = written(progress, ticket, desk, now)
    if after != ticket:
        after = replace(after, updated_at=now)
    sent: tuple[SendMail, ...] = progress.mails(mint)
    told_ = changed(ticket, after, list(progress.events), desk, now)
    outside = (shown(mail, ticket, now) for mail in sent if mail.role is Role.CUSTOMER)
    return Told(f"{world.name(progress.call.key)}: {why}", (*told_, *effects, *sent, *outside))


# Before a time is promised


def _asked_for(scene: _Scene) -> tuple[Progress, str] | None:
    """A wish, or a call that waits for a slot or a lead's word: given up with its ticket."""
    if not scene.ticket.is_done:
        return None
    why = entitled.entitled(scene.ticket, scene.desk)
    return booking.ended(scene.call, scene.ticket, CallState.CANCELLED, why, scene.desk, scene.now, SYSTEM), why


def _approval(scene: _Scene) -> tuple[Progress, str] | None:
    if (given_up := _asked_for(scene)) is not None:
        return given_up
    until = scene.call.approve_until
    if until is None or scene.now < until:
        return None
    lapsed = asking.lapsed(scene.call, scene.ticket, scene.desk, scene.known, scene.now)
    return lapsed, "nobody gave their word in time"


def _offered(scene: _Scene) -> tuple[Progress, str] | None:
    """The right to book ends with what gave it, and with its time; its contact learns of the latter."""
    call, ticket, desk, now = scene.call, scene.ticket, scene.desk, scene.now
    why = entitled.still(call, ticket, desk)
    if why:
        return booking.ended(call, ticket, CallState.CANCELLED, why, desk, now, SYSTEM), why
    if call.grant is None or now < call.grant.expires_at:
        return None
    why = "the offer was not answered in time"
    over = booking.ended(call, ticket, CallState.EXPIRED, why, desk, now, SYSTEM)
    contact, answers = asking.contact_of(call, scene.known), asking.answered(ticket, scene.known)
    text = f"{notice.destination(contact)} has not booked the call: the offer has lapsed"
    facts = {"contact": notice.whole(contact), "decision": "expired", "text": text}
    whom = staffing.followers(call, ticket, desk, "")
    inside = staffing.notices(whom, over.call, ticket, desk, scene.occasion, mails.DECIDED, facts)

    def sent(mint: Callable[[], str]) -> tuple[SendMail, ...]:
        word = mails.word(desk, ticket, over.call, contact, mint(), scene.occasion, mails.LAPSED, answers)
        return (word, *inside(mint))

    return replace(over, mails=sent), why


# While it is promised


def _booked(scene: _Scene) -> tuple[Progress, str] | None:
    call, now = scene.call, scene.now
    assert call.start is not None, call.key
    if (off := _off(scene)) is not None:
        return off
    if now >= call.start:
        return _nobody_there(scene)
    if (reminded := _reminded(scene)) is not None:
        return reminded
    return _staffed(scene) if now >= hours.freezes(call, scene.desk) else None


def _assigned(scene: _Scene) -> tuple[Progress, str] | None:
    call, now = scene.call, scene.now
    assert call.start is not None, call.key
    if (off := _off(scene)) is not None:
        return off
    if now >= call.start:
        return _nobody_there(scene) if call.acked_at is None else _begun(scene)
    if (reminded := _reminded(scene)) is not None:
        return reminded
    until = hours.unheard(call, scene.desk)
    if until is None or now < until:
        return None
    why = f"{call.assigned} did not say in time that they have it"
    left = staffing.left(
        call, scene.ticket, call.assigned, scene.desk, now, mails.UNHEARD, why, SYSTEM, scene.occasion
    )  # fmt: skip
    return left, why


def _off(scene: _Scene) -> tuple[Progress, str] | None:
    """A promised call goes with its ticket, as long as it has not begun."""
    call, ticket, desk, now = scene.call, scene.ticket, scene.desk, scene.now
    why = entitled.still(call, ticket, desk)
    if not why or call.start is None or now >= call.start:
        return None
    answers = asking.answered(ticket, scene.known)
    off = booking.cancelled(
        call, ticket, desk, scene.known, now, SYSTEM, mails.SOLVED, scene.occasion, answers
    )  # fmt: skip
    return off, why


def _reminded(scene: _Scene) -> tuple[Progress, str] | None:
    call, ticket, desk = scene.call, scene.ticket, scene.desk
    at = hours.reminds(call, desk)
    if at is None or scene.now < at:
        return None
    after, contact = replace(call, reminded_at=scene.now), asking.contact_of(call, scene.known)

    def sent(mint: Callable[[], str]) -> tuple[SendMail, ...]:
        return (mails.reminder(desk, ticket, after, contact, mint(), scene.occasion),)

    event = ("call-reminded", {"start": said(call.start)})
    return scene.progress(after, event, mails=sent if ticket.is_reachable else no_mails), "its customer is reminded"


def _staffed(scene: _Scene) -> tuple[Progress, str] | None:
    """The best of those who can is invited; the first of them who can where nobody was found before."""
    call, ticket, desk, known, now = scene.call, scene.ticket, scene.desk, scene.known, scene.now
    board = world.board(desk, known, now)
    agent = staffing.chosen(board, call, ticket, desk, known, now)
    if agent is None:
        return _unstaffed(scene, board)
    after, sent = staffing.invited(call, ticket, agent, desk, known, now, scene.occasion)
    events = [("call-invited", {"agent": agent.name, "until": said(hours.unheard(after, desk))})]
    if call.short_since is not None:
        events.append(("call-kept", {"agent": agent.name}))
    progress = scene.progress(after, *events, mails=sent)
    return replace(progress, witnesses=staffing.shifted(board, known, call)), f"{agent.name} is invited"


def _unstaffed(scene: _Scene, board: Board) -> tuple[Progress, str] | None:
    """Nobody is left: the leads learn of it once; it is tried again until it begins."""
    call, desk, now = scene.call, scene.desk, scene.now
    if hours.is_unstaffed(call, desk):
        return None
    why = "nobody can take it"
    after = replace(call, short_since=now, witness="")
    event = ("call-short", {"because": why, "asked": ", ".join(call.passed)})
    facts = staffing.obstacles(call, board, scene.known) | {"asked": list(call.passed), "begun": False}
    sent = _to_leads(scene, after, mails.UNSTAFFED, facts)
    return scene.progress(after, event, mails=sent), f"{why}: the leads are told"


def _to_leads(scene: _Scene, call: Call, what: str, facts: dict[str, object], *others: Agent) -> Mails:
    whom = tuple(dict.fromkeys((*staffing.leads(scene.desk, scene.ticket), *others)))
    return staffing.notices(whom, call, scene.ticket, scene.desk, f"{scene.occasion}:{what}", what, facts)


# From its start on


def _begun(scene: _Scene) -> tuple[Progress, str]:
    call = scene.call
    after = replace(call, state=CallState.LIVE)
    return scene.progress(after, ("call-started", {"start": said(call.start), "agent": call.assigned})), "it begins"


def _nobody_there(scene: _Scene) -> tuple[Progress, str]:
    """It should begin, and none of us has said that they are there: the leads learn of it, and its customer waits. What
    is long past, because the desk slept, is only asked about."""
    call, now = scene.call, scene.now
    if now >= hours.given_up(call, scene.desk):
        return _asked(scene, replace(call, state=CallState.WAITING, witness=""))
    after = replace(call, state=CallState.WAITING, witness="", short_since=call.short_since or now)
    facts = {
        "contact": notice.whole(asking.contact_of(call, scene.known)),
        "asked": [*call.passed, *filter(None, (call.assigned,))], "begun": True,
    }  # fmt: skip
    event = ("call-short", {"because": "it begins, and nobody has it", "asked": ", ".join(call.passed)})
    invited = scene.desk.agent_named(call.assigned) if call.assigned else None  # perhaps they are there, and silent
    sent = _to_leads(scene, after, mails.UNSTAFFED, facts, *((invited,) if invited is not None else ()))
    return scene.progress(after, event, mails=sent), "nobody is there"


def _waiting(scene: _Scene) -> tuple[Progress, str] | None:
    call, now = scene.call, scene.now
    assert call.start is not None, call.key
    if call.outcome_asked_at is not None:
        return _asked_again(scene)
    until = hours.given_up(call, scene.desk)
    if now < until:
        return None
    if now >= until + LATE:
        return _asked(scene, call)
    missed = outcome.missed(
        call, scene.ticket, SYSTEM, outcome.US, "", scene.desk, scene.known, now, scene.occasion
    )  # fmt: skip
    return missed, "none of us was there: its customer gets another one"


def _live(scene: _Scene) -> tuple[Progress, str] | None:
    call = scene.call
    assert call.end is not None, call.key
    if call.outcome_asked_at is not None:
        return _asked_again(scene)
    return _asked(scene, call) if scene.now >= call.end else None


def _asked(scene: _Scene, call: Call) -> tuple[Progress, str]:
    """What came of it is asked: of who has it, else of the leads."""
    agent = scene.desk.agent_named(call.assigned) if call.assigned else None
    after = replace(call, outcome_asked_at=scene.now, assigned=agent.name if agent is not None else "")
    whom = (agent,) if agent is not None else staffing.leads(scene.desk, scene.ticket)
    names = ", ".join(one.name for one in whom)
    sent = _outcome(scene, after, whom, again=agent is None)
    return scene.progress(after, ("call-outcome-asked", {"of": names}), mails=sent), f"{names} is asked what came of it"


def _asked_again(scene: _Scene) -> tuple[Progress, str] | None:
    """Who had it has not said: the leads are asked, once."""
    at = hours.asks_again(scene.call, scene.desk)
    if at is None or scene.now < at:
        return None
    whom = staffing.leads(scene.desk, scene.ticket)
    return scene.progress(scene.call, mails=_outcome(scene, scene.call, whom, again=True)), "the leads are asked"


def _outcome(scene: _Scene, call: Call, whom: tuple[Agent, ...], *, again: bool) -> Mails:
    facts = {"contact": notice.whole(asking.contact_of(call, scene.known)), "again": again}
    round_ = f"{CALL}{call.number}:{mails.OUTCOME}:{'again' if again else 'once'}"  # each is asked once, whatever comes
    return staffing.notices(whom, call, scene.ticket, scene.desk, round_, mails.OUTCOME, facts)


def _after(scene: _Scene, mint: Callable[[], str]) -> Told:
    """Who waited for us in vain gets another call; where there can be none, our apology, and the leads learn why."""
    call, ticket, desk = scene.call, scene.ticket, scene.desk
    if not hours.owes(call) or ticket.is_done:
        return NOTHING_LEFT
    found = outcome.replaced(call, ticket, desk, scene.known, scene.now)
    if isinstance(found, Progress):
        return _told(scene, found, f"in place of {world.name(call.key)}", mint)
    if not found:
        return NOTHING_LEFT
    answers = asking.answered(ticket, scene.known)
    sent = shortfall.owed(call, ticket, desk, scene.known, scene.occasion, answers, found)(mint)
    outside = (shown(mail, ticket, scene.now) for mail in sent if mail.role is Role.CUSTOMER)
    return Told(f"no call in place of {world.name(call.key)}: {found}", (*sent, *outside))


_STEPS: dict[CallState, Step] = {
    CallState.REQUESTED: _asked_for,
    CallState.APPROVAL: _approval,
    CallState.OFFERED: _offered,
    CallState.BOOKED: _booked,
    CallState.ASSIGNED: _assigned,
    CallState.WAITING: _waiting,
    CallState.LIVE: _live,
}
"""What may be due in each state; one step gives what follows and why, or None where nothing is due."""
