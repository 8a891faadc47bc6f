"""What comes of mail that a restored store takes for undecided is held: it may have been answered since the backup."""

from __future__ import annotations

from sqlalchemy import select, update

from store import journal
from store.records import Decision, Step, Verdict
from store.tables import journal as journal_table
from store.tables import outbox
from store.witness import RESTORED, Witness
from tests.unit.store.samples import NOW, commit, kept, lease, opening


def test_its_mails_are_held_and_those_of_others_are_not(store, tmp_path):
    with store.turn() as connection:
        waiting = kept(connection)
    before = Witness(tmp_path)
    with store.turn() as connection:
        before.check(connection, NOW, store.is_sqlite)
    before.close()
    (tmp_path / "witness").write_bytes(b"f" * 32 + b" 00000000000000009999\n")
    witness = Witness(tmp_path)
    with store.turn() as connection:
        assert witness.check(connection, NOW, store.is_sqlite).startswith("the store is older")
    witness.close()
    with store.turn() as connection:
        found = journal.claim(connection, lease(), NOW, 9)
        fresh = kept(connection)
        assert [entry.id for entry in found] == [waiting.id]
        commit(connection, [opening(found[0]), opening(fresh, "NEW-2")], lease=lease())
    with store.look() as connection:
        rows = connection.execute(select(outbox).order_by(outbox.c.id)).all()
    assert [(row.journal_id, row.state) for row in rows] == [(waiting.id, "held"), (fresh.id, "sending")]
    assert rows[0].lease_owner == ""
    assert rows[0].last_text.startswith("held after a restore: undecided when the store was restored")


def test_an_operator_who_asks_again_later_gets_it_sent(store):
    """What was held after the restore was decided upon then; a replay or a release months later is another matter."""
    with store.turn() as connection:
        entry = kept(connection)
        step = ["store", RESTORED, "moved"]
        connection.execute(update(journal_table).where(journal_table.c.id == entry.id).values(trace=[step]))
    with store.turn() as connection:
        (found,) = journal.claim(connection, lease(), NOW, 9)
        trace = (*found.earlier, Step(stage="verdict", what="held-unverified", why="x"))
        commit(connection, [Decision(entry=found, verdict=Verdict.HELD_UNVERIFIED, reason="x", trace=trace)])
        assert journal.requeue(connection, found.id, "released", released=True)
    with store.turn() as connection:
        (found,) = journal.claim(connection, lease(), NOW, 9)
        assert RESTORED in [step.what for step in found.earlier]
        commit(connection, [opening(found)], lease=lease())
    with store.look() as connection:
        assert connection.execute(select(outbox.c.state)).scalars().all() == ["sending"]
