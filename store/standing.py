"""How the store stands, as one plain value: what health and metrics say of the backlog, the outbox and the timers.

Made by `store.figures`. Light on purpose: the web door takes it from the daemon and must not load the database
library for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

MOST = 5_000
"""Rows counted of anything at most: a desk in trouble must not be slowed down by being watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFigures:
    """Counts and oldest instants at `taken_at` (the desk's clock). A count of `MOST` means so many or more.

    `deferred` are the mails among the waiting ones that were tried and wait for their next attempt, `refusal` is what
    the remote said to one of them; it is a stranger's text. `failed_lately` were given up within the last day. In the
    last hour and a little more, `automatic` mails were let through, and `stopped` ones kept back by the breaker.
    """

    taken_at: datetime
    undecided: int = 0
    oldest_undecided: datetime | None = None
    queued: int = 0
    sending: int = 0
    oldest_due: datetime | None = None
    deferred: int = 0
    oldest_deferred: datetime | None = None
    refusal: str = ""
    held: int = 0
    failed: int = 0
    failed_lately: int = 0
    overdue_timers: int = 0
    oldest_timer: datetime | None = None
    last_accepted: datetime | None = None
    automatic: int = 0
    stopped: int = 0
