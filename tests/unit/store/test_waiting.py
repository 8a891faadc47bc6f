"""Which tickets a look at all promises is about: those whose calls wait for a slot, and that nobody has in a turn."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from store import waiting
from store.engine import Store
from store.records import Call, CallState
from store.tables import tickets
from tests.unit.store.called import NORA, offered, opened, saved
from tests.unit.store.samples import NOW


def requested(ticket: int, minutes: int = 0, capability: str = "general") -> Call:
    return Call(
        ticket=ticket, number=1, state=CallState.REQUESTED, capability=capability, contact=NORA,
        requested_at=NOW + timedelta(minutes=minutes), requested_by="dominique",
    )  # fmt: skip


def test_who_waits_for_a_slot_and_not_for_a_person(store: Store) -> None:
    with store.turn() as connection:
        opened(connection, 4)
        for call in (requested(1001), requested(1002, capability=""), offered(ticket=1003), requested(1004)):
            saved(connection, call)
        assert waiting.for_a_slot(connection) == {1001, 1004}


def test_those_who_have_waited_for_the_longest_come_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 2)
    with store.turn() as connection:
        opened(connection, 3)
        for place, ticket in enumerate((1003, 1001, 1002)):
            saved(connection, requested(ticket, place))
        assert waiting.for_a_slot(connection) == {1003, 1001}


def test_what_somebody_has_in_a_turn_is_passed_over(store: Store) -> None:
    with store.turn() as connection:
        opened(connection, 2)
        assert waiting.at_hand(connection, {1001, 1002, 1009}) == {1001, 1002}
        assert waiting.at_hand(connection, ()) == set()
    if store.is_sqlite:  # one writer at a time: nobody else has anything
        return
    with store.turn() as theirs:
        theirs.execute(select(tickets.c.id).where(tickets.c.id == 1001).with_for_update())
        with store.turn() as ours:
            ours.execute(text("SET LOCAL lock_timeout = '2s'"))
            assert waiting.at_hand(ours, {1001, 1002}) == {1002}
