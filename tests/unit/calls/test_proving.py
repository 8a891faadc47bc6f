"""How the promises stand when somebody's time changes: who is passed over, who learns of what, and that it is fast."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.calls import asking, offering, proving, world
from gateway.rules.calls.proving import Proof
from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.routing import Skills
from store.records import Call, CallState, Decision, Person, Schedule, Status, Witnesses
from store.snapshot import Snapshot
from tests.unit.calls.asked import NETWORK, NORA, NOW, a_call, a_ticket, at, skilled, the_desk
from tests.unit.calls.staffed import FREEZE, START, TWO, Saw, assigned, known, minted, of, promised

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
BENEDIKT, ANASTASIA = "benedikt@desk.example", "anastasia@desk.example"


def away(*names: str) -> dict[str, Person]:
    return {
        f"{name}@desk.example": Person(address=f"{name}@desk.example", away_until=START + 2 * DAY) for name in names
    }


def prove(seen: Snapshot, desk: Desk = TWO, waiting: frozenset[int] = frozenset()) -> list[Decision]:
    proof = proving.proven(desk, seen, NOW)
    return proving.decided(proof, waiting, desk, seen, minted(), NOW)


def other(ticket: int, start=START, **changes: object) -> Call:  # type: ignore[no-untyped-def]
    return replace(promised(start), ticket=ticket, **changes)  # type: ignore[arg-type]


def several(*calls: Call, people: dict[str, Person] | None = None) -> Snapshot:
    """Calls of several tickets."""
    seen = known(calls[0], *calls[1:], people=people or {})
    for call in calls:
        seen.tickets[call.ticket] = of(call, ref=call.ticket)
    return seen


def saw(decision: Decision) -> Saw:
    return Saw(type("Told", (), {"why": decision.reason, "effects": decision.effects})())  # type: ignore[arg-type]


def test_nothing_follows_where_all_stands() -> None:
    call = promised(witness="anastasia")
    assert proving.proven(TWO, known(call), NOW) == Proof(hindered={}, short=(), kept=(), witnesses={})
    assert prove(known(call)) == []


def test_somebody_elses_time_moves_the_witness_and_nothing_else() -> None:
    (decision,) = prove(known(promised(witness="anastasia"), people=away("anastasia")))
    assert decision.effects == (Witnesses(names={(1001, 1): "benedikt"}),)
    assert decision.ticket is None


def test_a_promise_that_cannot_be_kept_is_told_once() -> None:
    call = promised(witness="anastasia")
    seen = known(call, people=away("anastasia", "benedikt"))
    (decision,) = prove(seen)
    found = saw(decision)
    assert (found.call.short_since, found.call.witness) == (NOW, "")
    assert found.mails == [("call_notice", "dominique")]
    assert found.mail("call_notice").facts["helps"] == ["anastasia being there then", "benedikt being there then"]
    again = known(found.call, people=away("anastasia", "benedikt"))
    assert prove(again) == []


def test_the_least_important_and_the_latest_lose() -> None:
    calls = (
        other(1001, priority=2, booked_at=NOW), other(1002, priority=1, booked_at=NOW + MINUTE),
        other(1003, priority=2, booked_at=NOW - MINUTE),
    )  # fmt: skip
    proof = proving.proven(TWO, several(*calls), NOW)
    assert proof.short == ((1001, 1),)
    one = proving.proven(TWO, several(*calls, people=away("benedikt")), NOW)
    assert one.short == ((1003, 1), (1001, 1))
    assert set(one.witnesses.items()) >= {((1003, 1), ""), ((1001, 1), "")}


def test_what_can_be_kept_again_is_told_as_an_event() -> None:
    call = promised(short_since=NOW - DAY, witness="")
    (decision,) = prove(known(call))
    found = saw(decision)
    assert (found.call.short_since, found.call.witness) == (None, "anastasia")
    assert (found.events, found.mails) == (["call-kept"], [])


def test_whoever_was_invited_and_is_ill_is_passed_over() -> None:
    call = assigned("anastasia", acked_at=FREEZE)
    (decision,) = prove(known(call, people=away("anastasia")))
    found = saw(decision)
    assert (found.call.state, found.call.assigned, found.call.passed) == ("booked", "", ("anastasia",))
    assert found.mails == [("stand_down", "anastasia")]
    assert found.events == ["call-passed"]
    assert found.call.invite() == call.invite()
    assert found.wakes == [START - DAY], "its timer sees to the next one"


def test_who_has_begun_is_left_alone() -> None:
    live = replace(assigned(start=NOW - MINUTE, since=NOW - 60 * MINUTE), state=CallState.LIVE)
    assert prove(known(live, people=away("anastasia"))) == []


def test_a_call_that_begins_soon_is_its_timers() -> None:
    """Whose freeze has come is told by `due`, as unstaffed: not twice."""
    call = promised(NOW + 30 * MINUTE, witness="anastasia", short_since=NOW)
    proof = proving.proven(TWO, known(call), NOW)
    assert (proof.short, proof.kept) == ((), ())
    lost = replace(call, short_since=None)
    assert proving.proven(TWO, known(lost, people=away("anastasia", "benedikt")), NOW).short == ()


def test_a_call_whose_grid_is_no_more_is_short_when_its_witness_goes() -> None:
    call = promised(START + 7 * MINUTE, witness="anastasia")
    assert proving.proven(TWO, known(call), NOW).short == ()
    assert proving.proven(TWO, known(call, people=away("anastasia")), NOW).short == ((1001, 1),)


def test_a_ticket_in_other_hands_is_left_for_the_next_look() -> None:
    seen = known(promised(), people=away("anastasia", "benedikt"))
    seen.tickets.clear()
    (decision,) = prove(seen)
    assert decision.effects == (Witnesses(names={(1001, 1): ""}),)


# What waits for a slot


@pytest.mark.parametrize(
    ("ticket", "call", "state"),
    [
        ({}, {}, "offered"),
        ({"priority": 4}, {}, None),
        ({"priority": 4}, {"approved_by": "dominique"}, "offered"),
        ({"status": Status.RESOLVED, "status_category": "done"}, {}, None),
        ({}, {"capability": ""}, None),
        ({}, {"within": NOW}, "expired"),
    ],
)
def test_what_waits_for_a_slot_is_offered_one(
    ticket: dict[str, object], call: dict[str, object], state: str | None
) -> None:
    waits = a_call(requested_by="dominique", **call)
    seen = known(waits, ticket=a_ticket(calls={"1": "requested"}, **ticket))
    seen.schedule = Schedule()
    decisions = prove(seen, waiting=frozenset({1001}))
    assert [saw(one).call.state for one in decisions] == ([state] if state else [])


# Its worst case


def full(days: int) -> tuple[Desk, Snapshot]:
    """Fifty people with one call a day, and each has one."""
    desk, _ = big(50, 1)
    desk = replace(desk, calls=replace(desk.calls, caps={}, per_day=1, per_week=0, horizon=days))
    slots = [at(23 + day, 14 + number // 2 % 3, number % 2 * 30) for day in range(days + 1) for number in range(50)]
    calls = [replace(promised(slot), ticket=2000 + n, witness="") for n, slot in enumerate(slots)]
    return desk, several(*calls)


def test_many_that_wait_for_a_slot_cost_little_more_than_one() -> None:
    """A hundred calls of one kind, a full desk: one board, and each cell is tried once."""
    desk, seen = full(4)
    for number in range(100):
        waits = a_call(ticket=5000 + number, approved_by="x", wishes="mornings", within=at(27, 12) + number * MINUTE)
        seen.tickets[waits.ticket], seen.calls[waits.ticket] = a_ticket(ref=waits.ticket), {1: waits}
    waiting = frozenset(range(5000, 5100))
    proof = proving.proven(desk, seen, NOW)
    began = time.process_time()
    decisions = proving.decided(proof, waiting, desk, seen, minted(), NOW)
    assert time.process_time() - began < 1.0
    assert [one.ticket for one in decisions if one.ticket in waiting] == []
    tries = offering.Tries(world.board(desk, seen, NOW))
    for ref in sorted(waiting):
        asking.retried(seen.calls[ref][1], seen.tickets[ref], desk, seen, NOW, tries)
    (tried,) = tries.tried.values()
    assert 0 < len(tried) <= offering.MOST_TRIED


def test_what_one_call_finds_another_of_its_kind_finds_as_well() -> None:
    seen = several(*(a_call(ticket=1001 + n, priority=n % 2 + 1) for n in range(4)))
    for ref in seen.tickets:
        seen.tickets[ref] = a_ticket(ref=ref, calls={"1": "requested"}, priority=2)
    seen.schedule = Schedule()
    found = [saw(one).call for one in prove(seen, the_desk(), frozenset(seen.tickets))]
    assert {(one.state, len(one.offered)) for one in found} == {("offered", the_desk().calls.offered)}
    assert len(found) == 4


def big(people: int, calls: int) -> tuple[Desk, Snapshot]:
    """So many people who can all do it, with so many calls over a week; half of them away."""
    desk = the_desk()
    names = [f"agent{n}" for n in range(people)]
    staff = {
        f"{name}@desk.example": Agent(
            name=name, full_name=name, address=f"{name}@desk.example", team="network", roles=frozenset({"agent"})
        )
        for name in names
    }
    routing = replace(desk.routing, skills={name: Skills(capabilities={NETWORK: 4}) for name in names})
    desk = replace(
        desk, agents={**staff, "dominique@desk.example": desk.agents["dominique@desk.example"]}, routing=routing
    )
    slots = [at(24 + day, hour, half) for day in range(4) for hour in (9, 10, 11, 14, 15, 16) for half in (0, 30)]
    found = [
        replace(promised(slots[n % len(slots)]), ticket=2000 + n, witness=names[n // len(slots)], priority=1 + n % 3)
        for n in range(calls)
    ]
    seen = several(*found, people=away(*names[: people // 2]))
    seen.people[NORA.address] = NORA
    return desk, seen


def test_a_bad_day_of_a_large_desk_is_looked_at_in_time() -> None:
    """400 calls, 50 people, half of whom are away from now on: one look costs well under the second of a turn, and all
    that follows from a collapse has its end."""
    desk, seen = big(50, 400)
    began = time.process_time()
    proof = proving.proven(desk, seen, NOW)
    looked = time.process_time() - began
    assert len(proof.short) + sum(1 for name in proof.witnesses.values() if name) > 100
    assert looked < 1.0
    desk, seen = big(10, 380)
    proof = proving.proven(desk, seen, NOW)
    assert len(proof.short) > 100
    began = time.process_time()
    decisions = proving.decided(proof, frozenset(), desk, seen, minted(), NOW)
    assert time.process_time() - began < 4.0
    explained = [one for one in decisions if one.ticket is not None and saw(one).mail("call_notice").facts.get("why")]
    assert len(explained) == proving.MOST_EXPLAINED


def test_only_one_person_who_can_everything_is_enough() -> None:
    desk = skilled(anastasia={NETWORK: 2})
    calls = [other(1001 + n, START + n * 30 * MINUTE, witness="anastasia") for n in range(6)]
    assert proving.proven(desk, several(*calls), NOW).short == ()
    more = [*calls, other(1010, START - 60 * MINUTE, witness="")]
    assert len(proving.proven(desk, several(*more), NOW).short) == 1, "six a day"
