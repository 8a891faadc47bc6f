"""What follows for an intake when its ticket changes, what time does, what agents say: pure functions over the demo.

One file, although long: one life of an intake, from the first question to its end, on one ticket.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from gateway.config.loading import load
from gateway.rules.change import became, changed
from gateway.rules.clocks import AGENT, CUSTOMER
from gateway.rules.desk import Desk
from gateway.rules.due import on_due
from gateway.rules.intake import asking, ending, following, forgetting, record
from gateway.rules.intake.needed import needed
from gateway.rules.intake.record import ASKING, COMPLETE, HANDED, MISSING, PRESENT, STOPPED, UNSURE, Fact, Intake
from gateway.rules.intake.reminders import after_days
from gateway.rules.intake.secrets import Secret
from gateway.rules.merging import merged
from gateway.rules.participants import NOTHING, Known
from gateway.rules.policy.intake import Wanted
from gateway.rules.timers import ASK, Due
from gateway.rules.verbs import Plan, Refused, plan
from gateway.rules.workflow import ended
from parsing.command import commands
from parsing.message import Sought
from scheduling.sla import Clock
from store.records import (
    ANONYMOUS,
    AddEvent,
    ChangeTicket,
    ClearTimer,
    ClosedAs,
    Decision,
    Direction,
    Effect,
    Forget,
    Message,
    Person,
    Purpose,
    Role,
    SendMail,
    SetTimer,
    Status,
    Ticket,
)
from store.snapshot import Snapshot
from tests.unit.gateway.conftest import DEMO, NOW

NORA = "nora@northwind.example"


@pytest.fixture(scope="module")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


def made(desk: Desk, **changes: Any) -> Ticket:
    """A ticket that needs what the demo asks of a support ticket, nothing of it known."""
    usual = Ticket(
        ref=1001, status=Status.NEW, subject="Search is slow", team="frontline", requester=NORA, topic="Performance",
        mailbox="support@desk.example", language="en", created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    ticket = replace(usual, **{"status_category": "open", **changes})
    return record.kept(ticket, replace(record.of(ticket), needed=needed(ticket, desk)))


def asked(desk: Desk, **changes: Any) -> Ticket:
    ticket = made(desk, **changes)
    return asking.asked(ticket, record.of(ticket).lacking[:4], desk, NOW)


def known(ticket: Ticket, *names: str, state: str = PRESENT) -> Ticket:
    intake = record.of(ticket)
    for name in names or intake.needed:
        intake = intake.with_fact(name, Fact(state=state, how="answer", by=NORA))
    return record.kept(ticket, intake)


def effects_of(before: Ticket, after: Ticket, desk: Desk, heard: str = "") -> tuple[Ticket, list[Effect]]:
    effects = changed(before, after, [], desk, NOW, heard=heard)
    return became(before, effects), effects


def kinds(effects: Any) -> list[str]:
    return [effect.kind for effect in effects if isinstance(effect, AddEvent)]


def stage(ticket: Ticket) -> str:
    return record.of(ticket).stage


def says(desk: Desk, ticket: Ticket, text: str, known_: Known = NOTHING) -> Plan | Refused:
    agent = desk.agent_named("anastasia")
    assert agent is not None
    return plan(commands(text).commands, ticket, desk, agent, NOW, known_)


def planned(desk: Desk, ticket: Ticket, text: str) -> Plan:
    found = says(desk, ticket, text)
    assert isinstance(found, Plan), found
    return found


def refused(desk: Desk, ticket: Ticket, text: str, known_: Known = NOTHING) -> Refused:
    found = says(desk, ticket, text, known_)
    assert isinstance(found, Refused)
    return found


def due(desk: Desk, ticket: Ticket, at: datetime, known_: Known = NOTHING, kind: str = ASK, **detail: str) -> Decision:
    numbers = count(1)
    timer = Due(ticket=ticket, kind=kind, due_at=at, detail=detail)
    return on_due(timer, known_, desk, lambda: f"<m{next(numbers)}@x>", at)


def purposes(decision: Decision) -> list[Purpose]:
    return [e.purpose for e in decision.effects if isinstance(e, SendMail)]


# What follows


def test_a_desk_that_asks_nothing_is_left_alone(desk: Desk) -> None:
    bare = replace(desk, inquiry=replace(desk.inquiry, requirements=()))
    ticket = replace(made(desk), intake={})
    after, effects = effects_of(ticket, replace(ticket, topic="Billing", priority=1), bare)
    assert after.intake == {}
    assert kinds(effects) == ["changed"]
    assert [e.changes for e in effects if isinstance(e, ChangeTicket)] == [{"topic": "Billing", "priority": 1}]


def test_r40_complete_moves_the_ticket_on_and_ends_the_waiting(desk: Desk) -> None:
    before = asked(desk)
    after, effects = effects_of(before, replace(known(before), waiting_on=""), desk, CUSTOMER)
    assert (stage(after), after.status, after.waiting_on) == (COMPLETE, "accepted", "")
    assert record.of(after).completed_at == "2026-11-23T08:00:00Z"
    assert kinds(effects) == ["intake-complete", "status-changed"]
    assert ClearTimer(ticket=1001, kind=ASK) in effects


def test_what_only_may_be_there_does_not_complete(desk: Desk) -> None:
    before = asked(desk)
    after, _ = effects_of(before, known(before, state=UNSURE), desk, CUSTOMER)
    assert stage(after) == ASKING


def test_a_ticket_that_was_started_is_not_moved_back(desk: Desk) -> None:
    before = asked(desk, status="in_progress", assignee="anastasia")
    after, _ = effects_of(before, known(before), desk, CUSTOMER)
    assert (stage(after), after.status) == (COMPLETE, "in_progress")


def test_an_answer_of_ours_stops_the_questions_and_the_waiting(desk: Desk) -> None:
    before = asked(desk)
    after, effects = effects_of(before, replace(before, answered_at=NOW), desk, AGENT)
    assert (stage(after), after.waiting_on) == (STOPPED, "")
    assert kinds(effects) == ["intake-stopped"]


def test_who_says_that_it_waits_is_heard(desk: Desk) -> None:
    before = asked(desk)
    waiting = AddEvent(ticket=1001, kind="waiting", actor="anastasia")
    effects = changed(before, replace(before, answered_at=NOW), [waiting], desk, NOW, heard=AGENT)
    assert became(before, effects).waiting_on == "customer"


@pytest.mark.parametrize(("why", "then"), [(ClosedAs.NO_ANSWER, HANDED), (ClosedAs.WITHDRAWN, STOPPED)])
def test_what_is_closed_asks_no_more(desk: Desk, why: ClosedAs, then: str) -> None:
    before = asked(desk)
    after, effects = effects_of(before, ended(before, why, desk, NOW), desk)
    assert stage(after) == then
    assert ClearTimer(ticket=1001, kind=ASK) in effects


def test_what_becomes_urgent_waits_no_longer_while_questions_run(desk: Desk) -> None:
    before = asked(desk, priority=3)
    assert before.waiting_on == "customer"
    after, _ = effects_of(before, replace(before, priority=1), desk)
    assert (stage(after), after.waiting_on) == (ASKING, "")


def test_another_topic_needs_other_facts(desk: Desk) -> None:
    before = known(made(desk))
    before, _ = effects_of(made(desk), before, desk)
    assert stage(before) == COMPLETE
    after, effects = effects_of(before, replace(before, topic="Billing"), desk)
    assert (stage(after), record.of(after).missing) == ("", ("invoice_number",))
    assert kinds(effects) == ["intake-needed"]


def test_handed_and_stopped_end_the_waiting(desk: Desk) -> None:
    for ends, then in ((ending.handed, HANDED), (ending.stopped, STOPPED)):
        after = ends(asked(desk))
        assert (stage(after), after.waiting_on) == (then, "")
    own = replace(made(desk), waiting_on="customer")  # of its own accord
    assert ending.handed(own).waiting_on == "customer"


def test_m1c_the_clock_begins_once_when_questions_ran_and_nobody_answered(desk: Desk) -> None:
    targets = tuple(replace(one, allowed={**one.allowed, "complete_response": timedelta(hours=4)})
                    for one in desk.service.targets)  # fmt: skip
    desk = replace(desk, service=replace(desk.service, targets=targets))
    before = asked(desk)
    after, _ = effects_of(before, known(before), desk, CUSTOMER)
    clock = after.clock("complete_response")
    assert clock is not None
    assert (clock.started, clock.runs) == (NOW, True)
    answered, _ = effects_of(after, replace(after, answered_at=NOW), desk, AGENT)
    ended_ = answered.clock("complete_response")
    assert ended_ is not None
    assert ended_.ended == NOW
    at_once = made(desk)
    assert effects_of(at_once, known(at_once), desk, CUSTOMER)[0].clock("complete_response") is None
    spoken = replace(asked(desk), answered_at=NOW)
    assert effects_of(spoken, known(spoken), desk, CUSTOMER)[0].clock("complete_response") is None


def test_facts_that_a_merge_brings_fill_only_what_is_missing(desk: Desk) -> None:
    here = known(made(desk), "expected")
    there = replace(
        known(made(desk, ref=1002), "observed", "expected"), facts={"observed": "it hangs", "expected": "x"}
    )
    after, events = following.taking_in(here, there, desk)
    assert after.facts == {"observed": "it hangs"}
    assert record.of(after).state("observed") == PRESENT
    assert [event.detail["field"] for event in events] == ["observed"]
    assert following.taking_in(here, replace(there, intake={}), desk) == (here, [])


def test_r29_what_takes_its_place_carries_what_is_known(desk: Desk) -> None:
    old = known(asked(desk), "observed")
    anew = following.carried(replace(old, ref="NEW-1", type="question"), desk, NOW)
    assert (record.of(anew).needed, stage(anew), anew.waiting_on) == ((), "", "")
    assert record.of(anew).state("observed") == PRESENT
    inside = following.carried(replace(old, ref="NEW-1", type="escalation", audience="internal"), desk, NOW)
    assert (inside.intake, inside.waiting_on) == ({}, "")
    same = following.carried(replace(old, ref="NEW-1"), desk, NOW)
    assert stage(same) == ASKING


@pytest.mark.parametrize("priority", [1, 3])
def test_what_goes_inside_asks_nobody_and_waits_for_nobody(desk: Desk, priority: int) -> None:
    before = asked(desk, priority=priority)
    after, effects = effects_of(before, replace(before, audience="internal"), desk)
    assert (stage(after), record.of(after).needed, after.waiting_on) == (STOPPED, (), "")
    assert ClearTimer(ticket=1001, kind=ASK) in effects
    assert "intake-stopped" in kinds(effects)
    back, _ = effects_of(after, replace(after, audience="customer"), desk)
    assert record.of(back).missing == record.of(before).missing


def test_r40_a_merge_of_two_that_are_asked_keeps_the_waiting_and_the_reminders(desk: Desk) -> None:
    clock = Clock(kind="first_response", target=timedelta(hours=8), started=NOW, since=NOW)
    here, there = asked(desk), asked(desk, ref=1002, clocks=(clock,))
    known_ = Snapshot(tickets={1001: here})
    after = became(here, merged(there, 1001, "anastasia", desk, known_, NOW))
    assert (stage(after), after.waiting_on) == (ASKING, "customer")
    assert purposes(due(desk, after, NOW + timedelta(days=2))) == [Purpose.QUESTION]
    wrote = replace(there, waiting_on="")  # its customer waits for us
    assert became(here, merged(wrote, 1001, "anastasia", desk, known_, NOW)).waiting_on == ""


# What time does


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "days", "then"),
    [
        (berlin(23, 9), 2, berlin(25, 9)),  # Monday, Wednesday
        (berlin(19, 16), 2, berlin(23, 16)),  # Thursday, Monday
        (berlin(21, 12), 1, berlin(23, 12)),  # Saturday, Monday
        (berlin(23, 20), 2, berlin(26, 9)),  # the evening: the next opening
        (berlin(23, 9), 0, berlin(23, 9)),
    ],
)
def test_working_days_at_the_hour_of_asking(desk: Desk, since: datetime, days: int, then: datetime) -> None:
    assert after_days(desk.calendar(""), since, days) == then


def test_a_reminder_names_what_is_still_missing_and_is_harmless_early_late_and_twice(desk: Desk) -> None:
    ticket = known(asked(desk), "observed")
    early = due(desk, ticket, NOW + timedelta(days=1))
    assert purposes(early) == []
    assert [e for e in early.effects if isinstance(e, SetTimer)] == [
        SetTimer(ticket=1001, kind=ASK, due_at=NOW + timedelta(days=2))
    ]
    first = due(desk, ticket, NOW + timedelta(days=2))
    assert purposes(first) == [Purpose.QUESTION]
    names = [one["name"] for one in next(e for e in first.effects if isinstance(e, SendMail)).facts["questions"]]
    assert "observed" not in names
    after = became(ticket, first.effects)
    assert record.of(after).reminded == 1
    assert purposes(due(desk, after, NOW + timedelta(days=2))) == []


def test_the_numbers_of_a_reminder_are_its_own_and_those_of_the_question_stay_its_own(desk: Desk) -> None:
    ticket = asked(desk)
    first, *others = record.of(ticket).asked
    after = became(known(ticket, first), due(desk, known(ticket, first), NOW + timedelta(days=2)).effects)
    intake = record.of(after)
    assert intake.asked_by("") == (*others, first)
    assert intake.asked_by("2026-12-31T00:00:00Z") == (*others, first)
    assert intake.asked_by(intake.asked_at) == (first, *others)
    again = record.of(asking.asked(after, ("affected_users",), desk, NOW + timedelta(days=3), intake.running))
    assert again.asked_by(intake.reminded_at) == (*others, first)
    assert again.asked_by(intake.asked_at) == (first, *others)
    assert again.asked_by("") == ("affected_users",)


def test_a_reminder_that_asks_the_same_leaves_the_numbers_alone(desk: Desk) -> None:
    ticket = asked(desk)
    intake = record.of(became(ticket, due(desk, ticket, NOW + timedelta(days=2)).effects))
    assert (intake.asked, intake.earlier, intake.reminded_at) == (record.of(ticket).asked, (), "")


def told_of(decision: Decision) -> list[str]:
    """What our own people are told."""
    return [str(e.facts) for e in decision.effects if isinstance(e, SendMail) and e.purpose is Purpose.NOTICE]


def test_a_field_that_is_declared_no_more_is_in_no_reminder(desk: Desk) -> None:
    ticket = asked(desk)
    gone = record.of(ticket).asked[0]
    fields = {name: one for name, one in desk.inquiry.fields.items() if name != gone}
    decision = due(replace(desk, inquiry=replace(desk.inquiry, fields=fields)), ticket, NOW + timedelta(days=2))
    mail = next(e for e in decision.effects if isinstance(e, SendMail))
    assert [one["name"] for one in mail.facts["questions"]] == list(record.of(ticket).asked[1:])
    assert gone not in record.of(became(ticket, decision.effects)).needed


@pytest.mark.parametrize("days", [2, 14])
def test_where_nothing_is_required_any_more_nothing_leaves_and_the_team_has_it(desk: Desk, days: int) -> None:
    ticket = asked(desk)
    bare = replace(desk, inquiry=replace(desk.inquiry, requirements=()))
    decision = due(bare, ticket, NOW + timedelta(days=days))
    after = became(ticket, decision.effects)
    assert (stage(after), after.waiting_on, after.is_done, record.of(after).needed) == (STOPPED, "", False, ())
    assert set(purposes(decision)) == {Purpose.NOTICE}
    assert "facts are missing" not in "".join(told_of(decision))


def test_what_is_complete_by_what_is_required_now_is_complete(desk: Desk) -> None:
    ticket = known(asked(desk), "observed")
    [rule] = [one for one in desk.inquiry.requirements if "observed" in one.fields]
    fewer = replace(desk, inquiry=replace(desk.inquiry, requirements=(replace(rule, fields=("observed",)),)))
    decision = due(fewer, ticket, NOW + timedelta(days=2))
    after = became(ticket, decision.effects)
    assert (stage(after), after.waiting_on, after.status) == (COMPLETE, "", "accepted")
    assert set(purposes(decision)) == {Purpose.NOTICE}


@pytest.mark.parametrize("days", [2, 14])
def test_a_desk_that_asks_no_more_reminds_nobody_and_closes_nothing(desk: Desk, days: int) -> None:
    silent = replace(desk, inquiry=replace(desk.inquiry, asks=False))
    ticket = asked(desk)
    ticket = record.kept(ticket, replace(record.of(ticket), reminded=0 if days == 2 else 2))
    decision = due(silent, ticket, NOW + timedelta(days=days))
    after = became(ticket, decision.effects)
    assert (stage(after), after.waiting_on, after.is_done) == (HANDED, "", False)
    assert set(purposes(decision)) == {Purpose.NOTICE}


def message(direction: Direction, role: Role, minutes: int = 1, **other: Any) -> Message:
    sender = NORA if direction is Direction.IN else "anastasia@desk.example"
    return Message(
        at=NOW + timedelta(minutes=minutes), direction=direction, role=role, **{"from_address": sender, **other}
    )


NOTES = [message(Direction.NOTE, Role.AGENT, minute) for minute in range(1, 13)]


@pytest.mark.parametrize(
    ("recent", "told"),
    [
        (NOTES, False),  # her first mail is not among the last: it may have been anybody's
        ([message(Direction.IN, Role.CUSTOMER, 0, trust="D"), *NOTES[1:]], False),
        ([message(Direction.IN, Role.CUSTOMER, 0, trust="B"), *NOTES[1:]], True),
        ([message(Direction.OUT, Role.SYSTEM, to=(NORA,), subject="We have got your mail"), *NOTES[1:]], False),
        ([message(Direction.OUT, Role.SYSTEM, to=(NORA,), subject="BUY PILLS"), *NOTES[1:]], True),
        ([message(Direction.NOTE, Role.AGENT, 0), *NOTES[1:]], True),  # one of us began it
        ([], True),
    ],
)
@pytest.mark.parametrize("reminded", [0, 2])
def test_the_subject_of_who_may_be_anybody_leaves_in_no_reminder_and_in_no_end(
    desk: Desk, recent: list[Message], told: bool, reminded: int
) -> None:
    ticket = asked(desk, subject="BUY PILLS")
    ticket = record.kept(ticket, replace(record.of(ticket), reminded=reminded))
    decision = due(desk, ticket, NOW + timedelta(days=14), Snapshot(recent={1001: recent}))
    [mail] = [e for e in decision.effects if isinstance(e, SendMail) and e.purpose is not Purpose.NOTICE]
    assert mail.purpose is (Purpose.UNANSWERED if reminded else Purpose.QUESTION)
    assert (mail.subject == "BUY PILLS") is told


@pytest.mark.parametrize(
    "change",
    [
        {"status": "closed", "status_category": "done"},
        {"audience": "internal"},
        {"intake": {}},
    ],
)
def test_nothing_is_left_of_what_has_moved_on(desk: Desk, change: dict[str, Any]) -> None:
    decision = due(desk, replace(asked(desk), **change), NOW + timedelta(days=30))
    assert purposes(decision) == []
    assert "nothing is left" in decision.reason


def test_what_waits_for_its_customer_no_more_is_a_persons(desk: Desk) -> None:
    ticket = replace(asked(desk), waiting_on="vendor")
    decision = due(desk, ticket, NOW + timedelta(days=2))
    assert Purpose.QUESTION not in purposes(decision)
    assert stage(became(ticket, decision.effects)) == HANDED


def test_what_is_urgent_is_reminded_and_never_closed(desk: Desk) -> None:
    ticket = asked(desk, priority=1)
    assert ticket.waiting_on == ""
    assert purposes(due(desk, ticket, NOW + timedelta(days=2))) == [Purpose.QUESTION]
    late = record.kept(ticket, replace(record.of(ticket), reminded=2))
    decision = due(desk, late, NOW + timedelta(days=14))
    assert purposes(decision) == []
    after = became(late, decision.effects)
    assert (stage(after), after.is_done) == (HANDED, False)


def test_mail_that_comes_back_asks_nobody(desk: Desk) -> None:
    gone = Person(address=NORA, unreachable_since=NOW)
    ticket = asked(desk)
    decision = due(desk, ticket, NOW + timedelta(days=2), Snapshot(people={NORA: gone}))
    assert Purpose.QUESTION not in purposes(decision)
    assert stage(became(ticket, decision.effects)) == HANDED


def test_words_of_a_sensitive_fact_are_forgotten_and_stand_in_no_event(desk: Desk) -> None:
    secret = Wanted(name="licence", sought=Sought(name="licence", kind="number"), label={"en": "Licence"},
                    sensitive=True, expires=timedelta(days=30))  # fmt: skip
    desk = replace(desk, inquiry=replace(desk.inquiry, fields={**desk.inquiry.fields, "licence": secret}))
    said = (
        Secret(field="licence", words="AB-12 CD", source="Licence: AB-12 CD", message="<1@x.example>"),
        Secret(field="observed", words="it hangs"),
    )
    [timer] = forgetting.timers(1001, said, desk, NOW)
    assert timer.due_at == NOW + timedelta(days=30)
    assert len(timer.kind) <= 32
    decision = due(desk, made(desk), timer.due_at, kind=timer.kind, **timer.detail)
    gone = Forget(ticket=1001, words="AB-12 CD", source="Licence: AB-12 CD", message="<1@x.example>")
    assert gone in decision.effects
    events = [e for e in decision.effects if isinstance(e, AddEvent)]
    assert [event.kind for event in events] == ["forgotten"]
    assert all("AB-12" not in str(event) for event in events)
    assert "AB-12" not in decision.reason


def test_each_secret_has_a_timer_of_its_own(desk: Desk) -> None:
    names = ("account_password_old", "account_password_new")
    secret = {name: Wanted(name=name, sought=Sought(name=name, kind="text"), label={"en": name}, sensitive=True,
                           expires=timedelta(days=30)) for name in names}  # fmt: skip
    desk = replace(desk, inquiry=replace(desk.inquiry, fields=secret))
    rows = [Secret(field=name, words=words) for name in names for words in ("hunter2xyz", "tr0ub4dor")]
    kinds = {timer.kind for timer in forgetting.timers(1001, rows, desk, NOW)}
    assert len(kinds) == 4
    assert all(len(kind) <= 32 for kind in kinds)


def test_ask_never_repeats_what_has_become_sensitive(desk: Desk) -> None:
    known = made(desk)
    fact = Fact(state=PRESENT, value="white topsecret page", how="label")
    known = record.kept(known, record.of(known).with_fact("observed", fact), facts={"observed": fact.value})
    observed = replace(desk.inquiry.fields["observed"], sensitive=True)
    later = replace(desk, inquiry=replace(desk.inquiry, fields={**desk.inquiry.fields, "observed": observed}))
    found = refused(later, known, "#ask observed")
    assert "said already" in found.reason
    assert "topsecret" not in repr(found)


# What agents say


def test_ask_names_a_field_by_its_label_in_any_language(desk: Desk) -> None:
    label = desk.inquiry.fields["invoice_number"].label["de"]
    done = planned(desk, made(desk), f"#ask {label}")
    intake = record.of(done.ticket)
    assert intake.asked == ("invoice_number",)
    assert intake.state("invoice_number") == MISSING
    assert "invoice_number" in intake.needed


def test_bare_ask_asks_for_what_is_missing_most_useful_first(desk: Desk) -> None:
    ticket = made(desk)
    done = planned(desk, ticket, "#ask")
    assert record.of(done.ticket).asked == record.of(ticket).lacking[:4]
    assert done.ticket.waiting_on == "customer"


def test_the_transcript_says_what_is_missing_before_and_after(desk: Desk) -> None:
    ticket = known(made(desk), "observed", "expected", "started_at", "affected_users")
    done = planned(desk, ticket, "#waive steps to reproduce").done[0]
    assert (done.before, done.after) == ("missing: steps to reproduce", "nothing")
    done = planned(desk, ticket, "#ask invoice number").done[0]
    assert done.after == "steps to reproduce, invoice number; asked for invoice number"


@pytest.mark.parametrize(
    ("change", "text", "reason", "nearest"),
    [
        ({}, "#ask colour", "there is no field colour", ""),
        ({}, "#ask steps to reprodce", "there is no field", "#ask steps to reproduce"),
        ({"audience": "internal"}, "#ask observed", "internal", "#set"),
        ({"requester": f"{ANONYMOUS}1"}, "#ask observed", "nobody outside", "#set"),
        ({"status": "resolved", "status_category": "done"}, "#ask observed", "resolved", "#reopen"),
        ({"status": "resolved", "status_category": "done"}, "#waive all", "resolved", "#reopen"),
        ({}, "#ask stop", "nothing is asked", "#ask FIELD"),
        ({}, "#ask observed, expected, started at, affected users, steps to reproduce", "at most 4", "#ask observed"),
        ({}, "#waive colour", "there is no field colour", ""),
        ({}, "#waive", "say which field", "#waive"),
        ({}, "#waive invoice number", "not asked for", "#waive"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(
    desk: Desk, change: dict[str, Any], text: str, reason: str, nearest: str
) -> None:
    no = refused(desk, made(desk, **change), text)
    assert reason in no.reason
    assert nearest in no.nearest


def test_what_is_known_is_not_asked_for_again(desk: Desk) -> None:
    ticket = replace(known(made(desk), "observed"), facts={"observed": "it hangs"})
    no = refused(desk, ticket, "#ask observed")
    assert "it hangs" in no.reason
    assert no.nearest.startswith("#set observed -")
    assert planned(desk, ticket, "#set observed -\n#ask observed").ticket.waiting_on == "customer"


def test_bare_ask_where_nobody_can_be_sure_names_it(desk: Desk) -> None:
    ticket = known(made(desk), "observed", state=UNSURE)
    ticket = known(ticket, *(name for name in record.of(ticket).needed if name != "observed"))
    no = refused(desk, ticket, "#ask")
    assert no.nearest == "#ask observed"
    assert record.of(planned(desk, ticket, "#ask observed").ticket).asked == ("observed",)


def test_set_marks_who_said_it_and_takes_it_back(desk: Desk) -> None:
    done = planned(desk, made(desk), "#set affected users 25").ticket
    fact = record.of(done).fields["affected_users"]
    assert (fact.state, fact.how, fact.by, done.facts["affected_users"]) == (PRESENT, "agent", "anastasia", "25")
    gone = planned(desk, done, "#set affected users -").ticket
    assert record.of(gone).state("affected_users") == MISSING


def test_an_intake_of_nothing_is_never_written(desk: Desk) -> None:
    ticket = replace(made(desk), type="question", intake={})
    assert planned(desk, ticket, "#todo look").ticket.intake == {}
    assert record.kept(ticket, Intake()) is ticket
