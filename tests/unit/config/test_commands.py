"""`init` and `config` as commands: what they write, refuse and print, and that they print no secret."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from unittest.mock import patch

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.config import config
from gateway.cli.init import init, write_desk
from gateway.config.settings import read_secret
from tests.unit.config.conftest import BAD, SECRET


def run(*arguments: str | Path, named: Path | None = None) -> Result:
    group = click.Group("replydesk", commands={"config": config, "init": init})
    return CliRunner().invoke(group, [str(argument) for argument in arguments], obj=named)


def test_init_makes_a_desk_that_passes_its_own_check(tmp_path: Path) -> None:
    for folder, flags in (("demo", ["--demo"]), ("starter", [])):
        made = run("init", tmp_path / folder, *flags)
        assert made.exit_code == 0, made.output
        checked = run("config", "check", named=tmp_path / folder / "replydesk.toml")
        assert checked.exit_code == 0, checked.output
        assert checked.stderr == ""
    assert run("config", "check", named=tmp_path / "demo").stdout == (
        "replydesk.toml: good: 5 addresses, 3 teams, 6 agents, 8 topics, 2 organisations, 27 holidays\n"
    )


def test_init_keeps_the_secret_to_itself(tmp_path: Path) -> None:
    run("init", tmp_path / "one")
    run("init", tmp_path / "two")
    secret = tmp_path / "one" / "data" / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700
    assert len(read_secret(secret.parent)) == 32
    assert read_secret(secret.parent) != read_secret(tmp_path / "two" / "data")


def test_init_never_overwrites(tmp_path: Path) -> None:
    file = tmp_path / "replydesk.toml"
    file.write_text("mine")
    refused = run("init", tmp_path, "--demo")
    assert (refused.exit_code, file.read_text()) == (2, "mine")
    assert f"{file} exists; init never overwrites" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_of_two_inits_at_once_one_is_told(tmp_path: Path) -> None:
    write_desk(tmp_path, demo=False)
    before = (tmp_path / "replydesk.toml").read_text()
    with patch.object(Path, "exists", return_value=False):  # as it looks a moment before the other writes
        refused = run("init", tmp_path, "--demo")
    assert (refused.exit_code, (tmp_path / "replydesk.toml").read_text()) == (2, before)


def test_init_keeps_a_secret_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secret").write_text(SECRET.hex())
    assert json.loads(run("init", tmp_path, "--json").stdout)["config"] == str(tmp_path / "replydesk.toml")
    assert read_secret(tmp_path / "data") == SECRET


def test_init_says_why_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    refused = run("init", tmp_path)
    assert (refused.exit_code, "exists" in refused.stderr) == (2, True)


def test_check_names_the_problems_and_exits_2() -> None:
    named = BAD / "many_at_once" / "replydesk.toml"
    expected = (BAD / "many_at_once" / "expected.txt").read_text()
    told = run("config", "check", named=named)
    assert (told.exit_code, told.stdout, told.stderr) == (2, "", expected)
    told = run("config", "check", "--json", named=named)
    assert (told.exit_code, json.loads(told.stdout)["problems"]) == (2, expected.splitlines())


def test_check_mentions_a_password_file_that_is_not_there(starter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLYDESK_OUTGOING__USERNAME", "desk")
    monkeypatch.setenv("REPLYDESK_OUTGOING__PASSWORD_FILE", "password")
    told = run("config", "check", named=starter)
    assert (told.exit_code, "there is no file" in told.stderr) == (0, True)


def test_show_prints_what_is_in_force_and_no_password(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLYDESK_STORE__URL", "postgresql://desk:hunter2@db/desk")
    shown = run("config", "show", named=demo)
    assert 'store.url = "postgresql://desk:***@db/desk"  # REPLYDESK_STORE__URL\n' in shown.stdout
    assert 'outgoing.starttls = "auto"\n' in shown.stdout
    assert 'outgoing.username = ""  # default\n' in shown.stdout
    as_json = run("config", "show", "--json", named=demo).stdout
    assert {"key": "desk.prefix", "value": "DESK", "origin": "replydesk.toml"} in json.loads(as_json)["settings"]
    assert "hunter2" not in shown.stdout + as_json
