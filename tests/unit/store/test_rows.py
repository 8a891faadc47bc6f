"""Many rows in one statement: every value comes back as it went in, on both stores."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from store.engine import insert_all, insert_missing
from store.opening import open_store
from store.tables import blobs, events, journal, people
from tests.servers import postgresql
from tests.unit.store.samples import NOW, commit, counts, kept, opening

NASTY = [
    *("", " ", "NULL", "null", '"', "\\", '\\"', "{}", "{1,2}", ",", "a,b", "'", "a\nb\r\n\tc", "%s %(x)s :x ?"),
    *("ü€😀", "\u2028\x01\x7f", "\\x41", "true", "0", "x" * 10_000),
]


def test_texts_come_back_as_they_are(store):
    rows = [{"address": f"{n}@b.example", "name": text, "created_at": NOW} for n, text in enumerate(NASTY)]
    with store.turn() as connection:
        insert_missing(connection, people, rows)
    with store.look() as connection:
        assert connection.execute(select(people.c.name).order_by(people.c.id)).scalars().all() == NASTY


def test_every_kind_of_value_comes_back_as_it_is(store):
    """Lists, dicts, truth, numbers, times, nothing at all, and what the rows leave out."""
    detail = {"words": NASTY, "number": 1.5, "none": None, "deep": [{"a": [True, False]}]}
    with store.turn() as connection:
        commit(connection, [opening(kept(connection))])
        given = [(None, NOW, detail), (7, NOW + timedelta(microseconds=1), {}), (None, NOW, {"x": "é"})]
        common = {"ticket_id": 1001, "actor": "x", "kind": "y"}
        insert_all(
            connection,
            events,
            [
                {**common, "journal_id": number, "ordinal": ordinal, "at": at, "detail": value}
                for ordinal, (number, at, value) in enumerate(given, start=50)
            ],
        )
        row = {"received_at": NOW, "door": "smtp", "envelope_from": "", "envelope_to": ["a@b.example"], "size": 2**40}
        sha256 = connection.execute(select(blobs.c.sha256)).scalar_one()
        insert_all(connection, journal, [{**row, "id": 900, "sha256": sha256, "history": True, "lease_until": None}])
    with store.look() as connection:
        found = connection.execute(select(events).where(events.c.ordinal >= 50).order_by(events.c.ordinal)).all()
        kept_row = connection.execute(select(journal).where(journal.c.id == 900)).one()
    assert [row.detail for row in found] == [detail, {}, {"x": "é"}]
    assert [row.journal_id for row in found] == [None, 7, None]
    assert found[1].at - found[0].at == timedelta(microseconds=1)
    assert (kept_row.envelope_to, kept_row.history, kept_row.released, kept_row.size) == (
        ["a@b.example"], True, False, 2**40,
    )  # fmt: skip
    assert (kept_row.trace, kept_row.reason, kept_row.login, kept_row.lease_until) == ([], "", "", None)


def test_what_is_too_long_for_its_column_is_refused_and_not_cut():
    """On PostgreSQL: SQLite keeps texts of any length."""
    rows = [{"address": "a@b.example", "language": "x" * 17, "created_at": NOW}]
    with (
        postgresql.database(postgresql.migrated()) as url,
        closing(open_store(url)) as store,
        pytest.raises(DBAPIError, match="too long"),
        store.turn() as connection,
    ):
        insert_all(connection, people, rows)


def test_two_of_one_key_in_one_statement_leave_one(store):
    rows = [{"address": "a@b.example", "name": name, "created_at": NOW} for name in ("first", "second")]
    with store.turn() as connection:
        insert_missing(connection, people, rows)
        insert_missing(connection, people, [])
        insert_all(connection, people, [])
    assert counts(store, [people]) == {"people": 1}
    with pytest.raises(DBAPIError), store.turn() as connection:
        insert_all(connection, people, rows)
