"""What a new mail of a customer does to a ticket that is resolved or closed (X8).

In: the ticket, the instant, the window. Out: `append`, `reopen` inside the window, `follow` (a linked new ticket)
after.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from store.records import Ticket


def on_reply(ticket: Ticket, now: datetime, window: timedelta) -> str:
    """`append`, `reopen` or `follow`."""
    if not ticket.is_done:
        return "append"
    ended = ticket.resolved_at or ticket.updated_at
    return "reopen" if now - ended <= window else "follow"
