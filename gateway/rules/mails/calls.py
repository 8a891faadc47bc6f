"""Mails about live calls: the offer of slots, the invite and what becomes of it, the brief of whoever takes the call.

In: a call, its ticket, whom it is for. Out: `SendMail` values. To whoever is outside they say when, about what, how
long and where, and never who: a change of the agent changes no byte of theirs. What stands under `calendar` in the
facts becomes the calendar part of the mail (`gateway/compose.py`), whose description is the text of the mail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from gateway.rules.acknowledge import zone_of
from gateway.rules.desk import Agent, Desk
from gateway.rules.mails.customers import to_customer
from gateway.rules.notices import matter
from gateway.rules.notices import notice as notices
from gateway.rules.notices.notice import stamp
from store.records import Call, CallState, GrantState, Invite, Person, Purpose, Role, SendMail, Ticket

REQUEST, CANCEL, DECLINE_COUNTER = "REQUEST", "CANCEL", "DECLINECOUNTER"

FIRST, TAKEN, OTHERS, COUNTERED, SORRY = "first", "taken", "others", "countered", "sorry"
"""Why slots are offered: they were asked for; the one that was wanted is gone; none suited; the time that was proposed
is not free; we could not keep what we had promised."""
BOOKED, MOVED, AGAIN = "booked", "moved", "again"
"""Why an invite is sent: it is new, its time changed, somebody lost theirs."""
BY_CUSTOMER, BY_DESK, SOLVED = "customer", "desk", "solved"
"""Why a call is off: they said so, we said so, the ticket is done."""
WISHED, WAITS, REFUSED, NONE_FREE, STANDS, LAPSED, NO_MORE_MOVES, TOO_LATE, NOT_THERE = (
    "wished", "waits", "refused", "none_free", "stands", "lapsed", "no_more_moves", "too_late", "not_there",
)  # fmt: skip
"""What a short answer says: a person decides about the wish; it waits for somebody's word; there is no call; no slot is
free; it is booked already, at that time; the offer is open no more; it was moved too often; it begins too soon to be
moved; we waited and nobody came."""
DELEGATE, PERSONAL, TRIED, WITHDRAWN = "delegate", "personal", "tried", "withdrawn"
"""Further ones: their calendar named somebody else (`delegate`), who was not added; the invitation is somebody else's,
which says nothing else; somebody else came with theirs and nothing was done; they have taken back a wish, or given up
an offer."""
WISH, APPROVAL, SHORTAGE, UNSTAFFED, OUTCOME, DECIDED, SOUGHT, OWED = (
    "wish", "approval", "shortage", "unstaffed", "outcome", "decided", "sought", "owed",
)  # fmt: skip
"""What one of us is told: a customer would like a call; a lead's word is wanted; a promise cannot be kept as things
are; nobody takes a call that begins soon; what came of it is wanted; what became of something that they asked for;
their customer reads that a person looks for a time, as none is free; none of us was there, and there can be no other
call by itself."""
CHOSEN, NEXT = "chosen", "next"
"""Why somebody gets the brief: they fit best; whoever was asked before does not take it."""
PASSED, UNHEARD, AWAY = "passed", "unheard", "away"
"""Why a call is somebody's no more: they said so; they said nothing in time; they are away. It may also be moved, or
off: `MOVED`, `BY_CUSTOMER`, `BY_DESK`, `SOLVED`, or `CANCELLED` whoever said so."""
CANCELLED = "cancelled"

MOST_CAPABILITIES = 6
"""How many kinds of calls a wish lists for whoever decides."""
_CALLED = {"en": "Call: {about}", "de": "Gespräch: {about}", "fr": "Appel\u00a0: {about}"}
_BY_LANGUAGE = {
    "en": "Call with {who}: {about}",
    "de": "Gespräch mit {who}: {about}",
    "fr": "Appel avec {who}\u00a0: {about}",
}


def token(call: Call) -> str:
    """The audience of the address that is the token of the call's grant."""
    return f"book{call.number}"


def about(call: Call, desk: Desk) -> str:
    """What the call is about, as customers read it."""
    capability = desk.routing.capabilities.get(call.capability)
    return capability.label if capability is not None and capability.label else call.capability.replace("-", " ")


# To the customer


def offer(
    desk: Desk, ticket: Ticket, call: Call, to: Person, message_id: str, occasion: str, why: str, answers: str,
    slots: Sequence[tuple[int, datetime]], *, proposed: datetime | None = None, missed: datetime | None = None,
    past: bool = False, whole_day: bool = False,
) -> SendMail:  # fmt: skip
    """Numbered slots to choose from; `why` is one of the first five. `proposed` is the time that is not free (of
    `COUNTERED`, and of `TAKEN` where it is known): it may be `past`, or a `whole_day` without an hour. `missed` is when
    the call would have been that we are sorry for."""
    facts = _of(call, desk, ticket) | {
        "variant": why,
        "slots": [[number, stamp(start)] for number, start in slots],
        "expires": stamp(call.grant.expires_at) if call.grant is not None else "",
        "proposed": _proposed(proposed, call, desk, whole_day=whole_day),
        "past": past,
        "missed": stamp(missed) if missed is not None else "",
    }
    if call.is_promised and call.start is not None:
        facts |= {"start": stamp(call.start), "booked": True}
    standing, serial = call.invite(), 0
    if why == COUNTERED and standing is not None and call.is_promised:
        facts["calendar"] = entry(desk, ticket, call, standing, to, DECLINE_COUNTER)
        serial = standing.serial
    mail = _to(desk, ticket, call, to, Purpose.OFFER, message_id, occasion, answers, facts)
    return replace(mail, also=token(call), serial=serial)


def invite(
    desk: Desk, ticket: Ticket, call: Call, to: Person, message_id: str, occasion: str, why: str, answers: str = ""
) -> SendMail:
    """The calendar entry of a call that is booked, as it now stands."""
    facts = _of(call, desk, ticket) | _when(call, desk) | {"variant": why}
    standing = call.invite()
    assert standing is not None, call.key
    facts["calendar"] = entry(desk, ticket, call, standing, to, REQUEST)
    mail = _to(desk, ticket, call, to, Purpose.INVITE, message_id, occasion, answers, facts)
    return replace(mail, serial=standing.serial)


def uninvite(
    desk: Desk, ticket: Ticket, call: Call, to: Person, message_id: str, occasion: str, why: str, answers: str = "",
    *, because: str = "",
) -> SendMail:  # fmt: skip
    """The call is off. `because` is read by the customer."""
    facts = _of(call, desk, ticket) | _when(call, desk) | {"variant": why, "because": because}
    standing = call.invite()
    assert standing is not None, call.key
    facts["calendar"] = entry(desk, ticket, call, standing, to, CANCEL)
    mail = _to(desk, ticket, call, to, Purpose.UNINVITE, message_id, occasion, answers, facts)
    return replace(mail, serial=standing.serial)


def word(
    desk: Desk, ticket: Ticket, call: Call | None, to: Person, message_id: str, occasion: str, what: str,
    answers: str = "", **more: Any,
) -> SendMail:  # fmt: skip
    """A short answer about a call, or about the wish for one. Further facts: `because` (of `REFUSED`; the customer
    reads it), `until` (a stamp: when they hear more, of `WISHED` and `WAITS`), `delegate` (whom their calendar
    named), `missed` (a stamp: the call that we are sorry for, of `NONE_FREE`). Who hears that nothing is free reads
    that we look again only where we do: of a call that waits for a slot."""
    facts: dict[str, Any] = {"zone": zone_of(desk, to.address)}
    if call is not None and what != PERSONAL:  # a person whose call it is not learns neither when nor about what
        facts = _of(call, desk, ticket) | _when(call, desk) | {"moves": call.moves, "booked": call.is_promised}
        facts["ended"] = _ended(call) if what == LAPSED else ""
        facts["sought"] = what == WISHED and bool(call.offered)  # they have seen slots, and none suits
        facts["again"] = what == NONE_FREE and call.state == CallState.REQUESTED and bool(call.capability)
        facts["offered"] = bool(call.offered)
    facts |= {"variant": what, **more}
    return _to(desk, ticket, call, to, Purpose.CALL, message_id, occasion, answers, facts)


def reminder(desk: Desk, ticket: Ticket, call: Call, to: Person, message_id: str, occasion: str) -> SendMail:
    """The call is near; who has answered "perhaps" is asked once."""
    standing = call.invite()
    tentative = standing is not None and standing.partstat == "TENTATIVE"
    facts = _of(call, desk, ticket) | _when(call, desk) | {"tentative": tentative}
    return _to(desk, ticket, call, to, Purpose.CALL_REMINDER, message_id, occasion, "", facts)


def _ended(call: Call) -> str:
    """What has become of a call that can be booked no more, as its contact may hear it; empty: it just cannot."""
    if call.state in (CallState.COMPLETED, CallState.NO_SHOW):
        return "over"
    if call.state == CallState.CANCELLED and call.start is not None:
        return "cancelled"
    lapsed = call.state == CallState.EXPIRED or (call.grant is not None and call.grant.state == GrantState.EXPIRED)
    return "expired" if lapsed else ""


# To our own people


def brief(
    desk: Desk, ticket: Ticket, call: Call, agent: Agent, message_id: str, occasion: str, why: str,
    facts: Mapping[str, Any],
) -> SendMail:  # fmt: skip
    """Whoever takes the call gets an own invite with what they must know (`ops` R105); `why` is `CHOSEN` or `NEXT`.

    Facts: `contact` (`notice.whole(person)`), `until` (a stamp: when they must have said #ack), `problem` (the
    customer's first words), `entries` (`notice.entries`), `tried` (lines: what was tried already). What is known of the
    matter and how the ticket stands is added here.
    """
    own = _standing(ticket, desk) | {"variant": why, **facts}
    return _for_agent(desk, ticket, call, agent, Purpose.BRIEF, message_id, occasion, REQUEST, own)


def stand_down(
    desk: Desk, ticket: Ticket, call: Call, agent: Agent, message_id: str, occasion: str, why: str
) -> SendMail:
    """The call is not theirs any more."""
    return _for_agent(desk, ticket, call, agent, Purpose.STAND_DOWN, message_id, occasion, CANCEL, {"variant": why})


def notice(
    desk: Desk, ticket: Ticket, call: Call | None, agent: Agent, message_id: str, occasion: str, what: str,
    facts: Mapping[str, Any],
) -> SendMail:  # fmt: skip
    """One of us is told of a call, or asked about it.

    Facts: `contact` (`notice.whole(person)`); `words` (of `WISH` and `SOUGHT`: the customer's); `by` (who asked, of
    `APPROVAL`) and `reason` (why it needs a word); `why` (lines of `SHORTAGE`: who and which calls are in the way) and
    `helps` (lines: what would help); `asked` (of `UNSTAFFED`: who was asked in vain) and `begun`; `again` (of
    `OUTCOME`: to a lead);
    `text` (of `DECIDED`: the sentence) and `because`; `told` (of `OWED`: whether the customer has our apology). Who may
    not refuse a wish does not read of it.
    """
    own: dict[str, Any] = _standing(ticket, desk)
    if call is not None:
        own |= _inside(call, desk, ticket, agent)
        own["lapses"] = stamp(call.approve_until) if call.approve_until is not None else ""
    own["decides"] = "lead" in agent.roles
    if what == WISH and not own.get("capability"):
        own["capabilities"] = list(desk.routing.capabilities)[:MOST_CAPABILITIES]
    return _to_staff(ticket, agent, Purpose.CALL_NOTICE, message_id, occasion, {**own, "variant": what, **facts})


def entry(desk: Desk, ticket: Ticket, call: Call, invite: Invite, to: Person, method: str) -> dict[str, Any]:
    """The calendar entry of one person. Its ORGANIZER is the address that the mail comes from, its description what the
    mail says."""
    assert call.start is not None and call.end is not None, call.key
    says = _BY_LANGUAGE if invite.kind == "customer" else _CALLED
    spoken = (call.language or ticket.language) if invite.kind == "customer" else "en"
    summary = says.get(spoken.partition("-")[0].lower(), says["en"])
    where = desk.calls.where(call.room)
    return {
        "method": method,
        "uid": invite.uid,
        "sequence": invite.sequence,
        "dtstamp": stamp(invite.dtstamp),
        "created": stamp(call.booked_at or call.requested_at),
        "start": stamp(call.start),
        "end": stamp(call.end),
        "summary": f"{summary.format(who=desk.name, about=about(call, desk))} [{desk.reference(ticket.ref)}]",
        "location": where,
        "url": where if where.startswith(("https://", "http://")) else "",
        "name": to.name,
    }


def _proposed(at: datetime | None, call: Call, desk: Desk, *, whole_day: bool) -> str:
    """A time; of a day without an hour the day alone, by the customer's clock."""
    if at is None:
        return ""
    zone = ZoneInfo(call.zone or desk.zone)
    return at.astimezone(zone).date().isoformat() if whole_day else stamp(at)


def _of(call: Call, desk: Desk, ticket: Ticket) -> dict[str, Any]:
    zone = call.zone or zone_of(desk, ticket.requester)
    return {"about": about(call, desk), "minutes": call.minutes, "purpose": call.purpose, "zone": zone}


def _when(call: Call, desk: Desk) -> dict[str, Any]:
    if call.start is None or call.end is None:
        return {}
    return {"start": stamp(call.start), "end": stamp(call.end), "place": desk.calls.where(call.room)}


def _inside(call: Call, desk: Desk, ticket: Ticket, agent: Agent) -> dict[str, Any]:
    """The call as one of us reads of it: in their zone, with the customer's beside it."""
    known = _of(call, desk, ticket) | _when(call, desk)
    return known | {
        "call": f"{ticket.ref}-{call.number}",
        "capability": call.capability,
        "state": str(call.state),
        "zone": desk.routing.of(agent.name).zone or desk.zone,
        "their_zone": known["zone"] or desk.zone,
    }


def _standing(ticket: Ticket, desk: Desk) -> dict[str, Any]:
    """How the ticket stands and what is known of its matter."""
    return {
        "team": ticket.team,
        "priority": ticket.priority,
        "status": ticket.status,
        "owner": ticket.assignee,
        **notices.clock(ticket),
        "next": notices.upcoming(ticket),
        "missing": matter.missing(ticket, desk),
        "organisation": notices.organisation(desk, ticket.requester),
        "requester": ticket.requester,
        **notices.known(ticket, desk),
        **notices.work(ticket),
    }


def _to(
    desk: Desk, ticket: Ticket, call: Call | None, to: Person, purpose: Purpose, message_id: str, occasion: str,
    answers: str, facts: Mapping[str, Any],
) -> SendMail:  # fmt: skip
    mail = to_customer(desk, ticket, to, purpose, message_id, occasion, answers, (answers,) if answers else (), facts)
    own = call is not None and call.language and call.contact == to.address
    return replace(mail, language=call.language) if call is not None and own else mail


def _for_agent(
    desk: Desk, ticket: Ticket, call: Call, agent: Agent, purpose: Purpose, message_id: str, occasion: str, method: str,
    facts: Mapping[str, Any],
) -> SendMail:  # fmt: skip
    standing = next(
        (one for one in reversed(call.invites) if one.kind == "agent" and one.attendee == agent.address), None
    )
    assert standing is not None, call.key
    person = Person(address=agent.address, name=agent.full_name)
    calendar = entry(desk, ticket, call, standing, person, method)
    own = {**_inside(call, desk, ticket, agent), **facts, "calendar": calendar}
    mail = _to_staff(ticket, agent, purpose, message_id, occasion, own)
    return replace(mail, serial=standing.serial)


def _to_staff(
    ticket: Ticket, agent: Agent, purpose: Purpose, message_id: str, occasion: str, facts: Mapping[str, Any]
) -> SendMail:
    return SendMail(
        ticket=ticket.ref,
        purpose=purpose,
        round=occasion,
        to=Person(address=agent.address, name=agent.full_name),
        role=Role.AGENT,
        key="note",
        message_id=message_id,
        subject=ticket.subject,
        language="en",
        mailbox=ticket.mailbox,
        facts={**facts, "inside": True},
    )
