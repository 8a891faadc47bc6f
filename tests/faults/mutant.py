"""replydesk with a fault on purpose: `python mutant.py FAULT serve`. What finds faults must find these.

`early-250`: the door is told that a mail is kept before the turn that keeps it. `lazy-sync`: SQLite forgets how to
sync. The fault is in the daemon's process alone.
"""

from __future__ import annotations

import sys
import time

from gateway.porter import Porter
from store import engine, opening


def early_250() -> None:
    take = Porter.take

    def take_and_answer(self: Porter) -> list[object]:
        arrived = take(self)
        self.answer(arrived, kept=True)
        if arrived and self.worker:
            self.worker.channel.flush()
            time.sleep(0.02)  # a disk that takes its time
        return arrived  # type: ignore[return-value]

    Porter.take = take_and_answer  # type: ignore[assignment,method-assign]


def lazy_sync() -> None:
    prepare = engine._prepare_sqlite_writer

    def prepare_lazily(connection: object, entry: object) -> None:
        prepare(connection, entry)  # type: ignore[arg-type]
        connection.execute("PRAGMA synchronous=NORMAL")  # type: ignore[attr-defined]

    engine._prepare_sqlite_writer = prepare_lazily
    opening.assert_durable = lambda _store: None


if __name__ == "__main__":
    {"early-250": early_250, "lazy-sync": lazy_sync}[sys.argv.pop(1)]()
    from gateway.cli import main

    main()
