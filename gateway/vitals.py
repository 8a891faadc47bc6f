"""Vitals: what the daemon tells the web door about itself, as plain values, and the counters that it keeps for them.

In: the daemon's counts, added to while it works. Out: a frozen `Vitals` about once a second. Nothing here holds an
address, a subject or a word of mail, except the last refusal of a remote in `StoreFigures`, which only operators see.
Light on purpose: the web door imports it without the store.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gateway.doors.words import DoorCounts
from store.standing import StoreFigures

SHORT = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Bounds in seconds for what should take milliseconds."""
LONG = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
"""Bounds in seconds for what may wait behind a backlog."""

SENT, LATER, FAILED, UNKNOWN = "sent", "later", "failed", "unknown"
OUTCOMES = (SENT, LATER, FAILED, UNKNOWN)
"""How one attempt to deliver ended: taken, refused for now, refused for good, no answer."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: `counts[i]` times at most `bounds[i]` seconds; the last count is for anything longer."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class Histogram:
    """Counts durations into fixed bounds. `observe` is called for every mail, so it does next to nothing."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds = bounds
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration; a negative one (the clock was set back) counts as none."""
        if seconds < 0.0:
            seconds = 0.0
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def spread(self) -> Spread:
        return Spread(self._bounds, tuple(self._counts), self._total)


Named = tuple[tuple[str, int], ...]
"""Counts by name, such as (`smtp`, 12)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The daemon's counters at one moment; they only grow."""

    accepted: Named
    verdicts: Named
    attempts: Named
    turns: int
    store_faults: int
    kept: Spread
    decided: Spread
    turn: Spread


class Counts:
    """The counters of one daemon since its start.

    `accepted` is by door, `verdicts` by verdict, `attempts` by one of `OUTCOMES`. `kept` is the time from a mail's
    arrival to the commit that keeps it, `decided` to the commit of its verdict, `turn` how long a turn took.
    """

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.verdicts: Counter[str] = Counter()
        self.attempts: Counter[str] = Counter()
        self.turns = 0
        self.store_faults = 0
        self.kept = Histogram(SHORT)
        self.decided = Histogram(LONG)
        self.turn = Histogram(SHORT)

    def counted(self) -> Counted:
        return Counted(
            accepted=tuple(self.accepted.items()),
            verdicts=tuple(self.verdicts.items()),
            attempts=tuple(self.attempts.items()),
            turns=self.turns,
            store_faults=self.store_faults,
            kept=self.kept.spread(),
            decided=self.decided.spread(),
            turn=self.turn.spread(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderVitals:
    """One reader process; `mail` is the journal number in its hand (0: none), `seconds` for how long."""

    alive: bool
    mail: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxVitals:
    """One mailbox on another server: its last whole look with its counts (`gateway.doors.imap.words.Looked`), and why
    it cannot be collected now (`problem`, empty when it can), `since` when. `number` is its place in the configuration,
    `poll_seconds` how often it is looked at. `apart_since`: since when the counts of its looks have not agreed."""

    number: int
    looked_at: datetime | None
    there: int
    listed: int
    known: int
    withheld: int
    idles: bool
    problem: str
    since: datetime | None
    poll_seconds: float = 60.0
    apart_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """How the daemon is at `now` (the desk's clock). What a desk does not have stays at its default.

    `doors` is the mail door's last word (None: none yet), `session_limit` how many sessions it takes at once.
    `deaths` are the deaths of children since the start by role. `in_window` of at most `window` mails are in memory,
    `in_senders_hand` are mails that the sender has. `store_fault` is why the last turn could not be committed (empty
    when it could), since `store_fault_since`. `disk_room` are the bytes that mail may still take (None: any).
    `mailboxes` are those on other servers that mail is collected from, in the order of the configuration.
    """

    now: datetime
    started_at: datetime
    counts: Counted
    doors: DoorCounts | None = None
    session_limit: int = 0
    readers: tuple[ReaderVitals, ...] = ()
    deaths: Named = ()
    in_window: int = 0
    window: int = 0
    in_senders_hand: int = 0
    last_commit: datetime | None = None
    store_fault: str = ""
    store_fault_since: datetime | None = None
    disk_room: int | None = None
    figures: StoreFigures | None = None
    mailboxes: tuple[MailboxVitals, ...] = ()
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What goes over the line once a second: the vitals, and how many children died lately (within the last hour)."""

    vitals: Vitals
    lately: Named


@dataclass(frozen=True, slots=True, kw_only=True)
class WebOptions:
    """What the web door is told at its start: the addresses of hosts that may see metrics and reasons."""

    operators_from: frozenset[str]
