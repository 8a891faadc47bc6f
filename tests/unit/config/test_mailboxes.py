"""Mailboxes on other servers: what their tables mean, what is warned of, and that no password is ever shown."""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.cli.config import config as config_command
from gateway.collection.options import NoPassword, mailbox_options, password_of
from gateway.config.loading import load
from gateway.config.mailboxes import ImapTable
from gateway.config.problem import ConfigError
from gateway.config.settings import Config
from gateway.redaction import Redaction
from tests.unit.config.conftest import BAD
from tests.unit.config.test_mistakes import DEMO, junk

LEAST = 'host = "IMAP.example.org"\nusername = "support"\npassword_file = "password"\n'
STAMPED = LEAST + 'authserv_id = "MX.example.org"\n'


def with_mailboxes(file: Path, *tables: str, **environ: str) -> Config:
    """The desk of `file` with these `[[imap]]` tables."""
    text = file.read_text().partition("\n[[imap]]")[0]
    file.write_text(text + "".join(f"\n[[imap]]\n{table}" for table in tables))
    return load(file, environ)


def run(file: Path, *words: str) -> Any:
    return CliRunner().invoke(
        click.Group("replydesk", commands={"config": config_command}), ["config", *words], obj=file
    )


def test_the_least_that_a_mailbox_needs_and_what_it_gets_then(demo: Path) -> None:
    (box,) = with_mailboxes(demo, STAMPED).imap
    assert (box.number, box.name) == (1, "support at imap.example.org, INBOX")
    assert (box.host, box.port, box.tls, box.folder) == ("imap.example.org", 993, "implicit", "INBOX")
    assert (box.password_file, box.password_env, box.token_command) == (demo.parent / "password", "", ())
    assert (box.to, box.after, box.flag, box.backlog) == ("support@desk.example", "leave", "\\Seen", "history")
    assert (box.done_folder, box.refused_folder) == ("replydesk-done", "replydesk-refused")
    assert (box.authserv_id, box.poll_seconds, box.timeout) == ("mx.example.org", 60, 60)


@pytest.mark.parametrize(
    ("written", "port", "tls"),
    [
        ("tls = true", 993, "implicit"),
        ('tls = "implicit"\nport = 0', 993, "implicit"),
        ('tls = "starttls"', 143, "starttls"),
        ('host = "127.0.0.1"\ntls = false', 143, "none"),
        ('host = "[::1]"\ntls = "none"\nport = 10143', 10143, "none"),
        ('host = "localhost"\ntls = false\nport = 2143', 2143, "none"),
    ],
)
def test_encryption_is_a_word_or_a_truth_and_tells_the_usual_port(
    demo: Path, written: str, port: int, tls: str
) -> None:
    table = LEAST.partition("\n")[2] + written if "host" in written else LEAST + written
    (box,) = with_mailboxes(demo, table).imap
    assert (box.port, box.tls) == (port, tls)
    assert box.host in ("imap.example.org", "127.0.0.1", "::1", "localhost")


@pytest.mark.parametrize(
    ("written", "key", "value"),
    [
        ('folder = "Support/Nördlich"', "folder", "Support/Nördlich"),
        ('folder = "Inbox"', "folder", "INBOX"),
        ('to = "Billing@desk.example"', "to", "billing@desk.example"),
        ('to = "help@desk.example"', "to", "help@desk.example"),
        ('after = "flag"\nflag = "$Ticket"', "flag", "$Ticket"),
        ('after = "move"\ndone_folder = "Archive"', "done_folder", "Archive"),
        ('backlog = "new"', "backlog", "new"),
        ('authserv_id = "-"', "authserv_id", "-"),
        ("poll_seconds = 1", "poll_seconds", 1),
        ("timeout = 2.5", "timeout", 2.5),
    ],
)
def test_each_key_is_handed_out(demo: Path, written: str, key: str, value: object) -> None:
    (box,) = with_mailboxes(demo, LEAST + written).imap
    assert getattr(box, key) == value


def test_many_folders_of_one_account_are_many_mailboxes(demo: Path) -> None:
    found = with_mailboxes(demo, *(LEAST + f'folder = "Queue {number}"\n' for number in range(30)))
    assert [box.number for box in found.imap] == list(range(1, 31))
    assert len({box.name for box in found.imap}) == 30


def test_who_signs_is_known_by_the_name_of_the_mailbox(demo: Path) -> None:
    found = with_mailboxes(demo, STAMPED, LEAST + 'folder = "Other"\n')
    assert found.policy.stamps == {found.imap[0].name: "mx.example.org", found.imap[1].name: ""}


def test_a_mailbox_whose_mail_nothing_proves_is_a_warning(demo: Path) -> None:
    assert with_mailboxes(demo, STAMPED, LEAST + 'folder = "B"\nauthserv_id = "-"\n').warnings == ()
    (warning,) = with_mailboxes(demo, STAMPED, LEAST + 'folder = "B"\n').warnings
    assert warning.startswith("replydesk.toml: imap[2].authserv_id: none, so nothing proves who wrote the mail")


def test_what_the_process_of_a_mailbox_is_told(demo: Path) -> None:
    table = STAMPED + 'after = "move"\nca_file = "ca.pem"\n'
    found = with_mailboxes(demo, table, REPLYDESK_CLOCK__OFFSET="+1h", REPLYDESK_SMTP__MAX_SIZE="70000")
    told = mailbox_options(found, found.imap[0], "hunter2")
    assert (told.password, "hunter2" in repr(told)) == ("hunter2", False)
    assert (told.password_file, told.ca_file) == (str(demo.parent / "password"), str(demo.parent / "ca.pem"))
    assert (told.max_size, told.clock_offset) == (70000, timedelta(hours=1))
    assert told.addresses == set(found.policy.addresses)
    assert told.spool == str(demo.parent / "data" / "spool" / "mailbox-1")
    assert (told.number, told.name, told.after) == (1, found.imap[0].name, "move")


def test_a_password_may_come_from_a_variable(demo: Path) -> None:
    table = LEAST.replace('password_file = "password"', 'password_env = "REPLYDESK_IMAP_PASSWORD"')
    (box,) = with_mailboxes(demo, table, REPLYDESK_IMAP_PASSWORD="hunter2").imap
    assert password_of(box, {"REPLYDESK_IMAP_PASSWORD": "hunter2"}) == "hunter2"
    assert mailbox_options(load(demo, {}), box, "x").password_file == ""
    for environ in ({}, {"REPLYDESK_IMAP_PASSWORD": ""}):
        with pytest.raises(NoPassword, match=r"^the variable REPLYDESK_IMAP_PASSWORD of imap\[1\]"):
            password_of(box, environ)
    (other,) = with_mailboxes(demo, LEAST).imap
    assert password_of(other, {}) == ""


@pytest.mark.parametrize(
    "name",
    [
        *(
            "IMAP_PASSWORD",
            "REPLYDESK_IMAP",
            "REPLYDESK_IMAP__PASSWORD",
            "REPLYDESK_IMAP_PASSWORD_FILE",
            "replydesk_token",
        ),
        *("REPLYDESK_PASSWORD ", "REPLYDESK_PASSWORD\n", "REPLYDESK_" + "A" * 200 + "_TOKEN"),
    ],
)
def test_a_variable_that_would_be_seen_is_refused(demo: Path, name: str) -> None:
    written = name.replace("\n", "\\n")
    with pytest.raises(ConfigError) as caught:
        with_mailboxes(demo, LEAST.replace('password_file = "password"', f'password_env = "{written}"'))
    (problem,) = caught.value.problems
    assert problem.startswith('replydesk.toml: imap[1].password_env: found "***"; expected the name of a variable')


@pytest.mark.parametrize("name", ["REPLYDESK_IMAP_PASSWORD", "REPLYDESK_SECRET2", "REPLYDESK_A_TOKEN_B"])
def test_every_variable_that_is_taken_is_hidden_in_logs(demo: Path, name: str) -> None:
    (box,) = with_mailboxes(demo, LEAST.replace('password_file = "password"', f'password_env = "{name}"')).imap
    environ = {name: "correct horse"}
    assert Redaction(environ).line(f"LOGIN {password_of(box, environ)} refused") == "LOGIN … refused"


def test_a_program_beside_the_configuration_is_found_from_there(demo: Path) -> None:
    def command(written: str) -> tuple[str, ...]:
        table = LEAST.replace('password_file = "password"', f"token_command = {written}")
        return with_mailboxes(demo, table).imap[0].token_command

    assert command('["./token", "a b"]') == (str(demo.parent / "token"), "a b")
    assert command('["/usr/bin/token"]') == ("/usr/bin/token",)
    assert command('["token", "./x"]') == ("token", "./x")


def test_show_lists_each_mailbox_and_no_secret(demo: Path) -> None:
    with_mailboxes(demo, LEAST.replace('password_file = "password"', 'token_command = ["token", "--key", "hunter2"]'))
    for words in (("show",), ("show", "--json")):
        shown = run(demo, *words).stdout
        assert "hunter2" not in shown
        assert "imap[1].folder" in shown
    assert 'imap[1].token_command = ["token", "***", "***"]\n' in run(demo, "show").stdout


def test_no_mistake_repeats_a_password() -> None:
    folders = [folder for folder in BAD.iterdir() if folder.name.startswith("imap_")]
    assert sum("hunter2" in (folder / "replydesk.toml").read_text() for folder in folders) >= 5
    assert not [folder for folder in folders if "hunter2" in (folder / "expected.txt").read_text()]


def test_check_mentions_what_a_login_will_miss(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REPLYDESK_IMAP_PASSWORD", raising=False)
    with_mailboxes(
        demo,
        STAMPED + 'ca_file = "ca.pem"\n',
        STAMPED.replace('password_file = "password"', 'password_env = "REPLYDESK_IMAP_PASSWORD"') + 'folder = "B"\n',
        STAMPED.replace('password_file = "password"', 'token_command = ["no-such-program"]') + 'folder = "C"\n',
    )
    told = run(demo, "check")
    assert told.exit_code == 0
    assert told.stderr.splitlines() == [
        f"replydesk.toml: imap[1].password_file: there is no file {demo.parent}/password yet",
        f"replydesk.toml: imap[1].ca_file: there is no file {demo.parent}/ca.pem yet",
        "replydesk.toml: imap[2].password_env: the variable REPLYDESK_IMAP_PASSWORD is not set here",
        "replydesk.toml: imap[3].token_command: there is no program no-such-program here",
    ]
    assert told.stdout.endswith(", 3 mailboxes\n")
    monkeypatch.setenv("REPLYDESK_IMAP_PASSWORD", "hunter2")
    (demo.parent / "password").write_text("x")
    (demo.parent / "ca.pem").write_text("x")
    assert len(run(demo, "check").stderr.splitlines()) == 1


def test_the_example_of_the_starter_names_every_key_and_loads(starter: Path) -> None:
    text = starter.read_text()
    _, _, rest = text.partition("# [[imap]]")
    lines = ["[[imap]]" + rest.partition("\n")[0]]
    for line in rest.splitlines()[1:]:
        if not (found := re.match(r"# ([a-z_]+ = .*)", line)) and not line.startswith(" "):
            break
        lines += [found[1]] if found else []
    (table,) = tomllib.loads("\n".join(lines))["imap"]
    assert set(table) == set(ImapTable.model_fields)
    unless = {"host", "username", "password_file", "password_env", "token_command", "ca_file", "to"}
    defaults = {name: field.default for name, field in ImapTable.model_fields.items()}
    assert {key: value for key, value in table.items() if key not in unless} == {
        key: value for key, value in defaults.items() if key not in unless
    }
    kept = [line for line in lines if not line.startswith(("password_env", "token_command"))]
    starter.write_text(text + "\n" + "\n".join(kept) + "\n")
    (box,) = load(starter, {}).imap
    assert box.to == "support@example.org"


TABLES = st.lists(
    st.fixed_dictionaries(
        {"host": st.just("imap.example.org") | junk, "username": st.just("support") | junk},
        optional=dict.fromkeys(sorted({*ImapTable.model_fields, "password", "strange"} - {"host", "username"}), junk),
    )
    | junk,
    max_size=3,
)


@given(TABLES | junk)
@settings(deadline=None, max_examples=200)
def test_no_mailbox_breaks_the_reader_of_the_file(tables: Any) -> None:
    tree = {**tomllib.loads(DEMO.read_text(encoding="utf-8")), "imap": tables}
    with patch("gateway.config.loading._read_toml", return_value=tree):
        try:
            assert load(Path("replydesk.toml"), {}).imap is not None
        except ConfigError as refused:
            assert refused.problems
            assert all("\n" not in line and line.startswith("replydesk.toml: imap") for line in refused.problems)
