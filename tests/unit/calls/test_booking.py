"""A call is booked, moved and cancelled: what becomes of it, of its grant, of others' witnesses, and what is sent.

One file, although long: what one of the three leaves behind is what the others begin with.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.rules import keys
from gateway.rules.calls import booking, world
from gateway.rules.calls.booking import Missed, Reason
from gateway.rules.calls.progress import Progress
from gateway.rules.mails import calls as mails
from scheduling.promise import Board
from store.records import Call, CallState, Grant, GrantState, Invite, Person, Purpose, SendMail
from store.snapshot import Snapshot
from tests.unit.calls.asked import GENERAL, NORA, NOW, a_call, a_ticket, at, booked, knowing, skilled, with_calls

TEN, ELEVEN, TOMORROW = at(23, 11), at(23, 12), at(24, 14)
CAN = {"network-engineering": 4}
TICK = timedelta(seconds=1)


def issued(**changes: Any) -> Grant:
    usual = Grant(hash="h", issued_at=NOW, issued_by="benedikt", expires_at=NOW + timedelta(days=5))
    return replace(usual, **changes)


def offered(*starts: datetime, **changes: Any) -> Call:
    """Nora's call, with these slots shown to her."""
    usual = a_call(
        state=CallState.OFFERED, grant=issued(), offered=tuple(enumerate(starts or (TEN, TOMORROW), 1)), offered_at=NOW,
        language="en",
    )  # fmt: skip
    return replace(usual, **changes)


def standing(start: datetime = TOMORROW, **changes: Any) -> Call:
    """Nora's call, booked."""
    invite = Invite(uid="u@desk.example", attendee=NORA.address, dtstamp=NOW, sequence=2, moved=1, serial=1)
    usual = offered(
        TEN, TOMORROW, state=CallState.BOOKED, cell=start, start=start, end=start + timedelta(minutes=30),
        booked_at=NOW, room="r", witness="benedikt", invites=(invite,),
        grant=issued(state=GrantState.REDEEMED, ended_at=NOW),
    )  # fmt: skip
    return replace(usual, **changes)


def desk(**changes: Any) -> Any:
    """Anastasia and Benedikt can do it, and nobody has to be spared."""
    return replace(with_calls(robust=False, **changes), routing=skilled(anastasia=CAN, benedikt=CAN).routing)


def book(call: Call, number: int = 1, *, others: tuple[Call, ...] = (), now: datetime = NOW, **more: Any) -> Any:
    """What becomes of it when Nora books this number."""
    ticket, known = more.pop("ticket", a_ticket()), knowing(calls=(call, *others))
    return booking.booked(call, number, ticket, more.pop("desk", desk()), known, now, "7", answers="<m@x.example>")


def sent(found: Progress | Missed) -> list[SendMail]:
    progress = found.progress if isinstance(found, Missed) else found
    ids = iter(range(100))
    return [] if progress is None else list(progress.mails(lambda: f"<{next(ids)}@desk.example>"))


def said(found: Progress | Missed) -> list[tuple[str, str]]:
    """Why each mail is sent."""
    return [(mail.purpose.value, str(mail.facts["variant"])) for mail in sent(found)]


def kinds(found: Progress) -> list[str]:
    return [event.kind for event in found.events]


def test_a_booking_redeems_its_grant_and_invites_its_contact() -> None:
    call = offered()
    found = book(call)
    assert isinstance(found, Progress)
    after = found.call
    assert (found.before, after.state, after.cell, after.start) == (call, "booked", TEN, TEN)
    assert (after.end, after.booked_at) == (TEN + timedelta(minutes=30), NOW)
    assert after.grant == replace(issued(), state="redeemed", ended_at=NOW, redeemed_by="7")
    assert after.witness in ("anastasia", "benedikt")
    uid = keys.mint_uid(bytes(range(32)), "desk.example", 1001, 1, "customer", 0)
    assert after.invites == (Invite(uid=uid, attendee=NORA.address, dtstamp=NOW),)
    assert after.room == keys.mint_room(bytes(range(32)), 1001, 1)
    assert kinds(found) == ["grant-redeemed", "call-booked"]
    [invite] = sent(found)
    assert (invite.purpose, invite.to, invite.in_reply_to) == (Purpose.INVITE, NORA, "<m@x.example>")
    assert invite.facts["calendar"]["uid"] == uid


def test_what_is_around_a_call_is_not_shown() -> None:
    """The call begins after its buffer: the slot that was shown is its start, what it takes is the cell."""
    buffered = desk(grid=timedelta(minutes=60), before=timedelta(minutes=10), after=timedelta(minutes=5))
    found = book(offered(at(23, 11, 10)), desk=buffered)
    assert isinstance(found, Progress)
    assert (found.call.cell, found.call.start) == (TEN, at(23, 11, 10))


def test_dtstamp_has_whole_seconds_and_the_serial_is_that_of_their_keys() -> None:
    call, now = offered(), NOW.replace(microsecond=999_999)
    known = knowing(calls=(call,), people={NORA.address: replace(NORA, serial=3)})
    found = booking.booked(call, 1, a_ticket(), desk(), known, now, "7")
    assert isinstance(found, Progress)
    invite = found.call.invites[0]
    assert (invite.dtstamp, invite.serial) == (NOW, 3)
    assert sent(found)[0].serial == 3


def test_others_move_over_and_only_their_witness_changes() -> None:
    """Benedikt alone can do the new one, and has another call that Anastasia can take as well."""
    people = skilled(anastasia={GENERAL: 3}, benedikt={GENERAL: 3, **CAN}).routing
    other = booked(TEN, 1, capability=GENERAL, level=1, witness="benedikt")
    found = book(offered(), others=(other,), desk=replace(desk(), routing=people))
    assert isinstance(found, Progress)
    assert found.call.witness == "benedikt"
    assert found.witnesses == {(1009, 1): "anastasia"}


def test_a_slot_that_is_gone_burns_nothing_and_others_are_shown() -> None:
    taken = tuple(booked(TEN, number, witness=name) for number, name in ((1, "anastasia"), (2, "benedikt")))
    found = book(offered(), others=taken)
    assert isinstance(found, Missed)
    assert found.reason is Reason.TAKEN
    assert "in the way" in found.why
    assert found.progress is not None
    after = found.progress.call
    assert (after.state, after.grant, after.cell) == ("offered", issued(), None)
    assert after.offered[:2] == ((1, TEN), (2, TOMORROW))  # no number is ever another slot's
    assert said(found) == [("offer", "taken")]
    shown = dict(after.offered)
    slots = sent(found)[0].facts["slots"]
    assert slots
    assert all(shown[number] != TEN for number, _ in slots)


def test_nothing_is_free_at_all() -> None:
    nobody = replace(desk(), routing=skilled(anastasia={GENERAL: 3}).routing)
    found = book(offered(), desk=nobody)
    assert isinstance(found, Missed)
    assert said(found) == [("call", "none_free"), ("call_notice", "sought")]
    assert found.progress is not None
    assert found.progress.call == found.progress.before


def test_what_was_robust_when_it_was_shown_must_be_so_when_it_is_booked() -> None:
    """Two can take it, and one of them is promised elsewhere by then: nobody is left to be absent."""
    strict = replace(desk(firm=timedelta(hours=1)), calls=replace(desk().calls, robust=True, firm=timedelta(hours=1)))
    assert isinstance(book(offered(), desk=strict), Progress)
    found = book(offered(), desk=strict, others=(booked(TEN, 1, witness="anastasia"),))
    assert isinstance(found, Missed)
    assert found.reason is Reason.TAKEN


@pytest.mark.parametrize(("minutes", "kept"), [(119, True), (60, True), (59, False), (-1, False)])
def test_what_was_shown_can_be_booked_until_its_agent_is_invited(minutes: int, *, kept: bool) -> None:
    found = book(offered(), now=TEN - timedelta(minutes=minutes))
    assert isinstance(found, Progress) is kept
    if isinstance(found, Missed):
        assert found.reason is Reason.TAKEN


@pytest.mark.parametrize(
    ("call", "reason", "variant"),
    [
        (offered(grant=None), Reason.ENDED, "lapsed"),
        (offered(grant=issued(state=GrantState.REVOKED)), Reason.ENDED, "lapsed"),
        (offered(state=CallState.EXPIRED, grant=issued(state=GrantState.EXPIRED)), Reason.ENDED, "lapsed"),
        (standing(state=CallState.CANCELLED), Reason.ENDED, "lapsed"),
        (standing(state=CallState.COMPLETED), Reason.ENDED, "lapsed"),
    ],
)
def test_a_grant_that_has_ended_books_nothing(call: Call, reason: Reason, variant: str) -> None:
    found = book(call)
    assert isinstance(found, Missed)
    assert found.reason is reason
    assert said(found) == [("call", variant)]
    assert found.progress is not None
    assert found.progress.call == call


@pytest.mark.parametrize("word", ["book", "others"])
def test_an_offer_whose_time_is_over_ends_with_the_word_that_comes_too_late(word: str) -> None:
    """Its timer finds nothing left to say: its contact hears of it once."""
    call, known = offered(grant=issued(expires_at=NOW)), knowing(calls=(offered(),))
    found = book(call) if word == "book" else booking.others(call, "later", a_ticket(), desk(), known, NOW, "7")
    assert isinstance(found, Missed)
    assert found.reason is Reason.LAPSED
    assert found.progress is not None
    assert (said(found), kinds(found.progress)) == ([("call", "lapsed")], ["grant-expired", "call-lapsed"])
    after = found.progress.call
    assert (after.state, after.ended_at) == ("expired", NOW)
    assert after.grant == issued(expires_at=NOW, state=GrantState.EXPIRED, ended_at=NOW)


@pytest.mark.parametrize(("left", "variant"), [(booking.READING, "taken"), (booking.READING - TICK, "lapsed")])
def test_no_slots_are_shown_that_nobody_could_take_any_more(left: timedelta, variant: str) -> None:
    late = TEN - timedelta(minutes=30)  # their slot begins too soon to be booked
    found = book(offered(grant=issued(expires_at=late + left)), now=late)
    assert isinstance(found, Missed)
    assert found.progress is not None
    assert said(found)[0][1] == variant
    assert found.progress.call.state == ("offered" if variant == "taken" else "expired")


def test_its_contact_cannot_cancel_what_has_begun() -> None:
    call = standing()
    for state in (CallState.BOOKED, CallState.LIVE, CallState.WAITING):
        with pytest.raises(AssertionError):
            cancelled(replace(call, state=state), now=TOMORROW)
    assert cancelled(call, now=TOMORROW - TICK).call.state == "cancelled"


def test_nobody_is_in_two_calls_at_once() -> None:
    """Their other call may be of another ticket, for another capability, and begin a little later."""
    other = standing(TEN, ticket=1002, invites=())
    for start in (TEN, TEN - timedelta(minutes=15), TEN + timedelta(minutes=15)):
        meets = replace(other, start=start, end=start + timedelta(minutes=30))
        found = book(offered(), others=(meets,))
        assert isinstance(found, Missed)
        assert (found.reason, found.why) == (Reason.TAKEN, "its contact has another call then")
        [offer] = sent(found)
        times = [datetime.fromisoformat(shown) for _, shown in offer.facts["slots"]]
        assert times
        assert not any(one < meets.end and meets.start < one + timedelta(minutes=30) for one in times)
        mine = standing()
        known = knowing(calls=(mine, meets))
        moved_ = booking.moved(mine, TEN, a_ticket(), desk(), known, NOW, "benedikt", "7")
        assert isinstance(moved_, Missed)
        assert moved_.why == "its contact has another call then"
    touching = replace(other, start=TEN + timedelta(minutes=30), end=TEN + timedelta(hours=1))
    assert isinstance(book(offered(), others=(touching,)), Progress)
    somebody = replace(other, contact="kim@contoso.example")
    assert isinstance(book(offered(), others=(somebody,)), Progress)


def test_the_queue_is_asked_again() -> None:
    """What was urgent when it was offered and is not any more gets no call, unless a lead has given their word."""
    calm = a_ticket(priority=4)
    found = book(offered(), ticket=calm)
    assert isinstance(found, Missed)
    assert (found.reason, said(found)) == (Reason.ENDED, [("call", "lapsed")])
    assert isinstance(book(offered(approved_by="dominique"), ticket=calm), Progress)
    assert isinstance(book(offered(approved_by="dominique"), ticket=a_ticket(status_category="done")), Missed)


def test_a_number_that_was_never_shown() -> None:
    found = book(offered(), 9)
    assert isinstance(found, Missed)
    assert (found.reason, said(found)) == (Reason.UNKNOWN, [("offer", "others")])


def test_the_same_number_again_changes_nothing() -> None:
    found = book(standing(TEN))
    assert isinstance(found, Missed)
    assert (found.reason, said(found)) == (Reason.STANDS, [("call", "stands")])
    assert found.progress is not None
    assert found.progress.call == found.progress.before


def test_another_number_moves_the_call() -> None:
    call = standing(reminded_at=NOW, passed=("charlotte",), wishes="mornings")
    found = book(call)
    assert isinstance(found, Progress)
    after = found.call
    [invite] = after.invites
    assert (invite.uid, invite.sequence, invite.moved) == ("u@desk.example", 3, 3)
    assert (invite.dtstamp, invite.partstat) == (NOW + timedelta(seconds=1), "NEEDS-ACTION")
    assert (after.cell, after.state, after.moves, after.room) == (TEN, "booked", 1, "r")
    assert (after.reminded_at, after.passed, after.wishes, after.grant) == (None, (), "", call.grant)
    assert (kinds(found), found.proves) == (["call-moved"], True)
    assert said(found) == [("invite", "moved")]


def test_a_call_gives_way_to_itself() -> None:
    """The only one who can take it has it already: they are free for it at another time on the same day, whose last
    call it is."""
    once = replace(
        with_calls(robust=False, per_day=1, per_week=1), routing=skilled(benedikt=CAN).routing
    )  # fmt: skip
    found = book(standing(at(23, 15)), desk=once)
    assert isinstance(found, Progress)
    assert found.call.witness == "benedikt"


def test_whoever_was_invited_to_take_it_is_stood_down() -> None:
    agents = Invite(uid="a@desk.example", kind="agent", attendee="benedikt@desk.example", dtstamp=NOW)
    call = standing(state=CallState.ASSIGNED, assigned="benedikt", assigned_at=NOW)
    call = replace(call, invites=(*call.invites, agents))
    found = book(call)
    assert isinstance(found, Progress)
    after = found.call
    assert (after.state, after.assigned) == ("booked", "")
    assert said(found) == [("invite", "moved"), ("stand_down", "moved")]
    assert sent(found)[1].facts["start"] == sent(found)[1].facts["calendar"]["start"] != sent(found)[0].facts["start"]
    invite = after.invite("agent")
    assert invite is not None
    assert invite.cancelled


def test_a_customer_moves_so_often_and_not_too_late_and_we_may_until_it_begins() -> None:
    known, ticket = knowing(calls=(standing(),)), a_ticket()

    def moved(by: str, now: datetime = NOW, **changes: Any) -> Progress | Missed:
        return booking.moved(standing(**changes), ELEVEN, ticket, desk(), known, now, by, "7")

    assert isinstance(moved(NORA.address, moves=2), Progress)
    often = moved(NORA.address, moves=3)
    assert isinstance(often, Missed)
    assert (often.reason, said(often)) == (Reason.NO_MORE_MOVES, [("call", "no_more_moves")])
    ours = moved("dominique", moves=3)
    assert isinstance(ours, Progress)
    assert ours.call.moves == 3  # only theirs are counted

    soon = {"start": TOMORROW, "now": TOMORROW - timedelta(minutes=59)}
    target = at(25, 11)
    late = booking.moved(standing(), target, ticket, desk(), known, soon["now"], NORA.address, "7")
    assert isinstance(late, Missed)
    assert (late.reason, said(late)) == (Reason.TOO_LATE, [("call", "too_late")])
    assert isinstance(booking.moved(standing(), target, ticket, desk(), known, soon["now"], "dominique", "7"), Progress)
    assert isinstance(booking.moved(standing(), target, ticket, desk(), known, TOMORROW, "dominique", "7"), Missed)
    live = booking.moved(standing(state=CallState.LIVE), target, ticket, desk(), known, NOW, "dominique", "7")
    assert isinstance(live, Missed)


def test_a_move_to_a_slot_that_is_gone_leaves_the_call_where_it_is() -> None:
    taken = tuple(booked(TEN, number, witness=name) for number, name in ((1, "anastasia"), (2, "benedikt")))
    found = book(standing(), others=taken)
    assert isinstance(found, Missed)
    assert (found.reason, said(found)) == (Reason.TAKEN, [("offer", "taken")])
    assert found.progress is not None
    after = found.progress.call
    assert (after.cell, after.state, after.moves, after.invites) == (TOMORROW, "booked", 0, standing().invites)


def cancelled(call: Call, by: str = NORA.address, why: str = mails.BY_CUSTOMER, **more: Any) -> Progress:
    known, now = knowing(calls=(call, *more.pop("others", ()))), more.pop("now", NOW)
    return booking.cancelled(call, a_ticket(), desk(), known, now, by, why, "7", **more)


def test_a_promised_call_is_taken_out_of_the_calendar() -> None:
    found = cancelled(standing())
    after = found.call
    [invite] = after.invites
    assert (invite.sequence, invite.cancelled, invite.dtstamp) == (3, True, NOW + timedelta(seconds=1))
    assert (after.state, after.ended_at, after.witness, after.start) == ("cancelled", NOW, "", TOMORROW)
    assert after.grant == standing().grant  # none comes back: a new one is a decision of the queue
    assert (kinds(found), found.proves) == (["call-cancelled"], True)
    assert said(found) == [("uninvite", "customer")]
    assert sent(found)[0].facts["calendar"]["method"] == "CANCEL"


def test_a_cancel_frees_who_had_no_place() -> None:
    """Of three in one hour two can be kept: the third has a witness again once one is off."""
    first, second = (booked(TOMORROW, n, witness=name) for n, name in ((1, "anastasia"), (2, "")))
    found = cancelled(standing(), others=(first, second))
    assert found.witnesses == {(1009, 2): "benedikt"}


def test_a_reason_of_ours_is_read_by_the_customer() -> None:
    found = cancelled(standing(), "dominique", mails.BY_DESK, because="the router is on its way")
    assert sent(found)[0].facts["because"] == "the router is on its way"
    assert found.events[0].actor == "dominique"


@pytest.mark.parametrize(
    ("call", "mails_", "told"),
    [
        (offered(), [("call", "withdrawn")], ["grant-revoked", "call-cancelled"]),
        (a_call(state=CallState.REQUESTED, requested_by=NORA.address), [("call", "withdrawn")], ["call-cancelled"]),
        (a_call(state=CallState.APPROVAL), [], ["call-cancelled"]),
    ],
)
def test_what_was_not_promised_is_given_up(call: Call, mails_: list[tuple[str, str]], told: list[str]) -> None:
    """Whoever never heard of a call hears nothing of its end."""
    found = cancelled(call)
    assert (said(found), kinds(found), found.call.state) == (mails_, told, "cancelled")
    assert found.call.grant is None or found.call.grant.state == GrantState.REVOKED
    assert not found.call.invites


def test_what_lapses_is_told_to_nobody_here() -> None:
    found = booking.ended(offered(), a_ticket(), CallState.EXPIRED, "in vain", desk(), NOW)
    assert (found.call.state, found.call.grant) == ("expired", issued(state=GrantState.EXPIRED, ended_at=NOW))
    assert (kinds(found), sent(found), found.call.ended_at) == (["grant-expired", "call-lapsed"], [], NOW)
    refused = booking.ended(
        a_call(state=CallState.APPROVAL), a_ticket(), CallState.REFUSED, "no", desk(), NOW, "dominique"
    )
    assert kinds(refused) == ["call-refused"]


def others(call: Call, wish: str = "mornings please") -> Progress | Missed:
    return booking.others(call, wish, a_ticket(), desk(), knowing(calls=(call,)), NOW, "7")


def test_none_suits_and_others_are_shown_so_often() -> None:
    call = offered(at(24, 15), at(25, 15))
    for count in (1, 2, 3):
        found = others(call)
        assert isinstance(found, Progress)
        assert (said(found), len(found.call.wishes.splitlines())) == ([("offer", "others")], count)
        assert kinds(found) == ["call-none-suits", "call-offered"]
        assert found.before == call
        call = found.call
    slots = [datetime.fromisoformat(start) for _, start in sent(found)[0].facts["slots"]]
    assert slots
    assert all(slot.astimezone(UTC).hour < 11 for slot in slots)
    enough = others(call)
    assert isinstance(enough, Missed)
    assert (enough.reason, said(enough)) == (Reason.NO_MORE_ROUNDS, [("call", "wished")])
    assert enough.progress is not None
    again = others(enough.progress.call)
    assert isinstance(again, Missed)
    assert said(again) == []  # they were told, and a person is


def test_other_times_for_a_call_that_is_booked() -> None:
    found = others(standing())
    assert isinstance(found, Progress)
    assert (found.call.state, found.call.cell, said(found)) == ("booked", TOMORROW, [("offer", "others")])
    stays = others(standing(moves=3))
    assert isinstance(stays, Missed)
    assert stays.reason is Reason.NO_MORE_MOVES


def test_other_times_of_an_offer_that_has_lapsed() -> None:
    found = others(offered(grant=issued(expires_at=NOW)))
    assert isinstance(found, Missed)
    assert (found.reason, said(found)) == (Reason.LAPSED, [("call", "lapsed")])


def test_what_stands_in_two_lines_is_two_wishes() -> None:
    """A greeting is no time of the day for the day below it."""
    found = others(offered(at(24, 15)), "Good morning\nThursday from 14:00\nnot at 15:00")
    assert isinstance(found, Progress)
    new = [start for number, start in found.call.offered if number > 1]
    assert new
    assert {(start.weekday(), start.hour + 1) for start in new} <= {(3, 14), (3, 16)}
    assert found.call.wishes == "Good morning Thursday from 14:00 not at 15:00"


def test_a_wish_of_any_length_is_one_short_line() -> None:
    found = others(offered(), "mornings\n\nplease " * 1_000)
    assert isinstance(found, Progress)
    assert len(found.call.wishes) <= booking.MOST_WISH
    assert "\n" not in found.call.wishes


def test_a_contact_without_a_name_is_written_to() -> None:
    call = offered()
    known = Snapshot(tickets={1001: a_ticket()}, calls={1001: {1: call}}, schedule=knowing(calls=(call,)).schedule)
    found = booking.booked(call, 1, a_ticket(), desk(), known, NOW, "7")
    assert isinstance(found, Progress)
    assert sent(found)[0].to == Person(address=NORA.address)


def test_the_witness_that_is_written_keeps_every_promise() -> None:
    """Whatever is booked in a row: the witnesses as they were written hold on a board that is built anew."""
    calls: list[Call] = []
    people = replace(
        desk(), routing=skilled(anastasia={GENERAL: 3, **CAN}, benedikt=CAN, charlotte={GENERAL: 3}).routing
    )
    for number in range(1, 8):
        general = {"capability": GENERAL, "level": 1} if number % 2 else {}
        call = offered(TEN, ELEVEN, ticket=1100 + number, contact=f"n{number}@northwind.example", **general)
        known = knowing(a_ticket(ref=call.ticket), calls=(*calls, call))
        for slot in (1, 2):
            found = booking.booked(call, slot, a_ticket(ref=call.ticket), people, known, NOW, "7")
            if isinstance(found, Progress):
                calls = [replace(one, witness=found.witnesses.get(one.key, one.witness)) for one in calls]
                calls.append(found.call)
                break
    names = {(one.cell, one.witness) for one in calls}
    assert len(names) == len(calls) >= 5
    promised = [world.promise(one, people) for one in calls]
    board = Board(
        world.workers(people, knowing(calls=calls), NOW), promised, {world.name(c.key): c.witness for c in calls}
    )
    assert board.lost == ()
    assert dict(board.witness) == {world.name(one.key): one.witness for one in calls}
