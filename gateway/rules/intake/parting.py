"""What is known of a ticket that is split off from another one: what the mail that begins it says.

In: the ticket that it comes from, the new one, its first message. Out: the new ticket with what it needs and knows, and
what is told of that. What the customer was asked about the other matter, and what others said of it, stays there: it is
no fact of this one. Nothing is asked here.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules.desk import Desk
from gateway.rules.intake import asking, following, gathering, record
from gateway.rules.intake.gathering import Gathered, News
from gateway.rules.intake.record import MISSING, WAIVED, Fact
from gateway.rules.times import stamp
from parsing.intake import finding
from parsing.message import Candidate, Kind, ParsedMail
from store.records import AddEvent, Direction, Message, Ticket

ANSWER = "answer"


def knowing(ticket: Ticket, new: Ticket, first: Message, desk: Desk) -> tuple[Ticket, list[AddEvent]]:
    """The new ticket with the facts that its first message says: those that the other ticket has from it, and what
    else stands in it."""
    if not desk.inquiry.fields or new.audience != "customer":
        return new, []
    fields = {name: fact for name, fact in record.of(ticket).fields.items() if _is_of(fact, first, name, desk)}
    values = {name: ticket.facts[name] for name in fields if ticket.facts.get(name)}
    known = record.kept(new, replace(record.of(new), fields=fields), facts={**new.facts, **values})
    theirs = first.direction is Direction.IN
    mail = ParsedMail(kind=Kind.HUMAN, language=new.language, candidates=_found(first, desk, new) if theirs else ())
    author = first.from_address if theirs else new.requester
    found = gathering.gather(mail, known, author, desk, first.at, opens=True)
    if found.is_nothing:
        return new, []
    again = {one.name for one in found.news}
    news = [News(name=name, before=None, after=fact) for name, fact in fields.items() if name not in again]
    whole = Gathered(intake=found.intake, values={**values, **found.values}, news=(*news, *found.news))
    after, events = asking.taken(new, whole, desk)
    return following.settled(after, new.created_at), events


def _is_of(fact: Fact, first: Message, name: str, desk: Desk) -> bool:
    """Whether that message says it: its words stand there. Those of a bare answer may stand anywhere: it must have come
    with that message, and so must what is kept without its words."""
    wanted = desk.inquiry.fields.get(name)
    if wanted is None or first.direction is not Direction.IN or fact.by != first.from_address:
        return False
    if fact.state in (MISSING, WAIVED):
        return False
    if fact.at != stamp(first.at) and (wanted.sensitive or fact.how == ANSWER):
        return False
    words = _flat(_words(first))
    return wanted.sensitive or (bool(fact.source) and all(_flat(part) in words for part in fact.source.split("…")))


def _found(first: Message, desk: Desk, new: Ticket) -> tuple[Candidate, ...]:
    """What the message seems to say, but for what is to stand nowhere: its words are no secret any more."""
    found = finding.find(first.subject, first.text, (), (), desk.reading.sought, new.language)
    return tuple(one for one in found if not desk.inquiry.fields[one.field].sensitive)


def _words(first: Message) -> str:
    names = "\n".join(file.filename for file in first.files)
    return f"{first.subject}\n{first.text}\n{names}"


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
