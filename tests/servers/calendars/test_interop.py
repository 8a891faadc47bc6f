"""Every message about a call is read alike by the calendar libraries that programs have, and as it was meant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date

import pytest

from parsing.headers import clean
from scheduling import invite
from scheduling.invite import Event
from tests.servers.calendars import readers
from tests.servers.calendars.events import EVENTS, Facts, seen, updated

MESSAGES: dict[str, tuple[str, Callable[[Event], bytes], Callable[[Event], Event]]] = {
    "request": ("REQUEST", invite.request, lambda event: event),
    "update": ("REQUEST", invite.request, updated),
    "cancel": ("CANCEL", invite.cancel, updated),
    "decline of a counter": ("DECLINECOUNTER", invite.decline_counter, lambda event: event),
}


@pytest.mark.parametrize("reader", readers.NAMES)
@pytest.mark.parametrize("message", MESSAGES)
def test_each_message_is_read_as_it_was_meant(reader: str, message: str) -> None:
    method, write, change = MESSAGES[message]
    events = [change(event) for event in EVENTS.values()]
    found = readers.read(reader, [write(event) for event in events])
    meant = [seen(event, method) for event in events]
    if reader == "ours":
        meant = [without_joiners(facts) for facts in meant]
    wrong = {name: pair for name, *pair in zip(EVENTS, found, meant, strict=True) if pair[0] != pair[1]}
    assert wrong == {}


def without_joiners(facts: Facts) -> Facts:
    """Our own parser takes out whatever cannot be seen: what it reads may be put into headers."""
    return replace(facts, summary=clean(facts.summary), attendee_name=clean(facts.attendee_name))


def test_the_calls_are_hard() -> None:
    """Or reading them alike would say nothing: folds inside letters, days that are no 24 hours long, all separators."""
    written = b"".join(map(invite.request, EVENTS.values()))
    text = written.decode()
    assert b"\r\n " in written and "🙂" in text and "ü" in text and "\\\\" in text and "\\;" in text and "\\," in text
    assert max(len(line) for line in written.split(b"\r\n")) == 75
    days = {event.start.astimezone(UTC).date() for event in EVENTS.values()}
    assert {date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29)} <= days
