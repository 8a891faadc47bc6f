"""A customer's one word is done: YES closes what is resolved, NO opens it again, thanks do neither, STATUS is answered,
CLOSE withdraws what is open, WRONG TYPE asks one of us what it is.

In: a `Threaded` of somebody outside. Out: the `Decision`. The word is kept in the ticket like any other mail; all other
words take the usual way (`act/customer.py`), also those below a STATUS, which is answered beside. Who is proven by a
secret address alone is asked whether CLOSE is theirs, and nothing is done before they say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gateway.rules import budget, confirmation, customers, mails, participants, triage, workflow
from gateway.rules.case import Guarded, Mint, Threaded
from gateway.rules.change import became, changed, closes_later
from gateway.rules.customers import Wanted, Wish
from gateway.rules.desk import Desk
from gateway.rules.intake.gathering import Gathered
from gateway.rules.mails.history import shown
from gateway.stages.act.call import phoned
from gateway.stages.act.customer import appended
from gateway.stages.act.history import called, end, heard_of, occasion, received, told_of, unheeded_of
from store.records import (
    AddEvent,
    AddMessage,
    ClosedAs,
    Decision,
    Effect,
    Person,
    Status,
    Step,
    Ticket,
    Trust,
    Verdict,
)
from store.snapshot import Snapshot

NOT_SOLVED = "it is not solved, they say"
THANKS = "thanks, which open nothing again"
MOVES_NOTHING = "their word moves nothing"
WITHDRAWN = "closed: they say that it needs nothing more"
MISFILED = "they say that it is of another kind"


def worded(
    threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision:
    """What a customer's mail does, be it a word or words."""
    guarded = threaded.guarded
    role = snapshot.participants.get(ticket.ref, {}).get(guarded.author.address, "")
    if threaded.membership == participants.UNVERIFIED:
        role = participants.UNVERIFIED
    elif role not in participants.MEMBERS:
        role = participants.COPIED  # they came by a reply address of their own
    if (of_call := phoned(threaded, ticket, gathered, desk, snapshot, mint)) is not None:
        return of_call
    entry, seen = guarded.incoming.entry, snapshot.files.get(ticket.ref, set())
    wish = (
        None
        if entry.envelope.history
        else customers.wish(guarded.incoming.mail, ticket, role, guarded.trust, desk, seen, confirmed=entry.confirmed)
    )
    if wish is None:
        return appended(threaded, ticket, desk, snapshot, mint, gathered=gathered)
    threaded = replace(threaded, trace=(*threaded.trace, wish.step))
    if wish.wanted in _ONCE and entry.previous in (Verdict.COMMAND, Verdict.APPENDED):
        # Looked at again, when the ticket may stand elsewhere: whatever the word did then was done then.
        return end(threaded, entry.previous, "a word is done once", ticket, (_kept(guarded, ticket, snapshot),))
    return _done(wish, threaded, ticket, gathered, desk, snapshot, mint)


_ONCE = (Wanted.WITHDRAW, Wanted.TRIAGE)


def _done(
    wish: Wish, threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint
) -> Decision:
    """What the word wants is done; further words beside it are heard as any, with what they answer."""
    guarded = threaded.guarded
    match wish.wanted:
        case Wanted.CLOSE:
            return _confirmed(threaded, ticket, desk, snapshot)
        case Wanted.STATUS if wish.more:
            heard = appended(threaded, ticket, desk, snapshot, mint, gathered=gathered)
            stands = became(ticket, heard.effects)
            return replace(heard, effects=(*heard.effects, *_standing(threaded, stands, desk, snapshot, mint)))
        case Wanted.STATUS:
            return _told(threaded, ticket, desk, snapshot, mint)
        case Wanted.REOPEN:
            return _denied(threaded, ticket, gathered, desk, snapshot, mint, alone=not wish.more)
        case Wanted.THANK:
            saying = f"said thanks; it stays {ticket.status}"
            heard = appended(replace(threaded, reopens=False), ticket, desk, snapshot, mint, saying=saying)
            return replace(heard, reason=f"{heard.reason}; {THANKS}")
        case Wanted.KEEP:
            effects = (_kept(guarded, ticket, snapshot), *heard_of(guarded, snapshot))
            return end(threaded, Verdict.COMMAND, wish.step.why, ticket, effects)
        case Wanted.WITHDRAW:
            return _withdrawn(threaded, ticket, desk, snapshot, mint)
        case Wanted.ASK:
            return _asked(threaded, ticket, desk, snapshot, mint)
        case Wanted.TRIAGE:
            return _misfiled(threaded, ticket, gathered, desk, snapshot, mint, alone=not wish.more)
        case _:
            return appended(replace(threaded, reopens=False), ticket, desk, snapshot, mint, MOVES_NOTHING)


def _confirmed(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot) -> Decision:
    """Its customer says that it is solved: it is closed, and nobody has to do anything."""
    guarded = threaded.guarded
    after = workflow.ended(ticket, ClosedAs.RESOLVED, desk, guarded.incoming.now)
    detail = {"from": ticket.status, "to": after.status, "trust": guarded.trust.value}
    event = AddEvent(ticket=ticket.ref, kind="confirmed", actor=guarded.author.address, detail=detail)
    effects: list[Effect] = [
        _kept(guarded, ticket, snapshot),
        *changed(ticket, after, [event], desk, guarded.incoming.now),
        *heard_of(guarded, snapshot),
    ]
    return end(threaded, Verdict.COMMAND, "solved, its customer says: closed", ticket, effects)


def _withdrawn(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Its customer wants nothing more of it: closed, its team is told, and they learn how it opens again."""
    guarded = threaded.guarded
    heard = unheeded_of(ticket, guarded, desk)
    after = workflow.ended(heard, ClosedAs.WITHDRAWN, desk, guarded.incoming.now)
    detail = {"from": ticket.status, "to": after.status, "trust": guarded.trust.value}
    event = AddEvent(ticket=ticket.ref, kind="withdrawn", actor=guarded.author.address, detail=detail)
    effects: list[Effect] = [
        _kept(guarded, ticket, snapshot),
        *changed(ticket, after, [event], desk, guarded.incoming.now),
        *heard_of(guarded, snapshot),
    ]
    after = became(after, effects)
    effects += told_of(threaded, after, desk, snapshot, mint, "withdrawn", f"{called(guarded, snapshot)} {_CLOSED_IT}")
    if guarded.unanswered:
        step = Step(stage="act", what="not answered", why=guarded.unanswered)
        threaded = replace(threaded, trace=(*threaded.trace, step))
    else:
        person = snapshot.people.get(guarded.author.address, guarded.author)
        effects += _written(guarded, ticket, person, customers.ended(after, person, desk), desk, mint)
    return end(threaded, Verdict.COMMAND, WITHDRAWN, after, effects)


_CLOSED_IT = "closed it: nothing more is to be done, they say; #reopen opens it"


def _asked(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Nothing is closed before they say, at an address that only they know, that the word is theirs. Whoever knows the
    ticket's secret address can make us ask, as often as the budget of who has a reply address allows. Where we cannot
    ask, their team is told what they said, and decides."""
    guarded = threaded.guarded
    if guarded.incoming.entry.previous is not None:  # looked at again without an answer: it was asked about before
        return end(threaded, Verdict.HELD_COMMAND, "it waits for its author's word", ticket)
    now, author = guarded.incoming.now, guarded.author.address
    why = guarded.unanswered or budget.limit(desk.budgets, snapshot.spent, author, guarded.trust, ticket, now)
    if why:
        step = Step(stage="act", what="not asked whether it is theirs", why=why)
        threaded = replace(threaded, reopens=False, trace=(*threaded.trace, step))
        return appended(threaded, ticket, desk, snapshot, mint, saying=_unasked(why))
    person = snapshot.people.get(author, guarded.author)
    answers = guarded.incoming.mail.message_id
    question = confirmation.of_customer(desk, ticket, person, answers, now, mint(), occasion(guarded))
    place = shown(question, ticket, now)
    return end(threaded, Verdict.HELD_COMMAND, f"{author} is asked whether it is theirs", ticket, (question, place))


def _unasked(why: str) -> str:
    """What the team reads of a CLOSE that nobody could be asked about."""
    return (
        f"wrote CLOSE; nothing proves that it is theirs, and they could not be asked now ({why}): "
        "#resolve OUTCOME ends it if you believe it"
    )


def _misfiled(
    threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint, *, alone: bool
) -> Decision:
    """It is of another kind, its customer says: its team is told, and asked what it is, and they learn that somebody
    looks at it."""
    guarded = threaded.guarded
    heard = appended(
        threaded, ticket, desk, snapshot, mint, MISFILED, anew=triage.questioned(ticket), gathered=gathered
    )
    heard = replace(heard, reason=f"{heard.reason}; {MISFILED}")
    if guarded.unanswered or guarded.trust is Trust.D or threaded.membership == participants.UNVERIFIED:
        return heard
    person = snapshot.people.get(guarded.author.address, guarded.author)
    facts = customers.looked_into(became(ticket, heard.effects), person, desk, alone=alone)
    return replace(heard, effects=(*heard.effects, *_written(guarded, ticket, person, facts, desk, mint)))


def _denied(
    threaded: Threaded, ticket: Ticket, gathered: Gathered, desk: Desk, snapshot: Snapshot, mint: Mint, *, alone: bool
) -> Decision:
    """Its customer says that it is not solved: open again, however often that was today where they are proven. A NO
    alone is answered: what is still wrong nobody knows yet."""
    guarded = threaded.guarded
    heard = appended(threaded, ticket, desk, snapshot, mint, NOT_SOLVED, answered="NO", gathered=gathered)
    proven = guarded.trust is not Trust.D and threaded.membership != participants.UNVERIFIED
    if not (alone and proven and heard.verdict is Verdict.REOPENED) or guarded.unanswered:
        return heard
    person = snapshot.people.get(guarded.author.address, guarded.author)
    facts = customers.open_again(became(ticket, heard.effects), person, desk)
    return replace(heard, effects=(*heard.effects, *_written(guarded, ticket, person, facts, desk, mint)))


def _told(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """How it stands, to whoever asked and to nobody else. No clock hears it: a machine can answer."""
    guarded = threaded.guarded
    effects: list[Effect] = [_kept(guarded, ticket, snapshot), *heard_of(guarded, snapshot)]
    if ticket.status == Status.RESOLVED:  # somebody wrote: what stays silent closes, and this did not
        effects.append(closes_later(ticket, desk, guarded.incoming.now))
    effects += _standing(threaded, ticket, desk, snapshot, mint)
    if guarded.unanswered:
        step = Step(stage="act", what="not answered", why=guarded.unanswered)
        return end(
            replace(threaded, trace=(*threaded.trace, step)), Verdict.COMMAND, "asked how it stands", ticket, effects
        )
    reason = f"asked how it stands: told {guarded.author.address}"
    return end(threaded, Verdict.COMMAND, reason, ticket, effects)


def _standing(threaded: Threaded, ticket: Ticket, desk: Desk, snapshot: Snapshot, mint: Mint) -> tuple[Effect, ...]:
    """That somebody asked, and the mail that answers, where a machine may answer."""
    guarded = threaded.guarded
    asked = AddEvent(ticket=ticket.ref, kind="status-asked", actor=guarded.author.address)
    if guarded.unanswered:
        return (asked,)
    person = snapshot.people.get(guarded.author.address, guarded.author)
    calls = snapshot.calls.get(ticket.ref, {}).values()
    facts = customers.standing(ticket, person, snapshot.recent.get(ticket.ref, ()), desk, calls)
    return (asked, *_written(guarded, ticket, person, facts, desk, mint))


def _written(
    guarded: Guarded, ticket: Ticket, person: Person, facts: Mapping[str, Any], desk: Desk, mint: Mint
) -> tuple[Effect, ...]:
    """The mail that says how it stands, and its place in the ticket's history."""
    answers = guarded.incoming.mail.message_id
    mail = mails.status(desk, ticket, person, mint(), occasion(guarded), answers, facts)
    return mail, shown(mail, ticket, guarded.incoming.now)


def _kept(guarded: Guarded, ticket: Ticket, snapshot: Snapshot) -> AddMessage:
    return AddMessage(ticket=ticket.ref, message=received(guarded, snapshot.files.get(ticket.ref, set())))
