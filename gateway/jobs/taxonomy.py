"""The audit of the taxonomy over what is stored: for the command, and for the quarter's mail.

In: a connection, the desk, since when. Out: an `Audit` (`rules/audit.py`). It writes nothing.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from gateway.rules.audit import Audit, audit
from gateway.rules.desk import Desk
from store import taxonomy


def audited(connection: Connection, desk: Desk, since: datetime) -> Audit:
    """What the tickets and corrections since then say of the desk's topics and tags."""
    return audit(
        taxonomy.uses(connection, since),
        taxonomy.tags(connection, since),
        taxonomy.moves(connection, since),
        taxonomy.reclassified(connection, since),
        desk,
    )
