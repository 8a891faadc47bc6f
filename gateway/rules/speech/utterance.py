"""What somebody of the staff says reaches whom it is for: the customer as the desk, a note, a ticket that is split off.

In: what was said, the ticket as the verbs leave it. Out: the effects, and what was sent to whom. One mail goes to each
reader, and none where the agent's own mail program has sent the words already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.rules import mails, participants
from gateway.rules.desk import Desk
from gateway.rules.intake import parting
from gateway.rules.intake.reminding import heard
from gateway.rules.mails.history import shown
from gateway.rules.notices import notice
from gateway.rules.speech import splitting
from gateway.rules.speech.phrasing import greeted
from gateway.rules.speech.promised import PROMISED
from gateway.rules.speech.said import Said
from store.records import AddEvent, AddMessage, Direction, Effect, Message, Person, Role, SendMail, Ticket

Sent = list[dict[str, str]]


def uttered(
    said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], *, resolves: bool, by_mail: bool
) -> tuple[list[Effect], Sent]:
    """The words, and what the desk says beside them: that it is resolved (`by_mail`), when they hear more."""
    effects: list[Effect] = []
    sent: Sent = []
    if said.public:
        effects += _answer(said, ticket, desk, mint, outcome=ticket.outcome if resolves else "")
        sent += [{"to": notice.destination(person), "what": mails.YOUR_ANSWER} for person in said.addressees]
    elif said.plan.apart is not None:
        effects, sent = _parted(said, said.plan.apart, desk, mint)
    elif said.speaks:
        effects += _note(said, ticket, desk)
    letters = () if said.public or by_mail else _promise(said, ticket, desk, mint)
    effects += letters
    sent += [{"to": notice.destination(mail.to), "what": "the promise"} for mail in letters]
    if said.asked and not _asks_beside(said):
        letter = _question(said, ticket, desk, mint)
        effects += [letter, shown(letter, ticket, said.now)]
        sent.append({"to": notice.destination(letter.to), "what": "the questions"})
    for person in said.readers if by_mail else ():
        others = _others(said, person)
        effects.append(mails.resolved(desk, ticket, person, mint(), said.occasion, said.recent, others))
        sent.append({"to": notice.destination(person), "what": "word that it is resolved"})
    return effects, sent


def _answer(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], outcome: str) -> list[Effect]:
    """One mail to each, with an own reply address and an own history; the ticket shows it once."""
    promise = ticket.promised_at if any(item.event == PROMISED for item in said.plan.done) else None
    letters = [
        mails.answer(
            desk, ticket, person, mint(), said.occasion, said.agent, said.told(person, ticket, desk), said.recent,
            said.files, outcome, _others(said, person), greeting=greeted(person) if said.plan.phrase else "",
            promise=promise, questions=_questions(said, person, ticket, desk),
        )
        for person in said.addressees
    ]  # fmt: skip
    to = tuple(person.address for person in ((*said.elsewhere, *said.others) if said.elsewhere else said.readers))
    message_id = letters[0].message_id if letters and not said.elsewhere else said.message_id
    return [
        AddMessage(ticket=ticket.ref, message=_message(said, ticket, Direction.OUT, message_id, to, desk)),
        *letters,
    ]


def _asks_beside(said: Said) -> bool:
    """Whether what is asked for stands below words that its customer gets anyway."""
    return said.public and any(person.address == said.requester.address for person in said.addressees)


def _questions(said: Said, person: Person, ticket: Ticket, desk: Desk) -> Sequence[Mapping[str, Any]]:
    """What is asked for below the words; of its customer alone."""
    if not said.asked or person.address != said.requester.address:
        return ()
    return mails.questions.asked(said.asked, ticket, desk, mails.language(desk, ticket, person))


def _question(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str]) -> SendMail:
    """A mail that asks, as the desk: an agent decided it, a machine writes it."""
    answers, trust = heard(ticket, said.recent)
    names, how = said.asked, mails.questions.AGENT
    return mails.questions.question(
        desk, ticket, said.requester, mint(), said.occasion, answers, names, how, trust=trust
    )


def _promise(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str]) -> tuple[SendMail, ...]:
    """Where nothing else tells them, one mail to each says when they hear more."""
    made = any(item.event == PROMISED for item in said.plan.done) and ticket.promised_at is not None
    if not made or said.internal or not ticket.is_reachable:
        return ()
    return tuple(
        mails.promise(desk, ticket, who, mint(), said.occasion, said.promise, said.recent, _others(said, who))
        for who in said.readers
    )


def _parted(
    said: Said, apart: Ticket, desk: Desk, mint: Callable[[], str]
) -> tuple[list[Effect], list[dict[str, str]]]:
    """The ticket that is split off begins; its team learns of it, and so does who did it: that notice is where the new
    ticket is answered."""
    if said.again:
        return [], []
    first = _message(said, apart, Direction.NOTE, said.message_id, (), desk) if said.speaks else None
    first = first or splitting.heard(said.recent)
    assert first is not None  # `unsendable` has seen to it
    apart, learnt = parting.knowing(said.before, apart, first, desk)
    effects = [*splitting.begun(said.before, apart, said.agent, said.requester, first, desk, said.now), *learnt]
    facts = notice.facts(
        desk, apart, "new", actor=said.agent.full_name, now=said.now, requester=said.requester, trust=None,
        words=first.text, recent=(), changed=f"{said.agent.full_name} split it from {desk.reference(said.before.ref)}",
        related=[desk.reference(said.before.ref)],
    )  # fmt: skip
    letters = mails.notices(apart, notice.told(desk, apart, ""), mint, said.occasion, facts)
    return [*effects, *letters], [{"to": notice.destination(mail.to), "what": "a notice of it"} for mail in letters]


def _others(said: Said, person: Person) -> list[str]:
    return [participants.called(other) for other in said.readers if other.address != person.address]


def _note(said: Said, ticket: Ticket, desk: Desk) -> list[Effect]:
    return [
        AddMessage(ticket=ticket.ref, message=_message(said, ticket, Direction.NOTE, said.message_id, (), desk)),
        AddEvent(ticket=ticket.ref, kind="noted", actor=said.agent.name),
    ]


def _message(
    said: Said, ticket: Ticket, direction: Direction, message_id: str, to: tuple[str, ...], desk: Desk
) -> Message:
    return Message(
        at=said.now,
        direction=direction,
        role=Role.AGENT,
        from_name=said.agent.full_name,
        from_address=said.agent.address,
        to=to,
        subject=said.subject or ticket.subject,
        message_id=message_id,
        text=said.told(said.requester, ticket, desk),
        trust=said.trust.value,
        kind=mails.ELSEWHERE if said.elsewhere else "human",
        files=said.files,
        forwarded=said.carried if direction is Direction.NOTE else None,
    )
