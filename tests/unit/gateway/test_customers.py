"""A customer's one word, in the languages of the desk, and everything that is none."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.rules import mails
from gateway.rules.customers import LONGEST_LINE, Wanted, Wish, is_about_what_was, looked_into, standing, wish, word
from gateway.rules.desk import Desk
from gateway.rules.triage import MISFILED, WHAT_IS_IT, asked_no_more, questioned
from parsing.message import Attachment, Kind, Mailbox, ParsedMail
from store.records import ClosedAs, Direction, Message, Person, Role, Status, Ticket, Trust
from tests.unit.gateway.conftest import NOW

NORA = Person(address="nora@northwind.example", name="Nora Wind")
DONE = {"status": Status.RESOLVED.value, "status_category": "done", "resolved_at": NOW, "outcome": "rebuilt"}


BOX = Mailbox(name=NORA.name, address=NORA.address)
LOGO = Attachment(
    part=2, filename="logo.png", safe_name="logo.png", content_type="image/png", size=900, sha256="a" * 64,
    inline=True, content_id="logo",
)  # fmt: skip


def mail(text: str, kind: Kind = Kind.HUMAN, **more: Any) -> ParsedMail:
    return ParsedMail(kind=kind, reply=text, from_=BOX, **more)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("YES", "yes"), ("yes.", "yes"), (" *Yes* \n\nNora", "yes"), ("Yes\u00a0!", "yes"), ("»Ja«", "yes"),
        ("JA", "yes"),
        ("oui", "yes"), ("OUI !\nMerci", "yes"), ("no", "no"), ("Nein.", "no"), ("non", "no"), ("NON !", "no"),
        ("status", "status"), ("STATUS?", "status"), ("Stand?", "status"), ("État ?", "status"), ("#status", "status"),
        ("> Is it solved for you?\n>\n> YES\nYes", "yes"),
        ("> YES", ""), ("yes it works", "yes"), ("Yes, thanks", "yes"), ("no problem", ""), ("yesterday", ""),
        ("si", ""), ("The status?", ""), ("status please", ""), ("Hello,\nYES", ""), ("", ""), ("?", ""), ("да", ""),
    ],
)  # fmt: skip
def test_a_word_is_the_whole_first_line(desk: Desk, text: str, meaning: str) -> None:
    assert word(mail(text), desk) == meaning


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Ja, danke", "yes"), ("Yes, thank you!", "yes"), ("Thanks, solved", "yes"), ("gelöst, danke", "yes"),
        ("oui, merci", "yes"), ("Danke, Anastasia, es funktioniert jetzt!", "yes"), ("C’est bon, merci à tous.", "yes"),
        ("Ja, vielen Dank für die schnelle Hilfe!", "yes"), ("Thank you very much!", "thanks"),
        ("Merci beaucoup !", "thanks"), ("Danke für die Hilfe, Nora", "thanks"), ("Thanks, perfect", "thanks"),
        ("Thanks a lot\n\nBest regards\nNora Wind", "thanks"),
        ("Yes, but it is slow", ""), ("Ja, aber langsam", ""), ("Danke, geht nicht", "no"), ("Merci, mais non", ""),
        ("Thanks, not solved", "no"), ("Yes, thanks?", ""), ("Yes?", ""), ("Thanks, please call me", ""),
        ("Yes, however", ""), ("Thanks, still", ""), ("Thanks for nothing", ""), ("Yes, and", ""), ("Nora", ""),
        ("ça marche pas", ""), ("Nora, solved", ""), ("thanks " * 12, ""),
        ("No, it still fails", "no"), ("Nein, es geht nicht mehr, seit heute früh um acht Uhr", "no"),
        ("Non. Toujours lent", "no"), ("No problem, thanks", ""), ("No? Really?", ""), ("Nothing, thanks", ""),
    ],
)  # fmt: skip
def test_a_short_kind_line_is_its_word(desk: Desk, text: str, meaning: str) -> None:
    assert word(mail(text), desk) == meaning


def test_thanks_move_nothing_that_is_done(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    def found(text: str, **changes: Any) -> Wanted | None:
        one = wish(mail(text), ticket(**(DONE | changes)), "requester", Trust.D, desk)
        return one.wanted if one is not None else None

    assert found("Thank you very much!\n\nNora") is Wanted.THANK
    assert found("Thank you very much!", status=Status.CLOSED.value) is Wanted.THANK
    assert found("Thank you very much!\n\nThe export is broken.") is None
    assert found("Thank you very much!", status=Status.IN_PROGRESS.value, status_category="open") is None
    assert is_about_what_was(mail("Vielen Dank!"), frozenset(), desk)


@pytest.mark.parametrize(("text", "more"), [("NO", False), ("Nein.\n\nNora", False), ("No, it fails", True)])
def test_a_no_alone_does_not_say_what_is_wrong(
    desk: Desk, ticket: Callable[..., Ticket], text: str, more: bool
) -> None:
    found = wish(mail(text), ticket(**DONE), "requester", Trust.B, desk)
    assert found is not None
    assert (found.wanted, found.more) == (Wanted.REOPEN, more)


def test_how_it_stands_says_what_comes_where_no_time_is_promised(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    begun = ticket(status="in_progress", clocks=())
    assert standing(begun, NORA, (), desk)["pending"] is True
    for other in (ticket(**DONE), ticket(status="in_progress", clocks=(), waiting_on="customer")):
        assert "pending" not in standing(other, NORA, (), desk)


def test_only_the_languages_of_the_desk_count(desk: Desk) -> None:
    english = replace(desk, languages=("en",))
    assert [word(mail(text), english) for text in ("yes", "ja", "oui", "stand")] == ["yes", "", "", ""]
    german = replace(desk, languages=("de",))  # whoever gets a mail in English is asked in English
    assert [word(mail(text), german) for text in ("yes", "ja", "oui")] == ["yes", "yes", ""]


def test_a_machine_says_nothing(desk: Desk) -> None:
    for kind in Kind:
        assert bool(word(mail("yes", kind), desk)) is (kind is Kind.HUMAN)
    assert word(mail("yes", auto_generated=True), desk) == ""


@pytest.mark.parametrize(
    ("role", "trust", "wanted"),
    [
        ("requester", Trust.A, Wanted.CLOSE),
        ("requester", Trust.B, Wanted.CLOSE),
        ("requester", Trust.C, Wanted.CLOSE),  # it came to the secret address of the question
        ("requester", Trust.D, Wanted.NOTHING),
        ("copied", Trust.B, Wanted.NOTHING),
        ("unverified", Trust.C, Wanted.NOTHING),
    ],
)
def test_r39_who_says_yes_closes(
    desk: Desk, ticket: Callable[..., Ticket], role: str, trust: Trust, wanted: Wanted
) -> None:
    found = wish(mail("YES"), ticket(**DONE), role, trust, desk)
    assert found is not None
    assert found.wanted is wanted
    assert "book, cancel, call, close" in found.step.why


@pytest.mark.parametrize(
    ("text", "changes", "wanted"),
    [
        ("NO", {}, Wanted.REOPEN),
        ("Non.\n\nLa recherche reste lente.", {}, Wanted.REOPEN),
        ("YES", {"status": Status.CLOSED.value}, Wanted.KEEP),
        ("YES\n\nThank you and best regards\nNora Wind", {}, Wanted.CLOSE),
        ("YES\n\nThanks, Nora", {}, Wanted.CLOSE),
        ("YES\n> Solved?\nVielen Dank und viele Grüße\nN. Wind", {}, None),
        ("YES\n> Solved?\nVielen Dank und viele Grüße\nWind", {}, Wanted.CLOSE),
        ("Oui\n\nMerci d’avance,\nBien à vous", {}, Wanted.CLOSE),
        ("YES\n\nThanks for nothing", {}, None),
        ("YES\n\nand", {}, None),
        ("YES\n\nBut now the export is broken and nobody can work.", {}, None),
        ("YES\n\nBut what about the other one?", {}, None),
        ("YES\n\nBob", {"status": Status.CLOSED.value}, None),
        ("YES\n" + "\n" * 30_000 + "But the export is broken.", {}, None),
        ("YES\n\nThe shop is fast, but now the search in orders shows nothing at all to me.", {}, None),
        ("YES", {"status": Status.IN_PROGRESS.value, "status_category": "open"}, None),
        ("NO", {"status": Status.NEW.value, "status_category": "open"}, None),
        ("YES", {"status": Status.CLOSED.value, "closed_as": ClosedAs.SPAM.value}, None),
        ("NO", {"status": Status.CLOSED.value, "closed_as": ClosedAs.MERGED.value}, None),
        ("It works now.", {}, Wanted.CLOSE),
        ("It works now and then.", {}, None),
        ("YES", {"audience": "internal", "type": "escalation"}, None),
        ("STATUS", {"audience": "internal", "type": "escalation"}, None),
    ],
)
def test_r39_what_a_word_wants(
    desk: Desk, ticket: Callable[..., Ticket], text: str, changes: dict[str, str], wanted: Wanted | None
) -> None:
    found = wish(mail(text), ticket(**DONE | changes), "requester", Trust.B, desk)
    assert (found.wanted if found is not None else None) is wanted


def test_a_word_with_a_file_is_words(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    def found(file: Attachment, seen: frozenset[str] = frozenset()) -> Wish | None:
        return wish(mail("YES", attachments=(file,)), ticket(**DONE), "requester", Trust.B, desk, seen)

    assert found(LOGO) is None
    assert found(LOGO, frozenset({LOGO.sha256})) is not None  # the logo of every mail of theirs
    assert found(replace(LOGO, inline=False), frozenset({LOGO.sha256})) is None
    assert found(replace(LOGO, content_type="application/pkcs7-signature")) is not None


@pytest.mark.parametrize(
    ("text", "more"),
    [("Status?", False), ("Status?\n\nThank you\nNora Wind", False), ("Status?\n\nAll is down.", True)],
)
def test_r16_a_question_how_it_stands_swallows_no_words(
    desk: Desk, ticket: Callable[..., Ticket], text: str, more: bool
) -> None:
    found = wish(mail(text), ticket(), "requester", Trust.B, desk)
    assert found is not None
    assert (found.wanted, found.more) == (Wanted.STATUS, more)
    assert is_about_what_was(mail(text), frozenset(), desk) is not more
    unproven = wish(mail(text), ticket(), "requester", Trust.D, desk)
    assert (unproven is None) is more


@pytest.mark.parametrize("role", ["requester", "copied", "unverified", "robot"])
def test_r16_who_may_ask_how_it_stands(desk: Desk, ticket: Callable[..., Ticket], role: str) -> None:
    for trust in Trust:
        found = wish(mail("status"), ticket(), role, trust, desk)
        assert found is not None
        may = role in ("requester", "copied") and trust is not Trust.D
        assert found.wanted is (Wanted.STATUS if may else Wanted.NOTHING)


def said(text: str, direction: Direction, of: str, to: tuple[str, ...] = ()) -> Message:
    role = Role.CUSTOMER if direction is Direction.IN else Role.AGENT
    return Message(at=NOW, direction=direction, role=role, from_address=of, to=to, text=text, trust="B")


def test_r16_the_answer_tells_what_is_public_only(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    recent = [
        said("It is slow.", Direction.IN, NORA.address),
        said("Which browser?", Direction.OUT, "anastasia@desk.example", (NORA.address,)),
        said("They never restart.", Direction.NOTE, "anastasia@desk.example"),
        said("For me, too.", Direction.IN, "bob@northwind.example"),
        said("A word to Bob.", Direction.OUT, "anastasia@desk.example", ("bob@northwind.example",)),
        said("STATUS", Direction.IN, NORA.address),
    ]
    waiting = ticket(
        status="in_progress", assignee="anastasia", next_action="blame the vendor", blocked_on="vendor",
        waiting_on="customer", priority_reason="they shout",
    )  # fmt: skip
    facts = standing(waiting, NORA, recent, desk)
    assert facts["last"] == {"at": "2026-11-23T08:00:00Z", "who": "desk", "text": "Which browser?"}
    assert facts["yours"] is True
    shown = str(facts)
    for secret in ("anastasia", "restart", "Bob", "blame", "vendor", "shout"):
        assert secret not in shown


@pytest.mark.parametrize(
    ("changes", "status", "outcome"),
    [
        ({"status": "new"}, "new", ""),
        ({"status": "awaiting_review"}, "open", ""),
        ({"status": "milestone_reached", "status_category": "waiting"}, "waiting", ""),
        (DONE, "resolved", "rebuilt"),
        ({**DONE, "status": "closed", "closed_as": "wrong_type", "outcome": "an insult"}, "closed", ""),
    ],
)
def test_r16_statuses_are_told_in_words_that_every_language_has(
    desk: Desk, ticket: Callable[..., Ticket], changes: dict[str, str], status: str, outcome: str
) -> None:
    facts = standing(ticket(**changes), NORA, (), desk)
    assert (facts["status"], facts["outcome"]) == (status, outcome)


def test_their_organisations_zone_is_theirs(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    far = {"northwind.example": replace(desk.organisations["northwind.example"], zone="America/New_York")}
    assert standing(ticket(), NORA, (), replace(desk, organisations=far))["zone"] == "America/New_York"
    assert standing(ticket(), NORA, (), desk)["zone"] == ""


@pytest.mark.parametrize(
    "text",
    [
        "y" * 2_000_000,
        "> " * 1_000_000,
        "\n" * 2_000_000,
        "yes\n" + "x " * 1_000_000,
        "." * 10**6,
        "yes\n" + "thanks and\n" * 10**5,
    ],
)
def test_hostile_text_costs_nothing(desk: Desk, ticket: Callable[..., Ticket], text: str) -> None:
    began = time.process_time()
    wish(mail(text), ticket(**DONE), "requester", Trust.B, desk)
    assert time.process_time() - began < 0.5
    assert len(text) > LONGEST_LINE


def test_a_planned_start_is_told(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    planned = ticket(status="scheduled", status_category="scheduled", scheduled_for=NOW + timedelta(days=1))
    assert standing(planned, NORA, (), desk)["planned"] == "2026-11-24T08:00:00Z"
    begun = ticket(status="in_progress", scheduled_for=NOW + timedelta(days=1))
    assert standing(begun, NORA, (), desk)["planned"] == ""


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("CLOSE", "close"), ("Please close.", "close"), ("schließen", "close"), ("Fermer !", "close"),
        ("WRONG TYPE", "wrong type"), ("Falsche\u00a0 Art.", "wrong type"), ("mauvais type", "wrong type"),
        ("NOT SOLVED", "no"), ("Still broken!", "no"), ("Nicht gelöst, danke", "no"), ("toujours pas", "no"),
        ("Thanks, still broken, Nora", "no"), ("Ça ne marche toujours pas.", "no"), ("nicht\u00a0gelöst", "no"),
        ("Close?", ""), ("close the window first", ""), ("Nothing solved", ""), ("not solved is the search", ""),
        ("wrong type of cable", ""), ("It is solved", "yes"), ("ist gelöst", "yes"),
    ],
)  # fmt: skip
def test_r16_words_of_three_languages(desk: Desk, text: str, meaning: str) -> None:
    assert word(mail(text), desk) == meaning
    assert word(mail(text, Kind.AUTO_REPLY), desk) == ""
    assert word(mail(text, auto_generated=True), desk) == ""


@pytest.mark.parametrize(
    ("role", "trust", "confirmed", "wanted"),
    [
        ("requester", Trust.A, False, Wanted.WITHDRAW), ("requester", Trust.B, False, Wanted.WITHDRAW),
        ("requester", Trust.C, False, Wanted.ASK), ("requester", Trust.C, True, Wanted.WITHDRAW),
        ("requester", Trust.D, False, Wanted.NOTHING), ("requester", Trust.D, True, Wanted.NOTHING),
        ("copied", Trust.A, True, Wanted.NOTHING), ("unverified", Trust.A, True, Wanted.NOTHING),
    ],
)  # fmt: skip
def test_who_says_close_closes(
    desk: Desk, ticket: Callable[..., Ticket], role: str, trust: Trust, confirmed: bool, wanted: Wanted
) -> None:
    for status in ("new", "accepted", "in_progress", "awaiting_review", "scheduled"):
        found = wish(mail("CLOSE"), ticket(status=status), role, trust, desk, confirmed=confirmed)
        assert found is not None
        assert found.wanted is wanted
        assert "book, cancel, call, close" in found.step.why


@pytest.mark.parametrize(
    ("text", "changes", "wanted"),
    [
        ("CLOSE\n\nI found it myself, in the settings below the search.", {}, None),
        ("CLOSE", DONE, Wanted.CLOSE),
        ("CLOSE", {**DONE, "status": "closed"}, Wanted.KEEP),
        ("CLOSE", {**DONE, "status": "closed", "closed_as": "no_answer"}, Wanted.KEEP),
        ("Thanks!", {**DONE, "status": "closed", "closed_as": "withdrawn"}, Wanted.THANK),
        ("Thanks!", {**DONE, "status": "closed", "closed_as": "no_answer"}, None),
        ("NO", {**DONE, "status": "closed", "closed_as": "withdrawn"}, Wanted.REOPEN),
        ("Still broken", {}, None),
        ("Still broken", DONE, Wanted.REOPEN),
        ("CLOSE", {"audience": "internal", "type": "escalation"}, None),
        ("WRONG TYPE", {}, Wanted.TRIAGE),
        ("WRONG TYPE\n\nIt is a question.", {}, Wanted.TRIAGE),
        ("WRONG TYPE", {"tags": ("wrong-type",)}, Wanted.KEEP),
        ("WRONG TYPE\n\nIt is a question.", {"tags": ("wrong-type",)}, None),
        ("WRONG TYPE", DONE, None),
    ],
)
def test_what_close_and_wrong_type_want(
    desk: Desk, ticket: Callable[..., Ticket], text: str, changes: dict[str, Any], wanted: Wanted | None
) -> None:
    found = wish(mail(text), ticket(**changes), "requester", Trust.B, desk)
    assert (found.wanted if found is not None else None) is wanted


def test_r20_the_question_what_it_is_stands_before_what_was_planned(ticket: Callable[..., Ticket]) -> None:
    for planned in ("", "call the carrier"):
        asked = questioned(ticket(next_action=planned, tags=("search",)))
        assert asked.tags == ("search", MISFILED)
        assert asked.next_action.startswith(WHAT_IS_IT)
        assert asked_no_more(asked.next_action) == planned
    assert asked_no_more("call the carrier") == "call the carrier"


def test_particulars_below_the_authors_own_name_say_nothing(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    def wanted(text: str) -> Wanted | None:
        found = wish(mail(text), ticket(), "requester", Trust.B, desk)
        return found.wanted if found is not None else None

    assert wanted("CLOSE\n\nNora Wind\nPhone: 0431 5550123\nnora@northwind.example") is Wanted.WITHDRAW
    assert wanted("CLOSE\n\nNora Wind\nThe other one is still slow") is None
    assert wanted("CLOSE\n\nNora Wind\nCall 0431 5550123, it is urgent!") is None
    assert wanted("CLOSE\n\nPhone: 0431 5550123") is None


def test_close_is_offered_to_its_requester_while_it_is_open(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    bob = Person(address="bob@northwind.example")
    assert standing(ticket(), NORA, (), desk)["closes"] is True
    assert "closes" not in standing(ticket(), bob, (), desk), "it is not theirs to end"
    assert "closes" not in standing(ticket(**DONE), NORA, (), desk)


@pytest.mark.parametrize(("alone", "said"), [(True, "alone"), (False, "said")])
def test_wrong_type_is_answered(desk: Desk, ticket: Callable[..., Ticket], alone: bool, said: str) -> None:
    assert looked_into(ticket(), NORA, desk, alone=alone)["misfiled"] == said


def test_who_is_copied_learns_once_why_they_get_it(desk: Desk, ticket: Callable[..., Ticket]) -> None:
    bob = Person(address="bob@northwind.example")
    asked = Message(
        at=NOW,
        direction=Direction.IN,
        role=Role.CUSTOMER,
        from_name="Nora Wind",
        from_address=NORA.address,
        subject="Search is very slow",
        message_id="<1@northwind.example>",
        text="The search is slow.",
        trust="B",
        kind="human",
    )
    ours = replace(asked, direction=Direction.OUT, from_name="", from_address="", to=(NORA.address, bob.address))
    agent = desk.agents["anastasia@desk.example"]

    def facts(to: Person, *recent: Message) -> Any:
        return mails.answer(desk, ticket(), to, "<2@desk.example>", "1", agent, "Yes.", recent, (), "").facts

    assert facts(bob, asked)["copied_by"] == "Nora Wind"
    assert "copied_by" not in facts(NORA, asked)
    assert "copied_by" not in facts(bob, asked, ours), "once"
    assert facts(bob, replace(asked, from_name="help@desk.example"))["copied_by"] == "nora", "no name, no whole address"
