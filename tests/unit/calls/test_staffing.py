"""Who takes a call, who cannot, and what becomes of it when they say so; and what whoever takes it must know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.calls import staffing, world
from gateway.rules.calls.briefing import facts
from gateway.rules.calls.progress import Mails
from gateway.rules.desk import Agent, Desk
from gateway.rules.policy.notices import AWAY, Quiet
from scheduling.slots import cells
from store.records import Busy, Call, CallState, Direction, Message, Person, Role, SendMail
from tests.unit.calls.asked import NETWORK, NORA, NOW, at, booked, knowing, skilled, the_desk
from tests.unit.calls.staffed import ACK, FREEZE, START, TWO, assigned, known, minted, of, promised

MINUTE = timedelta(minutes=1)
BENEDIKT, ANASTASIA = "benedikt@desk.example", "anastasia@desk.example"


def agent(name: str, desk: Desk = TWO) -> Agent:
    found = desk.agent_named(name)
    assert found is not None
    return found


def sent(mails: Mails) -> list[SendMail]:
    return list(mails(minted()))


# Let go


def test_who_had_it_gets_the_cancellation_of_their_own_entry() -> None:
    call, stood_down = staffing.released(assigned(passed=("benedikt",)), of(assigned()), TWO, ACK, "moved", "o")
    assert (call.state, call.assigned, call.acked_at, call.passed) == ("booked", "", None, ())
    (mail,) = sent(stood_down)
    entry = mail.facts["calendar"]
    assert (mail.to.address, entry["method"], entry["sequence"]) == (ANASTASIA, "CANCEL", 1)
    theirs = call.invite("agent")
    assert theirs is not None
    assert (theirs.cancelled, theirs.dtstamp > FREEZE) == (True, True)
    assert call.invite() == promised().invite()


def test_whose_address_has_changed_is_stood_down_by_the_entry_that_they_have() -> None:
    call = assigned()
    old = replace(call.invites[-1], attendee="ana@old.example")
    free, stood_down = staffing.released(
        replace(call, invites=(*call.invites[:-1], old)), of(call), TWO, ACK, "moved", "o"
    )  # fmt: skip
    (mail,) = sent(stood_down)
    assert (mail.to.address, mail.facts["calendar"]["uid"]) == (ANASTASIA, old.uid)
    theirs = free.invite("agent")
    assert theirs is not None
    assert theirs.cancelled


def test_a_call_that_nobody_has_lets_go_of_nobody() -> None:
    call, stood_down = staffing.released(promised(), of(promised()), TWO, ACK, "moved", "o")
    assert (call, sent(stood_down)) == (promised(), [])


def test_dtstamp_rises_within_a_second() -> None:
    once, _ = staffing.released(assigned(since=ACK), of(assigned()), TWO, ACK, "moved", "o")
    theirs = once.invite("agent")
    assert theirs is not None
    assert theirs.dtstamp == ACK + timedelta(seconds=1)


def test_who_is_asked_again_has_an_entry_of_its_own() -> None:
    """A UID that was cancelled is not used again."""
    call, _ = staffing.released(assigned(), of(assigned()), TWO, ACK, "moved", "o")
    again, mails = staffing.invited(call, of(call), agent("anastasia"), TWO, known(call), ACK, "o")
    uids = [one.uid for one in again.invites if one.kind == "agent"]
    assert len(uids) == len(set(uids)) == 2
    (mail,) = sent(mails)
    assert mail.facts["calendar"]["uid"] == uids[-1]


# Who can


@pytest.mark.parametrize(
    ("call", "name", "expected"),
    [
        (promised(), "anastasia", ""),
        (promised(), "benedikt", ""),
        (promised(level=3), "anastasia", f"cannot do {NETWORK} at level 3"),
        (promised(capability="general"), "benedikt", "cannot do general at level 2"),
        (promised(at(24, 18)), "anastasia", "is not there then"),
        (promised(at(28, 14)), "anastasia", "is not there then"),
    ],
)
def test_what_hinders_somebody(call: Call, name: str, expected: str) -> None:
    assert staffing.hindrance(call, agent(name), TWO, known(call), NOW) == expected


def test_who_is_away_or_busy_is_hindered_but_not_by_the_call_itself() -> None:
    call = promised()
    away = {ANASTASIA: Person(address=ANASTASIA, away_until=START + MINUTE)}
    assert staffing.hindrance(call, agent("anastasia"), TWO, known(call, people=away), NOW) == "is not there then"
    assert call.end is not None
    for start, end, expected in (
        (START + 20 * MINUTE, START + 60 * MINUTE, "is not there then"),
        (START, call.end, ""),  # what they accepted stands in their calendar
        (call.end, call.end + 30 * MINUTE, ""),
    ):
        busy = Busy(name="anastasia", start=start, end=end)
        seen = known(call)
        assert seen.schedule is not None
        seen.schedule = replace(seen.schedule, busy=(busy,))
        assert staffing.hindrance(call, agent("anastasia"), TWO, seen, NOW) == expected
        assert staffing.hindrance(call, agent("benedikt"), TWO, seen, NOW) == ""
    assert staffing.hindrance(call, None, TWO, known(call), NOW) == "is of the staff no more"


def test_the_one_who_knows_the_ticket_is_chosen_of_two_alike() -> None:
    desk = skilled(anastasia={NETWORK: 2}, benedikt={NETWORK: 2})
    call, board = promised(), None
    for name, expected in (("", "anastasia"), ("benedikt", "benedikt")):
        seen = known(call, ticket=of(call, assignee=name))
        board = world.board(desk, seen, FREEZE)
        found = staffing.chosen(board, call, seen.tickets[1001], desk, seen, FREEZE)
        assert found is not None
        assert found.name == expected
        assert board.promises["1001-1"].pinned == expected
    wrote = Message(
        at=NOW, direction=Direction.OUT, role=Role.AGENT, from_address=BENEDIKT, text="We look into it.", message_id=""
    )
    assert staffing.familiar(of(call), desk, known(call, recent={1001: [wrote]})) == {"benedikt"}


def test_a_cell_of_an_older_grid_stays_with_who_it_was_promised_by() -> None:
    start = START + 7 * MINUTE
    assert not world.is_cell(start, TWO)
    assert start not in cells(TWO.zone, TWO.calls.grid, START - 60 * MINUTE, START + 60 * MINUTE)
    call = promised(start)
    seen = known(call)
    found = staffing.chosen(world.board(TWO, seen, FREEZE), call, of(call), TWO, seen, FREEZE)
    assert found is not None
    assert found.name == "anastasia"
    for changed in (replace(call, witness=""), replace(call, passed=("anastasia",))):
        seen = known(changed)
        assert staffing.chosen(world.board(TWO, seen, FREEZE), changed, of(call), TWO, seen, FREEZE) is None


def test_what_would_help_is_what_helps() -> None:
    """One person, two calls at once: the other call at another time, or the other person there."""
    desk = skilled(anastasia={NETWORK: 2}, benedikt={NETWORK: 4})
    away = {BENEDIKT: Person(address=BENEDIKT, away_until=START + timedelta(days=2))}
    call, other = promised(), booked(START, 3, witness="anastasia", priority=1)
    seen = known(call, other, people=away)
    found = staffing.obstacles(call, world.board(desk, seen, NOW), seen)
    assert found["helps"] == ["benedikt being there then", "another time for call 1009-3"]
    assert found["why"] == ["able: anastasia and benedikt; free then: anastasia; in the way: 1009-3 needs anastasia"]


# What whoever was invited says


def test_acknowledged_once_and_by_whom_it_is() -> None:
    call = assigned()
    found = staffing.acknowledged(call, of(call), agent("anastasia"), TWO, known(call), ACK, "o")
    assert (found.call.acked_at, found.call.state) == (ACK, "assigned")
    assert [event.kind for event in found.events] == ["call-acknowledged"]
    again = staffing.acknowledged(found.call, of(call), agent("anastasia"), TWO, known(call), ACK, "o")
    assert (again.call, again.events, sent(again.mails)) == (found.call, (), [])
    theirs = staffing.acknowledged(call, of(call), agent("benedikt"), TWO, known(call), ACK, "o")
    assert theirs.call == call
    assert staffing.barred(call, agent("benedikt"), TWO, ACK) == "anastasia was asked to take the call"
    assert staffing.barred(found.call, agent("benedikt"), TWO, ACK) == "anastasia has the call"
    assert staffing.barred(replace(call, state=CallState.COMPLETED), agent("anastasia"), TWO, ACK)


def test_who_says_so_late_begins_it() -> None:
    call = assigned(state=CallState.WAITING)
    found = staffing.acknowledged(call, of(call), agent("anastasia"), TWO, known(call), START + MINUTE, "o")
    assert found.call.state == "live"
    assert [event.kind for event in found.events] == ["call-acknowledged", "call-started"]


@pytest.mark.parametrize(("name", "takes"), [("benedikt", True), ("dominique", True), ("charlotte", False)])
def test_what_nobody_has_may_be_taken_by_who_can_and_by_leads(name: str, takes: bool) -> None:
    call = promised(short_since=FREEZE, passed=("benedikt",))
    found = staffing.acknowledged(call, of(call), agent(name), TWO, known(call), ACK, "o")
    assert (found.call != call) == takes
    if takes:
        assert [event.kind for event in found.events] == ["call-invited", "call-acknowledged", "call-kept"]
        assert [mail.purpose.value for mail in sent(found.mails)] == ["brief"]
    early = promised()
    assert staffing.barred(early, agent(name), TWO, FREEZE - MINUTE)


def test_passed_by_whom_it_is_and_before_it_begins() -> None:
    call = assigned(acked_at=FREEZE)
    found = staffing.passed(call, of(call), agent("anastasia"), TWO, known(call), ACK, "ill", "o")
    assert (found.call.state, found.call.assigned, found.call.passed) == ("booked", "", ("anastasia",))
    assert found.events[0].detail == {"call": "1001-1", "agent": "anastasia", "because": "ill"}
    assert [mail.to.address for mail in sent(found.mails)] == [ANASTASIA]
    for other in (promised(), replace(call, state=CallState.LIVE), assigned("benedikt")):
        unchanged = staffing.passed(other, of(other), agent("anastasia"), TWO, known(other), ACK, "ill", "o")
        assert (unchanged.call, unchanged.events) == (other, ())


def test_who_has_no_access_any_more_gets_no_mail() -> None:
    gone = TWO.without({ANASTASIA})
    found = staffing.left(assigned(), of(assigned()), "anastasia", gone, ACK, "away", "gone", "system", "o")
    assert sent(found.mails) == []
    theirs = found.call.invite("agent")
    assert theirs is not None
    assert theirs.cancelled
    nobody = staffing.left(assigned("zoe"), of(assigned()), "zoe", TWO, ACK, "away", "gone", "system", "o")
    assert (nobody.call.assigned, sent(nobody.mails)) == ("", [])


# Who hears of it


def test_leads_hear_of_it_however_they_want_to_hear_unless_they_are_away() -> None:
    desk = the_desk()
    assert [one.name for one in staffing.leads(desk, of(promised()))] == ["dominique"]
    digest = replace(desk, quiet={"dominique@desk.example": Quiet(way="digest")})
    assert [one.name for one in staffing.leads(digest, of(promised()))] == ["dominique"]
    away = replace(desk, quiet={"dominique@desk.example": Quiet(way=AWAY)})
    assert [one.name for one in staffing.leads(away, of(promised()))] == ["dominique"], "nobody else leads"
    two = replace(
        away,
        agents={**away.agents, "eva@desk.example": replace(agent("dominique"), name="eva", address="eva@desk.example")},
    )
    assert [one.name for one in staffing.leads(two, of(promised()))] == ["eva"]
    none = replace(
        desk, agents={address: one for address, one in desk.agents.items() if "lead" not in one.roles}
    )  # fmt: skip
    assert [one.name for one in staffing.leads(none, of(promised()))] == ["benedikt"]


def test_who_asked_and_whose_ticket_it_is_follow_it() -> None:
    call = promised(requested_by="samantha")
    found = staffing.followers(call, of(call, assignee="benedikt"), TWO, "samantha")
    assert [one.name for one in found] == ["benedikt"]
    own = staffing.followers(promised(requested_by="benedikt"), of(call, assignee="benedikt"), TWO, "nora")
    assert [one.name for one in own] == ["benedikt"]
    assert staffing.followers(promised(requested_by=NORA.address), of(call), TWO, "") == ()


# The brief


def message(direction: Direction, text: str, role: Role = Role.CUSTOMER, name: str = "Nora Wind") -> Message:
    return Message(
        at=NOW, direction=direction, role=role, from_name=name, from_address="a@b.example", text=text, message_id=""
    )


def test_the_brief_has_what_was_said_and_what_was_tried_apart() -> None:
    recent = [
        message(Direction.IN, "The router is down."),
        message(Direction.NOTE, "Restarted it.", Role.AGENT, "Anastasia Winter"),
        message(Direction.OUT, "We look into it.", Role.AGENT, "Anastasia Winter"),
        message(Direction.OUT, "An automatic word.", Role.SYSTEM, ""),
        message(Direction.IN, "Still down. " * 500),
    ]
    call = assigned()
    found = facts(call, of(call), TWO, knowing(of(call), (call,), recent={1001: recent}))
    assert found["problem"] == "The router is down."
    assert found["tried"] == ["Anastasia Winter: Restarted it."]
    assert [entry["text"][:11] for entry in found["entries"]] == ["We look int", "Still down."]
    assert max(len(entry["text"]) for entry in found["entries"]) <= 1_500
    assert found["until"] == "2026-11-24T12:40:00Z"


def test_a_brief_of_a_long_history_is_bounded() -> None:
    recent = [message(Direction.NOTE if n % 2 else Direction.IN, "word " * 5_000) for n in range(40)]
    call = assigned()
    found = facts(call, of(call), TWO, knowing(of(call), (call,), recent={1001: recent}))
    assert len(repr(found)) < 25_000
