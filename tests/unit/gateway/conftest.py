"""Values for rules and stages: a desk's policy, mails, envelopes, tickets. No store, no clock, no random."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.config.loading import load
from gateway.rules.case import Incoming
from gateway.rules.desk import Desk
from parsing.reading import read
from store.records import Entry, Envelope, Status, Ticket
from tests.unit.gateway.handover import begun
from tests.unit.gateway.life import begin, house
from tests.unit.gateway.workflows import divided

__all__ = ["begin", "begun", "divided", "house"]

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"


@pytest.fixture(scope="session")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


@pytest.fixture
def envelope() -> Callable[..., Envelope]:
    def make(**changes: Any) -> Envelope:
        usual = Envelope(
            sender="nora@northwind.example",
            recipients=("support@desk.example",),
            received_at=NOW,
            door="smtp",
            client="127.0.0.1",
        )
        return replace(usual, **changes)

    return make


@pytest.fixture
def incoming(desk: Desk, envelope: Callable[..., Envelope]) -> Callable[..., Incoming]:
    """A mail as it reaches the guard: headers as words, the rest as the envelope's changes."""

    def make(text: str, *, number: int = 1, **changes: Any) -> Incoming:
        raw = text.encode()
        outside = envelope(**changes)
        mail = read(raw, desk.reading, outside.sender)
        return Incoming(entry=Entry(id=number, envelope=outside, sha256="0" * 64, size=len(raw)), mail=mail, now=NOW)

    return make


@pytest.fixture
def ticket() -> Callable[..., Ticket]:
    def make(**changes: Any) -> Ticket:
        usual = Ticket(
            ref=1001,
            status=Status.NEW,
            subject="Search is very slow",
            team="frontline",
            requester="nora@northwind.example",
            mailbox="support@desk.example",
            language="en",
            created_at=NOW,
            updated_at=NOW,
        )
        meant = _CATEGORIES.get(changes.get("status", ""), "open")
        return replace(usual, **{"status_category": meant, **changes})

    return make


_CATEGORIES = {"scheduled": "scheduled", "resolved": "done", "closed": "done"}
