"""The ledger: how much of each budget was spent when. A budget is a name; what it allows is `gateway.rules.budget`'s.

In: names and seconds since 1970. Out: what was spent. Counts of one second (coarser where many are counted) stand in
one row and only ever grow: two that spend at once lose nothing of each other's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, delete, select, text, tuple_

from store.records import Spend
from store.tables import ledger

KEPT = 8 * 86_400
"""Seconds after which nothing asks for a row any more: mail that waited on its server counts when that got it."""
FORGOTTEN = 5_000
"""Rows that are removed in one turn."""

_SPENT = (
    select(ledger)
    .where(ledger.c.name.in_(bindparam("wanted", expanding=True)), ledger.c.at > bindparam("since"))
    .order_by(ledger.c.at)
)
_OLD = (
    select(ledger.c.name, ledger.c.at)
    .where(ledger.c.at < bindparam("until"))
    .order_by(ledger.c.at)
    .limit(FORGOTTEN)
    .subquery()
)
_FORGET = delete(ledger).where(tuple_(ledger.c.name, ledger.c.at).in_(select(_OLD)))
_SPEND = text(
    "INSERT INTO ledger (name, at, count) VALUES (:name, :at, :count) "
    "ON CONFLICT (name, at) DO UPDATE SET count = ledger.count + excluded.count"
)


def spent(connection: Connection, names: Collection[str], since: int) -> dict[str, list[tuple[int, int]]]:
    """(second, how many) by name, oldest first, of what was spent after the second `since`."""
    found: dict[str, list[tuple[int, int]]] = {}
    for name, at, count in connection.execute(_SPENT, {"wanted": list(names), "since": since}):
        found.setdefault(name, []).append((at, count))
    return found


def spend(connection: Connection, items: Iterable[Spend]) -> None:
    """Write down what a turn has spent."""
    counts: Counter[tuple[str, int]] = Counter()
    for item in items:
        counts[item.name, item.at] += item.count
    rows = [{"name": name, "at": at, "count": count} for (name, at), count in sorted(counts.items())]
    if rows:  # sorted: of two turns that spend of the same budgets none waits for the other in a circle
        connection.execute(_SPEND, rows)


def forget(connection: Connection, now: int) -> int:
    """Remove rows that nothing asks for any more, the oldest `FORGOTTEN` of them; how many that were."""
    return connection.execute(_FORGET, {"until": now - KEPT}).rowcount


def of_hour(kind: str, now: int) -> tuple[str, str]:
    """The names under which something is counted for the whole desk: in this hour, and in the one before."""
    hour = now // 3_600
    return f"{kind}:{hour}", f"{kind}:{hour - 1}"
