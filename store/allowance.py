"""What was spent of budgets and rates, for a batch that asks before it spends.

In: the names that a batch wants, its tickets. Out: what was spent of each, filled into the snapshot; of an explained
message's own time nothing is seen.
"""

from __future__ import annotations

from sqlalchemy import Connection

from store import ledger
from store.engine import lock_names
from store.hindsight import Hindsight
from store.records import Role
from store.snapshot import Snapshot, Wanted

RATE_GRAIN = 300
"""Seconds that share one row of `Wanted.rates`."""


def budgets_of(
    connection: Connection, wanted: Wanted, threaded: set[int], found: Snapshot, seen: Hindsight | None, *, lock: bool
) -> None:
    """What was spent of the budgets that are named, and of those of whom the mails' tickets may write to.

    Of an explained message's own second nothing is seen: it may have spent itself then.
    """
    names = wanted.budgets.copy()
    if wanted.budgets_of is not None:
        for number in threaded & found.tickets.keys():
            names.update(wanted.budgets_of(found.tickets[number]))
            if wanted.budgets_to is not None:
                on_it = found.participants.get(number, {}).items()
                names.update(name for address, kind in on_it if kind == "copied" for name in wanted.budgets_to(address))
    if wanted.budgets_to is not None:
        for key in found.keys.values():
            if key.role is Role.AGENT and key.person not in wanted.senders:  # who is told if somebody else came with it
                names.update(wanted.budgets_to(key.person))
    spent = ledger.spent(connection, names, wanted.budgets_since)
    if lock and wanted.in_turn is not None and wanted.in_turn(spent):
        lock_names(connection, ("the breaker",))
        spent = ledger.spent(connection, names, wanted.budgets_since)
    if seen is not None and seen.decided_at is not None:
        until = int(seen.decided_at.timestamp())
        spent = {name: [(at, count) for at, count in counts if at < until] for name, counts in spent.items()}
    found.spent |= spent


def before(seen: Hindsight | None, spent: dict[str, list[tuple[int, int]]]) -> dict[str, list[tuple[int, int]]]:
    """What was spent to `RATE_GRAIN` before an explained message was decided, without what it took itself."""
    if seen is None or seen.decided_at is None:
        return spent
    second, own = int(seen.decided_at.timestamp()), int(seen.let_in)
    return {
        name: [(at, count - own * (at + RATE_GRAIN > second)) for at, count in counts if at <= second]
        for name, counts in spent.items()
    }
