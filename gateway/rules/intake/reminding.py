"""Whoever was asked has not answered: they are reminded, twice at most, and in the end the ticket closes with a kind
word (`ops` R40). Any reply opens it again.

In: the timer `ask` that came due, with its ticket as it stands. Out: what follows. It is the one timer that writes to a
customer: only while our questions run, only to whoever was asked, within the budgets like any mail of ours: what has no
room waits and is not counted. A timer that comes early is set again; one that comes late reminds once, however many
reminders were due, and closes nothing before that reminder had its time. What is asked for is what the configuration
asks for now: what it has dropped since is in no mail, and where it asks for nothing more one of us has the ticket.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from gateway.rules import budget, workflow
from gateway.rules.change import became, changed
from gateway.rules.desk import Desk
from gateway.rules.intake import ending, record
from gateway.rules.intake import needed as needs
from gateway.rules.intake.record import ASKING, STOPPED, Intake
from gateway.rules.intake.reminders import after_days, asked_at, next_at
from gateway.rules.mails import questions
from gateway.rules.mails.history import shown
from gateway.rules.notices import audience
from gateway.rules.notices.reminders import by_the_clock
from gateway.rules.participants import Known
from gateway.rules.timers import ASK, NOTHING_LEFT, Due, Told
from gateway.rules.times import stamp
from store.records import (
    AddEvent,
    ClosedAs,
    Direction,
    Effect,
    Message,
    Person,
    Role,
    SetTimer,
    Ticket,
    Trust,
)

LATER = timedelta(hours=12)
"""When it is tried again to reach somebody who has got enough mail of machines today."""
REMINDED, UNANSWERED = "intake-reminded", "closed"


def on_ask(due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime) -> Told:
    """What is due for who was asked: nothing yet, a reminder, the end, or one of us."""
    ticket = due.ticket
    intake, at = record.of(ticket), next_at(ticket, desk)
    if at is None or intake.stage != ASKING:
        return NOTHING_LEFT
    if now < at:
        return Told("it is not time yet", (SetTimer(ticket=ticket.ref, kind=ASK, due_at=at),))
    if ticket.promised_at is not None and ticket.promised_at > now:
        later = SetTimer(ticket=ticket.ref, kind=ASK, due_at=ticket.promised_at)
        return Told("they were promised to hear more first", (later,))
    person = known.people.get(ticket.requester, Person(address=ticket.requester))
    if person.unreachable_since is not None:
        return _to_us(due, known, desk, mint, now, "mail to its customer comes back: nobody can be asked")
    if not desk.inquiry.asks:
        return _to_us(due, known, desk, mint, now, "this desk asks nothing by itself any more, and facts are missing")
    ticket = _as_it_asks(ticket, intake, desk)
    intake = record.of(ticket)
    if intake.complete:
        why = "nothing is missing of what this desk asks for now"
        after = ticket if intake.needed else ending.staged(ticket, intake, STOPPED)
        return _to_us(due, known, desk, mint, now, why, after)
    if not _waits(ticket, intake, known.recent.get(ticket.ref, ()), desk):
        return _to_us(due, known, desk, mint, now, "it does not wait for its customer any more, and facts are missing")
    if any(m.at > asked_at(intake) for m in _written(known.recent.get(ticket.ref, ()))):
        return _to_us(due, known, desk, mint, now, "somebody whom nothing proves has written since: look at it")
    still = tuple(name for name in intake.sought if name in intake.lacking)[: desk.inquiry.most]
    if not still:
        return _to_us(due, known, desk, mint, now, "what was asked for is not asked any more, and facts are missing")
    _, trust = heard(ticket, known.recent.get(ticket.ref, ()))
    full = budget.limit(desk.budgets, known.spent, person.address, trust or Trust.B, ticket, now)
    if full:
        again = SetTimer(ticket=ticket.ref, kind=ASK, due_at=now + LATER)
        return Told(f"not reminded now: {full}", (again,))
    if intake.reminded < len(desk.inquiry.remind):
        return _reminded(due.ticket, ticket, still, person, known, desk, mint, now)
    return _ended(due.ticket, ticket, person, known, desk, mint, now)


def _as_it_asks(ticket: Ticket, intake: Intake, desk: Desk) -> Ticket:
    """With what it needs by the configuration of now, which may be another one than when it was asked."""
    wanted = needs.needed(ticket, desk)
    return ticket if wanted == intake.needed else record.kept(ticket, replace(intake, needed=wanted))


def _waits(ticket: Ticket, intake: Intake, recent: Sequence[Message], desk: Desk) -> bool:
    """Whether it is theirs to answer: the ticket waits for them, or, where it is too urgent to wait, nobody has written
    since."""
    if ticket.waiting_on == ending.CUSTOMER:
        return True
    since = asked_at(intake)
    theirs = _written(recent)
    return ticket.priority <= desk.inquiry.urgent and not ticket.waiting_on and all(m.at <= since for m in theirs)


def _written(recent: Sequence[Message]) -> Iterator[Message]:
    """What people outside have written, proven or not."""
    return (m for m in recent if m.direction is Direction.IN and m.role is Role.CUSTOMER and m.kind == "human")


def _reminded(
    before: Ticket, ticket: Ticket, still: tuple[str, ...], person: Person, known: Known, desk: Desk,
    mint: Callable[[], str], now: datetime,
) -> Told:  # fmt: skip
    """They are asked again, for what is missing now."""
    intake = record.of(ticket)
    days, calendar, asked = desk.inquiry.remind, desk.calendar(""), asked_at(intake)
    count = sum(after_days(calendar, asked, one) <= now for one in days)
    count = max(count, intake.reminded + 1)
    named = tuple(dict.fromkeys((*still, *intake.asked)))  # the numbers are those of this mail
    reminded = replace(intake, reminded=count)
    if named != intake.asked:
        reminded = replace(reminded, asked=named, reminded_at=stamp(now), earlier=intake.running)
    after = record.kept(replace(ticket, updated_at=now), reminded)
    occasion = f"{ASK}-{intake.rounds}-{intake.asked_at}-{count}"
    answers, trust = heard(ticket, known.recent.get(ticket.ref, ()))
    mail = questions.question(desk, after, person, mint(), occasion, answers, still, questions.REMINDER, trust=trust)
    detail = {"fields": list(still), "times": count}
    event = AddEvent(ticket=ticket.ref, kind=REMINDED, actor="system", detail=detail)
    effects: list[Effect] = [*changed(before, after, [event], desk, now), mail, shown(mail, ticket, now)]
    onward = next_at(after, desk)
    if onward is not None:
        steps = (*days, desk.inquiry.close)
        patience = after_days(calendar, now, max(1, steps[count] - steps[count - 1]))
        if now > after_days(calendar, asked, days[count - 1] + 1):  # the desk slept: they get their time all the same
            effects.append(SetTimer(ticket=ticket.ref, kind=ASK, due_at=max(onward, patience)))
    return Told(f"{person.address} has not answered: reminded", tuple(effects), trust)


def _ended(
    before: Ticket, ticket: Ticket, person: Person, known: Known, desk: Desk, mint: Callable[[], str], now: datetime
) -> Told:  # fmt: skip
    """Nobody answered: it is closed, which a reply undoes. What is urgent is a person's and stays open."""
    intake = record.of(ticket)
    if ticket.waiting_on != ending.CUSTOMER:
        after = ending.handed(ticket)
        return Told("nobody answered, and it is too urgent to close", tuple(changed(before, after, [], desk, now)))
    why = f"nobody answered in {desk.inquiry.close} working days"
    detail = {"because": why, "missing": list(intake.missing)}
    event = AddEvent(ticket=ticket.ref, kind=UNANSWERED, actor="system", detail=detail)
    after = workflow.ended(ticket, ClosedAs.NO_ANSWER, desk, now)
    effects = changed(before, after, [event], desk, now)
    occasion = f"{ASK}-{intake.rounds}-{intake.asked_at}-end"
    answers, trust = heard(ticket, known.recent.get(ticket.ref, ()))
    mail = questions.unanswered(desk, after, person, mint(), occasion, answers=answers, trust=trust)
    return Told(why, (*effects, mail, shown(mail, ticket, now)), trust)


def _to_us(
    due: Due, known: Known, desk: Desk, mint: Callable[[], str], now: datetime, why: str, after: Ticket | None = None
) -> Told:
    """Nobody outside can be asked, or nobody has to: whoever has the ticket learns once that it is theirs, as it is
    `after` that, or with its gaps."""
    before = due.ticket
    effects = changed(before, after or ending.handed(before), [], desk, now)
    after = became(before, effects)
    whom = audience.holders(desk, after)
    return Told(why, (*effects, *by_the_clock(after, whom, "intake", why, due, known, desk, mint, now)))


def heard(ticket: Ticket, recent: Sequence[Message]) -> tuple[str, Trust | None]:
    """The requester's newest mail, which ours answers, and D where nothing is known to have proven that the address is
    theirs: who opens a ticket in somebody's name has its subject sent to nobody."""
    theirs = [
        m for m in recent
        if m.direction is Direction.IN and m.kind == "human" and m.from_address == ticket.requester
    ]  # fmt: skip
    proven = any(m.trust and m.trust != Trust.D for m in theirs) if theirs else _is_ours(ticket, recent)
    return next((m.message_id for m in reversed(theirs) if m.message_id), ""), None if proven else Trust.D


def _is_ours(ticket: Ticket, recent: Sequence[Message]) -> bool:
    """Whether a ticket with no mail of its requester's among its last messages may be named to them: no mail ever came,
    it begins with words of one of us, or they have got its subject from us before. An older mail may have been
    anybody's: only so many messages are looked at."""
    if not recent:
        return True
    first = recent[0]
    if first.direction is Direction.NOTE and first.role is Role.AGENT and first.at == ticket.created_at:
        return True
    ours = (m for m in recent if m.direction is Direction.OUT and ticket.requester in m.to)
    return any(m.subject == ticket.subject for m in ours)
