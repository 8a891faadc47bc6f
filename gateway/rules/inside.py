"""What stays inside stays inside: nobody outside comes to an escalation or an internal ticket by a colleague's mail.

In: a colleague's mail and the ticket that it makes or writes into. Out: whom it would have brought in, and the mail
in which the colleague learns that they were kept out and what the escalation still lacks (`ops` R23-R25, R36). It
writes to the colleague alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.rules import fields, mails, participants, workflow
from gateway.rules.desk import Agent, Desk
from gateway.rules.verbs import Plan, Planned
from parsing.address import normalise
from parsing.message import ParsedMail
from store.records import AddEvent, Effect, SendMail, Status, Step, Ticket

MOST_NAMED = 10
"""People outside who are named; a mail to more of them is warned of all the same."""


def strangers(mail: ParsedMail, ticket: Ticket, desk: Desk) -> tuple[str, ...]:
    """Who outside a colleague's mail is addressed to as well, where its ticket stays inside."""
    if ticket.audience == "customer":
        return ()
    named = (normalise(box.address) for box in (*mail.to, *mail.cc)[: participants.MOST_READ])
    return tuple(dict.fromkeys(one for one in named if participants.may_be_copied(one, desk)))


def kept_out(ticket: Ticket, whom: Sequence[str], actor: str) -> tuple[list[Effect], list[Step]]:
    """The event and the step that say so."""
    if not whom:
        return [], []
    event = AddEvent(ticket=ticket.ref, kind="kept-out", actor=actor, detail={"addresses": list(whom[:MOST_NAMED])})
    named = ", ".join(whom[:MOST_NAMED])
    return [event], [Step(stage="act", what=f"kept out: {named}", why=f"{_kind(ticket)} stays inside")]


def warned(ticket: Ticket, whom: Sequence[str]) -> tuple[Planned, ...]:
    """The lines of a transcript that warn of it: their own copy of the mail is out of our hands."""
    if not whom:
        return ()
    more = [f"  and {len(whom) - MOST_NAMED} more"] if len(whom) > MOST_NAMED else []
    lines = ["Careful: your own mail went outside as well, to", *(f"  {one}" for one in whom[:MOST_NAMED]), *more]
    lines.append(f"{_kind(ticket).capitalize()} stays inside: nothing further of it goes there.")
    return tuple(Planned(ticket=ticket, line=line) for line in lines)


def _kind(ticket: Ticket) -> str:
    return "an escalation" if ticket.type == workflow.ESCALATION else "an internal ticket"


def opened(
    ticket: Ticket,
    agent: Agent,
    whom: Sequence[str],
    told: Sequence[Agent],
    desk: Desk,
    message_id: str,
    occasion: str,
    answers: str,
) -> SendMail:
    """Whoever starts an escalation learns its number, and what it needs before anybody accepts it."""
    wanted = workflow.workflow_of(ticket, desk).state(Status.ACCEPTED)
    missing = workflow.missing_for(ticket, wanted.needs if wanted is not None else ())
    lines = ["The escalation is open; nobody outside gets mail of it."]
    if missing:
        lines.append("Before anybody accepts it, it needs these lines on top of an answer:")
        lines += [f"  {fields.saying(name, desk)}" for name in missing]
    done = (*(Planned(ticket=ticket, line=line) for line in lines), *warned(ticket, whom))
    sent = [{"to": one.full_name, "what": "a notice of it"} for one in told]
    return mails.transcript(ticket, agent, message_id, occasion, Plan(ticket=ticket, done=done), sent, answers)
