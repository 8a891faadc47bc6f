"""The board by example: what moves, what is full, who is lost, and what stands in the way."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.promise import Board, Promise, Worker
from scheduling.slots import cells

GRID = timedelta(minutes=30)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
TWO, HALF_PAST, THREE = (MONDAY + timedelta(hours=14) + number * GRID for number in range(3))
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def worker(name: str, *skills: str, free: Iterable[datetime] = (TWO, HALF_PAST, THREE), **more: object) -> Worker:
    levels = {skill.split(":")[0]: int(skill.partition(":")[2] or 3) for skill in skills or ("network",)}
    return replace(Worker(name=name, levels=levels, free=frozenset(free), zone=BERLIN), **more)  # type: ignore[arg-type]


def call(name: str, cell: datetime = TWO, capability: str = "network", **more: object) -> Promise:
    known = Promise(id=name, cell=cell, capability=capability, level=2, booked_at=MONDAY)
    return replace(known, **more)  # type: ignore[arg-type]


def names(board: Board) -> list[str]:
    return [one.id for one in board.lost]


def test_who_is_missed() -> None:
    board = Board([worker("kim"), worker("lee")], [call("A")])
    assert board.missed(call("B")) == ("kim", "lee")
    assert board.missed(call("B", HALF_PAST)) == ()
    assert Board([worker("kim")]).missed(call("B")) == ("kim",)
    assert Board([worker("kim")], [call("A")]).missed(call("B")) == (), "nobody is missed where there is no place"
    away = worker("max", free=())
    assert Board([worker("kim"), worker("lee"), away], [call("A")]).missed(call("B")) == ("kim", "lee")
    assert board.witness == {"A": "kim"}
    assert board.probe(call("B"))


def test_only_what_can_still_be_sold_is_a_reserve() -> None:
    workers = [worker("kim")]
    assert Board(workers).probe(call("A"), reserved=2)
    assert Board(workers, sold=frozenset({TWO, HALF_PAST})).probe(call("A"), reserved=1)
    assert not Board(workers, sold=frozenset({TWO, HALF_PAST})).probe(call("A"), reserved=2)
    assert not Board(workers, sold=frozenset()).probe(call("A"), reserved=1)
    assert Board(workers, sold=frozenset()).probe(call("A"))


def test_a_call_takes_one_cell_of_one_worker() -> None:
    board = Board([worker("kim")], [call("A")])
    assert board.witness == {"A": "kim"}
    assert not board.probe(call("B"))
    assert board.probe(call("B", HALF_PAST))


def test_a_level_that_is_too_low_does_not_count_and_neither_does_a_skill_that_is_not_there() -> None:
    board = Board([worker("kim", "network:1"), worker("lee", "billing:5")])
    assert not board.probe(call("A"))
    assert board.probe(call("A", level=1))
    assert board.candidates(call("A", level=1)) == ("kim",)


def test_others_move_so_that_the_next_one_fits() -> None:
    """Kim can do both; whoever has Kim moves to Lee."""
    board = Board([worker("kim", "network", "billing"), worker("lee", "network")], [call("A")], {"A": "kim"})
    assert board.witness == {"A": "kim"}
    why = board.why(call("B", capability="billing"))
    assert (why.feasible, why.calls, why.people) == (True, ("A",), ("kim", "lee"))
    assert board.witness == {"A": "kim"}
    assert board.add(call("B", capability="billing"))
    assert board.witness == {"A": "lee", "B": "kim"}


def test_a_slot_that_is_short_is_explained_by_the_calls_and_people_in_the_way() -> None:
    """14:00 is not offered: A and B need Kim and Lee; C, at another capability, has nothing to do with it."""
    people = [worker("kim", "network", "billing"), worker("lee"), worker("max", "billing"), worker("ned", "network:1")]
    board = Board(people, [call("A"), call("B"), call("C", capability="billing")])
    why = board.why(call("D"))
    assert not why.feasible
    assert why.able == ("kim", "lee")
    assert why.free == ("kim", "lee")
    assert why.calls == ("A", "B")
    assert why.people == ("kim", "lee")
    assert why.full_days == why.full_weeks == ()


def test_nobody_able_and_nobody_free_are_told_apart() -> None:
    board = Board([worker("kim", free=())])
    assert (board.why(call("A")).able, board.why(call("A")).free) == (("kim",), ())
    assert (board.why(call("A", capability="x")).able, board.why(call("A")).people) == ((), ())


def test_a_full_day_and_a_full_week_are_named() -> None:
    board = Board([worker("kim", per_day=1)], [call("A")])
    why = board.why(call("B", HALF_PAST))
    assert (why.calls, why.full_days, why.full_weeks) == (("A",), (("kim", date(2026, 11, 23)),), ())
    later = THREE + timedelta(days=3)
    board = Board([worker("kim", free=(TWO, later), per_week=1)], [call("A", pinned="kim")])
    why = board.why(call("B", later))
    assert (why.calls, why.full_days, why.full_weeks) == (("A",), (), (("kim", date(2026, 11, 23)),))


def test_a_cap_counts_the_local_day_of_whoever_has_it() -> None:
    """At 23:30 UTC it is Tuesday in Berlin, and still Monday in New York."""
    late = MONDAY + timedelta(hours=23, minutes=30)
    for zone, fits in ((BERLIN, True), (NEW_YORK, False)):
        board = Board([worker("kim", free=(TWO, late), zone=zone, per_day=1)], [call("A")])
        assert board.probe(call("B", late)) is fits


def test_a_cap_counts_the_iso_week() -> None:
    """Sunday night in New York belongs to the week before, Monday in Berlin to the next."""
    night = datetime(2026, 11, 30, 3, tzinfo=UTC)
    for zone, fits in ((BERLIN, True), (NEW_YORK, False)):
        board = Board([worker("kim", free=(TWO, night), zone=zone, per_week=1)], [call("A")])
        assert board.probe(call("B", night)) is fits


def test_the_week_goes_over_the_turn_of_the_year() -> None:
    thursday, friday = (datetime(2026, 12, 31, 10, tzinfo=UTC) + timedelta(days=number) for number in range(2))
    board = Board([worker("kim", free=(thursday, friday), per_week=1)], [call("A", thursday)])
    assert not board.probe(call("B", friday))


def test_a_call_of_another_day_moves_where_the_week_is_full() -> None:
    tomorrow = TWO + timedelta(days=1)
    people = [worker("kim", free=(TWO, tomorrow), per_week=1), worker("lee", free=(tomorrow,))]
    board = Board(people, [call("A", tomorrow)], {"A": "kim"})
    assert board.add(call("B"))
    assert board.witness == {"A": "lee", "B": "kim"}


def test_the_least_important_is_lost_whatever_the_witness_says() -> None:
    calls = [call("A", priority=3), call("B", priority=1), call("C", priority=1, booked_at=MONDAY + GRID)]
    for witness in ({}, {"A": "kim"}, {"C": "kim", "A": "lee"}):
        board = Board([worker("kim"), worker("lee")], calls, witness)
        assert names(board) == ["A"]
        assert sorted(board.witness) == ["B", "C"]
    assert names(Board([worker("kim")], calls)) == ["C", "A"]
    assert Board([], calls).witness == {}


def test_who_was_lost_takes_the_room_that_others_leave() -> None:
    board = Board([worker("kim")], [call("A", priority=1), call("B", priority=2), call("C", priority=3)])
    assert names(board) == ["B", "C"]
    board.remove("A")
    assert (names(board), board.witness) == (["C"], {"B": "kim"})


def test_a_call_that_moves_leaves_its_room_to_who_was_lost() -> None:
    """B moves away and back again: meanwhile A, which is more important, has its place."""
    board = Board([worker("kim")], [call("B", booked_at=MONDAY - GRID), call("A")])
    assert names(board) == ["A"]
    assert board.add(call("B", HALF_PAST, booked_at=MONDAY - GRID))
    assert (names(board), board.witness) == ([], {"A": "kim", "B": "kim"})
    assert not board.add(call("B", booked_at=MONDAY - GRID))
    assert board.promises["B"].cell == HALF_PAST


def test_a_move_may_use_the_place_that_it_leaves() -> None:
    board = Board([worker("kim", per_day=1)], [call("A")])
    assert board.probe(call("A"))
    assert board.probe(call("A", HALF_PAST))
    assert not board.probe(call("B", HALF_PAST))
    assert board.witness == {"A": "kim"}


def test_what_is_pinned_never_moves_and_counts_where_nobody_is_free() -> None:
    board = Board([worker("kim", free=(HALF_PAST,), per_day=1), worker("lee")], [call("A", pinned="kim")])
    assert board.witness == {"A": "kim"}
    assert board.why(call("B", HALF_PAST)).free == ("kim", "lee")
    assert board.add(call("B", HALF_PAST))
    assert board.witness == {"A": "kim", "B": "lee"}
    assert not board.probe(call("C", HALF_PAST))


def test_a_call_of_somebody_who_is_not_here_holds_no_cell() -> None:
    board = Board([worker("kim")], [call("A", pinned="gone")])
    assert (board.witness, board.lost) == ({}, ())
    assert board.probe(call("B"))
    assert board.add(call("C", pinned="gone"))
    assert "C" in board.promises


def test_facts_beyond_the_caps_stay_and_leave_no_room() -> None:
    calls = [call("A", pinned="kim"), call("B", pinned="kim"), call("C", HALF_PAST, pinned="kim")]
    board = Board([worker("kim", per_day=1)], [*calls, call("D", THREE)])
    assert board.witness == {"A": "kim", "B": "kim", "C": "kim"}
    assert names(board) == ["D"]
    assert not board.add(call("E", THREE, pinned="kim"))
    board.remove("A")
    assert names(board) == ["D"]
    board.remove("B")
    board.remove("C")
    assert board.witness == {"D": "kim"}


def test_to_pin_a_call_others_make_room_or_nothing_changes() -> None:
    board = Board([worker("kim", "network", "billing"), worker("lee")], [call("A"), call("B")])
    before = board.witness
    for name in before.values():
        assert board.pin("A", name)
        assert board.witness["A"] == name
        assert board.promises["A"].pinned == name
    assert board.pin("A", "kim")
    assert board.pin("B", "lee")
    assert not board.pin("B", "kim")
    assert not board.pin("B", "nobody")
    assert board.witness == {"A": "kim", "B": "lee"}
    assert not board.add(call("C", capability="billing"))


def test_who_is_not_able_or_not_free_is_given_nothing_for_good() -> None:
    board = Board([worker("kim"), worker("lee", free=()), worker("max", "billing")], [call("A")])
    assert not board.pin("A", "lee")
    assert not board.pin("A", "max")
    assert board.pin("A", "kim")


def test_pinning_respects_caps_that_are_used_up_for_good() -> None:
    board = Board([worker("kim", per_day=1), worker("lee")], [call("A", pinned="kim"), call("B", HALF_PAST)])
    assert not board.pin("B", "kim")
    board = Board([worker("kim", per_day=1), worker("lee")], [call("A"), call("B", HALF_PAST)], {"A": "kim"})
    assert board.pin("B", "kim")
    assert board.witness == {"A": "lee", "B": "kim"}


def test_robust_means_that_anybody_may_be_missing() -> None:
    board = Board([worker("kim"), worker("lee"), worker("max", "billing")])
    assert board.probe(call("A"), robust=True)
    assert board.add(call("A"))
    assert board.probe(call("B"))
    assert not board.probe(call("B"), robust=True)
    assert not board.probe(call("B", capability="billing"), robust=True)
    assert board.probe(call("B", HALF_PAST), robust=True)


def test_a_board_that_is_not_robust_forbids_nothing_elsewhere() -> None:
    """Where Max is away A is lost, with B or without it."""
    board = Board([worker("kim"), worker("lee"), worker("max", "billing")], [call("A", capability="billing")])
    assert board.probe(call("B"), robust=True)


def test_who_is_away_cannot_keep_what_is_theirs_for_good() -> None:
    board = Board([worker("kim"), worker("lee")], [call("A", pinned="kim")])
    assert board.probe(call("B"))
    assert not board.probe(call("B"), robust=True)
    board = Board([worker("kim"), worker("lee"), worker("max")], [call("A", pinned="kim")])
    assert board.probe(call("B"), robust=True)
    assert board.promises["A"].pinned == "kim"
    assert board.witness == {"A": "kim"}


def test_a_reserve_is_room_for_more_of_that_kind_on_that_day() -> None:
    board = Board([worker("kim", per_day=2), worker("lee", free=(TWO + timedelta(days=1),))])
    assert board.probe(call("A"), reserved=1)
    assert not board.probe(call("A"), reserved=2)
    board = Board([worker("kim"), worker("lee", "billing")], [call("A", capability="billing")])
    assert board.probe(call("B"), reserved=2)
    assert not board.probe(call("B"), reserved=3)
    assert board.witness == {"A": "lee"}


def test_nothing_is_kept_in_reserve_for_a_call_that_is_somebodys() -> None:
    for policy in ({"robust": True}, {"reserved": 1}):
        with pytest.raises(ValueError, match="is somebody's already"):
            Board([worker("kim")]).probe(call("A", pinned="kim"), **policy)  # type: ignore[arg-type]


def test_what_is_on_no_grid_is_placed_only_if_it_is_somebodys() -> None:
    odd = TWO + timedelta(minutes=7)
    board = Board([worker("kim")], [call("A", odd), call("B", odd, pinned="kim")])
    assert names(board) == ["A"]
    assert board.witness == {"B": "kim"}


def test_what_is_wrong_is_refused() -> None:
    with pytest.raises(ValueError, match="two workers have one name"):
        Board([worker("kim"), worker("kim")])
    with pytest.raises(ValueError, match="A was promised twice"):
        Board([worker("kim")], [call("A"), call("A", HALF_PAST)])
    with pytest.raises(ValueError, match="has no zone"):
        Board([worker("kim")], [call("A", TWO.replace(tzinfo=None))])
    board = Board([worker("kim")], [call("A")])
    for ask in (board.probe, board.add, board.why, board.candidates):
        with pytest.raises(ValueError, match="has no zone"):
            ask(call("A", TWO.replace(tzinfo=None)))
    assert board.witness == {"A": "kim"}
    assert not board.probe(call("B"))
    with pytest.raises(KeyError):
        board.remove("B")


def test_a_witness_of_who_is_gone_or_cannot_counts_for_nothing() -> None:
    people = [worker("kim"), worker("lee", "billing"), worker("max", free=())]
    for name in ("lee", "max", "gone", ""):
        assert Board(people, [call("A")], {"A": name, "B": "kim"}).witness == {"A": "kim"}


def test_the_worst_desk_is_asked_in_time() -> None:
    """50 people who can all do the same, 400 calls, and every week but one cell of it full: each question has to walk
    through everything. It takes about a tenth of these bounds, which are for a busy machine."""
    grid = cells(BERLIN, GRID, MONDAY, MONDAY + timedelta(days=12))
    slots = [one for one in grid if one.weekday() < 5 and one.hour in (8, 9, 12, 13)]
    people = [worker(f"p{n:02}", free=slots, per_week=4 + (n == 0)) for n in range(50)]
    calls = [call(f"c{n:03}", slots[n % 80], priority=n % 4) for n in range(400)]
    begun = time.process_time()
    board = Board(people, calls)
    assert board.lost == ()
    assert all(board.probe(call("new", cell)) for cell in slots)
    assert time.process_time() - begun < 0.3
    assert board.add(call("last", slots[0]))
    assert board.add(call("over", slots[-1]))
    begun = time.process_time()
    assert not any(board.probe(call("new", cell), robust=True, reserved=3) for cell in slots)
    assert not board.why(call("new", slots[0])).feasible
    half = Board(people[:25], calls, board.witness)
    assert len(half.lost) == 198
    assert time.process_time() - begun < 1.5
