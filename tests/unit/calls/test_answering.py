"""What calendars answer to an invite: each row of the organizer's table (scheduling 2.3), and what real programs send
instead of it. One file, although long: it is that table, row by row."""

from __future__ import annotations

import time
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.rules.calls import answering
from gateway.rules.calls.carried import LARGEST, carried
from gateway.rules.case import answering as named_by
from parsing.message import Invitation, Kind, ParsedMail
from store.records import CallState, Invite, Person, Role, Trust
from tests.unit.calls.answers import (
    AGENTS_UID,
    ANASTASIA,
    BOB,
    FREE,
    NORA,
    NOW,
    START,
    SUPPORT,
    UID,
    Answers,
    event,
    says,
    stamped,
    the_desk,
)

BENEDIKT = "benedikt@desk.example"
SEQUENCE_2 = {"sequence": 2, "moved": 2, "dtstamp": NOW}


@pytest.fixture(scope="module")
def desk():
    return the_desk()


@pytest.fixture
def answers(desk) -> Answers:
    return Answers(desk)


# The rows of the table


def test_accepted_is_noted_and_nobody_is_written_to(answers: Answers) -> None:
    heard = answers.say(event(), to=answers.key())
    assert (heard.verdict, heard.mails) == ("calendar-reply", [])
    assert (heard.entry.partstat, heard.entry.reply_sequence, heard.entry.sequence) == ("ACCEPTED", 0, 0)
    assert heard.event() == {"call": "1001-1", "partstat": "ACCEPTED", "sequence": 0}
    assert heard.saved is not None and heard.saved.state == CallState.BOOKED


def test_tentative_keeps_the_slot_and_is_marked(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("TENTATIVE")), to=answers.key())
    assert (heard.entry.partstat, heard.mails) == ("TENTATIVE", [])
    assert heard.saved is not None and heard.saved.cell == START


def test_declined_with_proof_cancels_the_call_and_leaves_the_ticket_open(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("DECLINED")), to=answers.key())
    assert heard.saved is not None and heard.saved.state == CallState.CANCELLED
    assert (heard.entry.sequence, heard.entry.cancelled) == (1, True)
    [off] = heard.outside
    assert (off.purpose.value, off.facts["calendar"]["method"], off.facts["calendar"]["sequence"]) == (
        "uninvite", "CANCEL", 1,
    )  # fmt: skip
    assert heard.events[:2] == ["call-answered", "call-cancelled"]
    ticket = answers.known.tickets[1001]
    assert not ticket.is_done and ticket.calls == {} and ticket.blocked_on == ""
    assert heard.told == [] and heard.decided == [
        "Nora Wind declined the call at Tue 24 Nov 2026, 11:00 (Berlin): it is cancelled"
    ]  # fmt: skip


def test_declined_by_a_secret_address_alone_is_asked_about_first(answers: Answers) -> None:
    mail = answers.mail(event(ATTENDEE=says("DECLINED")), to=answers.key(), proven=False)
    heard = answers.hear(mail)
    assert (heard.verdict, heard.mails, heard.saved) == ("held-command", [("consent", NORA)], None)
    assert heard.outside[0].facts["wish"] == "cancel"
    again = answers.hear(mail, confirmed=True)
    assert again.saved is not None and again.saved.state == CallState.CANCELLED
    assert again.mails[0] == ("uninvite", NORA)


def test_a_question_is_asked_once(answers: Answers) -> None:
    mail = answers.mail(event(ATTENDEE=says("DECLINED")), to=answers.key(), proven=False)
    first = answers.hear(mail)
    entry = replace(mail.entry, previous=first.decision.verdict)
    assert answers.hear(replace(mail, entry=entry)).mails == []


def test_delegated_adds_nobody_and_asks_the_contact(answers: Answers) -> None:
    delegated = says("DELEGATED", **{"DELEGATED-TO": f'"mailto:{BOB}"'})
    heard = answers.say(event(ATTENDEE=delegated), to=answers.key())
    assert heard.saved is not None and len(heard.saved.invites) == 1
    assert heard.saved.contact == NORA and heard.saved.state == CallState.BOOKED
    [asks] = heard.outside
    assert (asks.purpose.value, asks.to.address, asks.facts["variant"]) == ("call", NORA, "delegate")
    assert heard.events[0] == "call-delegated" and heard.event("call-delegated")["to"] == BOB
    assert "nobody is let in" in heard.decided[0]


def test_a_party_crasher_is_kept_as_a_note_and_hears_nothing(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("ACCEPTED", BOB)), BOB, to=answers.key())
    assert (heard.verdict, heard.outside, heard.saved) == ("calendar-reply", [], None)
    assert heard.message.direction.value == "note"
    assert heard.event()["ignored"] == f"{BOB} was not invited"
    assert heard.told and "was not invited" in heard.told[0]
    assert BOB not in answers.known.participants[1001]


def test_a_stranger_who_knows_the_uid_alone_is_a_note(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("DECLINED", BOB)), BOB)
    assert (heard.decision.ticket, heard.saved, heard.outside) == (1001, None, [])


def test_a_counter_that_can_be_promised_moves_the_call(answers: Answers) -> None:
    heard = answers.say(event("COUNTER", DTSTART=stamped(FREE), ATTENDEE=says("TENTATIVE")), to=answers.key())
    assert heard.saved is not None and heard.saved.start == FREE and heard.saved.moves == 1
    assert (heard.entry.uid, heard.entry.sequence, heard.entry.moved) == (UID, 1, 1)
    assert (heard.entry.partstat, heard.entry.reply_sequence) == ("NEEDS-ACTION", 0)
    [invite] = heard.outside
    assert invite.facts["calendar"]["method"] == "REQUEST" and invite.facts["calendar"]["sequence"] == 1
    assert heard.events[:2] == ["call-answered", "call-moved"]


def test_a_counter_that_cannot_be_promised_is_declined_with_the_nearest_slots(answers: Answers) -> None:
    sunday = stamped(FREE + timedelta(days=4))
    heard = answers.say(event("COUNTER", DTSTART=sunday, ATTENDEE=""), to=answers.key())
    assert heard.saved is not None and heard.saved.start == START and heard.entry.sequence == 0
    [offer] = heard.outside
    assert (offer.purpose.value, offer.facts["variant"]) == ("offer", "countered")
    assert (offer.facts["calendar"]["method"], offer.facts["calendar"]["sequence"]) == ("DECLINECOUNTER", 0)
    shown = [start for _, start in offer.facts["slots"]]
    assert len(shown) == 3 and all(at.startswith(("2026-11-27", "2026-11-30")) for at in shown)
    assert {start for _, start in heard.saved.offered} >= {START}
    assert heard.entry.dtstamp > answers.now - timedelta(seconds=1)


@pytest.mark.parametrize("minutes", [10, 15])
def test_a_counter_beside_the_grid_is_not_rounded_for_them(answers: Answers, minutes: int) -> None:
    proposed = stamped(FREE + timedelta(minutes=minutes))
    heard = answers.say(event("COUNTER", DTSTART=proposed, ATTENDEE=""), to=answers.key())
    assert heard.outside[0].facts["variant"] == "countered"
    nearest = [start for _, start in heard.outside[0].facts["slots"]]
    assert "2026-11-25T10:00:00Z" in nearest


@pytest.mark.parametrize("line", [";VALUE=DATE:20261125", ":20261125T110000"])
def test_a_counter_without_a_zone_is_read_by_their_clock(answers: Answers, line: str) -> None:
    heard = answers.say(event("COUNTER", ATTENDEE="").replace(f":{stamped(START)}", line), to=answers.key())
    if "DATE" in line:  # a day is no hour: nothing is moved, and the slots are of that day
        assert heard.outside[0].facts["variant"] == "countered"
        assert all(start.startswith("2026-11-25T1") for _, start in heard.outside[0].facts["slots"])
    else:
        assert heard.saved is not None and heard.saved.start == FREE


@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
@pytest.mark.parametrize(
    "line",
    [
        ":00010101T000000", ":00010101T000000Z", ";VALUE=DATE:00010101", ":99991231T235900", ":99991231T235900Z",
        ";VALUE=DATE:99991231", ":21991231T100000Z",
    ],
)  # fmt: skip
def test_a_time_at_the_edge_of_all_calendars_is_none(answers: Answers, line: str, method: str) -> None:
    heard = answers.say(event(method).replace(f":{stamped(START)}", line), to=answers.key())
    assert heard.verdict == "calendar-reply"
    assert heard.outside == []
    assert answers.call.start == START


def test_a_counter_by_a_secret_address_alone_is_asked_about_where_it_would_move_the_call(answers: Answers) -> None:
    counter = event("COUNTER", DTSTART=stamped(FREE), ATTENDEE="")
    mail = answers.mail(counter, to=answers.key(), proven=False)
    heard = answers.hear(mail)
    assert (heard.verdict, heard.mails) == ("held-command", [("consent", NORA)])
    assert (heard.outside[0].facts["wish"], heard.outside[0].facts["start"]) == ("move", "2026-11-25T10:00:00Z")
    moved = answers.hear(mail, confirmed=True).saved
    assert moved is not None and moved.start == FREE


def test_a_counter_when_it_was_moved_too_often_hears_that(answers: Answers) -> None:
    answers.stand(replace(answers.call, moves=answers.desk.calls.moves))
    heard = answers.say(event("COUNTER", DTSTART=stamped(FREE), ATTENDEE=""), to=answers.key())
    assert heard.saved is not None and heard.saved.start == START
    assert heard.outside[0].facts["variant"] == "no_more_moves"


def test_a_counter_with_the_time_that_stands_moves_nothing(answers: Answers) -> None:
    heard = answers.say(event("COUNTER", ATTENDEE=""), to=answers.key())
    assert heard.saved is not None and heard.saved.moves == 0 and heard.entry.sequence == 0


def test_a_cancel_of_the_customers_is_a_decline(answers: Answers) -> None:
    cancel = event("CANCEL", SEQUENCE="1", STATUS="CANCELLED", ATTENDEE=f":mailto:{NORA}")
    heard = answers.say(cancel, to=answers.key(), part="text/calendar; method=CANCEL")
    assert heard.saved is not None and heard.saved.state == CallState.CANCELLED


def test_a_cancel_by_a_secret_address_alone_is_asked_about(answers: Answers) -> None:
    cancel = event("CANCEL", SEQUENCE="1", ATTENDEE=f":mailto:{NORA}")
    heard = answers.say(cancel, to=answers.key(), proven=False, part="text/calendar; method=CANCEL")
    assert (heard.verdict, heard.mails) == ("held-command", [("consent", NORA)])


def test_refresh_gets_the_entry_as_it_stands(answers: Answers) -> None:
    answers.invited(**SEQUENCE_2)
    heard = answers.say(event("REFRESH", SEQUENCE="", ATTENDEE=f":mailto:{NORA}"), to=answers.key())
    [again] = heard.outside
    assert (again.purpose.value, again.facts["variant"], again.to.address) == ("invite", "again", NORA)
    assert (again.facts["calendar"]["method"], again.facts["calendar"]["sequence"]) == ("REQUEST", 2)
    assert heard.entry.sequence == 2 and heard.entry.dtstamp == NOW + timedelta(seconds=1)
    assert again.facts["calendar"]["dtstamp"] == "2026-11-23T08:00:01Z"


def test_refresh_of_anybody_else_gets_nothing(answers: Answers) -> None:
    heard = answers.say(event("REFRESH", ATTENDEE=f":mailto:{BOB}"), BOB, to=answers.key())
    assert heard.outside == [] and heard.saved is None


@pytest.mark.parametrize("method", ["REQUEST", "PUBLISH", "ADD"])
def test_a_meeting_of_their_own_is_words_and_is_never_accepted(answers: Answers, method: str) -> None:
    own = event(method, UID="their-own@northwind.example", ORGANIZER=f"mailto:{NORA}", ATTENDEE=f":mailto:{SUPPORT}")
    heard = answers.say(own, to=answers.key(), text="Let us meet then.", part=f"text/calendar; method={method}")
    assert heard.verdict == "appended" and heard.outside == [] and heard.saved is None
    assert "Let us meet then." in heard.message.text


def test_a_meeting_of_their_own_while_slots_are_offered_gets_the_slots_again_once(answers: Answers) -> None:
    assert answers.call.grant is not None
    grant = replace(answers.call.grant, state="issued")
    answers.stand(
        replace(answers.call, state=CallState.OFFERED, start=None, end=None, cell=None, invites=(), grant=grant)
    )
    own = event("REQUEST", UID="their-own@northwind.example", ATTENDEE=f":mailto:{SUPPORT}")
    sent = {}
    for text in ("Let us meet then.", "Or then, if that is better."):
        heard = answers.say(own, to=answers.key(), text=text, part="text/calendar; method=REQUEST")
        [offer] = heard.outside
        sent[offer.ticket, offer.purpose, offer.round] = offer
        assert offer.facts["slots"] == [[1, "2026-11-24T10:00:00Z"]] and heard.saved is None
    assert len(sent) == 1  # the outbox takes one of a round


def test_an_answer_to_an_entry_that_is_not_ours_is_only_kept(answers: Answers) -> None:
    heard = answers.say(event(UID="another@northwind.example", ATTENDEE=says("DECLINED")), to=answers.key())
    assert (heard.verdict, heard.saved, heard.mails) == ("calendar-reply", None, [])
    assert "none of ours" in heard.decision.reason


# Old, known, impossible, forged


def test_an_accept_of_an_earlier_time_accepts_nothing(answers: Answers) -> None:
    answers.invited(**SEQUENCE_2)
    heard = answers.say(event(SEQUENCE="1"), to=answers.key())
    assert heard.mails == [] and heard.entry.partstat == "NEEDS-ACTION"
    assert "the time was changed in revision 2" in heard.event()["ignored"]


def test_a_decline_of_an_earlier_time_is_asked_about(answers: Answers) -> None:
    answers.invited(**SEQUENCE_2)
    heard = answers.say(event(SEQUENCE="1", ATTENDEE=says("DECLINED")), to=answers.key())
    [asks] = heard.outside
    assert (asks.purpose.value, asks.facts["variant"]) == ("call", "stands")
    assert heard.saved is not None and heard.saved.state == CallState.BOOKED


def test_the_same_answer_again_is_known(answers: Answers) -> None:
    to = answers.key()
    assert answers.say(event(), to=to).entry.partstat == "ACCEPTED"
    again = answers.say(event(), to=to)
    assert again.saved is None and again.mails == [] and again.event()["ignored"] == "this answer is known"


def test_of_two_answers_the_newer_counts_whatever_comes_first(answers: Answers) -> None:
    to = answers.key()
    answers.say(event(DTSTAMP="20261123T080500Z", ATTENDEE=says("ACCEPTED")), to=to)
    late = answers.say(event(DTSTAMP="20261123T080300Z", ATTENDEE=says("DECLINED")), to=to)
    assert late.is_nothing and answers.call.state == CallState.BOOKED
    assert answers.call.invites[0].partstat == "ACCEPTED"


def test_an_answer_to_a_revision_that_was_never_sent_does_nothing(answers: Answers) -> None:
    heard = answers.say(event(SEQUENCE="7", ATTENDEE=says("DECLINED")), to=answers.key())
    assert heard.is_nothing and heard.saved is None and "the last one that was sent is 0" in heard.event()["ignored"]
    assert answers.call.state == CallState.BOOKED


def test_a_clock_gone_wild_does_not_keep_later_answers_out(answers: Answers) -> None:
    to = answers.key()
    answers.say(event(DTSTAMP="20361123T080000Z"), to=to)
    answers.now = answers.now + timedelta(minutes=5)
    heard = answers.say(event(DTSTAMP="20261123T080400Z", ATTENDEE=says("TENTATIVE")), to=to)
    assert heard.entry.partstat == "TENTATIVE"


@pytest.mark.parametrize("partstat", ["ACCEPTED", "DECLINED"])
@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_what_nothing_proves_changes_nothing(answers: Answers, method: str, partstat: str) -> None:
    heard = answers.say(event(method, DTSTART=stamped(FREE), ATTENDEE=says(partstat)), proven=False)
    assert (heard.decision.trust, heard.verdict, heard.saved, heard.outside) == (Trust.D, "calendar-reply", None, [])
    asks_for_nothing = (method, partstat) == ("REPLY", "ACCEPTED")
    assert bool(heard.told) is not asks_for_nothing


def test_what_is_over_cannot_be_answered_any_more(answers: Answers) -> None:
    answers.now = START + timedelta(minutes=1)
    heard = answers.say(event(DTSTAMP="20261124T100000Z", ATTENDEE=says("DECLINED")), to=answers.key())
    assert heard.is_nothing and heard.event()["ignored"] == "the call has begun"


@pytest.mark.parametrize("method", ["CANCEL", ""])
def test_what_a_calendar_says_of_an_old_call_opens_no_ticket(answers: Answers, method: str) -> None:
    """Long after the ticket is closed somebody clears their calendar: no words of theirs, and nothing to begin with."""
    ended = NOW - timedelta(days=60)
    answers.stand(replace(answers.call, state=CallState.COMPLETED, ended_at=ended))
    answers.known.tickets[1001] = replace(
        answers.known.tickets[1001], status="closed", status_category="done", resolved_at=ended, calls={}
    )
    part = "text/calendar; method=CANCEL" if method else "text/calendar"
    heard = answers.say(event(method, ATTENDEE=says("DECLINED")), to=answers.key(), part=part)
    assert (heard.verdict, heard.decision.ticket, heard.outside) == ("calendar-reply", 1001, [])
    assert heard.event()["ignored"] == "the call is completed"


def test_an_answer_to_a_cancelled_call_does_nothing(answers: Answers) -> None:
    to = answers.key()
    answers.say(event(ATTENDEE=says("DECLINED")), to=to)
    heard = answers.say(event(SEQUENCE="1", DTSTAMP="20261123T080200Z"), to=to)
    assert heard.outside == [] and answers.call.state == CallState.CANCELLED


def test_silence_is_confirmed(answers: Answers) -> None:
    """Nobody has to answer (pitfall 8): a call that nobody answered is as good as one that was accepted."""
    entry = answers.call.invite()
    assert entry is not None and entry.partstat == "NEEDS-ACTION" and answers.call.is_promised


@pytest.mark.parametrize("partstat", ["ACCEPTED", "DECLINED"])
def test_a_forged_answer_to_an_old_revision_is_not_even_noted(answers: Answers, partstat: str) -> None:
    answers.invited(**SEQUENCE_2)
    heard = answers.say(event(SEQUENCE="1", ATTENDEE=says(partstat)), proven=False)
    assert heard.saved is None and heard.outside == []


# Who answers


@pytest.mark.parametrize(
    "spelling", ["NORA@Northwind.Example", "nora+calls@northwind.example", "nora+2Bcalls@northwind.example"]
)
def test_the_contact_may_be_spelled_otherwise(answers: Answers, spelling: str) -> None:
    """Pitfalls 4 and 23: another case, another detail, a plus that went through xtext."""
    assert answers.say(event(ATTENDEE=says("ACCEPTED", spelling)), to=answers.key()).entry.partstat == "ACCEPTED"


def test_a_contact_with_a_detail_is_nobody_without_it(answers: Answers) -> None:
    """`team+nora@` and `team+bob@` are two people who share a mailbox."""
    own, other = "team+nora@northwind.example", "team+bob@northwind.example"
    answers.invited(attendee=own)
    answers.stand(replace(answers.call, contact=own))
    answers.known.participants[1001] = {own: "requester"}
    for crasher in (other, "team@northwind.example"):
        assert answers.say(event(ATTENDEE=says("DECLINED", crasher)), crasher, to=answers.key(own)).saved is None
    xtext = says("ACCEPTED", "team+2Bnora@northwind.example")
    assert answers.say(event(ATTENDEE=xtext), own, to=answers.key(own)).entry.partstat == "ACCEPTED"


@pytest.mark.parametrize(
    "spelling", ["nora.wind@northwind.example", "nora@northwind.example.net", "nor@northwind.example"]
)
def test_another_mailbox_is_another_person(answers: Answers, spelling: str) -> None:
    assert answers.say(event(ATTENDEE=says("DECLINED", spelling)), to=answers.key()).is_nothing


def test_somebody_who_answers_for_them_may_accept_and_is_asked_about_declining(answers: Answers) -> None:
    sent_by = {"SENT-BY": f'"mailto:{BOB}"'}
    to = answers.key()
    accepts = answers.say(event(ATTENDEE=says("ACCEPTED", **sent_by)), BOB, to=to)
    assert accepts.entry.partstat == "ACCEPTED"
    declines = answers.say(event(DTSTAMP="20261123T080200Z", ATTENDEE=says("DECLINED", **sent_by)), BOB, to=to)
    assert (declines.verdict, declines.mails) == ("held-command", [("consent", NORA)])


def test_somebody_who_answers_for_them_without_their_address_is_a_note(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("ACCEPTED", **{"SENT-BY": f'"mailto:{BOB}"'})), BOB)
    assert heard.saved is None and heard.outside == []


def test_a_machine_is_not_asked_and_cancels_nothing(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("DECLINED")), to=answers.key(), Auto_Submitted="auto-generated")
    assert heard.saved is None and heard.outside == []
    assert "could not be asked" in heard.event()["ignored"] and heard.told


# What real programs send


def test_the_method_may_stand_in_the_calendar_alone(answers: Answers) -> None:
    """Apple."""
    assert answers.say(event(), to=answers.key(), part="text/calendar; charset=utf-8").entry.partstat == "ACCEPTED"


def test_a_method_that_stands_nowhere_is_a_reply_of_its_one_attendee(answers: Answers) -> None:
    heard = answers.say(event(""), to=answers.key(), part="text/calendar; charset=utf-8")
    assert heard.entry.partstat == "ACCEPTED"


def test_there_may_be_no_organizer(answers: Answers) -> None:
    """outlook.com."""
    heard = answers.say(event(ORGANIZER="", ATTENDEE=says("DECLINED")), to=answers.key())
    assert heard.saved is not None and heard.saved.state == CallState.CANCELLED


def test_a_counter_may_have_no_attendee(answers: Answers) -> None:
    """Exchange."""
    heard = answers.say(event("COUNTER", DTSTART=stamped(FREE), ATTENDEE="", SUMMARY=""), to=answers.key())
    assert heard.saved is not None and heard.saved.start == FREE


def test_uids_count_exactly_but_those_of_outlook(answers: Answers) -> None:
    """Pitfall 22: ours come back as they were, those that Outlook makes in any case of letters."""
    assert answers.say(event(UID=UID.upper()), to=answers.key()).saved is None
    outlooks = "040000008200e00074c5b7101a82e00800000000"
    answers.invited(uid=outlooks)
    assert answers.say(event(UID=outlooks.upper()), to=answers.key()).entry.partstat == "ACCEPTED"


def test_it_may_come_back_inside_an_identifier_of_outlooks(answers: Answers) -> None:
    data = b"vCal-Uid\x01\0\0\0" + UID.encode() + b"\0"
    wrapped = "040000008200E00074C5B7101A82E008" + "0" * 40 + len(data).to_bytes(4, "little").hex() + data.hex()
    assert answers.say(event(UID=wrapped.upper()), to=answers.key()).entry.partstat == "ACCEPTED"


def carrying(uid: str = UID, sequence: int = 0, method: str = "REQUEST") -> bytes:
    """The beginning of a mail of ours that brought an entry."""
    calendar = event(method, UID=uid, SEQUENCE=str(sequence)).replace("\n", "\r\n").encode()
    head = (
        f"From: {SUPPORT}", "Message-ID: <i1@desk.example>", "Subject: x", "", "--=_a", "Content-Type: text/plain",
        "", "x", "--=_a", "Content-Type: text/calendar; charset=UTF-8; method=REQUEST; component=VEVENT",
        "Content-Transfer-Encoding: base64", "", "",
    )  # fmt: skip
    return "\r\n".join(head).encode() + b64encode(calendar) + b"\r\n--=_a--\r\n"


def by_words(answers: Answers, subject: str, *, sequence: int = 0, author: str = NORA, **mail: str | bool):
    """A mail without a calendar that answers an invite of ours."""
    proven = bool(mail.pop("proven", True))
    text = str(mail.pop("text", ""))
    incoming = answers.mail(
        "", author, to=answers.key(), proven=proven, text=text, Subject=subject, In_Reply_To="<i1@desk.example>",
        **{name: str(value) for name, value in mail.items()},
    )  # fmt: skip
    answers.known.ours.add("<i1@desk.example>")
    answers.known.written[named_by(incoming)] = (carrying(sequence=sequence),)
    return answers.hear(incoming)


@pytest.mark.parametrize(
    ("subject", "partstat"),
    [("Zugesagt: A call", "ACCEPTED"), ("Accepted: Re: A call", "ACCEPTED"), ("Mit Vorbehalt: A call", "TENTATIVE")],
)
def test_a_subject_alone_answers_the_mail_that_it_names(answers: Answers, subject: str, partstat: str) -> None:
    heard = by_words(answers, subject)
    assert (heard.verdict, heard.entry.partstat, heard.outside) == ("calendar-reply", partstat, [])


def test_a_subject_alone_declines_as_a_calendar_does(answers: Answers) -> None:
    heard = by_words(answers, "Abgelehnt: A call")
    assert heard.saved is not None and heard.saved.state == CallState.CANCELLED


def test_a_subject_alone_answers_the_revision_that_the_mail_carried(answers: Answers) -> None:
    answers.invited(**SEQUENCE_2)
    assert by_words(answers, "Accepted: A call", sequence=1).entry.partstat == "NEEDS-ACTION"
    assert by_words(answers, "Accepted: A call", sequence=2).entry.partstat == "ACCEPTED"


@pytest.mark.parametrize("proven", [True, False])
def test_a_subject_alone_counts_for_nobody_else(answers: Answers, proven: bool) -> None:
    author = BOB if proven else "nora@northwind.example.net"
    heard = by_words(answers, "Declined: A call", author=author, proven=proven, text="no")
    assert heard.verdict == "appended" and answers.call.state == CallState.BOOKED


def test_a_subject_that_answers_no_invite_is_a_subject(answers: Answers) -> None:
    heard = answers.say("", to=answers.key(), Subject="Declined: your invoice", text="Our bank declined it.")
    assert heard.verdict == "appended" and heard.saved is None


def test_words_below_a_subject_that_answers_are_words(answers: Answers) -> None:
    heard = by_words(answers, "Accepted: A call", text="See you then. And the export fails again, please look.")
    assert heard.entry.partstat == "ACCEPTED" and "export fails" in heard.message.text
    assert "replied" in heard.events and heard.told


def test_no_word_of_a_body_is_an_answer(answers: Answers) -> None:
    heard = by_words(answers, "Re: A call", text="Declined: I cannot come.")
    assert heard.verdict == "appended" and answers.call.state == CallState.BOOKED


def test_an_outlook_message_class_is_an_answer(answers: Answers) -> None:
    """A winmail.dat (TNEF) says no more than its class: the mail that it answers says which call."""
    tnef = (0x223E9F78).to_bytes(4, "little") + b"\x01\x00" + attribute(0x00078008, b"IPM.Schedule.Meeting.Resp.Neg\0")
    to = answers.key()
    head = (
        f"Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\r\n"
        f"From: {NORA}\r\nTo: {to}\r\nSubject: A call\r\nMessage-ID: <t1@northwind.example>\r\n"
        "In-Reply-To: <i1@desk.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    incoming = answers.incoming(head.encode() + b64encode(tnef) + b"\r\n", NORA, to)
    assert incoming.mail.message_class == "IPM.Schedule.Meeting.Resp.Neg"
    answers.known.ours.add("<i1@desk.example>")
    answers.known.written[named_by(incoming)] = (carrying(),)
    heard = answers.hear(incoming)
    assert heard.saved is not None and heard.saved.state == CallState.CANCELLED


def attribute(name: int, value: bytes) -> bytes:
    """One attribute of a message in TNEF (MS-OXTNEF section 2.1.3)."""
    return b"\x01" + name.to_bytes(4, "little") + len(value).to_bytes(4, "little") + value + (
        sum(value) & 0xFFFF
    ).to_bytes(2, "little")  # fmt: skip


# What somebody wrote beside the answer


def test_a_comment_is_words_of_theirs(answers: Answers) -> None:
    heard = answers.say(event(COMMENT="I may be five minutes late\\, sorry."), to=answers.key())
    assert heard.message.text == "I may be five minutes late, sorry."
    assert heard.told == ["Nora Wind accepted the invite to the call; there are words beside it"]
    assert heard.entry.partstat == "ACCEPTED"


def test_google_has_the_comment_beside_whoever_answers(answers: Answers) -> None:
    says_so = says("TENTATIVE", **{"X-RESPONSE-COMMENT": '"Late, sorry."'})
    heard = answers.say(event(ATTENDEE=says_so), to=answers.key(), text="nora@northwind.example replied perhaps")
    assert heard.message.text.endswith("Late, sorry.") and heard.told


def test_a_decline_with_words_is_told_to_the_team(answers: Answers) -> None:
    heard = answers.say(event(ATTENDEE=says("DECLINED")), to=answers.key(), text="I am ill.\n\nNora Wind")
    assert "it is cancelled; there are words beside it" in heard.told[0] and heard.decided == []
    assert "I am ill." in heard.message.text


def test_a_comment_that_stands_in_the_text_is_kept_once(answers: Answers) -> None:
    heard = answers.say(event(COMMENT="Late, sorry."), to=answers.key(), text="Late, sorry.")
    assert heard.message.text == "Late, sorry."


@pytest.mark.parametrize(
    "text",
    [
        "Nora <nora@northwind.example> has accepted your event invitation.",
        "nora@northwind.example hat zugesagt: A call",
    ],
)
def test_a_sentence_of_their_program_is_no_news(answers: Answers, text: str) -> None:
    assert answers.say(event(), to=answers.key(), text=text).told == []


# Robots come first


def test_an_automatic_answer_that_gives_our_request_back_invites_nobody(answers: Answers) -> None:
    """Scheduling 0.9: an absence note may hold the REQUEST that it answers."""
    ours = event("REQUEST", ATTENDEE=f";RSVP=TRUE:mailto:{NORA}")
    heard = answers.say(
        ours, to=answers.key(), text="I am out of the office until Monday.", part="text/calendar; method=REQUEST",
        Subject="Automatic reply: A call", Auto_Submitted="auto-replied",
    )  # fmt: skip
    assert heard.verdict == "auto-reply-recorded" and heard.outside == [] and heard.saved is None
    assert answers.known.tickets[1001].status == "new"


def test_an_absence_note_is_no_answer(answers: Answers) -> None:
    heard = answers.say(
        "", to=answers.key(), text="I am out of the office until Monday.", Subject="Automatic reply: A call",
        Auto_Submitted="auto-replied", In_Reply_To="<i1@desk.example>",
    )  # fmt: skip
    assert heard.verdict == "auto-reply-recorded" and heard.saved is None


def test_our_own_request_from_a_person_is_their_words(answers: Answers) -> None:
    """Somebody forwards or quotes it with what they write."""
    heard = answers.say(
        event("REQUEST", ATTENDEE=f";RSVP=TRUE:mailto:{NORA}"), to=answers.key(), text="Will Bob be there too?",
        part="text/calendar; method=REQUEST", Subject="Re: A call",
    )  # fmt: skip
    assert heard.verdict == "appended" and heard.saved is None


def test_history_is_no_answer(answers: Answers) -> None:
    mail = answers.mail(event(ATTENDEE=says("DECLINED")), to=answers.key())
    envelope = replace(mail.entry.envelope, history=True)
    heard = answers.hear(replace(mail, entry=replace(mail.entry, envelope=envelope)))
    assert heard.saved is None and heard.mails == []


# Our own people


def assigned(answers: Answers) -> str:
    """Benedikt has the call, and an entry of his own."""
    own = Invite(uid=AGENTS_UID, kind="agent", attendee=BENEDIKT, dtstamp=NOW)
    call = replace(
        answers.call, state=CallState.ASSIGNED, assigned="benedikt", assigned_at=NOW,
        invites=(*answers.call.invites, own),
    )  # fmt: skip
    answers.stand(call)
    answers.known.people[BENEDIKT] = Person(id=2, address=BENEDIKT, name="Benedikt Sommer")
    return answers.key(BENEDIKT, Role.AGENT, "note")


def test_whoever_takes_the_call_may_say_so_by_their_calendar(answers: Answers) -> None:
    to = assigned(answers)
    heard = answers.say(event(UID=AGENTS_UID, ATTENDEE=says("ACCEPTED", BENEDIKT)), BENEDIKT, to=to)
    assert heard.verdict == "calendar-reply" and heard.outside == []
    assert heard.saved is not None and heard.saved.acked_at == NOW
    assert heard.events[:2] == ["call-answered", "call-acknowledged"]
    assert heard.message.direction.value == "note"


def test_whoever_declines_passes_the_call_on_and_no_customer_hears_of_it(answers: Answers) -> None:
    to = assigned(answers)
    heard = answers.say(event(UID=AGENTS_UID, ATTENDEE=says("DECLINED", BENEDIKT)), BENEDIKT, to=to)
    assert heard.saved is not None and heard.saved.passed == ("benedikt",) and heard.saved.assigned == ""
    assert heard.outside == [] and heard.entry == answers.call.invites[0]
    assert "call-passed" in heard.events


def test_nothing_proves_a_colleague_by_a_key(answers: Answers) -> None:
    to = assigned(answers)
    heard = answers.say(event(UID=AGENTS_UID, ATTENDEE=says("DECLINED", BENEDIKT)), BENEDIKT, to=to, proven=False)
    assert heard.saved is None and answers.call.assigned == "benedikt"


def test_a_colleague_answers_for_nobody_else(answers: Answers) -> None:
    to = assigned(answers)
    heard = answers.say(event(UID=AGENTS_UID, ATTENDEE=says("DECLINED", ANASTASIA)), ANASTASIA, to=to)
    assert heard.saved is None and answers.call.assigned == "benedikt"


# Reading what a mail of ours carried


def test_what_a_mail_of_ours_carried() -> None:
    found = carried(carrying(sequence=3))
    assert found is not None
    assert (found.message_id, found.uid, found.sequence) == ("<i1@desk.example>", UID, 3)
    assert carried(carrying(method="CANCEL")) is None
    assert carried(b"Message-ID: <x@y>\r\n\r\nContent-Type: text/calendar;") is None
    assert carried(carrying().replace(b"base64\r\n\r\n", b"base64\r\n\r\nA")) is None


def test_reading_what_it_carried_is_bounded() -> None:
    whole = carrying()
    head = whole[: whole.index(b"\r\n\r\n", whole.index(b"text/calendar")) + 4]
    padded = b64encode(event("REQUEST", COMMENT="x" * LARGEST).encode())
    start = time.process_time()
    for body in (padded + b"\r\n--=_a--", b"QUJD" * 1_000_000, b"\r\n" * 1_000_000):
        assert carried(head + body) is None
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH", "CANCEL"])
def test_what_may_be_an_answer_is_known_before_anything_is_looked_up(method: str) -> None:
    calendar = Invitation(
        method=method, uid=UID, sequence=0, dtstamp=None, attendee="", partstat="", start=None, end=None
    )
    assert answering.may_answer(ParsedMail(kind=Kind.HUMAN, calendar=calendar))
    assert not answering.may_answer(ParsedMail(kind=Kind.HUMAN, calendar=replace(calendar, uid="")))
    assert not answering.may_answer(ParsedMail(kind=Kind.HUMAN, subject="Accepted: x"))
    assert answering.may_answer(ParsedMail(kind=Kind.HUMAN, subject="Accepted: x", in_reply_to=("<a@b>",)))
