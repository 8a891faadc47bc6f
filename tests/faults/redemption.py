"""Many processes that redeem grants at once: `python -m tests.faults.redemption URL FAULT PROCESSES TICKET…`.

In: a store whose tickets have an offered call each, and which of them to book. It divides itself, and all its parts
begin at the same moment to book slot 1 through the real turn: look-up, `booking.booked`, commit. Out: one JSON line:
what became of each. FAULT is empty for the honest turn; `unlocked` looks in one transaction and acts in
another, with the conditions that the store's UPDATEs have; `check-then-act` does so without these conditions as well.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, update

from gateway.rules import change
from gateway.rules.calls import booking
from gateway.rules.calls.progress import Progress, written
from gateway.rules.desk import Desk
from gateway.stages.commit import commit
from store import calls
from store.engine import Store, StoreBusy, insert_missing, open_engines
from store.lookup import load
from store.records import Call, Decision, SaveCall, Ticket, Verdict
from store.snapshot import Snapshot, Wanted
from store.tables import calls as table
from store.tables import grants, invites
from tests.unit.store import samples

BOOKED, OVERTAKEN = "booked", "overtaken"
SLOT = 1
TRIES = 200
PAUSE = 0.02
"""How long a turn with the fault thinks between its look and its deed: what a page and its button are apart is more."""


def contact_of(ticket: int) -> str:
    """Everybody has one ticket: what two of them do has nothing in common but the slot."""
    return f"c{ticket}@northwind.example"


def wanted(ticket: int, desk: Desk, now: datetime) -> Wanted:
    """What a BOOK mail asks for."""
    return Wanted(addresses={*desk.agents, contact_of(ticket)}, numbers={ticket}, calls=now)


def decided(ticket: int, occasion: str, desk: Desk, snapshot: Snapshot, now: datetime) -> tuple[str, Decision | None]:
    """What booking slot 1 comes to: how it is called, and what is written."""
    before: Ticket = snapshot.tickets[ticket]
    found = booking.booked(snapshot.calls[ticket][1], SLOT, before, desk, snapshot, now, occasion)
    progress = found if isinstance(found, Progress) else found.progress
    what = BOOKED if isinstance(found, Progress) else str(found.reason)
    if progress is None:
        return what, None
    after, effects = written(progress, before, desk, now)
    effects += change.changed(before, after, progress.events, desk, now)
    mails = progress.mails(samples.mint)
    everything = (*effects, *mails)
    return what, Decision(entry=None, verdict=Verdict.BOOKING, reason=what, ticket=ticket, trace=(), effects=everything)


def redeem(store: Store, ticket: int, occasion: str, desk: Desk, now: datetime) -> str:
    """The honest turn, taken again while others are first."""

    def turn(connection: Connection) -> str:
        snapshot = load(connection, wanted(ticket, desk, now), lock=True)
        what, decision = decided(ticket, occasion, desk, snapshot, now)
        if decision is not None:
            commit(connection, [decision], snapshot, desk, now)
        return what

    return store.insist(turn, TRIES)


def redeem_unlocked(store: Store, ticket: int, occasion: str, desk: Desk, now: datetime) -> str:
    """What was looked at may be old when it is acted upon; who was overtaken looks again."""
    for _ in range(TRIES):
        with store.look() as connection:
            snapshot = load(connection, wanted(ticket, desk, now))
        what, decision = decided(ticket, occasion, desk, snapshot, now)
        if decision is None:
            return what
        time.sleep(PAUSE)
        try:
            with store.turn() as connection:
                commit(connection, [decision], snapshot, desk, now)
        except StoreBusy:
            continue
        return what
    return OVERTAKEN


def break_conditions() -> None:
    """The bug: what was seen is written, whatever has become of it meanwhile."""

    def save(connection: Connection, saves: Sequence[tuple[SaveCall, int, int | None]], _now: datetime) -> None:
        for one, ticket, _ in saves:
            call: Call = replace(one.call, ticket=ticket)
            assert call.grant is not None
            same = (table.c.ticket_id == ticket) & (table.c.number == call.number)
            values = {name: getattr(call, name) for name in ("state", "cell", "start", "end", "booked_at", "witness")}
            connection.execute(update(table).where(same).values(**values))
            redeemed = (grants.c.ticket_id == ticket) & (grants.c.number == call.number)
            state = {"state": str(call.grant.state), "redeemed_by": call.grant.redeemed_by}
            connection.execute(update(grants).where(redeemed).values(**state))
            rows: list[dict[str, Any]] = [
                {name: getattr(invite, name) for name in type(invite).__dataclass_fields__}
                | {"ticket_id": ticket, "number": call.number, "ordinal": ordinal}
                for ordinal, invite in enumerate(call.invites)
            ]
            insert_missing(connection, invites, rows)

    calls.save = save


def share(url: str, fault: str, name: str, tickets: Sequence[int], start: Any, said: Any) -> None:
    """One process: what it was given, when everybody is there."""
    store = open_engines(url)
    start.wait()
    way = redeem_unlocked if fault else redeem
    occasions = [f"{name}-{turn}" for turn in range(len(tickets))]
    desk = samples.desk()
    found = []
    for ticket, occasion in zip(tickets, occasions, strict=True):
        try:
            found.append(way(store, ticket, occasion, desk, samples.NOW))
        except Exception as error:  # whoever waits for this process hears of it
            found.append(f"{type(error).__name__}: {error}"[:300])
    said.put(found)
    store.close()


def main(url: str, fault: str, processes: int, tickets: Sequence[int]) -> None:
    """All processes; they are made before anything of a database is opened."""
    if fault == "check-then-act":
        break_conditions()
    samples.desk()
    fork = multiprocessing.get_context("fork")
    start, said = fork.Barrier(processes), fork.SimpleQueue()
    running = [
        fork.Process(target=share, args=(url, fault, f"p{n}", tickets[n::processes], start, said))
        for n in range(processes)
    ]
    for one in running:
        one.start()
    print(json.dumps([what for _ in running for what in said.get()]))
    for one in running:
        one.join()


if __name__ == "__main__":
    main(*sys.argv[1:3], int(sys.argv[3]), [int(one) for one in sys.argv[4:]])
