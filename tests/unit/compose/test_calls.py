"""What customers and our own people read of live calls: the words that can be answered, links that write them, times in
two zones, what stands in the calendar, who is told what."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from gateway.config.loading import load
from gateway.rules.desk import Desk
from gateway.rules.mails import calls
from gateway.wording import render
from store.records import CallState, GrantState, Person, Purpose
from tests.unit.compose.calls import BOOKING, INSIDE, NORA, OUTSIDE, PLACE, START, Write, call, ticket, written
from tests.unit.compose.test_golden import GOLDEN, contrast

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"


@pytest.fixture(scope="session")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


# What can be answered


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found.append(str(dict(attributes)["href"]))


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_each_slot_is_a_line_that_is_the_answer_and_a_link_that_writes_it(letter: Write, language: str) -> None:
    one = letter("offer", language=language, facts={**OUTSIDE["offer"], "book_address": BOOKING})
    _, text, html = render(one)
    lines = re.findall(r"^(BOOK [1-9]) {2}(\S.*)$", text, re.MULTILINE)
    assert [word for word, _ in lines] == ["BOOK 1", "BOOK 2", "BOOK 3", "BOOK 4"]
    assert all(re.search(r"\d{1,2}:\d\d.*[(]Berlin[)]$", said) for _, said in lines)
    links = _Links(html).found
    assert len(links) == 4
    for (word, _), link in zip(lines, links, strict=True):
        assert re.fullmatch(r"mailto:[!-~]+", link), "nothing that would have to be encoded (RFC 6068 section 2)"
        assert not set('[]<> "') & set(link)
        to, _, query = link.removeprefix("mailto:").partition("?")
        fields = dict(pair.split("=") for pair in query.split("&"))
        assert unquote(to) == BOOKING
        assert unquote(fields["subject"]) == f"{word} [DESK-1042]"
        assert unquote(fields["body"]) == word, "one line: some programs lose the second"
        assert urlsplit(link).scheme == "mailto"


def test_an_offer_without_an_address_to_book_with_has_no_links(letter: Write) -> None:
    _, text, html = render(letter("offer", facts={**OUTSIDE["offer"], "book_address": ""}))
    assert _Links(html).found == []
    assert "BOOK 1" in text
    assert "<strong>BOOK 1</strong>" in html


WORDS = {"en": ("CANCEL", "CALL"), "de": ("ABSAGEN", "ANRUF"), "fr": ("ANNULER", "APPEL")}


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_word_that_can_be_answered_has_a_line_of_its_own(letter: Write, language: str) -> None:
    cancel, again = WORDS[language]
    with_cancel = ("invite", "invite.moved", "call_reminder", "call.stands", "call.too_late", "call.no_more_moves")
    for case in with_cancel:
        assert f"\n\n{cancel}\n" in render(letter(case, language=language))[1], case
    for case in (
        "uninvite.customer",
        "uninvite.desk",
        "call.not_there",
        "call.lapsed",
        "call.lapsed.over",
        "call.withdrawn",
    ):
        assert render(letter(case, language=language))[1].endswith(f"\n\n{again}\n"), case


@pytest.mark.parametrize("case", sorted(INSIDE))
def test_what_one_of_us_may_answer_stands_on_lines_of_its_own(letter: Write, case: str) -> None:
    _, text, html = render(letter(case))
    verbs = re.findall(r"^(#[a-z].*)$", text, re.MULTILINE)
    wanted = {
        "brief": ["#return because …", "#outcome what was found and done"],
        "call_notice.wish": ["#call network-engineering", "#call general", "#refuse because …"],
        "call_notice.wish.scheduler": ["#call network-engineering"],
        "call_notice.approval": ["#approve", "#refuse because …"],
        "call_notice.sought": ["#call cancel because …"],
        "call_notice.sought.booked": ["#call move TIME", "#call cancel because …"],
        "call_notice.owed": ["#call general"],
        "call_notice.shortage": ["#call move TIME", "#call cancel because …"],
        "call_notice.shortage.none": ["#call cancel because …"],
        "call_notice.unstaffed": ["#ack", "#call move TIME", "#call cancel because …"],
        "call_notice.outcome": ["#outcome …", "#outcome 45m …", "#outcome no-show", "#outcome no-show us"],
    }.get(case, [])
    assert verbs[: len(wanted)] == wanted
    assert all(f"<code>{verb}</code>" in html for verb in verbs)
    assert len(text[: text.index("\n\n")].splitlines()) <= 7, "four lines, of which three may be long"


# Times and places


@pytest.mark.parametrize(
    ("language", "here", "there"),
    [
        ("en", "When: Tuesday 24 November, 11:00 to 11:30 (Berlin)", "Tuesday 24 November, 10:00 to 10:30 (UTC)"),
        ("de", "Wann: Dienstag, 24. November, 11:00 bis 11:30 Uhr (Berlin)",
         "Dienstag, 24. November, 10:00 bis 10:30 Uhr (UTC)"),
        ("fr", "Quand\u00a0: mardi 24 novembre de 11:00 à 11:30 (Berlin)", "mardi 24 novembre de 10:00 à 10:30 (UTC)"),
    ],
)  # fmt: skip
def test_pitfall_28_30_the_text_says_when_in_their_language_and_zone_and_in_utc(
    letter: Write, language: str, here: str, there: str
) -> None:
    _, text, html = render(letter("invite", language=language))
    assert f"{here}\n  {there}\n" in text
    assert PLACE in text
    for said in (here.partition(": ")[2], there, PLACE):
        assert said in html


@pytest.mark.parametrize(
    ("start", "end", "zone", "said"),
    [
        ("2026-11-23T22:45:00Z", "2026-11-23T23:15:00Z", "Europe/Berlin", "Monday 23 November, 23:45 to 0:15 (Berlin)"),
        ("2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z", "Europe/Berlin", "Sunday 25 October, 2:45 to 2:15 (Berlin)"),
        (
            "2027-08-24T10:00:00Z",
            "2027-08-24T10:30:00Z",
            "Asia/Tokyo",
            "Tuesday 24 August 2027, 19:00 to 19:30 (Tokyo)",
        ),
        (
            "2026-11-24T10:00:00Z",
            "2026-11-24T10:30:00Z",
            "Asia/Kolkata",
            "Tuesday 24 November, 15:30 to 16:00 (Kolkata)",
        ),
    ],
)
def test_from_when_to_when(letter: Write, start: str, end: str, zone: str, said: str) -> None:
    text = render(letter("invite", facts={**OUTSIDE["invite"], "start": start, "end": end, "zone": zone}))[1]
    assert f"When: {said}\n" in text


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Europe/Berlin", "Time zone: Berlin (UTC+1)"),
        ("Asia/Kolkata", "Time zone: Kolkata (UTC+5:30)"),
        ("America/St_Johns", "Time zone: St Johns (UTC-3:30)"),
        ("UTC", ""),
    ],
)
def test_the_slots_say_how_far_their_zone_is_from_utc(letter: Write, zone: str, said: str) -> None:
    text = render(letter("offer", facts={**OUTSIDE["offer"], "zone": zone}))[1]
    assert (said in text) if said else ("UTC+" not in text and "Time zone" not in text)


# Who is told what (`gateway/rules/mails/calls.py`)


def test_the_mail_of_an_invite_keeps_its_organizer(desk: Desk) -> None:
    one, usual = call(), (desk, ticket(), call(), NORA, "<m@desk.example>", "1")
    countered = calls.offer(*usual, calls.COUNTERED, "", [(1, START)], proposed=START)
    for mail in (calls.invite(*usual, calls.BOOKED), calls.uninvite(*usual, calls.BY_DESK), countered):
        assert mail.serial == 3, "the serial of the keys when it was first sent"
        assert mail.facts["calendar"]["uid"] == one.invites[0].uid
    methods = [mail.facts["calendar"]["method"] for mail in (calls.invite(*usual, calls.AGAIN), countered)]
    assert methods == ["REQUEST", "DECLINECOUNTER"]
    assert calls.offer(*usual, calls.FIRST, "", [(1, START)]).serial == 0
    assert "calendar" not in calls.offer(*usual, calls.TAKEN, "", [(1, START)]).facts


@pytest.mark.parametrize(
    ("language", "summary"),
    [
        ("en", "Call with Example Support: network engineering [DESK-1042]"),
        ("de-AT", "Gespräch mit Example Support: network engineering [DESK-1042]"),
        ("fr", "Appel avec Example Support\u00a0: network engineering [DESK-1042]"),
        ("es", "Call with Example Support: network engineering [DESK-1042]"),
    ],
)
def test_pitfall_30_the_summary_is_in_the_language_of_the_mail(desk: Desk, language: str, summary: str) -> None:
    named = replace(desk, name="Example Support")
    mail = calls.invite(named, ticket(), call(language=language), NORA, "<m@desk.example>", "1", calls.BOOKED)
    assert mail.facts["calendar"]["summary"] == summary
    assert mail.language == language
    assert mail.subject == "Search is very slow", "the subject is the ticket's, also of an invite"


@pytest.mark.parametrize(
    ("state", "grant", "started", "ended"),
    [
        (CallState.EXPIRED, GrantState.EXPIRED, False, "expired"),
        (CallState.OFFERED, GrantState.EXPIRED, False, "expired"),
        (CallState.CANCELLED, GrantState.REVOKED, False, ""),
        (CallState.CANCELLED, GrantState.REDEEMED, True, "cancelled"),
        (CallState.COMPLETED, GrantState.REDEEMED, True, "over"),
        (CallState.NO_SHOW, GrantState.REDEEMED, True, "over"),
        (CallState.REFUSED, GrantState.REVOKED, False, ""),
    ],
)
def test_the_contact_learns_what_became_of_the_offer(
    desk: Desk, state: str, grant: str, started: bool, ended: str
) -> None:
    one = call()
    assert one.grant is not None
    one = replace(one, state=state, grant=replace(one.grant, state=grant))
    if not started:
        one = replace(one, start=None, end=None, cell=None)
    mail = calls.word(desk, ticket(), one, NORA, "<m@desk.example>", "1", calls.LAPSED)
    assert mail.facts["ended"] == ended


def test_who_it_is_not_for_learns_neither_when_nor_about_what(desk: Desk, letter: Write) -> None:
    olga = Person(address="olga@northwind.example", name="Olga")
    mail = calls.word(desk, ticket(), call(), olga, "<m@desk.example>", "1", calls.PERSONAL)
    assert set(mail.facts) == {"zone", "variant"}
    text = render(written(mail, letter))[1]
    assert "24" not in text
    assert "network" not in text
    assert mail.language == "en", "the language of the ticket, not of the contact"


def test_an_answer_of_perhaps_is_asked_about_at_the_reminder(desk: Desk) -> None:
    usual = (desk, ticket(), call(), NORA, "<m@desk.example>", "1")
    assert calls.reminder(*usual).facts["tentative"] is False
    perhaps = replace(call().invites[0], partstat="TENTATIVE")
    one = replace(call(), invites=(perhaps, *call().invites[1:]))
    assert calls.reminder(*usual[:2], one, *usual[3:]).facts["tentative"] is True


def test_one_of_us_reads_in_their_own_zone_and_of_the_customers(desk: Desk, letter: Write) -> None:
    agent = desk.agents["benedikt@desk.example"]
    one = call(zone="Asia/Tokyo")
    facts = {"contact": "Nora Wind <nora@northwind.example>", "until": "2026-11-24T09:40:00Z"}
    mail = calls.brief(desk, ticket(), one, agent, "<m@desk.example>", "1", calls.CHOSEN, facts)
    text = render(written(mail, letter))[1]
    assert text.startswith("You take the call about DESK-1042: Tuesday 24 November, 11:00 to 11:30\n(Berlin).\n")
    assert "for Nora it is Tuesday 24 November, 19:00 (Tokyo)" in " ".join(text.split())
    assert mail.facts["calendar"]["summary"] == "Call: network engineering [DESK-1042]"
    assert (mail.serial, mail.key, mail.purpose) == (2, "note", Purpose.BRIEF)


def test_pitfall_25_no_secret_address_stands_in_what_goes_into_a_calendar(letter: Write) -> None:
    """Calendars are shared with assistants and programs: no key but that of the organizer."""
    more = dict.fromkeys(("note_address", "commands_address", "public_address"), f"desk+k{'c' * 26}@desk.example")
    for case, facts in (OUTSIDE | INSIDE).items():
        if "calendar" in facts:
            assert "+k" not in render(letter(case, facts={**facts, **more, "book_address": BOOKING}))[1], case


# How it looks


def test_the_buttons_can_be_read_in_both_schemes() -> None:
    html = (GOLDEN / "offer.en.html").read_text(encoding="utf-8")
    light, dark = html.split("@media (prefers-color-scheme: dark)")
    for style, paper in ((light, "#ffffff"), (dark, "#16181c")):
        ink = re.search(r"\.slot a \{[^}]*[^-]color: (#[0-9a-f]{6})", style)
        assert ink is not None
        assert contrast(ink[1], paper) >= 4.5


@pytest.mark.parametrize("case", sorted(OUTSIDE))
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_the_page_says_the_words_of_the_text(letter: Write, case: str, language: str) -> None:
    _, text, html = render(letter(case, language=language))
    page = re.sub(r"<style>.*?</style>|<title>.*?</title>", "", html, flags=re.DOTALL)
    said = set(re.findall(r"[\w'’]+", re.sub(r"<[^>]*>", " ", page.replace("&lt;", "<").replace("&gt;", ">"))))
    missing = set(re.findall(r"[\w'’]+", re.sub(r"<[^>]*>", " ", text))) - said
    assert missing == set()
