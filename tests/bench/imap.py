"""Collected mailboxes: how soon a mail that reaches a real Dovecot is in the journal and answered, and how fast a full
folder is taken.

In: how many mails. Out: seconds. Another client idles in a folder that gets the same mail and that nobody collects, so
that what Dovecot itself waits before it tells of new mail (half a second) is seen apart from what we take.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.tables import journal, mailboxes, outbox
from tests.bench import meter
from tests.servers.dovecot import Dovecot
from tests.servers.serving import Desk, letter

MAILS = 20
_SECONDS = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Seconds from the mail's being in the folder until Dovecot told another client, until its row was committed and
    until its acknowledgement had left, each in rising order; mails a second of a full folder until the last row and
    until the last acknowledgement, and processor milliseconds a mail by role."""

    told: tuple[float, ...]
    kept: tuple[float, ...]
    answered: tuple[float, ...]
    mails: int
    rate_kept: float
    rate: float
    cost: dict[str, float]


class Watcher:
    """Another client, which idles in a folder of its own and notes when it was told of new mail."""

    def __init__(self, server: Dovecot) -> None:
        self._server = server
        self.told: list[float] = []
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._idle, daemon=True)
        self._thread.start()
        self._ready.wait(30)

    def _idle(self) -> None:
        with self._server.client("watcher") as client:
            client.select()
            client.sock.settimeout(None)
            client.send(b"I1 IDLE\r\n")
            client.readline()
            self._ready.set()
            while len(self.told) < MAILS and (line := client.readline()):
                if line.endswith(b" EXISTS\r\n"):
                    self.told.append(time.monotonic())
            client.send(b"DONE\r\n")
            client.readline()

    def join(self) -> None:
        self._thread.join(30)


def measure(mails: int) -> Collected:
    """Twenty mails, one after the other, then `mails` that are there when the desk starts."""
    with tempfile.TemporaryDirectory(prefix="replydesk-bench-") as folder:
        server = Dovecot(("support", "billing", "watcher"))
        try:
            server.start()
            told, kept, answered = _one_by_one(_desk(Path(folder) / "idle", server, "support"), server)
            return _full(_desk(Path(folder) / "full", server, "billing"), server, mails, (told, kept, answered))
        finally:
            server.remove()


def _desk(folder: Path, server: Dovecot, account: str) -> Desk:
    one = Desk(folder, quiet=True, INTAKE__DOMAIN_HOUR="1000000")
    return one.collect(**server.table(account, after="move", backlog="new", poll_seconds=3600))


def _one_by_one(desk: Desk, server: Dovecot) -> tuple[list[float], list[float], list[float]]:
    kept, answered, begun = [], [], []
    desk.start()
    try:
        _when(lambda: [row for row in desk.rows(mailboxes) if row.looked_at])
        watcher = Watcher(server)
        for number in range(MAILS):
            begun.append(time.monotonic())
            server.deliver(letter(number))
            server.deliver(letter(number), account="watcher")
            kept.append(_when(lambda: _rows(desk) > number) - begun[-1])  # noqa: B023 - it is called at once
            answered.append(_when(lambda: _answered(desk) > number) - begun[-1])  # noqa: B023
            _when(lambda: not server.files())
            time.sleep(0.7)  # Dovecot tells twice of a folder that changes twice
        watcher.join()
        told = [there - began for there, began in zip(watcher.told, begun, strict=True)]
    finally:
        desk.kill()
    return sorted(told), sorted(kept), sorted(answered)


def _full(desk: Desk, server: Dovecot, mails: int, waits: tuple[list[float], list[float], list[float]]) -> Collected:
    for number in range(mails):
        server.deliver(letter(number), account="billing")
    began = time.monotonic()
    desk.start()
    try:
        kept = _when(lambda: _rows(desk) >= mails, 0.02) - began
        answered = _when(lambda: _answered(desk) >= mails, 0.05) - began
        _when(lambda: not server.files(account="billing"), 0.05)
        cost = meter.processor(desk.daemon)
    finally:
        desk.kill()
    told, kept_each, answered_each = map(tuple, waits)
    return Collected(
        told=told,
        kept=kept_each,
        answered=answered_each,
        mails=mails,
        rate_kept=mails / kept,
        rate=mails / answered,
        cost={role: 1000 * spent / mails for role, spent in cost.items()},
    )


def _rows(desk: Desk) -> int:
    return len(desk.rows(journal, journal.c.id))


def _answered(desk: Desk) -> int:
    return sum(row.state == "sent" for row in desk.rows(outbox, outbox.c.state))


def _when(look: Callable[[], object], pause: float = 0.002) -> float:
    """The moment at which `look` finds something."""
    deadline = time.monotonic() + _SECONDS
    while not look():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing was collected within {_SECONDS:.0f} s")
        time.sleep(pause)
    return time.monotonic()
