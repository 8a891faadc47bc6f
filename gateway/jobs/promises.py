"""The chore that proves all promised calls anew (`rules/calls/proving.py`).

In: a write transaction that holds the name of all calls, the desk as it is now, the instant. Out: the decisions, for
`jobs/sweep.py` to meter and commit. Most looks find nothing to do and read two tables.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from gateway.rules.calls import proving
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from store import waiting
from store.lookup import load
from store.records import Decision
from store.snapshot import Wanted

EVERY = timedelta(minutes=15)


def following(now: datetime, _desk: Desk) -> datetime:
    """When it is due next, whatever wakes it before."""
    return now + EVERY


def step(connection: Connection, desk: Desk, mint: Mint, now: datetime) -> tuple[list[Decision], bool]:
    """What follows from how the promises stand, and whether that was all: what somebody has in a turn comes later."""
    known = load(connection, Wanted(addresses=set(desk.agents), calls=now))
    if known.schedule is None:
        return [], True
    waits = waiting.for_a_slot(connection)
    if not known.schedule.promised and not waits:
        return [], True
    proof = proving.proven(desk, known, now)
    concerned = {ref for ref in proof.tickets if isinstance(ref, int)} | waits
    hands = waiting.at_hand(connection, concerned)
    if hands:
        known = load(connection, Wanted(addresses=set(desk.agents), numbers=hands, calls=now))
    return proving.decided(proof, set(waits), desk, known, mint, now), hands == concerned
