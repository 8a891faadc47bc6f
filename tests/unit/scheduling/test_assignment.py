"""Who is chosen: never at the cost of another promise, and of those who are left the cheapest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from scheduling.assignment import choose, costs, idle, load, overshoot, scarcity
from scheduling.promise import Board, Promise, Worker
from tests.properties.promised import CELLS, Oracle, can, draw_promise, draw_workers

GRID = timedelta(minutes=30)
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
DAY = tuple(MONDAY + timedelta(hours=9) + number * GRID for number in range(10))


def worker(name: str, *, free: tuple[datetime, ...] = DAY, **levels: int) -> Worker:
    return Worker(name=name, levels=levels or {"network": 3}, free=frozenset(free), zone="Europe/Berlin")


def call(name: str, cell: datetime = DAY[0], capability: str = "network", pinned: str = "") -> Promise:
    return Promise(id=name, cell=cell, capability=capability, level=2, booked_at=MONDAY, pinned=pinned)


def chosen(board: Board, promise: Promise, knows: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> str | None:
    return choose(board, promise, costs(board, promise, knows=knows), without)


def test_who_would_break_another_promise_is_not_chosen_however_cheap() -> None:
    """Kim is the only one for B; A goes to Lee."""
    board = Board([worker("kim", network=3, billing=3), worker("lee")], [call("A"), call("B", capability="billing")])
    assert choose(board, call("A"), lambda name: (0 if name == "kim" else 9,)) == "lee"
    assert board.witness == {"A": "lee", "B": "kim"}


def test_nobody_is_chosen_where_nobody_can() -> None:
    board = Board([worker("kim")], [call("A")])
    assert choose(board, call("A"), lambda name: (), without={"kim"}) is None
    assert choose(board, call("B"), lambda name: ()) is None
    assert choose(board, call("C", capability="billing"), lambda name: ()) is None


def test_of_two_who_cost_the_same_the_name_decides() -> None:
    board = Board([worker("lee"), worker("kim")], [call("A")])
    assert chosen(board, call("A")) == "kim"
    assert chosen(board, call("A"), without=("kim",)) == "lee"


def test_a_specialist_is_kept_for_what_needs_one() -> None:
    board = Board([worker("kim", network=5), worker("lee", network=2)], [call("A")])
    assert chosen(board, call("A")) == "lee"


def test_who_can_do_what_is_wanted_elsewhere_is_kept_for_it() -> None:
    people = [worker("kim", network=3, billing=3), worker("lee", network=3, general=3), worker("max", billing=3)]
    board = Board(people, [call("A"), call("B", DAY[3], "billing"), call("C", DAY[4], "billing")])
    assert chosen(board, call("A")) == "lee"


def test_calls_are_spread() -> None:
    board = Board([worker("kim"), worker("lee")], [call("A", DAY[4], pinned="kim"), call("B")])
    assert chosen(board, call("B")) == "lee"


def test_a_short_shift_has_a_smaller_share() -> None:
    """One call of three cells is more than one of ten."""
    board = Board([worker("kim", free=DAY[:3]), worker("lee")], [call("A")])
    assert chosen(board, call("A")) == "lee"


def test_a_call_of_yesterday_is_no_load_of_today() -> None:
    yesterday = DAY[0] - timedelta(days=1)
    board = Board([worker("kim"), worker("lee")], [call("A", yesterday, pinned="kim"), call("B")])
    assert chosen(board, call("B")) == "kim"


def test_who_knows_the_ticket_is_taken_of_equals_only() -> None:
    board = Board([worker("kim"), worker("lee")], [call("A")])
    assert chosen(board, call("A"), knows=("lee",)) == "lee"
    board = Board([worker("kim"), worker("lee")], [call("A"), call("B", DAY[5], pinned="lee")])
    assert chosen(board, call("A"), knows=("lee",)) == "kim"


def test_who_has_a_call_beside_it_has_the_smaller_gap() -> None:
    calls = [call("A"), call("B", DAY[1], pinned="lee"), call("C", DAY[6], pinned="kim")]
    assert chosen(Board([worker("kim"), worker("lee")], calls), call("A")) == "lee"


def test_what_is_counted() -> None:
    kim = worker("kim", network=4, billing=2, general=1)
    assert overshoot(kim, call("A")) == 200
    assert scarcity(kim, call("A"), Counter(network=9, billing=3), Counter(network=1, billing=2, general=1)) == 150
    assert [load(calls, 10) for calls in range(4)] == [10, 30, 50, 70]
    assert load(0, 0) == 100
    assert idle(DAY[2], ()) == 0
    assert idle(DAY[2], (DAY[9], DAY[0])) == 60


def test_the_cheapest_is_who_the_oracle_lets_have_it() -> None:
    for number in range(400):
        random = Random(number)
        people = draw_workers(random, CELLS, crowded=number % 4 == 0)
        names = [one.name for one in people]
        promises = [draw_promise(random, f"c{n}", CELLS, names) for n in range(random.randint(1, 8))]
        board = Board(people, promises)
        lost = {one.id for one in board.lost}
        open_calls = [one for one in promises if not one.pinned and one.id not in lost]
        if not open_calls:
            continue
        asked = random.choice(open_calls)
        rest = [one for one in promises if one is not asked and one.id not in lost]
        price = {name: (random.randrange(3), random.randrange(3)) for name in names}
        without = [name for name in names if random.random() < 0.2]
        oracle = Oracle(people)
        good = [
            (price[one.name], one.name)
            for one in people
            for given in (replace(asked, pinned=one.name),)
            if one.name not in without and can(one, asked)
            if oracle.has_firm_room(rest, given) and oracle.tries([*rest, given])
        ]
        before = board.witness
        assert choose(board, asked, price.__getitem__, without) == (min(good)[1] if good else None)
        assert board.witness == before
