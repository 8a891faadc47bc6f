"""What a desk writes into its log: threat 29 (log injection, personal data) and threat 42 (secrets)."""

from __future__ import annotations

import base64
import io
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gateway import observe
from gateway.channel import Line
from gateway.redaction import Redaction, said
from tests.desk import Dialogue, ServedDesk
from tests.unit.transport.sink import Sink

SECRET = "open-sesame-4711"
KEY = "kabcdefghijklmnopqrstuvwxyz"
MAIL = """From: Nora Canarybird <nora.canary@northwind.example>
To: support@desk.example
Subject: Canarysubject
Message-ID: <canary-id@northwind.example>

Canarybody and more.
"""
WORDS = ("nora.canary", "Canarybird", "Canarysubject", "Canarybody", "canaryhelo", "canary-id", SECRET)
CANARIES = (*WORDS, *(base64.b64encode(text.encode()).decode() for text in (SECRET, f"\0desk\0{SECRET}")))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log of this process, set up as each process of a desk does it."""
    monkeypatch.setenv("REPLYDESK_OUTGOING__PASSWORD", SECRET)
    root, ours = logging.getLogger(), logging.getLogger("gateway")
    before = (root.handlers[:], root.level, ours.level, sys.excepthook, threading.excepthook)
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    observe.log_to_stderr()
    observe.log_uncaught()
    yield written
    root.handlers[:], root.level, ours.level, sys.excepthook, threading.excepthook = before


def line(log: io.StringIO, text: str, *values: object) -> str:
    """What the log makes of one warning."""
    log.seek(0)
    log.truncate()
    logging.getLogger("gateway.x").warning(text, *values)
    found = log.getvalue()
    assert found.count("\n") == 1
    assert found.endswith("\n")
    return found[:-1].partition(" gateway.x ")[2]


@pytest.mark.parametrize(
    ("said_", "logged"),
    [
        ("550 5.1.1 <nora@northwind.example> unknown", "550 5.1.1 <n…@northwind.example> unknown"),
        ('"nora canary"@northwind.example', "n…@northwind.example"),
        ("prvs=1=nora@northwind.example", "prvs=1=n…@northwind.example"),
        ("żofia@północ.example", "ż…@północ.example"),
        (f"to support+{KEY}@desk.example", "to s…@desk.example"),
        (f"the key {KEY} and {KEY[1:]}", "the key k… and a…"),
        (f"the key {KEY.upper()}", "the key K…"),
        ("path v12-abcdefghijklmnop", "path v…"),
        (f"it said {SECRET}", "it said …"),
        (f"it said {base64.b64encode(SECRET.encode()).decode()}", "it said …"),
        ("smtp://desk:pw@mail.example:587", "smtp://…@mail.example:587"),
        ("postgresql+psycopg://u:p%40w@db.example/desk", "postgresql+psycopg://…@db.example/desk"),
        ("AUTH PLAIN AGRlc2sAcHc= refused", "AUTH PLAIN … refused"),
        ("password='two words' token: abc, secret=x", "password=… token: …, secret=…"),
        ("Authorization: Bearer abc.def", "Authorization: …"),
        ("outgoing.password_file cannot be read", "outgoing.password_file cannot be read"),
        ("mail=7 the rules failed over it, 1 of 3 times", "mail=7 the rules failed over it, 1 of 3 times"),
    ],
)
def test_threat_42_neither_addresses_nor_secrets_are_logged(log: io.StringIO, said_: str, logged: str) -> None:
    assert line(log, "%s", said_) == logged


@pytest.mark.parametrize(
    "char",
    ["\n", "\r", "\x00", "\x1b", "\x85", "\x9b", "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800"],
)
def test_threat_29_no_text_is_another_line_or_turns_one_round(log: io.StringIO, char: str) -> None:
    logged = line(log, 'before%s2026-11-23T08:00:00Z ERROR gateway {"level": 1}', char)
    assert logged.startswith("before\\")
    assert logged.isprintable()


def test_threat_29_an_exception_says_where_and_not_what(log: io.StringIO) -> None:
    key, words = CANARIES[2], f'no number: "{CANARIES[3]}"\nDETAIL: row (nora.canary@northwind.example)'
    try:
        try:
            int({}[key])
        except KeyError as error:
            raise ValueError(words) from error
    except ValueError:
        logging.getLogger("gateway.x").exception("a turn failed")
    found = log.getvalue()
    assert "test_logs.py" in found
    assert "\n  ValueError: no number: '…'\n" in found
    assert "KeyError: '…'" in found
    assert not any(canary in found for canary in CANARIES)
    assert all(one.startswith(("  ", "2")) for one in found.splitlines())


def test_threat_29_what_nobody_caught_is_logged_the_same_way(log: io.StringIO) -> None:
    error = RuntimeError("about 'Canarybody' of nora.canary@northwind.example")
    sys.excepthook(RuntimeError, error, None)
    assert "CRITICAL gateway ended by an exception" in log.getvalue()
    assert not any(canary in log.getvalue() for canary in CANARIES)


def test_an_exception_that_cannot_be_printed() -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert said(Odd()).endswith("Odd")
    assert "Odd" in Redaction({}).fault(Odd(), None)


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        "a@",
        "AUTH ",
        "AUTH PLAIN ",
        "password=",
        "://",
        '"',
        "'",
        "@",
        "a=",
        "k",
        "aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "\u202e",
        'password="',
        "v1-",
    ],
)
def test_a_long_line_is_cut_and_quickly_written(unit: str) -> None:
    began = time.process_time()
    assert len(Redaction({}).line(unit * 100_000)) < 30_000
    assert time.process_time() - began < 0.1


# A desk that is served


def abuse(desk: ServedDesk) -> None:
    """Dialogues that doors may want to write about."""
    for lines in (
        (
            "EHLO canaryhelo\x1b[31m\u202e",
            "MAIL FROM:<nora.canary@northwind.example>",
            "RCPT TO:<nora.canary@elsewhere.example>",
        ),
        (f"AUTH PLAIN {base64.b64encode(f'{chr(0)}desk{chr(0)}{SECRET}'.encode()).decode()}", f"AUTH LOGIN {SECRET}"),
        ("MAIL FROM:<nora.canary@northwind.example>\x00", "X" * 5_000, f"VRFY {SECRET}"),
    ):
        with suppress(OSError), Dialogue(desk.port()) as client:
            for one in lines:
                client.say(one)
    with suppress(OSError), Dialogue(desk.port()) as client:
        client.open("nora.canary@northwind.example")
        client.say("DATA")
        client.write(b"Subject: Canarysubject\r\n\r\nCanarybody\r\n")


def waited(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 90
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def sink() -> Iterator[Sink]:
    server = Sink(("AUTH PLAIN LOGIN",))
    yield server
    server.stop()


def test_threat_29_threat_42_the_log_of_a_desk_that_is_refused_holds_no_canary(
    serve: Callable[..., ServedDesk], sink: Sink, tmp_path: Path
) -> None:
    sink.rules["AUTH"] = f"535 5.7.8 wrong: {SECRET} {base64.b64encode(SECRET.encode()).decode()} for desk"
    (tmp_path / "password").write_text(SECRET + "\n")
    desk = serve(
        OUTGOING__URL=f"smtp://127.0.0.1:{sink.port}",
        OUTGOING__USERNAME="desk",
        OUTGOING__PASSWORD_FILE=str(tmp_path / "password"),
    )
    desk.send(MAIL, "nora.canary@northwind.example")
    abuse(desk)
    waited(lambda: any(command.startswith("AUTH") for command in sink.commands))
    waited(lambda: any(row["attempts"] for row in desk.json("queue", "list")))
    assert desk.stop() == 0
    assert not [canary for canary in CANARIES if canary in desk.log()]


def test_threat_29_the_log_names_a_failed_mail_without_its_address(
    serve: Callable[..., ServedDesk], sink: Sink
) -> None:
    sink.extensions = ("SIZE 100000",)
    sink.rules["RCPT"] = f"550 5.1.1 <nora.canary@northwind.example>: no \u202e such support+{KEY}@desk.example"
    desk = serve(OUTGOING__URL=f"smtp://127.0.0.1:{sink.port}")
    desk.send(MAIL, "nora.canary@northwind.example")
    abuse(desk)
    waited(lambda: "550" in desk.log())
    assert desk.stop() == 0
    assert "n…@northwind.example" in desk.log()
    assert KEY not in desk.log()
    assert not [canary for canary in CANARIES if canary in desk.log()]
    assert all(one.isprintable() for one in desk.log().splitlines())


def test_threat_29_what_ends_a_child_process_is_one_record_of_the_log() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [sys.executable, "-I", "-m", "gateway.child", "reader", "0", str(theirs.fileno())]
        child = subprocess.Popen(command, pass_fds=(theirs.fileno(),), stderr=subprocess.PIPE, text=True)
        Line(ours).send("nora.canary@northwind.example\nCanarybody")  # no options of a reader
        _, words = child.communicate(timeout=120)
    assert child.returncode == 1
    assert " CRITICAL gateway ended by an exception\n  Traceback" in words
    assert "AttributeError: " in words
    assert all(one.startswith(("  ", "2")) for one in words.splitlines())
