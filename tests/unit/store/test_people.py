"""People who lost access, the tickets that they leave, and blocked senders, on both stores."""

from __future__ import annotations

from datetime import timedelta

from store import blocks, people, report
from store.engine import Store
from store.lookup import load
from store.records import ChangeTicket, Decision, Status, Verdict
from store.snapshot import Wanted
from tests.unit.store.samples import NOW, commit, kept, opening, person

ANNA = "anastasia@desk.example"


def disable(store: Store, address: str = ANNA, *, disabled: bool = True) -> bool:
    with store.turn() as connection:
        return people.set_disabled(connection, address, "Anastasia Winter", NOW, disabled=disabled)


def test_access_is_taken_and_given_back(store: Store) -> None:
    """Also of somebody whom the store does not know yet; the next snapshot sees it."""
    for disabled, changed in ((False, False), (True, True), (True, False), (False, True), (True, True)):
        assert disable(store, disabled=disabled) is changed
    with store.look() as connection:
        snapshot = load(connection, Wanted(addresses={ANNA, "benedikt@desk.example"}))
    assert snapshot.disabled == {ANNA}
    assert snapshot.people[ANNA].name == "Anastasia Winter"


def test_tickets_of_an_assignee(store: Store) -> None:
    """Resolved ones are given back too, closed ones keep their name."""
    states = (Status.NEW, Status.RESOLVED, Status.CLOSED, Status.IN_PROGRESS)
    changes = tuple(
        ChangeTicket(ticket=number, changes={"assignee": "anastasia", "status": status})
        for number, status in enumerate(states, start=1001)
    )
    with store.turn() as connection:
        for _ in states:
            commit(connection, [opening(kept(connection))])
        commit(connection, [Decision(entry=None, verdict=Verdict.COMMAND, reason="", ticket=1001, effects=changes)])
    with store.look() as connection:
        assert report.assigned_to(connection, "anastasia", 10) == [1001, 1002, 1004]
        assert report.assigned_to(connection, "anastasia", 2) == [1001, 1002]
        assert report.assigned_to(connection, "", 10) == []


def test_blocks(store: Store) -> None:
    with store.turn() as connection:
        assert blocks.block(connection, "evil.example", "first", NOW + timedelta(days=1))
        assert blocks.block(connection, "mallory@x.example", "", NOW)
        assert not blocks.block(connection, "evil.example", "second", NOW)
    with store.look() as connection:
        assert [(row.name, row.why) for row in blocks.listing(connection)] == [
            ("mallory@x.example", ""),
            ("evil.example", "first"),
        ]
        snapshot = load(connection, Wanted(blocks={"evil.example", "a.evil.example"}))
        assert snapshot.blocked == {"evil.example": "first"}
    with store.turn() as connection:
        assert blocks.unblock(connection, "evil.example")
        assert not blocks.unblock(connection, "evil.example")


def test_a_disabled_requester_stays_disabled_when_a_ticket_is_read(store: Store) -> None:
    """A colleague may have asked for something: the ticket's row of the person says the same."""
    with store.turn() as connection:
        commit(connection, [opening(kept(connection, sender=ANNA), who=person(ANNA))])
    disable(store)
    with store.look() as connection:
        assert load(connection, Wanted(numbers={1001})).disabled == {ANNA}


def test_a_name_is_learned_once_and_kept(store: Store) -> None:
    with store.turn() as connection:
        people.ensure_known(connection, "petra@contoso.example", "", NOW)
        people.learn(connection, {"petra@contoso.example": "Petra Lang", "nobody@contoso.example": "Nobody"})
        people.learn(connection, {"petra@contoso.example": "Somebody Else"})
    with store.look() as connection:
        found = people.standing(connection, ["petra@contoso.example", "nobody@contoso.example"])
    assert {address: one.name for address, one in found.items()} == {"petra@contoso.example": "Petra Lang"}
