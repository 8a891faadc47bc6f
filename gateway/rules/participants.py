"""Participants: who is on a ticket, as what, and who else comes to it with a mail.

In: a guarded mail, a ticket, the kinds of those who are on it. Out: as what the author writes, whom the mail copies,
what is written of that. Nobody comes in by a Message-ID, a number or a Reply-To: it takes proof of who one is, and
either a place on the ticket or a reply address of one's own. Who is let in without proof is `unverified` and gets
nothing back; who is copied gets what is written from then on, and nothing from before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from gateway.rules.case import Guarded
from gateway.rules.desk import Desk
from gateway.rules.rights import Action, Outcome, judge
from parsing.address import is_address, normalise, split_detail
from parsing.machines.robots import DAEMON, NO_REPLY
from parsing.message import Kind, ParsedMail
from parsing.subject import base
from store.records import (
    ANONYMOUS,
    AddEvent,
    Call,
    Effect,
    Finding,
    Join,
    Load,
    Message,
    NoteReference,
    Past,
    Person,
    Place,
    Question,
    Role,
    Schedule,
    Step,
    Ticket,
    TicketRef,
    Trust,
)

REQUESTER, COPIED, UNVERIFIED, AGENT, ROBOT = "requester", "copied", "unverified", "agent", "robot"
LEFT = "left"
"""Whom one of us took from the copied people: they get nothing more, and nobody's Cc brings them back."""
MEMBERS = frozenset({REQUESTER, COPIED})
"""Who belongs to a ticket from outside: their words join it, and they get its mail."""
MOST_COPIED = 20
"""Copied people of one ticket; with the requester they are all who get a mail when somebody answers."""
MOST_READ = 100
"""Addresses of a Cc that are looked at: this runs inside a turn."""
MOST_FOREIGN = 3
"""References of other ticket systems that are looked up for one mail."""

# Addresses that carry a mail to many: who writes there is not read by one person, and answers come from strangers.
_LIST = re.compile(
    r"^(?:[\w.+-]{1,60}-(?:list|liste|owner|bounces|request|announce|users|devel)|listserv|majordomo|mailman|"
    r"listmaster|owner-[\w.+-]{1,60}|undisclosed-recipients)@|@(?:lists?|listserv|mailman|groups)\.|"
    r"@(?:[\w-]{1,60}\.)?(?:googlegroups\.com|groups\.io|freelists\.org|yahoogroups\.com)$"
)


class Known(Protocol):
    """What the rules may ask of what the store knows: a snapshot has it."""

    @property
    def tickets(self) -> Mapping[TicketRef, Ticket]: ...
    @property
    def participants(self) -> Mapping[TicketRef, Mapping[str, str]]: ...
    @property
    def people(self) -> Mapping[str, Person]: ...
    @property
    def merged(self) -> Mapping[TicketRef, TicketRef]: ...
    @property
    def loads(self) -> Mapping[str, Load]: ...
    @property
    def places(self) -> Mapping[TicketRef, Place]: ...
    @property
    def findings(self) -> Mapping[Question, Finding]: ...
    @property
    def recent(self) -> Mapping[TicketRef, Sequence[Message]]: ...
    @property
    def stories(self) -> Mapping[TicketRef, tuple[Past, ...]]: ...
    @property
    def spent(self) -> Mapping[str, Sequence[tuple[int, int]]]: ...
    @property
    def calls(self) -> Mapping[TicketRef, Mapping[int, Call]]: ...
    @property
    def uids(self) -> Mapping[str, tuple[TicketRef, int]]: ...
    @property
    def schedule(self) -> Schedule | None: ...
    def next_ref(self) -> TicketRef: ...


@dataclass(frozen=True, slots=True)
class _Nothing:
    tickets: Mapping[TicketRef, Ticket] = field(default_factory=dict)
    participants: Mapping[TicketRef, Mapping[str, str]] = field(default_factory=dict)
    people: Mapping[str, Person] = field(default_factory=dict)
    merged: Mapping[TicketRef, TicketRef] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    places: Mapping[TicketRef, Place] = field(default_factory=dict)
    findings: Mapping[Question, Finding] = field(default_factory=dict)
    recent: Mapping[TicketRef, Sequence[Message]] = field(default_factory=dict)
    stories: Mapping[TicketRef, tuple[Past, ...]] = field(default_factory=dict)
    spent: Mapping[str, Sequence[tuple[int, int]]] = field(default_factory=dict)
    calls: Mapping[TicketRef, Mapping[int, Call]] = field(default_factory=dict)
    uids: Mapping[str, tuple[TicketRef, int]] = field(default_factory=dict)
    schedule: Schedule | None = None

    def next_ref(self) -> TicketRef:
        """The symbol of the next ticket that is opened."""
        return "NEW-1"


NOTHING: Known = _Nothing()
"""For a ticket that stands alone."""
NOBODY: Mapping[str, str] = MappingProxyType({})
"""Where it is not known who is on a ticket."""


def way(ref: TicketRef, merged: Mapping[TicketRef, TicketRef]) -> list[TicketRef]:
    """The ticket and those that it was merged into, one after the other. A circle ends before it closes."""
    steps = [ref]
    while (ahead := merged.get(steps[-1])) is not None and ahead not in steps:
        steps.append(ahead)
    return steps


def membership(guarded: Guarded, ticket: Ticket, kind: str, *, keyed: bool) -> str:
    """As what the author may write into this ticket; empty when not at all.

    `kind` is as what they are on it already, `keyed` whether the mail came to a reply address of it. Somebody else's
    key proves nobody, and neither does a From that claims to be a participant's: such words come in marked.
    """
    author, key = guarded.author.address if guarded.is_named else "", guarded.key
    proven = guarded.trust is not Trust.D
    if keyed and key is not None:
        if key.role is Role.AGENT:
            return AGENT
        return "participant" if key.person == author or (proven and kind in MEMBERS) else UNVERIFIED
    if guarded.agent is not None and ticket.requester != author and proven:
        return AGENT  # whether they may is judged by what they want (`stages/act/staff.py`)
    if ticket.audience != "customer" or kind not in MEMBERS or not author:
        return ""
    return "participant" if proven else UNVERIFIED


def standing(address: str, steps: Sequence[TicketRef], participants: Mapping[TicketRef, Mapping[str, str]]) -> str:
    """As what somebody is on a ticket or on those that it came from, the most that they are anywhere."""
    kinds = {participants.get(ref, {}).get(address, "") for ref in steps}
    return next((kind for kind in (REQUESTER, COPIED, AGENT, UNVERIFIED, ROBOT) if kind in kinds), "")


def copies(guarded: Guarded, kinds: Mapping[str, str], desk: Desk) -> tuple[Person, ...]:
    """Whom a mail of a proven participant brings to the ticket: those in Cc who are not on it yet.

    Never of a mail that nothing proves (Zendesk 2024, intake 9), nor of a machine's or a list's.
    """
    mail = guarded.incoming.mail
    if not mail.cc or not _may_copy(guarded) or mail.kind is not Kind.HUMAN or mail.auto_generated:
        return ()
    room = MOST_COPIED - sum(kind == COPIED for kind in kinds.values())
    found: dict[str, Person] = {}
    for box in mail.cc[:MOST_READ]:
        if len(found) >= room:
            break
        address = normalise(box.address)
        if kinds.get(address, UNVERIFIED) == UNVERIFIED and address not in found and may_be_copied(address, desk):
            found[address] = Person(address=address, name=box.name)
    return tuple(found.values())


def _may_copy(guarded: Guarded) -> bool:
    return judge(Action.COPY, guarded.trust, {REQUESTER}).outcome is Outcome.ALLOWED


def may_be_copied(address: str, desk: Desk) -> bool:
    """Whether a person outside reads there: not ourselves, not our staff, no robot and no list."""
    alone = split_detail(address)[0]
    if alone in desk.addresses or alone in desk.agents or alone in desk.former or alone in desk.operators:
        return False
    if not is_address(address) or address.startswith(ANONYMOUS):
        return False
    return not (NO_REPLY.search(address) or DAEMON.search(address) or _LIST.search(address))


def joins(ticket: TicketRef, person: Person, kind: str, actor: str, by: str) -> tuple[Effect, ...]:
    """A new participant, and the event that says since when and how; `hindsight` undoes it by that event."""
    detail = {"address": person.address, "as": kind, "by": by}
    return (
        Join(ticket=ticket, person=person, kind=kind),
        AddEvent(ticket=ticket, kind="participant-joined", actor=actor, detail=detail),
    )


def comes_in(
    guarded: Guarded, ticket: TicketRef, member: str, kinds: Mapping[str, str], desk: Desk
) -> tuple[Effect, ...]:
    """Who is on a ticket from this mail on: its author where they are not on it yet, and whom it copies."""
    author = guarded.author
    effects: tuple[Effect, ...] = ()
    if member == AGENT:
        return ()
    if author.address not in kinds:
        if member != "participant":
            effects = joins(ticket, author, UNVERIFIED, author.address, "somebody else's reply address")
        elif sum(kind == COPIED for kind in kinds.values()) < MOST_COPIED:
            effects = joins(ticket, author, COPIED, author.address, "a reply address of their own")
            kinds = {**kinds, author.address: COPIED}
    if member != "participant":
        return effects
    for person in copies(guarded, kinds, desk):
        effects += joins(ticket, person, COPIED, author.address, "in Cc")
    return effects


def copied_by(joined: Sequence[Effect]) -> tuple[Person, ...]:
    """Who of them gets the ticket's mail from now on."""
    return tuple(effect.person for effect in joined if isinstance(effect, Join) and effect.kind == COPIED)


def leaves(ticket: TicketRef, person: Person, actor: str, by: str) -> tuple[Effect, ...]:
    """Somebody is copied no longer, with the event that says since when."""
    detail = {"address": person.address, "as": LEFT, "by": by}
    return (
        Join(ticket=ticket, person=person, kind=LEFT),
        AddEvent(ticket=ticket, kind="participant-left", actor=actor, detail=detail),
    )


def gone_by(effects: Sequence[Effect]) -> frozenset[str]:
    """Who is copied no longer by these effects."""
    return frozenset(effect.person.address for effect in effects if isinstance(effect, Join) and effect.kind == LEFT)


def steps(guarded: Guarded, joined: Sequence[Effect]) -> tuple[Step, ...]:
    """What `explain` says of who comes in, and of whom nobody may bring in."""
    found = [
        Step(stage="act", what=f"{effect.detail['address']} joins as {effect.detail['as']}", why=effect.detail["by"])
        for effect in joined
        if isinstance(effect, AddEvent)
    ]
    written = judge(Action.WRITE, guarded.trust, {REQUESTER})
    found.append(Step(stage="rights", what=written.words, why=written.reason))
    if guarded.incoming.mail.cc and not guarded.robot:
        copied = judge(Action.COPY, guarded.trust, {REQUESTER})
        found.append(Step(stage="rights", what=copied.words, why=copied.reason))
    return tuple(found)


_MACHINES = frozenset({Kind.AUTO_REPLY, Kind.CHALLENGE, Kind.BOUNCE, Kind.DELAY, Kind.ABUSE_REPORT})
"""Kinds that only machines write; an absence note, a receipt or an answer to an invitation is of a person's address."""


def robot_joins(guarded: Guarded, ticket: TicketRef, kinds: Mapping[str, str]) -> tuple[Effect, ...]:
    """A robot that writes into a ticket is known as one from then on: nobody's Cc makes it get the ticket's mail."""
    mail, author = guarded.incoming.mail, guarded.author
    if not guarded.is_named or author.address in kinds or mail.kind not in _MACHINES or mail.judged_by_words:
        return ()
    return joins(ticket, author, ROBOT, author.address, f"a machine's mail: {mail.kind.value}")


def readers(ticket: Ticket, known: Known) -> tuple[Person, ...]:
    """The copied people who get this ticket's mail beside its requester; nobody whose mail came back for good."""
    found = [
        known.people.get(address, Person(address=address))
        for address, kind in known.participants.get(ticket.ref, {}).items()
        if kind == COPIED and address != ticket.requester
    ]
    return tuple(person for person in found if person.unreachable_since is None)


def is_unverified(trust: str, kind: str) -> bool:
    """Whether nothing proves that a message is its author's, who is on its ticket as `kind`: an address in a header is
    a claim, and a reply address proves those only who belong to the ticket."""
    return trust == Trust.D or kind == UNVERIFIED or (trust == Trust.C and kind not in MEMBERS)


def called(person: Person) -> str:
    """How one participant is named to the others: never with the whole address."""
    return person.name or person.address.partition("@")[0]


def is_another_subject(mail: ParsedMail, ticket: Ticket, recent: Sequence[Message]) -> bool:
    """Whether an answer is about something else than its ticket: its subject was changed (intake 40). One that a client
    cut off, or that was only added to, is the same."""
    new = _letters(mail.subject)
    if not new:
        return False
    subjects = [ticket.subject, *(message.subject for message in recent)]
    return not any(_is_same(new, _letters(old)) for old in subjects)


_ENOUGH = 8
"""Letters that two subjects must begin with alike where one is longer."""


def _is_same(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _ENOUGH and longer.startswith(shorter))


def _letters(subject: str) -> str:
    """What is left of a subject without marks, references, spaces and signs."""
    return "".join(filter(str.isalnum, base(subject).lower()))


def foreign(mail: ParsedMail, desk: Desk) -> list[tuple[str, str]]:
    """How the author's own ticket system calls the case: (domain, reference); our prefix is nobody else's."""
    if not mail.foreign_references or mail.from_ is None or mail.from_defect:
        return []
    domain = normalise(mail.from_.address).rpartition("@")[2]
    ours = f"{desk.prefix}-".upper()
    theirs = [one for one in mail.foreign_references if not one.upper().startswith(ours)]
    return [(domain, reference) for reference in theirs[:MOST_FOREIGN]]


def noted(guarded: Guarded, ticket: TicketRef, desk: Desk) -> tuple[NoteReference, ...]:
    """What is remembered of how others call this ticket; what is known already stays as it is."""
    if not guarded.is_named:
        return ()
    return tuple(
        NoteReference(ticket=ticket, domain=domain, reference=reference)
        for domain, reference in foreign(guarded.incoming.mail, desk)
    )
