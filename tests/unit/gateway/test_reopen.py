"""What a customer's next mail does to a ticket that has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rules.reopen import on_reply
from store.records import Status, Ticket

ENDED = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW = timedelta(days=14)


@pytest.mark.parametrize(
    ("changes", "after", "does"),
    [
        ({"status": Status.NEW}, timedelta(days=900), "append"),
        ({"status": Status.IN_PROGRESS}, timedelta(days=900), "append"),
        ({"status": Status.SCHEDULED}, timedelta(days=900), "append"),
        ({"status": Status.RESOLVED, "resolved_at": ENDED}, timedelta(0), "reopen"),
        ({"status": Status.RESOLVED, "resolved_at": ENDED}, WINDOW, "reopen"),
        ({"status": Status.RESOLVED, "resolved_at": ENDED}, WINDOW + timedelta(seconds=1), "follow"),
        ({"status": Status.CLOSED, "resolved_at": ENDED}, WINDOW, "reopen"),
        ({"status": Status.CLOSED, "resolved_at": ENDED}, WINDOW + timedelta(seconds=1), "follow"),
        ({"status": Status.CLOSED, "resolved_at": None, "updated_at": ENDED}, timedelta(days=1), "reopen"),
    ],
)
def test_the_window(ticket: Callable[..., Ticket], changes: dict[str, Any], after: timedelta, does: str) -> None:
    assert on_reply(ticket(**changes), ENDED + after, WINDOW) == does


def test_a_window_of_nothing(ticket: Callable[..., Ticket]) -> None:
    ended = ticket(status=Status.RESOLVED, resolved_at=ENDED)
    assert on_reply(ended, ENDED + timedelta(seconds=1), timedelta(0)) == "follow"
