"""Letters to write: one for each purpose, with the facts that the stages hand over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.letter import Letter
from parsing.message import Mailbox
from store.records import Purpose
from tests.unit.compose import calls, customers, outcomes, staff

CASES = customers.CASES | staff.CASES | outcomes.CASES | calls.CASES

_OUTSIDE = frozenset(
    {Purpose.ACKNOWLEDGEMENT, Purpose.ANSWER, Purpose.CONSENT, Purpose.PROMISE, Purpose.RESOLVED, Purpose.RETYPED}
) | {Purpose.STATUS, Purpose.QUESTION, Purpose.UNANSWERED}
_OUTSIDE |= {Purpose.PROBE, Purpose.OFFER, Purpose.INVITE, Purpose.UNINVITE, Purpose.CALL, Purpose.CALL_REMINDER}
"""Mails to customers; all others are for the staff."""


def write_letter(case: str = "acknowledgement", **changes: Any) -> Letter:
    """The letter of a case, with any of its values replaced."""
    purpose = Purpose(case.partition(".")[0])
    values: dict[str, Any] = {
        "purpose": purpose,
        "language": "en",
        "to": Mailbox(name="Nora Wind", address="nora@northwind.example"),
        "from_": Mailbox(name="Example Support", address="support@desk.example"),
        "reply_to": "support+kabcdefghijklmnopqrstuvwxyz@desk.example",
        "message_id": "<8f2e1c3a.1042@desk.example>",
        "date": datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        "subject": "[DESK-1042] Search is very slow",
        "in_reply_to": "<q@northwind.example>",
        "references": ("<p@northwind.example>", "<q@northwind.example>"),
        "automatic": purpose is not Purpose.ANSWER,
        "outside": purpose in _OUTSIDE or case.endswith(".outside"),
        "reference": "DESK-1042",
        "zone": "Europe/Berlin",
        "facts": {} if "facts" in changes else CASES[case],
    }
    return Letter(**values | changes)


@pytest.fixture(scope="session")
def letter() -> Callable[..., Letter]:
    return write_letter


@pytest.fixture(params=sorted(CASES), scope="session")
def case(request: pytest.FixtureRequest) -> str:
    return str(request.param)
