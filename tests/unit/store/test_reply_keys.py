"""Reply keys in the store: what prolongs them, what ends them, and what is told of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, select, update

from gateway.rules import keys
from gateway.stages import commit as commit_stage
from store import reply_keys
from store.lookup import load
from store.records import UseKey
from store.snapshot import Wanted
from store.tables import reply_keys as table
from tests.unit.store.samples import NOW, SECRET, acknowledgement, desk, kept, opening, person

NORA, PAUL = "nora@northwind.example", "paul@northwind.example"
LIFE = desk().key_life


def _open(store, who=NORA):
    """A ticket of somebody's, with its one key."""
    with store.turn() as connection:
        decision = opening(kept(connection), who=person(who))
        commit_stage.commit(connection, [decision], load(connection, Wanted()), desk(), NOW)
    return _rows(store)[-1]


def _rows(store):
    with store.look() as connection:
        return connection.execute(select(table).order_by(table.c.ticket_id, table.c.serial)).all()


def _write(store, ticket, at, *effects, who=NORA, addresses=frozenset({NORA, PAUL})):
    """Another mail to the same person about the same ticket, or only effects."""
    mail = replace(acknowledgement(ticket, person(who)), round=str(at))
    with store.turn() as connection:
        snapshot = load(connection, Wanted(addresses=set(addresses), numbers={ticket}))
        decision = replace(opening(kept(connection)), entry=None, ticket=ticket, effects=effects or (mail,))
        commit_stage.commit(connection, [decision], snapshot, desk(), at)
        return mail


def test_a_key_lives_for_its_time_from_the_mail_that_it_is_in(store):
    row = _open(store)
    assert row.expires_at == NOW + LIFE
    assert (row.serial, row.revoked) == (1, False)


@pytest.mark.parametrize(
    ("later", "until"),
    [
        (timedelta(days=1), timedelta()),
        (LIFE / 10 - timedelta(seconds=1), timedelta()),
        (LIFE / 10 + timedelta(seconds=1), LIFE / 10 + timedelta(seconds=1)),
        (LIFE * 2, LIFE * 2),
    ],
)
def test_a_key_that_is_written_again_lives_on_once_a_tenth_of_its_life_has_gone(store, later, until):
    row = _open(store)
    _write(store, row.ticket_id, NOW + later)
    (after,) = _rows(store)
    assert after.expires_at == NOW + LIFE + until
    assert after.hash == row.hash


def test_a_key_that_is_used_lives_on(store):
    row = _open(store)
    at = NOW + LIFE / 2
    _write(store, row.ticket_id, at, UseKey(hash=row.hash, until=at + LIFE))
    assert [one.expires_at for one in _rows(store)] == [at + LIFE]


def test_a_key_without_an_end_gets_one_when_it_is_written_again(store):
    row = _open(store)
    with store.turn() as connection:
        connection.execute(update(table).values(expires_at=None))
    _write(store, row.ticket_id, NOW)
    assert [one.expires_at for one in _rows(store)] == [NOW + LIFE]


def test_a_revoked_key_is_not_prolonged_by_anything(store):
    row = _open(store)
    with store.turn() as connection:
        reply_keys.revoke(connection, NORA)
    at = NOW + LIFE / 2
    _write(store, row.ticket_id, at, UseKey(hash=row.hash, until=at + LIFE))
    assert [(one.expires_at, one.revoked) for one in _rows(store)] == [(NOW + LIFE, True)]


def test_after_a_revocation_the_next_mail_carries_a_new_key(store):
    row = _open(store)
    other = _open(store, PAUL)
    with store.turn() as connection:
        assert reply_keys.revoke(connection, NORA) == reply_keys.Ended(1, 2)
    _write(store, row.ticket_id, NOW)
    old, new, pauls = _rows(store)
    assert (old.serial, old.revoked, new.serial, new.revoked) == (1, True, 2, False)
    key = keys.mint(SECRET, row.ticket_id, NORA, "customer", "public", 2)
    assert new.hash == keys.fingerprint(key)
    assert (pauls.hash, pauls.revoked) == (other.hash, False), "nobody else's"


def test_one_ticket_is_revoked_and_the_others_go_on(store):
    first, second = _open(store), _open(store)
    with store.turn() as connection:
        assert reply_keys.revoke(connection, NORA, second.ticket_id) == reply_keys.Ended(1, 2)
        assert reply_keys.revoke(connection, NORA, second.ticket_id) == reply_keys.Ended(0, 2), (
            "nothing ended, no new serial"
        )
    assert [(row.ticket_id, row.revoked) for row in _rows(store)] == [
        (first.ticket_id, False),
        (second.ticket_id, True),
    ]


def test_nobody_has_no_keys(store):
    with store.turn() as connection:
        assert reply_keys.revoke(connection, "nobody@nowhere.example") is None
        assert reply_keys.listing(connection, "nobody@nowhere.example") == []


def test_the_listing_says_all_but_the_key(store):
    _open(store)
    _open(store, PAUL)
    last = _open(store)
    with store.look() as connection:
        every = reply_keys.listing(connection)
        noras = reply_keys.listing(connection, NORA)
        of_ticket = reply_keys.listing(connection, NORA, last.ticket_id)
        newest = reply_keys.listing(connection, limit=2)
    assert [one.ticket for one in every] == [1001, 1002, 1003]
    assert [one.ticket for one in noras] == [1001, 1003]
    assert [one.ticket for one in of_ticket] == [last.ticket_id]
    assert [one.ticket for one in newest] == [1002, 1003]
    assert every[0] == reply_keys.Held(
        ticket=1001, person=NORA, role="customer", audience="public", serial=1, expires_at=NOW + LIFE, revoked=False
    )
    assert not [one for one in every if "hash" in str(one)]


def test_keys_of_new_tickets_are_not_looked_for(store):
    """Prolonging costs one statement, and none where every key is new."""
    said = []
    with store.turn() as connection:
        event.listen(connection.engine, "before_cursor_execute", lambda *how: said.append(str(how[2])))
    row = _open(store)
    assert not [text for text in said if text.startswith("UPDATE reply_keys")]
    _write(store, row.ticket_id, NOW)
    assert len([text for text in said if text.startswith("UPDATE reply_keys")]) == 1


def test_the_participants_of_a_ticket_are_known_with_their_serials(store):
    from store.records import Join

    row = _open(store)
    _write(store, row.ticket_id, NOW, Join(ticket=row.ticket_id, person=person(PAUL, "Paul"), kind="copied"))
    _write(store, row.ticket_id, NOW, who=PAUL, addresses=frozenset())
    with store.turn() as connection:
        assert reply_keys.revoke(connection, PAUL) == reply_keys.Ended(1, 2)
    with store.look() as connection:
        found = load(connection, Wanted(numbers={row.ticket_id}))
    assert {address: one.serial for address, one in found.people.items()} == {NORA: 1, PAUL: 2}
    _write(store, row.ticket_id, NOW, who=PAUL, addresses=frozenset())
    assert sorted((one.serial, one.revoked) for one in _rows(store)) == [(1, False), (1, True), (2, False)]


@pytest.mark.parametrize("end", [None, NOW, NOW + LIFE * 9 / 10 - timedelta(seconds=1)])
def test_what_is_worn(end: datetime | None):
    assert keys.is_worn(end, NOW, LIFE)
    assert not keys.is_worn(NOW + LIFE * 9 / 10, NOW, LIFE)
