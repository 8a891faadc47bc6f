"""Access: who was a member of staff and may do nothing any more, and what becomes of their tickets.

In: an author with the key that the mail came to, the desk. Out: who it is and why, or None; effects that give a ticket
back to its team. A From alone opens nothing here: it can only take away.
"""

from __future__ import annotations

from datetime import datetime

from gateway.rules.case import Guarded
from gateway.rules.desk import Agent, Desk
from store.records import AddEvent, ChangeTicket, Effect, Role, Ticket

OPERATOR = "operator"
"""How events call whoever gives a command of the shell."""


def lost(guarded: Guarded, desk: Desk) -> tuple[Agent, str] | None:
    """Whose access is gone, and why; None for everybody else.

    That somebody is in no configuration any more shows only by their key: without one they are a customer like others.
    """
    author, key = guarded.author, guarded.key
    if guarded.incoming.entry.envelope.history:  # what they did while they had access
        return None
    former = desk.former.get(author.address)
    if former is not None:
        return former, f"{former.name} is disabled (replydesk agent enable {former.name} gives access back)"
    if guarded.agent is None and key is not None and key.role is Role.AGENT and key.person == author.address:
        gone = Agent(name="", full_name=author.name, address=author.address, team="", roles=frozenset())
        return gone, f"{author.address} is of the staff no more"
    return None


def given_back(ticket: Ticket, now: datetime) -> tuple[Effect, ...]:
    """Nobody is assigned any more, as `#assign` would write it."""
    return (
        ChangeTicket(ticket=ticket.ref, changes={"assignee": "", "updated_at": now}),
        AddEvent(ticket=ticket.ref, kind="assigned", actor=OPERATOR, detail={"from": ticket.assignee, "to": ""}),
    )
