"""A jump of the clock ends our own leases: what is in our hand is not taken a second time."""

from datetime import timedelta

from gateway.claim import Room, claim
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
    ours = Room(mails=10, letters=10, again=10, settling=frozenset({waiting.id}), leaving=frozenset({first.letters[0]["id"]}))
    with store.turn() as connection:
        again = claim(connection, desk(), mint, lease(until=later + timedelta(seconds=25)), later, ours)
    assert (again.entries, again.letters) == ([], [])
