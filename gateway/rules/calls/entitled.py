"""Whose ticket gets a live call: the queue decides, not who asks the longest (`ops` R104).

In: a ticket as it stands, the desk's policy, for what a lead has given their word. Out: nothing, or why not, in plain
words for us. The same question is asked when a call is asked for, when its offer is answered, and when the ticket
changes. Pure; nothing of it is told to anybody outside.
"""

from __future__ import annotations

from gateway.rules import workflow
from gateway.rules.desk import Desk
from store.records import Call, CallState, Ticket


def entitled(ticket: Ticket, desk: Desk) -> str:
    """Why this ticket may have no call by itself; empty where it may."""
    if ticket.is_done:
        return f"the ticket is {workflow.spoken(ticket.status)}"
    if ticket.priority in desk.calls.priorities or ticket.escalated_at is not None:
        return ""
    urgent = " and ".join(str(priority) for priority in sorted(desk.calls.priorities))
    whose = f"priority {urgent} and escalated tickets" if urgent else "escalated tickets"
    return f"priority {ticket.priority}, not escalated; without a lead's word calls are for {whose}"


def still(call: Call, ticket: Ticket, desk: Desk) -> str:
    """Why the ticket may have this call no more; empty while it may.

    The right to book ends with what gave it, unless a lead's word did (or ours, where we had missed a call:
    `approved_by`). What was promised is kept as long as the ticket is open: being calmer is no reason to break it.
    """
    if ticket.is_done:
        return f"the ticket is {workflow.spoken(ticket.status)}"
    granted = call.state == CallState.OFFERED or (call.state == CallState.REQUESTED and call.capability)
    return entitled(ticket, desk) if granted and not call.approved_by else ""
