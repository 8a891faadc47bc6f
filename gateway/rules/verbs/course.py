"""Verbs that are about the mail itself: on, dry-run, undo.

In: a `Request` or an `Asking`. Out: a `Planned`, a `Done` or a `Refused`. What a mail is about and whether it is done
at all is said once: `misplaced` refuses what would be said twice or too late, before anything is planned.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.rules import merging, undoing
from gateway.rules.desk import Agent, Desk
from gateway.rules.participants import way
from gateway.rules.rights import Action
from gateway.rules.verbs.overview import may_look
from gateway.rules.verbs.request import Anywhere, Asking, Done, Planned, Refused, Request, Verb
from parsing.command import Command
from store.records import Ticket, TicketRef

ON, UNDO, DRY = "on", "undo", "dry-run"
_BEFORE_UNDO = frozenset({ON, UNDO, DRY, "help", "note"})


def misplaced(commands: tuple[Command, ...], desk: Desk) -> Refused | None:
    """What stands in the wrong place of a block, with the right one."""
    verbs = [command.verb.lower() for command in commands]
    for place, verb in enumerate(verbs):
        line = commands[place].line
        if verb == ON and ON in verbs[:place]:
            nearest = f"a mail of its own for {_named(commands[place], desk)}"
            return Refused(reason=f"{line}: one mail is about one ticket, and it names two", nearest=nearest)
        if verb == ON and any(before != DRY for before in verbs[:place]):
            return Refused(reason=f"{line}: it says what the whole mail is about", nearest=f"{line} on the first line")
        if verb == UNDO and not _BEFORE_UNDO.issuperset(verbs[:place]):
            return Refused(reason=f"{line}: it takes back an earlier mail, not {commands[0].line}",
                           nearest=f"{line} before the other verbs")  # fmt: skip
    return None


def of_ticket(commands: tuple[Command, ...], desk: Desk) -> int | None:
    """The ticket that `#on` names."""
    said = next((command for command in commands if command.verb.lower() == ON), None)
    return merging.target(said.args, desk) if said is not None else None


def is_shown(
    number: TicketRef, actor: Agent, tickets: Mapping[TicketRef, Ticket], merged: Mapping[TicketRef, TicketRef]
) -> bool:
    """Whether somebody may see the ticket that `#on` names, and what became of it where it was merged. Of any other
    one they are told what they are told of a ticket that is not there."""
    found = [tickets[ref] for ref in way(number, merged) if ref in tickets]
    return number in tickets and all(may_look(actor, ticket) for ticket in found)


def undoes(commands: tuple[Command, ...]) -> bool:
    """Whether these verbs ask what was changed last."""
    return any(command.verb.lower() == UNDO for command in commands)


def _named(command: Command, desk: Desk) -> str:
    number = merging.target(command.args, desk)
    return desk.reference(number) if number is not None else command.args[:40] or "the other one"


def _on(asking: Asking) -> Done | Refused:
    """Which ticket the rest is said of. It is found by `thread`; where it was not, there is none, or the mail did not
    come to the address for commands."""
    desk, known = asking.desk, asking.known
    number = merging.target(asking.args, desk)
    example = f"#on {desk.reference(1042)}"
    if number is None:
        return Refused(reason="say which ticket, by its reference", nearest=example)
    reference = desk.reference(number)
    if not is_shown(number, asking.actor, known.tickets, known.merged):
        return Refused(reason=f"there is no ticket {reference}", nearest=example)
    if asking.ticket is None:
        where = desk.commands_mailbox or "the address for commands"
        return Refused(reason="a ticket is named in mail to the address for commands", nearest=f"send it to {where}")
    if asking.ticket.ref not in way(number, known.merged):
        this = desk.reference(asking.ticket.ref)
        other = (
            f"a mail of its own to {desk.commands_mailbox}" if desk.commands_mailbox else "answer a mail of that one"
        )
        return Refused(reason=f"this is about {this}", nearest=other)
    here = desk.reference(asking.ticket.ref)
    after = _INSIDE if asking.ticket.is_reachable else "words stay inside"
    return Done(line="#on", before=here, after=after, internal=True)


_INSIDE = "words stay inside"


def _dry(asking: Asking) -> Done | Refused:  # noqa: ARG001 - the signature of all verbs
    return Done(line="#dry-run", dry=True)


def _undo(request: Request) -> Planned | Refused:
    """What this person changed last is as it was before."""
    ticket, actor = request.ticket, request.actor.name
    found = undoing.last(ticket, actor, request.known.stories.get(ticket.ref, ()), request.desk)
    if isinstance(found, undoing.Final):
        return Refused(reason=found.reason, nearest=found.nearest)
    back = undoing.taken_back(ticket, found, request.now)
    return Planned(
        ticket=back,
        line="#undo",
        before=undoing.spoken(ticket, found.was, request.desk),
        after=undoing.spoken(back, found.was, request.desk) + found.stays,
        event=undoing.UNDONE,
        detail={"fields": sorted(found.was), "kinds": list(found.kinds), "at": found.at},
    )


VERBS: tuple[Verb | Anywhere, ...] = (
    Anywhere(name=ON, usage="#on TICKET", meaning="first line to the address for commands: the rest is about it",
             plan=_on),
    Anywhere(name=DRY, usage="#dry-run", meaning="nothing is done: you read what would be", plan=_dry),
    Verb(name=UNDO, usage="#undo", meaning="what you changed last is as it was before", plan=_undo,
         action=Action.SPEAK),
)  # fmt: skip
