"""Verbs about who and what a ticket goes with: cc, link, split.

In: a `Request`. Out: a `Planned` or a `Refused`. Who is copied gets what is written from then on and nothing from
before; what follows for a ticket that is split off says `rules/speech/splitting.py`.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.rules import merging, participants
from gateway.rules.participants import COPIED, MEMBERS, MOST_COPIED
from gateway.rules.speech import splitting
from gateway.rules.verbs.request import Planned, Refused, Request, Verb
from gateway.rules.workflow import ESCALATION
from parsing.address import is_address, normalise
from store.records import AddEvent, Effect, Link, Person

MOST_LINKED = 10
RELATED = "related"


def _cc(request: Request) -> Planned | Refused:
    """Who is copied from now on, or no longer (R06, DESIGN section 8)."""
    ticket, known = request.ticket, request.known
    if ticket.audience != "customer":
        return Refused(reason="the ticket is internal: nobody outside gets its mail", nearest="#set audience customer")
    words = request.args.replace(",", " ").replace(";", " ").split()
    words = [one for one in words if not one.startswith("<mailto:")]
    if not words:
        return Refused(reason="say whose address", nearest="#cc name@example.org")
    kinds: dict[str, str] = dict(known.participants.get(ticket.ref, {}))
    before, effects, seen = _copied(kinds, request), list[Effect](), set[str]()
    for word in words:
        away, address = word.startswith("-"), _address(word)
        if address in seen:  # whichever comes last would be stored, and the answer goes by the other
            return Refused(reason=f"{address} is named twice", nearest=f"#cc {address}, or #cc -{address}")
        seen.add(address)
        person = known.people.get(address, Person(address=address))
        why = _stays(address, word, ticket.requester, kinds) if away else _strange(address, word, request, kinds)
        if isinstance(why, Refused):
            return why
        actor = request.actor.name
        if away:
            effects += participants.leaves(ticket.ref, person, actor, "#cc")
        else:
            effects += participants.joins(ticket.ref, person, COPIED, actor, "#cc")
        kinds[address] = participants.LEFT if away else COPIED
    return Planned(
        ticket=request.changed(),
        line="#cc",
        after=_told(words),
        event="copied",
        detail={"from": before, "to": _copied(kinds, request)},
        effects=tuple(effects),
    )


def _told(words: list[str]) -> str:
    """Who is copied by it, and who no longer is."""
    names = dict.fromkeys((_address(word), word.startswith("-")) for word in words)
    come = ", ".join(name for name, away in names if not away)
    gone = ", ".join(name for name, away in names if away)
    are, were = ("are" if ", " in some else "is" for some in (come, gone))
    return "; ".join(
        (
            *([f"{come} {are} copied from now on"] if come else ()),
            *([f"{gone} {were} copied no longer"] if gone else ()),
        )
    )


def _address(word: str) -> str:
    """What a client made of an address: brackets around it, or a link behind it."""
    return normalise(word.lstrip("-+").strip("<>").partition("<")[0])


def _copied(kinds: Mapping[str, str], request: Request) -> str:
    found = [address for address, kind in kinds.items() if kind == COPIED and address != request.ticket.requester]
    return ", ".join(found) or "nobody copied"


def _stays(address: str, word: str, requester: str, kinds: Mapping[str, str]) -> Refused | None:
    """Why somebody cannot be taken from the copied people."""
    if address == requester:
        return Refused(reason=f"{address} asked for it: the ticket is theirs", nearest="#note keeps words inside")
    if kinds.get(address) != COPIED:
        copied = ", ".join(one for one, kind in kinds.items() if kind == COPIED) or "nobody"
        what = f"{address} is not copied" if is_address(address) else f"{word} is no address"
        return Refused(reason=f"{what}; copied: {copied}", of_verbs=False)
    return None


def _strange(address: str, word: str, request: Request, kinds: Mapping[str, str]) -> Refused | None:
    """Why somebody cannot be copied."""
    if not is_address(address):
        return Refused(reason=f"{word} is no address", nearest="#cc name@example.org")
    if not participants.may_be_copied(address, request.desk):
        return Refused(
            reason=f"{address} is no person outside: nothing of the ticket is sent there", nearest="#with TEAM"
        )
    if address == request.ticket.requester or kinds.get(address) in MEMBERS:
        return Refused(reason=f"{address} is on the ticket already", of_verbs=False)
    if sum(kind == COPIED for kind in kinds.values()) >= MOST_COPIED:
        return Refused(reason=f"{MOST_COPIED} people are on the ticket: that is as many as may be", nearest="#cc -NAME")
    return None


def _link(request: Request) -> Planned | Refused:
    """Two tickets know of each other."""
    ticket, desk = request.ticket, request.desk
    words = request.args.replace(",", " ").split()
    if not words or len(words) > MOST_LINKED:
        return Refused(reason=f"name the tickets, at most {MOST_LINKED}", nearest=f"#link {desk.reference(1042)}")
    effects: list[Effect] = []
    names: list[str] = []
    for word in words:
        number = merging.target(word, desk)
        if number is None:
            return Refused(reason=f"{word} is no ticket", nearest=f"#link {desk.reference(1042)}")
        reference = desk.reference(number)
        if number == ticket.ref:
            return Refused(reason="a ticket is not linked to itself", of_verbs=False)
        if number not in request.known.tickets:
            return Refused(reason=f"there is no ticket {reference}", of_verbs=False)
        if reference in names:
            continue
        names.append(reference)
        detail = {"to": desk.reference(ticket.ref)}
        effects.append(Link(ticket=ticket.ref, other=number, kind=RELATED))
        effects.append(AddEvent(ticket=number, kind="linked", actor=request.actor.name, detail=detail))
    named = ", ".join(names)
    return Planned(
        ticket=request.changed(),
        line="#link",
        after=f"related to {named}",
        event="linked",
        detail={"to": named},
        effects=tuple(effects),
    )


def _split(request: Request) -> Planned | Refused:
    """Another matter goes on as a ticket of its own: the words below, or what the customer wrote last."""
    ticket, desk = request.ticket, request.desk
    if ticket.type == ESCALATION:
        return Refused(reason="an escalation stays whole", nearest="#link to another ticket")
    if len(request.args) > splitting.MOST_SUBJECT:
        return Refused(reason=f"a subject has at most {splitting.MOST_SUBJECT} letters")
    apart = splitting.apart(ticket, request.known.next_ref(), request.args, desk, request.now)
    reference = desk.reference(apart.ref)
    return Planned(
        ticket=request.changed(),
        line="#split",
        after=f"{reference}, {apart.subject}, begins with its own clocks; the customer is told nothing",
        event="split",
        detail={"into": reference},
        apart=apart,
    )


VERBS = (
    Verb(name="cc", usage="#cc ADDRESS … or -ADDRESS", meaning="who is copied from now on, or no longer", plan=_cc),
    Verb(name="link", usage="#link TICKET …", meaning="these tickets know of each other", plan=_link),
    Verb(
        name="split",
        usage="#split [SUBJECT]",
        meaning="the words below, or what the customer wrote last, becomes a ticket of its own",
        plan=_split,
    ),
)
