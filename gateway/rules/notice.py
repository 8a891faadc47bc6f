"""Who of the staff is told what about a ticket.

In: the desk, a ticket, what happened. Out: the agents concerned and the plain facts that their mail shows.
It never names a customer's key or a time zone's clock: times are RFC 3339, the template makes them readable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.rules import participants
from gateway.rules.desk import Agent, Desk, DeskAddress
from parsing.disguise import disguises
from parsing.message import Attachment, Forwarded, Mailbox
from store.records import AddEvent, Direction, Message, Person, Ticket, TicketRef, Trust

ENTRIES = 3
MAX_WORDS = 20_000
"""Characters of the customer's words in a notice; the whole mail is in the journal."""
_OF_THE_NAME = ("the name of the sender", "the domain of the sender")
"""How the cautions of a disguise begin (`parsing.disguise`)."""
NOT_VERIFIED = " (not verified)"


def told(desk: Desk, ticket: Ticket, actor: str) -> tuple[Agent, ...]:
    """The teams' agents and the leads, each once, but not the one who did it nor a requester of our own house."""
    concerned = dict.fromkeys(a for team in (ticket.team, *ticket.helpers) for a in desk.concerned(team))
    return tuple(agent for agent in concerned if agent.address not in (actor, ticket.requester))


def facts(
    desk: Desk,
    ticket: Ticket,
    what: str,
    *,
    actor: str,
    now: datetime,
    requester: Person,
    trust: Trust | None,
    words: str,
    files: Sequence[Attachment] = (),
    forwarded: Forwarded | None = None,
    cautions: Sequence[str] = (),
    recent: Sequence[Message] = (),
    changed: str,
    earlier: tuple[int, int] = (0, 0),
    related: Sequence[str] = (),
    copied: Sequence[Person] = (),
    kinds: Mapping[str, str] = participants.NOBODY,
    part_of: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The facts of a notice (see `templates/mail/en/notice.txt`). `kinds` are those who are on the ticket; `part_of`
    says where a reply goes once it was merged."""
    return {
        "what": what,
        "actor": actor,
        "team": ticket.team,
        "priority": ticket.priority,
        "status": ticket.status.value,
        "owner": ticket.assignee,
        "due": stamp(ticket.response_due) if ticket.response_due else "",
        "inside": not ticket.is_reachable,
        "now": stamp(now),
        "next": "nobody has decided",
        "missing": "",
        "changed": changed,
        "organisation": organisation(desk, requester.address),
        "requester": f"{requester.name} <{requester.address}>" if requester.name else requester.address,
        "requester_name": _requester_name(requester, actor, cautions),
        "trust": trust.value if trust else "",
        "words": words[:MAX_WORDS],
        "files": [{"filename": f.safe_name, "size": f.size} for f in files],
        "forwarded": _forwarded(forwarded),
        "cautions": list(cautions),
        "entries": [
            {"at": stamp(m.at), "actor": _author(m, kinds), "text": m.text[:300]}
            for m in [m for m in recent if m.text][-ENTRIES:]
        ],
        "related": list(related),
        **({"copied": [f"{p.name} <{p.address}>" if p.name else p.address for p in copied]} if copied else {}),
        **({"part_of": dict(part_of)} if part_of else {}),
        "earlier": {"count": earlier[0], "open": earlier[1]},
        "topic": " / ".join(part for part in (ticket.topic, ticket.subtopic) if part),
        **({"last": True} if what != "overdue" and _is_last(ticket, trust, desk) else {}),
    }


def _is_last(ticket: Ticket, trust: Trust | None, desk: Desk) -> bool:
    """Whether nobody is told of a further mail like this one until one of us does something."""
    return ticket.unheeded == desk.budgets.unheeded * (2 if trust not in (None, Trust.D) else 1)


def destination(person: Person) -> str:
    """How somebody is called where it is said whom a mail goes to: by name, unless the name pretends to be another's;
    then by the address, which cannot."""
    name = person.name
    if not name or "@" in (name if name.isascii() else unicodedata.normalize("NFKC", name)):
        return person.address
    return person.address if disguises([name], Mailbox(name=name, address=person.address)) else name


def whole(person: Person) -> str:
    """The name, where it may stand, with the address."""
    name = destination(person)
    return name if name == person.address else f"{name} <{person.address}>"


def _requester_name(requester: Person, actor: str, cautions: Sequence[str]) -> str:
    """As `destination`; what this mail shows of its own author counts as well."""
    wrote = actor in (requester.name, requester.address)
    if wrote and any(caution.startswith(_OF_THE_NAME) for caution in cautions):
        return requester.address
    return destination(requester)


def _author(message: Message, kinds: Mapping[str, str]) -> str:
    """Who wrote an earlier entry, and whether it was proven."""
    name = message.from_name or message.from_address
    claimed = message.direction is Direction.IN
    kind = kinds.get(message.from_address, "")
    return name + NOT_VERIFIED if claimed and participants.is_unverified(message.trust, kind) else name


def joining(ticket: TicketRef, mailbox: DeskAddress) -> AddEvent:
    """The same mail came to a second mailbox of ours: its team helps with the ticket."""
    detail = {"team": mailbox.team, "mailbox": mailbox.canonical}
    return AddEvent(ticket=ticket, kind="team-joined", actor="system", detail=detail)


def organisation(desk: Desk, address: str) -> str:
    """`Northwind, Enterprise, onboarding`, or empty when the domain is nobody's that we know."""
    found = desk.organisations.get(address.rpartition("@")[2])
    return ", ".join((found.name, found.segment, found.lifecycle)) if found else ""


def _forwarded(original: Forwarded | None) -> dict[str, str]:
    """What a forward carries, as the forwarder's mail has it: a claim, shown and never acted upon."""
    if original is None:
        return {}
    author = original.from_
    shown = f"{author.name} <{author.address}>" if author and author.name else author.address if author else ""
    return {"from_": shown, "subject": original.subject, "text": original.text[:MAX_WORDS]}


def stamp(instant: datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
