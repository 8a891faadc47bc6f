"""Mails that ask for what is missing (R40): what is asked, in whose language, what is given back to whom; and what our
own people read of it (R45)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from gateway.compose import LeakError, compose
from gateway.config.loading import load
from gateway.letter import Letter
from gateway.rules import budget, mails
from gateway.rules.desk import Desk
from gateway.rules.intake.record import Fact, Intake, kept
from gateway.rules.mails import questions
from gateway.rules.notices import matter
from gateway.rules.policy.intake import Inquiry, Wanted
from gateway.rules.privacy import Guard
from gateway.wording import render
from parsing.message import Choice, Sought
from store.records import Person, Purpose, SendMail, Status, Ticket, Trust
from tests import canaries
from tests.unit.compose.test_golden import GOLDEN, contrast, own_lines

DEMO = Path(__file__).parents[3] / "templates" / "desk" / "demo.toml"
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA = Person(address="nora@northwind.example", name="Nora Wind")
STAMP = "2026-11-23T08:00:00Z"
ALL = ("invoice_number", "observed", "steps_to_reproduce", "expected", "started_at", "affected_users")
Write = Callable[..., Letter]


@pytest.fixture(scope="session")
def desk() -> Desk:
    return load(DEMO, {}).desk(bytes(range(32)))


def ticket(intake: Intake | None = None, **changes: Any) -> Ticket:
    usual = Ticket(
        ref=1042, status=Status.NEW, status_category="open", type="support", subject="Search is very slow",
        team="frontline", requester=NORA.address, mailbox="support@desk.example", language="en", created_at=NOW,
        updated_at=NOW,
    )  # fmt: skip
    found = replace(usual, **changes)
    return kept(found, intake) if intake is not None else found


def wanted(name: str, kind: str = "text", choices: tuple[str, ...] = (), **more: Any) -> Wanted:
    sought = Sought(name=name, kind=kind, choices=tuple(Choice(value=value) for value in choices))
    label = {"en": name.capitalize(), "de": f"D-{name}", "fr": f"F-{name}"}
    return Wanted(**{"name": name, "sought": sought, "label": label, **more})


def asking(desk: Desk, *fields: Wanted) -> Desk:
    return replace(desk, inquiry=Inquiry(fields={one.name: one for one in fields}))


def said(state: str = "present", **more: Any) -> Fact:
    return Fact(**{"state": state, "by": NORA.address, "at": STAMP, "how": "sentence", **more})


def text_of(mail: SendMail, write: Write) -> str:
    """The text part, as the sender would write it."""
    letter = write(str(mail.purpose), facts=mail.facts, language=mail.language, subject=f"[DESK-1042] {mail.subject}")
    return render(letter)[1]


def ack(desk: Desk, about: Ticket, names: tuple[str, ...], trust: Trust = Trust.B) -> SendMail:
    return mails.acknowledgement(
        about, NORA, trust, "<a@desk.example>", "<q@n>", NOW + timedelta(hours=3), "",
        questions=questions.asked(names, about, desk), found=questions.found(about, desk, about.language),
    )  # fmt: skip


# What is asked


def test_each_language_of_the_questions_has_every_template_that_asks() -> None:
    for purpose in ("acknowledgement", "answer", "question", "unanswered"):
        written = {path.parent.name for path in Path(str(files("templates"))).glob(f"mail/*/{purpose}.txt")}
        assert written == set(questions.WRITTEN)


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [
        ("en", "1. Observed:", "4. Started at:"),
        ("de", "1. Beobachtet:", "4. Begonnen:"),
        ("fr", "1. Constaté :", "4. Début :"),
    ],
)
def test_r40_the_acknowledgement_lists_exactly_what_is_asked(
    desk: Desk, letter: Write, language: str, first: str, last: str
) -> None:
    names = ("observed", "steps_to_reproduce", "expected", "started_at")
    text = text_of(ack(desk, ticket(language=language), names), letter)
    asked = re.findall(r"^[1-9]\. [^\n]*:$", text, re.MULTILINE)
    assert len(asked) == 4
    assert (asked[0], asked[-1]) == (first, last)
    assert len(own_lines(text)) <= 14
    assert all(len(line) <= 72 for line in text.splitlines())
    assert "Customer" not in text


def test_r40_one_question_is_asked_as_the_voice_has_it(desk: Desk, letter: Write) -> None:
    about = ticket(Intake(fields={"affected_users": said(), "started_at": said(moment="2026-11-20T13:00:00Z")}),
                   facts={"affected_users": "about 25", "started_at": "Friday at two"})  # fmt: skip
    text = text_of(ack(desk, about, ("steps_to_reproduce",)), letter)
    assert "  Affected users: about 25\n" in text
    assert "  Started at: Friday 20 November, 14:00 (Berlin)\n" in text
    assert "we need one more thing. Reply here, in any form:\n\nSteps to reproduce:\n  (" in text
    assert "also if you do" in text
    assert "WRONG TYPE" not in text, "one thing is asked at a time"


def test_a_letter_answers_a_closed_question(desk: Desk, letter: Write) -> None:
    many = tuple(f"Model {number}" for number in range(13))
    closed = wanted("sure", "yesno"), wanted("plan", "choice", ("Basic", "Team"))
    desk = asking(desk, *closed, wanted("model", "product", many))
    text = text_of(ack(desk, ticket(language="de"), ("sure", "plan", "model")), letter)
    assert "1. D-sure:\n   (Ein Buchstabe genügt.)\n   a) ja\n   b) nein\n" in text
    assert "2. D-plan:\n   (Ein Buchstabe genügt.)\n   a) Basic\n   b) Team\n" in text
    assert "3. D-model:\n\n" in text, "a long catalogue is asked for in free words"


def test_a_mail_that_a_field_has_no_words_for_is_in_another_language_as_a_whole(desk: Desk, letter: Write) -> None:
    desk = asking(desk, wanted("plan"), wanted("shop", label={"en": "Shop", "de": "Laden"}))
    about = ticket(language="fr")
    assert ack(desk, about, ("plan",)).language == "fr"
    both = ack(desk, about, ("plan", "shop"))
    assert both.language == "en"
    assert "1. Plan:" in text_of(both, letter)
    assert ack(desk, ticket(language="es"), ("shop",)).language == "en"
    german = asking(desk, wanted("shop", label={"de": "Laden"}))
    assert ack(german, about, ("shop",)).language == "de"


def test_a_field_that_is_declared_no_more_is_asked_by_its_name(desk: Desk) -> None:
    assert questions.asked(("gone_now",), ticket(), desk)[0]["label"] == "Gone now"


def test_a_secret_says_how_it_is_treated(desk: Desk, letter: Write) -> None:
    desk = asking(desk, wanted("code", sensitive=True, expires=timedelta(days=1)), wanted("word", sensitive=True))
    text = " ".join(text_of(ack(desk, ticket(), ("code", "word")), letter).split())
    assert "(In confidence: we repeat it to nobody and remove it from this case after a day.)" in text
    assert "(In confidence: we repeat it to nobody.)" in text


def test_whatever_a_configuration_says_the_lines_stay_short(desk: Desk, letter: Write) -> None:
    long = {"en": "word " * 200}
    words = dict.fromkeys(("label", "question", "example", "reason"), long)
    field = wanted("plan", "choice", tuple("x" * 90 for _ in range(12)), **words)
    about = ticket(Intake(fields={"plan": said()}), facts={"plan": "y" * 900})
    text = text_of(ack(asking(desk, field), about, ("plan", "plan")), letter)
    assert all(len(line) <= 72 for line in text.splitlines())
    assert len(text) < 6_000


# What is given back to whom


def test_nothing_of_a_mail_goes_to_an_address_that_nothing_proves(desk: Desk, letter: Write) -> None:
    about = ticket(Intake(fields={"affected_users": said()}), facts={"affected_users": "about 25"})
    mail = ack(desk, about, ("observed",), Trust.D)
    assert "25" not in text_of(mail, letter)
    assert mail.facts.get("found") is None
    for one in (
        questions.question(desk, about, NORA, "<b@d>", "r", "<q@n>", ("observed",), "reminder", trust=Trust.D),
        questions.unanswered(desk, about, NORA, "<b@d>", "r", trust=Trust.D),
    ):
        assert one.subject == "We have your message"
        assert one.to.name == ""


def test_what_was_understood_is_the_readers_own_words(desk: Desk) -> None:
    facts = {
        "observed": said(), "expected": said(by="olga@northwind.example"), "started_at": said(how="agent"),
        "affected_users": said("unsure"), "steps_to_reproduce": said("unknown"), "invoice_number": said("missing"),
    }  # fmt: skip
    about = ticket(Intake(fields=facts), facts=dict.fromkeys(ALL, "x"))
    assert questions.found(about, desk, "en") == [["Observed", "x"], ["Affected users", "x", "perhaps"]]
    assert questions.found(about, desk, "de", to="olga@northwind.example") == [["Erwartet", "x"]]


def test_a_secret_is_never_given_back(desk: Desk, letter: Write) -> None:
    desk = asking(desk, wanted("code", sensitive=True), wanted("plan"))
    about = ticket(Intake(fields={"code": said()}), facts={"code": "4711-XYZ"})
    text = text_of(ack(desk, about, ("plan",)), letter)
    assert "Code: given" in text
    assert "4711" not in text


def test_r40_a_second_question_shows_what_was_said_since_the_first(desk: Desk, letter: Write) -> None:
    before = said(at="2026-11-22T08:00:00Z")
    facts = {"observed": before, "expected": said(how="answer")}
    about = ticket(Intake(stage="asking", rounds=1, asked_at="2026-11-22T08:00:00Z", fields=facts),
                   facts={"observed": "white", "expected": "a list"})  # fmt: skip
    mail = questions.question(desk, about, NORA, "<b@d>", "r", "<q@n>", ("started_at",), questions.AGAIN)
    assert mail.facts["found"] == [["Expected", "a list"]]
    assert (mail.in_reply_to, mail.references, mail.automatic, mail.key) == ("<q@n>", ("<q@n>",), True, "public")
    assert mail.subject == about.subject, "the reference is all that is put before it"
    text = text_of(mail, letter)
    assert text.startswith("Thank you. For DESK-1042 one thing is still missing.\n")
    assert "Started at:\n  (Since when is it so?" in text
    assert "white" not in text


def test_a_reminder_says_when_it_closes_and_repeats_no_word_of_theirs(desk: Desk, letter: Write) -> None:
    about = ticket(Intake(asked_at=STAMP, fields={"observed": said()}), facts={"observed": "white"})
    mail = questions.question(desk, about, NORA, "<b@d>", "r", "", ("expected",), questions.REMINDER)
    text = text_of(mail, letter)
    assert "10 working days after our question" in text
    assert "white" not in text
    never = replace(desk, inquiry=replace(desk.inquiry, close=0))
    mail = questions.question(never, about, NORA, "<b@d>", "r", "", ("expected",), questions.REMINDER)
    assert "closes" not in text_of(mail, letter)


def test_only_a_question_that_one_of_us_asks_waits_for_its_budget(desk: Desk) -> None:
    owed = [
        budget.is_owed(questions.question(desk, ticket(), NORA, "<b@d>", "r", "", ("expected",), variant))
        for variant in (questions.AGAIN, questions.REMINDER, questions.AGENT)
    ]
    assert owed == [False, False, True]


def test_who_did_not_answer_learns_what_was_asked_and_how_it_opens_again(desk: Desk, letter: Write) -> None:
    about = ticket(Intake(needed=("observed", "expected"), fields={"observed": said()}), language="de")
    mail = questions.unanswered(desk, about, NORA, "<b@d>", "r", answers="<q@n>")
    assert mail.purpose is Purpose.UNANSWERED
    text = text_of(mail, letter)
    assert "Gefragt war nach: Erwartet\n" in text
    assert f"binnen {desk.reopen_within.days} Tagen" in text


def test_questions_stand_below_the_words_of_an_agent(desk: Desk, letter: Write) -> None:
    agent = next(iter(desk.agents.values()))
    mail = mails.answer(
        desk, ticket(language="fr"), NORA, "<a@d>", "r", agent, "Je regarde.", (), (), "",
        questions=questions.asked(("observed",), ticket(language="fr"), desk),
    )  # fmt: skip
    text = text_of(mail, letter)
    assert text.startswith("Je regarde.\n\nPour continuer, il nous manque une précision.")
    assert "Constaté :\n  (" in text
    assert not mail.automatic


# The last check and the page


GUARD = Guard(addresses=frozenset({"benedikt@desk.example"}), domains=("desk.example",))


@pytest.mark.parametrize("case", ["acknowledgement.asking", "question.again"])
def test_the_customers_own_words_are_no_leak_but_an_address_in_a_question_is(letter: Write, case: str) -> None:
    one = letter(case)
    own = replace(one, facts={**one.facts, "found": [["Observed", "benedikt@desk.example does not answer"]]})
    mail = message_from_bytes(compose(own, GUARD), policy=policy.default)
    assert "benedikt@desk.example does not answer" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    canaries.HITS.clear()  # the suite takes any address of ours for a leak, even one that the customer wrote
    ours = {**one.facts["questions"][0], "example": "write to benedikt@desk.example"}
    with pytest.raises(LeakError):
        compose(replace(one, facts={**one.facts, "questions": [ours]}), GUARD)


def test_the_cards_can_be_read_in_both_schemes() -> None:
    html = (GOLDEN / "question.en.html").read_text(encoding="utf-8")
    for style, ink in zip(html.split("@media (prefers-color-scheme: dark)"), ("#1c1e21", "#e6e8eb"), strict=True):
        card = re.search(r"\.card \{[^}]*background: (#[0-9a-f]{6})", style)
        hint = re.search(r"\.card \.hint \{[^}]*color: (#[0-9a-f]{6})", style)
        room = re.search(r"\.room \{[^}]*background: (#[0-9a-f]{6})", style)
        assert card and hint and room
        assert min(contrast(hint[1], card[1]), contrast(ink, card[1]), contrast(ink, room[1])) >= 4.5


def test_the_page_says_the_words_of_the_text(letter: Write) -> None:
    _, text, html = render(letter("question.reminder"))
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.partition("<main>")[2]).replace("&nbsp;", " "))
    for line in re.findall(r"^(?:[1-9]\. .*:| {3}\([^\n]*\))$", text, re.MULTILINE):
        assert line.strip() in shown


# What our own people read


def test_r45_our_people_read_what_is_known_and_what_is_not(desk: Desk) -> None:
    others = (wanted(name) for name in ("observed", "expected", "shop", "plan", "when"))
    desk = asking(desk, wanted("code", sensitive=True), *others)
    facts = {
        "code": said(), "observed": said(), "expected": said("unsure"), "shop": said("unknown"), "plan": said("waived"),
        "when": said("missing"),
    }  # fmt: skip
    values = {"observed": "white", "expected": "a list", "code": "4711", "plan": "x", "contact": "olga@n.example"}
    about = ticket(Intake(needed=tuple(facts), fields=facts), facts=values, topic="Access")
    assert sorted(matter.rows(about, desk)) == [
        ["Code", "given, not shown"], ["Contact", "olga@n.example"], ["Expected (unsure)", "a list"],
        ["Observed", "white"], ["Shop", "they do not know"],
    ]  # fmt: skip
    assert matter.missing(about, desk) == "Expected (unsure), When"
    assert matter.missing(replace(about, status_category="done"), desk) == ""


def test_r45_words_about_a_time_come_with_the_time_that_they_mean(desk: Desk, letter: Write) -> None:
    about = ticket(Intake(fields={"started_at": said(moment="2026-11-20")}), facts={"started_at": "last Friday"})
    rows = matter.rows(about, desk)
    assert rows == [["Started at", "last Friday", "2026-11-20"]]
    assert "Started at: last Friday (Friday 20 November)" in render(letter("notice", facts={"gist": rows}))[1]
