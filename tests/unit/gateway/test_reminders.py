"""What time brings back, as rules over a ticket: reminders, tickets put aside, scheduled work, closing by silence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from gateway.rules.change import changed
from gateway.rules.clocks import CLOSE, CUSTOMER
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.participants import NOTHING
from gateway.rules.timers import SNOOZE, START, Due
from gateway.rules.verbs import Plan, Refused, plan
from parsing.command import commands
from store.records import AddEvent, ChangeTicket, ClearTimer, Decision, Purpose, SendMail, SetTimer, Ticket
from tests.unit.gateway.conftest import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def planned(desk: Desk, ticket: Ticket, text: str, actor: str = "anastasia") -> Plan | Refused:
    agent = desk.agent_named(actor)
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW)


def timer(plan_: Plan | Refused) -> SetTimer:
    assert isinstance(plan_, Plan), plan_
    (found,) = [effect for item in plan_.done for effect in item.effects if isinstance(effect, SetTimer)]
    return found


def came(desk: Desk, ticket: Ticket, set_: SetTimer, late: timedelta = timedelta()) -> Decision:
    names = (f"<{number}@desk.example>" for number in count())
    due = Due(ticket=ticket, kind=set_.kind, due_at=set_.due_at, detail=set_.detail)
    return on_due(due, NOTHING, desk, lambda: next(names), set_.due_at + late)


def mails(decision: Decision) -> list[tuple[Purpose, str]]:
    return [(mail.purpose, mail.to.address) for mail in decision.effects if isinstance(mail, SendMail)]


def ends(decision: Decision) -> list[str]:
    return [effect.kind for effect in decision.effects if isinstance(effect, ClearTimer)]


def test_r14_a_reminder_is_for_whoever_asked_alone(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    kept = ticket(assignee="dominique")
    set_ = timer(planned(desk, kept, "#remind 1m call Nora"))
    assert set_.due_at == NOW + timedelta(minutes=1)
    decision = came(desk, kept, set_)
    assert mails(decision) == [(Purpose.REMINDER, "anastasia@desk.example")]
    (mail,) = [effect for effect in decision.effects if isinstance(effect, SendMail)]
    assert mail.facts["text"] == "call Nora"
    assert ends(decision) == [set_.kind]


def test_r14_reminders_do_not_replace_each_other(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    kept = ticket()
    kinds = [
        timer(planned(desk, kept, text, who)).kind
        for text, who in [
            ("#remind 1h", "anastasia"), ("#remind 2h", "anastasia"), ("#remind 1h", "dominique"),
            ("#remind 1h the log", "anastasia"),
        ]
    ]  # fmt: skip
    assert len(set(kinds)) == 4
    assert timer(planned(desk, kept, "#remind 1h")).kind == kinds[0]  # the same one twice is one
    assert all(len(kind) <= 32 for kind in kinds)


@pytest.mark.parametrize("late", [timedelta(), DAY, timedelta(days=400)])
def test_r14_a_reminder_that_is_late_comes_all_the_same(
    desk: Desk, ticket: Callable[..., Ticket], late: timedelta
) -> None:
    kept = ticket(status="closed", status_category="done")
    set_ = timer(planned(desk, ticket(), "#remind 2d"))
    assert mails(came(desk, kept, set_, late)) == [(Purpose.REMINDER, "anastasia@desk.example")]
    assert mails(came(desk.without({"anastasia@desk.example"}), kept, set_, late)) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("#remind", "#remind: say when: 45m"),
        ("#remind soon", "#remind soon: soon is no time"),
        ("#remind 2026-11-20", "#remind 2026-11-20: Fri 20 Nov 2026, 09:00 (Berlin) has passed"),
        ("#remind 1h " + "x" * 301, "#remind 1h"),
        ("#snooze", "#snooze: say when: 45m"),
        ("#snooze 2d and more", "#snooze 2d and more: 2d and more is no time"),
        ("#snooze off", "#snooze off: the ticket is in the queue already"),
    ],
)
def test_what_is_no_time_is_refused(desk: Desk, ticket: Callable[..., Ticket], text: str, reason: str) -> None:
    found = planned(desk, ticket(), text)
    assert isinstance(found, Refused)
    assert found.reason.startswith(reason)
    assert bool(found.nearest) is (text != "#snooze off"), "it is where it shall be"


def aside(desk: Desk, ticket: Ticket, text: str = "#snooze 3d") -> tuple[Ticket, SetTimer]:
    found = planned(desk, ticket, text)
    assert isinstance(found, Plan)
    (set_,) = [e for e in changed(ticket, found.ticket, [], desk, NOW) if isinstance(e, SetTimer) and e.kind == SNOOZE]
    return found.ticket, set_


def test_snoozing_sets_the_timer_and_ends_with_it(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    kept, set_ = aside(desk, ticket(assignee="anastasia"))
    assert set_.due_at == kept.snoozed_until == NOW + 3 * DAY
    decision = came(desk, kept, set_, 5 * DAY)
    assert mails(decision) == [(Purpose.NOTICE, "anastasia@desk.example")]
    (change,) = [effect for effect in decision.effects if isinstance(effect, ChangeTicket)]
    assert change.changes["snoozed_until"] is None
    assert set(ends(decision)) == {SNOOZE}
    again = came(desk, replace(kept, snoozed_until=None), set_)
    assert (mails(again), ends(again)) == ([], [SNOOZE])


def test_a_ticket_of_nobody_wakes_its_team(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    kept, set_ = aside(desk, ticket())
    assert [to for _, to in mails(came(desk, kept, set_))] == ["anastasia@desk.example", "dominique@desk.example"]


@pytest.mark.parametrize("how", ["customer", "off", "done"])
def test_what_wakes_a_ticket_before_its_time(desk: Desk, ticket: Callable[..., Ticket], how: str) -> None:
    kept, _ = aside(desk, ticket())
    if how == "customer":
        effects = changed(kept, kept, [AddEvent(ticket=kept.ref, kind="replied", actor="x")], desk, NOW, heard=CUSTOMER)
    elif how == "off":
        found = planned(desk, kept, "#snooze off")
        assert isinstance(found, Plan)
        effects = changed(kept, found.ticket, [], desk, NOW)
    else:
        effects = changed(kept, replace(kept, status="resolved", status_category="done"), [], desk, NOW)
    assert SNOOZE in [effect.kind for effect in effects if isinstance(effect, ClearTimer)]
    (change,) = [effect for effect in effects if isinstance(effect, ChangeTicket)]
    assert change.changes["snoozed_until"] is None


def test_what_one_of_us_writes_leaves_it_aside(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    kept, _ = aside(desk, ticket())
    effects = changed(kept, replace(kept, priority=1), [], desk, NOW, heard="agent")
    (change,) = [effect for effect in effects if isinstance(effect, ChangeTicket)]
    assert change.changes == {"priority": 1}
    assert not [effect for effect in effects if isinstance(effect, ClearTimer)]


def test_scheduled_work_is_told_when_its_time_has_come(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(assignee="anastasia")
    after = replace(before, status="scheduled", status_category="scheduled", scheduled_for=NOW + DAY)
    (set_,) = [e for e in changed(before, after, [], desk, NOW) if isinstance(e, SetTimer) and e.kind == START]
    decision = came(desk, after, set_, HOUR)
    assert mails(decision) == [(Purpose.NOTICE, "anastasia@desk.example")]
    assert not [effect for effect in decision.effects if isinstance(effect, ChangeTicket)]  # a person starts it
    assert mails(came(desk, replace(after, status="in_progress", status_category="open"), set_)) == []
    assert mails(came(desk, replace(after, scheduled_for=set_.due_at + DAY), set_)) == []


def test_x8_what_is_resolved_and_silent_is_closed(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    before = ticket(status="in_progress", assignee="anastasia")
    after = replace(before, status="resolved", status_category="done", resolved_at=NOW, outcome="rebuilt")
    (set_,) = [e for e in changed(before, after, [], desk, NOW) if isinstance(e, SetTimer) and e.kind == CLOSE]
    assert set_.due_at == NOW + desk.reopen_within
    decision = came(desk, after, set_, 30 * DAY)
    (change,) = [effect for effect in decision.effects if isinstance(effect, ChangeTicket)]
    assert (change.changes["status"], "closed_as" in change.changes) == ("closed", False)
    assert decision.reason == "close: nobody wrote again"
    assert mails(decision) == []
    assert mails(came(desk, replace(after, status="in_progress", status_category="open"), set_)) == []


def test_what_somebody_wrote_into_is_silent_from_then_on(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    """A copied person's word reopens nothing, and is a word all the same."""
    done = ticket(status="resolved", status_category="done", resolved_at=NOW, outcome="rebuilt")
    heard = changed(done, replace(done, unheeded=1), [], desk, NOW + 5 * DAY, heard=CUSTOMER)
    (set_,) = [effect for effect in heard if isinstance(effect, SetTimer)]
    assert (set_.kind, set_.due_at) == (CLOSE, NOW + 5 * DAY + desk.reopen_within)
    assert came(desk, done, set_).reason == "close: nobody wrote again after 2026-11-28"
    unproven = changed(done, replace(done, unheeded=1), [], desk, NOW + 5 * DAY)
    assert not [effect for effect in unproven if isinstance(effect, SetTimer)]


def test_a_timer_of_a_newer_version_is_left_for_a_machine_that_knows_it(
    desk: Desk, ticket: Callable[..., Ticket]
) -> None:
    """While machines of two versions work on one desk, the older one must not end what it cannot do."""
    set_ = SetTimer(ticket=1001, kind="telepathy:one", due_at=NOW, detail={"who": "anna"})
    (again,) = came(desk, ticket(), set_).effects
    assert again == replace(set_, due_at=NOW + HOUR, detail={"who": "anna", "left_since": NOW.isoformat()})
    assert isinstance(again, SetTimer)
    forgotten = came(desk, ticket(), again, 8 * DAY)
    assert (forgotten.reason, ends(forgotten)) == ("telepathy: nothing is left to do", ["telepathy:one"])
