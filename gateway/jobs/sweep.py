"""The sweep: what has come due is done through the same rules and the same commit as a mail.

In: an instant and a write transaction. Out: the decisions that were committed, for `replydesk sweep` to print. A sweep
may run twice or late: what is due lives in the tables of timers and chores, and a timer ends with the decision that it
led to. Chores come when no timer waits.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.jobs import chores
from gateway.rules import budget
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.timers import CALL, Due
from gateway.stages.commit import commit
from gateway.stages.meter import meter
from store import chores as standing
from store import timers
from store.engine import is_store_fault, lock_names
from store.lookup import load
from store.records import Decision, SendMail, SetTimer, Step, Verdict
from store.snapshot import CALLS, Snapshot, Wanted

BATCH = 100
HALFWAY = "halfway"
"""The stage of a decision that says only that a chore goes on: nothing was done, and nobody need be told."""
LATER = timedelta(hours=1)
"""When something is tried again that our rules stumbled over: it must not keep everything else from being done."""

log = logging.getLogger(__name__)


def sweep(connection: Connection, desk: Desk, mint: Mint, now: datetime) -> list[Decision]:
    """Do up to `BATCH` of what is due; the mails that it makes wait in the outbox."""
    promised = _touches_promises(connection, now)
    if promised:
        # before any row is ours: a turn that holds this name may wait for a ticket, and must not find it with us
        lock_names(connection, {CALLS})
    rows = timers.due(connection, now, BATCH, without="" if promised else CALL)
    found = _timers(connection, rows, desk, mint, now) if rows else []
    for _ in chores.CHORES if len(rows) < BATCH else ():
        claimed = chores.due(connection, desk, now)
        done = _chore(connection, *claimed, desk, mint, now) if claimed is not None else []
        found += done
        if done or claimed is None:
            break
    return found


def _touches_promises(connection: Connection, now: datetime) -> bool:
    """Whether something is due that decides about promised calls, which two must not do at once."""
    if timers.is_due(connection, now, CALL):
        return True
    due_at = standing.standing(connection).get(standing.PROMISES)
    return due_at is not None and due_at <= now


def _timers(
    connection: Connection, rows: Sequence[timers.Timer], desk: Desk, mint: Mint, now: datetime
) -> list[Decision]:
    wanted = _wanted({row.ticket for row in rows}, desk, now)
    if any(row.kind.partition(":")[0] == CALL for row in rows):
        wanted.calls = now
    snapshot = load(connection, wanted)
    desk = desk.as_of(snapshot.people, now)
    decisions = []
    for row in rows:
        decision = _done(row, snapshot, desk, mint, now)
        snapshot.overlay(decision, None)
        decisions.append(decision)
    commit(connection, decisions, snapshot, desk, now)
    return decisions


def _done(row: timers.Timer, snapshot: Snapshot, desk: Desk, mint: Mint, now: datetime) -> Decision:
    """What one timer leads to. The rules know no store: one that they stumble over costs only itself."""
    due = Due(ticket=snapshot.tickets[row.ticket], kind=row.kind, due_at=row.due_at, detail=row.detail)
    try:
        return meter(on_due(due, snapshot, desk, mint, now), "", desk, snapshot, mint, now)
    except Exception as error:
        log.exception("the timer %s of %s failed", row.kind, desk.reference(row.ticket))
        why = f"it failed ({type(error).__name__}) and is tried again"
        again = SetTimer(ticket=row.ticket, kind=row.kind, due_at=now + LATER, detail=row.detail)
        return Decision(
            entry=None,
            verdict=Verdict.COMMAND,
            reason=f"{row.kind}: {why}",
            ticket=row.ticket,
            trace=(Step(stage="sweep", what=row.kind, why=why),),
            effects=(again,),
        )


def _chore(
    connection: Connection, chore: chores.Chore, after: int, desk: Desk, mint: Mint, now: datetime
) -> list[Decision]:
    """A turn of the desk's own regular work, in a savepoint: what goes wrong with it must not stop the timers."""
    if chore.name == standing.PROMISES:
        lock_names(connection, {CALLS})  # held already, but where it became due in this very moment
    savepoint = connection.begin_nested()
    try:
        decisions = _planned(connection, chore, after, desk, mint, now)
    except Exception as error:
        if is_store_fault(error):
            raise
        savepoint.rollback()
        log.exception("the chore %s failed; it is tried again", chore.name)
        standing.put_off(connection, chore.name, now + LATER, after)
        return []
    savepoint.commit()
    return decisions


def _planned(
    connection: Connection, chore: chores.Chore, after: int, desk: Desk, mint: Mint, now: datetime
) -> list[Decision]:
    """The chore knows no snapshot: what its decisions need is looked up when they are there."""
    desk = desk.as_of(load(connection, Wanted(addresses=set(desk.agents))).people, now)
    done = chores.take(connection, chore, desk, mint, now, after)
    planned = done.decisions
    if not planned:
        return (
            [_halfway(chore.name, desk.reference(done.after) if done.after > chores.ONWARD else "")]
            if done.after
            else []
        )
    wanted = _wanted({decision.ticket for decision in planned if isinstance(decision.ticket, int)}, desk, now)
    to = {mail.to.address for one in planned for mail in one.effects if isinstance(mail, SendMail)}
    wanted.addresses |= to
    wanted.budgets |= {name for address in to for name in budget.of_person(address)}
    snapshot = load(connection, wanted)
    decisions = []
    for decision in planned:
        decisions.append(meter(decision, "", desk, snapshot, mint, now))
        snapshot.overlay(decisions[-1], None)
    commit(connection, decisions, snapshot, desk, now)
    return decisions


def _halfway(name: str, last: str) -> Decision:
    """Nothing was to be done so far, and more is to be looked at: whoever sweeps comes again at once."""
    why = f"looked at the tickets up to {last}" if last else "there is more to do"
    step = Step(stage=HALFWAY, what=name, why=why)
    return Decision(entry=None, verdict=Verdict.COMMAND, reason=f"{name}: {why}", trace=(step,))


def _wanted(numbers: set[int], desk: Desk, now: datetime) -> Wanted:
    return Wanted(
        addresses=set(desk.agents),
        numbers=numbers,
        budgets=budget.names("", now),
        budgets_of=budget.of_ticket,
        budgets_since=budget.since(now),
    )
