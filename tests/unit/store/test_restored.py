"""What comes of mail that a restored store takes for undecided is held: it may have been answered since the backup."""

from __future__ import annotations

from sqlalchemy import select

from store import journal
from store.tables import outbox
from store.witness import Witness
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
