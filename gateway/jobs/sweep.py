"""The sweep: what has come due is done through the same rules and the same commit as a mail.

In: an instant and a write transaction. Out: the decisions that were committed, for `replydesk sweep` to print. A sweep
may run twice or late: what is due lives in the timers table, and a timer ends with the decision that it led to.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from gateway.rules import budget
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.stages.commit import commit
from gateway.stages.meter import meter
from store import timers
from store.lookup import load
from store.records import Decision
from store.snapshot import Snapshot, Wanted

BATCH = 100


def sweep(connection: Connection, desk: Desk, mint: Mint, now: datetime) -> list[Decision]:
    """Do up to `BATCH` of what is due; the mails that it makes wait in the outbox."""
    rows = timers.due(connection, now, BATCH)
    if not rows:
        return []
    wanted = Wanted(
        addresses=set(desk.agents),
        numbers={number for number, _ in rows},
        budgets=budget.names("", now),
        budgets_since=budget.since(now),
    )
    snapshot: Snapshot = load(connection, wanted)
    desk = desk.without(snapshot.disabled)
    decisions = []
    for number, kind in rows:
        due = on_due(snapshot.tickets[number], kind, snapshot.people, desk, mint, now)
        decision = meter(due, "", desk, snapshot, mint, now)
        snapshot.overlay(decision, None)
        decisions.append(decision)
    commit(connection, decisions, snapshot, desk, now)
    return decisions
