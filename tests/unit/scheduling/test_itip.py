"""What an answer means, case by case: the table of the reference (scheduling 2.3) and its order."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scheduling.itip import Answer, Heard, Invite, Meaning, message_class, outlook_uid, read, same_uid, text_answer

SENT = datetime(2026, 3, 20, 8, 15, tzinfo=UTC)
NOW = SENT + timedelta(hours=6)
UID = "3f0c9a7e51d84b26a0b7c2d4e6f81935@desk.example"
NORA = "nora@northwind.example"
INVITE = Invite(uid=UID, attendee=NORA, sequence=2, dtstamp=SENT, moved=1)
REPLY = Answer(
    method="REPLY",
    uid=UID,
    sequence=2,
    dtstamp=SENT + timedelta(hours=1),
    attendee=NORA,
    partstat="ACCEPTED",
    author=NORA,
    start=SENT + timedelta(days=4),
    end=SENT + timedelta(days=4, minutes=30),
)


def hear(invite: Invite | None = INVITE, **changes: Any) -> Heard:
    return read(replace(REPLY, **changes), invite, NOW)


def meaning(invite: Invite | None = INVITE, **changes: Any) -> Meaning:
    return hear(invite, **changes).meaning


@pytest.mark.parametrize(
    ("partstat", "meant"),
    [("ACCEPTED", "accept"), ("Tentative", "tentative"), ("declined", "decline"), ("DELEGATED", "delegate")],
)
def test_a_fresh_reply_is_noted(partstat: str, meant: str) -> None:
    heard = hear(partstat=partstat, delegated_to="otto@northwind.example")
    assert heard.meaning == meant
    assert heard.direct
    assert heard.invite == replace(INVITE, partstat=partstat.upper(), reply_sequence=2, reply_dtstamp=REPLY.dtstamp)


@pytest.mark.parametrize("partstat", ["", "NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "x" * 500])
def test_a_reply_that_says_none_of_them_is_unknown_and_not_noted(partstat: str) -> None:
    heard = hear(partstat=partstat)
    assert heard.meaning is Meaning.UNKNOWN
    assert heard.invite == INVITE
    assert len(heard.why) < 100


def test_to_delegate_somebody_must_be_named() -> None:
    assert meaning(partstat="DELEGATED") is Meaning.UNKNOWN


# The order of RFC 5546 section 2.1.5


def test_the_same_answer_again_is_a_duplicate() -> None:
    noted = hear().invite
    again = hear(noted)
    assert again.meaning is Meaning.DUPLICATE
    assert again.invite == noted


def test_an_earlier_answer_that_comes_later_is_stale() -> None:
    noted = hear(partstat="DECLINED").invite
    late = hear(noted, dtstamp=SENT)
    assert late.meaning is Meaning.STALE
    assert late.invite == noted


def test_a_later_answer_counts_even_of_the_same_revision() -> None:
    noted = hear().invite
    assert meaning(noted, partstat="DECLINED", dtstamp=NOW) is Meaning.DECLINE


def test_a_higher_sequence_goes_before_a_later_time() -> None:
    noted = hear(sequence=1, dtstamp=NOW, partstat="DECLINED").invite
    assert meaning(noted, sequence=2, dtstamp=SENT) is Meaning.ACCEPT
    assert meaning(hear().invite, sequence=1, dtstamp=NOW) is Meaning.STALE


def test_an_answer_to_the_revision_of_the_last_change_of_time_counts() -> None:
    """The description was changed since, not the time."""
    assert meaning(sequence=1) is Meaning.ACCEPT


def test_an_acceptance_of_an_old_time_is_noted_and_never_done() -> None:
    heard = hear(sequence=0)
    assert heard.meaning is Meaning.STALE
    assert heard.invite == replace(INVITE, reply_sequence=0, reply_dtstamp=REPLY.dtstamp)


def test_who_declines_an_old_time_is_asked_once() -> None:
    heard = hear(sequence=0, partstat="DECLINED")
    assert heard.meaning is Meaning.OLD_DECLINE
    assert heard.invite is not None and heard.invite.partstat == "NEEDS-ACTION"
    assert meaning(heard.invite, sequence=0, partstat="DECLINED") is Meaning.DUPLICATE


def test_a_sequence_that_is_missing_is_the_first() -> None:
    heard = hear(sequence=0, has_sequence=False)
    assert heard.meaning is Meaning.STALE
    assert "no revision" in heard.why
    assert meaning(replace(INVITE, sequence=0, moved=0), sequence=0, has_sequence=False) is Meaning.ACCEPT


@pytest.mark.parametrize("method", ["REPLY", "COUNTER"])
def test_an_answer_to_what_was_never_sent_is_impossible(method: str) -> None:
    heard = hear(method=method, sequence=3)
    assert heard.meaning is Meaning.IMPOSSIBLE
    assert heard.invite == INVITE


@pytest.mark.parametrize(("ahead", "noted"), [(23, NOW + timedelta(hours=23)), (25, NOW), (24 * 365 * 50, NOW)])
def test_a_clock_gone_wild_does_not_keep_later_answers_out(ahead: int, noted: datetime) -> None:
    heard = hear(dtstamp=NOW + timedelta(hours=ahead))
    assert heard.invite is not None
    assert heard.invite.reply_dtstamp == noted
    later = read(replace(REPLY, partstat="DECLINED", dtstamp=NOW + timedelta(days=1)), heard.invite, NOW + timedelta(1))
    assert later.meaning is Meaning.DECLINE


@pytest.mark.parametrize("dtstamp", [None, NOW + timedelta(days=9)])
def test_without_a_time_to_go_by_the_same_again_is_a_duplicate_and_another_counts(dtstamp: datetime | None) -> None:
    noted = hear(dtstamp=dtstamp).invite
    again = read(replace(REPLY, dtstamp=dtstamp), noted, NOW + timedelta(hours=1))
    assert again.meaning is Meaning.DUPLICATE
    assert again.invite == noted
    other = read(replace(REPLY, dtstamp=dtstamp, partstat="DECLINED"), noted, NOW + timedelta(hours=1))
    assert other.meaning is Meaning.DECLINE


@pytest.mark.parametrize("partstat", ["ACCEPTED", "DECLINED", "TENTATIVE"])
def test_what_answers_a_cancelled_call_is_stale(partstat: str) -> None:
    heard = hear(replace(INVITE, cancelled=True), partstat=partstat)
    assert heard.meaning is Meaning.STALE
    assert heard.invite is not None and heard.invite.partstat == "NEEDS-ACTION"


# Who speaks


def test_an_address_that_is_known_to_be_theirs_is_theirs() -> None:
    old = "nora@old.example"
    answer = replace(REPLY, attendee=old, author=old)
    assert read(answer, INVITE, NOW).meaning is Meaning.CRASHER
    heard = read(answer, INVITE, NOW, identities={old})
    assert (heard.meaning, heard.direct) == (Meaning.ACCEPT, True)
    assert read(replace(REPLY, author=old), INVITE, NOW, identities={old}).meaning is Meaning.ACCEPT


def test_a_colleague_who_got_the_invite_forwarded_is_not_added() -> None:
    heard = hear(attendee="otto@northwind.example", author="otto@northwind.example")
    assert (heard.meaning, heard.alias, heard.invite) == (Meaning.CRASHER, False, INVITE)


def test_who_speaks_in_their_name_from_elsewhere_is_no_attendee_and_may_be_asked() -> None:
    heard = hear(author="nora@private.example")
    assert (heard.meaning, heard.alias, heard.invite) == (Meaning.CRASHER, True, INVITE)
    assert "nora@private.example" in heard.why


def test_who_forges_the_address_and_answers_for_another_is_a_crasher() -> None:
    assert meaning(attendee="otto@northwind.example") is Meaning.CRASHER


def test_a_secretary_answers_but_their_address_proves_nothing() -> None:
    heard = hear(author="office@northwind.example", sent_by="Office@northwind.example")
    assert (heard.meaning, heard.direct) == (Meaning.ACCEPT, False)
    assert meaning(author="", sent_by="") is Meaning.CRASHER


def test_letters_of_an_address_are_alike_in_any_case() -> None:
    assert meaning(attendee="Nora@Northwind.example", author="NORA@northwind.example ") is Meaning.ACCEPT


# The other methods


def test_a_counter_proposes_and_its_partstat_is_about_the_other_time() -> None:
    heard = hear(method="COUNTER", partstat="DECLINED")
    assert heard.meaning is Meaning.COUNTER
    assert heard.invite == replace(INVITE, reply_sequence=2, reply_dtstamp=REPLY.dtstamp)
    assert meaning(heard.invite, method="COUNTER") is Meaning.DUPLICATE
    assert meaning(heard.invite, method="COUNTER", dtstamp=NOW) is Meaning.COUNTER


def test_a_counter_of_outlook_names_no_attendee() -> None:
    assert meaning(method="COUNTER", attendee="", partstat="") is Meaning.COUNTER
    assert meaning(method="COUNTER", attendee="", author="otto@northwind.example") is Meaning.CRASHER


def test_a_counter_without_a_time_or_to_an_old_one_is_none() -> None:
    assert meaning(method="COUNTER", start=None) is Meaning.UNKNOWN
    assert meaning(method="COUNTER", sequence=0) is Meaning.STALE
    assert meaning(replace(INVITE, cancelled=True), method="COUNTER") is Meaning.STALE
    assert meaning(hear().invite, method="COUNTER", dtstamp=SENT) is Meaning.STALE


def test_a_cancel_by_the_customer_is_a_wish_to_be_asked_about() -> None:
    heard = hear(method="CANCEL", attendee="otto@northwind.example", partstat="")
    assert heard.meaning is Meaning.WITHDRAW
    assert heard.invite is not None and not heard.invite.cancelled and heard.invite.partstat == "NEEDS-ACTION"
    assert meaning(heard.invite, method="CANCEL") is Meaning.DUPLICATE
    counted_up = hear(method="CANCEL", sequence=3)
    assert counted_up.meaning is Meaning.WITHDRAW
    assert meaning(counted_up.invite, dtstamp=NOW) is Meaning.ACCEPT, "it does not keep later answers out"
    assert meaning(method="CANCEL", author="otto@northwind.example") is Meaning.CRASHER
    assert meaning(replace(INVITE, cancelled=True), method="CANCEL") is Meaning.STALE


def test_a_refresh_changes_nothing_and_is_for_those_who_were_invited() -> None:
    noted = hear().invite
    heard = hear(noted, method="REFRESH", dtstamp=None, sequence=0, partstat="")
    assert (heard.meaning, heard.invite) == (Meaning.REFRESH, noted)
    assert meaning(method="REFRESH", author="otto@northwind.example", attendee="") is Meaning.CRASHER


@pytest.mark.parametrize("method", ["REQUEST", "PUBLISH", "ADD", "DECLINECOUNTER"])
def test_an_invitation_of_their_own_is_never_an_answer(method: str) -> None:
    assert meaning(method=method) is Meaning.UNSUPPORTED
    assert meaning(None, method=method, uid="theirs") is Meaning.UNSUPPORTED


def test_what_is_about_no_call_of_ours_is_unknown() -> None:
    assert meaning(None) is Meaning.UNKNOWN
    assert meaning(uid="other@desk.example") is Meaning.UNKNOWN
    assert meaning(uid=UID.upper()) is Meaning.UNKNOWN
    assert meaning(method="XYZ") is Meaning.UNKNOWN


def test_without_a_method_one_attendee_with_an_answer_is_a_reply() -> None:
    assert meaning(method="") is Meaning.ACCEPT
    assert meaning(method="", partstat="") is Meaning.UNKNOWN
    assert meaning(method="", attendee="") is Meaning.UNKNOWN
    assert meaning(method="", others=("otto@northwind.example",)) is Meaning.UNKNOWN
    assert meaning(None, method="") is Meaning.UNKNOWN


# UIDs

OUTLOOK = "040000008200E00074C5B7101A82E00800000000A048DAF17405D901000000000000000010000000" + "3C10A5564C9D3645"


def wrapped(uid: str | bytes) -> str:
    data = b"vCal-Uid\x01\0\0\0" + (uid.encode() if isinstance(uid, str) else uid) + b"\0"
    return OUTLOOK[:72] + len(data).to_bytes(4, "little").hex().upper() + data.hex().upper()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (UID, UID, True),
        (UID, f" {UID}\n", True),
        (UID, UID.upper(), False),
        (OUTLOOK, OUTLOOK.lower(), True),
        (OUTLOOK, OUTLOOK[:-1] + "8", False),
        (UID, wrapped(UID), True),
        (UID, wrapped(UID).lower(), True),
        (UID, wrapped(UID.upper()), False),
        (OUTLOOK, OUTLOOK + "zz", False),
        ("", "", False),
        ("", wrapped(""), False),
    ],
)
def test_pitfall_22_uids_are_the_same_as_outlook_keeps_them(one: str, other: str, same: bool) -> None:
    assert same_uid(one, other) is same
    assert same_uid(other, one) is same


def test_a_uid_inside_outlooks_own_is_found() -> None:
    assert outlook_uid(wrapped(UID)) == UID
    assert meaning(uid=wrapped(UID)) is Meaning.ACCEPT
    assert outlook_uid(wrapped(b"\xff\xfe")) == "\ufffd\ufffd"


# Answers without a calendar


@pytest.mark.parametrize(
    ("subject", "partstat"),
    [
        ("Accepted: Support call [DESK-1042]", "ACCEPTED"),
        ("ACCEPTED : x", "ACCEPTED"),
        ("Zugesagt: Supportgespräch [DESK-1042]", "ACCEPTED"),
        ("Abgelehnt: x", "DECLINED"),
        ("Mit Vorbehalt: x", "TENTATIVE"),
        ("Accepté\u00a0: x", "ACCEPTED"),
        ("Accepte\u0301 : x", "ACCEPTED"),
        ("Refusé : x", "DECLINED"),
        ("Provisoire : x", "TENTATIVE"),
        ("Aceptada: x", "ACCEPTED"),
        ("Rechazado: x", "DECLINED"),
        ("Accettato: x", "ACCEPTED"),
        ("Rifiutato: x", "DECLINED"),
        ("Provvisorio: x", "TENTATIVE"),
        ("Geaccepteerd: x", "ACCEPTED"),
        ("Geweigerd: x", "DECLINED"),
        ("Aceito: x", "ACCEPTED"),
        ("Recusado: x", "DECLINED"),
        ("Accepterat: x", "ACCEPTED"),
        ("Avböjt: x", "DECLINED"),
        ("Accepteret: x", "ACCEPTED"),
        ("Afvist: x", "DECLINED"),
        ("Godtatt: x", "ACCEPTED"),
        ("Avslått: x", "DECLINED"),
        ("Zaakceptowano: x", "ACCEPTED"),
        ("Odrzucono: x", "DECLINED"),
        ("Přijato: x", "ACCEPTED"),
        ("Odmítnuto: x", "DECLINED"),
        ("Hyväksytty: x", "ACCEPTED"),
        ("Tentatively accepted: x", "TENTATIVE"),
        ("Принято: x", "ACCEPTED"),
        ("承諾：x", "ACCEPTED"),
        ("Accepted", ""),
        ("Re: Accepted: x", ""),
        ("Accepted payments: which ones?", ""),
        ("I have accepted: x", ""),
        ("Not accepted: x", ""),
        ("Declined card: what now?", ""),
        ("Abgesagt: x", ""),
        ("[DESK-1042] Support call accepted: yes", ""),
        ("", ""),
        (":", ""),
    ],
)
def test_only_the_whole_beginning_of_a_subject_is_an_answer(subject: str, partstat: str) -> None:
    assert text_answer(subject) == partstat


@pytest.mark.parametrize(
    ("name", "partstat"),
    [
        ("IPM.Schedule.Meeting.Resp.Pos", "ACCEPTED"),
        ("ipm.schedule.meeting.resp.neg", "DECLINED"),
        ("IPM.Schedule.Meeting.Resp.Tent", "TENTATIVE"),
        ("IPM.Schedule.Meeting.Resp.Pos.Acme", "ACCEPTED"),
        ("IPM.Microsoft Schedule.MtgRespP", "ACCEPTED"),
        ("IPM.Microsoft Schedule.MtgRespN", "DECLINED"),
        ("IPM.Microsoft Schedule.MtgRespA", "TENTATIVE"),
        ("Microsoft Mail v3.0 IPM.Microsoft Schedule.MtgRespN", "DECLINED"),
        ("IPM.Schedule.Meeting.Request", ""),
        ("IPM.Schedule.Meeting.Resp.Positive", ""),
        ("IPM.Note", ""),
        ("x IPM.Schedule.Meeting.Resp.Pos", ""),
        ("", ""),
    ],
)
def test_the_class_of_an_outlook_message_is_an_answer(name: str, partstat: str) -> None:
    assert message_class(name) == partstat


def test_the_longest_claims_are_read_in_time() -> None:
    long = "0400" + "a" * 5_000_000
    begun = time.process_time()
    assert meaning(uid=long) is Meaning.UNKNOWN
    assert not same_uid(OUTLOOK[:32] + long, long)
    assert text_answer("accepted " * 500_000) == text_answer(":" * 5_000_000) == ""
    assert message_class("IPM." * 1_000_000) == ""
    assert meaning(method="x" * 5_000_000, partstat="y" * 5_000_000) is Meaning.UNKNOWN
    assert time.process_time() - begun < 1.0
