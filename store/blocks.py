"""Blocks: addresses and domains that the desk takes nothing from, by an operator's word.

In: normalised addresses (`mallory@evil.example`) and domains (`evil.example`, which has all below it). Out: which of
some names are blocked, and why.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select

from store.engine import insert_missing
from store.tables import blocks

_AMONG = select(blocks.c.name, blocks.c.why).where(blocks.c.name.in_(bindparam("wanted", expanding=True)))


def among(connection: Connection, names: Collection[str]) -> dict[str, str]:
    """Those of the names that are blocked, with the reason."""
    return {row.name: row.why for row in connection.execute(_AMONG, {"wanted": list(names)})}


def block(connection: Connection, name: str, why: str, now: datetime) -> bool:
    """Take nothing from this name any more; False when that is so already."""
    if among(connection, [name]):
        return False
    insert_missing(connection, blocks, [{"name": name, "why": why, "at": now}])
    return True


def unblock(connection: Connection, name: str) -> bool:
    """Take mail from this name again; False when nothing was blocked."""
    return bool(connection.execute(delete(blocks).where(blocks.c.name == name)).rowcount)


def listing(connection: Connection) -> Sequence[Row[Any]]:
    """All of them, oldest first."""
    return connection.execute(select(blocks).order_by(blocks.c.at, blocks.c.name)).all()
