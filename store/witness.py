"""The witness: notices a store that went back in time, or woke up elsewhere, before it sends its mail a second time.

In: the data folder and a write transaction. Out: at start the reason why all that waits to leave is held now, or
nothing; after that one count for each turn that sends or marks mail. It never sends, and never lets go of what it held.

A restored store believes that mail still waits which has left since the backup was made. So the turns of all machines
of a desk are counted in the store, and each machine writes the count down in its data folder, where no backup of the
store takes it back. The file is written after the commit: a crash leaves it behind the store, never ahead of it. A
file that is ahead, or a store and a file that do not know each other, mean a restore (reliability 1).
"""

from __future__ import annotations

import logging
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from store.engine import StoreError, run_many
from store.tables import IS_STUCK, journal, outbox, witnesses

FILE = "witness"
MACHINE = Path("/etc/machine-id")
ALIVE = timedelta(seconds=60)
"""A machine that was heard of within this time is at work on the same store."""

GONE = timedelta(days=30)
"""A machine that was not heard of for so long has no row of its own any more: its turns are counted in another's."""

MACHINES = 100
"""Nor have more than so many, whenever the others were last heard of: where the data folder does not outlive a start,
each start is another machine."""

RESTORED = "undecided when the store was restored"
"""The step in a journal row's trace that says: hold what comes of it."""

CURE = "`replydesk queue release --all` lets them go"

log = logging.getLogger(__name__)


class StoreWentBack(StoreError):
    """The store was restored under a running desk, whose memory is of things that never were: end, and start anew."""


@dataclass(frozen=True, slots=True)
class _Word:
    """What a witness file says: whose it is, and the count of turns that it has seen."""

    token: str
    total: int

    def encode(self) -> bytes:
        return f"{self.token} {self.total:020}\n".encode("ascii")


_NOBODY = _Word("", 0)
_SAID = re.compile(rb"([0-9a-f]{32}) ([0-9]{20})\n")


class Witness:
    """This machine's memory of the store: `check` once at the start, then `note` and `committed` around each commit."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._descriptor = -1
        self._word = _NOBODY
        self._noted = 0
        self._failed = False

    def check(self, connection: Connection, now: datetime, is_sqlite: bool) -> str:
        """Empty when the store is the one that we know, or when nothing waits; else why all that waits is held now.

        It runs in a turn of its own before anything is claimed; `committed` follows.
        """
        known = {row.token: row for row in connection.execute(select(witnesses))}
        word, fingerprint = self._open()
        stranger = _stranger(known, word, fingerprint)
        is_alive = any(row.seen_at > now - ALIVE for row in known.values())
        total = sum(row.turn for row in known.values())
        reason = ""
        if word.total > total:
            reason = f"the store is older than what this desk has seen of it (turn {total}, not {word.total})"
        elif stranger and known and (is_sqlite or not is_alive):
            reason = stranger
        if not word.token or (stranger and not reason):  # a copy of a machine that is at work must not count as it
            word = _Word(secrets.token_hex(16), word.total)
            self._write(word, durably=True)
        known = _fold(connection, known, word, now)
        self._join(connection, known, word, fingerprint, now, max(total, word.total))
        self._word = word
        return _hold(connection, reason) if reason else ""

    def note(self, connection: Connection, now: datetime) -> None:
        """Count this turn, which sends mail or marks it. Raises `StoreWentBack` when the store has forgotten turns."""
        counted = connection.execute(_NOTE, {"mine": self._word.token, "now": now}).one_or_none()
        total = int(counted[0] + counted[1]) if counted else 0
        if total <= self._word.total:
            raise StoreWentBack(
                f"the store went back in time while the desk ran (turn {total} after {self._word.total}): "
                "it was restored; start the desk anew"
            )
        self._noted = total

    def committed(self) -> None:
        """What was noted is durable: write it down. Not synced: a power cut may take this word back, no matter.

        Nor does it matter when the file cannot be written: a file that is behind the store only sees less.
        """
        if self._noted <= self._word.total:
            return
        self._word = _Word(self._word.token, self._noted)
        try:
            self._write(self._word, durably=False)
        except OSError as error:
            if not self._failed:
                log.error(
                    "%s cannot be written (%s): a restore of the store may go unnoticed; mend its disk or its rights",
                    self._path,
                    error.strerror or error,
                )
            self._failed = True
        else:
            self._failed = False

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _open(self) -> tuple[_Word, str]:
        """Our file's word and what the file is: its number on the disk and the machine. A copy is another file."""
        self.close()
        self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        said = _SAID.fullmatch(os.pread(self._descriptor, 100, 0))
        word = _Word(said[1].decode("ascii"), int(said[2])) if said else _NOBODY
        return word, f"{os.fstat(self._descriptor).st_ino}@{_machine()}"

    def _write(self, word: _Word, *, durably: bool) -> None:
        os.pwrite(self._descriptor, word.encode(), 0)
        if durably:
            os.fsync(self._descriptor)
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _join(
        self,
        connection: Connection,
        known: dict[str, Row[Any]],
        word: _Word,
        fingerprint: str,
        now: datetime,
        total: int,
    ) -> None:
        """Our row, with a turn that brings the count of all machines past everything that anybody has seen."""
        row = known.get(word.token)
        others = sum(other.turn for other in known.values()) - (row.turn if row else 0)
        values = {"turn": total + 1 - others, "fingerprint": fingerprint, "seen_at": now}
        if row:
            connection.execute(update(witnesses).where(witnesses.c.token == word.token).values(values))
        else:
            connection.execute(insert(witnesses).values(token=word.token, **values))
        self._noted = total + 1


def is_at_work(connection: Connection, now: datetime) -> bool:
    """Whether a machine that serves this store was heard of lately."""
    seen = connection.execute(select(func.max(witnesses.c.seen_at))).scalar()
    return seen is not None and seen > now - ALIVE


def held_because(connection: Connection) -> str:
    """Why mail has been held since a restore and waits for an operator; empty when none does."""
    held = select(outbox.c.last_text).where(IS_STUCK, outbox.c.state == "held")
    found = connection.execute(held.where(outbox.c.last_text.startswith(_HELD)).limit(1)).scalar()
    return str(found).removeprefix(_HELD) if found else ""


_HELD = "held after a restore: "


def hold_all(connection: Connection, reason: str) -> int:
    """Hold everything that waits to leave or is in somebody's hand; how many mails that were."""
    done = connection.execute(
        update(outbox)
        .where(outbox.c.state.in_(("queued", "sending")))
        .values(state="held", lease_owner="", lease_until=None, last_text=f"{_HELD}{reason}; {CURE}")
    )
    return done.rowcount


def _hold(connection: Connection, reason: str) -> str:
    count = hold_all(connection, reason)
    waiting = _mark_undecided(connection, reason)
    if not count and not waiting:
        return ""
    log.error(
        "held after a restore, %s mails that wait to leave, %s to be decided: %s; %s", count, waiting, reason, CURE
    )
    return reason


def _mark_undecided(connection: Connection, reason: str) -> int:
    """Mail that is undecided in the backup was decided and answered since: what its second look sends is held too."""
    rows = connection.execute(select(journal.c.id, journal.c.trace).where(journal.c.verdict.is_(None))).all()
    if rows:
        step = ["store", RESTORED, reason]
        run_many(connection, _MARK, [{"number": row.id, "new_trace": [*row.trace, step]} for row in rows])
    return len(rows)


_MARK = update(journal).where(journal.c.id == bindparam("number")).values(trace=bindparam("new_trace"))


def _stranger(known: dict[str, Row[Any]], word: _Word, fingerprint: str) -> str:
    """Why this data folder is not one that the store knows; empty when it is."""
    if not word.token:
        return f"the store knows other data folders, and this one has no file {FILE}"
    if word.token not in known:
        return f"the store does not know this data folder's file {FILE}"
    if known[word.token].fingerprint != fingerprint:
        return "the data folder was moved, copied or restored"
    return ""


def _fold(connection: Connection, known: dict[str, Row[Any]], word: _Word, now: datetime) -> dict[str, Row[Any]]:
    """Those of the known that stay. The count of all goes on: ours takes up what the others had counted.

    Whoever comes back after that is a stranger to the store, which holds too much rather than too little.
    """
    others = sorted((row for row in known.values() if row.token != word.token), key=lambda row: row.seen_at)
    many = len(others) - MACHINES
    gone = [row.token for place, row in enumerate(others) if row.seen_at < now - (ALIVE if place < many else GONE)]
    if not gone:
        return known
    folded: set[str] = set()
    for start in range(0, len(gone), 500):
        chosen = witnesses.c.token.in_(gone[start : start + 500])
        is_silent = witnesses.c.seen_at < now - ALIVE  # on PostgreSQL it may have spoken since
        done = connection.execute(delete(witnesses).where(chosen, is_silent).returning(witnesses.c.token))
        folded.update(done.scalars())
    return {token: row for token, row in known.items() if token not in folded}


def _machine() -> str:
    """This machine's own number; empty where it has none, as in many containers."""
    try:
        return MACHINE.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


_others = witnesses.alias("others")
_NOTE = (
    update(witnesses)
    .where(witnesses.c.token == bindparam("mine"))
    .values(turn=witnesses.c.turn + 1, seen_at=bindparam("now"))
    .returning(
        witnesses.c.turn,
        select(func.coalesce(func.sum(_others.c.turn), 0))
        .where(_others.c.token != bindparam("mine"))
        .scalar_subquery(),
    )
)
