"""Vitals of a desk that is well, to be made worse; and the store on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.doors.words import DoorCounts
from gateway.vitals import Counts, MailboxVitals, Named, ReaderVitals, Told, Vitals
from store.standing import StoreFigures
from tests.servers.stores import empty_url, kind, store, store_url

__all__ = ["empty_url", "kind", "store", "store_url"]

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def vitals(figures: dict[str, Any] | None = None, **changes: Any) -> Vitals:
    """A desk that has run for two days; `figures` and other changes make it differ."""
    counts = Counts()
    counts.turns = 5
    well = Vitals(
        now=NOW,
        started_at=ago(days=2),
        counts=counts.counted(),
        doors=DoorCounts(connections=9, open_sessions=2, refused_connections=1, refused=(("550", 3), ("421", 1))),
        session_limit=100,
        readers=(ReaderVitals(alive=True), ReaderVitals(alive=True)),
        in_window=0,
        window=4096,
        last_commit=ago(seconds=90),
        disk_room=50 << 30,
        figures=StoreFigures(taken_at=NOW, last_accepted=ago(minutes=3), **(figures or {})),
    )
    return replace(well, **changes)


def mailbox(number: int = 1, **changes: Any) -> MailboxVitals:
    """A mailbox that was looked at half a minute ago."""
    well = MailboxVitals(
        number=number,
        looked_at=ago(seconds=30),
        there=12,
        listed=12,
        known=12,
        withheld=0,
        idles=True,
        problem="",
        since=None,
    )
    return replace(well, **changes)


def told(figures: dict[str, Any] | None = None, lately: Named = (), **changes: Any) -> Told:
    return Told(vitals(figures, **changes), lately)
