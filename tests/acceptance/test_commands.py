"""The commands as an operator types them: their JSON, their exit statuses, and one sentence for what is wrong."""

from __future__ import annotations

import email
import json
import logging
import mailbox
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.cli import COMMANDS, main
from gateway.doors.smtp import Door  # noqa: F401 - imported early: it sets up logging once
from gateway.rules import keys
from store import journal
from store.engine import StoreBusy, StoreUnavailable
from tests import canaries
from tests.desk import REPLYDESK, ServedDesk, StillDesk, environment, run

MAIL = """From: Nora Wind <nora@northwind.example>
To: support@desk.example
Subject: Search is very slow {0}
Message-ID: <a{0}@northwind.example>
Date: Fri, 20 Nov 2026 14:00:00 +0100

The search takes twenty seconds, {0}.
"""
READ = """file kind kind_reasons from reply_to to cc subject message_id in_reply_to references date text reply quoted
    signature forwarded language attachments bounce calendar defects seconds"""
MAIL_LIST = "id received_at door envelope_from envelope_to message_id sha256 size verdict reason ticket attempts"
TICKET = """ref type status status_category subject topic subtopic topic_reason ruf impact urgency priority
    priority_reason team assignee next_action waiting_on blocked_on tags escalation audience requester organisation
    participants intake sla calls links outcome time_logged created_at updated_at"""
MESSAGE = "at direction role from to subject message_id text trust attachments delivery"
QUEUE = "id to subject message_id purpose state attempts next_attempt_at ticket"

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, template: Path) -> Iterator[Command]:
    """Runs a command on a desk of the test's own, in this process; asserts its exit status."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def call(*words: str, stdin: str | bytes = b"", status: int = 0, **settings: str) -> Result:
        env = {name: value for name, value in desk.env.items() if name.startswith("REPLYDESK_")}
        env |= {f"REPLYDESK_{name}": value for name, value in settings.items()}
        result = CliRunner().invoke(main, words, input=stdin, env=env)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == status, (words, result.exit_code, result.output)
        assert "Traceback" not in result.output
        return result

    yield call
    root.handlers[:], root.level = handlers, level


def deliver(command: Command, number: int = 1, to: str = "support@desk.example") -> None:
    command("deliver", "--to", to, "--from", "nora@northwind.example", stdin=MAIL.format(number))


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def has(view: dict[str, Any], names: str) -> bool:
    missing = set(names.split()) - view.keys()
    assert not missing, missing
    return True


# JSON


def test_json_of_an_empty_desk(command: Command) -> None:
    for words in (("mail", "list"), ("ticket", "list"), ("queue", "list")):
        assert told(command(*words, "--json")) == []


def test_json_of_mail_ticket_and_queue(command: Command) -> None:
    deliver(command)
    undecided = told(command("mail", "list", "--json"))
    assert has(undecided[0], MAIL_LIST)
    assert undecided[0]["verdict"] is None
    assert undecided[0]["door"] == "pipe"
    swept = told(command("sweep", "--json"))
    assert (swept["mails_decided"], swept["mails_attempted"], swept["timers"]) == (1, 3, [])
    row = told(command("mail", "list", "--json"))[0]
    assert (row["verdict"], row["ticket"]) == ("ticket-created", "DESK-1001")
    shown = told(command("mail", "show", "1", "--json"))
    assert has(shown, MAIL_LIST + " trust trace")
    assert all(has(step, "stage what why") for step in shown["trace"])
    listed = told(command("ticket", "list", "--json"))[0]
    assert has(listed, TICKET)
    assert not listed.keys() & {"messages", "events"}
    ticket = told(command("ticket", "show", "DESK-1001", "--json"))
    assert has(ticket, TICKET + " messages events")
    assert has(ticket["requester"], "name address organisation")
    assert has(ticket["organisation"], "name segment arr lifecycle")
    assert has(ticket["escalation"], "active tier since reason")
    assert has(ticket["intake"], "complete rounds missing fields")
    assert has(ticket["sla"], "first_response next_response resolution")
    assert all(has(clock, "due state") for clock in ticket["sla"].values())
    assert [message["direction"] for message in ticket["messages"]] == ["in", "out"]
    assert all(has(message, MESSAGE) for message in ticket["messages"])
    assert "We have your message" in ticket["messages"][1]["text"]
    assert all(has(event, "at actor kind detail") for event in ticket["events"])
    queue = told(command("queue", "list", "--json"))
    assert [mail["purpose"] for mail in queue] == ["acknowledgement", "notice", "notice"]
    assert all(has(mail, QUEUE) for mail in queue)
    assert {mail["state"] for mail in queue} == {"sent"}
    assert has(told(command("queue", "show", "1", "--json")), QUEUE + " content")
    assert command("mail", "raw", "1").stdout_bytes == MAIL.format(1).encode()


def test_times_are_rfc_3339_utc(command: Command) -> None:
    deliver(command)
    command("sweep")
    ticket = told(command("ticket", "show", "1001", "--json"))
    times = [ticket["created_at"], ticket["updated_at"], ticket["sla"]["first_response"]["due"]]
    times += [entry["at"] for entry in (*ticket["messages"], *ticket["events"])]
    times += [told(command("mail", "list", "--json"))[0]["received_at"]]
    assert all(time.endswith("Z") and time[10] == "T" for time in times), times


def test_lists_are_oldest_first_and_filtered(command: Command) -> None:
    for number, to in ((1, "support@desk.example"), (2, "billing@desk.example"), (3, "support@desk.example")):
        deliver(command, number, to)
    command("sweep")
    command("ticket", "do", "1003", "#priority 1 because urgent\n#assign anastasia", "--as", "dominique")

    def refs(*words: str) -> list[str]:
        return [ticket["ref"] for ticket in told(command("ticket", "list", *words, "--json"))]

    assert refs() == ["DESK-1001", "DESK-1002", "DESK-1003"]
    assert refs("--limit", "2") == ["DESK-1002", "DESK-1003"]
    assert refs("--team", "billing") == ["DESK-1002"]
    assert refs("--priority", "1") == refs("--assignee", "anastasia") == ["DESK-1003"]
    assert refs("--query", "SLOW 2") == ["DESK-1002"]
    assert refs("--query", "%") == refs("--status", "closed") == refs("--type", "escalation") == []
    assert [mail["id"] for mail in told(command("mail", "list", "--limit", "1", "--json"))] == [3]
    assert told(command("mail", "list", "--verdict", "duplicate", "--json")) == []
    sent = told(command("queue", "list", "--state", "sent", "--json"))
    assert len(sent) == 8, "a notice to two for each, and what a stranger may get in an hour"


def test_plain_lists_have_one_line_a_row(command: Command) -> None:
    deliver(command)
    command("sweep")
    for words, lines in ((("mail", "list"), 1), (("ticket", "list"), 2), (("queue", "list"), 3)):  # tickets have a head
        assert len(command(*words).stdout.splitlines()) == lines
    assert "DESK-1001" in command("ticket", "show", "DESK-1001").stdout
    assert "verdict" in command("mail", "show", "1").stdout


# Wrong usage and what is not there


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("bogus",), 2, "bogus"),
        (("mail", "show"), 2, "Usage: main mail show"),
        (("mail", "show", "one"), 2, "Usage: main mail show"),
        (("mail", "show", "99"), 1, "replydesk mail list"),
        (("mail", "raw", "99"), 1, "there is no mail 99"),
        (("mail", "replay", "99"), 1, "there is no mail 99"),
        (("mail", "release", "99"), 1, "there is no mail 99"),
        (("mail", "drop", "99"), 1, "there is no mail 99"),
        (("mail", "list", "--verdict", "nonsense"), 2, "Usage: main mail list"),
        (("ticket", "show", "DESK-99"), 1, "replydesk ticket list"),
        (("ticket", "show", "nonsense"), 2, "DESK-1042"),
        (("ticket", "do", "DESK-99", "#accept", "--as", "dominique"), 1, "there is no ticket DESK-99"),
        (("ticket", "do", "DESK-99", "#accept"), 2, "Usage: main ticket do"),
        (("ticket", "do", "DESK-99", "#accept", "--as", "nobody"), 2, "anastasia"),
        (("ticket", "do", "DESK-99", "accept", "--as", "dominique"), 2, "#accept"),
        (("ticket", "list", "--priority", "9"), 2, "Usage: main ticket list"),
        (("queue", "show", "99"), 1, "replydesk queue list"),
        (("queue", "retry", "99"), 1, "there is no outgoing mail 99"),
        (("queue", "list", "--limit", "0"), 2, "Usage: main queue list"),
        (("deliver",), 2, "Usage: main deliver"),
        (("deliver", "--to", "no address"), 2, "no address"),
        (("read",), 2, "Usage: main read"),
        (("import", "/nowhere", "--to", "support@desk.example"), 2, "/nowhere"),
        (("import", "/nowhere"), 2, "Usage: main import"),
        (("demo", "d9"), 2, "d9"),
        (("serve", "--now"), 2, "Usage: main serve"),
        (("sweep", "please"), 2, "Usage: main sweep"),
        (("config",), 2, "config"),
    ],
)  # fmt: skip
def test_wrong_usage_and_missing_things(command: Command, words: tuple[str, ...], status: int, says: str) -> None:
    output = command(*words, status=status).output
    assert says in output
    assert len(output.splitlines()) <= 12


def test_every_command_has_help(command: Command) -> None:
    listed = command("--help").output
    for name in COMMANDS:
        assert name in listed
        assert command(name, "--help").output.startswith("Usage: main " + name)


def test_no_configuration_is_a_sentence(tmp_path: Path) -> None:
    env = environment(tmp_path)
    for words in (("mail", "list"), ("serve",), ("sweep",), ("config", "check")):
        done = run(env, *words, check=False, cwd=tmp_path)
        assert done.returncode == 2
        assert b"replydesk init" in done.stderr


# init


def test_init_never_overwrites(tmp_path: Path) -> None:
    env = environment(tmp_path)
    made = json.loads(run(env, "init", str(tmp_path / "d"), "--demo", "--json").stdout)
    assert made["demo"] is True
    files = {file: file.read_bytes() for file in (tmp_path / "d").rglob("*") if file.is_file()}
    assert {file.name for file in files} == {"replydesk.toml", "secret"}
    again = run(env, "init", str(tmp_path / "d"), "--demo", check=False)
    assert again.returncode == 2
    assert b"never overwrites" in again.stderr
    (tmp_path / "d" / "replydesk.toml").unlink()
    run(env, "init", str(tmp_path / "d"))
    assert (tmp_path / "d" / "data" / "secret").read_bytes() == files[tmp_path / "d" / "data" / "secret"]
    assert (tmp_path / "d" / "data" / "secret").stat().st_mode & 0o077 == 0
    assert run(env, "init", str(tmp_path / "d" / "replydesk.toml" / "x"), check=False).returncode == 2


def test_config_check_and_show(command: Command) -> None:
    assert told(command("config", "check", "--json"))["problems"] == []
    shown = told(command("config", "show", "--json", CLOCK__OFFSET="+2d"))
    offset = next(one for one in shown["settings"] if one["key"] == "clock.offset")
    assert offset == {"key": "clock.offset", "value": "+2d", "origin": "REPLYDESK_CLOCK__OFFSET"}
    assert "smtp.lisen" in command("config", "check", status=2, SMTP__LISEN="x").output.lower().replace("__", ".")


# deliver


def test_deliver_says_75_when_it_cannot_take_it_now(command: Command, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("in the way")
    words = ("deliver", "--to", "support@desk.example")
    command(*words, stdin=MAIL, status=75, STORE__URL=f"sqlite:///{tmp_path}/a file/x.db")
    command(*words, stdin=MAIL, status=75, SMTP__LISTNE="broken configuration")
    assert told(command("mail", "list", "--json")) == []
    command(*words, "--from", "<>", stdin=MAIL)
    command(*words, stdin="Return-Path: <bounces@lists.example>\n" + MAIL)
    command(*words, stdin=MAIL)
    command("deliver", "--to", "support@desk.example", "--to", "billing@desk.example", stdin=b"")
    rows = told(command("mail", "list", "--json"))
    assert [row["envelope_from"] for row in rows] == ["", "bounces@lists.example", "nora@northwind.example", ""]
    assert rows[3]["envelope_to"] == ["support@desk.example", "billing@desk.example"]


def test_deliver_says_75_while_the_store_is_locked(command: Command, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "desk" / "data" / "replydesk.db", isolation_level=None)
    with closing(other):
        other.execute("BEGIN EXCLUSIVE")
        result = command("deliver", "--to", "support@desk.example", stdin=MAIL, status=75)
    assert "try again later" in result.output


def test_deliver_to_nobody_of_ours_is_kept_and_explained(command: Command) -> None:
    command("deliver", "--to", "nobody@elsewhere.example", stdin=MAIL)
    command("sweep")
    assert told(command("mail", "list", "--json"))[0]["verdict"] == "not-addressed-to-us"


# read


def test_read_prints_one_line_a_file_in_order(command: Command, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(MAIL.format(1))
    (tmp_path / "two.eml").write_bytes(b"")
    names = [str(tmp_path / name) for name in ("one.eml", "missing.eml", "two.eml", ".")]
    result = command("read", *names, status=1)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [line["file"] for line in lines] == names
    assert has(lines[0], READ)
    assert has(lines[2], READ)
    assert lines[1]["error"]
    assert lines[3]["error"]
    command("read", names[0])


def test_read_needs_no_desk(tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(MAIL.format(1))
    env = environment(tmp_path / "nowhere")
    line = json.loads(run(env, "read", str(tmp_path / "one.eml"), cwd=tmp_path).stdout)
    assert line["reply"] == "The search takes twenty seconds, 1."


@pytest.mark.parametrize("head", ["", "From: support@desk.example\nSubject: x\n\n"])
def test_read_knows_what_was_sent(tmp_path: Path, head: str) -> None:
    """A mail of ours, or only its words, whose first line may look like a header."""
    ours = "Our question: which browser do you use when the search is slow?\nSince when has it been so slow for you?\n"
    (tmp_path / "sent.txt").write_text(head + ours)
    answered = ours.replace("slow?\n", "slow?\nFirefox on Linux.\n") + "Since Monday.\n"
    (tmp_path / "one.eml").write_text(f"From: nora@northwind.example\nSubject: Re: x\n\n{answered}")
    env = environment(tmp_path / "nowhere")
    done = run(env, "read", str(tmp_path / "one.eml"), "--sent", str(tmp_path / "sent.txt"), cwd=tmp_path)
    line = json.loads(done.stdout)
    assert [answer["words"] for answer in line["answers"]] == ["Firefox on Linux.", "Since Monday."]


def test_read_tells_any_language_and_shows_a_safe_page(tmp_path: Path) -> None:
    page = "<p onclick='x()'>Tulostin ei ole toiminut tämän viikon aikana, voitteko auttaa?</p><script>y()</script>"
    (tmp_path / "one.eml").write_text(
        f"From: a@b.example\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{page}\n", encoding="utf-8"
    )
    line = json.loads(run(environment(tmp_path), "read", str(tmp_path / "one.eml"), cwd=tmp_path).stdout)
    assert line["language"] == "fi"
    assert line["html"].strip() == "<p>Tulostin ei ole toiminut tämän viikon aikana, voitteko auttaa?</p>"


# import


def messages() -> list[str]:
    return [MAIL.format(number) for number in range(1, 6)]


def make_mbox(path: Path) -> Path:
    box = mailbox.mbox(path)
    for text in messages():
        box.add(text.encode())
    box.close()
    return path


def make_maildir(path: Path) -> Path:
    box = mailbox.Maildir(path)
    for text in messages():
        box.add(text.encode())
    box.close()
    return path


def make_folder(path: Path) -> Path:
    (path / "sub").mkdir(parents=True)
    for number, text in enumerate(messages()):
        (path / ("sub" if number % 2 else ".") / f"{number}.eml").write_text(text)
    (path / ".hidden").write_text("no mail")
    return path


def make_file(path: Path) -> Path:
    path.write_text(messages()[0])
    return path


@pytest.mark.parametrize(("make", "count"), [(make_mbox, 5), (make_maildir, 5), (make_folder, 5), (make_file, 1)])
def test_import_twice_adds_nothing(command: Command, tmp_path: Path, make: Callable[[Path], Path], count: int) -> None:
    path = make(tmp_path / "mail")
    words = ("import", str(path), "--to", "support@desk.example", "--json")
    assert told(command(*words)) == {"imported": count, "known": 0, "verdicts": {"ticket-created": count}}
    assert told(command(*words)) == {"imported": 0, "known": count, "verdicts": {}}
    assert told(command("queue", "list", "--json")) == [], "history sends nothing"
    tickets = told(command("ticket", "list", "--json"))
    assert [ticket["sla"]["first_response"]["state"] for ticket in tickets] == ["none"] * count
    assert told(command("sweep", "--json", CLOCK__OFFSET="+30d", DIGESTS__AT="off"))["timers"] == []


def test_import_as_new_is_acknowledged_once(command: Command, tmp_path: Path) -> None:
    path = make_mbox(tmp_path / "mail")
    words = ("import", str(path), "--to", "support@desk.example", "--as-new")
    command(*words)
    command(*words)
    command("sweep")
    queue = told(command("queue", "list", "--json"))
    assert [mail["purpose"] for mail in queue].count("acknowledgement") == 2, "what a stranger may get in an hour"
    assert {mail["state"] for mail in queue} == {"sent"}


def test_import_waits_for_others_and_says_what_ends_it(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn that others are in the way of is taken again; a store that goes away meanwhile is a sentence."""
    words = ("import", str(make_mbox(tmp_path / "mail")), "--to", "support@desk.example", "--json")
    append, faults = journal.append, [StoreBusy("database is locked")] * 2

    def in_the_way(*arguments: Any) -> Any:
        done = append(*arguments)
        if faults:
            raise faults.pop()
        return done

    monkeypatch.setattr(journal, "append", in_the_way)
    assert told(command(*words)) == {"imported": 5, "known": 0, "verdicts": {"ticket-created": 5}}
    assert not faults

    def gone(*_arguments: Any) -> Any:
        raise StoreUnavailable("the server is gone")

    monkeypatch.setattr(journal, "verdicts", gone)
    assert "the server is gone" in command(*words, status=1).output


def test_import_since(command: Command, tmp_path: Path) -> None:
    box = tmp_path / "mail"
    box.mkdir()
    (box / "old.eml").write_text(MAIL.format(1))
    (box / "new.eml").write_text(MAIL.format(2).replace("20 Nov", "23 Nov"))
    (box / "undated.eml").write_text(MAIL.format(3).replace("Date:", "X-Date:"))
    words = ("import", str(box), "--to", "support@desk.example", "--since", "2026-11-22", "--json")
    assert told(command(*words))["imported"] == 2


def test_import_never_believes_authentication_results(command: Command, tmp_path: Path) -> None:
    (tmp_path / "one.eml").write_text(
        "Authentication-Results: mx.desk.example; dmarc=pass header.from=northwind.example\n" + MAIL.format(1)
    )
    command("import", str(tmp_path / "one.eml"), "--to", "support@desk.example", "--as-new")
    assert told(command("mail", "show", "1", "--json"))["trust"] == "D"


def test_import_through_a_serving_desk(serve: Callable[..., ServedDesk], tmp_path: Path) -> None:
    desk = serve()
    path = make_mbox(tmp_path / "mail")
    done = desk.json("import", str(path), "--to", "support@desk.example", "--as-new")
    assert done == {"imported": 5, "known": 0, "verdicts": {"ticket-created": 5}}


def test_import_takes_large_mail_in_pieces(command: Command, tmp_path: Path) -> None:
    """A large message among small ones: written in turns of its own, found again, told apart from its twin."""
    large = MAIL.format(1).encode() + b"0123456789abcdef 0123456789\r\n" * 100_000
    box = tmp_path / "mail"
    box.mkdir()
    for name, content in (("a", MAIL.format(2).encode()), ("b", large), ("c", large), ("d", MAIL.format(3).encode())):
        (box / name).write_bytes(content)
    words = ("import", str(box), "--to", "support@desk.example", "--json")
    assert told(command(*words)) == {"imported": 4, "known": 0, "verdicts": {"duplicate": 1, "ticket-created": 3}}
    assert told(command(*words)) == {"imported": 0, "known": 4, "verdicts": {}}
    rows = told(command("mail", "list", "--json"))
    assert [row["size"] for row in rows].count(len(large)) == 2
    number = next(row["id"] for row in rows if row["size"] == len(large))
    assert command("mail", "raw", str(number)).stdout_bytes == large


def test_import_keeps_to_the_bytes_of_a_turn(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever serves the desk waits for one turn: it holds no more than its bytes and one message."""
    from gateway.cli import importing

    turns: list[int] = []
    append = importing.journal.append

    def spy(connection: Any, received: Any, *more: Any) -> Any:
        turns.append(sum(item.size for item in received))
        return append(connection, received, *more)

    monkeypatch.setattr(importing.journal, "append", spy)
    monkeypatch.setattr(importing, "BATCH_BYTES", 10_000)
    box = tmp_path / "mail"
    box.mkdir()
    for number in range(30):
        (box / f"{number:02}").write_text(MAIL.format(number) + "word " * 200)
    assert told(command("import", str(box), "--to", "support@desk.example", "--json"))["imported"] == 30
    assert max(turns) < 12_000
    assert len([size for size in turns if size]) >= 3


def test_import_goes_on_after_a_kill(tmp_path: Path, template: Path) -> None:
    """SIGKILL in the middle: what was read in is kept, the same command adds the rest, and nothing is there twice."""
    desk = ServedDesk.make(tmp_path / "desk", template)
    box = mailbox.mbox(tmp_path / "mail")
    for number in range(1500):
        box.add(MAIL.format(number).encode())
    box.close()
    words = ("import", str(tmp_path / "mail"), "--to", "support@desk.example")
    process = subprocess.Popen([*REPLYDESK, *words], env=desk.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    database = tmp_path / "desk" / "data" / "replydesk.db"
    deadline = time.monotonic() + 60
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        while not connection.execute("SELECT count(*) FROM journal").fetchone()[0] and time.monotonic() < deadline:
            time.sleep(0.001)
        process.kill()
        process.wait(30)
        first = connection.execute("SELECT count(*) FROM journal").fetchone()[0]
        assert 0 < first < 1500
        done = desk.json(*words)
        assert (done["known"], done["imported"]) == (first, 1500 - first)
        rows = connection.execute("SELECT count(*), count(DISTINCT sha256), count(verdict) FROM journal").fetchone()
        assert rows == (1500, 1500, 1500)
        assert connection.execute("SELECT count(*) FROM tickets").fetchone() == (1500,)
    assert desk.json(*words)["imported"] == 0


# replay, release, drop, queue, do


def test_messages_are_found_by_what_is_known_of_them(command: Command) -> None:
    for number in (1, 2):
        deliver(command, number)
    command("sweep")
    command("deliver", "--to", "nobody@elsewhere.example", "--from", "", stdin=MAIL.format(3))

    def ids(*words: str) -> list[int]:
        return [row["id"] for row in told(command("mail", "list", *words, "--json"))]

    assert ids("--undecided") == [3]
    assert ids("--verdict", "ticket-created") == ids("--from", "Nora@Northwind.example") == [1, 2]
    assert ids("--ticket", "DESK-1002") == [2]
    assert ids("--since", "1h") == ids("--since", "2020-01-01") == ids("--since", "2020-01-01T10:00") == [1, 2, 3]
    assert ids("--limit", "1", "--verdict", "ticket-created") == [2]
    assert ids("--since", "2126-01-01") == []
    assert "90m, 24h or 3d" in command("mail", "list", "--since", "yesterday", status=2).output
    command("mail", "list", "--undecided", "--verdict", "duplicate", status=2)


def test_show_says_whence_a_message_came_and_what_can_be_done(command: Command) -> None:
    deliver(command)
    assert 'run "replydesk sweep"' in command("mail", "show", "1").stdout
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(2).replace("nora@northwind", "anastasia@desk"))
    command("sweep")
    words = command("mail", "show", "1").stdout
    for line in ("door           pipe", "size           ", "sha256  ", "decided_at", "replydesk explain 1"):
        assert line in words
    assert "None" not in words
    assert '"replydesk mail release 2" vouches' in command("mail", "show", "2").stdout
    command("mail", "drop", "2")
    assert "vouches" not in command("mail", "show", "2").stdout


def test_many_messages_at_once(command: Command) -> None:
    for number in (1, 2, 3):
        deliver(command, number)
    command("sweep")
    deliver(command, 4)
    assert "Mails 1, 2 are looked at again" in command("mail", "replay", "1", "2").stdout
    result = command("mail", "replay", "3", "4", "99", "3", "--json", status=1)
    assert told(result) == {
        "replayed": [3],
        "refused": [
            {"id": 4, "why": "mail 4 has no verdict yet: there is nothing to replay"},
            {"id": 99, "why": 'there is no mail 99; "replydesk mail list" shows what there is'},
        ],
    }
    assert told(command("sweep", "--json"))["mails_decided"] == 4
    replayed = told(command("mail", "replay", "--verdict", "ticket-created", "--since", "1h", "--json"))
    assert replayed == {"replayed": [1, 2, 3, 4], "refused": []}
    command("sweep")
    assert "nothing was done" in command("mail", "replay", "--verdict", "unreadable").stdout
    command("mail", "replay", status=2)
    command("mail", "replay", "1", "--verdict", "unreadable", status=2)
    assert told(command("mail", "drop", "1", "2", "--json")) == {"dropped": [1, 2], "refused": []}
    assert "is dropped already" in command("mail", "drop", "2", status=1).output
    assert len(told(command("ticket", "list", "--json"))) == 4


def test_deliver_takes_large_mail_and_refuses_what_is_too_large(command: Command, tmp_path: Path) -> None:
    words = ("deliver", "--to", "support@desk.example")
    large = MAIL.format(1).encode() + b"0123456789abcdef\n" * 100_000
    command(*words, stdin=large)
    assert command("mail", "raw", "1").stdout_bytes == large
    assert "larger than" in command(*words, stdin=large, status=1, SMTP__MAX_SIZE="100000").output
    assert "disk" in command(*words, stdin=large, status=75, STORE__RESERVE_MB="1000000").output
    assert len(told(command("mail", "list", "--json"))) == 1


def test_replay_never_acknowledges_twice(command: Command) -> None:
    deliver(command)
    assert "no verdict yet" in command("mail", "replay", "1", status=1).output
    command("sweep")
    for _ in range(2):
        command("mail", "replay", "1")
        assert told(command("sweep", "--json"))["mails_decided"] == 1
    assert len(told(command("queue", "list", "--json"))) == 3
    assert len(told(command("ticket", "list", "--json"))) == 1
    shown = told(command("mail", "show", "1", "--json"))
    assert (shown["verdict"], shown["ticket"]) == ("ticket-created", "DESK-1001")
    assert [step["what"] for step in shown["trace"] if step["stage"] == "operator"] == ["replayed", "replayed"]


def test_only_held_mail_is_released(command: Command) -> None:
    deliver(command)
    command("deliver", "--to", "support@desk.example", stdin=MAIL.format(2).replace("nora@northwind", "anastasia@desk"))
    command("sweep")
    assert "only held mail" in command("mail", "release", "1", status=1).output
    assert told(command("mail", "show", "2", "--json"))["verdict"] == "held-unverified"
    command("mail", "release", "2")
    command("sweep")
    shown = told(command("mail", "show", "2", "--json"))
    assert shown["verdict"] == "ticket-created"
    command("mail", "drop", "2")
    assert "dropped" in told(command("mail", "show", "2", "--json"))["reason"]
    assert command("mail", "raw", "2").stdout_bytes


def test_the_queue_is_held_released_and_tried_again(command: Command, tmp_path: Path) -> None:
    blocked = {"OUTGOING__URL": f"maildir:{tmp_path}/a file/sent"}
    (tmp_path / "a file").write_text("in the way")
    deliver(command)
    command("sweep", **blocked)
    queue = told(command("queue", "list", "--json"))
    assert [(mail["state"], mail["attempts"]) for mail in queue] == [("queued", 1)] * 3
    assert all(mail["next_attempt_at"] for mail in queue)
    command("queue", "hold", "1")
    command("queue", "retry", "2")
    assert told(command("sweep", "--json"))["mails_attempted"] == 1
    states = [mail["state"] for mail in told(command("queue", "list", "--json"))]
    assert states == ["held", "sent", "queued"]
    assert "is sent" in command("queue", "retry", "2", status=1).output
    command("queue", "release", "1")
    command("queue", "retry", "3")
    command("sweep")
    assert {mail["state"] for mail in told(command("queue", "list", "--json"))} == {"sent"}


def test_ticket_do_and_export(command: Command, tmp_path: Path) -> None:
    deliver(command)
    command("sweep")
    done = told(
        command("ticket", "do", "DESK-1001", "#tag +search\n#priority 2 because loud", "--as", "dominique", "--json")
    )
    assert [item["verb"] for item in done["done"]] == ["#tag", "#priority"]
    refused = command("ticket", "do", "DESK-1001", "#tag +x\n#priorty 2", "--as", "dominique", status=1).output
    assert "#priority N" in refused
    assert told(command("ticket", "show", "1001", "--json"))["tags"] == ["search"], "all or nothing"
    assert "samantha" in command("ticket", "do", "DESK-1001", "#accept", "--as", "samantha", status=1).output
    command("ticket", "do", "DESK-1001", "#topic Usage\n#start\n#resolve rebuilt", "--as", "dominique@desk.example")
    command("sweep")
    command("ticket", "export", "DESK-1001", str(tmp_path / "out"))
    files = {file.name for file in (tmp_path / "out").iterdir()}
    assert {"ticket.json", "in-1.eml", "out-1.eml"} <= files
    assert (tmp_path / "out" / "in-1.eml").read_bytes() == MAIL.format(1).encode()
    exported = [email.message_from_bytes(file.read_bytes()) for file in (tmp_path / "out").glob("out-*.eml")]
    assert any(mail["To"] == "Nora Wind <nora@northwind.example>" for mail in exported)


def test_one_sweep_makes_all_digests_that_are_due_and_tells_of_nothing_else(command: Command) -> None:
    deliver(command)
    command("sweep")
    found = []
    for days in ("+10d", "+13d"):  # one of them is a day of work
        swept = told(command("sweep", "--json", CLOCK__OFFSET=days, DIGESTS__AT="00:00"))
        assert {item["what"] for item in swept["timers"]} <= {"clock", "ask", "digest"}, (
            "no step of the figures of four weeks"
        )
        found += [item["what"] for item in swept["timers"]]
        assert told(command("sweep", "--json", CLOCK__OFFSET=days, DIGESTS__AT="00:00"))["timers"] == []
    assert "digest" in found


def test_the_clock_of_a_demo_desk_is_shifted(command: Command) -> None:
    deliver(command)
    command("sweep", QUESTIONS__ASK="false")  # while questions run, the resolution stands still
    clock = {"DIGESTS__AT": "off", "SLA__WARN_OUTSIDE_HOURS": "true"}  # at whatever hour this runs
    swept = told(command("sweep", "--json", CLOCK__OFFSET="+10d", **clock))
    assert [item["what"] for item in swept["timers"]] == ["clock"]
    assert told(command("sweep", "--json", CLOCK__OFFSET="+11d", **clock))["timers"] == []
    late = [mail["to"] for mail in told(command("queue", "list", "--json")) if mail["purpose"] == "warning"]
    staff = {f"{name}@desk.example" for name in ("anastasia", "dominique", "mirabelle")}
    assert set(late) == staff, "the team, the lead and the manager"
    assert len(late) == 2 * len(staff), "of the first answer, and of the resolution"


def test_a_mail_that_no_reader_survives_becomes_a_stub(still: StillDesk) -> None:
    """Three deaths are on its account: a stub ticket, the raw mail kept, the operators told, no acknowledgement."""
    from sqlalchemy import update

    from store.tables import journal

    number = still.receive(MAIL.format(1), "nora@northwind.example")
    with still.store.turn() as connection:
        connection.execute(update(journal).values(attempts=3))
    still.settle()
    entry = still.entry(number)
    assert (entry["verdict"], entry["ticket"]) == ("unreadable", "DESK-1001")
    assert "no reader survived" in entry["reason"]
    told = sorted(f"{sent.purpose} {sent.to}" for sent in still.sent)
    assert told == ["alarm ops@desk.example", "notice anastasia@desk.example", "notice dominique@desk.example"]
    with still.store.turn() as connection:
        connection.execute(update(journal).values(attempts=0))
    replayed = still.replay(number)
    assert (replayed["verdict"], replayed["ticket"]) == ("ticket-created", "DESK-1001")
    ticket = still.ticket(1001)
    assert ticket["requester"]["address"] == "nora@northwind.example"
    assert "twenty seconds" in ticket["messages"][0]["text"]


def test_keys_differ_between_desks() -> None:
    one, two = (
        keys.mint(secret, 1001, "nora@northwind.example", "customer", "public", 1) for secret in (b"1" * 32, b"2" * 32)
    )
    assert one != two


def test_the_demo_tells_its_story_and_lets_nothing_out(tmp_path: Path) -> None:
    """It stays up after the story, so that what it has sent can be looked at before its folder goes."""
    at = environment(Path("/nowhere")) | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    with log.open("wb") as out, (tmp_path / "errors").open("wb") as errors:
        playing = subprocess.Popen([*REPLYDESK, "demo"], env=at, stdout=out, stderr=errors)
        try:
            until = time.monotonic() + 60
            while "Ctrl-C ends it." not in log.read_text("utf-8") and time.monotonic() < until:
                assert playing.poll() is None, (tmp_path / "errors").read_text("utf-8")
                time.sleep(0.2)
            [data] = tmp_path.glob("replydesk-demo-*/data")
            sent = list((data / "sent" / "new").iterdir())
            found = canaries.in_folder(data)
        finally:
            playing.send_signal(signal.SIGINT)
            playing.wait(40)
    assert len(sent) >= 10
    assert not found
    transcript = log.read_text("utf-8")
    for fact in (
        "ticket-created", "auto-reply-recorded", "held-unverified", "appended", "held-command", "We have your message",
        "there is no verb resolv", "DESK-1001 is resolved", "Rechnung 4711", "nora@northwind.example",
    ):  # fmt: skip
        assert fact in transcript, fact
    assert "Traceback" not in transcript + (tmp_path / "errors").read_text("utf-8")
    assert "None" not in transcript


def test_read_takes_a_file_of_any_name(tmp_path: Path) -> None:
    """A name that is no UTF-8 is shown with a replacement, and its mail is read."""
    file = tmp_path / os.fsdecode(b"caf\xe9.eml")
    file.write_bytes(b"From: a@b.example\nSubject: s\n\nwords\n")
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "read", str(file)], capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"] == "s"
