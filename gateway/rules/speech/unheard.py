"""What was said inside beside the words of notes: below them, and by verbs. The last check keeps it from leaving.

In: a colleague's mail; a ticket. Out: what their note carries, forwarded or quoted; the words that verbs left on the
ticket. It never takes one of our own notices for something new: what stands in it is known.
"""

from __future__ import annotations

from gateway.rules.handoffs import record as handoffs
from gateway.rules.privacy import keys
from parsing.message import Forwarded, ParsedMail
from store.records import Ticket

MOST_QUOTED = 20_000
"""Letters of a quotation that are kept with a note."""


def below(mail: ParsedMail) -> Forwarded | None:
    """What stands below the words: the original of a forward, else what is quoted, if it is none of our notices."""
    if mail.forwarded is not None:
        return mail.forwarded
    quoted = mail.quoted.strip()[:MOST_QUOTED]
    if not quoted or keys.is_likely(quoted):
        return None
    return Forwarded(from_=None, subject="", date=None, text=quoted)


def by_verbs(ticket: Ticket) -> tuple[str, ...]:
    """What is to be done next, why it was escalated, why it was handed on, what a specialist lacked."""
    because = (one.because for one in handoffs.standing(ticket))
    needed = str(ticket.facts.get(handoffs.NEEDED) or "")
    return tuple(filter(None, (ticket.next_action, ticket.escalated_because, needed, *because)))
