"""What waits: mail without a verdict, mail that does not leave, mail that nobody could read, work in dead hands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from gateway.doctor.finding import Finding, fine, problem, warning
from gateway.doctor.house import House
from store.engine import lease_now
from store.figures import store_figures
from store.opening import HEAD, revision
from store.records import Verdict
from store.standing import MOST, StoreFigures
from store.tables import IS_WAITING, journal, outbox

AREA = "mail"
UNDECIDED, UNSENT, TIMERS = timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=5)
ABANDONED = timedelta(seconds=60)
DAY = timedelta(days=1)
RECENT = 50_000
"""Journal rows that are looked through for mail that could not be read: a day of a busy desk."""


def check(house: House) -> Iterator[Finding]:
    """The backlog, the outbox, what could not be read, leases that ended in nobody's hand."""
    store, now = house.store, house.desk_now
    if store is None or revision(store) != HEAD:
        return
    with store.look() as connection:
        found = store_figures(connection, now)
        yield _undecided(found, now, served=bool(house.server))
        yield from _leaving(found, now)
        yield from _unsent(connection, now, served=bool(house.server))
        yield _unreadable(connection, now)
        yield _abandoned(connection, lease_now(connection, now), served=bool(house.server))
    if found.overdue_timers and found.oldest_timer is not None and now - found.oldest_timer > TIMERS:
        yield problem(
            AREA, f"{_many(found.overdue_timers)} timers are overdue, the oldest since {_ago(found.oldest_timer, now)}",
            _serve(served=bool(house.server)),
        )  # fmt: skip


def _undecided(found: StoreFigures, now: datetime, *, served: bool) -> Finding:
    oldest = found.oldest_undecided
    if oldest is None or now - oldest <= UNDECIDED:
        return fine(AREA, f"{_many(found.undecided)} mails wait for their verdict")
    what = f"{_many(found.undecided)} mails wait for their verdict, the oldest since {_ago(oldest, now)}"
    return problem(AREA, what, f'{_serve(served=served)}; "replydesk mail list --undecided" names them')


def _leaving(found: StoreFigures, now: datetime) -> Iterator[Finding]:
    if found.held:
        yield warning(
            AREA,
            f"{_many(found.held)} outgoing mails are held",
            '"replydesk queue list --state held" says why; "replydesk queue release ID" lets one go, --all lets all',
        )
    if found.failed_lately:
        yield warning(
            AREA,
            f"{_many(found.failed_lately)} outgoing mails failed in the last day",
            'read why in "replydesk queue list --state failed"; "replydesk queue retry ID" tries one again',
        )
    if found.deferred:
        since = _ago(found.oldest_deferred, now) if found.oldest_deferred else "a moment"
        yield warning(
            AREA,
            f"{_many(found.deferred)} outgoing mails are tried again later, the oldest since {since}: {found.refusal}",
            "mend what the other side complains of; nothing is lost for five days",
        )
    if not (found.held or found.failed_lately or found.deferred):
        yield fine(AREA, f"{_many(found.queued + found.sending)} outgoing mails wait, none is held, refused or failed")


def _unsent(connection: Connection, now: datetime, *, served: bool) -> Iterator[Finding]:
    """Mail that should have left and is in nobody's hand; what a slow smarthost is being given is in somebody's."""
    is_free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until < lease_now(connection, now))
    due = select(outbox.c.next_attempt_at).where(IS_WAITING, outbox.c.next_attempt_at <= now, is_free)
    oldest = connection.execute(due.order_by(outbox.c.next_attempt_at).limit(1)).scalar()
    if oldest is not None and now - oldest > UNSENT:
        yield problem(
            AREA, f"outgoing mail is due since {_ago(oldest, now)} and nobody sends it", _serve(served=served)
        )


def _unreadable(connection: Connection, now: datetime) -> Finding:
    newest = connection.execute(select(func.max(journal.c.id))).scalar() or 0
    count = connection.execute(
        select(func.count()).where(
            journal.c.id > newest - RECENT,
            journal.c.verdict == Verdict.UNREADABLE.value,
            journal.c.decided_at > now - DAY,
        )
    ).scalar_one()
    if count:
        return warning(
            AREA,
            f"{count} mails of the last day could not be read; each has a stub ticket",
            '"replydesk mail list --verdict unreadable" names them; "replydesk mail replay ID" tries again',
        )
    return fine(AREA, "every mail of the last day could be read")


def _abandoned(connection: Connection, now: datetime, *, served: bool) -> Finding:
    """A lease that ended a while ago: its owner died, and nobody has taken up its work."""
    mails = connection.execute(
        select(func.count()).where(journal.c.verdict.is_(None), journal.c.lease_until < now - ABANDONED)
    ).scalar_one()
    letters = connection.execute(
        select(func.count()).where(outbox.c.state == "sending", outbox.c.lease_until < now - ABANDONED)
    ).scalar_one()
    if mails or letters:
        what = f"{mails} mails and {letters} outgoing mails are in the hand of a process that is gone"
        return warning(AREA, what, _serve(served=served) + "; the next one takes them up")
    return fine(AREA, "nothing is in the hand of a process that is gone")


def _serve(*, served: bool) -> str:
    return "read the log of the serving process, or start it anew" if served else 'run "replydesk serve"'


def _many(count: int) -> str:
    return f"at least {count}" if count >= MOST else str(count)


def _ago(then: datetime, now: datetime) -> str:
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 2880 else f"{minutes // 1440} days"
