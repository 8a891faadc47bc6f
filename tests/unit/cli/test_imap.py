"""`imap list` and `imap show`: what the store knows of each mailbox, and what could not be taken, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import main
from gateway.cli.imap import MOST
from gateway.cli.init import write_desk
from store import journal, mailboxes
from store.engine import Store
from store.journal import Lease, Received
from store.mailboxes import Found, Mailbox, Stand
from store.records import Envelope

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NAMES = ("support at imap.example.org, INBOX", "support at imap.example.org, Queue, urgent")
TABLE = '\n[[imap]]\nhost = "imap.example.org"\nusername = "support"\npassword_file = "password"\n'
Run = Callable[..., Result]


@pytest.fixture
def run(store: Store, store_url: str, tmp_path: Path) -> Run:
    """Commands of a desk with two mailboxes."""
    file = write_desk(tmp_path / "desk", demo=True)
    file.write_text(file.read_text() + TABLE + TABLE + 'folder = "Queue, urgent"\n')

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(main, ["--config", str(file), *words], env={"REPLYDESK_STORE__URL": store_url})

    return invoke


def as_json(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def opened(store: Store, name: str) -> Mailbox:
    """A folder whose lease is held and that its server has shown."""
    with store.turn() as connection:
        assert mailboxes.hold(connection, name, Lease(owner="one", until=NOW + timedelta(seconds=25)), NOW)
        return mailboxes.opened(connection, name, 7, 100, NOW, keeps_history=False)


def taken(store: Store, box: Mailbox, uid: int, withheld: str = "", stand: Stand = Stand.DONE) -> int:
    """A message that was collected; its number in the journal."""
    envelope = Envelope(
        sender="nora@northwind.example",
        recipients=("support@desk.example",),
        received_at=NOW,
        door="imap",
        client=box.name,
    )
    received = Received.of(envelope, b"Subject: %d\r\n\r\n" % uid, withheld)
    with store.turn() as connection:
        (entry,) = journal.append(connection, [received])
        mailboxes.keep(connection, box, [(Found(uid=uid, sha256=received.sha256, stand=stand), entry.id)], NOW)
    return entry.id


def test_mailboxes_that_were_never_looked_at_are_listed(run: Run) -> None:
    rows = as_json(run("imap", "list", "--json"))
    assert [(row["number"], row["name"], row["folder"]) for row in rows] == [
        (1, NAMES[0], "INBOX"),
        (2, NAMES[1], "Queue, urgent"),
    ]
    assert {row["looked_at"] for row in rows} == {None}
    assert [len(as_json(run("imap", "show", number, "--json"))["messages"]) for number in ("1", "2")] == [0, 0]


def test_a_desk_without_mailboxes_lists_none(store: Store, store_url: str, tmp_path: Path) -> None:
    file = write_desk(tmp_path / "other", demo=True)
    env = {"REPLYDESK_STORE__URL": store_url}
    assert as_json(CliRunner().invoke(main, ["--config", str(file), "imap", "list", "--json"], env=env)) == []


def test_the_last_look_is_told_oldest_first(run: Run, store: Store) -> None:
    gone, second = opened(store, "old at imap.example.org, INBOX"), opened(store, NAMES[1])
    with store.turn() as connection:
        mailboxes.looked(connection, second.name, NOW, there=14, known=13, withheld=0)
        mailboxes.troubled(connection, gone.name, "the login is refused")
    taken(store, second, 1, "too large")
    taken(store, second, 2)
    rows = as_json(run("imap", "list", "--json"))
    assert [(row["number"], row["name"]) for row in rows] == [(None, gone.name), (2, NAMES[1]), (1, NAMES[0])]
    assert rows[0]["problem"] == "the login is refused"
    assert rows[1] == {
        "number": 2,
        "name": NAMES[1],
        "folder": "Queue, urgent",
        "first_looked_at": "2026-11-23T08:00:00.000Z",
        "looked_at": "2026-11-23T08:00:00.000Z",
        "there": 14,
        "known": 13,
        "withheld": 1,
        "generation": 1,
        "problem": "",
    }
    lines = run("imap", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["-", "2", "1"]
    assert "the login is refused" in lines[0]


def test_what_could_not_be_taken_is_named_with_its_reason_and_its_place(run: Run, store: Store) -> None:
    first, second = (opened(store, name) for name in NAMES)
    taken(store, first, 1)
    large = taken(store, first, 2, "it has 61 MB, more than smtp.max_size")
    taken(store, second, 2, "of another mailbox")
    left = taken(store, first, 3, "the server does not give its bytes", Stand.LEFT)
    due = taken(store, first, 4, "again", Stand.DUE)
    found = as_json(run("imap", "show", "1", "--json"))
    assert found["withheld"] == 3
    assert [(one["mail"], one["uid"]) for one in found["messages"]] == [(large, 2), (left, 3), (due, 4)]
    assert found["messages"][0] == {
        "mail": large,
        "uid": 2,
        "generation": 1,
        "at": "2026-11-23T08:00:00.000Z",
        "from": "nora@northwind.example",
        "reason": "it has 61 MB, more than smtp.max_size",
        "verdict": None,
        "place": "in the folder for refused mail",
    }
    text = run("imap", "show", "1").stdout
    assert f"mail {large}, UID 2, from <nora@northwind.example>: it has 61 MB" in text
    assert [line.strip() for line in text.splitlines() if line.startswith("  ")] == [
        "in the folder for refused mail",
        "where it came: history is not moved",
        "still where it came; it is moved at the next look",
    ]
    assert "replydesk mail show ID" in text


def test_the_newest_of_very_many_are_named_oldest_first(store: Store) -> None:
    box = opened(store, NAMES[0])
    numbers = [taken(store, box, uid, "why") for uid in range(1, 6)]
    with store.look() as connection:
        assert [one.journal_id for one in mailboxes.withheld(connection, box.id, 3)] == numbers[2:]
    assert MOST >= 100


@pytest.mark.parametrize(("number", "status"), [("3", 1), ("0", 2), ("x", 2), ("99999999999999999999", 2)])
def test_a_mailbox_that_is_none_is_a_sentence(run: Run, number: str, status: int) -> None:
    result = run("imap", "show", number)
    assert result.exit_code == status
    assert status == 2 or 'there is no mailbox 3; "replydesk imap list"' in result.output
