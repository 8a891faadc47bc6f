"""No time is free: the customer reads that we look again only where we do, else one of us is told; an offer ends with
the time that it was asked for; who may refuse a wish; what a colleague's name or a call's has no place in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.letter import Letter
from gateway.rules.calls import asking, booking, shortfall
from gateway.rules.calls.progress import Progress
from gateway.rules.mails import calls as mails
from gateway.rules.verbs import Plan, Refused
from gateway.wording import render
from store.records import Call, CallState, Direction, Message, Person, Role, SendMail, Ticket, Trust
from tests.unit.calls.asked import (
    NETWORK,
    NORA,
    NOW,
    a_call,
    a_ticket,
    at,
    knowing,
    planned,
    the_desk,
    with_calls,
)
from tests.unit.calls.staffed import assigned, minted, of, promised
from tests.unit.compose.conftest import write_letter

OFFERED = a_call(state=CallState.OFFERED, offered=((1, at(24, 9)),), offered_at=NOW, wishes="mornings please")
WAITS = a_call(state=CallState.REQUESTED)


def hears(call: Call, ticket: Ticket | None = None) -> list[SendMail]:
    ticket = ticket or a_ticket()
    return list(shortfall.none_free(call, ticket, the_desk(), knowing(ticket, [call]), "7", "")(minted()))


def text_of(mail: SendMail, language: str = "en") -> str:
    letter: Letter = write_letter(str(mail.purpose), facts=mail.facts, language=language)
    return " ".join(render(letter)[1].split())


# None is free


LOOKS = {"en": "We look again", "de": "Wir sehen wieder nach", "fr": "Nous regardons de nouveau"}
TOLD = {"en": "A person has been told", "de": "Ein Mensch weiß davon", "fr": "Une personne en est informée"}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("call", [WAITS, OFFERED, promised()], ids=["waits", "offered", "booked"])
def test_we_look_again_only_where_we_do_and_else_a_person_is_told(call: Call, language: str) -> None:
    word, *inside = hears(call)
    text = text_of(word, language)
    waits = call.state == CallState.REQUESTED
    assert (LOOKS[language] in text, TOLD[language] in text) == (waits, not waits)
    assert [one.to.address for one in inside] == ([] if waits else ["dominique@desk.example"])


def test_a_mere_wish_is_not_looked_for_again() -> None:
    word, *inside = hears(replace(WAITS, capability=""))
    assert word.facts["again"] is False
    assert inside


def test_the_leads_read_what_would_suit_and_how_the_call_stands() -> None:
    notice = hears(OFFERED)[1]
    assert (notice.facts["variant"], notice.facts["words"]) == ("sought", "mornings please")
    assert "benedikt" in notice.facts["helps"][0]
    assert "stays: Tuesday 24 November, 14:00" in text_of(hears(promised())[1])
    assert "cannot be kept" not in text_of(hears(promised())[1])


def test_the_leads_are_told_once_until_the_call_changes() -> None:
    rounds = {one.round for call in (OFFERED, OFFERED, replace(OFFERED, version=1)) for one in hears(call)[1:]}
    assert len(rounds) == 2


# An offer ends with the time that it was asked for


@pytest.mark.parametrize(
    ("within", "ends"),
    [
        (None, NOW + timedelta(days=5)),
        (NOW + timedelta(hours=3), NOW + timedelta(hours=3)),
        (NOW + timedelta(days=9), NOW + timedelta(days=5)),
    ],
)
def test_an_offer_lapses_no_later_than_its_last_slot_was_wanted(within: datetime | None, ends: datetime) -> None:
    ticket, desk = a_ticket(), with_calls(life=timedelta(days=5), notice=timedelta(hours=1))
    found = asking.asked(ticket, NORA, NETWORK, "benedikt", desk, knowing(ticket), NOW, within=within)
    assert isinstance(found, Progress)
    assert found.call.grant is not None
    assert found.call.grant.expires_at == ends


# What was given up


WITHDRAWN = {
    "en": "taken back your wish for a call about DESK-1042, as you asked",
    "de": "Ihr Wunsch nach einem Gespräch zu DESK-1042 ist zurückgenommen, wie Sie es wollten",
    "fr": "Votre souhait d’un appel au sujet de DESK-1042 est retiré, comme vous l’avez demandé",
}
CLOSED = {
    "en": "closed the offer of a call about DESK-1042, as you asked",
    "de": "Das Angebot zu einem Gespräch über DESK-1042 ist zurückgenommen, wie Sie es wollten",
    "fr": "L’offre d’un appel au sujet de DESK-1042 est retirée, comme vous l’avez demandé",
}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize(("call", "says"), [(replace(WAITS, requested_by=NORA.address), WITHDRAWN), (OFFERED, CLOSED)])
def test_a_wish_that_was_taken_back_has_not_lapsed(call: Call, says: dict[str, str], language: str) -> None:
    ticket = a_ticket()
    off = booking.cancelled(
        call, ticket, the_desk(), knowing(ticket, [call]), NOW, NORA.address, mails.BY_CUSTOMER, "7"
    )  # fmt: skip
    (word,) = off.mails(minted())
    assert word.facts["variant"] == "withdrawn"
    assert says[language] in text_of(word, language)


# What was proposed


PAST = {"en": "lies in the past", "de": "liegt in der Vergangenheit", "fr": "est déjà passé"}
DAY = {"en": "You proposed a day and no hour: Friday 27 November.",
       "de": "Sie haben einen Tag ohne Uhrzeit vorgeschlagen: Freitag, 27. November.",
       "fr": "Vous proposez un jour sans heure : vendredi 27 novembre."}  # fmt: skip
GONE = {"en": "has passed", "de": "ist schon vorbei", "fr": "est déjà passé"}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_why_a_time_cannot_be_had_is_said_as_it_is(language: str) -> None:
    usual = (the_desk(), a_ticket(), promised(), NORA, "<m@desk.example>", "1")
    slots = [(1, at(26, 9))]
    past = mails.offer(*usual, mails.COUNTERED, "", slots, proposed=at(20, 9), past=True)
    day = mails.offer(*usual, mails.COUNTERED, "", slots, proposed=at(27, 12), whole_day=True)
    gone = mails.offer(*usual, mails.TAKEN, "", slots, proposed=at(20, 9), past=True)
    assert PAST[language] in text_of(past, language)
    assert DAY[language].replace("\u00a0", " ") in text_of(day, language).replace("\u00a0", " ")
    assert GONE[language] in text_of(gone, language)
    usually = text_of(mails.offer(*usual, mails.COUNTERED, "", slots, proposed=at(27, 9)), language)
    assert not any(words[language] in usually for words in (PAST, GONE))


# Who decides


def test_who_may_not_refuse_a_wish_does_not_read_of_it() -> None:
    ticket = a_ticket(priority=3)
    found = asking.wished(ticket, NORA, the_desk(), knowing(ticket), NOW, "Can we talk?")
    assert found is not None
    texts = {mail.to.address.partition("@")[0]: text_of(mail) for mail in found.mails(minted())}
    assert {"dominique", "samantha"} <= set(texts)
    assert all(("#refuse" in text) is (who == "dominique") for who, text in texts.items())


# What a reason must not say


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Benedikt Sommer looks at it", "the name of a colleague, benedikt sommer"),
        ("benedikt-sommer looks at it", "the name of a colleague, benedikt sommer"),
        ("Benedikt should look at the line", "the name of a colleague, benedikt"),
        ("only anastasia or benedikt can do it", "the name of a colleague, anastasia"),
        ("1002-1 is in the way", "the name of a call, 1002-1"),
        ("DESK-1002-1 is in the way", "the name of a call, DESK-1002-1"),
    ],
)
@pytest.mark.parametrize("verb", ["#call network-engineering", "#call cancel"])
def test_a_reason_names_nobody_and_no_call(verb: str, words: str, found: str) -> None:
    refused = planned(f"{verb} because {words}", known=knowing(calls=[promised()] if "cancel" in verb else []))
    assert isinstance(refused, Refused)
    assert found in refused.reason
    assert refused.nearest == "say it in other words"


@pytest.mark.parametrize(
    "words",
    [
        "the line of 2026-11-24 has to be measured", "your number is +49 30-55 50", "10-12 users",
        "10:00-11:30 is too late",
        "version 1.2-3 has to go", "the pages 3-4711 are gone", "the anastasias of the house",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_may_be_said(words: str) -> None:
    assert isinstance(planned(f"#call network-engineering because {words}"), Plan)


def test_a_customer_may_be_called_like_one_of_us() -> None:
    namesake = Person(address=NORA.address, name="Benedikt Wind")
    known = knowing(people={NORA.address: namesake})
    assert isinstance(planned("#call network-engineering because Benedikt has measured it", known=known), Plan)
    said = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_address=NORA.address, text="Charlotte saw it.",
        trust=Trust.A,
    )  # fmt: skip
    known = knowing(recent={1001: [said]})
    assert isinstance(planned("#call network-engineering because Charlotte saw it", known=known), Plan)


@pytest.mark.parametrize(("shows", "leaves"), [("none", False), ("first", True), ("full", True)])
def test_a_desk_that_shows_first_names_may_say_them(shows: str, *, leaves: bool) -> None:
    desk = replace(the_desk(), show_names=shows)
    assert isinstance(planned("#call network-engineering because Benedikt is there", desk=desk), Plan) is leaves
    whole = planned("#call network-engineering because Benedikt Sommer is there", desk=desk)
    assert isinstance(whole, Refused), "an invite would be stopped by it, and the customer never gets theirs"


# A ticket that becomes another one


@pytest.mark.parametrize("verb", ["#merge DESK-1002", "#retype question"])
@pytest.mark.parametrize(
    ("call", "nearest"),
    [
        (promised(), "#call cancel because …"),
        (assigned(), "#call cancel because …"),
        (promised(state=CallState.WAITING), "#outcome …"),
        (assigned(state=CallState.LIVE), "#outcome …"),
    ],
)
def test_a_promised_call_is_not_lost_with_its_ticket(verb: str, call: Call, nearest: str) -> None:
    ticket = of(call, type="support")
    known = knowing(ticket, [call])
    known.tickets[1002] = replace(ticket, ref=1002, calls={})
    found = planned(verb, "dominique", ticket, known=known)
    assert isinstance(found, Refused)
    assert f"call 1001-1 is {call.state}, Tue 24 Nov 2026, 14:00 (Berlin)" in found.reason
    assert found.nearest == nearest


@pytest.mark.parametrize("verb", ["#merge DESK-1002", "#retype question"])
def test_an_open_offer_ends_with_its_ticket_and_the_transcript_says_so(verb: str) -> None:
    ticket = of(OFFERED, type="support")
    known = knowing(ticket, [OFFERED])
    known.tickets[1002] = replace(ticket, ref=1002, calls={})
    found = planned(verb, "dominique", ticket, known=known)
    assert isinstance(found, Plan), found
    assert "call 1001-1, which is offered since Mon 23 Nov 2026, 09:00 (Berlin), ends with it" in found.done[0].after
    anew = found.done[0].anew if hasattr(found.done[0], "anew") else None
    if anew is not None:
        assert (dict(anew.calls), anew.blocked_on) == ({}, "")
