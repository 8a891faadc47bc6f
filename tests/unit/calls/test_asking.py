"""Asking for a call: whose ticket gets one, who is asked for a word, what is made when it is offered."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.rules import keys
from gateway.rules.calls import asking, entitled
from gateway.rules.calls.progress import Progress, written
from gateway.rules.desk import Desk
from gateway.rules.mails import calls as mails
from store.records import (
    CallState,
    ClearTimer,
    Direction,
    GrantState,
    Message,
    Purpose,
    Role,
    SaveCall,
    SendMail,
    SetTimer,
    Ticket,
)
from store.snapshot import Snapshot
from tests.unit.calls.asked import (
    BILLING,
    GENERAL,
    NETWORK,
    NORA,
    NOW,
    a_call,
    a_ticket,
    at,
    booked,
    knowing,
    skilled,
    the_desk,
    with_calls,
)


def asked(ticket: Ticket | None = None, known: Snapshot | None = None, desk: Desk | None = None, **how: Any) -> Any:
    ticket = ticket or a_ticket()
    capability = how.pop("capability", NETWORK)
    by = how.pop("by", "benedikt")
    return asking.asked(ticket, NORA, capability, by, desk or the_desk(), known or knowing(ticket), NOW, **how)


def sent(progress: Progress) -> list[SendMail]:
    numbers = iter(range(100))
    return list(progress.mails(lambda: f"<{next(numbers)}@desk.example>"))


def kinds(progress: Progress) -> list[str]:
    return [event.kind for event in progress.events]


def calm(**changes: Any) -> Ticket:
    return a_ticket(priority=3, **changes)


# Whose ticket


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, ""),
        ({"priority": 1}, ""),
        ({"priority": 3}, "priority 3, not escalated; without a lead's word calls are for priority 1 and 2 and"),
        ({"priority": 5, "escalated_at": NOW}, ""),
        ({"status": "resolved", "status_category": "done"}, "the ticket is resolved"),
    ],
)
def test_entitled(changes: dict[str, Any], why: str) -> None:
    assert entitled.entitled(a_ticket(**changes), the_desk()).startswith(why)
    assert bool(entitled.entitled(a_ticket(**changes), the_desk())) == bool(why)


@pytest.mark.parametrize(
    ("call", "ticket", "ends"),
    [
        ({"state": CallState.OFFERED}, {}, False),
        ({"state": CallState.OFFERED}, {"priority": 3}, True),
        ({"state": CallState.OFFERED, "approved_by": "dominique"}, {"priority": 3}, False),
        ({"state": CallState.REQUESTED}, {"priority": 3}, True),
        ({"state": CallState.REQUESTED, "capability": ""}, {"priority": 3}, False),  # a wish waits for a person
        ({"state": CallState.APPROVAL}, {"priority": 3}, False),
        ({"state": CallState.BOOKED}, {"priority": 3}, False),  # what was promised is kept
        ({"state": CallState.BOOKED}, {"status_category": "done"}, True),
        ({"state": CallState.OFFERED, "approved_by": "dominique"}, {"status_category": "done"}, True),
    ],
)
def test_what_ends_the_right(call: dict[str, Any], ticket: dict[str, Any], ends: bool) -> None:
    assert bool(entitled.still(a_call(**call), a_ticket(**ticket), the_desk())) == ends


# Asked for and offered


def test_an_entitled_ticket_is_offered_slots_at_once() -> None:
    found = asked(purpose="the index", minutes=15, within=at(27, 23))
    call = found.call
    assert (call.state, call.number, call.capability, call.level) == (CallState.OFFERED, 1, NETWORK, 2)
    assert (call.minutes, call.purpose, call.within, call.priority) == (15, "the index", at(27, 23), 2)
    assert (call.requested_by, call.requested_at, call.contact) == ("benedikt", NOW, NORA.address)
    assert kinds(found) == ["call-requested", "grant-issued", "call-offered"]
    assert found.events[2].detail == {"call": "1001-1", "slots": 4, "round": 1}
    (offer,) = sent(found)
    assert (offer.purpose, offer.to.address, offer.facts["variant"]) == (Purpose.OFFER, NORA.address, mails.FIRST)
    assert [number for number, _ in offer.facts["slots"]] == [1, 2, 3, 4]


def test_the_grant_is_the_address_of_the_offer() -> None:
    found = asked()
    grant = found.call.grant
    assert (grant.state, grant.issued_by, grant.expires_at) == (GrantState.ISSUED, "benedikt", NOW + timedelta(days=5))
    token = keys.mint(the_desk().secret, 1001, NORA.address, Role.CUSTOMER.value, "book1", NORA.serial)
    assert grant.hash == keys.fingerprint(token)
    assert sent(found)[0].also == "book1"


def test_what_is_written() -> None:
    found = asked()
    ticket, effects = written(found, a_ticket(), the_desk(), NOW)
    assert (dict(ticket.calls), ticket.blocked_on) == ({"1": "offered"}, "scheduling")
    assert effects == [
        SaveCall(call=found.call, before=None),
        SetTimer(ticket=1001, kind="call:1", due_at=NOW + timedelta(days=5)),
    ]


def test_the_offer_stands_in_the_thread() -> None:
    came = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address=NORA.address, message_id="<a@x>", text="x"
    )
    known = knowing(recent={1001: [came, replace(came, direction=Direction.OUT, message_id="<b@x>")]})
    assert sent(asked(known=known))[0].in_reply_to == "<a@x>"


def test_times_are_those_of_the_contacts_organisation() -> None:
    desk = the_desk()
    north = replace(desk.organisations["northwind.example"], zone="America/New_York")
    desk = replace(desk, organisations={**desk.organisations, "northwind.example": north})
    assert asked(desk=desk).call.zone == "America/New_York"
    assert asked().call.zone == ""


@pytest.mark.parametrize(
    ("how", "ticket", "why"),
    [
        ({"capability": "netwrok"}, {}, "there is no capability netwrok; capabilities: network-engineering"),
        ({"minutes": 45}, {}, "a call takes one slot, and has at most 30 minutes of it"),
        ({}, {"status": "resolved", "status_category": "done"}, "the ticket is resolved"),
        ({}, {"audience": "staff"}, "nobody outside can get this ticket's mail"),
        ({}, {"requester": "unknown@x"}, "nobody outside can get this ticket's mail"),
        ({}, {"ref": "NEW-1"}, "the ticket has no number yet"),
    ],
)
def test_what_cannot_be_asked_for(how: dict[str, Any], ticket: dict[str, Any], why: str) -> None:
    found = asked(a_ticket(**ticket), **how)
    assert isinstance(found, str)
    assert found.startswith(why)


def test_nobody_is_able() -> None:
    found = asked(desk=skilled(anastasia={GENERAL: 3, NETWORK: 1}))
    assert found == "nobody of the staff is able: network-engineering takes level 2, anastasia has level 1"
    assert asked(desk=skilled(anastasia={GENERAL: 3})) == (
        "nobody of the staff is able: network-engineering takes level 2"
    )


def test_one_live_call_of_a_capability() -> None:
    offered = asked().call
    known = knowing(calls=[offered])
    assert asked(known=known) == (
        "a call for network-engineering is there already: 1001-1 is offered since Mon 23 Nov 2026, 09:00 (Berlin)"
    )
    other = asked(known=known, capability=BILLING)
    assert other.call.number == 2
    over = replace(offered, state=CallState.CANCELLED, ended_at=NOW)
    assert asked(known=knowing(calls=[over])).call.number == 2  # another decision, another call


# A lead's word


def test_any_other_ticket_waits_for_a_lead() -> None:
    found = asked(calm())
    assert found.call.state == CallState.APPROVAL
    assert found.call.approve_until == NOW + timedelta(days=1)
    assert found.call.grant is None
    assert kinds(found) == ["call-requested", "call-approval-asked"]
    assert [(mail.to.address, mail.role) for mail in sent(found)] == [("dominique@desk.example", Role.AGENT)]
    assert sent(found)[0].facts["variant"] == mails.APPROVAL
    ticket, effects = written(found, calm(), the_desk(), NOW)
    assert (dict(ticket.calls), ticket.blocked_on) == ({"1": "approval"}, "scheduling")
    assert SetTimer(ticket=1001, kind="call:1", due_at=NOW + timedelta(days=1)) in effects


def test_it_lapses_on_a_working_day() -> None:
    friday = at(27, 15)
    found = asking.asked(calm(), NORA, NETWORK, "benedikt", the_desk(), knowing(calm()), friday)
    assert isinstance(found, Progress)
    assert found.call.approve_until == at(30, 15)


def test_without_a_lead_nobody_is_asked() -> None:
    desk = the_desk()
    agents = {address: one for address, one in desk.agents.items() if "lead" not in one.roles}
    found = asked(calm(), desk=replace(desk, agents=agents))
    assert found.endswith("; nobody of the staff is a lead")


def test_a_lead_approves_by_asking() -> None:
    found = asked(calm(), by="dominique", approved=True)
    assert (found.call.state, found.call.approved_by) == (CallState.OFFERED, "dominique")
    assert asked(by="dominique", approved=True).call.approved_by == ""  # nothing was to approve


def test_approved() -> None:
    waits = asked(calm()).call
    known = knowing(calm(), [waits])
    found = asking.approved(waits, calm(), "dominique", the_desk(), known, NOW + timedelta(hours=1))
    assert isinstance(found, Progress)
    assert (found.before, found.call.state, found.call.approved_by) == (waits, CallState.OFFERED, "dominique")
    assert found.call.approve_until is None
    assert kinds(found) == ["call-approved", "grant-issued", "call-offered"]
    assert [(mail.purpose, mail.to.address) for mail in sent(found)] == [
        (Purpose.OFFER, NORA.address),
        (Purpose.CALL_NOTICE, "benedikt@desk.example"),
    ]
    again = asking.approved(found.call, calm(), "dominique", the_desk(), known, NOW)
    assert isinstance(again, str)
    assert again.startswith("call 1001-1 is offered since")


def test_refused() -> None:
    waits = asked(calm()).call
    found = asking.refused(waits, calm(), "dominique", "mail is enough", the_desk(), knowing(calm(), [waits]), NOW)
    assert (found.call.state, found.call.ended_at, found.call.grant) == (CallState.REFUSED, NOW, None)
    assert found.events[0].detail == {"call": "1001-1", "because": "mail is enough"}
    (mail,) = sent(found)  # the customer has heard nothing of it, and hears nothing
    assert (mail.to.address, mail.facts["because"]) == ("benedikt@desk.example", "mail is enough")
    ticket, effects = written(found, calm(calls={"1": "approval"}, blocked_on="scheduling"), the_desk(), NOW)
    assert (dict(ticket.calls), ticket.blocked_on) == ({}, "")
    assert ClearTimer(ticket=1001, kind="call:1") in effects


def test_lapsed() -> None:
    waits = asked(calm()).call
    found = asking.lapsed(waits, calm(), the_desk(), knowing(calm(), [waits]), at(24, 9))
    assert (found.call.state, kinds(found)) == (CallState.EXPIRED, ["call-lapsed"])
    assert [mail.to.address for mail in sent(found)] == ["benedikt@desk.example", "dominique@desk.example"]


# What a customer wished for


def test_a_wish_is_told_to_leads_and_schedulers() -> None:
    found = asking.wished(calm(), NORA, the_desk(), knowing(calm()), NOW, "Could we talk?\n\nMornings are best.")
    assert found is not None
    assert (found.call.state, found.call.capability, found.call.requested_by) == ("requested", "", NORA.address)
    assert found.call.wishes == "Could we talk?\nMornings are best."  # a sentence that ends with its line is one
    assert [mail.to.address for mail in sent(found)] == ["dominique@desk.example", "samantha@desk.example"]
    assert sent(found)[0].facts["words"] == "Could we talk?\n\nMornings are best."
    ticket, effects = written(found, calm(), the_desk(), NOW)
    assert (dict(ticket.calls), ticket.blocked_on) == ({"1": "requested"}, "scheduling")
    assert ClearTimer(ticket=1001, kind="call:1") in effects  # it waits for a person


def test_who_has_a_call_wishes_for_no_other() -> None:
    for state in (CallState.REQUESTED, CallState.APPROVAL, CallState.OFFERED, CallState.BOOKED):
        known = knowing(calls=[a_call(state=state)])
        assert asking.wished(a_ticket(), NORA, the_desk(), known, NOW, "CALL") is None
    over = knowing(calls=[a_call(state=CallState.COMPLETED)])
    assert asking.wished(a_ticket(), NORA, the_desk(), over, NOW, "CALL") is not None
    assert asking.wished(a_ticket(status_category="done"), NORA, the_desk(), knowing(), NOW, "CALL") is None


def test_call_takes_the_wish_over() -> None:
    wish = asking.wished(a_ticket(), NORA, the_desk(), knowing(), NOW - timedelta(hours=2), "CALL, mornings")
    assert wish is not None
    found = asked(known=knowing(calls=[wish.call]))
    assert (found.before, found.call.number) == (wish.call, 1)
    assert (found.call.requested_at, found.call.requested_by) == (NOW - timedelta(hours=2), "benedikt")
    assert all(start.hour < 11 for _, start in found.call.offered)  # mornings, in UTC
    assert found.call.wishes == ""  # it is in the offer: what they say of that begins anew


def test_a_customer_whose_wish_is_refused_learns_it() -> None:
    wish = asking.wished(calm(), NORA, the_desk(), knowing(calm()), NOW, "CALL")
    assert wish is not None
    waits = asked(calm(), known=knowing(calm(), [wish.call])).call
    assert waits.state == CallState.APPROVAL
    for call in (wish.call, waits):
        found = asking.refused(call, calm(), "dominique", "no", the_desk(), knowing(calm(), [call]), NOW)
        words = [mail for mail in sent(found) if mail.purpose is Purpose.CALL]
        assert [(mail.to.address, mail.facts["variant"]) for mail in words] == [(NORA.address, mails.REFUSED)]
    lapsed = asking.lapsed(waits, calm(), the_desk(), knowing(calm(), [waits]), NOW)
    assert sent(lapsed)[0].to.address == NORA.address


# No slot


def no_slots() -> Snapshot:
    """Whoever can do it has a call at every time until noon."""
    times = [at(23, 11), at(23, 11, 30), at(23, 12)]
    return knowing(calls=[booked(cell, place * 2 + twin) for place, cell in enumerate(times) for twin in (1, 2)])


def test_without_a_slot_it_waits_and_the_leads_learn_why() -> None:
    found = asked(known=no_slots(), within=at(23, 12, 30))
    assert (found.call.state, found.call.grant, found.call.offered) == (CallState.REQUESTED, None, ())
    assert kinds(found) == ["call-requested", "call-short"]
    (mail,) = sent(found)
    assert (mail.to.address, mail.facts["variant"]) == ("dominique@desk.example", mails.SHORTAGE)
    assert "in the way: 1009-1 and 1009-2 need anastasia or benedikt" in mail.facts["why"][0]
    assert mail.facts["helps"]


def test_it_is_offered_as_soon_as_a_slot_is_free() -> None:
    waits = asked(known=no_slots(), within=at(23, 12, 30)).call
    soon = NOW + timedelta(minutes=15)
    assert asking.waits_for_slot(waits)
    assert asking.retried(waits, a_ticket(), the_desk(), no_slots(), soon) is None
    found = asking.retried(waits, a_ticket(), the_desk(), knowing(calls=[waits]), soon)
    assert found is not None
    assert (found.call.state, found.before) == (CallState.OFFERED, waits)
    assert [(mail.purpose, mail.to.address) for mail in sent(found)] == [
        (Purpose.OFFER, NORA.address),
        (Purpose.CALL_NOTICE, "benedikt@desk.example"),
    ]
    late = asking.retried(waits, a_ticket(), the_desk(), no_slots(), at(23, 13))
    assert late is not None
    assert late.call.state == CallState.EXPIRED
    assert asking.retried(waits, calm(), the_desk(), knowing(calm()), soon) is None  # it is calm by now
    assert not asking.waits_for_slot(replace(waits, capability=""))


def test_few_slots_are_offered_and_the_leads_learn_it() -> None:
    found = asked(desk=skilled(benedikt={NETWORK: 4}))  # alone, and away he is missed
    assert found.call.state == CallState.OFFERED
    told = [mail for mail in sent(found) if mail.purpose is Purpose.CALL_NOTICE]
    assert [mail.to.address for mail in told] == ["dominique@desk.example"]
    assert told[0].facts["text"] == "Only 4 slots could be offered for the call."
    assert "if benedikt were away" in told[0].facts["why"][-1]


def test_the_leads_read_of_ten_days_and_soon() -> None:
    """Of each day somebody would have to look with the whole board: where nobody can be spared for six weeks, that is
    told of the first."""
    desk = skilled(benedikt={NETWORK: 4})
    desk = replace(desk, calls=replace(desk.calls, horizon=30, caps={}, notice=timedelta(hours=30)))
    began = time.process_time()
    found = asked(desk=desk)
    assert time.process_time() - began < 1.0
    (notice,) = sent(found)
    assert len(notice.facts["why"]) == asking.MOST_DAYS
    assert all("if benedikt were away" in line for line in notice.facts["why"])


def test_a_short_time_is_no_shortage() -> None:
    """Two slots are all that there may be within it: whoever asked wanted no more."""
    found = asked(within=at(23, 11, 30))
    assert [start for _, start in found.call.offered] == [at(23, 11), at(23, 11, 30)]
    assert [mail.purpose for mail in sent(found)] == [Purpose.OFFER]


def test_no_mail_is_sent_twice_for_one_change() -> None:
    waits = asked(calm()).call
    stored = replace(waits, version=1)
    found = asking.approved(stored, calm(), "dominique", the_desk(), knowing(calm(), [stored]), NOW)
    assert isinstance(found, Progress)
    rounds = {(mail.purpose, mail.to.address, mail.round) for mail in [*sent(asked(calm())), *sent(found)]}
    assert len(rounds) == 3
    assert {mail.round for mail in sent(found)} == {"call1.1"}


def test_longest() -> None:
    assert asking.longest(the_desk()) == 30
    around = with_calls(grid=timedelta(minutes=60), before=timedelta(minutes=10), after=timedelta(minutes=5))
    assert asking.longest(around) == 45
