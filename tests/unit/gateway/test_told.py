"""What a mail says of whom it goes to, of who wrote before, and of what a merge, a name or an alarm means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.ticket import ticket as ticket_command
from gateway.rules import mails, participants
from gateway.rules.desk import Desk
from gateway.rules.notices import notice
from gateway.rules.verbs import Plan, Refused, plan
from gateway.wording.page import _prose
from parsing.command import commands
from store.records import Direction, Message, Person, Role, Ticket, Verdict
from tests.desk import Sent, StillDesk

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NORA, BOB = "nora@northwind.example", "bob@northwind.example"
BORDER = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n"
MakeTicket = Callable[..., Ticket]


def write(still: StillDesk, author: str, number: int, *, head: str = "", to: str = "support@desk.example") -> None:
    address = author.rpartition("<")[2].strip(">")
    lines = f"From: {author}\nTo: {to}\nSubject: Case {number}\nMessage-ID: <{number}@n>\n"
    still.mail(f"{head}{lines}\nCase {number}, slow again.\n", address, to)


# Whom a reply goes to


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Nora Wind", "Nora Wind"),
        ("", "m@evil.example"),
        ("nora@northwind.example", "m@evil.example"),
        ("Nora nora＠northwind.example", "m@evil.example"),
        ("Nоra Wind", "m@evil.example"),  # its o is a Cyrillic one
        ("Нора Ветрова", "Нора Ветрова"),
    ],
)
def test_a_name_that_pretends_stands_for_no_destination(name: str, called: str) -> None:
    assert notice.destination(Person(address="m@evil.example", name=name)) == called


def test_nor_does_one_that_this_mail_warns_of(desk: Desk, ticket: MakeTicket) -> None:
    def named(*cautions: str, actor: str = "Nora Wind") -> str:
        found = notice.facts(
            desk, ticket(), "new", actor=actor, now=NOW, requester=Person(address=NORA, name="Nora Wind"), trust=None,
            words="", cautions=cautions, changed="",
        )  # fmt: skip
        return str(found["requester_name"])

    hidden = "the name of the sender has signs in it that cannot be seen or turn the writing round"
    assert named() == "Nora Wind"
    assert named("a file is a program") == "Nora Wind"
    assert named(hidden) == NORA
    assert named(hidden, actor="Bob") == "Nora Wind"


def test_a_pretending_name_in_mails_of_a_desk(still: StillDesk) -> None:
    write(still, f'"{NORA}" <mallory@evil.example>', 1)
    assert "Reply and it goes to mallory@evil.example." in still.latest("anastasia@desk.example").text()
    _, sent, *_ = still.do("DESK-1001", "#topic Usage\n#start\n#resolve it is done", "anastasia")
    assert sent == [{"to": "mallory@evil.example", "what": "word that it is resolved"}]


# Who wrote before


@pytest.mark.parametrize(
    ("trust", "kind", "unverified"),
    [
        ("D", "requester", True),
        ("C", "requester", False),
        ("C", "copied", False),
        ("C", "", True),
        ("C", "unverified", True),
        ("B", "unverified", True),
        ("B", "", False),
        ("A", "requester", False),
        ("", "", False),
    ],
)
def test_what_is_not_verified_says_so(desk: Desk, ticket: MakeTicket, trust: str, kind: str, unverified: bool) -> None:
    said = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_name="Bob", from_address=BOB, text="x", trust=trust
    )
    ours = replace(said, direction=Direction.NOTE, role=Role.AGENT, trust="D")
    found = notice.facts(
        desk, ticket(), "reply", actor="Bob", now=NOW, requester=Person(address=NORA), trust=None, words="",
        recent=[said, ours], changed="", kinds={BOB: kind},
    )  # fmt: skip
    assert [entry["actor"] for entry in found["entries"]] == ["Bob (not verified)" if unverified else "Bob", "Bob"]


def test_an_earlier_entry_says_where_it_went() -> None:
    came = Message(
        at=NOW, direction=Direction.IN, role=Role.CUSTOMER, from_name="Nora Wind", from_address=NORA, text="slow"
    )
    ours = Message(
        at=NOW, direction=Direction.OUT, role=Role.AGENT, from_name="Ann", from_address="a@desk.example", to=(NORA, BOB)
    )
    note = replace(ours, direction=Direction.NOTE, to=())
    assert notice.way(came, [came]) == {}
    assert notice.way(note, [came]) == {"way": "note"}
    assert notice.way(ours, [came]) == {"way": "to", "to": "Nora Wind and 1 more"}
    assert notice.way(replace(ours, to=(BOB,)), [came]) == {"way": "to", "to": BOB}
    pretends = replace(came, from_name="boss@desk.example")
    assert notice.way(replace(ours, to=(NORA,)), [pretends]) == {"way": "to", "to": NORA}


def test_a_notice_and_the_shown_ticket_say_who_is_not_verified(still: StillDesk, tmp_path: Path) -> None:
    write(still, f"Nora Wind <{NORA}>", 1)
    key = str(still.latest(NORA).mail["Reply-To"]).rpartition("<")[2].strip(">")
    write(still, "Eve <eve@evil.example>", 2, to=key)
    write(still, f"Nora Wind <{NORA}>", 3, head=f"{BORDER}Cc: Bob Miller <{BOB}>\n", to=key)
    text = still.latest("anastasia@desk.example").text()
    assert "Nora Wind (not verified)\n" in text
    assert "Eve (not verified)\n" in text
    kinds = {member["address"]: member["kind"] for member in still.ticket(1001)["participants"]}
    assert kinds[BOB] == participants.COPIED
    write(still, f"Nora Wind <{NORA}>", 4)
    still.do("DESK-1002", "#merge DESK-1001", "anastasia")
    env = {
        "REPLYDESK_CONFIG": str(tmp_path / "desk" / "replydesk.toml"),
        "REPLYDESK_STORE__URL": still.config.store.url,
    }
    shown = CliRunner().invoke(ticket_command, ["show", "DESK-1001"], env=env).output
    assert f"With it: Eve <eve@evil.example> (not verified), Bob Miller <{BOB}> (copied)\n" in shown
    assert "DESK-1002 merged-into this" in shown
    assert f"in customer {NORA} (not verified), trust D\n" in shown
    assert f"in customer {NORA}, trust A\n" in shown


# Merged


def test_both_teams_learn_of_a_merge_and_where_a_reply_goes(still: StillDesk) -> None:
    write(still, f"Nora Wind <{NORA}>", 1, to="billing@desk.example")
    write(still, f"Bob Miller <{BOB}>", 2)
    _, sent, *_ = still.do("DESK-1002", "#merge DESK-1001", "dominique")
    assert sent == [{"to": "Charlotte Herbst", "what": "that DESK-1002 became part of DESK-1001"}]
    other: Sent = still.latest("charlotte@desk.example")
    assert str(other.mail["Subject"]).startswith("[DESK-1001]")
    assert "Changed: Dominique Printemps: DESK-1002 became part of this ticket\n" in other.text()
    assert "Reply and it goes to Nora and to those copied." in other.text().replace("\n", " ")
    merged = still.latest("anastasia@desk.example").text().replace("\n", " ")
    goes = f"This is part of DESK-1001 now. Reply and it goes to Nora Wind <{NORA}> and to those copied."
    assert goes in merged
    assert "Reply and it goes to Bob" not in merged


# Verbs


def _planned(desk: Desk, ticket: Ticket, text: str) -> Plan | Refused:
    return plan(commands(text).commands, ticket, desk, desk.agents["dominique@desk.example"], NOW)


@pytest.mark.parametrize("who", ["anastasia", "@Anastasia", "anastasia@desk.example"])
def test_nobody_disabled_is_assigned(desk: Desk, ticket: MakeTicket, who: str) -> None:
    found = _planned(desk.without({"anastasia@desk.example"}), ticket(), f"#assign {who}")
    assert found == Refused(reason=f"#assign {who}: anastasia is disabled", nearest="#assign dominique")


@pytest.mark.parametrize(("args", "after"), [("1 because angry", "1 because angry"), ("1", "1"), ("1 because", "1")])
def test_the_transcript_has_the_reason_of_a_priority(desk: Desk, ticket: MakeTicket, args: str, after: str) -> None:
    found = _planned(desk, ticket(), f"#priority {args}")
    assert isinstance(found, Plan)
    assert (found.done[0].before, found.done[0].after) == ("3", after)


def test_a_mail_without_a_key_is_not_answered_with_the_verbs(desk: Desk, ticket: MakeTicket) -> None:
    agent = desk.agents["anastasia@desk.example"]
    bare, full = (
        mails.held(ticket(), agent, "<m@d>", "1", Refused(reason="x", of_verbs=of_verbs), "#accept", "")
        for of_verbs in (False, True)
    )
    assert (bare.facts["allowed"], bool(full.facts["allowed"])) == ([], True)


# Languages


@pytest.mark.parametrize(
    ("address", "spoken", "language"),
    [(BOB, "de", "de"), (BOB, "de-AT", "de-AT"), (BOB, "", "en"), (BOB, "pl", "en"), (NORA, "de", "en")],
)
def test_who_is_copied_is_answered_in_their_own_language(
    desk: Desk, ticket: MakeTicket, address: str, spoken: str, language: str
) -> None:
    to, agent = Person(address=address, language=spoken), desk.agents["anastasia@desk.example"]
    written = mails.answer(desk, ticket(), to, "<m@d>", "1", agent, "words", (), (), "")
    assert written.language == language
    assert mails.resolved(desk, ticket(), to, "<m@d>", "1", ()).language == language


# Alarms and lines


@pytest.mark.parametrize(
    ("verdict", "why", "said", "shown"),
    [
        (Verdict.RATE_LIMITED, f"{NORA} brought 2 mails", "too many in an hour", f"\n{NORA} brought 2 mails.\n"),
        (Verdict.BLOCKED_SENDER, "evil.example is blocked: spam", "blocked", "\nEvil.example is blocked: spam.\n"),
        (
            Verdict.SPAM_QUARANTINED,
            "the mail server calls it spam: X",
            "the mail server calls it spam",
            "\nThe mail server calls it spam: X.\n",
        ),
    ],
)
def test_an_alarm_says_who_is_kept_out_and_why(desk: Desk, verdict: Verdict, why: str, said: str, shown: str) -> None:
    alarm = mails.quarantined(desk, "support@desk.example", NORA, verdict, why, 7, lambda: "<m@d>")[0]
    assert alarm.subject == f"Mail from {NORA} is kept out: {said}"
    assert shown in alarm.facts["detail"]
    assert "replydesk mail release 7" in alarm.facts["what_to_do"].split("\n")


def test_prose_is_wrapped_and_a_command_never() -> None:
    command = "replydesk mail list --verdict spam-quarantined --sender " + "nora@northwind.example " * 3
    lines = _prose(f"{'word ' * 40}\n{command}", "  ").split("\n")
    assert max(map(len, lines[:-1])) <= 72
    assert lines[-1] == f"  {command}"


def test_no_line_of_a_notice_is_over_72_columns(still: StillDesk) -> None:
    write(still, f"Nora Wind-Something-Rather-Long of the Northwind Trading Company <{NORA}>", 1)
    for sent in [still.latest("anastasia@desk.example")]:
        long = [line for line in sent.text().splitlines() if len(line) > 72 and not line.startswith("Notes only:")]
        assert long == []


# What a notice claims


def _noted(still: StillDesk, subject: str, verb: str) -> str:
    """The notice that the lead gets when somebody notes something."""
    head = f"From: {NORA}\nTo: support@desk.example\nSubject: {subject}\nMessage-ID: <{subject[:3]}@n>\n"
    still.mail(f"{head}\nHello from us, as above.\n", NORA, "support@desk.example")
    still.settle()
    still.do("DESK-1001", verb, "anastasia")
    still.settle()
    return still.latest("dominique@desk.example").text()


def test_words_on_the_line_of_a_note_are_kept(still: StillDesk) -> None:
    assert "ask benedikt first" in _noted(still, "Search is slow", "#note ask benedikt first")
    notes = [m["text"] for m in still.ticket(1001)["messages"] if m["direction"] == "note"]
    assert notes == ["ask benedikt first"]


def test_a_notice_counts_earlier_tickets_only_where_it_looked(still: StillDesk) -> None:
    assert "earlier ticket" not in _noted(still, "Search is slow", "#note ask")


@pytest.mark.parametrize(
    ("subject", "missing"),
    [
        ("How do I export the list of invoices?", "nothing"),
        ("Search is slow", "Observed, Steps to reproduce, Expected, Started at, Affected users"),
        ("Tulips", "topic, Observed, Steps to reproduce, Expected, Started at, Affected users"),
    ],
)
def test_what_a_ticket_still_needs_stands_in_its_notice(still: StillDesk, subject: str, missing: str) -> None:
    head = " ".join(_noted(still, subject, "#note ask").partition("Changed: ")[0].split())
    assert head.endswith(f"Missing: {missing}")


def test_a_manager_is_told_and_not_invited_to_answer(still: StillDesk) -> None:
    _noted(still, "Search is slow", "#accept")
    still.now += timedelta(days=2)
    still.settle()
    words = still.latest("mirabelle@desk.example").text()
    assert "For your information" in words
    assert "Reply and it goes" not in words
