"""A jump of the clock ends our own leases: what is in our hand is not taken a second time. Others do not hold us up."""

from contextlib import closing
from datetime import timedelta

from sqlalchemy import update

from gateway.claim import Room, claim
from store import server
from store.engine import insert_missing
from store.opening import open_store
from store.tables import people, timers
from tests.servers import postgresql
from tests.unit.store.samples import NOW, commit, desk, kept, lease, mint, opening


def test_what_is_in_our_hand_is_not_claimed_again(store):
    later = NOW + timedelta(hours=1)
    with store.turn() as connection:
        waiting = kept(connection)
        commit(connection, [opening(kept(connection))])
    everything = Room(mails=10, letters=10, again=10, settling=frozenset(), leaving=frozenset())
    with store.turn() as connection:
        first = claim(connection, desk(), mint, lease(), NOW, everything)
    assert [entry.id for entry in first.entries] == [waiting.id]
    assert len(first.letters) == 1
    ours = Room(
        mails=10, letters=10, again=10, settling=frozenset({waiting.id}), leaving=frozenset({first.letters[0]["id"]})
    )
    with store.turn() as connection:
        again = claim(connection, desk(), mint, lease(until=later + timedelta(seconds=25)), later, ours)
    assert (again.entries, again.letters) == ([], [])


def test_a_sweep_that_others_are_in_the_way_of_does_not_hold_up_the_mail(monkeypatch):
    """PostgreSQL only: somebody writes down the same persons as the sweep. The mail is claimed all the same."""
    monkeypatch.setitem(server.WRITING, "lock_timeout", "200ms")
    late = NOW + timedelta(days=2)
    room = Room(mails=9, letters=0, again=0, settling=frozenset(), leaving=frozenset())
    with (
        postgresql.database(postgresql.migrated()) as url,
        closing(open_store(url)) as store,
        closing(open_store(url)) as other,
    ):
        with store.turn() as connection:
            commit(connection, [opening(kept(connection))])
            connection.execute(update(timers).values(kind="remind:a", detail={"who": "anastasia"}))
            waiting = kept(connection)
        with other.turn() as theirs:
            insert_missing(theirs, people, [{"address": a, "created_at": NOW} for a in sorted(desk().agents)])
            with store.turn() as connection:
                claimed = claim(connection, desk(), mint, lease(), late, room)
        assert [entry.id for entry in claimed.entries] == [waiting.id]
        assert claimed.decisions == []
        with store.turn() as connection:
            again = claim(connection, desk(), mint, lease(), late, room)
        assert len(again.decisions) == 1
