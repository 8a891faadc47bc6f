"""Calendars of the staff: whether those that the configuration names are read, so that nothing is promised against
them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gateway.doctor.finding import Finding, fine, warning
from gateway.doctor.house import House
from store import feeds
from store.opening import HEAD, revision

AREA = "calendars"


def check(house: House) -> Iterator[Finding]:
    """One line a calendar; nothing where nobody has one."""
    calls, store, now = house.config.policy.calls, house.store, house.desk_now
    if not calls.feeds or store is None or revision(store) != HEAD:
        return
    with store.look() as connection:
        found = {one.name: one for one in feeds.standing(connection)}
    for name, path in calls.feeds.items():
        one = found.get(name)
        read_at = one.read_at if one is not None else None
        cure = f"mend {path}, or take agent.calendar of {name} out of the configuration"
        if one is not None and one.problem:
            yield warning(AREA, f"the calendar of {name}: {one.problem}", cure)
        elif read_at is None:
            yield warning(
                AREA, f"the calendar of {name} was not read yet", 'run "replydesk serve" or "replydesk sweep"'
            )
        elif now - read_at > calls.stale:
            ago = f"{(now - read_at).total_seconds() / 3600:.0f} h ago"
            what = f"the calendar of {name} was read {ago}: nothing new is promised by it"
            yield warning(AREA, what, 'run "replydesk serve", or "replydesk sweep" more often')
        else:
            yield fine(AREA, f"the calendar of {name} is read; {_age(house.config.folder / path, house.now)}")


def _age(path: Path, now: datetime) -> str:
    """How old the file is: one that no program writes any more is read as gladly as any other."""
    try:
        hours = max(0.0, now.timestamp() - path.stat().st_mtime) / 3600
    except OSError:
        return "its file is gone now"
    return "its file was written " + (f"{hours:.0f} h ago" if hours < 48 else f"{hours / 24:.0f} days ago")
