"""Why a slot is or is not offered: the desk's reasons first, then who and which calls are in the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.rules.calls import offering, reason, world
from gateway.rules.desk import Desk
from gateway.rules.policy.calls import Reserve
from scheduling.promise import Why
from scheduling.slots import cells
from store.records import Call
from store.snapshot import Snapshot
from tests.unit.calls.asked import (
    BILLING,
    GENERAL,
    NETWORK,
    NOW,
    a_call,
    at,
    booked,
    knowing,
    skilled,
    the_desk,
    with_calls,
)


def why(call: Call, cell: object, desk: Desk | None = None, known: Snapshot | None = None) -> reason.Reason:
    desk, known = desk or the_desk(), known or knowing()
    return reason.explained(call, cell, desk, world.board(desk, known, NOW), NOW)  # type: ignore[arg-type]


def said(call: Call, cell: object, desk: Desk | None = None, known: Snapshot | None = None) -> str:
    return reason.sentence(why(call, cell, desk, known), desk or the_desk())


@pytest.mark.parametrize(
    ("cell", "because"),
    [
        (at(23, 10), "it begins in less than 2 h"),
        (at(23, 8), "it has passed; the desk is closed then; able: anastasia and benedikt; none of them is free then"),
        (at(24, 12, 30), "the desk is closed then; able: anastasia and benedikt; none of them is free then"),
        (at(29, 10), "the desk is closed then; able: anastasia and benedikt; none of them is free then"),
        (at(30, 10) + timedelta(days=1), "it lies after Mon 30 Nov 2026, the last day offered"),
        (at(24, 9, 10), "no slot of the grid begins then: one every 30 minutes, such as Tue 24 Nov 2026, 09:00"),
    ],
)  # fmt: skip
def test_the_rules_of_the_desk_come_first(cell: object, because: str) -> None:
    found = said(a_call(), cell)
    assert f" is not offered: {because}" in found


def test_within() -> None:
    found = said(a_call(within=at(24, 10)), at(24, 11))
    assert "it is later than Tue 24 Nov 2026, 10:00 (Berlin), which was asked for" in found


def test_who_could_take_it() -> None:
    assert said(a_call(), at(24, 10)) == (
        "Tue 24 Nov 2026, 10:00 (Berlin) is offered: able: anastasia and benedikt; free then: anastasia and benedikt"
    )
    assert "able: charlotte and dominique; free then: dominique" in said(
        a_call(capability=BILLING, level=3), at(24, 10)
    )
    assert "nobody is able" in said(a_call(level=5), at(24, 10))


def test_calls_in_the_way() -> None:
    known = knowing(calls=[booked(at(24, 10), 1), booked(at(24, 10), 2)])
    found = why(a_call(), at(24, 10), known=known)
    assert not found.offered
    assert found.why is not None
    assert found.why.calls == ("1009-1", "1009-2")
    assert said(a_call(), at(24, 10), known=known).endswith(
        "free then: anastasia and benedikt; in the way: 1009-1 and 1009-2 need anastasia or benedikt"
    )


def test_a_chain_of_calls() -> None:
    """A general call holds who could take this one, for nobody else can take that: both are named."""
    desk = skilled(anastasia={GENERAL: 3, NETWORK: 2})
    known = knowing(calls=[booked(at(23, 11), 1, capability=GENERAL, level=1, minutes=15)])
    found = said(a_call(), at(23, 11), desk, known)
    assert found.endswith("in the way: 1009-1 needs anastasia")


def test_whose_absence_would_break_it() -> None:
    found = why(a_call(), at(25, 10), skilled(benedikt={NETWORK: 4}))
    assert found.fragile == ("benedikt",)
    assert not found.offered
    near = why(a_call(), at(23, 16), skilled(benedikt={NETWORK: 4}))
    assert near.offered
    # of two people one has a call there already: if the other one is away, nobody is left for both
    known = knowing(calls=[booked(at(25, 10), 1)])
    assert why(a_call(), at(25, 10), known=known).fragile == ("anastasia", "benedikt")


def test_a_reserve() -> None:
    desk = with_calls(reserves={NETWORK: Reserve(cells=20, priority=1)}, robust=False)
    found = why(a_call(priority=2), at(24, 10), desk)
    assert found.kept == "the last 20 of that day are kept for priority 1 and above"
    assert why(a_call(priority=1), at(24, 10), desk).offered


def test_it_says_the_same_as_the_offer() -> None:
    """Whatever is offered is explained as offered, and nothing else is."""
    known = knowing(calls=[booked(at(24, 10), 1), booked(at(24, 10), 2), booked(at(25, 10), 3), booked(at(26, 9), 4)])
    desk = with_calls(per_day=2, reserves={NETWORK: Reserve(cells=2, priority=1)})
    shown = set(offering.slots(a_call(), desk, known, NOW, count=12, around=at(25, 10)))
    assert shown
    for cell in cells(desk.zone, desk.calls.grid, at(23, 8), at(30, 18)):
        explained = why(a_call(), cell, desk, known)
        assert explained.offered == (not offering.offerable(a_call(), cell, desk, known, NOW)), cell
        assert explained.offered or cell not in shown
        assert explained.offered == (not reason.short(explained))


def test_many_names_are_cut() -> None:
    calls = tuple(f"1009-{number}" for number in range(1, 15))
    found = Why(feasible=False, able=("a",), free=("a",), calls=calls, people=("a",))
    shown = reason.short(reason.Reason(start=at(24, 10), why=found))
    assert shown.endswith(
        "in the way: 1009-1, 1009-2, 1009-3, 1009-4, 1009-5, 1009-6, 1009-7, 1009-8 and 6 more need a"
    )


def test_asking_why_changes_nothing() -> None:
    known = knowing(calls=[booked(at(24, 10), 1)])
    board = world.board(the_desk(), known, NOW)
    before = dict(board.witness)
    reason.explained(a_call(), at(24, 10), the_desk(), board, NOW)
    assert dict(board.witness) == before
