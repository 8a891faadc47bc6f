"""What whoever takes a call must know: the case as its ticket has it (`ops` R105).

In: a call, its ticket with its last messages, who takes it. Out: the facts of a brief. It is read by one of us alone;
nothing of it ever stands in what the customer gets, nor in anybody's calendar. A sensitive value is not shown.
"""

from __future__ import annotations

from typing import Any

from gateway.rules import customers
from gateway.rules.calls import hours
from gateway.rules.desk import Desk
from gateway.rules.notices import notice
from gateway.rules.participants import NOBODY, Known
from store.records import Call, Direction, Person, Role, Ticket

PUBLIC, INSIDE = 4, 4
"""How many of the last messages it shows, and how many of the last notes."""
MOST_TEXT = 1_500
"""Letters of one of them."""


def facts(call: Call, ticket: Ticket, desk: Desk, known: Known) -> dict[str, Any]:
    """With whom, what was said, what was tried, and until when it is to be acknowledged; what is known of the matter is
    added by whoever writes the mail (`mails.calls.brief`)."""
    contact = known.people.get(call.contact, Person(address=call.contact))
    recent = [m for m in known.recent.get(ticket.ref, ()) if m.text and m.role is not Role.SYSTEM]
    kinds = known.participants.get(ticket.ref, NOBODY)
    problem = notice.first_words(recent)
    first = next((m for m in recent if problem and m.text.startswith(problem)), None)
    said = [m for m in recent if m.direction is not Direction.NOTE and m is not first]
    public = [m for m in said if not customers.is_word_of_call(m, desk)][-PUBLIC:]
    notes = [m for m in recent if m.direction is Direction.NOTE][-INSIDE:]
    invite, until = call.invite(), hours.unheard(call, desk)
    return {
        "contact": notice.whole(contact),
        "organisation": notice.organisation(desk, call.contact),
        "tentative": invite is not None and invite.partstat == "TENTATIVE",
        "until": notice.stamp(until) if until is not None else "",
        "problem": problem,
        "entries": [
            {**notice.entries([m], kinds)[0], **notice.way(m, recent), "text": m.text[:MOST_TEXT]} for m in public
        ],
        "tried": [f"{m.from_name or m.from_address}: {m.text[:MOST_TEXT]}" for m in notes],
    }
