"""The clock: whether the system keeps it right, and whether the store agrees.

Promises are times: a clock that is wrong breaks them, and one that jumps lets leases end early.
"""

from __future__ import annotations

import ctypes
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, text

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from store.engine import Store
from store.opening import HEAD, revision
from store.tables import journal

AREA = "clock"
SYNCHRONISE = "let a time service keep it (timedatectl set-ntp true, chrony or ntpd)"
LEAD = timedelta(seconds=60)
APART, FAR_APART = timedelta(seconds=2), timedelta(seconds=20)
"""A lease is 25 s long: clocks that are further apart take mail out of each other's hands."""
NEWEST = 200

Kernel = Callable[[], "tuple[bool, float] | None"]


class _Timex(ctypes.Structure):
    """struct timex of Linux as far as it is asked for; the rest is room (adjtimex(2))."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 256),
    )


_UNSYNCHRONISED = 0x0040
_ERROR = 5


def kernel() -> tuple[bool, float] | None:
    """Whether the kernel knows that somebody keeps its clock, and its largest error in seconds; None when it does not
    say. Nothing is set: modes is 0."""
    if not sys.platform.startswith("linux"):
        return None
    found = _Timex()
    state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(found))
    if state < 0:
        return None
    return state != _ERROR and not found.status & _UNSYNCHRONISED, found.maxerror / 1e6


def check(house: House, kernel: Kernel = kernel) -> Iterator[Finding]:
    """The kernel's word, the database's clock, and times of the journal that have not come yet."""
    kept = kernel()
    if kept is None:
        yield warning(AREA, "the system does not say whether its clock is kept", SYNCHRONISE)
    elif not kept[0]:
        yield warning(AREA, "nobody keeps the system's clock: it is not synchronised", SYNCHRONISE)
    else:
        yield fine(AREA, f"the system's clock is synchronised, at most {kept[1]:.2f} s off")
    if house.store is None:
        return
    if not house.store.is_sqlite:
        yield _database(house.store)
    if revision(house.store) == HEAD:
        yield _journal(house.store, datetime.now(UTC) + house.config.clock_offset)


def _database(store: Store) -> Finding:
    """The difference, less half of the time that asking took."""
    with store.look() as connection:
        connection.execute(text("SELECT 1"))
        started, before = time.monotonic(), datetime.now(UTC)
        theirs: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
        took = timedelta(seconds=time.monotonic() - started)
    apart = abs(theirs - (before + took / 2))
    what = f"the database's clock and ours are {apart.total_seconds():.2f} s apart"
    if apart > FAR_APART:
        return problem(AREA, what, f"on both machines, {SYNCHRONISE}")
    return warning(AREA, what, f"on both machines, {SYNCHRONISE}") if apart > APART else fine(AREA, what)


def _journal(store: Store, now: datetime) -> Finding:
    newest = select(journal.c.received_at).order_by(journal.c.id.desc()).limit(NEWEST)
    with store.look() as connection:
        latest = max(connection.execute(newest).scalars(), default=None)
    if latest is not None and latest > now + LEAD:
        return warning(
            AREA,
            f"mail in the journal came at {latest:%Y-%m-%d %H:%M} UTC, which has not come yet: the clock was set back",
            f"{SYNCHRONISE}; answers that are due count from that time",
        )
    return fine(AREA, "no mail of the journal comes from the future")
