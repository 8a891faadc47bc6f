"""A time that somebody wants and cannot have: the mail says whether it is taken, past, or no time at all."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from gateway.rules.calls import booking
from gateway.rules.calls.booking import Missed
from store.records import CallState, Grant
from tests.unit.calls.answers import FREE, NOW, START, Answers, event, stamped, the_desk
from tests.unit.calls.asked import NOW as MONDAY
from tests.unit.calls.asked import a_call, a_ticket, at, knowing
from tests.unit.calls.asked import the_desk as demo
from tests.unit.calls.staffed import minted


@pytest.mark.parametrize(
    ("line", "proposed", "past"),
    [
        (f":{stamped(NOW - timedelta(days=1))}", stamped(NOW - timedelta(days=1)), True),
        (f":{stamped(FREE + timedelta(minutes=10))}", stamped(FREE + timedelta(minutes=10)), False),
        (";VALUE=DATE:20261125", "2026-11-25", False),
        (f";VALUE=DATE:{NOW:%Y%m%d}", f"{NOW:%Y-%m-%d}", False),
        (f";VALUE=DATE:{NOW - timedelta(days=1):%Y%m%d}", f"{NOW - timedelta(days=1):%Y-%m-%d}", True),
    ],
)
def test_a_counter_is_declined_as_what_it_is(line: str, proposed: str, *, past: bool) -> None:
    answers = Answers(the_desk())
    heard = answers.say(event("COUNTER", ATTENDEE="").replace(f":{stamped(START)}", line), to=answers.key())
    facts = heard.outside[0].facts
    assert (facts["variant"], facts["past"]) == ("countered", past)
    assert re.sub("[-:]", "", facts["proposed"]) == proposed.replace("-", "")


@pytest.mark.parametrize(("day", "past"), [(20, True), (23, False)])
def test_a_slot_that_has_passed_is_not_called_taken(day: int, *, past: bool) -> None:
    grant = Grant(hash="h", issued_at=MONDAY, issued_by="benedikt", expires_at=MONDAY + timedelta(days=5))
    call = a_call(state=CallState.OFFERED, grant=grant, offered=((1, at(day, 9, 30)),), offered_at=MONDAY)
    ticket = a_ticket(calls={"1": "offered"})
    found = booking.booked(call, 1, ticket, demo(), knowing(ticket, [call]), MONDAY, "7")
    assert isinstance(found, Missed)
    assert found.progress is not None
    (offer,) = found.progress.mails(minted())
    assert (offer.facts["variant"], offer.facts["past"]) == ("taken", past)
