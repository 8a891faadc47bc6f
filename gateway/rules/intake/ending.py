"""How asking ends without all answers: a person takes over, with the gaps marked, or one of us says that it is enough.

In: a ticket whose questions run. Out: the ticket with its stage; what it waited for by our questions is over. What is
told of it says `following.told`.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.rules.intake import record
from gateway.rules.intake.record import ASKING, HANDED, STOPPED, Intake
from store.records import Ticket

CUSTOMER = "customer"


def handed(ticket: Ticket) -> Ticket:
    """We have asked as often as we may: the rest is a person's."""
    return staged(ticket, record.of(ticket), HANDED)


def stopped(ticket: Ticket) -> Ticket:
    """Nothing more is asked: one of us said so, or speaks with the customer."""
    return staged(ticket, record.of(ticket), STOPPED)


def staged(ticket: Ticket, intake: Intake, stage: str, *, waits: bool = False) -> Ticket:
    """The ticket in that stage. Where questions ran, the customer has nothing to do any more, unless it `waits` for
    them for a reason of its own."""
    asked = intake.stage == ASKING and stage != ASKING
    ticket = record.kept(ticket, replace(intake, stage=stage))
    return replace(ticket, waiting_on="") if asked and not waits and ticket.waiting_on == CUSTOMER else ticket
