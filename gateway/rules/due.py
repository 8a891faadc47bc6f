"""What happens when a ticket's timer comes due.

In: the ticket and the kind of timer. Out: a decision, as for a mail. Time alone never mails a customer here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from gateway.rules import mails, notice
from gateway.rules.clocks import CLOSE, FIRST_RESPONSE
from gateway.rules.desk import Desk
from store.records import (
    AddEvent,
    ChangeTicket,
    ClearTimer,
    Decision,
    Effect,
    Person,
    Status,
    Step,
    Ticket,
    Verdict,
)


def on_due(
    ticket: Ticket, kind: str, people: Mapping[str, Person], desk: Desk, mint: Callable[[], str], now: datetime
) -> Decision:
    """Close what stayed resolved; tell the staff of a first answer that is late."""
    effects: list[Effect] = [ClearTimer(ticket=ticket.ref, kind=kind)]
    if kind == CLOSE and ticket.status is Status.RESOLVED:
        why = "nobody wrote again"
        effects.append(ChangeTicket(ticket=ticket.ref, changes={"status": Status.CLOSED, "updated_at": now}))
        effects.append(AddEvent(ticket=ticket.ref, kind="closed", actor="system", detail={"because": why}))
    elif kind == FIRST_RESPONSE and ticket.answered_at is None and ticket.status.category != "done":
        why = "the first answer is late"
        effects.append(AddEvent(ticket=ticket.ref, kind="first-response-late", actor="system"))
        facts = notice.facts(
            desk, ticket, "overdue", actor="the clock", now=now,
            requester=people.get(ticket.requester, Person(address=ticket.requester)),
            trust=None, words="", changed=why,
        )  # fmt: skip
        told = notice.told(desk, ticket, "")
        effects += mails.notices(ticket, told, mint, f"late-{notice.stamp(now)}", facts)
    else:
        why = "nothing is left to do"
    return Decision(
        entry=None,
        verdict=Verdict.COMMAND,
        reason=f"{kind}: {why}",
        ticket=ticket.ref,
        trace=(Step(stage="sweep", what=kind, why=why),),
        effects=tuple(effects),
    )
