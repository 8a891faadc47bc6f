"""Act: what the mail asks for is done: a customer's words open, join or reopen a ticket, an agent's words leave as the
desk.

In: a `Sorted`. Out: the `Decision`. Nothing is written here: effects are values, commit writes them. An agent's mail
is all or nothing: one command that cannot be read holds the whole mail, and then no byte of it leaves (DESIGN section
8).
"""

from __future__ import annotations

from gateway.rules.case import Mint, Sorted
from gateway.rules.desk import Desk
from gateway.stages.act.customer import appended, opened
from gateway.stages.act.robot import recorded
from gateway.stages.act.staff import colleague, escalating
from store.records import (
    Decision,
)
from store.snapshot import Snapshot


def act(sorted_: Sorted, desk: Desk, snapshot: Snapshot, mint: Mint) -> Decision:
    """Decide what this mail does."""
    threaded = sorted_.threaded
    if threaded.ticket is None:
        asked = escalating(sorted_, desk, mint) if sorted_.type == "escalation" else None
        return asked or opened(sorted_, desk, snapshot, mint)
    if threaded.guarded.robot:
        return recorded(threaded, threaded.ticket, desk, snapshot, mint)
    history = threaded.guarded.incoming.entry.envelope.history
    if threaded.membership == "agent" and threaded.guarded.agent is not None and not history:
        return colleague(threaded, threaded.ticket, threaded.guarded.agent, desk, snapshot, mint)
    return appended(threaded, threaded.ticket, desk, snapshot, mint)
