"""Mailboxes on other servers: what the desk has of them, what their servers say, and what to do about it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.init import write_desk
from gateway.config.loading import load
from gateway.doctor import mailboxes as subject
from gateway.doctor.examination import PATIENT, SUBJECTS
from gateway.doctor.finding import Finding, Level
from gateway.doctor.house import House
from gateway.doors.imap.sight import NoMailbox, Place, Sight
from gateway.doors.imap.words import MailboxOptions
from store import journal, mailboxes
from store.engine import Store
from store.journal import Lease, Received
from store.mailboxes import Found, Stand
from store.records import Envelope

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
TABLE = '\n[[imap]]\nhost = "127.0.0.1"\ntls = false\nusername = "support"\nauthserv_id = "mx"\n'
BY_FILE = TABLE + 'password_file = "password"\n'
NAME = "support at 127.0.0.1, INBOX"
WELL = Sight(
    encrypted=True,
    messages=12,
    idles=True,
    moves=True,
    expunges=True,
    lists_short=True,
    writable=True,
    done_folder=Place.THERE,
    refused_folder=Place.MISSING,
)
Make = Callable[..., House]
Answers = dict[int, Sight | Exception]


@pytest.fixture
def asked() -> list[MailboxOptions]:
    """What servers were asked with."""
    return []


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch, asked: list[MailboxOptions]) -> Answers:
    """What servers show, by the number of the mailbox; the others are well."""
    found: Answers = {}

    def sight(options: MailboxOptions) -> Sight:
        asked.append(options)
        answer = found.get(options.number, WELL)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(subject, "sight", sight)
    return found


@pytest.fixture
def make(tmp_path: Path, store: Store) -> Make:
    """A house with these `[[imap]]` tables."""

    def built(*tables: str) -> House:
        file = write_desk(tmp_path / "desk", demo=True)
        file.write_text(file.read_text() + "".join(tables))
        return House(config=load(file, {}), now=NOW, store=store)

    return built


def bad(found: Iterable[Finding]) -> dict[str, Level]:
    """What is not fine; it has a cure, and is one line."""
    wrong = [one for one in found if one.level is not Level.OK]
    assert all(one.fix and "\n" not in one.what and len(one.what) <= 300 for one in wrong)
    return {one.what: one.level for one in wrong}


def only(found: Iterable[Finding], words: str, level: Level) -> None:
    wrong = bad(found)
    assert list(wrong.values()) == [level], wrong
    assert words in next(iter(wrong))


def looked(store: Store, at: datetime, there: int = 12, known: int = 12, problem: str = "") -> None:
    with store.turn() as connection:
        assert mailboxes.hold(connection, NAME, Lease(owner="one", until=NOW + timedelta(seconds=25)), NOW)
        mailboxes.opened(connection, NAME, 7, 100, NOW, keeps_history=False)
        mailboxes.looked(connection, NAME, at, there=there, known=known, withheld=0)
        if problem:
            mailboxes.troubled(connection, NAME, problem)


def withheld(store: Store, at: datetime, stand: Stand = Stand.DONE) -> None:
    """A message that could not be taken."""
    envelope = Envelope(sender="n@n.example", recipients=("support@desk.example",), received_at=at, door="imap")
    received = Received.of(envelope, b"x", "it has 61 MB")
    with store.turn() as connection:
        (box,) = mailboxes.listing(connection)
        (entry,) = journal.append(connection, [received])
        uid = entry.id + 10
        mailboxes.keep(connection, box, [(Found(uid=uid, sha256=received.sha256, stand=stand), entry.id)], at)


def test_a_desk_without_mailboxes_says_nothing_and_asks_nobody(make: Make, asked: list[MailboxOptions]) -> None:
    assert list(subject.check(make())) == []
    assert asked == []
    assert (subject.AREA, subject.check) in SUBJECTS
    assert PATIENT[subject.AREA] >= 3 * subject.SECONDS


def test_a_mailbox_that_is_well(make: Make, store: Store, answers: Answers, asked: list[MailboxOptions]) -> None:
    looked(store, NOW - timedelta(seconds=30))
    found = list(subject.check(make(BY_FILE)))
    assert bad(found) == {}
    assert [one.what for one in found] == [
        f"mailbox 1 ({NAME}) was looked at 30 s ago: 12 messages, all in the journal",
        f"mailbox 1 ({NAME}) lets us in: encrypted, 12 messages, IDLE, MOVE, UIDPLUS, ESEARCH",
        f"mailbox 1 ({NAME}): the folder replydesk-refused is made with the first message that goes there",
    ]
    assert [one.timeout for one in asked] == [subject.SECONDS]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"at": NOW - timedelta(minutes=6)}, "was looked at 6 min ago"),
        ({"at": NOW, "there": 14, "known": 13}, "its server counts 14 messages, the journal has 13 of them"),
        ({"at": NOW, "problem": "the server refuses the login"}, "is not collected: the server refuses the login"),
    ],
)
def test_what_the_desk_has_of_a_mailbox(
    make: Make, store: Store, answers: Answers, row: dict[str, Any], words: str
) -> None:
    looked(store, **row)
    only(subject.check(make(BY_FILE)), words, Level.WARNING)


def test_what_cannot_be_moved_for_an_hour_is_said(make: Make, store: Store, answers: Answers) -> None:
    looked(store, NOW)
    withheld(store, NOW - timedelta(days=30), Stand.DUE)
    withheld(store, NOW - timedelta(minutes=59), Stand.DUE)
    found = bad(subject.check(make(BY_FILE)))
    assert f"mailbox 1 ({NAME}): 1 message could not be moved or flagged for an hour or more" in found


def test_a_mailbox_that_was_never_looked_at_has_a_cure_that_fits(make: Make, answers: Answers) -> None:
    house = make(BY_FILE)
    for server, cure in ((0, "replydesk serve"), (4711, "the log")):
        first, *_ = subject.check(replace(house, server=server))
        assert "was not looked at yet" in first.what
        assert cure in first.fix


def test_a_mailbox_that_is_rarely_looked_at_is_not_late(make: Make, store: Store, answers: Answers) -> None:
    looked(store, NOW - timedelta(hours=2))
    assert bad(subject.check(make(BY_FILE + "poll_seconds = 3600\n"))) == {}


def test_what_could_not_be_taken_is_a_warning_for_a_week(make: Make, store: Store, answers: Answers) -> None:
    looked(store, NOW)
    withheld(store, NOW - timedelta(days=9))
    house = make(BY_FILE)
    assert bad(subject.check(house)) == {}
    assert any("1 message could not be taken whole, the last 9 days ago" in one.what for one in subject.check(house))
    withheld(store, NOW - timedelta(hours=3))
    only(subject.check(house), "2 messages could not be taken whole, the last 3 h ago", Level.WARNING)
    (found,) = [one for one in subject.check(house) if one.level is Level.WARNING]
    assert found.fix == '"replydesk imap show 1" says why; they lie in its folder replydesk-refused'


@pytest.mark.parametrize(
    ("seen", "more", "words", "level"),
    [
        ({"writable": False}, "", "neither flag nor move them: what cannot be taken stays there", Level.WARNING),
        ({"writable": False}, 'after = "flag"\n', "neither flag nor move them", Level.PROBLEM),
        ({"moves": False, "expunges": False}, 'after = "move"\n', "neither MOVE nor UIDPLUS", Level.WARNING),
        ({"refused_folder": Place.LOCKED}, "", "replydesk-refused is there, but nothing may be put", Level.PROBLEM),
        ({"done_folder": Place.LOCKED}, 'after = "move"\n', "replydesk-done is there, but nothing", Level.PROBLEM),
    ],
)
def test_what_a_server_does_not_let_us_do(
    make: Make, store: Store, answers: Answers, seen: dict[str, Any], more: str, words: str, level: Level
) -> None:
    looked(store, NOW)
    answers[1] = replace(WELL, **seen)
    only(subject.check(make(BY_FILE + more)), words, level)


def test_what_does_not_matter_for_this_mailbox_is_not_said(make: Make, store: Store, answers: Answers) -> None:
    looked(store, NOW)
    answers[1] = replace(WELL, done_folder=Place.LOCKED, moves=False, expunges=False, idles=False, writable=None)
    found = list(subject.check(make(BY_FILE)))
    assert bad(found) == {}
    assert any("no IDLE: new mail is seen every 60 s" in one.what for one in found)
    assert not any("replydesk-done" in one.what for one in found)


def test_one_mailbox_that_fails_keeps_no_other_from_being_tried(
    make: Make, answers: Answers, asked: list[MailboxOptions]
) -> None:
    answers[1] = NoMailbox("the server refuses the login (AUTHENTICATIONFAILED)")
    found = list(subject.check(make(BY_FILE, BY_FILE + 'folder = "B"\n')))
    assert [one.number for one in asked] == [1, 2]
    problems = [one for one in found if one.level is Level.PROBLEM]
    assert [one.what for one in problems] == [
        f"mailbox 1 ({NAME}): the server refuses the login (AUTHENTICATIONFAILED)"
    ]
    assert any("mailbox 2" in one.what and "lets us in" in one.what for one in found)


def test_a_password_of_the_environment_is_used_and_never_said(
    make: Make, answers: Answers, asked: list[MailboxOptions], monkeypatch: pytest.MonkeyPatch
) -> None:
    house = make(TABLE + 'password_env = "REPLYDESK_IMAP_PASSWORD"\n')
    monkeypatch.delenv("REPLYDESK_IMAP_PASSWORD", raising=False)
    untried = [one for one in subject.check(house) if "was not tried" in one.what]
    assert [one.level for one in untried] == [Level.WARNING]
    assert "the variable REPLYDESK_IMAP_PASSWORD" in untried[0].what
    assert asked == []
    monkeypatch.setenv("REPLYDESK_IMAP_PASSWORD", "hunter2")
    assert "hunter2" not in str(list(subject.check(house)))
    assert [one.password for one in asked] == ["hunter2"]


def test_a_server_that_is_not_there(make: Make, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    house = make(BY_FILE + f"port = {port}\n")
    (tmp_path / "desk" / "password").write_text("hunter2")
    found = [one for one in subject.check(house) if one.level is Level.PROBLEM]
    assert len(found) == 1
    assert NAME in found[0].what
    assert "hunter2" not in str(found)
