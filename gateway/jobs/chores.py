"""Chores: what the desk does by itself at a time, beside any one ticket: the daily look at the clocks, the audit.

In: a write transaction, the desk, the instant. Out: the decisions of one step, for `jobs/sweep.py` to meter and commit.
When a chore is due is a row (`store/chores.py`), claimed like a timer: of several machines one does it, and a desk that
slept does it once. A chore of many tickets does them in steps of `STEP`, one short turn each.

To add a chore: a function that does one step and one row of `CHORES`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from gateway.jobs import digests as days
from gateway.jobs import promises
from gateway.jobs.taxonomy import audited
from gateway.rules import audit, breach, inflation
from gateway.rules.case import Mint
from gateway.rules.desk import Desk
from gateway.rules.overview import digests
from gateway.rules.times import daily, on_wall
from store import chores, measures
from store.engine import is_store_fault
from store.lookup import load
from store.overview import DIGESTS
from store.records import Decision, Ticket
from store.snapshot import Wanted

log = logging.getLogger(__name__)

STEP = 100
"""Tickets that one step looks at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one step decided. `after` is where the next one goes on, a ticket's number; 0: the chore is through."""

    decisions: tuple[Decision, ...] = ()
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """`name` stands in the store and is never another chore's. `following` says when it is next due; `work` does one
    step, from behind the ticket `after` on (0: from the beginning). A turn takes `steps` of them while there is nothing
    to decide."""

    name: str
    following: Callable[[datetime, Desk], datetime]
    work: Callable[[Connection, Desk, Mint, datetime, int], Done]
    steps: int = 2


def each_open(
    decide: Callable[[Ticket, Desk, Mint, datetime], Decision | None],
) -> Callable[[Connection, Desk, Mint, datetime, int], Done]:
    """The work of a chore that looks at every open ticket, one by one. A ticket that is in somebody's turn is left out:
    that turn sees to it, and the chore comes again; so is one over which the rules stumble: it costs only itself."""

    def look(ticket: Ticket, desk: Desk, mint: Mint, now: datetime) -> Decision | None:
        try:
            return decide(ticket, desk, mint, now)
        except Exception as error:
            if is_store_fault(error):
                raise
            log.exception("the look at %s failed and is left out", desk.reference(ticket.ref))
            return None

    def work(connection: Connection, desk: Desk, mint: Mint, now: datetime, after: int) -> Done:
        numbers, last = chores.open_tickets(connection, after, STEP)
        found = load(connection, Wanted(numbers=set(numbers))).tickets if numbers else {}
        decisions = (look(found[number], desk, mint, now) for number in numbers)
        return Done(decisions=tuple(one for one in decisions if one is not None), after=last)

    return work


def every_day(hour: int) -> Callable[[datetime, Desk], datetime]:
    """Each day when the desk's clock shows this hour."""
    return partial(daily, hour=hour)


def every_quarter(now: datetime, desk: Desk) -> datetime:
    """On the first of January, April, July and October, when the desk's clock shows six."""
    year = now.astimezone(ZoneInfo(desk.zone)).year
    firsts = [date(year, month, 1) for month in (1, 4, 7, 10)] + [date(year + 1, 1, 1)]
    return next(at for day in firsts if (at := on_wall(day, time(6), desk.zone)) > now)


def _inflation(connection: Connection, desk: Desk, mint: Mint, now: datetime, _after: int) -> Done:
    """Leads are told while too many of a week's tickets are at priority 1."""
    found = {one.priority: one for one in measures.priorities(connection, now - inflation.WINDOW)}
    counts = found[1].tickets if 1 in found else 0, sum(one.tickets for one in found.values())
    decision = inflation.told(*counts, sum(one.downgraded for one in found.values()), desk, mint, now)
    return Done(decisions=(decision,) if decision is not None else ())


def _taxonomy(connection: Connection, desk: Desk, mint: Mint, now: datetime, _after: int) -> Done:
    """Managers learn what has become of the topics in the quarter that is over."""
    return Done(decisions=(audit.told(audited(connection, desk, now - audit.QUARTER), desk, mint, now),))


def _digests(connection: Connection, desk: Desk, mint: Mint, now: datetime, _after: int) -> Done:
    """Everybody's digest at their own hour; the figures that it needs are computed a day a step."""
    decisions, through = days.step(connection, desk, mint, now)
    return Done(decisions=tuple(decisions), after=0 if through else ONWARD)


def _promises(connection: Connection, desk: Desk, mint: Mint, now: datetime, _after: int) -> Done:
    """That every promised call can be kept; what is in somebody else's turn is looked at in the next one."""
    decisions, through = promises.step(connection, desk, mint, now)
    return Done(decisions=tuple(decisions), after=0 if through else ONWARD)


ONWARD = 1
"""Where a chore goes on that keeps account of what it has done by itself."""

CHORES: tuple[Chore, ...] = (
    Chore(name="clocks", following=every_day(5), work=each_open(breach.refreshed)),
    Chore(name="inflation", following=every_day(7), work=_inflation),
    Chore(name=DIGESTS, following=digests.following, work=_digests, steps=1),  # the figures of a day are a long step
    Chore(name=chores.PROMISES, following=promises.following, work=_promises, steps=1),
    Chore(name="taxonomy", following=every_quarter, work=_taxonomy),
)


def due(connection: Connection, desk: Desk, now: datetime) -> tuple[Chore, int] | None:
    """The chore that is due for the longest and that nobody else has in hand, with the ticket behind which it goes on;
    it is ours until the turn ends. What this version does not know (any more) is left alone; a chore that is seen for
    the first time waits for its own hour."""
    known = {chore.name: chore for chore in CHORES}
    rows = chores.standing(connection)
    _put_right(connection, known, rows, desk, now)
    if not any(at <= now for name, at in rows.items() if name in known):
        return None
    claimed = chores.claim(connection, known, now)
    return (known[claimed[0]], claimed[1]) if claimed is not None else None


def take(connection: Connection, chore: Chore, desk: Desk, mint: Mint, now: datetime, after: int) -> Done:
    """A turn's worth of it: steps until there is something to decide, or the chore is through."""
    done = Done(after=after)
    for _ in range(chore.steps):
        done = chore.work(connection, desk, mint, now, done.after)
        if done.decisions or not done.after:
            break
    chores.put_off(connection, chore.name, now if done.after else chore.following(now, desk), done.after)
    return done


def _put_right(
    connection: Connection, known: Mapping[str, Chore], rows: Mapping[str, datetime], desk: Desk, now: datetime
) -> None:
    """New chores get their row. One that is due later than its second time from now was put off by a clock that was
    ahead: it must not sleep until then."""
    fresh: dict[str, datetime] = {}
    for name, chore in known.items():
        first = chore.following(now, desk)
        if name not in rows:
            fresh[name] = first
        elif rows[name] > chore.following(first, desk):
            chores.put_off(connection, name, first, 0)
    if fresh:
        chores.begin(connection, fresh)
