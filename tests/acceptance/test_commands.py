"""The commands as an operator types them: their JSON, their exit statuses, and one sentence for what is wrong.

`import` has its own file, and so has what an operator does with mail and tickets that are there (`test_operator.py`).
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import COMMANDS
from gateway.rules import keys
from tests import canaries
from tests.acceptance.commands import MAIL, Command, command, deliver, told
from tests.desk import REPLYDESK, environment, run

__all__ = ["command"]

READ = """file kind kind_reasons from reply_to to cc subject message_id in_reply_to references date text reply quoted
    signature forwarded language attachments bounce calendar defects seconds"""
MAIL_LIST = "id received_at door envelope_from envelope_to message_id sha256 size verdict reason ticket attempts"
TICKET = """ref type status status_category subject topic subtopic topic_reason ruf impact urgency priority
    priority_reason team assignee next_action waiting_on blocked_on tags escalation audience requester organisation
    participants intake sla calls links outcome time_logged created_at updated_at"""
MESSAGE = "at direction role from to subject message_id text trust attachments delivery"
QUEUE = "id to subject message_id purpose state attempts next_attempt_at ticket"


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


# Large mail, the clock, the demo, strange names


def test_deliver_takes_large_mail_and_refuses_what_is_too_large(command: Command, tmp_path: Path) -> None:
    words = ("deliver", "--to", "support@desk.example")
    large = MAIL.format(1).encode() + b"0123456789abcdef\n" * 100_000
    command(*words, stdin=large)
    assert command("mail", "raw", "1").stdout_bytes == large
    assert "larger than" in command(*words, stdin=large, status=1, SMTP__MAX_SIZE="100000").output
    assert "disk" in command(*words, stdin=large, status=75, STORE__RESERVE_MB="1000000").output
    assert len(told(command("mail", "list", "--json"))) == 1


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
            until = time.monotonic() + 300
            while "Ctrl-C ends it." not in log.read_text("utf-8") and time.monotonic() < until:
                assert playing.poll() is None, (tmp_path / "errors").read_text("utf-8")
                time.sleep(0.2)
            [data] = tmp_path.glob("replydesk-demo-*/data")
            sent = list((data / "sent" / "new").iterdir())
            found = canaries.in_folder(data)
        finally:
            playing.send_signal(signal.SIGINT)
            playing.wait(60)
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
        [sys.executable, "-m", "gateway.cli", "read", str(file)], capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"] == "s"


def test_the_demo_of_a_call_shows_nobodys_calendar(tmp_path: Path) -> None:
    """A customer needs a call without access to any calendar (`demo d2`), from the wish to the outcome."""
    at = environment(Path("/nowhere")) | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    with log.open("wb") as out, (tmp_path / "errors").open("wb") as errors:
        playing = subprocess.Popen([*REPLYDESK, "demo", "d2"], env=at, stdout=out, stderr=errors)
        try:
            until = time.monotonic() + 300
            while "Ctrl-C ends it." not in log.read_text("utf-8") and time.monotonic() < until:
                assert playing.poll() is None, (tmp_path / "errors").read_text("utf-8")
                time.sleep(0.2)
            [data] = tmp_path.glob("replydesk-demo-*/data")
            found = canaries.in_folder(data)
        finally:
            playing.send_signal(signal.SIGINT)
            playing.wait(60)
    assert not found
    transcript = log.read_text("utf-8")
    for fact in (
        "asks for your word", "BOOK 2", "unverified may not", "booking (the call is booked", "METHOD:REQUEST",
        "calendar-reply (accepted", "nora@northwind.example gets nothing.", "You take the call about DESK-1001",
        "call-acknowledged", "call-completed", "25 minutes are logged on DESK-1001.",
    ):  # fmt: skip
        assert fact in transcript, fact
    assert "Traceback" not in transcript + (tmp_path / "errors").read_text("utf-8")
