"""Clocks on a whole desk: what the day makes of promises, whose breaches are, what the report and the ticket say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.rules.verbs import Refused
from store import measures
from store.tables import events as happened
from tests.desk import START, UNASKED, StillDesk

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow ({name})
Message-ID: <{name}@northwind.example>
Date: Mon, 23 Nov 2026 09:00:00 +0100

The search takes twenty seconds ({name}).
"""


@pytest.fixture
def settings() -> dict[str, str]:
    """While questions run the resolution stands still; these tests are about clocks that run."""
    return UNASKED


def opens(desk: StillDesk, name: str) -> str:
    entry = desk.mail(MAIL.format(name=name), "nora@northwind.example")
    assert entry["verdict"] == "ticket-created"
    return str(entry["ticket"])


def does(desk: StillDesk, ref: str, text: str, person: str = "dominique") -> None:
    outcome = desk.do(ref, text, person)
    assert not isinstance(outcome, Refused), outcome


def events(desk: StillDesk, ref: str, kind: str) -> list[dict[str, Any]]:
    view = desk.ticket(int(ref.rpartition("-")[2]))
    return [event["detail"] for event in view["events"] if event["kind"] == kind]


def test_r79_three_breaches_are_each_put_down_to_what_kept_the_ticket(still: StillDesk) -> None:
    nobody, moved, blocked = (opens(still, name) for name in ("nobody", "moved", "blocked"))
    does(still, moved, "#assign anastasia")
    does(still, blocked, "#assign anastasia\n#blocked scheduling")
    still.now += timedelta(hours=1)
    does(still, moved, "#assign dominique")
    still.now = START + timedelta(hours=5)
    still.settle()
    with still.store.look() as connection:
        found = measures.breaches(connection, START)
    assert {(f"DESK-{one.ticket}", one.clock, one.because) for one in found} == {
        (nobody, "first_response", "unassigned"),
        (moved, "first_response", "after-reassignment"),
        (blocked, "first_response", "blocked-scheduling"),
    }
    assert still.ticket(1001)["sla"]["first_response"] == {"due": "2026-11-23T12:30:00.000Z", "state": "breached"}


def test_r78_a_renewal_that_comes_near_makes_promises_shorter_next_morning(still: StillDesk) -> None:
    ref = opens(still, "renewal")
    does(still, ref, "#note\nseen")
    before = still.ticket(1001)["sla"]["resolution"]["due"]
    northwind = replace(still.desk.organisations["northwind.example"], renewal=date(2026, 12, 14))
    still.desk = replace(still.desk, organisations={**still.desk.organisations, "northwind.example": northwind})
    still.now = START + timedelta(hours=21)
    still.settle()
    changes = [one for one in events(still, ref, "clock-changed") if one["clock"] == "resolution"]
    assert [(one["minutes_from"], one["minutes_to"], one["because"]) for one in changes] == [
        (1440, 1080, "Northwind: renewal in 20 days × 0.75")
    ]
    assert still.ticket(1001)["sla"]["resolution"]["due"] < before
    assert any(decision.reason.startswith("clocks: ") for decision in still.due)
    count = len(still.due)
    still.now += timedelta(days=1)
    still.settle()
    later = [decision.reason for decision in still.due[count:] if decision.reason.startswith("clocks: ")]
    assert later == [], "the same facts change nothing"


def test_r77_the_clock_is_not_reset_by_reassignment(still: StillDesk) -> None:
    ref = opens(still, "handed")
    due = still.ticket(1001)["sla"]
    for person in ("anastasia", "dominique", "anastasia"):
        still.now += timedelta(minutes=10)
        does(still, ref, f"#assign {person}")
        assert still.ticket(1001)["sla"] == due


def test_what_happened_to_a_clock_is_told_backwards(still: StillDesk) -> None:
    """A later look at the first mail sees the clocks as they were then, whatever became of them since."""
    ref = opens(still, "told")
    still.now += timedelta(hours=1)
    does(still, ref, "#priority 1 because all of them wait\n#sla resolution until +3h because they wait")
    still.now += timedelta(days=1)
    still.settle()
    with still.store.look() as connection:
        rows = connection.execute(happened.select().where(happened.c.ticket_id == 1001).order_by(happened.c.id)).all()
    kept = [row for row in rows if row.was and "clocks" in row.was]
    assert [clock["kind"] for clock in kept[0].was["clocks"]] == ["first_response", "resolution"]
    assert kept[0].was["clocks"][1]["target"] == 24 * 3600
