"""Who is next, and the threads that hand over: a slow server delays nobody else's mail."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from gateway.transport import Outcome, Parcel
from gateway.transport.lanes import MARGIN, SPARES, Begun, Delivered, Lanes
from gateway.transport.waiting import AT_ONCE, SICK_WAITING, Hand, Waiting

FINE = Outcome(250, "2.0.0 ok")
SILENT = Outcome(0, "no answer in time")
PATIENCE = 90.0


def parcel(number: int, domain: str = "a.example", *, fresh: bool = True) -> Parcel:
    return Parcel(number, "", f"n{number}@{domain}", b"Subject: x\r\n\r\nx\r\n", fresh)


def hands(count: int) -> list[Hand]:
    return [Hand(number) for number in range(1, count + 1)]


def filled(waiting: Waiting, hand: Hand, every: list[Hand]) -> list[int]:
    before = set(hand.held)
    waiting.fill(hand, every)
    return [number for number in hand.held if number not in before]


# Who is next


def test_a_domain_that_nobody_knows_has_one_lane_and_one_mail_at_a_time() -> None:
    waiting, every = Waiting(4, SPARES), hands(2)
    for number in range(10):
        waiting.add(parcel(number))
    assert filled(waiting, every[0], every) == [0]
    assert filled(waiting, every[1], every) == []
    every[0].drop(0)
    waiting.judge("a.example", FINE, 0.01)
    assert filled(waiting, every[0], every) == [1, 2, 3, 4]
    assert filled(waiting, every[1], every) == [5, 6]


def test_a_domain_that_answers_has_all_lanes_but_one_while_others_wait() -> None:
    waiting, every = Waiting(4, SPARES), hands(4)
    waiting.judge("a.example", FINE, 0.01)
    for number in range(200):
        waiting.add(parcel(number))
    waiting.add(parcel(999, "b.example"))
    got = [filled(waiting, hand, every) for hand in every[:3]]
    assert 999 in got[0]
    waiting.add(parcel(1000, "c.example"))
    waiting.add(parcel(1001, "d.example"))
    got = filled(waiting, every[3], every)
    assert got[:2] == [1000, 1001]
    assert got[2:] != [], "when nobody else waits it may have them all"


def test_domains_that_do_not_answer_share_one_lane() -> None:
    waiting, every = Waiting(4, SPARES), hands(3)
    for number, domain in enumerate(("a.example", "b.example", "c.example")):
        waiting.judge(domain, SILENT, 60)
        waiting.add(parcel(number, domain))
    waiting.add(parcel(10, "well.example"))
    assert filled(waiting, every[0], every) == [10, 0], "the sick one goes last: what is behind it would wait"
    waiting.add(parcel(11, "fine.example"))
    assert filled(waiting, every[1], every) == [11]
    assert filled(waiting, every[2], every) == []
    every[0].drop(0)
    assert filled(waiting, every[2], every) == [1]


def test_what_answers_again_is_healthy_again() -> None:
    waiting, every = Waiting(4, SPARES), hands(2)
    waiting.judge("a.example", SILENT, 60)
    for number in range(5):
        waiting.add(parcel(number))
    assert filled(waiting, every[0], every) == [0]
    assert filled(waiting, every[1], every) == []
    every[0].drop(0)
    waiting.judge("a.example", Outcome(451, "4.7.1 greylisted"), 0.01)
    assert filled(waiting, every[1], every) == [1, 2]


def test_slow_is_what_is_slower_than_usual() -> None:
    waiting = Waiting(4, SPARES)
    waiting.judge("slow.example", FINE, 5)
    assert waiting.is_sick("slow.example")
    for _ in range(50):
        waiting.judge("any.example", FINE, 3)
    assert not waiting.is_sick("any.example"), "a smarthost that takes its time for everybody makes nobody sick"


def test_mail_that_was_never_tried_goes_first_and_the_rest_has_every_fourth_place() -> None:
    waiting, every = Waiting(1, SPARES), hands(1)
    waiting.judge("a.example", FINE, 0.001)
    for number in range(100):
        waiting.add(parcel(number, fresh=False))
    for number in range(100, 200):
        waiting.add(parcel(number))
    got = filled(waiting, every[0], every)
    assert len(got) == AT_ONCE
    assert sum(number < 100 for number in got) == AT_ONCE // 4
    assert got[:3] == [100, 101, 102]


def test_what_a_lane_gives_back_is_in_its_old_place() -> None:
    waiting, every = Waiting(1, SPARES), hands(1)
    waiting.judge("a.example", FINE, 0.001)
    for number in range(30):
        waiting.add(parcel(number))
    every[0].current = every[0].held.get(filled(waiting, every[0], every)[0])
    waiting.give_back(every[0])
    assert list(every[0].held) == [0]
    assert len(waiting) == 29
    every[0].drop(0)
    assert filled(waiting, every[0], every)[:3] == [1, 2, 3]


def test_a_dead_domain_cannot_fill_our_hands() -> None:
    waiting = Waiting(4, SPARES)
    waiting.suspect("a.example")
    for number in range(SICK_WAITING + 50):
        waiting.add(parcel(number))
    assert [p.id for p in waiting.overflow()] == list(range(SICK_WAITING + 49, SICK_WAITING - 1, -1))
    assert waiting.overflow() == []
    assert len(waiting.of("a.example")) == SICK_WAITING
    assert len(waiting) == 0


# The threads


class World:
    """Servers that hang until they are let go, and what was reported."""

    def __init__(self) -> None:
        self.told = threading.Condition()
        self.results: dict[int, Outcome] = {}
        self.begun: dict[int, list[int]] = {}
        self.sent: list[int] = []
        self.hanging: set[str] = set()
        self.go = threading.Event()
        self.opened = 0
        self.how: Callable[[Parcel], Outcome] = lambda _: FINE

    def open(self) -> World:
        self.opened += 1
        return self

    def send(self, parcels: Iterator[Parcel], begin: Callable[[Parcel], bool]) -> Iterator[tuple[int, Outcome]]:
        """Like the smarthost: the next one is taken while the one before it is under way."""
        following = next(parcels, None)
        while following is not None:
            current, following = following, None
            if begin(current):
                following = next(parcels, None)
                if current.domain in self.hanging:
                    self.go.wait(PATIENCE)
                self.sent.append(current.id)
                yield current.id, self.how(current)
            following = following or next(parcels, None)

    def close(self) -> None:
        pass

    def report(self, message: Begun | Delivered) -> None:
        with self.told:
            if isinstance(message, Delivered):
                for number, outcome in message.results:
                    assert number not in self.results
                    self.results[number] = outcome
            else:
                self.begun[message.lane] = message.numbers
            self.told.notify_all()

    def wait(self, lanes: Lanes, numbers: set[int]) -> None:
        self.come(lanes, lambda: numbers <= self.results.keys())

    def come(self, lanes: Lanes, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, (self.begun, sorted(self.results))
            lanes.look_after()
            with self.told:
                self.told.wait(0.02)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr("gateway.transport.lanes.STUCK_SECONDS", 0.2)
    one = World()
    yield one
    one.go.set()


def test_each_parcel_is_sent_once_and_reported_once(world: World) -> None:
    lanes = Lanes(world.open, 4, world.report, time.monotonic)
    for start in range(0, 1000, 50):
        lanes.put([parcel(number, f"d{number % 7}.example") for number in range(start, start + 50)])
    world.wait(lanes, set(range(1000)))
    assert Counter(world.sent) == Counter(range(1000))


def test_a_domain_that_hangs_delays_no_other(world: World) -> None:
    world.hanging = {"dead.example"}
    lanes = Lanes(world.open, 2, world.report, time.monotonic)
    lanes.put([parcel(0, "dead.example"), *(parcel(n, f"d{n % 5}.example") for n in range(1, 200))])
    lanes.put([parcel(1000 + n, "dead.example") for n in range(5)])
    world.wait(lanes, set(range(1, 200)))
    assert 0 not in world.results
    assert [0] in world.begun.values(), "a lane that is stuck has nothing in hand but what it has begun"
    world.go.set()
    world.wait(lanes, {0, *range(1000, 1005)})
    assert Counter(world.sent) == Counter([*range(200), *range(1000, 1005)])


def test_many_that_hang_leave_a_lane_for_those_who_answer(world: World) -> None:
    world.hanging = {f"dead{n}.example" for n in range(30)}
    lanes = Lanes(world.open, 2, world.report, time.monotonic)
    lanes.put([parcel(500, "well.example")])
    world.wait(lanes, {500})
    lanes.put([parcel(n, f"dead{n}.example") for n in range(30)])
    lanes.put([parcel(501 + n, "well.example") for n in range(50)])
    world.wait(lanes, set(range(501, 551)))
    assert world.opened <= 2 + SPARES
    world.go.set()
    world.wait(lanes, set(range(30)))


def test_those_behind_a_server_that_gave_no_answer_wait_in_the_store(world: World) -> None:
    world.hanging = {"dead.example"}
    world.how = lambda p: SILENT if p.domain == "dead.example" else FINE
    lanes = Lanes(world.open, 2, world.report, time.monotonic)
    lanes.put([parcel(n, "dead.example") for n in range(20)])
    world.come(lanes, lambda: [0] in world.begun.values())
    time.sleep(0.3)  # longer than what counts as stuck
    world.go.set()
    world.wait(lanes, set(range(20)))
    assert world.sent == [0]
    why = "not tried: the server for dead.example did not answer a moment ago"
    assert world.results[1] == Outcome(0, why, tried=False)


def test_what_is_withdrawn_is_not_sent_whether_it_waits_or_is_reserved(world: World) -> None:
    world.hanging = {"slow.example"}
    lanes = Lanes(world.open, 1, world.report, time.monotonic)
    lanes.put([parcel(0, "slow.example"), *(parcel(n, f"d{n}.example") for n in range(1, 60))])
    world.come(lanes, lambda: any(0 in numbers for numbers in world.begun.values()))
    lanes.hold(time.monotonic() + 100, {0, *range(10, 60)})
    lanes.put([parcel(60, "new.example")])
    world.go.set()
    world.wait(lanes, {*range(1, 10), 60})
    assert set(world.sent) <= {*range(10), 60}
    assert not world.results.keys() & set(range(10, 60))


def test_nothing_is_begun_when_it_may_be_somebody_elses(world: World) -> None:
    now = [100.0]
    lanes = Lanes(world.open, 2, world.report, lambda: now[0])
    until = 100.0 + MARGIN - 1
    old = [replace(parcel(n, f"d{n % 7}.example"), until=until) for n in range(50)]
    lanes.put([*old, replace(parcel(50), until=until + 20)])
    world.wait(lanes, set(range(51)))
    assert world.sent == [50]
    assert {(world.results[n].code, world.results[n].tried) for n in range(50)} == {(0, False)}
    lanes.hold(until + 40, set())
    lanes.put([replace(parcel(n), until=until) for n in range(60, 70)])
    world.wait(lanes, set(range(60, 70)))
    assert sorted(world.sent) == [50, *range(60, 70)]
    now[0] += 40
    lanes.put([replace(parcel(70), until=until)])
    world.wait(lanes, {70})
    assert 70 not in world.sent


def test_nothing_leaves_the_hand_before_it_is_told(world: World) -> None:
    """Else a mail that was delivered would look as if nobody had begun it, should the process be killed now."""
    gone: list[int] = []

    class Watched(World):
        def report(self, message: Begun | Delivered) -> None:
            super().report(message)
            if isinstance(message, Begun):
                missing = set(self.sent) - self.results.keys() - set(message.numbers)
                gone.extend(missing)

    watched = Watched()
    lanes = Lanes(watched.open, 1, watched.report, time.monotonic)
    for start in range(0, 200, 10):
        lanes.put([parcel(number, f"d{number % 3}.example") for number in range(start, start + 10)])
    watched.wait(lanes, set(range(200)))
    assert gone == []


def test_a_way_out_that_is_shut_costs_what_a_lane_had_in_hand_and_the_lane_lives_on(world: World) -> None:
    class Shut(World):
        def send(self, parcels, begin):  # type: ignore[no-untyped-def]
            for one in parcels:
                yield one.id, Outcome(0, "the smarthost cannot be reached")

    shut = Shut()
    lanes = Lanes(shut.open, 2, shut.report, time.monotonic)
    lanes.put([parcel(n, f"d{n}.example") for n in range(100)])
    shut.wait(lanes, set(range(100)))
    assert {outcome.code for outcome in shut.results.values()} == {0}


@pytest.mark.parametrize("begun", [True, False])
def test_a_fault_of_a_transport_costs_one_mail_and_ends_no_lane(world: World, begun: bool) -> None:
    class Faulty(World):
        def send(self, parcels, begin):  # type: ignore[no-untyped-def]
            for one in parcels:
                if one.id == 3 and not begun:
                    raise RuntimeError("a defect of ours")
                begin(one)
                if one.id == 3:
                    raise RuntimeError("a defect of ours")
                yield one.id, FINE

    faulty = Faulty()
    lanes = Lanes(faulty.open, 1, faulty.report, time.monotonic)
    lanes.put([parcel(n, f"d{n}.example") for n in range(10)])
    faulty.wait(lanes, set(range(10)))
    assert faulty.results[3].temporary
    assert "RuntimeError" in faulty.results[3].text
    assert faulty.results[9].delivered
