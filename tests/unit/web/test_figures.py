"""The store's figures: right on both databases, and never read from a whole table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, select, text, update

from store import journal
from store.figures import store_figures
from store.standing import MOST, StoreFigures
from store.tables import journal as journal_table
from store.tables import metadata, timers
from store.tables import outbox as outbox_table
from tests.unit.store.samples import NOW, commit, envelope, kept, lease, opening, person


def look(store, now=NOW):
    with store.look() as connection:
        return store_figures(connection, now)


def test_an_empty_store_has_nothing_to_say(store):
    assert look(store) == StoreFigures(taken_at=NOW)


def test_undecided_mail_is_counted_whoever_has_it_in_hand(store):
    with store.turn() as connection:
        for number in range(4):
            kept(connection, sender=f"c{number}@northwind.example")
        received = timedelta(minutes=9)
        connection.execute(update(journal_table).where(journal_table.c.id == 2).values(received_at=NOW - received))
    found = look(store)
    assert (found.undecided, found.last_accepted) == (4, NOW)
    with store.turn() as connection:
        journal.claim(connection, lease("me", NOW + timedelta(seconds=25)), NOW, 2)
    found = look(store)
    assert (found.undecided, found.oldest_undecided) == (4, NOW - received)


def test_decided_mail_waits_no_more(store):
    with store.turn() as connection:
        entry = kept(connection)
        commit(connection, [opening(entry)])
    found = look(store)
    assert (found.undecided, found.oldest_undecided, found.last_accepted) == (0, None, envelope().received_at)


@pytest.fixture
def mails(store):
    """Eight mails in the outbox; their numbers."""
    with store.turn() as connection:
        for number in range(8):
            entry = kept(connection, sender=f"c{number}@northwind.example")
            commit(connection, [opening(entry, who=person(f"c{number}@northwind.example"))])
        numbers = list(connection.execute(select(outbox_table.c.id).order_by(outbox_table.c.id)).scalars())
    assert len(numbers) == 8
    return numbers


def change(store, number, **values):
    with store.turn() as connection:
        connection.execute(update(outbox_table).where(outbox_table.c.id == number).values(**values))


def test_the_outbox_is_counted_by_state(store, mails):
    change(store, mails[0], state="sending")
    change(store, mails[1], state="sent")
    change(store, mails[2], state="held")
    change(store, mails[3], state="failed", next_attempt_at=NOW - timedelta(hours=2))
    change(store, mails[4], state="failed", next_attempt_at=NOW - timedelta(days=2))
    found = look(store)
    assert (found.queued, found.sending, found.held, found.failed, found.failed_lately) == (3, 1, 1, 2, 1)


def test_the_oldest_due_mail_and_the_last_refusal_are_found(store, mails):
    for number in mails[1:]:
        change(store, number, state="sent")
    change(store, mails[0], next_attempt_at=NOW - timedelta(minutes=5))
    assert look(store).oldest_due == NOW - timedelta(minutes=5)
    change(
        *(store, mails[1]),
        state="queued",
        next_attempt_at=NOW + timedelta(minutes=15),
        last_text="4.7.1 greylisted",
        created_at=NOW - timedelta(minutes=20),
    )
    found = look(store)
    assert (found.deferred, found.oldest_deferred) == (1, NOW - timedelta(minutes=20))
    assert found.refusal == "4.7.1 greylisted"
    assert look(store, NOW + timedelta(hours=1)).deferred == 0


def test_timers_that_are_due_are_counted(store, mails):
    with store.turn() as connection:
        ticket = connection.execute(select(outbox_table.c.ticket_id).limit(1)).scalar_one()
        for kind, minutes in (("first", -7), ("second", -1), ("third", 5)):
            due = NOW + timedelta(minutes=minutes)
            connection.execute(insert(timers).values(ticket_id=ticket, kind=kind, due_at=due, state="running"))
    found = look(store)
    assert found.overdue_timers == 2
    assert found.oldest_timer == NOW - timedelta(minutes=7)


def asked(connection):
    """The statements of one look, with their parameters."""
    seen = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        if statement.startswith("SELECT"):
            seen.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    store_figures(connection, NOW)
    event.remove(connection, "before_cursor_execute", note)
    return seen


def test_no_look_reads_more_rows_than_agreed(store):
    with store.look() as connection:
        seen = asked(connection)
    assert all("LIMIT" in statement for statement, _ in seen)
    limits = [values["param_1"] if isinstance(values, dict) else values[-2] for _, values in seen]  # SQLite: and OFFSET
    assert set(limits) == {MOST, 1}


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
def test_no_look_reads_a_whole_table(store):
    """Each goes through an index, or along the row numbers from their end."""
    tables = tuple(f"SCAN {name}" for name in metadata.tables)
    whole, keyed = [], 0
    with store.look() as connection:
        for statement, parameters in asked(connection):
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            through = [" INDEX ix_" in step or " PRIMARY KEY (name=" in step for step in plan]
            keyed += any(through)
            whole += [statement for step, by in zip(plan, through, strict=True) if step.startswith(tables) and not by]
    assert keyed > 0
    assert ["ORDER BY journal.id DESC" in statement for statement in whole] == [True], whole


@pytest.mark.parametrize("kind", ["postgresql"], indirect=True)
def test_the_oldest_undecided_mail_is_found_at_once_in_a_large_journal(store):
    """PostgreSQL would rather walk along the primary key, past everything that is decided."""
    with store.turn() as connection:
        kept(connection)
        columns = ", ".join(column.name for column in journal_table.c if column.name not in ("id", "verdict"))
        connection.execute(
            text(
                f"INSERT INTO journal (id, verdict, {columns}) "
                f"SELECT 10 + n, CASE WHEN n < 20000 THEN 'appended' END, {columns} "
                "FROM journal, generate_series(1, 25000) AS n"
            )
        )
        connection.execute(text("UPDATE journal SET verdict = 'appended' WHERE id < 10"))
    with store.turn() as connection:
        connection.execute(text("ANALYZE journal"))
    with store.look() as connection:
        statement, parameters = next(one for one in asked(connection) if "lease_until IS NULL" in one[0])
        plan = "\n".join(connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
        assert "ix_journal_undecided" in plan, plan
