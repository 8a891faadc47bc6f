"""A grant books once, and a cell is given once, however many ask at the same moment, from however many processes.

200 redemptions each, 1,000 with REPLYDESK_LONG=1. A desk that looks first and acts later without any condition (the
seeded bug) is found out by the same questions.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from store import calls
from store.engine import Store
from store.opening import open_store
from store.records import CallState, GrantState, SaveCall
from store.tables import call_versions, events, grants, invites, outbox, tickets
from tests.faults.redemption import BOOKED, contact_of
from tests.servers.stores import kind, store_url
from tests.unit.store.called import offered
from tests.unit.store.samples import NOW, commit, kept, opening, person

__all__ = ["kind", "store_url"]

MANY = 1000 if os.environ.get("REPLYDESK_LONG") == "1" else 200
PROCESSES = 10
FIRST = 1001
ROOT = Path(__file__).parents[2]
SOON = NOW + timedelta(hours=3)
"""14:00 in Berlin: within a day no second agent is kept in reserve."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def _desk(store: Store, count: int, level: int) -> list[int]:
    """So many tickets, each with a call to which the same one slot was offered."""
    with store.turn() as connection:
        numbers = []
        for number in range(FIRST, FIRST + count):
            commit(connection, [opening(kept(connection), who=person(contact_of(number), ""))])
            numbers.append(number)
        shown = [
            offered(ticket=number, level=level, offered=((1, SOON),), contact=contact_of(number)) for number in numbers
        ]
        calls.save(connection, [(SaveCall(call=call), int(call.ticket), None) for call in shown], NOW)
        connection.execute(update(tickets).values(priority=1, calls={"1": "offered"}))
    return numbers


def _redeem(url: str, wanted: list[int], fault: str) -> Counter[str]:
    """Each of these tickets' slot is booked, by so many processes, all from the same moment on."""
    words = [url, fault, str(PROCESSES), *map(str, wanted)]
    command = [sys.executable, "-m", "tests.faults.redemption", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, timeout=800)
    found = Counter(json.loads(done.stdout))
    assert found.total() == len(wanted)
    return found


def _count(store: Store, table, *conditions) -> int:
    with store.look() as connection:
        return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def _of_one_grant(store: Store, found: Counter[str]) -> list[str]:
    """What shows that a grant was redeemed otherwise than once."""
    with store.look() as connection:
        (call,) = calls.of_tickets(connection, {FIRST})
    assert call.grant is not None
    said = [f"{found[BOOKED]} were told that it is booked"] * (found[BOOKED] != 1)
    others = {what: count for what, count in found.items() if what not in (BOOKED, "stands")}
    said += [f"others were not told that it stands: {others}"] * bool(others)
    for kind_ in ("call-booked", "grant-redeemed"):
        count = _count(store, events, events.c.kind == kind_)
        said += [f"{count} events {kind_}"] * (count != 1)
    sent = _count(store, outbox, outbox.c.purpose == "invite", outbox.c.subject.is_not(None))
    if not said:
        assert (call.state, call.cell, call.grant.state) == (CallState.BOOKED, SOON, GrantState.REDEEMED)
        assert _count(store, invites) == 1
        with store.look() as connection:
            states = [row.value["state"] for row in connection.execute(select(call_versions).order_by("id"))]
        assert Counter(states)["offered"] == 1
        assert states[1] == "booked"
        assert sent >= 1
    return said


def _of_one_slot(store: Store, found: Counter[str]) -> list[str]:
    """What shows that the cell was given otherwise than once."""
    promised = _count(store, grants, grants.c.state == "redeemed")
    said = [f"{found[BOOKED]} were told that it is theirs"] * (found[BOOKED] != 1)
    said += [f"{promised} grants are redeemed"] * (promised != 1)
    if not said:
        assert set(found) == {BOOKED, "taken"}
        with store.look() as connection:
            (kept_,) = calls.schedule(connection, NOW).promised.values()
        assert (kept_.cell, kept_.witness) == (SOON, "benedikt")
        live = _count(store, grants, grants.c.state == "issued")
        assert live == found["taken"], "a slot that is gone burns no grant"
    return said


ONE_AGENT = 3
"""A level that only benedikt has."""


@pytest.mark.parametrize("fault", ["", "unlocked"])
def test_a_grant_is_redeemed_once(store: Store, store_url: str, fault: str) -> None:
    """Also where nothing is locked: the call's version and the one conditional UPDATE of the grant are enough."""
    _desk(store, 1, 2)
    many = MANY // 4 if fault else MANY  # each of them thinks before it acts
    assert _of_one_grant(store, _redeem(store_url, [FIRST] * many, fault)) == []


def test_the_last_slot_is_given_once(store: Store, store_url: str) -> None:
    numbers = _desk(store, MANY, ONE_AGENT)
    assert _of_one_slot(store, _redeem(store_url, numbers, "")) == []


def test_a_desk_that_looks_first_and_acts_later_is_found_out_by_its_grants(store: Store, store_url: str) -> None:
    _desk(store, 1, 2)
    assert _of_one_grant(store, _redeem(store_url, [FIRST] * 40, "check-then-act")) != []


def test_a_desk_that_looks_first_and_acts_later_is_found_out_by_its_slots(store: Store, store_url: str) -> None:
    numbers = _desk(store, 40, ONE_AGENT)
    assert _of_one_slot(store, _redeem(store_url, numbers, "check-then-act")) != []
