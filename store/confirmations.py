"""Confirmations: questions to somebody whether a mail is theirs, each with a secret address for the answer.

In: fingerprints of the addresses that a mail came to. Out: the questions behind them. A question is answered once.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from store.engine import insert_missing
from store.records import Confirmation, Trust
from store.tables import confirmations, journal, people

_AMONG = (
    select(confirmations, people.c.address, journal.c.trust, journal.c.ticket_id)
    .join(people)
    .outerjoin(journal, journal.c.id == confirmations.c.journal_id)
    .where(confirmations.c.hash.in_(bindparam("wanted", expanding=True)))
)


def among(connection: Connection, hashes: Collection[str], before: int | None = None) -> dict[str, Confirmation]:
    """The questions whose address has one of these fingerprints; with `before` as they stood before that mail came."""
    return {
        row.hash: Confirmation(
            journal_id=row.journal_id,
            person=row.address,
            expires_at=row.expires_at,
            answer="" if before is not None and row.answered_by and row.answered_by >= before else row.answer,
            trust=Trust(row.trust) if row.trust else None,
            ticket=row.ticket_id,
        )
        for row in connection.execute(_AMONG, {"wanted": list(hashes)})
    }


def said_of(connection: Connection, journal_id: int) -> str | None:
    """What its author said of that mail: `yes`, `no`, or empty while they are asked; None when nobody was asked."""
    found = connection.execute(select(confirmations.c.answer).where(confirmations.c.journal_id == journal_id)).first()
    return found.answer if found is not None else None


def ask(connection: Connection, rows: Collection[dict[str, Any]]) -> None:
    """Write questions down; one that was asked before stays as it is."""
    insert_missing(connection, confirmations, list(rows))


def answer(connection: Connection, hash_: str, word: str, by: int) -> bool:
    """Answer a question by that mail of the journal; False when it was answered before."""
    open_ = (confirmations.c.hash == hash_) & (confirmations.c.answer == "")
    return bool(connection.execute(update(confirmations).where(open_).values(answer=word, answered_by=by)).rowcount)
