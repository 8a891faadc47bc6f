"""`replydesk service`: units that fit this desk, and a sentence where none would."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.init import write_desk
from gateway.cli.service import program, service


def run(file: Path, *words: str, **settings: str) -> Result:
    """The command for the desk of `file` with these variables."""
    group = click.Group("replydesk", commands={"service": service})
    variables = {f"REPLYDESK_{name}": value for name, value in settings.items()}
    return CliRunner().invoke(group, ["service", *words], obj=file, env=variables)


def unit(file: Path, *words: str, **settings: str) -> list[str]:
    done = run(file, *words, **settings)
    assert done.exit_code == 0, done.output
    return [line for line in done.stdout.splitlines() if line and not line.startswith("#")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_desk(tmp_path / "desk", demo=False)


def test_the_service_starts_this_program_with_this_configuration(file: Path) -> None:
    lines = unit(file)
    assert f"ExecStart={' '.join(program())} --config {file} serve" in lines
    assert f"ReadWritePaths={file.parent / 'data'}" in lines
    assert "User=replydesk" in lines
    assert {"Type=notify", "NotifyAccess=main", "KillMode=mixed", "OOMPolicy=continue", "TimeoutStopSec=35"} <= {*lines}
    assert "LogRateLimitBurst=100000" in lines, "three lines a mail, and none of them is lost in a flood"
    assert Path(program()[0]).is_absolute()


def test_nothing_is_written_and_json_says_where_it_belongs(file: Path) -> None:
    before = sorted(file.parent.rglob("*"))
    done = run(file, "--json", "--user", "desk2")
    told = json.loads(done.stdout)
    assert (told["unit"], told["file"]) == ("replydesk.service", "/etc/systemd/system/replydesk.service")
    assert "\nUser=desk2\nGroup=desk2\n" in told["text"]
    assert sorted(file.parent.rglob("*")) == before


def test_a_low_port_needs_one_capability_and_others_none(file: Path) -> None:
    assert {"CapabilityBoundingSet=", "AmbientCapabilities=", "PrivateUsers=yes"} <= {*unit(file)}
    low = unit(file, SMTP__LISTEN="0.0.0.0:25")
    assert {
        "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
        "AmbientCapabilities=CAP_NET_BIND_SERVICE",
        "PrivateUsers=no",
    } <= {*low}


def test_folders_of_var_lib_are_made_by_systemd_and_those_within_others_named_once(file: Path) -> None:
    data = "/var/lib/replydesk/data"
    lines = unit(file, STORE__DATA=data, STORE__URL=f"sqlite:///{data}/db/x.db", OUTGOING__URL=f"maildir:{data}/sent")
    assert [line for line in lines if line.startswith(("StateDirectory", "ReadWritePaths"))] == [
        "StateDirectory=replydesk/data",
        "StateDirectoryMode=0700",
    ]
    apart = unit(file, STORE__DATA=data, STORE__URL="sqlite:////srv/db/x.db")
    assert "ReadWritePaths=/srv/db" in apart


def test_words_that_a_unit_would_read_otherwise_are_quoted(tmp_path: Path) -> None:
    lines = unit(write_desk(tmp_path / 'a "b" 100%h $HOME \\n', demo=False))
    (start,) = [line for line in lines if line.startswith("ExecStart=")]
    assert f'"{tmp_path}/a \\"b\\" 100%%h $$HOME \\\\n/replydesk.toml"' in start


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("$HOME", '"/srv/$HOME"'),  # a variable on a command line alone
        ("100%h", '"/srv/100%%h"'),
        ("a\\nb", '"/srv/a\\\\nb"'),
        ('a "b"', '"/srv/a \\"b\\""'),
        ("a:b", "/srv/a:b"),
    ],
)
def test_a_folder_is_written_as_systemd_reads_lists_of_paths(file: Path, name: str, written: str) -> None:
    assert f"ReadWritePaths={written}" in unit(file, STORE__DATA=f"/srv/{name}")


@pytest.mark.parametrize("name", ["a:b", ".hidden", "a b", "100%h"])
def test_a_folder_of_var_lib_that_systemd_would_read_otherwise_has_to_be_there(file: Path, name: str) -> None:
    lines = unit(file, STORE__DATA=f"/var/lib/{name}")
    assert not [line for line in lines if line.startswith("StateDirectory")]
    assert [line for line in lines if line.startswith("ReadWritePaths=") and "/var/lib/" in line]


def test_the_python_of_a_home_is_not_hidden_from_its_desk(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in /opt may be made with the Python of somebody's home (pyenv, uv)."""
    monkeypatch.setattr("gateway.cli.service.program", lambda: ("/opt/replydesk/bin/replydesk",))
    monkeypatch.setattr("gateway.cli.service.sys.base_prefix", "/home/desk/.pyenv/versions/3.11.9")
    assert "ProtectHome=read-only" in unit(file)


@pytest.mark.parametrize("name", ["a b", "a:b", "a%b"])
def test_a_credential_that_systemd_cannot_name_is_a_problem(file: Path, name: str) -> None:
    settings = {"OUTGOING__USERNAME": "desk", "OUTGOING__URL": "smtps://mail.example"}
    done = run(file, OUTGOING__PASSWORD_FILE=f"/run/credentials/replydesk.service/{name}", **settings)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "no credential can have this name" in done.stderr


def test_a_path_that_no_unit_can_hold_is_a_problem(tmp_path: Path) -> None:
    done = run(write_desk(tmp_path / "a\nExecStartPre=x", demo=False))
    assert done.exit_code == 1
    assert "a path with control characters cannot stand in a unit; move it" in done.stderr
    assert done.stdout == ""


def test_secrets_among_the_credentials_are_loaded_from_etc(file: Path) -> None:
    folder = "/run/credentials/replydesk.service"
    settings = {"OUTGOING__USERNAME": "desk", "OUTGOING__URL": "smtps://mail.example"}
    lines = unit(file, OUTGOING__PASSWORD_FILE=f"{folder}/smarthost", **settings)
    assert "LoadCredential=smarthost:/etc/replydesk/smarthost" in lines
    elsewhere = unit(file, OUTGOING__PASSWORD_FILE="/etc/replydesk/smarthost", **settings)
    assert not [line for line in elsewhere if line.startswith("LoadCredential")]


def test_homes_are_out_of_sight_unless_the_desk_lives_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.cli.service.program", lambda: ("/opt/replydesk/bin/replydesk",))
    monkeypatch.setattr("gateway.cli.service.sys.base_prefix", "/usr")
    assert "ProtectHome=yes" in unit(file)
    assert "ProtectHome=read-only" in unit(file, STORE__DATA="/home/desk/data")


def test_the_sockets_have_the_addresses_of_the_configuration(file: Path) -> None:
    lines = unit(file, "--socket", SMTP__LISTEN="[::]:25", LMTP__LISTEN="127.0.0.1:24", WEB__LISTEN="127.0.0.1:8080")
    assert [line for line in lines if line.startswith("ListenStream")] == [
        "ListenStream=[::]:25",
        "ListenStream=127.0.0.1:24",
        "ListenStream=127.0.0.1:8080",
    ]


@pytest.mark.parametrize(
    ("listen", "sentence"),
    [
        ("127.0.0.1:0", "smtp.listen: 127.0.0.1:0: systemd cannot pick a port; name one"),
        ("mail.example:25", "smtp.listen: mail.example:25: a socket unit takes no name; name an IP address"),
        ("", "no door is open: name an address in smtp.listen or lmtp.listen"),
    ],
)
def test_doors_that_no_socket_unit_can_open_are_a_problem(file: Path, listen: str, sentence: str) -> None:
    done = run(file, "--socket", SMTP__LISTEN=listen)
    assert (done.exit_code, done.stderr) == (1, f"Error: {sentence}\n")


@pytest.mark.parametrize("name", ["", "two words", "Desk", "-x", "a\nb", "0", "x" * 40, "%u"])
def test_a_user_is_a_name(file: Path, name: str) -> None:
    done = run(file, "--user", name)
    assert done.exit_code == 2
    assert "is no name of a user" in done.stderr
