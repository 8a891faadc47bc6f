"""Who is next: parcels wait by the domain of their recipient, and a lane is given what it may take.

In: parcels, lanes that ask, and what became of each attempt. Out: parcels for a lane, and those that wait elsewhere.
No threads, sockets or clock of its own. It never lets one slow domain have every lane:

- a domain has one lane at most until it has answered well, and then all lanes but one while others wait;
- domains that were slow or did not answer share a single lane, the sick bay;
- of two kinds of mail that wait, mail that was never tried goes first, and every fourth place is for the other kind.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from gateway.transport.parcel import Outcome, Parcel

AT_ONCE = 20
"""Parcels that a lane has in hand at most."""
SLOW_SECONDS = 2.0
SLOW_FACTOR = 3.0
"""Slow is what takes longer than SLOW_SECONDS and than so many times the usual: a smarthost may be slow for all."""
SICK_WAITING = 200
"""Parcels for sick domains that wait here; more of them wait in the store, so that they cannot fill our hands."""
_MOST_DOMAINS = 10_000
_AGAIN_EVERY = 4
_USUAL = 0.1  # the share of the newest attempt in what counts as usual
_HANDFUL_SECONDS = 0.5  # what a lane reserves it should be through with so soon: others may be idle

Ring = OrderedDict[str, deque[Parcel]]


@dataclass(slots=True, eq=False)
class Hand:
    """What one lane has: `reserved` not yet begun, `current` begun, `held` all of them."""

    number: int
    reserved: deque[Parcel] = field(default_factory=deque)
    held: dict[int, Parcel] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)
    current: Parcel | None = None

    def take(self, parcel: Parcel) -> None:
        self.reserved.append(parcel)
        self.held[parcel.id] = parcel
        self.domains[parcel.domain] += 1

    def drop(self, number: int) -> Parcel | None:
        """Let go of one; None when it is not in this hand."""
        parcel = self.held.pop(number, None)
        if parcel is None:
            return None
        self.domains[parcel.domain] -= 1
        if not self.domains[parcel.domain]:
            del self.domains[parcel.domain]
        if self.current is parcel:
            self.current = None
        return parcel


class Waiting:
    """The parcels that no lane has yet, and what is known of their domains."""

    def __init__(self, lanes: int, spares: int) -> None:
        self._lanes = lanes
        self._most = lanes + spares
        self._fresh: Ring = OrderedDict()
        self._again: Ring = OrderedDict()
        self._sick: Ring = OrderedDict()
        self._well: OrderedDict[str, bool] = OrderedDict()  # True: answered well, False: sick; not there: unknown
        self._count = 0
        self._turn = 0
        self.usual = 0.0
        """Seconds that an attempt takes, as things go."""

    def __len__(self) -> int:
        return self._count

    @property
    def seconds(self) -> float:
        """How long one lane would need for all that waits, as things usually go."""
        return self._count * self.usual

    def add(self, parcel: Parcel, *, first: bool = False) -> None:
        """One more that waits."""
        queue = self._ring(parcel).setdefault(parcel.domain, deque())
        if first:
            queue.appendleft(parcel)
        else:
            queue.append(parcel)
        self._count += 1

    def fill(self, hand: Hand, hands: Sequence[Hand]) -> int:
        """Give `hand` what it may take now, its share of what waits; how many it got. A sick domain's parcel is the
        last of a handful: what is behind it would wait."""
        share = min(AT_ONCE, self._count // len(hands), int(_HANDFUL_SECONDS / max(self.usual, 0.001)))
        room = max(1, share) - len(hand.held)
        others = [other for other in hands if other is not hand]
        got = 0
        while got < room and (parcel := self._next(hand, others)) is not None:
            hand.take(parcel)
            got += 1
        if room > 0 and (parcel := self._from_sick_bay(hand, others)) is not None:
            hand.take(parcel)
            got += 1
        return got

    def judge(self, domain: str, outcome: Outcome, seconds: float) -> None:
        """Learn from an attempt: any answer in good time is health, none or a late one is sickness."""
        is_slow = seconds > max(SLOW_SECONDS, SLOW_FACTOR * self.usual)
        if outcome.code:
            self.usual += _USUAL * (min(seconds, 4 * SLOW_SECONDS) - self.usual)
        self._mark(domain, is_well=outcome.code != 0 and not is_slow)

    def is_sick(self, domain: str) -> bool:
        return self._well.get(domain) is False

    def suspect(self, domain: str) -> None:
        """An attempt for this domain takes too long already."""
        self._mark(domain, is_well=False)

    def give_back(self, hand: Hand) -> None:
        """What a lane has reserved and not begun waits again, in its old place."""
        for parcel in reversed([p for p in hand.held.values() if p is not hand.current]):
            hand.drop(parcel.id)
            self.add(parcel, first=True)
        hand.reserved.clear()

    def withdraw(self, numbers: Collection[int]) -> None:
        """Forget parcels that are not ours any more."""
        for ring in (self._fresh, self._again, self._sick):
            for domain in list(ring):
                left = deque(parcel for parcel in ring[domain] if parcel.id not in numbers)
                self._count -= len(ring[domain]) - len(left)
                if left:
                    ring[domain] = left
                else:
                    del ring[domain]

    def overflow(self) -> list[Parcel]:
        """Parcels for sick domains beyond those that may wait here; the newest ones go."""
        spare = sum(map(len, self._sick.values())) - SICK_WAITING
        found: list[Parcel] = []
        while spare > len(found):
            longest = max(self._sick, key=lambda domain: len(self._sick[domain]))
            found.append(self._take(self._sick, longest, last=True))
        return found

    def of(self, domain: str) -> list[Parcel]:
        """All that waits for a domain; it waits here no longer."""
        found: list[Parcel] = []
        for ring in (self._fresh, self._again, self._sick):
            found += ring.pop(domain, ())
        self._count -= len(found)
        return found

    def _next(self, hand: Hand, others: Sequence[Hand]) -> Parcel | None:
        self._turn += 1
        rings = (self._again, self._fresh) if self._turn % _AGAIN_EVERY == 0 else (self._fresh, self._again)
        for ring in rings:
            for domain in ring:
                if self._may_take(domain, hand, others):
                    return self._take(ring, domain)
        return None

    def _from_sick_bay(self, hand: Hand, others: Sequence[Hand]) -> Parcel | None:
        if not self._sick or any(self.is_sick(domain) for each in (hand, *others) for domain in each.domains):
            return None
        if not self._leaves_a_lane(others):
            return None
        return self._take(self._sick, next(iter(self._sick)))

    def _may_take(self, domain: str, hand: Hand, others: Sequence[Hand]) -> bool:
        elsewhere = sum(1 for other in others if domain in other.domains)
        if self._well.get(domain):
            waiting = len(self._fresh) + len(self._again)
            is_alone = waiting == (domain in self._fresh) + (domain in self._again)
            return elsewhere < (self._lanes if is_alone else max(1, self._lanes - 1))
        if elsewhere or domain in hand.domains:
            return False
        return self._leaves_a_lane(others)

    def _leaves_a_lane(self, others: Sequence[Hand]) -> bool:
        """Whether one more lane may go to somebody who is not known to answer: one is always for those who are."""
        in_doubt = sum(1 for other in others if not all(self._well.get(name) for name in other.domains))
        return in_doubt < max(1, self._most - 1)

    def _take(self, ring: Ring, domain: str, *, last: bool = False) -> Parcel:
        queue = ring[domain]
        parcel = queue.pop() if last else queue.popleft()
        self._count -= 1
        if queue:
            ring.move_to_end(domain)
        else:
            del ring[domain]
        return parcel

    def _ring(self, parcel: Parcel) -> Ring:
        if self.is_sick(parcel.domain):
            return self._sick
        return self._fresh if parcel.fresh else self._again

    def _mark(self, domain: str, *, is_well: bool) -> None:
        before = self._well.get(domain)
        self._well[domain] = is_well
        self._well.move_to_end(domain)
        if is_well is not (before is not False):
            for parcel in self.of(domain):  # they wait in the other ring now
                self.add(parcel)
        while len(self._well) > _MOST_DOMAINS:
            self._forget()

    def _forget(self) -> None:
        """The domain that was heard of longest ago is unknown again; one that something waits for is kept."""
        for domain in self._well:
            if domain not in self._sick:
                del self._well[domain]
                return
        self._well.popitem(last=False)
