"""Looking up what new tickets are akin to: the last ones of a person and of a house, the last solved ones of a topic.

In: names and topics. Out: `Kin` and `Solved` values. One statement a batch, each of its parts bounded by an index, so
that a customer with ten thousand tickets costs what any other one does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Connection, TextClause, text

from store.records import Kin, Solved

LATEST = 8
"""Tickets of one name that are looked at, the newest."""
SOLVED = 12
"""Solved tickets of one topic that are looked at."""
_TOO_BIG = 1 << 62
MOST_PARTS = 64
"""Names and topics of a batch at most: what goes beyond is left out of notices, and nothing else."""


@dataclass(frozen=True, slots=True)
class Seeking:
    """A mail that may open a ticket: the names of its author and of their house, the topic it speaks of, and what would
    make it an answer instead."""

    names: tuple[str, ...]
    topic: str
    message_ids: tuple[str, ...] = ()
    key_hashes: tuple[str, ...] = ()


def akin(
    connection: Connection, names: Collection[str], topics: Collection[str], before: int | None = None
) -> tuple[dict[str, list[Kin]], dict[str, list[Solved]]]:
    """By name the last tickets, by topic the last solved ones; only those `before` a ticket, where one is explained."""
    asked = [("k", name) for name in sorted(names)][:MOST_PARTS]
    asked += [("s", topic) for topic in sorted(topics)][: MOST_PARTS - len(asked)]
    kin: dict[str, list[Kin]] = {}
    solved: dict[str, list[Solved]] = {}
    if not asked:
        return kin, solved
    shape = "".join(kind for kind, _ in asked)
    values = {f"n{place}": name for place, (_, name) in enumerate(asked)} | {"before": before or _TOO_BIG}
    values |= {name: most for kind, name, most in (("k", "l", LATEST), ("s", "s", SOLVED)) if kind in shape}
    rows = connection.execute(_statement(shape), values)
    for kind, name, ref, status, category, subject, more, other in rows.all():
        if kind == "k":
            one = Kin(ref=ref, requester=more, status=status, is_open=category != "done", subject=subject)
            kin.setdefault(name, []).append(one)
        else:
            solved.setdefault(name, []).append(Solved(ref=ref, subject=subject, outcome=more, gist=other))
    return kin, solved


@lru_cache(256)
def _statement(shape: str) -> TextClause:
    """One part each: the names stand in no text, only how many there are."""
    return text(" UNION ALL ".join(_PARTS[kind].format(place=place) for place, kind in enumerate(shape)))


_PARTS = {
    "k": """SELECT * FROM (SELECT 'k' AS kind, t.house AS name, t.id AS id, t.status AS status,
        t.status_category AS category, t.subject AS subject, p.address AS more, '' AS other
        FROM tickets t JOIN people p ON p.id = t.requester_id
        WHERE t.house BETWEEN :n{place} AND :n{place} AND t.id < :before
        ORDER BY t.house DESC, t.id DESC LIMIT :l) AS part{place}""",
    "s": """SELECT * FROM (SELECT 's' AS kind, topic AS name, id AS id, status AS status,
        status_category AS category, subject AS subject, outcome AS more, gist AS other
        FROM tickets WHERE topic BETWEEN :n{place} AND :n{place} AND id < :before
        AND status_category = 'done' AND audience = 'customer' AND outcome <> '' AND gist <> ''
        ORDER BY topic DESC, id DESC LIMIT :s) AS part{place}""",
}
"""BETWEEN, and not "=": PostgreSQL would rather go through all tickets backwards where a name has many of them,
although they may be its oldest."""


def asking(seeking: Sequence[Seeking], threads: Collection[str], keys: Collection[str]) -> list[Seeking]:
    """Those that answer nothing that we know."""
    return [
        one
        for one in seeking
        if not any(name in threads for name in one.message_ids) and not any(key in keys for key in one.key_hashes)
    ]
