"""What a mail to one of us says of a ticket: how it stands, what happened, what is new, what was before.

In: the desk, a ticket, what happened. Out: the plain facts that the mail shows; who gets it is `audience.py`'s.
It never names a customer's key or a time zone's clock: times are RFC 3339, the template makes them readable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.rules import participants, times
from gateway.rules.desk import Desk, DeskAddress
from gateway.rules.files import Enclosed, enclosed
from gateway.rules.handoffs import record as handoffs
from gateway.rules.intake import record
from gateway.rules.notices import audience, matter
from gateway.rules.participants import Known
from parsing.disguise import disguises
from parsing.message import Attachment, Forwarded, Mailbox
from store.records import RESPONSES, AddEvent, Direction, FileRef, Message, Person, Purpose, Ticket, TicketRef, Trust

ENTRIES = 3
MAX_WORDS = 20_000
"""Characters of the customer's words in a notice; the whole mail is in the journal."""
MAX_PROBLEM = 3_000
"""Characters of the first words for somebody who has not seen them."""
_OF_THE_NAME = ("the name of the sender", "the domain of the sender")
"""How the cautions of a disguise begin (`parsing.disguise`)."""
NOT_VERIFIED = " (not verified)"


told = audience.told
"""Who gets a mail of it at once: everybody who notifies asks this."""
stamp = times.stamp


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
    files: Sequence[Attachment | FileRef] = (),
    forwarded: Forwarded | None = None,
    cautions: Sequence[str] = (),
    recent: Sequence[Message] = (),
    changed: str,
    earlier: tuple[int, int] | None = None,
    related: Sequence[str] = (),
    copied: Sequence[Person] = (),
    kinds: Mapping[str, str] = participants.NOBODY,
    part_of: Mapping[str, str] | None = None,
    problem: str = "",
    kin: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The facts of a notice (see `templates/mail/en/notice.txt`). `kinds` are those who are on the ticket; `part_of`
    says where a reply goes once it was merged. `earlier` is how many tickets the requester has had and how many of them
    are open, where that was looked up, `kin` which they are (`kinship.py`). `problem` is what the customer wrote
    first, for whoever has not seen it. A file that is a reference goes along or is linked; any other is only named."""
    return {
        "what": what,
        "actor": actor,
        "team": ticket.team,
        "priority": ticket.priority,
        "status": ticket.status,
        "owner": ticket.assignee,
        **clock(ticket),
        "inside": not ticket.is_reachable,
        "now": stamp(now),
        "next": upcoming(ticket),
        "missing": matter.missing(ticket, desk),
        "changed": changed,
        "organisation": organisation(desk, requester.address),
        "requester": f"{requester.name} <{requester.address}>" if requester.name else requester.address,
        "requester_name": _requester_name(requester, actor, cautions),
        "trust": trust.value if trust else "",
        "words": words[:MAX_WORDS],
        "files": _files(files, desk),
        "forwarded": _forwarded(forwarded),
        "cautions": list(cautions),
        "entries": entries(recent, kinds),
        "related": list(related),
        **known(ticket, desk),
        **({"problem": problem} if problem else {}),
        **({"kin": dict(kin)} if kin else {}),
        **({"copied": [f"{p.name} <{p.address}>" if p.name else p.address for p in copied]} if copied else {}),
        **({"part_of": dict(part_of)} if part_of else {}),
        "earlier": {"count": earlier[0], "open": earlier[1]} if earlier is not None else {},
        "topic": " / ".join(part for part in (ticket.topic, ticket.subtopic) if part),
        **work(ticket),
        **({"last": True} if what != "overdue" and _is_last(ticket, trust, desk) else {}),
    }


def _files(files: Sequence[Attachment | FileRef], desk: Desk) -> list[dict[str, Any]]:
    """Name and size of each; where it is a reference, all of that, and whether it goes along or why not."""
    found = enclosed([file for file in files if isinstance(file, FileRef)], desk.notifying.attach)
    return [
        _file(file, found) if isinstance(file, FileRef) else {"filename": file.safe_name, "size": file.size}
        for file in files
    ]


def _file(file: FileRef, found: Enclosed) -> dict[str, Any]:
    plain = {name: getattr(file, name) for name in ("filename", "size", "raw", "part", "content_type", "sha256")}
    left_out = found.left_out.get(file)
    return {**plain, "attached": True} if left_out is None else {**plain, "why": left_out}


def entries(recent: Sequence[Message], kinds: Mapping[str, str] = participants.NOBODY) -> list[dict[str, str]]:
    """What was written last, oldest first."""
    return [
        {"at": stamp(m.at), "actor": _author(m, kinds), **way(m, recent), "text": m.text[:300]}
        for m in [m for m in recent if m.text][-ENTRIES:]
    ]


def way(message: Message, recent: Sequence[Message]) -> dict[str, str]:
    """Where what was written went: `note`, inside, or whom it was sent `to`, by the name that they wrote under."""
    if message.direction is Direction.NOTE:
        return {"way": "note"}
    if message.direction is Direction.IN or not message.to:
        return {}
    names = {m.from_address: m.from_name for m in recent if m.direction is Direction.IN}
    first = destination(Person(address=message.to[0], name=names.get(message.to[0], "")))
    more = len(message.to) - 1
    return {"way": "to", "to": f"{first} and {more} more" if more else first}


def past(ticket: Ticket, known: Known) -> dict[str, Any]:
    """What changed last and what was before, for a mail that is not about a change (`ops` R04)."""
    recent = known.recent.get(ticket.ref, ())
    kinds = known.participants.get(ticket.ref, participants.NOBODY)
    changed, at = last_change(ticket, recent, kinds)
    return {"changed": changed, "changed_at": stamp(at), "entries": entries(recent, kinds)}


def last_change(
    ticket: Ticket, recent: Sequence[Message], kinds: Mapping[str, str] = participants.NOBODY
) -> tuple[str, datetime]:
    """What happened last, and when: whatever of the ticket's marks is the latest."""
    found = [(ticket.created_at, 0, "it came in")]
    found += [
        (m.at, place, f"{_author(m, kinds)} {_DID.get(m.direction, 'wrote')}")
        for place, m in enumerate(recent, 1)
        if m.kind not in _OF_OUR_MACHINE  # nothing changed by it
    ]
    marks = (
        (ticket.owned_at, f"{ticket.assignee} has it" if ticket.assignee else f"{ticket.team} has it"),
        (ticket.escalated_at, f"escalated{': ' + ticket.escalated_because if ticket.escalated_because else ''}"),
        (ticket.resolved_at, f"resolved{': ' + ticket.outcome if ticket.outcome else ''}"),
    )
    found += [(at, len(recent) + 1, words) for at, words in marks if at is not None and at > ticket.created_at]
    at, _, words = max(found)
    return words, at


_OF_OUR_MACHINE = frozenset(
    purpose.value
    for purpose in (
        Purpose.ACKNOWLEDGEMENT,
        Purpose.QUESTION,
        Purpose.UNANSWERED,
        Purpose.OFFER,
        Purpose.INVITE,
        Purpose.UNINVITE,
        Purpose.CALL,
        Purpose.CALL_REMINDER,
    )
)
_DID = {Direction.OUT: "answered", Direction.NOTE: "wrote a note"}


def known(ticket: Ticket, desk: Desk) -> dict[str, Any]:
    """What is known of the matter itself: `gist`, what the customer was or may be asked for, which stands on top, and
    `known`, whatever else."""
    intake = record.of(ticket).fields
    gist, rest = matter.rows(ticket, desk, intake), matter.rows(ticket, desk, without=intake)
    return {**({"gist": gist} if gist else {}), **({"known": rest} if rest else {})}


def first_words(recent: Sequence[Message]) -> str:
    """What the customer wrote first, as far as it is at hand: what the matter is."""
    came = (m for m in recent if m.direction is Direction.IN and m.kind == "human" and m.text)
    first = next(came, None)
    return first.text[:MAX_PROBLEM] if first is not None else ""


def clock(ticket: Ticket) -> dict[str, str]:
    """The clock that counts now, and when it is over: an answer that a person owes before all else, then the earliest
    of the others. Empty when none runs."""
    running = [one for one in ticket.clocks if one.runs and one.due is not None]
    owed = [one for one in running if one.kind in RESPONSES] or running
    first = min(owed, key=lambda one: one.due or ticket.created_at, default=None)
    if first is None or first.due is None:
        return {"clock": "", "due": ""}
    return {"clock": first.kind, "due": stamp(first.due)}


def upcoming(ticket: Ticket) -> str:
    """What comes next, and what is in its way."""
    words = [ticket.next_action or "nobody has decided"]
    if ticket.waiting_on:
        words.append(f"waits for {_WAITED.get(ticket.waiting_on, ticket.waiting_on)}")
    if ticket.blocked_on:
        words.append(f"blocked by {ticket.blocked_on.replace('-', ' ').replace('_', ' ')}")
    if ticket.handoff:
        words += filter(None, (handoffs.waits(ticket),))
    return ", ".join(words)


_WAITED = {"customer": "the customer", "vendor": "a vendor", "internal": "one of us"}


def work(ticket: Ticket) -> dict[str, Any]:
    """What is planned and done, as far as anything is; why it was escalated."""
    found: dict[str, Any] = {}
    if ticket.scheduled_for is not None:
        found["scheduled"] = stamp(ticket.scheduled_for)
    if ticket.snoozed_until is not None:
        found["aside"] = stamp(ticket.snoozed_until)
    if ticket.estimate or ticket.logged:
        found |= {"estimate": ticket.estimate, "logged": ticket.logged}
    if ticket.escalated_at is not None:
        found |= {"escalated": stamp(ticket.escalated_at), "escalated_because": ticket.escalated_because}
    return found


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
    found = desk.organisation_of(address)
    return found.portrait if found is not None else ""


def _forwarded(original: Forwarded | None) -> dict[str, str]:
    """What a forward carries, as the forwarder's mail has it: a claim, shown and never acted upon."""
    if original is None:
        return {}
    author = original.from_
    shown = f"{author.name} <{author.address}>" if author and author.name else author.address if author else ""
    return {"from_": shown, "subject": original.subject, "text": original.text[:MAX_WORDS]}
