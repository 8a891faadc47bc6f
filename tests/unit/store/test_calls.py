"""Calls in the tables: whole values come back, whoever comes second is told, and a look at how things stood works."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from store import call_history, calls, forgetting
from store.calls import Overtaken
from store.engine import Store
from store.fault import StoreBusy, fault_of, is_store_fault
from store.lookup import load
from store.records import AddEvent, Call, CallState, GrantState, Invite, SaveCall, Verdict, Witnesses
from store.snapshot import CALLS, Snapshot, Wanted
from store.tables import call_versions, grants
from store.tables import calls as table
from tests.unit.store import called
from tests.unit.store.called import CELL, HOUR, NORA, booked, decision, grant, offered, saved
from tests.unit.store.samples import NOW, acknowledgement, commit, kept

FULL = Call(
    ticket=1001, number=3, state=CallState.ASSIGNED, capability="general", level=2, minutes=15, contact=NORA,
    purpose="the export", priority=1, requested_at=NOW, requested_by="anastasia", approve_until=NOW + HOUR,
    approved_by="dominique", within=NOW + timedelta(days=3), zone="Europe/Paris", language="fr", wishes="mornings",
    offered=((1, CELL), (2, CELL + HOUR)), offered_at=NOW + HOUR, cell=CELL, start=CELL + timedelta(minutes=5),
    end=CELL + timedelta(minutes=20), booked_at=NOW + HOUR, room="abc", witness="benedikt", assigned="benedikt",
    assigned_at=NOW + HOUR, acked_at=NOW + 2 * HOUR, passed=("anastasia",), moves=2, reminded_at=NOW + HOUR,
    short_since=NOW, outcome="done", outcome_asked_at=NOW + HOUR, ended_at=NOW + 3 * HOUR,
    grant=grant(3, state=GrantState.REDEEMED, ended_at=NOW + HOUR, redeemed_by="mail:7"),
    invites=(
        Invite(uid="a@desk.example", attendee=NORA, sequence=2, dtstamp=NOW, moved=1, partstat="ACCEPTED",
               reply_sequence=2, reply_dtstamp=NOW + HOUR, serial=4),
        Invite(uid="b@desk.example", kind="agent", attendee="benedikt@desk.example", dtstamp=NOW, cancelled=True),
    ),
    version=1,
)  # fmt: skip
"""A call of which every field says something."""


@pytest.fixture
def desk_store(store: Store) -> Store:
    """With tickets 1001 and 1002."""
    with store.turn() as connection:
        called.opened(connection, 2)
    return store


def test_the_full_call_says_something_in_every_field() -> None:
    plain = Call(ticket=1, number=1, contact="", requested_at=NOW + HOUR, requested_by="")
    same = [one.name for one in fields(Call) if getattr(FULL, one.name) == getattr(plain, one.name)]
    assert same == []


def test_a_call_comes_back_as_it_was_written(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        saved(connection, replace(FULL, version=0))
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001, 1002})
        assert found == FULL
        assert [one.cancelled is True for one in found.invites] == [False, True]
        assert calls.of_tickets(connection, {1002}) == []
        assert calls.schedule(connection, NOW).promised == {(1001, 3): FULL}
        (row,) = connection.execute(select(call_versions)).all()
    assert (row.ticket_id, row.number, row.at, row.cell) == (1001, 3, NOW, CELL)
    assert call_history.again(row.value) == FULL


def test_what_a_younger_version_has_kept_more_is_left_out_and_less_is_as_a_call_begins() -> None:
    kept_ = call_history.kept(FULL) | {"mood": "sunny"}
    del kept_["passed"], kept_["room"]
    kept_["passed"] = []
    assert call_history.again(kept_) == replace(FULL, passed=(), room="")


def test_a_call_of_a_ticket_that_the_same_batch_opens_gets_its_number(store: Store) -> None:
    from tests.unit.store.samples import opening

    with store.turn() as connection:
        first = opening(kept(connection))
        made = replace(first, effects=(*first.effects, SaveCall(call=offered(ticket="NEW-1"))))
        commit(connection, [made])
    with store.look() as connection:
        assert [call.key for call in calls.of_tickets(connection, {1001})] == [(1001, 1)]


# Who comes second


def test_two_mails_of_a_batch_change_a_call_one_after_the_other(desk_store: Store) -> None:
    """The overlay has the version that the first of them will have written."""
    with desk_store.turn() as connection:
        saved(connection, offered())
    with desk_store.turn() as connection:
        snapshot = load(connection, Wanted(numbers={1001}, calls=NOW))
        first = snapshot.calls[1001][1]
        one = decision(SaveCall(call=booked(first), before=first))
        snapshot.overlay(one, None)
        second = snapshot.calls[1001][1]
        assert snapshot.schedule is not None
        assert (second.state, second.version) == (CallState.BOOKED, 2)
        assert snapshot.schedule.promised == {(1001, 1): second}
        assert snapshot.uids == {"1001-1@desk.example": (1001, 1)}
        off = replace(second, state=CallState.CANCELLED, witness="", ended_at=NOW)
        two = decision(SaveCall(call=off, before=second))
        snapshot.overlay(two, None)
        assert snapshot.schedule.promised == {}
        commit(connection, [one, two])
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001})
        versions = [
            row.value["state"] for row in connection.execute(select(call_versions).order_by(call_versions.c.id))
        ]
    assert (found.state, found.version, found.witness) == (CallState.CANCELLED, 3, "")
    assert versions == ["offered", "booked", "cancelled"]


def test_one_decision_saves_a_call_once(desk_store: Store) -> None:
    call = offered()
    twice = decision(SaveCall(call=call), SaveCall(call=replace(call, moves=1)))
    with pytest.raises(AssertionError, match="saves the call 1001-1 more than once"), desk_store.turn() as connection:
        commit(connection, [twice])


def test_whoever_saw_an_older_value_is_overtaken_and_nothing_of_theirs_stays(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        old = saved(connection, offered())
    with desk_store.turn() as connection:
        saved(connection, booked(old), old)
    late = decision(
        SaveCall(call=booked(old, CELL + HOUR, "mail:2"), before=old),
        effects=(AddEvent(ticket=1001, kind="call-booked", actor=NORA),),
    )
    with pytest.raises(Overtaken, match="call 1 of ticket 1001 has changed"), desk_store.turn() as connection:
        commit(connection, [late])
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001})
        assert (found.cell, found.version) == (CELL, 2)
        assert found.grant is not None
        assert found.grant.redeemed_by == "mail:1"


def test_a_grant_is_redeemed_once_whatever_the_call_says(desk_store: Store) -> None:
    """The UPDATE of the grant alone keeps it single: the call was put back behind everybody's back."""
    with desk_store.turn() as connection:
        old = saved(connection, offered())
    with desk_store.turn() as connection:
        connection.execute(grants.update().values(state="revoked"))
    with pytest.raises(Overtaken, match="the grant of call 1"), desk_store.turn() as connection:
        saved(connection, booked(old), old)
    with desk_store.turn() as connection:
        connection.execute(grants.update().values(state="issued", expires_at=NOW))
    with pytest.raises(Overtaken, match="the grant of call 1"), desk_store.turn() as connection:
        saved(connection, booked(old), old)


@pytest.mark.parametrize(
    "ended", [{"state": GrantState.REVOKED, "ended_at": NOW}, {"expires_at": NOW}], ids=["revoked", "expired"]
)
def test_rules_that_redeem_a_dead_grant_are_wrong_and_are_not_asked_again(
    desk_store: Store, ended: dict[str, Any]
) -> None:
    with desk_store.turn() as connection:
        dead = saved(connection, offered(grant=grant(**ended)))
    with pytest.raises(AssertionError, match="had ended when it was decided"), desk_store.turn() as connection:
        saved(connection, booked(dead), dead)


def test_a_ticket_has_one_live_grant_of_a_capability(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        first = saved(connection, offered())
        saved(connection, offered(2, capability="general"))
    with pytest.raises(IntegrityError), desk_store.turn() as connection:
        saved(connection, offered(3))
    with desk_store.turn() as connection:
        saved(connection, booked(first), first)
        saved(connection, offered(3))
    with desk_store.look() as connection:
        assert [call.number for call in calls.of_tickets(connection, {1001})] == [1, 2, 3]


def test_being_overtaken_is_a_turn_that_is_taken_again_and_no_mistake_of_the_rules() -> None:
    error = Overtaken("somebody was first")
    assert isinstance(fault_of(error), StoreBusy)
    assert is_store_fault(error)


def test_a_witness_that_was_found_meanwhile_stays(desk_store: Store) -> None:
    """A turn that changes a call without having asked for all promises knows an older witness than the store."""
    with desk_store.turn() as connection:
        old = saved(connection, offered())
        before = saved(connection, booked(old), old)
    with desk_store.turn() as connection:
        commit(connection, [decision(effects=(Witnesses(names={(1001, 1): "anastasia"}),))])
    with desk_store.turn() as connection:
        saved(connection, replace(before, reminded_at=NOW), before)
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001})
    assert (found.witness, found.reminded_at, found.version) == ("anastasia", NOW, 3)


def test_witnesses_are_seen_by_the_next_mail_of_a_batch() -> None:
    call = booked(offered())
    snapshot = Snapshot(calls={1001: {1: call}})
    snapshot.overlay(decision(effects=(Witnesses(names={(1001, 1): "anastasia", (1009, 1): "kim"}),)), None)
    assert snapshot.calls[1001][1] == replace(call, witness="anastasia")


# What is looked up


def test_a_calendar_entry_leads_to_its_ticket_in_any_case_of_letters(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        saved(connection, booked(offered()))
    with desk_store.look() as connection:
        found = load(connection, Wanted(uids={"1001-1@DESK.EXAMPLE", "another@desk.example"}))
    assert found.uids == {"1001-1@desk.example": (1001, 1)}
    assert 1001 in found.tickets
    assert found.calls[1001][1].state == CallState.BOOKED
    assert found.schedule is None


def test_the_schedule_has_what_takes_time_this_week_and_later(desk_store: Store) -> None:
    states = [
        (1, CallState.BOOKED, CELL, "", True),
        (2, CallState.CANCELLED, CELL, "benedikt", False),
        (3, CallState.COMPLETED, NOW - timedelta(days=2), "benedikt", True),
        (4, CallState.COMPLETED, NOW - timedelta(days=9), "benedikt", False),
        (5, CallState.NO_SHOW, NOW - timedelta(days=1), "", False),
    ]
    with desk_store.turn() as connection:
        for number, state, cell, assigned, _ in states:
            call = booked(offered(number, capability=f"c{number}"), cell)
            saved(connection, replace(call, state=state, assigned=assigned))
        saved(connection, offered(6, capability="c6"))
    with desk_store.look() as connection:
        found = load(connection, Wanted(calls=NOW)).schedule
    assert found is not None
    assert sorted(found.promised) == [(1001, number) for number, _, _, _, takes in states if takes]


def test_a_ticket_without_calls_costs_no_query(desk_store: Store) -> None:
    asked: list[str] = []
    with desk_store.look() as connection:
        event.listen(connection, "before_cursor_execute", lambda *words: asked.append(words[2]))
        load(connection, Wanted(numbers={1001}, senders={NORA}, addresses={NORA}, message_ids={"<a@b>"}))
        assert asked
        assert not [words for words in asked if "FROM calls" in words or "FROM busy" in words]
        load(connection, Wanted(numbers={1001}, calls=NOW))
        assert [words for words in asked if "FROM calls" in words]


def test_a_batch_that_may_touch_promises_names_them() -> None:
    assert Wanted(calls=NOW).names() == {CALLS}
    assert Wanted(uids={"a"}).names() == set()


# A mail that is looked at again


def test_a_replay_saves_no_call_a_second_time(desk_store: Store) -> None:
    """The mail was acted upon: a call that has moved on since stays as it is, and no second invite leaves."""
    with desk_store.turn() as connection:
        old = saved(connection, offered())
        entry = kept(connection)
        invite = acknowledgement(1001, message_id="<invite@desk>")
        (mark,) = (AddEvent(ticket=1001, kind="call-booked", actor=NORA),)
        first = saved(connection, booked(old), old, entry=entry, effects=(mark, invite))
        moved = saved(connection, replace(first, moves=1), first)
    again = replace(entry, previous=Verdict.BOOKING, ticket=1001)
    with desk_store.turn() as connection:
        twin = replace(moved, moves=2)
        commit(connection, [decision(SaveCall(call=twin, before=moved), entry=again, effects=(mark, invite))])
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001})
        assert (found.moves, found.version) == (1, 3)
        assert len(connection.execute(select(call_versions)).all()) == 3


def test_a_mail_that_is_explained_sees_the_call_as_it_was(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        old = saved(connection, offered())
        entry = kept(connection)
        first = saved(connection, booked(old), old, entry=entry)
        other = saved(connection, booked(offered(1, 1002)))
    with desk_store.turn() as connection:
        saved(connection, replace(first, state=CallState.CANCELLED), first)
        saved(connection, replace(other, moves=1), other)
    wanted = Wanted(numbers={1001, 1002}, calls=NOW, uids={"1001-1@desk.example", "1002-1@desk.example"})
    with desk_store.look() as connection:
        now, then = load(connection, wanted), load(connection, wanted, without=entry.id)
    assert now.calls[1001][1].state == CallState.CANCELLED
    assert then.calls == {1001: {1: old}}, "the other ticket's call was asked for later"
    assert then.uids == {}
    assert then.schedule is not None
    assert then.schedule.promised == {}
    assert now.schedule is not None
    assert list(now.schedule.promised) == [(1002, 1)]


def test_a_mail_that_did_nothing_to_a_call_sees_it_as_it_stood_when_that_was_decided(desk_store: Store) -> None:
    with desk_store.turn() as connection:
        old = saved(connection, offered())
        first = saved(connection, booked(old), old)
        past = saved(connection, booked(offered(1, 1002), NOW - timedelta(days=9)))
        entry = kept(connection)
        commit(connection, [decision(entry=entry)], now=NOW + HOUR)
        commit(connection, [decision(SaveCall(call=replace(past, cell=CELL + HOUR), before=past))], now=NOW + 2 * HOUR)
        commit(connection, [decision(SaveCall(call=replace(first, moves=1), before=first))], now=NOW + 2 * HOUR)
    with desk_store.look() as connection:
        then = load(connection, Wanted(numbers={1001}, calls=NOW), without=entry.id)
    assert then.calls == {1001: {1: first}}
    assert then.schedule is not None
    assert then.schedule.promised == {(1001, 1): first}
    assert then.uids == {}, "it was not asked about"


def test_words_that_must_not_stay_are_in_no_call_and_in_nothing_that_one_was(desk_store: Store) -> None:
    secret = "the password is correct-horse-battery"
    with desk_store.turn() as connection:
        old = saved(connection, offered(purpose=f"look: {secret}", wishes=f"mornings, {secret}"))
        saved(connection, replace(booked(old), outcome=f"said {secret}"), old)
        forgetting.forget(connection, 1001, secret)
    with desk_store.look() as connection:
        (found,) = calls.of_tickets(connection, {1001})
        kept_ = [str(row.value) for row in connection.execute(select(call_versions))]
        rows = str(connection.execute(select(table)).all())
    assert (found.purpose, found.wishes, found.outcome) == (
        "look: [removed]", "mornings, [removed]", "said [removed]",
    )  # fmt: skip
    assert not [value for value in (*kept_, rows) if "correct-horse" in value]
