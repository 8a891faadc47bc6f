"""A call is booked, moved and cancelled: what that makes of it, and which mail says so.

In: a call, the number or the cell that is wanted, what the store knows, the instant. Out: a `Progress`, or a `Missed`
that says why not, with fresh slots to choose from where there are any. A slot that is gone burns no grant (reference
scheduling 6). Nothing here makes a booking single: the call's version and the one conditional UPDATE of its grant do,
in the turn that writes it (`store/calls.py`).

How near: a slot is offered `notice` ahead, and what was offered can be booked until its agent would be invited
(`freeze`), so that nobody loses a slot while they read of it; until then can a booked call be moved by its customer. A
cancel is never late.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from gateway.rules import keys
from gateway.rules.calls import entitled, offering, shortfall, staffing, world
from gateway.rules.calls.progress import Mails, Progress, no_mails, said, told
from gateway.rules.desk import Desk
from gateway.rules.mails import calls as mails
from gateway.rules.participants import Known
from store.records import AddEvent, Call, CallState, Grant, GrantState, Invite, Person, Ticket, TicketRef

ROUNDS = 3
"""How often somebody may say that no slot suits before a person has to look."""
MOST_WISH = 300
"""Characters of what somebody says about when: one line of `Call.wishes` for each time that they do."""
READING = timedelta(minutes=5)
"""Further slots are of no use to whoever has less time to read of them: then the offer is over."""
_TICK = timedelta(seconds=1)
"""DTSTAMP has whole seconds, and rises with everything that is sent (RFC 5546 section 2.1.5)."""


class Reason(StrEnum):
    """Why nothing was booked or moved. `STANDS`: it is booked for that very time."""

    ENDED = "ended"
    LAPSED = "lapsed"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    STANDS = "stands"
    TOO_LATE = "too_late"
    NO_MORE_MOVES = "no_more_moves"
    NO_MORE_ROUNDS = "no_more_rounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Not booked, not moved: why, in words for us, and what follows all the same: fresh slots, or a short answer. The
    call of that `progress` is as it was, but for the slots that are shown; an offer that has lapsed ends with it."""

    reason: Reason
    why: str
    progress: Progress | None = None


def booked(
    call: Call, number: int, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str, *,
    answers: str = "",
) -> Progress | Missed:  # fmt: skip
    """The contact takes slot `number`: the grant is redeemed, the call booked, the invite sent. Where it is booked
    already, another number moves it and the same one changes nothing."""
    start = dict(call.offered).get(number)
    if call.is_promised and start is not None:
        cell = start - desk.calls.before
        return moved(call, cell, ticket, desk, known, now, call.contact, occasion, answers)
    grant = call.grant
    if not call.is_promised:
        if grant is None or grant.state != GrantState.ISSUED or call.is_over:
            return _short(Reason.ENDED, _fate(call), mails.LAPSED, call, ticket, desk, known, occasion, answers)
        if grant.expires_at <= now:
            return _lapsed(call, grant, ticket, desk, known, now, occasion, answers)
        if why := entitled.still(call, ticket, desk):
            return _short(Reason.ENDED, why, mails.LAPSED, call, ticket, desk, known, occasion, answers)
    if start is None:
        why = f"no slot {number} was ever shown"
        fresh = _fresh(call, mails.OTHERS, ticket, desk, known, now, occasion, answers)
        return Missed(reason=Reason.UNKNOWN, why=why, progress=fresh)
    cell = start - desk.calls.before
    taking = _placed(call, cell, desk, known, now)
    if isinstance(taking, str):
        fresh = _fresh(call, mails.TAKEN, ticket, desk, known, now, occasion, answers, around=start)
        return Missed(reason=Reason.TAKEN, why=taking, progress=fresh)
    after, witnesses = taking
    assert grant is not None, call.key
    after = _issued(after, grant, ticket, desk, known, now, occasion)
    detail = {"start": said(after.start), "slot": number, "capability": call.capability, "minutes": call.minutes}
    return Progress(
        before=call,
        call=after,
        events=(
            told(after, "grant-redeemed", call.contact, by=occasion),
            told(after, "call-booked", call.contact, **detail),
        ),
        witnesses=witnesses,
        mails=_invited(after, mails.BOOKED, ticket, desk, known, occasion, answers),
    )


def moved(
    call: Call, cell: datetime, ticket: Ticket, desk: Desk, known: Known, now: datetime, by: str, occasion: str,
    answers: str = "",
) -> Progress | Missed:  # fmt: skip
    """A promised call takes another cell: the same entry of the calendar, one SEQUENCE higher. `by` is who wants it:
    the contact may so often, and not at the last moment; one of us may until it begins."""
    invite = call.invite()
    assert call.is_promised and call.start is not None and invite is not None, call.key
    own = by == call.contact
    if cell == call.cell:
        why = "it is booked for that time"
        return _short(Reason.STANDS, why, mails.STANDS, call, ticket, desk, known, occasion, answers)
    if (missed := may_move(call, ticket, desk, known, now, by, occasion, answers)) is not None:
        return missed
    free, stood_down = staffing.released(call, ticket, desk, now, "moved", occasion)
    taking = _placed(free, cell, desk, known, now)
    if isinstance(taking, str):
        fresh = _fresh(call, mails.TAKEN, ticket, desk, known, now, occasion, answers, around=cell + desk.calls.before)
        return Missed(reason=Reason.TAKEN, why=taking, progress=fresh)
    after, witnesses = taking
    sequence = invite.sequence + 1
    again = replace(invite, sequence=sequence, moved=sequence, dtstamp=_stamped(invite, now), partstat="NEEDS-ACTION")
    after = replace(
        _with(after, again), state=CallState.BOOKED, moves=call.moves + own, passed=(), reminded_at=None,
        short_since=None, wishes="",
    )  # fmt: skip
    event = told(after, "call-moved", by, **{"from": said(call.start)}, to=said(after.start), sequence=sequence)
    invited = _invited(after, mails.MOVED, ticket, desk, known, occasion, answers)
    return Progress(
        before=call,
        call=after,
        events=(event,),
        witnesses=witnesses,
        mails=lambda mint: (*invited(mint), *stood_down(mint)),
        proves=True,  # the cell that is free now may be what another call waits for
    )


def may_move(
    call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime, by: str, occasion: str, answers: str = ""
) -> Missed | None:
    """Why this promised call can be moved by them no more; None where it can."""
    own = by == call.contact
    assert call.start is not None, call.key
    if call.state in (CallState.WAITING, CallState.LIVE) or now >= call.start - desk.calls.freeze * own:
        why = f"it begins at {said(call.start)}"
        return _short(Reason.TOO_LATE, why, mails.TOO_LATE, call, ticket, desk, known, occasion, answers)
    if own and call.moves >= desk.calls.moves:
        why = f"they have moved it {call.moves} times"
        return _short(Reason.NO_MORE_MOVES, why, mails.NO_MORE_MOVES, call, ticket, desk, known, occasion, answers)
    return None


def others(
    call: Call, wish: str, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str, answers: str = ""
) -> Progress | Missed:
    """None of the slots suits the contact, or they would like another time than the one that is booked: fresh slots, by
    what they say about when. After `ROUNDS` of that a person has to look."""
    if call.is_promised:
        if (missed := may_move(call, ticket, desk, known, now, call.contact, occasion, answers)) is not None:
            return missed
    elif call.grant is None or call.grant.state != GrantState.ISSUED:
        return _short(Reason.LAPSED, _fate(call), mails.LAPSED, call, ticket, desk, known, occasion, answers)
    elif call.grant.expires_at <= now:
        return _lapsed(call, call.grant, ticket, desk, known, now, occasion, answers)
    line = " ".join(wish[:MOST_WISH].split()) or "-"
    rounds = _rounds(call)
    wished = replace(call, wishes="\n".join(one for one in (call.wishes, line) if one))
    event = told(call, "call-none-suits", call.contact, round=rounds + 1, words=line)
    if rounds >= ROUNDS:
        why = f"they said {rounds} times that no slot suits"
        answer = _answered(mails.WISHED, wished, ticket, desk, known, occasion, answers)
        progress = Progress(before=call, call=wished, events=(event,), mails=answer if rounds == ROUNDS else no_mails)
        return Missed(reason=Reason.NO_MORE_ROUNDS, why=why, progress=progress)
    fresh = _fresh(wished, mails.OTHERS, ticket, desk, known, now, occasion, answers, wishes=wish[:MOST_WISH])
    return replace(fresh, before=call, events=(event, *fresh.events))


def cancelled(
    call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime, by: str, why: str, occasion: str,
    answers: str = "", *, because: str = "",
) -> Progress:  # fmt: skip
    """The call is off: a promised one is taken out of both calendars and its slot is free, any other is given up with
    its grant. No grant comes back: a new one is a decision of the queue. `why` is one of `mails.BY_CUSTOMER`, `BY_DESK`
    and `SOLVED`, `because` what one of us says of it to the customer. What has begun is not its contact's to cancel:
    what came of it is recorded."""
    assert by != call.contact or not call.is_promised or call.start is None or now < call.start, call.key
    invite = call.invite()
    if not call.is_promised or invite is None:
        given_up = ended(call, ticket, CallState.CANCELLED, because or why, desk, now, by)
        if call.state != CallState.OFFERED and call.requested_by != call.contact:
            return given_up  # they never heard of it
        what = mails.WITHDRAWN if why == mails.BY_CUSTOMER else mails.LAPSED
        answer = _answered(what, given_up.call, ticket, desk, known, occasion, answers)
        return replace(given_up, mails=answer)
    free, stood_down = staffing.released(call, ticket, desk, now, "cancelled", occasion)
    off = replace(invite, sequence=invite.sequence + 1, dtstamp=_stamped(invite, now), cancelled=True)
    after = replace(_with(free, off), state=CallState.CANCELLED, witness="", ended_at=now, short_since=None)
    board = offering.without(call, world.board(desk, known, now))
    to = _contact(call, known)

    def written(mint: Any) -> Any:
        off = mails.uninvite(desk, ticket, after, to, mint(), occasion, why, answers, because=because)
        return (off, *stood_down(mint))

    event = told(after, "call-cancelled", by, why=why, start=said(call.start), **_reason(because))
    return Progress(
        before=call,
        call=after,
        events=(event,),
        witnesses=staffing.shifted(board, known, call),
        mails=written,
        proves=True,
    )


def ended(
    call: Call, _ticket: Ticket, state: str, because: str, _desk: Desk, now: datetime, by: str = "system"
) -> Progress:
    """A call that nobody was promised is over: lapsed, refused or given up, and its grant with it. Nobody is written
    to."""
    assert not call.is_promised, call.key
    grant, events = call.grant, list[AddEvent]()
    if grant is not None and grant.state == GrantState.ISSUED:
        lapsed = state == CallState.EXPIRED
        grant = replace(grant, state=GrantState.EXPIRED if lapsed else GrantState.REVOKED, ended_at=now)
        events.append(told(call, "grant-expired" if lapsed else "grant-revoked", by, because=because))
    after = replace(call, state=state, grant=grant, ended_at=now)
    kinds = {CallState.EXPIRED: "call-lapsed", CallState.REFUSED: "call-refused"}
    events.append(told(after, kinds.get(CallState(state), "call-cancelled"), by, because=because))
    return Progress(before=call, call=after, events=tuple(events))


def answered(what: str, call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str, answers: str) -> Progress:
    """A short answer to the contact; the call stays as it is."""
    mail = _answered(what, call, ticket, desk, known, occasion, answers)
    return Progress(before=call, call=call, mails=mail)


def _placed(
    call: Call, cell: datetime, desk: Desk, known: Known, now: datetime
) -> tuple[Call, Mapping[tuple[TicketRef, int], str]] | str:
    """The call in that cell with all others kept, and whose witness changes by it; or why that cannot be."""
    calls, board = desk.calls, offering.without(call, world.board(desk, known, now))
    if why := offering.offerable(call, cell, desk, known, now, notice=min(calls.notice, calls.freeze), board=board):
        return why
    start = cell + calls.before
    after = replace(
        call, cell=cell, start=start, end=start + timedelta(minutes=call.minutes), booked_at=call.booked_at or now
    )
    promise = world.promise(after, desk)
    if not board.add(promise):
        return "nobody can be promised then any more"
    return replace(after, witness=board.witness.get(promise.id, "")), staffing.shifted(board, known, call)


def _issued(
    call: Call, grant: Grant, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str
) -> Call:  # fmt: skip
    """The call with its grant redeemed, its place, and the entry of its contact's calendar."""
    assert isinstance(call.ticket, int), call.key
    domain = ticket.mailbox.rpartition("@")[2]
    uid = keys.mint_uid(desk.secret, domain, call.ticket, call.number, "customer", len(call.invites))
    invite = Invite(
        uid=uid, attendee=call.contact, dtstamp=_whole(now), serial=_contact(call, known).serial
    )  # fmt: skip
    return replace(
        call, state=CallState.BOOKED, room=keys.mint_room(desk.secret, call.ticket, call.number), wishes="",
        grant=replace(grant, state=GrantState.REDEEMED, ended_at=now, redeemed_by=occasion),
        invites=(*call.invites, invite),
    )  # fmt: skip


def _fresh(
    call: Call, variant: str, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str, answers: str, *,
    wishes: str = "", around: datetime | None = None,
) -> Progress:  # fmt: skip
    """Slots that are free now, to choose another of; the word that there is none, where there is none, or that the
    offer is over, where nobody could answer any more."""
    grant = call.grant
    if not call.is_promised and grant is not None and grant.expires_at - now < READING:
        return _over(call, ticket, desk, known, now, occasion, answers)
    cells = offering.slots(call, desk, known, now, wishes=wishes, around=around)
    if not cells:
        return answered(mails.NONE_FREE, call, ticket, desk, known, occasion, answers)
    after, numbers = offering.numbered(call, cells, desk, now)
    to = _contact(call, known)
    event = told(after, "call-offered", "system", slots=len(numbers), because=variant)
    past = around is not None and around <= now
    return Progress(
        before=call,
        call=after,
        events=(event,),
        mails=lambda mint: (
            mails.offer(
                desk, ticket, after, to, mint(), occasion, variant, answers, numbers, proposed=around, past=past
            ),
        ),
    )


def _lapsed(
    call: Call, grant: Grant, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str, answers: str
) -> Missed:  # fmt: skip
    """The time of the offer is over. It ends here, where its timer was not there yet: its contact hears of it once."""
    progress = _over(call, ticket, desk, known, now, occasion, answers)
    return Missed(reason=Reason.LAPSED, why=f"the offer has lapsed at {said(grant.expires_at)}", progress=progress)


def _over(
    call: Call, ticket: Ticket, desk: Desk, known: Known, now: datetime, occasion: str, answers: str
) -> Progress:  # fmt: skip
    off = ended(call, ticket, CallState.EXPIRED, "the offer was not answered in time", desk, now)
    return replace(off, mails=_answered(mails.LAPSED, off.call, ticket, desk, known, occasion, answers))


def _short(
    reason: Reason, why: str, what: str, call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str,
    answers: str,
) -> Missed:  # fmt: skip
    progress = answered(what, call, ticket, desk, known, occasion, answers)
    return Missed(reason=reason, why=why, progress=progress)


def _answered(what: str, call: Call, ticket: Ticket, desk: Desk, known: Known, occasion: str, answers: str) -> Mails:
    if what == mails.NONE_FREE:
        return shortfall.none_free(call, ticket, desk, known, occasion, answers)
    to = _contact(call, known)
    return lambda mint: (mails.word(desk, ticket, call, to, mint(), occasion, what, answers),)


def _invited(
    call: Call, variant: str, ticket: Ticket, desk: Desk, known: Known, occasion: str, answers: str
) -> Mails:  # fmt: skip
    to = _contact(call, known)
    return lambda mint: (mails.invite(desk, ticket, call, to, mint(), occasion, variant, answers),)


def _contact(call: Call, known: Known) -> Person:
    return known.people.get(call.contact, Person(address=call.contact))


def _with(call: Call, invite: Invite) -> Call:
    """The call with this entry as it is now."""
    return replace(call, invites=tuple(invite if one.uid == invite.uid else one for one in call.invites))


def _stamped(invite: Invite, now: datetime) -> datetime:
    return max(_whole(now), invite.dtstamp + _TICK)


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)


def _rounds(call: Call) -> int:
    return len(call.wishes.splitlines())


def _reason(because: str) -> dict[str, str]:
    return {"because": because} if because else {}


def _fate(call: Call) -> str:
    """What became of the right to book, for us."""
    return f"the call is {call.state}" + (f", its grant {call.grant.state}" if call.grant is not None else "")
