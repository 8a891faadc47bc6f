"""Verbs of being there or not: away, back, notices.

In: an `Asking`. Out: a `Done`, where the ticket that it is said of goes back with the others a `Planned`, or a
`Refused`. Whoever is away gets no work: what they have goes back to their teams at once, as `agent away` does it, and
the customers notice nothing. Who comes back gets nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from difflib import get_close_matches

from gateway.rules import access, times
from gateway.rules.policy.notices import DIGEST, INSTANT, MUTE, WAYS
from gateway.rules.routing import spoken
from gateway.rules.verbs.request import Anywhere, Asking, Done, Planned, Refused
from store.records import (
    Effect,
    Finding,
    Question,
    SendMail,
    SetAway,
    SetNotices,
    SetTimer,
    Status,
    Ticket,
)

HELD = "held"
"""The kind of the question what somebody has."""
_SHOWN = 6


def _asks_away(asked: Asking) -> Question:
    return Question(kind=HELD, who=asked.actor.name)


def _away(asked: Asking) -> Done | Planned | Refused:
    """Away until then, or until they say that they are back; their tickets go back to the teams."""
    desk, me, now = asked.desk, asked.actor, asked.now
    until = access.until(asked.args, desk, now)
    if isinstance(until, times.Unclear):
        nearest = until.nearest if until.nearest.startswith(("for ", "until ")) else "for 3d"
        return Refused(reason=until.reason, nearest=f"#away {nearest}")
    because = f"{me.name} is away"
    here = asked.ticket if asked.ticket is not None and _is_theirs(asked.ticket, me.name) else None
    others, later = _theirs(asked)
    gone = [*([here] if here is not None else []), *others]
    effects: list[Effect] = [SetAway(address=me.address, until=until)]
    for ticket in others:
        effects += access.given_back(ticket, desk, now, because, me.name)
    effects += [SetTimer(ticket=number, kind=access.GIVE_BACK, due_at=now, detail={"who": me.name}) for number in later]
    passed, handed = _passed_on(asked)
    effects += passed
    after = f"away until {spoken(until, desk)}{_returned(gone, len(later), asked)}{handed}"
    before, line, mails = _standing(asked), "#away", _mails(gone, asked, because)
    if here is None or asked.ticket is None:
        return Done(line=line, before=before, after=after, effects=tuple(effects), mails=mails)
    ticket, told = access.left_behind(here, desk, now, because, me.name)
    return Planned(
        ticket=ticket, line=line, before=before, after=after, event=told[0].kind, detail=told[0].detail,
        follows=tuple(told[1:]), effects=tuple(effects), mails=mails,
    )  # fmt: skip


def _passed_on(asked: Asking) -> tuple[list[SetTimer], str]:
    """What was handed to them goes to the next in line; what they own goes back with that anyway."""
    here = {asked.ticket.ref: asked.ticket} if asked.ticket is not None else {}
    me, found = asked.actor.name, {**asked.known.tickets, **here}
    handed = {ref: passed for ref, ticket in found.items() if (passed := access.passed_on(ticket, me, asked.now))}
    effects = [one for ref, passed in handed.items() if ref in here or not _is_theirs(found[ref], me) for one in passed]
    names = ", ".join(asked.desk.reference(ref) for ref in list(handed)[:_SHOWN])
    more = f" and {len(handed) - _SHOWN} more" if len(handed) > _SHOWN else ""
    return effects, f"; the next in line is asked for {names}{more}" if handed else ""


def _theirs(asked: Asking) -> tuple[list[Ticket], list[int]]:
    """What somebody has beside the ticket that this is said of: what was read, and the numbers of the rest."""
    found = asked.known.findings.get(_asks_away(asked), Finding())
    here = asked.ticket.ref if asked.ticket is not None else None
    standing = [ticket for ref, ticket in asked.known.tickets.items() if ref != here]
    read = [ticket for ticket in standing if _is_theirs(ticket, asked.actor.name)]
    return read, [number for number in found.numbers if number not in asked.known.tickets]


def _is_theirs(ticket: Ticket, name: str) -> bool:
    return ticket.assignee == name and ticket.status != Status.CLOSED


def _returned(gone: Sequence[Ticket], later: int, asked: Asking) -> str:
    if not gone and not later:
        return ""
    shown = [asked.desk.reference(ticket.ref) for ticket in gone[:_SHOWN]]
    more = len(gone) - len(shown) + later
    names = ", ".join([*shown, *([f"{more} more"] if more else [])])
    return f"; back with the team: {names}"


def _mails(gone: Sequence[Ticket], asked: Asking, because: str) -> Callable[[Callable[[], str]], tuple[SendMail, ...]]:
    """The teams are told once, by one mail a person."""
    return lambda mint: access.back_with(gone, asked.actor, because, asked.desk, mint)


def _standing(asked: Asking) -> str:
    until = _away_until(asked)
    return f"away until {spoken(until, asked.desk)}" if until is not None else "there"


def _away_until(asked: Asking) -> datetime | None:
    person = asked.known.people.get(asked.actor.address)
    until = person.away_until if person is not None else None
    return until if until is not None and until > asked.now else None


def _back(asked: Asking) -> Done | Refused:
    """There again; nothing that went back to the teams comes by itself."""
    if _away_until(asked) is None:
        return Done(line="#back", before="there", after="there already")
    effect = SetAway(address=asked.actor.address, until=None)
    return Done(line="#back", before=_standing(asked), after="there; nothing comes back by itself", effects=(effect,))


def _notices(asked: Asking) -> Done | Refused:
    """How somebody hears of tickets; without words how it is."""
    person = asked.known.people.get(asked.actor.address)
    before = (person.notices if person is not None else "") or asked.actor.notices
    wanted = asked.args.strip().lower()
    if not wanted:
        return Done(line="#notices", before=before, after=f"{before}: {_MEANS.get(before, before)}")
    if wanted not in WAYS:
        close = get_close_matches(wanted, WAYS, n=1, cutoff=0.5)
        reason = f"{asked.args[:40]} is no way to hear of tickets; there are {', '.join(WAYS)}"
        return Refused(reason=reason, nearest=f"#notices {close[0] if close else DIGEST}", of_verbs=False)
    effect = SetNotices(address=asked.actor.address, how=wanted)
    return Done(line="#notices", before=before, after=f"{wanted}: {_MEANS[wanted]}", effects=(effect,))


_MEANS = {
    INSTANT: "each notice at once",
    DIGEST: "once a day; at once only what is directed at you",
    MUTE: "only what is directed at you",
}

VERBS = (
    Anywhere(
        name="away", usage="#away [until DATE | for 3d]", plan=_away, asks=_asks_away,
        meaning="no work for you; what you have goes back to the teams",
    ),
    Anywhere(name="back", usage="#back", meaning="you work again", plan=_back),
    Anywhere(
        name="notices", usage="#notices [instant | digest | mute]", meaning="how you hear of tickets", plan=_notices
    ),
)  # fmt: skip
