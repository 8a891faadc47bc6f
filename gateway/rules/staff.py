"""What follows when a proven member of staff speaks: by mail or by `ticket do`, through the same rules.

In: the planned verbs and the words, with the ticket as it stands. Out: the effects, and what was sent to whom. Words go
to the customer as the desk unless they stay inside; a plain answer accepts and starts the ticket and answers its clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.rules import leak, mails, merging, notice, participants
from gateway.rules.clocks import CLOSE, FIRST_RESPONSE
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan, Refused
from parsing.message import Attachment
from store.records import (
    AddEvent,
    AddMessage,
    ChangeTicket,
    ClearTimer,
    Direction,
    Effect,
    FileRef,
    Join,
    Message,
    Person,
    Role,
    SendMail,
    SetTimer,
    Status,
    Ticket,
    TicketRef,
    Trust,
)

CLOSING = 40
"""Characters of a line like "Best regards," at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One occasion on which an agent speaks about a ticket. `before` is the ticket untouched."""

    before: Ticket
    agent: Agent
    plan: Plan
    words: str
    internal: bool
    occasion: str
    now: datetime
    requester: Person
    recent: Sequence[Message]
    trust: Trust
    message_id: str = ""
    subject: str = ""
    files: tuple[FileRef, ...] = ()
    shown_files: Sequence[Attachment] = ()
    known: participants.Known = participants.NOTHING
    again: bool = False
    """It was said before and is only looked at again: who has come to the ticket since gets nothing of then."""

    @property
    def speaks(self) -> bool:
        return bool(self.words or self.files)

    @property
    def public(self) -> bool:
        return self.speaks and not self.internal

    @property
    def readers(self) -> tuple[Person, ...]:
        """Who outside gets the ticket's mail: the requester, and who is copied."""
        return (self.requester, *(() if self.again else participants.readers(self.before, self.known)))


def unsendable(said: Said, desk: Desk, *, commanded: bool) -> Refused | None:
    """Why this must not go out: it is empty, or there is nobody outside to get it."""
    if not said.speaks and not commanded:
        return Refused(reason="no words of your own were found above the quoted text", nearest="write above the quote")
    if said.public and not said.before.is_reachable:
        return Refused(reason="nobody outside can get this ticket's mail", nearest="#note")
    leak = _leak(said.words, desk) if said.public else ""
    if leak:
        return Refused(reason=f"it would tell the customer {leak}", nearest="take it out, or #note")
    return None


def _leak(words: str, desk: Desk) -> str:
    """What in an agent's words must not leave: a reply address (our notice was quoted) or a colleague's own address."""
    lower = words.lower()
    if leak.in_text(words):
        return "a secret reply address: our notice is quoted in your words"
    return next((f"the address {address}" for address in desk.agents if address in lower), "")


def unsigned(words: str, agent: Agent) -> str:
    """The words without a closing line and the agent's name at their end: who signs is the desk's policy."""
    lines = words.rstrip().split("\n")
    names = {agent.full_name.lower(), agent.full_name.split(" ")[0].lower(), agent.name}
    if lines and lines[-1].strip(" ,.-—–").lower() in names:
        lines.pop()
        while lines and not lines[-1].strip():
            lines.pop()
        if lines and lines[-1].rstrip().endswith(",") and len(lines[-1]) <= CLOSING and len(lines) > 1:
            lines.pop()
    return "\n".join(lines).rstrip()


def consequences(said: Said, desk: Desk, mint: Callable[[], str]) -> tuple[list[Effect], list[dict[str, str]]]:
    """The effects, in the order in which they read in the ticket's history."""
    before = said.before
    ticket = _taken_on(said) if said.public else said.plan.ticket
    into = said.plan.into
    resolves = ticket.status.category == "done" and before.status.category != "done" and into is None
    effects: list[Effect] = [
        AddEvent(ticket=ticket.ref, kind=item.event, actor=said.agent.name, detail=item.detail)
        for item in said.plan.done
        if item.event
    ]
    sent: list[dict[str, str]] = []
    if said.public:
        effects += _answer(said, ticket, desk, mint, outcome=ticket.outcome if resolves else "")
        sent += [{"to": notice.destination(person), "what": mails.YOUR_ANSWER} for person in said.readers]
    elif said.speaks:
        effects += _note(said, ticket)
    if resolves and not said.public and not said.internal and ticket.is_reachable:
        for person in said.readers:
            others = _others(said, person)
            effects.append(mails.resolved(desk, ticket, person, mint(), said.occasion, said.recent, others))
            sent.append({"to": notice.destination(person), "what": "that it is resolved"})
    if into is not None:
        effects += merging.merged(before, into, said.agent.name, desk, said.known, said.now)
        told = _tell_other(said, into, desk, mint)
        effects += told
        what = f"that {desk.reference(before.ref)} became part of {desk.reference(into)}"
        sent += [{"to": notice.destination(mail.to), "what": what} for mail in told]
    effects += _clocks(before, ticket, said.now, desk)
    effects += _changed(before, ticket)
    if said.speaks:  # no event: whoever is there already stays as they are
        person = Person(address=said.agent.address, name=said.agent.full_name)
        effects.append(Join(ticket=ticket.ref, person=person, kind=participants.AGENT))
    if said.speaks or resolves or into is not None:
        spoke = "answered" if said.public else "note"
        effects += _tell(said, ticket, desk, mint, "resolved" if resolves else ticket.outcome if into else spoke)
    return effects, sent


def _answer(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], outcome: str) -> list[Effect]:
    """One mail to each, with an own reply address and an own history; the ticket shows it once."""
    letters = [
        mails.answer(
            desk, ticket, person, mint(), said.occasion, said.agent, said.words, said.recent, said.files, outcome,
            _others(said, person),
        )
        for person in said.readers
    ]  # fmt: skip
    to = tuple(letter.to.address for letter in letters)
    shown = _message(said, ticket, Direction.OUT, letters[0].message_id, to)
    return [
        AddMessage(ticket=ticket.ref, message=shown),
        *letters,
        AddEvent(ticket=ticket.ref, kind="answered", actor=said.agent.name),
    ]


def _others(said: Said, person: Person) -> list[str]:
    return [participants.called(other) for other in said.readers if other.address != person.address]


def _note(said: Said, ticket: Ticket) -> list[Effect]:
    return [
        AddMessage(ticket=ticket.ref, message=_message(said, ticket, Direction.NOTE, said.message_id, ())),
        AddEvent(ticket=ticket.ref, kind="noted", actor=said.agent.name),
    ]


def _message(said: Said, ticket: Ticket, direction: Direction, message_id: str, to: tuple[str, ...]) -> Message:
    return Message(
        at=said.now,
        direction=direction,
        role=Role.AGENT,
        from_name=said.agent.full_name,
        from_address=said.agent.address,
        to=to,
        subject=said.subject or ticket.subject,
        message_id=message_id,
        text=said.words,
        trust=said.trust.value,
        files=said.files,
    )


def _tell(said: Said, ticket: Ticket, desk: Desk, mint: Callable[[], str], what: str) -> tuple[Effect, ...]:
    """The others of the team learn what was said, so that nobody answers twice."""
    facts = notice.facts(
        desk,
        ticket,
        what,
        actor=said.agent.full_name,
        now=said.now,
        requester=said.requester,
        trust=None,
        words=said.words,
        files=said.shown_files,
        recent=said.recent,
        changed=f"{said.agent.full_name}: {what}",
        copied=[] if said.again else participants.readers(ticket, said.known),
        kinds=said.known.participants.get(ticket.ref, participants.NOBODY),
        part_of=part_of(said, desk),
    )
    return mails.notices(ticket, notice.told(desk, ticket, said.agent.address), mint, said.occasion, facts)


def part_of(said: Said, desk: Desk) -> dict[str, str] | None:
    """What a ticket became part of, and whom a reply reaches from now on; None when it was not merged."""
    into = said.plan.into
    if into is None:
        return None
    other = said.known.tickets[into]
    if not other.is_reachable:
        return {"ref": desk.reference(into), "to": ""}
    to = notice.whole(said.known.people.get(other.requester, Person(address=other.requester)))
    return {"ref": desk.reference(into), "to": to + (" and to those copied" if _copied_on(said, into, desk) else "")}


def _copied_on(said: Said, into: TicketRef, desk: Desk) -> tuple[Person, ...]:
    """Who is copied on the ticket that this one becomes part of, with those whom the merge brings."""
    brought = participants.copied_by(merging.merged(said.before, into, said.agent.name, desk, said.known, said.now))
    return (*participants.readers(said.known.tickets[into], said.known), *brought)


def _tell_other(said: Said, into: TicketRef, desk: Desk, mint: Callable[[], str]) -> tuple[SendMail, ...]:
    """The team of the ticket that has taken another one in learns of it."""
    other, taken = said.known.tickets[into], desk.reference(said.before.ref)
    facts = notice.facts(
        desk,
        other,
        "took-in",
        actor=said.agent.full_name,
        now=said.now,
        requester=said.known.people.get(other.requester, Person(address=other.requester)),
        trust=None,
        words="",
        changed=f"{said.agent.full_name}: {taken} became part of this ticket",
        related=[taken],
        copied=_copied_on(said, into, desk),
    )
    return mails.notices(other, notice.told(desk, other, said.agent.address), mint, said.occasion, facts)


def _taken_on(said: Said) -> Ticket:
    """A plain reply accepts and starts the ticket and assigns the replier if nobody is."""
    ticket = said.plan.ticket
    started = ticket.status in (Status.NEW, Status.ACCEPTED)
    return replace(
        ticket,
        status=Status.IN_PROGRESS if started else ticket.status,
        assignee=ticket.assignee or said.agent.name,
        answered_at=ticket.answered_at or said.now,
        updated_at=said.now,
    )


def _clocks(before: Ticket, after: Ticket, now: datetime, desk: Desk) -> list[Effect]:
    """The timers that follow from how the ticket moved."""
    resolves = after.status is Status.RESOLVED and before.status is not Status.RESOLVED
    effects: list[Effect] = []
    if resolves or (after.answered_at is not None and before.answered_at is None):
        effects.append(ClearTimer(ticket=after.ref, kind=FIRST_RESPONSE))
    if resolves:
        effects.append(SetTimer(ticket=after.ref, kind=CLOSE, due_at=now + desk.reopen_within))
    elif before.status is Status.RESOLVED and after.status is not Status.RESOLVED:
        effects.append(ClearTimer(ticket=after.ref, kind=CLOSE))
    return effects


_FIELDS = (
    "status", "assignee", "team", "priority", "priority_reason", "tags", "outcome", "resolved_at", "answered_at",
    "updated_at",
)  # fmt: skip


def _changed(before: Ticket, after: Ticket) -> list[Effect]:
    """What differs, as one change."""
    differing = {name: getattr(after, name) for name in _FIELDS if getattr(before, name) != getattr(after, name)}
    return [ChangeTicket(ticket=after.ref, changes=differing)] if differing else []
