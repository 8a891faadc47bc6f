"""Claiming: what is due and in nobody's hand is taken in ours, in one short turn.

In: a write transaction, a lease, and how much there is room for. Out: a `Claimed`. What is in our own hand already is
never taken a second time, whatever the clock did to its lease; one bad timer must not stop the mail.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from gateway.doors.words import LARGE
from gateway.jobs.sweep import sweep
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from gateway.settler import WINDOW_BYTES
from store import journal, outbox
from store.engine import StoreBusy, is_store_fault
from store.fault import fault_of
from store.journal import Lease
from store.records import Decision, Entry

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How many mails to settle and letters to send we have room for, `again` of the letters such as were tried before,
    and those that are in our hand."""

    mails: int
    letters: int
    again: int
    settling: frozenset[int]
    leaving: frozenset[int]


@dataclass(slots=True)
class Claimed:
    """Mails with their bytes (None: a large one), decisions of timers, outgoing mails with their letters."""

    entries: list[Entry] = field(default_factory=list)
    contents: list[bytes | None] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    letters: list[dict[str, Any]] = field(default_factory=list)


def claim(
    connection: Connection,
    desk: Desk,
    mint: Mint,
    lease: Lease,
    now: datetime,
    room: Room,
    lease_now: datetime | None = None,
) -> Claimed:
    """Take what there is room for, do what time asks for, and take the mails that wait to leave.

    `lease_now` is the time by the clock that leases go by (`store.engine.lease_now`).
    """
    claimed = Claimed()
    found = journal.claim(connection, lease, lease_now or now, room.mails, WINDOW_BYTES) if room.mails else []
    claimed.entries = [entry for entry in found if entry.id not in room.settling]
    claimed.contents = journal.contents(connection, claimed.entries, LARGE)
    claimed.decisions = _sweep(connection, desk, mint, now)
    waiting = outbox.claim(connection, lease, now, room.letters, room.again, lease_now) if room.letters else []
    claimed.letters = [dict(row) for row in waiting if row["id"] not in room.leaving]
    return claimed


def _sweep(connection: Connection, desk: Desk, mint: Mint, now: datetime) -> list[Decision]:
    savepoint = connection.begin_nested()
    try:
        decisions = sweep(connection, desk, mint, now)
    except Exception as error:
        busy = isinstance(fault_of(error), StoreBusy)  # others are at the same tickets: the mail need not wait for them
        if is_store_fault(error) and not busy:
            raise
        savepoint.rollback()
        log.log(logging.INFO if busy else logging.ERROR, "what is due could not be done yet", exc_info=not busy)
        return []
    savepoint.commit()
    return decisions
