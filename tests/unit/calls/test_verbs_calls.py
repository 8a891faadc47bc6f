"""#call, #approve, #refuse: what they read, what they plan, and the nearest form of what they refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.rules.calls import booking
from gateway.rules.verbs import VERBS, Plan, Refused, needs_no_team, plan, schedules, usages
from parsing.command import commands
from store.records import CallState, Direction, Grant, Message, Purpose, Role, SaveCall
from tests.unit.calls.asked import (
    NETWORK,
    NOW,
    a_call,
    a_ticket,
    at,
    booked,
    knowing,
    mails_of,
    planned,
    skilled,
    the_desk,
    with_calls,
)

WAITS = a_call(state=CallState.APPROVAL, approve_until=NOW + timedelta(days=1))
ISSUED = Grant(hash="h", issued_at=NOW, issued_by="benedikt", expires_at=NOW + timedelta(days=5))
OFFERED = a_call(state=CallState.OFFERED, grant=ISSUED, offered=((1, at(24, 9)),), offered_at=NOW)
CALM = {"priority": 3}


def called(text: str, **how: Any) -> Any:
    """The call that a verb writes."""
    found = planned(text, **how)
    assert isinstance(found, Plan), found
    saves = [effect for item in found.done for effect in item.effects if isinstance(effect, SaveCall)]
    assert len(saves) == 1
    return saves[0].call


def refused(text: str, **how: Any) -> Refused:
    found = planned(text, **how)
    assert isinstance(found, Refused), found
    return found


# How it is said


@pytest.mark.parametrize(
    ("text", "minutes", "within", "purpose"),
    [
        ("#call network-engineering", 30, None, ""),
        ("#call network-engineering 15m", 15, None, ""),
        ("#call 15m network-engineering", 15, None, ""),
        ("#call cap:network-engineering 15m within:3d", 15, at(26, 23, 59) + timedelta(seconds=59), ""),
        ("#call network-engineering within 3d because the index is gone", 30, at(26, 23, 59) + timedelta(seconds=59),
         "the index is gone"),
        ("#call Network Engineering within 4h", 30, at(23, 13), ""),
        ("#call network-engineering within tomorrow", 30, at(24, 23, 59) + timedelta(seconds=59), ""),
        ("#call network-engineering within fri 14:00", 30, at(27, 14), ""),
        ("#call NETWORK-ENGINEERING Because of it", 30, None, "of it"),
    ],
)  # fmt: skip
def test_call(text: str, minutes: int, within: object, purpose: str) -> None:
    call = called(text)
    assert (call.capability, call.minutes, call.within, call.purpose) == (NETWORK, minutes, within, purpose)
    assert call.state == CallState.OFFERED


@pytest.mark.parametrize(
    ("text", "reason", "nearest"),
    [
        ("#call", "#call: say what it is for: network-engineering,", "#call network-engineering"),
        ("#call netwrok-engineering", "#call netwrok-engineering: there is no capability netwrok-engineering;",
         "#call network-engineering"),
        ("#call quantum", "#call quantum: there is no capability quantum;", ""),
        ("#call network-engineering 45m", "#call network-engineering 45m: 45 minutes are too long",
         "#call network-engineering 30m"),
        ("#call network-engineering 15m 30m", "#call network-engineering 15m 30m: 30m: one length is enough",
         "#call CAPABILITY [30m] [within 3d] [because …]"),
        ("#call network-engineering within soon", "#call network-engineering within soon: soon is no time",
         "within 3d"),
        ("#call network-engineering within 1h", "#call network-engineering within 1h: slots begin 2 h from now",
         "within 3d"),
        ("#call network-engineering within yesterday", "#call network-engineering within yesterday: yesterday is no",
         "within 3d"),
    ],
)  # fmt: skip
def test_call_refused(text: str, reason: str, nearest: str) -> None:
    found = refused(text)
    assert found.reason.startswith(reason)
    assert found.nearest == nearest


def test_reasons_of_the_ticket() -> None:
    done = a_ticket(status="resolved", status_category="done")
    assert refused("#call general", ticket=done).nearest == "#reopen"
    live = refused("#call network-engineering", known=knowing(calls=[OFFERED]))
    assert live.reason.startswith("#call network-engineering: a call for network-engineering is there already: 1001-1")
    assert live.nearest == "#call cancel"
    nobody = refused("#call network-engineering", desk=skilled(anastasia={NETWORK: 1}))
    assert nobody.reason.endswith(
        "nobody of the staff is able: network-engineering takes level 2, anastasia has level 1"
    )
    bare = replace(the_desk(), routing=replace(the_desk().routing, capabilities={}))
    assert refused("#call x", desk=bare).reason == "#call x: no capability is declared on this desk"


def test_what_the_customer_reads_tells_nothing_of_us() -> None:
    found = refused("#call network-engineering because benedikt@desk.example knows db1.lan")
    assert found.reason.startswith(
        "#call network-engineering because benedikt@desk.example knows db1.lan: the customer"
    )
    assert "benedikt@desk.example" in found.reason
    said = "Their contract ends in May and nobody there knows it yet, so be careful what you say."
    note = Message(
        at=NOW, direction=Direction.NOTE, role=Role.AGENT, from_address="anastasia@desk.example", text=said
    )  # fmt: skip
    known = knowing(recent={1001: [note]})
    assert "the customer reads the reason" in refused(f"#call network-engineering because {said}", known=known).reason
    cancels = refused(f"#call cancel because {said}", known=knowing(calls=[OFFERED], recent={1001: [note]}))
    assert "the customer reads the reason" in cancels.reason


# What it says and sends


def test_the_transcript() -> None:
    found = planned("#call network-engineering because the index")
    assert isinstance(found, Plan)
    (done,) = found.done
    assert done.after == (
        "1001-1: 4 slots are offered to Nora Wind <nora@northwind.example>, to be booked until "
        "Sat 28 Nov 2026, 09:00 (Berlin); they read: the index"
    )
    assert done.says is not None
    assert [done.says(mail) for mail in mails_of(found)] == ["an offer of slots"]
    assert (done.event, [event.kind for event in done.follows]) == ("call-requested", ["grant-issued", "call-offered"])
    assert found.ticket.calls == {"1": "offered"}


def test_a_calm_ticket_waits_for_a_lead() -> None:
    found = planned("#call network-engineering", ticket=a_ticket(**CALM))
    assert isinstance(found, Plan)
    assert "waits for a lead's word until Tue 24 Nov 2026, 09:00 (Berlin)" in found.done[0].after
    assert [mail.to.address for mail in mails_of(found)] == ["dominique@desk.example"]
    by_lead = planned("#call network-engineering", "dominique", a_ticket(**CALM))
    assert isinstance(by_lead, Plan)
    assert by_lead.ticket.calls == {"1": "offered"}


def test_approve_and_refuse() -> None:
    known, ticket = knowing(a_ticket(**CALM), [WAITS]), a_ticket(**CALM, calls={"1": "approval"})
    approved = planned("#approve", "dominique", ticket, known=known)
    assert isinstance(approved, Plan)
    assert approved.done[0].before == "asked for by benedikt"
    assert approved.ticket.calls == {"1": "offered"}
    assert [mail.purpose for mail in mails_of(approved)] == [Purpose.OFFER, Purpose.CALL_NOTICE]
    for text in ("#refuse because mail is enough", "#refuse #1 because mail is enough", "#refuse mail is enough"):
        no = planned(text, "dominique", ticket, known=known)
        assert isinstance(no, Plan)
        assert no.done[0].detail["because"] == "mail is enough"
        assert no.ticket.calls == {}
    assert refused("#refuse", actor="dominique", ticket=ticket, known=known).nearest == "#refuse because …"


@pytest.mark.parametrize("text", ["#approve", "#refuse because no"])
def test_only_a_lead_decides(text: str) -> None:
    found = refused(text, known=knowing(calls=[WAITS]))
    assert found.reason.endswith(f"only a lead may say {text.partition(' ')[0]}")
    assert found.nearest == "ask dominique"


def test_nothing_waits() -> None:
    assert refused("#approve", actor="dominique").reason == "#approve: no call of this ticket waits for a lead's word"
    offered = refused("#approve", actor="dominique", known=knowing(calls=[OFFERED]))
    assert offered.reason.endswith("waits for a lead's word: 1001-1 is offered since Mon 23 Nov 2026, 09:00 (Berlin)")
    named = refused("#approve #1", actor="dominique", known=knowing(calls=[OFFERED]))
    assert named.reason == "#approve #1: call 1001-1 is offered since Mon 23 Nov 2026, 09:00 (Berlin)"
    assert refused("#approve #7", actor="dominique").reason == "#approve #7: there is no call #7 on this ticket"
    other = refused("#approve 1002-1", actor="dominique", known=knowing(calls=[WAITS]))
    assert other.reason == "#approve 1002-1: there is no call 1002-1 on this ticket"


def test_which_of_several() -> None:
    twin = replace(WAITS, number=2, capability="general")
    found = refused("#approve", actor="dominique", known=knowing(calls=[WAITS, twin]))
    assert found.reason == "#approve: which call? #1 network-engineering, approval; #2 general, approval"
    assert found.nearest == "#approve #1\n#approve #2"
    assert called("#approve 1001-2", actor="dominique", known=knowing(calls=[WAITS, twin])).number == 2


# A call that is there


def test_cancel_an_offer() -> None:
    found = planned("#call cancel because it works again", known=knowing(calls=[OFFERED]))
    assert isinstance(found, Plan)
    assert found.ticket.calls == {}
    assert [event.kind for event in found.done[0].follows] == ["call-cancelled"]
    assert called("#call cancel", known=knowing(calls=[OFFERED])).state == CallState.CANCELLED
    assert refused("#call cancel").reason == "#call cancel: no call of this ticket can be cancelled"


def test_move_to_a_time() -> None:
    ticket = a_ticket()
    done = booking.booked(OFFERED, 1, ticket, the_desk(), knowing(calls=[OFFERED]), NOW, "1")
    assert isinstance(done, booking.Progress)
    known = knowing(calls=[done.call])
    for text in ("#call move tue 14:00", "#call move 2026-11-24T14:00:00+01:00 #1", "#call move 2026-11-24 14:00 #1"):
        moved = called(text, known=known)
        assert (moved.start, moved.state, moved.moves) == (at(24, 14), CallState.BOOKED, 0)
    same = refused("#call move tue 9:00", known=known)
    assert same.reason == "#call move tue 9:00: call 1001-1 is booked, Tue 24 Nov 2026, 09:00 (Berlin) already"
    shut = refused("#call move tue 8:00", known=known)
    assert shut.reason.startswith("#call move tue 8:00: Tue 24 Nov 2026, 08:00 (Berlin) is not offered: the desk is cl")
    assert shut.nearest == "#call move 2026-11-24 09:30\n#call move 2026-11-24 10:00\n#call move 2026-11-24 10:30"
    assert refused("#call move", known=known).reason.startswith("#call move: say when: 45m")
    nothing = refused("#call move tue 14:00", known=knowing(calls=[OFFERED]))
    assert "no call of this ticket is booked and can be moved: 1001-1 is offered" in nothing.reason


# Beside other verbs


def test_one_change_of_a_call_a_mail() -> None:
    found = refused("#call network-engineering\n#call general")
    assert found.reason == "#call general: once in a mail is as often as it may be said"


def test_no_call_of_a_ticket_that_ends() -> None:
    worked = a_ticket(status="in_progress", assignee="benedikt", topic="Outage", subtopic="network")
    found = refused("#call network-engineering\n#resolve the cable", ticket=worked)
    assert found.reason == "#resolve the cable: the ticket ends by the same mail that asks for a call"
    ends = planned("#call cancel\n#resolve the cable", ticket=worked, known=knowing(worked, [OFFERED]))
    assert isinstance(ends, Plan)


def test_what_is_looked_up() -> None:
    assert schedules(commands("#accept\n#Call general").commands)
    assert schedules(commands("#ack").commands)
    assert not schedules(commands("#accept\n#resolve x").commands)


# Who may


def test_a_scheduler_arranges_calls_of_any_ticket_and_nothing_else() -> None:
    desk = the_desk()
    samantha, benedikt, charlotte = (desk.agent_named(name) for name in ("samantha", "benedikt", "charlotte"))
    assert samantha is not None
    assert benedikt is not None
    assert charlotte is not None
    call = commands("#call general").commands
    assert needs_no_team(call, samantha)
    assert needs_no_team(commands("#help\n#call cancel").commands, samantha)
    assert not needs_no_team(commands("#call general\n#accept").commands, samantha)
    assert not needs_no_team(commands("#approve").commands, samantha)
    assert not needs_no_team(commands("#ack").commands, samantha)
    assert not needs_no_team((), samantha)
    assert not needs_no_team(call, charlotte)
    assert isinstance(plan(call, a_ticket(), desk, samantha, NOW, knowing()), Plan)
    manager = desk.agent_named("mirabelle")
    assert manager is not None
    no = plan(call, a_ticket(), desk, manager, NOW, knowing())
    assert isinstance(no, Refused)
    assert no.reason.endswith("only an agent or a lead or a scheduler may say #call")


def test_whoever_takes_a_call_says_so_of_whichever_team() -> None:
    charlotte = the_desk().agent_named("charlotte")
    assert charlotte is not None
    theirs = a_call(state=CallState.ASSIGNED, assigned="charlotte", start=at(24, 9))
    for text in ("#ack", "#return because I am ill", "#outcome it works"):
        assert needs_no_team(commands(text).commands, charlotte, [theirs])
        assert not needs_no_team(commands(text).commands, charlotte, [replace(theirs, assigned="benedikt")])
        assert not needs_no_team(commands(text).commands, charlotte, [])
    assert not needs_no_team(commands("#accept").commands, charlotte, [theirs])


def test_help_offers_what_may_be_said() -> None:
    desk = the_desk()
    samantha, benedikt, dominique = (desk.agent_named(name) for name in ("samantha", "benedikt", "dominique"))
    waiting = a_ticket(calls={"1": "approval"})

    def offered(actor: Any, ticket: Any, on: Any = desk) -> set[str]:
        return {line.split()[0] for line in usages(actor, ticket, on)} & {
            "#call", "#approve", "#refuse", "#accept", "#ack", "#return", "#outcome",
        }  # fmt: skip

    assert offered(samantha, a_ticket()) == {"#call"}
    assert offered(benedikt, a_ticket()) == {"#call", "#accept"}
    assert offered(dominique, waiting) == {"#call", "#approve", "#refuse", "#accept"}
    assert offered(dominique, a_ticket(calls={"1": "requested"})) == {"#call", "#refuse", "#accept"}
    assert offered(benedikt, a_ticket(audience="staff")) == {"#accept"}
    assigned = a_ticket(calls={"1": "assigned"})
    assert offered(benedikt, assigned) == {"#call", "#accept", "#ack", "#return", "#outcome"}
    assert offered(samantha, assigned) == {"#call", "#outcome"}
    bare = replace(desk, routing=replace(desk.routing, capabilities={}))
    assert "#call" not in offered(benedikt, a_ticket(), bare)
    assert "Live calls" in usages(benedikt, a_ticket(), desk)
    assert {"call", "approve", "refuse"} <= set(VERBS)


def test_no_slot_is_free() -> None:
    desk = with_calls(per_day=1)
    full = [booked(day, number * 2 + twin) for number, day in enumerate((at(23, 11), at(24, 9))) for twin in (1, 2)]
    found = planned("#call network-engineering within tomorrow", desk=desk, known=knowing(calls=full))
    assert isinstance(found, Plan)
    assert found.done[0].after == (
        "1001-1: no slot is free until Tue 24 Nov 2026, 23:59 (Berlin): it is offered as soon as one is; "
        "Nora Wind <nora@northwind.example> hears nothing before that"
    )
    assert found.ticket.calls == {"1": "requested"}
    assert found.done[0].says is not None
    assert [found.done[0].says(mail) for mail in mails_of(found)] == ["that slots are short"]
