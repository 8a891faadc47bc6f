"""`replydesk explain`: what it says would happen is what happened, and it leaves no trace."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway import pipeline
from gateway.cli import main
from gateway.rehearsal import Rehearsal, rehearse
from gateway.rules.case import Incoming
from parsing.reading import read
from store import blobs, journal
from store.records import Decision, Effect, SetAway, SetNotices
from tests.desk import ServedDesk, StillDesk
from tests.stories.test_stories import HERE, STORIES, Player

KEYS = """verdict reason ticket trust mailbox clock envelope_from envelope_to was trace effects mails read"""
MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow
Message-ID: <a{0}@northwind.example>
Date: Fri, 20 Nov 2026 14:00:00 +0100

The search takes twenty seconds, {0}.
"""

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, template: Path) -> Iterator[Command]:
    """Runs a command on a desk of the test's own, in this process; asserts its exit status."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*words: str, stdin: str = "", status: int = 0, **settings: str) -> Result:
        env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
        env |= {f"REPLYDESK_{name}": value for name, value in settings.items()}
        result = CliRunner().invoke(main, words, input=stdin, env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, (words, result.exit_code, result.output)
        return result

    yield call
    root.handlers[:], root.level = handlers, level


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def dump(folder: Path) -> str:
    """Everything that the store holds."""
    with closing(sqlite3.connect(folder / "desk" / "data" / "replydesk.db")) as connection:
        return "\n".join(connection.iterdump())


# What it says is what happens


class Historian:
    """Remembers what was really decided about each mail, and asks `rehearse` about it afterwards."""

    def __init__(self, desk: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.desk = desk
        self.decided: dict[int, Decision] = {}
        settle = pipeline.settle

        def settled(*words: Any) -> Any:
            decisions, snapshot = settle(*words)
            for made in decisions:
                first = self.decided.get(made.entry.id) if made.entry is not None else None
                if made.entry is not None and (first is None or known(first) != known(made)):
                    self.decided[made.entry.id] = made  # looked at again to the same end, its ticket is one of later
            return decisions, snapshot

        monkeypatch.setattr(pipeline, "settle", settled)

    def explain(self, number: int) -> Rehearsal:
        reading = self.desk.desk.reading
        with self.desk.store.look() as connection:
            row = journal.find(connection, number)
            content = blobs.read(connection, row.sha256) if row is not None else None
            assert row is not None
            assert content is not None
            entry = replace(journal.entry(row), attempts=0, earlier=(), previous=None, ticket=None)
            mail = read(content, reading, entry.envelope.sender)
            incoming = Incoming(entry=entry, mail=mail, now=entry.envelope.received_at)
            return rehearse(connection, incoming, self.desk.desk, without=number)


_CHANGING = re.compile(r"<?(?:m\d{4,}|rehearsal-\d+)@desk\.example>|\bid=\d+|language='\w*', (?=serial=)")
_QUEUE = re.compile(
    r"'place': [^}]*|'because': 'works now, \d+ open'|(?:, place \d+ of \d+ in the queue of \w+)|\d+ open\b"
    r"|'line': '#away', 'before': '[^']*'|'line': '#(?:back|notices)', 'before': '[^']*', 'after': '[^']*'"
    r"|, before it: [\w, -]*"
)
"""What only the moment knew: who had how much to do, the place in the queue, how people stood (they have no story)."""
_TICKET = re.compile(r"'NEW-\d'|\\x00DESK-NEW-\d\\x00|\b(?:DESK-)?10\d\d\b")


def plain(value: object) -> str:
    """An effect without the names that are new each time; a ticket of the same batch has its number by now, and whoever
    was known by an address alone may have a name."""
    return _CALLED.sub(r"\1_", _TICKET.sub("ticket", _QUEUE.sub("", _CHANGING.sub("_", repr(value)))))


_CALLED = re.compile(r"(Person\(_, address='[^']*', name=)'[^']*'")


def told_of(decision: Decision) -> list[Effect]:
    """What it does to tickets and mail. Tickets are told backwards by their events; people have none, so that who says
    again that they are there changes nothing any more."""
    return [effect for effect in decision.effects if not isinstance(effect, SetAway | SetNotices)]


def known(decision: Decision) -> tuple[str, str, str]:
    trust = decision.trust.value if decision.trust else "-"
    return decision.verdict.value, trust, plain(decision.ticket)


@pytest.mark.parametrize("story", STORIES)
def test_what_happened_is_what_would_happen(story: str, still: StillDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each mail, and again at the end of the story: the same verdict, trust, ticket, and at once also the same
    effects to the letter."""
    historian = Historian(still, monkeypatch)
    settle, asked = still.settle, set[int]()

    def settled() -> None:
        settle()
        for number in historian.decided.keys() - asked:
            really, would = historian.decided[number], historian.explain(number).decision
            assert known(would) == known(really), number
            assert [plain(e) for e in told_of(would)] == [plain(e) for e in told_of(really)], number
            asked.add(number)

    monkeypatch.setattr(still, "settle", settled)
    Player(HERE / story, still).play()
    assert asked
    people_changed = any(told_of(one) != list(one.effects) for one in historian.decided.values())
    for number, really in historian.decided.items():
        would = historian.explain(number).decision
        assert known(would) == known(really), f"mail {number} at the end"
        if people_changed:  # who hears of it, and how, is as they want it now
            continue
        assert [type(e) for e in told_of(would)] == [type(e) for e in told_of(really)], f"mail {number} at the end"


# The command


def test_a_file_is_explained_and_nothing_is_written(command: Command, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_text(MAIL.format(1))
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(9))
    command("sweep")
    before = dump(tmp_path)
    view = told(command("explain", str(file), "--json"))
    assert not set(KEYS.split()) - view.keys()
    assert (view["verdict"], view["ticket"], view["trust"]) == ("ticket-created", "NEW-1", "D")
    assert view["mailbox"] == view["envelope_to"][0] == "support@desk.example"
    assert view["envelope_from"] == view["read"]["from"]["address"] == "nora@northwind.example"
    assert view["was"] is None
    assert {"stage": "verdict", "what": "ticket-created", "why": view["reason"]} == view["trace"][-1]
    opened = next(effect for effect in view["effects"] if effect["kind"] == "ticket")
    assert (opened["ticket"], opened["type"], opened["topic"], opened["team"]) == (
        "NEW-1", "support", "Performance", "frontline",
    )  # fmt: skip
    assert {effect["kind"] for effect in view["effects"]} >= {"ticket", "message", "event", "timer", "mail", "link"}
    assert [(mail["purpose"], mail["to"]) for mail in view["mails"]] == [
        ("acknowledgement", "nora@northwind.example"),
        ("notice", "anastasia@desk.example"),
        ("notice", "dominique@desk.example"),
    ]
    assert view["mails"][0]["subject"] == "[NEW-1] We have your message"
    words = command("explain", str(file)).stdout
    for line in (
        "ticket-created",
        "opens NEW-1",
        "acknowledgement to nora",
        "Nothing was written",
        "links NEW-1 to DESK",
    ):
        assert line in words
    assert "\0" not in words
    assert dump(tmp_path) == before


def test_a_mail_of_the_journal_is_explained_without_itself(command: Command, tmp_path: Path) -> None:
    command("deliver", "--to", "billing@desk.example", "--from", "", stdin=MAIL.format(1))
    undecided = told(command("explain", "1", "--json"))
    assert undecided["was"] is None
    command("sweep")
    row = told(command("mail", "show", "1", "--json"))
    before = dump(tmp_path)
    view = told(command("explain", "1", "--json"))
    assert (view["verdict"], view["ticket"], view["clock"]) == ("ticket-created", "NEW-1", row["received_at"])
    assert (view["envelope_from"], view["envelope_to"]) == ("", ["billing@desk.example"])
    assert view["was"]["ticket"] == "DESK-1001"
    assert view == undecided | {"was": view["was"], "read": view["read"]}
    moved = told(command("explain", "1", "--to", "nobody@elsewhere.example", "--from", "x@y.example", "--json"))
    assert (moved["verdict"], moved["envelope_from"]) == ("not-addressed-to-us", "x@y.example")
    assert "was      ticket-created DESK-1001" in command("explain", "1").stdout
    assert dump(tmp_path) == before
    again = told(command("explain", "-", "--to", "billing@desk.example", "--json", stdin=MAIL.format(1)))
    assert again["verdict"] == "duplicate", "a file is another mail"


def test_authentication_results_of_a_file_count_only_with_trusted(command: Command) -> None:
    mail = "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n" + MAIL.format(1)
    assert told(command("explain", "-", "--json", stdin=mail))["trust"] == "D"
    believed = told(command("explain", "-", "--trusted", "--json", stdin=mail))
    assert believed["trust"] == "B"
    assert "aligned with northwind.example" in json.dumps(believed["trace"])


def test_other_rules_over_this_store(command: Command, tmp_path: Path) -> None:
    config = (tmp_path / "desk" / "replydesk.toml").read_text()
    other = tmp_path / "other.toml"
    other.write_text(
        config.replace('name = "Performance"', 'name = "Pace"').replace("reopen_days = 14", "reopen_days = 0")
    )
    command("deliver", "--to", "support@desk.example", "--from", "nora@northwind.example", stdin=MAIL.format(1))
    command("sweep")
    command("ticket", "do", "DESK-1001", "#topic Usage\n#start\n#resolve the index was rebuilt", "--as", "dominique")
    answer = MAIL.format(2).replace("Date:", "In-Reply-To: <a1@northwind.example>\nDate:")
    assert told(command("explain", "-", "--json", stdin=answer))["verdict"] == "reopened"
    view = told(command("explain", "-", "--with", str(other), "--json", stdin=answer))
    assert (view["verdict"], view["ticket"]) == ("ticket-created", "NEW-1")
    opened = next(effect for effect in view["effects"] if effect["kind"] == "ticket")
    assert opened["topic"] == "Pace"
    assert any(effect["kind"] == "link" and effect["other"] == "DESK-1001" for effect in view["effects"])
    other.write_text("[desk]\n")
    assert "other.toml" in command("explain", "1", "--with", str(other), status=2).output


def test_a_fresh_desk_explains_without_making_a_store(template: Path, tmp_path: Path) -> None:
    from gateway.cli.init import write_desk

    write_desk(tmp_path / "fresh", demo=True)
    env = {"REPLYDESK_CONFIG": str(tmp_path / "fresh" / "replydesk.toml")}
    result = CliRunner().invoke(main, ["explain", "-", "--json"], input=MAIL.format(1), env=env)
    assert result.exit_code == 0, result.output
    assert told(result)["verdict"] == "ticket-created"
    assert [file.name for file in (tmp_path / "fresh" / "data").iterdir()] == ["secret"]


def test_what_no_reader_survives_is_said(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader of the command is the desk's own, in a process with its limits."""
    monkeypatch.setattr("gateway.rehearsal.START_SECONDS", 0.0)
    view = told(command("explain", "-", "--json", stdin=MAIL.format(1)))
    assert view["verdict"] == "unreadable"
    assert "no answer within" in view["reason"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("explain",), 2, "FILE_OR_ID"),
        (("explain", "99"), 1, "there is no mail 99"),
        (("explain", "99999999999999999999999"), 1, "there is no mail"),
        (("explain", "/nowhere.eml"), 2, "/nowhere.eml"),
        (("explain", "/"), 2, "directory"),
        (("explain", "-", "--to", "no address"), 2, "no address"),
        (("explain", "-", "--with", "/nowhere.toml"), 2, "/nowhere.toml"),
    ],
)
def test_wrong_usage(command: Command, words: tuple[str, ...], status: int, says: str) -> None:
    output = command(*words, status=status).output
    assert says in output
    assert "Traceback" not in output


def test_a_number_means_the_journal(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1").write_text(MAIL.format(1).replace("Search is very slow", "Another"))
    assert "the file of that name is ./1" in command("explain", "1", status=1).output
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(1))
    assert told(command("explain", "1", "--json"))["read"]["subject"] == "Search is very slow"
    assert told(command("explain", "./1", "--json"))["read"]["subject"] == "Another"


def test_the_clock_of_a_mail_is_that_of_its_arrival(command: Command) -> None:
    """A month later the answer of then still reopens its ticket; the same words in a file would come too late."""
    answer = MAIL.format(2).replace("Date:", "In-Reply-To: <a1@northwind.example>\nDate:")
    command("deliver", "--to", "support@desk.example", "--from", "nora@northwind.example", stdin=MAIL.format(1))
    command("sweep")
    command("ticket", "do", "DESK-1001", "#topic Usage\n#start\n#resolve the index was rebuilt", "--as", "dominique")
    command("deliver", "--to", "support@desk.example", "--from", "nora@northwind.example", stdin=answer)
    command("sweep")
    command("ticket", "do", "DESK-1001", "#resolve once more", "--as", "dominique")
    later = {"CLOCK__OFFSET": "+30d"}
    assert told(command("explain", "2", "--json", **later))["verdict"] == "reopened"
    view = told(command("explain", "-", "--json", stdin=answer.replace("<a2@", "<a3@"), **later))
    assert view["verdict"] == "ticket-created"


def test_a_store_of_an_older_replydesk_is_not_migrated(template: Path, tmp_path: Path) -> None:
    from gateway.cli.init import write_desk
    from store import opening
    from store.engine import open_engines

    write_desk(tmp_path / "old", demo=True)
    store = open_engines(f"sqlite:///{tmp_path}/old/data/replydesk.db")
    opening.upgrade(store, "0001")
    env = {"REPLYDESK_CONFIG": str(tmp_path / "old" / "replydesk.toml")}
    result = CliRunner().invoke(main, ["explain", "-"], input=MAIL.format(1), env=env)
    assert (result.exit_code, opening.revision(store)) == (1, "0001")
    assert "replydesk migrate" in result.output
    store.close()
