"""What time makes of a call, whenever its timer comes: early, in time, late, twice, or after a sleep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.rules.calls import hours
from store.records import AddMessage, Call, CallState, Grant, GrantState, Status
from tests.unit.calls.asked import NETWORK, NOW, a_call, skilled, with_calls
from tests.unit.calls.staffed import ACK, FREEZE, START, TWO, assigned, known, of, promised, rings

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
HAS_IT = assigned(acked_at=FREEZE)
LIVE = replace(HAS_IT, state=CallState.LIVE)
END = START + 30 * MINUTE


def offered(**changes: object) -> Call:
    grant = Grant(hash="h", issued_at=NOW, issued_by="dominique", expires_at=NOW + 5 * DAY)
    return replace(a_call(state=CallState.OFFERED, grant=grant, requested_by="dominique"), **changes)  # type: ignore[arg-type]


# When it wakes


@pytest.mark.parametrize(
    ("call", "now", "expected"),
    [
        (a_call(), NOW, None),
        (a_call(state=CallState.APPROVAL, approve_until=NOW + DAY), NOW, NOW + DAY),
        (offered(), NOW, NOW + 5 * DAY),
        (promised(START + DAY), NOW, START),  # the reminder, a day before
        (promised(), NOW, START - DAY),
        (promised(reminded_at=START - DAY), START - DAY, FREEZE),
        (promised(), FREEZE + MINUTE, FREEZE + MINUTE),
        (promised(short_since=NOW), NOW + HOUR, START - DAY),
        (promised(short_since=FREEZE, reminded_at=FREEZE), FREEZE, FREEZE + hours.RETRY),
        (promised(short_since=FREEZE, reminded_at=FREEZE), START - MINUTE, START),
        (assigned(reminded_at=FREEZE), FREEZE, ACK),
        (assigned(reminded_at=FREEZE, acked_at=FREEZE), FREEZE, START),
        (LIVE, START, END),
        (replace(LIVE, outcome_asked_at=END), END, END + DAY),
        (replace(LIVE, outcome_asked_at=END), END + DAY, None),
        (replace(LIVE, outcome_asked_at=END, assigned=""), END, None),
        (promised(state=CallState.WAITING), START, START + 10 * MINUTE),
        (promised(state=CallState.COMPLETED, ended_at=END), END, None),
        (promised(state=CallState.NO_SHOW, ended_at=END), END, None),
        (promised(state=CallState.NO_SHOW, ended_at=END, short_since=START), END, END),
        (promised(state=CallState.NO_SHOW, ended_at=END, short_since=START), END + MINUTE, None),
    ],
)
def test_when_it_wants_to_be_looked_at(call: Call, now: datetime, expected: datetime | None) -> None:
    assert hours.wake(call, TWO, now) == expected


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (FREEZE, ACK),
        (START - 40 * MINUTE, ACK),
        (ACK, START - 10 * MINUTE),
        (START - 10 * MINUTE, START - 5 * MINUTE),
        (START - 2 * MINUTE, START),
        (START - MINUTE, START),
    ],
)
def test_who_is_asked_late_has_half_of_what_is_left(since: datetime, until: datetime) -> None:
    assert hours.unheard(assigned(since=since), TWO) == until


def test_who_has_just_heard_of_the_time_is_not_reminded_of_it() -> None:
    call = promised()
    invite = call.invite()
    assert invite is not None
    late = replace(call, invites=(replace(invite, dtstamp=START - 23 * HOUR),))
    assert hours.reminds(late, TWO) is None
    moved = replace(call, reminded_at=NOW - DAY)  # of another time, before this entry was sent
    assert hours.reminds(moved, TWO) == START - DAY
    assert hours.reminds(call, with_calls(remind=timedelta())) is None


# One step at a time


@pytest.mark.parametrize(
    ("call", "now", "state", "mails"),
    [
        (promised(), START - DAY, "booked", [("call_reminder", "nora")]),
        (promised(reminded_at=NOW + HOUR), FREEZE, "assigned", [("brief", "anastasia")]),
        (promised(reminded_at=NOW + HOUR), START - MINUTE, "assigned", [("brief", "anastasia")]),
        (
            promised(reminded_at=NOW + HOUR, passed=("anastasia", "benedikt")), FREEZE, "booked",
            [("call_notice", "dominique")],
        ),
        (assigned(reminded_at=FREEZE), ACK, "booked", [("stand_down", "anastasia")]),
        (HAS_IT, START, "live", []),
        (assigned(), START, "waiting", [("call_notice", "dominique"), ("call_notice", "anastasia")]),
        (promised(), START, "waiting", [("call_notice", "dominique")]),
        (promised(), START + DAY, "waiting", [("call_notice", "dominique")]),
        (assigned(), START + DAY, "waiting", [("call_notice", "anastasia")]),
        (LIVE, END, "live", [("call_notice", "anastasia")]),
        (promised(state=CallState.WAITING), START + 10 * MINUTE, "no_show", []),
        (
            assigned(state=CallState.WAITING), START + 10 * MINUTE, "no_show", [("stand_down", "anastasia")],
        ),
        (promised(state=CallState.WAITING), START + DAY, "waiting", [("call_notice", "dominique")]),
    ],
)  # fmt: skip
def test_what_is_due(call: Call, now: datetime, state: str, mails: list[tuple[str, str]]) -> None:
    saw = rings(call, now)
    assert (saw.call.state, saw.mails) == (state, mails)
    assert all(wake >= now for wake in saw.wakes)


@pytest.mark.parametrize(
    ("call", "now"),
    [
        (promised(reminded_at=NOW + HOUR), FREEZE - MINUTE),
        (promised(), NOW),
        (assigned(reminded_at=FREEZE), ACK - MINUTE),
        (replace(HAS_IT, reminded_at=FREEZE), START - MINUTE),
        (LIVE, END - MINUTE),
        (promised(state=CallState.WAITING), START + 9 * MINUTE),
        (promised(short_since=FREEZE, reminded_at=FREEZE, passed=("anastasia", "benedikt")), FREEZE + MINUTE),
        (offered(), NOW + 5 * DAY - MINUTE),
        (a_call(state=CallState.APPROVAL, approve_until=NOW + DAY), NOW),
    ],
)
def test_a_timer_that_comes_early_does_nothing_and_is_set_again(call: Call, now: datetime) -> None:
    saw = rings(call, now)
    assert (saw.saved, saw.mails, saw.events) == ([], [], [])
    assert saw.wakes
    assert min(saw.wakes) > now, "it must not come again at once, and for ever"


@pytest.mark.parametrize("state", [state for state in CallState if promised(state=state).is_over])
def test_a_call_that_is_over_is_left_alone(state: CallState) -> None:
    assert rings(promised(state=state, ended_at=END), END + DAY).effects == ()


def test_every_step_moves_the_call_on_or_waits() -> None:
    """Whatever the call is and whenever its timer comes: no more than a few steps are due at one instant."""
    for call in (promised(), assigned(), HAS_IT, LIVE, promised(passed=("anastasia", "benedikt")), offered()):
        for now in (NOW, START - DAY, FREEZE, ACK, START - MINUTE, START, END, END + DAY, END + 9 * DAY):
            stands, steps = call, 0
            while True:
                saw = rings(stands, now)
                steps += 1
                assert steps < 6, (call.state, now)
                if not saw.saved:
                    break
                stands = next(one for one in saw.saved if one.number == stands.number)
                if now not in saw.wakes:
                    break


def test_a_timer_never_comes_again_at_once_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a step and its instant ever disagree, the desk does not go round in circles."""
    monkeypatch.setattr(hours, "wake", lambda call, desk, now: now)
    assert rings(promised(), NOW).wakes == [NOW + hours.RETRY]


# What it says


def test_the_brief_says_who_and_until_when() -> None:
    saw = rings(promised(reminded_at=NOW + HOUR), FREEZE)
    facts = saw.mail("brief").facts
    assert facts["contact"] == "Nora Wind <nora@northwind.example>"
    assert facts["until"] == "2026-11-24T12:40:00Z"
    assert facts["calendar"]["method"] == "REQUEST"
    assert (saw.call.assigned, saw.call.witness, saw.call.short_since) == ("anastasia", "anastasia", None)
    theirs = saw.call.invite("agent")
    assert theirs is not None
    assert facts["calendar"]["uid"] == theirs.uid != "u1@desk.example"
    assert saw.events == ["call-invited"]


def test_the_customer_keeps_their_entry_through_all_of_it() -> None:
    call = promised(reminded_at=NOW + HOUR)
    for now in (FREEZE, ACK, ACK, START - 10 * MINUTE, START - 10 * MINUTE, START):
        saw = rings(call, now)
        assert not [mail for mail in saw.mails if mail[1] == "nora"]
        call = saw.call
        assert call.invite() == promised().invite()
    assert (call.state, set(call.passed)) == ("waiting", {"anastasia", "benedikt"})


def test_leads_learn_who_was_asked_in_vain_and_who_is_in_the_way() -> None:
    saw = rings(promised(reminded_at=NOW + HOUR, passed=("anastasia", "benedikt")), FREEZE)
    facts = saw.mail("call_notice").facts
    assert facts["variant"] == "unstaffed"
    assert facts["asked"] == ["anastasia", "benedikt"]
    assert facts["why"] == ["anastasia, benedikt would be free then, and passed on it"]
    assert saw.events == ["call-short"]
    assert saw.call.short_since == FREEZE


def test_a_call_that_is_kept_again_says_so_when_somebody_is_found() -> None:
    saw = rings(promised(reminded_at=NOW + HOUR, short_since=NOW), FREEZE)
    assert saw.events == ["call-invited", "call-kept"]


def test_who_else_has_a_call_then_is_not_asked() -> None:
    other = replace(assigned("anastasia"), ticket=1009, number=3)
    call = promised(reminded_at=NOW + HOUR, witness="benedikt")
    saw = rings(call, FREEZE, snapshot=known(call, other))
    assert saw.call.assigned == "benedikt"


def test_nobody_loses_another_promise_for_it() -> None:
    """Two calls at once, two people, of whom only one can take the other call."""
    desk = skilled(anastasia={NETWORK: 2, "general": 1}, benedikt={NETWORK: 4})
    other = replace(promised(capability="general", level=1, witness="anastasia"), ticket=1009, number=3)
    call = promised(reminded_at=NOW + HOUR, witness="benedikt")
    saw = rings(call, FREEZE, desk, known(call, other))
    assert saw.call.assigned == "benedikt"


# With the ticket


@pytest.mark.parametrize(
    ("call", "now", "state", "mails"),
    [
        (offered(), NOW, "cancelled", []),
        (a_call(state=CallState.APPROVAL, approve_until=NOW + DAY), NOW, "cancelled", []),
        (a_call(wishes="CALL"), NOW, "cancelled", []),
        (promised(), NOW, "cancelled", [("uninvite", "nora")]),
        (assigned(), FREEZE, "cancelled", [("uninvite", "nora"), ("stand_down", "anastasia")]),
    ],
)
def test_a_call_goes_with_its_ticket(call: Call, now: datetime, state: str, mails: list[tuple[str, str]]) -> None:
    done = of(call, status=Status.RESOLVED, status_category="done")
    saw = rings(call, now, snapshot=known(call, ticket=done))
    assert (saw.call.state, saw.mails) == (state, mails)


@pytest.mark.parametrize("call", [LIVE, promised(state=CallState.WAITING)])
def test_a_call_that_has_begun_outlives_its_ticket(call: Call) -> None:
    done = of(call, status=Status.RESOLVED, status_category="done")
    saw = rings(call, START + MINUTE, snapshot=known(call, ticket=done))
    assert saw.saved == []


def test_a_call_that_should_have_begun_is_not_taken_back() -> None:
    done = of(promised(), status=Status.RESOLVED, status_category="done")
    saw = rings(promised(), START + MINUTE, snapshot=known(promised(), ticket=done))
    assert (saw.call.state, saw.mails) == ("waiting", [("call_notice", "dominique")])


def test_an_offer_ends_with_what_gave_it_but_not_with_a_leads_word() -> None:
    calm = of(offered(), priority=4)
    saw = rings(offered(), NOW, snapshot=known(offered(), ticket=calm))
    assert saw.call.grant is not None
    assert (saw.call.state, saw.call.grant.state) == ("cancelled", GrantState.REVOKED)
    given = offered(approved_by="dominique")
    assert rings(given, NOW, snapshot=known(given, ticket=calm)).saved == []


def test_an_offer_lapses_and_both_sides_learn_of_it() -> None:
    saw = rings(offered(), NOW + 5 * DAY)
    assert saw.call.grant is not None
    assert (saw.call.state, saw.call.grant.state) == ("expired", GrantState.EXPIRED)
    assert sorted(saw.mails) == [("call", "nora"), ("call_notice", "dominique")]
    assert saw.events == ["grant-expired", "call-lapsed"]


# In vain


def test_who_waited_in_vain_gets_one_other_call_and_only_one() -> None:
    gone = promised(state=CallState.NO_SHOW, ended_at=START, short_since=START, priority=1)
    saw = rings(gone, START)
    again = saw.call
    assert (again.number, again.state, again.priority, again.approved_by) == (2, "offered", 1, "system")
    offer = saw.mail("offer")
    assert (offer.facts["variant"], offer.facts["missed"]) == ("sorry", "2026-11-24T13:00:00Z")
    assert rings(gone, START, snapshot=known(gone, again)).effects == ()


def test_where_there_can_be_none_its_customer_has_our_apology_and_the_leads_learn_why() -> None:
    gone = promised(state=CallState.NO_SHOW, ended_at=START, short_since=START)
    desk = skilled(anastasia={"general": 1})
    saw = rings(gone, START, desk)
    assert saw.saved == []
    assert saw.mails == [("call", "nora"), ("call_notice", "dominique")]
    word, notice = saw.mail("call").facts, saw.mail("call_notice").facts
    assert (word["variant"], word["missed"], word["again"]) == ("none_free", "2026-11-24T13:00:00Z", False)
    assert [effect.message.direction for effect in saw.effects if isinstance(effect, AddMessage)] == ["out"]
    assert (notice["variant"], notice["told"], notice["capabilities"]) == ("owed", True, ["general"])
    assert "nobody of the staff is able" in notice["why"][0]


def test_whom_no_mail_reaches_the_leads_apologise_to() -> None:
    gone = promised(state=CallState.NO_SHOW, ended_at=START, short_since=START)
    saw = rings(gone, START, snapshot=known(gone, ticket=of(gone, audience="internal")))
    assert saw.mails == [("call_notice", "dominique")]
    assert saw.mail("call_notice").facts["told"] is False


def test_where_no_slot_is_free_they_hear_so_and_it_waits() -> None:
    gone = promised(state=CallState.NO_SHOW, ended_at=START, short_since=START)
    desk = replace(TWO, calls=replace(TWO.calls, per_day=0, caps={"anastasia": (1, 1), "benedikt": (1, 1)}))
    held = [
        replace(assigned(name, start=START - 2 * HOUR, since=NOW), ticket=1009, number=n)
        for n, name in enumerate(("anastasia", "benedikt"), 1)
    ]
    desk = replace(desk, calls=replace(desk.calls, horizon=2))
    saw = rings(gone, START, desk, known(gone, *held))
    assert saw.call.state == "requested"
    assert ("call", "nora") in saw.mails


def test_a_ticket_that_is_done_gets_no_other_call() -> None:
    gone = promised(state=CallState.NO_SHOW, ended_at=START, short_since=START)
    done = of(gone, status=Status.RESOLVED, status_category="done")
    assert rings(gone, START, snapshot=known(gone, ticket=done)).effects == ()


@pytest.mark.parametrize("kind", ["call:9", "call:", "call", "call:x"])
def test_a_timer_of_no_call_ends(kind: str) -> None:
    from gateway.rules.calls.due import on_call
    from gateway.rules.timers import Due

    due = Due(ticket=of(promised()), kind=kind, due_at=NOW)
    assert on_call(due, known(promised()), TWO, str, NOW).effects == ()
