"""Passwords and access tokens: how they are told, where they come from, and that they are in no text."""

from __future__ import annotations

import logging
import os
import sys
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.doors.imap.client import connect
from gateway.doors.imap.fault import NoLogin, Nonsense, Throttled
from gateway.doors.imap.login import log_in, password
from gateway.doors.imap.sight import NoMailbox, Place, sight
from gateway.doors.imap.words import Troubled
from gateway.token import NoToken, ask
from tests.unit.doors.imap.conftest import options_for, until
from tests.unit.doors.imap.server import MODERN, Server, Session


def _in(server: Server, spool: Path, **how: object) -> None:
    options = options_for(server, spool, **how)
    client = connect(options, lambda: None)
    try:
        log_in(client, options, lambda: None)
    finally:
        client.close()


def test_plain_takes_every_character(serving, tmp_path):
    server = serving()
    _in(server, tmp_path, username="jörg", password='gehe"im\\ ß')
    said = next(one for one in server.said if "AUTHENTICATE" in one)
    assert said.endswith("AUTHENTICATE PLAIN")
    assert b64decode(server.said[server.said.index(said) + 1]).decode() == '\0jörg\0gehe"im\\ ß'


def test_login_quotes_what_would_end_a_string(serving, tmp_path):
    server = serving("IMAP4rev1")
    _in(server, tmp_path, username="help desk", password='a"b\\c')
    assert server.said[1].endswith('LOGIN "help desk" "a\\"b\\\\c"')


def test_a_password_with_a_line_end_begins_no_command(serving, tmp_path):
    server = serving("IMAP4rev1")
    with pytest.raises(NoLogin, match="line end"):
        _in(server, tmp_path, password='x"\r\nA1 DELETE INBOX')
    assert server.heard("DELETE") == 0


def test_the_password_file_is_read_at_each_login(serving, tmp_path):
    file = tmp_path / "password"
    options = options_for(serving(), tmp_path, password="", password_file=str(file))
    with pytest.raises(NoLogin, match="password_file cannot be read: No such file"):
        password(options)
    file.write_text("\n")
    with pytest.raises(NoLogin, match="password_file is empty"):
        password(options)
    for word in ("one", "two"):
        file.write_text(word + "\n")
        assert password(options) == word
    for wrong in (b"two\nlines\n", b"x" * 100_000, b"\xff\xfe"):
        file.write_bytes(wrong)
        with pytest.raises(NoLogin, match="one line"):
            password(options)
    with pytest.raises(NoLogin, match="there is no password"):
        password(replace(options, password_file=""))


@pytest.mark.parametrize(
    ("code", "kind"), [("[AUTHENTICATIONFAILED] ", NoLogin), ("", NoLogin), ("[LIMIT]", Throttled)]
)
def test_a_refused_login_is_a_sentence_without_what_the_server_echoes(serving, tmp_path, caplog, code, kind):
    caplog.set_level(logging.DEBUG)
    server = serving("IMAP4rev1")
    server.answers["LOGIN"] = lambda session, tag, words: session.no(tag, f"{code} no {words}") or True
    with pytest.raises(kind) as refusal:
        _in(server, tmp_path, password="geheim")
    assert "geheim" not in str(refusal.value)
    assert "geheim" not in caplog.text
    if code and kind is NoLogin:
        assert "(AUTHENTICATIONFAILED)" in str(refusal.value)


def test_nothing_of_a_login_is_logged_at_any_level(serving, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    for capabilities in ("IMAP4rev1", MODERN):
        _in(serving(capabilities), tmp_path, username="anna@x.example", password="geheim")
    assert "geheim" not in caplog.text
    assert "anna" not in caplog.text


def test_servers_that_want_no_password_get_none(serving, tmp_path):
    server = serving("IMAP4rev1 LOGINDISABLED")
    with pytest.raises(NoLogin, match="set token_command"):
        _in(server, tmp_path)
    assert server.heard(" LOGIN ") == 0


def _only_right(meanwhile):
    """Refuses every password but `right`; `meanwhile` is what happens before the refusal."""

    def answer(session: Session, tag: str, words: str) -> bool:
        if "right" in words:
            return False
        meanwhile()
        session.no(tag, "[AUTHENTICATIONFAILED]")
        return True

    return answer


def test_a_refused_login_is_tried_again_when_the_file_has_changed_and_not_before(
    serving, collecting, tmp_path, monkeypatch
):
    monkeypatch.setattr(NoLogin, "delays", (3600.0,))
    file = tmp_path / "password"
    file.write_text("wrong")
    server = serving("IMAP4rev1")
    server.answers["LOGIN"] = _only_right(lambda: None)
    desk = collecting(server, password="", password_file=str(file))
    trouble = desk.hear(Troubled)
    assert trouble.seconds == 2700.0
    assert desk.is_silent(1.5)
    assert server.heard("LOGIN") == 1
    file.write_text("right")
    desk.opens()


def test_a_password_that_is_changed_while_the_old_one_is_being_refused_is_tried_at_once(
    serving, collecting, tmp_path, monkeypatch
):
    monkeypatch.setattr(NoLogin, "delays", (3600.0,))
    file = tmp_path / "password"
    file.write_text("wrong")
    server = serving("IMAP4rev1")
    server.answers["LOGIN"] = _only_right(lambda: file.write_text("right"))
    desk = collecting(server, password="", password_file=str(file))
    desk.hear(Troubled)
    desk.opens()


# Access tokens


def _printing(text: str, code: int = 0) -> tuple[str, ...]:
    return (sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); sys.exit({code})")


@pytest.mark.parametrize(
    ("offered", "answer"),
    [
        ("AUTH=XOAUTH2", b"user=help\1auth=Bearer ya29.abc\1\1"),
        ("AUTH=XOAUTH2 AUTH=OAUTHBEARER", b"user=help\1auth=Bearer ya29.abc\1\1"),
        ("AUTH=OAUTHBEARER", b"n,a=help,\1auth=Bearer ya29.abc\1\1"),
    ],
)
def test_an_access_token_is_shown_as_the_server_wants_it(serving, tmp_path, offered, answer):
    server = serving(f"IMAP4rev1 {offered}")
    _in(server, tmp_path, token_command=_printing("ya29.abc\n"), password="")
    said = next(one for one in server.said if "AUTHENTICATE" in one)
    assert b64decode(server.said[server.said.index(said) + 1]) == answer


def test_a_token_that_is_refused_ends_in_good_order(serving, tmp_path):
    server = serving("IMAP4rev1 AUTH=XOAUTH2")

    def refuse(session: Session, tag: str, words: str) -> bool:
        session.send(b"+ \r\n")
        session.sock.recv(1000)
        session.send(b"+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")
        server.said.append(session.sock.recv(1000).decode())
        session.no(tag, "AUTHENTICATE failed")
        return True

    server.answers["AUTHENTICATE"] = refuse
    with pytest.raises(NoLogin, match="what token_command prints"):
        _in(server, tmp_path, token_command=_printing("ya29.abc"))
    assert server.said[-1] == "\r\n"


def test_a_server_that_asks_on_and_on_is_left(serving, tmp_path):
    server = serving("IMAP4rev1 AUTH=XOAUTH2")

    def ask(session: Session, tag: str, words: str) -> bool:
        for _ in range(10):
            session.send(b"+ \r\n")
            if not session.sock.recv(1000):
                break
        return True

    server.answers["AUTHENTICATE"] = ask
    with pytest.raises(Nonsense, match="on and on"):
        _in(server, tmp_path, token_command=_printing("ya29.abc"))


def test_a_token_command_that_prints_garbage_or_fails_is_a_sentence():
    for command, words in (
        (_printing(""), "prints no access token"),
        (_printing("two words"), "prints no access token"),
        (_printing("two\nlines"), "one word of ASCII"),
        (_printing("ü"), "one word of ASCII"),
        ((sys.executable, "-c", "print('x' * 1_000_000)"), "more than 16 KB"),
        (_printing("secret", 3), "exit code 3"),
        (("/nowhere/at-all",), "cannot be started: No such file"),
    ):
        with pytest.raises(NoToken, match=words) as refusal:
            ask(command)
        assert "secret" not in str(refusal.value)


def test_a_token_command_that_hangs_is_ended_with_its_children(tmp_path):
    mark = tmp_path / "pid"
    command = ("/bin/sh", "-c", f"sleep 600 & echo $! > {mark}; wait")
    pulses = []

    def pulse() -> None:
        pulses.append(None)
        until(lambda: mark.exists() and mark.read_text().endswith("\n"))  # or it is ended before it has a child

    with pytest.raises(NoToken, match=r"does not end within 1 s"):
        ask(command, 1.0, pulse)
    assert pulses
    child = int(mark.read_text())
    try:
        until(lambda: not _lives(child))
    except AssertionError:
        os.kill(child, 9)
        raise


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# What the doctor sees


def test_a_sight_says_what_there_is_and_changes_nothing(serving, tmp_path):
    server = serving(MODERN + " ACL")
    server.add(b"x")
    server.folders["done"] = []

    def rights(session: Session, tag: str, words: str) -> bool:
        session.send(f"* MYRIGHTS {words} {'lrs' if 'done' in words else 'lrswite'}\r\n".encode())
        session.ok(tag)
        return True

    server.answers["MYRIGHTS"] = rights
    seen = sight(options_for(server, tmp_path))
    assert (seen.messages, seen.idles, seen.moves, seen.expunges, seen.lists_short) == (1, True, True, True, True)
    assert seen.writable is True
    assert (seen.done_folder, seen.refused_folder) == (Place.LOCKED, Place.MISSING)
    assert not seen.encrypted
    for verb in ("SELECT", "CREATE", "STORE", "MOVE", "SUBSCRIBE", "FETCH"):
        assert server.heard(verb) == 0


def test_a_sight_of_a_missing_folder_is_a_sentence(serving, tmp_path):
    with pytest.raises(NoMailbox, match="does not open the folder 'Nowhere'"):
        sight(options_for(serving(), tmp_path, folder="Nowhere"))


def test_a_sight_of_no_server_is_a_sentence(serving, tmp_path):
    server = serving()
    server.close()
    with pytest.raises(NoMailbox, match="cannot be reached: Connection refused"):
        sight(options_for(server, tmp_path))
