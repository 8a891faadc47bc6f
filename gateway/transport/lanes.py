"""The lanes: threads with a transport each, so that mail for a slow server delays no other mail.

In: parcels. Out: through `report`, what each lane has in hand before it starts it (`Begun`) and what became of it
(`Delivered`). A lane that is stuck gives back what it has not begun and is not counted: a spare one takes its place,
up to a bound. It never hands one parcel to two lanes, and never lets a fault of one transport end the others.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from gateway.transport.parcel import Outcome, Parcel, Transport
from gateway.transport.waiting import AT_ONCE, Hand, Waiting

STUCK_SECONDS = 3.0
SPARES = 4
"""Lanes beyond the configured ones while that many are stuck."""
MARGIN = 5.0
"""Seconds before its time is over after which a parcel is not begun any more: handing over takes a while, too."""
_LONG_SECONDS = 1.0  # more than that is too much for the open lanes
_CROWDED_SECONDS = 0.05  # nothing was taken for so long
_IDLE_SECONDS = 1.0
_REPORT_SECONDS = 0.25

_TOO_LATE = Outcome(0, "not tried: the store was away for too long, another machine may have it by now", tried=False)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Begun:
    """What this lane has in hand from now on; the whole of it, in place of what it had before. Lane 0 renders."""

    lane: int
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of parcels."""

    results: list[tuple[int, Outcome]]


Report = Callable[[Begun | Delivered], None]


@dataclass(slots=True, eq=False)
class _Lane:
    hand: Hand
    since: float
    is_stuck: bool = False
    is_idle: bool = True
    is_ending: bool = False
    """The way out is shut for it: it finishes what it has and starts anew."""
    results: list[tuple[int, Outcome]] = field(default_factory=list)


class _Supply:
    """What a transport takes its parcels from; empty now does not mean empty for ever."""

    def __init__(self, lanes: Lanes, lane: _Lane) -> None:
        self._lanes = lanes
        self._lane = lane

    def __iter__(self) -> Iterator[Parcel]:
        return self

    def __next__(self) -> Parcel:
        parcel = self._lanes.next_for(self._lane)
        if parcel is None:
            raise StopIteration
        return parcel


class Lanes:
    """As many lanes as are needed, `count` at most and spare ones for those that are stuck."""

    def __init__(
        self, open_one: Callable[[], Transport], count: int, report: Report, monotonic: Callable[[], float]
    ) -> None:
        self._open_one = open_one
        self._count = count
        self._report = report
        self._monotonic = monotonic
        self._waiting = Waiting(count, SPARES)
        self._lanes: list[_Lane] = []
        self._opened = 0
        self._reported = self._moved = monotonic()
        self._change = threading.Condition()
        self._held_until = -math.inf
        self._rest = threading.Event()
        self._rest.set()

    def put(self, parcels: list[Parcel]) -> None:
        """More to send."""
        with self._change:
            if not len(self._waiting):
                self._moved = self._monotonic()
            for parcel in parcels:
                self._waiting.add(parcel)
            self._rest.clear()
            if not self._lanes:
                self._open()
            self._change.notify()

    def hold(self, until: float, gone: Collection[int]) -> None:
        """Parcels that are here may be begun until then, except those that are `gone`: they are somebody else's."""
        with self._change:
            self._held_until = until
            if not gone:
                return
            self._waiting.withdraw(gone)
            for lane in self._lanes:
                current = lane.hand.current
                for number in lane.hand.held.keys() & gone:
                    if current is None or number != current.id:
                        lane.hand.drop(number)
                lane.hand.reserved = deque(parcel for parcel in lane.hand.reserved if parcel.id not in gone)

    def let_finish(self, seconds: float) -> None:
        """Wait until the lanes have nothing to do, but not for servers that take their time.

        Threads share one interpreter: rendering beside a lane that never waits costs a fifth more than after it.
        """
        if self._waiting.usual < seconds:
            self._rest.wait(seconds)

    def look_after(self) -> float:
        """Find lanes that are stuck, open others where they are needed; when to look again, in seconds."""
        with self._change:
            now = self._monotonic()
            for lane in self._lanes:
                if not lane.is_stuck and lane.hand.held and now - lane.since > STUCK_SECONDS:
                    self._stuck(lane)
            if now - self._reported > _REPORT_SECONDS:
                self._reported = now
                for lane in self._lanes:
                    self._tell(lane)
            crowded = len(self._waiting) > 0 and not any(lane.is_idle for lane in self._lanes) and self._may_open()
            too_much = self._waiting.seconds > _LONG_SECONDS * len(self._lanes)
            if crowded and (too_much or now - self._moved > _CROWDED_SECONDS):
                self._open()
            return _CROWDED_SECONDS if crowded else _IDLE_SECONDS

    def _may_open(self) -> bool:
        counted = sum(1 for lane in self._lanes if not lane.is_stuck)
        return counted < self._count and len(self._lanes) < self._count + SPARES

    def _open(self) -> None:
        self._opened += 1
        self._moved = self._monotonic()
        lane = _Lane(Hand(self._opened), self._monotonic())
        self._lanes.append(lane)
        threading.Thread(target=self._run, args=(lane,), name=f"lane-{self._opened}", daemon=True).start()

    def _stuck(self, lane: _Lane) -> None:
        """It is not counted any more. What it has begun may never end; the rest is for others."""
        lane.is_stuck = True
        begun = lane.hand.current
        if begun is None:  # still on its way to a connection: what it has shall learn what comes of that
            return
        self._waiting.suspect(begun.domain)
        self._waiting.give_back(lane.hand)
        self._tell(lane)
        self._report(Begun(lane.hand.number, [begun.id]))
        later = self._waiting.overflow()
        if later:
            why = f"not tried yet: the server for {begun.domain} is slow, and mail for it waits"
            self._report(Delivered([(parcel.id, Outcome(0, why, tried=False)) for parcel in later]))
        self._change.notify_all()

    # What a lane's thread does

    def _run(self, lane: _Lane) -> None:
        transport = self._open_one()
        while self._wait_for_work(lane):
            try:
                for number, outcome in transport.send(_Supply(self, lane), lambda parcel: self._begin(lane, parcel)):
                    self._done(lane, number, outcome)
                fault = "it has no result"
            except Exception as error:
                log.exception("a fault in lane %s; the mail that it had in hand is tried again", lane.hand.number)
                fault = type(error).__name__
            self._leave(lane, fault)
        transport.close()

    def _wait_for_work(self, lane: _Lane) -> bool:
        """Wait until there is something for this lane; False when it is one too many."""
        with self._change:
            lane.is_ending = lane.is_stuck = False
            while True:
                if sum(1 for other in self._lanes if not other.is_stuck) > self._count:
                    self._lanes.remove(lane)
                    self._change.notify()
                    return False
                if self._fill(lane):
                    return True
                lane.is_idle = True
                self._tell(lane)
                if all(other.is_idle or other.is_stuck for other in self._lanes):
                    self._rest.set()
                self._change.wait()

    def next_for(self, lane: _Lane) -> Parcel | None:
        """What the lane has reserved, then what it may take; None when that is nothing now."""
        with self._change:
            reserved = lane.hand.reserved
            if not reserved and (lane.is_ending or lane.is_stuck or not self._fill(lane)):
                return None
            return reserved.popleft()

    def _fill(self, lane: _Lane) -> bool:
        if not self._waiting.fill(lane.hand, [other.hand for other in self._lanes]):
            return False
        now = self._monotonic()
        self._moved = now
        if lane.is_idle:
            lane.since = now
        lane.is_idle = False
        self._tell(lane)  # first: what is neither in hand nor told counts as never begun
        self._report(Begun(lane.hand.number, list(lane.hand.held)))
        return True

    def _begin(self, lane: _Lane, parcel: Parcel) -> bool:
        with self._change:
            if parcel.id not in lane.hand.held:
                return False
            now = self._monotonic()
            if now > max(parcel.until, self._held_until) - MARGIN:
                lane.hand.drop(parcel.id)
                lane.results.append((parcel.id, _TOO_LATE))
                return False
            lane.hand.current = parcel
            lane.since = now
            lane.is_stuck = False
            return True

    def _done(self, lane: _Lane, number: int, outcome: Outcome) -> None:
        with self._change:
            now = self._monotonic()
            current = lane.hand.current
            was_begun = current is not None and current.id == number
            took, lane.since = now - lane.since, now
            was_stuck, lane.is_stuck = lane.is_stuck, False
            parcel = lane.hand.drop(number)
            if parcel is None:
                return
            lane.results.append((number, outcome))
            if was_begun:
                self._learn(lane, parcel, outcome, took)
            elif outcome.temporary:
                lane.is_ending = True
            if was_stuck or len(lane.results) >= AT_ONCE or not lane.hand.held:
                self._tell(lane)
            if len(self._waiting):
                self._change.notify()

    def _learn(self, lane: _Lane, parcel: Parcel, outcome: Outcome, took: float) -> None:
        self._waiting.judge(parcel.domain, outcome, took)
        if outcome.code == 0 and took > STUCK_SECONDS:  # nobody answers there: the others need not find out one by one
            why = f"not tried: the server for {parcel.domain} did not answer a moment ago"
            lane.results += [(other.id, Outcome(0, why, tried=False)) for other in self._waiting.of(parcel.domain)]

    def _leave(self, lane: _Lane, fault: str) -> None:
        """The transport has ended. The mail that it was at has an unknown end; what it had not begun is for others."""
        with self._change:
            if lane.hand.held:
                at = lane.hand.current or next(iter(lane.hand.held.values()))
                lane.hand.drop(at.id)
                text = f"unknown: may have been delivered; a fault in the sender: {fault}"
                lane.results.append((at.id, Outcome(0, text)))
                self._waiting.give_back(lane.hand)
            self._tell(lane)

    def _tell(self, lane: _Lane) -> None:
        if lane.results:
            self._report(Delivered(lane.results))
            lane.results = []
